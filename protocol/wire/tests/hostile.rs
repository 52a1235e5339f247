//! Bytes from somebody who means harm, or from a newer version: refused with a reason, never a panic.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test: helpers may stop the story")]

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::*;
use lykta_wire::*;
use proptest::prelude::*;

/// `Admit` ends with a proof of any length: its layout belongs to the trust crate.
const OPEN_ENDED: u8 = 0x41;

#[test]
fn every_frame_comes_back_as_it_went() {
    for example in examples() {
        assert_eq!(example.way.there_and_back(&example.bytes), Ok(example.bytes.clone()), "{}", example.name);
    }
}

#[test]
fn every_frame_of_every_direction_has_an_example() {
    for way in Way::ALL {
        for kind in way.kinds() {
            let found = examples().iter().any(|example| example.way == way && example.bytes[0] == kind);
            assert!(found, "{way:?} {kind:#04x}");
        }
    }
}

#[test]
fn a_frame_cut_short_anywhere_is_refused() {
    for Example { name, way, bytes } in examples() {
        for cut in 0..bytes.len() {
            if bytes[0] == OPEN_ENDED && cut > 0 {
                continue;
            }
            assert!(way.there_and_back(&bytes[..cut]).is_err(), "{way:?} {name} cut at {cut}");
        }
    }
}

#[test]
fn a_frame_with_bytes_left_over_is_refused() {
    for Example { name, way, bytes } in examples() {
        for more in [&[0][..], &[255], &[0; 536]] {
            let longer = [&bytes[..], more].concat();
            assert_eq!(way.there_and_back(&longer).is_err(), bytes[0] != OPEN_ENDED, "{way:?} {name}");
        }
    }
}

#[test]
fn a_kind_that_a_direction_does_not_speak_is_refused_by_its_name() {
    for way in Way::ALL {
        for kind in (0..=255u8).filter(|kind| !way.kinds().contains(kind)) {
            for tail in [0, 1, 36, 600] {
                let mut bytes = vec![kind];
                bytes.resize(1 + tail, 0);
                assert_eq!(way.there_and_back(&bytes), Err(DecodeError::UnknownKind(kind)), "{way:?}");
            }
        }
        // No kind of one direction means something in another.
        for example in examples().iter().filter(|example| example.way != way) {
            let kind = example.bytes[0];
            assert_eq!(way.there_and_back(&example.bytes), Err(DecodeError::UnknownKind(kind)));
        }
        assert_eq!(way.there_and_back(&[]), Err(DecodeError::TooShort));
    }
}

#[test]
fn a_value_outside_its_set_is_refused() {
    let chat: Vec<u8> = [&[0xAA; 32][..], &[1, 2, 3, 4]].concat();
    let about = |kind: u8, tail: &[u8]| [&[kind][..], &chat, tail].concat();
    let bad: [(Way, Vec<u8>, &str); 18] = [
        (Way::ToVisitor, vec![0x81, 0, 0, 0, 1, 10 << 2, 1], "wait"),
        (Way::ToVisitor, vec![0x81, 0, 0, 0, 1, 0, 6], "open state"),
        (Way::ToVisitor, vec![0x82, 0, 0, 0, 1, 3, 0, 0, 0, 0], "presence"),
        (Way::ToVisitor, vec![0x87, 0], "ending"),
        (Way::ToVisitor, vec![0x88, 15, 1], "refusal"),
        (Way::ToRelay, vec![0x04, 0, 0, 0, 1, 8, 0, 0, 0, 0], "member"),
        (Way::ToRelay, vec![0x0A, 0, 0, 0, 1, 8], "member"),
        (Way::ToVisitor, [&[0x8E][..], &[7; 16], &[0]].concat(), "bits"),
        (Way::ToVisitor, [&[0x8E][..], &[7; 16], &[15]].concat(), "bits"),
        (Way::FromDesk, vec![0x42, 2, 1], "ready"),
        (Way::FromDesk, about(0x45, &[8, 0, 0, 0, 0]), "member"),
        (Way::FromDesk, about(0x4E, &[[3].as_slice(), &[0; 16]].concat()), "invitation"),
        (Way::FromDesk, about(0x4F, &[2]), "yes"),
        (Way::FromDesk, about(0x52, &[2, 2]), "owner"),
        (Way::ToDesk, [&[0xCE, 1][..], &[0; 48], &[11, 1, 0, 0]].concat(), "role"),
        (Way::ToDesk, [&[0xCE, 65][..], &[1; 52 * 65]].concat(), "seats"),
        (Way::FromDesk, about(0x48, &[8]), "ending"),
        (Way::ToDesk, about(0xC9, &[0, 0, 0, 0, 0]), "presence"),
    ];
    for (way, bytes, field) in bad {
        assert_eq!(way.there_and_back(&bytes), Err(DecodeError::BadField(field)));
    }
}

