//! Sign-in with a passkey: a fresh challenge, and the check of what an authenticator signed over it.
//!
//! The rules of WebAuthn (level 3, section 7.2) are kept by the library; this file keeps the challenges and finds
//! the person in the roster. A challenge counts once, for five minutes, in the process that gave it.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Mutex;

use lykta_trust::{Passkey, Roster, RosterEntry};
use webauthn_rp::AuthenticatedCredential;
use webauthn_rp::request::auth::{
    AuthenticationVerificationOptions, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions,
};
use webauthn_rp::request::register::UserHandle;
use webauthn_rp::request::{AsciiDomain, RpId};
use webauthn_rp::response::auth::{AuthenticatorAssertion, DiscoverableAuthentication};
use webauthn_rp::response::register::{
    AuthenticatorData, CompressedPubKey, DynamicState, StaticState, UncompressedPubKey,
};
use webauthn_rp::response::{AuthenticatorAttachment, CredentialId};

/// Challenges that are kept; the oldest goes when one more is asked for. Nobody is signed in while asking, so
/// this bounds the memory (about 10 MiB), and somebody who wants to push out another's challenge has to ask this
/// often while that person touches their authenticator.
const CHALLENGES: usize = 65_536;

/// Bytes of the user handle a passkey is made with: random, and never looked at, since the credential's id finds
/// the person in the roster.
pub const USER_HANDLE: usize = 16;

/// What a relay needs to let somebody in with a passkey.
pub struct Passkeys {
    rp_id: RpId,
    origin: String,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    challenges: HashMap<u128, DiscoverableAuthenticationServerState>,
    order: VecDeque<u128>,
}

/// What the browser brings back: the parts of an `AuthenticatorAssertionResponse`, and the credential's id.
pub struct Assertion {
    /// `rawId`.
    pub id: Vec<u8>,
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `signature`.
    pub signature: Vec<u8>,
    /// `userHandle`.
    pub user_handle: [u8; USER_HANDLE],
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSignedIn {
    /// The challenge is not one of ours, was answered already, or is older than five minutes.
    Late,
    /// No person of the roster has this passkey.
    Unknown,
    /// The authenticator's answer does not hold: signature, origin, host, counter, or the person was not verified.
    Refused,
    /// The person's certificate has ended, or has not begun.
    Expired,
}

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "late",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Expired => "expired",
        })
    }
}

impl Passkeys {
    /// Sign-in at this origin, whose host is the passkeys' RP ID. `None` when the host is a number: WebAuthn wants
    /// a name.
    #[must_use]
    pub fn new(origin: &crate::centre::Origin) -> Option<Self> {
        let host = origin.host();
        let numeric = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
        let domain = (!numeric).then(|| AsciiDomain::try_from(host.to_owned()).ok()).flatten()?;
        Some(Self { rp_id: RpId::Domain(domain), origin: origin.to_string(), waiting: Mutex::default() })
    }

    /// A fresh challenge, 16 random bytes.
    #[must_use]
    pub fn challenge(&self) -> [u8; 16] {
        let options = DiscoverableCredentialRequestOptions::passkey(&self.rp_id);
        let (state, client) = options.start_ceremony().expect("nothing is asked for but user verification");
        let challenge = client.options().0.challenge.as_data();
        let mut waiting = self.waiting.lock().expect("nobody panics while holding the challenges");
        if waiting.order.len() == CHALLENGES
            && let Some(oldest) = waiting.order.pop_front()
        {
            waiting.challenges.remove(&oldest);
        }
        waiting.order.push_back(challenge);
        waiting.challenges.insert(challenge, state);
        challenge.to_le_bytes()
    }

