//! The calendar in use: the centre's file, and what the staff changed about single days.
//!
//! ```text
//! a console's wish --would it hold?--> pinned in the line, if nobody was first --> in use --> on this relay's disk
//! another relay's  --bell, or the tick---------------------------------------->  in use --> on this relay's disk
//! ```
//!
//! The line decides who was first: a version is pinned once. Every relay keeps a copy, so a line that has lost its
//! memory is filled again by whichever relay looks first, and a relay that was away gets what it missed. An older
//! version never takes the place of a newer one; of two with the same number, which only a line that lost its memory
//! can bring about, the one that hangs there counts.

use std::sync::{Arc, OnceLock, RwLock};

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::{error, info, warn};

use crate::clock::{Clock, Moment};
use crate::door::Hands;
use crate::hours::{Calendar, Edits, NotEdited, Wish};
use crate::line::{Answer, Bell, Line, Sheet};
use crate::relay::TICK;
use crate::staff::{NotOnShelf, Shelf};

/// The calendar of this relay.
pub struct Edited {
    /// What the centre's file says; around the clock where a demonstration is always open.
    plan: Calendar,
    in_use: RwLock<Arc<InUse>>,
    shelf: OnceLock<Shelf>,
    /// One change at a time: looking, deciding, pinning and writing belong together.
    changing: Mutex<()>,
}

/// What holds just now.
pub struct InUse {
    /// The edits, those whose day is over among them.
    pub edits: Edits,
    /// The calendar with them.
    pub calendar: Calendar,
}

/// Why a wish has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotChanged {
    /// It cannot be an edit.
    Refused(NotEdited),
    /// Another version is in use than the one that the person had seen.
    SomebodyElse,
    /// The line cannot be reached, so nobody knows who was first.
    Away,
    /// It is in use, and was not written to this relay's disk.
    NotKept,
}

impl Edited {
    /// The calendar of the centre's file.
    #[must_use]
    pub fn new(calendar: &Calendar, hands: &Hands) -> Self {
        let plan = match hands {
            Hands::AlwaysOpen => Calendar::around_the_clock(calendar.zone.clone()),
            Hands::Real | Hands::Moved { .. } => calendar.clone(),
        };
        let in_use = InUse { edits: Edits::default(), calendar: plan.clone() };
        Self {
            plan,
            in_use: RwLock::new(Arc::new(in_use)),
            shelf: OnceLock::new(),
            changing: Mutex::default(),
        }
    }

    /// Takes what lies in the state directory, and writes there from now on.
    ///
    /// # Errors
    /// [`NotOnShelf`] when the file is not as a relay writes it.
    pub fn keep_on(&self, shelf: Shelf) -> Result<(), NotOnShelf> {
        let edits = shelf.calendar()?;
        self.use_from_now_on(edits);
        // A relay has one state directory, named once.
        let _ = self.shelf.set(shelf);
        Ok(())
    }

    /// What holds just now.
    #[must_use]
    pub fn in_use(&self) -> Arc<InUse> {
        Arc::clone(&self.in_use.read().expect("nobody panics while holding the calendar"))
    }

    /// What would hold with this wish at `at`, for showing it before it is made.
    ///
    /// # Errors
    /// [`NotChanged::Refused`].
    pub fn would_be(&self, wish: Wish, at: Timestamp) -> Result<InUse, NotChanged> {
        let edits = self.in_use().edits.with(&self.plan, wish, at).map_err(NotChanged::Refused)?;
        Ok(self.with(edits))
    }

    /// The edits whose day is not over.
    #[must_use]
    pub fn living(&self, at: Timestamp) -> Edits {
        self.in_use().edits.living(&self.plan, at)
    }

    /// Makes the wish of somebody who had seen version `seen` come true, at every relay or nowhere.
    ///
    /// # Errors
    /// [`NotChanged`]; all but the last mean that nothing is different.
    pub async fn change(
        &self,
        line: &dyn Line,
        seen: u32,
        wish: Wish,
        at: Timestamp,
        now: Moment,
    ) -> Result<(), NotChanged> {
        let _one = self.changing.lock().await;
        self.look_now(line, now).await.map_err(|_| NotChanged::Away)?;
        if self.in_use().edits.version() != seen {
            return Err(NotChanged::SomebodyElse);
        }
        let InUse { edits, .. } = self.would_be(wish, at)?;
        match line.pin(Sheet::Calendar, edits.version(), edits.write().as_bytes(), now).await {
            Err(_) => Err(NotChanged::Away),
            Ok(false) => {
                // Shown to whoever asked, so that they can look before they wish again.
                let _ = self.look_now(line, now).await;
                Err(NotChanged::SomebodyElse)
            }
            Ok(true) => self.take(edits).map_err(|_| NotChanged::NotKept),
        }
    }

