//! A counsellor's machine of one chat, and a relay without scruples between it and a visitor who has the keys. Others
//! are asked in, and the visitor says that they are there, or are not.

use lykta_client::{
    Chat, ChatInput, Colleague, Mesh, MeshInput, Phase, SeatBundle, Seed, SilenceTimes, WINDOW, Wish,
};
use lykta_e2ee::{
    About, Answer, Arrival, Awaiting, BeatState, ChainSecret, Consent, Note, ReturnKey, Room, RoomMember,
    Session, greet,
};
use lykta_trust::{Fingerprint, Role};
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, FromDesk, InviteKind, Kind, Member, Presence, Refusal, SeatId,
    TicketName, ToDesk,
};

use crate::common::{CENTRE, NOW, TICKET, anchors, hello_seed, root, seat, words};
use crate::input::Input;
use crate::ledger::Ledger;
use crate::reach::saw;

/// Steps of one run.
const STEPS: usize = 400;
const CHAT: ChatRef = ChatRef { ticket: TicketName(TICKET), claim: Claim(1) };

struct Scene {
    chat: Chat,
    /// The channels to the other seats, once the chat has ordered them.
    mesh: Option<Mesh>,
    now: u64,
    steps: u64,
    awaiting: Option<Awaiting>,
    peer: Option<Session>,
    answer: Option<Envelope>,
    to_peer: Vec<Envelope>,
    past: Vec<Vec<u8>>,
    acked: u32,
    /// The number of the last offer, and the round the visitor said last.
    offered: u32,
    round: u16,
    ledger: Ledger,
}

/// The colleague who is asked in.
const COLLEAGUE: SeatId = SeatId([0x5E; 16]);

/// The bytes of a console's seat bundle.
fn bundle() -> SeatBundle {
    let seat = seat();
    let mut bytes = vec![0xD1; 32];
    bytes.extend_from_slice(seat.staff().as_bytes());
    bytes.extend_from_slice(seat.certificate().as_bytes());
    bytes.extend_from_slice(&CENTRE.0);
    bytes.push(1);
    bytes.extend_from_slice(&root().public());
    bytes.extend_from_slice(&[0, 3]);
    SeatBundle::parse(&bytes).unwrap()
}

/// Any input, any frame, at any time.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let (awaiting, hello) = greet(hello_seed(1), lykta_e2ee::Occasion::new_ticket(&TICKET), &anchors());
    let mut hello = hello.to_envelope().into_bytes();
    if input.byte() == 9 {
        input.spoil(&mut hello);
    }
    let now = NOW * 1_000;
    let mut seed = Seed::take(&mut [3; Seed::LEN]);
    let begun = Chat::begin(&bundle(), CHAT, &input.text(), &hello, now, &mut seed);
    let (chat, wishes) = begun.expect("the bundle is good");
    let mut scene = Scene {
        chat,
        mesh: None,
        now,
        steps: 0,
        awaiting: Some(awaiting),
        peer: None,
        answer: None,
        to_peer: Vec::new(),
        past: Vec::new(),
        acked: 0,
        offered: 0,
        round: 0,
        ledger: Ledger::default(),
    };
    for wish in wishes {
        scene.carry_out(wish);
    }
    for _ in 0..STEPS {
        let Some(choice) = input.next() else { break };
        scene.act(choice, &mut input);
    }
}

