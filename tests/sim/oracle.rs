//! The promises, written down as they are kept and compared after every step.
//!
//! * A ticket is in the line, with one seat, or nowhere. A claim is given once.
//! * Each note is read exactly once and in order, by everybody who was in the conversation when it was written, and by
//!   nobody else. Who comes into one as a guest begins with some note and misses none from there on; who takes it
//!   over begins with the first that nobody has confirmed.
//! * "Delivered" is never said of a note that was not opened.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lykta_wire::{ChatRef, SeatId, TicketName};

/// One visit: a page from its opening to its end.
pub(crate) type VisitId = usize;
/// One chat as one console knows it.
pub(crate) type ChatId = usize;

#[derive(Default)]
pub(crate) struct Oracle {
    /// The first broken promise, in words.
    pub(crate) broken: Option<String>,
    pub(crate) seen: Seen,
    /// Which seat got which chat, of one life of the store.
    given: HashMap<(u64, ChatRef), SeatId>,
    visits: Vec<VisitBook>,
    chats: Vec<ChatBook>,
    /// The last press found no free place at the seat.
    full: bool,
}

/// What happened, to prove that the days are not empty.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) crashes: u64,
    pub(crate) drains: u64,
    pub(crate) cuts: u64,
    pub(crate) partitions: u64,
    pub(crate) verbs: u64,
    pub(crate) verbs_lost: u64,
    pub(crate) verbs_late: u64,
    pub(crate) verbs_twice: u64,
    pub(crate) bells_lost: u64,
    pub(crate) forgotten: u64,
    pub(crate) pages_died: u64,
    pub(crate) taken: u64,
    pub(crate) put_back: u64,
    pub(crate) counted: u64,
    pub(crate) talks: u64,
    pub(crate) read: u64,
    pub(crate) ended: u64,
    pub(crate) fronts: u64,
    pub(crate) came: u64,
    pub(crate) read_by_others: u64,
    pub(crate) worked: u64,
}

impl Seen {
    pub(crate) fn add(&mut self, other: &Self) {
        let Self {
            crashes,
            drains,
            cuts,
            partitions,
            verbs,
            verbs_lost,
            verbs_late,
            verbs_twice,
            bells_lost,
            forgotten,
            pages_died,
            taken,
            put_back,
            counted,
            talks,
            read,
            ended,
            fronts,
            came,
            read_by_others,
            worked,
        } = *other;
        self.crashes += crashes;
        self.drains += drains;
        self.cuts += cuts;
        self.partitions += partitions;
        self.verbs += verbs;
        self.verbs_lost += verbs_lost;
        self.verbs_late += verbs_late;
        self.verbs_twice += verbs_twice;
        self.bells_lost += bells_lost;
        self.forgotten += forgotten;
        self.pages_died += pages_died;
        self.taken += taken;
        self.put_back += put_back;
        self.counted += counted;
        self.talks += talks;
        self.read += read;
        self.ended += ended;
        self.fronts += fronts;
        self.came += came;
        self.read_by_others += read_by_others;
        self.worked += worked;
    }
}

#[derive(Default)]
struct VisitBook {
    /// Notes written, counted through the whole visit; by the message id of each.
    by_id: BTreeMap<u32, u64>,
    written: u64,
    /// The first note of each conversation; the last is on the screen now.
    episodes: BTreeSet<u64>,
    /// Whose words are on the screen, and how many.
    partners: BTreeMap<ChatId, u64>,
    over: bool,
}

struct ChatBook {
    /// Which chat of the line this is, and whether its console came into it later.
    chat: ChatRef,
    came: bool,
    by_id: BTreeMap<u32, u64>,
    written: u64,
    /// Whose notes are read here, from which one on, and how many.
    visit: Option<VisitId>,
    first: u64,
    heard: u64,
    /// Who reads what is written here.
    reader: Option<VisitId>,
    /// What was read of the other consoles: from which note on, and how many.
    others: BTreeMap<ChatId, (u64, u64)>,
    over: bool,
}

