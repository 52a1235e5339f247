//! Work that a visitor's device shows when very many come at once: a few thousand hashes for a phone, seventeen
//! for the relay.

use crate::codec::DecodeError;
use crate::hash::sha256;
use crate::ids::TicketName;
use crate::limits::{WORK_BITS_MAX, WORK_PARTS};

/// What a relay asks of one socket, once: [`WORK_PARTS`] rising counters whose hashes begin with
/// [`Puzzle::bits`] zero bits.
///
/// Several small parts instead of one large: the time it takes then hardly depends on luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Puzzle {
    /// Never asked of another socket. No secret.
    pub nonce: [u8; 16],
    bits: u8,
}

impl Puzzle {
    /// A puzzle of this difficulty.
    ///
    /// # Errors
    /// Below 1 or above [`WORK_BITS_MAX`]: no relay may make a phone work for minutes.
    pub fn new(nonce: [u8; 16], bits: u8) -> Result<Self, DecodeError> {
        if (1..=WORK_BITS_MAX).contains(&bits) {
            Ok(Self { nonce, bits })
        } else {
            Err(DecodeError::BadField("bits"))
        }
    }

    /// Zero bits that each part begins with: a part takes 2 to the power of this many hashes, on average.
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// What every counter is hashed with: SHA-256 of the label `lykta/1 work`, the nonce and the ticket's name.
    /// Nobody else's work fits.
    #[must_use]
    pub fn seed(&self, ticket: TicketName) -> WorkSeed {
        WorkSeed { seed: sha256(&[b"lykta/1 work", &self.nonce, &ticket.0]), bits: self.bits }
    }

    /// Whether these counters are the work for this ticket.
    #[must_use]
    pub fn is_solved(&self, ticket: TicketName, counters: &[u32; WORK_PARTS]) -> bool {
        let seed = self.seed(ticket);
        // Rising, so that one part cannot be shown sixteen times.
        counters.is_sorted_by(|one, next| one < next) && counters.iter().all(|counter| seed.fits(*counter))
    }
}

/// A puzzle for one ticket, ready to be worked at.
pub struct WorkSeed {
    seed: [u8; 32],
    bits: u8,
}

impl WorkSeed {
    /// Whether SHA-256 of the seed and this counter begins with enough zero bits.
    #[must_use]
    pub fn fits(&self, counter: u32) -> bool {
        let [a, b, c, d, ..] = sha256(&[&self.seed, &counter.to_be_bytes()]);
        u32::from_be_bytes([a, b, c, d]).leading_zeros() >= u32::from(self.bits)
    }
}
