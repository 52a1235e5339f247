//! What every way to the relay must do, whoever ends TLS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use lykta_client::LinkView;
use lykta_server::tls::Connector;
use lykta_tests::{Counsellor, House, PATIENCE, Stage, Visitor};
use lykta_wire::{Ending, TicketName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::program::{Lykta, asked};

/// So many sockets from one client key, in the stories about addresses.
pub(crate) const SOCKETS: usize = 5;
/// The line of the shipped file that says it, and what it becomes.
pub(crate) const FEW_SOCKETS: (&str, &str) = ("sockets_per_client = 500", "sockets_per_client = 5");

/// Two people who talk through `front`.
pub(crate) async fn two_people(house: &House, front: SocketAddr) -> (Visitor, Counsellor, TicketName) {
    let visitor = house.visitor(house.anchors.clone(), front);
    let counsellor = house.counsellor(0, front);
    counsellor.until("a seat", |seen| seen.seat.link == LinkView::Up && seen.seat.admitted).await;
    let ticket = Stage::brings_together(&visitor, &counsellor).await;
    (visitor, counsellor, ticket)
}

/// A whole chat, from the line to *levererat* and the fast exit.
pub(crate) async fn carries_a_whole_chat(house: &House, front: SocketAddr) {
    let (visitor, counsellor, ticket) = two_people(house, front).await;
    let long = "å".repeat(3_900);
    for text in ["Hej, jag vågar inte ringa.", &long] {
        visitor.says(text);
        counsellor.says(ticket, &text.to_uppercase());
    }
    counsellor.hears(ticket, &["Hej, jag vågar inte ringa.".to_owned(), long.clone()]).await;
    visitor.hears(&["HEJ, JAG VÅGAR INTE RINGA.".to_owned(), long.to_uppercase()]).await;
    visitor.is_delivered().await;
    counsellor.is_delivered(ticket).await;
    visitor.leaves();
    counsellor.is_over(ticket, Ending::LeftFast).await;
}

/// `lykta verify` through `front` finds nothing, on both pages.
pub(crate) async fn is_verified(relay: &Lykta, front: SocketAddr, authority: &Path) {
    let (front, file) = (front.to_string(), relay.file.path());
    for url in ["https://chatt.cmhv.example/", "https://personal.cmhv.example/staff/"] {
        let (file, authority) = (file.to_str().expect("UTF-8"), authority.to_str().expect("UTF-8"));
        let out =
            asked(&["verify", url, "--config", file, "--connect", &front, "--ca-file", authority]).await;
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert!(out.status.success(), "{url}: {said}");
    }
}

/// Whoever stands behind it: one client key may hold five sockets whatever it claims about its address, and people
/// at other addresses hold theirs beside them.
pub(crate) async fn knows_clients_by_their_own_address(front: SocketAddr, connector: &Connector) {
    let somebody = Ipv4Addr::new(127, 99, 0, 1);
    let mut held = Vec::new();
    for number in 0..SOCKETS {
        let (status, socket) = opens(front, connector, somebody, number).await;
        assert_eq!(status, 101, "socket {number}");
        held.push(socket);
    }
    let (status, _) = opens(front, connector, somebody, 77).await;
    assert_eq!(status, 429, "another claim is not another client");
    for neighbour in 1..4 {
        let (status, socket) = opens(front, connector, Ipv4Addr::new(127, 99, neighbour, 1), 0).await;
        assert_eq!(status, 101, "somebody else");
        held.push(socket);
    }
}

type Socket = Box<dyn Stream>;
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Opens a visitor's socket from this address, claiming another: the status of the answer.
async fn opens(front: SocketAddr, connector: &Connector, from: Ipv4Addr, claim: usize) -> (u16, Socket) {
    let (agent, claim) = ("Planted-Browser/99", format!("203.0.113.{claim}"));
    let request = format!(
        "GET /ws/visit HTTP/1.1\r\nHost: relay.cmhv.example\r\nOrigin: https://chatt.cmhv.example\r\n\
         User-Agent: {agent}\r\nX-Forwarded-For: {claim}\r\nForwarded: for={claim}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: lykta.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    asks(front, connector, from, &request).await
}

/// Sends a request from this address: the status of the answer.
pub(crate) async fn asks(
    front: SocketAddr,
    connector: &Connector,
    from: Ipv4Addr,
    request: &str,
) -> (u16, Socket) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((IpAddr::V4(from), 0).into()).expect("an address of this machine");
    let stream = socket.connect(front).await.expect("somebody listens");
    let mut stream = connector.connect("relay.cmhv.example", stream).await.expect("a certificate we believe");
    stream.write_all(request.as_bytes()).await.expect("somebody reads");
    let mut head = Vec::new();
    let whole = async {
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a whole head"));
        }
    };
    timeout(PATIENCE, whole).await.expect("an answer");
    let status = String::from_utf8_lossy(&head).split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), Box::new(stream))
}
