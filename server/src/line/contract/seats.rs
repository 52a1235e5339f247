//! What the line promises to seats that talk with each other.

use lykta_wire::{Claim, Kind, SeatEntry};

use super::{Story, at, envelope, kept, seat, ticket};
use crate::line::{Bell, Card, Line, NotPut, Spans, StaffCursor};

fn card(number: u8) -> Card {
    Card { certificate: [number; 32], role: number }
}

fn entry(number: u8, ready: bool, chats: u8) -> SeatEntry {
    let Card { certificate, role } = card(number);
    SeatEntry { seat: seat(number), certificate, role, ready, chats, capacity: 3 }
}

pub(super) async fn living_seats_see_each_other_with_certificate_and_role(story: Story) {
    story.0.introduce(seat(1), card(1), at(0)).await.unwrap();
    assert_eq!(story.0.seats(64, at(0)).await.unwrap(), [], "nobody has sat down");
    story.sits(1, at(0)).await;
    story.0.sit(seat(2), false, 3, &[], at(0)).await.unwrap();
    assert_eq!(story.0.seats(64, at(0)).await.unwrap(), [entry(1, true, 0)], "nobody knows the second");
    story.0.introduce(seat(2), card(2), at(0)).await.unwrap();
    assert_eq!(story.0.seats(64, at(1)).await.unwrap(), [entry(1, true, 0), entry(2, false, 0)]);
    story.joins(1, at(1)).await;
    story.takes(1, at(1)).await.unwrap();
    assert_eq!(story.0.seats(1, at(1)).await.unwrap(), [entry(1, true, 1)], "as many as asked for");
    story.sits(1, at(14)).await;
    assert_eq!(story.0.seats(64, at(16)).await.unwrap(), [entry(1, true, 1)], "a lapsed lease is not shown");
    assert_eq!(story.0.count(at(16)).await.unwrap().chats, 1);
    assert!(story.0.chats(seat(1), at(16)).await.unwrap().iter().all(|chat| chat.chat.ticket == ticket(1)));
}

pub(super) async fn seats_see_each_other_when_the_line_empties(story: Story) {
    story.0.introduce(seat(1), card(1), at(0)).await.unwrap();
    story.sits(1, at(0)).await;
    story.joins(1, at(0)).await;
    story.0.leave(ticket(1), Claim::NONE, Vec::new(), at(1)).await.unwrap();
    story.0.keep(&[], at(2)).await.unwrap();
    assert_eq!(story.0.seats(64, at(2)).await.unwrap(), [entry(1, true, 0)]);
}

pub(super) async fn the_languages_of_those_on_duty_are_known_while_their_leases_live(story: Story) {
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    let written = async |seconds| story.0.count(at(seconds)).await.unwrap().languages;
    let sits = async |number, ready, writes: &[&str], seconds| {
        story.0.sit(seat(number), ready, 3, &tags(writes), at(seconds)).await.unwrap();
    };
    assert_eq!(written(0).await, tags(&[]));
    sits(1, true, &["sv", "en"], 0).await;
    sits(2, false, &["sv", "ti"], 0).await;
    assert_eq!(written(0).await, tags(&["en", "sv"]), "whoever rests writes to nobody");
    sits(2, true, &["sv", "ar"], 1).await;
    assert_eq!(written(1).await, tags(&["ar", "en", "sv"]));
    // A seat of which nobody knows what it writes: nothing is said, rather than a list with somebody missing.
    sits(3, true, &[], 2).await;
    assert_eq!(written(2).await, tags(&[]));
    sits(1, true, &["sv", "en"], 14).await;
    assert_eq!(written(15).await, tags(&[]), "the third has its seat until two seconds from now");
    assert_eq!(written(17).await, tags(&["en", "sv"]), "the others' leases have lapsed");
    sits(1, true, &["en"], 18).await;
    assert_eq!(written(18).await, tags(&["en"]), "what was said last");
    assert_eq!(written(34).await, tags(&[]));
}

pub(super) async fn what_seats_say_to_each_other_arrives_once_and_in_order(story: Story) {
    let (from, to) = (seat(1), seat(2));
    let mut cursor = StaffCursor::default();
    assert_eq!(story.0.staff_put(from, to, envelope(Kind::Hello, 0), at(0)).await.unwrap(), Ok(0));
    for number in [0, 1, 1, 2] {
        story.0.staff_put(from, to, kept(number), at(0)).await.unwrap().unwrap();
    }
    assert_eq!(story.0.staff_put(from, to, kept(9), at(0)).await.unwrap(), Err(NotPut::OutOfOrder));
    story.0.staff_beat(from, to, envelope(Kind::Beat, 3), at(0)).await.unwrap();
    story.0.staff_beat(from, to, envelope(Kind::Beat, 4), at(0)).await.unwrap();
    let mut seen = Vec::new();
    while let Some(found) = story.0.staff_fetch(from, to, &mut cursor, at(1)).await.unwrap() {
        seen.push((found.kind(), found.number()));
    }
    let wanted = [(Kind::Hello, 0), (Kind::Kept, 0), (Kind::Kept, 1), (Kind::Kept, 2), (Kind::Beat, 4)];
    assert_eq!(seen, wanted);
    // Nothing of it is for anybody else, nor for the other direction.
    for (from, to) in [(to, from), (from, seat(3)), (seat(3), to)] {
        let found = story.0.staff_fetch(from, to, &mut StaffCursor::default(), at(1)).await.unwrap();
        assert_eq!(found, None);
    }
    story.0.staff_got(from, to, 2, at(1)).await.unwrap();
    let mut fresh = StaffCursor::default();
    let mut again = Vec::new();
    while let Some(found) = story.0.staff_fetch(from, to, &mut fresh, at(1)).await.unwrap() {
        again.push((found.kind(), found.number()));
    }
    assert_eq!(again, [(Kind::Hello, 0), (Kind::Kept, 2), (Kind::Beat, 4)]);
}

