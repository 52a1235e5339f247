//! What people type: passphrases, and whether the words agree.

use std::fs::File;
use std::io::{BufRead as _, Read};

use lykta_root::Passphrase;
use zeroize::Zeroizing;

use super::{Told, say};
use crate::PassphraseFrom;

/// Longest passphrase, bytes.
const LONGEST: usize = 1024;

/// Asks for the passphrase of a root that exists.
pub(super) fn passphrase(from: &PassphraseFrom) -> Told<Passphrase> {
    match from.passphrase_fd {
        Some(descriptor) => from_descriptor(descriptor),
        None => from_terminal("Passphrase of the root: "),
    }
}

/// Asks for the passphrase of a new root: twice on the terminal, because nobody sees what is typed.
pub(super) fn new_passphrase(from: &PassphraseFrom) -> Told<Passphrase> {
    let first = match from.passphrase_fd {
        Some(descriptor) => from_descriptor(descriptor)?,
        None => from_terminal("Passphrase for the new root: ")?,
    };
    first.long_enough().map_err(|error| error.to_string())?;
    if from.passphrase_fd.is_none() && !first.is_same(&from_terminal("The same once more: ")?) {
        return Err("the two passphrases are not the same; nothing was written".to_owned());
    }
    Ok(first)
}

fn from_terminal(prompt: &str) -> Told<Passphrase> {
    rpassword::prompt_password(prompt)
        .map(|typed| Passphrase::new(Zeroizing::new(typed)))
        .map_err(|error| format!("the passphrase cannot be asked for on a terminal: {error}"))
}

/// The first line of an open descriptor. `/dev/fd` opens it anew, so no unsafe adoption of a number is needed.
fn from_descriptor(descriptor: u32) -> Told<Passphrase> {
    let told = |error| format!("file descriptor {descriptor} cannot be read: {error}");
    let mut file = File::open(format!("/dev/fd/{descriptor}")).map_err(told)?;
    // At its full size from the start: a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0]);
    while file.read(&mut *byte).map_err(told)? == 1 && byte[0] != b'\n' {
        if line.len() == LONGEST {
            return Err(format!("a passphrase has at most {LONGEST} bytes"));
        }
        line.push(byte[0]);
    }
    let text = str::from_utf8(&line).map_err(|_| "the passphrase is not UTF-8".to_owned())?;
    let mut exact = Zeroizing::new(String::with_capacity(text.len()));
    exact.push_str(text);
    Ok(Passphrase::new(exact))
}

/// Whether the person at the keyboard says yes, in Swedish or English. Anything else is a no.
pub(super) fn yes(question: &str) -> Told<bool> {
    say(question)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|error| format!("no answer: {error}"))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "ja" | "yes"))
}
