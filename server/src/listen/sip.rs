//! A stream whose next read can be kept to the head of a frame.
//!
//! A visitor's first frame is more than two kilobytes long, and the WebSocket library makes room for all of it behind
//! what it has read already. Had it read as much as it likes, a kilobyte of that room would be left over and the whole
//! of it kept for as long as somebody waits. Having read the head and no more, it asks for what is needed, and lets go
//! of it with the frame.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the head of a masked frame of 126 to 65,535 bytes (RFC 6455, section 5.2).
const HEAD: usize = 8;

/// Whether the next read is a sip. Shared by a connection's stream and its requests.
#[derive(Default)]
pub(super) struct Sip(AtomicBool);

impl Sip {
    /// The next read takes the head of a frame at most.
    pub(super) fn is_next(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The stream.
pub(super) struct Sipping<S> {
    pub(super) stream: S,
    pub(super) sip: Arc<Sip>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Sipping<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.sip.0.load(Ordering::Acquire) {
            return Pin::new(&mut this.stream).poll_read(cx, into);
        }
        let mut head = [0; HEAD];
        let mut head = ReadBuf::new(&mut head[..HEAD.min(into.remaining())]);
        ready!(Pin::new(&mut this.stream).poll_read(cx, &mut head))?;
        this.sip.0.store(false, Ordering::Release);
        into.put_slice(head.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Sipping<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn one_read_takes_a_head_and_the_next_ones_what_is_there() {
        let (mut far, near) = tokio::io::duplex(64);
        far.write_all(b"eight and the rest").await.unwrap();
        let sip = Arc::new(Sip::default());
        let mut stream = Sipping { stream: near, sip: Arc::clone(&sip) };
        let mut bytes = [0; 64];
        sip.is_next();
        assert_eq!(stream.read(&mut bytes).await.unwrap(), HEAD);
        assert_eq!(stream.read(&mut bytes[HEAD..]).await.unwrap(), 10);
        assert_eq!(&bytes[..18], b"eight and the rest");
        sip.is_next();
        far.write_all(b"few").await.unwrap();
        assert_eq!(stream.read(&mut bytes[..2]).await.unwrap(), 2, "no more than was asked for");
        drop(far);
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 1);
        sip.is_next();
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 0, "the end is the end");
    }
}
