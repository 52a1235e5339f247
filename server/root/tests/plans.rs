//! Stories of the next roster: who stays, who comes, who is let in without a meeting, and who is not.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

use lykta_root::{Enrolment, Plan, PlanError, Request, Why, Wishes};
use lykta_trust::{Anchors, CentreId, Role, RootKey, Roster, RosterError, StaffKey};

const NOW: u64 = 1_795_000_000;
const DAY: u64 = 86_400;
const CENTRE: CentreId = CentreId([0x10; 16]);

fn root() -> RootKey {
    RootKey::take_seed(&mut [0xA1; 32])
}

fn own() -> Anchors {
    Anchors::new(CENTRE, &[root().public()], 0).unwrap()
}

fn key(seed: u8) -> StaffKey {
    StaffKey::take_seed(&mut [seed; 32])
}

fn asks(seed: u8, name: &str) -> Enrolment {
    Enrolment {
        centre: CENTRE,
        made: u32::try_from(NOW).unwrap(),
        role: Role::Counsellor,
        name: name.into(),
        key: key(seed).public(),
        passkey: Some(vec![seed; 8]),
        renews: None,
    }
}

fn request(seed: u8, name: &str) -> Request {
    asks(seed, name).sign(&key(seed), None).unwrap()
}

fn wishes(requests: Vec<Request>) -> Wishes {
    Wishes { requests, days: 30, ..Wishes::default() }
}

fn signed(plan: &Plan) -> Roster {
    plan.sign(&root()).unwrap().verify(&own()).unwrap()
}

/// Aïcha and Bo, enrolled at `NOW`.
fn first() -> Roster {
    let wishes = wishes(vec![request(1, "Aïcha"), request(2, "Bo")]);
    signed(&Plan::make(&own(), None, &wishes, NOW).unwrap())
}

fn next(wishes: &Wishes, now: u64) -> Result<Plan, PlanError> {
    Plan::make(&own(), Some(&first()), wishes, now)
}

fn whys(plan: &Plan) -> Vec<Why> {
    plan.people().iter().map(|person| person.why).collect()
}

#[test]
fn the_first_roster_has_version_one_and_everybody_must_be_met() {
    let wishes = Wishes { epoch: Some(7), ..wishes(vec![request(1, "Aïcha"), request(2, "Bo")]) };
    let plan = Plan::make(&own(), None, &wishes, NOW).unwrap();
    assert_eq!((plan.version(), plan.epoch(), whys(&plan)), (1, 7, vec![Why::New, Why::New]));
    assert!(plan.people().iter().all(|person| person.why.needs_meeting()));
    let roster = signed(&plan);
    let terms = roster.entries()[0].staff.terms();
    let dates = (u64::from(terms.not_before), u64::from(terms.not_after));
    assert_eq!((dates, terms.roster_epoch), ((NOW, NOW + 30 * DAY), 7));
}

#[test]
fn a_newcomer_leaves_the_certificates_of_the_others_alone() {
    let plan = next(&wishes(vec![request(3, "Cilla")]), NOW + DAY).unwrap();
    assert_eq!((plan.version(), whys(&plan)), (2, vec![Why::Stays, Why::Stays, Why::New]));
    assert_eq!(signed(&plan).entries()[..2], first().entries()[..]);
}

#[test]
fn a_person_renews_with_their_own_key_and_needs_no_meeting() {
    let later = NOW + 20 * DAY;
    let asked = Enrolment { made: u32::try_from(later).unwrap(), passkey: None, ..asks(1, "Aïcha") };
    let plan = next(&wishes(vec![asked.sign(&key(1), None).unwrap()]), later).unwrap();
    assert_eq!(whys(&plan), [Why::Renewed, Why::Stays]);
    assert!(!Why::Renewed.needs_meeting());
    let roster = signed(&plan);
    assert_eq!(u64::from(roster.entries()[0].staff.terms().not_after), later + 30 * DAY);
    assert_eq!(roster.entries()[0].passkey, Some(vec![1; 8]), "the passkey stays when none is named");
}

