//! HTML with slots and blanks, parsed once.
//!
//! This is not an HTML parser for any HTML, but for the page we build ourselves: it knows text, comments,
//! tags with quoted attributes, and the elements whose content is not markup. What it does not understand
//! it refuses, because a value in a place we misread would be a hole.

use std::collections::BTreeMap;
use std::fmt;

const SLOT: &str = "<!--slot:";
const SLOT_END: &str = "<!--/slot-->";

/// The names a slot may have.
pub(super) const SLOTS: [&str; 7] =
    ["state", "help_lines", "hours", "intro", "call_list_note", "demo_banner", "other_languages"];

/// The names a blank may have.
pub(super) const BLANKS: [&str; 19] = [
    "state",
    "centre_id",
    "roots",
    "min_roster_epoch",
    "relay",
    "exit",
    "demo",
    "clocks",
    "languages",
    "offer_unread",
    "phone",
    "phone_href",
    "centre_name",
    "centre_short_name",
    "opening_sentence",
    "title",
    "colours",
    "words",
    "work",
];

/// The blanks that may stand in an attribute that is followed: their values are checked addresses.
const ADDRESSES: [&str; 2] = ["exit", "phone_href"];

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// Not UTF-8.
    NotUtf8,
    /// A slot, comment, tag or element that does not end.
    Unfinished(&'static str),
    /// A slot of a name nobody fills.
    UnknownSlot(String),
    /// A blank of a name nobody fills.
    UnknownBlank(String),
    /// A slot or blank in a place where it could become code, or would not be filled.
    Misplaced(String),
    /// An inline script that is not an import map: the content security policy would stop it.
    InlineScript,
    /// More than one import map or inline style: the policy carries the hash of one.
    Second(&'static str),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TemplateError::NotUtf8 => f.write_str("the page is not UTF-8"),
            TemplateError::Unfinished(what) => write!(f, "a {what} does not end"),
            TemplateError::UnknownSlot(name) => write!(f, "there is no slot `{name}`"),
            TemplateError::UnknownBlank(name) => write!(f, "there is no blank `{name}`"),
            TemplateError::Misplaced(what) => write!(f, "{what} stands where it may not"),
            TemplateError::InlineScript => f.write_str("an inline script is not an import map"),
            TemplateError::Second(what) => write!(f, "there is more than one {what}"),
        }
    }
}

impl std::error::Error for TemplateError {}

/// How a fetched page differs from the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// Bytes into the fetched page at which it no longer agrees.
    pub at: usize,
}

/// One piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// The same for everybody.
    Fixed(String),
    /// Filled with markup of our own making.
    Slot { name: &'static str, fallback: String },
    /// Filled with one escaped value.
    Blank(&'static str),
    /// A sentence of the page's own, which a centre may say otherwise: in an element, or in an attribute.
    Said { key: String, place: SaidIn, usual: Vec<Piece> },
}

/// Where a sentence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SaidIn {
    /// Between the tags of an element: marks become markup.
    Element,
    /// In a quoted attribute: plain.
    Attribute,
}

/// The elements that a sentence may hold; they are closed in it.
const INNER: [&str; 2] = ["</strong>", "</a>"];

impl SaidIn {
    /// How long the sentence at the beginning of `rest` is.
    fn length(self, rest: &str) -> Option<usize> {
        match self {
            SaidIn::Attribute => rest.find('"'),
            SaidIn::Element => {
                let mut at = 0;
                loop {
                    at += rest[at..].find("</")?;
                    match INNER
                        .iter()
                        .find(|inner| rest[at..].starts_with(**inner) && is_open(&rest[..at], inner))
                    {
                        Some(inner) => at += inner.len(),
                        None => return Some(at),
                    }
                }
            }
        }
    }
}

/// Whether an inner element was begun in this text and not ended.
fn is_open(text: &str, end_tag: &str) -> bool {
    let name = end_tag.trim_start_matches("</").trim_end_matches('>');
    let begun = text.matches(&format!("<{name}>")).count() + text.matches(&format!("<{name} ")).count();
    begun > text.matches(end_tag).count()
}

