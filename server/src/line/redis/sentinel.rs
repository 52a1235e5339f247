//! Redis with Sentinel: several servers that hold the same, and watchers who agree which of them is the master.
//!
//! The relay asks the watchers whenever it connects and every few seconds, and believes what more than half of
//! those it was told of say: a relay that can see only the smaller part of a divided network finds no master
//! and says so, instead of taking tickets from a line that nobody else shares.

use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo, RedisResult, TlsCertificates,
    Value, cmd,
};
use tokio::time::timeout;

use super::link::connect;

/// How such an address begins; with TLS to watchers and servers alike, the second.
const SCHEMES: [(&str, &str); 2] = [("redis+sentinel://", "redis://"), ("rediss+sentinel://", "rediss://")];
/// Behind the master's name: user and password for the watchers, if they ask for them.
const WATCHERS: &str = "?watchers=";
/// Where watchers listen if nothing else is said.
const PORT: &str = "26379";
/// A watcher has this long. They are asked all at once, and the verb that waits for the answer has 2 s.
const ANSWER: Duration = Duration::from_millis(700);

/// The watchers of one master.
pub(super) struct Watchers {
    watchers: Vec<ConnectionInfo>,
    /// What the watchers call the master.
    name: String,
    /// User and password for the servers; the watchers have their own or none.
    servers: ConnectionInfo,
    /// `None` without TLS.
    certificates: Option<TlsCertificates>,
}

/// Where a server is.
type Address = (String, u16);

impl Watchers {
    /// Whether this address is one of watchers, and whether with TLS.
    pub(super) fn names(url: &str) -> Option<bool> {
        SCHEMES
            .iter()
            .find(|(scheme, _)| url.starts_with(scheme))
            .map(|(_, plain)| plain.starts_with("rediss"))
    }

    /// Reads `redis+sentinel://[user:password@]host[:port],host[:port],…/name[?watchers=user:password]`, or the same
    /// with `rediss+sentinel://`.
    pub(super) fn read(url: &str) -> Option<Self> {
        let (scheme, plain) = SCHEMES.into_iter().find(|(scheme, _)| url.starts_with(scheme))?;
        let (place, name) = url.strip_prefix(scheme)?.rsplit_once('/')?;
        let (name, theirs) = name.split_once(WATCHERS).unwrap_or((name, ""));
        let (secret, hosts) = place.rsplit_once('@').map_or(("", place), |(secret, hosts)| (secret, hosts));
        let known = |secret: &str, host: &str| {
            let at = if secret.is_empty() { "" } else { "@" };
            let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
            let port = if has_port { String::new() } else { format!(":{PORT}") };
            format!("{plain}{secret}{at}{host}{port}/").into_connection_info().ok()
        };
        let watchers: Option<Vec<_>> = hosts.split(',').map(|host| known(theirs, host)).collect();
        let watchers = watchers.filter(|_| !name.is_empty() && !name.contains('?') && !hosts.is_empty())?;
        let servers = known(secret, hosts.split(',').next()?)?;
        let servers = servers.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        Some(Self { watchers, name: name.to_owned(), servers, certificates: None })
    }

    /// With TLS, believing what `certificates` says.
    pub(super) fn sealed(self, certificates: TlsCertificates) -> Self {
        Self { certificates: Some(certificates), ..self }
    }

    /// The first of the watchers: what reads its address has tried the certificates.
    pub(super) fn first(&self) -> Option<ConnectionInfo> {
        self.watchers.first().cloned()
    }

