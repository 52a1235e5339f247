//! The one hash of the protocol.

use sha2::{Digest, Sha256};

/// `SHA-256(parts joined)`.
///
/// Never inlined: hashing is asked for in a dozen places, and a page would download it as often.
#[inline(never)]
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
