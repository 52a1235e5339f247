//! What the two people at the ceremony choose.

use std::fmt;

use age::secrecy::SecretString;
use zeroize::Zeroizing;

/// A passphrase. Overwritten when dropped; can be neither printed nor copied.
pub struct Passphrase(Zeroizing<String>);

/// A passphrase for a new root must have at least [`Passphrase::SHORTEST`] characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseTooShort;

impl fmt::Display for PassphraseTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a passphrase has at least {} characters; six words thrown with dice are good",
            Passphrase::SHORTEST
        )
    }
}

impl std::error::Error for PassphraseTooShort {}

impl Passphrase {
    /// Fewest characters for a new root. The file may be stolen and tried at leisure; the shortest six dice
    /// words with spaces are about this long, and a single word or a date is not.
    pub const SHORTEST: usize = 20;

    /// What was typed.
    #[must_use]
    pub const fn new(typed: Zeroizing<String>) -> Self {
        Self(typed)
    }

    /// Whether it may protect a new root.
    ///
    /// # Errors
    /// [`PassphraseTooShort`].
    pub fn long_enough(&self) -> Result<(), PassphraseTooShort> {
        if self.0.chars().count() < Self::SHORTEST { Err(PassphraseTooShort) } else { Ok(()) }
    }

    /// Whether the same was typed twice.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }

    /// The copy age takes over and overwrites in its turn. It is made at its exact length, so that boxing it
    /// leaves no second copy behind.
    pub(crate) fn for_age(&self) -> SecretString {
        let mut copy = String::with_capacity(self.0.len());
        copy.push_str(&self.0);
        SecretString::from(copy)
    }
}
