//! The state directory: the roster as the root signed it, what the staff changed about the opening hours, and the
//! key of the session cookies.
//!
//! ```text
//! roster        signed by the root; replaced as a whole, never by an older one
//! calendar      the staff's changes, as a text; replaced as a whole
//! session-key   32 random bytes, made at the first start: a restarted relay knows its sign-ins again
//! statistics    sums of visits that are over; see the module `statistics`
//! ```

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use lykta_trust::{Anchors, RosterError, SignedRoster};
use zeroize::Zeroizing;

use super::{Book, SessionKey};
use crate::hours::{Edits, NotRead, TEXT_MAX};
use crate::statistics;

/// Larger than any roster: a full one, with the longest names and passkeys, is about 300 KiB.
pub const ROSTER_MAX: u64 = 512 * 1024;

/// The state directory.
#[derive(Clone)]
pub struct Shelf {
    directory: PathBuf,
}

/// Why something of the state directory cannot be used.
#[derive(Debug)]
pub enum NotOnShelf {
    /// The directory is not there, or is no directory.
    NoDirectory(PathBuf),
    /// Others on this machine may read or write in it.
    Open(PathBuf),
    /// No roster was installed yet.
    NoRoster(PathBuf),
    /// The roster was refused.
    Roster(PathBuf, RosterError),
    /// The staff's changes of the opening hours are not as a relay writes them.
    Calendar(PathBuf, NotRead),
    /// The session key is not 32 bytes.
    SessionKey(PathBuf),
    /// Reading or writing failed.
    Io(PathBuf, io::Error),
}

