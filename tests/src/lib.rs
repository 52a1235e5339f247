//! What the stories share: a stage with a real relay on a free port of the loopback interface, headless
//! visitors and counsellors that run the very machines the pages run, a wire that can be cut, and the canary.
#![expect(clippy::panic, reason = "this crate is test code: a story that fails says what was never seen")]

mod authenticator;
mod canary;
mod counsellor;
mod cutter;
mod driver;
mod front;
mod house;
mod process;
mod raw;
mod redis;
mod relays;
mod stage;
mod visitor;

pub use authenticator::{Answered, Authenticator};
pub use canary::Canary;
pub use counsellor::{ChatSeen, Counsellor, DeskSeen};
pub use cutter::Cutter;
pub use driver::sends_promptly;
pub use front::Front;
pub use house::{House, Person, fresh_root};
pub use raw::{Raw, http};
pub use redis::{Field, Redis, Watched, url};
pub use relays::{Orders, Relays};
pub use stage::{Clockwork, Stage};
pub use visitor::{Visitor, VisitorSeen};

/// Whatever a story waits for must come within this. Long enough for a busy machine, short enough that a
/// hanging story says so.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
