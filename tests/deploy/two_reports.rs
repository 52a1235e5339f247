//! Two centres on one Redis, each with its own numbers: what one counts is in no report of the other. Two relays of one
//! centre, with the same numbers.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lykta_server::clock::Moment;
use lykta_server::line::{Bounds, Join, Line as _, RedisLine, Spans};
use lykta_server::serve::counting;
use lykta_server::statistics::Keeper;
use lykta_tests::{House, Redis, fresh_root};
use lykta_wire::{Ending, Envelope, Kind, Lane, Languages, SeatId, TicketName};

use crate::program::{CentreFile, asked};

/// The line of a house on this Redis, as a relay opens it.
async fn line(house: &House, redis: &Redis) -> RedisLine {
    let (url, id) = (redis.url(), house.centre.trust.centre_id);
    let line = RedisLine::open(url.as_str(), id, Spans::default(), Bounds::from(100), false).await;
    let mut line = line.expect("Redis is there");
    line.counts(counting(&house.centre));
    line
}

fn hello(number: u16) -> Envelope {
    let mut bytes = vec![0; 2_072];
    bytes[..2].copy_from_slice(&[1, Kind::Hello as u8]);
    bytes[100..102].copy_from_slice(&number.to_be_bytes());
    Envelope::parse(&bytes).expect("the shape of a hello")
}

/// Chats of a line: so many of each lane with each ending, because a report shows nothing from which a small number could
/// be reckoned. The names are the same at every line.
async fn talk(line: &RedisLine, many: u16, now: Moment) {
    let seat = SeatId([1; 16]);
    let mut number = 0_u16;
    for lane in [Lane::Support, Lane::Professional] {
        for ending in Ending::ALL {
            for _ in 0..many {
                number += 1;
                let mut name = [0; 32];
                name[..2].copy_from_slice(&number.to_be_bytes());
                let (ticket, languages) = (TicketName(name), Languages::default());
                line.sit(seat, true, 1, &[], now).await.expect("Redis is there");
                let join = Join { ticket, lane, languages, hello: hello(number) };
                line.join(join, now).await.expect("Redis is there");
                let taken = line.take(seat, Some(ticket), now).await.expect("Redis is there");
                let chat = taken.expect("somebody waits").chat;
                assert!(line.end(seat, chat, *ending, now).await.expect("Redis is there"));
            }
        }
    }
}

/// What `lykta report` says of a house, as a table to calculate with.
async fn report(house: &House) -> String {
    let file = CentreFile::of(&house.file("127.0.0.1:0", &[]));
    let path = file.path();
    let said = asked(&["report", "--csv", "--config", path.to_str().expect("a plain path")]).await;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_centre_counts_is_in_no_report_of_the_other() {
    let redis = Redis::starts().await;
    let (one, other) = (House::behind_a_proxy(fresh_root()), House::of_the_neighbour(fresh_root()));
    // A week ago, so that the week is over, and the same names of tickets in both.
    let now =
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970") - Duration::from_secs(7 * 86_400);
    let now = Moment(now.as_millis() as u64);
    let lines = [line(&one, &redis).await, line(&other, &redis).await];
    tokio::join!(talk(&lines[0], 9, now), talk(&lines[1], 6, now));
    for (house, line) in [(&one, &lines[0]), (&other, &lines[1])] {
        let today = counting(&house.centre).day(now);
        let mut keeper = Keeper::open(house.shelf.clone(), false, today).expect("a folder of its own");
        keeper.gather(line, today, true, now).await.expect("Redis is there");
        // Whoever gathers again counts nobody twice, and nothing of the other's.
        keeper.gather(line, today, true, now).await.expect("Redis is there");
    }
    let (ours, theirs) = (report(&one).await, report(&other).await);
    for (said, each) in [(&ours, 9), (&theirs, 6)] {
        let told: Vec<&str> = said.lines().filter_map(|line| line.rsplit_once(',')?.1.into()).collect();
        // Two lanes with seven endings each.
        let wanted =
            [format!("{}", 14 * each), format!("{}", 7 * each), format!("{}", 2 * each), each.to_string()];
        for (number, times) in wanted.iter().zip([1, 2, 7, 14]) {
            let found = told.iter().filter(|told| *told == number).count();
            assert_eq!(found, times, "{number} in {said}");
        }
        let numbers: BTreeSet<&str> =
            told.iter().copied().filter(|told| told.parse::<u32>().is_ok()).collect();
        assert_eq!(numbers.len(), wanted.len(), "and no other number: {numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_of_one_centre_give_the_same_report_also_after_restarts_and_a_day_away() {
    let redis = Redis::starts().await;
    let root = fresh_root();
    let (one, other) = (House::behind_a_proxy(root), House::behind_a_proxy(root));
    let ago = |days: u64| {
        let past = Duration::from_secs(days * 86_400);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970") - past;
        Moment(at.as_millis() as u64)
    };
    let lines = [line(&one, &redis).await, line(&other, &redis).await];
    let looks = async |house: &House, line: &RedisLine, now: Moment| {
        let today = counting(&house.centre).day(now);
        // Each look is a relay that has just been started.
        for _ in 0..2 {
            let mut keeper = Keeper::open(house.shelf.clone(), false, today).expect("a folder of its own");
            keeper.gather(line, today, true, now).await.expect("Redis is there");
        }
    };
    looks(&one, &lines[0], ago(9)).await;
    looks(&other, &lines[1], ago(9)).await;
    talk(&lines[0], 9, ago(8)).await;
    looks(&one, &lines[0], ago(8)).await;
    // The other one is down for a day, and back for what is counted by itself.
    talk(&lines[1], 6, ago(7)).await;
    looks(&other, &lines[1], ago(7)).await;
    looks(&one, &lines[0], ago(7)).await;
    let said = report(&one).await;
    assert_eq!(report(&other).await, said);
    let all: Vec<&str> = said.lines().filter(|line| line.ends_with(&format!(",{}", 14 * 15))).collect();
    let apart = [14 * 9, 14 * 6].map(|sum| said.lines().any(|line| line.ends_with(&format!(",{sum}"))));
    assert!(all.len() == 1 || apart == [true; 2], "each visit once, in one week or in two: {said}");
}
