//! Signals to processes that a story has started.

use std::process::Child;

pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// Sends `signal` to a child that has not been waited for, so that its number is still its own.
pub(crate) fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("a process of ours");
    // A stop takes hold of one thread after the other; what is said next must find all of them stopped.
    while signal == Signal::STOP && !is_stopped(child) {
        std::thread::yield_now();
    }
}

fn is_stopped(child: &Child) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{}/task", child.id())).expect("a process of ours");
    threads.flatten().all(|thread| {
        // `number (name) state …`; the name may hold anything but the last parenthesis.
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
    })
}
