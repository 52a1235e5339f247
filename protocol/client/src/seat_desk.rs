//! A counsellor's seat: its socket, its admission, the line.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{ChainSecret, Invitation, ReturnKey, SeatKey};
use lykta_trust::{
    Admission, AliasId, Anchors, Dates, Delegation, DoorKey, Malformed, Refused, SeatCertificate, SeatTerms,
    Serial, StaffCertificate, StaffKey, now_at_least,
};
use lykta_wire::{
    ChatRef, CloseCode, Ending, Envelope, FromDesk, Lane, Languages, LineEntry, OpenState, Refusal,
    ReturnHandle, SeatId, TicketName, ToDesk,
};
use zeroize::{Zeroize, Zeroizing};

use crate::bundle::SeatBundle;
use crate::clock::Clock;
use crate::keeping::Keeping;
use crate::link::{Link, LinkState, LinkWish};
use crate::seed::Seed;
use crate::staff_channel::{At, Colleague, Colleagues, StaffNews};
use crate::view::LinkView;

/// So many sockets in a row that end as "not admitted": the proof is wrong, not the network.
const NOT_ADMITTED_MAX: u32 = 3;

/// What a sign-in needs.
pub struct SignIn<'a> {
    /// The staff key's seed; overwritten with zeros.
    pub staff_seed: &'a mut [u8; 32],
    /// The person's certificate.
    pub staff: StaffCertificate,
    /// The trust block.
    pub anchors: Anchors,
    /// Unix seconds, the least that any clock may say.
    pub build_date: u32,
    /// The relay's origin as this console sees it, such as `https://staff.example.org`.
    pub origin: String,
    /// Chats this seat takes at once.
    pub capacity: u8,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInError {
    /// The certificate is not for this key.
    OtherKey,
    /// The certificate is not (or no longer, or not yet) good.
    Refused(Refused),
    /// The origin is 65,536 bytes or longer.
    Origin,
}

impl core::fmt::Display for SignInError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OtherKey => f.write_str("the certificate belongs to another key"),
            Self::Refused(refused) => refused.fmt(f),
            Self::Origin => f.write_str("the origin is too long"),
        }
    }
}

impl core::error::Error for SignInError {}

