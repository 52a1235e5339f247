//! The client's state machines, without any IO: bytes, time and fresh random bytes go in; bytes, snapshots
//! and wishes come out. A browser drives them through WebAssembly, tests drive them in virtual time, and the
//! load test drives thousands.
//!
//! * [`Link`]: the socket to the relay, lost and found again;
//! * [`Visit`]: a visitor, from the first page to the last word;
//! * [`SeatDesk`]: a counsellor's seat, its admission and the line;
//! * [`Chat`]: a counsellor's end of one chat, in a memory of its own;
//! * [`Desk`]: a seat and its chats together, for programs without pages.
//!
//! # Driving a machine
//!
//! Call `step` with the wall clock (milliseconds since 1970), a fresh [`Seed`] and one input; carry out the
//! wishes in order; draw the view when it changed; call again no later than `wake_at_ms`. The wall clock may
//! be set back or forward: deadlines are kept in a steady time that only moves forward.
//!
//! Frames of a socket count only between `Opened` and `Closed` of that socket; after a wish to close or to
//! open, nothing more of the earlier socket may be reported.

#![no_std]
// Whoever writes another client reads here why something is refused.
#![warn(clippy::missing_errors_doc)]
extern crate alloc;

/// Whether there may be more than two in a chat. Where it is false the compiler leaves out what it leads to.
pub(crate) const ROOMS: bool = cfg!(feature = "rooms");

mod bundle;
mod channel;
mod chat;
mod clock;
mod compare;
mod desk;
mod few;
mod keeping;
mod lease;
mod link;
mod pair;
mod room;
mod seat_desk;
mod seed;
mod silence;
mod staff_channel;
mod ticket;
mod view;
mod visit;
mod wish;
mod work;

pub use bundle::{BundleError, SeatBundle};
pub use channel::{
    BEAT_HIDDEN_MS, BEAT_SOON_MS, BEAT_VISIBLE_MS, DROPS_MAX, RESEND_MAX_MS, RESEND_MS, TYPING_HELD_MS,
    TYPING_SHOWN_MS, UNSENT_MAX, UNSURE_MS, WINDOW,
};
pub use chat::{ASKED_MS, Asked, Chat, ChatInput, Letter};
pub use compare::Comparison;
pub use desk::{Desk, DeskInput, DeskWish};
pub use keeping::FAILED_RETURNS_MAX;
pub use lease::{COUNSELLOR_GRACE_MS, VISITOR_GRACE_MS};
pub use link::{Link, LinkState, LinkWish};
pub use seat_desk::{SeatDesk, SeatInput, SeatView, SeatWish, SignIn, SignInError};
pub use seed::Seed;
pub use silence::{ASK_MS, CLOSE_MS, SilenceTimes, WARN_MS};
pub use staff_channel::{Colleague, StaffNews};
pub use view::{AskedView, InRoom, LinkView, OfferView, Peer, Phase, Returning, Silence, Trouble, View};
pub use visit::{CALL_MS, GUEST_LOST_MS, Visit, VisitInput};
pub use wish::{NotSaid, Said, Wish};

/// For whom a visitor writes.
pub use lykta_e2ee::About;
/// What one seat tells another about a chat.
pub use lykta_e2ee::Invitation;
/// What return words become: `id` for the relay's hash, `key` for the counsellor.
pub use lykta_e2ee::{ChainSecret, ReturnKey};
