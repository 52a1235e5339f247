//! What is asked of a Redis before anybody's chat is trusted to it.
//!
//! The relay needs no more rights there than these (a cluster's every server, the same user):
//!
//! ```text
//! ACL SETUSER lykta on >PASSWORD ~lykta:1:* &lykta:1:* -@all +ping +info +config|get +cluster|slots
//!   +publish +subscribe +eval +evalsha +time +del +exists +type +pexpire +get +set
//!   +hget +hmget +hset +hdel +hexists +hlen +hvals +hgetall +hincrby
//!   +zadd +zrem +zcard +zrank +zrange +zscore +zrangebyscore +zrangebylex +zremrangebyscore
//! ```

use std::fmt;

use redis::{Client, ConnectionInfo, IntoConnectionInfo, RedisError, cmd};

use tokio::sync::broadcast;
use tracing::warn;

use super::link::{Link, connect};
use crate::line::Bell;

/// Why a store was not opened; each is one sentence with a remedy, and none repeats the address, which may
/// hold a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// The address cannot be read.
    Address,
    /// The address asks for TLS.
    Tls,
    /// Nobody answers there, or not to us; the text says what was wrong.
    Unreachable(String),
    /// It may not be asked how it keeps its memory.
    MayNotLook,
    /// It writes its memory to disk: this setting has this value.
    WritesToDisk(&'static str, String),
    /// It forgets what it holds when memory is short.
    Evicts(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str(
                "the Redis address cannot be read; write it like redis://user:password@127.0.0.1:6379/",
            ),
            Self::Tls => f.write_str(
                "this version speaks to Redis without TLS only; use redis:// on a network of its own, or \
                 unix:// to a local socket, and let a tunnel there do the encryption",
            ),
            Self::Unreachable(why) => write!(f, "Redis does not answer: {why}"),
            Self::MayNotLook => f.write_str(
                "Redis does not let the relay see whether it writes to disk; allow it CONFIG GET \
                 (`+config|get`), or make sure yourself and set vouched = true under [redis]",
            ),
            Self::WritesToDisk(setting, value) => {
                let remedy = if *setting == "save" { "save \"\"" } else { "appendonly no" };
                write!(
                    f,
                    "Redis writes its memory to disk ({setting} is {value:?}); write `{remedy}` in redis.conf, \
                     restart it and delete what it has written"
                )
            }
            Self::Evicts(policy) => write!(
                f,
                "Redis would forget chats when its memory is full (maxmemory-policy is {policy:?}); write \
                 `maxmemory-policy noeviction` in redis.conf"
            ),
        }
    }
}

impl std::error::Error for OpenError {}

/// Reads the address.
pub(super) fn address(url: &str) -> Result<ConnectionInfo, OpenError> {
    if url.starts_with("rediss:") {
        return Err(OpenError::Tls);
    }
    url.into_connection_info().map_err(|_| OpenError::Address)
}

/// Connects, and looks at every server unless the operator answers for them.
pub(super) async fn link(
    url: &str,
    vouched: bool,
    bells: broadcast::Sender<Bell>,
) -> Result<Link, OpenError> {
    let info = address(url)?;
    let unreachable = |error: RedisError| OpenError::Unreachable(error.category().to_owned());
    let link = Link::open(info, bells).await.map_err(unreachable)?;
    if !vouched {
        for server in link.servers().await {
            look(&server).await?;
        }
    }
    Ok(link)
}

/// Nothing of what a Redis holds may outlive its process, and nothing may be dropped before its time.
async fn look(server: &Client) -> Result<(), OpenError> {
    let mut connection =
        connect(server).await.map_err(|error| OpenError::Unreachable(error.category().to_owned()))?;
    let mut settings = Vec::new();
    for setting in ["save", "appendonly", "maxmemory", "maxmemory-policy", "slowlog-log-slower-than"] {
        let asked: Result<Vec<String>, _> =
            cmd("CONFIG").arg("GET").arg(setting).query_async(&mut connection).await;
        let [_, value] = &asked.map_err(|_| OpenError::MayNotLook)?[..] else {
            return Err(OpenError::MayNotLook);
        };
        settings.push(value.clone());
    }
    let [save, appendonly, maxmemory, policy, slow] = &settings[..] else {
        return Err(OpenError::MayNotLook);
    };
    if !save.is_empty() {
        return Err(OpenError::WritesToDisk("save", save.clone()));
    }
    if appendonly != "no" {
        return Err(OpenError::WritesToDisk("appendonly", appendonly.clone()));
    }
    if maxmemory != "0" && policy != "noeviction" {
        return Err(OpenError::Evicts(policy.clone()));
    }
    if slow != "-1" {
        warn!(
            "Redis notes slow commands with their arguments; write `slowlog-log-slower-than -1` in redis.conf"
        );
    }
    Ok(())
}
