//! The promises of [`Line`], as stories. Every store runs the same ones; each is given a fresh, empty store.
//!
//! The names are the regression list of systems that broke here, so that a failing one says whom it hurts.

mod boxes;
mod counts;
mod rooms;
mod seats;
mod sheets;

use std::sync::Arc;
use std::time::Duration;

use lykta_wire::{ChatRef, Claim, Ending, Kind, Lane, LanguageTag, Languages, Member, ReturnHandle};

use super::{
    Bell, Bounds, CameBack, Counting, Cursor, Fetched, Holder, Join, Joined, Level, Line, NotPut, NotTaken,
    Restored, Spans, Standing, Taken,
};
use crate::clock::Moment;

pub(super) mod people;
mod told;

use self::people::{at, envelope, kept, seat, talking, ticket};
pub use self::told::Passed;
use self::told::Told;

fn handle(number: u8) -> ReturnHandle {
    ReturnHandle([number; 32])
}

/// A store with the words of the stories.
struct Story(Arc<Told>);

impl Story {
    async fn joins(&self, number: u8, now: Moment) -> Standing {
        self.joins_lane(number, Lane::Support, now).await
    }

    async fn joins_lane(&self, number: u8, lane: Lane, now: Moment) -> Standing {
        let join = Join {
            ticket: ticket(number),
            lane,
            languages: Languages::default(),
            hello: envelope(Kind::Hello, 0),
        };
        match self.0.join(join, now).await {
            Ok(Joined::At(standing)) => standing,
            other => panic!("the line has room: {other:?}"),
        }
    }

    async fn stands(&self, number: u8, now: Moment) -> Standing {
        self.0.keep(&[ticket(number)], now).await.expect("the store is here").remove(0)
    }

    async fn place(&self, number: u8, now: Moment) -> u32 {
        match self.stands(number, now).await {
            Standing::InLine { place, .. } => place,
            other => panic!("ticket {number} should be in the line, not {other:?}"),
        }
    }

    async fn sits(&self, number: u8, now: Moment) {
        self.0.sit(seat(number), true, 3, &[], now).await.expect("the store is here");
    }

    async fn takes(&self, number: u8, now: Moment) -> Result<Taken, NotTaken> {
        self.0.take(seat(number), None, now).await.expect("the store is here")
    }

    async fn puts(&self, chat: ChatRef, from: Member, number: u32, now: Moment) -> Result<u32, NotPut> {
        let to = if from == Member::VISITOR { Member::COUNSELLOR } else { Member::VISITOR };
        self.0.put(chat, from, to, vec![kept(number)], now).await.expect("the store is here").all()
    }

    async fn fetches(&self, chat: ChatRef, to: Member, cursor: &mut Cursor) -> Option<Fetched> {
        self.0.fetch(chat, to, cursor, 1, at(0)).await.expect("the store is here").pop()
    }

    async fn keeps(&self, counsellor: u8, visitor: u8, words: u8, stays: bool, now: Moment) -> bool {
        let kept = self.0.keep_return(seat(counsellor), ticket(visitor), handle(words), stays, now).await;
        kept.expect("the store is here")
    }

    async fn comes_back(&self, visitor: u8, words: u8, now: Moment) -> CameBack {
        let (lane, languages) = (Lane::Professional, Languages::default());
        let hello = envelope(Kind::Hello, u32::from(visitor));
        let join = Join { ticket: ticket(visitor), lane, languages, hello };
        self.0.come_back(join, handle(words), now).await.expect("the store is here")
    }

    /// A visitor with a counsellor, the greeting confirmed.
    async fn talking(&self, visitor: u8, counsellor: u8, now: Moment) -> ChatRef {
        talking(&*self.0, visitor, counsellor, now).await
    }
}

/// The words of the stories' centre; every store is opened with them.
pub(super) fn counting() -> Counting {
    let words = |words: [&str; 2]| words.map(str::to_owned).to_vec();
    Counting { languages: words(["so", "sv"]), topics: words(["travel", "family"]), ..Counting::default() }
}

/// Runs every promise, each on a fresh store. Answers what passed: all of them, or it panics.
pub async fn all<F>(fresh: impl Fn(Spans, Bounds) -> F) -> Passed
where
    F: Future<Output = Arc<dyn Line>>,
{
    let mut passed = Passed::default();
    macro_rules! run {
        ($bounds:expr; $($story:ident),+ $(,)?) => {
            $(
                eprintln!("  the line: {}", stringify!($story).replace('_', " "));
                let told = Arc::new(Told::new(fresh(Spans::default(), $bounds).await));
                $story(Story(Arc::clone(&told))).await;
                passed.note(&told);
            )+
        };
    }
    macro_rules! run_of {
        ($file:ident: $($story:ident),+ $(,)?) => {
            $(
                eprintln!("  the line: {}", stringify!($story).replace('_', " "));
                let told = Arc::new(Told::new(fresh(Spans::default(), Bounds::from(100)).await));
                $file::$story(Story(Arc::clone(&told))).await;
                passed.note(&told);
            )+
        };
    }
    run!(
        Bounds::from(100);
        those_who_wait_stand_in_the_order_they_came,
        support_stands_before_professionals,
        a_repeated_join_changes_nothing,
        a_full_line_takes_nobody_more,
        two_counsellors_clicking_in_the_same_instant_one_wins_and_the_other_sees_why,
        every_ticket_of_a_crowd_is_taken_exactly_once,
        a_dead_visitor_at_the_head_is_skipped_at_once,
        a_visitor_back_in_time_keeps_the_place,
        a_visitor_gone_past_the_grace_loses_the_place,
        a_ticket_taken_and_not_confirmed_returns_to_its_place_as_absent,
        a_chat_put_back_stands_at_the_front_and_wants_a_fresh_greeting,
        the_last_counsellor_leaves_while_people_wait_and_returns,
        a_visitor_whose_counsellor_is_lost_goes_to_the_front_only_after_the_grace,
        a_resting_or_lapsed_seat_takes_nobody,
        a_seat_takes_no_more_than_it_may_hold,
        envelopes_arrive_once_and_in_order,
        a_resend_after_a_lost_answer_is_one_envelope,
        a_number_beyond_the_next_is_refused,
        a_number_without_a_successor_is_refused,
        a_new_box_takes_any_number_first,
        a_full_box_refuses_and_takes_again_after_got,
        a_box_that_lost_what_its_reader_lacks_becomes_new_again,
        a_reader_who_was_shown_a_gap_is_given_on_the_same_connection_what_fills_it,
        a_reader_ahead_of_the_box_moves_it_on,
        a_new_connection_gets_everything_unconfirmed_again,
        the_latest_beat_wins,
        an_answer_is_passed_on_until_the_visitor_speaks,
        a_stale_claim_reaches_nobody,
        a_fast_exit_leaves_a_goodbye_and_nothing_else,
        a_goodbye_is_forgotten_after_its_minute,
        a_leave_is_idempotent,
        an_ended_chat_keeps_its_last_words_for_the_visitor,
        an_ended_chat_is_not_restored,
        an_ended_chat_with_nothing_left_to_read_is_not_restored_either,
        a_chat_left_by_its_visitor_is_not_restored_while_its_goodbye_lies_there,
        a_chat_lost_past_the_grace_is_not_restored,
        a_half_that_was_named_too_long_ago_is_as_good_as_not_named,
        a_box_nobody_writes_into_is_forgotten_and_a_beat_keeps_it,
        last_words_wait_their_whole_time_from_the_end_on,
        nothing_comes_after_a_goodbye,
        a_refused_envelope_leaves_nothing_behind,
        a_reader_who_stayed_connected_sees_the_first_beat_of_a_box_that_was_forgotten,
        a_chat_comes_back_only_when_both_sides_name_it,
        a_seat_that_gave_a_lost_chat_up_does_not_get_it_back,
        a_second_seat_cannot_step_into_a_lost_chat,
        a_visitor_lost_past_the_grace_is_forgotten,
        bells_ring_for_what_happened,
        only_the_visitor_of_a_chat_that_runs_is_cooled_down,
        a_desk_sees_who_waits_and_gets_what_it_saw,
        a_crowd_that_went_is_forgotten_a_second_after_its_time_at_the_latest,
        whose_chat_ended_before_their_relay_heard_of_it_does_not_stand_in_the_line_again,
        no_claim_is_ever_given_twice_even_by_a_store_that_has_forgotten,
        a_long_line_tells_everybody_their_place_in_one_call,
        a_restored_chat_can_be_put_back_and_taken_again,
        of_many_sockets_of_one_ticket_each_has_its_number_and_one_is_the_newest,
        a_number_that_was_forgotten_is_never_given_again,
        who_comes_with_return_words_is_brought_to_their_seat_though_it_is_full,
        words_that_nobody_keeps_lead_nowhere_and_a_lapsed_seat_is_away,
        a_return_that_is_not_confirmed_is_forgotten_and_its_words_are_not,
        a_repeated_return_is_one,
        a_leave_takes_the_words_unless_they_stay,
        a_visitor_has_one_set_of_words_and_a_seat_only_its_own,
        words_of_a_visitor_who_went_back_to_the_line_lead_nowhere,
        a_returned_chat_can_be_put_back_and_stands_in_the_line_like_any_other,
    );
    run_of!(boxes:
        envelopes_put_together_are_stored_as_if_each_came_by_itself,
        what_is_fetched_together_is_what_would_be_fetched_one_by_one,
        an_envelope_is_the_next_one_exactly_when_the_box_would_give_it,
        a_bell_says_how_far_the_box_is_filled,
    );
    run_of!(seats:
        living_seats_see_each_other_with_certificate_and_role,
        seats_see_each_other_when_the_line_empties,
        the_languages_of_those_on_duty_are_known_while_their_leases_live,
        what_seats_say_to_each_other_arrives_once_and_in_order,
        a_hello_begins_a_staff_channel_anew,
        a_staff_box_that_lost_what_its_reader_lacks_becomes_new_again,
        who_heard_no_staff_bell_can_ask_who_has_written,
        a_staff_bell_rings_for_who_is_meant,
    );
    run_of!(sheets:
        of_two_versions_of_a_sheet_the_higher_hangs_whatever_comes_later,
        of_two_who_pin_the_same_version_one_is_refused_and_a_repeated_pin_is_one,
        a_bell_rings_for_a_sheet_that_changed_and_for_no_other,
    );
    run_of!(counts:
        a_chat_that_ends_is_four_sums_and_no_row,
        who_is_not_reached_is_counted_by_how_long_they_were_there,
        who_is_talking_is_not_turned_away_at_closing,
        waiting_ends_when_somebody_comes_and_begins_anew_for_who_did_not_answer,
        a_counsellor_says_within_two_minutes_what_a_chat_was,
        a_day_that_is_over_does_not_change_any_more,
        a_language_is_counted_by_name_when_the_centre_has_it,
        every_relay_reads_the_same_sums_and_hears_when_some_are_lost,
        a_chat_the_store_had_lost_makes_the_week_incomplete,
        whoever_comes_back_is_a_new_visit_and_the_old_one_has_lost_contact,
        yesterday_is_yesterday,
    );
    run_of!(rooms:
        an_asked_seat_is_in_the_chat_only_when_it_comes,
        asking_is_refused_with_a_reason,
        being_a_guest_does_not_count,
        a_number_nobody_came_with_is_given_again_and_its_boxes_are_empty,
        a_number_somebody_came_with_is_never_given_again,
        everybody_in_a_room_reads_their_own_boxes_and_no_others,
        two_seats_of_a_room_that_greet_again_begin_with_empty_boxes,
        a_chat_is_handed_over_in_one_step_and_only_to_one_who_was_asked_and_came,
        return_words_end_with_a_hand_over_and_the_new_counsellor_may_keep_the_same,
        who_handed_over_can_still_finish_a_sentence_and_nothing_else,
        two_switches_in_the_same_instant_leave_one_owner,
        a_guest_who_parts_is_dismissed_or_is_lost_is_in_no_chat_any_more,
        who_had_handed_over_what_the_store_then_lost_is_nobody_to_keep_a_visitor,
        an_invitation_nobody_follows_lapses,
        a_chat_put_back_has_nobody_in_it,
        a_visitor_who_leaves_says_goodbye_to_everybody,
        a_room_comes_back_when_everybody_names_it,
        nobody_names_themselves_into_a_chat_that_was_not_lost,
        a_guest_who_gave_up_a_lost_chat_is_not_brought_back_into_it,
        a_seat_is_in_a_restored_room_once,
        a_hand_over_that_the_store_forgot_is_the_visitor_s_to_say_again,
    );
    run!(
        Bounds { professionals: 2, ..Bounds::from(6) };
        of_professionals_who_come_in_the_same_moment_at_two_relays_as_many_are_let_in_as_may_wait,
        who_needs_support_is_let_in_though_the_lane_of_professionals_is_full,
    );
    run!(Bounds { professionals: 0, ..Bounds::from(6) }; a_lane_that_is_not_offered_takes_nobody);
    run!(Bounds::from(2); those_who_are_gone_past_their_grace_do_not_keep_others_out);
    run!(
        Bounds { tickets: 3, ..Bounds::from(100) };
        tickets_that_wait_and_tickets_in_chats_are_bounded_together,
        strangers_who_name_chats_that_never_were_fill_nothing_up,
    );
    run!(
        // Two envelopes of the stories, and not three.
        Bounds { box_bytes: 5_000, ..Bounds::from(100) };
        a_box_holds_no_more_bytes_than_it_may_and_has_room_again_after_got,
    );
    passed.expect_every_verb();
    passed.expect_as_documented();
    passed
}

