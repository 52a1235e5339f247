//! A real relay on a free port of the loopback interface, with a centre and a staff of its own. Nothing of
//! the demonstration is used.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use lykta_client::{Desk, SignIn, Visit};
use lykta_server::app::App;
use lykta_server::centre::{self, Centre, Origin, Origins};
use lykta_server::clock::Clock;
use lykta_server::door::Hands;
use lykta_server::line::{Line, Memory, Spans};
use lykta_server::pages::Pages;
use lykta_server::relay::{Relay, SocketClocks};
use lykta_server::serve;
use lykta_server::staff::{COOKIE, Session, SessionKey, Staff};
use lykta_trust::{
    Anchors, CentreId, Role, RootKey, Roster, RosterEntry, StaffCertificate, StaffKey, StaffTerms,
};
use lykta_wire::TicketName;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::counsellor::Counsellor;
use crate::driver::{Route, fresh_seed, now_ms};
use crate::visitor::Visitor;

/// The file an operator starts from is the file the stories start from.
const CENTRE: &str = include_str!("../../deploy/centre.toml");

/// The clocks of a story.
#[derive(Clone)]
pub struct Clockwork {
    /// The calendar's hands.
    pub hands: Hands,
    /// How long things last in the line.
    pub spans: Spans,
    /// How sockets are treated.
    pub sockets: SocketClocks,
    /// Tickets the line may hold.
    pub max_waiting: u32,
}

impl Default for Clockwork {
    fn default() -> Self {
        Self {
            hands: Hands::AlwaysOpen,
            spans: Spans::default(),
            sockets: SocketClocks::default(),
            max_waiting: 100,
        }
    }
}

/// Somebody of the stories' staff.
pub struct Person {
    seed: [u8; 32],
    /// The certificate.
    pub certificate: StaffCertificate,
}

/// The relay and everything that goes with it.
pub struct Stage {
    /// Where it listens.
    pub address: SocketAddr,
    /// The centre.
    pub centre: Arc<Centre>,
    /// The pinned roots.
    pub anchors: Anchors,
    /// The store, for asking what it holds.
    pub line: Arc<Memory>,
    /// The relay.
    pub relay: Arc<Relay>,
    clockwork: Clockwork,
    root_seed: [u8; 32],
    runtime: Option<Runtime>,
    visitors: AtomicU8,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.is_killed();
    }
}

impl Stage {
    /// A relay with the usual clocks, its doors open at any hour.
    pub async fn opens() -> Self {
        Self::opens_with(Clockwork::default()).await
    }

    /// A relay with these clocks.
    pub async fn opens_with(clockwork: Clockwork) -> Self {
        let mut root_seed = [0; 32];
        getrandom::fill(&mut root_seed).expect("the operating system gives random bytes");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self::raise(listener, clockwork, root_seed).await
    }

