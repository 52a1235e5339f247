//! Every arrow of the drawings, and every arrow that is not there: each frame and each input in each phase.

#![allow(clippy::unwrap_used, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{
    About, ChainSecret, ChatInput, Colleague, LinkView, Phase, ReturnKey, SeatInput, SilenceTimes, VisitInput,
};
use lykta_trust::{Fingerprint, Role};
use lykta_wire::{
    ChatRef, Claim, CloseCode, Ending, Envelope, InviteKind, Lane, Languages, Member, OpenState, Presence,
    Puzzle, Refusal, SeatId, TicketName, ToDesk, ToVisitor, Wait,
};
use world::World;

/// A visit in a phase, its relay silent from now on.
fn visit_in(phase: Phase) -> World {
    let mut world = match phase {
        Phase::Arriving => {
            let mut world = World::new(1);
            world.add_visitor();
            world
        }
        Phase::Joining => {
            let mut world = World::new(1);
            world.add_visitor();
            world.swallow = vec![0x8B, 0x81];
            world.join(0);
            world.run(100);
            world
        }
        Phase::Waiting => World::met(1),
        Phase::Greeting => {
            let mut world = World::met(1);
            world.swallow = vec![0x84];
            world.desk(0, SeatInput::Take(None));
            world.run(100);
            world
        }
        Phase::Talking => World::talking(1),
        Phase::Over => {
            let mut world = World::talking(1);
            world.visit(0, VisitInput::Leave);
            world
        }
    };
    world.swallow = (0x81..=0x8C).collect();
    assert_eq!(world.view(0).phase, phase);
    world
}

const PHASES: [Phase; 6] =
    [Phase::Arriving, Phase::Joining, Phase::Waiting, Phase::Greeting, Phase::Talking, Phase::Over];

fn kept(kind: u8) -> Envelope {
    let mut bytes = vec![1, kind, 0, 0, 0, 0, 0, 0];
    bytes.resize(if kind <= 2 { 2072 } else { 536 }, 9);
    Envelope::parse(&bytes).unwrap()
}

fn in_line(wants_hello: bool) -> ToVisitor {
    let (wait, state) = (Wait::To30, OpenState::Open);
    ToVisitor::InLine { place: 4, wants_hello, closing_soon: true, wait, state }
}

fn with(claim: u32, seat: Presence) -> ToVisitor {
    ToVisitor::With { claim: Claim(claim), seat, gone_s: 0 }
}

fn letter(claim: u32, from: u8, kind: u8) -> ToVisitor {
    let (claim, from) = (Claim(claim), Member::new(from).unwrap());
    match kind {
        4 => ToVisitor::Beat { claim, from, envelope: kept(kind) },
        _ => ToVisitor::Envelope { claim, from, envelope: kept(kind) },
    }
}

