//! The way to Redis: one server, the master of several, or a cluster. A verb either gets its answer or
//! [`Away`], within a bounded time, and the way heals by itself at the next verb.
//!
//! A server that writes to disk is no store: it is looked at before its first verb, after each new connection,
//! and every [`LOOK`] besides (an operator may have changed it while it ran; the connections of a cluster are
//! not ours to see). While the [`Guard`] refuses, every verb is told that the store is away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, RedisError, RedisResult,
    ServerErrorKind, Value, cmd,
};
use tokio::sync::{Mutex, broadcast};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{error, info, warn};

use super::open::{self, OpenError};
use super::scripts::Script;
use super::sentinel::Watchers;
use super::target;
use crate::line::{Answer, Away, Bell};

/// Connecting, and each answer, may take this long. A store slower than this helps nobody: whoever waits is
/// told that it is away, and asks again.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How often a request follows a cluster whose slots move. Few: a script whose answer was lost on the way may
/// be run again by it.
const FOLLOWED: u32 = 3;

/// How often the servers' settings are looked at.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// One script with its keys and arguments.
pub(super) struct Call {
    pub(super) script: &'static Script,
    pub(super) keys: Vec<String>,
    pub(super) arguments: Vec<Vec<u8>>,
}

impl Call {
    fn command(&self, verb: &str, script: &str) -> Cmd {
        let mut command = cmd(verb);
        command.arg(script).arg(self.keys.len()).arg(&self.keys);
        for argument in &self.arguments {
            command.arg(argument.as_slice());
        }
        command
    }
}

/// The way to the store, shared by all verbs.
pub(super) struct Link {
    way: Way,
    guard: Guard,
    /// What the log was told last, so that it hears of a change and not of every verb.
    away: AtomicBool,
    /// It did not answer at all when it was asked last: not even that it is full.
    silent: AtomicBool,
    /// Held by the one who asks whether a silent store is back.
    asking: Mutex<()>,
    /// Who looked while the store was away saw nothing: they are rung when it is back.
    bells: broadcast::Sender<Bell>,
}

/// What is known of the servers' settings.
struct Guard {
    /// The operator answers for them, and nobody looks.
    vouched: bool,
    /// One server is copied to others.
    is_copied: bool,
    refused: std::sync::Mutex<Option<OpenError>>,
}

impl Guard {
    /// Looks at the server behind this connection. Answers whether it notes slow commands.
    async fn look(&self, connection: &mut MultiplexedConnection) -> Result<bool, OpenError> {
        if self.vouched { Ok(false) } else { open::look(connection, self.is_copied).await }
    }

    /// What a look has found. A server that does not answer says nothing about its settings.
    fn note(&self, looked: &Result<bool, OpenError>) {
        let found = match looked {
            Ok(_) => None,
            Err(OpenError::Unreachable(_)) => return,
            Err(why) => Some(why.clone()),
        };
        let mut refused = self.refused.lock().expect("nothing panics while it holds a sentence");
        if *refused != found {
            if let Some(why) = &found {
                error!("nothing is stored any more until this is changed: {why}");
            }
            *refused = found;
        }
    }

    fn refuses(&self) -> bool {
        self.refused.lock().expect("nothing panics while it holds a sentence").is_some()
    }
}

/// As an error of a verb.
fn refused() -> RedisError {
    (ErrorKind::Client, "the store's settings").into()
}

enum Way {
    One(Box<One>),
    Cluster(Box<Cluster>),
}

struct One {
    server: Server,
    held: Mutex<Held>,
}

/// Where the one server is.
pub(super) enum Server {
    /// Where the operator says.
    Here(ConnectionInfo),
    /// Where the watchers say.
    Watched(Watchers),
}

impl Server {
    async fn connect(&self) -> RedisResult<(Option<(String, u16)>, MultiplexedConnection)> {
        match self {
            Self::Here(info) => Ok((None, connect(&Client::open(info.clone())?).await?)),
            Self::Watched(watchers) => {
                let (address, connection) = watchers.connect().await?;
                Ok((Some(address), connection))
            }
        }
    }
}

#[derive(Default)]
struct Held {
    /// Rises with every connection, so that a late error does not drop its successor.
    number: u64,
    connection: Option<MultiplexedConnection>,
    /// Where it leads, if watchers said so.
    leads_to: Option<(String, u16)>,
}

struct Cluster {
    seed: ConnectionInfo,
    connection: ClusterConnection,
}

