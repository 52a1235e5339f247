//! Rooms with the other implementation in every place: the visitor, the seat whose chat it is, the one asked in.

use lykta_trust::{Fingerprint, Role};
use lykta_wire::{InviteKind, Member, TicketName};

use super::*;

const CHAT: TicketName = TicketName(TICKET);

fn member(number: u8) -> Member {
    Member::new(number).unwrap()
}

fn secret(byte: u8) -> ChainSecret {
    ChainSecret::take(&mut [byte; 32])
}

fn copy(theirs: &ChainSecret) -> ChainSecret {
    ChainSecret::take(&mut { *theirs.expose() })
}

fn fingerprint(seat: &Seat) -> Fingerprint {
    seat.certificate().fingerprint()
}

fn guest() -> Seat {
    second_seat(Role::Interpreter)
}

fn entry(number: u8, seat: &Seat, role: Role) -> RoomMember {
    RoomMember { member: member(number), role, seat: fingerprint(seat) }
}

fn staff_seed(n: u8) -> StaffSeed {
    StaffSeed::take(&mut core::array::from_fn(|at| (at as u8) ^ n))
}

/// A visitor of theirs, who talks with a seat of ours.
fn their_visitor() -> (Other, Session) {
    let mut other = Other::start("rooms_visitor.py");
    assert_eq!(other.ask(&format!("setup {} {NOW}", centre())), "ready");
    let hello = Hello::from_envelope(&other.envelope("greet")).unwrap();
    let (unconfirmed, answer) = answered(&hello, 1);
    let confirm = other.envelopes(&format!("answer {}", hex(answer.to_envelope().as_bytes())));
    let (session, _) = unconfirmed.confirm(&confirm[0].1).ok().unwrap();
    (other, session)
}

/// A seat of theirs.
fn their_seat(key: u8, seat: &Seat) -> Other {
    let mut other = Other::start("rooms_seat.py");
    let (staff, certificate) = (hex(seat.staff().as_bytes()), hex(seat.certificate().as_bytes()));
    let setup = format!("setup {} {NOW} {} {staff} {certificate}", anchors_in_words(), hex(&[key; 32]));
    assert_eq!(other.ask(&setup), "ready");
    other
}

fn offers(host: &mut Session, other: &mut Other, kind: OfferKind, seat: &Seat, role: Role) {
    let offer = Offer {
        number: 1,
        kind,
        member: member(2),
        seat: fingerprint(seat),
        role,
        secret: secret(0x5C),
        name: "Bo".into(),
    };
    let envelope = host.seal(&Note::Offer(offer)).unwrap();
    assert!(other.ask(&format!("open 1 {}", hex(envelope.as_bytes()))).starts_with("note 0 7 0 "));
}

/// The visitor's yes: what the host hears, and the hello for the one who was offered.
fn says_yes(host: &mut Session, other: &mut Other) -> Hello {
    let said = other.envelopes("consent yes");
    assert_eq!((said[0].0.as_str(), said[1].0.as_str()), ("1", "2"));
    let Note::Consent(consent) = host.open(&said[0].1).unwrap().note else { panic!() };
    assert_eq!(consent, Consent { to: 1, yes: true });
    Hello::from_envelope(&said[1].1).unwrap()
}

/// Opens a *room* note and seals in that room from now on.
fn enters(session: &mut Session, envelope: &[u8]) -> Room {
    let opened = session.open(envelope).unwrap();
    let Note::Room(room) = opened.note else { panic!() };
    assert_eq!(opened.room, Some(room.mark(&CHAT)), "the note is sealed in the room it tells of");
    session.set_room(room.mark(&CHAT));
    room
}

