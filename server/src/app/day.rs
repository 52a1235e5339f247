//! What a console needs of the centre's file for a working day.
//!
//! ```text
//! GET /staff/day   -> {"chats": {"default", "max"}, "lock_after", "rest_after_lock", "shown_after",
//!                      "templates": [{"key", "version", "name": {LANGUAGE: text}, "text": {LANGUAGE: text}}]}
//!                  or 401 without a sign-in
//! ```
//!
//! Times are whole seconds. None of it stands in a document: templates say how counsellors speak, and whoever writes in
//! a counsellor's name could use that.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::App;
use crate::centre::Centre;

pub(super) async fn of_the_centre(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if app.session(&headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    // The demonstration shows several chats at once from the beginning.
    let begins_with = match app.demo() {
        Some(_) => u32::from(app.staff.chats_max),
        None => app.centre.staff.chats_default,
    };
    Json(day(&app.centre, begins_with, app.staff.chats_max)).into_response()
}

fn day(centre: &Centre, begins_with: u32, most: u8) -> Value {
    json!({
        "chats": { "default": begins_with.min(u32::from(most)), "max": most },
        "lock_after": centre.staff.lock_after.as_secs(),
        "rest_after_lock": centre.staff.rest_after_lock.as_secs(),
        "shown_after": centre.professional.shown_after.as_secs(),
        "templates": centre.templates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_is_told_the_settings_of_its_day_and_every_template_with_its_version() {
        let file = include_str!("../../../deploy/centre.toml");
        let centre = crate::centre::check_for_demo(file).unwrap();
        let said = day(&centre, centre.staff.chats_default, 2);
        assert_eq!(said["chats"], json!({ "default": 1, "max": 2 }));
        let times = ["lock_after", "rest_after_lock", "shown_after"].map(|name| said[name].as_u64());
        assert_eq!(times, [Some(300), Some(600), Some(1_200)]);
        let keys: Vec<_> = said["templates"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
        let asked_for = ["opening", "safety", "anonymity", "112", "abroad", "suicide", "boundary", "closing"];
        assert_eq!(keys, asked_for);
        for one in said["templates"].as_array().unwrap() {
            assert!(one["version"].is_u64());
            for part in [&one["name"]["sv"], &one["name"]["en"], &one["text"]["sv"], &one["text"]["en"]] {
                assert!(part.as_str().is_some_and(|text| !text.is_empty()), "{one}");
            }
        }
    }
}
