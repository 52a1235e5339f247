//! An onlooker who knows every seed. The secrets of a tape are not asked of the machines: they are computed from what
//! went over the wire, and that happens here, with nothing of `lykta-e2ee`.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use ml_kem::{Decapsulate, FromSeed, KeyExport, MlKem768};
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret, x25519};

use super::root;
use super::tape::{Secret, Step};

const HELLO: u8 = 1;
const ANSWER: u8 = 2;
const KEPT: u8 = 3;
/// `ver 1 | flags 1 | params 6 | staff certificate 109 | seat certificate 106` before `rs`.
const RS_AT: usize = 223;

pub(super) fn sha(parts: &[&[u8]]) -> [u8; 32] {
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

fn open(key: &[u8; 32], n: u64, aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
    ChaCha20Poly1305::new(key.into()).decrypt(&nonce(n), Payload { msg, aad }).ok()
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
    n: u64,
}

impl Noise {
    /// As far as the first message: both patterns begin with a bare `e`.
    fn greeted(name: &[u8], before: &Before<'_>, hello: &[u8]) -> Self {
        let pinned = sha(&[&[3; 16], &[1], &root()]);
        let ctx = sha(&[b"lykta/1 ctx", &[before.kind], before.name]);
        let prologue = [b"lykta/1", &[before.kind][..], &before.epoch.to_be_bytes(), &ctx, &pinned].concat();
        let h = sha(&[name]);
        let mut noise = Self { ck: h, h, key: [0; 32], n: 0 };
        noise.hash(&prologue);
        noise.public(&hello[..32]);
        noise.hash(&hello[32..]);
        noise
    }

    fn hash(&mut self, data: &[u8]) {
        self.h = sha(&[&self.h, data]);
    }

    /// With a PSK, an ephemeral key goes into the key as well.
    fn public(&mut self, e: &[u8]) {
        self.hash(e);
        self.mix(e);
    }

    fn mix(&mut self, ikm: &[u8]) -> [u8; 32] {
        let temp = hmac(&self.ck, ikm);
        self.ck = hmac(&temp, &[1]);
        self.key = hmac(&temp, &[&self.ck[..], &[2]].concat());
        self.n = 0;
        hmac(&temp, &[&self.key[..], &[3]].concat())
    }

    /// The second output goes into the hash and the third is the key.
    fn psk(&mut self, psk: &[u8; 32]) {
        let key = self.mix(psk);
        let extra = std::mem::replace(&mut self.key, key);
        self.hash(&extra);
    }

    fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        let plain = open(&self.key, self.n, &self.h, sealed).expect("the onlooker has followed");
        self.hash(sealed);
        self.n += 1;
        plain
    }

    fn dh(&mut self, secret: [u8; 32], public: &[u8]) -> [u8; 32] {
        let shared = x25519(secret, public.try_into().unwrap());
        self.mix(&shared);
        shared
    }
}

/// The secret of an answer's ciphertext and the PSK it becomes, for who holds the hello's `d` and `z`.
fn kem(d: &[u8; 32], z: &[u8; 32], ct: &[u8], chain: &[u8; 32]) -> ([u8; 32], [u8; 32]) {
    let (dk, ek) = MlKem768::from_seed(&[*d, *z].concat()[..].try_into().unwrap());
    let shared: [u8; 32] = dk.decapsulate(&ct.try_into().unwrap()).into();
    let both = sha(&[&ek.to_bytes(), ct]);
    (shared, hkdf(chain, &shared, &[&b"lykta/1 psk"[..], &both].concat()))
}

