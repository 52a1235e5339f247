//! Stories of a running chat: order, acknowledgement, damage, and new keys on the way.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a story may stop where it breaks")]

mod common;

use common::*;
use lykta_e2ee::*;
use lykta_trust::Refused;

#[test]
fn notes_open_once_and_in_order_and_nothing_else_changes_the_session() {
    let (mut visitor, mut counsellor) = talking(1);
    let first = visitor.seal(&words("ett")).unwrap();
    let second = visitor.seal(&words("två")).unwrap();
    assert_eq!((first.header().number, second.header().number), (1, 2));

    assert!(matches!(counsellor.open(second.as_bytes()), Err(OpenError::Gap)));
    hears(&mut counsellor, &first, "ett");
    assert!(matches!(counsellor.open(first.as_bytes()), Err(OpenError::Old)));
    hears(&mut counsellor, &second, "två");
    assert!(matches!(counsellor.open(second.as_bytes()), Err(OpenError::Old)));
    assert_eq!(counsellor.next_wanted(), 3);
}

#[test]
fn a_damaged_envelope_changes_nothing_and_the_good_one_still_opens() {
    let (mut visitor, mut counsellor) = talking(1);
    let note = visitor.seal(&words("hemligt")).unwrap();
    let beat = visitor.seal_beat(&BeatState { typing: true, ..BeatState::default() }).unwrap();
    for good in [&note, &beat] {
        for at in (8..536).step_by(7).chain([535]) {
            let mut bad = good.as_bytes().to_vec();
            bad[at] ^= 0x10;
            assert!(matches!(counsellor.receive(&bad), Err(OpenError::Forged)), "byte {at}");
        }
        // The header is authenticated: an epoch or number of somebody else's choice is worth nothing.
        for at in 2..8 {
            let mut bad = good.as_bytes().to_vec();
            bad[at] ^= 1;
            assert!(counsellor.receive(&bad).is_err(), "header byte {at}");
        }
        for at in [0, 1] {
            let mut bad = good.as_bytes().to_vec();
            bad[at] ^= 0x80;
            assert!(matches!(counsellor.receive(&bad), Err(OpenError::Malformed)));
        }
    }
    for len in [0, 7, 8, 24, 535, 537, 2071, 4121] {
        let bad = vec![1; len];
        assert!(matches!(counsellor.receive(&bad), Err(OpenError::Malformed)), "length {len}");
    }
    // A beat shown as a note and a note shown as a beat.
    let (mut as_beat, mut as_note) = (note.as_bytes().to_vec(), beat.as_bytes().to_vec());
    as_beat[1] = 4;
    as_note[1] = 3;
    as_note[7] = 1;
    assert!(matches!(counsellor.receive(&as_beat), Err(OpenError::Forged)));
    assert!(matches!(counsellor.receive(&as_note), Err(OpenError::Forged)));
    // And one's own envelopes, reflected.
    let own = counsellor.seal(&words("eko")).unwrap();
    let mut reflected = own.as_bytes().to_vec();
    reflected[7] = 1;
    assert!(matches!(counsellor.receive(own.as_bytes()), Err(OpenError::Old)));
    assert!(matches!(counsellor.receive(&reflected), Err(OpenError::Forged)));

    hears(&mut counsellor, &note, "hemligt");
    assert!(counsellor.open_beat(beat.as_bytes()).unwrap().state.typing);
}

#[test]
fn beats_say_what_was_opened_and_only_the_newest_counts() {
    let (mut visitor, mut counsellor) = talking(1);
    let early = visitor.seal_beat(&BeatState { typing: true, ..BeatState::default() }).unwrap();
    hears(&mut visitor, &counsellor.seal(&words("hej")).unwrap(), "hej");
    let state = BeatState { visible: true, covered: true, gap: true, ..BeatState::default() };
    let late = visitor.seal_beat(&state).unwrap();

    let heard = counsellor.open_beat(late.as_bytes()).unwrap();
    assert_eq!(heard, Beat { next_wanted: 1, epoch: 0, state });
    assert!(matches!(counsellor.open_beat(early.as_bytes()), Err(OpenError::Old)));
    assert!(matches!(counsellor.open_beat(late.as_bytes()), Err(OpenError::Old)));
}

