//! What the offline machine decides and writes: the root's file, enrolment requests, words to compare, and
//! the plan of a new roster.
//!
//! No clock, no terminal and no file is touched here: `now` is an argument (Unix seconds), texts come in and
//! go out. The binary `lykta-root` reads, asks and writes. The one randomness is age's own salt, inside
//! [`RootFile::seal`].
//!
//! ```text
//! staff key --signs--> request --(words compared face to face)--> plan --(root opened)--> roster
//! ```

mod error;
mod passphrase;
mod plan;
mod root_file;
pub mod tell;

pub use error::PlanError;
/// The request and its words are the protocol's: the console makes what this tool reads.
pub use lykta_trust::{
    Enrolment, Request, RequestError, Words, hex, role_from_word, role_word, root_words, staff_words,
};
pub use passphrase::{Passphrase, PassphraseTooShort};
pub use plan::{Person, Plan, Why, Wishes};
pub use root_file::{RootFile, RootFileError, WORK};
