//! What the line promises to chats with more than two people, and to those that are handed over.

use lykta_wire::{ChatRef, Claim, Ending, InviteKind, Kind, Member};

use super::{Story, at, envelope, kept, seat, ticket};
use crate::clock::Moment;
use crate::line::{CameBack, Cursor, Line, NotInvited, Restored, SeatChat, Standing};

const ONE: Member = Member::COUNSELLOR;

fn number(number: u8) -> Member {
    Member::new(number).expect("a member's number")
}

impl Story {
    async fn asks(&self, by: u8, chat: ChatRef, asked: u8, kind: InviteKind, now: Moment) -> Member {
        self.0.invite(seat(by), chat, seat(asked), kind, now).await.unwrap().expect("it can be asked")
    }

    /// Asks somebody in, who comes.
    async fn comes(&self, by: u8, chat: ChatRef, asked: u8, kind: InviteKind, now: Moment) -> Member {
        self.sits(asked, now).await;
        let member = self.asks(by, chat, asked, kind, now).await;
        assert_eq!(self.0.reply(seat(asked), chat, true, now).await.unwrap(), Some(member));
        member
    }

    async fn members(&self, chat: ChatRef, now: Moment) -> Vec<u8> {
        let members = self.0.members(chat, now).await.unwrap();
        (0..=7).filter(|one| members.has(number(*one))).collect()
    }

    async fn chats_of(&self, who: u8, now: Moment) -> Vec<SeatChat> {
        self.0.chats(seat(who), now).await.unwrap()
    }

    async fn owner(&self, visitor: u8, now: Moment) -> u8 {
        match self.stands(visitor, now).await {
            Standing::With { seat, .. } => seat.0[0],
            other => panic!("ticket {visitor} should be with a seat, not {other:?}"),
        }
    }
}

pub(super) async fn an_asked_seat_is_in_the_chat_only_when_it_comes(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.sits(2, at(1)).await;
    assert_eq!(story.members(chat, at(1)).await, [1]);
    let member = story.asks(1, chat, 2, InviteKind::Guest, at(1)).await;
    assert_eq!(member, number(2));
    assert_eq!(story.members(chat, at(1)).await, [1, 2], "a greeting may be laid down for it");
    assert_eq!(story.chats_of(2, at(1)).await, []);
    assert_eq!(story.0.restore_seat(seat(2), chat, at(1)).await.unwrap(), Restored::NotYours);
    assert_eq!(
        story.0.restore_member(seat(2), chat, member, false, at(1)).await.unwrap(),
        Restored::NotYours
    );
    // Asked again, it is the same.
    assert_eq!(story.asks(1, chat, 2, InviteKind::Guest, at(2)).await, member);
    for _ in 0..2 {
        assert_eq!(story.0.reply(seat(2), chat, true, at(3)).await.unwrap(), Some(member));
    }
    let inside = SeatChat { chat, member, owner: false, visitor_lost: None };
    assert_eq!(story.chats_of(2, at(3)).await, [inside]);
    assert_eq!(story.chats_of(1, at(3)).await, [SeatChat { member: ONE, owner: true, ..inside }]);
    assert_eq!(story.0.restore_seat(seat(2), chat, at(3)).await.unwrap(), Restored::Yours);
    assert_eq!(story.0.reply(seat(3), chat, true, at(3)).await.unwrap(), None, "nobody has asked the third");
}

pub(super) async fn asking_is_refused_with_a_reason(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    for who in 2..=5 {
        story.sits(who, at(0)).await;
    }
    let ask = |by, asked, kind| story.0.invite(seat(by), chat, seat(asked), kind, at(1));
    assert_eq!(ask(2, 3, InviteKind::Guest).await.unwrap(), Err(NotInvited::NotYours));
    assert_eq!(ask(1, 9, InviteKind::Guest).await.unwrap(), Err(NotInvited::Gone));
    assert_eq!(ask(1, 1, InviteKind::Guest).await.unwrap(), Err(NotInvited::Inside));
    story.comes(1, chat, 2, InviteKind::Guest, at(1)).await;
    assert_eq!(ask(1, 2, InviteKind::HandOver).await.unwrap(), Err(NotInvited::Inside));
    story.comes(1, chat, 3, InviteKind::Guest, at(1)).await;
    assert_eq!(ask(1, 4, InviteKind::Guest).await.unwrap(), Err(NotInvited::RoomFull));
    // Who takes over comes before the one who hands over goes.
    assert_eq!(ask(1, 4, InviteKind::HandOver).await.unwrap(), Ok(number(4)));
    assert_eq!(ask(1, 5, InviteKind::HandOver).await.unwrap(), Err(NotInvited::RoomFull));
    let old = ChatRef { claim: Claim(9), ..chat };
    let stale = story.0.invite(seat(1), old, seat(4), InviteKind::Guest, at(1)).await.unwrap();
    assert_eq!(stale, Err(NotInvited::NotYours));
    assert_eq!(story.0.reply(seat(4), old, true, at(1)).await.unwrap(), None);
}

