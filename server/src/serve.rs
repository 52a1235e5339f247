//! `lykta serve`: from the command line to a running process, and its orderly end.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use lykta_trust::{Anchors, CentreId, Role, RosterEntry};
use lykta_wire::OpenState;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::app::{App, Part, SignIn};
use crate::asked::Asked;
use crate::centre::{self, Centre, Origin, Origins, Redis};
use crate::clock::{Clock, Moment};
use crate::door::{DoorRules, Hands};
use crate::edited::Edited;
use crate::gathered::Gathered;
use crate::limit::{Limit, Rules};
use crate::line::{Bell, Bounds, Counting, Line, Memory, RedisLine, Sheet, Spans, Target};
use crate::listen::Accepts;
use crate::pages::Pages;
use crate::presence::Presence;
use crate::professional::Professionals;
use crate::pulse::Pulse;
use crate::relay::{Relay, SocketClocks, TICK};
use crate::shown::Shown;
use crate::staff::demo::{self, Demo};
use crate::staff::{
    Book, NotNewer, NotOnShelf, Passkeys, SessionKey, Shelf, Staff, bring_together, is_usable,
};
use crate::staffed::Writes;
use crate::statistics::{self, Keeper, NotKept};
use crate::systemd;
use crate::tls::{self, Certificates};
use crate::wait::Pace;
use crate::{listen, metrics, several};

/// The demonstration serves this centre when no file is named: the same file an operator starts from.
const DEMO_CENTRE: &str = include_str!("../../deploy/centre.toml");

/// How long a drain waits for the connections to read that the relay restarts.
const DRAIN: Duration = Duration::from_secs(8);

/// Whether the day is over is asked this often.
const COUNTED_LOOK: Duration = Duration::from_secs(60);
/// A day is over for the statistics so long after midnight: another relay's clock may be behind, and it counts into the day
/// that it has.
const COUNTED_LATE: Duration = Duration::from_secs(5 * 60);

/// A roster that is put into the state directory is in use after at most this.
const ROSTER_LOOK: Duration = Duration::from_secs(2);

/// The arguments of `lykta serve`.
pub struct Serve {
    /// The centres' files; a demonstration has one or none.
    pub config: Vec<PathBuf>,
    /// A demonstration.
    pub demo: bool,
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// Where the demonstration's calendar stands.
    pub demo_clock: Option<Timestamp>,
    /// The demonstration's seed.
    pub demo_seed: PathBuf,
    /// The shared line, instead of what the centre's file names.
    pub redis: Option<String>,
    /// What of the centres is served.
    pub role: Part,
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// One sentence fit for the person who typed the command.
pub fn run(serve: Serve) -> Result<(), String> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime did not start: {error}"))?;
    runtime.block_on(start(serve))
}

fn read(config: Option<&Path>) -> Result<String, String> {
    match config {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            centre::text_of(bytes).map_err(|fault| told(&[fault]))
        }
        None => Ok(DEMO_CENTRE.to_owned()),
    }
}

fn told(faults: &[centre::Fault]) -> String {
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    format!("the centre's file has mistakes:\n  {}", lines.join("\n  "))
}

/// What is served, before the port is known.
struct Stage {
    centre: Centre,
    staff: Staff,
    sign_in: SignIn,
    hands: Hands,
    listen: SocketAddr,
}

fn demo(serve: &Serve, clock: Clock) -> Result<Stage, String> {
    let listen = serve.listen.unwrap_or((Ipv4Addr::LOCALHOST, 8080).into());
    if !listen.ip().is_loopback() {
        return Err(format!("a demonstration listens on loopback only, not on {}", listen.ip()));
    }
    if serve.config.len() > 1 {
        return Err("a demonstration shows one centre".into());
    }
    let text = read(serve.config.first().map(PathBuf::as_path))?;
    let mut centre = centre::check_for_demo(&text).map_err(|faults| told(&faults))?;
    let seed =
        demo::seed(&serve.demo_seed).map_err(|error| format!("{}: {error}", serve.demo_seed.display()))?;
    let (demo, staff) = Demo::new(seed, centre.trust.centre_id, clock.now())
        .map_err(|error| format!("no random bytes: {error}"))?;
    centre.trust.roots = staff.anchors.roots().to_vec();
    centre.trust.min_roster_epoch = staff.anchors.min_roster_epoch();
    let hands = match serve.demo_clock {
        None => Hands::AlwaysOpen,
        Some(moment) => Hands::at(moment),
    };
    Ok(Stage { centre, staff, sign_in: SignIn::Demo(Box::new(demo)), hands, listen })
}