/// What can be read is written back as it was: two different frames are never one.
fn try_all(bytes: &[u8]) {
    for way in Way::ALL {
        if let Ok(again) = way.there_and_back(bytes) {
            assert_eq!(again, bytes, "{way:?}");
        }
    }
    if let Ok(leave) = Leave::decode(bytes) {
        assert_eq!(leave.encode(), bytes);
    }
    let _ =
        Envelope::parse(bytes).map(|envelope| (envelope.kind(), envelope.number(), envelope.body().len()));
}

/// The same numbers every time: xorshift64*.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

#[test]
fn a_hundred_thousand_damaged_frames_are_no_reason_to_panic() {
    let examples = examples();
    let mut numbers = Numbers(20_261_122);
    for _ in 0..100_000 {
        let mut bytes = examples[numbers.below(examples.len())].bytes.clone();
        for _ in 0..=numbers.below(4) {
            // Fields stand at the beginning, so damage is mostly done there.
            let reach = if numbers.below(4) > 0 { bytes.len().min(80) } else { bytes.len() };
            let at = numbers.below(reach.max(1)).min(bytes.len().saturating_sub(1));
            match numbers.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), numbers.next() as u8),
                _ if !bytes.is_empty() => bytes[at] = numbers.next() as u8,
                _ => {}
            }
        }
        try_all(&bytes);
    }
}

#[test]
fn a_hundred_thousand_random_strings_are_no_reason_to_panic() {
    let mut numbers = Numbers(1);
    for _ in 0..100_000 {
        let length = numbers.below(160);
        let bytes: Vec<u8> = (0..length).map(|_| numbers.next() as u8).collect();
        try_all(&bytes);
    }
}

fn any_languages() -> impl Strategy<Value = Languages> {
    let tag = "[a-z0-9-]{1,8}".prop_map(|tag| LanguageTag::new(&tag).unwrap());
    prop::collection::vec(tag, 0..=limits::LANGUAGES).prop_map(|tags| Languages::new(tags).unwrap())
}

fn any_envelope(kinds: &'static [u8]) -> impl Strategy<Value = Envelope> {
    (prop::sample::select(kinds), 0..3usize, any::<[u8; 6]>(), any::<u8>()).prop_map(
        |(kind, size, head, fill)| {
            let size = match kind {
                1 | 2 => 1,
                3 => size,
                _ => 0,
            };
            let mut bytes = vec![fill; limits::ENVELOPE_SIZES[size]];
            bytes[..2].copy_from_slice(&[1, kind]);
            bytes[2..8].copy_from_slice(&head);
            Envelope::parse(&bytes).unwrap()
        },
    )
}

fn any_chat() -> impl Strategy<Value = ChatRef> {
    (any::<[u8; 32]>(), any::<u32>())
        .prop_map(|(ticket, claim)| ChatRef { ticket: TicketName(ticket), claim: Claim(claim) })
}

fn any_member() -> impl Strategy<Value = Member> {
    (0..=limits::MEMBER_MAX).prop_map(|number| Member::new(number).unwrap())
}

fn any_seat() -> impl Strategy<Value = SeatId> {
    any::<[u8; 16]>().prop_map(SeatId)
}

