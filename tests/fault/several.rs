//! Several relays with one line are one relay to everybody.

use lykta_server::line::Spans;
use lykta_tests::{DeskSeen, Redis, Relays};

use crate::RELAY;
use crate::pair::Pair;

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_on_one_relay_talks_with_a_counsellor_on_another() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut pair = Pair::talks(&relays, 0, 1, 0).await;
    assert_eq!([relays.front.connections(0), relays.front.connections(1)], [1, 1]);
    for _ in 0..3 {
        pair.burst();
        pair.has_heard_everything().await;
    }
    pair.visitor.types(true);
    pair.counsellor.until_chat(pair.ticket, "the visitor writing", |chat| chat.view.peer_typing).await;
    pair.visitor.leaves();
    pair.counsellor.is_over(pair.ticket, lykta_wire::Ending::LeftFast).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_over_three_relays_is_one_line() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 3, redis.url(), Spans::default()).await;
    // Everybody by turns, as the front leads them.
    let mut visitors = Vec::new();
    for place in 1..=6 {
        let visitor = relays.visitor();
        visitor.joins();
        visitor.waits_at(place).await;
        visitors.push(visitor);
    }
    let spread: Vec<_> = (0..3).map(|number| relays.front.connections(number)).collect();
    assert_eq!(spread, [2, 2, 2]);
    let mut counsellors = Vec::new();
    for person in 0..3 {
        counsellors.push(relays.counsellor_on(usize::from(person), person).await);
    }
    // Each takes the first two of the whole line in turn; nobody is taken twice, everybody moves up.
    let mut tickets = Vec::new();
    for turn in 0..6 {
        let counsellor = &counsellors[turn % 3];
        let ticket = counsellor.talks_to_next().await;
        visitors[turn].talks().await;
        for (place, waiting) in visitors[turn + 1..].iter().enumerate() {
            waiting.waits_at(place as u32 + 1).await;
        }
        visitors[turn].says(&format!("jag är nummer {turn}"));
        counsellor.hears(ticket, &[format!("jag är nummer {turn}")]).await;
        counsellor.says(ticket, &format!("hej nummer {turn}"));
        visitors[turn].hears(&[format!("hej nummer {turn}")]).await;
        tickets.push(ticket);
    }
    let all = tickets.len();
    tickets.sort_unstable();
    tickets.dedup();
    assert_eq!(tickets.len(), all, "six people, six tickets");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_counsellors_on_two_relays_press_at_once_and_one_of_them_sees_why_not() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (first, second) = (relays.counsellor_on(0, 0).await, relays.counsellor_on(1, 1).await);
    for round in 1..=10 {
        let visitor = relays.visitor_on(round % 2).await;
        let known: Vec<_> = [first.sees().taken, second.sees().taken].concat();
        let newcomer = |seen: &DeskSeen| {
            let (.., entries) = seen.line.as_ref()?;
            let new = |entry: &&lykta_wire::LineEntry| entry.present && !known.contains(&entry.ticket);
            entries.iter().find(new).map(|entry| entry.ticket)
        };
        let seen = first.until("somebody new", |seen| newcomer(seen).is_some()).await;
        let ticket = newcomer(&seen).expect("just seen");
        second.until("the same", |seen| newcomer(seen) == Some(ticket)).await;
        first.takes_named(ticket);
        second.takes_named(ticket);
        let answered = |seen: &DeskSeen| seen.taken.len() + seen.not_taken.len() == round;
        let (a, b) = (first.until("an answer", answered).await, second.until("an answer", answered).await);
        assert_eq!(a.taken.len() + b.taken.len(), round, "one of them, each time");
        let refusals = [a.not_taken, b.not_taken].concat();
        assert_eq!(refusals, vec![lykta_wire::Refusal::TakenByOther; round]);
        visitor.talks().await;
        let winner = if a.taken.contains(&ticket) { &first } else { &second };
        winner.ends(ticket);
        winner.until_chat(ticket, "the end", |chat| chat.view.ending.is_some()).await;
    }
}
