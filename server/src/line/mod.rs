//! The line: who waits, who is with whom, and the boxes between them.
//!
//! One trait, one contract (`contract.rs`), and two stores behind it: [`Memory`] for one relay, [`RedisLine`]
//! for several. *A ticket is in the line, with a seat, or nowhere; never two of these.*
//!
//! ```text
//! Nowhere --join--> InLine --take--> With(seat, claim) --end | leave | lease lapses--> Nowhere
//!                     ^--- put_back, or the visitor after the counsellor was lost: at the front
//!                     ^--- taken and not confirmed in time: at its old place, as absent
//! Nowhere --restore by the visitor and by the seat, same claim--> With(seat, claim)
//! Nowhere --come_back with return words that a living seat keeps--> With(seat, claim)
//! ```
//!
//! A chat is always exactly one seat's. Other seats may be in it as guests, each with a member's number of its own:
//!
//! ```text
//! nobody --invite--> asked --reply yes--> in the chat --part | dismiss | seat lost past the grace--> nobody
//!                      \--reply no | withdraw | 10 min--> nobody
//! With(seat, claim) --switch, by the visitor, to one who was asked to take over and came--> With(other, claim)
//! ```
//!
//! The store holds sealed envelopes, hashes and leases. Between relays it passes a doorbell, never data: a
//! lost bell costs one tick. Expiry is a question asked with `now`, not a thread: every verb judges what it
//! touches, and [`Line::keep`], which each process calls every tick, sweeps the rest.

use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, InviteKind, Kind, Lane, Languages, LineEntry, Member, Refusal,
    ReturnHandle, SeatEntry, SeatId, TicketName,
};
use tokio::sync::broadcast;

use crate::clock::Moment;

#[cfg(test)]
pub mod contract;
mod cursor;
mod memory;
mod redis;
mod sheet;
mod tally;

pub use cursor::{Cursor, Fetched, Level, StaffCursor, Step};
pub use memory::Memory;
pub use tally::{COUNTED_TTL, Counting, RECOUNTED_WITHIN, Sums, ends_a_chat, first_kept};

pub use self::redis::{OpenError, RedisLine, Target};
pub use sheet::{Pinned, Sheet};

/// How long things last in the line (the clocks table; each is a setting of the centre).
#[derive(Debug, Clone)]
pub struct Spans {
    /// A visitor's lease between two `keep` calls: two ticks and a little, so that one lost tick is harmless.
    pub visitor_lease: Duration,
    /// A visitor in line keeps the place this long without a socket.
    pub place_kept: Duration,
    /// Taken and not confirmed: the ticket returns to its place as absent.
    pub confirm: Duration,
    /// A visitor in a chat may be away this long.
    pub visitor_lost: Duration,
    /// A counsellor may be away this long before the visitor may go to the front of the line.
    pub counsellor_lost: Duration,
    /// A seat's lease.
    pub seat_lease: Duration,
    /// Tickets, seats and halves of lost chats that nobody touches; a chat that ended is remembered as ended.
    pub ttl: Duration,
    /// A box to the visitor into which nobody writes. Beats write too, so it is a box without a page.
    pub box_ttl: Duration,
    /// The same for a box to a seat: what was written to a counsellor who does not come back.
    pub counsellor_boxes: Duration,
    /// A fast exit's goodbye waits this long for its seat.
    pub goodbye: Duration,
    /// The order of a ticket's or a seat's sockets is remembered this long after the newest of them. It needs to
    /// outlive a bell that comes late, not the sockets: later numbers are higher anyway.
    pub sockets: Duration,
}

impl Default for Spans {
    fn default() -> Self {
        Self {
            visitor_lease: Duration::from_secs(25),
            place_kept: Duration::from_secs(3 * 60),
            confirm: Duration::from_secs(20),
            visitor_lost: Duration::from_secs(15 * 60),
            counsellor_lost: Duration::from_secs(3 * 60),
            seat_lease: Duration::from_secs(15),
            ttl: Duration::from_secs(20 * 60),
            box_ttl: Duration::from_secs(20 * 60),
            counsellor_boxes: Duration::from_secs(15 * 60),
            goodbye: Duration::from_secs(60),
            sockets: Duration::from_secs(60),
        }
    }
}

