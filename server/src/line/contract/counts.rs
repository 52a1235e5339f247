//! Each visit that ends is counted once, as sums, and every relay reads the same ones.

use jiff::civil::{Date, date};
use lykta_wire::{Claim, Ending, Lane, Languages};

use super::{Story, at, envelope, seat, ticket};
use crate::clock::Moment;
use crate::line::{Cursor, Join, Kind, Line, Member};
use crate::statistics::{Book, Counter, Waited, Week};

/// The day on which the stories are told, in UTC: they begin at 08:00.
const DAY: Date = date(2027, 1, 15);
/// And the evening of it.
const EVENING: u64 = 9 * 60 * 60;

impl Story {
    /// The day's sums, by their names without the week.
    async fn counted(&self, now: Moment) -> Vec<String> {
        sums(&self.0.gather(DAY, false, now).await.expect("the store is here").book)
    }
}

fn sums(book: &Book) -> Vec<String> {
    let names = book.counters().map(|(counter, sum)| {
        let (_, name) =
            counter.to_string().split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        format!("{name} {sum}")
    });
    names.chain(book.incomplete().map(|_| "incomplete".to_owned())).collect()
}

pub(super) async fn a_chat_that_ends_is_four_sums_and_no_row(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    assert!(story.0.end(seat(1), chat, Ending::Helped, at(60)).await.unwrap());
    assert!(!story.0.end(seat(1), chat, Ending::Helped, at(61)).await.unwrap(), "told twice, counted once");
    let sums = story.counted(at(EVENING)).await;
    assert_eq!(sums, ["ending support helped 1", "waited under-2 1", "language other 1", "topic none 1"]);
    assert_eq!(story.counted(at(EVENING)).await, sums, "and every relay that asks reads the same");
}

pub(super) async fn who_is_not_reached_is_counted_by_how_long_they_were_there(story: Story) {
    story.sits(1, at(0)).await;
    for visitor in 1..=4 {
        story.joins(visitor, at(0)).await;
    }
    // The first leaves after 12 minutes; the second is lost after one; the third still waits at closing.
    for second in (0..=12 * 60).step_by(20) {
        let here: Vec<_> = [1, 3, 4].map(ticket).into();
        story.0.keep(&here, at(second)).await.unwrap();
        if second == 60 {
            story.0.keep(&[ticket(2)], at(second)).await.unwrap();
        }
    }
    story.0.leave(ticket(1), Claim::NONE, Vec::new(), at(12 * 60)).await.unwrap();
    story.0.leave(ticket(1), Claim::NONE, Vec::new(), at(12 * 60)).await.unwrap();
    story.0.turn_away(ticket(3), at(12 * 60)).await.unwrap();
    story.0.turn_away(ticket(3), at(12 * 60)).await.unwrap();
    assert_eq!(story.place(4, at(12 * 60)).await, 1);
    let sums = story.counted(at(EVENING)).await;
    let expected = [
        "ending support left_line 2",
        "ending support turned_away 1",
        "waited under-2 1",
        "waited under-30 2",
        "language other 3",
        "topic none 3",
    ];
    assert_eq!(sums, expected, "the fourth is still there");
}

pub(super) async fn who_is_talking_is_not_turned_away_at_closing(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.turn_away(ticket(1), at(1)).await.unwrap();
    assert!(story.0.end(seat(1), chat, Ending::Helped, at(2)).await.unwrap());
}

pub(super) async fn waiting_ends_when_somebody_comes_and_begins_anew_for_who_did_not_answer(story: Story) {
    story.joins(1, at(0)).await;
    story.sits(1, at(20)).await;
    story.0.keep(&[ticket(1)], at(20)).await.unwrap();
    let taken = story.0.take(seat(1), None, at(20)).await.unwrap();
    assert!(taken.is_ok());
    // Not confirmed: back at the place, and reached by another one later.
    for second in (40..=11 * 60).step_by(10) {
        story.0.keep(&[ticket(1)], at(second)).await.unwrap();
    }
    story.0.hello(ticket(1), envelope(Kind::Hello, 1), at(11 * 60)).await.unwrap();
    story.sits(2, at(11 * 60)).await;
    let chat = story.0.take(seat(2), None, at(11 * 60)).await.unwrap().unwrap().chat;
    story.puts(chat, Member::VISITOR, 0, at(11 * 60)).await.unwrap();
    // A long chat is no waiting, nor is standing in the line once more.
    for second in (11 * 60..=50 * 60).step_by(20) {
        story.0.keep(&[ticket(1)], at(second)).await.unwrap();
    }
    assert!(story.0.put_back(seat(2), chat, at(50 * 60)).await.unwrap());
    story.0.leave(ticket(1), Claim::NONE, Vec::new(), at(50 * 60)).await.unwrap();
    let sums = story.counted(at(EVENING)).await;
    assert!(sums.contains(&"waited under-30 1".to_owned()), "{sums:?}");
    assert!(sums.contains(&"ending support left_line 1".to_owned()), "{sums:?}");
}

