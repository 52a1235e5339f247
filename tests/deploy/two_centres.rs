//! Two centres in one process and on one Redis, each at its own hosts: nothing of one is reached at the other's.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use lykta_client::{LinkView, Phase};
use lykta_server::centre::Origin;
use lykta_tests::{Counsellor, House, PATIENCE, Raw, Redis, fresh_root, http};
use lykta_wire::{Claim, Ending, Envelope, Lane, Languages, Leave, TicketSecret, ToRelay, ToVisitor};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use crate::authority::Authority;
use crate::program::{CentreFile, Lykta, asked, terminates};
use crate::proxies::free_port;

/// The two, and the process that serves both.
struct Both {
    one: House,
    other: House,
    address: SocketAddr,
    metrics: SocketAddr,
    redis: Redis,
    child: Child,
    _files: [CentreFile; 2],
}

impl Both {
    async fn are_served() -> Self {
        let (one, other) = (House::behind_a_proxy(fresh_root()), House::of_the_neighbour(fresh_root()));
        let redis = Redis::starts().await;
        let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let metrics_line = format!("\nmetrics = \"{metrics}\"\n\n[proxy]\n");
        let watched = ("\n[proxy]\n", metrics_line.as_str());
        let files = [
            CentreFile::of(
                &one.file("127.0.0.1:0", &[watched, ("sockets_per_client = 500", "sockets_per_client = 5")]),
            ),
            CentreFile::of(&other.file("127.0.0.1:0", &[watched])),
        ];
        let (child, address) = Lykta::serves_all(&files, &redis.url()).await;
        Self { one, other, address, metrics, redis, child, _files: files }
    }

    /// Person 0 of a house, on duty. It is the same person with the same staff key in both.
    async fn on_duty(&self, house: &House) -> Counsellor {
        let counsellor = house.counsellor(0, self.address);
        counsellor.until("a seat", |seen| seen.seat.link == LinkView::Up && seen.seat.admitted).await;
        counsellor.goes_on_duty().await;
        counsellor
    }

    /// What is answered at a host of one of them.
    async fn asked(
        &self,
        origin: &Origin,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, String) {
        let host = origin.authority();
        let headers = [&[("Host", host.as_str())], more].concat();
        http(self.address, method, path, &headers, body).await
    }
}

/// A visitor's bare socket at the hosts of `host`, from a page of `page`.
async fn socket(both: &Both, host: &House, page: &House, from: u8) -> Result<Raw, u16> {
    let (host, page) = (host.centre.origins.relay.authority(), page.centre.origins.pages.to_string());
    let headers = [("Host", host.as_str()), ("Origin", page.as_str()), ("Sec-WebSocket-Protocol", "lykta.1")];
    Raw::connects_from(IpAddr::V4(Ipv4Addr::new(127, 88, from, 1)), both.address, "/ws/visit", &headers).await
}

fn hello() -> Envelope {
    let mut bytes = vec![0; 2_072];
    bytes[..2].copy_from_slice(&[1, 1]);
    Envelope::parse(&bytes).expect("the shape of a hello")
}

