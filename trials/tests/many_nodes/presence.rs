//! Who has the app in front, and who writes, is known on every node.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tidings_protocol::frame::{AppFrame, InboxServerFrame};
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::inbox::LedgerPush;
use tidings_trials::agent::Agent;
use tidings_trials::cluster::Cluster;
use tidings_trials::phone::Phone;
use tidings_trials::wait;

use crate::people::{AT_ONCE, Crossing};

/// Longer than an app in front may take.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_app_in_front_on_one_node_gets_no_push_from_another_until_that_node_dies() -> anyhow::Result<()> {
    let (mut cluster, _redis) = Cluster::with_redis().await?;
    let mut phone = cluster.scene.phone().await?;
    let conversation = phone.open_conversation(None).await?;
    register(&mut phone).await?;
    let cursor = phone.bootstrap().await?.cursor;
    let mut agent = cluster.scene.agent().await?;
    let there = phone.beside(cluster.two.address())?.socket(cursor, true).await?;

    // Both nodes look for jobs; the first one does not hold the socket. What the app in front has taken by the end of
    // its grace needs no push.
    let mut replies = Vec::new();
    for _ in 0..6 {
        replies.push(agent.reply(conversation, "hello").await?);
    }
    take(&mut phone, conversation, replies.len()).await?;
    for message in replies {
        let detail = became(&mut agent, conversation, message.id).await?;
        assert_eq!(detail, "not sent: the app was on the screen");
    }
    cluster.two.kill()?;
    drop(there);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let message = agent.reply(conversation, "hello").await?;
    let detail = became(&mut agent, conversation, message.id).await?;
    assert_eq!(detail, "not sent: the app has no key for this service");
    Ok(())
}

#[tokio::test]
async fn somebody_who_writes_on_one_node_is_seen_on_another() -> anyhow::Result<()> {
    let cluster = Cluster::without_redis().await?;
    let mut people = Crossing::between(&cluster).await?;
    let cursor = people.phone.bootstrap().await?.cursor;
    let mut phone = people.phone.socket(cursor, true).await?;
    phone.send(&AppFrame::Typing { conversation_id: people.conversation }).await?;
    let typing = |frame| matches!(frame, InboxServerFrame::Typing(_)).then_some(());
    people.inbox.wait_for("sign of writing", AT_ONCE, typing).await
}

async fn register(phone: &mut Phone) -> anyhow::Result<()> {
    let push = json!({ "provider": "fcm", "token": "a-token", "environment": "production" });
    let body = serde_json::to_vec(&json!({ "push": push }))?;
    phone.connection().call(Method::PUT, "/app/v1/device", body.into()).await?.success().map(drop)
}

/// Says that the phone has these messages.
async fn take(phone: &mut Phone, conversation: ConversationId, messages: usize) -> anyhow::Result<()> {
    let path = format!("/app/v1/conversations/{conversation}/receipt");
    let body = serde_json::to_vec(&json!({ "delivered_seq": messages }))?;
    phone.connection().call(Method::PUT, &path, body.into()).await?.success().map(drop)
}

/// What became of a message's push.
async fn became(
    agent: &mut Agent,
    conversation: ConversationId,
    message: MessageId,
) -> anyhow::Result<String> {
    let agent = tokio::sync::Mutex::new(agent);
    let ask = || async {
        let ledger = agent.lock().await.ledger(conversation, message).await?;
        Ok(ledger.pushes.into_iter().next())
    };
    let push: LedgerPush = wait::until("push in the ledger", SOON, ask).await?;
    Ok(push.detail)
}
