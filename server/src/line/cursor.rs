//! How far a reader of a chat's boxes has come, and how far a box is filled.
//!
//! What comes next for a reader is the answer, then the kept envelopes in order, then the latest beat; and of these
//! only what the reader has not passed. An envelope that comes by another way than a look into the box
//! ([`Cursor::step`]) is the next one exactly when the box, looked into, would have given it.

use lykta_wire::{Envelope, Kind, Member, limits};

/// Which envelope of each box is next for one socket. Belongs to the connection and starts anew with it, so
/// that whatever is unconfirmed is sent again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cursor([Seen; limits::MEMBER_MAX as usize + 1]);

/// The same for what one other seat says on the staff channel.
#[derive(Debug, Clone, Copy, Default)]
pub struct StaffCursor(pub(super) Seen);

/// How far one box was passed on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) answer: u64,
    /// Which filling of the box `next` counts in. A box that was emptied, or forgotten by its store, is filled
    /// anew, perhaps from further back.
    pub(super) filling: u64,
    pub(super) next: u32,
    pub(super) beat: u64,
}

impl Seen {
    /// The number that is next in this filling.
    pub(super) fn wanted(&self, filling: u64) -> u32 {
        if self.filling == filling { self.next } else { 0 }
    }

    /// A kept envelope of this filling is passed on.
    pub(super) fn pass(&mut self, filling: u64, number: u32) {
        (self.filling, self.next) = (filling, number.saturating_add(1));
    }

    fn has_passed_what_is_kept(&self, level: Level) -> bool {
        level.next == 0 || (self.filling == level.filling && self.next >= level.next)
    }
}

/// How far a box is filled: what somebody has passed who has passed everything in it. Said by the store with what was
/// put, and by the bell that rings for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Level {
    /// The mark of the answer that lies in it; 0 when none does.
    pub answer: u64,
    /// The mark of the filling that `next` counts in.
    pub filling: u64,
    /// The number that the next kept envelope has; 0 when none was ever kept.
    pub next: u32,
    /// The mark of the latest beat.
    pub beat: u64,
}

impl Level {
    /// Of a box of which nothing is known but that somebody should look: nobody has passed it.
    pub const UNKNOWN: Self = Self { answer: u64::MAX, filling: u64::MAX, next: u32::MAX, beat: u64::MAX };

    /// Passed by nobody who has not passed both. Marks only rise, so of two bells of one box the later one's is left.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (filling, next) = (self.filling, self.next).max((other.filling, other.next));
        Self { answer: self.answer.max(other.answer), filling, next, beat: self.beat.max(other.beat) }
    }
}

/// What an envelope is for a reader to whom it is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The next one, and passed from now on.
    Next,
    /// One that was passed on before.
    Passed,
    /// Something else may be next: the box says.
    Look,
}

impl Cursor {
    /// What a store needs of it for one sender.
    pub(super) fn of(&mut self, from: Member) -> &mut Seen {
        &mut self.0[usize::from(from.number())]
    }

    /// Whether nothing in a box of this sender, filled so far, is new to the reader.
    #[must_use]
    pub fn has_passed(&self, from: Member, level: Level) -> bool {
        let seen = &self.0[usize::from(from.number())];
        seen.answer >= level.answer && seen.beat >= level.beat && seen.has_passed_what_is_kept(level)
    }

    /// An envelope that the store has just taken into a box, which is filled so far since.
    pub fn step(&mut self, from: Member, envelope: &Envelope, level: Level) -> Step {
        let seen = self.of(from);
        match envelope.kind() {
            Kind::Hello | Kind::Answer if seen.answer < level.answer => {
                seen.answer = level.answer;
                Step::Next
            }
            Kind::Kept if seen.answer >= level.answer && seen.filling == level.filling => {
                match envelope.number().cmp(&seen.next) {
                    std::cmp::Ordering::Less => Step::Passed,
                    std::cmp::Ordering::Equal => {
                        seen.pass(level.filling, envelope.number());
                        Step::Next
                    }
                    std::cmp::Ordering::Greater => Step::Look,
                }
            }
            Kind::Beat
                if seen.answer >= level.answer
                    && seen.has_passed_what_is_kept(level)
                    && seen.beat < level.beat =>
            {
                seen.beat = level.beat;
                Step::Next
            }
            _ => Step::Look,
        }
    }
}

/// One thing to pass on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Whose.
    pub from: Member,
    /// An answer, a kept envelope or a beat.
    pub envelope: Envelope,
}
