//! Those who connect: visitors who wait, and seats that take, speaking frames of sealed size without any keys.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lykta_server::clock::Moment;
use lykta_wire::{
    ChatRef, Claim, Envelope, FromDesk, Lane, Languages, Leave, TicketName, TicketSecret, ToDesk, ToRelay,
    ToVisitor,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::frames::Socket;
use crate::relay::Relay;
use crate::way::Road;

/// As the page: nothing heard for so long, and it asks.
const QUIET: Duration = Duration::from_secs(25);
/// A seat says that it is there.
pub(crate) const SIT: Duration = Duration::from_secs(4);
/// Where there should be a place: the ticket is nowhere any more.
const OVER: u16 = 2;
/// So many connect at the same time.
const AT_ONCE: usize = 50;

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Bytes that look like an envelope of this kind; sealed, as far as a relay can see.
pub(crate) fn envelope(kind: u8, size: usize, number: u32) -> Envelope {
    let mut bytes = vec![0; size];
    bytes[..2].copy_from_slice(&[1, kind]);
    bytes[4..8].copy_from_slice(&number.to_be_bytes());
    Envelope::parse(&bytes).unwrap()
}

/// Person `number`'s own address, in a neighbourhood of their own: the limits are as in earnest.
pub(crate) fn network(number: u32) -> Ipv4Addr {
    Ipv4Addr::new(127, 10 + (number / 250) as u8, 1 + (number % 250) as u8, 1)
}

/// Where to knock, and whether a relay is behind it or a baseline.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    /// The pages' origin, where there is a relay.
    pub(crate) origin: Option<Arc<str>>,
    pub(crate) road: Road,
}

impl Door {
    pub(crate) fn of(relay: &Relay) -> Self {
        Self { address: relay.address(), origin: Some(relay.origin().into()), road: Road::Network }
    }

    pub(crate) fn of_echo(address: SocketAddr) -> Self {
        Self { address, origin: None, road: Road::Network }
    }

    /// The same, by another road.
    pub(crate) fn by(self, road: Road) -> Self {
        Self { road, ..self }
    }

    async fn opens(&self, number: u32) -> Result<Socket, u16> {
        match &self.origin {
            None => Socket::opens(&self.road, network(number), self.address, "/echo", &[]).await,
            Some(origin) => {
                let headers = [("Origin", &**origin), ("Sec-WebSocket-Protocol", "lykta.1")];
                Socket::opens(&self.road, network(number), self.address, "/ws/visit", &headers).await
            }
        }
    }
}

/// Somebody who waits, or is in a chat.
pub(crate) struct Visitor {
    pub(crate) socket: Socket,
    pub(crate) ticket: TicketName,
    pub(crate) place: u32,
    /// Taken and over before anything was told.
    pub(crate) served: bool,
    secret: [u8; 32],
    number: u32,
}

impl Visitor {
    /// Connects and joins the line.
    ///
    /// # Errors
    /// An HTTP status, a close code, or 1 when the relay refused in words.
    pub(crate) async fn joins(door: &Door, number: u32) -> Result<Self, u16> {
        let secret: [u8; 32] = random();
        let hello = envelope(1, 2_072, 0);
        let join = ToRelay::Join {
            secret: TicketSecret::new(secret),
            lane: Lane::Support,
            languages: Languages::default(),
            hello,
        };
        let mut socket = door.opens(number).await?;
        socket.says(&join.encode()).await;
        let (place, served) = match stands(&mut socket).await {
            Err(OVER) => (0, true),
            told => (told?, false),
        };
        let ticket = TicketSecret::new(secret).name();
        Ok(Self { socket, ticket, place, served, secret, number })
    }

    /// Reads what is here already; the place is the last one told.
    pub(crate) fn hears_places(&mut self) {
        while self.socket.fills_with_what_is_here() && self.socket.has_more() {
            while let Some(message) = self.socket.next_here() {
                if let Ok(ToVisitor::InLine { place, .. }) = ToVisitor::decode(self.socket.bytes(message)) {
                    self.place = place;
                }
            }
        }
    }