async fn those_who_wait_stand_in_the_order_they_came(story: Story) {
    for number in 1..=3 {
        let standing = story.joins(number, at(u64::from(number))).await;
        assert_eq!(standing, Standing::InLine { place: u32::from(number), wants_hello: false });
    }
    story.0.leave(ticket(1), Claim::NONE, vec![], at(4)).await.unwrap();
    assert_eq!(story.place(2, at(5)).await, 1);
    assert_eq!(story.place(3, at(5)).await, 2);
    let everybody: Vec<_> = (1..=12).map(ticket).collect();
    let standings = story.0.keep(&everybody, at(6)).await.unwrap();
    assert_eq!(standings[0], Standing::Nowhere);
    assert_eq!(standings[2], Standing::InLine { place: 2, wants_hello: false });
}

async fn support_stands_before_professionals(story: Story) {
    story.joins_lane(1, Lane::Professional, at(0)).await;
    story.joins(2, at(1)).await;
    assert_eq!(story.place(2, at(2)).await, 1);
    assert_eq!(story.place(1, at(2)).await, 2);
    story.sits(1, at(3)).await;
    assert_eq!(story.takes(1, at(3)).await.unwrap().chat.ticket, ticket(2));
    assert_eq!(story.takes(1, at(3)).await.unwrap().lane, Lane::Professional);
}

async fn a_repeated_join_changes_nothing(story: Story) {
    story.joins(1, at(0)).await;
    story.joins(2, at(1)).await;
    assert_eq!(story.joins(1, at(2)).await, Standing::InLine { place: 1, wants_hello: false });
    assert_eq!(story.0.count(at(2)).await.unwrap().waiting, 2);
}

async fn a_full_line_takes_nobody_more(story: Story) {
    for number in 1..=100 {
        story.joins(number, at(0)).await;
    }
    let join = Join {
        ticket: ticket(101),
        lane: Lane::Support,
        languages: Languages::default(),
        hello: envelope(Kind::Hello, 0),
    };
    assert_eq!(story.0.join(join, at(1)).await.unwrap(), Joined::Full);
}

fn professional(number: u8) -> Join {
    let (lane, languages) = (Lane::Professional, Languages::default());
    Join { ticket: ticket(number), lane, languages, hello: envelope(Kind::Hello, 0) }
}

async fn of_professionals_who_come_in_the_same_moment_at_two_relays_as_many_are_let_in_as_may_wait(
    story: Story,
) {
    assert!(matches!(story.0.join(professional(1), at(0)).await.unwrap(), Joined::At(_)));
    // One place is left, and eight ask for it at once.
    let coming: Vec<_> = (2..=9)
        .map(|number| {
            let line = Arc::clone(&story.0);
            tokio::spawn(async move { line.join(professional(number), at(1)).await.unwrap() })
        })
        .collect();
    let mut let_in = 0;
    for joined in coming {
        match joined.await.unwrap() {
            Joined::At(standing) => {
                assert_eq!(standing, Standing::InLine { place: 2, wants_hello: false });
                let_in += 1;
            }
            Joined::Full => {}
        }
    }
    assert_eq!((let_in, story.0.count(at(1)).await.unwrap().waiting), (1, 2));
    // Whoever asks again is not counted twice.
    assert!(matches!(story.0.join(professional(1), at(2)).await.unwrap(), Joined::At(_)));
    // With one of them called there is room for one more, and with one gone past the grace for another.
    story.sits(1, at(3)).await;
    story.takes(1, at(3)).await.unwrap();
    assert!(matches!(story.0.join(professional(10), at(3)).await.unwrap(), Joined::At(_)));
    assert_eq!(story.0.join(professional(11), at(3)).await.unwrap(), Joined::Full);
    assert!(matches!(story.0.join(professional(11), at(400)).await.unwrap(), Joined::At(_)));
}

async fn who_needs_support_is_let_in_though_the_lane_of_professionals_is_full(story: Story) {
    for number in 1..=2 {
        story.joins_lane(number, Lane::Professional, at(0)).await;
    }
    for number in 3..=6 {
        let place = u32::from(number) - 2;
        assert_eq!(story.joins(number, at(1)).await, Standing::InLine { place, wants_hello: false });
    }
    // One put back to the front of the lane is of the lane all the same.
    story.sits(1, at(2)).await;
    let taken = story.0.take(seat(1), Some(ticket(1)), at(2)).await.unwrap().unwrap();
    assert!(story.0.put_back(seat(1), taken.chat, at(2)).await.unwrap());
    story.0.leave(ticket(3), Claim::NONE, vec![], at(3)).await.unwrap();
    assert_eq!(story.0.join(professional(7), at(3)).await.unwrap(), Joined::Full);
}