/// A page in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    language: String,
    import_map: Option<String>,
    style: Option<String>,
}

impl Template {
    /// Takes a page apart.
    ///
    /// # Errors
    /// The first thing in it that is not understood or not allowed.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut parser = Parser {
            source,
            at: 0,
            fixed_from: 0,
            template: Template { pieces: Vec::new(), language: String::new(), import_map: None, style: None },
        };
        parser.text()?;
        parser.cut(source.len());
        Ok(parser.template)
    }

    /// The language of the document (`<html lang>`).
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The text of the inline import map.
    #[must_use]
    pub fn import_map(&self) -> Option<&str> {
        self.import_map.as_deref()
    }

    /// The text of the inline critical style.
    #[must_use]
    pub fn style(&self) -> Option<&str> {
        self.style.as_deref()
    }

    /// The page. `slot` gives markup, which must hold no comments, or `None` to keep the fallback; `blank`
    /// gives a value, which is escaped here. The marks of the slots stay, so that they can be found again.
    #[must_use]
    pub fn fill(
        &self,
        slot: impl Fn(&'static str) -> Option<String>,
        blank: impl Fn(&'static str) -> String,
    ) -> String {
        self.fill_and_say(slot, blank, |_, _| None)
    }

    /// The same; `said` gives the markup (in an attribute: the escaped value) of a sentence that the centre says
    /// otherwise.
    #[must_use]
    pub(super) fn fill_and_say(
        &self,
        slot: impl Fn(&'static str) -> Option<String>,
        blank: impl Fn(&'static str) -> String,
        said: impl Fn(&str, SaidIn) -> Option<String>,
    ) -> String {
        let mut page = String::new();
        fill_pieces(&mut page, &self.pieces, &slot, &blank, &said);
        page
    }

    /// The page with every slot and blank empty.
    #[must_use]
    pub fn empty(&self) -> String {
        self.fill(|_| Some(String::new()), |_| String::new())
    }

    /// Compares a page that was fetched with the template and gives back what stands in its slots
    /// (`slot:state`), sentences (`said:exit`, each time it stands there) and blanks (`exit`), as markup. A blank that occurs twice must say the same twice.
    ///
    /// # Errors
    /// The first place where a fixed byte differs.
    pub fn read_back(&self, page: &str) -> Result<BTreeMap<String, String>, Differs> {
        let mut found = BTreeMap::new();
        let mut at = 0;
        for piece in &self.pieces {
            let rest = &page[at..];
            match piece {
                Piece::Fixed(text) => {
                    let same = rest.bytes().zip(text.bytes()).take_while(|(one, other)| one == other).count();
                    if same < text.len() {
                        return Err(Differs { at: at + same });
                    }
                    at += text.len();
                }
                Piece::Blank(name) => {
                    // An escaped value holds none of these.
                    let end = rest.find(['"', '\'', '<', '>']).unwrap_or(rest.len());
                    // In text a blank may be followed by fixed text: then the value ends before that.
                    let end = self.fixed_after(piece).map_or(end, |text| {
                        let stop = text.find(['"', '\'', '<', '>']).unwrap_or(text.len());
                        rest[..end].rfind(&text[..stop]).unwrap_or(end)
                    });
                    let value = rest[..end].to_owned();
                    if found.insert((*name).to_owned(), value.clone()).is_some_and(|before| before != value) {
                        return Err(Differs { at });
                    }
                    at += end;
                }
                Piece::Said { key, place, .. } => {
                    let length = place.length(rest).ok_or(Differs { at })?;
                    let again =
                        found.keys().filter(|known| known.starts_with(&format!("said:{key} "))).count();
                    found.insert(format!("said:{key} {}", again + 1), rest[..length].to_owned());
                    at += length;
                }
                Piece::Slot { name, .. } => {
                    let mark = format!("{SLOT}{name}-->");
                    let inside = rest.strip_prefix(&mark).ok_or(Differs { at })?;
                    let end = inside.find(SLOT_END).ok_or(Differs { at })?;
                    found.insert(format!("slot:{name}"), inside[..end].to_owned());
                    at += mark.len() + end + SLOT_END.len();
                }
            }
        }
        if at == page.len() { Ok(found) } else { Err(Differs { at }) }
    }

    fn fixed_after(&self, piece: &Piece) -> Option<&str> {
        let index = self.pieces.iter().position(|other| std::ptr::eq(other, piece))?;
        match self.pieces.get(index + 1)? {
            Piece::Fixed(text) => Some(text),
            _ => None,
        }
    }
}

fn fill_pieces(
    page: &mut String,
    pieces: &[Piece],
    slot: &dyn Fn(&'static str) -> Option<String>,
    blank: &dyn Fn(&'static str) -> String,
    said: &dyn Fn(&str, SaidIn) -> Option<String>,
) {
    for piece in pieces {
        match piece {
            Piece::Fixed(text) => page.push_str(text),
            Piece::Blank(name) => page.push_str(&escape(&blank(name))),
            Piece::Said { key, place, usual } => match said(key, *place) {
                Some(own) => page.push_str(&own),
                None => fill_pieces(page, usual, slot, blank, said),
            },
            Piece::Slot { name, fallback } => {
                let content = slot(name);
                debug_assert!(content.as_ref().is_none_or(|content| !content.contains("<!--")));
                page.push_str(SLOT);
                page.push_str(name);
                page.push_str("-->");
                page.push_str(content.as_ref().unwrap_or(fallback));
                page.push_str(SLOT_END);
            }
        }
    }
}

/// Escapes for text and for quoted attributes alike: one way everywhere cannot be the wrong one.
pub(super) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

struct Parser<'s> {
    source: &'s str,
    at: usize,
    fixed_from: usize,
    template: Template,
}

struct Tag<'s> {
    name: &'s str,
    attributes: Vec<(&'s str, &'s str)>,
}

impl<'s> Parser<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// Ends the fixed text before `at`.
    fn cut(&mut self, at: usize) {
        if self.fixed_from < at {
            self.template.pieces.push(Piece::Fixed(self.source[self.fixed_from..at].to_owned()));
        }
    }

    fn text(&mut self) -> Result<(), TemplateError> {
        while let Some(step) = self.rest().find(['<', '{']) {
            self.at += step;
            let rest = self.rest();
            if rest.starts_with(SLOT) {
                self.slot()?;
            } else if let Some(comment) = rest.strip_prefix("<!--") {
                let length = comment.find("-->").ok_or(TemplateError::Unfinished("comment"))?;
                forbid(&comment[..length], "a blank in a comment")?;
                self.at += "<!--".len() + length + "-->".len();
            } else if rest.starts_with("{{") {
                self.blank(None)?;
            } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
                && rest.starts_with('<')
            {
                let tag = self.tag()?;
                self.said(&tag)?;
                self.after(&tag)?;
            } else if rest.starts_with("<{{") {
                // The value would become the name of a tag.
                return Err(TemplateError::Misplaced("a blank behind <".to_owned()));
            } else {
                self.at += 1;
            }
        }
        self.at = self.source.len();
        Ok(())
    }

    fn slot(&mut self) -> Result<(), TemplateError> {
        let start = self.at;
        let inside = &self.rest()[SLOT.len()..];
        let named = inside.find("-->").ok_or(TemplateError::Unfinished("slot"))?;
        let name = &inside[..named];
        let content = &inside[named + "-->".len()..];
        let length = content.find(SLOT_END).ok_or(TemplateError::Unfinished("slot"))?;
        let fallback = content[..length].to_owned();
        forbid(&fallback, "a blank in a slot")?;
        if fallback.contains("<!--") {
            return Err(TemplateError::Misplaced("a comment or slot in a slot".to_owned()));
        }
        let known = SLOTS.into_iter().find(|known| *known == name);
        let name = known.ok_or_else(|| TemplateError::UnknownSlot(name.to_owned()))?;
        self.cut(start);
        self.template.pieces.push(Piece::Slot { name, fallback });
        self.at = start + SLOT.len() + named + "-->".len() + length + SLOT_END.len();
        self.fixed_from = self.at;
        Ok(())
    }

    /// The sentence of an element that names one.
    fn said(&mut self, tag: &Tag<'s>) -> Result<(), TemplateError> {
        let Some((_, key)) = tag.attributes.iter().find(|(name, _)| *name == "data-t") else { return Ok(()) };
        let key = (*key).to_owned();
        let length = SaidIn::Element.length(self.rest()).ok_or(TemplateError::Unfinished("sentence"))?;
        let end = self.at + length;
        if self.source[self.at..end].contains("<!--") {
            return Err(TemplateError::Misplaced("a comment or slot in a sentence".to_owned()));
        }
        self.cut(self.at);
        self.fixed_from = self.at;
        let before = std::mem::take(&mut self.template.pieces);
        while let Some(step) = self.source[self.at..end].find(['<', '{']) {
            self.at += step;
            if self.rest().starts_with("{{") {
                self.blank(None)?;
            } else if self.rest().starts_with('<') {
                self.tag()?;
            } else {
                self.at += 1;
            }
        }
        self.cut(end);
        self.at = end;
        self.fixed_from = end;
        let usual = std::mem::replace(&mut self.template.pieces, before);
        self.template.pieces.push(Piece::Said { key, place: SaidIn::Element, usual });
        Ok(())
    }

    /// A blank in text, or in the attribute of that name and whole value.
    fn blank(&mut self, attribute: Option<(&str, &str)>) -> Result<(), TemplateError> {
        let inside = &self.rest()[2..];
        let length = inside.find("}}").ok_or(TemplateError::Unfinished("blank"))?;
        let name = &inside[..length];
        let known = BLANKS.into_iter().find(|known| *known == name);
        let name = known.ok_or_else(|| TemplateError::UnknownBlank(name.to_owned()))?;
        if let Some((attribute, value)) = attribute {
            let attribute = attribute.to_ascii_lowercase();
            let whole = value.len() == name.len() + 4;
            let harmless = attribute == "title"
                || attribute == "content"
                || attribute.starts_with("data-")
                || attribute.starts_with("aria-")
                || (attribute == "href" && whole && ADDRESSES.contains(&name));
            if !harmless {
                return Err(TemplateError::Misplaced(format!(
                    "the blank `{name}` in the attribute `{attribute}`"
                )));
            }
        }
        self.cut(self.at);
        self.template.pieces.push(Piece::Blank(name));
        self.at += length + 4;
        self.fixed_from = self.at;
        Ok(())
    }

    /// From `<` to behind `>`.
    fn tag(&mut self) -> Result<Tag<'s>, TemplateError> {
        const TAG: TemplateError = TemplateError::Unfinished("tag");
        let name_from = self.at + 1;
        let length = self.source[name_from..].find([' ', '\t', '\n', '\r', '>', '/']).ok_or(TAG)?;
        // An end tag's name begins with the slash.
        let length =
            if length == 0 { self.source[name_from..].find([' ', '\n', '>']).ok_or(TAG)? } else { length };
        let name = &self.source[name_from..name_from + length];
        forbid(name, "a blank in the name of a tag")?;
        self.at = name_from + length;
        let mut attributes = Vec::new();
        loop {
            self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r', '/']).len();
            if self.rest().is_empty() {
                return Err(TAG);
            }
            if self.rest().starts_with('>') {
                self.at += 1;
                return Ok(Tag { name, attributes });
            }
            let length = self.rest().find([' ', '\t', '\n', '\r', '=', '>', '/']).ok_or(TAG)?;
            let attribute = &self.rest()[..length];
            forbid(attribute, "a blank in the name of an attribute")?;
            if length == 0 {
                return Err(TemplateError::Misplaced("a = without a name".to_owned()));
            }
            self.at += length;
            let Some(value) = self.rest().strip_prefix('=') else {
                attributes.push((attribute, ""));
                continue;
            };
            let quote = value.chars().next().ok_or(TAG)?;
            if quote != '"' && quote != '\'' {
                let length = value.find([' ', '\t', '\n', '\r', '>']).ok_or(TAG)?;
                forbid(&value[..length], "a blank in an attribute without quotes")?;
                attributes.push((attribute, &value[..length]));
                self.at += 1 + length;
                continue;
            }
            let value = &value[1..];
            let value = &value[..value.find(quote).ok_or(TAG)?];
            if value.contains(SLOT) {
                return Err(TemplateError::Misplaced("a slot in an attribute".to_owned()));
            }
            // A sentence in an attribute stands behind its name: data-t-label="…" aria-label="…".
            let said = match (attribute, attributes.last()) {
                ("aria-label", Some(("data-t-label", key)))
                | ("placeholder", Some(("data-t-placeholder", key))) => Some((*key).to_owned()),
                _ => None,
            };
            attributes.push((attribute, value));
            self.at += 2;
            let end = self.at + value.len();
            if let Some(key) = said {
                forbid(value, "a blank in a sentence of an attribute")?;
                self.cut(self.at);
                let usual = vec![Piece::Fixed(value.to_owned())];
                self.template.pieces.push(Piece::Said { key, place: SaidIn::Attribute, usual });
                self.fixed_from = end;
            }
            while let Some(step) = self.source[self.at..end].find("{{") {
                self.at += step;
                self.blank(Some((attribute, value)))?;
            }
            self.at = end + 1;
        }
    }

    /// The content of elements in which `<` is not markup.
    fn after(&mut self, tag: &Tag<'s>) -> Result<(), TemplateError> {
        let attribute = |name| tag.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        match tag.name.to_ascii_lowercase().as_str() {
            "html" => {
                self.template.language =
                    attribute("lang").map_or(String::new(), |(_, value)| (*value).to_owned());
            }
            "script" => {
                let content = self.raw("</script", "script")?;
                let is_map =
                    attribute("type").is_some_and(|(_, value)| value.eq_ignore_ascii_case("importmap"));
                if is_map {
                    if self.template.import_map.replace(content.to_owned()).is_some() {
                        return Err(TemplateError::Second("import map"));
                    }
                } else if attribute("src").is_none() || !content.trim().is_empty() {
                    return Err(TemplateError::InlineScript);
                }
            }
            "style" => {
                let content = self.raw("</style", "style")?;
                if self.template.style.replace(content.to_owned()).is_some() {
                    return Err(TemplateError::Second("inline style"));
                }
            }
            // Character references work here, markup and comments do not: blanks are fine, slots are not.
            name @ ("title" | "textarea") => {
                let end_tag = if name == "title" { "</title" } else { "</textarea" };
                let length = self.rest().find(end_tag).ok_or(TemplateError::Unfinished("element"))?;
                let end = self.at + length;
                if self.source[self.at..end].contains(SLOT) {
                    return Err(TemplateError::Misplaced(format!("a slot in <{name}>")));
                }
                while let Some(step) = self.source[self.at..end].find("{{") {
                    self.at += step;
                    self.blank(None)?;
                }
                self.at = end;
            }
            _ => {}
        }
        Ok(())
    }

    fn raw(&mut self, end_tag: &str, what: &'static str) -> Result<&'s str, TemplateError> {
        let length = self.rest().find(end_tag).ok_or(TemplateError::Unfinished(what))?;
        let content = &self.rest()[..length];
        // An import map ends in }} itself; only an opening pair is a blank.
        forbid(content, &format!("a blank in <{what}>"))?;
        if content.contains(SLOT) {
            return Err(TemplateError::Misplaced(format!("a slot in <{what}>")));
        }
        self.at += length;
        Ok(content)
    }
}

fn forbid(text: &str, what: &str) -> Result<(), TemplateError> {
    if text.contains("{{") { Err(TemplateError::Misplaced(what.to_owned())) } else { Ok(()) }
}
