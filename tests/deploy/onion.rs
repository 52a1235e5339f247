//! The visitor's page as an onion service: the relay as Tor reaches it.

use lykta_tests::{House, Raw, fresh_root, http};

use crate::front;
use crate::program::{Lykta, asked};

const ONION: &str = "http://lyktaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad.onion";

async fn relay() -> (House, Lykta) {
    let line = format!("onion = \"{ONION}\"");
    let house = House::at(1, fresh_root());
    let more = [("# onion = \"http://….onion\"", line.as_str()), front::FEW_SOCKETS];
    let relay = Lykta::serves_with(&house, &more).await;
    (house, relay)
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_onion_the_page_names_sockets_of_the_onion_and_is_verified_there() {
    let (_house, relay) = relay().await;
    let (file, address) = (relay.file.path(), relay.address.to_string());
    let file = file.to_str().expect("a path in UTF-8");
    let page = format!("{ONION}/");
    let out = asked(&["verify", &page, "--config", file, "--connect", &address]).await;
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&[out.stdout, out.stderr].concat()));
    let (_, answer) = http(relay.address, "GET", "/", &[], b"").await;
    assert!(!answer.contains(".onion"), "elsewhere nobody hears of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_through_tor_is_let_in_and_not_believed_about_their_address() {
    let (_house, relay) = relay().await;
    let host = ONION.trim_start_matches("http://");
    let open = async |origin: &str, claim: usize| {
        let claim = format!("203.0.113.{claim}");
        let headers = [
            ("Host", host),
            ("Origin", origin),
            ("Sec-WebSocket-Protocol", "lykta.1"),
            ("X-Forwarded-For", claim.as_str()),
        ];
        Raw::connects(relay.address, "/ws/visit", &headers).await
    };
    assert_eq!(open("http://localhost:1", 0).await.err(), Some(403), "another page's origin");
    let mut held = Vec::new();
    for claim in 0..front::SOCKETS {
        held.push(open(ONION, claim).await.expect("a socket"));
    }
    // Tor comes from 127.0.0.1, which is named as a proxy, but the header is the visitor's own.
    assert_eq!(open(ONION, 77).await.err(), Some(429));
}
