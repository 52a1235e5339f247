//! The small relay's part in the staff channel, hand-over and guests.

use std::collections::HashMap;

use lykta_trust::Admission;
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, FromDesk, InviteKind, Kind, Member, Presence, Refusal, SeatEntry,
    SeatId, TicketName, ToDesk, ToRelay, ToVisitor,
};

use super::relay::{Box_, Out, Relay, Socket};

/// A seat beside the one whose chat it is.
#[derive(Clone, Copy)]
pub struct Place {
    pub number: u8,
    pub seat: usize,
    pub kind: InviteKind,
    pub inside: bool,
}

/// Who else is in a chat.
#[derive(Default)]
pub struct Room {
    pub owner: u8,
    pub places: Vec<Place>,
    used: u8,
    restored: bool,
}

impl Room {
    pub fn fresh() -> Self {
        Self { owner: 1, used: 1, ..Self::default() }
    }
}

#[derive(Default)]
pub struct Rooms {
    pub rooms: HashMap<TicketName, Room>,
    /// Everything but what the visitor and member 1 say to each other.
    boxes: HashMap<(TicketName, u32, u8, u8), Box_>,
    staff: HashMap<(usize, usize), Box_>,
    ids: HashMap<usize, SeatEntry>,
    said: Vec<SeatEntry>,
    half_owner: HashMap<(TicketName, u32), u8>,
    half_guests: HashMap<(TicketName, u32), Vec<(usize, u8)>>,
    /// Another seat's certificate is shown for this one: a relay that lies.
    pub swap_certificates: Option<(usize, usize)>,
    /// Whom visitors have dismissed, as often as they said so.
    pub dismissals: Vec<u8>,
    /// What a visitor puts for this member reaches that seat instead: a relay that reroutes.
    pub reroute: Option<(u8, usize)>,
}

fn member(number: u8) -> Member {
    Member::new(number).unwrap()
}

impl Relay {
    /// What a fresh relay still has to hear.
    pub fn forget_rooms(&mut self) {
        let ids = std::mem::take(&mut self.rooms.ids);
        self.rooms = Rooms { ids, ..Rooms::default() };
    }

    pub fn admitted(&mut self, seat: usize, proof: &[u8]) {
        let Ok(admission) = Admission::parse(proof) else { return };
        let entry = SeatEntry {
            seat: SeatId(admission.seat().terms().serial.0),
            certificate: admission.seat().fingerprint().0,
            role: admission.staff().terms().role.code(),
            ready: true,
            chats: 0,
            capacity: 3,
        };
        self.rooms.ids.insert(seat, entry);
        self.rooms.said.clear();
    }

    /// The living seats, to all of them, when that is news.
    pub fn say_seats(&mut self) {
        let mut seats: Vec<usize> = self.seats.keys().copied().collect();
        seats.sort_unstable();
        let mut entries: Vec<SeatEntry> =
            seats.iter().filter_map(|seat| self.rooms.ids.get(seat).copied()).collect();
        if let Some((shown, truth)) = self.rooms.swap_certificates {
            let certificate = self.rooms.ids.get(&truth).map(|entry| entry.certificate);
            let name = self.rooms.ids.get(&shown).map(|entry| entry.seat);
            for entry in &mut entries {
                if Some(entry.seat) == name {
                    entry.certificate = certificate.unwrap_or_default();
                }
            }
        }
        if self.rooms.said != entries {
            self.rooms.said.clone_from(&entries);
            for seat in seats {
                self.tell_desk(seat, &ToDesk::Seats { entries: entries.clone() });
            }
        }
    }

    fn index_of(&self, id: SeatId) -> Option<usize> {
        self.rooms.ids.iter().find(|(_, entry)| entry.seat == id).map(|(seat, _)| *seat)
    }

    fn id_of(&self, seat: usize) -> SeatId {
        self.rooms.ids[&seat].seat
    }

    fn room(&mut self, ticket: TicketName) -> &mut Room {
        self.rooms.rooms.entry(ticket).or_insert_with(Room::fresh)
    }

