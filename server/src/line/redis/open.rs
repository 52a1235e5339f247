//! What is asked of a Redis before anybody's chat is trusted to it: that it lets this relay in, that it allows
//! what the scripts do (`deploy/redis-users.acl` is all of it), and that it keeps nothing on disk.

use std::fmt;

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError, ServerErrorKind, cmd};

use tokio::sync::broadcast;
use tracing::warn;

use super::keys::Keys;
use super::link::{Call, Link};
use super::reply::Fields;
use super::scripts::RIGHTS;
use super::target::Target;
use crate::line::Bell;

/// Why a store was not opened; each is one sentence with a remedy, and none repeats the address, which may
/// hold a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// The address cannot be read.
    Address,
    /// The address asks for TLS whose certificates nobody looks at.
    Unchecked,
    /// Certificates are named, but the address asks for no TLS.
    NoTls,
    /// The certificates cannot be used; the text says why.
    Certificates(String),
    /// Nobody answers there, or not to us; the text says what was wrong.
    Unreachable(String),
    /// It does not know the user, or the password is another.
    Unknown,
    /// It denies what the relay needs; the text says what.
    Denied(String),
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
                "the Redis address cannot be read; write it like redis://user:password@127.0.0.1:6379/, with \
                 rediss:// for TLS, or with Sentinel like \
                 redis+sentinel://user:password@host:26379,host:26379,host:26379/name (rediss+sentinel:// for TLS)",
            ),
            Self::Unchecked => f.write_str(
                "the Redis address says #insecure, and TLS without a look at the certificate protects nothing; \
                 leave it out and name the authority with ca_file under [redis]",
            ),
            Self::NoTls => f.write_str(
                "certificates are named for Redis, but its address asks for no TLS; write rediss:// or leave \
                 them out",
            ),
            Self::Certificates(why) => write!(f, "the certificates for Redis cannot be used: {why}"),
            Self::Unreachable(why) => write!(f, "Redis does not answer: {why}"),
            Self::Unknown => f.write_str(
                "Redis does not know this user with this password; compare the address with its list of users",
            ),
            Self::Denied(what) => write!(
                f,
                "Redis denies the relay's user what it needs: {what}; deploy/redis-users.acl has all it needs"
            ),
            Self::MayNotLook => f.write_str(
                "Redis does not let the relay see whether it writes to disk; allow it CONFIG GET \
                 (`+config|get`), or make sure yourself and set vouched = true under [redis]",
            ),
            Self::WritesToDisk(setting, value) => {
                let remedy = match *setting {
                    "save" => "save \"\"",
                    "repl-diskless-sync" => "repl-diskless-sync yes",
                    "repl-diskless-load" => "repl-diskless-load swapdb",
                    _ => "appendonly no",
                };
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

impl From<RedisError> for OpenError {
    fn from(error: RedisError) -> Self {
        let detail = || error.detail().unwrap_or_default().to_owned();
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Unknown,
            ErrorKind::Server(ServerErrorKind::NoPerm) => Self::Denied(detail()),
            // What the system or TLS said; it knows host and certificate, never the password.
            ErrorKind::Io => Self::Unreachable(error.to_string()),
            _ if error.code() == Some("NOAUTH") => Self::Unknown,
            _ => Self::Unreachable(error.category().to_owned()),
        }
    }
}

/// Connects, and looks at every server unless the operator answers for them.
pub(super) async fn link(
    target: Target,
    vouched: bool,
    keys: &Keys,
    bells: broadcast::Sender<Bell>,
) -> Result<Link, OpenError> {
    let link = Link::open(target.read()?, vouched, bells).await?;
    rights(&link, vouched, keys).await?;
    if link.look().await? {
        warn!(
            "Redis notes slow commands with their arguments; write `slowlog-log-slower-than -1` in redis.conf"
        );
    }
    Ok(link)
}

/// What this user may not do, all at once. Redis before 7 cannot be asked; there a missing right is found by
/// the first verb that needs it, and the store is away.
async fn rights(link: &Link, vouched: bool, keys: &Keys) -> Result<(), OpenError> {
    let flag = |flag: bool| vec![b'0' + u8::from(flag)];
    let arguments =
        vec![keys.channel().into(), keys.sample().into_bytes(), flag(!vouched), flag(link.is_cluster())];
    let call = Call { script: &RIGHTS, keys: keys.owned()[..1].to_vec(), arguments };
    let answer = link.ask(&call).await?;
    let strange = |_| OpenError::Unreachable("it answers in a way no Redis does".into());
    let missing = Fields::of(answer).and_then(Fields::texts).map_err(strange)?;
    match missing.iter().any(|right| right == "+config|get") {
        true => Err(OpenError::MayNotLook),
        false if !missing.is_empty() => Err(OpenError::Denied(missing.join(" "))),
        false => Ok(()),
    }
}

/// Nothing of what a Redis holds may outlive its process, and nothing may be dropped before its time. Answers
/// whether it notes slow commands with their arguments. With `is_copied` it is one of several that copy each
/// other.
///
/// # Errors
/// With what is wrong there, or [`OpenError::Unreachable`] when it could not be asked.
pub(super) async fn look(connection: &mut MultiplexedConnection, is_copied: bool) -> Result<bool, OpenError> {
    let mut settings = Vec::new();
    let asked_for = [
        "save",
        "appendonly",
        "maxmemory",
        "maxmemory-policy",
        "slowlog-log-slower-than",
        "repl-diskless-sync",
        "repl-diskless-load",
    ];
    for setting in asked_for {
        let asked: Result<Vec<String>, _> =
            cmd("CONFIG").arg("GET").arg(setting).query_async(connection).await;
        let answer = asked.map_err(|error| match OpenError::from(error.clone()) {
            away @ OpenError::Unreachable(_) if error.is_io_error() || error.is_timeout() => away,
            _ => OpenError::MayNotLook,
        })?;
        let [_, value] = &answer[..] else {
            return Err(OpenError::MayNotLook);
        };
        settings.push(value.clone());
    }
    let [save, appendonly, maxmemory, policy, slow, diskless_sync, diskless_load] = &settings[..] else {
        return Err(OpenError::MayNotLook);
    };
    // A server that is copied to another writes the copy into a file first, unless it is told not to.
    if is_copied && diskless_sync != "yes" {
        return Err(OpenError::WritesToDisk("repl-diskless-sync", diskless_sync.clone()));
    }
    if is_copied && diskless_load == "disabled" {
        return Err(OpenError::WritesToDisk("repl-diskless-load", diskless_load.clone()));
    }
    if !save.is_empty() {
        return Err(OpenError::WritesToDisk("save", save.clone()));
    }
    if appendonly != "no" {
        return Err(OpenError::WritesToDisk("appendonly", appendonly.clone()));
    }
    if maxmemory != "0" && policy != "noeviction" {
        return Err(OpenError::Evicts(policy.clone()));
    }
    Ok(slow != "-1")
}
