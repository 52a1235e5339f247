//! A TCP front before several servers, round robin: dead ones are passed over. It can also be a bad network:
//! slow, silent, or cut in the middle of an answer.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::PATIENCE;

/// A server that does not take a connection within this is passed over.
const CONNECT: Duration = Duration::from_secs(1);

/// Forwards connections, each from the address it came from.
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    servers: Vec<Server>,
    /// Where the next connections go before anybody's turn is asked.
    wished: Mutex<Vec<usize>>,
    turn: AtomicUsize,
    /// Nothing passes, and nobody is told.
    silent: watch::Sender<bool>,
    /// How long everything is on its way.
    delay: Mutex<Duration>,
    /// Answers are thrown away.
    deaf: AtomicBool,
    /// Bytes of answers until the next cut; negative: no cut is planned.
    answers: AtomicI64,
    cuts: AtomicUsize,
    cut: Notify,
}

struct Server {
    address: SocketAddr,
    out: AtomicBool,
    connections: AtomicUsize,
    cut: Notify,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Front {
    /// A front of these servers on a free port.
    pub async fn before(servers: &[SocketAddr]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::on(listener, servers)
    }

    /// A front of these servers on this listener.
    #[must_use]
    pub fn on(listener: TcpListener, servers: &[SocketAddr]) -> Self {
        let address = listener.local_addr().expect("a bound listener has an address");
        let server = |address: &SocketAddr| Server {
            address: *address,
            out: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            cut: Notify::new(),
        };
        let shared = Arc::new(Shared {
            servers: servers.iter().map(server).collect(),
            wished: Mutex::default(),
            turn: AtomicUsize::new(0),
            silent: watch::Sender::new(false),
            delay: Mutex::default(),
            deaf: AtomicBool::new(false),
            answers: AtomicI64::new(-1),
            cuts: AtomicUsize::new(0),
            cut: Notify::new(),
        });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((client, from)) = listener.accept().await {
                tokio::spawn(Arc::clone(&serving).serve(client, from));
            }
        });
        Self { address, shared, task }
    }

    /// The next connection goes to server `number`, whoever's turn it is.
    pub fn leads_next_to(&self, number: usize) {
        self.shared.wished.lock().expect("nobody panics while wishing").push(number);
    }

    /// Server `number` does not answer its health check: it gets no new connections and loses those it has.
    pub fn takes_out(&self, number: usize) {
        self.shared.servers[number].out.store(true, Ordering::SeqCst);
        self.shared.servers[number].cut.notify_waiters();
    }

    /// Server `number` answers again.
    pub fn puts_back(&self, number: usize) {
        self.shared.servers[number].out.store(false, Ordering::SeqCst);
    }

    /// Connections that lead to server `number` now.
    #[must_use]
    pub fn connections(&self, number: usize) -> usize {
        self.shared.servers[number].connections.load(Ordering::SeqCst)
    }

    /// Everything is on its way for so long, from now on.
    pub fn takes(&self, delay: Duration) {
        *self.shared.delay.lock().expect("nobody panics while holding a delay") = delay;
    }

    /// Nothing passes any more, in either direction, and nobody is told: a phone without reception.
    pub fn falls_silent(&self) {
        self.shared.silent.send_replace(true);
    }

    /// Things pass again, also what was sent in the meantime.
    pub fn speaks_again(&self) {
        self.shared.silent.send_replace(false);
    }

    /// Cuts the connection on which the `bytes`th byte of an answer comes, in the middle of that answer.
    pub fn cuts_an_answer_after(&self, bytes: i64) {
        self.shared.answers.store(bytes, Ordering::SeqCst);
    }

    /// Questions still arrive, and their answers are thrown away; or no more.
    pub fn loses_answers(&self, on: bool) {
        self.shared.deaf.store(on, Ordering::SeqCst);
    }

    /// Cuts every connection now.
    pub fn cuts(&self) {
        self.shared.servers.iter().for_each(|server| server.cut.notify_waiters());
    }

    /// Waits until it has cut `times` answers in all.
    pub async fn has_cut_in_all(&self, times: usize) {
        let cut = async {
            loop {
                let next = self.shared.cut.notified();
                if self.shared.cuts.load(Ordering::SeqCst) >= times {
                    return;
                }
                next.await;
            }
        };
        timeout(PATIENCE, cut).await.expect("no answer was long enough to be cut");
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, client: TcpStream, from: SocketAddr) {
        let Some((number, server)) = self.connect(from).await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let to = &self.servers[number];
        let cut = to.cut.notified();
        to.connections.fetch_add(1, Ordering::SeqCst);
        let (client_in, client_out) = client.into_split();
        let (server_in, server_out) = server.into_split();
        tokio::select! {
            () = cut => {}
            () = self.pump(client_in, server_out, false) => {}
            () = self.pump(server_in, client_out, true) => {}
        }
        to.connections.fetch_sub(1, Ordering::SeqCst);
    }

    /// The one whose turn it is, or the next that is there.
    async fn connect(&self, from: SocketAddr) -> Option<(usize, TcpStream)> {
        let wished = self.wished.lock().expect("nobody panics while wishing").pop();
        let first = wished.unwrap_or_else(|| self.turn.fetch_add(1, Ordering::SeqCst));
        for number in (0..self.servers.len()).map(|next| (first + next) % self.servers.len()) {
            let server = &self.servers[number];
            if server.out.load(Ordering::SeqCst) {
                continue;
            }
            // As a transparent front does: the relay sees who comes, not through whom.
            let socket = TcpSocket::new_v4().ok()?;
            socket.bind((from.ip(), 0).into()).ok()?;
            if let Ok(Ok(stream)) = timeout(CONNECT, socket.connect(server.address)).await {
                return Some((number, stream));
            }
        }
        None
    }

    /// How much of an answer may pass before the cut; less than all of it means: cut now.
    fn pass(&self, bytes: usize) -> usize {
        let before = self.answers.load(Ordering::SeqCst);
        if before < 0 {
            return bytes;
        }
        let passed = (bytes as i64).min(before);
        self.answers.store(if passed < bytes as i64 { -1 } else { before - passed }, Ordering::SeqCst);
        passed as usize
    }

    async fn pump(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, answers: bool) {
        let (pieces, mut waiting) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
        let reading = async {
            // Small pieces, so that a cut may fall inside an answer.
            let mut piece = [0; 1_024];
            loop {
                let count = from.read(&mut piece).await.unwrap_or(0);
                if count == 0 {
                    return false;
                }
                let passed = if answers { self.pass(count) } else { count };
                let delay = *self.delay.lock().expect("nobody panics while holding a delay");
                if !answers || !self.deaf.load(Ordering::SeqCst) {
                    let _ = pieces.send((Instant::now() + delay, piece[..passed].to_vec()));
                }
                if passed < count {
                    return true;
                }
            }
        };
        let writing = async {
            let mut silent = self.silent.subscribe();
            while let Some((due, piece)) = waiting.recv().await {
                sleep_until(due).await;
                let _ = silent.wait_for(|silent| !silent).await;
                if to.write_all(&piece).await.is_err() {
                    return;
                }
            }
        };
        tokio::pin!(writing);
        let cut = tokio::select! {
            cut = reading => cut,
            () = &mut writing => return,
        };
        // What was read before the end still arrives.
        drop(pieces);
        writing.await;
        if cut {
            self.cuts.fetch_add(1, Ordering::SeqCst);
            self.cut.notify_waiters();
        }
    }
}
