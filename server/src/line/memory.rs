//! The embedded store: one process, nothing on any disk, and the readable specification of the trait.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use lykta_wire::{
    ChatRef, Claim, Envelope, Kind, Lane, Languages, LineEntry, Member, ReturnHandle, SeatId, TicketName,
    limits,
};
use tokio::sync::broadcast;

use super::{
    Answer, Bell, Bounds, CameBack, Count, Cursor, Fetched, Holder, Join, Joined, Line, NotPut, NotTaken,
    Restored, Returned, SeatChat, Spans, Standing, Taken, is_last_number,
};
use crate::clock::Moment;

/// Bells a listener may be behind before it must look everywhere instead.
const BELLS: usize = 4_096;

/// The memory line.
pub struct Memory {
    spans: Spans,
    bounds: Bounds,
    state: Mutex<State>,
    bells: broadcast::Sender<Bell>,
}

impl Memory {
    /// An empty line that holds no more than these bounds; a number alone means so many waiting.
    #[must_use]
    pub fn new(spans: Spans, bounds: impl Into<Bounds>) -> Self {
        let (bells, _) = broadcast::channel(BELLS);
        Self { spans, bounds: bounds.into(), state: Mutex::default(), bells }
    }

    fn ring(&self, bell: Bell) {
        // Nobody listening is fine: a bell may be lost.
        let _ = self.bells.send(bell);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No verb leaves the state half-written: a panic under the lock is a bug, and going on would hide it.
        self.state.lock().expect("no verb panics while it holds the line")
    }

    /// Envelopes held just now, for tests that ask whether everything was forgotten.
    #[must_use]
    pub fn envelopes_held(&self) -> usize {
        let state = self.state();
        let boxes = state.boxes.values().flat_map(BTreeMap::values);
        let boxed: usize = boxes.map(|held| held.kept.len() + usize::from(held.beat.is_some())).sum();
        boxed + state.tickets.values().filter(|ticket| ticket.hello.is_some()).count()
    }

    /// Where each ticket stands, `None` for the line: once as its own record says and once as the index of that
    /// place says. For tests of the first promise: every ticket is named twice, and both times the same place.
    #[must_use]
    pub fn places(&self) -> Vec<(TicketName, Option<SeatId>)> {
        let state = self.state();
        let recorded = state.tickets.iter().map(|(name, ticket)| match ticket.whereabouts {
            Where::InLine => (*name, None),
            Where::With { seat, .. } => (*name, Some(seat)),
        });
        let in_line = state.order.values().map(|name| (*name, None));
        let with_seats =
            state.chats.iter().flat_map(|(seat, names)| names.iter().map(|name| (*name, Some(*seat))));
        recorded.chain(in_line).chain(with_seats).collect()
    }

    /// Every byte the store holds, for the canary.
    #[must_use]
    pub fn dump(&self) -> Vec<u8> {
        let state = self.state();
        let mut bytes = Vec::new();
        for (name, ticket) in &state.tickets {
            bytes.extend_from_slice(&name.0);
            bytes.extend(ticket.hello.iter().flat_map(|hello| hello.as_bytes().to_vec()));
        }
        for held in state.boxes.values().flat_map(BTreeMap::values) {
            let envelopes = held.kept.iter().chain(&held.answer).chain(&held.beat);
            envelopes.for_each(|envelope| bytes.extend_from_slice(envelope.as_bytes()));
        }
        state.seats.keys().for_each(|seat| bytes.extend_from_slice(&seat.0));
        state.returns.keys().for_each(|handle| bytes.extend_from_slice(&handle.0));
        bytes
    }
}

#[derive(Default)]
struct State {
    /// Ordered, so that a sweep rings the same bells in the same order every time.
    tickets: BTreeMap<TicketName, Ticket>,
    /// Tickets in the line by rank: support before professionals, then the order number.
    order: BTreeMap<(Lane, i64), TicketName>,
    seats: HashMap<SeatId, Seat>,
    /// Which tickets are with a seat: the index of [`Where::With`], so that a seat's question does not walk
    /// the whole line.
    chats: HashMap<SeatId, BTreeSet<TicketName>>,
    /// By chat, and within it by who sends and who receives.
    boxes: HashMap<ChatRef, BTreeMap<(Member, Member), Held>>,
    /// Chats one side has named and the other not yet, after a store that lost its memory.
    halves: HashMap<ChatRef, Half>,
    /// Chats that are over, and until when they are remembered as such: one that was ended is not one that was
    /// lost.
    over: HashMap<ChatRef, Moment>,
    /// The number of each holder's newest socket, and until when it is remembered.
    sockets: HashMap<Holder, (u64, Moment)>,
    returns: HashMap<ReturnHandle, Kept>,
    last_order: i64,
    first_order: i64,
}

