//! How long somebody in the line may have to wait, as far as it can honestly be said.
//!
//! What is known: the place, the seats that are free, and how long chats have lasted lately. The last is kept in this
//! process's memory alone, as how many fell into each of nine wide classes: no chat can be told from it, and after a
//! while old ones fade. Where that is not enough, nothing is said.

use std::sync::{Mutex, MutexGuard};

use lykta_wire::{Claim, OpenState, Wait};

use crate::clock::Moment;
use crate::door::Door;
use crate::line::Count;

/// Upper edges of the classes, minutes; the ninth has none.
const EDGES: [u32; 8] = [5, 10, 15, 20, 30, 45, 60, 90];

/// Shorter than this nobody talked, and longer than that a clock was changed, minutes.
const COUNTED: std::ops::Range<u64> = 1..180;

/// Fewer chats than this say nothing about the next one: about a day of one counsellor.
const ENOUGH: u32 = 8;

/// So many at most are remembered; then all weigh half, and newer ones more.
const MANY: u32 = 64;

/// From the end of one chat until the next visitor is answered, minutes at the most: to breathe, and to press a button.
const BETWEEN: u32 = 5;

/// How long chats have lasted lately.
#[derive(Clone, Debug, Default)]
pub struct Lengths([u32; EDGES.len() + 1]);

impl Lengths {
    /// One more, of so many minutes.
    pub fn add(&mut self, minutes: u32) {
        let class = EDGES.iter().position(|edge| minutes < *edge).unwrap_or(EDGES.len());
        self.0[class] += 1;
        if self.0.iter().sum::<u32>() >= MANY {
            self.0.iter_mut().for_each(|count| *count /= 2);
        }
    }

    /// What nine of ten chats lasted at the least and at the most, minutes, by the edges of their classes. `None` while
    /// there are too few, or too many without an upper edge.
    #[must_use]
    pub fn usual(&self) -> Option<(u32, u32)> {
        let all: u32 = self.0.iter().sum();
        if all < ENOUGH {
            return None;
        }
        let class_of = |share: u32| {
            let mut below = 0;
            self.0.iter().position(|count| {
                below += count;
                below > share
            })
        };
        let lower = class_of(all / 10)?;
        let upper = class_of(all - 1 - all / 10)?;
        let least = lower.checked_sub(1).map_or(0, |class| EDGES[class]);
        Some((least, *EDGES.get(upper)?))
    }
}

/// The least and the most that one at `place` waits, minutes, if each chat lasts as long as `usual` says. `None` when
/// nobody is on duty; 0 and 0 when there is room.
#[must_use]
pub fn range(place: u32, count: &Count, usual: (u32, u32)) -> Option<(u32, u32)> {
    if place == 0 || count.ready_seats == 0 || count.capacity == 0 {
        return None;
    }
    let ended_first = place.saturating_sub(free(count));
    // So many times every chat that runs must have ended. Those of the first time may end at any moment.
    let rounds = ended_first.div_ceil(count.capacity);
    let least = rounds.saturating_sub(1).saturating_mul(usual.0);
    let most = rounds.saturating_mul(usual.1.saturating_add(BETWEEN));
    Some((least, most))
}

fn free(count: &Count) -> u32 {
    count.capacity.saturating_sub(count.chats)
}

/// What is said to one at `place`: the narrowest of the few ranges there are that holds all of what is possible.
#[must_use]
pub fn expected(place: u32, count: &Count, lengths: &Lengths) -> Wait {
    if place != 0 && count.ready_seats != 0 && place <= free(count) {
        return Wait::Free;
    }
    let Some((least, most)) = lengths.usual().and_then(|usual| range(place, count, usual)) else {
        return Wait::Unknown;
    };
    let holds = |wait: &&Wait| {
        wait.minutes().is_some_and(|(from, to)| from <= least && to.is_none_or(|to| most <= to))
    };
    let width = |wait: &&Wait| wait.minutes().map(|(from, to)| to.map_or(u32::MAX, |to| to - from));
    Wait::ALL.iter().filter(holds).min_by_key(width).copied().unwrap_or_default()
}