async fn a_lane_that_is_not_offered_takes_nobody(story: Story) {
    assert_eq!(story.0.join(professional(1), at(0)).await.unwrap(), Joined::Full);
    assert_eq!(story.joins(2, at(0)).await, Standing::InLine { place: 1, wants_hello: false });
}

async fn those_who_are_gone_past_their_grace_do_not_keep_others_out(story: Story) {
    story.joins(1, at(0)).await;
    story.joins(2, at(0)).await;
    story.0.absent(ticket(1), at(1)).await.unwrap();
    story.0.keep(&[ticket(2)], at(180)).await.unwrap();
    assert_eq!(story.joins(3, at(200)).await, Standing::InLine { place: 2, wants_hello: false });
}

async fn two_counsellors_clicking_in_the_same_instant_one_wins_and_the_other_sees_why(story: Story) {
    story.joins(1, at(0)).await;
    story.sits(1, at(0)).await;
    story.sits(2, at(0)).await;
    let (line_a, line_b) = (Arc::clone(&story.0), Arc::clone(&story.0));
    let a = tokio::spawn(async move { line_a.take(seat(1), Some(ticket(1)), at(1)).await.unwrap() });
    let b = tokio::spawn(async move { line_b.take(seat(2), Some(ticket(1)), at(1)).await.unwrap() });
    let (a, b) = (a.await.unwrap(), b.await.unwrap());
    let refused = match (a, b) {
        (Ok(_), Err(why)) | (Err(why), Ok(_)) => why,
        other => panic!("exactly one wins: {other:?}"),
    };
    assert_eq!(refused, NotTaken::TakenByOther);
}

async fn every_ticket_of_a_crowd_is_taken_exactly_once(story: Story) {
    for number in 1..=60 {
        story.joins(number, at(0)).await;
    }
    let seats: Vec<_> = (1..=30).map(seat).collect();
    for seat in &seats {
        story.0.sit(*seat, true, 3, &[], at(0)).await.unwrap();
    }
    let takers: Vec<_> = seats
        .into_iter()
        .map(|seat| {
            let line = Arc::clone(&story.0);
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Ok(got) = line.take(seat, None, at(1)).await.unwrap() {
                    taken.push(got.chat.ticket);
                    tokio::task::yield_now().await;
                }
                taken
            })
        })
        .collect();
    let mut all = Vec::new();
    for taker in takers {
        let taken = taker.await.unwrap();
        assert!(taken.len() <= 3, "no seat holds more than it may");
        all.extend(taken);
    }
    all.sort_unstable();
    assert_eq!(all, (1..=60).map(ticket).collect::<Vec<_>>());
}

async fn a_dead_visitor_at_the_head_is_skipped_at_once(story: Story) {
    story.joins(1, at(0)).await;
    story.joins(2, at(0)).await;
    story.sits(1, at(1)).await;
    story.0.absent(ticket(1), at(1)).await.unwrap();
    assert_eq!(story.takes(1, at(1)).await.unwrap().chat.ticket, ticket(2));
    let named = story.0.take(seat(1), Some(ticket(1)), at(2)).await.unwrap();
    assert_eq!(named, Err(NotTaken::Gone));
}

async fn a_visitor_back_in_time_keeps_the_place(story: Story) {
    story.joins(1, at(0)).await;
    story.joins(2, at(0)).await;
    story.0.absent(ticket(1), at(1)).await.unwrap();
    story.stands(2, at(170)).await;
    assert_eq!(story.place(1, at(178)).await, 1);
    story.sits(1, at(179)).await;
    assert_eq!(story.takes(1, at(179)).await.unwrap().chat.ticket, ticket(1));
}

async fn a_visitor_gone_past_the_grace_loses_the_place(story: Story) {
    story.joins(1, at(0)).await;
    story.joins(2, at(0)).await;
    story.0.absent(ticket(1), at(1)).await.unwrap();
    for second in (10..=180).step_by(10) {
        story.stands(2, at(second)).await;
    }
    assert_eq!(story.place(2, at(190)).await, 1);
    assert_eq!(story.stands(1, at(190)).await, Standing::Nowhere);
}

async fn a_ticket_taken_and_not_confirmed_returns_to_its_place_as_absent(story: Story) {
    story.joins(1, at(0)).await;
    story.joins(2, at(0)).await;
    story.sits(1, at(0)).await;
    let taken = story.takes(1, at(1)).await.unwrap();
    assert_eq!(taken.chat.ticket, ticket(1));
    story.sits(1, at(14)).await;
    assert_eq!(story.0.chats(seat(1), at(21)).await.unwrap().len(), 1, "twenty seconds are given");
    assert!(story.0.chats(seat(1), at(22)).await.unwrap().is_empty());
    story.stands(2, at(22)).await;
    // Absent until it shows itself; the next one is offered.
    assert_eq!(story.takes(1, at(22)).await.unwrap().chat.ticket, ticket(2));
    assert_eq!(story.stands(1, at(23)).await, Standing::InLine { place: 1, wants_hello: true });
    story.0.hello(ticket(1), envelope(Kind::Hello, 1), at(24)).await.unwrap();
    let again = story.takes(1, at(25)).await.unwrap();
    assert_eq!(again.chat.ticket, ticket(1));
    assert!(again.chat.claim > taken.chat.claim);
}

async fn a_chat_put_back_stands_at_the_front_and_wants_a_fresh_greeting(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.joins(2, at(1)).await;
    story.puts(chat, Member::VISITOR, 1, at(1)).await.unwrap();
    assert!(story.0.put_back(seat(1), chat, at(2)).await.unwrap());
    assert!(!story.0.put_back(seat(1), chat, at(2)).await.unwrap(), "no longer yours");
    assert_eq!(story.stands(1, at(3)).await, Standing::InLine { place: 1, wants_hello: true });
    assert_eq!(story.place(2, at(3)).await, 2);
    story.sits(2, at(3)).await;
    // Nobody can greet it with used-up keys.
    assert_eq!(story.takes(2, at(4)).await.unwrap().chat.ticket, ticket(2));
    story.0.hello(ticket(1), envelope(Kind::Hello, 1), at(5)).await.unwrap();
    let taken = story.takes(2, at(6)).await.unwrap();
    assert!(taken.chat.claim > chat.claim);
    assert_eq!(taken.hello.number(), 1);
    // What was written to the first counsellor is not given to the second.
    let old = story.fetches(taken.chat, Member::COUNSELLOR, &mut Cursor::default()).await;
    assert_eq!(old, None);
}

async fn the_last_counsellor_leaves_while_people_wait_and_returns(story: Story) {
    story.joins(1, at(0)).await;
    story.sits(1, at(0)).await;
    assert_eq!(story.0.count(at(1)).await.unwrap().ready_seats, 1);
    // Closed without a word: the lease says so within its fifteen seconds.
    assert_eq!(story.0.count(at(16)).await.unwrap().ready_seats, 0);
    assert_eq!(story.place(1, at(20)).await, 1);
    story.sits(1, at(30)).await;
    story.0.sit(seat(1), false, 3, &[], at(31)).await.unwrap();
    assert_eq!(story.0.count(at(31)).await.unwrap().ready_seats, 0, "resting is not on duty");
    story.sits(1, at(32)).await;
    assert_eq!(story.takes(1, at(33)).await.unwrap().chat.ticket, ticket(1));
}

async fn a_visitor_whose_counsellor_is_lost_goes_to_the_front_only_after_the_grace(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.joins(2, at(1)).await;
    let lost = Some(at(15));
    let with = Standing::With { claim: chat.claim, seat: seat(1), seat_lost: lost };
    assert_eq!(story.stands(1, at(20)).await, with);
    // Asked too early (or by somebody impatient): the chat stays.
    assert_eq!(story.0.hello(ticket(1), envelope(Kind::Hello, 1), at(100)).await.unwrap(), with);
    story.stands(2, at(100)).await;
    let standing = story.0.hello(ticket(1), envelope(Kind::Hello, 1), at(195)).await.unwrap();
    assert_eq!(standing, Standing::InLine { place: 1, wants_hello: false });
    // The counsellor who comes back is told: no longer yours.
    story.sits(1, at(196)).await;
    assert!(story.0.chats(seat(1), at(196)).await.unwrap().is_empty());
    assert_eq!(story.0.restore_seat(seat(1), chat, at(196)).await.unwrap(), Restored::NotYours);
}

async fn a_resting_or_lapsed_seat_takes_nobody(story: Story) {
    story.joins(1, at(0)).await;
    assert_eq!(story.takes(9, at(0)).await, Err(NotTaken::NotOnDuty), "never sat");
    story.0.sit(seat(1), false, 3, &[], at(0)).await.unwrap();
    assert_eq!(story.takes(1, at(1)).await, Err(NotTaken::NotOnDuty), "resting");
    story.sits(1, at(2)).await;
    assert_eq!(story.takes(1, at(17)).await, Err(NotTaken::NotOnDuty), "lapsed");
}

