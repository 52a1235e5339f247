//! Who is connected to this process, and the doorbells between tasks.
//!
//! A bell carries no content: it says where to look. Every connection has a [`Post`]; whoever rings it sets a
//! flag and wakes the connection, which then asks the store. Bells of the store reach posts through
//! [`Presence::route`]. What the store has just taken from one connection of this process for another is handed
//! over with [`Presence::hand_over`], so that the other one need not ask.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use lykta_wire::{ChatRef, Envelope, Member, SeatId, TicketName};
use tokio::sync::Notify;

use crate::line::{Bell, Holder, Level, Standing};

/// Reasons to look, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reasons(u16);

impl Reasons {
    /// A box has something, or something was handed over: the letters say.
    pub const BOX: Self = Self(1);
    /// The ticket, or one of the seat's chats, may stand elsewhere.
    pub const STANDING: Self = Self(2);
    /// The keeper has told where the ticket stands, or the door changed.
    pub const TOLD: Self = Self(4);
    /// The line changed.
    pub const LINE: Self = Self(8);
    /// A newer socket owns the ticket or the seat.
    pub const REPLACED: Self = Self(16);
    /// Bells were missed: is this still the newest socket?
    pub const NEWEST: Self = Self(32);
    /// Another seat has said something on the staff channel: the letters say which.
    pub const STAFF: Self = Self(64);
    /// Where the visitor comes from is cooled down.
    pub const COOL: Self = Self(128);
    /// A tick, or bells were missed: a desk looks everywhere.
    pub const TICK: Self = Self(256);

    /// Whether `other` is among them.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// One connection's letterbox for bells.
pub struct Post {
    /// The store's number of this socket: of two of one ticket or seat, the newer has the higher one, whichever
    /// process they are in.
    pub number: u64,
    reasons: AtomicU16,
    notify: Notify,
    /// Where the keeper last saw the ticket. Taken by the connection.
    told: Mutex<Option<Standing>>,
    /// Nothing for nearly everybody who waits, and they are many.
    letters: Mutex<Option<Box<Letters>>>,
}

/// Whose box of whose chat: the visitor's ticket, who writes, who reads.
pub type BoxName = (TicketName, Member, Member);

/// What lies in a letterbox.
#[derive(Default)]
pub struct Letters {
    /// The boxes that rang, and how far each is filled.
    pub boxes: BTreeMap<BoxName, Level>,
    /// What was handed over, in its order.
    pub handed: Vec<Handed>,
    /// Seats that have said something to this desk.
    pub staff: BTreeSet<SeatId>,
}

/// Envelopes that the store has just taken, for a reader who may be connected to this process.
#[derive(Clone)]
pub struct Handed {
    /// The chat they are said in.
    pub chat: ChatRef,
    /// Who says them.
    pub from: Member,
    /// To whom.
    pub to: Member,
    /// In their order; none of them lay in the box before.
    pub envelopes: Vec<Envelope>,
    /// How far the box is filled with them.
    pub level: Level,
}

/// Bytes that wait to be handed over to one connection. Who does not read them looks into the box instead: a reader who
/// is slow keeps no more than this in memory.
const HANDED: usize = 65_536;

impl Letters {
    fn rung(&mut self, name: BoxName, level: Level) {
        self.boxes.entry(name).and_modify(|known| *known = known.and(level)).or_insert(level);
    }

    fn handed(&mut self, handed: Handed) {
        let bytes = |handed: &Handed| handed.envelopes.iter().map(|one| one.as_bytes().len()).sum::<usize>();
        if self.handed.iter().map(bytes).sum::<usize>() + bytes(&handed) > HANDED {
            self.rung((handed.chat.ticket, handed.from, handed.to), Level::UNKNOWN);
        } else {
            self.handed.push(handed);
        }
    }
}

impl Post {
    /// Rings.
    pub fn ring(&self, reasons: Reasons) {
        self.reasons.fetch_or(reasons.0, Ordering::AcqRel);
        self.notify.notify_one();
    }

    /// Waits until somebody has rung, and answers all reasons since the last time. Cancelling it loses none.
    pub async fn rung(&self) -> Reasons {
        loop {
            let reasons = self.reasons.swap(0, Ordering::AcqRel);
            if reasons != 0 {
                return Reasons(reasons);
            }
            self.notify.notified().await;
        }
    }

    /// Whether any of these is rung just now, without taking it.
    #[must_use]
    pub fn is_rung(&self, reasons: Reasons) -> bool {
        Reasons(self.reasons.load(Ordering::Acquire)).has(reasons)
    }

    /// Tells the connection where its ticket stands. Whether that is news is the connection's to know.
    pub fn tell(&self, standing: Standing) {
        *lock(&self.told) = Some(standing);
        self.ring(Reasons::TOLD);
    }

    /// What the keeper told last, once.
    #[must_use]
    pub fn told(&self) -> Option<Standing> {
        lock(&self.told).take()
    }

    /// What lies in the letterbox, once.
    #[must_use]
    pub fn letters(&self) -> Letters {
        lock(&self.letters).take().map_or_else(Letters::default, |letters| *letters)
    }

