//! The outside of what is sealed, and the halves of a greeting as they lie on the wire.

use lykta_e2ee::{Answer, Header, Hello, Kind, StaffProof, TextJoiner, WIRE_SIZES, Words, split_text};

use crate::input::Input;
use crate::reach::saw;

/// The first byte asks for bytes as they come, bytes behind a header that fits, or a text in parts.
pub fn target(data: &[u8]) {
    let mut input = Input::new(data);
    match input.below(3) {
        0 => outside(input.rest()),
        1 => {
            let size = WIRE_SIZES[input.below(3)];
            let mut envelope = vec![1, input.byte(), 0, input.below(2) as u8, 0, 0, 0, input.below(3) as u8];
            let at = 8 + usize::from(input.u16());
            envelope.resize(size, 0);
            for (place, byte) in envelope.iter_mut().skip(at).zip(input.rest()) {
                *place = *byte;
            }
            outside(&envelope);
        }
        _ => parts(&mut input),
    }
}

fn outside(bytes: &[u8]) {
    match Header::parse(bytes) {
        Ok(header) => {
            assert!(WIRE_SIZES.contains(&bytes.len()));
            saw("header", (header.kind == Kind::Kept, bytes.len(), bytes[1]));
        }
        Err(_) => saw("header", "malformed"),
    }
    // A greeting half is read in one way only, and never as another half.
    let mut read = 0;
    if let Ok(hello) = Hello::from_envelope(bytes) {
        assert_eq!(hello.to_envelope().as_bytes(), bytes);
        read += 1;
        saw("half", 1);
    }
    if let Ok(answer) = Answer::from_envelope(bytes) {
        assert_eq!(answer.to_envelope().as_bytes(), bytes);
        read += 1;
        saw("half", 2);
    }
    if let Ok(proof) = StaffProof::from_envelope(bytes) {
        assert_eq!(proof.to_envelope().as_bytes(), bytes);
        read += 1;
        saw("half", 3);
    }
    assert!(read <= 1);
}

/// Parts as a peer likes to cut them: what comes out is never longer than a text may be, and what we cut
/// ourselves comes out whole.
fn parts(input: &mut Input<'_>) {
    let mut joiner = TextJoiner::new();
    while let Some(choice) = input.next() {
        let text = input.text().repeat(1 + usize::from(choice >> 2) % 32);
        let words = Words { text: text.clone().into(), more: choice & 1 != 0 };
        match joiner.add(&words) {
            Ok(Some(whole)) => {
                assert!(!joiner.is_waiting() && !whole.is_empty() && whole.len() <= 12_000);
                saw("joined", whole.len().ilog2());
            }
            Ok(None) => assert!(joiner.is_waiting() && words.more),
            Err(error) => {
                assert!(!joiner.is_waiting());
                saw("joined", format!("{error:?}"));
            }
        }
        let Ok(notes) = split_text(&text) else { continue };
        let mut own = TextJoiner::new();
        let mut whole = None;
        assert!(notes.len() <= 4);
        for note in &notes {
            let lykta_e2ee::Note::Words(words) = note else { panic!("a text is words") };
            assert!(whole.is_none());
            whole = own.add(words).unwrap();
        }
        assert_eq!(whole.unwrap().as_str(), text);
        saw("split", notes.len());
    }
}
