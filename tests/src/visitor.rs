//! A headless visitor.

use lykta_client::{About, NotSaid, Peer, Phase, ReturnKey, Seed, View, Visit, VisitInput, Wish};
use lykta_wire::{Ending, Lane, Languages};
use tokio::time::timeout;

use crate::PATIENCE;
use crate::driver::{Do, Driver, Event, Machine, Route};

/// Everything a visitor's page would show.
#[derive(Clone, Default)]
pub struct VisitorSeen {
    /// The view.
    pub view: View,
    /// Whole messages: id, from (0 the visitor), text.
    pub said: Vec<(u32, u8, String)>,
    /// Own messages up to this id were delivered.
    pub delivered: u32,
    /// How often the conversation was cleared from the screen.
    pub emptied: usize,
    /// Sockets opened so far.
    pub sockets: usize,
    /// Texts that were not taken.
    pub not_said: Vec<NotSaid>,
    /// The body for the beacon, after leaving.
    pub leave: Option<Vec<u8>>,
}

impl VisitorSeen {
    /// The texts of one member of the room, in the order they were shown.
    #[must_use]
    pub fn heard_from(&self, member: u8) -> Vec<String> {
        self.said.iter().filter(|(_, from, _)| *from == member).map(|(_, _, text)| text.clone()).collect()
    }

    /// The texts by the other side, in the order they were shown.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.said.iter().filter(|(_, from, _)| *from != 0).map(|(_, _, text)| text.clone()).collect()
    }
}

type Input = Box<dyn FnOnce(&mut Visit, u64, &mut Seed) -> Vec<Wish> + Send>;

pub(crate) struct Page {
    visit: Visit,
    seen: VisitorSeen,
}

impl Machine for Page {
    type Command = Input;
    type Seen = VisitorSeen;

    fn step(&mut self, now_ms: u64, seed: &mut Seed, event: Event<Input>) -> Vec<Do> {
        let wishes = match event {
            Event::Opened => self.visit.step(now_ms, seed, VisitInput::Opened),
            Event::Closed(code) => self.visit.step(now_ms, seed, VisitInput::Closed(code)),
            Event::Frame(bytes) => self.visit.step(now_ms, seed, VisitInput::Frame(&bytes)),
            Event::Tick => self.visit.step(now_ms, seed, VisitInput::Tick),
            Event::Command(input) => input(&mut self.visit, now_ms, seed),
        };
        let mut out = Vec::new();
        for wish in wishes {
            match wish {
                Wish::Open => {
                    self.seen.sockets += 1;
                    out.push(Do::Open);
                }
                Wish::Close => out.push(Do::Close),
                Wish::Send(frame) => out.push(Do::Send(frame)),
                Wish::Said(said) => self.seen.said.push((said.id, said.from, said.text.to_string())),
                Wish::Delivered(id) => self.seen.delivered = id,
                Wish::Leave(body) => self.seen.leave = Some(body),
                Wish::NotSaid(why) => self.seen.not_said.push(why),
                Wish::Emptied => {
                    self.seen.emptied += 1;
                    self.seen.said.clear();
                }
                // A chat's, for its seat.
                Wish::KeepReturn { .. } | Wish::ForgetReturn => {}
            }
        }
        self.seen.view = self.visit.view();
        out
    }

    fn wake_at_ms(&self) -> Option<u64> {
        self.visit.wake_at_ms()
    }

    fn seen(&self) -> VisitorSeen {
        self.seen.clone()
    }
}

/// A visitor with a page.
pub struct Visitor {
    driver: Driver<Page>,
}

impl Visitor {
    pub(crate) fn arrive(visit: Visit, route: Route) -> Self {
        let page = Page { visit, seen: VisitorSeen::default() };
        Self { driver: Driver::start(page, Vec::new(), route) }
    }

    fn tell(&self, input: impl FnOnce(&mut Visit, u64, &mut Seed) -> Vec<Wish> + Send + 'static) {
        self.driver.tell(Box::new(input));
    }

    /// Joins the support lane.
    pub fn joins(&self) {
        self.joins_lane(Lane::Support);
    }

    /// Joins this lane.
    pub fn joins_lane(&self, lane: Lane) {
        self.tell(move |visit, now, seed| {
            visit.step(
                now,
                seed,
                VisitInput::Join { lane, languages: Languages::default(), about: About::Myself },
            )
        });
    }

