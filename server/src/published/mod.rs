//! What a build serves for a centre, as hashes to publish, and whether a running server serves just that.
//!
//! `lykta hashes` says it, `lykta verify` asks a server from outside, as a browser would, and compares every byte
//! and every header. Code, WASM and texts are the same for every centre; of a page only the slots and blanks
//! differ, and those may hold nothing but what the centre's file says for this moment.
//!
//! It finds out a server that was changed for everybody. It cannot find out one that shows its visitors something
//! else than it shows those who verify: `verify` looks like a browser for that reason, but its address may be known.

mod compare;
mod expected;
mod fetch;
mod hashes;
mod opened;
mod verify;

use std::fmt;

pub use expected::{Expected, expected};
pub use fetch::NotFetched;
pub use hashes::hashes;
pub use verify::{Connect, NotVerifiable, Question, Verified, verify};

/// One thing a server serves otherwise than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which answer: `/`, `/assets/…`, `/state`.
    pub of: String,
    /// What is wrong with it, in a sentence.
    pub says: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.of, self.says)
    }
}