/// The first coefficients of the expanded decapsulation key as they lie in memory: 16 bits each, unpacked from
/// the 12 of its encoding.
fn in_memory(d: &[u8; 32], z: &[u8; 32]) -> Vec<u8> {
    let (dk, _) = MlKem768::from_seed(&[*d, *z].concat()[..].try_into().unwrap());
    #[allow(deprecated, reason = "the only way to see the expanded key")]
    let packed = ml_kem::ExpandedKeyEncoding::to_expanded_bytes(&dk);
    let pairs = packed[..24].chunks(3).flat_map(|three| {
        let [a, b, c] = [three[0], three[1], three[2]].map(u16::from);
        [a | (b & 15) << 8, b >> 4 | c << 4]
    });
    pairs.flat_map(u16::to_le_bytes).collect()
}

/// What both ends know before the hello.
pub(super) struct Before<'a> {
    pub(super) kind: u8,
    pub(super) epoch: u16,
    pub(super) name: &'a [u8; 32],
    pub(super) chain: &'a [u8; 32],
}

/// What was said and which door said it.
pub(super) struct Tape<'a> {
    pub(super) steps: &'a [Step],
    pub(super) door: &'a dyn Fn(u64) -> &'static str,
}

/// The halves of one greeting as they went over the wire, and when who began was given the answer.
pub(super) struct Halves {
    pub(super) hello: Vec<u8>,
    pub(super) answer: Vec<u8>,
    pub(super) finished: usize,
}

/// One envelope of one direction: the key it was sealed with, the steps in which it was sealed and opened, and what
/// was in it.
pub(super) struct Use {
    key: [u8; 32],
    pub(super) sealed: usize,
    pub(super) opened: usize,
    pub(super) plain: Vec<u8>,
}

impl Tape<'_> {
    fn of(&self, door: &str, from: usize) -> impl Iterator<Item = (usize, &Step)> {
        let door = door.to_owned();
        let behind = self.steps.iter().enumerate().skip(from);
        behind.filter(move |(_, step)| (self.door)(step.seed) == door)
    }

    /// The first step of this door, from that one on, of which something holds.
    pub(super) fn first(&self, door: &str, from: usize, what: &dyn Fn(&Step) -> bool) -> usize {
        self.of(door, from).find(|(_, step)| what(step)).map(|(at, _)| at).expect("the story has this step")
    }

    /// The step of this door whose draws made this X25519 key, and four draws from there on.
    fn made_by(&self, door: &str, public: &[u8]) -> Option<(usize, [[u8; 32]; 4])> {
        self.of(door, 0).find_map(|(at, step)| {
            let e = (0..8).find(|n| {
                PublicKey::from(&StaticSecret::from(step.draw(*n))).as_bytes()[..] == public[..32]
            })?;
            Some((at, [0, 1, 2, 3].map(|n| step.draw(e + n))))
        })
    }

    /// The first greeting of these two that was answered.
    pub(super) fn greeting(&self, [from, to]: [&str; 2]) -> Halves {
        let (finished, answer) = self
            .of(from, 0)
            .flat_map(|(at, step)| step.envelopes().1.into_iter().map(move |envelope| (at, envelope)))
            .find(|(_, one)| one[1] == ANSWER && self.made_by(to, &one[8 + 1088..]).is_some())
            .expect("it was answered");
        let hellos = self.of(from, 0).take_while(|(at, _)| *at < finished);
        let hello = hellos.flat_map(|(_, step)| step.envelopes().0).filter(|one| is_hello(one, 0)).last();
        Halves {
            hello: hello.expect("it said hello")[8..][..1232].to_vec(),
            answer: answer[8..][..1504].to_vec(),
            finished,
        }
    }

    /// The proof of a greeting of two seats, and when who answered was given it.
    fn proof(&self, [from, to]: [&str; 2]) -> (Vec<u8>, usize) {
        let sent: Vec<Vec<u8>> = self.of(from, 0).flat_map(|(_, step)| step.envelopes().0).collect();
        self.of(to, 0)
            .flat_map(|(at, step)| step.envelopes().1.into_iter().map(move |envelope| (envelope, at)))
            .find(|(one, _)| is_hello(one, 1) && sent.contains(one))
            .map(|(one, at)| (one[8..][..384].to_vec(), at))
            .expect("it was proven")
    }

    /// What one end sealed for the other in one epoch, in order, from the first key on. Whatever the running key does
    /// not open was for somebody else.
    pub(super) fn uses(&self, [from, to]: [&str; 2], epoch: u8, first: [u8; 32]) -> Vec<Use> {
        let mut all: Vec<Use> = Vec::new();
        let mut key = first;
        for (sealed, step) in self.of(from, 0) {
            for envelope in step.envelopes().0.into_iter().filter(|one| one[1] == KEPT && one[3] == epoch) {
                let Some(plain) = open(&key, all.len() as u64, &envelope[..8], &envelope[8..]) else {
                    continue;
                };
                let opened = self.of(to, sealed).find(|(_, step)| step.envelopes().1.contains(&envelope));
                let opened = opened.map_or(usize::MAX, |(at, _)| at);
                all.push(Use { key, sealed, opened, plain });
                key = rekey(&key);
            }
        }
        all
    }
}

