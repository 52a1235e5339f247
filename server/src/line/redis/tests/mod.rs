//! The line on real Redis servers: the contract, and what only a shared store can get wrong.

mod forgotten;
mod rights;
mod server;
mod settings;
mod tls;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use lykta_wire::{ChatRef, Claim, Envelope, Kind, Member, TicketName};
use tokio::time::{Instant, timeout};

use self::server::{Cluster, Server};
use super::{OpenError, RedisLine, Target};
use crate::clock::{Clock, Moment};
use crate::line::contract::people::{self, at, envelope, seat, talking, ticket};
use crate::line::{
    Away, Bell, Cursor, Holder, Join, Joined, Level, Line, NotPut, Put, Restored, Spans, Standing, contract,
};

/// Words that must be found nowhere outside of a sealed envelope; here they are its ciphertext.
const PLANTED: &[u8] = b"planted: she is hiding at her aunt's";

fn join(number: u8) -> Join {
    people::join(ticket(number))
}

async fn open(url: &str, centre: u8) -> RedisLine {
    RedisLine::open(url, [centre; 16], Spans::default(), 100, false).await.expect("the store opens")
}

/// Asks until the answer is the wished one.
async fn until<T, F: Future<Output = T>>(what: &str, ask: impl Fn() -> F, wished: impl Fn(&T) -> bool) -> T {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = ask().await;
        if wished(&answer) {
            return answer;
        }
        assert!(Instant::now() < patience, "{what} did not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_on_one_server_keeps_the_contract() {
    keeps_the_contract("one Redis server", Server::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Valkey server, named by LYKTA_VALKEY: `make part-valkey`"]
async fn the_line_on_valkey_keeps_the_contract() {
    let program = std::env::var_os("LYKTA_VALKEY").expect("LYKTA_VALKEY names the program");
    let server = Server::start_program(program.into()).await;
    let about: String = redis::from_redis_value(server.ask(&["INFO", "server"]).await).unwrap();
    assert!(about.contains("server_name:valkey"), "this is no Valkey: {about}");
    keeps_the_contract("one Valkey server", server).await;
}

async fn keeps_the_contract(store: &str, server: Server) {
    let url = server.url();
    let centre = AtomicU8::new(0);
    let passed = contract::all(|spans, bounds| {
        let (url, centre) = (url.clone(), centre.fetch_add(1, Ordering::Relaxed));
        async move {
            let mut line =
                RedisLine::open(&url, [centre; 16], spans, bounds, false).await.expect("the store opens");
            line.counts(contract::counting());
            Arc::new(line) as Arc<dyn Line>
        }
    })
    .await;
    eprintln!("{store}\n{passed}");
    for key in server.keys().await {
        let left = server.ttl(&key).await;
        let key = String::from_utf8_lossy(&key).into_owned();
        assert!(key.starts_with("lykta:1:{"), "{key} is not named like ours");
        let sums = [":counted:", ":counting"].iter().any(|part| key.contains(part));
        let most = if sums { crate::line::COUNTED_TTL.as_millis() as i64 } else { 20 * 60 * 1_000 };
        assert!((1..=most).contains(&left) || left == -2, "{key} lives for {left} ms");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_on_a_cluster_of_three_keeps_the_contract() {
    let cluster = Cluster::start().await;
    let url = cluster.0[0].url();
    let centre = AtomicU8::new(0);
    let passed = contract::all(|spans, bounds| {
        let (url, centre) = (url.clone(), centre.fetch_add(1, Ordering::Relaxed));
        async move {
            let mut line =
                RedisLine::open(&url, [centre; 16], spans, bounds, false).await.expect("the store opens");
            line.counts(contract::counting());
            Arc::new(line) as Arc<dyn Line>
        }
    })
    .await;
    eprintln!("a Redis Cluster of three\n{passed}");
    for server in &cluster.0 {
        assert!(!server.keys().await.is_empty(), "the line uses every server of the cluster");
        for key in server.keys().await {
            let left = server.ttl(&key).await;
            assert!(left > 0 || left == -2, "{} lives for ever", String::from_utf8_lossy(&key));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_tickets_are_taken_by_thirty_seats_exactly_once() {
    let server = Server::start().await;
    // Two relays, as in production.
    let mut relays = Vec::new();
    for _ in 0..2 {
        let line = RedisLine::open(&server.url(), [1; 16], Spans::default(), 500, false).await.unwrap();
        relays.push(Arc::new(line));
    }
    for number in 1..=200 {
        let joined = relays[usize::from(number) % 2].join(join(number), at(0)).await.unwrap();
        let place = u32::from(number);
        assert_eq!(joined, Joined::At(Standing::InLine { place, wants_hello: false }));
    }
    let began = Instant::now();
    let takers: Vec<_> = (1..=30)
        .map(|number| {
            let line = Arc::clone(&relays[usize::from(number) % 2]);
            tokio::spawn(async move {
                line.sit(seat(number), true, 7, &[], at(1)).await.unwrap();
                let mut taken = Vec::new();
                while let Ok(got) = line.take(seat(number), None, at(1)).await.unwrap() {
                    taken.push(got.chat);
                }
                assert!(taken.len() <= 7, "no seat holds more than it may");
                let seen: BTreeSet<_> = line
                    .chats(seat(number), at(1))
                    .await
                    .unwrap()
                    .iter()
                    .map(|chat| chat.chat.ticket)
                    .collect();
                assert_eq!(seen, taken.iter().map(|chat| chat.ticket).collect());
                taken
            })
        })
        .collect();
    let mut all = Vec::new();
    for taker in takers {
        all.extend(taker.await.unwrap().into_iter().map(|chat| chat.ticket));
    }
    eprintln!("  200 takes by 30 seats in {:?}", began.elapsed());
    all.sort_unstable();
    assert_eq!(all, (1..=200).map(ticket).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_dies_is_away_and_one_that_comes_back_empty_is_used_again() {
    let mut server = Server::start().await;
    let line = open(&server.url(), 1).await;
    let chat = talking(&line, 1, 1, at(0)).await;
    let mut cursor = Cursor::default();
    let beat = |number| envelope(Kind::Beat, number);
    for number in 0..3 {
        line.beat(chat, Member::VISITOR, Member::COUNSELLOR, beat(number), at(0)).await.unwrap();
        while line.fetch(chat, Member::COUNSELLOR, &mut cursor, 1, at(0)).await.unwrap().pop().is_some() {}
    }
    let mut bells = line.bells();
    server.kill();
    let began = Instant::now();
    assert_eq!(line.count(at(1)).await, Err(Away));
    assert_eq!(line.keep(&[ticket(1)], at(1)).await, Err(Away));
    assert_eq!(line.join(join(2), at(1)).await, Err(Away));
    assert!(line.take(seat(1), None, at(1)).await.is_err());
    let kept =
        line.put(chat, Member::VISITOR, Member::COUNSELLOR, vec![envelope(Kind::Kept, 1)], at(1)).await;
    assert_eq!(kept, Err(Away));
    assert_eq!(line.fetch(chat, Member::COUNSELLOR, &mut cursor, 1, at(1)).await, Err(Away));
    assert!(began.elapsed() < Duration::from_secs(10), "no verb waits for long");
    assert!(server.begin().await);
    let _ = until("the store", || line.chats(seat(1), at(2)), Result::is_ok).await;
    // Whoever listens is told to look everywhere.
    let told = timeout(Duration::from_secs(20), async { while bells.recv().await != Ok(Bell::Missed) {} });
    told.await.expect("a listener that was cut off looks everywhere");
    // Both sides name the chat, and it is one again, with the connections that were there before.
    assert_eq!(line.restore_visitor(ticket(1), chat.claim, at(3)).await, Ok(Standing::Nowhere));
    assert_eq!(line.restore_seat(seat(1), chat, at(3)).await, Ok(Restored::Yours));
    let next =
        line.put(chat, Member::VISITOR, Member::COUNSELLOR, vec![envelope(Kind::Kept, 1)], at(4)).await;
    assert_eq!(next.map(Put::all), Ok(Ok(2)));
    line.beat(chat, Member::VISITOR, Member::COUNSELLOR, beat(3), at(4)).await.unwrap();
    let kept = line.fetch(chat, Member::COUNSELLOR, &mut cursor, 1, at(4)).await.unwrap().pop().unwrap();
    assert_eq!(kept.envelope, envelope(Kind::Kept, 1));
    let latest = line.fetch(chat, Member::COUNSELLOR, &mut cursor, 1, at(4)).await.unwrap().pop();
    assert_eq!(latest.expect("the first beat of the new store is news").envelope, beat(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_no_longer_answers_is_away_within_seconds_and_heals() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    line.join(join(1), at(0)).await.unwrap();
    // Every client waits, connected, until the pause is over.
    server.ask(&["CLIENT", "PAUSE", "6000", "ALL"]).await;
    let began = Instant::now();
    assert_eq!(line.count(at(1)).await, Err(Away));
    assert!(began.elapsed() < Duration::from_secs(5), "told before the pause was over");
    let mut bells = line.bells();
    let counted = until("the store", || line.count(at(1)), Result::is_ok).await;
    assert_eq!(counted.unwrap().waiting, 1);
    // Whoever asked in the meantime was told nothing, although the bells were not cut off.
    assert_eq!(bells.recv().await, Ok(Bell::Missed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_forgot_its_scripts_is_told_them_again() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    line.join(join(1), at(0)).await.unwrap();
    server.ask(&["SCRIPT", "FLUSH"]).await;
    let chat = talking(&line, 2, 1, at(1)).await;
    server.ask(&["SCRIPT", "FLUSH"]).await;
    let next =
        line.put(chat, Member::VISITOR, Member::COUNSELLOR, vec![envelope(Kind::Kept, 1)], at(1)).await;
    assert_eq!(next.map(Put::all), Ok(Ok(2)));
    server.ask(&["SCRIPT", "FLUSH"]).await;
    let standings = line.keep(&[ticket(1), ticket(2)], at(2)).await.unwrap();
    assert_eq!(standings[0], Standing::InLine { place: 1, wants_hello: false });
    assert!(matches!(standings[1], Standing::With { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_memory_left_is_away_and_takes_no_half_a_verb() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    let chat = talking(&line, 1, 1, at(0)).await;
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert_eq!(line.join(join(2), at(1)).await, Err(Away));
    let kept =
        line.put(chat, Member::VISITOR, Member::COUNSELLOR, vec![envelope(Kind::Kept, 1)], at(1)).await;
    assert_eq!(kept, Err(Away));
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(line.keep(&[ticket(2)], at(2)).await.unwrap(), [Standing::Nowhere]);
    let kept =
        line.put(chat, Member::VISITOR, Member::COUNSELLOR, vec![envelope(Kind::Kept, 1)], at(2)).await;
    assert_eq!(kept.map(Put::all), Ok(Ok(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_writes_to_disk_is_refused_unless_somebody_vouches_for_it() {
    let opened = |url: String, vouched| async move {
        RedisLine::open(&url, [1; 16], Spans::default(), 10, vouched).await.map(drop)
    };
    let saving = Server::start_with(&["--save", "3600 1", "--appendonly", "no"]).await;
    let refused = opened(saving.url(), false).await.unwrap_err();
    assert_eq!(refused, OpenError::WritesToDisk("save", "3600 1".into()));
    assert!(refused.to_string().contains("write `save \"\"` in redis.conf"), "{refused}");
    assert_eq!(opened(saving.url(), true).await, Ok(()));
    let appending = Server::start_with(&["--save", "", "--appendonly", "yes"]).await;
    let refused = opened(appending.url(), false).await.unwrap_err();
    assert_eq!(refused, OpenError::WritesToDisk("appendonly", "yes".into()));
    let evicting = ["--save", "", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let evicting = Server::start_with(&evicting).await;
    assert_eq!(opened(evicting.url(), false).await, Err(OpenError::Evicts("allkeys-lru".into())));
    let silent = Server::start_with(&["--save", "", "--rename-command", "CONFIG", ""]).await;
    assert_eq!(opened(silent.url(), false).await, Err(OpenError::MayNotLook));
    assert_eq!(opened(silent.url(), true).await, Ok(()));
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_said_in_words_without_repeating_it() {
    let opened = |url: &'static str| async move {
        let refused = RedisLine::open(url, [1; 16], Spans::default(), 10, true).await.map(drop).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
        refused
    };
    assert_eq!(opened("redis://:hunter2@[/").await, OpenError::Address);
    assert_eq!(opened("rediss://:hunter2@127.0.0.1/#insecure").await, OpenError::Unchecked);
    // Port 1 of loopback: nobody is there.
    assert!(matches!(opened("redis://:hunter2@127.0.0.1:1/").await, OpenError::Unreachable(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_in_the_store_are_envelopes_and_hashes_and_nothing_after_a_leave() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    let chat = talking(&line, 7, 1, at(0)).await;
    // The search can find what is there: an envelope whose ciphertext is the planted text.
    let mut bytes = envelope(Kind::Kept, 1).as_bytes().to_vec();
    bytes[100..100 + PLANTED.len()].copy_from_slice(PLANTED);
    let planted = Envelope::parse(&bytes).unwrap();
    line.put(chat, Member::VISITOR, Member::COUNSELLOR, vec![planted], at(1)).await.unwrap().all().unwrap();
    let finds = |dump: &[u8], text: &[u8]| dump.windows(text.len()).any(|window| window == text);
    assert!(finds(&server.dump().await, PLANTED), "the search is blind");
    let goodbye = vec![(Member::COUNSELLOR, envelope(Kind::Beat, 9))];
    line.leave(ticket(7), chat.claim, goodbye, at(2)).await.unwrap();
    let dump = server.dump().await;
    assert!(!finds(&dump, PLANTED), "a leave left something to read");
    let mut boxes = Vec::new();
    for key in server.keys().await {
        let left = server.ttl(&key).await;
        assert!(left > 0, "{} lives for ever", String::from_utf8_lossy(&key));
        let key = String::from_utf8(key).unwrap();
        if key.contains("{t:") {
            assert!(left <= 60_000, "a goodbye waits a minute, not {left} ms");
            boxes.push(key);
        }
    }
    assert_eq!(boxes.len(), 1, "one goodbye and nothing else: {boxes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_greeting_waits_as_long_as_its_visitor() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    line.join(join(1), at(0)).await.unwrap();
    let greeting = || async {
        let keys = server.keys().await;
        keys.into_iter().find(|key| key.windows(7).any(|part| part == b":hello:"))
    };
    let key = greeting().await.expect("the greeting lies in the ticket's slot");
    server.ask(&["PEXPIRE", str::from_utf8(&key).unwrap(), "30000"]).await;
    // An hour in the line, renewed every tick.
    for second in (10..=3_600).step_by(10) {
        line.keep(&[ticket(1)], at(second)).await.unwrap();
    }
    assert!(server.ttl(&key).await > 60_000, "the bytes were let live on");
    line.sit(seat(1), true, 1, &[], at(3_600)).await.unwrap();
    assert!(line.take(seat(1), None, at(3_600)).await.unwrap().is_ok());
    assert_eq!(greeting().await, None, "used up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_whose_greeting_was_lost_is_passed_over_and_asked_for_a_fresh_one() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    line.join(join(1), at(0)).await.unwrap();
    // As when the one node of a cluster that had this ticket's slot lost its memory.
    for key in server.keys().await {
        if key.windows(3).any(|part| part == b"{t:") {
            server.ask(&["DEL", str::from_utf8(&key).unwrap()]).await;
        }
    }
    line.join(join(2), at(0)).await.unwrap();
    line.sit(seat(1), true, 3, &[], at(1)).await.unwrap();
    assert_eq!(line.take(seat(1), None, at(1)).await.unwrap().unwrap().chat.ticket, ticket(2));
    let standing = line.keep(&[ticket(1)], at(2)).await.unwrap();
    assert_eq!(standing, [Standing::InLine { place: 1, wants_hello: true }]);
    line.hello(ticket(1), envelope(Kind::Hello, 1), at(3)).await.unwrap();
    assert_eq!(line.take(seat(1), None, at(4)).await.unwrap().unwrap().chat.ticket, ticket(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_moved_by_the_clocks_leaves_no_boxes_behind() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    line.join(join(1), at(0)).await.unwrap();
    line.sit(seat(1), true, 3, &[], at(0)).await.unwrap();
    let chat = line.take(seat(1), None, at(0)).await.unwrap().unwrap().chat;
    let answer = envelope(Kind::Answer, 0);
    line.put(chat, Member::COUNSELLOR, Member::VISITOR, vec![answer], at(1)).await.unwrap().all().unwrap();
    // Not confirmed in time: any verb that meets it moves it, here another relay's sweep.
    line.keep(&[], at(30)).await.unwrap();
    let keys = server.keys().await;
    assert!(!keys.iter().any(|key| key.windows(3).any(|part| part == b"{t:")), "an answer nobody will read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_share_one_line_and_hear_each_other() {
    let server = Server::start().await;
    let (here, there) = (open(&server.url(), 1).await, open(&server.url(), 1).await);
    let other_centre = open(&server.url(), 2).await;
    let mut bells = there.bells();
    let mut elsewhere = other_centre.bells();
    let chat = talking(&here, 1, 1, at(0)).await;
    let number = here.prove(Holder::Visitor(ticket(1)), at(0)).await.unwrap();
    let mut missing = vec![
        Bell::Line,
        Bell::Ticket(ticket(1)),
        Bell::Box {
            ticket: ticket(1),
            from: Member::VISITOR,
            to: Member::COUNSELLOR,
            level: Level { answer: 0, filling: at(0).0, next: 1, beat: 0 },
        },
        Bell::Newer(Holder::Visitor(ticket(1)), number),
    ];
    while !missing.is_empty() {
        let bell = timeout(Duration::from_secs(10), bells.recv()).await.expect("a bell").unwrap();
        missing.retain(|wished| *wished != bell);
    }
    assert!(elsewhere.try_recv().is_err(), "another centre hears nothing");
    assert_eq!(there.keep(&[ticket(1)], at(1)).await.unwrap().len(), 1);
    let found = there.fetch(chat, Member::COUNSELLOR, &mut Cursor::default(), 1, at(1)).await.unwrap();
    assert_eq!(found[0].envelope, envelope(Kind::Kept, 0));
    assert_eq!(other_centre.count(at(1)).await.unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_of_two_relays_are_numbered_in_one_row_also_after_the_store_lost_its_memory() {
    let mut server = Server::start().await;
    let (here, there) = (open(&server.url(), 1).await, open(&server.url(), 1).await);
    for holder in [Holder::Visitor(ticket(1)), Holder::Seat(seat(1))] {
        let first = here.prove(holder, at(0)).await.unwrap();
        let second = there.prove(holder, at(0)).await.unwrap();
        assert!(second > first);
        assert_eq!(here.newest(holder, at(0)).await, Ok(second));
    }
    let before = there.newest(Holder::Visitor(ticket(1)), at(0)).await.unwrap();
    server.kill();
    assert!(server.begin().await);
    let proved = until("the store", || here.prove(Holder::Visitor(ticket(1)), at(5)), Result::is_ok).await;
    assert!(proved.unwrap() > before, "a newer socket of an older store would have been closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relays_whose_clocks_differ_live_by_the_store_s() {
    let server = Server::start().await;
    let clock = Clock::start();
    let mut right = open(&server.url(), 1).await;
    right.follow(clock).await;
    // A relay ten seconds behind: its moments are told as they are, and its leases would lapse early.
    let behind = |now: Moment| Moment(now.0 - 10_000);
    let late = open(&server.url(), 1).await;
    late.store.pace.agree(behind(clock.now()), clock.now().0, behind(clock.now()));
    late.join(join(1), behind(clock.now())).await.unwrap();
    late.sit(seat(1), true, 1, &[], behind(clock.now())).await.unwrap();
    assert_eq!(right.count(clock.now().plus(Duration::from_secs(14))).await.unwrap().ready_seats, 1);
    assert_eq!(right.count(clock.now().plus(Duration::from_secs(16))).await.unwrap().ready_seats, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tick_of_a_storm_is_told_everybody_s_place() {
    let server = Server::start().await;
    let line = RedisLine::open(&server.url(), [1; 16], Spans::default(), 2_000, false).await.unwrap();
    let name = |number: u16| {
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        TicketName(bytes)
    };
    let tickets: Vec<_> = (0..1_000).map(name).collect();
    let began = Instant::now();
    for ticket in &tickets {
        line.join(people::join(*ticket), at(0)).await.unwrap();
    }
    eprintln!("  1000 joins one after another in {:?}", began.elapsed());
    let began = Instant::now();
    let standings = line.keep(&tickets, at(10)).await.unwrap();
    eprintln!("  a tick of 1000 tickets in {:?}", began.elapsed());
    for (standing, place) in standings.into_iter().zip(1..) {
        assert_eq!(standing, Standing::InLine { place, wants_hello: false });
    }
    let chat = ChatRef { ticket: tickets[0], claim: Claim(1) };
    let began = Instant::now();
    for number in 0..1_000 {
        let kept = envelope(Kind::Kept, number);
        let stored = line.put(chat, Member::COUNSELLOR, Member::VISITOR, vec![kept], at(11)).await.unwrap();
        assert_ne!(stored.why_not, Some(NotPut::OutOfOrder));
        line.got(chat, Member::COUNSELLOR, Member::VISITOR, number + 1, at(11)).await.unwrap();
    }
    eprintln!("  1000 puts and gots one after another in {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_lost_one_ticket_s_server_is_away_and_asks_for_what_was_lost() {
    let mut cluster = Cluster::start().await;
    let line = open(&cluster.0[0].url(), 1).await;
    for number in 1..=40 {
        line.join(join(number), at(0)).await.unwrap();
    }
    // One that has tickets' slots, but not the centre's.
    let (mut victim, mut lost) = (0, 0);
    for (index, server) in cluster.0.iter().enumerate() {
        let keys = server.keys().await;
        if !keys.iter().any(|key| key.ends_with(b":order")) {
            (victim, lost) = (index, keys.len());
        }
    }
    assert!((1..40).contains(&lost), "{lost} greetings are to be lost");
    cluster.0[victim].kill();
    let names: Vec<_> = (1..=40).map(ticket).collect();
    // Who is where is known all the while; only what that server had cannot be answered.
    assert_eq!(line.keep(&names, at(1)).await.unwrap().len(), 40);
    let mut away = 0;
    for number in 1..=40 {
        let asked = Instant::now();
        let chat = ChatRef { ticket: ticket(number), claim: Claim(1) };
        let fetched = line.fetch(chat, Member::VISITOR, &mut Cursor::default(), 1, at(1)).await;
        assert!(asked.elapsed() < Duration::from_secs(5), "no verb waits for long");
        away += u32::from(fetched.is_err());
        if away == 3 {
            break;
        }
    }
    assert!(away > 0);
    assert!(cluster.0[victim].begin().await);
    for number in 1..=40 {
        let chat = ChatRef { ticket: ticket(number), claim: Claim(1) };
        let fetch = || async { line.fetch(chat, Member::VISITOR, &mut Cursor::default(), 1, at(1)).await };
        let _ = until("every server", fetch, Result::is_ok).await;
    }
    // Those whose greeting is gone are passed over, bring another, and are taken too.
    let mut taken = BTreeSet::new();
    for _round in 0..3 {
        for number in 1..=40 {
            line.sit(seat(number), true, 1, &[], at(4)).await.unwrap();
            if let Ok(got) = line.take(seat(number), None, at(4)).await.unwrap() {
                assert!(taken.insert(got.chat.ticket), "taken once");
            }
        }
        for (standing, name) in line.keep(&names, at(5)).await.unwrap().iter().zip(&names) {
            if matches!(standing, Standing::InLine { wants_hello: true, .. }) {
                line.hello(*name, envelope(Kind::Hello, 1), at(5)).await.unwrap();
            }
        }
    }
    assert_eq!(taken.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_cut_off_alone_is_told_to_look_everywhere() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    let mut bells = line.bells();
    // The verbs' connection lives on, so nothing else would tell.
    server.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    let told = timeout(Duration::from_secs(20), async { while bells.recv().await != Ok(Bell::Missed) {} });
    told.await.expect("a listener that was cut off looks everywhere");
    line.join(join(1), at(0)).await.unwrap();
    let rung = timeout(Duration::from_secs(10), async { while bells.recv().await != Ok(Bell::Line) {} });
    rung.await.expect("it hears again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_greeting_lost_while_its_visitor_waits_is_noticed_by_the_ticks_and_asked_for() {
    let server = Server::start().await;
    let line = open(&server.url(), 1).await;
    line.join(join(1), at(0)).await.unwrap();
    for key in server.keys().await {
        if key.windows(3).any(|part| part == b"{t:") {
            server.ask(&["DEL", str::from_utf8(&key).unwrap()]).await;
        }
    }
    // A quarter of the time after which untouched bytes expire.
    for second in (10..=310).step_by(10) {
        line.keep(&[ticket(1)], at(second)).await.unwrap();
    }
    let standing = line.keep(&[ticket(1)], at(320)).await.unwrap();
    assert_eq!(standing, [Standing::InLine { place: 1, wants_hello: true }]);
}
