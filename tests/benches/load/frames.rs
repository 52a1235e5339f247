//! A light WebSocket client: what one core plays ten thousand people with. Binary messages of up to 64 KiB, several
//! in one write; pings are answered. Masked with zeros: a mask is for proxies, and taking it off costs the relay
//! the same.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::way::{Road, Way};

/// A connection that does not come to be within this is none.
const PATIENCE: Duration = Duration::from_secs(30);
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

pub(crate) struct Socket {
    stream: Way,
    inbox: Vec<u8>,
    /// So much of the inbox has been read.
    at: usize,
    outbox: Vec<u8>,
    /// So much of the outbox has been written.
    written: usize,
    pub(crate) heard_bytes: u64,
    pub(crate) heard_frames: u64,
    /// The close code, once it came; 1006 when the network closed.
    pub(crate) closed: Option<u16>,
}

impl Socket {
    /// Connects from this address, by this road.
    ///
    /// # Errors
    /// The HTTP status when it is not an upgrade, 0 when there is no way.
    pub(crate) async fn opens(
        road: &Road,
        from: Ipv4Addr,
        to: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, u16> {
        let opens = async {
            let stream = road.leads(from, to).await.map_err(|_| 0_u16)?;
            Self::upgrades(stream, to.port(), path, headers).await
        };
        timeout(PATIENCE, opens).await.unwrap_or(Err(0))
    }

    async fn upgrades(stream: Way, port: u16, path: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let mut socket = Self {
            stream,
            inbox: Vec::new(),
            at: 0,
            outbox: request.into_bytes(),
            written: 0,
            heard_bytes: 0,
            heard_frames: 0,
            closed: None,
        };
        loop {
            if !socket.fill().await {
                return Err(0);
            }
            let Some(end) = socket.inbox.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&socket.inbox[..end]);
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
            socket.at = end + 4;
            return if status == 101 { Ok(socket) } else { Err(status) };
        }
    }

    /// Keeps no more room than the next few words need.
    pub(crate) fn shrinks(&mut self) {
        self.inbox.shrink_to_fit();
        self.outbox.shrink_to_fit();
    }

    /// Adds a message to what is written next.
    pub(crate) fn puts(&mut self, message: &[u8]) {
        self.puts_as(BINARY, message);
    }

    fn puts_as(&mut self, kind: u8, message: &[u8]) {
        self.outbox.push(kind);
        match message.len() {
            short @ 0..126 => self.outbox.push(0x80 | short as u8),
            long => {
                self.outbox.push(0x80 | 126);
                self.outbox.extend_from_slice(&(long as u16).to_be_bytes());
            }
        }
        self.outbox.extend_from_slice(&[0; 4]);
        self.outbox.extend_from_slice(message);
    }

    /// Writes what was put; false when the connection is gone. Cancelling it loses nothing.
    pub(crate) async fn flushes(&mut self) -> bool {
        while self.written < self.outbox.len() {
            match self.stream.write(&self.outbox[self.written..]).await {
                Ok(written) => self.written += written,
                Err(_) => return false,
            }
        }
        if self.stream.flush().await.is_err() {
            return false;
        }
        self.outbox.clear();
        self.written = 0;
        true
    }

    pub(crate) async fn says(&mut self, message: &[u8]) -> bool {
        self.puts(message);
        self.flushes().await
    }

    /// Where the next message lies that is here already.
    pub(crate) fn next_here(&mut self) -> Option<Range<usize>> {
        loop {
            let rest = &self.inbox[self.at..];
            let (kind, short) = (*rest.first()?, *rest.get(1)?);
            let (head, length) = match short {
                126 => (4, usize::from(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]))),
                short => (2, usize::from(short)),
            };
            if rest.len() < head + length {
                return None;
            }
            let message = self.at + head..self.at + head + length;
            self.at = message.end;
            match kind {
                BINARY => {
                    self.heard_frames += 1;
                    return Some(message);
                }
                PING => {
                    let ping = self.inbox[message].to_vec();
                    self.puts_as(PONG, &ping);
                }
                CLOSE => {
                    let code = self.inbox.get(message.start..message.start + 2);
                    self.closed = Some(code.map_or(1005, |code| u16::from_be_bytes([code[0], code[1]])));
                }
                _ => {}
            }
        }
    }

    pub(crate) fn bytes(&self, message: Range<usize>) -> &[u8] {
        &self.inbox[message]
    }

    /// Writes what is to be written, and reads what comes next; false when there is nothing more to come. Cancelling
    /// it loses nothing.
    pub(crate) async fn fill(&mut self) -> bool {
        if self.closed.is_some() || !self.flushes().await {
            return false;
        }
        self.inbox.drain(..self.at);
        self.at = 0;
        if self.inbox.capacity() - self.inbox.len() < 1_024 {
            self.inbox.reserve(4_096);
        }
        match self.stream.read_buf(&mut self.inbox).await {
            Ok(read @ 1..) => {
                self.heard_bytes += read as u64;
                true
            }
            _ => {
                self.closed = Some(1_006);
                false
            }
        }
    }

    /// Reads what is here already, without waiting; false when the connection is over.
    pub(crate) fn fills_with_what_is_here(&mut self) -> bool {
        self.inbox.drain(..self.at);
        self.at = 0;
        match self.stream.reads_now(&mut self.inbox) {
            Some(Ok(read @ 1..)) => {
                self.heard_bytes += read as u64;
                true
            }
            Some(_) => false,
            None => true,
        }
    }

    /// Drops the messages that are here, and answers the pings among them.
    pub(crate) async fn answers(&mut self) {
        let open = self.fills_with_what_is_here();
        while self.next_here().is_some() {}
        assert!(open && self.flushes().await, "nobody is dropped: {:?}", self.closed);
    }

    /// With which code the other end closed, 1006 without any.
    pub(crate) fn closed(&self) -> Option<u16> {
        self.closed
    }

    /// Whether something unread is here.
    pub(crate) fn has_more(&self) -> bool {
        self.at < self.inbox.len()
    }

    /// The next message for which this is true; those before it are dropped. Nothing when the connection is over.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        loop {
            while let Some(message) = self.next_here() {
                if wanted(self.bytes(message.clone())) {
                    return Some(self.bytes(message).to_vec());
                }
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// Gone in this instant, as a phone without network.
    pub(crate) fn loses_network(self) {
        self.stream.cut();
    }
}
