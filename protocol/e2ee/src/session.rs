//! One end of a running chat: seals, opens, counts, and moves from epoch to epoch.
//!
//! ```text
//!            rekey_begin          rekey_finish                 a beat of the new epoch opens
//! visitor    ----------> waiting  -----------> new keys both ways; old beat key still opens  -----> new only
//!            rekey_answer                      a kept envelope of the new epoch opens
//! counsellor -----------> seals kept anew; old and new keys open; beats still old  -----> new only
//! ```
//!
//! An end keeps an old key exactly as long as something sealed with it may still come: kept envelopes open
//! in order, so the first one of the new epoch ends the old key; beats have no order, so a beat of the new
//! epoch ends the old beat key. The counsellor seals beats with the old key until the visitor has shown the
//! new one, so that a goodbye in a beat can be opened at any moment.

use alloc::boxed::Box;

use lykta_trust::{Anchors, Dates, Fingerprint, Refused, Role, VerifiedSeat};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::beat::{Beat, BeatState};
use crate::envelope::{BUCKETS, Envelope, HEADER_LEN, Header, Kind, TAG_LEN};
use crate::epoch::{BeatKey, EpochKeys};
use crate::error::{Fatal, FinishError, OpenError, RekeyError, SealError};
use crate::greeting::{Answer, Hello, Started, respond, start};
use crate::noise::{CipherState, seal_with, unseal_with};
use crate::note::Note;
use crate::occasion::Occasion;
use crate::room::RoomMark;
use crate::seat::Seat;
use crate::seeds::{AnswerSeed, ChainSecret, HelloSeed};

#[cfg(test)]
mod tests;

/// Greet again after this many kept envelopes, both directions together, since the last greeting. Chosen, not
/// derived: what a thief of one end's state can read is at most this (`e2ee.md`, section 5).
pub const REKEY_AFTER_ENVELOPES: u32 = 40;
/// Greet again after this many seconds since the last greeting. Chosen as above.
pub const REKEY_AFTER_SECONDS: u64 = 300;

/// Which end of the channel this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Starts greetings.
    Visitor,
    /// Answers them (a counsellor or guest).
    ///
    /// In a channel between two seats the one that began it has the visitor's part.
    Counsellor,
}

/// An opened kept envelope.
pub struct Opened {
    /// Its number, 0, 1, 2 …
    pub number: u32,
    /// What it said.
    pub note: Note,
    /// Whom its sender thought to be in the room; `None` in a chat that never had more than two.
    pub room: Option<RoomMark>,
}

/// Something opened by [`Session::receive`].
pub enum Arrival {
    /// A note, the next one in order.
    Kept(Opened),
    /// A beat, newer than any before.
    Beat(Beat),
}

/// One end of a running chat. Comes only from [`crate::Awaiting::finish`] or [`crate::Unconfirmed::confirm`].
///
/// One owner, never stored, never copied: two copies would seal twice under one nonce.
pub struct Session {
    side: Side,
    /// `None` once the session is over: the keys are erased, not merely forgotten.
    live: Option<Box<Live>>,
}

/// What must hold for the other end as long as the chat runs.
#[derive(Clone, Copy)]
struct First {
    seat: Fingerprint,
    role: Role,
}

struct Live {
    anchors: Fingerprint,
    /// Visitor: who was accepted when the chat began.
    first: Option<First>,
    first_hash: [u8; 32],
    /// Of the newest greeting.
    hash: [u8; 32],
    next: ChainSecret,
    kept_since_greeting: u32,

    seal_key: CipherState,
    seal_epoch: u16,
    seal_number: u32,
    /// Stands in every note sealed from now on.
    room: Option<RoomMark>,

    open_key: CipherState,
    open_epoch: u16,
    /// Counsellor: the key of `open_epoch + 1`, until the first kept envelope of it opens.
    open_next: Option<CipherState>,
    want: u32,

    beat_seal: BeatKey,
    /// Counsellor: used as soon as the visitor has shown the new epoch.
    beat_seal_next: Option<BeatKey>,
    beat_number: u32,

    beat_open: BeatKey,
    beat_open_next: Option<BeatKey>,
    beat_seen: Option<u32>,

    /// Visitor: a re-greeting that waits for its answer.
    started: Option<Box<Started>>,
}

// Every key in `Live` erases itself when dropped.
impl ZeroizeOnDrop for Session {}

