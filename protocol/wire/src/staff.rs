//! A seat as the other seats see it.

use crate::codec::{DecodeError, Reader, Writer};
use crate::ids::SeatId;

/// `seat 16 | certificate 32 | role u8 | ready u8 | chats u8 | capacity u8`: one living seat.
///
/// The relay's word, good for choosing whom to call: the call itself proves the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatEntry {
    /// The seat.
    pub seat: SeatId,
    /// SHA-256 of its seat certificate.
    pub certificate: [u8; 32],
    /// The certified role: 1 counsellor, 2 interpreter, 3 expert, 4 coordinator, 5-10 an expert of a profession.
    pub role: u8,
    /// On duty.
    pub ready: bool,
    /// Chats it has taken; being a guest does not count.
    pub chats: u8,
    /// Chats it takes at once.
    pub capacity: u8,
}

impl SeatEntry {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            seat: SeatId(reader.array()?),
            certificate: reader.array()?,
            role: match reader.u8()? {
                role @ 1..=10 => role,
                _ => return Err(DecodeError::BadField("role")),
            },
            ready: reader.flag("ready")?,
            chats: reader.u8()?,
            capacity: reader.u8()?,
        })
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        let writer = writer.bytes(&self.seat.0).bytes(&self.certificate).u8(self.role);
        writer.u8(u8::from(self.ready)).u8(self.chats).u8(self.capacity)
    }
}
