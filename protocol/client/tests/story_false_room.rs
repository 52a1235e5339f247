//! Somebody who sees another room than the rest, or says so: the room stops, with a word of its own.
//!
//! The other end of these stories is made by hand from a session, since no machine of ours says such things.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{
    Chat, ChatInput, Phase, SeatDesk, SeatInput, SeatWish, SignIn, StaffDesk, StaffInput, Trouble, View,
    Visit, VisitInput, Wish,
};
use lykta_e2ee::{
    AnswerSeed, Arrival, Awaiting, BeatState, ChainSecret, Hello, HelloSeed, Note, Occasion, Room,
    RoomMember, Seat, SeatKey, Session, Words, answer, greet,
};
use lykta_trust::{AliasId, Anchors, Fingerprint, Role, SeatCertificate, SeatTerms, Serial, StaffKey};
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, FromDesk, Lane, Languages, Member, Presence, TicketName, ToDesk,
    ToRelay, ToVisitor,
};
use world::{Random, START_MS, anchors, counsellor};

const NOW: u64 = START_MS;

fn wire(envelope: &lykta_e2ee::Envelope) -> Envelope {
    Envelope::parse(envelope.as_bytes()).unwrap()
}

fn words(text: &str) -> Note {
    Note::Words(Words { text: String::from(text).into(), more: false })
}

fn room(round: u16, members: &[(u8, Role, Fingerprint)]) -> Room {
    let members = members
        .iter()
        .map(|(member, role, seat)| RoomMember {
            member: Member::new(*member).unwrap(),
            role: *role,
            seat: *seat,
        })
        .collect();
    Room { round, secret: ChainSecret::take(&mut [7; 32]), members }
}

/// A counsellor's chat whose visitor is made by hand.
struct HandMadeVisitor {
    chat: Chat,
    session: Session,
    ours: Fingerprint,
    random: Random,
}

const TICKET: TicketName = TicketName([0xAA; 32]);

impl HandMadeVisitor {
    fn talking() -> Self {
        let mut random = Random(1);
        let mut person = counsellor(0);
        let sign_in = SignIn {
            staff_seed: &mut person.seed,
            staff: person.certificate,
            anchors: anchors(),
            build_date: 0,
            origin: "http://localhost".into(),
            capacity: 3,
        };
        let (desk, _) = SeatDesk::sign_in(sign_in, NOW, &mut random.seed()).unwrap();
        let reference = ChatRef { ticket: TICKET, claim: Claim(1) };
        let occasion = Occasion::new_ticket(&TICKET.0);
        let (awaiting, hello): (Awaiting, Hello) = greet(HelloSeed::take(&mut [5; 96]), occasion, &anchors());
        let hello = hello.to_envelope();
        let (mut chat, wishes) =
            Chat::begin(&desk.bundle().unwrap(), reference, "Lo", hello.as_bytes(), NOW, &mut random.seed())
                .unwrap();
        let sealed = puts(&wishes).remove(0);
        let answer = lykta_e2ee::Answer::from_envelope(sealed.as_bytes()).unwrap();
        let (mut session, who) = awaiting.finish(&answer, &anchors(), NOW / 1_000).ok().unwrap();
        let confirm = session.seal(&Note::Confirm).unwrap();
        let frame = ToDesk::Envelope { chat: reference, from: Member::VISITOR, envelope: wire(&confirm) };
        chat.step(NOW, &mut random.seed(), ChatInput::Frame(&frame.encode()));
        assert_eq!(chat.view().phase, Phase::Talking);
        Self { chat, session, ours: who.seat_fingerprint(), random }
    }

    fn says(&mut self, note: &Note) -> Vec<Wish> {
        let envelope = wire(&self.session.seal(note).unwrap());
        let frame = ToDesk::Envelope { chat: self.chat.chat(), from: Member::VISITOR, envelope };
        self.chat.step(NOW, &mut self.random.seed(), ChatInput::Frame(&frame.encode()))
    }

    fn enters(&mut self, said: &Room, meant: &Room) -> Vec<Wish> {
        self.session.set_room(meant.mark(&TICKET));
        self.says(&Note::Room(room(
            said.round,
            &said.members.iter().map(|one| (one.member.number(), one.role, one.seat)).collect::<Vec<_>>(),
        )))
    }
}

