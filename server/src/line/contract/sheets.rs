//! What the line promises about the sheets that every relay keeps a copy of.

use super::{Story, at};
use crate::line::{Bell, Line, Pinned, Sheet};

fn hangs(version: u32, bytes: &str) -> Pinned {
    Pinned { version, bytes: Some(bytes.as_bytes().to_vec()) }
}

impl Story {
    async fn pins(&self, sheet: Sheet, version: u32, bytes: &str) -> bool {
        self.0.pin(sheet, version, bytes.as_bytes(), at(0)).await.expect("the store is here")
    }

    async fn finds(&self, sheet: Sheet, above: u32) -> Pinned {
        self.0.pinned(sheet, above, at(1)).await.expect("the store is here")
    }
}

pub(super) async fn of_two_versions_of_a_sheet_the_higher_hangs_whatever_comes_later(story: Story) {
    assert_eq!(story.finds(Sheet::Calendar, 0).await, Pinned { version: 0, bytes: None });
    assert!(story.pins(Sheet::Calendar, 3, "three").await);
    assert!(!story.pins(Sheet::Calendar, 2, "two").await, "an older one is refused");
    assert_eq!(story.finds(Sheet::Calendar, 0).await, hangs(3, "three"));
    assert!(story.pins(Sheet::Calendar, 10, "ten").await, "versions are numbers, not words");
    assert_eq!(story.finds(Sheet::Calendar, 9).await, hangs(10, "ten"));
    assert_eq!(story.finds(Sheet::Calendar, 10).await, Pinned { version: 10, bytes: None }, "known already");
    assert_eq!(story.finds(Sheet::Roster, 0).await, Pinned { version: 0, bytes: None }, "another sheet");
    assert!(story.pins(Sheet::Roster, 1, "staff").await);
    assert_eq!(story.finds(Sheet::Calendar, 0).await, hangs(10, "ten"));
}

pub(super) async fn of_two_who_pin_the_same_version_one_is_refused_and_a_repeated_pin_is_one(story: Story) {
    assert!(story.pins(Sheet::Calendar, 5, "hers").await);
    assert!(!story.pins(Sheet::Calendar, 5, "his").await, "somebody else was first");
    assert_eq!(story.finds(Sheet::Calendar, 4).await, hangs(5, "hers"));
    assert!(story.pins(Sheet::Calendar, 5, "hers").await, "the same again: its answer was lost");
    let both = tokio::join!(story.pins(Sheet::Calendar, 6, "a"), story.pins(Sheet::Calendar, 6, "b"));
    assert!(both.0 != both.1, "in the same instant too: {both:?}");
}

pub(super) async fn a_bell_rings_for_a_sheet_that_changed_and_for_no_other(story: Story) {
    let mut bells = story.0.bells();
    assert!(story.pins(Sheet::Roster, 1, "one").await);
    assert!(!story.pins(Sheet::Roster, 1, "another").await);
    assert!(story.pins(Sheet::Roster, 1, "one").await);
    assert!(story.pins(Sheet::Calendar, 1, "hours").await);
    for sheet in [Sheet::Roster, Sheet::Calendar] {
        assert_eq!(bells.recv().await, Ok(Bell::Pinned(sheet)));
    }
}
