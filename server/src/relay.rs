//! What every connection of this process shares, and the keeper that keeps it true.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use lykta_wire::{OpenState, Presence as Lease, TicketName};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::asked::Asked;
use crate::clock::{Clock, Moment};
use crate::door::{Door, DoorRules, Hands};
use crate::edited::Edited;
use crate::gathered::Gathered;
use crate::limit::Limit;
use crate::line::{Answer, Away, Bell, Count, Holder, Line, Standing};
use crate::on_duty;
use crate::presence::{Post, Presence, Reasons};
use crate::pulse::{self, Awake, Pulse};
use crate::shown::Shown;
use crate::wait::Pace;

/// Visitors' leases are renewed and everything is polled this often; what changes is pushed at once.
pub const TICK: Duration = Duration::from_secs(10);
/// The door is derived anew this often even if nobody rang: the calendar moves by itself.
const DOOR_TICK: Duration = Duration::from_secs(1);
/// Bells of the line are gathered this long, so that a storm of arrivals costs a few passes and not one each.
const GATHER: Duration = Duration::from_millis(150);
/// And so many times longer than the last pass took: a long line on a slow store does not keep the store from those
/// who come and those who take.
const RESTS: u32 = 4;

/// How the relay treats sockets.
#[derive(Debug, Clone)]
pub struct SocketClocks {
    /// A ping this often.
    pub ping: Duration,
    /// Nothing heard for this long: dead.
    pub dead: Duration,
    /// The first frame must come within this.
    pub first_frame: Duration,
    /// One write may take this long; a slower reader is dropped and resumes.
    pub write: Duration,
}

impl Default for SocketClocks {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(20),
            dead: Duration::from_secs(45),
            first_frame: Duration::from_secs(10),
            write: Duration::from_secs(5),
        }
    }
}

/// What a process is made of.
pub struct Relay {
    /// The store.
    pub line: Arc<dyn Line>,
    /// Who is here.
    pub presence: Arc<Presence>,
    /// What the consoles are shown.
    pub shown: Shown,
    /// Counters against abuse.
    pub limit: Arc<Limit>,
    /// The clock.
    pub clock: Clock,
    /// How sockets are treated.
    pub sockets: SocketClocks,
    /// The hours: the centre's file, and what the staff changed.
    pub hours: Edited,
    /// Where the calendar's hands stand.
    pub hands: Hands,
    /// When it is open and for how many.
    pub rules: DoorRules,
    /// How long chats have lasted lately.
    pub pace: Pace,
    /// Cancelled when this process drains.
    pub drain: CancellationToken,
    /// Whether this process has been asleep.
    pub pulse: Pulse,
    /// The open sockets: a drain waits for them.
    pub connections: TaskTracker,
    /// The door as it was last derived.
    pub door: RwLock<Option<Door>>,
    /// Who asks for the door anew: with those who come together one asks.
    pub door_asked: Asked,
    /// Who asks where a ticket stands: those who come together are asked about together.
    pub standings: Gathered<TicketName, Answer<Standing>>,
}

impl Relay {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Whether a newer socket holds the ticket or seat. A store that is away says nothing: its bells do, or the
    /// look after it was missed.
    pub async fn is_outdone(&self, holder: Holder, number: u64) -> bool {
        self.line.newest(holder, self.now()).await.is_ok_and(|newest| newest > number)
    }

