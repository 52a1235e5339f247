//! A text is up to four notes. It is cut between characters and shown only when whole.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

use crate::envelope::BODY_MAX;
use crate::error::TextError;
use crate::note::{Note, Words};
use crate::room::ROOM_MARK_LEN;

/// Longest text in UTF-16 units: what `maxlength` of a text field counts.
pub const MAX_TEXT_UNITS: usize = 4_000;
/// Longest text in bytes of UTF-8: three for each unit, the most that one unit can take.
pub const MAX_TEXT_BYTES: usize = 12_000;
/// Most parts of one text.
const MAX_PARTS: usize = 4;

/// Bytes of one part: a part cut before somebody joined is sealed after it, so the mark always has room.
const PART_MAX: usize = BODY_MAX - ROOM_MARK_LEN;

/// Cuts `text` into notes: full parts of at most 4,088 bytes, the last in the smallest bucket that holds it.
///
/// # Errors
/// [`TextError::Empty`]; [`TextError::TooLong`] above 4,000 UTF-16 units or 12,000 bytes.
pub fn split_text(text: &str) -> Result<Vec<Note>, TextError> {
    check(text)?;
    let mut notes = Vec::with_capacity(MAX_PARTS);
    let mut rest = text;
    while !rest.is_empty() {
        let (part, tail) = rest.split_at(cut(rest));
        notes.push(Note::Words(Words { text: Zeroizing::new(String::from(part)), more: !tail.is_empty() }));
        rest = tail;
    }
    Ok(notes)
}

/// The last character boundary within one body.
fn cut(text: &str) -> usize {
    let end = text.len().min(PART_MAX);
    (0..=end).rev().find(|&at| text.is_char_boundary(at)).expect("0 is a boundary")
}

fn check(text: &str) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    // Bytes first: nobody counts the units of a megabyte.
    if text.len() > MAX_TEXT_BYTES || text.encode_utf16().count() > MAX_TEXT_UNITS {
        return Err(TextError::TooLong);
    }
    Ok(())
}

/// Puts parts together again. Holds at most 12,000 bytes, whatever a peer sends.
pub struct TextJoiner {
    text: Zeroizing<String>,
    parts: usize,
}

impl Default for TextJoiner {
    fn default() -> Self {
        Self::new()
    }
}

impl TextJoiner {
    /// An empty one; one per direction.
    #[must_use]
    pub fn new() -> Self {
        Self { text: Zeroizing::new(String::new()), parts: 0 }
    }

    /// Adds the next part, in the order of the envelopes; gives the text when it is whole.
    ///
    /// # Errors
    /// [`TextError::TooLong`] when the peer breaks the limits; what was collected is overwritten. Our own
    /// clients never do that: treat it as `failed`.
    pub fn add(&mut self, words: &Words) -> Result<Option<Zeroizing<String>>, TextError> {
        if self.parts == 0 && !words.more {
            check(&words.text)?;
            return Ok(Some(words.text.clone()));
        }
        if self.parts == MAX_PARTS || self.text.len() + words.text.len() > MAX_TEXT_BYTES {
            self.clear();
            return Err(TextError::TooLong);
        }
        // All room at once: a string that grows leaves copies behind.
        let room = MAX_TEXT_BYTES - self.text.len();
        self.text.reserve_exact(room);
        self.text.push_str(&words.text);
        self.parts += 1;
        if words.more {
            return Ok(None);
        }
        let whole = core::mem::replace(&mut self.text, Zeroizing::new(String::new()));
        self.parts = 0;
        check(&whole)?;
        Ok(Some(whole))
    }

    /// Whether a text has begun and not ended.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.parts > 0
    }

    fn clear(&mut self) {
        self.text.zeroize();
        self.parts = 0;
    }
}
