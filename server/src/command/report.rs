//! `lykta report`: how the service was used.

use std::io::ErrorKind;
use std::path::Path;

use super::{centre_of, say};
use crate::statistics::{self, Categories, Ledger, Report, Week};

/// Ten years and some: a report of more is a slip of the pen.
const WEEKS_MOST: i64 = 530;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Tables for a terminal.
    Text,
    /// Comma-separated values.
    Csv,
    /// A picture of the weeks.
    Svg,
}

/// Shows on standard output how the service was used, `from` one week `to` another, both included. Without them it is
/// the 13 weeks before this one.
///
/// # Errors
/// One sentence fit for the person who typed the command.
pub fn report(config: &Path, from: Option<Week>, to: Option<Week>, form: Form) -> Result<(), String> {
    let centre = centre_of(config)?;
    let today = jiff::Zoned::now().with_time_zone(centre.calendar.zone.clone()).date();
    let last = to.unwrap_or_else(|| Week::of(today).before(1));
    let first = from.unwrap_or_else(|| last.before(12));
    if last < first {
        return Err(format!("{last} lies before {first}"));
    }
    if first < last.before(WEEKS_MOST) {
        return Err(format!("ask for at most {WEEKS_MOST} weeks at once"));
    }
    let path = centre.state_directory.join(statistics::FILE);
    let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{}: nothing was counted here yet", path.display()),
        _ => format!("{}: {error}", path.display()),
    })?;
    let ledger = Ledger::read(&text).map_err(|bad| format!("{}: {bad}", path.display()))?;
    let report = Report::new(&ledger.as_known(), &Categories::of(&centre), first..=last, today);
    say(&match form {
        Form::Text => statistics::text(&report),
        Form::Csv => statistics::csv(&report),
        Form::Svg => statistics::plot(&report),
    })
}