pub(super) async fn being_a_guest_does_not_count(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.0.sit(seat(2), true, 1, &[], at(0)).await.unwrap();
    let member = story.asks(1, chat, 2, InviteKind::Guest, at(0)).await;
    story.0.reply(seat(2), chat, true, at(0)).await.unwrap();
    story.joins(2, at(1)).await;
    let own = story.takes(2, at(1)).await.expect("a guest still has a free chair").chat;
    assert_eq!(story.chats_of(2, at(1)).await.len(), 2);
    story.0.part(seat(2), chat, at(2)).await.unwrap();
    // With one chat of its own it is full, for taking over as for taking.
    let full = story.0.invite(seat(1), chat, seat(2), InviteKind::HandOver, at(3)).await.unwrap();
    assert_eq!(full, Err(NotInvited::SeatFull));
    assert!(story.asks(1, chat, 2, InviteKind::Guest, at(3)).await > member);
    assert!(story.0.end(seat(2), own, Ending::Helped, at(4)).await.unwrap());
}

pub(super) async fn a_number_nobody_came_with_is_given_again_and_its_boxes_are_empty(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.sits(2, at(0)).await;
    story.sits(3, at(0)).await;
    let member = story.asks(1, chat, 2, InviteKind::Guest, at(0)).await;
    let hello = || envelope(Kind::Hello, 0);
    story.0.put(chat, Member::VISITOR, member, vec![hello()], at(0)).await.unwrap().all().unwrap();
    assert_eq!(story.0.reply(seat(2), chat, false, at(1)).await.unwrap(), Some(member));
    assert_eq!(story.members(chat, at(1)).await, [1]);
    assert_eq!(story.asks(1, chat, 3, InviteKind::Guest, at(2)).await, member);
    assert_eq!(
        story.fetches(chat, member, &mut Cursor::default()).await,
        None,
        "not the other one's greeting"
    );
    story.0.put(chat, Member::VISITOR, member, vec![hello()], at(2)).await.unwrap().all().unwrap();
    assert!(story.fetches(chat, member, &mut Cursor::default()).await.is_some());
    // Taken back by the one who asked: only before somebody came, and only by them.
    assert!(!story.0.withdraw(seat(2), chat, member, at(3)).await.unwrap());
    assert!(story.0.withdraw(seat(1), chat, member, at(3)).await.unwrap());
    assert_eq!(story.0.reply(seat(3), chat, true, at(3)).await.unwrap(), None);
    story.comes(1, chat, 3, InviteKind::Guest, at(4)).await;
    assert!(!story.0.withdraw(seat(1), chat, member, at(5)).await.unwrap(), "it came");
}

pub(super) async fn a_number_somebody_came_with_is_never_given_again(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    for expected in 2..=7 {
        assert_eq!(story.comes(1, chat, 2, InviteKind::Guest, at(1)).await, number(expected));
        assert!(story.0.part(seat(2), chat, at(1)).await.unwrap());
    }
    let none_left = story.0.invite(seat(1), chat, seat(2), InviteKind::Guest, at(2)).await.unwrap();
    assert_eq!(none_left, Err(NotInvited::RoomFull));
}

