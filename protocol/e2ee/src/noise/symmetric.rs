//! Noise section 5.2: the chaining key, the running hash, and the cipher they feed.

use alloc::vec::Vec;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::TAG_LEN;
use super::cipher::{BadTag, CipherState};
use crate::kdf::{hash, hmac};

#[derive(ZeroizeOnDrop)]
pub(crate) struct SymmetricState {
    ck: Zeroizing<[u8; 32]>,
    h: [u8; 32],
    cipher: Option<CipherState>,
}

impl SymmetricState {
    pub(crate) fn new(protocol_name: &[u8]) -> Self {
        let mut h = [0; 32];
        if protocol_name.len() <= h.len() {
            h[..protocol_name.len()].copy_from_slice(protocol_name);
        } else {
            h = hash(&[protocol_name]);
        }
        Self { ck: Zeroizing::new(h), h, cipher: None }
    }

    pub(crate) fn mix_hash(&mut self, data: &[u8]) {
        self.h = hash(&[&self.h, data]);
    }

    pub(crate) fn mix_key(&mut self, ikm: &[u8]) {
        let [ck, key, _] = expand(&self.ck, ikm);
        self.ck = ck;
        self.cipher = Some(CipherState::new(&key));
    }

    pub(crate) fn mix_key_and_hash(&mut self, ikm: &[u8]) {
        let [ck, extra, key] = expand(&self.ck, ikm);
        self.ck = ck;
        self.mix_hash(&*extra);
        self.cipher = Some(CipherState::new(&key));
    }

    /// Appends `text`, sealed if there is a key, to `out`.
    pub(crate) fn encrypt_and_hash(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(text);
        if let Some(cipher) = &mut self.cipher {
            let tag =
                cipher.seal(&self.h, &mut out[start..]).expect("a handshake seals a handful of messages");
            out.extend_from_slice(&tag);
        }
        self.mix_hash(&out[start..]);
    }

    /// The reverse of [`Self::encrypt_and_hash`].
    pub(crate) fn decrypt_and_hash(&mut self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadTag> {
        let plain = match &mut self.cipher {
            None => Zeroizing::new(sealed.to_vec()),
            Some(cipher) => {
                let (text, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(BadTag)?;
                let mut plain = Zeroizing::new(text.to_vec());
                cipher.peek(&self.h, &mut plain, tag)?;
                cipher.step();
                plain
            }
        };
        self.mix_hash(sealed);
        Ok(plain)
    }

    pub(crate) const fn has_key(&self) -> bool {
        self.cipher.is_some()
    }

    /// The keys of initiator and responder, and the handshake hash.
    pub(crate) fn split(&self) -> (CipherState, CipherState, [u8; 32]) {
        let [initiator, responder, _] = expand(&self.ck, &[]);
        (CipherState::new(&initiator), CipherState::new(&responder), self.h)
    }
}

/// Noise section 4.3: HKDF with three outputs (two are a prefix of three).
pub(super) fn expand(ck: &[u8; 32], ikm: &[u8]) -> [Zeroizing<[u8; 32]>; 3] {
    let temp = hmac(ck, &[ikm], &[]);
    let one = hmac(&temp, &[], &[1]);
    let two = hmac(&temp, &[&*one], &[2]);
    let three = hmac(&temp, &[&*two], &[3]);
    [one, two, three]
}
