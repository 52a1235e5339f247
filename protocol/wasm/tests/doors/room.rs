//! A chat with a guest, and its hand-over, as five doors heard and answered it: frozen in
//! `protocol/manual/vectors/doors-room.json`, in the form of `doors.json`.

use super::onlooker::{Before, Greeting, Secrets, Tape, Until, sha};
use super::relay::{Out, Relay};
use super::tape::{self, Secret, Step};
use super::{DeskDoor, Page, Record, START_MS, VISIT, VisitDoor, records, sign_in_as, start};

/// One counsellor: the seat, and at most one chat.
struct Place {
    socket: u64,
    alias: &'static [u8],
    seat: Page<DeskDoor>,
    chat: Option<Page<DeskDoor>>,
    chats: u64,
    bundle: Vec<u8>,
    /// The latest record of some kinds.
    seats: Vec<u8>,
    colleague: Vec<u8>,
    letter: Vec<u8>,
    view: Vec<u8>,
    said: Vec<(u8, String)>,
}

struct House {
    now: u64,
    relay: Relay,
    visit: Page<VisitDoor>,
    view: Vec<u8>,
    said: Vec<(u8, String)>,
    ticket: Vec<u8>,
    places: [Place; 2],
    queue: Vec<(u64, Vec<u8>)>,
}

/// Who says which step is read from its number: each door has numbers of its own.
const DOORS: [(u64, &str); 6] = [
    (1, "visit"),
    (1 << 20, "seat"),
    (1 << 21, "seat2"),
    (1 << 40, "chat"),
    (1 << 41, "guest"),
    (3 << 40, "new"),
];

const ALONE_AGAIN: &str = "Bara vi två igen";
const TO_THE_NEW: &str = "Till dig som tog över";

fn text(payload: &[u8]) -> (u8, String) {
    (payload[4], String::from_utf8(payload[13..].to_vec()).unwrap())
}

impl House {
    fn new() -> Self {
        let place = |socket, alias, seeds| Place {
            socket,
            alias,
            seat: Page::new(seeds),
            chat: None,
            chats: 0,
            bundle: Vec::new(),
            seats: Vec::new(),
            colleague: Vec::new(),
            letter: Vec::new(),
            view: Vec::new(),
            said: Vec::new(),
        };
        Self {
            now: START_MS,
            relay: Relay::at(START_MS),
            visit: Page::new(DOORS[0].0),
            view: Vec::new(),
            said: Vec::new(),
            ticket: Vec::new(),
            places: [place(2, b"Lo", DOORS[1].0), place(3, b"Bo", DOORS[2].0)],
            queue: Vec::new(),
        }
    }

    fn visit(&mut self, op: u8, fields: &[u8]) {
        for Record { kind, payload } in self.visit.step(self.now, op, fields) {
            match kind {
                1 => self.visit(3, &[]),
                3 => self.queue.push((VISIT, payload)),
                5 => self.view = payload,
                6 => self.said.push(text(&payload)),
                _ => {}
            }
        }
    }

    fn seat(&mut self, at: usize, op: u8, fields: &[u8]) {
        let socket = self.places[at].socket;
        for Record { kind, payload } in self.places[at].seat.step(self.now, op, fields) {
            let place = &mut self.places[at];
            match kind {
                1 => {
                    self.seat(at, 103, &[]);
                    self.relay.desk_opened(socket);
                }
                3 => self.queue.push((socket, payload)),
                11 => place.bundle = payload,
                13 => self.takes(at, &payload),
                23 => place.seats = payload,
                24 => place.colleague = payload[32..].to_vec(),
                26 => self.reads(at, &payload),
                _ => {}
            }
        }
    }

    fn chat(&mut self, at: usize, op: u8, fields: &[u8]) {
        let (now, socket) = (self.now, self.places[at].socket);
        let Some(chat) = &mut self.places[at].chat else { return };
        for Record { kind, payload } in chat.step(now, op, fields) {
            let place = &mut self.places[at];
            match kind {
                3 => self.queue.push((socket, payload)),
                5 => place.view = payload,
                6 => place.said.push(text(&payload)),
                26 => self.seat(at, 116, &payload),
                _ => {}
            }
        }
    }