/// Every centre that is named.
fn productions(serve: &Serve) -> Result<Vec<Stage>, String> {
    if serve.config.is_empty() {
        return Err("name the centre's file with --config FILE, or add --demo for a demonstration".into());
    }
    let mut stages = Vec::new();
    for config in &serve.config {
        stages.push(production(serve, config).map_err(|error| match serve.config.len() {
            1 => error,
            _ => format!("{}: {error}", config.display()),
        })?);
    }
    let files = serve.config.iter().map(|config| config.display().to_string());
    let named: Vec<_> = files.zip(stages.iter().map(|stage| &stage.centre)).collect();
    let clashes = several::clashes(&named);
    if clashes.is_empty() {
        Ok(stages)
    } else {
        Err(format!("one process cannot serve these centres:\n  {}", clashes.join("\n  ")))
    }
}

fn production(serve: &Serve, config: &Path) -> Result<Stage, String> {
    let mut centre = centre::check(&read(Some(config))?).map_err(|faults| told(&faults))?;
    let anchors = anchors(&centre)?;
    let listen = serve.listen.unwrap_or(centre.listeners.main);
    warn_without_tls(listen, &centre);
    if serve.role == Part::Pages {
        // Nothing of the line or the staff is in this process, whatever the file names.
        centre.redis = None;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| format!("no random bytes: {error}"))?;
        let staff = Staff::new(anchors, Book::empty(), 0, SessionKey::new(key));
        return Ok(Stage { centre, staff, sign_in: SignIn::Nobody, hands: Hands::Real, listen });
    }
    let passkeys = passkeys(&centre)?;
    let shelf = Shelf::open(&centre.state_directory).map_err(|error| error.to_string())?;
    let book = match shelf.roster(&anchors) {
        // The first people ask for their place at this very console, so it is served before there is a roster.
        Err(missing @ NotOnShelf::NoRoster(_)) => {
            warn!("{missing}");
            Book::empty()
        }
        told => told.map_err(|error| error.to_string())?,
    };
    let sessions = shelf.session_key().map_err(|error| error.to_string())?;
    let chats_max = u8::try_from(centre.staff.chats_max).unwrap_or(u8::MAX);
    let mut staff = Staff::new(anchors, book, chats_max, sessions);
    staff.writes = writes(&centre);
    Ok(Stage { centre, staff, sign_in: SignIn::Passkeys { passkeys, shelf }, hands: Hands::Real, listen })
}

fn warn_without_tls(listen: SocketAddr, centre: &Centre) {
    if !listen.ip().is_loopback() && centre.listeners.tls.is_none() {
        warn!(
            "{listen} is spoken to without TLS; let a proxy on this machine end TLS, and listen on loopback, or name tls_certificate and tls_key"
        );
    }
}

/// Whom this centre's relay believes.
///
/// # Errors
/// A sentence when the file's roots are no usable keys.
pub fn anchors(centre: &Centre) -> Result<Anchors, String> {
    let trust = &centre.trust;
    Anchors::new(CentreId(trust.centre_id), &trust.roots, trust.min_roster_epoch)
        .map_err(|error| format!("[trust] roots: {error}"))
}

fn passkeys(centre: &Centre) -> Result<Passkeys, String> {
    Passkeys::new(&centre.origins.staff).ok_or_else(|| {
        format!("origins.staff is {}, but passkeys need a host with a name", centre.origins.staff)
    })
}

/// The relay's own certificate, if it has one.
fn certificates(centre: &Centre) -> Result<Option<Arc<Certificates>>, String> {
    let Some((certificate, key)) = &centre.listeners.tls else { return Ok(None) };
    let read = Certificates::read(certificate, key);
    read.map(Some).map_err(|error| format!("[listeners] tls: {error}"))
}

/// What the staff writes, as the centre's file says.
#[must_use]
pub fn writes(centre: &Centre) -> Writes {
    Writes { usually: centre.line.languages.clone(), by_name: centre.staff.writes.clone() }
}

