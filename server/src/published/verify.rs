//! Asking a running server, and comparing everything it answers.

use std::fmt;

use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};

use super::Finding;
use super::compare::{self, Possible};
use super::fetch::{Answer, NotFetched, Server};
use super::opened::opened;
use crate::app::readable_by;
use crate::centre::{Centre, Origin};
use crate::hours::{Calendar, DAYS_AHEAD, Edit, MOST_EDITS};
use crate::pages::{Page, Pages, Place, View, Which, plain_headers};
use crate::tls::Connector;

/// The server's clock may be so far from ours, in seconds.
const CLOCKS_APART: i64 = 60;

/// The two forms a file is asked for in: as it is, and as browsers take it.
const FORMS: [&str; 2] = ["identity", "gzip, deflate, br, zstd"];

/// Other servers (`host:port`) to ask under the names of the page's host and of the relay's.
#[derive(Clone, Debug, Default)]
pub struct Connect {
    /// Instead of the page's own host.
    pub page: Option<String>,
    /// Instead of the relay's, when that is another host.
    pub relay: Option<String>,
}

/// What is asked, of whom.
pub struct Question {
    which: Which,
    place: Place,
    path: &'static str,
    origin: Origin,
    connect: Connect,
    connector: Connector,
}

/// Why nothing can be compared: a sentence for the person who asked.
#[derive(Debug)]
pub enum NotVerifiable {
    /// The address is none of the centre's.
    NotOfTheCentre(String),
    /// An answer did not come at all.
    NotFetched(String, NotFetched),
}

impl fmt::Display for NotVerifiable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOfTheCentre(sentence) => f.write_str(sentence),
            Self::NotFetched(of, error) => write!(f, "{of}: {error}"),
        }
    }
}

impl std::error::Error for NotVerifiable {}

impl Question {
    /// What `url` is in this centre's file. `connect` names other servers to ask under its names.
    ///
    /// # Errors
    /// [`NotVerifiable::NotOfTheCentre`] when it is neither the visitors' page nor the console.
    pub fn about(
        centre: &Centre,
        url: &str,
        connect: Connect,
        connector: Connector,
    ) -> Result<Self, NotVerifiable> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let origin = Origin::parse(&format!("{scheme}://{host}"))
            .map_err(|why| NotVerifiable::NotOfTheCentre(format!("{url}: {why}")))?;
        let origins = &centre.origins;
        let (which, place, path) = match path {
            "/" if origin == origins.pages => (Which::Visitor, Place::Pages, "/"),
            "/" if Some(&origin) == origins.onion.as_ref() => (Which::Visitor, Place::Onion, "/"),
            "/" | "/staff" | "/staff/" if origin == origins.staff => (Which::Staff, Place::Staff, "/staff/"),
            _ => {
                return Err(NotVerifiable::NotOfTheCentre(format!(
                    "{url} is neither {}/ nor {}/staff/, which are this centre's pages",
                    origins.pages, origins.staff
                )));
            }
        };
        Ok(Self { which, place, path, origin, connect, connector })
    }

    fn server(&self) -> Server {
        self.server_at(&self.origin, self.connect.page.clone(), None)
    }

    /// The relay from which the visitor's page takes its sentences while it is open, if that is another host.
    fn relay(&self, centre: &Centre) -> Option<Server> {
        let relay = self.place.other_relay(centre)?;
        Some(self.server_at(relay, self.connect.relay.clone(), Some(self.origin.to_string())))
    }

    fn server_at(&self, origin: &Origin, connect: Option<String>, page: Option<String>) -> Server {
        let authority = origin.authority();
        let usual = if origin.is_secure() { 443 } else { 80 };
        let named =
            authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let own = if named { authority.clone() } else { format!("{authority}:{usual}") };
        let tls = origin.is_secure().then(|| (self.connector.clone(), origin.host().to_owned()));
        Server { connect: connect.unwrap_or(own), authority, tls, page }
    }
}

/// What a server that was asked serves.
#[derive(Debug)]
pub struct Verified {
    /// What is otherwise than it should be.
    pub found: Vec<Finding>,
    /// What its staff changed about the opening hours, as it says itself: nobody outside can know better. A day
    /// further away than the staff may change is a finding.
    pub edits: Vec<Edit>,
}

