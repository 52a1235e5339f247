//! The relay of Lykta: `put, ring, fetch, forget`.
//!
//! It carries sealed envelopes between a visitor and a counsellor, keeps the line, and serves the two
//! pages. It has no dependency on the code that opens an envelope; ARCHITECTURE.md draws the map.
//!
//! `main → app → socket → visitor | counsellor → line, presence`. A visitor's connection and a counsellor's
//! never know each other; they meet in the line.

pub mod centre;
pub mod clock;
pub mod counsellor;
pub mod door;
pub mod hours;
pub mod limit;
pub mod line;
pub mod presence;
pub mod relay;
pub mod socket;
pub mod staff;
pub mod visitor;