impl Oracle {
    fn breaks(&mut self, what: String) {
        self.broken.get_or_insert(what);
    }

    // ---- the line -----------------------------------------------------------------------------

    /// After every verb: where the store's record and its indexes see each ticket.
    pub(crate) fn places(&mut self, places: &[(TicketName, Option<SeatId>)]) {
        let mut by_ticket: BTreeMap<TicketName, Vec<Option<SeatId>>> = BTreeMap::new();
        for (ticket, place) in places {
            by_ticket.entry(*ticket).or_default().push(*place);
        }
        for places in by_ticket.values() {
            if !matches!(&places[..], [record, index] if record == index) {
                self.breaks(format!("a ticket stands in {} places: {places:?}", places.len()));
            }
        }
    }

    /// After every verb: each visit that the store has seen begin goes on or is counted, once.
    pub(crate) fn visits(&mut self, (begun, counted, living): (u64, [u64; 4], u64)) {
        if counted.iter().any(|ended| ended + living != begun) {
            self.breaks(format!("{begun} visits began, {living} go on, and counted are {counted:?}"));
        }
        self.seen.counted = self.seen.counted.max(counted[0]);
    }

    /// A take succeeded in this life of the store.
    pub(crate) fn given(&mut self, life: u64, chat: ChatRef, seat: SeatId) {
        self.seen.taken += 1;
        if self.given.insert((life, chat), seat).is_some() {
            self.breaks(format!("claim {} of a ticket was given twice", chat.claim.0));
        }
        let newer = |(lived, other): &(u64, ChatRef)| {
            *lived == life && other.ticket == chat.ticket && other.claim > chat.claim
        };
        if self.given.keys().any(newer) {
            self.breaks(format!("claim {} of a ticket came after a higher one", chat.claim.0));
        }
    }

    // ---- the visitor --------------------------------------------------------------------------

    pub(crate) fn new_visit(&mut self) -> VisitId {
        self.visits.push(VisitBook { episodes: BTreeSet::from([0]), ..VisitBook::default() });
        self.visits.len() - 1
    }

    /// The number the visitor's next note will carry.
    pub(crate) fn next_of_visit(&self, visit: VisitId) -> u64 {
        self.visits[visit].written
    }

    /// Whether nothing was written in the conversation that is on the screen, or nothing that somebody in it has
    /// read.
    pub(crate) fn visitor_is_silent(&self, visit: VisitId) -> bool {
        let book = &self.visits[visit];
        let unheard = |chat: &ChatId| !self.chats[*chat].over && self.chats[*chat].visit.is_none();
        book.episodes.contains(&book.written) || book.partners.keys().any(unheard)
    }

    pub(crate) fn counsellor_is_silent(&self, chat: ChatId) -> bool {
        self.chats[chat].written == 0
    }

    pub(crate) fn visitor_wrote(&mut self, visit: VisitId, id: u32, text: &str) {
        let book = &mut self.visits[visit];
        let number = book.written;
        book.written += 1;
        let wanted = ("v", visit, number);
        if book.by_id.insert(id, number).is_some() || parse(text) != Some(wanted) {
            self.breaks(format!("{text:?} was shown as an own note of visit {visit}"));
        }
    }

    pub(crate) fn visitor_read(&mut self, visit: VisitId, text: &str) {
        self.seen.read += 1;
        let book = &self.visits[visit];
        let Some(("c", chat, number)) = parse(text) else {
            return self.breaks(format!("visit {visit} read {text:?}"));
        };
        let heard = book.partners.get(&chat).copied().unwrap_or(0);
        // Beside the one who took the ticket only those who came into its chat.
        let stranger = book.partners.keys().any(|other| self.chats[*other].chat != self.chats[chat].chat);
        if stranger || number != heard {
            let with = &book.partners;
            return self.breaks(format!(
                "visit {visit} with chats {with:?} read note {number} of chat {chat} after {heard} notes"
            ));
        }
        let reader = *self.chats[chat].reader.get_or_insert(visit);
        if reader != visit || number >= self.chats[chat].written {
            return self.breaks(format!("visit {visit} read {text:?}, which was for visit {reader}"));
        }
        *self.visits[visit].partners.entry(chat).or_default() += 1;
    }

