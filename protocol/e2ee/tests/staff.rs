//! Stories of two seats that talk with each other, for hand-over and guests.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

mod common;

use common::*;
use lykta_e2ee::*;
use lykta_trust::*;

/// The second member of staff: an interpreter.
fn other_seat(role: Role) -> Seat {
    let staff_key = StaffKey::take_seed(&mut [0xB7; 32]);
    let key = SeatKey::take_seed(&mut [0xD7; 32]);
    let terms = StaffTerms { role, staff_public: staff_key.public(), ..staff_terms() };
    let staff = StaffCertificate::sign(&root(), CENTRE, terms);
    let terms = SeatTerms { serial: Serial([0xC7; 16]), ..seat_terms() };
    let certificate = SeatCertificate::sign(&staff_key, &staff, &key.public(), terms);
    Seat::new(key, staff, certificate).unwrap()
}

fn name(seat: &Seat) -> Fingerprint {
    seat.certificate().fingerprint()
}

fn staff_seed(n: u8) -> StaffSeed {
    StaffSeed::take(&mut core::array::from_fn(|i| (i as u8).wrapping_mul(11) ^ n))
}

#[test]
fn two_seats_prove_themselves_to_each_other_and_talk() {
    let (from, to) = (seat(), other_seat(Role::Interpreter));
    let (awaiting, hello) = staff_greet(staff_seed(1), &from, name(&to), &anchors());
    let hello = Hello::from_envelope(hello.to_envelope().as_bytes()).unwrap();
    let (unproven, answer) = staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(1)).ok().unwrap();
    let answer = Answer::from_envelope(answer.to_envelope().as_bytes()).unwrap();
    let (mut one, proof, peer) = awaiting.finish(&answer, &from, &anchors(), NOW).ok().unwrap();
    assert_eq!((peer.role(), peer.seat_fingerprint()), (Role::Interpreter, name(&to)));

    let envelope = proof.to_envelope();
    assert_eq!((envelope.as_bytes().len(), envelope.header().number), (2072, 1));
    assert!(Hello::from_envelope(envelope.as_bytes()).is_err(), "not to be taken for a hello");
    let proof = StaffProof::from_envelope(envelope.as_bytes()).unwrap();
    let (mut two, peer) = unproven.finish(&proof, &anchors(), NOW).ok().unwrap();
    assert_eq!((peer.role(), peer.seat_fingerprint()), (Role::Counsellor, name(&from)));

    hears(&mut two, &one.seal(&words("Vill du ta över?")).unwrap(), "Vill du ta över?");
    hears(&mut one, &two.seal(&words("Ja.")).unwrap(), "Ja.");

    // New keys, the interpreter answering.
    let note = one.rekey_begin(hello_seed(5)).ok().unwrap();
    let hello = rekey1(&mut two, &one.seal(&note).unwrap());
    let envelope = two.rekey_answer(&hello, &to, answer_seed(5)).unwrap();
    let answer = rekey2(&mut one, &envelope);
    one.rekey_finish(&answer, &anchors(), NOW).unwrap();
    hears(&mut two, &one.seal(&words("Bra.")).unwrap(), "Bra.");
}

#[test]
fn a_relay_that_lies_about_a_seat_gets_no_channel() {
    let (from, to, third) = (seat(), other_seat(Role::Counsellor), other_seat(Role::Expert));
    // To the beginner: another certified seat answers.
    let (awaiting, hello) = staff_greet(staff_seed(1), &from, name(&to), &anchors());
    assert!(staff_answer(&hello, name(&from), &third, &anchors(), answer_seed(1)).is_err());
    // To the answerer: the hello is said to come from somebody else.
    assert!(staff_answer(&hello, name(&third), &to, &anchors(), answer_seed(1)).is_err());
    // Somebody else begins in the name of `from`, and cannot prove it: the prologue is public, the key is not.
    let (_, answer) = staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(1)).ok().unwrap();
    assert!(awaiting.finish(&answer, &third, &anchors(), NOW).is_ok_and(|(_, proof, _)| {
        let (unproven, _) = staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(1)).ok().unwrap();
        matches!(unproven.finish(&proof, &anchors(), NOW), Err(FinishError::BadAnswer))
    }));
}

#[test]
fn neither_end_accepts_a_damaged_half() {
    let (from, to) = (seat(), other_seat(Role::Expert));
    for at in (0..1504).step_by(97) {
        let (awaiting, hello) = staff_greet(staff_seed(1), &from, name(&to), &anchors());
        let (_, answer) = staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(1)).ok().unwrap();
        let mut bytes = *answer.as_bytes();
        bytes[at] ^= 4;
        let ours = awaiting.finish(&Answer::new(&bytes), &from, &anchors(), NOW);
        // A damaged ML-KEM ciphertext shows only at the other end, where the secret enters.
        assert_eq!(ours.is_ok(), at < 1088, "byte {at}");
        if let Ok((_, proof, _)) = ours {
            let (unproven, _) =
                staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(1)).ok().unwrap();
            assert!(unproven.finish(&proof, &anchors(), NOW).is_err());
        }
    }
    for at in (0..STAFF_PROOF_LEN).step_by(31) {
        let (awaiting, hello) = staff_greet(staff_seed(1), &from, name(&to), &anchors());
        let (unproven, answer) =
            staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(1)).ok().unwrap();
        let (_, proof, _) = awaiting.finish(&answer, &from, &anchors(), NOW).ok().unwrap();
        let mut bytes = *proof.as_bytes();
        bytes[at] ^= 4;
        assert!(unproven.finish(&StaffProof::new(&bytes), &anchors(), NOW).is_err(), "byte {at}");
    }
}

#[test]
fn an_expired_colleague_is_refused_by_both() {
    let (from, to) = (seat(), other_seat(Role::Counsellor));
    let late = u64::from(seat_terms().not_after) + 601;
    let (awaiting, hello) = staff_greet(staff_seed(1), &from, name(&to), &anchors());
    let (unproven, answer) = staff_answer(&hello, name(&from), &to, &anchors(), answer_seed(1)).ok().unwrap();
    let expired = Some(FinishError::Seat(Refused::Expired));
    assert_eq!(awaiting.finish(&answer, &from, &anchors(), late).err(), expired);
    let (awaiting, _) = staff_greet(staff_seed(1), &from, name(&to), &anchors());
    let (_, proof, _) = awaiting.finish(&answer, &from, &anchors(), NOW).ok().unwrap();
    assert_eq!(unproven.finish(&proof, &anchors(), late).err(), expired);
}
