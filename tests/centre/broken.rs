//! Files as people leave them: each is the good one with one thing changed, and `lykta check` names the line, what is
//! wrong there and what to write instead.

use lykta_server::centre::{Fault, check, text_of};

/// The good one.
const GOOD: &str = include_str!("fjalldalen.toml");

/// One broken file.
struct Broken {
    /// What was there.
    from: &'static str,
    /// What somebody wrote.
    to: &'static str,
    /// Everything that is told about it.
    told: &'static [Told],
}

/// One mistake as it is told.
struct Told {
    /// The line that holds this.
    at: &'static str,
    /// The key.
    key: &'static str,
    /// Part of what is wrong.
    what: &'static str,
    /// Part of what to do.
    remedy: &'static str,
}

macro_rules! broken {
    ($($from:literal => $to:literal { $($at:literal $key:literal: $what:literal, $remedy:literal;)+ })+) => {
        &[$(Broken {
            from: $from,
            to: $to,
            told: &[$(Told { at: $at, key: $key, what: $what, remedy: $remedy }),+],
        }),+]
    };
}

const FILES: &[Broken] = broken! {
    // Who the centre is.
    "short_name = \"SCF\"\n" => "" {
        "[centre]" "centre.short_name": "this is missing", "Write the short name.";
    }
    "phone = \"0980-319 200\"\n" => "phone = \"0980-319 2OO\"\n" {
        "2OO" "centre.phone": "`0980-319 2OO` is not a telephone number", "digits, spaces and hyphens";
    }
    "exit = \"https://www.nordiskamuseet.example/\"" => "exit = \"www.nordiskamuseet.example\"" {
        "exit = " "centre.exit": "not an address the exit can lead to", "the whole address";
    }
    "exit = \"https://www.nordiskamuseet.example/\"" => "exit = \"https://jobb.fjalldalen.example/\"" {
        "exit = " "centre.exit": "leads to the centre's own host", "calm, quick page of somebody else";
    }
    "languages = [\"sv\", \"en\", \"so\", \"ti\"]" => "languages = [\"sv\", \"en\", \"sv\", \"so\", \"ti\"]" {
        "languages = [\"sv\", \"en\", \"sv\"" "centre.languages": "`sv` is named twice", "each language once";
    }
    "languages = [\"sv\", \"en\", \"so\", \"ti\"]" => "languages = [\"sv\", \"English\", \"so\", \"ti\"]" {
        "English" "centre.languages[1]": "`English` is not a language tag", "two or three small letters";
    }
    "languages = [\"sv\", \"en\", \"so\", \"ti\"]" => "languages = [\"sv\", \"so\", \"ti\"]" {
        "[texts.en]" "texts.en": "the centre does not offer this language", "centre.languages";
        "name = { sv = \"SOS Alarm\"" "help_lines[0].name.en": "the centre does not offer this language", "centre.languages";
        "for = { sv = \"Fara nu\"" "help_lines[0].for.en": "the centre does not offer this language", "centre.languages";
        "name = { sv = \"SCF\"" "help_lines[1].name.en": "the centre does not offer this language", "centre.languages";
        "for = { sv = \"Ring oss\"" "help_lines[1].for.en": "the centre does not offer this language", "centre.languages";
        "name = { sv = \"Socialtjänsten" "help_lines[2].name.en": "the centre does not offer this language", "centre.languages";
        "for = { sv = \"Oro för" "help_lines[2].for.en": "the centre does not offer this language", "centre.languages";
        "happens = " "help_lines[2].happens.en": "the centre does not offer this language", "centre.languages";
        "name = { sv = \"Jourhuset" "help_lines[3].name.en": "the centre does not offer this language", "centre.languages";
        "for = { sv = \"Skydd" "help_lines[3].for.en": "the centre does not offer this language", "centre.languages";
    }
    "offer_unread = [\"so\", \"ti\"]" => "offer_unread = [\"so\", \"ar\"]" {
        "offer_unread" "centre.offer_unread": "`ar` is not one of the centre's languages", "Add it to languages";
    }
    "short_name = \"SCF\"" => "short_name = \"SCF\"\ncolor = \"red\"" {
        "color" "centre.color": "there is no setting of this name here", "Did you mean `colours`?";
    }
    // Hours.
    "Europe/Stockholm" => "Europa/Stockholm" {
        "time_zone" "hours.time_zone": "time zone", "Europe/Stockholm";
    }
    "monday = [\"9.00-12.00\", \"13.00-16.00\"]" => "monday = [\"9.00-13.00\", \"12.30-16.00\"]" {
        "monday" "hours.week.monday": "two shifts overlap", "before the other begins";
    }
    "saturday = [\"11.00-14.00\"]" => "saturday = \"11.00-14.00\"" {
        "saturday" "hours.week.saturday": "this should be a list", "between [ and ]";
    }
    "saturday = [\"11.00-14.00\"]" => "lordag = [\"11.00-14.00\"]" {
        "lordag" "hours.week.lordag": "there is no setting of this name here", "Remove it";
    }
    "saturday = [\"11.00-14.00\"]" => "saturday = [\"11.00-11.15\"]" {
        "saturday" "hours.week.saturday": "ends before anybody can be let in", "shorten last_admission";
    }
    "saturday = [\"11.00-14.00\"]" => "saturday = [\"11.00 to 14.00\"]" {
        "saturday" "hours.week.saturday[0]": "this should be hours", "10.00-15.00";
    }
    "monday = [\"9.00-12.00\", \"13.00-16.00\"]\ntuesday = [\"9.00-12.00\", \"13.00-19.00 last 45 min\"]\nwednesday = [\"9.00-12.00\", \"13.00-16.00\"]\nthursday = [\"9.00-12.00\", \"13.00-19.00 last 45 min\"]\nsaturday = [\"11.00-14.00\"]\n" => "" {
        "[hours.week]" "hours.week.monday": "the centre is never open", "at least one day";
    }
    "saturday = [\"11.00-14.00\"]" => "saturday = [\"11.00-25.00\"]" {
        "saturday" "hours.week.saturday[0]": "these are not two times of day", "10.00-15.00";
    }
    "nyarsafton = \"until 12.00\"" => "nyarsafton = \"half day\"" {
        "nyarsafton" "hours.holidays.nyarsafton": "does not say what holds on the day", "until 12.00";
    }
    "last_admission = \"20 min\"" => "last_admission = \"20 minutes\"" {
        "last_admission" "hours.last_admission": "`minutes` is not a unit of time", "s, min or h";
    }
    "[texts.sv]" => "[[hours.exceptions]]\ndate = 2026-12-23\nuntil = \"12.00\"\nclosed = true\n\n[texts.sv]" {
        "closed = true" "hours.exceptions[0].closed": "more than one thing", "Write one of";
    }
    "[texts.sv]" => "[[hours.exceptions]]\nfrom = 2026-12-23\nto = 2026-12-21\nclosed = true\n\n[texts.sv]" {
        "to = 2026-12-21" "hours.exceptions[0].to": "the last day is before the first", "Change places";
    }
    "[texts.sv]" => "[[hours.exceptions]]\ndate = 2026-13-01\nclosed = true\n\n[texts.sv]" {
        "2026-13-01" "": "this is not TOML", "KEY = VALUE";
    }
    // Texts.
    "Vi svarar {week}." => "Vi svarar vardagar." {
        "Vi svarar" "texts.sv.opening_sentence": "the blank {week} is missing", "fills in the hours";
    }
    "Den öppnar {next_opening}." => "Den öppnar {next_oppening}." {
        "closed = [\"Chatten är stängd" "texts.sv.state.closed": "the blank {next_oppening} is not known", "{next_opening}";
        "closed = [\"Chatten är stängd" "texts.sv.state.closed": "nobody is told when it opens again", "Put {next_opening}";
    }
    "[texts.so]" => "[texts.som]" {
        "[texts.som]" "texts.som": "the centre does not offer this language", "Did you mean `so`?";
        "[texts.so.state]" "texts.so.title": "this is missing", "neutral title";
        "[texts.so.state]" "texts.so.opening_sentence": "this is missing", "Öppet {week}";
        "[texts.so.state]" "texts.so.call_list_note": "this is missing", "list of calls";
    }
    "closing_soon = [\"Snart stänger vi för nya.\"]\n" => "" {
        "[texts.sv.state]" "texts.sv.state.closing_soon": "no sentence says what this state means", "what to do now";
    }
    "title = \"Macluumaad\"" => "title = \"Macluumaad\\u202e\"" {
        "Macluumaad" "texts.so.title": "invisible control characters", "anew on one line";
    }
    "\"safety.title\" = \"Skriv" => "\"saftey.title\" = \"Skriv" {
        "saftey" "texts.sv.page.saftey.title": "there is no setting of this name here", "Did you mean `safety.title`?";
    }
    "\"safety.title\" = \"Skriv" => "safety.title = \"Skriv" {
        "safety.title = \"Skriv" "texts.sv.page.safety": "without its quotes", "between quotes: \"safety.";
    }
    "Ring hellre {phone}, om" => "Ring hellre, om" {
        "\"line.call\"" "texts.sv.page.line.call": "the blank {phone} is missing", "The sentence it replaces is";
    }
    "Ring hellre {phone}, om" => "Ring hellre {phone} {n}, om" {
        "\"line.call\"" "texts.sv.page.line.call": "the blank {n} is not known", "The sentence it replaces is";
    }
    "Ring {call:112} direkt" => "Ring {call:112 direkt" {
        "\"danger\"" "texts.sv.page.danger": "a blank is not closed", "Fara? Ring";
    }
    "\"language.label\" = \"Välj språk\"" => "\"language.label\" = \"Här väljer du vilket språk sidan ska vara på\"" {
        "\"language.label\"" "texts.sv.page.language.label": "44 characters long", "is \"Språk\"";
    }
    "\"language.label\" = \"Välj språk\"" => "\"language.label\" = \"**Välj** språk\"" {
        "\"language.label\"" "texts.sv.page.language.label": "the marks ** do not fit", "is \"Språk\"";
    }
    "[texts.so.state]" => "[texts.so.console]\n\"title\" = \"x\"\n\n[texts.so.state]" {
        "[texts.so.console]" "texts.so.console": "the console does not speak this language", "[texts.sv.console]";
    }
    "colours = \"plum\"" => "colours = \"#6c2f62\"" {
        "colours" "centre.colours": "there are no such colours", "\"plum\"";
    }
    // Others who help.
    "emergency = true\n" => "" {
        "[[help_lines]]" "help_lines": "0 help lines have emergency = true", "emergency number (112)";
    }
    "checked = 2026-11-02\nhours = \"centre\"" => "checked = \"2 november\"\nhours = \"centre\"" {
        "2 november" "help_lines[1].checked": "this should be a day", "2026-12-23, without quotes";
    }
    "emergency = true\nchecked = 2026-11-02\n" => "emergency = true\n" {
        "[[help_lines]]" "help_lines[0].checked": "nobody has confirmed the emergency number", "Write the day";
    }
    "hours = \"centre\"" => "hours = \"8-16\"" {
        "8-16" "help_lines[1].hours": "these are not hours", "24 h";
    }
    "audience = \"children\"" => "audience = \"barn\"" {
        "barn\"" "help_lines[2].audience": "not one of the audiences", "children";
    }
    "so = \"Na soo wac\", " => "" {
        "Ring oss" "help_lines[1].for.so": "this is missing", "every language";
    }
    "[line]\n" => "[[help_lines]]\nnumber = \"0980-319 200\" # again\nchecked = 2026-11-02\nhours = \"24 h\"\nname = { sv = \"SCF\", en = \"SCF\", so = \"SCF\", ti = \"SCF\" }\nfor = { sv = \"a\", en = \"a\", so = \"a\", ti = \"a\" }\n\n[line]\n" {
        "# again" "help_lines[4].number": "stands here twice", "One entry";
    }
    // Rules.
    "max_waiting = 8" => "max_waiting = \"8\"" {
        "max_waiting = \"8\"" "line.max_waiting": "this should be a whole number", "without quotes";
    }
    "max_waiting = 2" => "max_waiting = 20" {
        "max_waiting = 20" "professional.max_waiting": "more than line.max_waiting", "Lower it";
    }
    "chats_default = 2" => "chats_default = 4" {
        "chats_default" "staff.chats_default": "more than chats_max", "raise chats_max";
    }
    "session = \"9 h\"" => "session = \"24 h\"" {
        "session" "staff.session": "24 h is out of range", "10 h";
    }
    "word = \"school\"" => "word = \"home\" # again" {
        "# again" "topics[1].word": "`home` is there twice", "its own word";
    }
    "hidden_wipe = \"10 min\"" => "hidden_wipe = \"2 min\"" {
        "hidden_wipe" "clocks.hidden_wipe": "2 min is out of range", "\"5 min\" to \"30 min\"";
    }
    "line_absence = \"4 min\"" => "line_absence = \"4 min\"\nbox_ttl = \"14 min\"" {
        "box_ttl" "clocks.box_ttl": "not longer than visitor_lost", "Make it longer";
        "box_ttl" "clocks.box_ttl": "not longer than counsellor_boxes", "Make it longer";
    }
    "sockets_per_client = 200" => "sockets_per_client = 5000" {
        "sockets_per_client" "limits.sockets_per_client": "more than sockets", "Lower it";
    }
    "joins_per_client = 20" => "joins_per_cleint = 20" {
        "cleint" "limits.joins_per_cleint": "there is no setting of this name here", "Did you mean `joins_per_client`?";
    }
    // For operators.
    "relay = \"https://relay" => "relay = \"http://relay" {
        "relay = " "origins.relay": "without https:// anybody on the way", "https://chat.example.org";
    }
    "pages = \"https://skriv.fjalldalen.example\"" => "pages = \"https://skriv.fjalldalen.example/chatt\"" {
        "pages = " "origins.pages": "without a path", "https://chat.example.org";
    }
    "staff = \"https://jobb.fjalldalen.example\"" => "staff = \"https://192.0.2.7\"" {
        "staff = " "origins.staff": "passkeys need a host with a name", "name of its own";
    }
    "centre_id = \"7d2f90c1a4b85e6390bb17d05c3fe284\"" => "centre_id = \"7d2f90c1\"" {
        "centre_id" "trust.centre_id": "32 hexadecimal digits", "as `lykta-root` printed it";
    }
    "centre_id = \"7d2f90c1a4b85e6390bb17d05c3fe284\"" => "centre_id = \"00000000000000000000000000000000\"" {
        "centre_id" "trust.centre_id": "nobody's number", "lykta-root new";
    }
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c" =>
    "0200000000000000000000000000000000000000000000000000000000000000" {
        "roots = " "trust.roots": "is no public key", "lykta-root new";
    }
    "trusted = [\"127.0.0.1\"]" => "trusted = [\"0.0.0.0/0\"]" {
        "trusted" "proxy.trusted": "believes everybody", "the proxy's own address";
    }
    "trusted = [\"127.0.0.1\"]" => "trusted = [\"nginx\"]" {
        "trusted" "proxy.trusted[0]": "an address or a range", "10.0.0.0/8";
    }
    "main = \"127.0.0.1:8080\"" => "main = \"127.0.0.1:8080\"\nmetrics = \"127.0.0.1:8080\"" {
        "metrics" "listeners.metrics": "visitors' own address", "another port";
    }
    "main = \"127.0.0.1:8080\"" => "main = \"localhost\"" {
        "main" "listeners.main": "an address and a port", "127.0.0.1:8080";
    }
    "[state]\n" => "[redis]\nurl = \"localhost:6379\"\n\n[state]\n" {
        "url = " "redis.url": "this is not a Redis address", "redis://";
    }
    "directory = \"/var/lib/lykta-fjalldalen\"" => "directory = \"lykta\"" {
        "directory" "state.directory": "not a whole path", "from the root";
    }
    // Not even TOML.
    "short_name = \"SCF\"" => "short_name = SCF" {
        "short_name" "": "this is not TOML", "double quotes";
    }
    "title = \"Information\"\nopening_sentence = \"Vi" => "title = ”Information”\nopening_sentence = \"Vi" {
        "title = ”" "": "this is not TOML", "straight double quotes";
    }
    "exit = \"https" => "phone = \"0980-319 201\"\nexit = \"https" {
        "319 201" "": "this is not TOML", "at most once";
    }
    "[line]\n" => "[line\n" {
        "[line" "": "this is not TOML", "KEY = VALUE";
    }
};

