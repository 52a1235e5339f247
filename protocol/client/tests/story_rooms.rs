//! Hand-over and guests: the visitor decides, nobody comes by themselves, nothing is lost on the way.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{
    Asked, ChainSecret, ChatInput, Comparison, DeskInput, Peer, Phase, ReturnKey, Returning, SeatInput, View,
    VisitInput,
};
use lykta_trust::Role;
use lykta_wire::{Ending, InviteKind};
use world::{Faults, World, anchors, counsellor, said, staff};

/// A visitor talks with desk 0; desk 1 is another counsellor, desk 2 an interpreter, desk 3 an expert.
fn centre(seed: u64) -> World {
    let mut world = World::new(seed);
    world.add_desk(counsellor(0), anchors());
    world.add_desk(counsellor(1), anchors());
    world.add_desk(staff(2, 1, Role::Interpreter, -86_400, 30 * 86_400), anchors());
    world.add_desk(staff(3, 1, Role::Expert, -86_400, 30 * 86_400), anchors());
    world.add_visitor();
    world.run(300);
    world.desk(0, SeatInput::Duty { ready: true, capacity: 3 });
    world.join(0);
    world.run(200);
    world.desk(0, SeatInput::Take(None));
    world.run(1_000);
    assert_eq!((world.view(0).phase, world.chat_view(0).phase), (Phase::Talking, Phase::Talking));
    world
}

fn asks(world: &mut World, at: usize, kind: InviteKind, asked: usize) {
    let (ticket, seat) = (world.ticket(), world.seat(asked));
    world.desk_input(at, DeskInput::Invite { ticket, kind, seat });
    world.run(1_500);
}

fn answers(world: &mut World, at: usize, yes: bool) {
    let ticket = world.ticket();
    world.desk_input(at, DeskInput::Answer { ticket, yes });
    world.run(1_000);
}

fn consents(world: &mut World, yes: bool) {
    world.visit(0, VisitInput::Consent(yes));
    world.run(2_000);
}

/// Asked, wanted, and come.
fn comes(world: &mut World, by: usize, kind: InviteKind, asked: usize) {
    asks(world, by, kind, asked);
    assert!(world.view(0).offer.is_some(), "the visitor is asked");
    answers(world, asked, true);
    consents(world, true);
}

fn room_chat(world: &World, at: usize) -> View {
    world.desks[at].desk.chat_view(world.ticket()).unwrap()
}

fn says(world: &mut World, at: usize, text: &str) {
    let ticket = world.ticket();
    world.desk_input(at, DeskInput::Chat(ticket, ChatInput::Say(text)));
}

/// What a desk was shown of the chat.
fn log(world: &World, at: usize) -> Vec<(u8, String)> {
    world.desks[at].logs.get(&world.ticket()).cloned().unwrap_or_default()
}

fn texts(log: &[(u8, String)], from: u8) -> Vec<String> {
    log.iter().filter(|(by, _)| *by == from).map(|(_, text)| text.clone()).collect()
}

fn members(view: &View) -> Vec<(u8, Role)> {
    view.room.iter().map(|one| (one.member, one.role)).collect()
}

// ---- hand-over ------------------------------------------------------------------------------------

