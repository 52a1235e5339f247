//! The shared store: several relays with one line, and relay restarts without a lost chat.
//!
//! ```text
//! {c:CENTRE}   order, ticket -> seat and claim, leases        what is whose: one slot, one script per verb
//! {c:CENTRE}   roster, calendar, each with its version        what every relay keeps a copy of
//! {t:TICKET}   boxes (claim, from, to), greetings             what is said: sealed, one slot per ticket
//! {d:SEAT}     boxes (from), of the staff channel, senders    what seats say to this one, and who
//! ```
//!
//! A verb is one atomic script in one of the two slots. Where both are touched, what is whose is decided in the
//! centre's slot and the rest can be repeated or left to expire, so a relay may die between any two steps and
//! a Redis Cluster may hold the slots on two machines:
//!
//! * `join`, `hello`: first the greeting's bytes, under their own hash, then the record that names them. A
//!   record never names bytes that are not there yet; bytes that nobody names expire.
//! * `take`: the ticket is the seat's, then its greeting is read and the new claim's boxes are emptied. Bytes
//!   that are gone (a node lost its memory) send the ticket back to its place to ask for a fresh greeting.
//! * `come_back` and `returned` are `join` and `take` for one seat.
//! * `put_back`, `end`, and whatever the clocks move: then the old claim's boxes are wiped. Their claim is part of
//!   their key, so until then nobody reads them.
//! * `leave`: the goodbye is laid down before the ticket is forgotten, because a seat looks for it as soon as
//!   the chat is no longer its own; then the rest is wiped.
//! * `invite`, `part`, `dismiss`: then the boxes of that number are wiped. No other seat gets the number of one who
//!   came, so until then nobody reads them.
//! * `put` of a visitor: the envelope is stored, then the chat is confirmed once, and the box notes that.
//!
//! Every key has a time to live. Leases are compared inside the scripts, in the line's own time (see
//! [`pace`]).

mod bells;
mod keys;
mod link;
mod open;
mod pace;
mod places;
mod reply;
mod scripts;
mod sentinel;
mod target;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, InviteKind, Kind, Lane, LineEntry, Member, ReturnHandle, SeatEntry,
    SeatId, TicketName, limits,
};
use redis::Value;
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::error;

use self::keys::{GreetingId, Keys, greeting_id};
use self::link::{Call, Link, PATIENCE};
pub use self::open::OpenError;
use self::pace::Pace;
use self::places::Places;
use self::reply::Fields;
use self::scripts::Script;
pub use self::target::Target;
use super::{
    Answer, Away, Bell, Bounds, CameBack, Card, Count, Counting, Cursor, Fetched, Holder, Join, Joined,
    Level, Line, Members, NotInvited, NotPut, NotTaken, Pinned, Put, Restored, Returned, SeatChat, Sheet,
    Spans, StaffCursor, Standing, Sums, Taken, cursor::Seen, ends_a_chat, is_last_number, written_together,
};
use crate::clock::{Clock, Moment};
use crate::statistics::{Book, Counter, Week};

/// Tickets one `keep` script renews. A script holds up everybody else while it runs; a hundred take one
/// to two milliseconds.
const CHUNK: usize = 100;

/// Chunks of a tick that are on their way at once: enough that the next one is there when Redis has done with
/// one, and so few that whatever else this relay asks does not wait behind the whole line.
const ON_THE_WAY: usize = 4;

/// How often a `take` tries the next ticket when a greeting's bytes were lost.
const TRIES: usize = 8;

/// The lane of a restored chat: the empty store forgot it, and it is not asked of the visitor again.
const FORGOTTEN_LANE: Lane = Lane::Support;

/// How often this relay compares its clock with the store's. Both drift by milliseconds an hour; what this
/// finds is a clock that was set.
const CLOCK_CHECK: Duration = Duration::from_secs(30);

/// The line on Redis.
pub struct RedisLine {
    store: Arc<Store>,
    bells: broadcast::Sender<Bell>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the verbs and the clock's task share.
struct Store {
    link: Arc<Link>,
    keys: Keys,
    pace: Pace,
    places: Places,
    spans: Spans,
    bounds: Bounds,
    counting: OnceLock<Counting>,
}

/// What nobody will read any more in a ticket's slot.
struct Spent {
    chat: ChatRef,
    greeting: Vec<u8>,
}

impl RedisLine {
    /// Opens the line of one centre, on one Redis or on the cluster that this one belongs to, and begins to
    /// hear its bells. `vouched`: the operator answers for it that nothing is written to disk.
    ///
    /// # Errors
    /// See [`OpenError`]; each is a sentence for the operator.
    pub async fn open(
        target: impl Into<Target>,
        centre_id: [u8; 16],
        spans: Spans,
        bounds: impl Into<Bounds>,
        vouched: bool,
    ) -> Result<Self, OpenError> {
        let (sender, _) = broadcast::channel(bells::BELLS);
        let (keys, bounds) = (Keys::new(centre_id), bounds.into());
        let link = Arc::new(open::link(target.into(), vouched, &keys, sender.clone()).await?);
        let (ready, listening) = oneshot::channel();
        let channel = keys.channel().to_owned();
        let looking = Arc::clone(&link);
        let tasks = vec![
            tokio::spawn(async move { looking.keep_looking().await }),
            tokio::spawn(bells::beat(Arc::clone(&link), channel.clone())),
            tokio::spawn(bells::listen(Arc::clone(&link), channel, sender.clone(), ready)),
        ];
        let (pace, places) = (Pace::default(), Places::default());
        let counting = OnceLock::new();
        let store = Arc::new(Store { link, keys, pace, places, spans, bounds, counting });
        let line = Self { store, bells: sender, tasks };
        match timeout(PATIENCE * 2, listening).await {
            Ok(Ok(())) => Ok(line),
            _ => Err(OpenError::Unreachable("it lets nobody subscribe to a channel".into())),
        }
    }

