//! Why two ends greet, and everything both must agree on before the first byte.

use lykta_trust::{Fingerprint, ROLES_ALL, ROLES_IN_CHATS, Role};

use crate::kdf::hash;
use crate::seeds::ChainSecret;

const PROTOCOL: &[u8] = b"lykta/1";
const CTX_LABEL: &[u8] = b"lykta/1 ctx";
const STAFF_LABEL: &[u8] = b"lykta/1 staff channel";
const ROOM_LABEL: &[u8] = b"lykta/1 room pair";
/// `"lykta/1" 7 | kind 1 | epoch u16 | ctx 32 | fingerprint of the anchors 32`.
pub(crate) const PROLOGUE_LEN: usize = 74;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    New,
    Rekey,
    Return,
    Transfer,
    Invite,
    Staff,
    Room,
}

impl Reason {
    const fn code(self) -> u8 {
        match self {
            Self::New => 1,
            Self::Rekey => 2,
            Self::Return => 3,
            Self::Transfer => 4,
            Self::Invite => 5,
            Self::Staff => 6,
            Self::Room => 7,
        }
    }

    /// A coordinator does not talk with visitors; interpreters and experts come as guests.
    const fn roles(self) -> &'static [Role] {
        match self {
            Self::New | Self::Return | Self::Transfer => &[Role::Counsellor],
            Self::Invite | Self::Room => ROLES_IN_CHATS,
            // Staff may talk with all staff. In a re-greeting the chain already ties the peer to whoever was
            // accepted at the start, and the session sees to it that the role stays the same.
            Self::Staff | Self::Rekey => ROLES_ALL,
        }
    }
}

/// The occasion of a greeting: kind, what it is tied to, and the chain secret.
///
/// Both ends build the same one; if they differ in anything the greeting fails without saying why.
pub struct Occasion {
    reason: Reason,
    name: [u8; 32],
    chain: ChainSecret,
}

impl Occasion {
    /// Kind 1: a new ticket. `ticket_name` is `H("lykta/1 ticket" | secret)`.
    #[must_use]
    pub fn new_ticket(ticket_name: &[u8; 32]) -> Self {
        Self { reason: Reason::New, name: *ticket_name, chain: ChainSecret::public() }
    }

    /// Kind 3: the visitor came back with return words; `key` is what they become.
    #[must_use]
    pub const fn returning(ticket_name: &[u8; 32], key: ChainSecret) -> Self {
        Self { reason: Reason::Return, name: *ticket_name, chain: key }
    }

    /// Kind 4: hand-over to another counsellor under the secret `T` of the offer.
    #[must_use]
    pub const fn transfer(ticket_name: &[u8; 32], secret: ChainSecret) -> Self {
        Self { reason: Reason::Transfer, name: *ticket_name, chain: secret }
    }

    /// Kind 5: a guest joins under the secret `T'` of the offer.
    #[must_use]
    pub const fn invite(ticket_name: &[u8; 32], secret: ChainSecret) -> Self {
        Self { reason: Reason::Invite, name: *ticket_name, chain: secret }
    }

    /// Kind 2: inside a running chat, tied to the epoch before by its hash and its `next`.
    pub(crate) const fn rekey(previous_hash: &[u8; 32], next: ChainSecret) -> Self {
        Self { reason: Reason::Rekey, name: *previous_hash, chain: next }
    }

    /// Kind 7: two seats of one chat talk with each other in it, `from` starting, under the secret that the visitor
    /// gave everybody in the room.
    #[must_use]
    pub fn room(ticket_name: &[u8; 32], from: &Fingerprint, to: &Fingerprint, secret: ChainSecret) -> Self {
        let name = hash(&[ROOM_LABEL, ticket_name, &from.0, &to.0]);
        Self { reason: Reason::Room, name, chain: secret }
    }

    /// Kind 6: two seats talk with each other, `from` starting.
    #[must_use]
    pub fn staff(from: &Fingerprint, to: &Fingerprint) -> Self {
        let name = hash(&[STAFF_LABEL, &from.0, &to.0]);
        Self { reason: Reason::Staff, name, chain: ChainSecret::public() }
    }

    pub(crate) const fn chain(&self) -> &ChainSecret {
        &self.chain
    }

    pub(crate) const fn roles(&self) -> &'static [Role] {
        self.reason.roles()
    }

    /// What goes into the handshake's hash before anything else.
    pub(crate) fn prologue(&self, epoch: u16, anchors: &Fingerprint) -> [u8; PROLOGUE_LEN] {
        let kind = self.reason.code();
        let ctx = hash(&[CTX_LABEL, &[kind], &self.name]);
        let mut prologue = [0; PROLOGUE_LEN];
        prologue[..7].copy_from_slice(PROTOCOL);
        prologue[7] = kind;
        prologue[8..10].copy_from_slice(&epoch.to_be_bytes());
        prologue[10..42].copy_from_slice(&ctx);
        prologue[42..].copy_from_slice(&anchors.0);
        prologue
    }
}