fn is_hello(envelope: &[u8], number: u8) -> bool {
    envelope[1] == HELLO && envelope[4..8] == [0, 0, 0, number]
}

/// One secret of a greeting, at one of its two ends.
struct Part {
    end: usize,
    name: &'static str,
    bytes: Vec<u8>,
    there: Option<(usize, usize)>,
    gone: usize,
}

/// All secrets of one greeting.
pub(super) struct Greeting {
    doors: [&'static str; 2],
    parts: Vec<Part>,
    /// When each end has the keys.
    pub(super) born: [usize; 2],
    pub(super) hash: [u8; 32],
    /// Who began seals with the first.
    pub(super) kept: [[u8; 32]; 2],
    pub(super) next: [u8; 32],
    pub(super) beats: [[u8; 32]; 2],
}

impl Greeting {
    fn new(doors: [&'static str; 2], born: [usize; 2], noise: &Noise, rs: &[u8]) -> Self {
        let temp = hmac(&noise.ck, &[]);
        let first = hmac(&temp, &[1]);
        let second = hmac(&temp, &[&first[..], &[2]].concat());
        let derive = |label: &[u8]| hkdf(&noise.h, rs, label);
        Self {
            doors,
            parts: Vec::new(),
            born,
            hash: noise.h,
            kept: [first, second],
            next: derive(b"lykta/1 next"),
            beats: [derive(b"lykta/1 beat v"), derive(b"lykta/1 beat c")],
        }
    }

    fn part(&mut self, end: usize, name: &'static str, bytes: &[u8], there: (usize, usize)) {
        let there = (there.0 < there.1).then_some(there);
        let gone = there.map_or(self.born[end], |(_, until)| until);
        self.parts.push(Part { end, name, bytes: bytes.to_vec(), there, gone });
    }

    fn passing(&mut self, end: usize, name: &'static str, bytes: &[u8], gone: usize) {
        self.parts.push(Part { end, name, bytes: bytes.to_vec(), there: None, gone });
    }

    /// A visitor's greeting: `-> e`, `<- e, ee, s, es, psk`.
    pub(super) fn nx(
        tape: &Tape<'_>,
        doors: [&'static str; 2],
        before: &Before<'_>,
        halves: &Halves,
    ) -> Self {
        let (hello, finished) = (&halves.hello, halves.finished);
        let (hello_at, [e_v, d, z, _]) = tape.made_by(doors[0], hello).expect("a seed made it");
        let (ct, message) = halves.answer.split_at(1088);
        let (answer_at, [e_c, m, rs, _]) = tape.made_by(doors[1], message).expect("a seed made it");

        let mut noise = Noise::greeted(b"Noise_NXpsk2_25519_ChaChaPoly_SHA256", before, hello);
        noise.public(&message[..32]);
        let ee = noise.dh(e_v, &message[..32]);
        let s = noise.open(&message[32..80]);
        let es = noise.dh(e_v, &s);
        let (shared, psk) = kem(&d, &z, ct, before.chain);
        noise.psk(&psk);
        let payload = noise.open(&message[80..]);
        assert_eq!(payload[RS_AT..][..32], rs, "the onlooker has followed");

        let mut greeting = Self::new(doors, [finished, answer_at], &noise, &rs);
        for (what, bytes) in [("hello's X25519 key", e_v), ("ML-KEM d", d), ("ML-KEM z", z)] {
            greeting.part(0, what, &bytes, (hello_at, finished));
        }
        greeting.passing(0, "expanded ML-KEM key", &in_memory(&d, &z), hello_at);
        for (what, bytes) in [("answer's X25519 key", e_c), ("ML-KEM m", m), ("rs", rs)] {
            greeting.passing(1, what, &bytes, answer_at);
        }
        for (what, bytes) in [
            ("shared secret of X25519, both ephemeral", ee),
            ("shared secret of X25519, with the seat", es),
            ("shared secret of ML-KEM", shared),
            ("psk", psk),
            ("last chaining key", noise.ck),
            ("rs", rs),
        ] {
            greeting.passing(0, what, &bytes, finished);
            greeting.passing(1, what, &bytes, answer_at);
        }
        greeting
    }

    /// A greeting of two seats: `-> e`, `<- e, ee, s, es`, `-> s, se, psk`. Who answers waits with the PSK, its own
    /// ephemeral key and its `rs` until the proof.
    pub(super) fn xx(tape: &Tape<'_>, doors: [&'static str; 2], before: &Before<'_>) -> Self {
        let Halves { hello, answer, finished } = tape.greeting(doors);
        let (proof, proven) = tape.proof(doors);
        let (hello_at, [e_i, d, z, rs_i]) = tape.made_by(doors[0], &hello).expect("a seed made it");
        let (ct, message) = answer.split_at(1088);
        let (answer_at, [e_r, m, rs_r, _]) = tape.made_by(doors[1], message).expect("a seed made it");

        let mut noise = Noise::greeted(b"Noise_XXpsk3_25519_ChaChaPoly_SHA256", before, &hello);
        noise.public(&message[..32]);
        let ee = noise.dh(e_i, &message[..32]);
        let s_r = noise.open(&message[32..80]);
        let es = noise.dh(e_i, &s_r);
        let payload = noise.open(&message[80..]);
        assert_eq!(payload[RS_AT..][..32], rs_r, "the onlooker has followed");
        let waiting = noise.ck;
        let s_i = noise.open(&proof[..48]);
        let se = noise.dh(e_r, &s_i);
        let (shared, psk) = kem(&d, &z, ct, before.chain);
        noise.psk(&psk);
        let payload = noise.open(&proof[48..]);
        assert_eq!(payload[RS_AT..][..32], rs_i, "the onlooker has followed");

        let mut greeting = Self::new(doors, [finished, proven], &noise, &[rs_r, rs_i].concat());
        for (what, bytes) in
            [("hello's X25519 key", e_i), ("ML-KEM d", d), ("ML-KEM z", z), ("rs of who began", rs_i)]
        {
            greeting.part(0, what, &bytes, (hello_at, finished));
        }
        greeting.passing(0, "expanded ML-KEM key", &in_memory(&d, &z), hello_at);
        for (what, bytes) in [
            ("answer's X25519 key", e_r),
            ("rs of who answered", rs_r),
            ("psk", psk),
            ("chaining key between the messages", waiting),
        ] {
            greeting.part(1, what, &bytes, (answer_at, proven));
            if what != "answer's X25519 key" {
                greeting.passing(0, what, &bytes, finished);
            }
        }
        greeting.passing(1, "ML-KEM m", &m, answer_at);
        for (what, bytes, computed) in [
            ("shared secret of X25519, both ephemeral", ee, answer_at),
            ("shared secret of X25519, with the seat that answered", es, answer_at),
            ("shared secret of ML-KEM", shared, answer_at),
            ("shared secret of X25519, with the seat that began", se, proven),
            ("last chaining key", noise.ck, proven),
        ] {
            greeting.passing(0, what, &bytes, finished);
            greeting.passing(1, what, &bytes, computed);
        }
        greeting.passing(1, "rs of who began", &rs_i, proven);
        greeting
    }
}

/// How long one end keeps what an epoch keeps: there before the first step, gone from the second on.
#[derive(Clone, Copy)]
pub(super) struct Until {
    pub(super) there: usize,
    pub(super) gone: Option<usize>,
}

#[derive(Default)]
pub(super) struct Secrets(pub(super) Vec<Secret>);

impl Secrets {
    pub(super) fn gone(&mut self, door: &'static str, name: &str, bytes: &[u8], gone: usize) {
        self.0.push(Secret::gone(door, name, bytes, gone));
    }

