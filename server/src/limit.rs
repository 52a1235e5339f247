//! Abuse without identity: counters per network neighbourhood, in this process's memory only.
//!
//! The key of a client is an HMAC of its address prefix (/24 or /56) under a key that never leaves the
//! process and is replaced every hour, so a hashed address cannot be turned back later and cannot be
//! compared between processes. No address is logged, stored or shown.
//!
//! Joins have a pace, per neighbourhood and altogether. What comes faster is not sent away: it is let in when it
//! is its turn, or at once when its device has worked a little. So a school behind one address comes in by itself,
//! and a flood from there costs it something before it costs the others their turn.
//!
//! A counsellor can cool down the neighbourhood of a visitor who comes again and again to insult. Whoever joins from there
//! within a quarter of an hour is let in a minute later, however many they are, and no work makes it shorter: the next
//! one behind the same address may be the one this service is for, so nobody is sent away.

mod bucket;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use lykta_wire::Puzzle;
use lykta_wire::limits::WORK_BITS_MAX;
use sha2::Sha256;
use zeroize::Zeroizing;

use self::bucket::{Bucket, Rate};
use crate::clock::Moment;
use crate::slim::slim;

/// How much one neighbourhood may have, and all together.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Sockets at once: schools and mobile carriers share one address among hundreds.
    pub sockets: u32,
    /// Joins a minute that nobody works for: above any school, below what fills the line.
    pub joins_a_minute: u32,
    /// The same from all neighbourhoods together.
    pub joins_before_work: u32,
}

/// So many minutes' joins may come at once: a class that was just told about the chat.
const MINUTES_AT_ONCE: u32 = 2;
/// Those who work may be so many times as many: a school whose classes come all at once, and less than a flood.
const WORKED_TIMES: u32 = 4;
/// Nobody waits longer for a turn, and no puzzle counts longer.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a neighbourhood stays cooled down.
pub const COOLED: Duration = Duration::from_secs(15 * 60);
/// Zero bits of a part while few come too fast; rises to [`WORK_BITS_MAX`] with those who have worked lately.
const WORK_BITS_MIN: u8 = 10;
/// How long one key is used. With a new key everybody counts from nothing again, except for open sockets.
const KEY_LIFE: Duration = Duration::from_secs(3_600);
/// From so many counters on, those that say nothing any more are looked for and dropped.
const MANY: usize = 4_096;

/// A neighbourhood, as this process knows it this hour. Shows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientKey([u8; 8]);

struct Counter {
    sockets: u32,
    joins: Bucket,
    worked: Bucket,
    strangers: Bucket,
    /// Until then whoever joins from there waits for [`PATIENCE`].
    cooled_until: Moment,
}

struct State {
    key: Zeroizing<[u8; 32]>,
    since: Moment,
    counters: HashMap<ClientKey, Counter>,
    /// Of all neighbourhoods.
    joins: Bucket,
    worked: Bucket,
    /// Puzzles that were asked: each has its own number.
    asked: u64,
    /// So many counters there are before the next look for idle ones.
    many: usize,
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
    is_of_everybody: bool,
}

impl SocketTicket {
    /// Whose.
    #[must_use]
    pub fn client(&self) -> ClientKey {
        self.client
    }

    /// Cools their neighbourhood down from now on. Not this machine itself: through it come all who come through Tor,
    /// or through a proxy that does not say for whom it speaks.
    pub fn cool(&self, now: Moment) {
        if !self.is_of_everybody {
            let mut state = self.limit.state();
            state.counter(self.client, self.limit.rules, now).cooled_until = now.plus(COOLED);
        }
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

/// What becomes of one more join.
pub enum Asked {
    /// In.
    In,
    /// Too many just now: in by work or by turn.
    Crowd {
        /// The work.
        puzzle: Puzzle,
        /// The turn, unless it is more than [`PATIENCE`] away.
        turn: Option<Turn>,
    },
}

/// A turn that is kept for one join; given back when dropped.
pub struct Turn {
    limit: Arc<Limit>,
    client: ClientKey,
    after: Duration,
    taken: bool,
}

impl Turn {
    /// So long after it was given.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.after
    }

    /// It has come and is used.
    pub fn take(mut self) {
        self.taken = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let mut state = self.limit.state();
        state.joins.give_back();
        if let Some(counter) = state.counters.get_mut(&self.client) {
            counter.joins.give_back();
        }
    }
}

impl Limit {
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new(rules: Rules, now: Moment) -> Result<Arc<Self>, getrandom::Error> {
        Ok(Self::with_key(rules, *fresh_key()?, now))
    }

