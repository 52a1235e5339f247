//! Redis servers of the stories' own: started on free ports of loopback, killed, frozen, asked what they hold.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Client, Value, cmd};
use tokio::time::{Instant, sleep};

use crate::PATIENCE;
use crate::process::{Signal, send};

static LAST: AtomicU32 = AtomicU32::new(0);

/// Nothing on disk, as the relay wants it; also while a replica gets its first copy.
const IN_MEMORY: [&str; 8] =
    ["--save", "", "--appendonly", "no", "--repl-diskless-load", "swapdb", "--repl-diskless-sync-delay", "0"];

/// A directory that goes with its owner.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("lykta-fault-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory for the story");
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One server, gone with the value.
pub struct Redis {
    /// Where it listens.
    pub address: SocketAddr,
    arguments: Vec<String>,
    process: Option<Child>,
    _directory: Directory,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

impl Redis {
    /// A server with an empty memory and no disk.
    pub async fn starts() -> Self {
        Self::starts_with(&IN_MEMORY).await
    }

    async fn starts_with(more: &[&str]) -> Self {
        let directory = Directory::new();
        let mut arguments = vec!["--dir".to_owned(), directory.0.display().to_string()];
        arguments.extend(more.iter().map(|word| (*word).to_owned()));
        let mut server =
            Self { address: ([127, 0, 0, 1], 0).into(), arguments, process: None, _directory: directory };
        loop {
            server.address.set_port(free_port());
            // Somebody else may have taken the port in the meantime.
            if server.begins().await {
                return server;
            }
        }
    }

    /// One of two that hold the same: whoever copies from the other does so under a name of its own.
    async fn starts_to_be_copied() -> Self {
        let copying = ["--masteruser", "copy", "--masterauth", "copy", "--user"];
        let rights = ["copy", "on", ">copy", "+psync", "+replconf", "+ping"];
        Self::starts_with(&[&IN_MEMORY[..], &copying[..], &rights[..]].concat()).await
    }

    /// One of those who watch over `master` and agree by `quorum` that it is dead.
    async fn watches(master: SocketAddr, quorum: usize) -> Self {
        let directory = Directory::new();
        let file = directory.0.join("sentinel.conf");
        let rules = format!(
            "sentinel monitor lykta 127.0.0.1 {} {quorum}\nsentinel down-after-milliseconds lykta 1000\n\
             sentinel failover-timeout lykta 4000\n",
            master.port()
        );
        std::fs::write(&file, rules).expect("a file in our own directory");
        let arguments = vec![file.display().to_string(), "--sentinel".to_owned()];
        let mut server =
            Self { address: ([127, 0, 0, 1], 0).into(), arguments, process: None, _directory: directory };
        loop {
            server.address.set_port(free_port());
            if server.begins().await {
                return server;
            }
        }
    }

