//! One console's connection.
//!
//! ```text
//! Challenged --Admit, proof holds--> Seated --socket gone--> the seat's lease lapses by itself
//!      \--anything else, nothing in time--> closed
//! ```
//!
//! A newer roster that does not name the person in the same role ends the connection at once: its own chats go to the
//! front of the line, and those it is a guest of go on without it. So does the end of the certificates, 90 minutes
//! later for chats that run.
//!
//! The seat is alive only while `Sit` frames come: the page feeds them, so a frozen page loses its seat
//! although its socket still answers pings.

mod colleagues;
mod room;
mod unnamed;

use std::collections::BTreeMap;
use std::sync::Arc;

use litemap::LiteMap;
use lykta_trust::{Admission, Dates, Role, VerifiedSeat};
use lykta_wire::{
    ChatRef, CloseCode, Ending, Envelope, FromDesk, Kind, Member, Presence, Refusal, SeatId, TicketName,
    ToDesk,
};

use tokio::sync::watch;

use crate::line::{
    Answer, Away, Card, Fetched, Holder, Level, Members, Restored, Returned, SeatChat, Taken, ends_a_chat,
};
use crate::presence::{self, BoxName, DeskHere, Handed, Post, Reasons};
use crate::pulse::Awake;
use crate::reader::Reader;
use crate::relay::Relay;
use crate::say;
use crate::shown::Seen;
use crate::socket::{Over, Socket, Wire};
use crate::staff::{Book, Inside, Session, Staff};
use crate::together::{Together, together};
use crate::turns::Turns;
use colleagues::Colleagues;
use unnamed::Unnamed;

/// Over this many milliseconds consoles come back after a drain: soon, since visitors wait for them.
const SPREAD_MS: u32 = 1_000;

/// Serves one console until the connection is over.
pub async fn serve<W: Wire>(wire: W, relay: Arc<Relay>, staff: Arc<Staff>, session: Session, origin: String) {
    let mut socket = Socket::new(wire, relay.sockets.clone());
    let over = match admit(&mut socket, &relay, &staff, &session, &origin).await {
        Ok(mut seated) => loop {
            if let Err(over) = seated.turn(&mut socket).await {
                break over;
            }
        },
        Err(over) => over,
    };
    socket.close(over).await;
}

struct Seated {
    relay: Arc<Relay>,
    awake: Awake,
    seat: SeatId,
    post: Arc<Post>,
    here: DeskHere,
    /// No tree, which keeps room for eleven at once; most seats have one.
    chats: LiteMap<TicketName, Box<DeskChat>>,
    /// Chats with something to pass on, or in whose boxes something may lie.
    pending: Turns<TicketName>,
    capacity_max: u8,
    staff: Arc<Staff>,
    person: [u8; 32],
    role: Role,
    rosters: watch::Receiver<Arc<Book>>,
    /// When the first of the two certificates ends, Unix seconds.
    not_after: u64,
    colleagues: Colleagues,
    unnamed: Unnamed,
    _inside: Inside,
}

struct DeskChat {
    chat: ChatRef,
    /// The number this seat has in it.
    member: Member,
    reader: Reader,
    present: bool,
    /// Named by this desk, not yet by the visitor: the store lost its memory.
    waiting: bool,
}

