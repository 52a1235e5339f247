//! The session of a sign-in: a sealed cookie, so that a restarted relay (or another one) knows it again.
//!
//! It ties a browser to a person of the roster and admits nobody by itself: the desk's socket asks besides
//! for a signature over a fresh challenge.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock::Moment;

/// The cookie's name. `__Host-` makes browsers insist on Secure, on Path=/ and on no Domain.
pub const COOKIE: &str = "__Host-lykta";

/// A session lasts a working day at most.
pub(super) const LONGEST: Duration = Duration::from_secs(10 * 3_600);

/// Seals session cookies. No `Debug`, no `Clone`.
pub struct SessionKey(Zeroizing<[u8; 32]>);

/// A signed-in person.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    staff_public: [u8; 32],
    until: Moment,
}

impl Session {
    /// A session from now on.
    #[must_use]
    pub fn begin(staff_public: [u8; 32], now: Moment) -> Self {
        Self::begin_for(staff_public, now, LONGEST)
    }

    /// A session of the centre's own length, a working day at most.
    #[must_use]
    pub fn begin_for(staff_public: [u8; 32], now: Moment, length: Duration) -> Self {
        Self { staff_public, until: now.plus(length.min(LONGEST)) }
    }

    /// Whether this is the person's.
    #[must_use]
    pub fn is(&self, staff_public: &[u8; 32]) -> bool {
        self.staff_public == *staff_public
    }

    /// Whose.
    #[must_use]
    pub fn staff_public(&self) -> &[u8; 32] {
        &self.staff_public
    }
}

impl SessionKey {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The cookie's value: `staff key 32 | until_ms u64 | HMAC-SHA256 32`, in hexadecimal.
    #[must_use]
    pub fn seal(&self, session: &Session) -> String {
        let mut bytes = self.body(session);
        let tag = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag);
        hex(&bytes)
    }

    /// Opens a cookie's value. `None` for anything that is not a living session of ours.
    #[must_use]
    pub fn open(&self, value: &str, now: Moment) -> Option<Session> {
        let bytes = unhex(value)?;
        let (body, tag) = bytes.split_at_checked(40)?;
        self.mac(body).verify_slice(tag).ok()?;
        let (staff_public, until) = body.split_first_chunk::<32>()?;
        let until = Moment(u64::from_be_bytes(until.try_into().ok()?));
        (until > now).then_some(Session { staff_public: *staff_public, until })
    }

    /// The whole `Set-Cookie` value: gone when the browser closes or the session ends.
    #[must_use]
    pub fn set_cookie(&self, session: &Session, now: Moment) -> String {
        let seconds = session.until.since(now).as_secs();
        let value = self.seal(session);
        format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict")
    }

    /// The `Set-Cookie` value that ends a session in the browser that signs out.
    #[must_use]
    pub fn end_cookie() -> String {
        format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict")
    }

    fn body(&self, session: &Session) -> Vec<u8> {
        let mut body = session.staff_public.to_vec();
        body.extend_from_slice(&session.until.0.to_be_bytes());
        body
    }

    fn mac(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes a key of any length");
        mac.update(b"lykta/1 session");
        mac.update(body);
        mac
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

/// Reads hexadecimal; `None` when it is not.
#[must_use]
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| Some(c.to_digit(16)? as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_opens_until_it_ends_and_never_when_changed() {
        let key = SessionKey::new([7; 32]);
        let now = Moment(1_000);
        let cookie = key.seal(&Session::begin([1; 32], now));
        assert!(key.open(&cookie, now).is_some_and(|session| session.is(&[1; 32])));
        assert!(key.open(&cookie, now.plus(LONGEST)).is_none(), "over");
        assert!(SessionKey::new([8; 32]).open(&cookie, now).is_none(), "another relay's key");
        for place in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            assert!(key.open(&String::from_utf8(changed).unwrap(), now).is_none());
        }
        for garbage in ["", "zz", "é", "00", &"0".repeat(144)] {
            assert!(key.open(garbage, now).is_none());
        }
    }
}
