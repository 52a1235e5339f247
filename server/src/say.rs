//! What a member of a chat says: into the box, and to the reader at once if they are on this relay.
//!
//! The reader's bell rings all the same. It finds that everything was passed; or, when the reader is on another relay
//! or has just come, that something was not.

use lykta_wire::{ChatRef, Envelope, Member, Refusal};

use crate::line::Answer;
use crate::presence::Handed;
use crate::relay::Relay;

/// Puts answers and kept envelopes ([`crate::line::Line::put`]), as if each came by itself. Answers for those that are
/// stored behind each other which number the box takes next, and for each one that is not, why. Nothing is handed
/// over that is not stored.
pub async fn put(
    relay: &Relay,
    chat: ChatRef,
    from: Member,
    to: Member,
    mut envelopes: Vec<Envelope>,
) -> Vec<Result<u32, Refusal>> {
    let _saying = relay.presence.saying((chat.ticket, from, to));
    let mut said = Vec::new();
    while !envelopes.is_empty() {
        let Ok(put) = relay.line.put(chat, from, to, envelopes.clone(), relay.now()).await else {
            said.extend(envelopes.iter().map(|_| Err(Refusal::StoreAway)));
            break;
        };
        let stored = put.stored.min(envelopes.len());
        if stored > 0 {
            said.push(Ok(put.level.next));
        }
        let new = envelopes.drain(..stored).skip(stored.saturating_sub(put.new)).collect();
        relay.presence.hand_over(&Handed { chat, from, to, envelopes: new, level: put.level });
        let Some(why_not) = put.why_not.filter(|_| !envelopes.is_empty()) else { break };
        said.push(Err(why_not.into()));
        envelopes.remove(0);
    }
    said
}

/// Replaces the latest beat ([`crate::line::Line::beat`]).
///
/// # Errors
/// When the store is away.
pub async fn beat(relay: &Relay, chat: ChatRef, from: Member, to: Member, beat: Envelope) -> Answer<()> {
    let _saying = relay.presence.saying((chat.ticket, from, to));
    if let Some(level) = relay.line.beat(chat, from, to, beat.clone(), relay.now()).await? {
        relay.presence.hand_over(&Handed { chat, from, to, envelopes: vec![beat], level });
    }
    Ok(())
}
