//! What lies between somebody's socket and the relay: a network, a network with TLS, or, where a process may not have
//! enough files open for both ends, nothing but memory.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use lykta_server::tls::Connector;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;

/// Bytes that lie between two ends within a process, each way: as the buffers of a connection.
const BETWEEN: usize = 4_096;

/// By which road somebody comes.
#[derive(Clone)]
pub(crate) enum Road {
    Network,
    Tls(Connector),
    Inside(mpsc::Sender<(DuplexStream, SocketAddr)>),
}

impl Road {
    pub(crate) async fn leads(&self, from: Ipv4Addr, to: SocketAddr) -> io::Result<Way> {
        if let Self::Inside(ends) = self {
            let (mine, theirs) = duplex(BETWEEN);
            ends.send((theirs, (from, 1).into())).await.map_err(io::Error::other)?;
            return Ok(Way::Other(Box::new(mine)));
        }
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        match self {
            Self::Tls(connector) => Ok(Way::Other(Box::new(connector.connect("localhost", stream).await?))),
            _ => Ok(Way::Tcp(stream)),
        }
    }
}

/// Whatever bytes can be read from and written to.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A stream of bytes to whatever is measured.
pub(crate) enum Way {
    Tcp(TcpStream),
    Other(Box<dyn Stream>),
}

impl Way {
    fn stream(&mut self) -> Pin<&mut dyn Stream> {
        match self {
            Self::Tcp(stream) => Pin::new(stream),
            Self::Other(stream) => Pin::new(&mut **stream),
        }
    }

    /// Reads what is here already; nothing when a read would have to wait.
    pub(crate) fn reads_now(&mut self, into: &mut Vec<u8>) -> Option<io::Result<usize>> {
        let mut room = [0; 4_096];
        let mut room = ReadBuf::new(&mut room);
        match self.stream().poll_read(&mut Context::from_waker(Waker::noop()), &mut room) {
            Poll::Pending => None,
            Poll::Ready(Err(error)) => Some(Err(error)),
            Poll::Ready(Ok(())) => {
                into.extend_from_slice(room.filled());
                Some(Ok(room.filled().len()))
            }
        }
    }

    /// Gone in this instant, as a phone without network.
    pub(crate) fn cut(self) {
        if let Self::Tcp(stream) = self {
            let _ = stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Way {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_read(cx, into)
    }
}

impl AsyncWrite for Way {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().stream().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_shutdown(cx)
    }
}
