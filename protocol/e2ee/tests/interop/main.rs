//! The crate against an implementation in another language that was written from the manual:
//! `tests/interop`. Asked for by name, because it needs Python packages; see the README there.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

#[path = "../common/mod.rs"]
mod common;
mod rooms;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use common::*;
use lykta_e2ee::*;

/// The other implementation as a process; ended when dropped.
struct Other {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Other {
    fn start(script: &str) -> Self {
        let python = std::env::var("LYKTA_INTEROP_PYTHON").unwrap_or_else(|_| "python3".into());
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop");
        // A path is meant from the root of the repository, a bare name from PATH.
        let python = match python.contains('/') {
            true => std::path::Path::new(folder).join("../..").join(python),
            false => python.into(),
        };
        let mut child = Command::new(python)
            .arg(format!("{folder}/{script}"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.input, "{command}").unwrap();
        let mut reply = String::new();
        self.output.read_line(&mut reply).unwrap();
        assert!(!reply.is_empty(), "the other implementation stopped at: {:.40}", command);
        reply.trim_end().into()
    }

    fn envelope(&mut self, command: &str) -> Vec<u8> {
        bytes(&self.ask(command))
    }

    /// A reply that is one envelope for each of several.
    fn envelopes(&mut self, command: &str) -> Vec<(String, Vec<u8>)> {
        let reply = self.ask(command);
        let parts: Vec<&str> = reply.split(' ').collect();
        assert!(parts.len().is_multiple_of(2), "{reply}");
        parts.chunks(2).map(|pair| (pair[0].into(), bytes(pair[1]))).collect()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2), "{hex}");
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap_or_else(|_| panic!("{hex}"));
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn anchors_in_words() -> String {
    format!("{} {} 3", hex(&CENTRE.0), hex(&root().public()))
}

fn centre() -> String {
    format!("{} {}", anchors_in_words(), hex(&TICKET))
}

/// Words both ways, a damaged and a repeated envelope, and beats.
fn converse(ours: &mut Session, other: &mut Other, frames: usize) {
    for frame in 0..frames {
        let text = format!("{} {frame}", "ord på väg ".repeat(frame * 7 % 300));
        let number = ours.next_number();
        let part = || Note::Words(Words { text: text.clone().into(), more: false });
        let envelope = ours.seal(&part()).unwrap();
        if frame % 5 == 0 {
            let mut damaged = envelope.as_bytes().to_vec();
            damaged[100] ^= 1;
            assert_eq!(other.ask(&format!("open {}", hex(&damaged))), "drop forged");
        }
        let reply = other.ask(&format!("open {}", hex(envelope.as_bytes())));
        assert_eq!(reply, format!("note {number} 1 0 {}", hex(text.as_bytes())));
        assert_eq!(other.ask(&format!("open {}", hex(envelope.as_bytes()))), "drop old");

        let envelope = other.envelope(&format!("seal 1 0 {}", hex(text.as_bytes())));
        let opened = ours.open(&envelope).unwrap_or_else(|error| panic!("{error} at {frame}"));
        assert_eq!(text_of(opened), text);
        assert!(matches!(ours.open(&envelope), Err(OpenError::Old)));
    }
    let state = BeatState { visible: true, goodbye: Some(Ending::Helped), ..BeatState::default() };
    let beat = ours.seal_beat(&state).unwrap();
    let (number, wanted) = (beat.header().number, ours.next_wanted());
    let reply = other.ask(&format!("open {}", hex(beat.as_bytes())));
    assert_eq!(reply, format!("beat {number} {wanted} {} 20 1", ours.epoch()));
    let beat = other.envelope("beat 98 0");
    let heard = ours.open_beat(&beat).unwrap();
    let state = BeatState { typing: true, held: true, covered: true, ..BeatState::default() };
    assert_eq!(heard, Beat { next_wanted: ours.next_number(), epoch: ours.epoch(), state });
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn our_visitor_talks_with_an_independent_counsellor() {
    let mut other = Other::start("counsellor.py");
    let seat = seat();
    let (staff, certificate) = (hex(seat.staff().as_bytes()), hex(seat.certificate().as_bytes()));
    let setup = format!("setup {} 1 {} {} {staff} {certificate}", centre(), hex(&[0; 32]), hex(&[0xD1; 32]));
    assert_eq!(other.ask(&setup), "ready");
    let (awaiting, hello) = hello(1);
    let answer = other.envelope(&format!("hello {}", hex(hello.to_envelope().as_bytes())));
    let answer = Answer::from_envelope(&answer).unwrap();
    let (mut visitor, who) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
    assert_eq!(who.seat_fingerprint(), seat.certificate().fingerprint());
    let confirm = visitor.seal(&Note::Confirm).unwrap();
    assert_eq!(other.ask(&format!("open {}", hex(confirm.as_bytes()))), "note 0 6 0 -");

    for round in 2..=4 {
        converse(&mut visitor, &mut other, 50);
        let note = visitor.rekey_begin(hello_seed(round)).ok().unwrap();
        let envelope = visitor.seal(&note).unwrap();
        assert!(other.ask(&format!("open {}", hex(envelope.as_bytes()))).contains(" 3 0 "));
        // Something in the old epoch is still on its way while the answer is made.
        let late = visitor.seal(&words("på väg")).unwrap();
        let envelope = other.envelope("rekey");
        assert!(other.ask(&format!("open {}", hex(late.as_bytes()))).starts_with("note "));
        let Ok(Opened { note: Note::Rekey2(answer), .. }) = visitor.open(&envelope) else { panic!() };
        visitor.rekey_finish(&answer, &anchors(), NOW).unwrap();
    }
    converse(&mut visitor, &mut other, 50);
    assert_eq!(visitor.epoch(), 3);
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn our_counsellor_talks_with_an_independent_visitor() {
    let mut other = Other::start("visitor.py");
    assert_eq!(other.ask(&format!("setup {} 1 {} {NOW}", centre(), hex(&[0; 32]))), "ready");
    let hello = Hello::from_envelope(&other.envelope("greet")).unwrap();
    let (unconfirmed, answer) = answered(&hello, 1);
    let verified = format!("verified 1 {}", hex(&seat().certificate().fingerprint().0));
    assert_eq!(other.ask(&format!("answer {}", hex(answer.to_envelope().as_bytes()))), verified);
    let confirm = other.envelope("seal 6 0 -");
    let (mut counsellor, _) = unconfirmed.confirm(&confirm).ok().unwrap();

    for round in 2..=4 {
        converse(&mut counsellor, &mut other, 50);
        let envelope = other.envelope("rekey");
        let Ok(Opened { note: Note::Rekey1(hello), .. }) = counsellor.open(&envelope) else { panic!() };
        let late = other.envelope("seal 1 0 6865");
        let envelope = counsellor.rekey_answer(&hello, &seat(), answer_seed(round)).unwrap();
        assert!(counsellor.open(&late).is_ok());
        assert!(other.ask(&format!("open {}", hex(envelope.as_bytes()))).contains(" 4 0 "));
        assert_eq!(other.ask("finish"), verified);
    }
    converse(&mut counsellor, &mut other, 50);
    assert_eq!(counsellor.epoch(), 3);
}

#[test]
#[ignore = "needs Python packages: see tests/interop/README.md"]
fn a_hand_over_needs_the_same_secret_in_both_languages() {
    for (theirs, fits) in [([0x42; 32], true), ([0x43; 32], false)] {
        let mut other = Other::start("visitor.py");
        assert_eq!(other.ask(&format!("setup {} 4 {} {NOW}", centre(), hex(&theirs))), "ready");
        let hello = Hello::from_envelope(&other.envelope("greet")).unwrap();
        let occasion = Occasion::transfer(&TICKET, ChainSecret::take(&mut [0x42; 32]));
        let (_, answer) = answer(&hello, occasion, &seat(), &anchors(), answer_seed(1)).ok().unwrap();
        let reply = other.ask(&format!("answer {}", hex(answer.to_envelope().as_bytes())));
        assert!(if fits { reply.starts_with("verified 1 ") } else { reply == "refused answer" }, "{reply}");
    }
}
