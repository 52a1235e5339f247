//! One request at a time, as a browser would make it, every header kept as it came.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::tls::Connector;

/// An answer that is not whole within this is none.
const WHOLE: Duration = Duration::from_secs(30);
/// Larger than any of our files.
const MOST: usize = 8 * 1024 * 1024;
/// A server that lies to those who check must not know them by their name.
const LIKE_A_BROWSER: [(header::HeaderName, &str); 4] = [
    (header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (header::ACCEPT, "*/*"),
    (header::ACCEPT_LANGUAGE, "sv-SE,sv;q=0.8,en-US;q=0.5,en;q=0.3"),
    (header::CONNECTION, "close"),
];

/// Where requests go, and under which name.
pub(super) struct Server {
    /// `host:port`.
    pub(super) connect: String,
    /// What stands in `Host`.
    pub(super) authority: String,
    /// With TLS: the host that the certificate must name.
    pub(super) tls: Option<(Connector, String)>,
    /// The page of another host on whose behalf it is asked, as it stands in `Origin`.
    pub(super) page: Option<String>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why there is no answer to compare.
#[derive(Debug)]
pub enum NotFetched {
    /// Nobody answers there, or not with TLS under that name.
    Connection(std::io::Error),
    /// What came is no answer in HTTP/1.1, or is too long.
    Answer(String),
    /// It took longer than 30 s.
    TooSlow,
}

impl fmt::Display for NotFetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "no connection: {error}"),
            Self::Answer(why) => write!(f, "no answer: {why}"),
            Self::TooSlow => write!(f, "no answer within {} s", WHOLE.as_secs()),
        }
    }
}

impl std::error::Error for NotFetched {}

impl Server {
    /// `GET path`.
    pub(super) async fn get(&self, path: &str, accept_encoding: &str) -> Result<Answer, NotFetched> {
        let asked = async {
            let stream = TcpStream::connect(&self.connect).await.map_err(NotFetched::Connection)?;
            match &self.tls {
                None => self.ask(stream, path, accept_encoding).await,
                Some((connector, host)) => {
                    let stream = connector.connect(host, stream).await.map_err(NotFetched::Connection)?;
                    self.ask(stream, path, accept_encoding).await
                }
            }
        };
        timeout(WHOLE, asked).await.unwrap_or(Err(NotFetched::TooSlow))
    }

    async fn ask<S>(&self, stream: S, path: &str, accept_encoding: &str) -> Result<Answer, NotFetched>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let wrong = |error: &dyn fmt::Display| NotFetched::Answer(error.to_string());
        let mut request = Request::get(path)
            .header(header::HOST, &self.authority)
            .header(header::ACCEPT_ENCODING, accept_encoding);
        for (name, value) in LIKE_A_BROWSER {
            request = request.header(name, value);
        }
        if let Some(page) = &self.page {
            request = request.header(header::ORIGIN, page);
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(|error| wrong(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| wrong(&error))?;
        // Ends with the request: the server was asked to close.
        tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.map_err(|error| wrong(&error))?.into_parts();
        let body = Limited::new(body, MOST).collect().await.map_err(|error| wrong(&error))?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}
