//! What a chat's own memory needs of the seat: handed over once, inside the page.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lykta_e2ee::{Seat, SeatKey};
use lykta_trust::{
    Anchors, CentreId, Refused, SEAT_CERTIFICATE_LEN, STAFF_CERTIFICATE_LEN, SeatCertificate,
    StaffCertificate,
};
use zeroize::Zeroizing;

/// Why bytes are not a seat bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleError {
    /// Not the layout.
    Malformed,
    /// Key and certificates do not belong together.
    Seat(Refused),
}

impl core::fmt::Display for BundleError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Malformed => f.write_str("the seat bundle is not in its layout"),
            Self::Seat(refused) => refused.fmt(f),
        }
    }
}

impl core::error::Error for BundleError {}

/// The seat key's seed with its certificates and the trust block.
///
/// `seat seed 32 | staff certificate 109 | seat certificate 106 | centre id 16 | count u8 (1 or 2) | roots 32
/// each | min roster epoch u16`. A secret: whoever holds it answers as this seat until the certificate ends.
pub struct SeatBundle {
    seed: Box<Zeroizing<[u8; 32]>>,
    staff: StaffCertificate,
    certificate: SeatCertificate,
    anchors: Anchors,
}

impl SeatBundle {
    pub(crate) fn new(
        seed: Box<Zeroizing<[u8; 32]>>,
        staff: StaffCertificate,
        certificate: SeatCertificate,
        anchors: Anchors,
    ) -> Self {
        Self { seed, staff, certificate, anchors }
    }

    /// The bytes; overwritten when dropped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let roots = self.anchors.roots();
        // All room at once: a vector that grows leaves a copy of the key behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(512));
        bytes.extend_from_slice(&self.seed[..]);
        bytes.extend_from_slice(self.staff.as_bytes());
        bytes.extend_from_slice(self.certificate.as_bytes());
        bytes.extend_from_slice(&self.anchors.centre().0);
        bytes.push(u8::from(roots.len() == 2) + 1);
        for root in roots {
            bytes.extend_from_slice(root);
        }
        bytes.extend_from_slice(&self.anchors.min_roster_epoch().to_be_bytes());
        bytes
    }

    /// Reads the bytes.
    ///
    /// # Errors
    /// [`BundleError::Malformed`] unless they are exactly one bundle.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let malformed = BundleError::Malformed;
        let (seed, rest) = bytes.split_first_chunk::<32>().ok_or(malformed)?;
        let (staff, rest) = rest.split_first_chunk::<STAFF_CERTIFICATE_LEN>().ok_or(malformed)?;
        let (seat, rest) = rest.split_first_chunk::<SEAT_CERTIFICATE_LEN>().ok_or(malformed)?;
        let (centre, rest) = rest.split_first_chunk::<16>().ok_or(malformed)?;
        let (&count, mut rest) = rest.split_first().ok_or(malformed)?;
        let mut roots = Vec::new();
        for _ in 0..count {
            let (root, tail) = rest.split_first_chunk::<32>().ok_or(malformed)?;
            roots.push(*root);
            rest = tail;
        }
        let epoch: [u8; 2] = rest.try_into().map_err(|_| malformed)?;
        let mut kept = Box::new(Zeroizing::new([0; 32]));
        kept.copy_from_slice(seed);
        Ok(Self {
            seed: kept,
            staff: StaffCertificate::parse(staff).map_err(|_| malformed)?,
            certificate: SeatCertificate::parse(seat).map_err(|_| malformed)?,
            anchors: Anchors::new(CentreId(*centre), &roots, u16::from_be_bytes(epoch))
                .map_err(|_| malformed)?,
        })
    }

    /// The seat, ready to answer, and whom it trusts.
    ///
    /// # Errors
    /// [`BundleError::Seat`] when the certificate is not for this key.
    pub(crate) fn seat(&self) -> Result<(Seat, Anchors), BundleError> {
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&self.seed[..]);
        let seat = Seat::new(SeatKey::take_seed(&mut seed), self.staff.clone(), self.certificate.clone())
            .map_err(BundleError::Seat)?;
        Ok((seat, self.anchors.clone()))
    }
}
