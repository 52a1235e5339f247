//! How things are called in Redis.
//!
//! Everything begins with `lykta:1:`, so that one rule of an ACL names it all (`~lykta:1:* &lykta:1:*`). What is
//! between braces decides the slot of a Redis Cluster: one per centre for who owns what, one per ticket for
//! its boxes and its greeting, one per seat for what other seats say to it.

use jiff::civil::Date;
use lykta_wire::{ChatRef, Claim, Envelope, Member, SeatId, TicketName, limits};
use sha2::{Digest, Sha256};

use crate::line::{Holder, Sheet};

/// Which greeting a ticket has, without its bytes: the first half of their SHA-256. The record in the centre's
/// slot names bytes by it, and never bytes other than those.
pub(super) type GreetingId = [u8; 16];

pub(super) fn greeting_id(hello: &Envelope) -> GreetingId {
    let hash: [u8; 32] = Sha256::digest(hello.as_bytes()).into();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    id
}

/// Every verb writes a few hundred of these digits.
fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The names of one centre.
pub(super) struct Keys {
    centre: String,
    owned: Vec<String>,
    channel: String,
}

impl Keys {
    pub(super) fn new(centre_id: [u8; 16]) -> Self {
        let centre = hex(&centre_id);
        // In the order the scripts expect.
        let owned = ["order", "tickets", "seats", "chats", "due", "over", "meta", "returns", "ended"]
            .into_iter()
            .map(|part| format!("lykta:1:{{c:{centre}}}:{part}"))
            .collect();
        let channel = format!("lykta:1:{{c:{centre}}}:bells");
        Self { centre, owned, channel }
    }

    /// The keys of the centre's slot that every verb there names.
    pub(super) fn owned(&self) -> &[String] {
        &self.owned
    }

    /// The sums of a day.
    pub(super) fn counted(&self, day: Date) -> String {
        format!("lykta:1:{{c:{}}}:counted:{day}", self.centre)
    }

    /// Since when this store remembers what it counts.
    pub(super) fn counting(&self) -> String {
        format!("lykta:1:{{c:{}}}:counting", self.centre)
    }

    /// The channel of the bells.
    pub(super) fn channel(&self) -> &str {
        &self.channel
    }

    /// A key of a ticket's slot that nothing is ever stored under: may this user use such keys?
    pub(super) fn sample(&self) -> String {
        self.greeting(TicketName([0; 32]), &[])
    }

    /// A chat that one side has named and the other not yet, and the list of all of them; in the centre's slot.
    pub(super) fn half(&self, chat: ChatRef) -> Vec<String> {
        let half = format!("lykta:1:{{c:{}}}:half:{}:{}", self.centre, hex(&chat.ticket.0), chat.claim.0);
        vec![half, format!("lykta:1:{{c:{}}}:halves", self.centre)]
    }

    /// The number of a ticket's newest socket, in its slot; of a seat's, in the centre's.
    pub(super) fn sockets(&self, holder: Holder) -> String {
        match holder {
            Holder::Visitor(ticket) => format!("{}:sockets", self.ticket(ticket)),
            Holder::Seat(seat) => format!("lykta:1:{{c:{}}}:sockets:{}", self.centre, hex(&seat.0)),
        }
    }

    /// A sheet that every relay keeps a copy of; in the centre's slot.
    pub(super) fn sheet(&self, sheet: Sheet) -> String {
        format!("lykta:1:{{c:{}}}:sheet:{}", self.centre, sheet.word())
    }

    /// The bytes of a greeting; in the ticket's slot.
    pub(super) fn greeting(&self, ticket: TicketName, id: &[u8]) -> String {
        format!("{}:hello:{}", self.ticket(ticket), hex(id))
    }

    /// One box; in the ticket's slot.
    pub(super) fn boxed(&self, chat: ChatRef, from: Member, to: Member) -> String {
        format!("{}:{}:{}:{}", self.ticket(chat.ticket), chat.claim.0, from.number(), to.number())
    }

    /// What one seat says to another; in the reader's slot.
    pub(super) fn staff(&self, from: SeatId, to: SeatId) -> String {
        format!("lykta:1:{{d:{}}}:{}:{}", hex(&to.0), self.centre, hex(&from.0))
    }

    /// Who has put something into the staff boxes of a seat; in its slot.
    pub(super) fn staff_senders(&self, to: SeatId) -> String {
        format!("lykta:1:{{d:{}}}:{}:senders", hex(&to.0), self.centre)
    }

    /// Every box a chat may have, split by `first`: those for which it holds come first.
    pub(super) fn boxes(
        &self,
        ticket: TicketName,
        claim: Claim,
        first: impl Fn(Member, Member) -> bool,
    ) -> (Vec<String>, Vec<String>) {
        let chat = ChatRef { ticket, claim };
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for (from, to) in members().flat_map(|from| members().map(move |to| (from, to))) {
            if from != to {
                let key = self.boxed(chat, from, to);
                if first(from, to) { yes.push(key) } else { no.push(key) }
            }
        }
        (yes, no)
    }

    fn ticket(&self, ticket: TicketName) -> String {
        format!("lykta:1:{{t:{}}}:{}", hex(&ticket.0), self.centre)
    }
}

/// Everybody a chat may have, the visitor first.
pub(super) fn members() -> impl Iterator<Item = Member> {
    (0..=limits::MEMBER_MAX).map(|number| Member::new(number).expect("counted up to the last member"))
}
