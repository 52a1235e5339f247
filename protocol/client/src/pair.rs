//! A channel between two seats: on the staff channel, or within one chat.
//!
//! ```text
//! Quiet --begin: hello--> Began --answer, certificates hold: proof--> Open
//! Quiet --hello: answer-> Replied --proof, certificates hold--------> Open
//! ```
//!
//! Hello, answer and proof go out again until the other end has shown that it has them. If both begin at once, one of
//! them yields. An open channel stays until the other end has proven itself on a new one: a replayed hello costs an
//! answer and nothing else.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{
    Answer, AnswerSeed, ChainSecret, Hello, HelloSeed, Note, Occasion, Seat, Session, StaffAwaiting,
    StaffProof, StaffSeed, StaffUnproven, pair_answer, pair_greet,
};
use lykta_trust::{Anchors, Fingerprint, VerifiedSeat};
use lykta_wire::{Envelope, Kind, TicketName};
use zeroize::Zeroizing;

use crate::channel::{Channel, Event};
use crate::clock::Steady;
use crate::seed::Seed;
use crate::wish::NotSaid;

/// A part of the greeting goes out again so often until it is answered, ms.
const AGAIN_MS: u64 = 8_000;
/// A greeting that leads to nothing is dropped after this, ms: nobody is there.
const GREETING_MS: u64 = 120_000;

/// What the two seats greet for.
pub(crate) enum Scope {
    /// The staff channel.
    Staff,
    /// One chat, under the secret that the visitor gave everybody in it.
    Room(TicketName, Box<Zeroizing<[u8; 32]>>),
}

/// What every step of a pair needs.
pub(crate) struct With<'a> {
    pub(crate) seat: &'a Seat,
    pub(crate) anchors: &'a Anchors,
    pub(crate) now: Steady,
    /// Unix seconds, for certificates.
    pub(crate) now_s: u64,
    pub(crate) visible: bool,
    pub(crate) seed: &'a mut Seed,
}

/// What a pair asks of the machine it belongs to.
pub(crate) enum Said {
    /// As the channel's, and the parts of the greeting as `Put`.
    Event(Event),
    /// The other seat has proven itself.
    Open,
}

/// One end.
pub(crate) struct Pair {
    scope: Scope,
    theirs: Fingerprint,
    /// Of two hellos that cross, this end's gives way.
    yields: bool,
    ready: bool,
    greeting: Option<Greeting>,
    open: Option<Box<Open>>,
    /// Said before there was anybody to seal it for.
    drafts: Vec<(u32, Zeroizing<String>)>,
}

enum Greeting {
    Began { awaiting: StaffAwaiting, hello: Envelope, again_at: Steady, until: Steady },
    Replied { unproven: StaffUnproven, hello: Envelope, answer: Envelope, again_at: Steady, until: Steady },
}

impl Greeting {
    fn until(&self) -> Steady {
        match self {
            Self::Began { until, .. } | Self::Replied { until, .. } => *until,
        }
    }
}

struct Open {
    channel: Channel,
    events: Vec<Event>,
    peer: VerifiedSeat,
    /// Until the other end has shown that it has it.
    proof: Option<(Envelope, Steady)>,
    /// The hello this began with, if it was the other end's.
    hello: Option<Envelope>,
}

fn wire(envelope: &lykta_e2ee::Envelope) -> Option<Envelope> {
    Envelope::parse(envelope.as_bytes()).ok()
}

impl Pair {
    pub(crate) fn new(scope: Scope, theirs: Fingerprint, yields: bool, ready: bool) -> Self {
        Self { scope, theirs, yields, ready, greeting: None, open: None, drafts: Vec::new() }
    }

    fn occasion(&self, from: &Fingerprint, to: &Fingerprint) -> Occasion {
        match &self.scope {
            Scope::Staff => Occasion::staff(from, to),
            Scope::Room(ticket, secret) => {
                let mut copy = Zeroizing::new([0; 32]);
                copy.copy_from_slice(&secret[..]);
                Occasion::room(&ticket.0, from, to, ChainSecret::take(&mut copy))
            }
        }
    }

