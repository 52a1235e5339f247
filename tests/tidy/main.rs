//! The invariants of the tree, as tests: what must be absent is looked for, and each search is shown to find
//! what it looks for where that may be.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod arrows;
mod build;
mod centre;
mod layout;
mod manifests;
mod pages;
mod secrets;
mod supply;
mod texts;
mod tree;
mod words;
