//! The first frame of a desk: who wants to sit, proved afresh for this relay and this socket.

use alloc::vec::Vec;
use core::fmt;

use crate::anchors::Anchors;
use crate::bytes::{Reader, labelled};
use crate::error::{Malformed, Refused};
use crate::ids::Fingerprint;
use crate::keys::{DoorKey, StaffKey, verified};
use crate::seat::{SEAT_CERTIFICATE_LEN, SeatCertificate};
use crate::staff::{STAFF_CERTIFICATE_LEN, StaffCertificate};
use crate::verify::{Dates, ROLES_ALL, VerifiedSeat, verify_seat};

/// Bytes of an admission, always: the sum of its layout (`e2ee.md`, section 1.1).
pub const ADMISSION_LEN: usize = STAFF_CERTIFICATE_LEN + 32 + SEAT_CERTIFICATE_LEN + 32 + 64 + 64;
const DOOR_LABEL: &[u8] = b"lykta/1 door";
const ADMIT_LABEL: &[u8] = b"lykta/1 admit";

/// The staff key's word that a door key may connect this seat. Made once at sign-in, after which the staff
/// key can be dropped; the relay needs to remember nothing between restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    door_public: [u8; 32],
    signature: [u8; 64],
}

impl Delegation {
    /// Signs `len 1 | "lykta/1 door" | H(seat certificate) 32 | door key 32`.
    #[must_use]
    pub fn sign(staff_key: &StaffKey, seat: &SeatCertificate, door_public: [u8; 32]) -> Self {
        let text = door_text(&seat.fingerprint(), &door_public);
        Self { door_public, signature: staff_key.sign(&text) }
    }
}

/// `staff certificate 109 | s 32 | seat certificate 106 | door key 32 | delegation sig_S 64 | admit sig_door 64`,
/// 407 bytes.
///
/// The last signature covers `len 1 | "lykta/1 admit" | challenge 32 | origin length u16 | origin |
/// H(seat certificate) 32`. The origin is not carried: the relay puts in its own, so an admission made for
/// another host never fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    staff: StaffCertificate,
    seat_public: [u8; 32],
    seat: SeatCertificate,
    delegation: Delegation,
    signature: [u8; 64],
}

/// Why the door stays shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdmissionError {
    /// Not the layout, or an origin of 65,536 bytes or more.
    Malformed,
    /// The certificates were refused.
    Seat(Refused),
    /// The staff key did not delegate to this door key.
    NotDelegated,
    /// The door key did not sign this challenge for this origin and seat.
    NotSigned,
}

impl fmt::Display for AdmissionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the admission is not in the expected layout"),
            Self::Seat(refused) => refused.fmt(f),
            Self::NotDelegated => f.write_str("the staff key did not name this door key"),
            Self::NotSigned => f.write_str("the door key did not sign this challenge for this origin"),
        }
    }
}

impl core::error::Error for AdmissionError {}

impl From<Malformed> for AdmissionError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Admission {
    /// Answers a relay's `challenge`. `origin` is the relay's origin as the console sees it, for example
    /// `https://staff.example.org`.
    ///
    /// # Errors
    /// [`Malformed`] if the origin is 65,536 bytes or longer.
    pub fn new(
        staff: StaffCertificate,
        seat_public: [u8; 32],
        seat: SeatCertificate,
        delegation: Delegation,
        door: &DoorKey,
        challenge: &[u8; 32],
        origin: &str,
    ) -> Result<Self, Malformed> {
        let signature = door.sign(&admit_text(challenge, origin, &seat.fingerprint())?);
        Ok(Self { staff, seat_public, seat, delegation, signature })
    }

    /// Reads the layout; nothing is verified yet.
    ///
    /// # Errors
    /// [`Malformed`] unless it is exactly [`ADMISSION_LEN`] bytes of readable certificates.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(bytes);
        let admission = Self {
            staff: StaffCertificate::parse(read.slice(STAFF_CERTIFICATE_LEN)?)?,
            seat_public: read.array()?,
            seat: SeatCertificate::parse(read.slice(SEAT_CERTIFICATE_LEN)?)?,
            delegation: Delegation { door_public: read.array()?, signature: read.array()? },
            signature: read.array()?,
        };
        read.end()?;
        Ok(admission)
    }

    /// The [`ADMISSION_LEN`] bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ADMISSION_LEN] {
        let mut bytes = Vec::with_capacity(ADMISSION_LEN);
        bytes.extend_from_slice(self.staff.as_bytes());
        bytes.extend_from_slice(&self.seat_public);
        bytes.extend_from_slice(self.seat.as_bytes());
        bytes.extend_from_slice(&self.delegation.door_public);
        bytes.extend_from_slice(&self.delegation.signature);
        bytes.extend_from_slice(&self.signature);
        bytes.try_into().expect("the parts add up to ADMISSION_LEN")
    }

    /// The staff certificate as presented (for forwarding to visitors after [`Self::verify`]).
    #[must_use]
    pub const fn staff(&self) -> &StaffCertificate {
        &self.staff
    }

    /// The seat certificate as presented.
    #[must_use]
    pub const fn seat(&self) -> &SeatCertificate {
        &self.seat
    }

    /// Checks everything: certificates (any role; the caller decides what a role may do), delegation,
    /// challenge, origin, seat. `challenge` must be 32 fresh random bytes used for one socket only.
    ///
    /// Whether the person still stands in the newest roster is the caller's next question
    /// ([`crate::Roster::find`]).
    ///
    /// # Errors
    /// [`AdmissionError`] names the first check that failed.
    pub fn verify(
        &self,
        anchors: &Anchors,
        challenge: &[u8; 32],
        origin: &str,
        now: u64,
    ) -> Result<VerifiedSeat, AdmissionError> {
        let seat =
            verify_seat(anchors, &self.staff, &self.seat, &self.seat_public, ROLES_ALL, Dates::Fresh, now)
                .map_err(AdmissionError::Seat)?;
        let fingerprint = seat.seat_fingerprint();
        let door_text = door_text(&fingerprint, &self.delegation.door_public);
        if !verified(seat.staff_public(), &door_text, &self.delegation.signature) {
            return Err(AdmissionError::NotDelegated);
        }
        let admit_text = admit_text(challenge, origin, &fingerprint)?;
        if !verified(&self.delegation.door_public, &admit_text, &self.signature) {
            return Err(AdmissionError::NotSigned);
        }
        Ok(seat)
    }
}

fn door_text(seat: &Fingerprint, door_public: &[u8; 32]) -> Vec<u8> {
    labelled(DOOR_LABEL, &[&seat.0, door_public])
}

fn admit_text(challenge: &[u8; 32], origin: &str, seat: &Fingerprint) -> Result<Vec<u8>, Malformed> {
    let len = u16::try_from(origin.len()).map_err(|_| Malformed)?.to_be_bytes();
    Ok(labelled(ADMIT_LABEL, &[challenge, &len, origin.as_bytes(), &seat.0]))
}
