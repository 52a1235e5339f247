//! Stories of the greeting: who gets in, who does not, and what a relay in between can do (nothing).
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

mod common;
mod oracle;

use common::*;
use lykta_e2ee::*;
use lykta_trust::*;

#[test]
fn a_visitor_and_a_certified_counsellor_end_up_with_the_same_keys() {
    let (awaiting, hello) = hello(1);
    assert_eq!(hello.as_bytes().len(), 1232);
    let (unconfirmed, answer) = answered(&hello, 1);
    assert_eq!(answer.as_bytes().len(), 1504);
    let (mut visitor, who) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
    assert_eq!(who.role(), Role::Counsellor);
    assert_eq!(*who.seat_public(), seat().public());
    assert_eq!(who.seat_fingerprint(), seat().certificate().fingerprint());
    assert_eq!(who.alias_id(), AliasId([0xC2; 16]));

    let confirm = visitor.seal(&Note::Confirm).unwrap();
    let (mut counsellor, _) = unconfirmed.confirm(confirm.as_bytes()).ok().unwrap();
    hears(&mut visitor, &counsellor.seal(&words("Hej!")).unwrap(), "Hej!");
    hears(&mut counsellor, &visitor.seal(&words("Hej.")).unwrap(), "Hej.");
}

#[test]
fn a_beat_of_the_visitor_confirms_as_well_as_a_note() {
    let (awaiting, hello) = hello(1);
    let (unconfirmed, answer) = answered(&hello, 1);
    let (mut visitor, _) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
    let beat = visitor.seal_beat(&BeatState::default()).unwrap();
    let Ok((_, Arrival::Beat(beat))) = unconfirmed.confirm(beat.as_bytes()) else { panic!("not confirmed") };
    assert_eq!(beat.next_wanted, 0);
}

#[test]
fn a_replayed_hello_is_answered_but_never_confirmed() {
    // The relay shows an old hello to a counsellor and feeds it what the real visitor sealed for another.
    let (awaiting, hello) = hello(1);
    let (_, first) = answered(&hello, 1);
    let (replayed, _) = answered(&hello, 2);
    let (mut visitor, _) = awaiting.finish(&first, &anchors(), NOW).ok().unwrap();
    let confirm = visitor.seal(&Note::Confirm).unwrap();
    let beat = visitor.seal_beat(&BeatState::default()).unwrap();
    let Err((replayed, OpenError::Forged)) = replayed.confirm(confirm.as_bytes()) else {
        panic!("confirmed")
    };
    let Err((_, OpenError::Forged)) = replayed.confirm(beat.as_bytes()) else { panic!("confirmed") };
}

#[test]
fn no_single_flipped_bit_of_a_hello_leads_to_a_chat() {
    // Bits of `e_v` and of the sealed key alike: either the counsellor refuses, or the visitor does.
    for bit in (0..1232 * 8).step_by(61).chain(0..64) {
        let (awaiting, original) = hello(1);
        let mut bytes = *original.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let result =
            answer(&Hello::new(&bytes), Occasion::new_ticket(&TICKET), &seat(), &anchors(), answer_seed(1));
        assert!(matches!(result, Err(AnswerError::BadHello)), "bit {bit}");
        // The ticket is unharmed: the untouched hello still works.
        let (_, good) = answered(&original, 1);
        assert!(awaiting.finish(&good, &anchors(), NOW).is_ok());
    }
}

#[test]
fn no_single_flipped_bit_of_an_answer_is_accepted() {
    let (_, hello_bytes) = hello(1);
    let (_, original) = answered(&hello_bytes, 1);
    for bit in (0..1504 * 8).step_by(53).chain(1088 * 8..1088 * 8 + 64).chain(1504 * 8 - 64..1504 * 8) {
        let mut bytes = *original.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (awaiting, _) = hello(1);
        let result = awaiting.finish(&Answer::new(&bytes), &anchors(), NOW);
        assert!(matches!(result, Err(FinishError::BadAnswer)), "bit {bit}");
    }
    let (awaiting, _) = hello(1);
    assert!(awaiting.finish(&original, &anchors(), NOW).is_ok(), "and the untouched one is");
}

