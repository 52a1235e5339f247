//! The greeting: hello, answer, confirm. The same code serves the first greeting and every later one.
//!
//! ```text
//! visitor                                              counsellor
//! hello   e_v | AEAD(ek)                          ->
//!                                                 <-   answer   ct | e_c | AEAD(s) | AEAD(payload)
//! certificates checked, only now is there a session
//! confirm: the first sealed envelope              ->
//!                                                      only now may the counsellor seal
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use lykta_trust::{
    Anchors, Dates, Fingerprint, SEAT_CERTIFICATE_LEN, STAFF_CERTIFICATE_LEN, SeatCertificate,
    StaffCertificate, VerifiedSeat, verify_seat,
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::epoch::{EpochKeys, psk};
use crate::error::{AnswerError, FinishError, OpenError};
use crate::kem::{self, CT_LEN, EK_LEN};
use crate::noise::{Broken, Handshake, NX_PSK2};
use crate::occasion::Occasion;
use crate::seat::Seat;
use crate::seeds::{AnswerSeed, HelloSeed};
use crate::session::{Arrival, Session, Side};

/// Of the answer's payload: `ver 1 | flags 1 | params 6 | staff certificate 109 | seat certificate 106 |
/// rs 32 | zeros`.
pub(crate) const PAYLOAD_LEN: usize = 320;
const PAYLOAD_VERSION: u8 = 1;
/// Version, flags and parameters; the latter two are sent as zeros and ignored when read.
const PAYLOAD_HEAD: usize = 8;

/// Bytes of a hello: X25519 key 32, ML-KEM key 1,184 (FIPS 203, table 3), tag 16 (`e2ee.md`, section 2).
pub const HELLO_LEN: usize = 1232;
/// Bytes of an answer: ML-KEM ciphertext 1,088 (FIPS 203, table 3), X25519 key 32, seat key 32 + 16, payload 320 + 16
/// (`e2ee.md`, section 2).
pub const ANSWER_LEN: usize = 1504;

macro_rules! greeting_half {
    ($(#[$doc:meta])* $name:ident, $len:ident, $kind:ident, $number:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(alloc::boxed::Box<[u8; $len]>);

        impl $name {
            /// Takes exactly as many bytes as there must be.
            #[must_use]
            pub fn new(bytes: &[u8; $len]) -> Self {
                Self(alloc::boxed::Box::new(*bytes))
            }

            /// The bytes, without header and padding.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// For the wire: header 8, bytes, zeros to 2,072.
            #[must_use]
            pub fn to_envelope(&self) -> $crate::envelope::Envelope {
                $crate::envelope::Envelope::greeting($crate::envelope::Kind::$kind, $number, &*self.0)
            }

            /// From the wire.
            ///
            /// # Errors
            /// [`crate::OpenError::Malformed`] unless it is such an envelope.
            pub fn from_envelope(envelope: &[u8]) -> Result<Self, $crate::error::OpenError> {
                $crate::envelope::greeting_body(envelope, $crate::envelope::Kind::$kind, $number).map(Self::new)
            }
        }
    };
}

greeting_half! {
    /// The visitor's half: `e_v 32 | AEAD(ek 1184) 16`. Nothing in it is secret.
    Hello, HELLO_LEN, Hello, 0
}
greeting_half! {
    /// The counsellor's half: `ct 1088 | e_c 32 | AEAD(s 32) 16 | AEAD(payload 320) 16`.
    Answer, ANSWER_LEN, Answer, 0
}

pub(crate) use greeting_half;

/// The visitor between hello and answer. Takes one answer, good or bad: a second one has nothing to go to.
pub struct Awaiting(Box<Started>);

/// What the visitor's end of a greeting remembers. The ML-KEM key stays a seed until it is needed.
pub(crate) struct Started {
    handshake: Handshake,
    seed: HelloSeed,
    occasion: Occasion,
    anchors: Fingerprint,
    epoch: u16,
}

/// Makes a hello. Consumes the seed: one hello per seed.
#[must_use]
pub fn greet(seed: HelloSeed, occasion: Occasion, anchors: &Anchors) -> (Awaiting, Hello) {
    let (started, hello) = start(seed, occasion, 0, anchors.fingerprint());
    (Awaiting(started), hello)
}

/// The visitor's first half, for any epoch.
pub(crate) fn start(
    seed: HelloSeed,
    occasion: Occasion,
    epoch: u16,
    anchors: Fingerprint,
) -> (Box<Started>, Hello) {
    let mut handshake = Handshake::new(&NX_PSK2, true, &occasion.prologue(epoch, &anchors), None);
    let ek = kem::public_key(seed.part(32), seed.part(64));
    // The first message has no psk token; zeros stand in for the argument.
    let message = handshake.write(seed.part(0), &[0; 32], &ek).map_err(|Broken| ());
    let message: Result<[u8; HELLO_LEN], _> = message.and_then(|m| m.try_into().map_err(|_: Vec<u8>| ()));
    let hello = Hello(Box::new(message.expect("message 1 has no step that can fail and a fixed length")));
    (Box::new(Started { handshake, seed, occasion, anchors, epoch }), hello)
}

impl Started {
    /// Opens the answer and checks who gave it. `dates` is asked with the fingerprint of the presented seat
    /// certificate, because only a seat that this chat has met may be late.
    pub(crate) fn finish(
        self: Box<Self>,
        answer: &Answer,
        anchors: &Anchors,
        dates: impl FnOnce(Fingerprint) -> Dates,
        now: u64,
    ) -> Result<(EpochKeys, VerifiedSeat), FinishError> {
        let Self { mut handshake, seed, occasion, anchors: pinned, epoch } = *self;
        // The prologue already names the anchors; others may not judge the answer.
        if anchors.fingerprint() != pinned {
            return Err(FinishError::BadAnswer);
        }
        let (ct, message) = answer.0.split_first_chunk::<CT_LEN>().expect("1,504 > 1,088");
        let (d, z) = (seed.part(32), seed.part(64));
        let shared = kem::decapsulate(d, z, ct);
        let psk = psk(occasion.chain(), &shared, &kem::public_key(d, z), ct);
        let payload = handshake.read(message, &psk).map_err(|Broken| FinishError::BadAnswer)?;
        let seat_public = handshake.remote_static().ok_or(FinishError::BadAnswer)?;
        let payload = Payload::parse(&payload).ok_or(FinishError::BadAnswer)?;
        let dates = dates(payload.seat.fingerprint());
        let roles = occasion.roles();
        let seat = verify_seat(anchors, &payload.staff, &payload.seat, &seat_public, roles, dates, now)
            .map_err(FinishError::Seat)?;
        let transport = handshake.split().map_err(|Broken| FinishError::BadAnswer)?;
        Ok((EpochKeys::derive(epoch, transport, &*payload.rs), seat))
    }
}

// The seed, the handshake and the chain secret erase themselves.
impl ZeroizeOnDrop for Awaiting {}

impl Awaiting {
    /// Opens the answer, checks the certificates up to a pinned root, and only then gives a session.
    ///
    /// `now`: the larger of the device's clock and the build date, Unix seconds.
    ///
    /// The caller still compares the seat with what was announced, where something was (hand-over, guest).
    ///
    /// # Errors
    /// [`FinishError`]; the hello's secrets are gone in any case: make a new hello, the ticket stays.
    pub fn finish(
        self,
        answer: &Answer,
        anchors: &Anchors,
        now: u64,
    ) -> Result<(Session, VerifiedSeat), FinishError> {
        let pinned = self.0.anchors;
        let (keys, seat) = self.0.finish(answer, anchors, |_| Dates::Fresh, now)?;
        Ok((Session::new(Side::Visitor, keys, pinned, Some(&seat)), seat))
    }
}

/// Answers a hello, once. Consumes the seed: one answer per seed.
///
/// # Errors
/// [`AnswerError`]: the hello was made for another ticket, centre or chain secret, or is damaged. Nothing is
/// sent to the visitor then.
pub fn answer(
    hello: &Hello,
    occasion: Occasion,
    seat: &Seat,
    anchors: &Anchors,
    seed: AnswerSeed,
) -> Result<(Unconfirmed, Answer), AnswerError> {
    let pinned = anchors.fingerprint();
    let (keys, answer) = respond(hello, &occasion, 0, seat, pinned, &seed)?;
    Ok((Unconfirmed(Session::new(Side::Counsellor, keys, pinned, None)), answer))
}

/// The counsellor's half, for any epoch.
pub(crate) fn respond(
    hello: &Hello,
    occasion: &Occasion,
    epoch: u16,
    seat: &Seat,
    anchors: Fingerprint,
    seed: &AnswerSeed,
) -> Result<(EpochKeys, Answer), AnswerError> {
    let prologue = occasion.prologue(epoch, &anchors);
    let mut handshake = Handshake::new(&NX_PSK2, false, &prologue, Some(seat.key().secret()));
    let broken = |Broken| AnswerError::BadHello;
    let ek = handshake.read(&hello.0[..], &[0; 32]).map_err(broken)?;
    let ek: &[u8; EK_LEN] = ek.as_slice().try_into().map_err(|_| AnswerError::BadHello)?;
    let (e, m, rs) = (seed.part(0), seed.part(32), seed.part(64));
    let (ct, shared) = kem::encapsulate(ek, m).ok_or(AnswerError::BadKey)?;
    let psk = psk(occasion.chain(), &shared, ek, &ct);
    let message = handshake.write(e, &psk, &*payload(seat, rs)).map_err(broken)?;
    let mut bytes = Box::new([0; ANSWER_LEN]);
    bytes[..CT_LEN].copy_from_slice(&ct);
    bytes[CT_LEN..].copy_from_slice(&message);
    let transport = handshake.split().map_err(broken)?;
    Ok((EpochKeys::derive(epoch, transport, rs), Answer(bytes)))
}

pub(crate) fn payload(seat: &Seat, rs: &[u8; 32]) -> Zeroizing<[u8; PAYLOAD_LEN]> {
    let mut payload = Zeroizing::new([0; PAYLOAD_LEN]);
    payload[0] = PAYLOAD_VERSION;
    let parts: [&[u8]; 3] = [seat.staff().as_bytes(), seat.certificate().as_bytes(), rs];
    let mut at = PAYLOAD_HEAD;
    for part in parts {
        payload[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    payload
}

/// Certificates and `rs` as they came; nothing is verified yet.
pub(crate) struct Payload {
    pub(crate) staff: StaffCertificate,
    pub(crate) seat: SeatCertificate,
    pub(crate) rs: Zeroizing<[u8; 32]>,
}

impl Payload {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<PAYLOAD_HEAD>()?;
        let (staff, rest) = rest.split_first_chunk::<STAFF_CERTIFICATE_LEN>()?;
        let (seat, rest) = rest.split_first_chunk::<SEAT_CERTIFICATE_LEN>()?;
        let (rs, padding) = rest.split_first_chunk::<32>()?;
        let fits =
            bytes.len() == PAYLOAD_LEN && head[0] == PAYLOAD_VERSION && padding.iter().all(|&b| b == 0);
        let staff = StaffCertificate::parse(staff).ok()?;
        let seat = SeatCertificate::parse(seat).ok()?;
        fits.then(|| Self { staff, seat, rs: Zeroizing::new(*rs) })
    }
}

/// The counsellor between answer and the visitor's first sealed thing. It can seal nothing: a relay may have
/// replayed an old hello, and nobody could confirm that one. The console shows "connecting".
pub struct Unconfirmed(Session);

impl ZeroizeOnDrop for Unconfirmed {}

impl Unconfirmed {
    /// Opens the visitor's first envelope, kept or beat; either proves that the visitor has the keys.
    ///
    /// # Errors
    /// What [`Session::receive`] says, together with the unchanged state to try the next envelope with.
    pub fn confirm(mut self, envelope: &[u8]) -> Result<(Session, Arrival), (Self, OpenError)> {
        match self.0.receive(envelope) {
            Ok(arrival) => Ok((self.0, arrival)),
            Err(error) => Err((self, error)),
        }
    }
}
