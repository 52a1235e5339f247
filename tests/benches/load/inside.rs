//! Fifty thousand who wait. A process of this machine may have fewer files open than that, so they and the relay are one
//! process, with nothing but memory between them; everything from the request's head on is as on a network. What they
//! cost themselves is in both figures, and so is what lies between: the room of a greeting, which a network keeps in the
//! kernel, is kept there. So the two say whether cost grows in step with people, and the part `idle` what one of them
//! costs. The process ends when one of them is dropped.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lykta_server::{listen, serve};
use lykta_tests::{House, fresh_root};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::baseline;
use crate::people::{Crowd, Door};
use crate::process::{Process, Watched as _, listens};
use crate::relay;
use crate::report::Report;
use crate::size::Size;
use crate::way::Road;

const WAITING: u32 = 50_000;
/// A house has a port, also when nobody listens there.
const PORT: u16 = 8080;
/// Connections that are on their way between those who connect and whoever accepts.
const COMING: usize = 64;
/// Until the allocator has given back what it keeps for a while.
const QUIET: Duration = Duration::from_secs(15);

/// `inside relay|axum MANY`: says that it listens once all are there.
pub(crate) fn is_one(orders: &[String]) -> ExitCode {
    let [kind, many] = orders else { return ExitCode::FAILURE };
    let many: u32 = many.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (ends, listener) = mpsc::channel(COMING);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        let door = if kind == "relay" {
            let mut house = House::at(PORT, fresh_root());
            // As an operator has to allow it who has so many.
            Arc::make_mut(&mut house.centre).limits.sockets = WAITING + COMING as u32;
            let door = Door {
                origin: Some(house.centre.origins.pages.to_string().into()),
                ..Door::of_echo(address)
            };
            tokio::spawn(serve::serve_on(listener, relay::app(house, "memory").await));
            door
        } else {
            let (most, drain) = (many as usize + COMING, CancellationToken::new());
            tokio::spawn(listen::serve(listener, baseline::router(None), None, most, drain));
            Door::of_echo(address)
        };
        let mut crowd = Crowd::of(door.by(Road::Inside(ends)), 0);
        crowd.grows_to(many).await;
        listens(address);
        crowd.loses_one().await;
    });
    ExitCode::FAILURE
}

pub(crate) async fn measure(size: Size, report: &mut Report) {
    let many = size.of(WAITING);
    report.part(&format!("{many} wait, in one process with the relay"));
    let (mut memory, mut wait) = (Vec::new(), true);
    for kind in ["axum", "relay"] {
        let mut process = Process::begins(&["inside", kind, &many.to_string()]);
        memory.push(process.settled(size.lasting(QUIET)).await as f64);
        wait &= process.lives();
    }
    let [echo, relay] = memory[..] else { return };
    let each = |bytes: f64| bytes / f64::from(many);
    report.holds(&format!("all {many} were let in, and none was dropped"), wait);
    let baseline = format!("memory: {many} at a bare axum echo, with themselves");
    report.plain(&baseline, each(echo), "B each");
    let row = format!("memory: {many} wait, with themselves");
    report.against(&row, each(relay), "B each", (&baseline, each(echo)), f64::INFINITY);
}