/// `[arriving, joining, waiting, greeting, talking, over]` after a frame; `_` stands for the same phase.
#[test]
fn every_frame_in_every_phase_of_a_visit() {
    use Phase::{Arriving as A, Greeting as G, Joining as J, Over as O, Talking as T, Waiting as W};
    let frames: Vec<(&str, ToVisitor, [Phase; 6])> = vec![
        ("Joined", ToVisitor::Joined { ticket: TicketName([1; 32]) }, [A, W, W, G, T, O]),
        ("Switched", ToVisitor::Switched { claim: Claim(1), to: Member::COUNSELLOR }, [A, J, W, G, T, O]),
        ("an answer of somebody nobody called", letter(1, 2, 2), [A, J, W, G, T, O]),
        ("a note of somebody who is not in the room", letter(1, 3, 3), [A, J, W, G, T, O]),
        ("InLine", in_line(false), [A, W, W, W, W, O]),
        ("InLine, wants a hello", in_line(true), [A, W, W, W, W, O]),
        ("With, our claim", with(1, Presence::Here), [A, G, G, G, T, O]),
        ("With, our claim, gone", with(1, Presence::Gone), [A, G, G, G, T, O]),
        ("With, a newer claim", with(9, Presence::Here), [A, G, G, G, W, O]),
        ("With, an older claim", with(0, Presence::Here), [A, W, W, G, T, O]),
        ("Nowhere", ToVisitor::Nowhere, [A, J, J, J, T, O]),
        ("an answer that does not open", letter(1, 1, 2), [A, W, W, W, T, O]),
        ("an answer from a guest", letter(1, 2, 2), [A, J, W, G, T, O]),
        ("a kept envelope too early or forged", letter(1, 1, 3), [A, J, W, G, T, O]),
        ("a beat too early or forged", letter(1, 1, 4), [A, J, W, G, T, O]),
        ("a hello", letter(1, 1, 1), [A, J, W, G, T, O]),
        (
            "Stored",
            ToVisitor::Stored { claim: Claim(1), to: Member::COUNSELLOR, next: 99 },
            [A, J, W, G, T, O],
        ),
        ("Ended", ToVisitor::Ended { ending: Ending::TurnedAway }, [A, O, O, O, T, O]),
        (
            "Refused: closed",
            ToVisitor::Refused { refusal: Refusal::Closed, state: OpenState::Closed },
            [A, O, W, G, T, O],
        ),
        (
            "Refused: the store is away",
            ToVisitor::Refused { refusal: Refusal::StoreAway, state: OpenState::Open },
            [A, J, W, G, T, O],
        ),
        (
            "Refused: not yours",
            ToVisitor::Refused { refusal: Refusal::NotYours, state: OpenState::Open },
            [A, J, W, G, T, O],
        ),
        ("Restarting", ToVisitor::Restarting { after_ms: 1, within_ms: 1 }, [A, J, W, G, T, O]),
        ("Alive", ToVisitor::Alive, [A, J, W, G, T, O]),
        ("Work", ToVisitor::Work { puzzle: Puzzle::new([1; 16], 1).unwrap() }, [A, J, W, G, T, O]),
    ];
    for (name, frame, after) in &frames {
        for (phase, expected) in PHASES.iter().zip(after) {
            let mut world = visit_in(*phase);
            world.visit(0, VisitInput::Frame(&frame.encode()));
            assert_eq!(world.view(0).phase, *expected, "{name} while {phase:?}");
            let emptied = u32::from(*phase == Phase::Over || (*phase == T && *expected != T));
            assert_eq!(world.visitors[0].emptied, emptied, "{name} while {phase:?}: keys gone, screen empty");
        }
    }
}

fn words() -> ReturnKey {
    ReturnKey { id: [1; 16], key: ChainSecret::take(&mut [2; 32]) }
}

#[test]
fn every_wish_of_the_page_in_every_phase_of_a_visit() {
    use Phase::{Arriving as A, Greeting as G, Joining as J, Over as O, Talking as T, Waiting as W};
    type Make = fn() -> VisitInput<'static>;
    let inputs: [(&str, Make, [Phase; 6]); 21] = [
        (
            "Join",
            || VisitInput::Join {
                lane: Lane::Support,
                languages: Languages::default(),
                about: About::Myself,
            },
            [J, J, W, G, T, O],
        ),
        ("Opened", || VisitInput::Opened, [A, J, W, G, T, O]),
        ("Closed", || VisitInput::Closed(1006), [A, J, W, G, T, O]),
        ("Closed: over", || VisitInput::Closed(CloseCode::Over as u16), [A, O, O, O, O, O]),
        ("Tick", || VisitInput::Tick, [A, J, W, G, T, O]),
        ("Say", || VisitInput::Say("hej"), [A, J, W, G, T, O]),
        ("Typing", || VisitInput::Typing(true), [A, J, W, G, T, O]),
        ("Visible", || VisitInput::Visible(false), [A, J, W, G, T, O]),
        ("End", || VisitInput::End, [O, O, O, O, T, O]),
        ("Leave", || VisitInput::Leave, [O, O, O, O, O, O]),
        ("Front", || VisitInput::Front, [A, J, W, G, T, O]),
        ("Here", || VisitInput::Here, [A, J, W, G, T, O]),
        ("Silence", || VisitInput::Silence(SilenceTimes::default()), [A, J, W, G, T, O]),
        ("Covered", || VisitInput::Covered(true), [A, J, W, G, T, O]),
        ("Consent to nothing", || VisitInput::Consent(true), [A, J, W, G, T, O]),
        ("No to nothing", || VisitInput::Consent(false), [A, J, W, G, T, O]),
        ("Wake", || VisitInput::Wake, [A, J, W, G, T, O]),
        ("Compare", || VisitInput::Compare(true), [A, J, W, G, T, O]),
        (
            "Return",
            || VisitInput::Return {
                lane: Lane::Support,
                languages: Languages::default(),
                about: About::Myself,
                words: words(),
            },
            [J, J, W, G, T, O],
        ),
        ("KeepReturn", || VisitInput::KeepReturn { words: words(), stays: true }, [A, J, W, G, T, O]),
        ("ForgetReturn", || VisitInput::ForgetReturn, [A, J, W, G, T, O]),
    ];
    for (name, input, after) in inputs {
        for (phase, expected) in PHASES.iter().zip(after) {
            let mut world = visit_in(*phase);
            world.visit(0, input());
            assert_eq!(world.view(0).phase, expected, "{name} while {phase:?}");
        }
    }
}

