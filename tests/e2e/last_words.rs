//! A page that leaves says one thing and is gone. It is heard whatever else happens to the socket.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::ws::Message;
use futures_util::{Sink, Stream};
use lykta_server::line::{Line, Standing};
use lykta_server::visitor;
use lykta_tests::Stage;
use lykta_wire::{Claim, Envelope, Kind, Lane, Languages, Leave, Member, TicketSecret, ToRelay, ToVisitor};

/// A socket whose other end is already closed: what it sent is still there to be read, but writing fails as
/// soon as the relay answers a probe or an envelope.
struct Closed(std::vec::IntoIter<ToRelay>);

impl Stream for Closed {
    type Item = Result<Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(|frame| Ok(Message::Binary(frame.encode().into()))))
    }
}

impl Sink<Message> for Closed {
    type Error = axum::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        let is_answer = matches!(&message, Message::Binary(bytes) if matches!(
            ToVisitor::decode(bytes),
            Ok(ToVisitor::Alive | ToVisitor::Refused { .. }),
        ));
        let broken = || axum::Error::new(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        if is_answer { Err(broken()) } else { Ok(()) }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        Poll::Ready(Ok(()))
    }
}

/// The shape of one.
fn envelope(kind: Kind) -> Envelope {
    let mut bytes = [0; 2_072];
    bytes[..2].copy_from_slice(&[1, kind as u8]);
    Envelope::parse(&bytes).expect("the shape of an envelope")
}

#[tokio::test]
async fn a_leave_is_heard_although_the_socket_broke_under_our_writing() {
    let stage = Stage::opens().await;
    let counsellor = stage.counsellor(0);
    counsellor.goes_on_duty().await;
    let secret = || TicketSecret::new([7; 32]);
    let join = |lane| {
        let hello = envelope(Kind::Hello);
        ToRelay::Join { secret: secret(), lane, languages: Languages::default(), hello }
    };
    let put = || ToRelay::Put { claim: Claim(7), to: Member::COUNSELLOR, envelope: envelope(Kind::Kept) };
    let leave = || ToRelay::Leave(Leave { secret: secret(), claim: Claim::NONE, goodbyes: Vec::new() });
    let stands = async || {
        let mut standings = stage.line.keep(&[secret().name()], stage.relay.now()).await.expect("a store");
        standings.pop().expect("one answer to one question")
    };
    let visits = async |frames: Vec<ToRelay>| {
        let address = "127.77.0.9".parse().expect("an address");
        let counted = stage.relay.limit.socket(address, stage.relay.now()).expect("room for one socket");
        visitor::serve(Closed(frames.into_iter()), stage.relay.clone(), counted, stage.relay.awake()).await;
    };

    visits(vec![join(Lane::Support), ToRelay::Probe]).await;
    assert!(matches!(stands().await, Standing::InLine { .. }), "who says nothing keeps the place");
    visits(vec![join(Lane::Support), ToRelay::Probe, ToRelay::Probe, leave()]).await;
    assert_eq!(stands().await, Standing::Nowhere);

    // Several that come behind each other are one question, and the leave behind them another.
    visits(vec![join(Lane::Support), put(), put(), leave()]).await;
    assert_eq!(stands().await, Standing::Nowhere);
}
