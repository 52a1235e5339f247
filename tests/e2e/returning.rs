//! Coming back with return words, over real sockets.

use std::time::Duration;

use lykta_client::{ChainSecret, Peer, Phase, ReturnKey, Returning, Trouble};
use lykta_tests::{Canary, Clockwork, Stage, Visitor};
use lykta_wire::{Ending, Refusal, ReturnId};
use sha2::Sha256;

const WORDS: &str = "sommar tulpan brygga kanel";

/// As a page derives it, with so few rounds that a story is quick.
fn derived(stage: &Stage, words: &str) -> (ReturnKey, [u8; 48]) {
    let salt = [&b"lykta/1 return"[..], &stage.centre.trust.centre_id, b"2026-11-22"].concat();
    let mut out = [0; 48];
    pbkdf2::pbkdf2_hmac::<Sha256>(words.as_bytes(), &salt, 100, &mut out);
    let (id, key) = out.split_first_chunk::<16>().expect("48 bytes");
    let key = ChainSecret::take(&mut key.try_into().expect("32 bytes"));
    (ReturnKey { id: *id, key }, out)
}

async fn is_refused(visitor: &Visitor, refusal: Refusal) {
    visitor.is_over(Ending::TurnedAway).await;
    assert_eq!(visitor.sees().view.trouble, Some(Trouble::Relay(refusal)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_whose_tab_is_killed_comes_back_to_the_same_counsellor_and_nobody_can_follow() {
    let mut canary = Canary::listen();
    canary.sings();
    let stage = Stage::opens().await;
    let other = stage.counsellor(1);
    other.goes_on_duty().await;
    other.is_ready(false);
    let (visitor, counsellor, first) = stage.two_people_talking().await;
    other.is_ready(true);
    let (words, bytes) = derived(&stage, WORDS);
    visitor.keeps_words(words, false);
    visitor.until("the words are kept", |seen| seen.view.returning == Returning::Kept).await;
    visitor.says("planted-before");
    counsellor.hears(first, &["planted-before".to_owned()]).await;
    visitor.is_killed();
    counsellor.until_chat(first, "the visitor gone", |chat| chat.view.peer == Peer::Gone).await;

    let stranger = stage.visitor();
    stranger.comes_back_with(derived(&stage, "andra ord helt fel").0);
    is_refused(&stranger, Refusal::Gone).await;

    let back = stage.visitor();
    back.comes_back_with(derived(&stage, WORDS).0);
    back.talks().await;
    let seen = counsellor.until("the returned visitor", |seen| seen.taken.len() == 2).await;
    let second = seen.taken[1];
    counsellor.talks(second).await;
    assert_eq!(counsellor.sees_chat(second).view.returning, Returning::CameBack);
    assert!(other.sees().taken.is_empty(), "nobody else was asked");
    assert!(back.sees().said.is_empty(), "nothing of before can be read");
    back.says("planted-after");
    counsellor.hears(second, &["planted-after".to_owned()]).await;
    counsellor.says(second, "välkommen tillbaka");
    back.hears(&["välkommen tillbaka".to_owned()]).await;
    counsellor.is_over(first, Ending::LostContact).await;

    canary.plants("a message of before", "planted-before");
    canary.plants("a message of after", "planted-after");
    canary.plants("the words", WORDS);
    canary.plants("the id of the words", &bytes[..16]);
    canary.plants("the key of the words", &bytes[16..]);
    canary.finds_nothing(&[("the relay's memory", stage.line.dump())]);
    // The handle is there, as long as the words may be needed: the canary would have found what lies there.
    let handle = ReturnId::new(bytes[..16].try_into().expect("16 bytes")).handle();
    let holds = |dump: Vec<u8>| dump.windows(32).any(|window| window == handle.0);
    assert!(holds(stage.line.dump()));

    back.leaves();
    counsellor.is_over(second, Ending::LeftFast).await;
    assert!(!holds(stage.line.dump()), "a fast exit takes the words");
    let late = stage.visitor();
    late.comes_back_with(derived(&stage, WORDS).0);
    is_refused(&late, Refusal::Gone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_chose_to_come_back_today_may_leave_fast_and_come_back() {
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    visitor.keeps_words(derived(&stage, WORDS).0, true);
    visitor.until("the words are kept", |seen| seen.view.returning == Returning::Kept).await;
    visitor.leaves();
    counsellor.is_over(ticket, Ending::LeftFast).await;
    let back = stage.visitor();
    back.comes_back_with(derived(&stage, WORDS).0);
    back.talks().await;
    assert_eq!(back.sees().view.returning, Returning::Kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_the_id_alone_is_never_taken_for_the_visitor() {
    let mut clockwork = Clockwork::default();
    clockwork.spans.confirm = Duration::from_secs(1);
    let stage = Stage::opens_with(clockwork).await;
    let (visitor, counsellor, _) = stage.two_people_talking().await;
    visitor.keeps_words(derived(&stage, WORDS).0, false);
    visitor.until("the words are kept", |seen| seen.view.returning == Returning::Kept).await;
    visitor.is_killed();
    let thief = stage.visitor();
    let id_alone = ReturnKey { key: ChainSecret::take(&mut [9; 32]), ..derived(&stage, WORDS).0 };
    thief.comes_back_with(id_alone);
    is_refused(&thief, Refusal::Gone).await;
    let seen = counsellor.until("the try", |seen| seen.taken.len() == 2).await;
    let phase = counsellor.sees_chat(seen.taken[1]).view.phase;
    assert_ne!(phase, Phase::Talking, "connecting, and nothing more");
    let back = stage.visitor();
    back.comes_back_with(derived(&stage, WORDS).0);
    back.talks().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_outlive_a_relay_that_is_killed() {
    let mut stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    visitor.keeps_words(derived(&stage, WORDS).0, false);
    visitor.until("the words are kept", |seen| seen.view.returning == Returning::Kept).await;
    visitor.is_killed();
    counsellor.until_chat(ticket, "the visitor gone", |chat| chat.view.peer == Peer::Gone).await;
    let sockets = counsellor.sees().sockets;
    stage.is_raised_again().await;
    counsellor.until("a new socket", |seen| seen.sockets > sockets && seen.seat.admitted).await;
    let back = stage.visitor();
    // The console says it again as soon as it is admitted.
    let handle = ReturnId::new(derived(&stage, WORDS).0.id).handle();
    stage.holds("the return words", &handle.0).await;
    back.comes_back_with(derived(&stage, WORDS).0);
    back.talks().await;
}
