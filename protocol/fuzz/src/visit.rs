//! A visitor's machine and a relay without scruples: any input, any frame, at any time, with a counsellor's end
//! that has the keys, and another seat that is offered, comes, talks and goes.

use std::collections::HashMap;

use lykta_client::{About, Phase, Seed, SilenceTimes, Visit, VisitInput, WINDOW, Wish};
use lykta_e2ee::{
    Alias, Arrival, BeatState, ChainSecret, Consent, Hello, Note, Occasion, Offer, OfferKind, ReturnKey,
    Seat, Session, Unconfirmed, answer,
};
use lykta_trust::{Role, SeatTerms, Serial, StaffTerms};
use lykta_wire::limits::WORK_BITS_MAX;
use lykta_wire::{
    Claim, Ending, Envelope, Kind, Lane, Languages, Leave, Member, OpenState, Presence, Puzzle, Refusal,
    TicketName, ToRelay, ToVisitor, Wait,
};

use crate::common::{
    CENTRE, NOW, anchors, answer_seed, root, seat, seat_terms, seat_with, staff_terms, words,
};
use crate::input::Input;
use crate::ledger::Ledger;
use crate::reach::saw;

/// Steps of one run.
const STEPS: usize = 400;

struct Scene {
    visit: Visit,
    now: u64,
    steps: u64,
    ticket: Option<TicketName>,
    /// The last work that was asked for.
    asked: Option<Puzzle>,
    hello: Option<Envelope>,
    /// The hello was made with return words.
    returning: bool,
    claim: u32,
    unconfirmed: Option<Unconfirmed>,
    peer: Option<Session>,
    /// What the visitor sealed and the counsellor has not looked at.
    to_peer: Vec<Envelope>,
    /// Every frame for the visitor that held something sealed.
    past: Vec<Vec<u8>>,
    /// The most the peer ever acknowledged in this session.
    acked: u32,
    /// What the visitor sealed for each member.
    ledgers: HashMap<u8, Ledger>,
    guest: Guest,
}

/// The other seat.
#[derive(Default)]
struct Guest {
    member: Option<Member>,
    kind: Option<OfferKind>,
    hello: Option<Envelope>,
    unconfirmed: Option<Unconfirmed>,
    session: Option<Session>,
    unread: Vec<Envelope>,
}

/// A counsellor, or somebody who only comes as a guest.
fn other_seat(role: Role) -> Seat {
    let staff = StaffTerms { role, ..staff_terms() };
    seat_with(&root(), CENTRE, staff, SeatTerms { serial: Serial([0xC7; 16]), ..seat_terms() })
}

const OFFERED: [u8; 32] = [0x0F; 32];
/// What the page makes of the return words.
const WORDS_KEY: [u8; 32] = [2; 32];

/// Any input, any frame, at any time.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let mut scene = Scene {
        visit: Visit::new(anchors(), 0, input.flag()),
        now: NOW * 1_000,
        steps: 0,
        ticket: None,
        asked: None,
        hello: None,
        returning: false,
        claim: 0,
        unconfirmed: None,
        peer: None,
        to_peer: Vec::new(),
        past: Vec::new(),
        acked: 0,
        ledgers: HashMap::new(),
        guest: Guest::default(),
    };
    for _ in 0..STEPS {
        let Some(choice) = input.next() else { break };
        scene.act(choice, &mut input);
    }
}

impl Scene {
    fn act(&mut self, choice: u8, input: &mut Input<'_>) {
        match choice % 16 {
            0 => self.begin(input),
            1 => self.page(input),
            2 => self.time(input),
            3 => {
                let text = input.text();
                self.step(VisitInput::Say(&text));
            }
            4 => self.step(VisitInput::Opened),
            5 => {
                let code = [1006, 1000, 1001, 4000, 4001, 4002, 4003, 4004, 4005][input.below(9)];
                self.step(VisitInput::Closed(code));
            }
            6 => {
                let frame = input.take(64).to_vec();
                self.step(VisitInput::Frame(&frame));
            }
            7 | 8 => self.relay(input),
            9 => self.answer(input),
            10 | 11 => self.peer_reads(input),
            12 => self.peer_says(input),
            13 => self.peer_beats(input),
            14 if !self.past.is_empty() => {
                let at = usize::from(input.u16()) % self.past.len();
                let mut frame = self.past[at].clone();
                if input.flag() {
                    input.spoil(&mut frame[6..]);
                }
                self.step(VisitInput::Frame(&frame));
            }
            15 if choice >= 128 => self.room(input),
            _ => self.step(VisitInput::Tick),
        }
    }

