//! Chats that the store gives to this seat and that its console never names.
//!
//! A verb whose answer did not come may be done later all the same: the console was told that the store was away,
//! gave the chat up, and the store makes it this seat's again. Nobody has its keys then. Its visitor would wait for
//! ever, so the chat is put back.

use std::collections::BTreeMap;
use std::time::Duration;

use lykta_wire::ChatRef;

use crate::clock::Moment;
use crate::line::SeatChat;

/// So long a chat may stand unnamed. A console names those it holds at once, and again after half a minute.
pub(super) const UNNAMED: Duration = Duration::from_secs(45);

/// Since when each of them has stood there.
#[derive(Default)]
pub(super) struct Unnamed(BTreeMap<ChatRef, Moment>);

impl Unnamed {
    /// Looks at what the store gives to the seat; answers what has been unnamed for too long.
    pub(super) fn look(
        &mut self,
        chats: &[SeatChat],
        is_named: impl Fn(ChatRef) -> bool,
        now: Moment,
    ) -> Vec<ChatRef> {
        let unnamed: Vec<ChatRef> =
            chats.iter().map(|found| found.chat).filter(|chat| !is_named(*chat)).collect();
        self.0.retain(|chat, _| unnamed.contains(chat));
        unnamed.into_iter().filter(|chat| now.since(*self.0.entry(*chat).or_insert(now)) >= UNNAMED).collect()
    }
}

#[cfg(test)]
mod tests {
    use lykta_wire::{Claim, Member, TicketName};

    use super::*;

    const NOW: Moment = Moment(1_000_000);

    fn found(claim: u32) -> SeatChat {
        let chat = ChatRef { ticket: TicketName([7; 32]), claim: Claim(claim) };
        SeatChat { chat, member: Member::COUNSELLOR, owner: true, visitor_lost: None }
    }

    #[test]
    fn a_chat_that_nobody_names_is_given_up_after_its_time_and_not_before() {
        let mut unnamed = Unnamed::default();
        assert_eq!(unnamed.look(&[found(1)], |_| false, NOW), []);
        let almost = NOW.plus(UNNAMED - Duration::from_millis(1));
        assert_eq!(unnamed.look(&[found(1)], |_| false, almost), []);
        assert_eq!(unnamed.look(&[found(1)], |_| false, NOW.plus(UNNAMED)), [found(1).chat]);
    }

    #[test]
    fn a_chat_that_is_named_in_time_or_gone_for_a_moment_begins_anew() {
        let mut unnamed = Unnamed::default();
        for answer in [vec![found(1)], Vec::new()] {
            let _ = unnamed.look(&[found(1)], |_| false, NOW);
            // Named, or no more in the store, and then unnamed again.
            let _ = unnamed.look(&answer, |_| true, NOW.plus(UNNAMED / 2));
            assert_eq!(unnamed.look(&[found(1)], |_| false, NOW.plus(UNNAMED)), []);
        }
    }

    #[test]
    fn another_claim_on_the_same_ticket_is_another_chat() {
        let mut unnamed = Unnamed::default();
        let _ = unnamed.look(&[found(1)], |_| false, NOW);
        assert_eq!(unnamed.look(&[found(2)], |_| false, NOW.plus(UNNAMED)), []);
    }
}
