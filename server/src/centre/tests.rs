use std::net::IpAddr;
use std::time::Duration;

use jiff::civil::date;
use lykta_wire::OpenState;

use super::*;
use crate::hours::{Change, DayRule, Eve, LineHours, open_state_by_the_calendar};

/// The file we ship.
const SHIPPED: &str = include_str!("../../../deploy/centre.toml");

/// The Ed25519 base point's usual test key (RFC 8032, test 1).
const ROOT: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// The shipped file with a root.
fn whole() -> String {
    SHIPPED.replace("roots = []", &format!("roots = [\"{ROOT}\"]"))
}

fn checked(text: &str) -> Centre {
    check(text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn faults(text: &str) -> Vec<Fault> {
    match check(text) {
        Ok(_) => panic!("the file passed"),
        Err(faults) => faults,
    }
}

/// The whole file with one text replaced; the text must be there.
fn with(from: &str, to: &str) -> String {
    let file = whole();
    assert!(file.contains(from), "{from}");
    file.replacen(from, to, 1)
}

/// The only fault of the file after one change.
fn fault_of(from: &str, to: &str) -> Fault {
    let faults = faults(&with(from, to));
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.into_iter().next().unwrap()
}

/// Where a section begins (its name may stand in a comment before).
fn start_of(file: &str, section: &str) -> usize {
    file.find(&format!("\n{section}\n")).unwrap() + 1
}

fn line_of(text: &str, what: &str) -> usize {
    text.lines().position(|line| line.contains(what)).unwrap() + 1
}

#[test]
fn the_shipped_file_lacks_nothing_but_a_root() {
    let found = faults(SHIPPED);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].key, "trust.roots");
    assert_eq!(found[0].line, line_of(SHIPPED, "roots = []"));
    checked(&whole());
    assert!(check_for_demo(SHIPPED).is_ok(), "the demonstration brings its own root");
}

#[test]
fn the_shipped_file_says_what_the_centre_is() {
    let centre = checked(&whole());
    assert_eq!(centre.short_name, "CMHV");
    assert_eq!((centre.phone.shown.as_str(), centre.phone.dial.as_str()), ("021-39 87 62", "021398762"));
    assert_eq!(centre.languages[..2], ["sv", "en"]);
    assert_eq!((centre.staff.chats_default, centre.staff.chats_max), (1, 2));
    assert_eq!(centre.professional.max_waiting, 5);
    assert!(centre.redis.is_none());
    let monday = date(2026, 11, 23);
    let shifts = centre.calendar.shifts_on(monday);
    assert_eq!((shifts[0].from.minutes(), shifts[0].admission_ends().minutes()), (600, 870));
    let numbers: Vec<_> = centre.help_lines.iter().map(|line| line.phone.dial.as_str()).collect();
    assert_eq!(
        numbers,
        [
            "112",
            "11414",
            "021398762",
            "020577070",
            "116111",
            "020505050",
            "021392066",
            "021390000",
            "+4684055005",
            "0102235760"
        ]
    );
}

#[test]
fn each_clock_is_written_out_in_the_shipped_file_with_its_default() {
    let centre = checked(&whole());
    let clocks: String = {
        let file = whole();
        let start = start_of(&file, "[clocks]");
        let end = file[start..].find("# ---").unwrap();
        file[start..start + end].to_owned()
    };
    for (name, length) in centre.clocks.entries() {
        let written = format!("{name} = \"{}\"", values::written(length));
        assert!(clocks.lines().any(|line| line == written), "{written}");
        assert!(super_doc().contains(&format!("`{name}`")), "{name} is missing in the table");
    }
    // Without the section the same values hold.
    let without = checked(&whole().replace(&clocks, ""));
    assert_eq!(without.clocks, centre.clocks);
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    assert_eq!(centre.clocks.hidden_wipe, minutes(15));
    assert_eq!(centre.clocks.seat_lease, Duration::from_secs(15));
}

fn super_doc() -> &'static str {
    include_str!("README.md")
}

#[test]
fn the_optional_sections_may_all_be_left_out_and_mean_what_the_file_shows() {
    let file = whole();
    let [start, origins, listeners] =
        ["[line]", "[origins]", "[listeners]"].map(|name| start_of(&file, name));
    let short = format!("{}{}", &file[..start], &file[origins..listeners]);
    let (long, short) = (checked(&file), checked(&short));
    assert_eq!(short.limits, long.limits);
    assert_eq!(short.clocks, long.clocks);
    assert_eq!(short.listeners, long.listeners);
    assert_eq!(short.state_directory, long.state_directory);
    assert_eq!(
        short.line.languages, short.languages,
        "whoever may read the page may be written to in its language"
    );
    assert!(short.proxy.trusted.is_empty(), "nobody is believed unless named");
}

