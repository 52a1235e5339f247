//! Target `wire`: every decoder of the wire. What is read is written again as the very same bytes, so that no two
//! frames mean the same and nothing is read over.

use lykta_wire::{Envelope, FromDesk, Leave, ToDesk, ToRelay, ToVisitor, limits};

use crate::Target;

pub(crate) const TARGET: Target = Target { name: "wire", run, longest: limits::FRAME_MAX };

fn run(bytes: &[u8]) {
    let again = [
        ToRelay::decode(bytes).ok().map(|frame| frame.encode()),
        FromDesk::decode(bytes).ok().map(|frame| frame.encode()),
        ToVisitor::decode(bytes).ok().map(|frame| frame.encode()),
        ToDesk::decode(bytes).ok().map(|frame| frame.encode()),
        Leave::decode(bytes).ok().map(|leave| leave.encode()),
        Envelope::parse(bytes).ok().map(|envelope| envelope.as_bytes().to_vec()),
    ];
    for again in again.into_iter().flatten() {
        assert_eq!(again, bytes, "read and written, the bytes are others");
    }
}
