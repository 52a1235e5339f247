//! `target/bench/results.json`, to which every benchmark adds its rows.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Where what is measured is put down.
pub(crate) fn folder() -> PathBuf {
    let target = std::env::var("CARGO_TARGET_DIR").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        |folder| Path::new(&folder).to_owned(),
    );
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Rows of `name`, `value`, `unit`, `baseline`, `ratio`. What stands in the results under other names is kept.
pub(crate) fn merge(new: &[Value]) {
    let results = folder().join("results.json");
    let before = std::fs::read_to_string(&results).unwrap_or_default();
    let mut all: Vec<Value> = serde_json::from_str(&before).unwrap_or_default();
    all.retain(|row| new.iter().all(|one| one["name"] != row["name"]));
    all.extend(new.iter().cloned());
    let text = serde_json::to_string_pretty(&all).unwrap();
    std::fs::write(&results, text + "\n").unwrap();
}
