//! The other seats: who they are, and what they say on the staff channel.

use std::collections::{BTreeSet, HashMap};

use lykta_wire::{Envelope, Kind, Refusal, SeatEntry, SeatId, ToDesk, limits};

use super::Seated;
use crate::line::{Away, Card, StaffCursor};
use crate::shown::Seen;
use crate::socket::{Over, Socket, Wire};
use crate::turns::Turns;

/// Seats one connection listens to at most. More than are shown, because a seat that has just gone may have said
/// something last.
const LISTENED: usize = 4 * limits::SEATS_SHOWN;

/// What a console's connection knows of the other seats.
pub(super) struct Colleagues {
    card: Card,
    /// The last list that was said, so that only news is.
    said: Option<Vec<SeatEntry>>,
    known: HashMap<SeatId, StaffCursor>,
    /// Seats in whose boxes something may lie.
    pending: Turns<SeatId>,
}

impl Colleagues {
    pub(super) fn new(card: Card) -> Self {
        Self { card, said: None, known: HashMap::new(), pending: Turns::default() }
    }

    pub(super) fn are_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The tick: a lost bell costs no more than this.
    pub(super) fn look_everywhere(&mut self) {
        self.known.keys().for_each(|seat| self.pending.insert(*seat));
    }

    pub(super) fn rung(&mut self, seats: BTreeSet<SeatId>) {
        seats.into_iter().for_each(|seat| self.listen(seat));
    }

    fn listen(&mut self, seat: SeatId) {
        if self.known.len() < LISTENED || self.known.contains_key(&seat) {
            self.known.entry(seat).or_default();
            self.pending.insert(seat);
        }
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
        let Colleagues { card, said, known, .. } = &mut self.colleagues;
        let is_seen = |entry: &SeatEntry| {
            entry.seat == self.seat && entry.certificate == card.certificate && entry.role == card.role
        };
        if !entries.iter().any(is_seen) {
            // A store that lost its memory has forgotten the card; the next look shows it.
            let _ = self.relay.line.introduce(self.seat, *card, self.relay.now()).await;
        }
        if said.as_ref() == Some(entries) {
            return Ok(());
        }
        let new: Vec<SeatId> = entries
            .iter()
            .map(|entry| entry.seat)
            .filter(|seat| *seat != self.seat && !known.contains_key(seat))
            .collect();
        *said = Some(entries.clone());
        new.into_iter().for_each(|seat| self.colleagues.listen(seat));
        socket.send(ToDesk::Seats { entries: entries.clone() }.encode()).await
    }

    /// One envelope of one colleague, round and round.
    pub(super) async fn pass_on_staff<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        let Some(from) = self.colleagues.pending.take_turn() else { return Ok(()) };
        let Some(cursor) = self.colleagues.known.get_mut(&from) else { return Ok(()) };
        let now = self.relay.now();
        let Ok(Some(envelope)) = self.relay.line.staff_fetch(from, self.seat, cursor, now).await else {
            return Ok(());
        };
        self.colleagues.pending.insert(from);
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
        let refusal = if self.colleagues.known.contains_key(&to) {
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
        if self.colleagues.known.contains_key(&to) {
            let _ = self.relay.line.staff_beat(self.seat, to, envelope, self.relay.now()).await;
        }
        Ok(())
    }

    pub(super) async fn staff_got(&mut self, from: SeatId, next: u32) -> Result<(), Over> {
        // A console that comes back names by this whom it was talking with.
        self.colleagues.listen(from);
        let _ = self.relay.line.staff_got(from, self.seat, next, self.relay.now()).await;
        Ok(())
    }
}
