//! A visit and a chat that go well, end well, or end fast.
#![allow(clippy::unwrap_used, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{
    About, BEAT_SOON_MS, BEAT_VISIBLE_MS, ChatInput, NotSaid, Peer, Phase, SeatInput, UNSENT_MAX, VisitInput,
};
use lykta_wire::Ending;
use world::{World, said};

#[test]
fn two_people_meet_write_and_end_and_both_know_what_the_other_has_read() {
    let mut world = World::met(1);
    assert_eq!(world.view(0).phase, Phase::Waiting);
    assert_eq!(world.view(0).place, 1);
    assert_eq!(world.desks[0].line, 1);
    world.visit(0, VisitInput::Say("Hej, är det någon där?"));
    assert_eq!(world.view(0).unsent, 1, "kept on the device until there is somebody to seal it for");
    world.desk(0, SeatInput::Take(None));
    world.run(2_000);
    assert_eq!(world.view(0).phase, Phase::Talking);
    assert_eq!(world.view(0).alias, "Lo");
    assert_eq!(world.view(0).peer, Peer::Here);
    assert_eq!(world.chat_log(0), [said(0, "Hej, är det någon där?")]);
    assert_eq!(world.visitors[0].delivered, 1);
    world.chat(0, ChatInput::Say("Hej! Ja, jag är här."));
    world.visit(0, VisitInput::Say("Tack."));
    world.run(2_000);
    let all = [said(0, "Hej, är det någon där?"), said(1, "Hej! Ja, jag är här."), said(0, "Tack.")];
    assert_eq!(world.chat_log(0), all);
    assert_eq!(world.visitors[0].log.len(), 3);
    assert_eq!(world.view(0).unsent, 0);
    assert_eq!(world.chat_view(0).unsent, 0);
    world.visit(0, VisitInput::End);
    world.run(3_000);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, world::HELPED));
    assert_eq!((world.chat_view(0).phase, world.chat_view(0).ending), (Phase::Over, world::HELPED));
    assert!(!world.relay.knows_anybody(), "the relay has forgotten the visit");
    assert_eq!(world.visitors[0].emptied, 1);
}

#[test]
fn the_counsellor_ends_and_the_last_words_arrive_before_the_goodbye() {
    let mut world = World::talking(2);
    world.visit(0, VisitInput::Say("Kan jag skriva igen i morgon?"));
    world.run(500);
    world.chat(0, ChatInput::Say("Ja, vi har öppet i morgon från nio."));
    world.chat(0, ChatInput::End(Ending::Helped));
    world.chat(0, ChatInput::Say("för sent"));
    world.run(30);
    world.run(3_000);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, world::HELPED));
    assert_eq!((world.chat_view(0).phase, world.chat_view(0).ending), (Phase::Over, world::HELPED));
    assert_eq!(world.visitors[0].ids.len(), 2, "both texts came, the late one was refused");
    assert!(!world.relay.knows_anybody());
}

#[test]
fn a_visitor_who_leaves_fast_is_known_to_have_left_and_not_to_have_been_lost() {
    for frame_arrives in [true, false] {
        let mut world = World::talking(3);
        world.visit(0, VisitInput::Say("oj"));
        if !frame_arrives {
            // The network is slow; only the beacon gets through.
            world.freeze(true, 0);
        }
        world.visit(0, VisitInput::Leave);
        assert_eq!(world.view(0).phase, Phase::Over);
        assert_eq!(world.view(0).ending, Some(Ending::LeftFast));
        assert_eq!(world.visitors[0].beacons.len(), 1, "everything in one step");
        if !frame_arrives {
            world.beacon(0);
        }
        world.run(1_000);
        assert_eq!(world.chat_view(0).phase, Phase::Over);
        assert_eq!(world.chat_view(0).ending, Some(Ending::LeftFast));
        assert_eq!(world.chat_view(0).peer, Peer::LeftFast);
    }
}

#[test]
fn a_visitor_who_leaves_while_waiting_leaves_the_line() {
    let mut world = World::met(4);
    world.visit(0, VisitInput::Leave);
    assert_eq!(world.view(0).ending, Some(Ending::LeftLine));
    world.run(1_000);
    assert!(!world.relay.knows_anybody());
    world.run(60_000);
    assert_eq!(world.view(0).link, lykta_client::LinkView::Down, "nobody reconnects after leaving");
}

#[test]
fn a_relay_that_only_says_it_is_over_gives_lost_contact() {
    let mut world = World::talking(5);
    world.freeze(true, 0);
    world.visitors[0].gone = true;
    world.run(16 * 60_000);
    assert_eq!(world.chat_view(0).ending, Some(Ending::LostContact));
    assert_eq!(world.chat_view(0).peer, Peer::Unknown);
}

