//! A conversation with more than one seat: who may come, who is here, who takes over.
//!
//! ```text
//! Offer --yes: hello--> calling --answer opens under T, and it is the certificate that was offered--> in the room
//!   \--no, taken back--> nothing   \--three bad answers, 2 min, taken back--> nothing
//! in the room --Part, let go, 3 min without a sealed word--> out of it
//! ```
//!
//! It is the visitor's client that lets people in: it seals for those it has greeted, and for nobody else. Every change
//! is told to everybody in a note of its own, and each note says in which room it was sealed.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{
    Alias, Answer, Awaiting, ChainSecret, Consent, HelloSeed, Note, Occasion, Offer, OfferKind,
    Room as RoomNote, RoomMember, Session, greet,
};
use lykta_trust::{Anchors, VerifiedSeat};
use lykta_wire::{Claim, Envelope, Goodbye, InviteKind, Member, TicketName, ToRelay};
use zeroize::Zeroizing;

use crate::channel::{Channel, Event};
use crate::clock::{Steady, earlier};
use crate::room::{Fit, Marks, Receipts, Shown};
use crate::seed::Seed;
use crate::view::{InRoom, OfferView, View};

/// A hello for somebody who was offered goes out again so often until it is answered, ms.
const CALL_AGAIN_MS: u64 = 8_000;
/// Nobody answers for so long: they do not come, ms.
pub const CALL_MS: u64 = 120_000;
/// So many answers that do not open, or are somebody else's: they do not come.
const BAD_CALLS_MAX: u32 = 3;
/// A guest without a sealed word for so long, while this page was connected, is out of the room, ms.
pub const GUEST_LOST_MS: u64 = 180_000;
/// Who is out may finish sentences until nothing was heard of them for so long, ms.
const PARTING_MS: u64 = 60_000;
/// And no longer than this, ms.
const PARTING_MAX_MS: u64 = 10 * 60_000;
/// What the relay has not confirmed is said again so often, ms.
const SWITCH_AGAIN_MS: u64 = 8_000;

/// Everybody but the seat whose chat it is.
#[derive(Default)]
pub(super) struct Room {
    offer: Option<Offer>,
    calling: Option<Calling>,
    /// Who is in the room, by number, and behind them who is out of it and may finish.
    guests: Vec<Guest>,
    round: u16,
    pub(super) marks: Marks,
    /// What the chat's own seat has shown of them.
    pub(super) shown: Shown,
    pub(super) receipts: Receipts,
    /// Somebody who was to take over may have named the chat as theirs to a relay that had lost it.
    disputed: bool,
    /// The relay is to know whose chat it is; when it is told again.
    switch: Option<(Member, Steady)>,
    /// Members who are out, for a relay that has not heard it.
    dismissed: Vec<Member>,
    /// Since when this page is connected; nobody's silence counts before that.
    ready_at: Option<Steady>,
    /// Somebody came or went, and nobody has been told yet.
    changed: bool,
}

struct Calling {
    offer: Offer,
    awaiting: Awaiting,
    hello: Envelope,
    again_at: Steady,
    until: Steady,
    bad: u32,
}

struct Guest {
    member: Member,
    /// Who they are; of the seat that handed the chat over nobody asks any more.
    seat: Option<VerifiedSeat>,
    alias: Option<Alias>,
    channel: Channel,
    events: Vec<Event>,
    shown: Shown,
    /// Since when they are out of the room.
    out_since: Option<Steady>,
}

impl Guest {
    fn is_in(&self) -> bool {
        self.out_since.is_none()
    }

    /// Out of the room: until when sentences may be finished.
    fn finishes_by(&self) -> Option<Steady> {
        self.out_since.map(|since| {
            let heard = self.channel.heard_at().max(since) + PARTING_MS;
            heard.min(since + PARTING_MAX_MS)
        })
    }
}

/// What the visit does about it.
pub(super) enum Do {
    Send(ToRelay),
    Text(Member, Zeroizing<String>),
    Delivered(u32),
    /// Say this to the chat's own seat.
    Tell(Note),
    /// Somebody sees another room.
    Differs,
    /// A new seat takes the chat over.
    HandedOver(Box<TakenOver>),
}

/// The seat that takes over, and what it has to be told.
pub(super) struct TakenOver {
    pub(super) member: Member,
    pub(super) session: Session,
    pub(super) seat: VerifiedSeat,
}

