//! What can only be told from inside: that forged bytes change nothing at all, what a peer with the right
//! keys but the wrong program does, and what happens when numbers run out.

extern crate std;

use std::vec;
use std::vec::Vec;

use lykta_trust::{
    AliasId, Anchors, CentreId, Role, RootKey, SeatCertificate, SeatTerms, Serial, StaffCertificate,
    StaffKey, StaffTerms,
};
use proptest::prelude::*;

use super::*;
use crate::greeting::{answer, greet};
use crate::seat::SeatKey;

const NOW: u64 = 1_795_000_000;

fn seat() -> Seat {
    let (root, staff_key) = (RootKey::take_seed(&mut [1; 32]), StaffKey::take_seed(&mut [2; 32]));
    let key = SeatKey::take_seed(&mut [3; 32]);
    let (not_before, not_after) = (NOW as u32 - 10, NOW as u32 + 3600);
    let terms = StaffTerms {
        role: Role::Counsellor,
        roster_epoch: 1,
        not_before,
        not_after,
        staff_public: staff_key.public(),
    };
    let staff = StaffCertificate::sign(&root, CentreId([4; 16]), terms);
    let terms =
        SeatTerms { serial: Serial([5; 16]), not_before, not_after, caps: 0, alias_id: AliasId([6; 16]) };
    let certificate = SeatCertificate::sign(&staff_key, &staff, &key.public(), terms);
    Seat::new(key, staff, certificate).unwrap()
}

fn anchors() -> Anchors {
    Anchors::new(CentreId([4; 16]), &[RootKey::take_seed(&mut [1; 32]).public()], 1).unwrap()
}

fn talking() -> (Session, Session) {
    let (awaiting, hello) = greet(HelloSeed::take(&mut [7; 96]), Occasion::new_ticket(&[8; 32]), &anchors());
    let seed = AnswerSeed::take(&mut [9; 96]);
    let (unconfirmed, answer) =
        answer(&hello, Occasion::new_ticket(&[8; 32]), &seat(), &anchors(), seed).ok().unwrap();
    let (mut visitor, _) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
    let confirm = visitor.seal(&Note::Confirm).unwrap();
    let (counsellor, _) = unconfirmed.confirm(confirm.as_bytes()).ok().unwrap();
    (visitor, counsellor)
}

/// A visitor half way through a re-greeting, and a counsellor that has answered: the richest states.
fn rekeying() -> (Session, Session, Envelope) {
    let (mut visitor, mut counsellor) = talking();
    let note = visitor.rekey_begin(HelloSeed::take(&mut [10; 96])).ok().unwrap();
    let envelope = visitor.seal(&note).unwrap();
    let Ok(Opened { note: Note::Rekey1(hello), .. }) = counsellor.open(envelope.as_bytes()) else { panic!() };
    let answer = counsellor.rekey_answer(&hello, &seat(), AnswerSeed::take(&mut [11; 96])).unwrap();
    (visitor, counsellor, answer)
}

/// Every secret and every counter.
fn snapshot(session: &Session) -> Vec<u8> {
    let live = session.live.as_ref().expect("a living session");
    let mut all = Vec::new();
    for state in [Some(&live.seal_key), Some(&live.open_key), live.open_next.as_ref()].into_iter().flatten() {
        let (key, n) = state.snapshot();
        all.extend_from_slice(&key);
        all.extend_from_slice(&n.to_be_bytes());
    }
    let beats = [Some(&live.beat_seal), live.beat_seal_next.as_ref(), Some(&live.beat_open)];
    for beat in beats.into_iter().chain([live.beat_open_next.as_ref()]).flatten() {
        all.extend_from_slice(beat.key());
        all.extend_from_slice(&beat.epoch.to_be_bytes());
    }
    for number in [live.seal_number, live.want, live.beat_number, live.kept_since_greeting] {
        all.extend_from_slice(&number.to_be_bytes());
    }
    all.extend_from_slice(&live.beat_seen.map_or([255; 5], |n| [0; 5].map(|_: u8| n as u8)));
    all.extend_from_slice(&[live.seal_epoch.to_be_bytes(), live.open_epoch.to_be_bytes()].concat());
    all.extend_from_slice(&[live.hash, live.first_hash, *live.next.expose()].concat());
    all.push(u8::from(live.started.is_some()));
    all
}

/// Seals any plaintext as the next kept envelope, as a peer with another program could.
fn seal_raw(session: &mut Session, plain: &[u8]) -> Vec<u8> {
    let live = session.live.as_mut().unwrap();
    let header = Header { kind: Kind::Kept, epoch: live.seal_epoch, number: live.seal_number };
    let mut body = plain.to_vec();
    let tag = live.seal_key.seal(&header.to_bytes(), &mut body).unwrap();
    [&header.to_bytes()[..], &body, &tag].concat()
}

fn seal_raw_beat(session: &mut Session, plain: &[u8]) -> Vec<u8> {
    let live = session.live.as_mut().unwrap();
    let header = Header { kind: Kind::Beat, epoch: live.beat_seal.epoch, number: live.beat_number };
    let mut body = plain.to_vec();
    let tag = seal_with(live.beat_seal.key(), u64::from(header.number), &header.to_bytes(), &mut body);
    [&header.to_bytes()[..], &body, &tag].concat()
}

