//! What the console says of a chat that is over, and what the coordinator reads of all of them.
//!
//! ```text
//! GET  /staff/topics       200 [{"word", "name": {"sv", "en"}}], in the order of the centre's file
//! POST /staff/ending       {"ticket", "claim", "ending", "topic"}; 204, or 409: it ended too long ago, 422: no such word
//! GET  /staff/statistics   ?from=2026-W40&to=2026-W47 (neither: 13 weeks), for coordinators; with &form=csv a file
//! ```
//!
//! A ticket's name is 32 bytes nobody guesses, in hexadecimal. Numbers that are not shown are `null`: they are taken
//! away here, before anything is sent.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lykta_trust::Role;
use lykta_wire::{ChatRef, Claim, Ending, TicketName};
use serde_json::{Value, json};

use super::{App, SignIn};
use crate::serve;
use crate::statistics::{self, Categories, Ledger, Report, Shown, Waited, Week, ending_word, lane_word};

/// Bytes of what is said about an ending: a name, a number and two words.
pub(super) const ENDING_MAX: usize = 256;
/// A year and some: as many as fit on a page.
const WEEKS_MOST: i64 = 60;

pub(super) async fn topics(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if app.session(&headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let topics = app.centre.topics.iter().map(|topic| json!({ "word": topic.word, "name": topic.name }));
    Json(topics.collect::<Vec<_>>()).into_response()
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    ticket: String,
    claim: u32,
    ending: String,
    topic: String,
}

/// The chat of this claim and of the ticket with this name in hexadecimal.
pub(super) fn chat_named(ticket: &str, claim: u32) -> Option<ChatRef> {
    let ticket = TicketName(lykta_trust::hex::read_array::<32>(ticket)?);
    Some(ChatRef { ticket, claim: Claim(claim) })
}

/// The newest word counts, as long as it is early enough.
pub(super) async fn ending(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    if !app.asked_by_the_console(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if app.session(&headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(Ended { ticket, claim, ending, topic }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(chat) = chat_named(&ticket, claim) else { return StatusCode::BAD_REQUEST.into_response() };
    let found = Ending::ALL.iter().copied().find(|one| ending_word(*one) == ending);
    let counting = serve::counting(&app.centre);
    let Some(ending) = found.filter(|ending| counting.knows(*ending, &topic)) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    match app.relay.line.recount(chat, ending, &topic, app.relay.now()).await {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::CONFLICT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
    .into_response()
}

/// The value of a field of the query. All values are plain words, so nothing is escaped in them.
fn field<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

pub(super) async fn statistics(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let SignIn::Passkeys { shelf, .. } = &app.sign_in else { return StatusCode::NOT_FOUND.into_response() };
    if app.session_of(Role::Coordinator, &headers).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    // A page of another site, or a link in a letter, asks in vain; browsers say so by themselves.
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let today = serve::counting(&app.centre).day(app.relay.now());
    let query = query.unwrap_or_default();
    let week = |name, usual: Week| field(&query, name).map_or(Ok(usual), str::parse);
    let Ok(to) = week("to", Week::of(today).before(1)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Ok(from) = week("from", to.before(12)) else { return StatusCode::BAD_REQUEST.into_response() };
    if to < from || from < to.before(WEEKS_MOST) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let read = shelf.statistics().map_err(|error| error.to_string());
    let ledger = read.and_then(|text| {
        text.map_or_else(|| Ok(Ledger::default()), |text| Ledger::read(&text).map_err(|bad| bad.to_string()))
    });
    let ledger = match ledger {
        Ok(ledger) => ledger,
        Err(why) => {
            tracing::error!("the statistics are not shown: {why}");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let report = Report::new(&ledger.as_known(), &Categories::of(&app.centre), from..=to, today);
    if field(&query, "form") == Some("csv") {
        let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
        let name = format!("attachment; filename=\"lykta-{from}-{to}.csv\"");
        return ([kind, (header::CONTENT_DISPOSITION, name)], statistics::csv(&report)).into_response();
    }
    Json(told(&report)).into_response()
}

fn number(shown: Shown) -> Value {
    match shown {
        Shown::Number(number) => number.into(),
        Shown::Hidden => Value::Null,
    }
}

fn told(report: &Report) -> Value {
    let named = |rows: &[(String, Shown)]| {
        rows.iter().map(|(name, shown)| json!([name, number(*shown)])).collect::<Vec<_>>()
    };
    let weeks = report.weeks.iter().map(|table| {
        let endings = Ending::ALL.iter().zip(&table.endings).enumerate().map(|(at, (ending, sum))| {
            let lanes =
                table.lanes.iter().map(|(.., cells)| number(cells.get(at).copied().unwrap_or(Shown::Hidden)));
            json!({ "word": ending_word(*ending), "all": number(*sum), "lanes": lanes.collect::<Vec<_>>() })
        });
        let waited =
            Waited::ALL.iter().zip(&table.waited).map(|(band, shown)| json!([band.word(), number(*shown)]));
        let lanes = table.lanes.iter().map(|(lane, all, _)| json!([lane_word(*lane), number(*all)]));
        json!({
            "week": table.week.to_string(),
            "whole": table.whole,
            "total": number(table.total),
            "lanes": lanes.collect::<Vec<_>>(),
            "endings": endings.collect::<Vec<_>>(),
            "waited": waited.collect::<Vec<_>>(),
        })
    });
    let quarters = report.quarters.iter().map(|table| {
        json!({
            "quarter": table.quarter.to_string(),
            "whole": table.whole,
            "total": number(table.total),
            "languages": named(&table.languages),
            "topics": named(&table.topics),
        })
    });
    json!({ "weeks": weeks.collect::<Vec<_>>(), "quarters": quarters.collect::<Vec<_>>() })
}
