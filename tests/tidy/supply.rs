//! What others have made and we build with: its licences, and what must not be among it. `deny.toml` has the lists.

use std::collections::BTreeSet;
use std::process::Command;

use crate::tree::{files, nothing, text, top};

/// The texts of a list of `deny.toml`.
fn listed(section: &str, key: &str) -> BTreeSet<String> {
    let file = text("deny.toml").unwrap();
    let begin = format!("[{section}]\n");
    let inside = file.split_once(&begin).expect("the section is there").1;
    let inside = inside.split("\n[").next().unwrap_or(inside);
    let list = inside.split_once(&format!("\n{key} = [")).expect("the list is there").1;
    let list = list.split_once("\n]").expect("the list ends").0;
    let lines = list.lines().filter(|line| !line.trim_start().starts_with('#'));
    let found: BTreeSet<String> = lines.filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect();
    assert!(!found.is_empty(), "{section}.{key} is empty: does this search still see?");
    found
}

/// Whether a licence expression (SPDX, or the slashes of older crates) can be kept with these licences.
fn fits(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    either(&words, &mut at, allowed) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut fits = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        fits |= both(words, at, allowed);
    }
    fits
}

fn both(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut fits = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        fits &= one(words, at, allowed);
    }
    fits
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let fits = either(words, at, allowed);
        *at += 1;
        return fits;
    }
    let mut licence = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        licence = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&licence)
}

#[test]
fn every_licence_lets_us_pass_on_what_we_build() {
    let allowed = listed("licenses", "allow");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--offline", "--format-version", "1"]).current_dir(top());
    // What is built on some other system only need not be here.
    cargo.args([
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
        "--filter-platform",
        "wasm32-unknown-unknown",
    ]);
    let out = cargo.output().expect("cargo lists what we build with");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let told: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let packages = told["packages"].as_array().expect("packages");
    assert!(packages.len() > 200, "only {}: does this search still see?", packages.len());
    let unfit = packages.iter().filter_map(|package| {
        let licence = package["license"].as_str().unwrap_or("none");
        (!fits(licence, &allowed)).then(|| format!("{} is under {licence}", package["name"]))
    });
    nothing(unfit.collect(), "deny.toml lists the licences.");
}

#[test]
fn what_is_banned_is_in_no_build() {
    let lock = text("Cargo.lock").unwrap();
    let banned = listed("bans", "deny");
    let found = banned.iter().filter(|name| lock.contains(&format!("\nname = \"{name}\"\n")));
    nothing(found.map(|name| format!("{name} is locked")).collect(), "deny.toml says why not.");
    assert!(lock.contains("\nname = \"tokio\"\n"), "the lock file still looks so");
}

#[test]
fn the_tools_of_npm_are_free_and_none_of_them_is_in_a_page() {
    let mut allowed = listed("licenses", "allow");
    // To be used, not passed on: the pages hold nothing of it.
    allowed.insert("MPL-2.0".into());
    let mut found = Vec::new();
    let mut seen = 0;
    for path in files().iter().filter(|path| path.ends_with("package-lock.json")) {
        let lock: serde_json::Value = serde_json::from_str(&text(path).unwrap()).expect("JSON");
        for (name, package) in lock["packages"].as_object().expect("packages") {
            if name.is_empty() {
                continue;
            }
            seen += 1;
            let licence = package["license"].as_str().unwrap_or("none");
            if !fits(licence, &allowed) {
                found.push(format!("{path}: {name} is under {licence}"));
            }
            if package["dev"] != true {
                found.push(format!("{path}: {name} is no tool for building and testing"));
            }
        }
    }
    nothing(found, "Nothing of npm runs in a visitor's browser.");
    assert!(seen > 50, "only {seen} packages: does this search still see?");
}

#[test]
fn an_expression_of_licences_is_understood() {
    let allowed =
        BTreeSet::from(["MIT".to_owned(), "ISC".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()]);
    for (expression, kept) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("GPL-3.0-only/MIT", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND ISC", true),
        ("(MIT OR ISC) AND GPL-3.0-only", false),
        ("Apache-2.0 WITH LLVM-exception AND MIT", true),
        ("Apache-2.0", false),
        ("", false),
        ("none", false),
    ] {
        assert_eq!(fits(expression, &allowed), kept, "{expression}");
    }
}
