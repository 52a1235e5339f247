//! Processes on a core of their own, and what they take of the machine.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::thread::{CpuSet, sched_setaffinity};
use tokio::time::sleep;

/// The core of whatever is measured: the relay, or a baseline.
pub(crate) const MEASURED: usize = 0;
/// The core of everybody else: those who connect, and Redis.
pub(crate) const OTHERS: usize = 1;

/// From now on this thread, and whatever it starts, runs on this core only; false where there is no such core.
pub(crate) fn stays_on(core: usize) -> bool {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).is_ok()
}

/// This very program once more, as something that is measured.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

impl Process {
    /// Starts it with these orders, and waits until it says where it listens.
    pub(crate) fn begins(orders: &[&str]) -> Self {
        stays_on(MEASURED);
        let child = Command::new(std::env::current_exe().unwrap())
            .args(orders)
            // It ends when this pipe does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        stays_on(OTHERS);
        let mut child = child.unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        Self { child, address: said.trim().parse().unwrap() }
    }

    /// Whether it runs.
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|ended| ended.is_none())
    }
}

impl Watched for Process {
    fn id(&self) -> u32 {
        self.child.id()
    }
}

/// A process whose cost is read.
pub(crate) trait Watched {
    /// Its number.
    fn id(&self) -> u32;

    /// Bytes it holds in memory now.
    fn memory(&self) -> u64 {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.id())).unwrap();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1_024
    }

    /// How long its threads have run.
    fn ran(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.id())).unwrap();
        let ran = threads.flatten().filter_map(|thread| {
            let told = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(ran.sum())
    }

    /// What it holds when the allocator has given back what it keeps for a while: the median of some looks.
    async fn settled(&self, quiet: Duration) -> u64 {
        sleep(quiet).await;
        let mut looks = Vec::new();
        for _ in 0..9 {
            looks.push(self.memory());
            sleep(Duration::from_millis(500)).await;
        }
        looks.sort_unstable();
        looks[looks.len() / 2]
    }
}

/// In a measured process: says where it listens, and ends when whoever started it is gone.
pub(crate) fn listens(address: SocketAddr) {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let mut out = std::io::stdout();
    writeln!(out, "{address}").and_then(|()| out.flush()).unwrap();
}