struct Ticket {
    lane: Lane,
    languages: Languages,
    joined: Moment,
    /// 0: never stood in the line.
    order: i64,
    /// Not handed to a seat yet.
    hello: Option<Envelope>,
    /// The claim of the last take; grows, never falls.
    claim: Claim,
    whereabouts: Where,
    /// The visitor's lease.
    until: Moment,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    InLine,
    With { seat: SeatId, taken: Moment, confirmed: bool },
}

struct Seat {
    ready: bool,
    capacity: u8,
    until: Moment,
}

/// The mark of a goodbye: nothing comes after it.
const GOODBYE: u64 = u64::MAX;

/// Marks grow with every answer, beat and filling, and begin at the clock and not at 1: a reader who stayed connected
/// while a box was forgotten has passed its old marks, and the new ones must be beyond those.
fn next_mark(mark: u64, now: Moment) -> u64 {
    mark.saturating_add(1).max(now.0)
}

struct Held {
    answer: Option<Envelope>,
    /// The mark of the answer; see [`next_mark`].
    answers: u64,
    kept: VecDeque<Envelope>,
    /// The number of the first kept one, and `None` until the box has taken any.
    first: Option<u32>,
    /// The mark of this filling: rises whenever the box begins anew.
    filling: u64,
    beat: Option<Envelope>,
    /// The mark of the beat.
    beats: u64,
    until: Moment,
}

impl Held {
    fn empty(until: Moment) -> Self {
        let (kept, first) = (VecDeque::new(), None);
        Self { answer: None, answers: 0, kept, first, filling: 0, beat: None, beats: 0, until }
    }

    fn bytes(&self) -> usize {
        self.kept.iter().map(|envelope| envelope.as_bytes().len()).sum()
    }

    fn next(&self) -> u32 {
        self.first.unwrap_or(0) + self.kept.len() as u32
    }
}

/// Return words that a seat keeps.
struct Kept {
    seat: SeatId,
    ticket: TicketName,
    stays: bool,
}

#[derive(Default)]
struct Half {
    visitor: bool,
    seat: Option<SeatId>,
    until: Option<Moment>,
}

impl State {
    /// Judges one ticket by the clocks before anything else is asked of it. Answers whether anything moved.
    fn judge(&mut self, name: TicketName, spans: &Spans, now: Moment) -> bool {
        let Some(ticket) = self.tickets.get_mut(&name) else { return false };
        let lost_for = now.since(ticket.until);
        match ticket.whereabouts {
            Where::InLine if lost_for > spans.place_kept => {
                self.forget(name, now.plus(spans.ttl));
                true
            }
            Where::With { taken, confirmed: false, .. } if now.since(taken) > spans.confirm => {
                // At its place, as absent: who does not answer must show that they are there. Who came back
                // with words has no place.
                ticket.until = ticket.until.min(now);
                if ticket.order == 0 {
                    self.forget(name, now.plus(spans.ttl));
                } else {
                    self.back_in_line(name, None);
                }
                true
            }
            Where::With { .. } if lost_for > spans.visitor_lost => {
                self.forget(name, now.plus(spans.ttl));
                true
            }
            _ => false,
        }
    }

    /// Judges a seat's chats; answers which moved.
    fn judge_chats_of(&mut self, seat: SeatId, spans: &Spans, now: Moment) -> Vec<TicketName> {
        let names: Vec<_> = self.chats_of(seat).map(|(chat, _)| chat.ticket).collect();
        names.into_iter().filter(|name| self.judge(*name, spans, now)).collect()
    }

    /// From a seat to the line: at the old place, or before everybody of its lane.
    fn back_in_line(&mut self, name: TicketName, front: Option<i64>) {
        let Some(ticket) = self.tickets.get_mut(&name) else { return };
        ticket.order = front.unwrap_or(ticket.order);
        let before = std::mem::replace(&mut ticket.whereabouts, Where::InLine);
        // The greeting was spent on the counsellor who had it; the next one has other keys.
        ticket.hello = None;
        let key = (ticket.lane, ticket.order);
        let chat = ChatRef { ticket: name, claim: ticket.claim };
        self.order.insert(key, name);
        self.boxes.remove(&chat);
        // Words of before lead to somebody else's counsellor from now on.
        self.returns.retain(|_, kept| kept.ticket != name);
        self.unseat(name, before);
    }

    fn unseat(&mut self, name: TicketName, before: Where) {
        if let Where::With { seat, .. } = before
            && let Some(chats) = self.chats.get_mut(&seat)
        {
            chats.remove(&name);
            if chats.is_empty() {
                self.chats.remove(&seat);
            }
        }
    }

