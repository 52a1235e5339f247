//! What the line promises about several envelopes at once, and about how far a box is filled.

use lykta_wire::{ChatRef, Envelope, Kind, Member};

use super::{Story, at, envelope, kept};
use crate::line::{Bell, Cursor, Fetched, Level, Line, NotPut, Put, Step};

const SEAT: Member = Member::COUNSELLOR;
const VISITOR: Member = Member::VISITOR;

impl Story {
    async fn puts_all(&self, chat: ChatRef, numbers: &[u32], second: u64) -> Put {
        let envelopes = numbers.iter().map(|number| kept(*number)).collect();
        self.0.put(chat, SEAT, VISITOR, envelopes, at(second)).await.expect("the store is here")
    }

    async fn fetches_all(&self, chat: ChatRef, cursor: &mut Cursor) -> Vec<Envelope> {
        let mut all = Vec::new();
        loop {
            let some = self.0.fetch(chat, VISITOR, cursor, 3, at(60)).await.expect("the store is here");
            let is_all = some.len() < 3;
            all.extend(some.into_iter().map(|Fetched { envelope, .. }| envelope));
            if is_all {
                return all;
            }
        }
    }
}

pub(super) async fn envelopes_put_together_are_stored_as_if_each_came_by_itself(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let put = story.puts_all(chat, &[0, 1, 2], 1).await;
    assert_eq!((put.stored, put.new, put.why_not, put.level.next), (3, 3, None, 3));
    let put = story.puts_all(chat, &[1, 2, 3, 4], 1).await;
    assert_eq!((put.stored, put.new, put.why_not, put.level.next), (4, 2, None, 5), "two lay there");
    let put = story.puts_all(chat, &[5, 7, 6], 1).await;
    assert_eq!((put.stored, put.new, put.level.next), (1, 1, 6));
    assert_eq!(put.why_not, Some(NotPut::OutOfOrder), "and none behind it");
    let put = story.puts_all(chat, &[9, 6], 1).await;
    assert_eq!((put.stored, put.new, put.why_not), (0, 0, Some(NotPut::OutOfOrder)));
    let rest: Vec<u32> = (6..70).collect();
    let put = story.puts_all(chat, &rest, 1).await;
    assert_eq!((put.stored, put.new, put.why_not, put.level.next), (58, 58, Some(NotPut::Full), 64));
    let all: Vec<_> = (0..64).map(kept).collect();
    assert_eq!(story.fetches_all(chat, &mut Cursor::default()).await, all);
}

pub(super) async fn what_is_fetched_together_is_what_would_be_fetched_one_by_one(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let answer = envelope(Kind::Answer, 0);
    story.0.put(chat, SEAT, VISITOR, vec![answer], at(1)).await.unwrap().all().unwrap();
    story.puts_all(chat, &[0, 1, 2, 3], 1).await;
    story.0.beat(chat, SEAT, VISITOR, envelope(Kind::Beat, 9), at(1)).await.unwrap();
    for most in 1..9 {
        let (mut together, mut single) = (Cursor::default(), Cursor::default());
        loop {
            let some = story.0.fetch(chat, VISITOR, &mut together, most, at(2)).await.unwrap();
            for one in &some {
                assert_eq!(story.fetches(chat, VISITOR, &mut single).await.as_ref(), Some(one));
            }
            if some.len() < most {
                break;
            }
        }
        assert_eq!(story.fetches(chat, VISITOR, &mut single).await, None, "fewer than {most}: no more");
    }
}

/// What a reader has before something is put; each of these once, and then the next thing.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Everything,
    AllBut(usize),
}

pub(super) async fn an_envelope_is_the_next_one_exactly_when_the_box_would_give_it(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let (mut number, mut beats, mut nexts) = (0, 0, 0);
    // Answers, envelopes and beats in every order of three, in a box that is read or not.
    for order in 0..27 {
        for before in [Before::Everything, Before::Nothing, Before::AllBut(1), Before::AllBut(2)] {
            let mut reader = Cursor::default();
            match before {
                Before::Nothing => {}
                Before::Everything => drop(story.fetches_all(chat, &mut reader).await),
                Before::AllBut(left) => {
                    let all = story.fetches_all(chat, &mut Cursor::default()).await.len();
                    for _ in left..all {
                        story.fetches(chat, VISITOR, &mut reader).await;
                    }
                }
            }
            for kind in [order % 3, order / 3 % 3, order / 9] {
                let second = 1 + u64::from(number);
                let (said, level) = match kind {
                    0 => {
                        let answer = envelope(Kind::Answer, number);
                        let put = story.0.put(chat, SEAT, VISITOR, vec![answer.clone()], at(second)).await;
                        (answer, put.unwrap().level)
                    }
                    1 => {
                        number += 1;
                        (kept(number - 1), story.puts_all(chat, &[number - 1], second).await.level)
                    }
                    _ => {
                        beats += 1;
                        let beat = envelope(Kind::Beat, beats);
                        let put = story.0.beat(chat, SEAT, VISITOR, beat.clone(), at(second)).await.unwrap();
                        (beat, put.expect("nobody has said goodbye"))
                    }
                };
                let (mut handed, mut looks) = (reader, reader);
                assert!(!reader.has_passed(SEAT, level), "what was just put is new to everybody");
                let found = story.fetches(chat, VISITOR, &mut looks).await.expect("something is there");
                if handed.step(SEAT, &said, level) == Step::Next {
                    nexts += 1;
                    assert_eq!(found.envelope, said);
                    reader = handed;
                    let mut again = handed;
                    assert_ne!(again.step(SEAT, &said, level), Step::Next, "once");
                }
                if reader.has_passed(SEAT, level) {
                    assert_eq!(story.fetches(chat, VISITOR, &mut reader).await, None);
                }
            }
        }
        story.0.got(chat, SEAT, VISITOR, number, at(1 + u64::from(number))).await.unwrap();
    }
    assert!(nexts > 100, "{nexts} were the next ones");
}

pub(super) async fn a_bell_says_how_far_the_box_is_filled(story: Story) {
    let mut bells = story.0.bells();
    let chat = story.talking(1, 1, at(0)).await;
    let put = story.puts_all(chat, &[0, 1, 2], 1).await.level;
    let beat = envelope(Kind::Beat, 1);
    let beat = story.0.beat(chat, SEAT, VISITOR, beat, at(1)).await.unwrap().unwrap();
    assert_eq!((put.answer, put.next, put.beat), (0, 3, 0));
    assert_eq!(beat, Level { beat: beat.beat, ..put });
    let goodbye = (SEAT, envelope(Kind::Beat, 2));
    story.0.leave(chat.ticket, chat.claim, vec![goodbye], at(2)).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 4 {
        let bell = tokio::time::timeout(std::time::Duration::from_secs(10), bells.recv()).await;
        if let Bell::Box { ticket, from, to, level } = bell.expect("a bell").expect("the store lives") {
            assert_eq!(ticket, chat.ticket);
            heard.push((from, to, level));
        }
    }
    assert_eq!(heard[0].2.next, 1, "the visitor's confirmation");
    assert_eq!(heard[1..3], [(SEAT, VISITOR, put), (SEAT, VISITOR, beat)]);
    assert_eq!((heard[3].0, heard[3].1, heard[3].2.next), (VISITOR, SEAT, 0));
    assert!(!Cursor::default().has_passed(VISITOR, heard[3].2), "a goodbye is new");
}
