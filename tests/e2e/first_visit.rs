//! The main story: a visitor and a counsellor talk, and nothing of it stays anywhere.

use std::time::Duration;

use jiff::Timestamp;
use lykta_client::{Comparison, Phase, Trouble};
use lykta_server::door::Hands;
use lykta_tests::{Canary, Clockwork, DeskSeen, Stage};
use lykta_wire::{Ending, OpenState};

/// Texts of every kind a visitor writes.
fn texts(planted: &str) -> Vec<String> {
    vec![
        format!("Hej, {planted}"),
        "أحتاج إلى مساعدة، عائلتي تراقب هاتفي".to_owned(),
        "🙈👩‍👩‍👧‍👦🏳️‍🌈".to_owned(),
        "å".repeat(4_000),
        "كلمة ".repeat(800),
        "🚪".repeat(2_000),
        "slut".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_waits_talks_and_is_forgotten() {
    let mut canary = Canary::listen();
    canary.sings();
    let mut clockwork = Clockwork::default();
    clockwork.spans.goodbye = Duration::from_secs(1);
    let stage = Stage::opens_with(clockwork).await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;

    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;
    let other = stage.visitor();
    other.joins();
    other.waits_at(2).await;
    counsellor.until("two waiting", |seen| seen.line.as_ref().is_some_and(|(_, total, _)| *total == 2)).await;

    let ticket = counsellor.talks_to_next().await;
    visitor.talks().await;
    other.waits_at(1).await;

    let theirs = texts("planted-by-the-visitor");
    let ours = texts("planted-by-the-counsellor");
    for (question, answer) in theirs.iter().zip(&ours) {
        visitor.says(question);
        counsellor.says(ticket, answer);
    }
    counsellor.hears(ticket, &theirs).await;
    visitor.hears(&ours).await;
    visitor.is_delivered().await;
    counsellor.is_delivered(ticket).await;
    assert_eq!(visitor.sees().view.alias, "Kim");

    counsellor.ends(ticket);
    visitor.is_over(Ending::Helped).await;
    counsellor.is_over(ticket, Ending::Helped).await;
    assert_eq!(visitor.sees().said, [], "emptied here");
    assert!(counsellor.sees_chat(ticket).said.is_empty(), "and there");

    other.leaves();
    other.until("the end", |seen| seen.view.phase == Phase::Over).await;
    counsellor
        .until("an empty line", |seen| seen.line.as_ref().is_some_and(|(_, total, _)| *total == 0))
        .await;
    stage.has_forgotten_everything().await;

    canary.plants("the visitor's message", "planted-by-the-visitor");
    canary.plants("the counsellor's message", "planted-by-the-counsellor");
    canary.plants("an address", "127.77.");
    canary.plants("a user agent", "Planted-Browser");
    canary.plants("a ticket", ticket.0);
    canary.finds_nothing(&[("the relay's memory", stage.line.dump())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_sees_the_other_write() {
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    counsellor.types(ticket, true);
    visitor.until("the counsellor writing", |seen| seen.view.peer_typing).await;
    visitor.types(true);
    counsellor.until_chat(ticket, "the visitor writing", |chat| chat.view.peer_typing).await;
    visitor.covers(true);
    counsellor.until_chat(ticket, "the cover", |chat| chat.view.peer_covered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_leaves_fast_is_seen_leaving_and_leaves_nothing() {
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    visitor.says("någon kommer");
    counsellor.hears(ticket, &["någon kommer".to_owned()]).await;
    visitor.leaves();
    counsellor.is_over(ticket, Ending::LeftFast).await;
    let seen = visitor.until("the body of the beacon", |seen| seen.leave.is_some()).await;
    assert_eq!(seen.view.phase, Phase::Over);
    counsellor.until("a free seat", |seen| seen.line.as_ref().is_some_and(|(_, total, _)| *total == 0)).await;
    assert!(counsellor.sees_chat(ticket).said.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_ends_the_chat_and_both_sides_are_emptied() {
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    visitor.says("tack");
    counsellor.hears(ticket, &["tack".to_owned()]).await;
    counsellor.says(ticket, "tack själv");
    visitor.hears(&["tack själv".to_owned()]).await;
    visitor.ends();
    visitor.is_over(Ending::Helped).await;
    counsellor.is_over(ticket, Ending::Helped).await;
    assert!(visitor.sees().said.is_empty() && counsellor.sees_chat(ticket).said.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_before_an_empty_chair_is_told_so_and_then_that_somebody_came() {
    let stage = Stage::opens().await;
    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;
    assert_eq!(visitor.sees().view.open_state, Some(OpenState::Away));
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    visitor.until("the open door", |seen| seen.view.open_state == Some(OpenState::Open)).await;
    counsellor.talks_to_next().await;
    visitor.talks().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_itself_lets_nobody_in_outside_hours() {
    // A Sunday: the page says so too, but it is the relay that decides.
    let sunday: Timestamp = "2026-11-22T12:00:00+01:00".parse().expect("a moment");
    let clockwork = Clockwork { hands: Hands::at(sunday), ..Clockwork::default() };
    let stage = Stage::opens_with(clockwork).await;
    let visitor = stage.visitor();
    visitor.joins();
    let seen = visitor.until("a refusal", |seen| seen.view.phase == Phase::Over).await;
    assert_eq!(seen.view.open_state, Some(OpenState::Closed));
    assert_eq!(seen.view.ending, Some(Ending::TurnedAway));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counsellor_of_another_root_is_refused_and_the_chat_stops() {
    let mut clockwork = Clockwork::default();
    clockwork.spans.confirm = Duration::from_secs(2);
    let stage = Stage::opens_with(clockwork).await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let elsewhere = Stage::opens().await;
    let visitor = stage.visitor_who_trusts(elsewhere.anchors.clone());
    visitor.joins();
    visitor.waits_at(1).await;
    // The prologue binds the pinned roots, so no answer ever opens. The ticket comes back twice with a fresh
    // greeting; then it is clear that keys cannot be agreed, and the page says so.
    for take in 1..=3 {
        let greeted = |seen: &DeskSeen| {
            seen.line.as_ref().is_some_and(|(.., entries)| entries.first().is_some_and(|entry| entry.present))
        };
        counsellor.until("a fresh greeting in the line", greeted).await;
        counsellor.takes();
        counsellor.until("the ticket", |seen| seen.taken.len() == take).await;
        counsellor
            .until("an empty line", |seen| seen.line.as_ref().is_some_and(|(_, total, _)| *total == 0))
            .await;
    }
    visitor.is_over(Ending::Failed).await;
    assert_eq!(visitor.sees().view.trouble, Some(Trouble::Broken));
    assert!(visitor.sees().heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_put_back_is_given_to_the_next_counsellor_with_new_keys() {
    let stage = Stage::opens().await;
    let (first, second) = (stage.counsellor(0), stage.counsellor(1));
    first.goes_on_duty().await;
    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;
    let ticket = first.talks_to_next().await;
    visitor.talks().await;
    visitor.says("till den första");
    first.hears(ticket, &["till den första".to_owned()]).await;
    second.goes_on_duty().await;
    first.puts_back(ticket);
    visitor.waits_at(1).await;
    assert_eq!(visitor.sees().emptied, 1, "the old conversation is gone from the page");
    let greeted = |seen: &DeskSeen| {
        seen.line.as_ref().is_some_and(|(.., entries)| entries.first().is_some_and(|entry| entry.present))
    };
    second.until("a fresh greeting in the line", greeted).await;
    second.talks_to_next().await;
    visitor.talks().await;
    visitor.says("till den andra");
    second.hears(ticket, &["till den andra".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_counsellors_press_at_once_and_one_of_them_sees_why_not() {
    let stage = Stage::opens().await;
    let (first, second) = (stage.counsellor(0), stage.counsellor(1));
    first.goes_on_duty().await;
    second.goes_on_duty().await;
    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;
    let seen =
        first.until("somebody waiting", |seen| seen.line.as_ref().is_some_and(|(.., e)| !e.is_empty())).await;
    let ticket = seen.line.expect("just seen").2[0].ticket;
    first.takes_named(ticket);
    second.takes_named(ticket);
    let won = |seen: &lykta_tests::DeskSeen| !seen.taken.is_empty() || !seen.not_taken.is_empty();
    let (a, b) = (first.until("an answer", won).await, second.until("an answer", won).await);
    assert_eq!(a.taken.len() + b.taken.len(), 1);
    assert_eq!([a.not_taken, b.not_taken].concat(), [lykta_wire::Refusal::TakenByOther]);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_to_compare_are_the_same_at_both_ends_and_nowhere_else() {
    let mut canary = Canary::listen();
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    visitor.compares(true);
    let shown = |comparison| matches!(comparison, Comparison::Numbers(_));
    let seen = visitor.until("the numbers", |seen| shown(seen.view.compare)).await;
    counsellor.until_chat(ticket, "the same numbers", |chat| chat.view.compare == seen.view.compare).await;
    visitor.compares(false);
    visitor.until("closed", |seen| seen.view.compare == Comparison::None).await;
    visitor.says("tack");
    counsellor.hears(ticket, &["tack".to_owned()]).await;

    let Comparison::Numbers(numbers) = seen.view.compare else { unreachable!("just seen") };
    canary.plants("a number to compare", numbers.map(u16::to_be_bytes).concat());
    canary.finds_nothing(&[("the relay's memory", stage.line.dump())]);
}
