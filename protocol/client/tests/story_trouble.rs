//! Certificates that do not hold, answers that do not open, counsellors who vanish, doors that are shut.
#![allow(clippy::unwrap_used, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{ChatInput, LinkView, NotSaid, Peer, Phase, SeatInput, Silence, SilenceTimes, VisitInput};
use lykta_trust::{Anchors, Role, RootKey};
use lykta_wire::{CloseCode, Ending, OpenState};
use world::{START_MS, World, counsellor, staff};

fn anchors_of(root: u8, epoch: u16) -> Anchors {
    Anchors::new(world::CENTRE, &[RootKey::take_seed(&mut [root; 32]).public()], epoch).unwrap()
}

/// A world where the visitor trusts `anchors` and everybody else the usual root; the ticket is taken.
fn met_by(anchors: Anchors, build_date: u32) -> World {
    let mut world = World::new(1);
    world.add_desk(counsellor(0), world::anchors());
    world.add_visitor_who_trusts(anchors, build_date);
    world.run(100);
    world.desk(0, SeatInput::Duty { ready: true, capacity: 3 });
    world.join(0);
    world.run(100);
    world.desk(0, SeatInput::Take(None));
    world.run(2_000);
    world
}

fn trouble(world: &World) -> Option<u8> {
    world.view(0).trouble.map(|trouble| trouble.byte())
}

#[test]
fn a_counsellor_of_another_centre_is_never_talked_to() {
    // Other roots: already the greeting's prologue differs, so the answer does not open. It costs hellos.
    let mut world = met_by(anchors_of(2, 1), 0);
    assert_eq!(world.view(0).phase, Phase::Waiting);
    world.run(120_000);
    assert_ne!(world.view(0).phase, Phase::Talking);
    assert!(world.relay.knows_anybody(), "the ticket is not lost by it");
}

#[test]
fn a_certificate_of_an_old_roster_ends_the_visit_as_failed_and_not_trusted() {
    let world = met_by(anchors_of(1, 2), 0);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, Some(Ending::Failed)));
    assert_eq!(trouble(&world), Some(129));
    assert!(!world.relay.knows_anybody(), "the relay was told");
    let mut world = world;
    world.run(10_000);
    assert_eq!(world.chat_view(0).phase, Phase::Over);
}

#[test]
fn a_phone_whose_clock_is_wrong_hears_that_and_not_that_somebody_is_false() {
    let mut world = met_by(world::anchors(), (START_MS / 1_000) as u32 + 40 * 86_400);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, Some(Ending::Failed)));
    assert_eq!(trouble(&world), Some(128));
    world.visit(0, VisitInput::Say("hallå"));
    assert_eq!(world.visitors[0].not_said, [NotSaid::NotNow]);
}

#[test]
fn somebody_of_the_staff_who_is_no_counsellor_is_refused_by_the_visitor() {
    let mut world = World::new(2);
    world.add_desk(staff(5, 1, Role::Coordinator, -10, 3_600), world::anchors());
    world.add_visitor();
    world.run(100);
    world.join(0);
    world.run(100);
    world.desk(0, SeatInput::Take(None));
    world.run(1_000);
    assert_eq!((world.view(0).ending, trouble(&world)), (Some(Ending::Failed), Some(129)));
}

#[test]
fn an_answer_spoiled_on_the_way_costs_a_hello_and_not_the_ticket() {
    let mut world = World::met(3);
    world.spoil_answers = 1;
    world.desk(0, SeatInput::Take(None));
    world.run(1_000);
    assert_eq!(world.view(0).phase, Phase::Waiting);
    world.visit(0, VisitInput::Say("hej"));
    // Nobody confirms, so the relay takes the ticket back and offers it again.
    world.until(40_000, |world| {
        world.desks[0].desk.chat_view(world.desks[0].taken[0]).unwrap().phase == Phase::Over
    });
    world.run(1_000);
    world.desk(0, SeatInput::Take(None));
    world.run(2_000);
    assert_eq!((world.view(0).phase, world.chat_view(0).phase), (Phase::Talking, Phase::Talking));
    assert_eq!(world.chat_log(0).len(), 1, "what was written meanwhile is not lost");
}

