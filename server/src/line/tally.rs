//! What the line counts of the visits that end in it, and how every relay reads the sums.
//!
//! ```text
//! a ticket is forgotten --same step--> four counters of the day, +1
//! within two minutes, recount --same step--> ending and topic: one -1, the other +1
//!
//! counted --gather--> read by every relay, as often as it likes, for four days
//! ```
//!
//! Reading changes nothing, so several relays have the same sums, and one that died between reading and writing reads
//! again. A day that is over does not change any more. With the sums the store says since when it remembers: whoever
//! finds another number than last time knows that it has lost its memory meanwhile.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lykta_wire::{Ending, LanguageTag, Languages};

use crate::centre::Topic;
use crate::clock::Moment;
use crate::statistics::{Book, OTHER};

/// How long after its end a chat's ending and topic can be said anew: the console gives fifteen seconds for it.
pub const RECOUNTED_WITHIN: Duration = Duration::from_secs(2 * 60);
/// The sums of a day are kept so long after its last visit: a relay may be away over a weekend, and no longer than
/// that does anybody who sees the store see single days.
pub const COUNTED_TTL: Duration = Duration::from_secs(4 * 24 * 60 * 60);

/// How a centre counts: which day it is there, and which words it has.
#[derive(Clone, Debug)]
pub struct Counting {
    /// Decides which day it is.
    pub zone: TimeZone,
    /// The languages that are counted by name.
    pub languages: Vec<String>,
    /// The words of the centre's topics.
    pub topics: Vec<String>,
}

impl Default for Counting {
    /// In UTC, and without any language or topic.
    fn default() -> Self {
        Self { zone: TimeZone::UTC, languages: Vec::new(), topics: Vec::new() }
    }
}

impl Counting {
    /// The day in the centre.
    #[must_use]
    pub fn day(&self, now: Moment) -> Date {
        let at = Timestamp::from_millisecond(now.0.cast_signed()).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(self.zone.clone()).date()
    }

    /// The language that was asked for first, as it is counted: what a stranger writes is never a counter's name.
    pub(super) fn language(&self, asked: &Languages) -> &str {
        let first = asked.tags().first().map_or("", LanguageTag::as_str);
        self.languages.iter().find(|known| *known == first).map_or(OTHER, String::as_str)
    }

    /// Whether a chat can have ended so and been about this.
    #[must_use]
    pub fn knows(&self, ending: Ending, topic: &str) -> bool {
        ends_a_chat(ending) && self.has_topic(topic)
    }

    /// Whether this may be said of a chat.
    pub(super) fn has_topic(&self, topic: &str) -> bool {
        topic == NO_TOPIC || self.topics.iter().any(|known| known == topic)
    }
}

/// The topic of a chat of which nothing was said.
pub(super) const NO_TOPIC: &str = Topic::NONE;

/// Whether a chat can have ended so. What else there is, is said of those who wait.
#[must_use]
pub fn ends_a_chat(ending: Ending) -> bool {
    !matches!(ending, Ending::LeftLine | Ending::TurnedAway)
}

/// The sums of one day, as the store has them now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Since when the store remembers: the same number as long as it has lost nothing.
    pub memory: u64,
    /// What was counted.
    pub book: Book,
}

/// The first day of which a store certainly still has all sums.
#[must_use]
pub fn first_kept(today: Date) -> Date {
    let whole_days = i64::try_from(COUNTED_TTL.as_secs() / (24 * 60 * 60)).unwrap_or(1) - 1;
    today.checked_sub(jiff::Span::new().days(whole_days)).unwrap_or(today)
}
