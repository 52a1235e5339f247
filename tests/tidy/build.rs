//! What is compiled into what.

use std::process::Command;

use crate::tree::{code, lines_with, nothing, some_below, text, top};

/// What could open an envelope, and what must never be linked into a relay besides.
const NEVER_IN_THE_RELAY: [&str; 7] =
    ["chacha20poly1305", "x25519-dalek", "ml-kem", "lykta-e2ee", "lykta-client", "age", "snow"];

/// The part of them that the stories' own client needs: a name that is misspelt above is missing here too.
const IN_THE_STORIES: [&str; 5] =
    ["chacha20poly1305", "x25519-dalek", "ml-kem", "lykta-e2ee", "lykta-client"];

/// Who brings TLS, and who brings ciphers with it.
const TLS: [(&str, &[&str]); 2] =
    [("rustls", &["lykta-server", "redis", "tokio-rustls"]), ("ring", &["rustls", "rustls-webpki"])];

/// The crates of a package's build that use `name` themselves.
fn users_of(package: &str, name: &str) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "-p", package, "-e", "normal", "-i", name]);
    cargo.args(["--prefix", "depth", "--format", " {p}", "--depth", "1"]).current_dir(top());
    let out = cargo.output().expect("cargo lists who uses a crate");
    let list = String::from_utf8(out.stdout).expect("crate names are ASCII");
    let direct = list.lines().filter_map(|line| line.strip_prefix("1 "));
    let mut names: Vec<String> =
        direct.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// Every crate in the build of one package, without what only its tests or build scripts need.
fn crates_of(package: &str) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "-p", package, "-e", "normal"]);
    cargo.args(["--prefix", "none", "--format", "{p}"]).current_dir(top());
    let out = cargo.output().expect("cargo lists what a package is built of");
    assert!(out.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&out.stderr));
    let list = String::from_utf8(out.stdout).expect("crate names are ASCII");
    let mut names: Vec<String> =
        list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    assert!(names.iter().any(|name| name == package), "cargo tree does not list {package} itself");
    names
}

#[test]
fn the_relay_is_built_without_anything_that_could_open_an_envelope() {
    let relay = crates_of("lykta-server");
    let found = NEVER_IN_THE_RELAY.iter().filter(|name| relay.iter().any(|found| found == *name));
    nothing(
        found
            .map(|name| {
                format!("lykta-server is built with {name}: see `cargo tree -p lykta-server -i {name}`")
            })
            .collect(),
        "The relay cannot read a message because the code for it is not in its build.",
    );
    // TLS brings an AEAD of its own; it may come from there alone.
    let aeads = ["aes-gcm", "aes-gcm-siv", "xchacha20poly1305", "crypto_box", "crypto_secretbox"];
    let found = aeads.iter().filter(|name| relay.iter().any(|found| found == *name));
    nothing(
        found.map(|name| format!("lykta-server is built with {name}")).collect(),
        "The only ciphers of the relay are those of TLS.",
    );
    for (name, users) in TLS {
        let found = users_of("lykta-server", name);
        assert_eq!(found, users, "who uses {name} in the relay");
    }
    // The way to Redis, and the relay's own TLS: nobody else has anything to do with ciphers.
    let mut found = Vec::new();
    for path in some_below("server/src/", ".rs") {
        if ["server/src/line/redis/target.rs", "server/src/tls.rs"].contains(&&*path) {
            continue;
        }
        for word in ["rustls", "ring"] {
            let code = code(&path);
            let named = lines_with(&code, word).into_iter().filter(|line| {
                let text = code.lines().nth(line - 1).unwrap_or_default();
                text.contains(&format!("{word}::")) || text.contains(&format!("use {word}"))
            });
            found.extend(named.map(|line| format!("{path}:{line} names {word}")));
        }
    }
    nothing(found, "TLS and its ciphers are named in two files alone.");
}

#[test]
fn the_same_question_asked_of_the_stories_finds_them_so_no_name_is_misspelt() {
    let stories = crates_of("lykta-tests");
    let missing = IN_THE_STORIES.iter().filter(|name| !stories.iter().any(|found| found == *name));
    nothing(
        missing.map(|name| format!("{name} is not in the build of lykta-tests")).collect(),
        "The search for what must be absent from the relay finds it where it is.",
    );
    let lock = text("Cargo.lock").unwrap();
    for (name, user) in [("snow", "protocol/e2ee"), ("age", "server/root")] {
        let manifest = text(&format!("{user}/Cargo.toml")).unwrap();
        let named = manifest.lines().any(|line| line.starts_with(&format!("{name} = ")));
        assert!(named, "{user} does not use {name} any more: is that its name?");
        assert!(lock.contains(&format!("name = \"{name}\"\n")), "{name} is not locked");
    }
}

#[test]
fn only_the_door_names_what_the_compiler_cannot_check() {
    let mut found = Vec::new();
    let mut in_the_door = 0;
    for path in some_below("", ".rs") {
        if path.starts_with("tests/tidy/") {
            continue;
        }
        let code = code(&path);
        for word in ["unsafe", "no_mangle", "wasm_bindgen", "allow_unsafe"] {
            for line in lines_with(&code, word) {
                // A policy's 'unsafe-inline' is no Rust.
                if code.lines().nth(line - 1).is_some_and(|line| line.contains("unsafe-")) {
                    continue;
                }
                match path.starts_with("protocol/wasm/") {
                    true => in_the_door += 1,
                    false => found.push(format!("{path}:{line} names `{word}`")),
                }
            }
        }
    }
    nothing(found, "Only protocol/wasm may name `unsafe`, `no_mangle` or `wasm_bindgen`.");
    assert!(in_the_door > 0, "protocol/wasm exports nothing any more: does this search still see?");
}
