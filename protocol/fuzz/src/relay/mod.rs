//! Target `relay`: sockets that say anything in any order, against a live relay.
//!
//! After every step of a script: no connection has panicked; every frame the relay said can be read; no envelope
//! has come to anybody but the other end of its own chat; a ticket stands in one place and a claim went to one
//! seat; and what is held is bounded. In the end everybody is gone, half an hour passes, and nothing is left.

mod house;
mod script;
mod socket;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::Message;
use lykta_server::visitor;
use lykta_wire::{ChatRef, Claim, Envelope, TicketName, ToDesk, ToVisitor, limits};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use self::house::{House, MAX_WAITING};
use self::script::{Learnt, MARK, Script, VISITORS, name};
use self::socket::DeviceEnd;
use crate::reach::saw;

/// Sockets: two of each visitor, two of each person of the staff.
const SOCKETS: usize = 12;
const DESKS: usize = 8;
/// Everything there may be at once: a hello, an answer and a beat aside, a full box each way between each visitor
/// and each of the three seats that a chat can have, twice: a chat that is over and the one after it.
const HELD_MAX: usize = 2 * VISITORS as usize * 4 * 2 * (limits::BOX_ENVELOPES + 2);
/// A socket's task ends within this after its device is gone: a ping finds the dead, a write has its limit.
const FAREWELL: Duration = Duration::from_secs(60);

/// Plays the script that the bytes are.
///
/// # Panics
/// When the relay breaks a promise.
pub fn target(bytes: &[u8]) {
    let _how_far = play(bytes);
}

/// How far a script got: a target that every input leaves at the door finds nothing.
#[derive(Debug, Default, Clone, Copy)]
struct Reached {
    admitted: u32,
    waiting: u32,
    taken: u32,
    to_desk: u32,
    to_visitor: u32,
    refused: u32,
    asked: u32,
    closed: u32,
}

fn play(bytes: &[u8]) -> Reached {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without threads").block_on(async {
        let mut play = Play::begin();
        let mut script = Script(bytes);
        while script.more() {
            play.step(&mut script).await;
            play.look().await;
        }
        play.end().await;
        play.reached
    })
}

struct Device {
    end: DeviceEnd,
    /// Does not read.
    stalls: bool,
    /// A console that proves itself when it is asked to.
    proves: bool,
    /// The visitor whose ticket this socket is about, once it has said something.
    visitor: Option<u8>,
}

struct Play {
    house: House,
    sockets: [Option<Device>; SOCKETS],
    learnt: Learnt,
    /// Which person each claim was given to.
    given: BTreeMap<(TicketName, u32), u8>,
    reached: Reached,
}

/// Whose socket this is: a visitor or a person of the staff.
fn owner(socket: usize) -> u8 {
    if socket < DESKS { socket as u8 % VISITORS } else { (socket - DESKS) as u8 % 2 }
}

impl Play {
    fn begin() -> Self {
        let sockets = std::array::from_fn(|_| None);
        let (learnt, given, reached) = (Learnt::default(), BTreeMap::new(), Reached::default());
        Self { house: House::open(), sockets, learnt, given, reached }
    }

    async fn step(&mut self, script: &mut Script<'_>) {
        let (what, socket) = (script.below(16), usize::from(script.below(SOCKETS as u8)));
        match what {
            0 | 1 => self.opens(socket, script.byte()),
            2 => self.sockets[socket] = None,
            3 => {
                let raw = script.raw();
                if !raw.windows(MARK.len()).any(|part| part == MARK) {
                    self.sends(socket, Message::Binary(raw.into()));
                }
            }
            4 => {
                let message = match script.below(4) {
                    0 => Message::Text("hej".into()),
                    1 => Message::Close(None),
                    2 => Message::Pong(script.raw().into()),
                    _ => Message::Ping(script.raw().into()),
                };
                self.sends(socket, message);
            }
            5 => {
                let byte = u64::from(script.byte());
                let span = if byte < 200 { byte * 100 } else { (byte - 199) * 5_000 };
                self.time_passes(Duration::from_millis(span)).await;
            }
            6 => {
                if let Some(device) = &mut self.sockets[socket] {
                    device.stalls = !device.stalls;
                }
            }
            7 => {
                let leave = script.leave(&self.learnt, owner(socket) % VISITORS);
                let relay = self.house.relay.clone();
                self.house.tasks.spawn(async move { visitor::forget(&relay, leave).await });
            }
            _ if socket < DESKS => {
                let Some(device) = &mut self.sockets[socket] else { return };
                let visitor = *device.visitor.get_or_insert_with(|| script.proves(owner(socket)));
                let frame = script.visitor_frame(&self.learnt, visitor);
                self.sends(socket, Message::Binary(frame.into()));
            }
            _ => {
                let frame = script.desk_frame(&self.learnt);
                self.sends(socket, Message::Binary(frame.into()));
            }
        }
    }

