//! The relay's own TLS, without anybody in front.

use std::net::Ipv4Addr;
use std::time::Duration;

use lykta_tests::{House, PATIENCE, fresh_root};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::authority::Authority;
use crate::front;
use crate::program::Lykta;

/// A relay of this house with its own certificate, whose files are in `folder`.
async fn sealed(house: &House, folder: &std::path::Path) -> Lykta {
    let line = |name: &str, file: &str| format!("{name} = \"{}\"", folder.join(file).display());
    let certificate = line("tls_certificate", "fullchain.pem");
    let key = line("tls_key", "privkey.pem");
    let more = [
        ("# tls_certificate = \"/etc/lykta/tls/fullchain.pem\"", certificate.as_str()),
        ("# tls_key = \"/etc/lykta/tls/privkey.pem\"", key.as_str()),
        front::FEW_SOCKETS,
    ];
    Lykta::serves_with(house, &more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_ends_tls_itself() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().expect("a folder"));
    authority.signs_into(folder.path());
    let house = House::as_shipped(fresh_root(), authority.believers());
    let relay = sealed(&house, folder.path()).await;
    front::carries_a_whole_chat(&house, relay.address).await;
    front::is_verified(&relay, relay.address, &authority.file()).await;
    // Without TLS nothing is answered, whatever is asked.
    let mut plain = TcpStream::connect(relay.address).await.expect("the relay listens");
    plain.write_all(b"GET / HTTP/1.1\r\nHost: chatt.cmhv.example\r\n\r\n").await.expect("it reads");
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, plain.read_to_end(&mut answer)).await.expect("it closes");
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_its_own_tls_nobody_is_believed_about_their_address() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().expect("a folder"));
    authority.signs_into(folder.path());
    let house = House::as_shipped(fresh_root(), authority.believers());
    let relay = sealed(&house, folder.path()).await;
    front::knows_clients_by_their_own_address(relay.address, &authority.believers()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_to_newcomers_and_no_chat_is_lost() {
    let (before, after) = (Authority::new(), Authority::new());
    let folder = tempfile::tempdir().expect("a folder");
    before.signs_into(folder.path());
    let house = House::as_shipped(fresh_root(), before.believers());
    let relay = sealed(&house, folder.path()).await;
    let (visitor, counsellor, ticket) = front::two_people(&house, relay.address).await;

    // Half a renewal: the key is another's. What was shown stays.
    let whole = std::fs::read(folder.path().join("privkey.pem")).expect("a key");
    std::fs::write(folder.path().join("privkey.pem"), "half a file").expect("a file");
    relay.has_said("the certificate in use stays").await;
    assert!(is_shown(&relay, &before).await, "a certificate that can be shown stays");
    std::fs::write(folder.path().join("privkey.pem"), whole).expect("a file");

    relay.has_said("the certificate was read again").await;

    after.signs_into(folder.path());
    let renewed = async {
        while !is_shown(&relay, &after).await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, renewed).await.expect("the new certificate is shown");
    assert!(!is_shown(&relay, &before).await, "to everybody");
    // Neither of them believes the new authority: what they say arrives on the sockets they have.
    visitor.says("hör du mig än?");
    counsellor.hears(ticket, &["hör du mig än?".to_owned()]).await;
    counsellor.says(ticket, "ja");
    visitor.hears(&["ja".to_owned()]).await;
    assert_eq!(visitor.sees().sockets, 1);
}

/// Whether those who believe this authority alone come through.
async fn is_shown(relay: &Lykta, authority: &Authority) -> bool {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::new(127, 99, 9, 9), 0).into()).expect("an address of this machine");
    let stream = socket.connect(relay.address).await.expect("the relay listens");
    authority.believers().connect("chatt.cmhv.example", stream).await.is_ok()
}
