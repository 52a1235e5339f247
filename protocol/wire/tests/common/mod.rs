//! One of every frame, and what all four directions have in common.

use lykta_wire::*;

/// One direction of one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    ToRelay,
    ToVisitor,
    FromDesk,
    ToDesk,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::ToRelay, Self::ToVisitor, Self::FromDesk, Self::ToDesk];

    /// Reads a frame and writes it again.
    pub(crate) fn there_and_back(self, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
        Ok(match self {
            Self::ToRelay => ToRelay::decode(bytes)?.encode(),
            Self::ToVisitor => ToVisitor::decode(bytes)?.encode(),
            Self::FromDesk => FromDesk::decode(bytes)?.encode(),
            Self::ToDesk => ToDesk::decode(bytes)?.encode(),
        })
    }

    /// The kinds that this way speaks.
    pub(crate) fn kinds(self) -> Vec<u8> {
        match self {
            Self::ToRelay => (0x01..=0x0B).chain([0x0D, 0x0E]).collect(),
            Self::ToVisitor => (0x81..=0x8C).chain([0x8E]).collect(),
            Self::FromDesk => (0x41..=0x52).chain(0x56..=0x57).collect(),
            Self::ToDesk => (0xC1..=0xD4).chain(0xD9..=0xDA).collect(),
        }
    }
}

/// A frame with a name, its direction and its bytes.
pub(crate) struct Example {
    pub(crate) name: &'static str,
    pub(crate) way: Way,
    pub(crate) bytes: Vec<u8>,
}

/// An envelope of a kind and size whose bytes tell where they are.
pub(crate) fn envelope(kind: u8, size: usize) -> Envelope {
    let mut bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
    bytes[..8].copy_from_slice(&[1, kind, 0, 2, 0, 0, 0, 7]);
    Envelope::parse(&bytes).unwrap()
}

pub(crate) fn beat() -> Envelope {
    envelope(4, limits::ENVELOPE_SIZES[0])
}

pub(crate) fn hello() -> Envelope {
    envelope(1, limits::ENVELOPE_SIZES[1])
}

pub(crate) fn kept() -> Envelope {
    envelope(3, limits::ENVELOPE_SIZES[0])
}

pub(crate) fn secret() -> TicketSecret {
    TicketSecret::new(core::array::from_fn(|at| at as u8))
}

pub(crate) fn ticket() -> TicketName {
    TicketName([0xAA; 32])
}

pub(crate) fn chat() -> ChatRef {
    ChatRef { ticket: ticket(), claim: Claim(0x0102_0304) }
}

pub(crate) fn languages(tags: &[&str]) -> Languages {
    Languages::new(tags.iter().map(|tag| LanguageTag::new(tag).unwrap()).collect()).unwrap()
}

pub(crate) fn seat_entry() -> SeatEntry {
    let (seat, certificate) = (SeatId([0x5E; 16]), [0xCE; 32]);
    SeatEntry { seat, certificate, role: 2, ready: true, chats: 1, capacity: 3 }
}

pub(crate) fn goodbyes(count: u8) -> Vec<Goodbye> {
    (1..=count).map(|to| Goodbye { to: Member::new(to).unwrap(), envelope: beat() }).collect()
}

pub(crate) fn puzzle() -> Puzzle {
    Puzzle::new(core::array::from_fn(|at| 0xC0 + at as u8), 6).unwrap()
}

/// The lowest counters that fit.
pub(crate) fn solution(puzzle: &Puzzle, ticket: TicketName) -> [u32; limits::WORK_PARTS] {
    let seed = puzzle.seed(ticket);
    let fitting: Vec<_> = (0..).filter(|counter| seed.fits(*counter)).take(limits::WORK_PARTS).collect();
    fitting.try_into().unwrap()
}

/// Every frame of every direction, in the order of their kinds; some twice, where a field may be empty.
pub(crate) fn examples() -> Vec<Example> {
    let mut all = Vec::new();
    visitor(&mut all);
    desk(&mut all);
    all
}

