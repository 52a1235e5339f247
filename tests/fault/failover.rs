//! Sentinel: the master dies, and a server that may not have heard of the last moment takes over.

use std::time::Duration;

use lykta_client::Phase;
use lykta_server::line::{OpenError, RedisLine, Spans};
use lykta_tests::{DeskSeen, Relays, Watched};
use lykta_wire::Ending;
use tokio::time::sleep;

use crate::RELAY;
use crate::pair::Pair;

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_and_the_line_go_on_when_the_master_dies() {
    let mut redis = Watched::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, 0, 1, 0).await;
    let (first, second) = (relays.visitor_on(0).await, relays.visitor_on(1).await);
    second.waits_at(2).await;
    pair.burst();
    pair.is_under_way().await;
    redis.servers[0].is_killed();
    pair.burst();
    redis.has_made_master(1).await;
    pair.has_heard_everything().await;
    first.waits_at(1).await;
    second.waits_at(2).await;
    // The one that died comes back, copies, and takes over in its turn.
    redis.servers[0].is_raised_again().await;
    redis.follows(0).await;
    pair.burst();
    pair.is_under_way().await;
    redis.servers[1].is_killed();
    pair.burst();
    redis.has_made_master(0).await;
    pair.has_heard_everything().await;
    pair.counsellor.talks_to_next().await;
    first.talks().await;
    pair.counsellor.talks_to_next().await;
    second.talks().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_slept_through_its_successor_s_election_owns_nobody() {
    let redis = Watched::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, 0, 1, 0).await;
    redis.servers[0].freezes();
    redis.has_made_master(1).await;
    pair.burst();
    pair.has_heard_everything().await;
    redis.servers[0].thaws();
    let visitor = relays.visitor_on(0).await;
    pair.burst();
    pair.has_heard_everything().await;
    redis.follows(0).await;
    pair.counsellor.talks_to_next().await;
    visitor.talks().await;
    pair.burst();
    pair.has_heard_everything().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_lost_in_a_failover_never_leaves_one_ticket_with_two_seats() {
    let mut redis = Watched::starts().await;
    let spans = Spans { confirm: Duration::from_secs(6), ..Spans::default() };
    let relays = Relays::open(RELAY, 2, redis.url(), spans).await;
    let (first, second) = (relays.counsellor_on(0, 0).await, relays.counsellor_on(1, 1).await);
    let visitor = relays.visitor_on(0).await;
    let seen = |seen: &DeskSeen| {
        seen.line.as_ref().is_some_and(|(.., entries)| entries.first().is_some_and(|entry| entry.present))
    };
    first.until("somebody", seen).await;
    // The replica knows of a visitor who waits, and of nothing later.
    sleep(Duration::from_millis(300)).await;
    redis.is_copied_no_more(0).await;
    let ticket = first.talks_to_next().await;
    visitor.talks().await;
    visitor.says("till den första");
    first.hears(ticket, &["till den första".to_owned()]).await;
    redis.servers[0].is_killed();
    first.says(ticket, "det här kommer kanske inte fram");
    redis.has_made_master(1).await;
    // The visitor is told the truth: back in the line, the conversation gone; so is the counsellor.
    visitor.waits_at(1).await;
    assert_eq!(visitor.sees().emptied, 1);
    first.is_over(ticket, Ending::LostContact).await;
    second.until("the ticket in the line", seen).await;
    let mut tries = 0;
    let again = loop {
        tries += 1;
        assert!(tries <= 4, "no counsellor gets through to the visitor any more");
        // A greeting that the lost counsellor has used does not come through a second time; the next one does.
        let before = second.sees().taken.len();
        second.takes();
        let seen = second.until("an answer", |seen| seen.taken.len() + seen.not_taken.len() > before).await;
        let Some(ticket) = seen.taken.get(before).copied() else { continue };
        second
            .until("a chat, or the ticket back in the line", |seen| {
                seen.chats
                    .get(&ticket)
                    .is_some_and(|chat| matches!(chat.view.phase, Phase::Talking | Phase::Over))
            })
            .await;
        if second.sees_chat(ticket).view.phase == Phase::Talking {
            break ticket;
        }
    };
    assert_eq!(again, ticket);
    visitor.talks().await;
    second.says(ticket, "till dig");
    visitor.hears(&["till dig".to_owned()]).await;
    assert_eq!(first.sees_chat(ticket).view.phase, Phase::Over);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_would_write_its_copy_to_disk_is_refused_and_so_is_what_too_few_watchers_say() {
    let mut redis = Watched::starts().await;
    let url = redis.url();
    let open = async || RedisLine::open(&url, [1; 16], Spans::default(), 10, false).await.map(drop);
    assert_eq!(open().await, Ok(()));
    let disk = OpenError::WritesToDisk("repl-diskless-load", "disabled".into());
    redis.servers[1].ask(&["CONFIG", "SET", "repl-diskless-load", "disabled"]).await;
    assert_eq!(open().await, Err(disk), "the one that may become the master is looked at, too");
    redis.servers[1].ask(&["CONFIG", "SET", "repl-diskless-load", "swapdb"]).await;
    redis.loses_watchers(1);
    assert_eq!(open().await, Ok(()), "two of three agree");
    redis.loses_watchers(2);
    assert!(
        matches!(open().await, Err(OpenError::Unreachable(_))),
        "one of three may be the only one who thinks so"
    );
}
