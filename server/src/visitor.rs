//! One visitor's connection.
//!
//! ```text
//! Arriving --Join | Return | Resume--> Present --Leave--> over
//!     |   (Join and Return by way of the gate)
//!     \--nothing in time, garbage--> closed      \--socket gone--> absent: place or chat is kept a while
//! ```
//!
//! The first frame proves the ticket's secret; nothing else is possible before it. After that the loop has
//! four inputs: the socket, the post (bells), the next thing to pass on, and the drain.

mod insisting;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use lykta_wire::{
    ChatRef, Claim, CloseCode, Ending, Envelope, Kind, Leave, Member, OpenState, Refusal, ReturnHandle,
    TicketName, ToRelay, ToVisitor,
};
use tokio::time::timeout;

use crate::gate;
use crate::limit::SocketTicket;
use crate::line::{Answer, Away, CameBack, Fetched, Holder, Join, Joined, Members, Standing};
use crate::presence::{Letters, Post, Presence, Reasons, VisitorHere};
use crate::pulse::Awake;
use crate::reader::Reader;
use crate::relay::Relay;
use crate::say;
use crate::socket::{Over, Socket, Wire};
use crate::together::{Together, together};
use insisting::Insisting;

/// Over this many milliseconds clients come back after a drain.
const SPREAD_MS: u32 = 4_000;
/// A connection that is over is listened to so long for a leave; what was sent is there at once.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// And for so many frames. A page has at most a window of envelopes for each of its few members under way, a beat
/// and a confirmation for each; who sends more does not mean to leave, and would be read as fast as it writes.
const LAST_FRAMES: usize = 256;

/// Serves one visitor until the connection is over. `awake`: since which sleep of the process the socket exists.
///
/// Thousands of these wait at the same time, so what is needed once (to come in, to go) is kept apart from what
/// somebody who waits needs.
pub fn serve<W: Wire>(
    wire: W,
    relay: Arc<Relay>,
    counted: SocketTicket,
    awake: Awake,
) -> impl Future<Output = ()> + Send {
    let mut socket = Socket::of_a_stranger(wire, relay.sockets.clone());
    async move {
        match Box::pin(arrive(&mut socket, &relay, counted, awake)).await {
            Ok(mut present) => {
                let over = present.run(&mut socket).await;
                Box::pin(async {
                    // A goodbye may cross our close, whatever that was for; after garbage nothing is listened to.
                    // Who does not read would keep it waiting.
                    if over != Over::Close(CloseCode::TooSlow) {
                        socket.say_over(over).await;
                    }
                    if over != Over::Close(CloseCode::BadFrame) {
                        present.hear_leave(&mut socket).await;
                    }
                    present.depart(over).await;
                })
                .await;
            }
            Err(over) => Box::pin(socket.close(over)).await,
        }
    }
}

struct Present {
    relay: Arc<Relay>,
    counted: SocketTicket,
    awake: Awake,
    ticket: TicketName,
    post: Arc<Post>,
    here: VisitorHere,
    /// The chat whose boxes are served. Most of those who are here wait, and have none.
    chat: Option<Box<Inside>>,
    insisting: Insisting,
    /// The last standing that was said, so that only news is.
    said: Option<ToVisitor>,
    left: bool,
}

/// What a connection knows of its chat.
struct Inside {
    chat: ChatRef,
    /// The visitor has spoken in that chat or named it: they have its keys.
    keyed: bool,
    reader: Reader,
    /// Who may be written to in this chat, as far as it was asked for. A number belongs to one seat as long as the
    /// claim lasts, so what was true stays harmless.
    members: Members,
}

impl Inside {
    fn new(chat: ChatRef, keyed: bool) -> Box<Self> {
        Box::new(Self { chat, keyed, reader: Reader::fresh(), members: Members::default() })
    }
}

