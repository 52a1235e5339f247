//! Stories about running `lykta` in earnest: its own program, with a centre's file, and what stands in front of it.
#![expect(clippy::panic, reason = "a story that fails says what was never seen")]

mod authority;
mod container;
mod front;
mod meddler;
mod onion;
mod own_tls;
mod program;
mod proxies;
mod runbook;
mod system_calls;
mod systemd;
mod two_centres;
mod two_reports;
mod verify;
mod watch;
