//! The top of the repository, and links between its documents.

use std::collections::BTreeSet;

use crate::tree::{files, nothing, text, top};

/// Everything that may stand at the top, beside files whose name begins with a dot.
const TOP: [&str; 17] = [
    // The parts.
    "protocol",
    "server",
    "web-client",
    "tests",
    "deploy",
    // What every repository has.
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "Cargo.toml",
    "Cargo.lock",
    // The formatter's and the linter's settings are read from the top only.
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
];

#[test]
fn the_top_of_the_repository_holds_what_a_newcomer_expects_and_nothing_else() {
    let found: BTreeSet<String> =
        files().iter().filter_map(|path| path.split('/').next()).map(str::to_owned).collect();
    let surplus = found.iter().filter(|name| !name.starts_with('.') && !TOP.contains(&&***name));
    nothing(
        surplus.map(|name| format!("{name} stands at the top and belongs into one of the folders")).collect(),
        "The top level is a contract.",
    );
    let missing = TOP[..5].iter().filter(|name| !found.contains(**name));
    nothing(missing.map(|name| format!("{name}/ is missing")).collect(), "The five parts are there.");
}

/// The targets of `[words](target)` and `[name]: target`, with their line.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // What stands between backticks is shown, not linked.
        let line: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for (start, _) in line.match_indices("](") {
            if let Some(target) = line[start + 2..].split([')', ' ']).next() {
                found.push((at + 1, target.to_owned()));
            }
        }
        if line.starts_with('[')
            && let Some((_, target)) = line.split_once("]: ")
        {
            found.push((at + 1, target.trim().to_owned()));
        }
    }
    found
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let files = files();
    let mut found = Vec::new();
    for path in files.iter().filter(|path| path.ends_with(".md")) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in links(&text(path).unwrap_or_default()) {
            let target = target.trim_start_matches('<').trim_end_matches('>');
            let outside = target.contains("://") || target.starts_with("mailto:") || target.starts_with('#');
            let file = target.split('#').next().unwrap_or("");
            if outside || file.is_empty() {
                continue;
            }
            let from = if file.starts_with('/') { "" } else { folder };
            let Some(wanted) = resolve(from, file) else {
                found.push(format!("{path}:{line} links to {target}, which is outside the repository"));
                continue;
            };
            let is_file = files.binary_search(&wanted).is_ok();
            let is_folder = top().join(&wanted).is_dir()
                && files.iter().any(|path| path.starts_with(&format!("{wanted}/")));
            if !is_file && !is_folder && !wanted.is_empty() {
                found.push(format!("{path}:{line} links to {target}, which does not exist"));
            }
        }
    }
    nothing(found, "A link to a file of the repository leads to one.");
}

/// `from` and then `path`, without dots; `None` when it leaves the repository.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn a_link_is_found_and_resolved() {
    let text = "see [a](../b.md#c) and `[x](y)`\n```\n[no](no.md)\n```\n[d]: ./e.md\n";
    assert_eq!(links(text), [(1, "../b.md#c".to_owned()), (5, "./e.md".to_owned())]);
    assert_eq!(resolve("protocol/manual", "../wire"), Some("protocol/wire".into()));
    assert_eq!(resolve("a", "../../b"), None);
}
