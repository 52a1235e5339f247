//! Times in words. The relay says "i morgon klockan 10.00"; the phone's own clock is never asked.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Calendar, Minute, Shift};

/// A language's words for days and times. Patterns hold `{time}`, `{weekday}`, `{day}` and `{month}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Today: `i dag klockan {time}`.
    pub today: String,
    /// Tomorrow: `i morgon klockan {time}`.
    pub tomorrow: String,
    /// Within a week: `på {weekday} klockan {time}`.
    pub this_week: String,
    /// Later: `{weekday} {day} {month} klockan {time}`.
    pub later: String,
    /// A time of day, with `{hour}` and `{minute}`.
    pub time: String,
    /// Days and their hours in the sentence about the week: `{days} klockan {hours}`.
    pub week: String,
    /// Between the last two of a list.
    pub and: String,
    /// Monday first.
    pub weekdays: [String; 7],
    /// January first.
    pub months: [String; 12],
}

impl Words {
    /// The languages whose words are built in: `sv` and `en`. Any other brings its own in the centre's file.
    #[must_use]
    pub fn built_in(language: &str) -> Option<Self> {
        match language {
            "sv" => Some(Self {
                today: "i dag klockan {time}".into(),
                tomorrow: "i morgon klockan {time}".into(),
                this_week: "på {weekday} klockan {time}".into(),
                later: "{weekday} {day} {month} klockan {time}".into(),
                time: "{hour}.{minute}".into(),
                week: "{days} klockan {hours}".into(),
                and: "och".into(),
                weekdays: ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"]
                    .map(String::from),
                months: [
                    "januari",
                    "februari",
                    "mars",
                    "april",
                    "maj",
                    "juni",
                    "juli",
                    "augusti",
                    "september",
                    "oktober",
                    "november",
                    "december",
                ]
                .map(String::from),
            }),
            "en" => Some(Self {
                today: "today at {time}".into(),
                tomorrow: "tomorrow at {time}".into(),
                this_week: "on {weekday} at {time}".into(),
                later: "{weekday} {day} {month} at {time}".into(),
                time: "{hour}:{minute}".into(),
                week: "{days} {hours}".into(),
                and: "and".into(),
                weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
                    .map(String::from),
                months: [
                    "January",
                    "February",
                    "March",
                    "April",
                    "May",
                    "June",
                    "July",
                    "August",
                    "September",
                    "October",
                    "November",
                    "December",
                ]
                .map(String::from),
            }),
            _ => None,
        }
    }

    /// A moment as seen from `now`: `i dag klockan 10.00`, `i morgon klockan 10.00`,
    /// `på måndag klockan 10.00` (two to six days away) or `måndag 7 januari klockan 10.00`.
    #[must_use]
    pub fn moment(&self, calendar: &Calendar, now: Timestamp, moment: Timestamp) -> String {
        let (here, there) = (calendar.local(now).date(), calendar.local(moment));
        let pattern = match days_between(here, there.date()) {
            0 => &self.today,
            1 => &self.tomorrow,
            2..=6 => &self.this_week,
            _ => &self.later,
        };
        let weekday = usize::from(there.weekday().to_monday_zero_offset().unsigned_abs());
        let month = usize::from(there.month().unsigned_abs()) - 1;
        pattern
            .replace("{time}", &self.clock(there.hour().unsigned_abs(), there.minute().unsigned_abs()))
            .replace("{weekday}", &self.weekdays[weekday])
            .replace("{day}", &there.day().to_string())
            .replace("{month}", &self.months[month])
    }

    /// The time of day of a moment: `14.30`.
    #[must_use]
    pub fn time_of(&self, calendar: &Calendar, moment: Timestamp) -> String {
        let local = calendar.local(moment);
        self.clock(local.hour().unsigned_abs(), local.minute().unsigned_abs())
    }

    /// The usual week: `måndag–torsdag klockan 10.00–15.00 och fredag klockan 10.00–12.00`. Empty when no
    /// day is ever open.
    #[must_use]
    pub fn week(&self, week: &[Vec<Shift>; 7]) -> String {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (day, shifts) in week.iter().enumerate() {
            match runs.last_mut() {
                Some((first, last)) if *last + 1 == day && same_hours(&week[*first], shifts) => *last = day,
                _ if !shifts.is_empty() => runs.push((day, day)),
                _ => {}
            }
        }
        let parts: Vec<String> = runs
            .into_iter()
            .map(|(first, last)| {
                let days = match last - first {
                    0 => self.weekdays[first].clone(),
                    1 => self.list(&[self.weekdays[first].clone(), self.weekdays[last].clone()]),
                    _ => format!("{}–{}", self.weekdays[first], self.weekdays[last]),
                };
                let hours: Vec<String> = week[first]
                    .iter()
                    .map(|shift| format!("{}–{}", self.minute(shift.from), self.minute(shift.to)))
                    .collect();
                self.week.replace("{days}", &days).replace("{hours}", &self.list(&hours))
            })
            .collect();
        self.list(&parts)
    }

    fn list(&self, parts: &[String]) -> String {
        match parts {
            [] => String::new(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} {} {last}", first.join(", "), self.and),
        }
    }

    fn minute(&self, minute: Minute) -> String {
        self.time
            .replace("{hour}", &format!("{:02}", minute.hour()))
            .replace("{minute}", &format!("{:02}", minute.minute()))
    }

    fn clock(&self, hour: u8, minute: u8) -> String {
        self.time.replace("{hour}", &format!("{hour:02}")).replace("{minute}", &format!("{minute:02}"))
    }
}

fn same_hours(one: &[Shift], other: &[Shift]) -> bool {
    one.iter().map(|s| (s.from, s.to)).eq(other.iter().map(|s| (s.from, s.to)))
}

fn days_between(here: Date, there: Date) -> i32 {
    here.until(there).map_or(i32::MAX, |span| span.get_days())
}
