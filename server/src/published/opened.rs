//! What came compressed, as it is read.

use std::io::Read;

/// Larger than any page of ours.
const MOST: u64 = 4 * 1024 * 1024;

/// The text behind a `Content-Encoding`; `None` when it is not of that form, or longer than any page.
pub(super) fn opened(encoding: Option<&str>, body: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        None => Some(body.to_vec()),
        Some("br") => whole(brotli::Decompressor::new(body, 4_096)),
        Some("gzip") => whole(flate2::read::GzDecoder::new(body)),
        Some(_) => None,
    }
}

fn whole(reader: impl Read) -> Option<Vec<u8>> {
    let mut opened = Vec::new();
    reader.take(MOST + 1).read_to_end(&mut opened).ok()?;
    (opened.len() as u64 <= MOST).then_some(opened)
}
