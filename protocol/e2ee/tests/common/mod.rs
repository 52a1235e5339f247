//! A centre, its root, its staff and two ends that talk. Seeds are fixed: a story must end the same way
//! every time.
#![allow(dead_code, unreachable_pub, missing_docs)]

use lykta_e2ee::*;
use lykta_trust::*;

pub const NOW: u64 = 1_795_000_000;
pub const TICKET: [u8; 32] = [0x71; 32];
pub const CENTRE: CentreId = CentreId(*b"centre of storie");

pub fn now32() -> u32 {
    u32::try_from(NOW).unwrap()
}

pub fn root() -> RootKey {
    RootKey::take_seed(&mut [0xA1; 32])
}

pub fn anchors() -> Anchors {
    Anchors::new(CENTRE, &[root().public()], 3).unwrap()
}

pub fn staff_key() -> StaffKey {
    StaffKey::take_seed(&mut [0xB1; 32])
}

pub fn staff_terms() -> StaffTerms {
    StaffTerms {
        role: Role::Counsellor,
        roster_epoch: 3,
        not_before: now32() - 86_400,
        not_after: now32() + 86_400,
        staff_public: staff_key().public(),
    }
}

pub fn seat_terms() -> SeatTerms {
    SeatTerms {
        serial: Serial([0xC1; 16]),
        not_before: now32() - 3_600,
        not_after: now32() + 3_600,
        caps: 0,
        alias_id: AliasId([0xC2; 16]),
    }
}

pub fn seat_key() -> SeatKey {
    SeatKey::take_seed(&mut [0xD1; 32])
}

/// The counsellor's seat with certificates of one's own making.
pub fn seat_with(root: &RootKey, centre: CentreId, staff: StaffTerms, seat: SeatTerms) -> Seat {
    let staff = StaffCertificate::sign(root, centre, staff);
    let certificate = SeatCertificate::sign(&staff_key(), &staff, &seat_key().public(), seat);
    Seat::new(seat_key(), staff, certificate).unwrap()
}

pub fn seat() -> Seat {
    seat_with(&root(), CENTRE, staff_terms(), seat_terms())
}

/// Somebody else of the centre, with a seat of their own.
pub fn second_seat(role: Role) -> Seat {
    let staff_key = StaffKey::take_seed(&mut [0xB7; 32]);
    let key = SeatKey::take_seed(&mut [0xD7; 32]);
    let terms = StaffTerms { role, staff_public: staff_key.public(), ..staff_terms() };
    let staff = StaffCertificate::sign(&root(), CENTRE, terms);
    let terms = SeatTerms { serial: Serial([0xC7; 16]), ..seat_terms() };
    let certificate = SeatCertificate::sign(&staff_key, &staff, &key.public(), terms);
    Seat::new(key, staff, certificate).unwrap()
}

/// 96 bytes that differ in every part and for every `n`.
fn seed(n: u8, what: u8) -> [u8; 96] {
    core::array::from_fn(|i| (i as u8).wrapping_mul(7) ^ n.wrapping_mul(31) ^ what)
}

pub fn seed_bytes_hello(n: u8) -> [u8; 96] {
    seed(n, 0x0F)
}

pub fn seed_bytes_answer(n: u8) -> [u8; 96] {
    seed(n, 0xF0)
}

pub fn hello_seed(n: u8) -> HelloSeed {
    HelloSeed::take(&mut seed_bytes_hello(n))
}

pub fn answer_seed(n: u8) -> AnswerSeed {
    AnswerSeed::take(&mut seed_bytes_answer(n))
}

pub fn hello(n: u8) -> (Awaiting, Hello) {
    greet(hello_seed(n), Occasion::new_ticket(&TICKET), &anchors())
}

pub fn answered(hello: &Hello, n: u8) -> (Unconfirmed, Answer) {
    answer(hello, Occasion::new_ticket(&TICKET), &seat(), &anchors(), answer_seed(n)).ok().unwrap()
}

/// A visitor and a counsellor after the confirm (note 0 of the visitor).
pub fn talking(n: u8) -> (Session, Session) {
    let (awaiting, hello) = hello(n);
    let (unconfirmed, answer) = answered(&hello, n);
    let (mut visitor, _) = awaiting.finish(&answer, &anchors(), NOW).ok().unwrap();
    let confirm = visitor.seal(&Note::Confirm).unwrap();
    let (counsellor, _) = unconfirmed.confirm(confirm.as_bytes()).ok().unwrap();
    (visitor, counsellor)
}

pub fn words(text: &str) -> Note {
    let mut parts = split_text(text).ok().unwrap();
    assert_eq!(parts.len(), 1);
    parts.pop().unwrap()
}

/// The text of a one-part note.
pub fn text_of(opened: Opened) -> String {
    match opened.note {
        Note::Words(words) if !words.more => words.text.to_string(),
        _ => panic!("not a whole text"),
    }
}

/// The envelope opens and says this.
pub fn hears(session: &mut Session, envelope: &Envelope, text: &str) {
    match session.open(envelope.as_bytes()) {
        Ok(opened) => assert_eq!(text_of(opened), text),
        Err(error) => panic!("{error}"),
    }
}

pub fn rekey1(session: &mut Session, envelope: &Envelope) -> Box<Hello> {
    match session.open(envelope.as_bytes()) {
        Ok(Opened { note: Note::Rekey1(hello), .. }) => hello,
        Ok(_) => panic!("another note"),
        Err(error) => panic!("{error}"),
    }
}

pub fn rekey2(session: &mut Session, envelope: &Envelope) -> Box<Answer> {
    match session.open(envelope.as_bytes()) {
        Ok(Opened { note: Note::Rekey2(answer), .. }) => answer,
        Ok(_) => panic!("another note"),
        Err(error) => panic!("{error}"),
    }
}

/// One whole re-greeting without any loss.
pub fn regreet(visitor: &mut Session, counsellor: &mut Session, n: u8) {
    let note = visitor.rekey_begin(hello_seed(n)).ok().unwrap();
    let envelope = visitor.seal(&note).unwrap();
    let hello = rekey1(counsellor, &envelope);
    let envelope = counsellor.rekey_answer(&hello, &seat(), answer_seed(n)).unwrap();
    let answer = rekey2(visitor, &envelope);
    visitor.rekey_finish(&answer, &anchors(), NOW).unwrap();
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
