//! A centre of the stories' own: its file, its root and its staff. Every relay of one story serves the same
//! house, in this process or in one of its own.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use lykta_client::{Desk, DeskInput, DeskWish, SeatInput, SignIn, Visit};
use lykta_server::app::{App, SignIn as Entrance};
use lykta_server::centre::{self, Centre, Origin, Origins};
use lykta_server::clock::Moment;
use lykta_server::pages::Pages;
use lykta_server::relay::Relay;
use lykta_server::serve;
use lykta_server::staff::{Book, COOKIE, Passkeys, Session, SessionKey, Shelf, Staff};
use lykta_server::tls::Connector;
use lykta_trust::{
    Anchors, CentreId, Passkey, Role, RootKey, Roster, RosterEntry, StaffCertificate, StaffKey, StaffTerms,
};
use tempfile::TempDir;

use crate::authenticator::Authenticator;
use crate::counsellor::Counsellor;
use crate::driver::{Route, fresh_seed, now_ms};
use crate::visitor::Visitor;

/// The file an operator starts from is the file the stories start from.
const CENTRE: &str = include_str!("../../deploy/centre.toml");

/// A second one, which does most things otherwise.
const NEIGHBOUR: &str = include_str!("../centre/fjalldalen.toml");

/// Seals the sign-in sessions of every relay of a house: the same for one centre, another for another.
fn session_seed(text: &str) -> [u8; 32] {
    [if text == CENTRE { 5 } else { 6 }; 32]
}

/// Somebody of the stories' staff.
pub struct Person {
    seed: [u8; 32],
    /// The certificate.
    pub certificate: StaffCertificate,
}

/// The centre, and everybody who belongs to it.
pub struct House {
    /// The centre.
    pub centre: Arc<Centre>,
    /// The pinned roots.
    pub anchors: Anchors,
    /// Who may sit.
    pub staff: Arc<Staff>,
    /// Its state directory.
    pub shelf: Shelf,
    /// How its people's devices check certificates, where there are some.
    tls: Option<Connector>,
    directory: Arc<TempDir>,
    text: &'static str,
    root_seed: [u8; 32],
    visitors: AtomicU8,
}

/// Where a house is found.
#[derive(Clone, Copy)]
enum Home {
    /// Everything at one port of localhost.
    Port(u16),
    /// At the three hosts of the shipped file.
    AsShipped,
}

/// The seed of a root nobody else has.
#[must_use]
pub fn fresh_root() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the operating system gives random bytes");
    seed
}

impl House {
    /// The house of this root, whose pages and relays are found at `port` of localhost.
    #[must_use]
    pub fn at(port: u16, root_seed: [u8; 32]) -> Self {
        Self::with(Home::Port(port), root_seed, Arc::new(state_directory()))
    }

    /// The house of this root at the hosts that the shipped file names, reached with TLS by those who believe as
    /// `connector` does.
    #[must_use]
    pub fn as_shipped(root_seed: [u8; 32], connector: Connector) -> Self {
        Self::behind_a_proxy(root_seed).believing(connector)
    }

    /// The same without TLS: as a proxy in front of the relay speaks for those who come.
    #[must_use]
    pub fn behind_a_proxy(root_seed: [u8; 32]) -> Self {
        Self::with(Home::AsShipped, root_seed, Arc::new(state_directory()))
    }

    /// The second centre's house, at the hosts its file names, behind a proxy.
    #[must_use]
    pub fn of_the_neighbour(root_seed: [u8; 32]) -> Self {
        Self::of(NEIGHBOUR, Home::AsShipped, root_seed, Arc::new(state_directory()))
    }

    /// The same, reached with TLS by those who believe as `connector` does.
    #[must_use]
    pub fn believing(self, connector: Connector) -> Self {
        Self { tls: Some(connector), ..self }
    }

    /// The same house once more, with what its relay has written.
    #[must_use]
    pub fn again(&self) -> Self {
        let port =
            self.centre.origins.pages.to_string().rsplit(':').next().and_then(|port| port.parse().ok());
        let port = Home::Port(port.expect("a house is found at a port"));
        Self::of(self.text, port, self.root_seed, Arc::clone(&self.directory))
    }

