//! The staff certificate: the root says "this key belongs to somebody on our staff, in this role".

use crate::anchors::Anchors;
use crate::bytes::{Reader, labelled};
use crate::error::{Malformed, Refused};
use crate::ids::{CentreId, Fingerprint, Role};
use crate::keys::{RootKey, verified};

/// Bytes of a staff certificate: the sum of its layout (`e2ee.md`, section 1).
pub const STAFF_CERTIFICATE_LEN: usize = 109;
const SIGNED_LEN: usize = 45;
const VERSION: u8 = 1;
const LABEL: &[u8] = b"lykta/1 staff";

/// What the root puts its name to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffTerms {
    /// What the person may do.
    pub role: Role,
    /// The roster this belongs to.
    pub roster_epoch: u16,
    /// First second of validity, Unix time.
    pub not_before: u32,
    /// Last second of validity, Unix time; the root tool keeps it within 35 days.
    pub not_after: u32,
    /// The Ed25519 staff key `S`.
    pub staff_public: [u8; 32],
}

/// `ver 1 | role 1 | roster_epoch u16 | not_before u32 | not_after u32 | S 32 | flags 1 | sig_R 64`.
///
/// The signature covers `len 1 | "lykta/1 staff" | centre_id 16 | the first 45 bytes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffCertificate {
    bytes: [u8; STAFF_CERTIFICATE_LEN],
    terms: StaffTerms,
}

impl StaffCertificate {
    /// Signs `terms` for `centre`.
    #[must_use]
    pub fn sign(root: &RootKey, centre: CentreId, terms: StaffTerms) -> Self {
        let mut bytes = [0; STAFF_CERTIFICATE_LEN];
        bytes[0] = VERSION;
        bytes[1] = terms.role.code();
        bytes[2..4].copy_from_slice(&terms.roster_epoch.to_be_bytes());
        bytes[4..8].copy_from_slice(&terms.not_before.to_be_bytes());
        bytes[8..12].copy_from_slice(&terms.not_after.to_be_bytes());
        bytes[12..44].copy_from_slice(&terms.staff_public);
        // bytes[44], flags: none are defined.
        let signature = root.sign(&labelled(LABEL, &[&centre.0, &bytes[..SIGNED_LEN]]));
        bytes[SIGNED_LEN..].copy_from_slice(&signature);
        Self { bytes, terms }
    }

    /// Reads the layout. Nothing is verified: use [`crate::verify_seat`].
    ///
    /// # Errors
    /// [`Malformed`] unless it is 109 bytes, version 1, a known role, no flags.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(bytes);
        if read.u8()? != VERSION {
            return Err(Malformed);
        }
        let terms = StaffTerms {
            role: Role::from_code(read.u8()?)?,
            roster_epoch: read.u16()?,
            not_before: read.u32()?,
            not_after: read.u32()?,
            staff_public: read.array()?,
        };
        if read.u8()? != 0 {
            return Err(Malformed);
        }
        read.slice(64)?;
        read.end()?;
        let bytes = bytes.try_into().map_err(|_| Malformed)?;
        Ok(Self { bytes, terms })
    }

    /// The 109 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; STAFF_CERTIFICATE_LEN] {
        &self.bytes
    }

    /// What is claimed; believe it only after verification.
    #[must_use]
    pub const fn terms(&self) -> &StaffTerms {
        &self.terms
    }

    /// `H(staff certificate)`.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&[&self.bytes])
    }

    /// Whether one of the pinned roots signed this for the pinned centre. Dates, epoch and role are not
    /// looked at.
    ///
    /// # Errors
    /// [`Refused::NotOurs`].
    pub fn signed_by_a_root(&self, anchors: &Anchors) -> Result<(), Refused> {
        let (signed, signature) = self.bytes.split_at(SIGNED_LEN);
        let signature: &[u8; 64] = signature.try_into().expect("109 - 45 = 64");
        let text = labelled(LABEL, &[&anchors.centre().0, signed]);
        if anchors.roots().iter().any(|root| verified(root, &text, signature)) {
            Ok(())
        } else {
            Err(Refused::NotOurs)
        }
    }
}
