//! `lykta check`, `lykta roster` and `lykta report`: what an operator asks before and beside a running relay.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use lykta_trust::{Roster, role_word, staff_words};

use crate::centre::{self, Centre};
use crate::serve;
use crate::staff::{NotOnShelf, Shelf, read_roster};
use crate::statistics::{self, Book, Categories, Report, Week};

/// Checks a centre's file: every mistake at once, then what should be looked at, then what keeps the relay from
/// starting on this machine.
///
/// # Errors
/// A sentence when there is a mistake; warnings and obstacles are told and stop nothing.
pub fn check(path: &Path) -> Result<(), String> {
    let centre = centre_of(path)?;
    let today = jiff::Zoned::now().with_time_zone(centre.calendar.zone.clone()).date();
    for warning in centre::warnings(&centre, today) {
        eprintln!("{}: {warning}", path.display());
    }
    for obstacle in serve::obstacles(&centre, now_s()) {
        eprintln!("{}: `lykta serve` on this machine: {obstacle}", path.display());
    }
    eprintln!("{}: no mistakes", path.display());
    Ok(())
}

/// Verifies a roster under the centre's roots and says on standard output who stands in it; installs it if asked.
/// Without a file it is the one the relay has.
///
/// # Errors
/// One sentence fit for the person who typed the command.
pub fn roster(file: Option<&Path>, config: &Path, install: bool) -> Result<(), String> {
    let centre = centre_of(config)?;
    let anchors = serve::anchors(&centre)?;
    let told = |error: NotOnShelf| error.to_string();
    let book = match file {
        Some(file) => read_roster(file, &anchors).map_err(told)?,
        None => {
            Shelf::open(&centre.state_directory).and_then(|shelf| shelf.roster(&anchors)).map_err(told)?
        }
    };
    let mut said = table(&book.roster, anchors.centre(), now_s());
    if install {
        let shelf = Shelf::open(&centre.state_directory).map_err(told)?;
        match shelf.roster(&anchors) {
            Ok(known) if known.signed == book.signed => {
                return Err("this roster is installed already".into());
            }
            Ok(known) if known.roster.version() >= book.roster.version() => {
                return Err(format!(
                    "version {} is installed, and this one has version {}: an older roster would bring back whoever \
                     was removed",
                    known.roster.version(),
                    book.roster.version()
                ));
            }
            // None yet, or one that these roots no longer believe: then anything that they sign is better.
            Ok(_) | Err(NotOnShelf::NoRoster(_) | NotOnShelf::Roster(..)) => {}
            Err(error) => return Err(error.to_string()),
        }
        shelf.put_roster(&book.signed).map_err(told)?;
        said.push_str(&format!("\nInstalled: {}\n", shelf.roster_path().display()));
    }
    print(&said)
}

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
pub fn report(
    config: &Path,
    from: Option<Week>,
    to: Option<Week>,
    form: Form,
    others: &[PathBuf],
) -> Result<(), String> {
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
    let own = centre.state_directory.join(statistics::FILE);
    let mut book = Book::default();
    for path in std::iter::once(&own).chain(others) {
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{}: nothing was counted here yet", path.display()),
            _ => format!("{}: {error}", path.display()),
        })?;
        book.add_book(Book::read(&text).map_err(|bad| format!("{}: {bad}", path.display()))?);
    }
    let report = Report::new(&book, &Categories::of(&centre), first..=last, today);
    print(&match form {
        Form::Text => statistics::text(&report),
        Form::Csv => statistics::csv(&report),
        Form::Svg => statistics::plot(&report),
    })
}

fn print(said: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(said.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| format!("standard output cannot be written: {error}"))
}

fn centre_of(path: &Path) -> Result<Centre, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    centre::check(&text).map_err(|faults| {
        for fault in &faults {
            eprintln!("{}: {fault}", path.display());
        }
        format!("{} mistake(s) in {}", faults.len(), path.display())
    })
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn table(roster: &Roster, centre: lykta_trust::CentreId, now_s: u64) -> String {
    let day = |seconds: u32| {
        Timestamp::from_second(i64::from(seconds))
            .map_or_else(|_| "?".to_owned(), |moment| moment.strftime("%Y-%m-%d %H:%M UTC").to_string())
    };
    let mut text = format!(
        "roster version {}, epoch {}, signed by the centre's root\n",
        roster.version(),
        roster.epoch()
    );
    for entry in roster.entries() {
        let terms = entry.staff.terms();
        let ended = if u64::from(terms.not_after) < now_s { " (ended)" } else { "" };
        let passkey = match entry.passkey.as_deref() {
            None => "none",
            Some(passkey) if crate::staff::is_usable(passkey) => "yes",
            Some(_) => "not one this relay can read",
        };
        text.push_str(&format!(
            "\n{}\n  role     {}\n  until    {}{ended}\n  passkey  {passkey}\n  words    {}\n",
            entry.name,
            role_word(terms.role),
            day(terms.not_after),
            staff_words(centre, &terms.staff_public),
        ));
    }
    text
}
