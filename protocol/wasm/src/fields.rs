//! Reading a command's fields. Whatever is not there is `None`; nothing panics.

use alloc::vec::Vec;

use lykta_client::{ChainSecret, ReturnKey, SilenceTimes};
use lykta_trust::{Anchors, CentreId};
#[cfg(any(feature = "chat", feature = "seat", feature = "pair"))]
use lykta_wire::{ChatRef, Claim, SeatId, TicketName};
#[cfg(feature = "visit")]
use lykta_wire::{LanguageTag, Languages};
use zeroize::Zeroizing;

/// What is left of a command.
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// `ask u16 | warn u16 | close u16`, seconds.
    pub(crate) fn silence(&mut self) -> Option<SilenceTimes> {
        SilenceTimes::from_seconds(self.u16()?, self.u16()?, self.u16()?)
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }

    /// Everything that is left, as text.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        core::str::from_utf8(self.rest()).ok()
    }

    /// Nothing may be left over.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    /// `count u8 | roots 32 each`.
    pub(crate) fn roots(&mut self) -> Option<Vec<[u8; 32]>> {
        let mut roots = Vec::new();
        for _ in 0..self.u8()? {
            roots.push(self.array()?);
        }
        Some(roots)
    }

    pub(crate) fn anchors(centre: [u8; 16], roots: &[[u8; 32]], epoch: u16) -> Option<Anchors> {
        Anchors::new(CentreId(centre), roots, epoch).ok()
    }

    /// `count u8 | tags 8 each`.
    #[cfg(feature = "visit")]
    pub(crate) fn languages(&mut self) -> Option<Languages> {
        let mut tags = Vec::new();
        for _ in 0..self.u8()? {
            let padded = self.array::<8>()?;
            let length = padded.iter().take_while(|byte| **byte != 0).count();
            // Zeros end a tag and stand nowhere else.
            if padded[length..] != [0; 8][length..] {
                return None;
            }
            tags.push(LanguageTag::new(core::str::from_utf8(&padded[..length]).ok()?).ok()?);
        }
        Languages::new(tags).ok()
    }

    /// `id 16 | key 32`.
    pub(crate) fn return_words(&mut self) -> Option<ReturnKey> {
        let id = self.array()?;
        Some(ReturnKey { id, key: self.chain()? })
    }

    /// A secret of 32 bytes.
    pub(crate) fn chain(&mut self) -> Option<ChainSecret> {
        let mut key = Zeroizing::new(self.array()?);
        Some(ChainSecret::take(&mut key))
    }

    #[cfg(any(feature = "chat", feature = "seat", feature = "pair"))]
    pub(crate) fn ticket(&mut self) -> Option<TicketName> {
        self.array().map(TicketName)
    }

    #[cfg(any(feature = "chat", feature = "seat", feature = "pair"))]
    pub(crate) fn seat(&mut self) -> Option<SeatId> {
        self.array().map(SeatId)
    }

    #[cfg(any(feature = "chat", feature = "seat", feature = "pair"))]
    pub(crate) fn chat(&mut self) -> Option<ChatRef> {
        Some(ChatRef { ticket: self.ticket()?, claim: Claim(self.u32()?) })
    }

    /// `bundle_len u16 | bundle`.
    #[cfg(any(feature = "chat", feature = "pair"))]
    pub(crate) fn bundle(&mut self) -> Option<Result<lykta_client::SeatBundle, lykta_client::BundleError>> {
        let length = self.u16()?;
        Some(lykta_client::SeatBundle::parse(self.bytes(usize::from(length))?))
    }
}