impl Scene {
    fn act(&mut self, choice: u8, input: &mut Input<'_>) {
        match choice % 16 {
            0 => self.step(ChatInput::LinkUp),
            1 => self.console(input),
            2 => self.time(input),
            3 => {
                let text = input.text();
                self.step(ChatInput::Say(&text));
            }
            4 => {
                let frame = input.take(64).to_vec();
                self.mesh(MeshInput::Order(&frame));
                self.step(ChatInput::Report(&frame));
                self.step(ChatInput::Frame(&frame));
            }
            5 | 6 => self.relay(input),
            7 => self.peer_finishes(input),
            8..11 => self.peer_reads(),
            11 | 12 => self.peer_says(input),
            13 => self.peer_beats(input),
            14 if !self.past.is_empty() => {
                let at = usize::from(input.u16()) % self.past.len();
                let mut frame = self.past[at].clone();
                if input.flag() {
                    input.spoil(&mut frame[38..]);
                }
                self.step(ChatInput::Frame(&frame));
            }
            15 if choice >= 128 => self.room(input),
            _ => self.step(ChatInput::Tick),
        }
    }

    fn console(&mut self, input: &mut Input<'_>) {
        let on = input.flag();
        self.step(match input.below(16) {
            0 => ChatInput::End(Ending::from_byte(1 + input.byte() % 7).unwrap()),
            1 => ChatInput::PutBack,
            2..6 => ChatInput::LinkDown,
            6..9 => ChatInput::Typing(on),
            9 | 10 => ChatInput::Hold(on),
            11 => ChatInput::Silence(SilenceTimes::from_seconds(20, 40, 60 + u16::from(on)).unwrap()),
            12 | 13 => ChatInput::Visible(on),
            14 => ChatInput::Compare(on),
            _ => ChatInput::ReturnKept,
        });
    }

    /// Others in the chat, words to compare and words to come back with.
    fn room(&mut self, input: &mut Input<'_>) {
        let member = Member::new(1 + input.byte() % 7).unwrap();
        match input.below(12) {
            0 | 1 => {
                let kind = if input.flag() { InviteKind::Guest } else { InviteKind::HandOver };
                let role =
                    [Role::Counsellor, Role::Interpreter, Role::Expert, Role::Coordinator][input.below(4)];
                let (seat, certificate, name) = (COLLEAGUE, Fingerprint([0x5E; 32]), input.text());
                self.step(ChatInput::Invite { kind, colleague: Colleague { seat, certificate, role, name } });
            }
            2 | 3 => {
                self.step(ChatInput::Frame(
                    &ToDesk::Invited { chat: CHAT, member, seat: COLLEAGUE }.encode(),
                ));
            }
            4 => {
                let frame = ToDesk::NotInvited { chat: CHAT, seat: COLLEAGUE, refusal: Refusal::Gone };
                self.step(ChatInput::Frame(&frame.encode()));
            }
            5 => self.step(ChatInput::TakeBack),
            6 => self.step(ChatInput::Reply { seat: COLLEAGUE, member, yes: input.flag() }),
            7 => self.step(if input.flag() { ChatInput::LetGo(member) } else { ChatInput::Part }),
            8 => self.visitor_says(Note::Consent(Consent { to: self.offered, yes: input.flag() }), input),
            9 => self.room_note(member, input),
            10 => {
                let note = match input.below(6) {
                    0 => Note::SasCommit([input.byte(); 32]),
                    1 => Note::SasReveal([input.byte(); 32]),
                    2 => Note::ReturnKey(ReturnKey { id: [1; 16], key: ChainSecret::take(&mut [2; 32]) }),
                    3 => Note::ReturnStays,
                    4 => Note::ReturnForget,
                    _ => Note::Part,
                };
                self.visitor_says(note, input);
            }
            // Another seat of the chat, or somebody who says so.
            _ => {
                let kind = [1, 2, 3][input.below(3)];
                let mut bytes = vec![1, kind, 0, 0, 0, 0, 0, input.byte() % 2];
                bytes.resize(2_072, input.byte());
                let envelope = Envelope::parse(&bytes).unwrap();
                self.step(ChatInput::Frame(
                    &ToDesk::Envelope { chat: CHAT, from: member, envelope }.encode(),
                ));
            }
        }
        let view = self.chat.view();
        saw("chat", ("room", view.room.len(), view.asked.map(|asked| asked as u8), view.guest));
    }

