//! The Noise Protocol Framework, revision 34, as far as `lykta/1` needs it: X25519, ChaChaPoly, SHA-256,
//! the patterns of [`pattern`].
//!
//! Our own, because the headers of envelopes must be authenticated as associated data, because every secret
//! must be erased, and because it is small enough to be read in one sitting. An independent implementation
//! is the oracle in the tests.

mod cipher;
mod handshake;
mod pattern;
mod symmetric;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wycheproof;

pub(crate) use cipher::{CipherState, seal_with, unseal_with};
pub(crate) use handshake::{Broken, Handshake, Transport, public_of};
pub(crate) use pattern::{NX_PSK2, XX_PSK3};

/// Bytes of an AEAD tag.
pub(crate) const TAG_LEN: usize = 16;
/// Bytes of a public X25519 key.
pub(crate) const DH_LEN: usize = 32;
