//! Visitors and counsellors: the machines of the pages, and somebody who uses them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::Message;
use lykta_client::{
    About, ChatInput, Desk, DeskInput, DeskWish, Peer, Phase, SeatInput, SignIn, Visit, VisitInput, Wish,
};
use lykta_wire::{
    ChatRef, Ending, InviteKind, Lane, Languages, Member, Refusal, SeatId, TicketName, ToRelay,
};
use tokio::time::{Instant, sleep_until};

use crate::controls::Broken;
use crate::net::{DeviceEnd, Heard, Net};
use crate::oracle::{ChatId, Oracle, VisitId};
use crate::relays::{ORIGIN, Relays, office, staff_seed};
use crate::world::World;

/// Whatever a person needs of the day.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) world: Arc<World>,
    pub(crate) net: Arc<Net>,
    pub(crate) relays: Arc<Relays>,
    pub(crate) broken: Broken,
}

/// A page freezes for up to so long, ms.
const FREEZE_MS: u64 = 40_000;
/// The worker of a console's page feeds the seat so often.
const FEED: Duration = Duration::from_secs(5);

/// What a device does next.
enum Next {
    Heard(Heard),
    Tick,
    Feed,
    Act,
}

/// A device: its socket and its clock.
struct Device {
    place: Place,
    number: usize,
    socket: Option<DeviceEnd>,
    /// The clock of the device is off by this, ms.
    ahead: i64,
}

impl Device {
    fn new(place: &Place, number: usize) -> Self {
        let ahead = place.world.below(60_000) as i64 - 30_000;
        Self { place: place.clone(), number, socket: None, ahead }
    }

    fn now_ms(&self) -> u64 {
        self.place.world.now_ms().saturating_add_signed(self.ahead)
    }

    fn send(&self, frame: Vec<u8>) {
        self.note(format_args!("says {}", brief(&frame)));
        if let Some(socket) = &self.socket {
            let _ = socket.out.send(Message::Binary(frame.into()));
        }
    }

    async fn next(&mut self, wake_at_ms: Option<u64>, act_at: Instant, feed_at: Option<Instant>) -> Next {
        let now = self.now_ms();
        let wake = wake_at_ms.map(|at| Instant::now() + Duration::from_millis(at.saturating_sub(now)));
        let heard = async {
            match &mut self.socket {
                Some(socket) => socket.heard.recv().await.unwrap_or(Heard::Closed(1006)),
                None => std::future::pending().await,
            }
        };
        let next = tokio::select! {
            biased;
            heard = heard => Next::Heard(heard),
            () = sleep_until(wake.unwrap_or(act_at)), if wake.is_some() => Next::Tick,
            () = sleep_until(feed_at.unwrap_or(act_at)), if feed_at.is_some() => Next::Feed,
            () = sleep_until(act_at) => Next::Act,
        };
        match &next {
            Next::Heard(Heard::Opened) => self.note(format_args!("is connected")),
            Next::Heard(Heard::Closed(code)) => self.note(format_args!("is disconnected, {code}")),
            Next::Heard(Heard::Frame(bytes)) => self.note(format_args!("hears {}", brief(bytes))),
            _ => {}
        }
        next
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        self.place.world.note(format_args!("device {} {what}", self.number));
    }

    fn acts_at(&self) -> Instant {
        Instant::now() + Duration::from_millis(100 + self.place.world.below(4_000))
    }

    /// A text with its own name, seldom one that fills several notes.
    fn text(&self, name: std::fmt::Arguments<'_>) -> String {
        let long = self.place.world.permille(40);
        if long { format!("{name} {}", "å".repeat(3_000)) } else { format!("{name} hej") }
    }
}

/// The beginning of a frame in hex, with little of the name of a ticket: kind, claim, member, number.
fn brief(frame: &[u8]) -> String {
    if matches!(frame[0], 0x41 | 0xC1) {
        // The relay's challenge is the one thing that differs between two runs of a day, and the proof with it.
        return format!("{:02x}", frame[0]);
    }
    let about_a_chat = matches!(frame[0], 0x44..=0x49 | 0x4E..=0x52 | 0xC4 | 0xC6..=0xCB | 0xD3 | 0xD4);
    let ticket = if about_a_chat { &frame[1..3] } else { &[] };
    let rest = &frame[if about_a_chat { 33 } else { 1 }..];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{:02x} {} {}", frame[0], hex(ticket), hex(&rest[..rest.len().min(13)]))
}

