//! Several centres in one process: each has its own line, roster, sessions, limits, statistics and state directory,
//! and nothing of one is reached at another's host.
//!
//! Every request goes by its `Host` to the centre that has that host, as if it were a process of its own; at a host that
//! nobody has, nothing is served. With one centre there is no choice, and its own rules about hosts hold.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Semaphore;
use tower_service::Service as _;

use crate::app::{self, App};
use crate::centre::Centre;
use crate::listen;

/// One centre's door.
struct Door {
    hosts: Vec<String>,
    app: Arc<App>,
    router: Router,
    /// As many as the centre's file allows: a crowd at one centre leaves the others their own.
    places: Arc<Semaphore>,
}

/// The routes of all centres.
pub fn router(apps: &[Arc<App>]) -> Router {
    if let [only] = apps {
        return app::router(Arc::clone(only));
    }
    let door = |app: &Arc<App>| Door {
        hosts: hosts(&app.centre),
        app: Arc::clone(app),
        router: app::router(Arc::clone(app)),
        places: Arc::new(Semaphore::new(
            usize::try_from(app.centre.limits.sockets).unwrap_or(Semaphore::MAX_PERMITS),
        )),
    };
    let doors: Arc<[Door]> = apps.iter().map(door).collect();
    // Whoever watches the process asks at its address, and that is no centre's host.
    Router::new()
        .route("/health", get(|| async { "alive" }))
        .route("/ready", get(ready))
        .fallback(by_host)
        .with_state(doors)
}

/// The hosts a centre is found at, as a browser writes them into `Host`.
#[must_use]
pub fn hosts(centre: &Centre) -> Vec<String> {
    let origins = &centre.origins;
    let mut hosts: Vec<String> = [&origins.pages, &origins.relay, &origins.staff]
        .into_iter()
        .chain(&origins.onion)
        .map(|origin| origin.authority())
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// The same as names in a certificate: without their ports.
#[must_use]
pub fn names(centre: &Centre) -> Vec<String> {
    let origins = &centre.origins;
    [&origins.pages, &origins.relay, &origins.staff]
        .into_iter()
        .map(|origin| origin.host().to_owned())
        .collect()
}

async fn by_host(State(doors): State<Arc<[Door]>>, mut request: Request) -> Response {
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let asked = asked.to_ascii_lowercase();
    let Some(door) = doors.iter().find(|door| door.hosts.contains(&asked)) else { return nobodys() };
    let Ok(place) = Arc::clone(&door.places).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    // A socket keeps it until it closes, anything else until it is answered.
    if let Some(whole) = request.extensions().get::<listen::Place>().cloned() {
        request.extensions_mut().insert(whole.and_of_the_centre(place));
    }
    let Ok(answer) = door.router.clone().call(request).await;
    answer
}

/// At a host that no centre has.
fn nobodys() -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (StatusCode::MISDIRECTED_REQUEST, headers, "Nobody is served at this host.\n").into_response()
}

/// Ready is the process when every store can be reached.
async fn ready(State(doors): State<Arc<[Door]>>) -> Response {
    for Door { app, .. } in doors.iter() {
        if app.relay.line.count(app.relay.now()).await.is_err() {
            return (StatusCode::SERVICE_UNAVAILABLE, "a store cannot be reached").into_response();
        }
    }
    "ready".into_response()
}

/// Why these centres cannot be served by one process, a sentence each; `centres` with the names of their files.
#[must_use]
pub fn clashes(centres: &[(String, &Centre)]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, (file, centre)) in centres.iter().enumerate() {
        for (before, earlier) in &centres[..at] {
            let mut tell = |what: String| found.push(format!("{file} and {before}: {what}"));
            if centre.trust.centre_id == earlier.trust.centre_id {
                tell(
                    "both have the same [trust] centre_id; each centre has its own, made with its root"
                        .into(),
                );
            }
            if centre.trust.roots.iter().any(|root| earlier.trust.roots.contains(root)) {
                tell("both trust the same root; each centre has its own".into());
            }
            for host in hosts(centre).iter().filter(|host| hosts(earlier).contains(host)) {
                tell(format!("both are found at {host}; each centre has its own hosts"));
            }
            if centre.state_directory == earlier.state_directory {
                let directory = centre.state_directory.display();
                tell(format!("both keep their state in {directory}; each needs a directory of its own"));
            }
            let (one, other) = (&centre.listeners, &earlier.listeners);
            if (one.main, one.metrics) != (other.main, other.metrics) {
                tell("the process listens once: write the same main and metrics under [listeners]".into());
            }
            if one.tls.is_some() != other.tls.is_some() {
                tell("one has a certificate under [listeners] and the other has none".into());
            }
        }
    }
    found
}
