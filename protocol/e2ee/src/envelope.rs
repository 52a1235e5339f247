//! What travels: an 8-byte header in the clear and a sealed body of one of three lengths.

use alloc::vec;
use alloc::vec::Vec;

use crate::error::OpenError;

/// `ver 1 | kind 1 | epoch u16 | number u32`.
pub(crate) const HEADER_LEN: usize = 8;
pub(crate) const TAG_LEN: usize = 16;
pub(crate) const VERSION: u8 = 1;
/// Plaintext lengths. Three, because every further length says more about what was written.
pub(crate) const BUCKETS: [usize; 3] = [512, 2048, 4096];
/// `type 1 | flags 1 | length u16` before a note's body.
pub(crate) const NOTE_HEADER_LEN: usize = 4;

/// The only lengths on the wire, bytes: header 8 + bucket + tag 16.
pub const WIRE_SIZES: [usize; 3] = [536, 2072, 4120];

/// Longest body of one note, bytes: the largest bucket without the note's own header.
pub const BODY_MAX: usize = 4092;

/// What an envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The visitor's half of the first greeting, lies with the ticket.
    Hello,
    /// The counsellor's half.
    Answer,
    /// A note: numbered, stored, in order.
    Kept,
    /// A beat: counted, latest wins.
    Beat,
}

impl Kind {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Hello => 1,
            Self::Answer => 2,
            Self::Kept => 3,
            Self::Beat => 4,
        }
    }
}

/// The readable 8 bytes. Nobody vouches for them until the tag was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// The epoch of the key; 0 until the first re-greeting.
    pub epoch: u16,
    /// Kept: 0, 1, 2 … per direction for the whole chat, the relay's box number. Beat: its counter. Hello
    /// and answer: 0; 1 for the third message of a staff channel.
    pub number: u32,
}

impl Header {
    /// Reads the header of a whole envelope, so that a client can sort it.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] unless the length is one of [`WIRE_SIZES`] (a beat: 536; hello and answer:
    /// 2,072), the version 1 and the kind known.
    pub fn parse(envelope: &[u8]) -> Result<Self, OpenError> {
        let Some((&[ver, kind, e0, e1, n0, n1, n2, n3], _)) = envelope.split_first_chunk::<HEADER_LEN>()
        else {
            return Err(OpenError::Malformed);
        };
        let (kind, sizes) = match kind {
            1 => (Kind::Hello, &WIRE_SIZES[1..2]),
            2 => (Kind::Answer, &WIRE_SIZES[1..2]),
            3 => (Kind::Kept, &WIRE_SIZES[..]),
            4 => (Kind::Beat, &WIRE_SIZES[..1]),
            _ => return Err(OpenError::Malformed),
        };
        if ver != VERSION || !sizes.contains(&envelope.len()) {
            return Err(OpenError::Malformed);
        }
        Ok(Self { kind, epoch: u16::from_be_bytes([e0, e1]), number: u32::from_be_bytes([n0, n1, n2, n3]) })
    }

    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [e0, e1] = self.epoch.to_be_bytes();
        let [n0, n1, n2, n3] = self.number.to_be_bytes();
        [VERSION, self.kind.code(), e0, e1, n0, n1, n2, n3]
    }
}

/// Sealed bytes, ready for the relay. Nothing in it is secret; it may be kept and sent again as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    header: Header,
    bytes: Vec<u8>,
}

impl Envelope {
    pub(crate) fn new(header: Header, body: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(HEADER_LEN + body.len());
        bytes.extend_from_slice(&header.to_bytes());
        bytes.extend_from_slice(body);
        debug_assert!(WIRE_SIZES.contains(&bytes.len()));
        Self { header, bytes }
    }

    /// Hello (0), answer (0) and a staff channel's third message (hello 1): not sealed by a session, padded
    /// with zeros to the 2,048 bucket's wire size.
    pub(crate) fn greeting(kind: Kind, number: u32, body: &[u8]) -> Self {
        let mut padded = vec![0; WIRE_SIZES[1] - HEADER_LEN];
        padded[..body.len()].copy_from_slice(body);
        Self::new(Header { kind, epoch: 0, number }, &padded)
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> Header {
        self.header
    }

    /// All bytes; the length is one of [`WIRE_SIZES`].
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The body of a greeting envelope: `N` bytes, epoch 0, the right number, zeros behind.
pub(crate) fn greeting_body<const N: usize>(
    envelope: &[u8],
    kind: Kind,
    number: u32,
) -> Result<&[u8; N], OpenError> {
    let header = Header::parse(envelope)?;
    // A note or a beat may be shorter than what is looked for.
    let (body, rest) = envelope[HEADER_LEN..].split_first_chunk::<N>().ok_or(OpenError::Malformed)?;
    let plain = header.kind == kind && header.epoch == 0 && header.number == number;
    if plain && rest.iter().all(|&b| b == 0) { Ok(body) } else { Err(OpenError::Malformed) }
}
