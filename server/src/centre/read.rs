//! From the document to a [`Centre`]: the file in brief, one function per section.

mod guidance;
mod hours;
mod lines;
mod rules;
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
    let languages = identity.list("languages", values::language);
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

    let hours = root.section("hours");
    let help_lines = lines::read(&root, &languages);
    Centre {
        name,
        short_name,
        phone,
        exit,
        texts: texts::read(&root.section("texts"), &languages),
        calendar: hours::read(&hours),
        risks: guidance::risks(&root, &help_lines),
        consultation: guidance::consultation(&root),
        help_lines,
        line: rules::line(&root.optional_section("line"), &languages),
        professional: rules::professional(&root.optional_section("professional")),
        staff: rules::staff(&root.optional_section("staff")),
        topics: topics::read(&root),
        clocks: rules::clocks(&root.optional_section("clocks")),
        limits: rules::limits(&root.optional_section("limits")),
        trust: rules::trust(&root.section("trust"), purpose),
        origins: origins(&root.section("origins")),
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
    origins
}

fn no_phone() -> Phone {
    Phone { shown: String::new(), dial: String::new() }
}

fn no_origin() -> Origin {
    Origin::parse("https://stand-in.invalid").expect("a well-formed origin")
}
