//! What every relay of a centre keeps a copy of: it rises in versions, and the newest counts.

/// A kind of sheet. One of each hangs in the store, for the relays to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sheet {
    /// The staff, as the root signed them.
    Roster,
    /// What the staff changed about the opening hours.
    Calendar,
}

impl Sheet {
    /// Each of them.
    pub const ALL: [Sheet; 2] = [Sheet::Roster, Sheet::Calendar];

    /// Its name, in the store and on the disk.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Calendar => "calendar",
        }
    }
}

/// What hangs in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// Its version; 0 when nothing hangs there.
    pub version: u32,
    /// Its bytes, if they were asked for.
    pub bytes: Option<Vec<u8>>,
}
