//! What an agent learns of who writes, beside their words: from where in the app, and custom fields.

use serde_json::{Value, json};
use tidings_sdk_core::protocol::id::ConversationId;
use tidings_sdk_core::{
    Client, ContextOptions, ContextSharing, ErrorCode, Field, FieldValue, NetworkKind, Screen, SendState,
    SignOut, User, Visibility,
};

use crate::server::{Fault, Server};
use crate::{folder, live, named, phone, phone_with, reaches, signed_in, until};

fn on(client: &Client, name: &str) {
    let screen = Screen { name: name.to_owned(), title: None, detail: None };
    client.set_screen(Some(screen)).unwrap();
}

fn order(number: &str) -> Vec<Field> {
    vec![Field { key: "order".to_owned(), value: FieldValue::Text(number.to_owned()) }]
}

/// The trail of a thread as the server has it: whether it came with a message, the screen, the screens before it.
fn trail(server: &Server, id: ConversationId) -> Vec<(bool, Value, Value)> {
    let state = server.state();
    let thread = state.users.values().find_map(|user| user.threads.get(&id));
    let one = |(message, context): &(Option<_>, _)| {
        let json = serde_json::to_value(context).unwrap();
        (message.is_some(), json["screen"]["name"].clone(), json["visited"].clone())
    };
    thread.map(|thread| thread.trail.iter().map(one).collect()).unwrap_or_default()
}

fn fields(server: &Server, id: ConversationId) -> Value {
    let state = server.state();
    let thread = state.users.values().find_map(|user| user.threads.get(&id));
    thread.map_or(Value::Null, |thread| serde_json::to_value(&thread.fields).unwrap())
}

fn said_of(server: &Server, user: &str) -> Value {
    serde_json::to_value(&server.state().users[user].fields).unwrap()
}

fn count(server: &Server, of: &str) -> usize {
    server.log().iter().filter(|line| line.contains(of)).count()
}

#[tokio::test(start_paused = true)]
async fn what_was_so_when_they_wrote_arrives_with_what_they_wrote() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    on(&client, "home");
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("from home").await.unwrap();
    on(&client, "cart");
    on(&client, "checkout");
    thread.send_text("from the checkout").await.unwrap();
    thread.send_text("from there too").await.unwrap();
    // Where they are when the network comes back is something else.
    on(&client, "settings");
    for _ in 0..3 {
        server.fail("POST /app/v1/conversations", Fault::AnswerLost);
    }
    server.set_online(true);
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    assert_eq!(
        trail(&server, thread.id()),
        [(false, json!("home"), Value::Null), (true, json!("checkout"), json!(["home", "cart"]))]
    );
}

/// The request that goes anyway carries it, and only when it is news.
#[tokio::test(start_paused = true)]
async fn a_context_costs_no_request_and_is_left_out_when_nothing_changed() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    live(&client).await;
    client.set_time_zone(Some("Europe/Lisbon".to_owned()));
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("one").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    let before = server.log().len();
    assert_eq!(server.bodies_with_context(), 1, "the opening alone");
    thread.send_text("two").await.unwrap();
    client.set_network_kind(Some(NetworkKind::Wifi));
    thread.send_text("three").await.unwrap();
    reaches(&thread, &[SendState::Sent, SendState::Sent, SendState::Sent]).await;
    assert_eq!((server.log().len() - before, server.bodies_with_context()), (2, 2));
    // Another process on the same phone knows what is known.
    client.close().await;
    let client = signed_in(&server, folder.path(), "ana").await;
    client.set_time_zone(Some("Europe/Lisbon".to_owned()));
    client.set_network_kind(Some(NetworkKind::Wifi));
    let thread = client.conversation(thread.id()).unwrap();
    thread.send_text("four").await.unwrap();
    until("four are sent", || async { server.texts("ana", thread.id()).len() == 4 }).await;
    assert_eq!(server.bodies_with_context(), 2);
}

