//! The staff channel's machine: this seat's channels to its colleagues, in a memory of their own.

use alloc::vec::Vec;

use lykta_e2ee::Invitation;
use lykta_trust::now_at_least;
use lykta_wire::{FromDesk, SeatId, ToDesk};

use crate::bundle::{BundleError, SeatBundle};
use crate::clock::Clock;
use crate::seed::Seed;
use crate::staff_channel::{At, Colleague, Colleagues, StaffNews};

/// What happens to the staff channel.
pub enum StaffInput<'a> {
    /// The seat is admitted (again).
    LinkUp,
    /// The seat's socket is gone.
    LinkDown,
    /// A frame about the other seats came.
    Frame(&'a [u8]),
    /// Time has passed.
    Tick,
    /// How colleagues are to call this seat.
    Named(&'a str),
    /// Opens the staff channel to a colleague.
    Call(SeatId),
    /// Says something to a colleague.
    Tell(SeatId, &'a str),
    /// Says something to a colleague about a chat.
    Invitation(SeatId, Invitation),
}

/// The staff channel of one seat; [`StaffNews`] is what comes of it.
pub struct StaffDesk {
    clock: Clock,
    build_date: u32,
    colleagues: Colleagues,
}

impl StaffDesk {
    /// For this seat. `build_date`: Unix seconds, the least that any clock may say.
    ///
    /// # Errors
    /// [`BundleError`] when the bundle's key and certificates do not belong together.
    pub fn begin(bundle: &SeatBundle, build_date: u32, now_ms: u64) -> Result<Self, BundleError> {
        let (seat, anchors) = bundle.seat()?;
        let mut clock = Clock::default();
        clock.advance(now_ms);
        Ok(Self { clock, build_date, colleagues: Colleagues::new(seat, anchors) })
    }

    /// One input at `now_ms` (milliseconds since 1970, by the device's clock). Gives the frames to send, in order.
    pub fn step(&mut self, now_ms: u64, seed: &mut Seed, input: StaffInput<'_>) -> Vec<Vec<u8>> {
        let now = self.clock.advance(now_ms);
        let now_s = now_at_least(self.clock.wall() / 1_000, u64::from(self.build_date));
        let mut frames = Vec::new();
        let mut at = At { now, now_s, seed, out: &mut frames };
        let all = &mut self.colleagues;
        match input {
            StaffInput::LinkUp => all.set_ready(true, &mut at),
            StaffInput::LinkDown => all.set_ready(false, &mut at),
            StaffInput::Frame(bytes) => {
                if let Ok(frame) = ToDesk::decode(bytes) {
                    all.frame(&frame, &mut at);
                }
            }
            StaffInput::Tick => {}
            StaffInput::Named(name) => all.set_name(name),
            StaffInput::Call(seat) => all.call(seat, &mut at),
            StaffInput::Tell(seat, text) => all.tell(seat, text, &mut at),
            StaffInput::Invitation(seat, invitation) => all.invitation(seat, invitation, &mut at),
        }
        all.tick(&mut at);
        frames.iter().map(FromDesk::encode).collect()
    }

    /// What has happened since the last time this was asked. Ask after every step.
    #[must_use]
    pub fn news(&mut self) -> Vec<StaffNews> {
        self.colleagues.news()
    }

    /// This seat's name among the seats.
    #[must_use]
    pub fn seat(&self) -> SeatId {
        self.colleagues.ours()
    }

    /// A colleague who has proven who they are.
    #[must_use]
    pub fn colleague(&self, seat: SeatId) -> Option<Colleague> {
        self.colleagues.colleague(seat)
    }

    /// The Ed25519 staff key of a colleague who has proven who they are: finds them in the roster, whose name for them is the
    /// root's word and not their own.
    #[must_use]
    pub fn staff_key(&self, seat: SeatId) -> Option<[u8; 32]> {
        self.colleagues.staff_key(seat)
    }

    /// The latest wall-clock time, ms, at which the next step is wanted.
    #[must_use]
    pub fn wake_at_ms(&self) -> Option<u64> {
        self.colleagues.wake_at(self.clock.now()).map(|at| self.clock.wall_at(at))
    }
}
