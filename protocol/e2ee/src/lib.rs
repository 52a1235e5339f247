//! `lykta/1` end to end: greeting, session, beats, re-greeting, words to compare.
//!
//! The greeting is `Noise_NXpsk2_25519_ChaChaPoly_SHA256` with an ML-KEM-768 secret in the PSK slot, the
//! session Noise transport keys with `Rekey()` after every kept envelope. No clock, no randomness, no IO:
//! `now` and seeds are arguments. The layouts are in `protocol/manual/e2ee.md`.
//!
//! # The life of a chat
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use lykta_e2ee::*;
//! use lykta_trust::*;
//! # let mut random = { let mut n = 0u8; move || { n += 1; n } };
//! # let (root, staff_key) = (RootKey::take_seed(&mut [1; 32]), StaffKey::take_seed(&mut [2; 32]));
//! # let centre = CentreId([3; 16]);
//! # let now = 1_800_000_000u64;
//! # let anchors = Anchors::new(centre, &[root.public()], 1)?;
//! # let seat_key = SeatKey::take_seed(&mut [4; 32]);
//! # let (from, until) = (now as u32 - 10, now as u32 + 3600);
//! # let staff = StaffCertificate::sign(&root, centre, StaffTerms { role: Role::Counsellor, roster_epoch: 1,
//! #     not_before: from, not_after: until, staff_public: staff_key.public() });
//! # let cert = SeatCertificate::sign(&staff_key, &staff, &seat_key.public(), SeatTerms { serial: Serial([5; 16]),
//! #     not_before: from, not_after: until, caps: 0, alias_id: AliasId([6; 16]) });
//! # let ticket_name = [7; 32];
//! // Visitor: a hello goes with the ticket into the line (as envelope kind 1, 2,072 bytes).
//! let seed = HelloSeed::take(&mut [random(); 96]);
//! let (awaiting, hello) = greet(seed, Occasion::new_ticket(&ticket_name), &anchors);
//! let on_the_wire = hello.to_envelope();
//!
//! // Counsellor: takes the ticket and answers once.
//! let seat = Seat::new(seat_key, staff, cert)?;
//! let hello = Hello::from_envelope(on_the_wire.as_bytes())?;
//! let seed = AnswerSeed::take(&mut [random(); 96]);
//! let (unconfirmed, answer) = answer(&hello, Occasion::new_ticket(&ticket_name), &seat, &anchors, seed)?;
//!
//! // Visitor: only a verified certificate gives a session. The first thing sealed confirms it.
//! let answer = Answer::from_envelope(answer.to_envelope().as_bytes())?;
//! let (mut visitor, who) = awaiting.finish(&answer, &anchors, now)?;
//! assert_eq!(who.role(), Role::Counsellor);
//! let confirm = visitor.seal(&Note::Confirm)?;
//!
//! // Counsellor: `Unconfirmed` can seal nothing; opening the confirm turns it into a session.
//! let Ok((mut counsellor, Arrival::Kept(first))) = unconfirmed.confirm(confirm.as_bytes()) else { panic!() };
//! assert!(matches!(first.note, Note::Confirm));
//!
//! // Either way: text in parts, each an envelope of 536, 2,072 or 4,120 bytes.
//! let mut joiner = TextJoiner::new();
//! for part in split_text("Hej, vad skönt att du skriver.")? {
//!     let envelope = counsellor.seal(&part)?;
//!     let Note::Words(words) = visitor.open(envelope.as_bytes())?.note else { panic!() };
//!     if let Some(text) = joiner.add(&words)? {
//!         assert_eq!(text.as_str(), "Hej, vad skönt att du skriver.");
//!     }
//! }
//! // Beats say what was opened (acknowledgement), typing, visible, and carry the fast goodbye.
//! let beat = visitor.seal_beat(&BeatState { visible: true, ..BeatState::default() })?;
//! assert_eq!(counsellor.open_beat(beat.as_bytes())?.next_wanted, 1);
//!
//! // Every 5 minutes or 40 envelopes the visitor greets again, inside the channel.
//! let rekey1 = visitor.rekey_begin(HelloSeed::take(&mut [random(); 96]))?;
//! let envelope = visitor.seal(&rekey1)?;
//! let Note::Rekey1(hello) = counsellor.open(envelope.as_bytes())?.note else { panic!() };
//! let rekey2 = counsellor.rekey_answer(&hello, &seat, AnswerSeed::take(&mut [random(); 96]))?;
//! let Note::Rekey2(answer) = visitor.open(rekey2.as_bytes())?.note else { panic!() };
//! let _still = visitor.rekey_finish(&answer, &anchors, now + 300)?;
//! assert_eq!((visitor.epoch(), counsellor.epoch()), (1, 1));
//! # Ok(()) }
//! ```
//!
//! Hand-over and guests are the same greeting with a [`ChainSecret`] ([`Occasion::transfer`],
//! [`Occasion::invite`]); two seats talk with each other through [`staff_greet`] and [`staff_answer`]. Once more than
//! two have been in a chat, every kept note says who its sender thinks is in it: [`Session::set_room`].
//!
//! # What the caller must do
//!
//! * Keep **ciphertext** until a beat's `next_wanted` passes it and re-send the same bytes; never seal a
//!   note twice. Delivery is the client crate's.
//! * On [`OpenError::Old`] send a beat; on [`OpenError::Gap`] a beat with `gap`; on [`OpenError::Forged`] or
//!   [`OpenError::Malformed`] drop silently and count. Nothing of these changes the session. On
//!   [`OpenError::Fatal`] the session has already erased its keys: the chat is `failed`.
//! * Check [`lykta_trust::VerifiedSeat::seat_fingerprint`] against what was announced (hand-over, guest).
//! * After every greeting overwrite the stack below, on leaving the whole memory: types here erase
//!   themselves when dropped, but a compiler may have spilled copies.

