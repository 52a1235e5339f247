//! One step of a door: a command in, records out. The same in a browser and in a test.

use alloc::vec::Vec;

use lykta_client::Seed;
use zeroize::Zeroizing;

use crate::fields::Fields;
use crate::records::Records;

/// Fetch the records that did not fit.
const DRAIN: u8 = 0;

/// What is behind a door.
pub trait Inside {
    /// Carries out one command. `None`: the fields are not in their layout, or the op is not for this machine
    /// now; nothing has happened then.
    fn command(
        &mut self,
        op: u8,
        now_ms: u64,
        seed: &mut Seed,
        fields: Fields<'_>,
        out: &mut Records,
    ) -> Option<()>;
}

/// A machine with its records.
#[derive(Default)]
pub struct Machine<I> {
    inside: I,
    records: Records,
}

impl<I: Inside> Machine<I> {
    /// One command, at most one mailbox of records. Never panics, whatever the bytes are.
    pub fn step(&mut self, command: &[u8]) -> Zeroizing<Vec<u8>> {
        self.carry_out(command);
        self.records.fill()
    }

    fn carry_out(&mut self, command: &[u8]) -> Option<()> {
        let mut fields = Fields::new(command);
        let op = fields.u8()?;
        let now_ms = fields.u64()?;
        let mut bytes = Zeroizing::new([0; Seed::LEN]);
        bytes.copy_from_slice(fields.bytes(Seed::LEN)?);
        if op == DRAIN {
            return Some(());
        }
        self.inside.command(op, now_ms, &mut Seed::take(&mut bytes), fields, &mut self.records)
    }
}
