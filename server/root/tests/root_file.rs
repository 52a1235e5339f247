//! Stories of the root's own file.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

use lykta_root::{Passphrase, RootFile, RootFileError};
use lykta_trust::{CentreId, RootKey};
use proptest::prelude::*;
use zeroize::Zeroizing;

const CENTRE: CentreId = CentreId([0x10; 16]);

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
    fn any_text_at_all_is_read_without_harm(text in "\\PC*") {
        let _ = RootFile::parse(&text);
    }
}
