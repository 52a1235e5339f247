//! The line over TLS, on real servers with certificates made here.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};

use super::server::{Server, free_port};
use super::{OpenError, RedisLine, Target};
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

/// A server that speaks TLS besides, with a certificate for `localhost`.
struct Sealed {
    server: Server,
    port: u16,
    directory: PathBuf,
}

impl Sealed {
    async fn start(authority: &Authority, ask_clients: &str) -> Self {
        let port = free_port();
        let directory = std::env::temp_dir().join(format!("lykta-tls-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let (certificate, key) = authority.sign("localhost");
        let files = [("server.pem", certificate), ("server.key", key), ("ca.pem", authority.pem.clone())];
        let mut paths = Vec::new();
        for (name, pem) in files {
            let path = directory.join(name);
            std::fs::write(&path, pem).unwrap();
            paths.push(path.to_str().unwrap().to_owned());
        }
        let tls_port = port.to_string();
        let server = Server::start_with(&[
            "--save",
            "",
            "--appendonly",
            "no",
            "--tls-port",
            &tls_port,
            "--tls-cert-file",
            &paths[0],
            "--tls-key-file",
            &paths[1],
            "--tls-ca-cert-file",
            &paths[2],
            "--tls-auth-clients",
            ask_clients,
            "--tls-protocols",
            "TLSv1.3",
        ])
        .await;
        Self { server, port, directory }
    }

    fn target(&self, host: &str, authority: Option<&Authority>) -> Target {
        Target {
            url: format!("rediss://default:hunter2@{host}:{}/", self.port),
            authority: authority.map(|authority| authority.pem.clone().into_bytes()),
            client: None,
        }
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
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
    contract::all(|spans, most| {
        let target = sealed.target("localhost", Some(&authority));
        let centre = centre.fetch_add(1, Ordering::Relaxed);
        async move {
            let line = RedisLine::open(target, [centre; 16], spans, most, false).await;
            Arc::new(line.expect("the store opens")) as Arc<dyn Line>
        }
    })
    .await;
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
