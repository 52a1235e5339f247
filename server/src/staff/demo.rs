//! The demonstration's staff: root and counsellors derive from one seed file, so that a restarted demo keeps
//! its chats.
//!
//! Nothing here is reachable in production: a [`Demo`] is made only by `serve --demo`, which listens on
//! loopback only and refuses every request that names another host or came through a proxy.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use lykta_trust::{
    Anchors, CentreId, Role, RootKey, Roster, RosterEntry, StaffCertificate, StaffKey, StaffTerms,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::session::{SessionKey, hex};
use super::{Book, Session, Staff};
use crate::clock::Moment;

/// The people of the demonstration.
const NAMES: [&str; 5] = ["Alva", "Bashar", "Cilla", "Daniel", "Elin"];
/// What each of them writes.
const WRITES: [&[&str]; 5] = [&["sv", "en"], &["sv", "ar"], &["sv"], &["sv", "ti", "en"], &["sv", "so"]];
/// Chats one demonstration seat holds.
const CHATS: u8 = 3;
const DAY_S: u64 = 86_400;

/// What only a demonstration has: the staff's signing seeds, and a token that hands them out.
pub struct Demo {
    seed: Zeroizing<[u8; 32]>,
    token: String,
    next: AtomicUsize,
    certificates: Vec<StaffCertificate>,
}

/// What a signed-in demo console gets. No `Debug`: the seed is a key.
#[derive(serde::Serialize)]
pub struct SignedIn {
    /// The name in the console.
    pub name: &'static str,
    /// The staff key's seed, 32 bytes in hexadecimal.
    pub staff_seed: String,
    /// The staff certificate, 109 bytes in hexadecimal.
    pub staff_certificate: String,
    /// Chats this seat may hold.
    pub capacity: u8,
}

/// Reads the seed, or makes it (0600, so that only this user reads it).
///
/// # Errors
/// When the file cannot be read or made, or is not 32 bytes.
pub fn seed(path: &Path) -> io::Result<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    match fs::read(path).map(Zeroizing::new) {
        Ok(bytes) => {
            let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the demo seed must be 32 bytes; delete it for a new one",
                )
            })?;
            seed.copy_from_slice(bytes);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            getrandom::fill(&mut *seed).map_err(io::Error::other)?;
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
                fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
            }
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(&*seed)?;
        }
        Err(error) => return Err(error),
    }
    Ok(seed)
}

impl Demo {
    /// The demonstration of `seed`, with its staff.
    ///
    /// # Errors
    /// When the operating system gives no random bytes for the token.
    pub fn new(
        seed: Zeroizing<[u8; 32]>,
        centre: [u8; 16],
        now: Moment,
    ) -> Result<(Self, Staff), getrandom::Error> {
        let mut token = [0; 16];
        getrandom::fill(&mut token)?;
        let centre = CentreId(centre);
        let root = RootKey::take_seed(&mut derive(&seed, b"root", 0));
        let anchors = Anchors::new(centre, &[root.public()], 0).expect("one root is a valid number of roots");
        let now_s = now.0 / 1_000;
        // From yesterday's midnight, so that a restart the same day makes the very same certificates.
        let not_before = (now_s / DAY_S).saturating_sub(1) * DAY_S;
        let certificate = |number: usize| {
            let staff_public = StaffKey::take_seed(&mut derive(&seed, b"staff", number)).public();
            let terms = StaffTerms {
                role: Role::Counsellor,
                roster_epoch: 0,
                not_before: not_before as u32,
                not_after: (not_before + 30 * DAY_S) as u32,
                staff_public,
            };
            StaffCertificate::sign(&root, centre, terms)
        };
        let certificates: Vec<_> = (0..NAMES.len()).map(certificate).collect();
        let entries = NAMES
            .iter()
            .zip(&certificates)
            .map(|(name, staff)| RosterEntry { staff: staff.clone(), name: (*name).into(), passkey: None })
            .collect();
        let roster = Roster::new(1, 0, entries).expect("five people with five keys");
        let signed = roster.sign(&root, centre);
        let sessions = SessionKey::new(derive(&seed, b"session", 0));
        let mut staff = Staff::new(anchors, Book { roster, signed }, CHATS, sessions);
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        staff.writes.by_name =
            NAMES.into_iter().map(str::to_owned).zip(WRITES.into_iter().map(tags)).collect();
        Ok((Self { seed, token: hex(&token), next: AtomicUsize::new(0), certificates }, staff))
    }

    /// The token of this run, for the fragment of the printed address.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Signs somebody in: who `before` says, or else the next person. Each browser that opens the printed
    /// address becomes somebody else, so that two of them are two counsellors; two windows of one browser
    /// share a sign-in and are the same one at two seats.
    #[must_use]
    pub fn sign_in(&self, token: &str, before: Option<&Session>, now: Moment) -> Option<(Session, SignedIn)> {
        if token != self.token {
            return None;
        }
        let number = before
            .and_then(|session| self.number(session))
            .unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed) % NAMES.len());
        let session = Session::begin(self.certificates[number].terms().staff_public, now);
        Some((session, self.person(number)))
    }

    /// The same person again, for a console that was reloaded.
    #[must_use]
    pub fn again(&self, session: &Session) -> Option<SignedIn> {
        self.number(session).map(|number| self.person(number))
    }

    fn number(&self, session: &Session) -> Option<usize> {
        self.certificates.iter().position(|certificate| session.is(&certificate.terms().staff_public))
    }

    fn person(&self, number: usize) -> SignedIn {
        let seed = Zeroizing::new(derive(&self.seed, b"staff", number));
        SignedIn {
            name: NAMES[number],
            staff_seed: hex(&*seed),
            staff_certificate: hex(self.certificates[number].as_bytes()),
            capacity: CHATS,
        }
    }
}

fn derive(seed: &[u8; 32], what: &[u8], number: usize) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"lykta demo ");
    hash.update(what);
    hash.update((number as u64).to_be_bytes());
    hash.update(seed);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> (Demo, Staff) {
        Demo::new(Zeroizing::new([3; 32]), [9; 16], Moment(1_800_000_000_000)).unwrap()
    }

    #[test]
    fn two_browsers_are_two_counsellors_and_a_reload_is_the_same_one() {
        let (demo, staff) = demo();
        let now = Moment(1_800_000_000_000);
        let (first, alva) = demo.sign_in(demo.token(), None, now).unwrap();
        let (second, bashar) = demo.sign_in(demo.token(), None, now).unwrap();
        assert_ne!(alva.staff_seed, bashar.staff_seed);
        assert!(staff.knows(first.staff_public()) && staff.knows(second.staff_public()));
        assert_eq!(demo.again(&first).unwrap().staff_seed, alva.staff_seed);
        let (_, another_window) = demo.sign_in(demo.token(), Some(&first), now).unwrap();
        assert_eq!(another_window.staff_seed, alva.staff_seed);
        assert!(demo.sign_in("another token", None, now).is_none());
    }

    #[test]
    fn a_restarted_demo_has_the_same_people_and_another_token() {
        let (one, staff) = demo();
        let (two, again) = demo();
        assert_eq!(staff.anchors.roots(), again.anchors.roots());
        assert_ne!(one.token(), two.token());
        let now = Moment(1_800_000_000_000);
        let cookie = staff.sessions.seal(&one.sign_in(one.token(), None, now).unwrap().0);
        assert!(again.sessions.open(&cookie, now).is_some());
    }
}
