//! Stories of the two small files: enrolment requests and the root's own.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

use lykta_root::{Enrolment, Passphrase, Request, RequestError, RootFile, RootFileError};
use lykta_trust::{CentreId, Role, RootKey, StaffKey};
use proptest::prelude::*;
use zeroize::Zeroizing;

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
        lykta_root::hex::write(&key.sign(&[&[13], label, &body].concat()).to_bytes())
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
    let other = lykta_root::hex::write(&key(2).public());
    let own = lykta_root::hex::write(&key(1).public());
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
fn nobody_makes_a_request_without_its_key_or_takes_over_an_old_one() {
    assert_eq!(aicha().sign(&key(2), None), Err(RequestError::NotSigned));
    let renews = Some(key(9).public());
    let asked = || Enrolment { renews, ..aicha() };
    assert_eq!(asked().sign(&key(1), None), Err(RequestError::NotRenewed));
    assert_eq!(asked().sign(&key(1), Some(&key(8))), Err(RequestError::NotRenewed));
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.into()))
}

/// Little work: the strength of a test's root is nobody's concern.
fn root_file() -> RootFile {
    RootFile::seal(&mut [0xA1; 32], CENTRE, &passphrase("six words"), 2).unwrap()
}

#[test]
fn a_root_comes_back_from_its_file_with_its_passphrase_only() {
    let file = RootFile::parse(&root_file().to_text()).unwrap();
    assert_eq!((file.centre(), *file.public()), (CENTRE, RootKey::take_seed(&mut [0xA1; 32]).public()));
    let root = file.open(&passphrase("six words")).ok().unwrap();
    assert_eq!(root.public(), *file.public());
    assert_eq!(file.open(&passphrase("six word")).err(), Some(RootFileError::Passphrase));
}

#[test]
fn sealing_overwrites_the_seed() {
    let mut seed = [0xA1; 32];
    RootFile::seal(&mut seed, CENTRE, &passphrase("six words"), 2).unwrap();
    assert_eq!(seed, [0; 32]);
}

#[test]
fn a_root_whose_open_lines_were_changed_does_not_open() {
    let text = root_file().to_text();
    let other = lykta_root::hex::write(&RootKey::take_seed(&mut [0xA2; 32]).public());
    let own = lykta_root::hex::write(root_file().public());
    for changed in [text.replace("centre 1010", "centre 1011"), text.replace(&own, &other)] {
        assert_ne!(changed, text);
        let file = RootFile::parse(&changed).unwrap();
        assert_eq!(file.open(&passphrase("six words")).err(), Some(RootFileError::HeadChanged));
    }
}

#[test]
fn a_damaged_root_never_opens() {
    let text = root_file().to_text();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        // Not a hexadecimal digit, so not a capital of the same value.
        bytes[at] = if bytes[at] == b'G' { b'H' } else { b'G' };
        let damaged = String::from_utf8(bytes).unwrap();
        let opened = RootFile::parse(&damaged).and_then(|file| file.open(&passphrase("six words")));
        assert!(opened.is_err(), "byte {at}");
    }
    let short = &text[..text.len() - 40];
    assert!(RootFile::parse(short).and_then(|file| file.open(&passphrase("six words"))).is_err());
}

#[test]
fn a_short_passphrase_is_not_enough_for_a_new_root() {
    assert!(passphrase(&"å".repeat(19)).long_enough().is_err());
    assert!(passphrase(&"å".repeat(20)).long_enough().is_ok());
}

proptest! {
    #[test]
    fn any_text_at_all_is_read_without_harm(text in "\\PC*", cut in 0usize..600) {
        let _ = Request::parse(&text);
        let _ = RootFile::parse(&text);
        let good = successor().to_text();
        let at = (0..=cut.min(good.len())).rev().find(|at| good.is_char_boundary(*at)).unwrap();
        let mixed = format!("{}{text}{}", &good[..at], &good[at..]);
        if let Ok(request) = Request::parse(&mixed) {
            prop_assert_eq!(request, successor(), "only empty lines at the end or other spaces may differ");
        }
    }
}