fn puts(wishes: &[Wish]) -> Vec<Envelope> {
    let put = |wish: &Wish| match wish {
        Wish::Send(frame) => match FromDesk::decode(frame) {
            Ok(FromDesk::Put { envelope, .. }) => Some(envelope),
            _ => None,
        },
        _ => None,
    };
    wishes.iter().filter_map(put).collect()
}

fn texts(wishes: &[Wish]) -> Vec<String> {
    let text = |wish: &Wish| match wish {
        Wish::Said(said) => Some(said.text.to_string()),
        _ => None,
    };
    wishes.iter().filter_map(text).collect()
}

fn stopped(view: &View) -> bool {
    (view.phase, view.ending, view.trouble) == (Phase::Over, Some(Ending::Failed), Some(Trouble::RoomDiffers))
}

#[test]
fn a_room_that_everybody_sees_the_same_goes_on() {
    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    let one = || room(1, &[(1, Role::Counsellor, ours), (2, Role::Expert, Fingerprint([9; 32]))]);
    story.enters(&one(), &one());
    assert_eq!(texts(&story.says(&words("hej"))), ["hej"]);
    assert_eq!(story.chat.view().room.len(), 1);
    let two = || room(2, &[(1, Role::Counsellor, ours)]);
    story.enters(&two(), &two());
    assert_eq!(texts(&story.says(&words("nu är vi två"))), ["nu är vi två"]);
    assert!(story.chat.view().room.is_empty());
}

#[test]
fn a_visitor_who_says_one_room_and_means_another_is_not_heard() {
    let hidden = Fingerprint([9; 32]);
    let told = |ours| room(1, &[(1, Role::Counsellor, ours)]);
    let meant = |ours| room(1, &[(1, Role::Counsellor, ours), (2, Role::Expert, hidden)]);
    // At once, and later.
    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    story.enters(&told(ours), &meant(ours));
    assert!(stopped(&story.chat.view()));
    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    story.enters(&told(ours), &told(ours));
    story.session.set_room(meant(ours).mark(&TICKET));
    let wishes = story.says(&words("ingen annan läser"));
    assert!(texts(&wishes).is_empty(), "not a word of it is shown");
    assert!(stopped(&story.chat.view()));
    let ended = wishes.iter().any(|wish| {
        matches!(wish, Wish::Send(frame) if matches!(FromDesk::decode(frame), Ok(FromDesk::End { ending: Ending::Failed, .. })))
    });
    assert!(ended && wishes.iter().any(|wish| matches!(wish, Wish::Emptied)));
}

#[test]
fn a_room_without_this_seat_an_old_room_or_a_mark_before_any_room_stops_as_well() {
    let mut story = HandMadeVisitor::talking();
    let stranger = || room(1, &[(1, Role::Counsellor, Fingerprint([9; 32]))]);
    story.enters(&stranger(), &stranger());
    assert!(stopped(&story.chat.view()), "another seat under this one's number");

    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    let at = |round| room(round, &[(1, Role::Counsellor, ours)]);
    story.enters(&at(2), &at(2));
    story.enters(&at(2), &at(2));
    assert!(stopped(&story.chat.view()), "the same round twice");

    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    story.session.set_room(room(1, &[(1, Role::Counsellor, ours)]).mark(&TICKET));
    story.says(&words("hej"));
    assert!(stopped(&story.chat.view()), "a room nobody was told of");
}

