//! A whole console, seat and chats, and a relay that says anything at any time.

use lykta_client::{ChatInput, Desk, DeskInput, DeskWish, LinkView, SeatInput, SignIn, StaffInput};
use lykta_client::{Seed, Wish};
use lykta_e2ee::{Occasion, greet};
use lykta_wire::{
    ChatRef, Claim, CloseCode, Ending, Envelope, FromDesk, InviteKind, Lane, Languages, LineEntry, Member,
    OpenState, Presence, Refusal, SeatEntry, SeatId, TicketName, ToDesk,
};

use crate::common::{NOW, anchors, hello_seed, seat};
use crate::input::Input;
use crate::reach::saw;

/// Steps of one run.
const STEPS: usize = 300;

struct Scene {
    desk: Desk,
    now: u64,
    steps: u64,
    challenged: bool,
    signed_out: bool,
}

/// Any input, any frame, at any time.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let now = NOW * 1_000;
    let mut seed = Seed::take(&mut [5; Seed::LEN]);
    let sign_in = SignIn {
        staff_seed: &mut [0xB1; 32],
        staff: seat().staff().clone(),
        anchors: anchors(),
        build_date: 0,
        origin: "https://staff.example.org".into(),
        capacity: input.byte(),
    };
    let alias = input.text();
    let (desk, wishes) = Desk::sign_in(sign_in, &alias, now, &mut seed).expect("the certificate is good");
    let mut scene = Scene { desk, now, steps: 0, challenged: false, signed_out: false };
    scene.carry_out(wishes);
    for _ in 0..STEPS {
        let Some(choice) = input.next() else { break };
        scene.act(choice, &mut input);
    }
}

/// One of four tickets, under one of three claims.
fn chat(input: &mut Input<'_>) -> ChatRef {
    let byte = input.byte();
    ChatRef { ticket: TicketName([byte & 3; 32]), claim: Claim(u32::from(byte >> 2) % 3) }
}

impl Scene {
    fn act(&mut self, choice: u8, input: &mut Input<'_>) {
        match choice % 12 {
            0 => self.seat(SeatInput::Opened),
            1 => {
                let codes = [1006, 1000, CloseCode::NotAdmitted.number(), CloseCode::Replaced.number(), 4005];
                self.seat(SeatInput::Closed(codes[input.below(5)]));
            }
            2 => {
                let frame = input.take(80).to_vec();
                self.seat(SeatInput::Frame(&frame));
            }
            3..7 => {
                let frame = frame(input);
                self.challenged |= matches!(frame, ToDesk::Challenge { .. });
                self.seat(SeatInput::Frame(&frame.encode()));
            }
            7 => self.console(input),
            8 => self.chat(input),
            11 if choice >= 128 => self.colleagues(input),
            _ => {
                self.now += [0, 100, 1_000, 5_000, 30_000, 900_000][input.below(6)];
                self.seat(SeatInput::Tick);
                let wake = self.desk.wake_at_ms();
                assert!(wake.is_none_or(|wake| wake > self.now), "wants to be woken at once, for ever");
            }
        }
    }

    fn console(&mut self, input: &mut Input<'_>) {
        let ticket = input.flag().then_some(TicketName([input.byte() & 3; 32]));
        match input.below(24) {
            0 => {
                self.signed_out = true;
                self.seat(SeatInput::SignOut);
            }
            1..6 => self.seat(SeatInput::Alive),
            6..12 => self.seat(SeatInput::Duty { ready: input.flag(), capacity: input.byte() }),
            12..18 => self.seat(SeatInput::Take(ticket)),
            18 => self.desk.forget(ticket.unwrap_or(TicketName([0; 32]))),
            _ => self.seat(SeatInput::Wake),
        }
    }

    /// Other seats, of which none has the keys to prove itself.
    fn colleagues(&mut self, input: &mut Input<'_>) {
        let (seat, ticket) = (SeatId([input.byte() & 3; 16]), TicketName([input.byte() & 3; 32]));
        let kind = if input.flag() { InviteKind::Guest } else { InviteKind::HandOver };
        let text = input.text();
        match input.below(10) {
            0 | 1 => {
                let (certificate, role, ready, chats) = ([input.byte(); 32], 1 + input.byte() % 4, true, 0);
                let entry = SeatEntry { seat, certificate, role, ready, chats, capacity: 3 };
                self.seat(SeatInput::Frame(&ToDesk::Seats { entries: vec![entry; input.below(3)] }.encode()));
            }
            2 => self.step(DeskInput::Staff(StaffInput::Call(seat))),
            3 => self.step(DeskInput::Staff(StaffInput::Tell(seat, &text))),
            4 => self.step(DeskInput::Invite { ticket, kind, seat }),
            5 => self.step(DeskInput::Answer { ticket, yes: input.flag() }),
            6 => {
                let frame = ToDesk::StaffRefused { to: seat, refusal: Refusal::OutOfOrder };
                self.seat(SeatInput::Frame(&frame.encode()));
            }
            7 => {
                let frame = ToDesk::StaffBeat { from: seat, envelope: envelope(input, true) };
                self.seat(SeatInput::Frame(&frame.encode()));
            }
            _ => {
                let mut bytes = vec![1, 1 + input.byte() % 3, 0, 0, 0, 0, 0, input.byte() % 2];
                bytes.resize(2_072, input.byte());
                let envelope = Envelope::parse(&bytes).unwrap();
                self.seat(SeatInput::Frame(&ToDesk::StaffEnvelope { from: seat, envelope }.encode()));
            }
        }
    }

