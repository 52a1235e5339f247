//! The other seats of one chat: asking them in, coming into a chat, talking with them, handing over.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{
    Alias, AnswerSeed, ChainSecret, Hello, Invitation, InvitationStep, Note, Occasion, Offer, OfferKind,
    Room, RoomMark, answer,
};
use lykta_trust::Role;
use lykta_wire::{Ending, Envelope, FromDesk, InviteKind, Kind, Member, Presence, Refusal, SeatId};
use zeroize::{Zeroize as _, Zeroizing};

use super::{ANSWER_AGAIN_MS, Chat, Greeting, Over, State, Step, Tell};
use crate::bundle::{BundleError, SeatBundle};
use crate::channel::Event;
use crate::clock::{Clock, Steady};
use crate::lease::Lease;
use crate::pair::{Pair, Said as PairSaid, Scope, With};
use crate::room::{Fit, Marks, Receipts, Shown};
use crate::staff_channel::Colleague;
use crate::view::{AskedView, InRoom, Returning, Trouble, View};
use crate::wish::{Said, Wish};

/// An invitation is taken back when it has led to nothing for so long, ms.
pub const ASKED_MS: u64 = 5 * 60_000;
/// Who came waits so long for the visitor's greeting, ms.
const EXPECT_MS: u64 = 6 * 60_000;
/// Who leaves a chat that goes on finishes sentences for so long, ms: the slowest resend and what follows from it fit
/// in more than once.
const PART_MS: u64 = 180_000;
/// What a colleague says in a room this seat does not know yet waits so long for the visitor's word, ms.
const HELD_MS: u64 = 60_000;

/// A chat this seat was asked into, from the first word to the visitor's greeting and beyond: a second greeting is
/// answered as well as the first.
pub(super) struct Invited {
    pub(super) kind: InviteKind,
    secret: Box<Zeroizing<[u8; 32]>>,
    /// The hello that was answered last.
    answered: Option<Envelope>,
}

/// What is to be said to another seat, on the staff channel.
pub struct Letter {
    /// To whom.
    pub to: SeatId,
    /// What.
    pub invitation: Invitation,
}

/// How asking a colleague has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Asked {
    /// They are in the chat.
    Came = 1,
    /// The visitor said no.
    NotWanted = 2,
    /// The colleague said no.
    Declined = 3,
    /// Taken back, or nothing came of it in time.
    TakenBack = 4,
    /// The relay refused.
    Refused = 5,
}

/// A colleague who is being asked.
enum Asking {
    /// The relay is to give them a number.
    Number { colleague: Colleague, kind: InviteKind },
    /// Visitor and colleague have been asked.
    Both {
        colleague: Colleague,
        kind: InviteKind,
        member: Member,
        number: u32,
        consent: bool,
        comes: bool,
        until: Steady,
    },
}

/// The room as one of its seats knows it.
#[derive(Default)]
pub(super) struct SeatRoom {
    round: u16,
    marks: Marks,
    visitor: Shown,
    seats: Vec<SeatIn>,
    /// Hellos of seats the visitor has not named yet.
    early: Vec<(Member, Envelope)>,
    pub(super) receipts: Receipts,
    asking: Option<Asking>,
    asked: Option<Asked>,
    offers: u32,
    /// The visitor, or this seat, has said that it leaves; until when sentences are finished.
    pub(super) parting: Option<Steady>,
    letters: Vec<Letter>,
}

/// Another seat of the room.
struct SeatIn {
    member: Member,
    role: Role,
    name: String,
    pair: Pair,
    shown: Shown,
    held: Vec<Held>,
    held_since: Option<Steady>,
}

/// One step of the pair with this member. Behind a pointer: a copy per caller would weigh too much.
type PairStep<'a> = dyn FnMut(Member, &mut Pair, &mut With<'_>, &mut Vec<PairSaid>) + 'a;

/// What waits until the visitor has said who is in the room.
enum Held {
    Mark(Option<RoomMark>),
    Text(Zeroizing<String>),
}

