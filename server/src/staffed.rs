//! Which languages the counsellors write.
//!
//! The relay at which one sits puts it beside the seat's lease in the line, where every relay finds it: as tags, never as a
//! name.

use std::collections::BTreeMap;

/// What each person of the staff writes, by the name in the roster.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    /// Language tags of whoever is not named below; none: not known.
    pub usually: Vec<String>,
    /// Language tags by name.
    pub by_name: BTreeMap<String, Vec<String>>,
}

impl Writes {
    /// The language tags of a person.
    #[must_use]
    pub fn of(&self, name: &str) -> &[String] {
        self.by_name.get(name).unwrap_or(&self.usually)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn whoever_is_not_named_writes_what_is_usual() {
        let by_name = BTreeMap::from([("Alva".to_owned(), tags(&["ar"]))]);
        let writes = Writes { usually: tags(&["sv", "en"]), by_name };
        assert_eq!(writes.of("Alva"), tags(&["ar"]));
        assert_eq!(writes.of("Bo"), tags(&["sv", "en"]));
    }
}
