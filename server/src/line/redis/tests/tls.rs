//! The line over TLS, on real servers with certificates made here.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use tokio::net::TcpStream;

use super::server::{Cluster, Server, free_port};
use super::{OpenError, RedisLine, Target, until};
use crate::line::{Line, Spans, contract};

fn named(hosts: &[String], name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(hosts).expect("well-formed names");
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// Somebody who signs certificates.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = named(&[], name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate for this host, and its key.
    fn sign(&self, host: &str) -> (String, String) {
        let params = named(&[host.to_owned()], host);
        let key = KeyPair::generate().expect("a key");
        (params.signed_by(&key, &self.issuer).expect("a certificate").pem(), key.serialize_pem())
    }
}

/// The files of a server with TLS, gone with the value.
struct Files(PathBuf);

impl Files {
    /// With a certificate for this host.
    fn new(authority: &Authority, host: &str) -> Self {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let files = Self(std::env::temp_dir().join(format!("lykta-tls-{}-{number}", std::process::id())));
        std::fs::create_dir_all(&files.0).unwrap();
        let (certificate, key) = authority.sign(host);
        for (name, pem) in [("server.pem", &certificate), ("server.key", &key), ("ca.pem", &authority.pem)] {
            std::fs::write(files.0.join(name), pem).unwrap();
        }
        files
    }

