//! Our Noise against `snow`, an implementation that shares no line with it.

extern crate std;

use std::string::String;
use std::vec::Vec;

use x25519_dalek::{PublicKey, StaticSecret};

use super::pattern::{NX_PSK2, Pattern, XX_PSK3};
use super::{CipherState, Handshake, Transport};

const PROLOGUE: &[u8] = b"what both ends know beforehand";
const PSK: [u8; 32] = [0x5A; 32];
const OUR_E: [u8; 32] = [0x11; 32];
const OUR_S: [u8; 32] = [0x22; 32];
const SNOW_E: [u8; 32] = [0x33; 32];
const SNOW_S: [u8; 32] = [0x44; 32];

struct Peer {
    snow: snow::HandshakeState,
}

fn snow_end(pattern: &Pattern, psk_at: u8, initiator: bool) -> Peer {
    let name = String::from_utf8(pattern.name.to_vec()).unwrap();
    let builder = snow::Builder::new(name.parse().unwrap())
        .prologue(PROLOGUE)
        .unwrap()
        .psk(psk_at, &PSK)
        .unwrap()
        .local_private_key(&SNOW_S)
        .unwrap()
        .fixed_ephemeral_key_for_testing_only(&SNOW_E);
    let snow = if initiator { builder.build_initiator() } else { builder.build_responder() };
    Peer { snow: snow.unwrap() }
}

/// Runs the whole pattern with payloads of different lengths; gives both ends' transport.
fn greet(pattern: &'static Pattern, psk_at: u8, we_initiate: bool) -> (Transport, snow::TransportState) {
    let our_s = StaticSecret::from(OUR_S);
    let mut ours = Handshake::new(pattern, we_initiate, PROLOGUE, Some(&our_s));
    let mut peer = snow_end(pattern, psk_at, !we_initiate);
    let mut buffer = [0u8; 4096];
    for turn in 0..pattern.messages.len() {
        let payload: Vec<u8> = (0..turn * 37).map(|i| i as u8).collect();
        if (turn % 2 == 0) == we_initiate {
            let Ok(message) = ours.write(&OUR_E, &PSK, &payload) else { panic!("we could not write {turn}") };
            let len = peer.snow.read_message(&message, &mut buffer).unwrap();
            assert_eq!(&buffer[..len], payload);
        } else {
            let len = peer.snow.write_message(&payload, &mut buffer).unwrap();
            let Ok(read) = ours.read(&buffer[..len], &PSK) else { panic!("we could not read {turn}") };
            assert_eq!(*read, payload);
        }
    }
    let responder_static = PublicKey::from(&StaticSecret::from(SNOW_S)).to_bytes();
    if we_initiate {
        assert_eq!(ours.remote_static(), Some(responder_static));
    }
    let Ok(transport) = ours.split() else { panic!("every message was exchanged") };
    assert_eq!(transport.hash, peer.snow.get_handshake_hash());
    (transport, peer.snow.into_transport_mode().unwrap())
}

fn exchange_fifty_frames_each_way(ours: Transport, mut snow: snow::TransportState, we_initiate: bool) {
    let (mut seal, mut open): (CipherState, CipherState) =
        if we_initiate { (ours.initiator, ours.responder) } else { (ours.responder, ours.initiator) };
    let mut buffer = [0u8; 1024];
    for frame in 0..50u8 {
        let text: Vec<u8> = (0..=frame).map(|i| i ^ frame).collect();

        let mut sealed = text.clone();
        let tag = seal.seal(&[], &mut sealed).unwrap();
        sealed.extend_from_slice(&tag);
        let len = snow.read_message(&sealed, &mut buffer).unwrap();
        assert_eq!(&buffer[..len], text);
        seal.rekey();
        snow.rekey_incoming();

        let len = snow.write_message(&text, &mut buffer).unwrap();
        let (body, tag) = buffer[..len].split_last_chunk().unwrap();
        let mut opened = body.to_vec();
        assert!(open.peek(&[], &mut opened, tag).is_ok());
        assert_eq!(opened, text);
        open.step();
        open.rekey();
        snow.rekey_outgoing();
    }
}

#[test]
fn as_visitor_we_agree_with_snow_on_nxpsk2_and_fifty_ratcheted_frames_each_way() {
    let (ours, snow) = greet(&NX_PSK2, 2, true);
    exchange_fifty_frames_each_way(ours, snow, true);
}

#[test]
fn as_counsellor_we_agree_with_snow_on_nxpsk2_and_fifty_ratcheted_frames_each_way() {
    let (ours, snow) = greet(&NX_PSK2, 2, false);
    exchange_fifty_frames_each_way(ours, snow, false);
}

