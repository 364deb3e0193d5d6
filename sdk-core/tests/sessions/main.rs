//! Whole sessions against a server in memory, in a time of their own: what a phone goes through, without waiting for it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod amending;
mod answering;
mod appearance;
mod composing;
mod contexts;
mod convergence;
mod diagnosis;
mod files;
mod merging;
mod pushes;
mod quoting;
mod server;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use server::{Fault, Server};
use tidings_sdk_core::protocol::id::{AppId, ConversationId};
use tidings_sdk_core::protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_sdk_core::{
    Client, Config, Conversation, Discarded, DiskWork, ErrorCode, Host, ListDiff, Listeners, MessageItem,
    Network, Older, OlderState, PlainHttp, Platform, SendState, SignOut, SyncState, SystemClock,
    SystemRandom, TokenFailure, TokenRequest, User, Visibility, Visit,
};

async fn phone(server: &Server, folder: &Path) -> Client {
    phone_with(server, folder, |_| {}).await
}

async fn phone_with(server: &Server, folder: &Path, change: impl Fn(&mut Config)) -> Client {
    let mut config = Config {
        server_url: "https://chat.example.org".to_owned(),
        app_id: AppId::from_parts(1, [1; 10]),
        data_dir: folder.to_owned(),
        platform: Platform::Other,
        locale: None,
        app_version: None,
        extra_root_certificates_pem: None,
        plain_http: PlainHttp::LoopbackOnly,
        locations: tidings_sdk_core::Locations::Allowed,
        file_cache_bytes: tidings_sdk_core::FILE_CACHE_BYTES,
        context: tidings_sdk_core::ContextOptions::default(),
    };
    change(&mut config);
    let host = Host {
        runtime: tokio::runtime::Handle::current(),
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(SystemRandom),
        transport: Some(Arc::new(server.clone())),
        disk: DiskWork::InPlace,
        listeners: Listeners::Thread,
    };
    Client::open(config, host).await.unwrap()
}

fn named(name: &str) -> User {
    let token = name.to_owned();
    let tokens = move |request: TokenRequest| request.resolve(token.clone());
    User::Identified { key: name.to_owned(), tokens: Arc::new(tokens) }
}

async fn signed_in(server: &Server, folder: &Path, name: &str) -> Client {
    let client = phone(server, folder).await;
    client.sign_in(named(name)).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    client
}

/// Waits in virtual time until it holds. Real time passes too, for the thread of the listeners.
async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..4_000 {
        if holds().await {
            return;
        }
        std::thread::sleep(Duration::from_micros(200));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to this: {what}");
}

async fn live(client: &Client) {
    until("live", || async { client.sync_state() == SyncState::Live }).await;
}

async fn states(conversation: &Conversation) -> Vec<SendState> {
    conversation.timeline().messages().await.unwrap().into_iter().filter_map(|item| item.state).collect()
}