pub(super) async fn everybody_in_a_room_reads_their_own_boxes_and_no_others(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let guest = story.comes(1, chat, 2, InviteKind::Guest, at(0)).await;
    let pairs = [
        (Member::VISITOR, guest),
        (guest, Member::VISITOR),
        (ONE, guest),
        (guest, ONE),
        (ONE, Member::VISITOR),
    ];
    for (from, to) in pairs {
        story.0.put(chat, from, to, vec![kept(0)], at(1)).await.unwrap().all().unwrap();
        story.0.beat(chat, from, to, envelope(Kind::Beat, 5), at(1)).await.unwrap();
    }
    for (reader, senders) in [(guest, vec![0, 1]), (ONE, vec![0, 2]), (Member::VISITOR, vec![1, 2])] {
        let (mut cursor, mut seen) = (Cursor::default(), Vec::new());
        while let Some(found) = story.fetches(chat, reader, &mut cursor).await {
            if found.envelope.kind() == Kind::Kept {
                seen.push(found.from.number());
            }
        }
        assert_eq!(seen, senders, "for {reader:?}");
    }
    story.0.got(chat, Member::VISITOR, guest, 1, at(2)).await.unwrap();
    assert_eq!(story.puts(chat, Member::VISITOR, 1, at(2)).await, Ok(2), "the counsellor's box is another");
}

pub(super) async fn two_seats_of_a_room_that_greet_again_begin_with_empty_boxes(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let guest = story.comes(1, chat, 2, InviteKind::Guest, at(0)).await;
    let put = |from, to, envelope| story_put(&story, chat, from, to, envelope);
    for number in 0..3 {
        assert_eq!(put(ONE, guest, kept(number)).await, number + 1);
        assert_eq!(put(guest, ONE, kept(number)).await, number + 1);
    }
    put(guest, Member::VISITOR, kept(0)).await;
    // The third part of a greeting begins nothing anew; a hello does, both ways, and touches nobody else.
    put(ONE, guest, envelope(Kind::Hello, 1)).await;
    assert_eq!(put(ONE, guest, kept(3)).await, 4);
    put(ONE, guest, envelope(Kind::Hello, 0)).await;
    assert_eq!((put(ONE, guest, kept(0)).await, put(guest, ONE, kept(0)).await), (1, 1));
    assert_eq!(put(guest, Member::VISITOR, kept(1)).await, 2);
}

async fn story_put(
    story: &Story,
    chat: ChatRef,
    from: Member,
    to: Member,
    envelope: lykta_wire::Envelope,
) -> u32 {
    story.0.put(chat, from, to, vec![envelope], at(1)).await.unwrap().all().expect("it is the next one")
}

pub(super) async fn a_chat_is_handed_over_in_one_step_and_only_to_one_who_was_asked_and_came(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let (name, claim) = (chat.ticket, chat.claim);
    let guest = story.comes(1, chat, 2, InviteKind::Guest, at(0)).await;
    assert!(!story.0.switch(name, claim, guest, at(1)).await.unwrap(), "a guest was not asked to take over");
    story.sits(3, at(1)).await;
    let other = story.asks(1, chat, 3, InviteKind::HandOver, at(1)).await;
    assert!(!story.0.switch(name, claim, other, at(1)).await.unwrap(), "asked and not here yet");
    assert!(!story.0.switch(name, claim, number(7), at(1)).await.unwrap());
    assert!(!story.0.switch(name, Claim(9), other, at(1)).await.unwrap());
    assert_eq!(story.owner(1, at(1)).await, 1);
    story.0.reply(seat(3), chat, true, at(2)).await.unwrap();
    for _ in 0..2 {
        assert!(story.0.switch(name, claim, other, at(2)).await.unwrap());
    }
    assert_eq!(story.owner(1, at(2)).await, 3);
    let now_theirs = SeatChat { chat, member: other, owner: true, visitor_lost: None };
    assert_eq!(story.chats_of(3, at(2)).await, [now_theirs]);
    let before = SeatChat { member: ONE, owner: false, ..now_theirs };
    assert_eq!(story.chats_of(1, at(2)).await, [before], "until it parts");
    assert_eq!(story.members(chat, at(2)).await, [1, 2, 3]);
    assert!(!story.0.switch(name, claim, ONE, at(2)).await.unwrap(), "and not back by itself");
}

