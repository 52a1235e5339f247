//! What goes wrong on one day, and how often: drawn once from the seed.

use crate::random::Random;

/// Chances are in thousandths; spans in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Weather {
    /// Relay processes.
    pub(crate) relays: usize,
    /// Whether the store outlives a relay; otherwise it is the memory of the one relay.
    pub(crate) shared: bool,
    pub(crate) visitors: usize,
    pub(crate) desks: usize,
    /// How long it storms.
    pub(crate) storm_ms: u64,
    /// The longest way of one frame.
    pub(crate) way_ms: u64,
    /// One of a relay's awaits takes longer than it needs to.
    pub(crate) dawdles: u64,
    /// A verb never reaches the store.
    pub(crate) verb_lost: u64,
    /// A verb is done and its answer is lost.
    pub(crate) answer_lost: u64,
    /// A verb is done twice; the second answer counts.
    pub(crate) verb_twice: u64,
    /// A verb is done after its caller gave up waiting.
    pub(crate) verb_late: u64,
    pub(crate) bell_lost: u64,
    pub(crate) bell_twice: u64,
    /// The longest pause between two misfortunes.
    pub(crate) calm_ms: u64,
    /// How often each misfortune comes, against each other.
    pub(crate) cut: u64,
    pub(crate) partition: u64,
    pub(crate) relay_dies: u64,
    pub(crate) relay_drains: u64,
    pub(crate) store_away: u64,
    pub(crate) store_forgets: u64,
    /// A console or a page that dies with its keys, per act of its person.
    pub(crate) page_dies: u64,
    /// A page that is frozen for a while, per act.
    pub(crate) page_freezes: u64,
    /// Joins a minute at each relay before it asks for work.
    pub(crate) joins_before_work: u32,
    /// The await of its first life at which the first relay dies.
    pub(crate) dies_at: Option<u64>,
}

/// As many as nobody reaches.
const NO_CROWD: u32 = 10_000;

impl Weather {
    pub(crate) fn of(random: &mut Random) -> Self {
        let relays = 1 + random.below(3) as usize;
        let shared = relays > 1 || random.permille(500);
        // Every fault is absent on some days, so that the others are seen by themselves.
        let mut some = |most: u64| if random.permille(400) { 0 } else { 1 + random.below(most) };
        Self {
            relays,
            shared,
            dawdles: some(300),
            verb_lost: if shared { some(25) } else { 0 },
            answer_lost: if shared { some(25) } else { 0 },
            verb_twice: if shared { some(40) } else { 0 },
            verb_late: if shared { some(15) } else { 0 },
            bell_lost: if shared { some(200) } else { 0 },
            bell_twice: if shared { some(200) } else { 0 },
            cut: some(10),
            partition: some(6),
            relay_dies: some(4),
            relay_drains: some(2),
            store_away: if shared { some(2) } else { 0 },
            store_forgets: if shared { some(2) } else { 0 },
            page_dies: some(5),
            page_freezes: some(10),
            visitors: 1 + random.below(4) as usize,
            desks: 1 + random.below(3) as usize,
            storm_ms: 60_000 + random.below(240_000),
            way_ms: 1 + random.below(400),
            calm_ms: 2_000 + random.below(30_000),
            joins_before_work: if random.permille(150) { 1 + random.below(3) as u32 } else { NO_CROWD },
            dies_at: None,
        }
    }

    /// A short day on which nothing goes wrong but that the first relay dies at this await.
    pub(crate) fn of_one_death(random: &mut Random, dies_at: Option<u64>) -> Self {
        let relays = 1 + random.below(2) as usize;
        Self {
            relays,
            shared: relays > 1 || random.permille(500),
            visitors: 2,
            desks: 2,
            storm_ms: 25_000,
            way_ms: 1 + random.below(60),
            calm_ms: 10_000,
            dawdles: 0,
            verb_lost: 0,
            answer_lost: 0,
            verb_twice: 0,
            verb_late: 0,
            bell_lost: 0,
            bell_twice: 0,
            cut: 0,
            partition: 0,
            relay_dies: 0,
            relay_drains: 0,
            store_away: 0,
            store_forgets: 0,
            page_dies: 0,
            page_freezes: 0,
            // Of four joins at once a third and fourth are asked for work.
            joins_before_work: if random.permille(500) { 1 } else { NO_CROWD },
            dies_at,
        }
    }

    /// For stories of their own: nothing goes wrong by itself.
    pub(crate) fn without_faults(self) -> Self {
        Self { dawdles: 0, ..self }
    }
}