impl Session {
    pub(crate) fn new(
        side: Side,
        keys: EpochKeys,
        anchors: Fingerprint,
        first: Option<&VerifiedSeat>,
    ) -> Self {
        let EpochKeys { epoch, hash, next, kept_visitor, kept_counsellor, beat_visitor, beat_counsellor } =
            keys;
        let (seal_key, open_key, beat_seal, beat_open) = match side {
            Side::Visitor => (kept_visitor, kept_counsellor, beat_visitor, beat_counsellor),
            Side::Counsellor => (kept_counsellor, kept_visitor, beat_counsellor, beat_visitor),
        };
        let live = Live {
            anchors,
            first: first.map(|seat| First { seat: seat.seat_fingerprint(), role: seat.role() }),
            first_hash: hash,
            hash,
            next,
            kept_since_greeting: 0,
            seal_key,
            seal_epoch: epoch,
            seal_number: 0,
            room: None,
            open_key,
            open_epoch: epoch,
            open_next: None,
            want: 0,
            beat_seal,
            beat_seal_next: None,
            beat_number: 0,
            beat_open,
            beat_open_next: None,
            beat_seen: None,
            started: None,
        };
        Self { side, live: Some(Box::new(live)) }
    }

    /// Which end this is.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// The epoch kept envelopes are sealed in; 0 once the session is over.
    #[must_use]
    pub fn epoch(&self) -> u16 {
        self.live.as_ref().map_or(0, |live| live.seal_epoch)
    }

    /// The number the next opened kept envelope must have; 0 once the session is over.
    #[must_use]
    pub fn next_wanted(&self) -> u32 {
        self.live.as_ref().map_or(0, |live| live.want)
    }

