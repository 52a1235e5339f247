//! The door of `pair.wasm`: this seat's channels to other seats, either the staff channel or those of one room.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lykta_client::{Invitation, Mesh, MeshInput, Seed, StaffDesk, StaffInput, StaffNews};

use crate::fields::Fields;
use crate::machine::Inside;
use crate::records::{Payload, Records, kind};

/// Nothing, the staff channel, or the pairs of one room, chosen by the first command.
#[derive(Default)]
pub struct PairDoor(Role);

#[derive(Default)]
enum Role {
    #[default]
    Unchosen,
    Staff(Box<Staff>),
    Room(Box<Mesh>),
}

struct Staff {
    staff: StaffDesk,
}

impl Inside for PairDoor {
    fn command(
        &mut self,
        op: u8,
        now_ms: u64,
        seed: &mut Seed,
        mut fields: Fields<'_>,
        out: &mut Records,
    ) -> Option<()> {
        match (op, &mut self.0) {
            (141, Role::Unchosen) => {
                let bundle = fields.bundle()?;
                let build_date = fields.u32()?;
                let name = fields.text()?;
                let mut staff = StaffDesk::begin(&bundle.ok()?, build_date, now_ms).ok()?;
                let frames = staff.step(now_ms, seed, StaffInput::Named(name));
                let mut door = Staff { staff };
                door.said(frames, out);
                self.0 = Role::Staff(Box::new(door));
                Some(())
            }
            (241, Role::Unchosen) => {
                let bundle = fields.bundle()?;
                let chat = fields.chat()?;
                let mesh = Mesh::begin(&bundle.ok()?, chat, fields.text()?, now_ms).ok()?;
                self.0 = Role::Room(Box::new(mesh));
                Some(())
            }
            (154, Role::Staff(door)) => {
                let seat = fields.seat()?;
                fields.end()?;
                // Who has proven themselves before is here at once.
                if door.staff.colleague(seat).is_some() {
                    door.told(StaffNews::Here(seat), out);
                }
                let frames = door.staff.step(now_ms, seed, StaffInput::Call(seat));
                door.said(frames, out);
                Some(())
            }
            (_, Role::Staff(door)) => {
                let input = staff_input(op, &mut fields)?;
                let frames = door.staff.step(now_ms, seed, input);
                door.said(frames, out);
                Some(())
            }
            (_, Role::Room(mesh)) => {
                let input = mesh_input(op, &mut fields)?;
                let frames = mesh.step(now_ms, seed, input);
                send(frames, out);
                for report in mesh.reports() {
                    out.push(kind::REPORT, Payload::new(report.len()).bytes(&report));
                }
                out.wake(mesh.wake_at_ms());
                Some(())
            }
            _ => None,
        }
    }
}

fn send(frames: Vec<Vec<u8>>, out: &mut Records) {
    for frame in frames {
        out.push(kind::SEND, Payload::new(frame.len()).bytes(&frame));
    }
}

fn staff_input<'a>(op: u8, fields: &mut Fields<'a>) -> Option<StaffInput<'a>> {
    let input = match op {
        143 => StaffInput::LinkUp,
        144 => StaffInput::LinkDown,
        145 => StaffInput::Frame(fields.rest()),
        146 => StaffInput::Tick,
        156 => {
            let to = fields.seat()?;
            StaffInput::Invitation(to, Invitation::from_bytes(fields.rest())?)
        }
        157 => StaffInput::Tell(fields.seat()?, fields.text()?),
        _ => return None,
    };
    fields.end()?;
    Some(input)
}

fn mesh_input<'a>(op: u8, fields: &mut Fields<'a>) -> Option<MeshInput<'a>> {
    let input = match op {
        243 => MeshInput::LinkUp,
        244 => MeshInput::LinkDown,
        245 => MeshInput::Frame(fields.rest()),
        246 => MeshInput::Tick,
        249 => MeshInput::Visible(fields.flag()?),
        250 => MeshInput::Order(fields.rest()),
        _ => return None,
    };
    fields.end()?;
    Some(input)
}

impl Staff {
    fn said(&mut self, frames: Vec<Vec<u8>>, out: &mut Records) {
        send(frames, out);
        for news in self.staff.news() {
            self.told(news, out);
        }
        out.wake(self.staff.wake_at_ms());
    }

    /// What has happened on the staff channel.
    fn told(&self, news: StaffNews, out: &mut Records) {
        match news {
            StaffNews::Seats(entries) => {
                let ours = self.staff.seat();
                let mut payload = Payload::new(entries.len() * 20);
                for entry in entries.iter().filter(|entry| entry.seat != ours) {
                    payload = payload.bytes(&entry.seat.0).u8(entry.role).flag(entry.ready);
                    payload = payload.u8(entry.chats).u8(entry.capacity);
                }
                out.push(kind::SEATS, payload);
            }
            StaffNews::Here(seat) => {
                if let (Some(colleague), Some(key)) = (self.staff.colleague(seat), self.staff.staff_key(seat))
                {
                    let payload = Payload::new(81 + colleague.name.len())
                        .bytes(&key)
                        .bytes(&seat.0)
                        .bytes(&colleague.certificate.0)
                        .u8(colleague.role.code())
                        .bytes(colleague.name.as_bytes());
                    out.push(kind::COLLEAGUE, payload);
                }
            }
            StaffNews::Invitation { from, invitation } => out.letter(from, &invitation),
            StaffNews::Lost(seat) | StaffNews::Gone(seat) => {
                out.push(kind::GONE, Payload::new(16).bytes(&seat.0));
            }
            StaffNews::Said { from, text } => {
                out.push(kind::HEARD, Payload::new(16 + text.len()).bytes(&from.0).bytes(text.as_bytes()));
            }
            StaffNews::Told(to, id) => out.push(kind::TOLD, Payload::new(21).bytes(&to.0).u32(id).u8(0)),
            StaffNews::NotTold(to, why) => {
                out.push(kind::TOLD, Payload::new(21).bytes(&to.0).u32(0).u8(why as u8));
            }
            StaffNews::Delivered(to, id) => out.push(kind::OPENED, Payload::new(20).bytes(&to.0).u32(id)),
        }
    }
}
