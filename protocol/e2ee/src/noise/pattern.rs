//! The handshake patterns, as tables (Noise sections 7 and 9).

/// One step of a handshake message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    E,
    S,
    Ee,
    Es,
    Se,
    Psk,
}

use Token::{E, Ee, Es, Psk, S, Se};

/// A pattern: its full name and its messages, the first from the initiator, then in turns.
pub(crate) struct Pattern {
    pub(crate) name: &'static [u8],
    pub(crate) messages: &'static [&'static [Token]],
}

/// Visitor to counsellor: the responder's key is not known beforehand, the initiator has none.
pub(crate) const NX_PSK2: Pattern =
    Pattern { name: b"Noise_NXpsk2_25519_ChaChaPoly_SHA256", messages: &[&[E], &[E, Ee, S, Es, Psk]] };

/// Staff to staff: both have certified keys.
pub(crate) const XX_PSK3: Pattern = Pattern {
    name: b"Noise_XXpsk3_25519_ChaChaPoly_SHA256",
    messages: &[&[E], &[E, Ee, S, Es], &[S, Se, Psk]],
};
