//! Law 2 for replies that the server holds: each goes out once, and what was taken back never, whenever the server dies.

use std::time::Duration;

use anyhow::Context as _;
use tidings_protocol::held::HoldUntil;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_trials::agent::Agent;
use tidings_trials::clock;
use tidings_trials::history::text_of;
use tidings_trials::scene::{Database, Scene};
use tokio::time::{Instant, sleep};

/// Replies held in each conversation, each until another moment.
const REPLIES: u8 = 9;
/// Times the server is killed while they go out.
const KILLS: u32 = 8;
/// Until everything is out.
const LIMIT: Duration = Duration::from_secs(90);

#[tokio::test]
async fn law_2_held_replies_go_out_once_while_the_server_dies_on_sqlite() -> anyhow::Result<()> {
    held_replies_go_out_once(Database::Sqlite).await
}

#[tokio::test]
async fn law_2_held_replies_go_out_once_while_the_server_dies_on_postgres() -> anyhow::Result<()> {
    held_replies_go_out_once(Database::Postgres).await
}

async fn held_replies_go_out_once(database: Database) -> anyhow::Result<()> {
    let scene = Scene::new(database)?;
    let mut server = scene.start().await?;
    let (mut agent, mut phone) = (scene.agent().await?, scene.phone().await?);
    let mut threads = Vec::new();
    for _ in 0..2 {
        let id = phone.open_conversation(None).await?;
        phone.send(id, clock::new_id(MessageId::from_parts), "Where is it?").await?;
        threads.push(id);
    }
    for id in &threads {
        for number in 1..=REPLIES {
            // Within the first seconds, while the server dies again and again.
            let until = HoldUntil::Seconds { seconds: 1 + number / 2 };
            let held = agent.hold(*id, &said(number), until).await?;
            if number % 3 == 0 {
                agent.take_back(*id, held).await?;
            }
        }
    }
    for kill in 0..KILLS {
        sleep(Duration::from_millis(400 + u64::from(kill * 137 % 500))).await;
        server.kill()?;
        server.start_again().await?;
    }
    let expected: Vec<_> = (1..=REPLIES).filter(|number| number % 3 != 0).map(said).collect();
    let mut agent = scene.agent().await?;
    for id in threads {
        wait_until_nothing_is_held(&mut agent, id).await?;
        let messages = agent.thread(id).await?.messages;
        let mut out: Vec<_> = messages[1..].iter().map(text_of).collect();
        out.sort();
        assert_eq!(out, expected, "each once, and none that was taken back");
        let numbers: Vec<_> = messages.iter().map(|message| message.seq).collect();
        assert_eq!(numbers, (1..=i64::try_from(messages.len())?).collect::<Vec<_>>());
    }
    server.stop().await?;
    Ok(())
}

fn said(number: u8) -> String {
    format!("Reply {number}")
}

async fn wait_until_nothing_is_held(agent: &mut Agent, id: ConversationId) -> anyhow::Result<()> {
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        if agent.conversation(id).await?.held.is_empty() {
            return Ok(());
        }
        sleep(Duration::from_millis(200)).await;
    }
    let held = agent.conversation(id).await?.held;
    Err(anyhow::anyhow!("{held:?}")).context("replies are still held")
}