    /// The conversation was cleared: what was written in it is not carried anywhere.
    pub(crate) fn visitor_emptied(&mut self, visit: VisitId) {
        let book = &mut self.visits[visit];
        book.episodes.insert(book.written);
        book.partners.clear();
    }

    pub(crate) fn visit_is_over(&mut self, visit: VisitId) {
        self.visits[visit].over = true;
    }

    pub(crate) fn visitor_delivered(&mut self, visit: VisitId, id: u32) {
        let Some(number) = last_below(&self.visits[visit].by_id, id) else { return };
        let read = |chat: &ChatBook| chat.visit == Some(visit) && chat.first + chat.heard > number;
        if !self.chats.iter().any(read) {
            self.breaks(format!("note {number} of visit {visit} is called delivered and was not read"));
        }
    }

    // ---- the counsellor -----------------------------------------------------------------------

    pub(crate) fn new_chat(&mut self, chat: ChatRef, came: bool) -> ChatId {
        self.seen.came += u64::from(came);
        self.full = false;
        self.chats.push(ChatBook {
            chat,
            came,
            by_id: BTreeMap::new(),
            written: 0,
            visit: None,
            first: 0,
            heard: 0,
            reader: None,
            others: BTreeMap::new(),
            over: false,
        });
        self.chats.len() - 1
    }

    pub(crate) fn next_of_chat(&self, chat: ChatId) -> u64 {
        self.chats[chat].written
    }

    pub(crate) fn counsellor_wrote(&mut self, chat: ChatId, id: u32, text: &str) {
        let book = &mut self.chats[chat];
        let number = book.written;
        book.written += 1;
        if book.by_id.insert(id, number).is_some() || parse(text) != Some(("c", chat, number)) {
            self.breaks(format!("{text:?} was shown as an own note of chat {chat}"));
        }
    }

    /// A note of another console in the same chat.
    fn read_of_another(&mut self, chat: ChatId, other: ChatId, number: u64) {
        self.seen.read_by_others += 1;
        let (ours, theirs) = (&self.chats[chat], &self.chats[other]);
        let (first, count) = ours.others.get(&other).copied().unwrap_or((number, 0));
        let together = ours.chat == theirs.chat && (ours.came || theirs.came) && chat != other;
        if !together || number >= theirs.written || number != first + count || ours.over {
            return self
                .breaks(format!("chat {chat} read note {number} of chat {other} after {count} notes"));
        }
        self.chats[chat].others.insert(other, (first, count + 1));
    }

    pub(crate) fn counsellor_read(&mut self, chat: ChatId, text: &str) {
        if let Some(("c", other, number)) = parse(text) {
            return self.read_of_another(chat, other, number);
        }
        self.seen.read += 1;
        let Some(("v", visit, number)) = parse(text) else {
            return self.breaks(format!("chat {chat} read {text:?}"));
        };
        if self.chats[chat].over {
            return self.breaks(format!("chat {chat} is over and read {text:?}"));
        }
        let book = &self.chats[chat];
        let begins = |number| self.visits[visit].episodes.range(..=number).next_back().copied();
        let (next, in_turn) = match book.visit {
            Some(of) => {
                let next = book.first + book.heard;
                (next, of == visit && number == next && begins(number) == begins(book.first))
            }
            // Whoever begins to read begins at the first note of a conversation; or is a guest, or takes it over.
            None => (number, book.came || begins(number) == Some(number)),
        };
        let again = self.chats.iter().enumerate().find(|(other, book)| {
            let read = book.first..book.first + book.heard;
            let together = book.chat == self.chats[chat].chat && (book.came || self.chats[chat].came);
            *other != chat && book.visit == Some(visit) && read.contains(&number) && !together
        });
        if !in_turn {
            return self.breaks(format!(
                "chat {chat} of visit {:?} read note {number} of visit {visit} where {next} was next",
                book.visit
            ));
        }
        if let Some((other, _)) = again {
            return self.breaks(format!("chats {other} and {chat} both read note {number} of visit {visit}"));
        }
        let book = &mut self.chats[chat];
        if book.visit.is_none() {
            (book.visit, book.first) = (Some(visit), number);
        }
        book.heard += 1;
    }

