//! Every language says everything Swedish says, with the same places to fill.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{nothing, some_below, text};

type Texts = BTreeMap<String, String>;

fn read(path: &str) -> Texts {
    let json = text(path).unwrap();
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{path} is not an object of texts: {error}"))
}

/// The places to fill: `{name}`.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn compare(swedish: &str, others: &[String]) -> Vec<String> {
    let ours = read(swedish);
    assert!(ours.len() > 30, "{swedish} has only {} texts", ours.len());
    let mut found = Vec::new();
    for path in others {
        let theirs = read(path);
        for (key, text) in &ours {
            match theirs.get(key) {
                None => found.push(format!("{path} does not say {key}")),
                Some(other) if places(other) != places(text) => {
                    found.push(format!(
                        "{path} fills {:?} into {key}, Swedish {:?}",
                        places(other),
                        places(text)
                    ));
                }
                Some(other) if other.trim().is_empty() != text.trim().is_empty() && !key.starts_with('_') => {
                    found.push(format!("{path} has nothing for {key}"));
                }
                Some(_) => {}
            }
        }
        let surplus = theirs.keys().filter(|key| !ours.contains_key(*key));
        found.extend(surplus.map(|key| format!("{path} says {key}, which Swedish does not")));
    }
    found
}

#[test]
fn every_language_says_what_swedish_says() {
    let all = some_below("web-client/texts/", ".json");
    let (staff, visitor): (Vec<String>, Vec<String>) =
        all.into_iter().partition(|path| path.starts_with("web-client/texts/staff."));
    let mut found = Vec::new();
    for (swedish, languages) in
        [("web-client/texts/sv.json", visitor), ("web-client/texts/staff.sv.json", staff)]
    {
        let others: Vec<String> = languages.into_iter().filter(|path| path != swedish).collect();
        assert!(!others.is_empty(), "{swedish} is alone");
        found.extend(compare(swedish, &others));
    }
    nothing(found, "A language that lacks a sentence would leave somebody without it.");
}

#[test]
fn places_are_found() {
    assert_eq!(places("du är {place} av {n}").into_iter().collect::<Vec<_>>(), ["n", "place"]);
}
