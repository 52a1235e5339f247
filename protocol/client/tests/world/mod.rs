//! Visitors, desks and a relay in virtual time: always the earliest event first, and every schedule can be
//! replayed from its seed.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each story uses its part of this world, and it is a test"
)]

mod ledger;
pub mod relay;
pub mod rooms;

use std::collections::{BTreeMap, HashMap};

use ledger::Ledger;
use lykta_client::{
    About, ChatInput, Desk, DeskInput, DeskWish, NotSaid, SeatInput, Seed, SignIn, View, Visit, VisitInput,
    Wish,
};
use lykta_trust::{Anchors, CentreId, Role, RootKey, StaffCertificate, StaffKey, StaffTerms};
use lykta_wire::{Ending, Lane, Languages, Leave, Refusal, SeatEntry, SeatId, TicketName};
use relay::{Out, Relay, Socket};

/// When every story begins, ms since 1970.
pub const START_MS: u64 = 1_800_000_000_000;
pub const CENTRE: CentreId = CentreId([3; 16]);

/// splitmix64: enough to shuffle a test, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn seed(&mut self) -> Seed {
        let mut bytes = [0; 128];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes());
        }
        Seed::take(&mut bytes)
    }
}

/// What the network and the relay do to envelopes and beats, percent.
#[derive(Clone, Copy, Default, Debug)]
pub struct Faults {
    pub lose: u64,
    pub repeat: u64,
    pub disorder: u64,
    /// Instead of what it should pass on, the relay also hands over something old, of either direction, or
    /// something it has changed.
    pub lie: u64,
}

#[derive(Default)]
struct Wire {
    socket: Option<Socket>,
    opening: Option<(u64, Socket)>,
    /// The other way is cut: nothing opens.
    offline: bool,
}

struct Flying {
    at: u64,
    order: u64,
    socket: Socket,
    up: bool,
    bytes: Vec<u8>,
}

pub struct VisitorSide {
    pub visit: Visit,
    wire: Wire,
    pub log: Vec<(u8, String)>,
    pub ids: Vec<u32>,
    pub delivered: u32,
    pub emptied: u32,
    pub beacons: Vec<Vec<u8>>,
    pub not_said: Vec<NotSaid>,
    pub gone: bool,
}

pub struct DeskSide {
    pub desk: Desk,
    wire: Wire,
    admits: bool,
    pub logs: HashMap<TicketName, Vec<(u8, String)>>,
    pub delivered: HashMap<TicketName, u32>,
    pub taken: Vec<TicketName>,
    pub not_taken: Vec<Refusal>,
    pub line: u32,
    /// Seats it sees, its own included.
    pub colleagues: Vec<SeatEntry>,
    /// What colleagues have said to it.
    pub heard: Vec<(SeatId, String)>,
    pub told: u32,
    /// The last own text each colleague has opened.
    pub opened: HashMap<SeatId, u32>,
    /// Chats it was asked into.
    pub asked: Vec<TicketName>,
    /// Chats it is not asked into any more.
    pub asked_no_more: Vec<TicketName>,
    pub gone_colleagues: Vec<SeatId>,
    pub emptied: u32,
    /// The page's worker feeds the seat.
    pub feeds: bool,
    fed_at: u64,
    pub gone: bool,
}

pub struct World {
    pub now: u64,
    pub random: Random,
    pub relay: Relay,
    pub relay_down: bool,
    pub faults: Faults,
    pub visitors: Vec<VisitorSide>,
    pub desks: Vec<DeskSide>,
    flying: Vec<Flying>,
    sockets: u64,
    order: u64,
    owner: BTreeMap<Socket, (bool, usize)>,
    relay_tick: u64,
    first_taken: Option<TicketName>,
    /// Frames of these kinds are lost.
    pub swallow: Vec<u8>,
    /// Envelopes to visitors are spoiled.
    pub spoil_answers: u32,
    /// Everything that anybody ever sealed.
    pub ledger: Ledger,
    /// What a lying relay has to choose from.
    past: Vec<Vec<u8>>,
}