    /// The centre's file of this house for a relay that is a program of its own, listening at `listen`, and its
    /// state directory prepared. `more` replaces lines of the shipped file.
    #[must_use]
    pub fn file(&self, listen: &str, more: &[(&str, &str)]) -> String {
        let directory = self.directory.path();
        std::fs::write(directory.join("session-key"), session_seed(self.text))
            .expect("a file in a folder of one's own");
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let roots: Vec<_> = self.centre.trust.roots.iter().map(|root| format!("\"{}\"", hex(root))).collect();
        let Origins { pages, relay, staff, .. } = &self.centre.origins;
        let mut text = self.text.to_owned();
        for (key, value) in [
            ("roots", format!("[{}]", roots.join(", "))),
            ("min_roster_epoch", "1".to_owned()),
            ("main", format!("\"{listen}\"")),
            ("directory", format!("\"{}\"", directory.display())),
            ("pages", format!("\"{pages}\"")),
            ("relay", format!("\"{relay}\"")),
            ("staff", format!("\"{staff}\"")),
        ] {
            let begins = format!("{key} = ");
            let old: Vec<&str> = text.lines().filter(|line| line.starts_with(&begins)).collect();
            let [old] = old[..] else { panic!("the file says once what {key} is: {old:?}") };
            text = text.replacen(&format!("\n{old}\n"), &format!("\n{key} = {value}\n"), 1);
        }
        let mut put = |old: &str, new: &str| {
            assert_eq!(text.matches(old).count(), 1, "the file holds this once: {old}");
            text = text.replace(old, new);
        };
        // Open at any hour of any day: a story is told when it is told.
        let always = "[[hours.exceptions]]\nfrom = 2020-01-01\nto = 2099-12-31\nshifts = [\"00.00-24.00\"]\n";
        put("\n[texts.sv]\n", &format!("\n{always}\n[texts.sv]\n"));
        let last = if self.text == CENTRE { "30 min" } else { "20 min" };
        put(&format!("last_admission = \"{last}\""), "last_admission = \"0 min\"");
        more.iter().for_each(|(old, new)| put(old, new));
        text
    }

    fn with(home: Home, root_seed: [u8; 32], directory: Arc<TempDir>) -> Self {
        Self::of(CENTRE, home, root_seed, directory)
    }

    fn of(text: &'static str, home: Home, root_seed: [u8; 32], directory: Arc<TempDir>) -> Self {
        let mut centre = centre::check_for_demo(text)
            .unwrap_or_else(|faults| panic!("the centre's file has mistakes: {faults:?}"));
        let root = RootKey::take_seed(&mut root_seed.clone());
        let centre_id = CentreId(centre.trust.centre_id);
        let anchors = Anchors::new(centre_id, &[root.public()], 1).expect("one root is a valid number");
        centre.trust.roots = anchors.roots().to_vec();
        if let Home::Port(port) = home {
            let home = Origin::parse(&format!("http://localhost:{port}")).expect("an origin");
            centre.origins =
                Origins { pages: home.clone(), relay: home.clone(), staff: home, ..centre.origins };
        }
        let entries: Vec<_> = (0..7).map(|number| entry(&root, centre_id, number)).collect();
        // The second counsellor alone writes Arabic.
        let tags = ["sv", "ar"].map(str::to_owned).to_vec();
        centre.staff.writes.insert(entries[1].name.clone(), tags);
        let book = book(&root, centre_id, 1, entries);
        let shelf = Shelf::open(directory.path()).expect("a folder of one's own");
        shelf.put_roster(&book.signed).expect("a roster can be written there");
        let mut staff = Staff::new(anchors.clone(), book, 3, SessionKey::new(session_seed(text)));
        staff.writes = serve::writes(&centre);
        let visitors = AtomicU8::new(1);
        Self {
            centre: Arc::new(centre),
            anchors,
            staff: Arc::new(staff),
            shelf,
            tls: None,
            directory,
            text,
            root_seed,
            visitors,
        }
    }

    /// What a relay of this house serves.
    #[must_use]
    pub fn app(&self, relay: Arc<Relay>) -> App {
        let passkeys = Passkeys::new(&self.centre.origins.staff).expect("localhost is a name");
        relay.hours.keep_on(self.shelf.clone()).expect("what a relay wrote can be read");
        App {
            relay,
            staff: Arc::clone(&self.staff),
            centre: Arc::clone(&self.centre),
            pages: Pages::from_files(paper()).expect("two small documents"),
            sign_in: Entrance::Passkeys { passkeys, shelf: self.shelf.clone() },
            part: lykta_server::app::Part::All,
            squeezed: Default::default(),
            squeezed_plain: Default::default(),
        }
    }

    fn root(&self) -> (RootKey, CentreId) {
        (RootKey::take_seed(&mut self.root_seed.clone()), CentreId(self.centre.trust.centre_id))
    }

    /// A roster of this centre with these people, signed by its root.
    #[must_use]
    pub fn book(&self, version: u32, entries: Vec<RosterEntry>) -> Book {
        let (root, centre) = self.root();
        book(&root, centre, version, entries)
    }

    /// Person `number` as the first roster has them.
    #[must_use]
    pub fn entry(&self, number: u8) -> RosterEntry {
        let (root, centre) = self.root();
        entry(&root, centre, number)
    }

