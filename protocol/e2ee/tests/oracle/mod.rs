//! Both halves of a greeting made with `snow` and with the manual's formulas written out by hand: shares
//! nothing with the crate but the primitives.
#![allow(dead_code, unreachable_pub, missing_docs)]

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use lykta_e2ee::{Answer, Envelope, Hello};
use ml_kem::kem::common::rand_core::{TryCryptoRng, TryRng};
use ml_kem::ml_kem_768::EncapsulationKey;
use ml_kem::{Encapsulate, Key};
use sha2::{Digest, Sha256};

use crate::common::{CENTRE, TICKET, root};

const NAME: &str = "Noise_NXpsk2_25519_ChaChaPoly_SHA256";

pub struct Oracle {
    pub answer: Answer,
    pub hash: [u8; 32],
    pub kept_visitor: [u8; 32],
    pub kept_counsellor: [u8; 32],
}

pub fn sha(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

pub fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    use hmac::{Hmac, Mac};
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().into()
}

fn prologue() -> Vec<u8> {
    let ctx = sha(&[b"lykta/1 ctx", &[1], &TICKET]);
    let trust = sha(&[&CENTRE.0, &[1], &root().public()]);
    [b"lykta/1".as_slice(), &[1], &[0, 0], &ctx, &trust].concat()
}

/// A hello around any 1,184 bytes.
pub fn hello(ek: &[u8; 1184]) -> Hello {
    let prologue = prologue();
    let builder = snow::Builder::new(NAME.parse().unwrap()).prologue(&prologue).unwrap();
    let mut visitor = builder.psk(2, &[0; 32]).unwrap().build_initiator().unwrap();
    let mut message = [0; 2048];
    let len = visitor.write_message(ek, &mut message).unwrap();
    Hello::new(message[..len].try_into().unwrap())
}

/// An answer for a new ticket with any static key and any payload.
pub fn answer(hello: &Hello, seat_secret: &[u8; 32], payload: &[u8]) -> Oracle {
    let (prologue, zeros) = (prologue(), [0; 32]);
    let builder = snow::Builder::new(NAME.parse().unwrap()).prologue(&prologue).unwrap();
    let builder = builder.psk(2, &zeros).unwrap().local_private_key(seat_secret).unwrap();
    let mut counsellor = builder.build_responder().unwrap();
    let mut ek = [0; 2048];
    let len = counsellor.read_message(hello.as_bytes(), &mut ek).unwrap();
    assert_eq!(len, 1184);

    let key: &Key<EncapsulationKey> = ek[..len].try_into().unwrap();
    let (ct, shared) = EncapsulationKey::new(key).unwrap().encapsulate_with_rng(&mut Counting(7));
    let info = [b"lykta/1 psk".as_slice(), &sha(&[&ek[..len], &ct])].concat();
    let psk = hmac(&hmac(&zeros, &shared), &[info.as_slice(), &[1]].concat());
    counsellor.set_psk(2, &psk).unwrap();

    let mut message = [0; 1024];
    let len = counsellor.write_message(payload, &mut message).unwrap();
    assert_eq!(len, 416);
    let bytes: [u8; 1504] = [ct.as_slice(), &message[..len]].concat().try_into().unwrap();
    let hash = counsellor.get_handshake_hash().try_into().unwrap();
    let (kept_visitor, kept_counsellor) = counsellor.dangerously_get_raw_split();
    Oracle { answer: Answer::new(&bytes), hash, kept_visitor, kept_counsellor }
}

/// Opens the first envelope sealed under `key` (nonce 0, header as associated data).
pub fn open(key: &[u8; 32], envelope: &Envelope) -> Vec<u8> {
    let (head, sealed) = envelope.as_bytes().split_at(8);
    let (body, tag) = sealed.split_last_chunk::<16>().unwrap();
    let mut body = body.to_vec();
    ChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(&[0; 12].into(), head, body.as_mut_slice().into(), &(*tag).into())
        .unwrap();
    body
}

/// Any bytes will do for a test's encapsulation.
struct Counting(u8);

impl TryRng for Counting {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from(self.0))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from(self.0))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.fill_with(|| {
            self.0 = self.0.wrapping_add(1);
            self.0
        });
        Ok(())
    }
}

impl TryCryptoRng for Counting {}
