//! The frozen answers of this crate: `protocol/manual/vectors/e2ee.json`. With `UPDATE_VECTORS=1` in the
//! environment the file is written, otherwise it is compared byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

mod common;

use std::fmt::Write as _;

use common::*;
use lykta_e2ee::*;
use lykta_trust::Role;
use lykta_wire::{Member, TicketName};

struct Frozen(Vec<(String, String)>);

impl Frozen {
    fn text(&mut self, key: &str, value: &str) {
        self.0.push((key.into(), value.into()));
    }

    fn bytes(&mut self, key: &str, value: &[u8]) {
        self.0.push((key.into(), hex(value)));
    }

    fn compare(&self, name: &str) {
        let mut text = String::from("{\n");
        for (at, (key, value)) in self.0.iter().enumerate() {
            let comma = if at + 1 == self.0.len() { "" } else { "," };
            writeln!(text, "  \"{key}\": \"{value}\"{comma}").unwrap();
        }
        text.push_str("}\n");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../manual/vectors/");
        let path = format!("{path}{name}");
        if std::env::var_os("UPDATE_VECTORS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let frozen = std::fs::read_to_string(&path).unwrap();
        assert!(frozen == text, "{name} no longer holds: every client in the world would have to change");
    }
}

fn inputs(frozen: &mut Frozen) {
    frozen.bytes("centre_id", &CENTRE.0);
    frozen.bytes("root_public", &root().public());
    frozen.bytes("ticket_name", &TICKET);
    frozen.text("now", &NOW.to_string());
    frozen.text("min_roster_epoch", "3");
    frozen.bytes("seat_seed", &[0xD1; 32]);
    frozen.bytes("seat_public", &seat().public());
    frozen.bytes("staff_certificate", seat().staff().as_bytes());
    frozen.bytes("seat_certificate", seat().certificate().as_bytes());
}

/// Five envelopes each way and a beat each way.
fn conversation(frozen: &mut Frozen, name: &str, visitor: &mut Session, counsellor: &mut Session) {
    for turn in 1..=5 {
        let text = if turn == 5 { "å".repeat(400) } else { format!("fråga {turn}") };
        let envelope = visitor.seal(&words(&text)).unwrap();
        hears(counsellor, &envelope, &text);
        frozen.bytes(&format!("{name}.visitor.{turn}"), envelope.as_bytes());
        let text = if turn == 5 { "ö".repeat(1500) } else { format!("svar {turn}") };
        let envelope = counsellor.seal(&words(&text)).unwrap();
        hears(visitor, &envelope, &text);
        frozen.bytes(&format!("{name}.counsellor.{turn}"), envelope.as_bytes());
    }
    let state = BeatState { visible: true, typing: true, ..BeatState::default() };
    let beat = visitor.seal_beat(&state).unwrap();
    counsellor.open_beat(beat.as_bytes()).unwrap();
    frozen.bytes(&format!("{name}.visitor.beat"), beat.as_bytes());
    let state = BeatState { held: true, please_rekey: true, ..BeatState::default() };
    let beat = counsellor.seal_beat(&state).unwrap();
    visitor.open_beat(beat.as_bytes()).unwrap();
    frozen.bytes(&format!("{name}.counsellor.beat"), beat.as_bytes());
}

#[test]
fn a_chat_from_greeting_through_re_greeting_to_goodbye_is_the_frozen_bytes() {
    let mut frozen = Frozen(Vec::new());
    inputs(&mut frozen);
    let (hello_bytes, answer_bytes) = (seed_bytes_hello(1), seed_bytes_answer(1));
    frozen.bytes("new.hello_seed", &hello_bytes);
    frozen.bytes("new.answer_seed", &answer_bytes);
    let (awaiting, hello) = hello(1);
    frozen.bytes("new.hello", hello.as_bytes());
    let (unconfirmed, answer) = answered(&hello, 1);
    frozen.bytes("new.answer", answer.as_bytes());
    let (mut visitor, _) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
    let confirm = visitor.seal(&Note::Confirm).unwrap();
    frozen.bytes("new.visitor.confirm", confirm.as_bytes());
    let (mut counsellor, _) = unconfirmed.confirm(confirm.as_bytes()).ok().unwrap();
    let alias = Alias { name: "Kim".into(), role_words: "samtalsstöd".into() };
    let envelope = counsellor.seal(&Note::Alias(alias)).unwrap();
    assert!(visitor.open(envelope.as_bytes()).is_ok());
    frozen.bytes("new.counsellor.alias", envelope.as_bytes());
    conversation(&mut frozen, "new", &mut visitor, &mut counsellor);
    let CompareNumbers([one, two, three]) = compare_numbers(&visitor, &[0x0A; 32], &[0x0B; 32]);
    frozen.bytes("sas.nonce_a", &[0x0A; 32]);
    frozen.bytes("sas.nonce_b", &[0x0B; 32]);
    frozen.bytes("sas.commitment", &sas_commitment(&[0x0A; 32]));
    frozen.text("sas.numbers", &format!("{one} {two} {three}"));

    frozen.bytes("rekey.hello_seed", &seed_bytes_hello(2));
    frozen.bytes("rekey.answer_seed", &seed_bytes_answer(2));
    let note = visitor.rekey_begin(hello_seed(2)).ok().unwrap();
    let envelope = visitor.seal(&note).unwrap();
    frozen.bytes("rekey.visitor.rekey1", envelope.as_bytes());
    let hello = rekey1(&mut counsellor, &envelope);
    frozen.bytes("rekey.hello", hello.as_bytes());
    let envelope = counsellor.rekey_answer(&hello, &seat(), answer_seed(2)).unwrap();
    frozen.bytes("rekey.counsellor.rekey2", envelope.as_bytes());
    let answer = rekey2(&mut visitor, &envelope);
    frozen.bytes("rekey.answer", answer.as_bytes());
    visitor.rekey_finish(&answer, &anchors(), NOW).unwrap();
    conversation(&mut frozen, "rekey", &mut visitor, &mut counsellor);

    let envelope = visitor.seal(&Note::Goodbye(Ending::LeftFast)).unwrap();
    frozen.bytes("goodbye.visitor.note", envelope.as_bytes());
    let state = BeatState { goodbye: Some(Ending::LeftFast), ..BeatState::default() };
    let envelope = visitor.seal_beat(&state).unwrap();
    frozen.bytes("goodbye.visitor.beat", envelope.as_bytes());
    frozen.compare("e2ee.json");
}

#[test]
fn a_hand_over_a_return_and_an_invitation_are_the_frozen_bytes() {
    let mut frozen = Frozen(Vec::new());
    inputs(&mut frozen);
    let secret = || ChainSecret::take(&mut [0x42; 32]);
    frozen.bytes("chain_secret", &[0x42; 32]);
    frozen.bytes("hello_seed", &seed_bytes_hello(3));
    frozen.bytes("answer_seed", &seed_bytes_answer(3));
    for (name, occasion) in [
        ("return", Occasion::returning as fn(&[u8; 32], ChainSecret) -> Occasion),
        ("transfer", Occasion::transfer),
        ("invite", Occasion::invite),
    ] {
        let (awaiting, hello) = greet(hello_seed(3), occasion(&TICKET, secret()), &anchors());
        let (unconfirmed, answer) =
            answer(&hello, occasion(&TICKET, secret()), &seat(), &anchors(), answer_seed(3)).ok().unwrap();
        let (mut visitor, _) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
        let confirm = visitor.seal(&Note::Confirm).unwrap();
        assert!(unconfirmed.confirm(confirm.as_bytes()).is_ok());
        frozen.bytes(&format!("{name}.hello"), hello.as_bytes());
        frozen.bytes(&format!("{name}.answer"), answer.as_bytes());
        frozen.bytes(&format!("{name}.visitor.confirm"), confirm.as_bytes());
    }
    frozen.compare("e2ee-chained.json");
}

#[test]
fn a_channel_between_two_seats_is_the_frozen_bytes() {
    let mut frozen = Frozen(Vec::new());
    inputs(&mut frozen);
    let (from, to) = (seat(), second_seat(Role::Interpreter));
    let name = |seat: &Seat| seat.certificate().fingerprint();
    frozen.bytes("other_seat_seed", &[0xD7; 32]);
    frozen.bytes("other_seat_public", &to.public());
    frozen.bytes("other_staff_certificate", to.staff().as_bytes());
    frozen.bytes("other_seat_certificate", to.certificate().as_bytes());

    // `e | d | z | rs`, and `e_c | m | rs` as everywhere.
    let mut seed: [u8; 128] = core::array::from_fn(|at| (at as u8).wrapping_mul(11) ^ 0x21);
    frozen.bytes("staff_seed", &seed);
    frozen.bytes("answer_seed", &seed_bytes_answer(4));
    let (awaiting, hello) = staff_greet(StaffSeed::take(&mut seed), &from, name(&to), &anchors());
    let (unproven, answer) = staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(4)).ok().unwrap();
    let (mut one, proof, _) = awaiting.finish(&answer, &from, &anchors(), NOW).ok().unwrap();
    let (mut two, _) = unproven.finish(&proof, &anchors(), NOW).ok().unwrap();
    frozen.bytes("staff.hello", hello.as_bytes());
    frozen.bytes("staff.answer", answer.as_bytes());
    frozen.bytes("staff.proof", proof.as_bytes());
    conversation(&mut frozen, "staff", &mut one, &mut two);
    frozen.compare("e2ee-staff.json");
}

