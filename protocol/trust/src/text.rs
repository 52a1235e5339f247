//! Small text files of lines `word value`, in one fixed order.

/// Takes a file apart line by line. Lines end in LF, or CRLF when a mail program passed by.
pub struct Lines<'a> {
    rest: core::iter::Peekable<core::str::Lines<'a>>,
    number: usize,
}

impl<'a> Lines<'a> {
    /// Reads `text` from its first line.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.lines().peekable(), number: 0 }
    }

    /// The number of the line read last, from 1.
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The next line, whole.
    pub fn line(&mut self) -> Option<&'a str> {
        self.number += 1;
        self.rest.next()
    }

    /// The value of the next line, which must begin with `word`.
    pub fn value(&mut self, word: &str) -> Option<&'a str> {
        self.line()?.strip_prefix(word)?.strip_prefix(' ')
    }

    /// As [`Self::value`] when the next line begins with `word`; otherwise nothing is read.
    pub fn value_if_there(&mut self, word: &str) -> Option<&'a str> {
        let value = self.rest.peek()?.strip_prefix(word)?.strip_prefix(' ')?;
        self.line();
        Some(value)
    }

    /// Whether nothing but empty lines is left.
    pub fn at_end(mut self) -> bool {
        self.rest.all(str::is_empty)
    }
}