impl Chat {
    /// Comes into a chat that another seat has asked this one into. The visitor greets when they want it.
    ///
    /// # Errors
    /// [`BundleError`] when the bundle's key and certificates do not belong together.
    pub fn come(
        bundle: &SeatBundle,
        invitation: Invitation,
        alias: &str,
        now_ms: u64,
    ) -> Result<(Self, Vec<Wish>), BundleError> {
        let (seat, anchors) = bundle.seat()?;
        let mut clock = Clock::default();
        let now = clock.advance(now_ms);
        let Invitation { step, kind, chat, member } = invitation;
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        let state = if let InvitationStep::Ask(theirs) = &step {
            secret.copy_from_slice(theirs.expose());
            State::Expecting { until: now + EXPECT_MS }
        } else {
            State::Over(Over::nothing())
        };
        let invited = Some(Box::new(Invited { kind, secret, answered: None }));
        let mut lease = Lease::default();
        lease.told(Presence::Here, 0, now);
        let alias = super::cut(alias).into();
        let chat = Self {
            chat,
            me: member,
            owner: false,
            alias,
            seat,
            anchors,
            invited,
            clock,
            link_up: true,
            visible: true,
            next_id: 1,
            lease,
            trouble: None,
            returning: Returning::None,
            silence: crate::silence::SilenceTimes::default(),
            state,
        };
        let reply = FromDesk::Reply { chat: chat.chat, yes: !chat.is_done() };
        Ok((chat, alloc::vec![Wish::Send(reply.encode())]))
    }

    /// The number this seat has in the chat.
    #[must_use]
    pub fn member(&self) -> Member {
        self.me
    }

    /// Whether this is the chat's own seat, with which it was taken, and not one that came into it. For
    /// [`crate::SeatInput::Hold`], which names only those.
    #[must_use]
    pub fn is_the_first(&self) -> bool {
        self.owner && self.me == Member::COUNSELLOR
    }

    /// Whether this seat was asked in and the visitor has not greeted it.
    #[must_use]
    pub fn is_expecting(&self) -> bool {
        matches!(self.state, State::Expecting { .. })
    }

    /// What is to be said to other seats since the last time this was asked. Ask after every step.
    #[must_use]
    pub fn letters(&mut self) -> Vec<Letter> {
        match &mut self.state {
            State::Talking(talking) => core::mem::take(&mut talking.room.letters),
            _ => Vec::new(),
        }
    }

    /// How this chat is named to a relay that may have forgotten it.
    pub(super) fn mine(&self) -> FromDesk {
        let (chat, member) = (self.chat, self.me);
        // Who was to take over may have done so, and the visitor's word about it is lost: nobody else would name the
        // chat as theirs. The visitor says whose it is.
        let takes_over = self.invited.as_ref().is_some_and(|invited| invited.kind == InviteKind::HandOver);
        let owner = self.owner || takes_over && matches!(self.state, State::Greeting(_));
        match self.state {
            State::Expecting { .. } => FromDesk::Reply { chat, yes: true },
            _ if self.is_the_first() => FromDesk::Mine { chat },
            _ => FromDesk::MineAs { chat, member, owner },
        }
    }

    // ---- coming into a chat -------------------------------------------------------------------

    /// The visitor's greeting for this seat. Every new one is answered, each once.
    pub(super) fn hello(&mut self, envelope: &Envelope, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let Some(invited) = self.invited.as_mut() else { return };
        if invited.answered.as_ref() == Some(envelope)
            || !matches!(self.state, State::Expecting { .. } | State::Greeting(_))
        {
            return;
        }
        let Ok(hello) = Hello::from_envelope(envelope.as_bytes()) else { return };
        let mut copy = Zeroizing::new([0; 32]);
        copy.copy_from_slice(&invited.secret[..]);
        let (ticket, secret) = (&self.chat.ticket.0, ChainSecret::take(&mut copy));
        let occasion = match invited.kind {
            InviteKind::Guest => Occasion::invite(ticket, secret),
            InviteKind::HandOver => Occasion::transfer(ticket, secret),
        };
        let seed = AnswerSeed::take(&mut step.seed.draw());
        let Ok((unconfirmed, sealed)) = answer(&hello, occasion, &self.seat, &self.anchors, seed) else {
            return;
        };
        let Ok(sealed) = Envelope::parse(sealed.to_envelope().as_bytes()) else { return };
        invited.answered = Some(envelope.clone());
        let (chat, to) = (self.chat, Member::VISITOR);
        self.send(FromDesk::Put { chat, to, envelope: sealed.clone() }, step);
        self.state = State::Greeting(Greeting {
            unconfirmed: Box::new(unconfirmed),
            answer: sealed,
            again_at: step.now + ANSWER_AGAIN_MS,
            since: step.now,
            cut_at: None,
        });
    }

    /// Nobody greets this seat any more: the secret of the offer has done its part.
    pub(super) fn forget_secret(&mut self) {
        if let Some(invited) = &mut self.invited {
            invited.secret.zeroize();
        }
    }

