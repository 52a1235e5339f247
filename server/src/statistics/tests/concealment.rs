//! No number under five is shown, and none can be reckoned.

use jiff::civil::Date;
use lykta_wire::{Ending, Lane};
use proptest::prelude::*;

use super::attack::Reader;
use super::{LATER, categories, weeks};
use crate::statistics::network::Network;
use crate::statistics::{Book, Counter, Report, SHOWN_FROM, Shown, Visit, Waited, Week};

/// Two lanes, two endings and three bands, small enough to try every table a reader could think of.
struct Small {
    cells: [[u64; 2]; 2],
    bands: [u64; 3],
}

/// What is shown of it: cells, sums of rows and columns, everything together, bands.
#[derive(Debug)]
struct Seen {
    cells: [[Option<u64>; 2]; 2],
    rows: [Option<u64>; 2],
    columns: [Option<u64>; 2],
    total: Option<u64>,
    bands: [Option<u64>; 3],
}

fn conceal(small: &Small) -> Seen {
    let mut network = Network::default();
    let [start, parts, one, other, left, right, again] = std::array::from_fn(|_| network.node());
    let [a, b] = small.cells;
    let total = network.number(start, parts, a[0] + a[1] + b[0] + b[1], 1_000);
    let rows = [network.number(parts, one, a[0] + a[1], 10), network.number(parts, other, b[0] + b[1], 10)];
    let cells = [
        [network.number(one, left, a[0], 1), network.number(one, right, a[1], 1)],
        [network.number(other, left, b[0], 1), network.number(other, right, b[1], 1)],
    ];
    let columns =
        [network.number(left, again, a[0] + b[0], 10), network.number(right, again, a[1] + b[1], 10)];
    let bands = small.bands.map(|band| network.number(again, start, band, 1));
    network.conceal();
    Seen {
        cells: cells.map(|row| row.map(|cell| network.shown(cell))),
        rows: rows.map(|row| network.shown(row)),
        columns: columns.map(|column| network.shown(column)),
        total: network.shown(total),
        bands: bands.map(|band| network.shown(band)),
    }
}

/// The names of the numbers of a [`Small`] table.
const NAMES: [&str; 12] =
    ["a", "b", "c", "d", "a+b", "c+d", "a+c", "b+d", "total", "band 0", "band 1", "band 2"];

impl Seen {
    /// In the order of [`NAMES`].
    fn numbers(&self) -> [Option<u64>; 12] {
        let Self { cells: [[a, b], [c, d]], rows: [ab, cd], columns: [ac, bd], total, bands: [x, y, z] } =
            *self;
        [a, b, c, d, ab, cd, ac, bd, total, x, y, z]
    }
}

