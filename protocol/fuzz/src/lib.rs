//! Fuzzing: whatever reads the bytes of strangers, as functions over bytes.
//!
//! A [`Target`] takes any bytes and returns, or panics with a broken promise. It knows nothing of who makes the
//! bytes: the corpus is replayed and mutated a little by `tests/replay.rs` on every `make test`, mutated for
//! minutes by the program `lykta-fuzz` in `make nightly`, and handed to libFuzzer by `libfuzzer/`, where a nightly
//! toolchain is. README.md says how to add a target and what to do with a finding.
#![expect(clippy::panic, reason = "this crate is test code: a target that finds something says what")]

mod mutate;
mod relay;
mod wire;

pub use mutate::Mutator;

use std::path::PathBuf;

/// One function over bytes, and the folder of its examples.
pub struct Target {
    /// Its name, and that of its folder in `corpus/`.
    pub name: &'static str,
    /// Takes any bytes at all.
    ///
    /// # Panics
    /// When a promise is broken.
    pub run: fn(&[u8]),
    /// Inputs that are not longer than this are worth trying, bytes.
    pub longest: usize,
}

/// Every target.
pub const TARGETS: [Target; 2] = [wire::TARGET, relay::TARGET];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

impl Target {
    /// The examples of this target, in the order of their names.
    ///
    /// # Panics
    /// When the folder cannot be read.
    #[must_use]
    pub fn corpus(&self) -> Vec<(String, Vec<u8>)> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(self.name);
        let read = |path: PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (name, bytes)
        };
        let entries = std::fs::read_dir(&folder);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut found: Vec<_> = entries.flatten().map(|entry| read(entry.path())).collect();
        found.sort();
        found
    }
}
