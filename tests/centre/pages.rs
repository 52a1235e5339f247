//! The pages of the two centres: each in its own words and colours, and of one build.

use lykta_server::centre::{Centre, check_for_demo, warnings};
use lykta_server::command::about_pages;
use lykta_server::pages::{Pages, Place, View, Which};
use lykta_server::published::hashes;
use lykta_wire::OpenState;

const SHIPPED: &str = include_str!("../../deploy/centre.toml");
const NEIGHBOUR: &str = include_str!("fjalldalen.toml");

fn pages() -> Pages {
    Pages::load().unwrap_or_else(|error| panic!("the pages are built first: {error}"))
}

fn centre(text: &str) -> Centre {
    check_for_demo(text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A page while the door is closed, on a Sunday.
fn rendered(pages: &Pages, centre: &Centre, which: Which) -> String {
    let now = centre.calendar.at("2026-11-22T12:00:00+01:00".parse().unwrap());
    let place = if which == Which::Staff { Place::Staff } else { Place::Pages };
    let view =
        View { centre, place, state: OpenState::Closed, now: &now, staffed: &[], on_duty: &[], language: "" };
    match which {
        Which::Visitor => pages.visitor(&view).body,
        Which::Staff => pages.staff(&view).body,
    }
}

#[test]
fn a_centre_says_a_sentence_otherwise_and_the_others_stay() {
    let pages = pages();
    let (ours, theirs) = (centre(SHIPPED), centre(NEIGHBOUR));
    let (usual, own) = (rendered(&pages, &ours, Which::Visitor), rendered(&pages, &theirs, Which::Visitor));
    assert!(usual.contains(">Chatta med en kurator</h1>") && !own.contains("Chatta med en kurator"));
    assert!(own.contains(">Skriv med någon som lyssnar</h1>"));
    assert!(own.contains("Fara? Ring <a href=\"tel:112\">112</a> direkt</p>"), "marks become markup");
    assert!(own.contains("Ring hellre <a href=\"tel:0980319200\">0980-319 200</a>, om du vågar."));
    assert!(own.contains("aria-label=\"Välj språk\""), "in an attribute too");
    assert!(own.contains(">Fortsätt</button>"), "what is not said otherwise stays");
    // English is fetched by a script, from a file that is the same for everybody; what this centre says comes along.
    assert!(own.contains("data-words=\"{&quot;en&quot;:{&quot;safety.title&quot;:&quot;Write with"), "{own}");
    assert!(usual.contains("data-words=\"\""), "who says nothing otherwise sends nothing");
    let console = rendered(&pages, &theirs, Which::Staff);
    assert!(console.contains("Inga samtal. Ta någon ur kön."));
    assert!(console.contains("data-words=\"\""), "the visitors' words are not the console's");
}

#[test]
fn the_code_of_a_page_is_the_same_bytes_for_both_whatever_they_say() {
    let pages = pages();
    let (ours, theirs) = (centre(SHIPPED), centre(NEIGHBOUR));
    let fixed = |centre: &Centre| -> Vec<String> {
        let told = hashes(centre, &pages);
        told.lines()
            .filter(|line| line.contains("  page ") || line.contains("  asset "))
            .map(str::to_owned)
            .collect()
    };
    assert!(fixed(&ours).len() > 10);
    assert_eq!(fixed(&ours), fixed(&theirs));
    // The inline style has its hash in the policy, which both send.
    let policy = |centre: &Centre| {
        let now = centre.calendar.at("2026-11-22T12:00:00+01:00".parse().unwrap());
        let view = View {
            centre,
            place: Place::Pages,
            state: OpenState::Closed,
            now: &now,
            staffed: &[],
            on_duty: &[],
            language: "",
        };
        let headers = pages.visitor(&view).headers;
        let policy = headers["content-security-policy"].to_str().unwrap().to_owned();
        policy.split(';').find(|part| part.contains("style-src")).unwrap().to_owned()
    };
    assert_eq!(policy(&ours), policy(&theirs));
    // What they say is told, too: another sentence is another hash.
    let said = |text: &str| -> Vec<String> {
        hashes(&centre(text), &pages)
            .lines()
            .filter(|line| line.contains("  sentences ") || line.contains("  settings "))
            .map(str::to_owned)
            .collect()
    };
    assert_ne!(said(NEIGHBOUR), said(&NEIGHBOUR.replace("Write with somebody", "Write to somebody")));
    assert_ne!(said(NEIGHBOUR), said(&NEIGHBOUR.replace("colours = \"plum\"", "colours = \"moss\"")));
}

#[test]
fn a_page_can_be_taken_apart_again_and_gives_back_what_the_centre_said() {
    let pages = pages();
    for text in [SHIPPED, NEIGHBOUR] {
        for which in [Which::Visitor, Which::Staff] {
            let page = rendered(&pages, &centre(text), which);
            let read = pages.template(which).read_back(&page).unwrap_or_else(|differs| {
                panic!("{}", &page[differs.at..].chars().take(200).collect::<String>())
            });
            if which == Which::Visitor {
                let wanted =
                    if text == SHIPPED { "Chatta med en kurator" } else { "Skriv med någon som lyssnar" };
                assert_eq!(read["said:safety.title 1"], wanted);
            }
        }
    }
}

#[test]
fn what_would_be_markup_in_a_sentence_is_only_read() {
    let evil = "Skriv <img src=x> & 'hej'";
    let theirs =
        centre(&NEIGHBOUR.replace("Skriv med någon som lyssnar", evil).replace("Välj språk", "a ' < > b"));
    let page = rendered(&pages(), &theirs, Which::Visitor);
    assert!(page.contains("Skriv &lt;img src=x&gt; &amp; &#39;hej&#39;</h1>"));
    assert!(page.contains("aria-label=\"a &#39; &lt; &gt; b\""));
    assert!(!page.contains("<img"));
    let english = NEIGHBOUR.replace("Write with somebody who listens", "</html><script>\\\" x");
    let page = rendered(&pages(), &centre(&english), Which::Visitor);
    assert!(page.contains("&lt;/html&gt;&lt;script&gt;\\&quot; x") && !page.contains("</html><script>"));
}

#[test]
fn a_number_is_shown_with_the_day_it_was_confirmed_and_never_without_one() {
    let pages = pages();
    let theirs = centre(NEIGHBOUR);
    // A Monday morning: the social services answer.
    let now = theirs.calendar.at("2026-11-23T09:30:00+01:00".parse().unwrap());
    let view = View {
        centre: &theirs,
        place: Place::Pages,
        state: OpenState::Away,
        now: &now,
        staffed: &[],
        on_duty: &[],
        language: "",
    };
    let (page, state) = (pages.visitor(&view).body, pages.state_json(&view));
    let social =
        "Oro för ett barn · En socialsekreterare svarar och frågar hur du har det. · ✓\u{a0}2026-11-02";
    // Under its municipalities; in the short lists of the other languages they stand beside it.
    assert!(page.contains("<h2>Fjälldalen, Norrån</h2><ul><li>"), "{page}");
    assert!(
        page.contains("Walaac ilmo · Fjälldalen, Norrån · ✓"),
        "in another language, without a script too"
    );
    assert!(state.contains(r#""area":"Fjälldalen, Norrån""#) && state.contains("Walaac ilmo · ✓"), "{state}");
    for said in [&page, &state] {
        assert!(said.contains(social), "{said}");
        assert!(said.contains("Fara nu · ✓\u{a0}2026-11-02"));
        assert!(!said.contains("Jourhuset") && !said.contains("0980-319 250"), "nobody has confirmed it");
    }
    let told: Vec<String> =
        warnings(&theirs, "2026-11-23".parse().unwrap()).iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|told| told.contains("0980-319 250 was never confirmed, so it is not shown")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|told| told.contains("what happens at 0980-319 211 is not said in so, ti")),
        "{told:?}"
    );
    let old = warnings(&theirs, "2026-12-08".parse().unwrap());
    assert_eq!(old.iter().filter(|warning| warning.what.contains("36 days ago")).count(), 3);
}

#[test]
fn the_lane_of_professionals_is_offered_only_where_the_centre_has_one() {
    let pages = pages();
    assert!(rendered(&pages, &centre(SHIPPED), Which::Visitor).contains(" data-work=\"work\""));
    assert!(rendered(&pages, &centre(NEIGHBOUR), Which::Visitor).contains(" data-work=\"\""));
    let style = include_str!("../../web-client/visitor/page.css");
    assert!(style.contains("[data-work=\"\"] .choice:has([value=\"work\"]) { display: none; }"));
}

#[test]
fn a_language_this_build_does_not_speak_and_a_page_too_long_for_one_journey_are_pointed_out() {
    let pages = pages();
    assert_eq!(about_pages(&centre(SHIPPED), &pages), [] as [&str; 0]);
    assert_eq!(about_pages(&centre(NEIGHBOUR), &pages), [] as [&str; 0]);
    let mut polish = centre(NEIGHBOUR);
    polish.languages.push("pl".to_owned());
    let told = about_pages(&polish, &pages);
    assert!(told.len() == 1 && told[0].contains("`pl`"), "{told:?}");
    // Letters that do not repeat cannot be pressed together.
    let mut noise = 1_u64;
    let mut letter = || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_u32(0x4e00 + u32::try_from(noise >> 51).unwrap()).unwrap()
    };
    let long: String = (0..9_000).map(|_| letter()).collect();
    let told =
        about_pages(&centre(&NEIGHBOUR.replace("Här kan du skriva med någon som lyssnar.", &long)), &pages);
    assert!(told.len() == 1 && told[0].contains("14336 travel at once"), "{told:?}");
}

#[test]
fn what_is_said_otherwise_in_one_language_and_not_in_another_is_pointed_out() {
    let today = "2026-11-22".parse().unwrap();
    let told: Vec<String> = warnings(&centre(NEIGHBOUR), today).iter().map(ToString::to_string).collect();
    let about = |key: &str| told.iter().find(|told| told.contains(&format!("\"{key}\""))).cloned();
    let title = about("safety.title").unwrap();
    assert!(title.contains("own in sv, en and the program's in so, ti"), "{title}");
    assert!(about("danger").unwrap().contains("the program's in en, so, ti"));
    let console = about("chats.none").unwrap();
    assert!(console.contains("in sv and the program's in en."), "two languages: {console}");
    assert!(about("exit").is_none());
}

/// The value of `--NAME` in a piece of a style.
fn colour(style: &str, name: &str) -> Option<[f64; 3]> {
    let value = style.split(&format!("--{name}: #")).nth(1)?.split(';').next()?;
    let whole =
        if value.len() == 3 { value.chars().flat_map(|c| [c, c]).collect() } else { value.to_owned() };
    let channel = |at: usize| f64::from(u8::from_str_radix(&whole[at..at + 2], 16).unwrap()) / 255.0;
    Some([channel(0), channel(2), channel(4)])
}

/// The contrast of two colours (WCAG 2.2, relative luminance).
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [r, g, b] =
            colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_palette_can_be_read_in_light_and_in_dark_on_both_pages() {
    for style in [
        include_str!("../../web-client/visitor/critical.css"),
        include_str!("../../web-client/staff/critical.css"),
    ] {
        let (light, dark) = style.split_once("@media (prefers-color-scheme: dark) {").unwrap();
        let dark = dark.split("\n}\n").next().unwrap();
        for palette in lykta_server::centre::Palette::ALL {
            let mark = format!("[data-colours=\"{}\"] {{", palette.word());
            for scheme in [light, dark] {
                let base = scheme.split(":root {").nth(1).unwrap().split('}').next().unwrap();
                let own = scheme.split(&mark).nth(1).map(|own| own.split('}').next().unwrap());
                assert_eq!(own.is_none(), palette == lykta_server::centre::Palette::Sea, "{palette:?}");
                // What a palette does not name stays as it is; in the dark, what the light one names would win.
                let root = light.split(":root {").nth(1).unwrap().split('}').next().unwrap();
                let of = |name: &str| {
                    own.and_then(|own| colour(own, name))
                        .or_else(|| colour(base, name))
                        .or_else(|| colour(root, name))
                        .unwrap()
                };
                for (letters, ground) in [
                    ("deep", "paper"),
                    ("deep", "card"),
                    ("deep", "tint"),
                    ("on-deep", "deep"),
                    ("ink", "tint"),
                    ("soft", "tint"),
                ] {
                    let found = contrast(of(letters), of(ground));
                    assert!(found >= 4.5, "{palette:?}: {letters} on {ground} is {found:.2}");
                }
            }
        }
    }
}