/// What every step needs.
pub(super) struct At<'a> {
    pub(super) ticket: TicketName,
    pub(super) claim: Claim,
    pub(super) anchors: &'a Anchors,
    pub(super) now: Steady,
    pub(super) now_s: u64,
    pub(super) visible: bool,
    pub(super) ready: bool,
    pub(super) seed: &'a mut Seed,
    pub(super) out: &'a mut Vec<Do>,
}

impl Room {
    /// Nobody but the chat's own seat, on a living socket.
    pub(super) fn connected(now: Steady) -> Self {
        Self { ready_at: Some(now), ..Self::default() }
    }

    // ---- what the visitor is asked ------------------------------------------------------------

    /// Another seat is offered. One at a time: while one is called, a further one waits for its own day.
    pub(super) fn offered(&mut self, offer: Offer, main: Member) {
        // A number that somebody has, or had until just now, is nobody's to offer.
        let taken = self.guests.iter().any(|guest| guest.member == offer.member);
        if self.calling.is_none() && !taken && offer.member != main {
            self.offer = Some(offer);
        }
    }

    /// The visitor's yes or no.
    pub(super) fn consent(&mut self, yes: bool, at: &mut At<'_>) {
        let Some(offer) = self.offer.take() else { return };
        at.out.push(Do::Tell(Note::Consent(Consent { to: offer.number, yes })));
        if yes {
            self.call(offer, 0, at.now + CALL_MS, at);
        }
    }

    fn call(&mut self, offer: Offer, bad: u32, until: Steady, at: &mut At<'_>) {
        let mut copy = Zeroizing::new([0; 32]);
        copy.copy_from_slice(offer.secret.expose());
        let secret = ChainSecret::take(&mut copy);
        let occasion = match offer.kind {
            OfferKind::Guest => Occasion::invite(&at.ticket.0, secret),
            OfferKind::HandOver => Occasion::transfer(&at.ticket.0, secret),
        };
        let (awaiting, hello) = greet(HelloSeed::take(&mut at.seed.draw()), occasion, at.anchors);
        let hello = Envelope::parse(hello.to_envelope().as_bytes())
            .expect("both crates freeze the same layout of a hello");
        let (claim, to) = (at.claim, offer.member);
        self.disputed |= offer.kind == OfferKind::HandOver;
        at.out.push(Do::Send(ToRelay::HelloTo { claim, to, hello: hello.clone() }));
        let again_at = at.now + CALL_AGAIN_MS;
        self.calling = Some(Calling { offer, awaiting, hello, again_at, until, bad });
    }

    /// It came to nothing: the chat goes on as it was.
    fn give_up(&mut self, at: &mut At<'_>) {
        if let Some(calling) = self.calling.take() {
            at.out.push(Do::Tell(Note::Consent(Consent { to: calling.offer.number, yes: false })));
        }
    }

    /// The chat's own seat takes the offer back, or lets a guest go.
    pub(super) fn let_go(&mut self, member: Member, at: &mut At<'_>) {
        if self.offer.as_ref().is_some_and(|offer| offer.member == member) {
            self.offer = None;
        }
        if self.calling.as_ref().is_some_and(|calling| calling.offer.member == member) {
            self.calling = None;
        }
        self.remove(member, true, at);
    }

    /// An answer: only under `T`, and only from the very seat that was offered, does somebody come.
    fn answer(&mut self, envelope: &Envelope, at: &mut At<'_>) {
        let Some(Calling { offer, awaiting, until, bad, .. }) = self.calling.take() else { return };
        let opened = Answer::from_envelope(envelope.as_bytes())
            .ok()
            .and_then(|answer| awaiting.finish(&answer, at.anchors, at.now_s).ok());
        match opened {
            Some((session, seat)) if seat.seat_fingerprint() == offer.seat && seat.role() == offer.role => {
                let member = offer.member;
                match offer.kind {
                    OfferKind::Guest => self.joined(member, session, seat, at),
                    OfferKind::HandOver => {
                        at.out.push(Do::HandedOver(Box::new(TakenOver { member, session, seat })));
                    }
                }
            }
            _ if bad + 1 < BAD_CALLS_MAX => self.call(offer, bad + 1, until, at),
            _ => at.out.push(Do::Tell(Note::Consent(Consent { to: offer.number, yes: false }))),
        }
    }

    fn joined(&mut self, member: Member, session: Session, seat: VerifiedSeat, at: &mut At<'_>) {
        let mut guest = Guest {
            member,
            seat: Some(seat),
            alias: None,
            channel: Channel::new(session, at.visible, at.now),
            events: Vec::new(),
            shown: Shown::default(),
            out_since: None,
        };
        guest.channel.set_ready(at.ready, at.now, &mut guest.events);
        guest.channel.note(Note::Confirm, at.now, &mut guest.events);
        let at = self.inside().take_while(|other| other.member < member).count();
        self.guests.insert(at, guest);
        self.changed = true;
    }

