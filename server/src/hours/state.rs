//! Open or closed, derived and never a flag.

use super::{Now, Phase};

/// What a visitor meets at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenState {
    /// A living seat is on duty and the line has room: come in.
    Open,
    /// The line is full, or those who wait cannot be reached before closing: nobody more is let in.
    Full,
    /// In hours, but no living seat.
    Away,
    /// Last admission has passed; running chats go on.
    Closing,
    /// Outside hours.
    Closed,
}

impl OpenState {
    /// All five.
    pub const ALL: [OpenState; 5] =
        [OpenState::Open, OpenState::Full, OpenState::Away, OpenState::Closing, OpenState::Closed];

    /// What the calendar, the seats and the line say together. The calendar speaks first: outside hours it
    /// does not matter who is there, and after last admission nobody new is let in however empty the line.
    ///
    /// `reachable_before_closing` is the caller's answer to "would one who joins now be reached?".
    #[must_use]
    pub fn derive(
        calendar_now: &Now,
        living_ready_seats: usize,
        line_has_room: bool,
        reachable_before_closing: bool,
    ) -> Self {
        match calendar_now.phase {
            Phase::Outside => OpenState::Closed,
            Phase::PastLastAdmission => OpenState::Closing,
            Phase::Admitting if living_ready_seats == 0 => OpenState::Away,
            Phase::Admitting if !line_has_room || !reachable_before_closing => OpenState::Full,
            Phase::Admitting => OpenState::Open,
        }
    }

    /// What the calendar alone can say, for a page that cannot see the line: in hours it hopes.
    #[must_use]
    pub fn from_calendar_alone(calendar_now: &Now) -> Self {
        Self::derive(calendar_now, 1, true, true)
    }

    /// The word in `data-state` and in `/state`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            OpenState::Open => "open",
            OpenState::Full => "full",
            OpenState::Away => "away",
            OpenState::Closing => "closing",
            OpenState::Closed => "closed",
        }
    }

    /// Whether a new visitor may join the line. In hours before anybody is on duty too: the page says that
    /// nobody is here, and who wants to may wait for the one who comes.
    #[must_use]
    pub fn joining_allowed(self) -> bool {
        matches!(self, OpenState::Open | OpenState::Away)
    }
}
