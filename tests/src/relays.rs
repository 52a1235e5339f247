//! Several relays with one line on Redis, each a process of its own, behind one front.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lykta_client::{LinkView, Phase};
use lykta_server::line::Spans;
use lykta_wire::TicketName;
use tokio::net::TcpListener;

use crate::counsellor::Counsellor;
use crate::front::Front;
use crate::house::{House, fresh_root};
use crate::process::{Signal, send};
use crate::redis::Directory;
use crate::visitor::Visitor;

/// What one relay process is told on its command line.
pub struct Orders {
    /// Where to listen; port 0 for a free one.
    pub listen: SocketAddr,
    /// The port of localhost at which the house is found.
    pub home: u16,
    /// The house's root.
    pub root_seed: [u8; 32],
    /// The line's Redis.
    pub redis: String,
    /// How long things last in the line.
    pub spans: Spans,
}

impl Orders {
    /// As words.
    #[must_use]
    pub fn write(&self) -> Vec<String> {
        let root: String = self.root_seed.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut words = vec![self.listen.to_string(), self.home.to_string(), root, self.redis.clone()];
        words.extend(times(&mut self.spans.clone()).map(|span| span.as_millis().to_string()));
        words
    }

    /// Reads what [`Orders::write`] wrote.
    ///
    /// # Panics
    /// When it is something else.
    #[must_use]
    pub fn read(mut words: impl Iterator<Item = String>) -> Self {
        let mut next = || words.next().expect("a word for each order");
        let listen = next().parse().expect("an address");
        let home = next().parse().expect("a port");
        let (root, mut root_seed) = (next(), [0; 32]);
        for (at, byte) in root_seed.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&root[2 * at..2 * at + 2], 16).expect("two digits");
        }
        let redis = next();
        let mut spans = Spans::default();
        for span in times(&mut spans) {
            *span = Duration::from_millis(next().parse().expect("milliseconds"));
        }
        Self { listen, home, root_seed, redis, spans }
    }
}

fn times(spans: &mut Spans) -> impl Iterator<Item = &mut Duration> {
    let Spans {
        visitor_lease,
        place_kept,
        confirm,
        visitor_lost,
        counsellor_lost,
        seat_lease,
        ttl,
        box_ttl,
        counsellor_boxes,
        goodbye,
        sockets,
    } = spans;
    let (tickets, seats) =
        ([visitor_lease, place_kept, confirm, visitor_lost], [counsellor_lost, seat_lease]);
    tickets.into_iter().chain(seats).chain([ttl, box_ttl, counsellor_boxes, goodbye, sockets])
}

/// One relay.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn begins(program: &str, orders: &Orders, log: &std::path::Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a file for the log");
        let mut child = Command::new(program)
            .args(orders.write())
            // It ends when this pipe does: a story that is killed leaves nobody behind.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the relay's program");
        let mut said = String::new();
        let mut words = BufReader::new(child.stdout.as_mut().expect("a pipe we asked for"));
        words.read_line(&mut said).expect("a relay that can write");
        let address = said.trim().parse().unwrap_or_else(|_| {
            let _ = (child.kill(), child.wait());
            panic!("the relay did not start; its log says why")
        });
        Self { child, address }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// Several relays of one house.
pub struct Relays {
    /// What everybody connects to.
    pub front: Front,
    /// Whose relays they are.
    pub house: House,
    processes: Vec<Option<Process>>,
    program: &'static str,
    orders: Orders,
    directory: Directory,
}

impl Relays {
    /// So many relays, each `program` in a process of its own, on this Redis.
    pub async fn open(program: &'static str, count: usize, redis: String, spans: Spans) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let home = listener.local_addr().expect("a bound listener has an address").port();
        let root_seed = fresh_root();
        let orders = Orders { listen: ([127, 0, 0, 1], 0).into(), home, root_seed, redis, spans };
        let directory = Directory::new();
        let begin = |number: usize| Process::begins(program, &orders, &log(&directory, number));
        let processes: Vec<_> = (0..count).map(begin).collect();
        let addresses: Vec<_> = processes.iter().map(|process| process.address).collect();
        Self {
            front: Front::on(listener, &addresses),
            house: House::at(home, root_seed),
            processes: processes.into_iter().map(Some).collect(),
            program,
            orders,
            directory,
        }
    }

