//! Every input that ever reached something new, or found something, again. A target that found a fault keeps
//! the input that found it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

use std::path::PathBuf;

use lykta_fuzz::{TARGETS, reach};

/// How much of what a target can reach its corpus must reach, at least: a corpus that fits no more to a changed
/// target is found out by it, and made anew with the loop.
const PLACES: [(&str, usize); 11] = [
    ("frames", 150),
    ("certificates", 20),
    ("envelopes", 27),
    ("greetings", 9),
    ("notes", 105),
    ("sessions", 35),
    ("visit", 350),
    ("chat", 185),
    ("desk", 20),
    ("storm", 450),
    ("relay", 18),
];

/// The files of a target's corpus, by name.
fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_target_takes_its_whole_corpus_and_reaches_what_it_should() {
    for ((name, target), (same, places)) in TARGETS.into_iter().zip(PLACES) {
        assert_eq!(name, same);
        let _ = reach::take();
        for file in corpus(name) {
            let bytes = std::fs::read(&file).unwrap();
            let result = std::panic::catch_unwind(|| target(&bytes));
            assert!(result.is_ok(), "{}", file.display());
        }
        let reached = reach::take().len();
        assert!(reached >= places, "{name} reaches {reached} places, and should {places}");
    }
}

#[test]
fn every_target_takes_nothing_and_one_byte_and_many_of_the_same() {
    for (_, target) in TARGETS {
        target(&[]);
        for byte in (0..=255).step_by(9) {
            target(&[byte]);
        }
        for byte in [0, 3, 7, 14, 0xFF] {
            target(&[byte; 300]);
        }
    }
}
