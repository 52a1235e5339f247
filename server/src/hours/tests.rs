use jiff::civil::{Date, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use lykta_wire::OpenState;
use proptest::prelude::*;

use super::*;

mod edits;

fn stockholm() -> TimeZone {
    TimeZoneDatabase::bundled().get("Europe/Stockholm").unwrap()
}

fn minute(text: &str) -> Minute {
    Minute::parse(text).unwrap()
}

fn shift(from: &str, to: &str) -> Shift {
    Shift { from: minute(from), to: minute(to), last_admission: 30 }
}

/// Monday to Friday 10-15; holidays and the five great eves closed; half-days on the days before.
fn office() -> Calendar {
    let weekday = vec![shift("10", "15")];
    let mut week: [Vec<Shift>; 7] = Default::default();
    week[..5].fill(weekday);
    let closed = [Eve::Midsommarafton, Eve::Julafton, Eve::Nyarsafton, Eve::Paskafton, Eve::Pingstafton];
    let eves = closed
        .into_iter()
        .map(|eve| (eve, DayRule::Closed))
        .chain([(Eve::Skartorsdagen, DayRule::Until(minute("12")))])
        .collect();
    Calendar {
        zone: stockholm(),
        week,
        holidays: HolidayRules { public: DayRule::Closed, eves },
        exceptions: Vec::new(),
        edits: Vec::new(),
        closing_soon: 15,
    }
}

fn at(calendar: &Calendar, day: Date, time: &str) -> Timestamp {
    calendar.instant(day, minute(time).minutes())
}

fn one_day(day: Date, change: Change) -> Exception {
    Exception { from: day, to: day, change }
}

const MONDAY: Date = date(2026, 11, 23);

#[test]
fn a_day_runs_from_opening_through_closing_soon_and_last_admission_to_closed() {
    let office = office();
    let phase = |time| {
        let now = office.at(at(&office, MONDAY, time));
        (now.phase, now.closing_soon)
    };
    assert_eq!(phase("09.59"), (Phase::Outside, false));
    assert_eq!(phase("10.00"), (Phase::Admitting, false));
    assert_eq!(phase("14.14"), (Phase::Admitting, false));
    assert_eq!(phase("14.15"), (Phase::Admitting, true));
    assert_eq!(phase("14.29"), (Phase::Admitting, true));
    assert_eq!(phase("14.30"), (Phase::PastLastAdmission, false));
    assert_eq!(phase("14.59"), (Phase::PastLastAdmission, false));
    assert_eq!(phase("15.00"), (Phase::Outside, false));
}

#[test]
fn the_last_second_before_closing_is_open_and_the_closing_second_is_not() {
    let office = office();
    let closing = at(&office, MONDAY, "15");
    assert!(office.in_hours(closing - 1.second()));
    assert!(!office.in_hours(closing));
    let last = at(&office, MONDAY, "14.30");
    assert_eq!(office.at(last - 1.second()).phase, Phase::Admitting);
    assert_eq!(office.at(last).phase, Phase::PastLastAdmission);
}

#[test]
fn minutes_to_last_admission_count_down_and_then_there_are_none() {
    let office = office();
    let left = |time| office.at(at(&office, MONDAY, time)).minutes_to_last_admission();
    assert_eq!(left("14.00"), Some(30));
    assert_eq!(office.at(at(&office, MONDAY, "14.29") + 30.seconds()).minutes_to_last_admission(), Some(1));
    assert_eq!(left("14.30"), None);
    assert_eq!(left("16.00"), None);
}

#[test]
fn friday_afternoon_points_to_monday_and_the_next_change_is_the_opening() {
    let office = office();
    let now = office.at(at(&office, date(2026, 11, 27), "15.00"));
    assert_eq!(now.next_opening, Some(at(&office, date(2026, 11, 30), "10")));
    assert_eq!(now.next_change, now.next_opening);
    let opening = office.at(at(&office, date(2026, 11, 30), "10"));
    assert_eq!(opening.next_opening, Some(at(&office, date(2026, 12, 1), "10")), "not the one that is now");
    let morning = office.at(at(&office, MONDAY, "11"));
    assert_eq!(morning.next_change, Some(at(&office, MONDAY, "14.15")));
    assert_eq!(morning.next_opening, Some(at(&office, date(2026, 11, 24), "10")));
}

#[test]
fn the_closed_days_of_the_service_notes_are_closed_and_their_neighbours_are_not() {
    let office = office();
    let closed = [
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 6),
        date(2027, 3, 26),
        date(2027, 3, 29),
        date(2027, 5, 6),
        date(2027, 6, 25),
        date(2027, 12, 24),
        date(2027, 12, 31),
        date(2028, 1, 6),
        date(2028, 4, 14),
        date(2028, 4, 17),
        date(2028, 5, 1),
        date(2028, 5, 25),
        date(2028, 6, 6),
        date(2028, 6, 23),
        date(2028, 12, 25),
        date(2028, 12, 26),
    ];
    for day in closed {
        assert_eq!(office.shifts_on(day), [], "{day} should be closed");
    }
    for day in [date(2026, 12, 23), date(2027, 1, 7), date(2027, 3, 30), date(2028, 6, 7)] {
        assert_eq!(office.shifts_on(day), [shift("10", "15")], "{day} should be as usual");
    }
}

