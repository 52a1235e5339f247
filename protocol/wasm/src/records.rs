//! Writing records, and keeping those that did not fit.

use alloc::vec::Vec;

use lykta_client::{Comparison, View, Wish};
use zeroize::Zeroizing;

use crate::MAILBOX;

pub(crate) mod kind {
    pub(crate) const OPEN: u8 = 1;
    pub(crate) const CLOSE: u8 = 2;
    pub(crate) const SEND: u8 = 3;
    pub(crate) const WAKE: u8 = 4;
    pub(crate) const VIEW: u8 = 5;
    pub(crate) const SAID: u8 = 6;
    pub(crate) const DELIVERED: u8 = 7;
    pub(crate) const LEAVE: u8 = 8;
    pub(crate) const NOT_SAID: u8 = 9;
    pub(crate) const EMPTIED: u8 = 10;
    pub(crate) const RETRY: u8 = 16;
    pub(crate) const MORE: u8 = 255;

    #[cfg(feature = "seat")]
    pub(crate) const SEAT: u8 = 11;
    #[cfg(feature = "seat")]
    pub(crate) const LINE: u8 = 12;
    #[cfg(feature = "seat")]
    pub(crate) const TAKEN: u8 = 13;
    #[cfg(feature = "seat")]
    pub(crate) const NOT_TAKEN: u8 = 14;
    #[cfg(feature = "seat")]
    pub(crate) const SEATVIEW: u8 = 15;
    #[cfg(feature = "seat")]
    pub(crate) const PERSON: u8 = 17;
    #[cfg(feature = "seat")]
    pub(crate) const REQUEST: u8 = 18;
    #[cfg(feature = "chat")]
    pub(crate) const KEEP: u8 = 20;
    #[cfg(feature = "chat")]
    pub(crate) const FORGET: u8 = 21;
    #[cfg(feature = "seat")]
    pub(crate) const KEPT: u8 = 22;
    #[cfg(feature = "pair")]
    pub(crate) const SEATS: u8 = 23;
    #[cfg(feature = "pair")]
    pub(crate) const COLLEAGUE: u8 = 24;
    #[cfg(feature = "pair")]
    pub(crate) const GONE: u8 = 25;
    #[cfg(any(feature = "chat", feature = "pair"))]
    pub(crate) const LETTER: u8 = 26;
    #[cfg(feature = "pair")]
    pub(crate) const HEARD: u8 = 27;
    #[cfg(feature = "pair")]
    pub(crate) const TOLD: u8 = 28;
    #[cfg(feature = "pair")]
    pub(crate) const OPENED: u8 = 29;
    #[cfg(feature = "chat")]
    pub(crate) const ORDER: u8 = 30;
    #[cfg(feature = "pair")]
    pub(crate) const REPORT: u8 = 31;
}

/// `kind u8 | length u32` before a record's payload.
const HEAD: usize = 5;

/// One payload, written field by field.
pub(crate) struct Payload(Zeroizing<Vec<u8>>);

impl Payload {
    /// `room`: bytes that will be written, so that nothing moves while it grows.
    pub(crate) fn new(room: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(room)))
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn u8(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    pub(crate) fn flag(self, value: bool) -> Self {
        self.u8(u8::from(value))
    }

    /// `length u8 | text`; nothing of a text that is longer, and no name is.
    pub(crate) fn short(self, text: &str) -> Self {
        let length = u8::try_from(text.len()).unwrap_or(0);
        self.u8(length).bytes(&text.as_bytes()[..usize::from(length)])
    }

    pub(crate) fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// `n u8 | n x tag 8`, padded with zeros. The wire bounds their number by four.
    #[cfg(feature = "seat")]
    pub(crate) fn languages(self, languages: &lykta_wire::Languages) -> Self {
        let tags = languages.tags();
        tags.iter().fold(self.u8(u8::try_from(tags.len()).unwrap_or(0)), |payload, tag| {
            let mut padded = [0; 8];
            padded[..tag.as_str().len()].copy_from_slice(tag.as_str().as_bytes());
            payload.bytes(&padded)
        })
    }
}

/// The records of a step, first first.
#[derive(Default)]
pub struct Records(Vec<(u8, Zeroizing<Vec<u8>>)>);

impl Records {
    pub(crate) fn push(&mut self, kind: u8, payload: Payload) {
        self.0.push((kind, payload.0));
    }

    pub(crate) fn empty(&mut self, kind: u8) {
        self.push(kind, Payload::new(0));
    }

