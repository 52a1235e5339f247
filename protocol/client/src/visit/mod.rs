//! A visitor, from the first page to the last word.

mod crowd;
mod frames;
mod returning;
mod room;
mod talking;

use alloc::boxed::Box;
use alloc::vec::Vec;

use lykta_e2ee::{About, ReturnKey};
use lykta_trust::{Anchors, now_at_least};
use lykta_wire::{Claim, Ending, Lane, Languages, OpenState, Refusal, ToRelay, Wait};

use crate::clock::{Clock, Steady, earlier};
use crate::lease::{COUNSELLOR_GRACE_MS, Lease};
use crate::link::{Link, LinkState, LinkWish};
use crate::seed::Seed;
use crate::silence::SilenceTimes;
use crate::ticket::{Hail, Ticket};
use crate::view::{Peer, Phase, Returning, Trouble, View};
use crate::wish::{NotSaid, Said, Wish};
use crate::work::Work;
use frames::now_s;
pub use room::{CALL_MS, GUEST_LOST_MS};
use talking::{Judge, Talking};

/// The relay may not think yet that the counsellor is lost, or that a greeting failed: the new hello is sent
/// again so often until it does, ms.
const INSIST_MS: u64 = 10_000;

/// So many answers in a row that do not open: keys cannot be agreed, and the visit says so instead of letting
/// somebody wait for ever.
const BAD_ANSWERS_MAX: u32 = 3;

/// What happens to a visit.
pub enum VisitInput<'a> {
    /// The visitor wants to talk: to the end of the line.
    Join {
        /// The entrance.
        lane: Lane,
        /// Asked-for languages, best first.
        languages: Languages,
        /// For whom; sealed for the counsellor, and nobody else is told.
        about: About,
    },
    /// The socket is open.
    Opened,
    /// The socket is closed, or could not be opened; its code, 1006 if there is none.
    Closed(u16),
    /// A binary frame came.
    Frame(&'a [u8]),
    /// Time has passed.
    Tick,
    /// The visitor says something.
    Say(&'a str),
    /// The visitor writes (repeat at least every 10 s) or has stopped.
    Typing(bool),
    /// Somebody looks at the page, or not.
    Visible(bool),
    /// "Avsluta chatten".
    End,
    /// "Lämna sidan": everything in this one step.
    Leave,
    /// The counsellor is lost: to the front of the line, with new keys.
    Front,
    /// "Ja, jag är kvar".
    Here,
    /// "Någon kom": the screen is covered, or uncovered.
    Covered(bool),
    /// Yes or no to a colleague who may come, or take over.
    Consent(bool),
    /// The page is shown again, or the device is online again.
    Wake,
    /// When a silence is asked about and ends the chat; for conversations that begin after it.
    Silence(SilenceTimes),
    /// Words to compare: begin or show them, or take them from the screen.
    Compare(bool),
    /// Back with return words, instead of Join: to the counsellor who keeps them.
    Return {
        /// The entrance.
        lane: Lane,
        /// Asked-for languages, best first.
        languages: Languages,
        /// For whom.
        about: About,
        /// What the words become.
        words: ReturnKey,
    },
    /// "Kunna komma tillbaka": the counsellor is to keep these words.
    KeepReturn {
        /// What the words become.
        words: ReturnKey,
        /// Also after leaving by hand.
        stays: bool,
    },
    /// The words are to be forgotten.
    ForgetReturn,
}

/// ```text
///            Join                 Joined, InLine           With
/// Arriving --------> Joining ----------------> Waiting ----------> Greeting
///                       ^                        ^  ^                 |
///                       |      Nowhere           |  |  bad answer,    | answer opens and its
///                       +------------------------+  |  InLine         | certificates hold
///                                                   +-----------------+
///                                                   |                 v
///                                                   +--- InLine --- Talking
///                                                    Front, newer With
/// any --- End, Leave, Ended, refused, failed ---> Over { ending }
/// Arriving --Return--> Joining, Waiting, Greeting as above; anything but an answer under the words --> Over
/// ```
///
/// * Back to Waiting from Talking: the keys are dropped, the conversation is gone ([`Wish::Emptied`]) and a
///   new hello is made. A bad answer costs a hello, never the ticket; three in a row end the visit as `failed`.
/// * `Talking` holds the session and the proof of the checked certificates; it is made from them and nowhere
///   else. A refused certificate ends the visit as `failed`, unencrypted is no choice.
/// * The relay's word does not end a conversation properly: when it says so without a sealed goodbye, the
///   visit ends as `lost_contact` a little later.
/// * Losing the socket changes no state.
pub struct Visit {
    anchors: Anchors,
    build_date: u32,
    says_typing: bool,
    silence: SilenceTimes,
    clock: Clock,
    link: Link,
    visible: bool,
    place: u32,
    open_state: Option<OpenState>,
    closing_soon: bool,
    wait: Wait,
    trouble: Option<Trouble>,
    next_id: u32,
    bad_answers: u32,
    lease: Lease,
    /// The claim whose keys were dropped: the relay may still name it.
    spent: Claim,
    nowhere: bool,
    /// Only while joining, and only on the socket that asked for it.
    work: Option<Work>,
    state: State,
}

enum State {
    Arriving,
    Joining {
        ticket: Box<Ticket>,
        hail: Box<Hail>,
    },
    /// `insist`: the relay still thinks that we are in a chat whose keys are gone.
    Waiting {
        ticket: Box<Ticket>,
        hail: Box<Hail>,
        insist: bool,
    },
    Greeting {
        ticket: Box<Ticket>,
        hail: Box<Hail>,
        claim: Claim,
    },
    Talking(Box<Talking>),
    Over(Option<Ending>),
}

/// One step under way: what every handler needs.
struct Step<'a> {
    now: Steady,
    seed: &'a mut Seed,
    out: Vec<Wish>,
}

