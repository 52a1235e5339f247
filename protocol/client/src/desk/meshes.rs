//! A desk's part in its rooms: it carries what a chat and its mesh have to say to each other.

use super::{Desk, DeskWish};
use crate::chat::{Chat, ChatInput};
use crate::mesh::{Mesh, MeshInput};
use crate::seed::Seed;
use lykta_wire::TicketName;

use alloc::vec::Vec;

/// What happens to a chat and to its mesh alike.
pub(super) fn also_for_the_mesh<'a>(input: &ChatInput<'a>) -> Option<MeshInput<'a>> {
    match input {
        ChatInput::Frame(bytes) => Some(MeshInput::Frame(bytes)),
        ChatInput::Visible(on) => Some(MeshInput::Visible(*on)),
        _ => None,
    }
}

impl Desk {
    /// The first order makes the mesh. Signed out in between, there is nothing to make it of.
    pub(super) fn order(
        &mut self,
        ticket: TicketName,
        order: &[u8],
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        if !self.meshes.contains_key(&ticket) {
            let chat = self.chats.get(&ticket).map(Chat::chat);
            let (Some(chat), Some(bundle)) = (chat, self.seat.bundle()) else { return };
            let Ok(mesh) = Mesh::begin(&bundle, chat, &self.alias, now_ms) else { return };
            self.meshes.insert(ticket, mesh);
            if !self.link_up {
                self.mesh_step(ticket, MeshInput::LinkDown, now_ms, seed, out);
            }
        }
        self.mesh_step(ticket, MeshInput::Order(order), now_ms, seed, out);
    }

    pub(super) fn each_mesh<'a>(
        &mut self,
        input: impl Fn() -> MeshInput<'a>,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        let tickets: Vec<TicketName> = self.meshes.keys().copied().collect();
        for ticket in tickets {
            self.mesh_step(ticket, input(), now_ms, seed, out);
        }
    }

    pub(super) fn mesh_step(
        &mut self,
        ticket: TicketName,
        input: MeshInput<'_>,
        now_ms: u64,
        seed: &mut Seed,
        out: &mut Vec<DeskWish>,
    ) {
        let Some(mesh) = self.meshes.get_mut(&ticket) else { return };
        let frames = mesh.step(now_ms, seed, input);
        let reports = mesh.reports();
        out.extend(frames.into_iter().map(DeskWish::Send));
        for report in reports {
            self.chat_step(ticket, ChatInput::Report(&report), now_ms, seed, out);
        }
    }
}