/// The file of one row. What is replaced stands there.
fn file(one: &Broken) -> String {
    assert!(GOOD.contains(one.from), "the good file does not hold {:?}", one.from);
    GOOD.replacen(one.from, one.to, 1)
}

fn line_of(text: &str, what: &str) -> usize {
    let found = text.lines().position(|line| line.contains(what));
    found.unwrap_or_else(|| panic!("no line holds {what:?}")) + 1
}

fn fits(text: &str, wanted: &Told, fault: &Fault) -> bool {
    fault.key == wanted.key
        && fault.line == line_of(text, wanted.at)
        && fault.what.contains(wanted.what)
        && fault.remedy.contains(wanted.remedy)
}

#[test]
fn the_good_one_has_no_mistake() {
    assert!(check(GOOD).is_ok(), "{:#?}", check(GOOD).err());
}

#[test]
fn each_of_thirty_and_more_broken_files_is_told_with_line_reason_and_remedy() {
    assert!(FILES.len() >= 30, "{} files", FILES.len());
    let mut wrong = Vec::new();
    for one in FILES {
        let text = file(one);
        let faults = check(&text).err().unwrap_or_default();
        let met = faults.len() == one.told.len()
            && one.told.iter().all(|wanted| faults.iter().any(|fault| fits(&text, wanted, fault)));
        if !met {
            wrong.push(format!("{:?} instead of {:?} is told as {faults:#?}", one.to, one.from));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), FILES.len(), wrong.join("\n"));
}

