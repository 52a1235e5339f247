//! A socket without a machine behind it, for those who do not keep the rules.

use std::net::{IpAddr, SocketAddr};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::PATIENCE;

/// A bare WebSocket.
pub struct Raw(WebSocketStream<TcpStream>);

impl Raw {
    /// Connects with these headers; the status of the answer when it is not an upgrade.
    ///
    /// # Errors
    /// The HTTP status of a refused upgrade.
    pub async fn connects(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let stream = TcpStream::connect(address).await.expect("the relay listens");
        Self::upgrades(stream, address, path, headers).await
    }

    /// The same from this address of our own; 0 as well when there is no way.
    ///
    /// # Errors
    /// As [`Raw::connects`].
    pub async fn connects_from(
        from: IpAddr,
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, u16> {
        let socket = TcpSocket::new_v4().map_err(|_| 0_u16)?;
        socket.bind((from, 0).into()).map_err(|_| 0_u16)?;
        let stream = socket.connect(address).await.map_err(|_| 0_u16)?;
        Self::upgrades(stream, address, path, headers).await
    }

    async fn upgrades(
        stream: TcpStream,
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://localhost:{}{path}", address.port())
            .into_client_request()
            .expect("an address of a socket");
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header's value"));
        }
        match client_async(request, stream).await {
            Ok((socket, answer)) => {
                let extensions = answer.headers().get("Sec-WebSocket-Extensions");
                assert!(extensions.is_none(), "compression would leak what encryption hides");
                Ok(Self(socket))
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            // The offered subprotocol was not taken up.
            Err(_) => Err(0),
        }
    }

    /// Sends one binary message; whether the socket took it.
    pub async fn sends(&mut self, bytes: &[u8]) -> bool {
        self.0.send(Message::Binary(bytes.to_vec().into())).await.is_ok()
    }

    /// Sends one text message.
    pub async fn sends_text(&mut self, text: &str) {
        let _ = self.0.send(Message::Text(text.into())).await;
    }

    /// The next binary message; the close code when there is none any more (1006 without a close frame).
    ///
    /// # Errors
    /// The close code.
    pub async fn hears(&mut self) -> Result<Vec<u8>, u16> {
        loop {
            let next = timeout(PATIENCE, self.0.next()).await.expect("the relay answers or closes");
            match next {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes.to_vec()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Close(None))) => return Err(1005),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Listens until the socket is closed; the close code.
    pub async fn is_closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.hears().await {
                return code;
            }
        }
    }
}

/// One HTTP/1.1 request to `localhost`, or to the `Host` among the headers, answered whole: the status and everything
/// that came.
pub async fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("the relay listens");
    let length = body.len();
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        request.push_str(&format!("Host: localhost:{}\r\n", address.port()));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    // A relay that has heard enough may answer before it has read everything.
    let _ = stream.write_all(&bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the relay answers");
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, text)
}
