//! Those who write in their work come second, are few, and are not overlooked.

use lykta_client::{Phase, Trouble};
use lykta_tests::{Stage, Visitor};
use lykta_wire::{Ending, Lane, Refusal};

async fn is_sent_away(visitor: &Visitor) {
    visitor
        .until("a refusal in words", |seen| {
            seen.view.phase == Phase::Over
                && seen.view.ending == Some(Ending::TurnedAway)
                && seen.view.trouble == Some(Trouble::Relay(Refusal::Full))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_professionals_wait_as_the_centre_says_and_support_comes_in_all_the_same() {
    let stage = Stage::opens().await;
    assert_eq!(stage.centre.professional.max_waiting, 5, "as the shipped file says");
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let mut waiting = Vec::new();
    for place in 1..=5 {
        let one = stage.visitor();
        one.joins_lane(Lane::Professional);
        one.waits_at(place).await;
        waiting.push(one);
    }
    let sixth = stage.visitor();
    sixth.joins_lane(Lane::Professional);
    is_sent_away(&sixth).await;
    // Somebody in need is let in, and stands before all of them.
    let fatima = stage.visitor();
    fatima.joins();
    fatima.waits_at(1).await;
    waiting[0].waits_at(2).await;
    counsellor.until("all six", |seen| seen.line.as_ref().is_some_and(|(_, total, _)| *total == 6)).await;
    counsellor.talks_to_next().await;
    fatima.talks().await;
    // One of them leaves, so there is room for another.
    let leaving = waiting.pop().expect("five came");
    leaving.leaves();
    waiting[0].waits_at(1).await;
    counsellor.until("four wait", |seen| seen.line.as_ref().is_some_and(|(_, total, _)| *total == 4)).await;
    let next = stage.visitor();
    next.joins_lane(Lane::Professional);
    next.waits_at(5).await;
}