pub(super) async fn return_words_end_with_a_hand_over_and_the_new_counsellor_may_keep_the_same(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    assert!(story.keeps(1, 1, 7, true, at(0)).await);
    let other = story.comes(1, chat, 2, InviteKind::HandOver, at(1)).await;
    assert!(!story.keeps(2, 1, 8, true, at(1)).await, "not its own yet");
    assert!(story.0.switch(chat.ticket, chat.claim, other, at(2)).await.unwrap());
    assert_eq!(story.comes_back(9, 7, at(2)).await, CameBack::Unknown);
    assert!(!story.keeps(1, 1, 7, true, at(2)).await, "no longer its own");
    assert!(story.keeps(2, 1, 7, true, at(2)).await);
    let CameBack::At(Standing::With { seat: keeper, seat_lost: None, .. }) =
        story.comes_back(3, 7, at(3)).await
    else {
        panic!("the words lead to who keeps them");
    };
    assert_eq!(keeper, seat(2));
    // The room of before is gone with its ticket, and the new chat may ask others in.
    for who in 1..=2 {
        assert!(story.chats_of(who, at(3)).await.iter().all(|found| found.chat.ticket != chat.ticket));
    }
    let stale = story.0.restore_member(seat(1), chat, ONE, false, at(3)).await.unwrap();
    assert_eq!(stale, Restored::NotYours);
    let new = story.0.returned(seat(2), at(3)).await.unwrap().remove(0).taken.chat;
    story.puts(new, Member::VISITOR, 0, at(4)).await.unwrap();
    assert_eq!(story.comes(2, new, 1, InviteKind::Guest, at(4)).await, number(2));
    assert_eq!(story.0.returned(seat(1), at(4)).await.unwrap(), [], "not a guest's");
}

pub(super) async fn who_handed_over_can_still_finish_a_sentence_and_nothing_else(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let other = story.comes(1, chat, 2, InviteKind::HandOver, at(0)).await;
    assert!(story.0.switch(chat.ticket, chat.claim, other, at(1)).await.unwrap());
    assert_eq!(story.puts(chat, ONE, 0, at(2)).await, Ok(1));
    assert!(story.fetches(chat, Member::VISITOR, &mut Cursor::default()).await.is_some());
    // What only the chat's seat may do.
    assert!(!story.0.put_back(seat(1), chat, at(2)).await.unwrap());
    assert!(!story.0.end(seat(1), chat, Ending::Helped, at(2)).await.unwrap());
    story.sits(3, at(2)).await;
    let asked = story.0.invite(seat(1), chat, seat(3), InviteKind::Guest, at(2)).await.unwrap();
    assert_eq!(asked, Err(NotInvited::NotYours));
    assert!(story.0.part(seat(1), chat, at(3)).await.unwrap());
    assert!(!story.0.part(seat(1), chat, at(3)).await.unwrap());
    assert_eq!(story.0.restore_seat(seat(1), chat, at(3)).await.unwrap(), Restored::NotYours);
    assert_eq!(story.members(chat, at(3)).await, [2]);
    assert!(!story.0.part(seat(2), chat, at(3)).await.unwrap(), "a chat is never nobody's");
    assert!(story.0.end(seat(2), chat, Ending::Helped, at(4)).await.unwrap());
    assert_eq!(story.stands(1, at(4)).await, Standing::Nowhere);
}

pub(super) async fn two_switches_in_the_same_instant_leave_one_owner(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let one = story.comes(1, chat, 2, InviteKind::HandOver, at(0)).await;
    let two = story.comes(1, chat, 3, InviteKind::HandOver, at(0)).await;
    let (a, b) = tokio::join!(
        story.0.switch(chat.ticket, chat.claim, one, at(1)),
        story.0.switch(chat.ticket, chat.claim, two, at(1))
    );
    assert!(a.unwrap() && b.unwrap(), "each was asked, so the later one wins");
    let owner = story.owner(1, at(1)).await;
    for who in [1, 2, 3] {
        let chats = story.chats_of(who, at(1)).await;
        assert_eq!(chats.len(), 1);
        assert_eq!(chats[0].owner, who == owner, "seat {who}");
    }
}