/// An invitation that nobody answers lapses after this. Longer than the clients', which take it back by themselves.
pub const ASKED: Duration = Duration::from_secs(10 * 60);

impl Spans {
    /// How long a box lives in which nobody writes.
    fn of_box(&self, to: Member) -> Duration {
        if to == Member::VISITOR { self.box_ttl } else { self.counsellor_boxes }
    }
}

/// How much the line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Tickets in the line.
    pub max_waiting: u32,
    /// Of these, in the lane of professionals: so many that no other of that lane is let in.
    pub professionals: u32,
    /// Tickets in all, waiting and with seats; and so many halves of lost chats besides, which cost a stranger
    /// nothing to name. There is no bound for boxes by themselves: a box is in a chat and for two of its eight
    /// numbers, or between two seats.
    pub tickets: u32,
    /// Bytes of kept envelopes in one box.
    pub box_bytes: u32,
}

/// So many waiting, and the rest as `deploy/centre.toml` has it.
impl From<u32> for Bounds {
    fn from(max_waiting: u32) -> Self {
        Self { max_waiting, professionals: 5, tickets: 2_000, box_bytes: 264_192 }
    }
}

/// The store cannot be reached at the moment. Everybody is told so and tries again; nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// What a verb answers when the store may be away.
pub type Answer<T> = Result<T, Away>;

/// The claim of a take: above every earlier one of the ticket, and never below the clock (whole seconds since
/// 1970). A store that has forgotten the last take (it lost its memory, or a replica took over before it had
/// heard of it) so never gives the same claim twice: two seats cannot both believe that a chat is theirs.
fn raised(last: Claim, now: Moment) -> Claim {
    let clock = u32::try_from(now.0 / 1_000).unwrap_or(u32::MAX);
    Claim(last.0.saturating_add(1).max(clock))
}

/// What a joining visitor brings.
pub struct Join {
    /// The ticket's name; the secret stays with the visitor's socket.
    pub ticket: TicketName,
    /// The entrance.
    pub lane: Lane,
    /// Asked-for languages.
    pub languages: Languages,
    /// The greeting's first half.
    pub hello: Envelope,
}

/// Where a ticket stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// In the line, at this place from 1.
    InLine {
        /// Rank among the living tickets.
        place: u32,
        /// The store has no unused greeting of it.
        wants_hello: bool,
    },
    /// With a seat.
    With {
        /// The chat.
        claim: Claim,
        /// Whose.
        seat: SeatId,
        /// `None` while the seat's lease lives, else when it was lost.
        seat_lost: Option<Moment>,
    },
    /// Not known, or known no more.
    Nowhere,
}

/// What became of a join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// It stands here now. A repeated join changes nothing and answers the same.
    At(Standing),
    /// The line, the lane or the store holds as many as it may.
    Full,
}

/// A chat as its seat sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatChat {
    /// The chat.
    pub chat: ChatRef,
    /// The number this seat has in it.
    pub member: Member,
    /// Whether it is this seat's chat, and not one it is a guest in.
    pub owner: bool,
    /// `None` while the visitor's lease lives, else when it was lost.
    pub visitor_lost: Option<Moment>,
}

/// What the relay knows of a seat from its admission, for the other seats to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// SHA-256 of its seat certificate.
    pub certificate: [u8; 32],
    /// Its certified role, 1-10.
    pub role: u8,
}

/// Why a seat was not asked into a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotInvited {
    /// The chat is not (or no longer) the asking seat's.
    NotYours,
    /// The asked seat has no living lease.
    Gone,
    /// It is to take over and has as many chats as it may have.
    SeatFull,
    /// The chat holds as many as it may, or has no number left to give.
    RoomFull,
    /// It is in the chat already.
    Inside,
}

impl From<NotInvited> for Refusal {
    fn from(why: NotInvited) -> Self {
        match why {
            NotInvited::NotYours => Self::NotYours,
            NotInvited::Gone => Self::Gone,
            NotInvited::SeatFull => Self::SeatFull,
            NotInvited::RoomFull => Self::Full,
            NotInvited::Inside => Self::TakenByOther,
        }
    }
}

/// The members of a chat who may be written to, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Members(u8);