// ---- the visitor ----------------------------------------------------------------------------------

struct VisitorPage {
    device: Device,
    visit: Visit,
    id: VisitId,
    shown: u64,
}

/// A person who visits, again and again.
pub(crate) async fn visitor(place: Place, number: usize) {
    loop {
        place.world.a_while(5_000).await;
        let id = place.world.book(|book| book.new_visit());
        let device = Device::new(&place, number);
        let visit = Visit::new(office().anchors.clone(), 0, true);
        let mut page = VisitorPage { device, visit, id, shown: 0 };
        page.visit().await;
        place.world.book(|book| book.visit_is_over(id));
        place.world.note(format_args!("visit {id} is over: {:?}", page.visit.view().ending));
        // What was sent before still goes out; then the page is gone.
    }
}

impl VisitorPage {
    async fn visit(&mut self) {
        let about = About::Myself;
        self.step(VisitInput::Join { lane: Lane::Support, languages: Languages::default(), about });
        let mut act_at = self.device.acts_at();
        while self.visit.view().phase != Phase::Over {
            let wake = self.visit.wake_at_ms();
            match self.device.next(wake, act_at, None).await {
                Next::Heard(Heard::Opened) => self.step(VisitInput::Opened),
                Next::Heard(Heard::Frame(bytes)) => self.step(VisitInput::Frame(&bytes)),
                Next::Heard(Heard::Closed(code)) => {
                    self.device.socket = None;
                    self.step(VisitInput::Closed(code));
                }
                Next::Tick | Next::Feed => self.step(VisitInput::Tick),
                Next::Act => {
                    if self.act().await {
                        return;
                    }
                    act_at = self.device.acts_at();
                }
            }
        }
    }

    /// Something a person does; true when the page has died.
    async fn act(&mut self) -> bool {
        let world = Arc::clone(&self.device.place.world);
        let view = self.visit.view();
        if world.fault(world.weather.page_dies) {
            world.note(format_args!("the page of visit {} dies", self.id));
            world.book(|book| book.seen.pages_died += 1);
            return true;
        }
        if world.fault(world.weather.page_freezes) {
            world.a_while(FREEZE_MS).await;
            self.step(VisitInput::Wake);
            return false;
        }
        if view.peer == Peer::Lost && world.permille(500) {
            world.book(|book| book.seen.fronts += 1);
            self.step(VisitInput::Front);
            return false;
        }
        if view.offer.as_ref().is_some_and(|offer| !offer.called) {
            self.step(VisitInput::Consent(world.permille(850)));
            return false;
        }
        let storms = world.storms();
        match world.below(100) {
            0..50 if self.has_something_to_say() => self.say(),
            50..60 => self.step(VisitInput::Typing(true)),
            60..65 => self.step(VisitInput::Covered(view.peer == Peer::Here)),
            65..70 => self.step(VisitInput::Visible(false)),
            70..80 => self.step(VisitInput::Visible(true)),
            80..82 if storms => self.step(VisitInput::Leave),
            82..84 if storms => self.step(VisitInput::End),
            84..90 => self.step(VisitInput::Here),
            _ => {}
        }
        false
    }

    fn has_something_to_say(&self) -> bool {
        let world = &self.device.place.world;
        let view = self.visit.view();
        let calm = view.phase == Phase::Talking && view.unsent == 0;
        world.storms() || calm && (!world.is_evening() || world.book(|book| book.visitor_is_silent(self.id)))
    }

    fn say(&mut self) {
        let number = self.device.place.world.book(|book| book.next_of_visit(self.id));
        let text = self.device.text(format_args!("v{}.{number}", self.id));
        self.step(VisitInput::Say(&text));
    }