    // ---- asking somebody in -------------------------------------------------------------------

    pub(super) fn invite(&mut self, kind: InviteKind, colleague: Colleague, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let (chat, owner) = (self.chat, self.owner);
        let State::Talking(talking) = &mut self.state else { return };
        if !owner || talking.room.asking.is_some() || talking.ending.is_some() {
            return;
        }
        // No visitor's client would let them in.
        let may_come = match kind {
            InviteKind::HandOver => colleague.role == Role::Counsellor,
            InviteKind::Guest => colleague.role.talks(),
        };
        if !may_come {
            talking.room.asked = Some(Asked::Refused);
            return;
        }
        let seat = colleague.seat;
        talking.room.asked = None;
        talking.room.asking = Some(Asking::Number { colleague, kind });
        self.send(FromDesk::Invite { chat, kind, seat }, step);
    }

    /// The relay has given a number: now visitor and colleague are asked, under a fresh secret.
    pub(super) fn invited_as(&mut self, member: Member, seat: SeatId, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let chat = self.chat;
        let State::Talking(talking) = &mut self.state else { return };
        let Some(Asking::Number { colleague, kind }) = &talking.room.asking else { return };
        if colleague.seat != seat {
            return;
        }
        let (colleague, kind) = (colleague.clone(), *kind);
        let secret = step.seed.draw::<32>();
        let copy = || ChainSecret::take(&mut secret.clone());
        talking.room.offers += 1;
        let number = talking.room.offers;
        let offer = Offer {
            number,
            kind: if kind == InviteKind::Guest { OfferKind::Guest } else { OfferKind::HandOver },
            member,
            seat: colleague.certificate,
            role: colleague.role,
            secret: copy(),
            name: colleague.name.clone(),
        };
        talking.channel.note(Note::Offer(offer), step.now, &mut talking.events);
        let invitation = Invitation { step: InvitationStep::Ask(copy()), kind, chat, member };
        talking.room.letters.push(Letter { to: seat, invitation });
        let until = step.now + ASKED_MS;
        talking.room.asking =
            Some(Asking::Both { colleague, kind, member, number, consent: false, comes: false, until });
        self.drain(step);
    }

    pub(super) fn not_invited(&mut self, seat: SeatId, refusal: Refusal) {
        if !crate::ROOMS {
            return;
        }
        let State::Talking(talking) = &mut self.state else { return };
        if matches!(&talking.room.asking, Some(Asking::Number { colleague, .. }) if colleague.seat == seat) {
            talking.room.asking = None;
            talking.room.asked = Some(Asked::Refused);
            self.trouble = Some(Trouble::Relay(refusal));
        }
    }

    /// The colleague's word, from the staff channel.
    pub(super) fn colleague_says(&mut self, seat: SeatId, member: Member, yes: bool, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let State::Talking(talking) = &mut self.state else { return };
        match &mut talking.room.asking {
            Some(Asking::Both { colleague, member: theirs, comes, .. })
                if colleague.seat == seat && *theirs == member =>
            {
                *comes = yes;
                if !yes {
                    self.stop_asking(Asked::Declined, step);
                }
            }
            _ => {}
        }
    }

    pub(super) fn visitor_says(&mut self, to: u32, yes: bool, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let State::Talking(talking) = &mut self.state else { return };
        match &mut talking.room.asking {
            Some(Asking::Both { number, consent, .. }) if *number == to => {
                *consent = yes;
                if !yes {
                    self.stop_asking(Asked::NotWanted, step);
                }
            }
            _ => {}
        }
    }

    /// Everybody who was asked is told that it is not wanted any more; nothing of the secret is of use afterwards.
    pub(super) fn stop_asking(&mut self, how: Asked, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let chat = self.chat;
        let State::Talking(talking) = &mut self.state else { return };
        let Some(asking) = talking.room.asking.take() else { return };
        talking.room.asked = Some(how);
        if let Asking::Both { colleague, kind, member, .. } = asking {
            if how != Asked::NotWanted {
                talking.channel.note(Note::LetGo(member), step.now, &mut talking.events);
            }
            let invitation = Invitation { step: InvitationStep::TakenBack, kind, chat, member };
            talking.room.letters.push(Letter { to: colleague.seat, invitation });
            self.send(FromDesk::Withdraw { chat, member }, step);
        }
        self.drain(step);
    }

