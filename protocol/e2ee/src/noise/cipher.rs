//! Noise section 5.1: a key and a counter.

use alloc::boxed::Box;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, Tag};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::TAG_LEN;

/// The tag did not fit, or the counter has run out.
pub(crate) struct BadTag;

/// A key and how often it, or the keys it grew out of, were used.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct CipherState {
    // Behind a pointer, so that moving the state copies no key.
    key: Box<[u8; 32]>,
    n: u64,
}

impl CipherState {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let mut own = Box::new([0; 32]);
        own.copy_from_slice(key);
        Self { key: own, n: 0 }
    }

    /// Encrypts `text` in place and counts on; `None` when 2^64-1 messages were sealed.
    pub(crate) fn seal(&mut self, ad: &[u8], text: &mut [u8]) -> Option<[u8; TAG_LEN]> {
        let next = self.n.checked_add(1)?;
        let tag = seal_with(&self.key, self.n, ad, text);
        self.n = next;
        Some(tag)
    }

    /// Decrypts `text` in place without counting on: the caller calls [`Self::step`] once it knows that
    /// the message is accepted. When the tag is wrong `text` is not plaintext.
    pub(crate) fn peek(&self, ad: &[u8], text: &mut [u8], tag: &[u8; TAG_LEN]) -> Result<(), BadTag> {
        if self.n == u64::MAX {
            return Err(BadTag);
        }
        unseal_with(&self.key, self.n, ad, text, tag)
    }

    /// Counts one message.
    pub(crate) fn step(&mut self) {
        self.n += 1;
    }

    /// Everything there is to a state, for tests that say "unchanged".
    #[cfg(test)]
    pub(crate) fn snapshot(&self) -> ([u8; 32], u64) {
        (*self.key, self.n)
    }

    /// Noise section 4.2 and 11.3: the next key out of this one; the counter goes on.
    pub(crate) fn rekey(&mut self) {
        let mut next = Box::new([0; 32]);
        // The maximum nonce is reserved for this. The tag is not part of the key.
        seal_with(&self.key, u64::MAX, &[], &mut *next);
        self.key.zeroize();
        self.key = next;
    }
}

/// ChaCha20-Poly1305 under `key`; the nonce is 4 zero bytes and `n` little-endian.
pub(crate) fn seal_with(key: &[u8; 32], n: u64, ad: &[u8], text: &mut [u8]) -> [u8; TAG_LEN] {
    seal_under(key, &nonce(n), ad, text)
}

/// As [`seal_with`], with the nonce as it is.
pub(super) fn seal_under(key: &[u8; 32], nonce: &Nonce, ad: &[u8], text: &mut [u8]) -> [u8; TAG_LEN] {
    ChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(nonce, ad, text.into())
        .expect("a message is far below 256 GiB")
        .into()
}

/// The reverse; compares the tag in constant time before anything is decrypted.
pub(crate) fn unseal_with(
    key: &[u8; 32],
    n: u64,
    ad: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> Result<(), BadTag> {
    unseal_under(key, &nonce(n), ad, text, tag)
}

/// As [`unseal_with`], with the nonce as it is.
pub(super) fn unseal_under(
    key: &[u8; 32],
    nonce: &Nonce,
    ad: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> Result<(), BadTag> {
    ChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(nonce, ad, text.into(), &Tag::from(*tag))
        .map_err(|_| BadTag)
}

fn nonce(n: u64) -> Nonce {
    let mut nonce = Nonce::default();
    nonce[4..].copy_from_slice(&n.to_le_bytes());
    nonce
}
