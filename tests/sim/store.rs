//! The store, and each relay's way to it.
//!
//! The store itself is the memory line. Over its way a verb may never arrive, may be done and its answer lost,
//! may be done twice (a cluster's client follows moving slots and runs a script again), or long after its
//! caller gave up; bells are delayed, lost and repeated. That is what the line on Redis does to its callers,
//! and a caller learns no more than `Away`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use lykta_server::clock::Moment;
use lykta_server::line::{
    Answer, Away, Bell, CameBack, Card, Count, Cursor, Fetched, Holder, Join, Joined, Level, Line, Members,
    Memory, NotInvited, NotPut, NotTaken, Pinned, Put, Restored, Returned, SeatChat, Sheet, Spans,
    StaffCursor, Standing, Sums, Taken,
};
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, InviteKind, Lane, LineEntry, Member, ReturnHandle, SeatEntry, SeatId,
    TicketName,
};
use tokio::sync::{broadcast, watch};
use tokio::time::sleep;

use crate::controls::{Broken, Control};
use crate::world::{Life, World};

/// As long as the line on Redis waits for an answer, ms.
const PATIENCE_MS: u64 = 2_000;
/// A verb may be done this much later, ms.
const LATE_MS: u64 = 5_000;
const BELLS: usize = 4_096;
const MAX_WAITING: u32 = 50;

/// What outlives a relay.
pub(crate) struct Store {
    world: Arc<World>,
    control: Control,
    memory: watch::Sender<(u64, Arc<Memory>)>,
    /// Until when nobody reaches it, ms.
    away_until: Mutex<u64>,
}

impl Store {
    pub(crate) fn new(world: &Arc<World>, broken: Broken) -> Arc<Self> {
        let memory = Arc::new(Memory::new(Spans::default(), MAX_WAITING));
        let (memory, _) = watch::channel((0, memory));
        let control = Control::new(broken);
        Arc::new(Self { world: Arc::clone(world), control, memory, away_until: Mutex::new(0) })
    }

    /// It starts anew and empty.
    pub(crate) fn forgets(&self) {
        self.world.note(format_args!("the store forgets everything"));
        self.world.book(|book| book.seen.forgotten += 1);
        let memory = Arc::new(Memory::new(Spans::default(), MAX_WAITING));
        self.memory.send_modify(|held| *held = (held.0 + 1, memory));
    }

    pub(crate) fn is_away(&self, for_ms: u64) {
        self.world.note(format_args!("the store is away for {for_ms} ms"));
        *self.away_until.lock().expect("nobody panics here") = self.world.now_ms() + for_ms;
    }

    fn away(&self) -> bool {
        let until = *self.away_until.lock().expect("nobody panics here");
        self.world.storms() && self.world.now_ms() < until
    }
}

/// One relay's way to the store: the line that its code sees.
pub(crate) struct WayToStore {
    store: Arc<Store>,
    life: Arc<Life>,
    bells: broadcast::Sender<Bell>,
    /// The last verb found the store away: when it is back, everybody looks everywhere once.
    was_away: Mutex<bool>,
}

impl WayToStore {
    pub(crate) fn new(store: &Arc<Store>, life: &Arc<Life>) -> Arc<Self> {
        let (bells, _) = broadcast::channel(BELLS);
        life.spawn(carry_bells(Arc::clone(store), bells.clone()));
        let (store, life) = (Arc::clone(store), Arc::clone(life));
        Arc::new(Self { store, life, bells, was_away: Mutex::new(false) })
    }

    /// One verb over the way.
    async fn verb<T: Send + 'static>(
        &self,
        name: String,
        verb: impl Fn(Arc<Memory>, Moment) -> Now<T> + Send + Sync + 'static,
    ) -> Answer<T> {
        let answer = self.go_and_ask(name, verb).await;
        let is_away = answer.is_err();
        let was_away = std::mem::replace(&mut *self.was_away.lock().expect("nobody panics here"), is_away);
        if was_away && !is_away {
            for bell in [Bell::Missed, Bell::Line] {
                let _ = self.bells.send(bell);
            }
        }
        answer
    }

    async fn go_and_ask<T: Send + 'static>(
        &self,
        name: String,
        verb: impl Fn(Arc<Memory>, Moment) -> Now<T> + Send + Sync + 'static,
    ) -> Answer<T> {
        let world = &self.store.world;
        self.life.step().await;
        if self.store.away() || world.fault(world.weather.verb_lost) {
            world.book(|book| book.seen.verbs_lost += 1);
            sleep(Duration::from_millis(PATIENCE_MS)).await;
            return Err(Away);
        }
        if world.fault(world.weather.verb_late) {
            world.book(|book| book.seen.verbs_late += 1);
            world.note(format_args!("store: {name} will be late"));
            // It is on its way whatever becomes of the relay; a store that starts anew never hears of it.
            let (store, life) = (Arc::clone(&self.store), self.store.life());
            tokio::spawn(async move {
                store.world.a_while(LATE_MS).await;
                if store.life() == life {
                    let _ = store.done(&name, &verb).await;
                }
            });
            sleep(Duration::from_millis(PATIENCE_MS)).await;
            return Err(Away);
        }
        let mut answer = self.store.done(&name, &verb).await;
        if world.fault(world.weather.verb_twice) {
            world.book(|book| book.seen.verbs_twice += 1);
            answer = self.store.done(&name, &verb).await;
        }
        self.life.step().await;
        if world.fault(world.weather.answer_lost) {
            world.book(|book| book.seen.verbs_lost += 1);
            sleep(Duration::from_millis(PATIENCE_MS)).await;
            return Err(Away);
        }
        answer
    }
}

