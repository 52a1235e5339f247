//! What the relay asks of the kernel, against what its unit lets it ask: a filter that is too tight would be found on
//! somebody's first day.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use lykta_tests::{House, PATIENCE, fresh_root};
use tokio::time::timeout;

use crate::front;
use crate::program::{CentreFile, LYKTA, starts};

const UNIT: &str = include_str!("../../deploy/systemd/lykta.service");

/// The calls of a group as systemd has it, groups inside it too.
fn group(name: &str) -> BTreeSet<String> {
    let out = Command::new("systemd-analyze").args(["syscall-filter", "--no-pager", name]).output();
    let out = out.expect("the stories need systemd-analyze, of Debian's package systemd");
    assert!(out.status.success(), "{name} is no group");
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    let words = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    words
        .skip(1)
        .flat_map(|word| if word.starts_with('@') { group(word) } else { [word.to_owned()].into() })
        .collect()
}

/// What the unit allows: what is listed, without what is taken away from it.
fn allowed(unit: &str) -> BTreeSet<String> {
    let filters = unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter="));
    let mut allowed = BTreeSet::new();
    for filter in filters {
        let of = |words: &str| words.split(' ').flat_map(group).collect::<BTreeSet<_>>();
        match filter.strip_prefix('~') {
            Some(words) => allowed = &allowed - &of(words),
            None => allowed = &allowed | &of(filter),
        }
    }
    allowed
}

/// The names in what strace wrote: `123 read(…`, `123 <... read resumed>…`.
fn called(trace: &str) -> BTreeSet<String> {
    let calls = trace.lines().filter_map(|line| {
        let (_, call) = line.trim_start().split_once(' ')?;
        let call = call.trim_start();
        let call = call.strip_prefix("<... ").unwrap_or(call);
        let name: String = call.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        (!name.is_empty() && call[name.len()..].starts_with(['(', ' '])).then_some(name)
    });
    calls.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_system_call_of_a_whole_chat_is_one_the_unit_allows() {
    let may = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    if !may.expect("the stories need strace, Debian's package").success() {
        println!("NOT LOOKED AT: nobody may be traced on this machine");
        return;
    }
    let house = House::at(1, fresh_root());
    let file = CentreFile::of(&house.file("127.0.0.1:0", &[]));
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    // strace takes SIGTERM for itself, so the relay is told by its own number.
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-I", "1", "-o"]).arg(&trace).arg(LYKTA);
    command.args(["serve", "--config"]).arg(file.path());
    let (mut child, address, _) = starts(command).await;
    front::carries_a_whole_chat(&house, address).await;
    let written = std::fs::read_to_string(&trace).expect("a trace");
    let relay = written.lines().next().and_then(|line| line.split(' ').next()?.parse().ok());
    let relay = rustix::process::Pid::from_raw(relay.expect("a number")).expect("a process");
    rustix::process::kill_process(relay, rustix::process::Signal::TERM).expect("a process of ours");
    timeout(PATIENCE, child.wait()).await.expect("it ends").expect("a child of ours");

    let called = called(&std::fs::read_to_string(&trace).expect("a trace"));
    for certain in ["execve", "accept4", "epoll_wait", "clone3"] {
        assert!(called.contains(certain), "{certain} is not among {called:?}: does this search still see?");
    }
    let allowed = allowed(UNIT);
    assert!(!allowed.contains("ptrace") && !allowed.contains("setuid"), "the filter is one");
    let refused: Vec<_> = called.difference(&allowed).collect();
    assert!(refused.is_empty(), "the unit would refuse {refused:?}");
}