    /// With this key of the first hour, so that a simulated day can be lived again.
    #[must_use]
    pub fn with_key(rules: Rules, key: [u8; 32], now: Moment) -> Arc<Self> {
        let key = Zeroizing::new(key);
        let (joins, worked) = (Bucket::full(rules.all(), now), Bucket::full(rules.all_worked(), now));
        let (counters, asked) = (HashMap::new(), 0);
        let state = State { key, since: now, counters, joins, worked, asked, many: MANY };
        Arc::new(Self { rules, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it counts")
    }

    /// Counts a socket from `address`, or refuses it.
    #[must_use]
    pub fn socket(self: &Arc<Self>, address: IpAddr, now: Moment) -> Option<SocketTicket> {
        let mut state = self.state();
        state.age(self.rules, now);
        let client = state.client(address);
        let counter = state.counter(client, self.rules, now);
        if counter.sockets >= self.rules.sockets {
            return None;
        }
        counter.sockets += 1;
        let is_of_everybody = is_this_machine(address);
        Some(SocketTicket { limit: Arc::clone(self), client, is_of_everybody })
    }

    /// One more join.
    #[must_use]
    pub fn join(self: &Arc<Self>, client: ClientKey, now: Moment) -> Asked {
        let (rules, mut state) = (self.rules, self.state());
        let all = state.joins.wait_s(rules.all(), now);
        let counter = state.counter(client, rules, now);
        let cooled = if counter.is_cooled(now) { PATIENCE.as_secs_f64() } else { 0.0 };
        let wait = all.max(counter.joins.wait_s(rules.joins(), now)).max(cooled);
        let turn = (wait <= PATIENCE.as_secs_f64()).then(|| {
            state.joins.owe();
            state.counter(client, rules, now).joins.owe();
            let after = Duration::from_secs_f64(wait);
            Turn { limit: Arc::clone(self), client, after, taken: false }
        });
        match turn {
            Some(turn) if turn.after.is_zero() => {
                turn.take();
                Asked::In
            }
            turn => Asked::Crowd { puzzle: state.puzzle(client, rules, now), turn },
        }
    }

    /// Whether somebody who has worked may come in.
    #[must_use]
    pub fn worked(&self, client: ClientKey, now: Moment) -> bool {
        let (rules, mut state) = (self.rules, self.state());
        let counter = state.counter(client, rules, now);
        let fine = !counter.is_cooled(now) && counter.worked.take(rules.worked(), now);
        // What all have worked for makes it harder for everybody and keeps nobody out.
        if fine {
            let _ = state.worked.take(rules.all_worked(), now);
        }
        fine
    }

    /// Whether one more ticket may be resumed that the store does not know. After a store has lost its memory
    /// everybody's is such a ticket, once: so as many at once as there may be sockets.
    #[must_use]
    pub fn stranger(&self, client: ClientKey, now: Moment) -> bool {
        let rules = self.rules;
        self.state().counter(client, rules, now).strangers.take(rules.strangers(), now)
    }

    /// The store knew it after all.
    pub fn no_stranger(&self, client: ClientKey) {
        if let Some(counter) = self.state().counters.get_mut(&client) {
            counter.strangers.give_back();
        }
    }
}

impl Rules {
    fn joins(self) -> Rate {
        Rate::new(self.joins_a_minute, MINUTES_AT_ONCE)
    }

    fn worked(self) -> Rate {
        Rate::new(self.joins_a_minute.saturating_mul(WORKED_TIMES), MINUTES_AT_ONCE)
    }

    fn all(self) -> Rate {
        Rate::new(self.joins_before_work, MINUTES_AT_ONCE)
    }

    fn all_worked(self) -> Rate {
        Rate::new(self.joins_before_work.saturating_mul(WORKED_TIMES), MINUTES_AT_ONCE)
    }

    fn strangers(self) -> Rate {
        Rate { a_minute: f64::from(self.joins_a_minute), most: f64::from(self.sockets) }
    }
}

impl State {
    fn mac(&self) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&*self.key).expect("HMAC takes a key of any length")
    }

