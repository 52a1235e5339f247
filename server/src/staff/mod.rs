//! Who may sit: the roster, the sign-in session, and (in a demonstration only) sign-in without a passkey.

pub mod demo;
mod session;

use lykta_trust::{Anchors, Roster};

pub use session::{COOKIE, Session, SessionKey};

/// The centre's staff as this relay knows them.
pub struct Staff {
    /// The pinned roots.
    pub anchors: Anchors,
    /// The newest roster.
    pub roster: Roster,
    /// Chats one seat may hold at the most, whatever the console asks for.
    pub chats_max: u8,
    /// Seals session cookies.
    pub sessions: SessionKey,
}

impl Staff {
    /// Whether the newest roster names this person.
    #[must_use]
    pub fn knows(&self, staff_public: &[u8; 32]) -> bool {
        self.roster.find(staff_public).is_some()
    }
}
