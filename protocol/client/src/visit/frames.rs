//! What the relay says to a visitor.

use lykta_wire::{Claim, Ending, Envelope, Kind, Member, OpenState, Presence, Refusal, ToVisitor};

use super::talking::{Judge, Talking, Want};
use super::{BAD_ANSWERS_MAX, State, Step, Visit, turns_away};
use crate::silence::SilenceClock;
use crate::ticket::Hail;
use crate::view::Trouble;
use crate::wish::Wish;

impl Visit {
    pub(super) fn frame(&mut self, bytes: &[u8], step: &mut Step<'_>) {
        // What does not decode is a kind of a newer relay, or nothing we could act on.
        let Ok(frame) = ToVisitor::decode(bytes) else { return };
        if matches!(frame, ToVisitor::InLine { .. } | ToVisitor::Nowhere) && self.is_returning() {
            return self.not_back(step);
        }
        match frame {
            ToVisitor::Joined { .. } => self.joined(),
            ToVisitor::InLine { place, wants_hello, closing_soon, wait, state } => {
                self.nowhere = false;
                self.place = place;
                self.closing_soon = closing_soon;
                self.wait = wait;
                self.open_state = Some(state);
                self.in_line(wants_hello, step);
            }
            ToVisitor::With { claim, seat, gone_s } => {
                self.nowhere = false;
                self.with(claim, seat, gone_s, step);
            }
            ToVisitor::Nowhere => self.nowhere(step),
            ToVisitor::Envelope { claim, from, envelope } | ToVisitor::Beat { claim, from, envelope } => {
                self.envelope(claim, from, &envelope, step);
            }
            // Only a sealed beat proves that somebody read something.
            ToVisitor::Stored { .. } | ToVisitor::Alive => {}
            ToVisitor::Switched { claim, to } => {
                if let State::Talking(talking) = &mut self.state
                    && talking.claim == claim
                {
                    let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
                    talking.switched(to, judge, step);
                }
            }
            ToVisitor::Ended { ending } => self.ended(ending, step),
            ToVisitor::Refused { refusal, state } => self.refused(refusal, state, step),
            ToVisitor::Work { puzzle } => self.asked_to_work(&puzzle, step),
            ToVisitor::Restarting { after_ms, within_ms } => {
                self.link.restarting(after_ms, within_ms, step.now, step.seed);
            }
        }
    }

    fn joined(&mut self) {
        self.state = match core::mem::replace(&mut self.state, State::Over(None)) {
            State::Joining { ticket, hail } => {
                self.trouble = None;
                State::Waiting { ticket, hail, insist: false }
            }
            other => other,
        };
    }

    fn in_line(&mut self, wants_hello: bool, step: &mut Step<'_>) {
        match &mut self.state {
            State::Arriving | State::Over(_) => {}
            State::Joining { .. } => {
                self.joined();
                self.in_line(wants_hello, step);
            }
            State::Waiting { ticket, hail, insist } => {
                *insist = false;
                if wants_hello {
                    // Somebody may have seen the one before: keys are never used twice. But one that went out
                    // on this socket, and nobody has taken us since, is merely on its way.
                    if hail.sent.is_none() {
                        *hail = Hail::new(ticket, &self.anchors, step.seed);
                    }
                    self.send_hello(step);
                }
            }
            State::Greeting { .. } | State::Talking(_) => {
                // The place was told with this very frame, and is not told again while it stays the same.
                let place = self.place;
                self.back_to_the_line(step);
                self.place = place;
                if let State::Waiting { insist, .. } = &mut self.state {
                    *insist = false;
                }
            }
        }
    }

    fn with(&mut self, claim: Claim, seat: Presence, gone_s: u32, step: &mut Step<'_>) {
        match &mut self.state {
            State::Arriving | State::Over(_) => {}
            State::Joining { .. } | State::Waiting { .. } if claim == self.spent => {
                // A chat whose keys are gone. Say again that a new greeting is wanted.
                self.joined();
                if let State::Waiting { insist, .. } = &mut self.state {
                    *insist = true;
                }
                self.send_hello(step);
            }
            State::Joining { .. } | State::Waiting { .. } => {
                self.joined();
                if let State::Waiting { ticket, hail, .. } =
                    core::mem::replace(&mut self.state, State::Over(None))
                {
                    self.state = State::Greeting { ticket, hail, claim };
                }
                self.lease.told(seat, gone_s, step.now);
            }
            State::Greeting { claim: ours, .. } => {
                *ours = claim;
                self.lease.told(seat, gone_s, step.now);
            }
            State::Talking(talking) if talking.claim == claim => {
                self.lease.told(seat, gone_s, step.now);
                let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
                talking.found_again(judge, step);
                self.drain(step);
            }
            State::Talking(talking) => {
                // Somebody else has the ticket, and we were not told in between. They cannot have our keys.
                // An older claim is an old frame.
                if claim > talking.claim {
                    self.back_to_the_line(step);
                    self.spent = claim;
                }
            }
        }
    }

    /// The store forgot the ticket. In the line: again to the line. In a chat: both sides have told the relay
    /// who they are, and it puts them together again.
    fn nowhere(&mut self, step: &mut Step<'_>) {
        self.nowhere = true;
        match &mut self.state {
            State::Joining { .. } | State::Waiting { .. } | State::Greeting { .. } => {
                self.back_to_the_line(step);
            }
            State::Talking(talking) => {
                let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
                talking.lost_socket(judge, step);
                self.lease.told(Presence::Gone, 0, step.now);
            }
            State::Arriving | State::Over(_) => {}
        }
    }

