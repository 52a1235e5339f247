//! Swedish public holidays and the days before them, computed for any year.
//!
//! The holidays are those of the law on public holidays (1989:253), Sundays apart: a Sunday is an ordinary
//! row of the week here. The eves are not holidays in law; what an office does with them is its own
//! choice, so each is a named setting.

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan};

use super::Minute;

/// A public holiday of the law 1989:253.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the law's")]
pub enum Holiday {
    Nyarsdagen,
    TrettondedagJul,
    Langfredagen,
    Paskdagen,
    AnnandagPask,
    ForstaMaj,
    KristiHimmelsfardsdag,
    Pingstdagen,
    Nationaldagen,
    Midsommardagen,
    AllaHelgonsDag,
    Juldagen,
    AnnandagJul,
}

impl Holiday {
    /// All thirteen, in the order of the year.
    pub const ALL: [Holiday; 13] = [
        Holiday::Nyarsdagen,
        Holiday::TrettondedagJul,
        Holiday::Langfredagen,
        Holiday::Paskdagen,
        Holiday::AnnandagPask,
        Holiday::ForstaMaj,
        Holiday::KristiHimmelsfardsdag,
        Holiday::Pingstdagen,
        Holiday::Nationaldagen,
        Holiday::Midsommardagen,
        Holiday::AllaHelgonsDag,
        Holiday::Juldagen,
        Holiday::AnnandagJul,
    ];

    /// The day it falls on in `year` (1 to 9998).
    #[must_use]
    pub fn in_year(self, year: i16) -> Date {
        match self {
            Holiday::Nyarsdagen => date(year, 1, 1),
            Holiday::TrettondedagJul => date(year, 1, 6),
            Holiday::Langfredagen => after(easter_sunday(year), -2),
            Holiday::Paskdagen => easter_sunday(year),
            Holiday::AnnandagPask => after(easter_sunday(year), 1),
            Holiday::ForstaMaj => date(year, 5, 1),
            Holiday::KristiHimmelsfardsdag => after(easter_sunday(year), 39),
            Holiday::Pingstdagen => after(easter_sunday(year), 49),
            Holiday::Nationaldagen => date(year, 6, 6),
            // The Saturday that falls in 20-26 June.
            Holiday::Midsommardagen => saturday_from(date(year, 6, 20)),
            // The Saturday that falls in 31 October - 6 November.
            Holiday::AllaHelgonsDag => saturday_from(date(year, 10, 31)),
            Holiday::Juldagen => date(year, 12, 25),
            Holiday::AnnandagJul => date(year, 12, 26),
        }
    }

    /// The holiday on `day`, if it is one. Where two meet (first of May and Ascension Day can), the first
    /// in the order of [`Holiday::ALL`].
    #[must_use]
    pub fn on(day: Date) -> Option<Self> {
        Self::ALL.into_iter().find(|holiday| holiday.in_year(day.year()) == day)
    }
}

/// A day before a holiday, on which many offices close or close early. The key is its name in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the Swedish calendar")]
pub enum Eve {
    Trettondagsafton,
    Skartorsdagen,
    Paskafton,
    Valborgsmassoafton,
    DagenForeKristiHimmelsfardsdag,
    Pingstafton,
    DagenForeNationaldagen,
    Midsommarafton,
    DagenForeAllaHelgonsDag,
    Julafton,
    Nyarsafton,
}

impl Eve {
    /// All of them, in the order of the year.
    pub const ALL: [Eve; 11] = [
        Eve::Trettondagsafton,
        Eve::Skartorsdagen,
        Eve::Paskafton,
        Eve::Valborgsmassoafton,
        Eve::DagenForeKristiHimmelsfardsdag,
        Eve::Pingstafton,
        Eve::DagenForeNationaldagen,
        Eve::Midsommarafton,
        Eve::DagenForeAllaHelgonsDag,
        Eve::Julafton,
        Eve::Nyarsafton,
    ];

