//! A whole chat as the doors heard and answered it, frozen in `protocol/manual/vectors/doors.json` together with
//! every secret of it and when that must be gone. The same file is replayed against the modules that are shipped,
//! as WebAssembly and as JavaScript. `UPDATE_VECTORS=1` writes it anew.
//!
//! The secrets are not asked of the machines: who knows every seed can compute them from what went over the wire,
//! and that is what happens here, with nothing of `lykta-e2ee`.

use std::cell::RefCell;
use std::fmt::Write as _;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use ml_kem::{Decapsulate, FromSeed, KeyExport, MlKem768};
use sha2::{Digest, Sha256, Sha512};
use x25519_dalek::{PublicKey, StaticSecret, x25519};

use super::{Browser, START_MS, records, root, sign_in, start};

pub(super) struct Step {
    pub(super) seed: u64,
    pub(super) command: Vec<u8>,
    pub(super) answer: Vec<u8>,
}

/// `op u8 | now u64 | seed 128` before the fields.
const HEAD: usize = 137;
const SEND: u8 = 3;
const KEPT: u8 = 3;
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Visit,
    Seat,
    Chat,
}

impl Who {
    /// The story gives each door numbers of its own.
    const fn of(seed: u64) -> Self {
        match seed {
            0..0x10_0000 => Self::Visit,
            0x10_0000..0x100_0000_0000 => Self::Seat,
            _ => Self::Chat,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Seat => "seat",
            Self::Chat => "chat",
        }
    }
}

impl Step {
    const fn who(&self) -> Who {
        Who::of(self.seed)
    }

    /// Draw number `n` of the step, as the client stretches its seed.
    pub(super) fn draw(&self, n: u32) -> [u8; 32] {
        sha(&[b"lykta/1 seed", &n.to_be_bytes(), &self.command[9..HEAD]])
    }

    /// The envelope in a frame this step sent or was given: whatever stands behind the frame's own head.
    pub(super) fn envelopes(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let sent = records(&self.answer).into_iter().filter(|record| record.kind == SEND);
        let sent = sent.filter_map(|record| envelope(&record.payload)).collect();
        let given = matches!(self.command[0], 5 | 205).then(|| envelope(&self.command[HEAD..])).flatten();
        (sent, given.into_iter().collect())
    }
}

fn envelope(frame: &[u8]) -> Option<Vec<u8>> {
    let ends = [536, 2072, 4120].into_iter().filter_map(|size| frame.len().checked_sub(size));
    let mut found = ends.map(|at| &frame[at..]).filter(|tail| tail[0] == 1 && (2..=4).contains(&tail[1]));
    found.next().map(<[u8]>::to_vec)
}

fn sha(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// RFC 2104; keys here are never longer than a block.
fn hmac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let pad = |with: u8| (0..64).map(|at| key.get(at).unwrap_or(&0) ^ with).collect::<Vec<u8>>();
    sha(&[&pad(0x5c), &sha(&[&pad(0x36), text])])
}

fn hkdf(salt: &[u8; 32], ikm: &[u8], info: &[u8]) -> [u8; 32] {
    hmac(&hmac(salt, ikm), &[info, &[1]].concat())
}

fn nonce(n: u64) -> Nonce {
    let mut nonce = Nonce::default();
    nonce[4..].copy_from_slice(&n.to_le_bytes());
    nonce
}

fn open(key: &[u8; 32], n: u64, aad: &[u8], msg: &[u8]) -> Vec<u8> {
    ChaCha20Poly1305::new(key.into()).decrypt(&nonce(n), Payload { msg, aad }).unwrap()
}

fn rekey(key: &[u8; 32]) -> [u8; 32] {
    let sealed = ChaCha20Poly1305::new(key.into()).encrypt(&nonce(u64::MAX), &[0u8; 32][..]).unwrap();
    sealed[..32].try_into().unwrap()
}

/// Noise's symmetric state, as far as an onlooker who knows the seeds needs it.
struct Noise {
    ck: [u8; 32],
    h: [u8; 32],
    key: [u8; 32],
}