/// The first frame: proves a ticket, or ends the connection.
async fn arrive<W: Wire>(
    socket: &mut Socket<W>,
    relay: &Arc<Relay>,
    counted: SocketTicket,
    awake: Awake,
) -> Result<Box<Present>, Over> {
    let bytes = tokio::select! {
        biased;
        () = relay.drain.cancelled() => return Err(Over::Close(CloseCode::Restarting)),
        first = socket.first() => first?,
    };
    let frame = ToRelay::decode(&bytes).map_err(|_| Over::Close(CloseCode::BadFrame))?;
    if relay.awake() != awake && !matches!(frame, ToRelay::Leave(_)) {
        return Err(Over::Close(CloseCode::Restarting));
    }
    let (ticket, chat, standing) = match frame {
        ToRelay::Join { secret, lane, languages, hello } => {
            if hello.kind() != Kind::Hello {
                return Err(Over::Close(CloseCode::BadFrame));
            }
            let ticket = secret.name();
            let join = Join { ticket, lane, languages, hello };
            let standing = join_line(socket, relay, &counted, awake, join).await?;
            socket.send(ToVisitor::Joined { ticket }.encode()).await?;
            (ticket, None, standing)
        }
        ToRelay::Return { secret, id, lane, languages, hello } => {
            if hello.kind() != Kind::Hello {
                return Err(Over::Close(CloseCode::BadFrame));
            }
            let ticket = secret.name();
            let join = Join { ticket, lane, languages, hello };
            let standing = come_back(socket, relay, &counted, awake, join, id.handle()).await?;
            socket.send(ToVisitor::Joined { ticket }.encode()).await?;
            (ticket, None, standing)
        }
        ToRelay::Resume { secret, claim } => {
            let ticket = secret.name();
            let chat = (claim != Claim::NONE).then_some(ChatRef { ticket, claim });
            (ticket, chat, resume(socket, relay, &counted, ticket, claim).await?)
        }
        ToRelay::Leave(leave) => {
            forget(relay, leave).await;
            return Err(Over::Close(CloseCode::Over));
        }
        _ => return Err(Over::Close(CloseCode::BadFrame)),
    };
    // Older sockets of this ticket, here or on another relay, step back.
    let holder = Holder::Visitor(ticket);
    let Ok(number) = relay.line.prove(holder, relay.now()).await else {
        return Err(store_away(socket, relay).await);
    };
    let post = Presence::post(number);
    let here = relay.presence.visitor(ticket, &post);
    // A still newer one may have rung before this one could hear it.
    if relay.is_outdone(holder, number).await {
        return Err(Over::Close(CloseCode::Replaced));
    }
    let mut present = Box::new(Present {
        relay: Arc::clone(relay),
        counted,
        awake,
        ticket,
        post,
        here,
        chat: chat.map(|chat| Inside::new(chat, true)),
        insisting: Insisting::default(),
        said: None,
        left: false,
    });
    // The lease begins now; what the first answer said may be a lapsed one.
    let kept = relay.standing(ticket).await.unwrap_or(standing);
    present.stand(socket, kept).await?;
    Ok(present)
}

/// Where a ticket stands that is resumed. One that the store does not know may be any, and naming a chat that never
/// was makes the store remember it for a while: that has a pace, and a known ticket has none.
async fn resume<W: Wire>(
    socket: &mut Socket<W>,
    relay: &Arc<Relay>,
    counted: &SocketTicket,
    ticket: TicketName,
    claim: Claim,
) -> Result<Standing, Over> {
    let now = relay.now();
    let may_be_strange = relay.limit.stranger(counted.client(), now);
    if !may_be_strange {
        match relay.standing(ticket).await {
            Ok(standing) if standing != Standing::Nowhere => {}
            Ok(_) => return Err(refuse(socket, relay, Refusal::TooMany, CloseCode::TooMany).await),
            Err(Away) => return Err(store_away(socket, relay).await),
        }
    }
    let standing = relay.line.restore_visitor(ticket, claim, now).await;
    if may_be_strange && !matches!(standing, Ok(Standing::Nowhere)) {
        relay.limit.no_stranger(counted.client());
    }
    match standing {
        Ok(standing) => Ok(standing),
        Err(Away) => Err(store_away(socket, relay).await),
    }
}