#[test]
fn between_staff_we_agree_with_snow_on_xxpsk3_in_both_roles() {
    for we_initiate in [true, false] {
        let (ours, snow) = greet(&XX_PSK3, 3, we_initiate);
        exchange_fifty_frames_each_way(ours, snow, we_initiate);
    }
}

#[test]
fn another_prologue_or_another_psk_ends_the_handshake() {
    for (prologue, psk) in [(&b"something else"[..], PSK), (PROLOGUE, [0x5B; 32])] {
        let s = StaticSecret::from(OUR_S);
        let mut visitor = Handshake::new(&NX_PSK2, true, PROLOGUE, None);
        let mut counsellor = Handshake::new(&NX_PSK2, false, prologue, Some(&s));
        let Ok(hello) = visitor.write(&OUR_E, &PSK, b"payload") else { panic!() };
        let answered =
            counsellor.read(&hello, &psk).and_then(|_| counsellor.write(&SNOW_E, &psk, b"payload"));
        let finished = answered.and_then(|answer| visitor.read(&answer, &PSK));
        assert!(finished.is_err());
    }
}

/// Every point of order 1, 2, 4 or 8 on the curve and its twist, and their non-canonical encodings.
pub(super) const LOW_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn point(hex: &str) -> [u8; 32] {
    let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

#[test]
fn an_ephemeral_of_low_order_is_refused_by_the_answering_end() {
    for hex in LOW_ORDER {
        // A well-formed first message around the bad point: its key is public in a PSK pattern.
        let e = point(hex);
        let mut symmetric = super::symmetric::SymmetricState::new(NX_PSK2.name);
        symmetric.mix_hash(PROLOGUE);
        symmetric.mix_hash(&e);
        symmetric.mix_key(&e);
        let mut message = e.to_vec();
        symmetric.encrypt_and_hash(b"payload", &mut message);

        let s = StaticSecret::from(OUR_S);
        let mut counsellor = Handshake::new(&NX_PSK2, false, PROLOGUE, Some(&s));
        assert!(counsellor.read(&message, &PSK).is_ok(), "message 1 itself has no Diffie-Hellman");
        assert!(counsellor.write(&OUR_E, &PSK, b"answer").is_err(), "{hex}");
    }
}

#[test]
fn an_answer_with_an_ephemeral_of_low_order_is_refused_by_the_visitor() {
    for hex in LOW_ORDER {
        let mut visitor = Handshake::new(&NX_PSK2, true, PROLOGUE, None);
        assert!(visitor.write(&OUR_E, &PSK, b"").is_ok());
        let mut answer = point(hex).to_vec();
        answer.resize(32 + 48 + 16, 0);
        assert!(visitor.read(&answer, &PSK).is_err());
    }
}

#[test]
fn a_static_key_of_low_order_is_refused_by_the_visitor() {
    for hex in LOW_ORDER {
        let mut visitor = Handshake::new(&NX_PSK2, true, PROLOGUE, None);
        let Ok(hello) = visitor.write(&OUR_E, &PSK, b"") else { panic!() };
        // Everything up to the bad static key is right, so only the check on `es` can object; the zero
        // secret is what an attacker would hope for.
        let mut attacker = super::symmetric::SymmetricState::new(NX_PSK2.name);
        attacker.mix_hash(PROLOGUE);
        attacker.mix_hash(&hello[..32]);
        attacker.mix_key(&hello[..32]);
        attacker.mix_hash(&hello[32..]);
        let secret = StaticSecret::from(SNOW_E);
        let e = PublicKey::from(&secret);
        let re: [u8; 32] = hello[..32].try_into().unwrap();
        let mut answer = e.as_bytes().to_vec();
        attacker.mix_hash(e.as_bytes());
        attacker.mix_key(e.as_bytes());
        attacker.mix_key(secret.diffie_hellman(&PublicKey::from(re)).as_bytes());
        attacker.encrypt_and_hash(&point(hex), &mut answer);
        attacker.mix_key(&[0; 32]);
        attacker.mix_key_and_hash(&PSK);
        attacker.encrypt_and_hash(b"", &mut answer);
        assert!(visitor.read(&answer, &PSK).is_err(), "{hex}");
    }
}

#[test]
fn a_handshake_gives_keys_only_after_its_last_message() {
    let mut visitor = Handshake::new(&NX_PSK2, true, PROLOGUE, None);
    assert!(visitor.write(&OUR_E, &PSK, b"").is_ok());
    assert!(visitor.split().is_err());
}