/// Why `lykta serve` would not start with this file on this machine, or nobody could go on duty; a sentence each.
/// Writes nothing.
#[must_use]
pub fn obstacles(centre: &Centre, now_s: u64) -> Vec<String> {
    let mut found: Vec<String> =
        passkeys(centre).err().into_iter().chain(certificates(centre).err()).collect();
    let anchors = match anchors(centre) {
        Ok(anchors) => anchors,
        Err(sentence) => {
            found.push(sentence);
            return found;
        }
    };
    let shelf = Shelf::open(&centre.state_directory);
    found.extend(shelf.as_ref().ok().and_then(|shelf| shelf.calendar().err()).map(|error| error.to_string()));
    match shelf.and_then(|shelf| shelf.roster(&anchors)) {
        Err(error) => found.push(error.to_string()),
        Ok(book) => {
            let able = |entry: &&RosterEntry| {
                entry.role() == Role::Counsellor
                    && u64::from(entry.staff.terms().not_after) >= now_s
                    && entry.passkey.as_deref().is_some_and(is_usable)
            };
            if book.roster.entries().iter().find(able).is_none() {
                found.push(
                    "no counsellor of the roster has both a passkey and a certificate that has not ended, so nobody \
                     could go on duty"
                        .into(),
                );
            }
        }
    }
    found
}

