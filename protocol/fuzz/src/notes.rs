//! A counsellor's end that holds the keys and seals whatever it likes: everything behind the tag, notes and
//! beats, is the peer's word too. Built on `snow` and the bare AEAD, because our own types cannot say it.

use std::sync::OnceLock;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use lykta_e2ee::*;

use crate::common::{NOW, anchors, hello, seat};
use crate::input::Input;
use crate::ledger::Ledger;
use crate::oracle::{self, Oracle, hmac};
use crate::reach::saw;

const RS: [u8; 32] = [0x99; 32];

fn payload() -> Vec<u8> {
    let seat = seat();
    let head = [1, 0, 0, 0, 0, 0, 0, 0];
    let mut payload = [&head[..], seat.staff().as_bytes(), seat.certificate().as_bytes(), &RS].concat();
    payload.resize(320, 0);
    payload
}

/// The answer of the other implementation, made once.
fn answered() -> &'static Oracle {
    static ANSWERED: OnceLock<Oracle> = OnceLock::new();
    ANSWERED.get_or_init(|| oracle::answer(&hello(1).1, &[0xD1; 32], &payload()))
}

struct Peer {
    kept: [u8; 32],
    nonce: u64,
    number: u32,
    beat: [u8; 32],
    beats: u32,
}

impl Peer {
    fn new() -> Self {
        let oracle = answered();
        let beat = hmac(&hmac(&oracle.hash, &RS), b"lykta/1 beat c\x01");
        Self { kept: oracle.kept_counsellor, nonce: 0, number: 0, beat, beats: 0 }
    }

    fn note(&mut self, plain: &[u8]) -> Vec<u8> {
        let envelope = seal(&self.kept, self.nonce, 3, self.number, plain);
        // Rekey(): the first 32 bytes of the AEAD of zeros under the last nonce.
        let mut next = [0; 32];
        let _ = ChaCha20Poly1305::new(&self.kept.into()).encrypt_inout_detached(
            &nonce(u64::MAX),
            &[],
            next.as_mut_slice().into(),
        );
        self.kept = next;
        self.nonce += 1;
        self.number += 1;
        envelope
    }

    fn beat(&mut self, plain: &[u8]) -> Vec<u8> {
        self.beats += 1;
        seal(&self.beat, u64::from(self.beats), 4, self.beats, plain)
    }
}

fn nonce(count: u64) -> chacha20poly1305::Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&count.to_le_bytes());
    nonce.into()
}

fn seal(key: &[u8; 32], count: u64, kind: u8, number: u32, plain: &[u8]) -> Vec<u8> {
    let mut envelope = vec![1, kind, 0, 0];
    envelope.extend_from_slice(&number.to_be_bytes());
    let head = envelope.clone();
    let mut body = plain.to_vec();
    let tag = ChaCha20Poly1305::new(&(*key).into())
        .encrypt_inout_detached(&nonce(count), &head, body.as_mut_slice().into())
        .unwrap();
    envelope.extend_from_slice(&body);
    envelope.extend_from_slice(&tag);
    envelope
}

/// What can be seen of a session from outside.
fn state(session: &Session) -> (u16, u32, u32, u32, bool, bool) {
    (
        session.epoch(),
        session.next_wanted(),
        session.next_number(),
        session.kept_since_greeting(),
        session.is_rekeying(),
        session.is_over(),
    )
}

/// A plaintext of a bucket's length: `type, flags, length` as they come or as they must be, a body, zeros.
fn plaintext(input: &mut Input<'_>, bucket: usize) -> Vec<u8> {
    let choice = input.byte();
    let mut plain = vec![input.byte() % 0x18, input.byte() % 2, 0, 0];
    let len = match choice % 5 {
        // The lengths that notes have.
        0 => [0, 1, 5, 32, 48, 66][usize::from(choice >> 4) % 6],
        1 => usize::from(choice >> 3),
        2 => usize::from(input.u16()),
        3 => [1232, 1504, 508, 4092][usize::from(choice >> 4) % 4],
        _ => input.rest().len().min(255),
    };
    plain[2..4].copy_from_slice(&(len as u16).to_be_bytes());
    plain.extend_from_slice(input.take(len));
    if choice & 8 != 0 {
        plain[0] = input.byte();
        plain[1] = input.byte();
    }
    let stray = (choice & 4 != 0).then(|| (usize::from(input.u16()) % bucket, input.byte()));
    plain.resize(bucket, 0);
    if let Some((at, byte)) = stray {
        plain[at] = byte;
    }
    plain
}

fn beat_plaintext(input: &mut Input<'_>) -> Vec<u8> {
    let mut plain = input.take(8).to_vec();
    plain.resize(512, 0);
    if input.byte() == 1 {
        plain[8 + usize::from(input.u16()) % 504] = input.byte();
    }
    plain
}