    /// Out of every index. A chat is remembered as over until then.
    fn forget(&mut self, name: TicketName, over_until: Moment) {
        if let Some(ticket) = self.tickets.remove(&name) {
            match ticket.whereabouts {
                Where::InLine => drop(self.order.remove(&(ticket.lane, ticket.order))),
                with @ Where::With { .. } => {
                    self.over.insert(ChatRef { ticket: name, claim: ticket.claim }, over_until);
                    self.unseat(name, with);
                }
            }
        }
    }

    fn front(&mut self) -> i64 {
        self.first_order -= 1;
        self.first_order
    }

    fn seat_lives(&self, seat: SeatId, now: Moment) -> bool {
        self.seats.get(&seat).is_some_and(|seat| seat.until > now)
    }

    fn standing(&self, name: TicketName, now: Moment) -> Standing {
        let Some(ticket) = self.tickets.get(&name) else { return Standing::Nowhere };
        match ticket.whereabouts {
            Where::InLine => Standing::InLine {
                place: self.order.range(..=(ticket.lane, ticket.order)).count() as u32,
                wants_hello: ticket.hello.is_none(),
            },
            Where::With { seat, .. } => self.with(ticket.claim, seat, now),
        }
    }

    fn with(&self, claim: Claim, seat: SeatId, now: Moment) -> Standing {
        let lease = self.seats.get(&seat).map_or(now, |seat| seat.until);
        let seat_lost = (!self.seat_lives(seat, now)).then_some(lease);
        Standing::With { claim, seat, seat_lost }
    }

    fn chats_of(&self, seat: SeatId) -> impl Iterator<Item = (ChatRef, &Ticket)> {
        self.chats.get(&seat).into_iter().flatten().filter_map(|name| {
            let ticket = self.tickets.get(name)?;
            Some((ChatRef { ticket: *name, claim: ticket.claim }, ticket))
        })
    }

    fn seat_chats(&self, seat: SeatId, now: Moment) -> Vec<SeatChat> {
        let lost = |ticket: &Ticket| (ticket.until <= now).then_some(ticket.until);
        self.chats_of(seat).map(|(chat, ticket)| SeatChat { chat, visitor_lost: lost(ticket) }).collect()
    }

    /// The box, a new one when its time is over, and it lives on.
    fn held(&mut self, chat: ChatRef, from: Member, to: Member, spans: &Spans, now: Moment) -> &mut Held {
        let until = now.plus(spans.of_box(to));
        let held =
            self.boxes.entry(chat).or_default().entry((from, to)).or_insert_with(|| Held::empty(until));
        if held.until <= now {
            *held = Held::empty(until);
        }
        held
    }

    /// The box, if there is one whose time is not over.
    fn found(&mut self, chat: ChatRef, from: Member, to: Member, now: Moment) -> Option<&mut Held> {
        self.boxes.get_mut(&chat)?.get_mut(&(from, to)).filter(|held| held.until > now)
    }

    fn is_over(&self, chat: ChatRef, now: Moment) -> bool {
        self.over.get(&chat).is_some_and(|until| *until > now)
    }

    fn is_with(&self, seat: SeatId, chat: ChatRef) -> bool {
        self.tickets.get(&chat.ticket).is_some_and(|ticket| {
            ticket.claim == chat.claim
                && matches!(ticket.whereabouts, Where::With { seat: owner, .. } if owner == seat)
        })
    }

    /// Naming chats that never were costs a stranger nothing, so there must be an end to it; and a chat that is
    /// one again is a ticket.
    fn has_room_for(&mut self, chat: ChatRef, bounds: &Bounds, now: Moment) -> bool {
        if self.tickets.len() >= bounds.tickets as usize {
            return false;
        }
        if self.halves.len() >= bounds.tickets as usize {
            self.halves.retain(|_, half| half.until.is_some_and(|until| until > now));
        }
        self.halves.len() < bounds.tickets as usize || self.halves.contains_key(&chat)
    }

    /// The half of a chat; what was named too long ago is as good as not named.
    fn half(&mut self, chat: ChatRef, until: Moment, now: Moment) -> &mut Half {
        let half = self.halves.entry(chat).or_default();
        if half.until.is_some_and(|until| until <= now) {
            *half = Half::default();
        }
        half.until = Some(until);
        half
    }

    /// The seat has no keys for this chat any more, should the visitor still name it.
    fn unclaim(&mut self, seat: SeatId, chat: ChatRef) {
        if let Some(half) = self.halves.get_mut(&chat).filter(|half| half.seat == Some(seat)) {
            half.seat = None;
        }
    }

