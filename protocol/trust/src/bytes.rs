//! Reading and writing fixed layouts without an index that could be wrong.

use alloc::vec::Vec;

use crate::error::Malformed;

/// Takes a layout apart from the front.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn slice(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(len).ok_or(Malformed)?;
        self.0 = tail;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = tail;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[b]| b)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// Everything that is left.
    pub(crate) const fn rest(&mut self) -> &'a [u8] {
        let all = self.0;
        self.0 = &[];
        all
    }

    /// Everything must have been read: no layout has room for a tail nobody looks at.
    pub(crate) const fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// The text under a signature: the label with its length in front, then the parts.
pub(crate) fn labelled(label: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let len = u8::try_from(label.len()).expect("labels are constants shorter than 256 bytes");
    let mut text = Vec::with_capacity(1 + label.len() + parts.iter().map(|p| p.len()).sum::<usize>());
    text.push(len);
    text.extend_from_slice(label);
    for part in parts {
        text.extend_from_slice(part);
    }
    text
}
