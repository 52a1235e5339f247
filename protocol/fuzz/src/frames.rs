//! Every frame of both sockets, the leave body and the outside of an envelope.

use lykta_wire::{DecodeError, Envelope, FromDesk, Leave, ToDesk, ToRelay, ToVisitor};

use crate::reach::saw;

type Way = (&'static str, fn(&[u8]) -> Result<Vec<u8>, DecodeError>);

/// Reads, and writes again what was read.
const WAYS: [Way; 5] = [
    ("ToRelay", |bytes| ToRelay::decode(bytes).map(|frame| frame.encode())),
    ("ToVisitor", |bytes| ToVisitor::decode(bytes).map(|frame| frame.encode())),
    ("FromDesk", |bytes| FromDesk::decode(bytes).map(|frame| frame.encode())),
    ("ToDesk", |bytes| ToDesk::decode(bytes).map(|frame| frame.encode())),
    ("Leave", |bytes| Leave::decode(bytes).map(|leave| leave.encode())),
];

/// A frame that can be read is written back byte for byte: two different frames are never one.
pub fn target(data: &[u8]) {
    for (name, there_and_back) in WAYS {
        // The leave body has no kind.
        let kind = data.first().filter(|_| name != "Leave");
        match there_and_back(data) {
            Ok(again) => {
                assert_eq!(again, data, "{name}");
                saw(name, kind);
            }
            Err(DecodeError::UnknownKind(_)) => saw(name, "unknown kind"),
            // How far into which frame it came.
            Err(error) => saw(name, (kind, format!("{error:?}"))),
        }
    }
    match Envelope::parse(data) {
        Ok(envelope) => {
            assert_eq!(envelope.as_bytes(), data);
            assert_eq!(envelope.body().len() + 8, data.len());
            saw("envelope", (envelope.kind() as u8, data.len()));
        }
        Err(error) => saw("envelope", format!("{error:?}")),
    }
}
