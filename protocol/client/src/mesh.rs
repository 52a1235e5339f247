//! The pairs of one room: this seat's channels to the other seats of a chat, in a memory of their own.

use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{Alias, Note, Room, RoomMark, Seat};
use lykta_trust::{Anchors, Fingerprint};
use lykta_wire::{ChatRef, Envelope, FromDesk, Member, Refusal, ToDesk};
use zeroize::Zeroizing;

use crate::bundle::{BundleError, SeatBundle};
use crate::channel::Event;
use crate::clock::{Clock, Steady};
use crate::pair::{Pair, Said, Scope, With};
use crate::room::{Ordered, Report, Told};
use crate::seed::Seed;

/// What happens to a mesh.
pub enum MeshInput<'a> {
    /// The seat is admitted (again): send everything that is unconfirmed.
    LinkUp,
    /// The seat's socket is gone.
    LinkDown,
    /// A frame about this chat came. The chat gets it too; each takes what is for it.
    Frame(&'a [u8]),
    /// Time has passed.
    Tick,
    /// This chat is looked at, or not.
    Visible(bool),
    /// What the chat's [`crate::Chat::orders`] gave.
    Order(&'a [u8]),
}

/// ```text
/// no room --ORDER Room--> a pair for each other member, until a later round leaves it out
/// ```
///
/// It decides nothing about the room. The chat, which hears the visitor, says who is in it (member, `H(seat
/// certificate)`, the round's secret); a pair opens with exactly that seat or not at all, and every report names the
/// certificate that was proven. Whether the others see the same room is compared by the chat, with the marks that are
/// reported before what came under them.
pub struct Mesh {
    chat: ChatRef,
    alias: String,
    seat: Seat,
    anchors: Anchors,
    clock: Clock,
    ready: bool,
    visible: bool,
    me: Option<Member>,
    mark: Option<RoomMark>,
    members: Vec<One>,
    reports: Vec<Zeroizing<Vec<u8>>>,
}

struct One {
    member: Member,
    pair: Pair,
    /// Nobody has proven to be this seat yet: zeros.
    proven: Fingerprint,
    /// As it was reported last.
    state: (bool, bool, u32),
}

struct Step<'a> {
    now: Steady,
    seed: &'a mut Seed,
    out: Vec<Vec<u8>>,
}

/// One step of the pair with this member. Behind a pointer: a copy per caller would weigh too much.
type PairStep<'a> = dyn FnMut(Member, &mut Pair, &mut With<'_>, &mut Vec<Said>) + 'a;

impl Mesh {
    /// For the chat of this seat; it is told by orders who is in it.
    ///
    /// # Errors
    /// [`BundleError`] when the bundle's key and certificates do not belong together.
    pub fn begin(bundle: &SeatBundle, chat: ChatRef, alias: &str, now_ms: u64) -> Result<Self, BundleError> {
        let (seat, anchors) = bundle.seat()?;
        let mut clock = Clock::default();
        clock.advance(now_ms);
        Ok(Self {
            chat,
            alias: crate::view::cut(alias).into(),
            seat,
            anchors,
            clock,
            ready: true,
            visible: true,
            me: None,
            mark: None,
            members: Vec::new(),
            reports: Vec::new(),
        })
    }

    /// One input at `now_ms` (milliseconds since 1970, by the device's clock). Gives the frames to send, in order.
    pub fn step(&mut self, now_ms: u64, seed: &mut Seed, input: MeshInput<'_>) -> Vec<Vec<u8>> {
        let now = self.clock.advance(now_ms);
        let mut step = Step { now, seed, out: Vec::new() };
        match input {
            MeshInput::LinkUp => self.set_ready(true, &mut step),
            MeshInput::LinkDown => self.set_ready(false, &mut step),
            MeshInput::Frame(bytes) => self.frame(bytes, &mut step),
            MeshInput::Tick => {}
            MeshInput::Visible(on) => self.visible = on,
            MeshInput::Order(bytes) => self.order(bytes, &mut step),
        }
        let me = self.me;
        self.with_all(&mut step, &mut |member, pair, with, out| {
            pair.tick(with, out);
            // The one who was there before begins; both know which that is. Also after a greeting that did not open,
            // or keys that were broken; nothing when one is under way.
            if me < Some(member) {
                pair.begin(with, out);
            }
        });
        self.report_states(now);
        step.out
    }

    /// What the chat is to hear since the last time this was asked, in order: [`crate::ChatInput::Report`]. Secrets. Ask
    /// after every step.
    #[must_use]
    pub fn reports(&mut self) -> Vec<Zeroizing<Vec<u8>>> {
        core::mem::take(&mut self.reports)
    }

    fn set_ready(&mut self, ready: bool, step: &mut Step<'_>) {
        self.ready = ready;
        self.with_all(step, &mut |_, pair, with, out| pair.set_ready(ready, with, out));
    }

    fn order(&mut self, bytes: &[u8], step: &mut Step<'_>) {
        // One of another chat, or under an earlier claim, is for nobody here.
        let Some((_, ordered)) = Ordered::parse(bytes).filter(|(chat, _)| *chat == self.chat) else { return };
        match ordered {
            Ordered::Room { me, room } => self.enter(me, &room),
            Ordered::Hear { member, envelope } => self.hear(member, &envelope, step),
            Ordered::Say { id, text } => {
                // The chat has counted what waits, so it fits; and counts anew from what is reported now.
                self.with_all(step, &mut |_, pair, with, out| _ = pair.say(id, text, with, out));
                for one in &mut self.members {
                    one.state.2 = u32::MAX;
                }
            }
        }
    }

