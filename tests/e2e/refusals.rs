//! Those who do not keep the rules get a clear refusal; nobody else notices, nothing panics.

use std::time::{Duration, Instant};

use lykta_client::{ChainSecret, Phase, ReturnKey, Returning};
use lykta_server::limit::Rules;
use lykta_tests::{Raw, Stage, http};
use lykta_trust::{Admission, AliasId, Delegation, DoorKey, SeatCertificate, SeatTerms, Serial, StaffKey};
use lykta_wire::{
    ChatRef, Claim, CloseCode, Ending, Envelope, FromDesk, InviteKind, Lane, Languages, Leave, Member,
    OpenState, Refusal, ReturnId, TicketSecret, ToDesk, ToRelay, ToVisitor,
};

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

async fn visit(stage: &Stage) -> Raw {
    let origin = stage.centre.origins.pages.to_string();
    let headers = [("Origin", origin.as_str()), ("Sec-WebSocket-Protocol", "lykta.1")];
    Raw::connects(stage.address, "/ws/visit", &headers).await.expect("a visitor's socket")
}

fn hello() -> lykta_wire::Envelope {
    let mut bytes = vec![0; 2_072];
    bytes[..2].copy_from_slice(&[1, 1]);
    lykta_wire::Envelope::parse(&bytes).expect("the shape of a hello")
}