    fn begin(&mut self, input: &mut Input<'_>) {
        let lane = if input.flag() { Lane::Support } else { Lane::Professional };
        let about = [About::Myself, About::SomebodyElse, About::MyWork][input.below(3)];
        self.step(VisitInput::Join { lane, languages: Languages::default(), about });
    }

    fn page(&mut self, input: &mut Input<'_>) {
        let on = input.flag();
        self.step(match input.below(16) {
            0 => VisitInput::End,
            1 => VisitInput::Leave,
            2 | 3 => VisitInput::Front,
            4 => VisitInput::Here,
            5 => VisitInput::Silence(SilenceTimes::from_seconds(20, 40, 60 + u16::from(on)).unwrap()),
            6 | 7 => VisitInput::Wake,
            8 | 9 => VisitInput::Covered(on),
            10..13 => VisitInput::Typing(on),
            13 => VisitInput::Visible(on),
            14 => VisitInput::Compare(on),
            _ => VisitInput::Consent(on),
        });
    }

    /// Others in the chat, words to compare and words to come back with.
    fn room(&mut self, input: &mut Input<'_>) {
        match input.below(10) {
            0 | 1 => self.offer(input),
            2 => self.guest_answers(input),
            3 | 4 => self.guest_reads(input),
            5 => self.guest_says(input),
            6 => {
                let to = Member::new(1 + input.byte() % 7).unwrap();
                self.step(VisitInput::Frame(&ToVisitor::Switched { claim: Claim(self.claim), to }.encode()));
            }
            7 => {
                let note = match input.below(4) {
                    0 => Note::SasNonce([input.byte(); 32]),
                    1 => Note::SasReveal([input.byte(); 32]),
                    2 => Note::ReturnReady,
                    _ => Note::LetGo(Member::new(1 + input.byte() % 7).unwrap()),
                };
                if let Some(Ok(envelope)) = self.peer.as_mut().map(|peer| peer.seal(&note)) {
                    self.deliver(envelope.as_bytes(), false, input);
                }
            }
            8 => {
                let words = ReturnKey { id: [1; 16], key: ChainSecret::take(&mut WORDS_KEY.clone()) };
                self.step(match input.below(3) {
                    0 => VisitInput::ForgetReturn,
                    1 => VisitInput::KeepReturn { words, stays: input.flag() },
                    _ => VisitInput::Return {
                        lane: Lane::Support,
                        languages: Languages::default(),
                        about: About::Myself,
                        words,
                    },
                });
            }
            _ => self.step(VisitInput::Consent(true)),
        }
    }

    /// The counsellor offers the other seat, or one that nobody is.
    fn offer(&mut self, input: &mut Input<'_>) {
        let kind = if input.flag() { OfferKind::Guest } else { OfferKind::HandOver };
        let role = [Role::Counsellor, Role::Interpreter, Role::Expert, Role::Coordinator][input.below(4)];
        let member = Member::new(1 + input.byte() % 7).unwrap();
        let mut seat = other_seat(role).certificate().fingerprint();
        seat.0[0] ^= u8::from(input.byte() == 9);
        let secret = ChainSecret::take(&mut OFFERED.clone());
        let offer =
            Offer { number: u32::from(input.byte()), kind, member, seat, role, secret, name: input.text() };
        let Some(Ok(envelope)) = self.peer.as_mut().map(|peer| peer.seal(&Note::Offer(offer))) else {
            return;
        };
        self.guest = Guest { member: Some(member), kind: Some(kind), ..Guest::default() };
        self.deliver(envelope.as_bytes(), false, input);
    }

