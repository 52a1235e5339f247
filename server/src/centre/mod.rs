#![doc = include_str!("README.md")]

mod document;
mod guidance;
mod read;
mod types;
mod values;
mod warnings;

use document::Findings;
pub use guidance::{Consultation, Number, Risk, Sentences, Told};
pub use types::*;
pub(crate) use values::is_plain_word;
pub use values::{Network, NotNetwork, Origin, Phone};
pub use warnings::{Warning, warnings};

/// A mistake in `centre.toml`, told so that the person who made it can mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line it stands on, counted from 1.
    pub line: usize,
    /// Where it stands, for example `help_lines[2].hours`; empty for the whole file.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, key, what, remedy } = self;
        let colon = if key.is_empty() { "" } else { ": " };
        write!(f, "line {line}: {key}{colon}{what}. {remedy}")
    }
}

/// The text of a file. Editors that do not write UTF-8 spoil every å, ä and ö.
///
/// # Errors
/// The line on which it stops being UTF-8.
pub fn text_of(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        Fault {
            line: error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1,
            key: String::new(),
            what: "a letter here is not written in UTF-8".to_owned(),
            remedy: "Save the file anew in the encoding UTF-8.".to_owned(),
        }
    })
}

/// Reads the file for use in earnest.
///
/// # Errors
/// Every mistake in the file, in the order of its lines.
pub fn check(text: &str) -> Result<Centre, Vec<Fault>> {
    read_for(text, Purpose::Production)
}

/// Reads the file for the demonstration, which brings its own roots: an empty `trust.roots` is no mistake.
/// Everything else is as in [`check`].
///
/// # Errors
/// As [`check`].
pub fn check_for_demo(text: &str) -> Result<Centre, Vec<Fault>> {
    read_for(text, Purpose::Demo)
}

/// What the file is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Production,
    Demo,
}

fn read_for(text: &str, purpose: Purpose) -> Result<Centre, Vec<Fault>> {
    let findings = Findings::new(text);
    let centre = read::centre(&findings, purpose);
    let mut faults = findings.into_faults();
    if faults.is_empty() {
        return Ok(centre);
    }
    faults.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
    Err(faults)
}

#[cfg(test)]
mod tests;