pub(super) async fn a_guest_who_parts_is_dismissed_or_is_lost_is_in_no_chat_any_more(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let parts = story.comes(1, chat, 2, InviteKind::Guest, at(0)).await;
    let dismissed = story.comes(1, chat, 3, InviteKind::Guest, at(0)).await;
    for guest in [parts, dismissed] {
        story.0.put(chat, Member::VISITOR, guest, vec![kept(0)], at(0)).await.unwrap().all().unwrap();
    }
    assert!(story.0.part(seat(2), chat, at(1)).await.unwrap());
    assert!(story.0.dismiss(chat.ticket, chat.claim, dismissed, at(1)).await.unwrap());
    assert!(!story.0.dismiss(chat.ticket, chat.claim, dismissed, at(1)).await.unwrap());
    assert!(
        !story.0.dismiss(chat.ticket, chat.claim, ONE, at(1)).await.unwrap(),
        "never the chat's own seat"
    );
    for guest in [parts, dismissed] {
        assert_eq!(story.fetches(chat, guest, &mut Cursor::default()).await, None);
    }
    assert_eq!(story.members(chat, at(1)).await, [1]);
    // Said again, the word that it leaves does not undo an invitation that came in between.
    let again = story.asks(1, chat, 2, InviteKind::Guest, at(1)).await;
    assert!(!story.0.part(seat(2), chat, at(1)).await.unwrap());
    assert_eq!(story.0.reply(seat(2), chat, true, at(1)).await.unwrap(), Some(again));
    assert!(story.0.part(seat(2), chat, at(1)).await.unwrap());
    // Lost: the lease ends at 15 s, and the grace three minutes later.
    story.comes(1, chat, 4, InviteKind::Guest, at(1)).await;
    for second in (10..=190).step_by(10) {
        story.sits(1, at(second)).await;
        story.stands(1, at(second)).await;
    }
    assert_eq!(story.members(chat, at(190)).await, [1, 5]);
    story.sits(1, at(200)).await;
    story.stands(1, at(200)).await;
    assert_eq!(story.members(chat, at(200)).await, [1]);
    assert_eq!(story.chats_of(4, at(200)).await, []);
}

pub(super) async fn who_had_handed_over_what_the_store_then_lost_is_nobody_to_keep_a_visitor(story: Story) {
    let chat = ChatRef { ticket: ticket(1), claim: Claim(7) };
    let (name, claim) = (chat.ticket, chat.claim);
    for who in [1, 2, 3] {
        story.sits(who, at(0)).await;
    }
    // The store has lost everything. Seat 1 has not heard that seat 2 took over, and seat 2 does not come.
    story.0.restore_visitor(name, claim, at(0)).await.unwrap();
    story.0.restore_seat(seat(1), chat, at(0)).await.unwrap();
    let guest = number(3);
    assert_eq!(story.0.restore_member(seat(3), chat, guest, false, at(0)).await.unwrap(), Restored::Yours);
    assert!(!story.0.switch(name, claim, number(2), at(1)).await.unwrap());
    assert!(!story.0.dismiss(name, claim, number(2), at(1)).await.unwrap(), "nobody has that number");
    assert!(!story.0.dismiss(name, Claim(6), ONE, at(1)).await.unwrap());
    assert_eq!(story.owner(1, at(1)).await, 1);
    assert!(story.0.dismiss(name, claim, ONE, at(2)).await.unwrap());
    assert!(matches!(story.stands(1, at(2)).await, Standing::InLine { place: 1, wants_hello: true }));
    for who in [1, 3] {
        assert_eq!(story.chats_of(who, at(2)).await, []);
        assert_eq!(story.0.restore_seat(seat(who), chat, at(2)).await.unwrap(), Restored::NotYours);
    }
    assert!(!story.0.dismiss(name, claim, ONE, at(2)).await.unwrap(), "said again, it changes nothing");
    // Whoever takes them next is the chat's own, and nobody the visitor can dismiss.
    story.0.hello(name, envelope(Kind::Hello, 1), at(3)).await.unwrap();
    let next = story.takes(3, at(3)).await.unwrap().chat;
    assert!(!story.0.dismiss(name, next.claim, ONE, at(3)).await.unwrap());
    assert_eq!(story.owner(1, at(3)).await, 3);
}

pub(super) async fn an_invitation_nobody_follows_lapses(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.sits(2, at(0)).await;
    story.asks(1, chat, 2, InviteKind::Guest, at(0)).await;
    for second in (10..=600).step_by(10) {
        story.sits(1, at(second)).await;
        story.stands(1, at(second)).await;
    }
    assert_eq!(story.members(chat, at(600)).await, [1, 2]);
    story.stands(1, at(601)).await;
    assert_eq!(story.members(chat, at(601)).await, [1]);
    assert_eq!(story.0.reply(seat(2), chat, true, at(601)).await.unwrap(), None);
}