pub(super) async fn a_counsellor_says_within_two_minutes_what_a_chat_was(story: Story) {
    let goodbyes = vec![(Member::COUNSELLOR, envelope(Kind::Beat, 0))];
    let chat = story.talking(1, 1, at(0)).await;
    story.0.leave(ticket(1), chat.claim, goodbyes.clone(), at(60)).await.unwrap();
    // Both had said goodbye: the leave was only quicker than the console.
    assert!(!story.0.end(seat(1), chat, Ending::Helped, at(61)).await.unwrap());
    for _ in 0..2 {
        let said = story.0.recount(chat, Ending::EndedByCounsellor, "travel", at(70)).await;
        assert_eq!(said, Ok(true), "said twice, counted once");
    }
    for (ending, topic) in [(Ending::Helped, "gossip"), (Ending::TurnedAway, "none")] {
        assert_eq!(story.0.recount(chat, ending, topic, at(70)).await, Ok(false), "there is no such word");
    }
    assert_eq!(story.0.recount(chat, Ending::Helped, "none", at(60 + 121)).await, Ok(false), "too late");
    let waits = story.talking(2, 1, at(200)).await;
    assert_eq!(story.0.recount(waits, Ending::Helped, "travel", at(201)).await, Ok(false), "it goes on");
    let sums = story.counted(at(201)).await;
    let expected =
        ["ending support ended_by_counsellor 1", "waited under-2 1", "language other 1", "topic travel 1"];
    assert_eq!(sums, expected);
}

pub(super) async fn a_day_that_is_over_does_not_change_any_more(story: Story) {
    // A minute before midnight.
    let late = 16 * 60 * 60 - 60;
    let chat = story.talking(1, 1, at(late)).await;
    assert!(story.0.end(seat(1), chat, Ending::Helped, at(late + 30)).await.unwrap());
    assert_eq!(story.0.recount(chat, Ending::Helped, "travel", at(late + 50)).await, Ok(true));
    let sums = story.counted(at(late + 50)).await;
    assert_eq!(
        story.0.recount(chat, Ending::Failed, "none", at(late + 70)).await,
        Ok(false),
        "it is tomorrow"
    );
    assert_eq!(story.counted(at(late + 70)).await, sums);
}

pub(super) async fn a_language_is_counted_by_name_when_the_centre_has_it(story: Story) {
    for (visitor, asked) in [(1, "so"), (2, "tlh"), (3, "sv")] {
        let languages = Languages::new(vec![lykta_wire::LanguageTag::new(asked).unwrap()]).unwrap();
        let hello = envelope(Kind::Hello, 0);
        let join = Join { ticket: ticket(visitor), lane: Lane::Professional, languages, hello };
        story.0.join(join, at(0)).await.unwrap();
        story.0.leave(ticket(visitor), Claim::NONE, Vec::new(), at(1)).await.unwrap();
    }
    let sums = story.counted(at(2)).await;
    assert_eq!(sums[..1], ["ending professional left_line 3"]);
    for sum in ["language other 1", "language so 1", "language sv 1"] {
        assert!(sums.iter().any(|one| one == sum), "{sum} in {sums:?}");
    }
}

pub(super) async fn every_relay_reads_the_same_sums_and_hears_when_some_are_lost(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.end(seat(1), chat, Ending::Helped, at(1)).await.unwrap();
    let first = story.0.gather(DAY, false, at(EVENING)).await.unwrap();
    // What is counted meanwhile comes to what was read.
    let late = story.talking(2, 1, at(EVENING)).await;
    story.0.end(seat(1), late, Ending::Failed, at(EVENING + 1)).await.unwrap();
    let second = story.0.gather(DAY, false, at(EVENING + 2)).await.unwrap();
    assert_eq!(second.memory, first.memory, "it has lost nothing");
    assert_eq!(sums(&second.book)[..2], ["ending support helped 1", "ending support failed 1"]);
    // One of them has found that something is missing: all are told, and the sums stay.
    let third = story.0.gather(DAY, true, at(EVENING + 3)).await.unwrap();
    assert_eq!(story.0.gather(DAY, false, at(EVENING + 4)).await.unwrap(), third);
    assert_eq!(sums(&third.book), [sums(&second.book), vec!["incomplete".to_owned()]].concat());
}

pub(super) async fn a_chat_the_store_had_lost_makes_the_week_incomplete(story: Story) {
    let chat = lykta_wire::ChatRef { ticket: ticket(1), claim: Claim(5) };
    story.sits(1, at(0)).await;
    story.0.restore_visitor(ticket(1), Claim(5), at(1)).await.unwrap();
    story.0.restore_seat(seat(1), chat, at(2)).await.unwrap();
    assert!(story.0.end(seat(1), chat, Ending::Helped, at(3)).await.unwrap());
    let sums = story.counted(at(4)).await;
    assert_eq!(sums.last().map(String::as_str), Some("incomplete"));
    assert!(sums.contains(&"ending support helped 1".to_owned()), "{sums:?}");
}

pub(super) async fn whoever_comes_back_is_a_new_visit_and_the_old_one_has_lost_contact(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    assert!(story.keeps(1, 1, 9, false, at(1)).await);
    story.comes_back(2, 9, at(2)).await;
    let back = story.0.returned(seat(1), at(3)).await.unwrap().remove(0).taken.chat;
    story.puts(back, Member::VISITOR, 0, at(3)).await.unwrap();
    let mut cursor = Cursor::default();
    assert!(story.fetches(chat, Member::COUNSELLOR, &mut cursor).await.is_none());
    assert!(story.0.end(seat(1), back, Ending::Helped, at(4)).await.unwrap());
    let sums = story.counted(at(5)).await;
    assert!(sums.contains(&"ending support lost_contact 1".to_owned()), "{sums:?}");
    assert!(sums.contains(&"ending professional helped 1".to_owned()), "{sums:?}");
}

pub(super) async fn yesterday_is_yesterday(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.end(seat(1), chat, Ending::Helped, at(1)).await.unwrap();
    let tomorrow = at(24 * 60 * 60);
    assert!(story.0.gather(DAY.tomorrow().unwrap(), false, tomorrow).await.unwrap().book.is_empty());
    let yesterday = story.0.gather(DAY, false, tomorrow).await.unwrap().book;
    let week = Week::of(DAY);
    assert_eq!(yesterday.value(&Counter::Waited(week, Waited::Under2)), 1);
}
