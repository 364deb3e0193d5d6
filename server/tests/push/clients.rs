//! The two clients: what they send, and how they treat tokens and connections.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tidings_protocol::time::Timestamp;
use tidings_server::clock::Clock;
use tidings_server::push::verdict::Verdict;
use tidings_standins::{Fault, Reply};

use crate::{ANDROID, DEVICE, Stand, apns_push, fcm_push, message_id};

fn is_accepted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted { .. })
}

#[tokio::test]
async fn apns_gets_every_header_and_answers_with_our_id() {
    let stand = Stand::start().await;
    let verdict = stand.apns_client().send(apns_push(1)).await;
    assert_eq!(verdict, Verdict::Accepted { provider_id: "01010101-0101-0101-0101-010101010101".to_owned() });
    let [push] = &stand.apns.received()[..] else { panic!() };
    assert_eq!(push.token, DEVICE);
    assert_eq!(push.topic, "com.example.app");
    assert_eq!((push.push_type.as_str(), push.priority), ("alert", 10));
    assert_eq!(push.expiration, 1_895_253_400);
    assert_eq!(push.collapse_id, Some(message_id(1).to_string()));
    assert_eq!(push.payload["aps"]["alert"]["body"], "New message");
}

#[tokio::test]
async fn fcm_gets_data_alone_with_high_priority() {
    let stand = Stand::start().await;
    let verdict = stand.fcm_client().send(fcm_push(1)).await;
    let [push] = &stand.fcm.received()[..] else { panic!("{verdict:?}") };
    assert_eq!(verdict, Verdict::Accepted { provider_id: push.name.clone() });
    assert_eq!(
        push.message,
        json!({
            "token": ANDROID,
            "data": { "tidings": "{\"v\":1}" },
            "android": { "priority": "HIGH", "ttl": "86400s" },
        })
    );
}

#[tokio::test]
async fn many_pushes_share_one_connection_and_one_token() {
    let stand = Stand::start().await;
    let (apns, fcm) = (stand.apns_client(), stand.fcm_client());
    for number in 0..50 {
        assert!(is_accepted(&apns.send(apns_push(number)).await));
        assert!(is_accepted(&fcm.send(fcm_push(number)).await));
    }
    let tokens = stand.apns.received().into_iter().map(|push| push.provider_token);
    assert_eq!(tokens.collect::<std::collections::HashSet<_>>().len(), 1);
    assert_eq!((stand.apns.connections(), stand.fcm.connections(), stand.fcm.grants()), (1, 1, 1));
}

#[tokio::test]
async fn a_cold_client_under_load_opens_one_connection_and_fetches_one_access_token() {
    let stand = Stand::start().await;
    let (apns, fcm) = (Arc::new(stand.apns_client()), Arc::new(stand.fcm_client()));
    let mut pushes = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (apns, fcm) = (apns.clone(), fcm.clone());
        pushes.spawn(async move {
            let mut verdict = apns.send(apns_push(number)).await;
            // A stream that came before the first was authorised is refused, and may come again at once.
            while matches!(verdict, Verdict::NotProcessed { .. }) {
                verdict = apns.send(apns_push(number)).await;
            }
            (verdict, fcm.send(fcm_push(number)).await)
        });
    }
    for (apns, fcm) in pushes.join_all().await {
        assert!(is_accepted(&apns) && is_accepted(&fcm), "{apns:?} {fcm:?}");
    }
    assert_eq!((stand.apns.received().len(), stand.fcm.received().len()), (100, 100));
    assert!(stand.apns.connections() <= 2 && stand.fcm.connections() <= 2);
    assert_eq!(stand.fcm.grants(), 1);
}

#[tokio::test]
async fn the_provider_token_changes_each_half_hour_and_survives_a_restart() {
    let start: Timestamp = "2026-11-21T09:31:00Z".parse().unwrap();
    let standin_clock = tidings_standins::Clock::manual(start.unix_ms());
    let stand = Stand::start_at(standin_clock.clone()).await;
    let (clock, hand) = Clock::manual(start);
    let credential = stand.apns_credential();
    // The stand-in, as Apple, refuses a second token within 20 minutes, so each of these shows that there was none.
    for minutes in [0, 28, 1, 29, 1] {
        hand.advance_ms(minutes * 60_000);
        standin_clock.set(clock.now().unix_ms());
        let restarted = stand.apns_client_of(&credential, clock.clone());
        let verdict = restarted.send(apns_push(1)).await;
        assert!(is_accepted(&verdict), "{} {verdict:?}", clock.now());
    }
    let issued = |token: &str| {
        use base64::Engine as _;
        let claims = token.split('.').nth(1).unwrap();
        let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
        serde_json::from_slice::<serde_json::Value>(&claims).unwrap()["iat"].as_i64().unwrap()
    };
    let issued: Vec<_> = stand.apns.received().iter().map(|push| issued(&push.provider_token)).collect();
    let half_hour = |number: i64| start.unix_ms() / 1000 - 60 + number * 1800;
    assert_eq!(issued, [half_hour(0), half_hour(0), half_hour(1), half_hour(1), half_hour(2)]);
}

