//! Project Wycheproof's vectors against the very calls this crate makes: what they must refuse is refused, and
//! what they must compute is computed. The counts say that nothing was skipped unseen.

use alloc::vec::Vec;

use ::wycheproof::{TestResult, aead, hkdf, mlkem, xdh};
use chacha20poly1305::Nonce;
use x25519_dalek::{PublicKey, StaticSecret};

use super::cipher::{seal_under, unseal_under};
use super::handshake::agree;
use super::symmetric::expand;
use super::{DH_LEN, TAG_LEN};
use crate::kdf;
use crate::kem::{self, CT_LEN, EK_LEN};

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

#[test]
fn x25519_gives_the_secret_or_refuses_a_point_that_contributes_nothing() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let (mut computed, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let own = StaticSecret::from(fixed::<DH_LEN>(&test.private_key).unwrap());
        let remote = PublicKey::from(fixed::<DH_LEN>(&test.public_key).unwrap());
        match agree(&own, &remote) {
            Some(shared) => {
                assert_eq!(shared.as_bytes()[..], test.shared_secret[..], "{}", test.tc_id);
                assert_ne!(test.result, TestResult::Invalid, "{}", test.tc_id);
                computed += 1;
            }
            None => {
                assert!(test.shared_secret.iter().all(|byte| *byte == 0), "{} was refused", test.tc_id);
                assert_ne!(test.result, TestResult::Valid, "{}", test.tc_id);
                refused += 1;
            }
        }
    }
    assert_eq!((computed, refused), (487, 31));
}

#[test]
fn chacha20poly1305_seals_as_it_should_and_opens_nothing_that_was_touched() {
    let set = aead::TestSet::load(aead::TestName::ChaCha20Poly1305).unwrap();
    let (mut opened, mut refused, mut other_nonces) = (0, 0, 0);
    for group in &set.test_groups {
        assert_eq!((group.key_size, group.tag_size), (256, 128));
        for test in &group.tests {
            // A nonce of another length has no type here.
            let Some(nonce) = fixed::<12>(&test.nonce).map(Nonce::from) else {
                assert_eq!(test.result, TestResult::Invalid);
                other_nonces += 1;
                continue;
            };
            let (key, tag) = (fixed::<32>(&test.key).unwrap(), fixed::<TAG_LEN>(&test.tag).unwrap());
            let mut text = test.ct.to_vec();
            let result = unseal_under(&key, &nonce, &test.aad, &mut text, &tag);
            assert_eq!(result.is_ok(), test.result == TestResult::Valid, "{}", test.tc_id);
            if result.is_err() {
                refused += 1;
                continue;
            }
            assert_eq!(text[..], test.pt[..], "{}", test.tc_id);
            assert_eq!(seal_under(&key, &nonce, &test.aad, &mut text), tag, "{}", test.tc_id);
            assert_eq!(text[..], test.ct[..], "{}", test.tc_id);
            opened += 1;
        }
    }
    assert_eq!((opened, refused, other_nonces), (256, 60, 9));
}

#[test]
fn hkdf_gives_the_first_block_and_the_handshakes_three() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let (mut one, mut three, mut elsewhere) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // Ours takes a salt of 32 bytes. HMAC fills a shorter one up with zeros, so it is the same.
        let mut salt = [0; 32];
        let fits = test.salt.len() <= salt.len() && !test.okm.is_empty();
        if !fits {
            elsewhere += 1;
            continue;
        }
        assert_eq!(test.result, TestResult::Valid);
        salt[..test.salt.len()].copy_from_slice(&test.salt);
        let ours = kdf::hkdf(&salt, &test.ikm, &[&test.info]);
        let first = test.okm.len().min(ours.len());
        assert_eq!(ours[..first], test.okm[..first], "{}", test.tc_id);
        // The parts of an info are one info.
        let (head, tail) = test.info.split_at(test.info.len() / 2);
        assert_eq!(*kdf::hkdf(&salt, &test.ikm, &[head, tail]), *ours);
        one += 1;
        if test.info.is_empty() {
            let blocks: Vec<u8> = expand(&salt, &test.ikm).iter().flat_map(|block| **block).collect();
            let most = test.okm.len().min(blocks.len());
            assert_eq!(blocks[..most], test.okm[..most], "{}", test.tc_id);
            three += 1;
        }
    }
    assert_eq!((one, three, elsewhere), (72, 28, 14));
}

fn mlkem_tests(name: mlkem::TestName) -> Vec<mlkem::Test> {
    let set = mlkem::TestSet::load(name).unwrap();
    set.test_groups.into_iter().flat_map(|group| group.tests).collect()
}

fn seed(test: &mlkem::Test) -> ([u8; 32], [u8; 32]) {
    let seed: [u8; 64] = fixed(test.seed.as_ref().unwrap()).unwrap();
    (fixed(&seed[..32]).unwrap(), fixed(&seed[32..]).unwrap())
}

#[test]
fn mlkem_makes_the_key_of_a_seed() {
    let tests = mlkem_tests(mlkem::TestName::MlKem768KeyGenSeed);
    for test in &tests {
        let (d, z) = seed(test);
        assert_eq!(kem::public_key(&d, &z)[..], test.encaps_key.as_ref().unwrap()[..], "{}", test.tc_id);
        assert_eq!(test.result, TestResult::Valid);
    }
    assert_eq!(tests.len(), 100);
}

#[test]
fn mlkem_encapsulates_for_good_keys_and_for_no_others() {
    let tests = mlkem_tests(mlkem::TestName::MlKem768Encaps);
    let (mut good, mut bad) = (0, 0);
    for test in &tests {
        // A key of another length has no type here.
        let key = fixed::<EK_LEN>(test.encaps_key.as_ref().unwrap());
        let m = fixed::<32>(test.msg.as_ref().unwrap()).unwrap();
        match key.and_then(|key| kem::encapsulate(&key, &m)) {
            Some((ct, secret)) => {
                assert_eq!(test.result, TestResult::Valid, "{}", test.tc_id);
                assert_eq!(ct[..], test.ct.as_ref().unwrap()[..], "{}", test.tc_id);
                assert_eq!(secret[..], test.shared_secret.as_ref().unwrap()[..], "{}", test.tc_id);
                good += 1;
            }
            None => {
                assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
                bad += 1;
            }
        }
    }
    assert_eq!((good, bad), (133, 132));
}

#[test]
fn mlkem_decapsulates_and_gives_a_stranger_another_secret() {
    let tests = mlkem_tests(mlkem::TestName::MlKem768);
    let (mut good, mut other_lengths) = (0, 0);
    for test in &tests {
        // A ciphertext or seed of another length has no type here.
        let ct = fixed::<CT_LEN>(test.ct.as_ref().unwrap());
        let (Some(ct), 64) = (ct, test.seed.as_ref().unwrap().len()) else {
            assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
            other_lengths += 1;
            continue;
        };
        let (d, z) = seed(test);
        assert_eq!(test.result, TestResult::Valid, "{}", test.tc_id);
        let secret = kem::decapsulate(&d, &z, &ct);
        assert_eq!(secret[..], test.shared_secret.as_ref().unwrap()[..], "{}", test.tc_id);
        if let Some(key) = &test.encaps_key {
            assert_eq!(kem::public_key(&d, &z)[..], key[..], "{}", test.tc_id);
        }
        good += 1;
    }
    assert_eq!((good, other_lengths), (161, 40));
}
