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

pub(crate) async fn measure(size: Size, report: &mut Report) {
    report.part("From one writing to the other reading, 100 chats with typing beats");
    let (tcp, axum) = (Process::begins(&["baseline", "tcp"]), Process::begins(&["baseline", "axum"]));
    for store in Store::BOTH {
        let (alone, beside) = (Relay::begins(store).await, Relay::begins(store).await);
        let mut crowd = Crowd::of(Door::of(&beside), 0);
        crowd.grows_to(size.of(WAITING)).await;
        let mut pairs = Vec::new();
        for number in 0..CHATS {
            pairs.push(Talk::of_pair(axum.address, number).await);
        }
        let storing = alone.redis_url().map(|url| Process::begins(&["baseline", "axum", &url]));
        let mut stored = Vec::new();
        for number in 0..CHATS {
            if let Some(storing) = &storing {
                stored.push(Talk::of_pair(storing.address, number).await);
            }
        }
        // At the same time: whoever is ready first would wait for the others without a word.
        let (quiet, crowded) = tokio::join!(Talk::chats(&alone, CHATS), Talk::chats(&beside, CHATS));
        let mut runners = [
            Runner::of(pairs),
            Runner::of(quiet),
            Runner::of(crowded),
            Runner::of(vec![Talk::over_tcp(tcp.address).await]),
            Runner::of(vec![Talk::over_echo(axum.address).await]),
            Runner::of(stored),
        ];
        for _ in 0..size.rounds(ROUNDS) {
            for turn in 0..runners.len() {
                for runner in &mut runners {
                    for talk in &mut runner.talks {
                        talk.stays().await;
                    }
                }
                let runner = &mut runners[turn];
                let took = all_talk(&mut runner.talks, size.lasting(SPAN), PACE).await;
                runner.notes(&took);
            }
        }
        let [pair, chat, crowded, tcp, echo, stored] = runners.each_ref().map(Runner::medians);
        let (name, [most_half, most_all]) = match store {
            Store::Memory => ("memory", [1.3, 2.0]),
            Store::Redis => ("Redis", [2.2, 3.0]),
        };
        for (at, percentile, most) in [(0, "p50", most_half), (1, "p99", most_all)] {
            let bare = format!("latency {percentile}: bare pair relay, beside {name}");
            let alone = format!("latency {percentile}: chat, {name}");
            report.plain(&bare, pair[at], "us");
            report.against(&alone, chat[at], "us", (&bare, pair[at]), most);
            if storing.is_some() {
                let row = format!("latency {percentile}: pair relay that puts each message on Redis first");
                report.plain(&row, stored[at], "us");
            }
            let waiting = size.of(WAITING);
            let beside = format!("latency {percentile}: chat, {name}, {waiting} wait");
            report.against(&beside, crowded[at], "us", (&alone, chat[at]), 1.3);
            report.plain(&format!("latency {percentile}: bare TCP echo, there and back"), tcp[at], "us");
            report.plain(&format!("latency {percentile}: bare axum echo, there and back"), echo[at], "us");
        }
        let heard = crowd.leaves().await;
        report.holds(&format!("nobody who waited was lost ({name})"), heard.lost == 0);
    }
}
