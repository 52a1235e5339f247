//! How the service is used, without a row for anybody.
//!
//! A visit that is over adds one to each of four counters, and is forgotten: week × lane × ending, week × waiting time,
//! quarter × language, quarter × topic. Never their cross product: with thirty chats a week that would be a row
//! for every chat.
//!
//! ```text
//! Visit ─► four Counters ─► in the line, a sum a day ─► Keeper ─► Book (the file `statistics`) ─► Report ─► text, CSV, SVG
//!                                                                                                 │
//!                                                                                   conceal: under 5, and what would betray it
//! ```
//!
//! Only weeks and quarters that are over are shown: two reports of a running week would differ by a day, and a
//! day is a handful of people. What is shown of a week depends on that week alone, so that a later report never
//! shows what an earlier one hid.

mod book;
mod counter;
mod csv;
mod keeper;
mod ledger;
mod network;
mod period;
mod plot;
mod report;
mod text;

#[cfg(test)]
mod tests;

pub use book::{BadBook, Book};
pub use counter::{Counter, NoCounter, OTHER, Visit, Waited, ending_word, lane_word};
pub use csv::csv;
pub use keeper::{Keeper, NotKept, say as say_not_kept};
pub use ledger::Ledger;
pub use period::{BadPeriod, Quarter, Week};
pub use plot::plot;
pub use report::{Categories, QuarterTable, Report, Shown, WeekTable};
pub use text::text;

/// The name of the file in the state directory.
pub const FILE: &str = "statistics";

/// A number below this is not shown (SCB and other statistical offices hide small counts; five is our choice).
pub const SHOWN_FROM: u64 = 5;
