//! Real Redis servers for the tests: started on free ports of loopback, ended by the handle that started them.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use redis::{Client, Value, cmd};

static LAST: AtomicU32 = AtomicU32::new(0);

/// One server, gone with the value.
pub(super) struct Server {
    pub(super) port: u16,
    program: PathBuf,
    /// A file of settings, instead of none.
    configuration: Option<PathBuf>,
    /// Who the tests themselves are, `user:password@`, where the server asks for it.
    ourselves: &'static str,
    directory: PathBuf,
    more: Vec<String>,
    process: Option<Child>,
}

pub(super) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

impl Server {
    /// A server with an empty memory and no disk.
    pub(super) async fn start() -> Self {
        Self::start_with(&["--save", "", "--appendonly", "no"]).await
    }

    pub(super) async fn start_with(more: &[&str]) -> Self {
        Self::start_as(None, "", more).await
    }

    /// With the settings of `deploy/redis.conf` and this list of users, to which the tests themselves are added.
    pub(super) async fn start_deployed(users: &str) -> Self {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let list = std::env::temp_dir().join(format!("lykta-users-{}-{number}.acl", std::process::id()));
        let tests = "user tests on >tests ~* &* +@all";
        std::fs::write(&list, format!("{users}\n{tests}\n")).expect("a file for the users");
        let settings = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/redis.conf"));
        let more = ["--aclfile", list.to_str().expect("a path of ASCII")];
        let server = Self::start_as(Some(settings), "tests:tests@", &more).await;
        std::fs::remove_file(&list).expect("a file of ours");
        server
    }

    /// This program, which speaks as Redis does.
    pub(super) async fn start_program(program: PathBuf) -> Self {
        Self::start_this(program, None, "", &["--save", "", "--appendonly", "no"]).await
    }

    async fn start_as(configuration: Option<PathBuf>, ourselves: &'static str, more: &[&str]) -> Self {
        Self::start_this("redis-server".into(), configuration, ourselves, more).await
    }

    async fn start_this(
        program: PathBuf,
        configuration: Option<PathBuf>,
        ourselves: &'static str,
        more: &[&str],
    ) -> Self {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("lykta-redis-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory for the server");
        let more = more.iter().map(|word| (*word).to_owned()).collect();
        let port = free_port();
        let mut server = Self { port, program, configuration, ourselves, directory, more, process: None };
        // Somebody else may have taken the port in the meantime.
        while !server.begin().await {
            server.port = free_port();
        }
        server
    }

    /// What the server is started with from now on.
    pub(super) fn change(&mut self, more: &[&str]) {
        self.more = more.iter().map(|word| (*word).to_owned()).collect();
    }

    /// Starts the process, also again after [`Server::kill`], on the same port and with an empty memory.
    /// False when it ended at once.
    pub(super) async fn begin(&mut self) -> bool {
        let mut child = Command::new(&self.program)
            .args(&self.configuration)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .arg("--dir")
            .arg(&self.directory)
            .args(&self.more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need a Redis server: install the package redis-server");
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            if child.try_wait().expect("a process of ours").is_some() {
                return false;
            }
            if let Ok(mut connection) = self.client().get_multiplexed_async_connection().await
                && cmd("PING").query_async::<String>(&mut connection).await.is_ok()
            {
                self.process = Some(child);
                return true;
            }
            if Instant::now() > patience {
                self.process = Some(child);
                self.kill();
                panic!("the server on port {} does not answer", self.port);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// As if its machine lost power.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.process.take() {
            child.kill().expect("a process of ours");
            child.wait().expect("a process of ours");
        }
    }

    pub(super) fn url(&self) -> String {
        self.url_of("")
    }

    /// As this user, `user:password@`.
    pub(super) fn url_of(&self, user: &str) -> String {
        format!("redis://{user}127.0.0.1:{}/", self.port)
    }

    pub(super) fn client(&self) -> Client {
        Client::open(self.url_of(self.ourselves)).expect("a well-formed address")
    }

    pub(super) async fn ask(&self, words: &[&str]) -> Value {
        let mut connection =
            self.client().get_multiplexed_async_connection().await.expect("the server answers");
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut connection).await.expect("a well-formed command")
    }

    /// Every key.
    pub(super) async fn keys(&self) -> Vec<Vec<u8>> {
        redis::from_redis_value(self.ask(&["KEYS", "*"]).await).expect("a list of keys")
    }

    /// Milliseconds a key still has; -1 for ever, -2 when it is gone.
    pub(super) async fn ttl(&self, key: &[u8]) -> i64 {
        let mut connection =
            self.client().get_multiplexed_async_connection().await.expect("the server answers");
        cmd("PTTL").arg(key).query_async(&mut connection).await.expect("a number")
    }

    /// Every byte it holds: keys, and their values in Redis' own serialized form.
    pub(super) async fn dump(&self) -> Vec<u8> {
        let mut connection =
            self.client().get_multiplexed_async_connection().await.expect("the server answers");
        // A serialized string of more than 20 bytes may be compressed; what is searched for must lie open.
        let _: () = cmd("CONFIG")
            .arg("SET")
            .arg("rdbcompression")
            .arg("no")
            .query_async(&mut connection)
            .await
            .expect("a setting that can be changed");
        let mut bytes = Vec::new();
        for key in self.keys().await {
            bytes.extend_from_slice(&key);
            let value: Option<Vec<u8>> =
                cmd("DUMP").arg(&key).query_async(&mut connection).await.expect("a serialized value");
            bytes.extend(value.into_iter().flatten());
        }
        bytes
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Three servers that are one cluster.
pub(super) struct Cluster(pub(super) Vec<Server>);

impl Cluster {
    pub(super) async fn start() -> Self {
        Self::start_with(Vec::new).await
    }

    /// With more settings for each of its servers.
    pub(super) async fn start_with(more: impl Fn() -> Vec<String>) -> Self {
        let mut servers = Vec::new();
        for _ in 0..3 {
            let (bus, more) = (free_port().to_string(), more());
            let own =
                ["--save", "", "--appendonly", "no", "--cluster-enabled", "yes", "--cluster-port", &bus];
            let all: Vec<_> = own.into_iter().chain(more.iter().map(String::as_str)).collect();
            servers.push(Server::start_with(&all).await);
        }
        let addresses: Vec<_> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let made = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(&addresses)
            .args(["--cluster-replicas", "0", "--cluster-yes"])
            .stdin(Stdio::null())
            .output()
            .expect("these tests need redis-cli: install the package redis-server");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        let patience = Instant::now() + Duration::from_secs(30);
        for server in &servers {
            loop {
                let about: String =
                    redis::from_redis_value(server.ask(&["CLUSTER", "INFO"]).await).expect("a text");
                if about.contains("cluster_state:ok") && about.contains("cluster_known_nodes:3") {
                    break;
                }
                assert!(Instant::now() < patience, "the cluster does not come together: {about}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Self(servers)
    }
}