#[test]
fn a_relay_that_says_ended_without_a_sealed_goodbye_gives_lost_contact_a_little_later() {
    let mut world = visit_in(Phase::Talking);
    world.visit(0, VisitInput::Frame(&ToVisitor::Ended { ending: Ending::Helped }.encode()));
    assert_eq!(world.view(0).phase, Phase::Talking);
    world.run(6_000);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, Some(Ending::LostContact)));
}

#[test]
fn frames_count_only_while_the_socket_is_open() {
    let mut world = visit_in(Phase::Waiting);
    world.cut(true, 0, 1006);
    world.visit(0, VisitInput::Frame(&ToVisitor::Ended { ending: Ending::TurnedAway }.encode()));
    assert_eq!(world.view(0).phase, Phase::Waiting);
    assert_eq!(world.view(0).link, LinkView::Down);
}

fn colleague() -> Colleague {
    Colleague {
        seat: SeatId([7; 16]),
        certificate: Fingerprint([7; 32]),
        role: Role::Counsellor,
        name: "Bo".into(),
    }
}

fn chat_in(phase: Phase) -> World {
    let mut world = World::met(2);
    if phase == Phase::Greeting {
        world.swallow = vec![0x03, 0x05];
    }
    world.desk(0, SeatInput::Take(None));
    world.run(1_000);
    world.swallow = (0xC6..=0xCB).collect();
    if phase == Phase::Over {
        world.chat(0, ChatInput::PutBack);
    }
    assert_eq!(world.chat_view(0).phase, phase);
    world
}

