//! A channel between two seats, stage by stage: every input in every stage, and what must not follow from it. The drawing
//! stands in `src/pair.rs`; seen through the staff channel, whose pairs are those of a room.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{SeatBundle, SeatDesk, SeatInput, Seed, SignIn, StaffDesk, StaffInput};
use lykta_trust::{STAFF_CERTIFICATE_LEN, SeatCertificate};
use lykta_wire::{Envelope, FromDesk, Kind, SeatEntry, SeatId, ToDesk};
use world::{START_MS, counsellor};

/// Until a part of the greeting goes out again, and until it is given up, ms.
const AGAIN_MS: u64 = 8_000;
const GIVEN_UP_MS: u64 = 120_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Quiet,
    Began,
    Replied,
    /// Open, and the other end has not shown yet that it has the proof.
    Proving,
    Open,
}

use Stage::{Began as B, Open as O, Proving as P, Quiet as Q, Replied as R};

const STAGES: [Stage; 5] = [Q, B, R, P, O];

/// Hello, answer, proof, kept, beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Hello,
    Answer,
    Proof,
    Kept,
    Beat,
}

fn part(envelope: &Envelope) -> Part {
    match (envelope.kind(), envelope.number()) {
        (Kind::Hello, 0) => Part::Hello,
        (Kind::Hello, _) => Part::Proof,
        (Kind::Answer, _) => Part::Answer,
        (Kind::Kept, _) => Part::Kept,
        (Kind::Beat, _) => Part::Beat,
    }
}

fn bundle(number: u8) -> SeatBundle {
    let mut staff = counsellor(number);
    let sign_in = SignIn {
        staff_seed: &mut staff.seed,
        staff: staff.certificate,
        anchors: world::anchors(),
        build_date: 0,
        origin: "http://localhost".into(),
        capacity: 3,
    };
    let mut seed = Seed::take(&mut [number + 1; Seed::LEN]);
    let (mut desk, _) = SeatDesk::sign_in(sign_in, START_MS, &mut seed).unwrap();
    desk.step(START_MS, &mut seed, SeatInput::Opened);
    desk.bundle().unwrap()
}

fn entry(bundle: &SeatBundle, seat: SeatId) -> SeatEntry {
    // seed 32 | staff certificate | seat certificate
    let bytes = bundle.to_bytes();
    let certificate = SeatCertificate::parse(&bytes[32 + STAFF_CERTIFICATE_LEN..][..106]).unwrap();
    SeatEntry { seat, certificate: certificate.fingerprint().0, role: 1, ready: true, chats: 0, capacity: 3 }
}

/// One of the two.
struct End {
    desk: StaffDesk,
    draws: u8,
    now: u64,
}

impl End {
    fn step(&mut self, input: StaffInput<'_>) -> Vec<Envelope> {
        self.draws += 1;
        let frames = self.desk.step(self.now, &mut Seed::take(&mut [self.draws; Seed::LEN]), input);
        let said = frames.iter().filter_map(|frame| match FromDesk::decode(frame) {
            Ok(FromDesk::StaffPut { envelope, .. } | FromDesk::StaffBeat { envelope, .. }) => Some(envelope),
            _ => None,
        });
        said.collect()
    }

    fn hears(&mut self, from: SeatId, envelope: Envelope) -> Vec<Envelope> {
        let frame = match part(&envelope) {
            Part::Beat => ToDesk::StaffBeat { from, envelope },
            _ => ToDesk::StaffEnvelope { from, envelope },
        };
        self.step(StaffInput::Frame(&frame.encode()))
    }

    fn ticks(&mut self, later_ms: u64) -> Vec<Envelope> {
        self.now += later_ms;
        self.step(StaffInput::Tick)
    }
}

/// Two seats whose bundles stay, and whose channels begin anew for each row.
struct Two {
    bundles: [SeatBundle; 2],
    seats: [SeatId; 2],
}

impl Two {
    /// `yields`: whether the first gives way when hellos cross.
    fn new(yields: bool) -> Self {
        let seat = |bundle: &SeatBundle| StaffDesk::begin(bundle, 0, START_MS).unwrap().seat();
        let mut bundles = [bundle(0), bundle(1)];
        if (seat(&bundles[0]) > seat(&bundles[1])) != yields {
            bundles.reverse();
        }
        let seats = [seat(&bundles[0]), seat(&bundles[1])];
        Self { bundles, seats }
    }