    fn leave(&self, reasons: Reasons, letter: impl FnOnce(&mut Letters)) {
        letter(lock(&self.letters).get_or_insert_default());
        self.ring(reasons);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds a letterbox")
}

/// Everybody who is connected to this process. The maps are ordered, so that the order in which posts are rung
/// follows from what happened and a simulated day can be replayed.
#[derive(Default)]
pub struct Presence {
    visitors: Mutex<BTreeMap<TicketName, Arc<Post>>>,
    desks: Mutex<Desks>,
    /// Boxes into which somebody of this process is just putting something.
    said: Mutex<BTreeMap<BoxName, Said>>,
}

/// How many are at it, and what the box's bells have said meanwhile.
#[derive(Default)]
struct Said {
    by: usize,
    rung: Option<Level>,
}

#[derive(Default)]
struct Desks {
    seats: BTreeMap<SeatId, Arc<Post>>,
    /// Which seats of this process listen to a ticket's boxes.
    chats: BTreeSet<(TicketName, SeatId)>,
}

impl Presence {
    /// A letterbox for a new connection, with the number that the store gave it.
    #[must_use]
    pub fn post(number: u64) -> Arc<Post> {
        Arc::new(Post {
            number,
            reasons: AtomicU16::new(0),
            notify: Notify::new(),
            told: Mutex::new(None),
            letters: Mutex::default(),
        })
    }

    /// The visitor of `ticket` is here, until the guard goes. Of two connections of this process the one with
    /// the lower number steps back, whichever comes here first; those of other processes hear the bell.
    #[must_use]
    pub fn visitor(self: &Arc<Self>, ticket: TicketName, post: &Arc<Post>) -> VisitorHere {
        newest(&mut lock(&self.visitors), ticket, post);
        VisitorHere { presence: Arc::clone(self), ticket, number: post.number }
    }

    /// The desk of `seat` is here, until the guard goes. An older connection steps back, as for visitors.
    #[must_use]
    pub fn desk(self: &Arc<Self>, seat: SeatId, post: &Arc<Post>) -> DeskHere {
        newest(&mut lock(&self.desks).seats, seat, post);
        DeskHere { presence: Arc::clone(self), seat, number: post.number }
    }

    /// The tickets whose visitors are here, for the keeper.
    #[must_use]
    pub fn tickets(&self) -> Vec<TicketName> {
        lock(&self.visitors).keys().copied().collect()
    }

    /// The post of one visitor.
    #[must_use]
    pub fn post_of(&self, ticket: TicketName) -> Option<Arc<Post>> {
        lock(&self.visitors).get(&ticket).cloned()
    }

    /// Rings every visitor and desk: the door changed, or bells were missed.
    pub fn ring_all(&self, reasons: Reasons) {
        lock(&self.visitors).values().for_each(|post| post.ring(reasons));
        self.ring_desks(reasons);
    }

    /// The posts of all desks.
    #[must_use]
    pub fn desks(&self) -> Vec<Arc<Post>> {
        lock(&self.desks).seats.values().cloned().collect()
    }

    /// Rings every desk.
    pub fn ring_desks(&self, reasons: Reasons) {
        lock(&self.desks).seats.values().for_each(|post| post.ring(reasons));
    }

    /// Every box is to be looked into: bells were missed.
    pub fn ring_every_box(&self) {
        let anybody = |ticket| (ticket, Member::VISITOR, Member::VISITOR);
        for (ticket, post) in &*lock(&self.visitors) {
            post.leave(Reasons::BOX, |letters| letters.rung(anybody(*ticket), Level::UNKNOWN));
        }
        let desks = lock(&self.desks);
        for (ticket, seat) in &desks.chats {
            if let Some(post) = desks.seats.get(seat) {
                post.leave(Reasons::BOX, |letters| letters.rung(anybody(*ticket), Level::UNKNOWN));
            }
        }
    }

    /// Gives this to its reader, if they are here.
    pub fn hand_over(&self, handed: &Handed) {
        if handed.envelopes.is_empty() {
            return;
        }
        self.leave(handed.chat.ticket, handed.to, |letters| letters.handed(handed.clone()));
    }

    /// Somebody of this process is putting something into this box, until the guard goes. Its bells wait so long: they
    /// come from the store by a way of their own, and whoever heard one before the envelope is handed over would ask
    /// the store for it.
    #[must_use]
    pub fn saying(self: &Arc<Self>, name: BoxName) -> Saying {
        lock(&self.said).entry(name).or_default().by += 1;
        Saying { presence: Arc::clone(self), name }
    }

    /// A bell of a box.
    fn ring_box(&self, name: BoxName, level: Level) {
        if let Some(said) = lock(&self.said).get_mut(&name) {
            said.rung = Some(said.rung.map_or(level, |known| known.and(level)));
            return;
        }
        let (ticket, _, to) = name;
        self.leave(ticket, to, |letters| letters.rung(name, level));
    }

