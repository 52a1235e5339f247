//! What a console needs in order to look at the visitor's page with its own eyes.
//!
//! ```text
//! GET /staff/look  -> {"page", "documents": [SHA-256], "headers": {NAME: value}, "files": {PATH: SHA-256}}
//!                  or 401 without a sign-in
//! ```
//!
//! The console fetches the page over the counsellor's own network, as a visitor would, and compares. The host of the
//! pages, or somebody on the way to it, who serves another page is found; a host that serves both pages and changes
//! both is not: that is what `lykta verify` from elsewhere is for.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::App;
use crate::door::Door;
use crate::line::Count;
use crate::pages::Place;
use crate::published::{Expected, expected};

/// Two hosts' clocks may be so far apart, in milliseconds.
const CLOCKS_APART: u64 = 60_000;

#[derive(serde::Serialize)]
struct Told {
    page: String,
    #[serde(flatten)]
    expected: Expected,
}

pub(super) async fn at_the_page(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if app.session(&headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let relay = &app.relay;
    let now = relay.now().0;
    // With what the staff changed, and without: a process that serves pages alone knows the file only.
    let in_use = relay.hours.in_use();
    let moments: Vec<_> = [&in_use.calendar, &app.centre.calendar]
        .into_iter()
        .flat_map(|calendar| {
            [now.saturating_sub(CLOCKS_APART), now, now + CLOCKS_APART].map(|at| (calendar, at))
        })
        .map(|(calendar, at)| {
            Door::derive(calendar, &relay.hands, at, Count::default(), relay.rules).calendar
        })
        .collect();
    let expected = expected(&app.centre, &app.pages, app.place(Place::Pages), &moments);
    // A demonstration is looked at under the name it was opened with.
    let page = if app.demo().is_some() { "/".to_owned() } else { format!("{}/", app.centre.origins.pages) };
    Json(Told { page, expected }).into_response()
}
