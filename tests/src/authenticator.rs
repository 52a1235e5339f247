//! A passkey in software: what a phone or a security key does, and what a thief would like to do.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use sha2::{Digest, Sha256};

/// The person touched it, and was verified by it.
const PRESENT_AND_VERIFIED: u8 = 0b101;
/// A credential's data come along.
const ATTESTED: u8 = 0b100_0000;

/// One credential for one host.
pub struct Authenticator {
    key: SigningKey,
    id: [u8; 32],
    host: String,
    /// What it says of the person: present, verified.
    pub flags: u8,
    /// How often it signed.
    pub counter: u32,
}

/// An answer to a challenge, whose parts a story may spoil.
#[derive(Clone)]
pub struct Answered {
    /// The credential's id.
    pub id: Vec<u8>,
    /// `clientDataJSON`.
    pub client_data: String,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// Over both.
    pub signature: Vec<u8>,
}

impl Authenticator {
    /// The credential number `number` of `host`; the same one each time.
    #[must_use]
    pub fn new(host: &str, number: u8) -> Self {
        let key = SigningKey::from_slice(&[number; 32]).expect("a small number is a key");
        Self { key, id: [number; 32], host: host.to_owned(), flags: PRESENT_AND_VERIFIED, counter: 1 }
    }

    /// The authenticator data a browser gets when the passkey is made.
    #[must_use]
    pub fn registration(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_encoded_point(false);
        let mut data = self.data(PRESENT_AND_VERIFIED | ATTESTED, 1);
        // AAGUID, the id with its length, and the COSE key: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 32]);
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&[0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend_from_slice(point.x().expect("an uncompressed point"));
        data.extend_from_slice(&[0x22, 0x58, 32]);
        data.extend_from_slice(point.y().expect("an uncompressed point"));
        data
    }

    /// Signs a challenge (base64url) for a page of `origin`.
    pub fn answers(&mut self, challenge: &str, origin: &str) -> Answered {
        self.counter += 1;
        let client_data = format!(
            "{{\"type\":\"webauthn.get\",\"challenge\":\"{challenge}\",\"origin\":\"{origin}\",\"crossOrigin\":false}}"
        );
        let authenticator_data = self.data(self.flags, self.counter);
        let mut text = authenticator_data.clone();
        text.extend_from_slice(&Sha256::digest(client_data.as_bytes()));
        let signature: DerSignature = self.key.sign(&text);
        Answered {
            id: self.id.to_vec(),
            client_data,
            authenticator_data,
            signature: signature.as_bytes().to_vec(),
        }
    }

    fn data(&self, flags: u8, counter: u32) -> Vec<u8> {
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&counter.to_be_bytes());
        data
    }
}

impl Answered {
    /// The body of `POST /staff/sign-in`.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        serde_json::json!({
            "id": text(&self.id),
            "client_data": text(self.client_data.as_bytes()),
            "authenticator_data": text(&self.authenticator_data),
            "signature": text(&self.signature),
            "user_handle": text(&[7; 16]),
        })
        .to_string()
        .into_bytes()
    }
}
