//! The routes, and what every request must pass before it reaches one.

mod cool;
mod counts;
mod day;
mod guidance;
mod hosts;
mod hours;
mod look;
mod preview;
mod squeeze;
mod staff;

pub use hosts::{Part, readable_by};
pub use squeeze::{Squeezed, SqueezedEach};

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::FutureExt as _;
use lykta_trust::Role;
use lykta_wire::{Leave, SUBPROTOCOL, limits};

use crate::centre::{Centre, Origin};
use crate::client_address;
use crate::door::Door;
use crate::pages::{self, Asset, Page, Pages, Place, View};
use crate::relay::Relay;
use crate::staff::demo::Demo;
use crate::staff::{COOKIE, Passkeys, ROSTER_MAX, Session, Shelf, Staff};
use crate::{counsellor, listen, visitor};

/// Bytes that are read of a socket at once: much of what somebody costs who waits is here. One envelope of the common
/// size fits; the libraries' default is 128 KiB. Of a buffer below a kilobyte `bytes` does not remember the size: who
/// has joined keeps room for the head of a frame only, until there is a frame.
const READ_AT_ONCE: usize = 1_023;

/// Bytes of frames that are written together at most. Room is taken for what is there.
const WRITTEN_AT_ONCE: usize = 4_096;

/// What the routes share.
pub struct App {
    /// The relay's own things.
    pub relay: Arc<Relay>,
    /// Who may sit.
    pub staff: Arc<Staff>,
    /// The centre that is served.
    pub centre: Arc<Centre>,
    /// The two documents and their assets.
    pub pages: Pages,
    /// What of the centre this process serves.
    pub part: Part,
    /// How somebody signs in.
    pub sign_in: SignIn,
    /// Visitor's page, console, state and the state without its lines as they were last sent.
    pub squeezed: [Squeezed; 4],
    /// The documents without scripts, by their language.
    pub squeezed_plain: SqueezedEach,
}

/// How somebody signs in. One way only: a demonstration has no passkeys, and production hands out no keys.
pub enum SignIn {
    /// With the token of this run; keys are handed out.
    Demo(Box<Demo>),
    /// With a passkey that stands in the roster.
    Passkeys {
        /// Challenges, and the check of what is signed.
        passkeys: Passkeys,
        /// Where a newer roster is kept.
        shelf: Shelf,
    },
    /// Not here: this process serves pages alone.
    Nobody,
}

/// Every route.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(visitor_page))
        .route("/{language}", get(plain_page))
        .route("/staff/", get(staff_page))
        .route("/staff", get(|| async { ([(header::LOCATION, "/staff/")], StatusCode::PERMANENT_REDIRECT) }))
        .route("/assets/{*path}", get(asset))
        .route("/state", get(state))
        .route("/leave", post(leave).layer(DefaultBodyLimit::max(Leave::MAX)))
        .route("/ws/visit", get(visit_socket))
        .route("/ws/desk", get(desk_socket))
        .route("/staff/demo", post(staff::demo_sign_in).layer(DefaultBodyLimit::max(256)))
        .route("/staff/challenge", post(staff::challenge).layer(DefaultBodyLimit::max(0)))
        .route("/staff/sign-in", post(staff::sign_in).layer(DefaultBodyLimit::max(staff::ASSERTION_MAX)))
        .route("/staff/roster", post(staff::roster).layer(DefaultBodyLimit::max(ROSTER_MAX as usize)))
        .route(
            "/staff/hours",
            get(hours::shown).post(hours::wished).layer(DefaultBodyLimit::max(hours::WISH_MAX)),
        )
        .route("/staff/session", get(staff::session_again))
        .route("/staff/day", get(day::of_the_centre))
        .route("/staff/guidance", get(guidance::of_the_centre))
        .route("/staff/look", get(look::at_the_page))
        .route("/staff/preview", get(preview::of_the_page))
        .route("/staff/topics", get(counts::topics))
        .route("/staff/ending", post(counts::ending).layer(DefaultBodyLimit::max(counts::ENDING_MAX)))
        .route("/staff/cool", post(cool::down).layer(DefaultBodyLimit::max(cool::COOL_MAX)))
        .route("/staff/statistics", get(counts::statistics))
        .route("/staff/sign-out", post(staff::sign_out))
        .route("/health", get(|| async { "alive" }))
        .route("/ready", get(ready))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), each_at_their_own_host))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), hosts::told_to_our_own_pages))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), never_kept))
        .with_state(app)
}

