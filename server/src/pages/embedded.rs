//! The web build, inside the binary.

use std::borrow::Cow;

use rust_embed::Embed;

/// `web-client/dist` as it was when the relay was built, in debug builds too. A compiler error "folder …
/// does not exist" at this place means that the web client has not been built.
#[derive(Embed)]
#[folder = "../web-client/dist"]
struct WebClientDist;

pub(super) fn files() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    WebClientDist::iter().filter_map(|path| Some((path.to_string(), WebClientDist::get(&path)?.data)))
}
