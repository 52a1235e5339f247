//! A small relay for one process of tests: put, ring, fetch, forget, and as much of the line as a chat needs.
//! It can lose its memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lykta_wire::{
    ChatRef, Claim, CloseCode, Ending, Envelope, FromDesk, Kind, Lane, Languages, LineEntry, Member,
    OpenState, Presence, Refusal, ReturnHandle, TicketName, ToDesk, ToRelay, ToVisitor, Wait,
};

/// A taken ticket that nobody confirmed goes back after this, ms.
const CONFIRM_MS: u64 = 20_000;

/// A socket of the test: 0, 1, 2 … never used twice.
pub type Socket = u64;

impl Box_ {
    /// The reader wants `next`. A box that ends before it or begins behind it was filled by a store that had
    /// lost its memory in between: it moves on, or starts again with whatever comes.
    pub fn got(&mut self, next: u32) {
        self.kept.retain(|number, _| *number >= next);
        let Some(end) = self.next else { return };
        let first = self.kept.keys().next().copied().unwrap_or(end);
        if end < next {
            self.next = Some(next);
        } else if first > next {
            self.kept.clear();
            self.next = None;
        }
    }
}

/// A frame with something sealed in it, whoever sent it, as a lying relay would hand it to this end. From a
/// visitor to a desk it would need the ticket, which their frames do not carry: nothing then.
pub fn handed_to(visitor: bool, frame: &[u8]) -> Option<Vec<u8>> {
    let is_beat = matches!(frame[0], 0x05 | 0x46 | 0x85 | 0xC7);
    let (kind, rest) = match (visitor, frame[0]) {
        // `kind | claim | member | envelope` on both ways of the visitor's socket.
        (true, 0x03 | 0x05 | 0x84 | 0x85) => (if is_beat { 0x85 } else { 0x84 }, &frame[1..]),
        // `kind | ticket | claim | member | envelope` on both ways of the desk's: without the ticket it is the
        // other one.
        (true, _) => (if is_beat { 0x85 } else { 0x84 }, &frame[33..]),
        (false, 0x44 | 0x46 | 0xC6 | 0xC7) => (if is_beat { 0xC7 } else { 0xC6 }, &frame[1..]),
        (false, _) => return None,
    };
    Some([&[kind], rest].concat())
}

/// What the relay does to a socket.
pub enum Out {
    Frame(Socket, Vec<u8>),
    Close(Socket, u16),
}

#[derive(Default)]
pub struct Ticket {
    order: u64,
    hello: Option<Envelope>,
    last_claim: u32,
    pub with: Option<With>,
}

#[derive(Clone, Copy)]
pub struct With {
    pub claim: u32,
    pub seat: usize,
    taken: u64,
    confirmed: bool,
}

#[derive(Default)]
pub struct Box_ {
    pub answer: Option<Envelope>,
    pub kept: BTreeMap<u32, Envelope>,
    pub next: Option<u32>,
    pub beat: Option<Envelope>,
}

#[derive(Default)]
pub struct Relay {
    pub tickets: HashMap<TicketName, Ticket>,
    pub rooms: super::rooms::Rooms,
    boxes: HashMap<(TicketName, u32, bool), Box_>,
    pub halves: HashMap<(TicketName, u32), (bool, Option<usize>)>,
    order: u64,
    pub visitors: HashMap<TicketName, Socket>,
    names: HashMap<Socket, TicketName>,
    claims: HashMap<Socket, u32>,
    said: HashMap<Socket, Vec<u8>>,
    pub seats: HashMap<usize, Socket>,
    seat_gone: HashMap<usize, u64>,
    visitor_gone: HashMap<TicketName, u64>,
    pub named: BTreeSet<(usize, TicketName, u32)>,
    /// Chats whose visitor came back with another ticket.
    over: BTreeSet<(TicketName, u32)>,
    /// When the visitors' beats came.
    pub beats: Vec<u64>,
    /// As a relay on real sockets: what is stored already is not passed on again.
    pub strict: bool,
    pub now: u64,
    pub out: Vec<Out>,
    /// When set, no door is open and joins are refused.
    pub closed: Option<OpenState>,
    /// Frames that stories look at afterwards.
    pub leaves: u32,
    pub kept_through: Vec<(TicketName, Vec<u8>)>,
    /// Return words: the seat that keeps them, whose they are, and whether they outlive a leave.
    pub returns: HashMap<ReturnHandle, (usize, TicketName, bool)>,
}

