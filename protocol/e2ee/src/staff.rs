//! A channel between two seats, for hand-over and guests: `Noise_XXpsk3_25519_ChaChaPoly_SHA256`, both ends
//! certified, the ML-KEM secret in the PSK slot.
//!
//! ```text
//! from                                                 to
//! hello   e | AEAD(ek)                            ->
//!                                                 <-   answer  ct | e | AEAD(s) | AEAD(payload)
//! proof   AEAD(s) | AEAD(payload)                 ->
//! ```
//!
//! The same between two seats that are in one chat ([`Occasion::room`]), with a chain secret from the visitor.
//!
//! Each end knows beforehand which seat it wants to talk with (from the relay's list of seats); the names of
//! both are part of the prologue, and a relay that lies about them gets no channel. Afterwards it is an
//! ordinary [`Session`], with `from` in the visitor's part.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lykta_trust::{Anchors, Dates, Fingerprint, VerifiedSeat, verify_seat};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::epoch::{EpochKeys, psk};
use crate::error::{AnswerError, FinishError};
use crate::greeting::{ANSWER_LEN, Answer, HELLO_LEN, Hello, PAYLOAD_LEN, Payload, greeting_half, payload};
use crate::kem::{self, CT_LEN, EK_LEN};
use crate::noise::{Broken, Handshake, XX_PSK3};
use crate::occasion::Occasion;
use crate::seat::Seat;
use crate::seeds::{AnswerSeed, StaffSeed};
use crate::session::{Session, Side};

/// Bytes of a staff channel's third message.
pub const STAFF_PROOF_LEN: usize = 32 + 16 + PAYLOAD_LEN + 16;

greeting_half! {
    /// The third message of a staff channel: who began it. `AEAD(s 32) 16 | AEAD(payload 320) 16`.
    StaffProof, STAFF_PROOF_LEN, Hello, 1
}

/// The end that began, between hello and answer. Takes one answer.
pub struct StaffAwaiting(Box<Began>);

struct Began {
    handshake: Handshake,
    seed: StaffSeed,
    occasion: Occasion,
    anchors: Fingerprint,
    to: Fingerprint,
}

/// The end that answered, until the other has proven who it is. It can seal nothing.
pub struct StaffUnproven(Box<Replied>);

struct Replied {
    handshake: Handshake,
    psk: Zeroizing<[u8; 32]>,
    rs: Zeroizing<[u8; 32]>,
    occasion: Occasion,
    anchors: Fingerprint,
    from: Fingerprint,
}

// Seeds, handshakes and secrets erase themselves.
impl ZeroizeOnDrop for StaffAwaiting {}
impl ZeroizeOnDrop for StaffUnproven {}

/// Begins a channel from `seat` to the seat whose certificate has the fingerprint `to`.
#[must_use]
pub fn staff_greet(
    seed: StaffSeed,
    seat: &Seat,
    to: Fingerprint,
    anchors: &Anchors,
) -> (StaffAwaiting, Hello) {
    let occasion = Occasion::staff(&seat.certificate().fingerprint(), &to);
    pair_greet(seed, seat, to, occasion, anchors)
}

/// [`staff_greet`] for another occasion of two seats: [`Occasion::room`].
#[must_use]
pub fn pair_greet(
    seed: StaffSeed,
    seat: &Seat,
    to: Fingerprint,
    occasion: Occasion,
    anchors: &Anchors,
) -> (StaffAwaiting, Hello) {
    let anchors = anchors.fingerprint();
    let prologue = occasion.prologue(0, &anchors);
    let mut handshake = Handshake::new(&XX_PSK3, true, &prologue, Some(seat.key().secret()));
    let ek = kem::public_key(seed.part(32), seed.part(64));
    let message = handshake.write(seed.part(0), &[0; 32], &ek).map_err(|Broken| ());
    let message: Result<[u8; HELLO_LEN], _> = message.and_then(|m| m.try_into().map_err(|_: Vec<u8>| ()));
    let hello = Hello::new(&message.expect("message 1 has no step that can fail and a fixed length"));
    (StaffAwaiting(Box::new(Began { handshake, seed, occasion, anchors, to })), hello)
}

/// Answers the hello of the seat whose certificate has the fingerprint `from`, once.
///
/// # Errors
/// [`AnswerError`]: made for other seats or another centre, or damaged.
pub fn staff_answer(
    hello: &Hello,
    from: Fingerprint,
    seat: &Seat,
    anchors: &Anchors,
    seed: AnswerSeed,
) -> Result<(StaffUnproven, Answer), AnswerError> {
    let occasion = Occasion::staff(&from, &seat.certificate().fingerprint());
    pair_answer(hello, from, occasion, seat, anchors, seed)
}

