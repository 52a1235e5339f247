//! Every arrow of the link's and the seat's drawing, and every arrow that is not there.
#![allow(
    clippy::unwrap_used,
    clippy::type_complexity,
    reason = "a test: tables, and helpers that may stop it"
)]

mod world;

use lykta_client::{
    ChainSecret, Chat, ChatInput, Invitation, Link, LinkState, LinkView, LinkWish, Phase, ReturnKey,
    SeatDesk, SeatInput, SeatWish, Seed, SignIn, SilenceTimes, StaffDesk, StaffInput, Wish,
};
use lykta_e2ee::InvitationStep;
use lykta_wire::{
    ChatRef, Claim, CloseCode, Ending, Envelope, FromDesk, InviteKind, Lane, Languages, Member, OpenState,
    Presence, Refusal, ReturnHandle, SeatId, TicketName, ToDesk,
};
use world::{START_MS, counsellor};

fn seed() -> Seed {
    Seed::take(&mut [7; Seed::LEN])
}

// ---- the link ---------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Stopped,
    Down,
    Opening,
    Up,
}

const LATER: u64 = 120_000;

fn on(link: &Link) -> On {
    match link.state() {
        LinkState::Stopped => On::Stopped,
        LinkState::Down { .. } => On::Down,
        LinkState::Opening { .. } => On::Opening,
        LinkState::Up { .. } => On::Up,
    }
}

/// A link at time 0.
fn link_on(wanted: On) -> Link {
    let mut link = Link::default();
    if wanted != On::Stopped {
        link.start(0);
    }
    if wanted == On::Up {
        assert!(link.opened(0));
    }
    if wanted == On::Down {
        link.closed(1006, 0, &mut seed());
    }
    assert_eq!(on(&link), wanted);
    link
}

#[test]
fn every_event_in_every_state_of_a_link() {
    use On::{Down as D, Opening as O, Stopped as S, Up as U};
    type Event = fn(&mut Link) -> Option<LinkWish>;
    let closed = |code: CloseCode| code.number();
    assert_eq!((closed(CloseCode::Replaced), closed(CloseCode::Over)), (4000, 4005));
    // After the event: stopped, down, opening, up; and what is wished for.
    let events: [(&str, Event, [On; 4], [Option<LinkWish>; 4]); 14] = {
        use LinkWish::{Close, Open, Probe};
        [
            ("start", |link| link.start(0), [O, D, O, U], [Some(Open), None, None, None]),
            ("stop", |link| link.stop(), [S, S, S, S], [None, None, Some(Close), Some(Close)]),
            (
                "opened",
                |link| {
                    link.opened(0);
                    None
                },
                [S, D, U, U],
                [None; 4],
            ),
            (
                "closed",
                |link| {
                    link.closed(1006, 0, &mut seed());
                    None
                },
                [S, D, D, D],
                [None; 4],
            ),
            (
                "closed: restarting",
                |link| {
                    link.closed(1012, 0, &mut seed());
                    None
                },
                [S, D, D, D],
                [None; 4],
            ),
            (
                "closed: replaced",
                |link| {
                    link.closed(4000, 0, &mut seed());
                    None
                },
                [S, D, S, S],
                [None; 4],
            ),
            (
                "closed: over",
                |link| {
                    link.closed(4005, 0, &mut seed());
                    None
                },
                [S, D, S, S],
                [None; 4],
            ),
            (
                "heard",
                |link| {
                    link.heard(0);
                    None
                },
                [S, D, O, U],
                [None; 4],
            ),
            (
                "restarting",
                |link| {
                    link.restarting(1, 1, 0, &mut seed());
                    None
                },
                [S, D, O, U],
                [None; 4],
            ),
            ("tick at once", |link| link.tick(0, &mut seed()), [S, D, O, U], [None; 4]),
            (
                "tick much later",
                |link| link.tick(LATER, &mut seed()),
                [S, O, D, U],
                [None, Some(Open), Some(Close), Some(Probe)],
            ),
            ("wake at once", |link| link.wake(0), [S, D, O, U], [None, None, None, Some(Probe)]),
            ("wake later", |link| link.wake(LATER), [S, O, O, U], [None, Some(Open), None, Some(Probe)]),
            ("reopen", |link| link.reopen(0, &mut seed()), [S, D, O, D], [None, None, None, Some(Close)]),
        ]
    };
    for (name, event, after, wishes) in events {
        for ((before, after), wish) in [S, D, O, U].into_iter().zip(after).zip(wishes) {
            let mut link = link_on(before);
            assert_eq!(event(&mut link), wish, "{name} while {before:?}");
            assert_eq!(on(&link), after, "{name} while {before:?}");
            // Something is due as long as the link is wanted, and nothing once it is not.
            assert_eq!(link.wake_at().is_none(), after == S, "{name} while {before:?}");
        }
    }
}