/// A verb under way in the memory line, which answers at once.
type Now<T> = std::pin::Pin<Box<dyn Future<Output = Answer<T>> + Send>>;

impl Store {
    /// The verb is done, at the store's own time, and the first promise is looked after.
    async fn done<T>(&self, name: &str, verb: &impl Fn(Arc<Memory>, Moment) -> Now<T>) -> Answer<T> {
        let memory = Arc::clone(&self.memory.borrow().1);
        let answer = verb(Arc::clone(&memory), self.world.now()).await;
        self.world.note(format_args!("store: {name}"));
        let (places, visits) = (memory.places(), memory.visits());
        self.world.book(|book| {
            book.seen.verbs += 1;
            book.places(&places);
            book.visits(visits);
        });
        answer
    }

    fn life(&self) -> u64 {
        self.memory.borrow().0
    }
}

/// Bells on their way to one relay, until it dies.
async fn carry_bells(store: Arc<Store>, to: broadcast::Sender<Bell>) {
    let world = Arc::clone(&store.world);
    let mut memory = store.memory.subscribe();
    loop {
        let mut from = memory.borrow_and_update().1.bells();
        loop {
            let heard = tokio::select! {
                biased;
                changed = memory.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    break;
                }
                heard = from.recv() => heard,
            };
            let bell = match heard {
                Ok(bell) => bell,
                Err(broadcast::error::RecvError::Lagged(_)) => Bell::Missed,
                Err(broadcast::error::RecvError::Closed) => break,
            };
            if world.fault(world.weather.bell_lost) || store.away() {
                world.book(|book| book.seen.bells_lost += 1);
                continue;
            }
            let copies = if world.fault(world.weather.bell_twice) { 2 } else { 1 };
            for _ in 0..copies {
                let (world, to) = (Arc::clone(&world), to.clone());
                if !world.weather.shared {
                    let _ = to.send(bell);
                    continue;
                }
                tokio::spawn(async move {
                    world.a_while(world.weather.way_ms.min(50)).await;
                    let _ = to.send(bell);
                });
            }
        }
        // A store that starts anew drops its listeners: nobody knows what rang.
        for bell in [Bell::Missed, Bell::Line] {
            let _ = to.send(bell);
        }
    }
}

fn named(verb: &str) -> String {
    verb.to_owned()
}

/// Enough of a chat to follow it through a trace.
fn brief(chat: ChatRef) -> String {
    format!("{:02x}{:02x}:{}", chat.ticket.0[0], chat.ticket.0[1], chat.claim.0)
}

#[async_trait]
impl Line for WayToStore {
    async fn prove(&self, holder: Holder, _now: Moment) -> Answer<u64> {
        self.verb(named("prove"), move |line, now| Box::pin(async move { line.prove(holder, now).await }))
            .await
    }

    async fn newest(&self, holder: Holder, _now: Moment) -> Answer<u64> {
        self.verb(named("newest"), move |line, now| Box::pin(async move { line.newest(holder, now).await }))
            .await
    }

    async fn join(&self, join: Join, _now: Moment) -> Answer<Joined> {
        let Join { ticket, lane, languages, hello } = join;
        self.verb(named("join"), move |line, now| {
            let join = Join { ticket, lane, languages: languages.clone(), hello: hello.clone() };
            Box::pin(async move { line.join(join, now).await })
        })
        .await
    }

    async fn keep(&self, tickets: &[TicketName], _now: Moment) -> Answer<Vec<Standing>> {
        let tickets = tickets.to_vec();
        self.verb(named("keep"), move |line, now| {
            let tickets = tickets.clone();
            Box::pin(async move { line.keep(&tickets, now).await })
        })
        .await
    }