impl Link {
    /// Connects to one server, or to the cluster that this server belongs to.
    pub(super) async fn open(
        way: target::Way,
        vouched: bool,
        bells: broadcast::Sender<Bell>,
    ) -> RedisResult<Self> {
        let target::Way { server, certificates } = way;
        let is_copied = matches!(server, Server::Watched(_));
        let (leads_to, mut connection) = server.connect().await?;
        let about: String = cmd("INFO").arg("cluster").query_async(&mut connection).await?;
        let in_cluster = about.contains("cluster_enabled:1");
        let way = if let Server::Here(info) = &server
            && in_cluster
        {
            let mut builder = ClusterClientBuilder::new([info.clone()])
                .connection_timeout(PATIENCE)
                .response_timeout(PATIENCE)
                .retries(FOLLOWED)
                .tcp_settings(info.tcp_settings().clone());
            if let Some(certificates) = certificates {
                builder = builder.certs(certificates);
            }
            let connection = builder.build()?.get_async_connection().await?;
            Way::Cluster(Box::new(Cluster { seed: info.clone(), connection }))
        } else {
            let held = Held { number: 0, connection: Some(connection), leads_to };
            Way::One(Box::new(One { server, held: Mutex::new(held) }))
        };
        let guard = Guard { vouched, is_copied, refused: std::sync::Mutex::default() };
        Ok(Self {
            way,
            guard,
            away: AtomicBool::new(false),
            silent: AtomicBool::new(false),
            asking: Mutex::default(),
            bells,
        })
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.way, Way::Cluster(_))
    }

    /// Looks at the settings of every server that answers and holds the store, or may come to. Answers whether
    /// any notes slow commands.
    pub(super) async fn look(&self) -> Result<bool, OpenError> {
        let looked = match &self.way {
            Way::One(one) => match (one.look(&self.guard).await, &one.server) {
                (Ok(slow), Server::Watched(watchers)) => {
                    let others = watchers.servers().await.unwrap_or_default();
                    self.look_at(others).await.map(|others| slow || others)
                }
                (looked, _) => looked,
            },
            Way::Cluster(_) => self.look_at(self.servers().await).await,
        };
        self.guard.note(&looked);
        looked
    }

    async fn look_at(&self, servers: Vec<Client>) -> Result<bool, OpenError> {
        let looks = servers.into_iter().map(|server| async move {
            match timeout(PATIENCE, connect(&server)).await {
                Ok(Ok(mut connection)) => self.guard.look(&mut connection).await,
                _ => Ok(false),
            }
        });
        let all: Result<Vec<bool>, _> = join_all(looks).await.into_iter().collect();
        all.map(|slow| slow.contains(&true))
    }

    /// Looks again and again. Runs until the line is dropped.
    pub(super) async fn keep_looking(&self) {
        if self.guard.vouched {
            return;
        }
        let mut tick = interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let _ = self.look().await;
        }
    }

    /// Runs a script. Redis remembers scripts by their hash until it restarts or is told to forget them; then
    /// the text is sent once more.
    pub(super) async fn run(&self, call: &Call) -> Answer<Value> {
        // It heals when a look says so; a verb of everybody who waits would only knock in vain.
        let answer = match self.guard.refuses() {
            true => Err(refused()),
            false => self.ask(call).await,
        };
        self.told(answer)
    }

    /// The same for one who wants to know why there was no answer.
    pub(super) async fn ask(&self, call: &Call) -> RedisResult<Value> {
        let by_hash = self.send(call.command("EVALSHA", &call.script.hash)).await;
        let unknown = |error: &RedisError| error.kind() == ErrorKind::Server(ServerErrorKind::NoScript);
        match by_hash {
            Err(error) if unknown(&error) => self.send(call.command("EVAL", call.script.code)).await,
            answer => answer,
        }
    }

    /// Rings a bell for every listener of the channel.
    pub(super) async fn publish(&self, channel: &str, message: &[u8]) -> Answer<()> {
        let mut command = cmd("PUBLISH");
        command.arg(channel).arg(message);
        let answer = self.send(command).await;
        self.told(answer).map(drop)
    }

    /// Lets go of a server that is the master no more although it still talks to us.
    pub(super) async fn follow_the_master(&self) {
        let Way::One(one) = &self.way else { return };
        let Server::Watched(watchers) = &one.server else { return };
        if let Ok(master) = watchers.agree().await {
            let mut held = one.held.lock().await;
            if held.leads_to.as_ref().is_some_and(|address| *address != master) {
                held.connection = None;
            }
        }
    }

    /// Those a listener may listen at. Empty when nobody answers.
    pub(super) async fn servers(&self) -> Vec<Client> {
        match &self.way {
            Way::One(one) => match &one.server {
                Server::Here(info) => Client::open(info.clone()).into_iter().collect(),
                Server::Watched(watchers) => watchers.master().await.into_iter().collect(),
            },
            Way::Cluster(cluster) => {
                let slots = self.send(slots()).await.unwrap_or(Value::Nil);
                let found = addresses(&slots).into_iter().map(|(host, port)| {
                    cluster.seed.clone().set_addr(beside(cluster.seed.addr(), host, port))
                });
                // The one the operator named last: it may be away for good.
                found.chain([cluster.seed.clone()]).filter_map(|info| Client::open(info).ok()).collect()
            }
        }
    }

    async fn send(&self, command: Cmd) -> RedisResult<Value> {
        // While the one server is silent, one verb at a time waits for it; the others are told so at once, and
        // what a connection has to say does not pile up behind them. (Of a cluster a part may still be there.)
        let is_silent = matches!(self.way, Way::One(_)) && self.silent.load(Ordering::Relaxed);
        let _asking = match is_silent.then(|| self.asking.try_lock()) {
            Some(Err(_)) => return Err((ErrorKind::Io, "somebody is asking already").into()),
            asking => asking,
        };
        let answered = timeout(PATIENCE, async {
            match &self.way {
                Way::One(one) => one.send(&command, &self.guard).await,
                Way::Cluster(cluster) => command.query_async(&mut cluster.connection.clone()).await,
            }
        });
        let answer = answered.await.unwrap_or_else(|_| Err((ErrorKind::Io, "no answer in time").into()));
        // A server's own errors have a code.
        self.silent.store(answer.as_ref().is_err_and(|error| error.code().is_none()), Ordering::Relaxed);
        answer
    }

    /// Nobody knows what rang in the meantime.
    pub(super) fn look_everywhere(&self) {
        for bell in [Bell::Missed, Bell::Line] {
            // Nobody listening is fine.
            let _ = self.bells.send(bell);
        }
    }

    /// The log hears once that the store is away and once that it is back, and never of whom it was about.
    fn told<T>(&self, answer: RedisResult<T>) -> Answer<T> {
        let is_away = answer.is_err();
        if self.away.swap(is_away, Ordering::Relaxed) != is_away {
            match &answer {
                Ok(_) => {
                    info!("the store is back");
                    self.look_everywhere();
                }
                // The guard has said it, in a sentence with a remedy.
                Err(_) if self.guard.refuses() => {}
                Err(error) => warn!("the store is away: {}", kind(error)),
            }
        }
        answer.map_err(|_| Away)
    }
}