#[test]
fn every_mistake_is_told_at_once_with_its_line_and_a_remedy() {
    let file = whole()
        .replace("phone = \"021-39 87 62\"", "phone = \"call us\"")
        .replace("exit = \"https://www.smhi.se/\"", "exit = \"javascript:alert(1)\"")
        .replace("monday = [\"10.00-15.00\"]", "monday = [\"10.00-25.00\"]")
        .replace("julafton = \"closed\"", "jullafton = \"closed\"")
        .replace("silence_ask = \"5 min\"", "silence_ask = 5")
        .replace("chats_default = 1", "chats_default = 4")
        .replace("relay = \"https://relay.cmhv.example\"", "relay = \"http://relay.cmhv.example\"")
        .replace("Vi öppnar {next_opening}.", "Vi öppnar {nästa}.")
        .replace(ROOT, "d75a");
    let found = faults(&file);
    let told: Vec<_> = found.iter().map(|fault| (fault.key.as_str(), fault.line)).collect();
    let at = |text| line_of(&file, text);
    assert_eq!(
        told,
        [
            ("centre.phone", at("call us")),
            ("centre.exit", at("javascript:")),
            ("hours.week.monday[0]", at("10.00-25.00")),
            ("hours.holidays.jullafton", at("jullafton")),
            ("texts.sv.state.closed", at("closed = [")),
            ("texts.sv.state.closed", at("closed = [")),
            ("staff.chats_default", at("chats_default = 4")),
            ("clocks.silence_ask", at("silence_ask = 5")),
            ("origins.relay", at("http://relay")),
            ("trust.roots[0]", at("\"d75a\"")),
        ]
    );
    assert!(found.iter().all(|fault| !fault.what.is_empty() && fault.remedy.ends_with(['.', '?'])));
    assert_eq!(found[3].remedy, "Did you mean `julafton`?");
}

#[test]
fn a_broken_line_does_not_hide_the_mistakes_after_it_or_invent_missing_keys() {
    let file = with("short_name = \"CMHV\"", "short_name = CMHV heder\"")
        .replace("silence_ask = \"5 min\"", "silence_ask = \"5 minutes\"");
    let found = faults(&file);
    assert!(
        found.iter().any(|fault| fault.line == line_of(&file, "short_name") && fault.what.contains("TOML"))
    );
    assert!(found.iter().any(|fault| fault.key == "clocks.silence_ask"), "{found:#?}");
    assert!(found.iter().all(|fault| fault.what != "this is missing"), "{found:#?}");
}

#[test]
fn an_empty_file_names_what_is_missing_and_does_not_panic() {
    let keys: Vec<_> = faults("").into_iter().map(|fault| fault.key).collect();
    for key in ["centre", "centre.name", "hours.week", "origins.pages", "trust.centre_id", "help_lines"] {
        assert!(keys.iter().any(|found| found == key), "{key} in {keys:?}");
    }
}

#[test]
fn what_is_not_known_is_a_mistake_wherever_it_stands() {
    for (from, to) in [
        ("[centre]", "[centre]\nnmae = 1"),
        ("[hours]", "[extra]\n[hours]"),
        ("[hours.week]", "[hours.week]\nmonnday = []"),
        ("emergency = true", "emergency = true\ncolour = \"red\""),
        ("name.sv = \"Bris\"", "name.sv = \"Bris\"\nname.swedish = \"Bris\""),
        ("\n[trust]", "\n[trust]\nroot = \"\""),
        ("[proxy]", "[proxy]\ntrust = []"),
    ] {
        let fault = fault_of(from, to);
        assert_eq!(fault.what, "there is no setting of this name here", "{fault:?}");
    }
}

#[test]
fn a_key_written_twice_is_told() {
    let found = faults(&with("exit = ", "phone = \"112\"\nexit = "));
    assert!(found.iter().any(|fault| fault.what.contains("TOML")), "{found:#?}");
}

