//! The other seats of the centre, and the channels to them: for asking a colleague, and for asking one into a chat.

use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{Alias, Invitation, Note, Seat};
use lykta_trust::{Anchors, Fingerprint, Role};
use lykta_wire::{Envelope, FromDesk, Refusal, SeatEntry, SeatId, ToDesk};
use zeroize::Zeroizing;

use crate::channel::Event;
use crate::clock::Steady;
use crate::few::Few;
use crate::pair::{Pair, Said, Scope, With};
use crate::seed::Seed;
use crate::wish::NotSaid;

/// What the staff channel has to tell, in order. Taken with [`crate::SeatDesk::news`].
pub enum StaffNews {
    /// The living seats, this one's own included.
    Seats(Vec<SeatEntry>),
    /// A colleague has proven who they are; [`crate::SeatDesk::colleague`] says it.
    Here(SeatId),
    /// A colleague says something.
    Said {
        /// Who.
        from: SeatId,
        /// What.
        text: Zeroizing<String>,
    },
    /// An own text was taken; this is its id.
    Told(SeatId, u32),
    /// An own text was not taken.
    NotTold(SeatId, NotSaid),
    /// A colleague has opened everything up to this own text.
    Delivered(SeatId, u32),
    /// A colleague says something about a chat they ask this seat into, or were asked into by it.
    Invitation {
        /// Who.
        from: SeatId,
        /// What.
        invitation: Invitation,
    },
    /// The channel to this colleague failed. It is begun anew when something is to be said.
    Lost(SeatId),
    /// The relay does not know this seat any more.
    Gone(SeatId),
}

/// A colleague whose certificates were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// The seat.
    pub seat: SeatId,
    /// `H(seat certificate)`, proven on the staff channel.
    pub certificate: Fingerprint,
    /// What they are certified to be.
    pub role: Role,
    /// How they call themselves; empty until they have said it.
    pub name: String,
}

/// ```text
/// Seats (the relay's word) --call--> a channel per colleague, greeted when first needed
/// ```
///
/// Whoever is called must be in the relay's list, which gives the certificate's hash; the greeting proves it. A hello
/// from a seat that is not in the list yet waits until it is.
pub(crate) struct Colleagues {
    seat: Seat,
    anchors: Anchors,
    ours: SeatId,
    name: String,
    seats: Vec<SeatEntry>,
    pairs: Few<SeatId, Line>,
    /// The last thing of each seat that is not in the list yet.
    early: Few<SeatId, Envelope>,
    ready: bool,
    next_id: u32,
    news: Vec<StaffNews>,
}

struct Line {
    pair: Pair,
    /// Waits for the channel to open.
    letters: Vec<Invitation>,
    name: String,
    /// The other end's first note: its name, or that it has none.
    greeted: bool,
}

/// So many seats may say something before they are in the list.
const EARLY_MAX: usize = 16;

/// What a step of the seat gives.
pub(crate) struct At<'a> {
    pub(crate) now: Steady,
    pub(crate) now_s: u64,
    pub(crate) seed: &'a mut Seed,
    pub(crate) out: &'a mut Vec<FromDesk>,
}

impl Colleagues {
    pub(crate) fn new(seat: Seat, anchors: Anchors) -> Self {
        let ours = SeatId(seat.certificate().terms().serial.0);
        Self {
            seat,
            anchors,
            ours,
            name: String::new(),
            seats: Vec::new(),
            pairs: Few::new(),
            early: Few::new(),
            ready: false,
            next_id: 1,
            news: Vec::new(),
        }
    }

    /// How colleagues are to call this seat.
    pub(crate) fn set_name(&mut self, name: &str) {
        self.name = crate::chat::cut(name).into();
    }

    pub(crate) fn news(&mut self) -> Vec<StaffNews> {
        core::mem::take(&mut self.news)
    }

    pub(crate) fn colleague(&self, seat: SeatId) -> Option<Colleague> {
        let line = self.pairs.get(&seat).filter(|line| line.greeted)?;
        let peer = line.pair.peer()?;
        Some(Colleague {
            seat,
            certificate: peer.seat_fingerprint(),
            role: peer.role(),
            name: line.name.clone(),
        })
    }

