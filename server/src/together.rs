//! Frames that came behind each other and are one question to the store: envelopes for the same member, and
//! confirmations of which the last one says it all.

use axum::body::Bytes;
use lykta_wire::{CloseCode, DecodeError, Envelope, FromDesk, Kind, ToRelay, limits};

use crate::socket::{Over, Socket, Wire};

/// A frame of a page.
pub trait Frame: Sized {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError>;

    /// Whether a frame of this sort may be asked together with the next one.
    fn joins(&self) -> bool;

    /// Takes up the next frame: puts its envelope behind `more`, or stands for it. Not when it is another question.
    fn takes_up(&mut self, more: &mut Vec<Envelope>, next: Self) -> bool;
}

/// A frame, and what came with it.
pub struct Together<F> {
    /// The frame.
    pub frame: F,
    /// Further envelopes, when it puts one.
    pub more: Vec<Envelope>,
}

/// This frame, and what is here behind it, without waiting for anything. What is another question stays in the socket:
/// should this one end the connection, a leave behind it is heard all the same.
///
/// # Errors
/// When it is no frame.
pub async fn together<F: Frame, W: Wire>(socket: &mut Socket<W>, bytes: &Bytes) -> Result<Together<F>, Over> {
    let mut frame = F::decode(bytes).map_err(|_| Over::Close(CloseCode::BadFrame))?;
    let mut more = Vec::new();
    while frame.joins()
        && more.len() + 1 < limits::BOX_ENVELOPES
        && let Some(next) = socket.here().await
    {
        let read = next.as_ref().ok().and_then(|bytes| F::decode(bytes).ok());
        if !read.is_some_and(|read| frame.takes_up(&mut more, read)) {
            socket.puts_back(next);
            break;
        }
    }
    Ok(Together { frame, more })
}

/// The parts of a greeting come alone.
fn are_kept(first: &Envelope, next: &Envelope) -> bool {
    first.kind() == Kind::Kept && next.kind() == Kind::Kept
}

impl Frame for ToRelay {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(bytes)
    }

    fn joins(&self) -> bool {
        matches!(self, Self::Put { .. } | Self::Got { .. })
    }

    fn takes_up(&mut self, more: &mut Vec<Envelope>, next: Self) -> bool {
        match (self, next) {
            (
                Self::Put { claim, to, envelope: first },
                Self::Put { claim: same_claim, to: same, envelope },
            ) if (*claim, *to) == (same_claim, same) && are_kept(first, &envelope) => {
                more.push(envelope);
                true
            }
            (Self::Got { claim, from, next: last }, Self::Got { claim: same_claim, from: same, next })
                if (*claim, *from) == (same_claim, same) && *last <= next =>
            {
                *last = next;
                true
            }
            _ => false,
        }
    }
}

impl Frame for FromDesk {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(bytes)
    }

    fn joins(&self) -> bool {
        matches!(self, Self::Put { .. } | Self::Got { .. })
    }

    fn takes_up(&mut self, more: &mut Vec<Envelope>, next: Self) -> bool {
        match (self, next) {
            (Self::Put { chat, to, envelope: first }, Self::Put { chat: same_chat, to: same, envelope })
                if (*chat, *to) == (same_chat, same) && are_kept(first, &envelope) =>
            {
                more.push(envelope);
                true
            }
            (Self::Got { chat, from, next: last }, Self::Got { chat: same_chat, from: same, next })
                if (*chat, *from) == (same_chat, same) && *last <= next =>
            {
                *last = next;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use lykta_wire::{Claim, Member};

    use super::*;

    fn envelope(kind: Kind, number: u32) -> Envelope {
        let mut bytes = [0; 2_072];
        (bytes[0], bytes[1]) = (1, kind as u8);
        bytes[4..8].copy_from_slice(&number.to_be_bytes());
        Envelope::parse(&bytes).unwrap()
    }

    fn put(claim: u32, to: u8, kind: Kind, number: u32) -> ToRelay {
        let (claim, to) = (Claim(claim), Member::new(to).unwrap());
        ToRelay::Put { claim, to, envelope: envelope(kind, number) }
    }

    fn got(claim: u32, from: u8, next: u32) -> ToRelay {
        ToRelay::Got { claim: Claim(claim), from: Member::new(from).unwrap(), next }
    }

    #[test]
    fn only_kept_envelopes_of_one_chat_for_one_member_are_one_question() {
        let mut more = Vec::new();
        let mut first = put(1, 1, Kind::Kept, 0);
        assert!(first.takes_up(&mut more, put(1, 1, Kind::Kept, 1)));
        let others = [
            put(1, 2, Kind::Kept, 2),
            put(2, 1, Kind::Kept, 2),
            put(1, 1, Kind::Answer, 0),
            got(1, 1, 1),
            ToRelay::Probe,
        ];
        for other in others {
            assert!(!first.takes_up(&mut more, other));
        }
        assert!(more == [envelope(Kind::Kept, 1)]);
        let mut hello = put(1, 1, Kind::Hello, 0);
        assert!(!hello.takes_up(&mut more, put(1, 1, Kind::Kept, 0)), "a greeting comes alone");
    }

    #[test]
    fn the_last_confirmation_stands_for_those_before_and_never_goes_back() {
        let (mut first, mut more) = (got(1, 1, 3), Vec::new());
        assert!(first.takes_up(&mut more, got(1, 1, 7)));
        assert_eq!(first.encode(), got(1, 1, 7).encode());
        for other in [got(1, 1, 5), got(1, 2, 9), got(2, 1, 9), put(1, 1, Kind::Kept, 0)] {
            assert!(!first.takes_up(&mut more, other));
        }
    }
}