    // ---- who is in it -------------------------------------------------------------------------

    fn inside(&self) -> impl Iterator<Item = &Guest> {
        self.guests.iter().filter(|guest| guest.is_in())
    }

    fn inside_mut(&mut self) -> impl Iterator<Item = &mut Guest> {
        self.guests.iter_mut().filter(|guest| guest.is_in())
    }

    /// A new round: everybody in the room is told who is in it. `main` is the seat whose chat it is.
    pub(super) fn announce(
        &mut self,
        main: (Member, &VerifiedSeat),
        channel: &mut Channel,
        events: &mut Vec<Event>,
        at: &mut At<'_>,
    ) {
        let entry = |member, seat: &VerifiedSeat| RoomMember {
            member,
            role: seat.role(),
            seat: seat.seat_fingerprint(),
        };
        let mut members = Vec::new();
        for guest in self.inside() {
            if let Some(seat) = &guest.seat {
                members.push(entry(guest.member, seat));
            }
        }
        let place = members.iter().take_while(|other| other.member < main.0).count();
        members.insert(place, entry(main.0, main.1));
        // 65,535 changes of one room do not happen; and if, the chat ends before a round comes twice.
        let Some(round) = self.round.checked_add(1) else { return at.out.push(Do::Differs) };
        self.round = round;
        let secret = at.seed.draw::<32>();
        let note = || {
            let secret = ChainSecret::take(&mut secret.clone());
            RoomNote { round, secret, members: members.clone() }
        };
        let mark = note().mark(&at.ticket);
        self.marks.enter(mark);
        channel.note_of_room(Note::Room(note()), mark, at.now, events);
        for guest in self.inside_mut() {
            guest.channel.note_of_room(Note::Room(note()), mark, at.now, &mut guest.events);
        }
    }

    /// The chat is another seat's: who had it may finish, and is told so behind everything said before.
    pub(super) fn handed_over(
        &mut self,
        member: Member,
        mut channel: Channel,
        mut events: Vec<Event>,
        at: &mut At<'_>,
    ) {
        channel.note(Note::Part, at.now, &mut events);
        let shown = core::mem::take(&mut self.shown);
        let out_since = Some(at.now);
        self.guests.push(Guest { member, seat: None, alias: None, channel, events, shown, out_since });
    }

    /// Says to the relay whose chat it is, until it has heard.
    pub(super) fn tell_relay(&mut self, to: Member, at: &mut At<'_>) {
        self.switch = Some((to, at.now + SWITCH_AGAIN_MS));
        at.out.push(Do::Send(ToRelay::Switch { claim: at.claim, to }));
    }

    /// The same to a relay that may have lost it.
    fn tell_again(&mut self, main: Member, at: &mut At<'_>) {
        if self.disputed {
            self.tell_relay(main, at);
        }
    }

    /// The relay knows whose chat it is.
    pub(super) fn switched(&mut self, to: Member, at: &mut At<'_>) {
        if self.switch.take_if(|(wanted, _)| *wanted == to).is_some() {
            self.tell_dismissed(at);
        }
    }

    /// Out of the room. `told`: whether they are to hear it from us, and may finish.
    fn remove(&mut self, member: Member, told: bool, at: &mut At<'_>) {
        let Some(index) = self.guests.iter().position(|guest| guest.member == member && guest.is_in()) else {
            return;
        };
        let mut guest = self.guests.remove(index);
        if told {
            guest.channel.note(Note::Part, at.now, &mut guest.events);
            guest.out_since = Some(at.now);
            self.guests.push(guest);
        } else {
            self.dismiss(member, at);
        }
        if let Some(id) = self.receipts.gone(member) {
            at.out.push(Do::Delivered(id));
        }
        self.changed = true;
    }

    /// They have said their last word, or nobody waits for it any more.
    fn gone(&mut self, member: Member, at: &mut At<'_>) {
        self.remove(member, false, at);
        if let Some(index) = self.guests.iter().position(|guest| guest.member == member) {
            self.guests.remove(index);
            self.dismiss(member, at);
        }
    }

    fn dismiss(&mut self, member: Member, at: &mut At<'_>) {
        self.dismissed.push(member);
        self.tell_dismissed(at);
    }

