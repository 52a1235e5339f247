//! `lykta-fuzz TARGET SECONDS [SEED]`: mutates the target's corpus for so long. Needs no special toolchain.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lykta_fuzz::{Mutator, TARGETS, target};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words.get(at).map(|word| word.parse::<u64>());
    let target = words.first().and_then(|name| target(name));
    let (Some(target), Some(Ok(seconds)), None | Some(Ok(_))) = (target, number(1), number(2)) else {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("lykta-fuzz TARGET SECONDS [SEED]; targets: {}", names.join(", "));
        return ExitCode::from(2);
    };
    // Another day, other inputs; the seed is printed, so a day can be repeated.
    let today = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs() / 86_400;
    let seed = number(2).and_then(Result::ok).unwrap_or(today);
    let examples = target.corpus();
    let mut mutator = Mutator::new(seed);
    let (began, mut tried) = (Instant::now(), 0_u64);
    while began.elapsed() < Duration::from_secs(seconds) {
        let input = mutator.input(&examples, target.longest);
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            let file = format!("target/fuzz-{}-{seed}-{tried}", target.name);
            let kept = std::fs::write(Path::new(&file), &input);
            eprintln!("{}: input {tried} of seed {seed} breaks a promise", target.name);
            match kept {
                Ok(()) => eprintln!("it is in {file}; README.md in protocol/fuzz says what to do with it"),
                Err(error) => eprintln!("{file}: {error}; the seed repeats it"),
            }
            return ExitCode::FAILURE;
        }
        tried += 1;
    }
    eprintln!("{}: {tried} inputs of seed {seed} in {seconds} s, nothing found", target.name);
    ExitCode::SUCCESS
}
