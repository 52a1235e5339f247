//! What the page says in other languages before any script has run: the language's own name, and that the chat needs
//! a script. It is read from the very files that the script fetches when somebody chooses a language.

use std::collections::BTreeMap;

/// One translation of the visitor's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// Its own name.
    pub(super) name: String,
    /// `ltr` or `rtl`.
    pub(super) direction: &'static str,
    /// A named person has read it.
    pub(super) read: bool,
    /// That the chat needs JavaScript, plain.
    pub(super) without_script: String,
    /// Over the list of those who can help besides.
    pub(super) more: String,
}

/// The translation in an asset, with its tag: `assets/ckb-0123456789ab.json`. Files of other names and of other forms
/// are none.
pub(super) fn translation(path: &str, bytes: &[u8]) -> Option<(String, Spoken)> {
    let (tag, mark) = path.strip_prefix("assets/")?.strip_suffix(".json")?.rsplit_once('-')?;
    let is_mark = mark.len() == 12 && mark.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_mark || tag.contains('.') {
        return None;
    }
    let texts: BTreeMap<String, String> = serde_json::from_slice(bytes).ok()?;
    let text = |key: &str| texts.get(key).filter(|text| !text.is_empty());
    let spoken = Spoken {
        name: text("_language")?.clone(),
        direction: if text("_direction").is_some_and(|direction| direction == "rtl") { "rtl" } else { "ltr" },
        read: text("_read").is_some(),
        without_script: text("broken.script")?.replace("**", ""),
        more: text("help.title")?.clone(),
    };
    Some((tag.to_owned(), spoken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_is_known_by_its_name_and_its_texts() {
        let texts = r#"{"_language":"العربية","_direction":"rtl","_read":"1","broken.script":"**a** b","help.title":"c"}"#;
        let (tag, spoken) = translation("assets/ar-0123456789ab.json", texts.as_bytes()).unwrap();
        assert_eq!((tag.as_str(), spoken.direction, spoken.read), ("ar", "rtl", true));
        assert_eq!(spoken.without_script, "a b");
        let unread = texts.replace(r#""_read":"1","#, "");
        assert!(!translation("assets/ar-0123456789ab.json", unread.as_bytes()).unwrap().1.read);
        for (path, bytes) in [
            ("assets/staff.en-0123456789ab.json", texts),
            ("assets/en.json", texts),
            ("assets/ar-0123456789ab.js", texts),
            ("assets/ar-0123456789ab.json", "{}"),
            ("assets/ar-0123456789ab.json", "[]"),
        ] {
            assert_eq!(translation(path, bytes.as_bytes()), None, "{path} {bytes}");
        }
    }
}
