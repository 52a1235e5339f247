//! The weeks as a picture: a bar for each, in SVG.
//!
//! Written by hand: it is a few rectangles, and a drawing library would be larger than the whole report, inside
//! the file that holds the relay.

use std::fmt::Write as _;

use super::{Report, Shown, WeekTable};

const BAR: u64 = 28;
const STEP: u64 = 44;
const HIGH: u64 = 200;
const LEFT: u64 = 48;
const TOP: u64 = 40;

/// A bar for each week's visits; a week that is not shown is a hatched stump, an incomplete one is outlined. The
/// picture has a text for those who do not see it.
#[must_use]
pub fn plot(report: &Report) -> String {
    let most = report.weeks.iter().filter_map(|table| number(table.total)).max().unwrap_or(0).max(1);
    let wide = LEFT + STEP * (report.weeks.len() as u64).max(1) + 16;
    let tall = TOP + HIGH + 64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {tall}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>Visits per week</title>\n<desc>{}</desc>\n\
         <defs><pattern id=\"hidden\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><path d=\"M0 0V6\" stroke=\"#667\" stroke-width=\"2\"/></pattern></defs>\n",
        report.weeks.iter().map(said).collect::<Vec<_>>().join("; ")
    );
    for (line, value) in [(0, 0), (HIGH, most)] {
        let y = TOP + HIGH - line;
        let _ = writeln!(out, "<path d=\"M{LEFT} {y}H{wide}\" stroke=\"#99a\"/>");
        let _ = writeln!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{value}</text>", LEFT - 6, y + 4);
    }
    for (table, at) in report.weeks.iter().zip(0..) {
        let x = LEFT + 8 + at * STEP;
        let (high, fill) = match number(table.total) {
            Some(value) => (value * HIGH / most, if table.whole { "#2a6f97" } else { "#fff" }),
            None => (8, "url(#hidden)"),
        };
        let y = TOP + HIGH - high;
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{BAR}\" height=\"{high}\" fill=\"{fill}\" stroke=\"#2a6f97\"/>"
        );
        let (middle, below) = (x + BAR / 2, TOP + HIGH + 14);
        if let Some(value) = number(table.total) {
            let _ =
                writeln!(out, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{value}</text>", y - 6);
        }
        let _ = writeln!(
            out,
            "<text transform=\"translate({middle} {below}) rotate(-60)\" text-anchor=\"end\">{}</text>",
            table.week
        );
    }
    out.push_str("</svg>\n");
    out
}

fn number(shown: Shown) -> Option<u64> {
    match shown {
        Shown::Number(number) => Some(number),
        Shown::Hidden => None,
    }
}

fn said(table: &WeekTable) -> String {
    let total = number(table.total).map_or_else(|| "not shown".to_owned(), |number| number.to_string());
    format!("{}: {total}{}", table.week, if table.whole { "" } else { " (incomplete)" })
}