pub(super) async fn a_hello_begins_a_staff_channel_anew(story: Story) {
    let (from, to) = (seat(1), seat(2));
    let (mut reads, mut answers) = (StaffCursor::default(), StaffCursor::default());
    story.0.staff_put(from, to, envelope(Kind::Hello, 0), at(0)).await.unwrap().unwrap();
    story.0.staff_put(to, from, envelope(Kind::Answer, 0), at(0)).await.unwrap().unwrap();
    for number in 0..5 {
        story.0.staff_put(from, to, kept(number), at(0)).await.unwrap().unwrap();
        story.0.staff_put(to, from, kept(number), at(0)).await.unwrap().unwrap();
    }
    while story.0.staff_fetch(from, to, &mut reads, at(0)).await.unwrap().is_some() {}
    while story.0.staff_fetch(to, from, &mut answers, at(0)).await.unwrap().is_some() {}
    // The third part of a greeting begins nothing anew.
    story.0.staff_put(from, to, envelope(Kind::Hello, 1), at(0)).await.unwrap().unwrap();
    assert_eq!(story.0.staff_put(from, to, kept(5), at(0)).await.unwrap(), Ok(6));
    // A hello from either side does.
    story.0.staff_put(to, from, envelope(Kind::Hello, 0), at(1)).await.unwrap().unwrap();
    assert_eq!(story.0.staff_put(from, to, kept(0), at(1)).await.unwrap(), Ok(1), "a new box");
    assert_eq!(story.0.staff_put(to, from, kept(0), at(1)).await.unwrap(), Ok(1), "and there");
    // Who stayed connected sees what is new, whatever was read before.
    for wanted in [Kind::Hello, Kind::Kept] {
        let found = story.0.staff_fetch(to, from, &mut answers, at(1)).await.unwrap();
        assert_eq!(found.map(|found| (found.kind(), found.number())), Some((wanted, 0)));
    }
    let found = story.0.staff_fetch(from, to, &mut reads, at(1)).await.unwrap();
    assert_eq!(found.map(|found| (found.kind(), found.number())), Some((Kind::Kept, 0)));
}

pub(super) async fn a_staff_box_that_lost_what_its_reader_lacks_becomes_new_again(story: Story) {
    let (from, to) = (seat(1), seat(2));
    story.0.staff_put(from, to, kept(7), at(0)).await.unwrap().unwrap();
    story.0.staff_got(from, to, 5, at(0)).await.unwrap();
    assert_eq!(story.0.staff_put(from, to, kept(5), at(0)).await.unwrap(), Ok(6));
    story.0.staff_got(from, to, 9, at(0)).await.unwrap();
    assert_eq!(story.0.staff_put(from, to, kept(9), at(0)).await.unwrap(), Ok(10));
}

pub(super) async fn who_heard_no_staff_bell_can_ask_who_has_written(story: Story) {
    let (anna, berit, reader) = (seat(1), seat(2), seat(3));
    let senders = async |to, second| {
        let mut senders = story.0.staff_senders(to, at(second)).await.unwrap();
        senders.sort();
        senders
    };
    assert_eq!(senders(reader, 0).await, []);
    story.0.staff_put(anna, reader, envelope(Kind::Hello, 0), at(0)).await.unwrap().unwrap();
    story.0.staff_put(reader, anna, envelope(Kind::Answer, 0), at(0)).await.unwrap().unwrap();
    for number in [0, 1] {
        story.0.staff_put(berit, reader, kept(number), at(1)).await.unwrap().unwrap();
    }
    story.0.staff_put(berit, reader, kept(7), at(1)).await.unwrap().unwrap_err();
    // Typing lies nowhere.
    story.0.staff_beat(reader, berit, envelope(Kind::Beat, 0), at(1)).await.unwrap();
    assert_eq!(senders(reader, 1).await, [anna, berit]);
    assert_eq!(senders(anna, 1).await, [reader]);
    assert_eq!(senders(berit, 1).await, []);
    // As long as the box, and no longer.
    let lasts = Spans::default().counsellor_boxes.as_secs();
    assert_eq!(senders(reader, lasts).await, [berit]);
    assert_eq!(senders(reader, lasts + 1).await, []);
    story.0.staff_put(anna, reader, envelope(Kind::Hello, 0), at(lasts + 1)).await.unwrap().unwrap();
    assert_eq!(senders(reader, lasts + 1).await, [anna], "the others are forgotten");
}

pub(super) async fn a_staff_bell_rings_for_who_is_meant(story: Story) {
    let mut bells = story.0.bells();
    story.0.staff_put(seat(1), seat(2), kept(0), at(0)).await.unwrap().unwrap();
    story.0.staff_beat(seat(2), seat(1), envelope(Kind::Beat, 0), at(0)).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 2 {
        if let bell @ Bell::Staff(..) = bells.recv().await.unwrap() {
            heard.push(bell);
        }
    }
    // Two boxes may lie on two servers, so either may ring first.
    for meant in [Bell::Staff(seat(1), seat(2)), Bell::Staff(seat(2), seat(1))] {
        assert!(heard.contains(&meant));
    }
}
