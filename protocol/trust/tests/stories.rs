//! Stories of trust: who is believed, who gets through the desk's door, and who stands in the roster.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

use lykta_trust::*;
use proptest::prelude::*;

const NOW: u64 = 1_795_000_000;
const NOW32: u32 = 1_795_000_000;
const CENTRE: CentreId = CentreId([0x10; 16]);
const SEAT_PUBLIC: [u8; 32] = [0x5E; 32];
const ORIGIN: &str = "https://staff.example.org";
const CHALLENGE: [u8; 32] = [0xC4; 32];

fn root() -> RootKey {
    RootKey::take_seed(&mut [0xA1; 32])
}

fn next_root() -> RootKey {
    RootKey::take_seed(&mut [0xA2; 32])
}

fn staff_key() -> StaffKey {
    StaffKey::take_seed(&mut [0xB1; 32])
}

fn door() -> DoorKey {
    DoorKey::take_seed(&mut [0xE1; 32])
}

fn anchors() -> Anchors {
    Anchors::new(CENTRE, &[root().public()], 3).unwrap()
}

fn staff_terms() -> StaffTerms {
    StaffTerms {
        role: Role::Counsellor,
        roster_epoch: 3,
        not_before: NOW32 - 86_400,
        not_after: NOW32 + 86_400,
        staff_public: staff_key().public(),
    }
}

fn seat_terms() -> SeatTerms {
    SeatTerms {
        serial: Serial([1; 16]),
        not_before: NOW32 - 600,
        not_after: NOW32 + 3_600,
        caps: 0x0102,
        alias_id: AliasId([2; 16]),
    }
}

fn staff() -> StaffCertificate {
    StaffCertificate::sign(&root(), CENTRE, staff_terms())
}

fn certificate() -> SeatCertificate {
    SeatCertificate::sign(&staff_key(), &staff(), &SEAT_PUBLIC, seat_terms())
}

fn check(staff: &StaffCertificate, seat: &SeatCertificate, now: u64) -> Result<VerifiedSeat, Refused> {
    verify_seat(&anchors(), staff, seat, &SEAT_PUBLIC, &[Role::Counsellor], Dates::Fresh, now)
}

#[test]
fn a_certified_seat_is_believed_and_says_who_it_is() {
    let seat = check(&staff(), &certificate(), NOW).unwrap();
    assert_eq!(seat.role(), Role::Counsellor);
    assert_eq!(seat.seat_public(), &SEAT_PUBLIC);
    assert_eq!(seat.staff_public(), &staff_key().public());
    assert_eq!((seat.serial(), seat.alias_id(), seat.caps()), (Serial([1; 16]), AliasId([2; 16]), 0x0102));
    assert_eq!(seat.not_after(), NOW32 + 3_600);
    assert_eq!(seat.staff_fingerprint(), staff().fingerprint());
    assert_eq!(seat.seat_fingerprint(), certificate().fingerprint());
}

#[test]
fn the_layouts_are_those_of_the_manual() {
    let bytes = *staff().as_bytes();
    assert_eq!((bytes.len(), bytes[0], bytes[1]), (109, 1, 1));
    assert_eq!(bytes[2..4], 3u16.to_be_bytes());
    assert_eq!(bytes[4..8], (NOW32 - 86_400).to_be_bytes());
    assert_eq!(bytes[8..12], (NOW32 + 86_400).to_be_bytes());
    assert_eq!(bytes[12..44], staff_key().public());
    assert_eq!(bytes[44], 0);
    let bytes = *certificate().as_bytes();
    assert_eq!(
        (bytes.len(), &bytes[..16], &bytes[24..26], &bytes[26..42]),
        (106, &[1; 16][..], &[1, 2][..], &[2; 16][..])
    );
    assert_eq!(StaffCertificate::parse(staff().as_bytes()).unwrap(), staff());
    assert_eq!(SeatCertificate::parse(certificate().as_bytes()).unwrap(), certificate());
}