// ---- the seat ---------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seat {
    Opening,
    /// The socket is open; the proof was asked for and given.
    Proving,
    Seated,
    Down,
    SignedOut,
}

const SEATS: [Seat; 5] = [Seat::Opening, Seat::Proving, Seat::Seated, Seat::Down, Seat::SignedOut];

fn at(desk: &SeatDesk) -> Seat {
    let view = desk.view();
    assert!(!view.admitted || view.link == LinkView::Up);
    match view.link {
        LinkView::Opening => Seat::Opening,
        LinkView::Up if view.admitted => Seat::Seated,
        LinkView::Up => Seat::Proving,
        LinkView::Down if desk.retry_at_ms().is_some() => Seat::Down,
        LinkView::Down => Seat::SignedOut,
    }
}

fn step(desk: &mut SeatDesk, input: SeatInput<'_>) -> Vec<SeatWish> {
    desk.step(START_MS, &mut seed(), input)
}

fn frame(desk: &mut SeatDesk, frame: &ToDesk) -> Vec<SeatWish> {
    step(desk, SeatInput::Frame(&frame.encode()))
}

fn seat_at(wanted: Seat) -> SeatDesk {
    let mut staff = counsellor(0);
    let sign_in = SignIn {
        staff_seed: &mut staff.seed,
        staff: staff.certificate,
        anchors: world::anchors(),
        build_date: 0,
        origin: "http://localhost".into(),
        capacity: 3,
    };
    let (mut desk, _) = SeatDesk::sign_in(sign_in, START_MS, &mut seed()).unwrap();
    if matches!(wanted, Seat::Proving | Seat::Seated) {
        step(&mut desk, SeatInput::Opened);
        frame(&mut desk, &ToDesk::Challenge { challenge: [1; 32] });
    }
    match wanted {
        Seat::Seated => _ = frame(&mut desk, &ToDesk::Admitted),
        Seat::Down => _ = step(&mut desk, SeatInput::Closed(1006)),
        Seat::SignedOut => _ = step(&mut desk, SeatInput::SignOut),
        Seat::Opening | Seat::Proving => {}
    }
    assert_eq!(at(&desk), wanted);
    desk
}

fn chat() -> ChatRef {
    ChatRef { ticket: TicketName([9; 32]), claim: Claim(1) }
}

fn words() -> ReturnKey {
    ReturnKey { id: [1; 16], key: ChainSecret::take(&mut [2; 32]) }
}

fn invitation() -> Invitation {
    let (step, kind, member) = (InvitationStep::Yes, InviteKind::Guest, Member::new(2).unwrap());
    Invitation { step, kind, chat: chat(), member }
}

fn envelope(kind: u8, size: usize) -> Envelope {
    let mut bytes = vec![0; size];
    bytes[..2].copy_from_slice(&[1, kind]);
    Envelope::parse(&bytes).unwrap()
}

