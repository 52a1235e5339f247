//! The kinds of values in the file: durations, addresses, numbers to call.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::civil::Date;
use toml::de::DeValue;

use super::Palette;
use super::document::{Wrong, wrong};
use crate::hours::{DayRule, Minute};

/// A telephone number as it is shown and as it is dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// As written by the centre: `0980-319 200`.
    pub shown: String,
    /// Digits, with a leading `+` if written: `0980319200`.
    pub dial: String,
}

/// Where a page or a socket comes from: scheme, host and port, nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    secure: bool,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// Reads `https://chat.example` or, for this machine and onion addresses only, `http://localhost:8080`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err("an origin begins with https://"),
        };
        let bracket = rest.rfind(']').unwrap_or(0);
        let (host, port) = match rest[bracket..].rfind(':') {
            Some(colon) => (&rest[..bracket + colon], Some(&rest[bracket + colon + 1..])),
            None => (rest, None),
        };
        let port = match port {
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0') => {
                Some(port.parse::<u16>().map_err(|_| "the port is not a number from 1 to 65535")?)
            }
            Some(_) => return Err("the port is not a number from 1 to 65535"),
            None => None,
        };
        // A default port is never written in a browser's Origin header.
        let port = port.filter(|port| *port != if secure { 443 } else { 80 });
        let literal = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
        let named = host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
        if !named && literal.and_then(|inner| inner.parse::<std::net::Ipv6Addr>().ok()).is_none() {
            return Err("an origin is a scheme and a host in small letters, without a path or a final slash");
        }
        let origin = Self { secure, host: host.to_owned(), port };
        if !secure && !origin.is_this_machine() && !host.ends_with(".onion") {
            return Err("without https:// anybody on the way could read and change the page");
        }
        Ok(origin)
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host without its port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host is a name for the machine itself.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        // Names below `localhost` never leave the machine (RFC 6761, 6.3).
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "[::1]") || self.host.ends_with(".localhost")
    }

    /// Whether the host is an address and no name.
    #[must_use]
    pub fn is_bare_address(&self) -> bool {
        self.host.starts_with('[') || self.host.parse::<IpAddr>().is_ok()
    }

    /// The same scheme and port at another of the machine's own names.
    #[must_use]
    pub(crate) fn with_host(&self, host: &str) -> Self {
        Self { host: host.to_owned(), ..self.clone() }
    }

    /// The origin of its WebSockets: `wss://chat.example`.
    #[must_use]
    pub fn socket(&self) -> String {
        format!("{}{}", if self.secure { "wss://" } else { "ws://" }, self.authority())
    }

    /// Host and, unless it is the scheme's own, port: what a browser writes into `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

/// As a browser writes it in its `Origin` header.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.secure { "https://" } else { "http://" }, self.authority())
    }
}

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is not a range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNetwork;

impl Network {
    /// Reads `10.0.0.0/8`, `fd00::/8` or one address.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, NotNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| NotNetwork)?,
            None => longest,
        };
        if prefix <= longest { Ok(Self { address, prefix }) } else { Err(NotNetwork) }
    }

    /// Whether any address at all lies in it.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.prefix == 0
    }

    /// Whether `address` lies in the range. An IPv4 address that arrives mapped into IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(range), IpAddr::V4(one)) => {
                let unlike = u32::from(range) ^ u32::from(one);
                self.prefix == 0 || unlike.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(range), IpAddr::V6(one)) => {
                let unlike = u128::from(range) ^ u128::from(one);
                self.prefix == 0 || unlike.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

const QUOTES: &str = "Write it between double quotes.";

fn str_of<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Wrong> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => wrong(format!("this should be a text, not {}", kind(value)), QUOTES),
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with decimals",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

/// A text with something in it and no invisible control characters.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = str_of(value)?;
    if text.trim().is_empty() {
        return wrong("this text is empty", "Write what people should read.");
    }
    // Bidirectional overrides turn sentences around without showing themselves in an editor.
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(hidden) {
        return wrong("this text holds invisible control characters", "Type the text anew on one line.");
    }
    Ok(text.to_owned())
}