#[test]
fn a_counsellor_who_shows_another_room_is_not_heard_by_the_visitor() {
    let mut random = Random(2);
    let mut visit = Visit::new(anchors(), 0, true);
    let join = VisitInput::Join {
        lane: Lane::Support,
        languages: Languages::default(),
        about: lykta_client::About::Myself,
    };
    visit.step(NOW, &mut random.seed(), join);
    let wishes = visit.step(NOW, &mut random.seed(), VisitInput::Opened);
    let Some(Wish::Send(frame)) = wishes.first() else { panic!("a join") };
    let Ok(ToRelay::Join { secret, hello, .. }) = ToRelay::decode(frame) else { panic!("a join") };
    let (ticket, claim) = (secret.name(), Claim(1));
    let mut hears = |visit: &mut Visit, frame: ToVisitor| {
        visit.step(NOW, &mut random.seed(), VisitInput::Frame(&frame.encode()))
    };
    hears(&mut visit, ToVisitor::Joined { ticket });
    hears(&mut visit, ToVisitor::With { claim, seat: Presence::Here, gone_s: 0 });
    let (seat, pinned) = (seat(), anchors());
    let hello = Hello::from_envelope(hello.as_bytes()).unwrap();
    let occasion = Occasion::new_ticket(&ticket.0);
    let (unconfirmed, sealed) =
        answer(&hello, occasion, &seat, &pinned, AnswerSeed::take(&mut [6; 96])).ok().unwrap();
    let from = Member::COUNSELLOR;
    let wishes =
        hears(&mut visit, ToVisitor::Envelope { claim, from, envelope: wire(&sealed.to_envelope()) });
    let confirm = wishes.iter().find_map(|wish| match wish {
        Wish::Send(frame) => match ToRelay::decode(frame) {
            Ok(ToRelay::Put { envelope, .. }) => Some(envelope),
            _ => None,
        },
        _ => None,
    });
    let Ok((mut session, Arrival::Kept(_))) = unconfirmed.confirm(confirm.unwrap().as_bytes()) else {
        panic!("the visitor confirms")
    };
    let mut says = |visit: &mut Visit, session: &mut Session, note: &Note| {
        let envelope = wire(&session.seal(note).unwrap());
        hears(visit, ToVisitor::Envelope { claim, from, envelope })
    };
    assert_eq!(texts(&says(&mut visit, &mut session, &words("hej"))), ["hej"]);
    let _ = session.seal_beat(&BeatState::default());
    session.set_room(room(1, &[(1, Role::Counsellor, seat.certificate().fingerprint())]).mark(&ticket));
    let wishes = says(&mut visit, &mut session, &words("vi är ensamma"));
    assert!(texts(&wishes).is_empty());
    assert!(stopped(&visit.view()));
    assert!(wishes.iter().any(|wish| matches!(wish, Wish::Leave(_))), "the relay forgets the ticket");
}

/// A counsellor's seat, by hand.
fn seat() -> Seat {
    let person = counsellor(0);
    let staff_key = StaffKey::take_seed(&mut person.seed.clone());
    let key = SeatKey::take_seed(&mut [0xD7; 32]);
    let terms = SeatTerms {
        serial: Serial([0xC7; 16]),
        not_before: (NOW / 1_000) as u32 - 10,
        not_after: (NOW / 1_000) as u32 + 3_600,
        caps: 0,
        alias_id: AliasId([1; 16]),
    };
    let certificate = SeatCertificate::sign(&staff_key, &person.certificate, &key.public(), terms);
    Seat::new(key, person.certificate, certificate).unwrap()
}

#[test]
fn a_desk_that_signs_in_tells_nobody_anything_by_itself() {
    let mut random = Random(3);
    let mut person = counsellor(0);
    let sign_in = SignIn {
        staff_seed: &mut person.seed,
        staff: person.certificate,
        anchors: Anchors::clone(&anchors()),
        build_date: 0,
        origin: "http://localhost".into(),
        capacity: 3,
    };
    let (mut desk, _) = SeatDesk::sign_in(sign_in, NOW, &mut random.seed()).unwrap();
    desk.step(NOW, &mut random.seed(), SeatInput::Opened);
    let seats = ToDesk::Seats {
        entries: vec![lykta_wire::SeatEntry {
            seat: lykta_wire::SeatId([9; 16]),
            certificate: [9; 32],
            role: 1,
            ready: true,
            chats: 0,
            capacity: 3,
        }],
    };
    let mut staff = StaffDesk::begin(&desk.bundle().unwrap(), 0, NOW).unwrap();
    let wishes = desk.step(NOW, &mut random.seed(), SeatInput::Frame(&seats.encode()));
    assert!(!wishes.iter().any(|wish| matches!(wish, SeatWish::Send(_))));
    assert!(staff.step(NOW, &mut random.seed(), StaffInput::LinkUp).is_empty());
    assert!(staff.step(NOW, &mut random.seed(), StaffInput::Frame(&seats.encode())).is_empty());
    assert!(staff.colleague(lykta_wire::SeatId([9; 16])).is_none(), "a list proves nobody");
}

/// What a mesh would report, by hand: `what | ticket | claim | member | certificate | body`.
fn report(what: u8, claim: u32, member: u8, certificate: Fingerprint, body: &[u8]) -> Vec<u8> {
    [&[what][..], &TICKET.0, &claim.to_be_bytes(), &[member], &certificate.0, body].concat()
}