    /// The day it falls on in `year` (1 to 9998).
    #[must_use]
    pub fn in_year(self, year: i16) -> Date {
        let eve = |holiday: Holiday| after(holiday.in_year(year), -1);
        match self {
            Eve::Trettondagsafton => eve(Holiday::TrettondedagJul),
            Eve::Skartorsdagen => eve(Holiday::Langfredagen),
            Eve::Paskafton => eve(Holiday::Paskdagen),
            Eve::Valborgsmassoafton => eve(Holiday::ForstaMaj),
            Eve::DagenForeKristiHimmelsfardsdag => eve(Holiday::KristiHimmelsfardsdag),
            Eve::Pingstafton => eve(Holiday::Pingstdagen),
            Eve::DagenForeNationaldagen => eve(Holiday::Nationaldagen),
            Eve::Midsommarafton => eve(Holiday::Midsommardagen),
            Eve::DagenForeAllaHelgonsDag => eve(Holiday::AllaHelgonsDag),
            Eve::Julafton => eve(Holiday::Juldagen),
            Eve::Nyarsafton => date(year, 12, 31),
        }
    }

    /// The name in `centre.toml`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Eve::Trettondagsafton => "trettondagsafton",
            Eve::Skartorsdagen => "skartorsdagen",
            Eve::Paskafton => "paskafton",
            Eve::Valborgsmassoafton => "valborgsmassoafton",
            Eve::DagenForeKristiHimmelsfardsdag => "dagen_fore_kristi_himmelsfardsdag",
            Eve::Pingstafton => "pingstafton",
            Eve::DagenForeNationaldagen => "dagen_fore_nationaldagen",
            Eve::Midsommarafton => "midsommarafton",
            Eve::DagenForeAllaHelgonsDag => "dagen_fore_alla_helgons_dag",
            Eve::Julafton => "julafton",
            Eve::Nyarsafton => "nyarsafton",
        }
    }

    /// Every eve that falls on `day`; two can meet.
    pub fn on(day: Date) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |eve| eve.in_year(day.year()) == day)
    }
}

/// What a kind of day does to the usual hours. Where two rules meet, the [stricter](DayRule::strictest) holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayRule {
    /// Open as on any such weekday.
    AsUsual,
    /// Nothing after this minute.
    Until(Minute),
    /// Not open at all.
    Closed,
}

impl DayRule {
    /// The stricter of two rules.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        match (self, other) {
            (DayRule::Closed, _) | (_, DayRule::Closed) => DayRule::Closed,
            (DayRule::Until(a), DayRule::Until(b)) => DayRule::Until(a.min(b)),
            (DayRule::Until(end), DayRule::AsUsual) | (DayRule::AsUsual, DayRule::Until(end)) => {
                DayRule::Until(end)
            }
            (DayRule::AsUsual, DayRule::AsUsual) => DayRule::AsUsual,
        }
    }
}

/// Whether help lines keep their Sunday hours on `day` although it may not be a Sunday: a public holiday,
/// or one of the three eves that Swedish labour law puts on a par with Sunday (Midsummer's, Christmas and
/// New Year's Eve; semesterlagen 1977:480, 3 a §).
#[must_use]
pub fn counts_as_sunday(day: Date) -> bool {
    Holiday::on(day).is_some()
        || Eve::on(day).any(|eve| matches!(eve, Eve::Midsommarafton | Eve::Julafton | Eve::Nyarsafton))
}

/// Easter Sunday of the Gregorian calendar (the "anonymous" algorithm of Meeus, Jones and Butcher).
#[must_use]
pub fn easter_sunday(year: i16) -> Date {
    let y = i32::from(year);
    let (golden, century, rest) = (y % 19, y / 100, y % 100);
    let shift = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - shift + 15) % 30;
    let week = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * week) / 451;
    let day_of_march = epact + week - 7 * late + 22;
    after(date(year, 3, 1), day_of_march - 1)
}

fn saturday_from(first: Date) -> Date {
    after(first, i32::from(first.weekday().until(Weekday::Saturday)))
}

fn after(day: Date, days: i32) -> Date {
    let span: Span = days.days();
    day.saturating_add(span)
}
