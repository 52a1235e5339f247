//! The rules that are numbers: line, staff, clocks, limits, trust, network.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use lykta_trust::{Anchors, CentreId};
use toml::de::DeValue;

use crate::centre::Purpose;
use crate::centre::document::{Section, Wrong, wrong};
use crate::centre::types::*;
use crate::centre::values;
use crate::centre::values::Network;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// A number within its range, or `default`.
fn number(section: &Section<'_>, key: &str, default: u32, range: std::ops::RangeInclusive<u32>) -> u32 {
    let read = section.or(key, u64::from(default), values::number);
    match u32::try_from(read) {
        Ok(number) if range.contains(&number) => number,
        _ => {
            let (least, most) = (range.start(), range.end());
            section.fault(key, format!("{read} is out of range"), format!("Write {least} to {most}."));
            default
        }
    }
}

/// A length of time within its range, or `default`.
fn time(section: &Section<'_>, key: &str, default: Duration, least: Duration, most: Duration) -> Duration {
    let read = section.or(key, default, values::duration);
    if (least..=most).contains(&read) {
        return read;
    }
    let remedy = format!("Write \"{}\" to \"{}\".", values::written(least), values::written(most));
    section.fault(key, format!("{} is out of range", values::written(read)), remedy);
    default
}

pub(super) fn line(section: &Section<'_>, languages: &[String]) -> LineRules {
    let asked = section.list("languages", values::language);
    LineRules {
        max_waiting: number(section, "max_waiting", 20, 1..=500),
        usual_chat: time(section, "usual_chat", minutes(45), minutes(5), minutes(180)),
        languages: if asked.is_empty() { languages.to_vec() } else { asked },
    }
}

pub(super) fn professional(section: &Section<'_>, both_lanes: u32) -> ProfessionalRules {
    let max_waiting = number(section, "max_waiting", both_lanes.min(5), 1..=100);
    if max_waiting > both_lanes {
        section.fault(
            "max_waiting",
            format!("{max_waiting} is more than line.max_waiting ({both_lanes}), which counts both lanes"),
            "Lower it, or raise line.max_waiting.",
        );
    }
    ProfessionalRules {
        offered: section.or("offered", true, values::flag),
        max_waiting,
        shown_after: time(section, "shown_after", minutes(20), minutes(1), minutes(120)),
    }
}

pub(super) fn staff(section: &Section<'_>) -> StaffRules {
    let rules = StaffRules {
        chats_default: number(section, "chats_default", 1, 1..=10),
        chats_max: number(section, "chats_max", 2, 1..=10),
        writes: writes(section),
        session: time(section, "session", minutes(600), minutes(30), minutes(600)),
        lock_after: time(section, "lock_after", minutes(5), minutes(1), minutes(30)),
        rest_after_lock: time(section, "rest_after_lock", minutes(10), minutes(1), minutes(30)),
    };
    if rules.chats_default > rules.chats_max {
        section.fault("chats_default", "this is more than chats_max", "Lower it, or raise chats_max.");
    }
    rules
}

/// `[[staff.writes]]`: who writes what.
fn writes(section: &Section<'_>) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for person in section.sections("writes") {
        let name = person.required("name", "Write the name of the roster.", String::new(), values::text);
        let languages = person.list("languages", values::language);
        if languages.is_empty() {
            person.lacks(
                "languages",
                "no language is named",
                "Write for example languages = [\"sv\", \"ar\"].",
            );
        }
        if found.insert(name.clone(), languages).is_some() {
            person.fault(
                "name",
                format!("`{name}` stands here twice"),
                "Write all their languages in one list.",
            );
        }
    }
    found
}

