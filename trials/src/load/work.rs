//! People at work while something goes on around them: users and an agent write, both sides listen, and everything
//! goes into the history, so that a trial of load proves more than speed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;
use tidings_protocol::Seq;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::frame::{AppServerFrame, InboxServerFrame};
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::Message;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time;

use crate::agent::{self, Agent};
use crate::clock;
use crate::history::{self, Header, History, Seen, Side, Stage, What, Witness};
use crate::load::histogram::Histogram;
use crate::load::stand::Stand;
use crate::phone::{self, Phone};
use crate::socket::Socket;

/// Pairs of a user and the agent, in a thread each.
const PAIRS: usize = 16;
/// How long a message may take to everybody who listens before the trial calls it lost.
const PATIENCE: Duration = Duration::from_mins(1);

/// People at work.
pub struct Work {
    writers: Vec<Writer>,
    listeners: JoinSet<anyhow::Result<()>>,
    arrivals: mpsc::UnboundedReceiver<(MessageId, Instant)>,
    feeds: Vec<(Witness, String)>,
    history: History,
}

/// Latencies of one stretch of work.
#[derive(Debug, Clone, Serialize)]
pub struct Stretch {
    /// What went on around it.
    pub name: String,
    /// Messages acknowledged; each also arrived at both sides.
    pub messages: u64,
    /// Attempts that had to be repeated.
    pub repeated: u64,
    /// Milliseconds from the moment a message was due to its acknowledgement.
    pub acknowledged_p50_ms: f64,
    /// The same.
    pub acknowledged_p99_ms: f64,
    /// Milliseconds from the moment a message was due to each socket that follows.
    pub delivered_p50_ms: f64,
    /// The same.
    pub delivered_p99_ms: f64,
}

/// Somebody who writes into one thread.
struct Writer {
    /// Whose thread it is.
    user: Phone,
    /// Who writes into it instead of the user.
    agent: Option<Agent>,
    witness: Witness,
    conversation: ConversationId,
    marker: String,
}

#[derive(Default)]
struct Sent {
    due: Vec<(MessageId, Instant)>,
    acknowledged: Histogram,
    repeated: u64,
}

