//! Who is connected to this process, and the doorbells between tasks.
//!
//! A bell carries no content: it says where to look. Every connection has a [`Post`]; whoever rings it sets a
//! flag and wakes the connection, which then asks the store. Bells of the store reach posts through
//! [`Presence::route`].

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use lykta_wire::{Member, SeatId, TicketName};
use tokio::sync::Notify;

use crate::line::{Bell, Standing};

/// Reasons to look, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reasons(u8);

impl Reasons {
    /// A box has something.
    pub const BOX: Self = Self(1);
    /// The ticket, or one of the seat's chats, may stand elsewhere.
    pub const STANDING: Self = Self(2);
    /// The keeper has told where the ticket stands, or the door changed.
    pub const TOLD: Self = Self(4);
    /// The line changed.
    pub const LINE: Self = Self(8);
    /// A newer socket owns the ticket or the seat.
    pub const REPLACED: Self = Self(16);
    /// Another seat has said something on the staff channel.
    pub const STAFF: Self = Self(32);

    /// Whether `other` is among them.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// One connection's letterbox for bells.
pub struct Post {
    /// Rises with every connection of this process; mixed with a process number, so that two processes do
    /// not give the same one.
    pub number: u64,
    reasons: AtomicU8,
    notify: Notify,
    /// Where the keeper last saw the ticket. Taken by the connection.
    told: Mutex<Option<Standing>>,
    /// Chats of a desk whose boxes rang.
    rung: Mutex<BTreeSet<TicketName>>,
    /// Seats that have said something to this desk.
    staff: Mutex<BTreeSet<SeatId>>,
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

    /// The chats whose boxes rang, once.
    #[must_use]
    pub fn chats_rung(&self) -> BTreeSet<TicketName> {
        std::mem::take(&mut lock(&self.rung))
    }

    /// The seats that have said something on the staff channel, once.
    #[must_use]
    pub fn staff_rung(&self) -> BTreeSet<SeatId> {
        std::mem::take(&mut lock(&self.staff))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds a letterbox")
}

/// Everybody who is connected to this process.
#[derive(Default)]
pub struct Presence {
    visitors: Mutex<HashMap<TicketName, Arc<Post>>>,
    desks: Mutex<Desks>,
    last: AtomicU64,
    process: u64,
}

#[derive(Default)]
struct Desks {
    seats: HashMap<SeatId, Arc<Post>>,
    /// Which seats of this process listen to a ticket's boxes.
    chats: BTreeSet<(TicketName, SeatId)>,
}

impl Presence {
    /// Nobody is here yet. `process` tells this process's connections from those of another.
    #[must_use]
    pub fn new(process: u32) -> Self {
        Self { process: u64::from(process) << 32, ..Self::default() }
    }

    /// A letterbox for a new connection.
    #[must_use]
    pub fn post(&self) -> Arc<Post> {
        let number = self.process | (self.last.fetch_add(1, Ordering::Relaxed) & u64::from(u32::MAX));
        Arc::new(Post {
            number,
            reasons: AtomicU8::new(0),
            notify: Notify::new(),
            told: Mutex::new(None),
            rung: Mutex::default(),
            staff: Mutex::default(),
        })
    }

    /// The visitor of `ticket` is here, until the guard goes. An older connection of this process steps back;
    /// those of others hear the bell.
    #[must_use]
    pub fn visitor(self: &Arc<Self>, ticket: TicketName, post: &Arc<Post>) -> VisitorHere {
        let older = lock(&self.visitors).insert(ticket, Arc::clone(post));
        older.into_iter().for_each(|post| post.ring(Reasons::REPLACED));
        VisitorHere { presence: Arc::clone(self), ticket, number: post.number }
    }

    /// The desk of `seat` is here, until the guard goes. An older connection steps back, as for visitors.
    #[must_use]
    pub fn desk(self: &Arc<Self>, seat: SeatId, post: &Arc<Post>) -> DeskHere {
        let older = lock(&self.desks).seats.insert(seat, Arc::clone(post));
        older.into_iter().for_each(|post| post.ring(Reasons::REPLACED));
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

    /// Rings every desk.
    pub fn ring_desks(&self, reasons: Reasons) {
        lock(&self.desks).seats.values().for_each(|post| post.ring(reasons));
    }

    /// Every chat of every desk is to be looked at: bells were missed.
    pub fn ring_every_box(&self) {
        lock(&self.visitors).values().for_each(|post| post.ring(Reasons::BOX));
        let desks = lock(&self.desks);
        for (ticket, seat) in &desks.chats {
            if let Some(post) = desks.seats.get(seat) {
                lock(&post.rung).insert(*ticket);
                post.ring(Reasons::BOX);
            }
        }
    }

    /// Passes one bell on to whom it concerns here.
    pub fn route(&self, bell: Bell) {
        match bell {
            Bell::Box(ticket, Member::VISITOR) => self.ring_visitor(ticket, Reasons::BOX),
            Bell::Box(ticket, _) => self.ring_chat(ticket, Reasons::BOX),
            Bell::Ticket(ticket) => {
                self.ring_visitor(ticket, Reasons::STANDING);
                self.ring_chat(ticket, Reasons::STANDING);
            }
            Bell::Staff(from, to) => {
                let post = lock(&self.desks).seats.get(&to).cloned();
                if let Some(post) = post {
                    lock(&post.staff).insert(from);
                    post.ring(Reasons::STAFF);
                }
            }
            // The keeper hears this one and acts for everybody.
            Bell::Line => {}
            Bell::Missed => {
                self.ring_all(Reasons::STANDING);
                // With the line a desk looks into every staff box as well.
                self.ring_desks(Reasons::LINE);
                self.ring_every_box();
            }
            Bell::NewerVisitor(ticket, number) => {
                let post = self.post_of(ticket).filter(|post| post.number != number);
                post.into_iter().for_each(|post| post.ring(Reasons::REPLACED));
            }
            Bell::NewerSeat(seat, number) => {
                let post = lock(&self.desks).seats.get(&seat).filter(|post| post.number != number).cloned();
                post.into_iter().for_each(|post| post.ring(Reasons::REPLACED));
            }
        }
    }

    fn ring_visitor(&self, ticket: TicketName, reasons: Reasons) {
        if let Some(post) = self.post_of(ticket) {
            post.ring(reasons);
        }
    }

    fn ring_chat(&self, ticket: TicketName, reasons: Reasons) {
        let desks = lock(&self.desks);
        let everyone = (ticket, SeatId([0; 16]))..=(ticket, SeatId([255; 16]));
        for (_, seat) in desks.chats.range(everyone) {
            if let Some(post) = desks.seats.get(seat) {
                if reasons.has(Reasons::BOX) {
                    lock(&post.rung).insert(ticket);
                }
                post.ring(reasons);
            }
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