async fn a_seat_takes_no_more_than_it_may_hold(story: Story) {
    for number in 1..=3 {
        story.joins(number, at(0)).await;
    }
    story.0.sit(seat(1), true, 2, &[], at(0)).await.unwrap();
    assert!(story.takes(1, at(1)).await.is_ok());
    assert!(story.takes(1, at(1)).await.is_ok());
    assert_eq!(story.takes(1, at(1)).await, Err(NotTaken::SeatFull));
}

async fn envelopes_arrive_once_and_in_order(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    for number in 0..5 {
        assert_eq!(story.puts(chat, Member::COUNSELLOR, number, at(1)).await, Ok(number + 1));
    }
    let mut cursor = Cursor::default();
    for number in 0..5 {
        let found = story.fetches(chat, Member::VISITOR, &mut cursor).await.unwrap();
        assert_eq!((found.from, found.envelope), (Member::COUNSELLOR, kept(number)));
        story.0.got(chat, Member::COUNSELLOR, Member::VISITOR, number + 1, at(2)).await.unwrap();
    }
    assert_eq!(story.fetches(chat, Member::VISITOR, &mut cursor).await, None);
}

async fn a_resend_after_a_lost_answer_is_one_envelope(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    assert_eq!(story.puts(chat, Member::VISITOR, 1, at(1)).await, Ok(2));
    assert_eq!(story.puts(chat, Member::VISITOR, 1, at(2)).await, Ok(2), "confirmed and dropped");
    assert_eq!(story.puts(chat, Member::VISITOR, 0, at(2)).await, Ok(2));
    let mut cursor = Cursor::default();
    for number in 0..2 {
        let found = story.fetches(chat, Member::COUNSELLOR, &mut cursor).await.unwrap();
        assert_eq!(found.envelope, kept(number));
    }
    assert_eq!(story.fetches(chat, Member::COUNSELLOR, &mut cursor).await, None);
}

async fn a_number_beyond_the_next_is_refused(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    assert_eq!(story.puts(chat, Member::VISITOR, 2, at(1)).await, Err(NotPut::OutOfOrder));
    assert_eq!(story.puts(chat, Member::VISITOR, 1, at(1)).await, Ok(2));
}

async fn a_number_without_a_successor_is_refused(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let last = u32::MAX;
    assert_eq!(story.puts(chat, Member::COUNSELLOR, last, at(1)).await, Err(NotPut::OutOfOrder));
    assert_eq!(story.puts(chat, Member::COUNSELLOR, last - 1, at(1)).await, Ok(last));
    assert_eq!(story.puts(chat, Member::COUNSELLOR, last, at(1)).await, Err(NotPut::OutOfOrder));
    story.0.got(chat, Member::COUNSELLOR, Member::VISITOR, last, at(1)).await.unwrap();
    assert_eq!(story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await, None);
}

async fn a_new_box_takes_any_number_first(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    // The other direction's box has never taken anything, as after a store that came back empty.
    assert_eq!(story.puts(chat, Member::COUNSELLOR, 17, at(1)).await, Ok(18));
    let found = story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await.unwrap();
    assert_eq!(found.envelope.number(), 17);
}

async fn a_full_box_refuses_and_takes_again_after_got(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    for number in 1..64 {
        story.puts(chat, Member::VISITOR, number, at(1)).await.unwrap();
    }
    assert_eq!(story.puts(chat, Member::VISITOR, 64, at(1)).await, Err(NotPut::Full));
    story.0.got(chat, Member::VISITOR, Member::COUNSELLOR, 10, at(2)).await.unwrap();
    assert_eq!(story.puts(chat, Member::VISITOR, 64, at(2)).await, Ok(65));
}

async fn a_box_that_lost_what_its_reader_lacks_becomes_new_again(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    // Note 3 was lost with the old store; note 4 made the new box.
    assert_eq!(story.puts(chat, Member::COUNSELLOR, 4, at(1)).await, Ok(5));
    story.0.got(chat, Member::COUNSELLOR, Member::VISITOR, 3, at(2)).await.unwrap();
    assert_eq!(story.puts(chat, Member::COUNSELLOR, 3, at(3)).await, Ok(4), "the resend is taken");
    assert_eq!(story.puts(chat, Member::COUNSELLOR, 4, at(3)).await, Ok(5));
    let mut cursor = Cursor::default();
    for number in 3..5 {
        let found = story.fetches(chat, Member::VISITOR, &mut cursor).await.unwrap();
        assert_eq!(found.envelope, kept(number));
    }
}

async fn a_reader_who_was_shown_a_gap_is_given_on_the_same_connection_what_fills_it(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let mut cursor = Cursor::default();
    // The store has forgotten everything below 5, and the first to arrive afterwards is 5.
    let numbers = async |cursor: &mut Cursor| {
        let mut numbers = Vec::new();
        while let Some(found) = story.fetches(chat, Member::VISITOR, cursor).await {
            numbers.push(found.envelope.number());
        }
        numbers
    };
    for number in 5..8 {
        story.puts(chat, Member::COUNSELLOR, number, at(1)).await.unwrap();
    }
    assert_eq!(numbers(&mut cursor).await, [5, 6, 7]);
    // Said again with every beat until it comes.
    for _ in 0..2 {
        story.0.got(chat, Member::COUNSELLOR, Member::VISITOR, 3, at(2)).await.unwrap();
    }
    for number in 3..8 {
        story.puts(chat, Member::COUNSELLOR, number, at(3)).await.unwrap();
    }
    assert_eq!(numbers(&mut cursor).await, [3, 4, 5, 6, 7]);
    assert!(numbers(&mut cursor).await.is_empty());
}

async fn a_reader_ahead_of_the_box_moves_it_on(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.puts(chat, Member::COUNSELLOR, 0, at(1)).await.unwrap();
    story.0.got(chat, Member::COUNSELLOR, Member::VISITOR, 6, at(2)).await.unwrap();
    assert_eq!(story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await, None);
    assert_eq!(story.puts(chat, Member::COUNSELLOR, 6, at(3)).await, Ok(7));
}

async fn a_new_connection_gets_everything_unconfirmed_again(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    for number in 1..4 {
        story.puts(chat, Member::VISITOR, number, at(1)).await.unwrap();
    }
    let mut first = Cursor::default();
    while story.fetches(chat, Member::COUNSELLOR, &mut first).await.is_some() {}
    story.0.got(chat, Member::VISITOR, Member::COUNSELLOR, 2, at(2)).await.unwrap();
    let mut second = Cursor::default();
    let again = story.fetches(chat, Member::COUNSELLOR, &mut second).await.unwrap();
    assert_eq!(again.envelope, kept(2), "by number, never by time");
}

async fn the_latest_beat_wins(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    for number in 0..3 {
        let beat = envelope(Kind::Beat, number);
        story.0.beat(chat, Member::COUNSELLOR, Member::VISITOR, beat, at(1)).await.unwrap();
    }
    let mut cursor = Cursor::default();
    let found = story.fetches(chat, Member::VISITOR, &mut cursor).await.unwrap();
    assert_eq!(found.envelope, envelope(Kind::Beat, 2));
    assert_eq!(story.fetches(chat, Member::VISITOR, &mut cursor).await, None);
}

async fn an_answer_is_passed_on_until_the_visitor_speaks(story: Story) {
    story.joins(1, at(0)).await;
    story.sits(1, at(0)).await;
    let chat = story.takes(1, at(0)).await.unwrap().chat;
    let answer = envelope(Kind::Answer, 0);
    story
        .0
        .put(chat, Member::COUNSELLOR, Member::VISITOR, vec![answer.clone()], at(1))
        .await
        .unwrap()
        .all()
        .unwrap();
    for _reconnect in 0..2 {
        let found = story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await.unwrap();
        assert_eq!(found.envelope, answer);
    }
    story.puts(chat, Member::VISITOR, 0, at(2)).await.unwrap();
    assert_eq!(story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await, None);
}

async fn a_stale_claim_reaches_nobody(story: Story) {
    let old = story.talking(1, 1, at(0)).await;
    story.0.put_back(seat(1), old, at(1)).await.unwrap();
    story.0.hello(ticket(1), envelope(Kind::Hello, 1), at(1)).await.unwrap();
    story.sits(2, at(1)).await;
    let new = story.takes(2, at(1)).await.unwrap().chat;
    story.puts(old, Member::COUNSELLOR, 0, at(2)).await.unwrap();
    assert_eq!(story.fetches(new, Member::VISITOR, &mut Cursor::default()).await, None);
    assert!(!story.0.end(seat(1), old, Ending::Helped, at(2)).await.unwrap());
    assert!(new.claim > old.claim);
    assert!(matches!(story.stands(1, at(3)).await, Standing::With { claim, .. } if claim == new.claim));
}

async fn a_fast_exit_leaves_a_goodbye_and_nothing_else(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.puts(chat, Member::VISITOR, 1, at(1)).await.unwrap();
    story.puts(chat, Member::COUNSELLOR, 0, at(1)).await.unwrap();
    let goodbye = envelope(Kind::Beat, 9);
    let goodbyes = vec![(Member::COUNSELLOR, goodbye.clone())];
    story.0.leave(ticket(1), chat.claim, goodbyes, at(2)).await.unwrap();
    assert_eq!(story.stands(1, at(3)).await, Standing::Nowhere);
    assert!(story.0.chats(seat(1), at(3)).await.unwrap().is_empty());
    let mut cursor = Cursor::default();
    let found = story.fetches(chat, Member::COUNSELLOR, &mut cursor).await.unwrap();
    assert_eq!(found.envelope, goodbye);
    assert_eq!(story.fetches(chat, Member::COUNSELLOR, &mut cursor).await, None);
    assert_eq!(story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await, None);
}