    async fn absent(&self, ticket: TicketName, _now: Moment) -> Answer<()> {
        self.verb(named("absent"), move |line, now| Box::pin(async move { line.absent(ticket, now).await }))
            .await
    }

    async fn hello(&self, ticket: TicketName, hello: Envelope, _now: Moment) -> Answer<Standing> {
        self.verb(named("hello"), move |line, now| {
            let hello = hello.clone();
            Box::pin(async move { line.hello(ticket, hello, now).await })
        })
        .await
    }

    async fn sit(
        &self,
        seat: SeatId,
        ready: bool,
        capacity: u8,
        writes: &[String],
        _now: Moment,
    ) -> Answer<Vec<SeatChat>> {
        let writes = writes.to_vec();
        self.verb(named("sit"), move |line, now| {
            let writes = writes.clone();
            Box::pin(async move { line.sit(seat, ready, capacity, &writes, now).await })
        })
        .await
    }

    async fn chats(&self, seat: SeatId, _now: Moment) -> Answer<Vec<SeatChat>> {
        self.verb(named("chats"), move |line, now| Box::pin(async move { line.chats(seat, now).await })).await
    }

    async fn take(
        &self,
        seat: SeatId,
        ticket: Option<TicketName>,
        _now: Moment,
    ) -> Answer<Result<Taken, NotTaken>> {
        let store = Arc::clone(&self.store);
        self.verb(named("take"), move |line, now| {
            let store = Arc::clone(&store);
            Box::pin(async move {
                let taken = store.control.take(&line, seat, ticket, now).await?;
                if let Ok(taken) = &taken {
                    let life = store.life();
                    store.world.book(|book| book.given(life, taken.chat, seat));
                }
                Ok(taken)
            })
        })
        .await
    }

    async fn keep_return(
        &self,
        seat: SeatId,
        ticket: TicketName,
        handle: ReturnHandle,
        stays: bool,
        _now: Moment,
    ) -> Answer<bool> {
        self.verb(named("keep_return"), move |line, now| {
            Box::pin(async move { line.keep_return(seat, ticket, handle, stays, now).await })
        })
        .await
    }

    async fn forget_return(&self, seat: SeatId, handle: ReturnHandle, _now: Moment) -> Answer<()> {
        self.verb(named("forget_return"), move |line, now| {
            Box::pin(async move { line.forget_return(seat, handle, now).await })
        })
        .await
    }

    async fn come_back(&self, join: Join, handle: ReturnHandle, _now: Moment) -> Answer<CameBack> {
        let Join { ticket, lane, languages, hello } = join;
        self.verb(named("come_back"), move |line, now| {
            let join = Join { ticket, lane, languages: languages.clone(), hello: hello.clone() };
            Box::pin(async move { line.come_back(join, handle, now).await })
        })
        .await
    }

    async fn returned(&self, seat: SeatId, _now: Moment) -> Answer<Vec<Returned>> {
        self.verb(named("returned"), move |line, now| Box::pin(async move { line.returned(seat, now).await }))
            .await
    }

    async fn put_back(&self, seat: SeatId, chat: ChatRef, _now: Moment) -> Answer<bool> {
        let world = Arc::clone(&self.store.world);
        self.verb(named("put_back"), move |line, now| {
            let world = Arc::clone(&world);
            Box::pin(async move {
                let done = line.put_back(seat, chat, now).await?;
                world.book(|book| book.seen.put_back += u64::from(done));
                Ok(done)
            })
        })
        .await
    }

    async fn end(&self, seat: SeatId, chat: ChatRef, ending: Ending, _now: Moment) -> Answer<bool> {
        self.verb(named("end"), move |line, now| {
            Box::pin(async move { line.end(seat, chat, ending, now).await })
        })
        .await
    }

    async fn leave(
        &self,
        ticket: TicketName,
        claim: Claim,
        goodbyes: Vec<(Member, Envelope)>,
        _now: Moment,
    ) -> Answer<()> {
        self.verb(named("leave"), move |line, now| {
            let goodbyes = goodbyes.clone();
            Box::pin(async move { line.leave(ticket, claim, goodbyes, now).await })
        })
        .await
    }

    async fn turn_away(&self, ticket: TicketName, _now: Moment) -> Answer<()> {
        self.verb(named("turn_away"), move |line, now| {
            Box::pin(async move { line.turn_away(ticket, now).await })
        })
        .await
    }

