//! The real binary, from an empty folder to a roster a relay believes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use lykta_root::{Enrolment, Passphrase, RootFile, Words, staff_words};
use lykta_trust::{
    Admission, AliasId, Anchors, CentreId, Delegation, DoorKey, Refused, Role, Roster, RosterError,
    SeatCertificate, SeatTerms, Serial, SignedRoster, StaffKey, VerifiedSeat,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

const CENTRE: CentreId = CentreId([0x10; 16]);
const CENTRE_HEX: &str = "10101010101010101010101010101010";
const SECRET: &str = "korrekt häst batteri häftstift";

/// What a run said and whether it succeeded.
struct Said {
    good: bool,
    out: String,
    err: String,
}

impl Said {
    /// Failed with exactly one sentence on standard error that holds `part`.
    fn refused(&self, part: &str) {
        assert!(!self.good, "should have been refused: {}", self.out);
        assert_eq!(self.err.trim_end().lines().count(), 1, "{}", self.err);
        assert!(self.err.starts_with("lykta-root: ") && self.err.contains(part), "{}", self.err);
        assert!(!self.err.contains(SECRET) && !self.out.contains(SECRET));
    }

    fn went_well(self) -> String {
        assert!(self.good, "{}\n{}", self.out, self.err);
        assert!(!self.out.contains(SECRET));
        self.out
    }
}

/// A folder with a passphrase in a file, for the descriptor.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.write("passphrase", &format!("{SECRET}\n"));
        machine
    }

    /// A machine with a root that costs little work to open.
    fn with_root() -> Self {
        let machine = Self::new();
        let passphrase = Passphrase::new(Zeroizing::new(SECRET.into()));
        let file = RootFile::seal(&mut [0xA1; 32], CENTRE, &passphrase, 2).unwrap();
        machine.write("root.age", &file.to_text());
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs the tool here, with the file `passphrase` open as descriptor 3 and `typed` on standard input.
    fn run_typing(&self, arguments: &[&str], typed: &str) -> Said {
        let mut child = Command::new("sh")
            .args(["-c", "exec 3<passphrase; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_lykta-root")])
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A tool that refuses before it asks has closed its end already.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let done = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { good: done.status.success(), out: text(done.stdout), err: text(done.stderr) }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.run_typing(arguments, "")
    }

    fn sign(&self, more: &[&str], typed: &str) -> Said {
        self.run_typing(&[&["sign", "--root", "root.age", "--passphrase-fd", "3"], more].concat(), typed)
    }

    fn ask(&self, file: &str, asked: Enrolment, seed: u8) {
        self.write(file, &asked.sign(&key(seed), None).unwrap().to_text());
    }

    /// The roster as a relay reads it that knows nothing but the trust block.
    fn roster(&self, file: &str, min_epoch: u16) -> Result<Roster, RosterError> {
        let root = RootFile::parse(&self.read("root.age")).unwrap();
        let anchors = Anchors::new(root.centre(), &[*root.public()], min_epoch).unwrap();
        SignedRoster::from_bytes(fs::read(self.path(file)).unwrap()).verify(&anchors)
    }

    /// `first.roster` with Aïcha (key 1) and Bo (key 2).
    fn with_two() -> Self {
        let machine = Self::with_root();
        machine.ask("aicha", asks(1, "Aïcha Öberg"), 1);
        machine.ask("bo", Enrolment { role: Role::Interpreter, passkey: None, ..asks(2, "Bo") }, 2);
        let both = ["--request", "aicha", "bo", "--epoch", "3", "--out", "first.roster"];
        machine.sign(&both, "ja\nyes\n").went_well();
        machine
    }
}

fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u32::try_from(since.as_secs()).unwrap()
}

fn key(seed: u8) -> StaffKey {
    StaffKey::take_seed(&mut [seed; 32])
}

fn public(seed: u8) -> [u8; 32] {
    key(seed).public()
}