    /// The ticket is in the line, or nowhere: nobody is in its chat.
    pub fn empty_room(&mut self, ticket: TicketName, claim: u32) {
        let Some(room) = self.rooms.rooms.remove(&ticket) else { return };
        let chat = ChatRef { ticket, claim: Claim(claim) };
        for place in room.places.iter().filter(|place| place.inside) {
            if self.named.remove(&(place.seat, ticket, claim)) {
                self.tell_desk(place.seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
            }
        }
    }

    /// The number a seat has in a chat that runs.
    pub fn number(&self, seat: usize, chat: ChatRef) -> Option<u8> {
        let owner = self.owner(chat.ticket, chat.claim.0)?;
        let room = self.rooms.rooms.get(&chat.ticket);
        if owner == seat {
            return Some(room.map_or(1, |room| room.owner));
        }
        let inside = |place: &&Place| place.seat == seat && place.inside;
        room?.places.iter().find(inside).map(|place| place.number)
    }

    fn seat_of(&self, ticket: TicketName, claim: u32, number: u8) -> Option<usize> {
        let owner = self.owner(ticket, claim)?;
        let room = self.rooms.rooms.get(&ticket);
        if room.map_or(1, |room| room.owner) == number {
            return Some(owner);
        }
        room?.places.iter().find(|place| place.number == number && place.inside).map(|place| place.seat)
    }

    pub fn guests_of(&self, ticket: TicketName) -> Vec<usize> {
        let room = self.rooms.rooms.get(&ticket);
        room.map_or_else(Vec::new, |room| {
            room.places.iter().filter(|place| place.inside).map(|place| place.seat).collect()
        })
    }

    pub fn pass(&mut self, chat: ChatRef, from: u8, to: u8, envelope: &Envelope) {
        let beat = envelope.kind() == Kind::Beat;
        let envelope = envelope.clone();
        if to == 0 {
            let Some(socket) = self.visitors.get(&chat.ticket).copied() else { return };
            let (claim, from) = (chat.claim, member(from));
            let frame = if beat {
                ToVisitor::Beat { claim, from, envelope }
            } else {
                ToVisitor::Envelope { claim, from, envelope }
            };
            return self.tell_visitor(socket, &frame);
        }
        let rerouted = self.rooms.reroute.filter(|(number, _)| *number == to).map(|(_, seat)| seat);
        let Some(seat) = rerouted.or_else(|| self.seat_of(chat.ticket, chat.claim.0, to)) else { return };
        let from = member(from);
        let frame = if beat {
            ToDesk::Beat { chat, from, envelope }
        } else {
            ToDesk::Envelope { chat, from, envelope }
        };
        self.tell_desk(seat, &frame);
    }

    /// Answers the number wanted next, or nothing when the envelope was beyond that.
    fn put_in(held: &mut Box_, envelope: &Envelope, strict: bool) -> Option<(u32, bool)> {
        match envelope.kind() {
            Kind::Beat => {
                held.beat = Some(envelope.clone());
                Some((0, true))
            }
            Kind::Kept => {
                let number = envelope.number();
                let next = held.next.get_or_insert(number);
                match number.cmp(next) {
                    std::cmp::Ordering::Less => Some((*next, !strict)),
                    std::cmp::Ordering::Equal => {
                        *next += 1;
                        held.kept.insert(number, envelope.clone());
                        Some((*next, true))
                    }
                    std::cmp::Ordering::Greater => None,
                }
            }
            Kind::Hello | Kind::Answer => {
                held.answer = Some(envelope.clone());
                Some((0, true))
            }
        }
    }

    fn room_put(&mut self, chat: ChatRef, from: u8, to: u8, envelope: &Envelope) -> Option<u32> {
        if envelope.kind() == Kind::Kept {
            self.kept_through.push((chat.ticket, envelope.as_bytes().to_vec()));
        }
        if envelope.kind() == Kind::Hello && envelope.number() == 0 && from != 0 && to != 0 {
            self.rooms.boxes.remove(&(chat.ticket, chat.claim.0, from, to));
            self.rooms.boxes.remove(&(chat.ticket, chat.claim.0, to, from));
        }
        let strict = self.strict;
        let held = self.rooms.boxes.entry((chat.ticket, chat.claim.0, from, to)).or_default();
        let (next, pass_on) = Self::put_in(held, envelope, strict)?;
        if envelope.kind() == Kind::Kept
            && let Some(held) = self.rooms.boxes.get_mut(&(chat.ticket, chat.claim.0, to, from))
        {
            held.answer = None;
        }
        if pass_on {
            self.pass(chat, from, to, envelope);
        }
        Some(next)
    }

    /// Everything that lies in the boxes of a reader, again.
    pub fn fetch_room(&mut self, chat: ChatRef, reader: u8) {
        let mut found = Vec::new();
        for (key, held) in &self.rooms.boxes {
            if (key.0, key.1, key.3) == (chat.ticket, chat.claim.0, reader) {
                let all = held.answer.iter().chain(held.kept.values()).chain(&held.beat);
                found.extend(all.map(|envelope| (key.2, envelope.clone())));
            }
        }
        found.sort_by_key(|(from, _)| *from);
        for (from, envelope) in found {
            self.pass(chat, from, reader, &envelope);
        }
    }

    /// What a visitor says about more than one counsellor. Whether it was that.
    pub fn visitor_room_frame(&mut self, socket: Socket, ticket: TicketName, frame: &ToRelay) -> bool {
        let moved = self.has_moved(ticket);
        let (claim, to) = match frame {
            ToRelay::Put { claim, to, .. } | ToRelay::Beat { claim, to, .. } if moved || to.number() != 1 => {
                (*claim, *to)
            }
            ToRelay::Got { claim, from, .. } if moved || from.number() != 1 => (*claim, *from),
            ToRelay::HelloTo { claim, to, .. } | ToRelay::Switch { claim, to } => (*claim, *to),
            ToRelay::Dismiss { claim, member } => (*claim, *member),
            _ => return false,
        };
        let chat = ChatRef { ticket, claim };
        let (number, state) = (to.number(), lykta_wire::OpenState::Open);
        if matches!(frame, ToRelay::Dismiss { .. }) {
            self.rooms.dismissals.push(number);
        }
        let known = self.rooms.rooms.get(&ticket).is_some_and(|room| {
            room.owner == number || room.places.iter().any(|place| place.number == number)
        });
        if self.owner(ticket, claim.0).is_none() || !known {
            self.tell_visitor(socket, &ToVisitor::Refused { refusal: Refusal::NotYours, state });
            return true;
        }
        match frame {
            ToRelay::Put { envelope, .. } => match self.room_put(chat, 0, number, envelope) {
                Some(next) => self.tell_visitor(socket, &ToVisitor::Stored { claim, to, next }),
                None => {
                    self.tell_visitor(socket, &ToVisitor::Refused { refusal: Refusal::OutOfOrder, state })
                }
            },
            ToRelay::HelloTo { hello, .. } => drop(self.room_put(chat, 0, number, hello)),
            ToRelay::Beat { envelope, .. } => {
                self.beats.push(self.now);
                let _ = self.room_put(chat, 0, number, envelope);
            }
            ToRelay::Got { next, .. } => {
                if let Some(held) = self.rooms.boxes.get_mut(&(ticket, claim.0, number, 0)) {
                    held.got(*next);
                }
            }
            ToRelay::Switch { .. } => {
                if self.switch(ticket, number) {
                    self.tell_visitor(socket, &ToVisitor::Switched { claim, to });
                } else {
                    self.tell_visitor(socket, &ToVisitor::Refused { refusal: Refusal::NotYours, state });
                }
            }
            ToRelay::Dismiss { .. } => self.dismiss(chat, number),
            _ => {}
        }
        true
    }

    fn switch(&mut self, ticket: TicketName, number: u8) -> bool {
        let Some(room) = self.rooms.rooms.get_mut(&ticket) else { return false };
        if room.owner == number {
            return true;
        }
        // Which of those inside was to take over is forgotten with the rest.
        let restored = room.restored;
        let takes_over = |place: &Place| {
            place.number == number && place.inside && (restored || place.kind == InviteKind::HandOver)
        };
        let Some(at) = room.places.iter().position(takes_over) else { return false };
        let Some(with) = self.tickets.get_mut(&ticket).and_then(|found| found.with.as_mut()) else {
            return false;
        };
        let place = &mut room.places[at];
        place.number = std::mem::replace(&mut room.owner, number);
        place.seat = std::mem::replace(&mut with.seat, place.seat);
        place.kind = InviteKind::Guest;
        self.stand_all();
        true
    }

    /// The chat's own seat only when it is not the one whose chat it is: in a chat that was forgotten and named again.
    fn dismiss(&mut self, chat: ChatRef, number: u8) {
        let room = self.rooms.rooms.get(&chat.ticket);
        if room.is_some_and(|room| room.restored && room.owner == number) {
            let seat = self.owner(chat.ticket, chat.claim.0);
            self.back_in_front(chat);
            if let Some(seat) = seat {
                self.tell_desk(seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
            }
        } else {
            self.remove_place(chat, |place| place.number == number);
        }
    }

    fn remove_place(&mut self, chat: ChatRef, which: impl Fn(&Place) -> bool) {
        let Some(room) = self.rooms.rooms.get_mut(&chat.ticket) else { return };
        let Some(at) = room.places.iter().position(which) else { return };
        let place = room.places.remove(at);
        self.rooms
            .boxes
            .retain(|key, _| key.0 != chat.ticket || (key.2 != place.number && key.3 != place.number));
        if self.named.remove(&(place.seat, chat.ticket, chat.claim.0)) {
            self.tell_desk(place.seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
        }
    }

    /// What a console says about other seats. Whether it was that.
    pub fn desk_room_frame(&mut self, seat: usize, frame: &FromDesk) -> bool {
        match frame {
            FromDesk::StaffPut { to, envelope } => self.staff_put(seat, *to, envelope),
            FromDesk::StaffBeat { to, envelope } => self.staff_put(seat, *to, envelope),
            FromDesk::StaffGot { from, next } => {
                let Some(from) = self.index_of(*from) else { return true };
                if let Some(held) = self.rooms.staff.get_mut(&(from, seat)) {
                    held.got(*next);
                }
            }
            FromDesk::Put { chat, to, envelope } if self.is_of_a_room(seat, *chat, to.number()) => {
                let (chat, to) = (*chat, *to);
                let Some(from) = self.number(seat, chat) else {
                    self.tell_desk(seat, &ToDesk::Refused { chat, refusal: Refusal::NotYours });
                    return true;
                };
                let frame = match self.room_put(chat, from, to.number(), envelope) {
                    Some(next) => ToDesk::Stored { chat, to, next },
                    None => ToDesk::Refused { chat, refusal: Refusal::OutOfOrder },
                };
                self.tell_desk(seat, &frame);
            }
            FromDesk::Beat { chat, to, envelope } if self.is_of_a_room(seat, *chat, to.number()) => {
                if let Some(from) = self.number(seat, *chat) {
                    let _ = self.room_put(*chat, from, to.number(), envelope);
                }
            }
            FromDesk::Got { chat, from, next } if self.is_of_a_room(seat, *chat, from.number()) => {
                let Some(reader) = self.number(seat, *chat) else { return true };
                let key = (chat.ticket, chat.claim.0, from.number(), reader);
                if let Some(held) = self.rooms.boxes.get_mut(&key) {
                    held.got(*next);
                }
            }
            FromDesk::Invite { chat, kind, seat: asked } => self.invite(seat, *chat, *kind, *asked),
            FromDesk::Reply { chat, yes } => self.reply(seat, *chat, *yes),
            FromDesk::Withdraw { chat, member } => {
                if self.owner(chat.ticket, chat.claim.0) == Some(seat) {
                    self.remove_place(*chat, |place| place.number == member.number() && !place.inside);
                }
            }
            FromDesk::Part { chat } => {
                if self.number(seat, *chat).is_some() && self.owner(chat.ticket, chat.claim.0) != Some(seat) {
                    self.named.remove(&(seat, chat.ticket, chat.claim.0));
                    self.remove_place(*chat, |place| place.seat == seat);
                } else {
                    self.tell_desk(seat, &ToDesk::Refused { chat: *chat, refusal: Refusal::NotYours });
                }
            }
            FromDesk::MineAs { chat, member, owner } => self.mine_as(seat, *chat, member.number(), *owner),
            _ => return false,
        }
        true
    }

    fn is_of_a_room(&self, seat: usize, chat: ChatRef, other: u8) -> bool {
        self.number(seat, chat) != Some(1) || other != 0 || self.has_moved(chat.ticket)
    }

    /// Whether the chat was handed over: member 1 is like any other then.
    fn has_moved(&self, ticket: TicketName) -> bool {
        self.rooms.rooms.get(&ticket).is_some_and(|room| room.owner != 1)
    }

    fn staff_put(&mut self, from: usize, to: SeatId, envelope: &Envelope) {
        let Some(other) = self.index_of(to) else {
            return self.tell_desk(from, &ToDesk::StaffRefused { to, refusal: Refusal::Gone });
        };
        if envelope.kind() == Kind::Hello && envelope.number() == 0 {
            self.rooms.staff.remove(&(from, other));
            self.rooms.staff.remove(&(other, from));
        }
        let strict = self.strict;
        let held = self.rooms.staff.entry((from, other)).or_default();
        let Some((next, pass_on)) = Self::put_in(held, envelope, strict) else {
            return self.tell_desk(from, &ToDesk::StaffRefused { to, refusal: Refusal::OutOfOrder });
        };
        if envelope.kind() != Kind::Beat {
            self.tell_desk(from, &ToDesk::StaffStored { to, next });
        }
        if pass_on {
            self.pass_staff(from, other, envelope.clone());
        }
    }

    fn pass_staff(&mut self, from: usize, to: usize, envelope: Envelope) {
        let from = self.id_of(from);
        let frame = match envelope.kind() {
            Kind::Beat => ToDesk::StaffBeat { from, envelope },
            _ => ToDesk::StaffEnvelope { from, envelope },
        };
        self.tell_desk(to, &frame);
    }

    /// A console is here again: what other seats have said to it.
    pub fn fetch_staff(&mut self, seat: usize) {
        let mut found = Vec::new();
        for ((from, to), held) in &self.rooms.staff {
            if *to == seat {
                let all = held.answer.iter().chain(held.kept.values()).chain(&held.beat);
                found.extend(all.map(|envelope| (*from, envelope.clone())));
            }
        }
        found.sort_by_key(|(from, _)| *from);
        for (from, envelope) in found {
            self.pass_staff(from, seat, envelope);
        }
    }

    fn invite(&mut self, seat: usize, chat: ChatRef, kind: InviteKind, asked: SeatId) {
        let refuse = |refusal| ToDesk::NotInvited { chat, seat: asked, refusal };
        let frame = match self.index_of(asked) {
            _ if self.owner(chat.ticket, chat.claim.0) != Some(seat) => refuse(Refusal::NotYours),
            Some(other) if self.seats.contains_key(&other) => {
                let room = self.room(chat.ticket);
                let most = if kind == InviteKind::Guest { 2 } else { 3 };
                let used = room.used;
                let given = room.places.iter().map(|place| place.number).collect::<Vec<_>>();
                let free = (used + 1..=7).find(|number| !given.contains(number));
                let found = room.places.iter_mut().find(|place| place.seat == other);
                match (found, free) {
                    (Some(place), _) if place.inside => refuse(Refusal::TakenByOther),
                    (Some(place), _) => {
                        place.kind = kind;
                        ToDesk::Invited { chat, member: member(place.number), seat: asked }
                    }
                    (None, Some(number)) if given.len() < most => {
                        room.places.push(Place { number, seat: other, kind, inside: false });
                        ToDesk::Invited { chat, member: member(number), seat: asked }
                    }
                    _ => refuse(Refusal::Full),
                }
            }
            _ => refuse(Refusal::Gone),
        };
        self.tell_desk(seat, &frame);
    }

    fn reply(&mut self, seat: usize, chat: ChatRef, yes: bool) {
        let runs = self.owner(chat.ticket, chat.claim.0).is_some();
        let found = self
            .rooms
            .rooms
            .get_mut(&chat.ticket)
            .filter(|_| runs)
            .and_then(|room| Some((room.places.iter().position(|place| place.seat == seat)?, room)));
        match found {
            Some((at, room)) if yes => {
                room.places[at].inside = true;
                let number = room.places[at].number;
                room.used = room.used.max(number);
                self.named.insert((seat, chat.ticket, chat.claim.0));
                self.say_visitor(chat.ticket);
                self.fetch_room(chat, number);
            }
            Some((at, room)) if !room.places[at].inside => drop(room.places.remove(at)),
            _ if yes => self.tell_desk(seat, &ToDesk::Refused { chat, refusal: Refusal::NotYours }),
            _ => {}
        }
    }

    fn mine_as(&mut self, seat: usize, chat: ChatRef, number: u8, owner: bool) {
        let key = (chat.ticket, chat.claim.0);
        if self.tickets.contains_key(&chat.ticket) {
            if self.number(seat, chat).is_none() && !self.restore_guest(seat, chat, number) {
                return self.tell_desk(seat, &ToDesk::Ended { chat, ending: Ending::LostContact });
            }
            let number = self.number(seat, chat).unwrap_or(number);
            self.named.insert((seat, chat.ticket, chat.claim.0));
            self.say_visitor(chat.ticket);
            if number == 1 {
                self.fetch_desk(seat, chat);
            }
            return self.fetch_room(chat, number);
        }
        if owner {
            self.rooms.half_owner.insert(key, number);
            self.halves.entry(key).or_default().1 = Some(seat);
        } else {
            self.rooms.half_guests.entry(key).or_default().push((seat, number));
        }
        self.join_halves(chat.ticket, chat.claim.0);
        self.tell_desk(seat, &ToDesk::Visitor { chat, presence: Presence::Gone, gone_s: 0 });
        if owner && self.number(seat, chat).is_some() {
            self.say_visitor(chat.ticket);
        }
    }

    fn restore_guest(&mut self, seat: usize, chat: ChatRef, number: u8) -> bool {
        let Some(room) = self.rooms.rooms.get_mut(&chat.ticket).filter(|room| room.restored) else {
            return false;
        };
        if room.owner == number || room.places.iter().any(|place| place.number == number) {
            return false;
        }
        room.places.push(Place { number, seat, kind: InviteKind::Guest, inside: true });
        self.named.insert((seat, chat.ticket, chat.claim.0));
        true
    }

    /// Visitor and owner have named the same chat: those who named themselves as guests are in it again.
    pub fn halves_joined(&mut self, ticket: TicketName, claim: u32) {
        let owner = self.rooms.half_owner.remove(&(ticket, claim)).unwrap_or(1);
        self.rooms.rooms.insert(ticket, Room { owner, places: Vec::new(), used: 7, restored: true });
        let chat = ChatRef { ticket, claim: Claim(claim) };
        for (seat, number) in self.rooms.half_guests.remove(&(ticket, claim)).unwrap_or_default() {
            if self.restore_guest(seat, chat, number) {
                self.fetch_room(chat, number);
            }
        }
    }

    /// Goodbyes for everybody but member 1, of a visitor who left.
    pub fn room_goodbyes(&mut self, chat: ChatRef, goodbyes: &[lykta_wire::Goodbye]) {
        for goodbye in goodbyes.iter().filter(|goodbye| goodbye.to.number() != 1) {
            self.pass(chat, 0, goodbye.to.number(), &goodbye.envelope);
        }
        self.rooms.boxes.retain(|key, _| key.0 != chat.ticket);
    }

    pub fn forget_boxes_of_rooms(&mut self) {
        self.rooms.boxes.clear();
        self.rooms.staff.clear();
    }

    /// Bytes of everything that lies in boxes of rooms and of the staff channel.
    pub fn room_bytes(&self) -> usize {
        let boxes = self.rooms.boxes.values().chain(self.rooms.staff.values());
        boxes.map(|held| held.kept.len() + usize::from(held.answer.is_some())).sum()
    }

    pub fn seat_of_desk(&self, seat: usize) -> SeatId {
        self.id_of(seat)
    }

    /// A frame of the relay's own making, for stories about a relay that lies.
    pub fn forge(&mut self, seat: usize, frame: &ToDesk) {
        if let Some(socket) = self.seats.get(&seat) {
            self.out.push(Out::Frame(*socket, frame.encode()));
        }
    }
}