    /// Says of who is out that they are. A relay that had lost the chat may take one of them for the chat's own seat, and
    /// then the visitor goes to the front of the line: not before it knows better, or has not found the other for long.
    fn tell_dismissed(&self, at: &mut At<'_>) {
        let Some(ready) = self.ready_at else { return };
        if self.switch.is_none() || at.now >= ready + GUEST_LOST_MS {
            for member in &self.dismissed {
                at.out.push(Do::Send(ToRelay::Dismiss { claim: at.claim, member: *member }));
            }
        }
    }

    // ---- what comes and goes ------------------------------------------------------------------

    pub(super) fn receive(&mut self, from: Member, envelope: &Envelope, at: &mut At<'_>) {
        if envelope.kind() == lykta_wire::Kind::Answer {
            if self.calling.as_ref().is_some_and(|calling| calling.offer.member == from) {
                self.answer(envelope, at);
            }
        } else if let Some(guest) = self.guests.iter_mut().find(|guest| guest.member == from) {
            guest.channel.receive(envelope, at.now, &mut guest.events);
        } else if self.dismissed.contains(&from) {
            // A store that lost its memory may have let them in again after it was told.
            self.tell_dismissed(at);
        }
    }

    /// Carries out what the channels want, until there is nothing.
    pub(super) fn drain(&mut self, at: &mut At<'_>) {
        let claim = at.claim;
        let mut gone = Vec::new();
        for guest in &mut self.guests {
            let to = guest.member;
            while !guest.events.is_empty() {
                match guest.events.remove(0) {
                    Event::Put(envelope) => at.out.push(Do::Send(ToRelay::Put { claim, to, envelope })),
                    Event::Beat(envelope) => at.out.push(Do::Send(ToRelay::Beat { claim, to, envelope })),
                    Event::Got(next) => at.out.push(Do::Send(ToRelay::Got { claim, from: to, next })),
                    Event::Text(text) => at.out.push(Do::Text(to, text)),
                    // The texts of who is out are no longer waited for by anybody.
                    Event::Delivered(id) => {
                        if let Some(id) = self.receipts.delivered(to, id) {
                            at.out.push(Do::Delivered(id));
                        }
                    }
                    Event::Mark(mark) => {
                        if self.marks.check(&mut guest.shown, mark) != Fit::Yes {
                            at.out.push(Do::Differs);
                        }
                    }
                    Event::Note(Note::Alias(alias)) => guest.alias = Some(alias),
                    // Also of who is out: it was begun before they went, and what follows is sealed under it.
                    Event::Note(Note::Rekey2(answer)) => {
                        if guest.channel.rekey_finish(&answer, at.anchors, at.now_s, at.now).is_err() {
                            gone.push(to);
                        }
                    }
                    Event::Note(Note::Part) => {
                        // They wait for this word, and not for ever.
                        guest.channel.beat_now(at.now, &mut guest.events);
                        gone.push(to);
                    }
                    Event::Failed | Event::Gone(_) => gone.push(to),
                    // A guest ends nothing, and one channel does not cost all of them the socket.
                    Event::Note(_) | Event::Reopen => {}
                }
            }
            if guest.finishes_by().is_some_and(|by| at.now >= by) {
                gone.push(to);
            }
        }
        for member in gone {
            self.gone(member, at);
        }
    }

    /// Whether somebody came or went since the last time this was asked.
    pub(super) fn has_changed(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }

