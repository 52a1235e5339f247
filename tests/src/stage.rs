//! A real relay on a free port of the loopback interface, with a centre and a staff of its own. Nothing of
//! the demonstration is used.

use std::net::SocketAddr;
use std::sync::Arc;

use lykta_server::centre::Centre;
use lykta_server::clock::Clock;
use lykta_server::door::Hands;
use lykta_server::limit::{Limit, Rules};
use lykta_server::line::{Line, Memory, Spans};
use lykta_server::relay::{Relay, SocketClocks};
use lykta_server::serve;
use lykta_server::staff::{Book, Shelf, Staff};
use lykta_trust::{Anchors, Role, RosterEntry};
use lykta_wire::TicketName;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::authenticator::Authenticator;
use crate::counsellor::Counsellor;
use crate::house::{House, Person, fresh_root};
use crate::visitor::Visitor;

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
    /// How much one neighbourhood may have, if not what the centre's file says.
    pub rules: Option<Rules>,
}

impl Default for Clockwork {
    fn default() -> Self {
        Self {
            hands: Hands::AlwaysOpen,
            spans: Spans::default(),
            sockets: SocketClocks::default(),
            max_waiting: 100,
            rules: None,
        }
    }
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
    house: House,
    /// Who may sit.
    pub staff: Arc<Staff>,
    /// Its state directory.
    pub shelf: Shelf,
    clockwork: Clockwork,
    runtime: Option<Runtime>,
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
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let house =
            House::at(listener.local_addr().expect("a bound listener has an address").port(), fresh_root());
        Self::raise(listener, clockwork, house).await
    }

    async fn raise(listener: std::net::TcpListener, clockwork: Clockwork, house: House) -> Self {
        let address = listener.local_addr().expect("a bound listener has an address");
        let line = Arc::new(Memory::new(clockwork.spans.clone(), clockwork.max_waiting));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime for the relay");
        let relay = {
            let _inside = runtime.enter();
            let store = Arc::clone(&line) as Arc<dyn Line>;
            let made = serve::relay(&house.centre, Clock::start(), clockwork.hands.clone(), store);
            let mut relay = Arc::into_inner(made.expect("a relay")).expect("nobody else holds it yet");
            relay.sockets = clockwork.sockets.clone();
            relay.rules.max_waiting = clockwork.max_waiting;
            if let Some(rules) = clockwork.rules {
                relay.limit =
                    Limit::new(rules, relay.now()).expect("the operating system gives random bytes");
            }
            Arc::new(relay)
        };
        listener.set_nonblocking(true).expect("a listener can be made non-blocking");
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).expect("a listener of the runtime")
        };
        runtime.spawn(serve::serve_on(listener, Arc::new(house.app(Arc::clone(&relay)))));
        let runtime = Some(runtime);
        let (centre, anchors) = (Arc::clone(&house.centre), house.anchors.clone());
        let (staff, shelf) = (Arc::clone(&house.staff), house.shelf.clone());
        Self { address, centre, anchors, line, relay, house, staff, shelf, clockwork, runtime }
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
        *self = Self::raise(listener, self.clockwork.clone(), self.house.again()).await;
    }

    /// A visitor opens the page.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        self.visitor_through(self.address)
    }

    /// A visitor whose network leads through `address`.
    #[must_use]
    pub fn visitor_through(&self, address: SocketAddr) -> Visitor {
        self.house.visitor(self.anchors.clone(), address)
    }

    /// A visitor whose page pins other roots than this centre's.
    #[must_use]
    pub fn visitor_who_trusts(&self, anchors: Anchors) -> Visitor {
        self.house.visitor(anchors, self.address)
    }

    /// Person `number` of the staff: 0 to 4 counsellors, 5 an interpreter, 6 an expert.
    #[must_use]
    pub fn person(&self, number: u8) -> Person {
        self.house.person(number)
    }

    /// A roster of this centre with these people, signed by its root.
    #[must_use]
    pub fn book(&self, version: u32, entries: Vec<RosterEntry>) -> Book {
        self.house.book(version, entries)
    }

    /// Person `number` as the first roster has them.
    #[must_use]
    pub fn entry(&self, number: u8) -> RosterEntry {
        self.house.entry(number)
    }

    /// Person `number` in this role, until `not_after` (Unix seconds).
    #[must_use]
    pub fn entry_with(&self, number: u8, role: Role, not_after: u32) -> RosterEntry {
        self.house.entry_with(number, role, not_after)
    }

    /// The passkey of person `number`.
    #[must_use]
    pub fn authenticator(&self, number: u8) -> Authenticator {
        Authenticator::new(self.centre.origins.staff.host(), number + 1)
    }

    /// Person `number` signs in at a console.
    #[must_use]
    pub fn counsellor(&self, number: u8) -> Counsellor {
        self.counsellor_through(number, self.address)
    }

    /// Person `number`, whose network leads through `address`.
    #[must_use]
    pub fn counsellor_through(&self, number: u8, address: SocketAddr) -> Counsellor {
        self.house.counsellor(number, address)
    }

    /// Somebody who signs in at a console with this certificate, whose network leads through `address`.
    #[must_use]
    pub fn counsellor_with(&self, person: Person, address: SocketAddr) -> Counsellor {
        self.house.counsellor_with(person, address)
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
        self.house.cookie(person, self.relay.now())
    }
}
