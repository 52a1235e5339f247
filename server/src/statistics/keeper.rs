//! The relay's hand on the file `statistics`: after closing it writes down what the line has counted.
//!
//! ```text
//! gather --> the present day, after closing: in the place of what was written of it
//!        \-> a day that is over: added to the sums, once, and the file says how far they go
//! ```
//!
//! Each relay has its own file, and all that look at the same line write the same sums. A relay that was away reads
//! what the line still has, and calls the weeks incomplete of which it has lost days. So it does, and tells the
//! others through the line, when the line has lost its memory while it was counting.

use jiff::civil::Date;
use tracing::{error, warn};

use super::{BadBook, Ledger, Week};
use crate::clock::Moment;
use crate::line::{Away, Line, first_kept};
use crate::staff::{NotOnShelf, Shelf};

/// The file, open for this process.
pub struct Keeper {
    shelf: Shelf,
    ledger: Ledger,
    /// The line is in this process's memory: what was not written is lost with it.
    forgetful: bool,
}

/// Why the file cannot be kept.
#[derive(Debug)]
pub enum NotKept {
    /// Something in it cannot be read. It is left as it is.
    Bad(BadBook),
    /// Reading or writing failed.
    Shelf(NotOnShelf),
    /// The store is away; nothing is lost, it is asked again.
    Away,
}

impl std::fmt::Display for NotKept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bad(bad) => {
                write!(f, "the file `statistics` cannot be read, {bad}; nothing is counted into it")
            }
            Self::Shelf(error) => write!(f, "the file `statistics`: {error}"),
            Self::Away => f.write_str("the store is away"),
        }
    }
}

impl std::error::Error for NotKept {}

impl From<Away> for NotKept {
    fn from(_: Away) -> Self {
        Self::Away
    }
}

impl Keeper {
    /// The file of this state directory. `forgetful`: the line is in this process's memory.
    ///
    /// # Errors
    /// [`NotKept`] when the file is there and cannot be read, or cannot be written.
    pub fn open(shelf: Shelf, forgetful: bool, today: Date) -> Result<Self, NotKept> {
        let text = shelf.statistics().map_err(NotKept::Shelf)?;
        let ledger = text.map_or_else(|| Ok(Ledger::default()), |text| Ledger::read(&text));
        let ledger = ledger.map_err(NotKept::Bad)?;
        let mut keeper = Self { shelf, ledger, forgetful };
        let mut next = keeper.ledger.clone();
        if forgetful {
            if let Some(week) = next.counting {
                // A process that ended in order takes its mark away.
                next.book.lacks_some_of(week);
                next.book.lacks_some_of(Week::of(today));
            }
            next.counting = Some(Week::of(today));
        }
        // Written in any case: whether it can be is known at the start.
        keeper.write(next)?;
        Ok(keeper)
    }

    /// Writes down every day that is over, and when the door is `closed` also this one.
    ///
    /// # Errors
    /// [`NotKept`]; what was not written is the store's still.
    pub async fn gather(
        &mut self,
        line: &dyn Line,
        today: Date,
        closed: bool,
        now: Moment,
    ) -> Result<(), NotKept> {
        if !self.forgetful && self.ledger.through.is_some_and(|through| through >= today) {
            // The clock was set back: that day is written down.
            return Ok(());
        }
        let mut next = self.ledger.clone();
        let mut sums = line.gather(today, false, now).await?;
        let begins = next.through.map_or(first_kept(today), after);
        if next.through.is_none() && next.book.is_empty() {
            next.book.begins_in(Week::of(today));
        }
        if next.memory.is_some_and(|memory| memory != sums.memory) {
            let written = next.today.as_ref().map(|(day, _)| *day);
            next.fold();
            // With the line in this process's memory another one is expected: `open` knows whether something is lost.
            if !self.forgetful {
                // While this relay was away others may have counted.
                let unknown = written.map_or(begins, after);
                days(unknown, today).for_each(|day| next.book.lacks_some_of(Week::of(day)));
                if let Some(week) = next.counting {
                    next.book.lacks_some_of(week);
                    sums = line.gather(today, true, now).await?;
                }
            }
        }
        next.memory = Some(sums.memory);
        let kept = begins.max(first_kept(today));
        if begins < kept && !self.forgetful {
            days(begins, kept).for_each(|day| next.book.lacks_some_of(Week::of(day)));
        }
        for day in days(kept, today) {
            let over = line.gather(day, false, now).await?;
            if over.memory != sums.memory {
                // Lost between two questions. Nothing is written, and the next look finds it.
                return Ok(());
            }
            next.today = next.today.filter(|(written, _)| *written != day);
            next.book.add_book(over.book);
        }
        // A day that the store does not keep any more.
        if next.today.as_ref().is_some_and(|(day, _)| *day < today) {
            next.fold();
        }
        next.through = next.through.max(today.yesterday().ok());
        if closed {
            next.today = Some((today, sums.book)).filter(|(_, book)| !book.is_empty());
        }
        next.counting = (self.forgetful || !closed).then(|| Week::of(today));
        if next != self.ledger {
            self.write(next)?;
        }
        Ok(())
    }

