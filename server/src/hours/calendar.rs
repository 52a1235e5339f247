//! The calendar: what holds on a day, and what an instant means.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::edits::What;
use super::{DayRule, Edit, Eve, Holiday, Minute, Shift};

/// How far ahead the next opening is looked for, days: more than a year, so that a place that opens only
/// in one week of the year still says when.
const LOOK_AHEAD: usize = 400;

/// The opening hours of a centre, with everything that bends them.
///
/// For one day the rules apply in this order, the later bending what the earlier left: the week, the
/// holiday and eve rules, the [exceptions](Exception) in their order, and what the [staff changed](Edit).
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The zone all hours are read in.
    pub zone: TimeZone,
    /// The usual week, Monday first.
    pub week: [Vec<Shift>; 7],
    /// What holidays and eves do.
    pub holidays: HolidayRules,
    /// One-off closures, other hours and extra openings.
    pub exceptions: Vec<Exception>,
    /// What the staff changed, in the order it came; in the centre's file there is none.
    pub edits: Vec<Edit>,
    /// How long before last admission "closing soon" is said, minutes.
    pub closing_soon: u16,
}

/// What holidays and eves do to the usual hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolidayRules {
    /// All public holidays.
    pub public: DayRule,
    /// Each eve by name; one that is not named is as usual.
    pub eves: BTreeMap<Eve, DayRule>,
}

/// A change to some days, the last one included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What is different.
    pub change: Change,
}

/// What is different on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Not open at all.
    Closed,
    /// Nothing after this minute ("we close early").
    Until(Minute),
    /// These hours instead of whatever else would hold.
    Hours(Vec<Shift>),
    /// These hours besides ("an extra evening").
    Extra(Vec<Shift>),
}

/// Where an instant lies in the hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not in any shift.
    Outside,
    /// In a shift, and new visitors are let in.
    Admitting,
    /// In a shift, but last admission has passed.
    PastLastAdmission,
}

/// What the calendar says about one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant in the centre's zone.
    pub local: Zoned,
    /// Where it lies in the hours.
    pub phase: Phase,
    /// When the shift ends; `None` outside hours and when the doors are always open.
    pub closes: Option<Timestamp>,
    /// When nobody new is let in any more; `None` as for `closes`. It lies in the past in
    /// [`Phase::PastLastAdmission`].
    pub last_admission: Option<Timestamp>,
    /// The start of the next shift, strictly later than the instant.
    pub next_opening: Option<Timestamp>,
    /// Within the last minutes before last admission.
    pub closing_soon: bool,
    /// When any of this next changes.
    pub next_change: Option<Timestamp>,
    /// What the staff changed about today and later days.
    pub edits: Vec<Edit>,
}

impl Now {
    /// Doors that are open at any hour, for the demonstration.
    #[must_use]
    pub fn always_open(zone: &TimeZone, now: Timestamp) -> Self {
        Self {
            local: now.to_zoned(zone.clone()),
            phase: Phase::Admitting,
            closes: None,
            last_admission: None,
            next_opening: None,
            closing_soon: false,
            next_change: None,
            edits: Vec::new(),
        }
    }

    /// Whole minutes until nobody new is let in, rounded up; `None` when that has passed or does not apply.
    #[must_use]
    pub fn minutes_to_last_admission(&self) -> Option<u32> {
        let left = self.last_admission?.as_second() - self.local.timestamp().as_second();
        u32::try_from((left + 59).div_euclid(60)).ok().filter(|_| left > 0)
    }
}

impl Calendar {
    /// The same calendar with more exceptions, which come last and so win.
    #[must_use]
    pub fn with(&self, changes: &[Exception]) -> Self {
        let mut changed = self.clone();
        changed.exceptions.extend_from_slice(changes);
        changed
    }

    /// Every day from midnight to midnight, holidays too, with nothing that bends it: a demonstration's.
    #[must_use]
    pub fn around_the_clock(zone: TimeZone) -> Self {
        let day = vec![Shift { from: Minute::START, to: Minute::END, last_admission: 0 }];
        Self {
            zone,
            week: std::array::from_fn(|_| day.clone()),
            holidays: HolidayRules { public: DayRule::AsUsual, eves: BTreeMap::new() },
            exceptions: Vec::new(),
            edits: Vec::new(),
            closing_soon: 0,
        }
    }

    /// Whether the staff changed the day of this instant.
    #[must_use]
    pub fn is_edited_on(&self, now: Timestamp) -> bool {
        let today = self.local(now).date();
        self.edits.iter().any(|edit| edit.day == today)
    }

    /// The longest last admission of the usual week, minutes: what an extra opening has.
    #[must_use]
    pub fn usual_last_admission(&self) -> u16 {
        self.week.iter().flatten().map(|shift| shift.last_admission).max().unwrap_or_default()
    }

