//! Those who take too much, too slowly, or for ever: what they can make the relay hold is counted, and counted
//! again when they are gone. In paused time ten thousand of anything and an hour of waiting cost seconds.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::Message;
use lykta_server::centre::{self, Limits};
use lykta_server::clock::{Clock, Moment};
use lykta_server::door::Hands;
use lykta_server::limit::{COOLED, PATIENCE};
use lykta_server::line::{Line, Memory, NotPut, Spans};
use lykta_server::relay::Relay;
use lykta_server::socket::pace;
use lykta_server::{serve, visitor};
use lykta_wire::{
    ChatRef, Claim, CloseCode, Ending, Envelope, Lane, Languages, Leave, Member, Puzzle, Refusal, SeatId,
    TicketSecret, ToRelay, ToVisitor, limits,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::net::pair;
use crate::random::Random;
use crate::weather::Weather;
use crate::world::{Life, START_MS, World};

const SEAT: SeatId = SeatId([7; 16]);
/// More than one address may fill: the line is not what protects itself here.
const MAX_WAITING: u32 = 20_000;
/// Everybody here comes from one address.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1));

/// A relay with the limits of the shipped file, and one seat on duty.
struct House {
    relay: Arc<Relay>,
    line: Arc<Memory>,
    limits: Limits,
    life: Arc<Life>,
    sockets: JoinSet<()>,
}

struct Device {
    out: mpsc::Sender<Message>,
    heard: mpsc::Receiver<Message>,
}

impl House {
    async fn open() -> Self {
        let world = World::new(Random::new(0), Weather::of(&mut Random::new(0)).without_faults(), false);
        let centre = centre::check_for_demo(include_str!("../../deploy/centre.toml")).unwrap();
        let line = Arc::new(Memory::new(Spans::default(), MAX_WAITING));
        let clock = Clock::start_at(Moment(START_MS));
        let store = Arc::clone(&line) as Arc<dyn Line>;
        let made = serve::relay(&centre, clock, Hands::AlwaysOpen, store).unwrap();
        let mut relay = Arc::into_inner(made).unwrap();
        relay.rules.max_waiting = MAX_WAITING;
        let relay = Arc::new(relay);
        tokio::spawn(Arc::clone(&relay).keep(CancellationToken::new()));
        let sitting = (Arc::clone(&relay), Arc::clone(&line));
        tokio::spawn(async move {
            loop {
                sitting.1.sit(SEAT, true, 3, &[], sitting.0.now()).await.unwrap();
                sleep(Duration::from_secs(5)).await;
            }
        });
        sleep(Duration::from_secs(2)).await;
        let (limits, life) = (centre.limits.clone(), Life::new(&world));
        Self { relay, line, limits, life, sockets: JoinSet::new() }
    }

    /// A socket, unless there are too many from here.
    fn socket(&mut self) -> Option<Device> {
        self.socket_from(ADDRESS)
    }

    fn socket_from(&mut self, address: IpAddr) -> Option<Device> {
        let counted = self.relay.limit.socket(address, self.relay.now())?;
        let (out, heard, end) = pair(&self.life);
        self.sockets.spawn(visitor::serve(end, Arc::clone(&self.relay), counted, self.relay.awake()));
        Some(Device { out, heard })
    }

    /// A visitor with the seat, whose first word has been read.
    async fn talking(&mut self, number: u32) -> (Device, ChatRef) {
        let device = self.socket().unwrap();
        self.talks(device, number).await
    }

    async fn talks(&mut self, mut device: Device, number: u32) -> (Device, ChatRef) {
        device.says(join(number)).await;
        device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
        let taken = self.line.take(SEAT, None, self.relay.now()).await.unwrap().unwrap();
        device.hears_until(|frame| matches!(frame, ToVisitor::With { .. })).await;
        device.says(put(taken.chat.claim, 0)).await;
        device.hears_until(|frame| matches!(frame, ToVisitor::Stored { .. })).await;
        let (from, to) = (Member::VISITOR, Member::COUNSELLOR);
        self.line.got(taken.chat, from, to, 1, self.relay.now()).await.unwrap();
        (device, taken.chat)
    }

    /// Everybody has gone; so is everything they made the relay hold.
    async fn is_as_before(&mut self, after: Duration) {
        sleep(after).await;
        while let Some(done) = self.sockets.try_join_next() {
            done.unwrap();
        }
        assert_eq!(self.sockets.len(), 0, "connections outlive their devices");
        assert!(self.relay.presence.tickets().is_empty(), "somebody is still thought to be here");
        assert_eq!((self.line.places(), self.line.envelopes_held()), (vec![], 0), "something is still held");
        self.every_permit_is_back();
    }

    fn every_permit_is_back(&mut self) {
        let most = self.limits.sockets_per_client;
        let all: Vec<_> = (0..=most).map(|_| self.relay.limit.socket(ADDRESS, self.relay.now())).collect();
        assert_eq!(all.iter().flatten().count() as u32, most, "a closed socket frees its count");
    }
}

impl Device {
    async fn says(&self, frame: ToRelay) {
        // A socket that the relay has closed takes nothing.
        let _ = self.out.send(Message::Binary(frame.encode().into())).await;
    }

    /// The next frame, or the code of the end.
    async fn hears(&mut self) -> Result<ToVisitor, u16> {
        loop {
            match self.heard.recv().await {
                Some(Message::Binary(bytes)) => return Ok(ToVisitor::decode(&bytes).unwrap()),
                Some(Message::Close(frame)) => return Err(frame.map_or(1005, |frame| frame.code)),
                Some(_) => {}
                None => return Err(1006),
            }
        }
    }

    async fn hears_until(&mut self, wanted: impl Fn(&ToVisitor) -> bool) {
        while !wanted(&self.hears().await.unwrap()) {}
    }

    async fn is_closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.hears().await {
                return code;
            }
        }
    }
}

