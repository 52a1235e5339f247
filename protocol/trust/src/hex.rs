//! Public bytes as lower-case hexadecimal digits, two a byte. Never used for secrets.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// Writes `bytes`.
#[must_use]
pub fn write(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
        text
    })
}

/// Reads any number of bytes; capitals are accepted. `None` for anything that is not pairs of digits.
#[must_use]
pub fn read(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Reads exactly `N` bytes.
#[must_use]
pub fn read_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    read(text)?.try_into().ok()
}

#[test]
fn hexadecimal_digits_come_back_as_the_bytes_they_were() {
    assert_eq!(write(&[0, 0x1f, 0xff]), "001fff");
    assert_eq!(read("001fFF").as_deref(), Some(&[0, 0x1f, 0xff][..]));
    assert_eq!(read_array("0a0b"), Some([10, 11]));
    assert_eq!(read_array::<2>("0a"), None);
    for wrong in ["0", "0x", "+1", " 1", "å1"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}
