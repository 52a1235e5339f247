//! The sentences of the slots: the centre's own, with the times filled in.

use std::collections::BTreeMap;

use lykta_wire::OpenState;
use serde::Serialize;

use super::View;
use crate::centre::{Audience, Centre, HelpLine, Texts};
use crate::hours::{Calendar, Now};

/// What a page says in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentences {
    /// The present state and what to do now, one text.
    pub sentence: String,
    /// When the chat is open.
    pub opening_sentence: String,
    /// The help lines that answer now, the emergency number first, those for some municipalities last.
    pub help_lines: Vec<ShownLine>,
    /// Those that do not answer now, in the same order, each with when it does.
    pub closed_lines: Vec<ShownLine>,
    /// That a call shows in the phone's list of calls. It never changes, and the page has it in every language.
    #[serde(skip)]
    pub call_list_note: String,
}

/// A help line as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownLine {
    /// Its name.
    pub name: String,
    /// The number as people read it.
    pub number: String,
    /// The number as a link: `tel:112`.
    pub href: String,
    /// The municipalities it is for, over which it stands; empty: for everywhere.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub area: String,
    /// What it is for, when it answers if not now, what happens there, and when it was last confirmed.
    pub note: String,
    /// The same without what happens there, and with the municipalities.
    #[serde(skip)]
    pub short_note: String,
}

/// Languages written from right to left, of those a centre here may offer.
const RIGHT_TO_LEFT: [&str; 8] = ["ar", "ckb", "fa", "he", "prs", "ps", "ur", "yi"];

pub(super) fn is_from_the_right(language: &str) -> bool {
    RIGHT_TO_LEFT.contains(&language.split('-').next().unwrap_or_default())
}

/// A number within a sentence, kept together. Among letters written from the right its groups would change places,
/// at an ordinary space and at a hyphen too (UAX #9, W2 and W4), and somebody would dial them so: there it is isolated.
fn number(shown: &str, language: &str) -> String {
    let together = shown.replace(' ', "\u{a0}");
    if is_from_the_right(language) { format!("\u{2066}{together}\u{2069}") } else { together }
}

/// What the page says in the view's language.
#[must_use]
pub fn sentences(view: &View<'_>) -> Sentences {
    let centre = view.centre;
    let language = language_of(centre, view.language);
    let Some(texts) = centre.texts.get(language) else {
        // A checked centre has texts for each of its languages.
        return Sentences {
            sentence: String::new(),
            opening_sentence: String::new(),
            help_lines: Vec::new(),
            closed_lines: Vec::new(),
            call_list_note: String::new(),
        };
    };
    Sentences {
        sentence: state(centre, texts, view.state, view.now, language),
        opening_sentence: opening_sentence(centre, texts),
        help_lines: lines(view, texts, language, true),
        closed_lines: lines(view, texts, language, false),
        call_list_note: texts.call_list_note.clone(),
    }
}

/// The wanted language if the centre has it, else its first.
pub(super) fn language_of<'c>(centre: &'c Centre, wanted: &str) -> &'c str {
    let known = centre.languages.iter().find(|language| *language == wanted);
    known.or(centre.languages.first()).map_or("", String::as_str)
}

/// When the chat is open, in words.
pub(super) fn opening_sentence(centre: &Centre, texts: &Texts) -> String {
    texts.opening_sentence.replace("{week}", &texts.words.week(&centre.calendar.week))
}

fn state(centre: &Centre, texts: &Texts, state: OpenState, now: &Now, language: &str) -> String {
    let said: Vec<&String> = match state {
        OpenState::Open if now.closing_soon => {
            texts.state.open.iter().chain(&texts.state.closing_soon).collect()
        }
        OpenState::Open => texts.state.open.iter().collect(),
        OpenState::Full => texts.state.full.iter().collect(),
        OpenState::Away => texts.state.away.iter().collect(),
        OpenState::Closing => texts.state.closing.iter().collect(),
        OpenState::Closed => texts.state.closed.iter().collect(),
    };
    let (calendar, instant) = (&centre.calendar, now.local.timestamp());
    let time = |moment: Option<_>| moment.map(|moment| texts.words.time_of(calendar, moment));
    let blanks = [
        ("{next_opening}", now.next_opening.map(|next| texts.words.moment(calendar, instant, next))),
        ("{closes}", time(now.closes)),
        ("{last_admission}", time(now.last_admission)),
        ("{phone}", Some(number(&centre.phone.shown, language))),
    ];
    let filled: Vec<String> = said.into_iter().filter_map(|sentence| fill(sentence, &blanks)).collect();
    filled.join(" ")
}

