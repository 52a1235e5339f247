//! TLS 1.3 with rustls and ring, and nothing older: every browser that can run the page speaks it.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, TlsConnector, client};
use tracing::{info, warn};

/// Why a certificate cannot be shown.
#[derive(Debug)]
pub struct NotACertificate {
    file: PathBuf,
    why: String,
}

impl fmt::Display for NotACertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)
    }
}

impl std::error::Error for NotACertificate {}

/// The relay's own certificate and its key, read again when their files change. A connection keeps what it began
/// with, so a renewed certificate costs nobody a chat.
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    shown: RwLock<Arc<CertifiedKey>>,
    known: Mutex<Option<Marks>>,
}

/// Number, length and time of change of both files.
type Marks = [(u64, u64, i64, i64); 2];

impl Certificates {
    /// Reads both files (PEM; the certificate first, then those that lead to its authority).
    ///
    /// # Errors
    /// When one cannot be read, or the key is another certificate's.
    pub fn read(certificate: &Path, key: &Path) -> Result<Arc<Self>, NotACertificate> {
        let known = Mutex::new(marks(certificate, key));
        let shown = RwLock::new(certified(certificate, key)?);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Arc::new(Self { certificate, key, shown, known }))
    }

    /// Reads both files again if one has changed, or in any case when `asked`. What cannot be shown is told once,
    /// and the certificate before it stays: a half-copied file must not close the door.
    pub fn refresh(&self, asked: bool) {
        let found = marks(&self.certificate, &self.key);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == found && !asked {
            return;
        }
        *known = found;
        match certified(&self.certificate, &self.key) {
            Ok(fresh) => {
                *self.shown.write().unwrap_or_else(PoisonError::into_inner) = fresh;
                info!("the certificate was read again");
            }
            Err(error) => warn!("the certificate in use stays: {error}"),
        }
    }
}

/// What accepts connections: with the one certificate there is, or with that of the centre whose host is asked for.
pub(crate) fn acceptor(mut of_hosts: Vec<(Vec<String>, Arc<Certificates>)>) -> TlsAcceptor {
    let resolver: Arc<dyn ResolvesServerCert> = match of_hosts.len() {
        1 => of_hosts.remove(0).1,
        _ => Arc::new(ByHost(of_hosts)),
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring speaks TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A ticket to resume a session is a name under which a browser is known again.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    TlsAcceptor::from(Arc::new(config))
}

/// Each centre's certificate at its own hosts; whoever asks for another host is shown none.
#[derive(Debug)]
struct ByHost(Vec<(Vec<String>, Arc<Certificates>)>);

impl ResolvesServerCert for ByHost {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name()?;
        let (_, certificates) = self.0.iter().find(|(hosts, _)| hosts.iter().any(|host| host == asked))?;
        certificates.resolve(hello)
    }
}

/// Keys are not for logs.
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn marks(certificate: &Path, key: &Path) -> Option<Marks> {
    let mark = |path: &Path| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
    };
    Some([mark(certificate)?, mark(key)?])
}

fn certified(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, NotACertificate> {
    let wrong =
        |file: &Path, why: &dyn fmt::Display| NotACertificate { file: file.to_owned(), why: why.to_string() };
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| wrong(certificate, &error))?;
    if chain.is_empty() {
        return Err(wrong(certificate, &"there is no certificate in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, private, &provider).map(Arc::new).map_err(|error| wrong(key, &error))
}

/// Talks to servers whose certificate it checks.
#[derive(Clone)]
pub struct Connector(TlsConnector);

impl Connector {
    /// Believes the authorities of this PEM file alone; without one, Mozilla's list.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn believing(ca_file: Option<&Path>) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                for certificate in CertificateDer::pem_file_iter(path).map_err(io::Error::other)? {
                    let certificate = certificate.map_err(io::Error::other)?;
                    roots.add(certificate).map_err(io::Error::other)?;
                }
                if roots.is_empty() {
                    return Err(io::Error::other("there is no certificate in it"));
                }
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// TLS over `stream`, with a server whose certificate names `host`.
    ///
    /// # Errors
    /// When it does not, or nobody believed has signed it.
    pub async fn connect<S>(&self, host: &str, stream: S) -> io::Result<client::TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(io::Error::other)?;
        self.0.connect(name, stream).await
    }
}