/// Fetches the page, every file of this build in both forms, and `/state`; compares bytes and headers.
///
/// # Errors
/// [`NotVerifiable::NotFetched`] for an answer that never came. What came and is wrong is a finding.
pub async fn verify(centre: &Centre, pages: &Pages, question: &Question) -> Result<Verified, NotVerifiable> {
    let server = question.server();
    let Question { which, place, path, .. } = *question;
    let mut found = Vec::new();

    // What the staff changed since the file was written says the server alone.
    let (edits, changed) = changed(&server, centre, &mut found).await?;

    for form in FORMS {
        let before = Timestamp::now();
        let page = get(&server, path, form).await?;
        let possible = possible(&changed.calendar, before, Timestamp::now());
        let first = possible[0].view(centre, place);
        let wanted = match which {
            Which::Visitor => pages.visitor(&first).headers,
            Which::Staff => pages.staff(&first).headers,
        };
        found.extend(answer(path, &as_sent(wanted, form), &page));
        found.extend(match plain(&page) {
            Some(body) => {
                let render = |one: &Possible| match which {
                    Which::Visitor => pages.visitor(&one.view(centre, place)).body,
                    Which::Staff => pages.staff(&one.view(centre, place)).body,
                };
                let rendered: Vec<String> = possible.iter().map(render).collect();
                compare::page(path, pages.template(which), &rendered, &body)
            }
            None => vec![unreadable(path)],
        });
    }

    if which == Which::Visitor {
        found.extend(plain_pages(&server, (pages, centre, place), &changed.calendar).await?);
    }

    // Every file, those too that only the other page needs: they are served at every host alike.
    let of_assets = if place == Place::Onion { Place::Onion } else { Place::Pages };
    for name in pages.asset_paths() {
        let path = format!("/{name}");
        for form in FORMS {
            let Some(asset) = pages.asset(centre, of_assets, name, Some(form)) else { continue };
            let came = get(&server, &path, form).await?;
            found.extend(answer(&path, &asset.headers, &came));
            found.extend(compare::bytes(&path, &asset.body, &came.body));
        }
    }

    found.extend(state(&server, "/state", (pages, centre, of_assets), &changed.calendar).await?);
    let mut edits = edits;
    if let Some(relay) = question.relay(centre) {
        // Its staff are asked anew: a process that serves pages alone knows of none.
        let (told, changed) = self::changed(&relay, centre, &mut found).await?;
        let of = format!("{}/state", centre.origins.relay);
        found.extend(state(&relay, &of, (pages, centre, of_assets), &changed.calendar).await?);
        edits = told;
    }
    Ok(Verified { found: each_once(found), edits })
}

/// The page without scripts in each language that is offered beside the document's own.
async fn plain_pages(
    server: &Server,
    (pages, centre, place): (&Pages, &Centre, Place),
    calendar: &Calendar,
) -> Result<Vec<Finding>, NotVerifiable> {
    let mut found = Vec::new();
    for (language, template) in pages.plain_templates() {
        let path = format!("/{language}");
        for form in FORMS {
            let before = Timestamp::now();
            let page = get(server, &path, form).await?;
            let possible = possible(calendar, before, Timestamp::now());
            let render = |one: &Possible| pages.plain(&View { language, ..one.view(centre, place) });
            let wanted: Vec<Page> = possible.iter().filter_map(render).collect();
            let Some(Page { headers, .. }) = wanted.first() else {
                if page.status != 404 {
                    let says = "it is served, and the language is not offered".to_owned();
                    found.push(Finding { of: path.clone(), says });
                }
                continue;
            };
            found.extend(answer(&path, &as_sent(headers.clone(), form), &page));
            let rendered: Vec<String> = wanted.into_iter().map(|page| page.body).collect();
            found.extend(match plain(&page) {
                Some(body) => compare::page(&path, template, &rendered, &body),
                None => vec![unreadable(&path)],
            });
        }
    }
    Ok(found)
}