/// The sentence with its blanks filled, or `None` when one of them cannot be.
fn fill(sentence: &str, blanks: &[(&str, Option<String>)]) -> Option<String> {
    let mut filled = sentence.to_owned();
    for (blank, value) in blanks {
        if sentence.contains(blank) {
            filled = filled.replace(blank, value.as_deref()?);
        }
    }
    Some(filled)
}

/// The lines that answer now, or those that do not: the emergency number first, those for everywhere before those for some
/// municipalities, one municipality's beside each other, and within that those for professionals last.
fn lines(view: &View<'_>, texts: &Texts, language: &str, answering: bool) -> Vec<ShownLine> {
    let instant = view.now.local.timestamp();
    // Whoever answers with the centre does so too when the staff close early or open an evening.
    let calendar = &Calendar { edits: view.now.edits.clone(), ..view.centre.calendar.clone() };
    let first = view.centre.languages.first().map_or("", String::as_str);
    let text = |texts: &BTreeMap<String, String>| {
        texts.get(language).or_else(|| texts.get(first)).cloned().unwrap_or_default()
    };
    let mut shown: Vec<&HelpLine> = view
        .centre
        .help_lines
        .iter()
        .filter(|line| line.checked.is_some() && line.hours.answers(calendar, instant) == answering)
        .collect();
    shown.sort_by_key(|line| {
        (!line.emergency, line.area.join(", "), line.audience == Audience::Professionals)
    });
    let closed = |line: &HelpLine| {
        let when = line.hours.answers_next(calendar, instant)?;
        let (when, week) =
            (texts.words.moment(calendar, instant, when), line.hours.week(calendar, &texts.words));
        Some(texts.words.closed.replace("{when}", &when).replace("{week}", &week))
    };
    shown
        .into_iter()
        .map(|line| {
            let closed = if answering { None } else { closed(line) };
            let area = line.area.join(", ");
            let in_short = Some(area.clone()).filter(|area| !area.is_empty());
            let note =
                |area, happens| note(line, [Some(text(&line.what)), area, closed.clone(), happens], language);
            ShownLine {
                name: text(&line.name),
                number: line.phone.shown.clone(),
                href: format!("tel:{}", line.phone.dial),
                area,
                note: note(None, line.happens.get(language).cloned()),
                short_note: note(in_short, None),
            }
        })
        .collect()
}

/// What there is to say, and the day it was confirmed.
fn note(line: &HelpLine, said: [Option<String>; 4], language: &str) -> String {
    let mut parts: Vec<String> = said.into_iter().flatten().collect();
    if let Some(checked) = line.checked {
        let day = format!("✓\u{a0}{checked}");
        // As a telephone number: among letters from the right the parts of a date would change places.
        parts.push(if is_from_the_right(language) { format!("\u{2066}{day}\u{2069}") } else { day });
    }
    parts.join(" · ")
}

/// `{"state":"open","staffed":["ar","sv"],"on_duty":[1,3],"sv":{…},"en":{…}}`, and `"edits":["2026-11-24 closed"]` when
/// the staff changed something. Without the lines it is what a page asks for that has just come with them.
pub(super) fn state_json(view: &View<'_>, with_lines: bool) -> String {
    let mut answer = serde_json::Map::new();
    answer.insert("state".to_owned(), view.state.word().into());
    // In the order in which the centre names its languages, others behind.
    let rank =
        |tag: &String| view.centre.languages.iter().position(|known| known == tag).unwrap_or(usize::MAX);
    let mut staffed = view.staffed.to_vec();
    staffed.sort_by_key(rank);
    answer.insert("staffed".to_owned(), staffed.into());
    // A lane that is not offered has nobody to tell.
    let on_duty = if view.centre.professional.offered { view.on_duty } else { &[] };
    answer.insert("on_duty".to_owned(), on_duty.into());
    // What is changed about the days ahead, for whoever compares the sentences with the centre's file.
    if !view.now.edits.is_empty() {
        let edits = view.now.edits.iter().map(ToString::to_string).collect::<Vec<_>>();
        answer.insert("edits".to_owned(), edits.into());
    }
    for language in &view.centre.languages {
        let said = sentences(&View { language, ..*view });
        let mut said = serde_json::to_value(said).expect("texts and lists of texts have a JSON form");
        if let Some(said) = said.as_object_mut().filter(|_| !with_lines) {
            said.retain(|name, _| !name.ends_with("_lines"));
        }
        answer.insert(language.clone(), said);
    }
    serde_json::Value::Object(answer).to_string()
}