async fn reaches(conversation: &Conversation, wanted: &[SendState]) {
    until(&format!("{wanted:?}"), || async { states(conversation).await == wanted }).await;
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_written_offline_arrives_once_and_in_order() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(Some("Parcel".to_owned())).await.unwrap();
    for text in ["one", "two", "three"] {
        thread.send_text(text).await.unwrap();
    }
    reaches(&thread, &[SendState::Waiting, SendState::Waiting, SendState::Waiting]).await;
    // Each answer is lost once: the server has the message and the phone does not know.
    for _ in 0..4 {
        server.fail("POST /app/v1/conversations", Fault::AnswerLost);
    }
    server.set_online(true);
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    assert_eq!(server.texts("ana", thread.id()), ["one", "two", "three"]);
    server.team_reads("ana", thread.id());
    reaches(&thread, &[SendState::Read, SendState::Read, SendState::Read]).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_goes_on_where_it_was() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("one").await.unwrap();
    // Nothing is closed: it is simply gone.
    drop((thread.clone(), client));
    let client = signed_in(&server, folder.path(), "ana").await;
    server.set_online(true);
    let thread = client.conversation(thread.id()).unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    assert_eq!(server.texts("ana", thread.id()), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn trouble_is_waited_out() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    let thread = client.start_conversation(None).await.unwrap();
    for fault in [
        Fault::Portal,
        Fault::Lost,
        Fault::Problem(503, "unavailable"),
        Fault::Problem(429, "rate_limited"),
        Fault::Problem(507, "storage_full"),
    ] {
        server.fail("POST /app/v1/conversations/", fault);
    }
    thread.send_text("patience").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    assert_eq!(server.texts("ana", thread.id()), ["patience"]);
}

#[tokio::test(start_paused = true)]
async fn who_writes_after_an_outage_waits_for_no_timer() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    let thread = client.start_conversation(None).await.unwrap();
    server.set_online(false);
    thread.send_text("one").await.unwrap();
    // Long enough for the waits to have grown to a minute.
    tokio::time::sleep(Duration::from_mins(10)).await;
    server.set_online(true);
    let back = tokio::time::Instant::now();
    thread.send_text("two").await.unwrap();
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    live(&client).await;
    assert!(back.elapsed() < Duration::from_secs(1), "{:?}", back.elapsed());
    assert_eq!(server.texts("ana", thread.id()), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_message_steps_aside_and_can_be_retried_or_discarded() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    live(&client).await;
    server.fail("POST /app/v1/conversations/", Fault::Problem(413, "too_large"));
    let first = thread.send_text("one").await.unwrap();
    thread.send_text("two").await.unwrap();
    until("two is sent", || async { server.texts("ana", thread.id()) == ["two"] }).await;
    until("one is refused", || async {
        states(&thread)
            .await
            .iter()
            .any(|state| matches!(state, SendState::Failed(why) if why.code == "too_large"))
    })
    .await;
    thread.retry(first).await.unwrap();
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    assert_eq!(thread.discard(first).await.unwrap(), Discarded::TooLate);

    server.fail("POST /app/v1/conversations/", Fault::Problem(400, "invalid_body"));
    let third = thread.send_text("three").await.unwrap();
    until("three is refused", || async {
        matches!(states(&thread).await.last(), Some(SendState::Failed(_)))
    })
    .await;
    assert_eq!(thread.discard(third).await.unwrap(), Discarded::Removed);
    assert_eq!(server.texts("ana", thread.id()), ["two", "one"]);
    assert_eq!(states(&thread).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_ended_session_is_renewed_and_nothing_is_lost() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    live(&client).await;
    server.revoke();
    thread.send_text("still here").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    live(&client).await;
    assert_eq!(server.texts("ana", thread.id()), ["still here"]);
}

#[tokio::test(start_paused = true)]
async fn a_late_no_to_an_old_token_leaves_the_new_session_alone() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("hello").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    live(&client).await;
    // The post is refused because its token was revoked, and the phone hears of it when it has another one.
    server.fail("POST /app/v1/conversations/", Fault::AnswerLate(Duration::from_secs(20)));
    server.revoke();
    thread.send_text("still here").await.unwrap();
    live(&client).await;
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    tokio::time::sleep(Duration::from_secs(40)).await;
    let sign_ins = server.log().iter().filter(|line| line.starts_with("POST /app/v1/sessions")).count();
    assert_eq!(sign_ins, 2, "{:?}", server.log());
    assert_eq!(server.texts("ana", thread.id()), ["hello", "still here"]);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_fails_starts_again_and_sends_what_waits() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    live(&client).await;
    let states = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&states);
    let _subscription = client.observe_sync_state(move |state| log.lock().unwrap().push(state));
    for _ in 0..3 {
        server.fail("POST /app/v1/conversations/", Fault::Panic);
    }
    thread.send_text("after all").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    live(&client).await;
    assert_eq!(server.texts("ana", thread.id()), ["after all"]);
    let waited = states.lock().unwrap().iter().any(|state| matches!(state, SyncState::Waiting { .. }));
    assert!(waited, "the app was told: {states:?}");
}

#[tokio::test(start_paused = true)]
async fn without_sockets_everything_travels_by_requests() {
    let (server, folder) = (Server::new(), folder());
    server.block_sockets(true);
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("hello?").await.unwrap();
    until("polling", || async { client.sync_state() == SyncState::Polling }).await;
    reaches(&thread, &[SendState::Sent]).await;
    server.reply("ana", thread.id(), "Hello Ana");
    until("the reply", || async { client.unread().await.unwrap() == 1 }).await;
    client.set_visibility(Visibility::Background);
    until("asleep", || async { client.sync_state() == SyncState::Suspended }).await;
    server.reply("ana", thread.id(), "Are you there?");
    assert_eq!(client.visit(Duration::from_secs(25)).await.unwrap(), Visit::Done);
    assert_eq!(client.unread().await.unwrap(), 2);
    client.set_visibility(Visibility::Foreground);
    server.block_sockets(false);
    live(&client).await;
}

