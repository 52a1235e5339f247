//! Whoever waits is told how long it may take, as far as the relay can honestly say.

use jiff::Timestamp;
use lykta_server::door::Hands;
use lykta_tests::{Clockwork, Stage};
use lykta_wire::{Claim, Lane, Wait};

/// As after a day of chats that lasted so many minutes each.
fn remembers_chats_of(stage: &Stage, minutes: u64) {
    let now = stage.relay.now();
    let begun = now.0 / 1_000 - minutes * 60;
    for _ in 0..20 {
        stage.relay.pace.ended(Claim(begun as u32), now);
    }
}

#[tokio::test]
async fn whoever_waits_is_told_how_long_it_may_take_and_not_before_it_is_known() {
    let stage = Stage::opens().await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let anna = stage.visitor();
    anna.joins();
    anna.until("a counsellor is free", |seen| seen.view.wait == Wait::Free && seen.view.place == 1).await;

    // As many as one seat may hold, and one more, whom nobody can be free for.
    let mut talking = Vec::new();
    for place in 2..=4 {
        let one = stage.visitor();
        one.joins();
        one.waits_at(place).await;
        talking.push(one);
    }
    for _ in 0..3 {
        counsellor.talks_to_next().await;
    }
    let fatima = talking.pop().expect("three came");
    fatima.until("nothing is known", |seen| seen.view.wait == Wait::Unknown && seen.view.place == 1).await;

    remembers_chats_of(&stage, 35);
    fatima.until("at most an hour", |seen| seen.view.wait == Wait::To60).await;
    let professional = stage.visitor();
    professional.joins_lane(Lane::Professional);
    professional.waits_at(2).await;
    assert_eq!(professional.sees().view.wait, Wait::Unknown, "others may still be put before them");

    // A seat becomes free.
    counsellor.ends(*counsellor.sees().taken.first().expect("somebody was taken"));
    fatima.until("a counsellor is free", |seen| seen.view.wait == Wait::Free).await;
}

#[tokio::test]
async fn near_closing_whoever_may_not_be_reached_is_told_and_whoever_will_be_is_not() {
    // A Monday, 95 minutes before closing: two usual chats would fit, two of the lengths remembered do not.
    let early_afternoon: Timestamp = "2026-11-23T13:25:00+01:00".parse().expect("a moment");
    let stage =
        Stage::opens_with(Clockwork { hands: Hands::at(early_afternoon), ..Clockwork::default() }).await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    remembers_chats_of(&stage, 50);
    let mut talking = Vec::new();
    for _ in 0..3 {
        let one = stage.visitor();
        one.joins();
        one.waits_at(1).await;
        counsellor.talks_to_next().await;
        talking.push(one);
    }
    let mut waiting = Vec::new();
    for place in 1..=4 {
        let one = stage.visitor();
        one.joins();
        one.waits_at(place).await;
        waiting.push(one);
    }
    waiting[0]
        .until("reached within 65 minutes", |seen| !seen.view.closing_soon && seen.view.wait == Wait::To90)
        .await;
    waiting[3].until("two chats each would be too long", |seen| seen.view.closing_soon).await;
}
