//! The other seats: who they are, and what they say on the staff channel.

use std::collections::HashMap;
use std::sync::Arc;

use lykta_wire::{Envelope, Kind, Refusal, SeatEntry, SeatId, ToDesk, limits};

use super::Seated;
use crate::line::{Away, Card, StaffCursor};
use crate::shown::Seen;
use crate::socket::{Over, Socket, Wire};
use crate::turns::Turns;

/// Seats one connection has spoken with at most. More than are shown, because a seat that has gone may come back.
const SPOKEN: usize = 4 * limits::SEATS_SHOWN;

/// What a console's connection knows of the other seats.
pub(super) struct Colleagues {
    card: Card,
    /// The last list that was said, so that only news is. The consoles of a relay share it.
    shown: Option<Arc<[SeatEntry]>>,
    /// How far each seat is heard with whom something was said. Of the others nothing is kept.
    spoken: HashMap<SeatId, StaffCursor>,
    /// Seats in whose boxes something may lie.
    pending: Turns<SeatId>,
    /// A bell may have been lost: it is to be asked who has said something.
    unasked: bool,
}

impl Colleagues {
    pub(super) fn new(card: Card) -> Self {
        Self { card, shown: None, spoken: HashMap::new(), pending: Turns::default(), unasked: true }
    }

    pub(super) fn are_pending(&self) -> bool {
        self.unasked || !self.pending.is_empty()
    }

    /// The tick: a lost bell costs no more than this.
    pub(super) fn look_everywhere(&mut self) {
        self.unasked = true;
    }

    pub(super) fn rung(&mut self, seats: impl IntoIterator<Item = SeatId>) {
        seats.into_iter().for_each(|seat| self.listen(seat));
    }

    fn listen(&mut self, seat: SeatId) {
        if self.may_speak_with(seat) {
            self.pending.insert(seat);
        }
    }

    fn may_speak_with(&self, seat: SeatId) -> bool {
        self.spoken.len() < SPOKEN || self.spoken.contains_key(&seat)
    }

    fn knows(&self, seat: SeatId) -> bool {
        let is_shown = |shown: &Arc<[SeatEntry]>| shown.iter().any(|entry| entry.seat == seat);
        self.spoken.contains_key(&seat)
            || (self.may_speak_with(seat) && self.shown.as_ref().is_some_and(is_shown))
    }
}

impl Seated {
    /// The living seats, when that is news; and this one to them, when they do not see it.
    pub(super) async fn say_seats<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        seen: &Seen,
    ) -> Result<(), Over> {
        let entries = &seen.seats;
        let Colleagues { card, shown, .. } = &self.colleagues;
        let is_seen = |entry: &SeatEntry| {
            entry.seat == self.seat && entry.certificate == card.certificate && entry.role == card.role
        };
        if !entries.iter().any(is_seen) {
            // A store that lost its memory has forgotten the card; the next look shows it.
            let _ = self.relay.line.introduce(self.seat, *card, self.relay.now()).await;
        }
        if shown.as_ref() == Some(entries) {
            return Ok(());
        }
        self.colleagues.shown = Some(Arc::clone(entries));
        socket.send(ToDesk::Seats { entries: entries.to_vec() }.encode()).await
    }

    /// One envelope of one colleague, round and round.
    pub(super) async fn pass_on_staff<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        if std::mem::take(&mut self.colleagues.unasked) {
            // While the store is away, the next tick asks again.
            let senders =
                self.relay.line.staff_senders(self.seat, self.relay.now()).await.unwrap_or_default();
            self.colleagues.rung(senders);
        }
        let Some(from) = self.colleagues.pending.take_turn() else { return Ok(()) };
        let Colleagues { spoken, pending, .. } = &mut self.colleagues;
        let mut cursor = spoken.get(&from).copied().unwrap_or_default();
        let found = self.relay.line.staff_fetch(from, self.seat, &mut cursor, self.relay.now()).await;
        let Ok(Some(envelope)) = found else { return Ok(()) };
        spoken.insert(from, cursor);
        pending.insert(from);
        let frame = match envelope.kind() {
            Kind::Beat => ToDesk::StaffBeat { from, envelope },
            _ => ToDesk::StaffEnvelope { from, envelope },
        };
        socket.send(frame.encode()).await
    }

    pub(super) async fn staff_put<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        to: SeatId,
        envelope: Envelope,
    ) -> Result<(), Over> {
        if envelope.kind() == Kind::Beat || to == self.seat {
            return Err(Over::Close(lykta_wire::CloseCode::BadFrame));
        }
        let refusal = if self.colleagues.knows(to) {
            self.colleagues.spoken.entry(to).or_default();
            match self.relay.line.staff_put(self.seat, to, envelope, self.relay.now()).await {
                Ok(Ok(next)) => return socket.send(ToDesk::StaffStored { to, next }.encode()).await,
                Ok(Err(why)) => why.into(),
                Err(Away) => Refusal::StoreAway,
            }
        } else {
            Refusal::Gone
        };
        socket.send(ToDesk::StaffRefused { to, refusal }.encode()).await
    }

    pub(super) async fn staff_beat(&mut self, to: SeatId, envelope: Envelope) -> Result<(), Over> {
        if envelope.kind() != Kind::Beat {
            return Err(Over::Close(lykta_wire::CloseCode::BadFrame));
        }
        if self.colleagues.knows(to) {
            let _ = self.relay.line.staff_beat(self.seat, to, envelope, self.relay.now()).await;
        }
        Ok(())
    }

    pub(super) async fn staff_got(&mut self, from: SeatId, next: u32) -> Result<(), Over> {
        // A console that comes back names by this whom it was talking with.
        if self.colleagues.may_speak_with(from) {
            self.colleagues.spoken.entry(from).or_default();
            self.colleagues.listen(from);
        }
        let _ = self.relay.line.staff_got(from, self.seat, next, self.relay.now()).await;
        Ok(())
    }
}
