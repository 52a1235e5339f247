//! How many envelopes a second: a hundred chats in which somebody writes without a pause, against the bare pair relay.
//!
//! Who writes has at most 32 envelopes under way, as a page; who reads confirms each. The core of those who write may
//! be busier than the relay's, so what counts is what the relay's core does in a second of its own time.

use std::collections::VecDeque;
use std::time::Duration;

use lykta_wire::{FromDesk, Member};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::frames::Socket;
use crate::process::{Process, Watched as _};
use crate::relay::{Relay, Store};
use crate::report::{Report, median};
use crate::size::Size;
use crate::talk::{Chat, SEALED, Talk};

const CHATS: u32 = 100;
const ROUNDS: u32 = 5;
const SPAN: Duration = Duration::from_secs(2);
/// Envelopes under way in a chat.
const WINDOW: usize = 32;
/// How a desk hears an envelope, and what the relay answers its probe.
const ENVELOPE: u8 = 0xC6;
const ALIVE: u8 = 0xCD;

/// One that is measured.
struct Runner<'a> {
    talks: Vec<Talk>,
    process: &'a Process,
    a_second: Vec<f64>,
    a_core_second: Vec<f64>,
    busy: Vec<f64>,
}

impl<'a> Runner<'a> {
    fn of(talks: Vec<Talk>, process: &'a Process) -> Self {
        Self { talks, process, a_second: Vec::new(), a_core_second: Vec::new(), busy: Vec::new() }
    }

    async fn runs(&mut self, span: Duration) {
        let (began, ran) = (Instant::now(), self.process.ran());
        let mut running = JoinSet::new();
        for talk in self.talks.drain(..) {
            running.spawn(writes(talk, began + span));
        }
        let mut passed = 0;
        while let Some(one) = running.join_next().await {
            let (talk, one) = one.unwrap();
            passed += one;
            self.talks.push(talk);
        }
        let (took, ran) = (began.elapsed().as_secs_f64(), (self.process.ran() - ran).as_secs_f64());
        self.a_second.push(passed as f64 / took);
        self.a_core_second.push(passed as f64 / ran);
        self.busy.push(ran / took * 100.0);
    }
}

/// Writes until it is over, and reads what is still under way.
async fn writes(mut talk: Talk, over: Instant) -> (Talk, u64) {
    let (mut under_way, mut passed, mut confirming) = (0, 0, VecDeque::new());
    loop {
        let more = if Instant::now() < over { WINDOW - under_way } else { 0 };
        under_way += more;
        if under_way == 0 {
            return (talk, passed);
        }
        let came = match &mut talk {
            Talk::Pair(both) => {
                let [from, to] = &mut **both;
                (0..more).for_each(|_| from.puts(&[3; SEALED + 6]));
                from.flushes().await;
                reads(to, [3]).await[0]
            }
            Talk::Chat(chat) => passes(chat, &mut confirming, more).await,
            Talk::Tcp(_) | Talk::Echo(_) => unreachable!("nobody saturates an echo"),
        };
        under_way -= came;
        passed += came as u64;
    }
}

/// What is here now, or comes next: how many frames of each of these kinds.
async fn reads<const KINDS: usize>(socket: &mut Socket, wanted: [u8; KINDS]) -> [usize; KINDS] {
    loop {
        let mut came = [0; KINDS];
        while let Some(message) = socket.next_here() {
            let kind = socket.bytes(message)[0];
            if let Some(at) = wanted.iter().position(|wanted| *wanted == kind) {
                came[at] += 1;
            }
        }
        if came.iter().any(|came| *came > 0) {
            return came;
        }
        assert!(socket.fill().await, "nobody is dropped");
    }
}

/// How many have been read and confirmed: the relay has taken them out of the box. It says so by answering a probe
/// behind the confirmations.
async fn passes(chat: &mut Chat, confirming: &mut VecDeque<usize>, more: usize) -> usize {
    for _ in 0..more {
        let put = chat.puts();
        chat.visitor.socket.puts(&put);
    }
    chat.visitor.socket.flushes().await;
    let [came, answered] = reads(&mut chat.desk.socket, [ENVELOPE, ALIVE]).await;
    for _ in 0..came {
        chat.heard += 1;
        let got = FromDesk::Got { chat: chat.chat, from: Member::VISITOR, next: chat.heard };
        chat.desk.socket.puts(&got.encode());
    }
    if came > 0 {
        chat.desk.socket.puts(&FromDesk::Probe.encode());
        confirming.push_back(came);
        chat.desk.socket.flushes().await;
    }
    // That they are stored is heard by the way.
    assert!(chat.visitor.socket.fills_with_what_is_here(), "nobody is dropped");
    while let Some(message) = chat.visitor.socket.next_here() {
        assert_ne!(chat.visitor.socket.bytes(message)[0], 0x88, "nothing is refused");
    }
    (0..answered).filter_map(|_| confirming.pop_front()).sum()
}

pub(crate) async fn measure(size: Size, report: &mut Report) {
    report.part("100 chats in which somebody writes without a pause");
    let axum = Process::begins(&["baseline", "axum"]);
    let mut pairs = Vec::new();
    for number in 0..CHATS {
        pairs.push(Talk::of_pair(axum.address, number).await);
    }
    let relays = [Relay::begins(Store::Memory).await, Relay::begins(Store::Redis).await];
    let [memory, redis] = &relays;
    // At the same time: whoever is ready first would wait for the others without a word.
    let (in_memory, on_redis) = tokio::join!(Talk::chats(memory, CHATS), Talk::chats(redis, CHATS));
    let mut runners = [
        Runner::of(pairs, &axum),
        Runner::of(in_memory, &memory.process),
        Runner::of(on_redis, &redis.process),
    ];
    for _ in 0..size.rounds(ROUNDS) {
        for turn in 0..runners.len() {
            for talk in runners.iter_mut().flat_map(|runner| &mut runner.talks) {
                talk.stays().await;
            }
            runners[turn].runs(size.lasting(SPAN)).await;
        }
    }
    let redis_asked = redis.redis_says("total_commands_processed").await;
    let bare = "throughput: bare pair relay, envelopes of a core's second";
    let [pair, ..] = &runners;
    let baseline = median(pair.a_core_second.clone());
    report.plain(bare, baseline, "1/s");
    report.plain("throughput: bare pair relay", median(pair.a_second.clone()), "1/s");
    report.plain("throughput: bare pair relay, its core is busy", median(pair.busy.clone()), "%");
    for (runner, name, least) in [(&runners[1], "memory", 0.6), (&runners[2], "Redis", 0.4)] {
        let row = format!("throughput: {name}, envelopes of a core's second");
        report.reaches(&row, median(runner.a_core_second.clone()), "1/s", (bare, baseline), least);
        report.plain(&format!("throughput: {name}"), median(runner.a_second.clone()), "1/s");
        report.plain(&format!("throughput: {name}, its core is busy"), median(runner.busy.clone()), "%");
    }
    let sent: u32 =
        runners[2].talks.iter().map(|talk| if let Talk::Chat(chat) = talk { chat.next[0] } else { 0 }).sum();
    report.plain(
        "throughput: Redis, commands for each envelope, all in all",
        redis_asked / f64::from(sent),
        "",
    );
}
