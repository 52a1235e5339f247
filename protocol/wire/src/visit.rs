//! The visitor's socket, `/ws/visit`.

use alloc::vec::Vec;

use crate::codec::{DecodeError, Reader, Writer};
use crate::envelope::Envelope;
use crate::ids::{Claim, Languages, Member, ReturnId, TicketName, TicketSecret};
use crate::leave::Leave;
use crate::limits::WORK_PARTS;
use crate::words::{Ending, Lane, OpenState, Presence, Refusal, Wait};
use crate::work::Puzzle;

pub(crate) fn envelope(bytes: &[u8]) -> Result<Envelope, DecodeError> {
    Envelope::parse(bytes).map_err(|_| DecodeError::BadField("envelope"))
}

/// `lane u8 | languages | hello`: how every frame ends that brings a greeting.
pub(crate) fn greeting(reader: &mut Reader<'_>) -> Result<(Lane, Languages, Envelope), DecodeError> {
    let lane = Lane::from_byte(reader.u8()?)?;
    let languages = Languages::read(reader)?;
    Ok((lane, languages, envelope(reader.rest())?))
}

/// What a visitor's page says to the relay. The first frame of a socket is `Join`, `Return`, `Resume` or
/// `Leave`.
pub enum ToRelay {
    /// `01 | secret 32 | lane u8 | languages | hello`: to the end of the line, once. Besides as a first frame,
    /// it may come once more after [`ToVisitor::Nowhere`], for a ticket that was waiting.
    Join {
        /// Proves the ticket from now on.
        secret: TicketSecret,
        /// The entrance.
        lane: Lane,
        /// Asked-for languages, best first.
        languages: Languages,
        /// The greeting's first half for whoever takes the ticket.
        hello: Envelope,
    },
    /// `02 | secret 32 | claim u32`: here again, on a new socket. `claim` is the chat the page still holds
    /// keys for, [`Claim::NONE`] in the line; it matters only to a store that lost its memory.
    Resume {
        /// Proves the ticket.
        secret: TicketSecret,
        /// The chat the page is in.
        claim: Claim,
    },
    /// `03 | claim u32 | to u8 | envelope`: keep this until the seat has confirmed it.
    Put {
        /// The chat.
        claim: Claim,
        /// The seat.
        to: Member,
        /// A kept envelope.
        envelope: Envelope,
    },
    /// `04 | claim u32 | from u8 | next u32`: everything from that seat numbered below `next` may be
    /// forgotten.
    Got {
        /// The chat.
        claim: Claim,
        /// The seat whose envelopes were read.
        from: Member,
        /// The number wanted next.
        next: u32,
    },
    /// `05 | claim u32 | to u8 | beat`: the latest state; replaces the one before it.
    Beat {
        /// The chat.
        claim: Claim,
        /// The seat.
        to: Member,
        /// A beat.
        envelope: Envelope,
    },
    /// `06 | leave`: forget the ticket now.
    Leave(Leave),
    /// `07`: are you there? Answered with [`ToVisitor::Alive`]. Browsers cannot send WebSocket pings.
    Probe,
    /// `08 | hello`: a fresh greeting. In the line: for the next counsellor (keys are never used twice). In
    /// a chat whose counsellor has been lost past the grace: put me at the front of the line.
    Hello {
        /// The greeting's first half.
        hello: Envelope,
    },
    /// `09 | claim u32 | to u8 | hello`: a greeting for a seat that was asked into the chat.
    HelloTo {
        /// The chat.
        claim: Claim,
        /// The number of the one who was asked.
        to: Member,
        /// The greeting's first half.
        hello: Envelope,
    },
    /// `0A | claim u32 | to u8`: the chat is that seat's from now on, if it was asked to take it over and came.
    Switch {
        /// The chat.
        claim: Claim,
        /// Whose it is to be.
        to: Member,
    },
    /// `0B | claim u32 | member u8`: that guest is no longer in the chat.
    Dismiss {
        /// The chat.
        claim: Claim,
        /// Who goes; never the one whose chat it is.
        member: Member,
    },
    /// `0D | secret 32 | id 16 | lane u8 | languages | hello`: with a new ticket, to the counsellor who keeps
    /// these return words. Not by way of the line.
    Return {
        /// Proves the new ticket from now on.
        secret: TicketSecret,
        /// What the words became.
        id: ReturnId,
        /// The entrance.
        lane: Lane,
        /// Asked-for languages, best first.
        languages: Languages,
        /// The greeting's first half, of kind *return*.
        hello: Envelope,
    },
    /// `0E | 16 x counter u32`: the work that [`ToVisitor::Work`] asked for.
    Worked {
        /// The counters, rising.
        counters: [u32; WORK_PARTS],
    },
}

