//! What a centre's file makes of this build's pages: looked at by `lykta check`.

use std::io::Write as _;

use jiff::Timestamp;
use lykta_wire::OpenState;

use crate::centre::Centre;
use crate::pages::{Pages, Place, View};

/// Bytes that travel in the first answer of a new connection: ten segments of 1,460 (RFC 6928), less the headers.
const FIRST_ANSWER: usize = 14 * 1024;

/// What should be looked at, a sentence each.
#[must_use]
pub fn about_pages(centre: &Centre, pages: &Pages) -> Vec<String> {
    let mut found = Vec::new();
    let built: Vec<&str> = pages.languages().collect();
    for language in centre.languages.iter().filter(|language| !built.contains(&language.as_str())) {
        found.push(format!(
            "centre.languages: the page of this build is not translated into `{language}`, so it is not offered there. \
             Add web-client/texts/{language}.json, or leave the language out"
        ));
    }
    let now = centre.calendar.at(Timestamp::now());
    let longest = OpenState::ALL
        .iter()
        .map(|state| View {
            centre,
            place: Place::Pages,
            state: *state,
            now: &now,
            staffed: &[],
            on_duty: &[],
            language: "",
        })
        .map(|view| compressed(&pages.visitor(&view).body))
        .max()
        .unwrap_or_default();
    if longest > FIRST_ANSWER {
        found.push(format!(
            "the visitor's page is {longest} bytes compressed, and {FIRST_ANSWER} travel at once: on a slow phone it \
             comes later. Shorten the texts, the help lines or the list of languages"
        ));
    }
    found
}

fn compressed(page: &str) -> usize {
    let mut bytes = Vec::new();
    {
        let mut writer = ::brotli::CompressorWriter::new(&mut bytes, 4_096, 11, 20);
        writer.write_all(page.as_bytes()).expect("writing to a Vec cannot fail");
    }
    bytes.len()
}