impl fmt::Display for NotOnShelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDirectory(path) => {
                let path = path.display();
                write!(
                    f,
                    "the state directory {path} is not there; make it (mkdir -m 700) and give it to the relay's user"
                )
            }
            Self::Open(path) => {
                let path = path.display();
                write!(
                    f,
                    "others on this machine may look into the state directory {path}; run chmod 700 {path}"
                )
            }
            Self::NoRoster(path) => write!(
                f,
                "there is no roster at {} yet, so nobody can sign in: people ask for a place at the console, and `lykta roster FILE --config … --install` installs what was signed",
                path.display()
            ),
            Self::Roster(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Calendar(path, error) => {
                let path = path.display();
                write!(
                    f,
                    "{path}: {error}; put a copy back, or delete it: then the hours of the centre's file hold, or what \
                     the other relays know, and the staff make their changes once more"
                )
            }
            Self::SessionKey(path) => {
                write!(f, "{} is not 32 bytes; delete it, and everybody signs in once more", path.display())
            }
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for NotOnShelf {}

/// Whether a file is still the one that was read: its number, length and time of change.
pub(crate) type Mark = (u64, u64, i64, i64);

impl Shelf {
    /// The state directory at `directory`.
    ///
    /// # Errors
    /// When it is not there, or others may look into it: the roster names people.
    pub fn open(directory: &Path) -> Result<Self, NotOnShelf> {
        match fs::metadata(directory) {
            Ok(found) if !found.is_dir() => Err(NotOnShelf::NoDirectory(directory.to_owned())),
            Ok(found) if found.permissions().mode() & 0o007 != 0 => {
                Err(NotOnShelf::Open(directory.to_owned()))
            }
            Ok(_) => Ok(Self { directory: directory.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(NotOnShelf::NoDirectory(directory.to_owned()))
            }
            Err(error) => Err(NotOnShelf::Io(directory.to_owned(), error)),
        }
    }

    /// Where the roster lies.
    #[must_use]
    pub fn roster_path(&self) -> PathBuf {
        self.directory.join("roster")
    }

    /// What tells one roster's file from the next without reading it; `None` when there is none.
    #[must_use]
    pub(crate) fn roster_mark(&self) -> Option<Mark> {
        let found = fs::metadata(self.roster_path()).ok()?;
        Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
    }

    /// The installed roster, verified.
    ///
    /// # Errors
    /// [`NotOnShelf`] when there is none, or it is not the centre's.
    pub fn roster(&self, anchors: &Anchors) -> Result<Book, NotOnShelf> {
        let path = self.roster_path();
        match read_roster(&path, anchors) {
            Err(NotOnShelf::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => {
                Err(NotOnShelf::NoRoster(path))
            }
            told => told,
        }
    }

    /// Writes a roster in the place of the one that lies there, all or nothing, and waits for the disk.
    ///
    /// # Errors
    /// [`NotOnShelf::Io`].
    pub fn put_roster(&self, signed: &SignedRoster) -> Result<(), NotOnShelf> {
        self.write("roster", signed.as_bytes())
    }

    /// The staff's changes of the opening hours; none, with version 0, when there is no file yet.
    ///
    /// # Errors
    /// [`NotOnShelf::Calendar`] for a file that no relay wrote, [`NotOnShelf::Io`] for one that cannot be read.
    pub fn calendar(&self) -> Result<Edits, NotOnShelf> {
        let path = self.directory.join("calendar");
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(TEXT_MAX as u64 + 1).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Edits::default()),
            Err(error) => Err(NotOnShelf::Io(path, error)),
            Ok(_) => {
                let text = str::from_utf8(&bytes).map_err(|_| NotRead { line: 1 });
                text.and_then(Edits::read).map_err(|error| NotOnShelf::Calendar(path, error))
            }
        }
    }

    /// Writes them in the place of those that lie there, all or nothing, and waits for the disk.
    ///
    /// # Errors
    /// [`NotOnShelf::Io`].
    pub fn put_calendar(&self, text: &str) -> Result<(), NotOnShelf> {
        self.write("calendar", text.as_bytes())
    }

    /// The key of the session cookies; made when there is none.
    ///
    /// # Errors
    /// When it cannot be read or made, or is not 32 bytes.
    pub fn session_key(&self) -> Result<SessionKey, NotOnShelf> {
        let path = self.directory.join("session-key");
        match fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) => {
                let bytes: &[u8; 32] =
                    bytes.as_slice().try_into().map_err(|_| NotOnShelf::SessionKey(path))?;
                Ok(SessionKey::new(*bytes))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut bytes = Zeroizing::new([0; 32]);
                getrandom::fill(&mut *bytes)
                    .map_err(|error| NotOnShelf::Io(path, io::Error::other(error)))?;
                self.write("session-key", &*bytes)?;
                Ok(SessionKey::new(*bytes))
            }
            Err(error) => Err(NotOnShelf::Io(path, error)),
        }
    }

    /// The file of the statistics, `None` before the first.
    ///
    /// # Errors
    /// [`NotOnShelf::Io`].
    pub fn statistics(&self) -> Result<Option<String>, NotOnShelf> {
        let path = self.directory.join(statistics::FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(NotOnShelf::Io(path, error)),
        }
    }

    /// Writes it anew, all or nothing, and waits for the disk.
    ///
    /// # Errors
    /// [`NotOnShelf::Io`].
    pub fn put_statistics(&self, text: &str) -> Result<(), NotOnShelf> {
        self.write(statistics::FILE, text.as_bytes())
    }

    /// What root puts here belongs to whom the directory belongs: otherwise the relay could not read it.
    fn give_to_the_relay(&self, file: &File) -> io::Result<()> {
        let (mine, theirs) = (file.metadata()?, fs::metadata(&self.directory)?);
        if mine.uid() == theirs.uid() {
            return Ok(());
        }
        std::os::unix::fs::fchown(file, Some(theirs.uid()), Some(theirs.gid()))
    }

    /// Beside it first, then in its place: a relay that dies in between leaves the old one.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), NotOnShelf> {
        let (path, fresh) = (self.directory.join(name), self.directory.join(format!(".{name}.new")));
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                self.give_to_the_relay(&file)?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&fresh, &path))
            .and_then(|()| File::open(&self.directory)?.sync_all());
        written.map_err(|error| NotOnShelf::Io(path, error))
    }
}

