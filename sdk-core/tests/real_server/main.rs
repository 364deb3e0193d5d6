//! The phone core against the real server, over real sockets. `TIDINGS_SERVER_BIN` says where the program is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod faults;
mod files;
mod killed_phone;
mod live_places;
mod meddled;
mod meddler;
mod merged;
mod missed;
mod server;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use server::Server;
use tidings_sdk_core::protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_sdk_core::{
    Client, Config, Conversation, Host, Older, PlainHttp, Platform, SendState, SignOut, SyncState,
    TokenRequest, User, Visibility, Visit,
};

async fn phone(server: &Server, folder: &Path) -> Client {
    phone_at(&server.url(), server, folder).await
}

/// A phone that reaches the server by this address.
async fn phone_at(url: &str, server: &Server, folder: &Path) -> Client {
    let config = config(url, server, folder);
    Client::open(config, Host::system()).await.unwrap()
}

/// A phone of an app that is set up in another way.
async fn phone_with(server: &Server, folder: &Path, change: impl FnOnce(&mut Config)) -> Client {
    let mut config = config(&server.url(), server, folder);
    change(&mut config);
    Client::open(config, Host::system()).await.unwrap()
}

fn config(url: &str, server: &Server, folder: &Path) -> Config {
    Config {
        server_url: url.to_owned(),
        app_id: server.app_id().parse().unwrap(),
        data_dir: folder.to_owned(),
        platform: Platform::Other,
        locale: Some("en".to_owned()),
        app_version: Some("1.0".to_owned()),
        extra_root_certificates_pem: None,
        plain_http: PlainHttp::LoopbackOnly,
        locations: tidings_sdk_core::Locations::Allowed,
        file_cache_bytes: tidings_sdk_core::FILE_CACHE_BYTES,
        context: tidings_sdk_core::ContextOptions::default(),
    }
}

fn user(server: &Server, name: &str) -> User {
    let token = server.token(name);
    User::Identified {
        key: name.to_owned(),
        tokens: Arc::new(move |request: TokenRequest| request.resolve(token.clone())),
    }
}

async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds().await {
        assert!(Instant::now() < deadline, "it never came to this: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn live(client: &Client) {
    until("live", || async { client.sync_state() == SyncState::Live }).await;
}

async fn states(thread: &Conversation) -> Vec<SendState> {
    thread.timeline().messages().await.unwrap().into_iter().filter_map(|item| item.state).collect()
}

async fn texts(thread: &Conversation) -> Vec<String> {
    thread.timeline().messages().await.unwrap().iter().map(tidings_sdk_core::MessageItem::text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_there_and_back() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(Some("My parcel".to_owned())).await.unwrap();
    thread.send_text("Where is it?").await.unwrap();
    assert_eq!(states(&thread).await, [SendState::Waiting]);

    server.start();
    until("sent", || async { states(&thread).await == [SendState::Sent] }).await;
    live(&client).await;
    let id = thread.id().to_string();
    let agent = server.agent().await;
    assert_eq!(agent.thread(&id).await, [("user".to_owned(), "Where is it?".to_owned())]);
    agent.read(&id).await;
    until("read", || async { states(&thread).await == [SendState::Read] }).await;

    agent.reply(&id, 1, "On its way").await;
    until("the answer", || async { texts(&thread).await == ["Where is it?", "On its way"] }).await;
    until("unread", || async { client.unread().await.unwrap() == 1 }).await;
    until("delivered", || async { agent.header(&id).await["receipts"]["user_delivered_seq"] == 2 }).await;
    assert_eq!(agent.header(&id).await["receipts"]["user_read_seq"], 0);
    thread.mark_read().await.unwrap();
    assert_eq!(client.unread().await.unwrap(), 0);
    until("read by Ana", || async { agent.header(&id).await["receipts"]["user_read_seq"] == 2 }).await;
    client.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_again_and_again_gets_each_message_once() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    let mut written = Vec::new();
    for round in 0..3 {
        for number in 0..5 {
            let text = format!("{round}.{number}");
            thread.send_text(text.clone()).await.unwrap();
            written.push(text);
        }
        // Somewhere in the middle of sending.
        tokio::time::sleep(Duration::from_millis(15 * round)).await;
        server.kill();
        client.set_visibility(Visibility::Background);
        server.start();
        client.set_visibility(Visibility::Foreground);
    }
    until("all sent", || async { states(&thread).await == vec![SendState::Sent; 15] }).await;
    let stored = server.agent().await.thread(&thread.id().to_string()).await;
    assert_eq!(stored.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), written);
    assert_eq!(texts(&thread).await, written);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_phone_of_the_same_user_finds_everything() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let client = phone(&server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    for number in 1..=120 {
        thread.send_text(number.to_string()).await.unwrap();
    }
    let tail = || async { states(&thread).await.last() == Some(&SendState::Sent) };
    until("all sent", tail).await;

    let other = tempfile::tempdir().unwrap();
    let second = phone(&server, other.path()).await;
    second.sign_in(user(&server, "ana")).await.unwrap();
    second.set_visibility(Visibility::Foreground);
    live(&second).await;
    assert_eq!(second.conversations().await.unwrap().len(), 1);
    let same = second.conversation(thread.id()).unwrap();
    let timeline = same.timeline();
    let _subscription = timeline.observe(|_| {});
    until("a page", || async { timeline.messages().await.unwrap().len() >= 50 }).await;
    while timeline.load_older().await.unwrap() == Older::More {}
    let all: Vec<_> =
        timeline.messages().await.unwrap().iter().map(tidings_sdk_core::MessageItem::text).collect();
    assert_eq!(all, (1..=120).map(|number| number.to_string()).collect::<Vec<_>>());
    // What one phone writes, the other shows.
    same.send_text("from the second").await.unwrap();
    until("on the first", || async {
        texts(&thread).await.last().is_some_and(|text| text == "from the second")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anonymous_people_visit_from_the_background_and_leave() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("just asking").await.unwrap();
    let target = PushTarget {
        provider: PushProvider::Fcm,
        token: "a-token".try_into().unwrap(),
        environment: PushEnvironment::Production,
        keys: None,
    };
    client.set_push_target(Some(target)).await.unwrap();
    assert_eq!(client.visit(Duration::from_secs(30)).await.unwrap(), Visit::Done);
    assert_eq!(states(&thread).await, [SendState::Sent]);
    let first = client.account().unwrap().user_id;
    assert!(first.is_some());

    client.sign_out(SignOut::Keep).await.unwrap();
    client.sign_in(user(&server, "ben")).await.unwrap();
    assert_eq!(client.visit(Duration::from_secs(30)).await.unwrap(), Visit::Done);
    assert!(client.conversations().await.unwrap().is_empty());
    client.sign_in(User::Anonymous).await.unwrap();
    assert_eq!(client.visit(Duration::from_secs(30)).await.unwrap(), Visit::Done);
    assert_eq!(client.account().unwrap().user_id, first);
    assert_eq!(client.conversations().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_the_server_refuses_is_told_to_the_app() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    server.start();
    let client = phone(&server, folder.path()).await;
    let tokens = |request: TokenRequest| request.resolve("not.a.token");
    client.sign_in(User::Identified { key: "ana".to_owned(), tokens: Arc::new(tokens) }).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    until("refused", || async { client.sync_state() == SyncState::NeedsToken }).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    live(&client).await;
}