#[tokio::test(start_paused = true)]
async fn another_user_never_sees_the_first_ones_store() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(Some("Ana's".to_owned())).await.unwrap();
    thread.send_text("private").await.unwrap();

    client.sign_in(named("ben")).await.unwrap();
    assert!(client.conversations().await.unwrap().is_empty());
    assert_eq!(thread.send_text("late").await.unwrap_err().code(), ErrorCode::Closed);
    assert_eq!(thread.timeline().messages().await.unwrap_err().code(), ErrorCode::Closed);
    server.set_online(true);
    live(&client).await;
    assert!(server.texts("ana", thread.id()).is_empty(), "nothing of Ana's is sent for Ben");

    client.sign_in(named("ana")).await.unwrap();
    until("Ana's message", || async { server.texts("ana", thread.id()) == ["private"] }).await;
    assert_eq!(client.conversations().await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn signing_out_offline_hides_at_once_and_ends_the_session_later() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    client.start_conversation(None).await.unwrap().send_text("hello").await.unwrap();
    live(&client).await;
    assert_eq!(server.sessions(), 1);
    server.set_online(false);
    client.sign_out(SignOut::Erase).await.unwrap();
    assert!(client.conversations().await.unwrap().is_empty());
    assert_eq!(client.sync_state(), SyncState::SignedOut);
    assert!(client.account().is_none());
    let stores = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("user-"));
    assert_eq!(stores.count(), 0);
    // Not even a restart of the app forgets it.
    drop(client);
    let client = phone(&server, folder.path()).await;
    server.set_online(true);
    client.set_visibility(Visibility::Foreground);
    until("the session ends", || async { server.sessions() == 0 }).await;
}

#[tokio::test(start_paused = true)]
async fn a_farewell_to_a_server_that_is_away_leaves_a_sleeping_phone_asleep() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    server.set_online(false);
    client.sign_out(SignOut::Erase).await.unwrap();
    client.set_visibility(Visibility::Background);
    // What was under way when the app left the screen has its moment to finish.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let farewells = || server.tried("DELETE /app/v1/sessions/current");
    let tried = farewells();
    assert!(tried > 0, "it was tried while the app was there");
    tokio::time::sleep(Duration::from_hours(3)).await;
    assert_eq!(farewells(), tried, "nothing is asked in the background");
    client.set_visibility(Visibility::Foreground);
    until("tried again", || async { farewells() > tried }).await;
    server.set_online(true);
    until("the session ends", || async { server.sessions() == 0 }).await;
}

#[tokio::test(start_paused = true)]
async fn another_history_is_fetched_anew_and_what_waits_is_sent() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("before").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    live(&client).await;
    // Somebody looks at it: what is fetched anew is fetched for them.
    let _subscription = thread.timeline().observe(|_| {});
    client.set_network(Network::Unavailable);
    until("offline", || async { client.sync_state() == SyncState::Offline }).await;
    thread.send_text("meanwhile").await.unwrap();
    server.restore();
    client.set_network(Network::Available);
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    live(&client).await;
    assert_eq!(server.texts("ana", thread.id()), ["before", "meanwhile"]);
    assert!(server.log().iter().filter(|line| line.starts_with("GET /app/v1/bootstrap")).count() >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_thread_that_a_restored_server_does_not_know_is_opened_again() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(Some("The roof".to_owned())).await.unwrap();
    thread.send_text("before").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    live(&client).await;
    client.set_network(Network::Unavailable);
    until("offline", || async { client.sync_state() == SyncState::Offline }).await;
    for text in ["one", "two"] {
        thread.send_text(text).await.unwrap();
    }
    server.restore_without("ana", thread.id());
    client.set_network(Network::Available);
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    live(&client).await;
    assert_eq!(server.texts("ana", thread.id()), ["one", "two"]);
    assert_eq!(client.conversations().await.unwrap()[0].title.as_deref(), Some("The roof"));
}