/// Every answer, errors too, carries at least the headers that keep it out of caches and of other sites.
async fn never_kept(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let place = app.place_of(request.headers());
    let mut response = next.run(request).await;
    for (name, value) in &pages::plain_headers(&app.centre, place) {
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}

/// A demonstration hands out keys, so it answers only this machine: any other host name, and anything that
/// came through a proxy, is refused. In production the console is served at its own host and nowhere else, so that
/// no page of another host is ever of one origin with the passkeys.
async fn each_at_their_own_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.sign_in {
        SignIn::Demo(_) if !is_at_home(request.headers()) => {
            (StatusCode::FORBIDDEN, "This is a demonstration. It answers only on this machine.\n")
                .into_response()
        }
        SignIn::Passkeys { .. } | SignIn::Nobody
            if !hosts::belongs(&app.centre.origins, app.part, request.uri().path(), request.headers()) =>
        {
            StatusCode::NOT_FOUND.into_response()
        }
        _ => next.run(request).await,
    }
}

fn is_at_home(headers: &HeaderMap) -> bool {
    let forwarded = |name: &HeaderName| name == "forwarded" || name.as_str().starts_with("x-forwarded-");
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]") && !headers.keys().any(forwarded)
}

impl App {
    fn demo(&self) -> Option<&Demo> {
        match &self.sign_in {
            SignIn::Demo(demo) => Some(demo),
            SignIn::Passkeys { .. } | SignIn::Nobody => None,
        }
    }

    fn place(&self, place: Place) -> Place {
        if self.demo().is_some() { Place::Demo } else { place }
    }

    /// Where visitors are served from: at the onion address its own sockets are named, everywhere else the relay's.
    fn place_of(&self, headers: &HeaderMap) -> Place {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let onion = self.centre.origins.onion.as_ref().map(Origin::authority);
        self.place(if onion.is_some() && host == onion.as_deref() { Place::Onion } else { Place::Pages })
    }

    fn view<'a>(&'a self, place: Place, door: &'a Door) -> View<'a> {
        // The document comes in the centre's first language, whatever the phone is set to: a page that
        // followed it would say on a shared screen which language its owner reads. The visitor chooses.
        let language = self.centre.languages.first().map_or("", String::as_str);
        View {
            centre: &self.centre,
            place: self.place(place),
            state: door.state,
            now: &door.calendar,
            staffed: &door.count.languages,
            on_duty: &door.on_duty,
            language,
        }
    }

    /// The origin of the address bar, where only configured ones may speak to a socket. A demonstration may
    /// be opened under any of this machine's names, and [`each_at_their_own_host`] has checked the host.
    fn origin(&self, headers: &HeaderMap, configured: &str) -> Option<String> {
        let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
        let fits = if self.demo().is_some() {
            let host = headers.get(header::HOST)?.to_str().ok()?;
            origin == format!("http://{host}")
        } else {
            origin == configured
        };
        fits.then(|| origin.to_owned())
    }

    fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
        let session = self.staff.sessions.open(value, self.relay.now())?;
        self.staff.knows(session.staff_public()).then_some(session)
    }

    /// The same of somebody who has this role in the newest roster.
    fn session_of(&self, role: Role, headers: &HeaderMap) -> Option<Session> {
        let session = self.session(headers)?;
        let book = self.staff.book();
        let entry = book.roster.find(session.staff_public())?;
        (entry.role() == role).then_some(session)
    }
}

async fn visitor_page(State(app): State<Arc<App>>, asked: HeaderMap) -> Response {
    let Page { headers, body } = app.pages.visitor(&app.view(app.place_of(&asked), &app.relay.door()));
    app.squeezed[0].answer(&asked, headers, body)
}