impl ToRelay {
    /// Reads one frame.
    ///
    /// # Errors
    /// When the bytes are not exactly one frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let frame = match reader.u8()? {
            0x01 => {
                let secret = TicketSecret::new(reader.array()?);
                let (lane, languages, hello) = greeting(&mut reader)?;
                Self::Join { secret, lane, languages, hello }
            }
            0x02 => Self::Resume { secret: TicketSecret::new(reader.array()?), claim: Claim(reader.u32()?) },
            0x03 => Self::Put {
                claim: Claim(reader.u32()?),
                to: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0x04 => Self::Got {
                claim: Claim(reader.u32()?),
                from: Member::new(reader.u8()?)?,
                next: reader.u32()?,
            },
            0x05 => Self::Beat {
                claim: Claim(reader.u32()?),
                to: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0x06 => Self::Leave(Leave::read(&mut reader)?),
            0x07 => Self::Probe,
            0x08 => Self::Hello { hello: envelope(reader.rest())? },
            0x09 => Self::HelloTo {
                claim: Claim(reader.u32()?),
                to: Member::new(reader.u8()?)?,
                hello: envelope(reader.rest())?,
            },
            0x0A => Self::Switch { claim: Claim(reader.u32()?), to: Member::new(reader.u8()?)? },
            0x0B => Self::Dismiss { claim: Claim(reader.u32()?), member: Member::new(reader.u8()?)? },
            0x0D => {
                let (secret, id) = (TicketSecret::new(reader.array()?), ReturnId::new(reader.array()?));
                let (lane, languages, hello) = greeting(&mut reader)?;
                Self::Return { secret, id, lane, languages, hello }
            }
            0x0E => {
                let mut counters = [0; WORK_PARTS];
                for counter in &mut counters {
                    *counter = reader.u32()?;
                }
                Self::Worked { counters }
            }
            kind => return Err(DecodeError::UnknownKind(kind)),
        };
        reader.end()?;
        Ok(frame)
    }

    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Join { secret, lane, languages, hello } => {
                let writer = Writer::new(0x01).bytes(secret.expose()).u8(lane.byte());
                languages.write(writer).bytes(hello.as_bytes()).done()
            }
            Self::Resume { secret, claim } => Writer::new(0x02).bytes(secret.expose()).u32(claim.0).done(),
            Self::Put { claim, to, envelope } => {
                Writer::new(0x03).u32(claim.0).u8(to.number()).bytes(envelope.as_bytes()).done()
            }
            Self::Got { claim, from, next } => {
                Writer::new(0x04).u32(claim.0).u8(from.number()).u32(*next).done()
            }
            Self::Beat { claim, to, envelope } => {
                Writer::new(0x05).u32(claim.0).u8(to.number()).bytes(envelope.as_bytes()).done()
            }
            Self::Leave(leave) => leave.write(Writer::new(0x06)).done(),
            Self::Probe => Writer::new(0x07).done(),
            Self::Hello { hello } => Writer::new(0x08).bytes(hello.as_bytes()).done(),
            Self::HelloTo { claim, to, hello } => {
                Writer::new(0x09).u32(claim.0).u8(to.number()).bytes(hello.as_bytes()).done()
            }
            Self::Switch { claim, to } => Writer::new(0x0A).u32(claim.0).u8(to.number()).done(),
            Self::Dismiss { claim, member } => Writer::new(0x0B).u32(claim.0).u8(member.number()).done(),
            Self::Return { secret, id, lane, languages, hello } => {
                let writer = Writer::new(0x0D).bytes(secret.expose()).bytes(id.expose()).u8(lane.byte());
                languages.write(writer).bytes(hello.as_bytes()).done()
            }
            Self::Worked { counters } => counters.iter().fold(Writer::new(0x0E), |w, n| w.u32(*n)).done(),
        }
    }
}

