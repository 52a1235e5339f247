//! The table, what was hoped for, and the rows of `target/bench/results.json`.

use serde_json::{Value, json};

use crate::results;

/// Everything that one run measured.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Value>,
    missed: Vec<String>,
}

impl Report {
    /// A heading.
    pub(crate) fn part(&self, name: &str) {
        println!("\n{name}");
    }

    /// A number by itself.
    pub(crate) fn plain(&mut self, name: &str, value: f64, unit: &str) {
        self.row(name, value, unit, None, None);
    }

    /// A number that may be so large.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, unit: &str, most: f64) {
        self.row(name, value, unit, Some((&format!("the goal, {most} {unit}"), value / most)), Some(1.0));
    }

    /// A number against a baseline's, which it may exceed so many times.
    pub(crate) fn against(&mut self, name: &str, value: f64, unit: &str, baseline: (&str, f64), most: f64) {
        self.row(name, value, unit, Some((baseline.0, value / baseline.1)), Some(most));
    }

    /// A number that is the better the larger it is, against a baseline's of which it should reach this share.
    pub(crate) fn reaches(&mut self, name: &str, value: f64, unit: &str, baseline: (&str, f64), least: f64) {
        let ratio = value / baseline.1;
        self.row(name, value, unit, Some((baseline.0, ratio)), None);
        if ratio < least {
            self.miss(format!("{name}: {ratio:.2} of {}, {least} was hoped for", baseline.0));
        }
    }

    /// Something that must be so.
    pub(crate) fn holds(&mut self, what: &str, so: bool) {
        println!("  {} {what}", if so { "yes:" } else { "NO: " });
        if !so {
            self.miss(what.to_owned());
        }
    }

    fn miss(&mut self, what: String) {
        self.missed.push(what);
    }

    fn row(&mut self, name: &str, value: f64, unit: &str, against: Option<(&str, f64)>, most: Option<f64>) {
        let two = |value: f64| (value * 100.0).round() / 100.0;
        let told = against.map_or_else(String::new, |(baseline, ratio)| format!("{ratio:.2}x of {baseline}"));
        println!("  {name:<66} {:>12} {unit:<10} {told}", two(value));
        if let (Some((baseline, ratio)), Some(most)) = (against, most)
            && (ratio > most || ratio.is_nan())
        {
            self.miss(format!("{name}: {ratio:.2} times {baseline}, at most {most} was hoped for"));
        }
        self.rows.push(json!({
            "name": name, "value": two(value), "unit": unit,
            "baseline": against.map(|(baseline, _)| baseline), "ratio": against.map(|(_, ratio)| two(ratio)),
        }));
    }

    /// Puts everything down, and says what was missed.
    pub(crate) fn ends(self) {
        results::merge(&self.rows);
        println!();
        if self.missed.is_empty() {
            println!("Everything that was hoped for is reached.");
        }
        for missed in self.missed {
            println!("Not reached: {missed}");
        }
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
