//! A visitor whose page dies and who comes back with return words, as five doors heard and answered it: frozen in
//! `protocol/manual/vectors/doors-return.json`, in the form of `doors.json`.

use super::onlooker::{Before, Greeting, Secrets, Tape, Until, sha};
use super::tape::{self, Secret, Step};
use super::{Browser, Page, VISIT, records, start};

/// Who says which step is read from its number: each door has numbers of its own.
const DOORS: [(u64, &str); 5] =
    [(1, "visit"), (1 << 19, "visit2"), (1 << 20, "seat"), (1 << 40, "chat"), (1 << 41, "chat2")];

fn door_of(seed: u64) -> &'static str {
    DOORS.iter().rfind(|(from, _)| seed >= *from).map_or("", |(_, name)| name)
}

/// What the page made of the words.
fn id() -> [u8; 16] {
    *sha(&[b"the id"]).first_chunk().unwrap()
}

fn key() -> [u8; 32] {
    sha(&[b"the key"])
}

const BEFORE: &str = "Om telefonen dör, vill jag hitta dig igen";
const BACK: &str = "Här igen, den laddade ur";
const WELCOME: &str = "Jag ser att det är du. Nya nycklar, samma människa.";

fn play() -> Browser {
    let mut browser = Browser::talking();
    let words = [&id()[..], &key()].concat();
    browser.visit(7, BEFORE.as_bytes());
    browser.run(1);
    browser.visit(22, &[&words[..], &[0]].concat());
    browser.run(2);

    // The tab is killed; another one comes with the words.
    browser.relay.socket_gone(VISIT);
    browser.visit = Page::new(DOORS[1].0);
    browser.visit(1, &start());
    browser.visit(21, &[&[1, 1, 1, b's', b'v', 0, 0, 0, 0, 0, 0][..], &words].concat());
    browser.run(3);
    let ticket = browser.ticket.clone();
    browser.seat(123, &ticket);
    browser.visit(7, BACK.as_bytes());
    browser.run(2);
    browser.chat(207, WELCOME.as_bytes());
    browser.run(2);
    browser.seat(122, &[&ticket[..], &[0]].concat());
    browser.chat(210, &[1]);
    browser.run(3);
    browser
}

#[test]
fn a_return_goes_through_the_doors_as_frozen() {
    let browser = play();
    let texts = |who| browser.texts(who).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    assert_eq!(texts("visit"), [BEFORE, BACK, WELCOME]);
    assert_eq!(texts("chat"), [BEFORE, BACK, WELCOME]);
    assert_eq!((browser.phase("visit"), browser.phase("chat")), (6, 6));
    assert!(browser.relay.returns.is_empty());

    let steps = tape::take();
    let file = tape::file(&steps, &door_of, &secrets(&steps));
    tape::compare("doors-return.json", &file);
}

fn secrets(steps: &[Step]) -> Vec<Secret> {
    let tape = Tape { steps, door: &door_of };
    let mut all = Secrets::default();
    let op = |door, op| tape.first(door, 0, &|step: &Step| step.command[0] == op);
    let kind = |step: &Step, kind| records(&step.answer).iter().any(|record| record.kind == kind);
    let until = |there, gone| Until { there, gone: Some(gone) };

    // The first page dies with everything in it, and its chat goes when the next begins.
    let ended = |door| tape.steps.iter().rposition(|step| door_of(step.seed) == door).unwrap() + 1;
    let forever = |door| Until { there: ended(door), gone: None };
    let name = |door| sha(&[b"lykta/1 ticket", &tape::joins(&tape, door).1]);
    let (first, second) = (name("visit"), name("visit2"));
    let ends = ["visit", "chat"];
    let new = Before { kind: 1, epoch: 0, name: &first, chain: &[0; 32] };
    let greeting = Greeting::nx(&tape, ends, &new, &tape.greeting(ends));
    all.channel(&tape, "first", &greeting, ends.map(forever));

    let ends = ["visit2", "chat2"];
    let back = Before { kind: 3, epoch: 0, name: &second, chain: &key() };
    let halves = tape.greeting(ends);
    let finished = halves.finished;
    let greeting = Greeting::nx(&tape, ends, &back, &halves);
    let says_goodbye = op("chat2", 210);
    let over = |door| {
        tape.first(door, says_goodbye, &|step| {
            records(&step.answer).iter().any(|r| r.kind == 5 && r.payload[0] == 6)
        })
    };
    all.channel(&tape, "back", &greeting, ends.map(|door| until(says_goodbye, over(door))));

    // The key of the words: sealed at once at one end, kept by the seat at the other, and lent to the chat for one
    // greeting.
    let what = "the key of the return words";
    all.gone("visit", what, &key(), op("visit", 22));
    all.gone("chat", what, &key(), tape.first("chat", 0, &|step| kind(step, 20)));
    let (kept, forgotten) = (op("seat", 121), op("seat", 122));
    all.there("seat", what, &key(), (kept, forgotten), Some(forgotten));
    all.gone("chat2", what, &key(), op("chat2", 201));
    let came = op("visit2", 21);
    all.there("visit2", what, &key(), (came, finished), Some(finished));
    all.0
}