#![no_std]
// Whoever writes another client reads here why something is refused.
#![warn(clippy::missing_errors_doc)]
extern crate alloc;

mod beat;
mod envelope;
mod epoch;
mod error;
mod greeting;
mod kdf;
mod kem;
mod noise;
mod note;
mod occasion;
mod room;
mod sas;
mod seat;
mod seeds;
mod session;
mod staff;
mod text;

pub use beat::{Beat, BeatState};
pub use envelope::{BODY_MAX, Envelope, Header, Kind, WIRE_SIZES};
pub use error::{AnswerError, Fatal, FinishError, OpenError, RekeyError, SealError, TextError};
pub use greeting::{ANSWER_LEN, Answer, Awaiting, HELLO_LEN, Hello, Unconfirmed, answer, greet};
pub use lykta_wire::Ending;
pub use note::{About, Alias, Consent, Note, Offer, OfferKind, ReturnKey, Words};
pub use occasion::Occasion;
pub use room::{Invitation, InvitationStep, ROOM_MARK_LEN, Room, RoomMark, RoomMember};
pub use sas::{CompareNumbers, compare_numbers, sas_commitment, sas_matches};
pub use seat::{Seat, SeatKey};
pub use seeds::{AnswerSeed, ChainSecret, HelloSeed, StaffSeed};
pub use session::{Arrival, Opened, REKEY_AFTER_ENVELOPES, REKEY_AFTER_SECONDS, Session, Side};
pub use staff::{
    STAFF_PROOF_LEN, StaffAwaiting, StaffProof, StaffUnproven, pair_answer, pair_greet, staff_answer,
    staff_greet,
};
pub use text::{MAX_TEXT_BYTES, MAX_TEXT_UNITS, TextJoiner, split_text};

/// The manual of this crate's part of the protocol: `protocol/manual/e2ee.md`, word for word.
#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../../manual/e2ee.md")]
pub mod manual {}

/// The manual of this crate's part of the protocol: `protocol/manual/vectors/README.md`, word for word.
#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../../manual/vectors/README.md")]
pub mod vectors {}

/// The manual of this crate's part of the protocol: `protocol/manual/threats.md`, word for word.
#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../../manual/threats.md")]
pub mod threats {}
