//! The relay's hand on the file `statistics`: after closing it gathers what the line has counted.
//!
//! ```text
//! gather --> written beside the sums --> settle --> added to them   | Anothers: dropped
//!               ^--- a relay that died begins here again
//! ```
//!
//! Each relay has its own file; of several relays with one line, each batch is in the file of the one that gathered
//! it, and `lykta report` adds the files.

use jiff::civil::Date;
use tracing::{error, warn};

use super::{BadBook, Ledger, Week};
use crate::clock::Moment;
use crate::line::{Away, Batch, Line, Settled, days_until};
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
        let mut keeper = Self { shelf, ledger: ledger.map_err(NotKept::Bad)?, forgetful };
        if let Some(week) = keeper.ledger.counting.take() {
            // A process that ended in order takes its mark away.
            keeper.ledger.book.lacks_some_of(week);
            keeper.ledger.book.lacks_some_of(Week::of(today));
        }
        keeper.ledger.counting = forgetful.then(|| Week::of(today));
        keeper.write()?;
        Ok(keeper)
    }

    /// Gathers every day that is over, and with `today_too` this one.
    ///
    /// # Errors
    /// [`NotKept`]; whatever was gathered is written or still the store's.
    pub async fn gather(
        &mut self,
        line: &dyn Line,
        today: Date,
        today_too: bool,
        now: Moment,
    ) -> Result<(), NotKept> {
        self.settle(line, now).await?;
        for day in days_until(today).into_iter().filter(|day| today_too || *day < today) {
            while let Some(batch) = line.gather(day, now).await? {
                self.ledger.pending = Some((day, batch));
                self.write()?;
                self.settle(line, now).await?;
            }
        }
        let week = self.forgetful.then(|| Week::of(today));
        if self.ledger.counting != week {
            self.ledger.counting = week;
            self.write()?;
        }
        Ok(())
    }

    /// As [`gather`](Self::gather) for the last time: nothing is lost with this process.
    ///
    /// # Errors
    /// As there; a week that could not be written is incomplete.
    pub async fn close(&mut self, line: &dyn Line, today: Date, now: Moment) -> Result<(), NotKept> {
        if self.forgetful {
            self.gather(line, today, true, now).await?;
            self.ledger.counting = None;
            self.write()?;
        }
        Ok(())
    }

    /// Asks the store whose the written batch is.
    async fn settle(&mut self, line: &dyn Line, now: Moment) -> Result<(), NotKept> {
        let Some((day, Batch { number, claim, book })) = self.ledger.pending.clone() else { return Ok(()) };
        match line.settle(day, number, claim, now).await? {
            Settled::Yours => self.ledger.book.add_book(book),
            Settled::Anothers => {}
            // Gone with the store's memory, so that nobody else has it; but what came after it is lost.
            Settled::Unknown => {
                self.ledger.book.add_book(book);
                self.ledger.book.lacks_some_of(Week::of(day));
            }
        }
        self.ledger.pending = None;
        self.write()
    }

    fn write(&self) -> Result<(), NotKept> {
        self.shelf.put_statistics(&self.ledger.written()).map_err(NotKept::Shelf)
    }
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
        ledger.book.counters().filter(|(counter, _)| is_ending(counter)).map(|(_, sum)| sum).sum()
    }

    #[tokio::test]
    async fn a_day_that_is_over_is_gathered_and_the_present_one_only_after_closing() {
        let ((folder, shelf), line) = (folder(), line());
        let mut keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
        somebody_leaves(&line, 1, NOW).await;
        keeper.gather(&*line, DAY, false, NOW).await.unwrap();
        assert_eq!(visits(&shelf), 0, "it is still open");
        keeper.gather(&*line, DAY, true, NOW).await.unwrap();
        somebody_leaves(&line, 2, NOW).await;
        let tomorrow = NOW.plus(Duration::from_secs(24 * 60 * 60));
        somebody_leaves(&line, 3, tomorrow).await;
        keeper.gather(&*line, DAY.tomorrow().unwrap(), false, tomorrow).await.unwrap();
        assert_eq!(visits(&shelf), 2, "who left late is in yesterday's second batch");
        let mode = std::fs::metadata(folder.path().join("statistics")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn whoever_dies_at_any_step_has_counted_each_visit_once_in_the_end() {
        // Which write is the last one before the relay dies: of the pending batch, or of the sums.
        for settled in [false, true] {
            for another_was_quicker in [false, true] {
                let ((_folder, shelf), line) = (folder(), line());
                somebody_leaves(&line, 1, NOW).await;
                let batch = line.gather(DAY, NOW).await.unwrap().unwrap();
                let ledger = Ledger { pending: Some((DAY, batch.clone())), ..Ledger::default() };
                shelf.put_statistics(&ledger.written()).unwrap();
                if settled {
                    line.settle(DAY, batch.number, batch.claim, NOW).await.unwrap();
                }
                // The relay is dead. Another one may find what it has not settled.
                let later = NOW.plus(Duration::from_secs(300));
                let (_other_folder, other) = folder();
                if another_was_quicker {
                    let mut keeper = Keeper::open(other.clone(), false, DAY).unwrap();
                    keeper.gather(&*line, DAY, true, later).await.unwrap();
                }
                for _ in 0..2 {
                    let mut keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
                    keeper.gather(&*line, DAY, true, later).await.unwrap();
                }
                let others = if another_was_quicker { visits(&other) } else { 0 };
                assert_eq!(visits(&shelf) + others, 1, "settled {settled}, another {another_was_quicker}");
            }
        }
    }

    #[tokio::test]
    async fn a_relay_with_the_line_in_its_memory_writes_when_it_ends_and_is_missed_when_it_is_killed() {
        let ((_folder, shelf), line) = (folder(), line());
        let mut keeper = Keeper::open(shelf.clone(), true, DAY).unwrap();
        somebody_leaves(&line, 1, NOW).await;
        keeper.close(&*line, DAY, NOW).await.unwrap();
        let ended = Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap();
        assert_eq!((visits(&shelf), ended.counting), (1, None));
        assert!(ended.as_known().is_whole(Week::of(DAY)));
        // The next one is killed: its mark stands there.
        drop(Keeper::open(shelf.clone(), true, DAY).unwrap());
        let killed = Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap();
        assert!(!killed.as_known().is_whole(Week::of(DAY)), "said at once, whoever asks");
        let mut third = Keeper::open(shelf.clone(), true, DAY).unwrap();
        third.close(&*line, DAY, NOW).await.unwrap();
        let told = Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap();
        assert!(!told.book.is_whole(Week::of(DAY)), "and for good");
    }

    #[tokio::test]
    async fn a_store_that_forgot_a_batch_makes_the_week_incomplete_and_loses_nothing_of_it() {
        let ((_folder, shelf), line) = (folder(), line());
        let mut book = Book::default();
        book.add("2027-W02 ending support helped".parse().unwrap(), 3);
        let pending = Some((DAY, Batch { number: 1, claim: 1, book }));
        shelf.put_statistics(&Ledger { pending, ..Ledger::default() }.written()).unwrap();
        let mut keeper = Keeper::open(shelf.clone(), false, DAY).unwrap();
        keeper.gather(&*line, DAY, true, NOW).await.unwrap();
        let told = Ledger::read(&shelf.statistics().unwrap().unwrap()).unwrap();
        assert_eq!(visits(&shelf), 3);
        assert!(!told.book.is_whole(Week::of(DAY)));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        let (folder, shelf) = folder();
        std::fs::write(folder.path().join("statistics"), "something else\n").unwrap();
        assert!(matches!(Keeper::open(shelf.clone(), true, DAY), Err(NotKept::Bad(_))));
        assert_eq!(shelf.statistics().unwrap().as_deref(), Some("something else\n"));
    }
}