#[test]
fn a_counsellor_lost_past_the_grace_lets_the_visitor_go_to_the_front_with_new_keys() {
    let mut world = World::talking(4);
    world.add_desk(counsellor(1), world::anchors());
    let behind = world.add_visitor();
    world.run(200);
    world.join(behind);
    world.run(200);
    world.desks[0].gone = true;
    world.freeze(false, 0);
    world.until(20_000, |world| world.view(0).peer == Peer::Gone);
    world.visit(0, VisitInput::Front);
    assert_eq!(world.view(0).phase, Phase::Talking, "not before the grace has passed");
    world.until(190_000, |world| world.view(0).peer == Peer::Lost);
    assert!(world.view(0).peer_since_ms > START_MS);
    world.visit(0, VisitInput::Front);
    assert_eq!((world.view(0).phase, world.visitors[0].emptied), (Phase::Waiting, 1));
    world.until(30_000, |world| world.view(0).place == 1);
    world.until(15_000, |world| world.view(behind).place == 2);
    world.desk(1, SeatInput::Take(None));
    world.run(2_000);
    assert_eq!(world.view(0).phase, Phase::Talking);
    world.visit(0, VisitInput::Say("igen"));
    world.run(1_000);
    assert_eq!(world.chat_log(1).len(), 1);
}

#[test]
fn the_front_can_be_asked_for_while_the_socket_is_down() {
    let mut world = World::talking(5);
    world.add_desk(counsellor(1), world::anchors());
    world.desks[0].gone = true;
    world.freeze(false, 0);
    world.until(200_000, |world| world.view(0).peer == Peer::Lost);
    world.offline(true, 0, true);
    world.visit(0, VisitInput::Front);
    world.run(5_000);
    world.offline(true, 0, false);
    world.visit(0, VisitInput::Wake);
    world.until(30_000, |world| world.view(0).place == 1);
    world.desk(1, SeatInput::Take(None));
    world.run(2_000);
    assert_eq!(world.view(0).phase, Phase::Talking);
}

#[test]
fn a_counsellor_who_comes_back_in_time_goes_on_where_they_were() {
    let mut world = World::talking(6);
    world.offline(false, 0, true);
    world.visit(0, VisitInput::Say("är du kvar?"));
    world.until(20_000, |world| world.view(0).peer == Peer::Gone);
    world.run(60_000);
    world.offline(false, 0, false);
    world.desk(0, SeatInput::Wake);
    world.run(5_000);
    assert_eq!(world.view(0).peer, Peer::Here);
    assert_eq!(world.chat_log(0).len(), 1);
    assert_eq!(world.view(0).unsent, 0);
}

#[test]
fn a_shut_door_is_told_in_its_own_words_and_nobody_tries_again() {
    for (state, byte) in
        [(OpenState::Closed, 1), (OpenState::Full, 2), (OpenState::Away, 3), (OpenState::Closing, 4)]
    {
        let mut world = World::new(7);
        world.relay.closed = Some(state);
        world.add_visitor();
        world.join(0);
        world.run(60_000);
        assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, Some(Ending::TurnedAway)));
        assert_eq!((trouble(&world), world.view(0).open_state), (Some(byte), Some(state)));
        assert_eq!(world.view(0).link, LinkView::Down);
    }
}

#[test]
fn a_socket_replaced_by_another_page_does_not_come_back() {
    let mut world = World::talking(8);
    world.cut(true, 0, CloseCode::Replaced.number());
    world.run(60_000);
    assert_eq!((world.view(0).phase, world.view(0).link), (Phase::Over, LinkView::Down));
    assert_eq!(world.view(0).ending, Some(Ending::LostContact));
}

#[test]
fn a_visitor_away_for_a_quarter_of_an_hour_is_lost_to_the_counsellor_too() {
    let mut world = World::talking(9);
    world.offline(true, 0, true);
    world.until(30_000, |world| world.chat_view(0).peer == Peer::Gone);
    world.run(14 * 60_000);
    assert_eq!(world.chat_view(0).phase, Phase::Talking);
    world.run(2 * 60_000);
    assert_eq!(
        (world.chat_view(0).phase, world.chat_view(0).ending),
        (Phase::Over, Some(Ending::LostContact))
    );
}

#[test]
fn a_frozen_page_whose_socket_lives_is_unsure_after_ninety_seconds() {
    let mut world = World::talking(10);
    world.run(6_000);
    world.visitors[0].gone = true;
    world.run(80_000);
    assert_eq!(world.chat_view(0).peer, Peer::Here);
    world.run(15_000);
    assert_eq!(world.chat_view(0).peer, Peer::Unsure);
    assert_eq!(world.chat_view(0).phase, Phase::Talking);
}

