//! Why there is no roster to sign.

use std::fmt;

/// What a plan stumbles over. Names are those of the staff file and of the requests, for the two people at
/// the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// No request, nobody to remove, no epoch to raise.
    NothingToDo,
    /// `now` lies before 1970 or after 2106, or before the newest certificate of the previous roster.
    Clock,
    /// Certificates live 1 to 35 days.
    Days,
    /// A request for another centre.
    OtherCentre(String),
    /// A request older than [`crate::Plan::REQUEST_DAYS`] days.
    TooOld(String),
    /// A request from more than a day in the future.
    FromTheFuture(String),
    /// Two requests of one key, or of one person.
    Twice(String),
    /// Somebody else has this name.
    NameTaken(String),
    /// Somebody else has this passkey.
    PasskeyTaken(String),
    /// A request by the key of a person who is being removed.
    BeingRemoved(String),
    /// Nobody of this name stands in the previous roster.
    Nobody(String),
    /// Somebody to remove, or an epoch to raise, and no previous roster.
    NoPrevious,
    /// The epoch that was named is not the one that follows from the previous roster.
    Epoch {
        /// The one that follows.
        follows: u16,
    },
    /// Epoch or version cannot rise any more.
    End,
    /// More people than a roster holds.
    TooMany,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToDo => f.write_str("there is nothing to sign: no request, nobody to remove, no epoch to raise"),
            Self::Clock => f.write_str(
                "this machine's clock is wrong: it stands before certificates that were signed already; set it first",
            ),
            Self::Days => f.write_str("a certificate lives 1 to 35 days"),
            Self::OtherCentre(name) => write!(f, "the request of {name} is for another centre"),
            Self::TooOld(name) => {
                let days = crate::Plan::REQUEST_DAYS;
                write!(f, "the request of {name} is more than {days} days old; ask for a new one, or set the clock")
            }
            Self::FromTheFuture(name) => {
                write!(f, "the request of {name} was made after today; this machine's clock or theirs is wrong")
            }
            Self::Twice(name) => write!(f, "there are two requests of {name}"),
            Self::NameTaken(name) => {
                write!(f, "somebody else is called {name} already; choose another name, or remove the old entry")
            }
            Self::PasskeyTaken(name) => write!(f, "the passkey of {name} belongs to somebody else already"),
            Self::BeingRemoved(name) => write!(f, "the request of {name} is made with the key of a person who is being removed"),
            Self::Nobody(name) => write!(f, "nobody called {name} stands in the previous roster"),
            Self::NoPrevious => f.write_str("to remove somebody or to raise the epoch, name the previous roster"),
            Self::Epoch { follows } => write!(f, "the epoch of this roster is {follows}; --raise-epoch raises it by one"),
            Self::End => f.write_str("epoch and version cannot rise any further"),
            Self::TooMany => f.write_str("a roster holds at most 256 people"),
        }
    }
}

impl std::error::Error for PlanError {}