    /// Counts as this centre does. Said once, before the line is used.
    pub fn counts(&mut self, counting: Counting) {
        // A second word would be a bug of ours, and the first one stays.
        let _ = self.store.counting.set(counting);
    }

    /// From now on the line lives by the store's clock, and `clock` is this relay's. Without it, the line
    /// lives by the moments its verbs are handed: fit for one relay, and for stories in their own time.
    pub async fn follow(&mut self, clock: Clock) {
        self.store.agree(clock).await;
        let store = Arc::clone(&self.store);
        self.tasks.push(tokio::spawn(async move {
            let mut tick = interval(CLOCK_CHECK);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                store.agree(clock).await;
            }
        }));
    }
}

impl Drop for RedisLine {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// The arguments of one script.
#[derive(Default)]
struct Arguments(Vec<Vec<u8>>);

impl Arguments {
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.push(bytes.to_vec());
        self
    }

    fn number(self, number: impl Into<i128>) -> Self {
        self.bytes(number.into().to_string().as_bytes())
    }

    fn flag(self, flag: bool) -> Self {
        self.number(u8::from(flag))
    }

    fn chat(self, chat: ChatRef) -> Self {
        self.bytes(&chat.ticket.0).number(chat.claim.0)
    }

    /// An envelope for a box, and its number there if it is kept.
    fn numbered(self, envelope: &Envelope) -> Self {
        let number = if envelope.kind() == Kind::Kept { i64::from(envelope.number()) } else { -1 };
        self.bytes(envelope.as_bytes()).number(number)
    }

    /// How far a box was passed on.
    fn seen(self, seen: &Seen) -> Self {
        self.number(seen.answer).number(seen.filling).number(seen.next).number(seen.beat)
    }
}

fn ms(span: Duration) -> i128 {
    span.as_millis().cast_signed()
}

fn arguments() -> Arguments {
    Arguments::default()
}

impl Store {
    fn counting(&self) -> &Counting {
        self.counting.get_or_init(Counting::default)
    }

    /// A verb of the centre's slot. Answers its own output; what it has spent is wiped at once.
    async fn own(
        &self,
        script: &'static Script,
        now: Moment,
        more: Vec<String>,
        own: Arguments,
    ) -> Answer<Value> {
        let (value, spent) = self.own_and_spent(script, now, more, own).await?;
        join_all(spent.iter().map(|spent| self.wipe_spent(spent, now))).await;
        Ok(value)
    }

    async fn own_and_spent(
        &self,
        script: &'static Script,
        now: Moment,
        more: Vec<String>,
        own: Arguments,
    ) -> Answer<(Value, Vec<Spent>)> {
        let spans = &self.spans;
        let common = arguments()
            .number(self.pace.tell(now))
            .bytes(self.keys.channel().as_bytes())
            .number(ms(spans.ttl))
            .number(ms(spans.place_kept))
            .number(ms(spans.visitor_lease))
            .number(ms(spans.confirm))
            .number(ms(spans.visitor_lost))
            .number(ms(spans.counsellor_lost))
            .number(ms(spans.seat_lease))
            .number(ms(spans.goodbye));
        let counted = self.keys.counted(self.counting().day(now));
        let keys = self.keys.owned().iter().cloned().chain([counted]).chain(more).collect();
        let arguments = common.0.into_iter().chain(own.0).collect();
        let mut answer = Fields::of(self.link.run(&Call { script, keys, arguments }).await?)?;
        let value = answer.value()?;
        let spent = answer.list()?.each(|one| Ok(Spent { chat: one.chat()?, greeting: one.bytes()? }))?;
        Ok((value, spent))
    }

    /// A verb of a ticket's slot.
    async fn of_ticket(
        &self,
        script: &'static Script,
        now: Moment,
        keys: Vec<String>,
        own: Arguments,
    ) -> Answer<Value> {
        self.of_slot(script, now, self.spans.ttl, keys, own).await
    }

    async fn of_slot(
        &self,
        script: &'static Script,
        now: Moment,
        ttl: Duration,
        keys: Vec<String>,
        own: Arguments,
    ) -> Answer<Value> {
        let common =
            arguments().number(self.pace.tell(now)).bytes(self.keys.channel().as_bytes()).number(ms(ttl));
        let arguments = common.0.into_iter().chain(own.0).collect();
        self.link.run(&Call { script, keys, arguments }).await
    }

    /// A verb that writes into a box to `to`, which then lives as long as such a box does.
    async fn of_box(
        &self,
        script: &'static Script,
        now: Moment,
        to: Member,
        keys: Vec<String>,
        own: Arguments,
    ) -> Answer<Value> {
        self.of_slot(script, now, self.spans.of_box(to), keys, own).await
    }

    /// A verb that writes into a box between two seats.
    async fn of_seat(
        &self,
        script: &'static Script,
        now: Moment,
        keys: Vec<String>,
        own: Arguments,
    ) -> Answer<Value> {
        self.of_slot(script, now, self.spans.counsellor_boxes, keys, own).await
    }

    /// What is left behind when this fails expires by itself.
    async fn wipe(&self, forgotten: Vec<String>, kept: Vec<String>, now: Moment) {
        let own = arguments().number(forgotten.len() as u64);
        let keys = forgotten.into_iter().chain(kept).collect();
        // What lives on are last words to the visitor.
        let _ = self.of_box(&scripts::WIPE, now, Member::VISITOR, keys, own).await;
    }

    async fn wipe_spent(&self, spent: &Spent, now: Moment) {
        let ticket = spent.chat.ticket;
        let mut forgotten = Vec::new();
        if spent.chat.claim != Claim::NONE {
            forgotten = self.keys.boxes(ticket, spent.chat.claim, |_, _| true).0;
        }
        if !spent.greeting.is_empty() {
            forgotten.push(self.keys.greeting(ticket, &spent.greeting));
        }
        if !forgotten.is_empty() {
            self.wipe(forgotten, Vec::new(), now).await;
        }
    }