    /// Who is in the room, mostly as it is.
    fn room_note(&mut self, other: Member, input: &mut Input<'_>) {
        self.round = self.round.wrapping_add(u16::from(input.byte() != 3));
        let entry = |member, seat| RoomMember { member, role: Role::Counsellor, seat };
        let mut members = vec![entry(Member::COUNSELLOR, seat().certificate().fingerprint())];
        if other != Member::COUNSELLOR {
            members.push(entry(other, Fingerprint([0x5E; 32])));
        }
        if input.byte() == 5 {
            members.remove(0);
        }
        if members.is_empty() {
            return;
        }
        let room = Room { round: self.round, secret: ChainSecret::take(&mut [7; 32]), members };
        let mark = room.mark(&TicketName(TICKET));
        if let Some(peer) = self.peer.as_mut().filter(|_| input.byte() != 3) {
            peer.set_room(mark);
        }
        self.visitor_says(Note::Room(room), input);
    }

    fn visitor_says(&mut self, note: Note, input: &mut Input<'_>) {
        if let Some(Ok(envelope)) = self.peer.as_mut().map(|peer| peer.seal(&note)) {
            self.deliver(envelope.as_bytes(), false, input);
        }
    }

    fn time(&mut self, input: &mut Input<'_>) {
        let ms = match input.below(8) {
            0 => u64::from(input.byte()),
            1 | 2 => 1_000,
            3 | 4 => 5_000,
            5 => 30_000,
            6 => u64::from(input.u16()) * 100,
            _ => {
                self.now = self.now.saturating_sub(u64::from(input.u16()) * 1_000);
                0
            }
        };
        self.now += ms;
        self.step(ChatInput::Tick);
        let wake = self.chat.wake_at_ms();
        assert!(wake.is_none_or(|wake| wake > self.now), "wants to be woken at once, for ever");
    }

    /// Frames of the relay alone, now and then about another chat.
    fn relay(&mut self, input: &mut Input<'_>) {
        let claim = if input.byte() % 8 == 7 { Claim(2) } else { CHAT.claim };
        let chat = ChatRef { claim, ..CHAT };
        let frame = match input.below(6) {
            0 => {
                let presence = if input.flag() { Presence::Gone } else { Presence::Here };
                ToDesk::Visitor { chat, presence, gone_s: u32::from(input.u16()) }
            }
            1 => ToDesk::Ended { chat, ending: Ending::from_byte(1 + input.byte() % 7).unwrap() },
            2 => {
                let refusal = Refusal::from_byte(1 + input.byte() % 14).unwrap_or(Refusal::NotYours);
                ToDesk::Refused { chat, refusal }
            }
            3 => ToDesk::Stored { chat, to: Member::VISITOR, next: u32::from(input.byte()) },
            4 => ToDesk::Restarting { after_ms: input.u32(), within_ms: input.u32() },
            _ => ToDesk::Alive,
        };
        self.step(ChatInput::Frame(&frame.encode()));
    }

    /// The visitor opens the answer and says something sealed for the first time.
    fn peer_finishes(&mut self, input: &mut Input<'_>) {
        let Some(answer) = &self.answer else { return };
        let Some(awaiting) = self.awaiting.take() else { return };
        let Ok(answer) = Answer::from_envelope(answer.as_bytes()) else { return };
        let Ok((mut session, _)) = awaiting.finish(&answer, &anchors(), NOW) else { return };
        let first = match input.flag() {
            true => session.seal_beat(&BeatState::default()),
            false => session.seal(&Note::Confirm),
        };
        self.peer = Some(session);
        self.deliver(first.unwrap().as_bytes(), false, input);
    }