    fn signal(&self, number: usize, signal: Signal) {
        let process = self.processes[number].as_ref().expect("a relay that runs");
        send(&process.child, signal);
    }

    /// Dies in this instant (SIGKILL).
    pub fn is_killed(&mut self, number: usize) {
        self.processes[number] = None;
    }

    /// Is asked to end in order (SIGTERM).
    pub fn drains(&self, number: usize) {
        self.signal(number, Signal::TERM);
    }

    /// Waits until a drained relay has ended by itself.
    pub async fn has_ended(&mut self, number: usize) {
        let mut process = self.processes[number].take().expect("a relay that runs");
        // Waiting would close its pipe, at which it ends at once.
        let pipe = process.child.stdin.take();
        let ended = tokio::task::spawn_blocking(move || {
            let ended = process.child.wait().expect("a process of ours");
            drop(pipe);
            ended
        });
        let ended = tokio::time::timeout(crate::PATIENCE, ended).await.expect("a drain ends");
        assert!(ended.expect("nothing panics while it waits").success(), "it ended in order");
    }

    /// Stops in the middle of whatever it does (SIGSTOP), and the front's health check notices.
    pub fn freezes(&self, number: usize) {
        self.signal(number, Signal::STOP);
        self.front.takes_out(number);
    }

    /// Stops in the middle of whatever it does (SIGSTOP), and nobody notices.
    pub fn freezes_unnoticed(&self, number: usize) {
        self.signal(number, Signal::STOP);
    }

    /// Goes on as if nothing had been (SIGCONT).
    pub fn thaws(&self, number: usize) {
        self.signal(number, Signal::CONT);
        self.front.puts_back(number);
    }

    /// A new process where relay `number` was.
    pub fn is_raised_again(&mut self, number: usize, was: SocketAddr) {
        self.processes[number] = None;
        let orders = Orders {
            listen: was,
            spans: self.orders.spans.clone(),
            redis: self.orders.redis.clone(),
            ..self.orders
        };
        let process = Process::begins(self.program, &orders, &log(&self.directory, number));
        self.processes[number] = Some(process);
    }

    /// Where relay `number` listens itself.
    #[must_use]
    pub fn address(&self, number: usize) -> SocketAddr {
        self.processes[number].as_ref().expect("a relay that runs").address
    }

    /// Everything the relays have logged, at the most talkative level.
    #[must_use]
    pub fn logs(&self) -> Vec<u8> {
        let read = |number| std::fs::read(log(&self.directory, number)).unwrap_or_default();
        (0..self.processes.len()).flat_map(read).collect()
    }

    /// A visitor opens the page.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        self.house.visitor(self.house.anchors.clone(), self.front.address)
    }

    /// A visitor joins the line on relay `number`.
    pub async fn visitor_on(&self, number: usize) -> Visitor {
        let visitor = self.visitor();
        self.front.leads_next_to(number);
        visitor.joins();
        visitor.until("a place", |seen| seen.view.phase == Phase::Waiting && seen.view.place > 0).await;
        visitor
    }

    /// Person `person` of the staff sits on relay `number`, on duty.
    pub async fn counsellor_on(&self, number: usize, person: u8) -> Counsellor {
        self.front.leads_next_to(number);
        let counsellor = self.house.counsellor(person, self.front.address);
        counsellor.until("a seat", |seen| seen.seat.link == LinkView::Up && seen.seat.admitted).await;
        counsellor.goes_on_duty().await;
        counsellor
    }

    /// A visitor on one relay talks with person 0 on another.
    pub async fn two_people_talking(
        &self,
        visitor: usize,
        counsellor: usize,
    ) -> (Visitor, Counsellor, TicketName) {
        let counsellor = self.counsellor_on(counsellor, 0).await;
        let visitor = self.visitor_on(visitor).await;
        let ticket = counsellor.talks_to_next().await;
        visitor.talks().await;
        (visitor, counsellor, ticket)
    }
}

fn log(directory: &Directory, number: usize) -> std::path::PathBuf {
    directory.0.join(format!("relay-{number}.log"))
}
