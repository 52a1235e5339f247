//! What systemd does for the relay: holds its socket, hears that it lives, and locks it up.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lykta_tests::{House, PATIENCE, fresh_root, http};
use tokio::net::UnixDatagram;
use tokio::time::timeout;

use crate::front;
use crate::program::{CentreFile, LYKTA, starts, terminates};

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/systemd/lykta.service");

/// A relay that is given this socket as systemd gives it: as its third file, with its own number in LISTEN_PID.
fn given(listener: &TcpListener, file: &CentreFile) -> Command {
    let socket: OwnedFd = listener.try_clone().expect("one more handle of the socket").into();
    let mut command = Command::new("sh");
    command.args(["-c", "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"", LYKTA]);
    command.args(["serve", "--config"]).arg(file.path()).stdin(Stdio::from(socket));
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_refuses_nobody_when_systemd_holds_the_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let house = House::at(address.port(), fresh_root());
    // The file names another address: what systemd has opened counts.
    let file = CentreFile::of(&house.file("127.0.0.1:1", &[]));
    let (mut relay, told, _) = starts(given(&listener, &file)).await;
    assert_eq!(told, address);
    let (visitor, counsellor, ticket) = front::two_people(&house, address).await;

    // Somebody knocks all the time, and always gets in.
    let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let knocking = tokio::spawn({
        let (over, answered) = (Arc::clone(&over), Arc::clone(&answered));
        async move {
            while !over.load(Ordering::SeqCst) {
                let (status, said) = http(address, "GET", "/health", &[], b"").await;
                assert_eq!(status, 200, "{said:?}");
                answered.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    for _ in 0..3 {
        terminates(&relay);
        let ended = timeout(PATIENCE, relay.wait()).await.expect("a drain ends").expect("a child of ours");
        assert!(ended.success(), "{ended}");
        let before = answered.load(Ordering::SeqCst);
        relay = starts(given(&listener, &file)).await.0;
        let more = async {
            while answered.load(Ordering::SeqCst) <= before {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, more).await.expect("those who knock are answered again");
    }
    over.store(true, Ordering::SeqCst);
    knocking.await.expect("nobody was refused");
    // And the chat, whose line was in the memory of three relays that are gone, goes on.
    visitor.says("är du kvar?");
    counsellor.hears(ticket, &["är du kvar?".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_that_the_relay_is_ready_alive_and_about_to_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let ear = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
    let hears = async || {
        let mut said = [0; 256];
        let length = timeout(PATIENCE, ear.recv(&mut said)).await.expect("a word").expect("a datagram");
        String::from_utf8_lossy(&said[..length]).trim().to_owned()
    };
    let house = House::at(1, fresh_root());
    let file = CentreFile::of(&house.file("127.0.0.1:0", &[]));
    let mut command = Command::new(LYKTA);
    command.args(["serve", "--config"]).arg(file.path());
    command.env("NOTIFY_SOCKET", folder.path().join("notify")).env("WATCHDOG_USEC", "300000");
    let (mut relay, _, _) = starts(command).await;
    assert_eq!(hears().await, "READY=1");
    for _ in 0..3 {
        assert_eq!(hears().await, "WATCHDOG=1");
    }
    terminates(&relay);
    let mut last = hears().await;
    while last == "WATCHDOG=1" {
        last = hears().await;
    }
    assert_eq!(last, "STOPPING=1");
    assert!(timeout(PATIENCE, relay.wait()).await.expect("it ends").expect("a child of ours").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sockets_are_refused_in_a_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let house = House::at(1, fresh_root());
    let file = CentreFile::of(&house.file("127.0.0.1:0", &[]));
    let mut command = given(&listener, &file);
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let script = arguments[1].to_str().expect("UTF-8").replace("LISTEN_FDS=1", "LISTEN_FDS=2");
    command = Command::new("sh");
    command.arg("-c").arg(script.replace("exec 3<&0", "exec 3<&0 4<&0")).args(&arguments[2..]);
    let out = command.stdin(Stdio::from(OwnedFd::from(listener))).output().expect("the program runs");
    assert!(!out.status.success());
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("several sockets"), "{said}");
}

#[test]
fn under_its_unit_the_relay_is_exposed_to_little() {
    let judged = |unit: &str| {
        let out = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--threshold=15", "--no-pager", unit])
            .output()
            .expect("the stories need systemd-analyze, of Debian's package systemd");
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        (out.status.success(), said)
    };
    let (passed, said) = judged(UNIT);
    let level = said.lines().find(|line| line.contains("Overall exposure level")).unwrap_or(&said);
    println!("{level}");
    assert!(passed, "more than 1.5: {level}");
    // The same question about a unit without the locks gets another answer.
    let folder = tempfile::tempdir().expect("a folder");
    let open = folder.path().join("lykta.service");
    let text = std::fs::read_to_string(UNIT).expect("the unit");
    let locks = ["Protect", "Private", "Restrict", "SystemCall", "Capability"];
    let kept = text.lines().filter(|line| !locks.iter().any(|lock| line.starts_with(lock)));
    std::fs::write(&open, kept.map(|line| format!("{line}\n")).collect::<String>()).expect("a file");
    let (passed, said) = judged(open.to_str().expect("UTF-8"));
    assert!(!passed, "{said}");
}

#[test]
fn the_unit_keeps_what_is_said_off_every_disk() {
    let unit = std::fs::read_to_string(UNIT).expect("the unit");
    for line in
        ["MemorySwapMax=0", "LimitCORE=0", "DynamicUser=yes", "ProtectSystem=strict", "StateDirectory=lykta"]
    {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    for word in ["ReadWritePaths", "CacheDirectory", "LogsDirectory", "BindPaths"] {
        assert!(!unit.contains(word), "one directory is written to, and {word} is another");
    }
    // systemd must be more patient than a drain.
    let stop = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")?.parse::<u64>().ok());
    assert!(stop.expect("seconds") > 8);
}
