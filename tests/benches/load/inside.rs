//! Fifty thousand who wait. A process of this machine may have fewer files open than that, so they and the relay are one
//! process, with nothing but memory between them; everything from the request's head on is as on a network. What they
//! cost themselves is in both figures, and so is what lies between: the room of a greeting, which a network keeps in the
//! kernel, is kept there. So the two say whether cost grows in step with people, and the part `idle` what one of them
//! costs. Those who write to each other beside them come over the network. The process ends when one of them is dropped.

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lykta_server::{listen, serve};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::baseline;
use crate::idle::beside;
use crate::look::Look;
use crate::people::{Crowd, Door};
use crate::plot::{Curve, Plots};
use crate::process::{Process, listens};
use crate::relay::{self, Relay};
use crate::report::Report;
use crate::size::Size;
use crate::way::Road;

/// So many wait, each time in a process of their own.
const WAITING: [u32; 3] = [10_000, 25_000, 50_000];
/// Connections that are on their way between those who connect and whoever accepts.
const COMING: usize = 64;
/// Until the allocator has given back what it keeps for a while.
const QUIET: Duration = Duration::from_secs(15);

/// `crowd MANY` at a bare echo, or `crowd MANY PORT ROOT` at a relay: says that it listens once all are there.
pub(crate) fn is_one(orders: &[String]) -> ExitCode {
    let [many, house @ ..] = orders else { return ExitCode::FAILURE };
    let many: u32 = many.parse().unwrap();
    let most = many as usize + 2 * COMING;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (ends, listener) = mpsc::channel(COMING);
        let network = if let [port, _] = house { port.parse().unwrap() } else { 0 };
        let network = TcpListener::bind((Ipv4Addr::LOCALHOST, network)).await.unwrap();
        let address = network.local_addr().unwrap();
        let door = if let [port, root] = house {
            let mut house = relay::house(port, root);
            // As an operator has to allow it who has so many.
            Arc::make_mut(&mut house.centre).limits.sockets = most as u32;
            let origin = house.centre.origins.pages.to_string().into();
            let app = relay::app(house, "memory").await;
            tokio::spawn(serve::serve_on(network, Arc::clone(&app)));
            tokio::spawn(serve::serve_on(listener, app));
            Door { origin: Some(origin), ..Door::of_echo(address) }
        } else {
            tokio::spawn(listen::serve(
                listener,
                baseline::router(None),
                None,
                most,
                CancellationToken::new(),
            ));
            Door::of_echo(address)
        };
        let mut crowd = Crowd::of(door.by(Road::Inside(ends)), 0);
        crowd.grows_to(many).await;
        listens(address);
        crowd.loses_one().await;
    });
    ExitCode::FAILURE
}

/// Memory of all and each, and the share of a core.
async fn costs(size: Size, process: &Process, many: u32) -> (f64, f64, f64) {
    let look = Look::begins(process, None).await;
    let memory = look.memory(size.lasting(QUIET)).await;
    (memory, memory / f64::from(many), look.share().await)
}

pub(crate) async fn measure(size: Size, report: &mut Report, plots: &mut Plots) {
    report.part("Many more wait, in one process with the relay");
    let mut echo = (Curve::new(), Curve::new());
    let mut relays = (Curve::new(), Curve::new(), Curve::new());
    for many in WAITING.map(|many| size.of(many)) {
        let process = Process::begins(&["crowd", &many.to_string()]);
        let (all, bare, share) = costs(size, &process, many).await;
        drop(process);
        echo.0.push((many, all));
        echo.1.push((many, share));
        let baseline = format!("memory: {many} at a bare axum echo, with themselves");
        report.plain(&baseline, bare, "B each");

        let mut relay = Relay::begins_with_inside(many).await;
        let (all, each, share) = costs(size, &relay.process, many).await;
        let latency = beside(size, &relay).await;
        report.holds(&format!("all {many} were let in, and none was dropped"), relay.process.lives());
        let row = format!("memory: {many} wait, with themselves");
        report.against(&row, each, "B each", (&baseline, bare), f64::INFINITY);
        report.plain(&format!("processor: {many} wait, with themselves"), share, "%");
        report.plain(&format!("half of the texts beside {many} who wait, with themselves"), latency, "us");
        relays.0.push((many, all));
        relays.1.push((many, share));
        relays.2.push((many, latency));
    }
    plots.inside("bare axum echo", &echo.0, &echo.1, &[]);
    plots.inside("memory", &relays.0, &relays.1, &relays.2);
}