fn note_plain(kind: u8, flags: u8, length: u16, body: &[u8]) -> Vec<u8> {
    let mut plain = vec![kind, flags];
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(body);
    plain.resize(512, 0);
    plain
}

#[test]
fn a_peer_that_breaks_the_layout_under_a_good_tag_ends_the_chat() {
    let mut dirty = note_plain(1, 0, 1, b"x");
    dirty[511] = 1;
    for (plain, fatal) in [
        (dirty, Fatal::Padding),
        (note_plain(1, 0, 1, b"xy"), Fatal::Padding),
        (note_plain(1, 0, 509, b""), Fatal::BadNote),
        (note_plain(1, 0, 0, b""), Fatal::BadNote),
        (note_plain(1, 4, 1, b"x"), Fatal::BadNote),
        (note_plain(1, 2, 505, b""), Fatal::BadNote),
        (note_plain(7, 0, 67, &[1; 67]), Fatal::BadNote),
        (note_plain(0x0E, 0, 0, b""), Fatal::BadNote),
        (note_plain(0x0F, 0, 1, &[0]), Fatal::BadNote),
        (note_plain(0x0F, 0, 1, &[8]), Fatal::BadNote),
        (note_plain(0x10, 0, 35, &[0; 35]), Fatal::BadNote),
        (note_plain(0x11, 0, 1, b"x"), Fatal::BadNote),
        (note_plain(1, 0, 1, &[0xFF]), Fatal::BadNote),
        (note_plain(2, 1, 1, &[1]), Fatal::BadNote),
        (note_plain(2, 0, 1, &[0]), Fatal::BadNote),
        (note_plain(2, 0, 1, &[8]), Fatal::BadNote),
        (note_plain(3, 0, 3, b"abc"), Fatal::BadNote),
        (note_plain(5, 0, 3, &[0, b'a', b'b']), Fatal::BadNote),
        (note_plain(6, 0, 1, b"x"), Fatal::BadNote),
        (note_plain(8, 0, 5, &[0, 0, 0, 1, 2]), Fatal::BadNote),
        (note_plain(0x14, 0, 0, b""), Fatal::BadNote),
        (note_plain(0x14, 0, 1, &[0]), Fatal::BadNote),
        (note_plain(0x14, 0, 1, &[4]), Fatal::BadNote),
        (note_plain(0x14, 0, 2, &[2, 2]), Fatal::BadNote),
        (note_plain(0x14, 1, 1, &[2]), Fatal::BadNote),
        (note_plain(0, 0, 0, b""), Fatal::UnknownNote(0)),
        (note_plain(0x12, 0, 1, b"x"), Fatal::BadNote),
        (note_plain(0x13, 0, 1, b"x"), Fatal::BadNote),
        (note_plain(0x15, 0, 0, b""), Fatal::UnknownNote(0x15)),
        (note_plain(0x7F, 0, 0, b""), Fatal::UnknownNote(0x7F)),
    ] {
        let (mut visitor, mut counsellor) = talking();
        let envelope = seal_raw(&mut visitor, &plain);
        let result = counsellor.open(&envelope);
        assert!(matches!(result, Err(OpenError::Fatal(f)) if f == fatal), "{plain:?}");
        assert!(counsellor.is_over());
    }
}

#[test]
fn a_note_from_the_future_may_be_ignored_if_its_type_says_so() {
    let (mut visitor, mut counsellor) = talking();
    let envelope = seal_raw(&mut visitor, &note_plain(0x80, 0xFF, 3, b"new"));
    assert!(matches!(counsellor.open(&envelope), Ok(Opened { number: 1, note: Note::Ignorable(0x80), .. })));
    assert!(!counsellor.is_over());
}

#[test]
fn a_beat_outside_its_layout_under_a_good_tag_ends_the_chat() {
    let beat = |flags: u8, ending: u8, last: u8| {
        let mut plain = vec![0; 512];
        (plain[6], plain[7], plain[511]) = (flags, ending, last);
        plain
    };
    for (plain, fatal) in [
        (beat(0, 0, 1), Fatal::Padding),
        (beat(0, 3, 0), Fatal::Padding),
        (beat(0x10, 0, 0), Fatal::BadNote),
        (beat(0x10, 8, 0), Fatal::BadNote),
        (beat(0x80, 0, 0), Fatal::BadNote),
    ] {
        let (mut visitor, mut counsellor) = talking();
        let envelope = seal_raw_beat(&mut visitor, &plain);
        assert!(matches!(counsellor.open_beat(&envelope), Err(OpenError::Fatal(f)) if f == fatal));
        assert!(counsellor.is_over());
    }
}

