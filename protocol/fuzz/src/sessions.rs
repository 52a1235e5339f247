//! Two honest ends and a network that may do what it likes with what they seal: lose, repeat, reflect, change,
//! reorder. What is heard is always the beginning of what was said, and in the end it is all of it.

use lykta_e2ee::*;

use crate::common::{NOW, anchors, answer_seed, hello_seed, seat, talking, words};
use crate::input::Input;
use crate::ledger::Ledger;
use crate::reach::saw;

struct End {
    session: Session,
    ledger: Ledger,
    /// Every envelope ever sealed, kept and beats; the network has them all.
    sealed: Vec<Vec<u8>>,
    said: Vec<String>,
    heard: Vec<String>,
}

impl End {
    fn new(session: Session) -> Self {
        Self { session, ledger: Ledger::default(), sealed: Vec::new(), said: Vec::new(), heard: Vec::new() }
    }

    fn keep(&mut self, envelope: &Envelope) {
        self.ledger.sealed(envelope.as_bytes());
        self.sealed.push(envelope.as_bytes().to_vec());
    }

    fn say(&mut self, text: String) {
        let envelope = self.session.seal(&words(&text)).unwrap();
        self.keep(&envelope);
        self.said.push(text);
    }

    fn beat(&mut self) {
        let beat = self.session.seal_beat(&BeatState::default()).unwrap();
        self.keep(&beat);
    }

    fn state(&self) -> (u16, u32, u32, u32, bool) {
        let session = &self.session;
        assert!(!session.is_over(), "no network ends a chat");
        (
            session.epoch(),
            session.next_wanted(),
            session.next_number(),
            session.kept_since_greeting(),
            session.is_rekeying(),
        )
    }

    fn receive(&mut self, envelope: &[u8], seed: u8) -> Result<(), OpenError> {
        let before = self.state();
        match self.session.receive(envelope) {
            Ok(Arrival::Beat(beat)) => {
                assert!(beat.next_wanted <= self.session.next_number());
                assert_eq!(self.state(), before, "a beat moves no number");
                saw("beat", (beat.epoch.min(3), self.session.is_rekeying()));
            }
            Ok(Arrival::Kept(opened)) => {
                assert_eq!((opened.number, self.session.next_wanted()), (before.1, before.1 + 1));
                saw(
                    "kept",
                    (
                        self.session.epoch().min(3),
                        self.session.is_rekeying(),
                        self.session.side() == Side::Visitor,
                    ),
                );
                self.opened(opened.note, seed);
            }
            Err(OpenError::Fatal(fatal)) => panic!("no network does this: {fatal}"),
            Err(error) => {
                assert_eq!(self.state(), before, "what is refused changes nothing");
                saw("refused", (format!("{error:?}"), self.session.is_rekeying()));
                return Err(error);
            }
        }
        Ok(())
    }

    fn opened(&mut self, note: Note, seed: u8) {
        match note {
            Note::Words(words) => self.heard.push(words.text.to_string()),
            Note::Rekey1(hello) => {
                let envelope = self.session.rekey_answer(&hello, &seat(), answer_seed(seed)).unwrap();
                self.keep(&envelope);
                saw("rekey", self.session.epoch().min(3));
            }
            Note::Rekey2(answer) => {
                self.session.rekey_finish(&answer, &anchors(), NOW).unwrap();
                saw("rekeyed", self.session.epoch().min(3));
            }
            _ => {}
        }
    }
}

/// Every choice is one end's or the network's.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let (visitor, counsellor) = talking(1);
    let mut ends = [End::new(visitor), End::new(counsellor)];
    let mut greetings = 1u8;
    while let Some(choice) = input.next() {
        let (who, what) = (usize::from(choice & 1), choice >> 1 & 7);
        match what {
            0 => {
                let text = format!("{who} {}", ends[who].said.len());
                ends[who].say(text);
            }
            1 => ends[who].beat(),
            2 => {
                let session = &mut ends[0].session;
                greetings = greetings.wrapping_add(1);
                if let Ok(note) = session.rekey_begin(hello_seed(greetings)) {
                    let envelope = session.seal(&note).unwrap();
                    ends[0].keep(&envelope);
                }
            }
            // The next one in order: the likely thing.
            3 | 4 => {
                greetings = greetings.wrapping_add(1);
                let wanted = ends[1 - who].session.next_wanted();
                let next = kept(&ends[who], wanted).map(<[u8]>::to_vec);
                if let Some(next) = next {
                    let result = ends[1 - who].receive(&next, greetings);
                    assert!(result.is_ok(), "the genuine next envelope: {result:?}");
                }
            }
            5 | 6 => {
                // Any of them, from either side, early, late, again, or reflected.
                let all = &ends[usize::from(choice >> 4 & 1)].sealed;
                if all.is_empty() {
                    continue;
                }
                let envelope = all[usize::from(input.u16()) % all.len()].clone();
                greetings = greetings.wrapping_add(1);
                let _ = ends[1 - who].receive(&envelope, greetings);
            }
            _ => {
                let all = &ends[who].sealed;
                if all.is_empty() {
                    continue;
                }
                let mut envelope = all[usize::from(input.u16()) % all.len()].clone();
                if input.spoil(&mut envelope) {
                    assert!(ends[1 - who].receive(&envelope, greetings).is_err(), "nobody sealed this");
                }
            }
        }
        for who in [0, 1] {
            assert!(
                ends[1 - who].said.starts_with(&ends[who].heard),
                "what is heard was said, in this order"
            );
        }
    }
    drain(&mut ends, greetings);
}

/// The kept envelope with this number.
fn kept(end: &End, number: u32) -> Option<&[u8]> {
    let is_it = |envelope: &&Vec<u8>| {
        Header::parse(envelope).is_ok_and(|header| header.kind == Kind::Kept && header.number == number)
    };
    end.sealed.iter().find(is_it).map(Vec::as_slice)
}

/// The storm is over: everything is delivered in order until nothing is left, and all of it was heard.
fn drain(ends: &mut [End; 2], mut seed: u8) {
    loop {
        let mut moved = false;
        for who in [0, 1] {
            let wanted = ends[1 - who].session.next_wanted();
            let next = kept(&ends[who], wanted).map(<[u8]>::to_vec);
            if let Some(next) = next {
                seed = seed.wrapping_add(1);
                let result = ends[1 - who].receive(&next, seed);
                assert!(result.is_ok(), "after the storm: {result:?}");
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    assert!(ends[0].said == ends[1].heard && ends[1].said == ends[0].heard, "all of it, in order");
    assert_eq!(ends[0].session.epoch(), ends[1].session.epoch());
    assert!(!ends[0].session.is_rekeying());
}
