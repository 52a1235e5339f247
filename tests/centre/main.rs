//! A centre is a file: what is wrong in one, and two of them side by side.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod broken;
mod pages;
