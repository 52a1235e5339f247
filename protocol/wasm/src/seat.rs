//! The door of `seat.wasm`: a counsellor's seat. No greeting is behind it, and no conversation.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_client::{SeatDesk, SeatInput, SeatView, SeatWish, Seed, SignIn, SignInError, Trouble};
use lykta_trust::{
    CentreId, Enrolment, Passkey, Role as StaffRole, STAFF_CERTIFICATE_LEN, SignedRoster, StaffCertificate,
    StaffKey,
};
use lykta_wire::{OpenState, TicketName, limits};
use zeroize::Zeroizing;

use crate::fields::Fields;
use crate::machine::Inside;
use crate::records::{Payload, Records, kind};

/// Nothing, or a seat.
#[derive(Default)]
pub struct SeatDoor(Option<Box<Signed>>);

struct Signed {
    seat: SeatDesk,
    view: Option<(SeatView, u8)>,
    retry: Option<u64>,
}

impl Inside for SeatDoor {
    fn command(
        &mut self,
        op: u8,
        now_ms: u64,
        seed: &mut Seed,
        mut fields: Fields<'_>,
        out: &mut Records,
    ) -> Option<()> {
        match (op, &mut self.0) {
            (101, None) => {
                self.0 = sign_in(&mut fields, now_ms, seed, out)?.map(Box::new);
                Some(())
            }
            (130, None) => person(&mut fields, out),
            // Of a colleague, who may stand in a newer roster than this seat was given: then there is nothing to say.
            (130, Some(_)) => {
                person(&mut fields, out);
                Some(())
            }
            (131, None) => request(&mut fields, out),
            (110, Some(door)) => {
                fields.end()?;
                if let Some(bundle) = door.seat.bundle() {
                    let bytes = bundle.to_bytes();
                    out.push(kind::SEAT, Payload::new(bytes.len()).bytes(&bytes));
                }
                Some(())
            }
            (_, Some(door)) => {
                let input = seat_input(op, &mut fields)?;
                let wishes = door.seat.step(now_ms, seed, input);
                door.said(wishes, out);
                Some(())
            }
            _ => None,
        }
    }
}

fn sign_in(
    fields: &mut Fields<'_>,
    now_ms: u64,
    seed: &mut Seed,
    out: &mut Records,
) -> Option<Option<Signed>> {
    let mut staff_seed = Zeroizing::new([0; 32]);
    staff_seed.copy_from_slice(fields.bytes(32)?);
    let staff = StaffCertificate::parse(fields.bytes(STAFF_CERTIFICATE_LEN)?).ok();
    let centre = fields.array()?;
    let roots = fields.roots()?;
    let epoch = fields.u16()?;
    let build_date = fields.u32()?;
    let origin_len = fields.u16()?;
    let origin = String::from(core::str::from_utf8(fields.bytes(usize::from(origin_len))?).ok()?);
    let capacity = fields.u8()?;
    fields.end()?;
    let anchors = Fields::anchors(centre, &roots, epoch)?;
    let signed = staff.ok_or(Trouble::NotTrusted).and_then(|staff| {
        let sign_in = SignIn { staff_seed: &mut staff_seed, staff, anchors, build_date, origin, capacity };
        SeatDesk::sign_in(sign_in, now_ms, seed).map_err(|error| match error {
            SignInError::Refused(refused) => Trouble::from(refused),
            SignInError::OtherKey | SignInError::Origin => Trouble::Broken,
        })
    });
    match signed {
        Ok((seat, wishes)) => {
            let mut door = Signed { seat, view: None, retry: None };
            door.said(wishes, out);
            Some(Some(door))
        }
        Err(trouble) => {
            seat_view(&SeatView::default(), trouble.byte(), out);
            Some(None)
        }
    }
}

/// Who signed in, by the word of the root and not of the relay.
fn person(fields: &mut Fields<'_>, out: &mut Records) -> Option<()> {
    let centre = fields.array()?;
    let roots = fields.roots()?;
    let epoch = fields.u16()?;
    let staff_public: [u8; 32] = fields.array()?;
    let anchors = Fields::anchors(centre, &roots, epoch)?;
    let roster = SignedRoster::from_bytes(fields.rest().to_vec()).verify(&anchors).ok()?;
    let entry = roster.find(&staff_public)?;
    let terms = entry.staff.terms();
    let passkey = entry.passkey.as_deref().and_then(|passkey| Passkey::parse(passkey).ok());
    let name_len = u8::try_from(entry.name.len()).ok()?;
    let payload = Payload::new(11 + STAFF_CERTIFICATE_LEN + 1 + entry.name.len())
        .u8(terms.role.code())
        .u16(passkey.map_or(Passkey::KEY_FILE, |passkey| passkey.key_generation()))
        .u32(terms.not_before)
        .u32(terms.not_after)
        .bytes(entry.staff.as_bytes())
        .u8(name_len)
        .bytes(entry.name.as_bytes());
    out.push(kind::PERSON, payload);
    Some(())
}