    /// Says hello, unless that was done.
    pub(crate) fn begin(&mut self, with: &mut With<'_>, out: &mut Vec<Said>) {
        if self.greeting.is_some() || self.open.is_some() {
            return;
        }
        let ours = with.seat.certificate().fingerprint();
        let seed = StaffSeed::take(&mut with.seed.draw());
        let occasion = self.occasion(&ours, &self.theirs);
        let (awaiting, hello) = pair_greet(seed, with.seat, self.theirs, occasion, with.anchors);
        let Some(hello) = wire(&hello.to_envelope()) else { return };
        self.put(&hello, out);
        let (again_at, until) = (with.now + AGAIN_MS, with.now + GREETING_MS);
        self.greeting = Some(Greeting::Began { awaiting, hello, again_at, until });
    }

    fn put(&self, envelope: &Envelope, out: &mut Vec<Said>) {
        if self.ready {
            out.push(Said::Event(Event::Put(envelope.clone())));
        }
    }

    /// Whatever the other seat says.
    pub(crate) fn receive(&mut self, envelope: &Envelope, with: &mut With<'_>, out: &mut Vec<Said>) {
        match (envelope.kind(), envelope.number()) {
            (Kind::Hello, 0) => self.hello(envelope, with, out),
            (Kind::Hello, _) => self.proof(envelope, with, out),
            (Kind::Answer, _) => self.answer(envelope, with, out),
            (Kind::Kept | Kind::Beat, _) => {
                if let Some(open) = &mut self.open {
                    open.channel.receive(envelope, with.now, &mut open.events);
                    if open.channel.has_heard() {
                        open.proof = None;
                    }
                }
                self.drain(with, out);
            }
        }
    }

    fn hello(&mut self, envelope: &Envelope, with: &mut With<'_>, out: &mut Vec<Said>) {
        match &self.greeting {
            Some(Greeting::Replied { hello, answer, .. }) if hello == envelope => {
                return self.put(answer, out);
            }
            Some(Greeting::Began { .. }) if !self.yields => return,
            _ => {}
        }
        if self.open.as_ref().is_some_and(|open| open.hello.as_ref() == Some(envelope)) {
            return;
        }
        let ours = with.seat.certificate().fingerprint();
        let occasion = self.occasion(&self.theirs, &ours);
        let seed = AnswerSeed::take(&mut with.seed.draw());
        let answered = Hello::from_envelope(envelope.as_bytes()).ok().and_then(|hello| {
            let (unproven, answer) =
                pair_answer(&hello, self.theirs, occasion, with.seat, with.anchors, seed).ok()?;
            Some((unproven, wire(&answer.to_envelope())?))
        });
        // One that cannot be answered was made for others, and says nothing about this channel.
        let Some((unproven, answer)) = answered else { return };
        self.put(&answer, out);
        let (hello, again_at, until) = (envelope.clone(), with.now + AGAIN_MS, with.now + GREETING_MS);
        self.greeting = Some(Greeting::Replied { unproven, hello, answer, again_at, until });
    }

    fn answer(&mut self, envelope: &Envelope, with: &mut With<'_>, out: &mut Vec<Said>) {
        let Some(Greeting::Began { .. }) = &self.greeting else { return };
        let Some(Greeting::Began { awaiting, .. }) = self.greeting.take() else { return };
        let Ok(answer) = Answer::from_envelope(envelope.as_bytes()) else { return };
        // A bad one costs the hello; the next tick makes another, if there is anything to say.
        let Ok((session, proof, peer)) = awaiting.finish(&answer, with.seat, with.anchors, with.now_s) else {
            return;
        };
        let Some(proof) = wire(&proof.to_envelope()) else { return };
        self.put(&proof, out);
        self.opened(session, peer, Some((proof, with.now + AGAIN_MS)), None, with, out);
    }

