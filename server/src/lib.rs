//! The relay of Lykta: `put, ring, fetch, forget`.
//!
//! It carries sealed envelopes between a visitor and a counsellor, keeps the line, and serves the two
//! pages. It has no dependency on the code that opens an envelope; ARCHITECTURE.md draws the map.
//!
//! `main → app → socket → visitor | counsellor → line, presence`. A visitor's connection and a counsellor's
//! never know each other; they meet in the line.

pub mod app;
pub mod asked;
pub mod centre;
mod client_address;
pub mod clock;
pub mod command;
pub mod command_line;
pub mod counsellor;
pub mod door;
pub mod edited;
pub mod gate;
pub mod gathered;
pub mod hours;
pub mod limit;
pub mod line;
pub mod listen;
pub mod metrics;
pub mod on_duty;
pub mod pages;
pub mod presence;
pub mod professional;
pub mod published;
pub mod pulse;
pub mod reader;
pub mod relay;
pub mod say;
pub mod serve;
pub mod several;
pub mod shown;
pub mod slim;
pub mod socket;
pub mod staff;
pub mod staffed;
pub mod statistics;
pub mod systemd;
pub mod tls;
pub mod together;
pub mod turns;
pub mod visitor;
pub mod wait;

/// Of everything that links the relay, so that what measures it measures what runs.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Reads the moment of `--demo-clock`.
///
/// # Errors
/// A sentence with an example when it is not one.
pub fn demo_clock(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| format!("{text:?} is not a moment; write it like 2026-11-23T10:30:00+01:00"))
}
