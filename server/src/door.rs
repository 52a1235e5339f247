//! Whether the door is open: derived from the calendar, the living seats and the line, never a flag.

use jiff::Timestamp;
use lykta_wire::OpenState;

use crate::hours::{self, Calendar};
use crate::line::Count;

/// Minutes one chat takes, to judge whether somebody who joins now would be reached before closing.
/// Published figures for help-line chats lie between 34 and 60; the middle is used.
pub const CHAT_MINUTES: u32 = 45;

/// Where the calendar's hands stand.
#[derive(Debug, Clone)]
pub enum Hands {
    /// The real ones.
    Real,
    /// Always in hours: the demonstration's doors are open at any time.
    AlwaysOpen,
    /// Moved: this far from the real ones, in milliseconds. Only a demonstration can have them.
    Moved {
        /// Added to the real time.
        ahead_ms: i64,
    },
}

impl Hands {
    /// Hands that show `moment` now and go on from there.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        let now = Timestamp::now().as_millisecond();
        Self::Moved { ahead_ms: moment.as_millisecond().saturating_sub(now) }
    }

    /// What the calendar reads when the real clock says `now_ms` (milliseconds since 1970).
    #[must_use]
    pub fn read(&self, now_ms: u64) -> Timestamp {
        let ahead = match self {
            Self::Real | Self::AlwaysOpen => 0,
            Self::Moved { ahead_ms } => *ahead_ms,
        };
        let ms = i64::try_from(now_ms).unwrap_or(i64::MAX).saturating_add(ahead);
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
    }
}

/// The door at one moment.
#[derive(Debug, Clone)]
pub struct Door {
    /// Its state.
    pub state: OpenState,
    /// What the calendar says.
    pub calendar: hours::Now,
}

impl Door {
    /// Derives it.
    #[must_use]
    pub fn derive(calendar: &Calendar, hands: &Hands, now_ms: u64, count: Count, max_waiting: u32) -> Self {
        let at = hands.read(now_ms);
        let now = match hands {
            Hands::AlwaysOpen => hours::Now::always_open(&calendar.zone, at),
            Hands::Real | Hands::Moved { .. } => calendar.at(at),
        };
        let seats = usize::try_from(count.ready_seats).unwrap_or(usize::MAX);
        let reachable = reachable(&now, count);
        let state = hours::open_state(&now, seats, count.waiting < max_waiting, reachable);
        Self { state, calendar: now }
    }
}

/// Would somebody who joins now be reached before closing? Those ahead are served `capacity` at a time.
fn reachable(now: &hours::Now, count: Count) -> bool {
    let Some(closes) = now.closes else { return true };
    let left = closes.as_second().saturating_sub(now.local.timestamp().as_second()).max(0) / 60;
    let free = count.capacity.saturating_sub(count.chats);
    let ahead = count.waiting.saturating_add(1).saturating_sub(free);
    let rounds = ahead.div_ceil(count.capacity.max(1));
    i64::from(rounds) * i64::from(CHAT_MINUTES) <= left
}
