//! The relay under a simulated network, store and clock.
//!
//! Every test draws days from seeds: relays, visitors and counsellors; sockets that die and stall, relays that
//! die at any of their awaits, a store that delays, loses and repeats. The relay's code is that of production
//! down to the socket's messages and the store's verbs, the people's machines are those of the pages. Time is
//! the runtime's paused clock and one thread runs everything, so a seed is a day: it can be lived again.
//!
//! ```text
//! LYKTA_SIM_SEED=17 cargo test -p lykta-tests --test sim -- --ignored one_day --nocapture
//! ```
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod controls;
mod day;
mod limits;
mod net;
mod oracle;
mod people;
mod random;
mod relays;
mod store;
mod weather;
mod world;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use controls::Broken;
use day::{Day, day, day_of_one_death};
use oracle::Seen;

/// Days of every `make test`.
const FEW: u64 = 200;
/// Days of `make nightly`.
const MANY: u64 = 10_000;

/// So many broken days end a run: they mostly tell of one fault.
const ENOUGH: usize = 16;

/// Lives through all days on all cores until `enough` of them broke: what broke, by seed, and what was seen
/// altogether.
fn live(seeds: Range<u64>, broken: Broken, enough: usize) -> (BTreeMap<u64, String>, Seen) {
    let next = AtomicU64::new(seeds.start);
    let all = Mutex::new((BTreeMap::new(), Seen::default()));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let found = all.lock().unwrap().0.len();
                    if seed >= seeds.end || found >= enough {
                        return;
                    }
                    let day = day(seed, broken, false);
                    let mut all = all.lock().unwrap();
                    all.1.add(&day.seen);
                    all.0.extend(day.broken.map(|what| (seed, what)));
                }
            });
        }
    });
    all.into_inner().unwrap()
}

fn every_promise_is_kept(seeds: Range<u64>) -> Seen {
    let (broken, seen) = live(seeds, Broken::Nothing, ENOUGH);
    let broken: Vec<String> = broken.iter().map(|(seed, what)| format!("seed {seed}: {what}")).collect();
    assert!(
        broken.is_empty(),
        "{}\nreplay: LYKTA_SIM_SEED=… cargo test -p lykta-tests --test sim -- --ignored one_day --nocapture",
        broken.join("\n")
    );
    seen
}

#[test]
fn a_ticket_is_in_one_place_and_each_note_is_read_once_on_every_simulated_day() {
    let seen = every_promise_is_kept(0..FEW);
    println!("{seen:?}");
    // The days were full: everything that can happen did.
    let Seen { crashes, drains, cuts, partitions, verbs_lost, verbs_late, verbs_twice, .. } = seen;
    let Seen { bells_lost, forgotten, pages_died, put_back, talks, read, fronts, came, worked, .. } = seen;
    for (what, count) in [
        ("relays died", crashes),
        ("relays drained", drains),
        ("sockets died", cuts),
        ("devices were cut off", partitions),
        ("verbs were lost", verbs_lost),
        ("verbs came late", verbs_late),
        ("verbs came twice", verbs_twice),
        ("bells were lost", bells_lost),
        ("stores forgot", forgotten),
        ("pages died", pages_died),
        ("chats were put back", put_back),
        ("visits were counted", seen.counted),
        ("conversations began", talks),
        ("notes were read", read),
        ("visitors went to the front", fronts),
        ("seats came into a chat", came),
        ("consoles read each other", seen.read_by_others),
        ("visitors worked for a place", worked),
    ] {
        assert!(count > FEW / 20, "{what} only {count} times on {FEW} days");
    }
}

#[test]
#[ignore = "ten thousand days take minutes: `make nightly`"]
fn ten_thousand_simulated_days() {
    let seen = every_promise_is_kept(FEW..FEW + MANY);
    println!("{seen:?}");
}

/// Short days of which each is lived again and again, the relay dying one await later every time.
const DEATH_SEEDS: Range<u64> = 0..4;

