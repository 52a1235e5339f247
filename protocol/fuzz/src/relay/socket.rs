//! A socket without a network.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::ws::Message;
use futures_util::{Sink, Stream};
use tokio::sync::mpsc;
use tokio_util::sync::PollSender;

/// Messages to a device that does not read: the relay's writes wait after so many.
const BUFFER: usize = 16;

pub(super) struct RelayEnd {
    heard: mpsc::UnboundedReceiver<Message>,
    out: PollSender<Message>,
}

/// Letting go of it is a device that is gone without a word.
pub(super) struct DeviceEnd {
    pub(super) out: mpsc::UnboundedSender<Message>,
    pub(super) heard: mpsc::Receiver<Message>,
}

pub(super) fn pair() -> (RelayEnd, DeviceEnd) {
    let (to_relay, from_device) = mpsc::unbounded_channel();
    let (to_device, from_relay) = mpsc::channel(BUFFER);
    let relay = RelayEnd { heard: from_device, out: PollSender::new(to_device) };
    (relay, DeviceEnd { out: to_relay, heard: from_relay })
}

impl Stream for RelayEnd {
    type Item = Result<Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.heard.poll_recv(cx).map(|message| message.map(Ok))
    }
}

impl Sink<Message> for RelayEnd {
    type Error = axum::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.out.poll_reserve(cx).map_err(axum::Error::new)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        self.out.send_item(message).map_err(axum::Error::new)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.out.close();
        Poll::Ready(Ok(()))
    }
}
