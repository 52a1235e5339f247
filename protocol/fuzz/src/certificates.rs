//! Certificates, roster, admission, seat bundle: layouts, and signatures that hold for nothing but what was
//! signed.

use std::sync::OnceLock;

use ed25519_dalek::{Signer, SigningKey};
use lykta_client::SeatBundle;
use lykta_trust::*;

use crate::common::{CENTRE, NOW, anchors, root, seat, staff_key, staff_terms};
use crate::input::Input;
use crate::reach::saw;

const CHALLENGE: [u8; 32] = [0x5A; 32];
const ORIGIN: &str = "https://staff.example.org";

struct Genuine {
    staff: Vec<u8>,
    seat: Vec<u8>,
    admission: Vec<u8>,
    roster: Vec<u8>,
    bundle: Vec<u8>,
}

fn genuine() -> &'static Genuine {
    static GENUINE: OnceLock<Genuine> = OnceLock::new();
    GENUINE.get_or_init(|| {
        let seat = seat();
        let (staff, certificate) = (seat.staff().clone(), seat.certificate().clone());
        let door = DoorKey::take_seed(&mut [0xD0; 32]);
        let delegation = Delegation::sign(&staff_key(), &certificate, door.public());
        let (staff_again, seat_again) = (staff.clone(), certificate.clone());
        let admission =
            Admission::new(staff_again, seat.public(), seat_again, delegation, &door, &CHALLENGE, ORIGIN);
        let other = StaffKey::take_seed(&mut [0xB2; 32]).public();
        let other =
            StaffCertificate::sign(&root(), CENTRE, StaffTerms { staff_public: other, ..staff_terms() });
        let entries = vec![
            RosterEntry { staff: staff.clone(), name: "Kim".into(), passkey: None },
            RosterEntry { staff: other, name: "Åsa på centret".into(), passkey: Some(vec![9; 40]) },
        ];
        let roster = Roster::new(7, 3, entries).unwrap().sign(&root(), CENTRE);
        let mut bundle = vec![0xD1; 32];
        bundle.extend_from_slice(staff.as_bytes());
        bundle.extend_from_slice(certificate.as_bytes());
        bundle.extend_from_slice(&CENTRE.0);
        bundle.push(1);
        bundle.extend_from_slice(&root().public());
        bundle.extend_from_slice(&[0, 3]);
        Genuine {
            staff: staff.as_bytes().to_vec(),
            seat: certificate.as_bytes().to_vec(),
            admission: admission.unwrap().to_bytes().to_vec(),
            roster: roster.as_bytes().to_vec(),
            bundle,
        }
    })
}

/// The first byte says what the rest is. Five of them are read as they come, five are changes to something
/// genuine: what is changed is refused, what is not is accepted.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.below(10);
    let good = genuine();
    let original = [&good.staff, &good.seat, &good.admission, &good.roster, &good.bundle][choice % 5];
    let bytes = if choice < 5 {
        input.rest().to_vec()
    } else {
        let mut bytes = original.clone();
        input.spoil(&mut bytes);
        bytes
    };
    let unchanged = bytes == *original;
    match choice % 5 {
        0 => staff(&bytes, unchanged),
        1 => seat_certificate(&bytes, unchanged),
        2 => admission(&bytes, unchanged),
        3 => roster(&bytes, unchanged),
        _ => bundle(&bytes, unchanged),
    }
}

fn staff(bytes: &[u8], unchanged: bool) {
    let Ok(certificate) = StaffCertificate::parse(bytes) else {
        assert!(!unchanged);
        return saw("staff", "malformed");
    };
    assert_eq!(certificate.as_bytes().as_slice(), bytes);
    let verdict = certificate.signed_by_a_root(&anchors());
    assert_eq!(verdict.is_ok(), unchanged, "only the root's own text is signed");
    saw("staff", (format!("{verdict:?}"), certificate.terms().role.code()));
}

fn seat_certificate(bytes: &[u8], unchanged: bool) {
    let Ok(certificate) = SeatCertificate::parse(bytes) else {
        assert!(!unchanged);
        return saw("seat", "malformed");
    };
    assert_eq!(certificate.as_bytes().as_slice(), bytes);
    let seat = seat();
    let verdict =
        verify_seat(&anchors(), seat.staff(), &certificate, &seat.public(), ROLES_ALL, Dates::Fresh, NOW);
    assert_eq!(verdict.is_ok(), unchanged, "only the staff key's own text is signed");
    saw("seat", format!("{:?}", verdict.err()));
}

fn admission(bytes: &[u8], unchanged: bool) {
    let Ok(admission) = Admission::parse(bytes) else {
        assert!(!unchanged);
        return saw("admission", "malformed");
    };
    assert_eq!(admission.to_bytes().as_slice(), bytes);
    let verdict = admission.verify(&anchors(), &CHALLENGE, ORIGIN, NOW);
    assert_eq!(verdict.is_ok(), unchanged, "no changed proof admits");
    let replayed = admission.verify(&anchors(), &[0x5B; 32], ORIGIN, NOW);
    let elsewhere = admission.verify(&anchors(), &CHALLENGE, "https://example.org", NOW);
    assert!(replayed.is_err() && elsewhere.is_err(), "nor does one for another socket or origin");
    saw("admission", format!("{:?}", verdict.err()));
}

fn roster(bytes: &[u8], unchanged: bool) {
    let verdict = SignedRoster::from_bytes(bytes.to_vec()).verify(&anchors());
    assert_eq!(verdict.is_ok(), unchanged, "only the root's own list is signed");
    saw("roster", format!("{:?}", verdict.err()));
    // A root that signs anything shows what lies behind the signature.
    let text = [b"\x0elykta/1 roster".as_slice(), &CENTRE.0, bytes].concat();
    let signature = SigningKey::from_bytes(&[0xA1; 32]).sign(&text).to_bytes();
    let signed = [bytes, &signature].concat();
    match SignedRoster::from_bytes(signed.clone()).verify(&anchors()) {
        Ok(roster) => {
            assert_eq!(roster.sign(&root(), CENTRE).as_bytes(), signed, "a roster is read in one way only");
            assert!(roster.entries().len() <= Roster::MAX_ENTRIES);
            saw("roster, signed", ("good", roster.entries().len()));
        }
        Err(error) => saw("roster, signed", format!("{error:?}")),
    }
}

fn bundle(bytes: &[u8], unchanged: bool) {
    match SeatBundle::parse(bytes) {
        Ok(bundle) => {
            assert_eq!(bundle.to_bytes().as_slice(), bytes);
            saw("bundle", "good");
        }
        Err(error) => {
            assert!(!unchanged);
            saw("bundle", format!("{error:?}"));
        }
    }
}
