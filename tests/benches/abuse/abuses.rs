//! Everything that somebody may do to a relay who knows its protocol and has no manners.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use lykta_tests::{Raw, http};
use lykta_wire::limits::WORK_PARTS;
use lykta_wire::{
    Claim, Envelope, Lane, LanguageTag, Languages, Leave, Member, TicketName, TicketSecret, ToRelay,
    ToVisitor,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep, sleep_until};

/// Connections a second of one abuse: several times what a school does, and what one machine's ports bear.
const A_SECOND: u32 = 1_000;
/// Tasks of one abuse.
const TASKS: u32 = 16;
/// Sockets that are opened and held.
const HELD: u32 = 400;

/// Whom it is done to.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) origin: String,
    /// The name of somebody's ticket, as from a stolen dump.
    pub(crate) ticket: TicketName,
}

type Doing = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Abuse {
    pub(crate) name: &'static str,
    what: &'static str,
    /// One act; it is done again and again.
    act: fn(Arc<Hand>) -> Doing,
}

/// What one abuser has.
pub(crate) struct Hand {
    target: Target,
    /// A secret of this run, for those who come twice with the same one.
    secret: [u8; 32],
    /// Each abuse comes from a network of its own.
    network: u8,
    next: AtomicU32,
    began: Instant,
}

static DONE: AtomicU64 = AtomicU64::new(0);

/// Ends when it is told to.
pub(crate) struct Running(Runtime);

impl Running {
    pub(crate) fn ends(self) {
        self.0.shutdown_background();
    }
}

