//! People who write, answer, read and follow while something is being broken, and who look at everything when it is
//! over. What they see goes into a history.

mod audit;
mod follower;
mod writer;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tidings_protocol::id::{AppId, ConversationId};
use tokio::task::JoinSet;

use self::follower::{AgentFollower, UserFollower};
use self::writer::{AgentWriter, UserWriter};
use crate::agent::Agent;
use crate::checker::Verdict;
use crate::furnish::{self, Installation};
use crate::history::{Header, History, Side, What, Witness};
use crate::phone::Phone;
use crate::signal::Tripwire;

/// Longer than an honest answer takes, shorter than a black hole lasts.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many people.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Users with a thread each.
    pub users: usize,
    /// Devices of each user, which all write into the thread.
    pub devices: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { users: 6, devices: 2 }
    }
}

/// The people.
pub struct Crowd {
    history: History,
    over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    wire: Arc<Tripwire>,
    writers: JoinSet<anyhow::Result<()>>,
    user_followers: JoinSet<anyhow::Result<UserFollower>>,
    agent_followers: JoinSet<anyhow::Result<AgentFollower>>,
    people: Vec<Person>,
    agent: Agent,
}

/// A user with a thread.
struct Person {
    phone: Phone,
    name: String,
    conversation: ConversationId,
}

impl Person {
    /// With this all texts of the thread begin.
    fn marker(name: &str) -> String {
        format!("w/{name}/")
    }

    fn feed(&self) -> String {
        self.phone.user_id.to_string()
    }
}

impl Crowd {
    /// Signs everybody in at this address, and lets them begin.
    pub async fn gather(
        address: SocketAddr,
        installation: &Installation,
        size: Size,
        history: History,
    ) -> anyhow::Result<Self> {
        let agent = Agent::sign_in(address, &installation.email, furnish::PASSWORD).await?;
        let mut crowd = Self {
            history,
            over: Arc::default(),
            acknowledged: Arc::default(),
            wire: Arc::default(),
            writers: JoinSet::new(),
            user_followers: JoinSet::new(),
            agent_followers: JoinSet::new(),
            people: Vec::new(),
            agent,
        };
        for number in 0..size.users {
            crowd.welcome(address, installation.app_id, &format!("u{number}"), size.devices).await?;
        }
        crowd.seat_agent(address).await?;
        Ok(crowd)
    }

    async fn welcome(
        &mut self,
        address: SocketAddr,
        app_id: AppId,
        name: &str,
        devices: usize,
    ) -> anyhow::Result<()> {
        let mut phone = Phone::anonymous(address, app_id).await?;
        let conversation = phone.open_conversation(None).await?;
        let marker = Person::marker(name);
        let screen = phone.bootstrap().await?;
        for device in 0..devices {
            let witness = self.witness(&format!("{name}.d{device}"), Side::User, &marker);
            let phone = phone.beside(address)?;
            let (wire, marker) = (Arc::clone(&self.wire), marker.clone());
            let writer = UserWriter { phone, witness, conversation, marker, wire };
            self.writers.spawn(writer.run(Arc::clone(&self.over), Arc::clone(&self.acknowledged)));
        }
        let person = Person { phone, name: name.to_owned(), conversation };
        let mut witness = self.witness(&format!("{name}.socket"), Side::User, &marker);
        let headers = screen.conversations.iter().map(Header::from).collect();
        witness.saw(What::Snapshot { feed: person.feed(), cursor: screen.cursor, headers });
        let mut person = person;
        let phone = person.phone.beside(address)?;
        let follower = UserFollower { phone, witness, feed: person.feed(), cursor: screen.cursor };
        self.user_followers.spawn(follower.run(Arc::clone(&self.over)));
        self.people.push(person);
        Ok(())
    }

    async fn seat_agent(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        let screen = self.agent.bootstrap().await?;
        let headers: Vec<Header> = screen.conversations.iter().map(Header::from).collect();
        let mut witness = self.witness("ana.socket", Side::Team, "w/");
        for team in &screen.teams {
            let (feed, headers) = (team.id.to_string(), headers.clone());
            witness.saw(What::Snapshot { feed, cursor: team.cursor, headers });
        }
        let cursors = screen.teams.iter().map(|team| (team.id, team.cursor)).collect();
        let agent = self.agent.beside(address)?;
        let follower = AgentFollower { agent, witness, cursors };
        self.agent_followers.spawn(follower.run(Arc::clone(&self.over)));
        let threads = self.people.iter().map(|person| (person.conversation, Person::marker(&person.name)));
        let writer = AgentWriter {
            agent: self.agent.beside(address)?,
            threads: threads.collect(),
            witness: self.witness("ana", Side::Team, "w/"),
            wire: Arc::clone(&self.wire),
        };
        self.writers.spawn(writer.run(Arc::clone(&self.over), Arc::clone(&self.acknowledged)));
        Ok(())
    }

    fn witness(&self, client: &str, side: Side, marker: &str) -> Witness {
        Witness::new(&self.history, client, side, marker, stopwatch())
    }

    /// How many messages have been acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Touched by everybody who is told that a message is stored.
    pub fn wire(&self) -> &Tripwire {
        &self.wire
    }

    /// The history that they write.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Nobody begins anything new; returns when each send has its acknowledgement.
    pub async fn fall_silent(&mut self) -> anyhow::Result<()> {
        self.over.store(true, Ordering::Relaxed);
        let all = async {
            while let Some(done) = self.writers.join_next().await {
                done??;
            }
            anyhow::Ok(())
        };
        let limit = Duration::from_mins(2);
        tokio::time::timeout(limit, all).await.context("somebody's send was never acknowledged")?
    }

    /// Everybody looks at everything, at this address; then the laws speak.
    pub async fn conclude(mut self, address: SocketAddr) -> anyhow::Result<Verdict> {
        self.fall_silent().await?;
        while let Some(done) = self.user_followers.join_next().await {
            done??.catch_up(address).await?;
        }
        while let Some(done) = self.agent_followers.join_next().await {
            done??.catch_up(address).await?;
        }
        let history = self.history.clone();
        self.audit(address, &history).await?;
        Ok(history.verdict())
    }

    /// Reads all threads and feeds from their beginnings at this address, into this history: the crowd's own, or a
    /// fork of it when the address leads to a copy.
    pub async fn audit(&mut self, address: SocketAddr, history: &History) -> anyhow::Result<()> {
        for person in &mut self.people {
            let marker = Person::marker(&person.name);
            let client = format!("{}.auditor", person.name);
            let witness = Witness::new(history, &client, Side::User, &marker, stopwatch());
            audit::user(person, address, witness).await?;
        }
        let witness = Witness::new(history, "ana.auditor", Side::Team, "w/", stopwatch());
        audit::agent(&mut self.agent, address, witness).await
    }
}

/// Milliseconds since the program's first event.
fn stopwatch() -> Arc<dyn Fn() -> u64 + Send + Sync> {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    Arc::new(|| u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX))
}
