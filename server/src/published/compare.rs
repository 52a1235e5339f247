//! What came against what should have come.

use std::collections::BTreeMap;

use http::HeaderMap;
use lykta_trust::Role;
use lykta_wire::OpenState;

use super::Finding;
use crate::centre::Centre;
use crate::hours::{Now, Phase};
use crate::pages::{Pages, Place, Template, View};

/// What belongs to one connection or to the server in front, not to what is served. Everything else must be ours:
/// a `Link`, a `Set-Cookie`, a `Report-To` would be somebody else's word to the visitor's browser.
const OF_THE_WAY: [&str; 7] =
    ["connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "via"];

/// How much of a foreign text is repeated.
const SHOWN: usize = 120;

/// What the door may be at one moment.
pub(super) struct Possible {
    pub(super) state: OpenState,
    pub(super) now: Now,
}

impl Possible {
    /// Everything that the calendar allows at this moment: who is on duty is not known from outside.
    pub(super) fn at(now: &Now) -> Vec<Self> {
        let states: &[OpenState] = match now.phase {
            Phase::Outside => &[OpenState::Closed],
            Phase::PastLastAdmission => &[OpenState::Closing],
            Phase::Admitting => &[OpenState::Open, OpenState::Full, OpenState::Away],
        };
        states.iter().map(|state| Self { state: *state, now: now.clone() }).collect()
    }

    pub(super) fn view<'v>(&'v self, centre: &'v Centre, place: Place) -> View<'v> {
        let language = centre.languages.first().map_or("", String::as_str);
        View { centre, place, state: self.state, now: &self.now, staffed: &[], on_duty: &[], language }
    }
}

/// The headers of one answer, to the letter.
pub(super) fn headers(of: &str, wanted: &HeaderMap, came: &HeaderMap) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |says: String| found.push(Finding { of: of.to_owned(), says });
    for name in wanted.keys() {
        let all = |map: &HeaderMap| -> Vec<String> {
            map.get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .collect()
        };
        match (all(wanted), all(came)) {
            (_, none) if none.is_empty() => tell(format!("the header `{name}` is missing")),
            (wanted, came) if wanted != came => tell(format!(
                "the header `{name}` says {:?} and should say {:?}",
                came.join(", "),
                wanted.join(", ")
            )),
            _ => {}
        }
    }
    for name in came.keys() {
        if !wanted.contains_key(name) && !OF_THE_WAY.contains(&name.as_str()) {
            let value = came.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
            tell(format!("the header `{name}` is not ours; it says {:?}", value.unwrap_or_default()));
        }
    }
    found
}

/// The bytes of one file.
pub(super) fn bytes(of: &str, wanted: &[u8], came: &[u8]) -> Vec<Finding> {
    if wanted == came {
        return Vec::new();
    }
    let same = wanted.iter().zip(came).take_while(|(one, other)| one == other).count();
    let says = if same == wanted.len().min(came.len()) {
        format!("{} bytes came instead of {}", came.len(), wanted.len())
    } else {
        format!("byte {same} differs ({} bytes came, {} were expected)", came.len(), wanted.len())
    };
    vec![Finding { of: of.to_owned(), says }]
}

/// A page: exactly what this build would render at one of these moments, which is `rendered`.
pub(super) fn page(of: &str, template: &Template, rendered: &[String], came: &[u8]) -> Vec<Finding> {
    if rendered.iter().any(|page| page.as_bytes() == came) {
        return Vec::new();
    }
    let finding = |says: String| Finding { of: of.to_owned(), says };
    let Ok(came) = std::str::from_utf8(came) else { return vec![finding("the page is not UTF-8".into())] };
    let read = match template.read_back(came) {
        Ok(read) => read,
        Err(differs) => {
            let from = boundary(came, differs.at);
            return vec![finding(format!(
                "byte {} of the page is none of this build's, at {:?}",
                differs.at,
                shortened(&came[from..])
            ))];
        }
    };
    let allowed: Vec<BTreeMap<String, String>> =
        rendered.iter().filter_map(|page| template.read_back(page).ok()).collect();
    differences(&read, &allowed).into_iter().map(finding).collect()
}

