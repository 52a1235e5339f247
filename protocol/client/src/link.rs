//! The line to the relay: open, lost, opened again. Losing it ends nothing.

use lykta_wire::CloseCode;

use crate::clock::Steady;
use crate::seed::Seed;

/// An opening that takes longer is given up, ms. A dead network answers nothing at all.
pub(crate) const OPENING_MS: u64 = 10_000;
/// Nothing heard for this long: ask, ms. The relay's own pings are invisible to a page.
pub(crate) const QUIET_MS: u64 = 25_000;
/// No answer to a probe for this long: the socket is dead, ms.
pub(crate) const PROBE_MS: u64 = 10_000;
/// The first retry comes within this, ms: most losses are a phone changing networks.
pub(crate) const FIRST_RETRY_MS: u64 = 1_000;
/// Nobody comes back sooner, ms: a close that is answered at once with an open would spin.
pub(crate) const RETRY_MIN_MS: u64 = 50;
/// The longest wait between tries while somebody looks, ms.
pub(crate) const CAP_VISIBLE_MS: u64 = 30_000;
/// The longest wait between tries while the page is hidden, ms.
pub(crate) const CAP_HIDDEN_MS: u64 = 60_000;
/// A socket that lived this long was a good one: the next loss starts again with a quick retry, ms.
pub(crate) const SETTLED_MS: u64 = 10_000;
/// An earlier socket of one's own can be heard of so late, ms: its frame was on a way that was lost, or the store was
/// asked for it and answered nobody. Then the relay takes it for the newer one.
pub(crate) const GHOST_MS: u64 = 60_000;
/// The relay may not send anybody away for longer than this, ms.
pub(crate) const RESTART_MAX_MS: u64 = 300_000;

/// What the link asks of whoever holds the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkWish {
    /// Open a new socket, forgetting any earlier one.
    Open,
    /// Close the socket and report nothing more of it.
    Close,
    /// Send the probe frame.
    Probe,
}

/// Where the link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// No socket; the next try comes at `try_at`.
    Down {
        /// When.
        try_at: Steady,
    },
    /// A socket is being opened.
    Opening {
        /// Since when.
        since: Steady,
    },
    /// Frames flow.
    Up {
        /// Since when.
        since: Steady,
        /// When the last frame came.
        heard_at: Steady,
        /// When a probe went out that nothing has answered yet.
        probed_at: Option<Steady>,
    },
    /// Not wanted, or not wanted any more.
    Stopped,
}

/// One client's line to the relay.
///
/// ```text
///                       +------------------- closed, failed, 10 s ------------------+
///                       v                                                           |
/// Stopped --start--> Down { try_at } --tick at try_at, wake--> Opening --opened--> Up
///    ^                  ^                                                           |
///    |                  +------ closed; probe unanswered; Restarting(after, within) +
///    +--- stop; closed with Replaced or Over, from anywhere
/// ```
///
/// Replaced within a minute of an earlier socket of one's own: perhaps by that one, heard late. Then it comes back,
/// once a minute at most, so that two who hold the same secret do not take turns for ever.
///
/// Up: nothing heard for 25 s, or `wake` → probe; unanswered for 10 s → close, Down. The first retry comes
/// within a second, later ones after 1, 2, 4 … 30 s (60 s hidden), each spread over its second half.
pub struct Link {
    state: LinkState,
    failures: u32,
    last_try: Option<Steady>,
    /// When the socket before the present one was opened.
    earlier_try: Option<Steady>,
    /// When a replacement was last taken for a socket of our own.
    ghost_at: Option<Steady>,
    visible: bool,
    restart_at: Option<Steady>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            state: LinkState::Stopped,
            failures: 0,
            last_try: None,
            earlier_try: None,
            ghost_at: None,
            visible: true,
            restart_at: None,
        }
    }
}

impl Link {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> LinkState {
        self.state
    }

