//! A reader who wants the hidden numbers, written without the network that hides them: all sums as equations,
//! solved exactly, and bounds pushed from equation to equation.

use std::collections::BTreeMap;

use lykta_wire::{Ending, Lane};

use crate::statistics::{Book, Counter, QuarterTable, SHOWN_FROM, Shown, Waited, WeekTable};

/// The first is the sum of the others.
type Sum = Vec<String>;

#[derive(Default)]
pub(super) struct Reader {
    numbers: BTreeMap<String, Shown>,
    sums: Vec<Sum>,
    /// What is true, to tell what a reader may not learn from what does no harm.
    truths: BTreeMap<String, u64>,
}

fn counted(book: &Book, keep: impl Fn(&Counter) -> bool) -> u64 {
    book.counters().filter(|(counter, _)| keep(counter)).map(|(_, value)| value).sum()
}

impl Reader {
    fn reads(&mut self, name: &str, number: Shown, truth: u64) -> String {
        assert!(
            number == Shown::Hidden || number == Shown::Number(truth),
            "{name} is {truth}, not {number:?}"
        );
        self.truths.insert(name.to_owned(), truth);
        self.numbers.insert(name.to_owned(), number);
        name.to_owned()
    }

    pub(super) fn reads_week(&mut self, table: &WeekTable, book: &Book) {
        let week = table.week;
        let visits = |keep: &dyn Fn(Lane, Ending) -> bool| {
            counted(
                book,
                |counter| matches!(counter, Counter::Ending(at, lane, ending) if *at == week && keep(*lane, *ending)),
            )
        };
        let total = self.reads(&format!("{week}"), table.total, visits(&|_, _| true));
        let mut lanes = vec![total.clone()];
        let mut columns: Vec<Sum> = Vec::new();
        for (ending, sum) in Ending::ALL.iter().zip(&table.endings) {
            columns.push(vec![self.reads(
                &format!("{week} {ending:?}"),
                *sum,
                visits(&|_, at| at == *ending),
            )]);
        }
        let endings = std::iter::once(total.clone()).chain(columns.iter().map(|column| column[0].clone()));
        self.sums.push(endings.collect());
        for (lane, all, cells) in &table.lanes {
            let mut row = vec![self.reads(&format!("{week} {lane:?}"), *all, visits(&|at, _| at == *lane))];
            lanes.push(row[0].clone());
            for ((column, cell), ending) in columns.iter_mut().zip(cells).zip(Ending::ALL) {
                let truth = visits(&|row, end| row == *lane && end == *ending);
                let cell = self.reads(&format!("{} {lane:?}", column[0]), *cell, truth);
                row.push(cell.clone());
                column.push(cell);
            }
            self.sums.push(row);
        }
        let mut waited = vec![total];
        for (band, number) in Waited::ALL.iter().zip(&table.waited) {
            let truth = book.value(&Counter::Waited(week, *band));
            waited.push(self.reads(&format!("{week} waited {}", band.word()), *number, truth));
        }
        self.sums.extend(columns);
        self.sums.extend([lanes, waited]);
    }

    pub(super) fn reads_quarter(&mut self, table: &QuarterTable, book: &Book) {
        let quarter = table.quarter;
        let truth = counted(book, |counter| matches!(counter, Counter::Language(at, _) if *at == quarter));
        let total = self.reads(&quarter.to_string(), table.total, truth);
        let weeks = table.quarter.weeks().map(|week| week.to_string());
        self.sums.push(std::iter::once(total.clone()).chain(weeks).collect());
        for (kind, rows) in [("language", &table.languages), ("topic", &table.topics)] {
            let mut sum = vec![total.clone()];
            for (name, number) in rows {
                let truth = counted(book, |counter| match counter {
                    Counter::Language(at, of) => *at == quarter && kind == "language" && of == name,
                    Counter::Topic(at, of) => *at == quarter && kind == "topic" && of == name,
                    _ => false,
                });
                sum.push(self.reads(&format!("{total} {kind} {name}"), *number, truth));
            }
            self.sums.push(sum);
        }
    }

