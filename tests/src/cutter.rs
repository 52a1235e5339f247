//! A TCP front that can cut: after so many bytes, or now. What was on the way is lost, as on a real network.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::PATIENCE;

/// Forwards connections to a relay.
pub struct Cutter {
    /// Where the front listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    to: std::sync::RwLock<SocketAddr>,
    /// Bytes until the next cut, both directions together; negative: no cut is planned.
    left: AtomicI64,
    cuts: AtomicUsize,
    cut: Notify,
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Cutter {
    /// A front of `to`.
    pub async fn before(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port of the loopback interface");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            to: to.into(),
            left: AtomicI64::new(-1),
            cuts: AtomicUsize::new(0),
            cut: Notify::new(),
        });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, Arc::clone(&serving)));
            }
        });
        Self { address, shared, task }
    }

    /// New connections go to another relay from now on.
    pub fn leads_to(&self, to: SocketAddr) {
        *self.shared.to.write().expect("nobody panics while holding an address") = to;
    }

    /// Cuts every connection once `bytes` more have passed.
    pub fn cuts_after(&self, bytes: i64) {
        self.shared.left.store(bytes, Ordering::SeqCst);
    }

    /// Cuts every connection now.
    pub fn cuts(&self) {
        self.shared.count();
    }

    /// Waits until it has cut `times` in all.
    pub async fn has_cut_in_all(&self, times: usize) {
        let cut = async {
            loop {
                let next = self.shared.cut.notified();
                if self.has_cut() >= times {
                    return;
                }
                next.await;
            }
        };
        timeout(PATIENCE, cut).await.expect("the burst was too short to be cut");
    }

    /// How often it has cut.
    #[must_use]
    pub fn has_cut(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn count(&self) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    /// How much of `bytes` may pass before the cut; less than all of it means: cut now.
    fn pass(&self, bytes: usize) -> usize {
        let before = self.left.load(Ordering::SeqCst);
        if before < 0 {
            return bytes;
        }
        let passed = (bytes as i64).min(before);
        self.left.store(if passed < bytes as i64 { -1 } else { before - passed }, Ordering::SeqCst);
        passed as usize
    }
}

async fn forward(client: TcpStream, shared: Arc<Shared>) {
    let to = *shared.to.read().expect("nobody panics while holding an address");
    let Ok(relay) = TcpStream::connect(to).await else { return };
    let _ = (client.set_nodelay(true), relay.set_nodelay(true));
    let (client_in, client_out) = client.into_split();
    let (relay_in, relay_out) = relay.into_split();
    let cut = shared.cut.notified();
    tokio::select! {
        () = cut => {}
        () = pump(client_in, relay_out, &shared) => {}
        () = pump(relay_in, client_out, &shared) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared) {
    // Small pieces, so that a cut may fall inside a frame.
    let mut piece = [0; 1_024];
    loop {
        let Ok(count) = from.read(&mut piece).await else { return };
        if count == 0 {
            return;
        }
        let passed = shared.pass(count);
        if to.write_all(&piece[..passed]).await.is_err() {
            return;
        }
        if passed < count {
            shared.count();
            return;
        }
    }
}