    async fn cool(&self, chat: ChatRef, _now: Moment) -> Answer<bool> {
        self.verb(named("cool"), move |line, now| Box::pin(async move { line.cool(chat, now).await })).await
    }

    async fn recount(&self, chat: ChatRef, ending: Ending, topic: &str, _now: Moment) -> Answer<bool> {
        let topic = topic.to_owned();
        self.verb(named("recount"), move |line, now| {
            let topic = topic.clone();
            Box::pin(async move { line.recount(chat, ending, &topic, now).await })
        })
        .await
    }

    async fn gather(&self, day: Date, lacking: bool, _now: Moment) -> Answer<Sums> {
        self.verb(named("gather"), move |line, now| {
            Box::pin(async move { line.gather(day, lacking, now).await })
        })
        .await
    }

    async fn restore_visitor(&self, ticket: TicketName, claim: Claim, _now: Moment) -> Answer<Standing> {
        self.verb(named("restore_visitor"), move |line, now| {
            Box::pin(async move { line.restore_visitor(ticket, claim, now).await })
        })
        .await
    }

    async fn restore_seat(&self, seat: SeatId, chat: ChatRef, _now: Moment) -> Answer<Restored> {
        self.verb(named("restore_seat"), move |line, now| {
            Box::pin(async move { line.restore_seat(seat, chat, now).await })
        })
        .await
    }

    async fn put(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelopes: Vec<Envelope>,
        _now: Moment,
    ) -> Answer<Put> {
        let store = Arc::clone(&self.store);
        let numbers: Vec<_> = envelopes.iter().map(Envelope::number).collect();
        let name = format!("put {} {from:?} {numbers:?}", brief(chat));
        self.verb(name, move |line, now| {
            let (store, envelopes) = (Arc::clone(&store), envelopes.clone());
            Box::pin(async move { store.control.put(&line, chat, from, to, envelopes, now).await })
        })
        .await
    }

    async fn beat(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelope: Envelope,
        _now: Moment,
    ) -> Answer<Option<Level>> {
        self.verb(named("beat"), move |line, now| {
            let envelope = envelope.clone();
            Box::pin(async move { line.beat(chat, from, to, envelope, now).await })
        })
        .await
    }

    async fn fetch(
        &self,
        chat: ChatRef,
        to: Member,
        cursor: &mut Cursor,
        most: usize,
        _now: Moment,
    ) -> Answer<Vec<Fetched>> {
        let before = *cursor;
        // The cursor moves with the answer: one that is lost moves nothing.
        let answer = self
            .verb(named("fetch"), move |line, now| {
                Box::pin(async move {
                    let mut cursor = before;
                    let found = line.fetch(chat, to, &mut cursor, most, now).await?;
                    Ok((found, cursor))
                })
            })
            .await;
        let (found, after) = answer?;
        *cursor = after;
        Ok(found)
    }

    async fn got(&self, chat: ChatRef, from: Member, to: Member, next: u32, _now: Moment) -> Answer<()> {
        let name = format!("got {} {from:?} {next}", brief(chat));
        self.verb(name, move |line, now| Box::pin(async move { line.got(chat, from, to, next, now).await }))
            .await
    }

    async fn pin(&self, sheet: Sheet, version: u32, bytes: &[u8], _now: Moment) -> Answer<bool> {
        let bytes = bytes.to_vec();
        self.verb(format!("pin {} {version}", sheet.word()), move |line, now| {
            let bytes = bytes.clone();
            Box::pin(async move { line.pin(sheet, version, &bytes, now).await })
        })
        .await
    }

    async fn pinned(&self, sheet: Sheet, above: u32, _now: Moment) -> Answer<Pinned> {
        self.verb(format!("pinned {}", sheet.word()), move |line, now| {
            Box::pin(async move { line.pinned(sheet, above, now).await })
        })
        .await
    }

    async fn introduce(&self, seat: SeatId, card: Card, _now: Moment) -> Answer<()> {
        self.verb(named("introduce"), move |line, now| {
            Box::pin(async move { line.introduce(seat, card, now).await })
        })
        .await
    }

    async fn seats(&self, most: usize, _now: Moment) -> Answer<Vec<SeatEntry>> {
        self.verb(named("seats"), move |line, now| Box::pin(async move { line.seats(most, now).await })).await
    }

    async fn staff_put(
        &self,
        from: SeatId,
        to: SeatId,
        envelope: Envelope,
        _now: Moment,
    ) -> Answer<Result<u32, NotPut>> {
        self.verb(format!("staff_put {}", envelope.number()), move |line, now| {
            let envelope = envelope.clone();
            Box::pin(async move { line.staff_put(from, to, envelope, now).await })
        })
        .await
    }