/// The first relay dies at every so manieth await of its life, on each of these days; how often it did.
fn dies_at_every(nth: u64) -> u64 {
    let lives: Vec<(u64, u64)> = DEATH_SEEDS
        .flat_map(|seed| {
            let undisturbed = day_of_one_death(seed, None, false);
            assert_eq!(undisturbed.broken, None, "seed {seed}");
            // Another one of every nth for every seed.
            (seed % nth..undisturbed.awaits).step_by(nth as usize).map(move |at| (seed, at))
        })
        .collect();
    let next = AtomicU64::new(0);
    let deaths = AtomicU64::new(0);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((seed, at)) = lives.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    let day = day_of_one_death(*seed, Some(*at), false);
                    assert_eq!(
                        day.broken, None,
                        "seed {seed}, dying at await {at}; replay: LYKTA_SIM_SEED={seed} LYKTA_SIM_DIES={at}"
                    );
                    deaths.fetch_add(day.seen.crashes, Ordering::Relaxed);
                }
            });
        }
    });
    let deaths = deaths.into_inner();
    eprintln!("{} lives, {deaths} deaths", lives.len());
    assert_eq!(deaths, lives.len() as u64, "every life ended where it was to end");
    deaths
}

#[test]
fn a_relay_dies_at_many_of_its_awaits_and_every_promise_is_kept() {
    assert!(dies_at_every(41) > 50);
}

#[test]
#[ignore = "each of some thousand awaits takes a day: `make nightly`"]
fn a_relay_dies_at_every_single_await_and_every_promise_is_kept() {
    dies_at_every(1);
}

/// Replays one day and tells it.
#[test]
#[ignore = "tells the day of LYKTA_SIM_SEED, with LYKTA_SIM_DIES the one on which the relay dies at this await"]
fn one_day() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("LYKTA_SIM_SEED").expect("LYKTA_SIM_SEED names the seed");
    let Day { broken, seen, told, weather, .. } = match number("LYKTA_SIM_DIES") {
        Some(at) => day_of_one_death(seed, Some(at), true),
        None => day(seed, Broken::Nothing, true),
    };
    println!("{}\n{weather:?}\n{seen:?}", told.join("\n"));
    assert_eq!(broken, None, "seed {seed}");
}

#[test]
fn the_same_seed_is_the_same_day() {
    for seed in 0..5 {
        let (once, again) = (day(seed, Broken::Nothing, true), day(seed, Broken::Nothing, true));
        let differs = once.told.iter().zip(&again.told).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!((once.hash, once.told.len()), (again.hash, again.told.len()), "seed {seed}");
    }
    assert_ne!(day(0, Broken::Nothing, false).hash, day(1, Broken::Nothing, false).hash);
}

/// Whatever is broken is found within so many days.
const SOON: u64 = 120;

fn is_found(broken: Broken, in_words: &str) {
    let found = live(0..SOON, broken, 1).0;
    let (seed, what) =
        found.into_iter().next().unwrap_or_else(|| panic!("{broken:?} was not found in {SOON} days"));
    eprintln!("{broken:?} was found on day {seed}: {what}");
    assert!(what.contains(in_words), "{what}");
}

#[test]
fn a_store_that_gives_a_ticket_to_two_seats_is_found() {
    is_found(Broken::TwoSeats, "was given twice");
}

#[test]
fn a_store_that_swallows_an_envelope_is_found() {
    is_found(Broken::Swallows, "not everything has arrived");
}

#[test]
fn a_page_that_shows_a_note_twice_is_found() {
    is_found(Broken::ShowsTwice, "read note");
}

#[test]
fn a_page_that_leaves_a_note_out_is_found() {
    // By the next one, read in its place, or by the mark that says it was read.
    is_found(Broken::ShowsNot, "note");
}

#[test]
fn a_page_that_calls_a_note_delivered_too_early_is_found() {
    is_found(Broken::Flatters, "is called delivered and was not read");
}
