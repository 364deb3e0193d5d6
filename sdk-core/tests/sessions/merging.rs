//! Somebody writes anonymously, then signs in: everything is theirs, once, offline too.

use tidings_sdk_core::{
    Client, Content, Conversation, ErrorCode, FileSource, FileToSend, MessageItem, SendState, User,
    Visibility,
};

use crate::server::{Fault, Server};
use crate::{folder, live, named, phone, reaches, signed_in, until};

async fn anonymous(server: &Server, folder: &std::path::Path) -> (Client, Conversation) {
    let client = phone(server, folder).await;
    client.sign_in(User::Anonymous).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    (client, thread)
}

async fn texts(thread: &Conversation) -> Vec<String> {
    thread.timeline().messages().await.unwrap().iter().map(MessageItem::text).collect()
}

fn file() -> Content {
    let source = FileSource::Bytes(vec![b'x'; 600_000]);
    Content::File(FileToSend { source, name: None, longest_edge: 1 })
}

#[tokio::test(start_paused = true)]
async fn what_was_said_anonymously_is_the_known_user_s_and_goes_on() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = anonymous(&server, folder.path()).await;
    thread.send_text("hello").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.reply_to_anybody(thread.id(), "welcome");
    until("answered", || async { texts(&thread).await.len() == 2 }).await;
    thread.mark_read().await.unwrap();
    client.sign_in_merging(named("ana")).await.unwrap();
    assert!(!client.account().unwrap().anonymous);
    assert_eq!(thread.timeline().messages().await.unwrap_err().code(), ErrorCode::Closed);
    let thread = client.conversation(thread.id()).unwrap();
    assert_eq!(texts(&thread).await, ["hello", "welcome"]);
    assert_eq!(client.unread().await.unwrap(), 0);
    live(&client).await;
    thread.send_text("it is me").await.unwrap();
    until("sent", || async { server.texts("ana", thread.id()).len() == 3 }).await;
    assert_eq!(server.texts("ana", thread.id()), ["hello", "welcome", "it is me"]);
    // Another phone of theirs has it too; the next anonymous user of this one has nothing.
    let other = crate::folder();
    let tablet = signed_in(&server, other.path(), "ana").await;
    until("there", || async { tablet.conversations().await.unwrap().len() == 1 }).await;
    client.sign_in(User::Anonymous).await.unwrap();
    live(&client).await;
    assert!(client.conversations().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_waits_moves_without_a_network_and_is_sent_as_the_known_user() {
    let (server, folder) = (Server::new(), folder());
    let known = signed_in(&server, folder.path(), "ana").await;
    let own = known.start_conversation(None).await.unwrap();
    own.send_text("known").await.unwrap();
    reaches(&own, &[SendState::Sent]).await;
    known.close().await;
    let (client, thread) = anonymous(&server, folder.path()).await;
    let first = thread.send_text("before").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.set_online(false);
    thread.edit(first, "before!").await.unwrap();
    thread.send_contents(vec![Content::Text("with a file".to_owned()), file()]).await.unwrap();
    thread.set_draft("and then").await.unwrap();
    client.sign_in_merging(named("ana")).await.unwrap();
    // Twice, as an app that calls it at each start: there is nothing left to merge.
    client.sign_in_merging(named("ana")).await.unwrap();
    let thread = client.conversation(thread.id()).unwrap();
    assert_eq!(texts(&thread).await, ["before!", "with a file"]);
    assert_eq!(thread.draft().await.unwrap().as_deref(), Some("and then"));
    assert_eq!(client.conversations().await.unwrap().len(), 2);
    // A new process goes on with it.
    client.close().await;
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.conversation(thread.id()).unwrap();
    // The server has merged them, and nobody hears of it: the phone asks again.
    server.fail("POST /app/v1/sessions", Fault::AnswerLost);
    server.set_online(true);
    until("all is there", || async {
        let items = thread.timeline().messages().await.unwrap();
        items.iter().all(|item| item.seq.is_some() && item.amending.is_none())
    })
    .await;
    assert_eq!(server.texts("ana", thread.id()), ["before!", "with a file"]);
    assert_eq!(server.texts("ana", own.id()), ["known"]);
    assert!(server.files().iter().any(|bytes| bytes.len() == 600_000));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_on_its_way_is_there_once() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = anonymous(&server, folder.path()).await;
    thread.send_text("first").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    client.set_visibility(Visibility::Background);
    server.block_sockets(true);
    server.fail("POST /app/v1/conversations/", Fault::AnswerLost);
    server.fail("GET /app/v1/changes", Fault::Problem(503, "unavailable"));
    let id = thread.send_text("second").await.unwrap();
    until("it has arrived", || async { server.messages_of_anybody(thread.id()).len() == 2 }).await;
    server.set_online(false);
    client.sign_in_merging(named("ana")).await.unwrap();
    let thread = client.conversation(thread.id()).unwrap();
    // The phone takes it for unsent.
    assert_eq!(thread.message(id).await.unwrap().seq, None);
    server.set_online(true);
    client.set_visibility(Visibility::Foreground);
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    assert_eq!(server.texts("ana", thread.id()), ["first", "second"]);
    assert_eq!(thread.message(id).await.unwrap().seq, Some(2));
}

#[tokio::test(start_paused = true)]
async fn two_anonymous_times_without_a_network_are_both_merged() {
    let (server, folder) = (Server::new(), folder());
    let (client, one) = anonymous(&server, folder.path()).await;
    one.send_text("one").await.unwrap();
    reaches(&one, &[SendState::Sent]).await;
    client.sign_in(named("ana")).await.unwrap();
    live(&client).await;
    client.sign_in(User::Anonymous).await.unwrap();
    server.set_online(false);
    client.sign_in_merging(named("ana")).await.unwrap();
    client.sign_in(User::Anonymous).await.unwrap();
    let two = client.start_conversation(None).await.unwrap();
    two.send_text("two").await.unwrap();
    client.sign_in_merging(named("ana")).await.unwrap();
    server.set_online(true);
    let two = client.conversation(two.id()).unwrap();
    reaches(&two, &[SendState::Sent]).await;
    assert_eq!(
        (server.texts("ana", one.id()), server.texts("ana", two.id())),
        (vec!["one".to_owned()], vec!["two".to_owned()])
    );
    let nobody = client.sign_in_merging(User::Anonymous).await.unwrap_err();
    assert_eq!(nobody.code(), ErrorCode::InvalidInput);
}