impl Visit {
    /// A visit that wants nothing yet.
    ///
    /// `build_date`: Unix seconds, the least that any clock may say. `says_typing`: whether beats tell that
    /// the visitor writes.
    #[must_use]
    pub fn new(anchors: Anchors, build_date: u32, says_typing: bool) -> Self {
        Self {
            anchors,
            build_date,
            says_typing,
            silence: SilenceTimes::default(),
            clock: Clock::default(),
            link: Link::default(),
            visible: true,
            place: 0,
            open_state: None,
            closing_soon: false,
            wait: Wait::Unknown,
            trouble: None,
            next_id: 1,
            bad_answers: 0,
            lease: Lease::default(),
            spent: Claim::NONE,
            nowhere: false,
            work: None,
            state: State::Arriving,
        }
    }

    /// One input at `now_ms` (milliseconds since 1970, by the device's clock).
    pub fn step(&mut self, now_ms: u64, seed: &mut Seed, input: VisitInput<'_>) -> Vec<Wish> {
        let now = self.clock.advance(now_ms);
        let mut step = Step { now, seed, out: Vec::new() };
        self.take(input, &mut step);
        self.tick(&mut step);
        step.out
    }

    fn take(&mut self, input: VisitInput<'_>, step: &mut Step<'_>) {
        match input {
            VisitInput::Join { lane, languages, about } => self.join(lane, languages, about, step),
            VisitInput::Opened => self.opened(step),
            VisitInput::Closed(code) => self.closed(code, step),
            VisitInput::Frame(bytes) => {
                if self.link.is_up() {
                    self.link.heard(step.now);
                    self.frame(bytes, step);
                }
            }
            VisitInput::Tick => {}
            VisitInput::Say(text) => self.say(text, step),
            VisitInput::Typing(on) => {
                if let State::Talking(talking) = &mut self.state {
                    let says = on && self.says_typing;
                    talking.each_channel(|channel| channel.set_typing(says, step.now));
                    talking.silence.reset();
                }
            }
            VisitInput::Visible(on) => {
                self.visible = on;
                self.link.set_visible(on);
                if let State::Talking(talking) = &mut self.state {
                    talking.set_visible(on, step.now);
                }
                if on {
                    self.wake(step);
                }
            }
            VisitInput::End => self.end(step),
            VisitInput::Leave => self.leave(step),
            VisitInput::Front => self.front(step),
            VisitInput::Here => {
                if let State::Talking(talking) = &mut self.state {
                    talking.silence.reset();
                }
            }
            VisitInput::Covered(on) => {
                if let State::Talking(talking) = &mut self.state {
                    talking.each_channel(|channel| channel.set_covered(on));
                }
            }
            VisitInput::Consent(yes) => self.consent(yes, step),
            VisitInput::Wake => self.wake(step),
            VisitInput::Silence(times) => self.silence = times,
            VisitInput::Compare(on) => {
                if let State::Talking(talking) = &mut self.state {
                    talking.compare(on, step);
                    self.drain(step);
                }
            }
            VisitInput::Return { lane, languages, about, words } => {
                self.come_back(lane, languages, about, words, step);
            }
            VisitInput::KeepReturn { words, stays } => {
                if let State::Talking(talking) = &mut self.state {
                    talking.keep_return(words, stays, step);
                    self.drain(step);
                }
            }
            VisitInput::ForgetReturn => {
                if let State::Talking(talking) = &mut self.state {
                    talking.forget_return(step);
                    self.drain(step);
                }
            }
        }
    }

