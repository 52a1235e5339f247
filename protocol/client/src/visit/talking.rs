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
use crate::channel::{Channel, Event};
use crate::clock::Steady;
use crate::compare::{Compare, OutOfTurn};
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
    Text(Zeroizing<String>),
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
    alias: Option<Alias>,
    compare: Compare,
    pub(super) returning: Returning,
    pub(super) events: Vec<Event>,
    spoke: bool,
    heard: bool,
    lost_at: Option<Steady>,
    pub(super) ending: Option<(Ending, Steady)>,
    cut_at: Option<Steady>,
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
        for draft in drafts {
            // Each was split once when it was written, and all of them fit the same cap.
            let _fits = channel.say(draft.id, &draft.text, step.now, &mut events);
        }
        // Words that led here once lead here again.
        let returning = if ticket.is_back() { Returning::Kept } else { Returning::None };
        let silence = SilenceClock::default();
        Box::new(Self {
            ticket,
            claim,
            channel,
            silence,
            seat,
            alias: None,
            compare: Compare::default(),
            returning,
            events,
            spoke,
            heard: false,
            lost_at: None,
            ending: None,
            cut_at: None,
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
        self.channel.say(id, text, step.now, &mut self.events)?;
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

    pub(super) fn receive(&mut self, envelope: &Envelope, now: Steady) {
        self.channel.receive(envelope, now, &mut self.events);
    }

    pub(super) fn resend_on_request(&mut self, now: Steady) {
        self.channel.resend_on_request(now, &mut self.events);
    }

    pub(super) fn lost_socket(&mut self, now: Steady) {
        if self.channel.is_ready() {
            self.lost_at = Some(now);
            self.channel.set_ready(false, now, &mut self.events);
        }
    }

    pub(super) fn found_again(&mut self, now: Steady) {
        if self.lost_at.take().is_some_and(|at| now > at + GAP_MS) {
            self.channel.want_rekey();
        }
        self.channel.set_ready(true, now, &mut self.events);
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
        }
    }

    /// The goodbye beat for the seat, and what proves the ticket.
    pub(super) fn leave(&mut self, ending: Ending, now: Steady) -> Leave {
        let beat = self.channel.goodbye_beat(ending, now);
        let goodbyes =
            beat.map_or_else(Vec::new, |envelope| vec![Goodbye { to: Member::COUNSELLOR, envelope }]);
        self.ticket.leave(self.claim, goodbyes)
    }

    pub(super) fn tick(&mut self, counts: bool, step: &mut Step<'_>) {
        self.silence.step(counts && !self.channel.peer().held && self.ending.is_none(), step.now);
        if self.silence.is_over() {
            self.end_as(Ending::LostContact, step.now);
        }
        if self.ending.is_none() && self.channel.rekey_is_due(step.now) {
            let seed = HelloSeed::take(&mut step.seed.draw());
            self.channel.rekey_begin(seed, step.now, &mut self.events);
        }
        self.channel.tick(step.now, &mut self.events);
    }

    pub(super) fn wake_at(&self, now: Steady) -> Option<Steady> {
        [self.channel.wake_at(now), self.silence.wake_at(), self.ending.map(|(_, until)| until), self.cut_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next thing to do, until there is none.
    pub(super) fn next(&mut self, anchors: &Anchors, now_s: u64, step: &mut Step<'_>) -> Option<Want> {
        while !self.events.is_empty() {
            let event = self.events.remove(0);
            if let Some(want) = self.handle(event, anchors, now_s, step) {
                return Some(want);
            }
        }
        match (self.ending, self.cut_at) {
            (Some((ending, until)), _) if self.channel.all_delivered() || step.now >= until => {
                Some(Want::Over(ending))
            }
            (_, Some(at)) if step.now >= at => Some(Want::LostContact),
            _ => None,
        }
    }

    fn handle(&mut self, event: Event, anchors: &Anchors, now_s: u64, step: &mut Step<'_>) -> Option<Want> {
        let (claim, to) = (self.claim, Member::COUNSELLOR);
        let send = |frame: ToRelay| Some(Want::Wish(Wish::Send(frame.encode())));
        match event {
            Event::Put(envelope) => send(ToRelay::Put { claim, to, envelope }),
            Event::Beat(envelope) => send(ToRelay::Beat { claim, to, envelope }),
            Event::Got(next) => send(ToRelay::Got { claim, from: to, next }),
            Event::Text(text) => {
                self.heard = true;
                self.silence.reset();
                Some(Want::Text(text))
            }
            Event::Delivered(id) => Some(Want::Wish(Wish::Delivered(id))),
            // The goodbye beat of the leave that follows carries the acknowledgement and outlives the ticket;
            // the plain beat is there at once for a counsellor who waits.
            Event::Note(Note::Goodbye(ending)) => {
                self.channel.beat_now(step.now, &mut self.events);
                self.ending = Some((ending, step.now));
                None
            }
            Event::Gone(ending) => Some(Want::Over(ending)),
            Event::Note(Note::Rekey2(answer)) => {
                match self.channel.rekey_finish(&answer, anchors, now_s, step.now) {
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
            // Guests and hand-over are not offered by this client.
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
    }
}
