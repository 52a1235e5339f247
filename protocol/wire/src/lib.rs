//! What is said on the sockets: every frame, every id, every limit.
//!
//! The relay and the clients share this crate and nothing else. There is no type for a message here:
//! an [`Envelope`] is sealed, and the relay's build has no code that could open it.
//!
//! * [`ToRelay`] and [`ToVisitor`] are spoken on `/ws/visit`;
//! * [`FromDesk`] and [`ToDesk`] are spoken on `/ws/desk`;
//! * [`Leave`] is the body of `POST /leave` and of the frame of the same name.
//!
//! Every frame is one binary WebSocket message: a kind byte and then fixed fields, big-endian, nothing
//! after them. The byte layouts stand beside the variants and are frozen by tests. The version is the
//! subprotocol, [`SUBPROTOCOL`]. A client ignores a kind it does not know; the relay refuses it.
#![no_std]
// Whoever writes another client reads here why something is refused.
#![warn(clippy::missing_errors_doc)]

extern crate alloc;

mod codec;
mod desk;
mod envelope;
mod hash;
mod ids;
mod leave;
pub mod limits;
mod staff;
mod visit;
mod words;
mod work;

pub use codec::DecodeError;
pub use desk::{ChatRef, FromDesk, LineEntry, ToDesk};
pub use envelope::{Envelope, EnvelopeError, Kind};
pub use hash::sha256;
pub use ids::{
    Claim, LanguageTag, Languages, Member, ReturnHandle, ReturnId, SeatId, TicketName, TicketSecret,
};
pub use leave::{Goodbye, Leave};
pub use staff::SeatEntry;
pub use visit::{ToRelay, ToVisitor};
pub use words::{CloseCode, Ending, InviteKind, Lane, OpenState, Presence, Refusal, Wait};
pub use work::{Puzzle, WorkSeed};

/// The WebSocket subprotocol both sides must name. A new wire version is a new name.
pub const SUBPROTOCOL: &str = "lykta.1";

/// The manual of this crate's part of the protocol: `protocol/manual/wire.md`, word for word.
#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../../manual/wire.md")]
pub mod manual {}