    /// The next of this place's instances for a chat, with the bundle in front of the fields.
    fn opens(&mut self, at: usize, op: u8, fields: &[u8]) {
        self.seat(at, 110, &[]);
        let place = &mut self.places[at];
        place.chats += 1;
        place.chat = Some(Page::new(DOORS[2 + at + place.chats as usize].0));
        let bundle = &place.bundle;
        let fields = [&(bundle.len() as u16).to_be_bytes()[..], bundle, fields].concat();
        self.chat(at, op, &fields);
    }

    fn takes(&mut self, at: usize, taken: &[u8]) {
        // 38 bytes stand before the languages.
        let (head, hello) = taken.split_at(38 + 8 * usize::from(taken[37]));
        self.ticket = head[..32].to_vec();
        self.opens(at, 201, &[&head[..36], &[2], self.places[at].alias, hello].concat());
    }

    /// A colleague's letter: an ask waits for this counsellor's word, an answer is the chat's.
    fn reads(&mut self, at: usize, letter: &[u8]) {
        let (from, invitation) = letter.split_at(16);
        match invitation[0] {
            1 => self.places[at].letter = letter.to_vec(),
            step @ (2 | 3) => {
                let reply = [from, &[invitation[38], u8::from(step == 2)]].concat();
                self.chat(at, 231, &reply);
            }
            _ => {}
        }
    }

    /// Says yes to the ask that came last, and comes.
    fn comes(&mut self, at: usize) {
        let letter = std::mem::take(&mut self.places[at].letter);
        let (from, ask) = letter.split_at(16);
        self.opens(at, 202, &[&[2], self.places[at].alias, ask].concat());
        self.seat(at, 116, &[from, &[2], &ask[1..39]].concat());
    }

    fn run(&mut self, seconds: u64) {
        for _ in 0..seconds {
            for _ in 0..100 {
                for (socket, frame) in std::mem::take(&mut self.queue) {
                    match socket {
                        VISIT => self.relay.visitor_frame(VISIT, &frame),
                        _ => self.relay.desk_frame(socket as usize - 2, socket, &frame, true),
                    }
                }
                let mut out = std::mem::take(&mut self.relay.out);
                if out.is_empty() && self.queue.is_empty() {
                    break;
                }
                // The order between two sockets is nobody's promise; the vectors need one.
                out.sort_by_key(|one| match one {
                    Out::Frame(socket, _) | Out::Close(socket, _) => *socket,
                });
                for one in out {
                    match one {
                        Out::Frame(VISIT, frame) => self.visit(5, &frame),
                        Out::Frame(socket, frame) => {
                            let at = socket as usize - 2;
                            let of_chats = matches!(frame[0], 0xC6..=0xCB | 0xD3 | 0xD4)
                                && frame.get(1..33).is_some_and(|ticket| ticket == self.ticket);
                            if of_chats { self.chat(at, 205, &frame) } else { self.seat(at, 105, &frame) }
                        }
                        Out::Close(VISIT, code) => self.visit(4, &code.to_be_bytes()),
                        Out::Close(socket, code) => self.seat(socket as usize - 2, 104, &code.to_be_bytes()),
                    }
                }
            }
            self.now += 1_000;
            self.relay.now = self.now;
            self.visit(6, &[]);
            for at in 0..2 {
                self.seat(at, 106, &[]);
                self.chat(at, 206, &[]);
            }
        }
    }

    /// The first place asks the other one in, the visitor says yes.
    fn invites(&mut self, kind: u8) {
        let colleague = [&[kind][..], &self.places[0].colleague].concat();
        self.chat(0, 230, &colleague);
        self.run(1);
        self.comes(1);
        self.visit(16, &[1]);
        self.run(2);
    }
}