    fn deliver(&mut self, envelope: &[u8], spoil: bool, input: &mut Input<'_>) {
        let mut bytes = envelope.to_vec();
        if spoil {
            input.spoil(&mut bytes[8..]);
        }
        let envelope = Envelope::parse(&bytes).unwrap();
        let (chat, from) = (CHAT, Member::VISITOR);
        let frame = match envelope.kind() {
            Kind::Beat => ToDesk::Beat { chat, from, envelope },
            _ => ToDesk::Envelope { chat, from, envelope },
        };
        let frame = frame.encode();
        self.past.push(frame.clone());
        self.step(ChatInput::Frame(&frame));
    }

    fn peer_reads(&mut self) {
        let Some(peer) = &mut self.peer else { return };
        for envelope in std::mem::take(&mut self.to_peer) {
            match peer.receive(envelope.as_bytes()) {
                Ok(Arrival::Kept(opened)) => match opened.note {
                    Note::Rekey2(answer) => {
                        let done = peer.rekey_finish(&answer, &anchors(), NOW);
                        saw("chat", ("rekey", done.is_ok(), peer.epoch().min(3)));
                    }
                    Note::Offer(offer) => self.offered = offer.number,
                    _ => {}
                },
                Ok(Arrival::Beat(beat)) => {
                    saw("chat", ("heard", beat.state.goodbye.is_some(), beat.state.gap))
                }
                Err(error) => saw("chat", ("peer", format!("{error:?}"))),
            }
        }
    }

