//! What the machines of a chat ask of whoever drives them.

use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::ReturnKey;
use zeroize::Zeroizing;

use crate::link::LinkWish;

/// One wish. They are to be carried out in order.
pub enum Wish {
    /// Open a socket; forget an earlier one.
    Open,
    /// Close the socket and report nothing more of it.
    Close,
    /// Send one frame, if the socket is open; else forget it (what matters is sent again).
    Send(Vec<u8>),
    /// Show one whole message. Each comes once, in order.
    Said(Said),
    /// Own messages with this id or a lower one were opened by the other side.
    Delivered(u32),
    /// The body of `POST /leave`, for a beacon: raw, without the frame's kind byte.
    Leave(Vec<u8>),
    /// The text was not taken; keep the draft.
    NotSaid(NotSaid),
    /// The conversation is gone, here and everywhere: clear it from the screen.
    Emptied,
    /// A chat's, for its seat: keep these return words ([`crate::SeatInput::KeepReturn`]).
    KeepReturn {
        /// What the words became.
        words: ReturnKey,
        /// Also when the visitor leaves by hand.
        stays: bool,
    },
    /// A chat's, for its seat: forget them ([`crate::SeatInput::ForgetReturn`]).
    ForgetReturn,
}

/// A whole message.
pub struct Said {
    /// Rises by one with every message of the visit, own or not.
    pub id: u32,
    /// 0 the visitor, 1 the counsellor.
    pub from: u8,
    /// Milliseconds since 1970, by this device's clock.
    pub at_ms: u64,
    /// What was said.
    pub text: Zeroizing<String>,
}

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum NotSaid {
    /// More than 4,000 UTF-16 units.
    TooLong = 1,
    /// 64 KiB wait already.
    TooMuchUnsent = 2,
    /// There is no conversation to say it in: not begun, ending or over.
    NotNow = 3,
    /// Nothing in it.
    Empty = 4,
}

impl From<LinkWish> for Option<Wish> {
    fn from(wish: LinkWish) -> Self {
        match wish {
            LinkWish::Open => Some(Wish::Open),
            LinkWish::Close => Some(Wish::Close),
            LinkWish::Probe => None,
        }
    }
}
