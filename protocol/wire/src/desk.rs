//! The counsellor's socket, `/ws/desk`.

use alloc::vec::Vec;

use crate::codec::{DecodeError, Reader, Writer};
use crate::envelope::Envelope;
use crate::ids::{Claim, Languages, Member, ReturnHandle, SeatId, TicketName};
use crate::limits;
use crate::staff::SeatEntry;
use crate::visit::{envelope, greeting};
use crate::words::{Ending, InviteKind, Lane, OpenState, Presence, Refusal};

/// A chat as a desk names it: `ticket 32 | claim u32`. On the wire it always follows the kind byte, so a
/// page can route a frame to the chat's own memory by looking at bytes 1 to 33.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatRef {
    /// The visitor's ticket.
    pub ticket: TicketName,
    /// The fencing token.
    pub claim: Claim,
}

impl ChatRef {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { ticket: TicketName(reader.array()?), claim: Claim(reader.u32()?) })
    }

    fn start(self, kind: u8) -> Writer {
        Writer::new(kind).bytes(&self.ticket.0).u32(self.claim.0)
    }
}

/// What a console says to the relay. The first frame of a socket is `Admit`.
pub enum FromDesk {
    /// `41 | proof`: the admission proof over the relay's challenge; its layout belongs to the trust crate.
    Admit {
        /// Certificates, door key, delegation and signature.
        proof: Vec<u8>,
    },
    /// `42 | ready u8 | capacity u8`: renews the seat's lease. Sent every 5 s while the page lives.
    Sit {
        /// On duty: takes part in "open".
        ready: bool,
        /// Chats this seat takes at once.
        capacity: u8,
    },
    /// `43 | ticket 32`: the first living ticket that fits, or the named one (all zeros: the first).
    Take {
        /// The named one.
        ticket: Option<TicketName>,
    },
    /// `44 | chat | to u8 | envelope`: an answer or a kept envelope for another member; between seats also a
    /// hello or a proof.
    Put {
        /// The chat.
        chat: ChatRef,
        /// Whose box.
        to: Member,
        /// What is to be put.
        envelope: Envelope,
    },
    /// `45 | chat | from u8 | next u32`: everything below `next` may be forgotten.
    Got {
        /// The chat.
        chat: ChatRef,
        /// Whose envelopes were read.
        from: Member,
        /// The number wanted next.
        next: u32,
    },
    /// `46 | chat | to u8 | beat`: the latest state.
    Beat {
        /// The chat.
        chat: ChatRef,
        /// For whom.
        to: Member,
        /// A beat.
        envelope: Envelope,
    },
    /// `47 | chat`: back to the front of the line.
    PutBack {
        /// The chat.
        chat: ChatRef,
    },
    /// `48 | chat | ending u8`: over. What lies in the visitor's box stays until read or expired.
    End {
        /// The chat.
        chat: ChatRef,
        /// Its one word.
        ending: Ending,
    },
    /// `49 | chat`: this desk still holds the keys of this chat; said for each after a reconnect.
    Mine {
        /// The chat.
        chat: ChatRef,
    },
    /// `4B | seat 16 | envelope`: for another seat, on the staff channel: a greeting's part or a kept envelope.
    /// A hello begins the channel anew: the boxes of both directions are emptied.
    StaffPut {
        /// Whose box.
        to: SeatId,
        /// A hello, an answer, a proof (a hello with number 1) or a kept envelope.
        envelope: Envelope,
    },
    /// `4C | seat 16 | next u32`: everything from that seat below `next` may be forgotten.
    StaffGot {
        /// Whose envelopes were read.
        from: SeatId,
        /// The number wanted next.
        next: u32,
    },
    /// `4D | seat 16 | beat`: the latest state of the staff channel.
    StaffBeat {
        /// For whom.
        to: SeatId,
        /// A beat.
        envelope: Envelope,
    },
    /// `4E | chat | kind u8 | seat 16`: asks that seat into the chat.
    Invite {
        /// The chat.
        chat: ChatRef,
        /// To join, or to take over.
        kind: InviteKind,
        /// Who is asked.
        seat: SeatId,
    },
    /// `4F | chat | yes u8`: the asked seat comes, or does not.
    Reply {
        /// The chat.
        chat: ChatRef,
        /// It comes.
        yes: bool,
    },
    /// `50 | chat | member u8`: the invitation of that number is taken back, if nobody came.
    Withdraw {
        /// The chat.
        chat: ChatRef,
        /// The number it was given.
        member: Member,
    },
    /// `51 | chat`: this seat leaves the chat, which goes on without it.
    Part {
        /// The chat.
        chat: ChatRef,
    },
    /// `52 | chat | member u8 | owner u8`: as `Mine`, by a seat that came into the chat later.
    MineAs {
        /// The chat.
        chat: ChatRef,
        /// The number this seat has in it.
        member: Member,
        /// Whether the chat was handed over to it.
        owner: bool,
    },
    /// `4A`: are you there?
    Probe,
    /// `56 | ticket 32 | handle 32 | stays flag`: this seat keeps return words of this visitor. Said again
    /// after every admission.
    KeepReturn {
        /// Whose: when this ticket leaves, the words go too unless `stays`.
        ticket: TicketName,
        /// What the words are found by.
        handle: ReturnHandle,
        /// The visitor wants to come back today even after leaving by hand.
        stays: bool,
    },
    /// `57 | handle 32`: it keeps them no more.
    ForgetReturn {
        /// What the words were found by.
        handle: ReturnHandle,
    },
}

