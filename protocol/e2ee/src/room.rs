//! A chat with more than two people: who is in it, and how somebody is asked into it.
//!
//! There is no group key: whoever is in a room has a session of their own with everybody else in it, and each
//! note is sealed once per other member. So nobody is in the room whom the visitor's client has not greeted.
//! Everybody says in every note whom they think to be in it ([`RoomMark`]); a difference stops the room.

use alloc::vec::Vec;

use lykta_trust::{Fingerprint, Role};
use lykta_wire::limits::SEATS_IN_CHAT;
use lykta_wire::{ChatRef, Claim, InviteKind, Member, TicketName, sha256};
use zeroize::Zeroizing;

use crate::note::seat_number;
use crate::seeds::ChainSecret;

const LABEL: &[u8] = b"lykta/1 room";
/// Bytes of a [`RoomMark`]: every note carries one, so it is short. It compares what ends see who have proven themselves
/// to each other (`e2ee.md`, section 9).
pub const ROOM_MARK_LEN: usize = 4;

/// Whom the sender of a note thinks to be in the room: the first bytes of a hash. It tells nothing to anybody who
/// does not know the seats' certificates, and travels sealed anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomMark(pub(crate) [u8; ROOM_MARK_LEN]);

impl RoomMark {
    /// The bytes as they stand in a note.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; ROOM_MARK_LEN] {
        &self.0
    }
}

/// One seat in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomMember {
    /// Its number in the chat; never the visitor's.
    pub member: Member,
    /// What it is certified to be.
    pub role: Role,
    /// `H(seat certificate)`, as the visitor's client has verified it.
    pub seat: Fingerprint,
}

/// Who is in the room from now on, beside the visitor; by the visitor's word, because it is the visitor who lets
/// people in.
///
/// `round u16 | secret 32 | n u8 (1-3) | n x (member 1 | role 1 | H(seat certificate) 32)`, members rising.
pub struct Room {
    /// Rises by one with every change, from 1.
    pub round: u16,
    /// Fresh for every round: the chain secret of the greetings between two seats of which the later came in this
    /// round.
    pub secret: ChainSecret,
    /// The seats, by rising number.
    pub members: Vec<RoomMember>,
}

impl Room {
    /// `SHA-256("lykta/1 room" | ticket 32 | round u16 | n u8 | n x (member 1 | role 1 | H(seat certificate) 32))`, its
    /// first four bytes.
    #[must_use]
    pub fn mark(&self, ticket: &TicketName) -> RoomMark {
        let mut text = Vec::new();
        self.write_members(&mut text);
        let [a, b, c, d, ..] = sha256(&[LABEL, &ticket.0, &self.round.to_be_bytes(), &text]);
        RoomMark([a, b, c, d])
    }

    /// Whether the numbers rise and are as many as may be.
    fn is_well_formed(&self) -> bool {
        (1..=usize::from(SEATS_IN_CHAT)).contains(&self.members.len())
            && self.members.is_sorted_by(|one, next| one.member < next.member)
    }

    pub(crate) fn write(&self, plain: &mut Vec<u8>) -> Option<()> {
        if !self.is_well_formed() {
            return None;
        }
        plain.extend_from_slice(&self.round.to_be_bytes());
        plain.extend_from_slice(self.secret.expose());
        self.write_members(plain);
        Some(())
    }

    /// `n u8 | n x (member 1 | role 1 | H(seat certificate) 32)`.
    fn write_members(&self, out: &mut Vec<u8>) {
        // A room is read and made with three seats at the most.
        out.push(self.members.len() as u8);
        for member in &self.members {
            out.extend_from_slice(&[member.member.number(), member.role.code()]);
            out.extend_from_slice(&member.seat.0);
        }
    }

    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let (round, rest) = body.split_first_chunk()?;
        let (secret, rest) = take_secret(rest)?;
        let (&count, rest) = rest.split_first()?;
        let (entries, rest) = rest.as_chunks::<34>();
        if !rest.is_empty() || entries.len() != usize::from(count) {
            return None;
        }
        let member = |entry: &[u8; 34]| {
            let (&[member, role], seat) = entry.split_first_chunk()?;
            let seat = Fingerprint(seat.try_into().ok()?);
            Some(RoomMember { member: seat_number(member)?, role: Role::from_code(role).ok()?, seat })
        };
        let members = entries.iter().map(member).collect::<Option<_>>()?;
        let room = Self { round: u16::from_be_bytes(*round), secret, members };
        room.is_well_formed().then_some(room)
    }
}

