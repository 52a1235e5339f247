//! No `(epoch, direction, number)` twice: asked of every frame of every story, before the network has it.

use std::collections::{HashMap, HashSet};

use lykta_wire::{
    ChatRef, Claim, Envelope, FromDesk, Kind, Member, SeatId, TicketName, ToDesk, ToRelay, ToVisitor,
};

/// One direction between two ends: who sealed, and for whom.
type Direction = ((bool, usize), For);

/// For whom an envelope is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum For {
    /// A member of a chat, under this claim. A visitor has one ticket; their end does not name it in every frame.
    Member(TicketName, Claim, u8),
    /// A seat, on the staff channel.
    Seat(SeatId),
}

/// Where a text stands: its direction, whether it is a beat, its epoch and number.
type Place = (Direction, bool, [u8; 6]);

const OWN: TicketName = TicketName([0; 32]);

/// What was sealed. Sending the same bytes again is what a machine should do; other bytes under the same epoch
/// and number would be one nonce for two texts.
#[derive(Default)]
pub struct Ledger {
    sealed: HashMap<Place, (usize, Vec<u8>)>,
    /// The parts of greetings that an end has sent or been given, per direction: each may begin new keys. Between a
    /// visitor and the counsellor who took the ticket a claim has one greeting, and nothing is put here.
    greetings: HashMap<Direction, HashSet<Vec<u8>>>,
    /// Envelopes that went out once more, byte for byte.
    pub again: u64,
}

impl Ledger {
    /// Looks at a frame that leaves an end; `who` is a visitor or a desk, and which.
    pub fn sealed(&mut self, who: (bool, usize), frame: &[u8]) {
        if who.0 {
            match ToRelay::decode(frame) {
                Ok(ToRelay::Put { claim, to, envelope } | ToRelay::Beat { claim, to, envelope }) => {
                    self.add((who, For::Member(OWN, claim, to.number())), &envelope);
                }
                Ok(ToRelay::HelloTo { claim, to, hello }) => {
                    self.add((who, For::Member(OWN, claim, to.number())), &hello);
                }
                Ok(ToRelay::Leave(leave)) => {
                    for bye in &leave.goodbyes {
                        self.add((who, For::Member(OWN, leave.claim, bye.to.number())), &bye.envelope);
                    }
                }
                _ => {}
            }
            return;
        }
        match FromDesk::decode(frame) {
            Ok(FromDesk::Put { chat, to, envelope } | FromDesk::Beat { chat, to, envelope }) => {
                let ChatRef { ticket, claim } = chat;
                // A second answer of the one who took the ticket would be a second set of keys under one claim.
                if to == Member::VISITOR && envelope.kind() == Kind::Answer {
                    return;
                }
                self.add((who, For::Member(ticket, claim, to.number())), &envelope);
            }
            Ok(FromDesk::StaffPut { to, envelope } | FromDesk::StaffBeat { to, envelope }) => {
                self.add((who, For::Seat(to)), &envelope);
            }
            _ => {}
        }
    }

    /// Looks at a frame that an end is given.
    pub fn given(&mut self, who: (bool, usize), frame: &[u8]) {
        let (from, envelope) = if who.0 {
            match ToVisitor::decode(frame) {
                Ok(ToVisitor::Envelope { claim, from, envelope }) if from != Member::COUNSELLOR => {
                    (For::Member(OWN, claim, from.number()), envelope)
                }
                _ => return,
            }
        } else {
            match ToDesk::decode(frame) {
                Ok(ToDesk::Envelope { chat, from, envelope }) => {
                    (For::Member(chat.ticket, chat.claim, from.number()), envelope)
                }
                Ok(ToDesk::StaffEnvelope { from, envelope }) => (For::Seat(from), envelope),
                _ => return,
            }
        };
        if matches!(envelope.kind(), Kind::Hello | Kind::Answer) {
            self.greeted((who, from), &envelope);
        }
    }

    fn greeted(&mut self, direction: Direction, part: &Envelope) {
        self.greetings.entry(direction).or_default().insert(part.as_bytes().to_vec());
    }

    fn add(&mut self, direction: Direction, envelope: &Envelope) {
        let bytes = envelope.as_bytes();
        let epoch_and_number = bytes[2..8].try_into().unwrap();
        if !matches!(envelope.kind(), Kind::Kept | Kind::Beat) {
            return self.greeted(direction, envelope);
        }
        let greetings = self.greetings.get(&direction).map_or(0, HashSet::len);
        let key = (direction, envelope.kind() == Kind::Beat, epoch_and_number);
        if let Some((then, before)) = self.sealed.get(&key) {
            if before == bytes {
                self.again += 1;
                return;
            }
            assert!(
                *then != greetings,
                "one nonce for two texts: {:?} {epoch_and_number:?}",
                envelope.kind()
            );
        }
        self.sealed.insert(key, (greetings, bytes.to_vec()));
    }

    /// The epoch of the newest keys that anybody sealed with.
    pub fn newest_epoch(&self) -> u16 {
        self.sealed.keys().map(|(_, _, [e0, e1, ..])| u16::from_be_bytes([*e0, *e1])).max().unwrap_or(0)
    }

    /// Different kept envelopes that one end has sent.
    pub fn kept_by(&self, who: (bool, usize)) -> usize {
        self.sealed.keys().filter(|((by, _), beat, _)| *by == who && !beat).count()
    }

    /// Different envelopes, kept and beats.
    pub fn len(&self) -> usize {
        self.sealed.len()
    }
}