#[tokio::test(start_paused = true)]
async fn with_the_switch_off_nothing_is_told_but_what_the_app_sets() {
    let (server, folder) = (Server::new(), folder());
    let off = |config: &mut tidings_sdk_core::Config| {
        config.context = ContextOptions { sharing: ContextSharing::Off, ..ContextOptions::default() };
    };
    let client = phone_with(&server, folder.path(), off).await;
    client.sign_in(named("ana")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    on(&client, "home");
    let thread = client.start_conversation_with(None, order("4711")).await.unwrap();
    thread.send_text("one").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    assert!(trail(&server, thread.id()).is_empty());
    assert_eq!(fields(&server, thread.id()), json!({ "order": "4711" }));
}

#[tokio::test(start_paused = true)]
async fn the_last_fields_count_whatever_happens_on_their_way() {
    let (server, folder) = (Server::new(), folder());
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    let thread = client.start_conversation_with(None, order("1")).await.unwrap();
    thread.set_fields(order("2")).await.unwrap();
    client.set_user_fields(order("3")).await.unwrap();
    let id = thread.id();
    // Nothing is closed: it is simply gone.
    drop((thread, client));
    let client = signed_in(&server, folder.path(), "ana").await;
    server.set_online(true);
    until("they arrive", || async {
        fields(&server, id) == json!({ "order": "2" }) && said_of(&server, "ana") == json!({ "order": "3" })
    })
    .await;
    assert_eq!(count(&server, &format!("PUT /app/v1/conversations/{id}/fields")), 0, "with the opening");
    let thread = client.conversation(id).unwrap();
    server.fail("PUT /app/v1/conversations", Fault::AnswerLost);
    server.fail("PUT /app/v1/fields", Fault::Lost);
    for number in ["4", "5"] {
        thread.set_fields(order(number)).await.unwrap();
        client.set_user_fields(order(number)).await.unwrap();
    }
    until("the last ones arrive", || async {
        fields(&server, id) == json!({ "order": "5" }) && said_of(&server, "ana") == json!({ "order": "5" })
    })
    .await;
    // What they are already is no news.
    let before = count(&server, "/fields");
    thread.set_fields(order("5")).await.unwrap();
    thread.send_text("hello").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    assert_eq!(count(&server, "/fields"), before);
    thread.set_fields(Vec::new()).await.unwrap();
    until("none are left", || async { fields(&server, id) == json!({}) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_restored_server_is_told_again() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    on(&client, "home");
    let thread = client.start_conversation_with(None, order("1")).await.unwrap();
    thread.send_text("one").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    server.restore_without("ana", thread.id());
    live(&client).await;
    thread.send_text("two").await.unwrap();
    until("it is there again", || async {
        !server.texts("ana", thread.id()).is_empty()
            && fields(&server, thread.id()) == json!({ "order": "1" })
    })
    .await;
    assert_eq!(trail(&server, thread.id()), [(true, json!("home"), Value::Null)]);
}

/// A server of an earlier version refuses what it does not know: nothing that anybody wrote is lost by that.
#[tokio::test(start_paused = true)]
async fn a_server_that_takes_no_context_gets_the_message_without() {
    let (server, folder) = (Server::new(), folder());
    server.take_no_context();
    let client = signed_in(&server, folder.path(), "ana").await;
    on(&client, "home");
    let thread = client.start_conversation_with(Some("Parcel".to_owned()), order("1")).await.unwrap();
    thread.send_text("one").await.unwrap();
    client.set_user_fields(order("2")).await.unwrap();
    on(&client, "cart");
    thread.send_text("two").await.unwrap();
    reaches(&thread, &[SendState::Sent, SendState::Sent]).await;
    assert_eq!(server.texts("ana", thread.id()), ["one", "two"]);
    assert!(trail(&server, thread.id()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn somebody_else_begins_without_the_screens_of_the_one_before() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    on(&client, "home");
    on(&client, "salary");
    client.sign_out(SignOut::Keep).await.unwrap();
    client.sign_in(named("ben")).await.unwrap();
    let thread = client.start_conversation(None).await.unwrap();
    thread.send_text("one").await.unwrap();
    reaches(&thread, &[SendState::Sent]).await;
    assert_eq!(trail(&server, thread.id()), [(false, Value::Null, Value::Null)]);
}

#[tokio::test(start_paused = true)]
async fn what_the_app_says_of_an_anonymous_user_goes_with_them() {
    let (server, folder) = (Server::new(), folder());
    let client = phone(&server, folder.path()).await;
    client.sign_in(User::Anonymous).await.unwrap();
    client.set_user_fields(order("1")).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    live(&client).await;
    client.sign_in_merging(named("ana")).await.unwrap();
    until("it is said of her", || async {
        server.state().users.get("ana").is_some_and(|ana| !ana.fields.is_empty())
    })
    .await;
    assert_eq!(said_of(&server, "ana"), json!({ "order": "1" }));
}

/// A wrong key is an error where it is set, and nothing is accepted.
#[tokio::test(start_paused = true)]
async fn what_the_app_gets_wrong_is_said_at_once() {
    let (server, folder) = (Server::new(), folder());
    let client = signed_in(&server, folder.path(), "ana").await;
    let wrong = || vec![Field { key: "Order".to_owned(), value: FieldValue::Boolean(true) }];
    let opened = client.start_conversation_with(None, wrong()).await;
    assert_eq!(opened.unwrap_err().code(), ErrorCode::InvalidInput);
    assert!(client.conversations().await.unwrap().is_empty());
    let thread = client.start_conversation(None).await.unwrap();
    assert_eq!(thread.set_fields(wrong()).await.unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!(client.set_user_fields(wrong()).await.unwrap_err().code(), ErrorCode::InvalidInput);
    let nowhere = client.conversation(ConversationId::from_parts(9, [9; 10])).unwrap();
    assert_eq!(nowhere.set_fields(order("1")).await.unwrap_err().code(), ErrorCode::NotFound);
}
