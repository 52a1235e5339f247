//! The file `statistics` as a relay keeps it: its sums, and how far they go.
//!
//! ```text
//! lykta statistics 1
//! …                                        the book
//! through 2026-11-19                       every day up to this one is in it
//! memory 1732100000000                     since when the store remembered, when this relay looked last
//! counting 2026-W47                        since this week something is counted that is not written here
//! today 2026-11-20 2026-W47 waited under-2 3   a day that is not over, as the store had it after closing
//! ```
//!
//! What the store has of a day takes the place of what this file has of it, and comes into the book when the day is
//! over: however often a relay dies in between, each visit stands here once.

use jiff::civil::Date;

use super::{BadBook, Book, Week};

/// The book, and what stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The sums.
    pub book: Book,
    /// Every day up to this one is in them. None: this relay has never looked.
    pub through: Option<Date>,
    /// Since when the store remembered. Another number now: it has lost its memory.
    pub memory: Option<u64>,
    /// Since this week visits are counted in a memory, and not written here. When that memory is lost, some of them are.
    pub counting: Option<Week>,
    /// A day after `through`, as the store had it last.
    pub today: Option<(Date, Book)>,
}

const MARKS: [&str; 4] = ["through ", "memory ", "counting ", "today "];

impl Ledger {
    /// Reads the file.
    ///
    /// # Errors
    /// The first line that is not one of it.
    pub fn read(text: &str) -> Result<Self, BadBook> {
        let is_book = |line: &&str| !MARKS.iter().any(|mark| line.starts_with(mark));
        let book = Book::read(&text.lines().take_while(is_book).collect::<Vec<_>>().join("\n"))?;
        let mut ledger = Self { book, ..Self::default() };
        for (line, number) in text.lines().zip(1..).skip_while(|(line, _)| is_book(line)) {
            let bad = |what| BadBook { line: number, what };
            let (mark, rest) = line.split_once(' ').ok_or(bad("this does not belong here"))?;
            match mark {
                "through" => {
                    ledger.through = Some(rest.parse().map_err(|_| bad("there is no such day"))?);
                }
                "memory" => ledger.memory = Some(rest.parse().map_err(|_| bad("this is not a number"))?),
                "counting" => {
                    ledger.counting = Some(rest.parse().map_err(|_| bad("there is no such week"))?);
                }
                "today" => {
                    let (day, counter) = rest.split_once(' ').ok_or(bad("this does not belong here"))?;
                    let day = day.parse().map_err(|_| bad("there is no such day"))?;
                    let read = Book::read(&Book::with_line(counter));
                    let book = &mut ledger.today.get_or_insert((day, Book::default())).1;
                    book.add_book(read.map_err(|BadBook { what, .. }| bad(what))?);
                }
                _ => return Err(bad("this does not belong here")),
            }
        }
        Ok(ledger)
    }

    /// The file.
    #[must_use]
    pub fn written(&self) -> String {
        let mut text = self.book.written();
        if let Some(day) = self.through {
            text.push_str(&format!("through {day}\n"));
        }
        if let Some(memory) = self.memory {
            text.push_str(&format!("memory {memory}\n"));
        }
        if let Some(week) = self.counting {
            text.push_str(&format!("counting {week}\n"));
        }
        if let Some((day, book)) = &self.today {
            book.written().lines().skip(1).for_each(|line| text.push_str(&format!("today {day} {line}\n")));
        }
        text
    }

    /// What the store had of the present day is all that is left of it: it comes to the sums.
    pub(super) fn fold(&mut self) {
        if let Some((_, book)) = self.today.take() {
            self.book.add_book(book);
        }
    }

    /// The sums as they may be read just now. A week is not whole while something of it is not written here.
    #[must_use]
    pub fn as_known(&self) -> Book {
        let mut known = self.clone();
        known.fold();
        known.counting.into_iter().for_each(|week| known.book.lacks_some_of(week));
        known.book
    }
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

    fn in_the_evening() -> Ledger {
        let mut lacking = book(3);
        lacking.lacks_some_of("2026-W47".parse().unwrap());
        Ledger {
            book: book(5),
            through: Some(date(2026, 11, 19)),
            memory: Some(1_732_100_000_000),
            counting: Some("2026-W48".parse().unwrap()),
            today: Some((date(2026, 11, 20), lacking)),
        }
    }

    #[test]
    fn what_is_written_is_read_again_with_the_day_that_is_not_over() {
        let whole = in_the_evening();
        assert_eq!(Ledger::read(&whole.written()), Ok(whole));
        let plain = Ledger { book: book(5), ..Ledger::default() };
        assert_eq!(plain.written(), book(5).written(), "a book by itself is a ledger");
        assert_eq!(Ledger::read(&plain.written()), Ok(plain));
    }

    #[test]
    fn the_day_that_is_not_over_is_known_and_a_week_that_is_counted_is_not_called_whole() {
        let known = in_the_evening().as_known();
        let whole = |week: &str| known.is_whole(week.parse().unwrap());
        assert_eq!(["2026-W46", "2026-W47", "2026-W48"].map(whole), [true, false, false]);
        let counters =
            |book: &Book| book.counters().map(|(name, sum)| (name.clone(), sum)).collect::<Vec<_>>();
        assert_eq!(counters(&known), counters(&book(8)));
    }

    #[test]
    fn a_line_that_is_spoilt_is_told_with_its_number() {
        let first = "lykta statistics 1\n2026-W47 waited under-2 3\n";
        for (line, text) in [
            (3, "counting 2026-W99\n"),
            (3, "through yesterday\n"),
            (3, "memory long\n"),
            (3, "today yesterday 2026-W47 waited under-2 3\n"),
            (4, "counting 2026-W47\ntoday 2026-11-20 2026-W47 gossip 3\n"),
            (4, "counting 2026-W47\n2026-W47 waited under-10 3\n"),
        ] {
            assert_eq!(Ledger::read(&format!("{first}{text}")).map_err(|bad| bad.line), Err(line), "{text}");
        }
    }
}