#[test]
fn silence_is_asked_about_then_warned_of_then_ends_the_chat() {
    let mut world = World::talking(11);
    world.run(5 * 60_000 - 10_000);
    assert_eq!(world.view(0).silence, Silence::None);
    world.run(20_000);
    assert_eq!(world.view(0).silence, Silence::Ask);
    world.visit(0, VisitInput::Here);
    assert_eq!(world.view(0).silence, Silence::None);
    world.run(10 * 60_000 + 10_000);
    assert_eq!(world.view(0).silence, Silence::Warn);
    world.chat(0, ChatInput::Hold(true));
    world.run(20 * 60_000);
    assert_eq!((world.view(0).phase, world.view(0).held), (Phase::Talking, true), "the counsellor holds");
    world.chat(0, ChatInput::Hold(false));
    world.run(6 * 60_000);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, Some(Ending::LostContact)));
    assert_eq!(world.chat_view(0).phase, Phase::Over);
}

#[test]
fn a_centre_with_other_clocks_of_silence_is_obeyed_at_both_ends() {
    let mut world = World::met(11);
    let times = SilenceTimes::from_seconds(60, 120, 240).unwrap();
    world.visit(0, VisitInput::Silence(times));
    world.desk(0, SeatInput::Take(None));
    world.run(1_000);
    world.chat(0, ChatInput::Silence(times));
    world.run(50_000);
    assert_eq!((world.view(0).silence, world.chat_view(0).silence), (Silence::None, Silence::None));
    world.run(20_000);
    assert_eq!((world.view(0).silence, world.chat_view(0).silence), (Silence::Ask, Silence::Ask));
    world.run(60_000);
    assert_eq!((world.view(0).silence, world.chat_view(0).silence), (Silence::Warn, Silence::Warn));
    world.run(130_000);
    assert_eq!((world.view(0).phase, world.view(0).ending), (Phase::Over, Some(Ending::LostContact)));
}

#[test]
fn the_counsellor_sees_the_silence_and_any_word_of_either_ends_it() {
    let mut world = World::talking(15);
    world.run(5 * 60_000 - 15_000);
    assert_eq!(world.chat_view(0).silence, Silence::None);
    world.run(30_000);
    assert_eq!(world.chat_view(0).silence, Silence::Ask);
    world.run(5 * 60_000);
    assert_eq!(world.chat_view(0).silence, Silence::Warn);
    world.chat(0, ChatInput::Say("Är du kvar?"));
    world.run(1_000);
    assert_eq!(world.chat_view(0).silence, Silence::None);
    assert_eq!(world.view(0).silence, Silence::None);
    world.run(6 * 60_000);
    assert_eq!(world.chat_view(0).silence, Silence::Ask);
    world.visit(0, VisitInput::Say("Ja."));
    world.run(1_000);
    assert_eq!(world.chat_view(0).silence, Silence::None);
}

#[test]
fn held_or_away_no_silence_is_shown_to_the_counsellor_either() {
    let mut world = World::talking(16);
    world.chat(0, ChatInput::Hold(true));
    world.run(20 * 60_000);
    assert_eq!(world.chat_view(0).silence, Silence::None);
    world.chat(0, ChatInput::Hold(false));
    world.visit(0, VisitInput::Visible(false));
    world.run(10 * 60_000);
    assert_eq!((world.chat_view(0).phase, world.chat_view(0).silence), (Phase::Talking, Silence::None));
}

#[test]
fn a_visitor_who_says_that_they_are_here_goes_on_and_the_counsellor_is_not_told_of_an_end() {
    let mut world = World::talking(17);
    for _ in 0..4 {
        world.run(4 * 60_000);
        world.visit(0, VisitInput::Here);
    }
    world.run(30_000);
    assert_eq!(world.view(0).silence, Silence::None);
    assert_eq!((world.chat_view(0).phase, world.chat_view(0).silence), (Phase::Talking, Silence::None));
}

#[test]
fn silence_does_not_count_while_the_page_is_hidden() {
    let mut world = World::talking(12);
    world.visit(0, VisitInput::Visible(false));
    world.run(14 * 60_000);
    assert_eq!(world.view(0).silence, Silence::None);
}

