//! Acknowledged sends: some senders, each in a thread of its own, send the next message after the last was
//! acknowledged.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::Method;
use tidings_protocol::id::{AppId, MessageId};
use tokio::task::JoinSet;

use crate::clock;
use crate::http::Connection;
use crate::load::figures::SendFigures;
use crate::load::histogram::Histogram;
use crate::load::proc::{self, Measured};
use crate::phone::{self, Phone};

/// The text of each message: 100 bytes, as people write.
pub const TEXT: &str =
    "Hello, my order has not arrived yet, and the courier's page says delivered. What can I do about that";

/// A sender and what it repeats.
pub struct Sender {
    connection: Connection,
    /// Where it sends to, one after the other.
    paths: Vec<String>,
    turn: usize,
    /// The body up to the id, and from there.
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Sender {
    /// A new anonymous user with one thread.
    pub async fn new(address: SocketAddr, app_id: AppId) -> anyhow::Result<Self> {
        let mut phone = Phone::anonymous(address, app_id).await?;
        let conversation = phone.open_conversation(None).await?;
        Self::into(phone, &phone::messages_path(conversation))
    }

    /// A sender that is signed in nowhere, for a server that does not ask.
    pub fn without_session(address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        Self::into(Phone::without_session(address)?, path)
    }

    /// A user who writes into a thread that exists.
    pub fn into(phone: Phone, path: &str) -> anyhow::Result<Self> {
        Self::along(phone.into_connection(), vec![path.to_owned()])
    }

    /// Somebody who writes to these paths in turn.
    pub fn along(connection: Connection, paths: Vec<String>) -> anyhow::Result<Self> {
        ensure!(!paths.is_empty(), "a sender with nowhere to send to");
        let id = MessageId::from_parts(0, [0; 10]);
        let body = phone::message_body(id, TEXT)?;
        let id = id.to_string();
        let at = body
            .windows(id.len())
            .position(|window| window == id.as_bytes())
            .context("a body without its id")?;
        let tail = body[at + id.len()..].to_vec();
        Ok(Self { connection, paths, turn: 0, head: body[..at].to_vec(), tail })
    }

    /// Sends one message and waits for its acknowledgement.
    pub async fn send(&mut self) -> anyhow::Result<()> {
        let id = clock::new_id(MessageId::from_parts).to_string();
        let body = Bytes::from([&self.head, id.as_bytes(), &self.tail].concat());
        self.turn = (self.turn + 1) % self.paths.len();
        let answer = self.connection.call(Method::POST, &self.paths[self.turn], body).await?;
        ensure!(answer.status == 201, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        Ok(())
    }
}

/// Lets all senders send for this long, after a tenth of it to warm up.
pub async fn measure(
    senders: &mut Vec<Sender>,
    duration: Duration,
    measured: &Measured,
) -> anyhow::Result<SendFigures> {
    run(senders, duration / 10).await?;
    let (server, own, started) = (measured.cpu_seconds(), proc::own_cpu_seconds(), Instant::now());
    let histogram = run(senders, duration).await?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(SendFigures::new(
        senders.len(),
        &histogram,
        seconds,
        measured.cpu_seconds() - server,
        proc::own_cpu_seconds() - own,
    ))
}

async fn run(senders: &mut Vec<Sender>, duration: Duration) -> anyhow::Result<Histogram> {
    let mut tasks = JoinSet::new();
    let until = Instant::now() + duration;
    for mut sender in senders.drain(..) {
        tasks.spawn(async move {
            let mut histogram = Histogram::default();
            let mut started = Instant::now();
            while started < until {
                sender.send().await?;
                let ended = Instant::now();
                histogram.record(ended - started);
                started = ended;
            }
            anyhow::Ok((sender, histogram))
        });
    }
    let mut histogram = Histogram::default();
    while let Some(done) = tasks.join_next().await {
        let (sender, own) = done??;
        histogram.add(&own);
        senders.push(sender);
    }
    Ok(histogram)
}
