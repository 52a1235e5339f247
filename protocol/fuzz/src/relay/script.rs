//! Bytes as a script: nearly every byte means something, so that blind changes stay meaningful.

use lykta_wire::{
    ChatRef, Claim, Ending, Envelope, FromDesk, Goodbye, Lane, Languages, Leave, Member, Puzzle, TicketName,
    TicketSecret, ToRelay,
};

/// Visitors there are.
pub(super) const VISITORS: u8 = 4;
/// Marks an envelope as made here; then come the visitor and the direction. No input hits it by chance, and raw
/// frames that hold it are not sent.
pub(super) const MARK: [u8; 16] = *b"lykta fuzz mark.";

pub(super) fn secret(visitor: u8) -> TicketSecret {
    // Nothing that a raw frame meets by chance.
    TicketSecret::new(std::array::from_fn(|at| (at as u8).wrapping_mul(151) ^ visitor.wrapping_mul(73)))
}

pub(super) fn name(visitor: u8) -> TicketName {
    secret(visitor).name()
}

/// What the script has learnt, for frames that fit.
#[derive(Default)]
pub(super) struct Learnt {
    /// The newest claim of each visitor's ticket.
    pub(super) claims: [u32; VISITORS as usize],
    /// The work each visitor was asked for last.
    pub(super) puzzles: [Option<Puzzle>; VISITORS as usize],
}

/// The script, read from its beginning.
pub(super) struct Script<'a>(pub(super) &'a [u8]);

