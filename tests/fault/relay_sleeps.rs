//! A relay that stops in the middle of whatever it does, and later goes on as if nothing had been: nobody has two
//! owners, and nothing it does late counts.

use std::time::Duration;

use lykta_client::Phase;
use lykta_server::line::Spans;
use lykta_tests::{PATIENCE, Raw, Redis, Relays};
use lykta_wire::{
    Claim, CloseCode, Ending, Envelope, Kind, Lane, Languages, TicketSecret, ToRelay, ToVisitor,
};
use tokio::time::{sleep, timeout};

use crate::RELAY;
use crate::pair::Pair;

/// Longer than a relay may be silent and still be believed to have been awake.
const SLEEP: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_goes_on_elsewhere_while_its_relay_sleeps_and_stays_there_when_it_wakes() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, 0, 0, 0).await;
    pair.burst();
    pair.is_under_way().await;
    relays.freezes(0);
    pair.burst();
    pair.has_heard_everything().await;
    let before = pair.sockets();
    sleep(SLEEP).await;
    relays.thaws(0);
    for _ in 0..3 {
        pair.burst();
        pair.has_heard_everything().await;
    }
    assert_eq!(pair.sockets(), before, "the sleeper's late words threw nobody out");
    assert_eq!(relays.front.connections(1), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dozes_for_some_seconds_loses_nobody_and_nothing() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, 0, 1, 0).await;
    let before = pair.sockets();
    pair.burst();
    pair.is_under_way().await;
    relays.freezes_unnoticed(0);
    pair.burst();
    sleep(Duration::from_secs(4)).await;
    relays.thaws(0);
    pair.has_heard_everything().await;
    assert_eq!(pair.sockets(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_that_a_sleeper_heard_is_not_done_when_it_wakes() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let counsellor = relays.counsellor_on(0, 0).await;
    let (first, second) = (relays.visitor_on(1).await, relays.visitor_on(1).await);
    // The press reaches a relay that sleeps; nobody has noticed yet.
    relays.freezes_unnoticed(0);
    counsellor.takes();
    // The front notices, the console comes back on the other relay, and the counsellor presses again.
    relays.front.takes_out(0);
    counsellor.until("another socket", |seen| seen.sockets == 2 && seen.seat.admitted).await;
    counsellor.talks_to_next().await;
    first.talks().await;
    second.waits_at(1).await;
    sleep(SLEEP).await;
    relays.thaws(0);
    // It is awake, and has passed a tick since.
    let third = relays.visitor_on(0).await;
    third.waits_at(2).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(counsellor.sees().taken.len(), 1);
    assert_eq!((second.sees().view.phase, second.sees().view.place), (Phase::Waiting, 1));
    // Nobody stands in the way of the next press.
    counsellor.talks_to_next().await;
    second.talks().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goodbye_that_a_sleeper_heard_is_a_goodbye_when_it_wakes() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let counsellor = relays.counsellor_on(1, 0).await;
    let mut ready = Vec::new();
    for _ in 0..3 {
        let visitor = relays.visitor_on(0).await;
        let ticket = counsellor.talks_to_next().await;
        visitor.talks().await;
        ready.push((visitor, ticket));
    }
    relays.freezes_unnoticed(0);
    for (visitor, ticket) in &ready {
        // So that the sleeper has something else to look at first when it wakes.
        counsellor.says(*ticket, "Är du kvar?");
        visitor.leaves();
    }
    sleep(SLEEP).await;
    relays.thaws(0);
    for (_, ticket) in &ready {
        counsellor.is_over(*ticket, Ending::LeftFast).await;
    }
}

/// A visitor without a page, for words that no page would say so late.
async fn raw_visitor(relays: &Relays, number: usize) -> Raw {
    let origin = relays.house.centre.origins.pages.to_string();
    let headers = [("Origin", &*origin), ("Sec-WebSocket-Protocol", "lykta.1")];
    Raw::connects(relays.address(number), "/ws/visit", &headers).await.expect("a socket")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_that_a_sleeper_heard_does_not_throw_the_visitor_off_the_other_relay() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let secret = || TicketSecret::new([7; 32]);
    let mut hello = vec![0xE5; 2_072];
    hello[..2].copy_from_slice(&[1, Kind::Hello as u8]);
    let hello = Envelope::parse(&hello).expect("a well-formed hello");
    let mut late = raw_visitor(&relays, 0).await;
    relays.freezes_unnoticed(0);
    late.sends(&ToRelay::Resume { secret: secret(), claim: Claim::NONE }.encode()).await;
    let mut here = raw_visitor(&relays, 1).await;
    let join =
        ToRelay::Join { secret: secret(), lane: Lane::Support, languages: Languages::default(), hello };
    here.sends(&join.encode()).await;
    while !matches!(
        ToVisitor::decode(&here.hears().await.expect("the line")),
        Ok(ToVisitor::InLine { place: 1, .. })
    ) {}
    sleep(SLEEP).await;
    relays.thaws(0);
    // Too late for a first frame, or from before a sleep: whichever is noticed first.
    let closed = timeout(PATIENCE, late.is_closed()).await.expect("it is closed");
    let why = [CloseCode::Restarting, CloseCode::NotAdmitted];
    assert!(why.iter().any(|code| code.number() == closed), "closed with {closed}");
    here.sends(&ToRelay::Probe.encode()).await;
    while !matches!(ToVisitor::decode(&here.hears().await.expect("still here")), Ok(ToVisitor::Alive)) {}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "nightly"]
async fn people_find_out_by_themselves_that_their_relay_sleeps() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, 0, 0, 0).await;
    pair.burst();
    pair.has_heard_everything().await;
    relays.freezes_unnoticed(0);
    // No health check: new connections still lead there, too, and are given up.
    pair.burst();
    sleep(Duration::from_secs(45)).await;
    relays.front.takes_out(0);
    pair.has_heard_everything().await;
    relays.thaws(0);
    pair.burst();
    pair.has_heard_everything().await;
}