    async fn staff_beat(&self, from: SeatId, to: SeatId, envelope: Envelope, _now: Moment) -> Answer<()> {
        self.verb(named("staff_beat"), move |line, now| {
            let envelope = envelope.clone();
            Box::pin(async move { line.staff_beat(from, to, envelope, now).await })
        })
        .await
    }

    async fn staff_fetch(
        &self,
        from: SeatId,
        to: SeatId,
        cursor: &mut StaffCursor,
        _now: Moment,
    ) -> Answer<Option<Envelope>> {
        // The cursor is the caller's: it moves when the answer comes, and not when it was given.
        let before = *cursor;
        let (found, after) = self
            .verb(named("staff_fetch"), move |line, now| {
                Box::pin(async move {
                    let mut cursor = before;
                    let found = line.staff_fetch(from, to, &mut cursor, now).await?;
                    Ok((found, cursor))
                })
            })
            .await?;
        *cursor = after;
        Ok(found)
    }

    async fn staff_senders(&self, to: SeatId, _now: Moment) -> Answer<Vec<SeatId>> {
        self.verb(named("staff_senders"), move |line, now| {
            Box::pin(async move { line.staff_senders(to, now).await })
        })
        .await
    }

    async fn staff_got(&self, from: SeatId, to: SeatId, next: u32, _now: Moment) -> Answer<()> {
        self.verb(named("staff_got"), move |line, now| {
            Box::pin(async move { line.staff_got(from, to, next, now).await })
        })
        .await
    }

    async fn invite(
        &self,
        seat: SeatId,
        chat: ChatRef,
        to: SeatId,
        kind: InviteKind,
        _now: Moment,
    ) -> Answer<Result<Member, NotInvited>> {
        self.verb(format!("invite {}", brief(chat)), move |line, now| {
            Box::pin(async move { line.invite(seat, chat, to, kind, now).await })
        })
        .await
    }

    async fn reply(&self, seat: SeatId, chat: ChatRef, yes: bool, _now: Moment) -> Answer<Option<Member>> {
        self.verb(format!("reply {} {yes}", brief(chat)), move |line, now| {
            Box::pin(async move { line.reply(seat, chat, yes, now).await })
        })
        .await
    }

    async fn withdraw(&self, seat: SeatId, chat: ChatRef, member: Member, _now: Moment) -> Answer<bool> {
        self.verb(format!("withdraw {} {member:?}", brief(chat)), move |line, now| {
            Box::pin(async move { line.withdraw(seat, chat, member, now).await })
        })
        .await
    }

    async fn part(&self, seat: SeatId, chat: ChatRef, _now: Moment) -> Answer<bool> {
        self.verb(format!("part {}", brief(chat)), move |line, now| {
            Box::pin(async move { line.part(seat, chat, now).await })
        })
        .await
    }

    async fn switch(&self, ticket: TicketName, claim: Claim, to: Member, _now: Moment) -> Answer<bool> {
        self.verb(format!("switch {} {to:?}", brief(ChatRef { ticket, claim })), move |line, now| {
            Box::pin(async move { line.switch(ticket, claim, to, now).await })
        })
        .await
    }

    async fn dismiss(&self, ticket: TicketName, claim: Claim, member: Member, _now: Moment) -> Answer<bool> {
        self.verb(format!("dismiss {} {member:?}", brief(ChatRef { ticket, claim })), move |line, now| {
            Box::pin(async move { line.dismiss(ticket, claim, member, now).await })
        })
        .await
    }

    async fn members(&self, chat: ChatRef, _now: Moment) -> Answer<Members> {
        self.verb(named("members"), move |line, now| Box::pin(async move { line.members(chat, now).await }))
            .await
    }

    async fn restore_member(
        &self,
        seat: SeatId,
        chat: ChatRef,
        member: Member,
        owner: bool,
        _now: Moment,
    ) -> Answer<Restored> {
        self.verb(format!("restore_member {} {member:?} {owner}", brief(chat)), move |line, now| {
            Box::pin(async move { line.restore_member(seat, chat, member, owner, now).await })
        })
        .await
    }

    async fn look(&self, lane: Option<Lane>, most: usize, _now: Moment) -> Answer<Vec<LineEntry>> {
        self.verb(named("look"), move |line, now| Box::pin(async move { line.look(lane, most, now).await }))
            .await
    }

    async fn count(&self, _now: Moment) -> Answer<Count> {
        self.verb(named("count"), move |line, now| Box::pin(async move { line.count(now).await })).await
    }

    fn bells(&self) -> broadcast::Receiver<Bell> {
        self.bells.subscribe()
    }
}
