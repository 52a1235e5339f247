//! Open or closed, derived and never a flag.

use lykta_wire::OpenState;

use super::{Now, Phase};

/// What the calendar, the seats and the line say together. The calendar speaks first: outside hours it does
/// not matter who is there, and after last admission nobody new is let in however empty the line.
///
/// `reachable_before_closing` is the caller's answer to "would one who joins now be reached?".
#[must_use]
pub fn open_state(
    now: &Now,
    living_ready_seats: usize,
    line_has_room: bool,
    reachable_before_closing: bool,
) -> OpenState {
    match now.phase {
        Phase::Outside => OpenState::Closed,
        Phase::PastLastAdmission => OpenState::Closing,
        Phase::Admitting if living_ready_seats == 0 => OpenState::Away,
        Phase::Admitting if !line_has_room || !reachable_before_closing => OpenState::Full,
        Phase::Admitting => OpenState::Open,
    }
}

/// What the calendar alone can say, for a page that cannot see the line: in hours it hopes.
#[must_use]
pub fn open_state_by_the_calendar(now: &Now) -> OpenState {
    open_state(now, 1, true, true)
}
