//! The staff's changes of the opening hours.
//!
//! ```text
//! GET  /staff/hours   what holds today, what was changed, and in which version
//! POST /staff/hours   {"version", "wish", "try"}
//!                     200 as GET; tried: {"from", "state", "visitors": {language: sentence}}
//!                     409 {"why": "somebody_else", "now": as GET}  another version is in use
//!                     422 {"why": one of NotEdited's words}        it cannot be
//!                     503 {"why": "away"}                          nobody knows who was first
//!                     507 {"why": "not_kept"}                      in use, and not on this relay's disk
//! ```
//!
//! A wish is `{"kind": "no_more"}`, `{"kind": "until", "day", "at"}`, `{"kind": "closed", "day"}`,
//! `{"kind": "extra", "day", "from", "to"}` or `{"kind": "take_back", "number"}`; days `2026-11-23`, times `13.00`.
//! Only a counsellor of the newest roster is answered. Changing needs besides that a console of theirs has been
//! admitted at this relay: the cookie alone closes no door. Beside the desk's socket and not on it, because nothing
//! of it concerns a chat: the pages' modules need not know it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use lykta_trust::Role;
use serde_json::{Value, json};

use super::App;
use crate::edited::{InUse, NotChanged};
use crate::hours::{Calendar, DAYS_AHEAD, Minute, Phase, What, Wish, open_state_by_the_calendar};
use crate::pages::{Place, View, sentences};

/// Bytes of a wish's body, with room.
pub(super) const WISH_MAX: usize = 512;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    version: u32,
    wish: Wished,
    #[serde(default, rename = "try")]
    tried: bool,
}

#[derive(serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Wished {
    NoMore {},
    Until { day: String, at: String },
    Closed { day: String },
    Extra { day: String, from: String, to: String },
    TakeBack { number: u32 },
}

impl Wished {
    fn read(self) -> Option<Wish> {
        let minute = |text: String| Minute::parse(&text).ok();
        let date = |text: String| text.parse::<Date>().ok().filter(|day| day.to_string() == text);
        Some(match self {
            Self::NoMore {} => Wish::NoMore,
            Self::Until { day, at } => Wish::Until(date(day)?, minute(at)?),
            Self::Closed { day } => Wish::Closed(date(day)?),
            Self::Extra { day, from, to } => Wish::Extra(date(day)?, minute(from)?, minute(to)?),
            Self::TakeBack { number } => Wish::TakeBack(number),
        })
    }
}

