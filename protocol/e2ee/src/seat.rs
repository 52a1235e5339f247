//! A counsellor's end: the seat key and the certificates that vouch for it.

use alloc::boxed::Box;

use lykta_trust::{Refused, SeatCertificate, StaffCertificate};
use x25519_dalek::StaticSecret;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::noise::public_of;

/// The X25519 seat key `s`, made at sign-in. Neither cloned nor printed; overwritten when dropped.
pub struct SeatKey(Box<StaticSecret>);

// `StaticSecret` overwrites itself when dropped (feature `zeroize`).
impl ZeroizeOnDrop for SeatKey {}

impl SeatKey {
    /// The key of 32 fresh random bytes; `seed` is overwritten with zeros.
    #[must_use]
    pub fn take_seed(seed: &mut [u8; 32]) -> Self {
        let key = Self(Box::new(StaticSecret::from(*seed)));
        seed.zeroize();
        key
    }

    /// The public half, which the staff key signs.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        public_of(&self.0).to_bytes()
    }

    pub(crate) const fn secret(&self) -> &StaticSecret {
        &self.0
    }
}

/// A seat ready to answer: key and certificates that fit each other.
pub struct Seat {
    key: SeatKey,
    staff: StaffCertificate,
    certificate: SeatCertificate,
}

impl Seat {
    /// Puts a seat together.
    ///
    /// # Errors
    /// [`Refused::SeatNotSigned`] unless `certificate` certifies exactly this key under `staff`: better here
    /// than in every visitor's page.
    pub fn new(key: SeatKey, staff: StaffCertificate, certificate: SeatCertificate) -> Result<Self, Refused> {
        certificate.signed_by(&staff, &key.public())?;
        Ok(Self { key, staff, certificate })
    }

    /// The staff certificate.
    #[must_use]
    pub const fn staff(&self) -> &StaffCertificate {
        &self.staff
    }

    /// The seat certificate.
    #[must_use]
    pub const fn certificate(&self) -> &SeatCertificate {
        &self.certificate
    }

    /// The public seat key.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.key.public()
    }

    pub(crate) const fn key(&self) -> &SeatKey {
        &self.key
    }
}
