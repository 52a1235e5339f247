//! From one writing to the other reading: a hundred chats with typing beats, against the bare pair relay, with and
//! without ten thousand who wait beside.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::people::{Crowd, Door};
use crate::process::Process;
use crate::relay::{Relay, Store};
use crate::report::{Report, median};
use crate::size::Size;
use crate::talk::{Talk, all_talk};

const ROUNDS: u32 = 7;
const SPAN: Duration = Duration::from_millis(2_500);
/// Each chat says something about this often.
pub(crate) const PACE: Duration = Duration::from_millis(100);
const CHATS: u32 = 100;
const WAITING: u32 = 10_000;

/// One thing that is measured, round after round.
struct Runner {
    talks: Vec<Talk>,
    half: Vec<f64>,
    most: Vec<f64>,
}

impl Runner {
    fn of(talks: Vec<Talk>) -> Self {
        Self { talks, half: Vec::new(), most: Vec::new() }
    }

    fn notes(&mut self, took: &Histogram<u64>) {
        self.half.push(took.value_at_quantile(0.5) as f64);
        self.most.push(took.value_at_quantile(0.99) as f64);
    }

    /// Medians of the rounds, microseconds: half of the texts, and ninety-nine of a hundred.
    fn medians(&self) -> [f64; 2] {
        [median(self.half.clone()), median(self.most.clone())]
    }
}

/// Round after round, each in its turn.
async fn run(size: Size, runners: &mut [Runner]) {
    for _ in 0..size.rounds(ROUNDS) {
        for turn in 0..runners.len() {
            for talk in runners.iter_mut().flat_map(|runner| &mut runner.talks) {
                talk.stays().await;
            }
            let runner = &mut runners[turn];
            let took = all_talk(&mut runner.talks, size.lasting(SPAN), PACE).await;
            runner.notes(&took);
        }
    }
}

async fn pairs(process: &Process) -> Vec<Talk> {
    let mut pairs = Vec::new();
    for number in 0..CHATS {
        pairs.push(Talk::of_pair(process.address, number).await);
    }
    pairs
}

pub(crate) async fn measure(size: Size, report: &mut Report) {
    report.part("From one writing to the other reading, 100 chats with typing beats");
    for store in Store::BOTH {
        let relay = Relay::begins(store).await;
        against_baselines(size, report, store, &relay).await;
        beside_a_crowd(size, report, store, &relay).await;
    }
}

/// The relay with nobody else, against the baselines.
async fn against_baselines(size: Size, report: &mut Report, store: Store, relay: &Relay) {
    let (tcp, axum) = (Process::begins(&["baseline", "tcp"]), Process::begins(&["baseline", "axum"]));
    let storing = relay.redis_url().map(|url| Process::begins(&["baseline", "axum", &url]));
    let stored = match &storing {
        Some(storing) => pairs(storing).await,
        None => Vec::new(),
    };
    let mut runners = [
        Runner::of(pairs(&axum).await),
        Runner::of(Talk::chats(relay, CHATS).await),
        Runner::of(stored),
        Runner::of(vec![Talk::over_tcp(tcp.address).await]),
        Runner::of(vec![Talk::over_echo(axum.address).await]),
    ];
    run(size, &mut runners).await;
    let [pair, chat, stored, tcp, echo] = runners.each_ref().map(Runner::medians);
    let (name, [most_half, most_all]) = match store {
        Store::Memory => ("memory", [1.3, 2.0]),
        Store::Redis => ("Redis", [2.2, 3.0]),
    };
    for (at, percentile, most) in [(0, "p50", most_half), (1, "p99", most_all)] {
        let bare = format!("latency {percentile}: bare pair relay, beside {name}");
        report.plain(&bare, pair[at], "us");
        report.against(
            &format!("latency {percentile}: chat, {name}"),
            chat[at],
            "us",
            (&bare, pair[at]),
            most,
        );
        if storing.is_some() {
            let row = format!("latency {percentile}: pair relay that puts each message on Redis first");
            report.plain(&row, stored[at], "us");
        }
        report.plain(&format!("latency {percentile}: bare TCP echo, there and back"), tcp[at], "us");
        report.plain(&format!("latency {percentile}: bare axum echo, there and back"), echo[at], "us");
    }
    for talk in runners.into_iter().flat_map(|runner| runner.talks) {
        talk.ends().await;
    }
}

/// The same with ten thousand beside them, against the same without: in turns too, for the crowd's relay is on the same
/// core.
async fn beside_a_crowd(size: Size, report: &mut Report, store: Store, relay: &Relay) {
    let beside = Relay::begins(store).await;
    let mut crowd = Crowd::of(Door::of(&beside), 0);
    crowd.grows_to(size.of(WAITING)).await;
    // At the same time: whoever is ready first would wait for the others without a word.
    let (quiet, crowded) = tokio::join!(Talk::chats(relay, CHATS), Talk::chats(&beside, CHATS));
    let mut runners = [Runner::of(quiet), Runner::of(crowded)];
    run(size, &mut runners).await;
    let [quiet, crowded] = runners.each_ref().map(Runner::medians);
    let (name, waiting) = (store.name(), size.of(WAITING));
    for (at, percentile) in [(0, "p50"), (1, "p99")] {
        let without =
            format!("latency {percentile}: chat, {name}, {waiting} wait at another relay of this core");
        report.plain(&without, quiet[at], "us");
        let row = format!("latency {percentile}: chat, {name}, {waiting} wait");
        report.against(&row, crowded[at], "us", (&without, quiet[at]), 1.3);
    }
    let heard = crowd.leaves().await;
    report.holds(&format!("nobody who waited was lost ({name})"), heard.lost == 0);
}
