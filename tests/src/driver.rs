//! Drives one client machine over a real WebSocket, as a page does.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use lykta_client::Seed;
use lykta_server::tls::Connector;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpSocket;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Whether frames go out at once, as browsers send them, or wait for the acknowledgement of the one before.
static PROMPT: AtomicBool = AtomicBool::new(false);

/// From now on frames go out at once: for measuring.
pub fn sends_promptly() {
    PROMPT.store(true, Ordering::Relaxed);
}

/// What happens to a machine, whichever it is.
pub(crate) enum Event<C> {
    Opened,
    Closed(u16),
    Frame(Vec<u8>),
    Tick,
    Command(C),
}

/// What a machine asks of its driver; everything else it shows in `Seen`.
pub(crate) enum Do {
    Open,
    Close,
    Send(Vec<u8>),
}

pub(crate) trait Machine: Send + 'static {
    type Command: Send + 'static;
    type Seen: Clone + Send + Sync + 'static;

    fn step(&mut self, now_ms: u64, seed: &mut Seed, event: Event<Self::Command>) -> Vec<Do>;
    fn wake_at_ms(&self) -> Option<u64>;
    fn seen(&self) -> Self::Seen;
}

/// Where the machine's socket goes, and as whom.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) address: SocketAddr,
    /// With TLS: whose certificate is believed.
    pub(crate) tls: Option<Connector>,
    /// The device's own address.
    pub(crate) from: IpAddr,
    pub(crate) path: &'static str,
    pub(crate) origin: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

pub(crate) struct Driver<M: Machine> {
    pub(crate) commands: mpsc::UnboundedSender<M::Command>,
    pub(crate) seen: watch::Receiver<M::Seen>,
    task: JoinHandle<()>,
}

impl<M: Machine> Drop for Driver<M> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

pub(crate) fn fresh_seed() -> Seed {
    let mut bytes = [0; Seed::LEN];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    Seed::take(&mut bytes)
}

impl<M: Machine> Driver<M> {
    pub(crate) fn start(machine: M, first: Vec<Do>, route: Route) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (outbox, seen) = watch::channel(machine.seen());
        let task = tokio::spawn(run(machine, first, route, inbox, outbox));
        Self { commands, seen, task }
    }

    pub(crate) fn tell(&self, command: M::Command) {
        assert!(self.commands.send(command).is_ok(), "the driver lives as long as its handle");
    }
}

/// The closing handshake may take so long.
const CLOSING: Duration = Duration::from_secs(2);

/// One socket: a task reads and writes at the same time, so that reading never waits for writing. Letting go
/// of it closes as a browser does: what was sent before still goes out.
struct Line {
    out: mpsc::UnboundedSender<Vec<u8>>,
}

enum FromSocket {
    Opened,
    Frame(Vec<u8>),
    Closed(u16),
}

async fn run<M: Machine>(
    mut machine: M,
    first: Vec<Do>,
    route: Route,
    mut inbox: mpsc::UnboundedReceiver<M::Command>,
    outbox: watch::Sender<M::Seen>,
) {
    let mut wishes = first;
    let mut line: Option<Line> = None;
    // Each socket has a number; what an earlier one still says is not heard.
    let (heard, mut hearing) = mpsc::unbounded_channel::<(u64, FromSocket)>();
    let mut number = 0_u64;
    loop {
        for wish in wishes.drain(..) {
            match wish {
                Do::Open => {
                    number += 1;
                    line = Some(open(route.clone(), number, heard.clone()));
                }
                Do::Close => line = None,
                Do::Send(frame) => {
                    if let Some(line) = &line {
                        let _ = line.out.send(frame);
                    }
                }
            }
        }
        outbox.send_replace(machine.seen());
        let wake = machine
            .wake_at_ms()
            .map(|at| Instant::now() + Duration::from_millis(at.saturating_sub(now_ms())));
        let event = tokio::select! {
            command = inbox.recv() => match command {
                Some(command) => Event::Command(command),
                None => return,
            },
            Some((from, event)) = hearing.recv() => {
                if from != number || line.is_none() {
                    continue;
                }
                match event {
                    FromSocket::Opened => Event::Opened,
                    FromSocket::Frame(bytes) => Event::Frame(bytes),
                    FromSocket::Closed(code) => {
                        line = None;
                        Event::Closed(code)
                    }
                }
            }
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => Event::Tick,
        };
        wishes = machine.step(now_ms(), &mut fresh_seed(), event);
    }
}

fn open(route: Route, number: u64, heard: mpsc::UnboundedSender<(u64, FromSocket)>) -> Line {
    let (out, mut frames) = mpsc::unbounded_channel::<Vec<u8>>();
    tokio::spawn(async move {
        let tell = |event| drop(heard.send((number, event)));
        let Some(socket) = connect(&route).await else { return tell(FromSocket::Closed(1006)) };
        tell(FromSocket::Opened);
        let (mut sink, mut stream) = socket.split();
        let reading = async {
            while let Some(Ok(message)) = stream.next().await {
                match message {
                    Message::Binary(bytes) => tell(FromSocket::Frame(bytes.to_vec())),
                    Message::Close(frame) => {
                        return frame.map_or(1005, |frame| u16::from(frame.code));
                    }
                    _ => {}
                }
            }
            1006
        };
        let writing = async {
            while let Some(frame) = frames.recv().await {
                if sink.send(Message::Binary(frame.into())).await.is_err() {
                    return;
                }
            }
            let _ = sink.close().await;
        };
        tokio::pin!(reading);
        let code = tokio::select! {
            code = &mut reading => code,
            // Read to the end, as a browser does: a connection that is closed with something unread is reset, and
            // what the system had not sent yet is thrown away.
            () = writing => timeout(CLOSING, reading).await.unwrap_or(1006),
        };
        tell(FromSocket::Closed(code));
    });
    Line { out }
}

/// A connection, with TLS or without.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

async fn connect(route: &Route) -> Option<WebSocketStream<Box<dyn Stream>>> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((route.from, 0).into()).ok()?;
    let stream = socket.connect(route.address).await.ok()?;
    stream.set_nodelay(PROMPT.load(Ordering::Relaxed)).ok()?;
    let stream: Box<dyn Stream> = match &route.tls {
        None => Box::new(stream),
        Some(connector) => {
            let host = route.headers.iter().find(|(name, _)| *name == "Host")?.1.split(':').next()?;
            Box::new(connector.connect(host, stream).await.ok()?)
        }
    };
    let address = format!("ws://{}{}", route.address, route.path);
    let mut request = address.into_client_request().ok()?;
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static("lykta.1"));
    headers.insert("Origin", HeaderValue::from_str(&route.origin).ok()?);
    for (name, value) in &route.headers {
        headers.insert(*name, HeaderValue::from_str(value).ok()?);
    }
    client_async(request, stream).await.ok().map(|(socket, _)| socket)
}
