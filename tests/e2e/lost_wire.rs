//! The bad day of the network: nothing is lost, repeated or reordered.

use std::sync::Arc;

use lykta_client::{LinkView, Peer};
use lykta_server::line::Line;
use lykta_tests::{Counsellor, Cutter, DeskSeen, Raw, Stage, Visitor, VisitorSeen};
use lykta_wire::{Envelope, Kind, Lane, Languages, SeatId, TicketName, TicketSecret, ToRelay, ToVisitor};

/// A burst both ways; returns what each side said.
fn burst(visitor: &Visitor, counsellor: &Counsellor, ticket: TicketName, round: u8) -> [Vec<String>; 2] {
    let theirs: Vec<_> = (0..8).map(|n| format!("besökaren {round}.{n} {}", "x".repeat(n * 150))).collect();
    let ours: Vec<_> = (0..8).map(|n| format!("kuratorn {round}.{n} {}", "y".repeat(n * 150))).collect();
    for (question, answer) in theirs.iter().zip(&ours) {
        visitor.says(question);
        counsellor.says(ticket, answer);
    }
    [theirs, ours]
}

/// Five pairs, each cut at ten points of its bursts: inside frames, between them, in both directions.
async fn survives_fifty_cuts(cut_the_visitor: bool) {
    let stage = Arc::new(Stage::opens().await);
    let pairs = (0..5).map(|pair| tokio::spawn(survives_ten_cuts(Arc::clone(&stage), pair, cut_the_visitor)));
    let mut cuts = 0;
    for pair in pairs.collect::<Vec<_>>() {
        cuts += pair.await.expect("no pair lost, repeated or reordered anything");
    }
    assert!(cuts >= 45, "only {cuts} of 50 cuts fell into a burst");
}