pub(super) fn clocks(section: &Section<'_>) -> Clocks {
    let clock = |key, default, least, most| time(section, key, default, least, most);
    let clocks = Clocks {
        socket_ping: clock("socket_ping", seconds(20), seconds(5), seconds(60)),
        socket_dead: clock("socket_dead", seconds(45), seconds(10), seconds(180)),
        line_absence: clock("line_absence", minutes(3), seconds(30), minutes(10)),
        take_confirm: clock("take_confirm", seconds(20), seconds(5), seconds(60)),
        visitor_lost: clock("visitor_lost", minutes(15), minutes(2), minutes(30)),
        counsellor_lost: clock("counsellor_lost", minutes(3), seconds(30), minutes(10)),
        counsellor_boxes: clock("counsellor_boxes", minutes(15), minutes(2), minutes(30)),
        hidden_wipe: clock("hidden_wipe", minutes(15), minutes(5), minutes(30)),
        silence_ask: clock("silence_ask", minutes(5), minutes(1), minutes(30)),
        silence_warn: clock("silence_warn", minutes(10), minutes(2), minutes(45)),
        silence_close: clock("silence_close", minutes(15), minutes(3), minutes(60)),
        seat_lease: clock("seat_lease", seconds(15), seconds(6), seconds(60)),
        seat_renew: clock("seat_renew", seconds(5), seconds(2), seconds(20)),
        ready_idle: clock("ready_idle", minutes(20), minutes(5), minutes(60)),
        ready_ask: clock("ready_ask", seconds(60), seconds(15), minutes(5)),
        goodbye: clock("goodbye", seconds(60), seconds(15), minutes(5)),
        box_ttl: clock("box_ttl", minutes(20), minutes(3), minutes(60)),
        ticket_ttl: clock("ticket_ttl", minutes(20), minutes(3), minutes(60)),
    };
    clocks_agree(section, &clocks);
    clocks
}

/// The rules between clocks.
fn clocks_agree(section: &Section<'_>, clocks: &Clocks) {
    let longer = |key: &str, long: Duration, other: &str, short: Duration| {
        if long <= short {
            let what =
                format!("{} is not longer than {other} ({})", values::written(long), values::written(short));
            section.fault(key, what, format!("Make it longer, or {other} shorter."));
        }
    };
    longer("socket_dead", clocks.socket_dead, "socket_ping", clocks.socket_ping);
    longer("silence_warn", clocks.silence_warn, "silence_ask", clocks.silence_ask);
    longer("silence_close", clocks.silence_close, "silence_warn", clocks.silence_warn);
    // One renewal may be lost without losing the seat.
    longer("seat_lease", clocks.seat_lease, "twice seat_renew", clocks.seat_renew * 2);
    // What is still waited for may not be forgotten.
    for (key, ttl) in [("box_ttl", clocks.box_ttl), ("ticket_ttl", clocks.ticket_ttl)] {
        longer(key, ttl, "line_absence", clocks.line_absence);
        longer(key, ttl, "visitor_lost", clocks.visitor_lost);
        longer(key, ttl, "counsellor_lost", clocks.counsellor_lost);
        longer(key, ttl, "counsellor_boxes", clocks.counsellor_boxes);
    }
    // A visitor is asked while what was written can still be delivered.
    longer("counsellor_boxes", clocks.counsellor_boxes, "counsellor_lost", clocks.counsellor_lost);
}

pub(super) fn limits(section: &Section<'_>) -> Limits {
    let limits = Limits {
        sockets: number(section, "sockets", 15_000, 10..=1_000_000),
        sockets_per_client: number(section, "sockets_per_client", 500, 5..=100_000),
        joins_per_client: number(section, "joins_per_client", 60, 1..=10_000),
        joins_before_work: number(section, "joins_before_work", 120, 1..=100_000),
        tickets: number(section, "tickets", 2_000, 10..=100_000),
        box_bytes: number(section, "box_bytes", 264_192, 16_384..=4_194_304),
        write_timeout: time(section, "write_timeout", seconds(10), seconds(1), seconds(60)),
    };
    if limits.sockets_per_client > limits.sockets {
        section.fault(
            "sockets_per_client",
            format!("{} is more than sockets ({})", limits.sockets_per_client, limits.sockets),
            "Lower it: one address would be let take every place.",
        );
    }
    limits
}

pub(super) fn trust(section: &Section<'_>, purpose: Purpose) -> Trust {
    let remedy = "Make the root offline with `lykta-root new`; it prints this.";
    let trust = Trust {
        centre_id: section.required("centre_id", remedy, [0; 16], values::hex::<16>),
        roots: section.list("roots", values::hex::<32>),
        min_roster_epoch: u16::try_from(number(section, "min_roster_epoch", 0, 0..=65_535))
            .expect("the range was checked"),
    };
    if section.has("centre_id")
        && trust.centre_id == [0; 16]
        && section.is_good("centre_id", values::hex::<16>)
    {
        section.fault("centre_id", "this is nobody's number", remedy);
    }
    match trust.roots.as_slice() {
        // A root that is named but misspelt has been told already.
        [] if purpose == Purpose::Production && section.length("roots") == Some(0) => {
            section.lacks("roots", "no root is named, so the pages would trust nobody", remedy);
        }
        [one, other] if one == other => {
            section.fault(
                "roots",
                "both roots are the same",
                "Name the next root beside the current one, or only one.",
            );
        }
        [_, _, _, ..] => {
            section.fault("roots", "there are more than two roots", "Name the current and the next.")
        }
        roots if !roots.iter().all(is_public_key) => {
            section.fault("roots", "one of them is no public key", remedy);
        }
        _ => {}
    }
    trust
}

