//! A counsellor's end of one chat.

mod room;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{About, Alias, AnswerSeed, ChainSecret, Hello, Note, Occasion, Seat, Unconfirmed, answer};
use lykta_trust::{Anchors, Role};
use lykta_wire::limits::ENVELOPE_SIZES;
use lykta_wire::{
    ChatRef, Ending, Envelope, FromDesk, InviteKind, Kind, Member, Presence, Refusal, SeatId, ToDesk,
};
use zeroize::Zeroizing;

use crate::bundle::{BundleError, SeatBundle};
use crate::channel::{Channel, Event};
use crate::clock::{Clock, Steady};
use crate::compare::{Compare, OutOfTurn};
use crate::lease::{Lease, VISITOR_GRACE_MS};
use crate::seed::Seed;
use crate::silence::{SilenceClock, SilenceTimes};
use crate::staff_channel::Colleague;
use crate::view::{LinkView, Peer, Phase, Returning, Trouble, View};
use crate::wish::{NotSaid, Said, Wish};
pub use room::{ASKED_MS, Asked, Letter};
use room::{Invited, SeatRoom};

/// The answer goes out again so often until the visitor confirms it, ms.
const ANSWER_AGAIN_MS: u64 = 8_000;
/// How long a sealed goodbye may take before the relay is told anyway, ms.
const GOODBYE_MS: u64 = 60_000;
/// After the visitor's goodbye the relay forgets the ticket when the visitor says so; if that does not come
/// it is told by us after this, ms.
const TELL_RELAY_MS: u64 = 5_000;
/// What becomes of the ticket is said again so often until the relay answers that the chat is not ours, ms: a
/// word on a socket that was dying would leave the visitor with a seat that has no keys.
const TELL_AGAIN_MS: u64 = 2_000;
/// How long a sealed goodbye may come after the relay said that the chat is over, ms.
const CUT_MS: u64 = 5_000;
/// A relay that refuses is reminded of whose chat this is at most so often, ms.
const MINE_APART_MS: u64 = 10_000;
/// While the visitor is away the relay is reminded so often, ms: a store that loses its memory twice has
/// forgotten what it was reminded of, and would wait for us for ever.
const MINE_AWAY_MS: u64 = 30_000;