#[test]
fn every_frame_and_wish_in_every_phase_of_a_chat() {
    use Phase::{Greeting as G, Over as O, Talking as T};
    let phases = [G, T, O];
    type Make = fn(ChatRef) -> ToDesk;
    let frames: [(&str, Make, [Phase; 3]); 12] = [
        (
            "a forged envelope",
            |chat| ToDesk::Envelope { chat, from: Member::VISITOR, envelope: kept(3) },
            [G, T, O],
        ),
        ("a forged beat", |chat| ToDesk::Beat { chat, from: Member::VISITOR, envelope: kept(4) }, [G, T, O]),
        ("a hello", |chat| ToDesk::Envelope { chat, from: Member::VISITOR, envelope: kept(1) }, [G, T, O]),
        (
            "from a guest",
            |chat| ToDesk::Beat { chat, from: Member::COUNSELLOR, envelope: kept(4) },
            [G, T, O],
        ),
        ("Stored", |chat| ToDesk::Stored { chat, to: Member::VISITOR, next: 7 }, [G, T, O]),
        ("Visitor", |chat| ToDesk::Visitor { chat, presence: Presence::Gone, gone_s: 3 }, [G, T, O]),
        // In Talking the relay is reminded first, and the end comes five seconds later.
        ("Ended", |chat| ToDesk::Ended { chat, ending: Ending::Helped }, [O, T, O]),
        ("Refused", |chat| ToDesk::Refused { chat, refusal: Refusal::NotYours }, [G, T, O]),
        (
            "Invited, and nobody was asked",
            |chat| ToDesk::Invited { chat, member: Member::COUNSELLOR, seat: SeatId([7; 16]) },
            [G, T, O],
        ),
        (
            "NotInvited",
            |chat| ToDesk::NotInvited { chat, seat: SeatId([7; 16]), refusal: Refusal::Gone },
            [G, T, O],
        ),
        (
            "a hello of a seat nobody has named",
            |chat| ToDesk::Envelope { chat, from: Member::new(3).unwrap(), envelope: kept(1) },
            [G, T, O],
        ),
        ("Alive", |_| ToDesk::Alive, [G, T, O]),
    ];
    for (name, frame, after) in frames {
        for (phase, expected) in phases.iter().zip(after) {
            let mut world = chat_in(*phase);
            let chat = ChatRef { ticket: world.desks[0].taken[0], claim: Claim(1) };
            world.chat(0, ChatInput::Frame(&frame(chat).encode()));
            assert_eq!(world.chat_view(0).phase, expected, "{name} while {phase:?}");
            // The same about another claim changes nothing at all.
            let mut world = chat_in(*phase);
            let stranger = ChatRef { claim: Claim(2), ..chat };
            world.chat(0, ChatInput::Frame(&frame(stranger).encode()));
            assert_eq!(world.chat_view(0).phase, *phase, "{name} of another claim while {phase:?}");
        }
    }
    type Wish = fn() -> ChatInput<'static>;
    let wishes: [(&str, Wish, [Phase; 3]); 17] = [
        ("LinkDown", || ChatInput::LinkDown, [G, T, O]),
        ("LinkUp", || ChatInput::LinkUp, [G, T, O]),
        ("Tick", || ChatInput::Tick, [G, T, O]),
        ("Say", || ChatInput::Say("hej"), [G, T, O]),
        ("Typing", || ChatInput::Typing(true), [G, T, O]),
        ("Visible", || ChatInput::Visible(false), [G, T, O]),
        ("End", || ChatInput::End(Ending::Helped), [O, T, O]),
        ("PutBack", || ChatInput::PutBack, [O, O, O]),
        ("Hold", || ChatInput::Hold(true), [G, T, O]),
        ("Silence", || ChatInput::Silence(SilenceTimes::default()), [G, T, O]),
        ("Invite", || ChatInput::Invite { kind: InviteKind::Guest, colleague: colleague() }, [G, T, O]),
        (
            "Reply of somebody nobody asked",
            || ChatInput::Reply { seat: SeatId([7; 16]), member: Member::new(2).unwrap(), yes: true },
            [G, T, O],
        ),
        ("Compare", || ChatInput::Compare(true), [G, T, O]),
        ("ReturnKept", || ChatInput::ReturnKept, [G, T, O]),
        ("Part from one's own chat", || ChatInput::Part, [G, T, O]),
        ("TakeBack", || ChatInput::TakeBack, [G, T, O]),
        ("LetGo", || ChatInput::LetGo(Member::new(2).unwrap()), [G, T, O]),
    ];
    for (name, wish, after) in wishes {
        for (phase, expected) in phases.iter().zip(after) {
            let mut world = chat_in(*phase);
            world.chat(0, wish());
            assert_eq!(world.chat_view(0).phase, expected, "{name} while {phase:?}");
        }
    }
}

#[test]
fn a_chat_that_the_relay_calls_ended_twice_is_lost_contact() {
    let mut world = chat_in(Phase::Talking);
    let chat = ChatRef { ticket: world.desks[0].taken[0], claim: Claim(1) };
    let ended = ToDesk::Ended { chat, ending: Ending::Helped }.encode();
    world.chat(0, ChatInput::Frame(&ended));
    world.run(1_000);
    world.chat(0, ChatInput::Frame(&ended));
    world.run(5_000);
    let view = world.chat_view(0);
    assert_eq!((view.phase, view.ending), (Phase::Over, Some(Ending::LostContact)));
}
