//! One connection's two halves: frames in, frames out, and the time limits on both.
//!
//! Generic over the stream, so that tests and the load suite drive it without a network.

pub mod pace;

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use lykta_wire::CloseCode;
use tokio::task::yield_now;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use self::pace::Pace;
use crate::relay::SocketClocks;

/// What a connection's loop runs over: axum's socket, or a test's channel.
pub trait Wire: Stream<Item = Result<Message, axum::Error>> + Sink<Message> + Unpin + Send {}

impl<T: Stream<Item = Result<Message, axum::Error>> + Sink<Message> + Unpin + Send> Wire for T {}

/// Why a connection's loop ends. `Gone` needs no close frame: nobody is there to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The peer closed, or the network did.
    Gone,
    /// We close, and say why.
    Close(CloseCode),
}

/// What a socket has written that has not gone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    Nothing,
    /// Nobody waits for it: others may go first.
    Patient,
    /// Somebody waits for it.
    Eager,
}

/// A socket with its time limits.
pub struct Socket<W> {
    wire: W,
    clocks: SocketClocks,
    heard: Instant,
    next_ping: Instant,
    pace: Option<Pace>,
    /// What is written and has not gone out.
    holds: Holds,
    /// The last frame, if it was a large one, until the next read has begun: the library reads into the memory of the
    /// frame before once nobody holds it, and so somebody who joined with two kilobytes would keep them for as long
    /// as they wait.
    held: Bytes,
    /// What was read ahead and is heard next.
    ahead: Option<Box<Result<Bytes, Over>>>,
}

/// Bytes of a frame that is not held on to: larger than any that comes often.
const SMALL: usize = 1_024;

impl<W: Wire> Socket<W> {
    /// Wraps a fresh socket of somebody who has signed in.
    pub fn new(wire: W, clocks: SocketClocks) -> Self {
        let now = Instant::now();
        Self {
            wire,
            heard: now,
            next_ping: now + clocks.ping,
            clocks,
            pace: None,
            holds: Holds::Nothing,
            held: Bytes::new(),
            ahead: None,
        }
    }

    /// The same of a stranger, whose frames are read at a [`Pace`].
    pub fn of_a_stranger(wire: W, clocks: SocketClocks) -> Self {
        let socket = Self::new(wire, clocks);
        Self { pace: Some(Pace::new(socket.heard)), ..socket }
    }

    /// The next binary frame, when the pace allows. Meanwhile pings when it is time, and finds out when the peer is dead. Cancelling
    /// it loses nothing. Text is not spoken here; garbage ends the connection.
    ///
    /// # Errors
    /// When the connection is over.
    pub async fn next(&mut self) -> Result<Bytes, Over> {
        if let Some(ahead) = self.ahead.take() {
            return *ahead;
        }
        loop {
            if let Some(until) = self.pace.as_ref().and_then(|pace| pace.rests_until(Instant::now())) {
                sleep_until(until).await;
                // Nothing could be heard; whoever wrote is not dead.
                self.heard = Instant::now();
            }
            let dead = self.heard + self.clocks.dead;
            let next = poll_fn(|context| {
                let next = self.wire.poll_next_unpin(context);
                self.held = Bytes::new();
                next
            });
            match timeout_at(self.next_ping.min(dead), next).await {
                Err(_) if Instant::now() >= dead => return Err(Over::Gone),
                Err(_) => {
                    self.next_ping = Instant::now() + self.clocks.ping;
                    self.write(Message::Ping(Bytes::new())).await?;
                }
                Ok(came) => {
                    if let Some(bytes) = self.hears(came)? {
                        return Ok(bytes);
                    }
                }
            }
        }
    }

    /// The next binary frame, if it is here already and the pace allows.
    pub async fn here(&mut self) -> Option<Result<Bytes, Over>> {
        if let Some(ahead) = self.ahead.take() {
            return Some(*ahead);
        }
        loop {
            if self.pace.as_ref().is_some_and(|pace| pace.rests_until(Instant::now()).is_some()) {
                return None;
            }
            let came = poll_fn(|context| Poll::Ready(self.wire.poll_next_unpin(context))).await;
            let Poll::Ready(came) = came else { return None };
            if let Some(heard) = self.hears(came).transpose() {
                return Some(heard);
            }
        }
    }

    /// What was [`here`](Self::here) and is not for now: it is heard next, whatever happens first.
    pub fn puts_back(&mut self, came: Result<Bytes, Over>) {
        self.ahead = Some(Box::new(came));
    }