    /// The number the next sealed kept envelope will have; 0 once the session is over.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.live.as_ref().map_or(0, |live| live.seal_number)
    }

    /// Kept envelopes sealed and opened since the last greeting; see [`REKEY_AFTER_ENVELOPES`]. The time is
    /// the caller's to watch ([`REKEY_AFTER_SECONDS`]).
    #[must_use]
    pub fn kept_since_greeting(&self) -> u32 {
        self.live.as_ref().map_or(0, |live| live.kept_since_greeting)
    }

    /// Whether a re-greeting has begun at this end and is not complete: the visitor waits for the answer, the
    /// counsellor for the first kept envelope of the new epoch.
    #[must_use]
    pub fn is_rekeying(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.started.is_some() || live.open_next.is_some())
    }

    /// Whether the session has ended and erased its keys.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.live.is_none()
    }

    /// Erases every key now. Everything later says over.
    pub fn wipe(&mut self) {
        self.live = None;
    }

    /// `h` of the first greeting: the same for the whole chat, so re-greetings do not disturb a comparison
    /// of words. Zeros once the session is over.
    pub(crate) fn first_hash(&self) -> &[u8; 32] {
        self.live.as_ref().map_or(&[0; 32], |live| &live.first_hash)
    }

    /// Every kept note sealed from now on says that this is the room its sender thinks to be in. Nothing when the
    /// session is over.
    pub fn set_room(&mut self, room: RoomMark) {
        if let Some(live) = &mut self.live {
            live.room = Some(room);
        }
    }

    /// Seals a note as the next kept envelope. Keep the bytes until a beat's `next_wanted` passes their
    /// number, and send the same bytes again when needed.
    ///
    /// # Errors
    /// [`SealError::NotSendable`] (a body outside its limits, [`Note::Rekey2`], [`Note::Ignorable`]) changes
    /// nothing; [`SealError::Exhausted`]; [`SealError::Over`].
    pub fn seal(&mut self, note: &Note) -> Result<Envelope, SealError> {
        let live = self.live.as_mut().ok_or(SealError::Over)?;
        if matches!(note, Note::Rekey2(_)) {
            return Err(SealError::NotSendable);
        }
        live.seal_kept(note)
    }

    /// Opens the next kept envelope.
    ///
    /// # Errors
    /// [`OpenError`]; every variant but [`OpenError::Fatal`] leaves the session exactly as it was.
    pub fn open(&mut self, envelope: &[u8]) -> Result<Opened, OpenError> {
        let live = self.live.as_mut().ok_or(OpenError::Fatal(Fatal::Over))?;
        let result = live.open_kept(envelope);
        self.end_if_fatal(result)
    }

    /// Seals a beat; the session adds what it wants next. A later beat makes an earlier one worthless:
    /// never queue beats.
    ///
    /// # Errors
    /// [`SealError::Exhausted`] after 2^32-1 beats; [`SealError::Over`].
    pub fn seal_beat(&mut self, state: &BeatState) -> Result<Envelope, SealError> {
        self.live.as_mut().ok_or(SealError::Over)?.seal_beat(*state)
    }

    /// Opens a beat that is newer than all before.
    ///
    /// # Errors
    /// [`OpenError`]; never [`OpenError::Gap`]. Every variant but [`OpenError::Fatal`] leaves the session
    /// exactly as it was.
    pub fn open_beat(&mut self, envelope: &[u8]) -> Result<Beat, OpenError> {
        let live = self.live.as_mut().ok_or(OpenError::Fatal(Fatal::Over))?;
        let result = live.open_beat(envelope);
        self.end_if_fatal(result)
    }

    /// [`Self::open`] or [`Self::open_beat`], whichever the header asks for.
    ///
    /// # Errors
    /// As these two; [`OpenError::Malformed`] for a hello or an answer.
    pub fn receive(&mut self, envelope: &[u8]) -> Result<Arrival, OpenError> {
        match Header::parse(envelope)?.kind {
            Kind::Kept => self.open(envelope).map(Arrival::Kept),
            Kind::Beat => self.open_beat(envelope).map(Arrival::Beat),
            Kind::Hello | Kind::Answer => Err(OpenError::Malformed),
        }
    }

    /// Visitor: starts a re-greeting. Seal the note at once; nothing else changes until
    /// [`Self::rekey_finish`].
    ///
    /// # Errors
    /// [`RekeyError::WrongSide`], [`RekeyError::Pending`], [`RekeyError::Exhausted`] and [`RekeyError::Over`]
    /// change nothing.
    pub fn rekey_begin(&mut self, seed: HelloSeed) -> Result<Note, RekeyError> {
        if self.side != Side::Visitor {
            return Err(RekeyError::WrongSide);
        }
        let live = self.live.as_mut().ok_or(RekeyError::Over)?;
        if live.started.is_some() {
            return Err(RekeyError::Pending);
        }
        let (occasion, epoch) = live.next_greeting()?;
        let (started, hello) = start(seed, occasion, epoch, live.anchors);
        live.started = Some(started);
        Ok(Note::Rekey1(Box::new(hello)))
    }

    /// Counsellor: answers the hello of a [`Note::Rekey1`]. The envelope returned is the sealed
    /// [`Note::Rekey2`]: put it into the outbox at once, before any note that is waiting. From here on this
    /// end seals kept envelopes in the new epoch.
    ///
    /// # Errors
    /// [`RekeyError::WrongSide`], [`RekeyError::Over`] change nothing; anything else means that the visitor's
    /// client is broken or numbers have run out, and ends the session.
    pub fn rekey_answer(
        &mut self,
        hello: &Hello,
        seat: &Seat,
        seed: AnswerSeed,
    ) -> Result<Envelope, RekeyError> {
        if self.side != Side::Counsellor {
            return Err(RekeyError::WrongSide);
        }
        let live = self.live.as_mut().ok_or(RekeyError::Over)?;
        let result = live.rekey_answer(hello, seat, &seed);
        if result.is_err() {
            self.wipe();
        }
        result
    }

    /// Visitor: finishes with the answer of a [`Note::Rekey2`]. Call it before the next envelope is opened:
    /// the counsellor's later envelopes are of the new epoch.
    ///
    /// A certificate that ended during the chat is accepted for 90 minutes, if it is the very one the chat
    /// began with. `now`: as for [`crate::Awaiting::finish`].
    ///
    /// # Errors
    /// [`RekeyError::WrongSide`] and [`RekeyError::Over`] change nothing; anything else ends the session: the
    /// answer came through the sealed channel, so the other end is not what it should be.
    pub fn rekey_finish(
        &mut self,
        answer: &Answer,
        anchors: &Anchors,
        now: u64,
    ) -> Result<VerifiedSeat, RekeyError> {
        if self.side != Side::Visitor {
            return Err(RekeyError::WrongSide);
        }
        let live = self.live.as_mut().ok_or(RekeyError::Over)?;
        let result = live.rekey_finish(answer, anchors, now);
        if result.is_err() {
            self.wipe();
        }
        result
    }

    fn end_if_fatal<T>(&mut self, result: Result<T, OpenError>) -> Result<T, OpenError> {
        if matches!(result, Err(OpenError::Fatal(_))) {
            self.wipe();
        }
        result
    }
}

