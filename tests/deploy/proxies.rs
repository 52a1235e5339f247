//! The proxies' files as they are shipped, before a relay: a whole chat, every byte, everybody's own address, and no
//! word about anybody.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use lykta_tests::{House, PATIENCE, fresh_root};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::authority::{Authority, HOSTS};
use crate::front;
use crate::program::{Lykta, terminates};

const NGINX: &str = include_str!("../../deploy/proxy/nginx.conf");
const CADDY: &str = include_str!("../../deploy/proxy/Caddyfile");

/// Those who come through a proxy in the stories do so from here, and call themselves so.
const CANARIES: [&str; 4] = ["127.77.", "127.99.", "Planted-Browser", "203.0.113."];

/// A proxy that runs, in a folder of its own.
struct Proxy {
    address: SocketAddr,
    folder: TempDir,
    child: Option<Child>,
}

impl Proxy {
    async fn starts(folder: TempDir, port: u16, mut command: Command) -> Self {
        let said = std::fs::File::create(folder.path().join("said.log")).expect("a file");
        command.stdin(Stdio::null()).stdout(said.try_clone().expect("the same file")).stderr(said);
        let child = command.kill_on_drop(true).spawn().unwrap_or_else(|error| {
            panic!("the stories need nginx-light and caddy, Debian's packages: {error}")
        });
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut proxy = Self { address, folder, child: Some(child) };
        let answers = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                let child = proxy.child.as_mut().expect("it runs");
                if let Some(status) = child.try_wait().expect("a child of ours") {
                    panic!("the proxy ended, {status}: {}", written(proxy.folder.path()));
                }
                // Nobody tells when a port is opened.
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, answers).await.expect("the proxy listens");
        proxy
    }

    /// Ends it, and gives back everything that it has written anywhere.
    async fn ends(mut self) -> String {
        let mut child = self.child.take().expect("it runs");
        terminates(&child);
        timeout(PATIENCE, child.wait()).await.expect("it ends").expect("a child of ours");
        written(self.folder.path())
    }
}

/// The text of every file below a folder.
fn written(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            text.push_str(&written(&path));
        } else {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()));
        }
    }
    text
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// `text` with every `old` replaced; each must be there.
fn with(text: &str, changes: &[(&str, String)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the shipped file holds {old:?}");
        text.replace(old, new)
    })
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("a path in UTF-8").to_owned()
}

/// The shipped file at other ports, with other certificates, and with all it writes in one folder.
async fn nginx(relay: SocketAddr, authority: &Authority) -> Proxy {
    nginx_from(NGINX, relay, authority).await
}

async fn nginx_from(shipped: &str, relay: SocketAddr, authority: &Authority) -> Proxy {
    let folder = tempfile::tempdir().expect("a folder");
    authority.signs_into(folder.path());
    let (port, plain) = (free_port(), free_port());
    let at = |name: &str| path(folder.path(), name);
    let text = with(
        shipped,
        &[
            ("    listen [::]:443 ssl http2 default_server;\n", String::new()),
            ("    listen [::]:443 ssl http2;\n", String::new()),
            ("    listen [::]:80;\n", String::new()),
            ("listen 443 ", format!("listen 127.0.0.1:{port} ")),
            ("listen 80;", format!("listen 127.0.0.1:{plain};")),
            ("/etc/lykta/tls/fullchain.pem", at("fullchain.pem")),
            ("/etc/lykta/tls/privkey.pem", at("privkey.pem")),
            ("/run/nginx.pid", at("nginx.pid")),
            ("/var/log/nginx/error.log", at("error.log")),
            ("127.0.0.1:8080", relay.to_string()),
            // Compiled in; only root could make them.
            ("http {\n", {
                let temporary = |name: &str| format!("    {name}_temp_path {};\n", at(name));
                let all: String =
                    ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"].map(temporary).concat();
                format!("http {{\n{all}")
            }),
        ],
    );
    std::fs::write(folder.path().join("nginx.conf"), text).expect("a file");
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-c", &at("nginx.conf"), "-p", &at(""), "-e", &at("early.log")]);
    command.args(["-g", "daemon off; master_process off;"]);
    Proxy::starts(folder, port, command).await
}

/// The shipped file at other ports, with a certificate from a file, and with all it writes in one folder.
async fn caddy(relay: SocketAddr, authority: &Authority) -> Proxy {
    caddy_from(CADDY, relay, authority).await
}

async fn caddy_from(shipped: &str, relay: SocketAddr, authority: &Authority) -> Proxy {
    let folder = tempfile::tempdir().expect("a folder");
    authority.signs_into(folder.path());
    let (port, plain) = (free_port(), free_port());
    let at = |name: &str| path(folder.path(), name);
    let text = with(
        shipped,
        &[
            (
                "\tadmin off\n",
                format!("\tadmin off\n\thttps_port {port}\n\thttp_port {plain}\n\tdefault_bind 127.0.0.1\n"),
            ),
            (
                "# tls /etc/caddy/lykta/fullchain.pem /etc/caddy/lykta/privkey.pem",
                format!("tls {} {}", at("fullchain.pem"), at("privkey.pem")),
            ),
            ("127.0.0.1:8080", relay.to_string()),
        ],
    );
    std::fs::write(folder.path().join("Caddyfile"), text).expect("a file");
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config", &at("Caddyfile")]);
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, folder.path());
    }
    Proxy::starts(folder, port, command).await
}