/// A request to stand in the next roster.
fn request(fields: &mut Fields<'_>, out: &mut Records) -> Option<()> {
    let mut staff_seed = Zeroizing::new([0; 32]);
    staff_seed.copy_from_slice(fields.bytes(32)?);
    let centre = CentreId(fields.array()?);
    let made = fields.u32()?;
    let role = StaffRole::from_code(fields.u8()?).ok()?;
    let name_len = fields.u8()?;
    let name = String::from(core::str::from_utf8(fields.bytes(usize::from(name_len))?).ok()?);
    let key_generation = fields.u16()?;
    let made_with = fields.rest();
    let passkey =
        (!made_with.is_empty()).then(|| Passkey::new(key_generation, made_with.to_vec()).to_bytes());
    let key = StaffKey::take_seed(&mut staff_seed);
    let asked = Enrolment { centre, made, role, name, key: key.public(), passkey, renews: None };
    let request = asked.sign(&key, None).ok()?;
    let (words, text) = (alloc::format!("{}", request.words()), request.to_text());
    out.push(
        kind::REQUEST,
        Payload::new(words.len() + text.len()).bytes(words.as_bytes()).bytes(text.as_bytes()),
    );
    Some(())
}

fn seat_input<'a>(op: u8, fields: &mut Fields<'a>) -> Option<SeatInput<'a>> {
    let input = match op {
        103 => SeatInput::Opened,
        104 => SeatInput::Closed(fields.u16()?),
        105 => SeatInput::Frame(fields.rest()),
        106 => SeatInput::Tick,
        107 => SeatInput::Duty { ready: fields.flag()?, capacity: fields.u8()? },
        108 => SeatInput::Alive,
        109 => {
            let ticket = fields.ticket()?;
            SeatInput::Take((ticket != TicketName([0; 32])).then_some(ticket))
        }
        111 => {
            let count = fields.u8()?;
            let chats = (0..count).map(|_| fields.chat()).collect::<Option<Vec<_>>>()?;
            SeatInput::Hold(chats)
        }
        112 => SeatInput::SignOut,
        121 => SeatInput::KeepReturn {
            ticket: fields.ticket()?,
            words: fields.return_words()?,
            stays: fields.flag()?,
        },
        122 => SeatInput::ForgetReturn { ticket: fields.ticket()?, left: fields.flag()? },
        123 => SeatInput::CameBack(fields.ticket()?),
        115 => SeatInput::Wake,
        _ => return None,
    };
    fields.end()?;
    Some(input)
}

fn seat_view(view: &SeatView, refusal: u8, out: &mut Records) {
    let payload = Payload::new(5)
        .u8(view.link as u8)
        .flag(view.admitted)
        .flag(view.ready)
        .u8(view.state.map_or(0, OpenState::byte))
        .u8(refusal);
    out.push(kind::SEATVIEW, payload);
}

impl Signed {
    fn said(&mut self, wishes: Vec<SeatWish>, out: &mut Records) {
        for wish in wishes {
            match wish {
                SeatWish::Open => out.empty(kind::OPEN),
                SeatWish::Close => out.empty(kind::CLOSE),
                SeatWish::Send(frame) => out.push(kind::SEND, Payload::new(frame.len()).bytes(&frame)),
                SeatWish::Line { state, total, entries } => {
                    let shown = &entries[..entries.len().min(limits::LINE_SHOWN)];
                    let room = 6 + shown.len() * 71;
                    let mut payload = Payload::new(room).u8(state.byte()).u32(total).u8(shown.len() as u8);
                    for entry in shown {
                        payload = payload
                            .bytes(&entry.ticket.0)
                            .u8(entry.lane.byte())
                            .flag(entry.present)
                            .u32(entry.waited_s)
                            .languages(&entry.languages);
                    }
                    out.push(kind::LINE, payload);
                }
                SeatWish::ReturnKept(ticket) => out.push(kind::KEPT, Payload::new(32).bytes(&ticket.0)),
                SeatWish::Taken { chat, lane, languages, hello, back } => {
                    let key = back.as_ref().map_or(&[][..], |key| key.expose());
                    let payload = Payload::new(38 + 32 + hello.as_bytes().len() + key.len())
                        .bytes(&chat.ticket.0)
                        .u32(chat.claim.0)
                        .u8(lane.byte())
                        .languages(&languages)
                        .bytes(hello.as_bytes())
                        .bytes(key);
                    out.push(kind::TAKEN, payload);
                }
                SeatWish::NotTaken(refusal) => out.push(kind::NOT_TAKEN, Payload::new(1).u8(refusal.byte())),
                // The page sees it in SEATVIEW's `admitted`.
                SeatWish::ChatsUp | SeatWish::ChatsDown => {}
            }
        }
        let view = self.seat.view();
        let refusal = view.refusal.map_or(0, lykta_wire::Refusal::byte);
        if self.view != Some((view, refusal)) {
            self.view = Some((view, refusal));
            seat_view(&view, refusal, out);
        }
        out.retry(self.seat.retry_at_ms(), &mut self.retry);
        out.wake(self.seat.wake_at_ms());
    }
}
