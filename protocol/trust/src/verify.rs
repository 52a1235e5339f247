//! The one place that turns certificates into a proof that they were checked.

use crate::anchors::Anchors;
use crate::error::Refused;
use crate::ids::{AliasId, Fingerprint, Role, Serial};
use crate::seat::SeatCertificate;
use crate::staff::StaffCertificate;

/// Every role: for the desk's door, where the relay decides afterwards what a role may do.
pub const ROLES_ALL: &[Role] = ROLES.as_slice();

/// The roles of those who may be in a chat ([`Role::talks`]).
pub const ROLES_IN_CHATS: &[Role] = ROLES.split_at(ROLES.len() - 1).0;

/// In one list, so that a visitor's module carries one: the last talks with nobody.
const ROLES: [Role; 10] = [
    Role::Counsellor,
    Role::Interpreter,
    Role::Expert,
    Role::Police,
    Role::SocialServices,
    Role::HealthCare,
    Role::Prosecutor,
    Role::School,
    Role::CaseCoordinator,
    Role::Coordinator,
];

/// The larger of the device's clock and the date of the build, both Unix seconds.
#[must_use]
pub const fn now_at_least(clock: u64, build_date: u64) -> u64 {
    if clock > build_date { clock } else { build_date }
}

/// How strictly dates are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dates {
    /// A first greeting, or a seat not seen before: 24 hours before `not_before`, 10 minutes after
    /// `not_after`.
    Fresh,
    /// A re-greeting with the very seat certificate that was valid when this chat began: it may have
    /// ended up to 90 minutes ago, because a chat is not cut off when a shift ends.
    Running,
}

impl Dates {
    /// Seconds before `not_before` that are forgiven: phones set to the wrong day exist.
    pub const EARLY: u64 = 24 * 60 * 60;
    /// Seconds after `not_after` that are forgiven at a first greeting: clocks that are a little slow (`e2ee.md`,
    /// section 1).
    pub const LATE: u64 = 10 * 60;
    /// Seconds after `not_after` that are forgiven while a chat runs, which nobody should have to break off
    /// (`e2ee.md`, section 1).
    pub const LATE_RUNNING: u64 = 90 * 60;
    /// Longest life of a seat certificate, seconds (10 hours); a longer one is refused as [`Refused::Expired`]
    /// once its tenth hour is over, whatever it says.
    pub const LONGEST_SEAT: u64 = 10 * 60 * 60;
    /// Longest life of a staff certificate, seconds (35 days); enforced the same way.
    pub const LONGEST_STAFF: u64 = 35 * 24 * 60 * 60;

    const fn late(self) -> u64 {
        match self {
            Self::Fresh => Self::LATE,
            Self::Running => Self::LATE_RUNNING,
        }
    }

    /// `longest` caps what the certificate claims: a stolen key must not write itself a longer life.
    fn check(self, now: u64, not_before: u32, not_after: u32, longest: u64) -> Result<(), Refused> {
        let from = u64::from(not_before);
        let until = u64::from(not_after).min(from.saturating_add(longest));
        if now.saturating_add(Self::EARLY) < from {
            return Err(Refused::ClockWrong);
        }
        if now > until.saturating_add(self.late()) {
            return Err(Refused::Expired);
        }
        Ok(())
    }
}

/// Proof that a seat was checked all the way up to a pinned root. Only [`verify_seat`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSeat {
    role: Role,
    seat_public: [u8; 32],
    staff_public: [u8; 32],
    serial: Serial,
    alias_id: AliasId,
    caps: u16,
    not_after: u32,
    staff: Fingerprint,
    seat: Fingerprint,
}

impl VerifiedSeat {
    /// What this person may do.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The X25519 seat key `s`.
    #[must_use]
    pub const fn seat_public(&self) -> &[u8; 32] {
        &self.seat_public
    }

    /// The Ed25519 staff key `S`; finds the person in the roster (relay and console only).
    #[must_use]
    pub const fn staff_public(&self) -> &[u8; 32] {
        &self.staff_public
    }

    /// The seat certificate's number.
    #[must_use]
    pub const fn serial(&self) -> Serial {
        self.serial
    }

    /// Ties the seat to its alias.
    #[must_use]
    pub const fn alias_id(&self) -> AliasId {
        self.alias_id
    }

    /// Capability bits of the seat certificate.
    #[must_use]
    pub const fn caps(&self) -> u16 {
        self.caps
    }

    /// When the first of the two certificates ends, Unix seconds.
    #[must_use]
    pub const fn not_after(&self) -> u32 {
        self.not_after
    }

    /// `H(staff certificate)`.
    #[must_use]
    pub const fn staff_fingerprint(&self) -> Fingerprint {
        self.staff
    }

    /// `H(seat certificate)`: compare with what a hand-over announced.
    #[must_use]
    pub const fn seat_fingerprint(&self) -> Fingerprint {
        self.seat
    }
}

/// Checks root → staff certificate → dates → roster epoch → role → seat certificate → dates → key.
///
/// `handshake_key` is the static key the other end proved to hold (the Noise static, or the key named in an
/// admission); `now` see the crate's notes; `roles` those that may do what is being done.
///
/// # Errors
/// [`Refused`] names the first check that failed.
pub fn verify_seat(
    anchors: &Anchors,
    staff: &StaffCertificate,
    seat: &SeatCertificate,
    handshake_key: &[u8; 32],
    roles: &[Role],
    dates: Dates,
    now: u64,
) -> Result<VerifiedSeat, Refused> {
    let person = staff.terms();
    let place = seat.terms();
    staff.signed_by_a_root(anchors)?;
    dates.check(now, person.not_before, person.not_after, Dates::LONGEST_STAFF)?;
    if person.roster_epoch < anchors.min_roster_epoch() {
        return Err(Refused::OldEpoch);
    }
    if !roles.contains(&person.role) {
        return Err(Refused::WrongRole);
    }
    // The seat's signature covers the key, so "another key" and "not signed" would look the same; the
    // certificate does not carry the key, hence one verdict for both.
    seat.signed_by(staff, handshake_key)?;
    dates.check(now, place.not_before, place.not_after, Dates::LONGEST_SEAT)?;
    Ok(VerifiedSeat {
        role: person.role,
        seat_public: *handshake_key,
        staff_public: person.staff_public,
        serial: place.serial,
        alias_id: place.alias_id,
        caps: place.caps,
        not_after: person.not_after.min(place.not_after),
        staff: staff.fingerprint(),
        seat: seat.fingerprint(),
    })
}