    /// Both sides named the same chat: it is one again.
    fn join_halves(&mut self, chat: ChatRef, spans: &Spans, now: Moment) -> Option<SeatId> {
        let half = self.halves.get(&chat)?;
        let seat = half.seat.filter(|_| half.visitor)?;
        self.halves.remove(&chat);
        self.chats.entry(seat).or_default().insert(chat.ticket);
        self.tickets.insert(
            chat.ticket,
            Ticket {
                // What the empty store forgot is not asked of the visitor again.
                lane: Lane::Support,
                languages: Languages::default(),
                joined: now,
                order: 0,
                hello: None,
                claim: chat.claim,
                whereabouts: Where::With { seat, taken: now, confirmed: true },
                until: now.plus(spans.visitor_lease),
            },
        );
        Some(seat)
    }

    /// Drops what nobody asked about any more.
    fn sweep(&mut self, spans: &Spans, now: Moment) -> Vec<TicketName> {
        let names: Vec<_> = self.tickets.keys().copied().collect();
        let moved = names.into_iter().filter(|name| self.judge(*name, spans, now)).collect();
        self.boxes.retain(|_, boxes| {
            boxes.retain(|_, held| held.until > now);
            !boxes.is_empty()
        });
        self.over.retain(|_, until| *until > now);
        self.sockets.retain(|_, (_, until)| *until > now);
        self.halves.retain(|_, half| half.until.is_some_and(|until| until > now));
        // A seat is remembered as lost as long as a chat may ask since when.
        self.seats.retain(|_, seat| now.since(seat.until) < spans.ttl);
        let seats = &self.seats;
        self.returns.retain(|_, kept| seats.contains_key(&kept.seat));
        moved
    }
}

#[async_trait]
impl Line for Memory {
    async fn prove(&self, holder: Holder, now: Moment) -> Answer<u64> {
        let mut state = self.state();
        let (newest, until) = state.sockets.entry(holder).or_insert((0, now));
        // At least the clock: higher than every number that was forgotten.
        *newest = newest.saturating_add(1).max(now.0);
        *until = now.plus(self.spans.sockets);
        let number = *newest;
        drop(state);
        self.ring(Bell::Newer(holder, number));
        Ok(number)
    }

    async fn newest(&self, holder: Holder, now: Moment) -> Answer<u64> {
        let state = self.state();
        Ok(state.sockets.get(&holder).filter(|(_, until)| *until > now).map_or(0, |(number, _)| *number))
    }

    async fn join(&self, join: Join, now: Moment) -> Answer<Joined> {
        let mut state = self.state();
        state.judge(join.ticket, &self.spans, now);
        if let Some(ticket) = state.tickets.get_mut(&join.ticket) {
            ticket.until = now.plus(self.spans.visitor_lease);
            return Ok(Joined::At(state.standing(join.ticket, now)));
        }
        let full = |state: &State| {
            state.order.len() >= self.bounds.max_waiting as usize
                || state.tickets.len() >= self.bounds.tickets as usize
        };
        if full(&state) {
            state.sweep(&self.spans, now);
            if full(&state) {
                return Ok(Joined::Full);
            }
        }
        state.last_order += 1;
        let order = state.last_order;
        state.order.insert((join.lane, order), join.ticket);
        state.tickets.insert(
            join.ticket,
            Ticket {
                lane: join.lane,
                languages: join.languages,
                joined: now,
                order,
                hello: Some(join.hello),
                claim: Claim::NONE,
                whereabouts: Where::InLine,
                until: now.plus(self.spans.visitor_lease),
            },
        );
        let standing = state.standing(join.ticket, now);
        drop(state);
        self.ring(Bell::Line);
        Ok(Joined::At(standing))
    }

    async fn keep(&self, tickets: &[TicketName], now: Moment) -> Answer<Vec<Standing>> {
        let mut state = self.state();
        let (mut back, mut moved) = (false, Vec::new());
        for name in tickets {
            if state.judge(*name, &self.spans, now) {
                moved.push(*name);
            }
            if let Some(ticket) = state.tickets.get_mut(name) {
                back |= ticket.until <= now;
                ticket.until = now.plus(self.spans.visitor_lease);
            }
        }
        moved.extend(state.sweep(&self.spans, now));
        // One pass over the order gives every place; asking rank by rank would cost the square of the line.
        let standings = if tickets.len() > 8 {
            let places: HashMap<TicketName, u32> =
                state.order.values().zip(1..).map(|(name, place)| (*name, place)).collect();
            let standing = |name: &TicketName| match (state.tickets.get(name), places.get(name)) {
                (Some(ticket), Some(place)) if ticket.whereabouts == Where::InLine => {
                    Standing::InLine { place: *place, wants_hello: ticket.hello.is_none() }
                }
                _ => state.standing(*name, now),
            };
            tickets.iter().map(standing).collect()
        } else {
            tickets.iter().map(|name| state.standing(*name, now)).collect()
        };
        drop(state);
        for name in &moved {
            self.ring(Bell::Ticket(*name));
        }
        if back || !moved.is_empty() {
            self.ring(Bell::Line);
        }
        Ok(standings)
    }