pub(super) async fn shown(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match app.session_of(Role::Counsellor, &headers) {
        Some(_) => Json(app.hours()).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

pub(super) async fn wished(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    if !app.asked_by_the_console(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(session) = app.session_of(Role::Counsellor, &headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if !app.staff.admitted.has(session.staff_public()) {
        return refused(StatusCode::FORBIDDEN, "not_admitted");
    }
    let Ok(asked) = serde_json::from_slice::<Asked>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(wish) = asked.wish.read() else { return StatusCode::BAD_REQUEST.into_response() };
    let relay = &app.relay;
    let (now, at) = (relay.now(), relay.hands.read(relay.now().0));
    if asked.tried {
        return match relay.hours.would_be(wish, at) {
            Ok(changed) => Json(app.told(&changed, wish, at)).into_response(),
            Err(why) => app.not_changed(why),
        };
    }
    match relay.hours.change(&*relay.line, asked.version, wish, at, now).await {
        Ok(()) => {
            relay.refresh_door().await;
            Json(app.hours()).into_response()
        }
        Err(why) => app.not_changed(why),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "why": why }))).into_response()
}

impl App {
    fn not_changed(&self, why: NotChanged) -> Response {
        match why {
            NotChanged::Refused(why) => refused(StatusCode::UNPROCESSABLE_ENTITY, why.word()),
            NotChanged::Away => refused(StatusCode::SERVICE_UNAVAILABLE, "away"),
            NotChanged::NotKept => refused(StatusCode::INSUFFICIENT_STORAGE, "not_kept"),
            NotChanged::SomebodyElse => {
                let said = json!({ "why": "somebody_else", "now": self.hours() });
                (StatusCode::CONFLICT, Json(said)).into_response()
            }
        }
    }

    /// What holds, as the console shows it.
    fn hours(&self) -> Value {
        let at = self.relay.hands.read(self.relay.now().0);
        let calendar = &self.relay.hours.in_use().calendar;
        let now = self.relay.door().calendar;
        let (local, living) = (calendar.local(at), self.relay.hours.living(at));
        let edits: Vec<Value> = living
            .list()
            .iter()
            .map(|edit| {
                let (number, day) = (edit.number, edit.day.to_string());
                match edit.what {
                    What::NoMore(at) => json!({ "number": number, "kind": "no_more", "day": day, "at": at.to_string() }),
                    What::Until(at) => json!({ "number": number, "kind": "until", "day": day, "at": at.to_string() }),
                    What::Closed => json!({ "number": number, "kind": "closed", "day": day }),
                    What::Extra(from, to) => json!({
                        "number": number, "kind": "extra", "day": day, "from": from.to_string(), "to": to.to_string(),
                    }),
                }
            })
            .collect();
        let shifts: Vec<Value> = calendar
            .shifts_on(local.date())
            .iter()
            .map(|shift| {
                let admits = shift.admission_ends().to_string();
                json!({ "from": shift.from.to_string(), "to": shift.to.to_string(), "admits": admits })
            })
            .collect();
        let phase = match now.phase {
            Phase::Admitting => "open",
            Phase::PastLastAdmission => "closing",
            Phase::Outside => "closed",
        };
        json!({
            "version": living.version(),
            "today": local.date().to_string(),
            "last_day": local.date().saturating_add(jiff::Span::new().days(DAYS_AHEAD)).to_string(),
            "time": time(calendar, at),
            "phase": phase,
            "always": now.phase == Phase::Admitting && now.closes.is_none(),
            "shifts": shifts,
            "next": now.next_opening.map(|next| moment(calendar, next)),
            "edits": edits,
        })
    }

    /// From when on visitors will be told what, if this wish comes true.
    fn told(&self, changed: &InUse, wish: Wish, at: Timestamp) -> Value {
        let from = self.takes_effect(wish, at);
        let now = changed.calendar.at(from);
        let state = open_state_by_the_calendar(&now);
        let visitors: serde_json::Map<String, Value> = self
            .centre
            .languages
            .iter()
            .map(|language| {
                let (centre, place, staffed) = (&self.centre, self.place(Place::Pages), &[][..]);
                let view = View { centre, place, state, now: &now, staffed, on_duty: &[], language };
                (language.clone(), sentences(&view).sentence.into())
            })
            .collect();
        let mut said =
            json!({ "state": state.word(), "visitors": visitors, "from": moment(&changed.calendar, from) });
        said["now"] = json!(from <= at);
        said
    }

    fn takes_effect(&self, wish: Wish, at: Timestamp) -> Timestamp {
        let before = &self.relay.hours.in_use().calendar;
        let instant = |day: Date, minute: Minute| before.instant(day, minute.minutes());
        let day_begins = |day: Date| {
            let first = before.shifts_on(day).first().map(|shift| instant(day, shift.from));
            first.unwrap_or_else(|| before.instant(day, 0))
        };
        let from = match wish {
            Wish::NoMore => at,
            Wish::Until(day, end) => instant(day, end),
            Wish::Closed(day) => day_begins(day),
            Wish::Extra(day, from, _) => instant(day, from),
            Wish::TakeBack(number) => {
                let living = self.relay.hours.living(at);
                living.list().iter().find(|edit| edit.number == number).map_or(at, |edit| match edit.what {
                    What::NoMore(_) => at,
                    What::Until(end) => instant(edit.day, end),
                    // What the file says of the day, for it is closed as things stand.
                    What::Closed => {
                        let plan = Calendar { edits: Vec::new(), ..before.clone() };
                        let first =
                            plan.shifts_on(edit.day).first().map(|shift| instant(edit.day, shift.from));
                        first.unwrap_or(at)
                    }
                    What::Extra(from, _) => instant(edit.day, from),
                })
            }
        };
        from.max(at)
    }
}

fn time(calendar: &Calendar, at: Timestamp) -> String {
    let local = calendar.local(at);
    format!("{:02}.{:02}", local.hour(), local.minute())
}

fn moment(calendar: &Calendar, at: Timestamp) -> Value {
    json!({ "day": calendar.local(at).date().to_string(), "time": time(calendar, at) })
}
