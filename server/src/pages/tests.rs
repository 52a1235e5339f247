use std::fmt::Write as _;

use jiff::Timestamp;
use proptest::prelude::*;

use super::template::{SLOTS, escape};
use super::*;
use crate::centre::check_for_demo;
use crate::hours::open_state_by_the_calendar;

const CENTRE: &str = include_str!("../../../deploy/centre.toml");
const VISITOR_HTML: &str = include_str!("testdata/visitor.html");
const STAFF_HTML: &str = include_str!("testdata/staff.html");

fn centre() -> Centre {
    centre_with(&[])
}

/// The shipped centre with some texts replaced.
fn centre_with(changes: &[(&str, &str)]) -> Centre {
    let mut file = CENTRE.to_owned();
    for (from, to) in changes {
        assert!(file.contains(from), "{from}");
        file = file.replacen(from, to, 1);
    }
    let mut centre = check_for_demo(&file).unwrap_or_else(|faults| panic!("{faults:#?}"));
    centre.trust.centre_id = [0x11; 16];
    centre.trust.roots = vec![[0xab; 32], [0xcd; 32]];
    centre
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> (String, Cow<'static, [u8]>) {
    (name.to_owned(), Cow::Owned(bytes.into()))
}

fn pages() -> Pages {
    Pages::from_files([
        file(VISITOR, VISITOR_HTML),
        file(STAFF, STAFF_HTML),
        file("visitor.csp.json", "{}"),
        file("assets/a.js", "the script"),
        file("assets/a.js.br", "as brotli"),
        file("assets/a.js.gz", "as gzip"),
        file("assets/visit.wasm", b"\0asm"),
        file("assets/visit.wasm.br", "wasm as brotli"),
        file("assets/en.json", "{}"),
        file(
            "assets/en-0123456789ab.json",
            r#"{"_language":"English","_read":"1","broken.script":"No script.","help.title":"Others"}"#,
        ),
    ])
    .unwrap_or_else(|error| panic!("{error}"))
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const MONDAY_MORNING: &str = "2026-11-23T11:00:00+01:00";
const FRIDAY_EVENING: &str = "2026-11-27T20:00:00+01:00";

fn with_view<T>(
    centre: &Centre,
    place: Place,
    time: &str,
    language: &str,
    then: impl Fn(&View<'_>) -> T,
) -> T {
    let now = centre.calendar.at(instant(time));
    let state = open_state_by_the_calendar(&now);
    then(&View { centre, place, state, now: &now, staffed: &[], on_duty: &[], language })
}

fn body(centre: &Centre, place: Place, time: &str, language: &str) -> String {
    with_view(centre, place, time, language, |view| pages().visitor(view).body)
}

/// What stands in a slot of a rendered page.
fn slot(page: &str, name: &str) -> String {
    let start = page.split_once(&format!("<!--slot:{name}-->")).unwrap().1;
    start.split_once("<!--/slot-->").unwrap().0.to_owned()
}

#[test]
fn a_closed_page_says_when_it_opens_and_who_answers_now_without_any_script() {
    let page = body(&centre(), Place::Pages, FRIDAY_EVENING, "sv");
    assert!(page.contains(r#"data-state="closed""#));
    assert_eq!(
        slot(&page, "state"),
        "<p>Chatten är stängd nu. Vi öppnar på måndag klockan 10.00. Vi kan inte läsa det du skriver när det \
         är stängt. Fara nu: ring 112. Tvingas du resa snart? Ring polisen, 112 om det är bråttom, annars 114 14.</p>"
    );
    let lists = slot(&page, "help_lines");
    let (lines, closed) = lists.split_once("</ul>").unwrap();
    assert!(lines.starts_with(
        "<ul><li><span>Nödnumret</span> <a href=\"tel:112\">112</a> \
         <small>Fara nu · De frågar vad som har hänt och var du är. · ✓\u{a0}2026-11-20</small></li>"
    ));
    assert!(lines.contains(r#"<a href="tel:+4684055005">+46 8 405 50 05</a>"#));
    assert!(lines.contains("Socialjouren"), "Friday 20.00 is within its evening");
    assert!(lines.contains("Rätt att välja"));
    assert!(!lines.contains("021-39 87 62"), "the centre's own telephone is closed");
    assert!(!lines.contains("Mottagning") && !lines.contains("Nationella stödtelefonen"));
    // Behind them whoever is closed, with when they answer.
    for (name, when) in [
        ("CMHV", "stängt nu, svarar på måndag klockan 10.00 (måndag–fredag klockan 10.00–15.00)"),
        (
            "Mottagning",
            "stängt nu, svarar på måndag klockan 08.30 (måndag–fredag klockan 08.30–12.00 och 13.00–16.00)",
        ),
        (
            "Nationella",
            "stängt nu, svarar på måndag klockan 09.00 (måndag klockan 09.00–12.00, onsdag klockan 09.00–12.00 och fredag klockan 09.00–12.00)",
        ),
    ] {
        assert!(closed.contains(name) && closed.contains(when), "{when}: {closed}");
    }
    let places = ["CMHV", "Nationella", "<h2>Västerås</h2><ul>", "Mottagning"].map(|name| closed.find(name));
    assert!(
        places.is_sorted(),
        "for everywhere, professionals last, then under the name of a municipality: {closed}"
    );
    assert_eq!(closed.matches("<li>").count(), 3);
    assert_eq!(slot(&page, "hours"), "<p>Öppet måndag–fredag klockan 10.00–15.00.</p>");
    assert!(slot(&page, "call_list_note").contains("samtalslista"));
    assert_eq!(slot(&page, "demo_banner"), "");
}

#[test]
fn a_line_that_is_closed_says_in_every_language_when_it_answers_and_what_happens_there() {
    let centre = centre();
    // Friday 1 January 2027: the weekday's hours do not hold, and the next day is a Saturday.
    let new_year = "2027-01-01T10:30:00+01:00";
    for language in &centre.languages {
        let closed =
            with_view(&centre, Place::Pages, new_year, language, |view| sentences(view).closed_lines);
        let words = &centre.texts[language].words;
        let answers = [
            ("021-39 87 62", "2027-01-04T10:00:00+01:00"),
            ("021-39 20 66", "2027-01-01T15:00:00+01:00"),
            ("010-223 57 60", "2027-01-04T09:00:00+01:00"),
            ("021-39 00 00", "2027-01-04T08:30:00+01:00"),
        ];
        assert_eq!(closed.len(), answers.len(), "{language}");
        for (shown, (number, next)) in closed.iter().zip(answers) {
            assert_eq!(shown.number, number, "{language}");
            let when = words.moment(&centre.calendar, instant(new_year), instant(next));
            assert!(shown.note.contains(&when), "{language}: {} lacks {when}", shown.note);
            let known = centre.help_lines.iter().find(|line| line.phone.shown == number).unwrap();
            assert!(shown.note.contains(&known.happens[language]), "{language}: {}", shown.note);
            assert!(!shown.short_note.contains(&known.happens[language]));
        }
        let time = |hour| words.time.replace("{hour}", hour).replace("{minute}", "00");
        let evening = &closed[1].note;
        assert!(evening.contains(&time("24")) && evening.contains(&time("01")), "{language}: {evening}");
    }
}

#[test]
fn every_line_stands_in_one_of_the_two_lists_at_any_hour() {
    let centre = centre();
    let start = instant("2026-12-21T00:00:00+01:00");
    for quarter in 0..(14 * 24 * 4) {
        let time = (start + jiff::SignedDuration::from_mins(15 * quarter)).to_string();
        let said = with_view(&centre, Place::Pages, &time, "sv", sentences);
        let both = said.help_lines.iter().chain(&said.closed_lines);
        let mut numbers: Vec<&str> = both.map(|line| line.number.as_str()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), centre.help_lines.len(), "{time}");
        assert_eq!(said.help_lines.len() + said.closed_lines.len(), centre.help_lines.len(), "{time}");
        assert!(said.closed_lines.iter().all(|line| line.note.contains("stängt nu, svarar ")), "{time}");
    }
}

#[test]
fn an_open_page_tells_the_last_admission_and_soon_that_it_closes() {
    let centre = centre();
    let sentence =
        |time, language| with_view(&centre, Place::Pages, time, language, |view| sentences(view).sentence);
    assert_eq!(
        sentence(MONDAY_MORNING, "sv"),
        "Chatten är öppen. Du kan börja en chatt fram till klockan 14.30."
    );
    assert_eq!(sentence(MONDAY_MORNING, "en"), "The chat is open. You can start a chat until 14:30.");
    assert!(sentence("2026-11-23T14:20:00+01:00", "sv").ends_with("Chatten stänger snart för nya samtal."));
    assert_eq!(
        sentence("2026-11-23T14:40:00+01:00", "sv"),
        "Vi tar inte emot fler chattar i dag. Du kan ringa 021-39\u{a0}87\u{a0}62 till klockan 15.00. \
         Chatten öppnar i morgon klockan 10.00."
    );
    for (language, isolated) in [("sv", false), ("ar", true), ("prs", true), ("ti", false)] {
        let closing = sentence("2026-11-23T14:40:00+01:00", language);
        assert!(closing.contains("021-39\u{a0}87\u{a0}62"), "{closing}");
        let number = "\u{2066}021-39\u{a0}87\u{a0}62\u{2069}";
        assert_eq!(closing.contains(number), isolated, "{closing}: a hyphen lets groups change places, too");
    }
    let professionals =
        with_view(&centre, Place::Pages, MONDAY_MORNING, "sv", |view| sentences(view).help_lines);
    assert_eq!(professionals.first().unwrap().number, "112");
    let [.., professional, of_one] = &professionals[..] else { panic!("several answer") };
    assert_eq!(
        (&*professional.number, &*professional.area),
        ("010-223 57 60", ""),
        "last of all for everywhere"
    );
    assert_eq!((&*of_one.number, &*of_one.area), ("021-39 00 00", "Västerås"));
    assert!(of_one.short_note.contains(" · Västerås · ") && !of_one.note.contains("Västerås"));
}

#[test]
fn doors_that_are_always_open_leave_out_what_they_cannot_say() {
    let centre = centre();
    let now = Now::always_open(&centre.calendar.zone, instant(FRIDAY_EVENING));
    let view = View {
        centre: &centre,
        place: Place::Demo,
        state: OpenState::Open,
        now: &now,
        staffed: &[],
        on_duty: &[],
        language: "sv",
    };
    assert_eq!(sentences(&view).sentence, "Chatten är öppen.");
    let page = pages().visitor(&view).body;
    assert!(slot(&page, "demo_banner").contains("Demonstration"));
    assert!(page.contains(r#"data-demo="demo""#));
    assert!(page.contains(r#"data-relay="""#));
}

#[test]
fn slots_in_another_language_than_the_document_say_so() {
    let page = body(&centre(), Place::Pages, FRIDAY_EVENING, "en");
    assert!(
        slot(&page, "state")
            .starts_with(r#"<p lang="en" dir="ltr">The chat is closed now. We open on Monday at 10:00."#)
    );
    assert!(slot(&page, "help_lines").starts_with(r#"<ul lang="en" dir="ltr">"#));
    assert!(
        page.contains("<p>Öppet måndag"),
        "a blank cannot be marked and stays in the document's language"
    );
    let unknown = body(&centre(), Place::Pages, FRIDAY_EVENING, "xx");
    assert_eq!(unknown, body(&centre(), Place::Pages, FRIDAY_EVENING, "sv"));
}

#[test]
fn the_trust_block_stands_in_the_attributes_of_html() {
    let page = body(&centre(), Place::Pages, MONDAY_MORNING, "sv");
    let roots = format!("{},{}", "ab".repeat(32), "cd".repeat(32));
    assert!(page.contains(&format!(
        r#"data-centre-id="{}" data-roots="{roots}" data-min-roster-epoch="0""#,
        "11".repeat(16)
    )));
    assert!(page.contains(
        r#"data-relay="https://relay.cmhv.example" data-exit="https://www.smhi.se/" data-demo="""#
    ));
    assert!(page.contains(r#"&quot;hidden_wipe&quot;:900"#));
    assert!(page.contains(r#"<a href="tel:021398762">021-39 87 62</a>"#));
    assert!(page.contains(r#"<a role="button" href="https://www.smhi.se/" rel="noreferrer""#));
}

#[test]
fn an_onion_page_talks_to_its_own_onion_only() {
    let centre = centre_with(&[("# onion = \"http://….onion\"", "onion = \"http://abc234.onion\"")]);
    with_view(&centre, Place::Onion, MONDAY_MORNING, "sv", |view| {
        let page = pages().visitor(view);
        assert!(page.body.contains(r#"data-relay="""#));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("connect-src 'self' ws://abc234.onion;"));
        assert!(!policy.contains("cmhv"));
        assert!(!page.headers.contains_key("strict-transport-security"));
    });
}

const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\\\" onmouseover=\\\"alert(1)",
    "' onfocus='alert(1)",
    "<!--/slot--><img src=x onerror=alert(1)>",
    "</title><script>1</script>",
    "&lt;b&gt; & &amp;",
    "{{exit}} <!--slot:state-->",
];

#[test]
fn a_hostile_text_in_the_file_stays_a_text() {
    let harmless = body(&centre(), Place::Pages, MONDAY_MORNING, "sv");
    let tags = |page: &str| page.matches('<').count();
    for hostile in HOSTILE {
        let put = |key: &str| format!("{key} = \"{hostile}\"");
        let centre = centre_with(&[
            ("name = \"Centrum mot hedersrelaterat våld Västmanland\"", &put("name")),
            ("short_name = \"CMHV\"", &put("short_name")),
            ("title = \"Start\"", &put("title")),
            ("name.sv = \"Polisen\"", &put("name.sv")),
            ("for.sv = \"När det inte är bråttom\"", &put("for.sv")),
            ("\"Chatten är öppen.\"", &format!("\"{hostile}\"").replace("{{exit}}", "")),
            ("call_list_note = \"Numret", &format!("call_list_note = \"{hostile} Numret")),
        ]);
        let page = body(&centre, Place::Pages, MONDAY_MORNING, "sv");
        assert_eq!(tags(&page), tags(&harmless), "{hostile}: markup was added");
        assert!(!page.contains("<script>") && !page.contains("<img"), "{hostile}");
        let head = page.split_once("<head>").unwrap().0;
        assert_eq!(
            head.matches('"').count(),
            VISITOR_HTML.split_once("<head>").unwrap().0.matches('"').count()
        );
        let whole = pages();
        let found = whole.template(Which::Visitor).read_back(&page).unwrap();
        assert_eq!(found["centre_name"], escape(&hostile.replace("\\\"", "\"")));
    }
}

#[test]
fn a_hostile_text_in_the_json_stays_a_text() {
    for hostile in HOSTILE {
        let centre = centre_with(&[("name.sv = \"Polisen\"", &format!("name.sv = \"{hostile}\""))]);
        let json = with_view(&centre, Place::Pages, MONDAY_MORNING, "sv", |view| pages().state_json(view));
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["sv"]["help_lines"][1]["name"], hostile.replace("\\\"", "\""));
    }
}

#[test]
fn the_state_as_json_holds_the_same_sentences_as_the_page() {
    let centre = centre();
    let json = with_view(&centre, Place::Pages, FRIDAY_EVENING, "sv", |view| pages().state_json(view));
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["state"], "closed");
    let page = body(&centre, Place::Pages, FRIDAY_EVENING, "sv");
    assert_eq!(slot(&page, "state"), format!("<p>{}</p>", read["sv"]["sentence"].as_str().unwrap()));
    assert_eq!(read["staffed"], serde_json::json!([]));
    assert_eq!(read["on_duty"], serde_json::json!([]));
    assert_eq!(read["en"]["opening_sentence"], "Open Monday–Friday 10:00–15:00.");
    let first = &read["sv"]["help_lines"][0];
    assert_eq!(
        (&first["number"], &first["href"], &first["note"]),
        (
            &"112".into(),
            &"tel:112".into(),
            &"Fara nu · De frågar vad som har hänt och var du är. · ✓\u{a0}2026-11-20".into()
        )
    );
    let keys: Vec<_> = read.as_object().unwrap().keys().collect();
    let mut expected: Vec<_> =
        centre.languages.iter().map(String::as_str).chain(["state", "staffed", "on_duty"]).collect();
    expected.sort_unstable();
    assert_eq!(keys, expected);
}

#[test]
fn without_script_every_offered_language_says_what_holds_now_and_who_answers() {
    let text = |name: &str, direction: &str, read: &str| {
        format!(
            r#"{{"_language":"{name}","_direction":"{direction}","_read":"{read}","broken.script":"<{name}>","help.title":"More"}}"#
        )
    };
    let pages = Pages::from_files([
        file(VISITOR, VISITOR_HTML),
        file(STAFF, STAFF_HTML),
        file("assets/ar-0123456789ab.json", text("العربية", "rtl", "")),
        file("assets/en-0123456789ab.json", text("English", "ltr", "1")),
        file("assets/so-0123456789ab.json", text("Soomaali", "ltr", "")),
        file("assets/xx-0123456789ab.json", text("Nobody's", "ltr", "1")),
    ])
    .unwrap_or_else(|error| panic!("{error}"));
    let languages = |centre: &Centre, place| {
        let page = with_view(centre, place, FRIDAY_EVENING, "sv", |view| pages.visitor(view).body);
        slot(&page, "other_languages")
    };
    let one = languages(&centre(), Place::Pages);
    assert!(one.starts_with(r#"<details lang="en" dir="ltr"><summary>English</summary>"#), "{one}");
    assert!(
        one.contains("<p>The chat is closed now. We open on Monday at 10:00.")
            && one.contains("<p>&lt;English&gt;")
    );
    assert!(one.contains(r#"<a href="tel:112">112</a>"#) && !one.contains("021-39 87 62"), "those open now");
    assert!(one.contains(r#"<p><a href="/en">More</a></p>"#), "and the way to the rest");
    assert_eq!(one.matches("<details").count(), 1, "nobody has read the others");
    let unread = centre_with(&[("offer_unread = []", "offer_unread = [\"so\"]")]);
    assert_eq!(languages(&unread, Place::Pages).matches("<details").count(), 2);
    let demo = languages(&centre(), Place::Demo);
    assert!(demo.contains(r#"<details lang="ar" dir="rtl"><summary>العربية</summary>"#));
    assert_eq!(demo.matches("<details").count(), 3, "and none that the centre does not have");
}

#[test]
fn without_script_a_language_has_an_address_with_everything_there_is_to_read_and_no_script() {
    let text = |name: &str| {
        format!(
            r#"{{"_language":"{name}","_direction":"ltr","_read":"","broken.script":"a","help.title":"b"}}"#
        )
    };
    let plain = r#"<!doctype html><html lang="so"><title>{{title}}</title><style>p{}</style><a href="{{exit}}" data-t="exit">Ka bax</a><!--slot:state--><!--/slot--><!--slot:help_lines--><!--/slot--><nav><!--slot:other_languages--><!--/slot--></nav></html>"#;
    let pages = Pages::from_files([
        file(VISITOR, VISITOR_HTML),
        file(STAFF, STAFF_HTML),
        file("plain.so.html", plain),
        file("plain.ti.html", plain.replace("\"so\"", "\"ti\"")),
        file("assets/so-0123456789ab.json", text("Soomaali")),
        file("assets/ti-0123456789ab.json", text("ትግርኛ")),
    ])
    .unwrap_or_else(|error| panic!("{error}"));
    let somali =
        |centre: &Centre, place| with_view(centre, place, FRIDAY_EVENING, "so", |view| pages.plain(view));
    assert!(somali(&centre(), Place::Pages).is_none(), "nobody has read it");
    let unread = [("offer_unread = []", "offer_unread = [\"so\"]")];
    let page = somali(&centre_with(&unread), Place::Pages).unwrap();
    assert_eq!(slot(&page.body, "other_languages"), "", "the other one is not offered");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self' 'sha256-"), "{policy}");
    assert!(!policy.contains("script-src") && !policy.contains("connect-src"), "{policy}");
    assert_eq!(page.headers["cache-control"], "no-store");

    let Page { body, .. } = somali(&centre(), Place::Demo).unwrap();
    assert_eq!(slot(&body, "other_languages"), r#" <a lang="ti" dir="ltr" href="/ti">ትግርኛ</a>"#);
    assert!(
        slot(&body, "help_lines").matches("<ul>").count() == 3,
        "the closed ones too, in its own language"
    );
    for nothing in ["sv", "xx", "assets"] {
        assert!(
            with_view(&centre(), Place::Demo, FRIDAY_EVENING, nothing, |view| pages.plain(view)).is_none()
        );
    }
    let own = centre_with(&[("[texts.so.state]", "[texts.so.page]\nexit = \"Bax hadda\"\n[texts.so.state]")]);
    assert!(somali(&own, Place::Demo).unwrap().body.contains(">Bax hadda</a>"), "said by the centre");
}

#[test]
fn the_empty_page_is_the_same_for_every_centre_at_any_hour() {
    let pages = pages();
    let empty = String::from_utf8(pages.slot_empty_bytes(Which::Visitor)).unwrap();
    assert!(!empty.contains("{{") && !empty.contains("cmhv") && !empty.contains("stängd"));
    assert!(empty.contains("<!--slot:state--><!--/slot-->") && empty.contains(r#"data-state="""#));
    assert!(empty.contains("Lämna sidan"), "fixed text stays");
}

#[test]
fn a_fetched_page_can_be_read_back_and_one_changed_byte_is_found() {
    let pages = pages();
    let template = pages.template(Which::Visitor);
    let page = body(&centre(), Place::Pages, FRIDAY_EVENING, "sv");
    let found = template.read_back(&page).unwrap();
    assert_eq!(found["exit"], "https://www.smhi.se/");
    assert_eq!(found["state"], "closed");
    assert_eq!(found["opening_sentence"], "Öppet måndag–fredag klockan 10.00–15.00.");
    assert!(found["slot:state"].starts_with("<p>Chatten är stängd nu."));

    let evil = page.replace("integrity=\"sha384-y\"", "integrity=\"sha384-z\"");
    assert_eq!(template.read_back(&evil), Err(Differs { at: page.find("sha384-y").unwrap() + 7 }));
    assert!(template.read_back(&format!("{page}<script>")).is_err());
    assert!(template.read_back(&page[..page.len() - 1]).is_err());
    let other_exit = page.replacen("href=\"https://www.smhi.se/\"", "href=\"https://evil.example/\"", 1);
    assert!(template.read_back(&other_exit).is_err(), "the two places of the exit must agree");
}

proptest! {
    #[test]
    fn whatever_is_filled_in_is_read_back_escaped_and_the_rest_untouched(
        values in proptest::collection::vec("\\PC{0,20}", super::template::BLANKS.len())
    ) {
        let template = Template::parse(VISITOR_HTML).unwrap();
        let value = |name: &str| {
            let index = super::template::BLANKS.iter().position(|known| *known == name).unwrap();
            values[index].clone()
        };
        let page = template.fill(|_| Some(String::new()), value);
        let found = template.read_back(&page).unwrap();
        for (name, read) in found.iter().filter(|(name, _)| !name.starts_with("slot:")) {
            prop_assert_eq!(read, &escape(&value(name)));
        }
        let unescaped = |c: char| c == '<' || c == '>' || c == '"' || c == '\'';
        prop_assert!(found.values().all(|read| !read.contains(unescaped)));
    }

    #[test]
    fn no_text_makes_the_parser_panic_and_what_it_accepts_it_gives_back(text in "[<>!/={}\"' a-z:\\-\n]{0,60}") {
        if let Ok(template) = Template::parse(&text) {
            let page = template.fill(|_| None, |_| String::new());
            // Without blanks the page is the source.
            if !text.contains("{{") {
                prop_assert_eq!(page, text);
            }
        }
    }
}

#[test]
fn a_blank_where_it_could_become_code_is_refused() {
    for bad in [
        "<script type=\"importmap\">{{exit}}</script>",
        "<style>{{exit}}</style>",
        "<p onclick=\"{{exit}}\">",
        "<p style=\"{{exit}}\">",
        "<p class={{exit}}>",
        "<p {{exit}}>",
        "<{{exit}}>",
        "<a href=\"{{centre_name}}\">",
        "<a href=\"x{{exit}}\">",
        "<img src=\"{{exit}}\">",
        "<!-- {{exit}} -->",
        "<p title=\"<!--slot:state--><!--/slot-->\">",
        "<title><!--slot:state--><!--/slot--></title>",
        "<!--slot:state-->{{exit}}<!--/slot-->",
        "<!--slot:state--><!--slot:hours--><!--/slot--><!--/slot-->",
        "<script src=\"/assets/a.js\"><!--slot:state--><!--/slot--></script>",
    ] {
        assert!(
            matches!(Template::parse(bad), Err(TemplateError::Misplaced(_))),
            "{bad}: {:?}",
            Template::parse(bad)
        );
    }
}

#[test]
fn a_template_that_is_not_understood_is_refused() {
    use TemplateError::*;
    for (bad, error) in [
        ("<p>{{exit</p>", Unfinished("blank")),
        ("<p>{{nobody}}</p>", UnknownBlank("nobody".into())),
        ("<!--slot:nobody--><!--/slot-->", UnknownSlot("nobody".into())),
        ("<!--slot:state-->", Unfinished("slot")),
        ("<!-- x", Unfinished("comment")),
        ("<p class=\"", Unfinished("tag")),
        ("<p", Unfinished("tag")),
        ("<style>", Unfinished("style")),
        ("<script>alert(1)</script>", InlineScript),
        ("<script src=\"/a.js\">alert(1)</script>", InlineScript),
        ("<style>a{}</style><style>b{}</style>", Second("inline style")),
    ] {
        assert_eq!(Template::parse(bad), Err(error), "{bad}");
    }
    assert!(matches!(Pages::from_files([file(STAFF, STAFF_HTML)]), Err(LoadError::Missing(VISITOR))));
    let odd = [file(VISITOR, VISITOR_HTML), file(STAFF, STAFF_HTML), file("assets/x.exe", "")];
    assert!(matches!(Pages::from_files(odd), Err(LoadError::UnknownKind(name)) if name == "assets/x.exe"));
}

#[test]
fn every_slot_has_something_to_put_in() {
    let markup = SLOTS.iter().fold(String::new(), |mut page, name| {
        write!(page, "<!--slot:{name}-->nothing<!--/slot-->").unwrap();
        page
    });
    let centre = centre();
    let page = with_view(&centre, Place::Demo, MONDAY_MORNING, "sv", |view| {
        fill::page(&Template::parse(&markup).unwrap(), Which::Visitor, view, || {
            fill::other_languages(view, "sv", &pages().spoken)
        })
    });
    assert!(!page.contains("nothing"), "{page}");
    for name in SLOTS {
        assert!(!slot(&page, name).is_empty(), "{name}");
    }
}

/// All headers, one per line, sorted.
fn listed(headers: &HeaderMap) -> String {
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect();
    lines.sort();
    lines.concat()
}

const OFF: &str = "accelerometer=(), bluetooth=(), \
    browsing-topics=(), camera=(), captured-surface-control=(), clipboard-read=(), clipboard-write=(), \
    compute-pressure=(), display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), \
    gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), interest-cohort=(), \
    keyboard-map=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), \
    otp-credentials=(), payment=(), picture-in-picture=(), private-state-token-issuance=(), \
    private-state-token-redemption=(), screen-wake-lock=(), serial=(), \
    speaker-selection=(), storage-access=(), sync-xhr=(), usb=(), web-share=(), xr-spatial-tracking=()";

#[test]
fn the_visitors_page_carries_exactly_these_headers() {
    let headers =
        with_view(&centre(), Place::Pages, MONDAY_MORNING, "sv", |view| pages().visitor(view).headers);
    // The hashes: printf '%s' '…' | openssl dgst -sha256 -binary | base64
    let expected = format!(
        "cache-control: no-store\n\
         content-security-policy: default-src 'none'; \
         script-src 'self' 'wasm-unsafe-eval' 'sha256-46YuLnIhTgkWNIpLQGfls9+xNRu03zAQXmrQ/Pu+SnU='; \
         style-src 'self' 'sha256-3NukuEgz3eCqFp2865Fm74xAoTPS6ruvf41GmFVYVzg='; img-src 'self'; \
         connect-src 'self' https://relay.cmhv.example wss://relay.cmhv.example; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'\n\
         content-type: text/html; charset=utf-8\n\
         cross-origin-opener-policy: same-origin\n\
         cross-origin-resource-policy: same-origin\n\
         integrity-policy: blocked-destinations=(script)\n\
         origin-agent-cluster: ?1\n\
         permissions-policy: {OFF}, autoplay=(), publickey-credentials-create=(), publickey-credentials-get=()\n\
         referrer-policy: no-referrer\n\
         strict-transport-security: max-age=63072000\n\
         x-content-type-options: nosniff\n"
    );
    assert_eq!(listed(&headers), expected);
}

#[test]
fn the_console_carries_exactly_these_headers() {
    let headers =
        with_view(&centre(), Place::Staff, MONDAY_MORNING, "sv", |view| pages().staff(view).headers);
    let expected = format!(
        "cache-control: no-store\n\
         content-security-policy: default-src 'none'; \
         script-src 'self' 'wasm-unsafe-eval' 'sha256-v1IUEqDyKCfHdg2mkshdZlh1JwxKZIMqsI0JxkeP1Qo='; \
         style-src 'self' 'sha256-IAdwN3biDCQ3brrgp1m8kBEsPQYyqfREKOEfeoREopc='; img-src 'self'; \
         connect-src 'self' wss://personal.cmhv.example https://chatt.cmhv.example; \
         worker-src 'self'; media-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types lykta-worker\n\
         content-type: text/html; charset=utf-8\n\
         cross-origin-opener-policy: same-origin\n\
         cross-origin-resource-policy: same-origin\n\
         integrity-policy: blocked-destinations=(script)\n\
         origin-agent-cluster: ?1\n\
         permissions-policy: {OFF}, autoplay=(self), publickey-credentials-create=(self), \
         publickey-credentials-get=(self)\n\
         referrer-policy: no-referrer\n\
         strict-transport-security: max-age=63072000\n\
         x-content-type-options: nosniff\n"
    );
    assert_eq!(listed(&headers), expected);
}

#[test]
fn an_asset_carries_exactly_these_headers() {
    let centre = centre();
    let asset = pages().asset(&centre, Place::Pages, "/assets/visit.wasm", Some("gzip, br")).unwrap();
    assert_eq!(
        listed(&asset.headers),
        "cache-control: no-store\n\
         content-encoding: br\n\
         content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
         connect-src 'self' https://relay.cmhv.example wss://relay.cmhv.example; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'\n\
         content-type: application/wasm\n\
         cross-origin-opener-policy: same-origin\n\
         cross-origin-resource-policy: same-origin\n\
         origin-agent-cluster: ?1\n\
         referrer-policy: no-referrer\n\
         strict-transport-security: max-age=63072000\n\
         vary: accept-encoding\n\
         x-content-type-options: nosniff\n"
    );
}

#[test]
fn the_demonstration_spells_out_its_sockets_and_never_nails_localhost_to_https() {
    let centre = centre_with(&[
        ("pages = \"https://chatt.cmhv.example\"", "pages = \"http://localhost:8080\""),
        ("relay = \"https://relay.cmhv.example\"", "relay = \"http://localhost:8080\""),
        ("staff = \"https://personal.cmhv.example\"", "staff = \"http://localhost:8080\""),
    ]);
    with_view(&centre, Place::Demo, MONDAY_MORNING, "sv", |view| {
        for page in [pages().visitor(view), pages().staff(view)] {
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(
                policy.contains("connect-src 'self' ws://localhost:8080 ws://127.0.0.1:8080;"),
                "{policy}"
            );
            assert!(!page.headers.contains_key("strict-transport-security"));
        }
    });
    // The same origins without --demo, as on a test bench: still no HSTS over plain http.
    with_view(&centre, Place::Pages, MONDAY_MORNING, "sv", |view| {
        let page = pages().visitor(view);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("connect-src 'self' ws://localhost:8080;"), "{policy}");
        assert!(!page.headers.contains_key("strict-transport-security"));
    });
}

#[test]
fn no_policy_allows_inline_code_eval_or_anybody_else() {
    for place in [Place::Pages, Place::Staff, Place::Demo] {
        with_view(&centre(), place, MONDAY_MORNING, "sv", |view| {
            for page in [pages().visitor(view), pages().staff(view)] {
                let policy = page.headers["content-security-policy"].to_str().unwrap();
                for forbidden in
                    ["'unsafe-inline'", "'unsafe-eval'", "*", "blob:", "smhi", "'strict-dynamic'"]
                {
                    assert!(!policy.contains(forbidden), "{forbidden} in {policy}");
                }
            }
        });
    }
}

#[test]
fn assets_come_in_the_best_form_the_client_takes_and_nothing_else_comes() {
    let (centre, pages) = (centre(), pages());
    let get = |path: &str, accept: Option<&str>| {
        pages.asset(&centre, Place::Pages, path, accept).map(|asset| asset.body.into_owned())
    };
    assert_eq!(get("assets/a.js", Some("gzip, deflate, br")).unwrap(), b"as brotli");
    assert_eq!(get("/assets/a.js", Some("gzip")).unwrap(), b"as gzip");
    assert_eq!(get("assets/a.js", Some("br;q=0, gzip;q=0.5")).unwrap(), b"as gzip");
    assert_eq!(get("assets/a.js", Some("*")).unwrap(), b"as brotli");
    assert_eq!(get("assets/a.js", Some("*, br;q=0")).unwrap(), b"as gzip");
    assert_eq!(get("assets/a.js", Some("identity")).unwrap(), b"the script");
    assert_eq!(get("assets/a.js", None).unwrap(), b"the script");
    assert_eq!(get("assets/visit.wasm", Some("gzip")).unwrap(), b"\0asm", "there is no gzip of it");
    for hidden in [
        "visitor.html",
        "staff.html",
        "visitor.csp.json",
        "assets/a.js.br",
        "assets/a.js.gz",
        "assets/",
        "",
        "assets/../visitor.html",
        "//assets/a.js",
        "assets/%61.js",
        "ASSETS/a.js",
    ] {
        assert!(get(hidden, Some("br")).is_none(), "{hidden}");
    }
    let plain = pages.asset(&centre, Place::Pages, "assets/a.js", None).unwrap();
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(plain.headers["content-type"], "text/javascript; charset=utf-8");
}