#[test]
fn the_signatures_cover_exactly_the_texts_of_the_manual() {
    use ed25519_dalek::{Signer, SigningKey};
    let root = SigningKey::from_bytes(&[0xA1; 32]);
    let text = [&[13][..], b"lykta/1 staff", &CENTRE.0, &staff().as_bytes()[..45]].concat();
    assert_eq!(root.sign(&text).to_bytes(), staff().as_bytes()[45..]);

    use sha2::{Digest, Sha256};
    let staff_signing = SigningKey::from_bytes(&[0xB1; 32]);
    let hash = Sha256::digest(staff().as_bytes());
    let text = [&[12][..], b"lykta/1 seat", &hash, &SEAT_PUBLIC, &certificate().as_bytes()[..42]].concat();
    assert_eq!(staff_signing.sign(&text).to_bytes(), certificate().as_bytes()[42..]);

    let admission = admission(&CHALLENGE, ORIGIN).to_bytes();
    assert_eq!(admission.len(), 407);
    let hash = Sha256::digest(certificate().as_bytes());
    let text = [&[12][..], b"lykta/1 door", &hash, &door().public()].concat();
    assert_eq!(staff_signing.sign(&text).to_bytes(), admission[279..343]);
    let door = SigningKey::from_bytes(&[0xE1; 32]);
    let text = [&[13][..], b"lykta/1 admit", &CHALLENGE, &[0, 25], ORIGIN.as_bytes(), &hash].concat();
    assert_eq!(door.sign(&text).to_bytes(), admission[343..]);
}

#[test]
fn no_changed_bit_of_either_certificate_is_believed() {
    for bit in 0..109 * 8 {
        let mut bytes = *staff().as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(changed) = StaffCertificate::parse(&bytes) else { continue };
        assert_eq!(check(&changed, &certificate(), NOW), Err(Refused::NotOurs), "bit {bit}");
    }
    for bit in 0..106 * 8 {
        let mut bytes = *certificate().as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let changed = SeatCertificate::parse(&bytes).unwrap();
        assert_eq!(check(&staff(), &changed, NOW), Err(Refused::SeatNotSigned), "bit {bit}");
    }
}

#[test]
fn a_certificate_of_another_length_version_role_or_flag_is_not_read() {
    let good = *staff().as_bytes();
    assert_eq!(StaffCertificate::parse(&good[..108]), Err(Malformed));
    assert_eq!(StaffCertificate::parse(&[&good[..], &[0]].concat()), Err(Malformed));
    for (at, value) in [(0, 0), (0, 2), (1, 0), (1, 11), (44, 1)] {
        let mut bytes = good;
        bytes[at] = value;
        assert_eq!(StaffCertificate::parse(&bytes), Err(Malformed));
    }
    let good = *certificate().as_bytes();
    assert_eq!(SeatCertificate::parse(&good[..105]), Err(Malformed));
    assert_eq!(SeatCertificate::parse(&[&good[..], &[0]].concat()), Err(Malformed));
}

#[test]
fn another_root_another_centre_and_another_persons_seat_are_refused() {
    let strange = StaffCertificate::sign(&next_root(), CENTRE, staff_terms());
    assert_eq!(check(&strange, &certificate(), NOW), Err(Refused::NotOurs));
    let elsewhere = StaffCertificate::sign(&root(), CentreId([0x11; 16]), staff_terms());
    assert_eq!(check(&elsewhere, &certificate(), NOW), Err(Refused::NotOurs));
    let colleague = StaffKey::take_seed(&mut [0xB2; 32]);
    let swapped = SeatCertificate::sign(&colleague, &staff(), &SEAT_PUBLIC, seat_terms());
    assert_eq!(check(&staff(), &swapped, NOW), Err(Refused::SeatNotSigned));
    let other_seat = SeatCertificate::sign(&staff_key(), &staff(), &[0x5F; 32], seat_terms());
    assert_eq!(check(&staff(), &other_seat, NOW), Err(Refused::SeatNotSigned));
    // The same person's renewed certificate does not carry the seat of the old one.
    let renewed =
        StaffCertificate::sign(&root(), CENTRE, StaffTerms { not_after: NOW32 + 99, ..staff_terms() });
    assert_eq!(check(&renewed, &certificate(), NOW), Err(Refused::SeatNotSigned));
}

