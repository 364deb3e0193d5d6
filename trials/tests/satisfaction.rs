//! What users think, from the setting to the figure: a phone with the SDK in it is asked after its conversation was closed,
//! and its answer opens nothing.

use std::time::Duration;

use serde_json::Value;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::message::{KnownPart, Part};
use tidings_sdk_core::{Author, Platform, SendState, SyncState};
use tidings_trials::backend::Backend;
use tidings_trials::handset::{Handset, wait_sent, wait_shown, wait_state};
use tidings_trials::scene::{Database, Scene};
use tidings_trials::wait;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_phone_is_asked_and_its_answer_opens_nothing_on_sqlite() -> anyhow::Result<()> {
    a_phone_is_asked_and_its_answer_opens_nothing(Database::Sqlite).await
}

#[tokio::test]
async fn a_phone_is_asked_and_its_answer_opens_nothing_on_postgres() -> anyhow::Result<()> {
    a_phone_is_asked_and_its_answer_opens_nothing(Database::Postgres).await
}

async fn a_phone_is_asked_and_its_answer_opens_nothing(database: Database) -> anyhow::Result<()> {
    let scene = Scene::new(database)?;
    let mut server = scene.start().await?;
    let mut backend = Backend::new(scene.plan.address, &scene.installation.server_key, scene.app_id())?;
    backend.ask_what_users_think(0).await?;
    let identity = backend.identity().await?;
    let handset = Handset {
        server_url: server.url(),
        app_id: scene.app_id(),
        folder: scene.folder("phone")?,
        platform: Platform::Ios,
    };
    let phone = handset.open_as(&identity, "customer-1", "Mia").await?;
    wait_state(&phone, SyncState::Live, SOON).await?;
    let thread = phone.start_conversation(None).await?;
    let first = thread.send_text("Where is my order?").await?;
    wait_sent(&thread, first, SendState::Sent, SOON).await?;

    let mut agent = scene.agent().await?;
    let id = thread.id();
    let reply = agent.reply(id, "It arrives tomorrow.").await?;
    wait_shown(&thread, reply.id, SOON).await?;
    agent.set_state(id, ConversationState::Closed).await?;

    // The company asks, with the choices that every app shows; the server dies before the phone has answered.
    let timeline = thread.timeline();
    let ask = || async {
        let messages = timeline.messages().await?;
        Ok(messages.into_iter().find(|message| message.author == Author::System))
    };
    let question = wait::until("the question", SOON, ask).await?;
    let options = question.parts.iter().find_map(|part| match part {
        Part::Known(KnownPart::QuickReplies(replies)) => Some(replies.options.clone()),
        _ => None,
    });
    let labels: Vec<_> =
        options.unwrap_or_default().iter().map(|option| option.label.as_str().to_owned()).collect();
    assert_eq!(labels, ["Very good", "Good", "So-so", "Bad", "Very bad"]);
    server.kill()?;
    let answer = thread.choose(question.id, "satisfaction_4").await?;
    server.start_again().await?;
    wait_sent(&thread, answer, SendState::Sent, SOON).await?;

    let mut agent = scene.agent().await?;
    let header = agent.conversation(id).await?;
    assert_eq!((header.state, header.waiting_since), (ConversationState::Closed, None));
    let authors = agent.thread(id).await?.messages.len();
    assert_eq!(authors, 4, "a question, an answer, once each");
    let report: Value = agent.report().await?;
    let satisfaction = &report["total"]["satisfaction"];
    assert_eq!((&satisfaction["asked"], &satisfaction["sum"]), (&1.into(), &4.into()), "{report}");
    assert_eq!(report["total"]["sent"], 1, "a question is no reply");

    // What is written afterwards does as usual; closed again within the 14 days, nobody is asked again.
    let more = thread.send_text("And another thing").await?;
    wait_sent(&thread, more, SendState::Sent, SOON).await?;
    let header = agent.conversation(id).await?;
    assert_eq!(header.state, ConversationState::Open);
    assert!(header.waiting_since.is_some());
    agent.reply(id, "Of course.").await?;
    agent.set_state(id, ConversationState::Closed).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(agent.thread(id).await?.messages.len(), 6);
    phone.close().await;
    server.stop().await?;
    Ok(())
}
