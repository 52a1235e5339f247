//! The relay's clock: real in production, paused and moved in tests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A moment of the relay's clock, milliseconds since 1970. Leases and time-outs are compared in it; it never
/// comes from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

impl Moment {
    /// This moment and `span`.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.as_millis() as u64))
    }

    /// How long ago `earlier` was; zero when it is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Wall time read once, then carried on by the runtime's monotonic clock: a stepped system clock ends no
/// lease, and a paused runtime pauses everything.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    wall_ms: u64,
}

impl Clock {
    /// Starts at the system's wall time. Must be called inside a runtime.
    #[must_use]
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::start_at(Moment(wall.as_millis() as u64))
    }

    /// Starts at this moment, whatever the wall says. Must be called inside a runtime.
    #[must_use]
    pub fn start_at(moment: Moment) -> Self {
        Self { started: Instant::now(), wall_ms: moment.0 }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment(self.wall_ms.saturating_add(self.started.elapsed().as_millis() as u64))
    }
}