#[test]
fn during_a_rotation_the_next_root_is_believed_as_well() {
    let both = Anchors::new(CENTRE, &[root().public(), next_root().public()], 3).unwrap();
    let new = StaffCertificate::sign(&next_root(), CENTRE, staff_terms());
    assert_eq!(new.signed_by_a_root(&both), Ok(()));
    assert_eq!(staff().signed_by_a_root(&both), Ok(()));
    assert_eq!(new.signed_by_a_root(&anchors()), Err(Refused::NotOurs));
    assert_ne!(both.fingerprint(), anchors().fingerprint());
}

#[test]
fn the_old_roster_epoch_and_the_wrong_role_are_refused() {
    let old = StaffCertificate::sign(&root(), CENTRE, StaffTerms { roster_epoch: 2, ..staff_terms() });
    assert_eq!(check(&old, &certificate(), NOW), Err(Refused::OldEpoch));
    let expert = StaffCertificate::sign(&root(), CENTRE, StaffTerms { role: Role::Expert, ..staff_terms() });
    assert_eq!(check(&expert, &certificate(), NOW), Err(Refused::WrongRole));
}

#[test]
fn dates_have_the_tolerances_of_the_manual_and_signatures_are_looked_at_first() {
    let seat_until = u64::from(seat_terms().not_after);
    let staff_from = u64::from(staff_terms().not_before);
    let at = |now| check(&staff(), &certificate(), now).map(|_| ());
    assert_eq!(at(seat_until + 600), Ok(()));
    assert_eq!(at(seat_until + 601), Err(Refused::Expired));
    assert_eq!(at(u64::from(seat_terms().not_before) - 86_400), Ok(()));
    assert_eq!(at(u64::from(seat_terms().not_before) - 86_401), Err(Refused::ClockWrong));
    assert_eq!(at(staff_from - 86_401), Err(Refused::ClockWrong));
    assert_eq!(at(0), Err(Refused::ClockWrong));
    assert_eq!(at(u64::MAX), Err(Refused::Expired));
    let running = |now| {
        let roles = &[Role::Counsellor];
        verify_seat(&anchors(), &staff(), &certificate(), &SEAT_PUBLIC, roles, Dates::Running, now)
            .map(|_| ())
    };
    assert_eq!(running(seat_until + 5_400), Ok(()));
    assert_eq!(running(seat_until + 5_401), Err(Refused::Expired));

    let forged = StaffCertificate::sign(&next_root(), CENTRE, StaffTerms { not_after: 5, ..staff_terms() });
    assert_eq!(
        check(&forged, &certificate(), NOW),
        Err(Refused::NotOurs),
        "the clock is not blamed for a forgery"
    );
    assert_eq!(now_at_least(0, NOW), NOW);
    assert_eq!(now_at_least(NOW + 1, NOW), NOW + 1);
}

#[test]
fn a_staff_key_cannot_write_its_seat_a_longer_life_than_ten_hours() {
    let terms = SeatTerms { not_before: NOW32 - 36_000, not_after: u32::MAX, ..seat_terms() };
    let greedy = SeatCertificate::sign(&staff_key(), &staff(), &SEAT_PUBLIC, terms);
    assert!(check(&staff(), &greedy, NOW + 600).is_ok());
    assert_eq!(check(&staff(), &greedy, NOW + 601), Err(Refused::Expired));
}

#[test]
fn a_weak_key_signs_for_nobody() {
    // With the neutral point as key and as R, and s = 0, a lax verifier accepts any text at all.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let weak = StaffCertificate::sign(&root(), CENTRE, StaffTerms { staff_public: neutral, ..staff_terms() });
    let mut bytes = *certificate().as_bytes();
    bytes[42..74].copy_from_slice(&neutral);
    bytes[74..].fill(0);
    let seat = SeatCertificate::parse(&bytes).unwrap();
    assert_eq!(check(&weak, &seat, NOW), Err(Refused::SeatNotSigned));
}

