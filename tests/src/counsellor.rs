//! A headless counsellor at a console.

use std::collections::BTreeMap;
use std::time::Duration;

use lykta_client::{
    ChatInput, Desk, DeskInput, DeskWish, Phase, SeatInput, SeatView, Seed, StaffInput, View, Wish,
};
use lykta_wire::{Ending, InviteKind, LineEntry, OpenState, Refusal, SeatEntry, SeatId, TicketName};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::PATIENCE;
use crate::driver::{Do, Driver, Event, Machine, Route};

/// Everything a console would show.
#[derive(Clone, Default)]
pub struct DeskSeen {
    /// The seat.
    pub seat: SeatView,
    /// The line: the door, how many wait, the first of them.
    pub line: Option<(OpenState, u32, Vec<LineEntry>)>,
    /// Tickets taken, in order.
    pub taken: Vec<TicketName>,
    /// Takes that failed, in order.
    pub not_taken: Vec<Refusal>,
    /// The living seats, this one's own included.
    pub colleagues: Vec<SeatEntry>,
    /// What colleagues have said, in order.
    pub told: Vec<(SeatId, String)>,
    /// Chats this seat was asked into, in order.
    pub asked: Vec<(TicketName, InviteKind)>,
    /// Chats it is not asked into any more.
    pub asked_no_more: Vec<TicketName>,
    /// The chats.
    pub chats: BTreeMap<TicketName, ChatSeen>,
    /// Sockets opened so far.
    pub sockets: usize,
}

/// One chat on the console.
#[derive(Clone, Default)]
pub struct ChatSeen {
    /// The view.
    pub view: View,
    /// Whole messages: id, from (0 the visitor), text.
    pub said: Vec<(u32, u8, String)>,
    /// Own messages up to this id were delivered.
    pub delivered: u32,
    /// Cleared from the screen.
    pub emptied: usize,
}

impl ChatSeen {
    /// The texts of one member of the room, in the order they were shown.
    #[must_use]
    pub fn heard_from(&self, member: u8) -> Vec<String> {
        self.said.iter().filter(|(_, from, _)| *from == member).map(|(_, _, text)| text.clone()).collect()
    }

    /// The visitor's texts, in the order they were shown.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.said.iter().filter(|(_, from, _)| *from == 0).map(|(_, _, text)| text.clone()).collect()
    }
}

type Input = Box<dyn FnOnce(&mut Desk, u64, &mut Seed) -> Vec<DeskWish> + Send>;

pub(crate) struct Console {
    desk: Desk,
    seen: DeskSeen,
}

impl Console {
    fn record(&mut self, wishes: Vec<DeskWish>) -> Vec<Do> {
        let mut out = Vec::new();
        for wish in wishes {
            match wish {
                DeskWish::Open => {
                    self.seen.sockets += 1;
                    out.push(Do::Open);
                }
                DeskWish::Close => out.push(Do::Close),
                DeskWish::Send(frame) => out.push(Do::Send(frame)),
                DeskWish::Line { state, total, entries } => self.seen.line = Some((state, total, entries)),
                DeskWish::Taken { chat, .. } => self.seen.taken.push(chat.ticket),
                DeskWish::NotTaken(refusal) => self.seen.not_taken.push(refusal),
                DeskWish::Colleagues(entries) => self.seen.colleagues = entries,
                DeskWish::ColleagueSaid { from, text } => self.seen.told.push((from, text.to_string())),
                DeskWish::Asked { chat, kind, .. } => self.seen.asked.push((chat.ticket, kind)),
                DeskWish::AskedNoMore(ticket) => self.seen.asked_no_more.push(ticket),
                DeskWish::Told(..)
                | DeskWish::ToldDelivered(..)
                | DeskWish::NotTold(..)
                | DeskWish::ColleagueGone(_) => {}
                DeskWish::Chat(ticket, wish) => {
                    let chat = self.seen.chats.entry(ticket).or_default();
                    match wish {
                        Wish::Said(said) => chat.said.push((said.id, said.from, said.text.to_string())),
                        Wish::Delivered(id) => chat.delivered = id,
                        Wish::Emptied => {
                            chat.emptied += 1;
                            chat.said.clear();
                        }
                        _ => {}
                    }
                }
            }
        }
        self.seen.seat = self.desk.seat_view();
        for ticket in self.desk.chats().collect::<Vec<_>>() {
            if let Some(view) = self.desk.chat_view(ticket) {
                self.seen.chats.entry(ticket).or_default().view = view;
            }
        }
        out
    }
}

