//! What stands in the slots and blanks of a page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::plain::is_offered;
use super::spoken::Spoken;
use super::template::{BLANKS, SaidIn, Template, escape};
use super::words::{Sentences, ShownLine, is_from_the_right, language_of, opening_sentence, sentences};
use super::{Place, View, Which};
use crate::centre::{Centre, Clocks};

pub(super) fn page(
    template: &Template,
    which: Which,
    view: &View<'_>,
    others: impl FnOnce() -> String,
) -> String {
    let language = language_of(view.centre, view.language);
    let said = sentences(&View { language, ..*view });
    // Said in another language than the document's, an element says so, for voices and for direction.
    let mark = if language == template.language() {
        String::new()
    } else {
        let direction = if is_from_the_right(language) { "rtl" } else { "ltr" };
        format!(" lang=\"{}\" dir=\"{direction}\"", escape(language))
    };
    let paragraph = |text: &str| format!("<p{mark}>{}</p>", escape(text));
    let others = std::cell::LazyCell::new(others);
    let slot = |name: &'static str| match name {
        "state" => Some(paragraph(&said.sentence)),
        "hours" => Some(paragraph(&said.opening_sentence)),
        "call_list_note" => Some(paragraph(&said.call_list_note)),
        "intro" => {
            let texts = view.centre.texts.get(language)?;
            Some(texts.intro.iter().map(|sentence| paragraph(sentence)).collect())
        }
        "help_lines" => Some(help_lines(&said, &mark)),
        "other_languages" => Some(others.clone()),
        "demo_banner" if view.place == Place::Demo => Some(demo_banner(language)),
        "demo_banner" => Some(String::new()),
        _ => None,
    };
    // A blank cannot be marked, so it speaks the document's language.
    let document = language_of(view.centre, template.language());
    let own = view.centre.texts.get(template.language()).map(|texts| which.sentences(texts));
    let said = |key: &str, place: SaidIn| {
        let text = own?.get(key)?;
        Some(match place {
            SaidIn::Element => rich(text, view.centre),
            SaidIn::Attribute => escape(text),
        })
    };
    template.fill_and_say(slot, |name| blank(name, which, view, document), said)
}

/// A sentence with its marks as markup: `**strong**`, `{call:112}`, `{phone}`. The scripts know the same three.
fn rich(text: &str, centre: &Centre) -> String {
    let mut markup = String::new();
    for (at, part) in text.split("**").enumerate() {
        let numbers = numbers(part, centre);
        // Between an odd mark and the next.
        if at % 2 == 1 {
            write!(markup, "<strong>{numbers}</strong>").expect("writing to a String cannot fail");
        } else {
            markup.push_str(&numbers);
        }
    }
    markup
}

fn numbers(text: &str, centre: &Centre) -> String {
    let mut markup = String::new();
    let mut rest = text;
    let call = |dial: &str, shown: &str| format!("<a href=\"tel:{}\">{}</a>", escape(dial), escape(shown));
    while let Some(at) = rest.find('{') {
        markup.push_str(&escape(&rest[..at]));
        let inside = &rest[at + 1..];
        let Some((blank, behind)) = inside.split_once('}') else { break };
        match blank.strip_prefix("call:") {
            Some(number) => markup.push_str(&call(&number.replace(' ', ""), number)),
            None if blank == "phone" => markup.push_str(&call(&centre.phone.dial, &centre.phone.shown)),
            // Filled by the script.
            None => markup.push_str(&escape(&format!("{{{blank}}}"))),
        }
        rest = behind;
    }
    markup.push_str(&escape(rest));
    markup
}

/// What a centre's file puts into the blanks, by their names; the door's state is no setting.
pub(super) fn settings(view: &View<'_>) -> Vec<(&'static str, String)> {
    let language = language_of(view.centre, view.language);
    let which = if view.place == Place::Staff { Which::Staff } else { Which::Visitor };
    BLANKS
        .into_iter()
        .filter(|name| *name != "state")
        .map(|name| (name, blank(name, which, view, language)))
        .collect()
}

fn help_lines(said: &Sentences, mark: &str) -> String {
    let lists = [by_municipality(&said.help_lines, mark), by_municipality(&said.closed_lines, mark)];
    let lists = lists.concat();
    if lists.is_empty() { list(&[], mark, |line| &line.note) } else { lists }
}

/// Those for everywhere, then those of each municipality under its name: they come in that order.
fn by_municipality(lines: &[ShownLine], mark: &str) -> String {
    let one = |of_one: &[ShownLine]| {
        let over = match of_one.first().map_or("", |line| &line.area) {
            "" => String::new(),
            area => format!("<h2{mark}>{}</h2>", escape(area)),
        };
        over + &list(of_one, mark, |line| &line.note)
    };
    lines.chunk_by(|one, next| one.area == next.area).map(one).collect()
}

