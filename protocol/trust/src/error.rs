//! Why something is not accepted. No error carries bytes of what was refused.

use core::fmt;

/// Not the layout: wrong length, version or code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not in the expected layout")
    }
}

impl core::error::Error for Malformed {}

/// Why a seat was not accepted as the centre's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not the layout.
    Malformed,
    /// No pinned root signed this staff certificate for this centre.
    NotOurs,
    /// The signatures are right but the certificate starts more than 24 hours in the future: the clock
    /// that gave `now` is behind.
    ClockWrong,
    /// A certificate ended more than the tolerance ago (or the clock runs ahead, see
    /// [`Refused::may_be_the_clock`]).
    Expired,
    /// The person was certified before the oldest roster epoch this page accepts.
    OldEpoch,
    /// A real member of staff whose role may not do this.
    WrongRole,
    /// The staff key did not sign this seat certificate for the key of the handshake and this staff
    /// certificate (a swapped certificate, or a handshake made with another key: the seat certificate does
    /// not carry the key, so the two cannot be told apart, and need not be).
    SeatNotSigned,
}

impl Refused {
    /// Whether a wrong clock on this device would explain the refusal. The page then says so, and gives
    /// the telephone numbers, instead of saying "not secure". Signatures are checked before dates, so a
    /// forged certificate never puts the blame on the clock.
    #[must_use]
    pub const fn may_be_the_clock(self) -> bool {
        matches!(self, Self::ClockWrong | Self::Expired)
    }
}

impl From<Malformed> for Refused {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the certificate is not in the expected layout",
            Self::NotOurs => "no pinned root signed this staff certificate",
            Self::ClockWrong => "the clock of this device is behind the certificate",
            Self::Expired => "the certificate has ended, or the clock of this device is ahead",
            Self::OldEpoch => "the staff certificate is from a roster that is no longer accepted",
            Self::WrongRole => "this role may not do that",
            Self::SeatNotSigned => "the staff key did not sign this seat",
        })
    }
}

impl core::error::Error for Refused {}
