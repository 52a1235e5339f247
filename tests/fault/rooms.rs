//! More than two in a chat while relay and Redis are lost: who was in it is in it afterwards, and nobody else.

use lykta_client::Phase;
use lykta_server::line::Spans;
use lykta_tests::{Counsellor, Redis, Relays, Visitor};
use lykta_wire::{InviteKind, TicketName};

use crate::RELAY;

/// Asks somebody in, who says yes, as the visitor does.
async fn is_asked_in(
    visitor: &Visitor,
    by: &Counsellor,
    ticket: TicketName,
    kind: InviteKind,
    who: &Counsellor,
) {
    by.until("a colleague", |seen| seen.colleagues.iter().any(|entry| entry.seat == who.seat())).await;
    by.asks(ticket, kind, who.seat());
    visitor.consents(true).await;
    who.answers(ticket, true).await;
}

/// The relay of some of them is killed and Redis comes back empty, in the middle of what everybody says.
async fn everything_is_lost(redis: &mut Redis, relays: &mut Relays) {
    relays.is_killed(1);
    redis.is_raised_again().await;
}

/// Whom the visitor sees beside the one whose chat it is.
fn others(visitor: &Visitor) -> Vec<u8> {
    visitor.sees().view.room.iter().map(|other| other.member).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_still_there_when_relay_and_redis_were_lost_and_so_is_every_word() {
    let mut redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (visitor, counsellor, ticket) = relays.two_people_talking(0, 1).await;
    let (guest, stranger) = (relays.counsellor_on(1, 1).await, relays.counsellor_on(0, 2).await);
    is_asked_in(&visitor, &counsellor, ticket, InviteKind::Guest, &guest).await;
    guest
        .until_chat(ticket, "the counsellor", |chat| chat.view.room.len() == 1 && chat.view.room[0].here)
        .await;
    let mut said: [Vec<String>; 3] = Default::default();
    let mut everybody_talks = |round: usize| {
        for (who, texts) in said.iter_mut().enumerate() {
            texts.push(format!("{who} säger {round} {}", "x".repeat(round * 100)));
            let text = texts.last().expect("just pushed");
            match who {
                0 => visitor.says(text),
                1 => counsellor.says(ticket, text),
                _ => guest.says(ticket, text),
            }
        }
        said.clone()
    };
    for round in 0..4 {
        everybody_talks(round);
    }
    everything_is_lost(&mut redis, &mut relays).await;
    let mut said = everybody_talks(4);
    for round in 5..8 {
        said = everybody_talks(round);
    }
    // Each hears each of the others, once and in order.
    visitor.until("the counsellor", |seen| seen.heard_from(1) == said[1]).await;
    visitor.until("the guest", |seen| seen.heard_from(2) == said[2]).await;
    counsellor.until_chat(ticket, "the guest", |chat| chat.heard_from(2) == said[2]).await;
    guest.until_chat(ticket, "the counsellor", |chat| chat.heard_from(1) == said[1]).await;
    counsellor.hears(ticket, &said[0]).await;
    guest.hears(ticket, &said[0]).await;
    visitor.is_delivered().await;
    // And what is shown is true: these two are there, and nobody else is or was.
    assert_eq!(others(&visitor), [2]);
    assert_eq!(visitor.sees().emptied, 0, "the conversation was never interrupted");
    assert!(stranger.sees().chats.is_empty() && stranger.sees().asked.is_empty());
    guest.parts(ticket);
    visitor.until("the guest gone", |seen| seen.view.room.is_empty()).await;
    guest.until_chat(ticket, "the end of it", |chat| chat.view.phase == Phase::Over).await;
    visitor.says("nu är vi två");
    said[0].push("nu är vi två".to_owned());
    counsellor.hears(ticket, &said[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_handed_over_once_although_relay_and_redis_are_lost_in_that_moment() {
    let mut redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (visitor, before, ticket) = relays.two_people_talking(0, 1).await;
    let after = relays.counsellor_on(0, 1).await;
    let stranger = relays.counsellor_on(1, 2).await;
    visitor.says("till den förra");
    before.hears(ticket, &["till den förra".to_owned()]).await;
    visitor.is_delivered().await;
    is_asked_in(&visitor, &before, ticket, InviteKind::HandOver, &after).await;
    // The visitor has the new one's answer: who has the chat is being said to everybody.
    visitor.until("the new counsellor", |seen| seen.view.offer.is_none()).await;
    everything_is_lost(&mut redis, &mut relays).await;
    visitor.says("till den nya");
    after.until_chat(ticket, "the first words", |chat| chat.heard() == ["till den nya"]).await;
    after.says(ticket, "jag är här nu");
    visitor.until("the new one's words", |seen| seen.heard_from(2) == ["jag är här nu"]).await;
    visitor.is_delivered().await;
    // Who had it before is out of it, by the visitor's word and not as lost.
    before.until_chat(ticket, "being out", |chat| chat.view.phase == Phase::Over).await;
    let seen = before.sees_chat(ticket);
    assert_eq!((seen.view.ending, seen.heard()), (None, Vec::new()), "and keeps nothing");
    visitor.until("nobody else", |seen| seen.view.room.is_empty()).await;
    assert!(stranger.sees().chats.is_empty() && stranger.sees().asked.is_empty());
    // The chat is the new one's at the relay too: only then can it be ended.
    after.ends(ticket);
    visitor.until("the end", |seen| seen.view.phase == Phase::Over).await;
    after.until_chat(ticket, "the end", |chat| chat.view.phase == Phase::Over).await;
}