#[test]
fn a_hello_that_cannot_be_answered_gets_an_answer_that_opens_for_nobody() {
    let mut world = World::met(13);
    // Nonsense of a hello's size, and notes and beats that a relay calls a hello.
    for (kind, size) in [(0, 2072), (3, 536), (3, 2072), (3, 4120), (4, 536)] {
        let mut hello = vec![0; size];
        hello[..2].copy_from_slice(&[1, kind]);
        let mut seed = world.random.seed();
        let mut staff = counsellor(0);
        let sign_in = lykta_client::SignIn {
            staff_seed: &mut staff.seed,
            staff: staff.certificate,
            anchors: world::anchors(),
            build_date: 0,
            origin: "http://localhost".into(),
            capacity: 1,
        };
        let (desk, _) = lykta_client::SeatDesk::sign_in(sign_in, START_MS, &mut seed).unwrap();
        let chat =
            lykta_wire::ChatRef { ticket: lykta_wire::TicketName([1; 32]), claim: lykta_wire::Claim(1) };
        let bundle = desk.bundle().unwrap();
        let (chat, wishes) =
            lykta_client::Chat::begin(&bundle, chat, "Lo", &hello, START_MS, &mut seed).unwrap();
        assert_eq!(chat.view().phase, Phase::Over);
        let [lykta_client::Wish::Send(frame)] = &wishes[..] else { panic!("one frame") };
        let Ok(lykta_wire::FromDesk::Put { envelope, .. }) = lykta_wire::FromDesk::decode(frame) else {
            panic!("the visitor is told, and the line is not")
        };
        assert_eq!(envelope.kind(), lykta_wire::Kind::Answer);
        assert!(envelope.body().iter().all(|byte| *byte == 0), "nothing is in it");
    }
}

#[test]
fn a_desk_that_is_not_admitted_three_times_says_so_and_stops() {
    let mut world = World::new(14);
    world.add_desk(counsellor(0), world::anchors());
    world.admit(0, false);
    world.run(60_000);
    let view = world.desks[0].desk.seat_view();
    assert_eq!((view.link, view.admitted), (LinkView::Down, false));
    assert_eq!(view.refusal, Some(lykta_wire::Refusal::NotAdmitted));
    world.desk(0, SeatInput::Take(None));
    assert_eq!(world.desks[0].not_taken, [lykta_wire::Refusal::NotAdmitted]);
}

#[test]
fn only_a_page_that_lives_renews_its_seat_and_signing_out_rests_it_at_once() {
    let mut world = World::new(15);
    world.add_desk(counsellor(0), world::anchors());
    world.run(200);
    world.desks[0].feeds = false;
    let mut seed = world.random.seed();
    let sits = |wishes: &[lykta_client::DeskWish]| {
        wishes
            .iter()
            .filter(|wish| matches!(wish, lykta_client::DeskWish::Send(frame) if frame[0] == 0x42))
            .count()
    };
    let desk = &mut world.desks[0].desk;
    let now = world.now;
    for second in 0..20 {
        let out = desk.step(now + second * 1_000, &mut seed, lykta_client::DeskInput::Seat(SeatInput::Tick));
        assert_eq!(sits(&out), 0, "time alone renews nothing");
    }
    let alive = desk.step(now + 20_000, &mut seed, lykta_client::DeskInput::Seat(SeatInput::Alive));
    assert_eq!(sits(&alive), 1);
    let out = desk.step(now + 21_000, &mut seed, lykta_client::DeskInput::Seat(SeatInput::SignOut));
    assert!(
        matches!(&out[..], [lykta_client::DeskWish::Send(sit), lykta_client::DeskWish::Close] if sit[1] == 0)
    );
}

#[test]
fn many_chats_at_one_desk_do_not_mix() {
    let mut world = World::new(16);
    world.add_desk(counsellor(0), world::anchors());
    world.run(100);
    for at in 0..3 {
        world.add_visitor();
        world.join(at);
        world.run(100);
        world.desk(0, SeatInput::Take(None));
        world.run(1_000);
    }
    for at in 0..3 {
        world.visit(at, VisitInput::Say(&format!("jag är {at}")));
    }
    world.cut(false, 0, 1006);
    world.run(10_000);
    for at in 0..3 {
        let ticket = world.desks[0].taken[at];
        assert_eq!(world.desks[0].logs[&ticket], [world::said(0, &format!("jag är {at}"))]);
    }
}
