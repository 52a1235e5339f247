//! Asking another seat into a chat, and coming into one.

use lykta_wire::{ChatRef, InviteKind, Refusal, SeatId, ToDesk};

use super::Seated;
use crate::line::Away;
use crate::socket::{Over, Socket, Wire};

impl Seated {
    pub(super) async fn invite<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        chat: ChatRef,
        kind: InviteKind,
        seat: SeatId,
    ) -> Result<(), Over> {
        let refusal = match self.relay.line.invite(self.seat, chat, seat, kind, self.relay.now()).await {
            Ok(Ok(member)) => return socket.send(ToDesk::Invited { chat, member, seat }.encode()).await,
            Ok(Err(why)) => why.into(),
            Err(Away) => Refusal::StoreAway,
        };
        socket.send(ToDesk::NotInvited { chat, seat, refusal }.encode()).await
    }

    /// This seat was asked, and comes or does not.
    pub(super) async fn reply<W: Wire>(
        &mut self,
        socket: &mut Socket<W>,
        chat: ChatRef,
        yes: bool,
    ) -> Result<(), Over> {
        match self.relay.line.reply(self.seat, chat, yes, self.relay.now()).await {
            Ok(Some(member)) if yes => self.enter(socket, chat, member).await,
            Ok(Some(_)) => Ok(()),
            // Who says no to nothing has said no.
            Ok(None) if !yes => Ok(()),
            Ok(None) => self.refuse(socket, chat, Refusal::NotYours).await,
            Err(Away) => self.refuse(socket, chat, Refusal::StoreAway).await,
        }
    }
}
