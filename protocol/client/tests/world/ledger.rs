//! No `(epoch, direction, number)` twice: asked of every frame of every story, before the network has it.

use std::collections::HashMap;

use lykta_wire::{ChatRef, Claim, Envelope, FromDesk, Kind, TicketName, ToRelay};

/// One direction of one chat: who sealed, which of their chats, under which claim.
type Direction = ((bool, usize), TicketName, Claim);

/// What was sealed. Sending the same bytes again is what a machine should do; other bytes under the same epoch
/// and number would be one nonce for two texts.
#[derive(Default)]
pub struct Ledger {
    sealed: HashMap<(Direction, bool, [u8; 6]), Vec<u8>>,
    /// Envelopes that went out once more, byte for byte.
    pub again: u64,
}

impl Ledger {
    /// Looks at a frame that leaves an end; `who` is a visitor or a desk, and which.
    pub fn sealed(&mut self, who: (bool, usize), frame: &[u8]) {
        // A visitor has one ticket; their end does not name it in every frame.
        let own = TicketName([0; 32]);
        if who.0 {
            match ToRelay::decode(frame) {
                Ok(ToRelay::Put { claim, envelope, .. } | ToRelay::Beat { claim, envelope, .. }) => {
                    self.add((who, own, claim), &envelope);
                }
                Ok(ToRelay::Leave(leave)) => {
                    let claim = leave.claim;
                    leave.goodbyes.iter().for_each(|bye| self.add((who, own, claim), &bye.envelope));
                }
                _ => {}
            }
        } else if let Ok(FromDesk::Put { chat, envelope, .. } | FromDesk::Beat { chat, envelope, .. }) =
            FromDesk::decode(frame)
        {
            let ChatRef { ticket, claim } = chat;
            self.add((who, ticket, claim), &envelope);
        }
    }

    fn add(&mut self, direction: Direction, envelope: &Envelope) {
        let bytes = envelope.as_bytes();
        let epoch_and_number = bytes[2..8].try_into().unwrap();
        if !matches!(envelope.kind(), Kind::Kept | Kind::Beat) {
            return;
        }
        let key = (direction, envelope.kind() == Kind::Beat, epoch_and_number);
        match self.sealed.get(&key) {
            None => _ = self.sealed.insert(key, bytes.to_vec()),
            Some(before) => {
                assert!(
                    before == bytes,
                    "one nonce for two texts: {:?} {epoch_and_number:?}",
                    envelope.kind()
                );
                self.again += 1;
            }
        }
    }

    /// The epoch of the newest keys that anybody sealed with.
    pub fn newest_epoch(&self) -> u16 {
        self.sealed.keys().map(|(_, _, [e0, e1, ..])| u16::from_be_bytes([*e0, *e1])).max().unwrap_or(0)
    }

    /// Different envelopes, kept and beats.
    pub fn len(&self) -> usize {
        self.sealed.len()
    }
}