#[test]
fn the_weekday_eves_of_the_service_notes_are_found_by_name() {
    let eves = |day| Eve::on(day).collect::<Vec<_>>();
    assert_eq!(eves(date(2027, 1, 5)), [Eve::Trettondagsafton]);
    assert_eq!(eves(date(2027, 3, 25)), [Eve::Skartorsdagen]);
    assert_eq!(eves(date(2027, 4, 30)), [Eve::Valborgsmassoafton]);
    assert_eq!(eves(date(2027, 5, 5)), [Eve::DagenForeKristiHimmelsfardsdag]);
    assert_eq!(eves(date(2027, 11, 5)), [Eve::DagenForeAllaHelgonsDag]);
    assert_eq!(eves(date(2028, 6, 5)), [Eve::DagenForeNationaldagen]);
    assert_eq!(eves(date(2028, 11, 3)), [Eve::DagenForeAllaHelgonsDag]);
    assert_eq!(eves(date(2026, 6, 19)), [Eve::Midsommarafton]);
    assert_eq!(eves(date(2027, 2, 17)), []);
}

#[test]
fn a_half_day_moves_last_admission_with_its_end() {
    let office = office();
    let maundy_thursday = date(2027, 3, 25);
    assert_eq!(office.shifts_on(maundy_thursday), [shift("10", "12")]);
    assert_eq!(office.at(at(&office, maundy_thursday, "11.29")).phase, Phase::Admitting);
    assert_eq!(office.at(at(&office, maundy_thursday, "11.30")).phase, Phase::PastLastAdmission);
    assert_eq!(
        office.at(at(&office, maundy_thursday, "12")).next_opening,
        Some(at(&office, date(2027, 3, 30), "10")),
        "good Friday and Easter Monday are skipped"
    );
}

#[test]
fn the_doors_open_at_ten_on_the_wall_on_both_sides_of_summer_time() {
    let office = office();
    // Summer time begins 28 March 2027 and ends 31 October 2027 (last Sundays).
    let utc_hour = |day: Date| at(&office, day, "10").to_zoned(TimeZone::UTC).hour();
    assert_eq!(utc_hour(date(2027, 3, 25)), 9);
    assert_eq!(utc_hour(date(2027, 3, 30)), 8);
    assert_eq!(utc_hour(date(2027, 10, 29)), 8);
    assert_eq!(utc_hour(date(2027, 11, 1)), 9);
}

#[test]
fn a_night_line_keeps_its_wall_hours_through_both_changes_of_the_clock() {
    let office = office();
    let night: [Vec<Span>; 7] = std::array::from_fn(|_| vec![Span { from: 22 * 60, to: 24 * 60 + 4 * 60 }]);
    let line = LineHours::Weekly(WeeklyLine { week: night, holidays: None });
    // The night to 28 March has no 02.30; the one to 31 October has two.
    for (day, hours_long) in [(date(2027, 3, 27), 5), (date(2027, 10, 30), 7), (date(2027, 6, 1), 6)] {
        let start = at(&office, day, "22");
        let end = start + i64::from(hours_long).hours();
        assert!(!line.answers(&office, start - 1.second()));
        let mut instant = start;
        while instant < end {
            assert!(line.answers(&office, instant), "{instant}");
            instant += 10.minutes();
        }
        assert!(!line.answers(&office, end), "{day}");
    }
}

