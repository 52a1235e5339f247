//! `[hours]`: the week, holidays, exceptions.

use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use toml::de::DeValue;

use crate::centre::document::{Section, Wrong, wrong};
use crate::centre::values;
use crate::hours::{Calendar, Change, DayRule, Eve, Exception, HolidayRules, Minute, Shift};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// How long before the end the last visitor is let in unless the file says otherwise: a chat takes 40 to
/// 60 minutes, and a counsellor may stay a while.
const LAST_ADMISSION: Duration = Duration::from_secs(30 * 60);

pub(super) fn read(hours: &Section<'_>) -> Calendar {
    let zone = hours.or("time_zone", stockholm(), zone);
    let last_admission = minutes(hours, "last_admission", LAST_ADMISSION, 4 * 60);
    let closing_soon = minutes(hours, "closing_soon", Duration::from_secs(15 * 60), 2 * 60);

    let section = hours.section("week");
    let week = DAYS.map(|day| shifts(&section, day, last_admission));
    let written = DAYS.into_iter().any(|day| section.length(day).is_none_or(|shifts| shifts > 0));
    if section.is_there() && !written {
        section.lacks(
            "monday",
            "the centre is never open",
            "Write at least one day: monday = [\"10.00-15.00\"].",
        );
    }
    let section = hours.optional_section("holidays");
    let public = section.or("public", DayRule::Closed, values::day_rule);
    let eves = Eve::ALL
        .into_iter()
        .filter_map(|eve| Some((eve, section.optional(eve.key(), values::day_rule)?)))
        .collect();
    let exceptions = hours
        .sections("exceptions")
        .iter()
        .filter_map(|section| exception(section, last_admission))
        .collect();
    Calendar {
        zone,
        week,
        holidays: HolidayRules { public, eves },
        exceptions,
        edits: Vec::new(),
        closing_soon,
    }
}

fn exception(section: &Section<'_>, last_admission: u16) -> Option<Exception> {
    let single = section.optional("date", values::day);
    let (first, last) = (section.optional("from", values::day), section.optional("to", values::day));
    let days = match (single, first, last) {
        (Some(date), None, None) => Some((date, date)),
        (None, Some(from), Some(to)) if from <= to => Some((from, to)),
        (None, Some(_), Some(_)) => {
            section.fault("to", "the last day is before the first", "Change places of the two days.");
            None
        }
        _ => {
            // A day that cannot be read has been told already.
            let unreadable = ["date", "from", "to"]
                .into_iter()
                .any(|key| section.has(key) && !section.is_good(key, values::day));
            if !unreadable {
                let what =
                    if single.is_some() { "the days are named in two ways" } else { "the day is missing" };
                section.fault("date", what, "Write either date = …, or both from = … and to = ….");
            }
            None
        }
    };
    // Read all four so that each mistake in them is told.
    let closed = section.optional("closed", values::flag);
    let until = section.optional("until", values::minute);
    let (has_shifts, has_extra) = (section.has("shifts"), section.has("extra"));
    let hours = shifts(section, "shifts", last_admission);
    let extra = shifts(section, "extra", last_admission);
    let change = match (closed, until, has_shifts, has_extra) {
        (Some(true), None, false, false) => Change::Closed,
        (None, Some(end), false, false) => Change::Until(end),
        (None, None, true, false) => Change::Hours(hours),
        (None, None, false, true) => Change::Extra(extra),
        _ => {
            section.fault(
                "closed",
                "it does not say what is different, or says more than one thing",
                "Write one of: closed = true, until = \"12.00\", shifts = [\"10.00-12.00\"], \
                 extra = [\"17.00-20.00\"].",
            );
            return None;
        }
    };
    let (from, to) = days?;
    Some(Exception { from, to, change })
}

/// The shifts of one key: sorted, apart, each longer than its last admission.
fn shifts(section: &Section<'_>, key: &str, last_admission: u16) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = section
        .list(key, shift)
        .into_iter()
        .map(|(from, to, own)| Shift { from, to, last_admission: own.unwrap_or(last_admission) })
        .collect();
    shifts.sort_by_key(|shift| shift.from);
    if shifts.windows(2).any(|pair| pair[1].from < pair[0].to) {
        section.fault(key, "two shifts overlap", "Let one end before the other begins, or make them one.");
    }
    if !shifts.iter().all(Shift::admits_anybody) {
        section.fault(
            key,
            "a shift ends before anybody can be let in",
            "Make it longer, or shorten last_admission (minutes before the end).",
        );
    }
    shifts
}

type ReadShift = (Minute, Minute, Option<u16>);

/// `"10.00-15.00"`, or `"10.00-15.00 last 20 min"`.
fn shift(value: &DeValue<'_>) -> Result<ReadShift, Wrong> {
    let remedy = "Write from and to as \"10.00-15.00\", or \"10.00-15.00 last 20 min\" to let the last \
                  visitor in 20 minutes before the end.";
    let Some(text) = value.as_str() else {
        return wrong("a shift is a text", remedy);
    };
    let (hours, own) = match text.split_once(" last ") {
        Some((hours, own)) => (hours, Some(own)),
        None => (text, None),
    };
    let own = match own {
        None => None,
        Some(own) => match values::duration(&DeValue::String(own.into())).map(whole_minutes) {
            Ok(Some(minutes)) => Some(minutes),
            _ => return wrong(format!("`{own}` is not a number of minutes"), remedy),
        },
    };
    let (from, to) = values::from_to(&DeValue::String(hours.into()))?;
    if from >= to {
        return wrong("a shift ends after it begins, on the same day", remedy);
    }
    Ok((from, to, own))
}

fn minutes(section: &Section<'_>, key: &str, default: Duration, most: u16) -> u16 {
    match whole_minutes(section.or(key, default, values::duration)) {
        Some(minutes) if minutes <= most => minutes,
        _ => {
            section.fault(
                key,
                "this is not a usable number of minutes",
                format!("Write \"0 min\" to \"{most} min\"."),
            );
            0
        }
    }
}

fn whole_minutes(duration: Duration) -> Option<u16> {
    let seconds = duration.as_secs();
    seconds.is_multiple_of(60).then(|| u16::try_from(seconds / 60).ok()).flatten()
}

fn zone(value: &DeValue<'_>) -> Result<TimeZone, Wrong> {
    let name = values::text(value)?;
    match TimeZoneDatabase::bundled().get(&name) {
        Ok(zone) => Ok(zone),
        Err(_) => wrong(format!("there is no time zone `{name}`"), "Write for example \"Europe/Stockholm\"."),
    }
}

fn stockholm() -> TimeZone {
    TimeZoneDatabase::bundled().get("Europe/Stockholm").expect("the zone data is in the binary")
}