#[test]
fn a_chat_is_handed_over_when_the_visitor_says_yes_and_goes_on_with_the_next_sentence() {
    let mut world = centre(1);
    world.visit(0, VisitInput::Say("innan"));
    world.run(1_000);
    asks(&mut world, 0, InviteKind::HandOver, 1);
    let offer = world.view(0).offer.unwrap();
    assert_eq!((offer.kind, offer.role, offer.name.as_str()), (InviteKind::HandOver, Role::Counsellor, "Lo"));
    assert!(!offer.called);
    assert_eq!(world.desks[1].asked, [world.ticket()]);
    let asking = world.chat_view(0).asking.unwrap();
    assert!(!asking.consent && !asking.comes);

    answers(&mut world, 1, true);
    assert!(world.chat_view(0).asking.unwrap().comes);
    assert_eq!(room_chat(&world, 1).phase, Phase::Greeting, "nobody talks before the visitor does");
    consents(&mut world, true);

    assert_eq!(room_chat(&world, 1).phase, Phase::Talking);
    let before = world.chat_view(0);
    assert_eq!((before.phase, before.ending), (Phase::Over, None));
    assert_eq!(world.desks[0].emptied, 1, "who handed over keeps nothing");
    world.visit(0, VisitInput::Say("efter"));
    says(&mut world, 1, "hej, jag tar över");
    world.run(3_000);
    assert_eq!(log(&world, 1), [said(2, "hej, jag tar över"), said(0, "efter")], "nothing of before");
    assert_eq!(world.view(0).unsent, 0);
    assert_eq!(world.view(0).offer, None);
    assert_eq!(world.visitors[0].emptied, 0, "the visitor keeps the conversation");
    assert_eq!(world.visitors[0].log, [said(0, "innan"), said(0, "efter"), said(2, "hej, jag tar över")],);
    // It is the other seat's now, for the relay as well.
    let ticket = world.ticket();
    world.desk_input(1, DeskInput::Chat(ticket, ChatInput::End(Ending::Helped)));
    world.run(3_000);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, Some(Ending::Helped)));
    assert!(!world.relay.knows_anybody());
}

#[test]
fn words_of_before_end_with_a_hand_over_and_the_new_counsellor_may_be_asked_for_both() {
    let words = || ReturnKey { id: [1; 16], key: ChainSecret::take(&mut [2; 32]) };
    let mut world = centre(1);
    world.visit(0, VisitInput::KeepReturn { words: words(), stays: true });
    world.visit(0, VisitInput::Compare(true));
    world.run(2_000);
    assert_eq!(world.view(0).returning, Returning::Kept);
    let Comparison::Numbers(before) = world.view(0).compare else { panic!("no numbers are shown") };

    comes(&mut world, 0, InviteKind::HandOver, 1);
    world.run(2_000);
    assert_eq!((world.view(0).returning, world.view(0).compare), (Returning::None, Comparison::None));
    assert!(world.relay.returns.is_empty(), "they would lead to the one who has handed it over");

    let ticket = world.ticket();
    world.visit(0, VisitInput::KeepReturn { words: words(), stays: true });
    world.desk_input(1, DeskInput::Chat(ticket, ChatInput::Compare(true)));
    world.run(2_000);
    assert_eq!(world.view(0).returning, Returning::Kept);
    assert_eq!(world.relay.returns.values().map(|kept| kept.0).collect::<Vec<_>>(), [1]);
    let Comparison::Numbers(after) = world.view(0).compare else { panic!("no numbers are shown") };
    assert_eq!(room_chat(&world, 1).compare, Comparison::Numbers(after));
    assert_ne!(before, after, "another pair");
}

#[test]
fn a_guest_begins_no_words_to_compare() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    let ticket = world.ticket();
    world.desk_input(2, DeskInput::Chat(ticket, ChatInput::Compare(true)));
    world.visit(0, VisitInput::Compare(true));
    world.run(2_000);
    assert_eq!(room_chat(&world, 2).compare, Comparison::None);
    assert_eq!(world.chat_view(0).compare, world.view(0).compare);
    assert!(matches!(world.view(0).compare, Comparison::Numbers(_)));
    assert_eq!(room_chat(&world, 2).phase, Phase::Talking);
}

#[test]
fn a_visitor_who_says_no_stays_where_they_are_and_the_colleague_is_told() {
    let mut world = centre(1);
    asks(&mut world, 0, InviteKind::HandOver, 1);
    consents(&mut world, false);
    assert_eq!(world.view(0).offer, None);
    assert_eq!((world.chat_view(0).asking, world.chat_view(0).asked), (None, Some(Asked::NotWanted)));
    assert_eq!(world.desks[1].asked_no_more, [world.ticket()]);
    answers(&mut world, 1, true);
    world.visit(0, VisitInput::Say("till dig"));
    world.run(2_000);
    assert_eq!(world.chat_log(0), [said(0, "till dig")]);
    assert_eq!(log(&world, 1), []);
}