    /// Lays down the bytes of a greeting.
    async fn greet(&self, ticket: TicketName, hello: &Envelope, now: Moment) -> Answer<GreetingId> {
        let id = greeting_id(hello);
        let key = self.keys.greeting(ticket, &id);
        self.of_ticket(&scripts::GREET, now, vec![key], arguments().bytes(hello.as_bytes())).await?;
        Ok(id)
    }

    /// Lets the bytes of a waiting ticket's greeting live on. Bytes that are gone are asked for again.
    async fn greet_again(&self, ticket: TicketName, id: &[u8], now: Moment) -> Answer<()> {
        let key = self.keys.greeting(ticket, id);
        let there = self.of_ticket(&scripts::GREET, now, vec![key], arguments().bytes(b"")).await?;
        if reply::number::<u8>(there)? == 0 {
            self.greeting_lost(ticket, id, Claim::NONE, now).await?;
        }
        Ok(())
    }

    async fn greeting_lost(&self, ticket: TicketName, id: &[u8], claim: Claim, now: Moment) -> Answer<()> {
        let own = arguments().bytes(&ticket.0).bytes(id).number(claim.0);
        self.own(&scripts::GREETING_LOST, now, Vec::new(), own).await.map(drop)
    }

    fn moment_or_none(&self, ms: i64) -> Option<Moment> {
        u64::try_from(ms).ok().map(|ms| self.pace.read(ms))
    }

    fn standing(&self, mut fields: Fields) -> Answer<Standing> {
        self.standing_of(&mut fields)
    }

    fn standing_of(&self, fields: &mut Fields) -> Answer<Standing> {
        match fields.number::<u8>()? {
            1 => Ok(Standing::InLine { place: fields.number()?, wants_hello: fields.number::<u8>()? == 1 }),
            2 => Ok(Standing::With {
                claim: Claim(fields.number()?),
                seat: SeatId(fields.array()?),
                seat_lost: self.moment_or_none(fields.number()?),
            }),
            _ => Ok(Standing::Nowhere),
        }
    }

    fn seat_chats(&self, value: Value) -> Answer<Vec<SeatChat>> {
        Fields::of(value)?.each(|chat| {
            Ok(SeatChat {
                chat: chat.chat()?,
                member: member(chat.number()?)?,
                owner: chat.number::<u8>()? == 1,
                visitor_lost: self.moment_or_none(chat.number()?),
            })
        })
    }

    /// Some of a tick's tickets.
    async fn keep(&self, tickets: &[TicketName], sweep: bool, now: Moment) -> Answer<Vec<Standing>> {
        let own = tickets.iter().fold(arguments().flag(sweep), |own, ticket| own.bytes(&ticket.0));
        let mut answer = Fields::of(self.own(&scripts::KEEP, now, Vec::new(), own).await?)?;
        let mut standings = Vec::with_capacity(tickets.len());
        let mut told = answer.list()?;
        for _ in tickets {
            standings.push(self.standing(told.list()?)?);
        }
        let greetings = answer.list()?.each(|one| Ok((TicketName(one.array()?), one.bytes()?)))?;
        // A store that is away now will be asked again long before these bytes expire.
        join_all(greetings.iter().map(|(ticket, id)| self.greet_again(*ticket, id, now))).await;
        let places = answer.list()?.each(|one| Ok((TicketName(one.array()?), one.bytes()?)))?;
        self.remember(tickets, &mut standings, places, now).await;
        Ok(standings)
    }

    /// Remembers where these stand, and puts those whom the store has forgotten back where they stood.
    async fn remember(
        &self,
        tickets: &[TicketName],
        standings: &mut [Standing],
        places: Vec<(TicketName, Vec<u8>)>,
        now: Moment,
    ) {
        self.places.told(places, &self.spans, now);
        let mut forgotten = Vec::new();
        for (ticket, standing) in tickets.iter().zip(standings) {
            match standing {
                Standing::InLine { .. } => {}
                Standing::With { .. } => self.places.forget(*ticket),
                Standing::Nowhere => {
                    forgotten.extend(self.places.take(*ticket).map(|place| (*ticket, place, standing)));
                }
            }
        }
        if forgotten.is_empty() {
            return;
        }
        let own = arguments().number(forgotten.len() as u64);
        let own = forgotten.iter().fold(own, |own, (ticket, place, _)| own.bytes(&ticket.0).bytes(place));
        let answer = self.own(&scripts::STAND_AGAIN, now, Vec::new(), own).await;
        let told = answer.and_then(|value| Fields::of(value)?.each(|one| self.standing_of(one)));
        let mut known = Vec::new();
        match told {
            Ok(told) => {
                for ((ticket, place, standing), told) in forgotten.into_iter().zip(told) {
                    *standing = told;
                    if matches!(standing, Standing::InLine { .. }) {
                        known.push((ticket, place));
                    }
                }
            }
            Err(Away) => known.extend(forgotten.into_iter().map(|(ticket, place, _)| (ticket, place))),
        }
        self.places.told(known, &self.spans, now);
    }

    /// The second step of a take: the greeting's bytes, now used up, and empty boxes for the chat. Bytes that
    /// are gone send the ticket away from the seat.
    async fn greeting(&self, chat: ChatRef, id: &[u8], now: Moment) -> Answer<Option<Envelope>> {
        let (mut keys, _) = self.keys.boxes(chat.ticket, chat.claim, |_, _| true);
        keys.insert(0, self.keys.greeting(chat.ticket, id));
        let bytes = self.of_ticket(&scripts::GREETING, now, keys, arguments()).await?;
        match reply::bytes(bytes)? {
            Some(bytes) => envelope(&bytes).map(Some),
            None => self.greeting_lost(chat.ticket, id, chat.claim, now).await.map(|()| None),
        }
    }

