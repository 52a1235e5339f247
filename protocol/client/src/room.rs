//! What both ends of a chat with more than two people keep: who is in it, and whom a text has reached.

use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{Room, RoomMark};
use lykta_trust::Fingerprint;
use lykta_wire::{ChatRef, Claim, Envelope, Member, TicketName};
use zeroize::Zeroizing;

/// The marks of the rooms there have been, oldest first.
#[derive(Default)]
pub(crate) struct Marks(Vec<RoomMark>);

/// Which of them somebody has shown last: how many of them are behind or at it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shown(usize);

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// A room there has been, and none before the one shown last.
    Yes,
    /// A room this end does not know: a different one, or one it will hear of soon.
    Unknown,
    /// Not the room; there is no innocent way to this.
    No,
}

impl Marks {
    pub(crate) fn enter(&mut self, mark: RoomMark) {
        self.0.push(mark);
    }

    /// Compares what somebody says with what there has been; nobody goes back to an earlier room.
    pub(crate) fn check(&self, shown: &mut Shown, mark: Option<RoomMark>) -> Fit {
        let Some(mark) = mark else { return if shown.0 == 0 { Fit::Yes } else { Fit::No } };
        match self.0.iter().rposition(|known| *known == mark) {
            Some(at) if at + 1 >= shown.0 => {
                shown.0 = at + 1;
                Fit::Yes
            }
            Some(_) => Fit::No,
            None => Fit::Unknown,
        }
    }

    /// The same for whoever says who is in the room: always the latest.
    pub(crate) fn is_latest(&self, shown: &mut Shown, mark: Option<RoomMark>) -> bool {
        self.check(shown, mark) == Fit::Yes && (mark.is_none() || shown.0 == self.0.len())
    }
}

/// Own texts that have not reached everybody they were said to, in the order they were said.
///
/// A list and sets of bits: few texts are open at once, and a tree would weigh more in the page than all else here.
#[derive(Default)]
pub(crate) struct Receipts(Vec<Receipt>);

struct Receipt {
    id: u32,
    text: Zeroizing<String>,
    /// One bit for each member who has not opened it.
    open: u8,
}

fn bit(member: Member) -> u8 {
    1 << member.number()
}

impl Receipts {
    /// A text was said to these.
    pub(crate) fn said(&mut self, id: u32, text: &str, to: &[Member]) {
        let open = to.iter().fold(0, |set, member| set | bit(*member));
        self.0.push(Receipt { id, text: Zeroizing::new(String::from(text)), open });
    }

    /// Somebody has opened every text up to this one. Answers up to which one everybody has.
    pub(crate) fn delivered(&mut self, by: Member, up_to: u32) -> Option<u32> {
        self.cross_out(by, up_to)
    }

    /// Somebody is no longer waited for.
    pub(crate) fn gone(&mut self, who: Member) -> Option<u32> {
        self.cross_out(who, u32::MAX)
    }

    /// What one has not opened, another is told instead: the texts, in order.
    pub(crate) fn hand_over(&mut self, from: Member, to: Member) -> Vec<(u32, Zeroizing<String>)> {
        let mut texts = Vec::new();
        for receipt in self.0.iter_mut().filter(|receipt| receipt.open & bit(from) != 0) {
            receipt.open = receipt.open & !bit(from) | bit(to);
            texts.push((receipt.id, receipt.text.clone()));
        }
        texts
    }

    fn cross_out(&mut self, who: Member, up_to: u32) -> Option<u32> {
        for receipt in self.0.iter_mut().take_while(|receipt| receipt.id <= up_to) {
            receipt.open &= !bit(who);
        }
        let done = self.0.iter().take_while(|receipt| receipt.open == 0).count();
        let last = done.checked_sub(1).map(|at| self.0[at].id);
        self.0.drain(..done);
        last
    }

    /// Texts that somebody has not opened yet.
    pub(crate) fn open(&self) -> u16 {
        u16::try_from(self.0.len()).unwrap_or(u16::MAX)
    }
}