    /// Says something.
    pub fn says(&self, text: &str) {
        let text = text.to_owned();
        self.tell(move |visit, now, seed| visit.step(now, seed, VisitInput::Say(&text)));
    }

    /// Writes, or stops.
    pub fn types(&self, on: bool) {
        self.tell(move |visit, now, seed| visit.step(now, seed, VisitInput::Typing(on)));
    }

    /// Covers the screen.
    pub fn covers(&self, on: bool) {
        self.tell(move |visit, now, seed| visit.step(now, seed, VisitInput::Covered(on)));
    }

    /// Words to compare: begins or shows them, or takes them from the screen.
    pub fn compares(&self, on: bool) {
        self.tell(move |visit, now, seed| visit.step(now, seed, VisitInput::Compare(on)));
    }

    /// "Kunna komma tillbaka": asks the counsellor to keep these words. `stays`: also after leaving by hand.
    pub fn keeps_words(&self, words: ReturnKey, stays: bool) {
        self.tell(move |visit, now, seed| visit.step(now, seed, VisitInput::KeepReturn { words, stays }));
    }

    /// "Jag har ord att komma tillbaka med".
    pub fn comes_back_with(&self, words: ReturnKey) {
        self.tell(move |visit, now, seed| {
            let (lane, languages, about) = (Lane::Support, Languages::default(), About::Myself);
            visit.step(now, seed, VisitInput::Return { lane, languages, about, words })
        });
    }

    /// The phone ends the tab: no goodbye, nothing said, the keys are gone.
    pub fn is_killed(self) {}

    /// Waits until a colleague is offered, and says yes or no.
    pub async fn consents(&self, yes: bool) {
        self.until("an offer", |seen| seen.view.offer.as_ref().is_some_and(|offer| !offer.called)).await;
        self.tell(move |visit, now, seed| visit.step(now, seed, VisitInput::Consent(yes)));
    }

    /// "Avsluta chatten".
    pub fn ends(&self) {
        self.tell(|visit, now, seed| visit.step(now, seed, VisitInput::End));
    }

    /// "Lämna sidan".
    pub fn leaves(&self) {
        self.tell(|visit, now, seed| visit.step(now, seed, VisitInput::Leave));
    }

    /// The page is shown again.
    pub fn wakes(&self) {
        self.tell(|visit, now, seed| visit.step(now, seed, VisitInput::Wake));
    }

    /// What the page shows now.
    #[must_use]
    pub fn sees(&self) -> VisitorSeen {
        self.driver.seen.borrow().clone()
    }

    /// Waits until the page shows it, or fails saying what it was.
    pub async fn until(&self, what: &str, mut shown: impl FnMut(&VisitorSeen) -> bool) -> VisitorSeen {
        let mut seen = self.driver.seen.clone();
        let found = timeout(PATIENCE, seen.wait_for(|seen| shown(seen))).await;
        match found {
            Ok(Ok(seen)) => seen.clone(),
            _ => panic!("the visitor never saw: {what}; the view was {:?}", self.sees().view),
        }
    }

    /// Waits for a place in the line.
    pub async fn waits_at(&self, place: u32) {
        self.until(&format!("place {place}"), |seen| {
            seen.view.phase == Phase::Waiting && seen.view.place == place
        })
        .await;
    }

    /// Waits until the conversation is sealed.
    pub async fn talks(&self) {
        self.until("a counsellor", |seen| seen.view.phase == Phase::Talking).await;
    }

    /// Waits until the other side has said exactly this.
    pub async fn hears(&self, texts: &[String]) {
        self.until("every message, once and in order", |seen| seen.heard().len() >= texts.len()).await;
        assert_eq!(self.sees().heard(), texts);
    }

    /// Waits until all own messages are delivered.
    pub async fn is_delivered(&self) {
        self.until("everything delivered", |seen| seen.view.unsent == 0).await;
    }

    /// Waits for the end.
    pub async fn is_over(&self, ending: Ending) {
        self.until(&format!("the end, {ending:?}"), |seen| {
            seen.view.phase == Phase::Over && seen.view.ending == Some(ending)
        })
        .await;
    }

    /// Waits until the counsellor is shown like this.
    pub async fn sees_peer(&self, peer: Peer) {
        self.until(&format!("the counsellor {peer:?}"), |seen| seen.view.peer == peer).await;
    }
}
