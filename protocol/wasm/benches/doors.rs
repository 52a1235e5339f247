//! How long the doors take natively, on the frozen chat: one JSON object a line on standard output, for
//! `make bench`. What it is measured against, an X25519 agreement, is measured in the same run.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a program for measuring")]

use std::hint::black_box;
use std::time::Instant;

use lykta_wasm::{ChatDoor, Machine, SeatDoor, VisitDoor};
use x25519_dalek::{PublicKey, StaticSecret};

const ROUNDS: usize = 30;

struct Step {
    door: String,
    op: u8,
    command: Vec<u8>,
}

/// The value behind `"key":` in one line of the vector, which has no spaces and no escapes.
fn value<'a>(line: &'a str, key: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("\"{key}\":")).unwrap();
    rest.split([',', '}']).next().unwrap().trim_matches('"')
}

fn steps() -> Vec<Step> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../manual/vectors/doors.json");
    let file = std::fs::read_to_string(path).unwrap();
    let lines = file.lines().filter(|line| line.starts_with("{\"at\""));
    lines
        .map(|line| {
            let op = value(line, "op").parse().unwrap();
            let seed: u64 = value(line, "seed").parse().unwrap();
            let now: u64 = value(line, "now").parse().unwrap();
            let mut command = vec![op];
            command.extend_from_slice(&now.to_be_bytes());
            for n in 0..16u64 {
                command.extend_from_slice(&(seed * 1_000_003 + n * 7_919).to_be_bytes());
            }
            let hex = value(line, "fields").as_bytes();
            let pairs = hex.chunks(2).map(|two| std::str::from_utf8(two).unwrap());
            command.extend(pairs.map(|two| u8::from_str_radix(two, 16).unwrap()));
            Step { door: value(line, "door").to_owned(), op, command }
        })
        .collect()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn micros(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e6
}

fn main() {
    let steps = steps();
    let find = |door: &str, op: u8, least: usize| {
        let mut all = steps.iter().enumerate().filter(|(_, step)| step.door == door && step.op == op);
        all.find(|(_, step)| step.command.len() > least).map(|(at, _)| at).unwrap()
    };
    let hello = find("visit", 2, 0);
    let answer = find("chat", 201, 0);
    let finish = find("visit", 5, 2_072);
    let names = [("hello", hello), ("answer", answer), ("finish", finish)];

    let mut took = vec![Vec::new(); 4];
    let mut agreed = Vec::new();
    for _ in 0..ROUNDS {
        let mut visit = Machine::<VisitDoor>::default();
        let (mut seat, mut chat) = (Machine::<SeatDoor>::default(), Machine::<ChatDoor>::default());
        for (at, step) in steps.iter().enumerate() {
            let spent = micros(|| {
                black_box(match step.door.as_str() {
                    "visit" => visit.step(&step.command),
                    "seat" => seat.step(&step.command),
                    _ => chat.step(&step.command),
                });
            });
            if let Some(which) = names.iter().position(|(_, wanted)| *wanted == at) {
                took[which].push(spent);
            } else if step.door == "visit" && step.op == 7 && at > finish {
                took[3].push(spent);
            }
        }
        let (own, other) = (StaticSecret::from([7; 32]), PublicKey::from(&StaticSecret::from([8; 32])));
        agreed.push(micros(|| {
            black_box(black_box(&own).diffie_hellman(black_box(&other)));
        }));
    }
    let baseline = median(agreed);
    println!(
        "{{\"name\":\"X25519 agreement, native\",\"value\":{baseline:.1},\"unit\":\"us\",\"baseline\":null,\"ratio\":1}}"
    );
    for (name, all) in ["hello", "answer", "finish", "seal a text"].iter().zip(took) {
        let value = median(all);
        let ratio = value / baseline;
        println!(
            "{{\"name\":\"{name}, native\",\"value\":{value:.1},\"unit\":\"us\",\"baseline\":\"X25519 agreement, native\",\"ratio\":{ratio:.2}}}"
        );
    }
}