#[test]
fn a_goodbye_in_a_beat_opens_although_a_note_before_it_was_lost() {
    let (mut visitor, mut counsellor) = talking(1);
    let _lost = visitor.seal(&words("aldrig framme")).unwrap();
    let goodbye = visitor.seal(&Note::Goodbye(Ending::LeftFast)).unwrap();
    let beat =
        visitor.seal_beat(&BeatState { goodbye: Some(Ending::LeftFast), ..BeatState::default() }).unwrap();
    visitor.wipe();

    assert!(matches!(counsellor.open(goodbye.as_bytes()), Err(OpenError::Gap)));
    let heard = counsellor.open_beat(beat.as_bytes()).unwrap();
    assert_eq!(heard.state.goodbye, Some(Ending::LeftFast));
}

#[test]
fn every_flag_and_every_ending_of_a_beat_arrives_as_it_was_sent() {
    let (mut visitor, mut counsellor) = talking(1);
    for bits in 0u8..128 {
        for ending in 1..=7 {
            let has = |bit| bits & bit != 0;
            let state = BeatState {
                gap: has(1),
                typing: has(2),
                visible: has(4),
                please_rekey: has(8),
                goodbye: if has(16) { Ending::from_byte(ending).ok() } else { None },
                held: has(32),
                covered: has(64),
            };
            let beat = visitor.seal_beat(&state).unwrap();
            assert_eq!(beat.as_bytes().len(), 536);
            assert_eq!(counsellor.open_beat(beat.as_bytes()).unwrap().state, state);
        }
    }
}

#[test]
fn every_note_arrives_as_it_was_sent() {
    let (mut visitor, mut counsellor) = talking(1);
    let mut send = |note: &Note| counsellor.open(visitor.seal(note).unwrap().as_bytes()).ok().unwrap().note;
    let secret = || ChainSecret::take(&mut [0x3C; 32]);

    for code in 1..=7 {
        let ending = Ending::from_byte(code).unwrap();
        assert!(matches!(send(&Note::Goodbye(ending)), Note::Goodbye(e) if e == ending));
    }
    let alias = Alias { name: "Kim på centret".into(), role_words: "samtalsstöd".into() };
    let Note::Alias(heard) = send(&Note::Alias(alias)) else { panic!() };
    assert_eq!((heard.name.as_str(), heard.role_words.as_str()), ("Kim på centret", "samtalsstöd"));
    for kind in [OfferKind::Guest, OfferKind::HandOver] {
        let seat = seat().certificate().fingerprint();
        let role = lykta_trust::Role::Interpreter;
        let member = lykta_wire::Member::new(3).unwrap();
        let offer = Offer { number: 7, kind, member, seat, role, secret: secret(), name: "Åsa".into() };
        let Note::Offer(heard) = send(&Note::Offer(offer)) else { panic!() };
        assert!(heard.kind == kind && heard.seat == seat && heard.role == role);
        assert!(heard.number == 7 && heard.member == member && heard.name == "Åsa");
        assert_eq!(heard.secret.expose(), &[0x3C; 32]);
    }
    for yes in [false, true] {
        let consent = Consent { to: 70_000, yes };
        assert!(matches!(send(&Note::Consent(consent)), Note::Consent(c) if c == consent));
    }
    assert!(matches!(send(&Note::SasCommit([1; 32])), Note::SasCommit(v) if v == [1; 32]));
    assert!(matches!(send(&Note::SasNonce([2; 32])), Note::SasNonce(v) if v == [2; 32]));
    assert!(matches!(send(&Note::SasReveal([3; 32])), Note::SasReveal(v) if v == [3; 32]));
    let Note::ReturnKey(heard) = send(&Note::ReturnKey(ReturnKey { id: [8; 16], key: secret() })) else {
        panic!()
    };
    assert!(heard.id == [8; 16] && heard.key.expose() == &[0x3C; 32]);
    assert!(matches!(send(&Note::ReturnForget), Note::ReturnForget));
    assert!(matches!(send(&Note::ReturnReady), Note::ReturnReady));
    assert!(matches!(send(&Note::ReturnStays), Note::ReturnStays));
    for about in [About::Myself, About::SomebodyElse, About::MyWork] {
        assert!(matches!(send(&Note::About(about)), Note::About(heard) if heard == about));
    }
}