    /// A console died, or let go of the chat.
    pub(crate) fn counsellor_emptied(&mut self, chat: ChatId) {
        self.chats[chat].over = true;
    }

    pub(crate) fn counsellor_delivered(&mut self, chat: ChatId, id: u32) {
        let Some(number) = last_below(&self.chats[chat].by_id, id) else { return };
        // The reader may have been sent on since; then only the count of the time tells, and it only grew.
        let heard = |visit: &VisitBook| visit.partners.get(&chat).copied();
        let read = |visit: &VisitBook| heard(visit).is_some_and(|heard| heard > number);
        let gone = self.chats[chat].reader.is_some_and(|reader| heard(&self.visits[reader]).is_none());
        if !gone && !self.visits.iter().any(read) {
            self.breaks(format!("note {number} of chat {chat} is called delivered and was not read"));
        }
    }

    pub(crate) fn refused_sign_in(&mut self, person: usize) {
        self.breaks(format!("person {person} cannot sign in"));
    }

    // ---- the end ------------------------------------------------------------------------------

    /// What has not arrived yet; `None` when every visitor is in a conversation and all of it is read.
    pub(crate) fn missing(&self) -> Option<String> {
        let running = |(visit, book): &(VisitId, &VisitBook)| (!book.over).then_some(*visit);
        let mut running = self.visits.iter().enumerate().filter_map(|visit| running(&visit));
        running.find_map(|visit| self.unread(visit))
    }

    pub(crate) fn seat_is_full(&mut self) {
        self.full = true;
    }

    /// Whether somebody waits for a place at a seat.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn is_stuck(&mut self) {
        let missing = self.missing().unwrap_or_default();
        self.breaks(format!("not everything has arrived: {missing}"));
    }

    /// What still has to be read between this visit and whoever reads it.
    fn unread(&self, visit: VisitId) -> Option<String> {
        let book = &self.visits[visit];
        let here: Vec<ChatId> =
            book.partners.keys().copied().filter(|chat| !self.chats[*chat].over).collect();
        if here.is_empty() {
            return Some(format!("visit {visit} has heard nothing of anybody who is there"));
        }
        for chat in here.iter().copied() {
            let of = &self.chats[chat];
            if book.partners[&chat] != of.written {
                return Some(format!("visit {visit} has not heard everything of chat {chat}"));
            }
            if of.visit != Some(visit) || of.first + of.heard != book.written {
                return Some(format!("chat {chat} has not read visit {visit} up to note {}", book.written));
            }
            let unread = |other: &&ChatId| {
                of.others
                    .get(other)
                    .is_some_and(|(first, count)| first + count != self.chats[**other].written)
            };
            if let Some(other) = here.iter().find(unread) {
                return Some(format!("chat {chat} has not heard everything of chat {other}"));
            }
        }
        None
    }
}

/// The note with the highest id that is not above `id`.
fn last_below(by_id: &BTreeMap<u32, u64>, id: u32) -> Option<u64> {
    by_id.range(..=id).next_back().map(|(_, number)| *number)
}