#[test]
fn a_colleague_who_says_no_leaves_the_visitor_with_the_one_they_have() {
    for consent_first in [false, true] {
        let mut world = centre(1);
        asks(&mut world, 0, InviteKind::HandOver, 1);
        if consent_first {
            consents(&mut world, true);
            assert!(world.view(0).offer.unwrap().called);
        }
        answers(&mut world, 1, false);
        world.run(1_000);
        assert_eq!(world.view(0).offer, None);
        assert_eq!(world.chat_view(0).asked, Some(Asked::Declined));
        // An expert does not take a chat over, so nobody is asked.
        asks(&mut world, 0, InviteKind::HandOver, 3);
        assert_eq!((world.view(0).offer, world.chat_view(0).asked), (None, Some(Asked::Refused)));
        // And the same one can be asked again.
        comes(&mut world, 0, InviteKind::HandOver, 1);
        assert_eq!(world.chat_view(0).phase, Phase::Over);
    }
}

#[test]
fn a_colleague_who_vanishes_before_the_answer_costs_a_while_and_nothing_else() {
    let mut world = centre(1);
    asks(&mut world, 0, InviteKind::HandOver, 1);
    answers(&mut world, 1, true);
    world.desks[1].gone = true;
    world.cut(false, 1, 1006);
    consents(&mut world, true);
    world.visit(0, VisitInput::Say("är du kvar?"));
    world.run(lykta_client::CALL_MS + 5_000);
    assert_eq!(world.view(0).offer, None, "nobody answered");
    assert_eq!(world.chat_view(0).asked, Some(Asked::NotWanted));
    says(&mut world, 0, "ja");
    world.run(2_000);
    assert_eq!(world.visitors[0].log, [said(0, "är du kvar?"), said(1, "ja")]);
    assert_eq!(world.view(0).phase, Phase::Talking);
}

#[test]
fn who_hands_over_may_vanish_between_any_two_steps() {
    for step in 0..6 {
        let mut world = centre(step);
        let dies = |world: &mut World, now: u64| {
            if now == step {
                world.desks[0].gone = true;
                world.cut(false, 0, 1006);
            }
        };
        let (ticket, seat) = (world.ticket(), world.seat(1));
        dies(&mut world, 0);
        world.desk_input(0, DeskInput::Invite { ticket, kind: InviteKind::HandOver, seat });
        world.run(1_500);
        dies(&mut world, 1);
        let asked = !world.desks[1].asked.is_empty() && world.view(0).offer.is_some();
        assert_eq!(asked, step > 0);
        answers(&mut world, 1, true);
        dies(&mut world, 2);
        world.visit(0, VisitInput::Say("en"));
        world.run(500);
        dies(&mut world, 3);
        world.visit(0, VisitInput::Consent(true));
        world.run(25);
        dies(&mut world, 4);
        world.visit(0, VisitInput::Say("två"));
        world.run(3_000);
        dies(&mut world, 5);
        world.run(5_000);
        if step == 0 {
            // Nobody else knows of it: the visitor is asked what to do, as after any loss.
            world.run(200_000);
            assert_eq!(world.view(0).peer, Peer::Lost);
            continue;
        }
        // The secret was out on both ways, so the visitor's yes is enough.
        assert_eq!(room_chat(&world, 1).phase, Phase::Talking, "step {step}");
        world.visit(0, VisitInput::Say("tre"));
        world.run(3_000);
        let (one, two) = (texts(&log(&world, 0), 0), texts(&log(&world, 1), 0));
        let unread: Vec<&str> =
            ["en", "två", "tre"].into_iter().filter(|text| !one.contains(&(*text).into())).collect();
        assert!(
            two.ends_with(&unread.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()),
            "step {step}"
        );
        let mut once = two.clone();
        once.dedup();
        assert_eq!((once, world.view(0).unsent), (two, 0), "step {step}: each once");
        assert!(!one.contains(&"tre".to_owned()));
    }
}

