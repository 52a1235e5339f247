//! The two pages: HTML with named slots, response headers, and the files they need, all inside the binary.
//!
//! A page is a template that the web build made; its code is the same for every centre. What differs stands
//! in two kinds of places only. A *slot* holds sentences and is emptied before the page is hashed:
//!
//! ```html
//! <!--slot:state--><p>What is shown if nobody fills the slot.</p><!--/slot-->
//! ```
//!
//! A *blank* such as `{{exit}}` stands in text or in a quoted attribute and holds one escaped value. Where a
//! blank could become code (inside `<script>` and `<style>`, in event attributes, as an address that is not
//! checked), the template is refused when it is loaded.

mod accept;
mod embedded;
mod fill;
mod headers;
mod plain;
mod spoken;
mod template;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use http::HeaderMap;
use lykta_wire::OpenState;

use crate::centre::{Centre, Origin, Texts};
use crate::hours::Now;

use spoken::Spoken;

pub use accept::Accepted;
pub use headers::STAFF_POLICY;
pub use plain::is_tag;
pub use template::{Differs, Template, TemplateError};
pub use words::{Sentences, ShownLine, sentences};

/// Where a page is served from: it decides whom the page may talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The visitors' host.
    Pages,
    /// The visitors' page as an onion service: the sockets are on the same onion.
    Onion,
    /// The console's host.
    Staff,
    /// The demonstration: one origin on this machine for everything.
    Demo,
}

/// What a page is rendered from.
#[derive(Clone, Copy)]
pub struct View<'v> {
    /// The centre.
    pub centre: &'v Centre,
    /// Where the page is served from.
    pub place: Place,
    /// The present state.
    pub state: OpenState,
    /// What the calendar says now.
    pub now: &'v Now,
    /// The languages that somebody on duty writes; none: not known.
    pub staffed: &'v [String],
    /// Codes of the roles on duty, for professionals; none: not known, or nobody.
    pub on_duty: &'v [u8],
    /// The language of the slots. One that the centre does not have means its first.
    pub language: &'v str,
}

/// A rendered page.
#[derive(Debug)]
pub struct Page {
    /// All its headers, the content type too.
    pub headers: HeaderMap,
    /// The HTML.
    pub body: String,
}

/// A file the pages need.
#[derive(Debug)]
pub struct Asset {
    /// All its headers.
    pub headers: HeaderMap,
    /// The bytes, compressed if the headers say so.
    pub body: Cow<'static, [u8]>,
}

/// Which of the two pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The visitor's page.
    Visitor,
    /// The console.
    Staff,
}

impl Which {
    /// The sentences of the page that a centre says otherwise in one language.
    fn sentences(self, texts: &Texts) -> &BTreeMap<String, String> {
        match self {
            Which::Visitor => &texts.page,
            Which::Staff => &texts.console,
        }
    }
}

