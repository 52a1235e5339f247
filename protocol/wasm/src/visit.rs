//! The visitor's door.

use alloc::vec::Vec;

use lykta_client::{About, Seed, Visit, VisitInput};
use lykta_wire::Lane;

use crate::fields::Fields;
use crate::machine::Inside;
use crate::records::Records;

/// Bit 0 of START's flags: beats say that the visitor writes.
const TYPING_BEATS: u8 = 1;

/// A visitor's machine, once it was started.
#[derive(Default)]
pub struct VisitDoor {
    visit: Option<Visit>,
    view: Vec<u8>,
    retry: Option<u64>,
}

impl Inside for VisitDoor {
    fn command(
        &mut self,
        op: u8,
        now_ms: u64,
        seed: &mut Seed,
        mut fields: Fields<'_>,
        out: &mut Records,
    ) -> Option<()> {
        match (op, &mut self.visit) {
            (1, None) => self.visit = Some(start(&mut fields)?),
            (_, Some(visit)) => {
                let input = input(op, &mut fields)?;
                for wish in visit.step(now_ms, seed, input) {
                    out.wish(wish);
                }
            }
            _ => return None,
        }
        let visit = self.visit.as_ref()?;
        out.view(&visit.view(), false, &mut self.view);
        out.retry(visit.retry_at_ms(), &mut self.retry);
        out.wake(visit.wake_at_ms());
        Some(())
    }
}

fn start(fields: &mut Fields<'_>) -> Option<Visit> {
    let centre = fields.array()?;
    let epoch = fields.u16()?;
    let build_date = fields.u32()?;
    let roots = fields.roots()?;
    let flags = fields.u8()?;
    fields.end()?;
    let anchors = Fields::anchors(centre, &roots, epoch)?;
    Some(Visit::new(anchors, build_date, flags & TYPING_BEATS != 0))
}

fn input<'a>(op: u8, fields: &mut Fields<'a>) -> Option<VisitInput<'a>> {
    let input = match op {
        2 => {
            let lane = Lane::from_byte(fields.u8()?).ok()?;
            let about = About::from_code(fields.u8()?)?;
            VisitInput::Join { lane, languages: fields.languages()?, about }
        }
        3 => VisitInput::Opened,
        4 => VisitInput::Closed(fields.u16()?),
        5 => VisitInput::Frame(fields.rest()),
        6 => VisitInput::Tick,
        7 => VisitInput::Say(fields.text()?),
        8 => VisitInput::Typing(fields.flag()?),
        9 => VisitInput::Visible(fields.flag()?),
        10 => VisitInput::End,
        11 => VisitInput::Leave,
        12 => VisitInput::Front,
        13 => VisitInput::Here,
        14 => VisitInput::Covered(fields.flag()?),
        15 => VisitInput::Wake,
        16 => VisitInput::Consent(fields.flag()?),
        17 => VisitInput::Silence(fields.silence()?),
        20 => VisitInput::Compare(fields.flag()?),
        21 => {
            let lane = Lane::from_byte(fields.u8()?).ok()?;
            let about = About::from_code(fields.u8()?)?;
            let languages = fields.languages()?;
            VisitInput::Return { lane, languages, about, words: fields.return_words()? }
        }
        22 => VisitInput::KeepReturn { words: fields.return_words()?, stays: fields.flag()? },
        23 => VisitInput::ForgetReturn,
        _ => return None,
    };
    fields.end()?;
    Some(input)
}
