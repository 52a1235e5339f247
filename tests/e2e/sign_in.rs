//! Who gets in with a passkey, who does not, and what happens to somebody who is taken off the staff.

use lykta_tests::{Answered, Authenticator, DeskSeen, Raw, Stage, http};
use lykta_trust::{Role, RosterEntry, SignedRoster};
use lykta_wire::Refusal;

/// The value of a field in a small JSON answer.
fn field<'a>(answer: &'a str, name: &str) -> &'a str {
    let start = format!("\"{name}\":\"");
    let at = answer.find(&start).unwrap_or_else(|| panic!("no {name} in {answer}")) + start.len();
    answer[at..].split('"').next().unwrap_or_default()
}

fn origin(stage: &Stage) -> String {
    stage.centre.origins.staff.to_string()
}

async fn post(stage: &Stage, path: &str, cookie: Option<&str>, body: &[u8]) -> (u16, String) {
    let origin = origin(stage);
    let mut headers = vec![("Origin", origin.as_str())];
    headers.extend(cookie.map(|cookie| ("Cookie", cookie)));
    http(stage.address, "POST", path, &headers, body).await
}

async fn challenge(stage: &Stage) -> String {
    let (status, answer) = post(stage, "/staff/challenge", None, b"").await;
    assert_eq!(status, 200);
    field(&answer, "challenge").to_owned()
}