impl Abuse {
    pub(crate) fn begins(&self, target: &Target) -> Running {
        let gentle = || {
            let _ = rustix::process::setpriority_process(None, 15);
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .on_thread_start(gentle)
            .enable_all()
            .build()
            .unwrap();
        let hand = Arc::new(Hand {
            target: target.clone(),
            secret: random(),
            network: ABUSES.iter().position(|one| one.name == self.name).unwrap_or_default() as u8,
            next: AtomicU32::new(0),
            began: Instant::now(),
        });
        for _ in 0..TASKS {
            let (hand, act) = (Arc::clone(&hand), self.act);
            runtime.spawn(async move {
                loop {
                    act(Arc::clone(&hand)).await;
                    DONE.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Running(runtime)
    }

    pub(crate) fn done(&self) -> String {
        format!("{} {}", DONE.swap(0, Ordering::Relaxed), self.what)
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

fn envelope(kind: u8, size: usize, number: u32) -> Envelope {
    let mut bytes = vec![0; size];
    bytes[..2].copy_from_slice(&[1, kind]);
    bytes[4..8].copy_from_slice(&number.to_be_bytes());
    Envelope::parse(&bytes).unwrap()
}

/// By the professionals' entrance, which stands behind the other one: the chats beside find each other all the same.
fn join(secret: [u8; 32], languages: Languages) -> Vec<u8> {
    let (secret, lane, hello) = (TicketSecret::new(secret), Lane::Professional, envelope(1, 2_072, 0));
    ToRelay::Join { secret, lane, languages, hello }.encode()
}

/// A language by which [`crate::relay`]'s deaf seat knows whom to take.
pub(crate) fn wants_the_deaf() -> Languages {
    Languages::new(vec![LanguageTag::new("deaf").unwrap()]).unwrap()
}

fn resume(secret: [u8; 32], claim: u32) -> Vec<u8> {
    ToRelay::Resume { secret: TicketSecret::new(secret), claim: Claim(claim) }.encode()
}

impl Hand {
    /// Waits for this connection's moment; all of them come from one network.
    async fn moment(&self) -> IpAddr {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        sleep_until(self.began + Duration::from_secs(1) * number / A_SECOND).await;
        IpAddr::V4(Ipv4Addr::new(127, 9, self.network, 1 + (number % 250) as u8))
    }

    async fn socket_as(&self, protocol: &str) -> Option<Raw> {
        let from = self.moment().await;
        let headers = [("Origin", self.target.origin.as_str()), ("Sec-WebSocket-Protocol", protocol)];
        Raw::connects_from(from, self.target.address, "/ws/visit", &headers).await.ok()
    }

    async fn socket(&self) -> Option<Raw> {
        self.socket_as("lykta.1").await
    }

    /// A socket, one frame, one answer, gone.
    async fn says(&self, frame: Vec<u8>) {
        if let Some(mut raw) = self.socket().await {
            raw.sends(&frame).await;
            let _ = raw.hears().await;
        }
    }
}

/// The frame of this kind, or nothing when the relay closes before.
async fn hears(raw: &mut Raw, wanted: impl Fn(&ToVisitor) -> bool) -> Option<ToVisitor> {
    loop {
        let frame = ToVisitor::decode(&raw.hears().await.ok()?).ok()?;
        if wanted(&frame) {
            return Some(frame);
        }
    }
}

pub(crate) const ABUSES: [Abuse; 13] = [
    Abuse {
        name: "oversized frames",
        what: "frames of 100 kB",
        act: |hand| {
            Box::pin(async move {
                if let Some(mut raw) = hand.socket().await {
                    raw.sends(&vec![1; 100_000]).await;
                    let _ = raw.hears().await;
                }
            })
        },
    },
    Abuse {
        name: "malformed frames",
        what: "sockets with garbage",
        act: |hand| Box::pin(async move { hand.says(random::<700>().to_vec()).await }),
    },
    Abuse {
        name: "thousands of joins from one address",
        what: "joins",
        act: |hand| Box::pin(async move { hand.says(join(random(), Languages::default())).await }),
    },
    Abuse {
        name: "joins from one address that work",
        what: "joins with work",
        act: |hand| {
            Box::pin(async move {
                let Some(mut raw) = hand.socket().await else { return };
                let secret = random();
                raw.sends(&join(secret, Languages::default())).await;
                if let Ok(frame) = raw.hears().await
                    && let Ok(ToVisitor::Work { puzzle }) = ToVisitor::decode(&frame)
                {
                    let seed = puzzle.seed(TicketSecret::new(secret).name());
                    let found: Vec<_> =
                        (0..).filter(|counter| seed.fits(*counter)).take(WORK_PARTS).collect();
                    raw.sends(&ToRelay::Worked { counters: found.try_into().unwrap() }.encode()).await;
                    let _ = raw.hears().await;
                }
            })
        },
    },
    Abuse {
        name: "a stolen ticket name without its secret",
        what: "resumes with it",
        act: |hand| Box::pin(async move { hand.says(resume(hand.target.ticket.0, 1)).await }),
    },
    Abuse {
        name: "sockets that prove the same ticket",
        what: "sockets",
        act: |hand| Box::pin(async move { hand.says(join(hand.secret, Languages::default())).await }),
    },
    Abuse {
        name: "forged leaves",
        what: "leaves",
        act: |hand| {
            Box::pin(async move {
                let _ = hand.moment().await;
                let secret = TicketSecret::new(hand.target.ticket.0);
                let leave = Leave { secret, claim: Claim(1), goodbyes: Vec::new() };
                let _ = http(hand.target.address, "POST", "/leave", &[], &leave.encode()).await;
            })
        },
    },
    Abuse {
        name: "readers that never read",
        what: "probes whose answers nobody reads",
        act: |hand| {
            Box::pin(async move {
                let Some(mut raw) = hand.socket().await else { return };
                raw.sends(&join(random(), Languages::default())).await;
                // Each is answered, and the answers pile up until the relay's write takes too long.
                let probe = ToRelay::Probe.encode();
                while raw.sends(&probe).await {
                    DONE.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            })
        },
    },
    Abuse {
        name: "writers that never stop",
        what: "envelopes",
        act: |hand| {
            Box::pin(async move {
                let Some(mut raw) = hand.socket().await else { return };
                raw.sends(&join(random(), wants_the_deaf())).await;
                let with = hears(&mut raw, |frame| matches!(frame, ToVisitor::With { .. })).await;
                let Some(ToVisitor::With { claim, .. }) = with else { return };
                for number in 0..=u32::MAX {
                    let envelope = envelope(3, 4_120, number);
                    let put = ToRelay::Put { claim, to: Member::COUNSELLOR, envelope };
                    if !raw.sends(&put.encode()).await || raw.hears().await.is_err() {
                        return;
                    }
                    DONE.fetch_add(1, Ordering::Relaxed);
                }
            })
        },
    },
    Abuse {
        name: "half-open sockets",
        what: "sockets held",
        act: |hand| {
            Box::pin(async move {
                if hand.next.load(Ordering::Relaxed) >= HELD {
                    return std::future::pending().await;
                }
                let Some(mut raw) = hand.socket().await else { return };
                raw.sends(&join(random(), Languages::default())).await;
                // From here on nobody reads and nobody answers.
                tokio::spawn(async move {
                    let _held = raw;
                    std::future::pending::<()>().await;
                });
            })
        },
    },
    Abuse {
        name: "slow-loris handshakes",
        what: "requests begun",
        act: |hand| {
            Box::pin(async move {
                let from = hand.moment().await;
                let socket = TcpSocket::new_v4().unwrap();
                if socket.bind((from, 0).into()).is_err() {
                    return;
                }
                let Ok(mut stream) = socket.connect(hand.target.address).await else { return };
                tokio::spawn(async move {
                    for letter in b"GET /ws/visit HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".iter().cycle() {
                        if stream.write_all(&[*letter]).await.is_err() {
                            return;
                        }
                        sleep(Duration::from_millis(200)).await;
                    }
                });
            })
        },
    },
    Abuse {
        name: "a wrong subprotocol",
        what: "handshakes",
        act: |hand| Box::pin(async move { drop(hand.socket_as("lykta.2").await) }),
    },
    Abuse {
        name: "replayed resumes",
        what: "resumes",
        act: |hand| Box::pin(async move { hand.says(resume(hand.secret, 7)).await }),
    },
];
