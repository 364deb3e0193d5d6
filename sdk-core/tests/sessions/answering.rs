//! Who answers, and how soon: told with each connection, kept for when there is none.

use std::sync::{Arc, Mutex};

use tidings_sdk_core::protocol::time::Timestamp;
use tidings_sdk_core::{Answering, SignOut, SyncState};

use crate::server::Server;
use crate::{folder, live, signed_in, until};

#[tokio::test(start_paused = true)]
async fn what_may_be_expected_is_told_again_with_each_connection_and_kept_between() {
    let (server, folder) = (Server::new(), folder());
    let expected = Answering {
        usually_within_s: Some(2_700),
        back_at: Some(Timestamp::from_unix_ms(1_795_253_400_000)),
        names: vec!["Jonas".try_into().unwrap()],
    };
    let client = signed_in(&server, folder.path(), "ana").await;
    assert_eq!(client.answering().await.unwrap(), Answering::default(), "nothing is known");
    let told: Arc<Mutex<Vec<Answering>>> = Arc::default();
    let log = Arc::clone(&told);
    let _watch = client.observe_answering(move |answering| log.lock().unwrap().push(answering));
    server.set_answering(expected.clone());
    for _ in 0..3 {
        server.set_online(false);
        until("gone", || async { client.sync_state() != SyncState::Live }).await;
        server.set_online(true);
        live(&client).await;
        until("told", || async { client.answering().await.unwrap() == expected }).await;
    }
    until("seen", || async { told.lock().unwrap().len() >= 2 }).await;
    assert_eq!(*told.lock().unwrap(), [Answering::default(), expected.clone()], "a repetition is no news");
    drop(client);
    server.set_online(false);
    let client = signed_in(&server, folder.path(), "ana").await;
    assert_eq!(client.answering().await.unwrap(), expected, "without a network");
    client.sign_out(SignOut::Erase).await.unwrap();
    assert_eq!(
        client.answering().await.unwrap(),
        Answering::default(),
        "it is the user's, and goes with them"
    );
}