async fn admit<W: Wire>(
    socket: &mut Socket<W>,
    relay: &Arc<Relay>,
    staff: &Arc<Staff>,
    session: &Session,
    origin: &str,
) -> Result<Seated, Over> {
    let refused = Over::Close(CloseCode::NotAdmitted);
    let awake = relay.awake();
    let mut challenge = [0; 32];
    getrandom::fill(&mut challenge).map_err(|_| Over::Close(CloseCode::Restarting))?;
    socket.send(ToDesk::Challenge { challenge }.encode()).await?;
    let bytes = tokio::select! {
        biased;
        () = relay.drain.cancelled() => return Err(Over::Close(CloseCode::Restarting)),
        first = socket.first() => first?,
    };
    if relay.awake() != awake {
        return Err(Over::Close(CloseCode::Restarting));
    }
    let Ok(FromDesk::Admit { proof }) = FromDesk::decode(&bytes) else {
        return Err(Over::Close(CloseCode::BadFrame));
    };
    let admission = Admission::parse(&proof).map_err(|_| refused)?;
    let now_s = relay.now().0 / 1_000;
    let verified = admission.verify(&staff.anchors, &challenge, origin, now_s).map_err(|_| refused)?;
    // Before the look into the roster, so that none that comes in between is missed.
    let rosters = staff.newer_rosters();
    if !may_sit(staff, session, &verified) {
        return Err(refused);
    }
    let seat = SeatId(verified.serial().0);
    // Without the store nobody knows who is the newest, and there is nothing to sit at: come back soon.
    let holder = Holder::Seat(seat);
    let Ok(number) = relay.line.prove(holder, relay.now()).await else {
        return Err(Over::Close(CloseCode::Restarting));
    };
    let post = presence::Presence::post(number);
    let here = relay.presence.desk(seat, &post);
    if relay.is_outdone(holder, number).await {
        return Err(Over::Close(CloseCode::Replaced));
    }
    let role = verified.role();
    let card = Card { certificate: verified.seat_fingerprint().0, role: role.code() };
    // Said again with the line as long as the other seats do not see this one.
    let _ = relay.line.introduce(seat, card, relay.now()).await;
    socket.send(ToDesk::Admitted.encode()).await?;
    post.ring(Reasons::TICK);
    Ok(Seated {
        relay: Arc::clone(relay),
        awake,
        seat,
        post,
        here,
        chats: LiteMap::new(),
        pending: Turns::default(),
        capacity_max: staff.chats_max,
        staff: Arc::clone(staff),
        person: *verified.staff_public(),
        role,
        rosters,
        not_after: u64::from(verified.not_after()),
        colleagues: Colleagues::new(card),
        unnamed: Unnamed::default(),
        _inside: staff.admitted.enters(*verified.staff_public()),
    })
}

/// The newest roster has the person in the certified role, and the sign-in was this very person's.
fn may_sit(staff: &Staff, session: &Session, verified: &VerifiedSeat) -> bool {
    session.is(verified.staff_public()) && staff.may_sit(verified.staff_public(), verified.role())
}

/// As for a visitor.
fn comes_often(frame: &FromDesk) -> bool {
    matches!(frame, FromDesk::Put { .. } | FromDesk::Beat { .. } | FromDesk::Got { .. } | FromDesk::Probe)
}