/// What happens to a chat.
pub enum ChatInput<'a> {
    /// The seat is admitted (again): send everything that is unconfirmed.
    LinkUp,
    /// The seat's socket is gone.
    LinkDown,
    /// A frame about this chat came.
    Frame(&'a [u8]),
    /// Time has passed.
    Tick,
    /// The counsellor says something.
    Say(&'a str),
    /// The counsellor writes (repeat at least every 10 s) or has stopped.
    Typing(bool),
    /// This chat is looked at, or not.
    Visible(bool),
    /// "Avsluta": a sealed goodbye with this word.
    End(Ending),
    /// Back to the front of the line, keys dropped.
    PutBack,
    /// Holds the silence clock, or lets it run.
    Hold(bool),
    /// When a silence is asked about; the count begins anew.
    Silence(SilenceTimes),
    /// Words to compare: begin or show them, or take them from the screen.
    Compare(bool),
    /// The visitor's return words lead back here from now on, by the relay's word to the seat.
    ReturnKept,
    /// "Bjud in", "Lämna över": asks the visitor, and then the colleague, who has proven themselves on the staff
    /// channel.
    Invite {
        /// To join, or to take over.
        kind: InviteKind,
        /// Who.
        colleague: Colleague,
    },
    /// Asks no more.
    TakeBack,
    /// The colleague's answer, from the staff channel.
    Reply {
        /// Who.
        seat: SeatId,
        /// The number they were to have.
        member: Member,
        /// Whether they come.
        yes: bool,
    },
    /// That guest is to go.
    LetGo(Member),
    /// Leaves a chat that is not this seat's own.
    Part,
    /// What the chat's [`crate::Mesh`] reports.
    Report(&'a [u8]),
}

/// ```text
/// taken --answer--> Greeting --the visitor's first envelope opens--> Talking
/// asked in --yes--> Expecting --the visitor's greeting: answer--> Greeting
/// Talking --Part, by either side, and sentences are finished--> Over, and the chat goes on
/// Greeting, Talking --put back | goodbye | end delivered or 60 s | lost for 15 min | failed--> Over { ending }
/// ```
///
/// * In Greeting nothing but the answer's fixed payload is sent, and nothing can be said: the type that could
///   seal it does not exist yet. A relay that replays an old hello gets an answer nobody can confirm.
/// * Only a sealed goodbye says how a visitor left. The relay's word alone gives `lost_contact`, and only
///   after the relay was reminded once that this seat still holds the keys: a store that lost its memory
///   thinks every chat is over.
/// * Losing the socket changes no state.
pub struct Chat {
    chat: ChatRef,
    /// The number this seat has in it.
    me: Member,
    /// Whether it is this seat's chat, and not one it is a guest in.
    owner: bool,
    alias: String,
    seat: Seat,
    anchors: Anchors,
    /// How this seat came into the chat, if it did not take the ticket.
    invited: Option<Box<Invited>>,
    clock: Clock,
    link_up: bool,
    visible: bool,
    next_id: u32,
    lease: Lease,
    trouble: Option<Trouble>,
    returning: Returning,
    silence: SilenceTimes,
    state: State,
}

enum State {
    /// Asked in, and the visitor has not greeted yet.
    Expecting {
        until: Steady,
    },
    Greeting(Greeting),
    Talking(Box<Talking>),
    Over(Over),
}

struct Greeting {
    unconfirmed: Box<Unconfirmed>,
    answer: Envelope,
    again_at: Steady,
    since: Steady,
    /// The relay said that it is over, and was reminded; until when it may think better of it.
    cut_at: Option<Steady>,
}

struct Talking {
    channel: Channel,
    events: Vec<Event>,
    ending: Option<(Ending, Steady)>,
    cut_at: Option<Steady>,
    mine_at: Option<Steady>,
    /// Reminded, and not answered yet.
    asked: bool,
    /// For whom the visitor writes, once they have said it.
    about: Option<About>,
    compare: Compare,
    /// How long nobody has written. The visitor's machine has the clock that ends the chat; this one tells the console.
    silence: SilenceClock,
    /// The next return key stays when the visitor leaves by hand.
    stays: bool,
    /// The visitor waits for the word that theirs is kept.
    promised: bool,
    room: SeatRoom,
}

impl Talking {
    /// As the visitor's machine counts: only while both are here, their page is looked at, and nobody holds it.
    fn count_silence(&mut self, here: bool, now: Steady) {
        let runs = here && self.channel.peer().visible && !self.channel.is_held() && self.ending.is_none();
        self.silence.step(runs, now);
        // A visitor who types, or whose chat went on past the end of the clock, has answered on their own page.
        if self.channel.peer_types(now) || self.silence.is_over() {
            self.silence.reset();
        }
    }
}

struct Over {
    ending: Option<Ending>,
    left_fast: bool,
    /// What the relay is told and when, until it has said that the chat is not ours any more.
    tell: Option<(Tell, Steady)>,
}

/// What becomes of the ticket after a chat.
#[derive(Clone, Copy)]
enum Tell {
    End(Ending),
    PutBack,
    /// It goes on without this seat.
    Part,
}

impl Tell {
    fn frame(self, chat: ChatRef) -> Vec<u8> {
        match self {
            Self::End(ending) => FromDesk::End { chat, ending }.encode(),
            Self::PutBack => FromDesk::PutBack { chat }.encode(),
            Self::Part => FromDesk::Part { chat }.encode(),
        }
    }
}

struct Step<'a> {
    now: Steady,
    seed: &'a mut Seed,
    out: Vec<Wish>,
}

/// The shape of an answer, with nothing in it.
fn no_answer() -> Envelope {
    let mut bytes = alloc::vec![0; ENVELOPE_SIZES[1]];
    bytes[..2].copy_from_slice(&[1, Kind::Answer as u8]);
    Envelope::parse(&bytes).expect("the shape of an answer is an envelope")
}

impl Chat {
    /// Answers the hello of a taken ticket. One that cannot be answered gets an answer that opens for nobody:
    /// the visitor makes a fresh greeting, and after three gives up in words. Put back, the ticket would go
    /// unanswered from desk to desk for ever.
    ///
    /// # Errors
    /// [`BundleError`] when the bundle's key and certificates do not belong together.
    pub fn begin(
        bundle: &SeatBundle,
        chat: ChatRef,
        alias: &str,
        hello: &[u8],
        now_ms: u64,
        seed: &mut Seed,
    ) -> Result<(Self, Vec<Wish>), BundleError> {
        let occasion = Occasion::new_ticket(&chat.ticket.0);
        Self::begin_as(occasion, Returning::None, bundle, chat, alias, hello, now_ms, seed)
    }

    /// Answers the hello of a visitor who names return words that this seat keeps. It opens for nobody who
    /// does not know `key`.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn begin_returning(
        bundle: &SeatBundle,
        chat: ChatRef,
        alias: &str,
        hello: &[u8],
        key: ChainSecret,
        now_ms: u64,
        seed: &mut Seed,
    ) -> Result<(Self, Vec<Wish>), BundleError> {
        let occasion = Occasion::returning(&chat.ticket.0, key);
        Self::begin_as(occasion, Returning::CameBack, bundle, chat, alias, hello, now_ms, seed)
    }

    #[allow(clippy::too_many_arguments, reason = "two ways to begin, and both have all of these")]
    fn begin_as(
        occasion: Occasion,
        returning: Returning,
        bundle: &SeatBundle,
        chat: ChatRef,
        alias: &str,
        hello: &[u8],
        now_ms: u64,
        seed: &mut Seed,
    ) -> Result<(Self, Vec<Wish>), BundleError> {
        let (seat, anchors) = bundle.seat()?;
        let mut clock = Clock::default();
        let now = clock.advance(now_ms);
        let greeting = Hello::from_envelope(hello).ok().and_then(|hello| {
            let seed = AnswerSeed::take(&mut seed.draw());
            let (unconfirmed, answer) = answer(&hello, occasion, &seat, &anchors, seed).ok()?;
            let answer = Envelope::parse(answer.to_envelope().as_bytes()).ok()?;
            Some(Greeting {
                unconfirmed: Box::new(unconfirmed),
                answer,
                again_at: now + ANSWER_AGAIN_MS,
                since: now,
                cut_at: None,
            })
        });
        let mut out = Vec::new();
        let (state, trouble) = match greeting {
            Some(greeting) => {
                let (to, envelope) = (Member::VISITOR, greeting.answer.clone());
                out.push(Wish::Send(FromDesk::Put { chat, to, envelope }.encode()));
                (State::Greeting(greeting), None)
            }
            None => {
                let to = Member::VISITOR;
                out.push(Wish::Send(FromDesk::Put { chat, to, envelope: no_answer() }.encode()));
                let over = Over { ending: Some(Ending::Failed), left_fast: false, tell: None };
                (State::Over(over), Some(Trouble::Broken))
            }
        };
        let mut lease = Lease::default();
        lease.told(Presence::Here, 0, now);
        let (alias, link_up, visible, next_id) = (crate::view::cut(alias).into(), true, true, 1);
        let (me, owner, invited) = (Member::COUNSELLOR, true, None);
        let begun = Self {
            chat,
            me,
            owner,
            alias,
            seat,
            anchors,
            invited,
            clock,
            link_up,
            visible,
            next_id,
            lease,
            trouble,
            returning,
            silence: SilenceTimes::default(),
            state,
        };
        Ok((begun, out))
    }

    /// Which chat this is.
    #[must_use]
    pub fn chat(&self) -> ChatRef {
        self.chat
    }

    /// Whether there are keys, agreed on or on their way.
    #[must_use]
    pub fn holds_keys(&self) -> bool {
        !matches!(self.state, State::Over(_))
    }

    /// Whether it is over and the relay needs to hear nothing more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(&self.state, State::Over(over) if over.tell.is_none())
    }

    /// One input at `now_ms` (milliseconds since 1970, by the device's clock).
    pub fn step(&mut self, now_ms: u64, seed: &mut Seed, input: ChatInput<'_>) -> Vec<Wish> {
        let now = self.clock.advance(now_ms);
        let mut step = Step { now, seed, out: Vec::new() };
        self.take(input, &mut step);
        self.tick(&mut step);
        step.out
    }

    fn take(&mut self, input: ChatInput<'_>, step: &mut Step<'_>) {
        match input {
            ChatInput::LinkUp => self.link_up(step),
            ChatInput::LinkDown => {
                self.link_up = false;
                if let State::Talking(talking) = &mut self.state {
                    talking.channel.set_ready(false, step.now, &mut talking.events);
                    // Asked again on the next socket.
                    talking.cut_at = None;
                    talking.mine_at = None;
                    talking.asked = false;
                }
            }
            ChatInput::Frame(bytes) => self.frame(bytes, step),
            ChatInput::Tick => {}
            ChatInput::Say(text) => self.say(text, step),
            ChatInput::Typing(on) => {
                if let State::Talking(talking) = &mut self.state {
                    talking.channel.set_typing(on, step.now);
                }
            }
            ChatInput::Visible(on) => {
                self.visible = on;
                if let State::Talking(talking) = &mut self.state {
                    talking.channel.set_visible(on, step.now);
                }
            }
            // Who is not the chat's own seat cannot end it for the others.
            ChatInput::End(_) | ChatInput::Part if !self.owner => self.leave_room(step),
            ChatInput::Part => {}
            ChatInput::End(ending) => self.end(ending, step),
            ChatInput::PutBack if !self.owner => {}
            ChatInput::PutBack => {
                if !matches!(self.state, State::Over(_)) {
                    self.over_and_tell(None, Tell::PutBack, step);
                }
            }
            ChatInput::Hold(on) => {
                if let State::Talking(talking) = &mut self.state {
                    talking.channel.set_held(on);
                }
            }
            ChatInput::Silence(times) => {
                self.silence = times;
                if let State::Talking(talking) = &mut self.state {
                    talking.silence = SilenceClock::new(times);
                }
            }
            ChatInput::Compare(on) => self.compare(on, step),
            ChatInput::ReturnKept => {
                if let State::Talking(talking) = &mut self.state
                    && core::mem::take(&mut talking.promised)
                {
                    talking.channel.note(Note::ReturnReady, step.now, &mut talking.events);
                    self.drain(step);
                }
            }
            ChatInput::Invite { kind, colleague } => self.invite(kind, colleague, step),
            ChatInput::TakeBack => self.stop_asking(Asked::TakenBack, step),
            ChatInput::Reply { seat, member, yes } => self.colleague_says(seat, member, yes, step),
            ChatInput::LetGo(member) => self.let_go(member, step),
            ChatInput::Report(bytes) => self.reported(bytes, step),
        }
    }

    fn send(&self, frame: FromDesk, step: &mut Step<'_>) {
        step.out.push(Wish::Send(frame.encode()));
    }

    // ---- the counsellor's wishes --------------------------------------------------------------

    fn somebody_wrote(&mut self) {
        if let State::Talking(talking) = &mut self.state {
            talking.silence.reset();
        }
    }

    fn say(&mut self, text: &str, step: &mut Step<'_>) {
        let id = self.next_id;
        let taken = match &mut self.state {
            State::Talking(talking)
                if talking.ending.is_none()
                    && talking.room.parting.is_none()
                    && (self.invited.is_none() || talking.room.is_known()) =>
            {
                if talking.room.has_room_for(text.len()) {
                    talking.channel.say(id, text, step.now, &mut talking.events)
                } else {
                    Err(NotSaid::TooMuchUnsent)
                }
            }
            _ => Err(NotSaid::NotNow),
        };
        match taken {
            Ok(()) => {
                self.next_id += 1;
                self.somebody_wrote();
                self.say_to_seats(id, text);
                let (at_ms, text) = (self.clock.wall(), Zeroizing::new(text.into()));
                step.out.push(Wish::Said(Said { id, from: self.me.number(), at_ms, text }));
                self.drain(step);
            }
            Err(reason) => step.out.push(Wish::NotSaid(reason)),
        }
    }

    fn compare(&mut self, on: bool, step: &mut Step<'_>) {
        let State::Talking(talking) = &mut self.state else { return };
        if !on {
            talking.compare.close();
        } else if self.owner
            && talking.ending.is_none()
            && let Some(note) = talking.compare.ask(step.seed.draw())
        {
            talking.channel.note(note, step.now, &mut talking.events);
            self.drain(step);
        }
    }

    fn end(&mut self, ending: Ending, step: &mut Step<'_>) {
        match &mut self.state {
            State::Greeting(_) => {
                self.over_and_tell(Some(ending), Tell::End(ending), step);
            }
            State::Talking(talking) if talking.ending.is_none() => {
                talking.ending = Some((ending, step.now + GOODBYE_MS));
                talking.channel.note(Note::Goodbye(ending), step.now, &mut talking.events);
                self.drain(step);
            }
            State::Talking(_) | State::Over(_) | State::Expecting { .. } => {}
        }
    }

    /// Out of a chat that goes on: in order, if there is anybody to say it to.
    fn leave_room(&mut self, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        match &self.state {
            State::Expecting { .. } | State::Greeting(_) => self.over_and_tell(None, Tell::Part, step),
            State::Talking(_) => {
                self.part(step);
                self.drain(step);
            }
            State::Over(_) => {}
        }
    }

    // ---- the socket ---------------------------------------------------------------------------

    fn link_up(&mut self, step: &mut Step<'_>) {
        self.link_up = true;
        match &mut self.state {
            State::Expecting { .. } => {}
            State::Greeting(greeting) => {
                greeting.again_at = step.now;
            }
            State::Talking(talking) => talking.channel.set_ready(true, step.now, &mut talking.events),
            // Without keys it is not ours to claim: a store that lost its memory would give it back to us.
            State::Over(_) => return,
        }
        // Harmless when the seat has said it already.
        self.send(self.mine(), step);
        self.ask_again(step);
        self.drain(step);
    }

    fn frame(&mut self, bytes: &[u8], step: &mut Step<'_>) {
        let Ok(frame) = ToDesk::decode(bytes) else { return };
        match frame {
            ToDesk::Envelope { chat, from: Member::VISITOR, envelope }
            | ToDesk::Beat { chat, from: Member::VISITOR, envelope }
                if chat == self.chat =>
            {
                self.envelope(&envelope, step);
            }
            ToDesk::Envelope { chat, from, envelope } | ToDesk::Beat { chat, from, envelope }
                if chat == self.chat =>
            {
                self.hear_seat(from, envelope);
            }
            ToDesk::Invited { chat, member, seat } if chat == self.chat => {
                self.invited_as(member, seat, step)
            }
            ToDesk::NotInvited { chat, seat, refusal } if chat == self.chat => {
                self.not_invited(seat, refusal)
            }
            ToDesk::Visitor { chat, presence, gone_s } if chat == self.chat => {
                self.visitor(presence, gone_s, step);
            }
            ToDesk::Ended { chat, .. } if chat == self.chat => self.ended(step),
            ToDesk::Refused { chat, refusal } if chat == self.chat => self.refused(refusal, step),
            // What the relay stored proves nothing; the rest is the seat's or another chat's.
            _ => {}
        }
    }

    fn envelope(&mut self, envelope: &Envelope, step: &mut Step<'_>) {
        if envelope.kind() == Kind::Hello {
            return self.hello(envelope, step);
        }
        if envelope.kind() == Kind::Answer {
            return;
        }
        match core::mem::replace(&mut self.state, State::Over(Over::nothing())) {
            State::Greeting(greeting) => match greeting.unconfirmed.confirm(envelope.as_bytes()) {
                Ok((session, arrival)) => {
                    let channel = Channel::new(session, self.visible, step.now);
                    let mut talking = Talking {
                        channel,
                        events: Vec::new(),
                        ending: None,
                        cut_at: None,
                        mine_at: None,
                        asked: false,
                        about: None,
                        compare: Compare::default(),
                        silence: SilenceClock::new(self.silence),
                        stays: false,
                        promised: false,
                        room: SeatRoom::default(),
                    };
                    talking.channel.set_ready(self.link_up, step.now, &mut talking.events);
                    talking.channel.arrived(arrival, step.now, &mut talking.events);
                    if !self.alias.is_empty() {
                        let alias = Alias { name: self.alias.clone(), role_words: String::new() };
                        talking.channel.note(Note::Alias(alias), step.now, &mut talking.events);
                    }
                    self.state = State::Talking(Box::new(talking));
                    self.forget_secret();
                }
                Err((unconfirmed, _)) => {
                    // A store that forgot the visitor's first words holds what came behind them, and would take the
                    // first ones for known: it learns from this that they are wanted.
                    if crate::ROOMS
                        && self.invited.is_some()
                        && envelope.kind() == Kind::Kept
                        && envelope.number() > 0
                    {
                        let (chat, from) = (self.chat, Member::VISITOR);
                        self.send(FromDesk::Got { chat, from, next: 0 }, step);
                    }
                    let unconfirmed = Box::new(unconfirmed);
                    self.state = State::Greeting(Greeting { unconfirmed, ..greeting });
                }
            },
            State::Talking(mut talking) => {
                talking.channel.receive(envelope, step.now, &mut talking.events);
                self.state = State::Talking(talking);
            }
            other @ (State::Expecting { .. } | State::Over(_)) => self.state = other,
        }
        self.drain(step);
    }

    fn visitor(&mut self, presence: Presence, gone_s: u32, step: &mut Step<'_>) {
        let came_back = presence == Presence::Here && !self.lease.is_here();
        self.lease.told(presence, gone_s, step.now);
        match &mut self.state {
            State::Greeting(greeting) => {
                greeting.cut_at = None;
                if came_back {
                    greeting.again_at = step.now;
                }
            }
            State::Talking(talking) => {
                talking.cut_at = None;
                talking.asked = false;
                if came_back {
                    talking.channel.resend_on_request(step.now, &mut talking.events);
                }
            }
            _ => {}
        }
        self.drain(step);
    }

    /// The relay's word. A store that lost its memory says the same, so it is reminded once.
    fn ended(&mut self, step: &mut Step<'_>) {
        let mine = self.mine();
        match &mut self.state {
            // Who was asked in may have the chat by now, and the visitor's first word was lost with the store.
            State::Greeting(greeting) if crate::ROOMS && self.invited.is_some() => {
                if greeting.cut_at.is_none() {
                    greeting.cut_at = Some(step.now + CUT_MS);
                    self.send(mine, step);
                }
            }
            // Not confirmed in time: the ticket is back in the line.
            State::Greeting(_) | State::Expecting { .. } => self.over(Some(Ending::LostContact), step),
            // Out of a chat that goes on: there is nothing to wait for.
            State::Talking(talking) if talking.room.parting.is_some() => self.over(None, step),
            State::Talking(talking) => {
                talking.cut_at.get_or_insert(step.now + CUT_MS);
                if !talking.asked {
                    self.remind(step);
                }
            }
            State::Over(over) => over.tell = None,
        }
    }

    fn refused(&mut self, refusal: Refusal, step: &mut Step<'_>) {
        match (&mut self.state, refusal) {
            (State::Talking(talking), Refusal::OutOfOrder) => {
                talking.channel.resend_on_request(step.now, &mut talking.events);
                self.drain(step);
            }
            (State::Talking(talking), Refusal::StoreAway) => {
                talking.channel.was_not_stored(step.now);
            }
            // The invitation was taken back, or the chat is over.
            (State::Expecting { .. }, Refusal::NotYours) => self.over(None, step),
            (State::Talking(talking), Refusal::NotYours) if talking.room.parting.is_some() => {
                self.over(None, step)
            }
            (State::Talking(talking), Refusal::NotYours)
                if talking.mine_at.is_none_or(|at| step.now >= at + MINE_APART_MS) =>
            {
                self.remind(step);
            }
            (State::Over(over), Refusal::NotYours) => over.tell = None,
            // The timers try again.
            _ => {}
        }
    }

    /// Says whose chat this is: the relay then knows it again, or says that it is over.
    fn remind(&mut self, step: &mut Step<'_>) {
        let State::Talking(talking) = &mut self.state else { return };
        talking.mine_at = Some(step.now);
        talking.asked = true;
        self.send(self.mine(), step);
    }

    fn reminds_at(&self) -> Option<Steady> {
        let State::Talking(talking) = &self.state else { return None };
        let since = self.lease.gone_since().filter(|_| self.link_up)?;
        Some(talking.mine_at.unwrap_or(since).max(since) + MINE_AWAY_MS)
    }

    // ---- changes of state ---------------------------------------------------------------------

    fn over(&mut self, ending: Option<Ending>, step: &mut Step<'_>) {
        self.over_as(Over { ending, ..Over::nothing() }, step);
    }

    fn over_as(&mut self, over: Over, step: &mut Step<'_>) {
        if matches!(self.state, State::Talking(_)) {
            step.out.push(Wish::Emptied);
        }
        self.forget_secret();
        self.state = State::Over(over);
    }

    /// Over by this side's word: the relay is told now, on the next socket if there is none, and again until it
    /// has heard.
    fn over_and_tell(&mut self, ending: Option<Ending>, tell: Tell, step: &mut Step<'_>) {
        let tell = Some((tell, step.now));
        self.over_as(Over { ending, left_fast: false, tell }, step);
    }

    /// What the relay is told when the chat is over here. Only the chat's own seat has it to end.
    fn tell_over(&self, ending: Ending) -> Tell {
        if self.owner { Tell::End(ending) } else { Tell::Part }
    }

    /// The same when the visitor may be found after all, and needs another greeting then.
    fn tell_lost(&self) -> Tell {
        if self.owner { Tell::PutBack } else { Tell::Part }
    }

    fn failed(&mut self, step: &mut Step<'_>) {
        self.trouble = Some(Trouble::Broken);
        self.over_and_tell(Some(Ending::Failed), self.tell_over(Ending::Failed), step);
    }

    /// Carries out what the conversation wants.
    fn drain(&mut self, step: &mut Step<'_>) {
        let (chat, to) = (self.chat, Member::VISITOR);
        loop {
            let State::Talking(talking) = &mut self.state else { return };
            if talking.events.is_empty() {
                break;
            }
            match talking.events.remove(0) {
                Event::Put(envelope) => self.send(FromDesk::Put { chat, to, envelope }, step),
                Event::Beat(envelope) => self.send(FromDesk::Beat { chat, to, envelope }, step),
                Event::Got(next) => self.send(FromDesk::Got { chat, from: to, next }, step),
                Event::Text(text) => {
                    let (id, at_ms) = (self.next_id, self.clock.wall());
                    self.next_id += 1;
                    talking.silence.reset();
                    step.out.push(Wish::Said(Said { id, from: 0, at_ms, text }));
                }
                Event::Delivered(id) => {
                    let id = if crate::ROOMS { talking.room.receipts.delivered(to, id) } else { Some(id) };
                    step.out.extend(id.map(Wish::Delivered));
                }
                Event::Note(Note::Rekey1(hello)) => {
                    let seed = AnswerSeed::take(&mut step.seed.draw());
                    talking.channel.rekey_answer(&hello, &self.seat, seed, step.now, &mut talking.events);
                }
                Event::Note(Note::Goodbye(ending)) => {
                    talking.channel.beat_now(step.now, &mut talking.events);
                    for event in core::mem::take(&mut talking.events) {
                        match event {
                            Event::Beat(envelope) => self.send(FromDesk::Beat { chat, to, envelope }, step),
                            Event::Got(next) => self.send(FromDesk::Got { chat, from: to, next }, step),
                            _ => {}
                        }
                    }
                    // Only the chat's own seat has it to end.
                    let tell = self.owner.then_some((Tell::End(ending), step.now + TELL_RELAY_MS));
                    self.over_as(Over { ending: Some(ending), left_fast: false, tell }, step);
                }
                Event::Note(Note::About(about)) => talking.about = Some(about),
                Event::Note(note @ (Note::SasCommit(_) | Note::SasNonce(_) | Note::SasReveal(_))) => {
                    match talking.compare.heard(&note, false, step.seed.draw(), &talking.channel) {
                        Ok(Some(note)) => talking.channel.note(note, step.now, &mut talking.events),
                        Ok(None) => {}
                        Err(OutOfTurn) => self.failed(step),
                    }
                }
                Event::Note(Note::ReturnStays) => talking.stays = true,
                Event::Note(Note::ReturnKey(words)) => {
                    talking.promised = true;
                    let stays = core::mem::take(&mut talking.stays);
                    step.out.push(Wish::KeepReturn { words, stays });
                    if self.returning == Returning::None {
                        self.returning = Returning::Kept;
                    }
                }
                Event::Note(Note::ReturnForget) => {
                    talking.promised = false;
                    step.out.push(Wish::ForgetReturn);
                    if self.returning == Returning::Kept {
                        self.returning = Returning::None;
                    }
                }
                Event::Note(Note::Consent(consent)) if crate::ROOMS => {
                    self.visitor_says(consent.to, consent.yes, step)
                }
                Event::Note(Note::Room(room)) if crate::ROOMS => {
                    if !self.enter_room(room, step) {
                        return self.room_differs(step);
                    }
                }
                // The visitor goes on with others. The same word goes back, so that both know that all was said.
                Event::Note(Note::Part) if crate::ROOMS => {
                    self.owner = false;
                    self.part(step);
                }
                Event::Note(_) => {}
                Event::Gone(ending) => {
                    let left_fast = ending == Ending::LeftFast;
                    // The sealed word is here, so the relay may forget it; the ticket is forgotten already.
                    self.over_as(Over { ending: Some(ending), left_fast, tell: None }, step);
                }
                Event::Mark(mark) => {
                    if !self.visitor_is_in_the_room(mark) {
                        return self.room_differs(step);
                    }
                }
                Event::Reopen => step.out.push(Wish::Close),
                Event::Failed => self.failed(step),
            }
        }
        self.finish_ending(step);
        self.finish_parting(step);
    }

    fn finish_ending(&mut self, step: &mut Step<'_>) {
        let State::Talking(talking) = &mut self.state else { return };
        match (talking.ending, talking.cut_at) {
            (Some((ending, until)), _) if talking.channel.all_delivered() || step.now >= until => {
                self.over_and_tell(Some(ending), Tell::End(ending), step);
            }
            (ending, Some(at)) if step.now >= at => {
                let ending = ending.map_or(Ending::LostContact, |(ending, _)| ending);
                // Should the visitor be found after all: our keys are gone, another greeting is wanted.
                self.over_and_tell(Some(ending), self.tell_lost(), step);
            }
            _ => {}
        }
    }

    // ---- time ---------------------------------------------------------------------------------

    fn tick(&mut self, step: &mut Step<'_>) {
        let (chat, to) = (self.chat, Member::VISITOR);
        match &mut self.state {
            State::Expecting { until } => {
                if step.now >= *until {
                    self.leave_room(step);
                }
            }
            State::Greeting(greeting) => {
                if self.link_up && step.now >= greeting.again_at {
                    greeting.again_at = step.now + ANSWER_AGAIN_MS;
                    let envelope = greeting.answer.clone();
                    step.out.push(Wish::Send(FromDesk::Put { chat, to, envelope }.encode()));
                }
                let cut = greeting.cut_at.is_some_and(|at| step.now >= at);
                if cut || step.now >= greeting.since + VISITOR_GRACE_MS {
                    self.over_and_tell(Some(Ending::LostContact), self.tell_lost(), step);
                }
            }
            State::Talking(talking) => {
                let here = self.link_up
                    && self.lease.peer(talking.channel.peer_is_silent(step.now), None, step.now)
                        == Peer::Here;
                talking.count_silence(here, step.now);
                talking.channel.tick(step.now, &mut talking.events);
                self.drain(step);
                self.tick_room(step);
                self.drain(step);
                if self.reminds_at().is_some_and(|at| step.now >= at) {
                    self.remind(step);
                }
                if matches!(self.state, State::Talking(_)) && self.lease.gone_for(VISITOR_GRACE_MS, step.now)
                {
                    let ending = Ending::LostContact;
                    self.over_and_tell(Some(ending), self.tell_over(ending), step);
                }
            }
            State::Over(_) => {}
        }
        if let State::Over(Over { tell: Some((tell, at)), .. }) = &mut self.state
            && self.link_up
            && step.now >= *at
        {
            *at = step.now + TELL_AGAIN_MS;
            step.out.push(Wish::Send(tell.frame(chat)));
        }
    }

    /// The latest wall-clock time, ms, at which the next step is wanted.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        let now = self.clock.now();
        let wake = match &self.state {
            State::Expecting { until } => Some(*until),
            State::Greeting(greeting) => {
                let end = greeting.since + VISITOR_GRACE_MS;
                let end = greeting.cut_at.map_or(end, |at| at.min(end));
                Some(if self.link_up { greeting.again_at.min(end) } else { end })
            }
            State::Talking(talking) => [
                talking.channel.wake_at(now),
                talking.ending.map(|(_, until)| until),
                talking.cut_at,
                self.lease.gone_since().map(|since| since + VISITOR_GRACE_MS),
                self.reminds_at(),
                talking.room.wake_at(),
                talking.silence.wake_at(),
            ]
            .into_iter()
            .flatten()
            .min(),
            State::Over(over) => over.tell.filter(|_| self.link_up).map(|(_, at)| at),
        };
        wake.map(|at| self.clock.wall_at(at))
    }

    /// What the console shows of this chat now.
    #[must_use]
    pub fn view(&self) -> View {
        let now = self.clock.now();
        let mut view = View {
            link: if self.link_up { LinkView::Up } else { LinkView::Down },
            trouble: self.trouble,
            alias: self.alias.clone(),
            role: Some(self.role()),
            returning: self.returning,
            guest: !self.owner,
            ..View::default()
        };
        match &self.state {
            State::Expecting { .. } | State::Greeting(_) => {
                view.phase = Phase::Greeting;
                view.peer = self.lease.peer(false, None, now);
            }
            State::Talking(talking) => {
                view.phase = Phase::Talking;
                view.peer = self.lease.peer(talking.channel.peer_is_silent(now), None, now);
                view.peer_typing = view.peer == Peer::Here && talking.channel.peer_types(now);
                view.peer_covered = talking.channel.peer().covered;
                view.about = talking.about;
                view.held = talking.channel.is_held();
                view.silence = talking.silence.level();
                view.unsent = talking.channel.undelivered();
                view.compare = talking.compare.shown();
                talking.room.show(&mut view);
            }
            State::Over(over) => {
                view.phase = Phase::Over;
                view.ending = over.ending;
                view.peer = if over.left_fast { Peer::LeftFast } else { Peer::Unknown };
            }
        }
        if let Some(since) = self.lease.gone_since().filter(|_| view.phase != Phase::Over) {
            view.peer_since_ms = self.clock.wall_at(since);
        }
        view
    }

    fn role(&self) -> Role {
        self.seat.staff().terms().role
    }
}

impl Over {
    const fn nothing() -> Self {
        Self { ending: None, left_fast: false, tell: None }
    }
}
