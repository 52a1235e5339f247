//! Who may know whom.

use crate::tree::{below, code, lines_with, nothing, some_below};

/// A path of a Rust module inside its crate, `["line", "memory"]`.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("src/").map_or(path, |(_, inside)| inside);
    let mut parts: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
        parts.pop();
    }
    parts
}

/// Every path of the own crate that a file names, `line::memory::Memory`, with its line: after `crate::`, and
/// after `super::` as far as it leaves the file.
fn names(path: &str, code: &str) -> Vec<(usize, String)> {
    let module = module_of(path);
    let mut found = Vec::new();
    for (line, at, start) in starts(code, &module) {
        expand(&code[at..], &start, &mut |name| found.push((line, name)));
    }
    found
}

/// Where a path begins: its line, the place behind the prefix, and the module the prefix stands for.
fn starts(code: &str, module: &[String]) -> Vec<(usize, usize, String)> {
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut starts = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        if !code[..at].ends_with(|c: char| word(c) || c == '$') {
            starts.push((line_of(at), at + prefix.len(), String::new()));
        }
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with(word) {
            continue;
        }
        let mut behind = at;
        let mut ups = 0;
        while code[behind..].starts_with("super::") {
            behind += "super::".len();
            ups += 1;
        }
        let parent = &module[..module.len().saturating_sub(ups)];
        starts.push((line_of(at), behind, parent.iter().map(|part| format!("{part}::")).collect()));
    }
    starts
}

