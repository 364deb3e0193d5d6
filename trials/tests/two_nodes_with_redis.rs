//! Two nodes on one PostgreSQL, with Redis between them: fast with it, a little later without it, never lost.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tidings_protocol::frame::InboxServerFrame;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_trials::agent;
use tidings_trials::clock;
use tidings_trials::http::Connection;
use tidings_trials::phone::{Phone, Sent};
use tidings_trials::scene::{self, Database, Scene};
use tidings_trials::server::{self, Server};
use tidings_trials::socket::Socket;

/// With the bus a message takes milliseconds; this leaves room for a machine that has other things to do.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Without the bus the sweep finds it.
const BY_SWEEP: Duration = Duration::from_secs(5);

#[tokio::test]
async fn messages_cross_between_nodes_with_and_without_redis() -> anyhow::Result<()> {
    let mut scene = Scene::new(Database::Postgres)?;
    let mut redis = Redis::new(scene.folder("redis")?)?;
    redis.start().await?;
    scene::set(&mut scene.plan.variables, "REDIS_URL", &redis.url());
    let one = scene.start().await?;
    let two = Server::start(scene.other_node()?).await?;
    for node in [&one, &two] {
        wait_bus(node, "connected").await?;
    }

    let mut writer = scene.phone().await?;
    let conversation = writer.open_conversation(None).await?;
    let mut inbox = scene.agent().await?.beside(two.address())?.socket().await?;

    for _ in 0..5 {
        let took = cross(&mut writer, conversation, &mut inbox, AT_ONCE).await.context("with Redis")?;
        println!("with Redis: {took:?}");
    }
    redis.kill()?;
    for _ in 0..2 {
        let took = cross(&mut writer, conversation, &mut inbox, BY_SWEEP).await.context("without Redis")?;
        println!("without Redis: {took:?}");
    }
    wait_bus(&one, "disconnected").await?;

    redis.start().await?;
    for node in [&one, &two] {
        wait_bus(node, "connected").await?;
    }
    let took =
        cross(&mut writer, conversation, &mut inbox, BY_SWEEP).await.context("while Redis comes back")?;
    println!("as Redis is back: {took:?}");
    for _ in 0..5 {
        let took = cross(&mut writer, conversation, &mut inbox, AT_ONCE).await.context("with Redis again")?;
        println!("with Redis again: {took:?}");
    }
    assert!(one.stop().await?.success() && two.stop().await?.success());
    Ok(())
}

/// Sends a message to the first node and waits for it on a socket of the second.
async fn cross(
    writer: &mut Phone,
    conversation: ConversationId,
    inbox: &mut Socket,
    limit: Duration,
) -> anyhow::Result<Duration> {
    let id = clock::new_id(MessageId::from_parts);
    let started = Instant::now();
    let sent = writer.send(conversation, id, "from one node to the other").await?;
    anyhow::ensure!(matches!(sent, Sent::Acknowledged(_)), "not acknowledged");
    let added = |frame: InboxServerFrame| {
        let mut changes = agent::changes(frame).into_iter();
        changes.find(|(change, _)| change.message.as_ref().is_some_and(|message| message.id == id)).map(drop)
    };
    inbox.wait_for("message on the other node", limit, added).await?;
    Ok(started.elapsed())
}

/// Waits until a node says this of its bus.
async fn wait_bus(node: &Server, state: &str) -> anyhow::Result<()> {
    let mut connection = Connection::new(node.address(), hyper::HeaderMap::new())?;
    let mut last = Value::Null;
    for _ in 0..500 {
        last = connection.get("/health").await?;
        if last["bus"] == state {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the bus is not {state}: {last}")
}

/// A Redis that can be killed.
struct Redis {
    port: u16,
    folder: PathBuf,
    child: Option<Child>,
}

impl Redis {
    fn new(folder: PathBuf) -> anyhow::Result<Self> {
        Ok(Self { port: server::free_address()?.port(), folder, child: None })
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    async fn start(&mut self) -> anyhow::Result<()> {
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.current_dir(&self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(
            command.spawn().context("cannot start redis-server, which Debian's package of that name has")?,
        );
        for _ in 0..250 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("Redis did not start")
    }

    fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