#[test]
fn a_note_outside_its_limits_is_not_sealed_and_costs_no_number() {
    let (mut visitor, _) = talking(1);
    let part = |len: usize| Note::Words(Words { text: "x".repeat(len).into(), more: false });
    let alias = |name: usize, role: usize| {
        Note::Alias(Alias { name: "n".repeat(name), role_words: "r".repeat(role) })
    };
    let (_, hello) = hello(1);
    let (_, answer) = answered(&hello, 1);
    for bad in [
        part(0),
        part(4093),
        alias(0, 1),
        alias(65, 1),
        alias(1, 65),
        Note::Ignorable(0x90),
        Note::Rekey2(Box::new(answer)),
    ] {
        assert_eq!(visitor.seal(&bad), Err(SealError::NotSendable));
    }
    assert_eq!(visitor.next_number(), 1);
    assert!(visitor.seal(&part(4092)).is_ok());
    assert!(visitor.seal(&alias(64, 64)).is_ok());
}

#[test]
fn a_wiped_session_says_over_and_nothing_else() {
    let (mut visitor, mut counsellor) = talking(1);
    let note = counsellor.seal(&words("hej")).unwrap();
    let beat = counsellor.seal_beat(&BeatState::default()).unwrap();
    visitor.wipe();
    assert!(visitor.is_over());
    assert_eq!(visitor.seal(&words("hej")), Err(SealError::Over));
    assert_eq!(visitor.seal_beat(&BeatState::default()), Err(SealError::Over));
    assert!(matches!(visitor.open(note.as_bytes()), Err(OpenError::Fatal(Fatal::Over))));
    assert!(matches!(visitor.open_beat(beat.as_bytes()), Err(OpenError::Fatal(Fatal::Over))));
    assert!(matches!(visitor.rekey_begin(hello_seed(1)), Err(RekeyError::Over)));
}

#[test]
fn numbers_go_on_through_a_re_greeting_and_epochs_change() {
    let (mut visitor, mut counsellor) = talking(1);
    for epoch in 1..=4u16 {
        regreet(&mut visitor, &mut counsellor, epoch as u8);
        assert_eq!((visitor.epoch(), counsellor.epoch()), (epoch, epoch));
        let number = visitor.next_number();
        let note = visitor.seal(&words("ny nyckel")).unwrap();
        assert_eq!((note.header().epoch, note.header().number), (epoch, number));
        hears(&mut counsellor, &note, "ny nyckel");
        hears(&mut visitor, &counsellor.seal(&words("samma här")).unwrap(), "samma här");
        assert!(!visitor.is_rekeying() && !counsellor.is_rekeying());
        assert_eq!(visitor.kept_since_greeting(), 2);
    }
    assert_eq!(visitor.next_number(), 9, "confirm, and two for each epoch");
}

#[test]
fn what_was_written_while_the_new_keys_were_on_their_way_still_opens() {
    let (mut visitor, mut counsellor) = talking(1);
    let note = visitor.rekey_begin(hello_seed(2)).ok().unwrap();
    let on_the_way = [
        visitor.seal(&note).unwrap(),
        visitor.seal(&words("före svaret 1")).unwrap(),
        visitor.seal(&words("före svaret 2")).unwrap(),
    ];
    let hello = rekey1(&mut counsellor, &on_the_way[0]);
    let before_beat = visitor.seal_beat(&BeatState::default()).unwrap();
    let rekey2_envelope = counsellor.rekey_answer(&hello, &seat(), answer_seed(2)).unwrap();
    let after = counsellor.seal(&words("efter")).unwrap();
    assert_eq!((rekey2_envelope.header().epoch, after.header().epoch), (0, 1));

    // Counsellor: old notes and old beats of the visitor still open.
    hears(&mut counsellor, &on_the_way[1], "före svaret 1");
    assert!(counsellor.open_beat(before_beat.as_bytes()).is_ok());
    // Its own beats stay readable for a visitor who has not seen the answer …
    let beat = counsellor.seal_beat(&BeatState { held: true, ..BeatState::default() }).unwrap();
    assert_eq!(beat.header().epoch, 0);
    assert!(visitor.open_beat(beat.as_bytes()).unwrap().state.held);
    // … whose next envelope cannot be opened yet.
    assert!(matches!(visitor.open(after.as_bytes()), Err(OpenError::Gap)));

    let late_old_beat = counsellor.seal_beat(&BeatState::default()).unwrap();
    let answer = rekey2(&mut visitor, &rekey2_envelope);
    visitor.rekey_finish(&answer, &anchors(), NOW).unwrap();
    hears(&mut visitor, &after, "efter");
    assert!(visitor.open_beat(late_old_beat.as_bytes()).is_ok(), "sealed before anybody knew of the switch");

    // Visitor: a new beat may overtake old notes; both open.
    let new_beat = visitor.seal_beat(&BeatState::default()).unwrap();
    assert_eq!(new_beat.header().epoch, 1);
    assert_eq!(counsellor.open_beat(new_beat.as_bytes()).unwrap().epoch, 1);
    assert_eq!(
        counsellor.seal_beat(&BeatState::default()).unwrap().header().epoch,
        1,
        "now the visitor has shown"
    );
    hears(&mut counsellor, &on_the_way[2], "före svaret 2");
    hears(&mut counsellor, &visitor.seal(&words("klart")).unwrap(), "klart");
    assert!(!counsellor.is_rekeying());
}

