//! Which of the three hosts serves what, and whose page may read an answer.
//!
//! | host | serves |
//! |---|---|
//! | `origins.pages`, and any that no origin names | the visitor's page |
//! | `origins.relay` | the visitor's socket, `/leave`, `/state` for pages that are open |
//! | `origins.staff` | the console, its sign-in and its socket |
//! | `origins.onion` | all that visitors need |
//!
//! Files, `/state` and `/health` are everywhere. Origins may be one: then one host serves what both would.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use std::sync::Arc;

use super::App;
use crate::centre::{Origin, Origins};
use crate::pages::is_tag;

/// What of a centre a process serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Everything.
    #[default]
    All,
    /// The visitor's page and its files, with the state as the calendar alone has it: no line, no keys, nothing on disk.
    Pages,
    /// Everything but the visitor's page at the pages' own host.
    Relay,
}

/// Who asks where, as the request says it.
struct Asked {
    host: String,
    path: Path,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    Page,
    File,
    State,
    Leave,
    VisitSocket,
    Staff,
    Other,
}

impl Asked {
    fn of(path: &str, headers: &HeaderMap) -> Self {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let path = match path {
            "/" => Path::Page,
            _ if path.strip_prefix('/').is_some_and(is_tag) => Path::Page,
            "/state" => Path::State,
            "/leave" => Path::Leave,
            "/ws/visit" => Path::VisitSocket,
            "/ws/desk" | "/staff" => Path::Staff,
            _ if path.starts_with("/staff/") => Path::Staff,
            _ if path.starts_with("/assets/") => Path::File,
            _ => Path::Other,
        };
        Self { host: host.to_ascii_lowercase(), path }
    }

    fn is_at(&self, origin: &Origin) -> bool {
        self.host == origin.authority()
    }
}

/// Whether what is asked for lives at the host that is asked, in a process that serves this part.
pub(super) fn belongs(origins: &Origins, part: Part, path: &str, headers: &HeaderMap) -> bool {
    let asked = Asked::of(path, headers);
    let (pages, relay, staff) = (&origins.pages, &origins.relay, &origins.staff);
    let at_onion = origins.onion.as_ref().is_some_and(|onion| asked.is_at(onion));
    let at_a_named_one = [pages, relay, staff].into_iter().any(|origin| asked.is_at(origin));
    // A health check or a proxy that keeps its own name: whoever speaks to a socket is asked for their origin besides.
    let elsewhere = at_onion || !at_a_named_one;
    let here = match asked.path {
        Path::Page => elsewhere || asked.is_at(pages),
        Path::VisitSocket | Path::Leave => elsewhere || asked.is_at(relay),
        Path::Staff => asked.is_at(staff),
        Path::File | Path::State | Path::Other => true,
    };
    let of_this_part = match part {
        Part::All => true,
        Part::Pages => !matches!(asked.path, Path::VisitSocket | Path::Leave | Path::Staff),
        Part::Relay => asked.path != Path::Page || at_onion,
    };
    here && of_this_part
}

/// The page of another of our hosts that may read this answer, if it is that page that asks: the visitor's page reads
/// the state of the relay, and the console reads the visitor's page to see that it is ours.
fn reader<'o>(origins: &'o Origins, path: &str, headers: &HeaderMap) -> Option<&'o Origin> {
    let asked = Asked::of(path, headers);
    let (home, reader) = match asked.path {
        Path::State | Path::Leave => (&origins.relay, &origins.pages),
        Path::Page | Path::File => (&origins.pages, &origins.staff),
        Path::VisitSocket | Path::Staff | Path::Other => return None,
    };
    let from = headers.get(header::ORIGIN)?.to_str().ok()?;
    (home != reader && asked.is_at(home) && from == reader.to_string()).then_some(reader)
}

/// What the answer to such a page carries besides. Never for anybody's cookies: `Allow-Credentials` is nowhere.
///
/// # Panics
/// Never: an origin is visible ASCII.
#[must_use]
pub fn readable_by(reader: &Origin) -> HeaderMap {
    let origin = HeaderValue::from_str(&reader.to_string()).expect("a checked origin is visible ASCII");
    HeaderMap::from_iter([
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
        (HeaderName::from_static("access-control-expose-headers"), HeaderValue::from_static("*")),
    ])
}