#[test]
fn anchors_are_one_or_two_different_usable_keys() {
    let key = root().public();
    assert_eq!(Anchors::new(CENTRE, &[], 0), Err(AnchorsError::RootCount));
    assert_eq!(Anchors::new(CENTRE, &[key, next_root().public(), [7; 32]], 0), Err(AnchorsError::RootCount));
    assert_eq!(Anchors::new(CENTRE, &[key, key], 0), Err(AnchorsError::RootTwice));
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(Anchors::new(CENTRE, &[identity], 0), Err(AnchorsError::RootWeak));
    assert_eq!(Anchors::new(CENTRE, &[[0; 32]], 0), Err(AnchorsError::RootWeak));
}

#[test]
fn the_fingerprint_of_the_anchors_covers_centre_count_and_every_root_in_order() {
    use sha2::{Digest, Sha256};
    let (a, b) = (root().public(), next_root().public());
    let both = Anchors::new(CENTRE, &[a, b], 3).unwrap().fingerprint();
    let by_hand = Sha256::digest([&CENTRE.0[..], &[2], &a, &b].concat());
    assert_eq!(both.0[..], by_hand[..]);
    assert_ne!(both, Anchors::new(CENTRE, &[b, a], 3).unwrap().fingerprint());
    assert_eq!(both, Anchors::new(CENTRE, &[a, b], 9).unwrap().fingerprint(), "the epoch is not part of it");
}

fn admission(challenge: &[u8; 32], origin: &str) -> Admission {
    let delegation = Delegation::sign(&staff_key(), &certificate(), door().public());
    Admission::new(staff(), SEAT_PUBLIC, certificate(), delegation, &door(), challenge, origin).unwrap()
}

#[test]
fn a_counsellor_who_answers_the_challenge_gets_through_the_door() {
    let bytes = admission(&CHALLENGE, ORIGIN).to_bytes();
    assert_eq!(bytes.len(), ADMISSION_LEN);
    let seat = Admission::parse(&bytes).unwrap().verify(&anchors(), &CHALLENGE, ORIGIN, NOW).unwrap();
    assert_eq!(seat.seat_fingerprint(), certificate().fingerprint());
}

#[test]
fn an_admission_fits_one_challenge_one_origin_and_one_door_key() {
    let good = admission(&CHALLENGE, ORIGIN);
    let verify =
        |challenge: &[u8; 32], origin: &str| good.verify(&anchors(), challenge, origin, NOW).map(|_| ());
    assert_eq!(verify(&[0; 32], ORIGIN), Err(AdmissionError::NotSigned));
    assert_eq!(verify(&CHALLENGE, "https://evil.example.org"), Err(AdmissionError::NotSigned));
    assert_eq!(verify(&CHALLENGE, "https://staff.example.or"), Err(AdmissionError::NotSigned));

    // Somebody has both certificates (every visitor does) but no delegation.
    let stranger = DoorKey::take_seed(&mut [0xE2; 32]);
    let own = Delegation::sign(&StaffKey::take_seed(&mut [0xB2; 32]), &certificate(), stranger.public());
    let forged =
        Admission::new(staff(), SEAT_PUBLIC, certificate(), own, &stranger, &CHALLENGE, ORIGIN).unwrap();
    assert_eq!(forged.verify(&anchors(), &CHALLENGE, ORIGIN, NOW), Err(AdmissionError::NotDelegated));

    // A real delegation, but signed for with another door key.
    let delegation = Delegation::sign(&staff_key(), &certificate(), door().public());
    let forged =
        Admission::new(staff(), SEAT_PUBLIC, certificate(), delegation, &stranger, &CHALLENGE, ORIGIN)
            .unwrap();
    assert_eq!(forged.verify(&anchors(), &CHALLENGE, ORIGIN, NOW), Err(AdmissionError::NotSigned));

    // A delegation for yesterday's seat.
    let yesterday = SeatCertificate::sign(
        &staff_key(),
        &staff(),
        &SEAT_PUBLIC,
        SeatTerms { serial: Serial([9; 16]), ..seat_terms() },
    );
    let old = Delegation::sign(&staff_key(), &yesterday, door().public());
    let mixed =
        Admission::new(staff(), SEAT_PUBLIC, certificate(), old, &door(), &CHALLENGE, ORIGIN).unwrap();
    assert_eq!(mixed.verify(&anchors(), &CHALLENGE, ORIGIN, NOW), Err(AdmissionError::NotDelegated));

    let late = u64::from(seat_terms().not_after) + 601;
    let result = good.verify(&anchors(), &CHALLENGE, ORIGIN, late);
    assert_eq!(result, Err(AdmissionError::Seat(Refused::Expired)));
}

