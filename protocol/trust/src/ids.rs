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

/// What the root says a person may do, and for those who only come as guests what they are by profession.
///
/// A visitor is told of a guest's role in words before they say yes, so it stands in the certificate and not in a file
/// of the centre's: nobody at the centre, and no relay, can call somebody a police officer whom the root has not named one.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Talks with visitors.
    Counsellor = 1,
    /// Guest who interprets.
    Interpreter = 2,
    /// Guest with special knowledge, of no profession that is listed here.
    Expert = 3,
    /// Runs the staff file; does not talk with visitors in this role.
    Coordinator = 4,
    /// Expert: the police.
    Police = 5,
    /// Expert: social services.
    SocialServices = 6,
    /// Expert: health care.
    HealthCare = 7,
    /// Expert: the prosecution.
    Prosecutor = 8,
    /// Expert: school.
    School = 9,
    /// Expert: holds together what several authorities do in one case.
    CaseCoordinator = 10,
}

impl Role {
    /// The byte in a staff certificate, 1-10.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The role of a byte.
    ///
    /// # Errors
    /// [`Malformed`] for any byte that is none of them.
    pub const fn from_code(code: u8) -> Result<Self, Malformed> {
        match code {
            1 => Ok(Self::Counsellor),
            2 => Ok(Self::Interpreter),
            3 => Ok(Self::Expert),
            4 => Ok(Self::Coordinator),
            5 => Ok(Self::Police),
            6 => Ok(Self::SocialServices),
            7 => Ok(Self::HealthCare),
            8 => Ok(Self::Prosecutor),
            9 => Ok(Self::School),
            10 => Ok(Self::CaseCoordinator),
            _ => Err(Malformed),
        }
    }

    /// Whether people of this role are in chats at all: everybody but a coordinator.
    #[must_use]
    pub const fn talks(self) -> bool {
        !matches!(self, Self::Coordinator)
    }

    /// Whether people of this role come into a chat only as guests of a counsellor, and take nobody from the line.
    #[must_use]
    pub const fn only_a_guest(self) -> bool {
        self.talks() && !matches!(self, Self::Counsellor)
    }
}
