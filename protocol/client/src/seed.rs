//! Randomness comes in from outside, fresh with every step.

use alloc::boxed::Box;

use lykta_wire::sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 128 bytes from the platform's random source, for one step of one machine.
///
/// A step may need a ticket secret, a hello and a moment of jitter at once, so the bytes are stretched:
/// draw number `n` is `SHA-256("lykta/1 seed" | n u32 | seed)`. Two draws of one seed never repeat, and no
/// draw tells anything about another.
///
/// Kept behind a pointer so that moving it leaves no copy; overwritten when dropped. No `Debug`, no `Clone`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Seed {
    bytes: Box<[u8; Seed::LEN]>,
    drawn: u32,
}

impl Seed {
    /// Bytes of a seed.
    pub const LEN: usize = 128;

    /// Takes the bytes and overwrites `bytes` with zeros.
    #[must_use]
    pub fn take(bytes: &mut [u8; Self::LEN]) -> Self {
        let mut kept = Box::new([0; Self::LEN]);
        kept.copy_from_slice(bytes);
        bytes.zeroize();
        Self { bytes: kept, drawn: 0 }
    }

    /// The next `N` bytes.
    pub fn draw<const N: usize>(&mut self) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        self.fill(&mut *out);
        out
    }

    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut block = sha256(&[b"lykta/1 seed", &self.drawn.to_be_bytes(), &self.bytes[..]]);
            self.drawn = self.drawn.wrapping_add(1);
            chunk.copy_from_slice(&block[..chunk.len()]);
            block.zeroize();
        }
    }

    /// A number from 0 to `end`, not including `end`; 0 when `end` is 0. For spreading, not for keys: the
    /// remainder leans towards small numbers by less than one in 2^32.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        u64::from_be_bytes(*self.draw()).checked_rem(end).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_of_one_seed_differ_and_the_callers_copy_is_gone() {
        let mut bytes = [7; 128];
        let mut seed = Seed::take(&mut bytes);
        assert_eq!(bytes, [0; 128]);
        let (first, second) = (seed.draw::<96>(), seed.draw::<96>());
        assert_ne!(*first, *second);
        assert_ne!(first[..32], first[32..64]);
        let mut again = Seed::take(&mut [7; 128]);
        assert_eq!(*again.draw::<96>(), *first, "the same seed tells the same story");
    }

    #[test]
    fn a_number_below_nothing_is_nothing() {
        assert_eq!(Seed::take(&mut [1; 128]).below(0), 0);
        assert!(Seed::take(&mut [1; 128]).below(10) < 10);
    }
}
