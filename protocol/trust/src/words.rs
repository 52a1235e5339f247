//! Words to compare: six groups of five digits that stand for a key.
//!
//! Digits are the same in every language and read well aloud and by screen readers. Whoever wants another
//! key with the same words has to try about 2^99 keys; there is no birthday shortcut, because the words of
//! the honest key are fixed before the attacker starts.

use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest, Sha256};

use crate::bytes::labelled;
use crate::ids::CentreId;

const GROUPS: usize = 6;
const DIGITS: usize = 5;
const BELOW: u64 = 100_000;

/// Six groups of five digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words([u32; GROUPS]);

/// The words of a staff key: `H(len 1 | "lykta/1 words staff" | centre_id 16 | S 32)`, of which every five
/// bytes, big-endian, modulo 100,000 are a group. Name, role and passkey need no words: the key signs them.
#[must_use]
pub fn staff_words(centre: CentreId, staff_public: &[u8; 32]) -> Words {
    Words::of(b"lykta/1 words staff", centre, staff_public)
}

/// The words of a root and its centre: as [`staff_words`] with the label `"lykta/1 words root"`.
#[must_use]
pub fn root_words(centre: CentreId, root_public: &[u8; 32]) -> Words {
    Words::of(b"lykta/1 words root", centre, root_public)
}

impl Words {
    fn of(label: &[u8], centre: CentreId, key: &[u8; 32]) -> Self {
        let hash: [u8; 32] = Sha256::digest(labelled(label, &[&centre.0, key])).into();
        let mut groups = [0; GROUPS];
        let (chunks, _) = hash.as_chunks::<DIGITS>();
        for (group, chunk) in groups.iter_mut().zip(chunks) {
            let number = chunk.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            *group = u32::try_from(number % BELOW).expect("less than 100,000");
        }
        Self(groups)
    }

    /// Reads what somebody typed: thirty digits, with spaces or hyphens anywhere. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u32> = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_digit(10))
            .collect::<Option<_>>()?;
        let (chunks, []) = digits.as_chunks::<DIGITS>() else { return None };
        let groups: Vec<u32> = chunks.iter().map(|c| c.iter().fold(0, |n, digit| n * 10 + digit)).collect();
        groups.try_into().ok().map(Self)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, group) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{group:05}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;

    use super::*;

    const CENTRE: CentreId = CentreId([0x10; 16]);

    #[test]
    fn the_words_are_those_of_the_hash_by_hand() {
        let hash = Sha256::digest([&[19][..], b"lykta/1 words staff", &CENTRE.0, &[0xB1; 32]].concat());
        let first = hash[..5].iter().fold(0u64, |n, b| n * 256 + u64::from(*b)) % 100_000;
        let last = hash[25..30].iter().fold(0u64, |n, b| n * 256 + u64::from(*b)) % 100_000;
        let words = staff_words(CENTRE, &[0xB1; 32]).to_string();
        assert_eq!(words.len(), 35);
        assert!(words.starts_with(&format!("{first:05} ")) && words.ends_with(&format!(" {last:05}")));
    }

    #[test]
    fn typed_words_are_the_same_words_with_other_spaces_and_nothing_else() {
        let words = staff_words(CENTRE, &[1; 32]);
        let text = words.to_string();
        assert_eq!(Words::parse(&text), Some(words));
        assert_eq!(Words::parse(&text.replace(' ', "")), Some(words));
        assert_eq!(Words::parse(&format!(" {}\n", text.replace(' ', "-"))), Some(words));
        for wrong in ["", &text[1..], &format!("{text}0"), &text.replace(' ', "x")] {
            assert_eq!(Words::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn another_key_centre_or_kind_has_other_words() {
        let words = staff_words(CENTRE, &[1; 32]);
        assert_ne!(words, staff_words(CENTRE, &[2; 32]));
        assert_ne!(words, staff_words(CentreId([0x11; 16]), &[1; 32]));
        assert_ne!(words, root_words(CENTRE, &[1; 32]));
    }
}
