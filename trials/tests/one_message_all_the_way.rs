//! From `send()` on a phone without a network to the agent's screen, and back to the sleeping phone: each part real, and the
//! server killed in between.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Map, Value};
use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::frame::InboxServerFrame;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_sdk_core::{
    Client, MessageItem, Network, Platform, PushContent, SendState, SyncState, Visibility, parse_push,
};
use tidings_standins::{Apns, ApnsOptions, Authority, Fcm, FcmOptions};
use tidings_trials::agent::{self, Agent};
use tidings_trials::backend::{Backend, Identity};
use tidings_trials::handset::{Handset, wait_sent, wait_shown, wait_state};
use tidings_trials::history::text_of;
use tidings_trials::redis::Redis;
use tidings_trials::scene::{self, Database, Scene};
use tidings_trials::server::Server;
use tidings_trials::socket::Socket;
use tokio::task::JoinHandle;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn one_message_all_the_way_on_sqlite() -> anyhow::Result<()> {
    one_message_all_the_way(Database::Sqlite, Nodes::One).await
}

#[tokio::test]
async fn one_message_all_the_way_on_postgres() -> anyhow::Result<()> {
    one_message_all_the_way(Database::Postgres, Nodes::One).await
}

/// The phones are on one node and the agent is on another, and Redis between them comes and goes.
#[tokio::test]
async fn one_message_all_the_way_between_two_nodes_while_redis_comes_and_goes() -> anyhow::Result<()> {
    one_message_all_the_way(Database::Postgres, Nodes::Two).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nodes {
    One,
    Two,
}

async fn one_message_all_the_way(database: Database, nodes: Nodes) -> anyhow::Result<()> {
    let mut story = Story::begin(database, nodes).await?;

    // The iPhone has no network; what is written waits on it, and is there to be read.
    let iphone = story.iphone.open_as(&story.identity, "customer-1", "Mia").await?;
    iphone.set_push_target(Some(target(PushProvider::Apns, APNS_TOKEN)?)).await?;
    wait_state(&iphone, SyncState::Live, SOON).await?;
    iphone.set_network(Network::Unavailable);
    wait_state(&iphone, SyncState::Offline, SOON).await?;
    let thread = iphone.start_conversation(Some("My order".to_owned())).await?;
    let first = thread.send_text("Where is my order?").await?;
    wait_sent(&thread, first, SendState::Waiting, SOON).await?;

    // The server is killed without a word, and the phone comes back before the server does.
    let seen_so_far = story.agent.cursors().await?;
    story.server.kill()?;
    iphone.set_network(Network::Available);
    tokio::time::sleep(Duration::from_millis(300)).await;
    wait_sent(&thread, first, SendState::Waiting, SOON).await?;
    story.server.start_again().await?;
    let mut inbox = story.agent.socket_from(seen_so_far).await?;

    // The agent sees it without asking, once.
    let conversation = thread.id();
    wait_message(&mut inbox, first).await?;
    wait_sent(&thread, first, SendState::Sent, SOON).await?;
    let seen = story.agent.thread(conversation).await?;
    assert_eq!(seen.messages.iter().map(|message| message.id).collect::<Vec<_>>(), [first]);
    assert_eq!(text_of(&seen.messages[0]), "Where is my order?");
    assert_eq!(seen.conversation.user.name.clone().map(String::from).as_deref(), Some("Mia"));
    assert!(seen.conversation.user.verified && seen.conversation.waiting_since.is_some());

    // The same person's other phone, which is asleep all the time.
    let android = story.android.open_as(&story.identity, "customer-1", "Mia").await?;
    android.set_push_target(Some(target(PushProvider::Fcm, FCM_TOKEN)?)).await?;
    wait_state(&android, SyncState::Live, SOON).await?;
    asleep(&android).await?;

    // An answer while the app is on the screen: shown, and nobody is woken.
    wait_state(&iphone, SyncState::Live, SOON).await?;
    let greeting = story.agent.reply(conversation, "Hello Mia, one moment.").await?;
    wait_shown(&thread, greeting.id, SOON).await?;
    thread.mark_read().await?;
    wait_read(&mut inbox, conversation, greeting.seq).await.context("what was read at once")?;
    assert_eq!(iphone.unread().await?, 0);

    // The phone sleeps; the next answer wakes both phones, with the number of unread messages.
    asleep(&iphone).await?;
    let answer = story.agent.reply(conversation, "It arrives tomorrow.").await?;
    let pushes = story.pushes(1).await;
    for push in &pushes {
        assert_eq!((push.conversation_id, push.message_id, push.seq), (conversation, answer.id, answer.seq));
        assert_eq!(
            (push.badge, Some(push.user_id)),
            (1, iphone.account().and_then(|account| account.user_id))
        );
    }
    let more = story.agent.reply(conversation, "Before noon.").await?;
    assert_eq!(story.pushes(2).await.map(|push| (push.message_id, push.badge)), [(more.id, 2), (more.id, 2)]);
    let ledger = story.wait_pushes(conversation, answer.id).await?;
    assert!(!ledger.delivered && !ledger.read, "nobody was awake: {ledger:?}");

    // It wakes, fetches, shows, and the person reads.
    iphone.set_visibility(Visibility::Foreground);
    wait_shown(&thread, more.id, SOON).await?;
    let texts: Vec<String> = thread.timeline().messages().await?.iter().map(MessageItem::text).collect();
    let said = ["Where is my order?", "Hello Mia, one moment.", "It arrives tomorrow.", "Before noon."];
    assert_eq!(texts, said);
    assert_eq!(iphone.unread().await?, 2);
    thread.mark_read().await?;
    assert_eq!(iphone.unread().await?, 0);

    // The agent sees "read".
    let read = wait_read(&mut inbox, conversation, more.seq).await;
    read.with_context(|| format!("what was read on waking; the phone is {:?}", iphone.sync_state()))?;
    let ledger = story.agent.ledger(conversation, answer.id).await?;
    assert!(ledger.delivered && ledger.read, "{ledger:?}");

    // Nothing came twice, and the answer that was shown at once woke nobody.
    let stored = story.agent.thread(conversation).await?;
    assert_eq!(stored.messages.iter().map(text_of).collect::<Vec<_>>(), said);
    assert_eq!(stored.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((story.apns.received().len(), story.fcm.received().len()), (2, 2));
    assert_eq!(stored.conversation.state, ConversationState::Open);
    iphone.close().await;
    android.close().await;
    assert!(story.server.stop().await?.success());
    if let Some(second) = story.second {
        second.redis.abort();
        assert!(second.server.stop().await?.success());
    }
    Ok(())
}

const APNS_TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const FCM_TOKEN: &str = "fcm-registration-token-of-the-android-phone";

/// Another node, and what lies between the two.
struct Second {
    server: Server,
    redis: JoinHandle<anyhow::Result<()>>,
}

impl Second {
    async fn start(scene: &Scene, mut redis: Redis) -> anyhow::Result<Self> {
        let server = Server::start(scene.other_node()?).await?;
        let redis = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(1_300)).await;
                redis.kill()?;
                tokio::time::sleep(Duration::from_millis(700)).await;
                redis.start().await?;
            }
        });
        Ok(Self { server, redis })
    }
}

