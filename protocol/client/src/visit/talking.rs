//! A visitor in a conversation.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use lykta_e2ee::{Alias, HelloSeed, Note, RekeyError, Session};
use lykta_trust::{Anchors, VerifiedSeat};
use lykta_wire::{Claim, Ending, Envelope, Goodbye, Leave, Member, ToRelay};
use zeroize::Zeroizing;

use super::Step;
use super::room::{At, Do, Room, TakenOver};
use crate::channel::{Channel, Event};
use crate::clock::{Steady, earlier};
use crate::compare::{Compare, OutOfTurn};
use crate::room::Fit;
use crate::silence::SilenceClock;
use crate::ticket::Ticket;
use crate::view::{Returning, Trouble, View};
use crate::wish::{NotSaid, Wish};

/// How long a sealed goodbye may take before the visit is over anyway, ms.
const GOODBYE_MS: u64 = 10_000;
/// How long a sealed goodbye may come after the relay said that the visit is over, ms.
const CUT_MS: u64 = 5_000;
/// A reconnect after longer than this greets again, ms.
const GAP_MS: u64 = 60_000;

/// What the conversation asks of the visit.
pub(super) enum Want {
    Wish(Wish),
    Text(Member, Zeroizing<String>),
    Reopen,
    Over(Ending),
    LostContact,
    Failed(Trouble),
}

/// A conversation: made from a session and the proof that its certificates were checked.
pub(super) struct Talking {
    ticket: Box<Ticket>,
    pub(super) claim: Claim,
    pub(super) channel: Channel,
    pub(super) silence: SilenceClock,
    seat: VerifiedSeat,
    /// The number of the seat whose chat it is.
    main: Member,
    room: Room,
    alias: Option<Alias>,
    compare: Compare,
    pub(super) returning: Returning,
    pub(super) events: Vec<Event>,
    spoke: bool,
    heard: bool,
    lost_at: Option<Steady>,
    pub(super) ending: Option<(Ending, Steady)>,
    cut_at: Option<Steady>,
    visible: bool,
    /// Of others than the seat whose chat it is, to be shown.
    texts: Vec<(Member, Zeroizing<String>)>,
}

/// By what certificates are judged.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) anchors: &'a Anchors,
    pub(super) now_s: u64,
}

impl Talking {
    pub(super) fn begin(
        mut ticket: Box<Ticket>,
        claim: Claim,
        session: Session,
        seat: VerifiedSeat,
        visible: bool,
        step: &mut Step<'_>,
    ) -> Box<Self> {
        let mut channel = Channel::new(session, visible, step.now);
        let mut events = Vec::new();
        let drafts = ticket.take_drafts();
        channel.set_ready(true, step.now, &mut events);
        // The counsellor says nothing and sees "connecting" until this opens.
        channel.note(Note::Confirm, step.now, &mut events);
        // Again for every counsellor: each begins with new keys and knows nothing.
        channel.note(Note::About(ticket.about), step.now, &mut events);
        let spoke = !drafts.is_empty();
        let mut room = Room::connected(step.now);
        for draft in drafts {
            room.said(draft.id, &draft.text, Member::COUNSELLOR, step.now);
            // Each was split once when it was written, and all of them fit the same cap.
            let _fits = channel.say(draft.id, &draft.text, step.now, &mut events);
        }
        // Words that led here once lead here again.
        let returning = if ticket.is_back() { Returning::Kept } else { Returning::None };
        Box::new(Self {
            ticket,
            claim,
            channel,
            silence: SilenceClock::default(),
            seat,
            main: Member::COUNSELLOR,
            room,
            alias: None,
            compare: Compare::default(),
            returning,
            events,
            spoke,
            heard: false,
            lost_at: None,
            ending: None,
            cut_at: None,
            visible,
            texts: Vec::new(),
        })
    }

    pub(super) fn into_ticket(self: Box<Self>) -> Box<Ticket> {
        self.ticket
    }

    pub(super) fn resume(&self) -> Vec<u8> {
        self.ticket.resume(self.claim)
    }

    pub(super) fn say(&mut self, id: u32, text: &str, step: &mut Step<'_>) -> Result<(), NotSaid> {
        if self.ending.is_some() || self.cut_at.is_some() {
            return Err(NotSaid::NotNow);
        }
        if !self.room.has_room_for(text.len()) {
            return Err(NotSaid::TooMuchUnsent);
        }
        self.channel.say(id, text, step.now, &mut self.events)?;
        self.room.said(id, text, self.main, step.now);
        self.spoke = true;
        self.silence.reset();
        Ok(())
    }

