//! What a phone does for a push that wakes it.

use std::path::Path;
use std::time::Duration;

use tidings_sdk_core::protocol::id::UserId;
use tidings_sdk_core::protocol::message::Message;
use tidings_sdk_core::protocol::push::PushKind;
use tidings_sdk_core::{
    Client, Conversation, Notification, PushContent, PushDeed, SendState, SyncState, User, Visibility, Visit,
};

use crate::server::{Fault, Server};
use crate::{folder, live, phone, reaches, until};

const TIME: Duration = Duration::from_secs(15);

/// A phone in the background, whose thread has two messages of its own, told and asleep again.
async fn asleep(server: &Server, folder: &Path) -> (Client, Conversation) {
    let client = phone(server, folder).await;
    client.sign_in(User::Anonymous).await.unwrap();
    let thread = client.start_conversation(Some("Parcel".to_owned())).await.unwrap();
    thread.send_text("hello?").await.unwrap();
    thread.send_text("anybody?").await.unwrap();
    assert_eq!(client.visit(TIME).await.unwrap(), Visit::Done);
    until("asleep", || async { client.sync_state() == SyncState::Suspended }).await;
    (client, thread)
}

/// The push for the newest message of a thread, as the server of this moment would send it.
fn push(server: &Server, client: &Client, thread: &Conversation) -> (PushContent, Message) {
    let message = server.messages_of_anybody(thread.id()).pop().unwrap();
    let push = PushContent {
        user_id: client.account().unwrap().user_id.unwrap(),
        conversation_id: thread.id(),
        message_id: message.id,
        seq: message.seq,
        badge: 41,
        kind: PushKind::Message,
        count: None,
    };
    (push, message)
}

fn shows(deed: PushDeed) -> Notification {
    match deed {
        PushDeed::Show(notification) => *notification,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_is_shown_with_the_message_and_each_step_is_told() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    server.reply_to_anybody(thread.id(), "Here I am");
    let (push, message) = push(&server, &client, &thread);
    let shown = shows(client.handle_push(&push, TIME).await.unwrap());
    assert_eq!(shown.message.unwrap().text(), "Here I am");
    assert_eq!((shown.title.as_deref(), shown.identity), (Some("Parcel"), message.id.to_string()));
    assert_eq!((shown.badge, shown.count, shown.again), (1, None, false), "what the phone counts now");
    assert_eq!(server.arrivals(), [(message.id, false)]);
    client.push_shown(&push, TIME).await.unwrap();
    assert_eq!(server.arrivals(), [(message.id, false), (message.id, true)]);
    // The provider sends it again: it makes no noise, and there is nothing new to tell.
    assert!(shows(client.handle_push(&push, TIME).await.unwrap()).again);
    client.push_shown(&push, TIME).await.unwrap();
    assert_eq!(server.arrivals().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_elsewhere_or_taken_back_is_not_shown() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    server.reply_to_anybody(thread.id(), "Here I am");
    let (late, _) = push(&server, &client, &thread);
    server.read_elsewhere(thread.id());
    assert_eq!(client.handle_push(&late, TIME).await.unwrap(), PushDeed::Nothing);
    assert_eq!(server.arrivals().len(), 1, "it arrived all the same");
    let clear = PushContent { kind: PushKind::Clear, badge: 0, ..late };
    let deed = client.handle_push(&clear, TIME).await.unwrap();
    assert_eq!(deed, PushDeed::Clear { conversation_id: thread.id(), up_to: clear.seq, badge: 0 });
}

#[tokio::test(start_paused = true)]
async fn one_notification_speaks_for_a_burst() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    for text in ["one", "two", "three"] {
        server.reply_to_anybody(thread.id(), text);
    }
    let (push, _) = push(&server, &client, &thread);
    let summary = PushContent { kind: PushKind::Summary, count: Some(3), ..push };
    let shown = shows(client.handle_push(&summary, TIME).await.unwrap());
    assert_eq!((shown.identity, shown.count, shown.badge), (thread.id().to_string(), Some(3), 3));
}

#[tokio::test(start_paused = true)]
async fn without_a_network_it_is_shown_without_words_and_told_later() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    server.reply_to_anybody(thread.id(), "Here I am");
    let (push, message) = push(&server, &client, &thread);
    server.set_online(false);
    let shown = shows(client.handle_push(&push, TIME).await.unwrap());
    assert_eq!((shown.message, shown.badge), (None, 41), "what the push says");
    client.push_shown(&push, TIME).await.unwrap();
    assert_eq!(server.arrivals(), []);
    server.set_online(true);
    assert_eq!(client.visit(TIME).await.unwrap(), Visit::Done);
    assert_eq!(server.arrivals(), [(message.id, true)], "in one word");
}

#[tokio::test(start_paused = true)]
async fn on_the_screen_nothing_is_shown() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    client.set_visibility(Visibility::Foreground);
    live(&client).await;
    server.reply_to_anybody(thread.id(), "Here I am");
    let (push, message) = push(&server, &client, &thread);
    assert_eq!(client.handle_push(&push, TIME).await.unwrap(), PushDeed::Nothing);
    until("told", || async { server.arrivals() == [(message.id, false)] }).await;
}

#[tokio::test(start_paused = true)]
async fn a_push_for_somebody_else_is_nothing() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    server.reply_to_anybody(thread.id(), "Here I am");
    let (mine, _) = push(&server, &client, &thread);
    let others = PushContent { user_id: UserId::from_parts(99, [9; 10]), ..mine };
    assert_eq!(client.handle_push(&others, TIME).await.unwrap(), PushDeed::Nothing);
    let nobody = phone(&server, &folder.path().join("another")).await;
    assert_eq!(nobody.handle_push(&others, TIME).await.unwrap(), PushDeed::Nothing);
    assert_eq!(server.arrivals(), []);
}

#[tokio::test(start_paused = true)]
async fn a_test_is_acknowledged_and_not_shown() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    let (push, message) = push(&server, &client, &thread);
    let test = PushContent { kind: PushKind::Test, ..push };
    assert_eq!(client.handle_push(&test, TIME).await.unwrap(), PushDeed::Nothing);
    assert_eq!(server.arrivals(), [(message.id, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_push_that_the_server_forgot_holds_nothing_up() {
    let (server, folder) = (Server::new(), folder());
    let (client, thread) = asleep(&server, folder.path()).await;
    server.reply_to_anybody(thread.id(), "Here I am");
    let (push, _) = push(&server, &client, &thread);
    server.fail("PUT /app/v1/push_receipts", Fault::Problem(404, "not_found"));
    let shown = shows(client.handle_push(&push, TIME).await.unwrap());
    assert!(shown.message.is_some());
    assert_eq!(server.arrivals(), [], "refused, and not asked again");
    // An answer from the notification goes out like any other.
    thread.send_text("I see").await.unwrap();
    assert_eq!(client.visit(TIME).await.unwrap(), Visit::Done);
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
}