pub fn anchors() -> Anchors {
    Anchors::new(CENTRE, &[RootKey::take_seed(&mut [1; 32]).public()], 1).unwrap()
}

pub struct Staff {
    pub seed: [u8; 32],
    pub certificate: StaffCertificate,
}

/// A member of staff, certified by `root` from a day before the story to 30 days after.
pub fn staff(number: u8, root: u8, role: Role, from_s: i64, until_s: i64) -> Staff {
    let seed = [100 + number; 32];
    let now_s = (START_MS / 1000) as i64;
    let terms = StaffTerms {
        role,
        roster_epoch: 1,
        not_before: (now_s + from_s) as u32,
        not_after: (now_s + until_s) as u32,
        staff_public: StaffKey::take_seed(&mut seed.clone()).public(),
    };
    let root = RootKey::take_seed(&mut [root; 32]);
    Staff { seed, certificate: StaffCertificate::sign(&root, CENTRE, terms) }
}

pub fn counsellor(number: u8) -> Staff {
    staff(number, 1, Role::Counsellor, -86_400, 30 * 86_400)
}

impl World {
    pub fn new(seed: u64) -> Self {
        let relay = Relay::at(START_MS);
        Self {
            now: START_MS,
            random: Random(seed),
            relay,
            relay_down: false,
            faults: Faults::default(),
            visitors: Vec::new(),
            desks: Vec::new(),
            flying: Vec::new(),
            sockets: 0,
            order: 0,
            owner: BTreeMap::new(),
            relay_tick: START_MS,
            first_taken: None,
            swallow: Vec::new(),
            spoil_answers: 0,
            ledger: Ledger::default(),
            past: Vec::new(),
        }
    }

    pub fn add_visitor(&mut self) -> usize {
        self.add_visitor_who_trusts(anchors(), 0)
    }

    pub fn add_visitor_who_trusts(&mut self, anchors: Anchors, build_date: u32) -> usize {
        self.visitors.push(VisitorSide {
            visit: Visit::new(anchors, build_date, true),
            wire: Wire::default(),
            log: Vec::new(),
            ids: Vec::new(),
            delivered: 0,
            emptied: 0,
            beacons: Vec::new(),
            not_said: Vec::new(),
            gone: false,
        });
        self.visitors.len() - 1
    }

    pub fn add_desk(&mut self, mut staff: Staff, anchors: Anchors) -> usize {
        let sign_in = SignIn {
            staff_seed: &mut staff.seed,
            staff: staff.certificate,
            anchors,
            build_date: 0,
            origin: "http://localhost".into(),
            capacity: 3,
        };
        let mut seed = self.random.seed();
        let (desk, wishes) = Desk::sign_in(sign_in, "Lo", self.now, &mut seed).unwrap();
        self.desks.push(DeskSide {
            desk,
            wire: Wire::default(),
            admits: true,
            logs: HashMap::new(),
            delivered: HashMap::new(),
            taken: Vec::new(),
            not_taken: Vec::new(),
            line: 0,
            colleagues: Vec::new(),
            heard: Vec::new(),
            told: 0,
            opened: HashMap::new(),
            asked: Vec::new(),
            asked_no_more: Vec::new(),
            gone_colleagues: Vec::new(),
            emptied: 0,
            feeds: true,
            fed_at: self.now,
            gone: false,
        });
        let at = self.desks.len() - 1;
        self.desk_wishes(at, wishes);
        at
    }

    /// A counsellor on duty and a visitor in the line.
    pub fn met(seed: u64) -> Self {
        let mut world = Self::new(seed);
        world.add_desk(counsellor(0), anchors());
        world.add_visitor();
        world.run(100);
        world.desk(0, SeatInput::Duty { ready: true, capacity: 3 });
        world.join(0);
        world.run(200);
        world
    }

    /// A visitor and a counsellor in a conversation.
    pub fn talking(seed: u64) -> Self {
        let mut world = Self::met(seed);
        world.desk(0, SeatInput::Take(None));
        world.run(1_000);
        assert_eq!(world.view(0).phase, lykta_client::Phase::Talking);
        assert_eq!(world.chat_view(0).phase, lykta_client::Phase::Talking);
        world
    }

