//! The answers that are made anew for everybody, compressed once while they stay the same.
//!
//! There is no secret in them beside which a guess could be laid: they are the same for whoever asks.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::pages::Accepted;

/// The last answer in each of its compressed forms.
#[derive(Default)]
pub struct Squeezed {
    brotli: Last,
    gzip: Last,
}

type Last = Mutex<Option<(String, Bytes)>>;

/// The same for a document in several languages: as many as there are documents.
#[derive(Default)]
pub struct SqueezedEach(Mutex<BTreeMap<String, Arc<Squeezed>>>);

impl SqueezedEach {
    /// Those of one language; only for one that there is a document in.
    pub fn of(&self, language: &str) -> Arc<Squeezed> {
        let mut all = self.0.lock().expect("nothing panics while it looks for a language");
        Arc::clone(all.entry(language.to_owned()).or_default())
    }
}

impl Squeezed {
    /// The answer with these headers, compressed for whoever takes it. (Browsers take Brotli only over TLS, and this must
    /// be small over an onion address too.)
    pub fn answer(&self, asked: &HeaderMap, mut headers: HeaderMap, body: String) -> Response {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        let accepted = Accepted::read(accepted.unwrap_or_default());
        let (name, squeezed) = match accepted {
            Accepted { brotli: true, .. } => ("br", squeeze(&self.brotli, body, brotli)),
            Accepted { gzip: true, .. } => ("gzip", squeeze(&self.gzip, body, gzip)),
            _ => return (headers, body).into_response(),
        };
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        (headers, squeezed).into_response()
    }
}

fn squeeze(last: &Last, body: String, how: fn(&[u8]) -> Vec<u8>) -> Bytes {
    let mut last = last.lock().expect("nothing panics while it holds the last answer");
    if let Some((_, squeezed)) = last.as_ref().filter(|(known, _)| *known == body) {
        return squeezed.clone();
    }
    let squeezed = Bytes::from(how(body.as_bytes()));
    *last = Some((body, squeezed.clone()));
    squeezed
}

/// The best there is takes a tenth of a second, and is needed when the state of the page changes.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut squeezed = Vec::new();
    {
        let mut writer = ::brotli::CompressorWriter::new(&mut squeezed, 4_096, 11, 20);
        writer.write_all(bytes).expect("writing to a Vec cannot fail");
    }
    squeezed
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to a Vec cannot fail")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    type How = fn(&[u8]) -> Vec<u8>;
    type Back = fn(&[u8]) -> String;

    fn plain(squeezed: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(squeezed).read_to_string(&mut text).unwrap();
        text
    }

    fn plain_of_brotli(squeezed: &[u8]) -> String {
        let mut text = String::new();
        ::brotli::Decompressor::new(squeezed, 4_096).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_same_answer_is_compressed_once_and_another_is_never_given_for_it() {
        for (form, opened) in [(gzip as How, plain as Back), (brotli, plain_of_brotli)] {
            let last = Last::default();
            let squeeze = |text: String| super::squeeze(&last, text, form);
            let first = squeeze("öppet ".repeat(100));
            assert_eq!(first.as_ptr(), squeeze("öppet ".repeat(100)).as_ptr());
            assert!(first.len() < 100);
            assert_eq!(opened(&squeeze("stängt".into())), "stängt");
            assert_eq!(opened(&squeeze("öppet ".repeat(100))), "öppet ".repeat(100));
        }
    }

    #[test]
    fn whoever_does_not_take_it_gets_it_plain() {
        let squeezed = Squeezed::default();
        let asked = |accept: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accept))])
        };
        for (accept, encoding) in
            [("gzip, br", Some("br")), ("gzip", Some("gzip")), ("gzip;q=0", None), ("", None)]
        {
            let answer = squeezed.answer(&asked(accept), HeaderMap::new(), "öppet".into());
            let said = answer.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(said, encoding, "{accept}");
            assert_eq!(answer.headers()[header::VARY], "accept-encoding");
        }
    }
}
