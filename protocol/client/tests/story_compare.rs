//! Words to compare: the same three numbers at both ends, whatever happens on the way, and never for somebody
//! who does not keep to the order.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{About, ChatInput, Comparison, Phase, SeatInput, Trouble, Visit, VisitInput, Wish};
use lykta_e2ee::{Arrival, Note, Occasion, Seat, SeatKey, Session, compare_numbers, sas_commitment};
use lykta_trust::{AliasId, SeatCertificate, SeatTerms, Serial, StaffKey};
use lykta_wire::{Claim, Ending, Envelope, Lane, Languages, Member, ToRelay, ToVisitor};
use world::{Faults, Random, START_MS, World, anchors, counsellor};

fn numbers(comparison: Comparison) -> [u16; 3] {
    match comparison {
        Comparison::Numbers(numbers) => numbers,
        other => panic!("no numbers are shown: {other:?}"),
    }
}

/// Both ends show the same numbers.
fn agreed(world: &World) -> [u16; 3] {
    let shown = numbers(world.view(0).compare);
    assert_eq!(shown, numbers(world.chat_view(0).compare));
    assert!(shown.iter().all(|number| (1000..=9191).contains(number)));
    shown
}

#[test]
fn either_side_may_ask_and_both_see_the_same_three_numbers() {
    for visitor_asks in [true, false] {
        let mut world = World::talking(1);
        assert_eq!(world.view(0).compare, Comparison::None);
        if visitor_asks {
            world.visit(0, VisitInput::Compare(true));
            assert_eq!(world.view(0).compare, Comparison::UnderWay);
        } else {
            world.chat(0, ChatInput::Compare(true));
            assert_eq!(world.chat_view(0).compare, Comparison::UnderWay);
        }
        world.run(2_000);
        agreed(&world);
    }
}

#[test]
fn both_asking_at_once_is_one_comparison() {
    let mut world = World::talking(2);
    world.visit(0, VisitInput::Compare(true));
    world.chat(0, ChatInput::Compare(true));
    world.run(2_000);
    agreed(&world);
}

#[test]
fn numbers_are_closed_on_one_side_and_shown_again_unchanged() {
    let mut world = World::talking(3);
    world.visit(0, VisitInput::Compare(true));
    world.run(2_000);
    let first = agreed(&world);
    world.visit(0, VisitInput::Compare(false));
    assert_eq!(world.view(0).compare, Comparison::None);
    assert_eq!(numbers(world.chat_view(0).compare), first, "the other side closes its own");
    world.run(1_000);
    world.visit(0, VisitInput::Compare(true));
    assert_eq!(agreed(&world), first, "at once, and the same");
}

#[test]
fn a_comparison_survives_loss_a_new_socket_and_new_keys_in_between() {
    for seed in 0..20 {
        let mut world = World::talking(seed);
        world.faults = Faults { lose: 40, repeat: 20, disorder: 30, lie: 0 };
        world.visit(0, VisitInput::Compare(true));
        world.run(15);
        world.cut(true, 0, 1006);
        world.run(500);
        world.cut(false, 0, 1006);
        // Past the five minutes after which the visitor greets again, and past the slowest resend.
        world.run(400_000);
        world.faults = Faults::default();
        world.run(130_000);
        let first = agreed(&world);
        world.visit(0, VisitInput::Say("hej"));
        world.run(2_000);
        assert_eq!(agreed(&world), first);
    }
    let mut world = World::talking(77);
    world.run(400_000);
    world.chat(0, ChatInput::Compare(true));
    world.run(2_000);
    agreed(&world);
}

#[test]
fn a_chat_put_back_has_other_numbers() {
    let mut world = World::talking(5);
    world.visit(0, VisitInput::Compare(true));
    world.run(2_000);
    let first = agreed(&world);
    world.chat(0, ChatInput::PutBack);
    world.run(2_000);
    assert_eq!(world.view(0).compare, Comparison::None);
    world.desk(0, SeatInput::Take(None));
    world.run(2_000);
    world.visit(0, VisitInput::Compare(true));
    world.run(2_000);
    assert_ne!(agreed(&world), first);
}

/// A visit whose counsellor's end is played by hand, note by note.
struct ByHand {
    visit: Visit,
    session: Session,
    random: Random,
    sent: Vec<Note>,
}

