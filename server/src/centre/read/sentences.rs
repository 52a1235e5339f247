//! `[texts.LANGUAGE.page]` and `[texts.LANGUAGE.console]`: sentences of the two pages that the centre says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::centre::document::Section;
use crate::centre::values;

/// The pages' own sentences, as they are built.
const PAGE: &str = include_str!("../../../../web-client/texts/sv.json");
const CONSOLE: &str = include_str!("../../../../web-client/texts/staff.sv.json");

/// Which of the two.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Page,
    Console,
}

/// What the centre says otherwise, by the sentence's name. Each keeps the blanks and marks of the one it replaces, and
/// about its length: the script fills the blanks, and a button has its width.
pub(super) fn read(section: &Section<'_>, of: Of) -> BTreeMap<String, String> {
    let mut own = BTreeMap::new();
    if !section.is_there() {
        return own;
    }
    let known: BTreeMap<String, String> = serde_json::from_str(match of {
        Of::Page => PAGE,
        Of::Console => CONSOLE,
    })
    .expect("the texts beside the code are a list of texts by name");
    let without_quotes = unquoted(section, &known);
    for (key, usual) in known.iter().filter(|(key, _)| !key.starts_with('_')) {
        if without_quotes.contains(key.as_str()) {
            continue;
        }
        let Some(text) = section.optional(key, values::text) else { continue };
        fits(section, key, usual, &text);
        own.insert(key.clone(), text);
    }
    own
}

/// In TOML a name with a dot in it stands between quotes; without, it is a section within a section.
fn unquoted<'k>(section: &Section<'_>, known: &'k BTreeMap<String, String>) -> BTreeSet<&'k str> {
    let mut found = BTreeSet::new();
    for key in known.keys() {
        let Some((first, _)) = key.split_once('.') else { continue };
        if !found.contains(first) && section.is_section(first) {
            section.fault(
                first,
                "the name of a sentence stands without its quotes",
                format!("Write it between quotes: \"{key}\" = \"…\"."),
            );
            found.insert(first);
        }
    }
    found
}

fn fits(section: &Section<'_>, key: &str, usual: &str, own: &str) {
    let remedy = || format!("The sentence it replaces is \"{usual}\".");
    let (wanted, has) = (blanks(usual), blanks(own));
    let Some(has) = has else {
        section.fault(key, "a blank is not closed", remedy());
        return;
    };
    let wanted = wanted.expect("the blanks of the built texts are closed");
    if let Some(missing) = wanted.difference(&has).next() {
        section.fault(key, format!("the blank {{{missing}}} is missing"), remedy());
    }
    if let Some(unknown) = has.difference(&wanted).next() {
        section.fault(key, format!("the blank {{{unknown}}} is not known in this sentence"), remedy());
    }
    let stars = own.matches("**").count();
    if stars % 2 == 1 || (stars > 0 && !usual.contains("**")) {
        section.fault(key, "the marks ** do not fit", remedy());
    }
    let (most, long) = (longest(usual), own.chars().count());
    if long > most {
        section.fault(key, format!("this is {long} characters long, and {most} are the most"), remedy());
    }
}

/// Twice the usual length, and some letters more for the shortest.
fn longest(usual: &str) -> usize {
    let usual = usual.chars().count();
    (2 * usual).max(usual + 24)
}

/// The names of a sentence's blanks; a number to call is one whatever the number. `None` when one is not closed.
fn blanks(text: &str) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for part in text.split('{').skip(1) {
        let (blank, _) = part.split_once('}')?;
        let is_number = |digits: &str| {
            !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '+' || c == ' ')
        };
        let call = blank.strip_prefix("call:").is_some_and(is_number);
        found.insert(if call { "call:…".to_owned() } else { blank.to_owned() });
    }
    Some(found)
}