/// What one seat tells another about a chat.
pub enum InvitationStep {
    /// Come: `T`, which the visitor has as well.
    Ask(ChainSecret),
    /// I come.
    Yes,
    /// I do not.
    No,
    /// It is taken back.
    TakenBack,
}

/// `step 1 (1 ask, 2 yes, 3 no, 4 taken back) | kind 1 | ticket 32 | claim u32 | member 1`, and `secret 32` behind an
/// *ask*. Between two seats only.
pub struct Invitation {
    /// What is said about it.
    pub step: InvitationStep,
    /// To join, or to take over.
    pub kind: InviteKind,
    /// The chat.
    pub chat: ChatRef,
    /// The number the asked seat is given in it.
    pub member: Member,
}

impl Invitation {
    /// The bytes of the note's body. Secret with an *ask*.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(39 + 32));
        self.write(&mut bytes);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` if it is anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes)
    }

    pub(crate) fn write(&self, plain: &mut Vec<u8>) {
        let step = match self.step {
            InvitationStep::Ask(_) => 1,
            InvitationStep::Yes => 2,
            InvitationStep::No => 3,
            InvitationStep::TakenBack => 4,
        };
        plain.extend_from_slice(&[step, self.kind.byte()]);
        plain.extend_from_slice(&self.chat.ticket.0);
        plain.extend_from_slice(&self.chat.claim.0.to_be_bytes());
        plain.push(self.member.number());
        if let InvitationStep::Ask(secret) = &self.step {
            plain.extend_from_slice(secret.expose());
        }
    }

    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let (&[step, kind], rest) = body.split_first_chunk()?;
        let (ticket, rest) = rest.split_first_chunk()?;
        let (claim, rest) = rest.split_first_chunk()?;
        let (&member, mut rest) = rest.split_first()?;
        let step = match step {
            1 => {
                let (secret, left) = take_secret(rest)?;
                rest = left;
                InvitationStep::Ask(secret)
            }
            2 => InvitationStep::Yes,
            3 => InvitationStep::No,
            4 => InvitationStep::TakenBack,
            _ => return None,
        };
        let chat = ChatRef { ticket: TicketName(*ticket), claim: Claim(u32::from_be_bytes(*claim)) };
        let kind = InviteKind::from_byte(kind).ok()?;
        let invitation = Self { step, kind, chat, member: seat_number(member)? };
        rest.is_empty().then_some(invitation)
    }
}

fn take_secret(bytes: &[u8]) -> Option<(ChainSecret, &[u8])> {
    let (bytes, rest) = bytes.split_first_chunk::<32>()?;
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(bytes);
    Some((ChainSecret::take(&mut secret), rest))
}

#[test]
fn a_room_has_as_many_members_as_it_says_and_nothing_behind_them() {
    let bytes = |count: u8, members: u8, behind: &[u8]| {
        let mut bytes = alloc::vec![0, 1];
        bytes.extend_from_slice(&[0x5C; 32]);
        bytes.push(count);
        for number in 1..=members {
            bytes.extend_from_slice(&[number, 1]);
            bytes.extend_from_slice(&[number; 32]);
        }
        bytes.extend_from_slice(behind);
        bytes
    };
    assert!(Room::read(&bytes(2, 2, &[])).is_some_and(|room| room.round == 1 && room.members.len() == 2));
    for wrong in [bytes(1, 2, &[]), bytes(3, 2, &[]), bytes(2, 2, &[0]), bytes(2, 2, &[0; 33])] {
        assert!(Room::read(&wrong).is_none());
    }
}