    // ---- inputs -------------------------------------------------------------------------------

    pub fn join(&mut self, at: usize) {
        self.join_about(at, About::Myself);
    }

    pub fn join_about(&mut self, at: usize, about: About) {
        self.visit(at, VisitInput::Join { lane: Lane::Support, languages: Languages::default(), about });
    }

    pub fn visit(&mut self, at: usize, input: VisitInput<'_>) {
        if self.visitors[at].gone {
            return;
        }
        let mut seed = self.random.seed();
        let wishes = self.visitors[at].visit.step(self.now, &mut seed, input);
        self.visit_wishes(at, wishes);
    }

    pub fn desk(&mut self, at: usize, input: SeatInput<'_>) {
        self.desk_input(at, DeskInput::Seat(input));
    }

    pub fn chat(&mut self, at: usize, input: ChatInput<'_>) {
        let ticket = *self.desks[at].taken.last().unwrap();
        self.desk_input(at, DeskInput::Chat(ticket, input));
    }

    pub fn desk_input(&mut self, at: usize, input: DeskInput<'_>) {
        if self.desks[at].gone {
            return;
        }
        let mut seed = self.random.seed();
        let wishes = self.desks[at].desk.step(self.now, &mut seed, input);
        self.desk_wishes(at, wishes);
    }

    /// The seat of a desk.
    pub fn seat(&self, at: usize) -> SeatId {
        self.relay.seat_of_desk(at)
    }

    /// The first ticket that was taken.
    pub fn ticket(&self) -> TicketName {
        self.first_taken.unwrap()
    }

    pub fn view(&self, at: usize) -> View {
        self.visitors[at].visit.view()
    }

    pub fn chat_view(&self, at: usize) -> View {
        let ticket = *self.desks[at].taken.last().unwrap();
        self.desks[at].desk.chat_view(ticket).unwrap()
    }

    pub fn chat_log(&self, at: usize) -> Vec<(u8, String)> {
        let ticket = *self.desks[at].taken.last().unwrap();
        self.desks[at].logs.get(&ticket).cloned().unwrap_or_default()
    }

    // ---- sockets ------------------------------------------------------------------------------

    fn side(&mut self, who: (bool, usize)) -> &mut Wire {
        if who.0 { &mut self.visitors[who.1].wire } else { &mut self.desks[who.1].wire }
    }

    /// The socket dies; the client notices.
    pub fn cut(&mut self, visitor: bool, at: usize, code: u16) {
        let wire = self.side((visitor, at));
        let was = wire.socket.take().or(wire.opening.take().map(|(_, socket)| socket));
        if let Some(socket) = was {
            self.lost(socket);
            self.tell_closed((visitor, at), code);
        }
    }

    /// The socket dies and nobody says so: packets vanish.
    pub fn freeze(&mut self, visitor: bool, at: usize) {
        if let Some(socket) = self.side((visitor, at)).socket {
            self.lost(socket);
        }
    }

    pub fn offline(&mut self, visitor: bool, at: usize, offline: bool) {
        self.side((visitor, at)).offline = offline;
        if offline {
            self.cut(visitor, at, 1006);
        }
    }

    fn lost(&mut self, socket: Socket) {
        self.flying.retain(|frame| frame.socket != socket);
        self.owner.remove(&socket);
        self.relay.socket_gone(socket);
        self.relay_out();
    }

    fn tell_closed(&mut self, who: (bool, usize), code: u16) {
        if who.0 {
            self.visit(who.1, VisitInput::Closed(code));
        } else {
            self.desk(who.1, SeatInput::Closed(code));
        }
    }

    fn open(&mut self, who: (bool, usize)) {
        self.close(who);
        self.sockets += 1;
        let opening = (self.now + 20, self.sockets);
        self.side(who).opening = Some(opening);
    }