#[test]
fn a_report_counts_only_when_it_is_of_whom_the_visitor_let_in_under_this_claim() {
    const TEXT: u8 = 2;
    let guest = Fingerprint([9; 32]);
    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    let three = || room(1, &[(1, Role::Counsellor, ours), (2, Role::Expert, guest)]);
    let hears = |story: &mut HandMadeVisitor, report: &[u8]| {
        let seed = &mut story.random.seed();
        story.chat.step(NOW, seed, ChatInput::Report(report))
    };
    assert!(
        texts(&hears(&mut story, &report(TEXT, 1, 2, guest, b"hej"))).is_empty(),
        "before there is a room"
    );
    story.enters(&three(), &three());
    let orders = story.chat.orders();
    assert_eq!(orders.len(), 1);
    assert_eq!(
        orders[0][..38],
        [&[1][..], &TICKET.0, &1u32.to_be_bytes(), &[1]].concat(),
        "who is in it, and who we are"
    );

    let mut elsewhere = report(TEXT, 1, 2, guest, b"hej");
    elsewhere[1] ^= 1;
    for refused in [
        report(TEXT, 1, 2, ours, b"hej"),
        report(TEXT, 1, 2, Fingerprint([0; 32]), b"hej"),
        report(TEXT, 2, 2, guest, b"hej"),
        report(TEXT, 1, 3, guest, b"hej"),
        report(TEXT, 1, 0, guest, b"hej"),
        report(TEXT, 1, 9, guest, b"hej"),
        report(TEXT, 1, 2, guest, &[0xFF]),
        report(6, 1, 2, guest, b"hej"),
        elsewhere,
        report(TEXT, 1, 2, guest, b"")[..69].to_vec(),
    ] {
        assert!(texts(&hears(&mut story, &refused)).is_empty());
    }
    assert_eq!(texts(&hears(&mut story, &report(TEXT, 1, 2, guest, b"hej"))), ["hej"]);
    assert_eq!(story.chat.view().phase, Phase::Talking);
}

#[test]
fn a_seat_that_shows_another_room_than_the_visitor_s_stops_it_in_the_chat_s_own_memory() {
    const MARK: u8 = 1;
    let guest = Fingerprint([9; 32]);
    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    let one = |round| room(round, &[(1, Role::Counsellor, ours), (2, Role::Expert, guest)]);
    let mark = |round| *one(round).mark(&TICKET).as_bytes();
    story.enters(&one(1), &one(1));
    story.enters(&one(2), &one(2));
    let hears = |story: &mut HandMadeVisitor, at: u64, bytes: &[u8]| {
        let seed = &mut story.random.seed();
        story.chat.step(at, seed, ChatInput::Report(bytes))
    };
    hears(&mut story, NOW, &report(MARK, 1, 2, guest, &mark(2)));
    assert_eq!(story.chat.view().phase, Phase::Talking);
    // A room nobody knows may be one the visitor says next: what comes under it waits, and is never shown if not.
    hears(&mut story, NOW, &report(MARK, 1, 2, guest, &mark(3)));
    assert!(texts(&hears(&mut story, NOW, &report(2, 1, 2, guest, b"hemligt"))).is_empty());
    assert_eq!(story.chat.view().phase, Phase::Talking);
    let out = hears(&mut story, NOW + 61_000, &report(5, 1, 2, guest, &[1, 0, 0, 0, 0]));
    assert!(texts(&out).is_empty());
    assert!(stopped(&story.chat.view()), "no visitor's word made it true");

    // Back to an earlier room there is no innocent way.
    let mut story = HandMadeVisitor::talking();
    let ours = story.ours;
    let one = |round| room(round, &[(1, Role::Counsellor, ours), (2, Role::Expert, guest)]);
    let mark = |round| *one(round).mark(&TICKET).as_bytes();
    story.enters(&one(1), &one(1));
    story.enters(&one(2), &one(2));
    let hears = |story: &mut HandMadeVisitor, bytes: &[u8]| {
        let seed = &mut story.random.seed();
        story.chat.step(NOW, seed, ChatInput::Report(bytes))
    };
    hears(&mut story, &report(MARK, 1, 2, guest, &mark(2)));
    hears(&mut story, &report(MARK, 1, 2, guest, &mark(1)));
    assert!(stopped(&story.chat.view()));
}