#[test]
fn a_goodbye_beat_opens_at_every_moment_of_a_re_greeting() {
    // 0 before, 1 hello under way, 2 answered, 3 answer opened, 4 finished, 5 new epoch shown
    for moment in 0..=5 {
        let (mut visitor, mut counsellor) = talking(1);
        let mut hello_envelope = None;
        let mut answer_envelope = None;
        if moment >= 1 {
            let note = visitor.rekey_begin(hello_seed(2)).ok().unwrap();
            hello_envelope = Some(visitor.seal(&note).unwrap());
        }
        if moment >= 2 {
            let hello = rekey1(&mut counsellor, &hello_envelope.unwrap());
            answer_envelope = Some(counsellor.rekey_answer(&hello, &seat(), answer_seed(2)).unwrap());
        }
        if moment >= 3 {
            let answer = rekey2(&mut visitor, &answer_envelope.unwrap());
            if moment >= 4 {
                visitor.rekey_finish(&answer, &anchors(), NOW).unwrap();
            }
        }
        if moment >= 5 {
            hears(&mut counsellor, &visitor.seal(&words("ny")).unwrap(), "ny");
        }
        let bye = BeatState { goodbye: Some(Ending::LeftFast), ..BeatState::default() };
        let (from_visitor, from_counsellor) =
            (visitor.seal_beat(&bye).unwrap(), counsellor.seal_beat(&bye).unwrap());
        assert_eq!(
            counsellor.open_beat(from_visitor.as_bytes()).map(|b| b.state),
            Ok(bye),
            "moment {moment}"
        );
        assert_eq!(
            visitor.open_beat(from_counsellor.as_bytes()).map(|b| b.state),
            Ok(bye),
            "moment {moment}"
        );
    }
}

#[test]
fn the_counsellor_never_starts_and_the_visitor_never_answers_a_re_greeting() {
    let (mut visitor, mut counsellor) = talking(1);
    let (_, hello) = hello(1);
    assert!(matches!(counsellor.rekey_begin(hello_seed(2)), Err(RekeyError::WrongSide)));
    assert!(matches!(visitor.rekey_answer(&hello, &seat(), answer_seed(2)), Err(RekeyError::WrongSide)));
    assert!(visitor.rekey_begin(hello_seed(2)).is_ok());
    assert!(matches!(visitor.rekey_begin(hello_seed(3)), Err(RekeyError::Pending)));
    assert!(!visitor.is_over() && !counsellor.is_over());
}

#[test]
fn a_re_greeting_is_tied_to_its_own_chat() {
    // A hello for a new ticket, or one of another chat, is worth nothing inside this one.
    let (mut visitor, _) = talking(1);
    let (mut other_visitor, _) = talking(2);
    for foreign in
        [other_visitor.rekey_begin(hello_seed(3)).ok().unwrap(), Note::Rekey1(Box::new(hello(1).1))]
    {
        let (_, mut counsellor) = talking(1);
        let Note::Rekey1(hello) = foreign else { panic!() };
        assert!(matches!(counsellor.rekey_answer(&hello, &seat(), answer_seed(3)), Err(RekeyError::Bad)));
        assert!(counsellor.is_over(), "a visitor who sends this is broken or worse");
    }
    let (_, answer) = answered(&hello(1).1, 1);
    assert!(visitor.rekey_begin(hello_seed(3)).is_ok());
    assert!(matches!(visitor.rekey_finish(&answer, &anchors(), NOW), Err(RekeyError::Bad)));
    assert!(visitor.is_over());
}

#[test]
fn an_answer_nobody_asked_for_ends_the_chat() {
    let (mut visitor, _) = talking(1);
    let (_, answer) = answered(&hello(1).1, 1);
    assert!(matches!(visitor.rekey_finish(&answer, &anchors(), NOW), Err(RekeyError::NotBegun)));
    assert!(visitor.is_over());
}