struct Story {
    server: Server,
    second: Option<Second>,
    agent: Agent,
    identity: Identity,
    apns: Apns,
    fcm: Fcm,
    iphone: Handset,
    android: Handset,
    _scene: Scene,
}

impl Story {
    async fn begin(database: Database, nodes: Nodes) -> anyhow::Result<Self> {
        let mut scene = Scene::new(database)?;
        let mut redis = Redis::new(scene.folder("redis")?)?;
        if nodes == Nodes::Two {
            redis.start().await?;
            scene::set(&mut scene.plan.variables, "REDIS_URL", &redis.url());
        }
        let authority = Authority::new()?;
        let apns = Apns::start(&authority, ApnsOptions::default()).await?;
        let fcm = Fcm::start(&authority, FcmOptions::default()).await?;
        let ca = scene.folder("push")?.join("ca.pem");
        std::fs::write(&ca, authority.pem())?;
        for (name, value) in [
            ("TIDINGS_PUSH_APNS_URL", apns.url()),
            ("TIDINGS_PUSH_APNS_SANDBOX_URL", apns.url()),
            ("TIDINGS_PUSH_FCM_URL", fcm.url()),
            ("TIDINGS_PUSH_GOOGLE_TOKEN_URL", fcm.token_uri()),
            ("TIDINGS_PUSH_EXTRA_CA", ca.display().to_string()),
        ] {
            scene::set(&mut scene.plan.variables, name, &value);
        }
        let server = scene.start().await?;
        let mut backend = Backend::new(server.address(), &scene.installation.server_key, scene.app_id())?;
        backend.set_push(&apns, &fcm).await?;
        let identity = backend.identity().await?;
        let handset = |name: &str, platform| {
            anyhow::Ok(Handset {
                server_url: server.url(),
                app_id: scene.app_id(),
                folder: scene.folder(name)?,
                platform,
            })
        };
        let (iphone, android) = (handset("iphone", Platform::Ios)?, handset("android", Platform::Android)?);
        let mut agent = scene.agent().await?;
        let second = match nodes {
            Nodes::One => None,
            Nodes::Two => Some(Second::start(&scene, redis).await?),
        };
        if let Some(second) = &second {
            agent = agent.beside(second.server.address())?;
        }
        Ok(Self { server, second, agent, identity, apns, fcm, iphone, android, _scene: scene })
    }