#[test]
fn no_changed_bit_of_an_admission_opens_the_door() {
    let good = admission(&CHALLENGE, ORIGIN).to_bytes();
    for bit in (0..ADMISSION_LEN * 8).step_by(3) {
        let mut bytes = good;
        bytes[bit / 8] ^= 1 << (bit % 8);
        let result = Admission::parse(&bytes).map_err(AdmissionError::from);
        assert!(result.and_then(|a| a.verify(&anchors(), &CHALLENGE, ORIGIN, NOW)).is_err(), "bit {bit}");
    }
}

fn person(seed: u8, name: &str, passkey: Option<Vec<u8>>) -> RosterEntry {
    let staff_public = StaffKey::take_seed(&mut [seed; 32]).public();
    let staff = StaffCertificate::sign(&root(), CENTRE, StaffTerms { staff_public, ..staff_terms() });
    RosterEntry { staff, name: name.into(), passkey }
}

fn roster() -> Roster {
    let people = vec![person(0xB1, "Aïcha Öberg", Some(vec![7; 300])), person(0xB2, "Bo", None)];
    Roster::new(41, 3, people).unwrap()
}

#[test]
fn a_signed_roster_comes_back_as_it_was_and_finds_people_by_key() {
    let signed = roster().sign(&root(), CENTRE);
    let read = SignedRoster::from_bytes(signed.as_bytes().to_vec()).verify(&anchors()).unwrap();
    assert_eq!(read, roster());
    assert_eq!((read.version(), read.epoch(), read.entries().len()), (41, 3, 2));
    let found = read.find(&staff_key().public()).unwrap();
    assert_eq!((found.name.as_str(), found.role()), ("Aïcha Öberg", Role::Counsellor));
    assert!(read.find(&[0; 32]).is_none());
}

#[test]
fn a_roster_that_nobody_or_somebody_else_signed_is_refused() {
    let good = roster().sign(&root(), CENTRE);
    let strange = roster().sign(&next_root(), CENTRE);
    assert_eq!(strange.verify(&anchors()), Err(RosterError::NotOurs));
    let elsewhere = roster().sign(&root(), CentreId([1; 16]));
    assert_eq!(elsewhere.verify(&anchors()), Err(RosterError::NotOurs));
    for at in (0..good.as_bytes().len()).step_by(5) {
        let mut bytes = good.as_bytes().to_vec();
        bytes[at] ^= 1;
        assert_eq!(SignedRoster::from_bytes(bytes).verify(&anchors()), Err(RosterError::NotOurs));
    }
    assert_eq!(SignedRoster::from_bytes(vec![0; 63]).verify(&anchors()), Err(RosterError::Malformed));
}

#[test]
fn a_roster_has_limits_and_no_person_twice_and_no_certificate_of_its_future() {
    let twice = vec![person(0xB1, "A", None), person(0xB1, "B", None)];
    assert_eq!(Roster::new(1, 3, twice), Err(RosterError::Twice));
    for name in ["", &"x".repeat(65)] {
        assert_eq!(Roster::new(1, 3, vec![person(1, name, None)]), Err(RosterError::Malformed));
    }
    assert_eq!(Roster::new(1, 3, vec![person(1, "A", Some(vec![]))]), Err(RosterError::Malformed));
    assert_eq!(Roster::new(1, 3, vec![person(1, "A", Some(vec![0; 1025]))]), Err(RosterError::Malformed));
    assert_eq!(Roster::new(1, 2, vec![person(1, "A", None)]), Err(RosterError::Entry));
}

