//! Hello, answer and the staff channel's proof, changed on the way: no changed bit leads to a session.

use std::sync::OnceLock;

use lykta_e2ee::*;
use lykta_trust::Fingerprint;

use crate::common::{NOW, TICKET, anchors, answer_seed, answered, hello, seat};
use crate::input::Input;
use crate::reach::saw;

fn genuine() -> &'static (Hello, Answer) {
    static GENUINE: OnceLock<(Hello, Answer)> = OnceLock::new();
    GENUINE.get_or_init(|| {
        let (_, hello) = hello(1);
        let (_, answer) = answered(&hello, 1);
        (hello, answer)
    })
}

/// Fills `N` bytes: `spoiled` from the original, else with the fuzzer's own behind zeros.
fn bytes<const N: usize>(input: &mut Input<'_>, original: &[u8; N], spoil: bool) -> ([u8; N], bool) {
    let mut bytes = *original;
    if spoil {
        let changed = input.spoil(&mut bytes);
        return (bytes, changed);
    }
    bytes = [0; N];
    let given = input.take(N);
    bytes[..given.len()].copy_from_slice(given);
    (bytes, bytes != *original)
}

/// The first byte says which half, and whether a genuine one is changed or one is made up.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.below(6);
    let (good_hello, good_answer) = genuine();
    let spoil = choice.is_multiple_of(2);
    match choice / 2 {
        0 => {
            let (bytes, changed) = bytes(&mut input, good_hello.as_bytes(), spoil);
            let hello = Hello::new(&bytes);
            let occasion = Occasion::new_ticket(&TICKET);
            let result = answer(&hello, occasion, &seat(), &anchors(), answer_seed(1));
            // Made up from nothing it may be a hello of somebody else's; changed it is nobody's.
            assert!(!spoil || result.is_err() == changed, "a changed hello was answered");
            saw("hello", format!("{:?}", result.err()));
        }
        1 => {
            let (bytes, changed) = bytes(&mut input, good_answer.as_bytes(), spoil);
            let (awaiting, _) = hello(1);
            let result = awaiting.finish(&Answer::new(&bytes), &anchors(), NOW);
            assert_eq!(result.is_err(), changed, "a changed answer was taken");
            saw("answer", format!("{:?}", result.err()));
        }
        _ => staff(&mut input, spoil),
    }
}

/// A channel between a seat and itself is as good as any to be spoiled.
fn staff(input: &mut Input<'_>, spoil: bool) {
    let seat = seat();
    let name: Fingerprint = seat.certificate().fingerprint();
    let seed = StaffSeed::take(&mut [7; 128]);
    let (awaiting, hello) = staff_greet(seed, &seat, name, &anchors());
    let (unproven, answer) = staff_answer(&hello, name, &seat, &anchors(), answer_seed(1)).ok().unwrap();
    let on_the_answer = input.flag();
    let (answer, changed) = match on_the_answer {
        true => bytes(input, answer.as_bytes(), spoil),
        false => (*answer.as_bytes(), false),
    };
    let proof = match awaiting.finish(&Answer::new(&answer), &seat, &anchors(), NOW) {
        Ok((_, proof, _)) => *proof.as_bytes(),
        Err(error) => {
            assert!(changed);
            return saw("staff answer", format!("{error:?}"));
        }
    };
    // The ML-KEM secret enters with the proof: a changed `ct` is found out here, by the other end.
    let (proof, spoiled) = match on_the_answer {
        true => (proof, changed),
        false => bytes(input, &proof, spoil),
    };
    let result = unproven.finish(&StaffProof::new(&proof), &anchors(), NOW);
    assert_eq!(result.is_err(), spoiled, "a channel over something that was changed");
    saw("staff proof", (on_the_answer, format!("{:?}", result.err())));
}
