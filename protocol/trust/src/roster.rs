//! The roster: the whole staff, signed once by the root, for the relays and the console. Visitors never
//! see it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::anchors::Anchors;
use crate::bytes::{Reader, labelled};
use crate::error::Malformed;
use crate::ids::{CentreId, Role};
use crate::keys::{RootKey, verified};
use crate::staff::{STAFF_CERTIFICATE_LEN, StaffCertificate};

const FORMAT: u8 = 1;
const LABEL: &[u8] = b"lykta/1 roster";

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterEntry {
    /// The person's certificate; it says the role.
    pub staff: StaffCertificate,
    /// The name colleagues see, 1-64 bytes of UTF-8. Never shown to a visitor.
    pub name: String,
    /// The bytes of a [`crate::Passkey`], 1-1,024; `None` before enrolment is complete. Read when somebody signs
    /// in with it, so that a roster with a passkey of a later format still has its names.
    pub passkey: Option<Vec<u8>>,
}

impl RosterEntry {
    /// Longest name, bytes of UTF-8: fits its one-byte length with room to spare (`e2ee.md`, section 1.2).
    pub const MAX_NAME: usize = 64;
    /// Longest passkey credential, bytes: several times what authenticators make.
    pub const MAX_PASSKEY: usize = 1024;

    /// What the person may do (from the certificate, so the two can never disagree).
    #[must_use]
    pub const fn role(&self) -> Role {
        self.staff.terms().role
    }
}

/// A roster whose signature was checked (or that is about to be signed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    version: u32,
    epoch: u16,
    entries: Vec<RosterEntry>,
}

/// Why a roster is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RosterError {
    /// Not the layout, or a name, passkey or number of people outside the limits.
    Malformed,
    /// No pinned root signed this roster for this centre.
    NotOurs,
    /// Older than the oldest epoch the configuration accepts.
    OldEpoch,
    /// A certificate inside was not signed by a pinned root, or is of another epoch than the roster.
    Entry,
    /// The same staff key stands twice.
    Twice,
}

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the roster is not in the expected layout",
            Self::NotOurs => "no pinned root signed this roster",
            Self::OldEpoch => "the roster is older than the oldest accepted epoch",
            Self::Entry => "a certificate in the roster is not signed by a pinned root for this epoch",
            Self::Twice => "a staff key stands in the roster twice",
        })
    }
}

impl core::error::Error for RosterError {}

impl From<Malformed> for RosterError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl Roster {
    /// Most people in one roster: more than any centre has, and a bound for who reads one.
    pub const MAX_ENTRIES: usize = 256;

    /// Puts a roster together. `version` rises with every roster a centre publishes: relays keep the
    /// highest. A certificate's epoch may not be later than the roster's.
    ///
    /// # Errors
    /// [`RosterError::Malformed`], [`RosterError::Entry`] or [`RosterError::Twice`].
    pub fn new(version: u32, epoch: u16, entries: Vec<RosterEntry>) -> Result<Self, RosterError> {
        if entries.len() > Self::MAX_ENTRIES {
            return Err(RosterError::Malformed);
        }
        for (place, entry) in entries.iter().enumerate() {
            let name_fits = (1..=RosterEntry::MAX_NAME).contains(&entry.name.len());
            let passkey_fits =
                entry.passkey.as_ref().is_none_or(|k| (1..=RosterEntry::MAX_PASSKEY).contains(&k.len()));
            if !name_fits || !passkey_fits {
                return Err(RosterError::Malformed);
            }
            let terms = entry.staff.terms();
            if terms.roster_epoch > epoch {
                return Err(RosterError::Entry);
            }
            if entries[..place].iter().any(|e| e.staff.terms().staff_public == terms.staff_public) {
                return Err(RosterError::Twice);
            }
        }
        Ok(Self { version, epoch, entries })
    }

