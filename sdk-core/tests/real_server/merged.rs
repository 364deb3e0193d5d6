//! A thread that an agent merges into another while its phone has no network, and goes on writing in it.

use tidings_sdk_core::{Client, ConversationState, MergedInto, SendState, Visibility};

use super::{Server, live, phone, states, texts, until, user};
use tidings_sdk_core::protocol::id::ConversationId;

async fn item(client: &Client, id: ConversationId) -> (ConversationState, Option<MergedInto>) {
    let item = client.conversations().await.unwrap().into_iter().find(|item| item.id == id).unwrap();
    (item.state, item.merged_into)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_offline_into_a_merged_thread_arrives_and_makes_it_one_of_its_own() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let one = client.start_conversation(Some("My parcel".to_owned())).await.unwrap();
    one.send_text("Where is it?").await.unwrap();
    let other = client.start_conversation(Some("Order 4711".to_owned())).await.unwrap();
    other.send_text("I have not got it").await.unwrap();
    until("both sent", || async {
        states(&one).await == [SendState::Sent] && states(&other).await == [SendState::Sent]
    })
    .await;

    let agent = server.agent().await;
    let (id, into) = (one.id().to_string(), other.id().to_string());
    agent.merge(&id, Some(&into)).await;
    let goes_on = Some(MergedInto { id: other.id(), title: Some("Order 4711".to_owned()) });
    until("the phone knows", || async { item(&client, one.id()).await.1 == goes_on }).await;
    assert_eq!(item(&client, one.id()).await.0, ConversationState::Closed);
    assert_eq!(item(&client, other.id()).await, (ConversationState::Open, None));
    agent.merge(&id, None).await;
    until("had back", || async { item(&client, one.id()).await == (ConversationState::Open, None) }).await;

    // Out of reach, the phone learns nothing of the next one, and its person writes on.
    client.set_visibility(Visibility::Background);
    client.close().await;
    agent.merge(&id, Some(&into)).await;
    drop(agent);
    server.kill();
    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let one = client.conversation(one.id()).unwrap();
    one.send_text("It has come!").await.unwrap();
    assert_eq!(item(&client, one.id()).await.1, None);

    server.start();
    live(&client).await;
    until("all sent", || async { states(&one).await == vec![SendState::Sent; 2] }).await;
    assert_eq!(texts(&one).await, ["Where is it?", "It has come!"]);
    until("a thread of its own", || async {
        item(&client, one.id()).await == (ConversationState::Open, None)
    })
    .await;
    let agent = server.agent().await;
    let (freed, target) = (agent.header(&id).await, agent.header(&into).await);
    assert_eq!((&freed["state"], &freed["last_seq"]), (&"open".into(), &2.into()));
    assert_eq!(freed["merged_into"]["parted"]["after_seq"], 1, "{freed}");
    assert!(target["merged"][0]["parted"].is_object(), "{target}");
    client.close().await;
}