fn any_seats() -> impl Strategy<Value = ToDesk> {
    let entry = (any_seat(), any::<[u8; 32]>(), 1..=4u8, any::<bool>(), any::<u8>(), any::<u8>()).prop_map(
        |(seat, certificate, role, ready, chats, capacity)| SeatEntry {
            seat,
            certificate,
            role,
            ready,
            chats,
            capacity,
        },
    );
    prop::collection::vec(entry, 0..=limits::SEATS_SHOWN).prop_map(|entries| ToDesk::Seats { entries })
}

fn any_entry() -> impl Strategy<Value = LineEntry> {
    (any::<[u8; 32]>(), prop::sample::select(Lane::ALL), any::<bool>(), any::<u32>(), any_languages())
        .prop_map(|(ticket, lane, present, waited_s, languages)| LineEntry {
            ticket: TicketName(ticket),
            lane,
            present,
            waited_s,
            languages,
        })
}

fn any_to_visitor() -> impl Strategy<Value = ToVisitor> {
    let claim = || any::<u32>().prop_map(Claim);
    let state = || prop::sample::select(OpenState::ALL);
    prop_oneof![
        (any::<u32>(), any::<bool>(), any::<bool>(), prop::sample::select(Wait::ALL), state()).prop_map(
            |(place, wants_hello, closing_soon, wait, state)| ToVisitor::InLine {
                place,
                wants_hello,
                closing_soon,
                wait,
                state
            }
        ),
        (claim(), prop::sample::select(Presence::ALL), any::<u32>())
            .prop_map(|(claim, seat, gone_s)| ToVisitor::With { claim, seat, gone_s }),
        Just(ToVisitor::Nowhere),
        (claim(), any_member(), any_envelope(&[2, 3]))
            .prop_map(|(claim, from, envelope)| ToVisitor::Envelope { claim, from, envelope }),
        (claim(), any_member(), any_envelope(&[4])).prop_map(|(claim, from, envelope)| ToVisitor::Beat {
            claim,
            from,
            envelope
        }),
        (claim(), any_member(), any::<u32>()).prop_map(|(claim, to, next)| ToVisitor::Stored {
            claim,
            to,
            next
        }),
        prop::sample::select(Ending::ALL).prop_map(|ending| ToVisitor::Ended { ending }),
        (prop::sample::select(Refusal::ALL), state())
            .prop_map(|(refusal, state)| ToVisitor::Refused { refusal, state }),
        (any::<u32>(), any::<u32>())
            .prop_map(|(after_ms, within_ms)| ToVisitor::Restarting { after_ms, within_ms }),
        Just(ToVisitor::Alive),
        any::<[u8; 32]>().prop_map(|ticket| ToVisitor::Joined { ticket: TicketName(ticket) }),
        (claim(), any_member()).prop_map(|(claim, to)| ToVisitor::Switched { claim, to }),
    ]
}

fn any_to_desk() -> impl Strategy<Value = ToDesk> {
    let refusal = || prop::sample::select(Refusal::ALL);
    let entries = prop::collection::vec(any_entry(), 0..=limits::LINE_SHOWN);
    prop_oneof![
        any::<[u8; 32]>().prop_map(|challenge| ToDesk::Challenge { challenge }),
        Just(ToDesk::Admitted),
        (prop::sample::select(OpenState::ALL), any::<u32>(), entries)
            .prop_map(|(state, total, entries)| ToDesk::Line { state, total, entries }),
        (any_chat(), prop::sample::select(Lane::ALL), any_languages(), any_envelope(&[1]))
            .prop_map(|(chat, lane, languages, hello)| ToDesk::Taken { chat, lane, languages, hello }),
        refusal().prop_map(|refusal| ToDesk::NotTaken { refusal }),
        (any_chat(), any_member(), any_envelope(&[3])).prop_map(|(chat, from, envelope)| ToDesk::Envelope {
            chat,
            from,
            envelope
        }),
        (any_chat(), any_member(), any_envelope(&[4])).prop_map(|(chat, from, envelope)| ToDesk::Beat {
            chat,
            from,
            envelope
        }),
        (any_chat(), any_member(), any::<u32>()).prop_map(|(chat, to, next)| ToDesk::Stored {
            chat,
            to,
            next
        }),
        (any_chat(), prop::sample::select(Presence::ALL), any::<u32>())
            .prop_map(|(chat, presence, gone_s)| ToDesk::Visitor { chat, presence, gone_s }),
        (any_chat(), prop::sample::select(Ending::ALL))
            .prop_map(|(chat, ending)| ToDesk::Ended { chat, ending }),
        (any_chat(), refusal()).prop_map(|(chat, refusal)| ToDesk::Refused { chat, refusal }),
        (any::<u32>(), any::<u32>())
            .prop_map(|(after_ms, within_ms)| ToDesk::Restarting { after_ms, within_ms }),
        Just(ToDesk::Alive),
        any_seats(),
        any_staff_to_desk(),
    ]
}