fn words(seed: u8) -> String {
    staff_words(CENTRE, &public(seed)).to_string()
}

fn asks(seed: u8, name: &str) -> Enrolment {
    Enrolment {
        centre: CENTRE,
        made: now(),
        role: Role::Counsellor,
        name: name.into(),
        key: public(seed),
        passkey: Some(vec![seed; 70]),
        renews: None,
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Sits down at a relay's door as the person with this key: certificates, delegation, challenge, roster.
fn admitted(roster: &Roster, seed: u8, min_epoch: u16) -> Result<VerifiedSeat, lykta_trust::AdmissionError> {
    let root = lykta_trust::RootKey::take_seed(&mut [0xA1; 32]);
    let anchors = Anchors::new(CENTRE, &[root.public()], min_epoch).unwrap();
    let staff = roster.find(&public(seed)).unwrap().staff.clone();
    let (staff_key, door) = (StaffKey::take_seed(&mut [seed; 32]), DoorKey::take_seed(&mut [0xE1; 32]));
    let terms = SeatTerms {
        serial: Serial([1; 16]),
        not_before: now() - 60,
        not_after: now() + 3_600,
        caps: 0,
        alias_id: AliasId([2; 16]),
    };
    let seat = SeatCertificate::sign(&staff_key, &staff, &[0x5E; 32], terms);
    let delegation = Delegation::sign(&staff_key, &seat, door.public());
    let (challenge, origin) = ([0xC4; 32], "https://staff.example.org");
    Admission::new(staff, [0x5E; 32], seat, delegation, &door, &challenge, origin).unwrap().verify(
        &anchors,
        &challenge,
        origin,
        now().into(),
    )
}

#[test]
fn a_new_root_is_made_shown_used_and_never_overwritten() {
    let machine = Machine::new();
    let new = ["new", "--centre-id", CENTRE_HEX, "--out", "root.age", "--passphrase-fd", "3"];
    let said = machine.run(&new).went_well();
    let file = machine.read("root.age");
    assert_eq!(mode(&machine.path("root.age")), 0o600);
    let root = RootFile::parse(&file).unwrap();
    let public = lykta_root::hex::write(root.public());
    assert!(said.contains(&format!(
        "[trust]\ncentre_id = \"{CENTRE_HEX}\"\nroots = [\"{public}\"]\nmin_roster_epoch = 1\n"
    )));
    assert!(file.contains("-----BEGIN AGE ENCRYPTED FILE-----") && !file.contains(SECRET));

    let shown = machine.run(&["show", "root.age"]).went_well();
    let words = lykta_root::root_words(CENTRE, root.public()).to_string();
    assert!(shown.contains(CENTRE_HEX) && shown.contains(&public) && shown.contains(&words));
    assert!(said.contains(&words));

    machine.run(&new).refused("is there already");
    assert_eq!(machine.read("root.age"), file);

    machine.ask("aicha", asks(1, "Aïcha"), 1);
    machine.sign(&["--request", "aicha", "--out", "roster"], "ja\n").went_well();
    assert_eq!(machine.roster("roster", 1).unwrap().entries()[0].name, "Aïcha");
}

#[test]
fn two_new_roots_are_two_and_a_new_centre_has_its_own_number() {
    let machine = Machine::new();
    for out in ["a.age", "b.age"] {
        machine.run(&["new", "--new-centre", "--out", out, "--passphrase-fd", "3"]).went_well();
    }
    let (a, b) = (RootFile::parse(&machine.read("a.age")), RootFile::parse(&machine.read("b.age")));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a.public() != b.public() && a.centre() != b.centre());
}

#[test]
fn a_short_passphrase_makes_no_root_and_none_comes_from_the_arguments_or_standard_input() {
    let machine = Machine::new();
    machine.write("passphrase", "hemligt\n");
    let new = ["new", "--new-centre", "--out", "root.age", "--passphrase-fd"];
    machine.run(&[&new[..], &["3"]].concat()).refused("at least 20 characters");
    assert!(!machine.run_typing(&[&new[..], &["0"]].concat(), SECRET).good);
    assert!(!machine.run(&["new", "--new-centre", "--out", "root.age", "--passphrase", SECRET]).good);
    assert!(!machine.path("root.age").exists());
}

/// The other way in: a terminal. `script` (util-linux) lends one.
#[test]
fn on_a_terminal_the_passphrase_is_asked_twice_and_must_be_the_same() {
    let machine = Machine::new();
    let on_a_terminal = |second: &str| {
        let tool = env!("CARGO_BIN_EXE_lykta-root");
        let mut child = Command::new("script")
            .args(["-qec", &format!("'{tool}' new --new-centre --out root.age"), "/dev/null"])
            .current_dir(machine.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script, of util-linux, lends a terminal");
        let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut seen = Vec::new();
        let mut until = |wanted: &str| {
            let mut byte = [0];
            while !String::from_utf8_lossy(&seen).contains(wanted) && screen.read(&mut byte).unwrap() == 1 {
                seen.push(byte[0]);
            }
        };
        until("new root: ");
        keys.write_all(format!("{SECRET}\n").as_bytes()).unwrap();
        until("once more: ");
        keys.write_all(format!("{second}\n").as_bytes()).unwrap();
        until("this is never said");
        (child.wait().unwrap().success(), String::from_utf8(seen).unwrap())
    };
    let (good, seen) = on_a_terminal("something else entirely");
    assert!(!good && seen.contains("not the same") && !machine.path("root.age").exists(), "{seen}");
    let (good, seen) = on_a_terminal(SECRET);
    assert!(good && seen.contains("[trust]"), "{seen}");
    let root = RootFile::parse(&machine.read("root.age")).unwrap();
    assert!(root.open(&Passphrase::new(Zeroizing::new(SECRET.into()))).is_ok());
}

#[test]
fn two_people_enrol_and_a_relay_believes_and_admits_them() {
    let machine = Machine::with_two();
    assert_eq!(mode(&machine.path("first.roster")), 0o600);
    let roster = machine.roster("first.roster", 3).unwrap();
    assert_eq!((roster.version(), roster.epoch(), roster.entries().len()), (1, 3, 2));
    let aicha = roster.find(&public(1)).unwrap();
    assert_eq!((&*aicha.name, aicha.role()), ("Aïcha Öberg", Role::Counsellor));
    assert_eq!(aicha.passkey, Some(vec![1; 70]));
    let terms = aicha.staff.terms();
    assert_eq!(terms.not_after - terms.not_before, 30 * 86_400);
    assert!(now() - terms.not_before < 120);
    let bo = roster.find(&public(2)).unwrap();
    assert_eq!((bo.role(), &bo.passkey), (Role::Interpreter, &None));
    assert_eq!(admitted(&roster, 1, 3).unwrap().role(), Role::Counsellor);
    assert_eq!(admitted(&roster, 2, 3).unwrap().role(), Role::Interpreter);

    let shown = machine.run(&["show-roster", "first.roster", "--root", "root.age"]).went_well();
    for part in ["version 1, epoch 3, people: 2", "Aïcha Öberg", "interpreter", &words(1), &words(2)] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let root = RootFile::parse(&machine.read("root.age")).unwrap();
    let trust = lykta_root::hex::write(root.public());
    let by_key = ["show-roster", "first.roster", "--trust", &trust, "--centre-id", CENTRE_HEX];
    assert_eq!(machine.run(&by_key).went_well(), shown);
    let elsewhere = ["show-roster", "first.roster", "--trust", &trust, "--centre-id", &"11".repeat(16)];
    machine.run(&elsewhere).refused("no pinned root signed this roster");
}

#[test]
fn one_no_or_no_answer_is_a_no_to_everything() {
    let machine = Machine::with_root();
    machine.ask("aicha", asks(1, "Aïcha"), 1);
    machine.ask("bo", asks(2, "Bo"), 2);
    for typed in ["ja\nnej\n", "ja\n", "", "jag vet inte\nja\n"] {
        let said = machine.sign(&["--request", "aicha", "bo", "--out", "roster"], typed);
        assert!(said.out.contains(&words(1)), "the words are shown before anything is asked");
        said.refused("was not confirmed");
        assert!(!machine.path("roster").exists());
    }
}

#[test]
fn without_questions_the_words_must_be_given_and_be_theirs() {
    let machine = Machine::with_root();
    machine.ask("aicha", asks(1, "Aïcha"), 1);
    let (mine, others) = (words(1), words(2));
    let base = ["--request", "aicha", "--out", "roster", "--yes"];
    let with = |words: &[&str]| machine.sign(&[&base[..], words].concat(), "");
    assert!(!with(&[]).good, "--yes alone confirms nothing");
    with(&["--words", &others]).refused("the words of Aïcha are not among those given");
    with(&["--words", &mine, "--words", &others]).refused("are nobody's here");
    assert!(!machine.path("roster").exists());
    with(&["--words", &mine.replace(' ', "")]).went_well();
    assert_eq!(machine.roster("roster", 0).unwrap().entries().len(), 1);
    assert!(Words::parse(&mine).is_some());
}

#[test]
fn a_request_that_was_changed_is_late_or_for_another_centre_is_not_signed() {
    let machine = Machine::with_root();
    machine.ask("aicha", asks(1, "Aïcha"), 1);
    let text = machine.read("aicha");
    machine.write("tampered", &text.replace("role counsellor", "role coordinator"));
    machine.ask("late", Enrolment { made: now() - 15 * 86_400, ..asks(1, "Aïcha") }, 1);
    machine.ask("elsewhere", Enrolment { centre: CentreId([9; 16]), ..asks(1, "Aïcha") }, 1);
    machine.write("long", &text.replace("Aïcha", &"å".repeat(33)));
    for (file, part) in [
        ("tampered", "tampered: the request was changed"),
        ("late", "more than 14 days old"),
        ("elsewhere", "for another centre"),
        ("long", "the name must be"),
        ("missing", "missing cannot be read"),
        ("root.age", "line 1 is not what stands there"),
    ] {
        machine.sign(&["--request", file, "--out", "roster"], "ja\n").refused(part);
    }
    machine.sign(&["--request", "aicha", "aicha", "--out", "roster"], "ja\nja\n").refused("two requests");
    machine.sign(&["--request", "aicha", "--days", "36", "--out", "roster"], "ja\n").refused("1 to 35 days");
    assert!(!machine.path("roster").exists());
}

#[test]
fn the_wrong_passphrase_and_a_changed_root_sign_nothing_and_a_file_in_the_way_is_kept() {
    let machine = Machine::with_root();
    machine.ask("aicha", asks(1, "Aïcha"), 1);
    let sign = ["--request", "aicha", "--out", "roster"];
    machine.write("passphrase", "not the passphrase at all\n");
    machine.sign(&sign, "ja\n").refused("the passphrase does not open this root");
    machine.write("passphrase", &format!("{SECRET}\n"));
    machine.write("roster", "kept");
    machine.sign(&sign, "ja\n").refused("is there already");
    assert_eq!(machine.read("roster"), "kept");
    fs::remove_file(machine.path("roster")).unwrap();

    // Somebody edits the open line so that the root signs for their centre.
    machine.write("root.age", &machine.read("root.age").replace(CENTRE_HEX, &"11".repeat(16)));
    machine.ask("aicha", Enrolment { centre: CentreId([0x11; 16]), ..asks(1, "Aïcha") }, 1);
    machine.sign(&sign, "ja\n").refused("open lines of this root's file were changed");
    assert!(!machine.path("roster").exists());
}

#[test]
fn somebody_is_removed_and_with_a_raised_epoch_shut_out() {
    let machine = Machine::with_two();
    let nobody = ["--previous", "first.roster", "--remove", "Eva", "--out", "second.roster"];
    machine.sign(&nobody, "").refused("nobody called Eva");
    let gone = ["--previous", "first.roster", "--remove", "Bo", "--raise-epoch", "--epoch", "4"];
    let said = machine.sign(&[&gone[..], &["--out", "second.roster"]].concat(), "").went_well();
    assert!(said.contains("min_roster_epoch = 4"), "{said}");
    let second = machine.roster("second.roster", 4).unwrap();
    assert_eq!((second.version(), second.epoch(), second.entries().len()), (2, 4, 1));
    assert!(second.find(&public(2)).is_none());
    assert!(admitted(&second, 1, 4).is_ok(), "who stays is certified in the new epoch");

    let first = machine.roster("first.roster", 3).unwrap();
    let out = admitted(&first, 2, 4).unwrap_err();
    assert_eq!(out, lykta_trust::AdmissionError::Seat(Refused::OldEpoch));
    assert_eq!(machine.roster("first.roster", 4), Err(RosterError::OldEpoch));
}

#[test]
fn renewal_by_the_old_key_asks_nobody_and_a_forged_previous_roster_is_refused() {
    let machine = Machine::with_two();
    let renews = Some(public(1));
    let asked = Enrolment { renews, passkey: None, ..asks(9, "Aïcha Öberg") };
    machine.write("renewal", &asked.sign(&key(9), Some(&key(1))).unwrap().to_text());
    machine.ask("bo-again", Enrolment { role: Role::Interpreter, passkey: None, ..asks(2, "Bo") }, 2);
    let sign = ["--previous", "first.roster", "--request", "renewal", "bo-again", "--days", "35"];
    // Nothing is typed: nobody must be met.
    machine.sign(&[&sign[..], &["--out", "second.roster"]].concat(), "").went_well();
    let second = machine.roster("second.roster", 3).unwrap();
    assert_eq!((second.version(), second.entries().len()), (2, 2));
    assert!(second.find(&public(1)).is_none());
    assert_eq!(second.find(&public(9)).unwrap().passkey, Some(vec![1; 70]));
    assert!(admitted(&second, 9, 3).is_ok() && admitted(&second, 2, 3).is_ok());

    // The old key asks for another role: that takes a meeting.
    machine.ask("more", Enrolment { role: Role::Coordinator, ..asks(9, "Aïcha Öberg") }, 9);
    let more = ["--previous", "second.roster", "--request", "more", "--out", "third.roster"];
    machine.sign(&more, "").refused("was not confirmed");

    let mut bytes = fs::read(machine.path("second.roster")).unwrap();
    bytes[120] ^= 1;
    fs::write(machine.path("forged.roster"), bytes).unwrap();
    let forged = ["--previous", "forged.roster", "--request", "more", "--out", "third.roster"];
    machine.sign(&forged, "ja\n").refused("no pinned root signed this roster");
    assert!(!machine.path("third.roster").exists());
}

#[test]
fn a_next_root_takes_over_the_staff_of_the_one_before() {
    let machine = Machine::with_two();
    let old = lykta_root::hex::write(RootFile::parse(&machine.read("root.age")).unwrap().public());
    let passphrase = Passphrase::new(Zeroizing::new(SECRET.into()));
    let next = RootFile::seal(&mut [0xA2; 32], CENTRE, &passphrase, 2).unwrap();
    machine.write("root.age", &next.to_text());
    machine.ask("cilla", asks(3, "Cilla"), 3);
    let sign = ["--previous", "first.roster", "--request", "cilla", "--out", "second.roster"];
    machine.sign(&sign, "ja\n").refused("no pinned root signed this roster");
    machine.sign(&[&sign[..], &["--previous-root", &old]].concat(), "ja\n").went_well();
    assert_eq!(machine.roster("second.roster", 3).unwrap().entries().len(), 3);
}
