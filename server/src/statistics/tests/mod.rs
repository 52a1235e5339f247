//! Stories of the statistics: what is counted, and what nobody can reckon from what is shown.

mod attack;
mod concealment;

use jiff::civil::{Date, date};
use lykta_wire::{Ending, Lane};

use super::*;

fn categories() -> Categories {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    Categories::new(&words(&["sv", "en", "ar"]), &words(&["control", "travel", "threats"]))
}

fn visit(day: Date, ending: Ending) -> Visit {
    Visit {
        day,
        lane: Lane::Support,
        ending,
        waited: Waited::Under2,
        language: "sv".into(),
        topic: "travel".into(),
    }
}

/// Long after everything that is counted here.
const LATER: Date = date(2030, 1, 1);

fn weeks(from: &str, to: &str) -> std::ops::RangeInclusive<Week> {
    from.parse().expect("a week")..=to.parse().expect("a week")
}

#[test]
fn every_week_from_2026_to_2040_belongs_to_one_quarter_and_every_quarter_has_its_weeks() {
    let mut week = Week::of(date(2025, 12, 29));
    let mut quarters = std::collections::BTreeMap::new();
    while week.monday().year() < 2041 {
        *quarters.entry(week.quarter()).or_insert(0) += 1;
        assert_eq!(week.quarter().weeks().filter(|one| *one == week).count(), 1, "{week}");
        assert_eq!(week.to_string().parse(), Ok(week));
        assert_eq!(Week::of(week.next().monday()), week.next());
        week = week.next();
    }
    quarters.pop_last();
    for (quarter, weeks) in quarters {
        assert_eq!(quarter.weeks().count(), weeks, "{quarter}");
        assert!((12..=14).contains(&weeks), "{quarter} has {weeks} weeks");
        assert_eq!(quarter.to_string().parse(), Ok(quarter));
    }
    // Checked by hand: 2026 begins on a Thursday and so has 53 weeks.
    assert_eq!(Week::of(date(2026, 1, 1)).to_string(), "2026-W01");
    assert_eq!(Week::of(date(2027, 1, 3)).to_string(), "2026-W53");
    assert_eq!(Week::of(date(2027, 1, 3)).quarter().to_string(), "2026-Q4");
}

#[test]
fn what_is_no_week_and_no_quarter_is_refused() {
    for text in [
        "",
        "2026",
        "2026-47",
        "2026-W7",
        "2026-W54",
        "2025-W53",
        "26-W01",
        "2026-W+1",
        " 2026-W01",
        "2026-Q1",
    ] {
        assert_eq!(text.parse::<Week>(), Err(BadPeriod), "{text:?}");
    }
    for text in ["2026-Q0", "2026-Q5", "2026-Q11", "2026-W01", "Q1"] {
        assert_eq!(text.parse::<Quarter>(), Err(BadPeriod), "{text:?}");
    }
}

#[test]
fn a_visit_is_counted_four_times_and_nothing_else_of_it_is_in_the_file() {
    let mut book = Book::default();
    book.count(Visit { lane: Lane::Professional, ..visit(date(2026, 11, 20), Ending::Helped) });
    book.lacks_some_of(Week::of(date(2026, 11, 20)));
    let file = "lykta statistics 1\n2026-W47 ending professional helped 1\n2026-W47 waited under-2 1\n\
                2026-Q4 language sv 1\n2026-Q4 topic travel 1\n2026-W47 incomplete\n";
    assert_eq!(book.written(), file);
    assert_eq!(Book::read(file), Ok(book));
}

#[test]
fn what_is_added_to_a_book_stands_in_it() {
    let (mut one, mut other) = (Book::default(), Book::default());
    one.count(visit(date(2026, 11, 20), Ending::Helped));
    other.count(visit(date(2026, 11, 19), Ending::Helped));
    other.lacks_some_of(Week::of(date(2026, 11, 12)));
    one.add_book(other);
    let week = Week::of(date(2026, 11, 20));
    assert_eq!(one.value(&Counter::Ending(week, Lane::Support, Ending::Helped)), 2);
    assert!(one.is_whole(week) && !one.is_whole(Week::of(date(2026, 11, 12))));
}

#[test]
fn a_file_with_a_line_that_is_not_one_of_it_is_refused_with_its_number() {
    for (text, line) in [
        ("", 1),
        ("lykta statistics 2\n", 1),
        ("lykta statistics 1\n2026-W47 ending support helped\n", 2),
        ("lykta statistics 1\n2026-W47 ending support cured 1\n", 2),
        ("lykta statistics 1\n2026-W47 waited under-2 1\n2026-W47 waited under-2 1\n", 3),
        ("lykta statistics 1\n2026-W47 waited under-2 -1\n", 2),
        ("lykta statistics 1\n2026-W60 incomplete\n", 2),
        ("lykta statistics 1\n2026-Q4 topic Two words 1\n", 2),
        ("lykta statistics 1\n\n", 2),
    ] {
        assert_eq!(Book::read(text).map_err(|bad| bad.line), Err(line), "{text:?}");
    }
}

