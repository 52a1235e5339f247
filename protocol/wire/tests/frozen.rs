//! The bytes of every frame, frozen in `protocol/manual/vectors/wire.json`. A change there is a new wire
//! version; `UPDATE_VECTORS=1` writes the file anew.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::*;
use lykta_wire::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file: one object a frame, in a layout that shows a change as one line.
fn file() -> String {
    let frames: Vec<String> = examples()
        .iter()
        .map(|example| {
            let Example { name, way, bytes } = example;
            format!("  {{ \"way\": \"{way:?}\", \"frame\": \"{name}\", \"hex\": \"{}\" }}", hex(bytes))
        })
        .collect();
    format!("[\n{}\n]\n", frames.join(",\n"))
}

#[test]
fn the_bytes_of_every_frame_are_the_frozen_ones() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../manual/vectors/wire.json");
    let file = file();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, &file).unwrap();
    }
    let frozen = std::fs::read_to_string(path).expect("the vectors are part of the repository");
    for (ours, theirs) in file.lines().zip(frozen.lines()) {
        assert_eq!(ours, theirs, "the wire changed: that is a new version, not a new file");
    }
    assert_eq!(file.lines().count(), frozen.lines().count(), "a frame was added or is missing");
}

/// What the layouts in the documentation say, byte by byte, for those who do not trust a generated file.
#[test]
fn small_frames_are_as_they_are_documented() {
    let claim = Claim(0x0102_0304);
    let ticket = "aa".repeat(32);
    let secret: String = (0..32u8).map(|byte| format!("{byte:02x}")).collect();
    let one = Member::COUNSELLOR;
    let two = Member::new(2).unwrap();
    let to_relay: [(ToRelay, String); 6] = [
        (ToRelay::Resume { secret: common::secret(), claim }, format!("02{secret}01020304")),
        (ToRelay::Got { claim, from: one, next: 9 }, "04010203040100000009".into()),
        (ToRelay::Probe, "07".into()),
        (ToRelay::Switch { claim, to: two }, "0a0102030402".into()),
        (ToRelay::Dismiss { claim, member: two }, "0b0102030402".into()),
        (
            ToRelay::Leave(Leave { secret: common::secret(), claim: Claim::NONE, goodbyes: Vec::new() }),
            format!("06{secret}0000000000"),
        ),
    ];
    for (frame, wanted) in to_relay {
        assert_eq!(hex(&frame.encode()), wanted);
    }
    let state = OpenState::Closing;
    let to_visitor: [(ToVisitor, String); 11] = [
        (
            ToVisitor::InLine { place: 3, wants_hello: true, closing_soon: true, wait: Wait::Unknown, state },
            "81000000030304".into(),
        ),
        (
            ToVisitor::InLine { place: 3, wants_hello: false, closing_soon: true, wait: Wait::From60, state },
            "81000000032604".into(),
        ),
        (ToVisitor::With { claim, seat: Presence::Gone, gone_s: 61 }, "8201020304020000003d".into()),
        (ToVisitor::Nowhere, "83".into()),
        (ToVisitor::Stored { claim, to: one, next: 8 }, "86010203040100000008".into()),
        (ToVisitor::Ended { ending: Ending::LeftFast }, "8703".into()),
        (ToVisitor::Refused { refusal: Refusal::StoreAway, state: OpenState::Away }, "880d03".into()),
        (ToVisitor::Restarting { after_ms: 500, within_ms: 10_000 }, "89000001f400002710".into()),
        (ToVisitor::Joined { ticket: common::ticket() }, format!("8b{ticket}")),
        (ToVisitor::Switched { claim, to: two }, "8c0102030402".into()),
        (ToVisitor::Work { puzzle: common::puzzle() }, "8ec0c1c2c3c4c5c6c7c8c9cacbcccdcecf06".into()),
    ];
    for (frame, wanted) in to_visitor {
        assert_eq!(hex(&frame.encode()), wanted);
    }
    let chat = common::chat();
    let (seat, fives) = (SeatId([0x5E; 16]), "5e".repeat(16));
    let from_desk: [(FromDesk, String); 12] = [
        (FromDesk::Sit { ready: true, capacity: 3 }, "420103".into()),
        (FromDesk::Take { ticket: None }, format!("43{}", "00".repeat(32))),
        (FromDesk::Got { chat, from: Member::VISITOR, next: 9 }, format!("45{ticket}010203040000000009")),
        (FromDesk::PutBack { chat }, format!("47{ticket}01020304")),
        (FromDesk::End { chat, ending: Ending::Helped }, format!("48{ticket}0102030401")),
        (FromDesk::Mine { chat }, format!("49{ticket}01020304")),
        (FromDesk::StaffGot { from: seat, next: 9 }, format!("4c{fives}00000009")),
        (FromDesk::Invite { chat, kind: InviteKind::Guest, seat }, format!("4e{ticket}0102030401{fives}")),
        (FromDesk::Reply { chat, yes: false }, format!("4f{ticket}0102030400")),
        (FromDesk::Withdraw { chat, member: two }, format!("50{ticket}0102030402")),
        (FromDesk::Part { chat }, format!("51{ticket}01020304")),
        (FromDesk::MineAs { chat, member: two, owner: true }, format!("52{ticket}010203040201")),
    ];
    for (frame, wanted) in from_desk {
        assert_eq!(hex(&frame.encode()), wanted);
    }
    let languages = common::languages(&["ar"]);
    let (lane, present, waited_s) = (Lane::Professional, false, 1_201);
    let entry = LineEntry { ticket: common::ticket(), lane, present, waited_s, languages };
    let line = format!("c3040000002901{ticket}0200000004b10161720000000000 00").replace(' ', "");
    let to_desk: [(ToDesk, String); 9] = [
        (ToDesk::Admitted, "c2".into()),
        (ToDesk::Line { state, total: 41, entries: vec![entry] }, line),
        (ToDesk::NotTaken { refusal: Refusal::SeatFull }, "c509".into()),
        (
            ToDesk::Visitor { chat, presence: Presence::Here, gone_s: 0 },
            format!("c9{ticket}010203040100000000"),
        ),
        (ToDesk::Ended { chat, ending: Ending::LostContact }, format!("ca{ticket}0102030404")),
        (
            ToDesk::Seats { entries: vec![common::seat_entry()] },
            format!("ce01{fives}{}02010103", "ce".repeat(32)),
        ),
        (ToDesk::StaffStored { to: seat, next: 8 }, format!("d1{fives}00000008")),
        (ToDesk::Invited { chat, member: two, seat }, format!("d3{ticket}0102030402{fives}")),
        (
            ToDesk::NotInvited { chat, seat, refusal: Refusal::SeatFull },
            format!("d4{ticket}01020304{fives}09"),
        ),
    ];
    for (frame, wanted) in to_desk {
        assert_eq!(hex(&frame.encode()), wanted);
    }
}