fn visitor(all: &mut Vec<Example>) {
    let claim = Claim(0x0102_0304);
    let (to, from) = (Member::COUNSELLOR, Member::COUNSELLOR);
    let mut say = |name, frame: ToRelay| all.push(Example { name, way: Way::ToRelay, bytes: frame.encode() });
    let two = languages(&["sv", "ckb"]);
    say("Join", ToRelay::Join { secret: secret(), lane: Lane::Support, languages: two, hello: hello() });
    let none = Languages::default();
    say(
        "Join without languages",
        ToRelay::Join { secret: secret(), lane: Lane::Professional, languages: none, hello: hello() },
    );
    say("Resume", ToRelay::Resume { secret: secret(), claim });
    say("Put", ToRelay::Put { claim, to, envelope: kept() });
    say("Got", ToRelay::Got { claim, from, next: 9 });
    say("Beat", ToRelay::Beat { claim, to, envelope: beat() });
    say("Leave", ToRelay::Leave(Leave { secret: secret(), claim, goodbyes: goodbyes(1) }));
    let leave = Leave { secret: secret(), claim: Claim::NONE, goodbyes: Vec::new() };
    say("Leave from the line", ToRelay::Leave(leave));
    say("Probe", ToRelay::Probe);
    say("Hello", ToRelay::Hello { hello: hello() });
    let to = Member::new(2).unwrap();
    say("HelloTo", ToRelay::HelloTo { claim, to, hello: hello() });
    say("Switch", ToRelay::Switch { claim, to });
    say("Dismiss", ToRelay::Dismiss { claim, member: to });
    let (id, lane, languages) = (ReturnId::new([0xDD; 16]), Lane::Support, languages(&["sv"]));
    say("Return", ToRelay::Return { secret: secret(), id, lane, languages, hello: hello() });
    say("Worked", ToRelay::Worked { counters: solution(&puzzle(), secret().name()) });

    let mut say =
        |name, frame: ToVisitor| all.push(Example { name, way: Way::ToVisitor, bytes: frame.encode() });
    let state = OpenState::Open;
    say(
        "InLine",
        ToVisitor::InLine { place: 3, wants_hello: false, closing_soon: true, wait: Wait::Unknown, state },
    );
    say(
        "InLine wants a hello",
        ToVisitor::InLine { place: 1, wants_hello: true, closing_soon: false, wait: Wait::Unknown, state },
    );
    let wait = Wait::From15To60;
    say(
        "InLine with how long it may take",
        ToVisitor::InLine { place: 2, wants_hello: false, closing_soon: false, wait, state },
    );
    say("With", ToVisitor::With { claim, seat: Presence::Gone, gone_s: 61 });
    say("Nowhere", ToVisitor::Nowhere);
    say("Envelope", ToVisitor::Envelope { claim, from, envelope: kept() });
    say("Beat", ToVisitor::Beat { claim, from, envelope: beat() });
    say("Stored", ToVisitor::Stored { claim, to: from, next: 8 });
    say("Ended", ToVisitor::Ended { ending: Ending::TurnedAway });
    say("Refused", ToVisitor::Refused { refusal: Refusal::Full, state: OpenState::Full });
    say("Restarting", ToVisitor::Restarting { after_ms: 500, within_ms: 10_000 });
    say("Alive", ToVisitor::Alive);
    say("Joined", ToVisitor::Joined { ticket: ticket() });
    say("Switched", ToVisitor::Switched { claim, to });
    say("Work", ToVisitor::Work { puzzle: puzzle() });
}

