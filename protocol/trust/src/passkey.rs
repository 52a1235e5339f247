//! A person's passkey as it stands in an enrolment request and in the roster.

use alloc::vec::Vec;

use crate::bytes::Reader;
use crate::error::Malformed;

const FORMAT: u8 = 1;

/// `format 1 = 1 | key_generation u16 | authenticator data`.
///
/// The authenticator data is what the browser got when the passkey was made (WebAuthn level 3, section 6.1, with
/// attested credential data): it holds the credential's id and its public key. The relay gives it to a WebAuthn
/// library; nothing here looks inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    key_generation: u16,
    authenticator_data: Vec<u8>,
}

impl Passkey {
    /// The staff key is not derived from this passkey but comes from a key file: the authenticator has no PRF.
    pub const KEY_FILE: u16 = 0;
    /// The generation a person begins with. It rises when their key must change and their passkey stays.
    pub const FIRST: u16 = 1;

    /// A passkey whose staff key is that of `key_generation`.
    #[must_use]
    pub const fn new(key_generation: u16, authenticator_data: Vec<u8>) -> Self {
        Self { key_generation, authenticator_data }
    }

    /// Reads the layout.
    ///
    /// # Errors
    /// [`Malformed`] for another format, or without authenticator data.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut read = Reader::new(bytes);
        if read.u8()? != FORMAT {
            return Err(Malformed);
        }
        let key_generation = read.u16()?;
        let authenticator_data = read.rest().to_vec();
        if authenticator_data.is_empty() {
            return Err(Malformed);
        }
        Ok(Self { key_generation, authenticator_data })
    }

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(3 + self.authenticator_data.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.key_generation.to_be_bytes());
        bytes.extend_from_slice(&self.authenticator_data);
        bytes
    }

    /// Which input of the passkey's PRF gives the staff key; [`Self::KEY_FILE`] for none.
    #[must_use]
    pub const fn key_generation(&self) -> u16 {
        self.key_generation
    }

    /// What the authenticator said when it made the passkey.
    #[must_use]
    pub fn authenticator_data(&self) -> &[u8] {
        &self.authenticator_data
    }
}

#[test]
fn a_passkey_comes_back_as_it_was_and_another_format_is_refused() {
    let passkey = Passkey::new(3, [7; 5].to_vec());
    assert_eq!(passkey.to_bytes(), [1, 0, 3, 7, 7, 7, 7, 7]);
    assert_eq!((passkey.key_generation(), passkey.authenticator_data()), (3, &[7; 5][..]));
    assert_eq!(Passkey::parse(&passkey.to_bytes()), Ok(passkey));
    for wrong in [&[][..], &[1], &[1, 0, 1], &[2, 0, 1, 7], &[0, 0, 1, 7]] {
        assert_eq!(Passkey::parse(wrong), Err(Malformed));
    }
}