    /// Words to compare: begins or shows them, or takes them from the screen.
    pub(super) fn compare(&mut self, on: bool, step: &mut Step<'_>) {
        if !on {
            self.compare.close();
        } else if self.ending.is_none()
            && let Some(note) = self.compare.ask(step.seed.draw())
        {
            self.channel.note(note, step.now, &mut self.events);
        }
    }

    /// An envelope of somebody in the room.
    pub(super) fn receive(
        &mut self,
        from: Member,
        envelope: &Envelope,
        judge: Judge<'_>,
        step: &mut Step<'_>,
    ) -> Option<Want> {
        if from != self.main {
            return self.in_room(judge, step, &mut |room, at| room.receive(from, envelope, at));
        }
        // A second answer is dropped.
        if envelope.kind() != lykta_wire::Kind::Answer {
            self.channel.receive(envelope, step.now, &mut self.events);
        }
        None
    }

    /// The visitor's yes or no to an offer.
    pub(super) fn consent(&mut self, yes: bool, judge: Judge<'_>, step: &mut Step<'_>) -> Option<Want> {
        self.silence.reset();
        self.in_room(judge, step, &mut |room, at| room.consent(yes, at))
    }

    /// The relay knows whose chat it is.
    pub(super) fn switched(&mut self, to: Member, judge: Judge<'_>, step: &mut Step<'_>) {
        let _nothing = self.in_room(judge, step, &mut |room, at| room.switched(to, at));
    }

    pub(super) fn set_visible(&mut self, on: bool, now: Steady) {
        self.visible = on;
        self.each_channel(|channel| channel.set_visible(on, now));
    }

    pub(super) fn each_channel(&mut self, mut verb: impl FnMut(&mut Channel)) {
        verb(&mut self.channel);
        self.room.each_channel(verb);
    }

