//! A visitor and a counsellor in a chat, and everything they have said to each other: nothing of it may be
//! lost, repeated or reordered.

use lykta_tests::{Counsellor, Relays, Visitor};
use lykta_wire::TicketName;

use crate::table;

/// Two people in a chat.
pub(crate) struct Pair {
    pub(crate) visitor: Visitor,
    pub(crate) counsellor: Counsellor,
    pub(crate) ticket: TicketName,
    theirs: Vec<String>,
    ours: Vec<String>,
}

/// When a story is over its table has heard how much was said in it.
impl Drop for Pair {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            table::counted(self.theirs.len() + self.ours.len());
        }
    }
}

impl Pair {
    /// A visitor on one relay with person `person` on another. Nobody else may be waiting.
    pub(crate) async fn talks(relays: &Relays, visitor: usize, counsellor: usize, person: u8) -> Self {
        let counsellor = relays.counsellor_on(counsellor, person).await;
        let visitor = relays.visitor_on(visitor).await;
        Self::meet(visitor, counsellor).await
    }

    /// These two, who wait for each other and for nobody else.
    pub(crate) async fn meet(visitor: Visitor, counsellor: Counsellor) -> Self {
        let ticket = counsellor.talks_to_next().await;
        visitor.talks().await;
        Self { visitor, counsellor, ticket, theirs: Vec::new(), ours: Vec::new() }
    }

    /// Both talk at once, in texts of several sizes.
    pub(crate) fn burst(&mut self) {
        for n in 0..8 {
            let round = self.theirs.len();
            self.theirs.push(format!("besökaren {round} {}", "x".repeat(n * 150)));
            self.ours.push(format!("kuratorn {round} {}", "y".repeat(n * 150)));
            self.visitor.says(&self.theirs[round]);
            self.counsellor.says(self.ticket, &self.ours[round]);
        }
    }

    /// Waits until the visitor has begun to hear the last burst: it is under way, not over.
    pub(crate) async fn is_under_way(&self) {
        let before = self.ours.len() - 8;
        self.visitor.until("the first words of a burst", |seen| seen.heard().len() > before).await;
    }

    /// The counsellor has heard everything.
    pub(crate) async fn counsellor_has_heard_everything(&self) {
        self.counsellor.hears(self.ticket, &self.theirs).await;
    }

    /// Both have heard everything, once and in order, and both know that it arrived.
    pub(crate) async fn has_heard_everything(&self) {
        self.counsellor.hears(self.ticket, &self.theirs).await;
        self.visitor.hears(&self.ours).await;
        self.visitor.is_delivered().await;
        self.counsellor.is_delivered(self.ticket).await;
        // Also nothing more than that.
        assert_eq!(self.counsellor.sees_chat(self.ticket).heard(), self.theirs);
        assert_eq!(self.visitor.sees().heard(), self.ours);
        assert_eq!(self.visitor.sees().emptied, 0, "the conversation was never interrupted");
    }

    /// How many sockets each has opened so far.
    pub(crate) fn sockets(&self) -> [usize; 2] {
        [self.visitor.sees().sockets, self.counsellor.sees().sockets]
    }
}
