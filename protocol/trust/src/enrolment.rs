//! The enrolment request: a person asks to stand in the roster, and proves to hold the key they ask with.
//!
//! ```text
//! lykta-enrolment-1
//! centre 34451b23bcb64992676f9ae6c71aef3f
//! made 1795305600
//! role counsellor
//! name Aïcha Öberg
//! key <64 hexadecimal digits>
//! passkey <hexadecimal digits>            (may be left out)
//! renews <64 hexadecimal digits>          (the old key, when it changes)
//! words 12345 67890 12345 67890 12345 67890
//! signature <128 hexadecimal digits>
//! renewal <128 hexadecimal digits>        (there when `renews` is)
//! ```
//!
//! Lines in this order, UTF-8, at most [`Request::MAX_LEN`] bytes; `made` in Unix seconds, decimal. Both
//! signatures are Ed25519 over `len 1 | label | body`, `"lykta/1 enrol"` by the key and `"lykta/1 renew"` by
//! the old key, where
//!
//! ```text
//! body = centre_id 16 | made u32 | role 1 | key 32 | name length u8 | name
//!      | passkey length u16 (0 = none) | passkey | count u8 (0 or 1) | old key 32 (if 1)
//! ```
//!
//! The words stand for centre and key alone ([`staff_words`]); the key's signature covers the rest. They are
//! in the file for the person's own records. Comparing the file with itself proves nothing: the words to
//! compare are those on the person's own screen.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::bytes::labelled;
use crate::hex;
use crate::ids::{CentreId, Role};
use crate::keys::{StaffKey, verified};
use crate::role::{role_from_word, role_word};
use crate::roster::RosterEntry;
use crate::text::Lines;
use crate::words::{Words, staff_words};

const HEAD: &str = "lykta-enrolment-1";
const ENROL: &[u8] = b"lykta/1 enrol";
const RENEW: &[u8] = b"lykta/1 renew";

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The centre whose staff they belong to.
    pub centre: CentreId,
    /// When the request was made, Unix seconds.
    pub made: u32,
    /// What they want to do.
    pub role: Role,
    /// The name colleagues will see: 1-64 bytes of UTF-8, nothing invisible, no space at either end.
    pub name: String,
    /// Their Ed25519 staff key.
    pub key: [u8; 32],
    /// The passkey credential as the relay's sign-in stores it, 1-1,024 bytes.
    pub passkey: Option<Vec<u8>>,
    /// The key of theirs that stands in the roster now, when this one shall replace it.
    pub renews: Option<[u8; 32]>,
}

/// A request whose signatures were checked: whoever made it held the key, and the old key if it names one.
/// That it is the person it says is for people to find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    asked: Enrolment,
    signature: [u8; 64],
    renewal: Option<[u8; 64]>,
}

/// Why a request is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// Longer than [`Request::MAX_LEN`] bytes.
    TooLong,
    /// This line, counted from 1, is not what should stand there.
    Line(usize),
    /// The name is empty, longer than 64 bytes, or holds something that cannot be seen.
    Name,
    /// The passkey is empty or longer than 1,024 bytes.
    Passkey,
    /// The request is not signed with its own key: changed on the way, or made without the key.
    NotSigned,
    /// The old key did not agree to be replaced.
    NotRenewed,
    /// The words in the file are not those of its key.
    Words,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the file is too long for an enrolment request"),
            Self::Line(number) => write!(f, "line {number} is not what stands there in an enrolment request"),
            Self::Name => f.write_str(
                "the name must be 1 to 64 bytes, without invisible signs and without a space at either end",
            ),
            Self::Passkey => f.write_str("the passkey must be 1 to 1,024 bytes"),
            Self::NotSigned => {
                f.write_str("the request was changed, or made without its key; ask for a new one")
            }
            Self::NotRenewed => f.write_str("the old key did not sign the renewal; ask for a new request"),
            Self::Words => {
                f.write_str("the words in the file do not belong to its key; ask for a new request")
            }
        }
    }
}

impl core::error::Error for RequestError {}

impl Enrolment {
    /// Signs the request with the key it names, and with the old key if it renews one.
    ///
    /// # Errors
    /// [`RequestError`], also when the keys are not those the request names.
    pub fn sign(self, key: &StaffKey, old: Option<&StaffKey>) -> Result<Request, RequestError> {
        self.check()?;
        let body = self.body();
        let signature = key.sign(&labelled(ENROL, &[&body]));
        let renewal = old.map(|old| old.sign(&labelled(RENEW, &[&body])));
        Request { asked: self, signature, renewal }.verified()
    }

