//! What a console needs in order to show a counsellor what visitors read.
//!
//! ```text
//! GET /staff/preview  -> {"phone", "languages": [LANGUAGE], "offer_unread": [LANGUAGE],
//!                         "centre": {LANGUAGE: {"intro": [sentence], "call_list_note", "page": {KEY: text}}},
//!                         "now": what /state answers}
//!                     or 401 without a sign-in
//! ```
//!
//! The fixed sentences are in the files that the console was built with, the same bytes that visitors fetch; here is what
//! the centre adds to them or says otherwise. `languages` are those of the centre's file, of which visitors are offered the
//! ones that a person has read, and those in `offer_unread`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::App;
use crate::centre::Centre;
use crate::pages::Place;

pub(super) async fn of_the_page(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if app.session(&headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let door = app.relay.door();
    let now = app.pages.state_json(&app.view(Place::Pages, &door));
    let now = serde_json::from_str(&now).expect("the state has a JSON form");
    Json(preview(&app.centre, now)).into_response()
}

fn preview(centre: &Centre, now: Value) -> Value {
    let said: serde_json::Map<_, _> = centre
        .texts
        .iter()
        .map(|(language, texts)| {
            let own =
                json!({ "intro": texts.intro, "call_list_note": texts.call_list_note, "page": texts.page });
            (language.clone(), own)
        })
        .collect();
    json!({
        "phone": centre.phone.shown,
        "languages": centre.languages,
        "offer_unread": centre.offer_unread,
        "centre": said,
        "now": now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_is_told_what_the_centre_adds_to_the_page_and_says_otherwise_in_every_language() {
        let file = include_str!("../../../deploy/centre.toml");
        let otherwise =
            file.replace("[texts.so.state]", "[texts.so.page]\nexit = \"Bax hadda\"\n[texts.so.state]");
        assert_ne!(otherwise, file);
        let centre = crate::centre::check_for_demo(&otherwise).unwrap();
        let said = preview(&centre, json!({ "state": "open" }));
        assert_eq!(said["now"]["state"], "open");
        assert_eq!(said["phone"], centre.phone.shown.as_str());
        let languages: Vec<_> =
            said["languages"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(languages.contains(&"sv") && languages.contains(&"ar"), "{languages:?}");
        for language in languages {
            let own = &said["centre"][language];
            assert!(own["intro"].as_array().is_some_and(|all| !all.is_empty()), "{language}");
            assert!(own["call_list_note"].as_str().is_some_and(|text| !text.is_empty()), "{language}");
        }
        assert_eq!(said["centre"]["so"]["page"], json!({ "exit": "Bax hadda" }));
        assert_eq!(said["centre"]["sv"]["page"], json!({}));
    }
}
