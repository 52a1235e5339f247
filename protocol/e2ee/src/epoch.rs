//! What a greeting leaves behind at both ends: the keys of one epoch.

use alloc::boxed::Box;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::kdf::{hash, hkdf};
use crate::noise::{CipherState, Transport};
use crate::seeds::ChainSecret;

/// A key with a name, behind a pointer.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct BeatKey {
    key: Box<[u8; 32]>,
    pub(crate) epoch: u16,
}

impl BeatKey {
    fn new(key: &[u8; 32], epoch: u16) -> Self {
        let mut own = Box::new([0; 32]);
        own.copy_from_slice(key);
        Self { key: own, epoch }
    }

    pub(crate) const fn key(&self) -> &[u8; 32] {
        &self.key
    }
}

/// The keys of one epoch, not yet sorted into "mine" and "theirs".
pub(crate) struct EpochKeys {
    pub(crate) epoch: u16,
    /// Noise handshake hash `h`.
    pub(crate) hash: [u8; 32],
    /// The chain secret of the next greeting.
    pub(crate) next: ChainSecret,
    pub(crate) kept_visitor: CipherState,
    pub(crate) kept_counsellor: CipherState,
    pub(crate) beat_visitor: BeatKey,
    pub(crate) beat_counsellor: BeatKey,
}

impl EpochKeys {
    /// `next`, `beat_v`, `beat_c` = `HKDF(salt = h, ikm = rs, info = label)`.
    pub(crate) fn derive(epoch: u16, transport: Transport, rs: &[u8]) -> Self {
        let Transport { initiator, responder, hash } = transport;
        let derive = |label: &[u8]| hkdf(&hash, rs, &[label]);
        let mut next = derive(b"lykta/1 next");
        Self {
            epoch,
            hash,
            next: ChainSecret::take(&mut next),
            kept_visitor: initiator,
            kept_counsellor: responder,
            beat_visitor: BeatKey::new(&derive(b"lykta/1 beat v"), epoch),
            beat_counsellor: BeatKey::new(&derive(b"lykta/1 beat c"), epoch),
        }
    }
}

/// `psk = HKDF(salt = chain, ikm = ML-KEM secret, info = "lykta/1 psk" | H(ek | ct))`.
pub(crate) fn psk(chain: &ChainSecret, shared: &[u8; 32], ek: &[u8], ct: &[u8]) -> Zeroizing<[u8; 32]> {
    let both = hash(&[ek, ct]);
    hkdf(chain.expose(), shared, &[b"lykta/1 psk", &both])
}
