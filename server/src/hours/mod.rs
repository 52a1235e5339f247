//! When the doors are open: a calendar that knows shifts, Swedish holidays and one-off changes.
//!
//! Everything here is a pure function of a [`Calendar`] and an instant. Nothing reads a clock, so a test
//! (or a demonstration) asks about any moment it likes, and the answer never depends on the machine's
//! own time zone: the zone data is inside the binary.

mod calendar;
mod day;
mod edits;
mod holidays;
mod lines;
mod state;
mod words;

pub use calendar::{Calendar, Change, Exception, HolidayRules, Now, Phase};
pub use day::{Minute, MinuteError, Shift};
pub use edits::{DAYS_AHEAD, Edit, Edits, MOST as MOST_EDITS, NotEdited, NotRead, TEXT_MAX, What, Wish};
pub use holidays::{DayRule, Eve, Holiday, counts_as_sunday, easter_sunday};
pub use lines::{LineHours, Span, WeeklyLine};
pub use state::{open_state, open_state_by_the_calendar};
pub use words::Words;

#[cfg(test)]
mod tests;