/// What the relay says about other seats.
fn any_staff_to_desk() -> impl Strategy<Value = ToDesk> {
    let refusal = || prop::sample::select(Refusal::ALL);
    prop_oneof![
        (any_seat(), any_envelope(&[1, 2, 3]))
            .prop_map(|(from, envelope)| ToDesk::StaffEnvelope { from, envelope }),
        (any_seat(), any_envelope(&[4])).prop_map(|(from, envelope)| ToDesk::StaffBeat { from, envelope }),
        (any_seat(), any::<u32>()).prop_map(|(to, next)| ToDesk::StaffStored { to, next }),
        (any_seat(), refusal()).prop_map(|(to, refusal)| ToDesk::StaffRefused { to, refusal }),
        (any_chat(), any_member(), any_seat()).prop_map(|(chat, member, seat)| ToDesk::Invited {
            chat,
            member,
            seat
        }),
        (any_chat(), any_seat(), refusal()).prop_map(|(chat, seat, refusal)| ToDesk::NotInvited {
            chat,
            seat,
            refusal
        }),
    ]
}

/// What goes to the relay may hold secrets and can be neither printed nor compared, so its bytes are.
fn any_to_relay() -> impl Strategy<Value = Vec<u8>> {
    let secret = any::<[u8; 32]>;
    let claim = || any::<u32>().prop_map(Claim);
    let goodbyes =
        prop::collection::vec((any_member(), any_envelope(&[4])), 0..=usize::from(limits::SEATS_IN_CHAT));
    prop_oneof![
        (secret(), prop::sample::select(Lane::ALL), any_languages(), any_envelope(&[1])).prop_map(
            |(secret, lane, languages, hello)| {
                ToRelay::Join { secret: TicketSecret::new(secret), lane, languages, hello }.encode()
            }
        ),
        (secret(), claim()).prop_map(|(secret, claim)| ToRelay::Resume {
            secret: TicketSecret::new(secret),
            claim
        }
        .encode()),
        (claim(), any_member(), any_envelope(&[3])).prop_map(|(claim, to, envelope)| ToRelay::Put {
            claim,
            to,
            envelope
        }
        .encode()),
        (claim(), any_member(), any::<u32>()).prop_map(|(claim, from, next)| ToRelay::Got {
            claim,
            from,
            next
        }
        .encode()),
        (claim(), any_member(), any_envelope(&[4])).prop_map(|(claim, to, envelope)| ToRelay::Beat {
            claim,
            to,
            envelope
        }
        .encode()),
        (secret(), claim(), goodbyes).prop_map(|(secret, claim, goodbyes)| {
            let goodbyes = goodbyes.into_iter().map(|(to, envelope)| Goodbye { to, envelope }).collect();
            ToRelay::Leave(Leave { secret: TicketSecret::new(secret), claim, goodbyes }).encode()
        }),
        Just(ToRelay::Probe.encode()),
        (claim(), any_member(), any_envelope(&[1])).prop_map(|(claim, to, hello)| ToRelay::HelloTo {
            claim,
            to,
            hello
        }
        .encode()),
        (claim(), any_member()).prop_map(|(claim, to)| ToRelay::Switch { claim, to }.encode()),
        (claim(), any_member()).prop_map(|(claim, member)| ToRelay::Dismiss { claim, member }.encode()),
        any_envelope(&[1]).prop_map(|hello| ToRelay::Hello { hello }.encode()),
    ]
}

