//! No `(epoch, direction, number)` twice: one ledger per direction of one session.

use std::collections::HashMap;

use lykta_e2ee::{Header, Kind};

/// What one end has sealed. Sending the same bytes again is what it should do; other bytes under the same
/// epoch and number would be the same nonce under the same key.
#[derive(Default)]
pub(crate) struct Ledger(HashMap<(bool, u16, u32), Vec<u8>>);

impl Ledger {
    /// Writes down an envelope. Greetings are not sealed by a session and do not count.
    pub(crate) fn sealed(&mut self, envelope: &[u8]) {
        let header = Header::parse(envelope).unwrap();
        if !matches!(header.kind, Kind::Kept | Kind::Beat) {
            return;
        }
        let key = (header.kind == Kind::Beat, header.epoch, header.number);
        let before = self.0.entry(key).or_insert_with(|| envelope.to_vec());
        assert!(before == envelope, "one nonce, two texts: {header:?}");
    }
}
