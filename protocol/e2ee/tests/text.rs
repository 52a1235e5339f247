//! Stories of long and short texts, and of peers that do not keep to the limits.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

use lykta_e2ee::*;
use lykta_trust::{Fingerprint, Role};
use lykta_wire::{Member, TicketName};
use proptest::prelude::*;

fn parts(text: &str) -> Vec<Words> {
    let notes = split_text(text).ok().unwrap();
    notes
        .into_iter()
        .map(|note| if let Note::Words(words) = note { words } else { panic!("other note") })
        .collect()
}

fn part(text: &str, more: bool) -> Words {
    Words { text: text.to_string().into(), more }
}

#[test]
fn the_longest_text_of_every_script_fits_and_one_more_sign_does_not() {
    for (unit, units) in [("a", 1), ("å", 1), ("ش", 1), ("ሰ", 1), ("🫂", 2)] {
        let longest = unit.repeat(4_000 / units);
        assert!(longest.len() <= MAX_TEXT_BYTES);
        assert!(split_text(&longest).is_ok(), "{unit}");
        assert_eq!(split_text(&(longest + unit)).err(), Some(TextError::TooLong), "{unit}");
    }
    assert_eq!(split_text("").err(), Some(TextError::Empty));
}

#[test]
fn every_length_in_six_scripts_up_to_16_kib_leaves_in_three_sizes_or_not_at_all() {
    let mark = Room {
        round: 1,
        secret: ChainSecret::take(&mut [1; 32]),
        members: vec![RoomMember {
            member: Member::COUNSELLOR,
            role: Role::Counsellor,
            seat: Fingerprint([1; 32]),
        }],
    }
    .mark(&TicketName([2; 32]));
    // Latin, Swedish, Arabic, Ge'ez, Kurdish in Arabic script, signs outside the basic plane.
    for unit in ["a", "å", "ش", "ሰ", "ڵ", "🫂"] {
        let units = unit.encode_utf16().count();
        for count in 0..=16 * 1024 / unit.len() {
            let Ok(parts) = split_text(&unit.repeat(count)) else {
                assert!(count == 0 || count * units > MAX_TEXT_UNITS, "{count} times {unit}");
                continue;
            };
            assert!((1..=MAX_TEXT_UNITS).contains(&(count * units)), "{count} times {unit}");
            assert!(parts.len() <= 4);
            for part in parts {
                for mark in [None, Some(mark)] {
                    // Sealed: a header of 8 in front, a tag of 16 behind.
                    let plain = part.plaintext(mark).unwrap();
                    assert!(WIRE_SIZES.contains(&(8 + plain.len() + 16)), "{count} times {unit}");
                }
            }
        }
    }
}

#[test]
fn a_text_is_cut_between_characters_into_full_parts_and_a_rest() {
    let text = "x".to_string() + &"🫂".repeat(1_999);
    let parts = parts(&text);
    let lengths: Vec<_> = parts.iter().map(|part| (part.text.len(), part.more)).collect();
    // 4,088 would cut the sign that begins at 4,085.
    assert_eq!(lengths, [(4_085, true), (3_912, false)]);
}

#[test]
fn a_peer_that_sends_too_many_parts_or_bytes_or_signs_is_found_out_and_forgotten() {
    let mut joiner = TextJoiner::new();
    for _ in 0..4 {
        assert_eq!(joiner.add(&part("x", true)), Ok(None));
    }
    assert_eq!(joiner.add(&part("x", false)), Err(TextError::TooLong));
    assert!(!joiner.is_waiting());

    let full = "x".repeat(4_092);
    assert_eq!(joiner.add(&part(&full, true)), Ok(None));
    assert_eq!(joiner.add(&part(&full, true)), Ok(None));
    assert_eq!(joiner.add(&part(&full, true)), Err(TextError::TooLong), "12,276 bytes");
    assert!(!joiner.is_waiting());

    assert_eq!(joiner.add(&part(&full, false)), Err(TextError::TooLong), "4,092 signs in one part");
    assert_eq!(joiner.add(&part(&full, true)), Ok(None));
    assert_eq!(joiner.add(&part("x", false)), Err(TextError::TooLong), "4,093 signs in two");
    assert!(!joiner.is_waiting());

    // And then an ordinary text is an ordinary text.
    assert_eq!(joiner.add(&part("he", true)).unwrap(), None);
    assert_eq!(joiner.add(&part("j", false)).unwrap().unwrap().as_str(), "hej");
}

proptest! {
    #[test]
    fn whatever_is_split_is_joined_to_the_same(text in "\\PC{1,4200}") {
        match split_text(&text) {
            Err(error) => {
                prop_assert_eq!(error, TextError::TooLong);
                prop_assert!(text.len() > MAX_TEXT_BYTES || text.encode_utf16().count() > MAX_TEXT_UNITS);
            }
            Ok(notes) => {
                prop_assert!(notes.len() <= 4);
                let mut joiner = TextJoiner::new();
                let mut whole = None;
                for words in parts(&text) {
                    prop_assert!(whole.is_none() && words.text.len() <= BODY_MAX - ROOM_MARK_LEN);
                    whole = joiner.add(&words).unwrap();
                }
                prop_assert!(whole.is_some_and(|whole| *whole == text));
            }
        }
    }
}

#[test]
fn the_longest_text_there_may_be_arrives_whole_and_one_byte_more_does_not() {
    // 4,000 units of three bytes each are both limits at once.
    let longest = "€".repeat(4_000);
    let mut joiner = TextJoiner::new();
    let mut whole = None;
    for part in parts(&longest) {
        whole = joiner.add(&part).unwrap();
    }
    assert_eq!(whole.unwrap().as_str(), longest);

    let part = |bytes: usize, more| part(&"x".repeat(bytes), more);
    assert_eq!(joiner.add(&part(4_000, true)), Ok(None));
    assert!(joiner.is_waiting());
    assert_eq!(joiner.add(&part(4_000, true)), Ok(None));
    assert_eq!(joiner.add(&part(4_001, false)), Err(TextError::TooLong));
    assert!(!joiner.is_waiting());
}
