//! Where connections come from: a listener, or whoever has some already.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Something that connections come from.
pub trait Accepts: Send + 'static {
    /// One of them.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next one, and where it comes from. Cancelling it loses none.
    ///
    /// # Errors
    /// When there is none just now, for want of file handles or because it is gone again.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;
}

impl Accepts for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = Self::accept(self).await?;
        // Frames are small and somebody waits for each.
        let _ = stream.set_nodelay(true);
        Ok((stream, peer))
    }
}

/// Streams within a process: more of them than it may have files open.
impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Accepts for mpsc::Receiver<(S, SocketAddr)> {
    type Stream = S;

    async fn accept(&mut self) -> io::Result<(S, SocketAddr)> {
        match self.recv().await {
            Some(accepted) => Ok(accepted),
            // Nobody will come any more, and those who are here stay.
            None => std::future::pending().await,
        }
    }
}
