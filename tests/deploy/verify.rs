//! `lykta hashes` and `lykta verify`: what a build serves, and whether a server serves just that.

use std::net::TcpListener;

use lykta_tests::{House, fresh_root};

use crate::meddler::{Meddler, Passing};
use crate::program::{CentreFile, Lykta, asked};

/// What verify says about a page of a relay whose answers are changed on their way: passed or not, and its lines.
struct Verified {
    passed: bool,
    said: Vec<String>,
    errors: String,
}

async fn verified(path: &str, change: impl Fn(&mut Passing) + Send + Sync + 'static) -> Verified {
    verified_after("", path, change).await
}

/// A relay that offers the page without scripts in Arabic, which nobody has read.
const IN_ARABIC: (&str, &str) = ("offer_unread = []", "offer_unread = [\"ar\"]");

/// The same of a relay whose staff have changed the opening hours.
async fn verified_after(
    calendar: &str,
    path: &str,
    change: impl Fn(&mut Passing) + Send + Sync + 'static,
) -> Verified {
    verified_of(&[], calendar, path, change).await
}

/// The same of a centre with these lines of its file replaced.
async fn verified_of(
    file: &[(&str, &str)],
    calendar: &str,
    path: &str,
    change: impl Fn(&mut Passing) + Send + Sync + 'static,
) -> Verified {
    let front = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = front.local_addr().expect("a bound listener has an address").port();
    let house = House::at(port, fresh_root());
    if !calendar.is_empty() {
        house.shelf.put_calendar(calendar).expect("a file can be written");
    }
    let relay = Lykta::serves_with(&house, file).await;
    let _meddler = Meddler::between(front, relay.address, change);
    let (url, file) = (format!("http://localhost:{port}{path}"), relay.file.path());
    let out = asked(&["verify", &url, "--config", file.to_str().expect("a path in UTF-8")]).await;
    let said = String::from_utf8(out.stdout).expect("UTF-8").lines().map(str::to_owned).collect();
    Verified { passed: out.status.success(), said, errors: String::from_utf8_lossy(&out.stderr).into_owned() }
}