/// Any roster's file, verified.
///
/// # Errors
/// [`NotOnShelf::Io`] or [`NotOnShelf::Roster`].
pub fn read_roster(path: &Path, anchors: &Anchors) -> Result<Book, NotOnShelf> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(ROSTER_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| NotOnShelf::Io(path.to_owned(), error))?;
    let signed = SignedRoster::from_bytes(bytes);
    match signed.verify(anchors) {
        Ok(roster) => Ok(Book { roster, signed }),
        Err(error) => Err(NotOnShelf::Roster(path.to_owned(), error)),
    }
}

#[cfg(test)]
mod tests {
    use lykta_trust::{Anchors, CentreId, RootKey, Roster};
    use tempfile::TempDir;

    use super::*;

    const CENTRE: CentreId = CentreId([9; 16]);

    fn folder() -> TempDir {
        let nobody_else = fs::Permissions::from_mode(0o700);
        tempfile::Builder::new().permissions(nobody_else).tempdir().unwrap()
    }

    fn root() -> RootKey {
        RootKey::take_seed(&mut [1; 32])
    }

    fn roster(version: u32, root: &RootKey) -> SignedRoster {
        Roster::new(version, 1, Vec::new()).unwrap().sign(root, CENTRE)
    }

    #[test]
    fn a_roster_is_kept_whole_and_for_this_user_alone_and_only_the_centres_is_read() {
        let folder = folder();
        let shelf = Shelf::open(folder.path()).unwrap();
        let anchors = Anchors::new(CENTRE, &[root().public()], 0).unwrap();
        assert!(matches!(shelf.roster(&anchors), Err(NotOnShelf::NoRoster(_))));
        assert_eq!(shelf.roster_mark(), None);
        shelf.put_roster(&roster(1, &root())).unwrap();
        let mark = shelf.roster_mark();
        assert_eq!(shelf.roster(&anchors).unwrap().roster.version(), 1);
        shelf.put_roster(&roster(2, &root())).unwrap();
        assert_ne!(shelf.roster_mark(), mark, "another file");
        assert_eq!(shelf.roster(&anchors).unwrap().roster.version(), 2);
        for entry in fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.file_name(), "roster", "nothing is left beside it");
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let stranger = RootKey::take_seed(&mut [2; 32]);
        shelf.put_roster(&roster(3, &stranger)).unwrap();
        assert!(matches!(shelf.roster(&anchors), Err(NotOnShelf::Roster(_, RosterError::NotOurs))));
    }

    #[test]
    fn what_root_installs_belongs_to_the_relays_user() {
        let folder = folder();
        let shelf = Shelf::open(folder.path()).unwrap();
        // Only root can give a directory away; anybody else sees that nothing changes.
        let owner = match std::os::unix::fs::chown(folder.path(), Some(65_534), Some(65_534)) {
            Ok(()) => 65_534,
            Err(_) => fs::metadata(folder.path()).unwrap().uid(),
        };
        shelf.put_roster(&roster(1, &root())).unwrap();
        assert_eq!(fs::metadata(shelf.roster_path()).unwrap().uid(), owner);
    }

    #[test]
    fn a_restarted_relay_has_the_same_session_key_and_a_spoilt_one_is_told() {
        let folder = folder();
        let shelf = Shelf::open(folder.path()).unwrap();
        let now = crate::clock::Moment(1_000);
        let cookie = shelf.session_key().unwrap().seal(&crate::staff::Session::begin([1; 32], now));
        assert!(shelf.session_key().unwrap().open(&cookie, now).is_some());
        fs::write(folder.path().join("session-key"), [1; 31]).unwrap();
        assert!(matches!(shelf.session_key(), Err(NotOnShelf::SessionKey(_))));
    }

    #[test]
    fn a_directory_others_may_look_into_is_refused() {
        let folder = folder();
        for (mode, fits) in [(0o700, true), (0o750, true), (0o770, true), (0o755, false), (0o701, false)] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Shelf::open(folder.path()).is_ok(), fits, "{mode:o}");
        }
        assert!(matches!(Shelf::open(&folder.path().join("nowhere")), Err(NotOnShelf::NoDirectory(_))));
    }
}
