//! What can be watched: states and coarse bands, at an address of their own, and never who came when.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use lykta_tests::{House, PATIENCE, fresh_root, http};
use lykta_wire::Ending;
use tokio::time::{sleep, timeout};

use crate::front;
use crate::program::Lykta;
use crate::proxies::free_port;

const ALERTS: &str = include_str!("../../deploy/watch/alerts.yml");
const DASHBOARD: &str = include_str!("../../deploy/watch/grafana.json");

/// A watched relay of this house, and where it is asked.
async fn watched() -> (House, Lykta, SocketAddr) {
    let port = free_port();
    let line = format!("metrics = \"127.0.0.1:{port}\"");
    let house = House::at(1, fresh_root());
    let relay = Lykta::serves_with(&house, &[("# metrics = \"127.0.0.1:9464\"", line.as_str())]).await;
    (house, relay, SocketAddr::from(([127, 0, 0, 1], port)))
}

/// Every line, by its name and labels.
async fn asked(watch: SocketAddr) -> BTreeMap<String, String> {
    let (status, answer) = http(watch, "GET", "/metrics", &[], b"").await;
    assert_eq!(status, 200, "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    body.lines()
        .map(|line| line.rsplit_once(' ').expect("name and value"))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// Waits until a line says 1.
async fn until(watch: SocketAddr, line: &str) -> BTreeMap<String, String> {
    let found = async {
        loop {
            let told = asked(watch).await;
            if told.get(line).is_some_and(|value| value == "1") {
                return told;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("never: {line}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_watched_are_states_and_a_whole_chat_leaves_no_trace_in_them() {
    let (house, relay, watch) = watched().await;
    let before = until(watch, "lykta_door{state=\"away\"}").await;
    assert!(before.values().all(|value| value == "0" || value == "1"), "{before:?}");
    for line in ["lykta_waiting{people=\"0\"}", "lykta_longest_wait{minutes=\"none\"}", "lykta_store_answers"]
    {
        assert_eq!(before[line], "1", "{line}");
    }
    assert_eq!(
        before["lykta_staff_certificates{last=\"3 days\"}"], "1",
        "the stories' staff is new every day"
    );

    let (visitor, counsellor, ticket) = front::two_people(&house, relay.address).await;
    let waiting = house.visitor(house.anchors.clone(), relay.address);
    waiting.joins();
    waiting.waits_at(1).await;
    let during = until(watch, "lykta_waiting{people=\"1-4\"}").await;
    for line in
        ["lykta_door{state=\"open\"}", "lykta_seat_on_duty", "lykta_longest_wait{minutes=\"under 5\"}"]
    {
        assert_eq!(during[line], "1", "{line}");
    }
    assert_eq!(during.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "no line comes or goes");
    visitor.leaves();
    waiting.leaves();
    // As a page says it: on the socket, and beside it.
    counsellor.is_over(ticket, Ending::LeftFast).await;
    counsellor.is_ready(false);
    let after = until(watch, "lykta_door{state=\"away\"}").await;
    let after = if after == before { after } else { until(watch, "lykta_waiting{people=\"0\"}").await };
    assert_eq!(after, before, "nothing is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_cannot_ask_for_it_and_nobody_can_unless_the_operator_wants_it() {
    let (_house, relay, watch) = watched().await;
    assert_eq!(http(relay.address, "GET", "/metrics", &[], b"").await.0, 404);
    assert_eq!(http(watch, "GET", "/", &[], b"").await.0, 404, "and the page is not there");
}

/// The names in a text that begin as ours do, with the label and word they are asked for.
fn named(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices("lykta_").map(|(at, _)| &text[at..]);
    let name =
        |rest: &str| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_owned);
    starts.filter_map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_alert_and_every_panel_asks_for_something_that_is_told() {
    let (_house, _relay, watch) = watched().await;
    let told = asked(watch).await;
    let names: BTreeSet<_> =
        told.keys().map(|line| line.split('{').next().unwrap_or_default().to_owned()).collect();
    for (what, text) in [("alerts", ALERTS), ("dashboard", DASHBOARD)] {
        let asked = named(text);
        assert!(asked.len() > 3, "{what}: {asked:?}");
        let unknown: Vec<_> = asked.difference(&names).collect();
        assert!(unknown.is_empty(), "the {what} ask for {unknown:?}");
    }
    // Words of labels too: a band that is misspelt would never wake anybody.
    for line in ALERTS.lines().filter(|line| line.contains("expr:")) {
        for (at, _) in line.match_indices("{") {
            let inside = &line[at + 1..line[at..].find('}').map_or(line.len(), |end| at + end)];
            let Some((label, words)) = inside.split_once('=') else { continue };
            if label == "job" {
                continue;
            }
            for word in words.trim_matches(['~', '"']).split('|') {
                let wanted = format!("{{{label}=\"{word}\"}}");
                assert!(told.keys().any(|line| line.ends_with(&wanted)), "{wanted} of {line}");
            }
        }
    }
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).expect("JSON");
    assert!(dashboard["panels"].as_array().is_some_and(|panels| panels.len() > 4));
}
