//! What somebody costs who waits, and somebody in a chat: memory and processor, against the bare axum echo.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::look::Look;
use crate::people::{Crowd, Desk, Door};
use crate::plot::{Curve, Plots};
use crate::process::{Process, Watched as _};
use crate::relay::{Relay, Store};
use crate::report::Report;
use crate::size::Size;
use crate::talk::{Talk, all_talk};

/// So many wait, one after the other.
const WAITING: [u32; 4] = [100, 1_000, 3_000, 10_000];
/// So many chats run, one after the other.
const CHATS: [u32; 4] = [1, 100, 500, 2_000];
/// After a storm of arrivals, until the last pass over the line is done.
const ARRIVED: Duration = Duration::from_secs(2);
/// Two ticks of the relay, and as long as its allocator keeps what it does not need; with the looks 20 s.
const QUIET: Duration = Duration::from_millis(15_500);
/// Everything is given back within this.
const RETURNED: Duration = Duration::from_secs(60);
/// In each of the chats that run somebody writes about this often.
const PACE: Duration = Duration::from_secs(2);
/// Seats that are taken before those who sit already say that they are there.
const AT_ONCE: usize = 100;
/// Chats in which latency is measured beside those who wait.
const BESIDE: u32 = 10;

/// What one kind of cost is at several numbers of people.
struct Grown {
    memory: Curve,
    share: Curve,
    latency: Curve,
}

/// Measures at each number of people, then everybody leaves; how long it took until their memory was given back, and
/// the share that was not.
async fn waits(size: Size, door: Door, process: &Process, relay: Option<&Relay>) -> (Grown, f64, f64) {
    let quiet = size.lasting(QUIET);
    let look = Look::begins(process, relay).await;
    let empty = look.memory(quiet / 4).await;
    let mut crowd = Crowd::of(door, 0);
    let (mut memory, mut share, mut latency) = (Vec::new(), Vec::new(), Vec::new());
    for waiting in WAITING.map(|many| size.of(many)) {
        crowd.grows_to(waiting).await;
        sleep(size.lasting(ARRIVED)).await;
        let look = Look::begins(process, relay).await;
        memory.push((waiting, look.memory(quiet).await - empty));
        share.push((waiting, look.share().await));
        if let Some(relay) = relay {
            latency.push((waiting, beside(size, relay).await));
        }
    }
    let most = memory.last().unwrap().1;
    let heard = crowd.leaves().await;
    assert_eq!(heard.lost, 0, "nobody who waits is lost");
    let left = Instant::now();
    // A tenth is what the maps and the allocator keep for the next ones.
    let over = loop {
        let over = process.memory() as f64 + look.of_redis().await - empty;
        if left.elapsed() >= RETURNED || over <= most / 10.0 {
            break over;
        }
        sleep(Duration::from_secs(1)).await;
    };
    (Grown { memory, share, latency }, left.elapsed().as_secs_f64(), over / most * 100.0)
}

/// Beside those who wait some write to each other: how long half of the texts take, microseconds.
pub(crate) async fn beside(size: Size, relay: &Relay) -> f64 {
    let mut talks = Talk::chats(relay, BESIDE).await;
    let took = all_talk(&mut talks, size.lasting(ARRIVED), PACE / 20).await;
    for talk in talks {
        talk.ends().await;
    }
    took.value_at_quantile(0.5) as f64
}

fn each(&(many, bytes): &(u32, f64)) -> f64 {
    bytes / f64::from(many)
}

