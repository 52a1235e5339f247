//! What the relay and systemd say to each other. Under anything else all of it does nothing.
//!
//! systemd holds the listening socket, so while a relay ends and the next one starts, those who knock wait in the
//! kernel's queue and nobody is refused. The relay says when it is ready, regularly that it is alive, and when it
//! is about to end.

use std::net::TcpListener;
use std::sync::Arc;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};
use tracing::warn;

use crate::relay::Relay;

/// The socket that was opened for the relay (`LISTEN_FDS`), if one was.
///
/// # Errors
/// A sentence when there are several, or it is no TCP socket.
pub fn listener() -> Result<Option<TcpListener>, String> {
    let mut given = ListenFd::from_env();
    if given.len() > 1 {
        return Err(
            "systemd has opened several sockets, and the relay takes one: one ListenStream= is enough".into(),
        );
    }
    let wrong = |error| format!("the socket that systemd has opened is no TCP socket: {error}");
    let Some(listener) = given.take_tcp_listener(0).map_err(wrong)? else { return Ok(None) };
    listener.set_nonblocking(true).map_err(wrong)?;
    Ok(Some(listener))
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!("systemd was not told: {error}");
    }
}

/// The relay answers from now on.
pub fn says_ready() {
    say(&[NotifyState::Ready]);
}

/// The relay is about to end.
pub fn says_stopping() {
    say(&[NotifyState::Stopping]);
}

/// Says that the relay is alive, three times in the span that systemd grants (`WatchdogSec=`), and only while it can
/// look at each centre's door: one that hangs is started again.
pub async fn says_alive(relays: Vec<Arc<Relay>>) {
    let Some(span) = sd_notify::watchdog_enabled() else { return };
    let mut beat = interval(span / 3);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        for relay in &relays {
            let _ = relay.door();
        }
        say(&[NotifyState::Watchdog]);
    }
}
