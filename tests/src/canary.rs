//! The last line of every story: the planted sentence is nowhere it should not be.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

/// Everything the relay has logged in this process, at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nothing panics while it logs").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

static LOG: OnceLock<Log> = OnceLock::new();

/// What was planted in a story, and where it may not be found.
pub struct Canary {
    log: Log,
    planted: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    /// Listens to every log line of this process, down to the most talkative level of every library.
    #[must_use]
    pub fn listen() -> Self {
        let log = LOG.get_or_init(|| {
            let log = Log::default();
            let writer = log.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::set_global_default(subscriber)
                .expect("the canary is the only listener of this process");
            log
        });
        Self { log: log.clone(), planted: Vec::new() }
    }

    /// Plants something that may be found nowhere.
    pub fn plants(&mut self, what: &'static str, bytes: impl AsRef<[u8]>) {
        self.planted.push((what, bytes.as_ref().to_vec()));
    }

    /// Fails if anything planted stands in the log or in one of `places`.
    pub fn finds_nothing(&self, places: &[(&str, Vec<u8>)]) {
        let log = self.log.0.lock().expect("nothing panics while it logs").clone();
        for (what, bytes) in &self.planted {
            let forms = [bytes.clone(), hex(bytes).into_bytes(), format!("{bytes:?}").into_bytes()];
            for (place, found) in places.iter().map(|(name, bytes)| (*name, bytes)).chain([("the log", &log)])
            {
                for form in &forms {
                    assert!(!contains(found, form), "{what} stands in {place}");
                }
            }
        }
    }

    /// Proves that the canary can sing: what is logged is found.
    pub fn sings(&mut self) {
        let word = format!("control-{:p}", &raw const self.planted);
        tracing::trace!("{word}");
        let log = self.log.0.lock().expect("nothing panics while it logs").clone();
        assert!(contains(&log, word.as_bytes()), "the canary hears nothing");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(place: &[u8], what: &[u8]) -> bool {
    !what.is_empty() && place.windows(what.len()).any(|window| window == what)
}