/// A language tag: `sv`, `en`, `ckb`, `sv-easy`.
pub(super) fn language(value: &DeValue<'_>) -> Result<String, Wrong> {
    let tag = str_of(value)?;
    if is_language(tag) {
        Ok(tag.to_owned())
    } else {
        wrong(format!("`{tag}` is not a language tag"), "Write two or three small letters such as \"sv\".")
    }
}

/// Whether a text has the form of a language tag.
pub(super) fn is_language(tag: &str) -> bool {
    let (language, rest) = tag.split_once('-').unwrap_or((tag, "x"));
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && (1..=8).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// 1 to 32 of `a-z`, `0-9`, `-` and `_`: a word for the statistics.
pub(crate) fn is_plain_word(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    (1..=32).contains(&word.len()) && word.bytes().all(plain)
}

/// `true` or `false`.
pub(super) fn flag(value: &DeValue<'_>) -> Result<bool, Wrong> {
    match value.as_bool() {
        Some(flag) => Ok(flag),
        None => wrong(format!("this should be true or false, not {}", kind(value)), "Write true or false."),
    }
}

/// A whole number, not negative.
pub(super) fn number(value: &DeValue<'_>) -> Result<u64, Wrong> {
    let read = value
        .as_integer()
        .and_then(|integer| u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok());
    match read {
        Some(number) => Ok(number),
        None => wrong("this should be a whole number, not negative", "Write for example 20, without quotes."),
    }
}

/// `"45 s"`, `"3 min"`, `"10 h"`.
pub(super) fn duration(value: &DeValue<'_>) -> Result<Duration, Wrong> {
    let remedy = "Write a whole number and its unit, s, min or h: \"45 s\", \"3 min\".";
    let Some((number, unit)) = value.as_str().and_then(|text| text.split_once(' ')) else {
        return wrong("this should be a length of time", remedy);
    };
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        _ => return wrong(format!("`{unit}` is not a unit of time"), remedy),
    };
    match number.parse::<u32>() {
        Ok(number) => Ok(Duration::from_secs(u64::from(number) * seconds)),
        Err(_) => wrong(format!("`{number}` is not a whole number"), remedy),
    }
}

