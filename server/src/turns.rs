//! Those who have something coming, each in turn.

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Unbounded};

/// A set out of which everybody comes before anybody comes again.
pub struct Turns<T> {
    pending: BTreeSet<T>,
    last: Option<T>,
}

impl<T> Default for Turns<T> {
    /// Nobody.
    fn default() -> Self {
        Self { pending: BTreeSet::new(), last: None }
    }
}

impl<T: Ord + Copy> Turns<T> {
    /// Whether nobody is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// This one too.
    pub fn insert(&mut self, one: T) {
        self.pending.insert(one);
    }

    /// Not this one any more.
    pub fn remove(&mut self, one: T) {
        self.pending.remove(&one);
    }

    /// Whose turn it is, and theirs no more.
    pub fn take_turn(&mut self) -> Option<T> {
        let after =
            self.last.and_then(|last| self.pending.range((Excluded(last), Unbounded)).next().copied());
        let one = after.or_else(|| self.pending.first().copied())?;
        self.pending.remove(&one);
        self.last = Some(one);
        Some(one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_who_always_has_more_does_not_keep_the_others_waiting() {
        let mut turns = Turns::default();
        [3, 1, 2].into_iter().for_each(|one| turns.insert(one));
        let mut came = Vec::new();
        for _ in 0..5 {
            let one = turns.take_turn().unwrap();
            came.push(one);
            if one != 2 {
                turns.insert(one);
            }
        }
        assert_eq!(came, [1, 2, 3, 1, 3]);
    }
}
