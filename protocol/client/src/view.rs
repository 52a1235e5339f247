//! What a page shows: a snapshot, compared and drawn whole.

use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::About;
use lykta_trust::{Refused, Role};
use lykta_wire::{Ending, InviteKind, OpenState, Refusal, Wait};

use crate::chat::Asked;
use crate::compare::Comparison;
use crate::link::LinkState;

/// The phase of a visit or chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Phase {
    /// Nothing has been asked for.
    #[default]
    Arriving = 1,
    /// On the way into the line.
    Joining = 2,
    /// In the line.
    Waiting = 3,
    /// With a counsellor, keys not agreed yet.
    Greeting = 4,
    /// A conversation, sealed end to end.
    Talking = 5,
    /// Over.
    Over = 6,
}

/// The socket, as a page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum LinkView {
    /// No socket.
    #[default]
    Down = 0,
    /// A socket is being opened.
    Opening = 1,
    /// Frames flow.
    Up = 2,
}

impl From<LinkState> for LinkView {
    fn from(state: LinkState) -> Self {
        match state {
            LinkState::Down { .. } | LinkState::Stopped => Self::Down,
            LinkState::Opening { .. } => Self::Opening,
            LinkState::Up { .. } => Self::Up,
        }
    }
}

/// The other side of the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Peer {
    /// Nothing is known.
    #[default]
    Unknown = 0,
    /// Connected and heard of.
    Here = 1,
    /// No connection, by the relay's word.
    Gone = 2,
    /// Gone for longer than the grace: the visitor is asked to wait, go to the front, or stop.
    Lost = 3,
    /// The visitor used "Lämna sidan": a sealed goodbye proved it (counsellor's side only).
    LeftFast = 4,
    /// Connected, but no sealed word for 90 s.
    Unsure = 5,
}

/// Nobody has written for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Silence {
    /// Not long.
    #[default]
    None = 0,
    /// 5 minutes: ask "Är du kvar?".
    Ask = 1,
    /// 10 minutes: the chat closes in five.
    Warn = 2,
}

/// Return words, as this end sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Returning {
    /// Visitor: none asked for. Counsellor: a new visitor, whatever they say about having been here.
    #[default]
    None = 0,
    /// Visitor: asked for, and the counsellor's word that they are kept has not come.
    Asked = 1,
    /// They are kept, and lead back to this counsellor today.
    Kept = 2,
    /// Visitor: on the way back with them. Counsellor: the visitor came back with them: the same visitor, new
    /// keys.
    CameBack = 3,
}

/// Why something did not work, in words fit for a frightened person. One byte on the door: the relay's
/// refusals keep their wire bytes (1-14), our own begin at 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The relay refused.
    Relay(Refusal),
    /// 128: this device's clock is wrong, so no certificate can be judged.
    ClockWrong,
    /// 129: the counsellor's certificates are not the centre's.
    NotTrusted,
    /// 130: keys or rules were broken on the way.
    Broken,
    /// 134: not everybody sees the same people in the room.
    RoomDiffers,
    /// 131: very many come at once, and this device works for its place; a few seconds.
    Working,
    /// 132: very many come at once, and this one is let in when it is its turn.
    Crowded,
}

impl Trouble {
    /// The byte on the door.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Relay(refusal) => refusal.byte(),
            Self::ClockWrong => 128,
            Self::NotTrusted => 129,
            Self::Broken => 130,
            Self::RoomDiffers => 134,
            Self::Working => 131,
            Self::Crowded => 132,
        }
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        if refused.may_be_the_clock() { Self::ClockWrong } else { Self::NotTrusted }
    }
}

/// What the visitor is asked: whether somebody may come. Nothing happens without their yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// To join, or to take over.
    pub kind: InviteKind,
    /// What the colleague is certified to be, by the counsellor's word; checked before anything is said to them.
    pub role: Role,
    /// How they are called.
    pub name: String,
    /// The visitor has said yes, and the colleague's answer is awaited.
    pub called: bool,
}

/// Somebody else in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InRoom {
    /// Their number, as in [`crate::Said::from`].
    pub member: u8,
    /// What they are certified to be.
    pub role: Role,
    /// How they call themselves; empty until they have said it.
    pub name: String,
    /// Heard of within 90 s.
    pub here: bool,
    /// "Skriver".
    pub typing: bool,
}

/// Whom the counsellor is asking in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedView {
    /// To join, or to take over.
    pub kind: InviteKind,
    /// The visitor has said yes.
    pub consent: bool,
    /// The colleague has said yes.
    pub comes: bool,
}

/// Everything a page shows beside the messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// Where the visit is.
    pub phase: Phase,
    /// The socket.
    pub link: LinkView,
    /// The place in the line, from 1; 0 unknown.
    pub place: u32,
    /// The door, if the relay said.
    pub open_state: Option<OpenState>,
    /// It is near closing: this place may not be reached today.
    pub closing_soon: bool,
    /// How long the line may take, while in it (visitor's side only).
    pub wait: Wait,
    /// The other side.
    pub peer: Peer,
    /// When it was lost, milliseconds since 1970; 0 when it is not.
    pub peer_since_ms: u64,
    /// "Skriver".
    pub peer_typing: bool,
    /// The visitor covered the screen ("någon kom").
    pub peer_covered: bool,
    /// Nobody has written for a while. The visitor's own clock counts; the counsellor's end reckons the same without
    /// hearing of a visitor who answered "here" and wrote nothing.
    pub silence: Silence,
    /// The counsellor holds the silence clock.
    pub held: bool,
    /// Own messages the other side has not opened.
    pub unsent: u16,
    /// How it ended, once it is over.
    pub ending: Option<Ending>,
    /// What did not work.
    pub trouble: Option<Trouble>,
    /// For whom the visitor writes (counsellor's side only, while the chat lasts).
    pub about: Option<About>,
    /// The counsellor's chosen name.
    pub alias: String,
    /// The counsellor's certified role.
    pub role: Option<Role>,
    /// Return words.
    pub returning: Returning,
    /// Words to compare, while they are shown.
    pub compare: Comparison,
    /// What the visitor is asked (visitor's side only).
    pub offer: Option<OfferView>,
    /// Who else is in the room, beside the visitor and the counsellor whose chat it is for the visitor, beside the
    /// visitor and oneself for a seat.
    pub room: Vec<InRoom>,
    /// Whom the counsellor is asking in (counsellor's side only).
    pub asking: Option<AskedView>,
    /// How the last asking has ended (counsellor's side only).
    pub asked: Option<Asked>,
    /// This seat is a guest in the chat (counsellor's side only).
    pub guest: bool,
}

/// The longest alias, bytes of UTF-8; a longer one is cut between characters.
const ALIAS_MAX: usize = 64;

/// The longest beginning that fits an alias.
pub(crate) fn cut(alias: &str) -> &str {
    let mut end = alias.len().min(ALIAS_MAX);
    while !alias.is_char_boundary(end) {
        end -= 1;
    }
    &alias[..end]
}