    fn open(&self, info: ConnectionInfo) -> RedisResult<Client> {
        match &self.certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.clone()),
            None => Client::open(info),
        }
    }

    /// Where more than half of the watchers see the master.
    pub(super) async fn agree(&self) -> RedisResult<Address> {
        let asked = self.watchers.iter().map(|watcher| async {
            let answer = self.ask(watcher, "GET-MASTER-ADDR-BY-NAME").await?;
            redis::from_redis_value::<Option<(String, u16)>>(answer).ok().flatten()
        });
        let seen: Vec<Address> = join_all(asked).await.into_iter().flatten().collect();
        let most = |address: &&Address| {
            2 * seen.iter().filter(|other| other == address).count() > self.watchers.len()
        };
        let unsure = || (ErrorKind::Io, "the watchers do not agree on a master").into();
        seen.iter().find(most).cloned().ok_or_else(unsure)
    }

    async fn ask(&self, watcher: &ConnectionInfo, question: &str) -> Option<Value> {
        let answered = timeout(ANSWER, async {
            let mut connection = connect(&self.open(watcher.clone()).ok()?).await.ok()?;
            cmd("SENTINEL").arg(question).arg(&self.name).query_async(&mut connection).await.ok()
        });
        answered.await.ok().flatten()
    }

    fn client(&self, (host, port): Address) -> RedisResult<Client> {
        let address = match self.servers.addr() {
            // The certificate is checked for the name or number by which the watchers know the server.
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
                ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
            }
            _ => ConnectionAddr::Tcp(host, port),
        };
        self.open(self.servers.clone().set_addr(address))
    }

    /// The master, for somebody who only listens.
    pub(super) async fn master(&self) -> RedisResult<Client> {
        self.client(self.agree().await?)
    }

    /// A connection to the master, and where it is. A server that does not know (yet, or any more) that it is the
    /// master is none.
    pub(super) async fn connect(&self) -> RedisResult<(Address, MultiplexedConnection)> {
        let address = self.agree().await?;
        let mut connection = connect(&self.client(address.clone())?).await?;
        let role: Value = cmd("ROLE").query_async(&mut connection).await?;
        match role {
            Value::Array(role) if role.first() == Some(&Value::BulkString(b"master".into())) => {
                Ok((address, connection))
            }
            _ => Err((ErrorKind::Io, "the watchers' master says that it is none").into()),
        }
    }

    /// The master, and every server that may become the master.
    pub(super) async fn servers(&self) -> RedisResult<Vec<Client>> {
        let mut addresses = vec![self.agree().await?];
        for watcher in &self.watchers {
            let Some(Value::Array(replicas)) = self.ask(watcher, "REPLICAS").await else { continue };
            for about in replicas {
                let about: Vec<String> = redis::from_redis_value(about).unwrap_or_default();
                let field = |name: &str| about.chunks(2).find(|pair| pair[0] == name).map(|pair| &pair[1]);
                let (Some(host), Some(port)) =
                    (field("ip"), field("port").and_then(|port| port.parse().ok()))
                else {
                    continue;
                };
                let address = (host.clone(), port);
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        addresses.into_iter().map(|address| self.client(address)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_watchers_and_what_they_call_the_master() {
        let read = Watchers::read("redis+sentinel://lykta:hunter%402@a,b:7,[::1]:8,[::2]/line").unwrap();
        let places: Vec<String> = read.watchers.iter().map(|info| info.addr().to_string()).collect();
        assert_eq!(places, ["a:26379", "b:7", "::1:8", "::2:26379"]);
        assert_eq!(read.name, "line");
        assert_eq!(read.servers.redis_settings().username(), Some("lykta"));
        assert_eq!(read.servers.redis_settings().password(), Some("hunter@2"));
        // The servers' password is not told to the watchers.
        assert!(read.watchers.iter().all(|info| info.redis_settings().password().is_none()));
        let read = Watchers::read("rediss+sentinel://:one@a,b/line?watchers=guard:two%3A").unwrap();
        assert_eq!((read.name.as_str(), read.servers.redis_settings().password()), ("line", Some("one")));
        for info in &read.watchers {
            let settings = info.redis_settings();
            assert_eq!((settings.username(), settings.password()), (Some("guard"), Some("two:")));
            assert!(matches!(info.addr(), ConnectionAddr::TcpTls { insecure: false, .. }));
        }
        for wrong in [
            "redis://a/line",
            "redis+sentinel://a",
            "redis+sentinel://a/",
            "redis+sentinel:///line",
            "redis+sentinel://a/line?other=1",
        ] {
            assert!(Watchers::read(wrong).is_none(), "{wrong}");
        }
    }
}
