//! A stream that takes the head of a frame by itself when nothing was there before it.
//!
//! The WebSocket library makes room for all of a frame behind what it has read already. Had it read as much as it
//! likes, up to twice the frame would be left over and kept: two kilobytes of a visitor's first frame for as long as
//! they wait, three of a greeting for as long as a seat is there. Having read the head and no more, it asks for what is
//! needed. Whoever writes without a pause is read as ever: there is always something there.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the head of a masked frame of 126 to 65,535 bytes (RFC 6455, section 5.2).
const HEAD: usize = 8;

/// Whether frames come. Shared by a connection's stream and its requests.
#[derive(Default)]
pub(super) struct Frames(AtomicBool);

impl Frames {
    /// From the next read on.
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The stream.
pub(super) struct Sipping<S> {
    stream: S,
    frames: Arc<Frames>,
    /// Nothing was there when it was last read.
    dry: bool,
}

impl<S> Sipping<S> {
    pub(super) fn new(stream: S, frames: Arc<Frames>) -> Self {
        Self { stream, frames, dry: true }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Sipping<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.frames.0.load(Ordering::Acquire) {
            return Pin::new(&mut this.stream).poll_read(cx, into);
        }
        if !this.dry {
            let read = Pin::new(&mut this.stream).poll_read(cx, into);
            this.dry = read.is_pending();
            return read;
        }
        let mut head = [0; HEAD];
        let mut head = ReadBuf::new(&mut head[..HEAD.min(into.remaining())]);
        ready!(Pin::new(&mut this.stream).poll_read(cx, &mut head))?;
        this.dry = false;
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
    use futures_util::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn after_nothing_a_read_takes_a_head_and_the_next_ones_what_is_there() {
        let (mut far, near) = tokio::io::duplex(64);
        far.write_all(b"a request").await.unwrap();
        let frames = Arc::new(Frames::default());
        let mut stream = Sipping::new(near, Arc::clone(&frames));
        let mut bytes = [0; 64];
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 9, "what comes before the frames is read at once");
        frames.begin();
        for _ in 0..2 {
            far.write_all(b"eight and the rest").await.unwrap();
            assert_eq!(stream.read(&mut bytes).await.unwrap(), HEAD);
            assert_eq!(stream.read(&mut bytes[HEAD..]).await.unwrap(), 10);
            assert_eq!(&bytes[..18], b"eight and the rest");
            far.write_all(b"and more without a pause").await.unwrap();
            assert_eq!(stream.read(&mut bytes).await.unwrap(), 24);
            assert!(stream.read(&mut bytes).now_or_never().is_none());
        }
        far.write_all(b"few").await.unwrap();
        assert_eq!(stream.read(&mut bytes[..2]).await.unwrap(), 2, "no more than was asked for");
        drop(far);
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 1);
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 0, "the end is the end");
    }
}