/// Whether one at `place` may not be reached before closing.
#[must_use]
pub fn may_miss(place: u32, door: &Door, lengths: &Lengths, usual_chat: u32) -> bool {
    if door.state == OpenState::Closing || door.calendar.closing_soon {
        return true;
    }
    let Some(left) = door.minutes_to_closing() else { return false };
    let usual = lengths.usual().unwrap_or((0, usual_chat));
    range(place, &door.count, usual).is_some_and(|(_, most)| i64::from(most) > left)
}

/// The lengths of this process's chats, for its visitors.
#[derive(Debug)]
pub struct Pace {
    lengths: Mutex<Lengths>,
    /// Minutes, while too few are known.
    usual_chat: u32,
}

impl Pace {
    /// Nothing is known yet. `usual_chat`: minutes.
    #[must_use]
    pub fn new(usual_chat: u32) -> Self {
        Self { lengths: Mutex::default(), usual_chat }
    }

    /// A chat with this claim is over, or back in the line: its seat is free of it. A claim is never below the second
    /// in which it was given, so that nothing has to be remembered of a chat to know about how long it lasted.
    pub fn ended(&self, claim: Claim, now: Moment) {
        let minutes = (now.0 / 1_000).saturating_sub(u64::from(claim.0)) / 60;
        if COUNTED.contains(&minutes) {
            self.lock().add(minutes as u32);
        }
    }

    /// What one at `place` is told: how long it may take, and whether it may be too late today.
    #[must_use]
    pub fn at(&self, place: u32, door: &Door) -> (Wait, bool) {
        let lengths = self.lock();
        (expected(place, &door.count, &lengths), may_miss(place, door, &lengths, self.usual_chat))
    }

    fn lock(&self) -> MutexGuard<'_, Lengths> {
        self.lengths.lock().expect("nothing panics while it counts")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn duty(seats: u32, chats: u32) -> Count {
        Count { ready_seats: seats, capacity: seats, chats, ..Count::default() }
    }

    fn lengths(minutes: impl IntoIterator<Item = u32>) -> Lengths {
        let mut lengths = Lengths::default();
        minutes.into_iter().for_each(|minutes| lengths.add(minutes));
        lengths
    }

    #[test]
    fn nothing_is_said_when_nobody_is_on_duty_or_too_little_is_known() {
        let known = lengths([40; 20]);
        assert_eq!(expected(1, &duty(0, 0), &known), Wait::Unknown);
        assert_eq!(expected(0, &duty(1, 1), &known), Wait::Unknown, "no place");
        assert_eq!(expected(1, &duty(1, 1), &lengths([40; 7])), Wait::Unknown, "seven chats are too few");
        assert_eq!(expected(1, &duty(1, 1), &lengths([40; 8])), Wait::To60);
        assert_eq!(expected(1, &duty(1, 1), &lengths([100; 20])), Wait::Unknown, "longer than any edge");
        let wild = lengths([6, 6, 12, 20, 35, 50, 70, 80, 80]);
        assert_eq!(expected(2, &duty(1, 1), &wild), Wait::Unknown, "no range is wide enough");
    }

    #[test]
    fn a_free_seat_is_said_without_any_number_and_before_anything_is_known() {
        assert_eq!(expected(1, &duty(1, 0), &Lengths::default()), Wait::Free);
        assert_eq!(expected(2, &duty(3, 1), &Lengths::default()), Wait::Free);
        assert_eq!(expected(3, &duty(3, 1), &Lengths::default()), Wait::Unknown);
    }

    #[test]
    fn more_people_before_mean_a_longer_wait_and_more_seats_a_shorter_one() {
        let known = lengths([25, 28, 31, 35, 40, 41, 42, 43]);
        let places =
            |seats| (1..=4).map(|place| expected(place, &duty(seats, seats), &known)).collect::<Vec<_>>();
        assert_eq!(places(1), [Wait::To60, Wait::From15To120, Wait::Unknown, Wait::From60]);
        assert_eq!(places(2), [Wait::To60, Wait::To60, Wait::From15To120, Wait::From15To120]);
    }

