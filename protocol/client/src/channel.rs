//! Delivery: nothing lost, nothing twice, whatever dies in between.

use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{
    Answer, AnswerSeed, Arrival, BeatState, Ending, Fatal, Header, Hello, HelloSeed, Note, OpenError, Opened,
    REKEY_AFTER_ENVELOPES, REKEY_AFTER_SECONDS, RekeyError, RoomMark, SealError, Seat, Session, Side,
    TextError, TextJoiner, compare_numbers, split_text,
};
use lykta_trust::Anchors;
use lykta_wire::Envelope;
use zeroize::Zeroizing;

use crate::clock::{Steady, earlier};
use crate::wish::NotSaid;

/// Sealed envelopes that may be unconfirmed at once. Without a window the simulation's outboxes passed 560.
pub const WINDOW: usize = 32;
/// Text that waits unsealed, bytes, for one chat. Then the text field keeps the draft.
pub const UNSENT_MAX: usize = 64 * 1024;
/// A beat's rhythm while the chat is looked at, ms: about 1 MB an hour, both ways together.
pub const BEAT_VISIBLE_MS: u64 = 5_000;
/// A beat's rhythm otherwise, ms: about 0.3 MB an hour. This and what follows is chosen (`e2ee.md`, section 3).
pub const BEAT_HIDDEN_MS: u64 = 20_000;
/// A beat follows an opened note within this, ms. The relay saw that note, so it learns nothing new.
pub const BEAT_SOON_MS: u64 = 250;
/// Beats outside the rhythm keep this distance, ms.
pub(crate) const BEAT_APART_MS: u64 = 1_000;
/// The first resend without an acknowledgement, ms; doubles to [`RESEND_MAX_MS`]. The numbers the simulation
/// drained with.
pub const RESEND_MS: u64 = 8_000;
/// The slowest resend, ms.
pub const RESEND_MAX_MS: u64 = 64_000;
/// What is wanted next is told to the relay at least so often, with a beat, ms: a store that forgot, and then
/// kept something old that never arrived here, would otherwise wait for it for ever and refuse what is new.
pub(crate) const GOT_AGAIN_MS: u64 = 60_000;
/// The relay said that it could keep nothing: the next resend comes within this, ms.
pub(crate) const STORE_AWAY_MS: u64 = 4_000;
/// Resends that a peer asks for keep this distance, ms.
pub(crate) const RESEND_APART_MS: u64 = 2_000;
/// "Skriver" is shown this long after a beat said so, ms.
pub const TYPING_SHOWN_MS: u64 = 8_000;
/// Our own "skriver" ends this long after the page last said it, ms.
pub const TYPING_HELD_MS: u64 = 12_000;
/// No beat for this long: the person may not be there, ms. A hidden page's timers may run once a minute.
pub const UNSURE_MS: u64 = 90_000;
/// So many dropped envelopes on one socket: open another. As many again: the chat failed.
pub const DROPS_MAX: u32 = 8;

/// What the channel asks of the machine it belongs to.
pub(crate) enum Event {
    /// Send as `Put`.
    Put(Envelope),
    /// Send as `Beat`.
    Beat(Envelope),
    /// Send as `Got`.
    Got(u32),
    /// A whole text came.
    Text(Zeroizing<String>),
    /// Another note came.
    Note(Note),
    /// Whom the peer thought to be in the room when it sealed the note whose event comes next (behind the note, when
    /// that says who is in it). Not in a chat that never had more than two.
    Mark(Option<RoomMark>),
    /// The peer says goodbye in a beat: it is gone already.
    Gone(Ending),
    /// Our texts up to this id were opened by the peer.
    Delivered(u32),
    /// Too many envelopes that nobody could have sealed: try another socket.
    Reopen,
    /// Keys or rules were broken. The session has erased itself.
    Failed,
}

struct Sealed {
    number: u32,
    envelope: Envelope,
    ends: Option<u32>,
}