/// Told as it should be: at a line of the file (0 when it concerns no single one), with a reason and a remedy in sentences.
fn is_told_in_full(text: &str, fault: &Fault) -> bool {
    fault.line <= text.lines().count() && fault.what.len() >= 10 && fault.remedy.len() >= 10
}

#[test]
fn every_key_that_nobody_knows_is_a_mistake_of_its_line_with_reason_and_remedy() {
    let mut keys = 0;
    for (at, line) in GOOD.lines().enumerate() {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        if key.starts_with([' ', '#', '"', '{']) {
            continue;
        }
        keys += 1;
        let mut lines: Vec<String> = GOOD.lines().map(str::to_owned).collect();
        // A slip of the finger: the last letter twice.
        let slipped = format!("{key}{}", &key[key.len() - 1..]);
        lines[at] = line.replacen(key, &slipped, 1);
        let text = lines.join("\n");
        let faults = check(&text).err().unwrap_or_default();
        assert!(
            faults.iter().any(|fault| fault.line == at + 1),
            "`{slipped}` in line {}: {faults:#?}",
            at + 1
        );
        for fault in &faults {
            assert!(is_told_in_full(&text, fault), "`{slipped}`: {fault:#?}");
        }
    }
    assert!(keys >= 60, "{keys} keys");
}

