//! What one Redis bears: verbs a second of the line, and how long Redis itself is busy with each.
//!
//! ```sh
//! cargo bench -p lykta-server --bench line
//! ```
//!
//! Starts a redis-server of its own on loopback, without a disk, and asks it with 64 tasks over one connection, as
//! a relay does. "A second" is what came back to this process, which shares the machine with Redis;
//! "µs in Redis" is Redis' own count of its one thread (`INFO commandstats`), so a million divided by it is
//! what one slot can do at the very most, however many relays ask.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use lykta_server::clock::Moment;
use lykta_server::line::{Bounds, Cursor, Holder, Join, Line, RedisLine, Spans};
use lykta_wire::{ChatRef, Ending, Envelope, Kind, Lane, Languages, Member, SeatId, TicketName};
use redis::aio::MultiplexedConnection;
use redis::{Client, cmd};

const TASKS: u32 = 64;
const NOW: Moment = Moment(1_800_000_000_000);

struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        drop(listener);
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("this needs the package redis-server");
        Self { process, port }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    async fn connect(&self) -> MultiplexedConnection {
        let client = Client::open(self.url()).expect("a well-formed address");
        let patience = Instant::now() + Duration::from_secs(10);
        loop {
            match client.get_multiplexed_async_connection().await {
                Ok(connection) => return connection,
                Err(error) => assert!(Instant::now() < patience, "the server does not start: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Microseconds Redis was busy with scripts since it started.
async fn busy(connection: &mut MultiplexedConnection) -> u64 {
    let about: String =
        cmd("INFO").arg("commandstats").query_async(connection).await.expect("the server answers");
    let scripts = about.lines().filter(|line| line.starts_with("cmdstat_eval"));
    scripts.filter_map(|line| line.split_once("usec=")?.1.split(',').next()?.parse::<u64>().ok()).sum()
}

async fn memory(connection: &mut MultiplexedConnection) -> u64 {
    let about: String = cmd("INFO").arg("memory").query_async(connection).await.expect("the server answers");
    let used = about.lines().find_map(|line| line.strip_prefix("used_memory:"));
    used.and_then(|used| used.trim().parse().ok()).expect("Redis tells its memory")
}

struct Bench {
    line: Arc<RedisLine>,
    stats: MultiplexedConnection,
}

impl Bench {
    /// Does `one` for 0 to `times`, by 64 tasks at once, and prints a line of the table.
    async fn measure<F: Future<Output = ()> + Send>(
        &mut self,
        name: &str,
        times: u32,
        each: u32,
        one: impl Fn(Arc<RedisLine>, u32) -> F + Send + Sync + 'static,
    ) {
        self.measure_by(TASKS, name, times, each, one).await;
    }

    async fn measure_by<F: Future<Output = ()> + Send>(
        &mut self,
        tasks: u32,
        name: &str,
        times: u32,
        each: u32,
        one: impl Fn(Arc<RedisLine>, u32) -> F + Send + Sync + 'static,
    ) {
        let one = Arc::new(one);
        let next = Arc::new(AtomicU32::new(0));
        let before = busy(&mut self.stats).await;
        let began = Instant::now();
        let tasks: Vec<_> = (0..tasks)
            .map(|_| {
                let (line, one, next) = (Arc::clone(&self.line), Arc::clone(&one), Arc::clone(&next));
                tokio::spawn(async move {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= times {
                            return;
                        }
                        one(Arc::clone(&line), index).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no verb panics");
        }
        let took = began.elapsed().as_secs_f64();
        let inside = (busy(&mut self.stats).await - before) as f64;
        let done = f64::from(times) * f64::from(each);
        say(&format!(
            "{name:<44}{:>10.0}{:>14.1}{:>14.0}",
            done / took,
            inside / done,
            1_000_000.0 * done / inside
        ));
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn ticket(number: u32) -> TicketName {
    let mut name = [0x5A; 32];
    name[..4].copy_from_slice(&number.to_be_bytes());
    TicketName(name)
}

fn seat(number: u32) -> SeatId {
    let mut name = [0x5A; 16];
    name[..4].copy_from_slice(&number.to_be_bytes());
    SeatId(name)
}

fn envelope(kind: Kind, number: u32) -> Envelope {
    let size = if kind == Kind::Beat { 536 } else { 2_072 };
    let mut bytes = vec![0xE5; size];
    bytes[..2].copy_from_slice(&[1, kind as u8]);
    bytes[4..8].copy_from_slice(&number.to_be_bytes());
    Envelope::parse(&bytes).expect("a well-formed envelope")
}

/// A centre with so many who wait, from the first join to the last end.
async fn centre(server: &Server, number: u8, waiting: u32) {
    let bounds = Bounds { max_waiting: waiting, tickets: waiting, ..Bounds::from(waiting) };
    let mut stats = server.connect().await;
    let line = RedisLine::open(&server.url(), [number; 16], Spans::default(), bounds, false).await;
    let line = Arc::new(line.unwrap_or_else(|error| unreachable!("{error}")));
    let before = memory(&mut stats).await;
    let mut bench = Bench { line, stats };
    say(&format!("\n{waiting} wait"));
    bench
        .measure("join (greeting, then the centre's slot)", waiting, 1, |line, index| async move {
            let join = Join {
                ticket: ticket(index),
                lane: Lane::Support,
                languages: Languages::default(),
                hello: envelope(Kind::Hello, 0),
            };
            line.join(join, NOW).await.expect("the store is here");
        })
        .await;
    let after = memory(&mut bench.stats).await;
    // Among few the fixed tables of Redis weigh more than the tickets.
    if waiting >= 1_000 {
        say(&format!("  a waiting ticket: {} bytes", (after - before) / u64::from(waiting)));
    }
    let everybody: Arc<Vec<_>> = Arc::new((0..waiting).map(ticket).collect());
    let all = Arc::clone(&everybody);
    bench
        .measure(
            "keep, per visitor of a whole tick",
            (20_000 / waiting).max(5),
            waiting,
            move |line, index| {
                let all = Arc::clone(&all);
                async move {
                    let now = NOW.plus(Duration::from_millis(u64::from(index)));
                    line.keep(&all, now).await.expect("the store is here");
                }
            },
        )
        .await;
    let seats = 40;
    bench
        .measure("sit", 4_000, 1, move |line, index| async move {
            let sat = line.sit(seat(index % seats), true, 250, &[], NOW.plus(Duration::from_secs(1))).await;
            sat.expect("the store is here");
        })
        .await;
    bench
        .measure("count", 4_000, 1, |line, _| async move {
            line.count(NOW).await.expect("the store is here");
        })
        .await;
    bench
        .measure("look (40 entries)", 2_000, 1, |line, _| async move {
            line.look(None, 40, NOW).await.expect("the store is here");
        })
        .await;
    let takes = waiting.min(2_000);
    let taken = Arc::new(std::sync::Mutex::new(Vec::new()));
    let put = Arc::clone(&taken);
    bench
        .measure("take (centre's slot, then the greeting)", takes, 1, move |line, index| {
            let put = Arc::clone(&put);
            async move {
                let now = NOW.plus(Duration::from_secs(2));
                let got = line.take(seat(index % seats), None, now).await.expect("the store is here");
                let chat = got.expect("somebody waits").chat;
                put.lock().expect("nobody panics").push((chat, seat(index % seats)));
            }
        })
        .await;
    let chats = Arc::new(std::mem::take(&mut *taken.lock().expect("nobody panics")));
    let all = Arc::clone(&chats);
    bench
        .measure("first put of a visitor (put, confirm, note)", takes, 1, move |line, index| {
            let chat = all[index as usize].0;
            async move { put_one(&line, chat, Member::VISITOR, 0).await }
        })
        .await;
    talk(&mut bench, &chats).await;
    let all = Arc::clone(&chats);
    bench
        .measure("end (centre's slot, then wipe)", takes, 1, move |line, index| {
            let (chat, seat) = all[index as usize];
            async move {
                line.end(seat, chat, Ending::Helped, NOW.plus(Duration::from_secs(3)))
                    .await
                    .expect("the store is here");
            }
        })
        .await;
}

async fn put_one(line: &RedisLine, chat: ChatRef, from: Member, number: u32) {
    let to = if from == Member::VISITOR { Member::COUNSELLOR } else { Member::VISITOR };
    let put =
        line.put(chat, from, to, vec![envelope(Kind::Kept, number)], NOW.plus(Duration::from_secs(2))).await;
    let _ = put.expect("the store is here");
}

/// What is said: in the tickets' slots, not in the centre's.
async fn talk(bench: &mut Bench, chats: &Arc<Vec<(ChatRef, SeatId)>>) {
    let all = Arc::clone(chats);
    bench
        .measure("put, fetch, got of one envelope (3 verbs)", 4_000, 3, move |line, index| {
            let count = all.len() as u32;
            let (chat, number) = (all[(index % count) as usize].0, index / count);
            async move {
                let now = NOW.plus(Duration::from_secs(2));
                put_one(&line, chat, Member::COUNSELLOR, number).await;
                let mut cursor = Cursor::default();
                let fetched = line.fetch(chat, Member::VISITOR, &mut cursor, 16, now).await;
                fetched.expect("the store is here");
                let got = line.got(chat, Member::COUNSELLOR, Member::VISITOR, number + 1, now).await;
                got.expect("the store is here");
            }
        })
        .await;
    let all = Arc::clone(chats);
    bench
        .measure("beat", 4_000, 1, move |line, index| {
            let chat = all[index as usize % all.len()].0;
            async move {
                let now = NOW.plus(Duration::from_secs(2));
                let beat = envelope(Kind::Beat, index);
                let beaten = line.beat(chat, Member::VISITOR, Member::COUNSELLOR, beat, now).await;
                beaten.expect("the store is here");
            }
        })
        .await;
    bench
        .measure("prove", 4_000, 1, |line, index| async move {
            line.prove(Holder::Visitor(ticket(index)), NOW).await.expect("the store is here");
        })
        .await;
}

/// What the way costs without any of our scripts.
async fn nothing(server: &Server) {
    let connection = server.connect().await;
    let began = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let mut connection = connection.clone();
            tokio::spawn(async move {
                for _ in 0..300 {
                    let mut nothing = cmd("EVAL");
                    nothing.arg("return 1").arg(0);
                    nothing.query_async::<u8>(&mut connection).await.expect("the server answers");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no verb panics");
    }
    let done = f64::from(TASKS * 300);
    say(&format!("{:<44}{:>10.0}", "a script that does nothing", done / began.elapsed().as_secs_f64()));
}

fn main() {
    // A store that is away says why.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let server = Server::start();
        drop(server.connect().await);
        say(&format!("{:<44}{:>10}{:>14}{:>14}", "", "a second", "µs in Redis", "at the most"));
        nothing(&server).await;
        for (number, waiting) in [(1, 20), (2, 1_000), (3, 10_000)] {
            centre(&server, number, waiting).await;
        }
    });
}
