//! Bells between relays: Redis' publish and subscribe, one channel per centre.
//!
//! A bell is one letter and whom it is about. What a script changes, the script rings for, in the same
//! instant, and the relay that asked hears it like all the others. A bell may be lost and costs one tick then. A
//! listener that was cut off does not know what it missed, so when it is back it rings [`Bell::Missed`] here,
//! and everybody looks everywhere once; so it is after a verb found the store away, since whoever looked then
//! saw nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use lykta_wire::{Member, SeatId, TicketName};
use redis::Client;
use redis::aio::PubSub;
use tokio::sync::{broadcast, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::link::{Link, PATIENCE};
use crate::line::{Bell, Holder, Level, Sheet};

/// Bells a receiver may be behind before it must look everywhere instead.
pub(super) const BELLS: usize = 4_096;

/// Each process hears itself this often; a subscription that has gone deaf without an error is found by it.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Not even its own heartbeat heard for this long: deaf.
const DEAF: Duration = Duration::from_secs(12);

/// The longest pause between two attempts to listen again.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How far a box is filled, as a script puts it behind the bell: three marks of eight bytes, and the next number of
/// four before the last.
const LEVEL: usize = 28;

/// "Something lies in a box", as it travels, without how far it is filled.
pub(super) fn boxed(ticket: TicketName, from: Member, to: Member) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(35);
    bytes.push(b'B');
    bytes.extend_from_slice(&ticket.0);
    bytes.extend_from_slice(&[from.number(), to.number()]);
    bytes
}

/// "From the first seat, something lies in the second's staff box", as it travels, without how far it is filled.
pub(super) fn staff(from: SeatId, to: SeatId) -> Vec<u8> {
    [&b"F"[..], &from.0, &to.0].concat()
}

/// "Another version of this sheet hangs there", as it travels.
pub(super) fn pinned(sheet: Sheet) -> Vec<u8> {
    format!("P{}", sheet.word()).into_bytes()
}

/// "A newer socket is here", without its number: the script that gives it puts it behind, eight bytes.
pub(super) fn newer(holder: Holder) -> Vec<u8> {
    let (letter, name): (u8, &[u8]) = match &holder {
        Holder::Visitor(ticket) => (b'V', &ticket.0),
        Holder::Seat(seat) => (b'S', &seat.0),
    };
    let mut bytes = Vec::with_capacity(41);
    bytes.push(letter);
    bytes.extend_from_slice(name);
    bytes
}

/// Reads a bell; `None` for a heartbeat, and for what no script of this version rings.
pub(super) fn read(bytes: &[u8]) -> Option<Bell> {
    let (letter, rest) = bytes.split_first()?;
    let newer = |holder, number: &[u8]| {
        let number: &[u8; 8] = number.try_into().ok()?;
        Some(Bell::Newer(holder, u64::from_be_bytes(*number)))
    };
    match letter {
        b'B' => {
            let (ticket, rest) = rest.split_first_chunk::<32>()?;
            let ([from, to], level) = rest.split_first_chunk()?;
            Some(Bell::Box {
                ticket: TicketName(*ticket),
                from: Member::new(*from).ok()?,
                to: Member::new(*to).ok()?,
                level: self::level(level)?,
            })
        }
        b'C' => Some(Bell::Cool(TicketName(rest.try_into().ok()?))),
        b'T' => Some(Bell::Ticket(TicketName(rest.try_into().ok()?))),
        b'K' => Some(Bell::Seat(SeatId(rest.try_into().ok()?))),
        b'F' => {
            let (from, rest) = rest.split_first_chunk::<16>()?;
            let (to, level) = rest.split_first_chunk::<16>()?;
            (level.len() == LEVEL).then_some(Bell::Staff(SeatId(*from), SeatId(*to)))
        }
        b'L' => rest.is_empty().then_some(Bell::Line),
        b'P' => Sheet::ALL.into_iter().find(|sheet| rest == sheet.word().as_bytes()).map(Bell::Pinned),
        b'V' => {
            let (ticket, number) = rest.split_first_chunk::<32>()?;
            newer(Holder::Visitor(TicketName(*ticket)), number)
        }
        b'S' => {
            let (seat, number) = rest.split_first_chunk::<16>()?;
            newer(Holder::Seat(SeatId(*seat)), number)
        }
        _ => None,
    }
}