    fn proof(&mut self, envelope: &Envelope, with: &mut With<'_>, out: &mut Vec<Said>) {
        let Some(Greeting::Replied { .. }) = &self.greeting else { return };
        let Some(Greeting::Replied { unproven, hello, .. }) = self.greeting.take() else { return };
        let Ok(proof) = StaffProof::from_envelope(envelope.as_bytes()) else { return };
        if let Ok((session, peer)) = unproven.finish(&proof, with.anchors, with.now_s) {
            self.opened(session, peer, None, Some(hello), with, out);
            // The other end sends its proof until something of ours opens.
            if let Some(open) = &mut self.open {
                open.channel.beat_now(with.now, &mut open.events);
            }
            self.drain(with, out);
        }
    }

    fn opened(
        &mut self,
        session: Session,
        peer: VerifiedSeat,
        proof: Option<(Envelope, Steady)>,
        hello: Option<Envelope>,
        with: &mut With<'_>,
        out: &mut Vec<Said>,
    ) {
        let mut channel = Channel::new(session, with.visible, with.now);
        let mut events = Vec::new();
        channel.set_ready(self.ready, with.now, &mut events);
        self.open = Some(Box::new(Open { channel, events, peer, proof, hello }));
        out.push(Said::Open);
    }

    /// Says what was said before the channel was open, behind whatever the machine says first.
    pub(crate) fn say_drafts(&mut self, with: &mut With<'_>, out: &mut Vec<Said>) {
        for (id, text) in core::mem::take(&mut self.drafts) {
            // Each was short enough when it was taken, and all of them fit the same cap.
            let _fits = self.say(id, &text, with, out);
        }
    }

    /// Takes a text; once the channel is open it is sealed.
    pub(crate) fn say(
        &mut self,
        id: u32,
        text: &str,
        with: &mut With<'_>,
        out: &mut Vec<Said>,
    ) -> Result<(), NotSaid> {
        let fits = self.has_room_for(text.len());
        match &mut self.open {
            Some(open) => open.channel.say(id, text, with.now, &mut open.events)?,
            None if fits => {
                self.drafts.push((id, Zeroizing::new(String::from(text))));
            }
            None => return Err(NotSaid::TooMuchUnsent),
        }
        self.drain(with, out);
        Ok(())
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        self.unsent().saturating_add(bytes) <= crate::channel::UNSENT_MAX
    }

    /// Bytes of texts that are not sealed yet.
    pub(crate) fn unsent(&self) -> usize {
        let drafts: usize = self.drafts.iter().map(|(_, text)| text.len()).sum();
        drafts + self.open.as_ref().map_or(0, |open| open.channel.unsent_bytes())
    }

    /// The certificate of the only seat this opens with.
    pub(crate) fn theirs(&self) -> &Fingerprint {
        &self.theirs
    }

    /// Puts a note behind everything said before. Only on an open channel.
    pub(crate) fn note(&mut self, note: Note, with: &mut With<'_>, out: &mut Vec<Said>) {
        if let Some(open) = &mut self.open {
            open.channel.note(note, with.now, &mut open.events);
        }
        self.drain(with, out);
    }

    /// Whether the relay passes things on. Turning ready sends everything unanswered again.
    pub(crate) fn set_ready(&mut self, ready: bool, with: &mut With<'_>, out: &mut Vec<Said>) {
        self.ready = ready;
        if let Some(Greeting::Began { again_at, .. } | Greeting::Replied { again_at, .. }) =
            &mut self.greeting
        {
            *again_at = with.now;
        }
        if let Some(open) = &mut self.open {
            if let Some((_, again_at)) = &mut open.proof {
                *again_at = with.now;
            }
            open.channel.set_ready(ready, with.now, &mut open.events);
        }
        self.drain(with, out);
    }

    pub(crate) fn resend_on_request(&mut self, with: &mut With<'_>, out: &mut Vec<Said>) {
        if let Some(open) = &mut self.open {
            open.channel.resend_on_request(with.now, &mut open.events);
        }
        self.drain(with, out);
    }

