//! Giving back the room that a crowd needed: a map that was filled and left keeps all of it.

use std::collections::HashMap;
use std::hash::Hash;

/// Leaves room for as many again as there are, and gives back the rest. Costs nothing where there is little to give.
pub fn slim<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    map.shrink_to(2 * map.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crowd_needed_is_given_back_and_those_who_stayed_are_there() {
        let mut map: HashMap<u32, u32> = (0..10_000).map(|one| (one, one)).collect();
        map.retain(|one, _| *one < 10);
        slim(&mut map);
        assert!(map.capacity() < 100, "{}", map.capacity());
        assert!((0..10).all(|one| map.get(&one) == Some(&one)));
    }
}
