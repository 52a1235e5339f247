//! What the next roster shall be, decided before the root is opened.

use lykta_trust::{
    Anchors, CentreId, Request, RootKey, Roster, RosterEntry, RosterError, SignedRoster, StaffCertificate,
    StaffTerms,
};

use crate::error::PlanError;

const DAY: u64 = 24 * 60 * 60;

/// What the coordinator wants.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Requests, signatures checked.
    pub requests: Vec<Request>,
    /// Names of people who leave.
    pub remove: Vec<String>,
    /// The epoch they believe this roster has; without a previous roster, the epoch to begin with.
    pub epoch: Option<u16>,
    /// Whether certificates of all earlier rosters shall end.
    pub raise_epoch: bool,
    /// How long new certificates live, days (1-35).
    pub days: u16,
}

/// Why a person stands in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing changes: their certificate is the one they have.
    Stays,
    /// Their certificate is signed again with the dates it had, because the epoch rises or the root is new.
    SignedAgain,
    /// Their own key, still valid, asked for new dates (and perhaps for its successor), and nothing else.
    Renewed,
    /// Their own key asked, but its certificate has ended: a key that was lost must not come back by post.
    RenewedLate,
    /// Their own key asked for another role, name or passkey.
    Changed,
    /// Nobody in the previous roster.
    New,
}

impl Why {
    /// Whether the words must be compared face to face first.
    #[must_use]
    pub const fn needs_meeting(self) -> bool {
        matches!(self, Self::RenewedLate | Self::Changed | Self::New)
    }
}

/// One person of the next roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Why they are here.
    pub why: Why,
    /// What the root will put its name to.
    pub terms: StaffTerms,
    /// The name colleagues see.
    pub name: String,
    /// The passkey credential.
    pub passkey: Option<Vec<u8>>,
    /// What stands in the previous roster, for those who stood there.
    pub before: Option<RosterEntry>,
}

/// The next roster, not yet signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    anchors: Anchors,
    version: u32,
    epoch: u16,
    people: Vec<Person>,
    removed: Vec<RosterEntry>,
}

impl Plan {
    /// Longest life of a certificate, days.
    pub const LONGEST_DAYS: u16 = 35;
    /// Oldest request that counts, days: time to meet, and no more than that for a lost USB stick.
    pub const REQUEST_DAYS: u64 = 14;

    /// Decides. `own` pins the root that will sign (and its centre), alone; `previous` was verified by the
    /// caller; `now` is Unix seconds.
    ///
    /// People keep their places; new ones come last.
    ///
    /// # Errors
    /// [`PlanError`] names the first thing that stands in the way. Nothing is signed in part.
    pub fn make(
        own: &Anchors,
        previous: Option<&Roster>,
        wishes: &Wishes,
        now: u64,
    ) -> Result<Self, PlanError> {
        if wishes.days == 0 || wishes.days > Self::LONGEST_DAYS {
            return Err(PlanError::Days);
        }
        let old = previous.map_or(&[][..], Roster::entries);
        if old.iter().any(|entry| u64::from(entry.staff.terms().not_before) > now) {
            return Err(PlanError::Clock);
        }
        let not_before = u32::try_from(now).map_err(|_| PlanError::Clock)?;
        let not_after =
            u32::try_from(now.saturating_add(u64::from(wishes.days) * DAY)).map_err(|_| PlanError::Clock)?;
        let (version, epoch) = numbers(previous, wishes)?;
        let (mut people, removed) = who_stays(own, old, wishes, epoch)?;
        for (place, request) in wishes.requests.iter().enumerate() {
            check(own.centre(), request, &wishes.requests[..place], &removed, now)?;
            let asked = request.asked();
            let terms = StaffTerms {
                role: asked.role,
                roster_epoch: epoch,
                not_before,
                not_after,
                staff_public: asked.key,
            };
            // A key in the roster speaks for itself; a new one may be spoken for by the old.
            let owner = people.iter().position(|person| {
                let key = person.terms.staff_public;
                key == asked.key || Some(key) == asked.renews
            });
            if owner.is_some_and(|at| !matches!(people[at].why, Why::Stays | Why::SignedAgain)) {
                return Err(PlanError::Twice(asked.name.clone()));
            }
            let before = owner.and_then(|at| people[at].before.clone());
            let known = before.as_ref().and_then(|entry| entry.passkey.clone());
            let why = before.as_ref().map_or(Why::New, |entry| why(entry, request, now));
            let person = Person {
                why,
                terms,
                name: asked.name.clone(),
                passkey: asked.passkey.clone().or(known),
                before,
            };
            match owner {
                Some(at) => people[at] = person,
                None => people.push(person),
            }
        }
        different(&people)?;
        let touched = people.iter().any(|person| person.why != Why::Stays);
        if !touched && removed.is_empty() && !wishes.raise_epoch {
            return Err(PlanError::NothingToDo);
        }
        if people.len() > Roster::MAX_ENTRIES {
            return Err(PlanError::TooMany);
        }
        Ok(Self { anchors: own.clone(), version, epoch, people, removed })
    }

    /// The previous version and one.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The roster's epoch.
    #[must_use]
    pub const fn epoch(&self) -> u16 {
        self.epoch
    }