    fn peer_says(&mut self, input: &mut Input<'_>) {
        let seed = hello_seed(self.steps as u8);
        let Some(peer) = &mut self.peer else { return };
        let note = match input.below(8) {
            0..3 => words("fråga"),
            3 | 4 => match peer.rekey_begin(seed) {
                Ok(note) => note,
                Err(_) => return,
            },
            5 => Note::About([About::Myself, About::SomebodyElse, About::MyWork][input.below(3)]),
            6 => Note::Consent(Consent { to: input.u32(), yes: input.flag() }),
            _ => match input.below(4) {
                0 => Note::Goodbye(Ending::from_byte(1 + input.byte() % 7).unwrap()),
                // Another chat's hello.
                1 => Note::Rekey1(Box::new(lykta_e2ee::Hello::new(&[7; 1232]))),
                2 => Note::Confirm,
                _ => Note::SasNonce([1; 32]),
            },
        };
        let Ok(envelope) = peer.seal(&note) else { return };
        match input.below(4) {
            0 => {
                let envelope = Envelope::parse(envelope.as_bytes()).unwrap();
                let (chat, from) = (CHAT, Member::VISITOR);
                self.past.push(ToDesk::Envelope { chat, from, envelope }.encode());
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
            goodbye: (bits >> 6 == 3).then_some(Ending::LeftFast),
        };
        let Ok(envelope) = peer.seal_beat(&state) else { return };
        self.acked = self.acked.max(peer.next_wanted());
        self.deliver(envelope.as_bytes(), bits >> 6 == 2, input);
    }

    fn step(&mut self, input: ChatInput<'_>) {
        self.steps += 1;
        let mut bytes = [0; Seed::LEN];
        bytes[..8].copy_from_slice(&self.steps.to_be_bytes());
        let before = self.chat.view().phase;
        let kind = kind(&input);
        let for_mesh = match &input {
            ChatInput::Frame(bytes) => Some(MeshInput::Frame(bytes)),
            ChatInput::Tick => Some(MeshInput::Tick),
            ChatInput::LinkUp => Some(MeshInput::LinkUp),
            ChatInput::LinkDown => Some(MeshInput::LinkDown),
            ChatInput::Visible(on) => Some(MeshInput::Visible(*on)),
            _ => None,
        };
        let wishes = self.chat.step(self.now, &mut Seed::take(&mut bytes), input);
        for wish in wishes {
            self.carry_out(wish);
        }
        let _letters = self.chat.letters();
        let view = self.chat.view();
        saw("chat", (kind, before as u8, view.phase as u8, view.ending.map(Ending::byte)));
        assert!(before != Phase::Over || view.phase == Phase::Over, "over is over");
        assert!(view.phase == Phase::Over || !self.chat.is_done());
        for order in self.chat.orders() {
            let now = self.now;
            self.mesh.get_or_insert_with(|| Mesh::begin(&bundle(), CHAT, "Lo", now).expect("a good bundle"));
            self.mesh(MeshInput::Order(&order));
        }
        if let Some(input) = for_mesh {
            self.mesh(input);
        }
    }

    fn mesh(&mut self, input: MeshInput<'_>) {
        let Some(mesh) = &mut self.mesh else { return };
        self.steps += 1;
        let mut bytes = [0; Seed::LEN];
        bytes[..8].copy_from_slice(&self.steps.to_be_bytes());
        let frames = mesh.step(self.now, &mut Seed::take(&mut bytes), input);
        let reports = mesh.reports();
        let wake = mesh.wake_at_ms();
        assert!(wake.is_none_or(|wake| wake > self.now), "wants to be woken at once, for ever");
        for frame in frames {
            let spoken = FromDesk::decode(&frame).expect("the machine speaks the protocol");
            let to_a_seat = matches!(
                spoken,
                FromDesk::Put { chat, to, .. } | FromDesk::Beat { chat, to, .. } | FromDesk::Got { chat, from: to, .. }
                    if chat == CHAT && to != Member::VISITOR
            );
            assert!(to_a_seat, "to nobody but the other seats of this chat");
        }
        for report in reports {
            self.step(ChatInput::Report(&report));
        }
    }

    fn carry_out(&mut self, wish: Wish) {
        match wish {
            Wish::Send(frame) => match FromDesk::decode(&frame).expect("the machine speaks the protocol") {
                FromDesk::Put { to, .. } | FromDesk::Beat { to, .. } if to != Member::VISITOR => {
                    panic!("what two seats say to each other has a memory of its own")
                }
                FromDesk::Put { chat, envelope, .. } => {
                    assert_eq!(chat, CHAT);
                    if envelope.kind() == Kind::Answer {
                        let first = self.answer.get_or_insert_with(|| envelope.clone());
                        assert!(*first == envelope, "one answer for one hello");
                        return;
                    }
                    let number = envelope.number() as usize;
                    assert!(number < self.acked as usize + WINDOW, "more than the window is under way");
                    self.sealed(envelope);
                }
                FromDesk::Beat { envelope, .. } => self.sealed(envelope),
                _ => {}
            },
            Wish::Said(said) => assert!(!said.text.is_empty()),
            _ => {}
        }
    }

    fn sealed(&mut self, envelope: Envelope) {
        self.ledger.sealed(envelope.as_bytes());
        if self.to_peer.len() < 200 {
            self.to_peer.push(envelope);
        }
    }
}

/// Which input it was.
fn kind(input: &ChatInput<'_>) -> u8 {
    match input {
        ChatInput::LinkUp => 1,
        ChatInput::LinkDown => 2,
        ChatInput::Frame(bytes) => {
            bytes.first().copied().filter(|kind| matches!(kind, 0xC6..=0xCB | 0xD3 | 0xD4)).unwrap_or(5)
        }
        ChatInput::Tick => 6,
        ChatInput::Say(_) => 7,
        ChatInput::Typing(_) => 8,
        ChatInput::Visible(_) => 9,
        ChatInput::End(_) => 10,
        ChatInput::PutBack => 11,
        ChatInput::Hold(_) => 12,
        ChatInput::Compare(_) => 13,
        ChatInput::ReturnKept => 14,
        ChatInput::Invite { .. } => 15,
        ChatInput::TakeBack => 16,
        ChatInput::Reply { .. } => 17,
        ChatInput::LetGo(_) => 18,
        ChatInput::Part => 19,
        ChatInput::Silence(_) => 20,
        ChatInput::Report(_) => 21,
    }
}
