//! A document that is read to the end whatever is wrong in it.
//!
//! A deserializer stops at the first mistake, and somebody who edits opening hours by hand then mends one
//! line at a time. Here each [`Section`] notes what is wrong, answers with a stand-in and goes on; as the
//! caller throws the result away when anything was noted, the stand-ins are never used.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Fault;

/// Why a value will not do.
pub(super) struct Wrong {
    what: String,
    remedy: String,
}

/// `Err` with what is wrong and what to do about it.
pub(super) fn wrong<T>(what: impl Into<String>, remedy: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { what: what.into(), remedy: remedy.into() })
}

/// How the report of a line begins that is not even TOML.
const NOT_TOML: &str = "this is not TOML";

/// How one kind of value is read.
pub(super) type Parse<T> = fn(&DeValue<'_>) -> Result<T, Wrong>;

/// The text and what was found wrong in it.
pub(super) struct Findings<'i> {
    text: &'i str,
    faults: RefCell<Vec<Fault>>,
    /// The text is not even TOML: what is missing may only be unreadable, so it is not reported.
    broken: RefCell<bool>,
    /// A language of the centre is misspelt: what stands in the file for it is not called a stranger's besides.
    languages_known: Cell<bool>,
}

impl<'i> Findings<'i> {
    pub(super) fn new(text: &'i str) -> Self {
        Self {
            text,
            faults: RefCell::new(Vec::new()),
            broken: RefCell::new(false),
            languages_known: Cell::new(true),
        }
    }

    /// The list of languages could not be read whole.
    pub(super) fn a_language_is_misspelt(&self) {
        self.languages_known.set(false);
    }

    /// The document as far as it can be understood.
    pub(super) fn document(&self) -> DeTable<'i> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        *self.broken.borrow_mut() = !errors.is_empty();
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let line = self.text.lines().nth(self.line(&span) - 1).unwrap_or_default();
            let remedy = if line.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}']) {
                "Write straight double quotes \"…\"; a word processor makes curved ones of them."
            } else {
                "Write the line as KEY = VALUE, with texts between double quotes \
                 and every key at most once in its section."
            };
            self.fault(&span, "", format!("{NOT_TOML}: {}", error.message()), remedy);
        }
        document.into_inner()
    }

    pub(super) fn fault(
        &self,
        span: &Range<usize>,
        key: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.faults.borrow_mut().push(Fault {
            line: self.line(span),
            key: key.into(),
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// The line a span begins on, counted from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        let start = span.start.min(self.text.len());
        self.text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// A line that is not even TOML is told once: what else seems wrong on it is only a consequence.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        let is_broken = |fault: &Fault| fault.key.is_empty() && fault.what.starts_with(NOT_TOML);
        let broken: Vec<usize> =
            faults.iter().filter(|fault| is_broken(fault)).map(|fault| fault.line).collect();
        faults.retain(|fault| is_broken(fault) || !broken.contains(&fault.line));
        faults
    }
}

/// One table of the document. When it is dropped it reports the keys that nobody asked for, so that an
/// unknown key cannot be overlooked.
pub(super) struct Section<'d> {
    findings: &'d Findings<'d>,
    table: Option<&'d DeTable<'d>>,
    path: String,
    span: Range<usize>,
    asked: RefCell<Vec<String>>,
}

impl<'d> Section<'d> {
    pub(super) fn root(findings: &'d Findings<'d>, table: &'d DeTable<'d>) -> Self {
        Self { findings, table: Some(table), path: String::new(), span: 0..0, asked: RefCell::default() }
    }

    fn below(&self, path: String, span: Range<usize>, table: Option<&'d DeTable<'d>>) -> Self {
        Self { findings: self.findings, table, path, span, asked: RefCell::default() }
    }

    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The line the section begins on.
    pub(super) fn line(&self) -> usize {
        self.findings.line(&self.span)
    }

    /// Whether the section stands in the file at all.
    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// Notes a mistake at `key`, or at the section when the key is missing.
    pub(super) fn fault(&self, key: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let span = self.span_of(key);
        self.findings.fault(&span, self.path(key), what, remedy);
    }

    /// Like [`Section::fault`], for what is not there at all: nothing is said when the text is broken, because
    /// it may stand in the part that cannot be read.
    pub(super) fn lacks(&self, key: &str, what: impl Into<String>, remedy: impl Into<String>) {
        if !*self.findings.broken.borrow() {
            self.fault(key, what, remedy);
        }
    }

    fn span_of(&self, key: &str) -> Range<usize> {
        self.entry(key).map_or(self.span.clone(), |(span, _)| span)
    }

    fn entry(&self, key: &str) -> Option<(Range<usize>, &'d Spanned<DeValue<'d>>)> {
        let (name, value) = self.table?.iter().find(|(name, _)| name.get_ref() == key)?;
        Some((name.span(), value))
    }

    fn ask(&self, key: &str) -> Option<(Range<usize>, &'d Spanned<DeValue<'d>>)> {
        self.asked.borrow_mut().push(key.to_owned());
        self.entry(key)
    }

    fn missing(&self, key: &str, remedy: &str) {
        if !*self.findings.broken.borrow() {
            self.findings.fault(&self.span, self.path(key), "this is missing", remedy);
        }
    }

    /// The value if the key is there and good.
    pub(super) fn optional<T>(&self, key: &str, parse: Parse<T>) -> Option<T> {
        let (span, value) = self.ask(key)?;
        match parse(value.get_ref()) {
            Ok(value) => Some(value),
            Err(Wrong { what, remedy }) => {
                self.findings.fault(&span, self.path(key), what, remedy);
                None
            }
        }
    }

