//! The staff change the opening hours: who may, what visitors are told, and what a restart leaves.

use std::time::Duration;

use jiff::Timestamp;
use lykta_server::door::Hands;
use lykta_server::staff::NotOnShelf;
use lykta_tests::{Clockwork, Stage, http};
use lykta_wire::OpenState;
use tokio::time::{sleep, timeout};

const NO_MORE: &str = r#"{"version":0,"wish":{"kind":"no_more"}}"#;

/// A Monday at eleven, four hours before closing.
async fn monday() -> Stage {
    let eleven: Timestamp = "2026-11-23T11:00:00+01:00".parse().expect("a moment");
    Stage::opens_with(Clockwork { hands: Hands::at(eleven), ..Clockwork::default() }).await
}

async fn wishes(stage: &Stage, person: u8, origin: &str, body: &str) -> (u16, String) {
    let cookie = stage.cookie(&stage.person(person));
    let headers = [("Origin", origin), ("Cookie", cookie.as_str())];
    http(stage.address, "POST", "/staff/hours", &headers, body.as_bytes()).await
}

async fn wish(stage: &Stage, person: u8, body: &str) -> (u16, String) {
    wishes(stage, person, &stage.centre.origins.staff.to_string(), body).await
}

async fn shown(stage: &Stage) -> String {
    let cookie = stage.cookie(&stage.person(0));
    let (status, answer) = http(stage.address, "GET", "/staff/hours", &[("Cookie", &cookie)], b"").await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn state(stage: &Stage) -> String {
    http(stage.address, "GET", "/state", &[], b"").await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_an_admitted_counsellor_changes_the_hours() {
    let stage = monday().await;
    let (status, answer) = wish(&stage, 0, NO_MORE).await;
    assert_eq!(status, 403, "signed in, and no console of theirs was admitted: {answer}");
    assert!(answer.contains("not_admitted"), "{answer}");

    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let interpreter = stage.counsellor(5);
    interpreter.until("admitted", |seen| seen.seat.admitted).await;
    assert_eq!(wish(&stage, 5, NO_MORE).await.0, 401, "an interpreter");
    assert_eq!(wish(&stage, 1, NO_MORE).await.0, 403, "a colleague whose console is not here");
    for foreign in ["https://example.org", "null"] {
        assert_eq!(wishes(&stage, 0, foreign, NO_MORE).await.0, 403, "{foreign}");
    }
    let origin = stage.centre.origins.staff.to_string();
    let (status, _) =
        http(stage.address, "POST", "/staff/hours", &[("Origin", origin.as_str())], NO_MORE.as_bytes()).await;
    assert_eq!(status, 401, "nobody");
    assert_eq!(http(stage.address, "GET", "/staff/hours", &[], b"").await.0, 401);
    for garbage in [
        "",
        "{}",
        r#"{"version":0,"wish":{"kind":"open_forever"}}"#,
        r#"{"version":0,"wish":{"kind":"no_more","day":"2026-11-23"}}"#,
        r#"{"version":-1,"wish":{"kind":"no_more"}}"#,
        r#"{"version":0,"wish":{"kind":"until","day":"2026-11-23T00:00","at":"13.00"}}"#,
        r#"{"version":0,"wish":{"kind":"until","day":"2026-11-23","at":"25.00"}}"#,
        r#"{"version":0,"wish":{"kind":"closed","day":"i morgon"}}"#,
    ] {
        assert_eq!(wish(&stage, 0, garbage).await.0, 400, "{garbage}");
    }
    assert_eq!(wish(&stage, 0, &"x".repeat(600)).await.0, 413);
    let (status, answer) =
        wish(&stage, 0, r#"{"version":0,"wish":{"kind":"closed","day":"2026-11-22"}}"#).await;
    assert_eq!(status, 422);
    assert!(answer.contains(r#""why":"past""#), "{answer}");
    assert!(shown(&stage).await.contains(r#""version":0"#), "nothing of it changed anything");

    assert_eq!(wish(&stage, 0, NO_MORE).await.0, 200, "and whoever may, may");
    let (status, answer) = wish(&stage, 0, NO_MORE).await;
    assert_eq!(status, 409, "from a screen that shows an older version");
    assert!(answer.contains("somebody_else") && answer.contains(r#""version":1"#), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_hear_of_it_at_once_and_a_restarted_relay_holds_to_it() {
    let mut stage = monday().await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;

    let (status, answer) =
        wish(&stage, 0, &NO_MORE.replace('}', "").replace("no_more\"", "no_more\"},\"try\":true}")).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("tar inte emot fler chattar i dag"), "what visitors will read: {answer}");
    assert!(state(&stage).await.contains(r#""state":"open""#), "tried is not done");

    assert_eq!(wish(&stage, 0, NO_MORE).await.0, 200);
    let told = state(&stage).await;
    assert!(told.contains(r#""state":"closing""#) && told.contains("2026-11-23 no-more 11.0"), "{told}");
    visitor.until("nobody new", |seen| seen.view.open_state == Some(OpenState::Closing)).await;
    counsellor.talks_to_next().await;
    visitor.talks().await;

    stage.is_raised_again().await;
    assert!(state(&stage).await.contains(r#""state":"closing""#));
    let again = stage.counsellor(1);
    again.is_ready(true);
    again.until("a seat", |seen| seen.seat.admitted).await;
    let late = stage.visitor();
    late.joins();
    late.until("no more today", |seen| seen.view.open_state == Some(OpenState::Closing)).await;
    let undone = r#"{"version":1,"wish":{"kind":"take_back","number":1}}"#;
    assert_eq!(wish(&stage, 1, undone).await.0, 200);
    assert!(state(&stage).await.contains(r#""state":"open""#));
    assert!(!state(&stage).await.contains("edits"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_over_with_its_day_and_nobody_has_to_take_it_back() {
    let before_midnight: Timestamp = "2026-11-23T23:59:45+01:00".parse().expect("a moment");
    let clockwork = Clockwork { hands: Hands::at(before_midnight), ..Clockwork::default() };
    let mut stage = Stage::opens_with(clockwork).await;
    let text = "lykta calendar 1\nversion 2\n1 2026-11-23 until 13.00\n2 2026-11-25 closed\n";
    stage.shelf.put_calendar(text).expect("a file can be written");
    stage.is_raised_again().await;
    let (today, later) = (r#""kind":"until""#, r#""kind":"closed""#);
    let evening = shown(&stage).await;
    assert!(evening.contains(today) && evening.contains(later), "{evening}");
    assert!(state(&stage).await.contains("2026-11-23 until 13.00"));
    let over = async {
        while shown(&stage).await.contains(today) {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(30), over).await.expect("midnight comes");
    let morning = shown(&stage).await;
    assert!(morning.contains(later) && morning.contains(r#""version":2"#), "{morning}");
    assert!(morning.contains("2026-11-24"), "it is the next day: {morning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_no_relay_wrote_keeps_a_relay_from_starting_with_a_sentence() {
    let stage = monday().await;
    stage
        .shelf
        .put_calendar("lykta calendar 1\nversion 7\n7 2026-11-24 shut\n")
        .expect("a file can be written");
    let told = stage.shelf.calendar().expect_err("no edit is called shut");
    assert!(matches!(told, NotOnShelf::Calendar(..)));
    let told = told.to_string();
    assert!(told.contains("calendar: line 3") && told.contains("delete it"), "{told}");
    let centre = lykta_server::centre::Centre {
        state_directory: stage.shelf.roster_path().parent().expect("a folder").to_owned(),
        ..(*stage.centre).clone()
    };
    let obstacles = lykta_server::serve::obstacles(&centre, stage.relay.now().0 / 1_000);
    assert!(obstacles.iter().any(|sentence| sentence.contains("line 3")), "{obstacles:?}");
}