#[test]
fn a_page_finds_a_chats_ticket_at_the_same_place_in_every_frame_about_it() {
    let about_a_chat = examples().into_iter().filter(|example| {
        matches!(
            example.bytes[0],
            0x44..=0x49 | 0x4E..=0x52 | 0x56 | 0xC4 | 0xC6..=0xCB | 0xD3..=0xD4 | 0xDA
        )
    });
    let mut seen = 0;
    for example in about_a_chat {
        assert_eq!(example.bytes[1..33], [0xAA; 32], "{}", example.name);
        seen += 1;
    }
    assert!(seen >= 22);
}

#[test]
fn a_tickets_name_is_the_hash_of_a_label_and_the_secret() {
    // SHA-256("lykta/1 ticket" | 00 01 … 1f), computed with another program.
    let name = common::secret().name();
    assert_eq!(hex(&name.0), "be1a17d1802d204772290257e1bff321551fb1020c62c7a20264667a91cd3500");
    assert_eq!(format!("{name:?}"), "TicketName(..)");
}

#[test]
fn a_return_words_handle_is_the_hash_of_a_label_and_the_id() {
    // SHA-256("lykta/1 return id" | 00 01 … 0f), computed with another program.
    let handle = ReturnId::new(core::array::from_fn(|at| at as u8)).handle();
    assert_eq!(hex(&handle.0), "06255b893a9a3452dae326cb334d99044241d9b102b3478b5cdc062d46ae1f88");
    assert_eq!(format!("{handle:?}"), "ReturnHandle(..)");
}