    // ---- the page's wishes --------------------------------------------------------------------

    fn join(&mut self, lane: Lane, languages: Languages, about: About, step: &mut Step<'_>) {
        if !matches!(self.state, State::Arriving) {
            return;
        }
        let ticket = Ticket::new(lane, languages, about, step.seed);
        let hail = Hail::new(&ticket, &self.anchors, step.seed);
        self.state = State::Joining { ticket, hail };
        let wish = self.link.start(step.now);
        self.carry_out(wish, step);
    }

    fn say(&mut self, text: &str, step: &mut Step<'_>) {
        let id = self.next_id;
        let taken = match &mut self.state {
            State::Joining { ticket, .. }
            | State::Waiting { ticket, .. }
            | State::Greeting { ticket, .. } => ticket.draft(id, text),
            State::Talking(talking) => talking.say(id, text, step),
            State::Arriving | State::Over(_) => Err(NotSaid::NotNow),
        };
        match taken {
            Ok(()) => {
                self.next_id += 1;
                step.out.push(Wish::Said(Said {
                    id,
                    from: 0,
                    at_ms: self.clock.wall(),
                    text: zeroize::Zeroizing::new(text.into()),
                }));
                self.drain(step);
            }
            Err(reason) => step.out.push(Wish::NotSaid(reason)),
        }
    }

    /// "Avsluta chatten": in a chat a sealed goodbye in order; before that there is nobody to say it to.
    fn end(&mut self, step: &mut Step<'_>) {
        match &mut self.state {
            State::Talking(talking) => {
                talking.end(step);
                self.drain(step);
            }
            State::Over(_) => {}
            _ => self.leave_with(Ending::LeftLine, step),
        }
    }

    fn leave(&mut self, step: &mut Step<'_>) {
        match self.state {
            State::Over(_) => {}
            State::Talking(_) => self.leave_with(Ending::LeftFast, step),
            _ => self.leave_with(Ending::LeftLine, step),
        }
    }

    /// Tells the relay to forget the ticket, with a sealed goodbye for the seat if there is a session, and is
    /// over. A beacon and the frame say the same; the relay takes whichever comes first.
    fn leave_with(&mut self, ending: Ending, step: &mut Step<'_>) {
        let leave = match &mut self.state {
            State::Arriving | State::Over(_) => None,
            State::Joining { ticket, .. }
            | State::Waiting { ticket, .. }
            | State::Greeting { ticket, .. } => Some(ticket.leave(Claim::NONE, Vec::new())),
            State::Talking(talking) => Some(talking.leave(ending, step.now)),
        };
        if let Some(leave) = leave {
            let body = leave.encode();
            if self.link.is_up() {
                step.out.push(Wish::Send(ToRelay::Leave(leave).encode()));
            }
            step.out.push(Wish::Leave(body));
        }
        self.over(Some(ending), step);
    }

