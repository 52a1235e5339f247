//! Opened envelopes: what one end tells the other.
//!
//! Layout: `type 1 | flags 1 | length u16 | body | zeros` to the bucket.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_trust::{Fingerprint, Role};
use lykta_wire::{Ending, Member};
use zeroize::Zeroizing;

use crate::envelope::{BODY_MAX, BUCKETS, NOTE_HEADER_LEN};
use crate::error::Fatal;
use crate::greeting::{ANSWER_LEN, Answer, HELLO_LEN, Hello};
use crate::room::{Invitation, ROOM_MARK_LEN, Room, RoomMark};
use crate::seeds::ChainSecret;

const MORE: u8 = 0x01;
const MARKED: u8 = 0x02;
/// Whether this end may be a seat's.
const SEAT: bool = cfg!(feature = "seat");

mod code {
    pub(super) const WORDS: u8 = 0x01;
    pub(super) const GOODBYE: u8 = 0x02;
    pub(super) const REKEY1: u8 = 0x03;
    pub(super) const REKEY2: u8 = 0x04;
    pub(super) const ALIAS: u8 = 0x05;
    pub(super) const CONFIRM: u8 = 0x06;
    pub(super) const OFFER: u8 = 0x07;
    pub(super) const CONSENT: u8 = 0x08;
    pub(super) const SAS_COMMIT: u8 = 0x09;
    pub(super) const SAS_NONCE: u8 = 0x0A;
    pub(super) const SAS_REVEAL: u8 = 0x0B;
    pub(super) const RETURN_KEY: u8 = 0x0C;
    pub(super) const RETURN_FORGET: u8 = 0x0D;
    pub(super) const INVITATION: u8 = 0x0E;
    pub(super) const LET_GO: u8 = 0x0F;
    pub(super) const ROOM: u8 = 0x10;
    pub(super) const PART: u8 = 0x11;
    pub(super) const RETURN_READY: u8 = 0x12;
    pub(super) const RETURN_STAYS: u8 = 0x13;
    pub(super) const ABOUT: u8 = 0x14;
}

/// For whom a visitor writes: their own word, chosen before the chat, so nothing in it is trusted more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// "För mig själv"; also when nothing was chosen.
    Myself,
    /// "För någon annan".
    SomebodyElse,
    /// "I mitt arbete".
    MyWork,
}

impl About {
    /// The byte in the note, 1-3.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Myself => 1,
            Self::SomebodyElse => 2,
            Self::MyWork => 3,
        }
    }

    /// The choice of a byte, if there is one.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Myself,
            2 => Self::SomebodyElse,
            3 => Self::MyWork,
            _ => return None,
        })
    }
}

/// One part of a text. Made by [`crate::split_text`], put together by [`crate::TextJoiner`].
pub struct Words {
    /// 1-4,092 bytes of UTF-8; overwritten when dropped.
    pub text: Zeroizing<String>,
    /// Whether a further part follows.
    pub more: bool,
}

/// What the visitor sees of the counsellor: chosen words, no identity.
pub struct Alias {
    /// 1-64 bytes of UTF-8.
    pub name: String,
    /// What the person is here, in words; 0-64 bytes of UTF-8.
    pub role_words: String,
}

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// Somebody is to join the chat.
    Guest,
    /// Another counsellor is to take the chat over.
    HandOver,
}

/// Counsellor to visitor: a seat that wants a greeting under `secret`. The visitor's tap decides.
pub struct Offer {
    /// Counts the offers of this chat's counsellor, so that an answer to an earlier one is not taken for this one's.
    pub number: u32,
    /// Join or take over.
    pub kind: OfferKind,
    /// The number the seat is given in the chat; never the visitor's.
    pub member: Member,
    /// `H(seat certificate)` of the seat that will answer; anything else must be refused.
    pub seat: Fingerprint,
    /// Its role.
    pub role: Role,
    /// `T`: 32 fresh random bytes for this offer only.
    pub secret: ChainSecret,
    /// How the colleague is called; 0-64 bytes of UTF-8.
    pub name: String,
}

/// Yes or no to an [`Offer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The number of the offer.
    pub to: u32,
    /// The answer.
    pub yes: bool,
}

/// What return words become: lets this counsellor recognise the visitor if the tab dies.
pub struct ReturnKey {
    /// The relay knows its hash only.
    pub id: [u8; 16],
    /// The chain secret of a later greeting of kind *return*.
    pub key: ChainSecret,
}