    /// As many as fit in the mailbox, with MORE behind them if there are others.
    pub(crate) fn fill(&mut self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(MAILBOX));
        let mut filled = 0;
        for (kind, payload) in &self.0 {
            // Room for MORE is always left. No record comes near the mailbox's size: the largest are a
            // message (12,000 bytes) and a frame (8,192).
            if out.len() + HEAD + payload.len() + HEAD > MAILBOX {
                head(&mut out, kind::MORE, 0);
                break;
            }
            head(&mut out, *kind, payload.len());
            out.extend_from_slice(payload);
            filled += 1;
        }
        self.0.drain(..filled);
        out
    }

    /// What both kinds of chat want.
    pub(crate) fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::Open => self.empty(kind::OPEN),
            Wish::Close => self.empty(kind::CLOSE),
            Wish::Send(frame) => self.push(kind::SEND, Payload(Zeroizing::new(frame))),
            Wish::Said(said) => {
                let payload = Payload::new(13 + said.text.len()).u32(said.id).u8(said.from).u64(said.at_ms);
                self.push(kind::SAID, payload.bytes(said.text.as_bytes()));
            }
            Wish::Delivered(id) => self.push(kind::DELIVERED, Payload::new(4).u32(id)),
            Wish::Leave(body) => self.push(kind::LEAVE, Payload(Zeroizing::new(body))),
            Wish::NotSaid(reason) => self.push(kind::NOT_SAID, Payload::new(1).u8(reason as u8)),
            Wish::Emptied => self.empty(kind::EMPTIED),
            #[cfg(feature = "chat")]
            Wish::KeepReturn { words, stays } => {
                let payload = Payload::new(49).bytes(&words.id).bytes(words.key.expose()).flag(stays);
                self.push(kind::KEEP, payload);
            }
            #[cfg(feature = "chat")]
            Wish::ForgetReturn => self.empty(kind::FORGET),
            // No visitor's machine wishes these.
            #[cfg(not(feature = "chat"))]
            Wish::KeepReturn { .. } | Wish::ForgetReturn => {}
        }
    }

    pub(crate) fn wake(&mut self, at_ms: Option<u64>) {
        self.push(kind::WAKE, Payload::new(8).u64(at_ms.unwrap_or(0)));
    }

    /// The retry's moment, when it is news.
    pub(crate) fn retry(&mut self, at_ms: Option<u64>, said: &mut Option<u64>) {
        if *said != at_ms {
            *said = at_ms;
            if let Some(at) = at_ms {
                self.push(kind::RETRY, Payload::new(8).u64(at));
            }
        }
    }

    #[cfg(any(feature = "chat", feature = "pair"))]
    pub(crate) fn letter(&mut self, seat: lykta_wire::SeatId, invitation: &lykta_client::Invitation) {
        let bytes = invitation.to_bytes();
        self.push(kind::LETTER, Payload::new(16 + bytes.len()).bytes(&seat.0).bytes(&bytes));
    }

    /// The view, when it is news. `of_a_seat`: with what only a counsellor is shown.
    pub(crate) fn view(&mut self, view: &View, of_a_seat: bool, said: &mut Vec<u8>) {
        let mut payload = Payload::new(40 + view.alias.len())
            .u8(view.phase as u8)
            .u8(view.link as u8)
            .u32(view.place)
            .u8(view.open_state.map_or(0, lykta_wire::OpenState::byte))
            .flag(view.closing_soon)
            .u8(view.peer as u8)
            .u64(view.peer_since_ms)
            .flag(view.peer_typing)
            .flag(view.peer_covered)
            .u8(view.silence as u8)
            .flag(view.held)
            .u16(view.unsent)
            .u8(view.ending.map_or(0, lykta_wire::Ending::byte))
            .u8(view.trouble.map_or(0, lykta_client::Trouble::byte))
            .u8(view.about.map_or(0, lykta_client::About::code))
            .short(&view.alias)
            .u8(view.role.map_or(0, lykta_trust::Role::code))
            .u8(view.wait.byte())
            .u8(view.returning as u8)
            .u8(match view.compare {
                Comparison::None => 0,
                Comparison::UnderWay => 1,
                Comparison::Numbers(_) => 2,
            });
        if let Comparison::Numbers(numbers) = view.compare {
            payload = numbers.into_iter().fold(payload, Payload::u16);
        }
        payload = match &view.offer {
            Some(offer) => {
                payload.u8(offer.kind.byte()).flag(offer.called).u8(offer.role.code()).short(&offer.name)
            }
            None => payload.u8(0),
        };
        payload = payload.u8(view.room.len() as u8);
        for one in &view.room {
            let flags = u8::from(one.here) | u8::from(one.typing) << 1;
            payload = payload.u8(one.member).u8(one.role.code()).u8(flags).short(&one.name);
        }
        if of_a_seat {
            let asking = view.asking;
            payload = payload
                .u8(asking.map_or(0, |asking| asking.kind.byte()))
                .flag(asking.is_some_and(|asking| asking.consent))
                .flag(asking.is_some_and(|asking| asking.comes))
                .u8(view.asked.map_or(0, |asked| asked as u8))
                .flag(view.guest);
        }
        // Compared as bytes: a view holds nothing secret, and what is not on the door is no news.
        if *said != **payload.0 {
            said.clear();
            said.extend_from_slice(&payload.0);
            self.push(kind::VIEW, payload);
        }
    }
}

fn head(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    // Bounded by the mailbox's size.
    out.extend_from_slice(&(length as u32).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_waits_behind_more_and_nothing_is_lost_or_turned_round() {
        let mut records = Records::default();
        for number in 0..100u8 {
            records.push(kind::SEND, Payload::new(4_158).bytes(&[number; 4_158]));
        }
        let mut seen = Vec::new();
        loop {
            let out = records.fill();
            assert!(out.len() <= MAILBOX);
            let mut rest = &out[..];
            let mut more = false;
            while let Some((&kind, tail)) = rest.split_first() {
                let (length, tail) = tail.split_first_chunk().unwrap();
                let (payload, tail) = tail.split_at(u32::from_be_bytes(*length) as usize);
                assert!(!more, "MORE is the last");
                if kind == kind::MORE {
                    more = true;
                } else {
                    seen.push(payload[0]);
                }
                rest = tail;
            }
            if !more {
                break;
            }
        }
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
}