    /// Two seats begin anew: the boxes of both directions, the other one's first, so that what answers the hello is
    /// not emptied after it.
    async fn renew(&self, boxes: impl IntoIterator<Item = String>, now: Moment) -> Answer<()> {
        for key in boxes {
            self.of_seat(&scripts::RENEW, now, vec![key], arguments()).await?;
        }
        Ok(())
    }

    /// The second step of whatever takes a number from a seat. What is left behind when this fails expires.
    async fn wipe_member(
        &self,
        chat: ChatRef,
        number: u8,
        which: impl Fn(Member, Member) -> bool,
        now: Moment,
    ) {
        if number > 0 {
            let boxes = self.keys.boxes(chat.ticket, chat.claim, which).0;
            self.wipe(boxes, Vec::new(), now).await;
        }
    }

    /// How far this relay's clock is from the store's.
    async fn agree(&self, clock: Clock) {
        let asked = clock.now();
        let answer = self.own_and_spent(&scripts::TIME, asked, Vec::new(), arguments()).await;
        let answered = clock.now();
        if let Ok(theirs) = answer.and_then(|(time, _)| reply::number::<u64>(time)) {
            self.pace.agree(asked, theirs, answered);
        }
    }
}

/// The first part of a greeting between two seats.
fn begins_anew(envelope: &Envelope) -> bool {
    envelope.kind() == Kind::Hello && envelope.number() == 0
}

fn member(number: u8) -> Answer<Member> {
    Member::new(number).map_err(|_| {
        error!("the store names a member that no chat can have");
        Away
    })
}

/// What of a box a reader has not seen, in the order of FETCH's answer; moves the reader's marks.
/// How far a box is filled.
fn level(answer: &mut Fields) -> Answer<Level> {
    let (answer, filling, next, beat) =
        (answer.number()?, answer.number()?, answer.number()?, answer.number()?);
    Ok(Level { answer, filling, next, beat })
}

/// The beginning of what PUT answers.
fn stored(answer: &mut Fields) -> Answer<Put> {
    let (stored, new) = (answer.number()?, answer.number()?);
    let why_not = match answer.number::<u8>()? {
        0 => None,
        1 => Some(NotPut::OutOfOrder),
        _ => Some(NotPut::Full),
    };
    Ok(Put { stored, new, why_not, level: Level::default() })
}

fn fetched(answer: &mut Fields, seen: &mut Seen) -> Answer<Envelope> {
    let what: u8 = answer.number()?;
    let mark: u64 = answer.number()?;
    let envelope = envelope(&answer.bytes()?)?;
    let filling = answer.number()?;
    match what {
        1 => seen.answer = mark,
        2 => seen.pass(filling, u32::try_from(mark).map_err(|_| Away)?),
        _ => seen.beat = mark,
    }
    Ok(envelope)
}

/// What GATHER answers. The store's names of the sums lack the week or quarter, which is in the key.
fn sums_of(mut told: Fields, week: Week) -> Answer<Sums> {
    let memory = told.number()?;
    let mut book = Book::default();
    while !told.is_empty() {
        let name = told.text()?;
        let sum = told.number()?;
        if name == "incomplete" {
            book.lacks_some_of(week);
            continue;
        }
        let full = if name.starts_with("ending") || name.starts_with("waited") {
            format!("{week} {name}")
        } else {
            format!("{} {name}", week.quarter())
        };
        let counter: Counter = full.parse().map_err(|_| {
            error!("the store counts something that no version of this program counts");
            Away
        })?;
        book.add(counter, sum);
    }
    Ok(Sums { memory, book })
}

fn envelope(bytes: &[u8]) -> Answer<Envelope> {
    Envelope::parse(bytes).map_err(|_| {
        error!("the store holds something that is not an envelope");
        Away
    })
}

#[async_trait]
impl Line for RedisLine {
    async fn prove(&self, holder: Holder, now: Moment) -> Answer<u64> {
        let keys = vec![self.store.keys.sockets(holder)];
        let own = arguments().number(ms(self.store.spans.sockets)).bytes(&bells::newer(holder));
        reply::number(self.store.of_ticket(&scripts::PROVE, now, keys, own).await?)
    }

    async fn newest(&self, holder: Holder, now: Moment) -> Answer<u64> {
        let keys = vec![self.store.keys.sockets(holder)];
        reply::number(self.store.of_ticket(&scripts::NEWEST, now, keys, arguments()).await?)
    }

    async fn join(&self, join: Join, now: Moment) -> Answer<Joined> {
        let store = &self.store;
        let greeting = store.greet(join.ticket, &join.hello, now).await?;
        let own = arguments()
            .bytes(&join.ticket.0)
            .number(join.lane.byte())
            .bytes(reply::languages(&join.languages).as_bytes())
            .bytes(&greeting)
            .number(store.bounds.max_waiting)
            .number(store.bounds.tickets)
            .bytes(store.counting().language(&join.languages).as_bytes())
            .number(store.bounds.professionals);
        let mut answer = Fields::of(store.own(&scripts::JOIN, now, Vec::new(), own).await?)?;
        match answer.number::<u8>()? {
            1 => Ok(Joined::At(store.standing(answer.list()?)?)),
            _ => Ok(Joined::Full),
        }
    }

    async fn keep(&self, tickets: &[TicketName], now: Moment) -> Answer<Vec<Standing>> {
        if tickets.is_empty() {
            return self.store.keep(tickets, true, now).await;
        }
        let asked: Vec<_> = tickets
            .chunks(CHUNK)
            .zip(0..)
            .map(|(chunk, index)| self.store.keep(chunk, index == 0, now))
            .collect();
        stream::iter(asked).buffered(ON_THE_WAY).try_concat().await
    }

