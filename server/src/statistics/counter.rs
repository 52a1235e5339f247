//! What is counted of a visit.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;
use lykta_wire::{Ending, Lane};

use super::{Quarter, Week};
use crate::centre::is_plain_word;

/// The language of one that the centre does not list.
pub const OTHER: &str = "other";

/// How long somebody stood in line, in five bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waited {
    /// Under 2 minutes: the goal.
    Under2,
    /// 2 minutes to under 10.
    Under10,
    /// 10 minutes to under 30.
    Under30,
    /// 30 minutes to under an hour.
    Under60,
    /// An hour or more.
    Longer,
}

/// A visit that is over: as much of it as is counted. It is counted and forgotten at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The day it ended, in the centre's time zone. Only its week and its quarter are counted.
    pub day: Date,
    /// The entrance.
    pub lane: Lane,
    /// How it ended.
    pub ending: Ending,
    /// How long it waited.
    pub waited: Waited,
    /// The language asked for first, one that the centre lists; else [`OTHER`].
    pub language: String,
    /// The topic the counsellor chose from the centre's list; else [`Topic::NONE`](crate::centre::Topic::NONE).
    pub topic: String,
}

/// One counter. Its text is its name in the file and in the line's store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// `2026-W47 ending support helped`
    Ending(Week, Lane, Ending),
    /// `2026-W47 waited under-2`
    Waited(Week, Waited),
    /// `2026-Q4 language sv`
    Language(Quarter, String),
    /// `2026-Q4 topic travel`
    Topic(Quarter, String),
}

/// A text that names no counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCounter;

impl Visit {
    /// The four counters that it raises by one.
    #[must_use]
    pub fn counters(self) -> [Counter; 4] {
        let week = Week::of(self.day);
        let quarter = week.quarter();
        [
            Counter::Ending(week, self.lane, self.ending),
            Counter::Waited(week, self.waited),
            Counter::Language(quarter, self.language),
            Counter::Topic(quarter, self.topic),
        ]
    }
}

impl Waited {
    /// Every band, shortest first.
    pub const ALL: [Self; 5] = [Self::Under2, Self::Under10, Self::Under30, Self::Under60, Self::Longer];

    /// The band of a time.
    #[must_use]
    pub fn band(waited: Duration) -> Self {
        match waited.as_secs() / 60 {
            0..2 => Self::Under2,
            2..10 => Self::Under10,
            10..30 => Self::Under30,
            30..60 => Self::Under60,
            _ => Self::Longer,
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Under2 => "under-2",
            Self::Under10 => "under-10",
            Self::Under30 => "under-30",
            Self::Under60 => "under-60",
            Self::Longer => "longer",
        }
    }
}

/// The word of a lane.
#[must_use]
pub fn lane_word(lane: Lane) -> &'static str {
    match lane {
        Lane::Support => "support",
        Lane::Professional => "professional",
    }
}

/// The word of an ending.
#[must_use]
pub fn ending_word(ending: Ending) -> &'static str {
    match ending {
        Ending::Helped => "helped",
        Ending::LeftLine => "left_line",
        Ending::LeftFast => "left_fast",
        Ending::LostContact => "lost_contact",
        Ending::TurnedAway => "turned_away",
        Ending::EndedByCounsellor => "ended_by_counsellor",
        Ending::Failed => "failed",
    }
}

fn named<T: Copy>(all: &[T], word: fn(T) -> &'static str, text: &str) -> Result<T, NoCounter> {
    all.iter().copied().find(|one| word(*one) == text).ok_or(NoCounter)
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ending(week, lane, ending) => {
                write!(f, "{week} ending {} {}", lane_word(*lane), ending_word(*ending))
            }
            Self::Waited(week, waited) => write!(f, "{week} waited {}", waited.word()),
            Self::Language(quarter, language) => write!(f, "{quarter} language {language}"),
            Self::Topic(quarter, topic) => write!(f, "{quarter} topic {topic}"),
        }
    }
}

impl FromStr for Counter {
    type Err = NoCounter;

    fn from_str(text: &str) -> Result<Self, NoCounter> {
        let words: Vec<&str> = text.split(' ').collect();
        let week = |text: &str| text.parse::<Week>().map_err(|_| NoCounter);
        let quarter = |text: &str| text.parse::<Quarter>().map_err(|_| NoCounter);
        match words[..] {
            [at, "ending", lane, ending] => Ok(Self::Ending(
                week(at)?,
                named(Lane::ALL, lane_word, lane)?,
                named(Ending::ALL, ending_word, ending)?,
            )),
            [at, "waited", waited] => Ok(Self::Waited(week(at)?, named(&Waited::ALL, Waited::word, waited)?)),
            [at, "language", language] if is_plain_word(language) => {
                Ok(Self::Language(quarter(at)?, language.to_owned()))
            }
            [at, "topic", topic] if is_plain_word(topic) => Ok(Self::Topic(quarter(at)?, topic.to_owned())),
            _ => Err(NoCounter),
        }
    }
}