#[test]
fn shifts_may_not_overlap_or_end_before_they_begin_or_let_nobody_in() {
    let week = "monday = [\"10.00-15.00\"]";
    let what = |to: &str| fault_of(week, &format!("monday = {to}")).what;
    assert_eq!(what("[\"10.00-12.00\", \"11.00-15.00\"]"), "two shifts overlap");
    assert_eq!(what("[\"15.00-10.00\"]"), "a shift ends after it begins, on the same day");
    assert_eq!(what("[\"10.00-10.30\"]"), "a shift ends before anybody can be let in");
    assert_eq!(what("[\"10.00-15.00 last 20 minutes\"]"), "`20 minutes` is not a number of minutes");
    assert_eq!(what("\"10.00-15.00\""), "this should be a list");
    checked(&with(week, "monday = [\"10.00-12.00\", \"12.00-15.00\"]"));
    let centre = checked(&with(week, "monday = [\"13.00-15.00 last 20 min\", \"10.00-12.00\"]"));
    let shifts = centre.calendar.shifts_on(date(2026, 11, 23));
    assert_eq!(shifts.iter().map(|s| s.admission_ends().to_string()).collect::<Vec<_>>(), ["11.30", "14.40"]);
}

#[test]
fn exceptions_say_which_days_and_exactly_one_thing() {
    let add = |exception: &str| format!("{}\n[[hours.exceptions]]\n{exception}\n", whole());
    for (exception, what) in [
        ("date = 2027-01-07", "it does not say what is different, or says more than one thing"),
        (
            "date = 2027-01-07\nclosed = true\nuntil = \"12.00\"",
            "it does not say what is different, or says more than one thing",
        ),
        ("closed = true", "the day is missing"),
        ("from = 2027-01-08\nto = 2027-01-07\nclosed = true", "the last day is before the first"),
        ("date = 2027-02-30\nclosed = true", "this is not TOML"),
        ("date = \"2027-01-07\"\nclosed = true", "this should be a day"),
    ] {
        let found = faults(&add(exception));
        assert!(found.iter().any(|fault| fault.what.starts_with(what)), "{exception}: {found:#?}");
    }
    let centre = checked(&add("from = 2027-07-12\nto = 2027-07-30\nshifts = [\"10.00-12.00\"]"));
    assert!(matches!(&centre.calendar.exceptions[0].change, Change::Hours(hours) if hours.len() == 1));
}

#[test]
fn holidays_and_eves_are_named_switches() {
    let centre = checked(&with("skartorsdagen = \"as usual\"", "skartorsdagen = \"until 12.00\""));
    let rules = &centre.calendar.holidays;
    assert_eq!(rules.public, DayRule::Closed);
    assert!(matches!(rules.eves[&Eve::Skartorsdagen], DayRule::Until(end) if end.minutes() == 720));
    assert_eq!(rules.eves.len(), Eve::ALL.len(), "the shipped file names every eve");
    let fault = fault_of("julafton = \"closed\"", "julafton = \"maybe\"");
    assert_eq!(fault.key, "hours.holidays.julafton");
}

#[test]
fn help_lines_keep_the_emergency_number_first_and_their_hours_exact() {
    let moved = {
        let file = whole();
        let start = start_of(&file, "[[help_lines]]");
        let second = start + 2 + start_of(&file[start + 2..], "[[help_lines]]");
        let end = start_of(&file, "[line]");
        format!("{}{}{}{}", &file[..start], &file[second..end], &file[start..second], &file[end..])
    };
    let centre = checked(&moved);
    assert!(centre.help_lines[0].emergency && centre.help_lines[0].phone.dial == "112");

    assert_eq!(fault_of("emergency = true\n", "").key, "help_lines");
    let found = faults(&with("hours = \"24 h\"", "hours = { daily = [\"8-20\"] }"));
    assert_eq!(found[0].what, "the emergency number answers day and night");
    let centre = checked(&whole());
    let evening = &centre.help_lines[6];
    let LineHours::Weekly(week) = &evening.hours else { panic!("{evening:?}") };
    assert_eq!((week.week[3][0].to, week.week[4][0].to), (1_440, 1_500));
    let answers = |line: &HelpLine, text: &str| line.hours.answers(&centre.calendar, text.parse().unwrap());
    assert!(answers(evening, "2026-11-28T00:59:00+01:00"));
    assert!(!answers(evening, "2026-11-28T01:00:00+01:00"));
    assert!(answers(&centre.help_lines[2], "2026-11-23T14:59:00+01:00"));
    assert!(!answers(&centre.help_lines[7], "2026-11-23T12:30:00+01:00"), "closed for lunch");
}

#[test]
fn every_offered_language_has_its_texts_and_another_brings_its_own_words_for_days() {
    let found = faults(&with("languages = [\"sv\", \"en\",", "languages = [\"sv\", \"en\", \"pl\","));
    let keys: Vec<_> = found.iter().map(|fault| fault.key.as_str()).collect();
    for key in ["texts.pl.title", "texts.pl.state.closed", "texts.pl.words.today", "help_lines[0].name.pl"] {
        assert!(keys.contains(&key), "{key} in {keys:?}");
    }
    assert!(!keys.contains(&"texts.en.words.today"));
    let own = checked(&with(
        "[texts.en.state]",
        "[texts.en.words]\ntomorrow = \"the day after, {time}\"\n[texts.en.state]",
    ));
    assert_eq!(own.texts["en"].words.tomorrow, "the day after, {time}");
    assert_eq!(own.texts["en"].words.today, "today at {time}");
}

