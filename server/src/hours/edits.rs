//! What the staff changed about single days, over the calendar of the centre's file.
//!
//! ```text
//! wish --holds at this moment, changes something--> edit, in the next version --its day is over--> gone
//!   \--NotEdited                                     \--taken back--> gone, in the next version
//! ```
//!
//! An edit is about one day and is over with it, so nothing has to be switched back on and nobody can forget to.
//! Versions only rise; the number of an edit is the version that brought it.
//!
//! As a text, on the disk of every relay and in the store between them:
//!
//! ```text
//! lykta calendar 1
//! version 4
//! 2 2026-11-24 closed
//! 3 2026-11-23 until 13.00
//! 4 2026-11-25 extra 17.00-19.30
//! ```

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Calendar, Minute, Shift};

/// Edits at a time. A dozen is a busy Christmas; more than this is another week in the centre's file, and a list that
/// nobody reads through before taking one back.
pub const MOST: usize = 32;

/// How far ahead a day may be edited, days. Later ones belong into the centre's file, which is read by more eyes.
pub const DAYS_AHEAD: i64 = 60;

/// Bytes of the longest text of edits, with room: 32 lines of at most 41 bytes.
pub const TEXT_MAX: usize = 2_048;

const HEAD: &str = "lykta calendar 1";

/// One change of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The version that brought it; no other edit has it.
    pub number: u32,
    /// The day, in the centre's zone. The edit is over with it.
    pub day: Date,
    /// What is different.
    pub what: What,
}

/// What is different on the day. Those that came later bend what the earlier ones left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Nobody new from this minute on; chats that run go on until the usual end.
    NoMore(Minute),
    /// Closed from this minute on.
    Until(Minute),
    /// Not open at all.
    Closed,
    /// Open besides, from and to.
    Extra(Minute, Minute),
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nobody new any more today, from this minute on.
    NoMore,
    /// Closed from this minute on. Takes the place of an earlier one for the day.
    Until(Date, Minute),
    /// Not open on this day.
    Closed(Date),
    /// Open besides, from and to.
    Extra(Date, Minute, Minute),
    /// The edit with this number is taken back.
    TakeBack(u32),
}

/// Why a wish is no edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEdited {
    /// It is about a time that is over.
    Past,
    /// The day is more than [`DAYS_AHEAD`] days away.
    TooFar,
    /// An extra opening that would let nobody in: it ends before it begins, or before last admission.
    TooShort,
    /// The day would be as it is.
    NothingChanges,
    /// There are [`MOST`] edits already.
    TooMany,
    /// No edit has this number, or no longer.
    Unknown,
}

impl NotEdited {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::TooFar => "too_far",
            Self::TooShort => "too_short",
            Self::NothingChanges => "nothing_changes",
            Self::TooMany => "too_many",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a text is not one of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// The first line that is wrong, from 1.
    pub line: usize,
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not as a relay writes it", self.line)
    }
}

/// All edits, with their version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    version: u32,
    list: Vec<Edit>,
}

impl Edits {
    /// 0: nobody ever changed anything.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// In the order they came, those whose day is over among them.
    #[must_use]
    pub fn list(&self) -> &[Edit] {
        &self.list
    }

    /// The calendar with these edits.
    #[must_use]
    pub fn over(&self, plan: &Calendar) -> Calendar {
        Calendar { edits: self.list.clone(), ..plan.clone() }
    }

    /// Without those whose day is over. The version stays: nobody changed anything.
    #[must_use]
    pub fn living(&self, plan: &Calendar, now: Timestamp) -> Self {
        let today = plan.local(now).date();
        let list = self.list.iter().filter(|edit| edit.day >= today).cloned().collect();
        Self { version: self.version, list }
    }

    /// The next version, with what is wished for at `now`.
    ///
    /// # Errors
    /// [`NotEdited`]; then nothing is different.
    pub fn with(&self, plan: &Calendar, wish: Wish, now: Timestamp) -> Result<Self, NotEdited> {
        let Self { mut list, .. } = self.living(plan, now);
        let before = Calendar { edits: list.clone(), ..plan.clone() };
        let version = self.version.checked_add(1).ok_or(NotEdited::TooMany)?;
        let (day, what) = match wish {
            Wish::TakeBack(number) => {
                let found = list.iter().position(|edit| edit.number == number);
                list.remove(found.ok_or(NotEdited::Unknown)?);
                return Ok(Self { version, list });
            }
            Wish::NoMore => {
                let local = plan.local(now);
                let minute =
                    u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
                (local.date(), What::NoMore(Minute::new(minute).expect("a clock shows no later minute")))
            }
            Wish::Until(day, at) => (day, What::Until(at)),
            Wish::Closed(day) => (day, What::Closed),
            Wish::Extra(day, from, to) => (day, What::Extra(from, to)),
        };
        is_ahead(plan, day, what, now)?;
        if matches!(what, What::Until(_)) {
            list.retain(|edit| edit.day != day || !matches!(edit.what, What::Until(_)));
        }
        if list.len() >= MOST {
            return Err(NotEdited::TooMany);
        }
        list.push(Edit { number: version, day, what });
        let after = Calendar { edits: list, ..plan.clone() };
        if after.shifts_on(day) == before.shifts_on(day) {
            return Err(NotEdited::NothingChanges);
        }
        Ok(Self { version, list: after.edits })
    }

