//! Stories of the enrolment request: who asks to stand in the roster holds the key they ask with.
#![allow(clippy::unwrap_used, missing_docs, reason = "a story may stop where it breaks")]

use lykta_trust::{CentreId, Enrolment, Request, RequestError, Role, StaffKey, hex};
use proptest::prelude::*;

const CENTRE: CentreId = CentreId([0x10; 16]);

fn key(seed: u8) -> StaffKey {
    StaffKey::take_seed(&mut [seed; 32])
}

fn aicha() -> Enrolment {
    Enrolment {
        centre: CENTRE,
        made: 1_795_000_000,
        role: Role::Counsellor,
        name: "Aïcha Öberg".into(),
        key: key(1).public(),
        passkey: Some(vec![7; 40]),
        renews: None,
    }
}

fn successor() -> Request {
    let renews = Some(key(9).public());
    Enrolment { renews, ..aicha() }.sign(&key(1), Some(&key(9))).unwrap()
}

#[test]
fn a_request_comes_back_as_it_was_with_either_kind_of_line_end() {
    let small = Enrolment { passkey: None, ..aicha() }.sign(&key(1), None).unwrap();
    for request in [aicha().sign(&key(1), None).unwrap(), small, successor()] {
        let text = request.to_text();
        assert_eq!(Request::parse(&text), Ok(request.clone()));
        assert_eq!(Request::parse(&text.replace('\n', "\r\n")), Ok(request.clone()));
        assert_eq!(Request::parse(&format!("{text}\n\n")), Ok(request));
    }
}

#[test]
fn the_signatures_cover_the_text_of_the_documentation() {
    use ed25519_dalek::{Signer, SigningKey};
    let old = key(9).public();
    let body = [
        &CENTRE.0[..],
        &1_795_000_000_u32.to_be_bytes(),
        &[1],
        &key(1).public(),
        &[13],
        "Aïcha Öberg".as_bytes(),
        &[0, 40],
        &[7; 40],
        &[1],
        &old,
    ]
    .concat();
    let by_hand = |seed: u8, label: &[u8]| {
        let key = SigningKey::from_bytes(&[seed; 32]);
        hex::write(&key.sign(&[&[13], label, &body].concat()).to_bytes())
    };
    let text = successor().to_text();
    assert!(text.contains(&format!("\nsignature {}\n", by_hand(1, b"lykta/1 enrol"))));
    assert!(text.contains(&format!("\nrenewal {}\n", by_hand(9, b"lykta/1 renew"))));
}

#[test]
fn whatever_is_changed_on_the_way_is_noticed() {
    let text = successor().to_text();
    let changes = [
        ("role counsellor", "role coordinator"),
        ("name Aïcha", "name Aicha"),
        ("made 1795000000", "made 1795000001"),
        ("centre 1010", "centre 1011"),
        ("passkey 07", "passkey 08"),
    ];
    for (from, to) in changes {
        assert!(text.contains(from));
        assert_eq!(Request::parse(&text.replace(from, to)), Err(RequestError::NotSigned), "{from}");
    }
    // Another key under the same signature, and the old key's consent taken away or replaced.
    let other = hex::write(&key(2).public());
    let own = hex::write(&key(1).public());
    assert_eq!(Request::parse(&text.replace(&own, &other)), Err(RequestError::NotSigned));
    let at = text.find("\nrenewal ").unwrap() + 9;
    let mut forged = text.clone();
    let flipped = if &text[at..=at] == "0" { "1" } else { "0" };
    forged.replace_range(at..=at, flipped);
    assert_eq!(Request::parse(&forged), Err(RequestError::NotRenewed));
    assert!(matches!(Request::parse(&text[..at - 9]), Err(RequestError::Line(_))));
    // The words of somebody else in an honest file.
    let words = Enrolment { key: key(2).public(), ..aicha() };
    let others = words.sign(&key(2), None).unwrap().words().to_string();
    let swapped = text.replace(&successor().words().to_string(), &others);
    assert_eq!(Request::parse(&swapped), Err(RequestError::Words));
}

