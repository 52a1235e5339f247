//! Secrets are neither printed nor copied: no `Debug`, no `Display`, no `Clone` on any type that holds one.

use crate::tree::{code, nothing, some_below};

/// Every type that holds a key, a secret, or a person's words, and the file that makes it.
const SECRETS: [(&str, &[&str]); 33] = [
    ("server/root/src/passphrase.rs", &["Passphrase"]),
    ("protocol/wire/src/ids.rs", &["TicketSecret"]),
    ("protocol/wire/src/leave.rs", &["Leave"]),
    ("protocol/wire/src/visit.rs", &["ToRelay"]),
    ("protocol/trust/src/keys.rs", &["RootKey", "StaffKey", "DoorKey"]),
    ("protocol/e2ee/src/seeds.rs", &["HelloSeed", "AnswerSeed", "StaffSeed", "ChainSecret"]),
    ("protocol/e2ee/src/seat.rs", &["SeatKey", "Seat"]),
    ("protocol/e2ee/src/greeting.rs", &["Awaiting", "Started", "Payload", "Unconfirmed"]),
    ("protocol/e2ee/src/session.rs", &["Session", "Live", "Opened", "Arrival"]),
    ("protocol/e2ee/src/epoch.rs", &["BeatKey", "EpochKeys"]),
    ("protocol/e2ee/src/staff.rs", &["StaffAwaiting", "Began", "StaffUnproven", "Replied"]),
    ("protocol/e2ee/src/noise/cipher.rs", &["CipherState"]),
    ("protocol/e2ee/src/noise/symmetric.rs", &["SymmetricState"]),
    ("protocol/e2ee/src/noise/handshake.rs", &["Handshake", "Transport"]),
    ("protocol/e2ee/src/note.rs", &["Words", "Offer", "ReturnKey", "Note"]),
    ("protocol/e2ee/src/room.rs", &["Room", "Invitation", "InvitationStep"]),
    ("protocol/e2ee/src/text.rs", &["TextJoiner"]),
    ("protocol/client/src/seed.rs", &["Seed"]),
    ("protocol/client/src/ticket.rs", &["Draft", "Ticket", "Hail"]),
    ("protocol/client/src/bundle.rs", &["SeatBundle"]),
    ("protocol/client/src/seat_desk.rs", &["SignIn", "SeatDesk", "Keys", "SeatWish"]),
    ("protocol/client/src/channel.rs", &["Channel", "Event"]),
    ("protocol/client/src/chat.rs", &["Chat", "Greeting", "Talking"]),
    ("protocol/client/src/chat/room.rs", &["Invited", "Letter", "SeatRoom", "SeatIn", "Held"]),
    ("protocol/client/src/visit/room.rs", &["Calling", "Guest", "Do", "TakenOver"]),
    ("protocol/client/src/pair.rs", &["Pair", "Scope", "Open", "Said"]),
    ("protocol/client/src/room.rs", &["Receipts", "Order", "Ordered", "Report", "Told"]),
    ("protocol/client/src/mesh.rs", &["Mesh", "One"]),
    ("protocol/client/src/staff_desk.rs", &["StaffDesk"]),
    ("protocol/client/src/staff_channel.rs", &["Colleagues", "StaffNews"]),
    ("protocol/client/src/wish.rs", &["Wish", "Said"]),
    ("protocol/wasm/src/records.rs", &["Payload", "Records"]),
    ("server/src/staff/session.rs", &["SessionKey"]),
];

/// What prints or copies.
const FORBIDDEN: [&str; 4] = ["Debug", "Display", "Clone", "Copy"];

/// One `struct` or `enum`: its name, what stands above and in it, and its line.
struct Definition {
    name: String,
    attributes: String,
    body: String,
    line: usize,
}

fn definitions(code: &str) -> Vec<Definition> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        let Some(keyword) = words.iter().position(|word| *word == "struct" || *word == "enum") else {
            continue;
        };
        if !words[..keyword].iter().all(|word| word.starts_with("pub")) {
            continue;
        }
        let Some(name) = words.get(keyword + 1) else { continue };
        let name: String =
            name.trim_start_matches('$').chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        // Attributes stand directly above, possibly over several lines; a blank line, or the end of what
        // came before, ends them.
        let ends = |line: &str| {
            let line = line.trim();
            line.is_empty() || (line.ends_with(['{', '}', ';']) && !line.contains("#["))
        };
        let start = (0..at).rev().find(|above| ends(lines[*above])).map_or(0, |above| above + 1);
        let text = lines[at..].join("\n");
        let end = match (text.find('{'), text.find(';')) {
            (Some(open), semicolon) if semicolon.is_none_or(|semicolon| open < semicolon) => {
                text.find("\n}").or(text.find('}')).unwrap_or(text.len())
            }
            (_, Some(semicolon)) => semicolon,
            _ => text.len(),
        };
        let (attributes, body) = (lines[start..at].join(" "), text[..end].to_owned());
        found.push(Definition { name, attributes, body, line: at + 1 });
    }
    found
}