#[test]
fn a_relay_that_leads_the_greeting_to_another_counsellor_is_refused() {
    let mut world = centre(1);
    asks(&mut world, 0, InviteKind::HandOver, 1);
    // The relay would rather have desk 3; it is certified, and has been asked something as well.
    let ticket = world.ticket();
    world.relay.rooms.reroute = Some((2, 3));
    consents(&mut world, true);
    world.run(200_000);
    assert_eq!(world.view(0).phase, Phase::Talking);
    assert_eq!((world.view(0).offer, world.view(0).trouble), (None, None));
    says(&mut world, 0, "jag är kvar");
    world.run(2_000);
    assert_eq!(world.visitors[0].log, [said(1, "jag är kvar")]);
    assert!(world.desks[3].desk.chat_view(ticket).is_none());
}

#[test]
fn nothing_is_lost_doubled_or_turned_round_while_a_chat_changes_hands() {
    for seed in 0..20 {
        let mut world = centre(seed);
        // Each envelope is lost on the way to the relay or on the way from it: more than a fifth of all.
        world.faults = Faults { lose: 12, repeat: 20, disorder: 25, lie: 0 };
        let mut spoken = (0, 0, 0);
        let mut talk = |world: &mut World, rounds: usize| {
            for _ in 0..rounds {
                world.visit(0, VisitInput::Say(&format!("v{}", spoken.0)));
                spoken.0 += 1;
                if world.chat_view(0).phase == Phase::Talking {
                    let before = world.desks[0].logs.get(&world.ticket()).map_or(0, Vec::len);
                    says(world, 0, &format!("a{}", spoken.1));
                    let after = world.desks[0].logs.get(&world.ticket()).map_or(0, Vec::len);
                    spoken.1 += usize::from(after > before);
                }
                if world.desks[1]
                    .desk
                    .chat_view(world.ticket())
                    .is_some_and(|view| view.phase == Phase::Talking)
                {
                    let before = world.desks[1].logs.get(&world.ticket()).map_or(0, Vec::len);
                    says(world, 1, &format!("b{}", spoken.2));
                    let after = world.desks[1].logs.get(&world.ticket()).map_or(0, Vec::len);
                    spoken.2 += usize::from(after > before);
                }
                let pause = world.random.below(6_000);
                world.run(pause);
                if world.random.chance(4) {
                    let visitor = world.random.chance(50);
                    world.cut(visitor, 0, 1006);
                }
            }
        };
        talk(&mut world, 6);
        let (ticket, seat) = (world.ticket(), world.seat(1));
        world.desk_input(0, DeskInput::Invite { ticket, kind: InviteKind::HandOver, seat });
        for _ in 0..200 {
            talk(&mut world, 1);
            if !world.desks[1].asked.is_empty() {
                world.desk_input(1, DeskInput::Answer { ticket, yes: true });
            }
            if world.view(0).offer.is_some_and(|offer| !offer.called) {
                world.visit(0, VisitInput::Consent(true));
            }
            if world.desks[1].desk.chat_view(ticket).is_some_and(|view| view.phase == Phase::Talking) {
                break;
            }
        }
        talk(&mut world, 10);
        world.faults = Faults::default();
        world.run(200_000);
        assert_eq!(room_chat(&world, 1).phase, Phase::Talking, "seed {seed}");
        assert_eq!(world.view(0).unsent, 0, "seed {seed}");
        let all: Vec<String> = (0..spoken.0).map(|number| format!("v{number}")).collect();
        let (one, two) = (texts(&log(&world, 0), 0), texts(&log(&world, 1), 0));
        assert_eq!(one, all[..one.len()], "seed {seed}: in order, from the beginning");
        assert_eq!(two, all[all.len() - two.len()..], "seed {seed}: in order, to the end");
        assert!(one.len() + two.len() >= all.len(), "seed {seed}: each was heard by somebody");
        let heard = |by: u8, letter: &str, count: usize| {
            let ours: Vec<String> = (0..count).map(|number| format!("{letter}{number}")).collect();
            assert_eq!(texts(&world.visitors[0].log, by), ours, "seed {seed}");
        };
        heard(1, "a", spoken.1);
        heard(2, "b", spoken.2);
    }
}