/// The kinds of the frames that are sent, with 1 for a socket to open, 2 for one to close, 3 for what is only
/// told to the page, 4 and 5 for the chats going down and up.
fn said(wishes: &[SeatWish]) -> Vec<u8> {
    let number = |wish: &SeatWish| match wish {
        SeatWish::Send(frame) => frame[0],
        SeatWish::Open => 1,
        SeatWish::Close => 2,
        SeatWish::Line { .. } | SeatWish::Taken { .. } | SeatWish::NotTaken(_) | SeatWish::ReturnKept(_) => 3,
        SeatWish::ChatsDown => 4,
        SeatWish::ChatsUp => 5,
    };
    wishes.iter().map(number).collect()
}

#[test]
fn every_frame_in_every_state_of_a_seat() {
    use Seat::{Down as D, Opening as O, Proving as P, Seated as T, SignedOut as S};
    let (chat, from) = (chat(), Member::VISITOR);
    let (lane, languages, hello) = (Lane::Support, Languages::default(), envelope(1, 2072));
    let (seat, handle) = (SeatId([7; 16]), ReturnHandle([8; 32]));
    let state = OpenState::Open;
    // What is said while proving, and while seated; everywhere else nothing is heard at all.
    let frames: [(&str, ToDesk, [Seat; 5], &[u8], &[u8]); 21] = [
        ("Challenge", ToDesk::Challenge { challenge: [2; 32] }, [O, P, T, D, S], &[0x41], &[0x41]),
        ("Admitted", ToDesk::Admitted, [O, T, T, D, S], &[0x42, 5], &[0x42, 5]),
        ("Line", ToDesk::Line { state, total: 0, entries: vec![] }, [O, P, T, D, S], &[3], &[3]),
        (
            "Taken",
            ToDesk::Taken { chat, lane, languages: languages.clone(), hello: hello.clone() },
            [O, P, T, D, S],
            &[3],
            &[3],
        ),
        // Words that this seat does not keep: whoever named them is told so, and the relay forgets where they lead.
        (
            "Returned with words nobody keeps",
            ToDesk::Returned { chat, handle, lane, languages, hello },
            [O, P, T, D, S],
            &[0x48],
            &[0x48, 0x57],
        ),
        ("ReturnKept of words nobody keeps", ToDesk::ReturnKept { handle }, [O, P, T, D, S], &[], &[]),
        ("NotTaken", ToDesk::NotTaken { refusal: Refusal::Gone }, [O, P, T, D, S], &[3], &[3]),
        ("Envelope", ToDesk::Envelope { chat, from, envelope: envelope(3, 536) }, [O, P, T, D, S], &[], &[]),
        ("Beat", ToDesk::Beat { chat, from, envelope: envelope(4, 536) }, [O, P, T, D, S], &[], &[]),
        ("Stored", ToDesk::Stored { chat, to: from, next: 1 }, [O, P, T, D, S], &[], &[]),
        (
            "Visitor",
            ToDesk::Visitor { chat, presence: Presence::Gone, gone_s: 1 },
            [O, P, T, D, S],
            &[],
            &[0x51],
        ),
        ("Ended", ToDesk::Ended { chat, ending: Ending::Helped }, [O, P, T, D, S], &[], &[]),
        ("Refused", ToDesk::Refused { chat, refusal: Refusal::NotYours }, [O, P, T, D, S], &[], &[]),
        ("Seats", ToDesk::Seats { entries: vec![] }, [O, P, T, D, S], &[], &[]),
        (
            "a note of a colleague nobody knows",
            ToDesk::StaffEnvelope { from: seat, envelope: envelope(3, 536) },
            [O, P, T, D, S],
            &[],
            &[],
        ),
        (
            "a beat of a colleague nobody knows",
            ToDesk::StaffBeat { from: seat, envelope: envelope(4, 536) },
            [O, P, T, D, S],
            &[],
            &[],
        ),
        ("StaffStored", ToDesk::StaffStored { to: seat, next: 1 }, [O, P, T, D, S], &[], &[]),
        (
            "StaffRefused",
            ToDesk::StaffRefused { to: seat, refusal: Refusal::Gone },
            [O, P, T, D, S],
            &[],
            &[],
        ),
        // The socket is used until the time has come.
        ("Restarting", ToDesk::Restarting { after_ms: 9, within_ms: 9 }, [O, P, T, D, S], &[], &[]),
        ("Restarting now", ToDesk::Restarting { after_ms: 0, within_ms: 0 }, [O, D, D, D, S], &[2], &[4, 2]),
        ("Alive", ToDesk::Alive, [O, P, T, D, S], &[], &[]),
    ];
    for (name, told, after, proving, seated) in &frames {
        for (before, after) in SEATS.iter().zip(after) {
            let mut desk = seat_at(*before);
            let wishes = said(&frame(&mut desk, told));
            let expected: &[u8] = match before {
                Seat::Proving => proving,
                Seat::Seated => seated,
                _ => &[],
            };
            assert_eq!(wishes, expected, "{name} while {before:?}");
            assert_eq!(at(&desk), *after, "{name} while {before:?}");
        }
    }
}

