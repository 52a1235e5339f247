//! One word, two crates: the wire's ending and the sealed one have the same bytes.

/// The sealed word for a wire ending.
pub(crate) fn sealed(ending: lykta_wire::Ending) -> lykta_e2ee::Ending {
    lykta_e2ee::Ending::from_code(ending.byte()).expect("both crates freeze the same seven endings")
}

/// The wire's word for a sealed ending.
pub(crate) fn plain(ending: lykta_e2ee::Ending) -> lykta_wire::Ending {
    lykta_wire::Ending::from_byte(ending.code()).expect("both crates freeze the same seven endings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_the_same_byte_in_both_crates() {
        for ending in lykta_wire::Ending::ALL {
            assert_eq!(plain(sealed(*ending)), *ending);
            assert_eq!(sealed(*ending).code(), ending.byte());
        }
    }
}