async fn a_goodbye_is_forgotten_after_its_minute(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let goodbyes = vec![(Member::COUNSELLOR, envelope(Kind::Beat, 9))];
    story.0.leave(ticket(1), chat.claim, goodbyes, at(2)).await.unwrap();
    story.0.keep(&[], at(63)).await.unwrap();
    assert_eq!(story.fetches(chat, Member::COUNSELLOR, &mut Cursor::default()).await, None);
}

async fn a_leave_is_idempotent(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let goodbye = || vec![(Member::COUNSELLOR, envelope(Kind::Beat, 9))];
    for second in 2..4 {
        story.0.leave(ticket(1), chat.claim, goodbye(), at(second)).await.unwrap();
    }
    assert!(story.fetches(chat, Member::COUNSELLOR, &mut Cursor::default()).await.is_some());
    // A leave for a ticket that never was stores nothing.
    let stranger = ChatRef { ticket: ticket(7), claim: Claim(1) };
    story.0.leave(ticket(7), Claim(1), goodbye(), at(5)).await.unwrap();
    assert_eq!(story.fetches(stranger, Member::COUNSELLOR, &mut Cursor::default()).await, None);
}

async fn an_ended_chat_keeps_its_last_words_for_the_visitor(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.puts(chat, Member::COUNSELLOR, 0, at(1)).await.unwrap();
    assert!(story.0.end(seat(1), chat, Ending::Helped, at(2)).await.unwrap());
    assert_eq!(story.stands(1, at(3)).await, Standing::Nowhere);
    let found = story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await.unwrap();
    assert_eq!(found.envelope, kept(0));
    assert_eq!(story.fetches(chat, Member::COUNSELLOR, &mut Cursor::default()).await, None);
}

async fn an_ended_chat_is_not_restored(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.puts(chat, Member::COUNSELLOR, 0, at(1)).await.unwrap();
    story.0.end(seat(1), chat, Ending::Helped, at(2)).await.unwrap();
    let standing = story.0.restore_visitor(ticket(1), chat.claim, at(3)).await.unwrap();
    assert_eq!(standing, Standing::Nowhere);
    assert_ne!(story.0.restore_seat(seat(1), chat, at(4)).await.unwrap(), Restored::Yours);
    assert_eq!(story.stands(1, at(5)).await, Standing::Nowhere);
}

async fn a_chat_comes_back_only_when_both_sides_name_it(story: Story) {
    // The store is empty, as after a restart; both browsers still hold their keys.
    let chat = ChatRef { ticket: ticket(1), claim: Claim(4) };
    story.sits(1, at(0)).await;
    assert_eq!(story.0.restore_seat(seat(1), chat, at(0)).await.unwrap(), Restored::Waiting);
    let other = Claim(5);
    let standing = story.0.restore_visitor(ticket(1), other, at(1)).await.unwrap();
    assert_eq!(standing, Standing::Nowhere, "another claim is another chat");
    let standing = story.0.restore_visitor(ticket(1), chat.claim, at(1)).await.unwrap();
    assert_eq!(standing, Standing::With { claim: chat.claim, seat: seat(1), seat_lost: None });
    assert_eq!(story.0.restore_seat(seat(1), chat, at(2)).await.unwrap(), Restored::Yours);
    assert_eq!(story.puts(chat, Member::VISITOR, 23, at(2)).await, Ok(24));
}

async fn a_seat_that_gave_a_lost_chat_up_does_not_get_it_back(story: Story) {
    for number in [1, 2] {
        let chat = ChatRef { ticket: ticket(number), claim: Claim(4) };
        story.sits(1, at(0)).await;
        assert_eq!(story.0.restore_seat(seat(1), chat, at(0)).await.unwrap(), Restored::Waiting);
        let gave_up = match number {
            1 => story.0.put_back(seat(1), chat, at(1)).await,
            _ => story.0.end(seat(1), chat, Ending::Helped, at(1)).await,
        };
        assert!(!gave_up.unwrap(), "it was not this seat's");
        let standing = story.0.restore_visitor(ticket(number), chat.claim, at(2)).await.unwrap();
        assert_eq!(standing, Standing::Nowhere, "nobody would answer there");
    }
}

async fn a_second_seat_cannot_step_into_a_lost_chat(story: Story) {
    let chat = ChatRef { ticket: ticket(1), claim: Claim(4) };
    story.0.restore_seat(seat(1), chat, at(0)).await.unwrap();
    assert_eq!(story.0.restore_seat(seat(2), chat, at(0)).await.unwrap(), Restored::NotYours);
    let standing = story.0.restore_visitor(ticket(1), chat.claim, at(1)).await.unwrap();
    assert!(matches!(standing, Standing::With { seat: owner, .. } if owner == seat(1)));
    assert_eq!(story.0.restore_seat(seat(2), chat, at(2)).await.unwrap(), Restored::NotYours);
}

async fn a_visitor_lost_past_the_grace_is_forgotten(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.absent(ticket(1), at(10)).await.unwrap();
    let chats = story.0.chats(seat(1), at(11)).await.unwrap();
    assert_eq!((chats[0].chat, chats[0].visitor_lost), (chat, Some(at(10))));
    assert_eq!(story.0.chats(seat(1), at(909)).await.unwrap().len(), 1);
    assert!(story.0.chats(seat(1), at(911)).await.unwrap().is_empty());
    assert_eq!(story.stands(1, at(911)).await, Standing::Nowhere);
}

async fn bells_ring_for_what_happened(story: Story) {
    let mut bells = story.0.bells();
    let chat = story.talking(1, 1, at(0)).await;
    story.puts(chat, Member::COUNSELLOR, 0, at(1)).await.unwrap();
    let number = story.0.prove(Holder::Visitor(ticket(1)), at(1)).await.unwrap();
    // How far a box is filled is another promise.
    let boxed = |from, to| Bell::Box { ticket: ticket(1), from, to, level: Level::UNKNOWN };
    // A bell may repeat and two may overtake each other, so the story asks only that each is heard.
    let mut missing = vec![
        Bell::Line,
        Bell::Ticket(ticket(1)),
        boxed(Member::VISITOR, Member::COUNSELLOR),
        boxed(Member::COUNSELLOR, Member::VISITOR),
        Bell::Newer(Holder::Visitor(ticket(1)), number),
    ];
    while !missing.is_empty() {
        let heard = tokio::time::timeout(Duration::from_secs(10), bells.recv()).await;
        let heard = heard.unwrap_or_else(|_| panic!("{missing:?} were not heard")).expect("the store lives");
        let heard = if let Bell::Box { from, to, .. } = heard { boxed(from, to) } else { heard };
        missing.retain(|wished| *wished != heard);
    }
}

async fn only_the_visitor_of_a_chat_that_runs_is_cooled_down(story: Story) {
    story.joins(2, at(0)).await;
    let waits = ChatRef { ticket: ticket(2), claim: Claim::NONE };
    let chat = story.talking(1, 1, at(1)).await;
    let mut bells = story.0.bells();
    let another = ChatRef { claim: Claim(chat.claim.0 + 1), ..chat };
    for (nobody, why) in [(waits, "who waits"), (another, "another claim")] {
        assert_eq!(story.0.cool(nobody, at(2)).await, Ok(false), "{why}");
    }
    assert_eq!(story.0.cool(chat, at(2)).await, Ok(true));
    assert_eq!(story.0.cool(chat, at(2)).await, Ok(true), "as often as somebody asks");
    assert!(story.0.end(seat(1), chat, Ending::EndedByCounsellor, at(3)).await.unwrap());
    assert_eq!(story.0.cool(chat, at(3)).await, Ok(false), "it is over");
    // The two before the end, and none of those that were refused; heard before the visitor hears of the end.
    let mut cooled = Vec::new();
    loop {
        let heard = tokio::time::timeout(Duration::from_secs(10), bells.recv()).await;
        match heard.expect("the end is rung for").expect("the store lives") {
            Bell::Cool(name) => cooled.push(name),
            Bell::Ticket(name) if name == chat.ticket && !cooled.is_empty() => break,
            _ => {}
        }
    }
    assert_eq!(cooled, [chat.ticket, chat.ticket]);
}