#[test]
fn a_chat_that_the_relay_serves_and_nobody_has_keys_for_is_given_up_at_once() {
    let (chat, mut desk) = (chat(), seat_at(Seat::Seated));
    let here = ToDesk::Visitor { chat, presence: Presence::Here, gone_s: 0 };
    step(&mut desk, SeatInput::Hold(vec![chat]));
    assert_eq!(said(&frame(&mut desk, &here)), [], "its machine is about to be there");
    step(&mut desk, SeatInput::Hold(vec![]));
    let wishes = frame(&mut desk, &here);
    let [SeatWish::Send(word)] = wishes.as_slice() else { panic!("one word to the relay") };
    assert_eq!(*word, FromDesk::Part { chat }.encode());
    let after = ChatRef { claim: Claim(chat.claim.0 + 1), ..chat };
    step(&mut desk, SeatInput::Hold(vec![after]));
    assert_eq!(said(&frame(&mut desk, &here)), [0x51], "the keys of another claim are not its keys");
}

#[test]
fn every_wish_of_the_console_in_every_state_of_a_seat() {
    use Seat::{Down as D, Opening as O, Proving as P, Seated as T, SignedOut as S};
    type Make = fn() -> SeatInput<'static>;
    let inputs: [(&str, Make, [Seat; 5], [&[u8]; 5]); 16] = [
        ("Opened", || SeatInput::Opened, [P, P, T, D, S], [&[]; 5]),
        ("Closed", || SeatInput::Closed(1006), [D, D, D, D, S], [&[], &[], &[4], &[], &[]]),
        ("Closed: not admitted", || SeatInput::Closed(4002), [D, D, S, D, S], [&[], &[], &[4], &[], &[]]),
        ("Closed: replaced", || SeatInput::Closed(4000), [S, S, S, D, S], [&[], &[], &[4], &[], &[]]),
        ("Closed: over", || SeatInput::Closed(4005), [S, S, S, D, S], [&[], &[], &[4], &[], &[]]),
        ("Tick", || SeatInput::Tick, [O, P, T, D, S], [&[]; 5]),
        ("Wake", || SeatInput::Wake, [O, P, T, D, S], [&[], &[0x4A], &[0x4A], &[], &[]]),
        (
            "Duty",
            || SeatInput::Duty { ready: true, capacity: 1 },
            [O, P, T, D, S],
            [&[], &[], &[0x42], &[], &[]],
        ),
        ("Alive", || SeatInput::Alive, [O, P, T, D, S], [&[], &[], &[0x42], &[], &[]]),
        ("Take", || SeatInput::Take(None), [O, P, T, D, S], [&[3], &[3], &[0x43], &[3], &[3]]),
        ("Hold", || SeatInput::Hold(vec![]), [O, P, T, D, S], [&[]; 5]),
        ("a frame of nobody's", || SeatInput::Frame(&[0xFE]), [O, P, T, D, S], [&[]; 5]),
        // The relay is told when it listens, and all of it after an admission.
        (
            "KeepReturn",
            || SeatInput::KeepReturn { ticket: chat().ticket, words: words(), stays: true },
            [O, P, T, D, S],
            [&[], &[], &[0x56], &[], &[]],
        ),
        (
            "ForgetReturn of none",
            || SeatInput::ForgetReturn { ticket: chat().ticket, left: false },
            [O, P, T, D, S],
            [&[]; 5],
        ),
        ("CameBack of nobody", || SeatInput::CameBack(chat().ticket), [O, P, T, D, S], [&[]; 5]),
        // Resting first, while that can still be said.
        ("SignOut", || SeatInput::SignOut, [S, S, S, S, S], [&[2], &[2], &[0x42, 4, 2], &[], &[]]),
    ];
    for (name, input, after, wishes) in inputs {
        for ((before, after), expected) in SEATS.iter().zip(after).zip(wishes) {
            let mut desk = seat_at(*before);
            assert_eq!(said(&step(&mut desk, input())), expected, "{name} while {before:?}");
            assert_eq!(at(&desk), after, "{name} while {before:?}");
        }
    }
}

