//! Nobody has written for a while.

use crate::clock::Steady;
use crate::view::Silence;

/// Ask after this, ms, unless the centre says otherwise.
pub const ASK_MS: u64 = 300_000;
/// Warn after this, ms.
pub const WARN_MS: u64 = 600_000;
/// End the chat after this, ms.
pub const CLOSE_MS: u64 = 900_000;
/// The most that one step may add, ms: a laptop that slept was not looked at.
const STEP_MAX_MS: u64 = 30_000;

/// When a silence is asked about, warned of and ends the chat: the centre's three clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilenceTimes([u64; 3]);

impl SilenceTimes {
    /// Whole seconds, each longer than the one before; `None` otherwise.
    #[must_use]
    pub fn from_seconds(ask: u16, warn: u16, close: u16) -> Option<Self> {
        (0 < ask && ask < warn && warn < close)
            .then(|| Self([ask, warn, close].map(|seconds| u64::from(seconds) * 1_000)))
    }
}

impl Default for SilenceTimes {
    fn default() -> Self {
        Self([ASK_MS, WARN_MS, CLOSE_MS])
    }
}

/// Counts only while it `runs`: both connected, the page visible, not held by the counsellor.
#[derive(Default)]
pub(crate) struct SilenceClock {
    counted: u64,
    since: Option<Steady>,
    times: SilenceTimes,
}

impl SilenceClock {
    pub(crate) fn new(times: SilenceTimes) -> Self {
        Self { counted: 0, since: None, times }
    }

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
        let [ask, warn, _] = self.times.0;
        if self.counted < ask {
            Silence::None
        } else if self.counted < warn {
            Silence::Ask
        } else {
            Silence::Warn
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.counted >= self.times.0[2]
    }

    /// When the level changes next, if it counts.
    pub(crate) fn wake_at(&self) -> Option<Steady> {
        let next = self.times.0.into_iter().find(|level| *level > self.counted)?;
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
    fn the_centre_says_when_and_only_in_order() {
        assert_eq!(SilenceTimes::from_seconds(300, 600, 900), Some(SilenceTimes::default()));
        for (ask, warn, close) in [(0, 1, 2), (2, 2, 3), (1, 3, 3), (3, 2, 1)] {
            assert_eq!(SilenceTimes::from_seconds(ask, warn, close), None);
        }
        let mut clock = SilenceClock::new(SilenceTimes::from_seconds(10, 20, 30).unwrap());
        for (at, level) in [(0, Silence::None), (10, Silence::Ask), (20, Silence::Warn)] {
            clock.step(true, at * 1_000);
            assert_eq!(clock.level(), level);
            assert_eq!(clock.wake_at(), Some((at + 10) * 1_000));
        }
        clock.step(true, 30_000);
        assert!(clock.is_over());
    }

    #[test]
    fn an_hour_asleep_is_not_an_hour_of_silence() {
        let mut clock = SilenceClock::default();
        clock.step(true, 0);
        clock.step(true, 3_600_000);
        assert_eq!(clock.level(), Silence::None);
    }
}
