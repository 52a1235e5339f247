//! Nobody has written for a while.

use crate::clock::Steady;
use crate::view::Silence;

/// Ask after this, ms.
pub const ASK_MS: u64 = 300_000;
/// Warn after this, ms.
pub const WARN_MS: u64 = 600_000;
/// End the chat after this, ms.
pub const CLOSE_MS: u64 = 900_000;
/// The most that one step may add, ms: a laptop that slept was not looked at.
const STEP_MAX_MS: u64 = 30_000;

/// Counts only while it `runs`: both connected, the page visible, not held by the counsellor.
#[derive(Default)]
pub(crate) struct SilenceClock {
    counted: u64,
    since: Option<Steady>,
}

impl SilenceClock {
    /// Adds the time since the last step, if it counted then and counts still.
    pub(crate) fn step(&mut self, runs: bool, now: Steady) {
        if let Some(since) = self.since {
            self.counted += now.saturating_sub(since).min(STEP_MAX_MS);
        }
        self.since = runs.then_some(now);
    }

    /// Somebody wrote, or answered "yes, here".
    pub(crate) fn reset(&mut self) {
        self.counted = 0;
    }

    pub(crate) fn level(&self) -> Silence {
        match self.counted {
            ..ASK_MS => Silence::None,
            ASK_MS..WARN_MS => Silence::Ask,
            _ => Silence::Warn,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.counted >= CLOSE_MS
    }

    /// When the level changes next, if it counts.
    pub(crate) fn wake_at(&self) -> Option<Steady> {
        let next = [ASK_MS, WARN_MS, CLOSE_MS].into_iter().find(|level| *level > self.counted)?;
        // Not later than one step may count, else a single long wait would be cut.
        self.since.map(|since| since + (next - self.counted).min(STEP_MAX_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_asks_warns_and_closes_and_any_word_begins_again() {
        let mut clock = SilenceClock::default();
        let mut now = 0;
        let mut walk = |clock: &mut SilenceClock, ms: u64, runs| {
            let end = now + ms;
            while now < end {
                now = (now + 5_000).min(end);
                clock.step(runs, now);
            }
        };
        clock.step(true, 0);
        walk(&mut clock, ASK_MS - 5_000, true);
        assert_eq!(clock.level(), Silence::None);
        walk(&mut clock, 5_000, true);
        assert_eq!(clock.level(), Silence::Ask);
        walk(&mut clock, WARN_MS - ASK_MS, true);
        assert_eq!(clock.level(), Silence::Warn);
        walk(&mut clock, 5_000, false);
        walk(&mut clock, CLOSE_MS, false);
        assert!(!clock.is_over(), "held, hidden or disconnected time does not count");
        walk(&mut clock, 5_000, true);
        walk(&mut clock, CLOSE_MS - WARN_MS, true);
        assert!(clock.is_over());
        clock.reset();
        assert_eq!(clock.level(), Silence::None);
    }

    #[test]
    fn an_hour_asleep_is_not_an_hour_of_silence() {
        let mut clock = SilenceClock::default();
        clock.step(true, 0);
        clock.step(true, 3_600_000);
        assert_eq!(clock.level(), Silence::None);
    }
}