#[test]
fn a_shift_that_ends_during_the_chat_does_not_cut_it_off_for_ninety_minutes() {
    let until = u64::from(seat_terms().not_after);
    for (now, fine) in [(until + 90 * 60, true), (until + 90 * 60 + 1, false)] {
        let (mut visitor, mut counsellor) = talking(1);
        let note = visitor.rekey_begin(hello_seed(2)).ok().unwrap();
        let hello = rekey1(&mut counsellor, &visitor.seal(&note).unwrap());
        let envelope = counsellor.rekey_answer(&hello, &seat(), answer_seed(2)).unwrap();
        let answer = rekey2(&mut visitor, &envelope);
        let result = visitor.rekey_finish(&answer, &anchors(), now);
        match fine {
            true => assert!(result.is_ok()),
            false => assert!(matches!(result, Err(RekeyError::Seat(Refused::Expired))) && visitor.is_over()),
        }
    }
}

#[test]
fn a_seat_certificate_this_chat_has_not_met_gets_no_such_grace() {
    let (mut visitor, mut counsellor) = talking(1);
    let other_terms = lykta_trust::SeatTerms { serial: lykta_trust::Serial([0xC9; 16]), ..seat_terms() };
    let other = seat_with(&root(), CENTRE, staff_terms(), other_terms);
    let note = visitor.rekey_begin(hello_seed(2)).ok().unwrap();
    let hello = rekey1(&mut counsellor, &visitor.seal(&note).unwrap());
    let envelope = counsellor.rekey_answer(&hello, &other, answer_seed(2)).unwrap();
    let answer = rekey2(&mut visitor, &envelope);
    let late = u64::from(seat_terms().not_after) + 601;
    assert!(matches!(
        visitor.rekey_finish(&answer, &anchors(), late),
        Err(RekeyError::Seat(Refused::Expired))
    ));
}

#[test]
fn numbers_to_compare_agree_through_a_re_greeting_and_differ_between_chats() {
    let (mut visitor, mut counsellor) = talking(1);
    let (a, b) = ([0x0A; 32], [0x0B; 32]);
    let commitment = sas_commitment(&a);
    assert!(sas_matches(&commitment, &a) && !sas_matches(&commitment, &b));
    let shown = compare_numbers(&visitor, &a, &b);
    assert_eq!(shown, compare_numbers(&counsellor, &a, &b));
    assert!(shown.0.iter().all(|n| (1000..=9191).contains(n)));
    regreet(&mut visitor, &mut counsellor, 2);
    assert_eq!(shown, compare_numbers(&visitor, &a, &b));
    assert_eq!(shown, compare_numbers(&counsellor, &a, &b));
    assert_ne!(shown, compare_numbers(&talking(2).0, &a, &b));
    assert_ne!(shown, compare_numbers(&visitor, &b, &a));
}

#[test]
fn a_text_of_any_length_leaves_in_one_of_three_sizes_and_arrives_whole() {
    let (mut visitor, mut counsellor) = talking(1);
    let mut joiner = TextJoiner::new();
    // Latin, Swedish, Arabic, Ge'ez, Kurdish in Arabic script, emoji outside the basic plane.
    for unit in ["a", "å", "ش", "ሰ", "ڵ", "🫂"] {
        for units in [1, 2, 100, 127, 128, 253, 254, 255, 508, 509, 1000, 2044, 2045, 4000] {
            let text = unit.repeat(units / unit.encode_utf16().count().min(units));
            let parts = split_text(&text).ok().unwrap();
            assert!(parts.len() <= 4);
            let mut whole = None;
            for part in &parts {
                assert!(whole.is_none());
                let envelope = visitor.seal(part).unwrap();
                assert!(WIRE_SIZES.contains(&envelope.as_bytes().len()));
                let Ok(Opened { note: Note::Words(words), .. }) = counsellor.open(envelope.as_bytes()) else {
                    panic!()
                };
                whole = joiner.add(&words).unwrap();
            }
            assert_eq!(whole.unwrap().as_str(), text);
            assert!(!joiner.is_waiting());
        }
    }
}

/// A repeatable source of chance for the weather of the network.
struct Weather(u64);

impl Weather {
    fn percent(&mut self, chance: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % 100 < chance
    }
}

