//! Stories of a chat with more than two people: who is in it, and how two seats in it find each other.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

mod common;

use common::*;
use lykta_e2ee::{Words, *};
use lykta_trust::*;
use lykta_wire::{ChatRef, Claim, InviteKind, Member, TicketName};

const TICKET: TicketName = TicketName([0xAA; 32]);

fn number(number: u8) -> Member {
    Member::new(number).unwrap()
}

fn secret(byte: u8) -> ChainSecret {
    ChainSecret::take(&mut [byte; 32])
}

fn member(number: u8, role: Role, byte: u8) -> RoomMember {
    RoomMember { member: Member::new(number).unwrap(), role, seat: Fingerprint([byte; 32]) }
}

fn room(round: u16, members: Vec<RoomMember>) -> Room {
    Room { round, secret: secret(0x5C), members }
}

fn two_seats() -> Vec<RoomMember> {
    vec![member(1, Role::Counsellor, 0x11), member(2, Role::Interpreter, 0x22)]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The frozen file: a room's mark and the bodies of the notes about rooms.
fn vectors() -> String {
    let offer = Offer {
        number: 1,
        kind: OfferKind::HandOver,
        member: number(2),
        seat: Fingerprint([0x22; 32]),
        role: Role::Counsellor,
        secret: secret(0x5C),
        name: "Kim".into(),
    };
    let invitation = |step| Invitation {
        step,
        kind: InviteKind::Guest,
        chat: ChatRef { ticket: TICKET, claim: Claim(1) },
        member: number(2),
    };
    let notes = [
        ("offer", Note::Offer(offer)),
        ("invitation, ask", Note::Invitation(invitation(InvitationStep::Ask(secret(0x5C))))),
        ("invitation, yes", Note::Invitation(invitation(InvitationStep::Yes))),
        ("let go", Note::LetGo(number(2))),
        ("room", Note::Room(room(1, two_seats()))),
        ("part", Note::Part),
    ];
    let mark = room(1, two_seats()).mark(&TICKET);
    let mut lines = vec![format!(
        "  {{ \"what\": \"mark\", \"ticket\": \"{}\", \"hex\": \"{}\" }}",
        hex(&TICKET.0),
        hex(mark.as_bytes())
    )];
    for (name, note) in notes {
        for marked in [false, true] {
            let plain = note.plaintext(marked.then_some(mark)).unwrap();
            let used = plain.iter().rposition(|byte| *byte != 0).unwrap_or(0).max(3);
            let name = if marked { format!("{name}, in the room") } else { name.to_owned() };
            lines.push(format!(
                "  {{ \"what\": \"{name}\", \"bucket\": {}, \"hex\": \"{}\" }}",
                plain.len(),
                hex(&plain[..=used])
            ));
        }
    }
    format!("[\n{}\n]\n", lines.join(",\n"))
}

#[test]
fn the_bytes_of_the_notes_about_rooms_are_the_frozen_ones() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../manual/vectors/e2ee-room.json");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, vectors()).unwrap();
    }
    let frozen = std::fs::read_to_string(path).expect("the vectors are part of the repository");
    assert_eq!(vectors(), frozen, "the protocol changed: that is a new version, not a new file");
}

#[test]
fn a_room_s_mark_is_the_hash_another_program_computes() {
    // SHA-256("lykta/1 room" | aa*32 | 0001 | 02 | 01 01 11*32 | 02 02 22*32), first four bytes.
    assert_eq!(hex(room(1, two_seats()).mark(&TICKET).as_bytes()), "e44a8a93");
}

#[test]
fn two_rooms_that_differ_in_anything_have_different_marks() {
    let mark = room(1, two_seats()).mark(&TICKET);
    let mut others = vec![
        room(2, two_seats()).mark(&TICKET),
        room(1, two_seats()).mark(&TicketName([0xAB; 32])),
        room(1, two_seats()[..1].to_vec()).mark(&TICKET),
    ];
    for change in [
        |two: &mut Vec<RoomMember>| two[1].member = number(3),
        |two: &mut Vec<RoomMember>| two[1].role = Role::Expert,
        |two: &mut Vec<RoomMember>| two[1].seat.0[31] ^= 1,
        |two: &mut Vec<RoomMember>| two.push(member(5, Role::Counsellor, 0x33)),
    ] {
        let mut members = two_seats();
        change(&mut members);
        others.push(room(1, members).mark(&TICKET));
    }
    for (at, one) in others.iter().enumerate() {
        assert_ne!(*one, mark, "change {at}");
    }
    // The secret is not part of it: everybody in the room may compare marks.
    assert_eq!(Room { secret: secret(9), ..room(1, two_seats()) }.mark(&TICKET), mark);
}

#[test]
fn a_note_says_in_which_room_it_was_sealed_and_an_ordinary_one_says_nothing() {
    let (mut visitor, mut counsellor) = talking(1);
    assert_eq!(counsellor.open(visitor.seal(&words("hej")).unwrap().as_bytes()).unwrap().room, None);
    let mark = room(1, two_seats()).mark(&TICKET);
    visitor.set_room(mark);
    for note in [Note::Room(room(1, two_seats())), words("vi är tre"), Note::Part] {
        let opened = counsellor.open(visitor.seal(&note).unwrap().as_bytes()).unwrap();
        assert_eq!(opened.room, Some(mark));
    }
    // Re-greetings carry it too, on both ways.
    counsellor.set_room(mark);
    let note = visitor.rekey_begin(hello_seed(5)).ok().unwrap();
    let opened = counsellor.open(visitor.seal(&note).unwrap().as_bytes()).unwrap();
    assert_eq!(opened.room, Some(mark));
    let Note::Rekey1(hello) = opened.note else { panic!() };
    let answer = counsellor.rekey_answer(&hello, &seat(), answer_seed(5)).unwrap();
    assert_eq!(visitor.open(answer.as_bytes()).unwrap().room, Some(mark));
}