#[test]
#[ignore = "every bit of both halves; minutes in a debug build"]
fn not_one_of_all_single_flipped_bits_is_accepted() {
    let (_, original_hello) = hello(1);
    for bit in 0..1232 * 8 {
        let mut bytes = *original_hello.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let occasion = Occasion::new_ticket(&TICKET);
        assert!(
            answer(&Hello::new(&bytes), occasion, &seat(), &anchors(), answer_seed(1)).is_err(),
            "bit {bit}"
        );
    }
    let (_, original) = answered(&original_hello, 1);
    for bit in 0..1504 * 8 {
        let mut bytes = *original.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (awaiting, _) = hello(1);
        assert!(awaiting.finish(&Answer::new(&bytes), &anchors(), NOW).is_err(), "bit {bit}");
    }
}

#[test]
fn an_answer_to_one_hello_does_not_fit_another() {
    let (_, first) = hello(1);
    let (second, _) = hello(2);
    let (_, answer) = answered(&first, 1);
    assert!(matches!(second.finish(&answer, &anchors(), NOW), Err(FinishError::BadAnswer)));
}

#[test]
fn the_relay_cannot_put_a_hello_under_another_ticket() {
    let (_, hello) = hello(1);
    let other = Occasion::new_ticket(&[0x72; 32]);
    assert!(matches!(answer(&hello, other, &seat(), &anchors(), answer_seed(1)), Err(AnswerError::BadHello)));
}

#[test]
fn the_kind_of_a_greeting_is_part_of_it() {
    let zeros = || ChainSecret::take(&mut [0; 32]);
    let (_, hello) = hello(1);
    for other in [
        Occasion::returning(&TICKET, zeros()),
        Occasion::transfer(&TICKET, zeros()),
        Occasion::invite(&TICKET, zeros()),
    ] {
        assert!(matches!(
            answer(&hello, other, &seat(), &anchors(), answer_seed(1)),
            Err(AnswerError::BadHello)
        ));
    }
}

#[test]
fn whoever_lacks_the_chain_secret_cannot_answer_even_with_a_certified_seat() {
    let secret = |byte| ChainSecret::take(&mut [byte; 32]);
    for (theirs, fits) in [(0x42, true), (0x43, false), (0, false)] {
        let occasion = Occasion::transfer(&TICKET, secret(0x42));
        let (awaiting, hello) = greet(hello_seed(1), occasion, &anchors());
        let occasion = Occasion::transfer(&TICKET, secret(theirs));
        let (_, answer) = answer(&hello, occasion, &seat(), &anchors(), answer_seed(1)).ok().unwrap();
        assert_eq!(awaiting.finish(&answer, &anchors(), NOW).is_ok(), fits);
    }
}

#[test]
fn a_returning_visitor_without_the_words_is_not_confirmed() {
    let secret = |byte| ChainSecret::take(&mut [byte; 32]);
    let (impostor, hello) = greet(hello_seed(1), Occasion::returning(&TICKET, secret(0)), &anchors());
    let occasion = Occasion::returning(&TICKET, secret(0x42));
    let (_, answer) = answer(&hello, occasion, &seat(), &anchors(), answer_seed(1)).ok().unwrap();
    assert!(matches!(impostor.finish(&answer, &anchors(), NOW), Err(FinishError::BadAnswer)));
}

/// A visitor's verdict on an answer from this seat at this time.
fn verdict(seat: &Seat, now: u64) -> Result<(), FinishError> {
    let (awaiting, hello) = hello(1);
    let (_, answer) =
        answer(&hello, Occasion::new_ticket(&TICKET), seat, &anchors(), answer_seed(1)).ok().unwrap();
    awaiting.finish(&answer, &anchors(), now).map(|_| ())
}

#[test]
fn a_counsellor_certified_by_another_root_is_refused() {
    let other = RootKey::take_seed(&mut [0xEE; 32]);
    let seat = seat_with(&other, CENTRE, staff_terms(), seat_terms());
    assert_eq!(verdict(&seat, NOW), Err(FinishError::Seat(Refused::NotOurs)));
}

#[test]
fn a_counsellor_of_another_centre_is_refused() {
    let seat = seat_with(&root(), CentreId([9; 16]), staff_terms(), seat_terms());
    assert_eq!(verdict(&seat, NOW), Err(FinishError::Seat(Refused::NotOurs)));
}

#[test]
fn certificates_out_of_their_time_are_refused_and_the_clock_may_be_why() {
    let seat = seat();
    let (from, until) = (u64::from(seat_terms().not_before), u64::from(seat_terms().not_after));
    assert_eq!(verdict(&seat, until + 600), Ok(()), "ten minutes late is forgiven");
    assert_eq!(verdict(&seat, until + 601), Err(FinishError::Seat(Refused::Expired)));
    let staff_from = u64::from(staff_terms().not_before);
    assert_eq!(verdict(&seat, from - 86_400), Ok(()), "a day early is forgiven");
    assert_eq!(verdict(&seat, staff_from - 86_401), Err(FinishError::Seat(Refused::ClockWrong)));
    assert_eq!(
        verdict(&seat, 0),
        Err(FinishError::Seat(Refused::ClockWrong)),
        "a phone that woke up in 1970"
    );
    assert!(Refused::ClockWrong.may_be_the_clock() && Refused::Expired.may_be_the_clock());
    assert!(!Refused::NotOurs.may_be_the_clock());
}

