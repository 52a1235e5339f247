//! Coming back with return words: the same visitor at the same counsellor, with new keys, and nobody else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{
    About, ChainSecret, ChatInput, FAILED_RETURNS_MAX, Peer, Phase, ReturnKey, Returning, SeatInput, Trouble,
    VisitInput,
};
use lykta_wire::{Ending, Lane, Languages, Refusal, ReturnId};
use sha2::Sha256;
use world::{Faults, World, anchors, counsellor, said};

/// `id 16 | key 32 = PBKDF2-SHA256(words, "lykta/1 return" | centre | date, rounds)`. A page makes 600,000
/// rounds; here three are as good.
fn derived(words: &str, date: &str) -> ReturnKey {
    derive(words, world::CENTRE.0, date, 3)
}

fn derive(words: &str, centre: [u8; 16], date: &str, rounds: u32) -> ReturnKey {
    let salt = [&b"lykta/1 return"[..], &centre, date.as_bytes()].concat();
    let mut out = [0; 48];
    pbkdf2::pbkdf2_hmac::<Sha256>(words.as_bytes(), &salt, rounds, &mut out);
    let (id, key) = out.split_first_chunk::<16>().unwrap();
    ReturnKey { id: *id, key: ChainSecret::take(&mut key.try_into().unwrap()) }
}

