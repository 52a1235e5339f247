//! A whole chat as the doors heard and answered it, frozen in `protocol/manual/vectors/doors.json` together with
//! every secret of it and when that must be gone. The same file is replayed against the modules that are shipped,
//! as WebAssembly and as JavaScript. `UPDATE_VECTORS=1` writes it anew.

use std::cell::RefCell;
use std::fmt::Write as _;

use sha2::{Digest, Sha512};

use super::onlooker::{Before, Greeting, Halves, Secrets, Tape, Until, sha};
use super::{Browser, START_MS, records, sign_in, start};

pub(super) struct Step {
    pub(super) seed: u64,
    pub(super) command: Vec<u8>,
    pub(super) answer: Vec<u8>,
}

/// `op u8 | now u64 | seed 128` before the fields.
const HEAD: usize = 137;
const SEND: u8 = 3;
const JOIN: u8 = 1;
const RETURN: u8 = 0x0D;
const REKEY1: u8 = 3;
const REKEY2: u8 = 4;
const SAID: u8 = 6;
const DELIVERED: u8 = 7;

thread_local! {
    static TAPE: RefCell<Vec<Step>> = const { RefCell::new(Vec::new()) };
}

/// Every page of a story runs in the story's thread, so a tape holds one story.
pub(super) fn record(seed: u64, command: &[u8], answer: &[u8]) {
    let step = Step { seed, command: command.to_vec(), answer: answer.to_vec() };
    TAPE.with_borrow_mut(|tape| tape.push(step));
}

pub(super) const VISIT: &str = "visit";
const SEAT: &str = "seat";
pub(super) const CHAT: &str = "chat";

/// The story gives each door numbers of its own.
fn door_of(seed: u64) -> &'static str {
    match seed {
        0..0x10_0000 => VISIT,
        0x10_0000..0x100_0000_0000 => SEAT,
        _ => CHAT,
    }
}

impl Step {
    /// Draw number `n` of the step, as the client stretches its seed.
    pub(super) fn draw(&self, n: u32) -> [u8; 32] {
        sha(&[b"lykta/1 seed", &n.to_be_bytes(), &self.command[9..HEAD]])
    }

    /// The envelope in a frame this step sent or was given: whatever stands behind the frame's own head.
    pub(super) fn envelopes(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let sent = records(&self.answer).into_iter().filter(|record| record.kind == SEND);
        let sent = sent.filter_map(|record| envelope(&record.payload)).collect();
        let given =
            matches!(self.command[0], 5 | 105 | 205).then(|| envelope(&self.command[HEAD..])).flatten();
        (sent, given.into_iter().collect())
    }
}

fn envelope(frame: &[u8]) -> Option<Vec<u8>> {
    let ends = [536, 2072, 4120].into_iter().filter_map(|size| frame.len().checked_sub(size));
    let mut found =
        ends.map(|at| &frame[at..]).filter(|tail| tail[0] == 1 && (1..=4).contains(&tail[1]) && tail[2] == 0);
    found.next().map(<[u8]>::to_vec)
}

pub(super) struct Secret {
    door: &'static str,
    name: String,
    bytes: Vec<u8>,
    /// From this step to before that one it lies in the memory: the control of the search.
    there: Option<(usize, usize)>,
    /// From this step on it must not.
    gone: Option<usize>,
}

impl Secret {
    pub(super) fn gone(door: &'static str, name: &str, bytes: &[u8], gone: usize) -> Self {
        Self { door, name: name.to_owned(), bytes: bytes.to_vec(), there: None, gone: Some(gone) }
    }

    pub(super) fn there(
        door: &'static str,
        name: &str,
        bytes: &[u8],
        there: (usize, usize),
        gone: Option<usize>,
    ) -> Self {
        let there = (there.0 < there.1).then_some(there);
        Self { door, name: name.to_owned(), bytes: bytes.to_vec(), there, gone }
    }
}

const DRAFT: &str = "Skrivet medan jag väntade, läst av ingen";

