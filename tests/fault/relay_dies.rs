//! A relay dies or is asked to end: those on it come back on another by themselves, and the chat goes on.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lykta_client::LinkView;
use lykta_server::line::Spans;
use lykta_tests::{Redis, Relays};

use crate::RELAY;
use crate::pair::Pair;

/// Waits until these have opened another socket; how long that took.
async fn comes_back(pair: &Pair, before: [usize; 2], [visitor, counsellor]: [bool; 2]) -> Duration {
    let began = Instant::now();
    if visitor {
        pair.visitor.until("a new socket", |seen| seen.sockets > before[0]).await;
    }
    if counsellor {
        pair.counsellor.until("a new socket", |seen| seen.sockets > before[1]).await;
    }
    began.elapsed()
}

/// A burst both ways, and in the middle of it the relay of one or of both is killed.
async fn survives_a_kill(visitor: usize, counsellor: usize) {
    let redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, visitor, counsellor, 0).await;
    let mut dies = 0;
    for round in 0..3 {
        let (was, before) = (relays.address(dies), pair.sockets());
        let led = [visitor == dies, counsellor == dies];
        pair.burst();
        pair.is_under_way().await;
        relays.is_killed(dies);
        pair.burst();
        if round == 0 {
            let took = comes_back(&pair, before, led).await;
            assert!(took < Duration::from_millis(1_500), "the first retry came after {took:?}");
        }
        pair.has_heard_everything().await;
        relays.is_raised_again(dies, was);
        // Whoever came back is on the other one now.
        dies = 1 - dies;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_survives_when_the_visitors_relay_is_killed() {
    survives_a_kill(0, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_survives_when_the_counsellors_relay_is_killed() {
    survives_a_kill(1, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_survives_when_the_relay_of_both_is_killed() {
    survives_a_kill(0, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_ends_in_order_sends_everybody_to_the_other_spread_out() {
    let redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, 0, 0, 0).await;
    let mut waiting = Vec::new();
    for place in 1..=6 {
        let visitor = relays.visitor_on(0).await;
        visitor.waits_at(place).await;
        waiting.push(visitor);
    }
    let before = pair.sockets();
    pair.burst();
    pair.is_under_way().await;
    let began = Instant::now();
    relays.drains(0);
    pair.burst();
    // Everybody is watched from the moment of the drain: who came back early is seen early.
    let back = join_all(waiting.iter().map(async |visitor| {
        visitor.until("a new socket", |seen| seen.sockets == 2 && seen.view.link == LinkView::Up).await;
        began.elapsed()
    }));
    let (_, came) = tokio::join!(comes_back(&pair, before, [true, true]), back);
    let (first, last) = (came.iter().min().expect("six"), came.iter().max().expect("six"));
    assert!(*last < Duration::from_secs(6), "the last came after {last:?}");
    assert!(*last - *first > Duration::from_millis(300), "all came at once: {came:?}");
    pair.has_heard_everything().await;
    for (place, visitor) in waiting.iter().enumerate() {
        visitor.waits_at(place as u32 + 1).await;
    }
    relays.has_ended(0).await;
    assert_eq!(relays.front.connections(1), 8, "everybody is on the other one");
}