    /// The shifts of a day, in order, apart from each other, each letting at least somebody in.
    #[must_use]
    pub fn shifts_on(&self, day: Date) -> Vec<Shift> {
        let weekday = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let mut shifts = bend(self.week[weekday].clone(), self.rule_for(day));
        for exception in self.exceptions.iter().filter(|e| e.from <= day && day <= e.to) {
            shifts = match &exception.change {
                Change::Closed => Vec::new(),
                Change::Until(end) => bend(shifts, DayRule::Until(*end)),
                Change::Hours(hours) => hours.clone(),
                Change::Extra(hours) => [shifts, hours.clone()].concat(),
            };
        }
        let mut shifts = joined(shifts);
        shifts.retain(Shift::admits_anybody);
        let edits = || self.edits.iter().filter(move |edit| edit.day == day);
        // Stopped in its first minute a shift lets in nobody, and goes on for those who are in already.
        let is_stopped = |shift: &Shift| edits().any(|edit| edit.what == What::NoMore(shift.from));
        edits().fold(shifts, |shifts, edit| {
            let mut shifts = joined(edit.what.bends(shifts, self.usual_last_admission()));
            shifts.retain(|shift| shift.admits_anybody() || is_stopped(shift));
            shifts
        })
    }

    /// What the calendar says about `now`.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Now {
        let local = self.local(now);
        let today = local.date();
        let mut phase = Phase::Outside;
        let (mut closes, mut last_admission, mut closing_soon) = (None, None, false);
        let mut next_change = None::<Timestamp>;
        for shift in self.shifts_on(today) {
            let end = self.instant(today, shift.to.minutes());
            let admission = self.instant(today, shift.admission_ends().minutes());
            let soon = shift.admission_ends().before(self.closing_soon).max(shift.from);
            let soon = self.instant(today, soon.minutes());
            let start = self.instant(today, shift.from.minutes());
            for edge in [start, soon, admission, end] {
                if edge > now {
                    next_change = Some(next_change.map_or(edge, |known| known.min(edge)));
                }
            }
            if start <= now && now < end {
                phase = if now < admission { Phase::Admitting } else { Phase::PastLastAdmission };
                closing_soon = soon <= now && now < admission;
                closes = Some(end);
                last_admission = Some(admission);
            }
        }
        let next_opening = self.next_opening(now, today);
        Now {
            local,
            phase,
            closes,
            last_admission,
            next_opening,
            closing_soon,
            next_change: next_change.or(next_opening),
            edits: self.edits.iter().filter(|edit| edit.day >= today).cloned().collect(),
        }
    }

    /// Whether `now` lies in a shift.
    #[must_use]
    pub fn in_hours(&self, now: Timestamp) -> bool {
        let today = self.local(now).date();
        self.shifts_on(today).iter().any(|shift| {
            self.instant(today, shift.from.minutes()) <= now && now < self.instant(today, shift.to.minutes())
        })
    }

    /// `now` in the centre's zone.
    #[must_use]
    pub fn local(&self, now: Timestamp) -> Zoned {
        now.to_zoned(self.zone.clone())
    }

    /// The instant `minutes` on the wall clock after the midnight that begins `day` (more than 1,440 is
    /// the next day). A wall time that summer time skips means the same distance after the gap; one that
    /// comes twice means the first. At the far ends of the calendar it stays at the last instant there is.
    #[must_use]
    pub fn instant(&self, day: Date, minutes: u16) -> Timestamp {
        let wall = day.at(0, 0, 0, 0).saturating_add(i64::from(minutes).minutes());
        self.zone.to_timestamp(wall).unwrap_or(Timestamp::MAX)
    }

    fn rule_for(&self, day: Date) -> DayRule {
        let holiday = if Holiday::on(day).is_some() { self.holidays.public } else { DayRule::AsUsual };
        Eve::on(day).filter_map(|eve| self.holidays.eves.get(&eve).copied()).fold(holiday, DayRule::strictest)
    }

    fn next_opening(&self, now: Timestamp, today: Date) -> Option<Timestamp> {
        today.series(1.day()).take(LOOK_AHEAD).find_map(|day| {
            self.shifts_on(day)
                .into_iter()
                .map(|shift| self.instant(day, shift.from.minutes()))
                .find(|start| *start > now)
        })
    }
}

fn bend(shifts: Vec<Shift>, rule: DayRule) -> Vec<Shift> {
    match rule {
        DayRule::AsUsual => shifts,
        DayRule::Until(end) => shifts.into_iter().filter_map(|shift| shift.until(end)).collect(),
        DayRule::Closed => Vec::new(),
    }
}

/// Sorts shifts and joins those that touch or overlap: somebody who stays on into an extra evening is not
/// "closing soon" in the middle of it. The later end brings its own last admission.
fn joined(mut shifts: Vec<Shift>) -> Vec<Shift> {
    shifts.sort_by_key(|shift| (shift.from, shift.to));
    let mut apart: Vec<Shift> = Vec::with_capacity(shifts.len());
    for shift in shifts {
        match apart.last_mut() {
            Some(last) if shift.from <= last.to => {
                if shift.to > last.to {
                    last.to = shift.to;
                    last.last_admission = shift.last_admission;
                }
            }
            _ => apart.push(shift),
        }
    }
    apart
}
