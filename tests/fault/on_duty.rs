//! Which roles are on duty and which languages are staffed, said by several relays of one Redis.

use std::time::Duration;

use lykta_server::line::Spans;
use lykta_tests::{Redis, Relays, http};
use tokio::time::{Instant, sleep};

use crate::RELAY;

/// What relay `number` tells any visitor.
async fn state(relays: &Relays, number: usize) -> String {
    let home = format!("localhost:{}", relays.front.address.port());
    http(relays.address(number), "GET", "/state", &[("Host", home.as_str())], b"").await.1
}

/// Waits until both relays say this.
async fn both_say(relays: &Relays, what: &str, wanted: &str) {
    // A lapsed seat rings no bell: it is a tick that finds it, of ten seconds for roles.
    let patience = Instant::now() + Duration::from_secs(30);
    let wanted = format!(r#""{what}":{wanted}"#);
    for number in [0, 1] {
        loop {
            let answer = state(relays, number).await;
            if answer.contains(&wanted) {
                break;
            }
            assert!(Instant::now() < patience, "relay {number} does not say {wanted}: {answer}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_relay_says_which_roles_are_on_duty_wherever_they_sit_and_never_who() {
    let redis = Redis::starts().await;
    let relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    both_say(&relays, "on_duty", "[]").await;
    let alva = relays.counsellor_on(0, 0).await;
    both_say(&relays, "on_duty", "[1]").await;
    let colleague = relays.counsellor_on(1, 1).await;
    let expert = relays.counsellor_on(1, 6).await;
    // A second counsellor is no other role; an expert is at another relay than the first counsellor.
    both_say(&relays, "on_duty", "[1,3]").await;
    let interpreter = relays.counsellor_on(0, 5).await;
    both_say(&relays, "on_duty", "[1,2,3]").await;
    for number in [0, 1] {
        let answer = state(&relays, number).await;
        for (counsellor, person) in [(&alva, 0), (&colleague, 1), (&expert, 6), (&interpreter, 5)] {
            let seat: String = counsellor.seat().0.iter().map(|byte| format!("{byte:02x}")).collect();
            let name = &relays.house.entry(person).name;
            assert!(!answer.contains(&seat) && !answer.contains(name.as_str()), "{person}: {answer}");
        }
    }
    // Without a counsellor there is nobody to ask the others in.
    alva.is_ready(false);
    colleague.is_ready(false);
    both_say(&relays, "on_duty", "[]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_is_staffed_at_every_relay_while_the_seat_that_writes_it_lives_wherever_it_sits() {
    let redis = Redis::starts().await;
    let spans = Spans { seat_lease: Duration::from_secs(7), ..Spans::default() };
    let relays = Relays::open(RELAY, 2, redis.url(), spans).await;
    both_say(&relays, "staffed", "[]").await;
    let alva = relays.counsellor_on(0, 0).await;
    let usual: Vec<String> =
        relays.house.centre.line.languages.iter().map(|tag| format!("{tag:?}")).collect();
    let usual = usual.join(",");
    both_say(&relays, "staffed", &format!("[{usual}]")).await;
    let mut bashar = relays.counsellor_on(1, 1).await;
    both_say(&relays, "staffed", &format!(r#"[{usual},"ar"]"#)).await;
    for number in [0, 1] {
        let answer = state(&relays, number).await;
        for (counsellor, person) in [(&alva, 0), (&bashar, 1)] {
            let seat: String = counsellor.seat().0.iter().map(|byte| format!("{byte:02x}")).collect();
            let name = &relays.house.entry(person).name;
            assert!(!answer.contains(&seat) && !answer.contains(name.as_str()), "{person}: {answer}");
        }
    }
    // The page is frozen: nobody says good-bye, and the lease alone is what ends.
    bashar.freezes();
    both_say(&relays, "staffed", &format!("[{usual}]")).await;
    bashar.thaws();
    both_say(&relays, "staffed", &format!(r#"[{usual},"ar"]"#)).await;
    bashar.is_ready(false);
    alva.is_ready(false);
    both_say(&relays, "staffed", "[]").await;
}