/// How a length of time is written in the file.
pub(super) fn written(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "0 s".to_owned(),
        s if s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// A day: `2026-12-23`.
pub(super) fn day(value: &DeValue<'_>) -> Result<Date, Wrong> {
    let remedy = "Write the day as 2026-12-23, without quotes and without a time.";
    let read =
        value.as_datetime().filter(|datetime| datetime.time.is_none()).and_then(|datetime| datetime.date);
    let date = read.and_then(|date| {
        Date::new(date.year.try_into().ok()?, date.month.try_into().ok()?, date.day.try_into().ok()?).ok()
    });
    match date {
        // The holiday rules step a day before and after.
        Some(date) if (1_900..=9_000).contains(&date.year()) => Ok(date),
        _ => wrong("this should be a day", remedy),
    }
}

/// `"10.00-15.00"`; the second may be earlier, which then is the next day.
pub(super) fn from_to(value: &DeValue<'_>) -> Result<(Minute, Minute), Wrong> {
    let remedy = "Write from and to as \"10.00-15.00\".";
    let Some((from, to)) = value.as_str().and_then(|text| text.split_once(['-', '–'])) else {
        return wrong("this should be hours", remedy);
    };
    match (Minute::parse(from.trim()), Minute::parse(to.trim())) {
        (Ok(from), Ok(to)) if from < Minute::END => Ok((from, to)),
        _ => wrong("these are not two times of day", remedy),
    }
}

/// `"as usual"`, `"closed"` or `"until 12.00"`.
pub(super) fn day_rule(value: &DeValue<'_>) -> Result<DayRule, Wrong> {
    let rule = match value.as_str() {
        Some("as usual") => Some(DayRule::AsUsual),
        Some("closed") => Some(DayRule::Closed),
        Some(text) => text.strip_prefix("until ").and_then(|end| Minute::parse(end).ok()).map(DayRule::Until),
        None => None,
    };
    match rule {
        Some(rule) => Ok(rule),
        None => wrong(
            "this does not say what holds on the day",
            "Write \"closed\", \"as usual\" or \"until 12.00\".",
        ),
    }
}

/// One of the palettes.
pub(super) fn palette(value: &DeValue<'_>) -> Result<Palette, Wrong> {
    match Palette::ALL.into_iter().find(|palette| value.as_str() == Some(palette.word())) {
        Some(palette) => Ok(palette),
        None => {
            let words: Vec<_> = Palette::ALL.map(|palette| format!("\"{}\"", palette.word())).into();
            wrong("there are no such colours", format!("Write one of {}.", words.join(", ")))
        }
    }
}

/// A time of day.
pub(super) fn minute(value: &DeValue<'_>) -> Result<Minute, Wrong> {
    match value.as_str().and_then(|text| Minute::parse(text).ok()) {
        Some(minute) => Ok(minute),
        None => wrong("this should be a time of day", "Write it as \"14.30\"."),
    }
}

/// A number to call.
pub(super) fn phone(value: &DeValue<'_>) -> Result<Phone, Wrong> {
    let shown = text(value)?;
    let allowed = shown.char_indices().all(|(at, c)| match c {
        '+' => at == 0,
        c => c.is_ascii_digit() || c == ' ' || c == '-',
    });
    let dial: String = shown.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let digits = dial.trim_start_matches('+').len();
    if !allowed || !(2..=15).contains(&digits) {
        return wrong(
            format!("`{shown}` is not a telephone number"),
            "Write digits, spaces and hyphens, with + first if it starts with a country code.",
        );
    }
    Ok(Phone { shown, dial })
}

/// An origin.
pub(super) fn origin(value: &DeValue<'_>) -> Result<Origin, Wrong> {
    let text = str_of(value)?;
    match Origin::parse(text) {
        Ok(origin) => Ok(origin),
        Err(why) => wrong(format!("`{text}`: {why}"), "Write it as \"https://chat.example.org\"."),
    }
}

/// The address a visitor is sent to by the exit: https, no blank or quote in it, no fragment.
pub(super) fn exit(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = str_of(value)?;
    let host = text.strip_prefix("https://").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let plain =
        text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b'#' | b'\\'));
    match host.map(|host| Origin::parse(&format!("https://{host}"))) {
        Some(Ok(_)) if plain => Ok(text.to_owned()),
        _ => wrong(
            "this is not an address the exit can lead to",
            "Write the whole address of a calm, quick page: \"https://www.example.org/weather\".",
        ),
    }
}

/// An address to listen at.
pub(super) fn listener(value: &DeValue<'_>) -> Result<SocketAddr, Wrong> {
    match value.as_str().and_then(|text| text.parse().ok()) {
        Some(address) => Ok(address),
        None => {
            wrong("this should be an address and a port", "Write it as \"127.0.0.1:8080\" or \"[::1]:8080\".")
        }
    }
}

/// A range of addresses.
pub(super) fn network(value: &DeValue<'_>) -> Result<Network, Wrong> {
    match value.as_str().and_then(|text| Network::parse(text).ok()) {
        Some(network) => Ok(network),
        None => {
            wrong("this should be an address or a range of them", "Write \"127.0.0.1\" or \"10.0.0.0/8\".")
        }
    }
}

/// `N` bytes as hexadecimal digits.
pub(super) fn hex<const N: usize>(value: &DeValue<'_>) -> Result<[u8; N], Wrong> {
    let text = str_of(value)?;
    let mut bytes = [0_u8; N];
    let whole = text.len() == 2 * N && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !whole {
        return wrong(
            format!("this should be {} hexadecimal digits ({N} bytes)", 2 * N),
            "Copy it as `lykta-root` printed it.",
        );
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |c: u8| (c as char).to_digit(16).unwrap_or_default();
        *byte = u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).unwrap_or_default();
    }
    Ok(bytes)
}