    /// The network is gone.
    pub(crate) fn loses_network(self) -> Away {
        self.socket.loses_network();
        Away { place: self.place, secret: self.secret, number: self.number }
    }

    /// "Leave", and closes.
    pub(crate) async fn leaves(mut self) {
        let leave =
            Leave { secret: TicketSecret::new(self.secret), claim: Claim::NONE, goodbyes: Vec::new() };
        self.socket.says(&ToRelay::Leave(leave).encode()).await;
        let _ = self.socket.until(|_| false).await;
    }
}

/// Somebody whose socket is gone and who holds a ticket.
pub(crate) struct Away {
    pub(crate) place: u32,
    secret: [u8; 32],
    number: u32,
}

impl Away {
    /// Here again.
    ///
    /// # Errors
    /// As [`Visitor::joins`].
    pub(crate) async fn resumes(&self, door: &Door) -> Result<Visitor, u16> {
        let resume = ToRelay::Resume { secret: TicketSecret::new(self.secret), claim: Claim::NONE };
        let mut socket = door.opens(self.number).await?;
        socket.says(&resume.encode()).await;
        let place = stands(&mut socket).await?;
        let ticket = TicketSecret::new(self.secret).name();
        Ok(Visitor { socket, ticket, place, served: false, secret: self.secret, number: self.number })
    }
}

/// The place that is told; 0 with a counsellor.
async fn stands(socket: &mut Socket) -> Result<u32, u16> {
    let told = socket.until(|frame| matches!(frame[0], 0x81 | 0x82 | 0x83 | 0x87 | 0x88)).await;
    match told.as_deref().map(ToVisitor::decode) {
        Some(Ok(ToVisitor::InLine { place, .. })) => Ok(place),
        // Taken before anything else was told.
        Some(Ok(ToVisitor::With { .. })) => Ok(0),
        Some(Ok(ToVisitor::Nowhere | ToVisitor::Ended { .. })) => Err(OVER),
        Some(_) => Err(1),
        None => Err(socket.closed.unwrap_or_default()),
    }
}

/// What somebody heard while they waited.
#[derive(Default, Clone, Copy)]
pub(crate) struct Heard {
    pub(crate) frames: u64,
    pub(crate) lost: u64,
}

/// People who wait and do nothing else: each with the page's heartbeat.
pub(crate) struct Crowd {
    door: Door,
    first: u32,
    many: u32,
    leave: CancellationToken,
    waiting: JoinSet<Heard>,
}

impl Crowd {
    pub(crate) fn of(door: Door, first: u32) -> Self {
        Self { door, first, many: 0, leave: CancellationToken::new(), waiting: JoinSet::new() }
    }

    /// More come, until there are so many.
    pub(crate) async fn grows_to(&mut self, many: u32) {
        let mut coming = JoinSet::new();
        while self.many < many || !coming.is_empty() {
            while self.many < many && coming.len() < AT_ONCE {
                let (door, number) = (self.door.clone(), self.first + self.many);
                coming.spawn(async move { Here::comes(&door, number).await });
                self.many += 1;
            }
            if let Some(here) = coming.join_next().await {
                let here = here.unwrap().unwrap_or_else(|code| panic!("nobody is refused here: {code}"));
                self.waiting.spawn(here.waits(self.leave.clone()));
            }
        }
    }

    /// Until one of those who wait is dropped.
    pub(crate) async fn loses_one(&mut self) {
        let _ = self.waiting.join_next().await;
    }

    /// All leave; what they heard together.
    pub(crate) async fn leaves(mut self) -> Heard {
        self.leave.cancel();
        let mut all = Heard::default();
        while let Some(one) = self.waiting.join_next().await {
            let one = one.unwrap();
            all = Heard { frames: all.frames + one.frames, lost: all.lost + one.lost };
        }
        all
    }
}

/// One of the crowd, at a relay or at the echo.
enum Here {
    Echo(Socket),
    Line(Visitor),
}

