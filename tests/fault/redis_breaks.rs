//! Redis dies, forgets, is late, slow or full: what each side sees is in ARCHITECTURE.md, and all of it heals by
//! itself.

use std::time::Duration;

use lykta_client::Phase;
use lykta_server::line::Spans;
use lykta_tests::{DeskSeen, Front, Redis, Relays, Visitor, url};
use lykta_wire::{Refusal, TicketName};
use tokio::time::sleep;

use crate::RELAY;
use crate::pair::Pair;

/// Two people in a chat, and a line behind them on both relays.
struct Evening {
    pair: Pair,
    waiting: Vec<Visitor>,
    order: Vec<TicketName>,
}

/// Those who wait, as a console shows them, if all of them can be taken.
fn shown(seen: &DeskSeen) -> Option<Vec<TicketName>> {
    let (_, total, entries) = seen.line.as_ref()?;
    let ready = entries.len() == *total as usize && entries.iter().all(|entry| entry.present);
    ready.then(|| entries.iter().map(|entry| entry.ticket).collect())
}

impl Evening {
    async fn begins(relays: &Relays) -> Self {
        let pair = Pair::talks(relays, 0, 1, 0).await;
        let mut waiting = Vec::new();
        for place in 1..=4_u32 {
            let visitor = relays.visitor_on(place as usize % 2).await;
            visitor.waits_at(place).await;
            waiting.push(visitor);
        }
        let all = |seen: &DeskSeen| shown(seen).is_some_and(|order| order.len() == 4);
        let seen = pair.counsellor.until("four who wait", all).await;
        let order = shown(&seen).expect("just seen");
        Self { pair, waiting, order }
    }

    /// The line is as it was: nobody lost, nobody merged, everybody where they stood.
    async fn still_waits(&self) {
        let order = &self.order;
        self.pair
            .counsellor
            .until("the line in its old order", |seen| shown(seen).as_ref() == Some(order))
            .await;
        for (place, visitor) in self.waiting.iter().enumerate() {
            visitor.waits_at(place as u32 + 1).await;
        }
    }

