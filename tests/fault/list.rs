//! The list in `README.md` is true.

use std::path::Path;

/// Every Rust and TypeScript source below `folder`, as one text.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_source = path.extension().is_some_and(|end| end == "rs" || end == "ts");
        if path.is_dir() && !path.ends_with("node_modules") {
            all.push_str(&sources(&path));
        } else if is_source {
            all.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
    all
}

#[test]
fn every_test_that_the_list_names_exists() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let all = ["tests/fault", "tests/e2e", "server/src", "protocol/client/tests", "protocol/client/src"]
        .map(|folder| sources(&top.join(folder)))
        .concat();
    let list = include_str!("README.md");
    let names: Vec<&str> = list
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('_') && !word.contains(['.', '/', ' ']))
        .collect();
    assert!(names.len() > 20, "only {} names: does this search still see?", names.len());
    let missing: Vec<_> = names.iter().filter(|name| !all.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "the list names tests that do not exist: {missing:?}");
}