pub(super) async fn a_chat_put_back_has_nobody_in_it(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let guest = story.comes(1, chat, 2, InviteKind::Guest, at(0)).await;
    assert!(story.0.put_back(seat(1), chat, at(1)).await.unwrap());
    assert_eq!(story.chats_of(2, at(1)).await, []);
    assert!(story.members(chat, at(1)).await.is_empty());
    assert!(!story.0.switch(chat.ticket, chat.claim, guest, at(1)).await.unwrap());
    // The next one who takes it begins with an empty room and with fresh numbers.
    story.0.hello(chat.ticket, envelope(Kind::Hello, 1), at(2)).await.unwrap();
    let next = story.takes(1, at(2)).await.unwrap().chat;
    assert_eq!(story.members(next, at(2)).await, [1]);
    assert_eq!(story.asks(1, next, 2, InviteKind::Guest, at(2)).await, guest);
}

pub(super) async fn a_visitor_who_leaves_says_goodbye_to_everybody(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    let guest = story.comes(1, chat, 2, InviteKind::Guest, at(0)).await;
    story.0.put(chat, ONE, guest, vec![kept(0)], at(0)).await.unwrap().all().unwrap();
    let goodbyes = vec![(ONE, envelope(Kind::Beat, 1)), (guest, envelope(Kind::Beat, 2))];
    story.0.leave(chat.ticket, chat.claim, goodbyes, at(1)).await.unwrap();
    assert_eq!((story.chats_of(1, at(1)).await, story.chats_of(2, at(1)).await), (vec![], vec![]));
    for (member, beat) in [(ONE, 1), (guest, 2)] {
        let mut cursor = Cursor::default();
        let found = story.fetches(chat, member, &mut cursor).await.expect("a goodbye");
        assert_eq!((found.from, found.envelope.number()), (Member::VISITOR, beat));
        assert_eq!(story.fetches(chat, member, &mut cursor).await, None, "and nothing else");
    }
}

pub(super) async fn a_room_comes_back_when_everybody_names_it(story: Story) {
    // Handed over before the store was lost: the counsellor is number 2, a guest number 4.
    let chat = ChatRef { ticket: ticket(1), claim: Claim(3) };
    let line = &story.0;
    story.sits(1, at(0)).await;
    story.sits(2, at(0)).await;
    assert_eq!(line.restore_member(seat(2), chat, number(4), false, at(0)).await.unwrap(), Restored::Waiting);
    assert_eq!(line.restore_visitor(ticket(1), chat.claim, at(0)).await.unwrap(), Standing::Nowhere);
    assert_eq!(line.restore_member(seat(1), chat, number(2), true, at(1)).await.unwrap(), Restored::Yours);
    let inside = SeatChat { chat, member: number(2), owner: true, visitor_lost: None };
    assert_eq!(story.chats_of(1, at(1)).await, [inside]);
    assert_eq!(story.chats_of(2, at(1)).await, [SeatChat { member: number(4), owner: false, ..inside }]);
    assert_eq!(story.members(chat, at(1)).await, [2, 4]);
    // A guest who names it later is let in, under a number that is free.
    story.sits(3, at(1)).await;
    assert_eq!(
        line.restore_member(seat(3), chat, number(4), false, at(1)).await.unwrap(),
        Restored::NotYours
    );
    assert_eq!(
        line.restore_member(seat(3), chat, number(2), false, at(1)).await.unwrap(),
        Restored::NotYours
    );
    assert_eq!(line.restore_member(seat(3), chat, number(3), false, at(1)).await.unwrap(), Restored::Yours);
    assert_eq!(story.members(chat, at(1)).await, [2, 3, 4]);
    // Which numbers were given is forgotten, so none is given any more.
    assert!(line.part(seat(3), chat, at(2)).await.unwrap());
    let asked = line.invite(seat(1), chat, seat(3), InviteKind::Guest, at(2)).await.unwrap();
    assert_eq!(asked, Err(NotInvited::RoomFull));
}