    pub(crate) fn was_not_stored(&mut self, with: &With<'_>) {
        if let Some(open) = &mut self.open {
            open.channel.was_not_stored(with.now);
        }
    }

    pub(crate) fn tick(&mut self, with: &mut With<'_>, out: &mut Vec<Said>) {
        if self.greeting.as_ref().is_some_and(|greeting| with.now >= greeting.until()) {
            self.greeting = None;
        }
        let mut again = Vec::new();
        let (now, next) = (with.now, with.now + AGAIN_MS);
        if self.ready {
            match &mut self.greeting {
                Some(
                    Greeting::Began { hello: part, again_at, .. }
                    | Greeting::Replied { answer: part, again_at, .. },
                ) if now >= *again_at => {
                    *again_at = next;
                    again.push(part.clone());
                }
                _ => {}
            }
            if let Some((proof, again_at)) = self.open.as_mut().and_then(|open| open.proof.as_mut())
                && now >= *again_at
            {
                *again_at = next;
                again.push(proof.clone());
            }
        }
        out.extend(again.into_iter().map(|part| Said::Event(Event::Put(part))));
        if let Some(open) = &mut self.open {
            if open.channel.side_begins() && open.channel.rekey_is_due(now) {
                let seed = HelloSeed::take(&mut with.seed.draw());
                open.channel.rekey_begin(seed, now, &mut open.events);
            }
            open.channel.tick(now, &mut open.events);
        }
        self.drain(with, out);
    }

    pub(crate) fn wake_at(&self, now: Steady) -> Option<Steady> {
        let greeting = match &self.greeting {
            Some(Greeting::Began { again_at, .. } | Greeting::Replied { again_at, .. }) => Some(*again_at),
            None => None,
        };
        let open = self.open.as_ref();
        let proof = open.and_then(|open| open.proof.as_ref()).map(|(_, again_at)| *again_at);
        [
            self.greeting.as_ref().map(Greeting::until),
            greeting.filter(|_| self.ready),
            proof.filter(|_| self.ready),
            open.and_then(|open| open.channel.wake_at(now)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Passes events on; new keys are this pair's own affair.
    fn drain(&mut self, with: &mut With<'_>, out: &mut Vec<Said>) {
        let mut failed = false;
        while let Some(open) = self.open.as_mut().filter(|open| !open.events.is_empty()) {
            match open.events.remove(0) {
                Event::Note(Note::Rekey1(hello)) => {
                    let seed = AnswerSeed::take(&mut with.seed.draw());
                    open.channel.rekey_answer(&hello, with.seat, seed, with.now, &mut open.events);
                }
                Event::Note(Note::Rekey2(answer)) => {
                    let done = open.channel.rekey_finish(&answer, with.anchors, with.now_s, with.now);
                    failed |= done.is_err();
                }
                Event::Failed => failed = true,
                event => out.push(Said::Event(event)),
            }
            if failed {
                break;
            }
        }
        if failed {
            self.open = None;
            out.push(Said::Event(Event::Failed));
        }
    }

    /// The other seat, once it has proven itself.
    pub(crate) fn peer(&self) -> Option<&VerifiedSeat> {
        self.open.as_ref().map(|open| &open.peer)
    }

    pub(crate) fn channel(&self) -> Option<&Channel> {
        self.open.as_ref().map(|open| &open.channel)
    }

    pub(crate) fn channel_mut(&mut self) -> Option<&mut Channel> {
        self.open.as_mut().map(|open| &mut open.channel)
    }

    /// Whether everything said so far was opened by the other seat.
    pub(crate) fn all_delivered(&self) -> bool {
        self.drafts.is_empty() && self.open.as_ref().is_none_or(|open| open.channel.all_delivered())
    }

    /// What the other seat should hear of again on a new socket: the number wanted next, once the channel is open.
    pub(crate) fn next_wanted(&self) -> Option<u32> {
        self.open.as_ref().map(|open| open.channel.next_wanted())
    }
}
