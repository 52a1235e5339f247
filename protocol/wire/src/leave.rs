//! Leaving: the one message that must work without a socket.

use alloc::vec::Vec;

use crate::codec::{DecodeError, Reader, Writer};
use crate::envelope::Envelope;
use crate::ids::{Claim, Member, TicketSecret};
use crate::{limits, visit::envelope};

/// A sealed goodbye for one seat: a beat, 536 bytes.
///
/// A beat and not a kept envelope, because kept ones open strictly in order: a goodbye behind an
/// unconfirmed note could not be opened by somebody who never got the note.
pub struct Goodbye {
    /// The seat it is for.
    pub to: Member,
    /// The sealed beat.
    pub envelope: Envelope,
}

/// `secret 32 | claim u32 | count u8 | count × (to u8 | beat 536)`: the body of `POST /leave`, and after a
/// kind byte the frame [`crate::ToRelay::Leave`].
pub struct Leave {
    /// Proves the ticket.
    pub secret: TicketSecret,
    /// The claim the goodbyes belong to, [`Claim::NONE`] in the line.
    pub claim: Claim,
    /// One for each seat of the chat; none in the line.
    pub goodbyes: Vec<Goodbye>,
}

impl Leave {
    /// The longest body, bytes: secret, claim, count, and a number with a small envelope for each seat of the chat
    /// (`wire.md`, section 7).
    pub const MAX: usize = 32 + 4 + 1 + limits::SEATS_IN_CHAT as usize * (1 + limits::ENVELOPE_SIZES[0]);

    /// Reads a whole body.
    ///
    /// # Errors
    /// When the bytes are not exactly one leave.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let leave = Self::read(&mut reader)?;
        reader.end()?;
        Ok(leave)
    }

    /// The body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.write(Writer::bare()).done()
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let secret = TicketSecret::new(reader.array()?);
        let claim = Claim(reader.u32()?);
        let count = reader.u8()?;
        if count > limits::SEATS_IN_CHAT {
            return Err(DecodeError::BadField("goodbyes"));
        }
        let goodbyes = (0..count)
            .map(|_| {
                let to = Member::new(reader.u8()?)?;
                let envelope = envelope(reader.take(limits::ENVELOPE_SIZES[0])?)?;
                Ok(Goodbye { to, envelope })
            })
            .collect::<Result<_, DecodeError>>()?;
        Ok(Self { secret, claim, goodbyes })
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        // At most SEATS_IN_CHAT goodbyes are ever built, and decode refuses more.
        let writer = writer.bytes(self.secret.expose()).u32(self.claim.0).u8(self.goodbyes.len() as u8);
        self.goodbyes
            .iter()
            .fold(writer, |writer, goodbye| writer.u8(goodbye.to.number()).bytes(goodbye.envelope.as_bytes()))
    }
}