/// By the words of the manual, without the crate's own functions.
#[test]
fn work_is_sixteen_rising_counters_whose_hashes_begin_with_zeros() {
    use sha2::{Digest, Sha256};
    let (puzzle, name) = (common::puzzle(), common::secret().name());
    let seed = Sha256::digest([&b"lykta/1 work"[..], &puzzle.nonce, &name.0].concat());
    let begins = |counter: u32| Sha256::digest([&seed[..], &counter.to_be_bytes()].concat())[0] >> 2;
    let by_hand: Vec<u32> = (0..).filter(|counter| begins(*counter) == 0).take(16).collect();
    let counters = common::solution(&puzzle, name);
    assert_eq!(by_hand, counters);
    assert!(puzzle.is_solved(name, &counters));
}

#[test]
fn work_for_somebody_else_or_shown_twice_or_too_little_is_no_work() {
    let (puzzle, name) = (common::puzzle(), common::secret().name());
    let counters = common::solution(&puzzle, name);
    assert!(!puzzle.is_solved(common::ticket(), &counters), "another ticket's");
    let other = Puzzle::new([0; 16], puzzle.bits()).unwrap();
    assert!(!other.is_solved(name, &counters), "another socket's");
    let harder = Puzzle::new(puzzle.nonce, puzzle.bits() + 4).unwrap();
    assert!(!harder.is_solved(name, &counters), "of an easier puzzle");
    assert!(!puzzle.is_solved(name, &[counters[0]; 16]), "one part sixteen times");
    let mut turned = counters;
    turned.swap(3, 4);
    assert!(!puzzle.is_solved(name, &turned), "in another order");
    for part in 0..16 {
        let mut spoiled = counters;
        spoiled[part] += 1;
        assert!(!puzzle.is_solved(name, &spoiled), "with part {part} spoiled");
    }
    assert_eq!(Puzzle::new([0; 16], 0), Err(DecodeError::BadField("bits")));
    assert!(Puzzle::new([0; 16], limits::WORK_BITS_MAX).is_ok());
    let too_hard = Puzzle::new([0; 16], limits::WORK_BITS_MAX + 1);
    assert_eq!(too_hard, Err(DecodeError::BadField("bits")), "no relay may ask for it");
}

#[test]
fn every_value_of_the_closed_sets_keeps_its_byte() {
    let bytes = |all: &[u8]| hex(all);
    assert_eq!(bytes(&Lane::ALL.iter().map(|one| one.byte()).collect::<Vec<_>>()), "0102");
    assert_eq!(bytes(&OpenState::ALL.iter().map(|one| one.byte()).collect::<Vec<_>>()), "0102030405");
    assert_eq!(bytes(&Ending::ALL.iter().map(|one| one.byte()).collect::<Vec<_>>()), "01020304050607");
    let refusals = Refusal::ALL.iter().map(|one| one.byte()).collect::<Vec<_>>();
    assert_eq!(bytes(&refusals), "0102030405060708090a0b0c0d0e");
    assert_eq!(bytes(&Presence::ALL.iter().map(|one| one.byte()).collect::<Vec<_>>()), "0102");
    for byte in 0..=255 {
        assert!(Lane::from_byte(byte).is_ok_and(|one| one.byte() == byte) == (1..=2).contains(&byte));
        assert!(OpenState::from_byte(byte).is_ok_and(|one| one.byte() == byte) == (1..=5).contains(&byte));
        assert!(Ending::from_byte(byte).is_ok_and(|one| one.byte() == byte) == (1..=7).contains(&byte));
        assert!(Refusal::from_byte(byte).is_ok_and(|one| one.byte() == byte) == (1..=14).contains(&byte));
        assert!(Presence::from_byte(byte).is_ok_and(|one| one.byte() == byte) == (1..=2).contains(&byte));
        assert_eq!(Member::new(byte).is_ok(), byte <= 7);
        assert!(InviteKind::from_byte(byte).is_ok_and(|one| one.byte() == byte) == (1..=2).contains(&byte));
    }
    let codes = [
        (CloseCode::Replaced, 4000),
        (CloseCode::BadFrame, 4001),
        (CloseCode::NotAdmitted, 4002),
        (CloseCode::TooSlow, 4003),
        (CloseCode::TooMany, 4004),
        (CloseCode::Over, 4005),
        (CloseCode::Restarting, 1012),
    ];
    for (code, number) in codes {
        assert_eq!(code.number(), number);
    }
    assert_eq!(SUBPROTOCOL, "lykta.1");
}
