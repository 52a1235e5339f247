//! A fuzzer's bytes, read as choices. When they are used up every further choice is the first one.

pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte; `None` when there are no more.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 != 0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from(self.u16()) << 16 | u32::from(self.u16())
    }

    /// At most so many of the next bytes.
    pub(crate) fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Words of up to 255 bytes; what is no UTF-8 is replaced.
    pub(crate) fn text(&mut self) -> String {
        let len = usize::from(self.byte());
        String::from_utf8_lossy(self.take(len)).into_owned()
    }

    /// Changes bytes that were good: up to four of them, each by exclusive or. Says whether anything changed.
    pub(crate) fn spoil(&mut self, bytes: &mut [u8]) -> bool {
        let before = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = usize::from(self.u16()) % bytes.len();
            bytes[at] ^= self.byte();
        }
        bytes != before
    }
}
