//! What a run has reached: which frames, which refusals, which phases by which input. The seeded loop keeps an
//! input that reached something new, so that it finds its way without a compiler's help.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

thread_local! {
    static SEEN: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
}

/// A target was here.
pub(crate) fn saw(place: &str, what: impl Hash) {
    let mut hash = DefaultHasher::new();
    (place, what).hash(&mut hash);
    SEEN.with_borrow_mut(|seen| seen.insert(hash.finish()));
}

/// Everything the run since the last call has reached, as numbers that mean nothing but "the same".
#[must_use]
pub fn take() -> BTreeSet<u64> {
    SEEN.take()
}