async fn a_desk_sees_who_waits_and_gets_what_it_saw(story: Story) {
    let languages = Languages::new(vec![
        LanguageTag::new("ckb").expect("a language"),
        LanguageTag::new("sv").expect("a language"),
    ])
    .expect("as many as may be named");
    let join = Join {
        ticket: ticket(1),
        lane: Lane::Support,
        languages: languages.clone(),
        hello: envelope(Kind::Hello, 3),
    };
    story.0.join(join, at(0)).await.unwrap();
    story.joins_lane(2, Lane::Professional, at(5)).await;
    story.joins(3, at(6)).await;
    story.0.absent(ticket(3), at(7)).await.unwrap();
    let seen = story.0.look(None, 40, at(10)).await.unwrap();
    let shown: Vec<_> = seen.iter().map(|entry| (entry.ticket, entry.lane, entry.present)).collect();
    assert_eq!(
        shown,
        [
            (ticket(1), Lane::Support, true),
            (ticket(3), Lane::Support, false),
            (ticket(2), Lane::Professional, true)
        ]
    );
    assert_eq!((seen[0].waited_s, &seen[0].languages), (10, &languages));
    assert_eq!(seen[2].waited_s, 5);
    assert_eq!(story.0.look(None, 1, at(10)).await.unwrap().len(), 1);
    for (lane, numbers) in [(Lane::Support, vec![1, 3]), (Lane::Professional, vec![2])] {
        let seen = story.0.look(Some(lane), 40, at(10)).await.unwrap();
        assert!(seen.iter().all(|entry| entry.lane == lane));
        assert!(seen.iter().map(|entry| entry.ticket).eq(numbers.into_iter().map(ticket)));
        assert_eq!(story.0.look(Some(lane), 1, at(10)).await.unwrap(), seen[..1]);
    }
    story.sits(1, at(10)).await;
    let taken = story.takes(1, at(11)).await.unwrap();
    assert_eq!((taken.languages, taken.hello.number()), (languages, 3));
    let count = story.0.count(at(11)).await.unwrap();
    assert_eq!((count.waiting, count.ready_seats, count.capacity, count.chats), (2, 1, 3, 1));
}

async fn no_claim_is_ever_given_twice_even_by_a_store_that_has_forgotten(story: Story) {
    // Two takes of one ticket, and between them everything about the first is forgotten.
    let first = story.talking(1, 1, at(0)).await;
    story.0.leave(ticket(1), first.claim, Vec::new(), at(1)).await.unwrap();
    story.joins(1, at(1)).await;
    let second = story.takes(1, at(1)).await.unwrap().chat;
    assert!(second.claim > first.claim, "{second:?} after {first:?}");
    // The same seat's late words about the first reach nobody.
    story.puts(first, Member::COUNSELLOR, 0, at(2)).await.unwrap();
    assert_eq!(story.fetches(second, Member::VISITOR, &mut Cursor::default()).await, None);
    assert!(!story.0.put_back(seat(1), first, at(2)).await.unwrap());
}

async fn a_long_line_tells_everybody_their_place_in_one_call(story: Story) {
    for number in 1..=30 {
        story.joins(number, at(0)).await;
    }
    story.sits(1, at(1)).await;
    let taken = story.takes(1, at(1)).await.unwrap().chat;
    let everybody: Vec<_> = (1..=31).map(ticket).collect();
    let standings = story.0.keep(&everybody, at(2)).await.unwrap();
    assert!(matches!(standings[0], Standing::With { claim, .. } if claim == taken.claim));
    for (standing, place) in standings[1..30].iter().zip(1..) {
        assert_eq!(*standing, Standing::InLine { place, wants_hello: false });
    }
    assert_eq!(standings[30], Standing::Nowhere);
}

async fn a_restored_chat_can_be_put_back_and_taken_again(story: Story) {
    let chat = ChatRef { ticket: ticket(1), claim: Claim(4) };
    story.sits(1, at(0)).await;
    story.0.restore_seat(seat(1), chat, at(0)).await.unwrap();
    story.0.restore_visitor(ticket(1), chat.claim, at(0)).await.unwrap();
    story.joins(2, at(1)).await;
    assert!(story.0.put_back(seat(1), chat, at(2)).await.unwrap());
    assert_eq!(story.stands(1, at(2)).await, Standing::InLine { place: 1, wants_hello: true });
    story.0.hello(ticket(1), envelope(Kind::Hello, 1), at(3)).await.unwrap();
    let again = story.takes(1, at(3)).await.unwrap().chat;
    assert_eq!(again.ticket, chat.ticket);
    assert!(again.claim > chat.claim);
}

async fn of_many_sockets_of_one_ticket_each_has_its_number_and_one_is_the_newest(story: Story) {
    let mut bells = story.0.bells();
    for holder in [Holder::Visitor(ticket(1)), Holder::Seat(seat(1))] {
        assert_eq!(story.0.newest(holder, at(0)).await.unwrap(), 0, "nobody has proved anything");
        let proofs: Vec<_> = (0..20)
            .map(|_| {
                let line = Arc::clone(&story.0);
                tokio::spawn(async move { line.prove(holder, at(1)).await.unwrap() })
            })
            .collect();
        let mut numbers = Vec::new();
        for proof in proofs {
            numbers.push(proof.await.unwrap());
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 20, "no two sockets have the same number");
        let newest = *numbers.last().unwrap();
        assert_eq!(story.0.newest(holder, at(1)).await.unwrap(), newest);
        // One after another is higher, also when the clock has not moved.
        assert!(story.0.prove(holder, at(1)).await.unwrap() > newest);
        while let Some(number) = numbers.last() {
            let heard = tokio::time::timeout(Duration::from_secs(10), bells.recv()).await;
            let heard = heard.unwrap_or_else(|_| panic!("{number} was not rung")).expect("the store lives");
            numbers.retain(|number| heard != Bell::Newer(holder, *number));
        }
    }
    // Somebody else's sockets are counted by themselves.
    assert_eq!(story.0.newest(Holder::Visitor(ticket(2)), at(1)).await.unwrap(), 0);
}

async fn a_number_that_was_forgotten_is_never_given_again(story: Story) {
    let holder = Holder::Visitor(ticket(1));
    let mut last = 0;
    for second in 0..10 {
        for _ in 0..3 {
            let number = story.0.prove(holder, at(second * 100)).await.unwrap();
            assert!(number > last, "{number} after {last}");
            last = number;
        }
        story.0.keep(&[], at(second * 100 + 99)).await.unwrap();
    }
}

async fn a_crowd_that_went_is_forgotten_a_second_after_its_time_at_the_latest(story: Story) {
    for number in 1..=90 {
        story.joins(number, at(0)).await;
    }
    let waiting = async |now| story.0.count(now).await.unwrap().waiting;
    // A lease of 25 s and three minutes.
    let last = 25 + 180;
    story.0.keep(&[], at(last)).await.unwrap();
    assert_eq!(waiting(at(last)).await, 90);
    story.0.keep(&[ticket(200)], at(last + 1)).await.unwrap();
    assert_eq!(waiting(at(last + 1)).await, 0);
}

async fn whose_chat_ended_before_their_relay_heard_of_it_does_not_stand_in_the_line_again(story: Story) {
    story.sits(1, at(0)).await;
    for (number, put_back) in [(1, false), (2, true)] {
        let place = story.joins(number, at(1)).await;
        assert_eq!(story.0.keep(&[ticket(number)], at(1)).await.unwrap(), [place]);
        let mut taken = story.takes(1, at(2)).await.unwrap();
        if put_back {
            assert!(story.0.put_back(seat(1), taken.chat, at(3)).await.unwrap());
            let hello = envelope(Kind::Hello, 9);
            let place = Standing::InLine { place: 1, wants_hello: false };
            assert_eq!(story.0.hello(ticket(number), hello, at(3)).await.unwrap(), place);
            assert_eq!(story.0.keep(&[ticket(number)], at(4)).await.unwrap(), [place]);
            taken = story.takes(1, at(5)).await.unwrap();
        }
        assert!(story.0.end(seat(1), taken.chat, Ending::Helped, at(6)).await.unwrap());
        assert_eq!(story.0.keep(&[ticket(number)], at(6)).await.unwrap(), [Standing::Nowhere]);
        assert_eq!(story.0.count(at(6)).await.unwrap().waiting, 0);
    }
}

async fn tickets_that_wait_and_tickets_in_chats_are_bounded_together(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.joins(2, at(1)).await;
    story.joins(3, at(1)).await;
    let fourth = || Join {
        ticket: ticket(4),
        lane: Lane::Support,
        languages: Languages::default(),
        hello: envelope(Kind::Hello, 0),
    };
    assert_eq!(story.0.join(fourth(), at(2)).await.unwrap(), Joined::Full);
    // Who is known may say so again.
    assert_eq!(story.joins(3, at(2)).await, Standing::InLine { place: 2, wants_hello: false });
    assert!(story.0.end(seat(1), chat, Ending::Helped, at(3)).await.unwrap());
    assert!(matches!(story.0.join(fourth(), at(4)).await.unwrap(), Joined::At(_)));
}

