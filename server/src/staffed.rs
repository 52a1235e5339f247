//! Which languages the counsellors on duty write.
//!
//! A relay knows it of the consoles that are connected to itself. When others are on duty elsewhere, what those write
//! is not known here, and nothing is said: a list with somebody missing would send people away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use lykta_wire::SeatId;

/// What each person of the staff writes, by the name in the roster.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    /// Language tags of whoever is not named below; none: not known.
    pub usually: Vec<String>,
    /// Language tags by name.
    pub by_name: BTreeMap<String, Vec<String>>,
}

impl Writes {
    /// The language tags of a person.
    #[must_use]
    pub fn of(&self, name: &str) -> &[String] {
        self.by_name.get(name).unwrap_or(&self.usually)
    }
}

/// The seats on duty at this relay.
#[derive(Default)]
pub struct Staffed {
    /// By seat and number of its socket: an older socket that goes late takes nothing of the newer one's away.
    seats: Mutex<BTreeMap<(SeatId, u64), Vec<String>>>,
}

impl Staffed {
    /// A console's place here, until it is dropped.
    #[must_use]
    pub fn place(self: &Arc<Self>, seat: SeatId, socket: u64) -> Place {
        Place { staffed: Arc::clone(self), key: (seat, socket) }
    }

    /// The languages that somebody on duty writes, sorted. Empty when it is not known: `ready_seats` are on duty in
    /// all, and not all of them sit here, or of one nobody said what they write.
    #[must_use]
    pub fn languages(&self, ready_seats: u32) -> Vec<String> {
        let seats = self.lock();
        let mut newest: BTreeMap<SeatId, &Vec<String>> = BTreeMap::new();
        for ((seat, _), languages) in seats.iter() {
            newest.insert(*seat, languages);
        }
        let all_here = u32::try_from(newest.len()).is_ok_and(|here| here == ready_seats);
        if !all_here || newest.values().any(|languages| languages.is_empty()) {
            return Vec::new();
        }
        let mut found: Vec<String> = newest.into_values().flatten().cloned().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(SeatId, u64), Vec<String>>> {
        self.seats.lock().expect("nothing panics while it holds the seats")
    }
}

/// One console's place.
pub struct Place {
    staffed: Arc<Staffed>,
    key: (SeatId, u64),
}

impl Place {
    /// On duty and writing these languages, or resting.
    pub fn sits(&self, ready: bool, languages: &[String]) {
        let mut seats = self.staffed.lock();
        if !ready {
            seats.remove(&self.key);
        } else if seats.get(&self.key).map(Vec::as_slice) != Some(languages) {
            seats.insert(self.key, languages.to_vec());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.staffed.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn the_languages_of_those_on_duty_are_said_while_they_are() {
        let staffed = Arc::new(Staffed::default());
        let (alva, bashar) = (staffed.place(SeatId([1; 16]), 1), staffed.place(SeatId([2; 16]), 1));
        assert_eq!(staffed.languages(0), tags(&[]));
        alva.sits(true, &tags(&["sv", "en"]));
        bashar.sits(true, &tags(&["ar", "sv"]));
        assert_eq!(staffed.languages(2), tags(&["ar", "en", "sv"]));
        bashar.sits(false, &tags(&["ar", "sv"]));
        assert_eq!(staffed.languages(1), tags(&["en", "sv"]));
        drop(alva);
        assert_eq!(staffed.languages(0), tags(&[]));
    }

    #[test]
    fn nothing_is_said_when_somebody_sits_elsewhere_or_it_is_not_known_what_they_write() {
        let staffed = Arc::new(Staffed::default());
        let alva = staffed.place(SeatId([1; 16]), 1);
        alva.sits(true, &tags(&["sv"]));
        assert_eq!(staffed.languages(2), tags(&[]), "a colleague sits at another relay");
        let bashar = staffed.place(SeatId([2; 16]), 1);
        bashar.sits(true, &[]);
        assert_eq!(staffed.languages(2), tags(&[]));
    }

    #[test]
    fn an_older_socket_of_the_seat_takes_nothing_away() {
        let staffed = Arc::new(Staffed::default());
        let older = staffed.place(SeatId([1; 16]), 1);
        older.sits(true, &tags(&["sv"]));
        let newer = staffed.place(SeatId([1; 16]), 2);
        newer.sits(true, &tags(&["sv"]));
        assert_eq!(staffed.languages(1), tags(&["sv"]), "one seat, whichever of its sockets");
        drop(older);
        assert_eq!(staffed.languages(1), tags(&["sv"]));
    }

    #[test]
    fn whoever_is_not_named_writes_what_is_usual() {
        let by_name = BTreeMap::from([("Alva".to_owned(), tags(&["ar"]))]);
        let writes = Writes { usually: tags(&["sv", "en"]), by_name };
        assert_eq!(writes.of("Alva"), tags(&["ar"]));
        assert_eq!(writes.of("Bo"), tags(&["sv", "en"]));
    }
}