impl Relay {
    pub fn at(now: u64) -> Self {
        Self { now, ..Self::default() }
    }

    pub fn tell_visitor(&mut self, socket: Socket, frame: &ToVisitor) {
        self.out.push(Out::Frame(socket, frame.encode()));
    }

    pub fn tell_desk(&mut self, seat: usize, frame: &ToDesk) {
        if let Some(socket) = self.seats.get(&seat) {
            self.out.push(Out::Frame(*socket, frame.encode()));
        }
    }

    /// The store is empty; the sockets notice at the next tick.
    pub fn forget_quietly(&mut self) {
        self.boxes.clear();
        self.forget_boxes_of_rooms();
    }

    pub fn forget_everything(&mut self) {
        self.tickets.clear();
        self.boxes.clear();
        self.halves.clear();
        self.returns.clear();
        self.forget_rooms();
        let visitors: Vec<_> = self.visitors.iter().map(|(t, s)| (*t, *s)).collect();
        for (ticket, socket) in visitors {
            self.stand(ticket, socket);
        }
        for (seat, ticket, claim) in std::mem::take(&mut self.named) {
            let chat = ChatRef { ticket, claim: Claim(claim) };
            self.tell_desk(seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
        }
    }

    /// From the seat whose chat it is to the front of the line.
    pub fn back_in_front(&mut self, chat: ChatRef) {
        if let Some(seat) = self.owner(chat.ticket, chat.claim.0) {
            self.named.remove(&(seat, chat.ticket, chat.claim.0));
        }
        if let Some(found) = self.tickets.get_mut(&chat.ticket) {
            found.with = None;
            found.order = 0;
        }
        self.empty_room(chat.ticket, chat.claim.0);
        self.stand_all();
    }

    /// Where the ticket stands, said when it is news.
    fn stand(&mut self, ticket: TicketName, socket: Socket) {
        let place = self.tickets.get(&ticket).map(|found| {
            1 + self.tickets.values().filter(|t| t.with.is_none() && t.order < found.order).count() as u32
        });
        let frame = match self.tickets.get(&ticket) {
            None => {
                if let Some(claim) = self.claims.get(&socket).copied().filter(|claim| *claim != 0) {
                    let ended = self.boxes.keys().any(|key| key.0 == ticket && key.1 == claim);
                    if !ended {
                        self.halves.entry((ticket, claim)).or_default().0 = true;
                        self.join_halves(ticket, claim);
                    }
                    if self.tickets.contains_key(&ticket) {
                        return self.stand(ticket, socket);
                    }
                }
                ToVisitor::Nowhere
            }
            Some(Ticket { with: Some(with), .. }) => {
                let gone = (!self.seats.contains_key(&with.seat))
                    .then(|| self.seat_gone.get(&with.seat).map_or(0, |at| self.now - at));
                ToVisitor::With {
                    claim: Claim(with.claim),
                    seat: if gone.is_some() { Presence::Gone } else { Presence::Here },
                    gone_s: gone.unwrap_or(0) as u32 / 1000,
                }
            }
            Some(found) => ToVisitor::InLine {
                place: place.unwrap_or(0),
                wants_hello: found.hello.is_none(),
                closing_soon: false,
                wait: Wait::Unknown,
                state: OpenState::Open,
            },
        };
        let claim = if let ToVisitor::With { claim, .. } = &frame { claim.0 } else { 0 };
        let mut key = frame.encode();
        if claim != 0 {
            key.truncate(6); // the seconds are not news
        }
        if self.said.get(&socket) != Some(&key) {
            self.said.insert(socket, key);
            self.tell_visitor(socket, &frame);
            if claim != 0 {
                self.claims.insert(socket, claim);
                self.fetch_visitor(ticket, claim, socket);
            }
        }
    }

    pub fn stand_all(&mut self) {
        let visitors: Vec<_> = self.visitors.iter().map(|(t, s)| (*t, *s)).collect();
        for (ticket, socket) in visitors {
            self.stand(ticket, socket);
        }
    }

    pub fn join_halves(&mut self, ticket: TicketName, claim: u32) {
        if let Some((true, Some(seat))) = self.halves.get(&(ticket, claim)) {
            let with = With { claim, seat: *seat, taken: self.now, confirmed: true };
            self.named.insert((*seat, ticket, claim));
            self.tickets.insert(ticket, Ticket { last_claim: claim, with: Some(with), ..Ticket::default() });
            self.halves.remove(&(ticket, claim));
            self.halves_joined(ticket, claim);
            self.say_visitor(ticket);
        }
    }

    fn fetch_visitor(&mut self, ticket: TicketName, claim: u32, socket: Socket) {
        self.fetch_room(ChatRef { ticket, claim: Claim(claim) }, 0);
        let Some(found) = self.boxes.get(&(ticket, claim, true)) else { return };
        let (claim, from) = (Claim(claim), Member::COUNSELLOR);
        let mut frames = Vec::new();
        for envelope in found.answer.iter().chain(found.kept.values()) {
            frames.push(ToVisitor::Envelope { claim, from, envelope: envelope.clone() });
        }
        if let Some(envelope) = found.beat.clone() {
            frames.push(ToVisitor::Beat { claim, from, envelope });
        }
        for frame in frames {
            self.tell_visitor(socket, &frame);
        }
    }

    pub fn fetch_desk(&mut self, seat: usize, chat: ChatRef) {
        let Some(found) = self.boxes.get(&(chat.ticket, chat.claim.0, false)) else { return };
        let from = Member::VISITOR;
        let mut frames = Vec::new();
        for envelope in found.kept.values() {
            frames.push(ToDesk::Envelope { chat, from, envelope: envelope.clone() });
        }
        if let Some(envelope) = found.beat.clone() {
            frames.push(ToDesk::Beat { chat, from, envelope });
        }
        for frame in frames {
            self.tell_desk(seat, &frame);
        }
    }

    /// The number wanted next and whether to pass it on, or nothing when it was beyond that.
    fn put(&mut self, chat: ChatRef, to_visitor: bool, envelope: &Envelope) -> Option<(u32, bool)> {
        let found = self.boxes.entry((chat.ticket, chat.claim.0, to_visitor)).or_default();
        if envelope.kind() == Kind::Answer {
            found.answer = Some(envelope.clone());
            return Some((0, true));
        }
        self.kept_through.push((chat.ticket, envelope.as_bytes().to_vec()));
        let number = envelope.number();
        let next = found.next.get_or_insert(number);
        match number.cmp(next) {
            std::cmp::Ordering::Less => Some((*next, !self.strict)),
            std::cmp::Ordering::Equal => {
                *next += 1;
                found.kept.insert(number, envelope.clone());
                Some((*next, true))
            }
            std::cmp::Ordering::Greater => None,
        }
    }

    pub fn owner(&self, ticket: TicketName, claim: u32) -> Option<usize> {
        let with = self.tickets.get(&ticket)?.with.as_ref()?;
        (with.claim == claim).then_some(with.seat)
    }

    pub fn visitor_frame(&mut self, socket: Socket, bytes: &[u8]) {
        let Ok(frame) = ToRelay::decode(bytes) else {
            return self.out.push(Out::Close(socket, CloseCode::BadFrame.number()));
        };
        let known = self.names.get(&socket).copied();
        if known.is_some_and(|ticket| self.visitor_room_frame(socket, ticket, &frame)) {
            return;
        }
        match (frame, known) {
            (ToRelay::Join { secret, hello, .. }, None) => {
                let ticket = secret.name();
                if let Some(state) = self.closed {
                    let refusal = match state {
                        OpenState::Full => Refusal::Full,
                        OpenState::Away => Refusal::Away,
                        OpenState::Closing => Refusal::Closing,
                        _ => Refusal::Closed,
                    };
                    self.tell_visitor(socket, &ToVisitor::Refused { refusal, state });
                    return self.out.push(Out::Close(socket, CloseCode::Over.number()));
                }
                self.order += 1;
                let (order, hello) = (self.order, Some(hello));
                self.tickets.entry(ticket).or_insert(Ticket { order, hello, ..Ticket::default() });
                self.tell_visitor(socket, &ToVisitor::Joined { ticket });
                self.here(ticket, socket, 0);
            }
            (ToRelay::Return { secret, id, hello, .. }, None) => {
                self.come_back(socket, secret.name(), id.handle(), hello);
            }
            (ToRelay::Resume { secret, claim }, None) => self.here(secret.name(), socket, claim.0),
            (ToRelay::Leave(leave), known) => {
                if known.is_none_or(|known| known == leave.secret.name()) {
                    self.leave(leave);
                }
                self.out.push(Out::Close(socket, CloseCode::Over.number()));
            }
            (_, None) | (ToRelay::Join { .. } | ToRelay::Return { .. } | ToRelay::Resume { .. }, _) => {
                self.out.push(Out::Close(socket, CloseCode::BadFrame.number()));
            }
            (ToRelay::Put { claim, envelope, .. }, Some(ticket)) => {
                let chat = ChatRef { ticket, claim };
                let Some(seat) = self.owner(ticket, claim.0) else {
                    let state = OpenState::Open;
                    return self
                        .tell_visitor(socket, &ToVisitor::Refused { refusal: Refusal::NotYours, state });
                };
                if let Some(with) = self.tickets.get_mut(&ticket).and_then(|t| t.with.as_mut()) {
                    with.confirmed = true;
                }
                match self.put(chat, false, &envelope) {
                    Some((next, pass_on)) => {
                        self.tell_visitor(socket, &ToVisitor::Stored { claim, to: Member::COUNSELLOR, next });
                        if pass_on {
                            self.tell_desk(seat, &ToDesk::Envelope { chat, from: Member::VISITOR, envelope });
                        }
                    }
                    None => {
                        let (refusal, state) = (Refusal::OutOfOrder, OpenState::Open);
                        self.tell_visitor(socket, &ToVisitor::Refused { refusal, state });
                    }
                }
            }
            (ToRelay::Beat { claim, envelope, .. }, Some(ticket)) => {
                self.beats.push(self.now);
                if let Some(seat) = self.owner(ticket, claim.0) {
                    let chat = ChatRef { ticket, claim };
                    let found = self.boxes.entry((ticket, claim.0, false)).or_default();
                    found.beat = Some(envelope.clone());
                    self.tell_desk(seat, &ToDesk::Beat { chat, from: Member::VISITOR, envelope });
                }
            }
            (ToRelay::Got { claim, next, .. }, Some(ticket)) => {
                if let Some(found) = self.boxes.get_mut(&(ticket, claim.0, true)) {
                    found.got(next);
                }
            }
            (ToRelay::Hello { hello }, Some(ticket)) => {
                let now = self.now;
                let gone = |seat: &usize, gone: &HashMap<usize, u64>, seats: &HashMap<usize, Socket>| {
                    !seats.contains_key(seat) && gone.get(seat).is_none_or(|at| now - at >= 180_000)
                };
                if let Some(found) = self.tickets.get_mut(&ticket) {
                    if let Some(with) = &found.with {
                        if !gone(&with.seat, &self.seat_gone, &self.seats) {
                            return;
                        }
                        let claim = with.claim;
                        found.with = None;
                        found.order = 0;
                        found.hello = Some(hello);
                        self.empty_room(ticket, claim);
                    } else {
                        found.hello = Some(hello);
                    }
                }
                self.stand(ticket, socket);
            }
            (ToRelay::Probe, Some(_)) => self.tell_visitor(socket, &ToVisitor::Alive),
            (ToRelay::HelloTo { .. } | ToRelay::Switch { .. } | ToRelay::Dismiss { .. }, Some(_)) => {}
            // Nobody is asked for work here.
            (ToRelay::Worked { .. }, Some(_)) => {}
        }
    }

    pub fn leave(&mut self, leave: lykta_wire::Leave) {
        self.leaves += 1;
        let ticket = leave.secret.name();
        self.returns.retain(|_, (_, whose, stays)| *whose != ticket || *stays);
        let Some(found) = self.tickets.remove(&ticket) else { return };
        self.boxes.retain(|key, _| key.0 != ticket);
        let Some(with) = found.with else { return };
        let chat = ChatRef { ticket, claim: Claim(with.claim) };
        if leave.claim == chat.claim {
            self.tickets
                .insert(ticket, Ticket { last_claim: with.claim, with: Some(with), ..Ticket::default() });
            self.room_goodbyes(chat, &leave.goodbyes);
            self.tickets.remove(&ticket);
            for goodbye in leave.goodbyes.into_iter().filter(|goodbye| goodbye.to.number() == 1) {
                let envelope = goodbye.envelope;
                self.boxes.entry((ticket, with.claim, false)).or_default().beat = Some(envelope.clone());
                self.tell_desk(with.seat, &ToDesk::Beat { chat, from: Member::VISITOR, envelope });
            }
        }
        self.empty_room(ticket, with.claim);
        if self.named.remove(&(with.seat, ticket, with.claim)) {
            self.tell_desk(with.seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
        }
    }

    /// With a new ticket to the seat that keeps these words; the old ticket is over.
    fn come_back(&mut self, socket: Socket, ticket: TicketName, handle: ReturnHandle, hello: Envelope) {
        let kept = self.returns.get(&handle).copied().filter(|(seat, ..)| self.seats.contains_key(seat));
        let known = self.tickets.contains_key(&ticket);
        let Some((seat, old, stays)) = kept.filter(|_| !known) else {
            if known {
                return self.here(ticket, socket, 0);
            }
            let (refusal, state) = (Refusal::Gone, OpenState::Open);
            self.tell_visitor(socket, &ToVisitor::Refused { refusal, state });
            return self.out.push(Out::Close(socket, CloseCode::Over.number()));
        };
        self.returns.insert(handle, (seat, ticket, stays));
        if let Some(With { claim, .. }) = self.tickets.remove(&old).and_then(|old| old.with) {
            self.named.remove(&(seat, old, claim));
            self.over.insert((old, claim));
            let chat = ChatRef { ticket: old, claim: Claim(claim) };
            self.tell_desk(seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
        }
        let with = With { claim: 1, seat, taken: self.now, confirmed: false };
        self.tickets.insert(ticket, Ticket { last_claim: 1, with: Some(with), ..Ticket::default() });
        self.named.insert((seat, ticket, 1));
        self.tell_visitor(socket, &ToVisitor::Joined { ticket });
        self.here(ticket, socket, 0);
        let chat = ChatRef { ticket, claim: Claim(1) };
        let (lane, languages) = (Lane::Support, Languages::default());
        self.tell_desk(seat, &ToDesk::Returned { chat, handle, lane, languages, hello });
    }

    fn here(&mut self, ticket: TicketName, socket: Socket, claim: u32) {
        if let Some(old) = self.visitors.insert(ticket, socket) {
            self.names.remove(&old);
            self.out.push(Out::Close(old, CloseCode::Replaced.number()));
        }
        self.names.insert(socket, ticket);
        self.claims.insert(socket, claim);
        self.visitor_gone.remove(&ticket);
        self.stand(ticket, socket);
        self.say_visitor(ticket);
        for seat in self.seats.keys().copied().collect::<Vec<_>>() {
            self.say_line(seat);
        }
    }

    pub fn say_visitor(&mut self, ticket: TicketName) {
        let Some((claim, seat)) =
            self.tickets.get(&ticket).and_then(|t| t.with.as_ref()).map(|with| (with.claim, with.seat))
        else {
            return;
        };
        let gone = (!self.visitors.contains_key(&ticket))
            .then(|| self.visitor_gone.get(&ticket).map_or(0, |at| self.now - at) as u32 / 1000);
        let chat = ChatRef { ticket, claim: Claim(claim) };
        let presence = if gone.is_some() { Presence::Gone } else { Presence::Here };
        let mut seats = self.guests_of(ticket);
        seats.push(seat);
        for seat in seats {
            self.tell_desk(seat, &ToDesk::Visitor { chat, presence, gone_s: gone.unwrap_or(0) });
        }
    }

    pub fn desk_opened(&mut self, socket: Socket) {
        self.out.push(Out::Frame(socket, ToDesk::Challenge { challenge: [socket as u8; 32] }.encode()));
    }

    pub fn desk_frame(&mut self, seat: usize, socket: Socket, bytes: &[u8], admitted: bool) {
        let Ok(frame) = FromDesk::decode(bytes) else {
            return self.out.push(Out::Close(socket, CloseCode::BadFrame.number()));
        };
        if self.desk_room_frame(seat, &frame) {
            return;
        }
        match frame {
            FromDesk::Admit { proof } if admitted => {
                self.admitted(seat, &proof);
                if let Some(old) = self.seats.insert(seat, socket) {
                    self.out.push(Out::Close(old, CloseCode::Replaced.number()));
                }
                self.seat_gone.remove(&seat);
                self.named.retain(|(of, ..)| *of != seat);
                self.tell_desk(seat, &ToDesk::Admitted);
                self.stand_all();
                self.say_line(seat);
                self.say_seats();
                self.fetch_staff(seat);
            }
            FromDesk::Admit { .. } => self.out.push(Out::Close(socket, CloseCode::NotAdmitted.number())),
            FromDesk::Sit { .. } => self.say_line(seat),
            FromDesk::Take { ticket } => self.take(seat, ticket),
            FromDesk::Put { chat, to, envelope } => {
                if self.owner(chat.ticket, chat.claim.0) != Some(seat) {
                    return self.tell_desk(seat, &ToDesk::Refused { chat, refusal: Refusal::NotYours });
                }
                match self.put(chat, true, &envelope) {
                    Some((next, pass_on)) => {
                        self.tell_desk(seat, &ToDesk::Stored { chat, to, next });
                        let socket = self.visitors.get(&chat.ticket).copied().filter(|_| pass_on);
                        if let Some(socket) = socket {
                            let (claim, from) = (chat.claim, Member::COUNSELLOR);
                            self.tell_visitor(socket, &ToVisitor::Envelope { claim, from, envelope });
                        }
                    }
                    None => self.tell_desk(seat, &ToDesk::Refused { chat, refusal: Refusal::OutOfOrder }),
                }
            }
            FromDesk::Got { chat, next, .. } => {
                if let Some(found) = self.boxes.get_mut(&(chat.ticket, chat.claim.0, false)) {
                    found.got(next);
                }
            }
            FromDesk::Beat { chat, envelope, .. } => {
                if self.owner(chat.ticket, chat.claim.0) == Some(seat) {
                    let found = self.boxes.entry((chat.ticket, chat.claim.0, true)).or_default();
                    found.beat = Some(envelope.clone());
                    if let Some(socket) = self.visitors.get(&chat.ticket).copied() {
                        let (claim, from) = (chat.claim, Member::COUNSELLOR);
                        self.tell_visitor(socket, &ToVisitor::Beat { claim, from, envelope });
                    }
                }
            }
            FromDesk::PutBack { chat } => {
                if self.owner(chat.ticket, chat.claim.0) == Some(seat) {
                    self.back_in_front(chat);
                } else {
                    self.tell_desk(seat, &ToDesk::Refused { chat, refusal: Refusal::NotYours });
                }
            }
            FromDesk::End { chat, .. } => {
                if self.owner(chat.ticket, chat.claim.0) == Some(seat) {
                    self.named.remove(&(seat, chat.ticket, chat.claim.0));
                    self.tickets.remove(&chat.ticket);
                    self.empty_room(chat.ticket, chat.claim.0);
                    self.stand_all();
                } else {
                    self.tell_desk(seat, &ToDesk::Refused { chat, refusal: Refusal::NotYours });
                }
            }
            FromDesk::Mine { chat } => self.mine(seat, chat),
            FromDesk::KeepReturn { ticket, handle, stays } => {
                self.returns.insert(handle, (seat, ticket, stays));
                self.tell_desk(seat, &ToDesk::ReturnKept { handle });
            }
            FromDesk::ForgetReturn { handle } => {
                self.returns.retain(|known, (keeper, ..)| *known != handle || *keeper != seat);
            }
            FromDesk::Probe => self.tell_desk(seat, &ToDesk::Alive),
            FromDesk::StaffPut { .. }
            | FromDesk::StaffGot { .. }
            | FromDesk::StaffBeat { .. }
            | FromDesk::Invite { .. }
            | FromDesk::Reply { .. }
            | FromDesk::Withdraw { .. }
            | FromDesk::Part { .. }
            | FromDesk::MineAs { .. } => {}
        }
    }

    fn mine(&mut self, seat: usize, chat: ChatRef) {
        if self.tickets.contains_key(&chat.ticket) {
            if let Some(number) = self.number(seat, chat) {
                self.named.insert((seat, chat.ticket, chat.claim.0));
                self.say_visitor(chat.ticket);
                self.fetch_room(chat, number);
                if number == 1 {
                    self.fetch_desk(seat, chat);
                }
                return;
            }
            return self.tell_desk(seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
        }
        if self.over.contains(&(chat.ticket, chat.claim.0)) {
            return self.tell_desk(seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
        }
        self.fetch_desk(seat, chat);
        self.halves.entry((chat.ticket, chat.claim.0)).or_default().1 = Some(seat);
        self.join_halves(chat.ticket, chat.claim.0);
        self.tell_desk(seat, &ToDesk::Visitor { chat, presence: Presence::Gone, gone_s: 0 });
    }

    fn take(&mut self, seat: usize, named: Option<TicketName>) {
        let first = self
            .tickets
            .iter()
            .filter(|(name, t)| {
                t.with.is_none()
                    && t.hello.is_some()
                    && self.visitors.contains_key(name)
                    && named.is_none_or(|wanted| wanted == **name)
            })
            .min_by_key(|(_, t)| t.order)
            .map(|(name, _)| *name);
        let Some(name) = first else {
            return self.tell_desk(seat, &ToDesk::NotTaken { refusal: Refusal::NobodyWaits });
        };
        let taken = self.now;
        let Some(found) = self.tickets.get_mut(&name) else { return };
        found.last_claim += 1;
        let claim = found.last_claim;
        found.with = Some(With { claim, seat, taken, confirmed: false });
        let Some(hello) = found.hello.take() else { return };
        self.named.insert((seat, name, claim));
        self.rooms.rooms.insert(name, super::rooms::Room::fresh());
        let chat = ChatRef { ticket: name, claim: Claim(claim) };
        let frame = ToDesk::Taken { chat, lane: Lane::Support, languages: Languages::default(), hello };
        self.tell_desk(seat, &frame);
        self.stand_all();
    }

    fn say_line(&mut self, seat: usize) {
        let mut waiting: Vec<_> = self.tickets.iter().filter(|(_, t)| t.with.is_none()).collect();
        waiting.sort_by_key(|(_, t)| t.order);
        let entries: Vec<LineEntry> = waiting
            .iter()
            .map(|(name, _)| LineEntry {
                ticket: **name,
                lane: Lane::Support,
                present: self.visitors.contains_key(name),
                waited_s: 0,
                languages: Languages::default(),
            })
            .collect();
        let total = entries.len() as u32;
        self.tell_desk(seat, &ToDesk::Line { state: OpenState::Open, total, entries });
    }

    pub fn socket_gone(&mut self, socket: Socket) {
        let now = self.now;
        if let Some(ticket) = self.names.remove(&socket)
            && self.visitors.get(&ticket) == Some(&socket)
        {
            self.visitors.remove(&ticket);
            self.visitor_gone.insert(ticket, now);
            self.say_visitor(ticket);
        }
        let seat = self.seats.iter().find(|(_, s)| **s == socket).map(|(seat, _)| *seat);
        if let Some(seat) = seat {
            self.seats.remove(&seat);
            self.seat_gone.insert(seat, now);
            self.stand_all();
            self.say_seats();
        }
    }

    /// What happens by itself: greetings that nobody confirmed, and the regular look.
    pub fn tick(&mut self, now: u64) {
        self.now = now;
        let late: Vec<_> = self
            .tickets
            .iter()
            .filter_map(|(name, t)| {
                let with = t.with.as_ref()?;
                (!with.confirmed && now > with.taken + CONFIRM_MS).then_some((*name, with.claim, with.seat))
            })
            .collect();
        for (ticket, claim, seat) in late {
            if let Some(found) = self.tickets.get_mut(&ticket) {
                found.with = None;
                // One who came back with words has no place in the line.
                if found.order == 0 && found.last_claim == 1 {
                    self.tickets.remove(&ticket);
                }
            }
            self.named.remove(&(seat, ticket, claim));
            let chat = ChatRef { ticket, claim: Claim(claim) };
            self.tell_desk(seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
        }
        self.stand_all();
    }

    pub fn knows_anybody(&self) -> bool {
        !self.tickets.is_empty()
    }
}
