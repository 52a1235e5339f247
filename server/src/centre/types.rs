//! What a checked `centre.toml` holds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

use super::{Consultation, Network, Origin, Phone, Risk};
use crate::hours::{Calendar, LineHours, Words};

/// A centre: the organisation whose configuration, hours, texts and help lines are served.
#[derive(Clone)]
pub struct Centre {
    /// Its full name.
    pub name: String,
    /// Its short name.
    pub short_name: String,
    /// The number to call instead.
    pub phone: Phone,
    /// Which of the palettes both pages wear.
    pub colours: Palette,
    /// Where "leave the page" leads, an https address.
    pub exit: String,
    /// The languages the pages are rendered in; the first is used when a visitor's is not among them.
    pub languages: Vec<String>,
    /// Languages offered although nobody has put their name under the translation.
    pub offer_unread: Vec<String>,
    /// The centre's sentences for each of [`Centre::languages`].
    pub texts: BTreeMap<String, Texts>,
    /// Opening hours.
    pub calendar: Calendar,
    /// Others who help; the emergency number first, then in the order of the file.
    pub help_lines: Vec<HelpLine>,
    /// Dangers and what to do in them, for the console, in the order of the file.
    pub risks: Vec<Risk>,
    /// The guide for chats of the professional lane, for the console, in the order of the file.
    pub consultation: Vec<Consultation>,
    /// The line and its lanes.
    pub line: LineRules,
    /// The lane of those who write in their work.
    pub professional: ProfessionalRules,
    /// Seats and the console.
    pub staff: StaffRules,
    /// What a counsellor can say a chat was about, in the order in which it is offered.
    pub topics: Vec<Topic>,
    /// What a counsellor need not write anew, in the order of the file.
    pub templates: Vec<Template>,
    /// Every clock.
    pub clocks: Clocks,
    /// Limits against overload and abuse.
    pub limits: Limits,
    /// Whom the pages trust.
    pub trust: Trust,
    /// Where the pages, the sockets and the console live.
    pub origins: Origins,
    /// Where the relay listens.
    pub listeners: Listeners,
    /// Which proxies are believed about a client's address.
    pub proxy: Proxy,
    /// The shared line of several relays; without it each relay keeps its own in memory.
    pub redis: Option<Redis>,
    /// The only place on disk: roster, staff calendar, statistics.
    pub state_directory: PathBuf,
}

/// The colours of a page. They are few and built in, so that each can be held to the contrast that people need, in light
/// and in dark, and the page's code stays the same for every centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// Blue-green.
    #[default]
    Sea,
    /// Violet.
    Plum,
    /// Green.
    Moss,
}

impl Palette {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sea, Self::Plum, Self::Moss];

    /// Its word in the file and in the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sea => "sea",
            Self::Plum => "plum",
            Self::Moss => "moss",
        }
    }
}

/// The centre's sentences in one language. In [`Texts::state`] a sentence may hold blanks such as
/// `{next_opening}`; a sentence whose blank cannot be filled is left out.
#[derive(Clone, Debug)]
pub struct Texts {
    /// The neutral title of the page.
    pub title: String,
    /// When the chat is open; holds `{week}`.
    pub opening_sentence: String,
    /// A few sentences of introduction.
    pub intro: Vec<String>,
    /// What each state means and what to do now.
    pub state: StateTexts,
    /// That a call shows in the phone's list of calls.
    pub call_list_note: String,
    /// Days and times.
    pub words: Words,
    /// Sentences of the visitor's page that the centre says otherwise, by name.
    pub page: BTreeMap<String, String>,
    /// Sentences of the console that the centre says otherwise, by name.
    pub console: BTreeMap<String, String>,
}

/// The sentences for each state. Blanks: `{next_opening}`, `{closes}`, `{last_admission}`, `{phone}`.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names of the states")]
pub struct StateTexts {
    pub open: Vec<String>,
    /// Added to `open` in the last minutes before last admission.
    pub closing_soon: Vec<String>,
    pub full: Vec<String>,
    pub away: Vec<String>,
    pub closing: Vec<String>,
    pub closed: Vec<String>,
}

