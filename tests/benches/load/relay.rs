//! The relay that is measured: the library that `lykta` is made of, in a process of its own, and its store.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use lykta_server::app::App;
use lykta_server::clock::Clock;
use lykta_server::door::Hands;
use lykta_server::limit::{Limit, Rules};
use lykta_server::line::{Bounds, Line, Memory, RedisLine, Spans};
use lykta_server::serve;
use lykta_server::tls::Certificates;
use lykta_tests::{House, Redis, fresh_root};
use tokio::net::TcpListener;

use crate::process::{Process, listens};

/// More than any storm here: the line's length is not what is measured.
const MAX_WAITING: u32 = 60_000;
const TICKETS: u32 = 80_000;
/// Joins a minute of all neighbourhoods together before the relay asks for work. A storm of ten thousand devices
/// would work on ten thousand processors, and not on the one core that plays all of them here; what one neighbourhood
/// may do is as shipped.
const BEFORE_WORK: u32 = 60_000;

/// Where the line is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Memory,
    Redis,
}

impl Store {
    pub(crate) const BOTH: [Self; 2] = [Self::Memory, Self::Redis];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "Redis",
        }
    }
}

pub(crate) struct Relay {
    pub(crate) process: Process,
    pub(crate) house: House,
    redis: Option<Redis>,
}

impl Relay {
    pub(crate) async fn begins(store: Store) -> Self {
        Self::begins_with(store, &[]).await
    }

    /// With the line in memory, and TLS with the certificate and the key in this folder.
    pub(crate) async fn begins_with_tls(folder: &Path) -> Self {
        Self::begins_with(Store::Memory, &[folder.to_str().unwrap()]).await
    }

    /// With the line in memory, and so many who wait within its process.
    pub(crate) async fn begins_with_inside(many: u32) -> Self {
        let (port, root) = (free_port(), fresh_root());
        let process = Process::begins(&["crowd", &many.to_string(), &port.to_string(), &to_hex(&root)]);
        Self { process, house: House::at(port, root), redis: None }
    }

    async fn begins_with(store: Store, more: &[&str]) -> Self {
        let redis = match store {
            Store::Memory => None,
            Store::Redis => Some(Redis::starts().await),
        };
        let (port, root) = (free_port(), fresh_root());
        let line = redis.as_ref().map_or_else(|| "memory".to_owned(), Redis::url);
        let process = Process::begins(&[&["relay", &port.to_string(), &to_hex(&root), &line], more].concat());
        Self { process, house: House::at(port, root), redis }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address
    }

    pub(crate) fn origin(&self) -> String {
        self.house.centre.origins.pages.to_string()
    }

    /// Where its Redis is.
    pub(crate) fn redis_url(&self) -> Option<String> {
        self.redis.as_ref().map(Redis::url)
    }

    /// A number that Redis tells of itself; 0 without one.
    pub(crate) async fn redis_says(&self, what: &str) -> f64 {
        let Some(redis) = &self.redis else { return 0.0 };
        let told = redis.says(&["INFO"]).await;
        let value = told.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        value.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
    }

    /// Seconds of a processor that Redis has used.
    pub(crate) async fn redis_ran(&self) -> f64 {
        self.redis_says("used_cpu_user").await + self.redis_says("used_cpu_sys").await
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn to_hex(root: &[u8; 32]) -> String {
    root.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The house of a measured process.
pub(crate) fn house(port: &str, root: &str) -> House {
    let root = std::array::from_fn(|at| u8::from_str_radix(&root[2 * at..2 * at + 2], 16).unwrap());
    House::at(port.parse().unwrap(), root)
}

/// `relay PORT ROOT LINE [TLS]`
pub(crate) fn is_one(orders: &[String]) -> ExitCode {
    let [port, root, line, tls @ ..] = orders else { return ExitCode::FAILURE };
    let house = house(port, root);
    let port: u16 = port.parse().unwrap();
    // As `lykta serve` makes it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let app = app(house, line).await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = match tls {
            [folder, ..] => {
                let at = |name| Path::new(folder).join(name);
                let certificates = Certificates::read(&at("fullchain.pem"), &at("privkey.pem")).unwrap();
                tokio::spawn(serve::serve_tls_on(listener, app, certificates))
            }
            [] => tokio::spawn(serve::serve_on(listener, app)),
        };
        listens(address);
        let _ = serving.await;
    });
    ExitCode::SUCCESS
}

/// What a relay of this house serves, with its line at an address of Redis or in `memory`.
pub(crate) async fn app(house: House, line: &str) -> Arc<App> {
    let clock = Clock::start();
    let bounds = Bounds { max_waiting: MAX_WAITING, tickets: TICKETS, ..Bounds::from(0) };
    let store: Arc<dyn Line> = if line == "memory" {
        Arc::new(Memory::new(Spans::default(), bounds))
    } else {
        let id = house.centre.trust.centre_id;
        let mut line = RedisLine::open(line, id, Spans::default(), bounds, false).await.unwrap();
        line.follow(clock).await;
        Arc::new(line)
    };
    let made = serve::relay(&house.centre, clock, Hands::AlwaysOpen, store).unwrap();
    let mut relay = Arc::into_inner(made).unwrap();
    relay.rules.max_waiting = MAX_WAITING;
    let shipped = &house.centre.limits;
    let rules = Rules {
        sockets: shipped.sockets_per_client,
        joins_a_minute: shipped.joins_per_client,
        joins_before_work: BEFORE_WORK,
    };
    relay.limit = Limit::new(rules, relay.now()).unwrap();
    Arc::new(house.app(Arc::new(relay)))
}
