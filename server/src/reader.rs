//! What comes next for one reader of a chat's boxes, on one connection.
//!
//! Envelopes come by two ways: out of the store, several at a time ([`Line::fetch`]), or handed over by whoever has
//! just put them into it on this relay ([`Handed`]). What is next the cursor alone says, so neither way loses, repeats
//! or overtakes anything: what is handed over and is not the very next one is dropped, and looked for in the box.

use std::collections::VecDeque;

use lykta_wire::{ChatRef, Member};

use crate::clock::Moment;
use crate::line::{Answer, Cursor, Fetched, Level, Line, Step};
use crate::presence::Handed;

/// Envelopes fetched at a time: a reader who is slow keeps no more of them in memory, and one who comes back to a full
/// box asks four times.
const FETCHED: usize = 16;

/// One reader.
pub struct Reader {
    cursor: Cursor,
    next: VecDeque<Fetched>,
    /// Something may lie in a box.
    may_be_more: bool,
}

impl Reader {
    /// Who has passed nothing, and looks.
    #[must_use]
    pub fn fresh() -> Self {
        Self { cursor: Cursor::default(), next: VecDeque::new(), may_be_more: true }
    }

    /// Looks into the boxes again.
    pub fn looks(&mut self) {
        self.may_be_more = true;
    }

    /// A bell: this sender's box is filled so far.
    pub fn hears(&mut self, from: Member, level: Level) {
        self.may_be_more |= !self.cursor.has_passed(from, level);
    }

    /// What the store has just taken, for this reader.
    pub fn takes(&mut self, handed: Handed) {
        let Handed { from, envelopes, level, .. } = handed;
        for envelope in envelopes {
            match self.cursor.step(from, &envelope, level) {
                Step::Next => self.next.push_back(Fetched { from, envelope }),
                Step::Passed => {}
                Step::Look => {
                    self.looks();
                    return;
                }
            }
        }
        self.hears(from, level);
    }

