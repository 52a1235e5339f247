//! Noise section 5.3: walks along a pattern's tokens.

use alloc::boxed::Box;
use alloc::vec::Vec;

use x25519_dalek::{PublicKey, SharedSecret, StaticSecret, X25519_BASEPOINT_BYTES};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::cipher::{BadTag, CipherState};
use super::pattern::{Pattern, Token};
use super::symmetric::SymmetricState;
use super::{DH_LEN, TAG_LEN};

/// The message is not the other half of this handshake. Deliberately without a reason.
pub(crate) struct Broken;

impl From<BadTag> for Broken {
    fn from(_: BadTag) -> Self {
        Self
    }
}

/// What remains of a finished handshake.
pub(crate) struct Transport {
    pub(crate) initiator: CipherState,
    pub(crate) responder: CipherState,
    pub(crate) hash: [u8; 32],
}

/// A handshake under way. After [`Broken`] it must be dropped.
pub(crate) struct Handshake {
    symmetric: Box<SymmetricState>,
    pattern: &'static Pattern,
    at: usize,
    initiator: bool,
    e: Option<Box<StaticSecret>>,
    s: Option<Box<StaticSecret>>,
    re: Option<PublicKey>,
    rs: Option<PublicKey>,
}

// Every secret part erases itself when dropped.
impl ZeroizeOnDrop for Handshake {}

impl Handshake {
    /// `s` is this end's static key, if the pattern has one for it.
    pub(crate) fn new(
        pattern: &'static Pattern,
        initiator: bool,
        prologue: &[u8],
        s: Option<&StaticSecret>,
    ) -> Self {
        let mut symmetric = Box::new(SymmetricState::new(pattern.name));
        symmetric.mix_hash(prologue);
        let s = s.map(|s| Box::new(s.clone()));
        Self { symmetric, pattern, at: 0, initiator, e: None, s, re: None, rs: None }
    }

    /// The other end's static key, once it came.
    pub(crate) fn remote_static(&self) -> Option<[u8; 32]> {
        self.rs.map(|key| key.to_bytes())
    }

    /// Writes this end's next message. `e` is used if the message has an `e` token, `psk` if it has a `psk`.
    ///
    /// Every pattern here is a PSK pattern, so `e` is mixed into the key as well (Noise section 9.2).
    pub(crate) fn write(&mut self, e: &[u8; 32], psk: &[u8; 32], payload: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut out = Vec::with_capacity(2 * (DH_LEN + TAG_LEN) + payload.len() + TAG_LEN);
        for token in self.next_message()? {
            match token {
                Token::E => {
                    let secret = Box::new(StaticSecret::from(*e));
                    let public = public_of(&secret);
                    out.extend_from_slice(public.as_bytes());
                    self.symmetric.mix_hash(public.as_bytes());
                    self.symmetric.mix_key(public.as_bytes());
                    self.e = Some(secret);
                }
                Token::S => {
                    let public = public_of(self.s.as_ref().ok_or(Broken)?);
                    self.symmetric.encrypt_and_hash(public.as_bytes(), &mut out);
                }
                Token::Psk => self.symmetric.mix_key_and_hash(psk),
                Token::Ee | Token::Es | Token::Se => self.mix_dh(*token)?,
            }
        }
        self.symmetric.encrypt_and_hash(payload, &mut out);
        Ok(out)
    }

    /// Reads the other end's next message and gives its payload.
    pub(crate) fn read(&mut self, message: &[u8], psk: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let mut rest = message;
        for token in self.next_message()? {
            match token {
                Token::E => {
                    let (public, tail) = rest.split_first_chunk::<DH_LEN>().ok_or(Broken)?;
                    rest = tail;
                    self.symmetric.mix_hash(public);
                    self.symmetric.mix_key(public);
                    self.re = Some(PublicKey::from(*public));
                }
                Token::S => {
                    let len = DH_LEN + if self.symmetric.has_key() { TAG_LEN } else { 0 };
                    let (sealed, tail) = rest.split_at_checked(len).ok_or(Broken)?;
                    rest = tail;
                    let public = self.symmetric.decrypt_and_hash(sealed)?;
                    let public: [u8; DH_LEN] = public.as_slice().try_into().map_err(|_| Broken)?;
                    self.rs = Some(PublicKey::from(public));
                }
                Token::Psk => self.symmetric.mix_key_and_hash(psk),
                Token::Ee | Token::Es | Token::Se => self.mix_dh(*token)?,
            }
        }
        Ok(self.symmetric.decrypt_and_hash(rest)?)
    }

    /// After the last message.
    pub(crate) fn split(self) -> Result<Transport, Broken> {
        if self.at != self.pattern.messages.len() {
            return Err(Broken);
        }
        let (initiator, responder, hash) = self.symmetric.split();
        Ok(Transport { initiator, responder, hash })
    }

    fn next_message(&mut self) -> Result<&'static [Token], Broken> {
        let message = self.pattern.messages.get(self.at).ok_or(Broken)?;
        self.at += 1;
        Ok(message)
    }

    /// The first letter is the initiator's key, the second the responder's.
    fn mix_dh(&mut self, token: Token) -> Result<(), Broken> {
        let (own, remote) = match (token, self.initiator) {
            (Token::Ee, _) => (&self.e, self.re),
            (Token::Es, true) | (Token::Se, false) => (&self.e, self.rs),
            (Token::Es, false) | (Token::Se, true) => (&self.s, self.re),
            (Token::E | Token::S | Token::Psk, _) => return Err(Broken),
        };
        let shared = agree(own.as_ref().ok_or(Broken)?, &remote.ok_or(Broken)?).ok_or(Broken)?;
        self.symmetric.mix_key(shared.as_bytes());
        Ok(())
    }
}

/// The public half of a key: X25519 with the base point (RFC 7748, section 6.1). The same ladder as for every other
/// point; the library's own way would bring a second, Edwards one, which a page need not carry.
pub(crate) fn public_of(own: &StaticSecret) -> PublicKey {
    PublicKey::from(own.diffie_hellman(&PublicKey::from(X25519_BASEPOINT_BYTES)).to_bytes())
}

/// X25519. `None` when the result is all zeros: a low-order point, to which the other end contributed nothing.
pub(super) fn agree(own: &StaticSecret, remote: &PublicKey) -> Option<SharedSecret> {
    let shared = own.diffie_hellman(remote);
    shared.was_contributory().then_some(shared)
}