    /// Where a ticket stands, and its lease begins anew.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn standing(&self, ticket: TicketName) -> Answer<Standing> {
        let question = |tickets: Vec<TicketName>| async move {
            match self.line.keep(&tickets, self.now()).await {
                Ok(standings) => standings.into_iter().map(Ok).collect(),
                Err(Away) => vec![Err(Away); tickets.len()],
            }
        };
        self.standings.ask(ticket, question).await
    }

    /// Since which sleep of this process it is now; every connection begins with asking.
    #[must_use]
    pub fn awake(&self) -> Awake {
        self.pulse.beat(self.now())
    }

    /// A lease as the other side is told of it: whether it lives, and the seconds since it was lost.
    #[must_use]
    pub fn presence_since(&self, lost: Option<Moment>) -> (Lease, u32) {
        match lost {
            None => (Lease::Here, 0),
            Some(lost) => (Lease::Gone, self.now().since(lost).as_secs() as u32),
        }
    }

    /// The door as last derived; while the store has never answered, as if nobody were on duty.
    #[must_use]
    pub fn door(&self) -> Door {
        let known = self.door.read().expect("nobody panics while holding the door").clone();
        known.unwrap_or_else(|| self.derive(Count::default()))
    }

    fn derive(&self, count: Count) -> Door {
        let hours = self.hours.in_use();
        Door::derive(&hours.calendar, &self.hands, self.now().0, count, self.rules)
    }

    /// Asks the line and derives the door. A store that is away means nobody can be let in: "away".
    pub async fn refresh_door(&self) -> Door {
        self.door_asked.once_for_all(self.ask_for_the_door()).await;
        self.door()
    }

    async fn ask_for_the_door(&self) {
        let count = self.line.count(self.now()).await.unwrap_or_default();
        let mut door = self.derive(count);
        let ready = door.count.ready_seats;
        let mut known = self.door.write().expect("nobody panics while holding the door");
        // Of others than those who were asked about nothing is known until they are asked about.
        if let Some(before) = known.as_ref().filter(|before| before.count.ready_seats == ready) {
            door.on_duty.clone_from(&before.on_duty);
        }
        *known = Some(door);
    }

    /// Asks which roles are on duty, and says so with the door of this count.
    async fn look_who_is_on_duty(&self, ready_seats: u32) {
        let roles = on_duty::roles(&*self.line, ready_seats, self.now()).await;
        let mut known = self.door.write().expect("nobody panics while holding the door");
        if let Some(door) = known.as_mut().filter(|door| door.count.ready_seats == ready_seats) {
            door.on_duty = roles;
        }
    }

    /// Routes bells, renews the leases of those who are here, and keeps the door true. Runs until the
    /// process ends.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        // Side by side: a store that lets us wait is not a sleep.
        let beats = async {
            let mut beat = interval(pulse::BEAT);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                beat.tick().await;
                let _ = self.awake();
            }
        };
        // Always in this order, so that the same day is the same day when it is told again.
        tokio::select! {
            biased;
            () = self.keep_line(stop) => {}
            () = beats => {}
            () = self.hours.follow(&*self.line, self.clock) => {}
        }
    }

    async fn keep_line(&self, stop: CancellationToken) {
        let mut awake = self.awake();
        let mut bells = self.line.bells();
        let mut tick = interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut door_tick = interval_at(Instant::now(), DOOR_TICK);
        door_tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut line_changed = false;
        let mut gathers = GATHER;
        let gather = sleep(Duration::ZERO);
        tokio::pin!(gather);
        let mut before: Option<(OpenState, bool)> = None;
        loop {
            let (mut look, mut ticked, mut passed_on) = (false, false, false);
            // The clocks before the bells: a storm of bells holds up no tick.
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = tick.tick() => (look, ticked) = (true, true),
                _ = door_tick.tick() => {}
                () = gather.as_mut(), if line_changed => {
                    line_changed = false;
                    look = true;
                }
                bell = bells.recv() => match bell.inspect(|_| passed_on = true) {
                    Ok(Bell::Line) => {
                        if !line_changed {
                            line_changed = true;
                            gather.as_mut().reset(Instant::now() + gathers);
                        }
                    }
                    Ok(bell) => self.presence.route(bell),
                    Err(RecvError::Lagged(_)) => {
                        self.presence.route(Bell::Missed);
                        line_changed = true;
                    }
                    Err(RecvError::Closed) => return,
                },
            }
            let woken = self.awake();
            if std::mem::replace(&mut awake, woken) != woken {
                // Those from before look, find out, and come back; nobody's lease is renewed in their name.
                self.presence.ring_all(Reasons::STANDING);
                continue;
            }
            // A bell was passed on; the door is asked for on its own ticks and when the line changed.
            if passed_on {
                continue;
            }
            let (changed_door, ready_seats) = {
                let door = self.refresh_door().await;
                let now = Some((door.state, door.calendar.closing_soon));
                (std::mem::replace(&mut before, now) != now, door.count.ready_seats)
            };
            if look {
                let began = Instant::now();
                self.keep_visitors().await;
                gathers = GATHER.max(began.elapsed() * RESTS);
                self.look_who_is_on_duty(ready_seats).await;
            }
            if look || changed_door {
                self.shown.is_old();
                if ticked {
                    tick_desks(self.presence.desks());
                } else {
                    self.presence.ring_desks(Reasons::LINE);
                }
            }
            if changed_door {
                self.presence.ring_all(Reasons::TOLD);
            }
        }
    }

    /// One call for everybody who is here.
    async fn keep_visitors(&self) {
        let tickets = self.presence.tickets();
        if tickets.is_empty() {
            // The sweep of an empty process still drops what others left.
            let _ = self.line.keep(&[], self.now()).await;
            return;
        }
        let Ok(standings) = self.line.keep(&tickets, self.now()).await else { return };
        for (ticket, standing) in tickets.into_iter().zip(standings) {
            if let Some(post) = self.presence.post_of(ticket) {
                post.tell(standing);
            }
        }
    }
}

