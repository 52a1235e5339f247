//! Two who write to each other: through the relay, as visitor and counsellor, or through a baseline.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hdrhistogram::Histogram;
use lykta_wire::{ChatRef, Ending, FromDesk, Member, ToRelay};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::frames::Socket;
use crate::people::{Desk, Door, SIT, Visitor, envelope, random};
use crate::relay::Relay;
use crate::way::Road;

/// Bytes of the smallest envelope: 512 of text and what seals them.
pub(crate) const SEALED: usize = 536;
/// A baseline's message: the envelope and what a frame puts before it.
const BARE: usize = SEALED + 6;
/// Numbers of chats' visitors begin here, beyond any crowd.
const FIRST: u32 = 55_000;
/// Somebody who writes says so this often.
const BEAT: Duration = Duration::from_millis(250);

pub(crate) enum Talk {
    /// Bytes there and back.
    Tcp(TcpStream),
    /// Messages there and back.
    Echo(Socket),
    /// Two sockets of the bare pair relay.
    Pair(Box<[Socket; 2]>),
    /// A chat.
    Chat(Box<Chat>),
}

/// A visitor and a counsellor, taken and greeted.
pub(crate) struct Chat {
    pub(crate) visitor: Visitor,
    pub(crate) desk: Desk,
    pub(crate) chat: ChatRef,
    /// The numbers of the next envelope of either, and of the next beat.
    pub(crate) next: [u32; 2],
    /// The number of the next envelope that the counsellor reads.
    pub(crate) heard: u32,
    beats: u32,
    sat: Instant,
}

impl Chat {
    /// `desk` takes a visitor who has just come.
    pub(crate) async fn begins(door: &Door, mut desk: Desk, number: u32) -> Self {
        let mut visitor = Visitor::joins(door, FIRST + number).await.unwrap();
        desk.stays();
        let chat =
            desk.takes(Some(visitor.ticket)).await.unwrap_or_else(|| panic!("a seat that is free takes"));
        desk.socket
            .says(&FromDesk::Put { chat, to: Member::VISITOR, envelope: envelope(2, 2_072, 0) }.encode())
            .await;
        visitor.socket.until(|frame| frame[0] == 0x84).await.unwrap();
        let mut chat = Self { visitor, desk, chat, next: [0; 2], heard: 0, beats: 0, sat: Instant::now() };
        // The first envelope confirms the greeting.
        chat.tells_counsellor().await.unwrap();
        chat
    }

    pub(crate) fn puts(&mut self) -> Vec<u8> {
        let put = ToRelay::Put {
            claim: self.chat.claim,
            to: Member::COUNSELLOR,
            envelope: envelope(3, SEALED, self.next[0]),
        };
        self.next[0] += 1;
        put.encode()
    }

    async fn tells_counsellor(&mut self) -> Option<Duration> {
        let put = self.puts();
        let began = Instant::now();
        self.visitor.socket.says(&put).await;
        self.desk.socket.until(|frame| frame[0] == 0xC6).await?;
        let took = began.elapsed();
        self.heard = self.next[0];
        let got = FromDesk::Got { chat: self.chat, from: Member::VISITOR, next: self.heard };
        self.desk.socket.says(&got.encode()).await;
        Some(took)
    }

    async fn tells_visitor(&mut self) -> Option<Duration> {
        let (chat, envelope) = (self.chat, envelope(3, SEALED, self.next[1]));
        self.next[1] += 1;
        let put = FromDesk::Put { chat, to: Member::VISITOR, envelope }.encode();
        let began = Instant::now();
        self.desk.socket.says(&put).await;
        self.visitor.socket.until(|frame| frame[0] == 0x84).await?;
        let took = began.elapsed();
        let got = ToRelay::Got { claim: chat.claim, from: Member::COUNSELLOR, next: self.next[1] };
        self.visitor.socket.says(&got.encode()).await;
        Some(took)
    }

    /// "Writes", of the one or the other.
    async fn beats(&mut self, of_visitor: bool) {
        self.beats += 1;
        let (chat, envelope) = (self.chat, envelope(4, SEALED, self.beats));
        if of_visitor {
            let beat = ToRelay::Beat { claim: chat.claim, to: Member::COUNSELLOR, envelope };
            self.visitor.socket.says(&beat.encode()).await;
        } else {
            self.desk.socket.says(&FromDesk::Beat { chat, to: Member::VISITOR, envelope }.encode()).await;
        }
    }
}

impl Talk {
    pub(crate) async fn over_tcp(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::Tcp(stream)
    }

    pub(crate) async fn over_echo(address: SocketAddr) -> Self {
        Self::Echo(Socket::opens(&Road::Network, Ipv4Addr::LOCALHOST, address, "/echo", &[]).await.unwrap())
    }