/// One note. Types from 0x80 may be ignored by who does not know them; an unknown one below 0x80 is fatal.
#[non_exhaustive]
pub enum Note {
    /// 0x01: a part of a text (flag 0x01: more follows).
    Words(Words),
    /// 0x02: the chat ends; `ending 1`.
    Goodbye(Ending),
    /// 0x03: the visitor's half of a re-greeting, 1,232 bytes.
    Rekey1(Box<Hello>),
    /// 0x04: the counsellor's half, 1,504 bytes. Only arrives: [`crate::Session::rekey_answer`] seals it.
    Rekey2(Box<Answer>),
    /// 0x05: the counsellor's alias; `name length u8 | name | role words`.
    Alias(Alias),
    /// 0x06: empty; the visitor's first note, which turns the counsellor's *connecting* into a chat.
    Confirm,
    /// 0x07: `number u32 | kind 1 (1 guest, 2 hand-over) | member 1 | role 1 | H(seat certificate) 32 | secret 32 |
    /// name length u8 | name`.
    Offer(Offer),
    /// 0x08: `number u32 | 0 or 1`.
    Consent(Consent),
    /// 0x09: first note of the words to compare, [`crate::sas_commitment`].
    SasCommit([u8; 32]),
    /// 0x0A: second, `N_B`.
    SasNonce([u8; 32]),
    /// 0x0B: third, `N_A`.
    SasReveal([u8; 32]),
    /// 0x0C: `id 16 | key 32`.
    ReturnKey(ReturnKey),
    /// 0x0D: empty; forget the return key.
    ReturnForget,
    /// 0x0E: between two seats, about a chat one of them is asked into; see [`Invitation`].
    Invitation(Invitation),
    /// 0x0F: counsellor to visitor: that offer is taken back, or that guest is to go; `member 1`.
    LetGo(Member),
    /// 0x10: visitor to everybody in the room: who is in it from now on; see [`Room`].
    Room(Room),
    /// 0x11: empty; this pair says no more to each other, and the chat goes on without the one of them.
    Part,
    /// 0x12: empty; counsellor to visitor: the return words lead back here from now on.
    ReturnReady,
    /// 0x13: empty; the visitor's, right before a return key: keep it also when I leave by hand.
    ReturnStays,
    /// 0x14: the visitor's second note, right behind *confirm*; `1 myself, 2 somebody else, 3 my work`.
    About(About),
    /// A type from 0x80 on that this version does not know, one about rooms where there are none, or one for a seat
    /// where there is none. Only arrives; ignore it.
    Ignorable(u8),
}

impl Note {
    /// What is sealed for this note, with padding; `None` if it cannot be sent. For whoever writes another client
    /// and wants to compare; a session seals notes by itself.
    #[must_use]
    pub fn plaintext(&self, mark: Option<RoomMark>) -> Option<Zeroizing<Vec<u8>>> {
        self.encode(mark)
    }

    /// The plaintext with padding: one of the bucket lengths; `None` if it cannot be sent.
    pub(crate) fn encode(&self, mark: Option<RoomMark>) -> Option<Zeroizing<Vec<u8>>> {
        // The largest bucket from the start: growing would leave an unwiped copy behind.
        let mut plain = Zeroizing::new(Vec::with_capacity(BUCKETS[2]));
        let (kind, flags) = self.type_and_flags();
        plain.extend_from_slice(&[kind, if mark.is_some() { flags | MARKED } else { flags }, 0, 0]);
        plain.extend_from_slice(mark.as_ref().map_or(&[], |mark| &mark.0));
        let head = plain.len();
        self.encode_body(&mut plain, NOTE_HEADER_LEN + BODY_MAX - head)?;
        let len = plain.len().checked_sub(head)?;
        plain[2..4].copy_from_slice(&u16::try_from(len).ok()?.to_be_bytes());
        // What fits in none is too long.
        let bucket = BUCKETS.into_iter().find(|&bucket| bucket >= plain.len())?;
        plain.resize(bucket, 0);
        Some(plain)
    }

