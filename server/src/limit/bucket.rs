//! A bucket of tokens that fills by itself.

use crate::clock::Moment;

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) a_minute: f64,
    pub(super) most: f64,
}

impl Rate {
    /// So many a minute, and `minutes` of them at once.
    pub(super) fn new(a_minute: u32, minutes: u32) -> Self {
        Self { a_minute: f64::from(a_minute), most: f64::from(a_minute) * f64::from(minutes) }
    }
}

/// A bucket. Below nothing it owes: somebody waits for what is still to come.
pub(super) struct Bucket {
    left: f64,
    filled: Moment,
}

impl Bucket {
    pub(super) fn full(rate: Rate, now: Moment) -> Self {
        Self { left: rate.most, filled: now }
    }

    fn fill(&mut self, rate: Rate, now: Moment) {
        let came = now.since(self.filled).as_secs_f64() * rate.a_minute / 60.0;
        self.left = (self.left + came).min(rate.most);
        self.filled = now;
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, rate: Rate, now: Moment) -> bool {
        self.fill(rate, now);
        let fine = self.left >= 1.0;
        if fine {
            self.left -= 1.0;
        }
        fine
    }

    /// The seconds until one more would be there, after everything that is owed.
    pub(super) fn wait_s(&mut self, rate: Rate, now: Moment) -> f64 {
        self.fill(rate, now);
        (1.0 - self.left).max(0.0) * 60.0 / rate.a_minute
    }

    /// One is owed from now on.
    pub(super) fn owe(&mut self) {
        self.left -= 1.0;
    }

    /// One was not needed after all.
    pub(super) fn give_back(&mut self) {
        self.left += 1.0;
    }

    /// How empty, from 0 to 1.
    pub(super) fn used(&mut self, rate: Rate, now: Moment) -> f64 {
        self.fill(rate, now);
        (1.0 - self.left / rate.most).clamp(0.0, 1.0)
    }

    /// Whether it is as good as a new one.
    pub(super) fn is_full(&mut self, rate: Rate, now: Moment) -> bool {
        self.fill(rate, now);
        self.left >= rate.most
    }
}