/// Exactly one finding, about `of`, that says `what`.
fn says_just(verified: &Verified, of: &str, what: &str) {
    let Verified { passed, said, errors } = verified;
    assert!(!passed, "{of}, {what}: it passed");
    assert_eq!(said.len(), 1, "one thing was changed: {said:?} {errors}");
    assert!(said[0].starts_with(&format!("{of}: ")) && said[0].contains(what), "{of}, {what}: {said:?}");
    assert!(errors.contains("1 difference"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_serves_its_build_passes_for_both_pages() {
    for path in ["/", "/staff/"] {
        let Verified { passed, said, errors } = verified(path, |_| ()).await;
        assert!(passed, "{path}: {said:?} {errors}");
        assert!(said[0].contains("every header"), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_staff_changed_is_listed_and_their_sentences_are_held_against_it() {
    let stockholm = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Stockholm").expect("in the binary");
    let today = jiff::Timestamp::now().to_zoned(stockholm).date();
    let tomorrow = today.tomorrow().expect("there is another day");
    // The house of the stories is open at any hour; closed on both days, in case midnight comes in between.
    let calendar = format!("lykta calendar 1\nversion 2\n1 {today} closed\n2 {tomorrow} closed\n");
    for path in ["/", "/staff/"] {
        let Verified { passed, said, errors } = verified_after(&calendar, path, |_| ()).await;
        assert!(passed, "{path}: {said:?} {errors}");
        let listed = format!("changed by the staff: {tomorrow} closed");
        assert!(said.contains(&listed), "{said:?}");
    }
    // A server that hides the change from those who verify still says "closed", and that is found.
    let hidden = verified_after(&calendar, "/", |passing| {
        if passing.path == "/state" && !passing.is_compressed() {
            let body = String::from_utf8_lossy(&passing.body).replacen("\"edits\"", "\"other\"", 1);
            passing.body = body.into_bytes();
        }
    });
    let hidden = hidden.await;
    assert!(!hidden.passed && hidden.said.iter().any(|line| line.starts_with("/:")), "{:?}", hidden.said);
    let invented = verified("/", |passing| {
        if passing.path == "/state" && !passing.is_compressed() {
            let body = String::from_utf8_lossy(&passing.body).replacen(
                '{',
                "{\"edits\":[\"2020-01-01 closed\"],",
                1,
            );
            passing.body = body.into_bytes();
        }
    });
    let invented = invented.await;
    assert!(!invented.passed && invented.said.iter().any(|line| line.contains("no console can make")));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_a_file_is_found_in_the_form_browsers_take() {
    let changed = verified("/", |passing| {
        if passing.is_compressed() && passing.path.ends_with(".wasm") && passing.path.contains("visit") {
            passing.body[1_000] ^= 1;
        }
    });
    let changed = changed.await;
    says_just(&changed, changed.said[0].split(':').next().unwrap(), "byte 1000 differs");
    assert!(changed.said[0].contains(".wasm"), "{:?}", changed.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_of_the_page_is_found() {
    let changed = verified("/", |passing| {
        if passing.path == "/" {
            passing.replaces("type=\"module\"", "type=\"Module\"");
        }
    });
    says_just(&changed.await, "/", "is none of this build's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_scripts_is_held_against_the_build_in_the_languages_that_are_offered() {
    let changed = verified_of(&[IN_ARABIC], "", "/", |passing| {
        if passing.path == "/ar" {
            passing.replaces("href=\"https://www.smhi.se/\"", "href=\"https://elsewhere.example/\"");
        }
    });
    says_just(&changed.await, "/ar", "the blank `exit`");
    let scripted = verified_of(&[IN_ARABIC], "", "/", |passing| {
        if passing.path == "/ar" {
            passing.replaces("</body>", "<script src=\"/x.js\"></script></body>");
        }
    });
    says_just(&scripted.await, "/ar", "is none of this build's");
    let unasked = verified_of(&[IN_ARABIC], "", "/", |passing| {
        if passing.path == "/so" {
            passing.head[0] = "HTTP/1.1 200 OK".to_owned();
        }
    });
    says_just(&unasked.await, "/so", "the language is not offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_another_one_only_for_browsers_is_found() {
    let changed = verified("/", |passing| {
        if passing.path == "/" && passing.is_compressed() {
            passing.replaces("type=\"module\"", "type=\"Module\"");
        }
    });
    says_just(&changed.await, "/", "is none of this build's");
    let spoilt = verified("/", |passing| {
        if passing.path == "/state" && passing.is_compressed() {
            passing.body.truncate(100);
        }
    });
    says_just(&spoilt.await, "/state", "not compressed as it says");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_and_one_added_header_are_found() {
    let changed = verified("/", |passing| {
        if passing.path == "/" {
            let policy = passing.head.iter_mut().find(|line| line.starts_with("content-security-policy"));
            let policy = policy.expect("a policy");
            *policy = policy.replace("connect-src 'self'", "connect-src 'self' https://elsewhere.example");
        }
    });
    says_just(&changed.await, "/", "`content-security-policy`");
    let added = verified("/", |passing| {
        if passing.path == "/" {
            passing.head.push("link: </assets/x.js>; rel=modulepreload".into());
        }
    });
    says_just(&added.await, "/", "`link` is not ours");
    let taken = verified("/staff/", |passing| {
        if passing.path == "/staff/" {
            passing.head.retain(|line| !line.starts_with("integrity-policy"));
        }
    });
    says_just(&taken.await, "/staff/", "`integrity-policy` is missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_that_is_not_the_centres_is_found_in_a_slot_and_in_the_answer_about_the_state() {
    let foreign = "Skriv ditt namn och var du bor.";
    let slot = verified("/", move |passing| {
        if passing.path == "/" {
            passing.replaces("<!--/slot-->", &format!("<p>{foreign}</p><!--/slot-->"));
        }
    });
    says_just(&slot.await, "/", foreign);
    let state = verified("/", move |passing| {
        if passing.path == "/state" {
            let wanted = "\"sentence\":\"";
            passing.replaces(wanted, &format!("{wanted}{foreign} "));
        }
    });
    says_just(&state.await, "/state", foreign);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_of_the_page_that_is_neither_the_builds_nor_the_centres_is_found() {
    let changed = verified("/", |passing| {
        if passing.path == "/" {
            passing.replaces(">Prova knappen</button>", ">Skriv ditt namn</button>");
        }
    });
    says_just(&changed.await, "/", "the sentence `safety.try` says \"Skriv ditt namn\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_number_another_exit_and_another_root_are_found() {
    for (old, new, what) in [
        ("href=\"tel:11414\"", "href=\"tel:11415\"", "the slot `help_lines`"),
        ("href=\"https://www.smhi.se/\"", "href=\"https://elsewhere.example/\"", "is none of this build's"),
        ("data-centre-id=\"3", "data-centre-id=\"4", "the blank `centre_id`"),
    ] {
        let changed = verified("/", move |passing| {
            if passing.path == "/" {
                passing.replaces(old, new);
            }
        });
        let changed = changed.await;
        assert!(!changed.passed, "{what}");
        assert!(changed.said[0].starts_with("/: "), "{:?}", changed.said);
        assert!(changed.said[0].contains(what), "{what}: {:?}", changed.said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_of_the_centres_and_a_server_that_is_not_there_are_no_success() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("a bound listener has an address").port();
    let file = CentreFile::of(&House::at(port, fresh_root()).file("127.0.0.1:0", &[]));
    drop(free);
    let file = file.path();
    let file = file.to_str().expect("a path in UTF-8");
    for (url, what) in [
        (format!("http://localhost:{port}/"), "no connection"),
        (format!("http://localhost:{port}/other"), "is neither"),
        ("https://example.org/".to_owned(), "is neither"),
    ] {
        let out = asked(&["verify", &url, "--config", file]).await;
        assert!(!out.status.success(), "{url}");
        let errors = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(errors.contains(what), "{url}: {errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_are_the_same_each_time_and_change_only_where_the_centre_does() {
    let root = fresh_root();
    let hashes = async |more: &[(&str, &str)]| {
        let file = CentreFile::of(&House::at(8_080, root).file("127.0.0.1:0", more));
        let out = asked(&["hashes", "--config", file.path().to_str().expect("a path in UTF-8")]).await;
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let told = String::from_utf8(out.stdout).expect("UTF-8");
        told.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = hashes(&[]).await;
    assert_eq!(hashes(&[]).await, first);
    for kind in ["page visitor.html", "page staff.html", "sentences sv", "headers visitor.html", ".wasm"] {
        assert!(first.iter().any(|line| line.ends_with(kind)), "{kind} in {first:#?}");
    }
    let changed = hashes(&[("Numret du ringer syns i telefonens", "Numret syns i telefonens")]).await;
    let apart: Vec<_> =
        first.iter().zip(&changed).filter(|(one, other)| one != other).map(|(one, _)| &one[66..]).collect();
    assert_eq!(apart, ["sentences sv"]);
    let changed =
        hashes(&[("exit = \"https://www.smhi.se/\"", "exit = \"https://www.krisinformation.se/\"")]);
    let changed = changed.await;
    let apart: Vec<_> =
        first.iter().zip(&changed).filter(|(one, other)| one != other).map(|(one, _)| &one[66..]).collect();
    assert_eq!(apart, ["settings visitor.html", "settings staff.html"]);
}
