//! `[texts.LANGUAGE]`: the centre's own sentences.

use std::collections::BTreeMap;

use super::sentences::{self, Of};
use crate::centre::document::Section;
use crate::centre::types::{StateTexts, Texts};
use crate::centre::values;
use crate::hours::Words;

/// The blanks a sentence about the state may hold.
const STATE_BLANKS: [&str; 4] = ["next_opening", "closes", "last_admission", "phone"];

pub(super) fn read(section: &Section<'_>, languages: &[String]) -> BTreeMap<String, Texts> {
    section.offers_only(languages);
    languages.iter().map(|language| (language.clone(), one(&section.section(language), language))).collect()
}

fn one(section: &Section<'_>, language: &str) -> Texts {
    let text = |key, remedy| section.required(key, remedy, String::new(), values::text);
    let intro = section.list("intro", values::text);
    let opening_sentence = text("opening_sentence", "Write for example \"Öppet {week}.\".");
    blanks(section, "opening_sentence", &opening_sentence, &["week"]);
    if !opening_sentence.is_empty() && !opening_sentence.contains("{week}") {
        let remedy = "The relay fills in the hours, so that they are never wrong: \"Öppet {week}.\".";
        section.fault("opening_sentence", "the blank {week} is missing", remedy);
    }
    Texts {
        title: text("title", "Write a short neutral title; it stays in the browser's history."),
        opening_sentence,
        intro,
        state: states(&section.section("state")),
        call_list_note: text("call_list_note", "Say that a call shows in the phone's list of calls."),
        words: words(section, language),
        page: sentences::read(&section.optional_section("page"), Of::Page),
        console: console(section, language),
    }
}

/// The console speaks two languages.
fn console(section: &Section<'_>, language: &str) -> BTreeMap<String, String> {
    if !["sv", "en"].contains(&language) {
        if section.has("console") {
            section.fault(
                "console",
                "the console does not speak this language",
                "Write it under [texts.sv.console] or [texts.en.console].",
            );
        }
        return BTreeMap::new();
    }
    sentences::read(&section.optional_section("console"), Of::Console)
}

fn states(section: &Section<'_>) -> StateTexts {
    let sentences = |key: &str| {
        let sentences = section.list(key, values::text);
        if sentences.is_empty() {
            section.lacks(
                key,
                "no sentence says what this state means",
                "Write what is so and what to do now.",
            );
        }
        for sentence in &sentences {
            blanks(section, key, sentence, &STATE_BLANKS);
        }
        sentences
    };
    let states = StateTexts {
        open: sentences("open"),
        closing_soon: sentences("closing_soon"),
        full: sentences("full"),
        away: sentences("away"),
        closing: sentences("closing"),
        closed: sentences("closed"),
    };
    for (key, sentences) in [("closed", &states.closed), ("closing", &states.closing)] {
        if !sentences.is_empty() && !sentences.iter().any(|sentence| sentence.contains("{next_opening}")) {
            section.fault(
                key,
                "nobody is told when it opens again",
                "Put {next_opening} in one of the sentences: \"Vi öppnar {next_opening}.\".",
            );
        }
    }
    states
}

/// Reports every `{blank}` that nobody can fill.
pub(super) fn blanks(section: &Section<'_>, key: &str, sentence: &str, known: &[&str]) {
    for part in sentence.split('{').skip(1) {
        let blank = part.split('}').next().unwrap_or_default();
        if !part.contains('}') || !known.contains(&blank) {
            section.fault(
                key,
                format!("the blank {{{blank}}} is not known"),
                format!("The blanks here are {{{}}}.", known.join("}, {")),
            );
        }
    }
}

/// A language with built-in words for days and times may still bring its own; any other must.
fn words(section: &Section<'_>, language: &str) -> Words {
    let built_in = Words::built_in(language);
    let section =
        if built_in.is_some() { section.optional_section("words") } else { section.section("words") };
    let base = built_in.unwrap_or(Words {
        today: String::new(),
        tomorrow: String::new(),
        this_week: String::new(),
        later: String::new(),
        time: "{hour}.{minute}".to_owned(),
        week: String::new(),
        closed: String::new(),
        and: String::new(),
        weekdays: Default::default(),
        months: Default::default(),
    });
    let pattern = |key: &str, base: String, known: &[&str]| {
        let text = if base.is_empty() {
            section.required(key, "Write the words of this language.", base, values::text)
        } else {
            section.or(key, base, values::text)
        };
        blanks(&section, key, &text, known);
        text
    };
    Words {
        today: pattern("today", base.today, &["time"]),
        tomorrow: pattern("tomorrow", base.tomorrow, &["time"]),
        this_week: pattern("this_week", base.this_week, &["time", "weekday"]),
        later: pattern("later", base.later, &["time", "weekday", "day", "month"]),
        time: pattern("time", base.time, &["hour", "minute"]),
        week: pattern("week", base.week, &["days", "hours"]),
        closed: pattern("closed", base.closed, &["when", "week"]),
        and: pattern("and", base.and, &[]),
        weekdays: names(&section, "weekdays", base.weekdays),
        months: names(&section, "months", base.months),
    }
}

fn names<const N: usize>(section: &Section<'_>, key: &str, base: [String; N]) -> [String; N] {
    let known = base.iter().all(|name| !name.is_empty());
    if known && !section.has(key) {
        return base;
    }
    section.list(key, values::text).try_into().unwrap_or_else(|_| {
        section.fault(key, format!("this should be {N} names"), "Begin with Monday, or with January.");
        base
    })
}
