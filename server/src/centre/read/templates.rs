//! `[[templates]]`: what a counsellor need not write anew every time.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::lines::per_language;
use super::texts::blanks;
use super::topics::CONSOLE;
use crate::centre::document::{Section, Wrong, wrong};
use crate::centre::types::Template;
use crate::centre::values;

/// More than these are not found while somebody waits for an answer.
const MOST: usize = 24;
/// UTF-16 units, as the field counts them: it takes 4,000, and the counsellor's name and own words need room.
const LONGEST: usize = 3_000;

pub(super) fn read(root: &Section<'_>, languages: &[String]) -> Vec<Template> {
    let sections = root.sections("templates");
    if let Some(beyond) = sections.get(MOST) {
        let remedy = format!("Keep the {MOST} that are used most: the right one must be found at a glance.");
        beyond.fault("key", "there are too many templates", remedy);
    }
    let console = CONSOLE.map(str::to_owned);
    let mut templates: Vec<Template> = Vec::new();
    for section in &sections {
        let remedy = "Write one word for it: key = \"opening\".";
        let key = section.required("key", remedy, String::new(), one_word);
        if !key.is_empty() && templates.iter().any(|template| template.key == key) {
            section.fault("key", format!("`{key}` is there twice"), "Give each template its own word.");
        }
        templates.push(Template {
            key,
            version: version(section),
            name: per_language(section, "name", &console),
            text: texts(&section.section("text"), languages),
        });
    }
    templates
}

fn version(section: &Section<'_>) -> u32 {
    let remedy = "Write version = 1, and raise it whenever a text changes.";
    section.required("version", remedy, 1, |value| match u32::try_from(values::number(value)?) {
        Ok(0) | Err(_) => wrong("this is not a version", "Begin with version = 1."),
        Ok(version) => Ok(version),
    })
}

/// In the centre's first language always: it stands in for those that are not written.
fn texts(section: &Section<'_>, languages: &[String]) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (at, language) in languages.iter().enumerate() {
        let text = if at == 0 {
            let remedy =
                format!("Write it at least in the centre's first language: text.{language} = \"…\".");
            Some(section.required(language, &remedy, String::new(), one_message))
        } else {
            section.optional(language, one_message)
        };
        if let Some(text) = text {
            blanks(section, language, &text, &["name"]);
            texts.insert(language.clone(), text);
        }
    }
    texts
}

fn one_message(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = values::text(value)?;
    let length = text.encode_utf16().count();
    if length <= LONGEST {
        return Ok(text);
    }
    wrong(
        format!("this text has {length} characters, and the field takes {LONGEST} of them"),
        "Make two templates of it.",
    )
}

fn one_word(value: &DeValue<'_>) -> Result<String, Wrong> {
    match value.as_str() {
        Some(word) if values::is_plain_word(word) => Ok(word.to_owned()),
        _ => wrong("this is not one plain word", "Write 1 to 32 of a-z, 0-9, - and _: key = \"opening\"."),
    }
}