/// What the relay says to a visitor's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToVisitor {
    /// `81 | place u32 | flags u8 | state u8`: the place in line, from 1. Flag 1: the greeting is used up,
    /// send a fresh `Hello`. Flag 2: perhaps not today. The other six bits: how long it may take.
    InLine {
        /// Rank among living tickets of the same order, from 1.
        place: u32,
        /// The store has no greeting of this ticket that nobody has seen.
        wants_hello: bool,
        /// It is near closing: this place may not be reached today.
        closing_soon: bool,
        /// How long it may take.
        wait: Wait,
        /// The door now: a counsellor may have gone while people wait.
        state: OpenState,
    },
    /// `82 | claim u32 | presence u8 | since_s u32`: a counsellor has the ticket; and whether their seat is
    /// living, with the seconds it has been gone.
    With {
        /// The chat.
        claim: Claim,
        /// The seat's lease.
        seat: Presence,
        /// Seconds since the seat was lost, 0 when here.
        gone_s: u32,
    },
    /// `83`: the store does not know the ticket: it expired, or the store came back empty.
    Nowhere,
    /// `84 | claim u32 | from u8 | envelope`: an answer or a kept envelope, in order.
    Envelope {
        /// The chat.
        claim: Claim,
        /// The seat it is from.
        from: Member,
        /// What was put.
        envelope: Envelope,
    },
    /// `85 | claim u32 | from u8 | beat`: the seat's latest state.
    Beat {
        /// The chat.
        claim: Claim,
        /// The seat it is from.
        from: Member,
        /// The beat.
        envelope: Envelope,
    },
    /// `86 | claim u32 | to u8 | next u32`: stored; the relay takes `next` next.
    Stored {
        /// The chat.
        claim: Claim,
        /// The seat's box.
        to: Member,
        /// The number it takes next.
        next: u32,
    },
    /// `87 | ending u8`: the visit is over as far as the relay knows.
    Ended {
        /// Its one word.
        ending: Ending,
    },
    /// `88 | refusal u8 | state u8`: not done, and the door as it is now.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The door now.
        state: OpenState,
    },
    /// `89 | after_ms u32 | within_ms u32`: this relay goes down; come back after a random moment in between.
    Restarting {
        /// Not before, milliseconds.
        after_ms: u32,
        /// Spread over, milliseconds.
        within_ms: u32,
    },
    /// `8A`: the answer to a probe.
    Alive,
    /// `8B | ticket 32`: the ticket is known by this name; the page shows nothing of it.
    Joined {
        /// The name the secret hashes to.
        ticket: TicketName,
    },
    /// `8C | claim u32 | to u8`: the chat is that seat's: the answer to `Switch`.
    Switched {
        /// The chat.
        claim: Claim,
        /// Whose it is.
        to: Member,
    },
    /// `8E | nonce 16 | bits u8`: very many come at once. Whoever shows this work is let in at once, whoever does
    /// not is let in when it is their turn, on this very socket.
    Work {
        /// What to work at. Counts once, on this socket, for a minute.
        puzzle: Puzzle,
    },
}