    /// Person `number` in this role, until `not_after` (Unix seconds).
    #[must_use]
    pub fn entry_with(&self, number: u8, role: Role, not_after: u32) -> RosterEntry {
        let (root, centre) = self.root();
        let entry = self.entry(number);
        let terms = StaffTerms { role, not_after, ..*entry.staff.terms() };
        RosterEntry { staff: StaffCertificate::sign(&root, centre, terms), ..entry }
    }

    /// Person `number` of the staff: 0 to 4 counsellors, 5 an interpreter, 6 an expert.
    #[must_use]
    pub fn person(&self, number: u8) -> Person {
        let (root, centre) = self.root();
        Person { seed: staff_seed(number), certificate: certificate(&root, centre, number) }
    }

    fn route(&self, path: &'static str, address: SocketAddr) -> Route {
        let Origins { pages, relay, staff, .. } = &self.centre.origins;
        let (page, host) = if path == "/ws/desk" { (staff, staff) } else { (pages, relay) };
        // Every browser comes from an address and with a name of its own.
        let number = self.visitors.fetch_add(1, Ordering::Relaxed);
        Route {
            address,
            from: IpAddr::V4(Ipv4Addr::new(127, 77, number, 99)),
            path,
            origin: page.to_string(),
            tls: self.tls.clone(),
            headers: vec![("User-Agent", format!("Planted-Browser/{number}.77")), ("Host", host.authority())],
        }
    }

    /// A visitor who pins these roots and whose network leads through `address`.
    #[must_use]
    pub fn visitor(&self, anchors: Anchors, address: SocketAddr) -> Visitor {
        Visitor::arrive(Visit::new(anchors, 0, true), self.route("/ws/visit", address))
    }

    /// Person `number` signs in at a console whose network leads through `address`.
    #[must_use]
    pub fn counsellor(&self, number: u8, address: SocketAddr) -> Counsellor {
        self.counsellor_with(self.person(number), address)
    }

    /// Somebody who signs in with this certificate, at a console whose network leads through `address`.
    #[must_use]
    pub fn counsellor_with(&self, mut person: Person, address: SocketAddr) -> Counsellor {
        let mut route = self.route("/ws/desk", address);
        route.headers.push(("Cookie", self.cookie(&person, Moment(now_ms()))));
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

    /// The frame with which person `number` sits down at a seat of their own, in answer to the relay's challenge: for
    /// those who speak frames by themselves.
    ///
    /// # Panics
    /// When this is no challenge.
    #[must_use]
    pub fn admission(&self, number: u8, challenge: &[u8]) -> Vec<u8> {
        let Person { mut seed, certificate } = self.person(number);
        let sign_in = SignIn {
            staff_seed: &mut seed,
            staff: certificate,
            anchors: self.anchors.clone(),
            build_date: 0,
            origin: self.centre.origins.staff.to_string(),
            capacity: 3,
        };
        let (mut desk, _) = Desk::sign_in(sign_in, "Kim", now_ms(), &mut fresh_seed())
            .unwrap_or_else(|error| panic!("a person of the staff can sign in: {error}"));
        let _ = desk.step(now_ms(), &mut fresh_seed(), DeskInput::Seat(SeatInput::Opened));
        let said = desk.step(now_ms(), &mut fresh_seed(), DeskInput::Seat(SeatInput::Frame(challenge)));
        let frame = said.into_iter().find_map(|wish| match wish {
            DeskWish::Send(frame) => Some(frame),
            _ => None,
        });
        frame.expect("a challenge is answered")
    }

    /// The session cookie of a person who has signed in.
    #[must_use]
    pub fn cookie(&self, person: &Person, now: Moment) -> String {
        let session = Session::begin(person.certificate.terms().staff_public, now);
        format!("{COOKIE}={}", SessionKey::new(session_seed(self.text)).seal(&session))
    }
}

fn entry(root: &RootKey, centre: CentreId, number: u8) -> RosterEntry {
    let made = Authenticator::new("localhost", number + 1).registration();
    RosterEntry {
        staff: certificate(root, centre, number),
        name: format!("Person {number}"),
        passkey: Some(Passkey::new(Passkey::FIRST, made).to_bytes()),
    }
}

fn book(root: &RootKey, centre: CentreId, version: u32, entries: Vec<RosterEntry>) -> Book {
    let roster = Roster::new(version, 1, entries).expect("different people within the limits");
    let signed = roster.sign(root, centre);
    Book { roster, signed }
}

/// A folder that nobody else looks into, as the relay wants it.
fn state_directory() -> TempDir {
    let nobody_else = std::fs::Permissions::from_mode(0o700);
    let mut builder = tempfile::Builder::new();
    builder.prefix("lykta-state-").permissions(nobody_else).tempdir().expect("a folder for the relay's state")
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
