//! Times in words. The relay says "i morgon klockan 10.00"; the phone's own clock is never asked.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Calendar, Minute, Shift, Span};

/// The built-in words, one file per language.
const LANGUAGES: [(&str, &str); 10] = [
    ("sv", include_str!("languages/sv.toml")),
    ("en", include_str!("languages/en.toml")),
    ("ar", include_str!("languages/ar.toml")),
    ("ckb", include_str!("languages/ckb.toml")),
    ("fa", include_str!("languages/fa.toml")),
    ("kmr", include_str!("languages/kmr.toml")),
    ("prs", include_str!("languages/prs.toml")),
    ("so", include_str!("languages/so.toml")),
    ("ti", include_str!("languages/ti.toml")),
    ("tr", include_str!("languages/tr.toml")),
];

/// A language's words for days and times. Patterns hold `{time}`, `{weekday}`, `{day}` and `{month}`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Of a help line that does not answer now: `stängt nu, svarar {when} ({week})`.
    pub closed: String,
    /// Between the last two of a list.
    pub and: String,
    /// Monday first.
    pub weekdays: [String; 7],
    /// January first.
    pub months: [String; 12],
}

impl Words {
    /// The words of a language that has a file in `hours/languages`. Any other brings its own in the
    /// centre's file.
    #[must_use]
    pub fn built_in(language: &str) -> Option<Self> {
        let (_, file) = LANGUAGES.iter().find(|(tag, _)| *tag == language)?;
        Some(toml::from_str(file).expect("the built-in words are read by a test"))
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
        let span = |shift: &Shift| Span { from: shift.from.minutes(), to: shift.to.minutes() };
        self.week_of(&std::array::from_fn(|day| week[day].iter().map(span).collect()))
    }

    /// The same of hours that may run past midnight: `fredag klockan 16.30–01.00`.
    #[must_use]
    pub fn week_of(&self, week: &[Vec<Span>; 7]) -> String {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (day, spans) in week.iter().enumerate() {
            match runs.last_mut() {
                Some((first, last)) if *last + 1 == day && week[*first] == *spans => *last = day,
                _ if !spans.is_empty() => runs.push((day, day)),
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
                    .map(|span| format!("{}–{}", self.minute(span.from), self.minute(span.to)))
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

    /// Of a minute after the midnight that begins the day; the midnight that ends it is 24.00.
    fn minute(&self, minute: u16) -> String {
        let minute = if minute > Minute::END.minutes() { minute - Minute::END.minutes() } else { minute };
        self.time
            .replace("{hour}", &format!("{:02}", minute / 60))
            .replace("{minute}", &format!("{:02}", minute % 60))
    }

    fn clock(&self, hour: u8, minute: u8) -> String {
        self.time.replace("{hour}", &format!("{hour:02}")).replace("{minute}", &format!("{minute:02}"))
    }
}

fn days_between(here: Date, there: Date) -> i32 {
    here.until(there).map_or(i32::MAX, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_language_can_say_when() {
        for (tag, _) in LANGUAGES {
            let words = Words::built_in(tag).unwrap();
            for (pattern, blanks) in [
                (&words.today, &["{time}"][..]),
                (&words.tomorrow, &["{time}"]),
                (&words.this_week, &["{time}", "{weekday}"]),
                (&words.later, &["{time}", "{weekday}", "{day}", "{month}"]),
                (&words.time, &["{hour}", "{minute}"]),
                (&words.week, &["{days}", "{hours}"]),
                (&words.closed, &["{when}", "{week}"]),
            ] {
                for blank in blanks {
                    assert!(pattern.contains(blank), "{tag}: {pattern} lacks {blank}");
                }
            }
            assert!(words.weekdays.iter().chain(&words.months).all(|name| !name.is_empty()), "{tag}");
        }
        assert!(Words::built_in("xx").is_none());
    }
}
