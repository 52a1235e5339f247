//! The small names of this crate: plain bytes with a type.

use sha2::{Digest, Sha256};

use crate::error::Malformed;

/// The organisation a certificate belongs to: 16 random bytes chosen once, written in `centre.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CentreId(pub [u8; 16]);

/// The number of one seat certificate, random per sign-in; lets a relay end exactly one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Serial(pub [u8; 16]);

/// Ties a seat to the alias the counsellor chose, without naming anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AliasId(pub [u8; 16]);

/// SHA-256 of something public: a certificate, or the pinned roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// SHA-256 over `parts`, one after the other.
    #[inline(never)]
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// What the root says a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Talks with visitors.
    Counsellor,
    /// Guest who interprets.
    Interpreter,
    /// Guest with special knowledge.
    Expert,
    /// Runs the staff file; does not talk with visitors in this role.
    Coordinator,
}

impl Role {
    /// The byte in a staff certificate.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Counsellor => 1,
            Self::Interpreter => 2,
            Self::Expert => 3,
            Self::Coordinator => 4,
        }
    }

    /// The role of a byte.
    ///
    /// # Errors
    /// [`Malformed`] for any byte that is not one of the four.
    pub const fn from_code(code: u8) -> Result<Self, Malformed> {
        match code {
            1 => Ok(Self::Counsellor),
            2 => Ok(Self::Interpreter),
            3 => Ok(Self::Expert),
            4 => Ok(Self::Coordinator),
            _ => Err(Malformed),
        }
    }
}