fn is_public_key(root: &[u8; 32]) -> bool {
    Anchors::new(CentreId([0; 16]), &[*root], 0).is_ok()
}

pub(super) fn listeners(section: &Section<'_>) -> Listeners {
    let here = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
    let certificate = section.optional("tls_certificate", whole_path);
    let key = section.optional("tls_key", whole_path);
    together(section, "tls_certificate", "tls_key");
    let listeners = Listeners {
        main: section.or("main", here, values::listener),
        metrics: section.optional("metrics", values::listener),
        tls: certificate.zip(key),
    };
    if listeners.metrics == Some(listeners.main) && listeners.main.port() != 0 {
        section.fault("metrics", "the metrics would be on the visitors' own address", "Choose another port.");
    }
    listeners
}

pub(super) fn proxy(section: &Section<'_>) -> Proxy {
    let trusted = section.list("trusted", values::network);
    if trusted.iter().any(Network::is_everybody) {
        section.fault(
            "trusted",
            "this believes everybody about their own address",
            "Write the proxy's own address: [\"127.0.0.1\", \"::1\"].",
        );
    }
    Proxy {
        trusted,
        header: section.or("header", ProxyHeader::XForwardedFor, |value| match value.as_str() {
            Some("X-Forwarded-For") => Ok(ProxyHeader::XForwardedFor),
            Some("Forwarded") => Ok(ProxyHeader::Forwarded),
            _ => wrong("this header is not known", "Write \"X-Forwarded-For\" or \"Forwarded\"."),
        }),
    }
}

pub(super) fn redis(section: &Section<'_>) -> Option<Redis> {
    if !section.is_there() {
        return None;
    }
    let vouched = section.or("vouched", false, values::flag);
    let url = section.required("url", "Write url = \"redis://127.0.0.1:6379/\".", String::new(), |value| {
        let text = values::text(value)?;
        // The value may hold a password, so it is not repeated.
        if text.ends_with("#insecure") {
            return wrong(
                "TLS without a look at the certificate protects nothing",
                "Leave #insecure out and name the authority with ca_file.",
            );
        }
        let schemes = ["redis://", "rediss://", "unix://", "redis+sentinel://", "rediss+sentinel://"];
        if schemes.into_iter().any(|scheme| text.starts_with(scheme)) {
            Ok(text)
        } else {
            wrong(
                "this is not a Redis address",
                "It begins with redis://, rediss:// (TLS), unix://, redis+sentinel:// or rediss+sentinel:// (TLS).",
            )
        }
    });
    let ca_file = section.optional("ca_file", whole_path);
    let certificate = section.optional("client_certificate", whole_path);
    let key = section.optional("client_key", whole_path);
    if !url.is_empty() && !["rediss://", "rediss+sentinel://"].iter().any(|tls| url.starts_with(tls)) {
        for name in ["ca_file", "client_certificate", "client_key"] {
            if section.has(name) {
                section.fault(name, "this address asks for no TLS", "Write rediss:// or leave this out.");
            }
        }
    }
    together(section, "client_certificate", "client_key");
    Some(Redis { url, ca_file, client: certificate.zip(key), vouched })
}

/// A certificate and its key are named both or neither.
fn together(section: &Section<'_>, certificate: &str, key: &str) {
    for (one, other) in [(certificate, key), (key, certificate)] {
        if section.has(one) && !section.has(other) {
            section.fault(
                one,
                format!("{other} is not named"),
                "A certificate is shown together with its key.",
            );
        }
    }
}

fn whole_path(value: &DeValue<'_>) -> Result<PathBuf, Wrong> {
    let path = PathBuf::from(values::text(value)?);
    if path.is_absolute() {
        Ok(path)
    } else {
        wrong("this is not a whole path", "Write it from the root: \"/etc/lykta/…\".")
    }
}

pub(super) fn state_directory(section: &Section<'_>) -> PathBuf {
    section.or("directory", PathBuf::from("/var/lib/lykta"), |value| {
        let path = PathBuf::from(values::text(value)?);
        if path.is_absolute() {
            Ok(path)
        } else {
            wrong("this is not a whole path", "Write it from the root: \"/var/lib/lykta\".")
        }
    })
}