    /// Rises with every roster.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Rises when somebody must be shut out.
    #[must_use]
    pub const fn epoch(&self) -> u16 {
        self.epoch
    }

    /// Everybody, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[RosterEntry] {
        &self.entries
    }

    /// The person with this Ed25519 staff key.
    #[must_use]
    pub fn find(&self, staff_public: &[u8; 32]) -> Option<&RosterEntry> {
        self.entries.iter().find(|entry| entry.staff.terms().staff_public == *staff_public)
    }

    /// Signs `len 1 | "lykta/1 roster" | centre_id 16 | all bytes before the signature`.
    #[must_use]
    pub fn sign(&self, root: &RootKey, centre: CentreId) -> SignedRoster {
        let mut bytes = self.body();
        let signature = root.sign(&labelled(LABEL, &[&centre.0, &bytes]));
        bytes.extend_from_slice(&signature);
        SignedRoster { bytes }
    }

    fn body(&self) -> Vec<u8> {
        let short = "limits were checked by Roster::new";
        let mut bytes = Vec::new();
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&u16::try_from(self.entries.len()).expect(short).to_be_bytes());
        for entry in &self.entries {
            let passkey = entry.passkey.as_deref().unwrap_or_default();
            bytes.extend_from_slice(entry.staff.as_bytes());
            bytes.push(u8::try_from(entry.name.len()).expect(short));
            bytes.extend_from_slice(entry.name.as_bytes());
            bytes.extend_from_slice(&u16::try_from(passkey.len()).expect(short).to_be_bytes());
            bytes.extend_from_slice(passkey);
        }
        bytes
    }
}

/// A roster as it lies on disk and travels: not believed until [`SignedRoster::verify`].
///
/// `format 1 = 1 | version u32 | epoch u16 | count u16 | entries | sig_R 64`, each entry
/// `staff certificate 109 | name length u8 | name | passkey length u16 (0 = none) | passkey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRoster {
    bytes: Vec<u8>,
}

impl SignedRoster {
    /// Takes bytes from a file or a socket.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Signature first, then layout, then every certificate inside. Dates are not looked at: a person
    /// whose certificate ended still has a name.
    ///
    /// # Errors
    /// [`RosterError`] names the first thing that is wrong.
    pub fn verify(&self, anchors: &Anchors) -> Result<Roster, RosterError> {
        let (body, signature) = self.bytes.split_last_chunk::<64>().ok_or(RosterError::Malformed)?;
        let text = labelled(LABEL, &[&anchors.centre().0, body]);
        if !anchors.roots().iter().any(|root| verified(root, &text, signature)) {
            return Err(RosterError::NotOurs);
        }
        let roster = parse(body)?;
        if roster.epoch < anchors.min_roster_epoch() {
            return Err(RosterError::OldEpoch);
        }
        for entry in &roster.entries {
            entry.staff.signed_by_a_root(anchors).map_err(|_| RosterError::Entry)?;
        }
        Ok(roster)
    }
}

fn parse(body: &[u8]) -> Result<Roster, RosterError> {
    let mut read = Reader::new(body);
    if read.u8()? != FORMAT {
        return Err(RosterError::Malformed);
    }
    let version = read.u32()?;
    let epoch = read.u16()?;
    let count = usize::from(read.u16()?);
    if count > Roster::MAX_ENTRIES {
        return Err(RosterError::Malformed);
    }
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let staff = StaffCertificate::parse(read.slice(STAFF_CERTIFICATE_LEN)?)?;
        let name_len = usize::from(read.u8()?);
        let name = core::str::from_utf8(read.slice(name_len)?).map_err(|_| RosterError::Malformed)?.into();
        let passkey_len = usize::from(read.u16()?);
        let passkey = read.slice(passkey_len)?;
        let passkey = (!passkey.is_empty()).then(|| passkey.to_vec());
        entries.push(RosterEntry { staff, name, passkey });
    }
    read.end()?;
    Roster::new(version, epoch, entries)
}