    fn step(&mut self, input: VisitInput<'_>) {
        let world = Arc::clone(&self.device.place.world);
        let before = self.visit.view().phase;
        let wishes = self.visit.step(self.device.now_ms(), &mut world.seed(), input);
        for wish in wishes {
            match wish {
                Wish::Open => {
                    let (relays, number) = (Arc::clone(&self.device.place.relays), self.device.number);
                    let accept = move |made| relays.accepts_visitor(number, made);
                    self.device.socket = Some(self.device.place.net.connect(&world, number, accept));
                }
                Wish::Close => self.device.socket = None,
                Wish::Send(frame) => {
                    if matches!(ToRelay::decode(&frame), Ok(ToRelay::Worked { .. })) {
                        world.book(|book| book.seen.worked += 1);
                    }
                    self.device.send(frame);
                }
                Wish::Leave(body) => self.beacon(body),
                Wish::Said(said) => self.said(said.id, said.from, &said.text),
                Wish::Delivered(id) => world.book(|book| book.visitor_delivered(self.id, id)),
                Wish::Emptied => world.book(|book| book.visitor_emptied(self.id)),
                Wish::NotSaid(_) | Wish::KeepReturn { .. } | Wish::ForgetReturn => {}
            }
        }
        let phase = self.visit.view().phase;
        if phase != before {
            world.note(format_args!("visit {}: {before:?} -> {phase:?}", self.id));
            world.book(|book| match phase {
                Phase::Talking => book.seen.talks += 1,
                Phase::Over => book.seen.ended += 1,
                _ => {}
            });
        }
    }

    fn said(&mut self, id: u32, from: u8, text: &str) {
        let (visit, broken) = (self.id, self.device.place.broken);
        let world = &self.device.place.world;
        world.note(format_args!("visit {visit} shows {}", text.split(' ').next().unwrap_or_default()));
        if from == 0 {
            world.book(|book| book.visitor_wrote(visit, id, text));
            if broken == Broken::Flatters {
                world.book(|book| book.visitor_delivered(visit, id));
            }
            return;
        }
        self.shown += 1;
        let times = times(broken, self.shown);
        for _ in 0..times {
            world.book(|book| book.visitor_read(visit, text));
        }
    }

    /// A request of its own, on another way than the socket: it may come, come twice, or not.
    fn beacon(&self, body: Vec<u8>) {
        let (world, relays) = (Arc::clone(&self.device.place.world), Arc::clone(&self.device.place.relays));
        for _ in 0..world.below(3) {
            let (world, relays, body) = (Arc::clone(&world), Arc::clone(&relays), body.clone());
            tokio::spawn(async move {
                world.a_while(world.weather.way_ms).await;
                relays.beacon(&body);
            });
        }
    }
}

/// How often a page shows its `shown`-th note.
fn times(broken: Broken, shown: u64) -> u32 {
    match broken {
        Broken::ShowsTwice if shown.is_multiple_of(10) => 2,
        Broken::ShowsNot if shown.is_multiple_of(10) => 0,
        _ => 1,
    }
}

// ---- the counsellor -------------------------------------------------------------------------------

struct Console {
    device: Device,
    desk: Desk,
    /// The chat each ticket is in here, for the book.
    chats: HashMap<TicketName, ChatId>,
    line: Vec<TicketName>,
    colleagues: Vec<SeatId>,
    /// Who was asked in, and has not said yes or no.
    asked: Vec<ChatRef>,
    shown: u64,
}

/// A person of the staff, at one console after the other.
pub(crate) async fn counsellor(place: Place, person: usize) {
    loop {
        place.world.a_while(2_000).await;
        // Visitors are the devices before them.
        let device = Device::new(&place, place.world.weather.visitors + person);
        let sign_in = SignIn {
            staff_seed: &mut staff_seed(person),
            staff: office().certificates[person].clone(),
            anchors: office().anchors.clone(),
            build_date: 0,
            origin: ORIGIN.to_owned(),
            capacity: 8,
        };
        let signed_in = Desk::sign_in(sign_in, "Kim", device.now_ms(), &mut place.world.seed());
        let Ok((desk, first)) = signed_in else {
            return place.world.book(|book| book.refused_sign_in(person));
        };
        let (chats, line, colleagues, asked) = (HashMap::new(), Vec::new(), Vec::new(), Vec::new());
        let mut console = Console { device, desk, chats, line, colleagues, asked, shown: 0 };
        console.carry_out(first, person);
        console.work(person).await;
        place.world.note(format_args!("the console of person {person} dies"));
        place.world.book(|book| {
            book.seen.pages_died += 1;
            console.chats.values().for_each(|chat| book.counsellor_emptied(*chat));
        });
    }
}