impl Live {
    fn seal_kept(&mut self, note: &Note) -> Result<Envelope, SealError> {
        let mut body = note.encode(self.room).ok_or(SealError::NotSendable)?;
        let next_number = self.seal_number.checked_add(1).ok_or(SealError::Exhausted)?;
        let header = Header { kind: Kind::Kept, epoch: self.seal_epoch, number: self.seal_number };
        let tag = self.seal_key.seal(&header.to_bytes(), &mut body).ok_or(SealError::Exhausted)?;
        self.seal_key.rekey();
        self.seal_number = next_number;
        self.kept_since_greeting = self.kept_since_greeting.saturating_add(1);
        body.extend_from_slice(&tag);
        Ok(Envelope::new(header, &body))
    }

    fn open_kept(&mut self, envelope: &[u8]) -> Result<Opened, OpenError> {
        let (header, ad, text, tag) = sorted(envelope, Kind::Kept)?;
        if header.number < self.want {
            return Err(OpenError::Old);
        }
        if header.number > self.want {
            return Err(OpenError::Gap);
        }
        let is_next = self.open_next.is_some() && self.open_epoch.checked_add(1) == Some(header.epoch);
        let key = match &self.open_next {
            Some(key) if is_next => key,
            _ if header.epoch == self.open_epoch => &self.open_key,
            _ => return Err(OpenError::Forged),
        };
        let mut plain = Zeroizing::new(text.to_vec());
        key.peek(ad, &mut plain, tag).map_err(|_| OpenError::Forged)?;

        // The tag is right: from here on everything is the peer's word, and the state may change.
        let (note, room) = Note::decode(&plain).map_err(OpenError::Fatal)?;
        let next = self.want.checked_add(1).ok_or(OpenError::Fatal(Fatal::Exhausted))?;
        if is_next {
            self.visitor_is_in_the_new_epoch(header.epoch);
            if let Some(key) = self.open_next.take() {
                self.open_key = key;
                self.open_epoch = header.epoch;
            }
            // All older kept envelopes are in, and so is whatever their beats had to say.
            if let Some(key) = self.beat_open_next.take() {
                self.beat_open = key;
            }
        }
        self.open_key.step();
        self.open_key.rekey();
        let number = self.want;
        self.want = next;
        self.kept_since_greeting = self.kept_since_greeting.saturating_add(1);
        Ok(Opened { number, note, room })
    }

    fn seal_beat(&mut self, state: BeatState) -> Result<Envelope, SealError> {
        let next_number = self.beat_number.checked_add(1).ok_or(SealError::Exhausted)?;
        let header = Header { kind: Kind::Beat, epoch: self.beat_seal.epoch, number: self.beat_number };
        let beat = Beat { next_wanted: self.want, epoch: self.open_epoch, state };
        let mut plain = beat.encode();
        let nonce = u64::from(header.number);
        let tag = seal_with(self.beat_seal.key(), nonce, &header.to_bytes(), &mut *plain);
        self.beat_number = next_number;
        let mut body = [0; BUCKETS[0] + TAG_LEN];
        body[..BUCKETS[0]].copy_from_slice(&*plain);
        body[BUCKETS[0]..].copy_from_slice(&tag);
        Ok(Envelope::new(header, &body))
    }

    fn open_beat(&mut self, envelope: &[u8]) -> Result<Beat, OpenError> {
        let (header, ad, text, tag) = sorted(envelope, Kind::Beat)?;
        if self.beat_seen.is_some_and(|seen| header.number <= seen) {
            return Err(OpenError::Old);
        }
        let is_next = self.beat_open_next.as_ref().is_some_and(|key| key.epoch == header.epoch);
        let key = match &self.beat_open_next {
            Some(key) if is_next => key,
            _ if header.epoch == self.beat_open.epoch => &self.beat_open,
            _ => return Err(OpenError::Forged),
        };
        let mut plain = Zeroizing::new(text.to_vec());
        unseal_with(key.key(), u64::from(header.number), ad, &mut plain, tag)
            .map_err(|_| OpenError::Forged)?;

        let beat = Beat::decode(&plain).map_err(OpenError::Fatal)?;
        if is_next {
            self.visitor_is_in_the_new_epoch(header.epoch);
            if let Some(key) = self.beat_open_next.take() {
                self.beat_open = key;
            }
        }
        self.beat_seen = Some(header.number);
        Ok(beat)
    }