/// Why the pages cannot be served.
#[derive(Debug)]
pub enum LoadError {
    /// The web build left no such file.
    Missing(&'static str),
    /// A template is not one.
    Template(String, TemplateError),
    /// A file of a kind that we do not know how to name to a browser.
    UnknownKind(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Missing(name) => {
                write!(
                    f,
                    "web-client/dist/{name} was not there when the relay was built: build the web client first"
                )
            }
            LoadError::Template(name, error) => write!(f, "web-client/dist/{name}: {error}"),
            LoadError::UnknownKind(name) => {
                write!(f, "web-client/dist/{name} is of a kind that is not served")
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// Everything that is served, parsed once.
pub struct Pages {
    visitor: Document,
    staff: Document,
    plain: BTreeMap<String, Document>,
    assets: BTreeMap<String, StoredAsset>,
    spoken: BTreeMap<String, Spoken>,
}

struct Document {
    template: Template,
    inline: headers::InlineHashes,
}

struct StoredAsset {
    kind: &'static str,
    plain: Cow<'static, [u8]>,
    brotli: Option<Cow<'static, [u8]>>,
    gzip: Option<Cow<'static, [u8]>>,
}

const VISITOR: &str = "visitor.html";
const STAFF: &str = "staff.html";

impl Pages {
    /// The pages inside this binary.
    ///
    /// # Errors
    /// What is missing or wrong in the web build.
    pub fn load() -> Result<Self, LoadError> {
        Self::from_files(embedded::files())
    }

    /// Pages from (path, bytes): `visitor.html`, `staff.html`, `plain.TAG.html` and everything under `assets/`; `NAME.br` and
    /// `NAME.gz` are compressed forms of `NAME`. Other files are not served.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn from_files(
        files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>,
    ) -> Result<Self, LoadError> {
        let mut files: BTreeMap<String, Cow<'static, [u8]>> = files.into_iter().collect();
        let document = |name: &str, bytes: Cow<'static, [u8]>| {
            let wrong = |error| LoadError::Template(name.to_owned(), error);
            let source = String::from_utf8(bytes.into_owned()).map_err(|_| wrong(TemplateError::NotUtf8))?;
            let template = Template::parse(&source).map_err(wrong)?;
            let inline = headers::InlineHashes::of(&template);
            Ok(Document { template, inline })
        };
        let mut whole =
            |name: &'static str| document(name, files.remove(name).ok_or(LoadError::Missing(name))?);
        let (visitor, staff) = (whole(VISITOR)?, whole(STAFF)?);
        let plain = files
            .iter()
            .filter_map(|(name, bytes)| Some((plain::tag(name)?, name, bytes)))
            .map(|(tag, name, bytes)| Ok((tag.to_owned(), document(name, bytes.clone())?)))
            .collect::<Result<_, LoadError>>()?;
        let mut assets = BTreeMap::new();
        let compressed = |name: &str, ending: &str| files.get(&format!("{name}{ending}")).cloned();
        for (name, plain) in &files {
            if !name.starts_with("assets/") || name.ends_with(".br") || name.ends_with(".gz") {
                continue;
            }
            let kind = kind_of(name).ok_or_else(|| LoadError::UnknownKind(name.clone()))?;
            let (brotli, gzip) = (compressed(name, ".br"), compressed(name, ".gz"));
            assets.insert(name.clone(), StoredAsset { kind, plain: plain.clone(), brotli, gzip });
        }
        let spoken =
            assets.iter().filter_map(|(name, asset)| spoken::translation(name, &asset.plain)).collect();
        Ok(Self { visitor, staff, plain, assets, spoken })
    }

    /// The visitor's page.
    #[must_use]
    pub fn visitor(&self, view: &View<'_>) -> Page {
        Page {
            headers: headers::visitor(view.centre, view.place, &self.visitor.inline),
            body: fill::page(&self.visitor.template, Which::Visitor, view, || {
                fill::other_languages(view, self.visitor.template.language(), &self.spoken)
            }),
        }
    }

    /// The console.
    #[must_use]
    pub fn staff(&self, view: &View<'_>) -> Page {
        Page {
            headers: headers::staff(view.centre, view.place, &self.staff.inline),
            body: fill::page(&self.staff.template, Which::Staff, view, String::new),
        }
    }

    /// A file under `assets/`, with or without a leading slash, in the best form the client takes.
    #[must_use]
    pub fn asset(
        &self,
        centre: &Centre,
        place: Place,
        path: &str,
        accept_encoding: Option<&str>,
    ) -> Option<Asset> {
        let stored = self.assets.get(path.strip_prefix('/').unwrap_or(path))?;
        let accepted = accept::Accepted::read(accept_encoding.unwrap_or_default());
        let (body, encoding) = match (&stored.brotli, &stored.gzip) {
            (Some(brotli), _) if accepted.brotli => (brotli, Some("br")),
            (_, Some(gzip)) if accepted.gzip => (gzip, Some("gzip")),
            _ => (&stored.plain, None),
        };
        Some(Asset { headers: headers::asset(centre, place, stored.kind, encoding), body: body.clone() })
    }

    /// The languages the visitor's page is built in: the document's own and those a script can fetch.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.visitor.template.language()).chain(self.spoken.keys().map(String::as_str))
    }

    /// The paths of all assets, `assets/…`.
    pub fn asset_paths(&self) -> impl Iterator<Item = &str> {
        self.assets.keys().map(String::as_str)
    }

    /// The uncompressed bytes of an asset.
    #[must_use]
    pub fn asset_bytes(&self, path: &str) -> Option<&[u8]> {
        self.assets.get(path).map(|asset| asset.plain.as_ref())
    }

    /// A page's template, for hashes and for comparing a page that was fetched.
    #[must_use]
    pub fn template(&self, which: Which) -> &Template {
        match which {
            Which::Visitor => &self.visitor.template,
            Which::Staff => &self.staff.template,
        }
    }

    /// The bytes of a page that are the same for every centre and at any moment: its slots and blanks empty.
    #[must_use]
    pub fn slot_empty_bytes(&self, which: Which) -> Vec<u8> {
        self.template(which).empty().into_bytes()
    }

    /// The answer of `GET /state` and the headers it is sent with: the state, and for each language the
    /// sentences of the slots, so that a page that stays open stays true. `state` and `now` as for the pages.
    #[must_use]
    pub fn state_json(&self, view: &View<'_>) -> String {
        words::state_json(view, true)
    }

    /// The same without the help lines, for a page that has just come with them: they are most of the answer.
    #[must_use]
    pub fn first_state_json(&self, view: &View<'_>) -> String {
        words::state_json(view, false)
    }
}

/// What the centre's file puts into the blanks of a page served from this place, by name and unescaped; without the
/// state of the door.
#[must_use]
pub fn settings(view: &View<'_>) -> Vec<(&'static str, String)> {
    fill::settings(view)
}

/// Headers of `/state` and of every other answer that is neither page nor asset, without a content type.
#[must_use]
pub fn plain_headers(centre: &Centre, place: Place) -> HeaderMap {
    headers::plain(centre, place)
}

impl Place {
    /// The origin of the page itself.
    pub(crate) fn origin(self, centre: &Centre) -> &Origin {
        match self {
            Place::Pages | Place::Demo => &centre.origins.pages,
            Place::Onion => centre.origins.onion.as_ref().unwrap_or(&centre.origins.pages),
            Place::Staff => &centre.origins.staff,
        }
    }

    /// The origin of the sockets if it is another than the page's own.
    pub(crate) fn other_relay(self, centre: &Centre) -> Option<&Origin> {
        match self {
            // The console's socket is on the console's own host: its session is a cookie of that host alone.
            Place::Demo | Place::Onion | Place::Staff => None,
            Place::Pages => Some(&centre.origins.relay).filter(|relay| *relay != self.origin(centre)),
        }
    }
}

fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
