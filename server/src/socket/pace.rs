//! How fast a stranger's frames are read.
//!
//! A page sends a few frames a second, and after a silence a window of envelopes for each of the few who are in its
//! chat. Whoever sends more is not refused: what they sent waits with them, in their own network's buffers, and the
//! others are served meanwhile.

use std::time::Duration;

use tokio::time::Instant;

/// Frames a second in the long run, and so many at once: a hundred times what a page sends, and what one socket of a
/// hundred can send through one core.
pub const FRAMES: u32 = 4_096;
const SECOND: Duration = Duration::from_secs(1);
/// Who has used them all is not read for so long: one rest for many frames, and not one for each.
const REST: Duration = Duration::from_millis(50);

/// The pace of one socket, as the moment at which all of its frames so far would have been in time (GCRA, the generic
/// cell rate algorithm of ITU-T I.371, with one number).
pub struct Pace(Instant);

impl Pace {
    /// Of a fresh socket.
    pub fn new(now: Instant) -> Self {
        Self(now)
    }

    /// One more frame was read.
    pub fn counts(&mut self, now: Instant) {
        self.0 = self.0.max(now) + SECOND / FRAMES;
    }

    /// Not before this moment the next one is read.
    pub fn rests_until(&self, now: Instant) -> Option<Instant> {
        let ahead = self.0.saturating_duration_since(now);
        (ahead > SECOND).then(|| now + (ahead - SECOND) + REST)
    }
}
