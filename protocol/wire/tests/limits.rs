//! The sizes that are promised are the sizes that come out.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test: helpers may stop the story")]

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::*;
use lykta_wire::*;

const LARGEST: usize = limits::ENVELOPE_SIZES[2];

/// The longest of each frame that has no single length.
fn longest() -> Vec<(&'static str, usize)> {
    let full = || languages(&["sv", "ckb", "prs", "zh-hans"]);
    let claim = Claim(u32::MAX);
    let (to, chat, lane) = (Member::new(limits::MEMBER_MAX).unwrap(), chat(), Lane::Support);
    let large = || envelope(3, LARGEST);
    let waited_s = u32::MAX;
    let entry = LineEntry { ticket: ticket(), lane, present: true, waited_s, languages: full() };
    let entries = vec![entry; limits::LINE_SHOWN];
    let leave = Leave { secret: secret(), claim, goodbyes: goodbyes(limits::SEATS_IN_CHAT) };
    let (languages, hello) = (full(), hello());
    vec![
        ("Leave", ToRelay::Leave(leave).encode().len()),
        ("Put of a visitor", ToRelay::Put { claim, to, envelope: large() }.encode().len()),
        (
            "Join",
            ToRelay::Join { secret: secret(), lane, languages: full(), hello: hello.clone() }.encode().len(),
        ),
        ("Envelope to a visitor", ToVisitor::Envelope { claim, from: to, envelope: large() }.encode().len()),
        ("Put of a desk", FromDesk::Put { chat, to, envelope: large() }.encode().len()),
        ("Envelope to a desk", ToDesk::Envelope { chat, from: to, envelope: large() }.encode().len()),
        ("Line", ToDesk::Line { state: OpenState::Open, total: u32::MAX, entries }.encode().len()),
        ("Seats", ToDesk::Seats { entries: vec![seat_entry(); limits::SEATS_SHOWN] }.encode().len()),
        ("Taken", ToDesk::Taken { chat, lane, languages, hello }.encode().len()),
    ]
}

#[test]
fn no_frame_is_longer_than_the_longest_that_is_read() {
    let mut sizes = longest();
    sizes.extend(examples().iter().map(|example| (example.name, example.bytes.len())));
    for (name, size) in &sizes {
        assert!(*size <= limits::FRAME_MAX, "{name} has {size} bytes");
    }
    let find = |wanted| sizes.iter().find(|(name, _)| *name == wanted).unwrap().1;
    assert_eq!(find("Put of a desk"), 1 + 36 + 1 + LARGEST, "as the limit's documentation says");
    assert_eq!(
        find("Line"),
        1 + 1 + 4 + 1 + limits::LINE_SHOWN * (32 + 1 + 1 + 4 + 1 + limits::LANGUAGES * 8)
    );
}

#[test]
fn the_longest_leave_is_as_long_as_promised_and_no_longer_one_is_read() {
    let leave = |count| Leave { secret: secret(), claim: Claim(1), goodbyes: goodbyes(count) }.encode();
    let mut longest = leave(limits::SEATS_IN_CHAT);
    assert_eq!(longest.len(), Leave::MAX);
    assert!(Leave::decode(&longest).is_ok());
    // One goodbye more: the count says so and the bytes are there.
    longest[36] = limits::SEATS_IN_CHAT + 1;
    let one_more = longest[37..37 + 537].to_vec();
    longest.extend_from_slice(&one_more);
    assert_eq!(Leave::decode(&longest).err(), Some(DecodeError::BadField("goodbyes")));
    for count in 0..=limits::SEATS_IN_CHAT {
        assert_eq!(Leave::decode(&leave(count)).unwrap().goodbyes.len(), usize::from(count));
    }
}

#[test]
fn a_list_may_be_as_long_as_its_limit_and_not_one_longer() {
    let (state, present, waited_s) = (OpenState::Open, true, 0);
    let entry = LineEntry {
        ticket: ticket(),
        lane: Lane::Support,
        present,
        waited_s,
        languages: Languages::default(),
    };
    let line = |count| ToDesk::Line { state, total: 99, entries: vec![entry.clone(); count] }.encode();
    let mut longest = line(limits::LINE_SHOWN);
    assert!(ToDesk::decode(&longest).is_ok());
    // One entry more: the count says so and the bytes are there.
    longest[6] += 1;
    longest.extend_from_slice(&line(1)[7..]);
    assert_eq!(ToDesk::decode(&longest), Err(DecodeError::BadField("shown")));
    let seats = |count| ToDesk::Seats { entries: vec![seat_entry(); count] }.encode();
    let mut longest = seats(limits::SEATS_SHOWN);
    assert!(ToDesk::decode(&longest).is_ok());
    longest[1] += 1;
    longest.extend_from_slice(&seats(1)[2..]);
    assert_eq!(ToDesk::decode(&longest), Err(DecodeError::BadField("seats")));
    let tag = LanguageTag::new("sv").unwrap();
    assert!(Languages::new(vec![tag; limits::LANGUAGES]).is_ok());
    assert!(Languages::new(vec![tag; limits::LANGUAGES + 1]).is_err());
}

#[test]
fn an_envelope_has_one_of_three_sizes_and_each_kind_its_own() {
    for size in 0..=LARGEST + 1 {
        for kind in 0..=5 {
            let mut bytes = vec![0; size];
            if let Some(header) = bytes.first_chunk_mut() {
                *header = [1, kind];
            }
            let fits = match kind {
                1 | 2 => size == 2_072,
                3 => [536, 2_072, 4_120].contains(&size),
                4 => size == 536,
                _ => false,
            };
            assert_eq!(Envelope::parse(&bytes).is_ok(), fits, "kind {kind}, {size} bytes");
        }
    }
    let mut later = vec![0; 536];
    later[..2].copy_from_slice(&[2, 3]);
    assert_eq!(Envelope::parse(&later).err(), Some(EnvelopeError::Version));
}

#[test]
fn a_language_is_one_to_eight_plain_letters() {
    for good in ["sv", "ckb", "zh-hans", "12345678", "a"] {
        assert_eq!(LanguageTag::new(good).unwrap().as_str(), good);
    }
    for bad in ["", "SV", "sv_se", "å", "123456789", "s v", "sv\0", "s\0v"] {
        assert!(LanguageTag::new(bad).is_err(), "{bad:?}");
    }
}
