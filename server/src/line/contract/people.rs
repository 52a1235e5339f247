//! Who and what the stories are about; shared with the tests of the stores.

use std::time::Duration;

use lykta_wire::{ChatRef, Envelope, Kind, Lane, Languages, Member, SeatId, TicketName};

use crate::clock::Moment;
use crate::line::{Join, Line, Put};

const START: Moment = Moment(1_800_000_000_000);

/// So many seconds after the story began.
pub(in crate::line) fn at(seconds: u64) -> Moment {
    START.plus(Duration::from_secs(seconds))
}

pub(in crate::line) fn ticket(number: u8) -> TicketName {
    TicketName([number; 32])
}

pub(in crate::line) fn seat(number: u8) -> SeatId {
    SeatId([number; 16])
}

pub(in crate::line) fn envelope(kind: Kind, number: u32) -> Envelope {
    let size = if kind == Kind::Beat { 536 } else { 2_072 };
    let mut bytes = vec![number as u8; size];
    bytes[..2].copy_from_slice(&[1, kind as u8]);
    bytes[4..8].copy_from_slice(&number.to_be_bytes());
    Envelope::parse(&bytes).expect("a well-formed envelope")
}

pub(in crate::line) fn kept(number: u32) -> Envelope {
    envelope(Kind::Kept, number)
}

/// Somebody who asks for support.
pub(in crate::line) fn join(ticket: TicketName) -> Join {
    Join { ticket, lane: Lane::Support, languages: Languages::default(), hello: envelope(Kind::Hello, 0) }
}

/// A visitor with a counsellor, the greeting confirmed.
pub(in crate::line) async fn talking(line: &dyn Line, visitor: u8, counsellor: u8, now: Moment) -> ChatRef {
    line.join(join(ticket(visitor)), now).await.expect("the store is here");
    line.sit(seat(counsellor), true, 3, &[], now).await.expect("the store is here");
    let taken = line.take(seat(counsellor), Some(ticket(visitor)), now).await;
    let chat = taken.expect("the store is here").expect("somebody waits").chat;
    let spoken = line.put(chat, Member::VISITOR, Member::COUNSELLOR, vec![kept(0)], now).await;
    assert_eq!(spoken.map(Put::all), Ok(Ok(1)), "a new box takes the confirm");
    chat
}