/// Another service that helps.
#[derive(Clone, Debug)]
pub struct HelpLine {
    /// The emergency number, always shown first.
    pub emergency: bool,
    /// The number.
    pub phone: Phone,
    /// Its name by language; the first language always has one.
    pub name: BTreeMap<String, String>,
    /// What it is for, by language.
    pub what: BTreeMap<String, String>,
    /// For whom.
    pub audience: Audience,
    /// When it answers.
    pub hours: LineHours,
    /// The municipalities it is for; everybody's when none is named.
    pub area: Vec<String>,
    /// What happens if one contacts it, in the languages in which the centre says it.
    pub happens: BTreeMap<String, String>,
    /// When somebody last called or read the owner's page to see that this is right; a line that nobody has confirmed
    /// is not shown.
    pub checked: Option<Date>,
    /// Its line in the file.
    pub line: usize,
}

/// Whom a help line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Anybody.
    Everyone,
    /// Those under 18.
    Children,
    /// Adults.
    Adults,
    /// Those who are held abroad.
    Abroad,
    /// Those who write in their work.
    Professionals,
}

/// The line.
#[derive(Clone, Debug)]
pub struct LineRules {
    /// How many may wait at once, both lanes together.
    pub max_waiting: u32,
    /// How long a chat usually takes, for "would one who joins now be reached?".
    pub usual_chat: Duration,
    /// Languages a visitor may ask a counsellor for.
    pub languages: Vec<String>,
}

/// The lane of those who write in their work.
#[derive(Clone, Debug)]
pub struct ProfessionalRules {
    /// Whether it is offered.
    pub offered: bool,
    /// How many of them may wait at once.
    pub max_waiting: u32,
    /// Waiting longer than this is shown to every seat.
    pub shown_after: Duration,
}

/// Seats and the console.
#[derive(Clone, Debug)]
pub struct StaffRules {
    /// Chats at once if the counsellor chose nothing.
    pub chats_default: u32,
    /// Chats at once at most.
    pub chats_max: u32,
    /// The languages each person writes, by the name in the roster; whoever is not here writes those of the line.
    pub writes: BTreeMap<String, Vec<String>>,
    /// How long a sign-in lasts.
    pub session: Duration,
    /// Absence after which the console covers itself and asks for the passkey.
    pub lock_after: Duration,
    /// How long a locked console keeps its seat ready.
    pub rest_after_lock: Duration,
}

/// What a chat was about, one word of a short list: counted per quarter, with nothing else of the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its word in the statistics, which stays when the names change.
    pub word: String,
    /// Its name in each language of the console.
    pub name: BTreeMap<String, String>,
}

impl Topic {
    /// The word of a chat that was given no topic.
    pub const NONE: &str = "none";
}

/// A text that a counsellor may put into the field and send by hand. Only the console is told it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Template {
    /// Its word, which stays when the texts change.
    pub key: String,
    /// Raised whenever a text changes; shown beside the name.
    pub version: u32,
    /// Its name in each language of the console.
    pub name: BTreeMap<String, String>,
    /// What is put into the field, in those of the centre's languages in which it is written; always in the first.
    /// The blank `{name}` is the counsellor's.
    pub text: BTreeMap<String, String>,
}

/// Every clock of a visit. The defaults and ranges are in the module's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Between two pings of the relay on a socket.
    pub socket_ping: Duration,
    /// A socket that answered nothing for so long is dead.
    pub socket_dead: Duration,
    /// A visitor in line whose socket is gone keeps the place for so long.
    pub line_absence: Duration,
    /// A taken ticket that the visitor does not confirm returns to its place.
    pub take_confirm: Duration,
    /// A visitor lost from a chat is waited for so long; then `lost_contact`.
    pub visitor_lost: Duration,
    /// After so long without the counsellor the visitor is asked: wait, front of the line, or stop.
    pub counsellor_lost: Duration,
    /// What was written to a lost counsellor lives so long.
    pub counsellor_boxes: Duration,
    /// A hidden page wipes itself.
    pub hidden_wipe: Duration,
    /// Silence after which the visitor is asked.
    pub silence_ask: Duration,
    /// Silence after which the visitor is warned.
    pub silence_warn: Duration,
    /// Silence after which the chat closes.
    pub silence_close: Duration,
    /// A seat that was not renewed for so long is gone.
    pub seat_lease: Duration,
    /// Between two renewals.
    pub seat_renew: Duration,
    /// A ready seat without any input: the console asks.
    pub ready_idle: Duration,
    /// How long it asks before the seat rests.
    pub ready_ask: Duration,
    /// The goodbye of a visitor who left waits so long for the seat.
    pub goodbye: Duration,
    /// An envelope box nobody touches is forgotten.
    pub box_ttl: Duration,
    /// A ticket nobody renews is forgotten.
    pub ticket_ttl: Duration,
}