#[test]
fn a_closed_page_that_does_not_say_when_it_opens_is_a_mistake() {
    let fault = fault_of("    \"Vi öppnar {next_opening}.\",\n", "");
    assert_eq!(
        (fault.key.as_str(), fault.what.as_str()),
        ("texts.sv.state.closed", "nobody is told when it opens again")
    );
}

#[test]
fn invisible_characters_in_a_text_are_refused() {
    for hidden in ["\\u0007", "\\u202e", "\\n", "\\u2066"] {
        let fault = fault_of("name.sv = \"Polisen\"", &format!("name.sv = \"Polisen{hidden}\""));
        assert_eq!(fault.what, "this text holds invisible control characters");
    }
}

#[test]
fn clocks_keep_their_ranges_and_their_order() {
    let what = |from, to| fault_of(from, to).what;
    assert_eq!(what("hidden_wipe = \"15 min\"", "hidden_wipe = \"31 min\""), "31 min is out of range");
    assert_eq!(what("hidden_wipe = \"15 min\"", "hidden_wipe = \"299 s\""), "299 s is out of range");
    assert_eq!(
        what("socket_dead = \"45 s\"", "socket_dead = \"20 s\""),
        "20 s is not longer than socket_ping (20 s)"
    );
    let found = faults(&with("box_ttl = \"20 min\"", "box_ttl = \"14 min\""));
    let what_ttl: Vec<_> = found.iter().map(|fault| fault.what.as_str()).collect();
    assert_eq!(
        what_ttl,
        [
            "14 min is not longer than visitor_lost (15 min)",
            "14 min is not longer than counsellor_boxes (15 min)"
        ]
    );
    assert_eq!(
        what("seat_lease = \"15 s\"", "seat_lease = \"10 s\""),
        "10 s is not longer than twice seat_renew (10 s)"
    );
    assert_eq!(
        what("silence_warn = \"10 min\"", "silence_warn = \"5 min\""),
        "5 min is not longer than silence_ask (5 min)"
    );
    checked(&with("hidden_wipe = \"15 min\"", "hidden_wipe = \"30 min\""));
}

