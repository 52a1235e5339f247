//! The gate before the line, when more come than come in by themselves: by work at once, or by turn.
//!
//! ```text
//! asked --Worked, right--> in          (unless too many have worked from there lately: then by turn)
//!       --the turn has come--> in
//!       --a minute, neither--> refused: too many
//!       --Worked, wrong; anything else that is no Probe or Leave--> closed
//! ```
//!
//! A puzzle lives and dies with its socket, in this task: it counts once, here, and no relay has to know of
//! another's. It is priority and no lock: whose script is slow, or who does not work at all, has a turn.

use lykta_wire::{CloseCode, Puzzle, Refusal, TicketName, ToRelay, ToVisitor};
use tokio::time::{Instant, sleep_until};

use crate::limit::{Asked, ClientKey, PATIENCE, Turn};
use crate::relay::Relay;
use crate::socket::{Over, Socket, Wire};
use crate::visitor::{forget, refuse};

/// Lets the ticket through, now or when it may; `true` when it took a while.
///
/// # Errors
/// When the connection is over.
pub async fn pass<W: Wire>(
    socket: &mut Socket<W>,
    relay: &Relay,
    client: ClientKey,
    ticket: TicketName,
) -> Result<bool, Over> {
    match relay.limit.join(client, relay.now()) {
        Asked::In => Ok(false),
        Asked::Crowd { puzzle, turn } => {
            let gate = Gate { relay, client, ticket, puzzle };
            gate.wait(socket, turn).await.map(|()| true)
        }
    }
}

struct Gate<'a> {
    relay: &'a Relay,
    client: ClientKey,
    ticket: TicketName,
    puzzle: Puzzle,
}

impl Gate<'_> {
    async fn wait<W: Wire>(&self, socket: &mut Socket<W>, turn: Option<Turn>) -> Result<(), Over> {
        let asked = Instant::now();
        socket.send(ToVisitor::Work { puzzle: self.puzzle }.encode()).await?;
        let until = asked + turn.as_ref().map_or(PATIENCE, Turn::after);
        loop {
            tokio::select! {
                biased;
                () = self.relay.drain.cancelled() => return Err(Over::Close(CloseCode::Restarting)),
                bytes = socket.next() => {
                    let frame = ToRelay::decode(&bytes?).map_err(|_| Over::Close(CloseCode::BadFrame))?;
                    if self.hear(socket, frame).await? {
                        return Ok(());
                    }
                }
                () = sleep_until(until) => {
                    let Some(turn) = turn else {
                        return Err(refuse(socket, self.relay, Refusal::TooMany, CloseCode::TooMany).await);
                    };
                    turn.take();
                    return Ok(());
                }
            }
        }
    }

    /// Whether the frame lets them in.
    async fn hear<W: Wire>(&self, socket: &mut Socket<W>, frame: ToRelay) -> Result<bool, Over> {
        match frame {
            ToRelay::Worked { counters } if self.puzzle.is_solved(self.ticket, &counters) => {
                Ok(self.relay.limit.worked(self.client, self.relay.now()))
            }
            ToRelay::Probe => socket.send(ToVisitor::Alive.encode()).await.map(|()| false),
            ToRelay::Leave(leave) if leave.secret.name() == self.ticket => {
                forget(self.relay, leave).await;
                Err(Over::Close(CloseCode::Over))
            }
            _ => Err(Over::Close(CloseCode::BadFrame)),
        }
    }
}
