//! The sealed envelope, as much of it as a relay may see.

use alloc::sync::Arc;

use crate::limits::{ENVELOPE_HEADER, ENVELOPE_SIZES};

/// What an envelope carries. Two kinds are kept in order, the others are single.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A visitor's first half of the greeting, stored with the ticket.
    Hello = 1,
    /// The counsellor's half.
    Answer = 2,
    /// A numbered note: kept until confirmed, delivered in order.
    Kept = 3,
    /// An unnumbered state: the latest wins.
    Beat = 4,
}

/// Why bytes are not an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Not one of [`ENVELOPE_SIZES`], or not the size its kind has.
    Size,
    /// The version byte is not 1.
    Version,
    /// The kind byte is not 1-4.
    Kind,
}

/// A sealed envelope: `ver 1 | kind 1 | epoch u16 | number u32 | ciphertext`, 536, 2,072 or 4,120 bytes.
///
/// Cheap to clone: the bytes are shared and never changed, so a resend is the same ciphertext.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope(Arc<[u8]>);

impl Envelope {
    /// Checks size, version and kind; nothing else can be checked without the keys.
    ///
    /// # Errors
    /// See [`EnvelopeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if !ENVELOPE_SIZES.contains(&bytes.len()) {
            return Err(EnvelopeError::Size);
        }
        if bytes[0] != 1 {
            return Err(EnvelopeError::Version);
        }
        let size = match bytes[1] {
            1 | 2 => Some(ENVELOPE_SIZES[1]),
            3 => None,
            4 => Some(ENVELOPE_SIZES[0]),
            _ => return Err(EnvelopeError::Kind),
        };
        if size.is_some_and(|size| size != bytes.len()) {
            return Err(EnvelopeError::Size);
        }
        Ok(Self(bytes.into()))
    }

    /// What it carries.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.0[1] {
            1 => Kind::Hello,
            2 => Kind::Answer,
            3 => Kind::Kept,
            _ => Kind::Beat,
        }
    }

    /// The number of a kept envelope within its direction, from 0; the counter of a beat; 0 otherwise.
    #[must_use]
    pub fn number(&self) -> u32 {
        u32::from_be_bytes([self.0[4], self.0[5], self.0[6], self.0[7]])
    }

    /// All bytes, header first.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What follows the header.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0[ENVELOPE_HEADER..]
    }
}

impl core::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Envelope({:?}, {} bytes)", self.kind(), self.0.len())
    }
}