    /// Whether a text of so many bytes fits for everybody.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        self.inside().all(|guest| guest.channel.has_room_for(bytes))
    }

    /// The text goes to `main`; and now to everybody else.
    pub(super) fn said(&mut self, id: u32, text: &str, main: Member, now: Steady) {
        // Nobody else can come: nothing of it is kept.
        if !crate::ROOMS {
            return;
        }
        let mut to = alloc::vec![main];
        to.extend(self.inside().map(|guest| guest.member));
        self.receipts.said(id, text, &to);
        for guest in self.inside_mut() {
            // Whether it fits was asked before it was said to anybody.
            let _fits = guest.channel.say(id, text, now, &mut guest.events);
        }
    }

    /// `main`: the seat whose chat it is.
    pub(super) fn set_ready(&mut self, ready: bool, main: Member, at: &mut At<'_>) {
        self.ready_at = ready.then_some(at.now);
        for guest in &mut self.guests {
            guest.channel.set_ready(ready, at.now, &mut guest.events);
        }
        if !ready {
            return;
        }
        // A store that lost its memory has forgotten a hand-over, also one it had confirmed.
        self.tell_again(main, at);
        self.tell_dismissed(at);
        if let Some(calling) = &mut self.calling {
            calling.again_at = at.now;
        }
    }

    pub(super) fn resend_on_request(&mut self, now: Steady) {
        for guest in self.inside_mut() {
            guest.channel.resend_on_request(now, &mut guest.events);
        }
    }

    pub(super) fn each_channel(&mut self, mut verb: impl FnMut(&mut Channel)) {
        self.inside_mut().for_each(|guest| verb(&mut guest.channel));
    }

    pub(super) fn tick(&mut self, at: &mut At<'_>) {
        let now = at.now;
        for guest in &mut self.guests {
            if guest.is_in() && guest.channel.rekey_is_due(now) {
                let seed = HelloSeed::take(&mut at.seed.draw());
                guest.channel.rekey_begin(seed, now, &mut guest.events);
            }
            guest.channel.tick(now, &mut guest.events);
        }
        if at.ready {
            if let Some((to, again_at)) = self.switch
                && now >= again_at
            {
                self.tell_relay(to, at);
                self.tell_dismissed(at);
            }
            if let Some(calling) = self.calling.as_mut().filter(|calling| now >= calling.again_at) {
                calling.again_at = now + CALL_AGAIN_MS;
                let (claim, to, hello) = (at.claim, calling.offer.member, calling.hello.clone());
                at.out.push(Do::Send(ToRelay::HelloTo { claim, to, hello }));
            }
        }
        if self.calling.as_ref().is_some_and(|calling| now >= calling.until) {
            self.give_up(at);
        }
        while let Some(member) = self.lost(now) {
            self.remove(member, false, at);
        }
    }

    /// A guest nothing was heard of for too long.
    fn lost(&self, now: Steady) -> Option<Member> {
        let mut guests = self.inside();
        guests.find(|guest| self.lost_at(guest).is_some_and(|at| now >= at)).map(|guest| guest.member)
    }

    fn lost_at(&self, guest: &Guest) -> Option<Steady> {
        self.ready_at.map(|ready| ready.max(guest.channel.heard_at()) + GUEST_LOST_MS)
    }

    pub(super) fn wake_at(&self, now: Steady, wake: &mut Option<Steady>) {
        for guest in &self.guests {
            earlier(wake, guest.channel.wake_at(now));
            earlier(wake, if guest.is_in() { self.lost_at(guest) } else { guest.finishes_by() });
        }
        let ready = self.ready_at.is_some();
        if let Some(calling) = &self.calling {
            earlier(wake, Some(if ready { calling.until.min(calling.again_at) } else { calling.until }));
        }
        earlier(wake, self.switch.map(|(_, again_at)| again_at).filter(|_| ready));
    }

    pub(super) fn all_delivered(&self) -> bool {
        self.inside().all(|guest| guest.channel.all_delivered())
    }

    /// Behind everything said before, to every guest.
    pub(super) fn note(&mut self, note: impl Fn() -> Note, now: Steady) {
        for guest in self.inside_mut() {
            guest.channel.note(note(), now, &mut guest.events);
        }
    }

    /// A goodbye for every guest, that outlives the ticket.
    pub(super) fn goodbyes(&mut self, ending: lykta_wire::Ending, now: Steady) -> Vec<Goodbye> {
        let mut goodbyes = Vec::new();
        for guest in self.inside_mut() {
            if let Some(envelope) = guest.channel.goodbye_beat(ending, now) {
                goodbyes.push(Goodbye { to: guest.member, envelope });
            }
        }
        goodbyes
    }

    pub(super) fn show(&self, view: &mut View, now: Steady) {
        let offered = |offer: &Offer, called| OfferView {
            kind: if offer.kind == OfferKind::Guest { InviteKind::Guest } else { InviteKind::HandOver },
            role: offer.role,
            name: offer.name.clone(),
            called,
        };
        view.offer = match (&self.calling, &self.offer) {
            (Some(calling), _) => Some(offered(&calling.offer, true)),
            (None, Some(offer)) => Some(offered(offer, false)),
            (None, None) => None,
        };
        for guest in self.inside() {
            let Some(seat) = &guest.seat else { continue };
            view.room.push(InRoom {
                member: guest.member.number(),
                role: seat.role(),
                name: guest.alias.as_ref().map_or_else(String::new, |alias| alias.name.clone()),
                here: !guest.channel.peer_is_silent(now),
                typing: guest.channel.peer_types(now),
            });
        }
        view.unsent = view.unsent.max(self.receipts.open());
    }
}