impl ToVisitor {
    /// Reads one frame.
    ///
    /// # Errors
    /// When the bytes are not exactly one frame. A page ignores [`DecodeError::UnknownKind`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let frame = match reader.u8()? {
            0x81 => {
                let place = reader.u32()?;
                let flags = reader.u8()?;
                let (wants_hello, closing_soon) = (flags & 1 != 0, flags & 2 != 0);
                let wait = Wait::from_byte(flags >> 2)?;
                let state = OpenState::from_byte(reader.u8()?)?;
                Self::InLine { place, wants_hello, closing_soon, wait, state }
            }
            0x82 => Self::With {
                claim: Claim(reader.u32()?),
                seat: Presence::from_byte(reader.u8()?)?,
                gone_s: reader.u32()?,
            },
            0x83 => Self::Nowhere,
            0x84 => Self::Envelope {
                claim: Claim(reader.u32()?),
                from: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0x85 => Self::Beat {
                claim: Claim(reader.u32()?),
                from: Member::new(reader.u8()?)?,
                envelope: envelope(reader.rest())?,
            },
            0x86 => Self::Stored {
                claim: Claim(reader.u32()?),
                to: Member::new(reader.u8()?)?,
                next: reader.u32()?,
            },
            0x87 => Self::Ended { ending: Ending::from_byte(reader.u8()?)? },
            0x88 => Self::Refused {
                refusal: Refusal::from_byte(reader.u8()?)?,
                state: OpenState::from_byte(reader.u8()?)?,
            },
            0x89 => Self::Restarting { after_ms: reader.u32()?, within_ms: reader.u32()? },
            0x8A => Self::Alive,
            0x8B => Self::Joined { ticket: TicketName(reader.array()?) },
            0x8C => Self::Switched { claim: Claim(reader.u32()?), to: Member::new(reader.u8()?)? },
            0x8E => Self::Work { puzzle: Puzzle::new(reader.array()?, reader.u8()?)? },
            kind => return Err(DecodeError::UnknownKind(kind)),
        };
        reader.end()?;
        Ok(frame)
    }

    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::InLine { place, wants_hello, closing_soon, wait, state } => {
                let flags = u8::from(*wants_hello) | (u8::from(*closing_soon) << 1) | (wait.byte() << 2);
                Writer::new(0x81).u32(*place).u8(flags).u8(state.byte()).done()
            }
            Self::With { claim, seat, gone_s } => {
                Writer::new(0x82).u32(claim.0).u8(seat.byte()).u32(*gone_s).done()
            }
            Self::Nowhere => Writer::new(0x83).done(),
            Self::Envelope { claim, from, envelope } => {
                Writer::new(0x84).u32(claim.0).u8(from.number()).bytes(envelope.as_bytes()).done()
            }
            Self::Beat { claim, from, envelope } => {
                Writer::new(0x85).u32(claim.0).u8(from.number()).bytes(envelope.as_bytes()).done()
            }
            Self::Stored { claim, to, next } => {
                Writer::new(0x86).u32(claim.0).u8(to.number()).u32(*next).done()
            }
            Self::Ended { ending } => Writer::new(0x87).u8(ending.byte()).done(),
            Self::Refused { refusal, state } => Writer::new(0x88).u8(refusal.byte()).u8(state.byte()).done(),
            Self::Restarting { after_ms, within_ms } => {
                Writer::new(0x89).u32(*after_ms).u32(*within_ms).done()
            }
            Self::Alive => Writer::new(0x8A).done(),
            Self::Joined { ticket } => Writer::new(0x8B).bytes(&ticket.0).done(),
            Self::Switched { claim, to } => Writer::new(0x8C).u32(claim.0).u8(to.number()).done(),
            Self::Work { puzzle } => Writer::new(0x8E).bytes(&puzzle.nonce).u8(puzzle.bits()).done(),
        }
    }
}
