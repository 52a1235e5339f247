//! Which help lines answer at an instant.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::{Calendar, Words, counts_as_sunday};

/// So many days are looked through for the next time a line answers.
const DAYS_AHEAD: usize = 31;

/// When a help line answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineHours {
    /// Day and night.
    Always,
    /// Whenever the centre itself is open, closures and extra openings included.
    Centre,
    /// Its own week.
    Weekly(WeeklyLine),
}

/// A help line's own week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeeklyLine {
    /// Monday first.
    pub week: [Vec<Span>; 7],
    /// What holds instead on days that [count as a Sunday](counts_as_sunday); `None`: the weekday's hours.
    pub holidays: Option<Vec<Span>>,
}

/// A stretch of hours that may run past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Minutes after the midnight that begins the day, 0 to 1,439.
    pub from: u16,
    /// The first minute that is closed again, `from` + 1 to `from` + 1,440 (above 1,440: the next day).
    pub to: u16,
}

impl LineHours {
    /// Whether somebody answers at `now`. The line's hours are read in the centre's time zone.
    #[must_use]
    pub fn answers(&self, calendar: &Calendar, now: Timestamp) -> bool {
        match self {
            LineHours::Always => true,
            LineHours::Centre => calendar.in_hours(now),
            LineHours::Weekly(line) => {
                let today = calendar.local(now).date();
                let within = |day: Date| {
                    line.on(day).iter().any(|span| {
                        calendar.instant(day, span.from) <= now && now < calendar.instant(day, span.to)
                    })
                };
                within(today) || today.yesterday().is_ok_and(within)
            }
        }
    }

    /// When somebody answers next, of a line that does not answer at `now`. `None`: not within a month, or it always does.
    #[must_use]
    pub fn answers_next(&self, calendar: &Calendar, now: Timestamp) -> Option<Timestamp> {
        match self {
            LineHours::Always => None,
            LineHours::Centre => calendar.at(now).next_opening,
            LineHours::Weekly(line) => {
                let today = calendar.local(now).date();
                today.series(1.day()).take(DAYS_AHEAD).find_map(|day| {
                    let begins = line.on(day).iter().map(|span| calendar.instant(day, span.from));
                    begins.filter(|begins| *begins > now).min()
                })
            }
        }
    }

    /// The usual week in words; empty when it has none of its own and always answers.
    #[must_use]
    pub fn week(&self, calendar: &Calendar, words: &Words) -> String {
        match self {
            LineHours::Always => String::new(),
            LineHours::Centre => words.week(&calendar.week),
            LineHours::Weekly(line) => words.week_of(&line.week),
        }
    }
}

impl WeeklyLine {
    fn on(&self, day: Date) -> &[Span] {
        match &self.holidays {
            Some(spans) if counts_as_sunday(day) => spans,
            _ => &self.week[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())],
        }
    }
}
