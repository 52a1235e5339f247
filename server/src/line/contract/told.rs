//! Which verbs the stories use: a line that notes what is asked of it and passes it on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::civil::Date;
use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, InviteKind, Lane, LineEntry, Member, ReturnHandle, SeatEntry, SeatId,
    TicketName,
};
use tokio::sync::broadcast;

use crate::clock::Moment;
use crate::line::{
    Answer, Bell, CameBack, Card, Count, Cursor, Fetched, Holder, Join, Joined, Level, Line, Members,
    NotInvited, NotPut, NotTaken, Pinned, Put, Restored, Returned, SeatChat, Sheet, StaffCursor, Standing,
    Sums, Taken,
};

/// A line that notes.
pub(super) struct Told {
    line: Arc<dyn Line>,
    verbs: Mutex<BTreeSet<&'static str>>,
}

impl Told {
    pub(super) fn new(line: Arc<dyn Line>) -> Self {
        Self { line, verbs: Mutex::default() }
    }

    fn note(&self, verb: &'static str) {
        self.verbs.lock().expect("nothing panics while it notes").insert(verb);
    }

    pub(super) fn verbs(&self) -> BTreeSet<&'static str> {
        self.verbs.lock().expect("nothing panics while it notes").clone()
    }
}

macro_rules! told {
    ($($verb:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        /// Every verb that is answered.
        const VERBS: &[&str] = &[$(stringify!($verb)),+];

        #[async_trait]
        impl Line for Told {
            $(async fn $verb(&self, $($argument: $type),*) -> Answer<$answer> {
                self.note(stringify!($verb));
                self.line.$verb($($argument),*).await
            })+

            fn bells(&self) -> broadcast::Receiver<Bell> {
                self.note("bells");
                self.line.bells()
            }
        }
    };
}

told! {
    prove(holder: Holder, now: Moment) -> u64;
    newest(holder: Holder, now: Moment) -> u64;
    join(join: Join, now: Moment) -> Joined;
    keep(tickets: &[TicketName], now: Moment) -> Vec<Standing>;
    absent(ticket: TicketName, now: Moment) -> ();
    hello(ticket: TicketName, hello: Envelope, now: Moment) -> Standing;
    sit(seat: SeatId, ready: bool, capacity: u8, writes: &[String], now: Moment) -> Vec<SeatChat>;
    chats(seat: SeatId, now: Moment) -> Vec<SeatChat>;
    take(seat: SeatId, ticket: Option<TicketName>, now: Moment) -> Result<Taken, NotTaken>;
    put_back(seat: SeatId, chat: ChatRef, now: Moment) -> bool;
    end(seat: SeatId, chat: ChatRef, ending: Ending, now: Moment) -> bool;
    leave(ticket: TicketName, claim: Claim, goodbyes: Vec<(Member, Envelope)>, now: Moment) -> ();
    turn_away(ticket: TicketName, now: Moment) -> ();
    restore_visitor(ticket: TicketName, claim: Claim, now: Moment) -> Standing;
    restore_seat(seat: SeatId, chat: ChatRef, now: Moment) -> Restored;
    keep_return(seat: SeatId, ticket: TicketName, handle: ReturnHandle, stays: bool, now: Moment) -> bool;
    forget_return(seat: SeatId, handle: ReturnHandle, now: Moment) -> ();
    come_back(join: Join, handle: ReturnHandle, now: Moment) -> CameBack;
    returned(seat: SeatId, now: Moment) -> Vec<Returned>;
    put(chat: ChatRef, from: Member, to: Member, envelopes: Vec<Envelope>, now: Moment) -> Put;
    beat(chat: ChatRef, from: Member, to: Member, envelope: Envelope, now: Moment) -> Option<Level>;
    fetch(chat: ChatRef, to: Member, cursor: &mut Cursor, most: usize, now: Moment) -> Vec<Fetched>;
    got(chat: ChatRef, from: Member, to: Member, next: u32, now: Moment) -> ();
    introduce(seat: SeatId, card: Card, now: Moment) -> ();
    seats(most: usize, now: Moment) -> Vec<SeatEntry>;
    staff_put(from: SeatId, to: SeatId, envelope: Envelope, now: Moment) -> Result<u32, NotPut>;
    staff_beat(from: SeatId, to: SeatId, envelope: Envelope, now: Moment) -> ();
    staff_fetch(from: SeatId, to: SeatId, cursor: &mut StaffCursor, now: Moment) -> Option<Envelope>;
    staff_senders(to: SeatId, now: Moment) -> Vec<SeatId>;
    staff_got(from: SeatId, to: SeatId, next: u32, now: Moment) -> ();
    invite(seat: SeatId, chat: ChatRef, to: SeatId, kind: InviteKind, now: Moment) -> Result<Member, NotInvited>;
    reply(seat: SeatId, chat: ChatRef, yes: bool, now: Moment) -> Option<Member>;
    withdraw(seat: SeatId, chat: ChatRef, member: Member, now: Moment) -> bool;
    part(seat: SeatId, chat: ChatRef, now: Moment) -> bool;
    switch(ticket: TicketName, claim: Claim, to: Member, now: Moment) -> bool;
    dismiss(ticket: TicketName, claim: Claim, member: Member, now: Moment) -> bool;
    members(chat: ChatRef, now: Moment) -> Members;
    restore_member(seat: SeatId, chat: ChatRef, member: Member, owner: bool, now: Moment) -> Restored;
    recount(chat: ChatRef, ending: Ending, topic: &str, now: Moment) -> bool;
    cool(chat: ChatRef, now: Moment) -> bool;
    gather(day: Date, lacking: bool, now: Moment) -> Sums;
    look(lane: Option<Lane>, most: usize, now: Moment) -> Vec<LineEntry>;
    count(now: Moment) -> Count;
    pin(sheet: Sheet, version: u32, bytes: &[u8], now: Moment) -> bool;
    pinned(sheet: Sheet, above: u32, now: Moment) -> Pinned;
}

/// The stories that passed on one store, and how many of them used each verb.
#[derive(Default)]
pub struct Passed {
    stories: u32,
    by_verb: BTreeMap<&'static str, u32>,
}

impl Passed {
    pub(super) fn note(&mut self, told: &Told) {
        self.stories += 1;
        told.verbs().into_iter().for_each(|verb| *self.by_verb.entry(verb).or_default() += 1);
    }

    /// Panics when there is a verb about which no story is told.
    pub(super) fn expect_every_verb(&self) {
        for verb in VERBS.iter().chain(&["bells"]) {
            assert!(self.by_verb.contains_key(verb), "no story of the contract uses `{verb}`");
        }
    }
}

/// The stores that the stories are told on; each has a test of its own.
const STORES: [&str; 6] = ["memory", "Redis 7", "Redis, TLS", "cluster of three", "cluster, TLS", "Valkey 9"];
/// What the table in ARCHITECTURE.md stands between.
const MARKS: [&str; 2] = ["<!-- contract -->\n", "<!-- /contract -->\n"];

impl Passed {
    fn table(&self) -> String {
        let mut table = format!("| verb | {} |\n|---|{}\n", STORES.join(" | "), "---|".repeat(STORES.len()));
        let mut row = |name: &str, count: u32| {
            let cells = format!(" {count} |").repeat(STORES.len());
            table.push_str(&format!("| {name} |{cells}\n"));
        };
        for verb in VERBS.iter().chain(&["bells"]) {
            row(&format!("`{verb}`"), self.by_verb.get(verb).copied().unwrap_or_default());
        }
        row("stories in all", self.stories);
        table
    }

    /// Panics when ARCHITECTURE.md says something else than what has just passed.
    pub(super) fn expect_as_documented(&self) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md");
        let document = std::fs::read_to_string(path).expect("ARCHITECTURE.md is part of the repository");
        let (_, rest) = document.split_once(MARKS[0]).expect("the table has a beginning");
        let (table, _) = rest.split_once(MARKS[1]).expect("the table has an end");
        let truth = self.table();
        assert!(table == truth, "between its marks ARCHITECTURE.md should say:\n{truth}");
    }
}

/// A table: verb, and stories that used it and passed.
impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {:<16}{:>7}", "verb", "stories")?;
        for verb in VERBS.iter().chain(&["bells"]) {
            writeln!(f, "  {verb:<16}{:>7}", self.by_verb.get(verb).copied().unwrap_or_default())?;
        }
        write!(f, "  {:<16}{:>7}", "passed in all", self.stories)
    }
}