    async fn begins(&mut self) -> bool {
        let port = self.address.port().to_string();
        // A file's name comes before everything else.
        let (file, more) = match self.arguments.first() {
            Some(first) if !first.starts_with("--") => self.arguments.split_at(1),
            _ => self.arguments.split_at(0),
        };
        let mut child = Command::new("redis-server")
            .args(file)
            .args(["--bind", "127.0.0.1", "--port", &port])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("these stories need a Redis server: install the package redis-server");
        let patience = Instant::now() + PATIENCE;
        loop {
            if child.try_wait().expect("a process of ours").is_some() {
                return false;
            }
            if self.reached().await.is_some() {
                self.process = Some(child);
                return true;
            }
            assert!(Instant::now() < patience, "the server on port {port} does not answer");
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn reached(&self) -> Option<MultiplexedConnection> {
        let client = Client::open(self.url()).expect("a well-formed address");
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        cmd("PING").query_async::<String>(&mut connection).await.ok()?;
        Some(connection)
    }

    /// As if its machine lost power.
    pub fn is_killed(&mut self) {
        if let Some(mut child) = self.process.take() {
            child.kill().expect("a process of ours");
            child.wait().expect("a process of ours");
        }
    }

    /// A new process at the same address, with an empty memory.
    pub async fn is_raised_again(&mut self) {
        self.is_killed();
        assert!(self.begins().await, "the server starts where it stood");
    }

    /// Stops in the middle of whatever it does, connections and all.
    pub fn freezes(&self) {
        self.process.iter().for_each(|child| send(child, Signal::STOP));
    }

    /// Goes on as if nothing had been.
    pub fn thaws(&self) {
        self.process.iter().for_each(|child| send(child, Signal::CONT));
    }

    /// Its address for a relay.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Asks it something, and again while it does not answer: a server whose role changes drops its clients, those
    /// too that only ask.
    pub async fn ask(&self, words: &[&str]) -> Value {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        let patience = Instant::now() + PATIENCE;
        loop {
            let answer = match self.reached().await {
                Some(mut connection) => command.query_async(&mut connection).await,
                None => Err(std::io::Error::from(std::io::ErrorKind::NotConnected).into()),
            };
            match answer {
                Ok(value) => return value,
                Err(error) if error.is_io_error() && Instant::now() < patience => {
                    sleep(Duration::from_millis(20)).await;
                }
                Err(error) => panic!("{words:?}: {error}"),
            }
        }
    }

    /// Asks it something with a textual answer.
    pub async fn says(&self, words: &[&str]) -> String {
        redis::from_redis_value(self.ask(words).await).expect("an answer in words")
    }

    /// Every key and, in Redis' own serialized form with nothing compressed, its value.
    pub async fn holds(&self) -> Vec<(String, Vec<u8>)> {
        self.ask(&["CONFIG", "SET", "rdbcompression", "no"]).await;
        let mut connection = self.reached().await.expect("the server answers");
        let (mut cursor, mut all) = (0_u64, Vec::new());
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("COUNT").arg(1_000);
            let (next, keys): (u64, Vec<Vec<u8>>) =
                scan.query_async(&mut connection).await.expect("a page of keys");
            for key in keys {
                let value: Option<Vec<u8>> =
                    cmd("DUMP").arg(&key).query_async(&mut connection).await.expect("a serialized value");
                all.push((String::from_utf8_lossy(&key).into_owned(), value.unwrap_or_default()));
            }
            cursor = next;
            if cursor == 0 {
                return all;
            }
        }
    }
}

/// A key, a field or member of it (empty for a plain value), and the value or score.
pub type Field = (String, Vec<u8>, Vec<u8>);

impl Redis {
    /// Everything it holds, field by field.
    ///
    /// # Panics
    /// When there is a type of value among it that no line uses.
    pub async fn fields(&self) -> Vec<Field> {
        let mut connection = self.reached().await.expect("the server answers");
        let mut all = Vec::new();
        for (key, _) in self.holds().await {
            let sort: String = cmd("TYPE").arg(&key).query_async(&mut connection).await.expect("a type");
            let mut ask = match &*sort {
                "hash" => cmd("HGETALL"),
                "zset" => cmd("ZRANGE"),
                "string" => cmd("GET"),
                // Expired in between.
                "none" => continue,
                other => panic!("{key} is a {other}"),
            };
            ask.arg(&key);
            if sort == "zset" {
                ask.arg(0).arg(-1).arg("WITHSCORES");
            }
            if sort == "string" {
                let value: Option<Vec<u8>> = ask.query_async(&mut connection).await.expect("a value");
                all.extend(value.map(|value| (key, Vec::new(), value)));
                continue;
            }
            let pairs: Vec<Vec<u8>> = ask.query_async(&mut connection).await.expect("pairs");
            all.extend(pairs.chunks(2).map(|pair| (key.clone(), pair[0].clone(), pair[1].clone())));
        }
        all
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.is_killed();
    }
}

/// The address of whatever listens here, for a relay that takes it for a Redis.
#[must_use]
pub fn url(address: SocketAddr) -> String {
    format!("redis://{address}/")
}

/// Two servers that hold the same, and three who watch over them.
pub struct Watched {
    /// The servers. The first is the master at the beginning.
    pub servers: [Redis; 2],
    watchers: Vec<Redis>,
}

impl Watched {
    /// All of them, when the second server holds what the first holds and everybody knows everybody.
    pub async fn starts() -> Self {
        let servers = [Redis::starts_to_be_copied().await, Redis::starts_to_be_copied().await];
        let (master, replica) = (&servers[0], &servers[1]);
        replica.ask(&["REPLICAOF", "127.0.0.1", &master.address.port().to_string()]).await;
        until("a replica that follows", async || {
            replica.says(&["INFO", "replication"]).await.contains("master_link_status:up")
        })
        .await;
        let mut watchers = Vec::new();
        for _ in 0..3 {
            watchers.push(Redis::watches(master.address, 2).await);
        }
        for watcher in &watchers {
            until("watchers who know each other and the replica", async || {
                let about = watcher.says(&["INFO", "sentinel"]).await;
                about.contains("status=ok") && about.contains("slaves=1,sentinels=3")
            })
            .await;
        }
        Self { servers, watchers }
    }

    /// The address for a relay.
    #[must_use]
    pub fn url(&self) -> String {
        let watchers: Vec<_> = self.watchers.iter().map(|watcher| watcher.address.to_string()).collect();
        format!("redis+sentinel://{}/lykta", watchers.join(","))
    }

    /// So many of the three watchers die.
    pub fn loses_watchers(&mut self, count: usize) {
        self.watchers.iter_mut().take(count).for_each(Redis::is_killed);
    }

    /// From now on the other server does not hear of what server `number`, the master, is told.
    pub async fn is_copied_no_more(&self, number: usize) {
        let master = &self.servers[number];
        master.ask(&["ACL", "SETUSER", "copy", "off"]).await;
        master.ask(&["CLIENT", "KILL", "TYPE", "replica"]).await;
        until("a replica that is cut off", async || {
            self.servers[1 - number].says(&["INFO", "replication"]).await.contains("master_link_status:down")
        })
        .await;
    }

    /// Waits until server `number` follows the other one.
    pub async fn follows(&self, number: usize) {
        until("a server that follows", async || {
            let about = self.servers[number].says(&["INFO", "replication"]).await;
            about.contains("role:slave") && about.contains("master_link_status:up")
        })
        .await;
    }

    /// Waits until server `number` is the master in everybody's eyes.
    pub async fn has_made_master(&self, number: usize) {
        let port = self.servers[number].address.port().to_string();
        for watcher in &self.watchers {
            until("a new master", async || {
                let asked = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "lykta"];
                let found: Vec<String> =
                    redis::from_redis_value(watcher.ask(&asked).await).expect("host and port");
                found[1] == port
            })
            .await;
        }
        until("a server that knows it is the master", async || {
            self.servers[number].says(&["INFO", "replication"]).await.contains("role:master")
        })
        .await;
    }
}

/// Asks again and again until it is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let patience = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < patience, "{what} did not come");
        sleep(Duration::from_millis(20)).await;
    }
}
