//! Which moment it is for the line.
//!
//! Leases of several relays are compared with each other, and the clocks of two machines may be seconds
//! apart. So the line lives by one clock, that of the node with the centre's slot: each relay measures how far
//! its own clock is from it ([`Pace::agree`]), and moments are translated on the way in and on the way out. The
//! scripts are told `now` and never ask Redis for it, so a story can be told in any time it likes: without
//! [`Pace::agree`] the line lives by the moments it is handed.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::clock::Moment;

#[derive(Default)]
pub(super) struct Pace {
    /// What is added to this relay's moments, milliseconds.
    ahead: AtomicI64,
    /// The latest moment told. Calls overtake each other; time does not run back for that.
    latest: AtomicU64,
}

impl Pace {
    /// This relay's moment in the line's time, milliseconds.
    pub(super) fn tell(&self, now: Moment) -> u64 {
        let now = now.0.saturating_add_signed(self.ahead.load(Ordering::Relaxed));
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// The line's time as a moment of this relay.
    pub(super) fn read(&self, ms: u64) -> Moment {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Moment(ms.saturating_add_signed(ahead.saturating_neg()))
    }

    /// The store's clock showed `theirs` somewhere between two moments of this relay. What the way there
    /// and back cannot tell apart is not corrected.
    pub(super) fn agree(&self, asked: Moment, theirs: u64, answered: Moment) {
        let way = answered.0.saturating_sub(asked.0);
        let middle = asked.0.saturating_add(way / 2);
        let ahead = theirs.cast_signed().saturating_sub(middle.cast_signed());
        let before = self.ahead.load(Ordering::Relaxed);
        if ahead.abs_diff(before) > way {
            self.ahead.store(ahead, Ordering::Relaxed);
            // The store's clock may have been set back: a latest moment ahead of it would stop all time.
            self.latest.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_relays_with_different_clocks_agree_on_the_line_s_time() {
        let (early, late) = (Pace::default(), Pace::default());
        early.agree(Moment(1_000), 5_010, Moment(1_020));
        late.agree(Moment(9_000), 5_000, Moment(9_000));
        assert_eq!(early.tell(Moment(2_000)), 6_000);
        assert_eq!(late.tell(Moment(10_000)), 6_000);
        assert_eq!(early.read(6_000), Moment(2_000));
        assert_eq!(late.read(6_000), Moment(10_000));
    }

    #[test]
    fn time_does_not_run_back_when_calls_overtake_each_other() {
        let pace = Pace::default();
        assert_eq!(pace.tell(Moment(7)), 7);
        assert_eq!(pace.tell(Moment(5)), 7);
    }

    #[test]
    fn a_store_whose_clock_was_set_back_does_not_stop_the_line() {
        let pace = Pace::default();
        pace.agree(Moment(1_000), 90_000, Moment(1_000));
        pace.tell(Moment(1_000));
        pace.agree(Moment(2_000), 2_000, Moment(2_000));
        assert_eq!(pace.tell(Moment(2_001)), 2_001);
    }
}