#[test]
fn a_roster_of_an_old_epoch_or_with_a_foreign_certificate_is_refused() {
    let old = Roster::new(1, 2, vec![]).unwrap().sign(&root(), CENTRE);
    assert_eq!(old.verify(&anchors()), Err(RosterError::OldEpoch));
    let foreign = StaffCertificate::sign(&next_root(), CENTRE, staff_terms());
    let entry = RosterEntry { staff: foreign, name: "X".into(), passkey: None };
    let roster = Roster::new(1, 3, vec![entry]).unwrap().sign(&root(), CENTRE);
    assert_eq!(roster.verify(&anchors()), Err(RosterError::Entry));
}

#[test]
fn seeds_are_overwritten_when_a_key_is_made() {
    let mut seed = [0xA1; 32];
    let _ = RootKey::take_seed(&mut seed);
    assert_eq!(seed, [0; 32]);
}

proptest! {
    #[test]
    fn any_bytes_at_all_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = StaffCertificate::parse(&bytes);
        let _ = SeatCertificate::parse(&bytes);
        let _ = Admission::parse(&bytes);
        prop_assert!(SignedRoster::from_bytes(bytes).verify(&anchors()).is_err());
    }

    #[test]
    fn a_body_the_root_signed_by_mistake_is_still_read_without_harm(
        start in 0usize..400, bytes in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        use ed25519_dalek::{Signer, SigningKey};
        let signed = roster().sign(&root(), CENTRE);
        let mut body = signed.as_bytes()[..signed.as_bytes().len() - 64].to_vec();
        for (at, byte) in (start..).zip(&bytes) {
            if let Some(place) = body.get_mut(at) { *place = *byte; }
        }
        let text = [&[14][..], b"lykta/1 roster", &CENTRE.0, &body].concat();
        body.extend_from_slice(&SigningKey::from_bytes(&[0xA1; 32]).sign(&text).to_bytes());
        let _ = SignedRoster::from_bytes(body).verify(&anchors());
    }
}

#[test]
fn an_admission_with_a_byte_left_over_is_none() {
    let mut bytes = admission(&CHALLENGE, ORIGIN).to_bytes().to_vec();
    assert!(Admission::parse(&bytes).is_ok());
    bytes.push(0);
    assert!(Admission::parse(&bytes).is_err());
}

#[test]
fn every_role_comes_back_from_its_byte_and_no_other_byte_is_one() {
    for role in ROLES_ALL {
        assert_eq!(Role::from_code(role.code()), Ok(*role));
    }
    for code in [0, 11, 255] {
        assert!(Role::from_code(code).is_err());
    }
}

#[test]
fn only_dates_may_be_the_fault_of_a_clock() {
    assert!(Refused::ClockWrong.may_be_the_clock() && Refused::Expired.may_be_the_clock());
    for other in [Refused::NotOurs, Refused::OldEpoch, Refused::WrongRole, Refused::SeatNotSigned] {
        assert!(!other.may_be_the_clock(), "{other:?}");
    }
}

#[test]
fn a_roster_of_as_many_as_there_may_be_is_read() {
    let entry = |number: u16| {
        let mut staff_public = staff_key().public();
        staff_public[..2].copy_from_slice(&number.to_be_bytes());
        let staff = StaffCertificate::sign(&root(), CENTRE, StaffTerms { staff_public, ..staff_terms() });
        RosterEntry { staff, name: "Kim".into(), passkey: None }
    };
    let everybody: Vec<RosterEntry> = (0..256).map(entry).collect();
    let signed = Roster::new(1, 3, everybody).unwrap().sign(&root(), CENTRE);
    assert_eq!(signed.verify(&anchors()).unwrap().entries().len(), 256);
}
