//! The door of `chat.wasm`: one chat with its visitor. The channels to other seats of it are `pair.wasm`'s.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lykta_client::{
    BundleError, Chat, ChatInput, Colleague, Invitation, Letter, LinkView, Phase, Seed, Trouble, View, Wish,
};
use lykta_trust::{Fingerprint, Role as StaffRole};
use lykta_wire::{Ending, InviteKind, Member, limits};

use crate::fields::Fields;
use crate::machine::Inside;
use crate::records::{Payload, Records, kind};

/// Nothing, or one chat.
#[derive(Default)]
pub struct ChatDoor(Option<Box<Begun>>);

struct Begun {
    chat: Chat,
    view: Vec<u8>,
}

impl Inside for ChatDoor {
    fn command(
        &mut self,
        op: u8,
        now_ms: u64,
        seed: &mut Seed,
        mut fields: Fields<'_>,
        out: &mut Records,
    ) -> Option<()> {
        match (op, &mut self.0) {
            (201, None) => {
                self.0 = begin(&mut fields, now_ms, seed, out)?.map(Box::new);
                Some(())
            }
            (202, None) => {
                self.0 = come(&mut fields, now_ms, out)?.map(Box::new);
                Some(())
            }
            (_, Some(door)) => {
                let input = chat_input(op, &mut fields)?;
                for wish in door.chat.step(now_ms, seed, input) {
                    out.wish(wish);
                }
                door.said(out);
                Some(())
            }
            _ => None,
        }
    }
}

fn begin(fields: &mut Fields<'_>, now_ms: u64, seed: &mut Seed, out: &mut Records) -> Option<Option<Begun>> {
    let bundle = fields.bundle()?;
    let chat = fields.chat()?;
    let alias_len = fields.u8()?;
    let alias = core::str::from_utf8(fields.bytes(usize::from(alias_len))?).ok()?;
    let hello = fields.bytes(limits::ENVELOPE_SIZES[1])?;
    let back = if fields.end().is_some() { None } else { Some(fields.chain()?) };
    fields.end()?;
    let chat = bundle.and_then(|bundle| match back {
        None => Chat::begin(&bundle, chat, alias, hello, now_ms, seed),
        Some(key) => Chat::begin_returning(&bundle, chat, alias, hello, key, now_ms, seed),
    });
    Some(begun(chat, out))
}

/// A chat's door, or none when its seat's bundle does not fit.
fn begun(chat: Result<(Chat, Vec<Wish>), BundleError>, out: &mut Records) -> Option<Begun> {
    match chat {
        Ok((chat, wishes)) => {
            for wish in wishes {
                out.wish(wish);
            }
            let mut door = Begun { chat, view: Vec::new() };
            door.said(out);
            Some(door)
        }
        Err(_) => {
            // A bundle that does not fit: the page hears it, the relay takes the ticket back by itself.
            let view = View {
                phase: Phase::Over,
                link: LinkView::Up,
                ending: Some(Ending::Failed),
                trouble: Some(Trouble::Broken),
                ..View::default()
            };
            out.view(&view, true, &mut Vec::new());
            None
        }
    }
}

/// Comes into a colleague's chat.
fn come(fields: &mut Fields<'_>, now_ms: u64, out: &mut Records) -> Option<Option<Begun>> {
    let bundle = fields.bundle()?;
    let alias_len = fields.u8()?;
    let alias = core::str::from_utf8(fields.bytes(usize::from(alias_len))?).ok()?;
    let invitation = Invitation::from_bytes(fields.rest())?;
    let come = bundle.and_then(|bundle| Chat::come(&bundle, invitation, alias, now_ms));
    Some(begun(come, out))
}

fn chat_input<'a>(op: u8, fields: &mut Fields<'a>) -> Option<ChatInput<'a>> {
    let input = match op {
        203 => ChatInput::LinkUp,
        204 => ChatInput::LinkDown,
        205 => ChatInput::Frame(fields.rest()),
        206 => ChatInput::Tick,
        207 => ChatInput::Say(fields.text()?),
        208 => ChatInput::Typing(fields.flag()?),
        209 => ChatInput::Visible(fields.flag()?),
        210 => ChatInput::End(Ending::from_byte(fields.u8()?).ok()?),
        211 => ChatInput::PutBack,
        212 => ChatInput::Hold(fields.flag()?),
        213 => ChatInput::Silence(fields.silence()?),
        220 => ChatInput::Compare(fields.flag()?),
        221 => ChatInput::ReturnKept,
        230 => ChatInput::Invite {
            kind: InviteKind::from_byte(fields.u8()?).ok()?,
            colleague: Colleague {
                seat: fields.seat()?,
                certificate: Fingerprint(fields.array()?),
                role: StaffRole::from_code(fields.u8()?).ok()?,
                name: fields.text()?.into(),
            },
        },
        231 => ChatInput::Reply {
            seat: fields.seat()?,
            member: Member::new(fields.u8()?).ok()?,
            yes: fields.flag()?,
        },
        232 => ChatInput::TakeBack,
        233 => ChatInput::LetGo(Member::new(fields.u8()?).ok()?),
        234 => ChatInput::Part,
        235 => ChatInput::Report(fields.rest()),
        _ => return None,
    };
    fields.end()?;
    Some(input)
}

impl Begun {
    fn said(&mut self, out: &mut Records) {
        for Letter { to, invitation } in self.chat.letters() {
            out.letter(to, &invitation);
        }
        for order in self.chat.orders() {
            out.push(kind::ORDER, Payload::new(order.len()).bytes(&order));
        }
        out.view(&self.chat.view(), true, &mut self.view);
        out.wake(self.chat.wake_at_ms());
    }
}