/// What a chat tells its mesh ([`crate::Mesh`]): `what u8 | ticket 32 | claim u32 |` and
///
/// ```text
/// 1 ROOM   me u8 | round u16 | secret 32 | n u8 | n x (member 1 | role 1 | H(seat certificate) 32)
/// 2 HEAR   member u8 | hello 2072
/// 3 SAY    id u32 | text utf8
/// ```
pub(crate) enum Order<'a> {
    /// These are in the room from now on, by the visitor's word, and this seat has this number.
    Room { me: Member, room: Room },
    /// The greeting of a seat that the visitor had not named yet when it came.
    Hear { member: Member, envelope: &'a Envelope },
    /// To everybody in the room.
    Say { id: u32, text: &'a str },
}

const NAMED: usize = 1 + 36;

fn named(what: u8, chat: ChatRef, length: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(NAMED + length));
    bytes.push(what);
    bytes.extend_from_slice(&chat.ticket.0);
    bytes.extend_from_slice(&chat.claim.0.to_be_bytes());
    bytes
}

fn split(bytes: &[u8]) -> Option<(u8, ChatRef, &[u8])> {
    let (&what, rest) = bytes.split_first()?;
    let (ticket, rest) = rest.split_first_chunk()?;
    let (claim, rest) = rest.split_first_chunk()?;
    Some((what, ChatRef { ticket: TicketName(*ticket), claim: Claim(u32::from_be_bytes(*claim)) }, rest))
}

impl Order<'_> {
    pub(crate) fn to_bytes(&self, chat: ChatRef) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Room { me, room } => {
                let mut bytes = named(1, chat, 1 + 35 + 34 * room.members.len());
                bytes.push(me.number());
                room.write(&mut bytes);
                bytes
            }
            Self::Hear { member, envelope } => {
                let mut bytes = named(2, chat, 1 + envelope.as_bytes().len());
                bytes.push(member.number());
                bytes.extend_from_slice(envelope.as_bytes());
                bytes
            }
            Self::Say { id, text } => {
                let mut bytes = named(3, chat, 4 + text.len());
                bytes.extend_from_slice(&id.to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
                bytes
            }
        }
    }
}

/// An order as it was read.
pub(crate) enum Ordered<'a> {
    Room { me: Member, room: Room },
    Hear { member: Member, envelope: Envelope },
    Say { id: u32, text: &'a str },
}

impl<'a> Ordered<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<(ChatRef, Self)> {
        let (what, chat, body) = split(bytes)?;
        let ordered = match what {
            1 => {
                let (&me, room) = body.split_first()?;
                Self::Room { me: Member::new(me).ok()?, room: Room::read(room)? }
            }
            2 => {
                let (&member, envelope) = body.split_first()?;
                Self::Hear { member: Member::new(member).ok()?, envelope: Envelope::parse(envelope).ok()? }
            }
            3 => {
                let (id, text) = body.split_first_chunk()?;
                Self::Say { id: u32::from_be_bytes(*id), text: core::str::from_utf8(text).ok()? }
            }
            _ => return None,
        };
        Some((chat, ordered))
    }
}

/// What a mesh reports to its chat: `what u8 | ticket 32 | claim u32 | member u8 | H(seat certificate) 32 |` and
///
/// ```text
/// 1 MARK       0 or 4: whom that seat thinks to be in the room, before what it says
/// 2 TEXT       utf8
/// 3 DELIVERED  id u32: has opened own texts up to this one
/// 4 NAME       utf8
/// 5 STATE      flags u8 (bit 0 heard of within 90 s, bit 1 writes) | u32 bytes of own texts not sealed for it yet
/// ```
pub(crate) struct Report<'a> {
    pub(crate) chat: ChatRef,
    pub(crate) member: Member,
    /// Of the seat that has proven itself on this channel; with STATE, of the only one it would open with.
    pub(crate) certificate: Fingerprint,
    pub(crate) told: Told<'a>,
}

