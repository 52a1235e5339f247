//! From the document to a [`Centre`]: the file in brief, one function per section.

mod guidance;
mod hours;
mod lines;
mod rules;
mod sentences;
mod templates;
mod texts;
mod topics;

use super::document::{Findings, Section};
use super::types::*;
use super::values;
use super::{Origin, Phone, Purpose};

pub(super) fn centre(findings: &Findings<'_>, purpose: Purpose) -> Centre {
    let document = findings.document();
    let root = Section::root(findings, &document);

    let identity = root.section("centre");
    let name = identity.required("name", "Write the centre's full name.", String::new(), values::text);
    let short_name = identity.required("short_name", "Write the short name.", String::new(), values::text);
    let phone = identity.required("phone", "Write the number to call instead.", no_phone(), values::phone);
    let exit = identity.required("exit", "Write where the exit leads.", String::new(), values::exit);
    let colours = identity.or("colours", Palette::default(), values::palette);
    let languages = identity.list("languages", values::language);
    if identity.length("languages") != Some(languages.len()) {
        findings.a_language_is_misspelt();
    }
    if languages.is_empty() {
        identity.lacks(
            "languages",
            "no language is named",
            "Write for example languages = [\"sv\", \"en\"].",
        );
    }
    if let Some(twice) = languages.iter().enumerate().find(|(at, one)| languages[..*at].contains(one)) {
        identity.fault("languages", format!("`{}` is named twice", twice.1), "Name each language once.");
    }
    let offer_unread = identity.list("offer_unread", values::language);
    if let Some(stranger) = offer_unread.iter().find(|one| !languages.contains(one)) {
        identity.fault(
            "offer_unread",
            format!("`{stranger}` is not one of the centre's languages"),
            "Add it to languages, or take it away here.",
        );
    }

    let origins = origins(&root.section("origins"));
    if let Some(host) = exit.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', ':']).next())
        && [&origins.pages, &origins.relay, &origins.staff].into_iter().any(|origin| origin.host() == host)
    {
        identity.fault(
            "exit",
            "this leads to the centre's own host",
            "Whoever looks over a shoulder would still see it: name a calm, quick page of somebody else.",
        );
    }

    let hours = root.section("hours");
    let line = rules::line(&root.optional_section("line"), &languages);
    let help_lines = lines::read(&root, &languages);
    Centre {
        name,
        short_name,
        phone,
        colours,
        exit,
        texts: texts::read(&root.section("texts"), &languages),
        calendar: hours::read(&hours),
        professional: rules::professional(&root.optional_section("professional"), line.max_waiting),
        line,
        risks: guidance::risks(&root, &help_lines),
        consultation: guidance::consultation(&root),
        help_lines,
        staff: rules::staff(&root.optional_section("staff")),
        topics: topics::read(&root),
        templates: templates::read(&root, &languages),
        clocks: rules::clocks(&root.optional_section("clocks")),
        limits: rules::limits(&root.optional_section("limits")),
        trust: rules::trust(&root.section("trust"), purpose),
        origins,
        listeners: rules::listeners(&root.optional_section("listeners")),
        proxy: rules::proxy(&root.optional_section("proxy")),
        redis: rules::redis(&root.optional_section("redis")),
        state_directory: rules::state_directory(&root.optional_section("state")),
        languages,
        offer_unread,
    }
}

fn origins(section: &Section<'_>) -> Origins {
    let read = |key, remedy| section.required(key, remedy, no_origin(), values::origin);
    let origins = Origins {
        pages: read("pages", "Write where the visitor's page lives: pages = \"https://…\"."),
        relay: read("relay", "Write where the sockets live: relay = \"https://…\"."),
        staff: read("staff", "Write where the console lives: staff = \"https://…\"."),
        onion: section.optional("onion", values::origin),
        line: section.line(),
    };
    if origins.onion.as_ref().is_some_and(|onion| !onion.host().ends_with(".onion")) {
        section.fault("onion", "this is not an onion address", "Write \"http://….onion\", or leave it out.");
    }
    if origins.staff.is_secure() && origins.staff.is_bare_address() {
        section.fault(
            "staff",
            "this is an address without a name, and passkeys need a host with a name",
            "Give the console a name of its own: staff = \"https://staff.example.org\".",
        );
    }
    origins
}

fn no_phone() -> Phone {
    Phone { shown: String::new(), dial: String::new() }
}

fn no_origin() -> Origin {
    Origin::parse("https://stand-in.invalid").expect("a well-formed origin")
}
