//! What is allowed but should be looked at.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Centre, Texts};

/// A help line that nobody looked at for longer than this many days is warned about.
const CHECKED_WITHIN_DAYS: i32 = 35;

/// Something that is allowed but should be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line, counted from 1; 0 when it concerns no single line.
    pub line: usize,
    /// Where it stands.
    pub key: String,
    /// What to look at.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, key, what, remedy } = self;
        if *line == 0 {
            write!(f, "{key}: {what}. {remedy}")
        } else {
            write!(f, "line {line}: {key}: {what}. {remedy}")
        }
    }
}

type Own = fn(&Texts) -> &BTreeMap<String, String>;

/// Sentences that the centre says in some of its languages and leaves to the program in others: both lists, by name.
fn said_in_some<'c>(
    centre: &'c Centre,
    languages: &[&'c str],
    own: Own,
) -> BTreeMap<&'c str, [Vec<&'c str>; 2]> {
    let mut found = BTreeMap::new();
    for key in centre.texts.values().flat_map(|texts| own(texts).keys()) {
        let says =
            |language: &&str| centre.texts.get(*language).is_some_and(|texts| own(texts).contains_key(key));
        let (said, unsaid): (Vec<&str>, Vec<&str>) = languages.iter().partition(|language| says(language));
        if !unsaid.is_empty() {
            found.insert(key.as_str(), [said, unsaid]);
        }
    }
    found
}

/// What should be looked at on the day `today`.
#[must_use]
pub fn warnings(centre: &Centre, today: Date) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut warn = |line, key: &str, what: String, remedy: &str| {
        found.push(Warning { line, key: key.to_owned(), what, remedy: remedy.to_owned() });
    };
    for help in &centre.help_lines {
        let unsaid: Vec<&str> = centre
            .languages
            .iter()
            .filter(|one| !help.happens.contains_key(*one))
            .map(String::as_str)
            .collect();
        if !help.happens.is_empty() && !unsaid.is_empty() {
            warn(
                help.line,
                "help_lines.happens",
                format!("what happens at {} is not said in {}", help.phone.shown, unsaid.join(", ")),
                "Write it in every language of the centre.",
            );
        }
        let Some(checked) = help.checked else {
            warn(
                help.line,
                "help_lines.checked",
                format!("{} was never confirmed, so it is not shown", help.phone.shown),
                "Call the number or read the owner's page, and write the day: checked = 2026-11-20.",
            );
            continue;
        };
        let days = checked.until(today).map_or(0, |span| span.get_days());
        if days > CHECKED_WITHIN_DAYS {
            warn(
                help.line,
                "help_lines.checked",
                format!("{} was last checked {days} days ago", help.phone.shown),
                "Call the number, look at its hours, and write today's date.",
            );
        }
        if days < 0 {
            warn(
                help.line,
                "help_lines.checked",
                format!("{} was checked on a day that has not come yet", help.phone.shown),
                "Write the day on which it was checked.",
            );
        }
    }
    guidance(centre, today, &mut warn);
    let origins = &centre.origins;
    if origins.staff == origins.pages {
        warn(
            origins.line,
            "origins.staff",
            "the console lives where the visitor's page lives".into(),
            "Give it a host of its own: one injected script would reach the passkey prompt.",
        );
    } else if origins.staff == origins.relay {
        warn(
            origins.line,
            "origins.staff",
            "the console lives where the sockets live".into(),
            "Give it a host of its own.",
        );
    }
    let hosts = [&origins.pages, &origins.relay, &origins.staff];
    if hosts.into_iter().any(|origin| origin.host().ends_with(".example")) {
        warn(
            origins.line,
            "origins",
            "a host that ends in .example is nobody's".into(),
            "Write the centre's own hosts.",
        );
    }
    for (language, texts) in &centre.texts {
        let title = texts.title.to_lowercase();
        if [&centre.name, &centre.short_name].into_iter().any(|name| title.contains(&name.to_lowercase())) {
            warn(
                0,
                &format!("texts.{language}.title"),
                "the title names the centre".into(),
                "Choose neutral words: the title stays in the browser's history and on the tab.",
            );
        }
    }
    let all: Vec<&str> = centre.languages.iter().map(String::as_str).collect();
    // The console speaks two languages, whatever the visitor's page does.
    let two: Vec<&str> = all.iter().copied().filter(|language| ["sv", "en"].contains(language)).collect();
    let pages: [(&str, &[&str], Own); 2] =
        [("page", &all, |texts| &texts.page), ("console", &two, |texts| &texts.console)];
    for (of, languages, own) in pages {
        for (key, [said, unsaid]) in said_in_some(centre, languages, own) {
            warn(
                0,
                &format!("texts.{}.{of}", unsaid[0]),
                format!(
                    "\"{key}\" is the centre's own in {} and the program's in {}",
                    said.join(", "),
                    unsaid.join(", ")
                ),
                "Write it in every language, or look whether both say the same.",
            );
        }
    }
    for language in &centre.offer_unread {
        warn(
            0,
            "offer_unread",
            format!("`{language}` is offered although nobody has put their name under the translation"),
            "Let somebody who knows the language read it, and write name and date in its file.",
        );
    }
    if let Some(metrics) = centre.listeners.metrics
        && !metrics.ip().is_loopback()
    {
        warn(
            0,
            "listeners.metrics",
            format!("{metrics} can be reached from other machines"),
            "Bind it to 127.0.0.1 and let the collector fetch it there.",
        );
    }
    if centre.proxy.trusted.is_empty()
        && centre.listeners.main.ip().is_loopback()
        && origins.pages.is_secure()
    {
        warn(
            0,
            "proxy.trusted",
            "the relay listens on this machine only, but believes no proxy".into(),
            "Name the proxy's address, or all visitors count as one against the limits.",
        );
    }
    found
}

/// What counsellors would miss when somebody is in danger.
fn guidance(centre: &Centre, today: Date, warn: &mut impl FnMut(usize, &str, String, &str)) {
    if centre.risks.is_empty() {
        let remedy = "Write [[risks]]: deploy/centre.toml has five.";
        warn(0, "risks", "counsellors have no steps for when somebody is in danger".into(), remedy);
    }
    for risk in &centre.risks {
        if risk.on_call.is_none() {
            let what = format!("nobody is on call for `{}`", risk.key);
            warn(
                risk.line,
                "risks.on_call",
                what,
                "Write who is, with hours: on_call.sv = \"…\", on_call.en = \"…\".",
            );
        }
        for (number, checked) in risk.numbers.iter().filter_map(|one| Some((one, one.checked?))) {
            let days = checked.until(today).map_or(0, |span| span.get_days());
            if !(0..=CHECKED_WITHIN_DAYS).contains(&days) {
                let what = format!("{} was checked on {checked}", number.phone.shown);
                warn(number.line, "risks.numbers.checked", what, "Call the number, and write today's date.");
            }
        }
    }
}
