//! HMAC-SHA256 (RFC 2104), and HKDF-SHA256 (RFC 5869) with 32 bytes of output: one block, so a single expand step.

use alloc::vec::Vec;

use lykta_wire::sha256;
use zeroize::{Zeroize, Zeroizing};

/// `SHA-256(parts joined)`.
pub(crate) fn hash(parts: &[&[u8]]) -> [u8; 32] {
    sha256(parts)
}

/// `HKDF(salt, ikm, info = parts joined, 32)`.
pub(crate) fn hkdf(salt: &[u8; 32], ikm: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let prk = hmac(salt, &[ikm], &[]);
    hmac(&prk, info, &[1])
}

/// `HMAC-SHA256(key, parts joined | last)`, for the only length of key there is here: half a block, so it is filled up
/// with zeros and never hashed.
///
/// By hand, from the one SHA-256: another copy of it inside a crate's HMAC is half a KiB of every page.
#[inline(never)]
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]], last: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut inner = masked(key, 0x36);
    let mut text: Vec<&[u8]> = Vec::with_capacity(parts.len() + 2);
    text.push(&*inner);
    text.extend_from_slice(parts);
    text.push(last);
    let mut digest = sha256(&text);
    inner = masked(key, 0x5c);
    let out = Zeroizing::new(sha256(&[&*inner, &digest]));
    digest.zeroize();
    out
}

/// The key as a block of SHA-256, each byte XORed with `mask`.
fn masked(key: &[u8; 32], mask: u8) -> Zeroizing<[u8; 64]> {
    let mut block = Zeroizing::new([mask; 64]);
    for (byte, key) in block.iter_mut().zip(key) {
        *byte ^= key;
    }
    block
}