    async fn absent(&self, ticket: TicketName, now: Moment) -> Answer<()> {
        let mut state = self.state();
        let Some(found) = state.tickets.get_mut(&ticket) else { return Ok(()) };
        found.until = found.until.min(now);
        drop(state);
        self.ring(Bell::Ticket(ticket));
        self.ring(Bell::Line);
        Ok(())
    }

    async fn hello(&self, ticket: TicketName, hello: Envelope, now: Moment) -> Answer<Standing> {
        let mut state = self.state();
        state.judge(ticket, &self.spans, now);
        let lost_past_grace = |state: &State, seat| {
            state.seats.get(&seat).is_none_or(|seat| now.since(seat.until) >= self.spans.counsellor_lost)
        };
        let whereabouts = state.tickets.get(&ticket).map(|ticket| ticket.whereabouts);
        let changed = match whereabouts {
            Some(Where::InLine) => true,
            Some(Where::With { seat, .. }) if lost_past_grace(&state, seat) => {
                let front = state.front();
                state.back_in_line(ticket, Some(front));
                true
            }
            _ => false,
        };
        if changed && let Some(found) = state.tickets.get_mut(&ticket) {
            found.hello = Some(hello);
            found.until = now.plus(self.spans.visitor_lease);
        }
        let standing = state.standing(ticket, now);
        drop(state);
        if changed {
            self.ring(Bell::Ticket(ticket));
            self.ring(Bell::Line);
        }
        Ok(standing)
    }

    async fn sit(&self, seat: SeatId, ready: bool, capacity: u8, now: Moment) -> Answer<Vec<SeatChat>> {
        let mut state = self.state();
        let moved = state.judge_chats_of(seat, &self.spans, now);
        let until = now.plus(self.spans.seat_lease);
        let before = state.seats.insert(seat, Seat { ready, capacity, until });
        let chats = state.seat_chats(seat, now);
        drop(state);
        let same =
            before.is_some_and(|seat| seat.until > now && seat.ready == ready && seat.capacity == capacity);
        if !same {
            chats.iter().for_each(|chat| self.ring(Bell::Ticket(chat.chat.ticket)));
        }
        moved.iter().for_each(|name| self.ring(Bell::Ticket(*name)));
        if !same || !moved.is_empty() {
            self.ring(Bell::Line);
        }
        Ok(chats)
    }

    async fn chats(&self, seat: SeatId, now: Moment) -> Answer<Vec<SeatChat>> {
        let mut state = self.state();
        let moved = state.judge_chats_of(seat, &self.spans, now);
        let chats = state.seat_chats(seat, now);
        drop(state);
        moved.iter().for_each(|name| self.ring(Bell::Ticket(*name)));
        Ok(chats)
    }

    async fn take(
        &self,
        seat: SeatId,
        wanted: Option<TicketName>,
        now: Moment,
    ) -> Answer<Result<Taken, NotTaken>> {
        let mut state = self.state();
        state.judge_chats_of(seat, &self.spans, now);
        let held = state.chats_of(seat).count();
        match state.seats.get(&seat) {
            Some(found) if found.until > now && found.ready => {
                if held >= usize::from(found.capacity) {
                    return Ok(Err(NotTaken::SeatFull));
                }
            }
            _ => return Ok(Err(NotTaken::NotOnDuty)),
        }
        let free = |state: &State, name: &TicketName| {
            let ticket = state.tickets.get(name);
            ticket.is_some_and(|t| t.whereabouts == Where::InLine && t.until > now && t.hello.is_some())
        };
        let found = match wanted {
            None => match state.order.values().find(|name| free(&state, name)) {
                Some(name) => *name,
                None => return Ok(Err(NotTaken::NobodyWaits)),
            },
            Some(name) if free(&state, &name) => name,
            Some(name) => {
                let with = state.tickets.get(&name).map(|ticket| ticket.whereabouts);
                let other = matches!(with, Some(Where::With { seat: owner, .. }) if owner != seat);
                return Ok(Err(if other { NotTaken::TakenByOther } else { NotTaken::Gone }));
            }
        };
        let ticket = state.tickets.get_mut(&found).expect("a ticket in the order is a ticket");
        ticket.claim = super::raised(ticket.claim, now);
        ticket.whereabouts = Where::With { seat, taken: now, confirmed: false };
        let taken = Taken {
            chat: ChatRef { ticket: found, claim: ticket.claim },
            lane: ticket.lane,
            languages: ticket.languages.clone(),
            hello: ticket.hello.take().expect("a free ticket has a greeting"),
        };
        let key = (ticket.lane, ticket.order);
        state.order.remove(&key);
        // Whatever lies there was written before anybody had this claim.
        state.boxes.remove(&taken.chat);
        state.chats.entry(seat).or_default().insert(found);
        drop(state);
        self.ring(Bell::Ticket(found));
        self.ring(Bell::Line);
        Ok(Ok(taken))
    }

