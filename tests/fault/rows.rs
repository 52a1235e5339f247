//! What has gone wrong in other services' queues, and does not here. `README.md` names the test of each row.

use std::time::Duration;

use lykta_client::{LinkView, Phase};
use lykta_server::line::Spans;
use lykta_tests::{DeskSeen, Front, Redis, Relays, Visitor, http};
use lykta_wire::OpenState;
use tokio::time::sleep;

use crate::RELAY;
use crate::pair::Pair;

/// Three who wait and two chats, on two relays.
async fn three_waiting_two_chatting(relays: &Relays) -> ([Pair; 2], Vec<Visitor>) {
    let mut first = Pair::talks(relays, 0, 1, 0).await;
    let mut second = Pair::talks(relays, 1, 0, 1).await;
    let mut waiting = Vec::new();
    for place in 1..=3 {
        let visitor = relays.visitor_on(place % 2).await;
        visitor.waits_at(place as u32).await;
        waiting.push(visitor);
    }
    for pair in [&mut first, &mut second] {
        pair.burst();
        pair.is_under_way().await;
    }
    ([first, second], waiting)
}

/// Nobody merged, nobody lost: both chats go on as they were, and three different people are still to be helped.
async fn all_five_are_there(pairs: &mut [Pair; 2], waiting: &[Visitor]) {
    for pair in &mut *pairs {
        pair.burst();
        pair.has_heard_everything().await;
    }
    let ready = |seen: &DeskSeen| {
        seen.line.as_ref().is_some_and(|(_, total, entries)| {
            *total == 3 && entries.len() == 3 && entries.iter().all(|entry| entry.present)
        })
    };
    pairs[0].counsellor.until("three who wait", ready).await;
    let mut places: Vec<u32> = Vec::new();
    for visitor in waiting {
        let seen =
            visitor.until("a place", |seen| seen.view.phase == Phase::Waiting && seen.view.place > 0).await;
        places.push(seen.view.place);
    }
    for (turn, pair) in pairs.iter().cycle().take(3).enumerate() {
        let ticket = pair.counsellor.talks_to_next().await;
        pair.counsellor.says(ticket, &format!("hej {turn}"));
    }
    let mut heard = Vec::new();
    for visitor in waiting {
        visitor.talks().await;
        heard.extend(visitor.until("a greeting", |seen| !seen.heard().is_empty()).await.heard());
    }
    heard.sort();
    assert_eq!(heard, ["hej 0", "hej 1", "hej 2"], "one counsellor's word for each");
    for pair in pairs {
        pair.has_heard_everything().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_restart_with_3_waiting_and_2_chatting_nobody_merged_nobody_lost() {
    let redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (mut pairs, waiting) = three_waiting_two_chatting(&relays).await;
    let were = [relays.address(0), relays.address(1)];
    for number in 0..2 {
        relays.is_killed(number);
    }
    for (number, was) in were.into_iter().enumerate() {
        relays.is_raised_again(number, was);
    }
    for (place, visitor) in waiting.iter().enumerate() {
        visitor.until("another socket", |seen| seen.sockets > 1 && seen.view.link == LinkView::Up).await;
        visitor.waits_at(place as u32 + 1).await;
    }
    all_five_are_there(&mut pairs, &waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_of_everything_at_once_with_3_waiting_and_2_chatting_nobody_merged_nobody_lost() {
    let mut redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (mut pairs, waiting) = three_waiting_two_chatting(&relays).await;
    let were = [relays.address(0), relays.address(1)];
    for number in 0..2 {
        relays.is_killed(number);
    }
    redis.is_raised_again().await;
    for (number, was) in were.into_iter().enumerate() {
        relays.is_raised_again(number, was);
    }
    // Nobody is left who knew the order of the line; the people are all there.
    all_five_are_there(&mut pairs, &waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn visitor_reloads_in_queue_the_old_ticket_is_gone_at_once_and_the_new_one_stands_at_the_end() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let counsellor = relays.counsellor_on(0, 0).await;
    let mut visitors = Vec::new();
    for place in 1..=3 {
        let visitor = relays.visitor_on(place % 2).await;
        visitor.waits_at(place as u32).await;
        visitors.push(visitor);
    }
    // What a page does when it goes, whatever becomes of its socket: a beacon, here to the other relay.
    visitors[0].leaves();
    let body = visitors[0].until("the beacon", |seen| seen.leave.is_some()).await.leave.expect("just seen");
    for number in 0..2 {
        let origin = relays.house.centre.origins.pages.to_string();
        let (status, _) = http(relays.address(number), "POST", "/leave", &[("Origin", &origin)], &body).await;
        assert_eq!(status, 204);
    }
    let reloaded = relays.visitor_on(0).await;
    reloaded.waits_at(3).await;
    visitors[1].waits_at(1).await;
    visitors[2].waits_at(2).await;
    counsellor
        .until("three in the line", |seen| seen.line.as_ref().is_some_and(|(_, total, _)| *total == 3))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_visitor_at_the_head_of_the_queue_is_skipped_within_seconds() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let counsellor = relays.counsellor_on(1, 0).await;
    let (dead, living) = (relays.visitor_on(0).await, relays.visitor_on(1).await);
    drop(dead);
    let seen_absent = |seen: &DeskSeen| {
        seen.line.as_ref().is_some_and(|(.., entries)| entries.len() == 2 && !entries[0].present)
    };
    let began = std::time::Instant::now();
    counsellor.until("an absent one at the head", seen_absent).await;
    counsellor.talks_to_next().await;
    living.talks().await;
    assert!(began.elapsed() < Duration::from_secs(8), "skipped after {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn last_counsellor_leaves_while_people_wait_and_returns() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let counsellor = relays.counsellor_on(0, 0).await;
    let (first, second) = (relays.visitor_on(0).await, relays.visitor_on(1).await);
    for (visitor, place) in [(&first, 1), (&second, 2)] {
        visitor.waits_at(place).await;
        visitor.until("an open door", |seen| seen.view.open_state == Some(OpenState::Open)).await;
    }
    counsellor.is_ready(false);
    for (visitor, place) in [(&first, 1), (&second, 2)] {
        visitor.until("nobody on duty", |seen| seen.view.open_state == Some(OpenState::Away)).await;
        visitor.waits_at(place).await;
    }
    // Another one comes, on the other relay.
    let other = relays.counsellor_on(1, 1).await;
    for (visitor, place) in [(&first, 1), (&second, 2)] {
        visitor.until("an open door", |seen| seen.view.open_state == Some(OpenState::Open)).await;
        visitor.waits_at(place).await;
    }
    other.talks_to_next().await;
    first.talks().await;
    other.talks_to_next().await;
    second.talks().await;
}

/// A visitor whose own network is `wire`, in a chat with person 0.
async fn a_visitor_on_a_bad_network(relays: &Relays) -> (Front, Pair) {
    let wire = Front::before(&[relays.front.address]).await;
    let counsellor = relays.counsellor_on(1, 0).await;
    let visitor = relays.house.visitor(relays.house.anchors.clone(), wire.address);
    visitor.joins();
    visitor.waits_at(1).await;
    let pair = Pair::meet(visitor, counsellor).await;
    (wire, pair)
}

/// The network says nothing for so long; texts of both sides wait. Then it is back.
async fn is_without_network_for(quiet: Duration) {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (wire, mut pair) = a_visitor_on_a_bad_network(&relays).await;
    pair.burst();
    pair.has_heard_everything().await;
    wire.falls_silent();
    // More than a window, so that not all of it is even sealed while nothing is confirmed.
    for _ in 0..5 {
        pair.burst();
    }
    sleep(quiet).await;
    assert_eq!(pair.visitor.sees().heard().len(), 8, "nothing gets through");
    wire.speaks_again();
    pair.visitor.wakes();
    pair.has_heard_everything().await;
    // Airplane mode: the socket itself is gone, too.
    pair.burst();
    wire.cuts();
    pair.burst();
    pair.has_heard_everything().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_socket_and_airplane_mode_missed_messages_come_by_number() {
    is_without_network_for(Duration::from_secs(8)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "nightly"]
async fn phone_without_network_for_2_minutes() {
    is_without_network_for(Duration::from_secs(120)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "nightly"]
async fn phone_without_network_for_10_minutes() {
    is_without_network_for(Duration::from_secs(600)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resend_after_lost_ack_shows_one_message() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (wire, mut pair) = a_visitor_on_a_bad_network(&relays).await;
    // The visitor's words arrive; what confirms them does not.
    wire.loses_answers(true);
    pair.burst();
    pair.counsellor_has_heard_everything().await;
    assert!(pair.visitor.sees().view.unsent > 0);
    wire.cuts();
    wire.loses_answers(false);
    pair.has_heard_everything().await;
}
