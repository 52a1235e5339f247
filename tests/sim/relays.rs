//! The relay processes: the code of production over the simulated store and sockets, killed and raised again.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use lykta_server::centre::{self, Centre};
use lykta_server::clock::Clock;
use lykta_server::door::Hands;
use lykta_server::limit::{Limit, Rules};
use lykta_server::line::Line;
use lykta_server::relay::Relay;
use lykta_server::serve;
use lykta_server::staff::{Book, Session, SessionKey, Staff};
use lykta_server::{counsellor, visitor};
use lykta_trust::{
    Anchors, CentreId, Role, RootKey, Roster, RosterEntry, StaffCertificate, StaffKey, StaffTerms,
};
use lykta_wire::Leave;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::net::Made;
use crate::store::{Store, WayToStore};
use crate::world::{Life, START_MS, World};

/// The file an operator starts from is the file the days start from.
const CENTRE: &str = include_str!("../../deploy/centre.toml");
/// How long a draining process waits for its connections, as in production.
const DRAIN_MS: u64 = 8_000;
pub(crate) const ORIGIN: &str = "https://staff.example.org";

/// The centre and its staff, the same every day.
pub(crate) struct Office {
    pub(crate) centre: Centre,
    pub(crate) anchors: Anchors,
    pub(crate) certificates: Vec<StaffCertificate>,
    staff: Arc<Staff>,
}

pub(crate) fn staff_seed(number: usize) -> [u8; 32] {
    [100 + number as u8; 32]
}

/// Opened once for all days of this process: reading the file and signing would be most of a short day.
pub(crate) fn office() -> &'static Office {
    static OFFICE: OnceLock<Office> = OnceLock::new();
    OFFICE.get_or_init(|| {
        let mut centre = centre::check_for_demo(CENTRE).expect("the shipped centre file has no mistakes");
        let root = RootKey::take_seed(&mut [1; 32]);
        let id = CentreId(centre.trust.centre_id);
        let anchors = Anchors::new(id, &[root.public()], 1).expect("one root is a valid number");
        centre.trust.roots = anchors.roots().to_vec();
        let now_s = (START_MS / 1_000) as u32;
        let certify = |number: usize| {
            let terms = StaffTerms {
                role: Role::Counsellor,
                roster_epoch: 1,
                not_before: now_s - 86_400,
                not_after: now_s + 86_400,
                staff_public: StaffKey::take_seed(&mut staff_seed(number)).public(),
            };
            StaffCertificate::sign(&root, id, terms)
        };
        let certificates: Vec<_> = (0..3).map(certify).collect();
        let entry = |staff: &StaffCertificate| RosterEntry {
            staff: staff.clone(),
            name: "Somebody".to_owned(),
            passkey: None,
        };
        let roster = Roster::new(1, 1, certificates.iter().map(entry).collect());
        let roster = roster.expect("three people with three keys");
        let book = Book { signed: roster.sign(&root, id), roster };
        let staff = Staff::new(anchors.clone(), book, 8, SessionKey::new([5; 32]));
        Office { centre, anchors, certificates, staff: Arc::new(staff) }
    })
}

/// All processes; one that has died is missing until it is raised again.
pub(crate) struct Relays {
    world: Arc<World>,
    store: Arc<Store>,
    running: Mutex<Vec<Option<Process>>>,
    /// The first life of the first process.
    first: OnceLock<Arc<Life>>,
}

#[derive(Clone)]
struct Process {
    life: Arc<Life>,
    relay: Arc<Relay>,
}

impl Relays {
    pub(crate) async fn start(world: &Arc<World>, store: &Arc<Store>) -> Arc<Self> {
        let running = Mutex::new(vec![None; world.weather.relays]);
        let (world, store) = (Arc::clone(world), Arc::clone(store));
        let relays = Arc::new(Self { world, store, running, first: OnceLock::new() });
        for number in 0..relays.world.weather.relays {
            relays.raise(number);
        }
        relays
    }

