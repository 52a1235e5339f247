//! What the line counts of the visits that end in it, and how the sums leave the store.
//!
//! ```text
//! a ticket is forgotten --same step--> four counters of the day, +1
//! within two minutes, recount --same step--> ending and topic: one -1, the other +1
//!
//! counted --gather--> batch, claimed by one relay --settle--> gone: that relay has them
//!                       \--two minutes without settle--> another relay's claim
//! ```
//!
//! The relay that gathered writes the batch beside its sums before it settles, and adds it to them after. Whoever
//! dies in between asks again: the store remembers under which claim a batch was settled, so that each is added
//! once and by one.

use std::collections::BTreeSet;
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
/// A gathered batch that is not settled may be gathered by another relay after this. Writing takes milliseconds.
pub const GATHER_LEASE: Duration = Duration::from_secs(2 * 60);
/// Sums that no relay gathers are kept so long, and so long it is remembered who settled a batch: a relay may be away
/// over a long weekend.
pub const COUNTED_TTL: Duration = Duration::from_secs(10 * 24 * 60 * 60);

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

/// Sums of one day that one relay has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which one.
    pub number: u64,
    /// Rises when another relay gathers it.
    pub claim: u64,
    /// What was counted.
    pub book: Book,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is this claim's, now or since before: add it.
    Yours,
    /// Another relay has gathered it meanwhile: drop it.
    Anothers,
    /// The store has lost its memory, and does not know it any more.
    Unknown,
}

/// The days that a store may hold sums of, oldest first, the present one last.
pub fn days_until(today: Date) -> BTreeSet<Date> {
    let kept = i64::try_from(COUNTED_TTL.as_secs() / (24 * 60 * 60)).unwrap_or(0);
    (0..=kept).filter_map(|back| today.checked_sub(jiff::Span::new().days(back)).ok()).collect()
}