/// So many desks look at the same moment, and as many more [`AFTER`] it: the room that thousands of questions need at once
/// stays with the process.
const DESKS_AT_ONCE: usize = 32;
const AFTER: Duration = Duration::from_millis(10);

fn tick_desks(desks: Vec<Arc<Post>>) {
    let mut desks = desks.into_iter();
    desks.by_ref().take(DESKS_AT_ONCE).for_each(|desk| desk.ring(Reasons::TICK));
    if desks.len() > 0 {
        tokio::spawn(async move {
            while desks.len() > 0 {
                sleep(AFTER).await;
                desks.by_ref().take(DESKS_AT_ONCE).for_each(|desk| desk.ring(Reasons::TICK));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use lykta_wire::{SeatId, TicketName};
    use tokio::sync::broadcast::Receiver;

    use super::*;
    use crate::line::{Holder, Memory, Spans};
    use crate::presence::{DeskHere, Post, VisitorHere};

    const NOW: Moment = Moment(1_800_000_000_000);

    #[tokio::test(start_paused = true)]
    async fn with_a_tick_every_desk_looks_and_not_all_in_the_same_moment() {
        let desks: Vec<Arc<Post>> = (0..100).map(Presence::post).collect();
        tick_desks(desks.clone());
        let rung = || {
            let is_rung =
                |desk: &&Arc<Post>| desk.rung().now_or_never().is_some_and(|why| why.has(Reasons::TICK));
            desks.iter().filter(is_rung).count()
        };
        assert_eq!(rung(), DESKS_AT_ONCE);
        assert_eq!(rung(), 0, "each once");
        sleep(AFTER * 4).await;
        assert_eq!(rung(), desks.len() - DESKS_AT_ONCE);
    }

    enum Here {
        Visitor(#[expect(dead_code, reason = "held, as a connection does")] VisitorHere),
        Seat(#[expect(dead_code, reason = "held, as a connection does")] DeskHere),
    }

    /// One socket on its way in, step by step, as the two connections take them.
    struct Socket {
        presence: Arc<Presence>,
        holder: Holder,
        post: Option<Arc<Post>>,
        here: Option<Here>,
        outdone: bool,
    }

    impl Socket {
        async fn step(&mut self, line: &Memory) {
            match (&self.post, &self.here) {
                (None, _) => self.post = Some(Presence::post(line.prove(self.holder, NOW).await.unwrap())),
                (Some(post), None) => {
                    self.here = Some(match self.holder {
                        Holder::Visitor(ticket) => Here::Visitor(self.presence.visitor(ticket, post)),
                        Holder::Seat(seat) => Here::Seat(self.presence.desk(seat, post)),
                    });
                }
                (Some(post), Some(_)) => {
                    self.outdone = line.newest(self.holder, NOW).await.unwrap() > post.number;
                }
            }
        }

        /// Whether it was told to step back, and its number.
        fn end(&self) -> (bool, u64) {
            let post = self.post.as_ref().expect("every step was taken");
            (self.outdone || post.is_rung(Reasons::REPLACED), post.number)
        }
    }

    /// Passes on the next bell, if one has been rung that this process has not heard.
    fn hear(bells: &mut Receiver<Bell>, presence: &Presence) -> bool {
        bells.try_recv().is_ok_and(|bell| {
            presence.route(bell);
            true
        })
    }

    /// One order of events: 0 and 1 a step of a socket, 2 and 3 a process hears a bell. `None` when a bell
    /// would be heard before it was rung.
    async fn tell(line: &Memory, order: &[u8], holder: Holder, processes: usize) -> Option<[(bool, u64); 2]> {
        let presences: Vec<_> = (0..processes).map(|_| Arc::new(Presence::default())).collect();
        let mut bells: Vec<_> = presences.iter().map(|_| line.bells()).collect();
        let socket = |index: usize| {
            let presence = Arc::clone(&presences[index % processes]);
            Socket { presence, holder, post: None, here: None, outdone: false }
        };
        let mut sockets = [socket(0), socket(1)];
        for event in order {
            match event {
                0 | 1 => sockets[usize::from(*event)].step(line).await,
                _ => {
                    let process = usize::from(event - 2);
                    if !hear(&mut bells[process], &presences[process]) {
                        return None;
                    }
                }
            }
        }
        Some([sockets[0].end(), sockets[1].end()])
    }

    /// Tells every order of so many events of each kind, each about somebody else; answers how many are possible.
    async fn orders(
        line: &Memory,
        left: &mut [u8; 4],
        begun: &mut Vec<u8>,
        holder: fn([u8; 16]) -> Holder,
        processes: usize,
    ) -> u32 {
        if *left == [0; 4] {
            let mut name = [0; 16];
            name[..begun.len()].copy_from_slice(begun);
            name[15] = processes as u8;
            let Some(ends) = tell(line, begun, holder(name), processes).await else { return 0 };
            let newest = ends.iter().map(|(_, number)| *number).max();
            for (told, number) in ends {
                assert_eq!(
                    told,
                    Some(number) != newest,
                    "{processes} processes, in the order {begun:?}: {ends:?}"
                );
            }
            return 1;
        }
        let mut told = 0;
        for kind in 0..4 {
            if left[kind] > 0 {
                left[kind] -= 1;
                begun.push(u8::try_from(kind).unwrap());
                told += Box::pin(orders(line, left, begun, holder, processes)).await;
                begun.pop();
                left[kind] += 1;
            }
        }
        told
    }

    #[tokio::test]
    async fn of_two_sockets_exactly_the_newer_stays_in_whatever_order_anything_happens() {
        let line = Memory::new(Spans::default(), 10);
        let visitor = |name: [u8; 16]| Holder::Visitor(TicketName([name, name].concat().try_into().unwrap()));
        for holder in [visitor, |name| Holder::Seat(SeatId(name))] {
            // Two relays, each of which hears both bells at some time; or the same one, which hears both.
            let told = orders(&line, &mut [3, 3, 2, 2], &mut Vec::new(), holder, 2).await;
            assert!(told > 5_000, "{told} orders were possible");
            let told = orders(&line, &mut [3, 3, 2, 0], &mut Vec::new(), holder, 1).await;
            assert!(told > 100, "{told} orders were possible");
        }
    }

    #[tokio::test]
    async fn a_socket_whose_bells_were_lost_finds_the_newer_one_when_it_looks_everywhere() {
        let line = Memory::new(Spans::default(), 10);
        let presence = Arc::new(Presence::default());
        let ticket = TicketName([1; 32]);
        let older = Presence::post(line.prove(Holder::Visitor(ticket), NOW).await.unwrap());
        let _here = presence.visitor(ticket, &older);
        let _ = line.prove(Holder::Visitor(ticket), NOW).await.unwrap();
        presence.route(Bell::Missed);
        assert!(older.rung().await.has(Reasons::NEWEST));
        assert!(line.newest(Holder::Visitor(ticket), NOW).await.unwrap() > older.number);
    }
}
