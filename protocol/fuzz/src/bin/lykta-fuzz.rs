//! The seeded loop: changes what is in the corpus, keeps what reached something new, and stops at the first
//! input that a target does not take. Needs no other compiler than the project's own.
//!
//! ```text
//! lykta-fuzz SECONDS [TARGET...]      every target, or these, so long each; exit 1 when one was stopped
//! LYKTA_FUZZ_SEED=N                   another row of chances (1)
//! LYKTA_FUZZ_KEEP=1                   writes what is new into corpus/ (else it is only counted)
//! lykta-fuzz tidy [TARGET...]         drops from corpus/ what reaches nothing that a smaller file does not
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool of tests, and its table is its output")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lykta_fuzz::{TARGETS, Target, reach};

/// No input is longer, bytes.
const LONGEST: usize = 4_096;

/// splitmix64: the same row of chances on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        // Small numbers are choices, the others are data.
        let wide = self.next();
        if wide & 0x300 == 0 { wide as u8 & 15 } else { wide as u8 }
    }
}

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder(target)) else { return Vec::new() };
    let mut inputs: Vec<Vec<u8>> =
        entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    inputs
}

/// A name that depends on the content alone.
fn name(input: &[u8]) -> String {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in input {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    format!("{hash:016x}")
}

fn write(target: &str, input: &[u8]) -> PathBuf {
    std::fs::create_dir_all(folder(target)).unwrap();
    let path = folder(target).join(name(input));
    std::fs::write(&path, input).unwrap();
    path
}

/// A neighbour of something in the corpus.
fn change(chance: &mut Chance, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = match corpus.len() {
        0 => Vec::new(),
        count => corpus[chance.below(count)].clone(),
    };
    for _ in 0..=chance.below(5) {
        let at = chance.below(input.len() + 1);
        match chance.below(8) {
            0 | 1 if at < input.len() => input[at] = chance.byte(),
            2 if at < input.len() => input[at] ^= 1 << chance.below(8),
            3 if at < input.len() => _ = input.drain(at..(at + 1 + chance.below(8)).min(input.len())),
            4 => {
                let more: Vec<u8> = (0..=chance.below(12)).map(|_| chance.byte()).collect();
                input.splice(at..at, more);
            }
            5 => (0..=chance.below(40)).for_each(|_| input.push(chance.byte())),
            6 if !corpus.is_empty() => {
                let other = &corpus[chance.below(corpus.len())];
                let from = chance.below(other.len() + 1);
                let to = (from + 1 + chance.below(64)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            _ if at < input.len() => {
                let again = input[at..(at + 1 + chance.below(24)).min(input.len())].to_vec();
                input.splice(at..at, again);
            }
            _ => input.push(chance.byte()),
        }
    }
    input.truncate(LONGEST);
    input
}

/// What the input reaches; nothing when the target stopped.
fn run(target: fn(&[u8]), input: &[u8]) -> Option<BTreeSet<u64>> {
    let _ = reach::take();
    let result = std::panic::catch_unwind(|| target(input));
    let reached = reach::take();
    result.is_ok().then_some(reached)
}

fn fuzz((target, function): Target, seconds: u64, seed: u64, keep: bool) -> bool {
    let mut chance = Chance(seed);
    let mut inputs = corpus(target);
    let mut known = BTreeSet::new();
    for input in &inputs {
        match run(function, input) {
            Some(reached) => known.extend(reached),
            None => return stopped(target, function, input),
        }
    }
    let (before, began) = (known.len(), Instant::now());
    let (mut runs, mut new) = (0u64, 0);
    while began.elapsed() < Duration::from_secs(seconds) {
        let input = change(&mut chance, &inputs);
        runs += 1;
        let Some(reached) = run(function, &input) else { return stopped(target, function, &input) };
        if reached.is_subset(&known) {
            continue;
        }
        known.extend(reached);
        new += 1;
        if keep {
            write(target, &input);
        }
        inputs.push(input);
    }
    println!(
        "{target:<14} {seconds:>6} s {runs:>9} runs {:>6} places {:>5} new in {new} inputs",
        known.len(),
        known.len() - before
    );
    true
}

/// Makes the input as small as it goes, and writes it down.
fn stopped(target: &str, function: fn(&[u8]), input: &[u8]) -> bool {
    let mut small = input.to_vec();
    let mut size = small.len().div_ceil(2).max(1);
    while size > 0 {
        let mut at = 0;
        while at < small.len() {
            let mut shorter = small.clone();
            shorter.drain(at..(at + size).min(small.len()));
            if run(function, &shorter).is_none() {
                small = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    println!("{target}: STOPPED by {}", write(target, &small).display());
    // Once more with its words, which were kept back while it shrank.
    let _ = std::panic::take_hook();
    let _ = run(function, &small);
    false
}

/// Keeps the smallest files that together reach what all of them reach, each under its own name.
/// What was found has the name of its content; whatever has another one is an example that somebody wrote, and a test may
/// ask for it.
fn was_found(path: &Path, input: &[u8]) -> bool {
    path.file_name().is_some_and(|file| *file == *name(input))
}

fn tidy((target, function): Target) -> bool {
    let mut known = BTreeSet::new();
    let (mut kept, mut dropped) = (0, 0);
    for entry in std::fs::read_dir(folder(target)).unwrap() {
        let path = entry.unwrap().path();
        let input = std::fs::read(&path).unwrap();
        if was_found(&path, &input) {
            continue;
        }
        let Some(reached) = run(function, &input) else { return stopped(target, function, &input) };
        known.extend(reached);
        kept += 1;
    }
    for input in corpus(target) {
        let path = folder(target).join(name(&input));
        if !path.exists() {
            continue;
        }
        std::fs::remove_file(path).unwrap();
        let Some(reached) = run(function, &input) else { return stopped(target, function, &input) };
        if reached.is_subset(&known) {
            dropped += 1;
        } else {
            write(target, &input);
            known.extend(reached);
            kept += 1;
        }
    }
    println!("{target:<14} {kept} kept, {dropped} dropped, {} places", known.len());
    true
}

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().unwrap_or_default();
    let wanted: Vec<String> = arguments.collect();
    let unknown = wanted.iter().any(|name| !TARGETS.iter().any(|(target, _)| target == name));
    let seconds = first.parse::<u64>();
    if unknown || seconds.is_err() && first != "tidy" {
        println!("lykta-fuzz SECONDS|tidy [TARGET...]; targets: {}", TARGETS.map(|(name, _)| name).join(" "));
        return std::process::ExitCode::FAILURE;
    }
    let variable = |name| std::env::var(name).ok();
    let seed = variable("LYKTA_FUZZ_SEED").and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let keep = variable("LYKTA_FUZZ_KEEP").is_some();
    let mut good = true;
    std::panic::set_hook(Box::new(|_| {}));
    for target in
        TARGETS.into_iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w == name))
    {
        good &= match seconds {
            Ok(seconds) => fuzz(target, seconds, seed, keep),
            Err(_) => tidy(target),
        };
    }
    if good { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