    /// The person whose passkey answered one of our challenges. Whatever comes of it, the challenge is used up.
    ///
    /// # Errors
    /// [`NotSignedIn`] names the first thing that is wrong.
    pub fn verify<'a>(
        &self,
        roster: &'a Roster,
        assertion: Assertion,
        now_s: u64,
    ) -> Result<&'a RosterEntry, NotSignedIn> {
        let Assertion { id, client_data, authenticator_data, signature, user_handle } = assertion;
        let user_handle = UserHandle::from(user_handle);
        let response = AuthenticatorAssertion::new(client_data, authenticator_data, signature, user_handle);
        let id = CredentialId::try_from(id).map_err(|_| NotSignedIn::Unknown)?;
        let answer: DiscoverableAuthentication<USER_HANDLE> =
            DiscoverableAuthentication::new(id, response, AuthenticatorAttachment::None);
        let challenge = answer.challenge().map_err(|_| NotSignedIn::Refused)?.0;
        let state = self
            .waiting
            .lock()
            .expect("nobody panics while holding the challenges")
            .challenges
            .remove(&challenge)
            .ok_or(NotSignedIn::Late)?;
        let (entry, passkey) = owner(roster, answer.raw_id().inner()).ok_or(NotSignedIn::Unknown)?;
        let made =
            AuthenticatorData::try_from(passkey.authenticator_data()).map_err(|_| NotSignedIn::Refused)?;
        let attested = made.attested_credential_data();
        let known = StaticState {
            credential_public_key: compressed(attested.credential_public_key).ok_or(NotSignedIn::Refused)?,
            extensions: made.extensions().into(),
        };
        let flags = made.flags();
        let state_then = DynamicState {
            user_verified: flags.user_verified,
            backup: flags.backup,
            // Nothing of a sign-in is written down, so the counter is compared with the one at enrolment.
            sign_count: made.sign_count(),
            authenticator_attachment: AuthenticatorAttachment::None,
        };
        let own = answer.response().user_handle();
        let mut credential = AuthenticatedCredential::new(attested.credential_id, own, known, state_then)
            .map_err(|_| NotSignedIn::Refused)?;
        let origins = [self.origin.as_str()];
        let rules = AuthenticationVerificationOptions::<'_, '_, &str, &str> {
            allowed_origins: &origins,
            // The page asks for the PRF, not we: its result is none of ours, and that it was asked for shows.
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        state.verify(&self.rp_id, &answer, &mut credential, &rules).map_err(|_| NotSignedIn::Refused)?;
        let terms = entry.staff.terms();
        if !(u64::from(terms.not_before)..=u64::from(terms.not_after)).contains(&now_s) {
            return Err(NotSignedIn::Expired);
        }
        Ok(entry)
    }
}

/// Whether a roster's passkey is one that could sign in at this host.
#[must_use]
pub fn is_usable(passkey: &[u8]) -> bool {
    Passkey::parse(passkey)
        .is_ok_and(|passkey| AuthenticatorData::try_from(passkey.authenticator_data()).is_ok())
}

fn owner<'a>(roster: &'a Roster, id: &[u8]) -> Option<(&'a RosterEntry, Passkey)> {
    roster.entries().iter().find_map(|entry| {
        let passkey = Passkey::parse(entry.passkey.as_deref()?).ok()?;
        let made = AuthenticatorData::try_from(passkey.authenticator_data()).ok()?;
        (*made.attested_credential_data().credential_id.inner() == id).then_some((entry, passkey))
    })
}

/// The form the library verifies with, over bytes that lie in the roster.
type PublicKey<'a> = CompressedPubKey<&'a [u8], &'a [u8], &'a [u8], &'a [u8]>;

/// Of a point on a curve one coordinate and the other's last bit.
fn compressed(key: UncompressedPubKey<'_>) -> Option<PublicKey<'_>> {
    let odd = |y: &[u8]| y.last().is_some_and(|last| last & 1 == 1);
    Some(match key {
        UncompressedPubKey::Ed25519(key) => CompressedPubKey::Ed25519(key),
        UncompressedPubKey::P256(key) => CompressedPubKey::P256((key.x(), odd(key.y())).try_into().ok()?),
        UncompressedPubKey::P384(key) => CompressedPubKey::P384((key.x(), odd(key.y())).try_into().ok()?),
        UncompressedPubKey::Rsa(key) => CompressedPubKey::Rsa(key),
    })
}