/// Calls `name` for each path of a use tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(rest: &str, prefix: &str, name: &mut dyn FnMut(String)) {
    let rest = rest.trim_start();
    let Some(inside) = rest.strip_prefix('{') else {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':' || c == '*'));
        let path = &rest[..end.unwrap_or(rest.len())];
        let behind = &rest[path.len()..];
        if path.ends_with("::") && behind.starts_with('{') {
            expand(behind, &format!("{prefix}{path}"), name);
        } else {
            name(format!("{prefix}{path}"));
        }
        return;
    };
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                let part = inside[start..at].trim();
                if !part.is_empty() {
                    expand(part, prefix, name);
                }
                start = at + 1;
                if c == '}' {
                    return;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

/// Whether a path is this module or something in it.
fn is_in(name: &str, module: &str) -> bool {
    name.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Files, what they may never name, and why.
const NEVER: [(&str, &[&str], &str); 6] = [
    ("server/src/visitor", &["counsellor"], "visitor and counsellor meet in the line"),
    ("server/src/counsellor", &["visitor"], "visitor and counsellor meet in the line"),
    (
        "server/src/line/",
        &["socket", "presence", "visitor", "counsellor", "relay", "app", "serve", "door", "staff"],
        "the line knows nobody who uses it",
    ),
    (
        "server/src/presence",
        &[
            "line::memory",
            "line::Memory",
            "line::redis",
            "line::Redis",
            "socket",
            "visitor",
            "counsellor",
            "relay",
            "app",
        ],
        "who is on this process does not depend on which store there is",
    ),
    (
        "server/src/socket",
        &["line", "presence", "visitor", "counsellor", "app", "serve", "staff"],
        "a connection's bytes are read without knowing what they mean",
    ),
    (
        "server/src/hours/",
        &["line", "presence", "visitor", "counsellor", "relay", "app", "serve", "socket", "staff", "clock"],
        "the calendar is asked with a moment and has no clock",
    ),
];

/// Files and the only modules they may name, and why.
const ONLY: [(&str, &[&str], &str); 4] = [
    (
        "server/src/line/memory",
        &["line", "clock", "statistics", "slim"],
        "a store imports the trait, what it counts, and how it gives back room",
    ),
    (
        "server/src/line/redis",
        &["line", "clock", "statistics"],
        "a store imports the trait, and what it counts",
    ),
    ("server/src/hours/", &["hours"], "the calendar stands alone"),
    ("server/src/centre/", &["centre", "hours"], "the centre's file is read without the relay"),
];

#[test]
fn inside_the_relay_nobody_knows_whom_they_must_not_know() {
    let mut found = Vec::new();
    for (files, never, why) in NEVER {
        for path in some_below(files, ".rs") {
            for (line, name) in names(&path, &code(&path)) {
                if never.iter().any(|module| is_in(&name, module)) {
                    found.push(format!("{path}:{line} names {name}, but {why}"));
                }
            }
        }
    }
    for (files, only, why) in ONLY {
        for path in below(files, ".rs") {
            for (line, name) in names(&path, &code(&path)) {
                if !only.iter().any(|module| is_in(&name, module)) && name.contains("::") {
                    found.push(format!("{path}:{line} names {name}, but {why}"));
                }
            }
        }
    }
    nothing(found, "The arrows inside the relay point one way.");
}

#[test]
fn the_two_stores_do_not_know_each_other() {
    let mut found = Vec::new();
    for (files, other) in [
        ("server/src/line/memory", ["line::redis", "line::Redis"]),
        ("server/src/line/redis", ["line::memory", "line::Memory"]),
    ] {
        for path in below(files, ".rs") {
            for (line, name) in names(&path, &code(&path)) {
                if other.iter().any(|module| is_in(&name, module)) {
                    found.push(format!("{path}:{line} names {name}"));
                }
            }
        }
    }
    nothing(found, "Memory and Redis meet in the contract only.");
}

#[test]
fn only_the_start_of_the_relay_reads_the_environment() {
    let mut found = Vec::new();
    for path in some_below("server/src/", ".rs") {
        // Tests may be told where a Redis is.
        let is_test = path.contains("/tests/") || path.ends_with("tests.rs");
        if is_test || ["server/src/main.rs", "server/src/serve.rs"].contains(&&*path) {
            continue;
        }
        let code = code(&path);
        for word in ["std::env", "env::var", "env::var_os", "env::vars", "env::args", "option_env!"] {
            found.extend(lines_with(&code, word).iter().map(|line| format!("{path}:{line} names {word}")));
        }
    }
    nothing(found, "Outside main.rs and serve.rs nothing in the relay reads the environment.");
}

#[test]
fn the_protocol_has_no_runtime_no_socket_no_clock_and_no_random_source() {
    let words = [
        "std::time",
        "std::net",
        "std::fs",
        "std::env",
        "std::thread",
        "std::process",
        "std::io",
        "tokio",
        "Instant",
        "SystemTime",
        "getrandom",
        "OsRng",
        "thread_rng",
        "lykta_server",
    ];
    let mut found = Vec::new();
    for crate_name in ["wire", "trust", "e2ee", "client", "wasm"] {
        let folder = format!("protocol/{crate_name}/src/");
        for path in some_below(&folder, ".rs") {
            let code = code(&path);
            for word in words {
                found
                    .extend(lines_with(&code, word).iter().map(|line| format!("{path}:{line} names {word}")));
            }
        }
        let root = format!("{folder}lib.rs");
        if !code(&root).contains("no_std") {
            found.push(format!("{root} does not say no_std"));
        }
    }
    nothing(
        found,
        "Time and randomness come into the protocol from outside, and nothing goes out but values.",
    );
}

/// What a TypeScript file imports, as written.
fn imports(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(from) = ["from '", "import '", "import('", "from \"", "import \"", "import(\""]
            .iter()
            .filter_map(|start| rest.find(start).map(|at| at + start.len()))
            .min()
        {
            rest = &rest[from..];
            let end = rest.find(['\'', '"']).unwrap_or(rest.len());
            found.push((at + 1, rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    found
}

/// The files that drive a machine: what they hear goes to whoever made them.
const DRIVERS: [&str; 3] =
    ["web-client/visitor/driver.ts", "web-client/staff/desk.ts", "web-client/staff/chat.ts"];

#[test]
fn views_never_import_a_driver() {
    let mut found = Vec::new();
    let mut seen = 0;
    for page in ["visitor", "staff"] {
        for path in some_below(&format!("web-client/{page}/views/"), ".ts") {
            for (line, import) in imports(&code(&path)) {
                seen += 1;
                let above = [
                    "../driver.ts",
                    "../desk.ts",
                    "../chat.ts",
                    "../main.ts",
                    "../leave.ts",
                    "../session.ts",
                ];
                let below = [
                    "shared/socket.ts",
                    "shared/door/door.ts",
                    "shared/door/load.ts",
                    "shared/door/commands.ts",
                ];
                if above.contains(&&*import) || below.iter().any(|file| import.ends_with(file)) {
                    found.push(format!("{path}:{line} imports {import}"));
                }
            }
        }
    }
    nothing(found, "A view draws what it is given and never imports a driver or a machine.");
    assert!(seen > 10, "the views import nothing any more: does this search still see?");
}

#[test]
fn drivers_never_touch_the_document() {
    let mut found = Vec::new();
    let mut paths: Vec<String> = DRIVERS.map(str::to_owned).to_vec();
    paths.extend(some_below("web-client/shared/door/", ".ts"));
    for path in paths {
        let code = code(&path);
        for word in ["document", "window", "querySelector", "HTMLElement", "textContent"] {
            found.extend(lines_with(&code, word).iter().map(|line| format!("{path}:{line} names {word}")));
        }
        for (line, import) in imports(&code) {
            if import.contains("/views/") || import.ends_with("/dom.ts") {
                found.push(format!("{path}:{line} imports {import}"));
            }
        }
    }
    nothing(found, "A driver never touches the document.");
    let page = code("web-client/shared/dom.ts");
    assert!(
        !lines_with(&page, "document").is_empty(),
        "dom.ts knows no document: does this search still see?"
    );
}

#[test]
fn every_way_to_name_a_module_is_seen() {
    let code = "use crate::{app::{A, B}, counsellor};\nuse super::line::X;\n use crate::socket::*;\nlet y = crate::relay::z();";
    let found: Vec<String> = names("server/src/visitor.rs", code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(found, ["app::A", "app::B", "counsellor", "socket::*", "relay::z", "line::X"]);
    let found: Vec<String> =
        names("server/src/line/memory.rs", "use super::{Bell, super_line};\nuse super::super::socket::S;")
            .into_iter()
            .map(|(_, name)| name)
            .collect();
    assert_eq!(found, ["line::Bell", "line::super_line", "socket::S"]);
    assert_eq!(imports("import { a,\n b } from '../driver.ts'\nawait import('./x.ts')").len(), 2);
}
