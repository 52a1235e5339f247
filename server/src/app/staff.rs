//! Signing in and out, and a newer roster from a coordinator's console.
//!
//! ```text
//! POST /staff/challenge  -> {"challenge"}
//! POST /staff/sign-in    {"id", "client_data", "authenticator_data", "signature", "user_handle", "only"?}
//!                        -> cookie, {"staff_public", "capacity", "roster"}
//!                        or 401 {"why": "late" | "unknown" | "refused" | "expired" | "other"}, and no cookie
//! GET  /staff/session    204 while the session lives, else 401 (the demonstration: the person again)
//! POST /staff/roster     a signed roster; 200 {"version"}, or 409 and 422 with a sentence
//! POST /staff/sign-out   204
//! POST /staff/demo       {"token"}; in a demonstration only
//! ```
//!
//! Bytes are base64url without padding, keys in hexadecimal. `only` is the staff key of whoever locked a console: nobody
//! else is signed in by what opens it. There is no field for the secret of the PRF extension
//! or for a staff key, and a body with a field that is not named here is refused.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lykta_trust::{Role, SignedRoster};
use serde_json::json;
use tracing::info;

use super::{App, SignIn};
use crate::staff::{Assertion, Book, Passkeys, Session, SessionKey, Shelf, USER_HANDLE};

/// Bytes of a sign-in's body: an id of at most 1,023 bytes, an RSA signature of 512 and some hundred bytes of data,
/// in base64, with room.
pub(super) const ASSERTION_MAX: usize = 8 * 1024;

impl App {
    fn passkeys(&self) -> Option<(&Passkeys, &Shelf)> {
        match &self.sign_in {
            SignIn::Passkeys { passkeys, shelf } => Some((passkeys, shelf)),
            SignIn::Demo(_) | SignIn::Nobody => None,
        }
    }

    /// Whether the console itself asks: another site's page cannot write this origin.
    pub(super) fn asked_by_the_console(&self, headers: &HeaderMap) -> bool {
        self.origin(headers, &self.centre.origins.staff.to_string()).is_some()
    }
}

pub(super) async fn challenge(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Some((passkeys, _)) = app.passkeys() else { return StatusCode::NOT_FOUND.into_response() };
    if !app.asked_by_the_console(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let challenge = URL_SAFE_NO_PAD.encode(passkeys.challenge());
    Json(json!({ "challenge": challenge })).into_response()
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
    user_handle: String,
    #[serde(default)]
    only: Option<String>,
}

impl Answer {
    /// What was signed, and who alone may have signed it.
    fn read(body: &[u8]) -> Option<(Assertion, Option<[u8; 32]>)> {
        let answer: Self = serde_json::from_slice(body).ok()?;
        let only = match &answer.only {
            Some(key) => Some(lykta_trust::hex::read_array::<32>(key)?),
            None => None,
        };
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let user_handle: [u8; USER_HANDLE] = bytes(&answer.user_handle)?.try_into().ok()?;
        let assertion = Assertion {
            id: bytes(&answer.id)?,
            client_data: bytes(&answer.client_data)?,
            authenticator_data: bytes(&answer.authenticator_data)?,
            signature: bytes(&answer.signature)?,
            user_handle,
        };
        Some((assertion, only))
    }
}

pub(super) async fn sign_in(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((passkeys, _)) = app.passkeys() else { return StatusCode::NOT_FOUND.into_response() };
    if !app.asked_by_the_console(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some((assertion, only)) = Answer::read(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let (book, now) = (app.staff.book(), app.relay.now());
    match passkeys.verify(&book.roster, assertion, now.0 / 1_000) {
        Ok(entry) => {
            let staff_public = entry.staff.terms().staff_public;
            if only.is_some_and(|only| only != staff_public) {
                return refused("other");
            }
            let longest = app.centre.staff.session;
            let session = Session::begin_for(staff_public, now, longest);
            let said = json!({
                "staff_public": lykta_trust::hex::write(&staff_public),
                "capacity": app.staff.chats_max,
                "roster": URL_SAFE_NO_PAD.encode(book.signed.as_bytes()),
            });
            ([(header::SET_COOKIE, app.staff.sessions.set_cookie(&session, now))], Json(said)).into_response()
        }
        Err(why) => refused(&why.to_string()),
    }
}

fn refused(why: &str) -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "why": why }))).into_response()
}

pub(super) async fn session_again(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Some(session) = app.session(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let Some(demo) = app.demo() else { return StatusCode::NO_CONTENT.into_response() };
    match demo.again(&session) {
        Some(person) => Json(person).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// A coordinator brings a newer roster. The signature of the root is what counts; the session only keeps strangers
/// from keeping the relay busy with verifying.
pub(super) async fn roster(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((_, shelf)) = app.passkeys() else { return StatusCode::NOT_FOUND.into_response() };
    if !app.asked_by_the_console(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if app.session_of(Role::Coordinator, &headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let signed = SignedRoster::from_bytes(body.to_vec());
    let newer = match signed.verify(&app.staff.anchors) {
        Ok(roster) => Book { roster, signed },
        Err(error) => return (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    };
    let (version, signed) = (newer.roster.version(), newer.signed.clone());
    if let Err(why) = app.staff.replace(newer) {
        return (StatusCode::CONFLICT, why.to_string()).into_response();
    }
    info!("a coordinator brought roster version {version}");
    // In use already: a full disk must not keep somebody on the staff who was taken off it.
    match shelf.put_roster(&signed) {
        Ok(()) => Json(json!({ "version": version })).into_response(),
        Err(error) => {
            tracing::error!("roster version {version} is in use but could not be kept: {error}");
            (StatusCode::INSUFFICIENT_STORAGE, "in use until the relay restarts, but not kept")
                .into_response()
        }
    }
}

#[derive(serde::Deserialize)]
struct Token {
    token: String,
}

pub(super) async fn demo_sign_in(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(demo) = app.demo() else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(Token { token }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let now = app.relay.now();
    let Some((session, person)) = demo.sign_in(&token, app.session(&headers).as_ref(), now) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let cookie = app.staff.sessions.set_cookie(&session, now);
    ([(header::SET_COOKIE, cookie)], Json(person)).into_response()
}

/// Ends the sign-in of this browser. SameSite=Strict and no body: another site can neither read nor cause it.
pub(super) async fn sign_out() -> Response {
    ([(header::SET_COOKIE, SessionKey::end_cookie())], StatusCode::NO_CONTENT).into_response()
}