impl Noise {
    fn hash(&mut self, data: &[u8]) {
        self.h = sha(&[&self.h, data]);
    }

    fn mix(&mut self, ikm: &[u8]) -> [u8; 32] {
        let temp = hmac(&self.ck, ikm);
        self.ck = hmac(&temp, &[1]);
        self.key = hmac(&temp, &[&self.ck[..], &[2]].concat());
        hmac(&temp, &[&self.key[..], &[3]].concat())
    }
}

/// All secrets of one greeting.
struct Greeting {
    hello: [[u8; 32]; 3],
    hello_at: usize,
    answer: [[u8; 32]; 3],
    answer_at: usize,
    decapsulation: Vec<u8>,
    passing: Vec<(&'static str, [u8; 32])>,
    hash: [u8; 32],
    kept: [[u8; 32]; 2],
    next: [u8; 32],
    beats: [[u8; 32]; 2],
}

struct Before<'a> {
    kind: u8,
    epoch: u16,
    name: &'a [u8; 32],
    chain: &'a [u8; 32],
}

impl Greeting {
    fn of(tape: &[Step], before: &Before<'_>, hello: &[u8], answer: &[u8]) -> Self {
        let (hello_at, [e_v, d, z]) = made_by(tape, Who::Visit, &hello[..32]);
        let (ct, message) = answer.split_at(1088);
        let (answer_at, [e_c, m, rs]) = made_by(tape, Who::Chat, &message[..32]);

        let pinned = sha(&[&[3; 16], &[1], &root()]);
        let ctx = sha(&[b"lykta/1 ctx", &[before.kind], before.name]);
        let prologue = [b"lykta/1", &[before.kind][..], &before.epoch.to_be_bytes(), &ctx, &pinned].concat();
        let h = sha(&[b"Noise_NXpsk2_25519_ChaChaPoly_SHA256"]);
        let mut noise = Noise { ck: h, h, key: [0; 32] };
        noise.hash(&prologue);
        noise.hash(&hello[..32]);
        noise.mix(&hello[..32]);
        noise.hash(&hello[32..]);

        noise.hash(&message[..32]);
        noise.mix(&message[..32]);
        let ee = x25519(e_v, message[..32].try_into().unwrap());
        noise.mix(&ee);
        let s = open(&noise.key, 0, &noise.h, &message[32..80]);
        noise.hash(&message[32..80]);
        let es = x25519(e_v, s[..].try_into().unwrap());
        noise.mix(&es);

        let (dk, ek) = MlKem768::from_seed(&[d, z].concat()[..].try_into().unwrap());
        let shared: [u8; 32] = dk.decapsulate(&ct.try_into().unwrap()).into();
        let both = sha(&[&ek.to_bytes(), ct]);
        let psk = hkdf(before.chain, &shared, &[&b"lykta/1 psk"[..], &both].concat());
        // With a PSK the second output goes into the hash and the third is the key.
        let key = noise.mix(&psk);
        let extra = std::mem::replace(&mut noise.key, key);
        noise.hash(&extra);
        let payload = open(&noise.key, 0, &noise.h, &message[80..]);
        assert_eq!(payload[8 + 109 + 106..][..32], rs, "the onlooker has followed");
        noise.hash(&message[80..]);

        let last = noise.ck;
        let temp = hmac(&last, &[]);
        let kept_v = hmac(&temp, &[1]);
        let kept_c = hmac(&temp, &[&kept_v[..], &[2]].concat());
        let hash = noise.h;
        let derive = |label: &[u8]| hkdf(&hash, &rs, label);
        let passing = vec![
            ("shared secret of X25519, both ephemeral", ee),
            ("shared secret of X25519, with the seat", es),
            ("shared secret of ML-KEM", shared),
            ("psk", psk),
            ("last chaining key", last),
            ("rs", rs),
        ];
        Self {
            hello: [e_v, d, z],
            hello_at,
            answer: [e_c, m, rs],
            answer_at,
            decapsulation: in_memory(&dk),
            passing,
            hash,
            kept: [kept_v, kept_c],
            next: derive(b"lykta/1 next"),
            beats: [derive(b"lykta/1 beat v"), derive(b"lykta/1 beat c")],
        }
    }
}

