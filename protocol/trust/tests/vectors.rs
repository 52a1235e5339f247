//! The frozen answers of this crate: `protocol/manual/vectors/trust.json`. With `UPDATE_VECTORS=1` in the
//! environment the file is written, otherwise it is compared byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

use std::fmt::Write as _;

use lykta_trust::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn freeze(name: &str, values: &[(&str, String)]) {
    let mut text = String::from("{\n");
    for (at, (key, value)) in values.iter().enumerate() {
        let comma = if at + 1 == values.len() { "" } else { "," };
        writeln!(text, "  \"{key}\": \"{value}\"{comma}").unwrap();
    }
    text.push_str("}\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../manual/vectors/");
    let path = format!("{path}{name}");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let frozen = std::fs::read_to_string(&path).unwrap();
    assert!(frozen == text, "{name} no longer holds: every client in the world would have to change");
}

#[test]
fn certificates_admission_and_roster_are_the_frozen_bytes() {
    let (root, staff_key) = (RootKey::take_seed(&mut [0xA1; 32]), StaffKey::take_seed(&mut [0xB1; 32]));
    let (next, door) = (RootKey::take_seed(&mut [0xA2; 32]), DoorKey::take_seed(&mut [0xE1; 32]));
    let (centre, seat_public, challenge) = (CentreId([0x10; 16]), [0x5E; 32], [0xC4; 32]);
    let origin = "https://staff.example.org";
    let staff_terms = StaffTerms {
        role: Role::Counsellor,
        roster_epoch: 3,
        not_before: 1_794_913_600,
        not_after: 1_795_086_400,
        staff_public: staff_key.public(),
    };
    let seat_terms = SeatTerms {
        serial: Serial([1; 16]),
        not_before: 1_794_999_400,
        not_after: 1_795_003_600,
        caps: 0x0102,
        alias_id: AliasId([2; 16]),
    };
    let staff = StaffCertificate::sign(&root, centre, staff_terms);
    let seat = SeatCertificate::sign(&staff_key, &staff, &seat_public, seat_terms);
    let delegation = Delegation::sign(&staff_key, &seat, door.public());
    let admission =
        Admission::new(staff.clone(), seat_public, seat.clone(), delegation, &door, &challenge, origin)
            .unwrap();
    let people = vec![
        RosterEntry { staff: staff.clone(), name: "Aïcha Öberg".into(), passkey: Some(vec![7; 40]) },
        RosterEntry {
            staff: StaffCertificate::sign(
                &root,
                centre,
                StaffTerms { role: Role::Interpreter, staff_public: next.public(), ..staff_terms },
            ),
            name: "Bo".into(),
            passkey: None,
        },
    ];
    let police = StaffTerms { role: Role::Police, staff_public: next.public(), ..staff_terms };
    let police = StaffCertificate::sign(&root, centre, police);
    let roster = Roster::new(41, 3, people).unwrap().sign(&root, centre);
    let anchors = Anchors::new(centre, &[root.public(), next.public()], 3).unwrap();

    assert!(admission.verify(&anchors, &challenge, origin, 1_795_000_000).is_ok());
    assert!(roster.verify(&anchors).is_ok());
    freeze(
        "trust.json",
        &[
            ("centre_id", hex(&centre.0)),
            ("root_seed", hex(&[0xA1; 32])),
            ("root_public", hex(&root.public())),
            ("next_root_seed", hex(&[0xA2; 32])),
            ("next_root_public", hex(&next.public())),
            ("anchors_fingerprint_current_next", hex(&anchors.fingerprint().0)),
            ("staff_seed", hex(&[0xB1; 32])),
            ("staff_public", hex(&staff_key.public())),
            ("staff_role", "1".into()),
            ("staff_roster_epoch", "3".into()),
            ("staff_not_before", "1794913600".into()),
            ("staff_not_after", "1795086400".into()),
            ("staff_certificate", hex(staff.as_bytes())),
            ("seat_public", hex(&seat_public)),
            ("seat_serial", hex(&[1; 16])),
            ("seat_not_before", "1794999400".into()),
            ("seat_not_after", "1795003600".into()),
            ("seat_caps", "0102".into()),
            ("seat_alias_id", hex(&[2; 16])),
            ("seat_certificate", hex(seat.as_bytes())),
            ("door_seed", hex(&[0xE1; 32])),
            ("door_public", hex(&door.public())),
            ("challenge", hex(&challenge)),
            ("origin", origin.into()),
            ("admission", hex(&admission.to_bytes())),
            ("roster_version", "41".into()),
            ("roster_epoch", "3".into()),
            ("roster", hex(roster.as_bytes())),
            ("police_role", "5".into()),
            ("police_certificate", hex(police.as_bytes())),
        ],
    );
}