    /// That guest is to go: the visitor's client lets them out.
    pub(super) fn let_go(&mut self, member: Member, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let owner = self.owner;
        let State::Talking(talking) = &mut self.state else { return };
        if owner && talking.room.seats.iter().any(|seat| seat.member == member) {
            talking.channel.note(Note::LetGo(member), step.now, &mut talking.events);
        }
        self.drain(step);
    }

    // ---- who is in it -------------------------------------------------------------------------

    /// The visitor says who is in the room from now on. False when that cannot be.
    pub(super) fn enter_room(&mut self, room: &Room, step: &mut Step<'_>) -> bool {
        if !crate::ROOMS {
            return true;
        }
        let (ticket, me, ready) = (self.chat.ticket, self.me, self.link_up);
        let State::Talking(talking) = &mut self.state else { return true };
        let ours = self.seat.certificate().fingerprint();
        let in_it = room.members.iter().any(|member| member.member == me && member.seat == ours);
        if room.round <= talking.room.round || !in_it {
            return false;
        }
        let mark = room.mark(&ticket);
        talking.room.round = room.round;
        talking.room.marks.enter(mark);
        talking.channel.set_room(mark);
        let stays = |seat: &SeatIn| room.members.iter().any(|member| member.member == seat.member);
        let (stay, gone): (Vec<_>, Vec<_>) =
            core::mem::take(&mut talking.room.seats).into_iter().partition(stays);
        talking.room.seats = stay;
        for seat in gone {
            if let Some(id) = talking.room.receipts.gone(seat.member) {
                step.out.push(Wish::Delivered(id));
            }
        }
        for channel in talking.room.seats.iter_mut().filter_map(|seat| seat.pair.channel_mut()) {
            channel.set_room(mark);
        }
        for member in room.members.iter().filter(|member| member.member != me) {
            if talking.room.seats.iter().any(|seat| seat.member == member.member) {
                continue;
            }
            let mut secret = Box::new(Zeroizing::new([0; 32]));
            secret.copy_from_slice(room.secret.expose());
            // The one who was there before begins; both know which that is.
            let yields = me > member.member;
            let pair = Pair::new(Scope::Room(ticket, secret), member.seat, yields, ready);
            talking.room.seats.push(SeatIn {
                member: member.member,
                role: member.role,
                name: String::new(),
                pair,
                shown: Shown::default(),
                held: Vec::new(),
                held_since: None,
            });
        }
        if let Some(Asking::Both { member, .. }) = &talking.room.asking
            && room.members.iter().any(|one| one.member == *member)
        {
            talking.room.asking = None;
            talking.room.asked = Some(Asked::Came);
        }
        if self.invited.as_ref().is_some_and(|invited| invited.kind == InviteKind::HandOver) {
            self.owner = true;
        }
        let State::Talking(talking) = &mut self.state else { return true };
        let early = core::mem::take(&mut talking.room.early);
        self.with_seats(step, &mut |member, pair, with, out| {
            if me < member {
                pair.begin(with, out);
            }
        });
        for (member, envelope) in early {
            self.hear_seat(member, &envelope, step);
        }
        self.look_at_held(step);
        true
    }

    /// Whether what the visitor says about the room is what the visitor has said before.
    pub(super) fn visitor_is_in_the_room(&mut self, mark: Option<RoomMark>) -> bool {
        if !crate::ROOMS {
            return mark.is_none();
        }
        let State::Talking(talking) = &mut self.state else { return true };
        talking.room.marks.is_latest(&mut talking.room.visitor, mark)
    }

    /// Somebody sees another room than this seat: nobody goes on in it.
    pub(super) fn room_differs(&mut self, step: &mut Step<'_>) {
        self.trouble = Some(Trouble::RoomDiffers);
        self.over_and_tell(Some(Ending::Failed), self.tell_over(Ending::Failed), step);
    }

    // ---- talking with the other seats ---------------------------------------------------------

    /// An envelope of another seat of the chat.
    pub(super) fn hear_seat(&mut self, from: Member, envelope: &Envelope, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let State::Talking(talking) = &mut self.state else { return };
        let known = talking.room.seats.iter().any(|seat| seat.member == from);
        if !known {
            // It may have heard of this room before us. A greeting is worth waiting for; the rest comes again.
            if envelope.kind() == Kind::Hello && envelope.number() == 0 {
                talking.room.early.retain(|(member, _)| *member != from);
                talking.room.early.push((from, envelope.clone()));
            }
            return;
        }
        self.with_seats(step, &mut |member, pair, with, out| {
            if member == from {
                pair.receive(envelope, with, out);
            }
        });
    }