    fn opens(&mut self, socket: usize, how: u8) {
        let end = if socket < DESKS {
            self.house.visitor(owner(socket))
        } else {
            Some(self.house.desk(owner(socket)))
        };
        self.sockets[socket] = end.map(|end| Device { end, stalls: false, proves: how < 230, visitor: None });
    }

    fn sends(&self, socket: usize, message: Message) {
        if let Some(device) = &self.sockets[socket] {
            // A socket that the relay has closed takes nothing more.
            let _ = device.end.out.send(message);
        }
    }

    async fn time_passes(&mut self, span: Duration) {
        let until = Instant::now() + span;
        while Instant::now() < until {
            sleep((until - Instant::now()).min(Duration::from_secs(1))).await;
            self.read();
        }
    }

    /// Everything has come to rest; are the promises kept?
    async fn look(&mut self) {
        // The paused clock moves when nobody has anything to do.
        sleep(Duration::from_millis(1)).await;
        self.read();
        while let Some(done) = self.house.tasks.try_join_next() {
            if let Err(error) = done {
                panic!("a connection ended by {error}");
            }
        }
        let mut places = self.house.line.places();
        places.sort_unstable();
        assert!(places.len() <= 2 * usize::from(VISITORS), "more tickets than there are visitors");
        for pair in places.chunks(2) {
            let twice = matches!(pair, [record, index] if record == index);
            assert!(twice, "a ticket stands in two places: {places:?}");
        }
        let waiting = places.iter().filter(|(_, seat)| seat.is_none()).count() / 2;
        assert!(waiting <= (MAX_WAITING + 1) as usize + 2, "{waiting} in a line of {MAX_WAITING}");
        let held = self.house.line.envelopes_held();
        assert!(held <= HELD_MAX, "{held} envelopes are held");
    }

    /// Whoever reads, reads.
    fn read(&mut self) {
        for socket in 0..SOCKETS {
            while let Some(message) = self.hears(socket) {
                if let Message::Binary(bytes) = &message {
                    // Which frame, and of those that say why, the word.
                    saw("relay said", (bytes.first(), (bytes.len() < 4).then(|| bytes.get(1))));
                }
                match message {
                    Message::Binary(bytes) if socket < DESKS => self.visitor_hears(socket, &bytes),
                    Message::Binary(bytes) => self.desk_hears(socket, &bytes),
                    Message::Ping(bytes) => self.sends(socket, Message::Pong(bytes)),
                    Message::Close(why) => {
                        saw("relay closed", why.map(|frame| frame.code));
                        self.reached.closed += 1;
                    }
                    _ => {}
                }
            }
        }
    }

    fn hears(&mut self, socket: usize) -> Option<Message> {
        self.sockets[socket].as_mut().filter(|device| !device.stalls)?.end.heard.try_recv().ok()
    }