#[test]
fn a_new_key_that_the_old_one_speaks_for_takes_its_place() {
    let renews = Some(key(1).public());
    let asked = Enrolment { renews, passkey: None, ..asks(9, "Aïcha") };
    let plan = next(&wishes(vec![asked.sign(&key(9), Some(&key(1))).unwrap()]), NOW + DAY).unwrap();
    assert_eq!(whys(&plan), [Why::Renewed, Why::Stays]);
    let roster = signed(&plan);
    assert!(roster.find(&key(9).public()).is_some());
    assert!(roster.find(&key(1).public()).is_none());
}

#[test]
fn a_renewal_that_wants_more_than_new_dates_or_comes_too_late_needs_a_meeting() {
    let wants = |asked: Enrolment, now: u64| {
        let asked = Enrolment { made: u32::try_from(now).unwrap(), ..asked };
        let plan = next(&wishes(vec![asked.sign(&key(1), None).unwrap()]), now).unwrap();
        assert!(plan.people()[0].why.needs_meeting());
        plan.people()[0].why
    };
    assert_eq!(wants(Enrolment { role: Role::Coordinator, ..asks(1, "Aïcha") }, NOW + DAY), Why::Changed);
    assert_eq!(wants(asks(1, "Aïcha Berg"), NOW + DAY), Why::Changed);
    assert_eq!(wants(Enrolment { passkey: Some(vec![9]), ..asks(1, "Aïcha") }, NOW + DAY), Why::Changed);
    assert_eq!(wants(asks(1, "Aïcha"), NOW + 30 * DAY + 1), Why::RenewedLate);
}

#[test]
fn a_key_nobody_knows_is_new_even_if_it_names_a_predecessor_of_its_own() {
    let renews = Some(key(8).public());
    let asked = Enrolment { renews, ..asks(9, "Doris") };
    let plan = next(&wishes(vec![asked.sign(&key(9), Some(&key(8))).unwrap()]), NOW).unwrap();
    assert_eq!(whys(&plan), [Why::Stays, Why::Stays, Why::New]);
}

#[test]
fn whoever_is_removed_is_gone_and_a_raised_epoch_signs_everybody_else_again_with_the_same_dates() {
    let gone = Wishes { remove: vec!["Bo".into()], ..wishes(vec![]) };
    let plan = next(&gone, NOW + DAY).unwrap();
    assert_eq!((plan.epoch(), whys(&plan), plan.removed().len()), (1, vec![Why::Stays], 1));

    let plan = next(&Wishes { raise_epoch: true, ..gone }, NOW + DAY).unwrap();
    assert_eq!((plan.epoch(), whys(&plan)), (2, vec![Why::SignedAgain]));
    let roster = signed(&plan);
    let (before, after) = (first(), roster.entries()[0].staff.terms());
    let before = before.entries()[0].staff.terms();
    assert_eq!((after.not_before, after.not_after), (before.not_before, before.not_after));
    assert_eq!((after.roster_epoch, roster.entries().len()), (2, 1));
}

#[test]
fn under_a_new_root_everybody_is_signed_again() {
    let new = Anchors::new(CENTRE, &[RootKey::take_seed(&mut [0xA2; 32]).public()], 0).unwrap();
    let plan = Plan::make(&new, Some(&first()), &wishes(vec![request(3, "Cilla")]), NOW).unwrap();
    assert_eq!(whys(&plan), [Why::SignedAgain, Why::SignedAgain, Why::New]);
    assert!(plan.sign(&RootKey::take_seed(&mut [0xA2; 32])).unwrap().verify(&new).is_ok());
    assert_eq!(plan.sign(&root()), Err(RosterError::NotOurs), "another root than the plan's");
}