/// Through the door and into the line, or a refusal in words.
async fn join_line<W: Wire>(
    socket: &mut Socket<W>,
    relay: &Arc<Relay>,
    counted: &SocketTicket,
    awake: Awake,
    join: Join,
) -> Result<Standing, Over> {
    let now = relay.now();
    // A repeated join (its answer was lost on the way) is not a new visitor and passes the door again.
    match relay.standing(join.ticket).await {
        Err(Away) => return Err(store_away(socket, relay).await),
        // Perhaps with another greeting than the one that lies there; the visitor has the keys of this one.
        Ok(Standing::InLine { .. }) => match relay.line.hello(join.ticket, join.hello, now).await {
            Ok(standing) => return Ok(standing),
            Err(Away) => return Err(store_away(socket, relay).await),
        },
        Ok(standing) if standing != Standing::Nowhere => return Ok(standing),
        Ok(_) => {}
    }
    if let Some(refusal) = relay.refresh_door().await.state.refusal() {
        return Err(refuse(socket, relay, refusal, CloseCode::Over).await);
    }
    if gate::pass(socket, relay, counted.client(), join.ticket).await? {
        is_still(relay, awake)?;
        if let Some(refusal) = relay.refresh_door().await.state.refusal() {
            return Err(refuse(socket, relay, refusal, CloseCode::Over).await);
        }
    }
    match relay.line.join(join, relay.now()).await {
        Ok(Joined::At(standing)) => Ok(standing),
        Ok(Joined::Full) => Err(refuse(socket, relay, Refusal::Full, CloseCode::Over).await),
        Err(Away) => Err(store_away(socket, relay).await),
    }
}

/// To the seat that keeps these return words, past the door and the line: who is on duty there was in the
/// middle of a chat with this visitor.
async fn come_back<W: Wire>(
    socket: &mut Socket<W>,
    relay: &Arc<Relay>,
    counted: &SocketTicket,
    awake: Awake,
    join: Join,
    handle: ReturnHandle,
) -> Result<Standing, Over> {
    if gate::pass(socket, relay, counted.client(), join.ticket).await? {
        is_still(relay, awake)?;
    }
    match relay.line.come_back(join, handle, relay.now()).await {
        Ok(CameBack::At(standing)) => Ok(standing),
        Ok(CameBack::Unknown) => Err(refuse(socket, relay, Refusal::Gone, CloseCode::Over).await),
        Ok(CameBack::Away) => Err(refuse(socket, relay, Refusal::Away, CloseCode::Over).await),
        Err(Away) => Err(store_away(socket, relay).await),
    }
}

/// Nothing is guessed: come back when the store is there again.
async fn store_away<W: Wire>(socket: &mut Socket<W>, relay: &Relay) -> Over {
    refuse(socket, relay, Refusal::StoreAway, CloseCode::Restarting).await
}

/// Whether this process has not slept since.
fn is_still(relay: &Relay, awake: Awake) -> Result<(), Over> {
    if relay.awake() == awake { Ok(()) } else { Err(Over::Close(CloseCode::Restarting)) }
}

/// Says no in a word and closes with this code.
pub async fn refuse<W: Wire>(
    socket: &mut Socket<W>,
    relay: &Relay,
    refusal: Refusal,
    code: CloseCode,
) -> Over {
    let state = relay.door().state;
    match socket.send(ToVisitor::Refused { refusal, state }.encode()).await {
        Ok(()) => Over::Close(code),
        Err(over) => over,
    }
}

/// Forgets a ticket whose secret was shown. The same for the frame and for `POST /leave`; a store that is
/// away forgets by itself when the leases lapse.
pub async fn forget(relay: &Relay, leave: Leave) {
    let goodbyes = leave
        .goodbyes
        .into_iter()
        .filter(|goodbye| goodbye.envelope.kind() == Kind::Beat && goodbye.to != Member::VISITOR)
        .map(|goodbye| (goodbye.to, goodbye.envelope))
        .collect();
    let _ = relay.line.leave(leave.secret.name(), leave.claim, goodbyes, relay.now()).await;
}

/// What the store is asked for such frames, it is asked while what was put goes out.
fn comes_often(frame: &ToRelay) -> bool {
    matches!(frame, ToRelay::Put { .. } | ToRelay::Beat { .. } | ToRelay::Got { .. } | ToRelay::Probe)
}

