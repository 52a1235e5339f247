//! Both relays are restarted one after the other, as an update does it, while many people talk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lykta_client::{LinkView, Phase};
use lykta_server::line::Spans;
use lykta_tests::{Counsellor, Redis, Relays, Visitor};
use lykta_wire::TicketName;

use crate::RELAY;

/// How long somebody thinks before they answer.
const THINKS: Duration = Duration::from_millis(500);
/// Chats of one console.
const EACH: usize = 3;
/// As long as anybody may hear nothing: a drain spreads visitors over 4 s, and who is sent to the other relay may be sent away
/// there once more; the rest is a busy machine.
const SILENCE: Duration = Duration::from_secs(20);

/// Two people, and what they have said.
struct Chat<'c> {
    visitor: Visitor,
    counsellor: &'c Counsellor,
    ticket: TicketName,
    theirs: Vec<String>,
    ours: Vec<String>,
    /// The longest that somebody waited for the other's next word, after it was said.
    longest: Duration,
}

impl Chat<'_> {
    /// One says something, and the other has heard it; each in their turn, for as long as `goes_on` and twice more:
    /// whoever is still on the way back then is waited for.
    async fn talks(&mut self, goes_on: &AtomicBool) {
        let mut more = 0;
        while more < 2 {
            more += usize::from(!goes_on.load(Ordering::Relaxed));
            let round = self.theirs.len();
            self.theirs.push(format!("besökaren {round}"));
            let said = Instant::now();
            self.visitor.says(&self.theirs[round]);
            self.counsellor
                .until_chat(self.ticket, "the visitor's next word", |chat| chat.heard().len() > round)
                .await;
            self.longest = self.longest.max(said.elapsed());
            tokio::time::sleep(THINKS).await;
            self.ours.push(format!("kuratorn {round}"));
            let said = Instant::now();
            self.counsellor.says(self.ticket, &self.ours[round]);
            self.visitor.until("the counsellor's next word", |seen| seen.heard().len() > round).await;
            self.longest = self.longest.max(said.elapsed());
            tokio::time::sleep(THINKS).await;
        }
    }

    /// Everything was heard, once and in order, in one conversation that nothing interrupted.
    fn is_whole(&self) {
        let (visitor, counsellor) = (self.visitor.sees(), self.counsellor.sees_chat(self.ticket));
        assert_eq!(counsellor.heard(), self.theirs);
        assert_eq!(visitor.heard(), self.ours);
        assert_eq!(visitor.emptied, 0, "the conversation was never interrupted");
        assert_eq!((visitor.view.phase, counsellor.view.phase), (Phase::Talking, Phase::Talking));
        assert_eq!(visitor.view.link, LinkView::Up);
    }
}

/// So many chats over two relays, each of which is asked to end and started anew, while everybody goes on talking.
async fn nobody_notices_more_than_a_moment(chats: usize) {
    let redis = Redis::starts().await;
    let mut relays = Relays::open(RELAY, 2, redis.url(), Spans::default()).await;
    let mut counsellors = Vec::new();
    for number in 0..chats.div_ceil(EACH) {
        counsellors.push(relays.counsellor_on(number % 2, 0).await);
    }
    let mut all = Vec::new();
    for number in 0..chats {
        let counsellor = &counsellors[number / EACH];
        // On the counsellor's relay, on the other one, and so on.
        let visitor = relays.visitor_on((number + number / 2) % 2).await;
        let ticket = counsellor.talks_to_next().await;
        visitor.talks().await;
        let (theirs, ours) = (Vec::new(), Vec::new());
        all.push(Chat { visitor, counsellor, ticket, theirs, ours, longest: Duration::ZERO });
    }
    let before: usize = all.iter().map(|chat| chat.visitor.sees().sockets).sum();

    let goes_on = AtomicBool::new(true);
    let restarts = async {
        for number in 0..2 {
            let was = relays.address(number);
            let asked = Instant::now();
            relays.drains(number);
            relays.has_ended(number).await;
            relays.is_raised_again(number, was);
            eprintln!(
                "relay {number} was away {:.1} s after it was asked to end",
                asked.elapsed().as_secs_f32()
            );
        }
        goes_on.store(false, Ordering::Relaxed);
    };
    tokio::join!(restarts, join_all(all.iter_mut().map(|chat| chat.talks(&goes_on))));

    all.iter().for_each(Chat::is_whole);
    let moved = all.iter().map(|chat| chat.visitor.sees().sockets).sum::<usize>() - before;
    assert!(moved >= chats, "every visitor was on a relay that ended: {moved} new sockets");
    let notes: usize = all.iter().map(|chat| chat.theirs.len() + chat.ours.len()).sum();
    let mut silences: Vec<_> = all.iter().map(|chat| chat.longest).collect();
    silences.sort_unstable();
    let (middle, longest) = (silences[silences.len() / 2], silences[silences.len() - 1]);
    eprintln!(
        "{chats} chats, both relays restarted: {notes} notes, none lost; the longest that anybody waited for a word \
         that was said: {:.1} s, half of them at most {:.1} s",
        longest.as_secs_f32(),
        middle.as_secs_f32()
    );
    assert!(longest < SILENCE, "somebody heard nothing for {longest:?}");
    assert!(notes >= 4 * chats, "they hardly spoke: {notes} notes");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_relays_are_restarted_under_a_hundred_chats_and_none_is_lost() {
    nobody_notices_more_than_a_moment(100).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "nightly"]
async fn both_relays_are_restarted_under_five_hundred_chats_and_none_is_lost() {
    nobody_notices_more_than_a_moment(500).await;
}