#[test]
fn a_lunch_break_closes_the_door_and_says_when_it_opens_today() {
    let mut office = office();
    office.week[0] = vec![shift("10", "12"), shift("13", "15")];
    let now = office.at(at(&office, MONDAY, "12.10"));
    assert_eq!(now.phase, Phase::Outside);
    assert_eq!(now.next_opening, Some(at(&office, MONDAY, "13")));
    let words = Words::built_in("sv").unwrap();
    assert_eq!(
        words.moment(&office, now.local.timestamp(), now.next_opening.unwrap()),
        "i dag klockan 13.00"
    );
}

#[test]
fn an_extra_evening_that_touches_the_day_is_one_long_shift() {
    let office = office().with(&[one_day(MONDAY, Change::Extra(vec![shift("15", "20")]))]);
    assert_eq!(office.shifts_on(MONDAY), [shift("10", "20")]);
    assert_eq!(office.at(at(&office, MONDAY, "14.45")).phase, Phase::Admitting);
    assert_eq!(office.at(at(&office, MONDAY, "19.30")).phase, Phase::PastLastAdmission);
}

#[test]
fn staff_close_early_tomorrow_or_open_on_a_holiday() {
    let christmas = date(2026, 12, 25);
    let office = office();
    let changed = office.with(&[
        one_day(MONDAY, Change::Until(minute("13"))),
        one_day(date(2026, 11, 24), Change::Closed),
        one_day(christmas, Change::Hours(vec![shift("16", "18")])),
    ]);
    assert_eq!(changed.at(at(&changed, MONDAY, "12.30")).phase, Phase::PastLastAdmission);
    assert_eq!(
        changed.at(at(&changed, MONDAY, "13")).next_opening,
        Some(at(&changed, date(2026, 11, 25), "10"))
    );
    assert_eq!(changed.shifts_on(christmas), [shift("16", "18")]);
    assert_eq!(office.shifts_on(christmas), [], "the centre's own calendar is untouched");
}

#[test]
fn a_day_cut_so_short_that_nobody_is_let_in_is_not_announced_as_an_opening() {
    let office = office().with(&[one_day(MONDAY, Change::Until(minute("10.20")))]);
    let sunday = office.at(at(&office, date(2026, 11, 22), "12"));
    assert_eq!(sunday.next_opening, Some(at(&office, date(2026, 11, 24), "10")));
    assert_eq!(office.at(at(&office, MONDAY, "10.05")).phase, Phase::Outside);
}

#[test]
fn a_centre_that_never_opens_promises_nothing() {
    let mut office = office();
    office.week = Default::default();
    let now = office.at(at(&office, MONDAY, "12"));
    assert_eq!((now.phase, now.next_opening, now.next_change), (Phase::Outside, None, None));
}

#[test]
fn the_strictest_rule_wins_where_two_eves_meet() {
    // In 2008 the eve of the first of May was also the eve of Ascension Day.
    let mut office = office();
    office.holidays.eves.insert(Eve::Valborgsmassoafton, DayRule::Until(minute("12")));
    office.holidays.eves.insert(Eve::DagenForeKristiHimmelsfardsdag, DayRule::Until(minute("13")));
    let day = date(2008, 4, 30);
    assert_eq!(Eve::on(day).count(), 2);
    assert_eq!(office.shifts_on(day), [shift("10", "12")]);
    office.holidays.eves.insert(Eve::DagenForeKristiHimmelsfardsdag, DayRule::Closed);
    assert_eq!(office.shifts_on(day), []);
}