    /// Counsellor: the visitor can open beats of `epoch` now. (The visitor never has a key waiting here.)
    fn visitor_is_in_the_new_epoch(&mut self, epoch: u16) {
        if let Some(key) = self.beat_seal_next.take_if(|key| key.epoch == epoch) {
            self.beat_seal = key;
        }
    }

    /// The occasion and number of the greeting after this one.
    fn next_greeting(&self) -> Result<(Occasion, u16), RekeyError> {
        let epoch = self.seal_epoch.checked_add(1).ok_or(RekeyError::Exhausted)?;
        let mut chain = Zeroizing::new(*self.next.expose());
        Ok((Occasion::rekey(&self.hash, ChainSecret::take(&mut chain)), epoch))
    }

    fn rekey_answer(
        &mut self,
        hello: &Hello,
        seat: &Seat,
        seed: &AnswerSeed,
    ) -> Result<Envelope, RekeyError> {
        // The visitor starts the next one only after this one, in the new epoch.
        if self.open_next.is_some() {
            return Err(RekeyError::Bad);
        }
        let (occasion, epoch) = self.next_greeting()?;
        let (keys, answer) =
            respond(hello, &occasion, epoch, seat, self.anchors, seed).map_err(|_| RekeyError::Bad)?;
        let sealed = self.seal_kept(&Note::Rekey2(Box::new(answer))).map_err(|_| RekeyError::Exhausted)?;
        let EpochKeys { epoch, hash, next, kept_visitor, kept_counsellor, beat_visitor, beat_counsellor } =
            keys;
        self.hash = hash;
        self.next = next;
        self.kept_since_greeting = 0;
        self.seal_key = kept_counsellor;
        self.seal_epoch = epoch;
        self.open_next = Some(kept_visitor);
        self.beat_seal_next = Some(beat_counsellor);
        self.beat_open_next = Some(beat_visitor);
        Ok(sealed)
    }

    fn rekey_finish(
        &mut self,
        answer: &Answer,
        anchors: &Anchors,
        now: u64,
    ) -> Result<VerifiedSeat, RekeyError> {
        let started = self.started.take().ok_or(RekeyError::NotBegun)?;
        let first = self.first.ok_or(RekeyError::WrongSide)?;
        let dates = |seat| if seat == first.seat { Dates::Running } else { Dates::Fresh };
        let (keys, seat) = started.finish(answer, anchors, dates, now).map_err(|error| match error {
            FinishError::BadAnswer => RekeyError::Bad,
            FinishError::Seat(refused) => RekeyError::Seat(refused),
        })?;
        // A chat that began with a counsellor stays with a counsellor.
        if seat.role() != first.role {
            return Err(RekeyError::Seat(Refused::WrongRole));
        }
        let EpochKeys { epoch, hash, next, kept_visitor, kept_counsellor, beat_visitor, beat_counsellor } =
            keys;
        self.hash = hash;
        self.next = next;
        self.kept_since_greeting = 0;
        self.seal_key = kept_visitor;
        self.seal_epoch = epoch;
        // The answer was opened in its turn, so every later kept envelope is of the new epoch.
        self.open_key = kept_counsellor;
        self.open_epoch = epoch;
        self.beat_seal = beat_visitor;
        // Beats have no order: the counsellor's old key stays until a new one was seen. If the epoch before
        // never showed a beat, its key is now the old one.
        if let Some(key) = self.beat_open_next.replace(beat_counsellor) {
            self.beat_open = key;
        }
        Ok(seat)
    }
}

impl Drop for Live {
    // Keys erase themselves; hashes tie a transcript to this chat, so they go as well.
    fn drop(&mut self) {
        self.first_hash.zeroize();
        self.hash.zeroize();
    }
}

/// Header, associated data, ciphertext and tag of an envelope of `kind`.
#[allow(clippy::type_complexity, reason = "four borrowed parts of one slice")]
fn sorted(envelope: &[u8], kind: Kind) -> Result<(Header, &[u8], &[u8], &[u8; TAG_LEN]), OpenError> {
    let header = Header::parse(envelope)?;
    let (ad, sealed) = envelope.split_at(HEADER_LEN);
    let (text, tag) = sealed.split_last_chunk().ok_or(OpenError::Malformed)?;
    if header.kind == kind { Ok((header, ad, text, tag)) } else { Err(OpenError::Malformed) }
}