/// From the line to a fast exit, with a re-greeting on the way.
fn play() -> (Browser, Vec<(&'static str, &'static str, usize)>) {
    let mut browser = Browser::new();
    let at = || TAPE.with_borrow(Vec::len);
    let mut said = Vec::new();
    browser.visit(1, &start());
    browser.seat(101, &sign_in((START_MS / 1000) as u32 + 86_400));
    browser.run(1);
    browser.seat(107, &[1, 3]);
    browser.visit(2, &[1, 2, 1, b's', b'v', 0, 0, 0, 0, 0, 0]);
    browser.visit(7, DRAFT.as_bytes());
    browser.run(1);
    browser.seat(109, &[0; 32]);
    browser.run(2);
    assert_eq!((browser.phase("visit"), browser.phase("chat")), (5, 5));
    for (who, text) in [
        (VISIT, "Min bror läser min telefon varje kväll"),
        (CHAT, "Tack för att du berättar. Är du ensam nu?"),
        (VISIT, "نعم، أنا وحدي في البيت الآن 🏠"),
    ] {
        said.push((who, text, at()));
        match who {
            VISIT => browser.visit(7, text.as_bytes()),
            _ => browser.chat(207, text.as_bytes()),
        }
        browser.run(1);
    }
    for n in 0..18 {
        browser.visit(7, format!("Rad {n}").as_bytes());
        browser.chat(207, format!("Svar {n}").as_bytes());
    }
    // The re-greeting, and beats of the new epoch both ways.
    browser.run(12);
    said.push((CHAT, "Efter nya nycklar: finns det någon du litar på?", at()));
    browser.chat(207, said[3].1.as_bytes());
    browser.run(1);
    browser.visit(11, &[]);
    (browser, said)
}

/// The step in which this side hears that its text of step `at` was opened; behind the last one when it never does.
fn delivered(tape: &[Step], who: &str, at: usize) -> usize {
    // Both records begin with the number of a text.
    let numbers = |step: &Step, kind: u8| -> Vec<u32> {
        let of_kind = records(&step.answer).into_iter().filter(|record| record.kind == kind);
        of_kind.filter_map(|record| Some(u32::from_be_bytes(*record.payload.first_chunk()?))).collect()
    };
    let text = numbers(&tape[at], SAID)[0];
    let mut later = tape.iter().enumerate().skip(at).filter(|(_, step)| door_of(step.seed) == who);
    later
        .find(|(_, step)| numbers(step, DELIVERED).iter().any(|up_to| *up_to >= text))
        .map_or(tape.len(), |(step, _)| step)
}

/// When this page joined, and the secret of its ticket.
pub(super) fn joins(tape: &Tape<'_>, door: &str) -> (usize, [u8; 32]) {
    let join = |step: &Step| {
        records(&step.answer).into_iter().find(|r| r.kind == SEND && matches!(r.payload[0], JOIN | RETURN))
    };
    let at = tape.first(door, 0, &|step| join(step).is_some());
    (at, join(&tape.steps[at]).unwrap().payload[1..33].try_into().unwrap())
}