fn play() -> House {
    let mut house = House::new();
    house.visit(1, &start());
    for (at, staff) in [(0, 9), (1, 10)] {
        house.seat(at, 101, &sign_in_as(staff, (START_MS / 1000) as u32 + 86_400));
        let alias = house.places[at].alias;
        house.seat(at, 113, alias);
        house.run(1);
        house.seat(at, 107, &[1, 3]);
    }
    house.visit(2, &[1, 1, 1, b's', b'v', 0, 0, 0, 0, 0, 0]);
    house.run(1);
    house.seat(0, 109, &[0; 32]);
    house.run(1);
    house.visit(7, "Jag vill att någon tolkar".as_bytes());
    let other = house.places[0].seats[..16].to_vec();
    house.seat(0, 114, &other);
    house.run(1);

    house.invites(1);
    for (who, said) in [(0, "Vi är tre nu"), (1, "Hej, jag heter Bo"), (2, "Hej på er")] {
        match who {
            2 => house.visit(7, said.as_bytes()),
            at => house.chat(at, 207, said.as_bytes()),
        }
        house.run(1);
    }
    house.chat(0, 233, &[2]);
    house.run(3);
    house.visit(7, ALONE_AGAIN.as_bytes());
    house.run(1);

    house.invites(2);
    house.visit(7, TO_THE_NEW.as_bytes());
    house.run(2);
    house.chat(1, 210, &[1]);
    house.run(2);
    house
}

#[test]
fn a_guest_and_a_hand_over_go_through_the_doors_as_frozen() {
    let house = play();
    let texts =
        |said: &[(u8, String)]| -> Vec<String> { said.iter().map(|(_, text)| text.clone()).collect() };
    let three = ["Vi är tre nu", "Hej, jag heter Bo", "Hej på er"];
    let first = [&["Jag vill att någon tolkar"][..], &three, &[ALONE_AGAIN]].concat();
    assert_eq!(texts(&house.said), [&first[..], &[TO_THE_NEW]].concat());
    assert_eq!(texts(&house.places[0].said), first, "and nothing after the hand-over");
    assert_eq!(texts(&house.places[1].said), [&three[..], &[TO_THE_NEW]].concat(), "nothing of before");
    assert_eq!((house.view[0], house.view[23]), (6, 1), "helped");

    let tape = tape::take();
    let file = tape::file(&tape, &door_of, &secrets(&tape));
    tape::compare("doors-room.json", &file);
}

fn door_of(seed: u64) -> &'static str {
    DOORS.iter().rfind(|(from, _)| seed >= *from).map_or("", |(_, name)| name)
}

/// The first step of this door, from that one on, of which something holds.
type First<'a> = dyn Fn(&'static str, usize, &dyn Fn(&Step) -> bool) -> usize + 'a;

/// The secret of the round in which the guest came: the visitor forgets it as soon as it is sealed, a seat keeps it
/// as long as the other one is in the room. That it is the right number is shown by its being found there.
fn secrets_of_the_round(tape: &[Step], opened: usize, first: &First<'_>) -> Vec<Secret> {
    let hello = |step: &Step| step.envelopes().0.iter().any(|one| one[1] == 1);
    let round = tape[opened].draw(0);
    let name = "the secret of the round";
    let greets = first("chat", opened, &hello);
    let lets_go = first("chat", greets, &|step| step.command[0] == 233);
    vec![
        Secret::gone("visit", name, &round, opened),
        Secret::there(
            "chat",
            name,
            &round,
            (greets, lets_go),
            Some(first("chat", lets_go, &hears(ALONE_AGAIN))),
        ),
        Secret::gone("guest", name, &round, first("guest", lets_go, &is_over)),
    ]
}

fn is_over(step: &Step) -> bool {
    records(&step.answer).iter().any(|record| record.kind == 5 && record.payload[0] == 6)
}

/// Whether this text was said or read in a step.
fn hears(what: &str) -> impl Fn(&Step) -> bool {
    move |step: &Step| {
        let said = records(&step.answer).into_iter().filter(|record| record.kind == 6);
        said.map(|record| text(&record.payload).1).any(|said| said == what)
    }
}