    /// One step of the room, and what follows from it.
    fn in_room(
        &mut self,
        judge: Judge<'_>,
        step: &mut Step<'_>,
        // Not a type parameter: every caller would get a copy of all that follows, and the page its weight.
        verb: &mut dyn FnMut(&mut Room, &mut At<'_>),
    ) -> Option<Want> {
        if !crate::ROOMS {
            return None;
        }
        let mut out = Vec::new();
        let mut at = At {
            ticket: self.ticket.name,
            claim: self.claim,
            anchors: judge.anchors,
            now: step.now,
            now_s: judge.now_s,
            visible: self.visible,
            ready: self.channel.is_ready(),
            seed: &mut *step.seed,
            out: &mut out,
        };
        verb(&mut self.room, &mut at);
        loop {
            self.room.drain(&mut at);
            if let Some(index) = at.out.iter().position(|what| matches!(what, Do::HandedOver(_)))
                && let Do::HandedOver(new) = at.out.remove(index)
            {
                self.hand_over(*new, &mut at);
            } else if self.room.has_changed() {
                let main = (self.main, &self.seat);
                self.room.announce(main, &mut self.channel, &mut self.events, &mut at);
            } else {
                break;
            }
        }
        let mut want = None;
        for what in out {
            match what {
                Do::Send(frame) => step.out.push(Wish::Send(frame.encode())),
                Do::Delivered(id) => step.out.push(Wish::Delivered(id)),
                Do::Tell(note) => self.channel.note(note, step.now, &mut self.events),
                Do::Text(from, text) => {
                    self.heard = true;
                    self.silence.reset();
                    self.texts.push((from, text));
                }
                Do::Differs => want = Some(Want::Failed(Trouble::RoomDiffers)),
                Do::HandedOver(_) => {}
            }
        }
        want
    }

    /// Another seat has the chat: what the one before has not opened is said to it, and everything from now on.
    fn hand_over(&mut self, new: TakenOver, at: &mut At<'_>) {
        let TakenOver { member, session, seat } = new;
        let channel = core::mem::replace(&mut self.channel, Channel::new(session, at.visible, at.now));
        let events = core::mem::take(&mut self.events);
        let before = core::mem::replace(&mut self.main, member);
        (self.seat, self.alias) = (seat, None);
        // Words to compare are about one pair; words to come back with led to the one before.
        (self.compare, self.returning) = (Compare::default(), Returning::None);
        self.room.handed_over(before, channel, events, at);
        self.channel.set_ready(at.ready, at.now, &mut self.events);
        self.channel.note(Note::Confirm, at.now, &mut self.events);
        self.room.announce((member, &self.seat), &mut self.channel, &mut self.events, at);
        self.channel.note(Note::About(self.ticket.about), at.now, &mut self.events);
        for (id, text) in self.room.receipts.hand_over(before, member) {
            // It fitted once, and the new channel is empty.
            let _fits = self.channel.say(id, &text, at.now, &mut self.events);
        }
        self.room.tell_relay(member, at);
    }

    pub(super) fn resend_on_request(&mut self, now: Steady) {
        self.room.resend_on_request(now);
        self.channel.resend_on_request(now, &mut self.events);
    }

    pub(super) fn lost_socket(&mut self, judge: Judge<'_>, step: &mut Step<'_>) {
        if self.channel.is_ready() {
            self.lost_at = Some(step.now);
            self.channel.set_ready(false, step.now, &mut self.events);
            // Losing a socket changes nobody's state.
            let main = self.main;
            let _nothing = self.in_room(judge, step, &mut |room, at| room.set_ready(false, main, at));
        }
    }

    pub(super) fn found_again(&mut self, judge: Judge<'_>, step: &mut Step<'_>) {
        let now = step.now;
        if self.lost_at.take().is_some_and(|at| now > at + GAP_MS) {
            self.channel.want_rekey();
        }
        let was = self.channel.is_ready();
        self.channel.set_ready(true, now, &mut self.events);
        if !was {
            let main = self.main;
            let _nothing = self.in_room(judge, step, &mut |room, at| room.set_ready(true, main, at));
        }
    }

    /// The relay could keep nothing of what was sent just now.
    pub(super) fn was_not_stored(&mut self, now: Steady) {
        self.each_channel(|channel| channel.was_not_stored(now));
    }

    /// The relay says that it is over. A sealed goodbye may still come.
    pub(super) fn cut_off(&mut self, now: Steady) {
        self.cut_at.get_or_insert(now + CUT_MS);
    }

    pub(super) fn end(&mut self, step: &mut Step<'_>) {
        // "Helped" means a note each way; who ends before that has left without help.
        let ending = if self.spoke && self.heard { Ending::Helped } else { Ending::LeftLine };
        self.end_as(ending, step.now);
    }

    fn end_as(&mut self, ending: Ending, now: Steady) {
        if self.ending.is_none() {
            self.ending = Some((ending, now + GOODBYE_MS));
            self.channel.note(Note::Goodbye(ending), now, &mut self.events);
            self.room.note(|| Note::Goodbye(ending), now);
        }
    }

    /// The goodbye beat for the seat, and what proves the ticket.
    pub(super) fn leave(&mut self, ending: Ending, now: Steady) -> Leave {
        let beat = self.channel.goodbye_beat(ending, now);
        let mut goodbyes = beat.map_or_else(Vec::new, |envelope| vec![Goodbye { to: self.main, envelope }]);
        goodbyes.extend(self.room.goodbyes(ending, now));
        self.ticket.leave(self.claim, goodbyes)
    }

    pub(super) fn tick(&mut self, counts: bool, judge: Judge<'_>, step: &mut Step<'_>) -> Option<Want> {
        self.silence.step(counts && !self.channel.peer().held && self.ending.is_none(), step.now);
        if self.silence.is_over() {
            self.end_as(Ending::LostContact, step.now);
        }
        if self.ending.is_none() && self.channel.rekey_is_due(step.now) {
            let seed = HelloSeed::take(&mut step.seed.draw());
            self.channel.rekey_begin(seed, step.now, &mut self.events);
        }
        self.channel.tick(step.now, &mut self.events);
        self.in_room(judge, step, &mut Room::tick)
    }

    pub(super) fn wake_at(&self, now: Steady) -> Option<Steady> {
        let mut wake = self.channel.wake_at(now);
        earlier(&mut wake, self.silence.wake_at());
        earlier(&mut wake, self.ending.map(|(_, until)| until));
        earlier(&mut wake, self.cut_at);
        self.room.wake_at(now, &mut wake);
        wake
    }

    /// The next thing to do, until there is none.
    pub(super) fn next(&mut self, judge: Judge<'_>, step: &mut Step<'_>) -> Option<Want> {
        if let Some(want) = self.in_room(judge, step, &mut |_, _| {}) {
            return Some(want);
        }
        if !self.texts.is_empty() {
            let (from, text) = self.texts.remove(0);
            return Some(Want::Text(from, text));
        }
        while !self.events.is_empty() {
            let event = self.events.remove(0);
            if let Some(want) = self.handle(event, judge, step) {
                return Some(want);
            }
        }
        match (self.ending, self.cut_at) {
            (Some((ending, until)), _)
                if step.now >= until || (self.channel.all_delivered() && self.room.all_delivered()) =>
            {
                Some(Want::Over(ending))
            }
            (_, Some(at)) if step.now >= at => Some(Want::LostContact),
            _ => None,
        }
    }

    fn handle(&mut self, event: Event, judge: Judge<'_>, step: &mut Step<'_>) -> Option<Want> {
        let (claim, to) = (self.claim, self.main);
        let send = |frame: ToRelay| Some(Want::Wish(Wish::Send(frame.encode())));
        match event {
            Event::Put(envelope) => send(ToRelay::Put { claim, to, envelope }),
            Event::Beat(envelope) => send(ToRelay::Beat { claim, to, envelope }),
            Event::Got(next) => send(ToRelay::Got { claim, from: to, next }),
            Event::Text(text) => {
                self.heard = true;
                self.silence.reset();
                Some(Want::Text(to, text))
            }
            Event::Delivered(id) => {
                let id = if crate::ROOMS { self.room.receipts.delivered(to, id) } else { Some(id) };
                id.map(|id| Want::Wish(Wish::Delivered(id)))
            }
            // The goodbye beat of the leave that follows carries the acknowledgement and outlives the ticket;
            // the plain beat is there at once for a counsellor who waits.
            Event::Note(Note::Goodbye(ending)) => {
                self.channel.beat_now(step.now, &mut self.events);
                self.ending = Some((ending, step.now));
                None
            }
            Event::Gone(ending) => Some(Want::Over(ending)),
            Event::Note(Note::Rekey2(answer)) => {
                match self.channel.rekey_finish(&answer, judge.anchors, judge.now_s, step.now) {
                    Ok(()) => None,
                    Err(RekeyError::Seat(refused)) => Some(Want::Failed(refused.into())),
                    Err(_) => Some(Want::Failed(Trouble::Broken)),
                }
            }
            Event::Note(Note::Alias(alias)) => {
                self.alias = Some(alias);
                None
            }
            Event::Note(note @ (Note::SasCommit(_) | Note::SasNonce(_) | Note::SasReveal(_))) => {
                match self.compare.heard(&note, true, step.seed.draw(), &self.channel) {
                    Ok(answer) => {
                        if let Some(note) = answer {
                            self.channel.note(note, step.now, &mut self.events);
                        }
                        None
                    }
                    Err(OutOfTurn) => Some(Want::Failed(Trouble::Broken)),
                }
            }
            Event::Note(Note::ReturnReady) => {
                if self.returning == Returning::Asked {
                    self.returning = Returning::Kept;
                }
                None
            }
            Event::Note(Note::Offer(offer)) if crate::ROOMS => {
                self.room.offered(offer, self.main);
                None
            }
            Event::Note(Note::LetGo(member)) => {
                self.in_room(judge, step, &mut |room, at| room.let_go(member, at))
            }
            Event::Mark(mark) => {
                let fits = self.room.marks.check(&mut self.room.shown, mark);
                (fits != Fit::Yes).then_some(Want::Failed(Trouble::RoomDiffers))
            }
            Event::Note(_) => None,
            Event::Reopen => Some(Want::Reopen),
            Event::Failed => Some(Want::Failed(Trouble::Broken)),
        }
    }

    pub(super) fn show(&self, view: &mut View, now: Steady) {
        view.peer_typing = self.channel.peer_types(now);
        view.held = self.channel.peer().held;
        view.unsent = self.channel.undelivered();
        view.silence = self.silence.level();
        view.alias = self.alias.as_ref().map_or_else(String::new, |alias| alias.name.clone());
        view.role = Some(self.seat.role());
        view.compare = self.compare.shown();
        view.returning = self.returning;
        self.room.show(view, now);
    }
}
