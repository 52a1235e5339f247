//! Signals to processes that a story has started.

use std::process::Child;

pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// Sends `signal` to a child that has not been waited for, so that its number is still its own.
pub(crate) fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("a process of ours");
}