    /// Compares what is in use with what hangs in the line, and takes or pins the newer one.
    ///
    /// # Errors
    /// The line is away; the next look finds what was missed.
    pub async fn look(&self, line: &dyn Line, now: Moment) -> Answer<()> {
        let _one = self.changing.lock().await;
        self.look_now(line, now).await
    }

    async fn look_now(&self, line: &dyn Line, now: Moment) -> Answer<()> {
        let known = self.in_use();
        let version = known.edits.version();
        // From the same version on: two with one number are two, and one of them has to go.
        let pinned = line.pinned(Sheet::Calendar, version.saturating_sub(1), now).await?;
        if let Some(bytes) = pinned.bytes {
            let read = std::str::from_utf8(&bytes).ok().and_then(|text| Edits::read(text).ok());
            match read.filter(|edits| edits.version() == pinned.version) {
                Some(edits) if edits == known.edits => {}
                Some(edits) => {
                    if edits.version() == version {
                        warn!(
                            "of two calendars with version {version} the one that all relays can see is in use"
                        );
                    }
                    // In use already: a full disk must not keep doors open that were closed.
                    let _ = self.take(edits);
                }
                None => error!(
                    "the staff's changes in the store are not as a relay writes them, and are not used; delete the key \
                     that ends in :sheet:calendar there"
                ),
            }
        } else if pinned.version < version {
            // The line has lost its memory, or this relay was alone with its file.
            let _ = line.pin(Sheet::Calendar, version, known.edits.write().as_bytes(), now).await?;
        }
        Ok(())
    }

