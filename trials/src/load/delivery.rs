//! Delivery end to end: from the sender's call, and from its acknowledgement, to the frame in the receiver's hand.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use tidings_protocol::id::{AppId, MessageId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time;

use crate::agent::{self, Agent};
use crate::clock;
use crate::load::figures::DeliveryFigures;
use crate::load::histogram::Histogram;
use crate::load::proc::Measured;
use crate::phone::{self, Phone};
use crate::socket::Socket;

/// Which way the messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Users write; one agent's socket receives.
    ToAgent,
    /// An agent answers; each user's socket receives.
    ToUser,
}

/// Pairs of a user and an agent in a thread each.
const PAIRS: usize = 16;

/// What is sent, and where it is listened to.
pub struct Course {
    /// Which way.
    pub way: Way,
    /// Messages a second, all pairs together.
    pub rate: u32,
    /// For how long.
    pub duration: Duration,
    /// The node that those who listen are connected to; writers are connected to the agent's.
    pub heard_at: SocketAddr,
}

/// `rate` messages a second in all, spread over the pairs; each is timed from the moment it was due, so that a server that
/// stalls is not excused by a generator that waits for it, and from its acknowledgement.
pub async fn paced(
    agent: &mut Agent,
    app_id: AppId,
    course: &Course,
    measured: &Measured,
) -> anyhow::Result<DeliveryFigures> {
    let Course { way, rate, duration, heard_at } = *course;
    let address = agent.address();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let mut receivers = JoinSet::new();
    let mut senders = Vec::with_capacity(PAIRS);
    if way == Way::ToAgent {
        receivers.spawn(receive(agent.beside(heard_at)?.socket().await?, arrived.clone()));
    }
    for _ in 0..PAIRS {
        let mut user = Phone::anonymous(address, app_id).await?;
        let conversation = user.open_conversation(None).await?;
        if way == Way::ToUser {
            let cursor = user.bootstrap().await?.cursor;
            let socket = user.beside(heard_at)?.socket(cursor, false).await?;
            receivers.spawn(receive(socket, arrived.clone()));
            senders.push((Writer::Agent(agent.beside(address)?), agent::path(conversation, "/replies")));
        } else {
            senders.push((Writer::User(user), phone::messages_path(conversation)));
        }
    }
    let cpu = measured.cpu_seconds();
    let sent = send_paced(senders, rate, duration).await?;
    let (mut whole, mut after) = (Histogram::default(), Histogram::default());
    let mut open: HashMap<MessageId, Times> = sent.into_iter().collect();
    while !open.is_empty() {
        let next = time::timeout(Duration::from_secs(10), arrivals.recv()).await;
        let (id, at) = next
            .with_context(|| format!("{} messages did not arrive", open.len()))?
            .context("no receiver")?;
        if let Some(times) = open.remove(&id) {
            whole.record(at.saturating_duration_since(times.due));
            // A frame may overtake the answer: then there was nothing to wait for.
            after.record(at.saturating_duration_since(times.acknowledged));
        }
    }
    let cpu = measured.cpu_seconds() - cpu;
    let nodes = if heard_at == address { 1 } else { 2 };
    Ok(DeliveryFigures::new(way, nodes, rate, &whole, &after, cpu))
}

/// When a message should have been sent, and when its sender knew that it was stored.
struct Times {
    due: Instant,
    acknowledged: Instant,
}

enum Writer {
    User(Phone),
    Agent(Agent),
}

impl Writer {
    async fn send(&mut self, path: &str, body: Bytes) -> anyhow::Result<()> {
        let answer = match self {
            Self::User(phone) => phone.send_raw(path, body).await?,
            Self::Agent(agent) => agent.send_raw(path, body).await?,
        };
        answer.success().map(drop)
    }
}

/// Each writer takes its turn; all of them together keep the rate.
async fn send_paced(
    writers: Vec<(Writer, String)>,
    rate: u32,
    duration: Duration,
) -> anyhow::Result<Vec<(MessageId, Times)>> {
    let start = Instant::now();
    let between = Duration::from_secs(1) / rate;
    let count = u32::try_from(writers.len())?;
    let mut tasks = JoinSet::new();
    for (turn, (mut writer, path)) in (0..).zip(writers) {
        tasks.spawn(async move {
            let mut sent = Vec::new();
            let mut due = start + between * turn;
            while due < start + duration {
                time::sleep_until(due.into()).await;
                let id = clock::new_id(MessageId::from_parts);
                writer.send(&path, phone::message_body(id, super::sends::TEXT)?).await?;
                sent.push((id, Times { due, acknowledged: Instant::now() }));
                due += between * count;
            }
            anyhow::Ok(sent)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

/// Notes when each message came. A frame is searched for ids rather than parsed: the generator should cost little.
async fn receive(
    mut socket: Socket,
    arrived: mpsc::UnboundedSender<(MessageId, Instant)>,
) -> anyhow::Result<()> {
    loop {
        let text = socket.text().await?;
        let now = Instant::now();
        let mut rest = text.as_str();
        while let Some(at) = rest.find("\"msg_") {
            rest = &rest[at + 1..];
            let Some(end) = rest.find('"') else { break };
            if let Ok(id) = rest[..end].parse() {
                arrived.send((id, now))?;
            }
        }
    }
}
