//! A steady time made from a wall clock that may be set.

/// Milliseconds, [`BEGIN`] at the machine's first step. Never goes back.
pub(crate) type Steady = u64;

/// The earlier of two moments that may be none.
///
/// Never inlined, and called one moment after the other: an iterator over them all weighed a tenth of what rooms do.
#[inline(never)]
pub(crate) fn earlier(one: &mut Option<Steady>, other: Option<Steady>) {
    if let Some(at) = other
        && one.is_none_or(|now| at < now)
    {
        *one = Some(at);
    }
}

/// The first step's steady time, ms: a day, so that "gone for 900 s" can lie before the first step.
const BEGIN: Steady = 86_400_000;

/// Turns the page's wall clock into a time that only moves forward.
///
/// Deadlines live in steady time. When somebody sets the clock back an hour, a deadline of five seconds
/// stays five seconds away; time asleep counts, because the wall clock moved.
pub(crate) struct Clock {
    wall: Option<u64>,
    steady: Steady,
}

impl Default for Clock {
    fn default() -> Self {
        Self { wall: None, steady: BEGIN }
    }
}

impl Clock {
    /// Moves to `wall_ms` and gives the steady time.
    pub(crate) fn advance(&mut self, wall_ms: u64) -> Steady {
        let passed = wall_ms.saturating_sub(self.wall.unwrap_or(wall_ms));
        self.wall = Some(wall_ms);
        self.steady = self.steady.saturating_add(passed);
        self.steady
    }

    /// The steady time of the last step.
    pub(crate) fn now(&self) -> Steady {
        self.steady
    }

    /// The wall clock of the last step, milliseconds since 1970.
    pub(crate) fn wall(&self) -> u64 {
        self.wall.unwrap_or(0)
    }

    /// What the wall clock shows at a steady time, if nobody sets it.
    pub(crate) fn wall_at(&self, at: Steady) -> u64 {
        let wall = self.wall();
        if at >= self.steady {
            wall.saturating_add(at - self.steady)
        } else {
            wall.saturating_sub(self.steady - at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_does_not_move_a_deadline() {
        let mut clock = Clock::default();
        assert_eq!(clock.advance(1_000_000), BEGIN);
        assert_eq!(clock.advance(1_002_000), BEGIN + 2_000);
        assert_eq!(clock.advance(400_000), BEGIN + 2_000, "set back: no time has passed");
        assert_eq!(clock.wall_at(BEGIN + 7_000), 405_000);
        assert_eq!(clock.wall_at(BEGIN + 1_000), 399_000);
        assert_eq!(clock.advance(405_000), BEGIN + 7_000);
    }
}