    fn client(&self, address: IpAddr) -> ClientKey {
        let mut mac = self.mac();
        match address.to_canonical() {
            IpAddr::V4(v4) => mac.update(&v4.octets()[..3]),
            IpAddr::V6(v6) => mac.update(&prefix_56(v6)),
        }
        let digest = mac.finalize().into_bytes();
        ClientKey(digest.first_chunk().copied().expect("a SHA-256 digest has 32 bytes"))
    }

    /// A puzzle that was never asked before and that nobody can know before it is asked.
    fn puzzle(&mut self, client: ClientKey, rules: Rules, now: Moment) -> Puzzle {
        self.asked += 1;
        let mut mac = self.mac();
        mac.update(b"work");
        mac.update(&self.asked.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let nonce = digest.first_chunk().copied().expect("a SHA-256 digest has 32 bytes");
        let all = self.worked.used(rules.all_worked(), now);
        let used = all.max(self.counter(client, rules, now).worked.used(rules.worked(), now));
        let harder = used * f64::from(WORK_BITS_MAX - WORK_BITS_MIN);
        Puzzle::new(nonce, WORK_BITS_MIN + harder.round() as u8).expect("within the wire's limit")
    }

    fn counter(&mut self, client: ClientKey, rules: Rules, now: Moment) -> &mut Counter {
        self.counters.entry(client).or_insert_with(|| Counter {
            sockets: 0,
            joins: Bucket::full(rules.joins(), now),
            worked: Bucket::full(rules.worked(), now),
            strangers: Bucket::full(rules.strangers(), now),
            cooled_until: Moment(0),
        })
    }

    /// A new key every hour. Counters of open sockets stay until the sockets close; the rest is forgotten. Among
    /// very many counters those that are as good as new ones are dropped at once.
    fn age(&mut self, rules: Rules, now: Moment) {
        if now.since(self.since) >= KEY_LIFE
            && let Ok(key) = fresh_key()
        {
            self.key = key;
            self.since = now;
            self.counters.retain(|_, counter| counter.sockets > 0);
            slim(&mut self.counters);
        }
        if self.counters.len() >= self.many {
            self.counters.retain(|_, counter| !counter.is_as_new(rules, now));
            slim(&mut self.counters);
            self.many = (2 * self.counters.len()).max(MANY);
        }
    }
}

impl Counter {
    fn is_cooled(&self, now: Moment) -> bool {
        now < self.cooled_until
    }

    fn is_as_new(&mut self, rules: Rules, now: Moment) -> bool {
        self.sockets == 0
            && !self.is_cooled(now)
            && self.joins.is_full(rules.joins(), now)
            && self.worked.is_full(rules.worked(), now)
            && self.strangers.is_full(rules.strangers(), now)
    }
}

fn is_this_machine(address: IpAddr) -> bool {
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].contains(&address.to_canonical())
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
    const RULES: Rules = Rules { sockets: 500, joins_a_minute: 60, joins_before_work: 600 };

    fn address(last: [u8; 4]) -> IpAddr {
        IpAddr::from(last)
    }

    fn is_in(limit: &Arc<Limit>, client: ClientKey, now: Moment) -> bool {
        matches!(limit.join(client, now), Asked::In)
    }