    fn visitor_hears(&mut self, socket: usize, bytes: &[u8]) {
        let proved = self.sockets[socket].as_ref().and_then(|device| device.visitor);
        let visitor = proved.unwrap_or_else(|| owner(socket));
        match ToVisitor::decode(bytes).unwrap_or_else(|error| panic!("the relay said {error:?}")) {
            ToVisitor::With { claim, .. } => self.learns(visitor, claim),
            ToVisitor::InLine { .. } => self.reached.waiting += 1,
            ToVisitor::Work { puzzle } => {
                self.reached.asked += 1;
                self.learnt.puzzles[usize::from(visitor)] = Some(puzzle);
            }
            ToVisitor::Refused { .. } => self.reached.refused += 1,
            ToVisitor::Envelope { envelope, .. } | ToVisitor::Beat { envelope, .. } => {
                let Some((whose, to_visitor)) = mark(&envelope) else { return };
                assert!(to_visitor, "an envelope came back");
                assert_eq!(whose, visitor, "an envelope came to another visitor");
                self.reached.to_visitor += 1;
            }
            _ => {}
        }
    }

    fn desk_hears(&mut self, socket: usize, bytes: &[u8]) {
        let person = owner(socket);
        match ToDesk::decode(bytes).unwrap_or_else(|error| panic!("the relay said {error:?}")) {
            ToDesk::Challenge { challenge }
                if self.sockets[socket].as_ref().is_some_and(|device| device.proves) =>
            {
                self.sends(socket, Message::Binary(House::proof(person, &challenge).into()));
            }
            ToDesk::Admitted => self.reached.admitted += 1,
            ToDesk::Taken { chat, .. } => {
                self.reached.taken += 1;
                let before = self.given.insert((chat.ticket, chat.claim.0), person);
                assert_eq!(before, None, "a claim was given twice");
                let visitor = (0..VISITORS).find(|visitor| name(*visitor) == chat.ticket);
                self.learns(visitor.expect("there are no others"), chat.claim);
            }
            ToDesk::Envelope { chat, envelope, .. } | ToDesk::Beat { chat, envelope, .. } => {
                self.reached.to_desk += 1;
                Self::is_for(chat, &envelope);
            }
            _ => {}
        }
    }

    fn learns(&mut self, visitor: u8, claim: Claim) {
        self.learnt.claims[usize::from(visitor)] = claim.0;
    }

    fn is_for(chat: ChatRef, envelope: &Envelope) {
        let Some((visitor, to_visitor)) = mark(envelope) else { return };
        assert!(!to_visitor, "an envelope came back");
        assert!(name(visitor) == chat.ticket, "an envelope of visitor {visitor} came to another chat");
    }

    async fn end(&mut self) {
        self.sockets = std::array::from_fn(|_| None);
        self.time_passes(FAREWELL).await;
        self.look().await;
        // The keeper is all that still runs.
        assert_eq!(self.house.tasks.len(), 1, "connections outlive their devices");
        assert!(self.house.relay.presence.tickets().is_empty(), "somebody is still thought to be here");
        sleep(Duration::from_secs(30 * 60)).await;
        self.look().await;
        assert_eq!(self.house.line.places(), [], "a ticket is never forgotten");
        assert_eq!(self.house.line.envelopes_held(), 0, "an envelope is never forgotten");
    }
}

/// Whose envelope it is and where it goes, if it was made here.
fn mark(envelope: &Envelope) -> Option<(u8, bool)> {
    let body = envelope.body();
    (body[..MARK.len()] == MARK).then(|| (body[16], body[17] == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_get_far() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/relay");
        let reached = |name: &str| play(&std::fs::read(format!("{folder}/{name}")).expect(name));
        assert!(reached("a-visitor-waits").waiting > 0);
        let talk = reached("a-note-each-way");
        assert!(talk.taken == 1 && talk.to_desk > 1 && talk.to_visitor > 1, "{talk:?}");
        assert!(reached("put-back-and-taken-again").taken > 1);
        assert!(reached("two-sockets-of-one-ticket").closed > 0, "the older one was told");
        assert!(reached("never-stops").refused > 0, "the box is full");
        assert!(reached("leaves-with-a-goodbye").to_desk > 0);
        let crowd = reached("works-for-a-place");
        assert!(crowd.asked > 0 && crowd.waiting > 4, "{crowd:?}");
    }
}