impl Members {
    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, member: Member) -> bool {
        self.0 & (1 << member.number()) != 0
    }

    /// With this one.
    #[must_use]
    pub fn with(self, member: Member) -> Self {
        Self(self.0 | (1 << member.number()))
    }
}

/// Whether a chat that a seat still holds keys for is (again) its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// It is this seat's.
    Yours,
    /// The store has lost it; it is this seat's as soon as the visitor names it too.
    Waiting,
    /// It is over, back in the line, or with another seat.
    NotYours,
}

/// A taken ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The chat.
    pub chat: ChatRef,
    /// The entrance.
    pub lane: Lane,
    /// Asked-for languages.
    pub languages: Languages,
    /// The greeting's first half, now used up.
    pub hello: Envelope,
}

/// What became of somebody who came with return words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameBack {
    /// With the seat that keeps the words; or, repeated, wherever the ticket stands by now.
    At(Standing),
    /// No seat that is known keeps them.
    Unknown,
    /// The seat that keeps them has no living lease just now.
    Away,
}

/// Somebody who came back, for the seat that keeps their words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// As after a take.
    pub taken: Taken,
    /// Which words.
    pub handle: ReturnHandle,
}

/// Why nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// Nobody living waits.
    NobodyWaits,
    /// The named ticket is not in the line, or its visitor is absent.
    Gone,
    /// Another seat has it.
    TakenByOther,
    /// The seat has as many as it may have.
    SeatFull,
    /// The seat is not on duty, or its lease has lapsed.
    NotOnDuty,
}

/// What became of envelopes that were put into a box, one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Put {
    /// So many of them are stored, from the first.
    pub stored: usize,
    /// So many of these, the last ones, were not before.
    pub new: usize,
    /// Why the one behind them is not, and none after it.
    pub why_not: Option<NotPut>,
    /// How far the box is filled now; its `next` is what it takes next. Nothing when nothing is stored.
    pub level: Level,
}

impl Put {
    /// The number that the box takes next, when everything is stored.
    ///
    /// # Errors
    /// Why something is not.
    pub fn all(self) -> Result<u32, NotPut> {
        self.why_not.map_or(Ok(self.level.next), Err)
    }
}

/// Why an envelope was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPut {
    /// Its number is beyond the next one.
    OutOfOrder,
    /// The box holds as many envelopes or bytes as it may.
    Full,
}

/// Whether no envelope could come after this one: a box that took it would have no next number, and no chat gets
/// there by counting.
fn is_last_number(envelope: &Envelope) -> bool {
    envelope.kind() == Kind::Kept && envelope.number() == u32::MAX
}

impl From<NotTaken> for Refusal {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::NobodyWaits => Self::NobodyWaits,
            NotTaken::Gone => Self::Gone,
            NotTaken::TakenByOther => Self::TakenByOther,
            NotTaken::SeatFull => Self::SeatFull,
            NotTaken::NotOnDuty => Self::Away,
        }
    }
}

impl From<NotPut> for Refusal {
    fn from(why: NotPut) -> Self {
        match why {
            NotPut::OutOfOrder => Self::OutOfOrder,
            NotPut::Full => Self::BoxFull,
        }
    }
}

/// Whether the line is alive: what "open" is derived from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Count {
    /// Tickets in the line whose place is kept.
    pub waiting: u32,
    /// Living seats on duty.
    pub ready_seats: u32,
    /// Chats those seats may hold together.
    pub capacity: u32,
    /// Chats running.
    pub chats: u32,
    /// Tags of the languages that those on duty write, sorted, each once. Empty when one of them has not said what they
    /// write: a list with somebody missing would send people away.
    pub languages: Vec<String>,
}