impl FromDesk {
    /// Reads one frame.
    ///
    /// # Errors
    /// When the bytes are not exactly one frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let frame = match reader.u8()? {
            0x41 => Self::Admit { proof: reader.rest().to_vec() },
            0x42 => Self::Sit { ready: reader.flag("ready")?, capacity: reader.u8()? },
            0x43 => {
                let name = reader.array::<32>()?;
                Self::Take { ticket: (name != [0; 32]).then_some(TicketName(name)) }
            }
            0x44 => Self::Put {
                chat: ChatRef::read(&mut reader)?,
                to: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0x45 => Self::Got {
                chat: ChatRef::read(&mut reader)?,
                from: Member::new(reader.u8()?)?,
                next: reader.u32()?,
            },
            0x46 => Self::Beat {
                chat: ChatRef::read(&mut reader)?,
                to: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0x47 => Self::PutBack { chat: ChatRef::read(&mut reader)? },
            0x48 => Self::End { chat: ChatRef::read(&mut reader)?, ending: Ending::from_byte(reader.u8()?)? },
            0x49 => Self::Mine { chat: ChatRef::read(&mut reader)? },
            0x4B => Self::StaffPut { to: SeatId(reader.array()?), envelope: envelope(reader.rest())? },
            0x4C => Self::StaffGot { from: SeatId(reader.array()?), next: reader.u32()? },
            0x4D => Self::StaffBeat { to: SeatId(reader.array()?), envelope: envelope(reader.rest())? },
            0x4E => Self::Invite {
                chat: ChatRef::read(&mut reader)?,
                kind: InviteKind::from_byte(reader.u8()?)?,
                seat: SeatId(reader.array()?),
            },
            0x4F => Self::Reply { chat: ChatRef::read(&mut reader)?, yes: reader.flag("yes")? },
            0x50 => Self::Withdraw { chat: ChatRef::read(&mut reader)?, member: Member::new(reader.u8()?)? },
            0x51 => Self::Part { chat: ChatRef::read(&mut reader)? },
            0x52 => Self::MineAs {
                chat: ChatRef::read(&mut reader)?,
                member: Member::new(reader.u8()?)?,
                owner: reader.flag("owner")?,
            },
            0x4A => Self::Probe,
            0x56 => Self::KeepReturn {
                ticket: TicketName(reader.array()?),
                handle: ReturnHandle(reader.array()?),
                stays: reader.flag("stays")?,
            },
            0x57 => Self::ForgetReturn { handle: ReturnHandle(reader.array()?) },
            kind => return Err(DecodeError::UnknownKind(kind)),
        };
        reader.end()?;
        Ok(frame)
    }

    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Admit { proof } => Writer::new(0x41).bytes(proof).done(),
            Self::Sit { ready, capacity } => Writer::new(0x42).u8(u8::from(*ready)).u8(*capacity).done(),
            Self::Take { ticket } => {
                Writer::new(0x43).bytes(&ticket.map_or([0; 32], |ticket| ticket.0)).done()
            }
            Self::Put { chat, to, envelope } => {
                chat.start(0x44).u8(to.number()).bytes(envelope.as_bytes()).done()
            }
            Self::Got { chat, from, next } => chat.start(0x45).u8(from.number()).u32(*next).done(),
            Self::Beat { chat, to, envelope } => {
                chat.start(0x46).u8(to.number()).bytes(envelope.as_bytes()).done()
            }
            Self::PutBack { chat } => chat.start(0x47).done(),
            Self::End { chat, ending } => chat.start(0x48).u8(ending.byte()).done(),
            Self::Mine { chat } => chat.start(0x49).done(),
            Self::StaffPut { to, envelope } => {
                Writer::new(0x4B).bytes(&to.0).bytes(envelope.as_bytes()).done()
            }
            Self::StaffGot { from, next } => Writer::new(0x4C).bytes(&from.0).u32(*next).done(),
            Self::StaffBeat { to, envelope } => {
                Writer::new(0x4D).bytes(&to.0).bytes(envelope.as_bytes()).done()
            }
            Self::Invite { chat, kind, seat } => chat.start(0x4E).u8(kind.byte()).bytes(&seat.0).done(),
            Self::Reply { chat, yes } => chat.start(0x4F).u8(u8::from(*yes)).done(),
            Self::Withdraw { chat, member } => chat.start(0x50).u8(member.number()).done(),
            Self::Part { chat } => chat.start(0x51).done(),
            Self::MineAs { chat, member, owner } => {
                chat.start(0x52).u8(member.number()).u8(u8::from(*owner)).done()
            }
            Self::Probe => Writer::new(0x4A).done(),
            Self::KeepReturn { ticket, handle, stays } => {
                Writer::new(0x56).bytes(&ticket.0).bytes(&handle.0).u8(u8::from(*stays)).done()
            }
            Self::ForgetReturn { handle } => Writer::new(0x57).bytes(&handle.0).done(),
        }
    }
}

