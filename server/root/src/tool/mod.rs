//! The edge: files, the terminal, the clock. Errors are one sentence each, for the people at the machine.

mod ask;
mod files;
pub(crate) mod new;
pub(crate) mod show;
pub(crate) mod sign;

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use lykta_root::{Words, hex};

/// What went wrong, as a sentence.
pub(crate) type Told<T> = Result<T, String>;

/// Reads hexadecimal digits of an argument.
pub(crate) fn hex_array<const N: usize>(text: &str) -> Told<[u8; N]> {
    hex::read_array(text).ok_or_else(|| format!("this must be {} hexadecimal digits", N * 2))
}

/// Reads words of an argument.
pub(crate) fn words(text: &str) -> Told<Words> {
    Words::parse(text).ok_or_else(|| "words to compare are six groups of five digits".to_owned())
}

/// Writes to standard output, at once.
fn say(text: &str) -> Told<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| format!("standard output cannot be written: {error}"))
}

/// Unix seconds. A clock before 1970 counts as 1970 and is then refused by the plan's own checks.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