fn any_from_desk() -> impl Strategy<Value = Vec<u8>> {
    let ticket =
        prop::option::of(any::<[u8; 32]>().prop_filter("zeros mean the next", |name| *name != [0; 32]));
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600).prop_map(|proof| FromDesk::Admit { proof }.encode()),
        (any::<bool>(), any::<u8>()).prop_map(|(ready, capacity)| FromDesk::Sit { ready, capacity }.encode()),
        ticket.prop_map(|ticket| FromDesk::Take { ticket: ticket.map(TicketName) }.encode()),
        (any_chat(), any_member(), any_envelope(&[2, 3])).prop_map(|(chat, to, envelope)| FromDesk::Put {
            chat,
            to,
            envelope
        }
        .encode()),
        (any_chat(), any_member(), any::<u32>()).prop_map(|(chat, from, next)| FromDesk::Got {
            chat,
            from,
            next
        }
        .encode()),
        (any_chat(), any_member(), any_envelope(&[4])).prop_map(|(chat, to, envelope)| FromDesk::Beat {
            chat,
            to,
            envelope
        }
        .encode()),
        any_chat().prop_map(|chat| FromDesk::PutBack { chat }.encode()),
        (any_chat(), prop::sample::select(Ending::ALL)).prop_map(|(chat, ending)| FromDesk::End {
            chat,
            ending
        }
        .encode()),
        any_chat().prop_map(|chat| FromDesk::Mine { chat }.encode()),
        any_staff_from_desk(),
        Just(FromDesk::Probe.encode()),
    ]
}

/// What a console says about other seats.
fn any_staff_from_desk() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (any_seat(), any_envelope(&[1, 2, 3]))
            .prop_map(|(to, envelope)| FromDesk::StaffPut { to, envelope }.encode()),
        (any_seat(), any::<u32>()).prop_map(|(from, next)| FromDesk::StaffGot { from, next }.encode()),
        (any_seat(), any_envelope(&[4]))
            .prop_map(|(to, envelope)| FromDesk::StaffBeat { to, envelope }.encode()),
        (any_chat(), prop::sample::select(InviteKind::ALL), any_seat())
            .prop_map(|(chat, kind, seat)| FromDesk::Invite { chat, kind, seat }.encode()),
        (any_chat(), any::<bool>()).prop_map(|(chat, yes)| FromDesk::Reply { chat, yes }.encode()),
        (any_chat(), any_member()).prop_map(|(chat, member)| FromDesk::Withdraw { chat, member }.encode()),
        any_chat().prop_map(|chat| FromDesk::Part { chat }.encode()),
        (any_chat(), any_member(), any::<bool>()).prop_map(|(chat, member, owner)| FromDesk::MineAs {
            chat,
            member,
            owner
        }
        .encode()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_relay_says_is_read_as_it_was_meant(visitor in any_to_visitor(), desk in any_to_desk()) {
        prop_assert!(visitor.encode().len() <= limits::FRAME_MAX && desk.encode().len() <= limits::FRAME_MAX);
        prop_assert_eq!(ToVisitor::decode(&visitor.encode()), Ok(visitor));
        prop_assert_eq!(ToDesk::decode(&desk.encode()), Ok(desk));
    }

    #[test]
    fn whatever_is_said_to_a_relay_is_read_as_it_was_meant(
        visitor in any_to_relay(),
        desk in any_from_desk(),
    ) {
        prop_assert!(visitor.len() <= limits::FRAME_MAX && desk.len() <= limits::FRAME_MAX);
        prop_assert_eq!(Way::ToRelay.there_and_back(&visitor), Ok(visitor.clone()));
        prop_assert_eq!(Way::FromDesk.there_and_back(&desk), Ok(desk.clone()));
    }

    #[test]
    fn any_bytes_at_all_are_no_reason_to_panic(kind in any::<u8>(), tail in prop::collection::vec(any::<u8>(), 0..700)) {
        try_all(&[&[kind][..], &tail].concat());
        try_all(&tail);
    }
}
