//! The network between people and relays: frames take their time, stay in order, and stop; sockets die, with
//! a word to both ends, to one, or to none.
//!
//! The relay's end is what its loops run over in production as well: a stream and a sink of messages. Buffers
//! are small, so that a reader who does not read is felt by the writer.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Sink, Stream};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, PollSender};

use crate::world::{Life, World};

/// Messages on the way in one direction that the network holds.
const BUFFER: usize = 8;
/// A way that does not open within this never does, ms.
const NO_ROUTE_MS: u64 = 15_000;

/// What a person's device hears of its socket.
pub(crate) enum Heard {
    Opened,
    Frame(Vec<u8>),
    Closed(u16),
}

/// A person's end of a socket. Letting go of it is what a browser does: what was sent before still goes out.
pub(crate) struct DeviceEnd {
    pub(crate) out: mpsc::UnboundedSender<Message>,
    pub(crate) heard: mpsc::Receiver<Heard>,
}

/// The relay's end of a socket.
pub(crate) struct RelayEnd {
    life: Arc<Life>,
    heard: mpsc::Receiver<Message>,
    out: PollSender<Message>,
    reading: Option<Step>,
    writing: Option<Step>,
}

type Step = Pin<Box<dyn Future<Output = ()> + Send>>;

impl RelayEnd {
    /// One of the process's awaits, before the operation itself.
    fn step(life: &Arc<Life>, gate: &mut Option<Step>, cx: &mut Context<'_>) -> Poll<()> {
        let life = Arc::clone(life);
        let step = gate.get_or_insert_with(|| Box::pin(async move { life.step().await }));
        ready!(step.as_mut().poll(cx));
        *gate = None;
        Poll::Ready(())
    }
}

impl Stream for RelayEnd {
    type Item = Result<Message, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let end = self.get_mut();
        // The step comes with what arrives: waiting for nothing is no step.
        if !end.heard.is_empty() {
            ready!(Self::step(&end.life, &mut end.reading, cx));
        }
        end.heard.poll_recv(cx).map(|message| message.map(Ok))
    }
}

impl Sink<Message> for RelayEnd {
    type Error = axum::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        let end = self.get_mut();
        ready!(Self::step(&end.life, &mut end.writing, cx));
        end.out.poll_reserve(cx).map_err(axum::Error::new)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        self.get_mut().out.send_item(message).map_err(axum::Error::new)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        self.get_mut().out.close();
        Poll::Ready(Ok(()))
    }
}

/// Who hears at once that a socket has died. The other end finds out by its own clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    BothKnow,
    DeviceKnows,
    RelayKnows,
}

/// One socket on the way.
struct Way {
    device: usize,
    cut: Mutex<Cut>,
    is_cut: CancellationToken,
}

/// All ways, and the devices that are cut off.
#[derive(Default)]
pub(crate) struct Net {
    ways: Mutex<Vec<Arc<Way>>>,
    /// By device: until when nothing passes, ms.
    partitions: Mutex<Vec<u64>>,
}

impl Net {
    /// One of the sockets dies.
    pub(crate) fn cuts_one(&self, world: &World) {
        let mut ways = self.ways.lock().expect("nobody panics while cutting");
        ways.retain(|way| Arc::strong_count(way) > 1 && !way.is_cut.is_cancelled());
        if ways.is_empty() {
            return;
        }
        let way = &ways[world.below(ways.len() as u64) as usize];
        let cut = [Cut::BothKnow, Cut::DeviceKnows, Cut::RelayKnows][world.below(3) as usize];
        world.note(format_args!("cut: device {} {cut:?}", way.device));
        world.book(|book| book.seen.cuts += 1);
        *way.cut.lock().expect("nobody panics while cutting") = cut;
        way.is_cut.cancel();
    }

    /// Nothing passes between this device and any relay for so long.
    pub(crate) fn parts(&self, world: &World, device: usize, for_ms: u64) {
        world.note(format_args!("partition: device {device} for {for_ms} ms"));
        world.book(|book| book.seen.partitions += 1);
        let mut partitions = self.partitions.lock().expect("nobody panics while cutting");
        if partitions.len() <= device {
            partitions.resize(device + 1, 0);
        }
        partitions[device] = world.now_ms() + for_ms;
    }

    /// How long the device is still cut off, ms.
    fn parted(&self, world: &World, device: usize) -> u64 {
        if !world.storms() {
            return 0;
        }
        let partitions = self.partitions.lock().expect("nobody panics while cutting");
        partitions.get(device).map_or(0, |until| until.saturating_sub(world.now_ms()))
    }

    async fn passes(&self, world: &World, device: usize) {
        loop {
            match self.parted(world, device) {
                0 => return,
                // In small steps, for the calm ends every partition.
                left => sleep(Duration::from_millis(left.min(500))).await,
            }
        }
    }