#[test]
fn put_back_gives_the_visitor_an_empty_page_a_new_greeting_and_another_counsellor() {
    let mut world = World::talking(6);
    world.add_desk(world::counsellor(1), world::anchors());
    world.run(200);
    world.visit(0, VisitInput::Say("hemligt"));
    world.run(1_000);
    world.chat(0, ChatInput::PutBack);
    world.run(300);
    assert_eq!(world.view(0).phase, Phase::Waiting);
    assert_eq!(world.visitors[0].emptied, 1);
    assert!(world.visitors[0].log.is_empty());
    assert_eq!(world.chat_view(0).phase, Phase::Over);
    world.desk(1, SeatInput::Take(None));
    world.run(2_000);
    assert_eq!(world.view(0).phase, Phase::Talking);
    world.visit(0, VisitInput::Say("nytt"));
    world.chat(1, ChatInput::Say("välkommen"));
    world.run(2_000);
    assert!(world.chat_log(1).contains(&said(0, "nytt")));
    assert!(!world.chat_log(1).contains(&said(0, "hemligt")));
    assert_eq!(world.visitors[0].log.len(), 2);
    assert_eq!(world.chat_log(0).len(), 1, "the first counsellor hears nothing of it");
}

#[test]
fn nothing_can_be_said_before_joining_while_greeting_or_after_the_end() {
    let mut world = World::met(7);
    world.swallow = vec![0x03, 0x05]; // the visitor's confirm never arrives
    world.desk(0, SeatInput::Take(None));
    world.run(500);
    assert_eq!(world.chat_view(0).phase, Phase::Greeting);
    world.chat(0, ChatInput::Say("för tidigt"));
    world.run(500);
    assert!(world.chat_log(0).is_empty());
    let other = world.add_visitor();
    world.visit(other, VisitInput::Say("ännu inte"));
    assert_eq!(world.visitors[other].not_said, [NotSaid::NotNow]);
    world.visit(0, VisitInput::Leave);
    world.visit(0, VisitInput::Say("för sent"));
    assert_eq!(world.visitors[0].not_said, [NotSaid::NotNow]);
    // And nothing else does anything either.
    for input in [VisitInput::End, VisitInput::Leave, VisitInput::Front, VisitInput::Here, VisitInput::Wake] {
        world.visit(0, input);
        assert_eq!(world.view(0).phase, Phase::Over);
    }
    world.join(0);
    assert_eq!(world.view(0).phase, Phase::Over);
}

#[test]
fn every_length_of_text_arrives_whole() {
    let mut world = World::talking(8);
    world.visit(0, VisitInput::Say("hej"));
    world.run(1_000);
    let mut texts = Vec::new();
    for unit in ["a", "å", "ن", "😀"] {
        let per = unit.encode_utf16().count();
        for units in [1, 2, 507, 508, 509, 1000, 2043, 2044, 2045, 4000] {
            texts.push(unit.repeat((units / per).max(1)));
        }
    }
    for text in &texts {
        world.visit(0, VisitInput::Say(text));
        world.chat(0, ChatInput::Say(text));
        world.run(3_000);
    }
    let log = world.chat_log(0);
    let from_visitor: Vec<_> = log.iter().filter(|(from, _)| *from == 0).skip(1).map(|(_, t)| t).collect();
    assert_eq!(from_visitor, texts.iter().collect::<Vec<_>>());
    let from_counsellor: Vec<_> =
        world.visitors[0].log.iter().filter(|(from, _)| *from == 1).map(|(_, t)| t).collect();
    assert_eq!(from_counsellor, texts.iter().collect::<Vec<_>>());
    assert!(world.visitors[0].not_said.is_empty());
    world.visit(0, VisitInput::Say(&"a".repeat(4001)));
    world.visit(0, VisitInput::Say(&"😀".repeat(2001)));
    world.visit(0, VisitInput::Say(""));
    assert_eq!(world.visitors[0].not_said, [NotSaid::TooLong, NotSaid::TooLong, NotSaid::Empty]);
}

#[test]
fn more_than_64_kib_of_unsent_text_stays_in_the_text_field() {
    let mut world = World::talking(9);
    world.offline(true, 0, true);
    let text = "ن".repeat(4000);
    let mut taken = 0;
    while world.visitors[0].not_said.is_empty() {
        world.visit(0, VisitInput::Say(&text));
        taken += 1;
        assert!(taken < 100);
    }
    assert_eq!(world.visitors[0].not_said, [NotSaid::TooMuchUnsent]);
    // A window of sealed envelopes and 64 KiB behind it, two envelopes each.
    assert!(taken > UNSENT_MAX / text.len());
    world.offline(true, 0, false);
    world.visit(0, VisitInput::Wake);
    world.run(60_000);
    assert_eq!(world.chat_log(0).len(), taken - 1, "and all that was taken arrives");
    assert_eq!(world.view(0).unsent, 0);
}

