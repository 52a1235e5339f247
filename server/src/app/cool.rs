//! A counsellor cools down where somebody comes from who comes again and again to insult.
//!
//! ```text
//! POST /staff/cool         {"ticket", "claim"}; 204, or 409: there is no such chat now
//! ```
//!
//! Asked for while the chat runs, before it is ended: once the visitor's socket is gone nobody knows where they came from.
//! The answer says that the relays were told, and not where the visitor is, whether they are there, or who else is: the
//! same for everybody. What follows from it is in `limit.rs`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::App;
use super::counts::chat_named;

/// Bytes of a name and a number.
pub(super) const COOL_MAX: usize = 128;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Chat {
    ticket: String,
    claim: u32,
}

pub(super) async fn down(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    if !app.asked_by_the_console(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if app.session(&headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let read: Option<Chat> = serde_json::from_slice(&body).ok();
    let Some(chat) = read.and_then(|Chat { ticket, claim }| chat_named(&ticket, claim)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match app.relay.line.cool(chat, app.relay.now()).await {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::CONFLICT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
    .into_response()
}