impl Clocks {
    /// Name and length of each, in the order of the table.
    #[must_use]
    pub fn entries(&self) -> [(&'static str, Duration); 18] {
        let Self {
            socket_ping,
            socket_dead,
            line_absence,
            take_confirm,
            visitor_lost,
            counsellor_lost,
            counsellor_boxes,
            hidden_wipe,
            silence_ask,
            silence_warn,
            silence_close,
            seat_lease,
            seat_renew,
            ready_idle,
            ready_ask,
            goodbye,
            box_ttl,
            ticket_ttl,
        } = *self;
        [
            ("socket_ping", socket_ping),
            ("socket_dead", socket_dead),
            ("line_absence", line_absence),
            ("take_confirm", take_confirm),
            ("visitor_lost", visitor_lost),
            ("counsellor_lost", counsellor_lost),
            ("counsellor_boxes", counsellor_boxes),
            ("hidden_wipe", hidden_wipe),
            ("silence_ask", silence_ask),
            ("silence_warn", silence_warn),
            ("silence_close", silence_close),
            ("seat_lease", seat_lease),
            ("seat_renew", seat_renew),
            ("ready_idle", ready_idle),
            ("ready_ask", ready_ask),
            ("goodbye", goodbye),
            ("box_ttl", box_ttl),
            ("ticket_ttl", ticket_ttl),
        ]
    }
}

/// Limits against overload and abuse. All per relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sockets at once, all clients together.
    pub sockets: u32,
    /// Sockets at once from one client key; schools and mobile carriers share one address.
    pub sockets_per_client: u32,
    /// Joins a minute from one client key.
    pub joins_per_client: u32,
    /// Joins a minute, all clients together, from which on joins are slowed by proof of work.
    pub joins_before_work: u32,
    /// Tickets at once.
    pub tickets: u32,
    /// Bytes in one box.
    pub box_bytes: u32,
    /// A write that a client does not take for so long drops the client.
    pub write_timeout: Duration,
}

/// Whom the pages trust: rendered into them as attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The centre's number, made with its root.
    pub centre_id: [u8; 16],
    /// Public root keys (Ed25519): the current, and the next while keys are being changed.
    pub roots: Vec<[u8; 32]>,
    /// Certificates of an earlier roster are refused.
    pub min_roster_epoch: u16,
}

/// Where things live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// The visitor's page.
    pub pages: Origin,
    /// Sockets and `/leave`.
    pub relay: Origin,
    /// The console; its host is the passkeys' RP ID.
    pub staff: Origin,
    /// The visitor's page as an onion service.
    pub onion: Option<Origin>,
    /// The line of `staff` in the file.
    pub line: usize,
}

/// Where the relay listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listeners {
    /// Pages and sockets.
    pub main: SocketAddr,
    /// Metrics; off when not named.
    pub metrics: Option<SocketAddr>,
    /// The relay's own TLS: certificate and key, PEM files. Without it a proxy in front ends TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// Proxies in front of the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Only these are believed about whom they speak for.
    pub trusted: Vec<Network>,
    /// Where they say it.
    pub header: ProxyHeader,
}

/// Where a proxy names the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, the last entry.
    XForwardedFor,
    /// `Forwarded` (RFC 7239), the last element.
    Forwarded,
}

/// The shared line. The address may hold a password, so it has no `Debug`.
#[derive(Clone)]
pub struct Redis {
    /// `redis://`, `rediss://`, `unix://`, `redis+sentinel://` or `rediss+sentinel://`.
    pub url: String,
    /// The only authorities believed about a `rediss://` server, a PEM file; without it Mozilla's list.
    pub ca_file: Option<PathBuf>,
    /// The relay's own certificate and its key, PEM files, where the server asks for one.
    pub client: Option<(PathBuf, PathBuf)>,
    /// The operator vouches that nothing is written to disk where the relay may not look (`CONFIG GET`).
    pub vouched: bool,
}
