//! What a page or relay is born trusting.

use alloc::vec::Vec;
use core::fmt;

use crate::ids::{CentreId, Fingerprint};

/// The trust block of `centre.toml`: the centre, its current (and next) root, and the oldest roster epoch
/// that still counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchors {
    centre: CentreId,
    roots: Vec<[u8; 32]>,
    min_roster_epoch: u16,
}

/// Why a trust block is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorsError {
    /// There must be one root, or two during a rotation.
    RootCount,
    /// The same root twice.
    RootTwice,
    /// Not a usable Ed25519 public key (not a point, or of small order).
    RootWeak,
}

impl fmt::Display for AnchorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RootCount => "one or two roots are needed",
            Self::RootTwice => "the two roots are the same key",
            Self::RootWeak => "a root is not a usable Ed25519 key",
        })
    }
}

impl core::error::Error for AnchorsError {}

impl Anchors {
    /// Pins one or two roots, in the page's order (current, next).
    ///
    /// # Errors
    /// [`AnchorsError`] says which part of the trust block is wrong.
    pub fn new(centre: CentreId, roots: &[[u8; 32]], min_roster_epoch: u16) -> Result<Self, AnchorsError> {
        if !(1..=2).contains(&roots.len()) {
            return Err(AnchorsError::RootCount);
        }
        if roots.len() == 2 && roots[0] == roots[1] {
            return Err(AnchorsError::RootTwice);
        }
        for root in roots {
            match ed25519_dalek::VerifyingKey::from_bytes(root) {
                Ok(key) if !key.is_weak() => {}
                _ => return Err(AnchorsError::RootWeak),
            }
        }
        Ok(Self { centre, roots: roots.to_vec(), min_roster_epoch })
    }

    /// The centre.
    #[must_use]
    pub const fn centre(&self) -> CentreId {
        self.centre
    }

    /// The pinned roots in the page's order.
    #[must_use]
    pub fn roots(&self) -> &[[u8; 32]] {
        &self.roots
    }

    /// Staff certificates of an earlier epoch are refused.
    #[must_use]
    pub const fn min_roster_epoch(&self) -> u16 {
        self.min_roster_epoch
    }

    /// `H(centre_id 16 | count 1 | every root 32, in order)`: part of every greeting's prologue, so two
    /// ends that trust different roots never finish a greeting.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let count = [u8::from(self.roots.len() == 2) + 1];
        let mut parts: Vec<&[u8]> = Vec::with_capacity(4);
        parts.push(&self.centre.0);
        parts.push(&count);
        parts.extend(self.roots.iter().map(|root| root.as_slice()));
        Fingerprint::of(&parts)
    }
}