#[tokio::test(start_paused = true)]
async fn a_first_screen_that_comes_too_late_takes_nothing_back() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("hello").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    live(&client).await;
    server.fail("GET /app/v1/bootstrap", Fault::AnswerLate(Duration::from_secs(20)));
    server.restore();
    let bootstraps = || server.log().iter().filter(|line| line.contains("/bootstrap")).count();
    until("asked", || async { bootstraps() == 2 }).await;
    // The network goes and comes: the way up begins again, and the first answer is still on its way.
    client.set_network(Network::Unavailable);
    until("offline", || async { client.sync_state() == SyncState::Offline }).await;
    client.set_network(Network::Available);
    live(&client).await;
    server.reply("ana", thread.id(), "after that screen");
    let texts = || async {
        let messages = thread.timeline().messages().await.unwrap();
        messages.iter().map(MessageItem::text).collect::<Vec<_>>()
    };
    until("the reply", || async { texts().await.contains(&"after that screen".to_owned()) }).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(texts().await.contains(&"after that screen".to_owned()), "{:?}", texts().await);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_asked_for_one_at_a_time_until_one_is_right() {
    let (server, folder) = (Server::new(), folder());
    let asked = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&asked);
    let tokens = move |request: TokenRequest| {
        let mut asked = counter.lock().unwrap();
        *asked += 1;
        match *asked {
            1 => drop(request),
            2 => request.fail(TokenFailure::Temporary),
            3 => request.fail(TokenFailure::Refused),
            4 => request.resolve("bad"),
            _ => request.resolve("ana"),
        }
    };
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Identified { key: "ana".to_owned(), tokens: Arc::new(tokens) }).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    until("refused by the app", || async { client.sync_state() == SyncState::NeedsToken }).await;
    assert_eq!(*asked.lock().unwrap(), 3);
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(*asked.lock().unwrap(), 3, "no loop");
    client.set_visibility(Visibility::Background);
    until("asleep", || async { client.sync_state() == SyncState::Suspended }).await;
    client.set_visibility(Visibility::Foreground);
    until("refused by the server", || async {
        *asked.lock().unwrap() == 4 && client.sync_state() == SyncState::NeedsToken
    })
    .await;
    client.sign_in(named("ana")).await.unwrap();
    live(&client).await;
}

#[tokio::test(start_paused = true)]
async fn an_app_that_never_answers_for_a_token_is_asked_again() {
    let (server, folder) = (Server::new(), folder());
    let held = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&held);
    let tokens = move |request: TokenRequest| requests.lock().unwrap().push(request);
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Identified { key: "ana".to_owned(), tokens: Arc::new(tokens) }).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    until("asked twice", || async { held.lock().unwrap().len() == 2 }).await;
    for request in held.lock().unwrap().iter() {
        request.resolve("ana");
    }
    live(&client).await;
}

#[tokio::test(start_paused = true)]
async fn receipts_and_unread_follow_the_person() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("hello?").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.reply("ana", thread.id(), "Hello Ana");
    until("unread", || async { client.unread().await.unwrap() == 1 }).await;
    until("delivered", || async { server.receipts("ana", thread.id()).user_delivered_seq == 2 }).await;
    assert_eq!(server.receipts("ana", thread.id()).user_read_seq, 0);
    server.set_online(false);
    thread.mark_read().await.unwrap();
    assert_eq!(client.unread().await.unwrap(), 0, "shown at once");
    server.set_online(true);
    until("read", || async { server.receipts("ana", thread.id()).user_read_seq == 2 }).await;
    for _ in 0..10 {
        thread.mark_read().await.unwrap();
    }
    live(&client).await;
    let told = server.log().iter().filter(|line| line.ends_with("/receipt")).count();
    assert!(told <= 2, "told {told} times");
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_applies_the_steps_has_the_list() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    let shown: Arc<Mutex<Vec<MessageItem>>> = Arc::default();
    let first: Arc<Mutex<Option<bool>>> = Arc::default();
    let (list, reset) = (Arc::clone(&shown), Arc::clone(&first));
    let timeline = thread.timeline();
    let subscription = timeline.observe(move |steps| {
        reset.lock().unwrap().get_or_insert(matches!(steps[..], [ListDiff::Reset { .. }]));
        let mut list = list.lock().unwrap();
        for step in steps {
            match step {
                ListDiff::Reset { items } => *list = items,
                ListDiff::Insert { index, item } => list.insert(index, item),
                ListDiff::Update { index, item } => list[index] = item,
                ListDiff::Remove { index } => drop(list.remove(index)),
                ListDiff::Move { from, to } => {
                    let item = list.remove(from);
                    list.insert(to, item);
                }
            }
        }
    });
    for round in 0..5 {
        thread.send_text(format!("question {round}")).await.unwrap();
        until("sent", || async { server.texts("ana", thread.id()).len() == 2 * round + 1 }).await;
        server.reply("ana", thread.id(), "answer");
        until("answered", || async { timeline.messages().await.unwrap().len() == 2 * round + 2 }).await;
    }
    let all = timeline.messages().await.unwrap();
    until("the listener agrees", || async {
        let all = timeline.messages().await.unwrap();
        *shown.lock().unwrap() == all
    })
    .await;
    assert_eq!(all.iter().map(|item| item.seq.unwrap()).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    assert_eq!(*first.lock().unwrap(), Some(true));
    client.sign_out(SignOut::Keep).await.unwrap();
    until("hidden", || async { shown.lock().unwrap().is_empty() }).await;
    subscription.cancel();
}

