//! Accepting connections: a number of them at once, with TLS or without, a time for each request's head, an orderly
//! end.

mod accepts;
mod sip;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

pub use self::accepts::Accepts;
use self::sip::{Frames, Sipping};

/// A request's head must be here within this: whoever sends it letter by letter holds a connection, and
/// connections are counted.
const HEAD: Duration = Duration::from_secs(10);
/// During a drain, a connection on which nothing was asked yet is held for so long.
const LATE: Duration = Duration::from_secs(1);
/// When the process has no file handle left, accepting is tried again after this. The only cure is time.
const NO_HANDLE: Duration = Duration::from_millis(100);

/// Serves `router` until `drain`; then lets running answers finish. `most` connections at once, sockets
/// included: more wait in the kernel's queue until one closes. With `tls` nothing else is spoken.
///
/// # Errors
/// When the listener itself is broken.
pub async fn serve<A: Accepts>(
    mut listener: A,
    router: Router,
    tls: Option<TlsAcceptor>,
    most: usize,
    drain: CancellationToken,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(most));
    let connections = TaskTracker::new();
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let place = tokio::select! {
            place = place => place.expect("the semaphore is never closed"),
            () = drain.cancelled() => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = drain.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, peer, drain) = (router.clone(), ConnectInfo(peer), drain.clone());
                match tls.clone() {
                    None => connections.spawn(connection(stream, router, peer, place, drain)),
                    Some(acceptor) => connections.spawn(async move {
                        // Held no longer than a request's head; a failed handshake is nobody's news.
                        let accepted = tokio::select! {
                            accepted = timeout(HEAD, acceptor.accept(stream)) => accepted,
                            () = drain.cancelled() => return,
                        };
                        if let Ok(Ok(stream)) = accepted {
                            connection(stream, router, peer, place, drain).await;
                        }
                    }),
                };
            }
            // The peer is gone again, or there are too many of us; neither says anything about the listener.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => sleep(NO_HANDLE).await,
        }
    }
    connections.close();
    connections.wait().await;
    Ok(())
}

/// A place among the connections, carried along by the request so that an upgraded socket keeps it.
#[derive(Clone)]
pub(crate) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
    _of_the_centre: Option<Arc<OwnedSemaphorePermit>>,
    frames: Arc<Frames>,
}

impl Place {
    /// The same, with one of the places that a centre has for itself.
    pub(crate) fn and_of_the_centre(&self, permit: OwnedSemaphorePermit) -> Self {
        Self { _of_the_centre: Some(Arc::new(permit)), ..self.clone() }
    }

    /// Frames come next on this connection, whose room is not to be kept.
    pub(crate) fn expects_frames(&self) {
        self.frames.begin();
    }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    router: Router,
    peer: ConnectInfo<std::net::SocketAddr>,
    permit: OwnedSemaphorePermit,
    drain: CancellationToken,
) {
    let frames = Arc::new(Frames::default());
    let stream = Sipping::new(stream, Arc::clone(&frames));
    let place = Place { _permit: Arc::new(permit), _of_the_centre: None, frames };
    // That something was asked on this connection.
    let asked = CancellationToken::new();
    let heard = asked.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(place.clone());
        heard.cancel();
        let mut router = router.clone();
        async move {
            let answer: Result<Response<axum::body::Body>, Infallible> = router.call(request).await;
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        // A broken connection concerns nobody else and is not worth a log line.
        _ = connection.as_mut() => return,
        () = drain.cancelled() => {}
    }
    // Whoever came in the last moment is not sent away without an answer.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = asked.cancelled() => {}
        () = sleep(LATE) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
