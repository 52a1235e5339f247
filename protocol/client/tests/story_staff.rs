//! Seats that talk with each other: who they are, in which order, over any network, past any relay that lies.
#![allow(clippy::unwrap_used, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{DeskInput, StaffInput};
use lykta_trust::Role;
use world::{Faults, World, anchors, counsellor, staff};

/// Desks that see each other.
fn colleagues(seed: u64, count: u8) -> World {
    let mut world = World::new(seed);
    for number in 0..count {
        world.add_desk(counsellor(number), anchors());
    }
    world.run(500);
    world
}

fn texts(world: &World, at: usize, from: usize) -> Vec<String> {
    let from = world.seat(from);
    world.desks[at].heard.iter().filter(|(by, _)| *by == from).map(|(_, text)| text.clone()).collect()
}

fn numbered(letter: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{letter}{number}")).collect()
}

#[test]
fn colleagues_see_each_other_come_and_go_and_what_they_are() {
    let mut world = World::new(1);
    world.add_desk(counsellor(0), anchors());
    world.add_desk(staff(1, 1, Role::Interpreter, -86_400, 30 * 86_400), anchors());
    world.run(500);
    for desk in &world.desks {
        assert_eq!(desk.colleagues.iter().map(|entry| entry.role).collect::<Vec<_>>(), [1, 2]);
    }
    world.offline(false, 1, true);
    world.run(1_000);
    assert_eq!(world.desks[0].colleagues.len(), 1);
    world.offline(false, 1, false);
    world.run(60_000);
    assert_eq!(world.desks[0].colleagues.len(), 2);
}

#[test]
fn a_word_to_a_colleague_opens_the_channel_and_is_seen_to_be_read() {
    let mut world = colleagues(1, 2);
    let other = world.seat(1);
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(other, "Kan du komma in om en stund?")));
    world.run(2_000);
    assert_eq!(texts(&world, 1, 0), ["Kan du komma in om en stund?"]);
    assert_eq!(world.desks[0].opened.get(&other), Some(&world.desks[0].told));
    let back = world.seat(0);
    world.desk_input(1, DeskInput::Staff(StaffInput::Tell(back, "Ja.")));
    world.run(2_000);
    assert_eq!(texts(&world, 0, 1), ["Ja."]);
}

#[test]
fn two_who_call_in_the_same_instant_have_one_channel() {
    let mut world = colleagues(1, 2);
    let (zero, one) = (world.seat(0), world.seat(1));
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(one, "a0")));
    world.desk_input(1, DeskInput::Staff(StaffInput::Tell(zero, "b0")));
    world.run(3_000);
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(one, "a1")));
    world.desk_input(1, DeskInput::Staff(StaffInput::Tell(zero, "b1")));
    world.run(3_000);
    assert_eq!(texts(&world, 1, 0), numbered("a", 2));
    assert_eq!(texts(&world, 0, 1), numbered("b", 2));
}

#[test]
fn on_a_network_that_loses_repeats_and_overtakes_everything_is_read_once_and_in_order() {
    for seed in 0..12 {
        let mut world = colleagues(seed, 2);
        world.faults = Faults { lose: 30, repeat: 20, disorder: 30, lie: 0 };
        let (zero, one) = (world.seat(0), world.seat(1));
        // Longer than five minutes, so that keys are renewed in between.
        for number in 0..60 {
            world.desk_input(0, DeskInput::Staff(StaffInput::Tell(one, &format!("a{number}"))));
            world.desk_input(1, DeskInput::Staff(StaffInput::Tell(zero, &format!("b{number}"))));
            world.run(7_000);
            if world.random.chance(5) {
                let at = world.random.below(2) as usize;
                world.cut(false, at, 1006);
            }
            if world.random.chance(3) {
                world.relay.forget_quietly();
            }
        }
        world.faults = Faults::default();
        world.run(200_000);
        assert_eq!(texts(&world, 1, 0), numbered("a", 60), "seed {seed}");
        assert_eq!(texts(&world, 0, 1), numbered("b", 60), "seed {seed}");
    }
}

#[test]
fn a_restarted_relay_costs_colleagues_nothing() {
    let mut world = colleagues(1, 2);
    let one = world.seat(1);
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(one, "a0")));
    world.run(2_000);
    world.restart_relay(3_000);
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(one, "a1")));
    world.run(20_000);
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(one, "a2")));
    world.run(20_000);
    assert_eq!(texts(&world, 1, 0), numbered("a", 3));
}

#[test]
fn a_relay_that_shows_another_certificate_opens_no_channel_and_nothing_is_told() {
    let mut world = World::new(1);
    for number in 0..3 {
        world.add_desk(counsellor(number), anchors());
    }
    world.relay.rooms.swap_certificates = Some((1, 2));
    world.run(500);
    let one = world.seat(1);
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(one, "Hon heter")));
    world.run(120_000);
    assert!(world.desks.iter().all(|desk| desk.heard.is_empty()));
    assert_eq!(world.desks[0].opened.get(&one), None);
}

#[test]
fn somebody_who_is_not_there_is_said_to_be_gone() {
    let mut world = colleagues(1, 1);
    let nobody = lykta_wire::SeatId([9; 16]);
    world.desk_input(0, DeskInput::Staff(StaffInput::Tell(nobody, "hej")));
    assert_eq!(world.desks[0].gone_colleagues, [nobody]);
}