/// One waiting ticket as a desk sees it: `ticket 32 | lane u8 | present u8 | waited_s u32 | languages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineEntry {
    /// The ticket, for a named take.
    pub ticket: TicketName,
    /// The entrance.
    pub lane: Lane,
    /// Connected just now; an absent one keeps its place for a while and cannot be taken.
    pub present: bool,
    /// Seconds since it joined.
    pub waited_s: u32,
    /// Asked-for languages.
    pub languages: Languages,
}

impl LineEntry {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            ticket: TicketName(reader.array()?),
            lane: Lane::from_byte(reader.u8()?)?,
            present: reader.flag("present")?,
            waited_s: reader.u32()?,
            languages: Languages::read(reader)?,
        })
    }

    fn write(&self, writer: Writer) -> Writer {
        let writer = writer.bytes(&self.ticket.0).u8(self.lane.byte()).u8(u8::from(self.present));
        self.languages.write(writer.u32(self.waited_s))
    }
}

/// What the relay says to a console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToDesk {
    /// `C1 | challenge 32`: the first frame of every socket; fresh random bytes.
    Challenge {
        /// What the admission proof must sign.
        challenge: [u8; 32],
    },
    /// `C2`: the proof holds; this socket is the seat's.
    Admitted,
    /// `C3 | state u8 | total u32 | shown u8 | entries`: who waits, first first.
    Line {
        /// The door now.
        state: OpenState,
        /// All who wait.
        total: u32,
        /// The first [`limits::LINE_SHOWN`] of them.
        entries: Vec<LineEntry>,
    },
    /// `C4 | chat | lane u8 | languages | hello`: taken: this ticket is this seat's.
    Taken {
        /// The chat.
        chat: ChatRef,
        /// The entrance.
        lane: Lane,
        /// Asked-for languages.
        languages: Languages,
        /// The greeting's first half.
        hello: Envelope,
    },
    /// `C5 | refusal u8`: not taken.
    NotTaken {
        /// Why.
        refusal: Refusal,
    },
    /// `C6 | chat | from u8 | envelope`: a kept envelope, in order, or a greeting's part.
    Envelope {
        /// The chat.
        chat: ChatRef,
        /// Whose.
        from: Member,
        /// What was put.
        envelope: Envelope,
    },
    /// `C7 | chat | from u8 | beat`: the latest state, or the goodbye that outlives the ticket.
    Beat {
        /// The chat.
        chat: ChatRef,
        /// Whose.
        from: Member,
        /// The beat.
        envelope: Envelope,
    },
    /// `C8 | chat | to u8 | next u32`: stored; the relay takes `next` next.
    Stored {
        /// The chat.
        chat: ChatRef,
        /// Whose box.
        to: Member,
        /// The number it takes next.
        next: u32,
    },
    /// `C9 | chat | presence u8 | gone_s u32`: the visitor's lease.
    Visitor {
        /// The chat.
        chat: ChatRef,
        /// Whether the visitor's socket lives.
        presence: Presence,
        /// Seconds since it was lost, 0 when here.
        gone_s: u32,
    },
    /// `CA | chat | ending u8`: the chat is over or no longer this seat's, as far as the relay knows. Only a
    /// sealed goodbye proves more.
    Ended {
        /// The chat.
        chat: ChatRef,
        /// The relay's word for it.
        ending: Ending,
    },
    /// `CB | chat | refusal u8`: a `Put`, `Got`, `Beat`, `PutBack`, `End` or `Mine` was not done.
    Refused {
        /// The chat.
        chat: ChatRef,
        /// Why.
        refusal: Refusal,
    },
    /// `CC | after_ms u32 | within_ms u32`: this relay goes down; come back spread out.
    Restarting {
        /// Not before, milliseconds.
        after_ms: u32,
        /// Spread over, milliseconds.
        within_ms: u32,
    },
    /// `CE | shown u8 | entries`: the living seats, this one's own included; said when it changes.
    Seats {
        /// At most [`limits::SEATS_SHOWN`].
        entries: Vec<SeatEntry>,
    },
    /// `CF | seat 16 | envelope`: from another seat, on the staff channel.
    StaffEnvelope {
        /// Whose.
        from: SeatId,
        /// What was put.
        envelope: Envelope,
    },
    /// `D0 | seat 16 | beat`: the other seat's latest state.
    StaffBeat {
        /// Whose.
        from: SeatId,
        /// The beat.
        envelope: Envelope,
    },
    /// `D1 | seat 16 | next u32`: stored; that seat's box takes `next` next.
    StaffStored {
        /// Whose box.
        to: SeatId,
        /// The number it takes next.
        next: u32,
    },
    /// `D2 | seat 16 | refusal u8`: not stored.
    StaffRefused {
        /// Whose box.
        to: SeatId,
        /// Why.
        refusal: Refusal,
    },
    /// `D3 | chat | member u8 | seat 16`: that seat is asked, and is to be this member.
    Invited {
        /// The chat.
        chat: ChatRef,
        /// The number it is given.
        member: Member,
        /// Who is asked.
        seat: SeatId,
    },
    /// `D4 | chat | seat 16 | refusal u8`: that seat is not asked.
    NotInvited {
        /// The chat.
        chat: ChatRef,
        /// Who was to be asked.
        seat: SeatId,
        /// Why.
        refusal: Refusal,
    },
    /// `CD`: the answer to a probe.
    Alive,
    /// `D9 | handle 32`: whoever comes with these return words is brought to this seat.
    ReturnKept {
        /// What the words are found by.
        handle: ReturnHandle,
    },
    /// `DA | chat | handle 32 | lane u8 | languages | hello`: a visitor came back with return words that this
    /// seat keeps. The chat is this seat's already, whatever its capacity; their earlier one is over.
    Returned {
        /// The new chat.
        chat: ChatRef,
        /// Which words.
        handle: ReturnHandle,
        /// The entrance.
        lane: Lane,
        /// Asked-for languages.
        languages: Languages,
        /// The greeting's first half, of kind *return*.
        hello: Envelope,
    },
}