/// What a note is, for the record of what was reached.
fn kind(note: &Note) -> (&'static str, usize) {
    match note {
        Note::Words(words) => (if words.more { "part" } else { "words" }, words.text.len().min(1)),
        Note::Goodbye(ending) => ("goodbye", usize::from(ending.byte())),
        Note::Rekey1(_) => ("rekey1", 0),
        Note::Rekey2(_) => ("rekey2", 0),
        Note::Alias(alias) => {
            assert!((1..=64).contains(&alias.name.len()) && alias.role_words.len() <= 64);
            ("alias", 0)
        }
        Note::Offer(offer) => ("offer", usize::from(offer.role.code())),
        Note::Consent(consent) => ("consent", usize::from(consent.yes)),
        Note::SasCommit(_) => ("commit", 0),
        Note::SasNonce(_) => ("nonce", 0),
        Note::SasReveal(_) => ("reveal", 0),
        Note::ReturnKey(_) => ("return key", 0),
        Note::About(about) => ("about", usize::from(about.code())),
        Note::Ignorable(code) => {
            assert!(*code >= 0x80);
            ("ignorable", 0)
        }
        _ => ("other", 0),
    }
}

/// Each choice seals a note or a beat, forges one, or lets our end seal something; until something is fatal.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let mut peer = Peer::new();
    let (mut session, _) = hello(1).0.finish(&answered().answer, &anchors(), NOW).ok().unwrap();
    let mut ledger = Ledger::default();
    let mut last = Vec::new();
    while let Some(choice) = input.next() {
        let before = state(&session);
        match choice % 6 {
            0 | 1 => {
                let bucket = [512, 2048, 4096][usize::from(choice >> 4) % 3];
                last = peer.note(&plaintext(&mut input, bucket));
                match session.receive(&last) {
                    Ok(Arrival::Kept(opened)) => {
                        assert_eq!(opened.number, before.1);
                        let after = state(&session);
                        assert_eq!((after.1, after.3), (before.1 + 1, before.3 + 1));
                        saw("note", kind(&opened.note));
                        answer_it(&mut session, &opened.note);
                    }
                    Ok(Arrival::Beat(_)) => panic!("a note was taken for a beat"),
                    Err(OpenError::Fatal(fatal)) => {
                        saw("note", format!("{fatal:?}"));
                        assert!(session.is_over());
                    }
                    Err(error) => panic!("a genuine envelope in its turn: {error}"),
                }
            }
            2 => {
                last = peer.beat(&beat_plaintext(&mut input));
                match session.receive(&last) {
                    Ok(Arrival::Beat(beat)) => saw("beat", format!("{:?}", beat.state)),
                    Ok(Arrival::Kept(_)) => panic!("a beat was taken for a note"),
                    Err(OpenError::Fatal(fatal)) => saw("beat", format!("{fatal:?}")),
                    Err(error) => panic!("a genuine beat: {error}"),
                }
            }
            3 if !last.is_empty() => {
                // Again, or changed: nothing happens.
                let mut again = last.clone();
                let changed = input.spoil(&mut again);
                let result = session.receive(&again);
                assert!(result.is_err(), "repeated or forged, changed {changed}");
                assert_eq!(state(&session), before);
                saw("again", format!("{:?}", result.err()));
            }
            4 => {
                // Anybody's bytes behind a header that fits.
                let mut forged = vec![1, 3 + (choice >> 7), 0, 0];
                forged.extend_from_slice(&(before.1 + input.below(3) as u32).to_be_bytes());
                forged.extend_from_slice(input.take(64));
                forged.resize(WIRE_SIZES[input.below(3)], 0);
                let result = session.receive(&forged);
                assert!(result.is_err());
                assert_eq!(state(&session), before, "nobody sealed this");
                saw("forged", format!("{:?}", result.err()));
            }
            _ => ours(&mut session, &mut input, &mut ledger),
        }
        if session.is_over() {
            assert_eq!(state(&session), (0, 0, 0, 0, false, true));
            assert!(session.seal(&Note::Confirm).is_err());
            return;
        }
    }
}

/// What a client does with halves of a re-greeting that come out of nowhere.
fn answer_it(session: &mut Session, note: &Note) {
    match note {
        Note::Rekey2(answer) => {
            assert!(session.rekey_finish(answer, &anchors(), NOW).is_err(), "nobody answered that hello");
            assert!(session.is_over());
        }
        Note::Rekey1(hello) => {
            let result = session.rekey_answer(hello, &seat(), AnswerSeed::take(&mut [3; 96]));
            assert!(matches!(result, Err(RekeyError::WrongSide)) && !session.is_over());
        }
        _ => {}
    }
}

fn ours(session: &mut Session, input: &mut Input<'_>, ledger: &mut Ledger) {
    match input.below(3) {
        0 => {
            for note in split_text(&input.text()).unwrap_or_default() {
                let envelope = session.seal(&note).unwrap();
                assert!(WIRE_SIZES.contains(&envelope.as_bytes().len()));
                ledger.sealed(envelope.as_bytes());
            }
        }
        1 => {
            let state = BeatState { typing: input.flag(), gap: input.flag(), ..BeatState::default() };
            let beat = session.seal_beat(&state).unwrap();
            assert_eq!(beat.as_bytes().len(), WIRE_SIZES[0]);
            ledger.sealed(beat.as_bytes());
        }
        _ => {
            if let Ok(note) = session.rekey_begin(HelloSeed::take(&mut [input.byte(); 96])) {
                ledger.sealed(session.seal(&note).unwrap().as_bytes());
                saw("rekey", "begun");
            }
        }
    }
}
