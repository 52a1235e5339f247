//! The runbook names commands, files, alerts and settings: they are there.

use std::path::Path;

use crate::program::asked;

const RUNBOOK: &str = include_str!("../../deploy/README.md");
const ALERTS: &str = include_str!("../../deploy/watch/alerts.yml");
const CENTRE: &str = include_str!("../../deploy/centre.toml");

/// What stands between single backticks outside of code blocks, and each line of the code blocks.
fn said() -> (Vec<&'static str>, Vec<&'static str>) {
    let (mut words, mut lines, mut in_code) = (Vec::new(), Vec::new(), false);
    for line in RUNBOOK.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            lines.push(line);
        } else {
            words.extend(line.split('`').skip(1).step_by(2));
        }
    }
    (words, lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_runbook_exists_with_its_options() {
    let (words, lines) = said();
    let commands = words.into_iter().chain(lines).filter_map(|said| said.trim().strip_prefix("lykta "));
    let mut seen = 0;
    for command in commands {
        let command = command.split('#').next().unwrap_or_default();
        let verb = command.split(' ').next().unwrap_or_default();
        let help = asked(&[verb, "--help"]).await;
        let told = String::from_utf8_lossy(&help.stdout).into_owned();
        assert!(help.status.success(), "lykta {command}: no such command");
        for option in command.split(' ').filter(|word| word.starts_with("--")) {
            assert!(told.contains(option), "lykta {command}: {verb} has no {option}:\n{told}");
        }
        seen += 1;
    }
    assert!(seen > 8, "only {seen} commands: does this search still see?");
}

#[test]
fn every_file_and_alert_of_the_runbook_exists() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    let (words, _) = said();
    let folders = ["proxy/", "systemd/", "watch/", "container/", "package/"];
    let named: Vec<_> =
        words.iter().filter(|word| folders.iter().any(|folder| word.starts_with(folder))).collect();
    assert!(named.len() > 4, "{named:?}");
    for file in named {
        assert!(deploy.join(file).is_file(), "{file}");
    }
    let alerts: Vec<_> = ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 5, "{alerts:?}");
    for alert in alerts {
        assert!(RUNBOOK.contains(alert), "the runbook does not say what to do about {alert}");
    }
}

#[test]
fn every_setting_of_the_runbook_stands_in_the_shipped_file() {
    let (words, _) = said();
    let mut seen = 0;
    // `[[…]]` for what there are several of.
    let sections = words.iter().filter_map(|word| word.strip_prefix('[')?.split_once(']'));
    for (section, rest) in sections {
        let (section, rest) = (section.trim_start_matches('['), rest.trim_start_matches(']'));
        let at = CENTRE.find(&format!("[{section}]")).unwrap_or_else(|| panic!("there is no [{section}]"));
        let key = rest.trim().split(' ').next().unwrap_or_default();
        if !key.is_empty() {
            assert!(CENTRE[at..].contains(&format!("{key} = ")), "[{section}] has no {key}");
            seen += 1;
        }
    }
    assert!(seen > 4, "only {seen} settings: does this search still see?");
}