#[test]
fn the_next_opening_is_said_the_way_people_say_it() {
    let office = office();
    let said = |language: &str, day: Date, time: &str| {
        let now = at(&office, day, time);
        let next = office.at(now).next_opening.unwrap();
        Words::built_in(language).unwrap().moment(&office, now, next)
    };
    assert_eq!(said("sv", MONDAY, "08.00"), "i dag klockan 10.00");
    assert_eq!(said("sv", MONDAY, "00.00"), "i dag klockan 10.00");
    assert_eq!(said("sv", MONDAY, "15.00"), "i morgon klockan 10.00");
    assert_eq!(said("sv", date(2026, 11, 27), "15.00"), "på måndag klockan 10.00");
    assert_eq!(said("sv", date(2026, 12, 30), "15.00"), "på måndag klockan 10.00");
    assert_eq!(said("en", MONDAY, "08.00"), "today at 10:00");
    assert_eq!(said("en", MONDAY, "23.59"), "tomorrow at 10:00");
    assert_eq!(said("en", date(2026, 11, 27), "15.00"), "on Monday at 10:00");
    let away = Exception { from: date(2026, 12, 21), to: date(2027, 1, 6), change: Change::Closed };
    let office = office.with(&[away]);
    let now = at(&office, date(2026, 12, 20), "12");
    let next = office.at(now).next_opening.unwrap();
    let words = |language| Words::built_in(language).unwrap().moment(&office, now, next);
    assert_eq!(words("sv"), "torsdag 7 januari klockan 10.00");
    assert_eq!(words("en"), "Thursday 7 January at 10:00");
}

#[test]
fn exactly_a_week_away_is_said_with_its_date_because_monday_would_mean_today() {
    let office = office();
    let said = |day: Date| {
        Words::built_in("sv").unwrap().moment(&office, at(&office, MONDAY, "16"), at(&office, day, "10"))
    };
    assert_eq!(said(date(2026, 11, 29)), "på söndag klockan 10.00");
    assert_eq!(said(date(2026, 11, 30)), "måndag 30 november klockan 10.00");
}

#[test]
fn the_week_is_one_sentence() {
    let mut office = office();
    let (sv, en) = (Words::built_in("sv").unwrap(), Words::built_in("en").unwrap());
    assert_eq!(sv.week(&office.week), "måndag–fredag klockan 10.00–15.00");
    assert_eq!(en.week(&office.week), "Monday–Friday 10:00–15:00");
    office.week[4] = vec![shift("10", "12"), shift("13", "14")];
    assert_eq!(
        sv.week(&office.week),
        "måndag–torsdag klockan 10.00–15.00 och fredag klockan 10.00–12.00 och 13.00–14.00"
    );
    office.week[2].clear();
    office.week[4].clear();
    assert_eq!(
        sv.week(&office.week),
        "måndag och tisdag klockan 10.00–15.00 och torsdag klockan 10.00–15.00"
    );
    assert_eq!(sv.week(&Default::default()), "");
}

#[test]
fn help_lines_answer_past_midnight_on_holidays_and_with_the_centre() {
    let office = office();
    // Mon-Thu 16.30-24, Fri 16.30-01, Sat 15-01, Sun and holidays 15-24.
    let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| vec![Span { from: 990, to: 1_440 }]);
    week[4] = vec![Span { from: 990, to: 1_500 }];
    week[5] = vec![Span { from: 900, to: 1_500 }];
    let sunday = vec![Span { from: 900, to: 1_440 }];
    week[6] = sunday.clone();
    let line = LineHours::Weekly(WeeklyLine { week, holidays: Some(sunday) });
    let answers = |day, time| line.answers(&office, at(&office, day, time));
    assert!(!answers(MONDAY, "16.29"));
    assert!(answers(MONDAY, "16.30"));
    assert!(answers(MONDAY, "23.59"));
    assert!(!answers(date(2026, 11, 24), "00.00"));
    assert!(answers(date(2026, 11, 28), "00.59"), "Friday's evening runs into Saturday");
    assert!(!answers(date(2026, 11, 28), "01.00"));
    assert!(answers(date(2026, 11, 29), "00.30"), "Saturday's runs into Sunday");
    assert!(!answers(MONDAY, "00.30"));
    assert!(answers(date(2026, 12, 24), "15.30"), "Christmas Eve, a Thursday, counts as a Sunday");
    assert!(answers(date(2027, 1, 6), "15.30"), "Epiphany, a Wednesday");
    assert!(answers(date(2027, 12, 31), "15.30"), "New Year's Eve, a Friday");
    assert!(!answers(date(2027, 6, 26), "00.30"), "after Midsummer's Eve, a Friday with Sunday hours");
    assert!(!answers(date(2027, 1, 5), "15.30"));

    assert!(LineHours::Always.answers(&office, at(&office, MONDAY, "03.00")));
    assert!(LineHours::Centre.answers(&office, at(&office, MONDAY, "14.59")));
    assert!(!LineHours::Centre.answers(&office, at(&office, date(2026, 12, 25), "12")));
}

