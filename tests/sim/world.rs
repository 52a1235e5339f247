//! What everybody of a simulated day shares: the clock, chance, the weather, the promises, the trace.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use lykta_client::Seed;
use lykta_server::clock::Moment;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::oracle::Oracle;
use crate::random::Random;
use crate::weather::Weather;

/// When every day begins, ms since 1970.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

pub(crate) struct World {
    random: Mutex<Random>,
    pub(crate) weather: Weather,
    began: Instant,
    hour: AtomicU8,
    oracle: Mutex<Oracle>,
    trace: Mutex<Trace>,
    /// The first broken promise ends the day.
    pub(crate) broken: CancellationToken,
}

/// The hours of a day.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hour {
    /// Everything can go wrong.
    Storm,
    /// Everything works, and people talk.
    Calm,
    /// Everything works, nobody says anything new: everything must arrive.
    Evening,
}

/// Everything that happened: a hash for comparing two runs, and the lines when somebody wants to read them.
struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl fmt::Write for Trace {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds a part of the world")
}

impl World {
    pub(crate) fn new(mut random: Random, weather: Weather, told: bool) -> Arc<Self> {
        let _ = random.next();
        Arc::new(Self {
            random: Mutex::new(random),
            weather,
            began: Instant::now(),
            hour: AtomicU8::new(Hour::Storm as u8),
            oracle: Mutex::default(),
            trace: Mutex::new(Trace { hash: 0xCBF2_9CE4_8422_2325, lines: told.then(Vec::new) }),
            broken: CancellationToken::new(),
        })
    }

    pub(crate) fn now_ms(&self) -> u64 {
        START_MS + self.began.elapsed().as_millis() as u64
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.now_ms())
    }

    pub(crate) fn below(&self, end: u64) -> u64 {
        lock(&self.random).below(end)
    }

    pub(crate) fn permille(&self, chance: u64) -> bool {
        chance > 0 && lock(&self.random).permille(chance)
    }

    pub(crate) fn seed(&self) -> Seed {
        lock(&self.random).seed()
    }

    /// Whether faults happen by themselves.
    pub(crate) fn storms(&self) -> bool {
        self.hour.load(Ordering::Relaxed) == Hour::Storm as u8
    }

    /// Whether nobody says more than a first word.
    pub(crate) fn is_evening(&self) -> bool {
        self.hour.load(Ordering::Relaxed) == Hour::Evening as u8
    }

    pub(crate) fn becomes(&self, hour: Hour) {
        self.note(format_args!("{hour:?}"));
        self.hour.store(hour as u8, Ordering::Relaxed);
    }

    /// A fault of the weather: never after the storm.
    pub(crate) fn fault(&self, chance: u64) -> bool {
        self.storms() && self.permille(chance)
    }

    /// Sleeps up to so long.
    pub(crate) async fn a_while(&self, most_ms: u64) {
        let span = self.below(most_ms + 1);
        sleep(Duration::from_millis(span)).await;
    }

    pub(crate) fn note(&self, line: fmt::Arguments<'_>) {
        let at = self.now_ms() - START_MS;
        let mut trace = lock(&self.trace);
        let _ = write!(trace, "{at} {line}");
        if let Some(lines) = &mut trace.lines {
            lines.push(format!("{:>9.3} {line}", at as f64 / 1_000.0));
        }
    }

    pub(crate) fn trace_hash(&self) -> u64 {
        lock(&self.trace).hash
    }

    pub(crate) fn trace_lines(&self) -> Vec<String> {
        lock(&self.trace).lines.clone().unwrap_or_default()
    }

    /// Tells the promises' book something; whatever it finds broken ends the day.
    pub(crate) fn book<T>(&self, write: impl FnOnce(&mut Oracle) -> T) -> T {
        let mut oracle = lock(&self.oracle);
        let answer = write(&mut oracle);
        if oracle.broken.is_some() && !self.broken.is_cancelled() {
            drop(oracle);
            self.note(format_args!("BROKEN"));
            self.broken.cancel();
        }
        answer
    }
}

/// One relay process, as far as dying is concerned: at any of its awaits it may be over.
pub(crate) struct Life {
    world: Arc<World>,
    dead: CancellationToken,
    /// Awaits until it dies; 0 means that nobody has lit the fuse.
    fuse: AtomicU64,
    /// Awaits it has stood at.
    awaits: AtomicU64,
}

impl Life {
    pub(crate) fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            dead: CancellationToken::new(),
            fuse: AtomicU64::new(0),
            awaits: AtomicU64::new(0),
        })
    }

    /// It dies at the `awaits`-th await from now, wherever that is.
    pub(crate) fn dies_after(&self, awaits: u64) {
        self.fuse.store(awaits + 1, Ordering::Relaxed);
    }

    pub(crate) fn awaits(&self) -> u64 {
        self.awaits.load(Ordering::Relaxed)
    }

    pub(crate) fn dies(&self) {
        self.dead.cancel();
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.is_cancelled()
    }

    pub(crate) async fn death(&self) {
        self.dead.cancelled().await;
    }

    /// A task of this process.
    pub(crate) fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let life = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = life.dead.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Stands at every await of the process that reaches beyond it: before and after every verb, before every frame
    /// read and written. Others may run first, time may pass, and it may be the last. What happens between two of
    /// them nobody outside can see, so dying at a timer or a bell is dying here.
    pub(crate) async fn step(&self) {
        self.awaits.fetch_add(1, Ordering::Relaxed);
        let left = self.fuse.load(Ordering::Relaxed);
        if left > 0 {
            self.fuse.store(left - 1, Ordering::Relaxed);
            if left == 1 {
                self.world.book(|book| book.seen.crashes += 1);
                self.world.note(format_args!("a relay dies"));
                self.dead.cancel();
            }
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
        if self.world.fault(self.world.weather.dawdles) {
            match self.world.below(3) {
                0 => self.world.a_while(self.world.weather.way_ms).await,
                turns => {
                    for _ in 0..turns {
                        yield_now().await;
                    }
                }
            }
        }
    }
}