    /// Looks at every tick, and at once when a bell says that another version hangs there.
    pub async fn follow(&self, line: &dyn Line, clock: Clock) {
        let mut bells = line.bells();
        let mut tick = interval_at(Instant::now(), TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = tick.tick() => {}
                bell = bells.recv() => match bell {
                    Ok(Bell::Pinned(Sheet::Calendar) | Bell::Missed) | Err(RecvError::Lagged(_)) => {}
                    Ok(_) => continue,
                    // Only a process that ends has no line any more.
                    Err(RecvError::Closed) => return std::future::pending().await,
                },
            }
            // A line that is away is looked at again with the next tick.
            let _ = self.look(line, clock.now()).await;
        }
    }

    fn with(&self, edits: Edits) -> InUse {
        InUse { calendar: edits.over(&self.plan), edits }
    }

    fn use_from_now_on(&self, edits: Edits) {
        let in_use = Arc::new(self.with(edits));
        *self.in_use.write().expect("nobody panics while holding the calendar") = in_use;
    }

    fn take(&self, edits: Edits) -> Result<(), NotOnShelf> {
        let (version, text) = (edits.version(), edits.write());
        self.use_from_now_on(edits);
        info!("version {version} of the staff's changes of the opening hours is in use");
        let Some(shelf) = self.shelf.get() else { return Ok(()) };
        shelf.put_calendar(&text).inspect_err(|error| {
            error!(
                "version {version} of the staff's changes of the opening hours could not be kept: {error}"
            );
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use jiff::civil::date;
    use tempfile::TempDir;

    use super::*;
    use crate::hours::{Minute, Phase};
    use crate::line::{Memory, Spans};

    const NOW: Moment = Moment(1_800_000_000_000);

    fn folder() -> TempDir {
        tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir().unwrap()
    }

    fn at() -> Timestamp {
        Hands::Real.read(NOW.0)
    }

    fn zone() -> jiff::tz::TimeZone {
        jiff::tz::TimeZoneDatabase::bundled().get("Europe/Stockholm").unwrap()
    }

    fn relay(folder: &TempDir) -> Edited {
        let edited = Edited::new(&Calendar::around_the_clock(zone()), &Hands::Real);
        edited.keep_on(Shelf::open(folder.path()).unwrap()).unwrap();
        edited
    }

    fn closed(days: i8) -> Wish {
        let today = at().to_zoned(zone()).date();
        Wish::Closed(today.saturating_add(jiff::Span::new().days(days)))
    }

    async fn changes(relay: &Edited, line: &Memory, seen: u32, wish: Wish) -> Result<(), NotChanged> {
        relay.change(line, seen, wish, at(), NOW).await
    }

    fn line() -> Memory {
        Memory::new(Spans::default(), 10)
    }

    fn version(relay: &Edited) -> u32 {
        relay.in_use().edits.version()
    }

    #[tokio::test]
    async fn a_restarted_relay_has_what_the_staff_changed() {
        let (folder, line) = (folder(), line());
        let first = relay(&folder);
        changes(&first, &line, 0, Wish::NoMore).await.unwrap();
        assert_eq!(first.in_use().calendar.at(at()).phase, Phase::PastLastAdmission);
        let again = relay(&folder);
        assert_eq!(again.in_use().edits, first.in_use().edits);
        assert_eq!(again.in_use().calendar.at(at()).phase, Phase::PastLastAdmission);
        let kept = std::fs::metadata(folder.path().join("calendar")).unwrap();
        assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn of_two_who_change_at_two_relays_one_is_told_to_look_again_and_nothing_is_lost() {
        let (one, two, line) = (folder(), folder(), line());
        let (one, two) = (relay(&one), relay(&two));
        let both = tokio::join!(changes(&one, &line, 0, closed(1)), changes(&two, &line, 0, closed(2)));
        let refused = [both.0, both.1].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused, [NotChanged::SomebodyElse]);
        assert_eq!(one.look(&line, NOW).await, Ok(()));
        assert_eq!(
            (version(&one), version(&two)),
            (1, 1),
            "the one who was refused sees the other's already"
        );
        let (late, wish) = if both.0.is_err() { (&one, closed(1)) } else { (&two, closed(2)) };
        changes(late, &line, 1, wish).await.unwrap();
        for relay in [&one, &two] {
            relay.look(&line, NOW).await.unwrap();
            assert_eq!(relay.living(at()).list().len(), 2, "both are there");
        }
        assert_eq!(changes(&one, &line, 1, closed(3)).await, Err(NotChanged::SomebodyElse), "an old screen");
    }

    #[tokio::test]
    async fn a_line_that_lost_its_memory_is_filled_again_and_never_rolls_anybody_back() {
        let (one, two) = (folder(), folder());
        let before = line();
        let (ahead, behind) = (relay(&one), relay(&two));
        changes(&ahead, &before, 0, closed(1)).await.unwrap();
        behind.look(&before, NOW).await.unwrap();
        changes(&ahead, &before, 1, closed(2)).await.unwrap();
        // The second never heard of it, and looks first at the empty line.
        let empty = line();
        behind.look(&empty, NOW).await.unwrap();
        assert_eq!(empty.pinned(Sheet::Calendar, 0, NOW).await.unwrap().version, 1);
        ahead.look(&empty, NOW).await.unwrap();
        assert_eq!(version(&ahead), 2, "an older one is refused");
        behind.look(&empty, NOW).await.unwrap();
        assert_eq!(version(&behind), 2, "and gets the newer one");
        // A relay that comes with a newer file than the line has brings it there.
        let third = line();
        relay(&one).look(&third, NOW).await.unwrap();
        assert_eq!(third.pinned(Sheet::Calendar, 1, NOW).await.unwrap().version, 2);
    }

    #[tokio::test]
    async fn of_two_calendars_with_one_number_all_relays_have_the_same() {
        let (one, two) = (folder(), folder());
        let (one, two) = (relay(&one), relay(&two));
        changes(&one, &line(), 0, closed(1)).await.unwrap();
        let common = line();
        changes(&two, &common, 0, closed(2)).await.unwrap();
        one.look(&common, NOW).await.unwrap();
        assert_eq!(one.in_use().edits, two.in_use().edits);
    }

    #[tokio::test]
    async fn garbage_in_the_line_is_not_used_and_garbage_on_the_disk_is_told_with_its_remedy() {
        let (folder, line) = (folder(), line());
        let relay = relay(&folder);
        changes(&relay, &line, 0, closed(1)).await.unwrap();
        for garbage in [&b"lykta calendar 1\nversion 8\n"[..], b"\xff", b""] {
            let lies = self::line();
            assert!(lies.pin(Sheet::Calendar, 9, garbage, NOW).await.unwrap());
            relay.look(&lies, NOW).await.unwrap();
            assert_eq!(version(&relay), 1);
            assert_eq!(changes(&relay, &lies, 1, closed(2)).await, Err(NotChanged::SomebodyElse));
        }
        std::fs::write(folder.path().join("calendar"), "lykta calendar 1\nversion 2\nclosed\n").unwrap();
        let fresh = Edited::new(&Calendar::around_the_clock(zone()), &Hands::Real);
        let told = fresh.keep_on(Shelf::open(folder.path()).unwrap()).unwrap_err().to_string();
        assert!(told.contains("line 3") && told.contains("delete it"), "{told}");
    }

    #[tokio::test]
    async fn an_edit_is_over_with_its_day_and_the_version_stays() {
        let (folder, line) = (folder(), line());
        let relay = relay(&folder);
        changes(&relay, &line, 0, Wish::NoMore).await.unwrap();
        let tomorrow = at() + jiff::SignedDuration::from_hours(24);
        assert_eq!(relay.living(tomorrow).list(), []);
        assert_eq!(relay.in_use().calendar.at(tomorrow).phase, Phase::Admitting);
        assert_eq!(relay.living(tomorrow).version(), 1);
        let evening = Wish::Until(date(2027, 1, 20), Minute::parse("17").unwrap());
        relay.change(&line, 1, evening, tomorrow, NOW).await.unwrap();
        assert_eq!(relay.in_use().edits.list().len(), 1, "the old one is written no more");
    }
}