/// One end with the simplest possible delivery: everything unacknowledged is sent again every round.
struct End {
    session: Session,
    outbox: Vec<Envelope>,
    sealed: Vec<Envelope>,
    said: Vec<String>,
    heard: Vec<String>,
}

impl End {
    fn new(session: Session, sealed: Vec<Envelope>) -> Self {
        Self { session, outbox: Vec::new(), sealed, said: Vec::new(), heard: Vec::new() }
    }

    fn keep(&mut self, envelope: Envelope) {
        self.sealed.push(envelope.clone());
        self.outbox.push(envelope);
    }

    fn say(&mut self, text: String) {
        let envelope = self.session.seal(&words(&text)).unwrap();
        self.keep(envelope);
        self.said.push(text);
    }

    fn receive(&mut self, envelope: &[u8], seed: u8) {
        match self.session.receive(envelope) {
            Ok(Arrival::Beat(beat)) => self.outbox.retain(|kept| kept.header().number >= beat.next_wanted),
            Ok(Arrival::Kept(Opened { note: Note::Words(words), .. })) => {
                self.heard.push(words.text.to_string())
            }
            Ok(Arrival::Kept(Opened { note: Note::Rekey1(hello), .. })) => {
                let envelope = self.session.rekey_answer(&hello, &seat(), answer_seed(seed)).unwrap();
                self.keep(envelope);
            }
            Ok(Arrival::Kept(Opened { note: Note::Rekey2(answer), .. })) => {
                self.session.rekey_finish(&answer, &anchors(), NOW).unwrap();
            }
            Ok(Arrival::Kept(_)) => panic!("nobody sends that here"),
            Err(OpenError::Fatal(fatal)) => panic!("{fatal}"),
            Err(_) => {}
        }
    }
}

/// What an honest but unlucky, or a spiteful, network delivers of what was sent.
fn through(weather: &mut Weather, sent: &[Envelope], loss: u64, old: &mut Vec<Envelope>) -> Vec<Vec<u8>> {
    let mut arriving = Vec::new();
    for envelope in sent {
        if !weather.percent(loss) {
            arriving.push(envelope.as_bytes().to_vec());
        }
        if weather.percent(20) {
            arriving.push(envelope.as_bytes().to_vec());
        }
        if weather.percent(5) && !old.is_empty() {
            let replayed = &old[weather.0 as usize % old.len()];
            arriving.push(replayed.as_bytes().to_vec());
        }
        if weather.percent(3) {
            let mut forged = envelope.as_bytes().to_vec();
            let at = weather.0 as usize % forged.len();
            forged[at] ^= 1;
            arriving.push(forged);
        }
        if old.len() < 64 {
            old.push(envelope.clone());
        }
    }
    if weather.percent(30) {
        arriving.reverse();
    }
    arriving
}