    const fn type_and_flags(&self) -> (u8, u8) {
        let kind = match self {
            Self::Words(words) => return (code::WORDS, if words.more { MORE } else { 0 }),
            Self::Goodbye(_) => code::GOODBYE,
            Self::Rekey1(_) => code::REKEY1,
            Self::Rekey2(_) => code::REKEY2,
            Self::Alias(_) => code::ALIAS,
            Self::Confirm => code::CONFIRM,
            Self::Offer(_) => code::OFFER,
            Self::Consent(_) => code::CONSENT,
            Self::SasCommit(_) => code::SAS_COMMIT,
            Self::SasNonce(_) => code::SAS_NONCE,
            Self::SasReveal(_) => code::SAS_REVEAL,
            Self::ReturnKey(_) => code::RETURN_KEY,
            Self::ReturnForget => code::RETURN_FORGET,
            Self::Invitation(_) => code::INVITATION,
            Self::LetGo(_) => code::LET_GO,
            Self::Room(_) => code::ROOM,
            Self::Part => code::PART,
            Self::ReturnReady => code::RETURN_READY,
            Self::ReturnStays => code::RETURN_STAYS,
            Self::About(_) => code::ABOUT,
            Self::Ignorable(kind) => *kind,
        };
        (kind, 0)
    }

    /// Checks limits before anything is written, so that the buffer never grows past its capacity.
    fn encode_body(&self, plain: &mut Vec<u8>, room_left: usize) -> Option<()> {
        match self {
            // No visitor's machine says these.
            Self::Rekey2(_) | Self::Alias(_) | Self::Invitation(_) | Self::LetGo(_) | Self::Offer(_)
                if !SEAT =>
            {
                return None;
            }
            Self::Words(words) => {
                let fits = (1..=room_left).contains(&words.text.len());
                plain.extend_from_slice(fits.then_some(words.text.as_bytes())?);
            }
            Self::Goodbye(ending) => plain.push(ending.byte()),
            Self::Rekey1(hello) => plain.extend_from_slice(hello.as_bytes()),
            Self::Rekey2(answer) => plain.extend_from_slice(answer.as_bytes()),
            Self::Alias(alias) => {
                let fits = (1..=64).contains(&alias.name.len()) && alias.role_words.len() <= 64;
                plain.push(u8::try_from(fits.then_some(alias.name.len())?).ok()?);
                plain.extend_from_slice(alias.name.as_bytes());
                plain.extend_from_slice(alias.role_words.as_bytes());
            }
            Self::Confirm | Self::ReturnForget | Self::ReturnReady | Self::ReturnStays | Self::Part => {}
            Self::Invitation(invitation) => invitation.write(plain),
            Self::LetGo(member) => plain.push(member.number()),
            Self::Room(room) => room.write(plain)?,
            Self::About(about) => plain.push(about.code()),
            Self::Offer(offer) => {
                let kind = match offer.kind {
                    OfferKind::Guest => 1,
                    OfferKind::HandOver => 2,
                };
                plain.extend_from_slice(&offer.number.to_be_bytes());
                plain.extend_from_slice(&[kind, offer.member.number(), offer.role.code()]);
                plain.extend_from_slice(&offer.seat.0);
                plain.extend_from_slice(offer.secret.expose());
                let fits = offer.name.len() <= 64 && offer.member != Member::VISITOR;
                plain.push(u8::try_from(fits.then_some(offer.name.len())?).ok()?);
                plain.extend_from_slice(offer.name.as_bytes());
            }
            Self::Consent(consent) => {
                plain.extend_from_slice(&consent.to.to_be_bytes());
                plain.push(u8::from(consent.yes));
            }
            Self::SasCommit(value) | Self::SasNonce(value) | Self::SasReveal(value) => {
                plain.extend_from_slice(value);
            }
            Self::ReturnKey(words) => {
                plain.extend_from_slice(&words.id);
                plain.extend_from_slice(words.key.expose());
            }
            Self::Ignorable(_) => return None,
        }
        Some(())
    }