    fn crowd(limit: &Arc<Limit>, client: ClientKey, now: Moment) -> (Puzzle, Option<Turn>) {
        match limit.join(client, now) {
            Asked::In => panic!("nobody is asked for anything"),
            Asked::Crowd { puzzle, turn } => (puzzle, turn),
        }
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
        assert!((0..120).all(|_| is_in(&limit, ticket.client(), NOW)));
        assert!(!is_in(&limit, ticket.client(), NOW));
        let later = NOW.plus(Duration::from_secs(2));
        assert!(is_in(&limit, ticket.client(), later) && is_in(&limit, ticket.client(), later));
        assert!(!is_in(&limit, ticket.client(), later));
    }

    #[test]
    fn whoever_comes_too_fast_has_a_turn_one_after_the_other_and_gives_it_back_when_they_go() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let ticket = limit.socket(address([127, 0, 0, 1]), NOW).unwrap();
        assert!((0..120).all(|_| is_in(&limit, ticket.client(), NOW)));
        let mut turns = Vec::new();
        while let Some(turn) = crowd(&limit, ticket.client(), NOW).1 {
            turns.push(turn);
        }
        let after: Vec<_> = turns.iter().map(|turn| turn.after().as_secs_f64().round() as u64).collect();
        assert_eq!(
            after,
            (1..=60).collect::<Vec<_>>(),
            "one a second, and nobody waits for more than a minute"
        );
        drop(turns.pop());
        let again = crowd(&limit, ticket.client(), NOW).1.expect("a turn was given back");
        assert_eq!(again.after().as_secs(), 60);
        drop((turns, again));
        let next = crowd(&limit, ticket.client(), NOW).1.expect("all were given back");
        assert_eq!(next.after().as_secs(), 1);
        next.take();
        assert!(!is_in(&limit, ticket.client(), NOW.plus(Duration::from_secs(1))), "the second one's second");
    }

