//! The project speaks of itself only: not of the machine it was written on, and not of where packages come from.

use crate::tree::{files, nothing, text};

/// Never in any file. Written in two halves, because this file is one of them.
const NEVER: [&str; 15] = [
    // Somebody's machine.
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\Users"),
    concat!("/tmp/", "bash"),
    // Where one machine happened to fetch from.
    concat!("index.cra", "tes.io"),
    concat!("static.cra", "tes.io"),
    concat!("registry.np", "mjs.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("py", "pi.org"),
    concat!("python", "hosted.org"),
    concat!("deb.deb", "ian.org"),
    concat!("arti", "factory"),
    concat!("verda", "ccio"),
];

/// Says whether a text names one of them, whatever the case.
fn named(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.to_lowercase();
        let named = NEVER.into_iter().filter(|word| stands_in(&line, &word.to_lowercase()));
        found.extend(named.map(|word| (at + 1, word)));
    }
    found
}

/// A folder of somebody's machine begins its path: in the middle of one it is a folder of ours.
fn stands_in(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !word.starts_with('/') || !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
    })
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    let mut found = Vec::new();
    for path in files() {
        let Some(text) = text(&path) else { continue };
        found.extend(named(&text).into_iter().map(|(line, word)| format!("{path}:{line} names {word}")));
    }
    nothing(found, "The project speaks of itself only.");
}

#[test]
fn the_lock_files_name_the_public_registries_by_their_default_alone() {
    let mut found = Vec::new();
    for path in files().iter().filter(|path| path.ends_with("package-lock.json")) {
        for (at, line) in text(path).unwrap().lines().enumerate() {
            if line.contains("\"resolved\"") {
                found.push(format!("{path}:{} names a place to fetch from; npm knows it by default", at + 1));
            }
        }
    }
    let default = "registry+https://github.com/rust-lang/crates.io-index";
    let lock = text("Cargo.lock").unwrap();
    let sources = lock.lines().enumerate().filter(|(_, line)| line.starts_with("source = "));
    for (at, line) in sources.filter(|(_, line)| !line.contains(default)) {
        found.push(format!("Cargo.lock:{}: {line}", at + 1));
    }
    nothing(found, "A lock file fetches from the default registry.");
}

#[test]
fn a_machine_is_seen_where_it_is_named() {
    assert_eq!(named(&format!("a\nsee {}somebody", NEVER[2])).len(), 1);
    assert!(named("docs/rootless/home").is_empty());
}
