//! `[[risks]]` and `[[consultation]]`: what a counsellor reads beside a chat.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::lines::per_language;
use super::no_phone;
use crate::centre::document::{Section, Wrong, wrong};
use crate::centre::guidance::{Consultation, Number, Risk, Sentences};
use crate::centre::types::HelpLine;
use crate::centre::values;

/// The languages the console speaks.
const CONSOLE: [&str; 2] = ["sv", "en"];
/// More than these are not found while somebody is in danger.
const RISKS: usize = 9;
/// More than these are not read beside a chat.
const PARTS: usize = 9;
/// More than these sentences are not followed.
const SENTENCES: usize = 12;
/// Characters of one of them: about three lines beside a chat.
const LONGEST: usize = 240;

pub(super) fn risks(root: &Section<'_>, lines: &[HelpLine]) -> Vec<Risk> {
    let sections = root.sections("risks");
    at_most(RISKS, &sections, "there are too many risks");
    let mut risks: Vec<Risk> = Vec::new();
    for section in &sections {
        let taken = |key: &str| risks.iter().any(|risk| risk.key == key);
        let key = word(section, taken);
        let mut numbers = of_help_lines(section, lines);
        numbers.extend(section.sections("numbers").iter().map(number));
        if numbers.is_empty() {
            let remedy = "Name at least one of the help lines by its number: help_lines = [\"112\"].";
            section.lacks("help_lines", "there is no number to call", remedy);
        }
        risks.push(Risk {
            key,
            title: told(section, "title"),
            steps: sentences(section, "steps"),
            numbers,
            on_call: section.has("on_call").then(|| told(section, "on_call")),
            note: told(section, "note"),
            legal: section.or("legal", false, values::flag),
            line: section.line(),
        });
    }
    risks
}

pub(super) fn consultation(root: &Section<'_>) -> Vec<Consultation> {
    let sections = root.sections("consultation");
    at_most(PARTS, &sections, "there are too many parts");
    let mut parts: Vec<Consultation> = Vec::new();
    for section in &sections {
        let taken = |key: &str| parts.iter().any(|part| part.key == key);
        let key = word(section, taken);
        parts.push(Consultation {
            key,
            title: told(section, "title"),
            points: sentences(section, "points"),
            notes: section.or("notes", false, values::flag),
        });
    }
    parts
}

fn at_most(most: usize, sections: &[Section<'_>], what: &str) {
    if let Some(beyond) = sections.get(most) {
        let remedy = format!("Keep the {most} that matter most: it must be found at a glance.");
        beyond.fault("key", what, remedy);
    }
}

fn word(section: &Section<'_>, taken: impl Fn(&str) -> bool) -> String {
    let remedy = "Write one word for it: key = \"violence\".";
    let key = section.required("key", remedy, String::new(), |value| match value.as_str() {
        Some(word) if values::is_plain_word(word) => Ok(word.to_owned()),
        _ => wrong("this is not one plain word", "Write 1 to 32 of a-z, 0-9, - and _: key = \"violence\"."),
    });
    if !key.is_empty() && taken(&key) {
        section.fault("key", format!("`{key}` is there twice"), "Give each its own word.");
    }
    key
}

fn told(section: &Section<'_>, key: &str) -> BTreeMap<String, String> {
    per_language(section, key, &CONSOLE.map(str::to_owned))
}

/// By its number: the name it is shown with is the help line's own.
fn of_help_lines(section: &Section<'_>, lines: &[HelpLine]) -> Vec<Number> {
    // A number that cannot be read has been told; it may be the one that is meant.
    let unreadable = lines.iter().any(|line| line.phone.dial.is_empty());
    let mut numbers = Vec::new();
    for phone in section.list("help_lines", values::phone) {
        match lines.iter().find(|line| line.phone.dial == phone.dial) {
            Some(line) => numbers.push(Number {
                phone: line.phone.clone(),
                name: line.name.clone(),
                checked: None,
                line: line.line,
            }),
            None if unreadable => {}
            None => section.fault(
                "help_lines",
                format!("no help line has the number {}", phone.shown),
                "Write a number as it stands in [[help_lines]], or give it a section of its own: [[risks.numbers]].",
            ),
        }
    }
    numbers
}

/// A number for this danger alone, which visitors are not shown.
fn number(section: &Section<'_>) -> Number {
    let remedy = "Call the number or read the owner's page, and write the day: checked = 2026-11-20.";
    let stand_in = jiff::civil::date(2000, 1, 1);
    Number {
        phone: section.required("number", "Write the number to call.", no_phone(), values::phone),
        name: told(section, "name"),
        checked: Some(section.required("checked", remedy, stand_in, values::day)),
        line: section.line(),
    }
}

fn sentences(section: &Section<'_>, key: &str) -> Sentences {
    let section = section.section(key);
    let mut all = Sentences::new();
    for language in CONSOLE {
        let length = section.length(language);
        let sentences = section.list(language, sentence);
        if section.is_there() && length == Some(0) {
            let remedy = format!("Write at least one sentence between [ and ]: {key}.{language} = [\"…\"].");
            section.lacks(language, "there is no sentence here", remedy);
        }
        if length.is_some_and(|length| length > SENTENCES) {
            let remedy = format!("Keep at most {SENTENCES}, one thing in each.");
            section.fault(language, "there are too many sentences", remedy);
        }
        all.insert(language.to_owned(), sentences);
    }
    // Ticks belong to a sentence by its number, and the console can change its language while they are set.
    let [here, there] = CONSOLE.map(|language| section.length(language));
    if let (Some(here), Some(there)) = (here, there)
        && here != there
        && here > 0
        && there > 0
    {
        section.fault(
            CONSOLE[1],
            format!("these are {there} sentences, and {} has {here}", CONSOLE[0]),
            "Write the same sentences in the same order in both languages.",
        );
    }
    all
}

fn sentence(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = values::text(value)?;
    match text.chars().count() {
        0..=LONGEST => Ok(text),
        length => wrong(
            format!("this sentence has {length} characters, and beside a chat {LONGEST} are read"),
            "Make two sentences of it.",
        ),
    }
}
