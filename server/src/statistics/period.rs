//! Weeks and quarters.

use std::fmt;
use std::str::FromStr;

use jiff::Span;
use jiff::civil::{Date, ISOWeekDate, Weekday};

/// A week of ISO 8601, Monday to Sunday: `2026-W47`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    year: i16,
    week: i8,
}

/// Three months, made of whole weeks: a week belongs to the quarter of its Thursday, as it belongs to the year of
/// its Thursday (ISO 8601). `2026-Q4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i16,
    quarter: i8,
}

/// A text that is no week or no quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPeriod;

impl fmt::Display for BadPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write a week like 2026-W47 or a quarter like 2026-Q4")
    }
}

impl std::error::Error for BadPeriod {}

impl Week {
    /// The week a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        let found = day.iso_week_date();
        Self { year: found.year(), week: found.week() }
    }

    fn day(self, weekday: Weekday) -> Date {
        ISOWeekDate::new(self.year, self.week, weekday).map_or(Date::MAX, ISOWeekDate::date)
    }

    /// Its Monday.
    #[must_use]
    pub fn monday(self) -> Date {
        self.day(Weekday::Monday)
    }

    /// Whether it is over on `today`.
    #[must_use]
    pub fn is_over(self, today: Date) -> bool {
        self < Self::of(today)
    }

    /// The quarter it belongs to.
    #[must_use]
    pub fn quarter(self) -> Quarter {
        let thursday = self.day(Weekday::Thursday);
        Quarter { year: thursday.year(), quarter: (thursday.month() - 1) / 3 + 1 }
    }

    /// The week so many weeks before.
    #[must_use]
    pub fn before(self, weeks: i64) -> Self {
        self.monday().checked_sub(Span::new().weeks(weeks)).map_or(self, Self::of)
    }

    /// The week after.
    #[must_use]
    pub fn next(self) -> Self {
        self.day(Weekday::Sunday).tomorrow().map_or(self, Self::of)
    }
}

impl Quarter {
    /// Its twelve to fourteen weeks.
    pub fn weeks(self) -> impl Iterator<Item = Week> {
        let first = Date::new(self.year, (self.quarter - 1) * 3 + 1, 1).unwrap_or(Date::MAX);
        let around = std::iter::successors(Some(Week::of(first)), |week| Some(week.next())).take(15);
        around.filter(move |week| week.quarter() == self)
    }

    /// Whether all its weeks are over on `today`.
    #[must_use]
    pub fn is_over(self, today: Date) -> bool {
        self.weeks().all(|week| week.is_over(today))
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.quarter)
    }
}

/// The year and the number of `YYYY-SN`, with exactly these letters.
fn parts(text: &str, letter: char, digits: usize) -> Option<(i16, i8)> {
    let (year, number) = text.split_once('-')?;
    let number = number.strip_prefix(letter)?;
    let plain = |part: &str, len| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(year, 4) || !plain(number, digits) {
        return None;
    }
    Some((year.parse().ok()?, number.parse().ok()?))
}

impl FromStr for Week {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Self, BadPeriod> {
        let (year, week) = parts(text, 'W', 2).ok_or(BadPeriod)?;
        ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| BadPeriod)?;
        Ok(Self { year, week })
    }
}

impl FromStr for Quarter {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Self, BadPeriod> {
        let (year, quarter) = parts(text, 'Q', 1).ok_or(BadPeriod)?;
        if (1..=4).contains(&quarter) { Ok(Self { year, quarter }) } else { Err(BadPeriod) }
    }
}