/// [`staff_answer`] for another occasion of two seats: [`Occasion::room`].
///
/// # Errors
/// As [`staff_answer`].
pub fn pair_answer(
    hello: &Hello,
    from: Fingerprint,
    occasion: Occasion,
    seat: &Seat,
    anchors: &Anchors,
    seed: AnswerSeed,
) -> Result<(StaffUnproven, Answer), AnswerError> {
    let anchors = anchors.fingerprint();
    let prologue = occasion.prologue(0, &anchors);
    let mut handshake = Handshake::new(&XX_PSK3, false, &prologue, Some(seat.key().secret()));
    let broken = |Broken| AnswerError::BadHello;
    let ek = handshake.read(hello.as_bytes(), &[0; 32]).map_err(broken)?;
    let ek: &[u8; EK_LEN] = ek.as_slice().try_into().map_err(|_| AnswerError::BadHello)?;
    let (e, m, rs) = (seed.part(0), seed.part(32), seed.part(64));
    let (ct, shared) = kem::encapsulate(ek, m).ok_or(AnswerError::BadKey)?;
    let psk = psk(occasion.chain(), &shared, ek, &ct);
    // The psk enters with message 3 only.
    let message = handshake.write(e, &[0; 32], &*payload(seat, rs)).map_err(broken)?;
    let mut bytes = [0; ANSWER_LEN];
    bytes[..CT_LEN].copy_from_slice(&ct);
    bytes[CT_LEN..].copy_from_slice(&message);
    let rs = Zeroizing::new(*rs);
    let replied = Replied { handshake, psk, rs, occasion, anchors, from };
    Ok((StaffUnproven(Box::new(replied)), Answer::new(&bytes)))
}

impl StaffAwaiting {
    /// Opens the answer, checks that it is the seat that was meant, and makes the proof to send.
    ///
    /// # Errors
    /// [`FinishError`]; the hello's secrets are gone in any case.
    pub fn finish(
        self,
        answer: &Answer,
        seat: &Seat,
        anchors: &Anchors,
        now: u64,
    ) -> Result<(Session, StaffProof, VerifiedSeat), FinishError> {
        let Began { mut handshake, seed, occasion, anchors: pinned, to } = *self.0;
        let broken = |Broken| FinishError::BadAnswer;
        let (ct, message) = answer.as_bytes().split_first_chunk::<CT_LEN>().expect("1,504 > 1,088");
        let (d, z, rs) = (seed.part(32), seed.part(64), seed.part(96));
        let theirs = handshake.read(message, &[0; 32]).map_err(broken)?;
        let (peer, their_rs) = check(&handshake, &theirs, &occasion, (anchors, pinned), to, now)?;
        let shared = kem::decapsulate(d, z, ct);
        let psk = psk(occasion.chain(), &shared, &kem::public_key(d, z), ct);
        // No `e` token is left, so no ephemeral is drawn.
        let proof = handshake.write(&[0; 32], &psk, &*payload(seat, rs)).map_err(broken)?;
        let proof: &[u8; STAFF_PROOF_LEN] =
            proof.as_slice().try_into().map_err(|_| FinishError::BadAnswer)?;
        let transport = handshake.split().map_err(broken)?;
        let keys = EpochKeys::derive(0, transport, &*joined(&their_rs, rs));
        Ok((Session::new(Side::Visitor, keys, pinned, Some(&peer)), StaffProof::new(proof), peer))
    }
}

impl StaffUnproven {
    /// Opens the proof and checks that it is the seat that was meant. Only then is there a session.
    ///
    /// # Errors
    /// [`FinishError`]; the channel must be begun anew.
    pub fn finish(
        self,
        proof: &StaffProof,
        anchors: &Anchors,
        now: u64,
    ) -> Result<(Session, VerifiedSeat), FinishError> {
        let Replied { mut handshake, psk, rs, occasion, anchors: pinned, from } = *self.0;
        let broken = |Broken| FinishError::BadAnswer;
        let theirs = handshake.read(proof.as_bytes(), &psk).map_err(broken)?;
        let (peer, their_rs) = check(&handshake, &theirs, &occasion, (anchors, pinned), from, now)?;
        let transport = handshake.split().map_err(broken)?;
        let keys = EpochKeys::derive(0, transport, &*joined(&rs, &their_rs));
        Ok((Session::new(Side::Counsellor, keys, pinned, None), peer))
    }
}

/// The other end's certificates: ours, now, and of the seat that was meant.
fn check(
    handshake: &Handshake,
    bytes: &[u8],
    occasion: &Occasion,
    (anchors, pinned): (&Anchors, Fingerprint),
    meant: Fingerprint,
    now: u64,
) -> Result<(VerifiedSeat, Zeroizing<[u8; 32]>), FinishError> {
    if anchors.fingerprint() != pinned {
        return Err(FinishError::BadAnswer);
    }
    let key = handshake.remote_static().ok_or(FinishError::BadAnswer)?;
    let payload = Payload::parse(bytes).ok_or(FinishError::BadAnswer)?;
    if payload.seat.fingerprint() != meant {
        return Err(FinishError::BadAnswer);
    }
    let peer = verify_seat(anchors, &payload.staff, &payload.seat, &key, occasion.roles(), Dates::Fresh, now)
        .map_err(FinishError::Seat)?;
    Ok((peer, payload.rs))
}

/// Both ends give 32 bytes: `rs` of the answer, then `rs` of the proof.
fn joined(answer: &[u8; 32], proof: &[u8; 32]) -> Zeroizing<[u8; 64]> {
    let mut both = Zeroizing::new([0; 64]);
    both[..32].copy_from_slice(answer);
    both[32..].copy_from_slice(proof);
    both
}
