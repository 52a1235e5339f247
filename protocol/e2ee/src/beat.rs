//! Beats: unnumbered, latest wins. They acknowledge, say who is present, and carry the fast goodbye.
//!
//! Plaintext, always 512 bytes: `next_wanted u32 | epoch u16 | flags 1 | ending 1 | zeros`.
//!
//! Why a goodbye may ride in a beat: kept notes open strictly in order, so a goodbye sealed behind a note
//! that was lost could never be opened once its sender is gone. A beat can always be opened, and nobody
//! else can make one.

use lykta_wire::Ending;
use zeroize::Zeroizing;

use crate::envelope::BUCKETS;
use crate::error::Fatal;

const GAP: u8 = 0x01;
const TYPING: u8 = 0x02;
const VISIBLE: u8 = 0x04;
const PLEASE_REKEY: u8 = 0x08;
const GOODBYE: u8 = 0x10;
const HELD: u8 = 0x20;
const COVERED: u8 = 0x40;
const UNDEFINED: u8 = 0x80;

/// What the caller wants a beat to say; the session adds what it has opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeatState {
    /// 0x01: an envelope came whose predecessor is missing; please send again.
    pub gap: bool,
    /// 0x02: somebody is writing.
    pub typing: bool,
    /// 0x04: the page is visible.
    pub visible: bool,
    /// 0x08: the counsellor asks the visitor to greet again.
    pub please_rekey: bool,
    /// 0x20: the counsellor holds the silence clock.
    pub held: bool,
    /// 0x40: the visitor has covered the screen ("någon kom").
    pub covered: bool,
    /// 0x10 and the ending byte: this end is leaving now, and this is how.
    pub goodbye: Option<Ending>,
}

/// An opened beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Everything below this number was opened by the peer: take it out of the outbox, show "delivered".
    pub next_wanted: u32,
    /// The epoch of the newest key the peer opens kept envelopes with.
    pub epoch: u16,
    /// What it says.
    pub state: BeatState,
}

impl Beat {
    pub(crate) fn encode(&self) -> Zeroizing<[u8; BUCKETS[0]]> {
        let mut plain = Zeroizing::new([0; BUCKETS[0]]);
        plain[..4].copy_from_slice(&self.next_wanted.to_be_bytes());
        plain[4..6].copy_from_slice(&self.epoch.to_be_bytes());
        let state = &self.state;
        let bits = [
            (state.gap, GAP),
            (state.typing, TYPING),
            (state.visible, VISIBLE),
            (state.please_rekey, PLEASE_REKEY),
            (state.goodbye.is_some(), GOODBYE),
            (state.held, HELD),
            (state.covered, COVERED),
        ];
        plain[6] = bits.iter().filter(|(set, _)| *set).fold(0, |flags, (_, bit)| flags | bit);
        plain[7] = state.goodbye.map_or(0, Ending::byte);
        plain
    }

    /// Reads an authenticated plaintext.
    pub(crate) fn decode(plain: &[u8]) -> Result<Self, Fatal> {
        let (&[n0, n1, n2, n3, e0, e1, flags, ending], padding) =
            plain.split_first_chunk().ok_or(Fatal::BadNote)?;
        if padding.iter().any(|&b| b != 0) {
            return Err(Fatal::Padding);
        }
        let has = |bit| flags & bit != 0;
        let goodbye = match (has(GOODBYE), ending) {
            (false, 0) => None,
            (true, code) => Some(Ending::from_byte(code).map_err(|_| Fatal::BadNote)?),
            (false, _) => return Err(Fatal::Padding),
        };
        if has(UNDEFINED) {
            return Err(Fatal::BadNote);
        }
        Ok(Self {
            next_wanted: u32::from_be_bytes([n0, n1, n2, n3]),
            epoch: u16::from_be_bytes([e0, e1]),
            state: BeatState {
                gap: has(GAP),
                typing: has(TYPING),
                visible: has(VISIBLE),
                please_rekey: has(PLEASE_REKEY),
                held: has(HELD),
                covered: has(COVERED),
                goodbye,
            },
        })
    }
}