    /// A server's settings, beside those it has without TLS.
    fn settings(&self, port: u16, ask_clients: &str) -> Vec<String> {
        let path = |name: &str| self.0.join(name).to_str().unwrap().to_owned();
        let settings = [
            ("--tls-port", port.to_string()),
            ("--tls-cert-file", path("server.pem")),
            ("--tls-key-file", path("server.key")),
            ("--tls-ca-cert-file", path("ca.pem")),
            ("--tls-auth-clients", ask_clients.to_owned()),
            ("--tls-protocols", "TLSv1.3".to_owned()),
        ];
        settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

static LAST: AtomicU32 = AtomicU32::new(0);

/// A server that speaks TLS besides, with a certificate for `localhost`.
struct Sealed {
    server: Server,
    port: u16,
    _files: Files,
}

impl Sealed {
    async fn start(authority: &Authority, ask_clients: &str) -> Self {
        let (files, port) = (Files::new(authority, "localhost"), free_port());
        let settings = files.settings(port, ask_clients);
        let plain = ["--save", "", "--appendonly", "no"];
        let all: Vec<_> = plain.into_iter().chain(settings.iter().map(String::as_str)).collect();
        Self { server: Server::start_with(&all).await, port, _files: files }
    }

    fn target(&self, host: &str, authority: Option<&Authority>) -> Target {
        Target {
            url: format!("rediss://default:hunter2@{host}:{}/", self.port),
            authority: authority.map(|authority| authority.pem.clone().into_bytes()),
            client: None,
        }
    }
}

/// A watcher with TLS and a password of its own, gone with the value.
struct Watcher {
    process: Child,
    port: u16,
    _files: Files,
}

impl Watcher {
    /// Watches the server at this port of loopback, which asks for `hunter2`.
    async fn start(authority: &Authority, watched: u16) -> Self {
        let (files, port) = (Files::new(authority, "127.0.0.1"), free_port());
        let settings = files.settings(port, "no");
        let settings: Vec<_> = settings
            .chunks(2)
            .map(|pair| format!("{} {}", pair[0].trim_start_matches('-'), pair[1]))
            .collect();
        let more = [
            "bind 127.0.0.1",
            "port 0",
            // Its own questions too.
            "tls-replication yes",
            "requirepass guard",
            &format!("dir {}", files.0.display()),
            &format!("sentinel monitor lykta 127.0.0.1 {watched} 1"),
            "sentinel auth-pass lykta hunter2",
        ]
        .join("\n");
        let file = files.0.join("sentinel.conf");
        std::fs::write(&file, format!("{}\n{more}\n", settings.join("\n"))).unwrap();
        let words = [file.to_str().unwrap(), "--sentinel"];
        let process = Command::new("redis-server").args(words).stdout(Stdio::null()).spawn().unwrap();
        let watcher = Self { process, port, _files: files };
        until("the watcher", || TcpStream::connect(("127.0.0.1", port)), Result::is_ok).await.unwrap();
        watcher
    }

    fn target(&self, server: &str, watcher: &str, authority: &Authority) -> Target {
        Target {
            url: format!("rediss+sentinel://{server}127.0.0.1:{}/lykta{watcher}", self.port),
            authority: Some(authority.pem.clone().into_bytes()),
            client: None,
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = (self.process.kill(), self.process.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_behind_watchers_with_tls_and_passwords_keeps_the_contract() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    // The watchers know the server by its number.
    let (files, port) = (Files::new(&authority, "127.0.0.1"), free_port());
    let settings = files.settings(port, "no");
    let plain = ["--save", "", "--appendonly", "no"];
    // Of every server that watchers watch it is asked that its followers write no file.
    let followed = ["--repl-diskless-sync", "yes", "--repl-diskless-load", "swapdb"];
    let all: Vec<_> = plain.into_iter().chain(followed).chain(settings.iter().map(String::as_str)).collect();
    let server = Server::start_with(&all).await;
    server.ask(&["ACL", "SETUSER", "default", "resetpass", ">hunter2"]).await;
    let watcher = Watcher::start(&authority, port).await;
    let centre = AtomicU8::new(0);
    contract::all(|spans, bounds| {
        let target = watcher.target("default:hunter2@", "?watchers=:guard", &authority);
        let centre = centre.fetch_add(1, Ordering::Relaxed);
        async move {
            let mut line =
                RedisLine::open(target, [centre; 16], spans, bounds, false).await.expect("the store opens");
            line.counts(contract::counting());
            Arc::new(line) as Arc<dyn Line>
        }
    })
    .await;
    refused(watcher.target("default:hunter2@", "", &authority)).await;
    refused(watcher.target("default:hunter2@", "?watchers=:hunter2", &authority)).await;
    refused(watcher.target("default:guard@", "?watchers=:guard", &authority)).await;
    refused(watcher.target("default:hunter2@", "?watchers=:guard", &other)).await;
    let mut open = watcher.target("default:hunter2@", "?watchers=:guard", &authority);
    open.url = open.url.replace("rediss+", "redis+");
    assert!(refused(open).await.contains("no TLS"), "certificates without TLS");
}

async fn refused(target: Target) -> String {
    let opened = RedisLine::open(target, [1; 16], Spans::default(), 10, false).await.map(drop);
    let Err(why) = opened else { panic!("it was let in") };
    let said = why.to_string();
    assert!(!said.contains("hunter2"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_over_tls_keeps_the_contract() {
    let authority = Authority::new("ours");
    let sealed = Sealed::start(&authority, "no").await;
    sealed.server.ask(&["ACL", "SETUSER", "default", ">hunter2"]).await;
    let centre = AtomicU8::new(0);
    contract::all(|spans, bounds| {
        let target = sealed.target("localhost", Some(&authority));
        let centre = centre.fetch_add(1, Ordering::Relaxed);
        async move {
            let mut line =
                RedisLine::open(target, [centre; 16], spans, bounds, false).await.expect("the store opens");
            line.counts(contract::counting());
            Arc::new(line) as Arc<dyn Line>
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_on_a_cluster_over_tls_keeps_the_contract_on_all_its_servers() {
    let authority = Authority::new("ours");
    // A cluster tells its servers by their address.
    let files = Files::new(&authority, "127.0.0.1");
    let ports = Mutex::new(Vec::new());
    let cluster = Cluster::start_with(|| {
        let port = free_port();
        ports.lock().unwrap().push(port);
        // Between its servers too; then it names them by their ports with TLS to those who ask with TLS.
        let among = ["--tls-cluster".to_owned(), "yes".to_owned()];
        files.settings(port, "no").into_iter().chain(among).collect()
    })
    .await;
    let url = format!("rediss://127.0.0.1:{}/", ports.lock().unwrap()[0]);
    let centre = AtomicU8::new(0);
    contract::all(|spans, bounds| {
        let authority = Some(authority.pem.clone().into_bytes());
        let target = Target { url: url.clone(), authority, client: None };
        let centre = centre.fetch_add(1, Ordering::Relaxed);
        async move {
            let mut line =
                RedisLine::open(target, [centre; 16], spans, bounds, false).await.expect("the store opens");
            line.counts(contract::counting());
            Arc::new(line) as Arc<dyn Line>
        }
    })
    .await;
    for server in &cluster.0 {
        assert!(!server.keys().await.is_empty(), "the line uses every server of the cluster");
    }
    let target = Target { url, authority: None, client: None };
    assert!(refused(target).await.contains("UnknownIssuer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_show_who_it_is_gets_neither_password_nor_chat() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let sealed = Sealed::start(&authority, "no").await;
    let said = refused(sealed.target("localhost", Some(&other))).await;
    assert!(said.contains("UnknownIssuer"), "another authority: {said}");
    let said = refused(sealed.target("localhost", None)).await;
    assert!(said.contains("UnknownIssuer"), "the public authorities: {said}");
    let said = refused(sealed.target("127.0.0.1", Some(&authority))).await;
    assert!(said.contains("not valid for name"), "another host: {said}");
    // Somebody between who answers without TLS.
    let mut plain = sealed.target("localhost", Some(&authority));
    plain.url = plain.url.replace(&sealed.port.to_string(), &sealed.server.port.to_string());
    refused(plain).await;
    // The relay without TLS towards a server with it.
    let mut open = Target::from(&sealed.server.url());
    open.url = open.url.replace(&sealed.server.port.to_string(), &sealed.port.to_string());
    refused(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_who_we_are_is_shown_the_relay_s_certificate() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let sealed = Sealed::start(&authority, "yes").await;
    sealed.server.ask(&["ACL", "SETUSER", "default", ">hunter2"]).await;
    refused(sealed.target("localhost", Some(&authority))).await;
    let with = |authority: &Authority, signer: &Authority| {
        let (certificate, key) = signer.sign("relay");
        let mut target = sealed.target("localhost", Some(authority));
        target.client = Some((certificate.into_bytes(), key.into_bytes()));
        target
    };
    refused(with(&authority, &other)).await;
    let opened = RedisLine::open(with(&authority, &authority), [1; 16], Spans::default(), 10, false).await;
    opened.expect("the server knows the relay");
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_said_in_words() {
    let target = |url: &str, pem: &str| {
        let authority = Some(pem.as_bytes().to_vec());
        Target { url: url.to_owned(), authority, client: None }
    };
    let opened =
        |target| async { RedisLine::open(target, [1; 16], Spans::default(), 10, true).await.map(drop) };
    let url = "rediss://:hunter2@localhost:1/";
    assert!(matches!(opened(target(url, "")).await, Err(OpenError::Certificates(_))));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(opened(target(url, broken)).await, Err(OpenError::Certificates(_))));
    let authority = Authority::new("ours");
    let plain = target("redis://:hunter2@localhost:1/", &authority.pem);
    assert_eq!(opened(plain).await, Err(OpenError::NoTls));
    let mut keyless = target(url, &authority.pem);
    keyless.client = Some((authority.pem.clone().into_bytes(), b"no key".to_vec()));
    let said = opened(keyless).await.unwrap_err();
    assert!(matches!(said, OpenError::Certificates(_)), "{said}");
}
