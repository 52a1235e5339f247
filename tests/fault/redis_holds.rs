//! What lies in Redis while people talk, and what does after the last of them has gone.

use std::time::Duration;

use lykta_server::hours::Edits;
use lykta_server::line::Spans;
use lykta_tests::{Canary, Redis, Relays, Visitor};
use lykta_wire::{Ending, Envelope, InviteKind, Leave};
use tokio::time::{Instant, sleep};

use crate::{RELAY, hours};

/// Everything that lies there is a sealed envelope, a hash, a lease or a number, by its key and by its shape.
async fn holds_only_what_it_may(redis: &Redis) -> usize {
    let held = redis.fields().await;
    for (key, field, value) in &held {
        let last = key.rsplit(':').next().unwrap_or_default();
        let number = || value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
        let envelope = || Envelope::parse(value).is_ok();
        // The boxes of a chat, and those between two seats.
        let fits = if key.starts_with("lykta:1:{t:") || key.starts_with("lykta:1:{d:") {
            let is_greeting = key.contains(":hello:");
            match field.first() {
                None if key.ends_with(":sockets") => number(),
                None => is_greeting && envelope(),
                Some(b'e') | Some(b'a') | Some(b'b') if field != b"am" && field != b"bm" => envelope(),
                Some(_) => number(),
            }
        } else if key.starts_with("lykta:1:{c:") {
            match last {
                "order" | "due" => field.len() == 32 && number(),
                "chats" => field.len() == 16 + 32 && number(),
                "over" => field.len() == 32 + 4 && number(),
                // Which certificate a seat has, by its hash, and its role.
                "meta" if field.starts_with(b"card:") => field.len() == 5 + 16 && value.len() == 32 + 1,
                "meta" => (field == b"last" || field == b"first") && number(),
                // Records of numbers, a lane, languages, seats and the hash of a greeting.
                "tickets" => field.len() == 32 && value.len() < 140 + 3 * 40,
                // A chat that has just ended, for two minutes: when that is over, a lane, an ending, a topic, a day.
                "ended" => field.len() == 32 + 4 && value.len() < 140,
                // How often on this day, and nothing that says when or who.
                _ if key.contains(":counted:") => is_a_sum(field) && number(),
                "seats" => field.len() == 16 && is_a_seat(value),
                // Since when this store remembers.
                "counting" => field == b"since" && number(),
                "halves" => field.len() == 32 + 4 && number(),
                _ if key.contains(":sockets:") => number(),
                // What the staff changed about the opening hours: days and times, and nobody's name.
                "calendar" if field == b"v" => number(),
                "calendar" => key.ends_with(":sheet:calendar") && is_calendar(value),
                _ => key.contains(":half:") && value.len() < 64 + 3 * 24,
            }
        } else {
            false
        };
        assert!(
            fits,
            "{key} holds {:?} = {:?}",
            String::from_utf8_lossy(field),
            String::from_utf8_lossy(value)
        );
    }
    held.len()
}

/// On duty or not, for how many, until when; and the tags of languages that the centre's file names.
fn is_a_seat(value: &[u8]) -> bool {
    let written = ["sv,en", "sv,ar"].iter().find_map(|tags| value.strip_suffix(tags.as_bytes()));
    written.is_some_and(|rest| rest.len() < 16)
}

fn is_calendar(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| Edits::read(text).is_ok())
}

/// The name of a sum: closed words, and a language or a topic that the centre has.
fn is_a_sum(field: &[u8]) -> bool {
    let words: Vec<_> = field.split(|byte| *byte == b' ').collect();
    matches!(
        words[..],
        [b"ending", _, _] | [b"waited", _] | [b"language", b"other"] | [b"topic", b"none"] | [b"incomplete"]
    )
}

async fn everything(redis: &Redis) -> Vec<u8> {
    redis.holds().await.into_iter().flat_map(|(key, value)| [key.into_bytes(), value].concat()).collect()
}