/// For whoever has no script; of a language that is not offered there is nothing.
async fn plain_page(State(app): State<Arc<App>>, Path(language): Path<String>, asked: HeaderMap) -> Response {
    let door = app.relay.door();
    let view = View { language: &language, ..app.view(app.place_of(&asked), &door) };
    match app.pages.plain(&view) {
        Some(Page { headers, body }) => app.squeezed_plain.of(&language).answer(&asked, headers, body),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn staff_page(State(app): State<Arc<App>>, asked: HeaderMap) -> Response {
    let Page { headers, body } = app.pages.staff(&app.view(Place::Staff, &app.relay.door()));
    app.squeezed[1].answer(&asked, headers, body)
}

async fn asset(State(app): State<Arc<App>>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let found = app.pages.asset(&app.centre, app.place_of(&headers), &format!("assets/{path}"), accepted);
    match found {
        Some(Asset { headers, body }) => (headers, body.into_owned()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `/state?first` is asked by a page that has just come, help lines and all: it is told the rest.
async fn state(State(app): State<Arc<App>>, RawQuery(query): RawQuery, asked: HeaderMap) -> Response {
    let first = query.as_deref() == Some("first");
    let door = app.relay.door();
    let view = app.view(Place::Pages, &door);
    let json = if first { app.pages.first_state_json(&view) } else { app.pages.state_json(&view) };
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    app.squeezed[if first { 3 } else { 2 }].answer(&asked, HeaderMap::from_iter([kind]), json)
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.relay.line.count(app.relay.now()).await {
        Ok(_) => "ready".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be reached").into_response(),
    }
}

/// The beacon of a page that leaves. Always 204: whoever asks learns nothing about any ticket.
async fn leave(
    State(app): State<Arc<App>>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> StatusCode {
    if let Ok(leave) = body.map_err(drop).and_then(|body| Leave::decode(&body).map_err(drop)) {
        visitor::forget(&app.relay, leave).await;
    }
    StatusCode::NO_CONTENT
}

async fn visit_socket(
    State(app): State<Arc<App>>,
    Extension(place): Extension<listen::Place>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let own = app.place_of(&headers).origin(&app.centre).to_string();
    if app.origin(&headers, &own).is_none() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let upgrade = match spoken(upgrade) {
        Ok(upgrade) => upgrade,
        Err(refused) => return refused.into_response(),
    };
    let address = match app.place_of(&headers) {
        // Tor comes from this machine, like a proxy, but what it passes on is the visitor's own claim.
        Place::Onion => peer.ip(),
        _ => client_address::of(&app.centre.proxy, peer.ip(), &headers),
    };
    let Some(counted) = app.relay.limit.socket(address, app.relay.now()) else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    // Before the visitor hears that the socket is theirs, and so before they can have said anything on it.
    let (relay, awake) = (Arc::clone(&app.relay), app.relay.awake());
    place.expects_frames();
    upgrade.on_upgrade(async move |socket| {
        // A task of its own: the handshake's future is larger than the loop's and gives its memory back.
        let connections = relay.connections.clone();
        connections.spawn(visitor::serve(socket, relay, counted, awake).map(|()| drop(place)));
    })
}

async fn desk_socket(
    State(app): State<Arc<App>>,
    Extension(place): Extension<listen::Place>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let Some(origin) = app.origin(&headers, &app.centre.origins.staff.to_string()) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let Some(session) = app.session(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let upgrade = match spoken(upgrade) {
        Ok(upgrade) => upgrade,
        Err(refused) => return refused.into_response(),
    };
    let (relay, staff) = (Arc::clone(&app.relay), Arc::clone(&app.staff));
    place.expects_frames();
    upgrade.on_upgrade(async move |socket| {
        let connections = relay.connections.clone();
        connections.spawn(async move {
            let _place = place;
            counsellor::serve(socket, relay, staff, session, origin).await;
        });
    })
}

/// The one subprotocol, small buffers, no frame larger than any of ours. No extension is ever offered:
/// compression would leak what encryption hides.
fn spoken(
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<WebSocketUpgrade, (StatusCode, &'static str)> {
    let refused = |_| (StatusCode::UPGRADE_REQUIRED, "this address is a WebSocket\n");
    let upgrade = upgrade.map_err(refused)?.protocols([SUBPROTOCOL]);
    if upgrade.selected_protocol() != Some(&HeaderValue::from_static(SUBPROTOCOL)) {
        return Err((StatusCode::BAD_REQUEST, "this socket speaks lykta.1\n"));
    }
    Ok(upgrade
        .read_buffer_size(READ_AT_ONCE)
        .write_buffer_size(WRITTEN_AT_ONCE)
        .max_write_buffer_size(4 * limits::FRAME_MAX)
        .max_message_size(limits::FRAME_MAX)
        .max_frame_size(limits::FRAME_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demonstration_answers_only_this_machine() {
        let headers =
            |host: &'static str| HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        for host in ["localhost", "localhost:8080", "127.0.0.1:9", "[::1]:8080", "[::1]"] {
            assert!(is_at_home(&headers(host)), "{host}");
        }
        for host in ["", "example.org", "localhost.example.org", "127.0.0.1.nip.io:80", "10.0.0.1", "::1"] {
            assert!(!is_at_home(&headers(host)), "{host}");
        }
        for name in ["forwarded", "x-forwarded-for", "x-forwarded-host"] {
            let mut proxied = headers("localhost");
            proxied.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
            assert!(!is_at_home(&proxied), "{name}");
        }
    }
}
