//! What may be watched: states and coarse bands, each as lines of which one says 1 and the others 0.
//!
//! There is no counter, and no line per join, ending, lane or language: fetched every 15 seconds they would be the
//! list of visits that the relay does not keep. What a band says does not tell one visitor from the next, except the
//! step from nobody to somebody.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lykta_trust::Role;
use lykta_wire::OpenState;

use crate::app::App;
use crate::staff::is_usable;

/// Somebody who has waited for longer than this is late.
const LATE_S: u32 = 20 * 60;
/// Somebody who has waited for less than this has hardly waited.
const SOON_S: u32 = 5 * 60;
const DAY_S: u64 = 86_400;

/// The one route of the metrics' own listener.
pub fn router(apps: Vec<Arc<App>>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(Arc::from(apps))
}

async fn metrics(State(apps): State<Arc<[Arc<App>]>>) -> Response {
    let mut all = String::new();
    for app in apps.iter() {
        let told = told(app).await;
        // One centre needs no name.
        match *apps {
            [_] => all.push_str(&told),
            _ => all.push_str(&named(&told, app.centre.origins.pages.host())),
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], all).into_response()
}

/// The same lines with the host of the centre they are about.
fn named(told: &str, host: &str) -> String {
    let mut all = String::new();
    for line in told.lines() {
        let (name, value) = line.rsplit_once(' ').unwrap_or((line, ""));
        let name = match name.strip_suffix('}') {
            Some(labelled) => format!("{labelled},centre=\"{host}\"}}"),
            None => format!("{name}{{centre=\"{host}\"}}"),
        };
        writeln!(all, "{name} {value}").expect("writing to a String cannot fail");
    }
    all
}

/// The state of things now, in Prometheus' text form.
async fn told(app: &App) -> String {
    let (relay, now) = (&app.relay, app.relay.now());
    let count = relay.line.count(now).await;
    let most = usize::try_from(relay.rules.max_waiting).unwrap_or(usize::MAX);
    let waiting = relay.line.look(None, most, now).await;
    let longest =
        waiting.map(|line| line.iter().filter(|entry| entry.present).map(|entry| entry.waited_s).max());
    let door = relay.door().state;

    let mut told = String::new();
    state(&mut told, "lykta_door", "state", &doors(), door.word());
    let yes_no = |told: &mut String, name: &str, yes: bool| {
        writeln!(told, "{name} {}", u8::from(yes)).expect("writing to a String cannot fail");
    };
    yes_no(&mut told, "lykta_store_answers", count.is_ok());
    yes_no(&mut told, "lykta_draining", relay.drain.is_cancelled());
    let count = count.unwrap_or_default();
    yes_no(&mut told, "lykta_seat_on_duty", count.ready_seats > 0);
    state(&mut told, "lykta_waiting", "people", &["0", "1-4", "5-9", "10+"], people(count.waiting));
    let longest = wait(longest.ok().flatten());
    state(&mut told, "lykta_longest_wait", "minutes", &["none", "under 5", "5-20", "over 20"], longest);
    let lasts = certificates(app, now.0 / 1_000);
    state(&mut told, "lykta_staff_certificates", "last", &["ended", "3 days", "10 days", "longer"], lasts);
    told
}

/// One line for each word a thing may be; the one it is says 1.
fn state(told: &mut String, name: &str, label: &str, words: &[&str], is: &str) {
    for word in words {
        let one = u8::from(*word == is);
        writeln!(told, "{name}{{{label}=\"{word}\"}} {one}").expect("writing to a String cannot fail");
    }
}

fn doors() -> Vec<&'static str> {
    OpenState::ALL.iter().map(|state| state.word()).collect()
}

fn people(waiting: u32) -> &'static str {
    match waiting {
        0 => "0",
        1..=4 => "1-4",
        5..=9 => "5-9",
        _ => "10+",
    }
}

fn wait(longest_s: Option<u32>) -> &'static str {
    match longest_s {
        None => "none",
        Some(..SOON_S) => "under 5",
        Some(SOON_S..LATE_S) => "5-20",
        Some(_) => "over 20",
    }
}

/// How long at least one counsellor can still go on duty without a new certificate.
fn certificates(app: &App, now_s: u64) -> &'static str {
    let book = app.staff.book();
    let able =
        book.roster.entries().iter().filter(|entry| {
            entry.role() == Role::Counsellor && entry.passkey.as_deref().is_some_and(is_usable)
        });
    let last = able.map(|entry| u64::from(entry.staff.terms().not_after)).max().unwrap_or(0);
    match last.saturating_sub(now_s) {
        0 => "ended",
        left if left <= 3 * DAY_S => "3 days",
        left if left <= 10 * DAY_S => "10 days",
        _ => "longer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_coarse_and_leave_nobody_out() {
        let bands: Vec<_> = [0, 1, 4, 5, 9, 10, 500].map(people).into();
        assert_eq!(bands, ["0", "1-4", "1-4", "5-9", "5-9", "10+", "10+"]);
        let bands: Vec<_> = [None, Some(0), Some(299), Some(300), Some(1_199), Some(1_200)].map(wait).into();
        assert_eq!(bands, ["none", "under 5", "under 5", "5-20", "5-20", "over 20"]);
    }

    #[test]
    fn with_several_centres_each_line_says_whose_it_is() {
        let told = "lykta_door{state=\"open\"} 1\nlykta_draining 0\n";
        assert_eq!(
            named(told, "a.example"),
            "lykta_door{state=\"open\",centre=\"a.example\"} 1\nlykta_draining{centre=\"a.example\"} 0\n"
        );
    }

    #[test]
    fn exactly_one_word_of_a_state_says_one() {
        let mut told = String::new();
        state(&mut told, "lykta_door", "state", &doors(), "full");
        assert_eq!(told.matches(" 1\n").count(), 1);
        assert!(told.contains("lykta_door{state=\"full\"} 1\n"), "{told}");
        assert_eq!(told.lines().count(), OpenState::ALL.len());
    }
}
