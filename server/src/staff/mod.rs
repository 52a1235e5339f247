//! Who may sit: the roster, sign-in with a passkey, the session, and (in a demonstration only) sign-in without
//! a passkey.

mod admitted;
pub mod demo;
mod passkeys;
mod session;
mod shared;
mod shelf;

use std::fmt;
use std::sync::Arc;

use lykta_trust::{Anchors, Role, Roster, SignedRoster};
use tokio::sync::watch;

use crate::staffed::Writes;

pub use admitted::{Admitted, Inside};
pub use passkeys::{Assertion, NotSignedIn, Passkeys, USER_HANDLE, is_usable};
pub use session::{COOKIE, Session, SessionKey};
pub use shared::bring_together;
pub use shelf::{NotOnShelf, ROSTER_MAX, Shelf, read_roster};

/// The centre's staff as this relay knows them.
pub struct Staff {
    /// The pinned roots.
    pub anchors: Anchors,
    /// Chats one seat may hold at the most, whatever the console asks for.
    pub chats_max: u8,
    /// Seals session cookies.
    pub sessions: SessionKey,
    /// Which languages they write.
    pub writes: Writes,
    /// Whose consoles have been admitted here.
    pub admitted: Admitted,
    roster: watch::Sender<Arc<Book>>,
}

/// The newest roster, and the very bytes the root signed, for the consoles to check themselves.
pub struct Book {
    /// What it says.
    pub roster: Roster,
    /// What was signed.
    pub signed: SignedRoster,
}

impl Book {
    /// Nobody: what a relay has before the first roster. Every signed one is newer.
    #[must_use]
    pub fn empty() -> Self {
        let roster = Roster::new(0, 0, Vec::new()).expect("nobody is within the limits");
        Self { roster, signed: SignedRoster::from_bytes(Vec::new()) }
    }
}

/// Why a roster does not take the place of the one in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNewer {
    /// It is the one in use.
    Same,
    /// Its version is that of the one in use or an earlier one.
    Older,
}

impl fmt::Display for NotNewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "this roster is in use already",
            Self::Older => "a roster of this version or a later one is in use",
        })
    }
}

impl Staff {
    /// The staff of a roster that was verified under `anchors`.
    #[must_use]
    pub fn new(anchors: Anchors, book: Book, chats_max: u8, sessions: SessionKey) -> Self {
        Self {
            anchors,
            chats_max,
            sessions,
            writes: Writes::default(),
            admitted: Admitted::default(),
            roster: watch::Sender::new(Arc::new(book)),
        }
    }

    /// The languages this person writes; none when it is not known.
    #[must_use]
    pub fn writes_of(&self, staff_public: &[u8; 32]) -> Vec<String> {
        let book = self.book();
        book.roster.find(staff_public).map_or(&[][..], |entry| self.writes.of(&entry.name)).to_vec()
    }

    /// The newest roster.
    #[must_use]
    pub fn book(&self) -> Arc<Book> {
        Arc::clone(&self.roster.borrow())
    }

    /// Wakes whenever a newer roster is in use.
    #[must_use]
    pub fn newer_rosters(&self) -> watch::Receiver<Arc<Book>> {
        self.roster.subscribe()
    }

    /// Puts a verified roster in the place of an older one; everybody who sits is looked up in it at once.
    ///
    /// # Errors
    /// [`NotNewer`] unless its version is higher.
    pub fn replace(&self, book: Book) -> Result<(), NotNewer> {
        let mut outcome = Ok(());
        self.roster.send_if_modified(|known| {
            outcome = match book.roster.version() > known.roster.version() {
                true => Ok(()),
                false if book.signed == known.signed => Err(NotNewer::Same),
                false => Err(NotNewer::Older),
            };
            if outcome.is_ok() {
                *known = Arc::new(book);
            }
            outcome.is_ok()
        });
        outcome
    }

    /// Whether the newest roster names this person.
    #[must_use]
    pub fn knows(&self, staff_public: &[u8; 32]) -> bool {
        self.book().roster.find(staff_public).is_some()
    }

    /// Whether the newest roster has this person in this role, and people of the role talk with visitors:
    /// counsellors, and interpreters and experts as guests of a counsellor's chat.
    #[must_use]
    pub fn may_sit(&self, staff_public: &[u8; 32], role: Role) -> bool {
        role.talks() && self.book().roster.find(staff_public).is_some_and(|entry| entry.role() == role)
    }
}