impl Here {
    async fn comes(door: &Door, number: u32) -> Result<Self, u16> {
        match door.origin {
            Some(_) => Visitor::joins(door, number).await.map(Self::Line),
            None => {
                let mut socket = door.opens(number).await?;
                // A word, as the heartbeat: nothing has to be kept, so nothing large has to be said.
                socket.says(&[7]).await;
                let _ = socket.until(|_| true).await;
                Ok(Self::Echo(socket))
            }
        }
    }

    async fn waits(mut self, leave: CancellationToken) -> Heard {
        let socket = match &mut self {
            Self::Echo(socket) => socket,
            Self::Line(visitor) => &mut visitor.socket,
        };
        // What they cost themselves is the same wherever they wait.
        socket.shrinks();
        let probe = ToRelay::Probe.encode();
        let lost = loop {
            tokio::select! {
                () = leave.cancelled() => break 0,
                more = timeout(QUIET, socket.fill()) => match more {
                    Err(_) => socket.puts(&probe),
                    Ok(true) => while socket.next_here().is_some() {},
                    Ok(false) => break 1,
                },
            }
        };
        let heard = Heard { frames: socket.heard_frames, lost };
        if let Self::Line(visitor) = self {
            visitor.leaves().await;
        }
        heard
    }
}

/// A seat on duty, spoken for frame by frame.
pub(crate) struct Desk {
    pub(crate) socket: Socket,
}

impl Desk {
    /// One of the staff's five counsellors sits down at one more seat.
    pub(crate) async fn sits(relay: &Relay, number: u32) -> Self {
        let person = (number % 5) as u8;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        let cookie = relay.house.cookie(&relay.house.person(person), Moment(now));
        let origin = relay.house.centre.origins.staff.to_string();
        let headers =
            [("Origin", origin.as_str()), ("Sec-WebSocket-Protocol", "lykta.1"), ("Cookie", cookie.as_str())];
        let from = Ipv4Addr::new(127, 5, (number / 250) as u8, 1 + (number % 250) as u8);
        let mut socket =
            Socket::opens(&Road::Network, from, relay.address(), "/ws/desk", &headers).await.unwrap();
        let challenge = socket.until(|frame| frame[0] == 0xC1).await.unwrap();
        socket.says(&relay.house.admission(person, &challenge)).await;
        let admitted = socket.until(|frame| frame[0] == 0xC2).await;
        assert!(admitted.is_some(), "a seat is admitted: {:?}", socket.closed());
        let mut desk = Self { socket };
        desk.stays();
        assert!(desk.socket.flushes().await, "a seat that was admitted stays");
        desk
    }

    /// So many seats, from this number on. Those who sit already stay meanwhile.
    pub(crate) async fn many(relay: &Relay, numbers: std::ops::Range<u32>) -> VecDeque<Self> {
        let (mut all, mut said) = (VecDeque::<Self>::new(), Instant::now());
        for number in numbers {
            if said.elapsed() > SIT {
                said = Instant::now();
                for desk in &mut all {
                    desk.remains().await;
                }
            }
            all.push_back(Self::sits(relay, number).await);
        }
        all
    }

    /// Reads what is here, answers, and says that the page lives.
    pub(crate) async fn remains(&mut self) {
        self.stays();
        self.socket.answers().await;
    }

    /// The page lives; said with the next write.
    pub(crate) fn stays(&mut self) {
        self.socket.puts(&FromDesk::Sit { ready: true, capacity: 3 }.encode());
    }

    /// Takes this ticket, or the first; nothing when there is none.
    pub(crate) async fn takes(&mut self, ticket: Option<TicketName>) -> Option<ChatRef> {
        self.socket.says(&FromDesk::Take { ticket }.encode()).await;
        let answer = self.socket.until(|frame| matches!(frame[0], 0xC4 | 0xC5)).await?;
        match ToDesk::decode(&answer) {
            Ok(ToDesk::Taken { chat, .. }) => Some(chat),
            _ => None,
        }
    }
}