    /// What came: a frame, or nothing to be told of.
    fn hears(&mut self, came: Option<Result<Message, axum::Error>>) -> Result<Option<Bytes>, Over> {
        // Too large, not masked, broken framing: the peer is not one of our clients.
        let Some(Ok(message)) = came else { return Err(Over::Gone) };
        self.heard = Instant::now();
        if let Some(pace) = &mut self.pace {
            pace.counts(self.heard);
        }
        match message {
            Message::Binary(bytes) => {
                if bytes.len() > SMALL {
                    self.held = bytes.clone();
                }
                Ok(Some(bytes))
            }
            Message::Ping(_) | Message::Pong(_) => Ok(None),
            Message::Text(_) => Err(Over::Close(CloseCode::BadFrame)),
            Message::Close(_) => Err(Over::Gone),
        }
    }

    /// The first frame, which must come within the limit.
    ///
    /// # Errors
    /// When the connection is over, or nothing came.
    pub async fn first(&mut self) -> Result<Bytes, Over> {
        timeout(self.clocks.first_frame, self.next())
            .await
            .unwrap_or(Err(Over::Close(CloseCode::NotAdmitted)))
    }

    /// What the peer had still sent when the connection ended: the next binary frame, `None` when the peer has
    /// closed too, or there is nothing more.
    pub async fn rest(&mut self) -> Option<Bytes> {
        if let Some(ahead) = self.ahead.take() {
            return ahead.ok();
        }
        loop {
            match self.wire.next().await? {
                Ok(Message::Binary(bytes)) => return Some(bytes),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Writes one frame and all before it, within the write limit.
    ///
    /// # Errors
    /// [`CloseCode::TooSlow`] when the reader does not read.
    pub async fn send(&mut self, frame: Vec<u8>) -> Result<(), Over> {
        self.write(Message::Binary(frame.into())).await
    }

    /// Writes one frame that may go out together with the next ones. Whoever uses this calls [`flush`](Self::flush)
    /// before waiting for anything, and waits for the store with [`meanwhile`](Self::meanwhile).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn put(&mut self, frame: Vec<u8>) -> Result<(), Over> {
        self.feed(frame, Holds::Eager).await
    }

    /// The same for one that nobody waits for: before it goes out, whoever else has something to do does it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn put_patiently(&mut self, frame: Vec<u8>) -> Result<(), Over> {
        self.feed(frame, Holds::Patient).await
    }

    async fn feed(&mut self, frame: Vec<u8>, holds: Holds) -> Result<(), Over> {
        self.holds = self.holds.max(holds);
        let fed = self.wire.feed(Message::Binary(frame.into()));
        in_time(timeout(self.clocks.write, fed).await)
    }

    /// Whether something that was put has not gone out.
    pub fn holds(&self) -> bool {
        self.holds != Holds::Nothing
    }

    /// Sends what was put, at once.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn flush(&mut self) -> Result<(), Over> {
        if self.holds() {
            self.holds = Holds::Nothing;
            in_time(timeout(self.clocks.write, self.wire.flush()).await)?;
        }
        Ok(())
    }

    /// Sends what was put, when there is nothing else to do on this connection; what nobody waits for, after the
    /// others.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn rests(&mut self) -> Result<(), Over> {
        if self.holds == Holds::Patient {
            yield_now().await;
        }
        self.flush().await
    }

    /// Does this; if it takes time, what was put goes out first.
    ///
    /// # Errors
    /// As [`send`](Self::send); the work is given up then.
    pub async fn meanwhile<T>(&mut self, work: impl Future<Output = T> + Send) -> Result<T, Over> {
        let mut work = pin!(work);
        match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
            Poll::Ready(done) => Ok(done),
            Poll::Pending => {
                self.flush().await?;
                Ok(work.await)
            }
        }
    }

    /// Says on the wire why it is over, if anybody reads it. The peer can still be heard.
    pub async fn say_over(&mut self, over: Over) {
        if let Over::Close(code) = over {
            let frame = CloseFrame { code: code.number(), reason: "".into() };
            let _ = self.write(Message::Close(Some(frame))).await;
        }
    }

    /// Says goodbye on the wire, if anybody reads it.
    pub async fn close(mut self, over: Over) {
        self.say_over(over).await;
        if over != Over::Gone {
            let _ = timeout(self.clocks.write, self.wire.close()).await;
        }
    }

    async fn write(&mut self, message: Message) -> Result<(), Over> {
        self.holds = Holds::Nothing;
        in_time(timeout(self.clocks.write, self.wire.send(message)).await)
    }
}

fn in_time<E>(written: Result<Result<(), E>, Elapsed>) -> Result<(), Over> {
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Over::Gone),
        Err(_) => Err(Over::Close(CloseCode::TooSlow)),
    }
}