fn level(bytes: &[u8]) -> Option<Level> {
    let (answer, rest) = bytes.split_first_chunk()?;
    let (filling, rest) = rest.split_first_chunk()?;
    let (next, beat) = rest.split_first_chunk()?;
    Some(Level {
        answer: u64::from_be_bytes(*answer),
        filling: u64::from_be_bytes(*filling),
        next: u32::from_be_bytes(*next),
        beat: u64::from_be_bytes(beat.try_into().ok()?),
    })
}

/// The heartbeat. Runs until the line is dropped.
pub(super) async fn beat(link: Arc<Link>, channel: String) {
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        heartbeat.tick().await;
        link.follow_the_master().await;
        // Lost when the store is away: that is what ticks are for.
        let _ = link.publish(&channel, b"H").await;
    }
}

/// Hears the bells of all relays and passes them on. Says on `ready` when it has begun to listen. Runs until
/// it is aborted.
pub(super) async fn listen(
    link: Arc<Link>,
    channel: String,
    bells: broadcast::Sender<Bell>,
    ready: oneshot::Sender<()>,
) {
    let mut ready = Some(ready);
    let mut servers: Vec<Client> = Vec::new();
    let mut pause = Duration::from_millis(50);
    loop {
        // In a cluster every server passes on every bell, so any that is there will do.
        if servers.is_empty() {
            servers = link.servers().await;
            servers.reverse();
        }
        let subscribed = match servers.pop() {
            Some(server) => subscribe(&server, &channel).await,
            None => None,
        };
        let Some(subscription) = subscribed else {
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
            continue;
        };
        pause = Duration::from_millis(50);
        match ready.take() {
            Some(first) => drop(first.send(())),
            None => link.look_everywhere(),
        }
        let mut messages = subscription.into_on_message();
        while let Ok(Some(message)) = timeout(DEAF, messages.next()).await {
            if let Some(bell) = read(message.get_payload_bytes()) {
                // Nobody listening is fine.
                let _ = bells.send(bell);
            }
        }
    }
}

async fn subscribe(server: &Client, channel: &str) -> Option<PubSub> {
    let connecting = async {
        let mut subscription = server.get_async_pubsub().await.ok()?;
        subscription.subscribe(channel).await.ok()?;
        Some(subscription)
    };
    timeout(PATIENCE, connecting).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_is_read_as_it_was_written() {
        let (ticket, seat) = (TicketName([7; 32]), SeatId([9; 16]));
        let level = Level { answer: 1, filling: 2, next: 3, beat: u64::MAX };
        let filled = [&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3][..], &[255; 8]].concat();
        let (from, to) = (Member::COUNSELLOR, Member::VISITOR);
        let rung = [boxed(ticket, from, to), filled.clone()].concat();
        assert_eq!(read(&rung), Some(Bell::Box { ticket, from, to, level }));
        let other = SeatId([3; 16]);
        assert_eq!(read(&[staff(seat, other), filled].concat()), Some(Bell::Staff(seat, other)));
        assert_eq!(read(&[&b"K"[..], &seat.0].concat()), Some(Bell::Seat(seat)));
        for sheet in Sheet::ALL {
            assert_eq!(read(&pinned(sheet)), Some(Bell::Pinned(sheet)));
        }
        for (holder, number) in [(Holder::Visitor(ticket), 5), (Holder::Seat(seat), u64::MAX)] {
            let mut bytes = newer(holder);
            bytes.extend_from_slice(&number.to_be_bytes());
            assert_eq!(read(&bytes), Some(Bell::Newer(holder, number)));
        }
    }

    #[test]
    fn what_no_script_rings_is_not_a_bell() {
        let cut = [&[b'B'; 35][..], &[b'F'; 60], &[b'F'; 62], &[b'T'; 40], &[b'V'; 40], &[b'K'; 40]];
        for bytes in
            [&b""[..], b"H", b"B", b"F", b"T123", b"V", b"M", b"X", b"P", b"Prosters"].into_iter().chain(cut)
        {
            assert_eq!(read(bytes), None);
        }
    }
}