    fn consent(&mut self, yes: bool, step: &mut Step<'_>) {
        if let State::Talking(talking) = &mut self.state {
            let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
            let want = talking.consent(yes, judge, step);
            self.carry_on(want, step);
            self.drain(step);
        }
    }

    fn front(&mut self, step: &mut Step<'_>) {
        let lost = self.lease.gone_for(COUNSELLOR_GRACE_MS, step.now);
        if lost && matches!(self.state, State::Talking(_)) {
            self.back_to_the_line(step);
        }
    }

    fn wake(&mut self, step: &mut Step<'_>) {
        let wish = self.link.wake(step.now);
        self.carry_out(wish, step);
    }

    // ---- changes of state ---------------------------------------------------------------------

    /// Keys dropped, conversation gone, a new hello on its way.
    fn back_to_the_line(&mut self, step: &mut Step<'_>) {
        let ticket = match core::mem::replace(&mut self.state, State::Over(None)) {
            State::Talking(talking) => {
                self.spent = talking.claim;
                step.out.push(Wish::Emptied);
                talking.into_ticket()
            }
            State::Greeting { ticket, claim, .. } => {
                self.spent = claim;
                ticket
            }
            State::Joining { ticket, .. } | State::Waiting { ticket, .. } => ticket,
            other => {
                self.state = other;
                return;
            }
        };
        self.lease = Lease::default();
        self.place = 0;
        let hail = Hail::new(&ticket, &self.anchors, step.seed);
        if self.nowhere {
            // The store does not know the ticket at all: a hello would find nothing to lie with.
            self.nowhere = false;
            // On this very socket: the relay knows by it that this visitor was waiting already.
            if self.link.is_up() {
                step.out.push(Wish::Send(ticket.join(&hail)));
            }
            self.state = State::Joining { ticket, hail };
        } else {
            self.state = State::Waiting { ticket, hail, insist: true };
            self.send_hello(step);
        }
    }

    fn over(&mut self, ending: Option<Ending>, step: &mut Step<'_>) {
        if matches!(self.state, State::Talking(_)) {
            step.out.push(Wish::Emptied);
        }
        self.state = State::Over(ending);
        self.lease = Lease::default();
        let wish = self.link.stop();
        self.carry_out(wish, step);
    }

    /// Encryption failed or cannot be judged: never continued without.
    fn failed(&mut self, trouble: Trouble, step: &mut Step<'_>) {
        self.trouble = Some(trouble);
        self.leave_with(Ending::Failed, step);
    }

    // ---- the socket ---------------------------------------------------------------------------

    fn carry_out(&mut self, wish: Option<LinkWish>, step: &mut Step<'_>) {
        match wish {
            Some(LinkWish::Probe) => step.out.push(Wish::Send(ToRelay::Probe.encode())),
            Some(other) => {
                if other == LinkWish::Close {
                    self.lost_socket(step);
                }
                step.out.extend(Option::<Wish>::from(other));
            }
            None => {}
        }
    }

    fn opened(&mut self, step: &mut Step<'_>) {
        if !self.link.opened(step.now) {
            return;
        }
        let frame = match &mut self.state {
            State::Joining { ticket, hail } => ticket.join(hail),
            State::Waiting { ticket, hail, .. } => {
                hail.sent = None;
                ticket.resume(Claim::NONE)
            }
            State::Greeting { ticket, .. } => ticket.resume(Claim::NONE),
            State::Talking(talking) => talking.resume(),
            State::Arriving | State::Over(_) => return,
        };
        step.out.push(Wish::Send(frame));
    }

    fn closed(&mut self, code: u16, step: &mut Step<'_>) {
        let had = !self.link.is_stopped();
        self.link.closed(code, step.now, step.seed);
        self.lost_socket(step);
        if had && self.link.is_stopped() && !matches!(self.state, State::Arriving | State::Over(_)) {
            // Replaced or over by the relay's word, and no sealed goodbye came before it.
            self.over(Some(Ending::LostContact), step);
        }
    }

    fn lost_socket(&mut self, step: &mut Step<'_>) {
        self.work = None;
        if let State::Talking(talking) = &mut self.state {
            let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
            talking.lost_socket(judge, step);
        }
    }

