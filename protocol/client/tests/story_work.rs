//! Very many come at once: a visitor's device works for its place, in steps that no page feels.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: helpers may stop the story")]

mod world;

use lykta_client::{About, ChainSecret, Phase, ReturnKey, Trouble, Visit, VisitInput, Wish};
use lykta_wire::{CloseCode, Lane, Languages, OpenState, Puzzle, Refusal, TicketName, ToRelay, ToVisitor};
use world::{Random, START_MS, anchors};

struct Page {
    visit: Visit,
    now: u64,
    random: Random,
    ticket: Option<TicketName>,
}

impl Page {
    fn opens() -> Self {
        let visit = Visit::new(anchors(), 0, true);
        Self { visit, now: START_MS, random: Random(5), ticket: None }
    }

    /// On the way into the line, on an open socket.
    fn joins() -> Self {
        let mut page = Self::opens();
        let (lane, languages) = (Lane::Support, Languages::default());
        page.step(VisitInput::Join { lane, languages, about: About::Myself });
        page.step(VisitInput::Opened);
        page
    }

    fn step(&mut self, input: VisitInput<'_>) -> Vec<ToRelay> {
        let wishes = self.visit.step(self.now, &mut self.random.seed(), input);
        let sent: Vec<_> = wishes
            .into_iter()
            .filter_map(|wish| match wish {
                Wish::Send(frame) => Some(ToRelay::decode(&frame).unwrap()),
                _ => None,
            })
            .collect();
        for frame in &sent {
            if let ToRelay::Join { secret, .. } | ToRelay::Return { secret, .. } = frame {
                self.ticket = Some(secret.name());
            }
        }
        sent
    }

    fn hears(&mut self, frame: &ToVisitor) -> Vec<ToRelay> {
        self.step(VisitInput::Frame(&frame.encode()))
    }

    fn is_asked(&mut self, bits: u8) -> Puzzle {
        let puzzle = Puzzle::new([bits; 16], bits).unwrap();
        assert!(self.hears(&ToVisitor::Work { puzzle }).is_empty(), "no work is done in one step");
        puzzle
    }

    fn wants_to_go_on(&self) -> bool {
        self.visit.wake_at_ms() == Some(self.now + 1)
    }

    /// Goes on as long as it wants to, each step taking so long; what was sent, and the steps.
    fn works(&mut self, each_ms: u64) -> (Vec<ToRelay>, u32) {
        let (mut sent, mut steps) = (Vec::new(), 0);
        while self.wants_to_go_on() {
            self.now += each_ms;
            sent.extend(self.step(VisitInput::Tick));
            steps += 1;
        }
        (sent, steps)
    }

    fn trouble(&self) -> Option<Trouble> {
        self.visit.view().trouble
    }

    fn is_solved(&self, puzzle: &Puzzle, sent: &[ToRelay]) {
        match sent {
            [ToRelay::Worked { counters }] => assert!(puzzle.is_solved(self.ticket.unwrap(), counters)),
            _ => panic!("the work, once, and nothing else"),
        }
    }
}

#[test]
fn a_phone_works_in_many_small_steps_and_says_so_until_it_is_let_in() {
    let mut page = Page::joins();
    let puzzle = page.is_asked(10);
    assert_eq!(page.trouble(), Some(Trouble::Working));
    let (sent, steps) = page.works(5);
    page.is_solved(&puzzle, &sent);
    // 16 x 2^10 hashes, 4,096 in a step at most and fewer at first.
    assert!((5..100).contains(&steps), "{steps} steps");
    assert_eq!(page.trouble(), Some(Trouble::Crowded), "until the relay has let them in");
    let ticket = page.ticket.unwrap();
    page.hears(&ToVisitor::Joined { ticket });
    assert_eq!((page.visit.view().phase, page.trouble()), (Phase::Waiting, None));
    assert!(!page.wants_to_go_on());
}

