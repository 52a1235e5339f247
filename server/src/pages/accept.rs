//! `Accept-Encoding` (RFC 9110, 12.5.3), as far as we have something to offer.

/// The forms a client takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Brotli (RFC 7932).
    pub brotli: bool,
    /// gzip (RFC 1952).
    pub gzip: bool,
}

impl Accepted {
    /// Reads the header's value; an empty one takes nothing.
    #[must_use]
    pub fn read(header: &str) -> Self {
        let (mut brotli, mut gzip, mut any) = (None, None, None);
        for part in header.split(',') {
            let (name, weight) = part.split_once(';').unwrap_or((part, ""));
            let weight = weight.trim().to_ascii_lowercase();
            let refused = weight.strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0_f32));
            match name.trim().to_ascii_lowercase().as_str() {
                "br" => brotli = Some(!refused),
                "gzip" => gzip = Some(!refused),
                "*" => any = Some(!refused),
                _ => {}
            }
        }
        let any = any.unwrap_or(false);
        Self { brotli: brotli.unwrap_or(any), gzip: gzip.unwrap_or(any) }
    }
}