/// A note says who wrote it and its number: `v3.14` or `c2.7`, then anything.
fn parse(text: &str) -> Option<(&str, usize, u64)> {
    let word = text.split(' ').next()?;
    let (who, rest) = word.split_at_checked(1)?;
    let (writer, number) = rest.split_once('.')?;
    Some((who, writer.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use lykta_wire::Claim;

    use super::*;

    fn breaks(story: impl FnOnce(&mut Oracle)) -> Option<String> {
        let mut oracle = Oracle::default();
        for _ in 0..2 {
            oracle.new_visit();
        }
        // Two visitors' counsellors, and a third who came into the first chat.
        for (ticket, came) in [(1, false), (2, false), (1, true)] {
            oracle.new_chat(ChatRef { ticket: TicketName([ticket; 32]), claim: Claim(1) }, came);
        }
        for number in 0..3 {
            oracle.visitor_wrote(0, number, &format!("v0.{number} hej"));
            oracle.counsellor_wrote(0, number, &format!("c0.{number} hej"));
        }
        story(&mut oracle);
        oracle.broken
    }

    #[test]
    fn a_ticket_in_two_places_is_seen() {
        let (ticket, seat) = (TicketName([1; 32]), SeatId([2; 16]));
        let found = |places: &[Option<SeatId>]| {
            let places: Vec<_> = places.iter().map(|place| (ticket, *place)).collect();
            breaks(|oracle| oracle.places(&places)).is_some()
        };
        assert!(!found(&[None, None]) && !found(&[Some(seat), Some(seat)]) && !found(&[]));
        assert!(found(&[None, Some(seat)]), "the record and the index differ");
        assert!(found(&[None]), "no index has it");
        assert!(found(&[Some(seat), Some(seat), Some(SeatId([3; 16]))]), "two seats have it");
    }

    #[test]
    fn a_claim_that_is_given_again_is_seen() {
        let chat = |claim| ChatRef { ticket: TicketName([1; 32]), claim: Claim(claim) };
        let (one, other) = (SeatId([2; 16]), SeatId([3; 16]));
        let gives = |given: [(u32, SeatId); 2]| {
            breaks(|oracle| given.into_iter().for_each(|(claim, seat)| oracle.given(0, chat(claim), seat)))
        };
        assert_eq!(gives([(1, one), (2, other)]), None);
        assert!(gives([(1, one), (1, other)]).is_some() && gives([(2, one), (1, one)]).is_some());
    }

    #[test]
    fn a_note_read_twice_late_early_or_by_a_stranger_is_seen() {
        let reads = |chats: &[(ChatId, u64)]| {
            breaks(|oracle| {
                for (chat, number) in chats {
                    oracle.counsellor_read(*chat, &format!("v0.{number} hej"));
                }
            })
        };
        assert_eq!(reads(&[(0, 0), (0, 1), (0, 2)]), None);
        for wrong in [&[(0, 0), (0, 0)][..], &[(0, 1)], &[(0, 0), (0, 2)], &[(0, 0), (1, 0)]] {
            assert!(reads(wrong).is_some(), "{wrong:?}");
        }
        assert!(breaks(|oracle| oracle.visitor_read(1, "c0.1 hej")).is_some(), "not from the beginning");
        let stranger = |oracle: &mut Oracle| {
            oracle.visitor_read(0, "c0.0 hej");
            oracle.visitor_read(1, "c0.0 hej");
        };
        assert!(breaks(stranger).is_some());
    }

    #[test]
    fn a_guest_who_misses_a_note_or_reads_one_of_another_chat_is_seen() {
        let reads =
            |texts: &[&str]| breaks(|oracle| texts.iter().for_each(|text| oracle.counsellor_read(2, text)));
        assert_eq!(reads(&["v0.1 hej", "c0.2 hej", "v0.2 hej"]), None);
        for wrong in [&["v0.0 hej", "v0.2 hej"][..], &["c0.0 hej", "c0.2 hej"], &["c0.1 hej", "c0.1 hej"]] {
            assert!(reads(wrong).is_some(), "{wrong:?}");
        }
        assert!(reads(&["c0.3 hej"]).is_some(), "nobody has written it");
        assert!(breaks(|oracle| oracle.counsellor_read(1, "c0.0 hej")).is_some(), "of another chat");
        assert!(breaks(|oracle| oracle.counsellor_read(0, "c0.0 hej")).is_some(), "its own, come back");
    }

    #[test]
    fn delivered_before_it_was_read_is_seen() {
        assert!(breaks(|oracle| oracle.visitor_delivered(0, 0)).is_some());
        let honest = |oracle: &mut Oracle| {
            oracle.counsellor_read(0, "v0.0 hej");
            oracle.visitor_delivered(0, 0);
        };
        assert_eq!(breaks(honest), None);
    }
}
