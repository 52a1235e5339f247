//! What the staff changes about a day, in the hours of fifteen years.

use proptest::collection::vec;

use super::*;

fn edited(plan: &Calendar, edits: &Edits) -> Calendar {
    edits.over(plan)
}

fn wished(plan: &Calendar, wishes: &[Wish], now: Timestamp) -> Edits {
    let one = |edits: Edits, wish: &Wish| edits.with(plan, *wish, now).unwrap();
    wishes.iter().fold(Edits::default(), one)
}

const TUESDAY: Date = date(2026, 11, 24);

#[test]
fn nobody_new_today_is_closing_from_this_second_to_the_usual_end() {
    let office = office();
    let now = at(&office, MONDAY, "13.05") + 40.seconds();
    let calendar = edited(&office, &wished(&office, &[Wish::NoMore], now));
    let here = calendar.at(now);
    assert_eq!(here.phase, Phase::PastLastAdmission);
    assert_eq!(here.closes, Some(at(&office, MONDAY, "15")), "chats go on to the usual end");
    assert_eq!(here.next_opening, Some(at(&office, TUESDAY, "10")));
    assert_eq!(calendar.at(at(&office, MONDAY, "15")).phase, Phase::Outside);
    assert_eq!(calendar.shifts_on(TUESDAY), office.shifts_on(TUESDAY));
    // In the very first minute, and in the morning before a second shift.
    let opening = at(&office, MONDAY, "10") + 5.seconds();
    let calendar = edited(&office, &wished(&office, &[Wish::NoMore], opening));
    assert_eq!(calendar.at(opening).phase, Phase::PastLastAdmission);
    let mut two = office.clone();
    two.week[0] = vec![shift("10", "12"), shift("13", "15")];
    let calendar = edited(&two, &wished(&two, &[Wish::NoMore], at(&two, MONDAY, "10.30")));
    assert_eq!(calendar.shifts_on(MONDAY).len(), 1, "the afternoon lets nobody in either");
}

#[test]
fn closing_early_moves_last_admission_with_it_and_a_second_time_takes_the_place_of_the_first() {
    let office = office();
    let now = at(&office, MONDAY, "11");
    let early = wished(&office, &[Wish::Until(MONDAY, minute("13"))], now);
    assert_eq!(edited(&office, &early).shifts_on(MONDAY), [shift("10", "13")]);
    let later = early.with(&office, Wish::Until(MONDAY, minute("14")), now).unwrap();
    assert_eq!((later.version(), later.list().len()), (2, 1));
    assert_eq!(edited(&office, &later).shifts_on(MONDAY), [shift("10", "14")]);
    assert_eq!(later.with(&office, Wish::TakeBack(1), now), Err(NotEdited::Unknown), "the first is gone");
    let back = later.with(&office, Wish::TakeBack(2), now).unwrap();
    assert_eq!((back.version(), back.list()), (3, &[][..]));
}

#[test]
fn closed_tomorrow_the_next_opening_is_the_day_after_and_an_extra_evening_is_one() {
    let office = office();
    let now = at(&office, MONDAY, "14");
    let closed = wished(&office, &[Wish::Closed(TUESDAY)], now);
    let wednesday = date(2026, 11, 25);
    assert_eq!(edited(&office, &closed).at(now).next_opening, Some(at(&office, wednesday, "10")));
    let evening = closed.with(&office, Wish::Extra(TUESDAY, minute("17"), minute("19.30")), now).unwrap();
    let calendar = edited(&office, &evening);
    assert_eq!(calendar.shifts_on(TUESDAY), [shift("17", "19.30")], "by day it stays closed");
    assert_eq!(calendar.at(now).next_opening, Some(at(&office, TUESDAY, "17")));
    // Longer today is one shift, and nobody is "closing soon" in the middle of it.
    let longer = wished(&office, &[Wish::Extra(MONDAY, minute("15"), minute("17"))], now);
    assert_eq!(edited(&office, &longer).shifts_on(MONDAY), [shift("10", "17")]);
}