    /// Everybody is helped, in the order in which they came.
    async fn goes_on(mut self, relays: &Relays) {
        self.pair.burst();
        self.pair.has_heard_everything().await;
        let other = relays.counsellor_on(0, 1).await;
        for (turn, visitor) in self.waiting.iter().enumerate() {
            let counsellor = if turn % 2 == 0 { &other } else { &self.pair.counsellor };
            let ticket = counsellor.talks_to_next().await;
            assert_eq!(ticket, self.order[turn]);
            visitor.talks().await;
            visitor.says("äntligen");
            counsellor.hears(ticket, &["äntligen".to_owned()]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_comes_back_empty_and_chats_and_line_are_as_they_were() {
    let mut redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut evening = Evening::begins(&relays).await;
    for _ in 0..2 {
        evening.pair.burst();
        evening.pair.is_under_way().await;
        redis.is_raised_again().await;
        evening.pair.burst();
        evening.pair.has_heard_everything().await;
        evening.still_waits().await;
    }
    evening.goes_on(&relays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_comes_back_late_and_nobody_has_lost_more_than_time() {
    let mut redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut evening = Evening::begins(&relays).await;
    evening.pair.burst();
    redis.is_killed();
    evening.pair.burst();
    // Somebody comes just now: not let in, not turned away.
    let late = relays.visitor();
    late.joins();
    evening.pair.counsellor.takes();
    evening
        .pair
        .counsellor
        .until("a refusal that says why", |seen| seen.not_taken == [Refusal::StoreAway])
        .await;
    // Several ticks.
    sleep(Duration::from_secs(25)).await;
    assert_eq!(late.sees().view.phase, Phase::Joining);
    for (place, visitor) in evening.waiting.iter().enumerate() {
        let view = visitor.sees().view;
        assert_eq!((view.phase, view.place), (Phase::Waiting, place as u32 + 1), "nothing untrue is said");
    }
    redis.is_raised_again().await;
    evening.pair.has_heard_everything().await;
    late.until("a place behind everybody", |seen| seen.view.place == 5).await;
    late.leaves();
    evening.still_waits().await;
    evening.goes_on(&relays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_answers_slowly_and_everything_is_slow_and_right() {
    let redis = Redis::starts().await;
    let wire = Front::before(&[redis.address]).await;
    let relays = Relays::open(RELAY, 2, url(wire.address), Spans::default()).await;
    let mut evening = Evening::begins(&relays).await;
    wire.takes(Duration::from_millis(200));
    evening.pair.burst();
    evening.pair.has_heard_everything().await;
    // Slower than anybody waits: as good as away.
    wire.takes(Duration::from_secs(4));
    evening.pair.burst();
    sleep(Duration::from_secs(8)).await;
    wire.takes(Duration::ZERO);
    evening.pair.has_heard_everything().await;
    evening.still_waits().await;
    evening.goes_on(&relays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_full_and_who_leaves_is_forgotten_all_the_same() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut evening = Evening::begins(&relays).await;
    redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    evening.pair.burst();
    let gone = evening.waiting.pop().expect("four wait");
    let ticket = evening.order.pop().expect("four wait");
    gone.leaves();
    let left = |seen: &DeskSeen| {
        seen.line.as_ref().is_some_and(|(.., entries)| entries.iter().all(|entry| entry.ticket != ticket))
    };
    evening.pair.counsellor.until("one less in the line", left).await;
    let late = relays.visitor();
    late.joins();
    late.until("another try", |seen| seen.sockets > 1).await;
    assert_eq!(late.sees().view.phase, Phase::Joining);
    redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    evening.pair.has_heard_everything().await;
    late.until("a place behind everybody", |seen| seen.view.place == 4).await;
    late.leaves();
    evening.still_waits().await;
    evening.goes_on(&relays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_forgets_its_scripts_and_nobody_notices() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut evening = Evening::begins(&relays).await;
    for _ in 0..3 {
        evening.pair.burst();
        for _ in 0..20 {
            redis.ask(&["SCRIPT", "FLUSH"]).await;
        }
        evening.pair.has_heard_everything().await;
    }
    assert_eq!(evening.pair.sockets(), [1, 1]);
    evening.still_waits().await;
    evening.goes_on(&relays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_redis_is_cut_in_the_middle_and_nothing_happens_twice() {
    let redis = Redis::starts().await;
    let wire = Front::before(&[redis.address]).await;
    let relays = Relays::open(RELAY, 2, url(wire.address), Spans::default()).await;
    let mut evening = Evening::begins(&relays).await;
    for (round, bytes) in [1, 700, 4_003].into_iter().enumerate() {
        wire.cuts_an_answer_after(bytes);
        evening.pair.burst();
        wire.has_cut_in_all(round + 1).await;
        evening.pair.has_heard_everything().await;
    }
    assert_eq!(evening.pair.sockets(), [1, 1], "the people's own sockets live on");
    evening.still_waits().await;
    evening.goes_on(&relays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_take_is_lost_and_the_visitor_is_taken_again_by_exactly_one() {
    let redis = Redis::starts().await;
    let wire = Front::before(&[redis.address]).await;
    let spans = Spans { confirm: Duration::from_secs(4), ..Spans::default() };
    let relays = Relays::open(RELAY, 1, url(wire.address), spans).await;
    let counsellor = relays.counsellor_on(0, 0).await;
    let visitor = relays.visitor_on(0).await;
    // The store hears the press, and its answer never arrives.
    wire.loses_answers(true);
    counsellor.takes();
    counsellor.until("a refusal that says why", |seen| seen.not_taken == [Refusal::StoreAway]).await;
    wire.loses_answers(false);
    let back = |seen: &DeskSeen| shown(seen).is_some_and(|order| order.len() == 1);
    counsellor.until("the ticket back in the line, with a fresh greeting", back).await;
    let ticket = counsellor.talks_to_next().await;
    visitor.talks().await;
    visitor.says("hej");
    counsellor.hears(ticket, &["hej".to_owned()]).await;
    assert_eq!(counsellor.sees().taken.len(), 1);
}
