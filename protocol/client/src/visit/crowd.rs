//! When very many come at once: work for a place, or the own turn, whichever comes first.

use lykta_wire::Puzzle;

use super::{State, Step, Visit};
use crate::view::Trouble;
use crate::work::Work;

impl Visit {
    /// The relay lets in at once whoever works a little. Only somebody on the way in is asked.
    pub(super) fn asked_to_work(&mut self, puzzle: &Puzzle, step: &Step<'_>) {
        if let State::Joining { ticket, .. } = &self.state {
            self.work = Some(Work::new(puzzle, ticket.name, step.now));
            self.trouble = None;
        }
    }

    /// One small step of it. Whatever happened to the visit meanwhile, nothing of the work outlives its reason.
    pub(super) fn work(&mut self, step: &mut Step<'_>) {
        if !matches!(self.state, State::Joining { .. }) {
            self.work = None;
        }
        if let Some(frame) = self.work.as_mut().and_then(|work| work.step(step.now)) {
            step.out.push(crate::wish::Wish::Send(frame.encode()));
        }
    }

    /// What there is to say about it.
    pub(super) fn crowd(&self) -> Option<Trouble> {
        let work = self.work.as_ref()?;
        Some(if work.is_under_way() { Trouble::Working } else { Trouble::Crowded })
    }

    /// Whether the next step of it is wanted as soon as the page has breathed.
    pub(super) fn wants_to_work(&self) -> bool {
        self.work.as_ref().is_some_and(Work::is_under_way)
    }
}
