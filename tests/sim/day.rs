//! One simulated day: a storm of everything that can go wrong, then calm, in which everything must arrive.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use crate::controls::Broken;
use crate::net::Net;
use crate::oracle::Seen;
use crate::people::{self, Place};
use crate::random::Random;
use crate::relays::Relays;
use crate::store::Store;
use crate::weather::Weather;
use crate::world::{Hour, World};

/// How long people talk after the storm.
const TALK: Duration = Duration::from_secs(30);
/// After that everything that can arrive has arrived within this: the slowest way back is a visitor whose
/// counsellor is lost (3 min), behind a lease of a page that died (20 s) and a retry (60 s).
const EVENING: Duration = Duration::from_secs(10 * 60);
/// And so much later where every place at the seats is held: a chat keeps its place for the quarter of an hour in which its
/// visitor may come back, and people would end it sooner by hand.
const NIGHT: Duration = Duration::from_secs(10 * 60);

/// How a day went.
pub(crate) struct Day {
    /// The first broken promise.
    pub(crate) broken: Option<String>,
    pub(crate) seen: Seen,
    /// The same for the same seed.
    pub(crate) hash: u64,
    /// What happened, if it was to be told.
    pub(crate) told: Vec<String>,
    pub(crate) weather: Weather,
    /// Awaits of the first relay's first life.
    pub(crate) awaits: u64,
}

/// Lives through the day of this seed.
pub(crate) fn day(seed: u64, broken: Broken, told: bool) -> Day {
    lived(seed, Weather::of, broken, told)
}

/// Lives through the short day of this seed on which the first relay dies at this await.
pub(crate) fn day_of_one_death(seed: u64, dies_at: Option<u64>, told: bool) -> Day {
    lived(seed, |random| Weather::of_one_death(random, dies_at), Broken::Nothing, told)
}

fn lived(seed: u64, weather: impl FnOnce(&mut Random) -> Weather, broken: Broken, told: bool) -> Day {
    let mut random = Random::new(seed);
    let weather = weather(&mut random);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without threads").block_on(live(random, weather, broken, told))
}

async fn live(random: Random, weather: Weather, broken: Broken, told: bool) -> Day {
    let world = World::new(random, weather.clone(), told);
    let store = Store::new(&world, broken);
    let relays = Relays::start(&world, &store).await;
    let net = Arc::new(Net::default());
    let place =
        Place { world: Arc::clone(&world), net: Arc::clone(&net), relays: Arc::clone(&relays), broken };
    for person in 0..weather.desks {
        tokio::spawn(people::counsellor(place.clone(), person));
    }
    for number in 0..weather.visitors {
        tokio::spawn(people::visitor(place.clone(), number));
    }
    let whole = async {
        storm(&world, &net, &relays, &store).await;
        world.becomes(Hour::Calm);
        sleep(TALK).await;
        world.becomes(Hour::Evening);
        everything_arrives(&world).await;
    };
    tokio::select! {
        biased;
        () = world.broken.cancelled() => {}
        () = whole => {}
    }
    let (broken, seen) = world.book(|book| (book.broken.clone(), book.seen));
    let (hash, told, awaits) = (world.trace_hash(), world.trace_lines(), relays.first_awaits());
    Day { broken, seen, hash, told, weather, awaits }
}

/// Misfortunes, one after the other.
async fn storm(world: &World, net: &Net, relays: &Relays, store: &Store) {
    let weather = &world.weather;
    let kinds = [
        weather.cut,
        weather.partition,
        weather.relay_dies,
        weather.relay_drains,
        weather.store_away,
        weather.store_forgets,
    ];
    let all: u64 = kinds.iter().sum();
    let end = world.now_ms() + weather.storm_ms;
    while world.now_ms() < end {
        world.a_while(weather.calm_ms).await;
        let mut drawn = world.below(all);
        let kind = kinds.iter().position(|kind| {
            let found = drawn < *kind;
            drawn = drawn.saturating_sub(*kind);
            found
        });
        match kind.filter(|_| all > 0) {
            Some(0) => net.cuts_one(world),
            Some(1) => {
                let device = world.below((weather.visitors + weather.desks) as u64) as usize;
                net.parts(world, device, world.below(90_000));
            }
            Some(2) => relays.one_dies(),
            Some(3) => relays.one_drains(),
            Some(4) => store.is_away(world.below(30_000)),
            Some(5) => store.forgets(),
            _ => {}
        }
    }
}

/// Waits until every visitor is in a conversation and every note is read, and breaks the promise if not.
async fn everything_arrives(world: &World) {
    let arrives = || async {
        while world.book(|book| book.missing()).is_some() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    let mut late = timeout(EVENING, arrives()).await.is_err();
    if late && world.book(|book| book.is_full()) {
        late = timeout(NIGHT, arrives()).await.is_err();
    }
    if late {
        world.book(|book| book.is_stuck());
    }
}