impl Console {
    /// Until the page dies.
    async fn work(&mut self, person: usize) {
        let mut act_at = self.device.acts_at();
        let mut feed_at = Instant::now() + FEED;
        loop {
            let seat = DeskInput::Seat;
            match self.device.next(self.desk.wake_at_ms(), act_at, Some(feed_at)).await {
                Next::Heard(Heard::Opened) => self.step(seat(SeatInput::Opened), person),
                Next::Heard(Heard::Frame(bytes)) => self.step(seat(SeatInput::Frame(&bytes)), person),
                Next::Heard(Heard::Closed(code)) => {
                    self.device.socket = None;
                    self.step(seat(SeatInput::Closed(code)), person);
                }
                Next::Tick => self.step(seat(SeatInput::Tick), person),
                Next::Feed => {
                    feed_at = Instant::now() + FEED;
                    self.step(seat(SeatInput::Alive), person);
                }
                Next::Act => {
                    if self.act(person).await {
                        return;
                    }
                    act_at = self.device.acts_at();
                }
            }
        }
    }

    async fn act(&mut self, person: usize) -> bool {
        let world = Arc::clone(&self.device.place.world);
        if world.fault(world.weather.page_dies) {
            return true;
        }
        if world.fault(world.weather.page_freezes) {
            world.a_while(FREEZE_MS).await;
            self.step(DeskInput::Seat(SeatInput::Wake), person);
            return false;
        }
        let view = self.desk.seat_view();
        if !view.ready || world.fault(20) {
            let ready = !world.fault(50);
            self.step(DeskInput::Seat(SeatInput::Duty { ready, capacity: 8 }), person);
            return false;
        }
        if let Some(chat) = self.asked.pop() {
            let yes = world.permille(800);
            self.step(DeskInput::Answer { ticket: chat.ticket, yes }, person);
            if self
                .desk
                .chat_view(chat.ticket)
                .is_some_and(|view| view.guest && view.phase == Phase::Greeting)
            {
                let id = world.book(|book| book.new_chat(chat, true));
                world.note(format_args!("person {person} comes into claim {} as chat {id}", chat.claim.0));
                self.chats.insert(chat.ticket, id);
            }
            return false;
        }
        let talking: Vec<TicketName> = self
            .desk
            .chats()
            .filter(|ticket| self.desk.chat_view(*ticket).is_some_and(|view| view.phase == Phase::Talking))
            .collect();
        let storms = world.storms();
        if world.permille(400) || talking.is_empty() {
            // By name or the next one; the named one may be gone by now.
            let named = self.line.get(world.below(8) as usize).copied().filter(|_| storms);
            self.step(DeskInput::Seat(SeatInput::Take(named)), person);
            return false;
        }
        let ticket = talking[world.below(talking.len() as u64) as usize];
        let unsent = self.desk.chat_view(ticket).map_or(0, |view| view.unsent);
        let chat = |input| DeskInput::Chat(ticket, input);
        match world.below(100) {
            0..70 if storms || unsent == 0 => {
                let Some(id) = self.chats.get(&ticket).copied() else { return false };
                if world.is_evening() && !world.book(|book| book.counsellor_is_silent(id)) {
                    return false;
                }
                let number = world.book(|book| book.next_of_chat(id));
                let text = self.device.text(format_args!("c{id}.{number}"));
                self.step(chat(ChatInput::Say(&text)), person);
            }
            70..80 => self.step(chat(ChatInput::Typing(true)), person),
            80..82 if storms => self.step(chat(ChatInput::PutBack), person),
            82..84 if storms => self.step(chat(ChatInput::End(Ending::Helped)), person),
            84..86 if storms && world.permille(300) => self.step(chat(ChatInput::Part), person),
            84..86 if storms && world.permille(300) => self.step(chat(ChatInput::TakeBack), person),
            86 if storms => {
                let member = Member::new(1 + world.below(7) as u8).expect("a number of a member");
                self.step(chat(ChatInput::LetGo(member)), person);
            }
            90.. if storms && !self.colleagues.is_empty() => {
                let seat = self.colleagues[world.below(self.colleagues.len() as u64) as usize];
                let kind = if world.permille(500) { InviteKind::Guest } else { InviteKind::HandOver };
                self.step(DeskInput::Invite { ticket, kind, seat }, person);
            }
            87..90 => self.step(chat(ChatInput::Visible(world.permille(700))), person),
            _ => {}
        }
        false
    }