fn desk(all: &mut Vec<Example>) {
    let chat = chat();
    let (to, from) = (Member::VISITOR, Member::VISITOR);
    let mut say =
        |name, frame: FromDesk| all.push(Example { name, way: Way::FromDesk, bytes: frame.encode() });
    say("Admit", FromDesk::Admit { proof: vec![0xAB; 16] });
    say("Sit", FromDesk::Sit { ready: true, capacity: 3 });
    say("Take the next", FromDesk::Take { ticket: None });
    say("Take a named one", FromDesk::Take { ticket: Some(ticket()) });
    say("Put", FromDesk::Put { chat, to, envelope: envelope(2, limits::ENVELOPE_SIZES[1]) });
    say("Got", FromDesk::Got { chat, from, next: 9 });
    say("Beat", FromDesk::Beat { chat, to, envelope: beat() });
    say("PutBack", FromDesk::PutBack { chat });
    say("End", FromDesk::End { chat, ending: Ending::Helped });
    say("Mine", FromDesk::Mine { chat });
    say("Probe", FromDesk::Probe);
    let (seat, member) = (SeatId([0x5E; 16]), Member::new(2).unwrap());
    say("StaffPut", FromDesk::StaffPut { to: seat, envelope: hello() });
    say("StaffGot", FromDesk::StaffGot { from: seat, next: 9 });
    say("StaffBeat", FromDesk::StaffBeat { to: seat, envelope: beat() });
    say("Invite", FromDesk::Invite { chat, kind: InviteKind::HandOver, seat });
    say("Reply", FromDesk::Reply { chat, yes: true });
    say("Withdraw", FromDesk::Withdraw { chat, member });
    say("Part", FromDesk::Part { chat });
    say("MineAs", FromDesk::MineAs { chat, member, owner: true });
    let handle = ReturnHandle([0xBB; 32]);
    say("KeepReturn", FromDesk::KeepReturn { ticket: ticket(), handle, stays: true });
    say("ForgetReturn", FromDesk::ForgetReturn { handle });

    let mut say = |name, frame: ToDesk| all.push(Example { name, way: Way::ToDesk, bytes: frame.encode() });
    let state = OpenState::Closing;
    say("Challenge", ToDesk::Challenge { challenge: [0xC7; 32] });
    say("Admitted", ToDesk::Admitted);
    say("Line, nobody", ToDesk::Line { state, total: 0, entries: Vec::new() });
    let (lane, present, waited_s, languages) = (Lane::Professional, false, 1_201, languages(&["ar"]));
    let entry = LineEntry { ticket: ticket(), lane, present, waited_s, languages: languages.clone() };
    say("Line", ToDesk::Line { state, total: 41, entries: vec![entry] });
    say("Taken", ToDesk::Taken { chat, lane, languages: languages.clone(), hello: hello() });
    say("NotTaken", ToDesk::NotTaken { refusal: Refusal::TakenByOther });
    say("Envelope", ToDesk::Envelope { chat, from, envelope: kept() });
    say("Beat", ToDesk::Beat { chat, from, envelope: beat() });
    say("Stored", ToDesk::Stored { chat, to, next: 8 });
    say("Visitor", ToDesk::Visitor { chat, presence: Presence::Here, gone_s: 0 });
    say("Ended", ToDesk::Ended { chat, ending: Ending::LostContact });
    say("Refused", ToDesk::Refused { chat, refusal: Refusal::NotYours });
    say("Restarting", ToDesk::Restarting { after_ms: 500, within_ms: 10_000 });
    say("Alive", ToDesk::Alive);
    say("Seats, nobody", ToDesk::Seats { entries: Vec::new() });
    say("Seats", ToDesk::Seats { entries: vec![seat_entry()] });
    say("StaffEnvelope", ToDesk::StaffEnvelope { from: seat, envelope: kept() });
    say("StaffBeat", ToDesk::StaffBeat { from: seat, envelope: beat() });
    say("StaffStored", ToDesk::StaffStored { to: seat, next: 8 });
    say("StaffRefused", ToDesk::StaffRefused { to: seat, refusal: Refusal::Gone });
    say("Invited", ToDesk::Invited { chat, member, seat });
    say("NotInvited", ToDesk::NotInvited { chat, seat, refusal: Refusal::SeatFull });
    say("ReturnKept", ToDesk::ReturnKept { handle });
    say("Returned", ToDesk::Returned { chat, handle, lane, languages, hello: hello() });
}
