//! Words to compare: for a visitor who can reach the centre by a known telephone number.
//!
//! Commit first. A sends `H("lykta/1 sas" | N_A)`, B sends `N_B`, A reveals `N_A`; both show
//! `HKDF(salt = h of the first greeting, ikm = N_A | N_B, info = "lykta/1 sas words")` as three numbers.
//! Without the commitment a relay in the middle could try nonces until the numbers agree.

use zeroize::Zeroizing;

use crate::session::Session;

const COMMIT_LABEL: &[u8] = b"lykta/1 sas";
const WORDS_LABEL: &[u8] = b"lykta/1 sas words";

/// Three numbers from 1000 to 9191, 39 bits together, the same at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompareNumbers(pub [u16; 3]);

/// The first note of the exchange; `nonce_a` must be 32 fresh random bytes.
#[must_use]
pub fn sas_commitment(nonce_a: &[u8; 32]) -> [u8; 32] {
    crate::kdf::hash(&[COMMIT_LABEL, nonce_a])
}

/// Whether the revealed `nonce_a` is the one that was committed to. If not, end the chat as `failed`.
#[must_use]
pub fn sas_matches(commitment: &[u8; 32], nonce_a: &[u8; 32]) -> bool {
    sas_commitment(nonce_a) == *commitment
}

/// The numbers both ends show once `N_A` is revealed and matches.
#[must_use]
pub fn compare_numbers(session: &Session, nonce_a: &[u8; 32], nonce_b: &[u8; 32]) -> CompareNumbers {
    let mut nonces = Zeroizing::new([0; 64]);
    nonces[..32].copy_from_slice(nonce_a);
    nonces[32..].copy_from_slice(nonce_b);
    let value = crate::kdf::hkdf(session.first_hash(), &*nonces, &[WORDS_LABEL]);
    // 13 bits each from the front of 39 bits.
    let bits = value[..5].iter().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte)) >> 1;
    let number = |shift: u32| 1000 + u16::try_from((bits >> shift) & 0x1FFF).expect("13 bits");
    CompareNumbers([number(26), number(13), number(0)])
}
