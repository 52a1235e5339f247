//! Names and secrets on the wire, as types that cannot be swapped.

use alloc::vec::Vec;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::sha256;
use crate::limits;

/// The 32 random bytes that prove a visitor owns a ticket. Never rotated: a lost answer to a resume must
/// not lose the chat. Travels only inside TLS, in the first frame of a socket or in [`crate::Leave`].
///
/// No `Debug`, no `Clone`: whoever holds it owns the visit.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct TicketSecret([u8; 32]);

impl TicketSecret {
    /// Takes 32 bytes of a strong random source.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What the relay calls the ticket: SHA-256 of the label `lykta/1 ticket` and the secret. A stolen copy
    /// of the store holds names only, and a name resumes nothing.
    #[must_use]
    pub fn name(&self) -> TicketName {
        TicketName(sha256(&[b"lykta/1 ticket", &self.0]))
    }

    /// The bytes, for the one frame that carries them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The name of a ticket: a hash, so it is safe to store and to compare.
///
/// `Debug` shows nothing of it: a name in a log would be a line per visit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketName(pub [u8; 32]);

impl core::fmt::Debug for TicketName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TicketName(..)")
    }
}

/// The half of a visitor's return words that finds the counsellor who keeps them. Shown to the relay once, by
/// whoever comes back; stored as its hash.
///
/// No `Debug`, no `Clone`: it comes from words that somebody has in their head.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ReturnId([u8; 16]);

impl ReturnId {
    /// Takes the first 16 bytes of what the words become.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// What the relay keeps: SHA-256 of the label `lykta/1 return id` and the id.
    #[must_use]
    pub fn handle(&self) -> ReturnHandle {
        ReturnHandle(sha256(&[b"lykta/1 return id", &self.0]))
    }

    /// The bytes, for the one frame that carries them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

/// By what a seat keeps a visitor's return words at the relay: a hash. Words are few, so a guess at them costs
/// the key derivation of every try; the hash alone slows nobody.
///
/// `Debug` shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReturnHandle(pub [u8; 32]);

impl core::fmt::Debug for ReturnHandle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ReturnHandle(..)")
    }
}

/// A seat on duty: the serial of its seat certificate, 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeatId(pub [u8; 16]);

impl core::fmt::Debug for SeatId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SeatId(..)")
    }
}

/// The claim number: raised at every take, so that a stale owner can be told "no longer yours". It stays when a
/// chat is handed over: there the member's number is the fence. Counts from 1; 0 is "no claim yet".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim(pub u32);

impl Claim {
    /// Before the first take.
    pub const NONE: Self = Self(0);
}

/// Who a box is from or to: 0 the visitor, 1 the counsellor who took the ticket, from 2 on whoever was asked
/// into the chat. A number belongs to one seat for as long as the claim lasts: nobody ever reads what an earlier
/// one wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Member(u8);

impl Member {
    /// The visitor.
    pub const VISITOR: Self = Self(0);
    /// The counsellor who took the ticket.
    pub const COUNSELLOR: Self = Self(1);

    /// Member `number` of a chat.
    ///
    /// # Errors
    /// Above [`limits::MEMBER_MAX`].
    pub fn new(number: u8) -> Result<Self, DecodeError> {
        if number <= limits::MEMBER_MAX { Ok(Self(number)) } else { Err(DecodeError::BadField("member")) }
    }

    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

/// A language tag such as `sv` or `ckb`: 1-8 bytes of lower-case ASCII letters, digits or `-`, padded with
/// zeros to 8 on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LanguageTag([u8; 8]);

impl LanguageTag {
    /// # Errors
    /// When the tag is empty, too long or has other letters.
    pub fn new(tag: &str) -> Result<Self, DecodeError> {
        let mut padded = [0; 8];
        let bytes = tag.as_bytes();
        // A zero is padding, never a letter.
        if bytes.contains(&0) {
            return Err(DecodeError::BadField("language"));
        }
        padded.get_mut(..bytes.len()).ok_or(DecodeError::BadField("language"))?.copy_from_slice(bytes);
        Self::parse(padded)
    }

    fn parse(padded: [u8; 8]) -> Result<Self, DecodeError> {
        let used = padded.iter().position(|byte| *byte == 0).unwrap_or(8);
        let (letters, zeros) = padded.split_at(used);
        let fits = used > 0
            && letters.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
            && zeros.iter().all(|b| *b == 0);
        if fits { Ok(Self(padded)) } else { Err(DecodeError::BadField("language")) }
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let used = self.0.iter().position(|byte| *byte == 0).unwrap_or(8);
        core::str::from_utf8(&self.0[..used]).unwrap_or("")
    }
}

impl core::fmt::Debug for LanguageTag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The languages a visitor asks for, best first, at most [`limits::LANGUAGES`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Languages(Vec<LanguageTag>);

impl Languages {
    /// # Errors
    /// When there are more than [`limits::LANGUAGES`].
    pub fn new(tags: Vec<LanguageTag>) -> Result<Self, DecodeError> {
        if tags.len() <= limits::LANGUAGES { Ok(Self(tags)) } else { Err(DecodeError::BadField("languages")) }
    }

    /// The tags, best first.
    #[must_use]
    pub fn tags(&self) -> &[LanguageTag] {
        &self.0
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = usize::from(reader.u8()?);
        if count > limits::LANGUAGES {
            return Err(DecodeError::BadField("languages"));
        }
        let tags = (0..count).map(|_| LanguageTag::parse(reader.array()?)).collect::<Result<_, _>>()?;
        Ok(Self(tags))
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        // The constructor bounds the length by LANGUAGES, far below 256.
        self.0.iter().fold(writer.u8(self.0.len() as u8), |writer, tag| writer.bytes(&tag.0))
    }
}