    /// The staff key a colleague has proven to sit for: finds them in the roster.
    pub(crate) fn staff_key(&self, seat: SeatId) -> Option<[u8; 32]> {
        let line = self.pairs.get(&seat).filter(|line| line.greeted)?;
        Some(*line.pair.peer()?.staff_public())
    }

    /// Begins a channel, if there is none.
    pub(crate) fn call(&mut self, seat: SeatId, at: &mut At<'_>) {
        if !self.line(seat) {
            return self.news.push(StaffNews::Gone(seat));
        }
        self.with(seat, at, &mut |line, with, out| line.pair.begin(with, out));
    }

    /// Says something to a colleague.
    pub(crate) fn tell(&mut self, seat: SeatId, text: &str, at: &mut At<'_>) {
        if !self.line(seat) {
            return self.news.push(StaffNews::Gone(seat));
        }
        let id = self.next_id;
        let mut taken = Err(NotSaid::NotNow);
        self.with(seat, at, &mut |line, with, out| {
            taken = line.pair.say(id, text, with, out);
            if taken.is_ok() {
                line.pair.begin(with, out);
            }
        });
        self.news.push(match taken {
            Ok(()) => StaffNews::Told(seat, id),
            Err(why) => StaffNews::NotTold(seat, why),
        });
        self.next_id += u32::from(taken.is_ok());
    }

    pub(crate) fn invitation(&mut self, seat: SeatId, invitation: Invitation, at: &mut At<'_>) {
        if !self.line(seat) {
            return self.news.push(StaffNews::Gone(seat));
        }
        let mut letter = Some(invitation);
        self.with(seat, at, &mut |line, with, out| {
            let Some(invitation) = letter.take() else { return };
            if line.pair.peer().is_some() {
                line.pair.note(Note::Invitation(invitation), with, out);
            } else {
                line.letters.push(invitation);
                line.pair.begin(with, out);
            }
        });
    }

    /// The channel to a seat, which must be in the list when it is made.
    fn line(&mut self, seat: SeatId) -> bool {
        if self.pairs.contains_key(&seat) {
            return true;
        }
        let Some(entry) = self.seats.iter().find(|entry| entry.seat == seat && seat != self.ours) else {
            return false;
        };
        // The same at both ends: of two hellos that cross, the one of the smaller seat stands.
        let pair = Pair::new(Scope::Staff, Fingerprint(entry.certificate), self.ours > seat, self.ready);
        self.pairs.insert(seat, Line { pair, letters: Vec::new(), name: String::new(), greeted: false });
        true
    }

    pub(crate) fn frame(&mut self, frame: &ToDesk, at: &mut At<'_>) {
        match frame {
            ToDesk::Seats { entries } => {
                self.seats.clone_from(entries);
                self.news.push(StaffNews::Seats(entries.clone()));
                for seat in self.early.keys() {
                    if self.line(seat)
                        && let Some(envelope) = self.early.remove(&seat)
                    {
                        self.receive(seat, &envelope, at);
                    }
                }
            }
            ToDesk::StaffEnvelope { from, envelope } | ToDesk::StaffBeat { from, envelope } => {
                if self.line(*from) {
                    self.receive(*from, envelope, at);
                } else if self.early.len() < EARLY_MAX || self.early.contains_key(from) {
                    self.early.insert(*from, envelope.clone());
                }
            }
            ToDesk::StaffRefused { to, refusal: Refusal::OutOfOrder } => {
                self.with(*to, at, &mut |line, with, out| line.pair.resend_on_request(with, out));
            }
            ToDesk::StaffRefused { to, refusal: Refusal::StoreAway } => {
                self.with(*to, at, &mut |line, with, _| line.pair.was_not_stored(with));
            }
            ToDesk::StaffRefused { to, refusal: Refusal::Gone } => self.news.push(StaffNews::Gone(*to)),
            // The timers try again; what the relay stored proves nothing.
            _ => {}
        }
    }