fn list(lines: &[ShownLine], mark: &str, note: fn(&ShownLine) -> &String) -> String {
    let mut list = format!("<ul{mark}>");
    for line in lines {
        let [name, number, href, note] =
            [&line.name, &line.number, &line.href, note(line)].map(|text| escape(text));
        write!(list, "<li><span>{name}</span> <a href=\"{href}\">{number}</a> <small>{note}</small></li>")
            .expect("writing to a String cannot fail");
    }
    list.push_str("</ul>");
    list
}

/// The state, the lines that answer now and that the chat needs a script, in each language that is offered beside the
/// document's own, and the way to all of it in that language: what happens there and the lines that are closed would not fit
/// into the first answer in ten. For whoever has no script; a script takes it away and offers the whole page.
pub(super) fn other_languages(view: &View<'_>, document: &str, spoken: &BTreeMap<String, Spoken>) -> String {
    let centre = view.centre;
    let offered = |tag: &str, one: &Spoken| tag != document && is_offered(view, tag, one);
    let mut all = String::new();
    for tag in &centre.languages {
        let Some(one) = spoken.get(tag).filter(|one| offered(tag, one)) else { continue };
        let said = sentences(&View { language: tag, ..*view });
        let own = centre.texts.get(tag).and_then(|texts| texts.page.get("broken.script"));
        let without_script = own.map_or_else(|| one.without_script.clone(), |text| text.replace("**", ""));
        let more = centre.texts.get(tag).and_then(|texts| texts.page.get("help.title")).unwrap_or(&one.more);
        let [tag, name, sentence, opening, without_script, note, more] = [
            tag,
            &one.name,
            &said.sentence,
            &said.opening_sentence,
            &without_script,
            &said.call_list_note,
            more,
        ]
        .map(|text| escape(text));
        let (direction, lines) = (one.direction, list(&said.help_lines, "", |line| &line.short_note));
        write!(
            all,
            "<details lang=\"{tag}\" dir=\"{direction}\"><summary>{name}</summary><p>{opening}</p><p>{sentence}</p>\
             <p>{without_script}</p>{lines}<p>{note}</p><p><a href=\"/{tag}\">{more}</a></p></details>"
        )
        .expect("writing to a String cannot fail");
    }
    all
}

fn blank(name: &str, which: Which, view: &View<'_>, language: &str) -> String {
    let centre = view.centre;
    match name {
        "state" => view.state.word().to_owned(),
        "centre_id" => hex(&centre.trust.centre_id),
        "roots" => centre.trust.roots.iter().map(|root| hex(root)).collect::<Vec<_>>().join(","),
        "min_roster_epoch" => centre.trust.min_roster_epoch.to_string(),
        "relay" => view.place.other_relay(centre).map_or(String::new(), ToString::to_string),
        "exit" => centre.exit.clone(),
        "demo" => if view.place == Place::Demo { "demo" } else { "" }.to_owned(),
        "clocks" => clocks(&centre.clocks),
        "languages" => centre.languages.join(" "),
        "offer_unread" => centre.offer_unread.join(" "),
        "phone" => centre.phone.shown.clone(),
        "phone_href" => format!("tel:{}", centre.phone.dial),
        "centre_name" => centre.name.clone(),
        "centre_short_name" => centre.short_name.clone(),
        "opening_sentence" => text(centre, language, |texts| opening_sentence(centre, texts)),
        "colours" => centre.colours.word().to_owned(),
        "work" => if centre.professional.offered { "work" } else { "" }.to_owned(),
        "words" => words(centre, which, language),
        "title" => text(centre, language, |texts| texts.title.clone()),
        _ => String::new(),
    }
}

fn text(centre: &Centre, language: &str, which: impl Fn(&crate::centre::Texts) -> String) -> String {
    centre.texts.get(language).map_or(String::new(), which)
}

/// What the centre says otherwise in the languages that a script fetches, `{"en":{"exit":"…"}}`; empty when it does not.
fn words(centre: &Centre, which: Which, document: &str) -> String {
    let mut all = serde_json::Map::new();
    for (language, texts) in &centre.texts {
        let own = which.sentences(texts);
        if language != document && !own.is_empty() {
            let own = own.iter().map(|(key, text)| (key.clone(), text.clone().into())).collect();
            all.insert(language.clone(), serde_json::Value::Object(own));
        }
    }
    if all.is_empty() { String::new() } else { serde_json::Value::Object(all).to_string() }
}

/// Whole seconds by name: `{"hidden_wipe":900,…}`.
fn clocks(clocks: &Clocks) -> String {
    let seconds =
        clocks.entries().into_iter().map(|(name, length)| (name.to_owned(), length.as_secs().into()));
    serde_json::Value::Object(seconds.collect()).to_string()
}

/// The banner belongs to the program, not to a centre.
fn demo_banner(language: &str) -> String {
    let (tag, text) = match language {
        "en" => ("en", "Demonstration. Nobody reads what you write here. Danger now: call 112."),
        _ => ("sv", "Demonstration. Ingen läser det du skriver här. Fara nu: ring 112."),
    };
    format!("<p class=\"note warm\" lang=\"{tag}\" dir=\"ltr\">{text}</p>")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