/// The names inside every `derive(…)` of an attribute block.
fn derived(attributes: &str) -> Vec<String> {
    let inside = attributes.split("derive(").skip(1).filter_map(|rest| rest.split(')').next());
    inside
        .flat_map(|list| list.split(','))
        .map(|name| name.trim().rsplit("::").next().unwrap_or("").to_owned())
        .collect()
}

/// `impl … Debug for Name`: the trait and the type, for each of [`FORBIDDEN`].
fn implemented(code: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for line in code.lines().filter(|line| line.trim_start().starts_with("impl")) {
        let Some((head, target)) = line.split_once(" for ") else { continue };
        let name: String =
            target.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '$').collect();
        let last = head.rsplit([' ', ':', '>']).next().unwrap_or("");
        found.extend(FORBIDDEN.into_iter().filter(|word| *word == last).map(|word| (word, name.clone())));
    }
    found
}

fn holds(found: &[String]) -> Option<&'static str> {
    FORBIDDEN.into_iter().find(|word| found.iter().any(|name| name == word))
}

#[test]
fn no_secret_can_be_printed_or_copied() {
    let mut found = Vec::new();
    for (path, names) in SECRETS {
        let code = code(path);
        let definitions = definitions(&code);
        for name in names {
            // A macro makes some: then the name stands among its arguments, and the macro's `$name` is judged.
            let own = definitions.iter().find(|definition| definition.name == *name);
            let by_macro = || definitions.iter().find(|definition| definition.name == "name");
            let named = !crate::tree::lines_with(&code, name).is_empty();
            match own.or_else(|| by_macro().filter(|_| named)) {
                Some(definition) => {
                    if let Some(word) = holds(&derived(&definition.attributes)) {
                        found.push(format!("{path}:{} {name} derives {word}", definition.line));
                    }
                }
                None => found.push(format!("{path} has no type {name}: the list of secrets must follow")),
            }
        }
        for (word, target) in implemented(&code) {
            if names.contains(&&*target) || target == "$name" {
                found.push(format!("{path} implements {word} for {target}"));
            }
        }
    }
    nothing(found, "What holds a secret has no Debug, no Display and no Clone.");
}

#[test]
fn a_type_that_wipes_itself_is_a_secret_even_when_nobody_listed_it() {
    let mut found = Vec::new();
    let mut seen = 0;
    let mut paths = some_below("protocol/", ".rs");
    paths.extend(some_below("server/", ".rs"));
    for path in paths.iter().filter(|path| path.contains("/src/") && !path.ends_with("tests.rs")) {
        let code = code(path);
        for definition in definitions(&code) {
            let derived = derived(&definition.attributes);
            let wipes = definition.body.contains("Zeroizing<")
                || derived.iter().any(|name| name.starts_with("Zeroize"));
            if !wipes {
                continue;
            }
            seen += 1;
            let implemented = implemented(&code).into_iter().find(|(_, target)| *target == definition.name);
            if let Some(word) = holds(&derived).or(implemented.map(|(word, _)| word)) {
                found.push(format!("{path}:{} {} has {word}", definition.line, definition.name));
            }
        }
    }
    nothing(found, "What overwrites itself when dropped must not be copied or printed before.");
    assert!(seen >= 10, "only {seen} types wipe themselves: does this search still see?");
}

#[test]
fn a_derive_and_an_impl_are_seen() {
    let code = "/// A.\n#[derive(Zeroize,\n    Debug)]\npub struct A([u8; 32]);\n\npub(crate) enum B {\n    C,\n}\n\
                impl core::fmt::Display for A {}\nimpl Clone for B {}";
    let all = definitions(code);
    assert_eq!(all.iter().map(|d| &*d.name).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(holds(&derived(&all[0].attributes)), Some("Debug"));
    assert_eq!(holds(&derived(&all[1].attributes)), None);
    assert_eq!(implemented(code), [("Display", "A".to_owned()), ("Clone", "B".to_owned())]);
}