impl Present {
    async fn run<W: Wire>(&mut self, socket: &mut Socket<W>) -> Over {
        loop {
            match self.turn(socket).await {
                Ok(()) => {}
                Err(over) => return over,
            }
        }
    }

    /// One turn of the loop: one input, at most one envelope out. A whole backlog in one turn would wait for
    /// a reader who waits for us.
    async fn turn<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        let relay = Arc::clone(&self.relay);
        let post = Arc::clone(&self.post);
        tokio::select! {
            biased;
            () = relay.drain.cancelled() => {
                let frame = ToVisitor::Restarting { after_ms: 0, within_ms: SPREAD_MS };
                socket.send(frame.encode()).await?;
                Err(Over::Close(CloseCode::Restarting))
            }
            reasons = post.rung() => {
                self.is_awake()?;
                socket.flush().await?;
                Box::pin(self.look(socket, reasons)).await
            }
            bytes = socket.next() => {
                let bytes = bytes?;
                Box::pin(self.hear(socket, bytes)).await
            }
            () = std::future::ready(()), if self.chat.as_ref().is_some_and(|inside| inside.reader.is_pending()) => {
                self.is_awake()?;
                Box::pin(self.pass_on(socket)).await
            }
            // Nothing more to do just now: what was answered goes out together.
            () = std::future::ready(()), if socket.holds() => socket.rests().await,
        }
    }

    /// A frame, and what came with it.
    async fn hear<W: Wire>(&mut self, socket: &mut Socket<W>, bytes: Bytes) -> Result<(), Over> {
        let Together { frame, more } = together(socket, &bytes).await?;
        drop(bytes);
        self.handle(socket, frame, more).await
    }

    /// What this connection knows and holds is not from before a sleep of the process.
    fn is_awake(&self) -> Result<(), Over> {
        is_still(&self.relay, self.awake)
    }

    async fn look<W: Wire>(&mut self, socket: &mut Socket<W>, reasons: Reasons) -> Result<(), Over> {
        if reasons.has(Reasons::REPLACED)
            || (reasons.has(Reasons::NEWEST)
                && self.relay.is_outdone(Holder::Visitor(self.ticket), self.post.number).await)
        {
            return Err(Over::Close(CloseCode::Replaced));
        }
        if reasons.has(Reasons::COOL) {
            self.counted.cool(self.relay.now());
        }
        let Letters { boxes, handed, .. } = self.post.letters();
        if let Some(Inside { chat, reader, .. }) = self.chat.as_deref_mut() {
            handed.into_iter().filter(|handed| handed.chat == *chat).for_each(|handed| reader.takes(handed));
            boxes.into_iter().for_each(|((_, from, _), level)| reader.hears(from, level));
            if reasons != Reasons::BOX {
                // A lost bell costs one tick: whoever is told anything else looks into the box as well.
                reader.looks();
            }
        }
        let told = self.post.told();
        let moved = told.as_ref().is_some_and(|told| self.is_elsewhere(told));
        if reasons.has(Reasons::STANDING) || moved {
            // The store's answer now beats whatever the keeper saw before: a take or a join may lie in between,
            // and a visitor who is told of a move drops the keys.
            if let Ok(standing) = self.relay.standing(self.ticket).await {
                self.stand(socket, standing).await?;
            }
        } else if reasons.has(Reasons::TOLD) {
            match told {
                Some(standing) => self.stand(socket, standing).await?,
                None => self.say_door(socket).await?,
            }
        }
        Ok(())
    }

    /// Whether this is another standing than the one said, and not only another place.
    fn is_elsewhere(&self, standing: &Standing) -> bool {
        match (standing, &self.said) {
            (Standing::InLine { .. }, Some(ToVisitor::InLine { .. }))
            | (Standing::Nowhere, Some(ToVisitor::Nowhere)) => false,
            (Standing::With { claim, .. }, Some(ToVisitor::With { claim: said, .. })) => claim != said,
            _ => true,
        }
    }

    /// The door changed: who waits learns it with the place.
    async fn say_door<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        if let Some(ToVisitor::InLine { place, wants_hello, .. }) = self.said {
            self.stand(socket, Standing::InLine { place, wants_hello }).await?;
        }
        Ok(())
    }

    /// Acts on where the ticket stands, and says it when it is news.
    async fn stand<W: Wire>(&mut self, socket: &mut Socket<W>, standing: Standing) -> Result<(), Over> {
        let frame = match standing {
            Standing::InLine { place, wants_hello } => {
                self.chat = None;
                let door = self.relay.door();
                if door.state == OpenState::Closed {
                    return Err(self.turn_away(socket).await);
                }
                let (wait, closing_soon) = self.relay.pace.at(place, &door);
                ToVisitor::InLine { place, wants_hello, closing_soon, wait, state: door.state }
            }
            Standing::With { claim, seat_lost, .. } => {
                let chat = ChatRef { ticket: self.ticket, claim };
                // Found again after a store lost its memory: its boxes are new, and what this socket has passed
                // on before says nothing about them.
                let known = self.chat.as_ref().filter(|inside| inside.chat == chat);
                if known.is_none() || self.said == Some(ToVisitor::Nowhere) {
                    let keyed = known.is_some_and(|inside| inside.keyed);
                    self.chat = Some(Inside::new(chat, keyed));
                }
                let (seat, gone_s) = self.relay.presence_since(seat_lost);
                ToVisitor::With { claim, seat, gone_s }
            }
            Standing::Nowhere => {
                // Ended, with the last words still to be read; or a store that lost its memory, which learns
                // of the chat from both sides. Not of one whose greeting was under way: its keys are gone, and
                // the visitor joins again.
                self.chat = self.chat.take().filter(|inside| inside.keyed);
                if let Some(inside) = &mut self.chat {
                    inside.reader.looks();
                    let claim = inside.chat.claim;
                    let _ = self.relay.line.restore_visitor(self.ticket, claim, self.relay.now()).await;
                }
                ToVisitor::Nowhere
            }
        };
        let news = match (&frame, &self.said) {
            // The seconds are not news by themselves: the page counts them.
            (ToVisitor::With { claim, seat, .. }, Some(ToVisitor::With { claim: c, seat: s, .. })) => {
                claim != c || seat != s
            }
            (frame, said) => Some(frame) != said.as_ref(),
        };
        if news {
            let bytes = frame.encode();
            self.said = Some(frame);
            socket.send(bytes).await?;
        }
        Ok(())
    }

    /// Still waiting at closing.
    async fn turn_away<W: Wire>(&mut self, socket: &mut Socket<W>) -> Over {
        self.left = true;
        let _ = self.relay.line.turn_away(self.ticket, self.relay.now()).await;
        match socket.send(ToVisitor::Ended { ending: Ending::TurnedAway }.encode()).await {
            Ok(()) => Over::Close(CloseCode::Over),
            Err(over) => over,
        }
    }

    async fn pass_on<W: Wire>(&mut self, socket: &mut Socket<W>) -> Result<(), Over> {
        let Some(Inside { chat, reader, .. }) = self.chat.as_deref_mut() else { return Ok(()) };
        let claim = chat.claim;
        let next = reader.next(&*self.relay.line, *chat, Member::VISITOR, self.relay.now());
        match socket.meanwhile(next).await? {
            Ok(Some(Fetched { from, envelope })) => {
                let frame = match envelope.kind() {
                    Kind::Beat => ToVisitor::Beat { claim, from, envelope },
                    _ => ToVisitor::Envelope { claim, from, envelope },
                };
                socket.put(frame.encode()).await
            }
            // A store that is away rings or ticks when it is back.
            Ok(None) | Err(Away) => Ok(()),
        }
    }

    /// A fresh greeting. Who says again that they have no keys is put back, first in the line.
    async fn greets_anew(&mut self, hello: Envelope) -> Answer<Standing> {
        let (line, now) = (Arc::clone(&self.relay.line), self.relay.now());
        let standing = line.hello(self.ticket, hello.clone(), now).await?;
        let Standing::With { claim, seat, .. } = standing else { return Ok(standing) };
        if !self.insisting.again(claim, now) {
            return Ok(standing);
        }
        line.put_back(seat, ChatRef { ticket: self.ticket, claim }, now).await?;
        line.hello(self.ticket, hello, now).await
    }

    /// `more`: envelopes that came with one that is put.
    async fn handle<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        frame: ToRelay,
        more: Vec<Envelope>,
    ) -> Result<(), Over> {
        if !matches!(frame, ToRelay::Leave(_)) {
            self.is_awake()?;
        }
        let line = Arc::clone(&self.relay.line);
        let now = self.relay.now();
        if !comes_often(&frame) {
            socket.flush().await?;
        }
        match frame {
            // The store has forgotten this ticket (a relay restarted): into the line again, on this socket.
            ToRelay::Join { secret, lane, languages, hello }
                if self.said == Some(ToVisitor::Nowhere)
                    && self.chat.is_none()
                    && secret.name() == self.ticket
                    && hello.kind() == Kind::Hello =>
            {
                let join = Join { ticket: self.ticket, lane, languages, hello };
                let relay = Arc::clone(&self.relay);
                let standing = Box::pin(join_line(socket, &relay, &self.counted, self.awake, join)).await?;
                socket.send(ToVisitor::Joined { ticket: self.ticket }.encode()).await?;
                self.stand(socket, standing).await
            }
            ToRelay::Join { .. } | ToRelay::Return { .. } | ToRelay::Resume { .. } => {
                Err(Over::Close(CloseCode::BadFrame))
            }
            ToRelay::Put { claim, to, envelope } => {
                if envelope.kind() != Kind::Kept || to == Member::VISITOR {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                let mut envelopes = vec![envelope];
                envelopes.extend(more);
                self.put(socket, claim, to, envelopes).await
            }
            ToRelay::Beat { claim, to, envelope } => {
                if envelope.kind() != Kind::Beat || to == Member::VISITOR {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                // A beat for an old chat is simply late.
                if let Some(chat) = self.mine(claim)
                    && socket.meanwhile(self.may_write_to(chat, to)).await? == Ok(true)
                {
                    let beat = say::beat(&self.relay, chat, Member::VISITOR, to, envelope);
                    let _ = socket.meanwhile(beat).await?;
                }
                Ok(())
            }
            ToRelay::Got { claim, from, next } => {
                // Also for an ended chat, whose last words have now been read.
                let chat = self.chat.as_ref().map(|inside| inside.chat);
                if let Some(chat) = chat.filter(|chat| chat.claim == claim) {
                    let _ = socket.meanwhile(line.got(chat, from, Member::VISITOR, next, now)).await?;
                }
                Ok(())
            }
            ToRelay::Hello { hello } => {
                if hello.kind() != Kind::Hello {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                match self.greets_anew(hello).await {
                    Ok(standing) => self.stand(socket, standing).await,
                    Err(Away) => {
                        // That a greeting is wanted is said again as soon as the store is back.
                        self.said = None;
                        self.say_refused(socket, Refusal::StoreAway).await
                    }
                }
            }
            ToRelay::HelloTo { claim, to, hello } => {
                if hello.kind() != Kind::Hello || to == Member::VISITOR {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                let Some(chat) = self.mine(claim) else {
                    return self.say_refused(socket, Refusal::NotYours).await;
                };
                match socket.meanwhile(self.may_write_to(chat, to)).await? {
                    Ok(true) => {
                        let _ = say::put(&self.relay, chat, Member::VISITOR, to, vec![hello]).await;
                        Ok(())
                    }
                    Ok(false) => self.say_refused(socket, Refusal::NotYours).await,
                    Err(Away) => self.say_refused(socket, Refusal::StoreAway).await,
                }
            }
            ToRelay::Switch { claim, to } => match line.switch(self.ticket, claim, to, now).await {
                Ok(true) => socket.send(ToVisitor::Switched { claim, to }.encode()).await,
                Ok(false) => self.say_refused(socket, Refusal::NotYours).await,
                Err(Away) => self.say_refused(socket, Refusal::StoreAway).await,
            },
            ToRelay::Dismiss { claim, member } => {
                // Not heard: the page says it again on its next socket, and a guest without keys reads nothing.
                let _ = line.dismiss(self.ticket, claim, member, now).await;
                Ok(())
            }
            ToRelay::Leave(leave) => {
                if leave.secret.name() != self.ticket {
                    return Err(Over::Close(CloseCode::BadFrame));
                }
                self.left = true;
                forget(&self.relay, leave).await;
                Err(Over::Close(CloseCode::Over))
            }
            ToRelay::Probe => socket.put(ToVisitor::Alive.encode()).await,
            // Let in by turn, with the work on its way.
            ToRelay::Worked { .. } => Ok(()),
        }
    }

    /// The chat with this claim, if the ticket is in it now.
    fn mine(&self, claim: Claim) -> Option<ChatRef> {
        let with = matches!(self.said, Some(ToVisitor::With { claim: said, .. }) if said == claim);
        self.chat.as_ref().map(|inside| inside.chat).filter(|chat| with && chat.claim == claim)
    }

    async fn put<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        claim: Claim,
        to: Member,
        envelopes: Vec<Envelope>,
    ) -> Result<(), Over> {
        let said = match self.mine(claim) {
            None => vec![Err(Refusal::NotYours); envelopes.len()],
            Some(chat) => {
                if let Some(inside) = &mut self.chat {
                    inside.keyed = true;
                }
                match socket.meanwhile(self.may_write_to(chat, to)).await? {
                    Ok(true) => {
                        let put = say::put(&self.relay, chat, Member::VISITOR, to, envelopes);
                        socket.meanwhile(put).await?
                    }
                    Ok(false) => vec![Err(Refusal::NotYours); envelopes.len()],
                    Err(Away) => vec![Err(Refusal::StoreAway); envelopes.len()],
                }
            }
        };
        for one in said {
            match one {
                Ok(next) => socket.put_patiently(ToVisitor::Stored { claim, to, next }.encode()).await?,
                Err(refusal) => self.say_refused(socket, refusal).await?,
            }
        }
        Ok(())
    }

    /// Whether this member is in the chat, or asked into it. The counsellor who took the ticket always is.
    async fn may_write_to(&mut self, chat: ChatRef, to: Member) -> Answer<bool> {
        let known = self.chat.as_ref().is_some_and(|inside| inside.members.has(to));
        if to == Member::COUNSELLOR || known {
            return Ok(true);
        }
        let members = self.relay.line.members(chat, self.relay.now()).await?;
        if let Some(inside) = &mut self.chat {
            inside.members = members;
        }
        Ok(members.has(to))
    }

    async fn say_refused<W: Wire>(&self, socket: &mut Socket<W>, refusal: Refusal) -> Result<(), Over> {
        let state = self.relay.door().state;
        socket.send(ToVisitor::Refused { refusal, state }.encode()).await
    }

    /// A page that leaves sends one frame and closes. A write of ours may meet the closed socket first; the
    /// leave behind it is heard all the same.
    async fn hear_leave<W: Wire>(&mut self, socket: &mut Socket<W>) {
        let leave = async {
            for _ in 0..LAST_FRAMES {
                let bytes = socket.rest().await?;
                if let Ok(ToRelay::Leave(leave)) = ToRelay::decode(&bytes)
                    && leave.secret.name() == self.ticket
                {
                    return Some(leave);
                }
            }
            None
        };
        if self.left {
            return;
        }
        if let Ok(Some(leave)) = timeout(LAST_WORDS, leave).await {
            self.left = true;
            forget(&self.relay, leave).await;
        }
    }

    /// The connection is over; the ticket may not be.
    async fn depart(self: Box<Self>, over: Over) {
        let replaced = over == Over::Close(CloseCode::Replaced);
        // After a sleep the visitor may be elsewhere by now: the lease says.
        let awake = self.is_awake().is_ok();
        drop(self.here);
        if self.left || replaced || !awake || self.relay.presence.post_of(self.ticket).is_some() {
            return;
        }
        // On another relay there may be a newer one, whose bell was lost or is on its way.
        if !self.relay.is_outdone(Holder::Visitor(self.ticket), self.post.number).await {
            let _ = self.relay.line.absent(self.ticket, self.relay.now()).await;
        }
    }
}