impl ToDesk {
    /// Reads one frame.
    ///
    /// # Errors
    /// When the bytes are not exactly one frame. A console ignores [`DecodeError::UnknownKind`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let frame = match reader.u8()? {
            0xC1 => Self::Challenge { challenge: reader.array()? },
            0xC2 => Self::Admitted,
            0xC3 => {
                let state = OpenState::from_byte(reader.u8()?)?;
                let total = reader.u32()?;
                let shown = usize::from(reader.u8()?);
                if shown > limits::LINE_SHOWN {
                    return Err(DecodeError::BadField("shown"));
                }
                let entries = (0..shown).map(|_| LineEntry::read(&mut reader)).collect::<Result<_, _>>()?;
                Self::Line { state, total, entries }
            }
            0xC4 => {
                let chat = ChatRef::read(&mut reader)?;
                let (lane, languages, hello) = greeting(&mut reader)?;
                Self::Taken { chat, lane, languages, hello }
            }
            0xC5 => Self::NotTaken { refusal: Refusal::from_byte(reader.u8()?)? },
            0xC6 => Self::Envelope {
                chat: ChatRef::read(&mut reader)?,
                from: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0xC7 => Self::Beat {
                chat: ChatRef::read(&mut reader)?,
                from: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0xC8 => Self::Stored {
                chat: ChatRef::read(&mut reader)?,
                to: Member::new(reader.u8()?)?,
                next: reader.u32()?,
            },
            0xC9 => Self::Visitor {
                chat: ChatRef::read(&mut reader)?,
                presence: Presence::from_byte(reader.u8()?)?,
                gone_s: reader.u32()?,
            },
            0xCA => {
                Self::Ended { chat: ChatRef::read(&mut reader)?, ending: Ending::from_byte(reader.u8()?)? }
            }
            0xCB => Self::Refused {
                chat: ChatRef::read(&mut reader)?,
                refusal: Refusal::from_byte(reader.u8()?)?,
            },
            0xCC => Self::Restarting { after_ms: reader.u32()?, within_ms: reader.u32()? },
            0xCE => {
                let shown = usize::from(reader.u8()?);
                if shown > limits::SEATS_SHOWN {
                    return Err(DecodeError::BadField("seats"));
                }
                let entries = (0..shown).map(|_| SeatEntry::read(&mut reader)).collect::<Result<_, _>>()?;
                Self::Seats { entries }
            }
            0xCF => Self::StaffEnvelope { from: SeatId(reader.array()?), envelope: envelope(reader.rest())? },
            0xD0 => Self::StaffBeat { from: SeatId(reader.array()?), envelope: envelope(reader.rest())? },
            0xD1 => Self::StaffStored { to: SeatId(reader.array()?), next: reader.u32()? },
            0xD2 => {
                Self::StaffRefused { to: SeatId(reader.array()?), refusal: Refusal::from_byte(reader.u8()?)? }
            }
            0xD3 => Self::Invited {
                chat: ChatRef::read(&mut reader)?,
                member: Member::new(reader.u8()?)?,
                seat: SeatId(reader.array()?),
            },
            0xD4 => Self::NotInvited {
                chat: ChatRef::read(&mut reader)?,
                seat: SeatId(reader.array()?),
                refusal: Refusal::from_byte(reader.u8()?)?,
            },
            0xCD => Self::Alive,
            0xD9 => Self::ReturnKept { handle: ReturnHandle(reader.array()?) },
            0xDA => {
                let (chat, handle) = (ChatRef::read(&mut reader)?, ReturnHandle(reader.array()?));
                let (lane, languages, hello) = greeting(&mut reader)?;
                Self::Returned { chat, handle, lane, languages, hello }
            }
            kind => return Err(DecodeError::UnknownKind(kind)),
        };
        reader.end()?;
        Ok(frame)
    }