async fn start(serve: Serve) -> Result<(), String> {
    let clock = Clock::start();
    let mut stages = if serve.demo { vec![demo(&serve, clock)?] } else { productions(&serve)? };
    let listener = listener(stages[0].listen, serve.demo).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut printed = String::new();
    if let Stage { centre, sign_in: SignIn::Demo(demo), .. } = &mut stages[0] {
        let port = address.port();
        printed = format!(
            "visitor http://localhost:{port}/\nstaff http://localhost:{port}/staff/#{}\n",
            demo.token()
        );
        let home = Origin::parse(&format!("http://localhost:{port}")).map_err(str::to_owned)?;
        let Origins { onion, line, .. } = centre.origins.clone();
        centre.origins = Origins { pages: home.clone(), relay: home.clone(), staff: home, onion, line };
    }
    let drain = CancellationToken::new();
    let (mut apps, mut following, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for stage in stages {
        let certificates = if serve.demo { None } else { certificates(&stage.centre)? };
        let app = raised(stage, clock, &serve, drain.clone()).await?;
        following.push(follow(&app, certificates.clone())?);
        shown.extend(certificates.map(|certificates| (several::names(&app.centre), certificates)));
        apps.push(app);
    }
    let tls = if shown.is_empty() { None } else { Some(tls::acceptor(shown)) };
    let counted = apps.iter().map(Counted::begin).collect::<Result<Vec<_>, _>>()?;
    // A process for pages knows nobody on duty, and would wake somebody for it.
    if !serve.demo
        && serve.role != Part::Pages
        && let Some(address) = apps[0].centre.listeners.metrics
    {
        watched(&apps, address).await?;
    }
    let mut end = EndOfTheDay::listened_for()?;
    let relays: Vec<_> = apps.iter().map(|app| Arc::clone(&app.relay)).collect();
    let serving = tokio::spawn(serve_with(listener, apps, tls));
    // The addresses are printed when they answer, and on standard output alone: the log never holds them.
    std::io::stdout()
        .write_all(printed.as_bytes())
        .and_then(|()| std::io::stdout().flush())
        .map_err(|error| format!("cannot print the addresses: {error}"))?;
    if printed.is_empty() {
        info!("listening on {address}");
    }
    systemd::says_ready();
    let alive = tokio::spawn(systemd::says_alive(relays));
    end.comes().await;
    info!("draining: clients are asked to come back");
    systemd::says_stopping();
    alive.abort();
    drain.cancel();
    following.iter().for_each(JoinHandle::abort);
    let served = match timeout(DRAIN, serving).await {
        Ok(Ok(result)) => result.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Ok(()),
    };
    for counted in counted {
        counted.end().await;
    }
    served
}

/// Writes after closing what the line has counted, and with a line in memory when the process ends.
struct Counted {
    stop: CancellationToken,
    writing: JoinHandle<()>,
}

impl Counted {
    /// A demonstration has no state directory, and counts for nobody.
    fn begin(app: &Arc<App>) -> Result<Self, String> {
        let stop = CancellationToken::new();
        let SignIn::Passkeys { shelf, .. } = &app.sign_in else {
            return Ok(Self { stop, writing: tokio::spawn(async {}) });
        };
        let (relay, counting) = (Arc::clone(&app.relay), counting(&app.centre));
        let today = counting.day(relay.now());
        let keeper = Keeper::open(shelf.clone(), app.centre.redis.is_none(), today);
        let mut keeper = match keeper {
            Ok(keeper) => keeper,
            // Nobody is refused help because something cannot be counted.
            Err(error @ NotKept::Bad(_)) => {
                statistics::say_not_kept(&error);
                return Ok(Self { stop, writing: tokio::spawn(async {}) });
            }
            Err(error) => return Err(error.to_string()),
        };
        let stopped = stop.clone();
        let writing = tokio::spawn(async move {
            let mut tick = tokio::time::interval(COUNTED_LOOK);
            let mut failed = false;
            while tokio::select! { _ = tick.tick() => true, () = stopped.cancelled() => false } {
                let (now, closed) = (relay.now(), relay.door().state == OpenState::Closed);
                let day = counting.day(Moment(now.0.saturating_sub(COUNTED_LATE.as_millis() as u64)));
                let kept = keeper.gather(&*relay.line, day, closed, now).await;
                // Said once, not every minute.
                if let Err(error) = &kept
                    && !std::mem::replace(&mut failed, true)
                {
                    statistics::say_not_kept(error);
                }
                failed &= kept.is_err();
            }
            let now = relay.now();
            if let Err(error) = keeper.close(&*relay.line, counting.day(now), now).await {
                statistics::say_not_kept(&error);
            }
        });
        Ok(Self { stop, writing })
    }

    async fn end(self) {
        self.stop.cancel();
        let _ = self.writing.await;
    }
}

/// One centre, ready to be served.
async fn raised(
    stage: Stage,
    clock: Clock,
    serve: &Serve,
    drain: CancellationToken,
) -> Result<Arc<App>, String> {
    let Stage { mut centre, staff, sign_in, hands, .. } = stage;
    if let Some(url) = serve.redis.clone().filter(|_| serve.role != Part::Pages) {
        // The file's certificates belong to the file's address.
        centre.redis = Some(Redis { url, ca_file: None, client: None, vouched: false });
    }
    let relay = draining_with(&centre, clock, hands, line(&centre, clock).await?, drain)?;
    if let SignIn::Passkeys { shelf, .. } = &sign_in {
        relay.hours.keep_on(shelf.clone()).map_err(|error| error.to_string())?;
    }
    Ok(Arc::new(App {
        relay,
        staff: Arc::new(staff),
        pages: Pages::load().map_err(|error| error.to_string())?,
        centre: Arc::new(centre),
        part: serve.role,
        sign_in,
        squeezed: Default::default(),
        squeezed_plain: Default::default(),
    }))
}

/// Whoever watches the relay asks at an address of their own; few do, and nobody waits for them.
async fn watched(apps: &[Arc<App>], address: SocketAddr) -> Result<(), String> {
    const WATCHERS: usize = 8;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("[listeners] metrics: cannot listen on {address}: {error}"))?;
    let (router, drain) = (metrics::router(apps.to_vec()), apps[0].relay.drain.clone());
    tokio::spawn(listen::serve(listener, router, None, WATCHERS, drain));
    Ok(())
}

/// The socket that systemd holds open for the relay, or one of its own.
async fn listener(listen: SocketAddr, demo: bool) -> Result<TcpListener, String> {
    // A demonstration listens where it was told and nowhere else.
    if !demo && let Some(given) = systemd::listener()? {
        return TcpListener::from_std(given).map_err(|error| format!("systemd's socket: {error}"));
    }
    TcpListener::bind(listen).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {} is taken; choose another with PORT=… or --listen", listen.port())
        }
        _ => format!("cannot listen on {listen}: {error}"),
    })
}

