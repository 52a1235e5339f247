//! A visitor's claim to be helped, and the hello that lies with it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_e2ee::{About, Awaiting, ChainSecret, HelloSeed, Occasion, TextError, greet, split_text};
use lykta_trust::Anchors;
use lykta_wire::{
    Claim, Envelope, Goodbye, Lane, Languages, Leave, ReturnId, TicketName, TicketSecret, ToRelay,
};
use zeroize::Zeroizing;

use crate::channel::UNSENT_MAX;
use crate::clock::Steady;
use crate::seed::Seed;
use crate::wish::NotSaid;

/// A text written before there was anybody to seal it for. It stays on the device until then.
pub(crate) struct Draft {
    pub(crate) id: u32,
    pub(crate) text: Zeroizing<String>,
}

/// The ticket: what proves the visit, and what the visitor asked for. Boxed, so that moving it from state to
/// state leaves no copy of the secret.
pub(crate) struct Ticket {
    secret: TicketSecret,
    pub(crate) name: TicketName,
    pub(crate) lane: Lane,
    languages: Languages,
    /// Never told to the relay: sealed once there is somebody to seal it for.
    pub(crate) about: About,
    /// On the way back with return words, until a counsellor has answered under them.
    back: Option<ReturnId>,
    drafts: Vec<Draft>,
    draft_bytes: usize,
}

impl Ticket {
    pub(crate) fn new(lane: Lane, languages: Languages, about: About, seed: &mut Seed) -> Box<Self> {
        let secret = TicketSecret::new(*seed.draw());
        let name = secret.name();
        let (back, drafts, draft_bytes) = (None, Vec::new(), 0);
        Box::new(Self { secret, name, lane, languages, about, back, drafts, draft_bytes })
    }

    /// A ticket that is not for the line.
    pub(crate) fn returning(
        lane: Lane,
        languages: Languages,
        about: About,
        id: [u8; 16],
        seed: &mut Seed,
    ) -> Box<Self> {
        let mut ticket = Self::new(lane, languages, about, seed);
        ticket.back = Some(ReturnId::new(id));
        ticket
    }

    pub(crate) fn is_returning(&self) -> bool {
        self.back.is_some()
    }

    /// Whether this was the way back; it is over now either way.
    pub(crate) fn is_back(&mut self) -> bool {
        self.back.take().is_some()
    }

    fn secret(&self) -> TicketSecret {
        TicketSecret::new(*self.secret.expose())
    }

    pub(crate) fn join(&self, hail: &Hail) -> Vec<u8> {
        let (secret, lane, languages) = (self.secret(), self.lane, self.languages.clone());
        let hello = hail.envelope.clone();
        match &self.back {
            None => ToRelay::Join { secret, lane, languages, hello },
            Some(id) => ToRelay::Return { secret, id: ReturnId::new(*id.expose()), lane, languages, hello },
        }
        .encode()
    }

    pub(crate) fn resume(&self, claim: Claim) -> Vec<u8> {
        ToRelay::Resume { secret: self.secret(), claim }.encode()
    }

    pub(crate) fn leave(&self, claim: Claim, goodbyes: Vec<Goodbye>) -> Leave {
        Leave { secret: self.secret(), claim, goodbyes }
    }

    /// Keeps a text until there is somebody to seal it for.
    pub(crate) fn draft(&mut self, id: u32, text: &str) -> Result<(), NotSaid> {
        split_text(text).map_err(|error| match error {
            TextError::Empty => NotSaid::Empty,
            TextError::TooLong => NotSaid::TooLong,
        })?;
        if self.draft_bytes + text.len() > UNSENT_MAX {
            return Err(NotSaid::TooMuchUnsent);
        }
        self.draft_bytes += text.len();
        self.drafts.push(Draft { id, text: Zeroizing::new(String::from(text)) });
        Ok(())
    }

    pub(crate) fn take_drafts(&mut self) -> Vec<Draft> {
        self.draft_bytes = 0;
        core::mem::take(&mut self.drafts)
    }

    /// Texts that wait for somebody to seal them for.
    pub(crate) fn unsent(&self) -> u16 {
        u16::try_from(self.drafts.len()).unwrap_or(u16::MAX)
    }
}

/// A hello that waits for its answer. Used once: a new one is made whenever somebody may have seen it.
pub(crate) struct Hail {
    pub(crate) awaiting: Awaiting,
    pub(crate) envelope: Envelope,
    /// When it went out on the present socket.
    pub(crate) sent: Option<Steady>,
}

impl Hail {
    pub(crate) fn new(ticket: &Ticket, anchors: &Anchors, seed: &mut Seed) -> Box<Self> {
        Self::make(Occasion::new_ticket(&ticket.name.0), anchors, seed)
    }

    /// A hello that only the counsellor who has `key` can answer.
    pub(crate) fn returning(
        ticket: &Ticket,
        key: ChainSecret,
        anchors: &Anchors,
        seed: &mut Seed,
    ) -> Box<Self> {
        Self::make(Occasion::returning(&ticket.name.0, key), anchors, seed)
    }

    fn make(occasion: Occasion, anchors: &Anchors, seed: &mut Seed) -> Box<Self> {
        let seed = HelloSeed::take(&mut seed.draw());
        let (awaiting, hello) = greet(seed, occasion, anchors);
        let envelope = Envelope::parse(hello.to_envelope().as_bytes())
            .expect("both crates freeze the same layout of a hello");
        Box::new(Self { awaiting, envelope, sent: None })
    }

    pub(crate) fn frame(&self) -> Vec<u8> {
        ToRelay::Hello { hello: self.envelope.clone() }.encode()
    }
}