#[tokio::test]
async fn an_access_token_that_was_revoked_is_replaced() {
    let stand = Stand::start().await;
    let fcm = stand.fcm_client();
    assert!(is_accepted(&fcm.send(fcm_push(1)).await));
    stand.fcm.revoke_access_tokens();
    assert_eq!(fcm.send(fcm_push(2)).await.outcome(), "credential");
    assert!(is_accepted(&fcm.send(fcm_push(2)).await));
    assert_eq!(stand.fcm.grants(), 2);
}

#[tokio::test]
async fn a_push_whose_answer_was_lost_is_ambiguous_and_one_that_was_refused_is_not() {
    let stand = Stand::start().await;
    let (apns, fcm) = (stand.apns_client(), stand.fcm_client());
    // One first: a connection's first stream stands alone.
    apns.send(apns_push(0)).await;
    fcm.send(fcm_push(0)).await;
    for (number, (fault, outcome)) in (1..).zip([
        (Fault::RefuseStream, "not_processed"),
        (Fault::Reset, "ambiguous"),
        (Fault::HangUp, "ambiguous"),
    ]) {
        stand.apns.reply(DEVICE, Reply::fault(fault).times(1));
        stand.fcm.reply(ANDROID, Reply::fault(fault).times(1));
        let before = (stand.apns.received().len(), stand.fcm.received().len());
        assert_eq!(apns.send(apns_push(number)).await.outcome(), outcome, "{fault:?}");
        assert_eq!(fcm.send(fcm_push(number)).await.outcome(), outcome, "{fault:?}");
        let taken = usize::from(outcome == "ambiguous");
        let after = (stand.apns.received().len(), stand.fcm.received().len());
        assert_eq!(after, (before.0 + taken, before.1 + taken), "{fault:?}");
        assert!(is_accepted(&apns.send(apns_push(number)).await), "{fault:?}");
        assert!(is_accepted(&fcm.send(fcm_push(number)).await), "{fault:?}");
    }
}

#[tokio::test]
async fn after_a_silence_the_next_push_takes_a_new_connection() {
    let stand = Stand::start().await;
    let apns = Arc::new(stand.apns_client());
    assert!(is_accepted(&apns.send(apns_push(1)).await));
    stand.apns.reply(DEVICE, Reply::fault(Fault::Silence).times(1));
    let silent = tokio::spawn({
        let apns = apns.clone();
        async move { apns.send(apns_push(2)).await }
    });
    stand.apns.wait_for(2).await;
    // Nothing is to happen now but the timeout: with paused time it happens at once.
    tokio::time::pause();
    let verdict = silent.await.unwrap();
    tokio::time::resume();
    assert_eq!((verdict.outcome(), verdict.detail()), ("ambiguous", "no answer: timeout after 20 s"));
    assert!(is_accepted(&apns.send(apns_push(3)).await));
    assert_eq!(stand.apns.connections(), 2);
}

#[tokio::test]
async fn goaway_costs_a_connection_and_no_push() {
    let stand = Stand::start().await;
    let apns = stand.apns_client();
    stand.apns.reply(DEVICE, Reply::fault(Fault::GoAway));
    let mut repeated = 0;
    for number in 0..20 {
        let mut verdict = apns.send(apns_push(number)).await;
        while matches!(verdict, Verdict::NotProcessed { .. }) {
            repeated += 1;
            verdict = apns.send(apns_push(number)).await;
        }
        assert!(is_accepted(&verdict), "{verdict:?}");
    }
    let ids: Vec<_> = stand.apns.received().into_iter().filter_map(|push| push.collapse_id).collect();
    assert_eq!(ids, (0..20).map(|number| message_id(number).to_string()).collect::<Vec<_>>());
    assert!(stand.apns.connections() > 1 && repeated <= 20);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_later_and_nothing_was_sent() {
    let stand = Stand::start().await;
    let credential = stand.apns_credential();
    let apns = stand.apns_client_of(&credential, Clock::system());
    let stand = Arc::into_inner(stand).unwrap();
    drop(stand.apns);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let verdict = apns.send(apns_push(1)).await;
    assert_eq!(verdict.outcome(), "later", "{verdict:?}");
    assert!(verdict.detail().starts_with("cannot connect"), "{verdict:?}");
}

#[tokio::test]
async fn a_server_that_our_authorities_do_not_vouch_for_is_not_talked_to() {
    let (stand, other) = (Stand::start().await, Stand::start().await);
    let mut config = stand.config.clone();
    config.extra_ca.clone_from(&other.config.extra_ca);
    let trust = tidings_server::push::net::Trust::load(config.extra_ca.as_deref()).unwrap();
    let request = http::Request::post(format!("{}/3/device/00", stand.apns.url()));
    let sent = tidings_server::push::net::Net::new(&trust)
        .send(request.body(http_body_util::Full::default()).unwrap())
        .await;
    let error = sent.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
    assert_eq!(stand.apns.connections(), 0);
}