    fn envelope(&mut self, claim: Claim, from: Member, envelope: &Envelope, step: &mut Step<'_>) {
        let in_room = matches!(&self.state, State::Talking(talking) if talking.claim == claim);
        if claim == self.spent || (from != Member::COUNSELLOR && !in_room) {
            return;
        }
        match (&mut self.state, envelope.kind()) {
            (State::Joining { .. } | State::Waiting { .. }, Kind::Answer) => {
                self.with(claim, Presence::Here, 0, step);
                self.answer(claim, envelope, step);
            }
            (State::Greeting { .. }, Kind::Answer) => self.answer(claim, envelope, step),
            (State::Talking(talking), Kind::Answer | Kind::Kept | Kind::Beat) if talking.claim == claim => {
                let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
                let want = talking.receive(from, envelope, judge, step);
                self.carry_on(want, step);
                self.drain(step);
            }
            // A second answer, a hello, an old claim: dropped.
            _ => {}
        }
    }

    fn answer(&mut self, claim: Claim, envelope: &Envelope, step: &mut Step<'_>) {
        let now_s = self.now_s();
        let State::Greeting { claim: ours, .. } = &self.state else { return };
        if *ours != claim {
            return;
        }
        let Ok(answer) = lykta_e2ee::Answer::from_envelope(envelope.as_bytes()) else {
            return self.back_to_the_line(step);
        };
        let State::Greeting { ticket, hail, .. } = core::mem::replace(&mut self.state, State::Over(None))
        else {
            return;
        };
        match hail.awaiting.finish(&answer, &self.anchors, now_s) {
            Ok((session, seat)) => {
                self.bad_answers = 0;
                let mut talking = Talking::begin(ticket, claim, session, seat, self.visible, step);
                talking.silence = SilenceClock::new(self.silence);
                self.state = State::Talking(talking);
                self.drain(step);
            }
            Err(lykta_e2ee::FinishError::BadAnswer) if ticket.is_returning() => self.not_back(step),
            Err(lykta_e2ee::FinishError::BadAnswer) => {
                self.spent = claim;
                let hail = Hail::new(&ticket, &self.anchors, step.seed);
                self.lease = crate::lease::Lease::default();
                self.bad_answers += 1;
                if self.bad_answers >= BAD_ANSWERS_MAX {
                    // Keys cannot be agreed here: a page of another centre, or somebody in between.
                    self.state = State::Waiting { ticket, hail, insist: false };
                    return self.failed(Trouble::Broken, step);
                }
                self.state = State::Waiting { ticket, hail, insist: true };
                self.send_hello(step);
            }
            Err(lykta_e2ee::FinishError::Seat(refused)) => {
                // The ticket is still needed for one thing: to make the relay forget it.
                let hail = Hail::new(&ticket, &self.anchors, step.seed);
                self.state = State::Waiting { ticket, hail, insist: false };
                self.failed(Trouble::from(refused), step);
            }
        }
    }

    fn ended(&mut self, ending: Ending, step: &mut Step<'_>) {
        match &mut self.state {
            State::Arriving | State::Over(_) => {}
            State::Talking(talking) => talking.cut_off(step.now),
            _ => self.over(Some(ending), step),
        }
    }

    fn refused(&mut self, refusal: Refusal, state: OpenState, step: &mut Step<'_>) {
        self.open_state = Some(state);
        match &mut self.state {
            State::Joining { .. } => {
                // Either way the relay closes the socket; the link comes back for another try.
                self.trouble = Some(Trouble::Relay(refusal));
                if turns_away(refusal) {
                    self.over(Some(Ending::TurnedAway), step);
                }
            }
            State::Talking(talking) if refusal == Refusal::OutOfOrder => {
                talking.resend_on_request(step.now);
                self.drain(step);
            }
            State::Talking(talking) if refusal == Refusal::StoreAway => {
                talking.was_not_stored(step.now);
            }
            // The timers try again, and the relay says by itself when the ticket has moved.
            _ => {}
        }
    }

    /// Carries out what the chat wants.
    pub(super) fn drain(&mut self, step: &mut Step<'_>) {
        loop {
            let State::Talking(talking) = &mut self.state else { return };
            let judge = Judge { anchors: &self.anchors, now_s: now_s(&self.clock, self.build_date) };
            let Some(want) = talking.next(judge, step) else {
                return;
            };
            self.carry_on(Some(want), step);
        }
    }

    pub(super) fn carry_on(&mut self, want: Option<Want>, step: &mut Step<'_>) {
        if let Some(want) = want {
            match want {
                super::talking::Want::Wish(wish) => step.out.push(wish),
                super::talking::Want::Text(from, text) => {
                    let id = self.next_id;
                    self.next_id += 1;
                    step.out.push(Wish::Said(crate::wish::Said {
                        id,
                        from: from.number(),
                        at_ms: self.clock.wall(),
                        text,
                    }));
                }
                super::talking::Want::Reopen => {
                    let wish = self.link.reopen(step.now, step.seed);
                    self.carry_out(wish, step);
                }
                super::talking::Want::Over(ending) => self.leave_with(ending, step),
                super::talking::Want::LostContact => self.over(Some(Ending::LostContact), step),
                super::talking::Want::Failed(trouble) => self.failed(trouble, step),
            }
        }
    }
}

pub(super) fn now_s(clock: &crate::clock::Clock, build_date: u32) -> u64 {
    lykta_trust::now_at_least(clock.wall() / 1_000, u64::from(build_date))
}
