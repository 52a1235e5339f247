//! Small text files of lines `word value`, in one fixed order, and the text under a signature.

/// Takes a file apart line by line. Lines end in LF, or CRLF when a mail program passed by.
pub(crate) struct Lines<'a> {
    rest: std::iter::Peekable<std::str::Lines<'a>>,
    number: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text.lines().peekable(), number: 0 }
    }

    /// The number of the line read last, from 1.
    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// The next line, whole.
    pub(crate) fn line(&mut self) -> Option<&'a str> {
        self.number += 1;
        self.rest.next()
    }

    /// The value of the next line, which must begin with `word`.
    pub(crate) fn value(&mut self, word: &str) -> Option<&'a str> {
        self.line()?.strip_prefix(word)?.strip_prefix(' ')
    }

    /// As [`Self::value`] when the next line begins with `word`; otherwise nothing is read.
    pub(crate) fn value_if_there(&mut self, word: &str) -> Option<&'a str> {
        let value = self.rest.peek()?.strip_prefix(word)?.strip_prefix(' ')?;
        self.line();
        Some(value)
    }

    /// Whether nothing but empty lines is left.
    pub(crate) fn at_end(mut self) -> bool {
        self.rest.all(str::is_empty)
    }
}

/// The label with its length in one byte in front, then the parts: no signed or hashed text can be taken for
/// another kind.
pub(crate) fn labelled(label: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let len = u8::try_from(label.len()).expect("labels are constants shorter than 256 bytes");
    let mut text = vec![len];
    text.extend_from_slice(label);
    for part in parts {
        text.extend_from_slice(part);
    }
    text
}