#[test]
fn what_makes_no_sense_is_refused_with_its_reason() {
    let office = office();
    let now = at(&office, MONDAY, "11.30") + 20.seconds();
    let refused = |wish| Edits::default().with(&office, wish, now).unwrap_err();
    let extra = |day, from, to| Wish::Extra(day, minute(from), minute(to));
    assert_eq!(refused(Wish::Until(MONDAY, minute("11.30"))), NotEdited::Past);
    assert_eq!(refused(Wish::Until(MONDAY, minute("15"))), NotEdited::NothingChanges, "as it is");
    assert_eq!(refused(Wish::Closed(date(2026, 11, 22))), NotEdited::Past);
    assert_eq!(refused(Wish::Closed(date(2026, 11, 28))), NotEdited::NothingChanges, "a Saturday");
    assert_eq!(refused(Wish::Closed(date(2026, 12, 24))), NotEdited::NothingChanges, "Christmas Eve");
    assert_eq!(refused(Wish::Closed(date(2027, 1, 23))), NotEdited::TooFar, "61 days ahead");
    assert!(Edits::default().with(&office, Wish::Closed(date(2027, 1, 22)), now).is_ok(), "60 days ahead");
    assert_eq!(refused(extra(MONDAY, "11.29", "18")), NotEdited::Past);
    assert_eq!(refused(extra(TUESDAY, "18", "17")), NotEdited::TooShort);
    assert_eq!(
        refused(extra(TUESDAY, "17", "17.30")),
        NotEdited::TooShort,
        "last admission is before it opens"
    );
    assert_eq!(refused(extra(TUESDAY, "11", "14")), NotEdited::NothingChanges, "open anyway");
    assert_eq!(refused(Wish::TakeBack(1)), NotEdited::Unknown);
    let night = date(2027, 3, 28);
    let before = at(&office, date(2027, 3, 27), "12");
    let jumped = Edits::default().with(&office, extra(night, "02", "03"), before);
    assert_eq!(jumped, Err(NotEdited::TooShort), "an hour that the clocks leave out");
    let evening = at(&office, MONDAY, "15");
    let late = Edits::default().with(&office, Wish::NoMore, evening);
    assert_eq!(late, Err(NotEdited::NothingChanges), "it is closed already");
}

#[test]
fn no_more_than_a_list_somebody_can_read() {
    let office = office();
    let now = at(&office, MONDAY, "09");
    let minutes = |number: usize| minute(&format!("{:02}.{:02}", 15 + number / 60, number % 60));
    // One evening in pieces; each makes it longer.
    let piece = |number: usize| Wish::Extra(MONDAY, minutes(number), minutes(number + 31));
    let full = wished(&office, &(0..MOST_EDITS).map(piece).collect::<Vec<_>>(), now);
    assert_eq!(full.with(&office, piece(MOST_EDITS), now), Err(NotEdited::TooMany));
    assert!(full.write().len() <= TEXT_MAX);
    let tomorrow = at(&office, TUESDAY, "09");
    let again = full.with(&office, Wish::Closed(TUESDAY), tomorrow).unwrap();
    assert_eq!(again.list().len(), 1, "yesterday's are gone by themselves");
}