#[test]
fn a_full_part_of_a_text_fits_with_and_without_a_mark() {
    let (mut visitor, mut counsellor) = talking(1);
    visitor.set_room(room(1, two_seats()).mark(&TICKET));
    let text = "å".repeat(4_000);
    let mut joiner = TextJoiner::new();
    let mut whole = None;
    for part in split_text(&text).unwrap() {
        let envelope = visitor.seal(&part).unwrap();
        assert!(WIRE_SIZES.contains(&envelope.as_bytes().len()));
        let Note::Words(words) = counsellor.open(envelope.as_bytes()).unwrap().note else { panic!() };
        whole = joiner.add(&words).unwrap();
    }
    assert!(whole.is_some_and(|whole| *whole == text));
    let too_long = Note::Words(Words { text: "x".repeat(4_089).into(), more: false });
    assert_eq!(visitor.seal(&too_long), Err(SealError::NotSendable), "no room for the mark");
}

#[test]
fn a_room_out_of_order_too_large_or_with_the_visitor_in_it_is_not_sent() {
    let (mut visitor, _) = talking(1);
    let many = (1..=4).map(|n| member(n, Role::Counsellor, n)).collect();
    let twice = vec![member(1, Role::Counsellor, 1), member(1, Role::Counsellor, 2)];
    let turned = vec![member(2, Role::Counsellor, 1), member(1, Role::Counsellor, 2)];
    for members in [many, twice, turned, Vec::new()] {
        assert_eq!(visitor.seal(&Note::Room(room(1, members))), Err(SealError::NotSendable));
    }
}

#[test]
fn what_a_seat_says_about_an_invitation_comes_as_it_was_said() {
    let (mut from, mut to) = talking(1);
    let chat = ChatRef { ticket: TICKET, claim: Claim(9) };
    for kind in [InviteKind::Guest, InviteKind::HandOver] {
        for step in 0..4 {
            let step = match step {
                0 => InvitationStep::Ask(secret(0x3C)),
                1 => InvitationStep::Yes,
                2 => InvitationStep::No,
                _ => InvitationStep::TakenBack,
            };
            let asked = matches!(step, InvitationStep::Ask(_));
            let note = Note::Invitation(Invitation { step, kind, chat, member: number(4) });
            let Note::Invitation(heard) = to.open(from.seal(&note).unwrap().as_bytes()).unwrap().note else {
                panic!()
            };
            assert!(heard.kind == kind && heard.chat == chat && heard.member == number(4));
            assert_eq!(
                matches!(&heard.step, InvitationStep::Ask(secret) if secret.expose() == &[0x3C; 32]),
                asked
            );
        }
    }
}

#[test]
fn an_invitation_comes_back_from_its_bytes_and_none_comes_from_others() {
    let chat = ChatRef { ticket: TICKET, claim: Claim(9) };
    let ask = InvitationStep::Ask(secret(0x3C));
    let bytes = Invitation { step: ask, kind: InviteKind::HandOver, chat, member: number(4) }.to_bytes();
    let heard = Invitation::from_bytes(&bytes).unwrap();
    assert!(matches!(&heard.step, InvitationStep::Ask(secret) if secret.expose() == &[0x3C; 32]));
    assert!(heard.kind == InviteKind::HandOver && heard.chat == chat && heard.member == number(4));
    for cut in 0..bytes.len() {
        assert!(Invitation::from_bytes(&bytes[..cut]).is_none(), "cut at {cut}");
    }
    assert!(Invitation::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
}

/// Greets within a room: under `ours` and `theirs`, and for the tickets of both.
fn pair(ours: u8, theirs: u8, tickets: [u8; 2]) -> bool {
    let (from, to) = (seat(), second_seat(Role::Interpreter));
    let (a, b) = (from.certificate().fingerprint(), to.certificate().fingerprint());
    let occasion = |secret_byte, ticket| Occasion::room(&[ticket; 32], &a, &b, secret(secret_byte));
    let seed = StaffSeed::take(&mut core::array::from_fn(|i| i as u8));
    let (awaiting, hello) = pair_greet(seed, &from, b, occasion(ours, tickets[0]), &anchors());
    let Ok((unproven, answer)) =
        pair_answer(&hello, a, occasion(theirs, tickets[1]), &to, &anchors(), answer_seed(1))
    else {
        return false;
    };
    let Ok((mut one, proof, _)) = awaiting.finish(&answer, &from, &anchors(), NOW) else { return false };
    let Ok((mut two, who)) = unproven.finish(&proof, &anchors(), NOW) else { return false };
    assert_eq!((who.seat_fingerprint(), who.role()), (a, Role::Counsellor));
    hears(&mut two, &one.seal(&words("Hon säger att hon är trygg.")).unwrap(), "Hon säger att hon är trygg.");
    true
}

#[test]
fn two_seats_of_a_room_find_each_other_only_under_the_visitor_s_secret_and_ticket() {
    assert!(pair(1, 1, [7, 7]));
    assert!(!pair(1, 2, [7, 7]), "a secret of another round");
    assert!(!pair(1, 1, [7, 8]), "a hello carried into another chat");
}