    async fn raise(listener: std::net::TcpListener, clockwork: Clockwork, root_seed: [u8; 32]) -> Self {
        let address = listener.local_addr().expect("a bound listener has an address");
        let mut centre = centre::check_for_demo(CENTRE)
            .unwrap_or_else(|faults| panic!("the shipped centre file has mistakes: {faults:?}"));
        let root = RootKey::take_seed(&mut root_seed.clone());
        let centre_id = CentreId(centre.trust.centre_id);
        let anchors = Anchors::new(centre_id, &[root.public()], 1).expect("one root is a valid number");
        centre.trust.roots = anchors.roots().to_vec();
        let home = Origin::parse(&format!("http://localhost:{}", address.port())).expect("an origin");
        centre.origins = Origins { pages: home.clone(), relay: home.clone(), staff: home, ..centre.origins };
        let entries = (0..7)
            .map(|number| RosterEntry {
                staff: certificate(&root, centre_id, number),
                name: format!("Person {number}"),
                passkey: None,
            })
            .collect();
        let staff = Staff {
            anchors: anchors.clone(),
            roster: Roster::new(1, 1, entries).expect("seven people with seven keys"),
            chats_max: 3,
            sessions: SessionKey::new([5; 32]),
        };
        let line = Arc::new(Memory::new(clockwork.spans.clone(), clockwork.max_waiting));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime for the relay");
        let centre = Arc::new(centre);
        let relay = {
            let _inside = runtime.enter();
            let store = Arc::clone(&line) as Arc<dyn Line>;
            let made = serve::relay(&centre, Clock::start(), clockwork.hands.clone(), store);
            let mut relay = Arc::into_inner(made.expect("a relay")).expect("nobody else holds it yet");
            relay.sockets = clockwork.sockets.clone();
            relay.max_waiting = clockwork.max_waiting;
            Arc::new(relay)
        };
        let app = App {
            relay: Arc::clone(&relay),
            staff: Arc::new(staff),
            centre: Arc::clone(&centre),
            pages: Pages::from_files(paper()).expect("two small documents"),
            demo: None,
        };
        listener.set_nonblocking(true).expect("a listener can be made non-blocking");
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).expect("a listener of the runtime")
        };
        runtime.spawn(serve::serve_on(listener, Arc::new(app)));
        let runtime = Some(runtime);
        let visitors = AtomicU8::new(1);
        Self { address, centre, anchors, line, relay, clockwork, root_seed, runtime, visitors }
    }

    /// The relay dies in this instant: no goodbye, no close frame, and its memory is gone.
    pub fn is_killed(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// Waits until the store holds no envelope. The last to go is a goodbye, after its own time.
    pub async fn has_forgotten_everything(&self) {
        let forgotten = async {
            while self.line.envelopes_held() > 0 {
                // Every process asks the store each tick; asking is what sweeps.
                let _ = self.line.keep(&[], self.relay.now()).await;
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let held = || format!("the relay still holds {} envelopes", self.line.envelopes_held());
        tokio::time::timeout(crate::PATIENCE, forgotten).await.unwrap_or_else(|_| panic!("{}", held()));
    }

    /// Waits until these bytes lie in the store.
    pub async fn holds(&self, what: &str, bytes: &[u8]) {
        let found = async {
            while !self.line.dump().windows(bytes.len()).any(|window| window == bytes) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(crate::PATIENCE, found)
            .await
            .unwrap_or_else(|_| panic!("no store holds {what}"));
    }

    /// The relay drains as on SIGTERM.
    pub fn drains(&self) {
        self.relay.drain.cancel();
    }

    /// A new relay at the same address, with the same centre and staff and an empty memory.
    pub async fn is_raised_again(&mut self) {
        self.is_killed();
        let listener = loop {
            // The dead one's socket may linger for a moment.
            match std::net::TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let root_seed = self.root_seed;
        *self = Self::raise(listener, self.clockwork.clone(), root_seed).await;
    }

    fn route(&self, path: &'static str, address: SocketAddr) -> Route {
        // Every browser comes from an address and with a name of its own.
        let number = self.visitors.fetch_add(1, Ordering::Relaxed);
        Route {
            address,
            from: IpAddr::V4(Ipv4Addr::new(127, 77, number, 99)),
            path,
            origin: self.centre.origins.pages.to_string(),
            headers: vec![("User-Agent", format!("Planted-Browser/{number}.77"))],
        }
    }

    /// A visitor opens the page.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        self.visitor_through(self.address)
    }

    /// A visitor whose network leads through `address`.
    #[must_use]
    pub fn visitor_through(&self, address: SocketAddr) -> Visitor {
        Visitor::arrive(Visit::new(self.anchors.clone(), 0, true), self.route("/ws/visit", address))
    }

    /// A visitor whose page pins other roots than this centre's.
    #[must_use]
    pub fn visitor_who_trusts(&self, anchors: Anchors) -> Visitor {
        Visitor::arrive(Visit::new(anchors, 0, true), self.route("/ws/visit", self.address))
    }

    /// Person `number` of the staff: 0 to 4 counsellors, 5 an interpreter, 6 an expert.
    #[must_use]
    pub fn person(&self, number: u8) -> Person {
        let root = RootKey::take_seed(&mut self.root_seed.clone());
        let certificate = certificate(&root, CentreId(self.centre.trust.centre_id), number);
        Person { seed: staff_seed(number), certificate }
    }

    /// Person `number` signs in at a console.
    #[must_use]
    pub fn counsellor(&self, number: u8) -> Counsellor {
        self.counsellor_through(number, self.address)
    }

    /// Person `number`, whose network leads through `address`.
    #[must_use]
    pub fn counsellor_through(&self, number: u8, address: SocketAddr) -> Counsellor {
        let mut person = self.person(number);
        let mut route = self.route("/ws/desk", address);
        route.headers.push(("Cookie", self.cookie(&person)));
        let sign_in = SignIn {
            staff_seed: &mut person.seed,
            staff: person.certificate.clone(),
            anchors: self.anchors.clone(),
            build_date: 0,
            origin: route.origin.clone(),
            capacity: 3,
        };
        let (desk, first) = Desk::sign_in(sign_in, "Kim", now_ms(), &mut fresh_seed())
            .unwrap_or_else(|error| panic!("a person of the staff can sign in: {error}"));
        Counsellor::sit(desk, first, route)
    }

    /// A visitor and person 0 of the staff, in a chat that nobody else waits for.
    pub async fn two_people_talking(&self) -> (Visitor, Counsellor, TicketName) {
        let (visitor, counsellor) = (self.visitor(), self.counsellor(0));
        let ticket = Self::brings_together(&visitor, &counsellor).await;
        (visitor, counsellor, ticket)
    }

    /// Brings these two together; nobody else may be waiting.
    pub async fn brings_together(visitor: &Visitor, counsellor: &Counsellor) -> TicketName {
        counsellor.goes_on_duty().await;
        visitor.joins();
        visitor.waits_at(1).await;
        let ticket = counsellor.talks_to_next().await;
        visitor.talks().await;
        ticket
    }

    /// The session cookie of a person who has signed in.
    #[must_use]
    pub fn cookie(&self, person: &Person) -> String {
        let session = Session::begin(person.certificate.terms().staff_public, self.relay.now());
        format!("{COOKIE}={}", SessionKey::new([5; 32]).seal(&session))
    }
}

fn staff_seed(number: u8) -> [u8; 32] {
    [number + 100; 32]
}

fn certificate(root: &RootKey, centre: CentreId, number: u8) -> StaffCertificate {
    let now_s = (now_ms() / 1_000) as u32;
    let terms = StaffTerms {
        role: match number {
            5 => Role::Interpreter,
            6 => Role::Expert,
            _ => Role::Counsellor,
        },
        roster_epoch: 1,
        not_before: now_s - 3_600,
        not_after: now_s + 86_400,
        staff_public: StaffKey::take_seed(&mut staff_seed(number)).public(),
    };
    StaffCertificate::sign(root, centre, terms)
}

/// Two documents small enough to read: the stories here need no page.
fn paper() -> Vec<(String, Cow<'static, [u8]>)> {
    let document = "<!doctype html><html data-state=\"{{state}}\"><title>Information</title>\
                    <!--slot:state--><p></p><!--/slot--></html>";
    ["visitor.html", "staff.html"]
        .into_iter()
        .map(|name| (name.to_owned(), Cow::Borrowed(document.as_bytes())))
        .collect()
}