/// Whether the next thing said about the ticket is its place.
async fn stands_in_line(socket: &mut Raw) -> bool {
    loop {
        match ToVisitor::decode(&socket.hears().await.expect("the relay says where the ticket is")) {
            Ok(ToVisitor::InLine { .. }) => return true,
            Ok(ToVisitor::Nowhere | ToVisitor::Refused { .. }) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_of_one_centre_is_never_seen_taken_or_counted_at_the_other() {
    let both = Both::are_served().await;
    let (here, there) = (both.on_duty(&both.one).await, both.on_duty(&both.other).await);
    let visitor = both.one.visitor(both.one.anchors.clone(), both.address);
    visitor.joins();
    visitor.waits_at(1).await;
    let sees = |seen: &lykta_tests::DeskSeen| seen.line.as_ref().map_or(0, |(_, _, entries)| entries.len());
    here.until("the visitor in its line", |seen| sees(seen) == 1).await;

    // The other has a visitor of its own by now, so its line has been told at least once since.
    let others = both.other.visitor(both.other.anchors.clone(), both.address);
    others.joins();
    others.waits_at(1).await;
    there.until("one visitor in the other line", |seen| sees(seen) == 1).await;
    assert_eq!(sees(&here.sees()), 1, "each line holds its own");

    // Asked for by name at the other centre, nobody of that name is there.
    let name = here.sees().line.expect("a line").2[0].ticket;
    assert_ne!(there.sees().line.expect("a line").2[0].ticket, name);
    there.takes_named(name);
    there.until("nobody of that name", |seen| !seen.not_taken.is_empty()).await;
    assert!(there.sees().taken.is_empty());

    let (ticket, others_ticket) = (here.talks_to_next().await, there.talks_to_next().await);
    assert_eq!(ticket, name);
    visitor.talks().await;
    others.talks().await;
    visitor.says("hej i väster");
    others.says("hej i norr");
    here.hears(ticket, &["hej i väster".to_owned()]).await;
    there.hears(others_ticket, &["hej i norr".to_owned()]).await;
    assert_eq!(here.sees().colleagues.len(), there.sees().colleagues.len());
    assert_ne!(here.seat(), there.seat());

    // In the store each key belongs to one of the two, and those of ownership lie in two slots.
    let id = |house: &House| house.centre.trust.centre_id.map(|byte| format!("{byte:02x}")).concat();
    let ids = [id(&both.one), id(&both.other)];
    let keys: BTreeSet<String> = both.redis.holds().await.into_iter().map(|(key, _)| key).collect();
    for key in &keys {
        assert_eq!(ids.iter().filter(|id| key.contains(id.as_str())).count(), 1, "{key}");
    }
    for id in &ids {
        assert!(keys.iter().any(|key| key.starts_with(&format!("lykta:1:{{c:{id}}}:"))), "{keys:?}");
    }
    visitor.leaves();
    here.is_over(ticket, Ending::LeftFast).await;
    others.says("är du kvar?");
    there.hears(others_ticket, &["hej i norr".to_owned(), "är du kvar?".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_ticket_opens_nothing_at_the_other_centre() {
    let both = Both::are_served().await;
    let (_here, _there) = (both.on_duty(&both.one).await, both.on_duty(&both.other).await);
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).expect("random bytes");
    let fresh = || TicketSecret::new(secret);
    let mut waits = socket(&both, &both.one, &both.one, 1).await.expect("a socket");
    let (lane, languages) = (Lane::Support, Languages::default());
    waits.sends(&ToRelay::Join { secret: fresh(), lane, languages, hello: hello() }.encode()).await;
    assert!(stands_in_line(&mut waits).await);

    let mut elsewhere = socket(&both, &both.other, &both.other, 2).await.expect("a socket");
    elsewhere.sends(&ToRelay::Resume { secret: fresh(), claim: Claim(0) }.encode()).await;
    assert_eq!(elsewhere.hears().await.map(|frame| ToVisitor::decode(&frame)), Ok(Ok(ToVisitor::Nowhere)));

    // A leave with it at the other's host is answered as every leave is, and nobody has left.
    let leave = Leave { secret: fresh(), claim: Claim(0), goodbyes: vec![] }.encode();
    let relay = &both.other.centre.origins.relay;
    assert_eq!(both.asked(relay, "POST", "/leave", &[], &leave).await.0, 204);
    let mut again = socket(&both, &both.one, &both.one, 3).await.expect("a socket");
    again.sends(&ToRelay::Resume { secret: fresh(), claim: Claim(0) }.encode()).await;
    assert!(stands_in_line(&mut again).await, "still in line");

    // A page of one centre opens no socket of the other.
    assert_eq!(socket(&both, &both.one, &both.other, 4).await.err(), Some(403));
    assert_eq!(socket(&both, &both.other, &both.one, 5).await.err(), Some(403));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_centre_is_none_at_the_other_and_an_unknown_host_serves_nobody() {
    let both = Both::are_served().await;
    let now = || lykta_server::clock::Clock::start().now();
    for (own, other) in [(&both.one, &both.other), (&both.other, &both.one)] {
        // The same person, with the same key, stands in both rosters; the session is of one centre all the same.
        let cookie = own.cookie(&own.person(0), now());
        let (at_home, away) = (&own.centre.origins.staff, &other.centre.origins.staff);
        let session = [("Cookie", cookie.as_str())];
        assert_eq!(both.asked(at_home, "GET", "/staff/session", &session, b"").await.0, 204);
        assert_eq!(both.asked(away, "GET", "/staff/session", &session, b"").await.0, 401);
        let origin = away.to_string();
        let host = away.authority();
        let desk = [
            ("Host", host.as_str()),
            ("Origin", origin.as_str()),
            ("Cookie", cookie.as_str()),
            ("Sec-WebSocket-Protocol", "lykta.1"),
        ];
        assert_eq!(Raw::connects(both.address, "/ws/desk", &desk).await.err(), Some(401));
        // Each is served at its own hosts, and says its own words there.
        let (status, page) = both.asked(&own.centre.origins.pages, "GET", "/", &[], b"").await;
        assert_eq!(status, 200);
        assert!(page.contains(&own.centre.name) && !page.contains(&other.centre.name), "{page}");
        assert!(page.contains(&own.centre.phone.shown) && !page.contains(&other.centre.phone.shown));
        assert!(page.contains(&own.centre.exit) && !page.contains(&other.centre.exit));
        assert_eq!(both.asked(&own.centre.origins.pages, "GET", "/staff/", &[], b"").await.0, 404);
        let (_, state) = both.asked(&own.centre.origins.relay, "GET", "/state", &[], b"").await;
        assert!(
            state.contains(&own.centre.phone.shown) && !state.contains(&other.centre.phone.shown),
            "{state}"
        );
    }
    let stranger = Origin::parse("https://chatt.somebody.example").expect("an origin");
    for path in ["/", "/state", "/staff/", "/assets/x.js", "/ws/visit"] {
        let (status, answer) = both.asked(&stranger, "GET", path, &[], b"").await;
        assert_eq!(status, 421, "{path}");
        assert!(answer.to_lowercase().contains("cache-control: no-store"), "{answer}");
    }
    assert_eq!(http(both.address, "GET", "/", &[("Host", "")], b"").await.0, 421);
    // Whoever watches the process asks by its address.
    assert_eq!(http(both.address, "GET", "/health", &[], b"").await.0, 200);
    assert_eq!(http(both.address, "GET", "/ready", &[], b"").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_at_one_centre_takes_no_place_of_the_other_and_each_is_watched_by_itself() {
    let mut both = Both::are_served().await;
    let mut held = Vec::new();
    // Five sockets from one client key at the first centre, as its file says; the second allows 200.
    for _ in 0..5 {
        held.push(socket(&both, &both.one, &both.one, 9).await.expect("a socket"));
    }
    assert_eq!(socket(&both, &both.one, &both.one, 9).await.err(), Some(429));
    for _ in 0..5 {
        held.push(socket(&both, &both.other, &both.other, 9).await.expect("a socket"));
    }

    let _there = both.on_duty(&both.other).await;
    let (mine, theirs) =
        (both.one.centre.origins.pages.host().to_owned(), both.other.centre.origins.pages.host().to_owned());
    let told = async {
        loop {
            let (_, told) = http(both.metrics, "GET", "/metrics", &[], b"").await;
            if told.contains(&format!("lykta_door{{state=\"open\",centre=\"{theirs}\"}} 1")) {
                return told;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let told = timeout(PATIENCE, told).await.expect("the other's door opens");
    assert!(told.contains(&format!("lykta_door{{state=\"away\",centre=\"{mine}\"}} 1")), "{told}");
    assert!(told.contains(&format!("lykta_seat_on_duty{{centre=\"{mine}\"}} 0")), "{told}");
    let body = told.split_once("\r\n\r\n").expect("a body").1;
    assert!(
        body.lines().all(|line| line.ends_with(" 0") || line.ends_with(" 1")),
        "states and bands only: {body}"
    );

    // Both are asked to come back when the process ends.
    let visitor = both.one.visitor(both.one.anchors.clone(), both.address);
    visitor.joins();
    visitor.until("a place", |seen| seen.view.phase == Phase::Waiting && seen.view.place > 0).await;
    terminates(&both.child);
    let ended = timeout(PATIENCE, both.child.wait()).await.expect("a drain ends").expect("a child of ours");
    assert!(ended.success(), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_shows_its_own_certificate_and_verifies_by_its_own_file() {
    let (authority, folders) = (Authority::new(), [tempfile::tempdir(), tempfile::tempdir()]);
    let folders = folders.map(|folder| folder.expect("a folder"));
    let one = House::as_shipped(fresh_root(), authority.believers());
    let other = House::of_the_neighbour(fresh_root()).believing(authority.believers());
    let mut files = Vec::new();
    for (house, folder) in [&one, &other].into_iter().zip(&folders) {
        let origins = &house.centre.origins;
        let hosts = [&origins.pages, &origins.relay, &origins.staff].map(Origin::host);
        authority.signs_for(&hosts, folder.path());
        let path = |file: &str| folder.path().join(file).display().to_string();
        let tls = format!(
            "\ntls_certificate = \"{}\"\ntls_key = \"{}\"\n\n[proxy]\n",
            path("fullchain.pem"),
            path("privkey.pem")
        );
        files.push(CentreFile::of(&house.file("127.0.0.1:0", &[("\n[proxy]\n", &tls)])));
    }
    let redis = Redis::starts().await;
    let (_child, address) = Lykta::serves_all(&files, &redis.url()).await;
    let ca = authority.file();
    for (house, file, wrong) in [(&one, &files[0], &files[1]), (&other, &files[1], &files[0])] {
        crate::front::carries_a_whole_chat(house, address).await;
        let (front, origins) = (address.to_string(), &house.centre.origins);
        for url in [format!("{}/", origins.pages), format!("{}/staff/", origins.staff)] {
            let verify = async |file: &CentreFile| {
                let (file, ca) = (file.path(), ca.to_str().expect("UTF-8"));
                let file = file.to_str().expect("UTF-8");
                let out =
                    asked(&["verify", &url, "--config", file, "--connect", &front, "--ca-file", ca]).await;
                (
                    out.status.success(),
                    String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned(),
                )
            };
            let (passed, said) = verify(file).await;
            assert!(passed, "{url}: {said}");
            let (passed, said) = verify(wrong).await;
            assert!(!passed && said.contains("this centre's pages"), "{url} by the other's file: {said}");
        }
    }
    // A host that neither has is shown no certificate at all.
    let stranger = tokio::net::TcpStream::connect(address).await.expect("the relay listens");
    assert!(authority.believers().connect("chatt.somebody.example", stranger).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_that_would_share_something_are_refused_by_name() {
    let (one, other) = (House::behind_a_proxy(fresh_root()), House::of_the_neighbour(fresh_root()));
    let good = [one.file("127.0.0.1:8443", &[]), other.file("127.0.0.1:8443", &[])];
    let check = async |files: [&str; 2]| {
        let files = files.map(CentreFile::of);
        let paths = files.each_ref().map(|file| file.path().display().to_string());
        let out = asked(&["check", &paths[0], &paths[1]]).await;
        (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let (passed, said) = check([&good[0], &good[1]]).await;
    assert!(passed, "{said}");
    let line = |key: &str| {
        let begins = format!("{key} = ");
        let find =
            |file: &str| file.lines().find(|line| line.starts_with(&begins)).expect("a line").to_owned();
        (find(&good[0]), find(&good[1]))
    };
    for (key, what) in [
        ("centre_id", "same [trust] centre_id"),
        ("roots", "trust the same root"),
        ("staff", "both are found at"),
        ("directory", "both keep their state in"),
    ] {
        let (first, second) = line(key);
        let (passed, said) = check([&good[0], &good[1].replace(&second, &first)]).await;
        assert!(!passed && said.contains(what), "{key}: {said}");
    }
    let elsewhere = good[1].replace("127.0.0.1:8443", "127.0.0.1:8444");
    let (passed, said) = check([&good[0], &elsewhere]).await;
    assert!(!passed && said.contains("listens once"), "{said}");
}
