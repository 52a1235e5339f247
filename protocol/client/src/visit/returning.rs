//! Return words at the visitor's end: kept for a page that dies, and shown by the page that comes after it.

use lykta_e2ee::{About, Note, ReturnKey};
use lykta_wire::{Ending, Lane, Languages, Refusal};

use super::{State, Step, Talking, Visit};
use crate::ticket::{Hail, Ticket};
use crate::view::{Returning, Trouble};

impl Visit {
    /// With a new ticket to the counsellor who keeps these words.
    pub(super) fn come_back(
        &mut self,
        lane: Lane,
        languages: Languages,
        about: About,
        words: ReturnKey,
        step: &mut Step<'_>,
    ) {
        if !matches!(self.state, State::Arriving) {
            return;
        }
        let ticket = Ticket::returning(lane, languages, about, words.id, step.seed);
        let hail = Hail::returning(&ticket, words.key, &self.anchors, step.seed);
        self.state = State::Joining { ticket, hail };
        let wish = self.link.start(step.now);
        self.carry_out(wish, step);
    }

    /// On the way back, and not there yet.
    pub(super) fn is_returning(&self) -> bool {
        match &self.state {
            State::Joining { ticket, .. }
            | State::Waiting { ticket, .. }
            | State::Greeting { ticket, .. } => ticket.is_returning(),
            State::Arriving | State::Talking(_) | State::Over(_) => false,
        }
    }

    /// The words lead nowhere (any more), or not to somebody who knows the key. Never into the line by
    /// itself: what was written meanwhile was meant for one counsellor. And no `Leave`, which would take the
    /// words from a second try.
    pub(super) fn not_back(&mut self, step: &mut Step<'_>) {
        self.trouble = Some(Trouble::Relay(Refusal::Gone));
        self.over(Some(Ending::TurnedAway), step);
    }
}

impl Talking {
    /// "Kunna komma tillbaka": the counsellor keeps these words. `stays`: also when the visitor leaves by hand.
    pub(super) fn keep_return(&mut self, words: ReturnKey, stays: bool, step: &Step<'_>) {
        if self.ending.is_some() || self.returning != Returning::None {
            return;
        }
        self.returning = Returning::Asked;
        if stays {
            self.channel.note(Note::ReturnStays, step.now, &mut self.events);
        }
        self.channel.note(Note::ReturnKey(words), step.now, &mut self.events);
    }

    /// The words are to be forgotten.
    pub(super) fn forget_return(&mut self, step: &Step<'_>) {
        if core::mem::take(&mut self.returning) != Returning::None {
            self.channel.note(Note::ReturnForget, step.now, &mut self.events);
        }
    }
}
