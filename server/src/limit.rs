//! Abuse without identity: counters per network neighbourhood, in this process's memory only.
//!
//! The key of a client is an HMAC of its address prefix (/24 or /56) under a key that never leaves the
//! process and is replaced every hour, so a hashed address cannot be turned back later and cannot be
//! compared between processes. No address is logged, stored or shown.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::Moment;

/// How much one neighbourhood may have.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Sockets at once: schools and mobile carriers share one address among hundreds.
    pub sockets: u32,
    /// Joins a minute: above any school, below what fills the line.
    pub joins_a_minute: u32,
}

/// So many minutes' joins may come at once: a class that was just told about the chat.
const MINUTES_AT_ONCE: u32 = 2;
/// How long one key is used. With a new key everybody counts from nothing again, except for open sockets.
const KEY_LIFE: Duration = Duration::from_secs(3_600);

/// A neighbourhood, as this process knows it this hour. Shows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientKey([u8; 8]);

struct Counter {
    sockets: u32,
    joins_left: f64,
    filled: Moment,
}

struct State {
    key: Zeroizing<[u8; 32]>,
    since: Moment,
    counters: HashMap<ClientKey, Counter>,
}

/// The counters.
pub struct Limit {
    rules: Rules,
    state: Mutex<State>,
}

/// One socket, counted until dropped.
pub struct SocketTicket {
    limit: Arc<Limit>,
    client: ClientKey,
}

impl SocketTicket {
    /// Whose.
    #[must_use]
    pub fn client(&self) -> ClientKey {
        self.client
    }
}

impl Drop for SocketTicket {
    fn drop(&mut self) {
        let mut state = self.limit.state();
        if let Some(counter) = state.counters.get_mut(&self.client) {
            counter.sockets = counter.sockets.saturating_sub(1);
        }
    }
}

impl Limit {
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new(rules: Rules, now: Moment) -> Result<Arc<Self>, getrandom::Error> {
        let state = State { key: fresh_key()?, since: now, counters: HashMap::new() };
        Ok(Arc::new(Self { rules, state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it counts")
    }

    /// Counts a socket from `address`, or refuses it.
    #[must_use]
    pub fn socket(self: &Arc<Self>, address: IpAddr, now: Moment) -> Option<SocketTicket> {
        let mut state = self.state();
        state.age(now);
        let client = state.client(address);
        let counter = state.counter(client, self.rules, now);
        if counter.sockets >= self.rules.sockets {
            return None;
        }
        counter.sockets += 1;
        Some(SocketTicket { limit: Arc::clone(self), client })
    }

    /// Whether one more join is fine.
    #[must_use]
    pub fn join(&self, client: ClientKey, now: Moment) -> bool {
        let mut state = self.state();
        let counter = state.counter(client, self.rules, now);
        let refill = now.since(counter.filled).as_secs_f64() * f64::from(self.rules.joins_a_minute) / 60.0;
        counter.joins_left = (counter.joins_left + refill).min(self.rules.at_once());
        counter.filled = now;
        let fine = counter.joins_left >= 1.0;
        if fine {
            counter.joins_left -= 1.0;
        }
        fine
    }
}

impl Rules {
    fn at_once(self) -> f64 {
        f64::from(self.joins_a_minute.saturating_mul(MINUTES_AT_ONCE))
    }
}

impl State {
    fn client(&self, address: IpAddr) -> ClientKey {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.key).expect("HMAC takes a key of any length");
        match address.to_canonical() {
            IpAddr::V4(v4) => mac.update(&v4.octets()[..3]),
            IpAddr::V6(v6) => mac.update(&prefix_56(v6)),
        }
        let digest = mac.finalize().into_bytes();
        ClientKey(digest.first_chunk().copied().expect("a SHA-256 digest has 32 bytes"))
    }

    fn counter(&mut self, client: ClientKey, rules: Rules, now: Moment) -> &mut Counter {
        self.counters.entry(client).or_insert(Counter {
            sockets: 0,
            joins_left: rules.at_once(),
            filled: now,
        })
    }

    /// A new key every hour. Counters of open sockets stay until the sockets close; the rest is forgotten.
    fn age(&mut self, now: Moment) {
        if now.since(self.since) >= KEY_LIFE
            && let Ok(key) = fresh_key()
        {
            self.key = key;
            self.since = now;
            self.counters.retain(|_, counter| counter.sockets > 0);
        }
    }
}

fn prefix_56(address: Ipv6Addr) -> [u8; 7] {
    address.octets().first_chunk().copied().expect("an IPv6 address has 16 bytes")
}

fn fresh_key() -> Result<Zeroizing<[u8; 32]>, getrandom::Error> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *key)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_000_000);
    const RULES: Rules = Rules { sockets: 500, joins_a_minute: 60 };

    fn address(last: [u8; 4]) -> IpAddr {
        IpAddr::from(last)
    }

    #[test]
    fn a_school_behind_one_address_is_let_in_and_a_flood_is_not() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let tickets: Vec<_> =
            (0..RULES.sockets).filter_map(|_| limit.socket(address([10, 1, 2, 3]), NOW)).collect();
        assert_eq!(tickets.len() as u32, RULES.sockets);
        assert!(limit.socket(address([10, 1, 2, 77]), NOW).is_none(), "the same /24 counts together");
        assert!(limit.socket(address([10, 1, 3, 3]), NOW).is_some(), "another one does not");
        drop(tickets);
        assert!(limit.socket(address([10, 1, 2, 3]), NOW).is_some(), "closed sockets free their count");
    }

    #[test]
    fn joins_come_in_a_burst_and_then_at_a_pace() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let ticket = limit.socket(address([127, 0, 0, 1]), NOW).unwrap();
        assert!((0..120).all(|_| limit.join(ticket.client(), NOW)));
        assert!(!limit.join(ticket.client(), NOW));
        let later = NOW.plus(Duration::from_secs(2));
        assert!(limit.join(ticket.client(), later) && limit.join(ticket.client(), later));
        assert!(!limit.join(ticket.client(), later));
    }

    #[test]
    fn an_hour_later_the_same_address_has_another_key() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let before = limit.socket(address([127, 0, 0, 1]), NOW).unwrap();
        let after = limit.socket(address([127, 0, 0, 1]), NOW.plus(KEY_LIFE)).unwrap();
        assert!(before.client() != after.client());
    }
}
