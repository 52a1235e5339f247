//! Who may speak for the centre: staff and seat certificates, the door to the desk, and the roster.
//!
//! Ed25519 and SHA-256 only, no clock, no randomness, no IO. The relay, the clients and the offline root
//! tool all use this crate, so none of them has its own idea of what a signature covers.
//!
//! ```text
//! root R (offline)  --signs-->  staff certificate (<= 35 days)  names the staff key S
//! staff key S       --signs-->  seat certificate  (<= 10 hours) names the X25519 seat key s
//! staff key S       --signs-->  delegation                      names the door key of this sign-in
//! door key          --signs-->  admission                       answers one challenge of one relay
//! root R            --signs-->  roster                          everybody on the staff, for the relays
//! staff key S       --signs-->  enrolment request               asks to stand in the next roster
//! ```
//!
//! No certificate carries a name: any visitor can obtain one.
//!
//! Every signature covers a label with a one-byte length in front, so that no signed text can be taken
//! for another kind. All integers are big-endian. Times are Unix seconds.
//!
//! # What "now" is
//!
//! Verifiers take `now` as an argument. A client passes the **larger** of its own clock and the date its
//! build was made ([`now_at_least`]): a phone that woke up in 1970 must not accept an ancient certificate
//! as "not yet expired". The relay passes its own clock.

#![no_std]
// Whoever writes another client reads here why something is refused.
#![warn(clippy::missing_errors_doc)]
extern crate alloc;

mod admission;
mod anchors;
mod bytes;
mod enrolment;
mod error;
pub mod hex;
mod ids;
mod keys;
mod passkey;
mod role;
mod roster;
mod seat;
mod staff;
mod text;
mod verify;
mod words;

pub use admission::{ADMISSION_LEN, Admission, AdmissionError, Delegation};
pub use anchors::{Anchors, AnchorsError};
pub use enrolment::{Enrolment, Request, RequestError};
pub use error::{Malformed, Refused};
pub use ids::{AliasId, CentreId, Fingerprint, Role, Serial};
pub use keys::{DoorKey, RootKey, StaffKey};
pub use passkey::Passkey;
pub use role::{role_from_word, role_word};
pub use roster::{Roster, RosterEntry, RosterError, SignedRoster};
pub use seat::{SEAT_CERTIFICATE_LEN, SeatCertificate, SeatTerms};
pub use staff::{STAFF_CERTIFICATE_LEN, StaffCertificate, StaffTerms};
pub use text::Lines;
pub use verify::{Dates, ROLES_ALL, ROLES_IN_CHATS, VerifiedSeat, now_at_least, verify_seat};
pub use words::{Words, root_words, staff_words};