impl Machine for Console {
    type Command = Input;
    type Seen = DeskSeen;

    fn step(&mut self, now_ms: u64, seed: &mut Seed, event: Event<Input>) -> Vec<Do> {
        let seat = |input| DeskInput::Seat(input);
        let wishes = match event {
            Event::Opened => self.desk.step(now_ms, seed, seat(SeatInput::Opened)),
            Event::Closed(code) => self.desk.step(now_ms, seed, seat(SeatInput::Closed(code))),
            Event::Frame(bytes) => self.desk.step(now_ms, seed, seat(SeatInput::Frame(&bytes))),
            Event::Tick => self.desk.step(now_ms, seed, seat(SeatInput::Tick)),
            Event::Command(input) => input(&mut self.desk, now_ms, seed),
        };
        self.record(wishes)
    }

    fn wake_at_ms(&self) -> Option<u64> {
        self.desk.wake_at_ms()
    }

    fn seen(&self) -> DeskSeen {
        self.seen.clone()
    }
}

/// A counsellor with a console.
pub struct Counsellor {
    driver: Driver<Console>,
    seat: SeatId,
    worker: Option<JoinHandle<()>>,
}

impl Drop for Counsellor {
    fn drop(&mut self) {
        self.freezes();
    }
}

impl Counsellor {
    pub(crate) fn sit(desk: Desk, first: Vec<DeskWish>, route: Route) -> Self {
        let seat = desk.seat().expect("who has just signed in has a seat");
        let mut console = Console { desk, seen: DeskSeen::default() };
        let first = console.record(first);
        let driver = Driver::<Console>::start(console, first, route);
        let mut counsellor = Self { driver, seat, worker: None };
        counsellor.thaws();
        counsellor
    }