#[test]
fn when_numbers_run_out_nothing_is_sealed_or_opened_under_a_used_one() {
    let (mut visitor, mut counsellor) = talking();
    visitor.live.as_mut().unwrap().seal_number = u32::MAX;
    visitor.live.as_mut().unwrap().beat_number = u32::MAX;
    assert_eq!(visitor.seal(&Note::Confirm), Err(SealError::Exhausted));
    assert_eq!(visitor.seal_beat(&BeatState::default()), Err(SealError::Exhausted));
    // A peer that does not stop is stopped.
    counsellor.live.as_mut().unwrap().want = u32::MAX;
    let envelope = seal_raw(&mut visitor, &note_plain(6, 0, 0, b""));
    assert!(matches!(counsellor.open(&envelope), Err(OpenError::Fatal(Fatal::Exhausted))));
    assert!(counsellor.is_over());
}

#[test]
fn when_epochs_run_out_no_further_greeting_is_made() {
    let (mut visitor, _) = talking();
    visitor.live.as_mut().unwrap().seal_epoch = u16::MAX;
    assert!(matches!(visitor.rekey_begin(HelloSeed::take(&mut [1; 96])), Err(RekeyError::Exhausted)));
    assert!(!visitor.is_over());
}

#[test]
fn a_second_hello_before_the_new_epoch_was_shown_ends_the_chat() {
    // In every other respect this hello is a good one for the epoch after.
    let (_, mut counsellor, _) = rekeying();
    let live = counsellor.live.as_ref().unwrap();
    let (occasion, epoch) = live.next_greeting().ok().unwrap();
    let (_, hello) = start(HelloSeed::take(&mut [12; 96]), occasion, epoch, live.anchors);
    let result = counsellor.rekey_answer(&hello, &seat(), AnswerSeed::take(&mut [1; 96]));
    assert!(matches!(result, Err(RekeyError::Bad)));
    assert!(counsellor.is_over());
}

#[test]
fn old_keys_are_gone_once_the_new_epoch_is_shown() {
    let (mut visitor, mut counsellor, envelope) = rekeying();
    let before = snapshot(&counsellor);
    let Ok(Opened { note: Note::Rekey2(answer), .. }) = visitor.open(envelope.as_bytes()) else { panic!() };
    visitor.rekey_finish(&answer, &anchors(), NOW).unwrap();
    let shown = visitor.seal(&Note::Confirm).unwrap();
    assert!(counsellor.open(shown.as_bytes()).is_ok());
    let live = counsellor.live.as_ref().unwrap();
    assert!(live.open_next.is_none() && live.beat_open_next.is_none() && live.beat_seal_next.is_none());
    let beat = counsellor.seal_beat(&BeatState::default()).unwrap();
    assert!(visitor.open_beat(beat.as_bytes()).is_ok());
    assert!(visitor.live.as_ref().unwrap().beat_open_next.is_none());
    // No key of before is among those of after.
    let after = snapshot(&counsellor);
    for key in [&before[40..72], &before[120..152]] {
        assert!(key.iter().any(|&b| b != 0));
        assert!(!after.windows(32).any(|window| window == key));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_at_all_leave_the_session_exactly_as_it_was(
        kind in 0u8..6, epoch in 0u16..4, number in 0u32..6, size in 0usize..4,
        fill in any::<u8>(), bytes in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let (mut visitor, mut counsellor, _) = rekeying();
        let mut envelope = vec![1, kind];
        envelope.extend_from_slice(&epoch.to_be_bytes());
        envelope.extend_from_slice(&number.to_be_bytes());
        envelope.extend_from_slice(&bytes);
        envelope.resize([536, 2072, 4120, 100][size], fill);
        for session in [&mut visitor, &mut counsellor] {
            let before = snapshot(session);
            prop_assert!(session.receive(&envelope).is_err());
            prop_assert!(session.receive(&bytes).is_err());
            prop_assert_eq!(snapshot(session), before);
        }
    }

    #[test]
    fn any_change_to_a_real_envelope_leaves_the_session_exactly_as_it_was(
        at in 0usize..2072, change in 1u8.., beat in any::<bool>(),
    ) {
        let (mut visitor, mut counsellor, answer) = rekeying();
        let real = if beat { counsellor.seal_beat(&BeatState::default()).unwrap() } else { answer };
        let mut envelope = real.as_bytes().to_vec();
        let at = at % envelope.len();
        envelope[at] ^= change;
        let before = snapshot(&visitor);
        prop_assert!(visitor.receive(&envelope).is_err());
        prop_assert_eq!(snapshot(&visitor), before);
        prop_assert!(visitor.receive(real.as_bytes()).is_ok());
    }

    #[test]
    fn no_plaintext_makes_the_decoders_panic_and_what_decodes_encodes_to_the_same(
        kind in 0u8..0x16, flags in 0u8..5, length in 0u16..80,
        body in proptest::collection::vec(any::<u8>(), 0..80), padded in any::<bool>(),
    ) {
        let mut plain = note_plain(kind, flags, length, &body);
        if padded {
            let end = 4 + usize::from(length).min(508);
            plain[end..].fill(0);
        }
        if let Ok((note, mark)) = Note::decode(&plain) {
            let again = note.encode(mark);
            prop_assert_eq!(again.as_ref().map(|p| p.as_slice()), Some(plain.as_slice()));
        }
        let _ = Beat::decode(&plain);
        let _ = Note::decode(&body);
    }
}