#[test]
fn the_state_is_derived_with_the_calendar_speaking_first() {
    let office = office();
    let state = |time, seats, room, reachable| {
        open_state(&office.at(at(&office, MONDAY, time)), seats, room, reachable)
    };
    assert_eq!(state("11", 1, true, true), OpenState::Open);
    assert_eq!(state("14.20", 1, true, true), OpenState::Open, "closing soon is words inside open");
    assert_eq!(state("11", 1, false, true), OpenState::Full);
    assert_eq!(state("11", 1, true, false), OpenState::Full);
    assert_eq!(state("11", 0, true, true), OpenState::Away);
    assert_eq!(state("11", 0, false, false), OpenState::Away);
    assert_eq!(state("14.30", 1, true, true), OpenState::Closing);
    assert_eq!(state("14.30", 0, false, false), OpenState::Closing);
    assert_eq!(state("15", 3, true, true), OpenState::Closed);
    let open = OpenState::ALL.iter().copied().filter(|state| state.refusal().is_none()).collect::<Vec<_>>();
    assert_eq!(open, [OpenState::Open, OpenState::Away]);
    let always = Now::always_open(&office.zone, at(&office, MONDAY, "03"));
    assert_eq!(open_state(&always, 1, true, true), OpenState::Open);
    assert_eq!(open_state(&always, 0, true, true), OpenState::Away);
}

#[test]
fn times_of_day_are_read_as_people_write_them_and_nothing_else() {
    for (text, minutes) in [("10.00", 600), ("10:30", 630), ("7", 420), ("07", 420), ("24.00", 1_440)] {
        assert_eq!(Minute::parse(text).unwrap().minutes(), minutes, "{text}");
    }
    for text in ["", "25", "24.01", "10.60", "10.5", "10.000", "+1", "1O", "10.00 ", "-1", "10..00", "١٠"] {
        assert_eq!(Minute::parse(text), Err(MinuteError), "{text}");
    }
    assert_eq!(minute("9:05").to_string(), "09.05");
}

/// The frozen list, (date, name).
fn reference() -> Vec<(Date, &'static str)> {
    include_str!("holidays-2026-2040.csv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(';').unwrap())
        .map(|(day, name)| (day.parse().unwrap(), name))
        .collect()
}

fn law_name(holiday: Holiday) -> &'static str {
    match holiday {
        Holiday::Nyarsdagen => "Nyårsdagen",
        Holiday::TrettondedagJul => "Trettondedag jul",
        Holiday::Langfredagen => "Långfredagen",
        Holiday::Paskdagen => "Påskdagen",
        Holiday::AnnandagPask => "Annandag påsk",
        Holiday::ForstaMaj => "Första maj",
        Holiday::KristiHimmelsfardsdag => "Kristi himmelsfärdsdag",
        Holiday::Pingstdagen => "Pingstdagen",
        Holiday::Nationaldagen => "Nationaldagen",
        Holiday::Midsommardagen => "Midsommardagen",
        Holiday::AllaHelgonsDag => "Alla helgons dag",
        Holiday::Juldagen => "Juldagen",
        Holiday::AnnandagJul => "Annandag jul",
    }
}

#[test]
fn fifteen_years_of_holidays_agree_with_an_independent_list_name_by_name() {
    let reference = reference();
    assert_eq!(reference.len(), 15 * 13);
    let mut ours = Vec::new();
    let mut day = date(2026, 1, 1);
    while day < date(2041, 1, 1) {
        ours.extend(Holiday::on(day).map(|holiday| (day, law_name(holiday))));
        day = day.tomorrow().unwrap();
    }
    assert_eq!(ours, reference);
}

#[test]
fn easter_is_right_where_the_algorithm_is_known_to_be_delicate() {
    for (year, month, day) in [
        (1818, 3, 22),
        (1943, 4, 25),
        (1954, 4, 18),
        (1981, 4, 19),
        (2000, 4, 23),
        (2038, 4, 25),
        (2049, 4, 18),
        (2076, 4, 19),
        (2285, 3, 22),
    ] {
        assert_eq!(easter_sunday(year), date(year, month, day));
    }
}