    /// The page's worker stops: the page is frozen, or has crashed.
    pub fn freezes(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.abort();
        }
    }

    /// The page's worker feeds the seat, every five seconds.
    pub fn thaws(&mut self) {
        let commands = self.driver.commands.clone();
        self.freezes();
        self.worker = Some(tokio::spawn(async move {
            let mut beat = interval(Duration::from_secs(5));
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                beat.tick().await;
                let alive: Input =
                    Box::new(|desk, now, seed| desk.step(now, seed, DeskInput::Seat(SeatInput::Alive)));
                if commands.send(alive).is_err() {
                    return;
                }
            }
        }));
    }

    fn tell(&self, input: impl FnOnce(&mut Desk, u64, &mut Seed) -> Vec<DeskWish> + Send + 'static) {
        self.driver.tell(Box::new(input));
    }

    fn tell_seat(&self, input: SeatInput<'static>) {
        self.tell(move |desk, now, seed| desk.step(now, seed, DeskInput::Seat(input)));
    }

    fn tell_chat(&self, ticket: TicketName, input: ChatInput<'static>) {
        self.tell(move |desk, now, seed| desk.step(now, seed, DeskInput::Chat(ticket, input)));
    }

    /// "I tjänst", and waits until the door is open.
    pub async fn goes_on_duty(&self) {
        self.is_ready(true);
        self.until("the open door", |seen| {
            seen.line.as_ref().is_some_and(|(state, ..)| *state == OpenState::Open)
        })
        .await;
    }

    /// "I tjänst", on or off.
    pub fn is_ready(&self, ready: bool) {
        self.tell_seat(SeatInput::Duty { ready, capacity: 3 });
    }

    /// "Ta nästa".
    pub fn takes(&self) {
        self.tell_seat(SeatInput::Take(None));
    }

    /// The page is shown again, or the device is online again.
    pub fn wakes(&self) {
        self.tell_seat(SeatInput::Wake);
    }

    /// Takes this one.
    pub fn takes_named(&self, ticket: TicketName) {
        self.tell_seat(SeatInput::Take(Some(ticket)));
    }

    /// Takes the next one and waits until the conversation is sealed.
    pub async fn talks_to_next(&self) -> TicketName {
        let before = self.sees().taken.len();
        // Somebody who has just come back to the line is shown before their new greeting lies there: press again.
        let ticket = loop {
            let refused = self.sees().not_taken.len();
            self.takes();
            let pressed = |seen: &DeskSeen| seen.taken.len() > before || seen.not_taken.len() > refused;
            let seen = self.until("a taken ticket", pressed).await;
            if let Some(ticket) = seen.taken.get(before) {
                break *ticket;
            }
        };
        self.talks(ticket).await;
        ticket
    }

    /// Waits until this chat is sealed.
    pub async fn talks(&self, ticket: TicketName) {
        self.until("the visitor's confirm", |seen| {
            seen.chats.get(&ticket).is_some_and(|chat| chat.view.phase == Phase::Talking)
        })
        .await;
    }

    /// Says something.
    pub fn says(&self, ticket: TicketName, text: &str) {
        let text = text.to_owned();
        self.tell(move |desk, now, seed| {
            desk.step(now, seed, DeskInput::Chat(ticket, ChatInput::Say(&text)))
        });
    }

    /// Writes, or stops.
    pub fn types(&self, ticket: TicketName, on: bool) {
        self.tell_chat(ticket, ChatInput::Typing(on));
    }

    /// "Avsluta".
    pub fn ends(&self, ticket: TicketName) {
        self.tell_chat(ticket, ChatInput::End(Ending::Helped));
    }

    /// Says something to a colleague.
    pub fn tells(&self, colleague: SeatId, text: &str) {
        let text = text.to_owned();
        self.tell(move |desk, now, seed| {
            desk.step(now, seed, DeskInput::Staff(StaffInput::Tell(colleague, &text)))
        });
    }

    /// "Bjud in", "Lämna över".
    pub fn asks(&self, ticket: TicketName, kind: InviteKind, seat: SeatId) {
        self.tell(move |desk, now, seed| desk.step(now, seed, DeskInput::Invite { ticket, kind, seat }));
    }

    /// Yes or no to having been asked into a chat; waits until that has happened.
    pub async fn answers(&self, ticket: TicketName, yes: bool) {
        self.until("being asked", |seen| seen.asked.iter().any(|(asked, _)| *asked == ticket)).await;
        self.tell(move |desk, now, seed| desk.step(now, seed, DeskInput::Answer { ticket, yes }));
    }

    /// Leaves a chat that goes on without this seat.
    pub fn parts(&self, ticket: TicketName) {
        self.tell_chat(ticket, ChatInput::Part);
    }

    /// Waits until this many seats are seen.
    pub async fn sees_colleagues(&self, count: usize) -> Vec<SeatEntry> {
        self.until(&format!("{count} seats"), |seen| seen.colleagues.len() == count).await.colleagues
    }

    /// The one seat that this console holds.
    #[must_use]
    pub fn seat(&self) -> SeatId {
        self.seat
    }

    /// Back to the front of the line.
    pub fn puts_back(&self, ticket: TicketName) {
        self.tell_chat(ticket, ChatInput::PutBack);
    }

    /// What the console shows now.
    #[must_use]
    pub fn sees(&self) -> DeskSeen {
        self.driver.seen.borrow().clone()
    }

    /// What the console shows of one chat now.
    #[must_use]
    pub fn sees_chat(&self, ticket: TicketName) -> ChatSeen {
        self.sees().chats.get(&ticket).cloned().unwrap_or_default()
    }

    /// Waits until the console shows it, or fails saying what it was.
    pub async fn until(&self, what: &str, mut shown: impl FnMut(&DeskSeen) -> bool) -> DeskSeen {
        let mut seen = self.driver.seen.clone();
        let found = timeout(PATIENCE, seen.wait_for(|seen| shown(seen))).await;
        match found {
            Ok(Ok(seen)) => seen.clone(),
            _ => {
                let seen = self.sees();
                let chats: Vec<_> = seen.chats.values().map(|chat| &chat.view).collect();
                panic!("the counsellor never saw: {what}; the seat was {:?}, the chats {chats:?}", seen.seat)
            }
        }
    }

    /// Waits until one chat shows it.
    pub async fn until_chat(&self, ticket: TicketName, what: &str, shown: impl Fn(&ChatSeen) -> bool) {
        self.until(what, |seen| seen.chats.get(&ticket).is_some_and(&shown)).await;
    }

    /// Waits until the visitor has said exactly this.
    pub async fn hears(&self, ticket: TicketName, texts: &[String]) {
        self.until_chat(ticket, "every message, once and in order", |chat| chat.heard().len() >= texts.len())
            .await;
        assert_eq!(self.sees_chat(ticket).heard(), texts);
    }

    /// Waits until all own messages of a chat are delivered.
    pub async fn is_delivered(&self, ticket: TicketName) {
        self.until_chat(ticket, "everything delivered", |chat| chat.view.unsent == 0).await;
    }

    /// Waits for the end of a chat.
    pub async fn is_over(&self, ticket: TicketName, ending: Ending) {
        self.until_chat(ticket, &format!("the end, {ending:?}"), |chat| {
            chat.view.phase == Phase::Over && chat.view.ending == Some(ending)
        })
        .await;
    }
}
