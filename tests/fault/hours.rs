//! What the staff change about the opening hours, at several relays of one Redis.

use std::time::Duration;

use jiff::civil::Date;
use lykta_server::clock::Moment;
use lykta_server::line::Spans;
use lykta_tests::{Redis, Relays, http};
use tokio::time::{Instant, sleep};

use crate::RELAY;

/// One request to relay `number` by person `person` of the staff; the status and the answer.
pub(crate) async fn asks(
    relays: &Relays,
    number: usize,
    person: u8,
    method: &str,
    body: &str,
) -> (u16, String) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let cookie = relays.house.cookie(&relays.house.person(person), Moment(now.as_millis() as u64));
    let origin = relays.house.centre.origins.staff.to_string();
    let home = format!("localhost:{}", relays.front.address.port());
    let headers = [("Host", home.as_str()), ("Origin", origin.as_str()), ("Cookie", cookie.as_str())];
    http(relays.address(number), method, "/staff/hours", &headers, body.as_bytes()).await
}

pub(crate) fn closed(version: u32, day: Date) -> String {
    format!(r#"{{"version":{version},"wish":{{"kind":"closed","day":"{day}"}}}}"#)
}

pub(crate) fn in_days(days: i8) -> Date {
    let stockholm = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Stockholm").expect("in the binary");
    let today = jiff::Timestamp::now().to_zoned(stockholm).date();
    today.saturating_add(jiff::Span::new().days(days))
}

/// Waits until relay `number` shows this.
async fn shows(relays: &Relays, number: usize, within: u64, what: &[&str]) {
    let patience = Instant::now() + Duration::from_secs(within);
    loop {
        let (_, answer) = asks(relays, number, 0, "GET", "").await;
        if what.iter().all(|what| answer.contains(what)) {
            return;
        }
        assert!(Instant::now() < patience, "relay {number} shows no {what:?}: {answer}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_at_one_relay_holds_at_all_and_is_never_rolled_back() {
    let redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let (_one, two) = (relays.counsellor_on(0, 0).await, relays.counsellor_on(1, 1).await);
    let (first, second) = (in_days(1).to_string(), in_days(2).to_string());
    assert_eq!(asks(&relays, 0, 0, "POST", &closed(0, in_days(1))).await.0, 200);
    // The bell, and not the tick of ten seconds.
    shows(&relays, 1, 3, &[r#""version":1"#, &first]).await;

    // Two at once: one is told to look again, and after that both are there.
    let (his, hers) = (closed(1, in_days(2)), closed(1, in_days(3)));
    let both = tokio::join!(asks(&relays, 0, 0, "POST", &his), asks(&relays, 1, 1, "POST", &hers));
    let late = match (both.0.0, both.1.0) {
        (200, 409) => asks(&relays, 1, 1, "POST", &closed(2, in_days(3))).await,
        (409, 200) => asks(&relays, 0, 0, "POST", &closed(2, in_days(2))).await,
        _ => panic!("exactly one is first: {both:?}"),
    };
    assert_eq!(late.0, 200, "{late:?}");
    let third = in_days(3).to_string();
    for number in [0, 1] {
        shows(&relays, number, 3, &[r#""version":3"#, &first, &second, &third]).await;
    }

    // Redis forgets everything: whoever looks first brings it back.
    redis.ask(&["FLUSHALL"]).await;
    let patience = Instant::now() + Duration::from_secs(15);
    while !redis.holds().await.iter().any(|(key, _)| key.ends_with(":sheet:calendar")) {
        assert!(Instant::now() < patience, "the calendar is not there again");
        sleep(Duration::from_millis(50)).await;
    }
    // A relay that comes with an empty disk has it from there.
    let was = relays.address(1);
    drop(two);
    relays.is_killed(1);
    relays.is_raised_again(1, was);
    shows(&relays, 1, 5, &[r#""version":3"#, &first, &second, &third]).await;
    // An older one in Redis, and one that is garbage, change nothing, and the older one is replaced.
    let (key, _) =
        redis.holds().await.into_iter().find(|(key, _)| key.ends_with(":sheet:calendar")).expect("it hangs");
    redis.ask(&["HSET", &key, "v", "2", "b", "lykta calendar 1\nversion 2\n"]).await;
    let patience = Instant::now() + Duration::from_secs(15);
    while redis.says(&["HGET", &key, "v"]).await != "3" {
        assert!(Instant::now() < patience, "the older one still hangs there");
        sleep(Duration::from_millis(50)).await;
    }
    shows(&relays, 0, 3, &[r#""version":3"#, &first, &second, &third]).await;
}