    /// The frame's bytes.
    ///
    /// # Panics
    /// When a `Line` shows more than [`limits::LINE_SHOWN`] entries or `Seats` more than
    /// [`limits::SEATS_SHOWN`]: the relay cuts the lists.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Challenge { challenge } => Writer::new(0xC1).bytes(challenge).done(),
            Self::Admitted => Writer::new(0xC2).done(),
            Self::Line { state, total, entries } => {
                assert!(entries.len() <= limits::LINE_SHOWN, "the relay cuts the list before it encodes");
                let writer = Writer::new(0xC3).u8(state.byte()).u32(*total).u8(entries.len() as u8);
                entries.iter().fold(writer, |writer, entry| entry.write(writer)).done()
            }
            Self::Taken { chat, lane, languages, hello } => {
                languages.write(chat.start(0xC4).u8(lane.byte())).bytes(hello.as_bytes()).done()
            }
            Self::NotTaken { refusal } => Writer::new(0xC5).u8(refusal.byte()).done(),
            Self::Envelope { chat, from, envelope } => {
                chat.start(0xC6).u8(from.number()).bytes(envelope.as_bytes()).done()
            }
            Self::Beat { chat, from, envelope } => {
                chat.start(0xC7).u8(from.number()).bytes(envelope.as_bytes()).done()
            }
            Self::Stored { chat, to, next } => chat.start(0xC8).u8(to.number()).u32(*next).done(),
            Self::Visitor { chat, presence, gone_s } => {
                chat.start(0xC9).u8(presence.byte()).u32(*gone_s).done()
            }
            Self::Ended { chat, ending } => chat.start(0xCA).u8(ending.byte()).done(),
            Self::Refused { chat, refusal } => chat.start(0xCB).u8(refusal.byte()).done(),
            Self::Restarting { after_ms, within_ms } => {
                Writer::new(0xCC).u32(*after_ms).u32(*within_ms).done()
            }
            Self::Seats { entries } => {
                assert!(entries.len() <= limits::SEATS_SHOWN, "the relay cuts the list before it encodes");
                let writer = Writer::new(0xCE).u8(entries.len() as u8);
                entries.iter().fold(writer, |writer, entry| entry.write(writer)).done()
            }
            Self::StaffEnvelope { from, envelope } => {
                Writer::new(0xCF).bytes(&from.0).bytes(envelope.as_bytes()).done()
            }
            Self::StaffBeat { from, envelope } => {
                Writer::new(0xD0).bytes(&from.0).bytes(envelope.as_bytes()).done()
            }
            Self::StaffStored { to, next } => Writer::new(0xD1).bytes(&to.0).u32(*next).done(),
            Self::StaffRefused { to, refusal } => Writer::new(0xD2).bytes(&to.0).u8(refusal.byte()).done(),
            Self::Invited { chat, member, seat } => {
                chat.start(0xD3).u8(member.number()).bytes(&seat.0).done()
            }
            Self::NotInvited { chat, seat, refusal } => {
                chat.start(0xD4).bytes(&seat.0).u8(refusal.byte()).done()
            }
            Self::Alive => Writer::new(0xCD).done(),
            Self::ReturnKept { handle } => Writer::new(0xD9).bytes(&handle.0).done(),
            Self::Returned { chat, handle, lane, languages, hello } => {
                let writer = chat.start(0xDA).bytes(&handle.0).u8(lane.byte());
                languages.write(writer).bytes(hello.as_bytes()).done()
            }
        }
    }
}
