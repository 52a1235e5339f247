//! What the relay costs, against the barest thing of the same crates that could do it at all.
//!
//! ```sh
//! cargo bench -p lykta-tests --bench load [-- idle | inside | tls | chats | latency | throughput | arrivals | reconnect]
//! LYKTA_BENCH=small cargo bench …    a tenth of the people and of the time, to try it
//! ```
//!
//! Relay and baselines are processes of their own on one core; those who connect, and Redis, are on the other. What is
//! compared runs by turns, on the same machine in the same minutes: the ratios mean something, the milliseconds belong
//! to the machine. The relay is the library `lykta` is made of, with its limits as shipped, but for the line's length
//! and for the joins of all together before it asks for work (`relay.rs` says why).
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a measurement: it talks to whoever started it, and stops when something is not as it should be"
)]

mod arrivals;
#[allow(dead_code, reason = "the stories about TLS need more of it")]
#[path = "../../deploy/authority.rs"]
mod authority;
mod baseline;
mod frames;
mod idle;
mod inside;
mod latency;
mod look;
mod people;
mod plot;
mod process;
mod reconnect;
mod relay;
mod report;
mod results;
mod size;
mod talk;
mod throughput;
mod tls;
mod way;

use std::process::ExitCode;

use plot::Plots;
use process::{OTHERS, stays_on};
use report::Report;
use size::Size;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((first, orders)) if first == "relay" => return relay::is_one(orders),
        Some((first, orders)) if first == "baseline" => return baseline::is_one(orders),
        Some((first, orders)) if first == "crowd" => return inside::is_one(orders),
        _ => {}
    }
    // Cargo's own flag is no part.
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|word| *word == part);
    if !stays_on(OTHERS) {
        println!("There is one core only: everybody shares it, and the ratios say less.");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (size, mut report, mut plots) = (Size::chosen(), Report::default(), Plots::default());
        if wants("idle") {
            idle::measure(size, &mut report, &mut plots).await;
        }
        if wants("inside") {
            inside::measure(size, &mut report, &mut plots).await;
        }
        if wants("tls") {
            tls::measure(size, &mut report).await;
        }
        if wants("chats") {
            idle::chats(size, &mut report, &mut plots).await;
        }
        if wants("latency") {
            latency::measure(size, &mut report).await;
        }
        if wants("throughput") {
            throughput::measure(size, &mut report).await;
        }
        if wants("arrivals") {
            arrivals::measure(size, &mut report).await;
        }
        if wants("reconnect") {
            reconnect::measure(size, &mut report).await;
        }
        plots.draw();
        report.ends();
    });
    ExitCode::SUCCESS
}