#[tokio::test(start_paused = true)]
async fn older_messages_come_by_page() {
    let (server, folder) = (Server::new(), folder());
    let first = signed_in(&server, folder.path(), "ana").await;
    let thread = first.start_conversation(None).await.unwrap();
    thread.send_text("first").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    first.close().await;
    for number in 0..129 {
        server.reply("ana", thread.id(), &format!("reply {number}"));
    }
    // A phone that has never seen any of it.
    let other = tempfile::tempdir().unwrap();
    let client = signed_in(&server, other.path(), "ana").await;
    live(&client).await;
    let thread = client.conversation(thread.id()).unwrap();
    let timeline = thread.timeline();
    let _subscription = timeline.observe(|_| {});
    until("the newest page", || async { timeline.messages().await.unwrap().len() >= 50 }).await;
    let mut rounds = 0;
    while timeline.load_older().await.unwrap() == Older::More {
        rounds += 1;
        assert!(rounds < 10);
    }
    let seqs: Vec<_> = timeline.messages().await.unwrap().iter().map(|item| item.seq.unwrap()).collect();
    assert_eq!(seqs, (1..=130).collect::<Vec<_>>());
    server.set_online(false);
    assert_eq!(thread.timeline().load_older().await.unwrap(), Older::More, "from the phone");
}

