//! A relay with a centre, a staff of two and an empty line, on one thread and a paused clock.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};

use lykta_server::centre::{self, Centre};
use lykta_server::clock::{Clock, Moment};
use lykta_server::door::Hands;
use lykta_server::limit::{Limit, Rules};
use lykta_server::line::{Line, Memory, Spans};
use lykta_server::relay::Relay;
use lykta_server::staff::{Book, Session, SessionKey, Staff};
use lykta_server::{counsellor, serve, visitor};
use lykta_trust::{
    Admission, AliasId, Anchors, CentreId, Delegation, DoorKey, Role, RootKey, Roster, RosterEntry,
    SeatCertificate, SeatTerms, Serial, StaffCertificate, StaffKey, StaffTerms,
};
use lykta_wire::FromDesk;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::socket::{DeviceEnd, pair};

/// When every run begins, ms since 1970.
const START_MS: u64 = 1_800_000_000_000;
/// Tickets the line holds: fewer than there are, so that it is full at times.
pub(super) const MAX_WAITING: u32 = 3;
/// Joins a minute before work is asked for; twice as many come at once.
const CROWD: u32 = 2;
const ORIGIN: &str = "https://staff.example.org";
const CENTRE: &str = include_str!("../../../../deploy/centre.toml");

/// What is the same in every run.
struct Office {
    centre: Centre,
    staff: Arc<Staff>,
    seats: Vec<SignedIn>,
}

/// What a console has after signing in.
struct SignedIn {
    staff: StaffCertificate,
    seat: SeatCertificate,
    delegation: Delegation,
    door: DoorKey,
}

fn staff_key(number: u8) -> StaffKey {
    StaffKey::take_seed(&mut [100 + number; 32])
}

fn office() -> &'static Office {
    static OFFICE: OnceLock<Office> = OnceLock::new();
    OFFICE.get_or_init(|| {
        let mut centre = centre::check_for_demo(CENTRE).expect("the shipped centre file has no mistakes");
        let root = RootKey::take_seed(&mut [1; 32]);
        let id = CentreId(centre.trust.centre_id);
        let anchors = Anchors::new(id, &[root.public()], 1).expect("one root is a valid number");
        centre.trust.roots = anchors.roots().to_vec();
        let now_s = (START_MS / 1_000) as u32;
        let sign_in = |number: u8| {
            let key = staff_key(number);
            let staff = StaffCertificate::sign(
                &root,
                id,
                StaffTerms {
                    role: Role::Counsellor,
                    roster_epoch: 1,
                    not_before: now_s - 86_400,
                    not_after: now_s + 86_400,
                    staff_public: key.public(),
                },
            );
            let terms = SeatTerms {
                serial: Serial([number + 1; 16]),
                not_before: now_s - 60,
                not_after: now_s + 36_000 - 60,
                caps: 0,
                alias_id: AliasId([number + 1; 16]),
            };
            let seat = SeatCertificate::sign(&key, &staff, &[9; 32], terms);
            let door = DoorKey::take_seed(&mut [200 + number; 32]);
            let delegation = Delegation::sign(&key, &seat, door.public());
            SignedIn { staff, seat, delegation, door }
        };
        let seats: Vec<_> = (0..2).map(sign_in).collect();
        let entry = |seat: &SignedIn| RosterEntry {
            staff: seat.staff.clone(),
            name: "Somebody".to_owned(),
            passkey: None,
        };
        let roster = Roster::new(1, 1, seats.iter().map(entry).collect()).expect("two people, two keys");
        let book = Book { signed: roster.sign(&root, id), roster };
        let staff = Staff::new(anchors, book, 3, SessionKey::new([5; 32]));
        Office { centre, staff: Arc::new(staff), seats }
    })
}

pub(super) struct House {
    pub(super) relay: Arc<Relay>,
    pub(super) line: Arc<Memory>,
    pub(super) tasks: JoinSet<()>,
}

impl House {
    pub(super) fn open() -> Self {
        let line = Arc::new(Memory::new(Spans::default(), MAX_WAITING));
        let clock = Clock::start_at(Moment(START_MS));
        let store = Arc::clone(&line) as Arc<dyn Line>;
        let made = serve::relay(&office().centre, clock, Hands::AlwaysOpen, store).expect("a relay");
        let mut relay = Arc::into_inner(made).expect("nobody else holds it yet");
        relay.rules.max_waiting = MAX_WAITING;
        let rules = Rules { sockets: 500, joins_a_minute: 60, joins_before_work: CROWD };
        relay.limit = Limit::with_key(rules, [7; 32], relay.now());
        let relay = Arc::new(relay);
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&relay).keep(CancellationToken::new()));
        Self { relay, line, tasks }
    }

    pub(super) fn visitor(&mut self, number: u8) -> Option<DeviceEnd> {
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, number, 1));
        let counted = self.relay.limit.socket(address, self.relay.now())?;
        let (relay, device) = pair();
        self.tasks.spawn(visitor::serve(relay, Arc::clone(&self.relay), counted, self.relay.awake()));
        Some(device)
    }

    /// Signed in as one of the staff; the proof is still to come.
    pub(super) fn desk(&mut self, number: u8) -> DeviceEnd {
        let session = Session::begin(staff_key(number).public(), self.relay.now());
        let (relay, device) = pair();
        let staff = Arc::clone(&office().staff);
        let served = counsellor::serve(relay, Arc::clone(&self.relay), staff, session, ORIGIN.to_owned());
        self.tasks.spawn(served);
        device
    }

    /// The answer to a challenge.
    pub(super) fn proof(number: u8, challenge: &[u8; 32]) -> Vec<u8> {
        let SignedIn { staff, seat, delegation, door } = &office().seats[usize::from(number)];
        let (staff, seat, delegation) = (staff.clone(), seat.clone(), delegation.clone());
        let admission = Admission::new(staff, [9; 32], seat, delegation, door, challenge, ORIGIN);
        FromDesk::Admit { proof: admission.expect("a short origin").to_bytes().to_vec() }.encode()
    }
}