async fn survives_ten_cuts(stage: Arc<Stage>, pair: u8, cut_the_visitor: bool) -> usize {
    let wire = Cutter::before(stage.address).await;
    let (theirs_leads, ours_leads) =
        if cut_the_visitor { (wire.address, stage.address) } else { (stage.address, wire.address) };
    let visitor = stage.visitor_through(theirs_leads);
    let counsellor = stage.counsellor_through(pair, ours_leads);
    let ticket = Stage::brings_together(&visitor, &counsellor).await;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for round in 0..10 {
        // From within the first frame to the end of the burst, by steps that share no factor with any size.
        wire.cuts_after(7 + 457 * (5 * i64::from(round) + i64::from(pair)));
        let [question, answer] = burst(&visitor, &counsellor, ticket, round);
        theirs.extend(question);
        ours.extend(answer);
        wire.has_cut_in_all(usize::from(round) + 1).await;
        // A browser says when its network is back, and the page then waits no longer.
        if cut_the_visitor {
            let lost =
                |seen: &VisitorSeen| seen.view.link != LinkView::Up || seen.sockets > usize::from(round) + 1;
            visitor.until("the lost wire", lost).await;
            visitor.wakes();
        } else {
            let lost =
                |seen: &DeskSeen| seen.seat.link != LinkView::Up || seen.sockets > usize::from(round) + 1;
            counsellor.until("the lost wire", lost).await;
            counsellor.wakes();
        }
        counsellor.hears(ticket, &theirs).await;
        visitor.hears(&ours).await;
        wire.cuts_after(-1);
    }
    visitor.is_delivered().await;
    counsellor.is_delivered(ticket).await;
    wire.has_cut()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_survives_the_visitors_wire_cut_at_fifty_points() {
    survives_fifty_cuts(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_survives_the_counsellors_wire_cut_at_fifty_points() {
    survives_fifty_cuts(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_keeps_the_place_when_the_wire_is_cut() {
    let stage = Stage::opens().await;
    let wire = Cutter::before(stage.address).await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let first = stage.visitor_through(wire.address);
    first.joins();
    first.waits_at(1).await;
    let second = stage.visitor();
    second.joins();
    second.waits_at(2).await;
    wire.cuts();
    first.until("a second socket", |seen| seen.sockets > 1).await;
    first.waits_at(1).await;
    second.waits_at(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_chat_goes_on_after_the_relay_was_killed_and_lost_its_memory() {
    let mut stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    let [mut theirs, mut ours] = burst(&visitor, &counsellor, ticket, 0);
    stage.is_killed();
    let [question, answer] = burst(&visitor, &counsellor, ticket, 1);
    theirs.extend(question);
    ours.extend(answer);
    stage.is_raised_again().await;
    counsellor.hears(ticket, &theirs).await;
    visitor.hears(&ours).await;
    visitor.says("vi fortsätter");
    theirs.push("vi fortsätter".to_owned());
    counsellor.hears(ticket, &theirs).await;
    visitor.is_delivered().await;
    counsellor.is_delivered(ticket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_in_line_stands_in_the_line_again_after_the_relay_was_killed() {
    let mut stage = Stage::opens().await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let visitor = stage.visitor();
    visitor.joins();
    visitor.waits_at(1).await;
    stage.is_raised_again().await;
    counsellor
        .until("the visitor in the new line", |seen| {
            seen.sockets > 1 && seen.line.as_ref().is_some_and(|(_, total, _)| *total == 1)
        })
        .await;
    visitor.waits_at(1).await;
    counsellor.talks_to_next().await;
    visitor.talks().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_sends_everybody_back_and_the_chat_goes_on() {
    let mut stage = Stage::opens().await;
    let (visitor, counsellor, ticket) = stage.two_people_talking().await;
    stage.drains();
    visitor.says("under tiden");
    stage.is_raised_again().await;
    counsellor.hears(ticket, &["under tiden".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counsellor_whose_page_freezes_loses_the_seat_and_the_visitor_is_told() {
    let mut clockwork = lykta_tests::Clockwork::default();
    clockwork.spans.seat_lease = std::time::Duration::from_secs(6);
    let stage = Stage::opens_with(clockwork).await;
    let (visitor, mut counsellor, ticket) = stage.two_people_talking().await;
    counsellor.freezes();
    visitor.sees_peer(Peer::Gone).await;
    counsellor.thaws();
    visitor.sees_peer(Peer::Here).await;
    visitor.says("välkommen tillbaka");
    counsellor.hears(ticket, &["välkommen tillbaka".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_said_again_with_another_greeting_lays_down_that_one() {
    let stage = Stage::opens().await;
    let origin = stage.centre.origins.pages.to_string();
    let mut pages = Vec::new();
    // A page that was told "nowhere" twice has made two greetings, and has the keys of the second only.
    for filling in [1, 2] {
        let mut hello = vec![filling; 2_072];
        hello[..8].copy_from_slice(&[1, Kind::Hello as u8, 0, 0, 0, 0, 0, 0]);
        let hello = Envelope::parse(&hello).expect("a well-formed hello");
        let (secret, languages) = (TicketSecret::new([9; 32]), Languages::default());
        let headers = [("Origin", &*origin), ("Sec-WebSocket-Protocol", "lykta.1")];
        let mut page = Raw::connects(stage.address, "/ws/visit", &headers).await.expect("a socket");
        page.sends(&ToRelay::Join { secret, lane: Lane::Support, languages, hello }.encode()).await;
        while !matches!(
            ToVisitor::decode(&page.hears().await.expect("a place")),
            Ok(ToVisitor::InLine { place: 1, wants_hello: false, .. })
        ) {}
        // Its socket stays: a visitor whose page has gone is not taken.
        pages.push(page);
    }
    let (seat, now) = (SeatId([1; 16]), stage.relay.now());
    stage.line.sit(seat, true, 1, &[], now).await.expect("memory is never away");
    let taken =
        stage.line.take(seat, None, now).await.expect("memory is never away").expect("somebody waits");
    assert_eq!(taken.hello.as_bytes()[8], 2);
}
