//! What every console is shown of the line and of the other seats: asked for once for all consoles of this relay.
//!
//! Each of two hundred consoles asking for a line of ten thousand whenever it changes would cost the store more than
//! the line itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lykta_wire::{LineEntry, SeatEntry, limits};
use tokio::sync::Mutex;

use crate::line::Count;
use crate::professional;
use crate::relay::Relay;

/// The line and the seats as they were at one moment.
pub struct Seen {
    /// The line as the seats are shown it.
    pub entries: Vec<LineEntry>,
    /// What is counted.
    pub count: Count,
    /// The living seats.
    pub seats: Arc<[SeatEntry]>,
}

/// What was seen last, and whether something has changed since.
#[derive(Default)]
pub struct Shown {
    changes: AtomicU64,
    /// Of which change it is; nothing when the store was away.
    seen: Mutex<Option<(u64, Option<Arc<Seen>>)>>,
}

impl Shown {
    /// Something changed, or a tick: the next one who looks asks the store.
    pub fn is_old(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// The line and the seats since the last change; nothing while the store is away, until it is back or a tick comes.
    pub async fn look(&self, relay: &Relay) -> Option<Arc<Seen>> {
        let mut seen = self.seen.lock().await;
        let change = self.changes.load(Ordering::Acquire);
        if let Some((known, seen)) = &*seen
            && *known == change
        {
            return seen.clone();
        }
        let new = ask(relay).await.map(Arc::new);
        *seen = Some((change, new.clone()));
        new
    }
}

async fn ask(relay: &Relay) -> Option<Seen> {
    let now = relay.now();
    let entries = professional::line_for_seats(relay).await.ok()?;
    let count = relay.line.count(now).await.ok()?;
    let seats = relay.line.seats(limits::SEATS_SHOWN, now).await.ok()?.into();
    Some(Seen { entries, count, seats })
}
