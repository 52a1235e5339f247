//! What a counsellor reads beside a chat.
//!
//! ```text
//! GET /staff/guidance  -> {"risks": [{"key", "title", "steps", "numbers": [{"shown", "dial", "name"}], "on_call",
//!                          "note", "legal"}],
//!                          "consultation": [{"key", "title", "points", "notes"}]}
//!                      or 401 without a sign-in
//! ```
//!
//! Texts are `{LANGUAGE: text}`, steps and points `{LANGUAGE: [sentence]}`; `on_call` is null when nobody has said who
//! it is. It stands in no document: it names who is on call, and how counsellors decide.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::App;
use crate::centre::{Centre, Number};

pub(super) async fn of_the_centre(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if app.session(&headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(guidance(&app.centre)).into_response()
}

fn guidance(centre: &Centre) -> Value {
    let risks: Vec<Value> = centre
        .risks
        .iter()
        .map(|risk| {
            json!({
                "key": risk.key,
                "title": risk.title,
                "steps": risk.steps,
                "numbers": risk.numbers.iter().map(number).collect::<Vec<_>>(),
                "on_call": risk.on_call,
                "note": risk.note,
                "legal": risk.legal,
            })
        })
        .collect();
    let parts: Vec<Value> = centre
        .consultation
        .iter()
        .map(|part| json!({ "key": part.key, "title": part.title, "points": part.points, "notes": part.notes }))
        .collect();
    json!({ "risks": risks, "consultation": parts })
}

fn number(number: &Number) -> Value {
    json!({ "shown": number.phone.shown, "dial": number.phone.dial, "name": number.name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_is_told_the_five_dangers_and_the_guide_in_both_its_languages() {
        let centre = crate::centre::check_for_demo(include_str!("../../../deploy/centre.toml")).unwrap();
        let said = guidance(&centre);
        let risks = said["risks"].as_array().unwrap();
        let keys: Vec<_> = risks.iter().map(|risk| &risk["key"]).collect();
        assert_eq!(keys, ["suicide", "violence", "abduction", "child", "impersonation"]);
        for risk in risks {
            for language in ["sv", "en"] {
                assert!(risk["steps"][language].as_array().is_some_and(|steps| steps.len() >= 4), "{risk}");
                for text in [&risk["title"][language], &risk["note"][language]] {
                    assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{risk}");
                }
            }
            assert!(risk["numbers"][0]["dial"].is_string());
            assert_eq!(risk["legal"], risk["key"] == "child" || risk["key"] == "impersonation");
        }
        let first = &risks[1]["numbers"][0];
        assert_eq!((&first["shown"], &first["name"]["en"]), (&json!("112"), &json!("Emergency")));
        assert!(said["consultation"].as_array().is_some_and(|parts| parts.len() >= 3));
    }
}