    /// A process begins: what `serve_on` does, without its listener.
    fn raise(self: &Arc<Self>, number: usize) {
        self.world.note(format_args!("relay {number} is raised"));
        let life = Life::new(&self.world);
        let line = WayToStore::new(&self.store, &life) as Arc<dyn Line>;
        let clock = Clock::start_at(self.world.now());
        if number == 0
            && self.first.set(Arc::clone(&life)).is_ok()
            && let Some(at) = self.world.weather.dies_at
        {
            life.dies_after(at);
        }
        let made = serve::relay(&office().centre, clock, Hands::AlwaysOpen, line).expect("a relay");
        let mut relay = Arc::into_inner(made).expect("nobody else holds it yet");
        // Here nobody is one of many behind an address; how many come altogether is the day's weather.
        let joins_before_work = self.world.weather.joins_before_work;
        let rules = Rules { sockets: 500, joins_a_minute: 10_000, joins_before_work };
        relay.limit = Limit::with_key(rules, [number as u8; 32], self.world.now());
        let relay = Arc::new(relay);
        let keeper = Arc::clone(&relay);
        life.spawn(async move {
            keeper.refresh_door().await;
            keeper.keep(CancellationToken::new()).await;
        });
        let process = Process { life: Arc::clone(&life), relay };
        self.running.lock().expect("nobody panics here")[number] = Some(process);
        let relays = Arc::clone(self);
        tokio::spawn(async move {
            life.death().await;
            relays.running.lock().expect("nobody panics here")[number] = None;
            if !relays.world.weather.shared {
                relays.store.forgets();
            }
            let down = 200 + relays.world.below(20_000);
            sleep(Duration::from_millis(down)).await;
            relays.raise(number);
        });
    }

    /// How many awaits the first process stood at in its first life.
    pub(crate) fn first_awaits(&self) -> u64 {
        self.first.get().map_or(0, |life| life.awaits())
    }

    fn one(&self) -> Option<(usize, Process)> {
        let running = self.running.lock().expect("nobody panics here");
        let number = self.world.below(running.len() as u64) as usize;
        let works = |process: &Process| !process.life.is_dead() && !process.relay.drain.is_cancelled();
        running[number].clone().filter(works).map(|process| (number, process))
    }

    /// One of them will die, at one of its next awaits.
    pub(crate) fn one_dies(&self) {
        if let Some((number, process)) = self.one() {
            let awaits = self.world.below(40);
            self.world.note(format_args!("relay {number} dies in {awaits} awaits"));
            process.life.dies_after(awaits);
        }
    }

    /// One of them drains, as on SIGTERM, and is started again.
    pub(crate) fn one_drains(&self) {
        if let Some((number, process)) = self.one() {
            self.world.note(format_args!("relay {number} drains"));
            self.world.book(|book| book.seen.drains += 1);
            process.relay.drain.cancel();
            tokio::spawn(async move {
                sleep(Duration::from_millis(DRAIN_MS)).await;
                process.life.dies();
            });
        }
    }

    /// Whoever balances the load sends the socket to one of the processes, living or not.
    pub(crate) fn accepts_visitor(&self, device: usize, made: Made) -> Option<Arc<Life>> {
        let (_, process) = self.one()?;
        let address = IpAddr::V4(Ipv4Addr::new(127, 77, device as u8, 1));
        let counted = process.relay.limit.socket(address, process.relay.now())?;
        let wire = made.end(&process.life);
        process.life.spawn(visitor::serve(wire, Arc::clone(&process.relay), counted, process.relay.awake()));
        Some(process.life)
    }

    pub(crate) fn accepts_desk(&self, person: usize, made: Made) -> Option<Arc<Life>> {
        let (_, process) = self.one()?;
        let staff_public = office().certificates[person].terms().staff_public;
        let session = Session::begin(staff_public, process.relay.now());
        let wire = made.end(&process.life);
        let relay = Arc::clone(&process.relay);
        let staff = Arc::clone(&office().staff);
        process.life.spawn(counsellor::serve(wire, relay, staff, session, ORIGIN.to_owned()));
        Some(process.life)
    }

    /// The beacon of a page that leaves: an HTTP request of its own, to whichever process answers.
    pub(crate) fn beacon(&self, body: &[u8]) {
        let (Some((_, process)), Ok(leave)) = (self.one(), Leave::decode(body)) else { return };
        let relay = Arc::clone(&process.relay);
        process.life.spawn(async move { visitor::forget(&relay, leave).await });
    }
}