    /// Opens a socket from a device. `accept` is the relay that answers: it gets its end, or refuses.
    pub(crate) fn connect(
        self: &Arc<Self>,
        world: &Arc<World>,
        device: usize,
        accept: impl FnOnce(Made) -> Option<Arc<Life>> + Send + 'static,
    ) -> DeviceEnd {
        let (out, from_device) = mpsc::unbounded_channel();
        let (to_device, heard) = mpsc::channel(BUFFER);
        let (net, world) = (Arc::clone(self), Arc::clone(world));
        tokio::spawn(async move {
            let closed = net.carry(&world, device, accept, from_device, &to_device).await;
            let _ = to_device.send(Heard::Closed(closed)).await;
        });
        DeviceEnd { out, heard }
    }

    /// Answers the code that the device hears at the end.
    async fn carry(
        &self,
        world: &World,
        device: usize,
        accept: impl FnOnce(Made) -> Option<Arc<Life>>,
        from_device: mpsc::UnboundedReceiver<Message>,
        to_device: &mpsc::Sender<Heard>,
    ) -> u16 {
        world.a_while(world.weather.way_ms).await;
        if self.parted(world, device) > 0 {
            world.a_while(NO_ROUTE_MS).await;
            return 1006;
        }
        let (to_relay, heard) = mpsc::channel(BUFFER);
        let (out, mut from_relay) = mpsc::channel(BUFFER);
        let Some(life) = accept(Made { heard, out }) else { return 1006 };
        let way = Arc::new(Way { device, cut: Mutex::new(Cut::BothKnow), is_cut: CancellationToken::new() });
        self.ways.lock().expect("nobody panics while cutting").push(Arc::clone(&way));
        if to_device.send(Heard::Opened).await.is_err() {
            return 1006;
        }
        let code = {
            let up = self.up(world, &way, from_device, &to_relay);
            let down = self.down(world, &way, &mut from_relay, to_device, &to_relay);
            let up = async {
                up.await;
                // What the relay still says is carried until it closes too.
                std::future::pending::<()>().await;
            };
            tokio::select! {
                biased;
                // A dead process's sockets are closed by its machine.
                () = life.death() => return 1006,
                () = way.is_cut.cancelled() => 1006,
                code = down => return code,
                () = up => 1006,
            }
        };
        let cut = *way.cut.lock().expect("nobody panics while cutting");
        match cut {
            Cut::BothKnow => {}
            Cut::RelayKnows => {
                drop((to_relay, from_relay));
                to_device.closed().await;
            }
            // Nobody reads what the relay writes, and nobody tells it.
            Cut::DeviceKnows => {
                let _ = to_device.send(Heard::Closed(1006)).await;
                tokio::select! {
                    () = to_relay.closed() => {}
                    () = life.death() => {}
                }
            }
        }
        code
    }

    /// From the device to the relay.
    async fn up(
        &self,
        world: &World,
        way: &Way,
        mut from_device: mpsc::UnboundedReceiver<Message>,
        to_relay: &mpsc::Sender<Message>,
    ) {
        while let Some(message) = from_device.recv().await {
            world.a_while(world.weather.way_ms).await;
            self.passes(world, way.device).await;
            if to_relay.send(message).await.is_err() {
                return;
            }
        }
        let _ = to_relay.send(Message::Close(None)).await;
    }

    /// From the relay to the device; ends with the code of the end.
    async fn down(
        &self,
        world: &World,
        way: &Way,
        from_relay: &mut mpsc::Receiver<Message>,
        to_device: &mpsc::Sender<Heard>,
        to_relay: &mpsc::Sender<Message>,
    ) -> u16 {
        while let Some(message) = from_relay.recv().await {
            world.a_while(world.weather.way_ms).await;
            self.passes(world, way.device).await;
            let heard = match message {
                Message::Binary(bytes) => Heard::Frame(bytes.to_vec()),
                // The device's own network code answers, even when its page is frozen.
                Message::Ping(bytes) => {
                    let _ = to_relay.try_send(Message::Pong(bytes));
                    continue;
                }
                Message::Close(frame) => return code(frame),
                Message::Text(_) | Message::Pong(_) => continue,
            };
            if to_device.send(heard).await.is_err() {
                // The device has let go; what it sent before is still on its way up.
                while from_relay.recv().await.is_some() {}
                return 1000;
            }
        }
        1006
    }
}

fn code(frame: Option<CloseFrame>) -> u16 {
    frame.map_or(1005, |frame| frame.code)
}

/// A socket without a way between its ends: what the device sends, what it may read, and the relay's end.
pub(crate) fn pair(life: &Arc<Life>) -> (mpsc::Sender<Message>, mpsc::Receiver<Message>, RelayEnd) {
    let (to_relay, heard) = mpsc::channel(BUFFER);
    let (out, from_relay) = mpsc::channel(BUFFER);
    (to_relay, from_relay, Made { heard, out }.end(life))
}

/// The two channels of a socket, before a process has taken them.
pub(crate) struct Made {
    heard: mpsc::Receiver<Message>,
    out: mpsc::Sender<Message>,
}

impl Made {
    /// The end of this process.
    pub(crate) fn end(self, life: &Arc<Life>) -> RelayEnd {
        let out = PollSender::new(self.out);
        RelayEnd { life: Arc::clone(life), heard: self.heard, out, reading: None, writing: None }
    }
}
