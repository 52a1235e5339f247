//! Stories with people in them, over real sockets on the loopback interface.
#![expect(clippy::panic, reason = "a story that fails says what it saw")]

mod first_visit;
mod hours;
mod last_words;
mod lost_wire;
mod professionals;
mod refusals;
mod returning;
mod rooms;
mod sign_in;
mod waiting;
