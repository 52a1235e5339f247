//! The relay that is abused: this very program again, in a process of its own, so that its memory is its own too.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use lykta_client::{LinkView, Phase};
use lykta_server::clock::Clock;
use lykta_server::door::Hands;
use lykta_server::line::{Line, Memory, Spans};
use lykta_server::serve;
use lykta_tests::{House, fresh_root};
use lykta_wire::SeatId;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::Chat;
use crate::abuses::wants_the_deaf;

/// More than any abuse here reaches: the line is not what protects itself.
const MAX_WAITING: u32 = 2_000;
/// Takes whoever asks for its language, and never answers.
const DEAF: SeatId = SeatId([0xDE; 16]);

pub(crate) struct RelayProcess {
    child: Child,
    pub(crate) address: SocketAddr,
    house: House,
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

impl RelayProcess {
    pub(crate) fn begins() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let root = fresh_root();
        let hex: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(format!("relay:{}:{hex}", free.port()))
            // It ends when this pipe does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "listening");
        Self { child, address: free, house: House::at(free.port(), root) }
    }

    pub(crate) fn origin(&self) -> String {
        self.house.centre.origins.pages.to_string()
    }

    /// What the process holds in memory now (`VmRSS`).
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    pub(crate) async fn two_people_talking(&self, person: u8) -> Chat {
        let counsellor = self.house.counsellor(person, self.address);
        counsellor.until("a seat", |seen| seen.seat.link == LinkView::Up && seen.seat.admitted).await;
        counsellor.goes_on_duty().await;
        let visitor = self.house.visitor(self.house.anchors.clone(), self.address);
        visitor.joins();
        visitor.until("a place", |seen| seen.view.phase == Phase::Waiting && seen.view.place > 0).await;
        let ticket = counsellor.talks_to_next().await;
        visitor.talks().await;
        Chat { visitor, counsellor, ticket, written: 0 }
    }
}

/// `relay:PORT:ROOT`
pub(crate) fn is_one(orders: &str) -> ExitCode {
    let mut words = orders.split(':').skip(1);
    let (port, hex) = (words.next().unwrap().parse().unwrap(), words.next().unwrap());
    let root = std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::at(port, root);
        let line = Arc::new(Memory::new(Spans::default(), MAX_WAITING));
        let store = Arc::clone(&line) as Arc<dyn Line>;
        let made = serve::relay(&house.centre, Clock::start(), Hands::AlwaysOpen, store).unwrap();
        let mut relay = Arc::into_inner(made).unwrap();
        relay.rules.max_waiting = MAX_WAITING;
        let relay = Arc::new(relay);
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let clock = relay.clock;
        tokio::spawn(async move {
            loop {
                let now = clock.now();
                let _ = line.sit(DEAF, true, 250, &[], now).await;
                let waiting = line.look(None, usize::from(u16::MAX), now).await.unwrap_or_default();
                for entry in waiting.iter().filter(|entry| entry.languages == wants_the_deaf()) {
                    let _ = line.take(DEAF, Some(entry.ticket), now).await;
                }
                sleep(Duration::from_millis(100)).await;
            }
        });
        let serving = tokio::spawn(serve::serve_on(listener, Arc::new(house.app(relay))));
        let mut out = std::io::stdout();
        writeln!(out, "listening").and_then(|()| out.flush()).unwrap();
        let _ = serving.await;
    });
    ExitCode::SUCCESS
}
