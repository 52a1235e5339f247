//! The visitor's page leaves nothing behind: what could is not in its sources.

use crate::tree::{below, code, lines_with, nothing, some_below};

/// Names of what keeps something, shows something outside the page, or makes markup of text.
const NEVER: [&str; 25] = [
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "cookie",
    "cookieStore",
    "caches",
    "serviceWorker",
    "pushState",
    "replaceState",
    "Notification",
    "PushManager",
    "showOpenFilePicker",
    "navigator.storage",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "createContextualFragment",
    "eval",
    "Function",
    "beforeunload",
    "BroadcastChannel",
    "SharedWorker",
    "geolocation",
    "vibrate",
    "RTCPeerConnection",
];

/// Everything that becomes the visitor's page.
fn sources() -> Vec<String> {
    let mut sources = some_below("web-client/visitor/", ".ts");
    sources.extend(some_below("web-client/shared/", ".ts"));
    sources.extend(below("web-client/visitor/", ".js"));
    sources.extend(below("web-client/shared/", ".js"));
    sources.extend(some_below("web-client/visitor/", ".html"));
    sources
}

#[test]
fn the_visitors_page_keeps_nothing_and_makes_no_markup_of_text() {
    let mut found = Vec::new();
    for path in sources() {
        let code = code(&path);
        for word in NEVER {
            found.extend(lines_with(&code, word).iter().map(|line| format!("{path}:{line} names {word}")));
        }
    }
    nothing(found, "The visitor's page keeps nothing, asks for nothing, and writes text as text.");
}

#[test]
fn the_visitors_document_has_no_manifest_no_foreign_address_and_no_inline_handler() {
    let mut found = Vec::new();
    for path in some_below("web-client/visitor/", ".html") {
        for (at, line) in code(&path).lines().enumerate() {
            let foreign =
                line.contains("src=\"http") || line.contains("rel=\"manifest") || line.contains("url(http");
            let handler = line.split_whitespace().any(|word| word.starts_with("on") && word.contains("=\""));
            if foreign || handler {
                found.push(format!("{path}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    nothing(found, "The document names nothing foreign and no handler.");
}