/// What those on duty write together; nothing when one of them has not said what they write.
fn written_together<'t>(each: impl Iterator<Item = &'t [String]>) -> Vec<String> {
    let mut all = Vec::new();
    for tags in each {
        if tags.is_empty() {
            return Vec::new();
        }
        all.extend_from_slice(tags);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// What a socket can prove to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A visitor with the ticket's secret.
    Visitor(TicketName),
    /// A console with the seat's key.
    Seat(SeatId),
}

/// Someone should look. Carries no content, may be lost, may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// Something lies in a box of a chat with this visitor.
    Box {
        /// Whose chat.
        ticket: TicketName,
        /// Whose word.
        from: Member,
        /// For whom.
        to: Member,
        /// How far the box is filled: whoever has passed all that need not look.
        level: Level,
    },
    /// The ticket stands elsewhere than before.
    Ticket(TicketName),
    /// A chat came to this seat that it has not asked for: somebody came back.
    Seat(SeatId),
    /// From the first seat, something lies in the staff box of the second.
    Staff(SeatId, SeatId),
    /// The line or the seats changed.
    Line,
    /// The counsellor who is with this ticket's visitor cools down where they come from.
    Cool(TicketName),
    /// Another version of the sheet hangs there.
    Pinned(Sheet),
    /// A socket has proved this ticket or this seat and got this number: those with lower ones close.
    Newer(Holder, u64),
    /// The store was away for a while and nobody knows which bells rang: everybody looks everywhere once.
    Missed,
}

/// The store.
#[async_trait]
pub trait Line: Send + Sync {
    /// A socket has proved that it holds this ticket or seat, and is its newest from now on. Answers the socket's
    /// number, higher than that of every earlier one, and rings for those. Of two at the same time the store
    /// decides, and only the store.
    async fn prove(&self, holder: Holder, now: Moment) -> Answer<u64>;

    /// The number of the newest socket; 0 when the store remembers none.
    async fn newest(&self, holder: Holder, now: Moment) -> Answer<u64>;

    /// To the end of its lane, once. Support stands before professionals. Whether there is room is counted in the same
    /// step: of two who come in the same moment at two relays, no more are let in than may be.
    async fn join(&self, join: Join, now: Moment) -> Answer<Joined>;

    /// Renews the leases of these tickets and answers where each stands, in the same order.
    async fn keep(&self, tickets: &[TicketName], now: Moment) -> Answer<Vec<Standing>>;

    /// The ticket's socket is gone: skipped by `take` from now on.
    async fn absent(&self, ticket: TicketName, now: Moment) -> Answer<()>;

    /// A fresh greeting for a ticket in the line; for a chat whose counsellor is lost past the grace, to the
    /// front of the line with it. Otherwise nothing. Answers where the ticket stands.
    async fn hello(&self, ticket: TicketName, hello: Envelope, now: Moment) -> Answer<Standing>;

    /// Renews a seat's lease, on duty or resting, and answers its chats. What it writes is remembered as long as the
    /// lease; no tag: not known.
    async fn sit(
        &self,
        seat: SeatId,
        ready: bool,
        capacity: u8,
        writes: &[String],
        now: Moment,
    ) -> Answer<Vec<SeatChat>>;

    /// A seat's chats, without renewing its lease.
    async fn chats(&self, seat: SeatId, now: Moment) -> Answer<Vec<SeatChat>>;

    /// The named ticket, or the first living one, to exactly this seat.
    async fn take(
        &self,
        seat: SeatId,
        ticket: Option<TicketName>,
        now: Moment,
    ) -> Answer<Result<Taken, NotTaken>>;

