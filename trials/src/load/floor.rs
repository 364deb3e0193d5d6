//! The floor: what storing and delivering a text costs when nothing is asked of it but that.
//!
//! The same requests as to Tidings, over the same transport, answered after the same flush; but nobody is
//! authenticated or may be refused, and a message stands in one table. No server that keeps its messages can be much cheaper,
//! so how many times this Tidings costs says more than any figure of one machine.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use anyhow::Context as _;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path as InPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, oneshot};

use crate::clock;

/// How many messages one commit may hold.
const BATCH: usize = 512;

#[derive(Deserialize, Serialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: String,
}

#[derive(Deserialize)]
struct Send {
    id: String,
    parts: Vec<Part>,
}

/// As long as the answer of Tidings.
#[derive(Serialize)]
struct Stored<'a> {
    id: &'a str,
    conversation_id: &'a str,
    seq: i64,
    author: [(); 0],
    parts: &'a [Part],
    sent_at: i64,
}

struct Write {
    conversation: String,
    send: Send,
    answer: oneshot::Sender<Utf8Bytes>,
}

/// Who listens to which conversation.
type Rooms = Mutex<HashMap<String, broadcast::Sender<Utf8Bytes>>>;

#[derive(Clone)]
struct Floor {
    writes: mpsc::Sender<Write>,
    rooms: Arc<Rooms>,
}

/// Where one listens to what is stored in a conversation.
pub fn live_path(conversation: &str) -> String {
    format!("/live/{conversation}")
}

/// Serves for ever, and keeps its messages in this file.
pub async fn serve(listener: TcpListener, file: &Path) -> anyhow::Result<()> {
    let db = Connection::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE conversations (id TEXT PRIMARY KEY, last_seq INTEGER NOT NULL) WITHOUT ROWID;
         CREATE TABLE messages (conversation TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
             parts TEXT NOT NULL, sent_at INTEGER NOT NULL, PRIMARY KEY (conversation, seq));",
    )?;
    let (writes, waiting) = mpsc::channel();
    let floor = Floor { writes, rooms: Arc::default() };
    let rooms = Arc::clone(&floor.rooms);
    std::thread::spawn(move || {
        // Whoever waits for an answer sees the connection end.
        if let Err(error) = write(db, &waiting, &rooms) {
            eprintln!("the floor's writer: {error:#}");
        }
    });
    let routes = Router::new()
        .route("/app/v1/conversations/{id}/messages", post(send))
        .route("/live/{id}", get(live))
        .with_state(floor);
    // Small answers must not wait for the acknowledgement of the last.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, routes).await?)
}

async fn send(
    State(floor): State<Floor>,
    InPath(conversation): InPath<String>,
    Json(send): Json<Send>,
) -> Response {
    let (answer, stored) = oneshot::channel();
    if floor.writes.send(Write { conversation, send, answer }).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    match stored.await {
        Ok(text) => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::CREATED, json, bytes::Bytes::from(text)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn live(
    State(floor): State<Floor>,
    InPath(conversation): InPath<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let mut rooms = floor.rooms.lock().unwrap_or_else(PoisonError::into_inner);
    let room = rooms.entry(conversation).or_insert_with(|| broadcast::channel(64).0).subscribe();
    drop(rooms);
    upgrade.read_buffer_size(4096).write_buffer_size(0).on_upgrade(|socket| pump(socket, room))
}

async fn pump(mut socket: WebSocket, mut room: broadcast::Receiver<Utf8Bytes>) {
    while let Ok(text) = room.recv().await {
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}

/// Everything that waits goes into one commit; only then it is answered.
fn write(mut db: Connection, waiting: &mpsc::Receiver<Write>, rooms: &Rooms) -> anyhow::Result<()> {
    while let Ok(first) = waiting.recv() {
        let batch: Vec<Write> = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1)).collect();
        let mut stored = Vec::with_capacity(batch.len());
        let transaction = db.transaction()?;
        for Write { conversation, send, .. } in &batch {
            let seq: i64 = transaction
                .prepare_cached(
                    "INSERT INTO conversations VALUES (?1, 1)
                     ON CONFLICT DO UPDATE SET last_seq = last_seq + 1 RETURNING last_seq",
                )?
                .query_row([conversation], |row| row.get(0))?;
            let sent_at = clock::now().unix_ms();
            transaction
                .prepare_cached("INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![conversation, seq, send.id, serde_json::to_string(&send.parts)?, sent_at])?;
            let answer = Stored {
                id: &send.id,
                conversation_id: conversation,
                seq,
                author: [],
                parts: &send.parts,
                sent_at,
            };
            stored.push(Utf8Bytes::from(serde_json::to_string(&answer)?));
        }
        transaction.commit()?;
        let rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
        for (Write { conversation, answer, .. }, text) in batch.into_iter().zip(stored) {
            if let Some(room) = rooms.get(&conversation) {
                // Nobody may listen any more.
                let _ = room.send(text.clone());
            }
            let _ = answer.send(text);
        }
    }
    Ok(())
}