    pub(super) fn there(
        &mut self,
        door: &'static str,
        name: &str,
        bytes: &[u8],
        there: (usize, usize),
        gone: Option<usize>,
    ) {
        self.0.push(Secret::there(door, name, bytes, there, gone));
    }

    /// What one greeting leaves behind at both ends.
    pub(super) fn greeting(&mut self, name: &str, greeting: &Greeting) {
        for part in &greeting.parts {
            let (door, name) = (greeting.doors[part.end], format!("{name}: {}", part.name));
            match part.there {
                Some(there) => self.there(door, &name, &part.bytes, there, Some(part.gone)),
                None => self.gone(door, &name, &part.bytes, part.gone),
            }
        }
    }

    /// The keys of one direction in one epoch: each is there until its envelope is sealed or opened, the last as long
    /// as the epoch. `ends`: who seals, who opens; the first key comes into being at `born`.
    pub(super) fn keys(
        &mut self,
        name: &str,
        uses: &[Use],
        first: [u8; 32],
        ends: [&'static str; 2],
        born: [usize; 2],
        until: [Until; 2],
    ) {
        let mut since = born;
        for (n, one) in uses.iter().enumerate() {
            let used = [one.sealed, one.opened];
            for end in 0..2 {
                let name = format!("{name} key {n}");
                self.there(ends[end], &name, &one.key, (since[end], used[end]), Some(used[end]));
            }
            since = used;
        }
        let last = uses.last().map_or(first, |one| rekey(&one.key));
        for end in 0..2 {
            let name = format!("{name} key {}", uses.len());
            self.there(ends[end], &name, &last, (since[end], until[end].there), until[end].gone);
        }
    }

    /// What two ends keep of one epoch, however often they use it.
    pub(super) fn epoch(&mut self, name: &str, greeting: &Greeting, until: [Until; 2]) {
        for (end, until) in until.into_iter().enumerate() {
            let (door, born) = (greeting.doors[end], greeting.born[end]);
            let kept = [
                ("next", greeting.next),
                ("beat key of who began", greeting.beats[0]),
                ("beat key of who answered", greeting.beats[1]),
            ];
            for (what, bytes) in kept {
                let name = format!("{name}: {what}");
                self.there(door, &name, &bytes, (born, until.there), until.gone);
            }
        }
    }

    /// Everything of a channel that ends in its first epoch.
    pub(super) fn channel(&mut self, tape: &Tape<'_>, name: &str, greeting: &Greeting, until: [Until; 2]) {
        self.greeting(name, greeting);
        let ([from, to], born) = (greeting.doors, greeting.born);
        let out = tape.uses([from, to], 0, greeting.kept[0]);
        let back = tape.uses([to, from], 0, greeting.kept[1]);
        assert!(!out.is_empty() && !back.is_empty(), "{name}: both spoke");
        self.keys(&format!("{name}: who began,"), &out, greeting.kept[0], [from, to], born, until);
        let (born, turned) = ([born[1], born[0]], [until[1], until[0]]);
        self.keys(&format!("{name}: who answered,"), &back, greeting.kept[1], [to, from], born, turned);
        self.epoch(name, greeting, until);
    }
}
