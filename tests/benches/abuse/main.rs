//! Do two people who talk feel it when somebody abuses the relay?
//!
//! ```sh
//! cargo bench --profile fuzz -p lykta-tests --bench abuse [words of an abuse's name]
//! ```
//!
//! The relay is a process of its own, on loopback with the shipped limits. Two chats write to and fro; each abuse is
//! switched on and off in turns, so that both are measured on the same machine at the same time. Those who abuse run
//! in threads of lower priority: in earnest they have computers of their own. Told are the times from a text's
//! writing to its opening at the other end, and the relay's memory before, during and after.
//!
//! Ends with an error when a chat takes more than twice as long as undisturbed, twice in a row.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a measurement: it talks to whoever started it, and stops when something is not as it should be"
)]

mod abuses;
mod relay;
mod report;
#[path = "../load/results.rs"]
mod results;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use abuses::{ABUSES, Abuse, Target};
use lykta_tests::{Counsellor, Visitor};
use lykta_wire::TicketName;
use relay::RelayProcess;
use report::{Row, Times, write};
use tokio::time::sleep;

/// So often each abuse is switched on and off.
const ROUNDS: u32 = 5;
/// Measured each time.
const SPAN: Duration = Duration::from_millis(1_200);
/// What an abuse needs to be in full swing, and what is left over to be gone.
const SWING: Duration = Duration::from_millis(300);
/// Between two texts of a chat: people pause too, and what is measured is not how fast this machine can go.
const PAUSE: Duration = Duration::from_millis(10);
/// After this the relay has let go of whoever is gone.
const AFTERMATH: Duration = Duration::from_secs(3);
/// And after this everything that is kept for a while is gone too, but for the places in line.
const QUIET: Duration = Duration::from_secs(20);
/// A chat may take so many times as long.
const MOST: f64 = 2.0;

struct Chat {
    visitor: Visitor,
    counsellor: Counsellor,
    ticket: TicketName,
    written: usize,
}

impl Chat {
    /// A text each way; milliseconds of each.
    async fn exchange(&mut self, into: &mut Times) {
        self.written += 1;
        let (ticket, written) = (self.ticket, self.written);
        let begun = Instant::now();
        self.visitor.says("Hej, är du kvar?");
        self.counsellor.until_chat(ticket, "a text", move |seen| seen.heard().len() >= written).await;
        into.add(begun.elapsed());
        sleep(PAUSE).await;
        let begun = Instant::now();
        self.counsellor.says(ticket, "Ja, jag är kvar.");
        self.visitor.until("an answer", |seen| seen.heard().len() >= written).await;
        into.add(begun.elapsed());
        sleep(PAUSE).await;
    }
}

async fn talks_for(chats: &mut [Chat; 2], span: Duration, into: &mut Times) {
    let until = Instant::now() + span;
    while Instant::now() < until {
        for chat in chats.iter_mut() {
            chat.exchange(into).await;
        }
    }
}

async fn measure(relay: &RelayProcess, abuse: &Abuse) -> Row {
    let mut chats = [relay.two_people_talking(0).await, relay.two_people_talking(1).await];
    let (mut undisturbed, mut disturbed) = (Times::default(), Times::default());
    let before = relay.memory_kib();
    let mut during = before;
    let target = Target { address: relay.address, origin: relay.origin(), ticket: chats[0].ticket };
    talks_for(&mut chats, SWING, &mut Times::default()).await;
    for _ in 0..ROUNDS {
        talks_for(&mut chats, SPAN, &mut undisturbed).await;
        let running = abuse.begins(&target);
        talks_for(&mut chats, SWING, &mut Times::default()).await;
        talks_for(&mut chats, SPAN, &mut disturbed).await;
        during = during.max(relay.memory_kib());
        running.ends();
        talks_for(&mut chats, SWING, &mut Times::default()).await;
    }
    for chat in &chats {
        chat.visitor.leaves();
    }
    sleep(AFTERMATH).await;
    let memory_kib = [before, during, relay.memory_kib()];
    Row { name: abuse.name, undisturbed, disturbed, memory_kib, done: abuse.done() }
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if let Some(orders) = words.next().filter(|word| word.starts_with("relay:")) {
        return relay::is_one(&orders);
    }
    // Cargo's own flag is no name.
    let wanted: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    lykta_tests::sends_promptly();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let relay = RelayProcess::begins();
        // What a relay needs once in its life is not what an abuse costs.
        let _ = measure(&relay, &ABUSES[0]).await;
        let mut rows = Vec::new();
        for abuse in
            ABUSES.iter().filter(|abuse| wanted.iter().all(|word| abuse.name.contains(word.as_str())))
        {
            let mut row = measure(&relay, abuse).await;
            if row.ratio() > MOST {
                let again = measure(&relay, abuse).await;
                if again.ratio() < row.ratio() {
                    row = again;
                }
            }
            row.print();
            rows.push(row);
        }
        sleep(QUIET).await;
        println!(
            "{:.1} MiB of the relay are left {QUIET:?} after the last of them",
            relay.memory_kib() as f64 / 1_024.0
        );
        write(&rows);
        let slow: Vec<_> = rows.iter().filter(|row| row.ratio() > MOST).map(|row| row.name).collect();
        if slow.is_empty() {
            return ExitCode::SUCCESS;
        }
        println!("More than {MOST} times as long as undisturbed: {slow:?}");
        ExitCode::FAILURE
    })
}