    /// One step of every pair, and what follows from it.
    pub(super) fn with_seats(&mut self, step: &mut Step<'_>, verb: &mut PairStep<'_>) {
        if !crate::ROOMS {
            return;
        }
        let (now, now_s) = (step.now, self.clock.wall() / 1_000);
        let (chat, alias) = (self.chat, &self.alias);
        let State::Talking(talking) = &mut self.state else { return };
        let mark = talking.room.marks.latest();
        let mut differs = false;
        let mut texts = Vec::new();
        for seat in &mut talking.room.seats {
            let mut out = Vec::new();
            let mut with = With {
                seat: &self.seat,
                anchors: &self.anchors,
                now,
                now_s,
                visible: self.visible,
                seed: &mut *step.seed,
            };
            verb(seat.member, &mut seat.pair, &mut with, &mut out);
            let (to, mut next) = (seat.member, 0);
            while next < out.len() {
                let said = core::mem::replace(&mut out[next], PairSaid::Event(Event::Reopen));
                next += 1;
                let event = match said {
                    PairSaid::Open => {
                        if let (Some(mark), Some(channel)) = (mark, seat.pair.channel_mut()) {
                            channel.set_room(mark);
                        }
                        let named = (!alias.is_empty())
                            .then(|| Alias { name: alias.clone(), role_words: String::new() });
                        if let Some(alias) = named {
                            seat.pair.note(Note::Alias(alias), &mut with, &mut out);
                        }
                        seat.pair.say_drafts(&mut with, &mut out);
                        continue;
                    }
                    PairSaid::Event(event) => event,
                };
                match event {
                    Event::Put(envelope) => {
                        step.out.push(Wish::Send(FromDesk::Put { chat, to, envelope }.encode()))
                    }
                    Event::Beat(envelope) => {
                        step.out.push(Wish::Send(FromDesk::Beat { chat, to, envelope }.encode()))
                    }
                    Event::Got(next) => {
                        step.out.push(Wish::Send(FromDesk::Got { chat, from: to, next }.encode()))
                    }
                    Event::Delivered(id) => {
                        if let Some(id) = talking.room.receipts.delivered(to, id) {
                            step.out.push(Wish::Delivered(id));
                        }
                    }
                    Event::Note(Note::Alias(alias)) => seat.name = alias.name,
                    Event::Mark(mark) => {
                        differs |= !seat.takes(Held::Mark(mark), &talking.room.marks, now, &mut texts)
                    }
                    Event::Text(text) => {
                        differs |= !seat.takes(Held::Text(text), &talking.room.marks, now, &mut texts)
                    }
                    // A pair whose keys were broken greets again; the others go on.
                    Event::Failed | Event::Note(_) | Event::Gone(_) | Event::Reopen => {}
                }
            }
        }
        self.show_texts(texts, step);
        if differs {
            self.room_differs(step);
        }
    }

    fn show_texts(&mut self, texts: Vec<(Member, Zeroizing<String>)>, step: &mut Step<'_>) {
        if !texts.is_empty() {
            self.somebody_wrote();
        }
        for (from, text) in texts {
            let (id, at_ms, from) = (self.next_id, self.clock.wall(), from.number());
            self.next_id += 1;
            step.out.push(Wish::Said(Said { id, from, at_ms, text }));
        }
    }

    /// The visitor has said who is in the room: what waited for it may be what was meant.
    fn look_at_held(&mut self, step: &mut Step<'_>) {
        let State::Talking(talking) = &mut self.state else { return };
        let mut texts = Vec::new();
        let mut differs = false;
        for seat in &mut talking.room.seats {
            seat.held_since = None;
            for held in core::mem::take(&mut seat.held) {
                differs |= !seat.takes(held, &talking.room.marks, step.now, &mut texts);
            }
        }
        self.show_texts(texts, step);
        if differs {
            self.room_differs(step);
        }
    }

    // ---- time ---------------------------------------------------------------------------------

    pub(super) fn tick_room(&mut self, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let me = self.me;
        self.with_seats(step, &mut |member, pair, with, out| {
            pair.tick(with, out);
            // After a greeting that did not open, or keys that were broken; nothing when one is under way.
            if me < member {
                pair.begin(with, out);
            }
        });
        let State::Talking(talking) = &self.state else { return };
        let late = |seat: &SeatIn| seat.held_since.is_some_and(|since| step.now >= since + HELD_MS);
        if talking.room.seats.iter().any(late) {
            return self.room_differs(step);
        }
        if let Some(Asking::Both { until, .. }) = &talking.room.asking
            && step.now >= *until
        {
            self.stop_asking(Asked::TakenBack, step);
        }
    }