    /// Reads an authenticated plaintext of a bucket's length, and whom its sender thinks to be in the room.
    pub(crate) fn decode(plain: &[u8]) -> Result<(Self, Option<RoomMark>), Fatal> {
        let (&[kind, flags, l0, l1], rest) = plain.split_first_chunk().ok_or(Fatal::BadNote)?;
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        let marked = flags & MARKED != 0;
        let (mark, rest) =
            rest.split_at_checked(if marked { ROOM_MARK_LEN } else { 0 }).ok_or(Fatal::BadNote)?;
        let mark = <[u8; ROOM_MARK_LEN]>::try_from(mark).ok().map(RoomMark);
        let flags = flags & !MARKED;
        let (body, padding) = rest.split_at_checked(len).ok_or(Fatal::BadNote)?;
        if padding.iter().any(|&b| b != 0) {
            return Err(Fatal::Padding);
        }
        if kind >= 0x80 || is_left_out(kind) {
            return Ok((Self::Ignorable(kind), mark));
        }
        if flags != 0 && !(kind == code::WORDS && flags == MORE) {
            return Err(Fatal::BadNote);
        }
        let note = match kind {
            code::WORDS => decode_words(body, flags == MORE),
            code::GOODBYE => one(body).and_then(|byte| Ending::from_byte(byte).ok()).map(Self::Goodbye),
            code::REKEY1 if SEAT => {
                body.try_into().ok().map(|b: &[u8; HELLO_LEN]| Self::Rekey1(Box::new(Hello::new(b))))
            }
            code::REKEY2 => {
                body.try_into().ok().map(|b: &[u8; ANSWER_LEN]| Self::Rekey2(Box::new(Answer::new(b))))
            }
            code::ALIAS => decode_alias(body),
            code::CONFIRM if SEAT => body.is_empty().then_some(Self::Confirm),
            code::OFFER => decode_offer(body),
            code::CONSENT if SEAT => decode_consent(body),
            code::SAS_COMMIT => body.try_into().ok().map(Self::SasCommit),
            code::SAS_NONCE => body.try_into().ok().map(Self::SasNonce),
            code::SAS_REVEAL => body.try_into().ok().map(Self::SasReveal),
            code::RETURN_KEY if SEAT => decode_return_key(body),
            code::RETURN_FORGET if SEAT => body.is_empty().then_some(Self::ReturnForget),
            code::INVITATION if SEAT => Invitation::read(body).map(Self::Invitation),
            code::LET_GO => one(body).and_then(seat_number).map(Self::LetGo),
            code::ROOM if SEAT => Room::read(body).map(Self::Room),
            code::PART => body.is_empty().then_some(Self::Part),
            code::RETURN_READY => body.is_empty().then_some(Self::ReturnReady),
            code::RETURN_STAYS if SEAT => body.is_empty().then_some(Self::ReturnStays),
            code::ABOUT if SEAT => one(body).and_then(About::from_code).map(Self::About),
            unknown => return Err(Fatal::UnknownNote(unknown)),
        };
        note.map(|note| (note, mark)).ok_or(Fatal::BadNote)
    }
}

/// Whether this build has no use for such a note: the features leave it out, and it is ignored.
const fn is_left_out(kind: u8) -> bool {
    let of_rooms = matches!(
        kind,
        code::OFFER | code::CONSENT | code::INVITATION | code::LET_GO | code::ROOM | code::PART
    );
    let for_seats = matches!(
        kind,
        code::REKEY1
            | code::CONFIRM
            | code::CONSENT
            | code::RETURN_KEY
            | code::RETURN_FORGET
            | code::INVITATION
            | code::ROOM
            | code::RETURN_STAYS
            | code::ABOUT
    );
    of_rooms && !cfg!(feature = "rooms") || for_seats && !SEAT
}

/// A member's number that is not the visitor's.
pub(crate) fn seat_number(byte: u8) -> Option<Member> {
    Member::new(byte).ok().filter(|member| *member != Member::VISITOR)
}

fn one(body: &[u8]) -> Option<u8> {
    if let [byte] = body { Some(*byte) } else { None }
}

fn decode_words(body: &[u8], more: bool) -> Option<Note> {
    if body.is_empty() {
        return None;
    }
    let text = Zeroizing::new(String::from(core::str::from_utf8(body).ok()?));
    Some(Note::Words(Words { text, more }))
}

fn decode_alias(body: &[u8]) -> Option<Note> {
    let (&len, rest) = body.split_first()?;
    let (name, role_words) = rest.split_at_checked(usize::from(len))?;
    if !(1..=64).contains(&name.len()) || role_words.len() > 64 {
        return None;
    }
    let name = core::str::from_utf8(name).ok()?.into();
    let role_words = core::str::from_utf8(role_words).ok()?.into();
    Some(Note::Alias(Alias { name, role_words }))
}

fn decode_offer(body: &[u8]) -> Option<Note> {
    let (number, rest) = body.split_first_chunk()?;
    let (&[kind, member, role], rest) = rest.split_first_chunk()?;
    let (seat, rest) = rest.split_first_chunk::<32>()?;
    let (bytes, rest) = rest.split_first_chunk::<32>()?;
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(bytes);
    let (&len, name) = rest.split_first()?;
    if usize::from(len) != name.len() || len > 64 {
        return None;
    }
    let kind = match kind {
        1 => OfferKind::Guest,
        2 => OfferKind::HandOver,
        _ => return None,
    };
    let role = Role::from_code(role).ok()?;
    Some(Note::Offer(Offer {
        number: u32::from_be_bytes(*number),
        kind,
        member: seat_number(member)?,
        seat: Fingerprint(*seat),
        role,
        secret: ChainSecret::take(&mut secret),
        name: core::str::from_utf8(name).ok()?.into(),
    }))
}