/// The sort of an error, without its details: these may name keys.
fn kind(error: &RedisError) -> String {
    error.code().map_or_else(|| error.category().to_owned(), str::to_owned)
}

impl One {
    async fn send(&self, command: &Cmd, guard: &Guard) -> RedisResult<Value> {
        let (number, mut connection) = {
            // Everybody waits for the one who connects.
            let mut held = self.held.lock().await;
            let connection = match held.connection.clone() {
                Some(connection) => connection,
                None => {
                    let (leads_to, mut connection) = self.server.connect().await?;
                    let looked = guard.look(&mut connection).await;
                    guard.note(&looked);
                    looked.map_err(|_| refused())?;
                    held.number += 1;
                    held.connection = Some(connection.clone());
                    held.leads_to = leads_to;
                    connection
                }
            };
            (held.number, connection)
        };
        let answer = command.query_async(&mut connection).await;
        if let Err(error) = &answer
            && (error.is_unrecoverable_error()
                || error.is_timeout()
                || error.is_io_error()
                // It was the master, and is none any more.
                || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly))
        {
            let mut held = self.held.lock().await;
            if held.number == number {
                held.connection = None;
            }
        }
        answer
    }

    /// Looks at the server that is connected. One that is no store any more is let go: whoever connects next
    /// looks first.
    async fn look(&self, guard: &Guard) -> Result<bool, OpenError> {
        let (number, connection) = {
            let held = self.held.lock().await;
            (held.number, held.connection.clone())
        };
        let mut connection = match connection {
            Some(connection) => connection,
            None if guard.vouched => return Ok(false),
            None => self.server.connect().await?.1,
        };
        let looked = guard.look(&mut connection).await;
        let mut held = self.held.lock().await;
        if looked.is_err() && held.number == number {
            held.connection = None;
        }
        looked
    }
}

/// A connection whose every step has its time.
pub(super) async fn connect(client: &Client) -> RedisResult<MultiplexedConnection> {
    // The answer's time is a little shorter than the caller's, so that the error is seen here and the
    // connection replaced.
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE * 9 / 10));
    client.get_multiplexed_async_connection_with_config(&settings).await
}

/// Asks a cluster which servers it has.
fn slots() -> Cmd {
    let mut command = cmd("CLUSTER");
    command.arg("SLOTS");
    command
}

/// The addresses in an answer to `CLUSTER SLOTS`: `[from, to, [host, port, ..], ..]` per range.
fn addresses(slots: &Value) -> Vec<(String, u16)> {
    let list = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        _ => Vec::new(),
    };
    let mut found: Vec<(String, u16)> = Vec::new();
    for server in list(slots).iter().flat_map(|range| list(range).into_iter().skip(2)) {
        let [Value::BulkString(host), Value::Int(port), ..] = &list(&server)[..] else { continue };
        let (Ok(host), Ok(port)) = (String::from_utf8(host.clone()), u16::try_from(*port)) else { continue };
        if !host.is_empty() && !found.contains(&(host.clone(), port)) {
            found.push((host, port));
        }
    }
    found
}

/// Another server of the cluster that `seed` belongs to: with TLS when that one has it, and the same
/// certificates.
fn beside(seed: &ConnectionAddr, host: String, port: u16) -> ConnectionAddr {
    match seed {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            let (insecure, tls_params) = (*insecure, tls_params.clone());
            ConnectionAddr::TcpTls { host, port, insecure, tls_params }
        }
        _ => ConnectionAddr::Tcp(host, port),
    }
}