#[tokio::test(start_paused = true)]
async fn a_page_of_older_messages_that_fails_is_not_asked_for_again_at_once() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("first").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    client.close().await;
    for number in 0..129 {
        server.reply("ana", thread.id(), &format!("reply {number}"));
    }
    let other = tempfile::tempdir().unwrap();
    let client = signed_in(&server, other.path(), "ana").await;
    live(&client).await;
    let thread = client.conversation(thread.id()).unwrap();
    let timeline = thread.timeline();
    let _subscription = timeline.observe(|_| {});
    until("the newest page", || async { timeline.messages().await.unwrap().len() >= 50 }).await;
    assert_eq!(timeline.older_state(), OlderState::Idle);

    let page = format!("GET /app/v1/conversations/{}/messages", thread.id());
    // As a list does that asks whenever it is scrolled: without a pause, ten times a second.
    server.set_online(false);
    // What is on the phone comes from there.
    while timeline.load_older().await.is_ok() {}
    for _ in 0..100 {
        assert_eq!(timeline.load_older().await.unwrap_err().code(), ErrorCode::Network);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let asked = server.tried(&format!("{page}?limit=50&before="));
    assert!((3..9).contains(&asked), "{asked} requests in ten seconds");
    assert!(matches!(timeline.older_state(), OlderState::Failed { .. }));
    server.set_online(true);
    live(&client).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    // What the server asks for is obeyed, by every timeline of the thread.
    server.fail(&page, Fault::Busy(Duration::from_mins(2)));
    let began = tokio::time::Instant::now();
    assert_eq!(timeline.load_older().await.unwrap_err().code(), ErrorCode::Network);
    let asked = || server.log().iter().filter(|line| line.starts_with(&page)).count();
    let before = asked();
    let another = thread.timeline();
    while another.load_older().await.is_ok() {}
    while began.elapsed() < Duration::from_secs(119) {
        assert!(another.load_older().await.is_err());
        assert!(timeline.load_older().await.is_err());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(asked(), before);
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(timeline.load_older().await.unwrap(), Older::More);
    assert_eq!(timeline.older_state(), OlderState::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_visit_from_the_background_sends_and_fetches_and_leaves() {
    let (server, folder) = (Server::new(), folder());
    let client = phone(&server, folder.path()).await;
    assert_eq!(client.visit(Duration::from_secs(1)).await.unwrap_err().code(), ErrorCode::NotSignedIn);
    // Anonymous: nobody has to be asked for a token on the listeners' thread, which virtual time would run away from.
    client.sign_in(User::Anonymous).await.unwrap();
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("from afar").await.unwrap();
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(client.sync_state(), SyncState::Suspended, "nothing runs by itself in the background");
    assert_eq!(client.visit(Duration::from_secs(25)).await.unwrap(), Visit::Done);
    assert_eq!(server.texts_of_anybody(thread.id()), ["from afar"]);
    until("asleep again", || async { client.sync_state() == SyncState::Suspended }).await;
    server.set_online(false);
    assert_eq!(client.visit(Duration::from_secs(25)).await.unwrap(), Visit::TimeUp);
}

#[tokio::test(start_paused = true)]
async fn going_to_the_background_lets_the_last_message_out() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    live(&client).await;
    thread.send_text("on my way out").await.unwrap();
    client.set_visibility(Visibility::Background);
    until("asleep", || async { client.sync_state() == SyncState::Suspended }).await;
    assert_eq!(server.texts("ana", thread.id()), ["on my way out"]);
}

#[tokio::test(start_paused = true)]
async fn going_to_the_background_lets_deletions_edits_and_the_end_of_a_live_place_out() {
    let (server, folder) = (Server::new(), folder());
    let live_places = |config: &mut Config| config.locations = tidings_sdk_core::Locations::Live;
    let client = phone_with(&server, folder.path(), live_places).await;
    client.sign_in(named("ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    let gone = thread.send_text("not this").await.unwrap();
    let changed = thread.send_text("befroe").await.unwrap();
    let share = thread.share_live_place(tidings_sdk_core::ShareFor::Hour).await.unwrap();
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    live(&client).await;
    thread.delete(gone).await.unwrap();
    thread.edit(changed, "before").await.unwrap();
    thread.end_live_place(share).await.unwrap();
    client.set_visibility(Visibility::Background);
    until("asleep", || async { client.sync_state() == SyncState::Suspended }).await;
    let there = server.messages_of_anybody(thread.id());
    assert!(there[0].deleted_at.is_some(), "{:?}", there[0]);
    assert_eq!(server.texts("ana", thread.id())[1], "before");
    let ended = serde_json::to_string(&there[2].parts).unwrap();
    assert!(ended.contains(r#""ended":true"#), "{ended}");
}

#[tokio::test(start_paused = true)]
async fn who_writes_is_shown_for_a_while() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    live(&client).await;
    let shown = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&shown);
    let _subscription = thread.observe_typing(move |typing| log.lock().unwrap().push(typing.agent_name));
    until("nobody", || async { *shown.lock().unwrap() == [None] }).await;
    server.team_types(thread.id());
    let wanted = [None, Some("Ana".to_owned()), None];
    until("Ana, then nobody", || async { *shown.lock().unwrap() == wanted }).await;
    for _ in 0..20 {
        thread.typing();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.log().iter().filter(|line| *line == "TYPING").count(), 1, "at most every 3 seconds");
}

#[tokio::test(start_paused = true)]
async fn the_push_address_is_told_once_there_is_a_server() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    let target = PushTarget {
        provider: PushProvider::Apns,
        token: "abcdef".try_into().unwrap(),
        environment: PushEnvironment::Sandbox,
        keys: None,
    };
    client.set_push_target(Some(target.clone())).await.unwrap();
    server.set_online(true);
    until("told", || async { server.device().and_then(|device| device.push) == Some(target.clone()) }).await;
    client.set_push_target(Some(target)).await.unwrap();
    client.set_push_target(None).await.unwrap();
    until("taken back", || async { server.device().is_some_and(|device| device.push.is_none()) }).await;
    assert_eq!(server.log().iter().filter(|line| line.starts_with("PUT /app/v1/device")).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_push_address_is_told_again_in_a_new_session() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let target = PushTarget {
        provider: PushProvider::Fcm,
        token: "abcdef".try_into().unwrap(),
        environment: PushEnvironment::Production,
        keys: None,
    };
    client.set_push_target(Some(target)).await.unwrap();
    let told = || server.log().iter().filter(|line| line.starts_with("PUT /app/v1/device")).count();
    until("told", || async { told() == 1 }).await;
    // Signing out ends the registration at the server, so signing in again has to renew it.
    client.sign_out(SignOut::Keep).await.unwrap();
    until("signed out there", || async { server.sessions() == 0 }).await;
    client.sign_in(named("ana")).await.unwrap();
    until("told again", || async { told() == 2 }).await;
}

#[tokio::test(start_paused = true)]
async fn the_push_address_belongs_to_the_phone_and_is_told_for_whoever_signs_in() {
    let (server, folder) = (Server::new(), folder());
    let target = |token: &str| PushTarget {
        provider: PushProvider::Apns,
        token: token.try_into().unwrap(),
        environment: PushEnvironment::Production,
        keys: None,
    };
    let told = |token: Option<&str>| {
        let wanted = token.map(target);
        let server = server.clone();
        move || {
            let (server, wanted) = (server.clone(), wanted.clone());
            async move { server.device().is_some_and(|device| device.push == wanted) }
        }
    };
    // The system gives it at the first start, before anybody has signed in; and the process dies.
    let client = phone(&server, folder.path()).await;
    client.set_push_target(Some(target("aa"))).await.unwrap();
    drop(client);
    let client = signed_in(&server, folder.path(), "ana").await;
    until("told for Ana", told(Some("aa"))).await;
    // Nobody says it again for Ben, and it is his phone now.
    let told_so_far = server.log().iter().filter(|line| line.starts_with("PUT /app/v1/device")).count();
    client.sign_in(named("ben")).await.unwrap();
    until("told for Ben", || async {
        server.log().iter().filter(|line| line.starts_with("PUT /app/v1/device")).count() > told_so_far
    })
    .await;
    until("Ana's ends", || async { server.sessions() == 1 }).await;
    // It changes while Ben has the phone: Ana's old one is not told again.
    client.set_push_target(Some(target("bb"))).await.unwrap();
    until("told", told(Some("bb"))).await;
    client.sign_out(SignOut::Keep).await.unwrap();
    client.set_push_target(Some(target("cc"))).await.unwrap();
    client.sign_in(named("ana")).await.unwrap();
    until("the newest one", told(Some("cc"))).await;
    // Taken back with nobody there.
    client.sign_out(SignOut::Erase).await.unwrap();
    client.set_push_target(None).await.unwrap();
    client.sign_in(named("ben")).await.unwrap();
    until("none", told(None)).await;
    client.close().await;
    assert_eq!(client.set_push_target(None).await.unwrap_err().code(), ErrorCode::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_anonymous_user_stays_the_same_until_erased() {
    let (server, folder) = (Server::new(), folder());
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    live(&client).await;
    let first = client.account().unwrap();
    assert!(first.anonymous);
    client.sign_out(SignOut::Keep).await.unwrap();
    client.sign_in(User::Anonymous).await.unwrap();
    live(&client).await;
    assert_eq!(client.account().unwrap(), first);
    client.sign_out(SignOut::Erase).await.unwrap();
    client.sign_in(User::Anonymous).await.unwrap();
    live(&client).await;
    assert!(client.account().unwrap().user_id != first.user_id);
}

#[tokio::test(start_paused = true)]
async fn a_closed_client_says_so() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    client.close().await;
    assert_eq!(thread.send_text("x").await.unwrap_err().code(), ErrorCode::Closed);
    assert_eq!(client.start_conversation(None).await.unwrap_err().code(), ErrorCode::Closed);
    assert_eq!(client.sign_in(named("ana")).await.unwrap_err().code(), ErrorCode::Closed);
    client.close().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_accepted_is_refused_at_once() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation(None).await.unwrap();
    for text in [String::new(), "  \n".to_owned(), "x".repeat(16 * 1024 + 1), "a\0b".to_owned()] {
        assert_eq!(thread.send_text(text).await.unwrap_err().code(), ErrorCode::InvalidInput);
    }
    let long = client.start_conversation(Some("x".repeat(257))).await;
    assert_eq!(long.unwrap_err().code(), ErrorCode::InvalidInput);
    let unknown = client.conversation(ConversationId::from_parts(9, [9; 10])).unwrap();
    assert_eq!(unknown.send_text("x").await.unwrap_err().code(), ErrorCode::NotFound);
    let nameless = User::Identified { key: String::new(), tokens: Arc::new(|_: TokenRequest| {}) };
    assert_eq!(client.sign_in(nameless).await.unwrap_err().code(), ErrorCode::InvalidInput);
    live(&client).await;
    assert_eq!(unknown.info().await.unwrap_err().code(), ErrorCode::NotFound);
}
