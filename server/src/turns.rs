//! Those who have something coming, each in turn.

/// The room that more needed is not kept for the next one.
const FEW: usize = 8;

/// A set out of which everybody comes before anybody comes again.
pub struct Turns<T> {
    /// In order, and not a tree: a tree's first branch has room for eleven, and most have one.
    pending: Vec<T>,
    last: Option<T>,
}

impl<T> Default for Turns<T> {
    /// Nobody.
    fn default() -> Self {
        Self { pending: Vec::new(), last: None }
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
        if let Err(at) = self.pending.binary_search(&one) {
            self.pending.insert(at, one);
        }
    }

    /// Not this one any more.
    pub fn remove(&mut self, one: T) {
        if let Ok(at) = self.pending.binary_search(&one) {
            self.pending.remove(at);
        }
    }

    /// Whose turn it is, and theirs no more.
    pub fn take_turn(&mut self) -> Option<T> {
        let after = self.last.map_or(0, |last| self.pending.partition_point(|one| *one <= last));
        let at = if after < self.pending.len() { after } else { 0 };
        let one = (!self.pending.is_empty()).then(|| self.pending.remove(at))?;
        if self.pending.is_empty() && self.pending.capacity() > FEW {
            self.pending = Vec::new();
        }
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
