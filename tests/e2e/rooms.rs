//! Hand-over, guests and the staff channel, over real sockets and past a real relay.

use std::time::Duration;

use lykta_client::{Asked, Phase};
use lykta_tests::{Canary, Clockwork, Counsellor, Stage, Visitor};
use lykta_trust::Role;
use lykta_wire::{Ending, InviteKind, OpenState, Refusal, TicketName};

/// Asks somebody in, who comes, with the visitor's yes.
async fn comes(visitor: &Visitor, by: &Counsellor, ticket: TicketName, kind: InviteKind, who: &Counsellor) {
    by.asks(ticket, kind, who.seat());
    visitor.consents(true).await;
    who.answers(ticket, true).await;
    who.talks(ticket).await;
    // One is asked at a time; who has handed over is out of the chat by then.
    by.until_chat(ticket, "the end of the asking", |chat| chat.view.asking.is_none()).await;
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_changes_hands_an_interpreter_joins_and_nothing_of_it_stays() {
    let mut canary = Canary::listen();
    canary.sings();
    let mut clockwork = Clockwork::default();
    clockwork.spans.goodbye = Duration::from_secs(1);
    // The last beats of a staff channel lie there as long as any box to a seat.
    clockwork.spans.counsellor_boxes = Duration::from_secs(3);
    let stage = Stage::opens_with(clockwork).await;
    let (visitor, first, ticket) = stage.two_people_talking().await;
    let (second, interpreter) = (stage.counsellor(1), stage.counsellor(5));
    let seen = first.sees_colleagues(3).await;
    assert_eq!(seen.iter().filter(|entry| entry.role == Role::Interpreter.code()).count(), 1);

    first.tells(second.seat(), "planted-between-colleagues");
    second.until("a colleague's word", |seen| !seen.told.is_empty()).await;
    assert_eq!(second.sees().told, [(first.seat(), "planted-between-colleagues".to_owned())]);

    visitor.says("planted-for-the-first");
    first.hears(ticket, &texts(&["planted-for-the-first"])).await;
    visitor.is_delivered().await;
    comes(&visitor, &first, ticket, InviteKind::HandOver, &second).await;
    first.until_chat(ticket, "being out of the chat", |chat| chat.view.phase == Phase::Over).await;
    assert_eq!((first.sees_chat(ticket).view.ending, first.sees_chat(ticket).emptied), (None, 1));

    comes(&visitor, &second, ticket, InviteKind::Guest, &interpreter).await;
    second.until_chat(ticket, "the interpreter", |chat| chat.view.asked == Some(Asked::Came)).await;
    interpreter.until_chat(ticket, "the counsellor", |chat| chat.view.room.len() == 1).await;
    visitor.says("planted-for-the-room");
    second.says(ticket, "planted-by-the-second");
    interpreter.says(ticket, "planted-by-the-interpreter");
    interpreter.hears(ticket, &texts(&["planted-for-the-room"])).await;
    second.hears(ticket, &texts(&["planted-for-the-room"])).await;
    visitor.until("both", |seen| seen.heard().len() == 2).await;
    assert_eq!(visitor.sees().heard_from(2), ["planted-by-the-second"]);
    assert_eq!(visitor.sees().heard_from(3), ["planted-by-the-interpreter"]);
    for (one, other, text) in
        [(&second, 3, "planted-by-the-interpreter"), (&interpreter, 2, "planted-by-the-second")]
    {
        one.until_chat(ticket, "the other seat's words", |chat| chat.heard_from(other) == [text]).await;
    }
    visitor.is_delivered().await;

    visitor.leaves();
    second.is_over(ticket, Ending::LeftFast).await;
    interpreter.is_over(ticket, Ending::LeftFast).await;
    for console in [&second, &interpreter] {
        assert!(console.sees_chat(ticket).said.is_empty());
    }
    drop((first, second, interpreter));
    stage.has_forgotten_everything().await;
    for (what, text) in [
        ("a word between colleagues", "planted-between-colleagues"),
        ("what the first heard", "planted-for-the-first"),
        ("what the room heard", "planted-for-the-room"),
        ("the second's words", "planted-by-the-second"),
        ("the interpreter's words", "planted-by-the-interpreter"),
    ] {
        canary.plants(what, text);
    }
    canary.plants("an address", "127.77.");
    canary.plants("a ticket", ticket.0);
    canary.finds_nothing(&[("the relay's memory", stage.line.dump())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_says_no_and_stays_where_they_are() {
    let stage = Stage::opens().await;
    let (visitor, first, ticket) = stage.two_people_talking().await;
    let second = stage.counsellor(1);
    first.sees_colleagues(2).await;
    first.asks(ticket, InviteKind::HandOver, second.seat());
    second.until("being asked", |seen| !seen.asked.is_empty()).await;
    visitor.consents(false).await;
    first.until_chat(ticket, "the no", |chat| chat.view.asked == Some(Asked::NotWanted)).await;
    second.until("not being asked", |seen| seen.asked_no_more == [ticket]).await;
    visitor.says("bara med dig");
    first.hears(ticket, &texts(&["bara med dig"])).await;
    assert!(second.sees().chats.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn being_a_guest_takes_no_chair_and_a_guest_who_leaves_hears_nothing_more() {
    let stage = Stage::opens().await;
    let (visitor, first, ticket) = stage.two_people_talking().await;
    let expert = stage.counsellor(6);
    first.sees_colleagues(2).await;
    comes(&visitor, &first, ticket, InviteKind::Guest, &expert).await;
    let ours = |seen: &lykta_tests::DeskSeen| {
        seen.colleagues.iter().find(|entry| entry.seat == expert.seat()).map(|entry| entry.chats)
    };
    assert_eq!(ours(&first.sees()), Some(0));
    visitor.says("till er båda");
    expert.hears(ticket, &texts(&["till er båda"])).await;
    expert.says(ticket, "jag går nu");
    expert.parts(ticket);
    visitor.until("the last words", |seen| seen.heard_from(2) == ["jag går nu"]).await;
    expert.until_chat(ticket, "being out", |chat| chat.view.phase == Phase::Over).await;
    visitor.until("two in the room", |seen| seen.view.room.is_empty()).await;
    visitor.says("till dig");
    first.hears(ticket, &texts(&["till er båda", "till dig"])).await;
    assert!(expert.sees_chat(ticket).said.is_empty(), "and keeps nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interpreter_on_duty_opens_no_door_takes_nobody_and_is_not_told_who_waits() {
    let stage = Stage::opens().await;
    let interpreter = stage.counsellor(5);
    interpreter.sees_colleagues(1).await;
    interpreter.is_ready(true);
    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;
    interpreter.takes();
    interpreter.until("a refusal", |seen| seen.not_taken == [Refusal::Away]).await;
    // Nor is told who waits: the door, and nothing behind it.
    let seen = interpreter.until("the door", |seen| seen.line.is_some()).await;
    let (state, waiting, entries) = seen.line.expect("the line was said");
    assert_eq!((state, waiting, entries.len()), (OpenState::Away, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_finds_a_room_of_four_again() {
    let mut stage = Stage::opens().await;
    let (visitor, first, ticket) = stage.two_people_talking().await;
    let (second, interpreter) = (stage.counsellor(1), stage.counsellor(5));
    first.sees_colleagues(3).await;
    comes(&visitor, &first, ticket, InviteKind::HandOver, &second).await;
    first.until_chat(ticket, "being out of the chat", |chat| chat.view.phase == Phase::Over).await;
    comes(&visitor, &second, ticket, InviteKind::Guest, &interpreter).await;
    comes(&visitor, &second, ticket, InviteKind::Guest, &first).await;
    visitor.until("four", |seen| seen.view.room.len() == 2).await;

    stage.is_raised_again().await;
    visitor.says("är ni kvar?");
    for console in [&first, &second, &interpreter] {
        console.until_chat(ticket, "the question", |chat| chat.heard() == ["är ni kvar?"]).await;
    }
    second.says(ticket, "ja");
    visitor.until("the answer", |seen| seen.heard() == ["ja"]).await;
    for console in [&first, &interpreter] {
        console.until_chat(ticket, "the answer", |chat| chat.heard_from(2) == ["ja"]).await;
    }
    visitor.is_delivered().await;
}
