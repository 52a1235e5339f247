//! What a counsellor reads beside a chat: steps when somebody is in danger, and what to ask a colleague of another
//! service. Only the console is told it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Phone;

/// One text in each language of the console.
pub type Told = BTreeMap<String, String>;
/// Sentences in their order, as many in each language of the console.
pub type Sentences = BTreeMap<String, Vec<String>>;

/// A danger, and what to do in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Its word, which stays when the texts change.
    pub key: String,
    /// What it is called.
    pub title: Told,
    /// What to do, in this order.
    pub steps: Sentences,
    /// Whom to call: first those of the help lines, then the numbers of this danger alone.
    pub numbers: Vec<Number>,
    /// Who is on call, with hours; `None` when nobody has said it yet.
    pub on_call: Option<Told>,
    /// What to note, and where: never in the console.
    pub note: Told,
    /// The centre's lawyer or data protection officer must have read it before launch.
    pub legal: bool,
    /// Its line in the file.
    pub line: usize,
}

/// A number for the counsellor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub phone: Phone,
    /// Whose it is.
    pub name: BTreeMap<String, String>,
    /// When somebody last called it or read the owner's page; those of the help lines are looked after there.
    pub checked: Option<Date>,
    /// Its line in the file.
    pub line: usize,
}

/// A part of the guide for a chat with somebody who writes in their work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consultation {
    /// Its word, which stays when the texts change.
    pub key: String,
    /// What it is called.
    pub title: Told,
    /// What to remember or to ask, in this order.
    pub points: Sentences,
    /// Whether a short note may be kept beside it while the chat lasts.
    pub notes: bool,
}