#[test]
fn a_colleague_of_an_earlier_roster_epoch_is_refused() {
    let old = StaffTerms { roster_epoch: 2, ..staff_terms() };
    let seat = seat_with(&root(), CENTRE, old, seat_terms());
    assert_eq!(verdict(&seat, NOW), Err(FinishError::Seat(Refused::OldEpoch)));
}

#[test]
fn only_counsellors_answer_tickets_and_guests_may_only_be_invited() {
    for role in lykta_trust::ROLES_ALL.iter().copied().filter(|role| *role != Role::Counsellor) {
        let seat = seat_with(&root(), CENTRE, StaffTerms { role, ..staff_terms() }, seat_terms());
        assert_eq!(verdict(&seat, NOW), Err(FinishError::Seat(Refused::WrongRole)), "{role:?}");

        let occasion = || Occasion::invite(&TICKET, ChainSecret::take(&mut [5; 32]));
        let (awaiting, hello) = greet(hello_seed(1), occasion(), &anchors());
        let (_, answer) = answer(&hello, occasion(), &seat, &anchors(), answer_seed(1)).ok().unwrap();
        let invited = awaiting.finish(&answer, &anchors(), NOW).is_ok();
        assert_eq!(invited, role != Role::Coordinator, "{role:?}");
    }
}

#[test]
fn a_seat_is_not_built_from_a_swapped_certificate_or_another_key() {
    let staff = StaffCertificate::sign(&root(), CENTRE, staff_terms());
    let other_staff =
        StaffCertificate::sign(&root(), CENTRE, StaffTerms { roster_epoch: 4, ..staff_terms() });
    let certificate = SeatCertificate::sign(&staff_key(), &staff, &seat_key().public(), seat_terms());
    let other_key = SeatKey::take_seed(&mut [0xD2; 32]);
    assert!(Seat::new(other_key, staff.clone(), certificate.clone()).is_err());
    assert!(Seat::new(seat_key(), other_staff, certificate.clone()).is_err());
    assert!(Seat::new(seat_key(), staff, certificate).is_ok());
}

#[test]
fn two_ends_that_trust_different_roots_do_not_finish() {
    let next = RootKey::take_seed(&mut [0xA2; 32]).public();
    let rotated = Anchors::new(CENTRE, &[root().public(), next], 3).unwrap();
    let (awaiting, hello) = hello(1);
    let occasion = Occasion::new_ticket(&TICKET);
    assert!(matches!(
        answer(&hello, occasion, &seat(), &rotated, answer_seed(1)),
        Err(AnswerError::BadHello)
    ));
    let (_, answer) = answered(&hello, 1);
    assert!(matches!(awaiting.finish(&answer, &rotated, NOW), Err(FinishError::BadAnswer)));
}

#[test]
fn greeting_halves_travel_as_ordinary_envelopes_of_the_middle_size() {
    let (_, hello) = hello(1);
    let (_, answer) = answered(&hello, 1);
    let (on_hello, on_answer) = (hello.to_envelope(), answer.to_envelope());
    assert_eq!((on_hello.as_bytes().len(), on_answer.as_bytes().len()), (2072, 2072));
    assert_eq!((on_hello.header().kind, on_answer.header().kind), (Kind::Hello, Kind::Answer));
    assert!(Hello::from_envelope(on_hello.as_bytes()) == Ok(hello));
    assert!(Answer::from_envelope(on_answer.as_bytes()) == Ok(answer));
    assert_eq!(Hello::from_envelope(on_answer.as_bytes()), Err(OpenError::Malformed));
    let mut padded = on_hello.into_bytes();
    *padded.last_mut().unwrap() = 1;
    assert_eq!(Hello::from_envelope(&padded), Err(OpenError::Malformed));
    assert_eq!(Hello::from_envelope(&padded[..2071]), Err(OpenError::Malformed));
    // A relay may hand over a note or a beat where a half of a greeting belongs: shorter ones and longer ones.
    for (kind, size) in [(3, 536), (3, 2072), (3, 4120), (4, 536)] {
        let mut other = vec![0; size];
        other[..2].copy_from_slice(&[1, kind]);
        assert_eq!(Hello::from_envelope(&other), Err(OpenError::Malformed));
        assert_eq!(Answer::from_envelope(&other), Err(OpenError::Malformed));
        assert_eq!(StaffProof::from_envelope(&other).err(), Some(OpenError::Malformed));
    }
}

