//! The seat certificate: a member of staff says "until tonight I answer with this X25519 key".

use crate::bytes::{Reader, labelled};
use crate::error::{Malformed, Refused};
use crate::ids::{AliasId, Fingerprint, Serial};
use crate::keys::{StaffKey, verified};
use crate::staff::StaffCertificate;

/// Bytes of a seat certificate: the sum of its layout (`e2ee.md`, section 1).
pub const SEAT_CERTIFICATE_LEN: usize = 106;
const SIGNED_LEN: usize = 42;
const LABEL: &[u8] = b"lykta/1 seat";

/// What the staff key puts its name to, beside the seat key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatTerms {
    /// Random per sign-in.
    pub serial: Serial,
    /// First second of validity, Unix time.
    pub not_before: u32,
    /// Last second of validity, Unix time; at most 10 hours after `not_before`
    /// ([`crate::Dates::LONGEST_SEAT`]).
    pub not_after: u32,
    /// What this seat's program can do (bits; none is defined in `lykta/1`, readers ignore them).
    pub caps: u16,
    /// Ties the seat to a chosen alias.
    pub alias_id: AliasId,
}

/// `serial 16 | not_before u32 | not_after u32 | caps u16 | alias_id 16 | sig_S 64`.
///
/// The signature covers `len 1 | "lykta/1 seat" | H(staff certificate) | s 32 | the first 42 bytes`: the
/// seat key is not in the certificate, so a certificate moved to another key or person is worthless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatCertificate {
    bytes: [u8; SEAT_CERTIFICATE_LEN],
    terms: SeatTerms,
}

impl SeatCertificate {
    /// Signs the seat key `seat_public` (X25519) under this person's staff certificate.
    #[must_use]
    pub fn sign(
        staff_key: &StaffKey,
        staff: &StaffCertificate,
        seat_public: &[u8; 32],
        terms: SeatTerms,
    ) -> Self {
        let mut bytes = [0; SEAT_CERTIFICATE_LEN];
        bytes[..16].copy_from_slice(&terms.serial.0);
        bytes[16..20].copy_from_slice(&terms.not_before.to_be_bytes());
        bytes[20..24].copy_from_slice(&terms.not_after.to_be_bytes());
        bytes[24..26].copy_from_slice(&terms.caps.to_be_bytes());
        bytes[26..42].copy_from_slice(&terms.alias_id.0);
        let text = labelled(LABEL, &[&staff.fingerprint().0, seat_public, &bytes[..SIGNED_LEN]]);
        bytes[SIGNED_LEN..].copy_from_slice(&staff_key.sign(&text));
        Self { bytes, terms }
    }

    /// Reads the layout. Nothing is verified: use [`crate::verify_seat`].
    ///
    /// # Errors
    /// [`Malformed`] unless it is 106 bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(bytes);
        let terms = SeatTerms {
            serial: Serial(read.array()?),
            not_before: read.u32()?,
            not_after: read.u32()?,
            caps: read.u16()?,
            alias_id: AliasId(read.array()?),
        };
        read.slice(64)?;
        read.end()?;
        let bytes = bytes.try_into().map_err(|_| Malformed)?;
        Ok(Self { bytes, terms })
    }

    /// The 106 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SEAT_CERTIFICATE_LEN] {
        &self.bytes
    }

    /// What is claimed; believe it only after verification.
    #[must_use]
    pub const fn terms(&self) -> &SeatTerms {
        &self.terms
    }

    /// `H(seat certificate)`; names this seat in hand-over and admission.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&[&self.bytes])
    }

    /// Whether the staff key named in `staff` signed exactly this seat key under exactly that
    /// certificate. Says nothing about `staff` itself.
    ///
    /// # Errors
    /// [`Refused::SeatNotSigned`].
    pub fn signed_by(&self, staff: &StaffCertificate, seat_public: &[u8; 32]) -> Result<(), Refused> {
        let (signed, signature) = self.bytes.split_at(SIGNED_LEN);
        let signature: &[u8; 64] = signature.try_into().expect("106 - 42 = 64");
        let text = labelled(LABEL, &[&staff.fingerprint().0, seat_public, signed]);
        if verified(&staff.terms().staff_public, &text, signature) {
            Ok(())
        } else {
            Err(Refused::SeatNotSigned)
        }
    }
}