/// Everything a proxy must do.
async fn is_a_good_front(start: impl AsyncFnOnce(SocketAddr, &Authority) -> Proxy) {
    let authority = Authority::new();
    let house = House::as_shipped(fresh_root(), authority.believers());
    let relay = Lykta::serves_with(&house, &[front::FEW_SOCKETS]).await;
    let proxy = start(relay.address, &authority).await;
    front::carries_a_whole_chat(&house, proxy.address).await;
    front::is_verified(&relay, proxy.address, &authority.file()).await;
    front::knows_clients_by_their_own_address(proxy.address, &authority.believers()).await;
    relay.ends().await;
    let written = has_written_of_a_relay_that_is_gone(proxy, &authority).await;
    for canary in CANARIES {
        assert!(!written.contains(canary), "the proxy wrote {canary}:\n{written}");
    }
}

/// A relay that is not there is what proxies like to write about: everything this one has written when it ends.
async fn has_written_of_a_relay_that_is_gone(proxy: Proxy, authority: &Authority) -> String {
    let request = "GET /state HTTP/1.1\r\nHost: relay.cmhv.example\r\nUser-Agent: Planted-Browser/1\r\n\
                   Connection: close\r\n\r\n";
    let from = Ipv4Addr::new(127, 77, 1, 1);
    let (status, _) = front::asks(proxy.address, &authority.believers(), from, request).await;
    assert_eq!(status, 502);
    proxy.ends().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lines_that_keep_them_quiet_both_would_have_written() {
    let authority = Authority::new();
    let nobody = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let shipped = with(CADDY, &[("\t\texclude http\n", String::new())]);
    let talkative = caddy_from(&shipped, nobody, &authority).await;
    let written = has_written_of_a_relay_that_is_gone(talkative, &authority).await;
    assert!(written.contains("127.77."), "Caddy writes about errors:\n{written}");
    let quiet = "    access_log off;\n    error_log /dev/null crit;\n";
    let shipped = with(NGINX, &[(quiet, "    error_log early.log error;\n".to_owned())]);
    let talkative = nginx_from(&shipped, nobody, &authority).await;
    let written = has_written_of_a_relay_that_is_gone(talkative, &authority).await;
    assert!(written.contains("127.77."), "nginx writes about errors:\n{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_carries_a_whole_chat_and_writes_about_nobody() {
    is_a_good_front(nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_carries_a_whole_chat_and_writes_about_nobody() {
    is_a_good_front(caddy).await;
}

#[test]
fn nginx_is_more_patient_with_a_silent_socket_than_the_relay() {
    let house = House::at(1, fresh_root());
    for name in ["proxy_read_timeout", "proxy_send_timeout"] {
        let line = NGINX.lines().find(|line| line.trim_start().starts_with(name)).expect("a time");
        let seconds = line.split([' ', ';']).find_map(|word| word.strip_suffix('s')?.parse().ok());
        let seconds: u64 = seconds.expect("seconds");
        assert!(seconds > house.centre.clocks.socket_dead.as_secs(), "{line}");
    }
}

#[test]
fn every_front_is_for_the_hosts_of_the_shipped_file() {
    for host in HOSTS {
        assert!(NGINX.contains(host) && CADDY.contains(host), "{host}");
    }
}

#[test]
fn tor_understands_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    let text = with(include_str!("../../deploy/proxy/torrc"), &[("/var/lib/tor/lykta", at("lykta"))]);
    let file: PathBuf = folder.path().join("torrc");
    let verified = |text: &str| {
        std::fs::write(&file, text).expect("a file");
        let out = std::process::Command::new("tor")
            .args(["--verify-config", "--defaults-torrc", "/dev/null", "--DataDirectory", &at("data")])
            .arg("-f")
            .arg(&file)
            .output()
            .expect("the stories need tor, Debian's package");
        (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let (valid, said) = verified(&text);
    assert!(valid, "{said}");
    let (valid, _) = verified(&text.replace("HiddenServicePort 80", "HiddenServicePort eighty"));
    assert!(!valid, "the question can be answered with no");
}

#[test]
fn tor_starts_on_its_file_without_a_network_and_makes_the_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    let text = with(include_str!("../../deploy/proxy/torrc"), &[("/var/lib/tor/lykta", at("lykta"))]);
    let file: PathBuf = folder.path().join("torrc");
    std::fs::write(&file, text).expect("a file");
    let mut tor = std::process::Command::new("tor")
        .args(["--defaults-torrc", "/dev/null", "--DisableNetwork", "1", "--DataDirectory", &at("data")])
        .arg("-f")
        .arg(&file)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the stories need tor, Debian's package");
    let began = std::time::Instant::now();
    let hostname = loop {
        let hostname = std::fs::read_to_string(folder.path().join("lykta/hostname")).unwrap_or_default();
        let ended = tor.try_wait().expect("a child of ours");
        if hostname.ends_with('\n') || ended.is_some() || began.elapsed() > lykta_tests::PATIENCE {
            break hostname;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let (_, _) = (tor.kill(), tor.wait());
    let name = hostname.trim().strip_suffix(".onion").unwrap_or_else(|| panic!("no address: {hostname:?}"));
    assert_eq!(name.len(), 56, "{name}");
    // What it made is what the centre's file takes.
    lykta_server::centre::Origin::parse(&format!("http://{name}.onion")).expect("an origin");
}