fn join(secret: [u8; 32]) -> Vec<u8> {
    let secret = TicketSecret::new(secret);
    ToRelay::Join { secret, lane: Lane::Support, languages: Languages::default(), hello: hello() }.encode()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_cannot_open_a_socket() {
    let stage = Stage::opens().await;
    let origin = stage.centre.origins.pages.to_string();
    let protocol = ("Sec-WebSocket-Protocol", "lykta.1");
    for foreign in ["https://example.org", "null", "http://localhost", ""] {
        let answer = Raw::connects(stage.address, "/ws/visit", &[("Origin", foreign), protocol]).await;
        assert_eq!(answer.err(), Some(403), "{foreign}");
    }
    assert_eq!(Raw::connects(stage.address, "/ws/visit", &[protocol]).await.err(), Some(403), "no origin");
    let other = [("Origin", origin.as_str()), ("Sec-WebSocket-Protocol", "lykta.2")];
    assert_eq!(Raw::connects(stage.address, "/ws/visit", &other).await.err(), Some(400), "another version");
    assert_eq!(Raw::connects(stage.address, "/ws/visit", &other[..1]).await.err(), Some(400), "no version");
    assert!(Raw::connects(stage.address, "/ws/visit", &[other[0], protocol]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_socket_closes_that_socket_and_no_other() {
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    let bad = CloseCode::BadFrame.number();
    let secret = random();
    let too_long = [join(secret), vec![0]].concat();
    for garbage in [&[][..], &[0xFF], &[0x01], &[0x81; 40], &join(secret)[..700], &too_long, &[7]] {
        let mut raw = visit(&stage).await;
        raw.sends(garbage).await;
        assert_eq!(raw.is_closed().await, bad, "{} bytes", garbage.len());
    }
    let mut raw = visit(&stage).await;
    raw.sends_text("hej").await;
    assert_eq!(raw.is_closed().await, bad, "text is not spoken here");
    let mut raw = visit(&stage).await;
    raw.sends(&vec![1; 100_000]).await;
    raw.is_closed().await;
    for length in 0..200 {
        let mut raw = visit(&stage).await;
        let mut bytes = vec![0; length];
        getrandom::fill(&mut bytes).expect("random bytes");
        raw.sends(&bytes).await;
        raw.is_closed().await;
    }
    visitor.says("vi märkte ingenting");
    counsellor.hears(ticket, &["vi märkte ingenting".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_ticket_name_resumes_nothing() {
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    // Whoever has a dump of the store has the name, which is not the secret.
    let mut raw = visit(&stage).await;
    raw.sends(&ToRelay::Resume { secret: TicketSecret::new(ticket.0), claim: Claim(1) }.encode()).await;
    assert_eq!(raw.hears().await.map(|frame| ToVisitor::decode(&frame)), Ok(Ok(ToVisitor::Nowhere)));
    let leave = Leave { secret: TicketSecret::new(ticket.0), claim: Claim(1), goodbyes: vec![] };
    let (status, _) = http(stage.address, "POST", "/leave", &[], &leave.encode()).await;
    assert_eq!(status, 204, "whoever asks learns nothing");
    visitor.says("jag är kvar");
    counsellor.hears(ticket, &["jag är kvar".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_handle_of_return_words_brings_nobody_back() {
    let stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    let id: [u8; 16] = random();
    let words = ReturnKey { id, key: ChainSecret::take(&mut random()) };
    visitor.keeps_words(words, true);
    visitor.until("the words are kept", |seen| seen.view.returning == Returning::Kept).await;
    let handle = ReturnId::new(id).handle();
    stage.holds("the handle", &handle.0).await;

    let back = |id: [u8; 16], hello: Envelope| {
        let (lane, languages) = (Lane::Support, Languages::default());
        let (secret, id) = (TicketSecret::new(random()), ReturnId::new(id));
        ToRelay::Return { secret, id, lane, languages, hello }.encode()
    };
    // Whoever has a dump of the store has the handle, which is not the id.
    for half in [&handle.0[..16], &handle.0[16..]] {
        let mut raw = visit(&stage).await;
        raw.sends(&back(half.try_into().expect("16 bytes"), hello())).await;
        let (refusal, state) = (Refusal::Gone, OpenState::Open);
        let heard = raw.hears().await.map(|frame| ToVisitor::decode(&frame));
        assert_eq!(heard, Ok(Ok(ToVisitor::Refused { refusal, state })));
        assert_eq!(raw.is_closed().await, CloseCode::Over.number());
    }
    // The id itself, but not as the first frame, or with something that is no hello.
    let bad = CloseCode::BadFrame.number();
    let mut raw = visit(&stage).await;
    raw.sends(&join(random())).await;
    raw.sends(&back(id, hello())).await;
    assert_eq!(raw.is_closed().await, bad);
    let mut raw = visit(&stage).await;
    let mut answer = hello().as_bytes().to_vec();
    answer[1] = 2;
    raw.sends(&back(id, Envelope::parse(&answer).expect("the shape of an answer"))).await;
    assert_eq!(raw.is_closed().await, bad);
    visitor.says("jag är kvar");
    counsellor.hears(ticket, &["jag är kvar".to_owned()]).await;
    assert_eq!(counsellor.sees().taken.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_socket_that_proves_a_ticket_owns_it() {
    let stage = Stage::opens().await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let secret = random();
    let mut first = visit(&stage).await;
    first.sends(&join(secret)).await;
    assert!(first.hears().await.is_ok());
    let mut second = visit(&stage).await;
    second.sends(&ToRelay::Resume { secret: TicketSecret::new(secret), claim: Claim::NONE }.encode()).await;
    let frame = second.hears().await.map(|frame| ToVisitor::decode(&frame));
    assert!(matches!(frame, Ok(Ok(ToVisitor::InLine { place: 1, .. }))));
    assert_eq!(first.is_closed().await, CloseCode::Replaced.number());
    // The older one's end takes nothing from the newer one.
    second.sends(&ToRelay::Probe.encode()).await;
    loop {
        let frame = second.hears().await.expect("the newer socket lives");
        if ToVisitor::decode(&frame) == Ok(ToVisitor::Alive) {
            break;
        }
    }
    counsellor
        .until("one waiting", |seen| {
            seen.line.as_ref().is_some_and(|(_, total, entries)| *total == 1 && entries[0].present)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_beacon_without_a_socket_is_a_goodbye_all_the_same() {
    let stage = Stage::opens().await;
    let wire = lykta_tests::Cutter::before(stage.address).await;
    let (visitor, counsellor) = (stage.visitor_through(wire.address), stage.counsellor(0));
    let ticket = Stage::brings_together(&visitor, &counsellor).await;
    // The wire is dead in the moment of leaving; the beacon finds another way, twice.
    wire.cuts_after(0);
    visitor.leaves();
    let body = visitor.until("the beacon", |seen| seen.leave.is_some()).await.leave.unwrap_or_default();
    for _ in 0..2 {
        assert_eq!(http(stage.address, "POST", "/leave", &[], &body).await.0, 204);
    }
    counsellor.is_over(ticket, Ending::LeftFast).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_answers_the_same_to_everything() {
    let stage = Stage::opens().await;
    for body in [vec![], vec![0; 36], vec![0xFF; 37], vec![1; 100_000], b"hej".to_vec()] {
        let (status, answer) = http(stage.address, "POST", "/leave", &[], &body).await;
        assert_eq!(status, 204, "{} bytes", body.len());
        assert!(answer.ends_with("\r\n\r\n"), "and says nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_without_a_sign_in_is_not_even_challenged() {
    let stage = Stage::opens().await;
    let origin = stage.centre.origins.staff.to_string();
    let cookie = stage.cookie(&stage.person(0));
    let last = if cookie.ends_with('0') { '1' } else { '0' };
    let spoiled = format!("{}{last}", &cookie[..cookie.len() - 1]);
    let protocol = ("Sec-WebSocket-Protocol", "lykta.1");
    for cookies in [None, Some(("Cookie", "__Host-lykta=00")), Some(("Cookie", spoiled.as_str()))] {
        let mut headers = vec![("Origin", origin.as_str()), protocol];
        headers.extend(cookies);
        assert_eq!(Raw::connects(stage.address, "/ws/desk", &headers).await.err(), Some(401));
    }
    let foreign = [("Origin", "https://example.org"), protocol, ("Cookie", cookie.as_str())];
    assert_eq!(Raw::connects(stage.address, "/ws/desk", &foreign).await.err(), Some(403));
}

/// A desk's socket up to the challenge.
async fn challenged(stage: &Stage, cookie: &str) -> (Raw, [u8; 32]) {
    let origin = stage.centre.origins.staff.to_string();
    let headers = [("Origin", origin.as_str()), ("Sec-WebSocket-Protocol", "lykta.1"), ("Cookie", cookie)];
    let mut raw = Raw::connects(stage.address, "/ws/desk", &headers).await.expect("a desk's socket");
    let frame = raw.hears().await.expect("a challenge");
    match ToDesk::decode(&frame) {
        Ok(ToDesk::Challenge { challenge }) => (raw, challenge),
        other => panic!("the first frame is a challenge, not {other:?}"),
    }
}

/// Everything person 0 has after signing in.
struct SignedIn {
    staff: lykta_trust::StaffCertificate,
    seat: SeatCertificate,
    delegation: Delegation,
    door: DoorKey,
}

fn sign_in(stage: &Stage) -> SignedIn {
    let person = stage.person(0);
    let key = StaffKey::take_seed(&mut [100; 32]);
    let now_s = (stage.relay.now().0 / 1_000) as u32;
    let terms = SeatTerms {
        serial: Serial(random()),
        not_before: now_s - 60,
        not_after: now_s + 3_600,
        caps: 0,
        alias_id: AliasId(random()),
    };
    let seat = SeatCertificate::sign(&key, &person.certificate, &[9; 32], terms);
    let door = DoorKey::take_seed(&mut random());
    let delegation = Delegation::sign(&key, &seat, door.public());
    SignedIn { staff: person.certificate, seat, delegation, door }
}

impl SignedIn {
    fn admit(&self, challenge: &[u8; 32], origin: &str) -> Vec<u8> {
        let admission = Admission::new(
            self.staff.clone(),
            [9; 32],
            self.seat.clone(),
            self.delegation.clone(),
            &self.door,
            challenge,
            origin,
        );
        FromDesk::Admit { proof: admission.expect("a short origin").to_bytes().to_vec() }.encode()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_is_admitted_only_by_a_fresh_proof_of_its_own() {
    let stage = Stage::opens().await;
    let origin = stage.centre.origins.staff.to_string();
    let cookie = stage.cookie(&stage.person(0));
    let signed_in = sign_in(&stage);
    let refused = CloseCode::NotAdmitted.number();

    let (mut raw, challenge) = challenged(&stage, &cookie).await;
    let proof = signed_in.admit(&challenge, &origin);
    raw.sends(&proof).await;
    assert_eq!(raw.hears().await.map(|frame| ToDesk::decode(&frame)), Ok(Ok(ToDesk::Admitted)));

    let (mut replayed, _) = challenged(&stage, &cookie).await;
    replayed.sends(&proof).await;
    assert_eq!(replayed.is_closed().await, refused, "a replayed challenge");

    let (mut elsewhere, challenge) = challenged(&stage, &cookie).await;
    elsewhere.sends(&signed_in.admit(&challenge, "https://staff.example.org")).await;
    assert_eq!(elsewhere.is_closed().await, refused, "a proof made for another relay");

    let (mut other, challenge) = challenged(&stage, &stage.cookie(&stage.person(1))).await;
    other.sends(&signed_in.admit(&challenge, &origin)).await;
    assert_eq!(other.is_closed().await, refused, "somebody else's sign-in");

    // Every visitor sees the certificates; they admit nobody without the door key.
    let thief = SignedIn { door: DoorKey::take_seed(&mut random()), ..sign_in(&stage) };
    let (mut stolen, challenge) = challenged(&stage, &cookie).await;
    stolen.sends(&thief.admit(&challenge, &origin)).await;
    assert_eq!(stolen.is_closed().await, refused, "a copied seat certificate");

    let (mut hasty, _) = challenged(&stage, &cookie).await;
    hasty.sends(&FromDesk::Sit { ready: true, capacity: 3 }.encode()).await;
    assert_eq!(hasty.is_closed().await, CloseCode::BadFrame.number(), "sits before the proof");

    let (mut again, challenge) = challenged(&stage, &cookie).await;
    again.sends(&signed_in.admit(&challenge, &origin)).await;
    assert_eq!(again.hears().await.map(|frame| ToDesk::decode(&frame)), Ok(Ok(ToDesk::Admitted)));
    assert_eq!(raw.is_closed().await, CloseCode::Replaced.number(), "one seat, one live socket");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_says_nothing_is_not_kept_waiting_on_the_socket() {
    let mut clockwork = lykta_tests::Clockwork::default();
    clockwork.sockets.first_frame = std::time::Duration::from_millis(200);
    let stage = Stage::opens_with(clockwork).await;
    assert_eq!(visit(&stage).await.is_closed().await, CloseCode::NotAdmitted.number());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_fill_the_line() {
    let clockwork = lykta_tests::Clockwork { max_waiting: 10_000, ..Default::default() };
    let stage = Stage::opens_with(clockwork).await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let mut sockets = Vec::new();
    let mut asked = 0;
    for _ in 0..200 {
        let mut raw = visit(&stage).await;
        raw.sends(&join(random())).await;
        match raw.hears().await.map(|frame| ToVisitor::decode(&frame)) {
            Ok(Ok(ToVisitor::Joined { .. })) => sockets.push(raw),
            // Work that is not done, and a turn that is not waited for.
            Ok(Ok(ToVisitor::Work { .. })) => asked += 1,
            other => panic!("either in or asked for work: {other:?}"),
        }
    }
    assert!(asked > 50 && sockets.len() >= 120, "{asked} asked, {} in", sockets.len());
    // Somebody from another neighbourhood is not touched by it.
    let visitor = stage.visitor();
    visitor.joins();
    visitor.until("a place", |seen| seen.view.phase == Phase::Waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_comes_in_a_crowd_works_and_has_a_place_within_seconds() {
    // Two come in by themselves, and another one a minute.
    let rules = Rules { sockets: 500, joins_a_minute: 60, joins_before_work: 1 };
    let stage = Stage::opens_with(lykta_tests::Clockwork { rules: Some(rules), ..Default::default() }).await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let began = Instant::now();
    for number in 0..6 {
        let visitor = stage.visitor();
        visitor.joins();
        let seen = visitor.until("a place", |seen| seen.view.place > 0).await;
        assert_eq!(seen.view.trouble, None, "nothing is said of it any more");
        assert_eq!((seen.view.place, seen.sockets), (1, 1), "visitor {number}, on the first socket");
        let ticket = counsellor.talks_to_next().await;
        counsellor.says(ticket, "välkommen");
        visitor.hears(&["välkommen".to_owned()]).await;
        visitor.leaves();
        counsellor.is_over(ticket, Ending::LeftFast).await;
    }
    assert!(began.elapsed() < Duration::from_secs(60), "by work and not by turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_that_it_must_not_be_kept() {
    let stage = Stage::opens().await;
    for path in ["/", "/staff/", "/state", "/health", "/ready", "/favicon.ico", "/assets/none.js", "/leave"] {
        let (_, answer) = http(stage.address, "GET", path, &[], b"").await;
        let answer = answer.to_ascii_lowercase();
        for header in
            ["cache-control: no-store", "referrer-policy: no-referrer", "x-content-type-options: nosniff"]
        {
            assert!(answer.contains(header), "{path} lacks {header}:\n{answer}");
        }
        assert!(!answer.contains("set-cookie"), "{path} sets a cookie");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_ends_is_dropped_and_others_are_served_meanwhile() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stage = Stage::opens().await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = tokio::net::TcpStream::connect(stage.address).await.expect("the relay listens");
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.expect("a few letters");
        slow.push(stream);
    }
    assert_eq!(http(stage.address, "GET", "/health", &[], b"").await.0, 200);
    let mut rest = Vec::new();
    for stream in &mut slow {
        let ended = tokio::time::timeout(lykta_tests::PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "a half request holds its connection for ever");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_console_that_nobody_asked_in_neither_writes_nor_reads_in_a_chat() {
    let stage = Stage::opens().await;
    let (visitor, counsellor) = (stage.visitor(), stage.counsellor(1));
    let ticket = Stage::brings_together(&visitor, &counsellor).await;
    visitor.says("innan");
    counsellor.hears(ticket, &["innan".to_owned()]).await;

    let origin = stage.centre.origins.staff.to_string();
    let (mut raw, challenge) = challenged(&stage, &stage.cookie(&stage.person(0))).await;
    raw.sends(&sign_in(&stage).admit(&challenge, &origin)).await;
    let chat = ChatRef { ticket, claim: Claim(1) };
    let mut kept = vec![7; 536];
    kept[..8].copy_from_slice(&[1, 3, 0, 0, 0, 0, 0, 9]);
    let kept = Envelope::parse(&kept).expect("the shape of an envelope");
    let mut beat = vec![7; 536];
    beat[..8].copy_from_slice(&[1, 4, 0, 0, 0, 0, 255, 255]);
    let beat = Envelope::parse(&beat).expect("the shape of a beat");
    let (one, two) = (Member::COUNSELLOR, Member::new(2).expect("a number"));
    let tried = [
        FromDesk::Put { chat, to: Member::VISITOR, envelope: kept.clone() },
        FromDesk::Put { chat, to: one, envelope: kept },
        FromDesk::Beat { chat, to: Member::VISITOR, envelope: beat },
        FromDesk::Got { chat, from: Member::VISITOR, next: 1_000 },
        FromDesk::Invite { chat, kind: InviteKind::HandOver, seat: counsellor.seat() },
        FromDesk::Reply { chat, yes: true },
        FromDesk::Withdraw { chat, member: two },
        FromDesk::Part { chat },
        FromDesk::PutBack { chat },
        FromDesk::End { chat, ending: Ending::Helped },
        FromDesk::Mine { chat },
        FromDesk::MineAs { chat, member: one, owner: true },
        FromDesk::MineAs { chat, member: two, owner: false },
        FromDesk::Probe,
    ];
    for frame in tried {
        raw.sends(&frame.encode()).await;
    }
    let mut heard = Vec::new();
    loop {
        match ToDesk::decode(&raw.hears().await.expect("the socket stays open")) {
            Ok(ToDesk::Alive) => break,
            Ok(ToDesk::Admitted | ToDesk::Line { .. } | ToDesk::Seats { .. }) => {}
            Ok(other) => heard.push(other),
            Err(error) => panic!("a frame of this version, not {error:?}"),
        }
    }
    let refused = ToDesk::Refused { chat, refusal: Refusal::NotYours };
    let not_invited = ToDesk::NotInvited { chat, seat: counsellor.seat(), refusal: Refusal::NotYours };
    let over = ToDesk::Ended { chat, ending: Ending::LostContact };
    assert_eq!(heard[..2], [refused.clone(), refused.clone()]);
    assert_eq!(heard[2..4], [not_invited, refused.clone()]);
    assert_eq!(heard[4..7], [refused.clone(), refused.clone(), refused]);
    assert_eq!(heard[7..], [over.clone(), over.clone(), over]);

    visitor.says("efter");
    counsellor.hears(ticket, &["innan".to_owned(), "efter".to_owned()]).await;
    counsellor.says(ticket, "jag är kvar");
    visitor.hears(&["jag är kvar".to_owned()]).await;
    visitor.is_delivered().await;
}

/// A chat that changed hands while its new seat was on the way out: to that console it is a chat of others still.
#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_leaves_its_own_chat_like_a_guest_leaves_nobody_alone() {
    let stage = Stage::opens().await;
    let visitor = stage.visitor();
    let origin = stage.centre.origins.staff.to_string();
    let (mut raw, challenge) = challenged(&stage, &stage.cookie(&stage.person(0))).await;
    raw.sends(&sign_in(&stage).admit(&challenge, &origin)).await;
    raw.sends(&FromDesk::Sit { ready: true, capacity: 1 }.encode()).await;
    visitor.joins();
    visitor.waits_at(1).await;
    raw.sends(&FromDesk::Take { ticket: None }.encode()).await;
    let chat = loop {
        match ToDesk::decode(&raw.hears().await.expect("the socket stays open")) {
            Ok(ToDesk::Taken { chat, .. }) => break chat,
            Ok(_) => {}
            Err(error) => panic!("a frame of this version, not {error:?}"),
        }
    };
    raw.sends(&FromDesk::Part { chat }.encode()).await;
    let second = stage.counsellor(1);
    second.goes_on_duty().await;
    visitor.waits_at(1).await;
    assert_eq!(second.talks_to_next().await, chat.ticket);
    visitor.talks().await;
    raw.sends(&FromDesk::Part { chat }.encode()).await;
    raw.sends(&FromDesk::Probe.encode()).await;
    while ToDesk::decode(&raw.hears().await.expect("the socket stays open")) != Ok(ToDesk::Alive) {}
    visitor.says("kvar");
    second.hears(chat.ticket, &["kvar".to_owned()]).await;
}
