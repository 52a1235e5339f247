//! SHA-256, and HKDF-SHA256 (RFC 5869) with 32 bytes of output: one block, so a single expand step.
//!
//! Neither function is inlined: hashing is asked for in a dozen places, and a page would download it as often.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// `SHA-256(parts joined)`.
#[inline(never)]
pub(crate) fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// `HKDF(salt, ikm, info = parts joined, 32)`.
pub(crate) fn hkdf(salt: &[u8; 32], ikm: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let prk = hmac(salt, &[ikm], &[]);
    hmac(&prk, info, &[1])
}

/// `HMAC-SHA256(key, parts joined | last)`.
#[inline(never)]
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]], last: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.update(last);
    let mut out = Zeroizing::new([0; 32]);
    let mut bytes = mac.finalize().into_bytes();
    out.copy_from_slice(&bytes);
    bytes.as_mut_slice().zeroize();
    out
}