/// What happens to a seat.
pub enum SeatInput<'a> {
    /// The socket is open.
    Opened,
    /// The socket is closed, or could not be opened; its code, 1006 if there is none.
    Closed(u16),
    /// A binary frame came.
    Frame(&'a [u8]),
    /// Time has passed.
    Tick,
    /// The page is shown again, or the device is online again.
    Wake,
    /// "I tjänst", and how many chats at once.
    Duty {
        /// On duty.
        ready: bool,
        /// Chats at once.
        capacity: u8,
    },
    /// The page lives: every 5 s from a worker that the page feeds. Nothing else renews the seat.
    Alive,
    /// The next ticket, or the named one.
    Take(Option<TicketName>),
    /// The chats this console holds keys for.
    Hold(Vec<ChatRef>),
    /// Signs out: the seat rests, the keys are dropped.
    SignOut,
    /// A chat's visitor wants to be able to come back: keep these words.
    KeepReturn {
        /// The visitor.
        ticket: TicketName,
        /// What their words became.
        words: ReturnKey,
        /// Also after they left by hand.
        stays: bool,
    },
    /// A visitor's words are to go: they asked for it, were put back, or (`left`) ended or left the chat, which
    /// words that stay outlive. Not for a chat that was merely lost.
    ForgetReturn {
        /// The visitor.
        ticket: TicketName,
        /// By a goodbye.
        left: bool,
    },
    /// The chat of a visitor who came back with words is confirmed: it was them.
    CameBack(TicketName),
    /// How colleagues are to call this seat.
    Named(&'a str),
    /// Opens the staff channel to a colleague.
    Call(SeatId),
    /// Says something to a colleague.
    Tell(SeatId, &'a str),
    /// Says something to a colleague about a chat.
    Invitation(SeatId, Invitation),
}

/// What a seat asks of whoever drives it, in order.
pub enum SeatWish {
    /// Open a socket; forget an earlier one.
    Open,
    /// Close the socket and report nothing more of it.
    Close,
    /// Send one frame, if the socket is open.
    Send(Vec<u8>),
    /// Who waits.
    Line {
        /// The door now.
        state: OpenState,
        /// All who wait.
        total: u32,
        /// The first of them.
        entries: Vec<LineEntry>,
    },
    /// A ticket is this seat's: begin a [`crate::Chat`].
    Taken {
        /// The chat.
        chat: ChatRef,
        /// The entrance.
        lane: Lane,
        /// Asked-for languages.
        languages: Languages,
        /// The greeting's first half.
        hello: Envelope,
        /// A visitor came back with return words: what to answer under ([`crate::Chat::begin_returning`]).
        back: Option<ChainSecret>,
    },
    /// The relay knows where this visitor's return words lead: tell the chat
    /// ([`crate::ChatInput::ReturnKept`]).
    ReturnKept(TicketName),
    /// Nothing was taken.
    NotTaken(Refusal),
    /// The seat is admitted again: every chat should hear [`crate::ChatInput::LinkUp`].
    ChatsUp,
    /// The socket is gone: every chat should hear [`crate::ChatInput::LinkDown`].
    ChatsDown,
}

/// What the console shows of the seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeatView {
    /// The socket.
    pub link: LinkView,
    /// The relay accepted the proof on this socket.
    pub admitted: bool,
    /// The wish to be on duty.
    pub ready: bool,
    /// The door, if the relay said.
    pub state: Option<OpenState>,
    /// Why the seat is not admitted and will not try again.
    pub refusal: Option<Refusal>,
}

/// ```text
/// sign in: staff key --signs--> seat certificate (10 h), delegation of the door key; then it is dropped
///
/// Link Up --Challenge--> Admit --Admitted--> Seated --Alive fed--> Sit, Sit, …
///    ^                                          |
///    +----------------- socket lost ------------+      3 × NotAdmitted, Replaced, SignOut → stopped
/// ```
///
/// Ready or resting is a wish that it sends, not a state it owns; the lease is the relay's. A `Sit` goes out
/// only when the page says that it lives (or reads that it was admitted), so a frozen or crashed page loses
/// its seat.
pub struct SeatDesk {
    keys: Option<Keys>,
    origin: String,
    clock: Clock,
    link: Link,
    admitted: bool,
    not_admitted: u32,
    ready: bool,
    capacity: u8,
    held: Vec<ChatRef>,
    keeping: Keeping,
    state: Option<OpenState>,
    refusal: Option<Refusal>,
    build_date: u32,
    colleagues: Option<Box<Colleagues>>,
}

struct Keys {
    seat_seed: Box<Zeroizing<[u8; 32]>>,
    seat_public: [u8; 32],
    door: DoorKey,
    staff: StaffCertificate,
    certificate: SeatCertificate,
    delegation: Delegation,
    anchors: Anchors,
}

struct Step<'a> {
    now: u64,
    seed: &'a mut Seed,
    out: Vec<SeatWish>,
}

impl SeatDesk {
    /// Makes the seat key, its certificate, the door key and its delegation, drops the staff key, and opens.
    ///
    /// # Errors
    /// [`SignInError`]; the staff seed is overwritten in any case.
    pub fn sign_in(
        sign_in: SignIn<'_>,
        now_ms: u64,
        seed: &mut Seed,
    ) -> Result<(Self, Vec<SeatWish>), SignInError> {
        let SignIn { staff_seed, staff, anchors, build_date, origin, capacity } = sign_in;
        let staff_key = StaffKey::take_seed(staff_seed);
        if staff_key.public() != staff.terms().staff_public {
            return Err(SignInError::OtherKey);
        }
        if u16::try_from(origin.len()).is_err() {
            return Err(SignInError::Origin);
        }
        let now_s = now_at_least(now_ms / 1_000, u64::from(build_date));
        let mut seat_seed = Box::new(Zeroizing::new([0; 32]));
        seat_seed.copy_from_slice(&*seed.draw::<32>());
        let seat_public = SeatKey::take_seed(&mut (*seat_seed).clone()).public();
        let not_before = u32::try_from(now_s).unwrap_or(u32::MAX);
        let longest = u32::try_from(Dates::LONGEST_SEAT).expect("ten hours");
        let terms = SeatTerms {
            serial: Serial(*seed.draw()),
            not_before,
            not_after: not_before.saturating_add(longest),
            caps: 0,
            alias_id: AliasId(*seed.draw()),
        };
        let certificate = SeatCertificate::sign(&staff_key, &staff, &seat_public, terms);
        // What every visitor's page will check, checked here first.
        lykta_trust::verify_seat(
            &anchors,
            &staff,
            &certificate,
            &seat_public,
            lykta_trust::ROLES_ALL,
            Dates::Fresh,
            now_s,
        )
        .map_err(SignInError::Refused)?;
        let door = DoorKey::take_seed(&mut seed.draw());
        let delegation = Delegation::sign(&staff_key, &certificate, door.public());
        let mut desk = Self {
            keys: Some(Keys { seat_seed, seat_public, door, staff, certificate, delegation, anchors }),
            origin,
            clock: Clock::default(),
            link: Link::default(),
            admitted: false,
            not_admitted: 0,
            ready: false,
            capacity,
            held: Vec::new(),
            keeping: Keeping::default(),
            state: None,
            refusal: None,
            build_date,
            colleagues: None,
        };
        desk.colleagues = desk
            .bundle()
            .filter(|_| crate::ROOMS)
            .and_then(|bundle| bundle.seat().ok())
            .map(|(seat, anchors)| Box::new(Colleagues::new(seat, anchors)));
        let now = desk.clock.advance(now_ms);
        let mut step = Step { now, seed, out: Vec::new() };
        let wish = desk.link.start(now);
        desk.carry_out(wish, &mut step);
        Ok((desk, step.out))
    }

