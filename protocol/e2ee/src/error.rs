//! One small enum per verb. No error carries bytes, and nothing sent outward may depend on which it was.

use core::fmt;

use lykta_trust::Refused;

/// After this the session has erased its keys; the chat ends as `failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fatal {
    /// Non-zero padding under a good tag: the peer does not follow the protocol.
    Padding,
    /// A note type below 0x80 that this version does not know.
    UnknownNote(u8),
    /// A note that is not in its layout, under a good tag.
    BadNote,
    /// A re-greeting inside the channel was wrong.
    Rekey,
    /// Numbers or epochs have run out.
    Exhausted,
    /// The session was ended by an earlier fatal error or by [`crate::Session::wipe`].
    Over,
}

/// Why an envelope was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Seen before (`number < want`, or a beat counter that is not larger). Drop; beat now.
    Old,
    /// Something before it is missing (`number > want`). Drop; beat with `gap`, at most one a second.
    Gap,
    /// The tag is wrong, or the epoch is one this session cannot have now. Drop and count.
    Forged,
    /// Not one of the wire sizes, not version 1, or not the kind that was asked for. Drop and count.
    Malformed,
    /// The session is over and has erased its keys.
    Fatal(Fatal),
}

/// Why a note was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// The body does not fit, is empty where it may not be, or the note is one that only arrives.
    NotSendable,
    /// Numbers have run out; end the chat.
    Exhausted,
    /// The session was ended.
    Over,
}

/// Why a hello was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// Not a hello for this ticket, this centre or this chain secret, or damaged.
    BadHello,
    /// The ML-KEM key inside is not a valid encapsulation key.
    BadKey,
}

/// Why an answer was not accepted. The hello's secrets are gone either way: make a new hello, keep the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishError {
    /// Not an answer to this hello, or damaged.
    BadAnswer,
    /// The certificates inside were refused.
    Seat(Refused),
}

/// Why a re-greeting did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RekeyError {
    /// The counsellor never starts one, the visitor never answers one.
    WrongSide,
    /// One is already under way; harmless to the caller who asked too early.
    Pending,
    /// Nothing was begun that this could finish. The session is over.
    NotBegun,
    /// The peer's half is wrong. The session is over.
    Bad,
    /// The certificates in the answer were refused. The session is over.
    Seat(Refused),
    /// Epochs or numbers have run out; end the chat.
    Exhausted,
    /// The session was ended.
    Over,
}

/// Why a text cannot be sent or joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// Nothing in it.
    Empty,
    /// More than 4,000 UTF-16 units or 12,000 bytes, or more than 4 parts.
    TooLong,
}

macro_rules! plain_errors {
    ($($name:ident { $($case:pat => $words:literal),+ $(,)? })+) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($case => $words),+ })
            }
        }
        impl core::error::Error for $name {}
    )+ };
}

plain_errors! {
    Fatal {
        Self::Padding => "padding is not zero",
        Self::UnknownNote(_) => "a note of an unknown critical type",
        Self::BadNote => "a note outside its layout",
        Self::Rekey => "a wrong re-greeting",
        Self::Exhausted => "numbers have run out",
        Self::Over => "the session is over",
    }
    OpenError {
        Self::Old => "already opened",
        Self::Gap => "an earlier envelope is missing",
        Self::Forged => "the tag is wrong",
        Self::Malformed => "not an envelope of this kind",
        Self::Fatal(_) => "the session is over",
    }
    SealError {
        Self::NotSendable => "this note cannot be sealed",
        Self::Exhausted => "numbers have run out",
        Self::Over => "the session is over",
    }
    AnswerError {
        Self::BadHello => "not a hello for this ticket",
        Self::BadKey => "not a valid encapsulation key",
    }
    FinishError {
        Self::BadAnswer => "not an answer to this hello",
        Self::Seat(_) => "the seat's certificates were refused",
    }
    RekeyError {
        Self::WrongSide => "the visitor starts and the counsellor answers",
        Self::Pending => "a re-greeting is already under way",
        Self::NotBegun => "no re-greeting was begun",
        Self::Bad => "the other half of the re-greeting is wrong",
        Self::Seat(_) => "the seat's certificates were refused",
        Self::Exhausted => "numbers have run out",
        Self::Over => "the session is over",
    }
    TextError {
        Self::Empty => "the text is empty",
        Self::TooLong => "the text is too long",
    }
}