    #[test]
    fn what_is_remembered_are_classes_and_newer_chats_weigh_more() {
        let mut known = lengths([50; 200]);
        assert_eq!(known.usual(), Some((45, 60)));
        assert!(known.0.iter().sum::<u32>() < MANY);
        for _ in 0..300 {
            known.add(12);
        }
        assert_eq!(known.usual(), Some((10, 15)), "yesterday has faded");
    }

    #[test]
    fn a_chat_is_measured_by_its_claim_and_what_was_none_is_not() {
        let pace = Pace::new(45);
        let (begun, second) = (1_800_000_000_u32, 1_000);
        let end = |after_s: u64| pace.ended(Claim(begun), Moment((u64::from(begun) + after_s) * second));
        end(59);
        end(3 * 3_600);
        pace.ended(Claim(1), Moment(u64::from(begun) * second));
        pace.ended(Claim(begun), Moment(0));
        assert_eq!(pace.lock().0, [0; 9]);
        end(60);
        end(45 * 60);
        assert_eq!(pace.lock().0, [1, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    proptest! {
        /// The line is played through: chats of random ages run, each lasts as long as chats have lasted, whoever is
        /// first goes to whoever is free first.
        #[test]
        fn whoever_waits_waits_as_long_as_was_said(
            seats in 1_u32..5,
            place in 1_u32..9,
            shortest in 2_u32..60,
            spread in 0_u32..30,
            chances in proptest::collection::vec((0_u32..=100, 0_u32..=100, 0_u32..=BETWEEN), 64),
        ) {
            let mut chances = chances.into_iter().cycle();
            let mut next = || chances.next().unwrap();
            let known = lengths((0..40).map(|_| shortest + spread * next().0 / 100));
            let said = expected(place, &duty(seats, seats), &known);
            // Minutes from now at which each seat is free.
            let mut frees: Vec<f64> = (0..seats).map(|_| {
                let (length, age, pause) = next();
                f64::from(shortest + spread * length / 100) * f64::from(100 - age) / 100.0 + f64::from(pause)
            }).collect();
            let mut waited = 0.0;
            for _ in 0..place {
                frees.sort_by(f64::total_cmp);
                waited = frees[0];
                let (length, _, pause) = next();
                frees[0] = waited + f64::from(shortest + spread * length / 100) + f64::from(pause);
            }
            let (least, most) = known.usual().map_or((0, u32::MAX), |usual| range(place, &duty(seats, seats), usual).unwrap());
            if let Some((from, to)) = said.minutes() {
                prop_assert!(from <= least && to.is_none_or(|to| most <= to), "all that is possible is in what is said");
                // One chat in ten may be shorter or longer than usual; here none is outside the classes of all.
                let slack = f64::from(place) * f64::from(spread);
                prop_assert!(f64::from(from) - slack <= waited, "{said:?}, but {waited}");
                prop_assert!(to.is_none_or(|to| waited <= f64::from(to) + slack), "{said:?}, but {waited}");
            }
        }

        #[test]
        fn a_place_further_back_never_waits_less_and_a_further_seat_never_makes_it_longer(
            place in 1_u32..40, seats in 1_u32..10, busy in 0_u32..10, least in 0_u32..60, more in 0_u32..60,
        ) {
            let usual = (least, least + more);
            let here = range(place, &duty(seats, busy.min(seats)), usual).unwrap();
            let behind = range(place + 1, &duty(seats, busy.min(seats)), usual).unwrap();
            let with_more = range(place, &duty(seats + 1, busy.min(seats)), usual).unwrap();
            prop_assert!(here.0 <= here.1);
            prop_assert!(here.0 <= behind.0 && here.1 <= behind.1);
            prop_assert!(with_more.0 <= here.0 && with_more.1 <= here.1);
        }
    }
}
