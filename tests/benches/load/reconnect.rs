//! Ten thousand sockets are cut at once, and everybody comes back as a page does.

use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::people::{Away, Door, Visitor};
use crate::process::Watched as _;
use crate::relay::{Relay, Store};
use crate::report::Report;
use crate::size::Size;
use crate::talk::chance;

const VISITORS: u32 = 10_000;
const AT_ONCE: usize = 50;
/// The page's back-off: within a second, then twice as long each time, at most half a minute.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const RETRY_MIN: Duration = Duration::from_millis(50);
const CAP: Duration = Duration::from_secs(30);
/// Two ticks of the relay.
const WATCHED: Duration = Duration::from_secs(20);
const ARRIVED: Duration = Duration::from_secs(3);

/// Who came back.
struct Back {
    visitor: Visitor,
    was: u32,
    tries: u32,
    took: Duration,
}

async fn comes_back(away: Away, door: Door, cut: Instant) -> Back {
    let mut within = FIRST_RETRY;
    let mut tries = 0;
    loop {
        sleep(within.mul_f64(chance()).max(RETRY_MIN)).await;
        tries += 1;
        if let Ok(visitor) = away.resumes(&door).await {
            return Back { visitor, was: away.place, tries, took: cut.elapsed() };
        }
        within = (within * 2).min(CAP);
    }
}

/// The share of its core that the relay uses.
async fn share(relay: &Relay, span: Duration) -> f64 {
    let (began, ran) = (Instant::now(), relay.process.ran());
    sleep(span).await;
    (relay.process.ran() - ran).as_secs_f64() / began.elapsed().as_secs_f64() * 100.0
}

pub(crate) async fn measure(size: Size, report: &mut Report) {
    let many = size.of(VISITORS);
    report.part(&format!("{many} sockets are cut at once"));
    for store in Store::BOTH {
        let (relay, name) = (Relay::begins(store).await, store.name());
        let door = Door::of(&relay);
        let (mut waiting, mut coming, mut number) = (Vec::new(), JoinSet::new(), 0);
        while number < many || !coming.is_empty() {
            while number < many && coming.len() < AT_ONCE {
                let (door, next) = (door.clone(), number);
                coming.spawn(async move { Visitor::joins(&door, next).await });
                number += 1;
            }
            if let Some(one) = coming.join_next().await {
                waiting.push(one.unwrap().unwrap_or_else(|code| panic!("nobody is refused here: {code}")));
            }
        }
        sleep(ARRIVED).await;
        // Where each stands now: what was told since is read.
        for visitor in &mut waiting {
            visitor.hears_places();
        }
        let before = share(&relay, size.lasting(WATCHED)).await;
        let ran = relay.process.ran();
        let away: Vec<Away> = waiting.into_iter().map(Visitor::loses_network).collect();
        let cut = Instant::now();
        let mut coming: JoinSet<Back> = JoinSet::new();
        for one in away {
            coming.spawn(comes_back(one, door.clone(), cut));
        }
        let mut took = Histogram::<u64>::new_with_bounds(1, 600_000, 3).unwrap();
        let (mut back, mut tries, mut moved) = (Vec::new(), 0, 0);
        while let Some(one) = coming.join_next().await {
            let one = one.unwrap();
            took.saturating_record(one.took.as_millis() as u64);
            tries += one.tries;
            moved += u32::from(one.visitor.place > one.was);
            back.push(one.visitor);
        }
        let worked = (relay.process.ran() - ran).as_secs_f64();
        report.holds(&format!("all {many} are back, nobody further behind ({name})"), moved == 0);
        report.holds(&format!("nobody was refused or had to try twice ({name})"), tries == many);
        let row = |what: &str| format!("reconnect storm: {what}, {name}");
        report.plain(&row("back, p50"), took.value_at_quantile(0.5) as f64, "ms");
        report.plain(&row("back, p99"), took.value_at_quantile(0.99) as f64, "ms");
        // The page's own first pause, and two seconds for everybody's way through one core.
        report.at_most(&row("the last one is back"), took.max() as f64, "ms", 3_000.0);
        report.plain(&row("the relay worked"), worked, "s");
        sleep(ARRIVED).await;
        let after = share(&relay, size.lasting(WATCHED)).await;
        report.plain(&row("processor before"), before, "%");
        report.at_most(&row("processor after"), after, "%", 3.0);
    }
}
