//! Whether the other side has a socket, by the relay's word.

use lykta_wire::Presence;

use crate::clock::Steady;
use crate::view::Peer;

/// A counsellor away for longer: the visitor is asked what to do, ms. The same numbers as the relay's leases.
pub const COUNSELLOR_GRACE_MS: u64 = 180_000;
/// A visitor away for longer: the chat ends as `lost_contact`, ms.
pub const VISITOR_GRACE_MS: u64 = 900_000;

/// The relay's last word about the other side, with our own clock behind it: a relay that says nothing more
/// does not stop the grace from running.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lease {
    gone_since: Option<Steady>,
    known: bool,
}

impl Lease {
    pub(crate) fn told(&mut self, presence: Presence, gone_s: u32, now: Steady) {
        self.known = true;
        self.gone_since = match presence {
            Presence::Here => None,
            // The earlier of both: a relay that restarted counts from zero again.
            Presence::Gone => {
                let told = now.saturating_sub(u64::from(gone_s).saturating_mul(1_000));
                Some(self.gone_since.map_or(told, |since| since.min(told)))
            }
        };
    }

    pub(crate) fn gone_since(&self) -> Option<Steady> {
        self.gone_since
    }

    pub(crate) fn gone_for(&self, at_least: u64, now: Steady) -> bool {
        self.gone_since.is_some_and(|since| now >= since.saturating_add(at_least))
    }

    pub(crate) fn is_here(&self) -> bool {
        self.known && self.gone_since.is_none()
    }

    pub(crate) fn peer(&self, silent: bool, lost_after: Option<u64>, now: Steady) -> Peer {
        match self.gone_since {
            _ if !self.known => Peer::Unknown,
            Some(_) if lost_after.is_some_and(|grace| self.gone_for(grace, now)) => Peer::Lost,
            Some(_) => Peer::Gone,
            None if silent => Peer::Unsure,
            None => Peer::Here,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grace_runs_on_when_the_relay_says_nothing_more() {
        let mut lease = Lease::default();
        assert_eq!(lease.peer(false, None, 0), Peer::Unknown);
        lease.told(Presence::Gone, 60, 1_000_000);
        assert_eq!(lease.peer(false, Some(COUNSELLOR_GRACE_MS), 1_000_000), Peer::Gone);
        assert_eq!(lease.peer(false, Some(COUNSELLOR_GRACE_MS), 1_119_999), Peer::Gone);
        assert_eq!(lease.peer(false, Some(COUNSELLOR_GRACE_MS), 1_120_000), Peer::Lost);
        assert_eq!(lease.peer(false, None, 1_120_000), Peer::Gone);
    }

    #[test]
    fn a_relay_that_restarted_does_not_restart_the_grace() {
        let mut lease = Lease::default();
        lease.told(Presence::Gone, 100, 1_000_000);
        lease.told(Presence::Gone, 0, 1_050_000);
        assert!(lease.gone_for(COUNSELLOR_GRACE_MS, 1_080_000));
        lease.told(Presence::Here, 0, 1_080_001);
        assert!(lease.is_here());
        assert_eq!(lease.peer(true, None, 1_080_001), Peer::Unsure);
    }
}
