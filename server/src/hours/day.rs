//! A minute of the day and a shift.

use std::fmt;

/// A minute of a local day, 0 (`00.00`) to 1,440 (`24.00`, the midnight that ends the day).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(u16);

/// Why a text is not a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinuteError;

impl Minute {
    /// `00.00`.
    pub const START: Minute = Minute(0);
    /// `24.00`.
    pub const END: Minute = Minute(1_440);

    /// The minute `minutes` after midnight.
    ///
    /// # Errors
    /// More than 1,440.
    pub fn new(minutes: u16) -> Result<Self, MinuteError> {
        if minutes <= Self::END.0 { Ok(Self(minutes)) } else { Err(MinuteError) }
    }

    /// Reads `10.00`, `10:00` or `10`; `24.00` is the midnight that ends the day.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, MinuteError> {
        let (hour, minute) = text.split_once(['.', ':']).unwrap_or((text, "00"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !matches!(hour.len(), 1 | 2) || minute.len() != 2 || !digits(hour) || !digits(minute) {
            return Err(MinuteError);
        }
        let hour: u16 = hour.parse().map_err(|_| MinuteError)?;
        let minute: u16 = minute.parse().map_err(|_| MinuteError)?;
        if minute > 59 {
            return Err(MinuteError);
        }
        Self::new(hour * 60 + minute)
    }

    /// Minutes since midnight.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// The hour, 0 to 24.
    #[must_use]
    pub fn hour(self) -> u16 {
        self.0 / 60
    }

    /// The minute of the hour.
    #[must_use]
    pub fn minute(self) -> u16 {
        self.0 % 60
    }

    /// `minutes` earlier, but not before midnight.
    #[must_use]
    pub fn before(self, minutes: u16) -> Self {
        Self(self.0.saturating_sub(minutes))
    }
}

/// The way a Swedish sign writes it: `10.00`.
impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}.{:02}", self.hour(), self.minute())
    }
}

/// One stretch of open hours within a day. Open at `from`, no longer open at `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The first open minute.
    pub from: Minute,
    /// The first minute that is closed again.
    pub to: Minute,
    /// How many minutes before `to` the last new visitor is let in. Counted from the end, so that a day
    /// that closes at noon also stops letting people in earlier.
    pub last_admission: u16,
}

impl Shift {
    /// The first minute at which nobody new is let in.
    #[must_use]
    pub fn admission_ends(&self) -> Minute {
        self.to.before(self.last_admission).max(self.from)
    }

    /// Whether the shift ever lets anybody in. One that is cut shorter than its last admission does not,
    /// and to announce it as an opening would be a promise that cannot be kept.
    #[must_use]
    pub fn admits_anybody(&self) -> bool {
        self.admission_ends() > self.from
    }

    /// The shift with its end moved to `end` at the latest; `None` when nothing is left.
    #[must_use]
    pub fn until(mut self, end: Minute) -> Option<Self> {
        self.to = self.to.min(end);
        (self.from < self.to).then_some(self)
    }
}
