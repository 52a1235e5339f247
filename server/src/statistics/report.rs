//! The tables as they may be shown.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use lykta_wire::{Ending, Lane};

use super::network::Network;
use super::{Book, Counter, OTHER, Quarter, Waited, Week};
use crate::centre::{Centre, Topic};

/// The rows of the quarter's tables. They come from the centre's file, never from what was counted: a row that
/// appears would say that there was somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    languages: Vec<String>,
    topics: Vec<String>,
}

/// A number of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The number.
    Number(u64),
    /// Under five, or a number that would betray one that is. Which of them is not told.
    Hidden,
}

/// A week that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekTable {
    /// The week.
    pub week: Week,
    /// Whether all its visits were counted.
    pub whole: bool,
    /// All visits that are over.
    pub total: Shown,
    /// Each lane: its visits, and how they ended, in the order of [`Ending::ALL`].
    pub lanes: Vec<(Lane, Shown, Vec<Shown>)>,
    /// Both lanes together, in the order of [`Ending::ALL`].
    pub endings: Vec<Shown>,
    /// How long was waited, in the order of [`Waited::ALL`].
    pub waited: Vec<Shown>,
}

/// A quarter that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarterTable {
    /// The quarter.
    pub quarter: Quarter,
    /// Whether all its visits were counted.
    pub whole: bool,
    /// All visits that are over.
    pub total: Shown,
    /// The languages asked for.
    pub languages: Vec<(String, Shown)>,
    /// What the visits were about.
    pub topics: Vec<(String, Shown)>,
}

/// Weeks and quarters, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The weeks.
    pub weeks: Vec<WeekTable>,
    /// The quarters all of whose weeks are among these.
    pub quarters: Vec<QuarterTable>,
}

/// What a number is worth to who reads the tables: first how many came at all, then the sums.
const TOTAL: u64 = 1_000;
const SUM: u64 = 10;
const CELL: u64 = 1;

/// The numbers of one week as edges: the total parts into lanes, these into endings, these come together in the
/// total again, which parts into times of waiting.
struct WeekNumbers {
    total: usize,
    lanes: Vec<(usize, Vec<usize>)>,
    endings: Vec<usize>,
    waited: Vec<usize>,
}

impl Categories {
    /// Languages and topics, in this order; what is none of them comes last.
    #[must_use]
    pub fn new(languages: &[String], topics: &[String]) -> Self {
        let and = |listed: &[String], last: &str| {
            let others = listed.iter().filter(|one| *one != last);
            others.cloned().chain([last.to_owned()]).collect()
        };
        Self { languages: and(languages, OTHER), topics: and(topics, Topic::NONE) }
    }

    /// Those of a centre.
    #[must_use]
    pub fn of(centre: &Centre) -> Self {
        let topics: Vec<String> = centre.topics.iter().map(|topic| topic.word.clone()).collect();
        Self::new(&centre.line.languages, &topics)
    }

    /// The language as it is counted.
    #[must_use]
    pub fn language(&self, language: &str) -> String {
        listed(&self.languages, language, OTHER)
    }

    /// The topic as it is counted.
    #[must_use]
    pub fn topic(&self, topic: &str) -> String {
        listed(&self.topics, topic, Topic::NONE)
    }

    /// A quarter's languages; what was counted under a name that the centre has since taken away is with the rest.
    fn languages_of(&self, book: &Book, quarter: Quarter) -> Vec<u64> {
        let named = book.counters().filter_map(|(counter, value)| match counter {
            Counter::Language(at, language) if *at == quarter => Some((self.language(language), value)),
            _ => None,
        });
        sums(&self.languages, named)
    }

    fn topics_of(&self, book: &Book, quarter: Quarter) -> Vec<u64> {
        let named = book.counters().filter_map(|(counter, value)| match counter {
            Counter::Topic(at, topic) if *at == quarter => Some((self.topic(topic), value)),
            _ => None,
        });
        sums(&self.topics, named)
    }
}

fn listed(list: &[String], one: &str, else_: &str) -> String {
    if list.iter().any(|known| known == one) { one.to_owned() } else { else_.to_owned() }
}

fn sums(list: &[String], named: impl Iterator<Item = (String, u64)>) -> Vec<u64> {
    let mut sums = vec![0; list.len()];
    for (name, value) in named {
        if let Some(at) = list.iter().position(|known| *known == name) {
            sums[at] += value;
        }
    }
    sums
}