#[test]
fn a_chat_is_handed_on_and_on() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::HandOver, 1);
    world.desks[0].taken.clear();
    comes(&mut world, 1, InviteKind::HandOver, 0);
    world.visit(0, VisitInput::Say("hej igen"));
    world.run(2_000);
    assert_eq!(log(&world, 0).last(), Some(&said(0, "hej igen")));
    assert_eq!(room_chat(&world, 1).phase, Phase::Over);
}

#[test]
fn a_relay_that_forgets_everything_finds_a_handed_over_chat_again() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::HandOver, 1);
    comes(&mut world, 1, InviteKind::Guest, 2);
    world.restart_relay(2_000);
    world.run(10_000);
    world.visit(0, VisitInput::Say("kvar?"));
    world.run(20_000);
    says(&mut world, 1, "kvar");
    world.run(20_000);
    assert_eq!(log(&world, 1).last(), Some(&said(2, "kvar")));
    assert_eq!(texts(&world.visitors[0].log, 2), ["kvar"]);
    assert_eq!(texts(&log(&world, 2), 0), ["kvar?"]);
    assert_eq!(texts(&log(&world, 2), 2), ["kvar"]);
}

#[test]
fn a_relay_that_forgets_a_hand_over_does_not_keep_the_visitor_with_the_one_before() {
    for comes_back in [false, true] {
        let mut world = centre(1);
        asks(&mut world, 0, InviteKind::HandOver, 1);
        answers(&mut world, 1, true);
        // The desk that hands over hears nothing more, and the visitor waits for its last word in vain.
        world.desks[0].gone = true;
        world.cut(false, 0, 1006);
        consents(&mut world, true);
        assert_eq!(room_chat(&world, 1).phase, Phase::Talking);
        world.run(70_000);
        assert_eq!(world.relay.rooms.dismissals, [1]);
        // Now the other is gone, the relay forgets, and the first still thinks that it is theirs.
        (world.desks[0].gone, world.desks[1].gone) = (false, true);
        world.restart_relay(2_000);
        world.run(60_000);
        assert_eq!(world.relay.rooms.dismissals, [], "the other may come yet");
        assert_eq!(world.view(0).phase, Phase::Talking);
        if comes_back {
            world.desks[1].gone = false;
            world.run(40_000);
            world.visit(0, VisitInput::Say("kvar?"));
            world.run(20_000);
            assert_eq!(log(&world, 1).last(), Some(&said(0, "kvar?")));
            assert_eq!(
                world.relay.rooms.dismissals,
                [1],
                "of the one before the relay hears when it knows better"
            );
            assert_eq!((world.view(0).phase, room_chat(&world, 1).phase), (Phase::Talking, Phase::Talking));
        } else {
            world.run(150_000);
            assert_eq!(world.view(0).phase, Phase::Waiting);
            assert_eq!(world.visitors[0].emptied, 1);
        }
        assert_eq!(room_chat(&world, 0).phase, Phase::Over);
    }
}

// ---- guests ---------------------------------------------------------------------------------------