#[test]
fn requests_that_do_not_belong_here_are_refused() {
    let refused = |asked: Enrolment, seed: u8| {
        next(&wishes(vec![asked.sign(&key(seed), None).unwrap()]), NOW).unwrap_err()
    };
    let at = |seconds: u64| Enrolment { made: u32::try_from(seconds).unwrap(), ..asks(3, "Cilla") };
    let name = || "Cilla".to_owned();
    let elsewhere = Enrolment { centre: CentreId([1; 16]), ..asks(3, "Cilla") };
    assert_eq!(refused(elsewhere, 3), PlanError::OtherCentre(name()));
    assert_eq!(refused(at(NOW - 14 * DAY - 1), 3), PlanError::TooOld(name()));
    assert_eq!(refused(at(NOW + DAY + 1), 3), PlanError::FromTheFuture(name()));
    assert_eq!(refused(asks(3, "bo"), 3), PlanError::NameTaken("bo".into()));
    let passkey = Enrolment { passkey: Some(vec![2; 8]), ..asks(3, "Cilla") };
    assert_eq!(refused(passkey, 3), PlanError::PasskeyTaken(name()));
    for made in [NOW - 14 * DAY, NOW + DAY] {
        assert!(next(&wishes(vec![at(made).sign(&key(3), None).unwrap()]), NOW).is_ok());
    }
}

#[test]
fn one_person_cannot_come_twice() {
    let twice = |requests| next(&wishes(requests), NOW).unwrap_err();
    let again = vec![request(3, "Cilla"), request(3, "Doris")];
    assert_eq!(twice(again), PlanError::Twice("Doris".into()));
    let renews = Some(key(1).public());
    let successor = Enrolment { renews, passkey: None, ..asks(9, "Aïcha") }.sign(&key(9), Some(&key(1)));
    let both = vec![request(1, "Aïcha"), successor.unwrap()];
    assert_eq!(twice(both), PlanError::Twice("Aïcha".into()));
    let same_name = vec![request(3, "Cilla"), request(4, "CILLA")];
    assert_eq!(twice(same_name), PlanError::NameTaken("CILLA".into()));
}

#[test]
fn whoever_is_being_removed_cannot_ask_in_the_same_breath_but_may_come_with_a_new_key() {
    let gone = |requests| Wishes { remove: vec!["Bo".into()], ..wishes(requests) };
    let back = next(&gone(vec![request(2, "Bo")]), NOW).unwrap_err();
    assert_eq!(back, PlanError::BeingRemoved("Bo".into()));
    let renews = Some(key(2).public());
    let heir = Enrolment { renews, ..asks(9, "Bo") }.sign(&key(9), Some(&key(2))).unwrap();
    assert_eq!(next(&gone(vec![heir]), NOW).unwrap_err(), PlanError::BeingRemoved("Bo".into()));
    // A lost key: the same person, met again.
    let plan = next(&gone(vec![request(9, "Bo")]), NOW).unwrap();
    assert_eq!(whys(&plan), [Why::Stays, Why::New]);
}

#[test]
fn wishes_that_make_no_sense_are_refused() {
    let wrong = |wishes: Wishes, now| next(&wishes, now).unwrap_err();
    let base = || wishes(vec![]);
    assert_eq!(wrong(base(), NOW), PlanError::NothingToDo);
    let nobody = Wishes { remove: vec!["Eva".into()], ..base() };
    assert_eq!(wrong(nobody, NOW), PlanError::Nobody("Eva".into()));
    for days in [0, 36] {
        assert_eq!(wrong(Wishes { days, ..base() }, NOW), PlanError::Days);
    }
    let epoch = Wishes { epoch: Some(2), ..wishes(vec![request(3, "Cilla")]) };
    assert_eq!(wrong(epoch.clone(), NOW), PlanError::Epoch { follows: 1 });
    assert!(next(&Wishes { raise_epoch: true, ..epoch }, NOW).is_ok());
    assert_eq!(wrong(wishes(vec![request(3, "Cilla")]), NOW - 1), PlanError::Clock);
    let raise = Wishes { raise_epoch: true, ..base() };
    assert_eq!(Plan::make(&own(), None, &raise, NOW), Err(PlanError::NoPrevious));
}