#[test]
fn whatever_line_is_lost_the_file_is_read_or_every_mistake_is_told_in_full() {
    let mut broken = 0;
    for lost in 0..GOOD.lines().count() {
        let left = GOOD.lines().enumerate().filter(|(at, _)| *at != lost).map(|(_, line)| line);
        let text = left.collect::<Vec<_>>().join("\n");
        let Err(faults) = check(&text) else { continue };
        broken += 1;
        for fault in &faults {
            assert!(is_told_in_full(&text, fault), "without line {}: {fault:#?}", lost + 1);
        }
    }
    assert!(broken >= 40, "{broken} lines are needed");
}

#[test]
fn a_file_that_is_not_utf_8_is_told_with_the_line_of_its_first_wrong_letter() {
    let good = GOOD.find("Stödcentrum Fjälldalen").unwrap();
    let mut latin = GOOD.as_bytes().to_vec();
    latin.splice(good + 2..good + 4, [0xf6]);
    let fault = text_of(latin).unwrap_err();
    assert_eq!(fault.line, line_of(GOOD, "Stödcentrum"));
    assert!(fault.remedy.contains("UTF-8"), "{fault}");
    assert_eq!(text_of(GOOD.into()).unwrap(), GOOD);
}

#[test]
fn a_mark_at_its_beginning_and_the_line_ends_of_another_system_are_no_mistakes() {
    assert!(check(&format!("\u{feff}{GOOD}")).is_ok());
    assert!(check(&GOOD.replace('\n', "\r\n")).is_ok());
}

#[test]
fn all_of_them_in_one_file_are_told_at_once() {
    // Those that touch one another's text are left out, and those after which nothing can be read.
    let mut text = GOOD.to_owned();
    let mut wanted = Vec::new();
    for one in FILES.iter().filter(|one| one.told.iter().all(|told| !told.key.is_empty())) {
        if one.told.len() == 1 && text.contains(one.from) && !text.replacen(one.from, one.to, 1).is_empty() {
            let changed = text.replacen(one.from, one.to, 1);
            // Whatever was told before must be told still.
            let faults = check(&changed).err().unwrap_or_default();
            let told = |wanted: &Told| faults.iter().any(|fault| fault.what.contains(wanted.what));
            if wanted.iter().chain(one.told).all(|one: &Told| told(one)) {
                text = changed;
                wanted.extend(one.told.iter().map(|told| Told { ..*told }));
            }
        }
    }
    let faults = check(&text).err().unwrap_or_default();
    assert!(wanted.len() >= 25 && faults.len() >= 25, "{} wanted, {faults:#?}", wanted.len());
    assert!(faults.windows(2).all(|pair| pair[0].line <= pair[1].line), "in the order of the lines");
}