    /// The value, or `default` when the key is not there.
    pub(super) fn or<T>(&self, key: &str, default: T, parse: Parse<T>) -> T {
        self.optional(key, parse).unwrap_or(default)
    }

    /// The value; `remedy` says what to write when the key is not there.
    pub(super) fn required<T>(&self, key: &str, remedy: &str, stand_in: T, parse: Parse<T>) -> T {
        if self.entry(key).is_none() {
            self.missing(key, remedy);
        }
        self.optional(key, parse).unwrap_or(stand_in)
    }

    /// A list of values, each judged by itself; empty when the key is not there.
    pub(super) fn list<T>(&self, key: &str, parse: Parse<T>) -> Vec<T> {
        let Some((span, value)) = self.ask(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.findings.fault(&span, self.path(key), "this should be a list", "Write it between [ and ].");
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, item) in array.iter().enumerate() {
            match parse(item.get_ref()) {
                Ok(value) => found.push(value),
                Err(Wrong { what, remedy }) => {
                    self.findings.fault(&item.span(), self.path(&format!("{key}[{index}]")), what, remedy);
                }
            }
        }
        found
    }

    /// How many items a list has, good or bad; 0 when the key is not there, `None` when it is no list.
    pub(super) fn length(&self, key: &str) -> Option<usize> {
        match self.ask(key) {
            Some((_, value)) => value.get_ref().as_array().map(|array| array.len()),
            None => Some(0),
        }
    }

    /// Whether the value of the key can be read; says nothing about it.
    pub(super) fn is_good<T>(&self, key: &str, parse: Parse<T>) -> bool {
        self.entry(key).is_some_and(|(_, value)| parse(value.get_ref()).is_ok())
    }

    /// Whether the key is there, whatever its value; it counts as asked for.
    pub(super) fn has(&self, key: &str) -> bool {
        self.ask(key).is_some()
    }

    /// Whether a key is a section; it counts as asked for.
    pub(super) fn is_section(&self, key: &str) -> bool {
        self.ask(key).is_some_and(|(_, value)| value.get_ref().as_table().is_some())
    }

    /// The value of a key as a section if it is a table, else `None` without a complaint.
    pub(super) fn if_section(&self, key: &str) -> Option<Self> {
        let (span, value) = self.ask(key)?;
        value.get_ref().as_table().map(|table| self.below(self.path(key), span, Some(table)))
    }

    /// A section that must be there.
    pub(super) fn section(&self, key: &str) -> Self {
        if self.entry(key).is_none() {
            self.missing(key, &format!("Add the section [{}].", self.path(key)));
        }
        self.optional_section(key)
    }

    /// A section that may be left out; without it every key has its default.
    pub(super) fn optional_section(&self, key: &str) -> Self {
        let Some((span, value)) = self.ask(key) else {
            return self.below(self.path(key), self.span.clone(), None);
        };
        let table = value.get_ref().as_table();
        if table.is_none() {
            let remedy = format!("Write it as a section of its own: [{}].", self.path(key));
            self.findings.fault(&span, self.path(key), "this should be a section", remedy);
        }
        self.below(self.path(key), span, table)
    }

    /// Reports what stands here for a language that the centre does not offer.
    pub(super) fn offers_only(&self, languages: &[String]) {
        for (name, _) in self.table.into_iter().flat_map(|table| table.iter()) {
            let key = name.get_ref().as_ref();
            if !super::values::is_language(key) || languages.iter().any(|known| known == key) {
                continue;
            }
            self.asked.borrow_mut().push(key.to_owned());
            if self.findings.languages_known.get() {
                let remedy = match nearest(key, languages) {
                    Some(near) => {
                        format!("Did you mean `{near}`? Else add it to centre.languages, or remove it.")
                    }
                    None => "Add it to centre.languages, or remove it.".to_owned(),
                };
                self.findings.fault(
                    &name.span(),
                    self.path(key),
                    "the centre does not offer this language",
                    remedy,
                );
            }
        }
    }

    /// Sections of which there may be several (`[[key]]`).
    pub(super) fn sections(&self, key: &str) -> Vec<Self> {
        let Some((span, value)) = self.ask(key) else { return Vec::new() };
        let remedy = format!("Write each one as a section that begins with [[{}]].", self.path(key));
        let Some(array) = value.get_ref().as_array() else {
            self.findings.fault(&span, self.path(key), "there may be several of these", remedy);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, item) in array.iter().enumerate() {
            let path = self.path(&format!("{key}[{index}]"));
            match item.get_ref().as_table() {
                Some(table) => found.push(self.below(path, item.span(), Some(table))),
                None => self.findings.fault(&item.span(), path, "this should be a section", remedy.clone()),
            }
        }
        found
    }
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        let asked = self.asked.take();
        for (name, _) in self.table.into_iter().flat_map(|table| table.iter()) {
            let key = name.get_ref().as_ref();
            if asked.iter().any(|known| known == key) {
                continue;
            }
            let remedy = match nearest(key, &asked) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Remove it, or move it to the section it belongs to.".to_owned(),
            };
            self.findings.fault(
                &name.span(),
                self.path(key),
                "there is no setting of this name here",
                remedy,
            );
        }
    }
}

/// The known key that is at most a third of its length away.
fn nearest<'k>(key: &str, known: &'k [String]) -> Option<&'k str> {
    known
        .iter()
        .map(|name| (distance(key, name), name))
        .filter(|(steps, name)| *steps <= name.chars().count().div_ceil(3))
        .min()
        .map(|(_, name)| name.as_str())
}

/// Single letters to change, add or take away (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (column, there) in other.iter().enumerate() {
            let change = corner + usize::from(letter != *there);
            corner = row[column + 1];
            row[column + 1] = change.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