struct Waiting {
    note: Note,
    /// The room that this note and all behind it are sealed in.
    room: Option<RoomMark>,
    bytes: usize,
    ends: Option<u32>,
}

/// One session with its outbox: what every text goes through on its way.
///
/// ```text
/// say --split--> waiting (plaintext, <= 64 KiB) --window of 32, sealed once--> outbox --peer's beat--> gone
///                                                        |
///                     reconnect, gap beat, 8..64 s: the same bytes again, from the first unconfirmed
/// ```
///
/// The receiver takes the next number or nothing. Acknowledgements are beats: unnumbered, so that a lost one
/// costs nothing and a gap never breeds more numbered envelopes.
pub(crate) struct Channel {
    session: Session,
    outbox: Vec<Sealed>,
    waiting: Vec<Waiting>,
    unsent_bytes: usize,
    undelivered: u16,
    in_room: bool,
    heard: bool,
    joiner: TextJoiner,
    ready: bool,

    resend_at: Steady,
    resend_wait: u64,
    resent_on_request: Option<Steady>,

    beat_at: Steady,
    beat_soon: Option<Steady>,
    beat_sent: Option<Steady>,
    gap: bool,
    /// Something came whose predecessor has not come yet.
    missing: bool,
    /// When the relay is told again what is wanted, if it has not been told by then.
    got_at: Steady,

    typing_until: Steady,
    visible: bool,
    covered: bool,
    held: bool,

    peer: BeatState,
    peer_typing_until: Steady,
    peer_heard: Steady,

    greeted_at: Steady,
    rekey_wanted: bool,

    drops: u32,
    reopened: bool,
    failed: bool,
}

impl Channel {
    pub(crate) fn new(session: Session, visible: bool, now: Steady) -> Self {
        Self {
            session,
            outbox: Vec::new(),
            waiting: Vec::new(),
            unsent_bytes: 0,
            undelivered: 0,
            in_room: false,
            heard: false,
            joiner: TextJoiner::new(),
            ready: false,
            resend_at: now,
            resend_wait: RESEND_MS,
            resent_on_request: None,
            beat_at: now + Self::rhythm(visible),
            beat_soon: None,
            beat_sent: None,
            gap: false,
            missing: false,
            got_at: now + GOT_AGAIN_MS,
            typing_until: 0,
            visible,
            covered: false,
            held: false,
            peer: BeatState::default(),
            peer_typing_until: 0,
            peer_heard: now,
            greeted_at: now,
            rekey_wanted: false,
            drops: 0,
            reopened: false,
            failed: false,
        }
    }

    const fn rhythm(visible: bool) -> u64 {
        if visible { BEAT_VISIBLE_MS } else { BEAT_HIDDEN_MS }
    }

    // ---- what this side says ------------------------------------------------------------------

    /// Takes a text. `id` is what [`Event::Delivered`] will name.
    pub(crate) fn say(
        &mut self,
        id: u32,
        text: &str,
        now: Steady,
        out: &mut Vec<Event>,
    ) -> Result<(), NotSaid> {
        let parts = split_text(text).map_err(|error| match error {
            TextError::Empty => NotSaid::Empty,
            TextError::TooLong => NotSaid::TooLong,
        })?;
        if self.unsent_bytes.saturating_add(text.len()) > UNSENT_MAX {
            return Err(NotSaid::TooMuchUnsent);
        }
        let last = parts.len().saturating_sub(1);
        for (at, note) in parts.into_iter().enumerate() {
            let bytes = if let Note::Words(words) = &note { words.text.len() } else { 0 };
            self.unsent_bytes += bytes;
            self.waiting.push(Waiting { note, room: None, bytes, ends: (at == last).then_some(id) });
        }
        self.undelivered = self.undelivered.saturating_add(1);
        self.typing_until = 0;
        self.pump(now, out);
        Ok(())
    }