impl Seated {
    async fn turn<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        let relay = Arc::clone(&self.relay);
        let post = Arc::clone(&self.post);
        // Nothing from before a sleep of the process is acted upon: not what a bell or a frame says.
        let since = self.awake;
        let awake = || {
            if relay.awake() == since { Ok(()) } else { Err(Over::Close(CloseCode::Restarting)) }
        };
        tokio::select! {
            biased;
            () = relay.drain.cancelled() => {
                let frame = ToDesk::Restarting { after_ms: 0, within_ms: SPREAD_MS };
                socket.send(frame.encode()).await?;
                Err(Over::Close(CloseCode::Restarting))
            }
            Ok(()) = self.rosters.changed() => self.still_on_the_staff().await,
            reasons = post.rung() => {
                awake()?;
                socket.flush().await?;
                self.look(socket, reasons).await
            }
            bytes = socket.next() => {
                awake()?;
                let Together { frame, more } = together(socket, &bytes?).await?;
                self.handle(socket, frame, more).await
            }
            () = std::future::ready(()), if self.colleagues.are_pending() => {
                awake()?;
                socket.flush().await?;
                self.pass_on_staff(socket).await
            }
            () = std::future::ready(()), if !self.pending.is_empty() => {
                awake()?;
                self.pass_on(socket).await
            }
            // Nothing more to do just now: what was answered goes out together.
            () = std::future::ready(()), if socket.holds() => socket.rests().await,
        }
    }

    async fn look<W: Wire>(&mut self, socket: &mut Socket<W>, reasons: Reasons) -> Result<(), Over> {
        if reasons.has(Reasons::REPLACED)
            || (reasons.has(Reasons::NEWEST)
                && self.relay.is_outdone(Holder::Seat(self.seat), self.post.number).await)
        {
            return Err(Over::Close(CloseCode::Replaced));
        }
        let letters = self.post.letters();
        self.open(letters.handed, letters.boxes);
        self.colleagues.rung(letters.staff);
        if self.now_s() > self.not_after + Dates::LATE_RUNNING {
            return self.is_dismissed().await;
        }
        if reasons.has(Reasons::TICK) {
            // A lost bell costs no more than this.
            for (ticket, known) in self.chats.iter_mut() {
                known.reader.looks();
                self.pending.insert(*ticket);
            }
            self.colleagues.look_everywhere();
        }
        if (reasons.has(Reasons::STANDING) || reasons.has(Reasons::TICK))
            && let Ok(chats) = self.relay.line.chats(self.seat, self.relay.now()).await
        {
            self.reconcile(socket, chats).await?;
        }
        if (reasons.has(Reasons::LINE) || reasons.has(Reasons::TICK) || reasons.has(Reasons::TOLD))
            && let Some(seen) = self.relay.shown.look(&self.relay).await
        {
            self.say_line(socket, &seen).await?;
            self.say_seats(socket, &seen).await?;
        }
        Ok(())
    }

    /// What was handed over, and which boxes rang.
    fn open(&mut self, handed: Vec<Handed>, boxes: BTreeMap<BoxName, Level>) {
        for handed in handed {
            let ticket = handed.chat.ticket;
            let known = self.chats.get_mut(&ticket).filter(|known| known.chat == handed.chat);
            if let Some(known) = known.filter(|known| known.member == handed.to && !known.waiting) {
                known.reader.takes(handed);
                self.pending.insert(ticket);
            }
        }
        for ((ticket, from, to), level) in boxes {
            let Some(known) = self.chats.get_mut(&ticket) else { continue };
            if known.member == to || level == Level::UNKNOWN {
                known.reader.hears(from, level);
            }
            if known.reader.is_pending() {
                self.pending.insert(ticket);
            }
        }
    }

    fn now_s(&self) -> u64 {
        self.relay.now().0 / 1_000
    }

    async fn still_on_the_staff(&mut self) -> Result<(), Over> {
        if self.staff.may_sit(&self.person, self.role) { Ok(()) } else { self.is_dismissed().await }
    }

    /// Seat and chats are taken away at once: those who were talking are first in the line, and nobody new is
    /// given to this seat.
    async fn is_dismissed(&mut self) -> Result<(), Over> {
        for known in self.chats.values() {
            self.is_without_keys(known.chat).await;
        }
        let _ = self.relay.line.sit(self.seat, false, 0, &[], self.relay.now()).await;
        Err(Over::Close(CloseCode::NotAdmitted))
    }

    /// What the store says about this seat's chats against what this console was told.
    async fn reconcile<W: Wire>(&mut self, socket: &mut Socket<W>, chats: Vec<SeatChat>) -> Result<(), Over> {
        if chats.iter().any(|found| !self.chats.contains_key(&found.chat.ticket)) {
            self.hand_over_returned(socket).await?;
        }
        for found in &chats {
            let Some(known) = self.chats.get_mut(&found.chat.ticket) else { continue };
            if known.chat != found.chat {
                continue;
            }
            known.member = found.member;
            let restored = std::mem::replace(&mut known.waiting, false);
            let present = found.visitor_lost.is_none();
            if restored {
                // Its boxes are new: what was passed on before says nothing about them.
                known.reader = Reader::fresh();
                self.pending.insert(found.chat.ticket);
            }
            if restored || known.present != present {
                known.present = present;
                socket.send(self.visitor_frame(found).encode()).await?;
            }
        }
        let gone: Vec<ChatRef> = self
            .chats
            .values()
            .filter(|known| !known.waiting && !chats.iter().any(|found| found.chat == known.chat))
            .map(|known| known.chat)
            .collect();
        for chat in gone {
            self.let_go(socket, chat).await?;
        }
        let named = |chat: ChatRef| self.chats.get(&chat.ticket).is_some_and(|known| known.chat == chat);
        for chat in self.unnamed.look(&chats, named, self.relay.now()) {
            self.is_without_keys(chat).await;
        }
        Ok(())
    }

    /// A chat whose keys nobody at this seat has: its visitor stands first in the line, or it loses a guest.
    async fn is_without_keys(&self, chat: ChatRef) {
        let now = self.relay.now();
        if self.relay.line.put_back(self.seat, chat, now).await != Ok(true) {
            let _ = self.relay.line.part(self.seat, chat, now).await;
        }
    }

    /// A chat that this console was not told of: held from before, or a visitor who came back.
    async fn hand_over_returned<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        for Returned { taken, handle } in
            self.relay.line.returned(self.seat, self.relay.now()).await.unwrap_or_default()
        {
            let Taken { chat, lane, languages, hello } = taken;
            self.add_chat(chat, Member::COUNSELLOR, true, false);
            socket.send(ToDesk::Returned { chat, handle, lane, languages, hello }.encode()).await?;
        }
        Ok(())
    }

    fn visitor_frame(&self, found: &SeatChat) -> ToDesk {
        let (presence, gone_s) = self.relay.presence_since(found.visitor_lost);
        ToDesk::Visitor { chat: found.chat, presence, gone_s }
    }

    /// No longer this seat's: first what still lies in its box (a goodbye proves more than our word), then
    /// our word.
    async fn let_go<W: Wire>(&mut self, socket: &mut Socket<W>, chat: ChatRef) -> Result<(), Over> {
        if let Some(known) = self.chats.get_mut(&chat.ticket) {
            known.reader.looks();
        }
        while self.pass_one(socket, chat.ticket).await? {}
        self.drop_chat(chat.ticket);
        socket.send(ToDesk::Ended { chat, ending: Ending::LostContact }.encode()).await
    }

    fn drop_chat(&mut self, ticket: TicketName) {
        if let Some(known) = self.chats.remove(&ticket) {
            self.relay.pace.ended(known.chat.claim, self.relay.now());
        }
        self.pending.remove(ticket);
        self.here.unlisten(ticket);
    }

    fn add_chat(&mut self, chat: ChatRef, member: Member, present: bool, waiting: bool) {
        let known = DeskChat { chat, member, reader: Reader::fresh(), present, waiting };
        self.chats.insert(chat.ticket, Box::new(known));
        self.here.listen(chat.ticket);
        self.pending.insert(chat.ticket);
    }

    async fn say_line<W: Wire>(&mut self, socket: &mut Socket<W>, seen: &Seen) -> Result<(), Over> {
        let state = self.relay.door().state;
        // Who takes nobody need not know who waits.
        let (total, entries) =
            if self.takes_tickets() { (seen.count.waiting, seen.entries.clone()) } else { (0, Vec::new()) };
        socket.send(ToDesk::Line { state, total, entries }.encode()).await
    }

    /// One envelope for one chat, round and round, so that a busy chat does not starve a quiet one.
    async fn pass_on<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        let Some(ticket) = self.pending.take_turn() else { return Ok(()) };
        self.pass_one(socket, ticket).await?;
        if self.chats.get(&ticket).is_some_and(|known| known.reader.is_pending()) {
            self.pending.insert(ticket);
        }
        Ok(())
    }

    async fn pass_one<W: Wire>(&mut self, socket: &mut Socket<W>, ticket: TicketName) -> Result<bool, Over> {
        let Some(known) = self.chats.get_mut(&ticket) else { return Ok(false) };
        let chat = known.chat;
        let next = known.reader.next(&*self.relay.line, chat, known.member, self.relay.now());
        let Ok(Some(Fetched { from, envelope })) = socket.meanwhile(next).await? else { return Ok(false) };
        let frame = match envelope.kind() {
            Kind::Beat => ToDesk::Beat { chat, from, envelope },
            _ => ToDesk::Envelope { chat, from, envelope },
        };
        socket.put(frame.encode()).await?;
        Ok(true)
    }

    /// `more`: envelopes that came with one that is put.
    async fn handle<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        frame: FromDesk,
        more: Vec<Envelope>,
    ) -> Result<(), Over> {
        let line = Arc::clone(&self.relay.line);
        let now = self.relay.now();
        if !comes_often(&frame) {
            socket.flush().await?;
        }
        match frame {
            FromDesk::Admit { .. } => Err(Over::Close(CloseCode::BadFrame)),
            FromDesk::Probe => socket.put(ToDesk::Alive.encode()).await,
            FromDesk::Sit { ready, capacity } => {
                // Nobody's page would believe a seat whose certificates have ended; and interpreters and experts
                // come as guests: for whoever waits, nobody is on duty by them.
                let ready = ready && self.now_s() <= self.not_after && self.takes_tickets();
                let writes = self.staff.writes_of(&self.person);
                match line.sit(self.seat, ready, capacity.min(self.capacity_max), &writes, now).await {
                    Ok(chats) => self.reconcile(socket, chats).await,
                    Err(Away) => Ok(()),
                }
            }
            FromDesk::Take { .. } if !self.takes_tickets() => {
                socket.send(ToDesk::NotTaken { refusal: Refusal::Away }.encode()).await
            }
            FromDesk::Take { ticket } => {
                let refusal = match line.take(self.seat, ticket, now).await {
                    Ok(Ok(taken)) => {
                        self.add_chat(taken.chat, Member::COUNSELLOR, true, false);
                        let frame = ToDesk::Taken {
                            chat: taken.chat,
                            lane: taken.lane,
                            languages: taken.languages,
                            hello: taken.hello,
                        };
                        return socket.send(frame.encode()).await;
                    }
                    Ok(Err(why)) => why.into(),
                    Err(Away) => Refusal::StoreAway,
                };
                socket.send(ToDesk::NotTaken { refusal }.encode()).await
            }
            FromDesk::Put { chat, to, envelope } => {
                // Nobody greets a visitor who did not ask for it; two seats of a chat greet each other.
                let greets = envelope.kind() == Kind::Hello && to == Member::VISITOR;
                if envelope.kind() == Kind::Beat || greets {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                let mut envelopes = vec![envelope];
                envelopes.extend(more);
                let said = match self.number_in(chat).filter(|from| *from != to) {
                    Some(from) => socket.meanwhile(say::put(&self.relay, chat, from, to, envelopes)).await?,
                    None => vec![Err(Refusal::NotYours); envelopes.len()],
                };
                for one in said {
                    match one {
                        Ok(next) => socket.put_patiently(ToDesk::Stored { chat, to, next }.encode()).await?,
                        Err(refusal) => self.refuse(socket, chat, refusal).await?,
                    }
                }
                Ok(())
            }
            FromDesk::Beat { chat, to, envelope } => {
                if envelope.kind() != Kind::Beat {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                if let Some(from) = self.number_in(chat).filter(|from| *from != to) {
                    let _ = socket.meanwhile(say::beat(&self.relay, chat, from, to, envelope)).await?;
                }
                Ok(())
            }
            FromDesk::Got { chat, from, next } => {
                if let Some(reader) = self.number_in(chat) {
                    let _ = socket.meanwhile(line.got(chat, from, reader, next, now)).await?;
                }
                Ok(())
            }
            FromDesk::PutBack { chat } => {
                let done = line.put_back(self.seat, chat, now).await;
                self.given_up(socket, chat, done).await
            }
            FromDesk::End { chat, ending } => {
                // A visitor's sealed word may be any, and is passed on.
                let ending = if ends_a_chat(ending) { ending } else { Ending::Failed };
                let done = line.end(self.seat, chat, ending, now).await;
                self.given_up(socket, chat, done).await
            }
            FromDesk::Mine { chat } => {
                let restored = line.restore_seat(self.seat, chat, now).await;
                self.restored(socket, chat, Member::COUNSELLOR, restored).await
            }
            FromDesk::MineAs { chat, member, owner } => {
                if member == Member::VISITOR {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                let restored = line.restore_member(self.seat, chat, member, owner, now).await;
                self.restored(socket, chat, member, restored).await
            }
            FromDesk::StaffPut { to, envelope } => self.staff_put(socket, to, envelope).await,
            FromDesk::StaffGot { from, next } => self.staff_got(from, next).await,
            FromDesk::StaffBeat { to, envelope } => self.staff_beat(to, envelope).await,
            FromDesk::Invite { chat, kind, seat } => self.invite(socket, chat, kind, seat).await,
            FromDesk::Reply { chat, yes } => self.reply(socket, chat, yes).await,
            FromDesk::Withdraw { chat, member } => {
                // Nothing to withdraw is as good as withdrawn; an invitation nobody follows lapses.
                let _ = line.withdraw(self.seat, chat, member, now).await;
                Ok(())
            }
            FromDesk::Part { chat } => {
                let done = match line.part(self.seat, chat, now).await {
                    // The visitor has made the chat this seat's while its word was on the way: who leaves now
                    // leaves nobody with the visitor.
                    Ok(false) => line.put_back(self.seat, chat, now).await,
                    done => done,
                };
                self.given_up(socket, chat, done).await
            }
            FromDesk::KeepReturn { ticket, handle, stays } => {
                match line.keep_return(self.seat, ticket, handle, stays, now).await {
                    Ok(true) => socket.send(ToDesk::ReturnKept { handle }.encode()).await,
                    // Not promised, then; said again after the next admission.
                    Ok(false) | Err(Away) => Ok(()),
                }
            }
            FromDesk::ForgetReturn { handle } => {
                let _ = line.forget_return(self.seat, handle, now).await;
                Ok(())
            }
        }
    }

    /// What the store says about a chat this desk has named.
    async fn restored<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        chat: ChatRef,
        member: Member,
        restored: Answer<Restored>,
    ) -> Result<(), Over> {
        let now = self.relay.now();
        match restored {
            Ok(Restored::Yours) => self.enter(socket, chat, member).await,
            Ok(Restored::Waiting) => {
                self.add_chat(chat, member, false, true);
                let frame = ToDesk::Visitor { chat, presence: Presence::Gone, gone_s: 0 };
                socket.send(frame.encode()).await
            }
            // A late word about an earlier claim must not touch the chat this seat has with the same visitor.
            Ok(Restored::NotYours) if self.chats.get(&chat.ticket).is_some_and(|now| now.chat != chat) => {
                socket.send(ToDesk::Ended { chat, ending: Ending::LostContact }.encode()).await
            }
            Ok(Restored::NotYours) => {
                // What lies in the boxes of a chat that runs is for those who are in it.
                if self.relay.line.members(chat, now).await.unwrap_or_default() == Members::default() {
                    self.add_chat(chat, member, false, false);
                    return self.let_go(socket, chat).await;
                }
                self.drop_chat(chat.ticket);
                socket.send(ToDesk::Ended { chat, ending: Ending::LostContact }.encode()).await
            }
            Err(Away) => self.refuse(socket, chat, Refusal::StoreAway).await,
        }
    }

    /// A chat this seat is in: its boxes are served from now on.
    async fn enter<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        chat: ChatRef,
        member: Member,
    ) -> Result<(), Over> {
        let chats = self.relay.line.chats(self.seat, self.relay.now()).await.unwrap_or_default();
        let found = chats.into_iter().find(|found| found.chat == chat);
        let present = found.as_ref().is_none_or(|found| found.visitor_lost.is_none());
        let member = found.as_ref().map_or(member, |found| found.member);
        self.add_chat(chat, member, present, false);
        match found {
            Some(found) => socket.send(self.visitor_frame(&found).encode()).await,
            None => Ok(()),
        }
    }

    /// After a chat was put back or ended: it is this seat's no more, or never was.
    async fn given_up<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        chat: ChatRef,
        done: Answer<bool>,
    ) -> Result<(), Over> {
        match done {
            Ok(true) => {
                self.drop_chat(chat.ticket);
                Ok(())
            }
            Ok(false) => self.refuse(socket, chat, Refusal::NotYours).await,
            Err(Away) => self.refuse(socket, chat, Refusal::StoreAway).await,
        }
    }

    /// A visitor's client talks first with a counsellor, and with nobody else.
    fn takes_tickets(&self) -> bool {
        self.role == Role::Counsellor
    }

    /// The number this seat has in a chat that is there for both.
    fn number_in(&self, chat: ChatRef) -> Option<Member> {
        let known = self.chats.get(&chat.ticket).filter(|known| known.chat == chat && !known.waiting);
        known.map(|known| known.member)
    }

    async fn refuse<W: Wire>(
        &self,
        socket: &mut Socket<W>,
        chat: ChatRef,
        refusal: Refusal,
    ) -> Result<(), Over> {
        socket.send(ToDesk::Refused { chat, refusal }.encode()).await
    }
}
