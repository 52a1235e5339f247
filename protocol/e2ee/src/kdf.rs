//! HKDF-SHA256 (RFC 5869) with 32 bytes of output: one block, so a single expand step.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// `HKDF(salt, ikm, info = parts joined, 32)`.
pub(crate) fn hkdf(salt: &[u8; 32], ikm: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let prk = hmac(salt, &[ikm]);
    let mut mac = Hmac::<Sha256>::new_from_slice(&*prk).expect("HMAC takes a key of any length");
    for part in info {
        mac.update(part);
    }
    mac.update(&[1]);
    finish(mac)
}

/// `HMAC-SHA256(key, parts joined)`.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    finish(mac)
}

fn finish(mac: Hmac<Sha256>) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let mut bytes = mac.finalize().into_bytes();
    out.copy_from_slice(&bytes);
    zeroize::Zeroize::zeroize(bytes.as_mut_slice());
    out
}
