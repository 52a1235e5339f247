//! Whose connection it is, for counting only. A header is believed only from a proxy the operator named.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::centre::{Proxy, ProxyHeader};

/// The client behind `peer`: what a trusted proxy says last, else the peer itself.
pub(crate) fn of(proxy: &Proxy, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !proxy.trusted.iter().any(|network| network.contains(peer)) {
        return peer;
    }
    let (name, read): (&str, fn(&str) -> Option<IpAddr>) = match proxy.header {
        ProxyHeader::XForwardedFor => ("x-forwarded-for", bare),
        ProxyHeader::Forwarded => ("forwarded", forwarded),
    };
    // The last entry is the one our own proxy wrote; those before it are the client's claims.
    let last = headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|value| read(value.rsplit(',').next()?.trim())).unwrap_or(peer)
}

fn bare(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// RFC 7239: `for=192.0.2.43`, `for="[2001:db8::1]:4711"`.
fn forwarded(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    let node = node.trim_matches('"');
    match node.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, _port)) => v6.parse().ok(),
        None => node.split(':').next()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centre::Network;

    fn proxy(header: ProxyHeader) -> Proxy {
        Proxy { trusted: vec![Network::parse("10.0.0.0/8").unwrap()], header }
    }

    fn told(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_header_counts_only_from_a_proxy_the_operator_named() {
        let headers = told("x-forwarded-for", "203.0.113.9, 192.0.2.7");
        let proxy = proxy(ProxyHeader::XForwardedFor);
        assert_eq!(
            of(&proxy, ip("10.1.2.3"), &headers),
            ip("192.0.2.7"),
            "the last entry is the proxy's own"
        );
        assert_eq!(of(&proxy, ip("198.51.100.1"), &headers), ip("198.51.100.1"), "a stranger's claim");
        assert_eq!(of(&proxy, ip("10.1.2.3"), &told("x-forwarded-for", "garbage")), ip("10.1.2.3"));
        assert_eq!(of(&proxy, ip("10.1.2.3"), &HeaderMap::new()), ip("10.1.2.3"));
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let proxy = proxy(ProxyHeader::Forwarded);
        let of = |value| of(&proxy, ip("10.1.2.3"), &told("forwarded", value));
        assert_eq!(of("for=203.0.113.9, for=192.0.2.7;proto=https"), ip("192.0.2.7"));
        assert_eq!(of("proto=https;For=\"[2001:db8::1]:4711\""), ip("2001:db8::1"));
        assert_eq!(of("for=192.0.2.7:1234"), ip("192.0.2.7"));
        assert_eq!(of("for=_hidden"), ip("10.1.2.3"));
    }
}
