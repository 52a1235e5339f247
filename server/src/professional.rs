//! The lane of those who write in their work: that nobody in it is overlooked.
//!
//! Support always goes first, and no more professionals wait at once than the centre's file says, so that they never fill
//! the line that those in danger need: both are the line's own, counted in the same step as a join. Here is what is
//! done beside it: one who has waited too long is shown to every seat, however many stand before them.

use std::time::Duration;

use lykta_wire::{Lane, LineEntry, limits};

use crate::line::Answer;
use crate::relay::Relay;

/// What the centre's file says about the lane.
#[derive(Debug, Clone, Copy)]
pub struct Professionals {
    /// Waiting for longer, one is shown to every seat.
    pub shown_after: Duration,
}

/// The line as the seats are shown it: its beginning, and behind it whoever has waited too long in the second lane.
///
/// # Errors
/// When the store is away.
pub async fn line_for_seats(relay: &Relay) -> Answer<Vec<LineEntry>> {
    let first = relay.line.look(None, limits::LINE_SHOWN, relay.now()).await?;
    if first.len() < limits::LINE_SHOWN {
        return Ok(first);
    }
    let second = relay.line.look(Some(Lane::Professional), limits::LINE_SHOWN, relay.now()).await?;
    Ok(shown(first, second, relay.rules.professionals.shown_after, limits::LINE_SHOWN))
}

/// `first`: the line's beginning; `second`: that of the second lane.
fn shown(
    mut first: Vec<LineEntry>,
    mut second: Vec<LineEntry>,
    after: Duration,
    most: usize,
) -> Vec<LineEntry> {
    second.retain(|entry| {
        let is_beyond = first.iter().all(|shown| shown.ticket != entry.ticket);
        is_beyond && u64::from(entry.waited_s) > after.as_secs()
    });
    second.truncate(most);
    first.truncate(most - second.len());
    first.extend(second);
    first
}

#[cfg(test)]
mod tests {
    use lykta_wire::{Languages, TicketName};

    use super::*;

    fn entry(number: u8, lane: Lane, waited_s: u32) -> LineEntry {
        LineEntry {
            ticket: TicketName([number; 32]),
            lane,
            present: true,
            waited_s,
            languages: Languages::default(),
        }
    }

    #[test]
    fn a_professional_who_waits_too_long_is_shown_however_many_stand_before_them() {
        let mut line: Vec<LineEntry> = (0..5).map(|number| entry(number, Lane::Support, 60)).collect();
        line.push(entry(10, Lane::Professional, 1_201));
        line.push(entry(11, Lane::Professional, 1_200));
        let numbers = |most: usize| -> Vec<u8> {
            let first = line[..most.min(line.len())].to_vec();
            let second: Vec<_> =
                line.iter().filter(|entry| entry.lane == Lane::Professional).cloned().collect();
            let shown = shown(first, second, Duration::from_secs(1_200), most);
            shown.iter().map(|entry| entry.ticket.0[0]).collect()
        };
        assert_eq!(numbers(10), [0, 1, 2, 3, 4, 10, 11], "there is room for all");
        assert_eq!(numbers(4), [0, 1, 2, 10], "not the one who has waited no longer than that");
        assert_eq!(numbers(6), [0, 1, 2, 3, 4, 10]);
    }
}
