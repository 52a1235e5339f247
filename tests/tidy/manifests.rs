//! Every manifest: reasons for what is used, one set of lints, and arrows between the crates.

use crate::tree::{nothing, some_below, text};

/// A line of a manifest with the section it stands in.
struct Line<'a> {
    section: &'a str,
    number: usize,
    text: &'a str,
}

fn lines(manifest: &str) -> Vec<Line<'_>> {
    let mut section = "";
    let mut all = Vec::new();
    for (at, text) in manifest.lines().enumerate() {
        if text.starts_with('[') {
            section = text.trim_matches(['[', ']']);
        }
        all.push(Line { section, number: at + 1, text });
    }
    all
}

fn is_dependencies(section: &str) -> bool {
    section.rsplit('.').next().is_some_and(|last| last.ends_with("dependencies"))
}

/// A dependency's name, when the line begins one.
fn dependency<'a>(line: &Line<'a>) -> Option<&'a str> {
    if !is_dependencies(line.section) || line.text.starts_with(['[', '#', ' ', '\t', ']', '}']) {
        return None;
    }
    line.text.split(['=', '.', ' ']).next().filter(|name| !name.is_empty())
}

/// Whether a comment stands above the line or above the group it is in.
fn has_reason(manifest: &[&str], number: usize) -> bool {
    for above in manifest[..number - 1].iter().rev() {
        if above.starts_with('#') {
            return true;
        }
        if above.trim().is_empty() || above.starts_with('[') {
            return false;
        }
    }
    false
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let mut found = Vec::new();
    let mut seen = 0;
    for path in some_below("", "Cargo.toml") {
        let manifest = text(&path).unwrap();
        let all: Vec<&str> = manifest.lines().collect();
        for line in lines(&manifest) {
            // `[dependencies.name]` names its dependency in the heading.
            let heading = line.text.starts_with('[')
                && line.section.rsplit_once('.').is_some_and(|(above, _)| is_dependencies(above));
            let name = if heading { line.section.rsplit('.').next() } else { dependency(&line) };
            let Some(name) = name else { continue };
            // Our own crates are known by name where they are listed for the workspace.
            if line.section == "workspace.dependencies" && line.text.contains("path =") {
                continue;
            }
            seen += 1;
            if !has_reason(&all, line.number) {
                found.push(format!("{path}:{} {name} has no comment above it that says why", line.number));
            }
        }
    }
    nothing(found, "Every dependency has a reason.");
    assert!(seen > 30, "only {seen} dependencies: does this search still see?");
}

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let mut found = Vec::new();
    let workspace = text("Cargo.toml").unwrap();
    for path in some_below("", "Cargo.toml").into_iter().filter(|path| path != "Cargo.toml") {
        let manifest = text(&path).unwrap();
        let all = lines(&manifest);
        if all.iter().any(|line| line.section == "lints" && line.text.replace(' ', "") == "workspace=true") {
            continue;
        }
        let own: Vec<&Line<'_>> = all.iter().filter(|line| line.section.starts_with("lints.")).collect();
        let Some(first) = own.first() else {
            found.push(format!("{path} has no [lints] with workspace = true"));
            continue;
        };
        let above: Vec<&str> = manifest.lines().collect();
        if !has_reason(&above, first.number) {
            found.push(format!(
                "{path}:{} has lints of its own and no comment above that says why",
                first.number
            ));
        }
        // Its own list must be the workspace's, with nothing milder than `deny` for unsafe code.
        for line in lines(&workspace).iter().filter(|line| line.section.starts_with("workspace.lints.")) {
            let wanted = line.text.trim();
            if wanted.is_empty() || wanted.starts_with(['[', '#']) {
                continue;
            }
            let milder = wanted == "unsafe_code = \"forbid\"";
            let same =
                own.iter().any(|own| own.text == wanted || milder && own.text == "unsafe_code = \"deny\"");
            if !same {
                found.push(format!("{path} lacks the workspace's lint {wanted}"));
            }
        }
    }
    nothing(found, "One set of lints for all.");
}

/// Our crates and those of ours they may be built with.
const ARROWS: [(&str, &[&str]); 9] = [
    ("protocol/wire", &[]),
    ("protocol/trust", &[]),
    ("protocol/e2ee", &["lykta-trust", "lykta-wire"]),
    ("protocol/client", &["lykta-e2ee", "lykta-trust", "lykta-wire"]),
    ("protocol/fuzz", &["lykta-client", "lykta-e2ee", "lykta-server", "lykta-trust", "lykta-wire"]),
    ("protocol/wasm", &["lykta-client", "lykta-trust", "lykta-wire"]),
    ("server", &["lykta-trust", "lykta-wire"]),
    ("server/root", &["lykta-trust"]),
    ("tests", &["lykta-server", "lykta-client", "lykta-e2ee", "lykta-trust", "lykta-wire", "lykta-root"]),
];

#[test]
fn between_the_crates_the_arrows_point_one_way() {
    let mut found = Vec::new();
    for (folder, allowed) in ARROWS {
        let path = format!("{folder}/Cargo.toml");
        let manifest = text(&path).unwrap();
        for line in lines(&manifest) {
            let Some(name) = dependency(&line).filter(|name| name.starts_with("lykta-")) else { continue };
            // What only tests need is in no build.
            if !line.section.contains("dev-") && !allowed.contains(&name) {
                found.push(format!("{path}:{} names {name}", line.number));
            }
        }
    }
    nothing(found, "tests → server, client, root; wasm → client → e2ee → trust, wire; server → wire, trust.");
}

#[test]
fn a_dependency_without_a_reason_is_seen() {
    let manifest =
        "[dependencies]\n# Why.\na = \"1\"\nb.workspace = true\n\nc = { x }\n[dev-dependencies]\nd = 1\n";
    let all: Vec<&str> = manifest.lines().collect();
    let found: Vec<(&str, bool)> = lines(manifest)
        .iter()
        .filter_map(|line| Some((dependency(line)?, has_reason(&all, line.number))))
        .collect();
    assert_eq!(found, [("a", true), ("b", true), ("c", false), ("d", false)]);
}
