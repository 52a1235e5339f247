//! `lykta` as a process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use lykta_tests::{House, PATIENCE};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command as Asynchronous};
use tokio::sync::watch;
use tokio::time::timeout;

/// The program.
pub(crate) const LYKTA: &str = env!("CARGO_BIN_EXE_deploy-lykta");

/// A centre's file in a folder of its own.
pub(crate) struct CentreFile {
    folder: TempDir,
}

impl CentreFile {
    pub(crate) fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("centre.toml"), text).expect("a file in it");
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("centre.toml")
    }
}

/// Asks the program for something that ends by itself.
pub(crate) async fn asked(arguments: &[&str]) -> Output {
    let mut command = Asynchronous::new(LYKTA);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    timeout(4 * PATIENCE, command.output()).await.expect("it ends").expect("the program runs")
}

/// A relay that serves in earnest.
pub(crate) struct Lykta {
    pub(crate) address: SocketAddr,
    pub(crate) file: CentreFile,
    child: Child,
    log: watch::Receiver<String>,
}

impl Lykta {
    /// The house's relay on a free port, with these lines of the shipped file replaced.
    pub(crate) async fn serves_with(house: &House, more: &[(&str, &str)]) -> Self {
        let file = CentreFile::of(&house.file("127.0.0.1:0", more));
        let mut command = Command::new(LYKTA);
        command.args(["serve", "--config"]).arg(file.path());
        let (child, address, log) = starts(command).await;
        Self { address, file, child, log }
    }

    /// The relay of several houses in one process, each with its own file, on this Redis.
    pub(crate) async fn serves_all(files: &[CentreFile], redis: &str) -> (Child, SocketAddr) {
        let mut command = Command::new(LYKTA);
        command.arg("serve").args(["--redis", redis]);
        for file in files {
            command.arg("--config").arg(file.path());
        }
        let (child, address, _) = starts(command).await;
        (child, address)
    }

    /// Waits until its log has said this.
    pub(crate) async fn has_said(&self, what: &str) {
        let mut log = self.log.clone();
        let said = timeout(PATIENCE, log.wait_for(|log| log.contains(what))).await;
        assert!(matches!(said, Ok(Ok(_))), "the relay never said {what:?}:\n{}", *self.log.borrow());
    }

    /// SIGTERM, and waits until it has ended in order.
    pub(crate) async fn ends(mut self) {
        terminates(&self.child);
        let ended =
            timeout(PATIENCE, self.child.wait()).await.expect("a drain ends").expect("a child of ours");
        assert!(ended.success(), "it ended in order: {ended}");
    }
}

/// Asks a process of ours to end.
pub(crate) fn terminates(child: &Child) {
    let number = child.id().and_then(|number| rustix::process::Pid::from_raw(number.cast_signed()));
    let number = number.expect("it has not been waited for");
    rustix::process::kill_process(number, rustix::process::Signal::TERM).expect("a process of ours");
}

/// Starts the relay of `command`, and waits until it says where it listens; its log goes on growing.
pub(crate) async fn starts(command: Command) -> (Child, SocketAddr, watch::Receiver<String>) {
    let mut command = Asynchronous::from(command);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the program runs");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe we asked for")).lines();
    let (write, mut log) = watch::channel(String::new());
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            write.send_modify(|log| {
                log.push_str(&line);
                log.push('\n');
            });
        }
    });
    let found = match timeout(PATIENCE, log.wait_for(|log| listens_at(log).is_some())).await {
        Ok(Ok(log)) => listens_at(&log),
        _ => None,
    };
    let address = found.unwrap_or_else(|| panic!("the relay did not start:\n{}", *log.borrow()));
    (child, address, log)
}

fn listens_at(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listening on ")?;
    rest.split_once('\n')?.0.parse().ok()
}