    async fn put_back(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<bool> {
        let mut state = self.state();
        state.judge(chat.ticket, &self.spans, now);
        if !state.is_with(seat, chat) {
            state.unclaim(seat, chat);
            return Ok(false);
        }
        let front = state.front();
        state.back_in_line(chat.ticket, Some(front));
        drop(state);
        self.ring(Bell::Ticket(chat.ticket));
        self.ring(Bell::Line);
        Ok(true)
    }

    async fn end(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<bool> {
        let mut state = self.state();
        if !state.is_with(seat, chat) {
            state.unclaim(seat, chat);
            return Ok(false);
        }
        state.forget(chat.ticket, now.plus(self.spans.ttl));
        let until = now.plus(self.spans.box_ttl);
        // To the visitor: stays until read. From the visitor: nobody reads it any more.
        if let Some(boxes) = state.boxes.get_mut(&chat) {
            boxes.retain(|(_, to), _| *to == Member::VISITOR);
            boxes.values_mut().for_each(|held| held.until = until);
        }
        drop(state);
        self.ring(Bell::Ticket(chat.ticket));
        self.ring(Bell::Line);
        Ok(true)
    }

    async fn leave(
        &self,
        ticket: TicketName,
        claim: Claim,
        goodbyes: Vec<(Member, Envelope)>,
        now: Moment,
    ) -> Answer<()> {
        let mut state = self.state();
        let found = state.tickets.get(&ticket).map(|found| found.claim);
        state.returns.retain(|_, kept| kept.ticket != ticket || kept.stays);
        // Remembered as over for as long as the goodbye lies there, and no longer.
        let until = now.plus(self.spans.goodbye);
        state.forget(ticket, until);
        let chat = ChatRef { ticket, claim };
        state.halves.remove(&chat);
        // The first leave finds the ticket; the same one again (beacon and frame) finds nothing to change.
        if let Some(last) = found {
            state.boxes.remove(&ChatRef { ticket, claim: last });
            if last == claim && claim != Claim::NONE {
                for (to, envelope) in &goodbyes {
                    let goodbye = Held { beat: Some(envelope.clone()), beats: GOODBYE, ..Held::empty(until) };
                    state.boxes.entry(chat).or_default().insert((Member::VISITOR, *to), goodbye);
                }
            }
        } else {
            // An ended chat whose last words were still kept for the visitor.
            state
                .boxes
                .get_mut(&chat)
                .into_iter()
                .for_each(|boxes| boxes.retain(|(from, _), _| *from == Member::VISITOR));
        }
        drop(state);
        for (to, _) in goodbyes {
            self.ring(Bell::Box(ticket, to));
        }
        self.ring(Bell::Ticket(ticket));
        self.ring(Bell::Line);
        Ok(())
    }

    async fn restore_visitor(&self, ticket: TicketName, claim: Claim, now: Moment) -> Answer<Standing> {
        let mut state = self.state();
        state.judge(ticket, &self.spans, now);
        if !state.tickets.contains_key(&ticket) && claim != Claim::NONE {
            let chat = ChatRef { ticket, claim };
            // A chat that was ended is not one that was lost: its last envelopes are still to be read.
            if !state.is_over(chat, now) && state.has_room_for(chat, &self.bounds, now) {
                state.half(chat, now.plus(self.spans.ttl), now).visitor = true;
                if state.join_halves(chat, &self.spans, now).is_some() {
                    self.ring(Bell::Ticket(ticket));
                }
            }
        }
        Ok(state.standing(ticket, now))
    }

    async fn restore_seat(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<Restored> {
        let mut state = self.state();
        state.judge(chat.ticket, &self.spans, now);
        if state.tickets.contains_key(&chat.ticket) {
            let yours = state.is_with(seat, chat);
            return Ok(if yours { Restored::Yours } else { Restored::NotYours });
        }
        if state.is_over(chat, now) || !state.has_room_for(chat, &self.bounds, now) {
            return Ok(Restored::NotYours);
        }
        // The first seat to name it: a second one cannot step in by naming the same chat.
        let owner = *state.half(chat, now.plus(self.spans.ttl), now).seat.get_or_insert(seat);
        if owner != seat {
            return Ok(Restored::NotYours);
        }
        let joined = state.join_halves(chat, &self.spans, now).is_some();
        drop(state);
        if !joined {
            return Ok(Restored::Waiting);
        }
        self.ring(Bell::Ticket(chat.ticket));
        Ok(Restored::Yours)
    }

    async fn keep_return(
        &self,
        seat: SeatId,
        ticket: TicketName,
        handle: ReturnHandle,
        stays: bool,
        now: Moment,
    ) -> Answer<bool> {
        let mut state = self.state();
        let whereabouts = state.tickets.get(&ticket).map(|ticket| ticket.whereabouts);
        let elsewhere = whereabouts
            .is_some_and(|place| !matches!(place, Where::With { seat: owner, .. } if owner == seat));
        let mut same =
            state.returns.iter().filter(|(known, kept)| **known == handle || kept.ticket == ticket);
        let others = same.any(|(_, kept)| kept.seat != seat && state.seat_lives(kept.seat, now));
        if elsewhere || others {
            return Ok(false);
        }
        state.returns.retain(|_, kept| kept.ticket != ticket);
        state.returns.insert(handle, Kept { seat, ticket, stays });
        Ok(true)
    }

    async fn forget_return(&self, seat: SeatId, handle: ReturnHandle, _now: Moment) -> Answer<()> {
        self.state().returns.retain(|known, kept| *known != handle || kept.seat != seat);
        Ok(())
    }

    async fn come_back(&self, join: Join, handle: ReturnHandle, now: Moment) -> Answer<CameBack> {
        let mut state = self.state();
        state.judge(join.ticket, &self.spans, now);
        if state.tickets.contains_key(&join.ticket) {
            return Ok(CameBack::At(state.standing(join.ticket, now)));
        }
        let Some((seat, old)) = state.returns.get(&handle).map(|kept| (kept.seat, kept.ticket)) else {
            return Ok(CameBack::Unknown);
        };
        if !state.seats.contains_key(&seat) {
            return Ok(CameBack::Unknown);
        }
        if !state.seat_lives(seat, now) {
            return Ok(CameBack::Away);
        }
        // The visitor is here now, and nowhere else.
        if let Some(found) = state.tickets.get(&old) {
            let chat = ChatRef { ticket: old, claim: found.claim };
            state.boxes.remove(&chat);
            state.forget(old, now.plus(self.spans.ttl));
        }
        if let Some(kept) = state.returns.get_mut(&handle) {
            kept.ticket = join.ticket;
        }
        state.chats.entry(seat).or_default().insert(join.ticket);
        state.tickets.insert(
            join.ticket,
            Ticket {
                lane: join.lane,
                languages: join.languages,
                joined: now,
                order: 0,
                hello: Some(join.hello),
                claim: super::raised(Claim::NONE, now),
                whereabouts: Where::With { seat, taken: now, confirmed: false },
                until: now.plus(self.spans.visitor_lease),
            },
        );
        let standing = state.standing(join.ticket, now);
        drop(state);
        self.ring(Bell::Ticket(old));
        self.ring(Bell::Line);
        Ok(CameBack::At(standing))
    }

    async fn returned(&self, seat: SeatId, _now: Moment) -> Answer<Vec<Returned>> {
        let mut state = self.state();
        let State { tickets, chats, returns, .. } = &mut *state;
        let names = chats.get(&seat).into_iter().flatten();
        let returned = names.filter_map(|name| {
            let (handle, _) = returns.iter().find(|(_, kept)| kept.ticket == *name)?;
            let ticket = tickets.get_mut(name)?;
            let hello = ticket.hello.take()?;
            let chat = ChatRef { ticket: *name, claim: ticket.claim };
            let taken = Taken { chat, lane: ticket.lane, languages: ticket.languages.clone(), hello };
            Some(Returned { taken, handle: *handle })
        });
        Ok(returned.collect())
    }

    async fn put(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelope: Envelope,
        now: Moment,
    ) -> Answer<Result<u32, NotPut>> {
        if is_last_number(&envelope) {
            return Ok(Err(NotPut::OutOfOrder));
        }
        let mut state = self.state();
        let until = now.plus(self.spans.of_box(to));
        let held = state.held(chat, from, to, &self.spans, now);
        if envelope.kind() == Kind::Answer {
            held.answers = next_mark(held.answers, now);
            held.answer = Some(envelope);
        } else {
            let number = envelope.number();
            let next = if held.first.is_some() { held.next() } else { number };
            if number > next {
                return Ok(Err(NotPut::OutOfOrder));
            }
            if number == next {
                let bytes = held.bytes() + envelope.as_bytes().len();
                if held.kept.len() >= limits::BOX_ENVELOPES || bytes > self.bounds.box_bytes as usize {
                    return Ok(Err(NotPut::Full));
                }
                if held.first.is_none() {
                    held.first = Some(number);
                    held.filling = next_mark(held.filling, now);
                }
                held.kept.push_back(envelope);
            }
        }
        held.until = until;
        let next = held.next();
        if from == Member::VISITOR && next > 0 {
            // The visitor speaks: the greeting came through, and its answer need not be kept.
            if let Some(ticket) = state.tickets.get_mut(&chat.ticket).filter(|t| t.claim == chat.claim)
                && let Where::With { confirmed, .. } = &mut ticket.whereabouts
            {
                *confirmed = true;
            }
            if let Some(other) = state.found(chat, to, from, now) {
                other.answer = None;
            }
        }
        drop(state);
        self.ring(Bell::Box(chat.ticket, to));
        Ok(Ok(next))
    }

    async fn beat(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelope: Envelope,
        now: Moment,
    ) -> Answer<()> {
        let mut state = self.state();
        let until = now.plus(self.spans.of_box(to));
        let held = state.held(chat, from, to, &self.spans, now);
        if held.beats == GOODBYE {
            return Ok(());
        }
        held.until = until;
        held.beats = next_mark(held.beats, now);
        held.beat = Some(envelope);
        drop(state);
        self.ring(Bell::Box(chat.ticket, to));
        Ok(())
    }

    async fn fetch(
        &self,
        chat: ChatRef,
        to: Member,
        cursor: &mut Cursor,
        now: Moment,
    ) -> Answer<Option<Fetched>> {
        let state = self.state();
        let Some(boxes) = state.boxes.get(&chat) else { return Ok(None) };
        for number in 0..=limits::SEATS_IN_CHAT {
            let from = Member::new(number).expect("counted up to the last member");
            let Some(held) = boxes.get(&(from, to)).filter(|held| held.until > now) else { continue };
            let seen = cursor.of(from);
            if let Some(answer) = held.answer.as_ref().filter(|_| seen.answer < held.answers) {
                seen.answer = held.answers;
                return Ok(Some(Fetched { from, envelope: answer.clone() }));
            }
            let first = held.first.unwrap_or(0);
            let wanted = seen.wanted(held.filling).max(first);
            if let Some(envelope) = held.kept.get((wanted - first) as usize) {
                seen.pass(held.filling, wanted);
                return Ok(Some(Fetched { from, envelope: envelope.clone() }));
            }
            if let Some(beat) = held.beat.as_ref().filter(|_| seen.beat < held.beats) {
                seen.beat = held.beats;
                return Ok(Some(Fetched { from, envelope: beat.clone() }));
            }
        }
        Ok(None)
    }

    async fn got(&self, chat: ChatRef, from: Member, to: Member, next: u32, now: Moment) -> Answer<()> {
        let mut state = self.state();
        let Some(held) = state.found(chat, from, to, now) else { return Ok(()) };
        if held.first.is_none() {
            held.filling = next_mark(held.filling, now);
        }
        let first = held.first.unwrap_or(next);
        if first > next {
            // A store that lost its memory between two notes: what the reader lacks was never put here. As a
            // new box it takes the sender's resend from there on.
            held.kept.clear();
            held.first = None;
        } else if held.next() < next {
            // The reader has more than the box has seen.
            held.kept.clear();
            held.first = Some(next);
        } else {
            held.kept.drain(..(next - first) as usize);
            held.first = Some(next);
        }
        Ok(())
    }

    async fn look(&self, most: usize, now: Moment) -> Answer<Vec<LineEntry>> {
        let state = self.state();
        let entries = state.order.values().take(most).filter_map(|name| {
            let ticket = state.tickets.get(name)?;
            Some(LineEntry {
                ticket: *name,
                lane: ticket.lane,
                present: ticket.until > now && ticket.hello.is_some(),
                waited_s: now.since(ticket.joined).as_secs() as u32,
                languages: ticket.languages.clone(),
            })
        });
        Ok(entries.collect())
    }

    async fn count(&self, now: Moment) -> Answer<Count> {
        let state = self.state();
        let living = || state.seats.values().filter(|seat| seat.until > now && seat.ready);
        Ok(Count {
            waiting: state.order.len() as u32,
            ready_seats: living().count() as u32,
            capacity: living().map(|seat| u32::from(seat.capacity)).sum(),
            chats: (state.tickets.len() - state.order.len()) as u32,
        })
    }

    fn bells(&self) -> broadcast::Receiver<Bell> {
        self.bells.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::line::contract;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_memory_line_keeps_the_contract() {
        let fresh = |spans, bounds| async move { Arc::new(Memory::new(spans, bounds)) as Arc<dyn Line> };
        eprintln!("memory\n{}", contract::all(fresh).await);
    }
}