/// The first coefficients of the expanded decapsulation key as they lie in memory: 16 bits each, unpacked from
/// the 12 of its encoding.
fn in_memory(dk: &ml_kem::ml_kem_768::DecapsulationKey) -> Vec<u8> {
    #[allow(deprecated, reason = "the only way to see the expanded key")]
    let packed = ml_kem::ExpandedKeyEncoding::to_expanded_bytes(dk);
    let pairs = packed[..24].chunks(3).flat_map(|three| {
        let [a, b, c] = [three[0], three[1], three[2]].map(u16::from);
        [a | (b & 15) << 8, b >> 4 | c << 4]
    });
    pairs.flat_map(u16::to_le_bytes).collect()
}

/// The step of `who` whose draws made this X25519 key, and the three draws.
fn made_by(tape: &[Step], who: Who, public: &[u8]) -> (usize, [[u8; 32]; 3]) {
    for (at, step) in tape.iter().enumerate().filter(|(_, step)| step.who() == who) {
        for n in 0..8 {
            let e = step.draw(n);
            if PublicKey::from(&StaticSecret::from(e)).as_bytes() == public {
                return (at, [e, step.draw(n + 1), step.draw(n + 2)]);
            }
        }
    }
    unreachable!("no seed made this key")
}

/// Kept envelopes of one direction in order, each with the steps in which it was sealed and opened.
fn kept(tape: &[Step], from: Who, to: Who) -> Vec<(Vec<u8>, usize, usize)> {
    let mut all: Vec<(Vec<u8>, usize, usize)> = Vec::new();
    for (at, step) in tape.iter().enumerate() {
        let (sent, given) = step.envelopes();
        for envelope in sent.into_iter().filter(|sent| step.who() == from && sent[1] == KEPT) {
            if all.iter().all(|(known, ..)| *known != envelope) {
                all.push((envelope, at, usize::MAX));
            }
        }
        for envelope in given.into_iter().filter(|_| step.who() == to) {
            if let Some((.., opened)) = all.iter_mut().find(|(known, ..)| *known == envelope) {
                *opened = (*opened).min(at);
            }
        }
    }
    all
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

#[derive(Default)]
struct Secrets(Vec<Secret>);

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

impl Secrets {
    fn gone(&mut self, who: Who, name: &str, bytes: &[u8], gone: usize) {
        self.0.push(Secret::gone(who.name(), name, bytes, gone));
    }

    fn there(&mut self, who: Who, name: &str, bytes: &[u8], there: (usize, usize), gone: Option<usize>) {
        self.0.push(Secret::there(who.name(), name, bytes, there, gone));
    }

    /// What one greeting leaves behind at both ends.
    fn greeting(&mut self, epoch: u16, greeting: &Greeting, finished: usize) {
        let name = |what: &str| format!("epoch {epoch}: {what}");
        let lives = (greeting.hello_at, finished);
        for (what, bytes) in ["hello's X25519 key", "ML-KEM d", "ML-KEM z"].iter().zip(&greeting.hello) {
            self.there(Who::Visit, &name(what), bytes, lives, Some(finished));
        }
        self.gone(Who::Visit, &name("expanded ML-KEM key"), &greeting.decapsulation, greeting.hello_at);
        for (what, bytes) in ["answer's X25519 key", "ML-KEM m", "rs"].iter().zip(&greeting.answer) {
            self.gone(Who::Chat, &name(what), bytes, greeting.answer_at);
        }
        for (what, bytes) in &greeting.passing {
            self.gone(Who::Visit, &name(what), bytes, finished);
            self.gone(Who::Chat, &name(what), bytes, greeting.answer_at);
        }
    }

    /// The keys of one direction in one epoch: each is there until its envelope is sealed or opened. The first
    /// one comes into being at `born`, in the memories of both ends.
    fn keys(
        &mut self,
        what: &str,
        first: [u8; 32],
        uses: &[(usize, usize)],
        born: [usize; 2],
        ends: [Who; 2],
    ) {
        let mut key = first;
        let mut since = born;
        for (n, used) in uses.iter().map(|(sealed, opened)| [*sealed, *opened]).enumerate() {
            for end in 0..2 {
                let name = format!("{what} key {n}");
                self.there(ends[end], &name, &key, (since[end], used[end]), Some(used[end]));
            }
            key = rekey(&key);
            since = used;
        }
    }
}

const DRAFT: &str = "Skrivet medan jag väntade, läst av ingen";

/// From the line to a fast exit, with a re-greeting on the way.
fn play() -> (Browser, Vec<(Who, &'static str, usize)>) {
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
        (Who::Visit, "Min bror läser min telefon varje kväll"),
        (Who::Chat, "Tack för att du berättar. Är du ensam nu?"),
        (Who::Visit, "نعم، أنا وحدي في البيت الآن 🏠"),
    ] {
        said.push((who, text, at()));
        match who {
            Who::Visit => browser.visit(7, text.as_bytes()),
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
    said.push((Who::Chat, "Efter nya nycklar: finns det någon du litar på?", at()));
    browser.chat(207, said[3].1.as_bytes());
    browser.run(1);
    browser.visit(11, &[]);
    (browser, said)
}

/// The step in which this side hears that its text of step `at` was opened; behind the last one when it never does.
fn delivered(tape: &[Step], who: Who, at: usize) -> usize {
    // Both records begin with the number of a text.
    let numbers = |step: &Step, kind: u8| -> Vec<u32> {
        let of_kind = records(&step.answer).into_iter().filter(|record| record.kind == kind);
        of_kind.filter_map(|record| Some(u32::from_be_bytes(*record.payload.first_chunk()?))).collect()
    };
    let text = numbers(&tape[at], SAID)[0];
    let mut later = tape.iter().enumerate().skip(at).filter(|(_, step)| step.who() == who);
    later
        .find(|(_, step)| numbers(step, DELIVERED).iter().any(|up_to| *up_to >= text))
        .map_or(tape.len(), |(step, _)| step)
}

fn secrets(tape: &[Step], said: &[(Who, &'static str, usize)]) -> Vec<Secret> {
    let mut secrets = Secrets::default();
    let to_desk = kept(tape, Who::Visit, Who::Chat);
    let to_visitor = kept(tape, Who::Chat, Who::Visit);
    let left = tape.len() - 1;

    // The first greeting.
    let given = |kind: u8| {
        let mut steps = tape.iter().enumerate().filter(|(_, step)| step.who() == Who::Visit);
        steps.find_map(|(at, step)| Some((at, step.envelopes().1.into_iter().find(|one| one[1] == kind)?)))
    };
    let (joined, join) = tape
        .iter()
        .enumerate()
        .find_map(|(at, step)| {
            Some((at, records(&step.answer).into_iter().find(|r| r.kind == SEND && r.payload[0] == 1)?))
        })
        .unwrap();
    let ticket: [u8; 32] = join.payload[1..33].try_into().unwrap();
    let hello = &join.payload[join.payload.len() - 2072..][8..][..1232];
    let (finished, answer) = given(2).unwrap();
    let name = sha(&[b"lykta/1 ticket", &ticket]);
    let new = Before { kind: 1, epoch: 0, name: &name, chain: &[0; 32] };
    let first = Greeting::of(tape, &new, hello, &answer[8..][..1504]);
    secrets.greeting(0, &first, finished);

    // The re-greeting is read out of the envelopes.
    let note = |direction: &[(Vec<u8>, usize, usize)], mut key: [u8; 32], kind: u8| {
        let mut found = None;
        for (n, (envelope, _, opened)) in direction.iter().enumerate().take_while(|(_, (e, ..))| e[3] == 0) {
            let plain = open(&key, n as u64, &envelope[..8], &envelope[8..]);
            if plain[0] == kind {
                found = Some((plain[4..].to_vec(), *opened));
            }
            key = rekey(&key);
        }
        found.unwrap()
    };
    let (hello, _) = note(&to_desk, first.kept[0], 3);
    let (answer, renewed) = note(&to_visitor, first.kept[1], 4);
    let again = Before { kind: 2, epoch: 1, name: &first.hash, chain: &first.next };
    let second = Greeting::of(tape, &again, &hello[..1232], &answer[..1504]);
    secrets.greeting(1, &second, renewed);

    // Keys of envelopes.
    for (epoch, greeting, born) in [(0u8, &first, finished), (1, &second, renewed)] {
        let uses = |direction: &[(Vec<u8>, usize, usize)]| {
            let own = direction.iter().filter(|(envelope, ..)| envelope[3] == epoch);
            own.map(|(_, sealed, opened)| (*sealed, *opened)).collect::<Vec<_>>()
        };
        let (out, back) = (uses(&to_desk), uses(&to_visitor));
        let born = [born, greeting.answer_at];
        let name = |way: &str| format!("epoch {epoch}: {way}");
        secrets.keys(&name("visitor's"), greeting.kept[0], &out, born, [Who::Visit, Who::Chat]);
        secrets.keys(
            &name("counsellor's"),
            greeting.kept[1],
            &back,
            [born[1], born[0]],
            [Who::Chat, Who::Visit],
        );
    }

    // What an epoch keeps. Each end lets go of the old beat keys once the other has shown the new ones, which
    // takes a beat or two.
    let settled = said[3].2;
    for who in [Who::Visit, Who::Chat] {
        let [born, reborn] = match who {
            Who::Visit => [finished, renewed],
            _ => [first.answer_at, second.answer_at],
        };
        let old = [
            ("next", first.next),
            ("visitor's beat key", first.beats[0]),
            ("counsellor's beat key", first.beats[1]),
        ];
        for (what, bytes) in old {
            secrets.there(who, &format!("epoch 0: {what}"), &bytes, (born, reborn), Some(settled));
        }
        let new = [
            ("next", second.next),
            ("visitor's beat key", second.beats[0]),
            ("counsellor's beat key", second.beats[1]),
        ];
        for (what, bytes) in new {
            let until = if who == Who::Visit { left } else { tape.len() };
            let gone = (who == Who::Visit).then_some(left);
            secrets.there(who, &format!("epoch 1: {what}"), &bytes, (reborn, until), gone);
        }
    }

    // Words: a draft is kept until it can be sealed, and by its author until everybody has opened it, so that whoever
    // takes the chat over meanwhile can be told it too; what was said or read is the page's.
    let drafted = tape.iter().position(|step| step.command[HEAD..] == *DRAFT.as_bytes()).unwrap();
    let opened = delivered(tape, Who::Visit, drafted);
    secrets.there(Who::Visit, "a draft", DRAFT.as_bytes(), (drafted, finished), Some(opened));
    for (author, text, at) in said {
        for who in [Who::Visit, Who::Chat] {
            let gone = if *author == who { delivered(tape, who, *at) } else { *at };
            secrets.gone(who, "a text", text.as_bytes(), gone);
        }
    }
    secrets.there(Who::Visit, "the ticket's secret", &ticket, (joined, left), Some(left));
    let signed = tape.iter().position(|step| step.command[0] == 101).unwrap();
    let expanded = Sha512::digest([9; 32]);
    for (what, bytes) in [("seed", &[9; 32][..]), ("prefix", &expanded[32..])] {
        secrets.gone(Who::Seat, &format!("the staff key's {what}"), bytes, signed);
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
    compare("doors.json", &file(&tape, &|seed| Who::of(seed).name(), &secrets));
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
