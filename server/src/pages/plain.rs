//! The page without scripts in one more language, `/ar`: everything there is to read, for whoever has no script.
//!
//! With a script nobody comes here: choosing a language changes the words of the one document. Without one the first
//! document has room for what holds now in each language; the rest of it, and every line, stands here. It has an address
//! of its own, which a browser may remember.

use std::fmt::Write as _;

use super::spoken::Spoken;
use super::template::escape;
use super::{Page, Pages, Place, View, Which, fill, headers};

const NAME: (&str, &str) = ("plain.", ".html");

/// The language of a file that is such a document.
pub(super) fn tag(file: &str) -> Option<&str> {
    file.strip_prefix(NAME.0)?.strip_suffix(NAME.1).filter(|tag| is_tag(tag))
}

/// Whether a text may be a language's: two or three small letters.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_lowercase())
}

/// Whether a language is offered beside the document's own: a named person has read it, or the centre says so.
pub(super) fn is_offered(view: &View<'_>, tag: &str, one: &Spoken) -> bool {
    one.read || view.place == Place::Demo || view.centre.offer_unread.iter().any(|unread| unread == tag)
}

impl Pages {
    /// The page without scripts in the view's language, with headers that let no script run; `None` if the language is not
    /// offered beside the document's own.
    #[must_use]
    pub fn plain(&self, view: &View<'_>) -> Option<Page> {
        let document = self.plain.get(view.language)?;
        let all = self.plain_languages(view);
        if !all.contains(&view.language) {
            return None;
        }
        let mut links = String::new();
        for tag in all.into_iter().filter(|tag| *tag != view.language) {
            let Spoken { name, direction, .. } = self.spoken.get(tag)?;
            let (tag, name) = (escape(tag), escape(name));
            write!(links, " <a lang=\"{tag}\" dir=\"{direction}\" href=\"/{tag}\">{name}</a>")
                .expect("writing to a String cannot fail");
        }
        Some(Page {
            headers: headers::plain_page(view.centre, view.place, &document.inline),
            body: fill::page(&document.template, Which::Visitor, view, || links),
        })
    }

    /// The languages in which there is such a document now, in the centre's order.
    #[must_use]
    pub fn plain_languages<'v>(&self, view: &View<'v>) -> Vec<&'v str> {
        let offered = |tag: &str| self.spoken.get(tag).is_some_and(|one| is_offered(view, tag, one));
        let all = view.centre.languages.iter().map(String::as_str);
        all.filter(|tag| self.plain.contains_key(*tag) && offered(tag)).collect()
    }

    /// The documents without scripts, by their language.
    pub fn plain_templates(&self) -> impl Iterator<Item = (&str, &super::Template)> {
        self.plain.iter().map(|(tag, document)| (tag.as_str(), &document.template))
    }
}