#[test]
fn a_hello_and_an_answer_are_what_an_independent_noise_makes_of_the_same_seeds() {
    let (awaiting, hello) = hello(1);
    let oracle = oracle::answer(&hello, &[0xD1; 32], &payload(&[0x99; 32]));
    let (mut visitor, _) = awaiting.finish(&oracle.answer, &anchors(), NOW).ok().unwrap();

    // The first envelope and a beat, opened with nothing but the AEAD.
    let envelope = visitor.seal(&words("Hej")).unwrap();
    assert_eq!(&envelope.as_bytes()[..8], [1, 3, 0, 0, 0, 0, 0, 0]);
    let plain = oracle::open(&oracle.kept_visitor, &envelope);
    assert_eq!(&plain[..7], [1, 0, 0, 3, b'H', b'e', b'j']);
    assert_eq!((plain.len(), plain[7..].iter().any(|&b| b != 0)), (512, false));

    let beat_visitor = oracle::hmac(&oracle::hmac(&oracle.hash, &[0x99; 32]), b"lykta/1 beat v\x01");
    let state = BeatState { visible: true, goodbye: Some(Ending::LeftFast), ..BeatState::default() };
    let plain = oracle::open(&beat_visitor, &visitor.seal_beat(&state).unwrap());
    assert_eq!(&plain[..8], [0, 0, 0, 0, 0, 0, 0x14, 3]);
    assert_eq!(plain.len(), 512);
}

/// The answer's payload as the manual has it.
fn payload(rs: &[u8; 32]) -> Vec<u8> {
    let mut payload = vec![1, 0, 0, 0, 0, 0, 0, 0];
    payload.extend_from_slice(seat().staff().as_bytes());
    payload.extend_from_slice(seat().certificate().as_bytes());
    payload.extend_from_slice(rs);
    payload.resize(320, 0);
    payload
}

#[test]
fn a_handshake_made_with_another_key_than_the_certified_one_is_refused() {
    // Somebody copied both certificates out of a real answer and answers with a key of their own.
    let (awaiting, hello) = hello(1);
    let answer = oracle::answer(&hello, &[0xD2; 32], &payload(&[0x99; 32])).answer;
    let result = awaiting.finish(&answer, &anchors(), NOW);
    assert!(matches!(result, Err(FinishError::Seat(Refused::SeatNotSigned))));
}

#[test]
fn a_seat_certificate_of_a_colleague_is_refused() {
    let colleague = StaffKey::take_seed(&mut [0xB2; 32]);
    let staff = StaffCertificate::sign(&root(), CENTRE, staff_terms());
    let swapped = SeatCertificate::sign(&colleague, &staff, &seat().public(), seat_terms());
    let mut payload = payload(&[0x99; 32]);
    payload[8 + 109..8 + 109 + 106].copy_from_slice(swapped.as_bytes());
    let (awaiting, hello) = hello(1);
    let answer = oracle::answer(&hello, &[0xD1; 32], &payload).answer;
    let result = awaiting.finish(&answer, &anchors(), NOW);
    assert!(matches!(result, Err(FinishError::Seat(Refused::SeatNotSigned))));
}

#[test]
fn a_payload_outside_its_layout_is_refused_and_reserved_bytes_are_ignored() {
    for (at, accepted) in [(0, false), (1, true), (2, true), (7, true), (255, false), (319, false)] {
        let mut payload = payload(&[0x99; 32]);
        payload[at] ^= 2;
        let (awaiting, hello) = hello(1);
        let answer = oracle::answer(&hello, &[0xD1; 32], &payload).answer;
        assert_eq!(awaiting.finish(&answer, &anchors(), NOW).is_ok(), accepted, "byte {at}");
    }
}

#[test]
fn a_hello_with_an_invalid_encapsulation_key_is_refused() {
    // 0xFFF is no coefficient modulo 3329.
    let hello = oracle::hello(&[0xFF; 1184]);
    let result = answer(&hello, Occasion::new_ticket(&TICKET), &seat(), &anchors(), answer_seed(1));
    assert!(matches!(result, Err(AnswerError::BadKey)));
}