    fn receive(&mut self, from: SeatId, envelope: &Envelope, at: &mut At<'_>) {
        self.with(from, at, &mut |line, with, out| line.pair.receive(envelope, with, out));
    }

    pub(crate) fn set_ready(&mut self, ready: bool, at: &mut At<'_>) {
        self.ready = ready;
        for seat in self.pairs.keys() {
            if ready && let Some(next) = self.pairs.get(&seat).and_then(|line| line.pair.next_wanted()) {
                // The relay learns by it whose boxes to look into, also of a seat it no longer shows.
                at.out.push(FromDesk::StaffGot { from: seat, next });
            }
            self.with(seat, at, &mut |line, with, out| line.pair.set_ready(ready, with, out));
        }
    }

    pub(crate) fn tick(&mut self, at: &mut At<'_>) {
        for seat in self.pairs.keys() {
            let living = self.seats.iter().any(|entry| entry.seat == seat);
            self.with(seat, at, &mut |line, with, out| {
                line.pair.tick(with, out);
                if living && (!line.letters.is_empty() || !line.pair.all_delivered()) {
                    // After a greeting that did not open; nothing when one is under way.
                    line.pair.begin(with, out);
                }
            });
        }
    }

    pub(crate) fn wake_at(&self, now: Steady) -> Option<Steady> {
        self.pairs.values().filter_map(|line| line.pair.wake_at(now)).min()
    }

    /// One step of one channel, and what follows from it.
    fn with(
        &mut self,
        seat: SeatId,
        at: &mut At<'_>,
        step: &mut dyn FnMut(&mut Line, &mut With<'_>, &mut Vec<Said>),
    ) {
        let Some(line) = self.pairs.get_mut(&seat) else { return };
        let mut out = Vec::new();
        let mut with = With {
            seat: &self.seat,
            anchors: &self.anchors,
            now: at.now,
            now_s: at.now_s,
            visible: true,
            seed: &mut *at.seed,
        };
        step(line, &mut with, &mut out);
        // What happens while the list is walked is put behind it.
        let mut next = 0;
        while next < out.len() {
            let said = core::mem::replace(&mut out[next], Said::Event(Event::Reopen));
            next += 1;
            match said {
                Said::Open => {
                    let alias = Alias { name: self.name.clone(), role_words: String::new() };
                    let first = if self.name.is_empty() { Note::Confirm } else { Note::Alias(alias) };
                    line.pair.note(first, &mut with, &mut out);
                    for letter in core::mem::take(&mut line.letters) {
                        line.pair.note(Note::Invitation(letter), &mut with, &mut out);
                    }
                    line.pair.say_drafts(&mut with, &mut out);
                }
                Said::Event(Event::Put(envelope)) => at.out.push(FromDesk::StaffPut { to: seat, envelope }),
                Said::Event(Event::Beat(envelope)) => at.out.push(FromDesk::StaffBeat { to: seat, envelope }),
                Said::Event(Event::Got(next)) => at.out.push(FromDesk::StaffGot { from: seat, next }),
                Said::Event(Event::Text(text)) => self.news.push(StaffNews::Said { from: seat, text }),
                Said::Event(Event::Delivered(id)) => self.news.push(StaffNews::Delivered(seat, id)),
                Said::Event(Event::Note(note @ (Note::Alias(_) | Note::Confirm))) => {
                    if let Note::Alias(alias) = note {
                        line.name = alias.name;
                    }
                    line.greeted = true;
                    self.news.push(StaffNews::Here(seat));
                }
                Said::Event(Event::Note(Note::Invitation(invitation))) => {
                    self.news.push(StaffNews::Invitation { from: seat, invitation });
                }
                Said::Event(Event::Failed) => self.news.push(StaffNews::Lost(seat)),
                // Goodbyes, rooms and words to compare are for chats. One channel does not cost all a socket.
                Said::Event(Event::Note(_) | Event::Mark(_) | Event::Gone(_) | Event::Reopen) => {}
            }
        }
    }
}
