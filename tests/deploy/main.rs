//! Stories about running `lykta` in earnest: its own program, with a centre's file, and what stands in front of it.
#![expect(clippy::panic, reason = "a story that fails says what was never seen")]

mod meddler;
mod program;
mod verify;
