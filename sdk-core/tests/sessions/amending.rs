//! What a person does with what they said: other words, or none any more; offline, on its way, and after a death.

use tidings_sdk_core::{
    Amending, Client, Conversation, Discarded, ErrorCode, MessageItem, SendState, User, Visibility,
};

use crate::server::{Fault, Server};
use crate::{folder, live, phone, reaches, signed_in, until};

async fn shown(thread: &Conversation) -> Vec<MessageItem> {
    thread.timeline().messages().await.unwrap()
}

async fn words(thread: &Conversation) -> Vec<String> {
    shown(thread).await.iter().map(MessageItem::text).collect()
}

async fn settled(thread: &Conversation) {
    until("the server knows of it", || async {
        shown(thread).await.iter().all(|item| item.amending.is_none() && item.seq.is_some())
    })
    .await;
}

async fn thread_of(server: &Server, folder: &std::path::Path) -> (Client, Conversation) {
    let client = signed_in(server, folder, "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    (client, thread)
}

#[tokio::test(start_paused = true)]
async fn an_edit_is_shown_at_once_and_told_when_the_server_can_be_reached() {
    let (server, folder) = (Server::new(), folder());
    let (_client, thread) = thread_of(&server, folder.path()).await;
    let id = thread.send_text("helo").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.set_online(false);
    thread.edit(id, "hello").await.unwrap();
    thread.edit(id, "hello!").await.unwrap();
    let item = shown(&thread).await.remove(0);
    assert_eq!((item.text().as_str(), item.amending.clone()), ("hello!", Some(Amending::Waiting)));
    assert!(item.edited_at_ms.is_some());
    server.set_online(true);
    server.fail("PATCH /app/v1/conversations", Fault::AnswerLost);
    settled(&thread).await;
    assert_eq!(server.texts("ana", thread.id()), ["hello!"]);
    assert_eq!(words(&thread).await, ["hello!"]);
    // The last one counts; the ones before it were never told.
    assert!(server.log().iter().filter(|line| line.starts_with("PATCH")).count() <= 2);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_has_not_set_off_is_sent_with_its_new_words() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let (_client, thread) = thread_of(&server, folder.path()).await;
    let (one, two) = (thread.send_text("one").await.unwrap(), thread.send_text("two").await.unwrap());
    thread.edit(one, "uno").await.unwrap();
    thread.delete(two).await.unwrap();
    assert_eq!(words(&thread).await, ["uno"]);
    server.set_online(true);
    settled(&thread).await;
    assert_eq!(server.texts("ana", thread.id()), ["uno"]);
    assert!(server.messages_of_anybody(thread.id())[0].edited_at.is_none());
}

/// The answer was lost, so the phone takes it for unsent.
#[tokio::test(start_paused = true)]
async fn law_2_a_message_that_the_server_has_already_is_edited_there_and_not_doubled() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = thread_of(&server, folder.path()).await;
    thread.send_text("first").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    client.set_visibility(Visibility::Background);
    server.block_sockets(true);
    server.fail("POST /app/v1/conversations/", Fault::AnswerLost);
    server.fail("GET /app/v1/changes", Fault::Problem(503, "unavailable"));
    let id = thread.send_text("helo").await.unwrap();
    until("it has arrived", || async { server.texts("ana", thread.id()).len() == 2 }).await;
    server.set_online(false);
    // A new process, which knows of no request under way.
    drop((thread.clone(), client));
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.conversation(thread.id()).unwrap();
    thread.edit(id, "hello").await.unwrap();
    server.set_online(true);
    server.block_sockets(false);
    settled(&thread).await;
    assert_eq!(server.texts("ana", thread.id()), ["first", "hello"]);
    assert_eq!(words(&thread).await, ["first", "hello"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_back_before_its_answer_came_is_taken_back_at_the_server_too() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = thread_of(&server, folder.path()).await;
    thread.send_text("first").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.block_sockets(true);
    server.fail("POST /app/v1/conversations/", Fault::AnswerLost);
    let id = thread.send_text("oops").await.unwrap();
    until("it has arrived", || async { server.texts("ana", thread.id()).len() == 2 }).await;
    server.set_online(false);
    drop((thread.clone(), client));
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.conversation(thread.id()).unwrap();
    thread.delete(id).await.unwrap();
    server.set_online(true);
    server.block_sockets(false);
    until("it is gone there", || async { server.messages_of_anybody(thread.id())[1].deleted_at.is_some() })
        .await;
    until("and here", || async { shown(&thread).await.last().is_some_and(|item| item.deleted) }).await;
    assert_eq!(shown(&thread).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_outlives_the_process_and_happens_once() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = thread_of(&server, folder.path()).await;
    let id = thread.send_text("oops").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.set_online(false);
    thread.edit(id, "never mind").await.unwrap();
    thread.delete(id).await.unwrap();
    drop((thread.clone(), client));
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.conversation(thread.id()).unwrap();
    let item = shown(&thread).await.remove(0);
    assert!(item.deleted && item.parts.is_empty() && item.seq == Some(1));
    assert!(client.search("oops", None, 10).await.unwrap().iter().all(|item| item.text().is_empty()));
    server.set_online(true);
    server.fail("DELETE /app/v1/conversations", Fault::AnswerLost);
    settled(&thread).await;
    assert!(server.messages_of_anybody(thread.id())[0].deleted_at.is_some());
    assert!(!server.log().iter().any(|line| line.starts_with("PATCH")), "{:?}", server.log());
    assert!(client.search("oops", None, 10).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_the_server_refuses_is_shown_as_it_was_with_the_reason() {
    let (server, folder) = (Server::new(), folder());
    let (_client, thread) = thread_of(&server, folder.path()).await;
    let id = thread.send_text("hello").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    let refused = async || {
        server.fail("PATCH /app/v1/conversations", Fault::Problem(422, "not_editable"));
        thread.edit(id, "good day").await.unwrap();
        until("it is refused", || async {
            matches!(&shown(&thread).await[0].amending, Some(Amending::Failed(why)) if why.code == "not_editable")
        })
        .await;
        assert_eq!(words(&thread).await, ["hello"]);
    };
    refused().await;
    assert_eq!(thread.discard(id).await.unwrap(), Discarded::Removed);
    assert_eq!(shown(&thread).await[0].amending, None);
    assert_eq!(thread.discard(id).await.unwrap(), Discarded::TooLate);
    refused().await;
    assert_eq!(thread.retry(id).await.unwrap(), id);
    settled(&thread).await;
    assert_eq!(server.texts("ana", thread.id()), ["good day"]);
}

#[tokio::test(start_paused = true)]
async fn only_one_s_own_words_can_be_changed() {
    let (server, folder) = (Server::new(), folder());
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    let mine = thread.send_text("hello").await.unwrap();
    live(&client).await;
    reaches(&thread, &[SendState::Sent]).await;
    server.reply_to_anybody(thread.id(), "yes?");
    until("the reply", || async { shown(&thread).await.len() == 2 }).await;
    let theirs = shown(&thread).await[1].id;
    let code = |result: Result<(), tidings_sdk_core::Error>| result.unwrap_err().code();
    assert_eq!(code(thread.edit(theirs, "no").await), ErrorCode::InvalidInput);
    assert_eq!(code(thread.delete(theirs).await), ErrorCode::InvalidInput);
    assert_eq!(code(thread.edit(mine, "  ").await), ErrorCode::InvalidInput);
    let elsewhere = client.start_conversation(None).await.unwrap();
    assert_eq!(code(elsewhere.delete(mine).await), ErrorCode::NotFound);
    thread.delete(mine).await.unwrap();
    assert_eq!(code(thread.edit(mine, "again").await), ErrorCode::InvalidInput);
    assert_eq!(words(&thread).await, ["", "yes?"]);
}