    /// Admitted, and told by the relay of both. `draws`: another number, other keys.
    fn end(&self, at: usize, draws: u8) -> End {
        let desk = StaffDesk::begin(&self.bundles[at], 0, START_MS).unwrap();
        let mut end = End { desk, draws, now: START_MS };
        end.step(StaffInput::LinkUp);
        let entries = [0, 1].map(|at| entry(&self.bundles[at], self.seats[at])).to_vec();
        end.step(StaffInput::Frame(&ToDesk::Seats { entries }.encode()));
        end
    }

    /// The first in this stage, and the second behind it.
    fn at(&self, stage: Stage) -> (End, End) {
        // The look changes what it looks at.
        assert_eq!(self.stage(self.lead_to(stage).0), stage);
        self.lead_to(stage)
    }

    fn lead_to(&self, stage: Stage) -> (End, End) {
        let (mut one, mut two) = (self.end(0, 10), self.end(1, 60));
        match stage {
            Q => {}
            B => _ = one.step(StaffInput::Call(self.seats[1])),
            R => _ = self.carried(&mut two, &mut one, Part::Hello),
            P | O => {
                let answer = self.carried(&mut one, &mut two, Part::Hello);
                let proof = one.hears(self.seats[1], only(answer, Part::Answer));
                if stage == O {
                    for said in two.hears(self.seats[0], only(proof, Part::Proof)) {
                        one.hears(self.seats[1], said);
                    }
                }
            }
        }
        (one, two)
    }

    /// `from` calls; what `to` makes of it.
    fn carried(&self, from: &mut End, to: &mut End, what: Part) -> Vec<Envelope> {
        let (from_seat, to_seat) = (from.desk.seat(), to.desk.seat());
        let hello = only(from.step(StaffInput::Call(to_seat)), what);
        to.hears(from_seat, hello)
    }

    /// Which stage this is: by what goes out again, and by whether a call begins anything.
    fn stage(&self, mut end: End) -> Stage {
        end.step(StaffInput::LinkUp);
        let again: Vec<Part> = end.ticks(AGAIN_MS).iter().map(part).collect();
        if again.contains(&Part::Proof) {
            return P;
        }
        if again.contains(&Part::Hello) {
            return B;
        }
        // Beside an open channel a greeting may be under way.
        if end.desk.colleague(self.seats[1]).is_some() {
            return O;
        }
        if again.contains(&Part::Answer) {
            return R;
        }
        if end.step(StaffInput::Call(self.seats[1])).is_empty() { O } else { Q }
    }
}

fn only(mut said: Vec<Envelope>, what: Part) -> Envelope {
    said.retain(|envelope| part(envelope) == what);
    assert_eq!(said.len(), 1, "one {what:?}");
    said.remove(0)
}

fn nobodys(kind: u8, number: u8, size: usize) -> Envelope {
    let mut bytes = vec![0x5A; size];
    bytes[..8].copy_from_slice(&[1, kind, 0, 0, 0, 0, 0, number]);
    Envelope::parse(&bytes).unwrap()
}

