//! Refusals over the wire, each to its verdict.

use serde_json::Value;
use tidings_server::clock::Clock;
use tidings_server::push::verdict::{Renewal, Verdict};
use tidings_standins::Reply;

use crate::{ANDROID, DEVICE, Stand, apns_push, fcm_push};

#[tokio::test]
async fn each_refusal_of_apns_arrives_as_its_verdict() {
    let stand = Stand::start().await;
    let apns = stand.apns_client();
    for (status, reason, outcome) in [
        (400, "BadDeviceToken", "token_suspect"),
        (400, "DeviceTokenNotForTopic", "token_suspect"),
        (400, "TopicDisallowed", "credential"),
        (400, "PayloadEmpty", "rejected"),
        (403, "Forbidden", "credential"),
        (403, "InvalidProviderToken", "credential"),
        (410, "Unregistered", "token_dead"),
        (410, "ExpiredToken", "token_dead"),
        (413, "PayloadTooLarge", "rejected"),
        (429, "TooManyRequests", "later"),
        (500, "InternalServerError", "later"),
        (503, "Shutdown", "later"),
    ] {
        stand.apns.reply(DEVICE, Reply::refuse(status, reason).times(1));
        let verdict = apns.send(apns_push(1)).await;
        assert_eq!((verdict.outcome(), verdict.detail()), (outcome, reason));
    }
    assert!(stand.apns.received().is_empty());
    assert_eq!(stand.apns.connections(), 1);
}

#[tokio::test]
async fn each_error_of_fcm_arrives_as_its_verdict() {
    let stand = Stand::start().await;
    let fcm = stand.fcm_client();
    for (status, code, outcome) in [
        (404, "UNREGISTERED", "token_dead"),
        (400, "INVALID_ARGUMENT", "token_dead"),
        (403, "SENDER_ID_MISMATCH", "token_suspect"),
        (401, "THIRD_PARTY_AUTH_ERROR", "credential"),
        (429, "QUOTA_EXCEEDED", "later"),
        (500, "INTERNAL", "later"),
        (503, "UNAVAILABLE", "later"),
    ] {
        stand.fcm.reply(ANDROID, Reply::refuse(status, code).times(1));
        let verdict = fcm.send(fcm_push(1)).await;
        assert_eq!((verdict.outcome(), verdict.detail()), (outcome, code));
    }
    assert!(stand.fcm.received().is_empty());
}

#[tokio::test]
async fn the_time_since_which_a_token_is_dead_and_the_pause_arrive() {
    let stand = Stand::start().await;
    let apns = stand.apns_client();
    stand.apns.reply(DEVICE, Reply::refuse(410, "Unregistered").timestamp(1_795_000_000_123).times(1));
    stand.apns.reply(DEVICE, Reply::refuse(503, "ServiceUnavailable").retry_after("77").times(1));
    let Verdict::TokenDead { since: Some(since), .. } = apns.send(apns_push(1)).await else { panic!() };
    assert_eq!(since.unix_ms(), 1_795_000_000_123);
    let Verdict::Later { after: Some(after), .. } = apns.send(apns_push(1)).await else { panic!() };
    assert_eq!(after.as_secs(), 77);
}

#[tokio::test]
async fn what_the_services_check_themselves_is_refused_too() {
    let stand = Stand::start().await;
    let apns = stand.apns_client();
    let mut large = apns_push(1);
    large.body = serde_json::json!({ "aps": {}, "x": "x".repeat(4096) }).to_string();
    assert_eq!(apns.send(large).await, Verdict::Rejected { reason: "PayloadTooLarge".to_owned() });
    let mut odd = apns_push(1);
    odd.token = "not-hexadecimal";
    assert_eq!(apns.send(odd).await, Verdict::TokenSuspect { reason: "BadDeviceToken".to_owned() });
    let mut hostile = apns_push(1);
    hostile.token = "00/../../3/device/11?x=";
    assert_eq!(apns.send(hostile).await, Verdict::TokenSuspect { reason: "BadDeviceToken".to_owned() });
    let mut reserved = fcm_push(1);
    reserved.data.insert("from".to_owned(), "me".into());
    assert_eq!(stand.fcm_client().send(reserved).await.outcome(), "rejected");
}

#[tokio::test]
async fn a_wrong_key_team_or_topic_is_the_credential_s_fault() {
    let (stand, other) = (Stand::start().await, Stand::start().await);
    let mut wrong_key = stand.apns_credential();
    wrong_key.private_key_pem = other.apns.private_key_pem().to_owned();
    let mut wrong_team = stand.apns_credential();
    wrong_team.team_id = "TEAM999999".try_into().unwrap();
    let mut wrong_topic = stand.apns_credential();
    wrong_topic.topic = "com.example.other".try_into().unwrap();
    for (credential, reason) in [
        (wrong_key, "InvalidProviderToken"),
        (wrong_team, "InvalidProviderToken"),
        (wrong_topic, "TopicDisallowed"),
    ] {
        let verdict = stand.apns_client_of(&credential, Clock::system()).send(apns_push(1)).await;
        let reason = reason.to_owned();
        assert_eq!(verdict, Verdict::Credential { reason, renewal: Renewal::Useless });
    }
}

#[tokio::test]
async fn a_wrong_service_account_is_asked_about_once_and_blames_no_token() {
    let stand = Stand::start().await;
    let mut credential = stand.fcm_credential();
    credential.service_account["client_email"] = Value::from("other@example-app.iam.gserviceaccount.com");
    let fcm = stand.fcm_client_of(&credential, Clock::system());
    for _ in 0..20 {
        let verdict = fcm.send(fcm_push(1)).await;
        assert_eq!((verdict.outcome(), verdict.detail()), ("credential", "access token: 400 invalid_grant"));
    }
    assert_eq!(stand.fcm.grants(), 1);
    credential = stand.fcm_credential();
    credential.service_account["project_id"] = Value::from("another-app");
    let verdict = stand.fcm_client_of(&credential, Clock::system()).send(fcm_push(1)).await;
    assert_eq!((verdict.outcome(), verdict.detail()), ("credential", "NOT_FOUND"));
}