pub(super) async fn nobody_names_themselves_into_a_chat_that_was_not_lost(story: Story) {
    let chat = story.talking(1, 1, at(0)).await;
    story.sits(2, at(0)).await;
    for owner in [true, false] {
        let named = story.0.restore_member(seat(2), chat, number(2), owner, at(1)).await.unwrap();
        assert_eq!(named, Restored::NotYours);
    }
    assert_eq!(story.chats_of(2, at(1)).await, []);
    assert_eq!(story.owner(1, at(1)).await, 1);
}

pub(super) async fn a_guest_who_gave_up_a_lost_chat_is_not_brought_back_into_it(story: Story) {
    let chat = ChatRef { ticket: ticket(1), claim: Claim(3) };
    let line = &story.0;
    for who in 1..=3 {
        story.sits(who, at(0)).await;
    }
    for who in 2..=3 {
        let named = line.restore_member(seat(who), chat, number(who), false, at(0)).await.unwrap();
        assert_eq!(named, Restored::Waiting);
    }
    assert!(!line.part(seat(2), chat, at(1)).await.unwrap(), "there is no chat yet");
    assert_eq!(line.restore_seat(seat(1), chat, at(1)).await.unwrap(), Restored::Waiting);
    line.restore_visitor(ticket(1), chat.claim, at(1)).await.unwrap();
    assert_eq!(story.members(chat, at(1)).await, [1, 3]);
    assert_eq!(story.chats_of(2, at(1)).await, []);
}

pub(super) async fn a_seat_is_in_a_restored_room_once(story: Story) {
    let chat = ChatRef { ticket: ticket(1), claim: Claim(3) };
    let line = &story.0;
    story.sits(1, at(0)).await;
    for member in [2, 3] {
        let named = line.restore_member(seat(1), chat, number(member), false, at(0)).await.unwrap();
        assert_eq!(named, Restored::Waiting);
    }
    assert_eq!(line.restore_member(seat(1), chat, number(2), true, at(0)).await.unwrap(), Restored::Waiting);
    line.restore_visitor(ticket(1), chat.claim, at(1)).await.unwrap();
    assert_eq!(story.members(chat, at(1)).await, [2]);
    assert!(!line.part(seat(1), chat, at(1)).await.unwrap(), "it is its own and nothing else");
    assert_eq!(story.owner(1, at(1)).await, 1);
}

pub(super) async fn a_hand_over_that_the_store_forgot_is_the_visitor_s_to_say_again(story: Story) {
    // The store was lost when the visitor had handed over: who had it before does not know it yet, and names it first
    // or last.
    for (visitor, before_is_first) in [(1, true), (2, false)] {
        let chat = ChatRef { ticket: ticket(visitor), claim: Claim(3) };
        let line = &story.0;
        let (before, after) = (2 * visitor + 1, 2 * visitor + 2);
        story.sits(before, at(0)).await;
        story.sits(after, at(0)).await;
        if before_is_first {
            assert_eq!(line.restore_seat(seat(before), chat, at(0)).await.unwrap(), Restored::Waiting);
        }
        let named = line.restore_member(seat(after), chat, number(2), true, at(0)).await.unwrap();
        assert_eq!(named, Restored::Waiting);
        if !before_is_first {
            assert_eq!(line.restore_seat(seat(before), chat, at(0)).await.unwrap(), Restored::Waiting);
        }
        // Not by naming a number that somebody has.
        let stranger = line.restore_seat(seat(9), chat, at(0)).await.unwrap();
        line.restore_visitor(chat.ticket, chat.claim, at(1)).await.unwrap();
        assert_eq!(story.owner(visitor, at(1)).await, if before_is_first { before } else { after });
        assert_eq!(story.members(chat, at(1)).await, [1, 2]);
        assert_ne!(stranger, Restored::Yours);
        assert_eq!(story.chats_of(9, at(1)).await, []);
        for _ in 0..2 {
            assert!(line.switch(chat.ticket, chat.claim, number(2), at(2)).await.unwrap());
        }
        assert_eq!(story.owner(visitor, at(2)).await, after);
        assert!(!line.switch(chat.ticket, chat.claim, number(3), at(2)).await.unwrap(), "who is not inside");
        assert!(line.part(seat(before), chat, at(3)).await.unwrap());
        assert_eq!(story.members(chat, at(3)).await, [2]);
    }
}