/// Why a sign-in with this answer is refused.
async fn refusal(stage: &Stage, answered: &Answered) -> String {
    let (status, answer) = post(stage, "/staff/sign-in", None, &answered.body()).await;
    assert_eq!(status, 401, "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("set-cookie"));
    field(&answer, "why").to_owned()
}

/// Signs in with a passkey; the cookie.
async fn signs_in(stage: &Stage, authenticator: &mut Authenticator) -> String {
    let answered = authenticator.answers(&challenge(stage).await, &origin(stage));
    let (status, answer) = post(stage, "/staff/sign-in", None, &answered.body()).await;
    assert_eq!(status, 200, "{answer}");
    let line = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie: "));
    let cookie = line.expect("a cookie is set")[12..].to_owned();
    for word in ["__Host-lykta=", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    cookie.split(';').next().unwrap_or_default().to_owned()
}

async fn session_status(stage: &Stage, cookie: &str) -> u16 {
    http(stage.address, "GET", "/staff/session", &[("Cookie", cookie)], b"").await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_of_the_roster_signs_its_person_in_once_for_each_challenge() {
    let stage = Stage::opens().await;
    let mut passkey = stage.authenticator(0);
    let cookie = signs_in(&stage, &mut passkey).await;
    assert_eq!(session_status(&stage, &cookie).await, 204);
    let (status, guidance) = http(stage.address, "GET", "/staff/guidance", &[("Cookie", &cookie)], b"").await;
    assert!(status == 200 && guidance.contains("\"risks\""), "what stands beside a chat: {guidance}");
    let (status, nothing) = http(stage.address, "GET", "/staff/guidance", &[], b"").await;
    assert!(status == 401 && !nothing.contains("risks"), "and nobody else reads it: {nothing}");
    let (status, read) = http(stage.address, "GET", "/staff/preview", &[("Cookie", &cookie)], b"").await;
    assert!(status == 200 && read.contains("\"opening_sentence\""), "what visitors read: {read}");
    assert_eq!(http(stage.address, "GET", "/staff/preview", &[], b"").await.0, 401);
    let origin = origin(&stage);
    let headers = [("Origin", origin.as_str()), ("Sec-WebSocket-Protocol", "lykta.1"), ("Cookie", &cookie)];
    assert!(Raw::connects(stage.address, "/ws/desk", &headers).await.is_ok(), "and is challenged");

    let answered = passkey.answers(&challenge(&stage).await, &origin);
    let (status, answer) = post(&stage, "/staff/sign-in", None, &answered.body()).await;
    assert_eq!(status, 200);
    // The console is given what the root signed, to check it itself.
    let roster = base64(field(&answer, "roster"));
    assert!(SignedRoster::from_bytes(roster).verify(&stage.anchors).is_ok());
    assert_eq!(refusal(&stage, &answered).await, "late", "a replayed answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_reads_nothing_of_the_console_and_counts_nothing() {
    let stage = Stage::opens().await;
    let forged = format!("__Host-lykta={}", "A".repeat(120));
    let paths = ["session", "day", "guidance", "topics", "statistics", "statistics?form=csv", "hours"];
    for path in paths.map(|path| format!("/staff/{path}")) {
        for headers in [&[][..], &[("Cookie", forged.as_str())]] {
            let (status, answer) = http(stage.address, "GET", &path, headers, b"").await;
            let (_, body) = answer.split_once("\r\n\r\n").unwrap_or(("", &answer));
            assert!(status == 401 && body.is_empty(), "{path}: {status} {answer}");
        }
    }
    // Whoever is signed in and no coordinator reads no numbers, and nobody's other page counts an ending for them.
    let cookie = signs_in(&stage, &mut stage.authenticator(0)).await;
    for (path, expected) in
        [("day", 200), ("guidance", 200), ("topics", 200), ("hours", 200), ("statistics", 401)]
    {
        let (status, _) =
            http(stage.address, "GET", &format!("/staff/{path}"), &[("Cookie", &cookie)], b"").await;
        assert_eq!(status, expected, "{path}");
    }
    let topic = &stage.centre.topics[0].word;
    let body = format!(r#"{{"ticket":"{}","claim":1,"ending":"helped","topic":"{topic}"}}"#, "0".repeat(64));
    for foreign in [None, Some("https://example.org"), Some("null")] {
        let mut headers = vec![("Cookie", cookie.as_str())];
        headers.extend(foreign.map(|origin| ("Origin", origin)));
        let (status, _) = http(stage.address, "POST", "/staff/ending", &headers, body.as_bytes()).await;
        assert_eq!(status, 403, "{foreign:?}");
    }
    assert_eq!(post(&stage, "/staff/ending", None, body.as_bytes()).await.0, 401, "nobody");
    assert_eq!(
        post(&stage, "/staff/ending", Some(&cookie), body.as_bytes()).await.0,
        409,
        "a chat that is not known"
    );
    let chat = format!(r#"{{"ticket":"{}","claim":1}}"#, "0".repeat(64));
    for foreign in [None, Some("https://example.org")] {
        let mut headers = vec![("Cookie", cookie.as_str())];
        headers.extend(foreign.map(|origin| ("Origin", origin)));
        let (status, _) = http(stage.address, "POST", "/staff/cool", &headers, chat.as_bytes()).await;
        assert_eq!(status, 403, "{foreign:?}");
    }
    assert_eq!(post(&stage, "/staff/cool", None, chat.as_bytes()).await.0, 401, "nobody");
    for (body, expected) in
        [(chat.as_str(), 409), (body.as_str(), 400), ("{}", 400), (r#"{"ticket":"0","claim":1}"#, 400)]
    {
        assert_eq!(post(&stage, "/staff/cool", Some(&cookie), body.as_bytes()).await.0, expected, "{body}");
    }
}

fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = |letter: u8| LETTERS.iter().position(|known| *known == letter).expect("base64url") as u32;
    let mut bytes = Vec::new();
    for letters in text.as_bytes().chunks(4) {
        let bits =
            letters.iter().fold(0, |bits, letter| bits << 6 | value(*letter)) << (6 * (4 - letters.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..letters.len()]);
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_any_rule_of_passkeys_signs_nobody_in() {
    let stage = Stage::opens().await;
    let origin = origin(&stage);
    let mut passkey = stage.authenticator(0);

    let never = "AAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(refusal(&stage, &passkey.answers(never, &origin)).await, "late", "a challenge of nobody's");
    let elsewhere = passkey.answers(&challenge(&stage).await, "https://staff.example.org");
    assert_eq!(refusal(&stage, &elsewhere).await, "refused", "a page of another origin");
    let mut other_host = Authenticator::new("example.org", 1);
    let phished = other_host.answers(&challenge(&stage).await, &origin);
    assert_eq!(refusal(&stage, &phished).await, "refused", "a passkey of another host");
    let mut unverified = stage.authenticator(0);
    unverified.flags = 0b001;
    let unverified = unverified.answers(&challenge(&stage).await, &origin);
    assert_eq!(refusal(&stage, &unverified).await, "refused", "touched by anybody");
    let mut absent = stage.authenticator(0);
    absent.flags = 0b100;
    let absent = absent.answers(&challenge(&stage).await, &origin);
    assert_eq!(refusal(&stage, &absent).await, "refused", "touched by nobody");
    let mut copied = stage.authenticator(0);
    copied.counter = 0;
    let copied = copied.answers(&challenge(&stage).await, &origin);
    assert_eq!(
        refusal(&stage, &copied).await,
        "refused",
        "a counter that stands where it stood at enrolment"
    );
    let stranger = Authenticator::new("localhost", 99).answers(&challenge(&stage).await, &origin);
    assert_eq!(refusal(&stage, &stranger).await, "unknown", "a passkey that is not in the roster");

    // Somebody else's key under the id of person 0, and every part changed.
    let mut swapped = stage.authenticator(1).answers(&challenge(&stage).await, &origin);
    swapped.id = vec![1; 32];
    assert_eq!(refusal(&stage, &swapped).await, "refused");
    let spoil: [fn(&mut Answered); 3] = [
        |answered| *answered.signature.last_mut().expect("a signature has bytes") ^= 1,
        |answered| answered.authenticator_data[36] ^= 1,
        |answered| answered.client_data = answered.client_data.replace("false", "true"),
    ];
    for change in spoil {
        let mut answered = passkey.answers(&challenge(&stage).await, &origin);
        change(&mut answered);
        assert_eq!(refusal(&stage, &answered).await, "refused");
        // A challenge is used up, whatever came of it.
        assert_eq!(refusal(&stage, &answered).await, "late");
    }
    signs_in(&stage, &mut passkey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_is_for_the_console_alone_and_has_no_room_for_a_secret() {
    let stage = Stage::opens().await;
    let origin = origin(&stage);
    let answered = stage.authenticator(0).answers(&challenge(&stage).await, &origin);
    for path in ["/staff/challenge", "/staff/sign-in", "/staff/roster"] {
        for foreign in [vec![], vec![("Origin", "https://example.org")], vec![("Origin", "null")]] {
            let (status, _) = http(stage.address, "POST", path, &foreign, b"").await;
            assert_eq!(status, 403, "{path} {foreign:?}");
        }
    }
    let body = String::from_utf8(answered.body()).expect("JSON is text");
    let with_secret = body.replace('}', ",\"prf\":\"AAAA\"}");
    for body in [
        "",
        "{}",
        "[]",
        &body[1..],
        &with_secret,
        &body.replace("signature", "sig"),
        &body.replace(':', ":\"="),
    ] {
        assert_eq!(post(&stage, "/staff/sign-in", None, body.as_bytes()).await.0, 400, "{body}");
    }
    let long = format!("{{\"id\":\"{}\"}}", "A".repeat(10_000));
    assert_eq!(post(&stage, "/staff/sign-in", None, long.as_bytes()).await.0, 413);
    assert_eq!(
        post(&stage, "/staff/demo", None, b"{\"token\":\"\"}").await.0,
        404,
        "only in a demonstration"
    );
    // The same answer without anything added is good.
    assert_eq!(post(&stage, "/staff/sign-in", None, body.as_bytes()).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_console_is_opened_by_its_own_person_and_nobody_else_is_signed_in_by_trying() {
    let stage = Stage::opens().await;
    let (mut own, mut colleagues) = (stage.authenticator(0), stage.authenticator(1));
    let (_, answer) =
        post(&stage, "/staff/sign-in", None, &own.answers(&challenge(&stage).await, &origin(&stage)).body())
            .await;
    let key = field(&answer, "staff_public").to_owned();
    let only = |answered: Answered, key: &str| {
        let body = String::from_utf8(answered.body()).expect("JSON is text");
        body.replace('}', &format!(",\"only\":\"{key}\"}}"))
    };
    let (fresh, here) = (challenge(&stage).await, origin(&stage));
    let tried = only(colleagues.answers(&fresh, &here), &key);
    let (status, answer) = post(&stage, "/staff/sign-in", None, tried.as_bytes()).await;
    assert_eq!((status, field(&answer, "why")), (401, "other"));
    assert!(!answer.to_ascii_lowercase().contains("set-cookie"), "the console keeps the sign-in it has");
    let again = only(own.answers(&challenge(&stage).await, &here), &key);
    assert_eq!(post(&stage, "/staff/sign-in", None, again.as_bytes()).await.0, 200);
    let garbled = only(own.answers(&challenge(&stage).await, &here), "somebody");
    assert_eq!(post(&stage, "/staff/sign-in", None, garbled.as_bytes()).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_not_served_at_another_host() {
    let stage = Stage::opens().await;
    let origin = origin(&stage);
    for host in ["example.org", "localhost", "127.0.0.1:1"] {
        let headers = [("Host", host), ("Origin", origin.as_str()), ("Sec-WebSocket-Protocol", "lykta.1")];
        assert_eq!(Raw::connects(stage.address, "/ws/desk", &headers).await.err(), Some(404), "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_s_certificate_has_ended_is_told_so_and_not_signed_in() {
    let stage = Stage::opens().await;
    let now_s = (stage.relay.now().0 / 1_000) as u32;
    let ended = stage.entry_with(0, Role::Counsellor, now_s - 10);
    stage.staff.replace(stage.book(2, vec![ended, stage.entry(1)])).expect("a newer roster");
    let answered = stage.authenticator(0).answers(&challenge(&stage).await, &origin(&stage));
    assert_eq!(refusal(&stage, &answered).await, "expired");
    signs_in(&stage, &mut stage.authenticator(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_whose_certificate_has_ended_takes_nobody_else() {
    let stage = Stage::opens().await;
    let colleague = stage.counsellor(1);
    colleague.goes_on_duty().await;
    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;

    // A minute ago: the clocks of two machines may differ by more, so the console is admitted.
    let ended = (stage.relay.now().0 / 1_000) as u32 - 60;
    let mut person = stage.person(0);
    person.certificate = stage.entry_with(0, Role::Counsellor, ended).staff;
    let late = stage.counsellor_with(person, stage.address);
    late.is_ready(true);
    late.until("admitted", |seen| seen.seat.admitted).await;
    late.takes();
    let seen = late.until("an answer", |seen| !seen.taken.is_empty() || !seen.not_taken.is_empty()).await;
    assert!(seen.taken.is_empty(), "whose page would believe it?");
    colleague.talks_to_next().await;
    visitor.talks().await;
}

fn without(stage: &Stage, number: u8) -> Vec<RosterEntry> {
    (0..5).filter(|other| *other != number).map(|other| stage.entry(other)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_taken_off_the_roster_loses_session_seat_and_chat_and_the_visitor_is_next_in_line() {
    let stage = Stage::opens().await;
    let cookie = signs_in(&stage, &mut stage.authenticator(0)).await;
    let (visitor, removed, _) = stage.two_people_talking().await;
    let colleague = stage.counsellor(1);
    colleague.goes_on_duty().await;

    stage.staff.replace(stage.book(2, without(&stage, 0))).expect("a newer roster");
    removed.until("no seat", |seen| seen.seat.refusal == Some(Refusal::NotAdmitted)).await;
    visitor.waits_at(1).await;
    // Nobody can be taken before their fresh greeting is there.
    let is_present = |seen: &DeskSeen| {
        seen.line.as_ref().is_some_and(|(_, _, entries)| entries.iter().any(|entry| entry.present))
    };
    colleague.until("a visitor who can be taken", is_present).await;
    let ticket = colleague.talks_to_next().await;
    visitor.talks().await;
    visitor.says("är det någon annan nu?");
    colleague.hears(ticket, &["är det någon annan nu?".to_owned()]).await;

    assert_eq!(session_status(&stage, &cookie).await, 401, "the session is over");
    let origin = origin(&stage);
    let headers = [("Origin", origin.as_str()), ("Sec-WebSocket-Protocol", "lykta.1"), ("Cookie", &cookie)];
    assert_eq!(Raw::connects(stage.address, "/ws/desk", &headers).await.err(), Some(401));
    let answered = stage.authenticator(0).answers(&challenge(&stage).await, &origin);
    assert_eq!(refusal(&stage, &answered).await, "unknown");
    let seen = removed.sees();
    assert!(!seen.seat.admitted && seen.sockets == 1, "and does not knock again: {} sockets", seen.sockets);
    // The colleague's own sign-in and seat are not touched by a newer roster that names them.
    signs_in(&stage, &mut stage.authenticator(1)).await;
    assert!(colleague.sees().seat.admitted);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_roster_brings_nobody_back() {
    let stage = Stage::opens().await;
    stage.staff.replace(stage.book(3, without(&stage, 0))).expect("a newer roster");
    for version in [1, 2, 3] {
        let everybody = (0..5).map(|number| stage.entry(number)).collect();
        assert!(stage.staff.replace(stage.book(version, everybody)).is_err(), "version {version}");
    }
    assert!(!stage.staff.knows(&stage.entry(0).staff.terms().staff_public));
    assert!(stage.staff.knows(&stage.entry(1).staff.terms().staff_public));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_brings_a_newer_roster_and_nobody_else_does() {
    let stage = Stage::opens().await;
    let far = (stage.relay.now().0 / 1_000) as u32 + 86_400;
    let mut people = without(&stage, 4);
    people.push(stage.entry_with(4, Role::Coordinator, far));
    stage.staff.replace(stage.book(2, people.clone())).expect("a newer roster");
    let coordinator = signs_in(&stage, &mut stage.authenticator(4)).await;
    let counsellor = signs_in(&stage, &mut stage.authenticator(0)).await;

    people.remove(0);
    let newer = stage.book(3, people.clone()).signed.as_bytes().to_vec();
    let brings = |cookie: Option<String>, bytes: Vec<u8>| {
        let stage = &stage;
        async move { post(stage, "/staff/roster", cookie.as_deref(), &bytes).await.0 }
    };
    assert_eq!(brings(None, newer.clone()).await, 401);
    assert_eq!(brings(Some(counsellor.clone()), newer.clone()).await, 401);
    let mut forged = newer.clone();
    forged[20] ^= 1;
    assert_eq!(brings(Some(coordinator.clone()), forged).await, 422);
    assert_eq!(brings(Some(coordinator.clone()), newer.clone()).await, 200);
    assert_eq!(brings(Some(coordinator.clone()), newer).await, 409, "the same once more");
    let older = stage.book(2, people).signed.as_bytes().to_vec();
    assert_eq!(brings(Some(coordinator.clone()), older).await, 409);

    assert_eq!(session_status(&stage, &counsellor).await, 401, "person 0 was taken off");
    assert_eq!(stage.shelf.roster(&stage.anchors).expect("it is kept").roster.version(), 3);
    // A coordinator runs the staff file and has no chair.
    let mut coordinator_s = stage.counsellor(4);
    coordinator_s.thaws();
    coordinator_s.until("no seat", |seen| seen.seat.refusal == Some(Refusal::NotAdmitted)).await;
}