    /// Part of [`Chat::link_up`]: what the relay was asked for and has not answered.
    pub(super) fn ask_again(&mut self, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let chat = self.chat;
        if let State::Talking(talking) = &self.state
            && let Some(Asking::Number { colleague, kind }) = &talking.room.asking
        {
            self.send(FromDesk::Invite { chat, kind: *kind, seat: colleague.seat }, step);
        }
    }

    /// Sentences are finished; then this seat is out of the chat, which goes on.
    pub(super) fn finish_parting(&mut self, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let State::Talking(talking) = &self.state else { return };
        let done = talking.channel.all_delivered();
        if talking.room.parting.is_some_and(|until| done || step.now >= until) {
            self.over_and_tell(None, Tell::Part, step);
        }
    }

    /// Begins to leave: what was said goes out, behind it that this seat leaves.
    pub(super) fn part(&mut self, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let State::Talking(talking) = &mut self.state else { return };
        if talking.room.parting.is_none() {
            talking.room.parting = Some(step.now + PART_MS);
            talking.channel.note(Note::Part, step.now, &mut talking.events);
        }
    }

    /// The text went to the visitor; now to everybody else.
    pub(super) fn say_to_seats(&mut self, id: u32, text: &str, step: &mut Step<'_>) {
        if !crate::ROOMS {
            return;
        }
        let State::Talking(talking) = &mut self.state else { return };
        let mut everybody = alloc::vec![Member::VISITOR];
        everybody.extend(talking.room.seats.iter().map(|seat| seat.member));
        talking.room.receipts.said(id, text, &everybody);
        // Whether it fits was asked before it was said to anybody.
        self.with_seats(step, &mut |_, pair, with, out| _ = pair.say(id, text, with, out));
    }
}

impl SeatRoom {
    /// Whether a text of so many bytes fits for everybody.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        !crate::ROOMS || self.seats.iter().all(|seat| seat.pair.has_room_for(bytes))
    }

    /// Whether the visitor has said who is in the room.
    pub(super) fn is_known(&self) -> bool {
        self.round > 0
    }

    pub(super) fn wake_at(&self, now: Steady) -> Option<Steady> {
        if !crate::ROOMS {
            return None;
        }
        let asking = match &self.asking {
            Some(Asking::Both { until, .. }) => Some(*until),
            _ => None,
        };
        let seats = self.seats.iter().flat_map(|seat| {
            [seat.pair.wake_at(now), seat.held_since.map(|since| since + HELD_MS)].into_iter().flatten()
        });
        seats.chain(asking).chain(self.parting).min()
    }

    pub(super) fn show(&self, view: &mut View, now: Steady) {
        if !crate::ROOMS {
            return;
        }
        view.room = self
            .seats
            .iter()
            .map(|seat| {
                let channel = seat.pair.channel();
                InRoom {
                    member: seat.member.number(),
                    role: seat.role,
                    name: seat.name.clone(),
                    here: channel.is_some_and(|channel| !channel.peer_is_silent(now)),
                    typing: channel.is_some_and(|channel| channel.peer_types(now)),
                }
            })
            .collect();
        view.asking = match &self.asking {
            Some(Asking::Number { kind, .. }) => {
                Some(AskedView { kind: *kind, consent: false, comes: false })
            }
            Some(Asking::Both { kind, consent, comes, .. }) => {
                Some(AskedView { kind: *kind, consent: *consent, comes: *comes })
            }
            None => None,
        };
        view.asked = self.asked;
        view.unsent = view.unsent.max(self.receipts.open());
    }
}

impl SeatIn {
    /// Takes what this seat says, or holds it back until its room is known. False when it cannot be this room.
    fn takes(
        &mut self,
        what: Held,
        marks: &Marks,
        now: Steady,
        texts: &mut Vec<(Member, Zeroizing<String>)>,
    ) -> bool {
        if !self.held.is_empty() {
            self.held.push(what);
            return true;
        }
        match what {
            Held::Text(text) => texts.push((self.member, text)),
            Held::Mark(mark) => match marks.check(&mut self.shown, mark) {
                Fit::Yes => {}
                Fit::No => return false,
                Fit::Unknown => {
                    self.held.push(Held::Mark(mark));
                    self.held_since.get_or_insert(now);
                }
            },
        }
        true
    }
}