fn secrets(steps: &[Step], said: &[(&'static str, &'static str, usize)]) -> Vec<Secret> {
    let tape = Tape { steps, door: &door_of };
    let mut secrets = Secrets::default();
    let left = steps.len() - 1;
    let ends = [VISIT, CHAT];

    // The first greeting.
    let (joined, ticket) = joins(&tape, VISIT);
    let name = sha(&[b"lykta/1 ticket", &ticket]);
    let new = Before { kind: 1, epoch: 0, name: &name, chain: &[0; 32] };
    let halves = tape.greeting(ends);
    let finished = halves.finished;
    let first = Greeting::nx(&tape, ends, &new, &halves);
    secrets.greeting("epoch 0", &first);

    // The re-greeting is read out of the envelopes.
    let (out, back) = (tape.uses(ends, 0, first.kept[0]), tape.uses([CHAT, VISIT], 0, first.kept[1]));
    let hello = out.iter().find(|one| one.plain[0] == REKEY1).unwrap();
    let answer = back.iter().find(|one| one.plain[0] == REKEY2).unwrap();
    let renewed = answer.opened;
    let halves = Halves {
        hello: hello.plain[4..][..1232].to_vec(),
        answer: answer.plain[4..][..1504].to_vec(),
        finished: renewed,
    };
    let again = Before { kind: 2, epoch: 1, name: &first.hash, chain: &first.next };
    let second = Greeting::nx(&tape, ends, &again, &halves);
    secrets.greeting("epoch 1", &second);

    // Keys of envelopes. The counsellor seals with new keys from the answer on, the visitor when it has come.
    let new_out = tape.uses(ends, 1, second.kept[0]);
    let new_back = tape.uses([CHAT, VISIT], 1, second.kept[1]);
    let [renewed, answered] = second.born;
    let until = |there| Until { there, gone: Some(there) };
    let (turned, on) = ([first.born[1], first.born[0]], [answered, renewed]);
    // The visitor says nothing more in the new epoch: the other end goes on waiting for it with the old key.
    assert!(new_out.is_empty());
    let waits = Until { there: steps.len(), gone: None };
    secrets.keys("epoch 0: visitor's", &out, first.kept[0], ends, first.born, [until(renewed), waits]);
    let old = [until(answered), until(renewed)];
    secrets.keys("epoch 0: counsellor's", &back, first.kept[1], [CHAT, VISIT], turned, old);
    let end = [until(left), waits];
    secrets.keys("epoch 1: visitor's", &new_out, second.kept[0], ends, second.born, end);
    secrets.keys("epoch 1: counsellor's", &new_back, second.kept[1], [CHAT, VISIT], on, [end[1], end[0]]);

    // What an epoch keeps. Each end lets go of the old beat keys once the other has shown the new ones, which
    // takes a beat or two.
    let settled = Some(said[3].2);
    let old = [Until { there: renewed, gone: settled }, Until { there: answered, gone: settled }];
    secrets.epoch("epoch 0", &first, old);
    secrets.epoch("epoch 1", &second, end);

    // Words: a draft is kept until it can be sealed, and by its author until everybody has opened it, so that whoever
    // takes the chat over meanwhile can be told it too; what was said or read is the page's.
    let drafted = steps.iter().position(|step| step.command[HEAD..] == *DRAFT.as_bytes()).unwrap();
    let opened = delivered(steps, VISIT, drafted);
    secrets.there(VISIT, "a draft", DRAFT.as_bytes(), (drafted, finished), Some(opened));
    for (author, text, at) in said {
        for who in [VISIT, CHAT] {
            let gone = if *author == who { delivered(steps, who, *at) } else { *at };
            secrets.gone(who, "a text", text.as_bytes(), gone);
        }
    }
    secrets.there(VISIT, "the ticket's secret", &ticket, (joined, left), Some(left));
    let signed = steps.iter().position(|step| step.command[0] == 101).unwrap();
    let expanded = Sha512::digest([9; 32]);
    for (what, bytes) in [("seed", &[9; 32][..]), ("prefix", &expanded[32..])] {
        secrets.gone(SEAT, &format!("the staff key's {what}"), bytes, signed);
    }
    secrets.0
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One line for each step and each secret, so that a change shows as one.
pub(super) fn file(tape: &[Step], name: &dyn Fn(u64) -> &'static str, secrets: &[Secret]) -> String {
    let mut file = String::from(
        "{\n\"seed\": \"16 numbers of 8 bytes, big-endian: seed * 1000003 + n * 7919, n = 0 to 15\",\n\"steps\": [\n",
    );
    for (at, step) in tape.iter().enumerate() {
        let now = u64::from_be_bytes(step.command[1..9].try_into().unwrap());
        let comma = if at + 1 < tape.len() { "," } else { "" };
        let (who, op, seed) = (name(step.seed), step.command[0], step.seed);
        let (fields, answer) = (hex(&step.command[HEAD..]), hex(&step.answer));
        writeln!(
            file,
            "{{\"at\":{at},\"door\":\"{who}\",\"op\":{op},\"now\":{now},\"seed\":{seed},\"fields\":\"{fields}\",\"answer\":\"{answer}\"}}{comma}"
        )
        .unwrap();
    }
    file.push_str("],\n\"secrets\": [\n");
    for (at, secret) in secrets.iter().enumerate() {
        let comma = if at + 1 < secrets.len() { "," } else { "" };
        let there = secret.there.map_or("null".to_owned(), |(from, to)| format!("[{from},{to}]"));
        let gone = secret.gone.map_or("null".to_owned(), |gone| gone.to_string());
        let (who, name, bytes) = (secret.door, &secret.name, hex(&secret.bytes));
        writeln!(
            file,
            "{{\"door\":\"{who}\",\"name\":\"{name}\",\"bytes\":\"{bytes}\",\"there\":{there},\"gone\":{gone}}}{comma}"
        )
        .unwrap();
    }
    file.push_str("]\n}\n");
    file
}

#[test]
fn the_doors_say_what_was_frozen_and_every_secret_has_its_end() {
    let (browser, said) = play();
    assert!(browser.last("visit", 8).is_some(), "left");
    let tape = take();
    let secrets = secrets(&tape, &said);
    compare("doors.json", &file(&tape, &door_of, &secrets));
}

/// What was heard and answered in this story so far.
pub(super) fn take() -> Vec<Step> {
    TAPE.take()
}

pub(super) fn compare(name: &str, file: &str) {
    let path = format!("{}/../manual/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, file).unwrap();
    }
    let frozen = std::fs::read_to_string(&path).expect("the vectors are part of the repository");
    for (ours, theirs) in file.lines().zip(frozen.lines()) {
        assert!(ours == theirs, "not as frozen:\n{}", &ours[..ours.len().min(120)]);
    }
    assert_eq!(file.len(), frozen.len());
}
