//! Changes examples by chance, the same way for the same seed, on any toolchain.

/// A seeded maker of inputs. It is blind: it does not see which code an input reaches, libFuzzer does. What it
/// has instead is examples, and targets whose bytes mean something at almost every value.
pub struct Mutator(u64);

/// Values at which lengths, counts and numbers break.
const EDGES: [u8; 8] = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, 0x40];

impl Mutator {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % (end.max(1) as u64)) as usize
    }

    /// A new input: one of the examples, changed a few times; seldom nothing but chance.
    #[must_use]
    pub fn input(&mut self, examples: &[(String, Vec<u8>)], longest: usize) -> Vec<u8> {
        let mut bytes = match self.below(10) {
            0 => Vec::new(),
            _ if examples.is_empty() => Vec::new(),
            _ => examples[self.below(examples.len())].1.clone(),
        };
        if bytes.is_empty() {
            let length = self.below(longest.min(600));
            bytes = (0..length).map(|_| self.next() as u8).collect();
        }
        for _ in 0..1 + self.below(4) {
            self.change(&mut bytes, examples);
        }
        bytes.truncate(longest);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, examples: &[(String, Vec<u8>)]) {
        // More often late than early: what an early change shifts hides all that comes after it.
        let at = self.below(bytes.len()).max(self.below(bytes.len()));
        let end = (at + 1 + self.below(16)).min(bytes.len());
        match self.below(8) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            1 if !bytes.is_empty() => bytes[at] = EDGES[self.below(EDGES.len())],
            2 if !bytes.is_empty() => bytes[at] = self.next() as u8,
            3 if !bytes.is_empty() => drop(bytes.drain(at..end)),
            4 => {
                let new = self.next() as u8;
                bytes.insert(at.min(bytes.len()), new);
            }
            5 if !bytes.is_empty() => {
                let piece = bytes[at..end].to_vec();
                let to = self.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            6 if !bytes.is_empty() => bytes.truncate(at),
            _ if !examples.is_empty() => {
                let other = &examples[self.below(examples.len())].1;
                let from = self.below(other.len());
                let until = (from + 1 + self.below(64)).min(other.len());
                bytes.splice(at.min(bytes.len())..at.min(bytes.len()), other[from..until].iter().copied());
            }
            _ => {}
        }
    }
}
