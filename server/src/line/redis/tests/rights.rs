//! The rights of the relay's user: `deploy/redis-users.acl` is enough, and none of it is too much.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use redis::{Client, RedisError, ServerErrorKind, Value, cmd};

use super::server::{Cluster, Server};
use super::{OpenError, RedisLine, at};
use crate::line::redis::{arguments, scripts};
use crate::line::{Line, Spans, contract};

const USERS: &str = include_str!("../../../../../deploy/redis-users.acl");
const LYKTA: &str = "lykta:hunter2@";

fn users() -> String {
    USERS.replace("PASSWORD", "hunter2")
}

/// The rights one by one, as they are written.
fn rights() -> Vec<&'static str> {
    let line = USERS.lines().find(|line| line.starts_with("user lykta ")).expect("the relay's user");
    line.split_whitespace().filter(|word| word.starts_with(['+', '~', '&'])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deployed_settings_and_rights_are_enough_for_the_whole_contract() {
    let server = Server::start_deployed(&users()).await;
    let url = server.url_of(LYKTA);
    let centre = AtomicU8::new(0);
    contract::all(|spans, bounds| {
        let (url, centre) = (url.clone(), centre.fetch_add(1, Ordering::Relaxed));
        async move {
            let mut line =
                RedisLine::open(&url, [centre; 16], spans, bounds, false).await.expect("enough rights");
            line.counts(contract::counting());
            let time = line.store.own(&scripts::TIME, at(0), Vec::new(), arguments()).await;
            assert!(time.is_ok(), "the store's clock may be asked");
            Arc::new(line) as Arc<dyn Line>
        }
    })
    .await;
    // Nothing was denied that nobody noticed. (The list of denied commands is off in the deployed settings.)
    assert!(!server.dump().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_needs_one_right_more_and_without_it_says_so() {
    let cluster = Cluster::start().await;
    let url = cluster.0[0].url_of(LYKTA);
    let begin = ["ACL", "SETUSER", "lykta", "reset", "on", ">hunter2", "-@all"];
    for server in &cluster.0 {
        server.ask(&begin.into_iter().chain(rights()).collect::<Vec<_>>()).await;
    }
    let opened = RedisLine::open(&url, [1; 16], Spans::default(), 10, false).await;
    let Err(refused) = opened.map(drop) else { panic!("nothing needs cluster|slots") };
    assert!(refused.to_string().contains("cluster|slots"), "{refused}");
    for server in &cluster.0 {
        server.ask(&["ACL", "SETUSER", "lykta", "+cluster|slots"]).await;
    }
    let centre = AtomicU8::new(0);
    contract::all(|spans, bounds| {
        let (url, centre) = (url.clone(), centre.fetch_add(1, Ordering::Relaxed));
        async move {
            let mut line =
                RedisLine::open(&url, [centre; 16], spans, bounds, false).await.expect("enough rights");
            line.counts(contract::counting());
            Arc::new(line) as Arc<dyn Line>
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_any_one_right_less_the_relay_does_not_start_and_says_which() {
    let server = Server::start_deployed(&users()).await;
    let mut tried = 0;
    for right in rights() {
        let less = users().replace(&format!(" {right}"), "");
        let line = less.lines().find(|line| line.starts_with("user lykta ")).unwrap();
        // A right that begins like another (`+zrange`, `+zrangebylex`) took part of that with it: put it back.
        let kept: Vec<_> = rights().into_iter().filter(|other| *other != right).collect();
        let head: Vec<_> = line.split_whitespace().take_while(|word| *word != "-@all").collect();
        let head = head.into_iter().skip(2).filter(|word| !word.starts_with(['~', '&']));
        let words: Vec<_> = ["ACL", "SETUSER", "lykta", "reset"].into_iter().chain(head).collect();
        let words: Vec<_> = words.into_iter().chain(["-@all"]).chain(kept).collect();
        server.ask(&words).await;
        let opened = RedisLine::open(&server.url_of(LYKTA), [1; 16], Spans::default(), 10, false).await;
        let Err(refused) = opened.map(drop) else { panic!("nothing needs {right}") };
        let said = refused.to_string();
        let named = match right.chars().next() {
            // Redis itself says this before any script runs.
            Some('~') => "key",
            _ => right.trim_start_matches('+'),
        };
        assert!(said.contains(named), "{right} is missing, and it says: {said}");
        assert!(said.contains("deploy/redis-users.acl") || said.contains("vouched = true"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        tried += 1;
    }
    assert!(tried > 30, "the rights were read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_looks_on_and_nobody_changes_the_settings_with_the_relay_s_user() {
    let server = Server::start_deployed(&users()).await;
    let mut lykta =
        Client::open(server.url_of(LYKTA)).unwrap().get_multiplexed_async_connection().await.unwrap();
    for words in [
        &["MONITOR"][..],
        &["KEYS", "*"],
        &["SCAN", "0"],
        &["CONFIG", "SET", "save", "60 1"],
        &["SLOWLOG", "GET"],
        &["CLIENT", "LIST"],
        &["ACL", "LIST"],
        &["SAVE"],
        &["BGSAVE"],
        &["REPLICAOF", "NO", "ONE"],
        &["MIGRATE", "127.0.0.1", "1", "lykta:1:x", "0", "1"],
        &["DUMP", "lykta:1:x"],
        &["FLUSHALL"],
        &["GET", "another:program"],
        &["PUBLISH", "another:channel", ""],
        &["EVAL", "return redis.call('keys', '*')", "0"],
    ] {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        let answer: Result<Value, RedisError> = command.query_async(&mut lykta).await;
        let refused = answer.expect_err(words[0]);
        let denied = refused.kind() == ServerErrorKind::NoPerm.into()
            || refused.detail().is_some_and(|detail| detail.contains("can't run this command"));
        assert!(denied, "{words:?}: {refused}");
    }
    // A stranger is not even told who there is.
    let refused = RedisLine::open(&server.url(), [1; 16], Spans::default(), 10, true).await.map(drop);
    assert_eq!(refused, Err(OpenError::Unknown));
    let wrong = server.url_of("lykta:hunter3@");
    let refused = RedisLine::open(&wrong, [1; 16], Spans::default(), 10, true).await.map(drop).unwrap_err();
    assert_eq!(refused, OpenError::Unknown);
    assert!(!refused.to_string().contains("hunter3"));
}

#[test]
fn the_rights_are_those_the_scripts_use_and_those_that_are_asked_for() {
    let mut used = BTreeSet::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/line/scripts");
    for entry in std::fs::read_dir(folder).unwrap() {
        let code = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for call in code.split("redis.call('").skip(1) {
            used.insert(call.split('\'').next().unwrap().to_lowercase());
        }
    }
    let granted: BTreeSet<_> =
        rights().iter().filter_map(|right| right.strip_prefix('+')).map(str::to_owned).collect();
    let missing: Vec<_> = used.difference(&granted).collect();
    assert!(missing.is_empty(), "scripts call {missing:?}, and deploy/redis-users.acl does not grant it");
    // What is granted besides is for what the relay does without a script.
    let besides: Vec<_> = granted.difference(&used).map(String::as_str).collect();
    assert_eq!(besides, ["config|get", "eval", "evalsha", "info", "ping", "subscribe"]);
    let asked = include_str!("../../scripts/rights.lua");
    let unasked: Vec<_> =
        granted.iter().filter(|right| **right != "info" && !asked.contains(right.as_str())).collect();
    assert!(unasked.is_empty(), "rights.lua does not ask for {unasked:?}");
}
