//! The counsellor's doors: a seat, or one chat, chosen by the first command.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use lykta_client::{
    BundleError, Chat, ChatInput, Colleague, Invitation, Letter, LinkView, Phase, SeatBundle, SeatDesk,
    SeatInput, SeatView, SeatWish, Seed, SignIn, SignInError, StaffNews, Trouble, View, Wish,
};
use lykta_trust::{
    CentreId, Enrolment, Fingerprint, Passkey, Role as StaffRole, STAFF_CERTIFICATE_LEN, SignedRoster,
    StaffCertificate, StaffKey,
};
use lykta_wire::{Ending, InviteKind, Member, OpenState, SeatId, TicketName, limits};
use zeroize::Zeroizing;

use crate::fields::Fields;
use crate::machine::Inside;
use crate::records::{Payload, Records, kind};

/// Nothing, a seat, or a chat.
#[derive(Default)]
pub struct DeskDoor(Role);

#[derive(Default)]
enum Role {
    #[default]
    Unchosen,
    Seat(Box<SeatDoor>),
    Chat(Box<ChatDoor>),
}

struct SeatDoor {
    seat: SeatDesk,
    view: Option<(SeatView, u8)>,
    retry: Option<u64>,
}

struct ChatDoor {
    chat: Chat,
    view: Vec<u8>,
}

impl Inside for DeskDoor {
    fn command(
        &mut self,
        op: u8,
        now_ms: u64,
        seed: &mut Seed,
        mut fields: Fields<'_>,
        out: &mut Records,
    ) -> Option<()> {
        match (op, &mut self.0) {
            (101, Role::Unchosen) => {
                if let Some(door) = sign_in(&mut fields, now_ms, seed, out)? {
                    self.0 = Role::Seat(Box::new(door));
                }
                Some(())
            }
            (201, Role::Unchosen) => {
                if let Some(door) = begin(&mut fields, now_ms, seed, out)? {
                    self.0 = Role::Chat(Box::new(door));
                }
                Some(())
            }
            (202, Role::Unchosen) => {
                if let Some(door) = come(&mut fields, now_ms, out)? {
                    self.0 = Role::Chat(Box::new(door));
                }
                Some(())
            }
            (130, Role::Unchosen) => person(&mut fields, out),
            // Of a colleague, who may stand in a newer roster than this seat was given: then there is nothing to say.
            (130, Role::Seat(_)) => {
                person(&mut fields, out);
                Some(())
            }
            (131, Role::Unchosen) => request(&mut fields, out),
            (110, Role::Seat(door)) => {
                fields.end()?;
                if let Some(bundle) = door.seat.bundle() {
                    let bytes = bundle.to_bytes();
                    out.push(kind::SEAT, Payload::new(bytes.len()).bytes(&bytes));
                }
                Some(())
            }
            (114, Role::Seat(door)) => {
                let seat = fields.seat()?;
                fields.end()?;
                // Who has proven themselves before is here at once.
                if door.seat.colleague(seat).is_some() {
                    door.told(StaffNews::Here(seat), out);
                }
                let wishes = door.seat.step(now_ms, seed, SeatInput::Call(seat));
                door.said(wishes, out);
                Some(())
            }
            (_, Role::Seat(door)) => {
                let input = seat_input(op, &mut fields)?;
                let wishes = door.seat.step(now_ms, seed, input);
                door.said(wishes, out);
                Some(())
            }
            (_, Role::Chat(door)) => {
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

// ---- the seat ---------------------------------------------------------------------------------

fn sign_in(
    fields: &mut Fields<'_>,
    now_ms: u64,
    seed: &mut Seed,
    out: &mut Records,
) -> Option<Option<SeatDoor>> {
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
            let mut door = SeatDoor { seat, view: None, retry: None };
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
        113 => SeatInput::Named(fields.text()?),
        116 => {
            let to = fields.seat()?;
            SeatInput::Invitation(to, Invitation::from_bytes(fields.rest())?)
        }
        117 => SeatInput::Tell(fields.seat()?, fields.text()?),
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

impl SeatDoor {
    /// What has happened on the staff channel.
    fn told(&mut self, news: StaffNews, out: &mut Records) {
        match news {
            StaffNews::Seats(entries) => {
                let ours = self.seat.seat();
                let mut payload = Payload::new(entries.len() * 20);
                for entry in entries.iter().filter(|entry| Some(entry.seat) != ours) {
                    payload = payload.bytes(&entry.seat.0).u8(entry.role).flag(entry.ready);
                    payload = payload.u8(entry.chats).u8(entry.capacity);
                }
                out.push(kind::SEATS, payload);
            }
            StaffNews::Here(seat) => {
                if let (Some(colleague), Some(key)) = (self.seat.colleague(seat), self.seat.staff_key(seat)) {
                    let payload = Payload::new(81 + colleague.name.len())
                        .bytes(&key)
                        .bytes(&seat.0)
                        .bytes(&colleague.certificate.0)
                        .u8(colleague.role.code())
                        .bytes(colleague.name.as_bytes());
                    out.push(kind::COLLEAGUE, payload);
                }
            }
            StaffNews::Invitation { from, invitation } => letter(from, &invitation, out),
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
        for news in self.seat.news() {
            self.told(news, out);
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

// ---- a chat -----------------------------------------------------------------------------------

fn begin(
    fields: &mut Fields<'_>,
    now_ms: u64,
    seed: &mut Seed,
    out: &mut Records,
) -> Option<Option<ChatDoor>> {
    let bundle_len = fields.u16()?;
    let bundle = SeatBundle::parse(fields.bytes(usize::from(bundle_len))?);
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
fn begun(chat: Result<(Chat, Vec<Wish>), BundleError>, out: &mut Records) -> Option<ChatDoor> {
    match chat {
        Ok((chat, wishes)) => {
            for wish in wishes {
                out.wish(wish);
            }
            let mut door = ChatDoor { chat, view: Vec::new() };
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
fn come(fields: &mut Fields<'_>, now_ms: u64, out: &mut Records) -> Option<Option<ChatDoor>> {
    let bundle_len = fields.u16()?;
    let bundle = SeatBundle::parse(fields.bytes(usize::from(bundle_len))?);
    let alias_len = fields.u8()?;
    let alias = core::str::from_utf8(fields.bytes(usize::from(alias_len))?).ok()?;
    let invitation = Invitation::from_bytes(fields.rest())?;
    let come = bundle.and_then(|bundle| Chat::come(&bundle, invitation, alias, now_ms));
    Some(begun(come, out))
}

fn letter(seat: SeatId, invitation: &Invitation, out: &mut Records) {
    let bytes = invitation.to_bytes();
    out.push(kind::LETTER, Payload::new(16 + bytes.len()).bytes(&seat.0).bytes(&bytes));
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
        _ => return None,
    };
    fields.end()?;
    Some(input)
}

impl ChatDoor {
    fn said(&mut self, out: &mut Records) {
        for Letter { to, invitation } in self.chat.letters() {
            letter(to, &invitation, out);
        }
        out.view(&self.chat.view(), true, &mut self.view);
        out.wake(self.chat.wake_at_ms());
    }
}
