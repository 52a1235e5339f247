//! Somebody who signs certificates, and those who believe them.

use std::path::{Path, PathBuf};

use lykta_server::tls::Connector;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// The hosts of the shipped file.
pub(crate) const HOSTS: [&str; 3] = ["chatt.cmhv.example", "relay.cmhv.example", "personal.cmhv.example"];

/// An authority with a folder for what it signs.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let folder = tempfile::tempdir().expect("a folder");
        let own = params.self_signed(&key).expect("a certificate").pem();
        std::fs::write(folder.path().join("ca.pem"), own).expect("a file");
        Self { issuer: Issuer::new(params, key), folder }
    }

    /// Its own certificate.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Those who believe it and nobody else.
    pub(crate) fn believers(&self) -> Connector {
        Connector::believing(Some(&self.file())).expect("a certificate")
    }

    /// Writes a fresh certificate for all hosts of the shipped file, and its key: `fullchain.pem`, `privkey.pem`.
    pub(crate) fn signs_into(&self, folder: &Path) {
        self.signs_for(&HOSTS, folder);
    }

    /// The same for these hosts.
    pub(crate) fn signs_for(&self, hosts: &[&str], folder: &Path) {
        let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let params = CertificateParams::new(names).expect("well-formed names");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        std::fs::write(folder.join("fullchain.pem"), certificate).expect("a file");
        std::fs::write(folder.join("privkey.pem"), key.serialize_pem()).expect("a file");
    }
}