#[test]
fn four_people_talk_and_everybody_sees_who_is_in_the_room() {
    let mut world = centre(1);
    world.visit(0, VisitInput::Say("bara till dig"));
    says(&mut world, 0, "bara till henne");
    world.run(1_000);
    comes(&mut world, 0, InviteKind::Guest, 2);
    assert_eq!(world.chat_view(0).asked, Some(Asked::Came));
    comes(&mut world, 0, InviteKind::Guest, 3);
    world.run(2_000);
    let (one, two, three) = ((1, Role::Counsellor), (2, Role::Interpreter), (3, Role::Expert));
    assert_eq!(members(&world.view(0)), [two, three], "beside the counsellor");
    assert_eq!(members(&world.chat_view(0)), [two, three]);
    assert_eq!(members(&room_chat(&world, 2)), [one, three]);
    assert_eq!(members(&room_chat(&world, 3)), [one, two]);
    assert!(room_chat(&world, 2).guest && !world.chat_view(0).guest);

    world.visit(0, VisitInput::Say("v"));
    says(&mut world, 0, "k");
    says(&mut world, 2, "t");
    says(&mut world, 3, "e");
    world.run(3_000);
    let everything = |log: &[(u8, String)]| {
        let mut log = log.to_vec();
        log.sort();
        log
    };
    let all = [said(0, "v"), said(1, "k"), said(2, "t"), said(3, "e")];
    assert_eq!(everything(&log(&world, 2)), all, "and nothing of before");
    assert_eq!(everything(&log(&world, 3)), all);
    assert_eq!(log(&world, 0).len(), 6);
    assert_eq!(world.visitors[0].log.len(), 6);
    for unsent in [
        world.view(0).unsent,
        world.chat_view(0).unsent,
        room_chat(&world, 2).unsent,
        room_chat(&world, 3).unsent,
    ] {
        assert_eq!(unsent, 0);
    }
    // A fifth has no chair.
    asks(&mut world, 0, InviteKind::Guest, 1);
    assert_eq!(world.chat_view(0).asked, Some(Asked::Refused));
    assert_eq!(world.view(0).offer, None);
}

#[test]
fn on_a_bad_network_a_room_hears_everything_once_and_in_order() {
    for seed in 0..10 {
        let mut world = centre(seed);
        comes(&mut world, 0, InviteKind::Guest, 2);
        comes(&mut world, 0, InviteKind::Guest, 3);
        world.faults = Faults { lose: 25, repeat: 20, disorder: 25, lie: 0 };
        for number in 0..12 {
            world.visit(0, VisitInput::Say(&format!("0.{number}")));
            for (at, member) in [(0, 1), (2, 2), (3, 3)] {
                says(&mut world, at, &format!("{member}.{number}"));
            }
            let pause = world.random.below(4_000);
            world.run(pause);
            if world.random.chance(10) {
                let at = [0, 2, 3][world.random.below(3) as usize];
                world.cut(false, at, 1006);
            }
            if world.random.chance(5) {
                world.relay.forget_quietly();
            }
        }
        world.faults = Faults::default();
        world.run(200_000);
        for member in 0..4u8 {
            let theirs: Vec<String> = (0..12).map(|number| format!("{member}.{number}")).collect();
            assert_eq!(texts(&world.visitors[0].log, member), theirs, "seed {seed}");
            for at in [0, 2, 3] {
                assert_eq!(texts(&log(&world, at), member), theirs, "seed {seed}, desk {at}");
            }
        }
        assert_eq!(world.view(0).unsent, 0);
    }
}