    fn send_hello(&mut self, step: &mut Step<'_>) {
        if let State::Waiting { hail, .. } = &mut self.state
            && self.link.is_up()
        {
            hail.sent = Some(step.now);
            step.out.push(Wish::Send(hail.frame()));
        }
    }

    // ---- time ---------------------------------------------------------------------------------

    fn tick(&mut self, step: &mut Step<'_>) {
        let wish = self.link.tick(step.now, step.seed);
        self.carry_out(wish, step);
        self.work(step);
        if self.insists_at().is_some_and(|at| step.now >= at) {
            self.send_hello(step);
        }
        if let State::Talking(talking) = &mut self.state {
            let heard = self.link.is_up() && self.lease.is_here();
            let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
            let want = talking.tick(heard && self.visible, judge, step);
            self.carry_on(want, step);
            self.drain(step);
        }
    }

    fn insists_at(&self) -> Option<Steady> {
        match &self.state {
            State::Waiting { hail, insist: true, .. } => hail.sent.map(|at| at + INSIST_MS),
            _ => None,
        }
    }

    /// The latest wall-clock time, ms, at which the next step is wanted.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        let now = self.clock.now();
        let mut wake = self.link.wake_at();
        match &self.state {
            State::Joining { .. } => earlier(&mut wake, self.wants_to_work().then_some(now + 1)),
            State::Waiting { .. } => earlier(&mut wake, self.insists_at().filter(|_| self.link.is_up())),
            State::Talking(talking) => {
                earlier(&mut wake, talking.wake_at(now));
                let lost = self.lease.gone_since().map(|since| since + COUNSELLOR_GRACE_MS);
                earlier(&mut wake, lost.filter(|at| *at > now));
            }
            _ => {}
        }
        wake.map(|at| self.clock.wall_at(at))
    }

    /// When the next try to connect comes (wall clock, ms), while the socket is down and wanted.
    #[must_use]
    pub fn retry_at_ms(&self) -> Option<u64> {
        match self.link.state() {
            LinkState::Down { try_at } => Some(self.clock.wall_at(try_at)),
            _ => None,
        }
    }

    /// The clock that certificates are judged by, Unix seconds.
    fn now_s(&self) -> u64 {
        now_at_least(self.clock.wall() / 1_000, u64::from(self.build_date))
    }

    /// What the page shows now.
    #[must_use]
    pub fn view(&self) -> View {
        let now = self.clock.now();
        let mut view = View {
            link: self.link.state().into(),
            place: self.place,
            open_state: self.open_state,
            closing_soon: self.closing_soon,
            trouble: self.crowd().or(self.trouble),
            ..View::default()
        };
        if self.is_returning() {
            view.returning = Returning::CameBack;
        }
        match &self.state {
            State::Arriving => view.phase = Phase::Arriving,
            State::Joining { ticket, .. } => {
                view.phase = Phase::Joining;
                view.unsent = ticket.unsent();
            }
            State::Waiting { ticket, .. } => {
                view.phase = Phase::Waiting;
                view.unsent = ticket.unsent();
                // Others may still be put before somebody who writes in their work.
                if ticket.lane == Lane::Support {
                    view.wait = self.wait;
                }
            }
            State::Greeting { ticket, .. } => {
                view.phase = Phase::Greeting;
                view.unsent = ticket.unsent();
            }
            State::Talking(talking) => {
                view.phase = Phase::Talking;
                view.place = 0;
                talking.show(&mut view, now);
                view.peer =
                    self.lease.peer(talking.channel.peer_is_silent(now), Some(COUNSELLOR_GRACE_MS), now);
                view.peer_typing &= view.peer == Peer::Here;
                view.peer_since_ms = self.lease.gone_since().map_or(0, |since| self.clock.wall_at(since));
            }
            State::Over(ending) => {
                view.phase = Phase::Over;
                view.ending = *ending;
                view.place = 0;
            }
        }
        view
    }
}

/// Whether a refused join can never work on its own: the visitor is told and given the help lines.
const fn turns_away(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::Closed | Refusal::Full | Refusal::Away | Refusal::Closing | Refusal::Gone)
}
