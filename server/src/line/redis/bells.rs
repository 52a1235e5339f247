//! Bells between relays: Redis' publish and subscribe, one channel per centre.
//!
//! A bell is one letter and whom it is about. What a script changes, the script rings for, in the same
//! instant; [`super::Line::ring`] rings here at once and for the other relays through [`post`]. A bell may be
//! lost and costs one tick then. A listener that was cut off does not know what it missed, so when it is back
//! it rings [`Bell::Missed`] here, and everybody looks everywhere once; so it is after a verb found the store
//! away, since whoever looked then saw nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use lykta_wire::{Member, SeatId, TicketName};
use redis::Client;
use redis::aio::PubSub;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use super::link::{Link, PATIENCE};
use crate::line::Bell;

/// Bells a receiver may be behind before it must look everywhere instead.
pub(super) const BELLS: usize = 4_096;

/// Bells that wait to be sent. More than this within an instant, and some are lost.
const WAITING: usize = 256;

/// A bell older than this is not sent any more. "A newer socket is here" must not arrive when a still newer
/// one is: it would close that.
const STALE: Duration = Duration::from_secs(1);

/// Each process hears itself this often; a subscription that has gone deaf without an error is found by it.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Not even its own heartbeat heard for this long: deaf.
const DEAF: Duration = Duration::from_secs(12);

/// The longest pause between two attempts to listen again.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The process, in the bells it rings itself: it has heard those already.
pub(super) type Process = [u8; 8];

/// A bell as it travels.
pub(super) fn write(bell: Bell, process: Process) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(49);
    match bell {
        Bell::Box(ticket, member) => {
            bytes.push(b'B');
            bytes.extend_from_slice(&ticket.0);
            bytes.push(member.number());
            return bytes;
        }
        // The scripts write these two letters themselves.
        Bell::Ticket(ticket) => {
            bytes.push(b'T');
            bytes.extend_from_slice(&ticket.0);
            return bytes;
        }
        Bell::Staff(from, to) => {
            bytes.push(b'F');
            bytes.extend_from_slice(&from.0);
            bytes.extend_from_slice(&to.0);
            return bytes;
        }
        Bell::Line => return vec![b'L'],
        // Each relay knows for itself what it has missed; no relay of this version reads this letter.
        Bell::Missed => return vec![b'M'],
        Bell::NewerVisitor(ticket, number) => {
            bytes.push(b'V');
            bytes.extend_from_slice(&ticket.0);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Bell::NewerSeat(seat, number) => {
            bytes.push(b'S');
            bytes.extend_from_slice(&seat.0);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    bytes.extend_from_slice(&process);
    bytes
}

/// Reads a bell; `None` for a heartbeat, for what this process has rung itself, and for what no relay of this
/// version rings.
pub(super) fn read(bytes: &[u8], process: Process) -> Option<Bell> {
    let (kind, rest) = bytes.split_first()?;
    match kind {
        b'B' => {
            let (ticket, member) = rest.split_first_chunk::<32>()?;
            let [member] = member else { return None };
            Some(Bell::Box(TicketName(*ticket), Member::new(*member).ok()?))
        }
        b'T' => Some(Bell::Ticket(TicketName(rest.try_into().ok()?))),
        b'F' => {
            let (from, to) = rest.split_first_chunk::<16>()?;
            Some(Bell::Staff(SeatId(*from), SeatId(to.try_into().ok()?)))
        }
        b'L' => Some(Bell::Line),
        b'V' => {
            let (ticket, rest) = rest.split_first_chunk::<32>()?;
            Some(Bell::NewerVisitor(TicketName(*ticket), foreign(rest, process)?))
        }
        b'S' => {
            let (seat, rest) = rest.split_first_chunk::<16>()?;
            Some(Bell::NewerSeat(SeatId(*seat), foreign(rest, process)?))
        }
        _ => None,
    }
}

fn foreign(rest: &[u8], process: Process) -> Option<u64> {
    let (number, from) = rest.split_first_chunk::<8>()?;
    (from != process).then(|| u64::from_be_bytes(*number))
}

/// A bell on its way to the other relays.
pub(super) type Waiting = (Instant, Vec<u8>);

/// Where bells wait to be sent.
pub(super) fn waiting() -> (mpsc::Sender<Waiting>, mpsc::Receiver<Waiting>) {
    mpsc::channel(WAITING)
}

/// Sends what waits, and the heartbeat. Runs until the line is dropped.
pub(super) async fn post(link: Arc<Link>, channel: String, mut waiting: mpsc::Receiver<Waiting>) {
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            next = waiting.recv() => match next {
                Some((rung, message)) if rung.elapsed() < STALE => message,
                Some(_) => continue,
                None => return,
            },
            _ = heartbeat.tick() => vec![b'H'],
        };
        // Lost when the store is away: that is what ticks are for.
        let _ = link.publish(&channel, &message).await;
    }
}

/// Hears the bells of all relays and passes them on. Says on `ready` when it has begun to listen. Runs until
/// it is aborted.
pub(super) async fn listen(
    link: Arc<Link>,
    channel: String,
    process: Process,
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
            if let Some(bell) = read(message.get_payload_bytes(), process) {
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
        let (ours, theirs) = ([1; 8], [2; 8]);
        let (ticket, seat) = (TicketName([7; 32]), SeatId([9; 16]));
        let bells = [
            Bell::Box(ticket, Member::COUNSELLOR),
            Bell::Ticket(ticket),
            Bell::Line,
            Bell::Staff(seat, SeatId([3; 16])),
            Bell::NewerVisitor(ticket, 5),
            Bell::NewerSeat(seat, u64::MAX),
        ];
        for bell in bells {
            assert_eq!(read(&write(bell, theirs), ours), Some(bell));
        }
        // One's own were heard when they were rung.
        assert_eq!(read(&write(Bell::NewerVisitor(ticket, 5), ours), ours), None);
        assert_eq!(read(&write(Bell::NewerSeat(seat, 5), ours), ours), None);
    }

    #[test]
    fn what_no_relay_rings_is_not_a_bell() {
        for bytes in [&b""[..], b"H", b"B", b"T123", b"V", b"M", b"X", &[b'F'; 32], &[b'B'; 33], &[b'T'; 40]]
        {
            assert_eq!(read(bytes, [0; 8]), None);
        }
    }
}
