//! Whether this process has been asleep: stopped, starved, or on a machine that was.
//!
//! While it slept, others judged by the clocks without it: places were given up, seats lapsed, visitors and
//! counsellors came back on other relays. What its sockets hold from before is late. A `Resume` would throw the
//! same visitor's newer socket off its relay, a `Sit` would put somebody on duty who went home. So a connection
//! from before a sleep does nothing any more except hear a `Leave`, which is never too late, and is closed;
//! whoever is still there comes back at once.

use std::sync::Mutex;
use std::time::Duration;

use crate::clock::Moment;

/// How often the heart beats.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// Without a beat for longer, it was a sleep. One tick: a visitor's lease outlives two.
const ASLEEP: Duration = Duration::from_secs(10);

/// The heart of a process.
#[derive(Default)]
pub struct Pulse(Mutex<State>);

#[derive(Default)]
struct State {
    last: Option<Moment>,
    sleeps: u64,
}

/// Since which sleep somebody is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awake(u64);

impl Pulse {
    /// A beat. Whoever comes first after a sleep notices it, so nothing late slips through before.
    pub(crate) fn beat(&self, now: Moment) -> Awake {
        let mut state = self.0.lock().expect("nothing panics while the heart beats");
        if state.last.is_some_and(|last| now.since(last) > ASLEEP) {
            state.sleeps += 1;
        }
        state.last = Some(now);
        Awake(state.sleeps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_is_a_sleep_and_whoever_was_here_before_it_is_told() {
        let pulse = Pulse::default();
        let at = |seconds: u64| Moment(1_000_000 + seconds * 1_000);
        let before = pulse.beat(at(0));
        assert_eq!(pulse.beat(at(10)), before, "a late beat is no sleep");
        let after = pulse.beat(at(21));
        assert_ne!(after, before);
        assert_eq!(pulse.beat(at(22)), after);
    }
}