    fn hidden(&self) -> Vec<&str> {
        let hidden = self.numbers.iter().filter(|(_, number)| **number == Shown::Hidden);
        hidden.map(|(name, _)| name.as_str()).collect()
    }

    /// The least and the most that each hidden number can be, as far as one equation at a time tells.
    fn bounds(&self) -> BTreeMap<&str, (i64, i64)> {
        const MOST: i64 = 1 << 40;
        let known = |(name, number): (&'_ String, &Shown)| match number {
            Shown::Number(number) => (name.clone(), (*number as i64, *number as i64)),
            Shown::Hidden => (name.clone(), (0, MOST)),
        };
        let mut bounds: BTreeMap<String, (i64, i64)> = self.numbers.iter().map(known).collect();
        loop {
            let before = bounds.clone();
            for sum in &self.sums {
                let (of, parts) = sum.split_first().expect("a sum");
                let [least, most] = [0, 1].map(|end| {
                    parts
                        .iter()
                        .map(|part| if end == 0 { bounds[part].0 } else { bounds[part].1 })
                        .sum::<i64>()
                });
                let all = bounds[of];
                bounds.insert(of.clone(), (all.0.max(least), all.1.min(most)));
                let all = bounds[of];
                for part in parts {
                    let own = bounds[part];
                    let tight = (own.0.max(all.0 - (most - own.1)), own.1.min(all.1 - (least - own.0)));
                    bounds.insert(part.clone(), tight);
                }
            }
            if bounds == before {
                return self.hidden().into_iter().map(|name| (name, bounds[name])).collect();
            }
        }
    }

    /// The hidden numbers that follow from the equations, by elimination. Modulo a large prime: what is determined
    /// by whole numbers is determined there.
    fn solved(&self) -> Vec<&str> {
        const PRIME: i128 = (1 << 61) - 1;
        let hidden = self.hidden();
        let column: BTreeMap<&str, usize> = hidden.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let mut rows: Vec<Vec<i128>> = Vec::new();
        for sum in &self.sums {
            let mut row = vec![0; hidden.len()];
            for (at, name) in sum.iter().enumerate() {
                if let Some(column) = column.get(name.as_str()) {
                    row[*column] = if at == 0 { PRIME - 1 } else { 1 };
                }
            }
            rows.push(row);
        }
        let mut done = 0;
        for column in 0..hidden.len() {
            let Some(pivot) = (done..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
            rows.swap(done, pivot);
            let inverse = power(rows[done][column], PRIME - 2, PRIME);
            rows[done].iter_mut().for_each(|value| *value = *value * inverse % PRIME);
            let base = rows[done].clone();
            for (at, row) in rows.iter_mut().enumerate() {
                let factor = row[column];
                if at != done && factor != 0 {
                    for (value, base) in row.iter_mut().zip(&base) {
                        *value = (*value + (PRIME - factor) * base) % PRIME;
                    }
                }
            }
            done += 1;
        }
        let single = |row: &Vec<i128>| {
            let mut set = row.iter().enumerate().filter(|(_, value)| **value != 0);
            set.next().filter(|_| set.next().is_none()).map(|(at, _)| hidden[at])
        };
        rows.iter().filter_map(single).collect()
    }

    /// What this reader learns: a hidden number, or of one under five more than that it may be anything under five.
    pub(super) fn learns(&self) -> Vec<String> {
        let narrow = self.bounds().into_iter().filter(|(name, (least, most))| {
            let small = self.truths[*name] < SHOWN_FROM;
            least == most || (small && (*least > 0 || *most < SHOWN_FROM as i64 - 1))
        });
        let narrow = narrow.map(|(name, (least, most))| format!("{name} is {least} to {most}"));
        narrow.chain(self.solved().into_iter().map(|name| format!("{name} is known"))).collect()
    }
}

fn power(mut base: i128, mut exponent: i128, prime: i128) -> i128 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % prime;
        }
        base = base * base % prime;
        exponent >>= 1;
    }
    result
}