    /// The text.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!("{HEAD}\nversion {}\n", self.version);
        for edit in &self.list {
            text.push_str(&format!("{} {edit}\n", edit.number));
        }
        text
    }

    /// Reads a text that [`Edits::write`] wrote, and no other.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn read(text: &str) -> Result<Self, NotRead> {
        let mut lines = text.lines();
        lines.next().filter(|head| *head == HEAD).ok_or(NotRead { line: 1 })?;
        let version = lines.next().and_then(|line| line.strip_prefix("version ")?.parse().ok());
        let version = version.ok_or(NotRead { line: 2 })?;
        let mut list: Vec<Edit> = Vec::new();
        for (at, line) in lines.enumerate() {
            let wrong = NotRead { line: at + 3 };
            let edit = read_edit(line).ok_or(wrong)?;
            let rises = edit.number > list.last().map_or(0, |last| last.number) && edit.number <= version;
            if !rises || list.len() == MOST {
                return Err(wrong);
            }
            list.push(edit);
        }
        let read = Self { version, list };
        // One text for each set of edits: another spelling was written by something else.
        let written = read.write();
        let differs = text.lines().zip(written.lines()).position(|(one, other)| one != other);
        match differs {
            Some(at) => Err(NotRead { line: at + 1 }),
            None if written != text => Err(NotRead { line: text.lines().count() }),
            None => Ok(read),
        }
    }
}

impl Edit {
    /// Reads an edit as it is shown to whoever compares the pages with the centre's file: `2026-11-23 until 13.00`. It
    /// has no number then.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        read_edit(&format!("0 {text}")).filter(|edit| edit.to_string() == text)
    }
}

/// As in the text, without the number: `2026-11-23 until 13.00`.
impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.day;
        match self.what {
            What::NoMore(at) => write!(f, "{day} no-more {at}"),
            What::Until(at) => write!(f, "{day} until {at}"),
            What::Closed => write!(f, "{day} closed"),
            What::Extra(from, to) => write!(f, "{day} extra {from}-{to}"),
        }
    }
}

fn read_edit(line: &str) -> Option<Edit> {
    let mut words = line.split(' ');
    let (number, day) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let (kind, time) = (words.next()?, words.next());
    let minute = |text: &str| Minute::parse(text).ok();
    let what = match (kind, time) {
        ("no-more", Some(at)) => What::NoMore(minute(at)?),
        ("until", Some(at)) => What::Until(minute(at)?),
        ("closed", None) => What::Closed,
        ("extra", Some(hours)) => {
            let (from, to) = hours.split_once('-')?;
            let (from, to) = (minute(from)?, minute(to)?);
            (from < to).then_some(What::Extra(from, to))?
        }
        _ => return None,
    };
    words.next().is_none().then_some(Edit { number, day, what })
}

/// Nothing in the past, nothing far away, and an extra opening lets somebody in.
fn is_ahead(plan: &Calendar, day: Date, what: What, now: Timestamp) -> Result<(), NotEdited> {
    let local = plan.local(now);
    let minute_began = now - jiff::SignedDuration::new(i64::from(local.second()), local.subsec_nanosecond());
    let instant = |minute: Minute| plan.instant(day, minute.minutes());
    let last = local.date().saturating_add(jiff::Span::new().days(DAYS_AHEAD));
    let past = match what {
        What::NoMore(_) => false,
        What::Until(at) => instant(at) <= now,
        What::Closed => day < local.date(),
        What::Extra(from, _) => instant(from) < minute_began,
    };
    if past {
        return Err(NotEdited::Past);
    }
    if day > last {
        return Err(NotEdited::TooFar);
    }
    if let What::Extra(from, to) = what {
        let shift = Shift { from, to, last_admission: plan.usual_last_admission() };
        // On the morning when clocks jump, 02.00-03.00 is no time at all.
        if from >= to || !shift.admits_anybody() || instant(to) <= instant(from) {
            return Err(NotEdited::TooShort);
        }
    }
    Ok(())
}

impl What {
    /// A day's shifts, in order and apart, with this change.
    pub(super) fn bends(self, mut shifts: Vec<Shift>, last_admission: u16) -> Vec<Shift> {
        match self {
            Self::Closed => Vec::new(),
            Self::Until(end) => shifts.into_iter().filter_map(|shift| shift.until(end)).collect(),
            Self::NoMore(at) => {
                shifts.retain(|shift| shift.from <= at);
                for shift in &mut shifts {
                    let left = shift.to.minutes().saturating_sub(at.minutes());
                    shift.last_admission = shift.last_admission.max(left);
                }
                shifts
            }
            Self::Extra(from, to) => {
                shifts.push(Shift { from, to, last_admission });
                shifts
            }
        }
    }
}