    fn chat(&mut self, input: &mut Input<'_>) {
        let ticket = TicketName([input.byte() & 3; 32]);
        let text = input.text();
        let input = match input.below(8) {
            0 => ChatInput::PutBack,
            1 => ChatInput::End(Ending::Helped),
            2 => ChatInput::Hold(true),
            3 => ChatInput::Typing(true),
            4 => ChatInput::Visible(true),
            _ => ChatInput::Say(&text),
        };
        self.step(DeskInput::Chat(ticket, input));
    }

    fn seat(&mut self, input: SeatInput<'_>) {
        self.step(DeskInput::Seat(input));
    }

    fn step(&mut self, input: DeskInput<'_>) {
        self.steps += 1;
        let mut bytes = [0; Seed::LEN];
        bytes[..8].copy_from_slice(&self.steps.to_be_bytes());
        let wishes = self.desk.step(self.now, &mut Seed::take(&mut bytes), input);
        self.carry_out(wishes);
        let view = self.desk.seat_view();
        assert!(!view.admitted || view.link == LinkView::Up, "admitted on no socket");
        saw("desk", (view.link as u8, view.admitted, view.refusal.map(Refusal::byte)));
    }

    fn carry_out(&mut self, wishes: Vec<DeskWish>) {
        for wish in wishes {
            let kind = match wish {
                DeskWish::Send(frame) => {
                    let spoken = FromDesk::decode(&frame).expect("the machine speaks the protocol");
                    let proof = matches!(spoken, FromDesk::Admit { .. });
                    assert!(!proof || self.challenged && !self.signed_out, "a proof nobody asked for");
                    u32::from(frame[0])
                }
                DeskWish::Open => {
                    assert!(!self.signed_out, "a seat that signed out stays away");
                    1
                }
                DeskWish::Close => 2,
                DeskWish::Line { entries, .. } => 3 + entries.len().min(3) as u32,
                DeskWish::Taken { .. } => 7,
                DeskWish::NotTaken(refusal) => 8 + u32::from(refusal.byte()),
                DeskWish::Chat(_, Wish::Open | Wish::Close | Wish::Send(_)) => panic!("a chat has no socket"),
                DeskWish::Chat(..) => 30,
                DeskWish::Colleagues(_) => 31,
                DeskWish::ColleagueSaid { .. } | DeskWish::Asked { .. } => {
                    panic!("nobody has proven themselves")
                }
                DeskWish::Told(..) => 32,
                DeskWish::ToldDelivered(..) => panic!("nobody has opened it"),
                DeskWish::NotTold(..) => 33,
                DeskWish::ColleagueGone(_) => 34,
                DeskWish::AskedNoMore(_) => panic!("nobody was asked"),
            };
            saw("desk wish", kind);
        }
    }
}

fn envelope(input: &mut Input<'_>, beat: bool) -> Envelope {
    let mut bytes = vec![1, if beat { 4 } else { 2 + input.byte() % 2 }, 0, 0, 0, 0, 0, input.byte() % 3];
    bytes.resize(if beat { 536 } else { 2072 }, input.byte());
    Envelope::parse(&bytes).unwrap()
}

fn frame(input: &mut Input<'_>) -> ToDesk {
    let from = Member::VISITOR;
    match input.below(16) {
        0 => ToDesk::Challenge { challenge: [input.byte(); 32] },
        1..4 => ToDesk::Admitted,
        4 => {
            let entry = LineEntry {
                ticket: TicketName([input.byte() & 3; 32]),
                lane: Lane::Support,
                present: input.flag(),
                waited_s: input.u32(),
                languages: Languages::default(),
            };
            let entries = vec![entry; input.below(4)];
            ToDesk::Line { state: OpenState::Open, total: input.u32(), entries }
        }
        5..8 => {
            let chat = chat(input);
            let (_, hello) = greet(hello_seed(1), Occasion::new_ticket(&chat.ticket.0), &anchors());
            let mut hello = hello.to_envelope().into_bytes();
            let hello = match input.below(6) {
                // A relay may say that anything is a hello.
                0 => envelope(input, true),
                1 => envelope(input, false),
                2 => {
                    input.spoil(&mut hello[8..]);
                    Envelope::parse(&hello).unwrap()
                }
                _ => Envelope::parse(&hello).unwrap(),
            };
            ToDesk::Taken { chat, lane: Lane::Support, languages: Languages::default(), hello }
        }
        8 => ToDesk::NotTaken { refusal: Refusal::NobodyWaits },
        9 => ToDesk::Envelope { chat: chat(input), from, envelope: envelope(input, false) },
        10 => ToDesk::Beat { chat: chat(input), from, envelope: envelope(input, true) },
        11 => ToDesk::Visitor { chat: chat(input), presence: Presence::Gone, gone_s: input.u32() },
        12 => ToDesk::Ended { chat: chat(input), ending: Ending::LostContact },
        13 => ToDesk::Refused { chat: chat(input), refusal: Refusal::NotYours },
        14 => ToDesk::Restarting { after_ms: input.u32(), within_ms: input.u32() },
        _ => ToDesk::Alive,
    }
}