#[test]
fn both_ends_read_every_word_once_and_in_order_whatever_the_network_and_the_re_greetings_do() {
    for (seed, loss) in (1u64..=24).zip([0, 5, 20, 40].into_iter().cycle()) {
        let mut weather = Weather(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (visitor, counsellor) = talking(seed as u8);
        let mut ends = [End::new(visitor, Vec::new()), End::new(counsellor, Vec::new())];
        let mut old = Vec::new();
        for round in 0..120u32 {
            let calm = round >= 80;
            if !calm {
                for (index, end) in ends.iter_mut().enumerate() {
                    if weather.percent(50) {
                        end.say(format!("{index} säger {round}"));
                    }
                }
                if !ends[0].session.is_rekeying() && ends[0].session.kept_since_greeting() >= 5 {
                    let note = ends[0].session.rekey_begin(hello_seed(round as u8)).ok().unwrap();
                    let envelope = ends[0].session.seal(&note).unwrap();
                    ends[0].keep(envelope);
                }
            }
            for from in [0, 1] {
                let mut sending = ends[from].outbox.clone();
                let beat = ends[from].session.seal_beat(&BeatState::default()).unwrap();
                ends[from].sealed.push(beat.clone());
                sending.push(beat);
                for arriving in through(&mut weather, &sending, if calm { 0 } else { loss }, &mut old) {
                    ends[1 - from].receive(&arriving, round as u8);
                }
            }
        }
        let [visitor, counsellor] = &ends;
        assert_eq!(visitor.said, counsellor.heard, "seed {seed}");
        assert_eq!(counsellor.said, visitor.heard, "seed {seed}");
        assert!(visitor.outbox.is_empty() && counsellor.outbox.is_empty(), "seed {seed}");
        assert_eq!(visitor.session.epoch(), counsellor.session.epoch(), "seed {seed}");
        assert!(visitor.session.epoch() >= 2, "seed {seed}: {}", visitor.session.epoch());
        for end in &ends {
            // (kind, epoch, number) never twice in one direction: kept keys move on with every number, beat
            // keys take the number as nonce, so this is what "no nonce twice" means here.
            let mut used: Vec<_> = end
                .sealed
                .iter()
                .map(|e| (e.header().kind == Kind::Beat, e.header().epoch, e.header().number))
                .collect();
            used.sort_unstable();
            assert!(used.windows(2).all(|pair| pair[0] != pair[1]), "seed {seed}");
        }
    }
}

#[test]
fn whatever_single_transmission_of_a_re_greeting_is_lost_the_chat_goes_on_with_new_keys() {
    // Every kept envelope and beat of the exchange, in order; the n-th is lost the first time it is sent.
    for lost in 0..14 {
        let (visitor, counsellor) = talking(1);
        let mut ends = [End::new(visitor, Vec::new()), End::new(counsellor, Vec::new())];
        ends[0].say("före".into());
        ends[1].say("före".into());
        let note = ends[0].session.rekey_begin(hello_seed(9)).ok().unwrap();
        let envelope = ends[0].session.seal(&note).unwrap();
        ends[0].keep(envelope);
        ends[0].say("under".into());
        ends[1].say("under".into());
        let mut transmission = 0;
        for round in 0..6 {
            for from in [0, 1] {
                let mut sending = ends[from].outbox.clone();
                sending.push(ends[from].session.seal_beat(&BeatState::default()).unwrap());
                for envelope in sending {
                    if transmission != lost {
                        ends[1 - from].receive(envelope.as_bytes(), 9);
                    }
                    transmission += 1;
                }
            }
            if round == 2 {
                ends[0].say("efter".into());
                ends[1].say("efter".into());
            }
        }
        let [visitor, counsellor] = &ends;
        assert_eq!(visitor.heard, ["före", "under", "efter"], "lost {lost}");
        assert_eq!(counsellor.heard, ["före", "under", "efter"], "lost {lost}");
        assert_eq!((visitor.session.epoch(), counsellor.session.epoch()), (1, 1), "lost {lost}");
        assert!(visitor.outbox.is_empty() && counsellor.outbox.is_empty(), "lost {lost}");
        assert!(!visitor.session.is_rekeying() && !counsellor.session.is_rekeying(), "lost {lost}");
    }
}

#[test]
fn a_chat_that_began_with_a_counsellor_is_not_re_greeted_by_another_role() {
    let (mut visitor, mut counsellor) = talking(1);
    let terms = lykta_trust::StaffTerms { role: lykta_trust::Role::Expert, ..staff_terms() };
    let expert = seat_with(&root(), CENTRE, terms, seat_terms());
    let note = visitor.rekey_begin(hello_seed(2)).ok().unwrap();
    let hello = rekey1(&mut counsellor, &visitor.seal(&note).unwrap());
    let envelope = counsellor.rekey_answer(&hello, &expert, answer_seed(2)).unwrap();
    let answer = rekey2(&mut visitor, &envelope);
    assert!(matches!(
        visitor.rekey_finish(&answer, &anchors(), NOW),
        Err(RekeyError::Seat(Refused::WrongRole))
    ));
    assert!(visitor.is_over());
}

#[test]
fn every_secret_of_the_public_interface_erases_itself() {
    fn erases_itself<T: zeroize::ZeroizeOnDrop>() {}
    erases_itself::<HelloSeed>();
    erases_itself::<AnswerSeed>();
    erases_itself::<StaffSeed>();
    erases_itself::<ChainSecret>();
    erases_itself::<SeatKey>();
    erases_itself::<Awaiting>();
    erases_itself::<Unconfirmed>();
    erases_itself::<Session>();
    erases_itself::<StaffAwaiting>();
    erases_itself::<StaffUnproven>();
    erases_itself::<lykta_trust::RootKey>();
    erases_itself::<lykta_trust::StaffKey>();
    erases_itself::<lykta_trust::DoorKey>();

    let mut seed = [7; 96];
    let _ = HelloSeed::take(&mut seed);
    assert_eq!(seed, [0; 96], "and the array it was taken from is empty");
}