    async fn absent(&self, ticket: TicketName, now: Moment) -> Answer<()> {
        self.store.places.forget(ticket);
        let own = arguments().bytes(&ticket.0);
        self.store.own(&scripts::ABSENT, now, Vec::new(), own).await.map(drop)
    }

    async fn hello(&self, ticket: TicketName, hello: Envelope, now: Moment) -> Answer<Standing> {
        let greeting = self.store.greet(ticket, &hello, now).await?;
        let own = arguments().bytes(&ticket.0).bytes(&greeting);
        self.store.standing(Fields::of(self.store.own(&scripts::HELLO, now, Vec::new(), own).await?)?)
    }

    async fn sit(
        &self,
        seat: SeatId,
        ready: bool,
        capacity: u8,
        writes: &[String],
        now: Moment,
    ) -> Answer<Vec<SeatChat>> {
        let own = arguments().bytes(&seat.0).flag(ready).number(capacity).bytes(writes.join(",").as_bytes());
        self.store.seat_chats(self.store.own(&scripts::SIT, now, Vec::new(), own).await?)
    }

    async fn chats(&self, seat: SeatId, now: Moment) -> Answer<Vec<SeatChat>> {
        let own = arguments().bytes(&seat.0);
        self.store.seat_chats(self.store.own(&scripts::CHATS, now, Vec::new(), own).await?)
    }

    async fn take(
        &self,
        seat: SeatId,
        ticket: Option<TicketName>,
        now: Moment,
    ) -> Answer<Result<Taken, NotTaken>> {
        let store = &self.store;
        for _ in 0..TRIES {
            let own = arguments().bytes(&seat.0).bytes(ticket.as_ref().map_or(&[], |ticket| &ticket.0));
            let mut answer = Fields::of(store.own(&scripts::TAKE, now, Vec::new(), own).await?)?;
            if answer.number::<u8>()? == 0 {
                return Ok(Err(match answer.number::<u8>()? {
                    1 => NotTaken::NobodyWaits,
                    2 => NotTaken::Gone,
                    3 => NotTaken::TakenByOther,
                    4 => NotTaken::SeatFull,
                    _ => NotTaken::NotOnDuty,
                }));
            }
            let chat = answer.chat()?;
            let (lane, languages, id) = (answer.lane()?, answer.languages()?, answer.bytes()?);
            if let Some(hello) = store.greeting(chat, &id, now).await? {
                return Ok(Ok(Taken { chat, lane, languages, hello }));
            }
            if ticket.is_some() {
                return Ok(Err(NotTaken::Gone));
            }
        }
        Ok(Err(NotTaken::NobodyWaits))
    }