/// Looks for a newer roster on the shelf and for a newer certificate, every few seconds and at once on SIGHUP.
fn follow(app: &Arc<App>, certificates: Option<Arc<Certificates>>) -> Result<JoinHandle<()>, String> {
    let mut asked =
        signal(SignalKind::hangup()).map_err(|error| format!("cannot listen for signals: {error}"))?;
    let app = Arc::clone(app);
    Ok(tokio::spawn(async move {
        let SignIn::Passkeys { shelf, .. } = &app.sign_in else {
            // A demonstration has no shelf; the signal would otherwise end the process.
            while asked.recv().await.is_some() {}
            return;
        };
        let mut known = shelf.roster_mark();
        let mut tick = tokio::time::interval(ROSTER_LOOK);
        let mut bells = app.relay.line.bells();
        let mut others = tokio::time::interval(TICK);
        loop {
            let asked = tokio::select! {
                _ = tick.tick() => false,
                // What other relays have: with every tick of the line, and at once when a bell says so.
                _ = others.tick() => {
                    let _ = bring_together(&app.staff, shelf, &*app.relay.line, app.relay.now()).await;
                    continue;
                }
                bell = bells.recv() => {
                    if matches!(bell, Ok(Bell::Pinned(Sheet::Roster) | Bell::Missed) | Err(RecvError::Lagged(_))) {
                        others.reset_immediately();
                    }
                    continue;
                }
                _ = asked.recv() => {
                    known = None;
                    true
                }
            };
            if let Some(certificates) = &certificates {
                certificates.refresh(asked);
            }
            let mark = shelf.roster_mark();
            if mark != known {
                known = mark;
                take_newer(&app.staff, shelf);
                // The other relays hear of it at once.
                others.reset_immediately();
            }
        }
    }))
}

/// Takes the roster of the shelf if it is newer; otherwise the one in use stays.
fn take_newer(staff: &Staff, shelf: &Shelf) {
    match shelf.roster(&staff.anchors) {
        Ok(book) => {
            let version = book.roster.version();
            match staff.replace(book) {
                Ok(()) => info!("roster version {version} is in use"),
                Err(NotNewer::Same) => {}
                Err(why) => warn!("the roster on the disk has version {version}: {why}"),
            }
        }
        Err(error) => warn!("the roster on the disk is not used: {error}"),
    }
}

/// The two ways of being asked to end. Listened for before anybody is told that the relay is there: a relay that is
/// asked at once drains too.
struct EndOfTheDay {
    interrupted: Signal,
    terminated: Signal,
}

impl EndOfTheDay {
    fn listened_for() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
        Ok(Self {
            interrupted: listen(SignalKind::interrupt())?,
            terminated: listen(SignalKind::terminate())?,
        })
    }

    async fn comes(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

/// How long things last in this centre's line.
#[must_use]
pub fn spans(centre: &Centre) -> Spans {
    Spans {
        place_kept: centre.clocks.line_absence,
        confirm: centre.clocks.take_confirm,
        visitor_lost: centre.clocks.visitor_lost,
        counsellor_lost: centre.clocks.counsellor_lost,
        seat_lease: centre.clocks.seat_lease,
        ttl: centre.clocks.ticket_ttl,
        box_ttl: centre.clocks.box_ttl,
        counsellor_boxes: centre.clocks.counsellor_boxes,
        goodbye: centre.clocks.goodbye,
        ..Spans::default()
    }
}

/// How this centre counts its visits.
#[must_use]
pub fn counting(centre: &Centre) -> Counting {
    let topics = centre.topics.iter().map(|topic| topic.word.clone()).collect();
    Counting { zone: centre.calendar.zone.clone(), languages: centre.line.languages.clone(), topics }
}

/// The line: on Redis if the centre names one, so that chats outlive a relay and several relays share it;
/// else in this process's memory.
async fn line(centre: &Centre, clock: Clock) -> Result<Arc<dyn Line>, String> {
    let bounds = Bounds {
        max_waiting: centre.line.max_waiting,
        professionals: if centre.professional.offered { centre.professional.max_waiting } else { 0 },
        tickets: centre.limits.tickets,
        box_bytes: centre.limits.box_bytes,
    };
    let Some(redis) = &centre.redis else {
        return Ok(Arc::new(Memory::new(spans(centre), bounds).counting(counting(centre))));
    };
    let target = target(redis)?;
    let mut line = RedisLine::open(target, centre.trust.centre_id, spans(centre), bounds, redis.vouched)
        .await
        .map_err(|error| error.to_string())?;
    line.counts(counting(centre));
    line.follow(clock).await;
    Ok(Arc::new(line))
}

/// The store's address, and the certificates it names. They are read once: new ones need a restart.
fn target(redis: &Redis) -> Result<Target, String> {
    let bytes = |path: &PathBuf| {
        std::fs::read(path)
            .map_err(|error| format!("the certificates for Redis: {}: {error}", path.display()))
    };
    let client = match &redis.client {
        Some((certificate, key)) => Some((bytes(certificate)?, bytes(key)?)),
        None => None,
    };
    let authority = redis.ca_file.as_ref().map(bytes).transpose()?;
    Ok(Target { url: redis.url.clone(), authority, client })
}

/// A relay over this line, with the centre's clocks and limits.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn relay(centre: &Centre, clock: Clock, hands: Hands, line: Arc<dyn Line>) -> Result<Arc<Relay>, String> {
    draining_with(centre, clock, hands, line, CancellationToken::new())
}