#[test]
fn a_slow_device_takes_smaller_steps_and_gives_up_after_ten_seconds_but_not_the_visit() {
    let mut page = Page::joins();
    page.is_asked(14);
    let (sent, steps) = page.works(100);
    assert!(sent.is_empty());
    assert_eq!(steps, 100, "ten seconds of it");
    assert_eq!((page.visit.view().phase, page.trouble()), (Phase::Joining, Some(Trouble::Crowded)));
    // The turn comes on the same socket.
    let ticket = page.ticket.unwrap();
    page.hears(&ToVisitor::Joined { ticket });
    assert_eq!((page.visit.view().phase, page.trouble()), (Phase::Waiting, None));
}

#[test]
fn what_is_written_meanwhile_is_kept_and_leaving_works_at_any_step() {
    let mut page = Page::joins();
    page.is_asked(14);
    page.now += 5;
    page.step(VisitInput::Say("hej"));
    assert_eq!(page.visit.view().unsent, 1);
    let sent = page.step(VisitInput::Leave);
    assert!(matches!(&sent[..], [ToRelay::Leave(leave)] if leave.secret.name() == page.ticket.unwrap()));
    assert_eq!(page.visit.view().phase, Phase::Over);
    assert!(!page.wants_to_go_on());
    assert!(page.step(VisitInput::Tick).is_empty());
}

#[test]
fn nothing_of_the_work_outlives_its_socket() {
    let mut page = Page::joins();
    page.is_asked(14);
    page.now += 5;
    page.step(VisitInput::Closed(1006));
    assert_eq!(page.trouble(), None);
    assert!(!page.wants_to_go_on());
    page.now += 2_000;
    page.step(VisitInput::Tick);
    let sent = page.step(VisitInput::Opened);
    assert!(matches!(&sent[..], [ToRelay::Join { .. }]));
    // Another socket, perhaps another relay: another puzzle.
    let puzzle = page.is_asked(8);
    let (sent, _) = page.works(5);
    page.is_solved(&puzzle, &sent);
}

#[test]
fn who_is_sent_away_in_a_crowd_comes_back_slowly_and_works_again() {
    let mut page = Page::joins();
    page.is_asked(14);
    let (_, _) = page.works(100);
    page.hears(&ToVisitor::Refused { refusal: Refusal::TooMany, state: OpenState::Open });
    page.step(VisitInput::Closed(CloseCode::TooMany.number()));
    assert_eq!(page.trouble(), Some(Trouble::Relay(Refusal::TooMany)));
    let retry = page.visit.retry_at_ms().unwrap();
    assert!(retry >= page.now + 8_000);
    page.now = retry;
    page.step(VisitInput::Tick);
    page.step(VisitInput::Opened);
    let puzzle = page.is_asked(8);
    assert_eq!(page.trouble(), Some(Trouble::Working), "the old refusal is not said any more");
    let (sent, _) = page.works(5);
    page.is_solved(&puzzle, &sent);
}

#[test]
fn who_comes_back_with_words_works_too() {
    let mut page = Page::opens();
    let words = ReturnKey { id: [1; 16], key: ChainSecret::take(&mut [2; 32]) };
    let (lane, languages) = (Lane::Support, Languages::default());
    page.step(VisitInput::Return { lane, languages, about: About::Myself, words });
    page.step(VisitInput::Opened);
    let puzzle = page.is_asked(8);
    let (sent, _) = page.works(5);
    page.is_solved(&puzzle, &sent);
}

#[test]
fn nobody_can_be_made_to_work_who_is_not_on_the_way_in() {
    let mut page = Page::joins();
    let ticket = page.ticket.unwrap();
    page.hears(&ToVisitor::Joined { ticket });
    page.is_asked(14);
    assert_eq!(page.trouble(), None);
    assert!(!page.wants_to_go_on());
    // And a puzzle harder than any phone should solve is none.
    let mut page = Page::joins();
    let mut frame = ToVisitor::Work { puzzle: Puzzle::new([1; 16], 14).unwrap() }.encode();
    frame[17] = 40;
    page.step(VisitInput::Frame(&frame));
    assert_eq!(page.trouble(), None);
    assert!(!page.wants_to_go_on());
}