fn decode_consent(body: &[u8]) -> Option<Note> {
    let (to, rest) = body.split_first_chunk()?;
    let yes = match one(rest)? {
        0 => false,
        1 => true,
        _ => return None,
    };
    Some(Note::Consent(Consent { to: u32::from_be_bytes(*to), yes }))
}

fn decode_return_key(body: &[u8]) -> Option<Note> {
    let (id, rest) = body.split_first_chunk::<16>()?;
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(<&[u8; 32]>::try_from(rest).ok()?);
    Some(Note::ReturnKey(ReturnKey { id: *id, key: ChainSecret::take(&mut key) }))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn alias(name: usize, role_words: usize) -> Result<Note, Fatal> {
        let mut plain = vec![code::ALIAS, 0, 0, 0, name as u8];
        plain.resize(5 + name + role_words, b'x');
        plain[3] = (1 + name + role_words) as u8;
        plain.resize(BUCKETS[0], 0);
        Note::decode(&plain).map(|(note, _)| note)
    }

    #[test]
    fn an_alias_is_read_up_to_its_limits_and_not_beyond() {
        for (name, role_words, good) in
            [(1, 0, true), (64, 64, true), (64, 63, true), (0, 1, false), (65, 0, false), (1, 65, false)]
        {
            assert_eq!(alias(name, role_words).is_ok(), good, "{name} and {role_words} bytes");
        }
    }

    fn decoded(kind: u8, body: &[u8]) -> Result<Note, Fatal> {
        let mut plain = vec![kind, 0, 0, body.len() as u8];
        plain.extend_from_slice(body);
        plain.resize(BUCKETS[0], 0);
        Note::decode(&plain).map(|(note, _)| note)
    }

    fn offer(kind: u8, member: u8, said: u8, name: usize) -> Vec<u8> {
        let mut body = vec![0, 0, 0, 7, kind, member, 1];
        body.extend_from_slice(&[0x22; 32]);
        body.extend_from_slice(&[0x5C; 32]);
        body.push(said);
        body.resize(body.len() + name, b'x');
        body
    }

    #[test]
    fn an_offer_is_read_up_to_its_limits_and_not_beyond() {
        for (kind, member, name) in [(1, 2, 0), (2, 7, 64)] {
            let Ok(Note::Offer(offer)) = decoded(code::OFFER, &offer(kind, member, name, usize::from(name)))
            else {
                panic!("an offer");
            };
            assert_eq!(
                (offer.number, offer.member.number(), offer.name.len()),
                (7, member, usize::from(name))
            );
            assert!((offer.kind == OfferKind::Guest) == (kind == 1));
        }
        for wrong in [
            offer(0, 2, 1, 1),
            offer(3, 2, 1, 1),
            offer(1, 0, 1, 1),
            offer(1, 8, 1, 1),
            offer(1, 2, 65, 65),
            offer(1, 2, 1, 2),
            offer(1, 2, 2, 1),
        ] {
            assert!(decoded(code::OFFER, &wrong).is_err(), "{wrong:?}");
        }
        let mut role = offer(1, 2, 1, 1);
        role[6] = 0;
        assert!(decoded(code::OFFER, &role).is_err());
    }

    #[test]
    fn an_offer_that_could_not_be_read_is_not_sent() {
        let offer = |member: Member, name: usize| {
            Note::Offer(Offer {
                number: 7,
                kind: OfferKind::Guest,
                member,
                seat: Fingerprint([0x22; 32]),
                role: Role::Counsellor,
                secret: ChainSecret::take(&mut [0x5C; 32]),
                name: "x".repeat(name),
            })
        };
        let other = seat_number(2).expect("not the visitor's");
        assert!(offer(other, 64).encode(None).is_some());
        assert!(offer(other, 65).encode(None).is_none());
        assert!(offer(Member::VISITOR, 1).encode(None).is_none());
    }

    #[test]
    fn a_yes_is_one_and_a_no_is_none() {
        for (byte, yes) in [(0, Some(false)), (1, Some(true)), (2, None)] {
            let consent = decoded(code::CONSENT, &[0, 0, 1, 0, byte]);
            let heard =
                consent.ok().map(|note| matches!(note, Note::Consent(Consent { to: 256, yes: true })));
            assert_eq!(heard, yes);
        }
    }
}