pub(crate) enum Told<'a> {
    Mark(Option<RoomMark>),
    Text(&'a str),
    Delivered(u32),
    Name(&'a str),
    State { here: bool, typing: bool, unsent: u32 },
}

impl<'a> Report<'a> {
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (what, body): (u8, &[u8]) = match &self.told {
            Told::Mark(None) => (1, &[]),
            Told::Mark(Some(mark)) => (1, mark.as_bytes()),
            Told::Text(text) => (2, text.as_bytes()),
            Told::Delivered(id) => (3, &id.to_be_bytes()),
            Told::Name(name) => (4, name.as_bytes()),
            Told::State { here, typing, unsent } => {
                let [a, b, c, d] = unsent.to_be_bytes();
                (5, &[u8::from(*here) | u8::from(*typing) << 1, a, b, c, d])
            }
        };
        let mut bytes = named(what, self.chat, 33 + body.len());
        bytes.push(self.member.number());
        bytes.extend_from_slice(&self.certificate.0);
        bytes.extend_from_slice(body);
        bytes
    }

    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (what, chat, rest) = split(bytes)?;
        let (&member, rest) = rest.split_first()?;
        let (certificate, body) = rest.split_first_chunk()?;
        let told = match (what, body) {
            (1, []) => Told::Mark(None),
            (1, body) => Told::Mark(Some(RoomMark::from_bytes(body.try_into().ok()?))),
            (2, body) => Told::Text(core::str::from_utf8(body).ok()?),
            (3, body) => Told::Delivered(u32::from_be_bytes(body.try_into().ok()?)),
            (4, body) => Told::Name(core::str::from_utf8(body).ok()?),
            (5, [flags, unsent @ ..]) => {
                let unsent = u32::from_be_bytes(unsent.try_into().ok()?);
                Told::State { here: flags & 1 != 0, typing: flags & 2 != 0, unsent }
            }
            _ => return None,
        };
        Some(Self { chat, member: Member::new(member).ok()?, certificate: Fingerprint(*certificate), told })
    }
}

#[cfg(test)]
mod tests {
    use lykta_e2ee::{ChainSecret, Room, RoomMember};
    use lykta_trust::{Fingerprint, Role};
    use lykta_wire::TicketName;

    use super::*;

    fn number(number: u8) -> Member {
        Member::new(number).expect("a member's number")
    }

    fn mark(round: u16) -> RoomMark {
        let seat = Fingerprint([1; 32]);
        let members = alloc::vec![RoomMember { member: number(1), role: Role::Counsellor, seat }];
        Room { round, secret: ChainSecret::take(&mut [0; 32]), members }.mark(&TicketName([7; 32]))
    }

    #[test]
    fn a_text_is_delivered_when_everybody_it_was_said_to_has_opened_it() {
        let mut receipts = Receipts::default();
        receipts.said(4, "hej", &[number(1)]);
        receipts.said(5, "alla", &[number(1), number(2)]);
        receipts.said(9, "igen", &[number(1), number(2)]);
        assert_eq!(receipts.delivered(number(1), 9), Some(4));
        assert_eq!(receipts.open(), 2);
        assert_eq!(receipts.delivered(number(2), 5), Some(5));
        assert_eq!(receipts.gone(number(2)), Some(9), "nobody else has to open it");
        assert_eq!(receipts.open(), 0);
    }

    #[test]
    fn what_one_has_not_opened_the_next_one_is_told_in_order() {
        let mut receipts = Receipts::default();
        for id in [3, 5, 8] {
            receipts.said(id, if id == 3 { "läst" } else { "inte läst" }, &[number(1), number(2)]);
        }
        assert_eq!(receipts.delivered(number(1), 3), None);
        let texts: Vec<u32> =
            receipts.hand_over(number(1), number(4)).into_iter().map(|(id, _)| id).collect();
        assert_eq!(texts, [5, 8]);
        assert_eq!(receipts.delivered(number(2), 8), Some(3));
        assert_eq!(receipts.delivered(number(4), 8), Some(8));
    }

    #[test]
    fn nobody_goes_back_to_an_earlier_room_and_an_unknown_one_is_no_other() {
        let mut marks = Marks::default();
        let (mut shown, mut late) = (Shown::default(), Shown::default());
        assert_eq!(marks.check(&mut shown, None), Fit::Yes);
        assert_eq!(marks.check(&mut shown, Some(mark(1))), Fit::Unknown);
        marks.enter(mark(1));
        marks.enter(mark(2));
        assert_eq!(marks.check(&mut late, None), Fit::Yes, "it has not heard of a room yet");
        assert_eq!(marks.check(&mut shown, Some(mark(2))), Fit::Yes);
        assert_eq!(marks.check(&mut shown, Some(mark(1))), Fit::No);
        assert_eq!(marks.check(&mut shown, None), Fit::No);
        assert_eq!(marks.check(&mut late, Some(mark(1))), Fit::Yes);
        assert!(!marks.is_latest(&mut late, Some(mark(1))), "who says who is in it, says the latest");
        assert!(marks.is_latest(&mut late, Some(mark(2))));
    }
}
