//! A relay process for the stories of `fault`: the very library that `lykta` is made of, with the stories' own
//! house instead of sign-in and a demonstration.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use lykta_server::clock::Clock;
use lykta_server::door::Hands;
use lykta_server::line::RedisLine;
use lykta_server::serve;
use lykta_tests::{House, Orders};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// As long as `lykta serve` waits.
const DRAIN: Duration = Duration::from_secs(8);

#[tokio::main(worker_threads = 2)]
async fn main() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    tracing::trace!("a relay that says everything");
    // Whoever started this holds the other end; when they are gone, so is this.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(1);
    });
    let orders = Orders::read(std::env::args().skip(1));
    let house = House::at(orders.home, orders.root_seed);
    let clock = Clock::start();
    let (centre, most) = (house.centre.trust.centre_id, house.centre.line.max_waiting);
    let mut line =
        RedisLine::open(&orders.redis, centre, orders.spans, most, false).await.expect("the line opens");
    line.follow(clock).await;
    let relay = serve::relay(&house.centre, clock, Hands::AlwaysOpen, Arc::new(line)).expect("random bytes");
    let drain = relay.drain.clone();
    let listener = TcpListener::bind(orders.listen).await.expect("a port to listen on");
    let address = listener.local_addr().expect("a bound listener has an address");
    let serving = tokio::spawn(serve::serve_on(listener, Arc::new(house.app(relay))));
    let mut terminated = signal(SignalKind::terminate()).expect("a signal can be listened for");
    let mut out = std::io::stdout();
    writeln!(out, "{address}").and_then(|()| out.flush()).expect("whoever started this reads");
    terminated.recv().await;
    drain.cancel();
    let _ = timeout(DRAIN, serving).await;
}