    /// Frames can be sent.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.state, LinkState::Up { .. })
    }

    /// Whether it has been stopped and will not come back by itself.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.state == LinkState::Stopped
    }

    /// The moment [`Self::tick`] is wanted next.
    #[must_use]
    pub fn wake_at(&self) -> Option<Steady> {
        match self.state {
            LinkState::Down { try_at } => Some(try_at),
            LinkState::Opening { since } => Some(since + OPENING_MS),
            LinkState::Up { heard_at, probed_at, .. } => {
                let quiet = probed_at.map_or(heard_at + QUIET_MS, |at| at + PROBE_MS);
                Some(self.restart_at.map_or(quiet, |at| at.min(quiet)))
            }
            LinkState::Stopped => None,
        }
    }

    /// The link is wanted: opens at once. Does nothing unless stopped.
    pub fn start(&mut self, now: Steady) -> Option<LinkWish> {
        self.is_stopped().then(|| self.open(now))
    }

    /// The link is not wanted any more.
    pub fn stop(&mut self) -> Option<LinkWish> {
        let open = matches!(self.state, LinkState::Opening { .. } | LinkState::Up { .. });
        self.state = LinkState::Stopped;
        self.restart_at = None;
        open.then_some(LinkWish::Close)
    }

    /// The socket is open. Ignored unless one was being opened.
    pub fn opened(&mut self, now: Steady) -> bool {
        let opening = matches!(self.state, LinkState::Opening { .. });
        if opening {
            self.state = LinkState::Up { since: now, heard_at: now, probed_at: None };
            self.restart_at = None;
        }
        opening
    }

    /// The socket is closed, or could not be opened (any code).
    pub fn closed(&mut self, code: u16, now: Steady, seed: &mut Seed) {
        if matches!(self.state, LinkState::Down { .. } | LinkState::Stopped) {
            return;
        }
        let by_a_ghost = code == CloseCode::Replaced.number() && self.may_be_a_ghost(now);
        if code == CloseCode::Over.number() || (code == CloseCode::Replaced.number() && !by_a_ghost) {
            self.state = LinkState::Stopped;
            return;
        }
        if by_a_ghost {
            self.ghost_at = Some(now);
        }
        if code == CloseCode::TooMany.number() {
            // One place has very many visitors: come back slowly from the start, however long the socket lived.
            self.settle(now);
            self.failures = self.failures.max(4);
            return self.go_down(now, seed);
        }
        if code == CloseCode::Restarting.number() && self.restart_at.is_none() {
            self.failures = self.failures.max(2);
        }
        self.fall(now, seed);
    }

    /// A frame came.
    pub fn heard(&mut self, now: Steady) {
        if let LinkState::Up { heard_at, probed_at, .. } = &mut self.state {
            *heard_at = now;
            *probed_at = None;
        }
    }

    /// The relay will go down: be gone before, come back after `after_ms` and spread over `within_ms`. The
    /// socket is used until then.
    pub fn restarting(&mut self, after_ms: u32, within_ms: u32, now: Steady, seed: &mut Seed) {
        if self.is_up() {
            let wait = u64::from(after_ms).saturating_add(seed.below(u64::from(within_ms)));
            self.restart_at = Some(now + wait.min(RESTART_MAX_MS));
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Steady, seed: &mut Seed) -> Option<LinkWish> {
        match self.state {
            LinkState::Down { try_at } if now >= try_at => Some(self.open(now)),
            LinkState::Opening { since } if now >= since + OPENING_MS => {
                self.fall(now, seed);
                Some(LinkWish::Close)
            }
            LinkState::Up { .. } if self.restart_at.is_some_and(|at| now >= at) => {
                self.fall(now, seed);
                Some(LinkWish::Close)
            }
            LinkState::Up { probed_at: Some(at), .. } if now >= at + PROBE_MS => {
                self.fall(now, seed);
                Some(LinkWish::Close)
            }
            LinkState::Up { since, heard_at, probed_at: None } if now >= heard_at + QUIET_MS => {
                self.state = LinkState::Up { since, heard_at, probed_at: Some(now) };
                Some(LinkWish::Probe)
            }
            _ => None,
        }
    }

    /// The page is shown again or the device says it is online: probe or retry at once, but never open twice
    /// within a second.
    pub fn wake(&mut self, now: Steady) -> Option<LinkWish> {
        match self.state {
            LinkState::Down { .. } => {
                self.failures = 0;
                let soonest = self.last_try.map_or(now, |at| at + FIRST_RETRY_MS);
                if now >= soonest {
                    return Some(self.open(now));
                }
                self.state = LinkState::Down { try_at: soonest };
                None
            }
            LinkState::Up { since, heard_at, probed_at: None } => {
                self.state = LinkState::Up { since, heard_at, probed_at: Some(now) };
                Some(LinkWish::Probe)
            }
            _ => None,
        }
    }

    /// Whether somebody looks at the page: hidden pages retry more slowly.
    pub fn set_visible(&mut self, visible: bool) {
        self.visible = visible;
    }

    /// Gives the socket up and opens another.
    pub fn reopen(&mut self, now: Steady, seed: &mut Seed) -> Option<LinkWish> {
        self.is_up().then(|| {
            self.fall(now, seed);
            LinkWish::Close
        })
    }

    fn may_be_a_ghost(&self, now: Steady) -> bool {
        let lately = |at: Option<Steady>| at.is_some_and(|at| now < at + GHOST_MS);
        lately(self.earlier_try) && !lately(self.ghost_at)
    }

    fn open(&mut self, now: Steady) -> LinkWish {
        self.earlier_try = self.last_try;
        self.last_try = Some(now);
        self.state = LinkState::Opening { since: now };
        LinkWish::Open
    }

    fn fall(&mut self, now: Steady, seed: &mut Seed) {
        self.settle(now);
        self.go_down(now, seed);
    }

    fn settle(&mut self, now: Steady) {
        if matches!(self.state, LinkState::Up { since, .. } if now >= since + SETTLED_MS) {
            self.failures = 0;
        }
    }

    fn go_down(&mut self, now: Steady, seed: &mut Seed) {
        let wait = self.back_off(seed);
        self.failures = self.failures.saturating_add(1);
        let planned = self.restart_at.take().map_or(0, |at| at.saturating_sub(now));
        self.state = LinkState::Down { try_at: now + wait.max(planned) };
    }

    fn back_off(&self, seed: &mut Seed) -> u64 {
        if self.failures == 0 {
            return RETRY_MIN_MS + seed.below(FIRST_RETRY_MS - RETRY_MIN_MS);
        }
        let cap = if self.visible { CAP_VISIBLE_MS } else { CAP_HIDDEN_MS };
        let longest = (FIRST_RETRY_MS << self.failures.min(6)).min(cap);
        longest / 2 + seed.below(longest / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(n: u8) -> Seed {
        Seed::take(&mut [n; 128])
    }

    fn up() -> Link {
        let mut link = Link::default();
        assert_eq!(link.start(0), Some(LinkWish::Open));
        assert!(link.opened(100));
        link
    }

    fn try_at(link: &Link) -> Steady {
        match link.state() {
            LinkState::Down { try_at } => try_at,
            other => panic!("expected a link that is down, found {other:?}"),
        }
    }

    #[test]
    fn the_first_retry_comes_within_a_second_and_later_ones_spread_out_to_a_cap() {
        for n in 0..50 {
            let mut link = up();
            let mut now = 20_000;
            link.closed(1006, now, &mut seed(n));
            assert!(try_at(&link) < now + FIRST_RETRY_MS);
            let mut waits = alloc::vec::Vec::new();
            for k in 0..10 {
                now = try_at(&link);
                assert_eq!(link.tick(now, &mut seed(n)), Some(LinkWish::Open));
                link.closed(1006, now, &mut seed(n.wrapping_add(k)));
                waits.push(try_at(&link) - now);
            }
            assert!((1_000..2_000).contains(&waits[0]), "{waits:?}");
            assert!((2_000..4_000).contains(&waits[1]), "{waits:?}");
            assert!(waits.iter().all(|wait| *wait <= CAP_VISIBLE_MS));
            assert!(waits[9] >= CAP_VISIBLE_MS / 2);
        }
    }

    #[test]
    fn a_hidden_page_waits_longer() {
        let mut link = up();
        link.set_visible(false);
        for _ in 0..12 {
            link.closed(1006, 0, &mut seed(1));
            link.tick(try_at(&link), &mut seed(1));
        }
        link.closed(1006, 0, &mut seed(1));
        assert!(try_at(&link) >= CAP_HIDDEN_MS / 2);
    }

    #[test]
    fn a_thousand_phones_do_not_come_back_in_the_same_moment_after_a_restart() {
        let mut slots = [0; 10];
        for n in 0..1_000u32 {
            let mut bytes = [0; 128];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            let mut seed = Seed::take(&mut bytes);
            let mut link = up();
            link.restarting(2_000, 10_000, 200, &mut seed);
            assert!(link.is_up(), "the socket is used until it closes");
            link.closed(CloseCode::Restarting.number(), 300, &mut seed);
            let at = try_at(&link);
            assert!((2_200..12_200).contains(&at));
            slots[((at - 2_200) / 1_000) as usize] += 1;
        }
        assert!(slots.iter().all(|count| (50..200).contains(count)), "{slots:?}");
    }

    #[test]
    fn a_link_that_was_not_closed_in_time_leaves_by_itself_before_the_restart() {
        let mut link = up();
        link.restarting(5_000, 0, 1_000, &mut seed(1));
        assert_eq!(link.wake_at(), Some(6_000));
        assert_eq!(link.tick(6_000, &mut seed(1)), Some(LinkWish::Close));
        assert!(try_at(&link) >= 6_000);
    }

    #[test]
    fn a_relay_cannot_send_anybody_away_for_long() {
        let mut link = up();
        link.restarting(u32::MAX, u32::MAX, 200, &mut seed(1));
        link.closed(1012, 200, &mut seed(1));
        assert!(try_at(&link) <= 200 + RESTART_MAX_MS);
    }

    #[test]
    fn a_replaced_or_finished_socket_is_not_opened_again() {
        for code in [CloseCode::Replaced, CloseCode::Over] {
            let mut link = up();
            link.closed(code.number(), 500, &mut seed(1));
            assert!(link.is_stopped());
            assert_eq!(link.tick(1_000_000, &mut seed(1)), None);
            assert_eq!(link.wake(1_000_000), None);
            assert_eq!(link.wake_at(), None);
        }
    }

    #[test]
    fn a_socket_that_may_have_been_replaced_by_an_earlier_one_of_ours_is_opened_again_once_a_minute() {
        let replaced = CloseCode::Replaced.number();
        let mut link = up();
        link.closed(1006, 5_000, &mut seed(1));
        let now = try_at(&link);
        assert_eq!(link.tick(now, &mut seed(1)), Some(LinkWish::Open));
        assert!(link.opened(now));
        link.closed(replaced, now + 1_000, &mut seed(1));
        let now = try_at(&link);
        assert_eq!(link.tick(now, &mut seed(1)), Some(LinkWish::Open));
        assert!(link.opened(now));
        link.closed(replaced, now + 1_000, &mut seed(1));
        assert!(link.is_stopped(), "somebody else holds the secret too: they do not take turns");
        // A socket that has been the only one for a minute was replaced by nobody of ours.
        let mut link = up();
        link.closed(1006, 5_000, &mut seed(1));
        let now = try_at(&link);
        assert_eq!(link.tick(now, &mut seed(1)), Some(LinkWish::Open));
        assert!(link.opened(now));
        link.closed(replaced, now + GHOST_MS, &mut seed(1));
        assert!(link.is_stopped());
    }

    #[test]
    fn an_opening_that_hangs_is_given_up_after_ten_seconds() {
        let mut link = Link::default();
        link.start(0);
        assert_eq!(link.tick(OPENING_MS - 1, &mut seed(1)), None);
        assert_eq!(link.tick(OPENING_MS, &mut seed(1)), Some(LinkWish::Close));
        assert!(!link.opened(OPENING_MS + 5), "the old socket is not ours any more");
    }

    #[test]
    fn a_quiet_socket_is_probed_and_a_dead_one_replaced() {
        let mut link = up();
        assert_eq!(link.tick(100 + QUIET_MS - 1, &mut seed(1)), None);
        assert_eq!(link.tick(100 + QUIET_MS, &mut seed(1)), Some(LinkWish::Probe));
        link.heard(30_000);
        assert_eq!(link.wake_at(), Some(30_000 + QUIET_MS));
        assert_eq!(link.tick(30_000 + QUIET_MS, &mut seed(1)), Some(LinkWish::Probe));
        assert_eq!(link.tick(30_000 + QUIET_MS + PROBE_MS, &mut seed(1)), Some(LinkWish::Close));
        assert!(try_at(&link) < 30_000 + QUIET_MS + PROBE_MS + FIRST_RETRY_MS);
    }

    #[test]
    fn waking_probes_at_once_or_retries_at_once_but_not_twice_in_a_second() {
        let mut link = up();
        assert_eq!(link.wake(5_000), Some(LinkWish::Probe));
        assert_eq!(link.wake(5_001), None, "one probe at a time");
        link.closed(1006, 6_000, &mut seed(1));
        assert_eq!(link.wake(6_001), Some(LinkWish::Open));
        assert_eq!(link.wake(6_002), None, "already opening");
        link.closed(1006, 6_100, &mut seed(1));
        assert_eq!(link.wake(6_101), None);
        assert_eq!(try_at(&link), 7_001);
    }

    #[test]
    fn a_crowded_place_comes_back_slowly() {
        let mut link = up();
        link.closed(CloseCode::TooMany.number(), 500, &mut seed(1));
        assert!(try_at(&link) >= 500 + 8_000);
        // Also one who has stood at the gate for a minute.
        let mut link = up();
        link.closed(CloseCode::TooMany.number(), 61_000, &mut seed(1));
        assert!(try_at(&link) >= 61_000 + 8_000);
    }

    #[test]
    fn events_of_a_socket_that_is_gone_change_nothing() {
        let mut link = Link::default();
        assert!(!link.opened(0));
        link.closed(1006, 0, &mut seed(1));
        link.heard(0);
        link.restarting(1, 1, 0, &mut seed(1));
        assert_eq!(link.reopen(0, &mut seed(1)), None);
        assert!(link.is_stopped());
        assert_eq!(link.stop(), None);
        link.start(0);
        assert_eq!(link.start(1), None, "it is wanted already");
        link.closed(1006, 2, &mut seed(1));
        let at = try_at(&link);
        link.closed(1006, 3, &mut seed(1));
        assert_eq!(try_at(&link), at, "a second close is the same close");
        assert_eq!(link.stop(), None);
    }

    #[test]
    fn stopping_closes_what_is_open() {
        assert_eq!(up().stop(), Some(LinkWish::Close));
        let mut link = Link::default();
        link.start(0);
        assert_eq!(link.stop(), Some(LinkWish::Close));
    }
}