/// Slots and blanks that say nothing the centre's file would say now; if each says something it might, then that
/// they do not belong together.
fn differences(read: &BTreeMap<String, String>, allowed: &[BTreeMap<String, String>]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in read {
        if allowed.iter().any(|one| one.get(name) == Some(value)) {
            continue;
        }
        match name.strip_prefix("slot:") {
            Some(slot) => {
                let known =
                    |text: &str| allowed.iter().any(|one| texts(&one[name]).any(|known| known == text));
                // Words before tags: they are what somebody would have read.
                let foreign =
                    |tags: bool| texts(value).find(|text| text.starts_with('<') == tags && !known(text));
                let foreign = foreign(false).or_else(|| foreign(true));
                let says = foreign.map_or_else(|| shortened(value), shortened);
                found.push(format!(
                    "the slot `{slot}` holds {says:?}, which the centre's file does not say now"
                ));
            }
            None if name.starts_with("said:") => {
                let key = name["said:".len()..].split(' ').next().unwrap_or_default();
                found.push(format!(
                    "the sentence `{key}` says {:?}, which is not this centre's",
                    shortened(value)
                ));
            }
            None => {
                let should = allowed.first().and_then(|one| one.get(name)).map_or("", String::as_str);
                found.push(format!(
                    "the blank `{name}` holds {:?} and should hold {should:?}",
                    shortened(value)
                ));
            }
        }
    }
    if found.is_empty() {
        found.push("its slots say things that are never said together".into());
    }
    found
}

/// What stands between the tags of a slot, tags included: a foreign tag is a foreign text too.
fn texts(markup: &str) -> impl Iterator<Item = &str> {
    markup
        .split_inclusive('>')
        .flat_map(|piece| match piece.find('<') {
            Some(at) => [&piece[..at], &piece[at..]],
            None => [piece, ""],
        })
        .filter(|piece| !piece.is_empty())
}

/// The answer of `/state`, from which a page that is open takes its sentences. Which languages are staffed is not known
/// from outside: any that somebody of this centre may write; nor which roles are on duty: any of those who talk.
pub(super) fn state(
    of: &str,
    (pages, centre, place): (&Pages, &Centre, Place),
    possible: &[Possible],
    came: &[u8],
) -> Vec<Finding> {
    let Named { staffed, on_duty } = named(centre, came);
    let render = |one: &Possible| {
        pages.state_json(&View { staffed: &staffed, on_duty: &on_duty, ..one.view(centre, place) })
    };
    let wanted: Vec<String> = possible.iter().map(render).collect();
    if wanted.iter().any(|one| one.as_bytes() == came) {
        return Vec::new();
    }
    let finding = |says| vec![Finding { of: of.to_owned(), says }];
    let parsed = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let Some(came) = parsed(came) else { return finding("this is no JSON".into()) };
    let wanted: Vec<_> = wanted.iter().filter_map(|one| parsed(one.as_bytes())).collect();
    let mut leaves = Vec::new();
    walk(&came, &mut String::new(), &mut leaves);
    let foreign = leaves.into_iter().find(|(path, text)| {
        !wanted.iter().any(|one| one.pointer(path).and_then(|value| value.as_str()) == Some(text))
    });
    finding(match foreign {
        Some((path, text)) => {
            format!("{path} says {:?}, which the centre's file does not say now", shortened(&text))
        }
        None => "it says what is never said together, or leaves something out".into(),
    })
}

/// What an answer says that nobody knows from outside.
#[derive(Default, serde::Deserialize)]
struct Named {
    staffed: Vec<String>,
    on_duty: Vec<u8>,
}

/// What this answer says of that, without languages that nobody of the centre writes, and without roles that nobody talks
/// in.
fn named(centre: &Centre, came: &[u8]) -> Named {
    let mut named: Named = serde_json::from_slice(came).unwrap_or_default();
    let by_name = centre.staff.writes.values().flatten();
    let written: Vec<&String> = centre.line.languages.iter().chain(by_name).collect();
    named.staffed.retain(|tag| written.contains(&tag));
    named.on_duty.retain(|role| Role::from_code(*role).is_ok_and(Role::talks));
    named
}

/// Every text of a document with its path.
fn walk(value: &serde_json::Value, path: &mut String, leaves: &mut Vec<(String, String)>) {
    let length = path.len();
    let mut into = |name: &str, inner: &serde_json::Value| {
        path.push('/');
        path.push_str(name);
        walk(inner, path, leaves);
        path.truncate(length);
    };
    match value {
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, inner)| into(name, inner)),
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, inner)| into(&at.to_string(), inner));
        }
        serde_json::Value::String(text) => leaves.push((path.clone(), text.clone())),
        other => leaves.push((path.clone(), other.to_string())),
    }
}

fn shortened(text: &str) -> String {
    text[..boundary(text, SHOWN)].to_owned()
}

/// The last place not behind `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
