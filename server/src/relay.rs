//! What every connection of this process shares, and the keeper that keeps it true.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use lykta_wire::{OpenState, Presence as Lease};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock, Moment};
use crate::door::{Door, Hands};
use crate::hours::Calendar;
use crate::limit::Limit;
use crate::line::{Bell, Count, Line};
use crate::presence::{Presence, Reasons};

/// Visitors' leases are renewed and everything is polled this often; what changes is pushed at once.
pub const TICK: Duration = Duration::from_secs(10);
/// The door is derived anew this often even if nobody rang: the calendar moves by itself.
const DOOR_TICK: Duration = Duration::from_secs(1);
/// Bells of the line are gathered this long, so that a storm of arrivals costs a few passes and not one each.
const GATHER: Duration = Duration::from_millis(150);

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
    /// Counters against abuse.
    pub limit: Arc<Limit>,
    /// The clock.
    pub clock: Clock,
    /// How sockets are treated.
    pub sockets: SocketClocks,
    /// The hours.
    pub calendar: Calendar,
    /// Where the calendar's hands stand.
    pub hands: Hands,
    /// Tickets the line may hold.
    pub max_waiting: u32,
    /// Cancelled when this process drains.
    pub drain: CancellationToken,
    /// The open sockets: a drain waits for them.
    pub connections: TaskTracker,
    /// The door as it was last derived.
    pub door: RwLock<Option<Door>>,
}

impl Relay {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
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
        Door::derive(&self.calendar, &self.hands, self.now().0, count, self.max_waiting)
    }

    /// Asks the line and derives the door. A store that is away means nobody can be let in: "away".
    pub async fn refresh_door(&self) -> Door {
        let count = self.line.count(self.now()).await.unwrap_or_default();
        let door = self.derive(count);
        *self.door.write().expect("nobody panics while holding the door") = Some(door.clone());
        door
    }

    /// Routes bells, renews the leases of those who are here, and keeps the door true. Runs until the
    /// process ends.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let mut bells = self.line.bells();
        let mut tick = interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut door_tick = interval_at(Instant::now(), DOOR_TICK);
        door_tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut line_changed = false;
        let gather = sleep(Duration::ZERO);
        tokio::pin!(gather);
        let mut before: Option<(OpenState, bool)> = None;
        loop {
            let (mut look, mut passed_on) = (false, false);
            // The clocks before the bells: a storm of bells holds up no tick.
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = tick.tick() => look = true,
                _ = door_tick.tick() => {}
                () = gather.as_mut(), if line_changed => {
                    line_changed = false;
                    look = true;
                }
                bell = bells.recv() => match bell.inspect(|_| passed_on = true) {
                    Ok(Bell::Line) => {
                        if !line_changed {
                            line_changed = true;
                            gather.as_mut().reset(Instant::now() + GATHER);
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
            // A bell was passed on; the door is asked for on its own ticks and when the line changed.
            if passed_on {
                continue;
            }
            let changed_door = {
                let door = self.refresh_door().await;
                let now = Some((door.state, door.calendar.closing_soon));
                std::mem::replace(&mut before, now) != now
            };
            if look {
                self.keep_visitors().await;
            }
            if look || changed_door {
                self.presence.ring_desks(Reasons::LINE);
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
