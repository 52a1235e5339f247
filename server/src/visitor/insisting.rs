//! A visitor who greets anew while their chat still has its seat.
//!
//! Whoever greets has no keys: they chose the front of the line while the counsellor was lost, or a greeting failed.
//! The store does not take a chat from a seat that lives for one such word, which may be late: it may be about the
//! chat before. But a visitor who says it again, after an answer, about the same chat, means this one, and would wait
//! for ever beside a counsellor who has come back.

use std::time::Duration;

use lykta_wire::Claim;

use crate::clock::Moment;

/// Two greetings so far apart are no repetition of one. A visitor insists every 10 s.
const APART: Duration = Duration::from_secs(5);

/// The chat that a greeting was answered with, and when first.
#[derive(Default)]
pub(super) struct Insisting(Option<(Claim, Moment)>);

impl Insisting {
    /// The visitor greeted and was answered with this chat; whether they had heard that before.
    pub(super) fn again(&mut self, claim: Claim, now: Moment) -> bool {
        match self.0 {
            Some((known, since)) if known == claim => now.since(since) >= APART,
            _ => {
                self.0 = Some((claim, now));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_000_000);

    #[test]
    fn one_greeting_is_not_insisting_and_neither_is_its_repetition_at_once() {
        let mut insisting = Insisting::default();
        assert!(!insisting.again(Claim(3), NOW));
        assert!(!insisting.again(Claim(3), NOW.plus(APART - Duration::from_millis(1))));
        assert!(insisting.again(Claim(3), NOW.plus(APART)));
    }

    #[test]
    fn another_chat_is_another_matter() {
        let mut insisting = Insisting::default();
        assert!(!insisting.again(Claim(3), NOW));
        assert!(!insisting.again(Claim(4), NOW.plus(APART)));
        assert!(insisting.again(Claim(4), NOW.plus(APART * 2)));
    }
}
