//! Words to compare: three numbers that are the same at both ends unless somebody sits in between.
//!
//! ```text
//! whoever asks   Idle --ask: commitment--> Committed --nonce: reveal--> Done
//! the other      Idle --commitment: nonce--> Answered --reveal that fits--> Done
//! both at once   the visitor's commitment counts: the counsellor drops their own and answers it
//! ```
//!
//! Once in a chat: the numbers are bound to its first greeting and do not change, so a second run could only
//! serve somebody who wants another try. Whatever else comes out of turn ends the chat as `failed`.

use alloc::boxed::Box;

use lykta_e2ee::{Note, sas_commitment, sas_matches};
use zeroize::Zeroizing;

use crate::channel::Channel;

type Nonce = Box<Zeroizing<[u8; 32]>>;

/// What a page shows of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparison {
    /// Not asked for, or closed.
    #[default]
    None,
    /// Asked for; the other side's half has not come yet.
    UnderWay,
    /// Three numbers from 1000 to 9191, to be read aloud over another way than this chat.
    Numbers([u16; 3]),
}

/// A note that is not this side's turn to get: the other end is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OutOfTurn;

#[derive(Default)]
pub(crate) struct Compare {
    state: State,
    /// Closed by hand: the numbers stay known and can be shown again.
    closed: bool,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Committed(Nonce),
    Answered {
        commitment: [u8; 32],
        nonce: Nonce,
    },
    Done([u16; 3]),
}

impl Compare {
    /// Shows the comparison and begins it if nobody has; answers the note to send.
    pub(crate) fn ask(&mut self, nonce: Zeroizing<[u8; 32]>) -> Option<Note> {
        self.closed = false;
        if !matches!(self.state, State::Idle) {
            return None;
        }
        let commitment = sas_commitment(&nonce);
        self.state = State::Committed(Box::new(nonce));
        Some(Note::SasCommit(commitment))
    }

    /// Takes it from the screen.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// One of the three notes came. `visitor`: this is the visitor's end, whose commitment counts when both
    /// asked at once. `nonce`: fresh, in case it is our turn to give one.
    ///
    /// # Errors
    /// [`OutOfTurn`], also for a revealed nonce that is not the one committed to.
    pub(crate) fn heard(
        &mut self,
        note: &Note,
        visitor: bool,
        nonce: Zeroizing<[u8; 32]>,
        channel: &Channel,
    ) -> Result<Option<Note>, OutOfTurn> {
        let (state, answer) = match (core::mem::take(&mut self.state), note) {
            (ours @ State::Committed(_), Note::SasCommit(_)) if visitor => (ours, None),
            (State::Idle | State::Committed(_), Note::SasCommit(commitment)) => {
                self.closed = false;
                let answer = Note::SasNonce(*nonce);
                (State::Answered { commitment: *commitment, nonce: Box::new(nonce) }, Some(answer))
            }
            (State::Committed(ours), Note::SasNonce(theirs)) => {
                (State::Done(channel.compare(&ours, theirs)), Some(Note::SasReveal(**ours)))
            }
            (State::Answered { commitment, nonce: ours }, Note::SasReveal(theirs))
                if sas_matches(&commitment, theirs) =>
            {
                (State::Done(channel.compare(theirs, &ours)), None)
            }
            _ => return Err(OutOfTurn),
        };
        self.state = state;
        Ok(answer)
    }

    pub(crate) fn shown(&self) -> Comparison {
        match &self.state {
            State::Idle => Comparison::None,
            _ if self.closed => Comparison::None,
            State::Committed(_) | State::Answered { .. } => Comparison::UnderWay,
            State::Done(numbers) => Comparison::Numbers(*numbers),
        }
    }
}