    /// One input at `now_ms` (milliseconds since 1970, by the device's clock).
    pub fn step(&mut self, now_ms: u64, seed: &mut Seed, input: SeatInput<'_>) -> Vec<SeatWish> {
        let now = self.clock.advance(now_ms);
        let mut step = Step { now, seed, out: Vec::new() };
        match input {
            // The relay speaks first.
            SeatInput::Opened => _ = self.link.opened(now),
            SeatInput::Closed(code) => self.closed(code, &mut step),
            SeatInput::Frame(bytes) => {
                if self.link.is_up() {
                    self.link.heard(now);
                    self.frame(bytes, &mut step);
                }
            }
            SeatInput::Tick => {}
            SeatInput::Wake => {
                let wish = self.link.wake(now);
                self.carry_out(wish, &mut step);
            }
            SeatInput::Duty { ready, capacity } => {
                (self.ready, self.capacity) = (ready, capacity);
                self.sit(&mut step);
            }
            SeatInput::Alive => self.sit(&mut step),
            SeatInput::Take(ticket) => {
                if self.admitted {
                    step.out.push(SeatWish::Send(FromDesk::Take { ticket }.encode()));
                } else {
                    step.out.push(SeatWish::NotTaken(Refusal::NotAdmitted));
                }
            }
            SeatInput::Hold(chats) => self.held = chats,
            SeatInput::SignOut => self.sign_out(&mut step),
            SeatInput::KeepReturn { ticket, words, stays } => {
                let forgotten = self.keeping.keep(ticket, words, stays);
                self.say_forgotten(forgotten, &mut step);
                self.say_kept(1, &mut step);
            }
            SeatInput::ForgetReturn { ticket, left } => {
                let forgotten = self.keeping.forget(ticket, left);
                self.say_forgotten(forgotten, &mut step);
            }
            SeatInput::CameBack(ticket) => self.keeping.came_back(ticket),
            SeatInput::Named(name) => {
                if let Some(colleagues) = &mut self.colleagues {
                    colleagues.set_name(name);
                }
            }
            SeatInput::Call(seat) => self.with_colleagues(&mut step, |all, at| all.call(seat, at)),
            SeatInput::Tell(seat, text) => {
                self.with_colleagues(&mut step, |all, at| all.tell(seat, text, at))
            }
            SeatInput::Invitation(seat, invitation) => {
                self.with_colleagues(&mut step, |all, at| all.invitation(seat, invitation, at));
            }
        }
        self.with_colleagues(&mut step, Colleagues::tick);
        let wish = self.link.tick(now, step.seed);
        self.carry_out(wish, &mut step);
        step.out
    }

    /// The newest return words. What is not said now is said after the next admission.
    fn say_kept(&self, newest: usize, step: &mut Step<'_>) {
        if self.admitted {
            step.out.extend(self.keeping.frames(newest).map(SeatWish::Send));
        }
    }

