//! What the visitor's page should be just now, for a console that looks at it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::compare::Possible;
use super::hashes::hex;
use crate::centre::Centre;
use crate::hours::Now;
use crate::pages::{Pages, Place, View};

/// The visitor's page, its headers and every file, as hashes. Everything in small letters and hexadecimal.
#[derive(Debug, serde::Serialize)]
pub struct Expected {
    /// SHA-256 of each document that may be served now: the seats on duty are another host's knowledge.
    pub documents: BTreeSet<String>,
    /// The headers it is sent with, but for those that say how it is compressed.
    pub headers: BTreeMap<String, String>,
    /// SHA-256 of every file by its path, `assets/…`, uncompressed.
    pub files: BTreeMap<String, String>,
}

/// What may be served at `place` at any of these moments.
#[must_use]
pub fn expected(centre: &Centre, pages: &Pages, place: Place, moments: &[Now]) -> Expected {
    let possible: Vec<Possible> = moments.iter().flat_map(Possible::at).collect();
    let views: Vec<View<'_>> = possible.iter().map(|one| one.view(centre, place)).collect();
    let documents = views.iter().map(|view| hash(pages.visitor(view).body.as_bytes())).collect();
    let headers = views.first().map(|view| pages.visitor(view).headers).unwrap_or_default();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let files =
        pages.asset_paths().filter_map(|path| Some((path.to_owned(), hash(pages.asset_bytes(path)?))));
    Expected { documents, headers: headers.collect(), files: files.collect() }
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
