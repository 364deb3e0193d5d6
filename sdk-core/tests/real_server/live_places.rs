//! A place that moves in one message, from a phone without a network to an agent, over a death of the phone, to its end.

use serde_json::Value;
use tidings_sdk_core::{
    Client, Error, ErrorCode, Locations, MessageItem, Part, Point, SendState, ShareFor, Visibility,
};

use super::{Server, phone_at, phone_with, states, until, user};
use tidings_sdk_core::protocol::message::{KnownPart, LiveLocation};

/// Digits that stand nowhere else on the phone.
const DIGITS: &str = "948091337";

async fn phone(server: &Server, folder: &std::path::Path) -> Client {
    let client = phone_with(server, folder, |config| config.locations = Locations::Live).await;
    client.sign_in(user(server, "ana")).await.unwrap();
    client
}

async fn feed(client: &Client, longitude: f64) -> usize {
    let here = Point { latitude: 46.948_091_337, longitude, accuracy_m: Some(12.5) };
    client.move_live_place(here, None).await.unwrap()
}

fn live(item: &MessageItem) -> LiveLocation {
    let [Part::Known(KnownPart::LiveLocation(live))] = item.parts.as_slice() else { panic!("{item:?}") };
    live.clone()
}

fn code<T>(result: Result<T, Error>) -> ErrorCode {
    result.err().unwrap().code()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_moves_in_one_message_until_it_is_ended_and_then_is_nowhere() {
    let (mut server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    let client = phone(&server, folder.path()).await;
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await.unwrap();
    assert_eq!(feed(&client, 7.0).await, 0, "nothing is shared by itself");
    let message = thread.share_live_place(ShareFor::QuarterHour).await.unwrap();
    assert_eq!(code(thread.share_live_place(ShareFor::Hour).await), ErrorCode::InvalidInput);
    for longitude in [7.1, 7.2, 7.3] {
        assert_eq!(feed(&client, longitude).await, 1);
    }

    server.start();
    until("sent", || async { states(&thread).await == [SendState::Sent] }).await;
    let (id, agent) = (thread.id().to_string(), server.agent().await);
    let part = || async { agent.header(&id).await["last_message"]["parts"][0].clone() };
    let longitude = |part: &Value| part["last"]["location"]["longitude"].as_f64();
    until("the agent sees where", || async { longitude(&part().await) == Some(7.3) }).await;
    assert_eq!(part().await["last"]["number"], 3, "the places in between went nowhere");

    client.close().await;
    let client = phone(&server, folder.path()).await;
    let running = client.live_shares().await.unwrap();
    assert_eq!(running.iter().map(|share| share.message_id).collect::<Vec<_>>(), [message]);
    client.set_visibility(Visibility::Foreground);
    assert_eq!(feed(&client, 7.4).await, 1, "it goes on when it is fed");
    until("it moves", || async { longitude(&part().await) == Some(7.4) }).await;
    let header = agent.header(&id).await;
    assert_eq!(
        (&header["last_seq"], &header["unread"]),
        (&1.into(), &1.into()),
        "one message, however it moves"
    );
    let thread = client.conversation(thread.id()).unwrap();
    until("shown here", || async { live(&thread.message(message).await.unwrap()).last.is_some() }).await;

    thread.end_live_place(message).await.unwrap();
    let shown = live(&thread.message(message).await.unwrap());
    assert!(shown.ended && shown.last.is_none(), "{shown:?}");
    assert!(client.live_shares().await.unwrap().is_empty());
    until("the agent sees the end", || async { part().await["ended"] == true }).await;
    assert_eq!(part().await.get("last"), None);
    assert_eq!(feed(&client, 7.5).await, 0);
    let other = thread.send_text("hello").await.unwrap();
    assert_eq!(code(thread.end_live_place(other).await), ErrorCode::NotFound);
    client.close().await;
    let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        let left = bytes.windows(DIGITS.len()).any(|window| window == DIGITS.as_bytes());
        assert!(!left, "{} knows where somebody was", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_network_a_share_is_ended_as_if_it_had_never_been() {
    let (server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    let client = phone(&server, folder.path()).await;
    let thread = client.start_conversation(None).await.unwrap();
    let message = thread.share_live_place(ShareFor::WorkingDay).await.unwrap();
    feed(&client, 7.1).await;
    thread.end_live_place(message).await.unwrap();
    assert_eq!(code(thread.message(message).await), ErrorCode::NotFound);
    assert!(client.live_shares().await.unwrap().is_empty());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_did_not_switch_it_on_shares_nothing() {
    let (server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    let client = phone_at(&server.url(), &server, folder.path()).await;
    client.sign_in(user(&server, "ana")).await.unwrap();
    let thread = client.start_conversation(None).await.unwrap();
    assert_eq!(code(thread.share_live_place(ShareFor::Hour).await), ErrorCode::SwitchedOff);
    let here = Point { latitude: 46.9, longitude: 7.4, accuracy_m: None };
    assert_eq!(code(client.move_live_place(here, None).await), ErrorCode::SwitchedOff);
    assert!(thread.timeline().messages().await.unwrap().is_empty());
    client.close().await;
}
