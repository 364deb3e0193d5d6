//! What the client says about itself, and what neither a diagnosis nor the log ever holds.

use std::sync::{Arc, Mutex};

use tidings_sdk_core::protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_sdk_core::{
    Client, Content, ErrorCode, Locations, LogLevel, Place, Point, SendState, ShareFor, SignOut, SyncState,
    Visibility, set_log_sink,
};

use crate::server::{Fault, Server};
use crate::{folder, live, named, phone, phone_with, reaches, until};

async fn codes(client: &Client) -> Vec<&'static str> {
    client.diagnose().await.findings.iter().map(|finding| finding.code).collect()
}

#[tokio::test(start_paused = true)]
async fn a_diagnosis_names_what_is_wrong_here_and_now() {
    let (server, folder) = (Server::new(), folder());
    let client = phone(&server, folder.path()).await;
    // The server's clock stands at 1970.
    assert_eq!(codes(&client).await, ["signed_out", "clock_skew", "in_background"]);
    client.sign_in(named("ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    live(&client).await;
    assert_eq!(codes(&client).await, ["clock_skew", "no_push_address"]);
    server.block_sockets(true);
    until("polling", || async { client.sync_state() == SyncState::Polling }).await;
    assert!(codes(&client).await.contains(&"no_sockets"));
    let thread = client.start_conversation(None).await.unwrap();
    let sent = thread.send_text("zero").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.fail("POST /app/v1/conversations/", Fault::Problem(413, "too_large"));
    thread.send_text("one").await.unwrap();
    until("refused", || async { codes(&client).await.contains(&"items_refused") }).await;
    assert_eq!(client.diagnose().await.facts.outbox.refusals, ["too_large"]);
    server.set_online(false);
    thread.send_text("two").await.unwrap();
    // An edit waits like a message.
    thread.edit(sent, "nought").await.unwrap();
    let diagnosis = client.diagnose().await;
    assert_eq!(diagnosis.findings[0].code, "server_unreachable");
    let facts = diagnosis.facts;
    assert_eq!((facts.outbox.waiting, facts.outbox.refused, facts.storage.messages), (2, 1, 3));
    assert!(facts.storage.bytes > 0 && !facts.server.reached && facts.server.clock_ahead_ms.is_none());
}

/// Neither the log nor a diagnosis may hold any of these.
const MARKERS: [&str; 9] = [
    "marker-text",
    "marker-title",
    "marker-draft",
    "marker-place",
    "marker-user",
    "marker-push",
    "12.345678",
    "23.456789",
    "34.567891",
];

/// The only test that sets the log sink, because a process has one; what the tests beside it say is read too.
#[tokio::test(start_paused = true)]
async fn law_9_neither_the_log_nor_a_diagnosis_says_what_anybody_wrote_or_is_called() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    set_log_sink(LogLevel::Debug, move |line| {
        log.lock().unwrap().push(format!("{} {}", line.target, line.message));
    })
    .unwrap();
    let second = set_log_sink(LogLevel::Debug, |_| {}).unwrap_err();
    assert_eq!(second.code(), ErrorCode::InvalidConfig);

    let (server, folder) = (Server::new(), folder());
    let client = phone_with(&server, folder.path(), |config| config.locations = Locations::Live).await;
    client.sign_in(named("marker-user")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(Some("marker-title".to_owned())).await.unwrap();
    thread.set_draft("marker-draft").await.unwrap();
    // Somebody looks at the thread, so after a restore all of it is fetched again and not its newest message alone.
    let _watching = thread.timeline().observe(|_| {});
    let point = Point { latitude: 12.345_678, longitude: 12.345_678, accuracy_m: None };
    let place = Place { point: Some(point), label: Some("marker-place".to_owned()), ..Place::default() };
    for fault in
        [Fault::Portal, Fault::Problem(503, "unavailable"), Fault::Problem(413, "too_large"), Fault::Lost]
    {
        server.fail("POST /app/v1/conversations/", fault);
    }
    thread.send_contents(vec![Content::Text("marker-text".to_owned()), Content::Place(place)]).await.unwrap();
    thread.send_text("marker-text").await.unwrap();
    let target = PushTarget {
        provider: PushProvider::Apns,
        token: "marker-push".try_into().unwrap(),
        environment: PushEnvironment::Sandbox,
        keys: None,
    };
    client.set_push_target(Some(target)).await.unwrap();
    until("one is refused, one is sent", || async {
        let states: Vec<_> = crate::states(&thread).await;
        states.contains(&SendState::Sent) && states.iter().any(|state| matches!(state, SendState::Failed(_)))
    })
    .await;
    server.fail("GET /app/v1/bootstrap", Fault::Portal);
    server.restore();
    live(&client).await;
    server.revoke();
    live(&client).await;
    server.fail("POST /app/v1/conversations/", Fault::Panic);
    thread.send_text("marker-text").await.unwrap();
    until("sent after a fall", || async {
        crate::states(&thread).await.iter().filter(|state| **state == SendState::Sent).count() == 2
    })
    .await;
    // A place that moves, and a move that the server refuses.
    let share = thread.share_live_place(ShareFor::Hour).await.unwrap();
    until("shared", || async {
        crate::states(&thread).await.iter().filter(|state| **state == SendState::Sent).count() == 3
    })
    .await;
    let place = format!("PUT /app/v1/conversations/{}/messages/{share}/place", thread.id());
    server.fail(&place, Fault::Problem(422, "not_editable"));
    let point = Point { latitude: 23.456_789, longitude: 34.567_891, accuracy_m: Some(5.0) };
    assert_eq!(client.move_live_place(point, None).await.unwrap(), 1);
    until("refused", || async { client.live_shares().await.unwrap().is_empty() }).await;
    let exported = client.export_diagnostics().await.unwrap();
    client.sign_out(SignOut::Erase).await.unwrap();

    let lines = lines.lock().unwrap();
    assert!(lines.len() > 5 && lines.iter().any(|line| line.contains("code=\"too_large\"")), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.contains("refuses a chore") && line.contains("TellShare")),
        "{lines:?}"
    );
    for marker in MARKERS {
        let told = lines.iter().find(|line| line.contains(marker));
        assert!(told.is_none(), "{marker}: {told:?}");
        assert!(!exported.contains(marker), "{marker}: {exported}");
    }
    assert!(exported.contains("\"engine_failed\"") && exported.contains("\"too_large\""), "{exported}");
    let sessions = lines.iter().find(|line| line.contains("session-"));
    assert!(sessions.is_none(), "a session's token: {sessions:?}");
}