#[test]
fn a_room_that_grows_and_shrinks_on_a_bad_network_is_not_mistaken_for_a_false_one() {
    for seed in 0..4 {
        let mut world = centre(seed);
        comes(&mut world, 0, InviteKind::Guest, 2);
        world.faults = Faults { lose: 10, repeat: 20, disorder: 40, lie: 0 };
        let (ticket, expert) = (world.ticket(), world.seat(3));
        for number in 0..60 {
            world.visit(0, VisitInput::Say(&format!("0.{number}")));
            for (at, member) in [(0, 1), (2, 2), (3, 3)] {
                says(&mut world, at, &format!("{member}.{number}"));
            }
            let pause = world.random.below(5_000);
            world.run(pause);
            if number == 5 {
                world.desk_input(0, DeskInput::Invite { ticket, kind: InviteKind::Guest, seat: expert });
            }
            world.desk_input(3, DeskInput::Answer { ticket, yes: true });
            if world.view(0).offer.is_some_and(|offer| !offer.called) {
                world.visit(0, VisitInput::Consent(true));
            }
            if number == 40 {
                let member = lykta_wire::Member::new(2).unwrap();
                world.desk_input(0, DeskInput::Chat(ticket, ChatInput::LetGo(member)));
            }
        }
        world.faults = Faults::default();
        world.run(250_000);
        for view in [world.view(0), world.chat_view(0), room_chat(&world, 3)] {
            assert_eq!((view.phase, view.trouble, view.unsent), (Phase::Talking, None, 0), "seed {seed}");
        }
        assert_eq!(
            (room_chat(&world, 2).phase, room_chat(&world, 2).trouble),
            (Phase::Over, None),
            "seed {seed}"
        );
        // Who was there from the beginning to the end has heard everything of those who were.
        let all = |member: u8| (0..60).map(|number| format!("{member}.{number}")).collect::<Vec<_>>();
        assert_eq!(texts(&world.visitors[0].log, 1), all(1), "seed {seed}");
        assert_eq!(texts(&log(&world, 0), 0), all(0), "seed {seed}");
        // And who came later, everything since, in order.
        for (by, mut since) in [(0, texts(&log(&world, 3), 0)), (1, texts(&log(&world, 3), 1))] {
            let wanted = all(by);
            assert!(!since.is_empty() && wanted.ends_with(&since), "seed {seed}: {since:?}");
            since.dedup();
            assert!(since.len() < wanted.len());
        }
    }
}

#[test]
fn a_guest_leaves_and_the_others_go_on_without_telling_them_anything() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    says(&mut world, 2, "hej då");
    let ticket = world.ticket();
    world.desk_input(2, DeskInput::Chat(ticket, ChatInput::Part));
    world.run(3_000);
    assert_eq!(texts(&world.visitors[0].log, 2), ["hej då"], "the last sentence arrives");
    assert_eq!((room_chat(&world, 2).phase, room_chat(&world, 2).ending), (Phase::Over, None));
    assert_eq!(world.desks[2].emptied, 1);
    assert_eq!((members(&world.view(0)), members(&world.chat_view(0))), (vec![], vec![]));
    let heard = log(&world, 2).len();
    world.visit(0, VisitInput::Say("nu är vi två"));
    world.run(2_000);
    assert_eq!(log(&world, 2).len(), heard);
    assert_eq!((log(&world, 0).last(), world.view(0).unsent), (Some(&said(0, "nu är vi två")), 0));
}

#[test]
fn a_guest_who_is_lost_is_out_of_the_room_after_three_minutes() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    world.desks[2].gone = true;
    world.cut(false, 2, 1006);
    world.visit(0, VisitInput::Say("hör alla?"));
    world.run(100_000);
    assert!(!world.view(0).room[0].here, "the page says so before");
    assert_eq!(world.view(0).unsent, 1, "somebody has not read it");
    world.run(100_000);
    assert_eq!((members(&world.view(0)), members(&world.chat_view(0))), (vec![], vec![]));
    assert_eq!(world.view(0).unsent, 0, "nobody is waited for any more");
}

#[test]
fn a_guest_who_is_let_go_is_told_so_and_hears_nothing_more() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    let ticket = world.ticket();
    let member = lykta_wire::Member::new(2).unwrap();
    world.desk_input(0, DeskInput::Chat(ticket, ChatInput::LetGo(member)));
    world.run(3_000);
    assert_eq!(room_chat(&world, 2).phase, Phase::Over);
    assert_eq!(members(&world.view(0)), []);
    world.visit(0, VisitInput::Say("nu?"));
    world.run(2_000);
    assert_eq!(log(&world, 2), []);
    assert_eq!(log(&world, 0).last(), Some(&said(0, "nu?")));
}

