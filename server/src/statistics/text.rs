//! The report as text.

use std::fmt::Write as _;

use lykta_wire::Ending;

use super::counter::{ending_word, lane_word};
use super::{Report, SHOWN_FROM, Shown, Waited};

const WIDE: usize = 20;

fn cell(shown: Shown) -> String {
    match shown {
        Shown::Number(number) => number.to_string(),
        Shown::Hidden => "·".to_owned(),
    }
}

/// A row: its name and its numbers.
fn row(out: &mut String, name: &str, numbers: impl IntoIterator<Item = Shown>) {
    let _ = write!(out, "  {name:WIDE$}");
    for number in numbers {
        let _ = write!(out, "{:>8}", cell(number));
    }
    out.push('\n');
}

/// Tables for a terminal. Week tables have a row for each ending with the lanes as columns.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out =
        format!("· is a number under {SHOWN_FROM}, or one from which such a number could be reckoned.\n");
    let incomplete = |whole: bool| if whole { "" } else { " (incomplete: some visits were not counted)" };
    for table in &report.weeks {
        let _ = writeln!(out, "\n{}{}", table.week, incomplete(table.whole));
        let _ = write!(out, "  {:WIDE$}{:>8}", "", "all");
        for (lane, ..) in &table.lanes {
            // Columns are eight wide.
            let word: String = lane_word(*lane).chars().take(7).collect();
            let _ = write!(out, "{word:>8}");
        }
        out.push('\n');
        let all = table.lanes.iter().map(|(_, all, _)| *all);
        row(&mut out, "visits", std::iter::once(table.total).chain(all));
        for (at, (ending, sum)) in Ending::ALL.iter().zip(&table.endings).enumerate() {
            let lanes = table.lanes.iter().filter_map(|(.., cells)| cells.get(at).copied());
            row(&mut out, ending_word(*ending), std::iter::once(*sum).chain(lanes));
        }
        for (band, number) in Waited::ALL.iter().zip(&table.waited) {
            row(&mut out, &format!("waited {}", band.word()), [*number]);
        }
    }
    for table in &report.quarters {
        let _ = writeln!(out, "\n{}{}", table.quarter, incomplete(table.whole));
        row(&mut out, "visits", [table.total]);
        for (kind, rows) in [("language", &table.languages), ("topic", &table.topics)] {
            for (name, number) in rows {
                row(&mut out, &format!("{kind} {name}"), [*number]);
            }
        }
    }
    out
}