/// What a server says its staff changed, and the centre with it.
async fn changed(
    server: &Server,
    centre: &Centre,
    found: &mut Vec<Finding>,
) -> Result<(Vec<Edit>, Centre), NotVerifiable> {
    let state = get(server, "/state", FORMS[0]).await?;
    let edits = edits(&centre.calendar, Timestamp::now(), &state.body).unwrap_or_else(|says| {
        found.push(Finding { of: "/state".to_owned(), says });
        Vec::new()
    });
    let calendar = Calendar { edits: edits.clone(), ..centre.calendar.clone() };
    Ok((edits, Centre { calendar, ..centre.clone() }))
}

/// `/state` in both forms. A relay that is asked for another host's page lets that page read the answer, and no other.
async fn state(
    server: &Server,
    of: &str,
    (pages, centre, place): (&Pages, &Centre, Place),
    calendar: &Calendar,
) -> Result<Vec<Finding>, NotVerifiable> {
    let mut found = Vec::new();
    for form in FORMS {
        let before = Timestamp::now();
        let state = get(server, "/state", form).await?;
        let possible = possible(calendar, before, Timestamp::now());
        let mut wanted = plain_headers(centre, place);
        wanted.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if server.page.is_some() {
            wanted.extend(readable_by(place.origin(centre)));
        }
        found.extend(answer(of, &as_sent(wanted, form), &state));
        found.extend(match plain(&state) {
            Some(body) => compare::state(of, (pages, centre, place), &possible, &body),
            None => vec![unreadable(of)],
        });
    }
    Ok(found)
}

/// What is wrong in both forms is told once.
fn each_once(found: Vec<Finding>) -> Vec<Finding> {
    let mut told: Vec<Finding> = Vec::new();
    for finding in found {
        if !told.contains(&finding) {
            told.push(finding);
        }
    }
    told
}

/// Page and state are made anew for everybody, and then compressed for whoever takes that.
fn as_sent(mut headers: HeaderMap, form: &str) -> HeaderMap {
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if form == FORMS[1] {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    headers
}

fn plain(came: &Answer) -> Option<Vec<u8>> {
    let encoding = came.headers.get(header::CONTENT_ENCODING);
    let encoding = encoding.map(|encoding| encoding.to_str().unwrap_or("?"));
    opened(encoding, &came.body)
}

fn unreadable(of: &str) -> Finding {
    Finding { of: of.to_owned(), says: "it is not compressed as it says".into() }
}

async fn get(server: &Server, path: &str, form: &str) -> Result<Answer, NotVerifiable> {
    server.get(path, form).await.map_err(|error| NotVerifiable::NotFetched(path.to_owned(), error))
}

fn answer(of: &str, wanted: &HeaderMap, came: &Answer) -> Vec<Finding> {
    let mut found = compare::headers(of, wanted, &came.headers);
    if came.status != http::StatusCode::OK {
        found.insert(
            0,
            Finding { of: of.to_owned(), says: format!("the status is {}, not 200", came.status) },
        );
    }
    found
}

/// What the door may have been while the server answered, its clock a minute before or behind ours.
fn possible(calendar: &Calendar, from: Timestamp, to: Timestamp) -> Vec<Possible> {
    let apart = SignedDuration::from_secs(CLOCKS_APART);
    let moments = [from, to, from - apart, to + apart];
    moments.into_iter().flat_map(|moment| Possible::at(&calendar.at(moment))).collect()
}

/// The changes that `/state` names: none is of the past or further away than the staff may reach.
fn edits(calendar: &Calendar, now: Timestamp, state: &[u8]) -> Result<Vec<Edit>, String> {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(default)]
        edits: Vec<String>,
    }
    // A state that is none is found where it is compared.
    let named = serde_json::from_slice(state).map_or_else(|_| Vec::new(), |Named { edits }| edits);
    let today = calendar.local(now).date();
    let ahead = |days: i64| today.saturating_add(jiff::Span::new().days(days));
    // A day to spare on both sides, for the clocks.
    let is_near = |edit: &Edit| ahead(-1) <= edit.day && edit.day <= ahead(DAYS_AHEAD + 1);
    let read = |text: &String| {
        Edit::read(text).filter(is_near).ok_or_else(|| {
            let shown: String = text.chars().take(60).collect();
            format!("it names a change of the opening hours that no console can make: {shown:?}")
        })
    };
    if named.len() > MOST_EDITS {
        return Err(format!("it names {} changes of the opening hours, more than there can be", named.len()));
    }
    named.iter().map(read).collect()
}