/// What one line of the vectors says.
fn frozen(name: &str) -> String {
    let vectors = include_str!("../../manual/vectors/return.json");
    let line = vectors.lines().find(|line| line.trim_start().starts_with(&format!("\"{name}\":"))).unwrap();
    line.split_once(':').unwrap().1.trim_matches([' ', ',', '"']).to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn words_become_the_frozen_id_key_and_handle() {
    let centre = core::array::from_fn(|at| at as u8);
    assert_eq!(frozen("centre"), hex(&centre));
    let rounds = frozen("rounds").parse().unwrap();
    let ReturnKey { id, key } = derive(&frozen("words"), centre, &frozen("date"), rounds);
    assert_eq!((hex(&id), hex(key.expose())), (frozen("id"), frozen("key")));
    assert_eq!(hex(&ReturnId::new(id).handle().0), frozen("handle"));
}

fn words() -> ReturnKey {
    derived("sommar tulpan brygga kanel", "2026-11-22")
}

/// Two people in a chat whose visitor has return words.
fn with_words(seed: u64, stays: bool) -> World {
    let mut world = World::talking(seed);
    world.visit(0, VisitInput::KeepReturn { words: words(), stays });
    assert_eq!(world.view(0).returning, Returning::Asked);
    world.run(1_000);
    assert_eq!(world.view(0).returning, Returning::Kept);
    assert_eq!(world.chat_view(0).returning, Returning::Kept);
    world
}

/// A new page comes with these words.
fn comes_back(world: &mut World, words: ReturnKey) -> usize {
    let at = world.add_visitor();
    let (lane, languages, about) = (Lane::Support, Languages::default(), About::Myself);
    world.visit(at, VisitInput::Return { lane, languages, about, words });
    world.run(2_000);
    at
}

/// The page is told that the words lead nowhere.
fn is_refused(world: &World, at: usize) {
    let view = world.view(at);
    assert_eq!((view.phase, view.ending), (Phase::Over, Some(Ending::TurnedAway)));
    assert_eq!(view.trouble, Some(Trouble::Relay(Refusal::Gone)));
}

/// The phone kills the tab: nothing is said, the socket is gone.
fn killed(world: &mut World, at: usize) {
    world.offline(true, at, true);
    world.visitors[at].gone = true;
}

#[test]
fn a_visitor_whose_tab_was_killed_comes_back_to_the_same_counsellor_with_new_keys() {
    let mut world = with_words(1, false);
    world.add_desk(counsellor(1), anchors());
    world.visit(0, VisitInput::Say("det är min bror"));
    world.run(500);
    killed(&mut world, 0);
    world.run(5_000);
    assert_eq!(world.chat_view(0).peer, Peer::Gone);

    let back = comes_back(&mut world, words());
    assert_eq!(world.view(back).phase, Phase::Talking, "without a tap and without the line");
    assert_eq!(world.desks[0].taken.len(), 2, "to the one who keeps the words");
    assert!(world.desks[1].taken.is_empty());
    assert_eq!(world.chat_view(0).returning, Returning::CameBack);
    assert_eq!(world.view(back).returning, Returning::Kept);
    assert_eq!(world.visitors[back].log, [], "nothing of before can be read");
    world.visit(back, VisitInput::Say("här är jag igen"));
    world.run(1_000);
    assert_eq!(world.chat_log(0), [said(0, "här är jag igen")]);

    // The chat of before ends by itself, and only that.
    world.run(10_000);
    let old = world.desks[0].desk.chat_view(world.desks[0].taken[0]).unwrap();
    assert_eq!((old.phase, old.ending), (Phase::Over, Some(Ending::LostContact)));
    assert_eq!(world.chat_view(0).phase, Phase::Talking);
}

#[test]
fn words_work_again_and_after_the_counsellors_chat_was_given_up_as_lost() {
    let mut world = with_words(2, false);
    killed(&mut world, 0);
    world.run(901_000);
    assert_eq!(world.chat_view(0).ending, Some(Ending::LostContact));
    for _ in 0..=FAILED_RETURNS_MAX + 2 {
        let back = comes_back(&mut world, words());
        assert_eq!(world.view(back).phase, Phase::Talking);
        killed(&mut world, back);
        world.run(1_000);
    }
}

#[test]
fn wrong_words_and_yesterdays_are_refused_in_words_and_nobody_is_put_in_the_line() {
    let mut world = with_words(3, false);
    killed(&mut world, 0);
    for wrong in [
        derived("sommar tulpan brygga kaneL", "2026-11-22"),
        derived("sommar tulpan brygga kanel", "2026-11-21"),
    ] {
        let at = comes_back(&mut world, wrong);
        is_refused(&world, at);
    }
    assert_eq!(world.desks[0].taken.len(), 1);
    assert_eq!(world.desks[0].line, 0);
}

#[test]
fn whoever_has_the_id_without_the_key_is_never_taken_for_the_visitor_and_gets_five_tries() {
    let mut world = with_words(4, false);
    killed(&mut world, 0);
    let id_only = || ReturnKey { key: ChainSecret::take(&mut [9; 32]), ..words() };
    for at_most in 1..=usize::from(FAILED_RETURNS_MAX) {
        let at = comes_back(&mut world, id_only());
        is_refused(&world, at);
        assert_eq!(world.desks[0].taken.len(), 1 + at_most);
        assert_eq!(world.chat_view(0).phase, Phase::Greeting, "the console says connecting, nothing more");
        // The relay gives it twenty seconds and looks every ten.
        world.run(31_000);
        assert_eq!(world.chat_view(0).phase, Phase::Over);
    }
    let at = comes_back(&mut world, id_only());
    is_refused(&world, at);
    assert_eq!(world.desks[0].taken.len(), 1 + usize::from(FAILED_RETURNS_MAX), "not even asked");
    assert!(world.relay.returns.is_empty(), "forgotten, here and at the relay");
    let at = comes_back(&mut world, words());
    is_refused(&world, at);
}

#[test]
fn a_try_that_went_wrong_on_the_way_does_not_take_the_words() {
    let mut world = with_words(5, false);
    killed(&mut world, 0);
    world.swallow = vec![0x84];
    let at = comes_back(&mut world, words());
    assert_eq!(world.view(at).phase, Phase::Greeting);
    assert_eq!(world.view(at).returning, Returning::CameBack, "the page says that it is the way back");
    world.run(31_000);
    is_refused(&world, at);
    world.swallow.clear();
    let at = comes_back(&mut world, words());
    assert_eq!(world.view(at).phase, Phase::Talking);
}

#[test]
fn leaving_by_hand_takes_the_words_unless_the_visitor_chose_to_come_back_today() {
    type Leaves = fn(&mut World);
    let ways: [(&str, Leaves); 3] = [
        ("Lämna sidan", |world| world.visit(0, VisitInput::Leave)),
        ("Avsluta chatten", |world| world.visit(0, VisitInput::End)),
        ("the counsellor ends", |world| world.chat(0, ChatInput::End(Ending::Helped))),
    ];
    for (way, leave) in ways {
        for stays in [false, true] {
            let mut world = with_words(6, stays);
            leave(&mut world);
            world.run(5_000);
            assert_eq!(world.view(0).phase, Phase::Over, "{way}");
            assert_eq!(world.relay.returns.len(), usize::from(stays), "{way}");
            let at = comes_back(&mut world, words());
            if stays {
                assert_eq!(world.view(at).phase, Phase::Talking, "{way}");
            } else {
                is_refused(&world, at);
            }
        }
    }
}

#[test]
fn a_fast_exit_takes_the_words_although_the_counsellors_console_is_offline() {
    let mut world = with_words(7, false);
    world.offline(false, 0, true);
    world.visit(0, VisitInput::Leave);
    world.run(61_000);
    assert!(world.relay.returns.is_empty(), "the relay forgets by itself");
}

#[test]
fn words_taken_back_lead_nowhere() {
    let mut world = with_words(8, true);
    world.visit(0, VisitInput::ForgetReturn);
    assert_eq!(world.view(0).returning, Returning::None);
    world.run(1_000);
    assert_eq!(world.chat_view(0).returning, Returning::None);
    assert!(world.relay.returns.is_empty());
    // Others may be asked for, and the first ones stay dead.
    world.visit(0, VisitInput::KeepReturn { words: derived("andra ord", "2026-11-22"), stays: false });
    world.run(1_000);
    assert_eq!(world.view(0).returning, Returning::Kept);
    killed(&mut world, 0);
    let at = comes_back(&mut world, words());
    is_refused(&world, at);
}

#[test]
fn a_chat_put_back_takes_its_words_along() {
    let mut world = with_words(9, true);
    world.chat(0, ChatInput::PutBack);
    world.run(1_000);
    assert_eq!(world.view(0).returning, Returning::None);
    assert!(world.relay.returns.is_empty());
}

#[test]
fn words_outlive_a_relay_that_restarts() {
    let mut world = with_words(10, false);
    killed(&mut world, 0);
    world.restart_relay(3_000);
    world.run(10_000);
    let at = comes_back(&mut world, words());
    assert_eq!(world.view(at).phase, Phase::Talking);
}

#[test]
fn a_seat_that_is_gone_keeps_nothing() {
    let mut world = with_words(11, false);
    killed(&mut world, 0);
    world.desk(0, SeatInput::SignOut);
    world.run(1_000);
    let at = comes_back(&mut world, words());
    is_refused(&world, at);
}

#[test]
fn a_return_over_a_bad_network_arrives_once() {
    let mut came = 0;
    for seed in 0..10 {
        let mut world = with_words(seed, false);
        killed(&mut world, 0);
        world.faults = Faults { lose: 20, repeat: 30, disorder: 30, lie: 0 };
        let at = comes_back(&mut world, words());
        world.visit(at, VisitInput::Say("igen"));
        world.cut(true, at, 1006);
        world.run(60_000);
        world.faults = Faults::default();
        world.run(130_000);
        if world.view(at).phase == Phase::Talking {
            came += 1;
            assert_eq!(world.chat_log(0), [said(0, "igen")]);
        } else {
            is_refused(&world, at);
        }
        assert_eq!(world.desks[0].taken.len(), 2, "one chat, whatever the socket did");
    }
    assert!(came > 5, "{came} of 10");
}
