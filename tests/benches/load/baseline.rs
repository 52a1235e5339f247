//! What everything is compared with, of the relay's own crates and nothing else: a TCP echo, an axum WebSocket echo,
//! and an axum pair relay. 4 KiB of buffers each; no line, no envelopes, no limits. The pair relay may put each message
//! on Redis before it passes it on, with one `SET`: the least that storing first can take.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use redis::aio::MultiplexedConnection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::people::random;
use crate::process::listens;

/// Bytes of the read and of the write buffer of each socket.
const BUFFER: usize = 4_096;
/// Messages that one side of a pair may be behind.
const BEHIND: usize = 64;

/// `baseline tcp | axum [REDIS]`
pub(crate) fn is_one(orders: &[String]) -> ExitCode {
    let (kind, redis) = (orders[0].as_str(), orders.get(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listens(listener.local_addr().unwrap());
        match kind {
            "tcp" => loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(bytes_come_back(stream));
            },
            _ => {
                let listener = axum::serve::ListenerExt::tap_io(listener, |stream: &mut TcpStream| {
                    let _ = stream.set_nodelay(true);
                });
                let store = match redis {
                    Some(url) => {
                        let client = redis::Client::open(url.as_str()).unwrap();
                        Some(client.get_multiplexed_async_connection().await.unwrap())
                    }
                    None => None,
                };
                axum::serve(listener, router(store)).await.unwrap();
            }
        }
    });
    ExitCode::SUCCESS
}

async fn bytes_come_back(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut buffer = vec![0; BUFFER];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

#[derive(Clone)]
struct Shared {
    waiting: Arc<Mutex<HashMap<u32, Half>>>,
    store: Option<MultiplexedConnection>,
}

/// The first of two who wait for each other: where to write to it, and what the second writes to.
struct Half {
    to_first: mpsc::Sender<Message>,
    from_first: mpsc::Receiver<Message>,
}

pub(crate) fn router(store: Option<MultiplexedConnection>) -> Router {
    Router::new()
        .route("/echo", get(async |upgrade: WebSocketUpgrade| small(upgrade).on_upgrade(echo)))
        .route("/pair/{number}", get(pair))
        .with_state(Shared { waiting: Arc::default(), store })
}

fn small(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.read_buffer_size(BUFFER).write_buffer_size(BUFFER).max_write_buffer_size(16 * BUFFER)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Binary(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn pair(
    State(Shared { waiting, store }): State<Shared>,
    Path(number): Path<u32>,
    upgrade: WebSocketUpgrade,
) -> Response {
    small(upgrade).on_upgrade(async move |socket| {
        let first = waiting.lock().unwrap().remove(&number);
        match first {
            Some(Half { to_first, from_first }) => passes(socket, to_first, from_first, store).await,
            None => {
                let (to_first, from_second) = mpsc::channel(BEHIND);
                let (to_second, from_first) = mpsc::channel(BEHIND);
                waiting.lock().unwrap().insert(number, Half { to_first, from_first });
                passes(socket, to_second, from_second, store).await;
            }
        }
    })
}

async fn passes(
    mut socket: WebSocket,
    to: mpsc::Sender<Message>,
    mut from: mpsc::Receiver<Message>,
    mut store: Option<MultiplexedConnection>,
) {
    let name = u64::from_be_bytes(random());
    loop {
        tokio::select! {
            heard = socket.recv() => match heard {
                Some(Ok(message @ Message::Binary(_))) => {
                    if let Some(store) = &mut store {
                        let bytes = message.clone().into_data();
                        let set = redis::cmd("SET").arg(name).arg(&bytes[..]).arg("PX").arg(60_000).to_owned();
                        set.exec_async(store).await.unwrap();
                    }
                    if to.send(message).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            passed = from.recv() => match passed {
                Some(message) => {
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
                None => return,
            },
        }
    }
}