#[test]
fn somebody_who_was_let_go_and_is_heard_again_is_let_go_again() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    let ticket = world.ticket();
    let member = lykta_wire::Member::new(2).unwrap();
    world.desk_input(0, DeskInput::Chat(ticket, ChatInput::LetGo(member)));
    world.run(3_000);
    assert_eq!(world.relay.rooms.dismissals, [2]);
    // A store that lost its memory, and in which they named themselves after the visitor had dismissed them.
    let mut beat = [0; 536];
    beat[..2].copy_from_slice(&[1, 4]);
    let beat = lykta_wire::Envelope::parse(&beat).unwrap();
    let claim = lykta_wire::Claim(world.relay.tickets[&ticket].with.unwrap().claim);
    let chat = lykta_wire::ChatRef { ticket, claim };
    world.relay.pass(chat, 2, 0, &beat);
    world.relay.pass(chat, 3, 0, &beat);
    // Until the relay's next tick, at the latest.
    world.run(11_000);
    assert_eq!(world.relay.rooms.dismissals, [2, 2], "and nobody who never was there");
    assert_eq!((world.view(0).phase, world.chat_view(0).phase), (Phase::Talking, Phase::Talking));
}

#[test]
fn when_the_visitor_leaves_everybody_is_emptied_and_knows_how_they_left() {
    for fast in [true, false] {
        let mut world = centre(1);
        comes(&mut world, 0, InviteKind::Guest, 2);
        comes(&mut world, 0, InviteKind::Guest, 3);
        world.visit(0, VisitInput::Say("någon kommer"));
        says(&mut world, 0, "jag ser");
        world.run(2_000);
        world.visit(0, if fast { VisitInput::Leave } else { VisitInput::End });
        world.run(15_000);
        let ending = if fast { Ending::LeftFast } else { Ending::Helped };
        for at in [0, 2, 3] {
            let view = room_chat(&world, at);
            assert_eq!((view.phase, view.ending), (Phase::Over, Some(ending)), "desk {at}");
            assert_eq!(world.desks[at].emptied, 1, "desk {at}");
        }
        assert!(!world.relay.knows_anybody());
    }
}

#[test]
fn when_the_counsellor_ends_the_chat_it_is_over_for_the_guests_as_well() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    world.visit(0, VisitInput::Say("tack"));
    says(&mut world, 0, "tack själv");
    world.run(2_000);
    let ticket = world.ticket();
    // A guest cannot end it for the others.
    world.desk_input(0, DeskInput::Chat(ticket, ChatInput::End(Ending::Helped)));
    world.run(10_000);
    assert_eq!(world.view(0).ending, Some(Ending::Helped));
    assert_eq!(room_chat(&world, 2).phase, Phase::Over);
    assert_eq!(world.desks[2].emptied, 1);
}

#[test]
fn a_chat_put_back_leaves_no_guest_in_it() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    world.chat(0, ChatInput::PutBack);
    world.run(20_000);
    assert_eq!(world.view(0).phase, Phase::Waiting);
    assert_eq!(world.visitors[0].emptied, 1);
    assert_eq!(room_chat(&world, 2).phase, Phase::Over);
}

#[test]
fn a_visitor_whose_counsellor_is_lost_leaves_the_guests_behind_and_goes_to_the_front() {
    let mut world = centre(1);
    comes(&mut world, 0, InviteKind::Guest, 2);
    world.desks[0].gone = true;
    world.cut(false, 0, 1006);
    world.run(190_000);
    assert_eq!(world.view(0).peer, Peer::Lost);
    world.visit(0, VisitInput::Front);
    world.run(20_000);
    assert_eq!(world.view(0).phase, Phase::Waiting);
    assert_eq!(room_chat(&world, 2).phase, Phase::Over);
}
