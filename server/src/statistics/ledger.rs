//! The file `statistics` as a relay keeps it: its sums, and what it has not settled yet.
//!
//! ```text
//! lykta statistics 1
//! …                                        the book
//! counting 2026-W47                        a relay counts this week in its memory, and has not ended in order
//! pending 2026-11-20 1732100000000 17      a batch that was gathered: day, number, claim
//! pending 2026-W47 waited under-2 3        what is in it
//! ```
//!
//! A batch is written here before the store is told that it is settled, and added to the book after: whatever dies
//! in between, the store knows whose it is.

use jiff::civil::Date;

use super::{BadBook, Book, Week};
use crate::line::Batch;

/// The book, and what stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The sums.
    pub book: Book,
    /// A batch whose fate the store knows.
    pub pending: Option<(Date, Batch)>,
    /// Since this week visits are counted in a process's memory. Found by another process, some were lost.
    pub counting: Option<Week>,
}

impl Ledger {
    /// Reads the file.
    ///
    /// # Errors
    /// The first line that is not one of it.
    pub fn read(text: &str) -> Result<Self, BadBook> {
        let is_book = |line: &&str| !line.starts_with("counting ") && !line.starts_with("pending ");
        let book = Book::read(&text.lines().take_while(is_book).collect::<Vec<_>>().join("\n"))?;
        let mut ledger = Self { book, ..Self::default() };
        for (line, number) in text.lines().zip(1..).skip_while(|(line, _)| is_book(line)) {
            let bad = |what| BadBook { line: number, what };
            if let Some(week) = line.strip_prefix("counting ") {
                ledger.counting = Some(week.parse().map_err(|_| bad("there is no such week"))?);
                continue;
            }
            let rest = line.strip_prefix("pending ").ok_or(bad("this does not belong here"))?;
            match &mut ledger.pending {
                None => ledger.pending = Some(begun(rest).ok_or(bad("there is no such batch"))?),
                Some((_, batch)) => {
                    let read = Book::read(&Book::with_line(rest));
                    batch.book.add_book(read.map_err(|BadBook { what, .. }| bad(what))?);
                }
            }
        }
        Ok(ledger)
    }

    /// The file.
    #[must_use]
    pub fn written(&self) -> String {
        let mut text = self.book.written();
        if let Some(week) = self.counting {
            text.push_str(&format!("counting {week}\n"));
        }
        if let Some((day, batch)) = &self.pending {
            text.push_str(&format!("pending {day} {} {}\n", batch.number, batch.claim));
            batch.book.written().lines().skip(1).for_each(|line| text.push_str(&format!("pending {line}\n")));
        }
        text
    }

    /// The sums as they may be read just now. A week is not whole while a process counts it, and while it is not known
    /// whose a batch of it is.
    #[must_use]
    pub fn as_known(&self) -> Book {
        let mut book = self.book.clone();
        let pending = self.pending.as_ref().map(|(day, _)| Week::of(*day));
        self.counting.into_iter().chain(pending).for_each(|week| book.lacks_some_of(week));
        book
    }
}

/// The first line of a batch.
fn begun(text: &str) -> Option<(Date, Batch)> {
    let (day, rest) = text.split_once(' ')?;
    let (number, claim) = rest.split_once(' ')?;
    let batch = Batch { number: number.parse().ok()?, claim: claim.parse().ok()?, book: Book::default() };
    Some((day.parse().ok()?, batch))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use lykta_wire::{Ending, Lane};

    use super::*;
    use crate::statistics::{Visit, Waited};

    fn book(visits: u64) -> Book {
        let mut book = Book::default();
        for _ in 0..visits {
            let (language, topic) = ("sv".to_owned(), "none".to_owned());
            let (lane, ending, waited) = (Lane::Support, Ending::Helped, Waited::Under2);
            book.count(Visit { day: date(2026, 11, 20), lane, ending, waited, language, topic });
        }
        book
    }

    #[test]
    fn what_is_written_is_read_again_with_what_is_not_settled_yet() {
        let mut lacking = book(3);
        lacking.lacks_some_of("2026-W47".parse().unwrap());
        let batch = Batch { number: 17, claim: 18, book: lacking };
        let whole = Ledger {
            book: book(5),
            pending: Some((date(2026, 11, 20), batch)),
            counting: Some("2026-W48".parse().unwrap()),
        };
        assert_eq!(Ledger::read(&whole.written()), Ok(whole.clone()));
        let plain = Ledger { book: book(5), ..Ledger::default() };
        assert_eq!(plain.written(), book(5).written(), "a book by itself is a ledger");
        assert_eq!(Ledger::read(&plain.written()), Ok(plain));
    }

    #[test]
    fn a_week_with_something_open_is_not_called_whole() {
        let batch = Batch { number: 17, claim: 18, book: book(3) };
        let open = Ledger {
            book: book(5),
            pending: Some((date(2026, 11, 20), batch)),
            counting: Some("2026-W48".parse().unwrap()),
        };
        let known = open.as_known();
        assert!(!known.is_whole("2026-W47".parse().unwrap()) && !known.is_whole("2026-W48".parse().unwrap()));
        assert!(known.is_whole("2026-W46".parse().unwrap()));
        let counters =
            |book: &Book| book.counters().map(|(name, sum)| (name.clone(), sum)).collect::<Vec<_>>();
        assert_eq!(counters(&known), counters(&book(5)), "and what is not settled is not shown");
    }

    #[test]
    fn a_line_that_is_spoilt_is_told_with_its_number() {
        let first = "lykta statistics 1\n2026-W47 waited under-2 3\n";
        for (line, text) in [
            (3, "counting 2026-W99\n"),
            (3, "pending yesterday 1 2\n"),
            (4, "pending 2026-11-20 1 2\npending 2026-W47 gossip 3\n"),
            (4, "counting 2026-W47\n2026-W47 waited under-10 3\n"),
        ] {
            assert_eq!(Ledger::read(&format!("{first}{text}")).map_err(|bad| bad.line), Err(line), "{text}");
        }
    }
}
