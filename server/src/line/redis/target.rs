//! Where the store is, and how it is known to be the right one.
//!
//! `rediss://` is TLS 1.3 with rustls. The server must show a certificate for the very host the address names,
//! signed by the operator's own authority ([`Target::authority`]) or, when none is given, by one of the public
//! ones Mozilla trusts, which are inside the binary: nothing depends on what a container has installed. There
//! is no way to switch the check off.

use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};
use redis::{ClientTlsConfig, TlsCertificates};

use super::OpenError;
use super::link::Server;
use super::sentinel::Watchers;

/// The address of a store, with what proves both sides of a TLS connection. The address may hold a password
/// and the key is one, so it has no `Debug`.
pub struct Target {
    /// `redis://`, `rediss://` (TLS), `unix://`, `redis+sentinel://` or `rediss+sentinel://` (TLS), with user and
    /// password if the store asks for them.
    pub url: String,
    /// The only authorities believed, PEM; `None` for the public ones.
    pub authority: Option<Vec<u8>>,
    /// The relay's own certificate and its key, PEM, where the store asks for one.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
}

impl From<&str> for Target {
    fn from(url: &str) -> Self {
        Self { url: url.to_owned(), authority: None, client: None }
    }
}

impl From<&String> for Target {
    fn from(url: &String) -> Self {
        Self::from(url.as_str())
    }
}

/// A target that was read: everything a connection needs.
pub(super) struct Way {
    pub(super) server: Server,
    /// `None` without TLS.
    pub(super) certificates: Option<TlsCertificates>,
}

impl Target {
    pub(super) fn read(self) -> Result<Way, OpenError> {
        let named = self.authority.is_some() || self.client.is_some();
        if let Some(sealed) = Watchers::names(&self.url) {
            let watchers = Watchers::read(&self.url).ok_or(OpenError::Address)?;
            if !sealed {
                let way = Way { server: Server::Watched(watchers), certificates: None };
                return if named { Err(OpenError::NoTls) } else { Ok(way) };
            }
            let first = watchers.first().ok_or(OpenError::Address)?;
            let (_, certificates) = self.seal(first)?;
            let server = Server::Watched(watchers.sealed(certificates.clone()));
            return Ok(Way { server, certificates: Some(certificates) });
        }
        let quickly = |info: ConnectionInfo| info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let here = |info, certificates| Way { server: Server::Here(quickly(info)), certificates };
        let info = self.url.as_str().into_connection_info().map_err(|_| OpenError::Address)?;
        match info.addr() {
            ConnectionAddr::TcpTls { insecure: true, .. } => return Err(OpenError::Unchecked),
            ConnectionAddr::TcpTls { .. } => {}
            // Certificates for a way without TLS: somebody believes they are protected and is not.
            _ if named => return Err(OpenError::NoTls),
            _ => return Ok(here(info, None)),
        }
        let (client, certificates) = self.seal(info)?;
        Ok(here(client.get_connection_info().clone(), Some(certificates)))
    }

    /// What proves both sides to each other, tried with this address.
    fn seal(self, info: ConnectionInfo) -> Result<(Client, TlsCertificates), OpenError> {
        // The only provider of this binary. Already installed by an earlier line of this process: the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if self.authority.as_ref().is_some_and(|pem| !has_certificate(pem)) {
            // An empty list of authorities believes nobody; the handshake would say it less clearly.
            return Err(OpenError::Certificates("the file of the authority holds no certificate".into()));
        }
        let certificates = TlsCertificates {
            client_tls: self
                .client
                .map(|(client_cert, client_key)| ClientTlsConfig { client_cert, client_key }),
            root_cert: self.authority,
        };
        let client = Client::build_with_tls(info, certificates.clone())
            .map_err(|error| OpenError::Certificates(error.to_string()))?;
        Ok((client, certificates))
    }
}

fn has_certificate(pem: &[u8]) -> bool {
    let begin = b"-----BEGIN CERTIFICATE-----";
    pem.windows(begin.len()).any(|window| window == begin)
}