#[test]
fn origins_are_https_except_on_this_machine_and_onions() {
    for good in [
        "https://a.example",
        "https://a.example:8443",
        "http://localhost:8080",
        "http://chat.localhost:8080",
        "http://127.0.0.1",
        "http://[::1]:8080",
        "http://abc234.onion",
    ] {
        assert_eq!(Origin::parse(good).unwrap().to_string(), good);
    }
    for bad in [
        "http://a.example",
        "http://localhost.example",
        "https://a.example/",
        "https://A.example",
        "a.example",
        "https://",
        "https://a b",
        "https://a.example:0",
        "https://a.example:",
        "https://a.example:70000",
        "https://user@a.example",
        "https://-a.example",
        "https://a..example",
        "wss://a.example",
        "https://[::1",
        "http://localhost.evil.example",
        "https://a.example:+80",
    ] {
        assert!(Origin::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Origin::parse("https://a.example:443").unwrap().to_string(), "https://a.example");
    assert_eq!(Origin::parse("https://a.example:444").unwrap().socket(), "wss://a.example:444");
    assert_eq!(Origin::parse("http://localhost:8080").unwrap().socket(), "ws://localhost:8080");
}

#[test]
fn proxies_are_believed_by_address_range() {
    let contains = |range: &str, address: &str| {
        Network::parse(range).unwrap().contains(address.parse::<IpAddr>().unwrap())
    };
    assert!(contains("10.0.0.0/8", "10.255.0.1"));
    assert!(contains("10.0.0.0/8", "::ffff:10.1.1.1"));
    assert!(!contains("10.0.0.0/8", "11.0.0.1"));
    assert!(contains("127.0.0.1", "127.0.0.1") && !contains("127.0.0.1", "127.0.0.2"));
    assert!(contains("fd00::/8", "fdff::1") && !contains("fd00::/8", "fe00::1"));
    assert!(contains("0.0.0.0/0", "8.8.8.8") && !contains("0.0.0.0/0", "::1"));
    for bad in ["10.0.0.0/33", "10.0.0", "/8", "::/129", "localhost", "10.0.0.0/", "10.0.0.0/-1"] {
        assert_eq!(Network::parse(bad), Err(NotNetwork), "{bad}");
    }
}

#[test]
fn the_exit_leads_to_https_and_nowhere_else() {
    for bad in [
        "http://www.smhi.se/",
        "javascript:alert(1)",
        "//x.example",
        "https://",
        "https://a.example/\\\"x",
        "https://a.example/#x",
        "https://u@a.example/",
    ] {
        let file = with("exit = \"https://www.smhi.se/\"", &format!("exit = \"{bad}\""));
        assert_eq!(faults(&file)[0].key, "centre.exit", "{bad}");
    }
    checked(&with("https://www.smhi.se/", "https://www.smhi.se/vader?plats=1"));
}

#[test]
fn trust_names_one_or_two_different_roots() {
    let other = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let with_roots = |roots: &str| with(&format!("roots = [\"{ROOT}\"]"), &format!("roots = {roots}"));
    let two = checked(&with_roots(&format!("[\"{ROOT}\", \"{other}\"]")));
    assert_eq!(two.trust.roots.len(), 2);
    assert_eq!(two.trust.roots[0][..2], [0xd7, 0x5a]);
    for bad in [
        format!("[\"{ROOT}\", \"{ROOT}\"]"),
        format!("[\"{ROOT}\", \"{other}\", \"{ROOT}\"]"),
        "[\"zz\"]".to_owned(),
        "[]".to_owned(),
        format!("\"{ROOT}\""),
    ] {
        assert_eq!(faults(&with_roots(&bad)).len(), 1, "{bad}");
    }
}

#[test]
fn a_wrong_redis_address_is_refused_without_repeating_its_password() {
    let file = format!("{}\n[redis]\nurl = \"http://:hunter2@127.0.0.1\"\n", whole());
    let found = faults(&file);
    assert_eq!(found[0].key, "redis.url");
    assert!(!found[0].to_string().contains("hunter2"));
    let file = format!("{}\n[redis]\nurl = \"redis://127.0.0.1:6379/\"\nvouched = true\n", whole());
    assert!(checked(&file).redis.is_some_and(|redis| redis.vouched));
}

#[test]
fn certificates_for_redis_belong_to_an_address_with_tls_and_come_in_pairs() {
    let with = |more: &str| format!("{}\n[redis]\n{more}", whole());
    let tls = "url = \"rediss://lykta:hunter2@redis.example/\"\n";
    let pair = "client_certificate = \"/etc/a.pem\"\nclient_key = \"/etc/a.key\"\n";
    let redis = checked(&with(&format!("{tls}ca_file = \"/etc/ca.pem\"\n{pair}"))).redis.unwrap();
    assert_eq!(redis.ca_file.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
    assert!(redis.client.is_some_and(|(_, key)| key.ends_with("a.key")));
    for (more, key) in [
        (format!("{tls}ca_file = \"ca.pem\"\n"), "redis.ca_file"),
        (format!("{tls}client_key = \"/etc/a.key\"\n"), "redis.client_key"),
        (format!("{tls}client_certificate = \"/etc/a.pem\"\n"), "redis.client_certificate"),
        ("url = \"redis://127.0.0.1/\"\nca_file = \"/etc/ca.pem\"\n".to_owned(), "redis.ca_file"),
        ("url = \"rediss://:hunter2@127.0.0.1/#insecure\"\n".to_owned(), "redis.url"),
    ] {
        let found = faults(&with(&more));
        assert_eq!((found.len(), found[0].key.as_str()), (1, key), "{found:?}");
        assert!(!found[0].to_string().contains("hunter2"));
    }
}

#[test]
fn the_relays_own_certificate_comes_with_its_key() {
    let with = |more: &str| whole().replacen("[listeners]\n", &format!("[listeners]\n{more}"), 1);
    let (certificate, key) = ("tls_certificate = \"/etc/a.pem\"\n", "tls_key = \"/etc/a.key\"\n");
    assert_eq!(checked(&with("")).listeners.tls, None);
    let tls = checked(&with(&format!("{certificate}{key}"))).listeners.tls.unwrap();
    assert!(tls.0.ends_with("a.pem") && tls.1.ends_with("a.key"));
    for (more, named) in [
        (certificate.to_owned(), "listeners.tls_certificate"),
        (key.to_owned(), "listeners.tls_key"),
        (format!("tls_certificate = \"a.pem\"\n{key}"), "listeners.tls_certificate"),
    ] {
        let found = faults(&with(&more));
        assert_eq!((found.len(), found[0].key.as_str()), (1, named), "{found:?}");
    }
}

#[test]
fn help_lines_grow_old_and_one_host_for_everything_is_pointed_out() {
    let keys = |text: &str, today| {
        warnings(&checked(text), today).into_iter().map(|warning| warning.key).collect::<Vec<_>>()
    };
    let launch = whole().replace(".example", ".example.org");
    assert_eq!(keys(&launch, date(2026, 12, 25)), [] as [&str; 0], "35 days are fine");
    assert_eq!(keys(&launch, date(2026, 12, 26)).len(), 10);
    assert_eq!(keys(&launch, date(2026, 11, 19))[0], "help_lines.checked", "a day to come");
    let today = date(2026, 11, 22);
    assert_eq!(keys(&whole(), today), ["origins"]);
    let one = launch.replace("personal.cmhv", "chatt.cmhv");
    assert_eq!(keys(&one, today), ["origins.staff"]);
    assert_eq!(
        keys(&launch.replace("offer_unread = []", "offer_unread = [\"so\"]"), today),
        ["offer_unread"]
    );
    assert_eq!(
        keys(&launch.replacen("title = \"Start\"", "title = \"CMHV chatt\"", 1), today),
        ["texts.sv.title"]
    );
    let metrics = launch.replace("# metrics = \"127.0.0.1:9464\"", "metrics = \"0.0.0.0:9464\"");
    assert_eq!(keys(&metrics, today), ["listeners.metrics"]);
    assert_eq!(keys(&launch.replace("trusted = [\"127.0.0.1\", \"::1\"]", ""), today), ["proxy.trusted"]);
}

#[test]
fn the_shipped_calendar_opens_and_closes_the_doors() {
    let calendar = checked(&whole()).calendar;
    let state = |text: &str| open_state_by_the_calendar(&calendar.at(text.parse().unwrap()));
    assert_eq!(state("2026-11-23T10:00:00+01:00"), OpenState::Open);
    assert_eq!(state("2026-11-23T14:30:00+01:00"), OpenState::Closing);
    assert_eq!(state("2026-11-23T15:00:00+01:00"), OpenState::Closed);
    assert_eq!(state("2026-12-24T11:00:00+01:00"), OpenState::Closed);
    assert_eq!(state("2027-07-01T10:00:00+02:00"), OpenState::Open);
}

#[test]
fn what_stands_behind_a_quote_that_does_not_end_is_not_called_missing() {
    let told: Vec<_> = faults("[centre]\nnmae = 1\nname = \"x").into_iter().map(|fault| fault.line).collect();
    assert_eq!(told, [2, 3], "the misspelt key and the open quote, and nothing invented");
}

#[test]
fn a_blank_that_is_not_closed_or_not_known_is_told() {
    for (from, to) in
        [("Öppet {week}.", "Öppet {week} {week"), ("\"Öppet {week}.\"", "\"Öppet {week} {days}.\"")]
    {
        assert_eq!(fault_of(from, to).key, "texts.sv.opening_sentence");
    }
    assert_eq!(fault_of("Öppet {week}.", "Öppet alltid.").what, "the blank {week} is missing");
}

#[test]
fn a_counsellor_may_begin_with_the_most_chats_and_with_no_more() {
    checked(&with("chats_default = 1", "chats_default = 2"));
    assert_eq!(fault_of("chats_default = 1", "chats_default = 3").what, "this is more than chats_max");
}

#[test]
fn topics_are_few_plain_words_each_with_its_names() {
    let centre = checked(&whole());
    assert_eq!(centre.topics.first().map(|topic| topic.word.as_str()), Some("control"));
    assert!(centre.topics.iter().all(|topic| topic.name.contains_key("sv") && topic.name.contains_key("en")));
    for (from, to, what) in [
        ("word = \"control\"", "word = \"travel\"", "`travel` is there twice"),
        ("word = \"control\"", "word = \"none\"", "this word stands for no topic at all"),
        ("word = \"control\"", "word = \"Two words\"", "this is not one plain word"),
    ] {
        assert_eq!(fault_of(from, to).what, what);
    }
    let more = |at| format!("[[topics]]\nword = \"more-{at}\"\nname.sv = \"x\"\nname.en = \"x\"\n\n");
    let more: String = (0..5).map(more).collect();
    let fault = fault_of("[clocks]", &format!("{more}[clocks]"));
    assert_eq!(fault.what, "there are too many topics");
}

#[test]
fn templates_have_a_version_and_the_first_language_and_whatever_others_are_written() {
    let centre = checked(&whole());
    let opening = centre.templates.first().expect("the shipped file has templates");
    assert_eq!((opening.key.as_str(), opening.version), ("opening", 1));
    assert!(!opening.text.contains_key("ti"), "a language that nobody wrote is not made up");
    let first = "key = \"opening\"\nversion = 1\n";
    let long = format!("text.en = \"{}\"", "a".repeat(3_001));
    for (from, to, key, what) in [
        ("key = \"opening\"", "key = \"112\"", "templates[3].key", "`112` is there twice"),
        ("key = \"opening\"", "key = \"An opening\"", "templates[0].key", "this is not one plain word"),
        (first, "key = \"opening\"\n", "templates[0].version", "this is missing"),
        (first, "key = \"opening\"\nversion = 0\n", "templates[0].version", "this is not a version"),
        (
            "{name} och är kurator",
            "{namn} och är kurator",
            "templates[0].text.sv",
            "the blank {namn} is not known",
        ),
        ("text.sv = \"Hej", "text.fi = \"Hej", "templates[0].text.sv", "this is missing"),
        (
            "text.sv = \"Hej",
            "text.fi = \"Hej",
            "templates[0].text.fi",
            "there is no setting of this name here",
        ),
        (
            "text.en = \"Are you in danger now? Call 112. I cannot send help to you from here if I do not know where you are.\"",
            long.as_str(),
            "templates[3].text.en",
            "this text has 3001 characters, and the field takes 3000 of them",
        ),
    ] {
        let found = faults(&with(from, to));
        let fault = found.iter().find(|fault| fault.key == key && fault.what == what);
        assert!(fault.is_some_and(|fault| fault.line > 0 && !fault.remedy.is_empty()), "{key}: {found:#?}");
    }
    let more = |at| {
        format!(
            "[[templates]]\nkey = \"more-{at}\"\nversion = 1\nname.sv = \"x\"\nname.en = \"x\"\ntext.sv = \"x\"\n\n"
        )
    };
    let more: String = (0..17).map(more).collect();
    let fault = fault_of("[clocks]", &format!("{more}[clocks]"));
    assert_eq!(fault.what, "there are too many templates");
}

#[test]
fn what_counsellors_read_beside_a_chat_is_whole_in_both_languages() {
    let centre = checked(&whole());
    let child = centre.risks.iter().find(|risk| risk.key == "child").expect("the shipped file has it");
    assert!(child.legal && child.on_call.is_some());
    assert_eq!(child.steps["sv"].len(), child.steps["en"].len());
    assert_eq!(child.numbers[0].phone.dial, "021390000", "a help line's number, by its name");
    assert_eq!(
        centre.consultation.first().map(|part| (part.key.as_str(), part.notes)),
        Some(("deidentify", false))
    );

    let first = "key = \"suicide\"\n";
    let long = format!("\"{}\",\n    \"Fråga rakt ut", "å".repeat(241));
    let many = format!("{}    \"Fråga rakt ut", "\"En till.\",\n".repeat(12));
    let own = "[[risks.numbers]]\nnumber = \"90 000\"\nname.sv = \"x\"\nname.en = \"x\"\n\n[[risks]]\nkey = \"violence\"";
    for (from, to, key, what) in [
        (first, "", "risks[0].key", "this is missing"),
        (first, "key = \"Suicide now\"\n", "risks[0].key", "this is not one plain word"),
        (first, "key = \"child\"\n", "risks[3].key", "`child` is there twice"),
        (first, "key = \"suicide\"\nlegl = true\n", "risks[0].legl", "there is no setting of this name here"),
        (
            first,
            "key = \"suicide\"\nlegal = \"yes\"\n",
            "risks[0].legal",
            "this should be true or false, not a text",
        ),
        ("title.en = \"Thoughts of suicide\"", "", "risks[0].title.en", "this is missing"),
        (
            "[\"112\", \"116 111\", \"020",
            "[\"112\", \"116 112\", \"020",
            "risks[0].help_lines",
            "no help line has the number 116 112",
        ),
        ("help_lines = [\"112\", \"021-39 87 62\"]", "", "risks[4].help_lines", "there is no number to call"),
        (
            "\"Fråga rakt ut",
            long.as_str(),
            "risks[0].steps.sv[0]",
            "this sentence has 241 characters, and beside a chat 240 are read",
        ),
        ("\"Fråga rakt ut", many.as_str(), "risks[0].steps.sv", "there are too many sentences"),
        (
            "\"Fråga rakt ut",
            "\"En till.\",\n    \"Fråga rakt ut",
            "risks[0].steps.en",
            "these are 9 sentences, and sv has 10",
        ),
        ("[[risks]]\nkey = \"violence\"", own, "risks[0].numbers[0].checked", "this is missing"),
        ("key = \"deidentify\"\n", "key = \"risk\"\n", "consultation[2].key", "`risk` is there twice"),
        (
            "key = \"deidentify\"\n",
            "key = \"deidentify\"\nnotes = 1\n",
            "consultation[0].notes",
            "this should be true or false, not a whole number",
        ),
    ] {
        let found = faults(&with(from, to));
        let fault = found.iter().find(|fault| fault.key == key && fault.what == what);
        assert!(
            fault.is_some_and(|fault| fault.line > 0 && !fault.remedy.is_empty()),
            "{key}: {what}: {found:#?}"
        );
    }
    let file = whole();
    let at = line_of(&file, "key = \"violence\"");
    let found = faults(&file.replacen("key = \"violence\"", "key = \"suicide\"", 1));
    assert_eq!(found.iter().map(|fault| fault.line).collect::<Vec<_>>(), [at], "the line it stands on");
    for (section, most, what) in
        [("risks", 9, "there are too many risks"), ("consultation", 9, "there are too many parts")]
    {
        let (sentences, numbers) = if section == "risks" {
            ("steps", "help_lines = [\"116 111\"]\nnote.sv = \"x\"\nnote.en = \"x\"\n")
        } else {
            ("points", "")
        };
        let one = |at| {
            format!(
                "[[{section}]]\nkey = \"more-{at}\"\ntitle.sv = \"x\"\ntitle.en = \"x\"\n\
                 {sentences}.sv = [\"x\"]\n{sentences}.en = [\"x\"]\n{numbers}\n"
            )
        };
        let more: String = (0..most).map(one).collect();
        assert_eq!(fault_of("[clocks]", &format!("{more}[clocks]")).what, what);
    }
}

#[test]
fn a_danger_for_which_nobody_is_on_call_and_a_number_nobody_calls_are_warned_about() {
    let keys = |text: &str| {
        let today = date(2026, 11, 22);
        let found = warnings(&checked(text), today).into_iter();
        found
            .filter(|one| one.key.starts_with("risks"))
            .map(|one| (one.key, one.line > 0))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&whole()), []);
    let nobody: String = whole()
        .lines()
        .filter(|line| !line.starts_with("on_call."))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(keys(&nobody), vec![("risks.on_call".to_owned(), true); 5]);
    let own = |day: &str| {
        let number = format!(
            "[[risks.numbers]]\nnumber = \"90 000\"\nchecked = {day}\nname.sv = \"x\"\nname.en = \"x\"\n\n"
        );
        with("[[risks]]\nkey = \"violence\"", &format!("{number}[[risks]]\nkey = \"violence\""))
    };
    assert_eq!(keys(&own("2026-11-20")), []);
    for day in ["2026-01-01", "2026-12-01"] {
        assert_eq!(keys(&own(day)), [("risks.numbers.checked".to_owned(), true)], "{day}");
    }
    let unconfirmed = with(
        "number = \"116 111\"\naudience = \"children\"\nchecked = 2026-11-20\n",
        "number = \"116 111\"\naudience = \"children\"\n",
    );
    assert_eq!(
        keys(&unconfirmed),
        [("risks.help_lines".to_owned(), true)],
        "nobody is told a number that may be wrong"
    );
    let (before, rest) = {
        let file = whole();
        let at = start_of(&file, "[[risks]]");
        let end = start_of(&file, "[[consultation]]");
        (file[..at].to_owned(), file[end..].to_owned())
    };
    assert_eq!(keys(&format!("{before}{rest}")), [("risks".to_owned(), false)]);
}

#[test]
fn what_each_of_the_staff_writes_stands_in_the_file_once() {
    let file = |people: &str| with("[clocks]\n", &format!("{people}\n[clocks]\n"));
    let alva = "[[staff.writes]]\nname = \"Alva\"\nlanguages = [\"sv\", \"ar\"]\n";
    let centre = check_for_demo(&file(alva)).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(centre.staff.writes["Alva"], ["sv", "ar"]);
    for (wrong, what) in [
        (format!("{alva}{alva}"), "stands here twice"),
        ("[[staff.writes]]\nname = \"Bo\"\n".to_owned(), "no language is named"),
        ("[[staff.writes]]\nname = \"Bo\"\nlanguages = [\"svenska\"]\n".to_owned(), "is not a language tag"),
    ] {
        let found = faults(&file(&wrong));
        assert!(found.iter().any(|fault| fault.what.contains(what)), "{wrong}: {found:#?}");
    }
}
