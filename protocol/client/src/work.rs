//! Work that the relay asks for when very many come at once: done in small steps between everything else.

use lykta_wire::limits::WORK_PARTS;
use lykta_wire::{Puzzle, TicketName, ToRelay, WorkSeed};

use crate::clock::Steady;

/// Hashes of the first step. The slowest interpreter on a cheap phone does them in a few hundredths of a second.
const FIRST_STEP: u32 = 16;
/// Hashes of one step at most.
const LARGEST_STEP: u32 = 4_096;
/// A step that comes back sooner may become twice as large, ms.
const QUICK_MS: u64 = 12;
/// A step that takes longer becomes half as large: the page must stay as quick as ever, ms.
const SLOW_MS: u64 = 30;
/// So long, and no longer: where script is this slow the battery is worth more than a place a little earlier, ms.
const GIVE_UP_MS: u64 = 10_000;

/// A puzzle under way. Holds no secret, and nothing of it is kept when it is done or the socket is lost: the next
/// socket has another puzzle or none.
pub(crate) struct Work {
    seed: WorkSeed,
    found: [u32; WORK_PARTS],
    parts: usize,
    next: u32,
    step: u32,
    since: Steady,
    last: Steady,
    over: bool,
}

impl Work {
    pub(crate) fn new(puzzle: &Puzzle, ticket: TicketName, now: Steady) -> Self {
        Self {
            seed: puzzle.seed(ticket),
            found: [0; WORK_PARTS],
            parts: 0,
            next: 0,
            step: FIRST_STEP,
            since: now,
            last: now,
            over: false,
        }
    }

    /// Whether it is still being worked at; otherwise it is shown, or given up, and the turn is waited for.
    pub(crate) fn is_under_way(&self) -> bool {
        !self.over
    }

    /// One small step; the frame, once, when the work is done.
    pub(crate) fn step(&mut self, now: Steady) -> Option<ToRelay> {
        if self.over {
            return None;
        }
        if now.saturating_sub(self.since) >= GIVE_UP_MS {
            self.over = true;
            return None;
        }
        match now.saturating_sub(self.last) {
            0..QUICK_MS => self.step = (self.step * 2).min(LARGEST_STEP),
            SLOW_MS.. => self.step = (self.step / 2).max(FIRST_STEP),
            _ => {}
        }
        self.last = now;
        for _ in 0..self.step {
            let counter = self.next;
            self.next = self.next.wrapping_add(1);
            if self.seed.fits(counter) {
                self.found[self.parts] = counter;
                self.parts += 1;
                if self.parts == WORK_PARTS {
                    self.over = true;
                    return Some(ToRelay::Worked { counters: self.found });
                }
            }
        }
        None
    }
}
