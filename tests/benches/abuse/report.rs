//! The table, and the rows of `target/bench/results.json`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::results;

/// How long texts took, milliseconds.
#[derive(Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1_000.0);
    }

    /// The value below which `share` of them lie.
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) undisturbed: Times,
    pub(crate) disturbed: Times,
    /// Before, the most during, and after.
    pub(crate) memory_kib: [u64; 3],
    /// What was done in all, in words.
    pub(crate) done: String,
}

impl Row {
    pub(crate) fn ratio(&self) -> f64 {
        self.disturbed.at(0.5) / self.undisturbed.at(0.5)
    }

    pub(crate) fn print(&self) {
        let [before, during, after] = self.memory_kib.map(|kib| kib as f64 / 1_024.0);
        println!(
            "{:<52} {:>5.2} -> {:>5.2} ms ({:.2}x)   p95 {:>6.2} -> {:>6.2} ms   {:>5.1} / {:>5.1} / {:>5.1} MiB   {}",
            self.name,
            self.undisturbed.at(0.5),
            self.disturbed.at(0.5),
            self.ratio(),
            self.undisturbed.at(0.95),
            self.disturbed.at(0.95),
            before,
            during,
            after,
            self.done,
        );
    }

    fn rows(&self) -> Vec<Value> {
        let two = |value: f64| (value * 100.0).round() / 100.0;
        let name = self.name;
        let undisturbed = format!("chat beside: {name}, off");
        let [before, during, after] = self.memory_kib;
        let memory = format!("relay's memory: {name}, before");
        let grown = |kib: u64| two(kib as f64 / before as f64);
        vec![
            json!({ "name": undisturbed, "value": two(self.undisturbed.at(0.5)), "unit": "ms",
                "baseline": undisturbed, "ratio": 1 }),
            json!({ "name": format!("chat beside: {name}"), "value": two(self.disturbed.at(0.5)), "unit": "ms",
                "baseline": undisturbed, "ratio": two(self.ratio()) }),
            json!({ "name": memory, "value": before, "unit": "KiB", "baseline": memory, "ratio": 1 }),
            json!({ "name": format!("relay's memory: {name}, during"), "value": during, "unit": "KiB",
                "baseline": memory, "ratio": grown(during) }),
            json!({ "name": format!("relay's memory: {name}, after"), "value": after, "unit": "KiB",
                "baseline": memory, "ratio": grown(after) }),
        ]
    }
}

/// Into the results.
pub(crate) fn write(rows: &[Row]) {
    results::merge(&rows.iter().flat_map(Row::rows).collect::<Vec<_>>());
}