    /// What the newest push to each phone says, as soon as each got this many.
    async fn pushes(&self, count: usize) -> [PushContent; 2] {
        let apns = self.apns.wait_for(count).await.pop().expect("as many as waited for");
        let fcm = self.fcm.wait_for(count).await.pop().expect("as many as waited for");
        let (apple, google) = (content(&apns.payload), content(&fcm.message["data"]));
        assert_eq!((apns.token.as_str(), fcm.token.as_str()), (APNS_TOKEN, FCM_TOKEN));
        assert_eq!(apns.payload["aps"]["badge"], apple.badge);
        assert_eq!(apns.payload["aps"]["thread-id"], apple.conversation_id.to_string());
        // A repeat replaces the first on the phone.
        assert_eq!(apns.collapse_id, Some(apple.message_id.to_string()));
        // Data alone, at once: the app decides what to show.
        assert_eq!(fcm.message["android"]["priority"], "HIGH");
        [apple, google]
    }

    /// The message's ledger, as soon as it tells of both phones.
    async fn wait_pushes(
        &mut self,
        conversation: ConversationId,
        message: MessageId,
    ) -> anyhow::Result<tidings_protocol::inbox::Ledger> {
        for _ in 0..500 {
            let ledger = self.agent.ledger(conversation, message).await?;
            if ledger.pushes.len() >= 2 {
                assert!(ledger.pushes.iter().all(|push| push.accepted), "{ledger:?}");
                return Ok(ledger);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("the ledger tells of no pushes")
    }
}

fn content(payload: &Value) -> PushContent {
    let empty = Map::new();
    let payload = payload.as_object().unwrap_or(&empty);
    parse_push(payload)
        .unwrap_or_else(|| panic!("the SDK does not know this push as one of ours: {payload:?}"))
}

fn target(provider: PushProvider, token: &str) -> anyhow::Result<PushTarget> {
    let token = token.to_owned().try_into()?;
    Ok(PushTarget { provider, token, environment: PushEnvironment::Production, keys: None })
}

/// The app leaves the screen, and the server knows it.
async fn asleep(phone: &Client) -> anyhow::Result<()> {
    phone.set_visibility(Visibility::Background);
    wait_state(phone, SyncState::Suspended, SOON).await?;
    // The last frame of the socket is on its way.
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok(())
}

/// Waits for a message on the inbox's socket.
async fn wait_message(inbox: &mut Socket, id: MessageId) -> anyhow::Result<()> {
    let added = |frame: InboxServerFrame| {
        let mut changes = agent::changes(frame).into_iter();
        changes.find(|(change, _)| change.message.as_ref().is_some_and(|message| message.id == id)).map(drop)
    };
    inbox.wait_for("message", SOON, added).await
}

/// Waits until the inbox's socket tells that the user has read up to here.
async fn wait_read(inbox: &mut Socket, conversation: ConversationId, seq: i64) -> anyhow::Result<()> {
    let read = |frame: InboxServerFrame| {
        agent::changes(frame).into_iter().find_map(|(change, headers)| {
            let header = headers.into_iter().find(|header| header.id == conversation)?;
            let is_read = change.kind == ChangeKind::ReceiptMoved && header.receipts.user_read_seq >= seq;
            is_read.then_some(())
        })
    };
    inbox.wait_for("receipt", SOON, read).await
}