async fn strangers_who_name_chats_that_never_were_fill_nothing_up(story: Story) {
    for number in 10..20 {
        story.0.restore_visitor(ticket(number), Claim(1), at(0)).await.unwrap();
    }
    // The first three are remembered, the others are not, and the line is still there for those who join.
    let named = |number| ChatRef { ticket: ticket(number), claim: Claim(1) };
    assert_eq!(story.0.restore_seat(seat(1), named(19), at(1)).await.unwrap(), Restored::NotYours);
    assert_eq!(story.0.restore_seat(seat(1), named(10), at(1)).await.unwrap(), Restored::Yours);
    story.joins(1, at(1)).await;
    story.joins(2, at(1)).await;
    // No room for one ticket more, whichever way it comes.
    assert_eq!(story.0.restore_seat(seat(1), named(11), at(2)).await.unwrap(), Restored::NotYours);
    // Twenty minutes later nobody knows of the strangers, and there is room for others.
    story.0.keep(&[], at(1_300)).await.unwrap();
    assert_eq!(story.0.restore_seat(seat(1), named(18), at(1_300)).await.unwrap(), Restored::Waiting);
}

async fn a_box_holds_no_more_bytes_than_it_may_and_has_room_again_after_got(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    assert_eq!(story.puts(chat, Member::VISITOR, 1, at(1)).await, Ok(2));
    assert_eq!(story.puts(chat, Member::VISITOR, 2, at(1)).await, Err(NotPut::Full));
    assert_eq!(story.puts(chat, Member::VISITOR, 1, at(1)).await, Ok(2), "what is there is confirmed");
    story.0.got(chat, Member::VISITOR, Member::COUNSELLOR, 1, at(2)).await.unwrap();
    assert_eq!(story.puts(chat, Member::VISITOR, 2, at(2)).await, Ok(3));
    assert_eq!(story.puts(chat, Member::VISITOR, 3, at(2)).await, Err(NotPut::Full));
    // A reader who is ahead, and one who lacks what the box never had, both leave it empty.
    story.0.got(chat, Member::VISITOR, Member::COUNSELLOR, 9, at(3)).await.unwrap();
    assert_eq!(story.puts(chat, Member::VISITOR, 9, at(3)).await, Ok(10));
    assert_eq!(story.puts(chat, Member::VISITOR, 10, at(3)).await, Ok(11));
    story.0.got(chat, Member::VISITOR, Member::COUNSELLOR, 4, at(4)).await.unwrap();
    assert_eq!(story.puts(chat, Member::VISITOR, 4, at(4)).await, Ok(5));
    assert_eq!(story.puts(chat, Member::VISITOR, 5, at(4)).await, Ok(6));
    assert_eq!(story.puts(chat, Member::VISITOR, 6, at(4)).await, Err(NotPut::Full));
    // Each direction has its own room.
    assert_eq!(story.puts(chat, Member::COUNSELLOR, 0, at(4)).await, Ok(1));
}

async fn an_ended_chat_with_nothing_left_to_read_is_not_restored_either(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.end(seat(1), chat, Ending::Helped, at(2)).await.unwrap();
    // Both name it, in either order: a console that has not heard of its own end, a visitor who reconnects.
    for second in [3, 600, 1_199] {
        assert_eq!(story.0.restore_seat(seat(1), chat, at(second)).await.unwrap(), Restored::NotYours);
        let standing = story.0.restore_visitor(ticket(1), chat.claim, at(second)).await.unwrap();
        assert_eq!(standing, Standing::Nowhere);
        assert_eq!(story.0.restore_seat(seat(1), chat, at(second)).await.unwrap(), Restored::NotYours);
        story.0.keep(&[], at(second)).await.unwrap();
    }
    assert_eq!(story.0.count(at(1_200)).await.unwrap().chats, 0);
}

async fn a_chat_left_by_its_visitor_is_not_restored_while_its_goodbye_lies_there(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let goodbyes = vec![(Member::COUNSELLOR, envelope(Kind::Beat, 9))];
    story.0.leave(ticket(1), chat.claim, goodbyes, at(2)).await.unwrap();
    for second in [3, 61] {
        assert_eq!(story.0.restore_seat(seat(1), chat, at(second)).await.unwrap(), Restored::NotYours);
    }
    // After that nothing is known of it; it would take the visitor, who has gone, to bring it back.
    assert_eq!(story.0.restore_seat(seat(1), chat, at(63)).await.unwrap(), Restored::Waiting);
}

async fn a_chat_lost_past_the_grace_is_not_restored(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.absent(ticket(1), at(10)).await.unwrap();
    story.0.keep(&[], at(911)).await.unwrap();
    assert_eq!(story.0.restore_seat(seat(1), chat, at(912)).await.unwrap(), Restored::NotYours);
    let standing = story.0.restore_visitor(ticket(1), chat.claim, at(912)).await.unwrap();
    assert_eq!(standing, Standing::Nowhere);
}

async fn a_half_that_was_named_too_long_ago_is_as_good_as_not_named(story: Story) {
    let chat = ChatRef { ticket: ticket(1), claim: Claim(4) };
    assert_eq!(story.0.restore_seat(seat(1), chat, at(0)).await.unwrap(), Restored::Waiting);
    let standing = story.0.restore_visitor(ticket(1), chat.claim, at(1_200)).await.unwrap();
    assert_eq!(standing, Standing::Nowhere);
    assert_eq!(story.0.restore_seat(seat(2), chat, at(1_201)).await.unwrap(), Restored::Yours);
}

async fn a_box_nobody_writes_into_is_forgotten_and_a_beat_keeps_it(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.puts(chat, Member::COUNSELLOR, 0, at(0)).await.unwrap();
    let lies = async |to, second| {
        story.stands(1, at(second)).await;
        story.0.fetch(chat, to, &mut Cursor::default(), 1, at(second)).await.unwrap().pop().is_some()
    };
    // To a seat fifteen minutes, to a visitor twenty, counted from what was written last.
    assert!(lies(Member::COUNSELLOR, 899).await);
    let beat = envelope(Kind::Beat, 1);
    story.0.beat(chat, Member::VISITOR, Member::COUNSELLOR, beat, at(899)).await.unwrap();
    assert!(lies(Member::VISITOR, 1_199).await);
    assert!(!lies(Member::VISITOR, 1_200).await);
    assert!(lies(Member::COUNSELLOR, 1_798).await);
    assert!(!lies(Member::COUNSELLOR, 1_799).await);
    // What was forgotten is a new box: it takes any number.
    assert_eq!(story.puts(chat, Member::COUNSELLOR, 7, at(1_800)).await, Ok(8));
    story.0.got(chat, Member::VISITOR, Member::COUNSELLOR, 3, at(1_800)).await.unwrap();
    assert_eq!(story.puts(chat, Member::VISITOR, 5, at(1_800)).await, Ok(6));
}

async fn last_words_wait_their_whole_time_from_the_end_on(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.puts(chat, Member::COUNSELLOR, 0, at(1)).await.unwrap();
    story.stands(1, at(890)).await;
    story.sits(1, at(890)).await;
    assert!(story.0.end(seat(1), chat, Ending::Helped, at(900)).await.unwrap());
    let lies = async |second| {
        story.0.keep(&[], at(second)).await.unwrap();
        story
            .0
            .fetch(chat, Member::VISITOR, &mut Cursor::default(), 1, at(second))
            .await
            .unwrap()
            .pop()
            .is_some()
    };
    assert!(lies(2_099).await);
    assert!(!lies(2_100).await);
}

async fn nothing_comes_after_a_goodbye(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let goodbye = envelope(Kind::Beat, 9);
    let goodbyes = vec![(Member::COUNSELLOR, goodbye.clone())];
    story.0.leave(ticket(1), chat.claim, goodbyes, at(1)).await.unwrap();
    // The page's last beat was slower than its goodbye.
    let late = envelope(Kind::Beat, 8);
    story.0.beat(chat, Member::VISITOR, Member::COUNSELLOR, late, at(1)).await.unwrap();
    let found =
        story.0.fetch(chat, Member::COUNSELLOR, &mut Cursor::default(), 1, at(2)).await.unwrap().pop();
    assert_eq!(found.map(|found| found.envelope), Some(goodbye));
    // Nor does it keep the goodbye longer than its minute.
    story.0.keep(&[], at(62)).await.unwrap();
    let found =
        story.0.fetch(chat, Member::COUNSELLOR, &mut Cursor::default(), 1, at(62)).await.unwrap().pop();
    assert_eq!(found, None);
}

async fn a_refused_envelope_leaves_nothing_behind(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    assert_eq!(story.puts(chat, Member::VISITOR, 5, at(1)).await, Err(NotPut::OutOfOrder));
    // Not even a longer life for the box.
    assert_eq!(story.puts(chat, Member::VISITOR, 5, at(899)).await, Err(NotPut::OutOfOrder));
    story.stands(1, at(900)).await;
    let found =
        story.0.fetch(chat, Member::COUNSELLOR, &mut Cursor::default(), 1, at(900)).await.unwrap().pop();
    assert_eq!(found, None);
}

async fn a_reader_who_stayed_connected_sees_the_first_beat_of_a_box_that_was_forgotten(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let mut cursor = Cursor::default();
    let (from, to) = (Member::COUNSELLOR, Member::VISITOR);
    for number in 0..5 {
        story.0.beat(chat, from, to, envelope(Kind::Beat, number), at(1)).await.unwrap();
        assert!(story.0.fetch(chat, to, &mut cursor, 1, at(1)).await.unwrap().pop().is_some());
    }
    story.stands(1, at(1_000)).await;
    story.0.beat(chat, from, to, envelope(Kind::Beat, 9), at(1_300)).await.unwrap();
    let found = story.0.fetch(chat, to, &mut cursor, 1, at(1_300)).await.unwrap().pop();
    assert_eq!(found.map(|found| found.envelope), Some(envelope(Kind::Beat, 9)));
}