    /// A letter for a member of a chat, or for every seat in it: which of them it is the seats know.
    fn leave(&self, ticket: TicketName, to: Member, letter: impl Fn(&mut Letters)) {
        if to == Member::VISITOR {
            if let Some(post) = self.post_of(ticket) {
                post.leave(Reasons::BOX, letter);
            }
        } else {
            self.each_desk(ticket, |post| post.leave(Reasons::BOX, &letter));
        }
    }

    /// Passes one bell on to whom it concerns here.
    pub fn route(&self, bell: Bell) {
        match bell {
            Bell::Box { ticket, from, to, level } => self.ring_box((ticket, from, to), level),
            Bell::Ticket(ticket) => {
                self.ring_visitor(ticket, Reasons::STANDING);
                self.each_desk(ticket, |post| post.ring(Reasons::STANDING));
            }
            Bell::Seat(seat) => {
                let post = lock(&self.desks).seats.get(&seat).cloned();
                post.into_iter().for_each(|post| post.ring(Reasons::STANDING));
            }
            Bell::Staff(from, to) => {
                let post = lock(&self.desks).seats.get(&to).cloned();
                if let Some(post) = post {
                    post.leave(Reasons::STAFF, |letters| letters.staff.extend([from]));
                }
            }
            Bell::Cool(ticket) => self.ring_visitor(ticket, Reasons::COOL),
            // The keeper hears these and acts for everybody.
            Bell::Line | Bell::Pinned(_) => {}
            Bell::Missed => {
                self.ring_all(Reasons::STANDING);
                self.ring_all(Reasons::NEWEST);
                self.ring_desks(Reasons::TICK);
                self.ring_every_box();
            }
            Bell::Newer(holder, number) => {
                let post = match holder {
                    Holder::Visitor(ticket) => self.post_of(ticket),
                    Holder::Seat(seat) => lock(&self.desks).seats.get(&seat).cloned(),
                };
                // A bell that comes late, or one's own, finds no older one.
                let older = post.filter(|post| post.number < number);
                older.into_iter().for_each(|post| post.ring(Reasons::REPLACED));
            }
        }
    }

    fn ring_visitor(&self, ticket: TicketName, reasons: Reasons) {
        if let Some(post) = self.post_of(ticket) {
            post.ring(reasons);
        }
    }

    /// The desks of this process that listen to a ticket's boxes.
    fn each_desk(&self, ticket: TicketName, ring: impl Fn(&Post)) {
        let desks = lock(&self.desks);
        let everyone = (ticket, SeatId([0; 16]))..=(ticket, SeatId([255; 16]));
        for (_, seat) in desks.chats.range(everyone) {
            if let Some(post) = desks.seats.get(seat) {
                ring(post);
            }
        }
    }
}

/// Puts `post` where the newest connection of `key` is, or tells it that there is a newer one.
fn newest<K: Ord>(here: &mut BTreeMap<K, Arc<Post>>, key: K, post: &Arc<Post>) {
    match here.entry(key) {
        Entry::Occupied(newer) if newer.get().number > post.number => post.ring(Reasons::REPLACED),
        Entry::Occupied(mut older) => older.insert(Arc::clone(post)).ring(Reasons::REPLACED),
        Entry::Vacant(place) => drop(place.insert(Arc::clone(post))),
    }
}

/// Keeps the bells of a box waiting; see [`Presence::saying`].
pub struct Saying {
    presence: Arc<Presence>,
    name: BoxName,
}

impl Drop for Saying {
    fn drop(&mut self) {
        let rung = {
            let mut all = lock(&self.presence.said);
            let Entry::Occupied(mut said) = all.entry(self.name) else { return };
            said.get_mut().by -= 1;
            if said.get().by == 0 { said.remove().rung } else { None }
        };
        if let Some(level) = rung {
            self.presence.ring_box(self.name, level);
        }
    }
}

/// Keeps a visitor in [`Presence`]; removes only its own entry, so a newcomer's is safe.
pub struct VisitorHere {
    presence: Arc<Presence>,
    ticket: TicketName,
    number: u64,
}

impl Drop for VisitorHere {
    fn drop(&mut self) {
        let mut visitors = lock(&self.presence.visitors);
        if visitors.get(&self.ticket).is_some_and(|post| post.number == self.number) {
            visitors.remove(&self.ticket);
        }
    }
}

/// Keeps a desk in [`Presence`], with the chats it listens to.
pub struct DeskHere {
    presence: Arc<Presence>,
    seat: SeatId,
    number: u64,
}

impl DeskHere {
    /// Listens to the boxes of this ticket.
    pub fn listen(&self, ticket: TicketName) {
        lock(&self.presence.desks).chats.insert((ticket, self.seat));
    }

    /// Listens no more.
    pub fn unlisten(&self, ticket: TicketName) {
        lock(&self.presence.desks).chats.remove(&(ticket, self.seat));
    }
}

impl Drop for DeskHere {
    fn drop(&mut self) {
        let mut desks = lock(&self.presence.desks);
        if desks.seats.get(&self.seat).is_some_and(|post| post.number == self.number) {
            desks.seats.remove(&self.seat);
            let seat = self.seat;
            desks.chats.retain(|(_, listener)| *listener != seat);
        }
    }
}