    async fn put_back(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<bool> {
        let half = self.store.keys.half(chat);
        let own = arguments().bytes(&seat.0).chat(chat);
        Ok(reply::number::<u8>(self.store.own(&scripts::PUT_BACK, now, half, own).await?)? == 1)
    }

    async fn end(&self, seat: SeatId, chat: ChatRef, ending: Ending, now: Moment) -> Answer<bool> {
        let half = self.store.keys.half(chat);
        let own = arguments().bytes(&seat.0).chat(chat).number(ending.byte());
        let ended = reply::number::<u8>(self.store.own(&scripts::END, now, half, own).await?)? == 1;
        if ended {
            // To the visitor: stays until read. From the visitor: nobody reads it any more.
            let (unread, kept) =
                self.store.keys.boxes(chat.ticket, chat.claim, |_, to| to != Member::VISITOR);
            self.store.wipe(unread, kept, now).await;
        }
        Ok(ended)
    }

    async fn leave(
        &self,
        ticket: TicketName,
        claim: Claim,
        goodbyes: Vec<(Member, Envelope)>,
        now: Moment,
    ) -> Answer<()> {
        let store = &self.store;
        store.places.forget(ticket);
        let chat = ChatRef { ticket, claim };
        let whose = || arguments().bytes(&ticket.0);
        let last = reply::number::<i64>(store.own(&scripts::WHOSE, now, Vec::new(), whose()).await?)?;
        if last == i64::from(claim.0) && claim != Claim::NONE && !goodbyes.is_empty() {
            let mut keys = Vec::new();
            let mut own = arguments().number(ms(store.spans.goodbye));
            for (to, envelope) in &goodbyes {
                keys.push(store.keys.boxed(chat, Member::VISITOR, *to));
                let bell = bells::boxed(ticket, Member::VISITOR, *to);
                own = own.bytes(envelope.as_bytes()).bytes(&bell);
            }
            store.of_ticket(&scripts::GOODBYE, now, keys, own).await?;
        }
        let half = store.keys.half(chat);
        let own = whose().number(claim.0);
        let last = reply::number::<i64>(store.own(&scripts::LEAVE, now, half, own).await?)?;
        let forgotten = match u32::try_from(last) {
            Ok(last) => store.keys.boxes(ticket, Claim(last), |_, _| true).0,
            // An ended chat whose last words were still kept for the visitor.
            Err(_) => store.keys.boxes(ticket, claim, |from, _| from != Member::VISITOR).0,
        };
        store.wipe(forgotten, Vec::new(), now).await;
        Ok(())
    }

    async fn turn_away(&self, ticket: TicketName, now: Moment) -> Answer<()> {
        self.store.places.forget(ticket);
        let own = arguments().bytes(&ticket.0);
        self.store.own(&scripts::TURN_AWAY, now, Vec::new(), own).await.map(drop)
    }

    async fn restore_visitor(&self, ticket: TicketName, claim: Claim, now: Moment) -> Answer<Standing> {
        if claim != Claim::NONE {
            // Whoever holds the keys of a chat does not wait.
            self.store.places.forget(ticket);
        }
        let chat = ChatRef { ticket, claim };
        let half = self.store.keys.half(chat);
        let own = arguments().chat(chat).number(FORGOTTEN_LANE.byte()).number(self.store.bounds.tickets);
        let value = self.store.own(&scripts::RESTORE_VISITOR, now, half, own).await?;
        self.store.standing(Fields::of(value)?)
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
        let own = arguments().bytes(&seat.0).bytes(&ticket.0).bytes(&handle.0).flag(stays);
        Ok(reply::number::<u8>(self.store.own(&scripts::KEEP_RETURN, now, Vec::new(), own).await?)? == 1)
    }

    async fn forget_return(&self, seat: SeatId, handle: ReturnHandle, now: Moment) -> Answer<()> {
        let own = arguments().bytes(&seat.0).bytes(&handle.0);
        self.store.own(&scripts::FORGET_RETURN, now, Vec::new(), own).await.map(drop)
    }

    async fn come_back(&self, join: Join, handle: ReturnHandle, now: Moment) -> Answer<CameBack> {
        let store = &self.store;
        let greeting = store.greet(join.ticket, &join.hello, now).await?;
        let own = arguments()
            .bytes(&join.ticket.0)
            .number(join.lane.byte())
            .bytes(reply::languages(&join.languages).as_bytes())
            .bytes(&greeting)
            .bytes(&handle.0)
            .bytes(store.counting().language(&join.languages).as_bytes());
        let mut answer = Fields::of(store.own(&scripts::COME_BACK, now, Vec::new(), own).await?)?;
        if answer.number::<u8>()? == 1 {
            return Ok(CameBack::At(store.standing(answer.list()?)?));
        }
        Ok(if answer.number::<u8>()? == 2 { CameBack::Away } else { CameBack::Unknown })
    }

    async fn returned(&self, seat: SeatId, now: Moment) -> Answer<Vec<Returned>> {
        let own = arguments().bytes(&seat.0);
        let found =
            Fields::of(self.store.own(&scripts::RETURNED, now, Vec::new(), own).await?)?.each(|one| {
                let (chat, lane, languages) = (one.chat()?, one.lane()?, one.languages()?);
                Ok((chat, lane, languages, one.bytes()?, ReturnHandle(one.array()?)))
            })?;
        let mut returned = Vec::with_capacity(found.len());
        for (chat, lane, languages, id, handle) in found {
            if let Some(hello) = self.store.greeting(chat, &id, now).await? {
                returned.push(Returned { taken: Taken { chat, lane, languages, hello }, handle });
            }
        }
        Ok(returned)
    }

    async fn put(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelopes: Vec<Envelope>,
        now: Moment,
    ) -> Answer<Put> {
        let store = &self.store;
        let keys = vec![store.keys.boxed(chat, from, to), store.keys.boxed(chat, to, from)];
        let by_visitor = from == Member::VISITOR;
        if envelopes.first().is_some_and(begins_anew) && !by_visitor && to != Member::VISITOR {
            store.renew(keys.iter().rev().cloned(), now).await?;
        }
        let countable = envelopes.iter().take_while(|envelope| !is_last_number(envelope)).count();
        let own = arguments()
            .number(limits::BOX_ENVELOPES as u64)
            .number(store.bounds.box_bytes)
            .flag(by_visitor)
            .bytes(&bells::boxed(chat.ticket, from, to));
        let own = envelopes.iter().take(countable).fold(own, Arguments::numbered);
        let mut answer = Fields::of(store.of_box(&scripts::PUT, now, to, keys, own).await?)?;
        let mut put = stored(&mut answer)?;
        if put.stored == countable && countable < envelopes.len() {
            put.why_not = Some(NotPut::OutOfOrder);
        }
        // Until the centre's slot knows that the visitor has spoken, they are not told that this is stored:
        // they send it again, and so the chat is confirmed in the end.
        let is_known = answer.number::<u8>()? == 1;
        put.level = level(&mut answer)?;
        if by_visitor && put.level.next > 0 && !is_known {
            let confirmed = store.own(&scripts::CONFIRM, now, Vec::new(), arguments().chat(chat)).await?;
            if reply::number::<u8>(confirmed)? == 1 {
                let keys = vec![store.keys.boxed(chat, from, to)];
                let _ = store.of_ticket(&scripts::SPOKEN, now, keys, arguments()).await;
            }
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
        let own = arguments().bytes(envelope.as_bytes()).bytes(&bells::boxed(chat.ticket, from, to));
        let keys = vec![self.store.keys.boxed(chat, from, to)];
        let mut answer = Fields::of(self.store.of_box(&scripts::BEAT, now, to, keys, own).await?)?;
        match answer.number::<u8>()? {
            0 => Ok(None),
            _ => level(&mut answer).map(Some),
        }
    }

    async fn fetch(
        &self,
        chat: ChatRef,
        to: Member,
        cursor: &mut Cursor,
        most: usize,
        now: Moment,
    ) -> Answer<Vec<Fetched>> {
        let senders: Vec<_> = keys::members().filter(|from| *from != to).collect();
        let keys = senders.iter().map(|from| self.store.keys.boxed(chat, *from, to)).collect();
        let own = arguments().number(most as u64);
        let own = senders.iter().fold(own, |own, from| own.seen(cursor.of(*from)));
        let answer = Fields::of(self.store.of_ticket(&scripts::FETCH, now, keys, own).await?)?;
        // Nothing is passed unless everything can be read.
        let mut after = *cursor;
        let mut found = Vec::new();
        for mut one in answer.lists()? {
            let which = one.number::<usize>()?.checked_sub(1);
            let from = *which.and_then(|which| senders.get(which)).ok_or(Away)?;
            let envelope = fetched(&mut one, after.of(from))?;
            found.push(Fetched { from, envelope });
        }
        *cursor = after;
        Ok(found)
    }

    async fn got(&self, chat: ChatRef, from: Member, to: Member, next: u32, now: Moment) -> Answer<()> {
        let keys = vec![self.store.keys.boxed(chat, from, to)];
        self.store.of_ticket(&scripts::GOT, now, keys, arguments().number(next)).await.map(drop)
    }

    async fn introduce(&self, seat: SeatId, card: Card, now: Moment) -> Answer<()> {
        let own = arguments().bytes(&seat.0).bytes(&[&card.certificate[..], &[card.role]].concat());
        self.store.own(&scripts::INTRODUCE, now, Vec::new(), own).await.map(drop)
    }

    async fn seats(&self, most: usize, now: Moment) -> Answer<Vec<SeatEntry>> {
        let own = arguments().number(most as u64);
        Fields::of(self.store.own(&scripts::SEATS, now, Vec::new(), own).await?)?.each(|entry| {
            let seat = SeatId(entry.array()?);
            let card: [u8; 33] = entry.array()?;
            let (certificate, role) = card.split_first_chunk().ok_or(Away)?;
            let role = role.first().copied().ok_or(Away)?;
            let ready = entry.number::<u8>()? == 1;
            let chats = u8::try_from(entry.number::<u32>()?).unwrap_or(u8::MAX);
            Ok(SeatEntry { seat, certificate: *certificate, role, ready, chats, capacity: entry.number()? })
        })
    }

    async fn staff_put(
        &self,
        from: SeatId,
        to: SeatId,
        envelope: Envelope,
        now: Moment,
    ) -> Answer<Result<u32, NotPut>> {
        if is_last_number(&envelope) {
            return Ok(Err(NotPut::OutOfOrder));
        }
        let store = &self.store;
        let key = store.keys.staff(from, to);
        if begins_anew(&envelope) {
            store.renew([store.keys.staff(to, from), key.clone()], now).await?;
        }
        let keys = vec![key.clone(), key, store.keys.staff_senders(to)];
        let own = arguments()
            .number(limits::BOX_ENVELOPES as u64)
            .number(store.bounds.box_bytes)
            .flag(false)
            .bytes(&bells::staff(from, to))
            .numbered(&envelope);
        let mut answer = Fields::of(store.of_seat(&scripts::PUT, now, keys, own).await?)?;
        let put = stored(&mut answer)?;
        answer.value()?;
        Ok(Put { level: level(&mut answer)?, ..put }.all())
    }

    async fn staff_beat(&self, from: SeatId, to: SeatId, envelope: Envelope, now: Moment) -> Answer<()> {
        let own = arguments().bytes(envelope.as_bytes()).bytes(&bells::staff(from, to));
        let keys = vec![self.store.keys.staff(from, to)];
        self.store.of_seat(&scripts::BEAT, now, keys, own).await.map(drop)
    }

    async fn staff_fetch(
        &self,
        from: SeatId,
        to: SeatId,
        cursor: &mut StaffCursor,
        now: Moment,
    ) -> Answer<Option<Envelope>> {
        let seen = &mut cursor.0;
        let own = arguments().number(1).seen(seen);
        let keys = vec![self.store.keys.staff(from, to)];
        let answer = Fields::of(self.store.of_ticket(&scripts::FETCH, now, keys, own).await?)?;
        let mut found = answer.lists()?.into_iter();
        let Some(mut one) = found.next() else { return Ok(None) };
        one.value()?;
        fetched(&mut one, seen).map(Some)
    }

    async fn staff_senders(&self, to: SeatId, now: Moment) -> Answer<Vec<SeatId>> {
        let keys = vec![self.store.keys.staff_senders(to)];
        let mut answer = Fields::of(self.store.of_ticket(&scripts::SENDERS, now, keys, arguments()).await?)?;
        let mut senders = Vec::new();
        while !answer.is_empty() {
            senders.push(SeatId(answer.array()?));
        }
        Ok(senders)
    }

    async fn staff_got(&self, from: SeatId, to: SeatId, next: u32, now: Moment) -> Answer<()> {
        let keys = vec![self.store.keys.staff(from, to)];
        self.store.of_ticket(&scripts::GOT, now, keys, arguments().number(next)).await.map(drop)
    }

    async fn invite(
        &self,
        seat: SeatId,
        chat: ChatRef,
        to: SeatId,
        kind: InviteKind,
        now: Moment,
    ) -> Answer<Result<Member, NotInvited>> {
        // Who takes over comes before the one who hands over goes.
        let most = limits::SEATS_IN_CHAT - u8::from(kind == InviteKind::Guest);
        let own = arguments()
            .bytes(&seat.0)
            .chat(chat)
            .bytes(&to.0)
            .number(kind.byte())
            .number(most)
            .number(limits::MEMBER_MAX);
        let mut answer = Fields::of(self.store.own(&scripts::INVITE, now, Vec::new(), own).await?)?;
        let number: u8 = answer.number()?;
        if number == 0 {
            return Ok(Err(match answer.number::<u8>()? {
                2 => NotInvited::Gone,
                3 => NotInvited::SeatFull,
                4 => NotInvited::RoomFull,
                5 => NotInvited::Inside,
                _ => NotInvited::NotYours,
            }));
        }
        let member = member(number)?;
        if answer.number::<u8>()? == 1 {
            // Whatever an invitation under this number has left behind.
            self.store.wipe_member(chat, number, |_, reader| reader == member, now).await;
        }
        Ok(Ok(member))
    }

    async fn reply(&self, seat: SeatId, chat: ChatRef, yes: bool, now: Moment) -> Answer<Option<Member>> {
        let own = arguments().bytes(&seat.0).chat(chat).flag(yes);
        let number: u8 = reply::number(self.store.own(&scripts::REPLY, now, Vec::new(), own).await?)?;
        if number == 0 { Ok(None) } else { member(number).map(Some) }
    }

    async fn withdraw(&self, seat: SeatId, chat: ChatRef, member: Member, now: Moment) -> Answer<bool> {
        let own = arguments().bytes(&seat.0).chat(chat).number(member.number());
        Ok(reply::number::<u8>(self.store.own(&scripts::WITHDRAW, now, Vec::new(), own).await?)? > 0)
    }

    async fn part(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<bool> {
        let (half, own) = (self.store.keys.half(chat), arguments().bytes(&seat.0).chat(chat));
        let number: u8 = reply::number(self.store.own(&scripts::PART, now, half, own).await?)?;
        let of = |from: Member, to: Member| from.number() == number || to.number() == number;
        self.store.wipe_member(chat, number, of, now).await;
        Ok(number > 0)
    }

    async fn switch(&self, ticket: TicketName, claim: Claim, to: Member, now: Moment) -> Answer<bool> {
        let own = arguments().chat(ChatRef { ticket, claim }).number(to.number());
        Ok(reply::number::<u8>(self.store.own(&scripts::SWITCH, now, Vec::new(), own).await?)? == 1)
    }

    async fn dismiss(&self, ticket: TicketName, claim: Claim, member: Member, now: Moment) -> Answer<bool> {
        let chat = ChatRef { ticket, claim };
        let own = arguments().chat(chat).number(member.number());
        let number: u8 = reply::number(self.store.own(&scripts::DISMISS, now, Vec::new(), own).await?)?;
        self.store.wipe_member(chat, number, |from, to| from == member || to == member, now).await;
        Ok(number > 0)
    }

    async fn members(&self, chat: ChatRef, now: Moment) -> Answer<Members> {
        let numbers = reply::numbers(
            self.store.own(&scripts::MEMBERS, now, Vec::new(), arguments().chat(chat)).await?,
        )?;
        numbers.into_iter().try_fold(Members::default(), |members, number| Ok(members.with(member(number)?)))
    }

    async fn restore_member(
        &self,
        seat: SeatId,
        chat: ChatRef,
        member: Member,
        owner: bool,
        now: Moment,
    ) -> Answer<Restored> {
        if member == Member::VISITOR {
            return Ok(Restored::NotYours);
        }
        let half = self.store.keys.half(chat);
        let own = arguments()
            .chat(chat)
            .number(FORGOTTEN_LANE.byte())
            .number(self.store.bounds.tickets)
            .bytes(&seat.0)
            .number(member.number())
            .flag(owner);
        let value = self.store.own(&scripts::RESTORE_MEMBER, now, half, own).await?;
        Ok(match reply::number::<u8>(value)? {
            1 => Restored::Yours,
            2 => Restored::Waiting,
            _ => Restored::NotYours,
        })
    }

    async fn recount(&self, chat: ChatRef, ending: Ending, topic: &str, now: Moment) -> Answer<bool> {
        if !ends_a_chat(ending) || !self.store.counting().has_topic(topic) {
            return Ok(false);
        }
        let own = arguments().chat(chat).number(ending.byte()).bytes(topic.as_bytes());
        Ok(reply::number::<u8>(self.store.own(&scripts::RECOUNT, now, Vec::new(), own).await?)? == 1)
    }

    async fn cool(&self, chat: ChatRef, now: Moment) -> Answer<bool> {
        let own = arguments().chat(chat);
        Ok(reply::number::<u8>(self.store.own(&scripts::COOL, now, Vec::new(), own).await?)? == 1)
    }

    async fn gather(&self, day: Date, lacking: bool, now: Moment) -> Answer<Sums> {
        let keys = vec![self.store.keys.counted(day), self.store.keys.counting()];
        let own = arguments().flag(lacking);
        sums_of(Fields::of(self.store.own(&scripts::GATHER, now, keys, own).await?)?, Week::of(day))
    }

    async fn look(&self, lane: Option<Lane>, most: usize, now: Moment) -> Answer<Vec<LineEntry>> {
        let own = arguments().number(most as u64).number(lane.map_or(0, Lane::byte));
        Fields::of(self.store.own(&scripts::LOOK, now, Vec::new(), own).await?)?.each(|entry| {
            Ok(LineEntry {
                ticket: TicketName(entry.array()?),
                lane: entry.lane()?,
                present: entry.number::<u8>()? == 1,
                waited_s: entry.number()?,
                languages: entry.languages()?,
            })
        })
    }

    async fn count(&self, now: Moment) -> Answer<Count> {
        let mut counted = Fields::of(self.store.own(&scripts::COUNT, now, Vec::new(), arguments()).await?)?;
        let tags = |written: String| written.split_terminator(',').map(str::to_owned).collect();
        Ok(Count {
            waiting: counted.number()?,
            ready_seats: counted.number()?,
            capacity: counted.number()?,
            chats: counted.number()?,
            languages: {
                let each: Vec<Vec<String>> = counted.list()?.texts()?.into_iter().map(tags).collect();
                written_together(each.iter().map(Vec::as_slice))
            },
        })
    }

    async fn pin(&self, sheet: Sheet, version: u32, bytes: &[u8], now: Moment) -> Answer<bool> {
        let own = arguments().number(version).bytes(bytes).bytes(&bells::pinned(sheet));
        let keys = vec![self.store.keys.sheet(sheet)];
        Ok(reply::number::<u8>(self.store.of_ticket(&scripts::PIN, now, keys, own).await?)? == 1)
    }

    async fn pinned(&self, sheet: Sheet, above: u32, now: Moment) -> Answer<Pinned> {
        let keys = vec![self.store.keys.sheet(sheet)];
        let answer = self.store.of_ticket(&scripts::PINNED, now, keys, arguments().number(above)).await?;
        let mut fields = Fields::of(answer)?;
        let (version, bytes) = (fields.number()?, fields.bytes()?);
        Ok(Pinned { version, bytes: (version > above).then_some(bytes) })
    }

    fn bells(&self) -> broadcast::Receiver<Bell> {
        self.bells.subscribe()
    }
}