#[test]
fn the_text_is_frozen_and_garbage_is_refused_with_its_line() {
    let office = office();
    let now = at(&office, MONDAY, "11.05");
    let wishes = [
        Wish::Closed(TUESDAY),
        Wish::Until(MONDAY, minute("13")),
        Wish::Extra(date(2026, 11, 25), minute("17"), minute("19.30")),
        Wish::NoMore,
    ];
    let edits = wished(&office, &wishes, now);
    let text = "lykta calendar 1\nversion 4\n1 2026-11-24 closed\n2 2026-11-23 until 13.00\n\
                3 2026-11-25 extra 17.00-19.30\n4 2026-11-23 no-more 11.05\n";
    assert_eq!(edits.write(), text);
    assert_eq!(Edits::read(text), Ok(edits));
    for (garbage, line) in [
        ("", 1),
        ("lykta calendar 2\nversion 1\n", 1),
        ("lykta calendar 1\nversion x\n", 2),
        ("lykta calendar 1\nversion 01\n", 2),
        ("lykta calendar 1\nversion 1", 2),
        ("lykta calendar 1\nversion 1\n2 2026-11-24 closed\n", 3),
        ("lykta calendar 1\nversion 2\n2 2026-11-24 closed\n1 2026-11-24 closed\n", 4),
        ("lykta calendar 1\nversion 1\n1 2026-11-31 closed\n", 3),
        ("lykta calendar 1\nversion 1\n1 2026-11-24 shut\n", 3),
        ("lykta calendar 1\nversion 1\n1 2026-11-24 until 13:00\n", 3),
        ("lykta calendar 1\nversion 1\n1 2026-11-24 until 25.00\n", 3),
        ("lykta calendar 1\nversion 1\n1 2026-11-24 extra 19.00-17.00\n", 3),
        ("lykta calendar 1\nversion 1\n1 2026-11-24T10:00 closed\n", 3),
        ("lykta calendar 1\nversion 1\n\n", 3),
    ] {
        assert_eq!(Edits::read(garbage), Err(NotRead { line }), "{garbage:?}");
    }
}

fn any_wish(now: Timestamp) -> impl Strategy<Value = Wish> {
    let today = now.to_zoned(stockholm()).date();
    let day = (0_i32..70).prop_map(move |days| today.saturating_add(jiff::Span::new().days(days)));
    let minute = (0_u16..=1_440).prop_map(|minutes| Minute::new(minutes).unwrap());
    prop_oneof![
        Just(Wish::NoMore),
        (Just(today), minute.clone()).prop_map(|(day, at)| Wish::Until(day, at)),
        (day.clone(), minute.clone()).prop_map(|(day, at)| Wish::Until(day, at)),
        day.clone().prop_map(Wish::Closed),
        (day, minute.clone(), minute).prop_map(|(day, one, other)| Wish::Extra(
            day,
            one.min(other),
            one.max(other)
        )),
        (1_u32..6).prop_map(Wish::TakeBack),
    ]
}

prop_compose! {
    /// A moment, what was changed by then, and one more wish.
    fn any_story()(now in any_instant())(
        before in vec(any_wish(now), 0..5), wish in any_wish(now), now in Just(now),
    ) -> (Timestamp, Edits, Wish) {
        let accept = |edits: Edits, wish: Wish| edits.with(&office(), wish, now).unwrap_or(edits);
        (now, before.into_iter().fold(Edits::default(), accept), wish)
    }
}

