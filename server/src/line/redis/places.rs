//! What this relay knows of its own visitors' places, for a store that loses its memory.
//!
//! Redis holds the line in memory only, and a replica that takes over may not have heard of the last moment.
//! Then each relay hands back the places it was told of at its last tick, so that those who wait stand in the
//! order in which they stood. What a visitor claims plays no part in it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use lykta_wire::TicketName;

use crate::clock::Moment;
use crate::line::Spans;

/// A place in the line in the store's own words, and when it was last told.
struct Place {
    words: Vec<u8>,
    told: Moment,
}

/// The places of this relay's visitors.
#[derive(Default)]
pub(super) struct Places(Mutex<HashMap<TicketName, Place>>);

impl Places {
    fn held(&self) -> MutexGuard<'_, HashMap<TicketName, Place>> {
        self.0.lock().expect("nothing panics while it holds the places")
    }

    /// The store has told where these stand. Those it has not told of for as long as any ticket lives are
    /// forgotten.
    pub(super) fn told(&self, places: Vec<(TicketName, Vec<u8>)>, spans: &Spans, now: Moment) {
        let mut held = self.held();
        for (ticket, words) in places {
            held.insert(ticket, Place { words, told: now });
        }
        held.retain(|_, place| now.since(place.told) < spans.ttl);
    }

    /// The ticket is with a seat, or its visitor is gone from here.
    pub(super) fn forget(&self, ticket: TicketName) {
        self.held().remove(&ticket);
    }

    /// Where the ticket stood. Only once, unless [`Self::told`] hears of it again: a store that refuses is not asked
    /// for ever.
    pub(super) fn take(&self, ticket: TicketName) -> Option<Vec<u8>> {
        self.held().remove(&ticket).map(|place| place.words)
    }
}