#[test]
fn who_signed_out_proves_nothing_any_more_and_cannot_answer_for_the_seat() {
    let mut desk = seat_at(Seat::SignedOut);
    assert!(desk.bundle().is_none());
    assert!(frame(&mut desk, &ToDesk::Challenge { challenge: [3; 32] }).is_empty());
    let mut desk = seat_at(Seat::Seated);
    let wishes = frame(&mut desk, &ToDesk::Challenge { challenge: [3; 32] });
    let [SeatWish::Send(proof)] = &wishes[..] else { panic!("one proof for one challenge") };
    assert!(matches!(FromDesk::decode(proof), Ok(FromDesk::Admit { proof }) if proof.len() == 407));
}

// ---- the staff channel --------------------------------------------------------------------------

#[test]
fn to_a_colleague_whom_the_relay_does_not_name_nothing_is_said_whether_it_listens_or_not() {
    type Make = fn() -> StaffInput<'static>;
    let inputs: [(&str, Make); 5] = [
        ("Tick", || StaffInput::Tick),
        ("Named", || StaffInput::Named("Lo")),
        ("Call of nobody", || StaffInput::Call(SeatId([7; 16]))),
        ("Tell nobody", || StaffInput::Tell(SeatId([7; 16]), "hej")),
        ("Invitation of nobody", || StaffInput::Invitation(SeatId([7; 16]), invitation())),
    ];
    let bundle = seat_at(Seat::Seated).bundle().unwrap();
    for link in [StaffInput::LinkDown, StaffInput::LinkUp] {
        let mut staff = StaffDesk::begin(&bundle, 0, START_MS).unwrap();
        staff.step(START_MS, &mut seed(), link);
        for (name, make) in &inputs {
            let frames = staff.step(START_MS + 1, &mut seed(), make());
            assert!(frames.is_empty(), "{name}");
        }
    }
}

// ---- a chat this seat was asked into -----------------------------------------------------------

/// A seat that said yes, and the visitor has not greeted it.
fn expecting(kind: InviteKind) -> Chat {
    let bundle = seat_at(Seat::Seated).bundle().unwrap();
    let step = InvitationStep::Ask(ChainSecret::take(&mut [3; 32]));
    let invitation = Invitation { step, kind, ..invitation() };
    let (expecting, wishes) = Chat::come(&bundle, invitation, "Bo", START_MS).unwrap();
    assert!(expecting.is_expecting() && matches!(&wishes[..], [Wish::Send(frame)] if frame[0] == 0x4F));
    expecting
}

