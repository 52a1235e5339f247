//! The file `statistics`: the counters, and which weeks are not whole.
//!
//! ```text
//! lykta statistics 1
//! 2026-Q4 language sv 31
//! 2026-Q4 topic travel 7
//! 2026-W47 ending support helped 12
//! 2026-W47 waited under-2 9
//! 2026-W47 incomplete
//! 2026-W46 begins                          nothing before is known here
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Counter, Visit, Week};

const FIRST_LINE: &str = "lykta statistics 1";

/// Every counter that is not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    counters: BTreeMap<Counter, u64>,
    incomplete: BTreeSet<Week>,
    begins: Option<Week>,
}

/// A line of the file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBook {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for BadBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for BadBook {}

impl Book {
    /// Counts a visit.
    pub fn count(&mut self, visit: Visit) {
        for counter in visit.counters() {
            self.add(counter, 1);
        }
    }

    /// Raises a counter.
    pub fn add(&mut self, counter: Counter, by: u64) {
        if by > 0 {
            let value = self.counters.entry(counter).or_insert(0);
            *value = value.saturating_add(by);
        }
    }

    /// One visit was counted as the first of each pair and is the second. False, and nothing happens, when no such visit
    /// was counted here.
    pub fn recount(&mut self, endings: &[Counter; 2], topics: &[Counter; 2]) -> bool {
        if [endings, topics].iter().any(|[before, _]| self.value(before) == 0) {
            return false;
        }
        for [before, after] in [endings, topics] {
            if let Some(value) = self.counters.get_mut(before) {
                *value -= 1;
            }
            self.add(after.clone(), 1);
        }
        self.counters.retain(|_, value| *value > 0);
        true
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty() && self.incomplete.is_empty()
    }

    /// The weeks that are not whole.
    pub fn incomplete(&self) -> impl Iterator<Item = Week> {
        self.incomplete.iter().copied()
    }

    /// Adds the sums of another book. Which weeks this one knows stays as it is.
    pub fn add_book(&mut self, other: Self) {
        for (counter, value) in other.counters {
            self.add(counter, value);
        }
        self.incomplete.extend(other.incomplete);
    }

    /// Nothing is known of the weeks before this one: a relay that came later does not say that nobody was there.
    pub fn begins_in(&mut self, week: Week) {
        self.begins = Some(week);
    }

    /// Some visits of this week were lost before they could be written: a relay with the line in its memory was
    /// killed, the store was, or this relay was away for longer than the store keeps them.
    pub fn lacks_some_of(&mut self, week: Week) {
        self.incomplete.insert(week);
    }

    /// Whether all visits of the week were counted, as far as is known.
    #[must_use]
    pub fn is_whole(&self, week: Week) -> bool {
        !self.incomplete.contains(&week) && self.begins.is_none_or(|first| first <= week)
    }

    /// The value of a counter.
    #[must_use]
    pub fn value(&self, counter: &Counter) -> u64 {
        self.counters.get(counter).copied().unwrap_or(0)
    }

    /// Every counter that is not zero, in order.
    pub fn counters(&self) -> impl Iterator<Item = (&Counter, u64)> {
        self.counters.iter().map(|(counter, value)| (counter, *value))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The first line that is not one of it.
    pub fn read(text: &str) -> Result<Self, BadBook> {
        let mut book = Self::default();
        let mut lines = text.lines().zip(1..);
        if lines.next().is_none_or(|(first, _)| first != FIRST_LINE) {
            return Err(BadBook {
                line: 1,
                what: "this is not a statistics file, or one of another version",
            });
        }
        for (text, line) in lines {
            let bad = |what| BadBook { line, what };
            let (name, value) = text.rsplit_once(' ').ok_or(bad("a name and a number belong here"))?;
            if value == "incomplete" {
                book.lacks_some_of(name.parse().map_err(|_| bad("there is no such week"))?);
                continue;
            }
            if value == "begins" {
                book.begins_in(name.parse().map_err(|_| bad("there is no such week"))?);
                continue;
            }
            let counter = name.parse().map_err(|_| bad("there is no such counter"))?;
            let value: u64 = value.parse().map_err(|_| bad("this is not a number"))?;
            if book.counters.insert(counter, value).is_some() {
                return Err(bad("this counter stands here twice"));
            }
        }
        Ok(book)
    }

    /// A file of one line.
    pub(super) fn with_line(line: &str) -> String {
        format!("{FIRST_LINE}\n{line}\n")
    }

    /// The file.
    #[must_use]
    pub fn written(&self) -> String {
        let counters = self.counters.iter().map(|(counter, value)| format!("{counter} {value}\n"));
        let incomplete = self.incomplete.iter().map(|week| format!("{week} incomplete\n"));
        let begins = self.begins.map(|week| format!("{week} begins\n"));
        std::iter::once(format!("{FIRST_LINE}\n")).chain(counters).chain(incomplete).chain(begins).collect()
    }
}