    /// What is not said now is not true any more after the next admission.
    fn say_forgotten(&self, handle: Option<ReturnHandle>, step: &mut Step<'_>) {
        if let Some(handle) = handle.filter(|_| self.admitted) {
            step.out.push(SeatWish::Send(FromDesk::ForgetReturn { handle }.encode()));
        }
    }

    fn with_colleagues(&mut self, step: &mut Step<'_>, verb: impl FnOnce(&mut Colleagues, &mut At<'_>)) {
        let now_s = now_at_least(self.clock.wall() / 1_000, u64::from(self.build_date));
        let Some(colleagues) = self.colleagues.as_mut().filter(|_| crate::ROOMS) else { return };
        let mut frames = Vec::new();
        let mut at = At { now: step.now, now_s, seed: &mut *step.seed, out: &mut frames };
        verb(colleagues, &mut at);
        step.out.extend(frames.iter().map(|frame| SeatWish::Send(frame.encode())));
    }

    fn sit(&self, step: &mut Step<'_>) {
        if self.admitted {
            let (ready, capacity) = (self.ready, self.capacity);
            step.out.push(SeatWish::Send(FromDesk::Sit { ready, capacity }.encode()));
        }
    }

    fn sign_out(&mut self, step: &mut Step<'_>) {
        self.ready = false;
        // Resting at once, instead of when the lease lapses.
        self.sit(step);
        self.keys = None;
        self.keeping.clear();
        self.colleagues = None;
        let wish = self.link.stop();
        self.carry_out(wish, step);
    }

    fn closed(&mut self, code: u16, step: &mut Step<'_>) {
        if code == CloseCode::NotAdmitted.number() && !self.link.is_stopped() {
            // Once admitted it is final: the person was taken off the roster, or the certificates have ended.
            self.not_admitted = if self.admitted { NOT_ADMITTED_MAX } else { self.not_admitted + 1 };
            if self.not_admitted >= NOT_ADMITTED_MAX {
                self.refusal = Some(Refusal::NotAdmitted);
                // It is closed already: nothing to carry out.
                let _ = self.link.stop();
            }
        }
        self.link.closed(code, step.now, step.seed);
        self.lost_socket(step);
    }

    fn lost_socket(&mut self, step: &mut Step<'_>) {
        if core::mem::take(&mut self.admitted) {
            step.out.push(SeatWish::ChatsDown);
            self.with_colleagues(step, |all, at| all.set_ready(false, at));
        }
    }

    fn carry_out(&mut self, wish: Option<LinkWish>, step: &mut Step<'_>) {
        match wish {
            Some(LinkWish::Open) => step.out.push(SeatWish::Open),
            Some(LinkWish::Close) => {
                self.lost_socket(step);
                step.out.push(SeatWish::Close);
            }
            Some(LinkWish::Probe) => step.out.push(SeatWish::Send(FromDesk::Probe.encode())),
            None => {}
        }
    }

    fn frame(&mut self, bytes: &[u8], step: &mut Step<'_>) {
        let Ok(frame) = ToDesk::decode(bytes) else { return };
        match frame {
            ToDesk::Challenge { challenge } => {
                if let Some(proof) = self.prove(&challenge) {
                    step.out.push(SeatWish::Send(FromDesk::Admit { proof }.encode()));
                }
            }
            ToDesk::Admitted => {
                self.admitted = true;
                self.not_admitted = 0;
                self.refusal = None;
                // A page that reads this frame lives: the chair is not empty until the worker's next word.
                self.sit(step);
                for chat in &self.held {
                    step.out.push(SeatWish::Send(FromDesk::Mine { chat: *chat }.encode()));
                }
                self.say_kept(usize::MAX, step);
                step.out.push(SeatWish::ChatsUp);
                self.with_colleagues(step, |all, at| all.set_ready(true, at));
            }
            ToDesk::Line { state, total, entries } => {
                self.state = Some(state);
                step.out.push(SeatWish::Line { state, total, entries });
            }
            ToDesk::Taken { chat, lane, languages, hello } => {
                self.held.push(chat);
                step.out.push(SeatWish::Taken { chat, lane, languages, hello, back: None });
            }
            ToDesk::Returned { chat, handle, lane, languages, hello } => {
                match self.keeping.returned(handle, chat.ticket) {
                    Some(key) => {
                        self.held.push(chat);
                        step.out.push(SeatWish::Taken { chat, lane, languages, hello, back: Some(key) });
                    }
                    None => {
                        let end = FromDesk::End { chat, ending: Ending::Failed };
                        step.out.push(SeatWish::Send(end.encode()));
                        self.say_forgotten(Some(handle), step);
                    }
                }
            }
            ToDesk::ReturnKept { handle } => {
                step.out.extend(self.keeping.whose(handle).map(SeatWish::ReturnKept));
            }
            ToDesk::NotTaken { refusal } => step.out.push(SeatWish::NotTaken(refusal)),
            ToDesk::Restarting { after_ms, within_ms } => {
                self.link.restarting(after_ms, within_ms, step.now, step.seed);
            }
            // A chat comes here when no machine has its keys, and the relay serves it: a late word has given it
            // back. Its visitor would wait for ever, so it goes to the front of the line, or on without this seat.
            ToDesk::Visitor { chat, .. } if self.admitted && !self.held.contains(&chat) => {
                step.out.push(SeatWish::Send(FromDesk::Part { chat }.encode()));
            }
            // What else is about a chat is for nobody; the rest is about other seats.
            other => self.with_colleagues(step, |all, at| all.frame(&other, at)),
        }
    }

    fn prove(&self, challenge: &[u8; 32]) -> Option<Vec<u8>> {
        let keys = self.keys.as_ref()?;
        let admission: Result<Admission, Malformed> = Admission::new(
            keys.staff.clone(),
            keys.seat_public,
            keys.certificate.clone(),
            keys.delegation.clone(),
            &keys.door,
            challenge,
            &self.origin,
        );
        admission.ok().map(|admission| admission.to_bytes().to_vec())
    }

    /// What has happened on the staff channel since the last time this was asked. Ask after every step.
    #[must_use]
    pub fn news(&mut self) -> Vec<StaffNews> {
        self.colleagues.as_mut().map_or_else(Vec::new, |colleagues| colleagues.news())
    }

    /// This seat's name among the seats; `None` after signing out.
    #[must_use]
    pub fn seat(&self) -> Option<SeatId> {
        self.keys.as_ref().map(|keys| SeatId(keys.certificate.terms().serial.0))
    }

    /// A colleague who has proven who they are.
    #[must_use]
    pub fn colleague(&self, seat: SeatId) -> Option<Colleague> {
        self.colleagues.as_ref()?.colleague(seat)
    }

    /// The Ed25519 staff key of a colleague who has proven who they are: finds them in the roster, whose name for them is the
    /// root's word and not their own.
    #[must_use]
    pub fn staff_key(&self, seat: SeatId) -> Option<[u8; 32]> {
        self.colleagues.as_ref()?.staff_key(seat)
    }

    /// What a chat needs to answer as this seat; `None` after signing out.
    #[must_use]
    pub fn bundle(&self) -> Option<SeatBundle> {
        let keys = self.keys.as_ref()?;
        let mut seed = Box::new(Zeroizing::new([0; 32]));
        seed.copy_from_slice(&keys.seat_seed[..]);
        Some(SeatBundle::new(seed, keys.staff.clone(), keys.certificate.clone(), keys.anchors.clone()))
    }

    /// The latest wall-clock time, ms, at which the next step is wanted.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        let colleagues = self.colleagues.as_ref().filter(|_| crate::ROOMS);
        let colleagues = colleagues.and_then(|all| all.wake_at(self.clock.now()));
        [self.link.wake_at(), colleagues].into_iter().flatten().min().map(|at| self.clock.wall_at(at))
    }

    /// When the next try to connect comes (wall clock, ms), while the socket is down and wanted.
    #[must_use]
    pub fn retry_at_ms(&self) -> Option<u64> {
        match self.link.state() {
            LinkState::Down { try_at } => Some(self.clock.wall_at(try_at)),
            _ => None,
        }
    }

    /// What the console shows.
    #[must_use]
    pub fn view(&self) -> SeatView {
        SeatView {
            link: self.link.state().into(),
            admitted: self.admitted,
            ready: self.ready,
            state: self.state,
            refusal: self.refusal,
        }
    }
}

impl Drop for SeatDesk {
    fn drop(&mut self) {
        self.keys = None;
        self.colleagues = None;
        self.origin.zeroize();
    }
}
