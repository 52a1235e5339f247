//! The examples and a few thousand neighbours of each, on every `make test`.
#![allow(clippy::panic, reason = "a test: it says which input broke what")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use lykta_fuzz::{Mutator, TARGETS, Target, target};

fn tries(target: &Target, what: &str, input: &[u8]) {
    let run = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(run.is_ok(), "target {}: {what} breaks a promise: {input:02x?}", target.name);
}

fn neighbours(name: &str, count: u64) {
    let target = target(name).unwrap();
    let examples = target.corpus();
    let mut mutator = Mutator::new(1);
    for number in 0..count {
        let input = mutator.input(&examples, target.longest);
        tries(target, &format!("neighbour {number}"), &input);
    }
}

#[test]
fn every_example_of_every_target_keeps_its_promises() {
    for target in &TARGETS {
        let examples = target.corpus();
        assert!(examples.len() >= 5, "target {} has {} examples", target.name, examples.len());
        for (name, input) in examples {
            assert!(input.len() <= target.longest, "{name} is longer than its target takes");
            tries(target, &name, &input);
        }
    }
}

#[test]
fn neighbours_of_the_frames_are_no_reason_to_panic() {
    neighbours("wire", 50_000);
}

#[test]
fn neighbours_of_the_frame_sequences_break_no_promise_of_a_live_relay() {
    neighbours("relay", 400);
}

#[test]
fn the_same_seed_makes_the_same_inputs() {
    let examples = target("wire").unwrap().corpus();
    let inputs = |seed| {
        let mut mutator = Mutator::new(seed);
        (0..100).map(|_| mutator.input(&examples, 600)).collect::<Vec<_>>()
    };
    assert_eq!(inputs(7), inputs(7));
    assert_ne!(inputs(7), inputs(8));
}