#[test]
fn a_wait_falls_into_one_band() {
    let bands = [
        (0, "under-2"),
        (119, "under-2"),
        (120, "under-10"),
        (600, "under-30"),
        (1_800, "under-60"),
        (3_600, "longer"),
    ];
    for (seconds, word) in bands {
        assert_eq!(Waited::band(std::time::Duration::from_secs(seconds)).word(), word);
    }
}

#[test]
fn a_week_is_not_shown_before_it_is_over_and_a_quarter_not_before_all_its_weeks_are() {
    let book = Book::default();
    let report = |today| Report::new(&book, &categories(), weeks("2026-W40", "2026-W53"), today);
    let sunday = report(date(2026, 11, 22));
    assert_eq!(sunday.weeks.last().map(|table| table.week.to_string()).as_deref(), Some("2026-W46"));
    let monday = report(date(2026, 11, 23));
    assert_eq!(monday.weeks.last().map(|table| table.week.to_string()).as_deref(), Some("2026-W47"));
    assert!(report(date(2027, 1, 3)).quarters.is_empty());
    assert_eq!(report(date(2027, 1, 4)).quarters.len(), 1);
    // A quarter of which only a part was asked for is not shown: its parts could be told from each other.
    assert!(Report::new(&book, &categories(), weeks("2026-W41", "2026-W53"), LATER).quarters.is_empty());
}

#[test]
fn a_busy_week_is_shown_whole() {
    let mut book = Book::default();
    for lane in Lane::ALL {
        for ending in Ending::ALL {
            book.add(Counter::Ending("2026-W47".parse().expect("a week"), *lane, *ending), 10);
        }
    }
    for band in Waited::ALL {
        book.add(Counter::Waited("2026-W47".parse().expect("a week"), band), 28);
    }
    let report = Report::new(&book, &categories(), weeks("2026-W47", "2026-W47"), LATER);
    let table = report.weeks.first().expect("one week");
    assert_eq!(table.total, Shown::Number(140));
    assert!(table.lanes.iter().all(|(_, all, cells)| {
        *all == Shown::Number(70) && cells.iter().all(|cell| *cell == Shown::Number(10))
    }));
    assert!(table.waited.iter().all(|number| *number == Shown::Number(28)));
}

#[test]
fn the_rows_come_from_the_centres_file_and_never_from_what_was_counted() {
    let mut book = Book::default();
    let quarter: Quarter = "2026-Q4".parse().expect("a quarter");
    book.add(Counter::Topic(quarter, "taken-away".into()), 3);
    book.add(Counter::Language(quarter, "xx".into()), 3);
    book.add(Counter::Ending("2026-W47".parse().expect("a week"), Lane::Support, Ending::Helped), 3);
    book.add(Counter::Waited("2026-W47".parse().expect("a week"), Waited::Under2), 3);
    let with = Report::new(&book, &categories(), weeks("2026-W40", "2026-W53"), LATER);
    let without = Report::new(&Book::default(), &categories(), weeks("2026-W40", "2026-W53"), LATER);
    assert_eq!(with, without, "three visits look like none");
}

#[test]
fn the_report_as_text_csv_and_picture_says_the_same() {
    let mut book = Book::default();
    for _ in 0..12 {
        book.count(visit(date(2026, 11, 17), Ending::Helped));
    }
    for _ in 0..2 {
        book.count(visit(date(2026, 11, 17), Ending::LeftFast));
    }
    book.lacks_some_of("2026-W46".parse().expect("a week"));
    let report = Report::new(&book, &categories(), weeks("2026-W46", "2026-W47"), LATER);
    let (text, csv, plot) = (text(&report), csv(&report), plot(&report));
    assert!(text.contains("2026-W46 (incomplete"), "{text}");
    assert!(text.lines().any(|line| line.split_whitespace().eq(["visits", "14", "·", "·"])), "{text}");
    assert!(csv.lines().any(|line| line == "2026-W47,yes,endings,all,all,14"), "{csv}");
    assert!(csv.lines().any(|line| line == "2026-W46,no,endings,all,all,"), "{csv}");
    assert!(csv.lines().skip(1).all(|line| line.matches(',').count() == 5));
    assert!(plot.contains("2026-W46: not shown (incomplete); 2026-W47: 14"), "{plot}");
}
