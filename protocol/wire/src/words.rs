//! The closed sets of the wire: one byte each.

use crate::codec::DecodeError;

macro_rules! byte_enum {
    ($(#[$doc:meta])* $name:ident, $field:literal { $($(#[$vdoc:meta])* $variant:ident = $value:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $value,)+ }

        impl $name {
            /// Every value, in wire order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The byte on the wire.
            #[must_use]
            pub fn byte(self) -> u8 {
                self as u8
            }

            /// Reads the byte.
            ///
            /// # Errors
            /// When no value has this byte.
            pub fn from_byte(byte: u8) -> Result<Self, DecodeError> {
                match byte {
                    $($value => Ok(Self::$variant),)+
                    _ => Err(DecodeError::BadField($field)),
                }
            }
        }
    };
}

byte_enum! {
    /// Which entrance the visitor took. Self-chosen, so nothing in it is trusted more.
    Lane, "lane" {
        /// Somebody who needs support, for themselves or for another.
        Support = 1,
        /// Somebody who asks in their work.
        Professional = 2,
    }
}

byte_enum! {
    /// Whether the door is open. Derived by the relay, never stored.
    OpenState, "open state" {
        /// A living seat is on duty and the line has room.
        Open = 1,
        /// The line is full, or those waiting cannot be reached before closing.
        Full = 2,
        /// In hours, but no living seat.
        Away = 3,
        /// Last admission has passed; running chats go on.
        Closing = 4,
        /// Outside hours.
        Closed = 5,
    }
}

impl OpenState {
    /// The word in `data-state` and in `/state`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Full => "full",
            Self::Away => "away",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// Why a new visitor may not join the line, if they may not. In hours before anybody is on duty they may:
    /// the page says that nobody is here, and who wants to may wait for the one who comes.
    #[must_use]
    pub fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Open | Self::Away => None,
            Self::Full => Some(Refusal::Full),
            Self::Closing => Some(Refusal::Closing),
            Self::Closed => Some(Refusal::Closed),
        }
    }
}

byte_enum! {
    /// How long somebody at their place in the line may have to wait, as far as the relay can honestly say. Wide on
    /// purpose: a number that looks exact would be a promise nobody can keep.
    #[derive(Default)]
    Wait, "wait" {
        /// It cannot be known.
        #[default]
        Unknown = 0,
        /// A counsellor on duty has room for this place.
        Free = 1,
        /// At most 15 minutes.
        To15 = 2,
        /// At most 30 minutes.
        To30 = 3,
        /// At most an hour.
        To60 = 4,
        /// At most an hour and a half.
        To90 = 5,
        /// 15 to 60 minutes.
        From15To60 = 6,
        /// 15 minutes to two hours.
        From15To120 = 7,
        /// Half an hour to two hours.
        From30To120 = 8,
        /// More than an hour.
        From60 = 9,
    }
}

impl Wait {
    /// The least and the most, minutes; no most in [`Wait::From60`]. `None` when nothing is said in minutes.
    #[must_use]
    pub const fn minutes(self) -> Option<(u32, Option<u32>)> {
        Some(match self {
            Self::Unknown | Self::Free => return None,
            Self::To15 => (0, Some(15)),
            Self::To30 => (0, Some(30)),
            Self::To60 => (0, Some(60)),
            Self::To90 => (0, Some(90)),
            Self::From15To60 => (15, Some(60)),
            Self::From15To120 => (15, Some(120)),
            Self::From30To120 => (30, Some(120)),
            Self::From60 => (60, None),
        })
    }
}

byte_enum! {
    /// How a visit ended: one word, enough to run a service and useless to a spy.
    Ending, "ending" {
        /// Ended by either side after at least one note each way.
        Helped = 1,
        /// The visitor left while waiting.
        LeftLine = 2,
        /// The visitor used "Lämna sidan".
        LeftFast = 3,
        /// One side stayed away past its grace.
        LostContact = 4,
        /// Still waiting at closing, or refused at the door.
        TurnedAway = 5,
        /// The counsellor ended it before anything was said.
        EndedByCounsellor = 6,
        /// Keys, certificates or the store failed; never continued unencrypted.
        Failed = 7,
    }
}

byte_enum! {
    /// Why the relay does not do what a frame asked. Each has words fit for a frightened person.
    Refusal, "refusal" {
        /// The door is closed: outside hours.
        Closed = 1,
        /// The line is full.
        Full = 2,
        /// Nobody is on duty.
        Away = 3,
        /// Last admission has passed.
        Closing = 4,
        /// Too many joins or sockets from one place just now.
        TooMany = 5,
        /// The claim is an old one: the ticket is with somebody else, or back in the line.
        NotYours = 6,
        /// The ticket is not in the line any more.
        Gone = 7,
        /// Another counsellor was first.
        TakenByOther = 8,
        /// The seat has as many chats as it may have.
        SeatFull = 9,
        /// Nobody waits who could be taken.
        NobodyWaits = 10,
        /// The box is full: the other side has not fetched for a long while.
        BoxFull = 11,
        /// An envelope with a number beyond the next one.
        OutOfOrder = 12,
        /// The store cannot be reached at the moment; try again.
        StoreAway = 13,
        /// The seat's proof was not accepted.
        NotAdmitted = 14,
    }
}

byte_enum! {
    /// What a seat is asked into a chat for.
    InviteKind, "invitation" {
        /// To join it: an interpreter, an expert, a colleague.
        Guest = 1,
        /// To take it over.
        HandOver = 2,
    }
}

byte_enum! {
    /// Whether the other side has a living lease. About the network only: presence of a person comes from
    /// their sealed beat.
    Presence, "presence" {
        /// A living lease.
        Here = 1,
        /// No living lease; the frame says since when.
        Gone = 2,
    }
}

/// WebSocket close codes with a meaning of their own (RFC 6455 section 7.4.2 leaves 4000-4999 to us).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// A newer socket proved the same ticket or seat; do not reconnect.
    Replaced = 4000,
    /// The bytes were not a frame this socket speaks.
    BadFrame = 4001,
    /// No first frame in time, or it proved nothing.
    NotAdmitted = 4002,
    /// The reader was too slow; come back and resume.
    TooSlow = 4003,
    /// Too many sockets or joins from one place.
    TooMany = 4004,
    /// The visit is over; do not reconnect.
    Over = 4005,
    /// The relay restarts; come back spread out (RFC 6455 registry: service restart).
    Restarting = 1012,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }
}