    fn guest_answers(&mut self, input: &mut Input<'_>) {
        let (Some(ticket), Some(hello), Some(kind)) = (self.ticket, &self.guest.hello, self.guest.kind)
        else {
            return;
        };
        let hello = Hello::from_envelope(hello.as_bytes()).unwrap();
        let secret = ChainSecret::take(&mut OFFERED.clone());
        let occasion = match kind {
            OfferKind::Guest => Occasion::invite(&ticket.0, secret),
            OfferKind::HandOver => Occasion::transfer(&ticket.0, secret),
        };
        let role = [Role::Counsellor, Role::Interpreter, Role::Expert, Role::Coordinator][input.below(4)];
        let seed = answer_seed(self.steps as u8);
        let Ok((unconfirmed, answer)) = answer(&hello, occasion, &other_seat(role), &anchors(), seed) else {
            return;
        };
        (self.guest.unconfirmed, self.guest.session) = (Some(unconfirmed), None);
        // What is sealed from now on may be under new keys.
        if let Some(member) = self.guest.member {
            self.ledgers.remove(&member.number());
        }
        self.by_guest(answer.to_envelope().as_bytes(), input.byte() == 7, input);
        saw("visit", ("guest", role as u8, kind as u8, self.visit.view().room.len()));
    }

    fn guest_reads(&mut self, input: &mut Input<'_>) {
        for envelope in std::mem::take(&mut self.guest.unread) {
            if let Some(unconfirmed) = self.guest.unconfirmed.take() {
                match unconfirmed.confirm(envelope.as_bytes()) {
                    Ok((session, _)) => self.guest.session = Some(session),
                    Err((again, _)) => self.guest.unconfirmed = Some(again),
                }
                continue;
            }
            let Some(session) = &mut self.guest.session else { continue };
            if let Ok(Arrival::Kept(opened)) = session.receive(envelope.as_bytes()) {
                match opened.note {
                    Note::Rekey1(hello) => {
                        let seed = answer_seed(self.steps as u8);
                        let envelope = session.rekey_answer(&hello, &seat(), seed).unwrap();
                        self.by_guest(envelope.as_bytes(), false, input);
                    }
                    Note::Room(room) => {
                        saw("visit", ("room", room.members.len()));
                        if let Some(ticket) = self.ticket.filter(|_| input.byte() != 3) {
                            session.set_room(room.mark(&ticket));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn guest_says(&mut self, input: &mut Input<'_>) {
        let Some(session) = &mut self.guest.session else { return };
        let sealed = match input.below(6) {
            0 => session.seal(&Note::Part),
            1 => session.seal(&Note::Goodbye(Ending::Helped)),
            2 => session.seal(&Note::Alias(Alias { name: "Sam".into(), role_words: String::new() })),
            3 => session.seal_beat(&BeatState::default()),
            _ => session.seal(&words("jag är här")),
        };
        if let Ok(envelope) = sealed {
            self.by_guest(envelope.as_bytes(), input.byte() == 7, input);
        }
    }

    fn by_guest(&mut self, envelope: &[u8], spoil: bool, input: &mut Input<'_>) {
        let Some(from) = self.guest.member else { return };
        let mut bytes = envelope.to_vec();
        if spoil {
            input.spoil(&mut bytes[8..]);
        }
        let (claim, envelope) = (Claim(self.claim), Envelope::parse(&bytes).unwrap());
        let frame = match envelope.kind() {
            Kind::Beat => ToVisitor::Beat { claim, from, envelope },
            _ => ToVisitor::Envelope { claim, from, envelope },
        };
        let frame = frame.encode();
        self.past.push(frame.clone());
        self.step(VisitInput::Frame(&frame));
    }

    fn time(&mut self, input: &mut Input<'_>) {
        let ms = match input.below(8) {
            0 => u64::from(input.byte()),
            1 | 2 => 1_000,
            3 | 4 => 5_000,
            5 => 30_000,
            6 => u64::from(input.u16()) * 100,
            _ => {
                // Somebody sets the clock back.
                self.now = self.now.saturating_sub(u64::from(input.u16()) * 1_000);
                0
            }
        };
        self.now += ms;
        self.step(VisitInput::Tick);
        let wake = self.visit.wake_at_ms();
        assert!(wake.is_none_or(|wake| wake > self.now), "wants to be woken at once, for ever");
    }

    /// A claim near the one that is true.
    fn any_claim(&self, input: &mut Input<'_>) -> Claim {
        Claim(self.claim.wrapping_add([0, 0, 0, 1, u32::MAX, 9][input.below(6)]))
    }

    /// Frames of the relay alone.
    fn relay(&mut self, input: &mut Input<'_>) {
        let state = OpenState::from_byte(1 + input.byte() % 5).unwrap_or(OpenState::Open);
        let frame = match input.below(10) {
            0 => ToVisitor::Joined { ticket: self.ticket.unwrap_or(TicketName([1; 32])) },
            1 | 2 => ToVisitor::InLine {
                place: input.u32(),
                wants_hello: input.flag(),
                closing_soon: input.flag(),
                wait: Wait::from_byte(input.byte() % 10).unwrap_or_default(),
                state,
            },
            3 | 4 => {
                let seat = if input.flag() { Presence::Gone } else { Presence::Here };
                ToVisitor::With { claim: self.any_claim(input), seat, gone_s: u32::from(input.u16()) }
            }
            5 => ToVisitor::Nowhere,
            6 => {
                let claim = self.any_claim(input);
                ToVisitor::Stored { claim, to: Member::COUNSELLOR, next: u32::from(input.byte()) }
            }
            7 => ToVisitor::Ended { ending: Ending::from_byte(1 + input.byte() % 7).unwrap() },
            8 => {
                let refusal = Refusal::from_byte(1 + input.byte() % 14).unwrap_or(Refusal::NotYours);
                ToVisitor::Refused { refusal, state }
            }
            _ if input.flag() => ToVisitor::Alive,
            _ if input.flag() => {
                let puzzle = Puzzle::new([input.byte(); 16], 1 + input.byte() % WORK_BITS_MAX);
                ToVisitor::Work { puzzle: puzzle.expect("as many bits as are allowed") }
            }
            _ => ToVisitor::Restarting { after_ms: input.u32(), within_ms: input.u32() },
        };
        self.step(VisitInput::Frame(&frame.encode()));
    }

    /// A counsellor takes the ticket, whether the relay should have let them or not.
    fn answer(&mut self, input: &mut Input<'_>) {
        let (Some(ticket), Some(hello)) = (self.ticket, &self.hello) else { return };
        let hello = Hello::from_envelope(hello.as_bytes()).unwrap();
        let occasion = if self.returning {
            Occasion::returning(&ticket.0, ChainSecret::take(&mut WORDS_KEY.clone()))
        } else {
            Occasion::new_ticket(&ticket.0)
        };
        let seed = answer_seed(self.steps as u8);
        let (unconfirmed, answer) = answer(&hello, occasion, &seat(), &anchors(), seed).ok().unwrap();
        self.claim = self.claim.wrapping_add(1);
        let with = ToVisitor::With { claim: Claim(self.claim), seat: Presence::Here, gone_s: 0 };
        self.step(VisitInput::Frame(&with.encode()));
        self.deliver(answer.to_envelope().as_bytes(), input.byte() == 7, input);
        // Only now: the step may have closed an earlier chat, and its peer with it.
        (self.unconfirmed, self.peer, self.acked) = (Some(unconfirmed), None, 0);
        self.to_peer.retain(|envelope| envelope.number() < 2);
    }

    /// An envelope of the peer's on its way: now, or spoiled first.
    fn deliver(&mut self, envelope: &[u8], spoil: bool, input: &mut Input<'_>) {
        let mut bytes = envelope.to_vec();
        if spoil {
            input.spoil(&mut bytes[8..]);
        }
        let envelope = Envelope::parse(&bytes).unwrap();
        let (claim, from) = (Claim(self.claim), Member::COUNSELLOR);
        let frame = match envelope.kind() {
            Kind::Beat => ToVisitor::Beat { claim, from, envelope },
            _ => ToVisitor::Envelope { claim, from, envelope },
        };
        let frame = frame.encode();
        self.past.push(frame.clone());
        self.step(VisitInput::Frame(&frame));
    }

    /// The counsellor reads what came, and answers a re-greeting.
    fn peer_reads(&mut self, input: &mut Input<'_>) {
        for envelope in std::mem::take(&mut self.to_peer) {
            if let Some(unconfirmed) = self.unconfirmed.take() {
                match unconfirmed.confirm(envelope.as_bytes()) {
                    Ok((session, _)) => {
                        saw("visit", "confirmed");
                        self.peer = Some(session);
                    }
                    Err((again, _)) => self.unconfirmed = Some(again),
                }
                continue;
            }
            let Some(peer) = &mut self.peer else { continue };
            match peer.receive(envelope.as_bytes()) {
                Ok(Arrival::Kept(opened)) => {
                    if let Note::Rekey1(hello) = opened.note {
                        let seed = answer_seed(self.steps as u8);
                        let envelope = peer.rekey_answer(&hello, &seat(), seed).unwrap();
                        saw("visit", ("rekey", peer.epoch().min(3)));
                        self.deliver(envelope.as_bytes(), false, input);
                    }
                }
                Ok(Arrival::Beat(beat)) => {
                    saw("visit", ("heard", beat.state.goodbye.is_some(), beat.state.gap))
                }
                Err(error) => saw("visit", ("peer", format!("{error:?}"))),
            }
        }
    }

    fn peer_says(&mut self, input: &mut Input<'_>) {
        let Some(peer) = &mut self.peer else { return };
        let note = match input.below(8) {
            0..3 => words("svar"),
            3 => Note::Alias(Alias { name: "Kim".into(), role_words: "samtalsstöd".into() }),
            4 => Note::Confirm,
            5 => Note::Consent(Consent { to: input.u32(), yes: input.flag() }),
            6 => Note::ReturnForget,
            _ => match input.below(4) {
                0 => Note::Goodbye(Ending::from_byte(1 + input.byte() % 7).unwrap()),
                // A half of a re-greeting that is the visitor's to begin.
                1 => Note::Rekey1(Box::new(Hello::new(&[7; 1232]))),
                _ => Note::SasCommit([1; 32]),
            },
        };
        let Ok(envelope) = peer.seal(&note) else { return };
        // Lost, now, or spoiled.
        match input.below(4) {
            0 => {
                let (claim, from) = (Claim(self.claim), Member::COUNSELLOR);
                let envelope = Envelope::parse(envelope.as_bytes()).unwrap();
                self.past.push(ToVisitor::Envelope { claim, from, envelope }.encode());
            }
            chance => self.deliver(envelope.as_bytes(), chance == 1, input),
        }
    }

    fn peer_beats(&mut self, input: &mut Input<'_>) {
        let Some(peer) = &mut self.peer else { return };
        let bits = input.byte();
        let state = BeatState {
            gap: bits & 1 != 0,
            typing: bits & 2 != 0,
            visible: bits & 4 != 0,
            please_rekey: bits & 8 != 0,
            held: bits & 16 != 0,
            covered: bits & 32 != 0,
            goodbye: (bits >> 6 == 3).then_some(Ending::Helped),
        };
        let Ok(envelope) = peer.seal_beat(&state) else { return };
        self.acked = self.acked.max(peer.next_wanted());
        self.deliver(envelope.as_bytes(), bits >> 6 == 2, input);
    }

    fn step(&mut self, input: VisitInput<'_>) {
        self.steps += 1;
        let mut bytes = [0; Seed::LEN];
        bytes[..8].copy_from_slice(&self.steps.to_be_bytes());
        let before = self.visit.view().phase;
        let kind = kind(&input);
        if let VisitInput::Frame(bytes) = input
            && let Ok(ToVisitor::Work { puzzle }) = ToVisitor::decode(bytes)
        {
            self.asked = Some(puzzle);
        }
        let wishes = self.visit.step(self.now, &mut Seed::take(&mut bytes), input);
        for wish in wishes {
            self.carry_out(wish);
        }
        let view = self.visit.view();
        saw("visit", (kind, before as u8, view.phase as u8, view.ending.map(Ending::byte)));
        assert!(before != Phase::Over || view.phase == Phase::Over, "over is over");
        if view.phase != Phase::Talking {
            // The session is gone, and its keys: another one may count from 0 again.
            self.ledgers.clear();
            (self.peer, self.guest) = (None, Guest::default());
        }
    }

    fn joins(&mut self, ticket: TicketName, hello: Envelope, returning: bool) {
        (self.ticket, self.hello, self.returning) = (Some(ticket), Some(hello), returning);
    }

    fn carry_out(&mut self, wish: Wish) {
        match wish {
            Wish::Send(frame) => match ToRelay::decode(&frame).expect("the machine speaks the protocol") {
                ToRelay::Join { secret, hello, .. } => self.joins(secret.name(), hello, false),
                ToRelay::Return { secret, hello, .. } => self.joins(secret.name(), hello, true),
                ToRelay::Resume { secret, .. } => assert_eq!(self.ticket, Some(secret.name())),
                // A fresh one is for the line, whatever the first was.
                ToRelay::Hello { hello } => (self.hello, self.returning) = (Some(hello), false),
                ToRelay::Put { to, envelope, .. } => {
                    let far = envelope.number() as usize >= self.acked as usize + WINDOW;
                    let known = self.peer.is_some() && to == Member::COUNSELLOR;
                    assert!(!far || !known, "more than the window is under way");
                    self.sealed(to, envelope);
                }
                ToRelay::Beat { to, envelope, .. } => self.sealed(to, envelope),
                ToRelay::Leave(leave) => self.left(leave),
                ToRelay::HelloTo { to, hello, .. } => {
                    assert_eq!(Some(to), self.guest.member, "nobody else was offered");
                    self.guest.hello = Some(hello);
                }
                ToRelay::Switch { to, .. } => assert_ne!(to, Member::VISITOR),
                ToRelay::Dismiss { .. } | ToRelay::Got { .. } | ToRelay::Probe => {}
                ToRelay::Worked { counters } => {
                    let asked = self.asked.take().expect("nobody works unasked, or twice");
                    let ticket = self.ticket.expect("nobody works before joining");
                    assert!(asked.is_solved(ticket, &counters), "work that is none");
                }
            },
            Wish::Leave(body) => self.left(Leave::decode(&body).expect("the body of a leave")),
            Wish::Said(said) => assert!(!said.text.is_empty()),
            _ => {}
        }
    }

    fn left(&mut self, leave: Leave) {
        for goodbye in leave.goodbyes {
            self.sealed(goodbye.to, goodbye.envelope);
        }
    }

    fn sealed(&mut self, to: Member, envelope: Envelope) {
        self.ledgers.entry(to.number()).or_default().sealed(envelope.as_bytes());
        let reader = match to {
            Member::COUNSELLOR => &mut self.to_peer,
            _ => &mut self.guest.unread,
        };
        if reader.len() < 200 {
            reader.push(envelope);
        }
    }
}

/// Which input it was.
fn kind(input: &VisitInput<'_>) -> u8 {
    match input {
        VisitInput::Join { .. } => 1,
        VisitInput::Opened => 2,
        VisitInput::Closed(code) => 3 + u8::from(*code >= 4000),
        VisitInput::Frame(bytes) => {
            bytes.first().copied().filter(|kind| (0x81..=0x8B).contains(kind)).unwrap_or(5)
        }
        VisitInput::Tick => 6,
        VisitInput::Say(_) => 7,
        VisitInput::Typing(_) => 8,
        VisitInput::Visible(_) => 9,
        VisitInput::End => 10,
        VisitInput::Leave => 11,
        VisitInput::Front => 12,
        VisitInput::Here => 13,
        VisitInput::Covered(_) => 14,
        VisitInput::Wake => 15,
        VisitInput::Compare(_) => 16,
        VisitInput::Return { .. } => 17,
        VisitInput::KeepReturn { .. } => 18,
        VisitInput::ForgetReturn => 19,
        VisitInput::Consent(_) => 20,
        VisitInput::Silence(_) => 21,
    }
}