    /// Everybody who will stand in the roster, in its order.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Those who leave.
    #[must_use]
    pub fn removed(&self) -> &[RosterEntry] {
        &self.removed
    }

    /// The centre.
    #[must_use]
    pub const fn centre(&self) -> CentreId {
        self.anchors.centre()
    }

    /// Signs every certificate that is due and the roster as a whole, and verifies the result as a relay does.
    ///
    /// # Errors
    /// [`RosterError::NotOurs`] if `root` is not the root the plan was made for.
    pub fn sign(&self, root: &RootKey) -> Result<SignedRoster, RosterError> {
        let entry = |person: &Person| RosterEntry {
            staff: match (&person.before, person.why) {
                (Some(before), Why::Stays) => before.staff.clone(),
                _ => StaffCertificate::sign(root, self.centre(), person.terms),
            },
            name: person.name.clone(),
            passkey: person.passkey.clone(),
        };
        let entries = self.people.iter().map(entry).collect();
        let signed = Roster::new(self.version, self.epoch, entries)?.sign(root, self.centre());
        signed.verify(&self.anchors)?;
        Ok(signed)
    }
}

/// Version and epoch of the next roster.
fn numbers(previous: Option<&Roster>, wishes: &Wishes) -> Result<(u32, u16), PlanError> {
    let Some(previous) = previous else {
        if wishes.raise_epoch || !wishes.remove.is_empty() {
            return Err(PlanError::NoPrevious);
        }
        return Ok((1, wishes.epoch.unwrap_or(1)));
    };
    let follows = previous.epoch().checked_add(u16::from(wishes.raise_epoch)).ok_or(PlanError::End)?;
    if wishes.epoch.is_some_and(|epoch| epoch != follows) {
        return Err(PlanError::Epoch { follows });
    }
    Ok((previous.version().checked_add(1).ok_or(PlanError::End)?, follows))
}

/// The people of the previous roster: who stays, and who leaves.
fn who_stays(
    own: &Anchors,
    old: &[RosterEntry],
    wishes: &Wishes,
    epoch: u16,
) -> Result<(Vec<Person>, Vec<RosterEntry>), PlanError> {
    if let Some(name) = wishes.remove.iter().find(|name| !old.iter().any(|entry| entry.name == **name)) {
        return Err(PlanError::Nobody(name.clone()));
    }
    let (removed, stay): (Vec<_>, Vec<_>) =
        old.iter().cloned().partition(|entry| wishes.remove.contains(&entry.name));
    let person = |entry: RosterEntry| {
        let terms = entry.staff.terms();
        let due = terms.roster_epoch != epoch || entry.staff.signed_by_a_root(own).is_err();
        Person {
            why: if due { Why::SignedAgain } else { Why::Stays },
            terms: StaffTerms { roster_epoch: epoch, ..*terms },
            name: entry.name.clone(),
            passkey: entry.passkey.clone(),
            before: Some(entry),
        }
    };
    Ok((stay.into_iter().map(person).collect(), removed))
}

/// What can be said about one request without the others in the roster.
fn check(
    centre: CentreId,
    request: &Request,
    earlier: &[Request],
    removed: &[RosterEntry],
    now: u64,
) -> Result<(), PlanError> {
    let asked = request.asked();
    let name = || asked.name.clone();
    if asked.centre != centre {
        return Err(PlanError::OtherCentre(name()));
    }
    let made = u64::from(asked.made);
    if made > now.saturating_add(DAY) {
        return Err(PlanError::FromTheFuture(name()));
    }
    if made.saturating_add(Plan::REQUEST_DAYS * DAY) < now {
        return Err(PlanError::TooOld(name()));
    }
    if earlier.iter().any(|other| other.asked().key == asked.key) {
        return Err(PlanError::Twice(name()));
    }
    let leaves = |key: &[u8; 32]| removed.iter().any(|entry| entry.staff.terms().staff_public == *key);
    if leaves(&asked.key) || asked.renews.as_ref().is_some_and(leaves) {
        return Err(PlanError::BeingRemoved(name()));
    }
    Ok(())
}

/// What a request by a person's own key means.
fn why(before: &RosterEntry, request: &Request, now: u64) -> Why {
    let asked = request.asked();
    let same_passkey = asked.passkey.is_none() || asked.passkey == before.passkey;
    if asked.role != before.role() || asked.name != before.name || !same_passkey {
        Why::Changed
    } else if u64::from(before.staff.terms().not_after) < now {
        Why::RenewedLate
    } else {
        Why::Renewed
    }
}

/// No two people with one key, one name (whatever the case) or one passkey.
fn different(people: &[Person]) -> Result<(), PlanError> {
    for (place, person) in people.iter().enumerate() {
        for other in &people[..place] {
            let named = if person.why.needs_meeting() { person } else { other };
            let name = || named.name.clone();
            if person.terms.staff_public == other.terms.staff_public {
                return Err(PlanError::Twice(name()));
            }
            if person.name.to_lowercase() == other.name.to_lowercase() {
                return Err(PlanError::NameTaken(name()));
            }
            if person.passkey.is_some() && person.passkey == other.passkey {
                return Err(PlanError::PasskeyTaken(name()));
            }
        }
    }
    Ok(())
}
