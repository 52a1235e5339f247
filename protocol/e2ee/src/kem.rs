//! ML-KEM-768 behind three functions. Keys live as seeds and are expanded only while they are used.

use core::convert::Infallible;

use ml_kem::kem::common::rand_core::{TryCryptoRng, TryRng};
use ml_kem::ml_kem_768::EncapsulationKey;
use ml_kem::{Ciphertext, Decapsulate, Encapsulate, FromSeed, Key, KeyExport, MlKem768, Seed};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of an encapsulation key.
pub(crate) const EK_LEN: usize = 1184;
/// Bytes of a ciphertext.
pub(crate) const CT_LEN: usize = 1088;

/// The encapsulation key of the seed `d | z`.
pub(crate) fn public_key(d: &[u8; 32], z: &[u8; 32]) -> [u8; EK_LEN] {
    let mut seed = joined(d, z);
    let (_, ek) = MlKem768::from_seed(&seed);
    seed.zeroize();
    ek.to_bytes().into()
}

/// A secret for the holder of `ek`, and the ciphertext that carries it, from 32 random bytes `m`.
///
/// `None` if `ek` is not a valid key (FIPS 203 section 7.2: every coefficient must be reduced).
pub(crate) fn encapsulate(ek: &[u8; EK_LEN], m: &[u8; 32]) -> Option<([u8; CT_LEN], Zeroizing<[u8; 32]>)> {
    let key: &Key<EncapsulationKey> = ek.into();
    let (ct, mut shared) = EncapsulationKey::new(key).ok()?.encapsulate_with_rng(&mut OneShot(Some(m)));
    let secret = Zeroizing::new(shared.into());
    shared.zeroize();
    Some((ct.into(), secret))
}

/// The secret of `ct`. A wrong ciphertext gives another secret, not an error: the handshake's tag decides.
pub(crate) fn decapsulate(d: &[u8; 32], z: &[u8; 32], ct: &[u8; CT_LEN]) -> Zeroizing<[u8; 32]> {
    let mut seed = joined(d, z);
    let (dk, _) = MlKem768::from_seed(&seed);
    seed.zeroize();
    let ct: &Ciphertext<MlKem768> = ct.into();
    let mut shared = dk.decapsulate(ct);
    let secret = Zeroizing::new(shared.into());
    shared.zeroize();
    secret
}

fn joined(d: &[u8; 32], z: &[u8; 32]) -> Seed {
    let mut seed = Seed::default();
    seed[..32].copy_from_slice(d);
    seed[32..].copy_from_slice(z);
    seed
}

/// A "random source" that has exactly the 32 bytes that came in as a seed. Encapsulation draws them once;
/// drawing again, or another length, would be a change in the library that must not go unnoticed.
struct OneShot<'a>(Option<&'a [u8; 32]>);

impl TryRng for OneShot<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut word = [0; 4];
        self.try_fill_bytes(&mut word)?;
        Ok(u32::from_le_bytes(word))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut word = [0; 8];
        self.try_fill_bytes(&mut word)?;
        Ok(u64::from_le_bytes(word))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let bytes = self.0.take().expect("encapsulation draws once");
        assert_eq!(out.len(), bytes.len(), "encapsulation draws 32 bytes");
        out.copy_from_slice(bytes);
        Ok(())
    }
}

impl TryCryptoRng for OneShot<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "encapsulation draws 32 bytes")]
    fn a_word_is_not_what_encapsulation_draws() {
        let _ = OneShot(Some(&[7; 32])).try_next_u32();
    }

    #[test]
    #[should_panic(expected = "encapsulation draws 32 bytes")]
    fn nor_is_a_long_word() {
        let _ = OneShot(Some(&[7; 32])).try_next_u64();
    }
}
