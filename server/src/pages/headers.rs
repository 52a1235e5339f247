//! The headers of every answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::template::Template;
use super::{Place, Which};
use crate::centre::Centre;

/// The one Trusted Types policy of the console, which may make the address of its lease worker and nothing
/// else. The visitor's page has none.
pub const STAFF_POLICY: &str = "lykta-worker";

/// Two years, in seconds, as browsers' preload lists ask.
const STRICT_TRANSPORT: &str = "max-age=63072000";

/// Hashes of what a page carries inline, as the policy writes them: `'sha256-…'`.
pub(super) struct InlineHashes {
    import_map: Option<String>,
    style: Option<String>,
}

impl InlineHashes {
    pub(super) fn of(template: &Template) -> Self {
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
        Self { import_map: template.import_map().map(hash), style: template.style().map(hash) }
    }
}

pub(super) fn visitor(centre: &Centre, place: Place, inline: &InlineHashes) -> HeaderMap {
    page(centre, place, inline, Which::Visitor)
}

pub(super) fn staff(centre: &Centre, place: Place, inline: &InlineHashes) -> HeaderMap {
    page(centre, place, inline, Which::Staff)
}

/// Of a document that no script may run in, and that talks with nobody.
pub(super) fn plain_page(centre: &Centre, place: Place, inline: &InlineHashes) -> HeaderMap {
    let mut policy = vec![
        "default-src 'none'".to_owned(),
        sources("style-src", &["'self'"], inline.style.as_deref()),
        "img-src 'self'".to_owned(),
    ];
    policy.extend(CLOSED.map(String::from));
    policy.push("trusted-types 'none'".to_owned());
    let mut headers = page(centre, place, inline, Which::Visitor);
    set(&mut headers, header::CONTENT_SECURITY_POLICY, &policy.join("; "));
    headers
}

fn page(centre: &Centre, place: Place, inline: &InlineHashes, which: Which) -> HeaderMap {
    let mut policy = vec![
        "default-src 'none'".to_owned(),
        sources("script-src", &["'self'", "'wasm-unsafe-eval'"], inline.import_map.as_deref()),
        sources("style-src", &["'self'"], inline.style.as_deref()),
        // The icon, ours and neutral.
        "img-src 'self'".to_owned(),
        connect(centre, place),
    ];
    if which == Which::Staff {
        // The worker that renews the seat, and the sound of somebody waiting.
        policy.push("worker-src 'self'".to_owned());
        policy.push("media-src 'self'".to_owned());
    }
    policy.extend(CLOSED.map(String::from));
    policy.push(match which {
        Which::Visitor => "trusted-types 'none'".to_owned(),
        Which::Staff => format!("trusted-types {STAFF_POLICY}"),
    });
    let mut headers = plain(centre, place);
    set(&mut headers, header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut headers, header::CONTENT_SECURITY_POLICY, &policy.join("; "));
    set(&mut headers, HeaderName::from_static("integrity-policy"), "blocked-destinations=(script)");
    set(&mut headers, HeaderName::from_static("permissions-policy"), &permissions(which));
    headers
}

/// A script that runs as a worker lives under the policy of its own answer, so assets carry one too.
pub(super) fn asset(centre: &Centre, place: Place, kind: &str, encoding: Option<&'static str>) -> HeaderMap {
    let mut policy = vec![
        "default-src 'none'".to_owned(),
        "script-src 'self' 'wasm-unsafe-eval'".to_owned(),
        connect(centre, place),
    ];
    policy.extend(CLOSED.map(String::from));
    policy.push("trusted-types 'none'".to_owned());
    let mut headers = plain(centre, place);
    set(&mut headers, header::CONTENT_TYPE, kind);
    set(&mut headers, header::CONTENT_SECURITY_POLICY, &policy.join("; "));
    set(&mut headers, header::VARY, "accept-encoding");
    if let Some(encoding) = encoding {
        set(&mut headers, header::CONTENT_ENCODING, encoding);
    }
    headers
}

/// What every answer carries.
pub(super) fn plain(centre: &Centre, place: Place) -> HeaderMap {
    let mut headers = HeaderMap::new();
    set(&mut headers, header::CACHE_CONTROL, "no-store");
    set(&mut headers, header::REFERRER_POLICY, "no-referrer");
    set(&mut headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(&mut headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(&mut headers, HeaderName::from_static("origin-agent-cluster"), "?1");
    // Browsers ignore it over plain http (RFC 6797, 7.2), and the demonstration must never be able to nail
    // a developer's localhost to https; an onion address is its own proof of whom one talks to.
    if place != Place::Demo && place.origin(centre).is_secure() {
        set(&mut headers, header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    headers
}

/// What every policy ends with.
const CLOSED: [&str; 4] =
    ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"];

fn sources(directive: &str, always: &[&str], hash: Option<&str>) -> String {
    let all: Vec<&str> = always.iter().copied().chain(hash).collect();
    format!("{directive} {}", all.join(" "))
}

/// Whom the page may talk to. `'self'` covers WebSockets only in newer browsers, so they are spelt out.
fn connect(centre: &Centre, place: Place) -> String {
    let relay = match (place, place.other_relay(centre)) {
        // The demonstration answers to both names of this machine. (The policy's grammar has no form for
        // [::1]; there 'self' must do.)
        (Place::Demo, _) => {
            let own = place.origin(centre).with_host("localhost");
            let other = place.origin(centre).with_host("127.0.0.1");
            format!("{} {}", own.socket(), other.socket())
        }
        (_, Some(relay)) => format!("{relay} {}", relay.socket()),
        // The console looks at the visitor's page, wherever that is.
        (Place::Staff, None) if centre.origins.pages != centre.origins.staff => {
            format!("{} {}", place.origin(centre).socket(), centre.origins.pages)
        }
        (_, None) => place.origin(centre).socket(),
    };
    format!("connect-src 'self' {relay}")
}

/// Every feature a browser may have a switch for, off; on the console passkeys and the alarm are its own.
/// Names that no current browser knows are left out, and those only phones know (`bluetooth`, `web-share`) are
/// kept: elsewhere they cost a line in the browser's console.
fn permissions(which: Which) -> String {
    const OFF: [&str; 36] = [
        "accelerometer",
        "bluetooth",
        "browsing-topics",
        "camera",
        "captured-surface-control",
        "clipboard-read",
        "clipboard-write",
        "compute-pressure",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "gamepad",
        "geolocation",
        "gyroscope",
        "hid",
        "identity-credentials-get",
        "idle-detection",
        "interest-cohort",
        "keyboard-map",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "otp-credentials",
        "payment",
        "picture-in-picture",
        "private-state-token-issuance",
        "private-state-token-redemption",
        "screen-wake-lock",
        "serial",
        "speaker-selection",
        "storage-access",
        "sync-xhr",
        "usb",
        "web-share",
        "xr-spatial-tracking",
    ];
    const CONSOLE: [&str; 3] = ["autoplay", "publickey-credentials-create", "publickey-credentials-get"];
    let console = match which {
        Which::Visitor => "()",
        Which::Staff => "(self)",
    };
    let off = OFF.into_iter().map(|feature| format!("{feature}=()"));
    let own = CONSOLE.into_iter().map(|feature| format!("{feature}={console}"));
    off.chain(own).collect::<Vec<_>>().join(", ")
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let value =
        HeaderValue::from_str(value).expect("made of constants, base64 and checked hosts: visible ASCII");
    headers.insert(name, value);
}
