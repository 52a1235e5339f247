//! Whose console has been admitted at this relay: what a cookie alone does not prove.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

type People = BTreeMap<[u8; 32], u32>;

/// The people whose desk sockets are open here and have shown a seat's certificate.
#[derive(Default)]
pub struct Admitted(Arc<Mutex<People>>);

/// One admitted console; it is admitted as long as this is held.
pub struct Inside {
    people: Arc<Mutex<People>>,
    person: [u8; 32],
}

impl Admitted {
    /// A console of this person was admitted.
    #[must_use]
    pub fn enters(&self, person: [u8; 32]) -> Inside {
        *lock(&self.0).entry(person).or_default() += 1;
        Inside { people: Arc::clone(&self.0), person }
    }

    /// Whether one of this person's consoles is here.
    #[must_use]
    pub fn has(&self, person: &[u8; 32]) -> bool {
        lock(&self.0).contains_key(person)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let mut people = lock(&self.people);
        let left = people.remove(&self.person).map_or(0, |consoles| consoles - 1);
        if left > 0 {
            people.insert(self.person, left);
        }
    }
}

fn lock(people: &Mutex<People>) -> MutexGuard<'_, People> {
    people.lock().expect("nobody panics while holding it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_admitted_until_the_last_of_their_consoles_has_gone() {
        let admitted = Admitted::default();
        let person = [1; 32];
        let (one, two) = (admitted.enters(person), admitted.enters(person));
        assert!(admitted.has(&person) && !admitted.has(&[2; 32]));
        drop(one);
        assert!(admitted.has(&person));
        drop(two);
        assert!(!admitted.has(&person));
    }
}
