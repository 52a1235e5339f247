//! Broken parts, one at a time: the simulation must find each of them, or it proves nothing.

use std::sync::Mutex;

use lykta_server::clock::Moment;
use lykta_server::line::{Answer, Level, Line, Memory, NotTaken, Put, Taken};
use lykta_wire::{ChatRef, Envelope, Kind, Member, SeatId, TicketName};

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Nothing.
    Nothing,
    /// A store that gives a seat the ticket that another one has just got.
    TwoSeats,
    /// A store that says it has the fourth envelope of a box, and has not kept it.
    Swallows,
    /// A page that shows every tenth note twice.
    ShowsTwice,
    /// A page that does not show every tenth note.
    ShowsNot,
    /// A page that calls a note delivered when it is written.
    Flatters,
}

/// The store's part of it.
pub(crate) struct Control {
    broken: Broken,
    last: Mutex<Option<(SeatId, Taken)>>,
}

impl Control {
    pub(crate) fn new(broken: Broken) -> Self {
        Self { broken, last: Mutex::new(None) }
    }

    pub(crate) async fn take(
        &self,
        line: &Memory,
        seat: SeatId,
        ticket: Option<TicketName>,
        now: Moment,
    ) -> Answer<Result<Taken, NotTaken>> {
        if self.broken == Broken::TwoSeats {
            let last = self.last.lock().expect("nobody panics here").clone();
            if let Some((_, taken)) = last.filter(|(owner, _)| *owner != seat) {
                return Ok(Ok(taken));
            }
        }
        let taken = line.take(seat, ticket, now).await?;
        if let Ok(taken) = &taken {
            *self.last.lock().expect("nobody panics here") = Some((seat, taken.clone()));
        }
        Ok(taken)
    }

    pub(crate) async fn put(
        &self,
        line: &Memory,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelopes: Vec<Envelope>,
        now: Moment,
    ) -> Answer<Put> {
        let is_fourth = |one: &Envelope| one.kind() == Kind::Kept && one.number() == 3;
        if self.broken == Broken::Swallows && envelopes.iter().any(is_fourth) {
            let level = Level { next: 4, ..Level::default() };
            return Ok(Put { stored: envelopes.len(), new: 0, why_not: None, level });
        }
        line.put(chat, from, to, envelopes, now).await
    }
}
