//! Whatever happens on the way, in the end the phone shows what the server has, and the server has what was written: each
//! message once, in the order of writing.

use std::time::Duration;

use proptest::prelude::*;
use tidings_sdk_core::{Author, Client, Network, SyncState, User, Visibility};

use crate::server::{Fault, Server};
use crate::{folder, phone, until};

/// Something that happens to a phone, its network or its server.
#[derive(Debug, Clone)]
enum Step {
    Write,
    Reply,
    Read,
    Fault(&'static str, Fault),
    Plug(bool),
    Network(Network),
    Visibility(Visibility),
    /// The process dies and starts again.
    Die,
    Revoke,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        Just(Fault::Lost),
        Just(Fault::AnswerLost),
        Just(Fault::Portal),
        Just(Fault::Problem(503, "unavailable")),
        Just(Fault::Problem(429, "rate_limited")),
    ];
    let whom = prop_oneof![
        Just("POST /app/v1/conversations"),
        Just("POST /app/v1/sessions"),
        Just("GET /app/v1/changes"),
        Just("GET /app/v1/bootstrap"),
        Just("PUT /app/v1/conversations"),
    ];
    prop_oneof![
        6 => Just(Step::Write),
        3 => Just(Step::Reply),
        1 => Just(Step::Read),
        3 => (whom, fault).prop_map(|(whom, fault)| Step::Fault(whom, fault)),
        2 => any::<bool>().prop_map(Step::Plug),
        1 => prop_oneof![Just(Network::Available), Just(Network::Unavailable)].prop_map(Step::Network),
        1 => prop_oneof![Just(Visibility::Foreground), Just(Visibility::Background)].prop_map(Step::Visibility),
        1 => Just(Step::Die),
        1 => Just(Step::Revoke),
        4 => (0_u64..8_000).prop_map(Step::Pass),
    ]
}

async fn start(server: &Server, folder: &std::path::Path) -> Client {
    let client = phone(server, folder).await;
    // Anonymous: nobody is asked for a token on the listeners' thread, which virtual time would run away from.
    client.sign_in(User::Anonymous).await.unwrap();
    client.set_visibility(Visibility::Foreground);
    client
}

async fn live_through(steps: Vec<Step>) {
    let (server, folder) = (Server::new(), folder());
    let mut client = start(&server, folder.path()).await;
    let mut thread = client.start_conversation(None).await.unwrap();
    let mut written = Vec::new();
    for step in steps {
        match step {
            Step::Write => {
                let text = format!("message {}", written.len());
                thread.send_text(text.clone()).await.unwrap();
                written.push(text);
            }
            Step::Reply => server.reply_to_anybody(thread.id(), "reply"),
            Step::Read => thread.mark_read().await.unwrap(),
            Step::Fault(whom, fault) => server.fail(whom, fault),
            Step::Plug(online) => server.set_online(online),
            Step::Network(network) => client.set_network(network),
            Step::Visibility(visibility) => client.set_visibility(visibility),
            Step::Die => {
                let id = thread.id();
                drop((thread, client));
                client = start(&server, folder.path()).await;
                thread = client.conversation(id).unwrap();
            }
            Step::Revoke => server.revoke(),
            Step::Pass(time) => tokio::time::sleep(Duration::from_millis(time)).await,
        }
    }
    server.set_online(true);
    client.set_network(Network::Available);
    client.set_visibility(Visibility::Foreground);
    let timeline = thread.timeline();
    let _subscription = timeline.observe(|_| {});
    until("the phone shows what the server has, and nothing waits", || async {
        let shown = timeline.messages().await.unwrap();
        let texts: Vec<_> = shown.iter().map(tidings_sdk_core::MessageItem::text).collect();
        client.sync_state() == SyncState::Live
            && shown.iter().all(|item| item.seq.is_some())
            && texts == server.texts_of_anybody(thread.id())
            && shown.iter().filter(|item| item.author == Author::Me).count() == written.len()
    })
    .await;
    let stored = server.texts_of_anybody(thread.id());
    let own: Vec<_> = stored.into_iter().filter(|text| text != "reply").collect();
    assert_eq!(own, written, "once, and in order");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn phone_and_server_agree_in_the_end(steps in prop::collection::vec(step(), 0..40)) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(live_through(steps));
    }
}
