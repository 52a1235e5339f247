//! A store that loses its memory, and relays that know where their visitors stood.

use lykta_wire::Lane;

use super::*;

fn in_line(place: u32, wants_hello: bool) -> Standing {
    Standing::InLine { place, wants_hello }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_stand_where_they_stood_after_a_store_lost_its_memory() {
    let mut server = Server::start().await;
    let (left, right) = (open(&server.url(), 1).await, open(&server.url(), 1).await);
    // A professional first, so that the lanes count too; then 2, 3, 4, 5 by turns on two relays.
    left.join(Join { lane: Lane::Professional, ..join(9) }, at(0)).await.unwrap();
    for number in 2..=5 {
        let line = if number % 2 == 0 { &left } else { &right };
        line.join(join(number), at(0)).await.unwrap();
    }
    // 6 was with a counsellor and was put back to the front.
    let chat = talking(&right, 6, 1, at(1)).await;
    assert_eq!(right.put_back(seat(1), chat, at(1)).await, Ok(true));
    let (lefts, rights) = ([2, 4, 9].map(ticket), [6, 3, 5].map(ticket));
    let before = [left.keep(&lefts, at(2)).await.unwrap(), right.keep(&rights, at(2)).await.unwrap()];
    assert_eq!(before[0], [in_line(2, false), in_line(4, false), in_line(6, false)]);
    assert_eq!(before[1], [in_line(1, true), in_line(3, false), in_line(5, false)]);

    server.kill();
    assert_eq!(left.keep(&lefts, at(12)).await, Err(Away));
    assert!(server.begin().await);
    let _ = until("the store", || left.count(at(13)), Result::is_ok).await;
    let _ = until("the store", || right.count(at(13)), Result::is_ok).await;
    // Somebody new is faster than either relay.
    right.join(join(7), at(13)).await.unwrap();
    right.keep(&rights, at(13)).await.unwrap();
    left.keep(&lefts, at(13)).await.unwrap();
    let after = [left.keep(&lefts, at(13)).await.unwrap(), right.keep(&rights, at(13)).await.unwrap()];
    assert_eq!(after[0], [in_line(2, true), in_line(4, true), in_line(7, true)]);
    assert_eq!(after[1], [in_line(1, true), in_line(3, true), in_line(5, true)]);
    assert_eq!(left.keep(&[ticket(7)], at(13)).await.unwrap(), [in_line(6, false)]);
    // Nobody is taken without a fresh greeting; and a claim that was given once is not given again.
    left.hello(ticket(6), envelope(Kind::Hello, 1), at(14)).await.unwrap();
    left.sit(seat(2), true, 3, &[], at(14)).await.unwrap();
    let taken = left.take(seat(2), None, at(14)).await.unwrap().unwrap();
    assert_eq!(taken.chat.ticket, ticket(6));
    assert!(taken.chat.claim > chat.claim);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_left_or_is_in_a_chat_is_put_into_the_line_by_a_relay_s_memory() {
    let mut server = Server::start().await;
    let line = open(&server.url(), 1).await;
    let elsewhere = open(&server.url(), 1).await;
    for number in 1..=3 {
        line.join(join(number), at(0)).await.unwrap();
    }
    let all = [1, 2, 3].map(ticket);
    line.keep(&all, at(1)).await.unwrap();
    // 1 leaves by another relay, 2 is taken; this relay is told of neither.
    elsewhere.leave(ticket(1), Claim::NONE, Vec::new(), at(2)).await.unwrap();
    elsewhere.sit(seat(1), true, 3, &[], at(2)).await.unwrap();
    let chat = elsewhere.take(seat(1), Some(ticket(2)), at(2)).await.unwrap().unwrap().chat;
    let standings = line.keep(&all, at(3)).await.unwrap();
    assert_eq!(standings[0], Standing::Nowhere, "who left has left");
    assert!(matches!(standings[1], Standing::With { .. }));
    server.kill();
    assert!(server.begin().await);
    let _ = until("the store", || line.count(at(13)), Result::is_ok).await;
    let _ = until("the store", || elsewhere.count(at(13)), Result::is_ok).await;
    let standings = line.keep(&all, at(13)).await.unwrap();
    assert_eq!(standings, [Standing::Nowhere, Standing::Nowhere, in_line(1, true)]);
    // The chat comes back when both sides name it, and not before.
    assert_eq!(line.restore_visitor(ticket(2), chat.claim, at(14)).await, Ok(Standing::Nowhere));
    assert_eq!(elsewhere.restore_seat(seat(1), chat, at(14)).await, Ok(Restored::Yours));
}