prop_compose! {
    /// Any second from 2026 to 2040.
    fn any_instant()(second in 1_767_225_600_i64..2_240_524_800) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}

proptest! {
    #[test]
    fn at_any_moment_of_fifteen_years_the_office_is_open_exactly_when_a_plain_reading_says_so(
        now in any_instant()
    ) {
        let office = office();
        let local = now.to_zoned(stockholm());
        let day = local.date();
        let (month, of_month) = (day.month(), day.day());
        let listed = |day: Date| reference().iter().any(|(holiday, _)| *holiday == day);
        let red = listed(day) || (month, of_month) == (12, 24) || (month, of_month) == (12, 31)
            // Midsummer's Eve is the Friday of 19-25 June.
            || (month == 6 && (19..=25).contains(&of_month) && day.weekday() == jiff::civil::Weekday::Friday);
        let workday = day.weekday().to_monday_zero_offset() < 5;
        let maundy = reference().iter().any(|(d, name)| *name == "Långfredagen" && d.yesterday().unwrap() == day);
        let closing = if maundy { 12 } else { 15 };
        let expected = workday && !red && (10..closing).contains(&local.hour());
        prop_assert_eq!(office.in_hours(now), expected);
        prop_assert_eq!(office.at(now).phase != Phase::Outside, expected);
    }

    #[test]
    fn the_next_opening_is_an_opening_and_nothing_opens_before_it(now in any_instant()) {
        let office = office();
        let next = office.at(now).next_opening.unwrap();
        prop_assert!(next > now);
        prop_assert!(office.in_hours(next) && !office.in_hours(next - 1.second()));
        prop_assert_eq!(office.at(next - 1.second()).next_opening, Some(next));
        // Between now (or the end of the running shift) and then, never open.
        let mut probe = office.at(now).closes.unwrap_or(now);
        while probe < next {
            prop_assert!(!office.in_hours(probe));
            probe += 10.minutes();
        }
    }

    #[test]
    fn the_next_opening_is_said_in_every_language_with_its_day_and_its_time(now in any_instant()) {
        let office = office();
        let next = office.at(now).next_opening.unwrap();
        let (here, there) = (office.local(now).date(), office.local(next));
        let days = here.until(there.date()).unwrap().get_days();
        for language in ["sv", "en", "ar", "ckb", "fa", "kmr", "prs", "so", "ti", "tr"] {
            let words = Words::built_in(language).unwrap();
            let said = words.moment(&office, now, next);
            prop_assert!(!said.contains(['{', '}']), "{language}: {said}");
            prop_assert!(said.contains(&words.time_of(&office, next)), "{language}: {said}");
            let weekday = &words.weekdays[usize::try_from(there.weekday().to_monday_zero_offset()).unwrap()];
            let month = &words.months[usize::try_from(there.month()).unwrap() - 1];
            prop_assert_eq!(said.contains(weekday.as_str()), days > 1, "{}: {}", language, said);
            if days > 6 {
                prop_assert!(said.contains(month.as_str()) && said.contains(&there.day().to_string()), "{language}: {said}");
            }
            let fixed = |pattern: &str| pattern.split('{').next().unwrap().to_owned();
            match days {
                0 => prop_assert!(said.starts_with(&fixed(&words.today)), "{language}: {said}"),
                1 => prop_assert!(said.starts_with(&fixed(&words.tomorrow)), "{language}: {said}"),
                _ => {}
            }
        }
    }

    #[test]
    fn nothing_changes_before_the_announced_next_change(now in any_instant(), part in 0.0..1.0_f64) {
        let office = office();
        let here = office.at(now);
        let until = here.next_change.unwrap().as_second() - now.as_second();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a point in between")]
        let later = now + ((until as f64 * part) as i64).seconds();
        prop_assume!(later < here.next_change.unwrap());
        let there = office.at(later);
        prop_assert_eq!((there.phase, there.closing_soon), (here.phase, here.closing_soon));
        prop_assert_eq!(there.next_change, here.next_change);
    }
}
