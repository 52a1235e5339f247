//! One roster at all relays of a centre: each keeps its copy, and the newest wins through the line.
//!
//! The root's signature is what counts, as everywhere: a roster from the line is verified like one from a file, and
//! whoever can write in the store can bring nobody onto the staff.

use lykta_trust::SignedRoster;
use tracing::{error, info};

use super::{Book, Shelf, Staff};
use crate::clock::Moment;
use crate::line::{Answer, Line, Sheet};

/// Compares the roster in use with the one that hangs in the line, and takes or pins the newer one.
///
/// # Errors
/// The line is away; the next look finds what was missed.
pub async fn bring_together(staff: &Staff, shelf: &Shelf, line: &dyn Line, now: Moment) -> Answer<()> {
    let known = staff.book();
    let version = known.roster.version();
    let pinned = line.pinned(Sheet::Roster, version, now).await?;
    let Some(bytes) = pinned.bytes else {
        if pinned.version < version {
            // The line has lost its memory, or this relay is the first that has this one.
            let _ = line.pin(Sheet::Roster, version, known.signed.as_bytes(), now).await?;
        }
        return Ok(());
    };
    let signed = SignedRoster::from_bytes(bytes);
    match signed.verify(&staff.anchors) {
        Ok(roster) => {
            let version = roster.version();
            if staff.replace(Book { roster, signed: signed.clone() }).is_ok() {
                info!("roster version {version} is in use, brought by another relay");
                // In use already: a full disk must not keep somebody on the staff who was taken off it.
                if let Err(error) = shelf.put_roster(&signed) {
                    error!("roster version {version} is in use but could not be kept: {error}");
                }
            }
        }
        Err(error) => error!("the roster in the store is not used: {error}"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use lykta_trust::{Anchors, CentreId, RootKey, Roster};
    use tempfile::TempDir;

    use super::*;
    use crate::line::{Memory, Spans};
    use crate::staff::SessionKey;

    const NOW: Moment = Moment(1_800_000_000_000);
    const CENTRE: CentreId = CentreId([9; 16]);

    fn signed(version: u32, root: u8) -> Book {
        let roster = Roster::new(version, 1, Vec::new()).unwrap();
        let signed = roster.sign(&RootKey::take_seed(&mut [root; 32]), CENTRE);
        Book { roster, signed }
    }

    /// A relay's staff and state directory, with this version.
    fn relay(version: u32) -> (Staff, Shelf, TempDir) {
        let folder = tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir().unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        let anchors = Anchors::new(CENTRE, &[RootKey::take_seed(&mut [1; 32]).public()], 0).unwrap();
        (Staff::new(anchors, signed(version, 1), 1, SessionKey::new([5; 32])), shelf, folder)
    }

    fn version(staff: &Staff) -> u32 {
        staff.book().roster.version()
    }

    #[tokio::test]
    async fn a_newer_roster_at_one_relay_is_in_use_and_kept_at_all_and_an_older_one_at_none() {
        let line = Memory::new(Spans::default(), 10);
        let ((one, one_shelf, _one), (two, two_shelf, _two)) = (relay(3), relay(2));
        bring_together(&two, &two_shelf, &line, NOW).await.unwrap();
        assert_eq!(line.pinned(Sheet::Roster, 0, NOW).await.unwrap().version, 2);
        bring_together(&one, &one_shelf, &line, NOW).await.unwrap();
        assert_eq!(version(&one), 3, "the older one changes nothing");
        bring_together(&two, &two_shelf, &line, NOW).await.unwrap();
        assert_eq!(version(&two), 3);
        assert_eq!(two_shelf.roster(&two.anchors).unwrap().roster.version(), 3, "kept for its next start");
        // A line that has lost its memory is filled again.
        let empty = Memory::new(Spans::default(), 10);
        bring_together(&two, &two_shelf, &empty, NOW).await.unwrap();
        assert_eq!(empty.pinned(Sheet::Roster, 2, NOW).await.unwrap().version, 3);
    }

    #[tokio::test]
    async fn whoever_can_write_in_the_store_brings_nobody_onto_the_staff() {
        let (staff, shelf, _folder) = relay(3);
        for forged in [signed(9, 2).signed.as_bytes(), &signed(9, 1).signed.as_bytes()[1..], b"roster"] {
            let line = Memory::new(Spans::default(), 10);
            assert!(line.pin(Sheet::Roster, 9, forged, NOW).await.unwrap());
            bring_together(&staff, &shelf, &line, NOW).await.unwrap();
            assert_eq!(version(&staff), 3);
        }
    }
}