    fn close(&mut self, who: (bool, usize)) {
        self.side(who).opening = None;
        if let Some(socket) = self.side(who).socket.take() {
            // What was sent before the close still arrives; nothing comes back.
            self.owner.remove(&socket);
            self.flying.retain(|frame| frame.socket != socket || frame.up);
            self.order += 1;
            let (at, order) = (self.now + 60, self.order);
            self.flying.push(Flying { at, order, socket, up: true, bytes: Vec::new() });
        }
    }

    fn send(&mut self, who: (bool, usize), bytes: Vec<u8>) {
        self.ledger.sealed(who, &bytes);
        if let Some(socket) = self.side(who).socket {
            self.fly(socket, true, bytes);
        }
    }

    /// Puts a frame on its way. Envelopes and beats may be lost, repeated or overtaken; what stands between
    /// a socket and the relay itself may not.
    fn fly(&mut self, socket: Socket, up: bool, bytes: Vec<u8>) {
        let mortal = matches!(
            bytes[0],
            0x03 | 0x05 | 0x09 | 0x44 | 0x46 | 0x4B | 0x4D | 0x84 | 0x85 | 0xC6 | 0xC7 | 0xCF | 0xD0
        );
        if self.swallow.contains(&bytes[0]) {
            return;
        }
        if mortal && self.random.chance(self.faults.lose) {
            return;
        }
        let copies = 1 + u32::from(mortal && self.random.chance(self.faults.repeat));
        for _ in 0..copies {
            let late =
                if mortal && self.random.chance(self.faults.disorder) { self.random.below(800) } else { 0 };
            self.order += 1;
            let (at, order) = (self.now + 10 + late, self.order);
            self.flying.push(Flying { at, order, socket, up, bytes: bytes.clone() });
        }
        if mortal && self.faults.lie > 0 {
            self.lie(socket, up, bytes);
        }
    }

    /// What has just passed may come to an end once more, or come back to the one it is from, or come changed.
    fn lie(&mut self, socket: Socket, up: bool, bytes: Vec<u8>) {
        let to_visitor = self.owner.get(&socket).is_some_and(|who| who.0);
        if self.past.len() < 64 {
            self.past.push(bytes);
        } else {
            let at = self.random.below(64) as usize;
            self.past[at] = bytes;
        }
        if up || !self.random.chance(self.faults.lie) {
            return;
        }
        let at = self.random.below(self.past.len() as u64) as usize;
        let Some(mut old) = relay::handed_to(to_visitor, &self.past[at]) else { return };
        if self.random.chance(30) {
            let at = self.random.below(old.len() as u64 - 50) as usize + 50;
            old[at] ^= 1 << self.random.below(8);
        }
        self.order += 1;
        let (at, order) = (self.now + 10 + self.random.below(800), self.order);
        self.flying.push(Flying { at, order, socket, up, bytes: old });
    }

    fn relay_out(&mut self) {
        for out in std::mem::take(&mut self.relay.out) {
            match out {
                Out::Frame(socket, mut bytes) => {
                    if bytes[0] == 0x84 && bytes[7] == 2 && self.spoil_answers > 0 {
                        self.spoil_answers -= 1;
                        bytes[500] ^= 1;
                    }
                    if self.owner.contains_key(&socket) {
                        self.fly(socket, false, bytes);
                    }
                }
                Out::Close(socket, code) => {
                    self.order += 1;
                    let mut bytes = vec![0];
                    bytes.extend_from_slice(&code.to_be_bytes());
                    let (at, order) = (self.now + 10, self.order);
                    self.flying.push(Flying { at, order, socket, up: false, bytes });
                }
            }
        }
    }

    // ---- wishes -------------------------------------------------------------------------------

