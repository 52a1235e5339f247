//! The hashes of what this build serves for a centre.

use std::fmt::Write as _;

use http::HeaderMap;
use jiff::Timestamp;
use lykta_wire::OpenState;
use sha2::{Digest, Sha256};

use crate::centre::{Centre, Texts};
use crate::pages::{Pages, Place, View, Which, settings};

/// One line for each thing that is served, `SHA-256  kind name`, always in the same order:
///
/// - `page`: the document with its slots and blanks empty;
/// - `asset`: a file as it is before compression, so `curl … | sha256sum` says the same;
/// - `settings`: what the centre's file puts into the blanks, as `name=value` lines, without the state of the door;
/// - `sentences`: what may stand in the slots in one language, a line each;
/// - `headers`: what an answer is sent with, `name: value` lines in order of their names.
#[must_use]
pub fn hashes(centre: &Centre, pages: &Pages) -> String {
    let mut told = String::new();
    let mut tell = |bytes: &[u8], kind: &str, name: &str| {
        writeln!(told, "{}  {kind} {name}", hex(&Sha256::digest(bytes)))
            .expect("writing to a String cannot fail");
    };
    tell(&pages.slot_empty_bytes(Which::Visitor), "page", "visitor.html");
    tell(&pages.slot_empty_bytes(Which::Staff), "page", "staff.html");
    for (language, template) in pages.plain_templates() {
        tell(template.empty().as_bytes(), "page", &format!("plain.{language}.html"));
    }
    for path in pages.asset_paths() {
        tell(pages.asset_bytes(path).unwrap_or_default(), "asset", path);
    }
    // Headers and settings are the same at any moment and in every state of the door.
    let now = centre.calendar.at(Timestamp::UNIX_EPOCH);
    let view = |place| View {
        centre,
        place,
        state: OpenState::Closed,
        now: &now,
        staffed: &[],
        on_duty: &[],
        language: "",
    };
    for (place, name) in [(Place::Pages, "visitor.html"), (Place::Staff, "staff.html")] {
        tell(listed_settings(&view(place)).as_bytes(), "settings", name);
    }
    for language in &centre.languages {
        if let Some(texts) = centre.texts.get(language) {
            tell(sentences(centre, texts, language).as_bytes(), "sentences", language);
        }
    }
    tell(listed(&pages.visitor(&view(Place::Pages)).headers).as_bytes(), "headers", "visitor.html");
    tell(listed(&pages.staff(&view(Place::Staff)).headers).as_bytes(), "headers", "staff.html");
    for (language, _) in pages.plain_templates() {
        if let Some(page) = pages.plain(&View { language, ..view(Place::Pages) }) {
            tell(listed(&page.headers).as_bytes(), "headers", &format!("plain.{language}.html"));
        }
    }
    for path in pages.asset_paths() {
        if let Some(asset) = pages.asset(centre, Place::Pages, path, None) {
            tell(listed(&asset.headers).as_bytes(), "headers", path);
        }
    }
    told
}

fn listed_settings(view: &View<'_>) -> String {
    settings(view).into_iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

fn listed(headers: &HeaderMap) -> String {
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    lines.concat()
}

/// Everything of the centre's file that may be read on the page in this language, blanks unfilled.
fn sentences(centre: &Centre, texts: &Texts, language: &str) -> String {
    let state = &texts.state;
    let states = [&state.open, &state.closing_soon, &state.full, &state.away, &state.closing, &state.closed];
    let first = centre.languages.first().map_or("", String::as_str);
    let mut lines =
        vec![texts.title.as_str(), texts.opening_sentence.as_str(), texts.call_list_note.as_str()];
    lines.extend(texts.intro.iter().chain(states.into_iter().flatten()).map(String::as_str));
    for (key, text) in texts.page.iter().chain(&texts.console) {
        lines.extend([key.as_str(), text.as_str()]);
    }
    let mut days = Vec::new();
    for line in &centre.help_lines {
        lines.push(&line.phone.shown);
        for named in [&line.name, &line.what] {
            lines.extend(named.get(language).or_else(|| named.get(first)).map(String::as_str));
        }
        lines.extend(line.area.iter().chain(line.happens.get(language)).map(String::as_str));
        days.extend(line.checked.map(|day| day.to_string()));
    }
    lines.extend(days.iter().map(String::as_str));
    lines.join("\n") + "\n"
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