    /// As [`gather`](Self::gather) for the last time: with the line in this process's memory nothing is lost with it.
    ///
    /// # Errors
    /// As there; a week that could not be written is incomplete.
    pub async fn close(&mut self, line: &dyn Line, today: Date, now: Moment) -> Result<(), NotKept> {
        if self.forgetful {
            self.gather(line, today, true, now).await?;
            self.write(Ledger { counting: None, ..self.ledger.clone() })?;
        }
        Ok(())
    }

    fn write(&mut self, next: Ledger) -> Result<(), NotKept> {
        self.shelf.put_statistics(&next.written()).map_err(NotKept::Shelf)?;
        self.ledger = next;
        Ok(())
    }
}

fn after(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

/// The days from one until before another.
fn days(from: Date, until: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(move |day| *day < until)
}

/// Says once what keeps the file from being kept.
pub fn say(error: &NotKept) {
    match error {
        NotKept::Away => warn!("what was counted stays in the store: it is away"),
        NotKept::Bad(_) | NotKept::Shelf(_) => error!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;
    use std::time::Duration;

    use jiff::civil::date;
    use lykta_wire::{Claim, Envelope, Kind, Lane, Languages, TicketName};

    use super::*;
    use crate::line::{Counting, Join, Memory, Spans};
    use crate::statistics::{Book, Counter};

    /// A Friday in a week and a quarter.
    const DAY: Date = date(2027, 1, 15);
    const NOW: Moment = Moment(1_800_000_000_000);

    fn hello() -> Envelope {
        let mut bytes = vec![0; 2_072];
        bytes[..2].copy_from_slice(&[1, Kind::Hello as u8]);
        Envelope::parse(&bytes).unwrap()
    }

    async fn somebody_leaves(line: &Memory, number: u8, now: Moment) {
        let ticket = TicketName([number; 32]);
        let join = Join { ticket, lane: Lane::Support, languages: Languages::default(), hello: hello() };
        line.join(join, now).await.unwrap();
        line.leave(ticket, Claim::NONE, Vec::new(), now).await.unwrap();
    }

    fn folder() -> (tempfile::TempDir, Shelf) {
        let folder =
            tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o700)).tempdir().unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        (folder, shelf)
    }

    fn line() -> Arc<Memory> {
        Arc::new(Memory::new(Spans::default(), 100).counting(Counting::default()))
    }

    fn visits(shelf: &Shelf) -> u64 {
        let ledger = Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap();
        let is_ending = |counter: &Counter| matches!(counter, Counter::Ending(..));
        ledger.as_known().counters().filter(|(counter, _)| is_ending(counter)).map(|(_, sum)| sum).sum()
    }

    fn known(shelf: &Shelf) -> Book {
        Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap().as_known()
    }

    fn days_later(days: i64) -> (Date, Moment) {
        let day = DAY.checked_add(jiff::Span::new().days(days)).unwrap();
        (day, NOW.plus(Duration::from_secs(days as u64 * 24 * 60 * 60)))
    }

    #[tokio::test]
    async fn the_present_day_is_written_after_closing_and_each_visit_stands_there_once() {
        let ((folder, shelf), line) = (folder(), line());
        let mut keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
        somebody_leaves(&line, 1, NOW).await;
        keeper.gather(&*line, DAY, false, NOW).await.unwrap();
        assert_eq!(visits(&shelf), 0, "it is still open");
        assert!(!known(&shelf).is_whole(Week::of(DAY)), "and said so");
        keeper.gather(&*line, DAY, true, NOW).await.unwrap();
        assert_eq!(visits(&shelf), 1);
        somebody_leaves(&line, 2, NOW).await;
        for _ in 0..3 {
            keeper.gather(&*line, DAY, true, NOW).await.unwrap();
            assert_eq!(visits(&shelf), 2, "who left late is counted too, and nobody twice");
            keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
        }
        let (tomorrow, now) = days_later(1);
        somebody_leaves(&line, 3, now).await;
        keeper.gather(&*line, tomorrow, false, now).await.unwrap();
        assert_eq!(visits(&shelf), 2, "the day is over; the next one is not");
        let mode = std::fs::metadata(folder.path().join("statistics")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn every_relay_of_a_line_writes_the_same_also_one_that_was_away_for_days() {
        let line = line();
        let ((_one, one), (_other, other)) = (folder(), folder());
        for shelf in [&one, &other] {
            Keeper::open(shelf.clone(), false, DAY).unwrap().gather(&*line, DAY, true, NOW).await.unwrap();
        }
        for (number, days) in [(1, 0), (2, 1), (3, 3)] {
            let (day, now) = days_later(days);
            somebody_leaves(&line, number, now).await;
            let mut keeper = Keeper::open(one.clone(), false, day).unwrap();
            keeper.gather(&*line, day, false, now).await.unwrap();
            keeper.gather(&*line, day, true, now).await.unwrap();
        }
        assert_eq!((visits(&one), visits(&other)), (3, 0));
        let (day, now) = days_later(3);
        Keeper::open(other.clone(), false, day).unwrap().gather(&*line, day, true, now).await.unwrap();
        assert_eq!(other.statistics().unwrap(), one.statistics().unwrap());
    }

    #[tokio::test]
    async fn a_relay_that_was_away_for_longer_than_the_line_keeps_sums_says_which_weeks_it_lacks() {
        let ((_folder, shelf), line) = (folder(), line());
        let mut keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
        keeper.gather(&*line, DAY, true, NOW).await.unwrap();
        // A Thursday: the line has all sums since Monday.
        let (day, now) = days_later(20);
        assert_eq!(days(first_kept(day), day).count(), 3);
        keeper.gather(&*line, day, true, now).await.unwrap();
        let whole = [-1, 0, 1, 2, 3].map(|weeks| {
            let week = days_later(0).0.checked_add(jiff::Span::new().weeks(weeks)).unwrap();
            known(&shelf).is_whole(Week::of(week))
        });
        // From the first day to that Monday; and nothing is known of before the first.
        assert_eq!(whole, [false, false, false, false, true]);
    }

    #[tokio::test]
    async fn a_line_that_loses_its_memory_while_it_counts_makes_the_week_incomplete_for_every_relay() {
        for closed in [false, true] {
            let (before, after) = (line(), line());
            let ((_one, one), (_other, other), (_late, late)) = (folder(), folder(), folder());
            somebody_leaves(&before, 1, NOW).await;
            for shelf in [&one, &other] {
                let mut keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
                keeper.gather(&*before, DAY, closed, NOW).await.unwrap();
            }
            // Nobody was in a chat or in the line, so nobody names anything again.
            somebody_leaves(&after, 2, NOW).await;
            for shelf in [&one, &late, &other] {
                for _ in 0..2 {
                    let mut keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
                    keeper.gather(&*after, DAY, true, NOW).await.unwrap();
                }
                assert_eq!(known(shelf).is_whole(Week::of(DAY)), closed, "what was written is not lost");
            }
            let written = if closed { 2 } else { 1 };
            assert_eq!([&one, &other].map(visits), [written; 2]);
        }
    }

    #[tokio::test]
    async fn a_relay_with_the_line_in_its_memory_writes_when_it_ends_and_is_missed_when_it_is_killed() {
        let (_folder, shelf) = folder();
        for number in 1..=2 {
            let line = line();
            let mut keeper = Keeper::open(shelf.clone(), true, DAY).unwrap();
            somebody_leaves(&line, number, NOW).await;
            keeper.close(&*line, DAY, NOW).await.unwrap();
            let ended = Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap();
            assert_eq!((visits(&shelf), ended.counting), (u64::from(number), None));
            assert!(ended.as_known().is_whole(Week::of(DAY)));
        }
        // The next one is killed: its mark stands there.
        drop(Keeper::open(shelf.clone(), true, DAY).unwrap());
        assert!(!known(&shelf).is_whole(Week::of(DAY)), "said at once, whoever asks");
        let mut third = Keeper::open(shelf.clone(), true, DAY).unwrap();
        third.close(&*line(), DAY, NOW).await.unwrap();
        let told = Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap();
        assert!(!told.book.is_whole(Week::of(DAY)), "and for good");
        assert_eq!(visits(&shelf), 2);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        let (folder, shelf) = folder();
        std::fs::write(folder.path().join("statistics"), "something else\n").unwrap();
        assert!(matches!(Keeper::open(shelf.clone(), true, DAY), Err(NotKept::Bad(_))));
        assert_eq!(shelf.statistics().unwrap().as_deref(), Some("something else\n"));
    }
}
