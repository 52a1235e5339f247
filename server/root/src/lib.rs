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

mod enrolment;
mod error;
pub mod hex;
mod passphrase;
mod plan;
mod role;
mod root_file;
pub mod tell;
mod text;
mod words;

pub use enrolment::{Enrolment, Request, RequestError};
pub use error::PlanError;
pub use passphrase::{Passphrase, PassphraseTooShort};
pub use plan::{Person, Plan, Why, Wishes};
pub use role::{role_from_word, role_word};
pub use root_file::{RootFile, RootFileError, WORK};
pub use words::{Words, root_words, staff_words};