#[test]
fn lines_missing_doubled_or_in_another_order_are_refused() {
    let text = aicha().sign(&key(1), None).unwrap().to_text();
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        // The passkey may be missing; then the signature does not fit.
        let mut fewer = lines.clone();
        fewer.remove(at);
        assert!(Request::parse(&fewer.join("\n")).is_err(), "without line {at}");
        let mut more = lines.clone();
        more.insert(at, lines[at]);
        assert!(Request::parse(&more.join("\n")).is_err(), "line {at} twice");
        let mut turned = lines.clone();
        turned.swap(at, (at + 1) % lines.len());
        assert!(Request::parse(&turned.join("\n")).is_err(), "line {at} later");
    }
    assert!(matches!(Request::parse(&format!("{text}more\n")), Err(RequestError::Line(_))));
    assert_eq!(Request::parse(&" ".repeat(Request::MAX_LEN + 1)), Err(RequestError::TooLong));
}

#[test]
fn a_name_that_is_too_long_empty_or_hides_something_is_refused() {
    let long = "å".repeat(33);
    for name in ["", " Bo", "Bo ", "Bo\nrole coordinator", "Bo\u{202e}", "B\u{200b}o", "B\u{1b}[2Jo", &long] {
        let asked = Enrolment { name: name.into(), ..aicha() };
        assert_eq!(asked.sign(&key(1), None), Err(RequestError::Name), "{name:?}");
    }
    let asked = Enrolment { name: "å".repeat(32), ..aicha() };
    assert!(asked.sign(&key(1), None).is_ok());
    for passkey in [vec![], vec![0; 1025]] {
        let asked = Enrolment { passkey: Some(passkey), ..aicha() };
        assert_eq!(asked.sign(&key(1), None), Err(RequestError::Passkey));
    }
}

#[test]
fn what_is_wrong_is_named_by_its_line() {
    let text = aicha().sign(&key(1), None).unwrap().to_text();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with("passkey")) {
        let wrong = text.replace(line, "x");
        assert_eq!(Request::parse(&wrong), Err(RequestError::Line(at + 1)), "{line}");
    }
    let lines = text.lines().count();
    assert_eq!(Request::parse(&format!("{text}\nmore\n")), Err(RequestError::Line(lines + 1)));
    let signed = text.replace("made 1795000000", "made +1795000000");
    assert_eq!(Request::parse(&signed), Err(RequestError::Line(3)), "digits only");
}

#[test]
fn the_longest_request_is_read_and_nothing_that_is_longer_than_a_file_may_be() {
    let most = Enrolment { name: "å".repeat(32), passkey: Some(vec![7; 1024]), ..aicha() };
    let text = most.sign(&key(1), None).unwrap().to_text();
    assert!(Request::parse(&text).is_ok());
    let full = format!("{text}{}", "\n".repeat(Request::MAX_LEN - text.len()));
    assert_eq!(full.len(), 8_192);
    assert!(Request::parse(&full).is_ok());
    assert_eq!(Request::parse(&format!("{full}\n")), Err(RequestError::TooLong));
}

#[test]
fn nobody_makes_a_request_without_its_key_or_takes_over_an_old_one() {
    assert_eq!(aicha().sign(&key(2), None), Err(RequestError::NotSigned));
    let renews = Some(key(9).public());
    let asked = || Enrolment { renews, ..aicha() };
    assert_eq!(asked().sign(&key(1), None), Err(RequestError::NotRenewed));
    assert_eq!(asked().sign(&key(1), Some(&key(8))), Err(RequestError::NotRenewed));
    assert_eq!(aicha().sign(&key(1), Some(&key(9))), Err(RequestError::NotRenewed), "none was to be renewed");
    let itself = Enrolment { renews: Some(key(1).public()), ..aicha() };
    assert_eq!(itself.sign(&key(1), Some(&key(1))), Err(RequestError::NotRenewed));
}

proptest! {
    #[test]
    fn any_text_at_all_is_read_without_harm(text in "\\PC*", cut in 0usize..600) {
        let _ = Request::parse(&text);
        let good = successor().to_text();
        let at = (0..=cut.min(good.len())).rev().find(|at| good.is_char_boundary(*at)).unwrap();
        let mixed = format!("{}{text}{}", &good[..at], &good[at..]);
        if let Ok(request) = Request::parse(&mixed) {
            prop_assert_eq!(request, successor(), "only empty lines at the end or other spaces may differ");
        }
    }
}