/// The same, of a process that drains as a whole.
///
/// # Errors
/// As [`relay`].
pub fn draining_with(
    centre: &Centre,
    clock: Clock,
    hands: Hands,
    line: Arc<dyn Line>,
    drain: CancellationToken,
) -> Result<Arc<Relay>, String> {
    let sockets = SocketClocks {
        ping: centre.clocks.socket_ping,
        dead: centre.clocks.socket_dead,
        write: centre.limits.write_timeout,
        ..SocketClocks::default()
    };
    let joins = Rules {
        sockets: centre.limits.sockets_per_client,
        joins_a_minute: centre.limits.joins_per_client,
        joins_before_work: centre.limits.joins_before_work,
    };
    let usual_chat = u32::try_from(centre.line.usual_chat.as_secs() / 60).unwrap_or(u32::MAX);
    let professionals = Professionals { shown_after: centre.professional.shown_after };
    let rules = DoorRules { max_waiting: centre.line.max_waiting, usual_chat, professionals };
    let limit = Limit::new(joins, clock.now()).map_err(|error| format!("no random bytes: {error}"))?;
    Ok(Arc::new(Relay {
        line,
        presence: Arc::new(Presence::default()),
        shown: Shown::default(),
        limit,
        clock,
        sockets,
        hours: Edited::new(&centre.calendar, &hands),
        hands,
        rules,
        pace: Pace::new(rules.usual_chat),
        drain,
        pulse: Pulse::default(),
        connections: TaskTracker::new(),
        door: RwLock::new(None),
        door_asked: Asked::default(),
        standings: Gathered::default(),
    }))
}

/// Serves `app` on `listener` until its relay drains and the connections have said so.
///
/// # Errors
/// When accepting fails for good.
pub async fn serve_on(listener: impl Accepts, app: Arc<App>) -> std::io::Result<()> {
    serve_with(listener, vec![app], None).await
}

/// The same, with TLS and this certificate.
///
/// # Errors
/// When accepting fails for good.
pub async fn serve_tls_on(
    listener: impl Accepts,
    app: Arc<App>,
    certificates: Arc<Certificates>,
) -> std::io::Result<()> {
    let tls = tls::acceptor(vec![(several::names(&app.centre), certificates)]);
    serve_with(listener, vec![app], Some(tls)).await
}

/// Serves several centres on `listener`, each at its own hosts; at least one, and their relays drain together
/// ([`draining_with`] one token).
///
/// # Errors
/// When accepting fails for good.
pub async fn serve_all_on(listener: TcpListener, apps: Vec<Arc<App>>) -> std::io::Result<()> {
    serve_with(listener, apps, None).await
}

async fn serve_with(
    listener: impl Accepts,
    apps: Vec<Arc<App>>,
    tls: Option<TlsAcceptor>,
) -> std::io::Result<()> {
    let stop = CancellationToken::new();
    let mut keepers = Vec::new();
    for app in &apps {
        // What the staff changed holds from the first answer on; a line that is away is looked at again every tick.
        let _ = app.relay.hours.look(&*app.relay.line, app.relay.now()).await;
        app.relay.refresh_door().await;
        keepers.push(tokio::spawn(Arc::clone(&app.relay).keep(stop.clone())));
    }
    let most = apps.iter().fold(0_u32, |all, app| all.saturating_add(app.centre.limits.sockets));
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let drain = apps[0].relay.drain.clone();
    let served = listen::serve(listener, several::router(&apps), tls, most, drain).await;
    // Sockets were upgraded away from the server's own count.
    for app in &apps {
        app.relay.connections.close();
        app.relay.connections.wait().await;
    }
    stop.cancel();
    for keeper in keepers {
        let _ = keeper.await;
    }
    served
}