impl ByHand {
    fn talking() -> Self {
        let mut random = Random(9);
        let mut staff = counsellor(0);
        let mut visit = Visit::new(anchors(), 0, false);
        let join =
            VisitInput::Join { lane: Lane::Support, languages: Languages::default(), about: About::Myself };
        visit.step(START_MS, &mut random.seed(), join);
        let wishes = visit.step(START_MS, &mut random.seed(), VisitInput::Opened);
        let (secret, hello) = wishes
            .iter()
            .find_map(|wish| match wish {
                Wish::Send(frame) => match ToRelay::decode(frame) {
                    Ok(ToRelay::Join { secret, hello, .. }) => Some((secret, hello)),
                    _ => None,
                },
                _ => None,
            })
            .unwrap();
        let key = SeatKey::take_seed(&mut [7; 32]);
        let not_before = (START_MS / 1000) as u32;
        let terms = SeatTerms {
            serial: Serial([1; 16]),
            not_before,
            not_after: not_before + 3_600,
            caps: 0,
            alias_id: AliasId([2; 16]),
        };
        let staff_key = StaffKey::take_seed(&mut staff.seed);
        let certificate = SeatCertificate::sign(&staff_key, &staff.certificate, &key.public(), terms);
        let seat = Seat::new(key, staff.certificate, certificate).unwrap();
        let hello = lykta_e2ee::Hello::from_envelope(hello.as_bytes()).unwrap();
        let occasion = Occasion::new_ticket(&secret.name().0);
        let seed = lykta_e2ee::AnswerSeed::take(&mut [5; 96]);
        let (unconfirmed, answer) = lykta_e2ee::answer(&hello, occasion, &seat, &anchors(), seed).unwrap();
        let claim = Claim(1);
        let with = ToVisitor::With { claim, seat: lykta_wire::Presence::Here, gone_s: 0 };
        visit.step(START_MS, &mut random.seed(), VisitInput::Frame(&with.encode()));
        let envelope = Envelope::parse(answer.to_envelope().as_bytes()).unwrap();
        let frame = ToVisitor::Envelope { claim, from: Member::COUNSELLOR, envelope };
        let wishes = visit.step(START_MS, &mut random.seed(), VisitInput::Frame(&frame.encode()));
        let mut unconfirmed = Some(unconfirmed);
        let mut session = None;
        let mut sent = Vec::new();
        for envelope in kept(&wishes) {
            match (&mut session, unconfirmed.take()) {
                (None, Some(waiting)) => {
                    let Ok((opened, Arrival::Kept(first))) = waiting.confirm(envelope.as_bytes()) else {
                        panic!("the visitor's first envelope confirms")
                    };
                    sent.push(first.note);
                    session = Some(opened);
                }
                (Some(session), _) => sent.push(session.open(envelope.as_bytes()).unwrap().note),
                _ => unreachable!(),
            }
        }
        assert_eq!(visit.view().phase, Phase::Talking);
        Self { visit, session: session.unwrap(), random, sent }
    }

    /// The counsellor's end sends this; what the visitor sends back is opened.
    fn says(&mut self, note: &Note) {
        let sealed = self.session.seal(note).unwrap();
        let envelope = Envelope::parse(sealed.as_bytes()).unwrap();
        let frame = ToVisitor::Envelope { claim: Claim(1), from: Member::COUNSELLOR, envelope };
        self.step(VisitInput::Frame(&frame.encode()));
    }

    fn step(&mut self, input: VisitInput<'_>) {
        let wishes = self.visit.step(START_MS, &mut self.random.seed(), input);
        for envelope in kept(&wishes) {
            self.sent.push(self.session.open(envelope.as_bytes()).unwrap().note);
        }
    }

    fn nonce(&self) -> [u8; 32] {
        match self.sent.last() {
            Some(Note::SasNonce(nonce)) => *nonce,
            _ => panic!("the visitor gave no nonce"),
        }
    }

    fn has_failed(&self) {
        let view = self.visit.view();
        assert_eq!((view.phase, view.ending), (Phase::Over, Some(Ending::Failed)));
        assert_eq!(view.trouble, Some(Trouble::Broken));
    }
}

fn kept(wishes: &[Wish]) -> Vec<Envelope> {
    let put = |wish: &Wish| match wish {
        Wish::Send(frame) => match ToRelay::decode(frame) {
            Ok(ToRelay::Put { envelope, .. }) => Some(envelope),
            _ => None,
        },
        _ => None,
    };
    wishes.iter().filter_map(put).collect()
}

#[test]
fn a_nonce_that_was_not_the_committed_one_ends_the_chat_as_failed() {
    let mut honest = ByHand::talking();
    honest.says(&Note::SasCommit(sas_commitment(&[8; 32])));
    let nonce = honest.nonce();
    honest.says(&Note::SasReveal([8; 32]));
    let expected = compare_numbers(&honest.session, &[8; 32], &nonce).0;
    assert_eq!(numbers(honest.visit.view().compare), expected);

    let mut liar = ByHand::talking();
    liar.says(&Note::SasCommit(sas_commitment(&[8; 32])));
    liar.says(&Note::SasReveal([9; 32]));
    liar.has_failed();
}

#[test]
fn a_second_try_and_every_note_out_of_turn_end_the_chat_as_failed() {
    let commit = || Note::SasCommit(sas_commitment(&[8; 32]));
    let out_of_turn: [Vec<Note>; 5] = [
        vec![Note::SasNonce([1; 32])],
        vec![Note::SasReveal([8; 32])],
        vec![commit(), commit()],
        vec![commit(), Note::SasNonce([1; 32])],
        vec![commit(), Note::SasReveal([8; 32]), commit()],
    ];
    for notes in out_of_turn {
        let mut other = ByHand::talking();
        for note in &notes {
            assert_eq!(other.visit.view().phase, Phase::Talking);
            other.says(note);
        }
        other.has_failed();
    }
}

#[test]
fn a_visitor_who_asked_first_keeps_to_their_own_commitment() {
    let mut other = ByHand::talking();
    other.step(VisitInput::Compare(true));
    assert!(matches!(other.sent.last(), Some(Note::SasCommit(_))));
    let sent = other.sent.len();
    other.says(&Note::SasCommit(sas_commitment(&[8; 32])));
    assert_eq!(other.sent.len(), sent, "no answer: the counsellor has to take ours");
    other.says(&Note::SasNonce([4; 32]));
    let Some(Note::SasReveal(ours)) = other.sent.last() else { panic!("nothing revealed") };
    let expected = compare_numbers(&other.session, ours, &[4; 32]).0;
    assert_eq!(numbers(other.visit.view().compare), expected);
}