/// The secret of each offer, in every memory that it passes through or lies in.
fn secrets(tape: &[Step]) -> Vec<Secret> {
    let steps = |door: &'static str, from: usize| {
        let behind = tape.iter().enumerate().skip(from);
        behind.filter(move |(_, step)| door_of(step.seed) == door)
    };
    let first = |door, from, what: &dyn Fn(&Step) -> bool| -> usize {
        steps(door, from).find(|(_, step)| what(step)).map(|(at, _)| at).unwrap()
    };
    // seat 16 | invitation, an ask with its secret behind 39 bytes.
    let asks = |step: &Step| records(&step.answer).into_iter().find(|r| r.kind == 26 && r.payload[16] == 1);
    let talks = |step: &Step| records(&step.answer).iter().any(|r| r.kind == 5 && r.payload[0] == 5);
    let mut all = Secrets::default();
    let mut offers = Vec::new();
    let mut round = [0; 32];
    let mut at = 0;
    for who in ["guest", "new"] {
        at = first("chat", at, &|step| asks(step).is_some());
        let t = asks(&tape[at]).unwrap().payload[16 + 39..].to_vec();
        let name = format!("the secret of the offer, {who}");
        all.gone("chat", &name, &t, at);
        all.gone("seat", &name, &t, first("seat", at, &|step| step.command[0] == 116));
        all.gone("seat2", &name, &t, first("seat2", at, &|step| asks(step).is_some()));
        let came = first(who, at, &|step| step.command[0] == 202);
        let confirmed = first(who, came, &talks);
        all.there(who, &name, &t, (came, confirmed), Some(confirmed));
        let yes = first("visit", at, &|step| step.command[0] == 16);
        let opened = first("visit", yes, &|step| step.envelopes().1.iter().any(|one| one[1] == 2));
        all.there("visit", &name, &t, (yes, opened), Some(opened));
        if who == "guest" {
            all.0.extend(secrets_of_the_round(tape, opened, &first));
            round = tape[opened].draw(0);
        }
        offers.push(<[u8; 32]>::try_from(t).unwrap());
        at = came;
    }
    greetings(&Tape { steps: tape, door: &door_of }, &offers, &round, &mut all);
    all.0
}

/// Every greeting of the story and the keys that came of it: of the visitor with each of three, of the two seats on
/// the staff channel, and of the two seats in the room.
fn greetings(tape: &Tape<'_>, offers: &[[u8; 32]], round: &[u8; 32], all: &mut Secrets) {
    let seat = |door| -> [u8; 32] {
        let bundle = |step: &Step| records(&step.answer).into_iter().find(|record| record.kind == 11);
        let at = tape.first(door, 0, &|step| bundle(step).is_some());
        // seed 32 | staff certificate 109 | seat certificate 106
        sha(&[&bundle(&tape.steps[at]).unwrap().payload[141..247]])
    };
    let (lo, bo) = (seat("seat"), seat("seat2"));
    let ticket = sha(&[b"lykta/1 ticket", &tape::joins(tape, "visit").1]);
    let none = [0; 32];
    let always = Until { there: tape.steps.len(), gone: None };

    // Who lets go of whom, and when that must be done.
    let lets_go = tape.first("chat", 0, &|step| step.command[0] == 233);
    let alone = ["visit", "chat"].map(|door| tape.first(door, lets_go, &hears(ALONE_AGAIN)));
    let asked = tape.first("visit", alone[0], &|step| step.command[0] == 16);
    let ends = tape.first("new", asked, &|step| step.command[0] == 210);
    let until = |there, gone| Until { there, gone: Some(gone) };
    let over = |door| tape.first(door, lets_go, &is_over);

    let staff = sha(&[b"lykta/1 staff channel", &lo, &bo]);
    let pair = sha(&[b"lykta/1 room pair", &ticket, &lo, &bo]);
    let before = |kind, name, chain| Before { kind, epoch: 0, name, chain };
    let channel = Greeting::xx(tape, ["seat", "seat2"], &before(6, &staff, &none));
    all.channel(tape, "staff channel", &channel, [always, always]);
    let in_room = Greeting::xx(tape, ["chat", "guest"], &before(7, &pair, round));
    all.channel(tape, "host and guest", &in_room, [until(lets_go, alone[1]), until(lets_go, over("guest"))]);

    let mut visitor = |what, to, kind, chain, visit, other| {
        let ends = ["visit", to];
        let greeting = Greeting::nx(tape, ends, &before(kind, &ticket, chain), &tape.greeting(ends));
        all.channel(tape, what, &greeting, [visit, other]);
    };
    let handed_over = tape.first("visit", asked, &hears(TO_THE_NEW));
    visitor("first", "chat", 1, &none, until(asked, handed_over), until(asked, over("chat")));
    visitor("guest", "guest", 5, &offers[0], until(lets_go, alone[0]), until(lets_go, over("guest")));
    visitor("new", "new", 4, &offers[1], until(ends, over("visit")), until(ends, over("new")));
}
