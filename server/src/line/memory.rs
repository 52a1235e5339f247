//! The embedded store: one process, nothing on any disk, and the readable specification of the trait.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use litemap::LiteMap;
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, InviteKind, Kind, Lane, Languages, LineEntry, Member, ReturnHandle,
    SeatEntry, SeatId, TicketName, limits,
};
use tokio::sync::broadcast;

use super::tally::NO_TOPIC;
use super::{
    ASKED, Answer, Bell, Bounds, CameBack, Card, Count, Counting, Cursor, Fetched, Holder, Join, Joined,
    Level, Line, Members, NotInvited, NotPut, NotTaken, Pinned, Put, RECOUNTED_WITHIN, Restored, Returned,
    SeatChat, Sheet, Spans, StaffCursor, Standing, Sums, Taken, cursor::Seen, ends_a_chat, first_kept,
    is_last_number,
};
use crate::clock::Moment;
use crate::slim::slim;
use crate::statistics::{Book, Counter, Visit, Waited, Week};

/// Bells a listener may be behind before it must look everywhere instead.
const BELLS: usize = 4_096;
/// So many are looked at whenever somebody asks.
const FEW: usize = 1_000;
/// More of them no more often than this: often enough for every clock of the line.
const SWEEP: Duration = Duration::from_secs(1);

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

    /// Counts as this centre does.
    #[must_use]
    pub fn counting(mut self, counting: Counting) -> Self {
        self.state.get_mut().expect("nobody had it yet").tally.counting = counting;
        self
    }

    /// Visits that have begun; those counted as ended, by ending, waiting, language and topic; those that go on. For
    /// tests of the promise that each visit is counted once, as long as no day's sums are too old to be kept.
    #[must_use]
    pub fn visits(&self) -> (u64, [u64; 4], u64) {
        let state = self.state();
        let mut sums = [0; 4];
        for (counter, sum) in state.tally.days.values().flat_map(Book::counters) {
            sums[match counter {
                Counter::Ending(..) => 0,
                Counter::Waited(..) => 1,
                Counter::Language(..) => 2,
                Counter::Topic(..) => 3,
            }] += sum;
        }
        (state.tally.begun, sums, state.tickets.len() as u64)
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
        let boxes =
            state.boxes.values().flat_map(BTreeMap::values).map(|held| &**held).chain(state.staff.values());
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
        // A guest's seat has the ticket in its index too: it is a chat of theirs, and not where the ticket stands.
        let is_with = |name, seat| state.tickets.get(name).is_none_or(|ticket| ticket.is_with(seat));
        let with_seats = state.chats.iter().flat_map(|(seat, names)| {
            names.keys().filter(|name| is_with(*name, *seat)).map(|name| (*name, Some(*seat)))
        });
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
        let boxes = state.boxes.values().flat_map(BTreeMap::values).map(|held| &**held);
        for held in boxes.chain(state.staff.values()) {
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
    chats: HashMap<SeatId, LiteMap<TicketName, ()>>,
    /// By chat, and within it by who sends and who receives.
    /// Each apart from its map, which keeps room for eleven at once; most chats have two.
    boxes: HashMap<ChatRef, BTreeMap<(Member, Member), Box<Held>>>,
    /// Staff channels, by who sends and who receives.
    /// By reader and sender: who has written to a seat stands together.
    staff: BTreeMap<(SeatId, SeatId), Held>,
    cards: HashMap<SeatId, Card>,
    /// Chats one side has named and the other not yet, after a store that lost its memory.
    halves: HashMap<ChatRef, Half>,
    /// Chats that are over, and until when they are remembered as such: one that was ended is not one that was
    /// lost.
    over: HashMap<ChatRef, Moment>,
    /// The number of each holder's newest socket, and until when it is remembered.
    sockets: HashMap<Holder, (u64, Moment)>,
    returns: HashMap<ReturnHandle, Kept>,
    sheets: BTreeMap<Sheet, (u32, Vec<u8>)>,
    tally: Tally,
    /// When everybody was looked at last.
    swept: Option<Moment>,
    last_order: i64,
    first_order: i64,
}

/// Who is over, as sums. See [`super::tally`].
struct Tally {
    counting: Counting,
    begun: u64,
    days: BTreeMap<Date, Book>,
    /// Chats that have just ended, as they were counted.
    ended: HashMap<ChatRef, JustEnded>,
    /// Another one in every memory.
    memory: u64,
}

struct JustEnded {
    day: Date,
    lane: Lane,
    ending: Ending,
    topic: String,
    until: Moment,
}

impl Default for Tally {
    fn default() -> Self {
        let memory = RandomState::new().hash_one(0);
        Self { counting: Counting::default(), begun: 0, days: BTreeMap::new(), ended: HashMap::new(), memory }
    }
}

impl Tally {
    fn today(&mut self, now: Moment) -> &mut Book {
        let day = self.counting.day(now);
        self.days.entry(day).or_default()
    }

    /// A visit whose beginning the store has forgotten: some others may have been forgotten whole.
    fn lacks_some(&mut self, now: Moment) {
        let week = Week::of(self.counting.day(now));
        self.today(now).lacks_some_of(week);
    }

    /// Counts a ticket that is over.
    fn count(&mut self, name: TicketName, ticket: &Ticket, ending: Ending, now: Moment) {
        let day = self.counting.day(now);
        // Up to when they were there: absence is not waiting.
        let stood = ticket.stood.unwrap_or_else(|| now.min(ticket.until).since(ticket.joined));
        let (lane, language, topic) = (ticket.lane, ticket.language.clone(), NO_TOPIC.to_owned());
        let waited = Waited::band(stood);
        self.today(now).count(Visit { day, lane, ending, waited, language, topic: topic.clone() });
        if ticket.whereabouts != Where::InLine {
            let chat = ChatRef { ticket: name, claim: ticket.claim };
            let until = now.plus(RECOUNTED_WITHIN);
            self.ended.insert(chat, JustEnded { day, lane, ending, topic, until });
        }
    }

    fn recount(&mut self, chat: ChatRef, ending: Ending, topic: Option<&str>, now: Moment) -> bool {
        let Some(before) = self.ended.get_mut(&chat).filter(|ended| ended.until > now) else { return false };
        let topic = topic.unwrap_or(&before.topic);
        if !ends_a_chat(ending) || !self.counting.has_topic(topic) {
            return false;
        }
        // What was counted yesterday does not change any more.
        if before.day != self.counting.day(now) {
            return false;
        }
        let week = Week::of(before.day);
        let endings = [before.ending, ending].map(|ending| Counter::Ending(week, before.lane, ending));
        let topics = [&before.topic, topic].map(|topic| Counter::Topic(week.quarter(), topic.to_owned()));
        let Some(book) = self.days.get_mut(&before.day) else { return false };
        if !book.recount(&endings, &topics) {
            return false;
        }
        (before.ending, before.topic) = (ending, topic.to_owned());
        true
    }

    fn sweep(&mut self, now: Moment) {
        self.ended.retain(|_, ended| ended.until > now);
        let kept = first_kept(self.counting.day(now));
        self.days.retain(|day, _| *day >= kept);
    }
}

struct Ticket {
    lane: Lane,
    languages: Languages,
    /// The language it is counted under.
    language: String,
    joined: Moment,
    /// How long it stood in the line before a seat took it first.
    stood: Option<Duration>,
    /// 0: never stood in the line.
    order: i64,
    /// Not handed to a seat yet.
    hello: Option<Envelope>,
    /// The claim of the last take; grows, never falls.
    claim: Claim,
    whereabouts: Where,
    /// The number of the seat whose chat it is.
    owner: Member,
    /// The other seats.
    room: Vec<Place>,
    /// The highest number that a seat has come in with; nobody ever gets it again under this claim.
    used: u8,
    /// The store had lost this chat: guests may name themselves.
    restored: bool,
    /// The visitor's lease.
    until: Moment,
}

/// A seat that was asked into a chat.
#[derive(Clone, Copy)]
struct Place {
    member: Member,
    seat: SeatId,
    kind: InviteKind,
    inside: bool,
    asked: Moment,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    InLine,
    With { seat: SeatId, taken: Moment, confirmed: bool },
}

struct Seat {
    ready: bool,
    capacity: u8,
    /// Tags of languages; none: not known.
    writes: Vec<String>,
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

    /// How far it is filled.
    fn level(&self) -> Level {
        let answer = if self.answer.is_some() { self.answers } else { 0 };
        Level { answer, filling: self.filling, next: self.next(), beat: self.beats }
    }

    /// Answers whether this is new.
    fn put(&mut self, envelope: Envelope, bounds: &Bounds, now: Moment) -> Result<bool, NotPut> {
        if is_last_number(&envelope) {
            return Err(NotPut::OutOfOrder);
        }
        if envelope.kind() != Kind::Kept {
            self.answers = next_mark(self.answers, now);
            self.answer = Some(envelope);
            return Ok(true);
        }
        let number = envelope.number();
        let next = if self.first.is_some() { self.next() } else { number };
        if number > next {
            return Err(NotPut::OutOfOrder);
        }
        if number == next {
            let bytes = self.bytes() + envelope.as_bytes().len();
            if self.kept.len() >= limits::BOX_ENVELOPES || bytes > bounds.box_bytes as usize {
                return Err(NotPut::Full);
            }
            if self.first.is_none() {
                self.first = Some(number);
                self.filling = next_mark(self.filling, now);
            }
            self.kept.push_back(envelope);
        }
        Ok(number == next)
    }

    /// The next thing that was not seen: the greeting's part, kept envelopes in order, the latest beat.
    fn fetch(&self, seen: &mut Seen) -> Option<Envelope> {
        if let Some(answer) = self.answer.as_ref().filter(|_| seen.answer < self.answers) {
            seen.answer = self.answers;
            return Some(answer.clone());
        }
        let first = self.first.unwrap_or(0);
        let wanted = seen.wanted(self.filling).max(first);
        if let Some(envelope) = self.kept.get((wanted - first) as usize) {
            seen.pass(self.filling, wanted);
            return Some(envelope.clone());
        }
        let beat = self.beat.as_ref().filter(|_| seen.beat < self.beats)?;
        seen.beat = self.beats;
        Some(beat.clone())
    }

    fn got(&mut self, next: u32, now: Moment) {
        if self.first.is_none() {
            self.filling = next_mark(self.filling, now);
        }
        let first = self.first.unwrap_or(next);
        if first > next {
            // A store that lost its memory between two notes: what the reader lacks was never put here. As a
            // new box it takes the sender's resend from there on.
            self.kept.clear();
            self.first = None;
        } else if self.next() < next {
            // The reader has more than the box has seen.
            self.kept.clear();
            self.first = Some(next);
        } else {
            self.kept.drain(..(next - first) as usize);
            self.first = Some(next);
        }
    }

    /// Whatever was sealed belongs to keys that are gone. Marks only rise: a reader who stayed connected must see
    /// that what comes is new.
    fn renew(&mut self) {
        let (answers, filling, beats) = (self.answers, self.filling, self.beats);
        *self = Self { answers, filling, beats, ..Self::empty(self.until) };
    }

    /// The latest beat; not after a goodbye, and then false.
    fn set_beat(&mut self, envelope: Envelope, now: Moment) -> bool {
        if self.beats == GOODBYE {
            return false;
        }
        self.beats = next_mark(self.beats, now);
        self.beat = Some(envelope);
        true
    }
}

/// The first part of a greeting between two seats.
fn begins_anew(envelope: &Envelope) -> bool {
    envelope.kind() == Kind::Hello && envelope.number() == 0
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
    /// Whose chat it is, and the number that seat has in it.
    seat: Option<(SeatId, Member)>,
    guests: Vec<(SeatId, Member)>,
    until: Option<Moment>,
}

impl State {
    /// Judges one ticket by the clocks before anything else is asked of it. Answers whether anything moved.
    fn judge(&mut self, name: TicketName, spans: &Spans, now: Moment) -> bool {
        let Some(ticket) = self.tickets.get_mut(&name) else { return false };
        let lost_for = now.since(ticket.until);
        match ticket.whereabouts {
            Where::InLine if lost_for > spans.place_kept => {
                self.forget(name, now.plus(spans.ttl), Ending::LeftLine, now);
                true
            }
            Where::With { taken, confirmed: false, .. } if now.since(taken) > spans.confirm => {
                // At its place, as absent: who does not answer must show that they are there. Who came back
                // with words has no place.
                ticket.until = ticket.until.min(now);
                if ticket.order == 0 {
                    self.forget(name, now.plus(spans.ttl), Ending::LostContact, now);
                } else {
                    ticket.stood = None;
                    self.back_in_line(name, None);
                }
                true
            }
            Where::With { .. } if lost_for > spans.visitor_lost => {
                self.forget(name, now.plus(spans.ttl), Ending::LostContact, now);
                true
            }
            Where::With { .. } if !ticket.room.is_empty() => self.judge_room(name, spans, now),
            _ => false,
        }
    }

    /// Drops invitations that nobody followed, and guests whose seat is lost past the grace.
    fn judge_room(&mut self, name: TicketName, spans: &Spans, now: Moment) -> bool {
        let seats = &self.seats;
        let Some(ticket) = self.tickets.get_mut(&name) else { return false };
        let lost =
            |seat: &SeatId| seats.get(seat).is_none_or(|seat| now.since(seat.until) >= spans.counsellor_lost);
        let is_gone = |place: &Place| {
            if place.inside { lost(&place.seat) } else { now.since(place.asked) > ASKED }
        };
        let (gone, room): (Vec<_>, Vec<_>) = ticket.room.iter().copied().partition(is_gone);
        ticket.room = room;
        gone.iter().for_each(|place| self.unindex(name, place.seat));
        gone.iter().any(|place| place.inside)
    }

    fn unindex(&mut self, name: TicketName, seat: SeatId) {
        if let Some(chats) = self.chats.get_mut(&seat) {
            chats.remove(&name);
            if chats.is_empty() {
                self.chats.remove(&seat);
            }
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
        let room = std::mem::take(&mut ticket.room);
        (ticket.owner, ticket.used, ticket.restored) = (Member::COUNSELLOR, 1, false);
        // The greeting was spent on the counsellor who had it; the next one has other keys.
        ticket.hello = None;
        let key = (ticket.lane, ticket.order);
        let chat = ChatRef { ticket: name, claim: ticket.claim };
        self.order.insert(key, name);
        self.boxes.remove(&chat);
        // Words of before lead to somebody else's counsellor from now on.
        self.returns.retain(|_, kept| kept.ticket != name);
        self.unseat(name, before);
        room.iter().for_each(|place| self.unindex(name, place.seat));
    }

    fn unseat(&mut self, name: TicketName, before: Where) {
        if let Where::With { seat, .. } = before {
            self.unindex(name, seat);
        }
    }

    /// Out of every index, and counted. A chat is remembered as over until then.
    fn forget(&mut self, name: TicketName, over_until: Moment, ending: Ending, now: Moment) {
        if let Some(ticket) = self.tickets.remove(&name) {
            self.tally.count(name, &ticket, ending, now);
            match ticket.whereabouts {
                Where::InLine => drop(self.order.remove(&(ticket.lane, ticket.order))),
                with @ Where::With { .. } => {
                    self.over.insert(ChatRef { ticket: name, claim: ticket.claim }, over_until);
                    self.unseat(name, with);
                }
            }
            ticket.room.iter().for_each(|place| self.unindex(name, place.seat));
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
                place: self.place((ticket.lane, ticket.order)),
                wants_hello: ticket.hello.is_none(),
            },
            Where::With { seat, .. } => self.with(ticket.claim, seat, now),
        }
    }

    /// How many stand up to here, counted from the end of the line that is nearer: whoever joins stands near its end, and
    /// a long line counted from its beginning for each of them would be counted with its square.
    fn place(&self, here: (Lane, i64)) -> u32 {
        let mut before = self.order.range(..=here);
        let mut behind = self.order.range((Bound::Excluded(here), Bound::Unbounded));
        let mut steps = 0;
        loop {
            if before.next().is_none() {
                return steps;
            }
            if behind.next().is_none() {
                return self.order.len() as u32 - steps;
            }
            steps += 1;
        }
    }

    fn with(&self, claim: Claim, seat: SeatId, now: Moment) -> Standing {
        let lease = self.seats.get(&seat).map_or(now, |seat| seat.until);
        let seat_lost = (!self.seat_lives(seat, now)).then_some(lease);
        Standing::With { claim, seat, seat_lost }
    }

    fn chats_of(&self, seat: SeatId) -> impl Iterator<Item = (ChatRef, &Ticket)> {
        self.chats.get(&seat).into_iter().flat_map(LiteMap::keys).filter_map(|name| {
            let ticket = self.tickets.get(name)?;
            Some((ChatRef { ticket: *name, claim: ticket.claim }, ticket))
        })
    }

    fn seat_chats(&self, seat: SeatId, now: Moment) -> Vec<SeatChat> {
        let lost = |ticket: &Ticket| (ticket.until <= now).then_some(ticket.until);
        self.chats_of(seat)
            .filter_map(|(chat, ticket)| {
                let (member, owner) = ticket.number_of(seat)?;
                Some(SeatChat { chat, member, owner, visitor_lost: lost(ticket) })
            })
            .collect()
    }

    /// The chats that are this seat's own.
    fn owned(&self, seat: SeatId) -> usize {
        self.chats_of(seat).filter(|(_, ticket)| ticket.is_with(seat)).count()
    }

    /// The ticket of a chat that is running.
    fn running(&mut self, chat: ChatRef) -> Option<&mut Ticket> {
        self.tickets
            .get_mut(&chat.ticket)
            .filter(|ticket| ticket.claim == chat.claim && ticket.whereabouts != Where::InLine)
    }

    /// A guest goes. Its boxes are nobody's: no other seat gets its number.
    fn remove_place(&mut self, chat: ChatRef, which: impl Fn(&Place) -> bool) -> bool {
        let Some(ticket) = self.running(chat) else { return false };
        let Some(at) = ticket.room.iter().position(which) else { return false };
        let place = ticket.room.remove(at);
        self.unindex(chat.ticket, place.seat);
        if let Some(boxes) = self.boxes.get_mut(&chat) {
            boxes.retain(|(from, to), _| *from != place.member && *to != place.member);
        }
        true
    }

    /// The box, a new one when its time is over, and it lives on.
    fn held(&mut self, chat: ChatRef, from: Member, to: Member, spans: &Spans, now: Moment) -> &mut Held {
        let until = now.plus(spans.of_box(to));
        let held = self
            .boxes
            .entry(chat)
            .or_default()
            .entry((from, to))
            .or_insert_with(|| Box::new(Held::empty(until)));
        if held.until <= now {
            **held = Held::empty(until);
        }
        held
    }

    /// The box, if there is one whose time is not over.
    fn found(&mut self, chat: ChatRef, from: Member, to: Member, now: Moment) -> Option<&mut Held> {
        self.boxes
            .get_mut(&chat)?
            .get_mut(&(from, to))
            .map(|held| &mut **held)
            .filter(|held| held.until > now)
    }

    /// What one seat has said to another and was not read: as [`held`](Self::held), on the staff channel.
    fn said(&mut self, from: SeatId, to: SeatId, until: Moment, now: Moment) -> &mut Held {
        let held = self.staff.entry((to, from)).or_insert_with(|| Held::empty(until));
        if held.until <= now {
            *held = Held::empty(until);
        }
        held
    }

    fn is_over(&self, chat: ChatRef, now: Moment) -> bool {
        self.over.get(&chat).is_some_and(|until| *until > now)
    }

    fn is_with(&self, seat: SeatId, chat: ChatRef) -> bool {
        self.tickets
            .get(&chat.ticket)
            .is_some_and(|ticket| ticket.claim == chat.claim && ticket.is_with(seat))
    }

    /// Is it in this chat, as its owner or as a guest who came?
    fn is_in(&self, seat: SeatId, chat: ChatRef) -> bool {
        let ticket = self.tickets.get(&chat.ticket).filter(|ticket| ticket.claim == chat.claim);
        ticket.is_some_and(|ticket| ticket.number_of(seat).is_some())
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
        if let Some(half) = self.halves.get_mut(&chat) {
            half.seat = half.seat.filter(|(owner, _)| *owner != seat);
            half.guests.retain(|(guest, _)| *guest != seat);
        }
    }

    /// Both sides named the same chat: it is one again.
    fn join_halves(&mut self, chat: ChatRef, spans: &Spans, now: Moment) -> Option<SeatId> {
        let half = self.halves.get(&chat)?;
        let (seat, owner) = half.seat.filter(|_| half.visitor)?;
        let guests = self.halves.remove(&chat).map(|half| half.guests).unwrap_or_default();
        self.chats.entry(seat).or_default().insert(chat.ticket, ());
        self.tally.begun += 1;
        self.tally.lacks_some(now);
        let languages = Languages::default();
        self.tickets.insert(
            chat.ticket,
            Ticket {
                // What the empty store forgot is not asked of the visitor again.
                lane: Lane::Support,
                language: self.tally.counting.language(&languages).to_owned(),
                languages,
                joined: now,
                stood: Some(Duration::ZERO),
                order: 0,
                hello: None,
                claim: chat.claim,
                whereabouts: Where::With { seat, taken: now, confirmed: true },
                owner,
                room: Vec::new(),
                // Which numbers were given is forgotten: none is given again.
                used: limits::MEMBER_MAX,
                restored: true,
                until: now.plus(spans.visitor_lease),
            },
        );
        for (seat, member) in guests {
            let _ = self.restore_guest(seat, chat, member, now);
        }
        Some(seat)
    }

    /// A guest of a chat that the store had lost.
    fn restore_guest(&mut self, seat: SeatId, chat: ChatRef, member: Member, now: Moment) -> Restored {
        let Some(ticket) = self.running(chat).filter(|ticket| ticket.restored) else {
            return Restored::NotYours;
        };
        let taken = ticket.owner == member
            || ticket.number_of(seat).is_some()
            || ticket.room.iter().any(|place| place.member == member);
        if taken || ticket.room.len() >= usize::from(limits::SEATS_IN_CHAT) {
            return Restored::NotYours;
        }
        ticket.room.push(Place { member, seat, kind: InviteKind::Guest, inside: true, asked: now });
        self.chats.entry(seat).or_default().insert(chat.ticket, ());
        Restored::Yours
    }

    /// Drops what nobody asked about any more.
    fn sweep(&mut self, spans: &Spans, now: Moment) -> Vec<TicketName> {
        self.swept = Some(now);
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
        self.cards.retain(|seat, _| seats.contains_key(seat));
        self.staff.retain(|_, held| held.until > now);
        self.tally.sweep(now);
        slim(&mut self.boxes);
        slim(&mut self.over);
        slim(&mut self.sockets);
        slim(&mut self.halves);
        moved
    }
}

impl Ticket {
    /// How it ended when its visitor left: who was never spoken with has waited.
    fn left(&self) -> Ending {
        match self.whereabouts {
            Where::With { confirmed: true, .. } => Ending::LeftFast,
            _ => Ending::LeftLine,
        }
    }

    fn is_with(&self, seat: SeatId) -> bool {
        matches!(self.whereabouts, Where::With { seat: owner, .. } if owner == seat)
    }

    /// The number a seat has in this chat, and whether it is its own.
    fn number_of(&self, seat: SeatId) -> Option<(Member, bool)> {
        if self.is_with(seat) {
            return Some((self.owner, true));
        }
        let place = self.room.iter().find(|place| place.inside && place.seat == seat)?;
        Some((place.member, false))
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
                || (join.lane == Lane::Professional
                    && state.order.range((Lane::Professional, i64::MIN)..).count()
                        >= self.bounds.professionals as usize)
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
        state.tally.begun += 1;
        let language = state.tally.counting.language(&join.languages).to_owned();
        state.tickets.insert(
            join.ticket,
            Ticket {
                lane: join.lane,
                languages: join.languages,
                language,
                joined: now,
                stood: None,
                order,
                hello: Some(join.hello),
                claim: Claim::NONE,
                whereabouts: Where::InLine,
                owner: Member::COUNSELLOR,
                room: Vec::new(),
                used: 1,
                restored: false,
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
        // Everybody is looked at. Where thousands stand, thousands ask one by one, and once in a while is enough.
        let few = state.tickets.len() + state.tally.ended.len() <= FEW;
        if few || state.swept.is_none_or(|swept| now < swept || now.since(swept) >= SWEEP) {
            moved.extend(state.sweep(&self.spans, now));
        }
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

    async fn sit(
        &self,
        seat: SeatId,
        ready: bool,
        capacity: u8,
        writes: &[String],
        now: Moment,
    ) -> Answer<Vec<SeatChat>> {
        let mut state = self.state();
        let moved = state.judge_chats_of(seat, &self.spans, now);
        let until = now.plus(self.spans.seat_lease);
        let before = state.seats.insert(seat, Seat { ready, capacity, writes: writes.to_vec(), until });
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
        let held = state.owned(seat);
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
        ticket.stood = ticket.stood.or(Some(now.since(ticket.joined)));
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
        state.chats.entry(seat).or_default().insert(found, ());
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

    async fn end(&self, seat: SeatId, chat: ChatRef, ending: Ending, now: Moment) -> Answer<bool> {
        let mut state = self.state();
        if !state.is_with(seat, chat) {
            state.unclaim(seat, chat);
            // The visitor's own leave came first; the counsellor knows better why.
            state.tally.recount(chat, ending, None, now);
            return Ok(false);
        }
        state.forget(chat.ticket, now.plus(self.spans.ttl), ending, now);
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
        let ending = state.tickets.get(&ticket).map_or(Ending::LeftLine, Ticket::left);
        state.forget(ticket, until, ending, now);
        let chat = ChatRef { ticket, claim };
        state.halves.remove(&chat);
        // The first leave finds the ticket; the same one again (beacon and frame) finds nothing to change.
        if let Some(last) = found {
            state.boxes.remove(&ChatRef { ticket, claim: last });
            if last == claim && claim != Claim::NONE {
                for (to, envelope) in &goodbyes {
                    let goodbye = Held { beat: Some(envelope.clone()), beats: GOODBYE, ..Held::empty(until) };
                    state.boxes.entry(chat).or_default().insert((Member::VISITOR, *to), Box::new(goodbye));
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
            let level = Level { beat: GOODBYE, ..Level::default() };
            self.ring(Bell::Box { ticket, from: Member::VISITOR, to, level });
        }
        self.ring(Bell::Ticket(ticket));
        self.ring(Bell::Line);
        Ok(())
    }

    async fn turn_away(&self, ticket: TicketName, now: Moment) -> Answer<()> {
        let mut state = self.state();
        let waits = state.tickets.get(&ticket).is_some_and(|found| found.whereabouts == Where::InLine);
        if waits {
            state.forget(ticket, now.plus(self.spans.goodbye), Ending::TurnedAway, now);
        }
        drop(state);
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
        self.restore_member(seat, chat, Member::COUNSELLOR, true, now).await
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
            state.forget(old, now.plus(self.spans.ttl), Ending::LostContact, now);
        }
        if let Some(kept) = state.returns.get_mut(&handle) {
            kept.ticket = join.ticket;
        }
        state.chats.entry(seat).or_default().insert(join.ticket, ());
        state.tally.begun += 1;
        let language = state.tally.counting.language(&join.languages).to_owned();
        state.tickets.insert(
            join.ticket,
            Ticket {
                lane: join.lane,
                languages: join.languages,
                language,
                joined: now,
                stood: Some(Duration::ZERO),
                order: 0,
                hello: Some(join.hello),
                claim: super::raised(Claim::NONE, now),
                whereabouts: Where::With { seat, taken: now, confirmed: false },
                owner: Member::COUNSELLOR,
                room: Vec::new(),
                used: 1,
                restored: false,
                until: now.plus(self.spans.visitor_lease),
            },
        );
        let standing = state.standing(join.ticket, now);
        drop(state);
        self.ring(Bell::Ticket(old));
        self.ring(Bell::Seat(seat));
        self.ring(Bell::Line);
        Ok(CameBack::At(standing))
    }

    async fn returned(&self, seat: SeatId, _now: Moment) -> Answer<Vec<Returned>> {
        let mut state = self.state();
        let State { tickets, chats, returns, .. } = &mut *state;
        let names = chats.get(&seat).into_iter().flat_map(LiteMap::keys);
        let returned = names.filter_map(|name| {
            let (handle, _) = returns.iter().find(|(_, kept)| kept.ticket == *name)?;
            let ticket = tickets.get_mut(name).filter(|ticket| ticket.is_with(seat))?;
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
        envelopes: Vec<Envelope>,
        now: Moment,
    ) -> Answer<Put> {
        let mut state = self.state();
        let until = now.plus(self.spans.of_box(to));
        let mut put = Put { stored: 0, new: 0, why_not: None, level: Level::default() };
        for envelope in envelopes {
            if begins_anew(&envelope) && from != Member::VISITOR && to != Member::VISITOR {
                state.held(chat, from, to, &self.spans, now).renew();
                state.held(chat, to, from, &self.spans, now).renew();
            }
            let held = state.held(chat, from, to, &self.spans, now);
            match held.put(envelope, &self.bounds, now) {
                Ok(is_new) => put = Put { stored: put.stored + 1, new: put.new + usize::from(is_new), ..put },
                Err(why) => {
                    put.why_not = Some(why);
                    break;
                }
            }
            held.until = until;
            put.level = held.level();
        }
        if from == Member::VISITOR && put.level.next > 0 {
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
        if put.stored > 0 {
            self.ring(Bell::Box { ticket: chat.ticket, from, to, level: put.level });
        }
        Ok(put)
    }

    async fn beat(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelope: Envelope,
        now: Moment,
    ) -> Answer<Option<Level>> {
        let mut state = self.state();
        let until = now.plus(self.spans.of_box(to));
        let held = state.held(chat, from, to, &self.spans, now);
        if !held.set_beat(envelope, now) {
            return Ok(None);
        }
        held.until = until;
        let level = held.level();
        drop(state);
        self.ring(Bell::Box { ticket: chat.ticket, from, to, level });
        Ok(Some(level))
    }

    async fn fetch(
        &self,
        chat: ChatRef,
        to: Member,
        cursor: &mut Cursor,
        most: usize,
        now: Moment,
    ) -> Answer<Vec<Fetched>> {
        let state = self.state();
        let Some(boxes) = state.boxes.get(&chat) else { return Ok(Vec::new()) };
        let to_me = boxes.iter().filter(|((_, reader), held)| *reader == to && held.until > now);
        let mut found = Vec::new();
        for ((from, _), held) in to_me {
            while found.len() < most
                && let Some(envelope) = held.fetch(cursor.of(*from))
            {
                found.push(Fetched { from: *from, envelope });
            }
        }
        Ok(found)
    }

    async fn got(&self, chat: ChatRef, from: Member, to: Member, next: u32, now: Moment) -> Answer<()> {
        let mut state = self.state();
        if let Some(held) = state.found(chat, from, to, now) {
            held.got(next, now);
        }
        Ok(())
    }

    async fn introduce(&self, seat: SeatId, card: Card, _now: Moment) -> Answer<()> {
        let new = self.state().cards.insert(seat, card) != Some(card);
        if new {
            self.ring(Bell::Line);
        }
        Ok(())
    }

    async fn seats(&self, most: usize, now: Moment) -> Answer<Vec<SeatEntry>> {
        let state = self.state();
        let mut seats: Vec<SeatEntry> = state
            .seats
            .iter()
            .filter(|(_, found)| found.until > now)
            .filter_map(|(seat, found)| {
                let Card { certificate, role } = *state.cards.get(seat)?;
                let chats = u8::try_from(state.owned(*seat)).unwrap_or(u8::MAX);
                let (ready, capacity) = (found.ready, found.capacity);
                Some(SeatEntry { seat: *seat, certificate, role, ready, chats, capacity })
            })
            .collect();
        seats.sort_by_key(|entry| entry.seat);
        seats.truncate(most);
        Ok(seats)
    }

    async fn staff_put(
        &self,
        from: SeatId,
        to: SeatId,
        envelope: Envelope,
        now: Moment,
    ) -> Answer<Result<u32, NotPut>> {
        let mut state = self.state();
        let until = now.plus(self.spans.counsellor_boxes);
        if begins_anew(&envelope) {
            state.said(from, to, until, now).renew();
            state.said(to, from, until, now).renew();
        }
        let held = state.said(from, to, until, now);
        let put = held.put(envelope, &self.bounds, now).map(|_| held.next());
        if put.is_ok() {
            held.until = until;
        }
        drop(state);
        if put.is_ok() {
            self.ring(Bell::Staff(from, to));
        }
        Ok(put)
    }

    async fn staff_beat(&self, from: SeatId, to: SeatId, envelope: Envelope, now: Moment) -> Answer<()> {
        let mut state = self.state();
        let until = now.plus(self.spans.counsellor_boxes);
        let held = state.said(from, to, until, now);
        held.set_beat(envelope, now);
        held.until = until;
        drop(state);
        self.ring(Bell::Staff(from, to));
        Ok(())
    }

    async fn staff_fetch(
        &self,
        from: SeatId,
        to: SeatId,
        cursor: &mut StaffCursor,
        now: Moment,
    ) -> Answer<Option<Envelope>> {
        let state = self.state();
        let held = state.staff.get(&(to, from)).filter(|held| held.until > now);
        Ok(held.and_then(|held| held.fetch(&mut cursor.0)))
    }

    async fn staff_senders(&self, to: SeatId, now: Moment) -> Answer<Vec<SeatId>> {
        let state = self.state();
        let boxes = state.staff.range((to, SeatId([0; 16]))..=(to, SeatId([u8::MAX; 16])));
        // Who has only typed has put nothing.
        let has_put = |held: &Held| held.answers > 0 || held.first.is_some();
        let senders = boxes.filter(|(_, held)| held.until > now && has_put(held)).map(|((_, from), _)| *from);
        Ok(senders.collect())
    }

    async fn staff_got(&self, from: SeatId, to: SeatId, next: u32, now: Moment) -> Answer<()> {
        if let Some(held) = self.state().staff.get_mut(&(to, from)).filter(|held| held.until > now) {
            held.got(next, now);
        }
        Ok(())
    }

    async fn invite(
        &self,
        seat: SeatId,
        chat: ChatRef,
        to: SeatId,
        kind: InviteKind,
        now: Moment,
    ) -> Answer<Result<Member, NotInvited>> {
        let mut state = self.state();
        state.judge(chat.ticket, &self.spans, now);
        if !state.is_with(seat, chat) {
            return Ok(Err(NotInvited::NotYours));
        }
        if state.is_in(to, chat) {
            return Ok(Err(NotInvited::Inside));
        }
        let full = state.seats.get(&to).is_none_or(|found| state.owned(to) >= usize::from(found.capacity));
        let living = state.seat_lives(to, now);
        let Some(ticket) = state.running(chat) else { return Ok(Err(NotInvited::NotYours)) };
        if let Some(place) = ticket.room.iter_mut().find(|place| place.seat == to) {
            (place.kind, place.asked) = (kind, now);
            return Ok(Ok(place.member));
        }
        if !living {
            return Ok(Err(NotInvited::Gone));
        }
        if kind == InviteKind::HandOver && full {
            return Ok(Err(NotInvited::SeatFull));
        }
        // Who takes over comes before the one who hands over goes.
        let most = usize::from(limits::SEATS_IN_CHAT) - usize::from(kind == InviteKind::Guest);
        let taken = |number: u8| ticket.room.iter().any(|place| place.member.number() == number);
        let free = (ticket.used + 1..=limits::MEMBER_MAX).find(|number| !taken(*number));
        let Some(member) = free.filter(|_| ticket.room.len() < most).and_then(|free| Member::new(free).ok())
        else {
            return Ok(Err(NotInvited::RoomFull));
        };
        ticket.room.push(Place { member, seat: to, kind, inside: false, asked: now });
        // Whatever an invitation under this number has left behind.
        if let Some(boxes) = state.boxes.get_mut(&chat) {
            boxes.retain(|(_, reader), _| *reader != member);
        }
        Ok(Ok(member))
    }

    async fn reply(&self, seat: SeatId, chat: ChatRef, yes: bool, now: Moment) -> Answer<Option<Member>> {
        let mut state = self.state();
        state.judge(chat.ticket, &self.spans, now);
        let Some(ticket) = state.running(chat) else { return Ok(None) };
        let Some(at) = ticket.room.iter().position(|place| place.seat == seat) else { return Ok(None) };
        let place = &mut ticket.room[at];
        let member = place.member;
        if yes {
            place.inside = true;
            ticket.used = ticket.used.max(member.number());
            state.chats.entry(seat).or_default().insert(chat.ticket, ());
        } else if place.inside {
            return Ok(None);
        } else {
            ticket.room.remove(at);
        }
        drop(state);
        self.ring(Bell::Ticket(chat.ticket));
        Ok(Some(member))
    }

    async fn withdraw(&self, seat: SeatId, chat: ChatRef, member: Member, now: Moment) -> Answer<bool> {
        let mut state = self.state();
        state.judge(chat.ticket, &self.spans, now);
        let yours = state.is_with(seat, chat);
        Ok(yours && state.remove_place(chat, |place| place.member == member && !place.inside))
    }

    async fn part(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<bool> {
        let mut state = self.state();
        state.judge(chat.ticket, &self.spans, now);
        // Said again, it does not undo an invitation that came in between.
        let parted = state.remove_place(chat, |place| place.seat == seat && place.inside);
        if !parted {
            state.unclaim(seat, chat);
        }
        drop(state);
        if parted {
            self.ring(Bell::Ticket(chat.ticket));
        }
        Ok(parted)
    }

    async fn switch(&self, ticket: TicketName, claim: Claim, to: Member, now: Moment) -> Answer<bool> {
        let chat = ChatRef { ticket, claim };
        let mut state = self.state();
        state.judge(ticket, &self.spans, now);
        let Some(found) = state.running(chat) else { return Ok(false) };
        if found.owner == to {
            return Ok(true);
        }
        // Which of those inside was to take over, a store that had lost the chat has forgotten.
        let restored = found.restored;
        let asked = |place: &Place| {
            place.member == to && place.inside && (restored || place.kind == InviteKind::HandOver)
        };
        let Some(at) = found.room.iter().position(asked) else { return Ok(false) };
        let Where::With { seat: before, .. } = found.whereabouts else { return Ok(false) };
        let place = &mut found.room[at];
        let seat = std::mem::replace(&mut place.seat, before);
        place.member = std::mem::replace(&mut found.owner, to);
        place.kind = InviteKind::Guest;
        found.whereabouts = Where::With { seat, taken: now, confirmed: true };
        // Words of before lead to the one who has handed it over.
        state.returns.retain(|_, kept| kept.ticket != ticket);
        drop(state);
        self.ring(Bell::Ticket(ticket));
        self.ring(Bell::Line);
        Ok(true)
    }

    async fn dismiss(&self, ticket: TicketName, claim: Claim, member: Member, now: Moment) -> Answer<bool> {
        let mut state = self.state();
        state.judge(ticket, &self.spans, now);
        let chat = ChatRef { ticket, claim };
        let mut gone = state.remove_place(chat, |place| place.member == member);
        let forsaken = state.running(chat).is_some_and(|found| found.restored && found.owner == member);
        if forsaken {
            let front = state.front();
            state.back_in_line(ticket, Some(front));
            gone = true;
        }
        drop(state);
        if gone {
            self.ring(Bell::Ticket(ticket));
        }
        if forsaken {
            self.ring(Bell::Line);
        }
        Ok(gone)
    }

    async fn members(&self, chat: ChatRef, _now: Moment) -> Answer<Members> {
        let mut state = self.state();
        let Some(ticket) = state.running(chat) else { return Ok(Members::default()) };
        let room = ticket.room.iter().map(|place| place.member);
        Ok(room.fold(Members::default().with(ticket.owner), Members::with))
    }

    async fn restore_member(
        &self,
        seat: SeatId,
        chat: ChatRef,
        member: Member,
        owner: bool,
        now: Moment,
    ) -> Answer<Restored> {
        let mut state = self.state();
        state.judge(chat.ticket, &self.spans, now);
        if member == Member::VISITOR || state.tickets.contains_key(&chat.ticket) {
            if state.is_in(seat, chat) {
                return Ok(Restored::Yours);
            }
            let restored = state.restore_guest(seat, chat, member, now);
            drop(state);
            if restored == Restored::Yours {
                self.ring(Bell::Ticket(chat.ticket));
            }
            return Ok(restored);
        }
        if state.is_over(chat, now) || !state.has_room_for(chat, &self.bounds, now) {
            return Ok(Restored::NotYours);
        }
        let half = state.half(chat, now.plus(self.spans.ttl), now);
        // The first seat to name it as its own: a second one cannot step in by naming the same chat.
        if owner && half.seat.is_none() {
            half.seat = Some((seat, member));
        }
        if half.seat != Some((seat, member)) && !half.guests.contains(&(seat, member)) {
            let is_owners = half.seat.is_some_and(|(_, owners)| owners == member);
            if is_owners || half.guests.len() >= usize::from(limits::SEATS_IN_CHAT) {
                return Ok(Restored::NotYours);
            }
            half.guests.push((seat, member));
        }
        let joined = state.join_halves(chat, &self.spans, now).is_some();
        let inside = state.is_in(seat, chat);
        drop(state);
        if !joined {
            return Ok(Restored::Waiting);
        }
        self.ring(Bell::Ticket(chat.ticket));
        Ok(if inside { Restored::Yours } else { Restored::NotYours })
    }

    async fn recount(&self, chat: ChatRef, ending: Ending, topic: &str, now: Moment) -> Answer<bool> {
        Ok(self.state().tally.recount(chat, ending, Some(topic), now))
    }

    async fn cool(&self, chat: ChatRef, _now: Moment) -> Answer<bool> {
        let runs = self.state().tickets.get(&chat.ticket).is_some_and(|ticket| {
            ticket.claim == chat.claim && matches!(ticket.whereabouts, Where::With { .. })
        });
        if runs {
            self.ring(Bell::Cool(chat.ticket));
        }
        Ok(runs)
    }

    async fn gather(&self, day: Date, lacking: bool, _now: Moment) -> Answer<Sums> {
        let tally = &mut self.state().tally;
        if lacking {
            tally.days.entry(day).or_default().lacks_some_of(Week::of(day));
        }
        Ok(Sums { memory: tally.memory, book: tally.days.get(&day).cloned().unwrap_or_default() })
    }

    async fn look(&self, lane: Option<Lane>, most: usize, now: Moment) -> Answer<Vec<LineEntry>> {
        let state = self.state();
        let wanted = state.order.range((lane.unwrap_or(Lane::Support), i64::MIN)..);
        let entries = wanted.take_while(|((at, _), _)| lane.is_none_or(|lane| lane == *at));
        let entries = entries.take(most).filter_map(|(_, name)| {
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
            languages: super::written_together(living().map(|seat| &seat.writes[..])),
        })
    }

    async fn pin(&self, sheet: Sheet, version: u32, bytes: &[u8], _now: Moment) -> Answer<bool> {
        {
            let mut state = self.state();
            match state.sheets.get(&sheet) {
                Some((held, same)) if *held == version && same == bytes => return Ok(true),
                Some((held, _)) if *held >= version => return Ok(false),
                _ => state.sheets.insert(sheet, (version, bytes.to_vec())),
            };
        }
        self.ring(Bell::Pinned(sheet));
        Ok(true)
    }

    async fn pinned(&self, sheet: Sheet, above: u32, _now: Moment) -> Answer<Pinned> {
        let state = self.state();
        let (version, bytes) = state.sheets.get(&sheet).map_or((0, &[][..]), |(held, bytes)| (*held, bytes));
        Ok(Pinned { version, bytes: (version > above).then(|| bytes.to_vec()) })
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
        let fresh = |spans, bounds| async move {
            Arc::new(Memory::new(spans, bounds).counting(contract::counting())) as Arc<dyn Line>
        };
        eprintln!("memory\n{}", contract::all(fresh).await);
    }
}
