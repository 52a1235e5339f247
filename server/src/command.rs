//! `lykta check`, `roster`, `hashes`, `verify`, `report` and `card`: what an operator asks before and beside a running relay.

mod card;
mod look;
mod report;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use lykta_trust::{Roster, role_word, staff_words};

use crate::centre::{self, Centre};
use crate::pages::Pages;
use crate::published::{self, Connect, Question, Verified};
use crate::staff::{NotOnShelf, Shelf, read_roster};
use crate::tls::Connector;
use crate::{serve, several};

pub use card::card;
pub use look::about_pages;
pub use report::{Form, report};

/// Checks a centre's file: every mistake at once, then what should be looked at, then what keeps the relay from
/// starting on this machine.
///
/// With several files each is checked, and then whether one process can serve them all.
///
/// # Errors
/// A sentence when there is a mistake; warnings and obstacles are told and stop nothing.
pub fn check(paths: &[PathBuf]) -> Result<(), String> {
    let (mut centres, mut wrong) = (Vec::new(), Vec::new());
    for path in paths {
        match check_one(path) {
            Ok(centre) => centres.push((path.display().to_string(), centre)),
            Err(sentence) => wrong.push(sentence),
        }
    }
    let named: Vec<_> = centres.iter().map(|(file, centre)| (file.clone(), centre)).collect();
    wrong.extend(several::clashes(&named));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\nlykta: ")) }
}

fn check_one(path: &Path) -> Result<Centre, String> {
    let centre = centre_of(path)?;
    let today = jiff::Zoned::now().with_time_zone(centre.calendar.zone.clone()).date();
    for warning in centre::warnings(&centre, today) {
        eprintln!("{}: {warning}", path.display());
    }
    if let Ok(pages) = Pages::load() {
        for said in look::about_pages(&centre, &pages) {
            eprintln!("{}: {said}.", path.display());
        }
    }
    for obstacle in serve::obstacles(&centre, now_s()) {
        eprintln!("{}: `lykta serve` on this machine: {obstacle}", path.display());
    }
    eprintln!("{}: no mistakes", path.display());
    Ok(centre)
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
    say(&said)
}

/// Says on standard output what this build serves for a centre, as hashes.
///
/// # Errors
/// One sentence fit for the person who typed the command.
pub fn hashes(config: &Path) -> Result<(), String> {
    let centre = centre_of(config)?;
    let pages = Pages::load().map_err(|error| error.to_string())?;
    say(&published::hashes(&centre, &pages))
}

/// Compares what a running server serves at `url` with this build and a centre's file. What differs is said on
/// standard output, a line each. `connect` is a server to ask under the address's name, `ca_file` the only
/// authority believed about its certificate.
///
/// # Errors
/// One sentence when something differs, or when it could not be compared.
pub fn verify(url: &str, config: &Path, connect: Connect, ca_file: Option<&Path>) -> Result<(), String> {
    let centre = centre_of(config)?;
    let pages = Pages::load().map_err(|error| error.to_string())?;
    let connector = Connector::believing(ca_file)
        .map_err(|error| format!("{}: {error}", ca_file.unwrap_or(Path::new("TLS")).display()))?;
    let question = Question::about(&centre, url, connect, connector).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime did not start: {error}"))?;
    let Verified { found, edits } = runtime
        .block_on(published::verify(&centre, &pages, &question))
        .map_err(|error| format!("{url} could not be verified: {error}"))?;
    let changes: String = edits.iter().map(|edit| format!("changed by the staff: {edit}\n")).collect();
    if found.is_empty() {
        let files = pages.asset_paths().count();
        return say(&format!(
            "{url} serves this build for {}: the page, {files} files, /state, and every header\n{changes}",
            config.display()
        ));
    }
    say(&found.iter().map(|finding| format!("{finding}\n")).collect::<String>())?;
    Err(format!("{url} does NOT serve this build with {}: {} difference(s)", config.display(), found.len()))
}

fn say(said: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(said.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| format!("standard output cannot be written: {error}"))
}

fn centre_of(path: &Path) -> Result<Centre, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let checked = centre::text_of(bytes).map_err(|fault| vec![fault]).and_then(|text| centre::check(&text));
    checked.map_err(|faults| {
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