    pub(crate) async fn of_pair(address: SocketAddr, number: u32) -> Self {
        let path = format!("/pair/{number}");
        let one = Socket::opens(&Road::Network, Ipv4Addr::LOCALHOST, address, &path, &[]).await.unwrap();
        let other = Socket::opens(&Road::Network, Ipv4Addr::LOCALHOST, address, &path, &[]).await.unwrap();
        Self::Pair(Box::new([one, other]))
    }

    /// So many chats at this relay.
    pub(crate) async fn chats(relay: &Relay, many: u32) -> Vec<Self> {
        let mut all = Vec::new();
        Self::begin(relay, &mut all, Desk::many(relay, 0..many).await).await;
        all
    }

    /// Each of these seats takes somebody who comes now.
    pub(crate) async fn begin(relay: &Relay, all: &mut Vec<Self>, mut desks: VecDeque<Desk>) {
        let (door, mut said) = (Door::of(relay), Instant::now());
        while let Some(desk) = desks.pop_front() {
            if said.elapsed() > SIT {
                said = Instant::now();
                for talk in &mut *all {
                    talk.stays().await;
                }
                for desk in &mut desks {
                    desk.remains().await;
                }
            }
            let number = all.len() as u32;
            all.push(Self::Chat(Box::new(Chat::begins(&door, desk, number).await)));
        }
    }

    /// The counsellor ends it, and both go.
    pub(crate) async fn ends(self) {
        if let Self::Chat(chat) = self {
            let Chat { visitor, mut desk, chat, .. } = *chat;
            desk.socket.says(&FromDesk::End { chat, ending: Ending::Helped }.encode()).await;
            visitor.leaves().await;
        }
    }

    /// Everybody is still there: said before and after somebody else's turn.
    pub(crate) async fn stays(&mut self) {
        if let Self::Chat(chat) = self {
            chat.sat = Instant::now();
            chat.desk.remains().await;
            chat.visitor.socket.answers().await;
        }
    }

    /// One text of the one or the other; how long it took.
    async fn says(&mut self, of_first: bool) -> Option<Duration> {
        match self {
            Self::Tcp(stream) => {
                let mut bytes = [0; BARE];
                let began = Instant::now();
                stream.write_all(&bytes).await.ok()?;
                stream.read_exact(&mut bytes).await.ok()?;
                Some(began.elapsed())
            }
            Self::Echo(socket) => {
                let began = Instant::now();
                socket.says(&[3; BARE]).await;
                socket.until(|_| true).await?;
                Some(began.elapsed())
            }
            Self::Pair(both) => {
                let [one, other] = &mut **both;
                let (from, to) = if of_first { (one, other) } else { (other, one) };
                let began = Instant::now();
                from.says(&[3; BARE]).await;
                to.until(|frame| frame[0] == 3).await?;
                Some(began.elapsed())
            }
            Self::Chat(chat) if of_first => chat.tells_counsellor().await,
            Self::Chat(chat) => chat.tells_visitor().await,
        }
    }

    async fn beats(&mut self, of_first: bool) {
        match self {
            Self::Tcp(_) | Self::Echo(_) => {}
            Self::Pair(both) => {
                both[usize::from(!of_first)].says(&[4; BARE]).await;
            }
            Self::Chat(chat) => {
                chat.beats(of_first).await;
                if chat.sat.elapsed() > SIT {
                    chat.sat = Instant::now();
                    chat.desk.stays();
                }
            }
        }
    }

    /// Writes by turns, about every `pace`, with typing beats in between; microseconds of each text.
    async fn talks(mut self, span: Duration, pace: Duration) -> (Self, Histogram<u64>) {
        let mut took = histogram();
        let over = Instant::now() + span;
        let mut at = Instant::now() + pace.mul_f64(chance());
        let mut beat = Instant::now() + BEAT.mul_f64(chance());
        let mut of_first = true;
        while at.min(beat) < over {
            sleep_until(at.min(beat)).await;
            if beat < at {
                beat += BEAT;
                self.beats(of_first).await;
                continue;
            }
            let one = self.says(of_first).await.unwrap_or_else(|| panic!("a text got lost"));
            took.saturating_record(one.as_micros() as u64);
            of_first = !of_first;
            at = Instant::now() + pace.mul_f64(0.5 + chance());
        }
        (self, took)
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap()
}

/// Evenly from 0 to 1.
pub(crate) fn chance() -> f64 {
    f64::from(u32::from_be_bytes(random())) / f64::from(u32::MAX)
}

/// All talk at once, each about every `pace`; microseconds of each text.
pub(crate) async fn all_talk(talks: &mut Vec<Talk>, span: Duration, pace: Duration) -> Histogram<u64> {
    let mut running = JoinSet::new();
    for mut talk in talks.drain(..) {
        talk.stays().await;
        running.spawn(talk.talks(span, pace));
    }
    let mut took = histogram();
    while let Some(one) = running.join_next().await {
        let (talk, one) = one.unwrap();
        took += one;
        talks.push(talk);
    }
    took
}
