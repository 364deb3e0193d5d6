//! Live delivery over real sockets: a server on loopback, a store in a file, clients that speak WebSocket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod laws;
mod world;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidings_protocol::appearance::SetAppearance;
use tidings_protocol::frame::CloseCode;
use tidings_protocol::id::AppId;
use tidings_protocol::limits;
use tidings_server::auth::token_hash;
use tidings_store::agents::EndAgentSession;
use tidings_store::appearance;
use tidings_store::audit::By;
use tidings_store::users::SignOut;
use world::{AGENT_TOKEN, World};

#[tokio::test]
async fn a_message_of_the_user_arrives_at_the_agent_and_the_reply_at_the_user() {
    let world = World::new().await;
    let (mut phone, mut inbox) = (world.phone().await, world.inbox().await);
    world.user_says("is anybody there?").await;
    let change = inbox.changes().await;
    assert_eq!(change["page"]["changes"][0]["message"]["parts"][0]["text"], "is anybody there?");
    assert_eq!(change["page"]["conversations"][0]["unread"], 1);
    world.agent_says("yes").await;
    let change =
        phone.changes_until(|change| change["changes"][0]["message"]["author"]["kind"] == "agent").await;
    assert_eq!(change["conversations"][0]["unread"], 1);
}

#[tokio::test]
async fn a_socket_begins_with_everything_after_its_cursor() {
    let world = World::new().await;
    for n in 0..120 {
        world.user_says(&format!("message {n}")).await;
    }
    let mut phone = world.phone().await;
    let mut texts = Vec::new();
    while texts.len() < 120 {
        let page = phone.changes().await;
        for change in page["changes"].as_array().unwrap() {
            texts.push(change["message"]["parts"][0]["text"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(texts, (0..120).map(|n| format!("message {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_of_long_messages_is_cut_to_the_size_of_a_frame() {
    let world = World::new().await;
    let long = "x".repeat(15_000);
    for _ in 0..12 {
        world.user_says(&long).await;
    }
    let mut phone = world.phone().await;
    let mut seen = 0;
    while seen < 12 {
        let text = phone.text_of("changes").await;
        let frame: Value = serde_json::from_str(&text).unwrap();
        let changes = frame["changes"].as_array().unwrap().len();
        assert!(text.len() <= 64 * 1024 || changes == 1, "{} bytes for {changes} changes", text.len());
        seen += changes;
    }
}

#[tokio::test]
async fn colleagues_learn_that_somebody_went_away_and_users_do_not() {
    let world = World::new().await;
    let (mut phone, mut inbox) = (world.phone().await, world.inbox().await);
    for feed in world.hub.followed() {
        world.hub.availability(feed);
    }
    inbox.frame("availability").await;
    phone.send(&json!({ "type": "ping" })).await;
    // What the user may expect comes behind `hello`, whenever it is known.
    loop {
        let frame = phone.next().await;
        assert_ne!(frame["type"], "availability");
        if frame["type"] == "pong" {
            break;
        }
    }
}

#[tokio::test]
async fn phones_are_told_how_the_app_looks_with_each_connection_and_when_it_changes() {
    let world = World::new().await;
    let app = AppId::from_parts(1, [1; 10]);
    let (mut phone, mut inbox) = (world.phone().await, world.inbox().await);
    let own_name = phone.frame("appearance").await["name"].clone();
    assert!(own_name.is_string());
    for name in ["Martin", "Boulangerie Martin"] {
        let appearance = SetAppearance { name: Some(name.try_into().unwrap()), ..SetAppearance::default() };
        let by = By::command_line(world.now());
        world.db.write(appearance::SetAppearance { app_id: app, appearance, by }).await.unwrap();
        world.hub.look(AppId::from_parts(2, [2; 10]));
        world.hub.look(app);
        assert_eq!(phone.frame("appearance").await["name"], name, "at once, and nothing of what was before");
        let mut other = world.phone().await;
        assert_eq!(other.frame("appearance").await["name"], name, "with a new connection");
    }
    phone.send(&json!({ "type": "ping" })).await;
    assert_eq!(phone.next().await["type"], "pong", "the other app's look is nothing to this one");
    inbox.send(&json!({ "type": "ping" })).await;
    assert_eq!(inbox.next().await["type"], "pong", "nor is any to agents");
}

#[tokio::test]
async fn typing_reaches_the_other_side_and_not_the_writer() {
    let world = World::new().await;
    let (mut phone, mut inbox) = (world.phone().await, world.inbox().await);
    phone.send(&json!({ "type": "typing", "conversation_id": world.conversation })).await;
    assert_eq!(inbox.frame("typing").await["conversation_id"], json!(world.conversation));
    inbox.send(&json!({ "type": "typing", "conversation_id": world.conversation })).await;
    let typing = phone.frame("typing").await;
    assert_eq!(typing["agent_name"], "Ana");
    inbox.send(&json!({ "type": "ping" })).await;
    assert_eq!(inbox.next().await["type"], "pong");
}

#[tokio::test]
async fn colleagues_see_who_looks_at_a_conversation_until_that_page_is_gone() {
    let world = World::new().await;
    let mut ana = world.inbox().await;
    let (ben, mut bens) = world.colleague(2, world.team).await;
    let viewing = |conversation: Value| json!({ "type": "viewing", "conversation_id": conversation });
    bens.send(&viewing(json!(world.conversation))).await;
    let seen = ana.frame("viewing").await;
    assert_eq!((&seen["conversation_id"], &seen["agent_id"]), (&json!(world.conversation), &json!(ben)));
    assert!(seen.get("left").is_none());
    let (_, mut carlas) = world.colleague(3, world.team).await;
    assert_eq!(carlas.frame("viewing").await["agent_id"], json!(ben), "who looked already");
    bens.send(&viewing(Value::Null)).await;
    assert_eq!(ana.frame("viewing").await["left"], json!(true));
    // More than two conversations in a second are those of somebody who goes through the list.
    tokio::time::sleep(Duration::from_millis(600)).await;
    bens.send(&viewing(json!(world.conversation))).await;
    assert!(ana.frame("viewing").await.get("left").is_none());
    drop(bens);
    assert_eq!(ana.frame("viewing").await["left"], json!(true), "their socket is gone");
}

#[tokio::test]
async fn law_9_who_looks_is_told_to_nobody_who_may_not_see_the_conversation() {
    let world = World::new().await;
    let (mut phone, mut ana) = (world.phone().await, world.inbox().await);
    let (_, mut outside) = world.colleague(2, world.other_team).await;
    let viewing = json!({ "type": "viewing", "conversation_id": world.conversation });
    // Whoever may not see it does not look at it either.
    outside.send(&viewing).await;
    ana.send(&viewing).await;
    for socket in [&mut ana, &mut outside, &mut phone] {
        socket.send(&json!({ "type": "ping" })).await;
        loop {
            let frame = socket.next().await;
            assert_ne!(frame["type"], "viewing", "{frame}");
            if frame["type"] == "pong" {
                break;
            }
        }
    }
}

#[tokio::test]
async fn law_9_signing_out_closes_the_sockets_of_that_session() {
    let world = World::new().await;
    let (mut phone, mut inbox) = (world.phone().await, world.inbox().await);
    world.db.write(SignOut { token_hash: world.user_token_hash(), now: world.now() }).await.unwrap();
    assert_eq!(phone.closed().await, CloseCode::Revoked.code());
    inbox.send(&json!({ "type": "ping" })).await;
    assert_eq!(inbox.next().await["type"], "pong");
}

#[tokio::test]
async fn law_9_a_session_that_ended_elsewhere_is_closed_within_five_seconds_without_a_hint() {
    let world = World::deaf().await;
    let (mut phone, mut inbox) = (world.phone().await, world.inbox().await);
    let begun = Instant::now();
    world.db.write(SignOut { token_hash: world.user_token_hash(), now: world.now() }).await.unwrap();
    assert_eq!(phone.closed().await, CloseCode::Revoked.code());
    inbox.send(&json!({ "type": "ping" })).await;
    assert_eq!(inbox.next().await["type"], "pong");
    world.db.write(EndAgentSession { token_hash: token_hash(AGENT_TOKEN), now: world.now() }).await.unwrap();
    assert_eq!(inbox.closed().await, CloseCode::Revoked.code());
    assert!(begun.elapsed() < Duration::from_secs(10), "two sessions, five seconds each");
}

#[tokio::test]
async fn law_9_nobody_follows_what_is_not_theirs() {
    let world = World::new().await;
    let mut stranger = world.inbox_socket().await;
    let cursor = world.cursor(0);
    stranger
        .send(&json!({ "type": "follow", "teams": [{ "team_id": world.other_team, "cursor": cursor }] }))
        .await;
    assert_eq!(stranger.closed().await, CloseCode::BadFrame.code());
    let mut phone = world.app_socket().await;
    phone
        .send(&json!({ "type": "authenticate", "token": "tds_wrong", "cursor": cursor, "foreground": true }))
        .await;
    assert_eq!(phone.closed().await, CloseCode::TokenInvalid.code());
}

#[tokio::test]
async fn a_cursor_of_another_history_is_told_to_begin_again() {
    let world = World::new().await;
    let mut phone = world.app_socket().await;
    phone.authenticate(&world.user_token, "00000000000000ff.0").await;
    assert_eq!(phone.frame("hello").await["version"], 1);
    phone.frame("reset").await;
    assert_eq!(phone.closed().await, CloseCode::Reset.code());
}

#[tokio::test]
async fn hostile_frames_close_their_socket_and_no_other() {
    let world = World::new().await;
    let mut inbox = world.inbox().await;
    let huge = format!("{{\"type\":\"{}\"}}", "x".repeat(70_000));
    for text in ["", "null", "[]", "{\"type\":\"ping\"}", &huge] {
        let mut socket = world.app_socket().await;
        socket.send_text(text).await;
        let code = socket.closed().await;
        assert!(!CloseCode::reconnects(code) || code == 1006, "{code} for {} bytes", text.len());
    }
    inbox.send(&json!({ "type": "ping" })).await;
    assert_eq!(inbox.next().await["type"], "pong");
}

#[tokio::test]
async fn the_app_on_the_screen_is_known_while_its_socket_says_so() {
    let world = World::new().await;
    let mut phone = world.phone().await;
    assert!(world.hub.foreground(world.user));
    phone.send(&json!({ "type": "foreground", "foreground": false })).await;
    world.until(|world| !world.hub.foreground(world.user)).await;
    phone.send(&json!({ "type": "foreground", "foreground": true })).await;
    world.until(|world| world.hub.foreground(world.user)).await;
    drop(phone);
    world.until(|world| !world.hub.foreground(world.user) && world.hub.sockets() == 0).await;
    assert!(world.hub.followed().is_empty());
}

#[tokio::test]
async fn an_agent_who_looks_at_the_inbox_is_known_while_a_socket_says_so() {
    let world = World::new().await;
    let mut first = world.inbox().await;
    let mut second = world.inbox().await;
    assert!(!world.hub.foreground(world.agent), "nobody has said so");
    for socket in [&mut first, &mut second] {
        socket.send(&json!({ "type": "focus", "focused": true })).await;
    }
    world.until(|world| world.hub.foreground(world.agent)).await;
    // The other page still has the focus, as far as anybody knows.
    first.send(&json!({ "type": "focus", "focused": false })).await;
    first.send(&json!({ "type": "ping" })).await;
    assert_eq!(first.next().await["type"], "pong");
    assert!(world.hub.foreground(world.agent));
    drop(second);
    world.until(|world| !world.hub.foreground(world.agent)).await;
}

#[tokio::test]
async fn draining_says_goodbye_and_when_to_come_back() {
    let world = World::new().await;
    let mut phone = world.phone().await;
    world.lifecycle.soft().cancel();
    let goodbye = tokio::time::timeout(Duration::from_secs(10), phone.frame("goodbye")).await.unwrap();
    assert!(goodbye["reconnect"]["max_ms"].as_u64().unwrap() >= 1000);
    assert_eq!(phone.closed().await, CloseCode::Restart.code());
}

#[tokio::test]
async fn law_12_one_session_takes_a_bounded_number_of_places() {
    let world = World::new().await;
    let mut sockets = Vec::new();
    for _ in 0..limits::SOCKETS_PER_SESSION {
        sockets.push(world.phone().await);
    }
    let mut one_more = world.app_socket().await;
    one_more.authenticate(&world.user_token, &world.cursor(1)).await;
    assert_eq!(one_more.closed().await, CloseCode::RateLimited.code());
    world.inbox().await;
    sockets.pop();
    world.until(|world| world.hub.sockets() < limits::SOCKETS_PER_SESSION).await;
    world.phone().await;
}