/// Two seats of ours, under a round of theirs.
fn our_pair(one: &Seat, two: &Seat, room: &Room) -> (Session, Session) {
    let (a, b) = (fingerprint(one), fingerprint(two));
    let occasion = || Occasion::room(&TICKET, &a, &b, copy(&room.secret));
    let (awaiting, hello) = pair_greet(staff_seed(1), one, b, occasion(), &anchors());
    let (unproven, answer) =
        pair_answer(&hello, a, occasion(), two, &anchors(), answer_seed(7)).ok().unwrap();
    let (one, proof, _) = awaiting.finish(&answer, one, &anchors(), NOW).ok().unwrap();
    let (two, _) = unproven.finish(&proof, &anchors(), NOW).ok().unwrap();
    (one, two)
}

fn hears_marked(session: &mut Session, envelope: &[u8], text: &str, mark: RoomMark) {
    let opened = session.open(envelope).unwrap();
    assert_eq!(opened.room, Some(mark));
    assert_eq!(text_of(opened), text);
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn an_independent_visitor_lets_our_guest_in_and_both_our_seats_hear_it() {
    let (mut other, mut host) = their_visitor();
    offers(&mut host, &mut other, OfferKind::Guest, &guest(), Role::Interpreter);
    let hello = says_yes(&mut host, &mut other);
    let occasion = Occasion::invite(&TICKET, secret(0x5C));
    let (unconfirmed, sealed) = answer(&hello, occasion, &guest(), &anchors(), answer_seed(3)).ok().unwrap();
    let said = other.envelopes(&format!("called {}", hex(sealed.to_envelope().as_bytes())));
    assert_eq!(said.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["2", "1", "2"]);
    let (mut second, _) = unconfirmed.confirm(&said[0].1).ok().unwrap();
    let room = enters(&mut host, &said[1].1);
    assert_eq!(room.round, 1);
    let both = [entry(1, &seat(), Role::Counsellor), entry(2, &guest(), Role::Interpreter)];
    assert_eq!(room.members, both);
    let again = enters(&mut second, &said[2].1);
    assert_eq!(again.secret.expose(), room.secret.expose(), "both seats are given the same secret");
    let mark = room.mark(&CHAT);

    let (mut one, mut two) = our_pair(&seat(), &guest(), &again);
    one.set_room(mark);
    hears_marked(&mut two, one.seal(&words("mellan oss")).unwrap().as_bytes(), "mellan oss", mark);
    let said = other.envelopes(&format!("say {}", hex("hej båda".as_bytes())));
    hears_marked(&mut host, &said[0].1, "hej båda", mark);
    hears_marked(&mut second, &said[1].1, "hej båda", mark);
    for (number, session) in [(1, &mut host), (2, &mut second)] {
        let envelope = session.seal(&words("hej")).unwrap();
        let reply = other.ask(&format!("open {number} {}", hex(envelope.as_bytes())));
        assert!(reply.ends_with(" 1 0 68656a"), "{reply}");
    }

    // The guest goes: a new round, and whoever speaks in another room stops it.
    let said = other.envelopes("lets_go 2");
    let opened = second.open(&said[0].1).unwrap();
    assert!(matches!(opened.note, Note::Part) && opened.room == Some(mark));
    let room = enters(&mut host, &said[1].1);
    assert_eq!((room.round, room.members.len()), (2, 1));
    host.set_room(Room { round: 3, secret: secret(0), members: both.to_vec() }.mark(&CHAT));
    let envelope = host.seal(&words("i ett annat rum")).unwrap();
    let reply = other.ask(&format!("open 1 {}", hex(envelope.as_bytes())));
    assert_eq!(reply, "fatal not everybody saw the same people");
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn an_independent_visitor_refuses_every_seat_but_the_one_that_was_offered() {
    // Another certified seat that knows the secret; the right one, without it; the right one.
    for (who, byte, reply) in [
        (seat(), 0x5C, "refused another seat than was offered"),
        (guest(), 0x5D, "refused answer"),
        (guest(), 0x5C, "2 "),
    ] {
        let (mut other, mut host) = their_visitor();
        offers(&mut host, &mut other, OfferKind::Guest, &guest(), Role::Interpreter);
        let hello = says_yes(&mut host, &mut other);
        let occasion = Occasion::invite(&TICKET, secret(byte));
        let (_, sealed) = answer(&hello, occasion, &who, &anchors(), answer_seed(3)).ok().unwrap();
        let got = other.ask(&format!("called {}", hex(sealed.to_envelope().as_bytes())));
        assert!(got.starts_with(reply), "{got:.60}");
    }
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn an_independent_visitor_is_handed_over_from_one_seat_of_ours_to_another() {
    let (mut other, mut host) = their_visitor();
    let colleague = || second_seat(Role::Counsellor);
    offers(&mut host, &mut other, OfferKind::HandOver, &colleague(), Role::Counsellor);
    let hello = says_yes(&mut host, &mut other);
    let occasion = Occasion::transfer(&TICKET, secret(0x5C));
    let (unconfirmed, sealed) =
        answer(&hello, occasion, &colleague(), &anchors(), answer_seed(3)).ok().unwrap();
    let said = other.envelopes(&format!("called {}", hex(sealed.to_envelope().as_bytes())));
    assert_eq!(said.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["1", "2", "2"]);
    let opened = host.open(&said[0].1).unwrap();
    assert!(matches!(opened.note, Note::Part) && opened.room.is_none());
    let (mut new, _) = unconfirmed.confirm(&said[1].1).ok().unwrap();
    let room = enters(&mut new, &said[2].1);
    assert_eq!(room.members, [entry(2, &colleague(), Role::Counsellor)]);
    let said = other.envelopes(&format!("say {}", hex("till den nya".as_bytes())));
    assert_eq!(said.len(), 1, "who handed over hears nothing more");
    hears_marked(&mut new, &said[0].1, "till den nya", room.mark(&CHAT));
}

/// Our visitor lets a guest in: the session with them, checked against what was announced.
fn lets_in(awaiting: Awaiting, sealed: &[u8], who: &Seat) -> Session {
    let sealed = Answer::from_envelope(sealed).unwrap();
    let (session, verified) = awaiting.finish(&sealed, &anchors(), NOW).ok().unwrap();
    assert_eq!((verified.seat_fingerprint(), verified.role()), (fingerprint(who), Role::Interpreter));
    session
}

/// The first round of both seats.
fn round(number: u16) -> Room {
    let members = vec![entry(1, &seat(), Role::Counsellor), entry(2, &guest(), Role::Interpreter)];
    Room { round: number, secret: secret(0x77), members }
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn our_visitor_and_our_counsellor_have_an_independent_guest() {
    let mut other = their_seat(0xD7, &guest());
    // The staff channel, begun by ours.
    let ours = seat();
    let (awaiting, hello) = staff_greet(staff_seed(2), &ours, fingerprint(&guest()), &anchors());
    let hello = hex(hello.to_envelope().as_bytes());
    let sealed = other.envelope(&format!("hello staff {hello} {}", hex(&fingerprint(&ours).0)));
    let sealed = Answer::from_envelope(&sealed).unwrap();
    let (mut staff, proof, who) = awaiting.finish(&sealed, &ours, &anchors(), NOW).ok().unwrap();
    assert_eq!(who.role(), Role::Interpreter);
    assert_eq!(other.ask(&format!("proof staff {}", hex(proof.to_envelope().as_bytes()))), "open");
    let chat = lykta_wire::ChatRef { ticket: CHAT, claim: lykta_wire::Claim(9) };
    let kind = InviteKind::Guest;
    let ask = InvitationStep::Ask(secret(0x5C));
    let ask = Note::Invitation(Invitation { step: ask, kind, chat, member: member(2) });
    let ask = staff.seal(&ask).unwrap();
    assert!(other.ask(&format!("open staff {}", hex(ask.as_bytes()))).starts_with("note 0 14 0 "));
    let yes = other.envelope(&format!("seal staff 14 0 0201{}0000000902", hex(&TICKET)));
    let Note::Invitation(yes) = staff.open(&yes).unwrap().note else { panic!() };
    assert!(matches!(yes.step, InvitationStep::Yes) && yes.chat == chat);

    // The visitor's greeting, and the first round.
    let (awaiting, hello) = greet(hello_seed(3), Occasion::invite(&TICKET, secret(0x5C)), &anchors());
    let sealed = other.envelope(&format!("comes {}", hex(hello.to_envelope().as_bytes())));
    let mut visitor = lets_in(awaiting, &sealed, &guest());
    let confirm = visitor.seal(&Note::Confirm).unwrap();
    assert_eq!(other.ask(&format!("open visitor {}", hex(confirm.as_bytes()))), "note 0 6 0 -");
    let mark = round(1).mark(&CHAT);
    visitor.set_room(mark);
    let told = visitor.seal(&Note::Room(round(1))).unwrap();
    let reply = other.ask(&format!("open visitor {}", hex(told.as_bytes())));
    assert!(reply.ends_with(" new 1"), "{reply}");

    // The pair: the smaller number begins. The proof opens under the round's secret only.
    let ends = (fingerprint(&ours), fingerprint(&guest()));
    let occasion = |byte| Occasion::room(&TICKET, &ends.0, &ends.1, secret(byte));
    let (awaiting, hello) = pair_greet(staff_seed(4), &ours, ends.1, occasion(0x78), &anchors());
    let sealed = other.envelope(&format!("hello 1 {}", hex(hello.to_envelope().as_bytes())));
    let sealed = Answer::from_envelope(&sealed).unwrap();
    let (_, proof, _) = awaiting.finish(&sealed, &ours, &anchors(), NOW).ok().unwrap();
    let reply = other.ask(&format!("proof 1 {}", hex(proof.to_envelope().as_bytes())));
    assert_eq!(reply, "refused message");
    let (awaiting, hello) = pair_greet(staff_seed(4), &ours, ends.1, occasion(0x77), &anchors());
    let sealed = other.envelope(&format!("hello 1 {}", hex(hello.to_envelope().as_bytes())));
    let sealed = Answer::from_envelope(&sealed).unwrap();
    let (mut pair, proof, _) = awaiting.finish(&sealed, &ours, &anchors(), NOW).ok().unwrap();
    assert_eq!(other.ask(&format!("proof 1 {}", hex(proof.to_envelope().as_bytes()))), "open");
    pair.set_room(mark);
    let said = pair.seal(&words("hej")).unwrap();
    assert_eq!(other.ask(&format!("open 1 {}", hex(said.as_bytes()))), "note 0 1 0 68656a");
    let said = other.envelopes(&format!("say {}", hex("tolkat".as_bytes())));
    hears_marked(&mut visitor, &said[0].1, "tolkat", mark);
    hears_marked(&mut pair, &said[1].1, "tolkat", mark);

    // A round that the guest has not heard of waits; one that does not rise stops the room.
    pair.set_room(round(2).mark(&CHAT));
    let said = pair.seal(&words("vi är flera")).unwrap();
    assert_eq!(other.ask(&format!("open 1 {}", hex(said.as_bytes()))), "waits");
    let told = visitor.seal(&Note::Room(round(1))).unwrap();
    let reply = other.ask(&format!("open visitor {}", hex(told.as_bytes())));
    assert_eq!(reply, "fatal not everybody saw the same people");
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn our_visitor_and_our_guest_have_an_independent_counsellor() {
    let mut other = their_seat(0xD1, &seat());
    let (awaiting, hello) = hello(1);
    let sealed = other.envelope(&format!("takes {} {}", hex(&TICKET), hex(hello.to_envelope().as_bytes())));
    let sealed = Answer::from_envelope(&sealed).unwrap();
    let (mut visitor, _) = awaiting.finish(&sealed, &anchors(), NOW).ok().unwrap();
    let confirm = visitor.seal(&Note::Confirm).unwrap();
    assert_eq!(other.ask(&format!("open visitor {}", hex(confirm.as_bytes()))), "note 0 6 0 -");

    // The staff channel, begun by theirs.
    let ours = guest();
    let (host_is, ours_is) = (fingerprint(&seat()), fingerprint(&ours));
    let hello = other.envelope(&format!("begin staff {}", hex(&ours_is.0)));
    let hello = Hello::from_envelope(&hello).unwrap();
    let (unproven, sealed) = staff_answer(&hello, host_is, &ours, &anchors(), answer_seed(4)).ok().unwrap();
    let proof = other.envelope(&format!("answer staff {}", hex(sealed.to_envelope().as_bytes())));
    let proof = StaffProof::from_envelope(&proof).unwrap();
    let (mut staff, who) = unproven.finish(&proof, &anchors(), NOW).ok().unwrap();
    assert_eq!((who.role(), who.seat_fingerprint()), (Role::Counsellor, host_is));

    // Offer and ask carry one secret.
    let reply = other.ask(&format!("invite 1 2 {} 2 Bo", hex(&ours_is.0)));
    let (offered, ask) = reply.split_once(' ').unwrap();
    let Note::Offer(offer) = visitor.open(&bytes(offered)).unwrap().note else { panic!() };
    let Note::Invitation(ask) = staff.open(&bytes(ask)).unwrap().note else { panic!() };
    let InvitationStep::Ask(asked) = &ask.step else { panic!() };
    assert_eq!((offer.kind, offer.member, offer.role), (OfferKind::Guest, member(2), Role::Interpreter));
    assert!(offer.seat == ours_is && offer.name == "Bo" && asked.expose() == offer.secret.expose());

    let (awaiting, hello) = greet(hello_seed(3), Occasion::invite(&TICKET, copy(&offer.secret)), &anchors());
    let occasion = Occasion::invite(&TICKET, copy(asked));
    let (unconfirmed, sealed) = answer(&hello, occasion, &ours, &anchors(), answer_seed(5)).ok().unwrap();
    let mut second = lets_in(awaiting, sealed.to_envelope().as_bytes(), &ours);
    assert!(unconfirmed.confirm(second.seal(&Note::Confirm).unwrap().as_bytes()).is_ok());
    let mark = round(1).mark(&CHAT);
    visitor.set_room(mark);
    let told = visitor.seal(&Note::Room(round(1))).unwrap();
    let reply = other.ask(&format!("open visitor {}", hex(told.as_bytes())));
    assert!(reply.ends_with(" new 2"), "{reply}");

    let hello = Hello::from_envelope(&other.envelope("begin 2")).unwrap();
    let occasion = Occasion::room(&TICKET, &host_is, &ours_is, secret(0x77));
    let (unproven, sealed) =
        pair_answer(&hello, host_is, occasion, &ours, &anchors(), answer_seed(6)).ok().unwrap();
    let proof = other.envelope(&format!("answer 2 {}", hex(sealed.to_envelope().as_bytes())));
    let proof = StaffProof::from_envelope(&proof).unwrap();
    let (mut pair, _) = unproven.finish(&proof, &anchors(), NOW).ok().unwrap();
    pair.set_room(mark);
    let said = other.envelopes(&format!("say {}", hex("välkommen".as_bytes())));
    hears_marked(&mut visitor, &said[0].1, "välkommen", mark);
    hears_marked(&mut pair, &said[1].1, "välkommen", mark);
    let said = pair.seal(&words("tack")).unwrap();
    let reply = other.ask(&format!("open 2 {}", hex(said.as_bytes())));
    assert!(reply.ends_with(" 1 0 7461636b"), "{reply}");
}
