//! A desk's part in the staff channel: it carries what chats and colleagues have to say to each other.

use alloc::vec::Vec;

use lykta_e2ee::{Invitation, InvitationStep};
use lykta_wire::{ChatRef, InviteKind, Member, SeatId, TicketName};

use super::{Desk, DeskWish};
use crate::chat::{Chat, ChatInput};
use crate::seed::Seed;
use crate::staff_channel::StaffNews;
use crate::staff_desk::{StaffDesk, StaffInput};

/// A colleague asks this seat into a chat.
pub(super) struct Ask {
    from: SeatId,
    invitation: Invitation,
}

impl Desk {
    /// Calls the colleague; the chat asks as soon as they have proven themselves.
    pub(super) fn invite(
        &mut self,
        ticket: TicketName,
        kind: InviteKind,
        seat: SeatId,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        self.wanted.retain(|(chat, ..)| *chat != ticket);
        self.wanted.push((ticket, kind, seat));
        self.staff(StaffInput::Call(seat), now_ms, seed, out);
    }

    pub(super) fn answer(
        &mut self,
        ticket: TicketName,
        yes: bool,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        let Some(Ask { from, invitation }) = self.asked.remove(&ticket) else { return };
        let (chat, kind, member) = (invitation.chat, invitation.kind, invitation.member);
        if yes {
            // Signed out in between: the invitation lapses by itself.
            let Some(bundle) = self.seat.bundle() else { return };
            let Ok((chat, wishes)) = Chat::come(&bundle, invitation, &self.alias, now_ms) else {
                return;
            };
            self.chats.insert(ticket, chat);
            self.chat_wishes(ticket, wishes, now_ms, seed, out);
        } else {
            out.push(DeskWish::Send(lykta_wire::FromDesk::Reply { chat, yes }.encode()));
        }
        let step = if yes { InvitationStep::Yes } else { InvitationStep::No };
        self.tell_about(from, Invitation { step, kind, chat, member }, now_ms, seed, out);
    }

    fn tell_about(
        &mut self,
        to: SeatId,
        invitation: Invitation,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        self.staff(StaffInput::Invitation(to, invitation), now_ms, seed, out);
    }

    pub(super) fn staff(
        &mut self,
        input: StaffInput<'_>,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        if let Some(staff) = &mut self.staff {
            out.extend(staff.step(now_ms, seed, input).into_iter().map(DeskWish::Send));
        }
    }

    /// Carries letters to the staff channel and its news to the chats, until there is nothing to carry.
    pub(super) fn post(&mut self, now_ms: u64, seed: &mut Seed, out: &mut Vec<DeskWish>) {
        loop {
            let letters: Vec<_> = self.chats.values_mut().flat_map(Chat::letters).collect();
            let news = self.staff.as_mut().map_or_else(Vec::new, StaffDesk::news);
            let callable: Vec<_> = self
                .wanted
                .iter()
                .filter_map(|(ticket, kind, seat)| {
                    Some((*ticket, *kind, self.staff.as_ref()?.colleague(*seat)?))
                })
                .collect();
            if letters.is_empty() && news.is_empty() && callable.is_empty() {
                return;
            }
            for letter in letters {
                self.tell_about(letter.to, letter.invitation, now_ms, seed, out);
            }
            for (ticket, kind, colleague) in callable {
                self.wanted.retain(|(chat, ..)| *chat != ticket);
                self.chat_step(ticket, ChatInput::Invite { kind, colleague }, now_ms, seed, out);
            }
            for one in news {
                self.news(one, now_ms, seed, out);
            }
        }
    }

    fn news(&mut self, news: StaffNews, now_ms: u64, seed: &mut Seed, out: &mut Vec<DeskWish>) {
        match news {
            StaffNews::Seats(entries) => out.push(DeskWish::Colleagues(entries)),
            StaffNews::Here(_) => {}
            StaffNews::Said { from, text } => out.push(DeskWish::ColleagueSaid { from, text }),
            StaffNews::Told(seat, id) => out.push(DeskWish::Told(seat, id)),
            StaffNews::NotTold(seat, why) => out.push(DeskWish::NotTold(seat, why)),
            StaffNews::Delivered(seat, id) => out.push(DeskWish::ToldDelivered(seat, id)),
            StaffNews::Invitation { from, invitation } => {
                self.invitation(from, invitation, now_ms, seed, out)
            }
            StaffNews::Lost(seat) | StaffNews::Gone(seat) => {
                self.wanted.retain(|(.., wanted)| *wanted != seat);
                out.push(DeskWish::ColleagueGone(seat));
            }
        }
    }

    fn invitation(
        &mut self,
        from: SeatId,
        invitation: Invitation,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        let Invitation { chat, kind, member, .. } = invitation;
        let ticket = chat.ticket;
        match invitation.step {
            // Nobody asks a seat into a chat that it is in already.
            InvitationStep::Ask(_) if self.chats.get(&ticket).is_some_and(Chat::holds_keys) => {}
            InvitationStep::Ask(_) => {
                self.chats.remove(&ticket);
                self.asked.insert(ticket, Ask { from, invitation });
                out.push(DeskWish::Asked { from, chat, kind });
            }
            InvitationStep::Yes => self.reply(from, chat, member, true, now_ms, seed, out),
            InvitationStep::No => self.reply(from, chat, member, false, now_ms, seed, out),
            InvitationStep::TakenBack => {
                if self.asked.get(&ticket).is_some_and(|ask| ask.from == from) {
                    self.asked.remove(&ticket);
                    out.push(DeskWish::AskedNoMore(ticket));
                }
                let waits = self
                    .chats
                    .get(&ticket)
                    .is_some_and(|chat| chat.member() == member && chat.is_expecting());
                if waits {
                    self.chat_step(ticket, ChatInput::Part, now_ms, seed, out);
                }
            }
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "who says what about which chat, and the three of every step"
    )]
    fn reply(
        &mut self,
        seat: SeatId,
        chat: ChatRef,
        member: Member,
        yes: bool,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        if self.chats.get(&chat.ticket).is_some_and(|ours| ours.chat() == chat) {
            self.chat_step(chat.ticket, ChatInput::Reply { seat, member, yes }, now_ms, seed, out);
        }
    }
}
