//! `[[topics]]`: what a counsellor can say a chat was about.

use toml::de::DeValue;

use super::lines::per_language;
use crate::centre::document::{Section, Wrong, wrong};
use crate::centre::types::Topic;
use crate::centre::values;

/// The languages the console speaks.
pub(super) const CONSOLE: [&str; 2] = ["sv", "en"];
/// More than these cannot be chosen from in the few seconds that it may take.
const MOST: usize = 12;

pub(super) fn read(root: &Section<'_>) -> Vec<Topic> {
    let sections = root.sections("topics");
    if let Some(beyond) = sections.get(MOST) {
        let remedy = format!(
            "Keep the {MOST} that are needed: it is chosen in seconds, and a rare one would stand for one person."
        );
        beyond.fault("word", "there are too many topics", remedy);
    }
    let languages = CONSOLE.map(str::to_owned);
    let mut topics: Vec<Topic> = Vec::new();
    for section in &sections {
        let remedy = "Write one word for the statistics: word = \"travel\".";
        let word = section.required("word", remedy, String::new(), one_word);
        if !word.is_empty() && topics.iter().any(|topic| topic.word == word) {
            section.fault("word", format!("`{word}` is there twice"), "Give each topic its own word.");
        }
        topics.push(Topic { word, name: per_language(section, "name", &languages) });
    }
    topics
}

fn one_word(value: &DeValue<'_>) -> Result<String, Wrong> {
    match value.as_str() {
        Some(Topic::NONE) => wrong("this word stands for no topic at all", "Choose another."),
        Some(word) if values::is_plain_word(word) => Ok(word.to_owned()),
        _ => wrong("this is not one plain word", "Write 1 to 32 of a-z, 0-9, - and _: word = \"travel\"."),
    }
}