pub(super) async fn told_to_our_own_pages(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let reader = reader(&app.centre.origins, request.uri().path(), request.headers()).cloned();
    let mut response = next.run(request).await;
    if let Some(reader) = reader {
        response.headers_mut().extend(readable_by(&reader));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn apart() -> Origins {
        Origins {
            pages: origin("https://chat.example.org"),
            relay: origin("https://relay.example.org"),
            staff: origin("https://staff.example.org:8443"),
            onion: Some(origin("http://something.onion")),
            line: 0,
        }
    }

    fn at(host: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))])
    }

    #[test]
    fn each_of_three_hosts_serves_its_own_and_nothing_of_the_others() {
        let (pages, relay, staff) =
            (at("chat.example.org"), at("relay.example.org"), at("Staff.example.org:8443"));
        let of_staff: &[&str] = &["/staff", "/staff/", "/staff/sign-in", "/ws/desk"];
        for (own, paths) in
            [(&pages, &["/", "/ar", "/ckb"][..]), (&relay, &["/ws/visit", "/leave"]), (&staff, of_staff)]
        {
            for path in paths {
                for host in [&pages, &relay, &staff] {
                    assert_eq!(belongs(&apart(), Part::All, path, host), host == own, "{path} at {host:?}");
                }
            }
        }
        for path in of_staff {
            for host in [at("staff.example.org"), at("something.onion"), at("10.0.0.1"), HeaderMap::new()] {
                assert!(!belongs(&apart(), Part::All, path, &host), "{path} at {host:?}");
            }
        }
        for path in ["/assets/x.js", "/health", "/state"] {
            assert!([&pages, &relay, &staff].into_iter().all(|host| belongs(
                &apart(),
                Part::All,
                path,
                host
            )));
        }
        for path in ["/", "/ws/visit", "/leave"] {
            assert!(belongs(&apart(), Part::All, path, &at("something.onion")), "{path}");
        }
    }

    #[test]
    fn one_host_for_all_serves_all() {
        let one = Origins { pages: apart().staff, relay: apart().staff, ..apart() };
        for path in ["/", "/staff/", "/ws/desk", "/ws/visit", "/leave"] {
            assert!(belongs(&one, Part::All, path, &at("staff.example.org:8443")), "{path}");
        }
    }

    #[test]
    fn a_process_for_the_pages_has_no_sockets_and_one_for_the_relay_no_page() {
        for host in ["chat.example.org", "relay.example.org", "staff.example.org:8443", "10.0.0.1"] {
            for path in ["/ws/visit", "/leave", "/staff/", "/staff/sign-in", "/ws/desk"] {
                assert!(!belongs(&apart(), Part::Pages, path, &at(host)), "{path} at {host}");
            }
            assert!(!belongs(&apart(), Part::Relay, "/", &at(host)), "/ at {host}");
        }
        assert!(belongs(&apart(), Part::Pages, "/", &at("chat.example.org")));
        assert!(
            belongs(&apart(), Part::Relay, "/", &at("something.onion")),
            "an onion address has no other process"
        );
        assert!(belongs(&apart(), Part::Relay, "/ws/visit", &at("relay.example.org")));
        assert!(belongs(&apart(), Part::Relay, "/staff/", &at("staff.example.org:8443")));
    }

    #[test]
    fn the_state_is_read_by_the_visitors_page_the_page_by_the_console_and_nothing_by_anybody_else() {
        let from = |host, origin| {
            let mut headers = at(host);
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            headers
        };
        let (pages, relay, staff) =
            ("https://chat.example.org", "https://relay.example.org", "https://staff.example.org:8443");
        let hosts = ["chat.example.org", "relay.example.org", "staff.example.org:8443", "something.onion"];
        let strangers = [
            "https://chat.example.org.evil.org",
            "http://chat.example.org",
            "null",
            "https://staff.example.org",
        ];
        for path in
            ["/", "/assets/x.js", "/state", "/leave", "/ws/visit", "/staff/", "/staff/session", "/health"]
        {
            for host in hosts {
                for who in [pages, relay, staff].into_iter().chain(strangers) {
                    let expected = match (path, host) {
                        ("/state" | "/leave", "relay.example.org") => who == pages,
                        ("/" | "/assets/x.js", "chat.example.org") => who == staff,
                        _ => false,
                    };
                    let (origins, headers) = (apart(), from(host, who));
                    assert_eq!(
                        reader(&origins, path, &headers).is_some(),
                        expected,
                        "{who} reads {path} of {host}"
                    );
                }
            }
        }
        assert!(
            reader(&apart(), "/state", &at("relay.example.org")).is_none(),
            "who names no origin is no page"
        );
        let sent = readable_by(&origin(pages));
        assert_eq!(sent[header::ACCESS_CONTROL_ALLOW_ORIGIN], pages);
        assert!(!sent.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}