#[test]
fn a_visitor_a_counsellor_and_a_guest_are_the_frozen_bytes() {
    let mut frozen = Frozen(Vec::new());
    inputs(&mut frozen);
    let (host, guest) = (seat(), second_seat(Role::Interpreter));
    frozen.bytes("other_seat_seed", &[0xD7; 32]);
    frozen.bytes("other_seat_public", &guest.public());
    frozen.bytes("other_staff_certificate", guest.staff().as_bytes());
    frozen.bytes("other_seat_certificate", guest.certificate().as_bytes());
    frozen.bytes("chain_secret", &[0x42; 32]);
    frozen.bytes("round_secret", &[0x77; 32]);
    let entry = |number, seat: &Seat, role| RoomMember {
        member: Member::new(number).unwrap(),
        role,
        seat: seat.certificate().fingerprint(),
    };
    let round = || Room {
        round: 1,
        secret: ChainSecret::take(&mut [0x77; 32]),
        members: vec![entry(1, &host, Role::Counsellor), entry(2, &guest, Role::Interpreter)],
    };
    let mark = round().mark(&TicketName(TICKET));
    frozen.bytes("mark", mark.as_bytes());

    // The visitor greets both, and says who is in the room.
    let occasion = |name| match name {
        "host" => Occasion::new_ticket(&TICKET),
        _ => Occasion::invite(&TICKET, ChainSecret::take(&mut [0x42; 32])),
    };
    for (name, seat, n) in [("host", &host, 5), ("guest", &guest, 6)] {
        frozen.bytes(&format!("{name}.hello_seed"), &seed_bytes_hello(n));
        frozen.bytes(&format!("{name}.answer_seed"), &seed_bytes_answer(n));
        let (awaiting, hello) = greet(hello_seed(n), occasion(name), &anchors());
        let (unconfirmed, answer) =
            answer(&hello, occasion(name), seat, &anchors(), answer_seed(n)).ok().unwrap();
        let (mut visitor, _) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
        let confirm = visitor.seal(&Note::Confirm).unwrap();
        let (mut theirs, _) = unconfirmed.confirm(confirm.as_bytes()).ok().unwrap();
        frozen.bytes(&format!("{name}.hello"), hello.as_bytes());
        frozen.bytes(&format!("{name}.answer"), answer.as_bytes());
        frozen.bytes(&format!("{name}.visitor.confirm"), confirm.as_bytes());
        visitor.set_room(mark);
        for (what, note) in [("room", Note::Room(round())), ("words", words("fråga 1")), ("part", Note::Part)]
        {
            let envelope = visitor.seal(&note).unwrap();
            assert_eq!(theirs.open(envelope.as_bytes()).unwrap().room, Some(mark));
            frozen.bytes(&format!("{name}.visitor.{what}"), envelope.as_bytes());
        }
        theirs.set_room(mark);
        for (what, note) in [("words", words("svar 1")), ("part", Note::Part)] {
            let envelope = theirs.seal(&note).unwrap();
            assert_eq!(visitor.open(envelope.as_bytes()).unwrap().room, Some(mark));
            frozen.bytes(&format!("{name}.seat.{what}"), envelope.as_bytes());
        }
    }

    // The two seats greet each other under the round's secret.
    let (from, to) = (host.certificate().fingerprint(), guest.certificate().fingerprint());
    let occasion = || Occasion::room(&TICKET, &from, &to, ChainSecret::take(&mut [0x77; 32]));
    let mut seed: [u8; 128] = core::array::from_fn(|at| (at as u8).wrapping_mul(13) ^ 0x35);
    frozen.bytes("pair.seed", &seed);
    frozen.bytes("pair.answer_seed", &seed_bytes_answer(7));
    let (awaiting, hello) = pair_greet(StaffSeed::take(&mut seed), &host, to, occasion(), &anchors());
    let (unproven, answer) =
        pair_answer(&hello, from, occasion(), &guest, &anchors(), answer_seed(7)).ok().unwrap();
    let (mut one, proof, _) = awaiting.finish(&answer, &host, &anchors(), NOW).ok().unwrap();
    let (mut two, _) = unproven.finish(&proof, &anchors(), NOW).ok().unwrap();
    frozen.bytes("pair.hello", hello.as_bytes());
    frozen.bytes("pair.answer", answer.as_bytes());
    frozen.bytes("pair.proof", proof.as_bytes());
    one.set_room(mark);
    two.set_room(mark);
    conversation(&mut frozen, "pair", &mut one, &mut two);
    frozen.compare("e2ee-guests.json");
}

#[test]
fn the_list_of_vectors_names_every_file_and_no_other() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../manual/vectors");
    let list = std::fs::read_to_string(format!("{folder}/README.md")).unwrap();
    let first_cells = list.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut listed: Vec<&str> = first_cells.filter(|name| name.ends_with(".json")).collect();
    listed.sort_unstable();
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    files.sort();
    assert_eq!(listed, files);
}