    /// Puts a note behind everything said before.
    pub(crate) fn note(&mut self, note: Note, now: Steady, out: &mut Vec<Event>) {
        self.waiting.push(Waiting { note, room: None, bytes: 0, ends: None });
        self.pump(now, out);
    }

    /// Puts the note that says who is in the room behind everything said before; it and what comes behind it are
    /// sealed as in that room.
    pub(crate) fn note_of_room(&mut self, note: Note, room: RoomMark, now: Steady, out: &mut Vec<Event>) {
        self.in_room = true;
        self.waiting.push(Waiting { note, room: Some(room), bytes: 0, ends: None });
        self.pump(now, out);
    }

    /// Whatever is sealed from now on is sealed as in that room.
    pub(crate) fn set_room(&mut self, room: RoomMark) {
        self.in_room = true;
        self.session.set_room(room);
    }

    /// Whether a text of so many bytes would be taken.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        self.unsent_bytes.saturating_add(bytes) <= UNSENT_MAX
    }

    /// Whether the peer has shown that it has the keys.
    pub(crate) fn has_heard(&self) -> bool {
        self.heard
    }

    /// When the peer was last heard of.
    pub(crate) fn heard_at(&self) -> Steady {
        self.peer_heard
    }

    /// Seals waiting notes while the window has room.
    fn pump(&mut self, now: Steady, out: &mut Vec<Event>) {
        while self.outbox.len() < WINDOW && !self.failed {
            if self.waiting.is_empty() {
                return;
            }
            let waiting = self.waiting.remove(0);
            self.unsent_bytes -= waiting.bytes;
            if let Some(room) = waiting.room {
                self.session.set_room(room);
            }
            match self.session.seal(&waiting.note) {
                Ok(envelope) => self.keep(envelope, waiting.ends, now, out),
                Err(SealError::NotSendable) => {} // nothing this machine makes; a note is not worth a chat
                Err(SealError::Exhausted | SealError::Over) => self.fail(out),
            }
        }
    }

    fn keep(&mut self, sealed: lykta_e2ee::Envelope, ends: Option<u32>, now: Steady, out: &mut Vec<Event>) {
        let number = sealed.header().number;
        let Ok(envelope) = Envelope::parse(sealed.as_bytes()) else { return self.fail(out) };
        if self.outbox.is_empty() {
            self.resend_wait = RESEND_MS;
            self.resend_at = now + self.resend_wait;
        }
        if self.ready {
            out.push(Event::Put(envelope.clone()));
        }
        self.outbox.push(Sealed { number, envelope, ends });
    }

    fn resend(&mut self, out: &mut Vec<Event>) {
        if self.ready {
            out.extend(self.outbox.iter().map(|sealed| Event::Put(sealed.envelope.clone())));
        }
    }

    /// The other end misses something, or the relay says so.
    pub(crate) fn resend_on_request(&mut self, now: Steady, out: &mut Vec<Event>) {
        if self.resent_on_request.is_none_or(|at| now >= at + RESEND_APART_MS) {
            self.resent_on_request = Some(now);
            self.resend(out);
        }
    }

    /// The relay's store is away, so what was sent just now is not on its way: soon again, however long it takes.
    pub(crate) fn was_not_stored(&mut self, now: Steady) {
        self.resend_wait = RESEND_MS;
        self.resend_at = self.resend_at.min(now + STORE_AWAY_MS);
    }

    /// Whether everything said so far was opened by the peer.
    pub(crate) fn all_delivered(&self) -> bool {
        self.outbox.is_empty() && self.waiting.is_empty()
    }

    /// Own texts that the peer has not opened yet.
    pub(crate) fn undelivered(&self) -> u16 {
        self.undelivered
    }

    // ---- the socket ---------------------------------------------------------------------------

    /// Whether the relay has this chat on a living socket. Turning ready sends the outbox again.
    pub(crate) fn set_ready(&mut self, ready: bool, now: Steady, out: &mut Vec<Event>) {
        if ready == self.ready {
            return;
        }
        self.ready = ready;
        self.drops = 0;
        if ready {
            self.resend_at = now + self.resend_wait;
            self.resend(out);
            self.beat_no_later_than(now);
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    // ---- what comes ---------------------------------------------------------------------------

    /// A kept envelope or a beat.
    pub(crate) fn receive(&mut self, envelope: &Envelope, now: Steady, out: &mut Vec<Event>) {
        if self.failed {
            return;
        }
        match self.session.receive(envelope.as_bytes()) {
            Ok(arrival) => self.arrived(arrival, now, out),
            Err(error) => self.not_opened(error, envelope, now, out),
        }
    }

    /// Something was opened (also by the greeting, for the very first one).
    pub(crate) fn arrived(&mut self, arrival: Arrival, now: Steady, out: &mut Vec<Event>) {
        self.peer_heard = now;
        self.heard = true;
        self.drops = 0;
        self.reopened = false;
        match arrival {
            Arrival::Beat(beat) => {
                self.confirmed(beat.next_wanted, now, out);
                self.peer = beat.state;
                self.peer_typing_until = if beat.state.typing { now + TYPING_SHOWN_MS } else { now };
                self.rekey_wanted |= beat.state.please_rekey;
                if beat.state.gap {
                    self.resend_on_request(now, out);
                }
                if let Some(ending) = beat.state.goodbye {
                    out.push(Event::Gone(ending));
                }
            }
            Arrival::Kept(Opened { note, room, .. }) => {
                self.missing = false;
                self.beat_no_later_than(now + BEAT_SOON_MS);
                self.got(now, out);
                let marked = self.in_room || room.is_some();
                let behind = matches!(note, Note::Room(_));
                if marked && !behind {
                    out.push(Event::Mark(room));
                }
                match note {
                    Note::Words(words) => match self.joiner.add(&words) {
                        Ok(Some(text)) => {
                            self.peer_typing_until = now;
                            out.push(Event::Text(text));
                        }
                        Ok(None) => {}
                        Err(_) => self.fail(out),
                    },
                    note => out.push(Event::Note(note)),
                }
                if marked && behind {
                    out.push(Event::Mark(room));
                }
            }
        }
    }

    fn not_opened(&mut self, error: OpenError, envelope: &Envelope, now: Steady, out: &mut Vec<Event>) {
        let kept = envelope.kind() == lykta_wire::Kind::Kept;
        match error {
            OpenError::Old if kept => {
                self.got(now, out);
                self.beat_no_later_than(now);
            }
            OpenError::Gap => {
                self.gap = true;
                self.missing = true;
                self.beat_no_later_than(now);
            }
            OpenError::Old => {}
            // A beat of the epoch before or after ours crossed a re-greeting: it is merely late or early.
            OpenError::Forged if !kept && self.other_epoch(envelope) => {}
            OpenError::Forged | OpenError::Malformed => {
                self.drops += 1;
                if self.drops >= DROPS_MAX && self.reopened {
                    self.fail(out);
                } else if self.drops == DROPS_MAX {
                    self.reopened = true;
                    out.push(Event::Reopen);
                }
            }
            OpenError::Fatal(Fatal::Over) if self.failed => {}
            OpenError::Fatal(_) => self.fail(out),
        }
    }

    /// Tells the relay what is wanted next.
    fn got(&mut self, now: Steady, out: &mut Vec<Event>) {
        self.got_at = now + GOT_AGAIN_MS;
        out.push(Event::Got(self.session.next_wanted()));
    }

    fn other_epoch(&self, envelope: &Envelope) -> bool {
        Header::parse(envelope.as_bytes()).is_ok_and(|header| header.epoch != self.session.epoch())
    }

    fn confirmed(&mut self, next_wanted: u32, now: Steady, out: &mut Vec<Event>) {
        if next_wanted > self.session.next_number() {
            return; // more than was ever sealed: a peer that is wrong, and nothing to take out
        }
        let mut delivered = None;
        let before = self.outbox.len();
        while self.outbox.first().is_some_and(|sealed| sealed.number < next_wanted) {
            let ends = self.outbox.remove(0).ends;
            if ends.is_some() {
                delivered = ends;
                self.undelivered = self.undelivered.saturating_sub(1);
            }
        }
        if self.outbox.len() < before {
            self.resend_wait = RESEND_MS;
            self.resend_at = now + self.resend_wait;
            self.pump(now, out);
        }
        if let Some(id) = delivered {
            out.push(Event::Delivered(id));
        }
    }

    fn fail(&mut self, out: &mut Vec<Event>) {
        if !self.failed {
            self.failed = true;
            self.session.wipe();
            self.waiting.clear();
            self.outbox.clear();
            out.push(Event::Failed);
        }
    }

    /// The three numbers of a comparison; `a` is the nonce of whoever began it.
    pub(crate) fn compare(&self, a: &[u8; 32], b: &[u8; 32]) -> [u16; 3] {
        compare_numbers(&self.session, a, b).0
    }

    // ---- re-greeting --------------------------------------------------------------------------

    /// Whether this end is the one that greets: the visitor's, or between two seats the one that began.
    pub(crate) fn side_begins(&self) -> bool {
        self.session.side() == Side::Visitor
    }

    /// The number of the envelope wanted next.
    pub(crate) fn next_wanted(&self) -> u32 {
        self.session.next_wanted()
    }

    /// Visitor: whether a re-greeting is due, after 5 minutes, 40 kept envelopes, or because somebody asked.
    pub(crate) fn rekey_is_due(&self, now: Steady) -> bool {
        self.ready
            && !self.failed
            && !self.session.is_rekeying()
            && (self.rekey_wanted
                || self.session.kept_since_greeting() >= REKEY_AFTER_ENVELOPES
                || now >= self.greeted_at + REKEY_AFTER_SECONDS * 1_000)
    }

    /// A re-greeting is wanted at the next occasion (a reconnect after more than a minute).
    pub(crate) fn want_rekey(&mut self) {
        self.rekey_wanted = true;
    }

    /// Visitor: `REKEY1`, in front of the notes that wait.
    pub(crate) fn rekey_begin(&mut self, seed: HelloSeed, now: Steady, out: &mut Vec<Event>) {
        match self.session.rekey_begin(seed).map(|note| self.session.seal(&note)) {
            Ok(Ok(envelope)) => {
                self.rekey_wanted = false;
                self.keep(envelope, None, now, out);
            }
            Err(RekeyError::Pending) => {}
            _ => self.fail(out),
        }
    }

    /// Counsellor: `REKEY2`, in front of the notes that wait; what is sealed after it is of the new epoch.
    pub(crate) fn rekey_answer(
        &mut self,
        hello: &Hello,
        seat: &Seat,
        seed: AnswerSeed,
        now: Steady,
        out: &mut Vec<Event>,
    ) {
        match self.session.rekey_answer(hello, seat, seed) {
            Ok(envelope) => {
                self.greeted_at = now;
                self.keep(envelope, None, now, out);
            }
            Err(_) => self.fail(out),
        }
    }

    /// Visitor: the other half came.
    ///
    /// # Errors
    /// When it is wrong; the session is over then.
    pub(crate) fn rekey_finish(
        &mut self,
        answer: &Answer,
        anchors: &Anchors,
        now_s: u64,
        now: Steady,
    ) -> Result<(), RekeyError> {
        self.session.rekey_finish(answer, anchors, now_s)?;
        self.greeted_at = now;
        Ok(())
    }

    // ---- beats --------------------------------------------------------------------------------

    fn beat_no_later_than(&mut self, at: Steady) {
        let at = self.beat_sent.map_or(at, |sent| at.max(sent + BEAT_APART_MS));
        self.beat_soon = Some(self.beat_soon.map_or(at, |soon| soon.min(at)));
    }

    fn beat_due(&self) -> Steady {
        self.beat_soon.map_or(self.beat_at, |soon| soon.min(self.beat_at))
    }

    fn state(&self, now: Steady) -> BeatState {
        BeatState {
            gap: self.gap,
            typing: now < self.typing_until,
            visible: self.visible,
            please_rekey: false,
            held: self.held,
            covered: self.covered,
            goodbye: None,
        }
    }

    /// A beat now, outside every rhythm: the last one before leaving.
    pub(crate) fn beat_now(&mut self, now: Steady, out: &mut Vec<Event>) {
        let state = self.state(now);
        self.send_beat(state, now, out);
    }

    fn send_beat(&mut self, state: BeatState, now: Steady, out: &mut Vec<Event>) {
        self.beat_soon = None;
        self.beat_sent = Some(now);
        self.beat_at = now + Self::rhythm(self.visible);
        self.gap = false;
        if self.missing || now >= self.got_at {
            // A box that begins behind what we want was filled by a store that had forgotten its beginning.
            // The relay learns it from this, and lets the other side start again.
            self.got(now, out);
        }
        if let Some(envelope) = self.seal_beat(&state) {
            out.push(Event::Beat(envelope));
        } else {
            self.fail(out);
        }
    }

    fn seal_beat(&mut self, state: &BeatState) -> Option<Envelope> {
        let sealed = self.session.seal_beat(state).ok()?;
        Envelope::parse(sealed.as_bytes()).ok()
    }

    /// The beat that says goodbye. It carries the acknowledgement too, and outlives the ticket.
    pub(crate) fn goodbye_beat(&mut self, ending: Ending, now: Steady) -> Option<Envelope> {
        let state = BeatState { typing: false, goodbye: Some(ending), ..self.state(now) };
        self.seal_beat(&state)
    }

    // ---- time ---------------------------------------------------------------------------------

    pub(crate) fn tick(&mut self, now: Steady, out: &mut Vec<Event>) {
        if !self.ready || self.failed {
            return;
        }
        if !self.outbox.is_empty() && now >= self.resend_at {
            self.resend_wait = (self.resend_wait * 2).min(RESEND_MAX_MS);
            self.resend_at = now + self.resend_wait;
            self.resend(out);
        }
        if now >= self.beat_due() {
            self.beat_now(now, out);
        }
    }

    pub(crate) fn wake_at(&self, now: Steady) -> Option<Steady> {
        let mut wake = None;
        for at in [self.peer_typing_until, self.peer_heard + UNSURE_MS] {
            if at > now {
                earlier(&mut wake, Some(at));
            }
        }
        if self.ready && !self.failed {
            earlier(&mut wake, Some(self.beat_due()));
            if !self.outbox.is_empty() {
                earlier(&mut wake, Some(self.resend_at));
            }
        }
        wake
    }

    // ---- what is shown ------------------------------------------------------------------------

    pub(crate) fn set_typing(&mut self, on: bool, now: Steady) {
        self.typing_until = if on { now + TYPING_HELD_MS } else { now };
    }

    pub(crate) fn set_visible(&mut self, visible: bool, now: Steady) {
        self.visible = visible;
        self.beat_at = self.beat_at.min(now + Self::rhythm(visible));
    }

    pub(crate) fn set_covered(&mut self, covered: bool) {
        self.covered = covered;
    }

    pub(crate) fn set_held(&mut self, held: bool) {
        self.held = held;
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    pub(crate) fn peer(&self) -> &BeatState {
        &self.peer
    }

    pub(crate) fn peer_types(&self, now: Steady) -> bool {
        now < self.peer_typing_until
    }

    pub(crate) fn peer_is_silent(&self, now: Steady) -> bool {
        now >= self.peer_heard + UNSURE_MS
    }
}