fn secret(number: u32) -> TicketSecret {
    let mut bytes = [9; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    TicketSecret::new(bytes)
}

fn envelope(kind: u8, size: usize, number: u32) -> Envelope {
    let mut bytes = vec![0; size];
    bytes[..2].copy_from_slice(&[1, kind]);
    bytes[4..8].copy_from_slice(&number.to_be_bytes());
    Envelope::parse(&bytes).unwrap()
}

fn join(number: u32) -> ToRelay {
    let (lane, languages, hello) = (Lane::Support, Languages::default(), envelope(1, 2_072, 0));
    ToRelay::Join { secret: secret(number), lane, languages, hello }
}

fn put(claim: Claim, number: u32) -> ToRelay {
    ToRelay::Put { claim, to: Member::COUNSELLOR, envelope: envelope(3, 4_120, number) }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_joins_from_one_address_fill_no_line_and_leave_nothing_behind() {
    let mut house = House::open().await;
    let at_once = 2 * house.limits.joins_per_client;
    let (mut inside, mut asked) = (Vec::new(), 0);
    for number in 0..10_000 {
        let mut device = house.socket().expect("those who have gone hold no socket");
        device.says(join(number)).await;
        match device.hears().await {
            Ok(ToVisitor::Joined { .. }) => inside.push(device),
            // They neither work nor wait.
            Ok(ToVisitor::Work { .. }) => asked += 1,
            other => panic!("either in or asked: {other:?}"),
        }
        while house.sockets.try_join_next().is_some() {}
    }
    assert_eq!((inside.len() as u32, asked), (at_once, 10_000 - at_once));
    assert_eq!(house.line.places().len() as u32, 2 * at_once);
    // And not more sockets than one address may have, whether they say anything or not.
    sleep(Duration::from_millis(1)).await;
    let silent: Vec<_> = std::iter::from_fn(|| house.socket()).take(20_000).collect();
    assert_eq!((inside.len() + silent.len()) as u32, house.limits.sockets_per_client);
    drop((inside, silent));
    house.is_as_before(Duration::from_secs(200)).await;
}

#[tokio::test(start_paused = true)]
async fn who_writes_without_a_pause_is_read_at_a_pace_and_everything_is_answered() {
    let mut house = House::open().await;
    let mut device = house.socket().unwrap();
    device.says(join(0)).await;
    device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
    let (frames, begun) = (10 * pace::FRAMES, house.relay.now());
    for number in 1..=frames {
        device.says(ToRelay::Probe).await;
        device.hears_until(|frame| *frame == ToVisitor::Alive).await;
        if number == pace::FRAMES / 2 {
            assert!(
                house.relay.now().since(begun) < Duration::from_millis(1),
                "a window of envelopes is read at once"
            );
        }
    }
    let took = house.relay.now().since(begun);
    // A second's worth was there from the beginning.
    assert!((8_900..=9_100).contains(&took.as_millis()), "{took:?}");
    drop(device);
    house.is_as_before(Duration::from_secs(200)).await;
}

/// So many from the one address that the next one is asked for work.
async fn crowded() -> (House, Vec<Device>) {
    let mut house = House::open().await;
    let mut inside = Vec::new();
    for number in 0..2 * house.limits.joins_per_client {
        let mut device = house.socket().unwrap();
        device.says(join(number)).await;
        device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
        inside.push(device);
    }
    (house, inside)
}

fn solved(puzzle: &Puzzle, number: u32) -> ToRelay {
    let seed = puzzle.seed(secret(number).name());
    let fitting: Vec<_> = (0..).filter(|counter| seed.fits(*counter)).take(limits::WORK_PARTS).collect();
    ToRelay::Worked { counters: fitting.try_into().unwrap() }
}

async fn asked(house: &mut House, number: u32) -> (Device, Puzzle) {
    let mut device = house.socket().unwrap();
    device.says(join(number)).await;
    match device.hears().await {
        Ok(ToVisitor::Work { puzzle }) => (device, puzzle),
        other => panic!("asked for work: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_class_behind_one_address_works_a_little_and_is_let_in_at_once() {
    let (mut house, mut inside) = crowded().await;
    let before = house.relay.now();
    for number in 1_000..1_100 {
        let (mut device, puzzle) = asked(&mut house, number).await;
        device.says(solved(&puzzle, number)).await;
        device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
        inside.push(device);
    }
    assert!(house.relay.now().since(before) < Duration::from_secs(1), "nobody had to wait");
    assert_eq!(house.line.places().len(), 2 * (120 + 100));
    drop(inside);
    house.is_as_before(Duration::from_secs(200)).await;
}

#[tokio::test(start_paused = true)]
async fn who_cannot_work_is_let_in_in_turn_and_is_not_sent_away() {
    let (mut house, inside) = crowded().await;
    let mut waiting = Vec::new();
    for number in 1_000..1_030 {
        waiting.push(asked(&mut house, number).await.0);
    }
    for (seconds, device) in waiting.iter_mut().enumerate() {
        device.says(ToRelay::Probe).await;
        device.hears_until(|frame| *frame == ToVisitor::Alive).await;
        assert!(device.heard.is_empty(), "number {seconds} is not in yet");
        sleep(Duration::from_millis(1_010)).await;
        device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
    }
    drop((inside, waiting));
    house.is_as_before(Duration::from_secs(200)).await;
}

#[tokio::test(start_paused = true)]
async fn who_is_ended_and_cooled_down_comes_back_a_minute_later_and_so_does_who_sits_beside_them() {
    let mut house = House::open().await;
    let school = |last| IpAddr::V4(Ipv4Addr::new(10, 1, 2, last));
    let device = house.socket_from(school(1)).unwrap();
    let (mut rude, chat) = house.talks(device, 1).await;
    assert!(house.line.cool(chat, house.relay.now()).await.unwrap());
    assert!(house.line.end(SEAT, chat, Ending::EndedByCounsellor, house.relay.now()).await.unwrap());
    // What they hear is what everybody hears whose chat is over.
    while !matches!(rude.hears().await, Ok(ToVisitor::Nowhere | ToVisitor::Ended { .. }) | Err(_)) {}
    drop(rude);

    let began = house.relay.now();
    let mut elsewhere = house.socket_from(IpAddr::V4(Ipv4Addr::new(10, 1, 3, 1))).unwrap();
    elsewhere.says(join(2)).await;
    elsewhere.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
    let mut coming = Vec::new();
    for number in 3..6 {
        let mut device = house.socket_from(school(number as u8)).unwrap();
        device.says(join(number)).await;
        let Ok(ToVisitor::Work { puzzle }) = device.hears().await else { panic!("asked to wait") };
        // Who works waits none the less, and is not sent away for it.
        device.says(solved(&puzzle, number)).await;
        device.says(ToRelay::Probe).await;
        device.hears_until(|frame| *frame == ToVisitor::Alive).await;
        assert!(device.heard.is_empty());
        coming.push(device);
    }
    sleep(PATIENCE / 2).await;
    for device in &mut coming {
        // As a browser, that it is there.
        device.says(ToRelay::Probe).await;
        device.hears_until(|frame| *frame == ToVisitor::Alive).await;
    }
    for device in &mut coming {
        device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
        let waited = house.relay.now().since(began);
        assert!((PATIENCE..PATIENCE + Duration::from_secs(1)).contains(&waited), "{waited:?}");
    }
    sleep(COOLED).await;
    let mut late = house.socket_from(school(9)).unwrap();
    late.says(join(9)).await;
    let Ok(ToVisitor::Joined { .. }) = late.hears().await else { panic!("it is over by itself") };
    drop((elsewhere, coming, late));
    house.is_as_before(Duration::from_secs(200)).await;
}

#[tokio::test(start_paused = true)]
async fn work_counts_once_on_the_socket_that_was_asked_and_for_a_minute() {
    let (mut house, inside) = crowded().await;
    let bad = CloseCode::BadFrame.number();
    let (mut one, puzzle) = asked(&mut house, 1_000).await;
    let (mut other, _) = asked(&mut house, 1_001).await;
    // Somebody else's, though it is right; and nobody's.
    other.says(solved(&puzzle, 1_000)).await;
    assert_eq!(other.is_closed().await, bad);
    let (mut lazy, _) = asked(&mut house, 1_002).await;
    lazy.says(ToRelay::Worked { counters: std::array::from_fn(|n| n as u32) }).await;
    assert_eq!(lazy.is_closed().await, bad);
    let mut unasked = house.socket().unwrap();
    unasked.says(solved(&puzzle, 1_000)).await;
    assert_eq!(unasked.is_closed().await, bad, "as a first frame");
    one.says(solved(&puzzle, 1_000)).await;
    one.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
    // Twice is no harm: the turn may have come with the work on its way.
    one.says(solved(&puzzle, 1_000)).await;
    one.says(ToRelay::Probe).await;
    one.hears_until(|frame| *frame == ToVisitor::Alive).await;

    // More than a minute's turns are taken: the next one has none, and its puzzle counts for a minute.
    let mut turns = Vec::new();
    for number in 2_000..2_060 {
        turns.push(asked(&mut house, number).await.0);
    }
    let (mut late, puzzle) = asked(&mut house, 3_000).await;
    let (mut in_time, quick) = asked(&mut house, 3_001).await;
    sleep(Duration::from_secs(30)).await;
    for device in [&mut late, &mut in_time] {
        device.says(ToRelay::Probe).await;
        device.hears_until(|frame| *frame == ToVisitor::Alive).await;
    }
    sleep(Duration::from_secs(29)).await;
    in_time.says(solved(&quick, 3_001)).await;
    in_time.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
    sleep(Duration::from_secs(2)).await;
    let frame = late.hears().await.unwrap();
    assert!(matches!(frame, ToVisitor::Refused { refusal: Refusal::TooMany, .. }), "{frame:?}");
    late.says(solved(&puzzle, 3_000)).await;
    assert_eq!(late.is_closed().await, CloseCode::TooMany.number());
    drop((inside, turns, one, in_time));
    house.is_as_before(Duration::from_secs(200)).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_works_who_has_a_place_or_only_wants_to_go() {
    let (mut house, mut inside) = crowded().await;
    // Resumed on a new socket, and joined again because the answer was lost on the way.
    for again in [ToRelay::Resume { secret: secret(7), claim: Claim::NONE }, join(8)] {
        let mut device = house.socket().unwrap();
        device.says(again).await;
        device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
        inside.push(device);
    }
    let (mut gone, _) = asked(&mut house, 1_000).await;
    gone.says(ToRelay::Leave(Leave { secret: secret(1_000), claim: Claim::NONE, goodbyes: vec![] })).await;
    assert_eq!(gone.is_closed().await, CloseCode::Over.number());
    let (mut stays, _) = asked(&mut house, 1_001).await;
    sleep(Duration::from_millis(1_050)).await;
    // The one who left had the first turn, and gave it back.
    stays.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
    let (mut drained, _) = asked(&mut house, 1_002).await;
    house.relay.drain.cancel();
    assert_eq!(drained.is_closed().await, CloseCode::Restarting.number());
    drop((inside, stays));
    house.is_as_before(Duration::from_secs(200)).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_names_chats_that_never_were_is_stopped_and_nobody_with_a_chat_is() {
    let mut house = House::open().await;
    let (device, chat) = house.talking(1).await;
    let (mut named, mut refused) = (0, 0);
    for number in 10_000..20_000 {
        let mut stranger = house.socket().expect("those who have gone hold no socket");
        stranger.says(ToRelay::Resume { secret: secret(number), claim: Claim(1) }).await;
        match stranger.hears().await.unwrap() {
            ToVisitor::Nowhere => named += 1,
            ToVisitor::Refused { refusal: Refusal::TooMany, .. } => {
                refused += 1;
                assert_eq!(stranger.is_closed().await, CloseCode::TooMany.number());
            }
            other => panic!("nowhere or refused: {other:?}"),
        }
        drop(stranger);
        sleep(Duration::from_millis(1)).await;
        while house.sockets.try_join_next().is_some() {}
    }
    // One for each socket there may be, and then one a second.
    assert!((500..=540).contains(&named) && named + refused == 10_000, "{named} named, {refused} refused");
    // From the same address, in the middle of it, one who has a chat comes back.
    let mut back = house.socket().unwrap();
    back.says(ToRelay::Resume { secret: secret(1), claim: chat.claim }).await;
    back.hears_until(|frame| matches!(frame, ToVisitor::With { .. })).await;
    drop((device, back));
    house.is_as_before(Duration::from_secs(21 * 60)).await;
}

#[tokio::test(start_paused = true)]
async fn five_hundred_who_say_nothing_are_sent_away_after_ten_seconds() {
    let mut house = House::open().await;
    let mut silent: Vec<_> = std::iter::from_fn(|| house.socket()).collect();
    assert_eq!(silent.len() as u32, house.limits.sockets_per_client);
    sleep(Duration::from_millis(9_900)).await;
    assert!(silent.iter().all(|device| device.heard.is_empty()));
    sleep(Duration::from_millis(200)).await;
    for device in &mut silent {
        assert_eq!(device.is_closed().await, CloseCode::NotAdmitted.number());
    }
    house.is_as_before(Duration::ZERO).await;
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_never_reads_is_dropped_and_finds_everything_when_it_returns() {
    let mut house = House::open().await;
    let (device, chat) = house.talking(1).await;
    let (from, to) = (Member::COUNSELLOR, Member::VISITOR);
    let box_holds = limits::BOX_ENVELOPES as u32;
    for number in 0..=box_holds {
        let stored =
            house.line.put(chat, from, to, vec![envelope(3, 4_120, number)], house.relay.now()).await;
        let full = number == box_holds;
        assert_eq!(stored.unwrap().all(), if full { Err(NotPut::Full) } else { Ok(number + 1) });
    }
    // The socket is still open and nobody reads from it: one write waits, and only so long.
    // And then a second more for a leave that may lie behind it.
    sleep(house.limits.write_timeout * 2 + Duration::from_secs(2)).await;
    house.sockets.try_join_next().expect("its task is over").unwrap();
    assert!(house.relay.presence.tickets().is_empty());
    house.every_permit_is_back();
    assert_eq!(house.line.envelopes_held() as u32, box_holds, "nothing is lost by it");
    drop(device);

    let mut again = house.socket().unwrap();
    again.says(ToRelay::Resume { secret: secret(1), claim: chat.claim }).await;
    let mut read = 0;
    while read < box_holds {
        if let ToVisitor::Envelope { envelope, .. } = again.hears().await.unwrap() {
            assert_eq!(envelope.number(), read);
            read += 1;
        }
    }
    again.says(ToRelay::Got { claim: chat.claim, from, next: read }).await;
    again.says(ToRelay::Probe).await;
    again.hears_until(|frame| *frame == ToVisitor::Alive).await;
    assert_eq!(house.line.envelopes_held(), 0);
    again.says(ToRelay::Leave(Leave { secret: secret(1), claim: chat.claim, goodbyes: vec![] })).await;
    assert_eq!(again.is_closed().await, CloseCode::Over.number());
    house.is_as_before(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_never_stops_fills_one_box_and_no_more() {
    let mut house = House::open().await;
    let (mut device, chat) = house.talking(1).await;
    let (mut stored, mut refused) = (0, 0);
    for number in 1..=10_000 {
        device.says(put(chat.claim, number)).await;
        match device.hears().await.unwrap() {
            ToVisitor::Stored { .. } => stored += 1,
            ToVisitor::Refused { refusal: Refusal::BoxFull | Refusal::OutOfOrder, .. } => refused += 1,
            other => panic!("stored or refused: {other:?}"),
        }
    }
    assert_eq!((stored, refused), (limits::BOX_ENVELOPES, 10_000 - limits::BOX_ENVELOPES));
    assert_eq!(house.line.envelopes_held(), limits::BOX_ENVELOPES);
    // Beats are not even kept: the latest wins.
    for number in 0..1_000 {
        let (claim, to) = (chat.claim, Member::COUNSELLOR);
        device.says(ToRelay::Beat { claim, to, envelope: envelope(4, 536, number) }).await;
    }
    device.says(ToRelay::Probe).await;
    device.hears_until(|frame| *frame == ToVisitor::Alive).await;
    assert_eq!(house.line.envelopes_held(), limits::BOX_ENVELOPES + 1);
    drop(device);
    // Gone without a word: the chat lasts as long as a lost visitor is waited for, its box a little longer.
    house.is_as_before(Duration::from_secs(21 * 60)).await;
}

#[tokio::test(start_paused = true)]
async fn what_came_before_garbage_in_the_same_breath_is_stored_and_each_refusal_is_said() {
    let mut house = House::open().await;
    let (mut device, chat) = house.talking(1).await;
    // The first is number 1: the box knows number 0 of the greeting. Number 9 is beyond the next one, twice.
    for number in [1, 2, 3, 9, 9, 4, 2] {
        device.says(put(chat.claim, number)).await;
    }
    let _ = device.out.send(Message::Binary(vec![0x03, 1, 2].into())).await;
    device.says(put(chat.claim, 5)).await;
    let mut said = Vec::new();
    let code = loop {
        match device.hears().await {
            Ok(ToVisitor::Stored { next, .. }) => said.push(Some(next)),
            Ok(ToVisitor::Refused { refusal: Refusal::OutOfOrder, .. }) => said.push(None),
            Ok(other) => panic!("stored or refused: {other:?}"),
            Err(code) => break code,
        }
    };
    assert_eq!(code, CloseCode::BadFrame.number());
    assert_eq!(said, [Some(4), None, None, Some(5)], "stored together, refused one by one");
    assert_eq!(house.line.envelopes_held(), 4, "1 to 4, and nothing after the garbage");
    drop(device);
    house.is_as_before(Duration::from_secs(21 * 60)).await;
}

#[tokio::test(start_paused = true)]
async fn half_open_sockets_are_found_and_their_places_kept_for_a_while() {
    let mut house = House::open().await;
    let mut half_open = Vec::new();
    for number in 0..100 {
        let mut device = house.socket().unwrap();
        device.says(join(number)).await;
        device.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
        // From here on the device answers no ping, and nobody tells the relay that it is gone.
        half_open.push(device);
    }
    // Then a second more for a leave that may still come.
    sleep(Duration::from_secs(47)).await;
    while house.sockets.try_join_next().is_some() {}
    assert_eq!(house.sockets.len(), 0, "dead after 45 s");
    house.every_permit_is_back();
    assert_eq!(house.line.places().len(), 200);
    let mut back = house.socket().unwrap();
    back.says(ToRelay::Resume { secret: secret(41), claim: Claim::NONE }).await;
    let frame = back.hears().await.unwrap();
    assert!(matches!(frame, ToVisitor::InLine { place: 42, .. }), "{frame:?}");
    drop((half_open, back));
    house.is_as_before(Duration::from_secs(200)).await;
}

#[tokio::test(start_paused = true)]
async fn a_resume_that_is_replayed_after_the_visitor_left_brings_nothing_back() {
    let mut house = House::open().await;
    let (mut device, chat) = house.talking(1).await;
    device.says(ToRelay::Leave(Leave { secret: secret(1), claim: chat.claim, goodbyes: vec![] })).await;
    assert_eq!(device.is_closed().await, CloseCode::Over.number());
    for _ in 0..200 {
        let mut replayed = house.socket().unwrap();
        replayed.says(ToRelay::Resume { secret: secret(1), claim: chat.claim }).await;
        assert_eq!(replayed.hears().await.unwrap(), ToVisitor::Nowhere);
        // Words for the chat that was reach nobody.
        replayed.says(put(chat.claim, 1)).await;
        let refused = replayed.hears().await.unwrap();
        assert!(matches!(refused, ToVisitor::Refused { refusal: Refusal::NotYours, .. }), "{refused:?}");
    }
    assert_eq!((house.line.places(), house.line.envelopes_held()), (vec![], 0));
    house.is_as_before(Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_leaves_for_somebody_else() {
    let mut house = House::open().await;
    let (mut victim, chat) = house.talking(1).await;
    let mut stranger = house.socket().unwrap();
    stranger.says(join(2)).await;
    stranger.hears_until(|frame| matches!(frame, ToVisitor::InLine { .. })).await;
    // The name is known to whoever has seen a dump; the secret is not. Their own secret names another ticket.
    let forged = TicketSecret::new(chat.ticket.0);
    stranger.says(ToRelay::Leave(Leave { secret: forged, claim: chat.claim, goodbyes: vec![] })).await;
    assert_eq!(stranger.is_closed().await, CloseCode::BadFrame.number());
    let mut first_word = house.socket().unwrap();
    let forged = TicketSecret::new(chat.ticket.0);
    first_word.says(ToRelay::Leave(Leave { secret: forged, claim: chat.claim, goodbyes: vec![] })).await;
    assert_eq!(first_word.is_closed().await, CloseCode::Over.number(), "whoever asks learns nothing");
    victim.says(put(chat.claim, 1)).await;
    victim.hears_until(|frame| matches!(frame, ToVisitor::Stored { next: 2, .. })).await;
}