impl Script<'_> {
    pub(super) fn more(&self) -> bool {
        !self.0.is_empty()
    }

    /// The next byte; zeros after the end.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(super) fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    /// Up to 255 bytes as they are.
    pub(super) fn raw(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (raw, rest) = self.0.split_at(length);
        self.0 = rest;
        raw.to_vec()
    }

    fn member(&mut self) -> Member {
        Member::new(self.below(4)).expect("below four")
    }

    /// Most numbers are small; some are at the end of what fits.
    fn number(&mut self) -> u32 {
        match self.byte() {
            byte @ 0..250 => u32::from(byte),
            byte => u32::MAX - u32::from(255 - byte),
        }
    }

    /// The claim that is right, one beside it, or any.
    fn claim(&mut self, learnt: &Learnt, visitor: u8) -> Claim {
        let known = learnt.claims[usize::from(visitor)];
        Claim(match self.byte() {
            0..200 => known,
            200..210 => 0,
            210..220 => known.wrapping_sub(1),
            220..230 => known.wrapping_add(1),
            byte => u32::from(byte),
        })
    }

    fn envelope(&mut self, kind: u8, visitor: u8, to_visitor: bool) -> Envelope {
        let size = match kind {
            1 | 2 => 2_072,
            4 => 536,
            _ => [536, 2_072, 4_120][usize::from(self.below(3))],
        };
        let mut bytes = vec![0; size];
        bytes[..2].copy_from_slice(&[1, kind]);
        bytes[4..8].copy_from_slice(&self.number().to_be_bytes());
        bytes[8..24].copy_from_slice(&MARK);
        bytes[24..26].copy_from_slice(&[visitor, u8::from(to_visitor)]);
        Envelope::parse(&bytes).expect("the shape of an envelope")
    }

    /// Mostly the kind that fits.
    fn kind(&mut self, fits: u8) -> u8 {
        match self.byte() {
            0..240 => fits,
            byte => 1 + byte % 4,
        }
    }

    /// Whose ticket a socket proves with its first frame: seldom somebody else's, which is what a thief of the
    /// secret could do.
    pub(super) fn proves(&mut self, visitor: u8) -> u8 {
        if self.byte() < 240 { visitor } else { self.below(VISITORS) }
    }

    /// A frame of the page that has, or will have, proved the ticket of `visitor`.
    pub(super) fn visitor_frame(&mut self, learnt: &Learnt, visitor: u8) -> Vec<u8> {
        let choice = self.byte();
        let frame = match choice % 10 {
            _ if choice >= 250 => self.work(learnt, visitor),
            0 | 1 => {
                let kind = self.kind(1);
                let lane = if self.byte() < 128 { Lane::Support } else { Lane::Professional };
                let hello = self.envelope(kind, visitor, false);
                ToRelay::Join { secret: secret(visitor), lane, languages: Languages::default(), hello }
            }
            2 => ToRelay::Resume { secret: secret(visitor), claim: self.claim(learnt, visitor) },
            3 | 4 => {
                let (claim, to, kind) = (self.claim(learnt, visitor), self.member(), self.kind(3));
                ToRelay::Put { claim, to, envelope: self.envelope(kind, visitor, false) }
            }
            5 => {
                let claim = self.claim(learnt, visitor);
                ToRelay::Got { claim, from: self.member(), next: self.number() }
            }
            6 => {
                let (claim, to, kind) = (self.claim(learnt, visitor), self.member(), self.kind(4));
                ToRelay::Beat { claim, to, envelope: self.envelope(kind, visitor, false) }
            }
            7 => {
                let kind = self.kind(1);
                ToRelay::Hello { hello: self.envelope(kind, visitor, false) }
            }
            8 => ToRelay::Leave(self.leave(learnt, visitor)),
            _ => ToRelay::Probe,
        };
        frame.encode()
    }

    /// The work that was asked for, or something like it.
    fn work(&mut self, learnt: &Learnt, visitor: u8) -> ToRelay {
        let first = u32::from(self.byte());
        let mut counters = std::array::from_fn(|at| first + at as u32);
        if let Some(puzzle) = learnt.puzzles[usize::from(visitor)]
            && first < 200
        {
            let seed = puzzle.seed(name(visitor));
            let fitting = (0..).filter(|counter| seed.fits(*counter));
            counters.iter_mut().zip(fitting).for_each(|(counter, fits)| *counter = fits);
        }
        ToRelay::Worked { counters }
    }

    pub(super) fn leave(&mut self, learnt: &Learnt, visitor: u8) -> Leave {
        let claim = self.claim(learnt, visitor);
        let mut goodbyes: Vec<Goodbye> = Vec::new();
        for _ in 0..self.below(4) {
            let to = Member::new(goodbyes.len() as u8 + 1).expect("at most three");
            let kind = self.kind(4);
            let kind = if kind == 3 { 4 } else { kind };
            if kind == 4 {
                goodbyes.push(Goodbye { to, envelope: self.envelope(kind, visitor, false) });
            }
        }
        Leave { secret: secret(visitor), claim, goodbyes }
    }

    /// A frame of a console.
    pub(super) fn desk_frame(&mut self, learnt: &Learnt) -> Vec<u8> {
        let visitor = self.below(VISITORS);
        let chat = ChatRef { ticket: name(visitor), claim: self.claim(learnt, visitor) };
        let frame = match self.below(12) {
            0 => FromDesk::Sit { ready: self.byte() < 200, capacity: self.byte() },
            1 => FromDesk::Take { ticket: None },
            2 => FromDesk::Take { ticket: Some(name(visitor)) },
            3 | 4 => {
                let (to, kind) = (self.member(), self.kind(3));
                FromDesk::Put { chat, to, envelope: self.envelope(kind, visitor, true) }
            }
            5 => {
                let to = Member::VISITOR;
                FromDesk::Put { chat, to, envelope: self.envelope(2, visitor, true) }
            }
            6 => FromDesk::Got { chat, from: self.member(), next: self.number() },
            7 => {
                let (to, kind) = (self.member(), self.kind(4));
                FromDesk::Beat { chat, to, envelope: self.envelope(kind, visitor, true) }
            }
            8 => FromDesk::PutBack { chat },
            9 => FromDesk::End { chat, ending: Ending::Helped },
            10 => FromDesk::Mine { chat },
            _ => FromDesk::Probe,
        };
        frame.encode()
    }
}
