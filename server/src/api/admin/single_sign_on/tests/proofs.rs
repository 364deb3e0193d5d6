//! What a sign-in at the provider proves.

use serde_json::{Value, json};
use tidings_standins::{Mischief, Person};

use super::{Scene, returned, session};
use crate::testing::AGENT_EMAIL;

#[tokio::test]
async fn a_silent_sign_in_proves_nothing() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    scene.set(|_| {}).await;
    // The stand-in let them through; it looked an hour ago who it is.
    let cookie = session(&scene.sign_in(Person::of(AGENT_EMAIL)).await);
    let remove = harness.delete("/inbox/v1/account/second_factor").cookie(&cookie).same_origin().await;
    assert_eq!(remove.code(), "proof_needed");
    assert_eq!(harness.get("/inbox/v1/account").cookie(&cookie).await.json()["provider"]["proves"], true);
}

#[tokio::test]
async fn who_has_nothing_but_a_provider_that_says_no_time_makes_a_first_passkey() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    scene.oidc.misbehave(Some(Mischief::NoTime));
    scene.set(|body| body["new_agents"] = json!({ "role": "agent" })).await;
    let new = session(&scene.sign_in(Person::of("max@example.org")).await);
    let account = harness.get("/inbox/v1/account").cookie(&new).await.json();
    assert_eq!((&account["has_password"], &account["provider"]["proves"]), (&json!(false), &json!(false)));
    let add = |cookie: &str| {
        harness.post("/inbox/v1/account/passkeys/challenge", &Value::Null).cookie(cookie).same_origin()
    };
    assert_eq!(add(&new).await.status, 200);
    let old = session(&scene.sign_in(Person::of(AGENT_EMAIL)).await);
    assert_eq!(add(&old).await.code(), "proof_needed", "who has a password shows it");
    let path = "/inbox/v1/session/proof/address";
    let begun = harness.post(path, &Value::Null).cookie(&new).same_origin().await.json();
    let back = scene.oidc.sign_in(begun["address"].as_str().unwrap(), Person::of("max@example.org")).unwrap();
    let body = json!({ "provider": returned(&back) });
    let proof = harness.post("/inbox/v1/session/proof", &body).cookie(&new).same_origin().await;
    assert!(proof.json()["detail"].as_str().unwrap().contains("does not say when"), "{}", proof.text());
    scene.pass(10 * 60_000);
    assert_eq!(add(&new).await.code(), "proof_needed", "it is a while since");
}

#[tokio::test]
async fn a_sign_in_is_no_proof_and_a_proof_no_sign_in() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    scene.set(|_| {}).await;
    let cookie = session(&scene.sign_in(Person::of(AGENT_EMAIL)).await);
    let prove = async |back: &str, cookie: &str| {
        let body = json!({ "provider": returned(back) });
        harness.post("/inbox/v1/session/proof", &body).cookie(cookie).same_origin().await
    };
    let begin_proof = async |cookie: &str| {
        let path = "/inbox/v1/session/proof/address";
        let begun = harness.post(path, &Value::Null).cookie(cookie).same_origin().await.json();
        scene.oidc.sign_in(begun["address"].as_str().unwrap(), Person::of(AGENT_EMAIL)).unwrap()
    };
    let (address, attempt) = scene.begin().await;
    let signed_in = scene.oidc.sign_in(&address, Person::of(AGENT_EMAIL)).unwrap();
    assert_eq!(prove(&signed_in, &cookie).await.code(), "provider_refused");
    let proof = begin_proof(&cookie).await;
    assert_eq!(scene.finish(&proof, &attempt).await.code(), "provider_refused");
    let other = session(&scene.sign_in(Person::of(AGENT_EMAIL)).await);
    let proof = begin_proof(&cookie).await;
    assert_eq!(prove(&proof, &other).await.code(), "provider_refused", "another session");
    let connecting = harness.post("/inbox/v1/account/provider", &returned(&begin_proof(&cookie).await));
    assert_eq!(connecting.cookie(&cookie).same_origin().await.code(), "provider_refused");
    assert_eq!(prove(&begin_proof(&cookie).await, &cookie).await.status, 204);
}

#[tokio::test]
async fn a_proof_takes_a_fresh_sign_in_of_the_same_person() {
    let scene = Scene::start().await;
    scene.set(|_| {}).await;
    let cookie = session(&scene.sign_in(Person::of(AGENT_EMAIL)).await);
    scene.pass(11 * 60_000);
    let harness = &scene.harness;
    let address = async || {
        let path = "/inbox/v1/session/proof/address";
        let answer = harness.post(path, &Value::Null).cookie(&cookie).same_origin().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["address"].as_str().unwrap().to_owned()
    };
    let prove = async |person: Person| {
        let back = scene.oidc.sign_in(&address().await, person).unwrap();
        let body = json!({ "provider": returned(&back) });
        harness.post("/inbox/v1/session/proof", &body).cookie(&cookie).same_origin().await
    };
    let asked = address().await;
    assert!(asked.contains("prompt=login") && asked.contains("max_age=0"), "{asked}");
    let remove = || harness.delete("/inbox/v1/account/second_factor").cookie(&cookie).same_origin();
    assert_eq!(remove().await.code(), "proof_needed");
    assert_eq!(prove(Person::of("somebody@example.org")).await.code(), "provider_refused");
    scene.oidc.misbehave(Some(Mischief::NotAskedAgain));
    let stale = prove(Person::of(AGENT_EMAIL)).await;
    assert!(stale.json()["detail"].as_str().unwrap().contains("auth_time"), "{}", stale.text());
    scene.oidc.misbehave(None);
    assert_eq!(remove().await.code(), "proof_needed");
    assert_eq!(prove(Person::of(AGENT_EMAIL)).await.status, 204);
    assert_eq!(remove().await.status, 204);
}
