//! What strangers may send, as fuzz targets.
//!
//! A target is a plain function of bytes. It must never panic, whatever the bytes are, and its assertions are
//! promises: forged bytes change nothing, no nonce is used twice, everything said arrives. The functions are
//! run in three ways: every file of `corpus/` as a test (`tests/corpus.rs`, part of `make test`), the seeded
//! loop of `src/bin/lykta-fuzz.rs` (part of `make nightly`), and a coverage-guided fuzzer (`coverage/`).
//!
//! There is no clock and no random source in here: the same bytes do the same thing, but for the ephemeral
//! keys of the peer in [`notes`], which decide nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a target that stops has found something, and the word it stops with says what"
)]

mod input;
mod ledger;
pub mod reach;

#[path = "../../e2ee/tests/common/mod.rs"]
mod common;
#[path = "../../e2ee/tests/oracle/mod.rs"]
mod oracle;
#[path = "../../client/tests/world/mod.rs"]
mod world;

pub mod certificates;
pub mod chat;
pub mod desk;
pub mod envelopes;
pub mod frames;
pub mod greetings;
pub mod notes;
pub mod relay;
pub mod sessions;
pub mod storm;
pub mod visit;

/// A target by its name: that of its module and of its folder in `corpus/`.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("frames", frames::target),
    ("certificates", certificates::target),
    ("envelopes", envelopes::target),
    ("greetings", greetings::target),
    ("notes", notes::target),
    ("sessions", sessions::target),
    ("visit", visit::target),
    ("chat", chat::target),
    ("desk", desk::target),
    ("storm", storm::target),
    ("relay", relay::target),
];
