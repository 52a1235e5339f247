//! A whole console without pages: the seat and its chats in one memory, for tests and load.

mod colleagues;
mod meshes;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_wire::{
    ChatRef, Ending, InviteKind, Lane, Languages, LineEntry, OpenState, Refusal, SeatEntry, SeatId,
    TicketName,
};
use zeroize::Zeroizing;

use crate::chat::{Chat, ChatInput};
use crate::mesh::{Mesh, MeshInput};
use crate::seat_desk::{SeatDesk, SeatInput, SeatView, SeatWish, SignIn, SignInError};
use crate::seed::Seed;
use crate::staff_desk::{StaffDesk, StaffInput};
use crate::view::{Phase, Returning, View};
use crate::wish::Wish;

/// What happens to a desk.
pub enum DeskInput<'a> {
    /// Something for the seat. Frames come this way too: the desk hands a chat's frames to the chat.
    Seat(SeatInput<'a>),
    /// Something for one chat.
    Chat(TicketName, ChatInput<'a>),
    /// Something for the staff channel. Its frames come with the seat's.
    Staff(StaffInput<'a>),
    /// "Bjud in", "Lämna över": calls the colleague, and asks when they have proven themselves.
    Invite {
        /// The chat.
        ticket: TicketName,
        /// To join, or to take over.
        kind: InviteKind,
        /// Who.
        seat: SeatId,
    },
    /// A yes or a no to having been asked into a chat.
    Answer {
        /// The chat.
        ticket: TicketName,
        /// Comes.
        yes: bool,
    },
}

/// What a desk asks of whoever drives it, in order.
pub enum DeskWish {
    /// Open a socket; forget an earlier one.
    Open,
    /// Close the socket and report nothing more of it.
    Close,
    /// Send one frame, if the socket is open.
    Send(Vec<u8>),
    /// Who waits.
    Line {
        /// The door now.
        state: OpenState,
        /// All who wait.
        total: u32,
        /// The first of them.
        entries: Vec<LineEntry>,
    },
    /// A ticket was taken; its chat exists from now on.
    Taken {
        /// The chat.
        chat: ChatRef,
        /// The entrance.
        lane: Lane,
        /// Asked-for languages.
        languages: Languages,
    },
    /// Nothing was taken.
    NotTaken(Refusal),
    /// The living seats, this one's own included.
    Colleagues(Vec<SeatEntry>),
    /// A colleague says something.
    ColleagueSaid {
        /// Who.
        from: SeatId,
        /// What.
        text: Zeroizing<String>,
    },
    /// An own text to a colleague was taken; its id.
    Told(SeatId, u32),
    /// A colleague has opened everything up to this own text.
    ToldDelivered(SeatId, u32),
    /// An own text to a colleague was not taken.
    NotTold(SeatId, crate::wish::NotSaid),
    /// A colleague cannot be reached: the relay does not know them any more, or the channel failed.
    ColleagueGone(SeatId),
    /// A colleague asks this seat into a chat.
    Asked {
        /// Who.
        from: SeatId,
        /// The chat.
        chat: ChatRef,
        /// To join, or to take over.
        kind: InviteKind,
    },
    /// It is not wanted any more.
    AskedNoMore(TicketName),
    /// What one chat wants shown (never `Open`, `Close` or `Send`).
    Chat(TicketName, Wish),
}

/// A seat and its chats: `ticket -> Greeting | Talking | Over`, many at once. In the browser each chat has a
/// memory of its own instead.
pub struct Desk {
    seat: SeatDesk,
    chats: BTreeMap<TicketName, Chat>,
    alias: String,
    asked: BTreeMap<TicketName, colleagues::Ask>,
    /// Whom a chat waits for.
    wanted: Vec<(TicketName, InviteKind, SeatId)>,
    /// Gone with the seat's keys.
    staff: Option<StaffDesk>,
    /// Of the chats that more than two are in.
    meshes: BTreeMap<TicketName, Mesh>,
    link_up: bool,
}

impl Desk {
    /// Signs in. Every chat will see `alias`.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn sign_in(
        sign_in: SignIn<'_>,
        alias: &str,
        now_ms: u64,
        seed: &mut Seed,
    ) -> Result<(Self, Vec<DeskWish>), SignInError> {
        let build_date = sign_in.build_date;
        let (seat, wishes) = SeatDesk::sign_in(sign_in, now_ms, seed)?;
        let staff = seat.bundle().and_then(|bundle| StaffDesk::begin(&bundle, build_date, now_ms).ok());
        let (chats, asked, wanted) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let (meshes, link_up) = (BTreeMap::new(), false);
        let mut desk = Self { seat, chats, alias: alias.into(), asked, wanted, staff, meshes, link_up };
        desk.staff(StaffInput::Named(alias), now_ms, seed, &mut Vec::new());
        let mut out = Vec::new();
        desk.seat_wishes(wishes, now_ms, seed, &mut out);
        Ok((desk, out))
    }

    /// One input at `now_ms` (milliseconds since 1970).
    pub fn step(&mut self, now_ms: u64, seed: &mut Seed, input: DeskInput<'_>) -> Vec<DeskWish> {
        let mut out = Vec::new();
        match input {
            DeskInput::Chat(ticket, input) => self.chat_step(ticket, input, now_ms, seed, &mut out),
            DeskInput::Staff(input) => self.staff(input, now_ms, seed, &mut out),
            DeskInput::Invite { ticket, kind, seat } => {
                self.invite(ticket, kind, seat, now_ms, seed, &mut out)
            }
            DeskInput::Answer { ticket, yes } => self.answer(ticket, yes, now_ms, seed, &mut out),
            DeskInput::Seat(input) => {
                let ticks = matches!(input, SeatInput::Tick | SeatInput::Alive);
                if let SeatInput::Frame(bytes) = &input
                    && let Some(ticket) = self.chat_of(bytes)
                {
                    self.chat_step(ticket, ChatInput::Frame(bytes), now_ms, seed, &mut out);
                } else {
                    if let SeatInput::Frame(bytes) = &input {
                        self.staff(StaffInput::Frame(bytes), now_ms, seed, &mut out);
                    }
                    let signs_out = matches!(input, SeatInput::SignOut);
                    let wishes = self.seat.step(now_ms, seed, input);
                    self.seat_wishes(wishes, now_ms, seed, &mut out);
                    if signs_out {
                        self.staff = None;
                    }
                }
                if ticks {
                    self.staff(StaffInput::Tick, now_ms, seed, &mut out);
                    self.each_chat(|| ChatInput::Tick, now_ms, seed, &mut out);
                    self.each_mesh(|| MeshInput::Tick, now_ms, seed, &mut out);
                }
            }
        }
        self.post(now_ms, seed, &mut out);
        out
    }

    /// The chat a frame is for, if it is here and not done: kinds C6 to CB, D3 and D4 carry the ticket in bytes 1 to 33.
    fn chat_of(&self, frame: &[u8]) -> Option<TicketName> {
        let (kind, rest) = frame.split_first()?;
        let ticket = TicketName(*rest.first_chunk()?);
        let is_here = self.chats.get(&ticket).is_some_and(|chat| !chat.is_done());
        (matches!(kind, 0xC6..=0xCB | 0xD3..=0xD4) && is_here).then_some(ticket)
    }

    fn seat_wishes(&mut self, wishes: Vec<SeatWish>, now_ms: u64, seed: &mut Seed, out: &mut Vec<DeskWish>) {
        for wish in wishes {
            match wish {
                SeatWish::Open => out.push(DeskWish::Open),
                SeatWish::Close => out.push(DeskWish::Close),
                SeatWish::Send(frame) => out.push(DeskWish::Send(frame)),
                SeatWish::Line { state, total, entries } => {
                    out.push(DeskWish::Line { state, total, entries })
                }
                SeatWish::NotTaken(refusal) => out.push(DeskWish::NotTaken(refusal)),
                SeatWish::ChatsUp => {
                    self.link_up = true;
                    self.each_chat(|| ChatInput::LinkUp, now_ms, seed, out);
                    self.each_mesh(|| MeshInput::LinkUp, now_ms, seed, out);
                    self.staff(StaffInput::LinkUp, now_ms, seed, out);
                }
                SeatWish::ChatsDown => {
                    self.link_up = false;
                    self.each_chat(|| ChatInput::LinkDown, now_ms, seed, out);
                    self.each_mesh(|| MeshInput::LinkDown, now_ms, seed, out);
                    self.staff(StaffInput::LinkDown, now_ms, seed, out);
                }
                SeatWish::ReturnKept(ticket) => {
                    self.chat_step(ticket, ChatInput::ReturnKept, now_ms, seed, out);
                }
                SeatWish::Taken { chat, lane, languages, hello, back } => {
                    out.push(DeskWish::Taken { chat, lane, languages });
                    // Signed out between asking and getting: the relay takes the ticket back by itself.
                    let Some(bundle) = self.seat.bundle() else { continue };
                    let hello = hello.as_bytes();
                    let begun = match back {
                        None => Chat::begin(&bundle, chat, &self.alias, hello, now_ms, seed),
                        Some(key) => {
                            Chat::begin_returning(&bundle, chat, &self.alias, hello, key, now_ms, seed)
                        }
                    };
                    if let Ok((begun, wishes)) = begun {
                        self.chats.insert(chat.ticket, begun);
                        // An invitation into an earlier chat of this visitor would put that one in its place.
                        if self.asked.remove(&chat.ticket).is_some() {
                            out.push(DeskWish::AskedNoMore(chat.ticket));
                        }
                        self.chat_wishes(chat.ticket, wishes, now_ms, seed, out);
                        self.hold(now_ms, seed);
                    }
                }
            }
        }
    }

    fn each_chat<'a>(
        &mut self,
        input: impl Fn() -> ChatInput<'a>,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        let tickets: Vec<TicketName> = self.chats.keys().copied().collect();
        for ticket in tickets {
            self.chat_step(ticket, input(), now_ms, seed, out);
        }
    }

    fn chat_step(
        &mut self,
        ticket: TicketName,
        input: ChatInput<'_>,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        let Some(chat) = self.chats.get_mut(&ticket) else { return };
        let (before, held) = (chat.view().phase, chat.holds_keys());
        let for_mesh = meshes::also_for_the_mesh(&input);
        let wishes = chat.step(now_ms, seed, input);
        let (after, done, orders) = (chat.view(), held && !chat.holds_keys(), chat.orders());
        self.chat_wishes(ticket, wishes, now_ms, seed, out);
        for order in orders {
            self.order(ticket, &order, now_ms, seed, out);
        }
        if let Some(input) = for_mesh {
            self.mesh_step(ticket, input, now_ms, seed, out);
        }
        if before != after.phase {
            self.returned_or_left(ticket, &after, now_ms, seed, out);
        }
        if done {
            self.meshes.remove(&ticket);
            self.hold(now_ms, seed);
        }
    }

    /// What the seat's return words are told of a chat that has just been confirmed or is over. One that was
    /// merely lost is what they are for.
    fn returned_or_left(
        &mut self,
        ticket: TicketName,
        view: &View,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        let input = match (view.phase, view.ending) {
            (Phase::Talking, _) if view.returning == Returning::CameBack => SeatInput::CameBack(ticket),
            (Phase::Over, Some(Ending::LostContact | Ending::Failed)) => return,
            (Phase::Over, ending) => SeatInput::ForgetReturn { ticket, left: ending.is_some() },
            _ => return,
        };
        let wishes = self.seat.step(now_ms, seed, input);
        self.seat_wishes(wishes, now_ms, seed, out);
    }

    fn chat_wishes(
        &mut self,
        ticket: TicketName,
        wishes: Vec<Wish>,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        for wish in wishes {
            match wish {
                Wish::Send(frame) => out.push(DeskWish::Send(frame)),
                Wish::Close => {
                    // The chats share one socket: the seat must know that it is gone.
                    out.push(DeskWish::Close);
                    let wishes = self.seat.step(now_ms, seed, SeatInput::Closed(1000));
                    self.seat_wishes(wishes, now_ms, seed, out);
                }
                Wish::KeepReturn { words, stays } => {
                    let input = SeatInput::KeepReturn { ticket, words, stays };
                    let wishes = self.seat.step(now_ms, seed, input);
                    self.seat_wishes(wishes, now_ms, seed, out);
                }
                Wish::ForgetReturn => {
                    let input = SeatInput::ForgetReturn { ticket, left: false };
                    let wishes = self.seat.step(now_ms, seed, input);
                    self.seat_wishes(wishes, now_ms, seed, out);
                }
                other => out.push(DeskWish::Chat(ticket, other)),
            }
        }
    }

    /// Tells the seat which chats this desk holds keys for.
    fn hold(&mut self, now_ms: u64, seed: &mut Seed) {
        // Those that came into a chat later name it themselves, with their number.
        let held = self.chats.values().filter(|chat| chat.holds_keys() && chat.is_the_first());
        let chats = held.map(Chat::chat).collect();
        let _nothing_follows = self.seat.step(now_ms, seed, SeatInput::Hold(chats));
    }

    /// Forgets a chat that is over; nothing happens to one that is not.
    pub fn forget(&mut self, ticket: TicketName) {
        if self.chats.get(&ticket).is_some_and(Chat::is_done) {
            self.chats.remove(&ticket);
        }
    }

    /// The latest wall-clock time, ms, at which a tick of the seat is wanted.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        let chats = self.chats.values().filter_map(Chat::wake_at_ms);
        let meshes = self.meshes.values().filter_map(Mesh::wake_at_ms);
        let staff = self.staff.as_ref().and_then(StaffDesk::wake_at_ms);
        chats.chain(meshes).chain(staff).chain(self.seat.wake_at_ms()).min()
    }

    /// This seat's name among the seats; `None` after signing out.
    #[must_use]
    pub fn seat(&self) -> Option<SeatId> {
        self.seat.seat()
    }

    /// What the console shows of the seat.
    #[must_use]
    pub fn seat_view(&self) -> SeatView {
        self.seat.view()
    }

    /// What the console shows of one chat.
    #[must_use]
    pub fn chat_view(&self, ticket: TicketName) -> Option<View> {
        self.chats.get(&ticket).map(Chat::view)
    }

    /// The chats, over or not.
    pub fn chats(&self) -> impl Iterator<Item = TicketName> + '_ {
        self.chats.keys().copied()
    }
}