    /// Whether something is there, or may be.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.may_be_more || !self.next.is_empty()
    }

    /// The next thing, which is passed from now on. Cancelling it loses nothing.
    ///
    /// # Errors
    /// When the store is away: it rings when it is back, or a tick comes.
    pub async fn next(
        &mut self,
        line: &dyn Line,
        chat: ChatRef,
        reader: Member,
        now: Moment,
    ) -> Answer<Option<Fetched>> {
        if self.next.is_empty() && self.may_be_more {
            let found = line.fetch(chat, reader, &mut self.cursor, FETCHED, now).await;
            self.may_be_more = found.as_ref().is_ok_and(|found| found.len() == FETCHED);
            self.next.extend(found?);
        }
        Ok(self.next.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use lykta_wire::{Claim, Envelope, Kind, TicketName};

    use super::*;
    use crate::line::{Memory, Spans};

    const CHAT: ChatRef = ChatRef { ticket: TicketName([1; 32]), claim: Claim(1) };
    const NOW: Moment = Moment(1_800_000_000_000);
    const SEAT: Member = Member::COUNSELLOR;

    fn envelope(kind: Kind, number: u32) -> Envelope {
        let size = if kind == Kind::Answer { 2_072 } else { 536 };
        let mut bytes = vec![0; size];
        (bytes[0], bytes[1]) = (1, kind as u8);
        bytes[4..8].copy_from_slice(&number.to_be_bytes());
        Envelope::parse(&bytes).unwrap()
    }

    /// Puts these at once; what a connection of the same relay is handed then.
    async fn puts(line: &Memory, numbers: std::ops::Range<u32>) -> Handed {
        let envelopes: Vec<_> = numbers.map(|number| envelope(Kind::Kept, number)).collect();
        let put = line.put(CHAT, SEAT, Member::VISITOR, envelopes.clone(), NOW).await.unwrap();
        let envelopes = envelopes[put.stored - put.new..put.stored].to_vec();
        Handed { chat: CHAT, from: SEAT, to: Member::VISITOR, envelopes, level: put.level }
    }

    async fn beats(line: &Memory, number: u32) -> Handed {
        let beat = envelope(Kind::Beat, number);
        let level = line.beat(CHAT, SEAT, Member::VISITOR, beat.clone(), NOW).await.unwrap().unwrap();
        Handed { chat: CHAT, from: SEAT, to: Member::VISITOR, envelopes: vec![beat], level }
    }

    /// All that comes, as kinds and numbers, and whether the boxes were looked into for it.
    async fn comes(line: &Memory, reader: &mut Reader) -> (Vec<(Kind, u32)>, bool) {
        let (mut all, looked) = (Vec::new(), reader.may_be_more);
        while let Some(one) = reader.next(line, CHAT, Member::VISITOR, NOW).await.unwrap() {
            all.push((one.envelope.kind(), one.envelope.number()));
        }
        (all, looked)
    }

    fn kept(numbers: std::ops::Range<u32>) -> Vec<(Kind, u32)> {
        numbers.map(|number| (Kind::Kept, number)).collect()
    }

    #[tokio::test]
    async fn what_is_handed_over_needs_no_look_into_the_box_and_neither_does_its_bell() {
        let (line, mut reader) = (Memory::new(Spans::default(), 10), Reader::fresh());
        puts(&line, 0..1).await;
        assert_eq!(comes(&line, &mut reader).await, (kept(0..1), true));
        let handed = puts(&line, 1..4).await;
        let level = handed.level;
        reader.takes(handed);
        reader.hears(SEAT, level);
        assert_eq!(comes(&line, &mut reader).await, (kept(1..4), false));
        reader.takes(beats(&line, 7).await);
        assert_eq!(comes(&line, &mut reader).await, (vec![(Kind::Beat, 7)], false));
    }

    #[tokio::test]
    async fn what_is_handed_over_too_early_too_late_or_twice_comes_once_and_in_its_place() {
        let (line, mut reader) = (Memory::new(Spans::default(), 10), Reader::fresh());
        let (first, second, third) =
            (puts(&line, 0..2).await, puts(&line, 2..3).await, puts(&line, 2..5).await);
        assert_eq!(third.envelopes.len(), 2, "what lay there before is not handed over again");
        reader.takes(third.clone());
        assert_eq!(comes(&line, &mut reader).await, (kept(0..5), true));
        for late in [first, second, third] {
            reader.takes(late);
        }
        assert_eq!(comes(&line, &mut reader).await, (Vec::new(), false));
    }

    #[tokio::test]
    async fn a_beat_overtakes_no_envelope_and_an_envelope_no_answer() {
        let (line, mut reader) = (Memory::new(Spans::default(), 10), Reader::fresh());
        puts(&line, 0..1).await;
        comes(&line, &mut reader).await;
        puts(&line, 1..2).await;
        reader.takes(beats(&line, 3).await);
        assert_eq!(comes(&line, &mut reader).await.0, [(Kind::Kept, 1), (Kind::Beat, 3)]);
        let answer = vec![envelope(Kind::Answer, 0)];
        line.put(CHAT, SEAT, Member::VISITOR, answer, NOW).await.unwrap().all().unwrap();
        reader.takes(puts(&line, 2..3).await);
        assert_eq!(comes(&line, &mut reader).await.0, [(Kind::Answer, 0), (Kind::Kept, 2)]);
    }

    #[tokio::test]
    async fn in_a_box_that_begins_anew_nothing_old_counts() {
        let (line, mut reader) = (Memory::new(Spans::default(), 10), Reader::fresh());
        puts(&line, 0..3).await;
        comes(&line, &mut reader).await;
        let anew = Memory::new(Spans::default(), 10);
        puts(&anew, 1..3).await;
        let later = NOW.plus(std::time::Duration::from_secs(1));
        let put = anew.put(CHAT, SEAT, Member::VISITOR, vec![envelope(Kind::Kept, 3)], later).await.unwrap();
        let forgotten = Memory::new(Spans::default(), 10);
        let put_there =
            forgotten.put(CHAT, SEAT, Member::VISITOR, vec![envelope(Kind::Kept, 3)], later).await.unwrap();
        assert_ne!(put.level, put_there.level);
        let envelopes = vec![envelope(Kind::Kept, 3)];
        reader.takes(Handed {
            chat: CHAT,
            from: SEAT,
            to: Member::VISITOR,
            envelopes,
            level: put_there.level,
        });
        assert_eq!(comes(&forgotten, &mut reader).await, (kept(3..4), true));
    }

    #[tokio::test]
    async fn a_full_box_is_read_in_a_few_looks_and_none_is_looked_for_that_is_not_there() {
        let (line, mut reader) = (Memory::new(Spans::default(), 10), Reader::fresh());
        puts(&line, 0..40).await;
        assert_eq!(comes(&line, &mut reader).await.0, kept(0..40));
        assert!(!reader.is_pending());
    }
}