    fn check(&self) -> Result<(), RequestError> {
        let seen = |c: char| !c.is_control() && !is_invisible(c);
        let fits = (1..=RosterEntry::MAX_NAME).contains(&self.name.len());
        if !fits || self.name.trim() != self.name || !self.name.chars().all(seen) {
            return Err(RequestError::Name);
        }
        if self.passkey.as_ref().is_some_and(|k| !(1..=RosterEntry::MAX_PASSKEY).contains(&k.len())) {
            return Err(RequestError::Passkey);
        }
        if self.renews == Some(self.key) {
            return Err(RequestError::NotRenewed);
        }
        Ok(())
    }

    fn body(&self) -> Vec<u8> {
        let short = "limits were checked first";
        let passkey = self.passkey.as_deref().unwrap_or_default();
        let mut body = Vec::new();
        body.extend_from_slice(&self.centre.0);
        body.extend_from_slice(&self.made.to_be_bytes());
        body.push(self.role.code());
        body.extend_from_slice(&self.key);
        body.push(u8::try_from(self.name.len()).expect(short));
        body.extend_from_slice(self.name.as_bytes());
        body.extend_from_slice(&u16::try_from(passkey.len()).expect(short).to_be_bytes());
        body.extend_from_slice(passkey);
        body.push(u8::from(self.renews.is_some()));
        body.extend_from_slice(self.renews.as_ref().map_or(&[][..], |old| old));
        body
    }
}

impl Request {
    /// Longest file, bytes: about twice what the longest name and passkey need.
    pub const MAX_LEN: usize = 8 * 1024;

    /// Reads a request and checks every signature in it.
    ///
    /// # Errors
    /// [`RequestError`] names the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        if text.len() > Self::MAX_LEN {
            return Err(RequestError::TooLong);
        }
        let mut lines = Lines::new(text);
        let (request, words) = Self::read(&mut lines).ok_or(RequestError::Line(lines.number()))?;
        let last = lines.number();
        if !lines.at_end() {
            return Err(RequestError::Line(last + 1));
        }
        request.asked.check()?;
        let request = request.verified()?;
        if words != request.words() {
            return Err(RequestError::Words);
        }
        Ok(request)
    }

    fn read(lines: &mut Lines<'_>) -> Option<(Self, Words)> {
        (lines.line()? == HEAD).then_some(())?;
        let asked = Enrolment {
            centre: CentreId(hex::read_array(lines.value("centre")?)?),
            made: decimal(lines.value("made")?)?,
            role: role_from_word(lines.value("role")?)?,
            name: lines.value("name")?.to_owned(),
            key: hex::read_array(lines.value("key")?)?,
            passkey: match lines.value_if_there("passkey") {
                Some(passkey) => Some(hex::read(passkey)?),
                None => None,
            },
            renews: match lines.value_if_there("renews") {
                Some(old) => Some(hex::read_array(old)?),
                None => None,
            },
        };
        let words = Words::parse(lines.value("words")?)?;
        let signature = hex::read_array(lines.value("signature")?)?;
        let renewal = match asked.renews {
            Some(_) => Some(hex::read_array(lines.value("renewal")?)?),
            None => None,
        };
        Some((Self { asked, signature, renewal }, words))
    }

    /// The only door to a request: the signatures hold.
    fn verified(self) -> Result<Self, RequestError> {
        let body = self.asked.body();
        if !verified(&self.asked.key, &labelled(ENROL, &[&body]), &self.signature) {
            return Err(RequestError::NotSigned);
        }
        match (&self.asked.renews, &self.renewal) {
            (None, None) => Ok(self),
            (Some(old), Some(renewal)) if verified(old, &labelled(RENEW, &[&body]), renewal) => Ok(self),
            _ => Err(RequestError::NotRenewed),
        }
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let asked = &self.asked;
        let mut lines = vec![
            HEAD.to_owned(),
            format!("centre {}", hex::write(&asked.centre.0)),
            format!("made {}", asked.made),
            format!("role {}", role_word(asked.role)),
            format!("name {}", asked.name),
            format!("key {}", hex::write(&asked.key)),
        ];
        lines.extend(asked.passkey.as_ref().map(|passkey| format!("passkey {}", hex::write(passkey))));
        lines.extend(asked.renews.as_ref().map(|old| format!("renews {}", hex::write(old))));
        lines.push(format!("words {}", self.words()));
        lines.push(format!("signature {}", hex::write(&self.signature)));
        lines.extend(self.renewal.as_ref().map(|renewal| format!("renewal {}", hex::write(renewal))));
        lines.push(String::new());
        lines.join("\n")
    }

    /// What is asked for.
    #[must_use]
    pub const fn asked(&self) -> &Enrolment {
        &self.asked
    }

    /// The words of its key.
    #[must_use]
    pub fn words(&self) -> Words {
        staff_words(self.asked.centre, &self.asked.key)
    }
}

/// Digits only: `parse` alone would take a plus sign.
fn decimal(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Signs that change how a name looks without being seen: joiners, marks of direction, odd spaces. A name that
/// looks like a colleague's must be a colleague's.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
            | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
