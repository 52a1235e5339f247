//! The return words a seat keeps: what recognises a visitor whose page died.
//!
//! The key never leaves the seat but for the one chat that answers under it. The relay knows a handle and
//! brings whoever names it here; that they know the words is shown only by a greeting that is confirmed.

use alloc::vec::Vec;

use lykta_e2ee::{ChainSecret, ReturnKey};
use lykta_wire::{FromDesk, ReturnHandle, ReturnId, TicketName};
use zeroize::Zeroizing;

/// Returns that were not confirmed before the words are forgotten: whoever has the id without the key gets no
/// more tries.
pub const FAILED_RETURNS_MAX: u8 = 5;
/// Words one seat keeps at once; the oldest go first. More than any day brings.
const KEPT_MAX: usize = 64;

struct Kept {
    handle: ReturnHandle,
    key: ChainSecret,
    ticket: TicketName,
    stays: bool,
    failed: u8,
}

impl Kept {
    fn frame(&self) -> Vec<u8> {
        FromDesk::KeepReturn { ticket: self.ticket, handle: self.handle, stays: self.stays }.encode()
    }
}

/// All that this seat keeps.
#[derive(Default)]
pub(crate) struct Keeping(Vec<Kept>);

impl Keeping {
    /// Words of this visitor, instead of earlier ones. Answers what is forgotten for them: those, or the oldest
    /// of too many. `stays`: also when the visitor leaves by hand.
    pub(crate) fn keep(&mut self, ticket: TicketName, words: ReturnKey, stays: bool) -> Option<ReturnHandle> {
        let mut forgotten = self.forget(ticket, false);
        if self.0.len() >= KEPT_MAX {
            forgotten = Some(self.0.remove(0).handle);
        }
        let handle = ReturnId::new(words.id).handle();
        self.0.push(Kept { handle, key: words.key, ticket, stays, failed: 0 });
        forgotten
    }

    /// The chat with this visitor ended, or the words are to go. `left`: the visitor said goodbye, so words
    /// that stay are kept.
    pub(crate) fn forget(&mut self, ticket: TicketName, left: bool) -> Option<ReturnHandle> {
        let at = self.0.iter().position(|kept| kept.ticket == ticket && !(left && kept.stays))?;
        Some(self.0.remove(at).handle)
    }

    /// What the relay is told: all after an admission, the newest once it is there.
    pub(crate) fn frames(&self, newest: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.0[self.0.len().saturating_sub(newest)..].iter().map(Kept::frame)
    }

    /// Whose words these are.
    pub(crate) fn whose(&self, handle: ReturnHandle) -> Option<TicketName> {
        self.0.iter().find(|kept| kept.handle == handle).map(|kept| kept.ticket)
    }

    /// Somebody names these words, with a new ticket: what to answer the greeting under. Counts as failed
    /// until [`Self::came_back`]; after [`FAILED_RETURNS_MAX`] of those the words are forgotten.
    pub(crate) fn returned(&mut self, handle: ReturnHandle, ticket: TicketName) -> Option<ChainSecret> {
        self.0.retain(|kept| kept.handle != handle || kept.failed < FAILED_RETURNS_MAX);
        let kept = self.0.iter_mut().find(|kept| kept.handle == handle)?;
        kept.failed += 1;
        kept.ticket = ticket;
        Some(ChainSecret::take(&mut Zeroizing::new(*kept.key.expose())))
    }

    /// The greeting was confirmed: it was them.
    pub(crate) fn came_back(&mut self, ticket: TicketName) {
        if let Some(kept) = self.0.iter_mut().find(|kept| kept.ticket == ticket) {
            kept.failed = 0;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