/// The chat a ticket is in, if it is with this living seat.
fn with(standing: &Standing, counsellor: u8) -> Option<Claim> {
    match standing {
        Standing::With { claim, seat: with, seat_lost: None } if *with == seat(counsellor) => Some(*claim),
        _ => None,
    }
}

/// The same for who came back.
fn came_to(answer: &CameBack, counsellor: u8) -> Option<Claim> {
    if let CameBack::At(standing) = answer { with(standing, counsellor) } else { None }
}

async fn who_comes_with_return_words_is_brought_to_their_seat_though_it_is_full(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.sit(seat(1), true, 1, &[], at(1)).await.unwrap();
    story.sits(2, at(1)).await;
    assert!(story.keeps(1, 1, 7, false, at(1)).await);
    story.puts(chat, Member::VISITOR, 1, at(1)).await.unwrap();
    assert_eq!(story.0.returned(seat(1), at(1)).await.unwrap(), []);

    let mut bells = story.0.bells();
    assert!(came_to(&story.comes_back(2, 7, at(2)).await, 1).is_some());
    let rung = async { while bells.recv().await.expect("the store lives") != Bell::Seat(seat(1)) {} };
    tokio::time::timeout(Duration::from_secs(10), rung).await.expect("the seat's bell rings");
    assert!(with(&story.stands(2, at(2)).await, 1).is_some());
    assert_eq!(story.stands(1, at(2)).await, Standing::Nowhere, "here, and nowhere else");
    assert_eq!(story.0.restore_seat(seat(1), chat, at(2)).await.unwrap(), Restored::NotYours);
    let standing = story.0.restore_visitor(ticket(1), chat.claim, at(2)).await.unwrap();
    assert_eq!(standing, Standing::Nowhere);
    assert_eq!(story.fetches(chat, Member::COUNSELLOR, &mut Cursor::default()).await, None);

    assert_eq!(story.0.returned(seat(2), at(3)).await.unwrap(), [], "not another seat's");
    let returned = story.0.returned(seat(1), at(3)).await.unwrap();
    let [one] = &returned[..] else { panic!("one came back: {returned:?}") };
    assert_eq!(
        (one.handle, one.taken.chat.ticket, one.taken.lane),
        (handle(7), ticket(2), Lane::Professional)
    );
    assert_eq!(one.taken.hello, envelope(Kind::Hello, 2));
    assert_eq!(story.0.returned(seat(1), at(3)).await.unwrap(), [], "each once");
    let new = one.taken.chat;
    assert_eq!(story.puts(new, Member::VISITOR, 0, at(4)).await, Ok(1));
    story.0.sit(seat(1), true, 1, &[], at(30)).await.unwrap();
    let chats = story.0.chats(seat(1), at(31)).await.unwrap();
    assert_eq!(chats.iter().map(|found| found.chat).collect::<Vec<_>>(), [new], "confirmed");
}

async fn words_that_nobody_keeps_lead_nowhere_and_a_lapsed_seat_is_away(story: Story) {
    story.talking(1, 1, at(0)).await;
    story.keeps(1, 1, 7, false, at(1)).await;
    assert_eq!(story.comes_back(2, 8, at(2)).await, CameBack::Unknown);
    assert_eq!(story.stands(2, at(2)).await, Standing::Nowhere, "nor in the line");
    assert_eq!(story.comes_back(3, 7, at(20)).await, CameBack::Away);
    assert_eq!(story.stands(3, at(20)).await, Standing::Nowhere);
    story.sits(1, at(21)).await;
    assert!(came_to(&story.comes_back(3, 7, at(22)).await, 1).is_some());
    // Gone for good: after twenty minutes nobody knows the seat or what it kept.
    story.0.keep(&[], at(2_000)).await.unwrap();
    assert_eq!(story.comes_back(4, 7, at(2_000)).await, CameBack::Unknown);
    story.sits(1, at(2_001)).await;
    assert_eq!(story.comes_back(4, 7, at(2_002)).await, CameBack::Unknown);
}

async fn a_return_that_is_not_confirmed_is_forgotten_and_its_words_are_not(story: Story) {
    story.talking(1, 1, at(0)).await;
    story.keeps(1, 1, 7, false, at(1)).await;
    story.comes_back(2, 7, at(2)).await;
    story.0.returned(seat(1), at(2)).await.unwrap();
    story.sits(1, at(14)).await;
    assert!(with(&story.stands(2, at(22)).await, 1).is_some(), "twenty seconds are given");
    story.sits(1, at(24)).await;
    assert_eq!(story.stands(2, at(24)).await, Standing::Nowhere, "never in the line");
    assert_eq!(story.0.count(at(24)).await.unwrap().waiting, 0);
    assert!(came_to(&story.comes_back(3, 7, at(25)).await, 1).is_some());
}

async fn a_repeated_return_is_one(story: Story) {
    story.talking(1, 1, at(0)).await;
    story.keeps(1, 1, 7, false, at(1)).await;
    story.comes_back(2, 7, at(2)).await;
    assert!(came_to(&story.comes_back(2, 7, at(3)).await, 1).is_some());
    assert_eq!(story.0.returned(seat(1), at(4)).await.unwrap().len(), 1);
    assert!(came_to(&story.comes_back(2, 7, at(5)).await, 1).is_some());
    assert_eq!(story.0.returned(seat(1), at(6)).await.unwrap(), []);
}

async fn a_leave_takes_the_words_unless_they_stay(story: Story) {
    for (visitor, stays) in [(1, false), (2, true)] {
        let chat = story.talking(visitor, visitor, at(0)).await;
        story.keeps(visitor, visitor, 6 + visitor, stays, at(1)).await;
        story.0.leave(ticket(visitor), chat.claim, vec![], at(2)).await.unwrap();
    }
    assert_eq!(story.comes_back(11, 7, at(3)).await, CameBack::Unknown);
    let claim = came_to(&story.comes_back(12, 8, at(3)).await, 2).expect("the words stay");
    // The words go with the visitor: leaving with the new ticket asks the same question.
    story.0.leave(ticket(12), claim, vec![], at(4)).await.unwrap();
    assert!(came_to(&story.comes_back(13, 8, at(5)).await, 2).is_some());
    // An ended or a lost chat leaves them, too: the seat says when they are over.
    let chat = story.talking(3, 3, at(5)).await;
    story.keeps(3, 3, 9, false, at(5)).await;
    story.0.end(seat(3), chat, Ending::Helped, at(6)).await.unwrap();
    assert!(came_to(&story.comes_back(14, 9, at(7)).await, 3).is_some());
    story.0.forget_return(seat(3), handle(9), at(8)).await.unwrap();
    assert_eq!(story.comes_back(15, 9, at(9)).await, CameBack::Unknown);
}

async fn a_visitor_has_one_set_of_words_and_a_seat_only_its_own(story: Story) {
    story.talking(1, 1, at(0)).await;
    story.sits(2, at(0)).await;
    assert!(story.keeps(1, 1, 7, false, at(1)).await);
    assert!(story.keeps(1, 1, 8, false, at(1)).await);
    assert_eq!(story.comes_back(2, 7, at(2)).await, CameBack::Unknown, "the newest");
    assert!(!story.keeps(2, 5, 8, false, at(2)).await, "another living seat keeps these");
    assert!(!story.keeps(2, 1, 9, false, at(2)).await, "this visitor is with another seat");
    story.0.forget_return(seat(2), handle(8), at(2)).await.unwrap();
    assert!(came_to(&story.comes_back(3, 8, at(3)).await, 1).is_some());
}

async fn words_of_a_visitor_who_went_back_to_the_line_lead_nowhere(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.keeps(1, 1, 7, true, at(1)).await;
    assert!(story.0.put_back(seat(1), chat, at(2)).await.unwrap());
    assert_eq!(story.comes_back(2, 7, at(3)).await, CameBack::Unknown);
    assert!(!story.keeps(1, 1, 7, true, at(3)).await, "nor can they be kept again");
    assert_eq!(story.place(1, at(3)).await, 1);
}

async fn a_returned_chat_can_be_put_back_and_stands_in_the_line_like_any_other(story: Story) {
    story.talking(1, 1, at(0)).await;
    story.keeps(1, 1, 7, false, at(1)).await;
    story.comes_back(2, 7, at(2)).await;
    let chat = story.0.returned(seat(1), at(2)).await.unwrap().remove(0).taken.chat;
    story.puts(chat, Member::VISITOR, 0, at(3)).await.unwrap();
    assert!(story.0.put_back(seat(1), chat, at(4)).await.unwrap());
    assert_eq!(story.stands(2, at(4)).await, Standing::InLine { place: 1, wants_hello: true });
    story.0.hello(ticket(2), envelope(Kind::Hello, 1), at(5)).await.unwrap();
    let again = story.takes(1, at(6)).await.unwrap().chat;
    assert!(again.ticket == chat.ticket && again.claim > chat.claim);
}
