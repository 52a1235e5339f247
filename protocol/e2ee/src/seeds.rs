//! Randomness comes in from outside, in types that say what it is for. This crate has no generator.

use alloc::boxed::Box;

use zeroize::{Zeroize, ZeroizeOnDrop};

macro_rules! seed {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        ///
        /// Must be fresh from the platform's random source (`crypto.getRandomValues`) and is used once:
        /// the call that needs it consumes it. Kept behind a pointer, so moving it leaves no copy;
        /// overwritten when dropped.
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name(Box<[u8; $len]>);

        impl $name {
            /// Bytes.
            pub const LEN: usize = $len;

            /// Takes the bytes and overwrites `bytes` with zeros.
            #[must_use]
            pub fn take(bytes: &mut [u8; $len]) -> Self {
                let mut kept = Box::new([0; $len]);
                kept.copy_from_slice(bytes);
                bytes.zeroize();
                Self(kept)
            }

            #[allow(dead_code, reason = "one macro for seeds that are used whole and seeds used in parts")]
            pub(crate) fn part(&self, at: usize) -> &[u8; 32] {
                self.0[at..].first_chunk().expect("parts are constants inside the seed")
            }
        }
    };
}

seed! {
    /// What a hello is made of, 96 bytes: X25519 ephemeral 32, ML-KEM `d` 32, ML-KEM `z` 32.
    HelloSeed, 96
}
seed! {
    /// What an answer is made of, 96 bytes: X25519 ephemeral 32, ML-KEM encapsulation `m` 32, `rs` 32.
    AnswerSeed, 96
}
seed! {
    /// What the first and third message of a staff channel are made of, 128 bytes: X25519 ephemeral 32,
    /// ML-KEM `d` 32, ML-KEM `z` 32, `rs` 32.
    StaffSeed, 128
}
seed! {
    /// 32 bytes that two ends share beforehand and that go into a greeting: 32 zero bytes for a new ticket,
    /// else the key of the return words, the hand-over's or invitation's secret, or `next` of the running
    /// epoch.
    ChainSecret, 32
}

impl ChainSecret {
    /// The public chain of a new ticket: zeros.
    pub(crate) fn public() -> Self {
        Self::take(&mut [0; 32])
    }

    /// The 32 bytes, for writing them into a note. They are a secret: copy them nowhere else.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}