    /// Back to the front of its lane, keys and return words dropped. False when the chat is not this seat's.
    async fn put_back(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<bool>;

    /// Over, counted with this ending, and not restored any more: the seat is free of it. The visitor's unread envelopes
    /// stay until confirmed or expired. False when the chat is not this seat's.
    async fn end(&self, seat: SeatId, chat: ChatRef, ending: Ending, now: Moment) -> Answer<bool>;

    /// Forgets the ticket and its boxes, except one goodbye per seat, after which nothing comes; and its return
    /// words, unless those stay. Repeating it changes nothing; while the goodbye lies there, the chat is not
    /// restored.
    async fn leave(
        &self,
        ticket: TicketName,
        claim: Claim,
        goodbyes: Vec<(Member, Envelope)>,
        now: Moment,
    ) -> Answer<()>;

    /// Still in the line at closing: forgotten, and counted as turned away. Whoever is with a seat stays there.
    async fn turn_away(&self, ticket: TicketName, now: Moment) -> Answer<()>;

    /// The visitor says which chat they hold keys for. Matters only when the ticket is nowhere.
    async fn restore_visitor(&self, ticket: TicketName, claim: Claim, now: Moment) -> Answer<Standing>;

    /// The seat says which chat it holds keys for.
    async fn restore_seat(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<Restored>;

    /// The seat keeps return words of this visitor, found by `handle`, for as long as the seat is known. One
    /// per visitor: the newest. False when another living seat keeps the very same or some of this visitor, and
    /// when the ticket stands elsewhere than with this seat.
    async fn keep_return(
        &self,
        seat: SeatId,
        ticket: TicketName,
        handle: ReturnHandle,
        stays: bool,
        now: Moment,
    ) -> Answer<bool>;

    /// The seat keeps them no more. Nothing happens when another seat does.
    async fn forget_return(&self, seat: SeatId, handle: ReturnHandle, now: Moment) -> Answer<()>;

    /// Brings a new ticket to the seat that keeps these words, whatever its capacity; the visitor's old ticket
    /// is over. Not confirmed in time, the new one is forgotten: it never stood in the line. A repeated call
    /// changes nothing.
    async fn come_back(&self, join: Join, handle: ReturnHandle, now: Moment) -> Answer<CameBack>;

    /// Who came back to this seat and was not handed to it yet; each is answered once.
    async fn returned(&self, seat: SeatId, now: Moment) -> Answer<Vec<Returned>>;

    /// Appends answers and kept envelopes, one behind the other as if each came by itself, and rings; from the first
    /// that is not stored, none is. A number already stored is confirmed and dropped. A hello between two seats
    /// (number 0) comes alone, and empties the boxes of both directions first, as on the staff channel.
    async fn put(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelopes: Vec<Envelope>,
        now: Moment,
    ) -> Answer<Put>;

    /// Replaces the latest beat and rings. Answers how far the box is filled then; nothing after a goodbye.
    async fn beat(
        &self,
        chat: ChatRef,
        from: Member,
        to: Member,
        envelope: Envelope,
        now: Moment,
    ) -> Answer<Option<Level>>;

    /// What is next for `to` that this cursor has not passed, at most `most`: of each sender answers, then kept
    /// envelopes in order, then the latest beat. Fewer than `most`: there is no more.
    async fn fetch(
        &self,
        chat: ChatRef,
        to: Member,
        cursor: &mut Cursor,
        most: usize,
        now: Moment,
    ) -> Answer<Vec<Fetched>>;

    /// `to` has read everything from `from` below `next`, and wants `next`. A box that begins later than that
    /// (the store lost its memory between two notes) becomes new and takes the sender's resend.
    async fn got(&self, chat: ChatRef, from: Member, to: Member, next: u32, now: Moment) -> Answer<()>;

    /// The seat's certificate and role, for the other seats. Lasts as long as the seat is remembered.
    async fn introduce(&self, seat: SeatId, card: Card, now: Moment) -> Answer<()>;

    /// The living seats that have been introduced, at most `most`.
    async fn seats(&self, most: usize, now: Moment) -> Answer<Vec<SeatEntry>>;

    /// As `put`, from seat to seat. A hello (number 0) empties the boxes of both directions first: whatever was
    /// sealed before it belongs to keys that are gone. An answer and a proof are kept as the latest of their kind.
    async fn staff_put(
        &self,
        from: SeatId,
        to: SeatId,
        envelope: Envelope,
        now: Moment,
    ) -> Answer<Result<u32, NotPut>>;

    /// As `beat`, from seat to seat.
    async fn staff_beat(&self, from: SeatId, to: SeatId, envelope: Envelope, now: Moment) -> Answer<()>;

    /// As `fetch`, for what `from` has said to `to`.
    async fn staff_fetch(
        &self,
        from: SeatId,
        to: SeatId,
        cursor: &mut StaffCursor,
        now: Moment,
    ) -> Answer<Option<Envelope>>;

    /// Who has put something into a staff box of this seat, for as long as it may lie there: what a bell has said, for
    /// who did not hear it.
    async fn staff_senders(&self, to: SeatId, now: Moment) -> Answer<Vec<SeatId>>;

    /// As `got`, from seat to seat.
    async fn staff_got(&self, from: SeatId, to: SeatId, next: u32, now: Moment) -> Answer<()>;

    /// Asks a living seat into a chat and gives it a member's number. Asking the same one again changes nothing
    /// but the reason, and answers the same number.
    async fn invite(
        &self,
        seat: SeatId,
        chat: ChatRef,
        to: SeatId,
        kind: InviteKind,
        now: Moment,
    ) -> Answer<Result<Member, NotInvited>>;

    /// The asked seat comes, and has this number from now on; or it does not, and is asked no more. `None`: it was
    /// not asked. Repeating a yes answers the same.
    async fn reply(&self, seat: SeatId, chat: ChatRef, yes: bool, now: Moment) -> Answer<Option<Member>>;

    /// The chat's seat takes an invitation back that nobody has followed. Whether there was one.
    async fn withdraw(&self, seat: SeatId, chat: ChatRef, member: Member, now: Moment) -> Answer<bool>;

    /// A guest leaves; the chat goes on. False when the seat is no guest of it.
    async fn part(&self, seat: SeatId, chat: ChatRef, now: Moment) -> Answer<bool>;

    /// By the visitor: the chat is that member's, who was asked to take over and came. The seat that had it stays
    /// in it as a guest until it parts. Repeating it answers the same.
    async fn switch(&self, ticket: TicketName, claim: Claim, to: Member, now: Moment) -> Answer<bool>;

    /// By the visitor: this guest is in the chat no more. Whether it was. Of the chat's own seat it is true only after
    /// the store had lost the chat: a seat that had handed it over named it as its own, and whoever took over has not
    /// come. The visitor goes to the front of the line then.
    async fn dismiss(&self, ticket: TicketName, claim: Claim, member: Member, now: Moment) -> Answer<bool>;

    /// Who may be written to in this chat: its seat, those asked, and those who came.
    async fn members(&self, chat: ChatRef, now: Moment) -> Answer<Members>;

    /// As `restore_seat`, by a seat that was not the one who took the ticket. Before the chat is one again it is
    /// remembered; afterwards a guest is let in only if the store had lost this chat and the number is free. A second
    /// one who names the chat as its own is a guest, if with another number: the visitor's `switch` decides.
    async fn restore_member(
        &self,
        seat: SeatId,
        chat: ChatRef,
        member: Member,
        owner: bool,
        now: Moment,
    ) -> Answer<Restored>;

    /// What a counsellor says a chat was that has just ended, in the place of what was counted for it. False when it
    /// ended too long ago, was counted under another day, or no chat can be that.
    async fn recount(&self, chat: ChatRef, ending: Ending, topic: &str, now: Moment) -> Answer<bool>;

    /// A counsellor cools down where the visitor of this chat comes from: rings for the relay that has their socket, which
    /// alone knows. False, and nobody hears of it, when there is no such chat now. Nothing is kept.
    async fn cool(&self, chat: ChatRef, now: Moment) -> Answer<bool>;

    /// The sums of a day, for every relay and as often as it asks. `lacking`: the one who asks has found that the store
    /// lost some of them, which every other one is told from now on.
    async fn gather(&self, day: Date, lacking: bool, now: Moment) -> Answer<Sums>;

    /// The first tickets of the line or of one of its lanes, at most `most`.
    async fn look(&self, lane: Option<Lane>, most: usize, now: Moment) -> Answer<Vec<LineEntry>>;

    /// What "open" is derived from.
    async fn count(&self, now: Moment) -> Answer<Count>;

    /// Pins a sheet for all relays of the centre in the place of one with a lower version, and rings. False, and
    /// nothing changes, when another one of this version or a later one hangs there. Repeating it answers the same.
    async fn pin(&self, sheet: Sheet, version: u32, bytes: &[u8], now: Moment) -> Answer<bool>;

    /// What hangs there; its bytes only if its version is higher than `above`. On Redis it hangs as long as some
    /// relay looks, and is forgotten with everything else by a store that lost its memory: the relays have copies.
    async fn pinned(&self, sheet: Sheet, above: u32, now: Moment) -> Answer<Pinned>;

    /// Hears the bells from now on. A slow listener misses some and looks everywhere once.
    fn bells(&self) -> broadcast::Receiver<Bell>;
}