#[test]
fn every_part_of_a_greeting_in_every_stage_of_a_channel() {
    for yields in [false, true] {
        let two = Two::new(yields);
        type Say = fn(&Two, &mut End) -> Envelope;
        type Row = (&'static str, Say, [(Stage, Vec<Part>); 5]);
        // What the second says; the stage of the first after it, and what it answers.
        let own: Say = |two, _| {
            // The same seat, behind other keys: a page that was loaded anew.
            let mut anew = two.end(1, 110);
            only(anew.step(StaffInput::Call(two.seats[0])), Part::Hello)
        };
        let crossed = if yields { (R, vec![Part::Answer]) } else { (B, vec![]) };
        let none = || vec![];
        let answers = || vec![Part::Answer];
        let rows: [Row; 6] = [
            (
                "a new hello",
                own,
                // An open channel stays until the other end has proven itself on the new one.
                [(R, answers()), crossed, (R, answers()), (P, answers()), (O, answers())],
            ),
            (
                "a hello for somebody else",
                |_, _| nobodys(1, 0, 2_072),
                [(Q, none()), (B, none()), (R, none()), (P, none()), (O, none())],
            ),
            (
                "an answer to somebody else costs the hello",
                |_, _| nobodys(2, 0, 2_072),
                [(Q, none()), (Q, none()), (R, none()), (P, none()), (O, none())],
            ),
            (
                "a proof that is none costs the answer",
                |_, _| nobodys(1, 1, 2_072),
                [(Q, none()), (B, none()), (Q, none()), (P, none()), (O, none())],
            ),
            (
                "a note that nobody sealed",
                |_, _| nobodys(3, 0, 536),
                [(Q, none()), (B, none()), (R, none()), (P, none()), (O, none())],
            ),
            (
                "a beat that nobody sealed",
                |_, _| nobodys(4, 0, 536),
                [(Q, none()), (B, none()), (R, none()), (P, none()), (O, none())],
            ),
        ];
        for (name, say, expected) in rows {
            for (before, (after, answer)) in STAGES.into_iter().zip(expected) {
                let (mut one, mut other) = two.at(before);
                let said = say(&two, &mut other);
                let answered: Vec<Part> = one.hears(two.seats[1], said).iter().map(part).collect();
                assert_eq!(answered, answer, "{name} while {before:?}, yields {yields}");
                assert_eq!(two.stage(one), after, "{name} while {before:?}, yields {yields}");
            }
        }
    }
}

#[test]
fn the_right_parts_lead_from_stage_to_stage_and_their_repetition_nowhere() {
    let two = Two::new(true);
    let (mut one, mut other) = (two.end(0, 10), two.end(1, 60));
    let hello = only(one.step(StaffInput::Call(two.seats[1])), Part::Hello);
    let answer = only(other.hears(two.seats[0], hello.clone()), Part::Answer);
    assert_eq!(only(other.hears(two.seats[0], hello.clone()), Part::Answer).as_bytes(), answer.as_bytes());
    let proof = only(one.hears(two.seats[1], answer.clone()), Part::Proof);
    assert!(one.hears(two.seats[1], answer).is_empty(), "an answer answers one hello");
    let shown = other.hears(two.seats[0], proof.clone());
    assert!(!shown.is_empty() && shown.iter().all(|said| matches!(part(said), Part::Kept | Part::Beat)));
    assert!(other.hears(two.seats[0], proof).is_empty(), "a proof proves once");
    assert!(other.hears(two.seats[0], hello).is_empty(), "the hello it began with");
    for said in shown {
        one.hears(two.seats[1], said);
    }
    assert_eq!(two.stage(one), O);
}

#[test]
fn time_and_the_link_in_every_stage_of_a_channel() {
    let two = Two::new(true);
    let goes_out = [None, Some(Part::Hello), Some(Part::Answer), Some(Part::Proof), None];
    let after = [Q, Q, Q, P, O];
    for ((before, part_of), after) in STAGES.into_iter().zip(goes_out).zip(after) {
        let greets = |said: Vec<Envelope>| -> Vec<Part> {
            said.iter().map(part).filter(|part| !matches!(part, Part::Kept | Part::Beat)).collect()
        };
        let expected: Vec<Part> = part_of.into_iter().collect();
        let (mut one, _) = two.at(before);
        assert!(greets(one.ticks(AGAIN_MS - 1)).is_empty(), "{before:?}: not before its time");
        assert_eq!(greets(one.ticks(1)), expected, "{before:?}: again");

        let (mut one, _) = two.at(before);
        one.step(StaffInput::LinkDown);
        assert!(one.ticks(AGAIN_MS).is_empty(), "{before:?}: nothing without a link");
        assert_eq!(greets(one.step(StaffInput::LinkUp)), expected, "{before:?}: at once with a new one");

        let (mut one, _) = two.at(before);
        one.ticks(GIVEN_UP_MS);
        assert_eq!(two.stage(one), after, "{before:?}: a greeting that leads to nothing is dropped");
    }
}
