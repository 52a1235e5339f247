//! A server in between that changes what it passes on.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One answer on its way.
pub(crate) struct Passing {
    /// What was asked for.
    pub(crate) path: String,
    /// Status line and headers, without their line ends.
    pub(crate) head: Vec<String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Passing {
    /// Whether it comes as browsers take it.
    pub(crate) fn is_compressed(&self) -> bool {
        self.head.iter().any(|line| line == "content-encoding: br")
    }

    /// Replaces a text of the body, compressed or not.
    pub(crate) fn replaces(&mut self, old: &str, new: &str) {
        let mut text = Vec::new();
        if self.is_compressed() {
            let mut body = self.body.as_slice();
            brotli::BrotliDecompress(&mut body, &mut text).expect("Brotli");
        } else {
            text = std::mem::take(&mut self.body);
        }
        let text = String::from_utf8(text).expect("a text");
        assert!(text.contains(old), "{} holds {old}", self.path);
        let changed = text.replacen(old, new, 1).into_bytes();
        if self.is_compressed() {
            self.body.clear();
            let quick = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
            brotli::BrotliCompress(&mut changed.as_slice(), &mut self.body, &quick).expect("a Vec takes it");
        } else {
            self.body = changed;
        }
    }
}

type Change = dyn Fn(&mut Passing) + Send + Sync;

/// The server.
pub(crate) struct Meddler {
    task: JoinHandle<()>,
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Meddler {
    /// Passes requests on to `to`, and answers back after `change`.
    pub(crate) fn between(
        listener: std::net::TcpListener,
        to: SocketAddr,
        change: impl Fn(&mut Passing) + Send + Sync + 'static,
    ) -> Self {
        listener.set_nonblocking(true).expect("a listener can be made non-blocking");
        let listener = TcpListener::from_std(listener).expect("a listener of the runtime");
        let change: Arc<Change> = Arc::new(change);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, to, Arc::clone(&change)));
            }
        });
        Self { task }
    }
}

async fn pass(mut client: TcpStream, to: SocketAddr, change: Arc<Change>) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        asked.push(byte);
    }
    let path = String::from_utf8_lossy(&asked).split(' ').nth(1).unwrap_or_default().to_owned();
    let mut server = TcpStream::connect(to).await.expect("the relay listens");
    let mut answer = Vec::new();
    server.write_all(&asked).await.expect("the relay reads");
    server.read_to_end(&mut answer).await.expect("the relay answers and closes");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).split("\r\n").map(str::to_owned).collect();
    let mut passing = Passing { path, head, body: answer[end + 4..].to_vec() };
    change(&mut passing);
    let Passing { mut head, body, .. } = passing;
    head.retain(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    head.push(format!("content-length: {}\r\n\r\n", body.len()));
    let _ = client.write_all(head.join("\r\n").as_bytes()).await;
    let _ = client.write_all(&body).await;
}