    #[test]
    fn whoever_comes_from_a_neighbourhood_that_was_cooled_down_waits_a_minute_and_nobody_is_sent_away() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let rude = limit.socket(address([10, 1, 2, 3]), NOW).unwrap();
        let beside = limit.socket(address([10, 1, 2, 77]), NOW).unwrap();
        let elsewhere = limit.socket(address([10, 1, 3, 3]), NOW).unwrap();
        assert!(is_in(&limit, rude.client(), NOW));
        rude.cool(NOW);
        let turns: Vec<_> = (0..50).map(|_| crowd(&limit, beside.client(), NOW).1.expect("a turn")).collect();
        assert!(
            turns.iter().all(|turn| turn.after() == PATIENCE),
            "each a minute, and not one after the other"
        );
        assert!(!limit.worked(beside.client(), NOW), "work does not make it shorter");
        assert!(is_in(&limit, elsewhere.client(), NOW) && limit.worked(elsewhere.client(), NOW));
        let almost = NOW.plus(COOLED - Duration::from_millis(1));
        assert!(crowd(&limit, rude.client(), almost).1.is_some());
        drop(turns);
        let over = NOW.plus(COOLED);
        assert!(is_in(&limit, rude.client(), over) && limit.worked(rude.client(), over), "it ends by itself");
    }

    #[test]
    fn cooling_down_twice_does_not_add_up_and_this_machine_is_not_cooled_down() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let rude = limit.socket(address([10, 1, 2, 3]), NOW).unwrap();
        rude.cool(NOW);
        rude.cool(NOW);
        assert!(is_in(&limit, rude.client(), NOW.plus(COOLED)));
        for here in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            let one = limit.socket(here, NOW).unwrap();
            one.cool(NOW);
            assert!(is_in(&limit, one.client(), NOW), "{here} is everybody who comes through Tor");
        }
    }

    #[test]
    fn many_other_counters_do_not_make_a_neighbourhood_warm_again() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let rude = limit.socket(address([10, 1, 2, 3]), NOW).unwrap();
        let client = rude.client();
        rude.cool(NOW);
        drop(rude);
        let somebody = |n: u32| IpAddr::from(Ipv4Addr::from(0x0B00_0000 + (n << 8)));
        for n in 0..2 * MANY as u32 {
            drop(limit.socket(somebody(n), NOW));
        }
        assert!(limit.state().counters.len() < MANY, "those that say nothing were dropped");
        assert!(!is_in(&limit, client, NOW));
    }

    #[test]
    fn a_flood_from_everywhere_makes_everybody_work_and_nobody_from_elsewhere_waits_longer() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let somewhere = |n: u16| limit.socket(IpAddr::from([10, (n >> 8) as u8, n as u8, 1]), NOW).unwrap();
        for n in 0..1_200 {
            assert!(is_in(&limit, somewhere(n).client(), NOW), "{n}");
        }
        let (puzzle, turn) = crowd(&limit, somewhere(2_000).client(), NOW);
        assert_eq!(puzzle.bits(), WORK_BITS_MIN);
        assert!(turn.is_some_and(|turn| turn.after() <= Duration::from_millis(100)), "ten a second for all");
    }

    #[test]
    fn work_becomes_harder_with_those_who_work_and_a_flood_that_works_has_an_end() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let ticket = limit.socket(address([127, 0, 0, 1]), NOW).unwrap();
        assert!((0..120).all(|_| is_in(&limit, ticket.client(), NOW)));
        let mut asked = Vec::new();
        for _ in 0..480 {
            asked.push(crowd(&limit, ticket.client(), NOW).0);
            assert!(limit.worked(ticket.client(), NOW));
        }
        assert!(asked.is_sorted_by_key(Puzzle::bits));
        assert_eq!((asked[0].bits(), asked[479].bits()), (WORK_BITS_MIN, WORK_BITS_MAX));
        assert!(!limit.worked(ticket.client(), NOW), "four times as many, and then it is the turns again");
        let nonces: std::collections::HashSet<_> = asked.iter().map(|puzzle| puzzle.nonce).collect();
        assert_eq!(nonces.len(), 480, "no two sockets work at the same");
        let neighbour = limit.socket(address([127, 0, 1, 1]), NOW).unwrap();
        assert!(is_in(&limit, neighbour.client(), NOW), "the neighbours come in as ever");
    }

    #[test]
    fn tickets_that_nobody_knows_are_resumed_by_a_whole_school_at_once_and_by_a_flood_at_a_pace() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let ticket = limit.socket(address([127, 0, 0, 1]), NOW).unwrap();
        assert!((0..500).all(|_| limit.stranger(ticket.client(), NOW)));
        assert!(!limit.stranger(ticket.client(), NOW));
        limit.no_stranger(ticket.client());
        assert!(limit.stranger(ticket.client(), NOW));
        let later = NOW.plus(Duration::from_secs(1));
        assert!(limit.stranger(ticket.client(), later) && !limit.stranger(ticket.client(), later));
        assert!(is_in(&limit, ticket.client(), later), "and costs nobody a join");
    }

    #[test]
    fn counters_of_a_million_networks_are_not_kept() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let mut now = NOW;
        let mut most = 0;
        for n in 0..100_000u32 {
            let [_, a, b, c] = n.to_be_bytes();
            let ticket = limit.socket(address([a + 1, b, c, 1]), now).unwrap();
            let _ = is_in(&limit, ticket.client(), now);
            now = now.plus(Duration::from_millis(1));
            most = most.max(limit.state().counters.len());
        }
        assert!(most <= 2 * MANY, "{most} counters");
    }

    #[test]
    fn an_hour_later_the_same_address_has_another_key() {
        let limit = Limit::new(RULES, NOW).unwrap();
        let before = limit.socket(address([127, 0, 0, 1]), NOW).unwrap();
        let after = limit.socket(address([127, 0, 0, 1]), NOW.plus(KEY_LIFE)).unwrap();
        assert!(before.client() != after.client());
    }
}