#[test]
fn nothing_but_the_visitors_greeting_makes_a_chat_of_an_invitation() {
    let (chat, visitor, seat) = (chat(), Member::VISITOR, SeatId([7; 16]));
    let about = |frame: ToDesk| frame.encode();
    // Whether the seat goes on waiting.
    let frames = [
        ("a hello nobody made", ToDesk::Envelope { chat, from: visitor, envelope: envelope(1, 2072) }, true),
        ("an answer", ToDesk::Envelope { chat, from: visitor, envelope: envelope(2, 2072) }, true),
        ("a note", ToDesk::Envelope { chat, from: visitor, envelope: envelope(3, 536) }, true),
        ("a beat", ToDesk::Beat { chat, from: visitor, envelope: envelope(4, 536) }, true),
        ("Stored", ToDesk::Stored { chat, to: visitor, next: 1 }, true),
        ("Visitor", ToDesk::Visitor { chat, presence: Presence::Gone, gone_s: 1 }, true),
        ("Invited", ToDesk::Invited { chat, member: Member::COUNSELLOR, seat }, true),
        ("NotInvited", ToDesk::NotInvited { chat, seat, refusal: Refusal::Gone }, true),
        ("Refused: the store is away", ToDesk::Refused { chat, refusal: Refusal::StoreAway }, true),
        ("Alive", ToDesk::Alive, true),
        ("Refused: taken back", ToDesk::Refused { chat, refusal: Refusal::NotYours }, false),
        ("Ended", ToDesk::Ended { chat, ending: Ending::Helped }, false),
    ];
    type Make = fn() -> ChatInput<'static>;
    let wishes: [(&str, Make, bool); 16] = [
        ("LinkDown", || ChatInput::LinkDown, true),
        ("LinkUp", || ChatInput::LinkUp, true),
        ("Tick", || ChatInput::Tick, true),
        ("Say", || ChatInput::Say("hej"), true),
        ("Typing", || ChatInput::Typing(true), true),
        ("Visible", || ChatInput::Visible(false), true),
        ("Hold", || ChatInput::Hold(true), true),
        ("Silence", || ChatInput::Silence(SilenceTimes::default()), true),
        ("Compare", || ChatInput::Compare(true), true),
        ("ReturnKept", || ChatInput::ReturnKept, true),
        ("TakeBack", || ChatInput::TakeBack, true),
        ("LetGo", || ChatInput::LetGo(Member::COUNSELLOR), true),
        ("Reply", || ChatInput::Reply { seat: SeatId([7; 16]), member: Member::COUNSELLOR, yes: true }, true),
        ("Part", || ChatInput::Part, false),
        // It cannot end the chat for the others, so it leaves.
        ("End", || ChatInput::End(Ending::Helped), false),
        ("PutBack of somebody else's chat", || ChatInput::PutBack, true),
    ];
    for kind in [InviteKind::Guest, InviteKind::HandOver] {
        for (name, frame, waits) in &frames {
            let mut chat = expecting(kind);
            chat.step(START_MS, &mut seed(), ChatInput::Frame(&about(frame.clone())));
            assert_eq!(chat.is_expecting(), *waits, "{name}");
            assert_eq!(chat.view().phase, if *waits { Phase::Greeting } else { Phase::Over }, "{name}");
        }
        for (name, wish, waits) in &wishes {
            let mut chat = expecting(kind);
            let said = chat.step(START_MS, &mut seed(), wish());
            assert!(said.iter().all(|one| !matches!(one, Wish::Said(_))), "{name}: nobody to say it to");
            assert_eq!(chat.is_expecting(), *waits, "{name}");
        }
        let mut chat = expecting(kind);
        chat.step(START_MS + 6 * 60_000, &mut seed(), ChatInput::Tick);
        assert!(!chat.is_expecting(), "not for ever");
    }
}
