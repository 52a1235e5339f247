//! `[[help_lines]]`: others who help.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::no_phone;
use crate::centre::document::{Section, Wrong, wrong};
use crate::centre::types::{Audience, HelpLine};
use crate::centre::values;
use crate::hours::{LineHours, Minute, Span, WeeklyLine};

pub(super) fn read(root: &Section<'_>, languages: &[String]) -> Vec<HelpLine> {
    let sections = root.sections("help_lines");
    let mut lines: Vec<HelpLine> = sections.iter().map(|section| line(section, languages)).collect();
    let emergencies = lines.iter().filter(|line| line.emergency).count();
    if emergencies != 1 {
        root.lacks(
            "help_lines",
            format!("{emergencies} help lines have emergency = true; it must be exactly one"),
            "Mark the emergency number (112), and only that, with emergency = true.",
        );
    }
    for (at, section) in sections.iter().enumerate() {
        let same = |other: &HelpLine| other.phone == lines[at].phone && other.name == lines[at].name;
        if !lines[at].phone.dial.is_empty() && lines[..at].iter().any(same) {
            section.fault(
                "number",
                "this help line stands here twice",
                "One entry says it all: bring their hours and words together.",
            );
        }
    }
    lines.sort_by_key(|line| !line.emergency);
    lines
}

fn line(section: &Section<'_>, languages: &[String]) -> HelpLine {
    let emergency = section.or("emergency", false, values::flag);
    let hours = hours(section);
    if emergency && hours != LineHours::Always {
        section.fault("hours", "the emergency number answers day and night", "Write hours = \"24 h\".");
    }
    if emergency && !section.has("checked") {
        section.fault(
            "checked",
            "nobody has confirmed the emergency number, and a line without a day is not shown",
            "Write the day: checked = 2026-11-20.",
        );
    }
    let phone = section.required("number", "Write the number to call.", no_phone(), values::phone);
    HelpLine {
        emergency,
        phone,
        name: per_language(section, "name", languages),
        what: per_language(section, "for", languages),
        audience: section.or("audience", Audience::Everyone, audience),
        hours,
        area: section.list("area", values::text),
        happens: happens(section, languages),
        checked: section.optional("checked", values::day),
        line: section.line(),
    }
}

/// A sentence in as many languages as somebody could write it in; the check says where it is missing.
fn happens(section: &Section<'_>, languages: &[String]) -> BTreeMap<String, String> {
    let section = section.optional_section("happens");
    section.offers_only(languages);
    let said = |language: &String| Some((language.clone(), section.optional(language, values::text)?));
    languages.iter().filter_map(said).collect()
}

pub(super) fn per_language(
    section: &Section<'_>,
    key: &str,
    languages: &[String],
) -> BTreeMap<String, String> {
    let section = section.section(key);
    section.offers_only(languages);
    let mut texts = BTreeMap::new();
    for language in languages {
        let remedy = format!("Write it in every language of the centre: {key}.{language} = \"…\".");
        texts.insert(language.clone(), section.required(language, &remedy, String::new(), values::text));
    }
    texts
}

fn audience(value: &DeValue<'_>) -> Result<Audience, Wrong> {
    match value.as_str() {
        Some("everyone") => Ok(Audience::Everyone),
        Some("children") => Ok(Audience::Children),
        Some("adults") => Ok(Audience::Adults),
        Some("abroad") => Ok(Audience::Abroad),
        Some("professionals") => Ok(Audience::Professionals),
        _ => wrong(
            "this is not one of the audiences",
            "Write \"everyone\", \"children\", \"adults\", \"abroad\" or \"professionals\".",
        ),
    }
}

fn hours(section: &Section<'_>) -> LineHours {
    if let Some(week) = section.if_section("hours") {
        return LineHours::Weekly(weekly(&week));
    }
    section.required(
        "hours",
        "Write hours = \"24 h\", hours = \"centre\", or the line's own week in a section of its own.",
        LineHours::Always,
        |value| match value.as_str() {
            Some("24 h") => Ok(LineHours::Always),
            Some("centre") => Ok(LineHours::Centre),
            _ => wrong(
                "these are not hours",
                "Write \"24 h\", \"centre\", or { weekdays = [\"8.30-16.00\"], saturday = [\"10.00-14.00\"] }.",
            ),
        },
    )
}

/// `daily`, then `weekdays`, then the days by name; the more special one wins.
fn weekly(section: &Section<'_>) -> WeeklyLine {
    let mut week: [Vec<Span>; 7] = Default::default();
    if section.has("daily") {
        week.fill(section.list("daily", span));
    }
    if section.has("weekdays") {
        week[..5].fill(section.list("weekdays", span));
    }
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    for (spans, day) in week.iter_mut().zip(days) {
        if section.has(day) {
            *spans = section.list(day, span);
        }
    }
    let holidays = section.has("holidays").then(|| section.list("holidays", span));
    if week.iter().all(Vec::is_empty) {
        section.fault("daily", "it never answers", "Write when it does, or take the help line away.");
    }
    WeeklyLine { week, holidays }
}

/// `"16.30-01.00"`: an end that is not later than the beginning is on the next day.
fn span(value: &DeValue<'_>) -> Result<Span, Wrong> {
    let (from, to) = values::from_to(value)?;
    let next_day = if to <= from { Minute::END.minutes() } else { 0 };
    Ok(Span { from: from.minutes(), to: to.minutes() + next_day })
}