/// Those who wait; bytes of each connection of the bare echo.
pub(crate) async fn measure(size: Size, report: &mut Report, plots: &mut Plots) {
    report.part("Who waits: memory and processor");
    let axum = Process::begins(&["baseline", "axum"]);
    let (echo, ..) = waits(size, Door::of_echo(axum.address), &axum, None).await;
    drop(axum);
    let bare = |many: u32| format!("memory: {many} connections, bare axum echo");
    for point in &echo.memory {
        report.plain(&bare(point.0), each(point), "B each");
    }
    plots.waiting("bare axum echo", &echo.memory, &echo.share, &[]);
    for store in Store::BOTH {
        let relay = Relay::begins(store).await;
        let (grown, took, over) = waits(size, Door::of(&relay), &relay.process, Some(&relay)).await;
        let (name, most) = (store.name(), if store == Store::Memory { 1.0 } else { 1.5 });
        for (point, echo) in grown.memory.iter().zip(&echo.memory) {
            let row = format!("memory: {} wait, {name}", point.0);
            report.against(&row, each(point), "B each", (&bare(echo.0), each(echo)), most);
        }
        for (many, share) in &grown.share {
            report.at_most(&format!("processor: {many} wait, {name}"), *share, "%", 3.0);
        }
        report.at_most(&format!("memory: given back, {name}"), took, "s", RETURNED.as_secs_f64());
        report.at_most(&format!("memory: left over, {name}"), over, "%", 10.0);
        plots.waiting(name, &grown.memory, &grown.share, &grown.latency);
    }
}

/// Those who are in a chat. Of the memory of a chat the visitor's part counts: what is there more than when the seat
/// was on duty without it.
pub(crate) async fn chats(size: Size, report: &mut Report, plots: &mut Plots) {
    report.part("Chats that run: memory and processor");
    let most_chats = size.of(CHATS[CHATS.len() - 1]);
    let axum = Process::begins(&["baseline", "axum"]);
    let look = Look::begins(&axum, None).await;
    let empty = look.memory(size.lasting(ARRIVED)).await;
    let mut crowd = Crowd::of(Door::of_echo(axum.address), 0);
    crowd.grows_to(most_chats).await;
    let bare = (look.memory(size.lasting(QUIET)).await - empty) / f64::from(most_chats);
    let baseline = format!("memory: {most_chats} connections, bare axum echo");
    report.plain(&baseline, bare, "B each");
    crowd.leaves().await;
    for store in Store::BOTH {
        let (relay, name) = (Relay::begins(store).await, store.name());
        let (mut memory, mut share, mut latency) = (Vec::new(), Vec::new(), Vec::new());
        let mut talks = Vec::new();
        for running in CHATS.map(|many| size.of(many)) {
            for talk in &mut talks {
                Talk::stays(talk).await;
            }
            let mut desks = VecDeque::new();
            let first = talks.len() as u32;
            for number in (first..running).step_by(AT_ONCE) {
                // Who says nothing for a minute is taken for gone, and so many seats take longer.
                for talk in &mut talks {
                    talk.stays().await;
                }
                for desk in &mut desks {
                    Desk::remains(desk).await;
                }
                desks.extend(Desk::many(&relay, number..running.min(number + AT_ONCE as u32)).await);
            }
            let look = Look::begins(&relay.process, Some(&relay)).await;
            let (before, come) = (look.memory(Duration::ZERO).await, desks.len());
            Talk::begin(&relay, &mut talks, desks).await;
            // Memory once it has settled, processor and latency while they write.
            let look = Look::begins(&relay.process, Some(&relay)).await;
            let took = all_talk(&mut talks, size.lasting(QUIET), PACE).await;
            share.push((running, look.share().await));
            latency.push((running, took.value_at_quantile(0.5) as f64));
            let grown = look.memory(Duration::ZERO).await - before;
            let all = memory.last().map_or(0.0, |&(_, all)| all) + grown;
            memory.push((running, all));
            if come as u32 * 2 >= most_chats {
                let most = if store == Store::Memory { 1.5 } else { 2.0 };
                let row = format!("memory: a visitor in one of {running} chats, {name}");
                report.against(&row, grown / come as f64, "B each", (&baseline, bare), most);
            }
        }
        for (many, share) in &share {
            report.plain(&format!("processor: {many} chats, a text each 2 s, {name}"), *share, "%");
        }
        plots.chats(name, &memory, &share, &latency);
        for talk in talks {
            talk.ends().await;
        }
    }
}
