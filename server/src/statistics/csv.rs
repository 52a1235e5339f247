//! The report as one table of comma-separated values (RFC 4180). No field needs quotes: all are words and numbers.

use lykta_wire::Ending;

use super::counter::{ending_word, lane_word};
use super::{Report, Shown, Waited};

/// `period,complete,table,row,column,number`, a line for each number; a number that is not shown is empty.
#[must_use]
pub fn csv(report: &Report) -> String {
    let mut lines = vec!["period,complete,table,row,column,number".to_owned()];
    let mut add = |period: &str, whole: bool, [table, row, column]: [&str; 3], number: Shown| {
        let whole = if whole { "yes" } else { "no" };
        let number = match number {
            Shown::Number(number) => number.to_string(),
            Shown::Hidden => String::new(),
        };
        lines.push(format!("{period},{whole},{table},{row},{column},{number}"));
    };
    for table in &report.weeks {
        let (period, whole) = (table.week.to_string(), table.whole);
        add(&period, whole, ["endings", "all", "all"], table.total);
        for (ending, sum) in Ending::ALL.iter().zip(&table.endings) {
            add(&period, whole, ["endings", "all", ending_word(*ending)], *sum);
        }
        for (lane, all, cells) in &table.lanes {
            add(&period, whole, ["endings", lane_word(*lane), "all"], *all);
            for (ending, number) in Ending::ALL.iter().zip(cells) {
                add(&period, whole, ["endings", lane_word(*lane), ending_word(*ending)], *number);
            }
        }
        for (band, number) in Waited::ALL.iter().zip(&table.waited) {
            add(&period, whole, ["waited", band.word(), "all"], *number);
        }
    }
    for table in &report.quarters {
        let (period, whole) = (table.quarter.to_string(), table.whole);
        add(&period, whole, ["visits", "all", "all"], table.total);
        for (kind, rows) in [("language", &table.languages), ("topic", &table.topics)] {
            for (name, number) in rows {
                add(&period, whole, [kind, name, "all"], *number);
            }
        }
    }
    lines.join("\r\n") + "\r\n"
}
