//! A whole chat through the doors, byte for byte as a page does it: a visitor's module, a seat's and a chat's.
#![allow(clippy::unwrap_used, reason = "a test: helpers may stop the story")]

#[path = "../../client/tests/world/relay.rs"]
#[allow(dead_code, unreachable_pub, reason = "the relay of the client's stories; these use part of it")]
mod relay;
#[path = "../../client/tests/world/rooms.rs"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared with the stories of the machines")]
mod rooms;

#[path = "doors/onlooker.rs"]
mod onlooker;
#[path = "doors/returning.rs"]
mod returning;
#[path = "doors/room.rs"]
mod room;
#[path = "doors/tape.rs"]
mod tape;

use lykta_trust::{CentreId, Role, RootKey, StaffCertificate, StaffKey, StaffTerms};
use lykta_wasm::{DeskDoor, Inside, MAILBOX, Machine, VisitDoor};
use proptest::prelude::*;
use relay::{Out, Relay};

const START_MS: u64 = 1_800_000_000_000;

struct Page<D> {
    machine: Machine<D>,
    seeds: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    kind: u8,
    payload: Vec<u8>,
}

fn records(mut bytes: &[u8]) -> Vec<Record> {
    let mut all = Vec::new();
    while let Some((&kind, rest)) = bytes.split_first() {
        let (length, rest) = rest.split_first_chunk().unwrap();
        let (payload, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        all.push(Record { kind, payload: payload.to_vec() });
        bytes = rest;
    }
    all
}

impl<D: Inside + Default> Page<D> {
    fn new(seeds: u64) -> Self {
        Self { machine: Machine::default(), seeds }
    }

    fn step(&mut self, now: u64, op: u8, fields: &[u8]) -> Vec<Record> {
        let mut all = Vec::new();
        let mut op = op;
        let mut fields = fields;
        loop {
            self.seeds += 1;
            let mut command = vec![op];
            command.extend_from_slice(&now.to_be_bytes());
            for n in 0..16u64 {
                command.extend_from_slice(&(self.seeds * 1_000_003 + n * 7_919).to_be_bytes());
            }
            command.extend_from_slice(fields);
            let out = self.machine.step(&command);
            tape::record(self.seeds, &command, &out);
            assert!(out.len() <= MAILBOX);
            all.extend(records(&out));
            if all.last().is_none_or(|last| last.kind != 255) {
                return all;
            }
            all.pop();
            (op, fields) = (0, &[]);
        }
    }
}

struct Browser {
    now: u64,
    relay: Relay,
    visit: Page<VisitDoor>,
    seat: Page<DeskDoor>,
    chat: Option<Page<DeskDoor>>,
    chats: u64,
    ticket: Vec<u8>,
    seen: Vec<(&'static str, Record)>,
    bundle: Vec<u8>,
    queue: Vec<(u64, Vec<u8>)>,
}

fn root() -> [u8; 32] {
    RootKey::take_seed(&mut [1; 32]).public()
}

fn sign_in(until_s: u32) -> Vec<u8> {
    sign_in_as(9, until_s)
}

/// The counsellor whose staff key comes from this byte.
fn sign_in_as(key: u8, until_s: u32) -> Vec<u8> {
    let mut seed = [key; 32];
    let staff_public = StaffKey::take_seed(&mut seed).public();
    let now_s = (START_MS / 1000) as u32;
    let terms = StaffTerms {
        role: Role::Counsellor,
        roster_epoch: 1,
        not_before: now_s - 86_400,
        not_after: until_s,
        staff_public,
    };
    let staff = StaffCertificate::sign(&RootKey::take_seed(&mut [1; 32]), CentreId([3; 16]), terms);
    let mut fields = vec![key; 32];
    fields.extend_from_slice(staff.as_bytes());
    fields.extend_from_slice(&[3; 16]);
    fields.push(1);
    fields.extend_from_slice(&root());
    fields.extend_from_slice(&1u16.to_be_bytes());
    fields.extend_from_slice(&0u32.to_be_bytes());
    let origin = b"http://localhost:8080";
    fields.extend_from_slice(&(origin.len() as u16).to_be_bytes());
    fields.extend_from_slice(origin);
    fields.push(3);
    fields
}

fn start() -> Vec<u8> {
    let mut fields = vec![3; 16];
    fields.extend_from_slice(&1u16.to_be_bytes());
    fields.extend_from_slice(&0u32.to_be_bytes());
    fields.push(1);
    fields.extend_from_slice(&root());
    fields.push(1);
    fields
}

const VISIT: u64 = 1;
const SEAT: u64 = 2;

impl Browser {
    fn new() -> Self {
        Self {
            now: START_MS,
            relay: Relay::at(START_MS),
            visit: Page::new(1),
            seat: Page::new(1 << 20),
            chat: None,
            chats: 0,
            ticket: Vec::new(),
            seen: Vec::new(),
            bundle: Vec::new(),
            queue: Vec::new(),
        }
    }

    fn visit(&mut self, op: u8, fields: &[u8]) {
        let out = self.visit.step(self.now, op, fields);
        self.carry_out("visit", out);
    }

    fn seat(&mut self, op: u8, fields: &[u8]) {
        let out = self.seat.step(self.now, op, fields);
        self.carry_out("seat", out);
    }

    fn chat(&mut self, op: u8, fields: &[u8]) {
        let now = self.now;
        if let Some(chat) = &mut self.chat {
            let out = chat.step(now, op, fields);
            self.carry_out("chat", out);
        }
    }

    fn carry_out(&mut self, who: &'static str, out: Vec<Record>) {
        for record in out {
            self.seen.push((who, record.clone()));
            match (record.kind, who) {
                (1, "visit") => self.visit(3, &[]),
                (1, _) => {
                    self.seat(103, &[]);
                    self.relay.desk_opened(SEAT);
                }
                (3, "visit") => self.queue.push((VISIT, record.payload)),
                (3, _) => self.queue.push((SEAT, record.payload)),
                (11, _) => self.bundle = record.payload,
                (13, _) => self.begin(&record.payload),
                (20, _) => {
                    let fields = [&self.ticket[..], &record.payload].concat();
                    self.seat(121, &fields);
                }
                (22, _) => {
                    assert_eq!(record.payload, self.ticket);
                    self.chat(221, &[]);
                }
                _ => {}
            }
        }
    }

    fn begin(&mut self, taken: &[u8]) {
        self.seat(110, &[]);
        // 38 bytes stand before the languages; hello and key are handed on as they came.
        let (head, hello) = taken.split_at(38 + 8 * usize::from(taken[37]));
        self.ticket = head[..32].to_vec();
        let mut fields = (self.bundle.len() as u16).to_be_bytes().to_vec();
        fields.extend_from_slice(&self.bundle);
        fields.extend_from_slice(&head[..36]);
        fields.push(2);
        fields.extend_from_slice(b"Lo");
        fields.extend_from_slice(hello);
        self.chats += 1;
        self.chat = Some(Page::new(self.chats << 40));
        self.chat(201, &fields);
    }

    /// Passes frames to and fro and ticks once a second.
    fn run(&mut self, seconds: u64) {
        for _ in 0..seconds {
            for _ in 0..100 {
                for (socket, frame) in std::mem::take(&mut self.queue) {
                    match socket {
                        VISIT => self.relay.visitor_frame(VISIT, &frame),
                        _ => self.relay.desk_frame(0, SEAT, &frame, true),
                    }
                }
                let out = std::mem::take(&mut self.relay.out);
                if out.is_empty() && self.queue.is_empty() {
                    break;
                }
                for one in out {
                    match one {
                        Out::Frame(VISIT, frame) => self.visit(5, &frame),
                        Out::Frame(_, frame) => {
                            let to_chat = (0xC6..=0xCB).contains(&frame[0])
                                && frame.get(1..33).is_some_and(|ticket| ticket == self.ticket);
                            if to_chat { self.chat(205, &frame) } else { self.seat(105, &frame) }
                        }
                        Out::Close(VISIT, code) => self.visit(4, &code.to_be_bytes()),
                        Out::Close(_, code) => self.seat(104, &code.to_be_bytes()),
                    }
                }
            }
            self.now += 1_000;
            self.relay.now = self.now;
            self.visit(6, &[]);
            self.seat(106, &[]);
            self.seat(108, &[]);
            self.chat(206, &[]);
        }
    }

    fn last(&self, who: &str, kind: u8) -> Option<&[u8]> {
        let mut found = self.seen.iter().rev().filter(|(by, record)| *by == who && record.kind == kind);
        found.next().map(|(_, record)| &record.payload[..])
    }

    fn texts(&self, who: &str) -> Vec<(u8, String)> {
        let said = self.seen.iter().filter(|(by, record)| *by == who && record.kind == 6);
        said.map(|(_, r)| (r.payload[4], String::from_utf8(r.payload[13..].to_vec()).unwrap())).collect()
    }

    fn phase(&self, who: &str) -> u8 {
        self.last(who, 5).unwrap()[0]
    }

    /// The view as far as words to compare: behind it nobody is offered and nobody else is in the room.
    fn view_of_two(&self, who: &str) -> &[u8] {
        let alone: &[u8] = if who == "visit" { &[0; 2] } else { &[0; 7] };
        self.last(who, 5).and_then(|view| view.strip_suffix(alone)).unwrap()
    }

    fn talking() -> Self {
        Self::talking_about(1)
    }

    fn talking_about(about: u8) -> Self {
        let mut browser = Self::new();
        browser.visit(1, &start());
        browser.seat(101, &sign_in((START_MS / 1000) as u32 + 86_400));
        browser.run(1);
        assert_eq!(browser.last("seat", 15).unwrap()[..2], [2, 1], "up and admitted");
        browser.seat(107, &[1, 3]);
        browser.visit(2, &[1, about, 1, b's', b'v', 0, 0, 0, 0, 0, 0]);
        browser.run(1);
        assert_eq!(browser.phase("visit"), 3);
        assert_eq!(browser.last("seat", 12).unwrap()[1..5], 1u32.to_be_bytes(), "one waits");
        browser.seat(109, &[0; 32]);
        browser.run(2);
        assert_eq!((browser.phase("visit"), browser.phase("chat")), (5, 5));
        browser
    }
}

#[test]
fn a_whole_chat_goes_through_the_doors() {
    let mut browser = Browser::talking();
    let view = browser.view_of_two("visit").to_vec();
    assert_eq!(
        &view[view.len() - 7..],
        [2, b'L', b'o', 1, 0, 0, 0],
        "the alias, the certified role, nothing of the line, no words of any kind"
    );
    browser.visit(7, "Hej! مرحبا 😀".as_bytes());
    browser.run(2);
    browser.chat(207, "Hej, vad bra att du skriver.".as_bytes());
    browser.run(2);
    let both = [(0, "Hej! مرحبا 😀".to_owned()), (1, "Hej, vad bra att du skriver.".to_owned())];
    assert_eq!(browser.texts("visit"), both);
    assert_eq!(browser.texts("chat"), both);
    assert_eq!(browser.last("visit", 7), Some(&1u32.to_be_bytes()[..]));
    assert_eq!(browser.last("chat", 7), Some(&2u32.to_be_bytes()[..]));
    let wake = u64::from_be_bytes(browser.last("visit", 4).unwrap().try_into().unwrap());
    assert!((browser.now..browser.now + 6_000).contains(&wake), "a beat is due");
    browser.chat(210, &[1]);
    browser.run(3);
    let ending = |who: &str| browser.last(who, 5).map(|view| (view[0], view[23]));
    assert_eq!(ending("visit"), Some((6, 1)));
    assert_eq!(ending("chat"), Some((6, 1)));
    assert!(browser.last("visit", 10).is_some());
    assert!(!browser.relay.knows_anybody());
}

#[test]
fn for_whom_a_visitor_writes_reaches_the_console_and_only_there() {
    for about in 1..=3 {
        let mut browser = Browser::talking_about(about);
        let view = browser.last("chat", 5).unwrap();
        assert_eq!((view[0], view[25]), (5, about));
        assert_eq!(browser.last("visit", 5).unwrap()[25], 0);
        browser.chat(210, &[1]);
        browser.run(3);
        let view = browser.last("chat", 5).unwrap();
        assert_eq!((view[0], view[25]), (6, 0), "gone with the conversation");
    }
    let mut page = Page::<VisitDoor>::new(1);
    page.step(START_MS, 1, &start());
    for about in [0, 4, 255] {
        assert!(page.step(START_MS, 2, &[1, about, 0]).is_empty());
    }
}

#[test]
fn words_to_compare_go_through_the_doors() {
    let mut browser = Browser::talking();
    browser.chat(220, &[1]);
    assert_eq!(browser.view_of_two("chat").last(), Some(&1), "under way");
    browser.run(2);
    let tail = |who: &str| {
        let view = browser.view_of_two(who);
        view[view.len() - 7..].to_vec()
    };
    let numbers = tail("chat");
    assert_eq!((numbers[0], tail("visit")), (2, numbers.clone()));
    browser.visit(20, &[0]);
    assert_eq!(browser.view_of_two("visit").last(), Some(&0), "closed");
}

#[test]
fn return_words_go_through_the_doors_and_bring_the_visitor_back() {
    let mut browser = Browser::talking();
    let words: Vec<u8> = (0..48).collect();
    browser.visit(22, &[&words[..], &[0]].concat());
    let returning = |browser: &Browser, who: &str| browser.view_of_two(who).iter().rev().nth(1).copied();
    assert_eq!(returning(&browser, "visit"), Some(1), "asked for");
    browser.run(3);
    assert_eq!(browser.last("chat", 20).map(<[u8]>::to_vec), Some([&words[..], &[0]].concat()));
    assert_eq!((returning(&browser, "visit"), returning(&browser, "chat")), (Some(2), Some(2)));

    // The tab is killed; another one comes with the words.
    browser.relay.socket_gone(VISIT);
    browser.visit = Page::new(1 << 30);
    browser.visit(1, &start());
    browser.visit(21, &[&[1, 1, 1, b's', b'v', 0, 0, 0, 0, 0, 0][..], &words].concat());
    browser.run(3);
    assert_eq!((browser.phase("visit"), browser.phase("chat")), (5, 5));
    assert_eq!((returning(&browser, "visit"), returning(&browser, "chat")), (Some(2), Some(3)));
    browser.visit(7, "här igen".as_bytes());
    browser.run(2);
    assert_eq!(browser.texts("chat").last(), Some(&(0, "här igen".to_owned())));

    let ticket = browser.ticket.clone();
    browser.seat(123, &ticket);
    browser.seat(122, &[&ticket[..], &[1]].concat());
    browser.run(1);
    assert!(browser.relay.returns.is_empty(), "a goodbye takes them");
}

#[test]
fn leaving_gives_the_beacon_at_once_and_the_console_hears_that_it_was_fast() {
    let mut browser = Browser::talking();
    browser.visit(7, b"oj");
    let out = browser.visit.step(browser.now, 11, &[]);
    let kinds: Vec<u8> = out.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, [3, 8, 10, 2, 5, 4], "SEND, LEAVE, EMPTIED, CLOSE, VIEW, WAKE");
    assert_eq!(out[0].payload[1..], out[1].payload, "the frame is 06 and the body");
    assert_eq!(out[5].payload, [0; 8], "nothing more is wanted");
    browser.relay.leave(lykta_wire::Leave::decode(&out[1].payload).unwrap());
    browser.run(1);
    let view = browser.last("chat", 5).unwrap();
    assert_eq!((view[0], view[8], view[23]), (6, 4, 3), "over, left fast");
}

#[test]
fn forty_long_texts_come_out_of_a_small_mailbox_behind_more() {
    let mut browser = Browser::talking();
    let text = "ن".repeat(4_000);
    for _ in 0..8 {
        browser.visit(7, text.as_bytes());
    }
    // The socket is lost and found: the whole outbox at once.
    browser.visit(4, &1006u16.to_be_bytes());
    browser.run(20);
    assert_eq!(browser.texts("chat").len(), 8);
    assert!(browser.texts("chat").iter().all(|(from, said)| *from == 0 && *said == text));
}

#[test]
fn a_draft_that_is_too_long_is_kept_by_the_page() {
    let mut browser = Browser::talking();
    browser.visit(7, "a".repeat(4_001).as_bytes());
    assert_eq!(browser.last("visit", 9), Some(&[1][..]));
}

#[test]
fn a_sign_in_with_an_ended_certificate_says_so_and_opens_nothing() {
    let mut page = Page::<DeskDoor>::new(1);
    let out = page.step(START_MS, 101, &sign_in((START_MS / 1000) as u32 - 3_600));
    assert_eq!(out, [Record { kind: 15, payload: vec![0, 0, 0, 0, 128] }]);
    let mut wrong_key = sign_in((START_MS / 1000) as u32 + 3_600);
    wrong_key[0] ^= 1;
    let out = page.step(START_MS, 101, &wrong_key);
    assert_eq!(out, [Record { kind: 15, payload: vec![0, 0, 0, 0, 130] }]);
    let out = page.step(START_MS, 101, &sign_in((START_MS / 1000) as u32 + 3_600));
    assert_eq!(out[0].kind, 1, "and may try again");
}

#[test]
fn a_console_asks_for_a_place_and_reads_its_own_name_from_what_the_root_signed() {
    const CENTRE: CentreId = CentreId([9; 16]);
    let mut console: Page<DeskDoor> = Page::new(40);
    let seed = [0x51; 32];
    let staff_public = StaffKey::take_seed(&mut seed.clone()).public();
    let fields = |name: &str, passkey: &[u8]| {
        let name_len = [u8::try_from(name.len()).unwrap()];
        [
            &seed,
            &CENTRE.0[..],
            &1_800_000_000_u32.to_be_bytes(),
            &[1],
            &name_len,
            name.as_bytes(),
            &[0, 1],
            passkey,
        ]
        .concat()
    };
    let out = console.step(START_MS, 131, &fields("Aïcha Öberg", &[7; 40]));
    assert_eq!(out.iter().map(|record| record.kind).collect::<Vec<_>>(), [18]);
    let (words, text) = out[0].payload.split_at(35);
    let request = lykta_trust::Request::parse(std::str::from_utf8(text).unwrap()).unwrap();
    assert_eq!(request.words().to_string().as_bytes(), words);
    let asked = request.asked();
    assert_eq!((asked.key, asked.role, asked.centre), (staff_public, Role::Counsellor, CENTRE));
    let passkey = lykta_trust::Passkey::parse(asked.passkey.as_deref().unwrap()).unwrap();
    assert_eq!((passkey.key_generation(), passkey.authenticator_data()), (1, &[7; 40][..]));
    // A renewal leaves the passkey as it is; a name nobody could see is not asked for.
    let renewal = console.step(START_MS, 131, &fields("Aïcha Öberg", &[]));
    let text = std::str::from_utf8(&renewal[0].payload[35..]).unwrap();
    assert_eq!(lykta_trust::Request::parse(text).unwrap().asked().passkey, None);
    assert!(console.step(START_MS, 131, &fields(" ", &[7; 40])).is_empty());

    let root = RootKey::take_seed(&mut [1; 32]);
    let terms = StaffTerms {
        role: Role::Counsellor,
        roster_epoch: 4,
        not_before: 1_799_999_000,
        not_after: 1_801_000_000,
        staff_public,
    };
    let entry = lykta_trust::RosterEntry {
        staff: StaffCertificate::sign(&root, CENTRE, terms),
        name: "Aïcha Öberg".into(),
        passkey: asked.passkey.clone(),
    };
    let certificate = entry.staff.as_bytes().to_vec();
    let roster = lykta_trust::Roster::new(7, 4, vec![entry]).unwrap().sign(&root, CENTRE);
    let ask = |root: [u8; 32], epoch: u16, who: &[u8; 32], roster: &[u8]| {
        [&CENTRE.0[..], &[1], &root, &epoch.to_be_bytes(), who, roster].concat()
    };
    let out = console.step(START_MS, 130, &ask(root.public(), 4, &staff_public, roster.as_bytes()));
    assert_eq!(out.iter().map(|record| record.kind).collect::<Vec<_>>(), [17]);
    let said = &out[0].payload;
    assert_eq!(said[..3], [1, 0, 1]);
    assert_eq!(said[11..120], certificate);
    assert_eq!(&said[120..], [&[13][..], "Aïcha Öberg".as_bytes()].concat());
    let other = RootKey::take_seed(&mut [2; 32]).public();
    let mut forged = roster.as_bytes().to_vec();
    forged[200] ^= 1;
    for refused in [
        ask(other, 4, &staff_public, roster.as_bytes()),
        ask(root.public(), 5, &staff_public, roster.as_bytes()),
        ask(root.public(), 4, &[3; 32], roster.as_bytes()),
        ask(root.public(), 4, &staff_public, &forged),
    ] {
        assert!(console.step(START_MS, 130, &refused).is_empty());
    }
    // The instance is still free for the seat.
    let out = console.step(START_MS, 101, &sign_in(1_900_000_000));
    assert!(out.iter().any(|record| record.kind == 15));
}

#[test]
fn a_chat_with_a_wrong_bundle_is_over_before_it_begins() {
    let mut page = Page::<DeskDoor>::new(1);
    let mut fields = vec![0, 3, 1, 2, 3];
    fields.extend_from_slice(&[0; 36]);
    fields.push(0);
    fields.extend_from_slice(&[0; 2072]);
    let out = page.step(START_MS, 201, &fields);
    assert_eq!((out[0].kind, out[0].payload[0], out[0].payload[24]), (5, 6, 130));
}

#[test]
fn a_command_of_another_role_or_before_the_first_is_answered_with_nothing() {
    let mut browser = Browser::talking();
    assert!(browser.seat.step(START_MS, 207, b"hej").is_empty());
    assert!(browser.visit.step(START_MS, 1, &start()).is_empty(), "started once");
    assert!(browser.chat.as_mut().unwrap().step(START_MS, 101, &sign_in(0)).is_empty());
    assert!(Page::<VisitDoor>::new(1).step(START_MS, 2, &[1, 1, 0]).is_empty());
    assert!(Page::<DeskDoor>::new(1).step(START_MS, 103, &[]).is_empty());
}

#[test]
fn every_command_cut_short_or_with_a_byte_too_many_is_answered_with_nothing_and_does_nothing() {
    let mut back = vec![1, 1, 0];
    back.extend_from_slice(&[5; 48]);
    let mut keep = vec![5; 48];
    keep.push(1);
    let whole: [(u8, Vec<u8>); 8] = [
        (1, start()),
        (2, vec![1, 1, 0]),
        (4, vec![3, 238]),
        (14, vec![1]),
        (16, vec![1]),
        (20, vec![1]),
        (21, back),
        (22, keep),
    ];
    for (op, fields) in &whole {
        let mut page = Page::<VisitDoor>::new(1);
        if *op != 1 {
            page.step(START_MS, 1, &start());
        }
        for cut in 0..fields.len() {
            assert!(page.step(START_MS, *op, &fields[..cut]).is_empty(), "op {op} cut at {cut}");
        }
        let mut longer = fields.clone();
        longer.push(0);
        assert!(page.step(START_MS, *op, &longer).is_empty(), "op {op}");
        assert!(!page.step(START_MS, *op, fields).is_empty(), "op {op} whole");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_at_all_are_no_reason_to_panic(
        commands in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..300)), 1..12)
    ) {
        let mut visit = Page::<VisitDoor>::new(5);
        visit.step(START_MS, 1, &start());
        visit.step(START_MS, 2, &[1, 1, 0]);
        visit.step(START_MS, 3, &[]);
        let mut seat = Page::<DeskDoor>::new(6);
        seat.step(START_MS, 101, &sign_in((START_MS / 1000) as u32 + 3_600));
        seat.step(START_MS, 103, &[]);
        for (op, fields) in &commands {
            visit.machine.step(fields);
            visit.step(START_MS, op % 25, fields);
            visit.step(START_MS, 5, fields);
            seat.step(START_MS, 100 + op % 25, fields);
            seat.step(START_MS, 105, fields);
        }
    }

    #[test]
    fn any_frame_may_reach_a_chat(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..20)) {
        let mut browser = Browser::talking();
        for tail in &frames {
            let mut frame = vec![0xC6 + tail.first().map_or(0, |b| b % 6)];
            frame.extend_from_slice(&browser.ticket.clone());
            frame.extend_from_slice(&1u32.to_be_bytes());
            frame.extend_from_slice(tail);
            browser.chat(205, &frame);
            let mut frame = vec![0x81 + tail.first().map_or(0, |b| b % 11)];
            frame.extend_from_slice(tail);
            browser.visit(5, &frame);
        }
    }
}