    fn step(&mut self, input: DeskInput<'_>, person: usize) {
        let mut seed = self.device.place.world.seed();
        let wishes = self.desk.step(self.device.now_ms(), &mut seed, input);
        self.carry_out(wishes, person);
    }

    fn carry_out(&mut self, wishes: Vec<DeskWish>, person: usize) {
        let world = Arc::clone(&self.device.place.world);
        for wish in wishes {
            match wish {
                DeskWish::Open => {
                    let relays = Arc::clone(&self.device.place.relays);
                    let accept = move |made| relays.accepts_desk(person, made);
                    let number = self.device.number;
                    self.device.socket = Some(self.device.place.net.connect(&world, number, accept));
                }
                DeskWish::Close => self.device.socket = None,
                DeskWish::Send(frame) => self.device.send(frame),
                DeskWish::Line { entries, .. } => {
                    self.line = entries.into_iter().map(|entry| entry.ticket).collect();
                }
                DeskWish::Taken { chat, .. } => {
                    let id = world.book(|book| book.new_chat(chat, false));
                    world.note(format_args!("person {person} takes claim {} as chat {id}", chat.claim.0));
                    self.chats.insert(chat.ticket, id);
                }
                DeskWish::NotTaken(why) => {
                    world.note(format_args!("person {person} takes nothing: {why:?}"));
                    if why == Refusal::SeatFull {
                        world.book(Oracle::seat_is_full);
                    }
                }
                DeskWish::Chat(ticket, wish) => self.chat_wish(ticket, wish),
                DeskWish::Colleagues(entries) => {
                    let others = entries.iter().map(|entry| entry.seat);
                    self.colleagues = others.filter(|seat| Some(*seat) != self.desk.seat()).collect();
                }
                DeskWish::Asked { chat, .. } => {
                    self.asked.retain(|asked| asked.ticket != chat.ticket);
                    self.asked.push(chat);
                }
                DeskWish::AskedNoMore(ticket) => self.asked.retain(|asked| asked.ticket != ticket),
                DeskWish::ColleagueSaid { .. }
                | DeskWish::Told(..)
                | DeskWish::ToldDelivered(..)
                | DeskWish::NotTold(..)
                | DeskWish::ColleagueGone(_) => {}
            }
        }
    }

    fn chat_wish(&mut self, ticket: TicketName, wish: Wish) {
        let Some(id) = self.chats.get(&ticket).copied() else { return };
        let world = Arc::clone(&self.device.place.world);
        match wish {
            Wish::Said(said) => {
                let text = &*said.text;
                world.note(format_args!("chat {id} shows {}", text.split(' ').next().unwrap_or_default()));
                if text.starts_with(&format!("c{id}.")) {
                    return world.book(|book| book.counsellor_wrote(id, said.id, text));
                }
                self.shown += 1;
                for _ in 0..times(self.device.place.broken, self.shown) {
                    world.book(|book| book.counsellor_read(id, text));
                }
            }
            Wish::Delivered(own) => world.book(|book| book.counsellor_delivered(id, own)),
            Wish::Emptied => world.book(|book| book.counsellor_emptied(id)),
            _ => {}
        }
    }
}