impl WeekNumbers {
    /// Puts the week's numbers between two nodes; `number` adds one edge and is told which of the week it is.
    fn build(
        book: &Book,
        week: Week,
        network: &mut Network,
        [enters, leaves]: [usize; 2],
        mut number: impl FnMut(&mut Network, usize, usize, u64, u64) -> usize,
    ) -> Self {
        let cell = |lane, ending| book.value(&Counter::Ending(week, lane, ending));
        let lane_sum = |lane| Ending::ALL.iter().map(|ending| cell(lane, *ending)).sum();
        let ending_sum = |ending| Lane::ALL.iter().map(|lane| cell(*lane, ending)).sum();
        let sum = Lane::ALL.iter().map(|lane| lane_sum(*lane)).sum();
        let (parts, again) = (network.node(), network.node());
        let total = number(network, enters, parts, sum, TOTAL);
        let columns: Vec<usize> = Ending::ALL.iter().map(|_| network.node()).collect();
        let mut lanes = Vec::new();
        for lane in Lane::ALL {
            let row = network.node();
            let all = number(network, parts, row, lane_sum(*lane), SUM);
            let cells = Ending::ALL.iter().zip(&columns);
            let cells =
                cells.map(|(ending, column)| number(network, row, *column, cell(*lane, *ending), CELL));
            lanes.push((all, cells.collect()));
        }
        let endings = Ending::ALL.iter().zip(&columns);
        let endings =
            endings.map(|(ending, column)| number(network, *column, again, ending_sum(*ending), SUM));
        let endings = endings.collect();
        let bands = Waited::ALL.iter().map(|band| book.value(&Counter::Waited(week, *band)));
        let waited = bands.map(|value| number(network, again, leaves, value, CELL)).collect();
        Self { total, lanes, endings, waited }
    }
}

/// One week by itself: the first time its numbers are shown.
fn week_table(book: &Book, week: Week) -> WeekTable {
    let mut network = Network::default();
    let around = network.node();
    let numbers = WeekNumbers::build(book, week, &mut network, [around, around], Network::number);
    network.conceal();
    let shown = |number: &usize| network.shown(*number).map_or(Shown::Hidden, Shown::Number);
    WeekTable {
        week,
        whole: book.is_whole(week),
        total: shown(&numbers.total),
        lanes: Lane::ALL
            .iter()
            .zip(&numbers.lanes)
            .map(|(lane, (all, cells))| (*lane, shown(all), cells.iter().map(shown).collect()))
            .collect(),
        endings: numbers.endings.iter().map(shown).collect(),
        waited: numbers.waited.iter().map(shown).collect(),
    }
}

impl WeekTable {
    /// Its numbers in the order in which [`WeekNumbers::build`] adds them.
    fn in_order(&self) -> impl Iterator<Item = Shown> + '_ {
        let lanes =
            self.lanes.iter().flat_map(|(_, all, cells)| std::iter::once(*all).chain(cells.iter().copied()));
        std::iter::once(self.total)
            .chain(lanes)
            .chain(self.endings.iter().copied())
            .chain(self.waited.iter().copied())
    }
}

/// A quarter beside all its weeks, which are out already.
fn quarter_table(
    book: &Book,
    categories: &Categories,
    quarter: Quarter,
    weeks: &[WeekTable],
) -> QuarterTable {
    let mut network = Network::default();
    let [spoken, about, all, parts] = std::array::from_fn(|_| network.node());
    let bundle = |network: &mut Network, from, to, values: Vec<u64>| -> Vec<usize> {
        values.into_iter().map(|value| network.number(from, to, value, CELL)).collect()
    };
    let languages = bundle(&mut network, spoken, about, categories.languages_of(book, quarter));
    let topics = bundle(&mut network, about, all, categories.topics_of(book, quarter));
    let sum = weeks.iter().map(|table| total(book, table.week)).sum();
    let total = network.number(all, parts, sum, TOTAL);
    for table in weeks {
        let mut out = table.in_order();
        WeekNumbers::build(book, table.week, &mut network, [parts, spoken], |network, from, to, value, _| {
            network.decided(from, to, value, out.next() == Some(Shown::Hidden))
        });
    }
    network.conceal();
    let shown = |number: usize| network.shown(number).map_or(Shown::Hidden, Shown::Number);
    let named = |names: &[String], numbers: Vec<usize>| {
        names.iter().cloned().zip(numbers.into_iter().map(shown)).collect()
    };
    QuarterTable {
        quarter,
        whole: weeks.iter().all(|table| table.whole),
        total: shown(total),
        languages: named(&categories.languages, languages),
        topics: named(&categories.topics, topics),
    }
}

/// All visits of a week.
fn total(book: &Book, week: Week) -> u64 {
    let cells = Lane::ALL.iter().flat_map(|lane| Ending::ALL.iter().map(|ending| (*lane, *ending)));
    cells.map(|(lane, ending)| book.value(&Counter::Ending(week, lane, ending))).sum()
}

impl Report {
    /// The tables of the weeks that are over on `today`, and of the quarters that lie wholly among them.
    #[must_use]
    pub fn new(book: &Book, categories: &Categories, weeks: RangeInclusive<Week>, today: Date) -> Self {
        let over = std::iter::successors(Some(*weeks.start()), |week| Some(week.next()))
            .take_while(|week| week <= weeks.end() && week.is_over(today));
        let weeks: Vec<WeekTable> = over.map(|week| week_table(book, week)).collect();
        let quarters = weeks.chunk_by(|one, other| one.week.quarter() == other.week.quarter());
        let quarters = quarters
            .filter_map(|tables| {
                let quarter = tables.first()?.week.quarter();
                let all = tables.len() == quarter.weeks().count();
                all.then(|| quarter_table(book, categories, quarter, tables))
            })
            .collect();
        Self { weeks, quarters }
    }
}