impl Work {
    /// Signs in the users, opens their threads, and connects everybody who listens.
    pub async fn begin(stand: &Stand, history: &History) -> anyhow::Result<Self> {
        let began = Instant::now();
        let clock: Arc<dyn Fn() -> u64 + Send + Sync> =
            Arc::new(move || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        let (address, app_id) = (stand.plan.address, stand.installation.app_id);
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let (mut writers, mut listeners, mut feeds) = (Vec::new(), JoinSet::new(), Vec::new());
        let mut agent = stand.agent().await?;
        for number in 0..PAIRS {
            let mut user = Phone::anonymous(address, app_id).await?;
            let marker = format!("w1/u{number}/");
            let mut witness =
                Witness::new(history, &format!("u{number}"), Side::User, &marker, Arc::clone(&clock));
            let conversation = user.open_conversation(None).await?;
            let screen = user.bootstrap().await?;
            let feed = user.user_id.to_string();
            let headers = screen.conversations.iter().map(Header::from).collect();
            witness.saw(What::Snapshot { feed: feed.clone(), cursor: screen.cursor, headers });
            let socket = user.beside(address)?.socket(screen.cursor, true).await?;
            feeds.push((witness.clone(), feed.clone()));
            listeners.spawn(listen_as_user(socket, witness.clone(), feed, screen.cursor, arrived.clone()));
            // Every other thread is the agent's to write into.
            let (agent, witness) = if number % 2 == 0 {
                (None, witness)
            } else {
                let name = format!("agent-of-u{number}");
                let witness = Witness::new(history, &name, Side::Team, "w1/", Arc::clone(&clock));
                (Some(agent.beside(address)?), witness)
            };
            writers.push(Writer { user, agent, witness, conversation, marker });
        }
        let witness = Witness::new(history, "agent", Side::Team, "w1/", clock);
        let cursors = agent.cursors().await?;
        let places: HashMap<_, _> = cursors.iter().map(|team| (team.team_id, team.cursor)).collect();
        let socket = agent.socket_from(cursors).await?;
        feeds.extend(places.keys().map(|team| (witness.clone(), team.to_string())));
        listeners.spawn(listen_as_agent(socket, witness, places, arrived));
        Ok(Self { writers, listeners, arrivals, feeds, history: history.clone() })
    }

    /// Everybody writes in turn, `rate` messages a second in all, for this long, and until everything has arrived.
    pub async fn go_on(&mut self, name: &str, rate: u32, duration: Duration) -> anyhow::Result<Stretch> {
        let start = Instant::now();
        let between = Duration::from_secs(1) / rate;
        let turns = u32::try_from(self.writers.len())?;
        let mut tasks = JoinSet::new();
        for (turn, mut writer) in (0..).zip(self.writers.drain(..)) {
            tasks.spawn(async move {
                let mut sent = Sent::default();
                let mut due = start + between * turn;
                while due < start + duration {
                    time::sleep_until(due.into()).await;
                    writer.send(due, &mut sent).await?;
                    due += between * turns;
                }
                anyhow::Ok((writer, sent))
            });
        }
        let mut delivered = Histogram::default();
        let mut all = Sent::default();
        // An arrival may be seen before the task that sent it has ended and told.
        let mut early: HashMap<MessageId, Vec<Instant>> = HashMap::new();
        loop {
            tokio::select! {
                done = tasks.join_next() => match done {
                    Some(done) => {
                        let (writer, sent) = done??;
                        self.writers.push(writer);
                        all.acknowledged.add(&sent.acknowledged);
                        all.repeated += sent.repeated;
                        all.due.extend(sent.due);
                    }
                    None => break,
                },
                Some((id, at)) = self.arrivals.recv() => early.entry(id).or_default().push(at),
                Some(done) = self.listeners.join_next() => done??,
            }
        }
        for (id, due) in &all.due {
            // One socket on each side.
            while early.get(id).is_none_or(|arrived| arrived.len() < 2) {
                let next = time::timeout(PATIENCE, self.arrivals.recv()).await;
                let next = next.with_context(|| format!("{name}: {id} did not arrive"))?;
                let (id, at) = next.context("nobody listens any more")?;
                early.entry(id).or_default().push(at);
            }
            for at in early.remove(id).unwrap_or_default() {
                delivered.record(at.saturating_duration_since(*due));
            }
        }
        Ok(Stretch {
            name: name.to_owned(),
            messages: all.acknowledged.count(),
            repeated: all.repeated,
            acknowledged_p50_ms: all.acknowledged.percentile_ms(0.50),
            acknowledged_p99_ms: all.acknowledged.percentile_ms(0.99),
            delivered_p50_ms: delivered.percentile_ms(0.50),
            delivered_p99_ms: delivered.percentile_ms(0.99),
        })
    }

    /// Looks at every thread once all is over, and lets the checker judge.
    pub async fn end(mut self) -> anyhow::Result<crate::checker::Verdict> {
        self.listeners.abort_all();
        for (witness, feed) in &mut self.feeds {
            witness.saw(What::CaughtUp { feed: feed.clone() });
        }
        for writer in &mut self.writers {
            let messages = writer.user.all_messages(writer.conversation).await?;
            let messages = messages.iter().map(Seen::from).collect();
            writer.witness.saw(What::Log { conversation: writer.conversation, messages });
        }
        Ok(self.history.verdict())
    }
}

impl Writer {
    /// Sends one message, again with the same id as long as nobody knows what became of it.
    async fn send(&mut self, due: Instant, sent: &mut Sent) -> anyhow::Result<()> {
        let (id, conversation) = (clock::new_id(MessageId::from_parts), self.conversation);
        let text = format!("{} {}", self.marker, super::sends::TEXT);
        let body = phone::message_body(id, &text)?;
        loop {
            let what = |seq: Option<Seq>| What::Send { conversation, id, text: text.clone(), seq };
            let op = self.witness.invoke(what(None));
            let answer = match &mut self.agent {
                None => self.user.send_raw(&phone::messages_path(conversation), body.clone()).await,
                Some(agent) => agent.send_raw(&agent::path(conversation, "/replies"), body.clone()).await,
            };
            match answer {
                Ok(answer) if answer.status.is_success() => {
                    sent.acknowledged.record(due.elapsed());
                    sent.due.push((id, due));
                    let message: Message = answer.json()?;
                    self.witness.end(op, Stage::Ok, what(Some(message.seq)));
                    return Ok(());
                }
                Ok(answer) if answer.status.is_client_error() && answer.status != 429 => {
                    bail!("refused: {}: {}", answer.status, String::from_utf8_lossy(&answer.body))
                }
                _ => self.witness.end(op, Stage::Info, what(None)),
            }
            sent.repeated += 1;
            time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn listen_as_user(
    mut socket: Socket,
    mut witness: Witness,
    feed: String,
    mut cursor: Cursor,
    arrived: mpsc::UnboundedSender<(MessageId, Instant)>,
) -> anyhow::Result<()> {
    loop {
        let text = socket.text().await?;
        let now = Instant::now();
        match serde_json::from_str(&text)? {
            AppServerFrame::Changes(page) => {
                tell(&arrived, page.changes.iter().filter_map(|change| change.message.as_ref()), now);
                witness.saw(history::page(&feed, cursor, &page));
                cursor = page.cursor;
            }
            AppServerFrame::Reset => bail!("a user's feed was reset"),
            _ => {}
        }
    }
}

async fn listen_as_agent(
    mut socket: Socket,
    mut witness: Witness,
    mut places: HashMap<tidings_protocol::id::TeamId, Cursor>,
    arrived: mpsc::UnboundedSender<(MessageId, Instant)>,
) -> anyhow::Result<()> {
    loop {
        let text = socket.text().await?;
        let now = Instant::now();
        match serde_json::from_str(&text)? {
            InboxServerFrame::Changes(changes) => {
                let messages = changes.page.changes.iter().filter_map(|change| change.message.as_ref());
                tell(&arrived, messages, now);
                let place = places.get_mut(&changes.team_id).context("changes of another team")?;
                witness.saw(history::page(&changes.team_id.to_string(), *place, &changes.page));
                *place = changes.page.cursor;
            }
            InboxServerFrame::Reset { .. } => bail!("a team's feed was reset"),
            _ => {}
        }
    }
}

fn tell<'a>(
    arrived: &mpsc::UnboundedSender<(MessageId, Instant)>,
    messages: impl Iterator<Item = &'a Message>,
    now: Instant,
) {
    for message in messages {
        // The trial may be over.
        let _ = arrived.send((message.id, now));
    }
}
