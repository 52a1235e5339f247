//! The way to Redis: one server or a cluster. A verb either gets its answer or [`Away`], within a bounded
//! time, and the way heals by itself at the next verb.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, RedisError, RedisResult,
    ServerErrorKind, Value, cmd,
};
use tokio::sync::{Mutex, broadcast};
use tokio::time::timeout;
use tracing::{info, warn};

use super::scripts::Script;
use crate::line::{Answer, Away, Bell};

/// Connecting, and each answer, may take this long. A store slower than this helps nobody: whoever waits is
/// told that it is away, and asks again.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How often a request follows a cluster whose slots move. Few: a script whose answer was lost on the way may
/// be run again by it.
const FOLLOWED: u32 = 3;

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
    /// What the log was told last, so that it hears of a change and not of every verb.
    away: AtomicBool,
    /// Who looked while the store was away saw nothing: they are rung when it is back.
    bells: broadcast::Sender<Bell>,
}

enum Way {
    One(Box<One>),
    Cluster(Box<Cluster>),
}

struct One {
    client: Client,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Rises with every connection, so that a late error does not drop its successor.
    number: u64,
    connection: Option<MultiplexedConnection>,
}

struct Cluster {
    seed: ConnectionInfo,
    connection: ClusterConnection,
}

impl Link {
    /// Connects to one server, or to the cluster that this server belongs to.
    pub(super) async fn open(info: ConnectionInfo, bells: broadcast::Sender<Bell>) -> RedisResult<Self> {
        let info = info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = Client::open(info.clone())?;
        let mut connection = connect(&client).await?;
        let about: String = cmd("INFO").arg("cluster").query_async(&mut connection).await?;
        let way = if about.contains("cluster_enabled:1") {
            let builder = ClusterClientBuilder::new([info.clone()])
                .connection_timeout(PATIENCE)
                .response_timeout(PATIENCE)
                .retries(FOLLOWED)
                .tcp_settings(info.tcp_settings().clone());
            let connection = builder.build()?.get_async_connection().await?;
            Way::Cluster(Box::new(Cluster { seed: info, connection }))
        } else {
            let held = Held { number: 0, connection: Some(connection) };
            Way::One(Box::new(One { client, held: Mutex::new(held) }))
        };
        Ok(Self { way, away: AtomicBool::new(false), bells })
    }

    /// Runs a script. Redis remembers scripts by their hash until it restarts or is told to forget them; then
    /// the text is sent once more.
    pub(super) async fn run(&self, call: &Call) -> Answer<Value> {
        let by_hash = self.send(call.command("EVALSHA", &call.script.hash)).await;
        let unknown = |error: &RedisError| error.kind() == ErrorKind::Server(ServerErrorKind::NoScript);
        let answer = match by_hash {
            Err(error) if unknown(&error) => self.send(call.command("EVAL", call.script.code)).await,
            answer => answer,
        };
        self.told(answer)
    }

    /// Rings a bell for every listener of the channel.
    pub(super) async fn publish(&self, channel: &str, message: &[u8]) -> Answer<()> {
        let mut command = cmd("PUBLISH");
        command.arg(channel).arg(message);
        let answer = self.send(command).await;
        self.told(answer).map(drop)
    }

    /// Every server of the store: those a listener may listen at. Empty when nobody answers.
    pub(super) async fn servers(&self) -> Vec<Client> {
        match &self.way {
            Way::One(one) => vec![one.client.clone()],
            Way::Cluster(cluster) => {
                let slots = self.send(slots()).await.unwrap_or(Value::Nil);
                let found =
                    addresses(&slots).into_iter().map(|address| cluster.seed.clone().set_addr(address));
                // The one the operator named last: it may be away for good.
                found.chain([cluster.seed.clone()]).filter_map(|info| Client::open(info).ok()).collect()
            }
        }
    }

    async fn send(&self, command: Cmd) -> RedisResult<Value> {
        let answered = timeout(PATIENCE, async {
            match &self.way {
                Way::One(one) => one.send(&command).await,
                Way::Cluster(cluster) => command.query_async(&mut cluster.connection.clone()).await,
            }
        });
        answered.await.unwrap_or_else(|_| Err((ErrorKind::Io, "no answer in time").into()))
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
    async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        let (number, mut connection) = {
            // Everybody waits for the one who connects.
            let mut held = self.held.lock().await;
            let connection = match held.connection.clone() {
                Some(connection) => connection,
                None => {
                    let connection = connect(&self.client).await?;
                    held.number += 1;
                    held.connection = Some(connection.clone());
                    connection
                }
            };
            (held.number, connection)
        };
        let answer = command.query_async(&mut connection).await;
        if let Err(error) = &answer
            && (error.is_unrecoverable_error() || error.is_timeout() || error.is_io_error())
        {
            let mut held = self.held.lock().await;
            if held.number == number {
                held.connection = None;
            }
        }
        answer
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
fn addresses(slots: &Value) -> Vec<ConnectionAddr> {
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
    found.into_iter().map(|(host, port)| ConnectionAddr::Tcp(host, port)).collect()
}