/// For each number the values it has in some table that a reader must take for possible, one bit each.
fn possible(seen: &Seen, up_to: u64) -> [u64; 12] {
    let range = |shown: Option<u64>| shown.map_or(0..=up_to, |value| value..=value);
    let cells = seen.cells;
    let (known, open) = (seen.bands.iter().flatten().sum::<u64>(), seen.bands.iter().flatten().count() < 3);
    let numbers = seen.numbers();
    let mut found = [0; 12];
    for (a, b) in range(cells[0][0]).flat_map(|a| range(cells[0][1]).map(move |b| (a, b))) {
        for (c, d) in range(cells[1][0]).flat_map(|c| range(cells[1][1]).map(move |d| (c, d))) {
            let total = a + b + c + d;
            let values = [a, b, c, d, a + b, c + d, a + c, b + d, total];
            let agrees =
                values.iter().zip(numbers).all(|(value, shown)| shown.is_none_or(|shown| shown == *value));
            if !agrees || known > total || (!open && known != total) {
                continue;
            }
            for (bits, value) in found.iter_mut().zip(values) {
                *bits |= 1 << value;
            }
            let hidden = seen.bands.iter().filter(|band| band.is_none()).count();
            for (bits, band) in found[9..].iter_mut().zip(seen.bands) {
                // The rest lies in the one hidden band, or is shared by two or three in every way.
                match band {
                    Some(value) => *bits |= 1 << value,
                    None if hidden == 1 => *bits |= 1 << (total - known),
                    None => *bits |= (1 << (total - known + 1)) - 1,
                }
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_hidden_number_of_a_small_table_may_be_anything_under_five_for_all_that_is_shown(
        cells in prop::array::uniform2(prop::array::uniform2(0_u64..7)),
        split in prop::array::uniform2(0_u64..40),
    ) {
        let total: u64 = cells.iter().flatten().sum();
        let first = split[0].min(total);
        let second = split[1].min(total - first);
        let seen = conceal(&Small { cells, bands: [first, second, total - first - second] });
        let [[a, b], [c, d]] = cells;
        let bands = [first, second, total - first - second];
        let truths = [a, b, c, d, a + b, c + d, a + c, b + d, total].into_iter().chain(bands);
        let numbers = NAMES.iter().zip(truths).zip(seen.numbers());
        for (((name, truth), shown), values) in numbers.zip(possible(&seen, 12)) {
            match shown {
                Some(value) => prop_assert!(value >= SHOWN_FROM, "{name} is shown as {value}"),
                None if truth < SHOWN_FROM => {
                    prop_assert!(values & 31 == 31, "{name} is one of {values:b}: {seen:?}");
                }
                None => prop_assert!(values.count_ones() > 1, "{name} is known: {seen:?}"),
            }
        }
    }

    #[test]
    fn nobody_reckons_a_hidden_number_of_a_week_or_of_a_quarter_from_all_that_is_shown(
        visits in prop::collection::vec(visits(), 0..400),
    ) {
        let mut book = Book::default();
        visits.into_iter().for_each(|visit| book.count(visit));
        let report = Report::new(&book, &categories(), weeks("2026-W40", "2026-W53"), LATER);
        let mut all = Reader::default();
        for table in &report.weeks {
            let mut alone = Reader::default();
            alone.reads_week(table, &book);
            prop_assert_eq!(alone.learns(), Vec::<String>::new(), "from {} alone:\n{}", table.week, crate::statistics::text(&report));
            all.reads_week(table, &book);
        }
        report.quarters.iter().for_each(|table| all.reads_quarter(table, &book));
        prop_assert_eq!(all.learns(), Vec::<String>::new());
        for line in crate::statistics::csv(&report).lines().skip(1) {
            let number = line.rsplit(',').next().expect("a last field");
            prop_assert!(number.is_empty() || number.parse::<u64>().is_ok_and(|number| number >= SHOWN_FROM));
        }
    }

    #[test]
    fn what_was_shown_of_a_week_is_shown_of_it_in_every_later_report(
        visits in prop::collection::vec(visits(), 0..200),
        later in prop::collection::vec(visits(), 0..200),
    ) {
        let mut book = Book::default();
        let over: Week = "2026-W45".parse().expect("a week");
        visits.into_iter().filter(|visit| Week::of(visit.day) <= over).for_each(|visit| book.count(visit));
        let first = Report::new(&book, &categories(), weeks("2026-W40", "2026-W53"), over.next().monday());
        later.into_iter().filter(|visit| Week::of(visit.day) > over).for_each(|visit| book.count(visit));
        let second = Report::new(&book, &categories(), weeks("2026-W40", "2026-W53"), LATER);
        prop_assert_eq!(&first.weeks[..], &second.weeks[..first.weeks.len()]);
    }
}

/// Visits of a quarter; most are helped Swedish visitors of a few busy weeks, so that large and small numbers meet.
fn visits() -> impl Strategy<Value = Visit> {
    let often = |few: usize| prop_oneof![3 => Just(0_usize), 1 => 0..few];
    (0_i64..14 * 7, prop::bool::weighted(0.5), often(2), often(7), often(5), often(4), often(4)).prop_map(
        |(day, busy, lane, ending, waited, language, topic)| {
            let first: Week = "2026-W40".parse().expect("a week");
            let day = if busy { day % 14 } else { day };
            Visit {
                day: first.monday().checked_add(jiff::Span::new().days(day)).expect("a day"),
                lane: Lane::ALL[lane],
                ending: Ending::ALL[ending],
                waited: Waited::ALL[waited],
                language: ["sv", "en", "ar", "other"][language].into(),
                topic: ["control", "travel", "threats", "none"][topic].into(),
            }
        },
    )
}

/// A control: the reader of these tests does find what a plain rule betrays.
#[test]
fn the_reader_finds_a_number_that_its_sum_betrays() {
    let week: Week = "2026-W47".parse().expect("a week");
    let mut book = Book::default();
    for ending in Ending::ALL {
        book.add(Counter::Ending(week, Lane::Support, *ending), 10);
        book.add(Counter::Ending(week, Lane::Professional, *ending), 10);
    }
    book.add(Counter::Waited(week, Waited::Under2), 140);
    let report = Report::new(&book, &categories(), week..=week, LATER);
    let mut table = report.weeks.into_iter().next().expect("one week");
    // As if only this one number were under five and nothing else had been hidden with it.
    table.lanes[0].2[0] = Shown::Hidden;
    table.waited.iter_mut().for_each(|number| *number = Shown::Hidden);
    let mut reader = Reader::default();
    reader.reads_week(&table, &book);
    let learnt = reader.learns();
    assert!(learnt.iter().any(|told| told.contains("Helped Support is 10 to 10")), "{learnt:?}");
    assert!(learnt.iter().any(|told| told.contains("Helped Support is known")), "{learnt:?}");
}

/// A quarter with one hidden week: its total would follow from the others and the quarter's.
#[test]
fn a_quiet_week_is_not_betrayed_by_its_quarter() {
    let mut book = Book::default();
    let quarter = "2026-W40".parse::<Week>().expect("a week").quarter();
    for (at, week) in quarter.weeks().enumerate() {
        let day: Date = week.monday();
        for _ in 0..if at == 6 { 2 } else { 9 } {
            book.count(Visit {
                day,
                lane: Lane::Support,
                ending: Ending::Helped,
                waited: Waited::Under2,
                language: "sv".into(),
                topic: "control".into(),
            });
        }
    }
    let report = Report::new(&book, &categories(), weeks("2026-W40", "2026-W53"), LATER);
    assert_eq!(report.weeks.iter().filter(|table| table.total == Shown::Hidden).count(), 1);
    let table = report.quarters.first().expect("the quarter");
    assert_eq!(table.total, Shown::Hidden);
    assert!(table.languages.iter().all(|(_, number)| *number == Shown::Hidden), "{:?}", table.languages);
    assert!(table.topics.iter().all(|(_, number)| *number == Shown::Hidden), "{:?}", table.topics);
}