    fn enter(&mut self, me: Member, room: &Room) {
        let ticket = self.chat.ticket;
        let mark = room.mark(&ticket);
        (self.me, self.mark) = (Some(me), Some(mark));
        self.members.retain(|one| {
            room.members.iter().any(|member| member.member == one.member && member.seat == *one.pair.theirs())
        });
        for channel in self.members.iter_mut().filter_map(|one| one.pair.channel_mut()) {
            channel.set_room(mark);
        }
        for member in room.members.iter().filter(|member| member.member != me) {
            if self.members.iter().any(|one| one.member == member.member) {
                continue;
            }
            let mut secret = alloc::boxed::Box::new(Zeroizing::new([0; 32]));
            secret.copy_from_slice(room.secret.expose());
            let pair = Pair::new(Scope::Room(ticket, secret), member.seat, me > member.member, self.ready);
            let (proven, state) = (Fingerprint([0; 32]), (false, false, 0));
            self.members.push(One { member: member.member, pair, proven, state });
        }
    }

    fn frame(&mut self, bytes: &[u8], step: &mut Step<'_>) {
        match ToDesk::decode(bytes) {
            Ok(ToDesk::Envelope { chat, from, envelope } | ToDesk::Beat { chat, from, envelope })
                if chat == self.chat =>
            {
                self.hear(from, &envelope, step);
            }
            Ok(ToDesk::Refused { chat, refusal: Refusal::OutOfOrder }) if chat == self.chat => {
                self.with_all(step, &mut |_, pair, with, out| pair.resend_on_request(with, out));
            }
            Ok(ToDesk::Refused { chat, refusal: Refusal::StoreAway }) if chat == self.chat => {
                self.with_all(step, &mut |_, pair, with, _| pair.was_not_stored(with));
            }
            _ => {}
        }
    }

    fn hear(&mut self, from: Member, envelope: &Envelope, step: &mut Step<'_>) {
        self.with_all(step, &mut |member, pair, with, out| {
            if member == from {
                pair.receive(envelope, with, out);
            }
        });
    }

    /// One step of every pair, and what follows from it.
    fn with_all(&mut self, step: &mut Step<'_>, verb: &mut PairStep<'_>) {
        let (now, now_s) = (step.now, self.clock.wall() / 1_000);
        let (chat, alias, mark) = (self.chat, &self.alias, self.mark);
        for one in &mut self.members {
            let mut out = Vec::new();
            let mut with = With {
                seat: &self.seat,
                anchors: &self.anchors,
                now,
                now_s,
                visible: self.visible,
                seed: &mut *step.seed,
            };
            verb(one.member, &mut one.pair, &mut with, &mut out);
            let (to, mut next) = (one.member, 0);
            while next < out.len() {
                let said = core::mem::replace(&mut out[next], Said::Event(Event::Reopen));
                next += 1;
                let event = match said {
                    Said::Open => {
                        if let Some(peer) = one.pair.peer() {
                            one.proven = peer.seat_fingerprint();
                        }
                        if let (Some(mark), Some(channel)) = (mark, one.pair.channel_mut()) {
                            channel.set_room(mark);
                        }
                        if !alias.is_empty() {
                            let alias = Alias { name: alias.clone(), role_words: String::new() };
                            one.pair.note(Note::Alias(alias), &mut with, &mut out);
                        }
                        one.pair.say_drafts(&mut with, &mut out);
                        continue;
                    }
                    Said::Event(event) => event,
                };
                let frame = |frame: FromDesk| frame.encode();
                let certificate = one.proven;
                let mut report = |told: Told<'_>| {
                    self.reports.push(Report { chat, member: to, certificate, told }.to_bytes());
                };
                match event {
                    Event::Put(envelope) => step.out.push(frame(FromDesk::Put { chat, to, envelope })),
                    Event::Beat(envelope) => step.out.push(frame(FromDesk::Beat { chat, to, envelope })),
                    Event::Got(next) => step.out.push(frame(FromDesk::Got { chat, from: to, next })),
                    Event::Delivered(id) => report(Told::Delivered(id)),
                    Event::Note(Note::Alias(alias)) => report(Told::Name(&alias.name)),
                    Event::Mark(mark) => report(Told::Mark(mark)),
                    Event::Text(text) => report(Told::Text(&text)),
                    // A pair whose keys were broken greets again; the others go on.
                    Event::Failed | Event::Note(_) | Event::Gone(_) | Event::Reopen => {}
                }
            }
        }
    }

    fn report_states(&mut self, now: Steady) {
        let chat = self.chat;
        for one in &mut self.members {
            let channel = one.pair.channel();
            let here = channel.is_some_and(|channel| !channel.peer_is_silent(now));
            let typing = channel.is_some_and(|channel| channel.peer_types(now));
            let unsent = u32::try_from(one.pair.unsent()).unwrap_or(u32::MAX);
            let (state, certificate, member) = ((here, typing, unsent), *one.pair.theirs(), one.member);
            if core::mem::replace(&mut one.state, state) != state {
                let told = Told::State { here, typing, unsent };
                self.reports.push(Report { chat, member, certificate, told }.to_bytes());
            }
        }
    }

    /// The latest wall-clock time, ms, at which the next step is wanted.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        let now = self.clock.now();
        self.members.iter().filter_map(|one| one.pair.wake_at(now)).min().map(|at| self.clock.wall_at(at))
    }
}