proptest! {
    #[test]
    fn an_edit_bends_its_own_day_and_no_other_and_is_over_with_it((now, edits, wish) in any_story()) {
        let office = office();
        let before = edits.over(&office);
        let Ok(next) = edits.with(&office, wish, now) else { return Ok(()) };
        prop_assert_eq!(next.version(), edits.version() + 1);
        prop_assert!(next.list().len() <= MOST_EDITS);
        let after = next.over(&office);
        let today = office.local(now).date();
        let changed: Vec<Date> = today.series(1.day()).take(75)
            .filter(|day| before.shifts_on(*day) != after.shifts_on(*day)).collect();
        prop_assert!(changed.len() <= 1, "{changed:?}");
        for edit in next.list() {
            prop_assert!(edit.day >= today);
            let next_day = edit.day.tomorrow().unwrap();
            let midnight = office.instant(next_day, 0);
            let left = next.living(&office, midnight);
            prop_assert!(left.list().iter().all(|left| left.day > edit.day), "over with its day");
            prop_assert_eq!(left.version(), next.version());
        }
        // The shifts of a day stay in order and apart.
        for day in changed {
            let shifts = after.shifts_on(day);
            prop_assert!(shifts.iter().all(|shift| shift.from < shift.to));
            prop_assert!(shifts.windows(2).all(|pair| pair[0].to < pair[1].from));
        }
    }

    #[test]
    fn what_was_written_is_read_and_taking_back_makes_it_undone((now, edits, wish) in any_story()) {
        let office = office();
        prop_assert_eq!(Edits::read(&edits.write()).unwrap(), edits.clone());
        let Ok(next) = edits.with(&office, wish, now) else { return Ok(()) };
        prop_assert!(next.write().len() <= TEXT_MAX);
        prop_assert_eq!(Edits::read(&next.write()).unwrap(), next.clone());
        let replaces = |edit: &&Edit| matches!((edit.what, wish), (What::Until(_), Wish::Until(day, _)) if edit.day == day);
        if matches!(wish, Wish::TakeBack(_)) || edits.list().iter().any(|edit| replaces(&edit)) {
            return Ok(());
        }
        let back = next.with(&office, Wish::TakeBack(next.version()), now).unwrap();
        prop_assert_eq!(back.list(), edits.list());
    }

    #[test]
    fn nobody_is_let_in_after_nobody_new_and_nobody_after_closing_early((now, edits, _) in any_story(), late in 0_u16..1_440) {
        // A place that never sleeps, so that the hour which comes twice, and the one that never comes, are open.
        for plan in [office(), Calendar::around_the_clock(stockholm())] {
            if let Ok(next) = edits.with(&plan, Wish::NoMore, now) {
                let here = next.over(&plan).at(now);
                prop_assert!(here.phase != Phase::Admitting, "{here:?}");
                prop_assert_eq!(here.phase == Phase::Outside, edits.over(&plan).at(now).phase == Phase::Outside);
            }
            let today = plan.local(now).date();
            let end = Minute::new(late).unwrap();
            if let Ok(next) = edits.with(&plan, Wish::Until(today, end), now) {
                let closed = plan.instant(today, late);
                let calendar = next.over(&plan);
                prop_assert!(!calendar.in_hours(closed));
                let midnight = plan.instant(today.tomorrow().unwrap(), 0) - 1.second();
                prop_assert!(closed > midnight || !calendar.in_hours(midnight));
            }
        }
    }

    #[test]
    fn a_day_that_is_closed_is_closed_and_an_extra_opening_is_open_from_its_first_to_its_last_second(
        (now, edits, wish) in any_story(), part in 0.0..1.0_f64
    ) {
        let office = office();
        let Ok(next) = edits.with(&office, wish, now) else { return Ok(()) };
        let calendar = next.over(&office);
        match wish {
            Wish::Closed(day) => prop_assert_eq!(calendar.shifts_on(day), []),
            Wish::Extra(day, from, to) => {
                let (from, to) = (office.instant(day, from.minutes()), office.instant(day, to.minutes()));
                prop_assert!(calendar.in_hours(from) && calendar.in_hours(to - 1.second()));
                #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a point in between")]
                let between = ((to.as_second() - from.as_second() - 1) as f64 * part) as i64;
                prop_assert!(calendar.in_hours(from + between.seconds()));
            }
            _ => {}
        }
    }

    #[test]
    fn a_text_that_is_read_is_written_the_same(text in "lykta calendar 1\nversion [0-9]{1,2}\n([0-9]{1,2} 2026-1[12]-[0-3][0-9] (closed|until [0-2][0-9]\\.[0-5][0-9]|no-more 1[0-9]\\.00|extra 1[0-9]\\.00-2[0-4]\\.00)\n){0,4}") {
        if let Ok(read) = Edits::read(&text) {
            prop_assert_eq!(read.write(), text);
        }
    }
}