fn secret(visitor: &Visitor) -> [u8; 32] {
    let body = visitor.sees().leave.expect("the body of the beacon");
    *Leave::decode(&body).expect("a body of our own").secret.expose()
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_holds_sealed_envelopes_hashes_and_leases_and_nothing_after_the_last_chat() {
    let mut canary = Canary::listen();
    canary.sings();
    let redis = Redis::starts().await;
    let spans = Spans {
        ttl: Duration::from_secs(8),
        box_ttl: Duration::from_secs(8),
        counsellor_boxes: Duration::from_secs(8),
        sockets: Duration::from_secs(8),
        seat_lease: Duration::from_secs(6),
        goodbye: Duration::from_secs(1),
        ..Spans::default()
    };
    let relays = Relays::open(RELAY, 2, redis.url(), spans).await;
    let (visitor, counsellor, ticket) = relays.two_people_talking(0, 1).await;
    let guest = relays.counsellor_on(0, 1).await;
    counsellor.until("a colleague", |seen| seen.colleagues.len() == 2).await;
    counsellor.tells(guest.seat(), "planted-between-colleagues");
    guest.until("a colleague's word", |seen| !seen.told.is_empty()).await;
    counsellor.asks(ticket, InviteKind::Guest, guest.seat());
    visitor.consents(true).await;
    guest.answers(ticket, true).await;
    guest.until_chat(ticket, "the counsellor", |chat| chat.view.room.len() == 1).await;
    let other = relays.visitor_on(1).await;
    let (status, answer) = hours::asks(&relays, 1, 0, "POST", &hours::closed(0, hours::in_days(1))).await;
    assert_eq!(status, 200, "{answer}");
    let mut dumps = Vec::new();
    let mut most = 0;
    for round in 0..10 {
        visitor.says(&format!("planted-by-the-visitor {round}"));
        counsellor.says(ticket, &format!("planted-by-the-counsellor {round}"));
        guest.says(ticket, &format!("planted-by-the-guest {round}"));
        most = most.max(holds_only_what_it_may(&redis).await);
        dumps.extend(everything(&redis).await);
    }
    assert!(most > 20, "only {most} fields: does this search still see?");
    for one in [&counsellor, &guest] {
        one.until_chat(ticket, "ten messages", |chat| chat.heard().len() == 10).await;
    }
    counsellor.until_chat(ticket, "the guest's messages", |chat| chat.heard_from(2).len() == 10).await;
    visitor.is_delivered().await;
    // The search finds what is there: the ticket's name is a hash and may be.
    let finds = |what: &[u8]| dumps.windows(what.len()).any(|window| window == what);
    assert!(finds(&ticket.0) && finds(b"lykta:1:{d:") && finds(b":sheet:calendar"), "the search is blind");

    other.leaves();
    visitor.leaves();
    counsellor.is_over(ticket, Ending::LeftFast).await;
    for one in [&visitor, &other] {
        one.until("the beacon", |seen| seen.leave.is_some()).await;
        canary.plants("a ticket's secret", secret(one));
    }
    drop((counsellor, guest));
    let began = Instant::now();
    loop {
        let mut left = redis.holds().await;
        // The sheet hangs there as long as a relay looks, the day's sums for four days, since when the store remembers as
        // long; none says anything about anybody.
        let says_nothing = [":sheet:calendar", ":counted:", ":counting"];
        left.retain(|(key, _)| !says_nothing.iter().any(|part| key.contains(part)));
        if left.is_empty() {
            break;
        }
        dumps.extend(everything(&redis).await);
        let keys: Vec<_> = left.into_iter().map(|(key, _)| key).collect();
        assert!(began.elapsed() < Duration::from_secs(60), "still there: {keys:?}");
        sleep(Duration::from_millis(200)).await;
    }
    holds_only_what_it_may(&redis).await;
    let mut left = redis.fields().await;
    left.retain(|(key, ..)| !key.ends_with(":sheet:calendar"));
    let mut sums: Vec<_> = left.into_iter().map(|(_, name, sum)| (name, sum)).collect();
    sums.sort();
    let told = sums
        .iter()
        .map(|(name, sum)| format!("{} {}", String::from_utf8_lossy(name), String::from_utf8_lossy(sum)));
    let expected = [
        "ending support left_fast 1",
        "ending support left_line 1",
        "language other 2",
        "topic none 2",
        "waited under-2 2",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected, "two visits, of which nobody can tell which was which");
    canary.plants("the visitor's message", "planted-by-the-visitor");
    canary.plants("the counsellor's message", "planted-by-the-counsellor");
    canary.plants("the guest's message", "planted-by-the-guest");
    canary.plants("a word between colleagues", "planted-between-colleagues");
    canary.plants("the counsellor's name", "Kim");
    canary.plants("an address", "127.77.");
    canary.plants("a user agent", "Planted-Browser");
    let logs = relays.logs();
    let text = String::from_utf8_lossy(&logs).into_owned();
    assert!(text.contains("a relay that says everything"), "the relays' logs are not read: {text:?}");
    canary.finds_nothing(&[("Redis", dumps)]);
    canary.finds_nothing(&[("the relays' logs", logs)]);
}
