//! A Redis that begins to write to disk while relays use it.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use tokio::time::timeout;

use super::server::{Cluster, Server};
use super::{at, join, open, ticket, until};
use crate::line::redis::{Line as _, RedisLine};
use crate::line::{Away, Bell, Spans, Standing};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_back_writing_to_disk_is_away_until_it_is_put_right() {
    let mut server = Server::start().await;
    let line = open(&server.url(), 1).await;
    line.join(join(1), at(0)).await.unwrap();
    server.kill();
    server.change(&["--save", "3600 1", "--appendonly", "no"]);
    assert!(server.begin().await);
    // Not one verb reaches it, however soon it is asked.
    for second in 1..=40 {
        assert_eq!(line.join(join(2), at(second)).await.map(drop), Err(Away));
        assert_eq!(line.count(at(second)).await.map(drop), Err(Away));
    }
    assert!(server.keys().await.is_empty(), "something was stored where it is written to disk");
    server.ask(&["CONFIG", "SET", "save", ""]).await;
    let counted = until("the store", || line.count(at(50)), Result::is_ok).await;
    assert_eq!(counted.unwrap().waiting, 0);
    assert!(line.join(join(2), at(51)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_told_to_write_to_disk_while_it_runs_is_found_out_within_seconds() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    let vouched = RedisLine::open(&server.url(), [1; 16], Spans::default(), 100, true).await.unwrap();
    line.join(join(1), at(0)).await.unwrap();
    server.ask(&["CONFIG", "SET", "appendonly", "yes"]).await;
    let _ = until("the refusal", || line.count(at(1)), Result::is_err).await;
    // Somebody answers for it there.
    assert!(vouched.count(at(1)).await.is_ok());
    let mut bells = line.bells();
    server.ask(&["CONFIG", "SET", "appendonly", "no"]).await;
    let _ = until("the store", || line.count(at(2)), Result::is_ok).await;
    let told = timeout(Duration::from_secs(10), async { while bells.recv().await != Ok(Bell::Missed) {} });
    told.await.expect("whoever asked in the meantime looks again");
    assert_eq!(
        line.keep(&[ticket(1)], at(3)).await,
        Ok(vec![Standing::InLine { place: 1, wants_hello: false }])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_of_a_cluster_that_writes_to_disk_is_enough_to_refuse_it() {
    let cluster = Cluster::start().await;
    let line = open(&cluster.0[0].url(), 1).await;
    cluster.0[2].ask(&["CONFIG", "SET", "save", "60 1"]).await;
    let _ = until("the refusal", || line.count(at(1)), Result::is_err).await;
    cluster.0[2].ask(&["CONFIG", "SET", "save", ""]).await;
    let _ = until("the store", || line.count(at(2)), Result::is_ok).await;
}

thread_local! {
    /// What is logged on this thread.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// On one thread, so that everything the line does is heard by this story and by no other.
#[tokio::test]
async fn the_log_is_told_once_in_a_sentence_with_a_remedy_and_without_the_password() {
    // For the whole process: a log that comes and goes with one thread may miss what another has switched off.
    tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).init();
    let server = Server::start().await;
    server.ask(&["ACL", "SETUSER", "lykta", "on", ">hunter2", "~*", "&*", "+@all"]).await;
    let url = server.url_of("lykta:hunter2@");
    let line = RedisLine::open(&url, [1; 16], Spans::default(), 100, false).await.unwrap();
    server.ask(&["CONFIG", "SET", "save", "60 1"]).await;
    let _ = until("the refusal", || line.count(at(1)), Result::is_err).await;
    for second in 1..20 {
        assert_eq!(line.join(join(1), at(second)).await.map(drop), Err(Away));
    }
    server.ask(&["CONFIG", "SET", "save", ""]).await;
    let _ = until("the store", || line.count(at(20)), Result::is_ok).await;
    let text = String::from_utf8(LOGGED.take()).unwrap();
    let times = |words: &str| text.matches(words).count();
    let sentence = "nothing is stored any more until this is changed: Redis writes its memory to disk (save is \"60 1\")";
    assert_eq!(times(sentence), 1, "{text}");
    assert_eq!(times("write `save \"\"` in redis.conf"), 1, "{text}");
    assert_eq!(times("the store is back"), 1, "{text}");
    assert_eq!(times("the store is away"), 0, "{text}");
    assert_eq!(times("hunter2"), 0, "{text}");
}
