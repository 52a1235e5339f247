//! Whether the door is open: derived from the calendar, the living seats and the line, never a flag.

use jiff::Timestamp;
use lykta_wire::OpenState;

use crate::hours::{self, Calendar};
use crate::line::Count;
use crate::professional::Professionals;

/// Where the calendar's hands stand.
#[derive(Debug, Clone)]
pub enum Hands {
    /// The real ones.
    Real,
    /// Always in hours: the demonstration's doors are open at any time of a day that the staff did not change.
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
    /// What the line said.
    pub count: Count,
    /// Codes of the roles on duty; empty: not known, or nobody.
    pub on_duty: Vec<u8>,
}

/// What a centre's file says about its door.
#[derive(Debug, Clone, Copy)]
pub struct DoorRules {
    /// How many may wait.
    pub max_waiting: u32,
    /// Minutes one chat takes, to judge whether somebody who joins now would be reached before closing. Published
    /// figures for help-line chats lie between 34 and 60.
    pub usual_chat: u32,
    /// The second lane.
    pub professionals: Professionals,
}

impl Door {
    /// Derives it.
    #[must_use]
    pub fn derive(calendar: &Calendar, hands: &Hands, now_ms: u64, count: Count, rules: DoorRules) -> Self {
        let at = hands.read(now_ms);
        let now = match hands {
            Hands::AlwaysOpen if !calendar.is_edited_on(at) => hours::Now::always_open(&calendar.zone, at),
            Hands::AlwaysOpen | Hands::Real | Hands::Moved { .. } => calendar.at(at),
        };
        let seats = usize::try_from(count.ready_seats).unwrap_or(usize::MAX);
        let reachable = reachable(&now, &count, rules.usual_chat);
        let state = hours::open_state(&now, seats, count.waiting < rules.max_waiting, reachable);
        Self { state, calendar: now, count, on_duty: Vec::new() }
    }

    /// Whole minutes until the doors close; `None` when they are closed or never close.
    #[must_use]
    pub fn minutes_to_closing(&self) -> Option<i64> {
        minutes_left(&self.calendar)
    }
}

fn minutes_left(now: &hours::Now) -> Option<i64> {
    let closes = now.closes?;
    Some(closes.as_second().saturating_sub(now.local.timestamp().as_second()).max(0) / 60)
}

/// Would somebody who joins now be reached before closing? Those ahead are served `capacity` at a time.
fn reachable(now: &hours::Now, count: &Count, usual_chat: u32) -> bool {
    let Some(left) = minutes_left(now) else { return true };
    let free = count.capacity.saturating_sub(count.chats);
    let ahead = count.waiting.saturating_add(1).saturating_sub(free);
    let rounds = ahead.div_ceil(count.capacity.max(1));
    i64::from(rounds) * i64::from(usual_chat) <= left
}
