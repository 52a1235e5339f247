//! Ten thousand join within five seconds, and two hundred counsellors take as fast as they can.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use lykta_wire::{Ending, FromDesk, TicketName};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::people::{Desk, Door, SIT, Visitor};
use crate::relay::{Relay, Store};
use crate::report::Report;
use crate::size::Size;

const VISITORS: u32 = 10_000;
const SEATS: u32 = 200;
const WITHIN: Duration = Duration::from_secs(5);
/// A seat that found nobody presses again when the line is told anew, and after this.
const AGAIN: Duration = Duration::from_millis(200);
/// Whoever is not served by then is not served.
const PATIENCE: Duration = Duration::from_secs(120);

/// One visitor's storm.
struct Came {
    ticket: TicketName,
    joined: Duration,
    /// How often a place was told, and how long they stood in line.
    places: u64,
    stood: Duration,
    /// How many times they were taken, as far as they heard.
    taken: u32,
}

async fn comes(door: Door, number: u32, at: Instant) -> Came {
    sleep_until(at).await;
    let mut visitor = Visitor::joins(&door, number).await.unwrap_or_else(|code| panic!("refused: {code}"));
    let joined = at.elapsed();
    let at_once = visitor.place == 0;
    let (mut places, mut taken) = (u64::from(!at_once), u32::from(at_once));
    let mut stood = at_once.then_some(joined);
    let mut claim = None;
    let waits = async {
        if visitor.served {
            stood.get_or_insert(joined);
            return;
        }
        loop {
            while let Some(message) = visitor.socket.next_here() {
                let frame = visitor.socket.bytes(message);
                match frame[0] {
                    0x81 => places += 1,
                    0x82 => {
                        // The same again says where the seat is.
                        let known = claim.replace(frame[1..5].to_vec());
                        taken += u32::from(known != claim);
                        stood.get_or_insert(at.elapsed());
                    }
                    // The chat is over, perhaps before they heard that it began.
                    0x83 | 0x87 => {
                        stood.get_or_insert(at.elapsed());
                        return;
                    }
                    _ => {}
                }
            }
            if !visitor.socket.fill().await {
                return;
            }
        }
    };
    let _ = timeout(PATIENCE, waits).await;
    let ticket = visitor.ticket;
    Came { ticket, joined, places, stood: stood.unwrap_or(PATIENCE), taken }
}

/// What a seat took, and how long each press took in microseconds.
async fn takes(desk: &mut Desk, left: Arc<AtomicU32>, presses: &mut Histogram<u64>) -> Vec<TicketName> {
    let (mut mine, mut sat) = (Vec::new(), Instant::now());
    while left.load(Ordering::Relaxed) > 0 {
        if sat.elapsed() > SIT {
            sat = Instant::now();
            desk.stays();
        }
        let pressed = Instant::now();
        match desk.takes(None).await {
            Some(chat) => {
                presses.saturating_record(pressed.elapsed().as_micros() as u64);
                left.fetch_sub(1, Ordering::Relaxed);
                mine.push(chat.ticket);
                desk.socket.says(&FromDesk::End { chat, ending: Ending::Helped }.encode()).await;
            }
            None => {
                assert!(desk.socket.closed.is_none(), "a seat stays");
                let _ = timeout(AGAIN, desk.socket.until(|frame| frame[0] == 0xC3)).await;
            }
        }
    }
    mine
}

pub(crate) async fn measure(size: Size, report: &mut Report) {
    let many = size.of(VISITORS);
    report.part(&format!("{many} join within 5 s, 200 seats take as fast as they can"));
    for store in Store::BOTH {
        let (relay, name) = (Relay::begins(store).await, store.name());
        let door = Door::of(&relay);
        let desks = Desk::many(&relay, 0..size.of(SEATS)).await;
        let left = Arc::new(AtomicU32::new(many));
        let began = Instant::now();
        let (mut coming, mut taking) = (JoinSet::new(), JoinSet::new());
        for number in 0..many {
            coming.spawn(comes(door.clone(), number, began + WITHIN * number / many));
        }
        for mut desk in desks {
            let left = Arc::clone(&left);
            taking.spawn(async move {
                let mut presses = Histogram::new_with_bounds(1, 60_000_000, 3).unwrap();
                let mine = timeout(PATIENCE, takes(&mut desk, left, &mut presses)).await.unwrap_or_default();
                (mine, presses, desk)
            });
        }
        let mut presses = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3).unwrap();
        let mut served: HashMap<TicketName, u32> = HashMap::new();
        // They stay until everybody has heard: the last word of one who hangs up may be lost.
        let mut seats = Vec::new();
        while let Some(one) = taking.join_next().await {
            let (mine, of_seat, desk) = one.unwrap();
            seats.push(desk);
            presses += of_seat;
            mine.into_iter().for_each(|ticket| *served.entry(ticket).or_default() += 1);
        }
        let all_taken = began.elapsed();
        let mut joins = Histogram::<u64>::new_with_bounds(1, 600_000, 3).unwrap();
        let (mut places, mut stood, mut once) = (0, 0.0, true);
        while let Some(one) = coming.join_next().await {
            let came = one.unwrap();
            joins.saturating_record(came.joined.as_millis() as u64);
            places += came.places;
            stood += came.stood.as_secs_f64();
            once &= served.get(&came.ticket) == Some(&1) && came.taken <= 1;
        }
        drop(seats);
        report.holds(
            &format!("every ticket was served exactly once ({name})"),
            once && served.len() == many as usize,
        );
        let join = format!("arrival storm: join p99, {name}");
        report.at_most(&join, joins.value_at_quantile(0.99) as f64, "ms", 1_000.0);
        report.plain(&format!("arrival storm: join p50, {name}"), joins.value_at_quantile(0.5) as f64, "ms");
        let take = format!("arrival storm: take p99, {name}");
        report.at_most(&take, presses.value_at_quantile(0.99) as f64 / 1_000.0, "ms", 50.0);
        let half = presses.value_at_quantile(0.5) as f64 / 1_000.0;
        report.plain(&format!("arrival storm: take p50, {name}"), half, "ms");
        report.plain(&format!("arrival storm: all taken after, {name}"), all_taken.as_secs_f64(), "s");
        // One for each tick of 150 ms at most, however long the line is; beside the first, which answers the join.
        places -= places.min(u64::from(many));
        let updates = format!("arrival storm: places told each in a second of waiting, {name}");
        report.at_most(&updates, places as f64 / stood.max(1.0), "1/s", 7.7);
        report.plain(
            &format!("arrival storm: places told each, {name}"),
            places as f64 / f64::from(many),
            "",
        );
    }
}