#[test]
fn typing_rides_in_beats_and_never_makes_one() {
    let mut world = World::talking(10);
    world.run(20_000);
    // A key every 100 ms for half a minute: the rhythm stays what it was.
    let from = world.relay.beats.len();
    let mut seen = 0;
    for _ in 0..300 {
        world.visit(0, VisitInput::Typing(true));
        world.run(100);
        seen += u32::from(world.chat_view(0).peer_typing);
    }
    let beats = &world.relay.beats[from..];
    assert!(beats.windows(2).all(|pair| pair[1] - pair[0] >= BEAT_VISIBLE_MS), "{beats:?}");
    assert!((5..=7).contains(&beats.len()));
    assert!(seen > 200, "shown nearly all the time");
    world.run(30_000);
    assert!(!world.chat_view(0).peer_typing, "a page that stopped saying so has stopped");
    world.visit(0, VisitInput::Covered(true));
    world.until(5_100, |world| world.chat_view(0).peer_covered);
}

#[test]
fn beats_keep_their_rhythm_and_follow_an_opened_note_at_most_once_a_second() {
    let mut world = World::talking(12);
    world.run(10_000);
    let count = |world: &mut World, ms: u64| {
        let before = world.relay.beats.len();
        world.run(ms);
        world.relay.beats.len() - before
    };
    assert!((11..=13).contains(&count(&mut world, 60_000)), "every 5 s while somebody looks");
    world.visit(0, VisitInput::Visible(false));
    world.run(10_000);
    assert!((2..=4).contains(&count(&mut world, 60_000)), "every 20 s hidden");
    world.chat(0, ChatInput::Say("en"));
    assert_eq!(count(&mut world, 10 + 10 + BEAT_SOON_MS + 10), 1, "delivered is prompt");
    let from = world.relay.beats.len();
    for _ in 0..50 {
        world.chat(0, ChatInput::Say("många"));
        world.run(100);
    }
    world.run(2_000);
    let beats = &world.relay.beats[from..];
    assert!(beats.len() >= 5);
    assert!(beats.windows(2).all(|pair| pair[1] - pair[0] >= 1_000), "{beats:?}");
}

#[test]
fn a_visitor_who_does_not_want_to_be_seen_typing_is_not() {
    let mut world = World::talking(11);
    // Another page, with keys of its own.
    world.visitors[0].visit = lykta_client::Visit::new(world::anchors(), 0, false);
    world.ledger = Default::default();
    world.visit(0, VisitInput::Closed(1006));
    world.join(0);
    world.run(500);
    world.desk(0, SeatInput::Take(None));
    world.run(1_000);
    assert_eq!(world.chat_view(0).phase, Phase::Talking);
    world.visit(0, VisitInput::Typing(true));
    for _ in 0..20 {
        world.run(500);
        assert!(!world.chat_view(0).peer_typing);
    }
}

#[test]
fn a_visitor_who_writes_for_somebody_else_is_understood_by_every_counsellor_and_by_nobody_on_the_way() {
    for about in [About::Myself, About::SomebodyElse, About::MyWork] {
        let mut world = World::new(40 + u64::from(about.code()));
        world.add_desk(world::counsellor(0), world::anchors());
        world.add_visitor();
        world.run(100);
        world.desk(0, SeatInput::Duty { ready: true, capacity: 3 });
        world.join_about(0, about);
        world.run(200);
        world.desk(0, SeatInput::Take(None));
        world.run(1_000);
        assert_eq!(world.chat_view(0).about, Some(about));
        assert_eq!(world.view(0).about, None, "the visitor knows and is not told");
        // A visitor who wrote nothing has not spoken: the choice is no message.
        assert!(world.chat_log(0).is_empty());
        // Back in the line and taken again: new keys, told again.
        world.chat(0, ChatInput::PutBack);
        world.run(1_000);
        assert_eq!(world.chat_view(0).about, None, "gone with the conversation");
        assert_eq!(world.view(0).phase, Phase::Waiting);
        world.desk(0, SeatInput::Take(None));
        world.run(2_000);
        assert_eq!(world.chat_view(0).phase, Phase::Talking);
        assert_eq!(world.chat_view(0).about, Some(about));
    }
}