    fn visit_wishes(&mut self, at: usize, wishes: Vec<Wish>) {
        for wish in wishes {
            match wish {
                Wish::Open => self.open((true, at)),
                Wish::Close => self.close((true, at)),
                Wish::Send(bytes) => self.send((true, at), bytes),
                Wish::Leave(body) => self.visitors[at].beacons.push(body),
                other => {
                    let side = &mut self.visitors[at];
                    match other {
                        Wish::Said(said) => {
                            side.log.push((said.from, said.text.to_string()));
                            side.ids.push(said.id);
                        }
                        Wish::Delivered(id) => side.delivered = side.delivered.max(id),
                        Wish::NotSaid(reason) => side.not_said.push(reason),
                        Wish::Emptied => {
                            side.emptied += 1;
                            side.log.clear();
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn desk_wishes(&mut self, at: usize, wishes: Vec<DeskWish>) {
        for wish in wishes {
            match wish {
                DeskWish::Open => self.open((false, at)),
                DeskWish::Close => self.close((false, at)),
                DeskWish::Send(bytes) => self.send((false, at), bytes),
                other => {
                    let side = &mut self.desks[at];
                    match other {
                        DeskWish::Line { total, .. } => side.line = total,
                        DeskWish::Taken { chat, .. } => {
                            side.taken.push(chat.ticket);
                            self.first_taken.get_or_insert(chat.ticket);
                        }
                        DeskWish::NotTaken(refusal) => side.not_taken.push(refusal),
                        DeskWish::Chat(ticket, Wish::Said(said)) => {
                            side.logs.entry(ticket).or_default().push((said.from, said.text.to_string()));
                        }
                        DeskWish::Chat(ticket, Wish::Delivered(id)) => {
                            side.delivered.insert(ticket, id);
                        }
                        DeskWish::Chat(_, Wish::Emptied) => side.emptied += 1,
                        DeskWish::Colleagues(entries) => side.colleagues = entries,
                        DeskWish::ColleagueSaid { from, text } => side.heard.push((from, text.to_string())),
                        DeskWish::Told(_, id) => side.told = id,
                        DeskWish::ToldDelivered(seat, id) => _ = side.opened.insert(seat, id),
                        DeskWish::Asked { chat, .. } => side.asked.push(chat.ticket),
                        DeskWish::AskedNoMore(ticket) => side.asked_no_more.push(ticket),
                        DeskWish::ColleagueGone(seat) => side.gone_colleagues.push(seat),
                        _ => {}
                    }
                }
            }
        }
    }

    /// The last beacon reaches the relay.
    pub fn beacon(&mut self, at: usize) {
        if let Some(body) = self.visitors[at].beacons.last() {
            self.relay.leave(Leave::decode(body).unwrap());
            self.relay_out();
        }
    }

    // ---- time ---------------------------------------------------------------------------------

    fn next_event(&self) -> u64 {
        let mut next = self.relay_tick + 10_000;
        for side in &self.visitors {
            if !side.gone {
                next = next.min(side.visit.wake_at_ms().unwrap_or(u64::MAX));
                next = next.min(side.wire.opening.map_or(u64::MAX, |(at, _)| at));
            }
        }
        for side in &self.desks {
            if !side.gone {
                next = next.min(side.desk.wake_at_ms().unwrap_or(u64::MAX));
                next = next.min(side.wire.opening.map_or(u64::MAX, |(at, _)| at));
                if side.feeds {
                    next = next.min(side.fed_at + 5_000);
                }
            }
        }
        next.min(self.flying.iter().map(|frame| frame.at).min().unwrap_or(u64::MAX))
    }

    pub fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.step(end) {}
    }

    /// Runs until something is true, at most so long.
    pub fn until(&mut self, most_ms: u64, done: impl Fn(&Self) -> bool) {
        let end = self.now + most_ms;
        while !done(self) {
            assert!(self.step(end), "it did not happen within {most_ms} ms");
        }
    }

    fn step(&mut self, end: u64) -> bool {
        let next = self.next_event();
        if next > end {
            self.now = end.max(self.now);
            self.relay.now = self.now;
            return false;
        }
        self.now = next.max(self.now);
        self.relay.now = self.now;
        if self.now >= self.relay_tick + 10_000 {
            self.relay_tick = self.now;
            self.relay.tick(self.now);
            self.relay_out();
        }
        self.openings();
        self.deliver();
        for at in 0..self.visitors.len() {
            let wake = self.visitors[at].visit.wake_at_ms();
            if wake.is_some_and(|wake| wake <= self.now) {
                self.visit(at, VisitInput::Tick);
                let again = self.visitors[at].visit.wake_at_ms();
                let stuck = again.is_some_and(|again| again <= self.now) && !self.visitors[at].gone;
                assert!(!stuck, "a visit that wants to be woken at once, for ever");
            }
        }
        for at in 0..self.desks.len() {
            if self.desks[at].feeds && self.now >= self.desks[at].fed_at + 5_000 {
                self.desks[at].fed_at = self.now;
                self.desk(at, SeatInput::Alive);
            }
            if self.desks[at].desk.wake_at_ms().is_some_and(|wake| wake <= self.now) {
                self.desk(at, SeatInput::Tick);
                let again = self.desks[at].desk.wake_at_ms();
                let stuck = again.is_some_and(|again| again <= self.now) && !self.desks[at].gone;
                assert!(!stuck, "a desk that wants to be woken at once, for ever");
            }
        }
        true
    }

    fn openings(&mut self) {
        let all =
            (0..self.visitors.len()).map(|at| (true, at)).chain((0..self.desks.len()).map(|at| (false, at)));
        for who in all.collect::<Vec<_>>() {
            let now = self.now;
            let Some((at, socket)) = self.side(who).opening else { continue };
            if at > now {
                continue;
            }
            self.side(who).opening = None;
            if self.relay_down || self.side(who).offline {
                self.tell_closed(who, 1006);
                continue;
            }
            self.side(who).socket = Some(socket);
            self.owner.insert(socket, who);
            if who.0 {
                self.visit(who.1, VisitInput::Opened);
            } else {
                self.desk(who.1, SeatInput::Opened);
                self.relay.desk_opened(socket);
                self.relay_out();
            }
        }
    }

    fn deliver(&mut self) {
        loop {
            let due = self
                .flying
                .iter()
                .enumerate()
                .filter(|(_, frame)| frame.at <= self.now)
                .min_by_key(|(_, frame)| (frame.at, frame.order))
                .map(|(at, _)| at);
            let Some(at) = due else { return };
            let frame = self.flying.swap_remove(at);
            let owner = self.owner.get(&frame.socket).copied();
            if frame.up {
                if frame.bytes.is_empty() {
                    self.relay.socket_gone(frame.socket);
                } else {
                    self.hand_to_relay(&frame);
                }
                self.relay_out();
            } else if let Some(who) = owner {
                if frame.bytes[0] == 0 {
                    let code = u16::from_be_bytes([frame.bytes[1], frame.bytes[2]]);
                    self.cut(who.0, who.1, code);
                } else {
                    self.ledger.given(who, &frame.bytes);
                    if who.0 {
                        self.visit(who.1, VisitInput::Frame(&frame.bytes));
                    } else {
                        self.desk(who.1, SeatInput::Frame(&frame.bytes));
                    }
                }
            }
        }
    }

    fn hand_to_relay(&mut self, frame: &Flying) {
        // The kind says which socket this is: a desk's kinds begin at 0x41.
        if frame.bytes[0] < 0x41 {
            self.relay.visitor_frame(frame.socket, &frame.bytes);
        } else if let Some((false, at)) = self.owner.get(&frame.socket).copied() {
            let admitted = self.desks[at].admits;
            self.relay.desk_frame(at, frame.socket, &frame.bytes, admitted);
        }
    }

    pub fn admit(&mut self, at: usize, admits: bool) {
        self.desks[at].admits = admits;
    }

    /// The relay dies with everything it knew, and comes back after a while.
    pub fn restart_relay(&mut self, down_ms: u64) {
        self.relay_down = true;
        for at in 0..self.visitors.len() {
            self.cut(true, at, 1006);
        }
        for at in 0..self.desks.len() {
            self.cut(false, at, 1006);
        }
        self.run(down_ms);
        self.relay = Relay::at(self.now);
        self.relay_down = false;
    }
}

pub fn said(by: u8, text: &str) -> (u8, String) {
    (by, text.to_owned())
}

pub const HELPED: Option<Ending> = Some(Ending::Helped);
