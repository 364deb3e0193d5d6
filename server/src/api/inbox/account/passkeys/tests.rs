use serde_json::{Value, json};
use tidings_store::audit::By;
use tidings_store::second_factors::{RequireSecondFactor, Required};

use crate::auth::agent::ATTEMPT;
use crate::auth::webauthn::soft::{SoftKey, client_data};
use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Answer, Harness};

const PATH: &str = "/inbox/v1/account/passkeys";
const RP_ID: &str = "support.example.com";
const ORIGIN: &str = "https://support.example.com";

async fn start() -> Harness {
    Harness::start_with(|config| {
        config.public_url = Some(ORIGIN.to_owned().try_into().unwrap());
    })
    .await
}

/// Asks for a challenge to make a passkey; answers it and the handle.
async fn begin(harness: &Harness, cookie: &str) -> (String, String) {
    let answer = harness.post(&format!("{PATH}/challenge"), &Value::Null).cookie(cookie).same_origin().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
    assert_eq!(text("rp_id"), RP_ID);
    (text("challenge"), text("user_handle"))
}

async fn add(harness: &Harness, cookie: &str, key: &SoftKey) -> (Value, String) {
    let (challenge, handle) = begin(harness, cookie).await;
    let body = key.made(RP_ID, &client_data("webauthn.create", &challenge, ORIGIN));
    let answer = harness.post(PATH, &body).cookie(cookie).same_origin().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    (answer.json(), handle)
}

/// Asks for a challenge to sign in; answers it and the cookie of the attempt.
async fn attempt(harness: &Harness) -> (String, String) {
    let answer = harness.post("/inbox/v1/session/passkey/challenge", &Value::Null).same_origin().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["allowed"], json!([]), "who could sign in is not told");
    let cookie = answer.header("set-cookie");
    for attribute in ["Secure", "HttpOnly", "SameSite=Strict", "Max-Age=900"] {
        assert!(cookie.split("; ").any(|one| one == attribute), "{attribute} in {cookie}");
    }
    let token = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    (answer.json()["challenge"].as_str().unwrap().to_owned(), token)
}

async fn show(harness: &Harness, attempt: &str, body: &Value) -> Answer {
    let cookie = format!("{ATTEMPT}={attempt}");
    harness.post("/inbox/v1/session/passkey", body).header("cookie", &cookie).same_origin().await
}

async fn sign_in(harness: &Harness, key: &mut SoftKey, handle: &str) -> Answer {
    let (challenge, attempt) = attempt(harness).await;
    let body = key.shown(RP_ID, &client_data("webauthn.get", &challenge, ORIGIN), Some(handle));
    show(harness, &attempt, &body).await
}

fn session(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.header("set-cookie").split(['=', ';']).nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_passkey_is_made_named_signs_in_without_an_address_and_is_removed() {
    let harness = start().await;
    let cookie = harness.agent_cookie().await;
    let mut key = SoftKey::new(-7);
    let (made, handle) = add(&harness, &cookie, &key).await;
    assert_eq!((&made["name"], &made["works_here"]), (&json!("Laptop"), &json!(true)));
    assert!(made.get("last_used_at").is_none());
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let named =
        harness.put(&format!("{path}/name"), &json!({ "name": "Work" })).cookie(&cookie).same_origin();
    assert_eq!(named.await.status, 204);
    let own = session(&sign_in(&harness, &mut key, &handle).await);
    assert_eq!(harness.get("/inbox/v1/session").cookie(&own).await.json()["email"], AGENT_EMAIL);
    let list = harness.get(PATH).cookie(&own).await.json();
    assert_eq!(list["passkeys"][0]["name"], "Work");
    assert!(list["passkeys"][0]["last_used_at"].is_string());
    assert_eq!(harness.get("/inbox/v1/account").cookie(&own).await.json()["passkeys"], 1);
    assert_eq!(harness.delete(&path).cookie(&own).same_origin().await.status, 204);
    assert_eq!(sign_in(&harness, &mut key, &handle).await.code(), "passkey_unknown");
    let log = harness.get("/admin/v1/audit_log?limit=10").bearer(&harness.server_key).await.json();
    let acts: Vec<_> = log["entries"].as_array().unwrap().iter().map(|line| line["act"].clone()).collect();
    assert_eq!(acts[..3], ["passkey_removed", "agent_signed_in", "passkey_added"]);
    assert_eq!(log["entries"][1]["details"]["by"], "passkey");
}

#[tokio::test]
async fn a_challenge_serves_once_one_browser_one_purpose_and_five_minutes() {
    let harness = start().await;
    let cookie = harness.agent_cookie().await;
    let mut key = SoftKey::new(-8);
    let (_, handle) = add(&harness, &cookie, &key).await;
    let mut body =
        |challenge: &str| key.shown(RP_ID, &client_data("webauthn.get", challenge, ORIGIN), Some(&handle));
    let (challenge, own) = attempt(&harness).await;
    let (_, other) = attempt(&harness).await;
    assert_eq!(show(&harness, &other, &body(&challenge)).await.code(), "passkey_refused", "another browser");
    assert_eq!(show(&harness, &own, &body(&challenge)).await.status, 201);
    assert_eq!(show(&harness, &own, &body(&challenge)).await.code(), "passkey_refused", "used");
    assert_eq!(show(&harness, &own, &body("q83vEjRW")).await.code(), "passkey_refused", "not ours");
    let (challenge, own) = attempt(&harness).await;
    harness.hand.advance_ms(5 * 60_000);
    assert_eq!(show(&harness, &own, &body(&challenge)).await.code(), "passkey_refused", "too old");
    let (of_registration, _) = begin(&harness, &harness.agent_cookie().await).await;
    let (_, own) = attempt(&harness).await;
    assert_eq!(
        show(&harness, &own, &body(&of_registration)).await.code(),
        "passkey_refused",
        "another purpose"
    );
    let (challenge, own) = attempt(&harness).await;
    let mut broken = body(&challenge);
    broken["signature"] = json!("AAAA");
    assert_eq!(show(&harness, &own, &broken).await.code(), "passkey_refused");
    assert_eq!(
        show(&harness, &own, &body(&challenge)).await.code(),
        "passkey_refused",
        "there is no second try"
    );
    let without = harness.post("/inbox/v1/session/passkey", &body(&challenge)).same_origin().await;
    assert_eq!(without.code(), "passkey_refused");
}

#[tokio::test]
async fn a_passkey_is_kept_for_whoever_asked_only() {
    let harness = start().await;
    let (mine, other) = (harness.agent_cookie().await, harness.agent_of_another_team().await);
    let key = SoftKey::new(-7);
    let (challenge, _) = begin(&harness, &mine).await;
    let body = key.made(RP_ID, &client_data("webauthn.create", &challenge, ORIGIN));
    let stolen = harness.post(PATH, &body).cookie(&other).same_origin().await;
    assert_eq!((stolen.status, stolen.code().as_str()), (401, "passkey_refused"));
    let (made, _) = add(&harness, &mine, &key).await;
    let (challenge, _) = begin(&harness, &other).await;
    let again = key.made(RP_ID, &client_data("webauthn.create", &challenge, ORIGIN));
    assert_eq!(harness.post(PATH, &again).cookie(&other).same_origin().await.code(), "already_exists");
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(harness.delete(&path).cookie(&other).same_origin().await.code(), "not_found");
    let named = harness.put(&format!("{path}/name"), &json!({ "name": "Mine" })).cookie(&other).same_origin();
    assert_eq!(named.await.code(), "not_found");
}

#[tokio::test]
async fn who_shows_anothers_handle_or_none_is_refused() {
    let harness = start().await;
    let cookie = harness.agent_cookie().await;
    let mut key = SoftKey::new(-7);
    let (_, handle) = add(&harness, &cookie, &key).await;
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(sign_in(&harness, &mut key, wrong).await.code(), "passkey_refused");
    let (challenge, attempt) = attempt(&harness).await;
    let without = key.shown(RP_ID, &client_data("webauthn.get", &challenge, ORIGIN), None);
    assert_eq!(show(&harness, &attempt, &without).await.code(), "passkey_refused");
    assert_eq!(sign_in(&harness, &mut key, &handle).await.status, 201);
    key.count = 0;
    assert_eq!(sign_in(&harness, &mut key, &handle).await.code(), "passkey_refused", "its counter went back");
}

#[tokio::test]
async fn a_passkey_proves_again_who_somebody_is() {
    let harness = start().await;
    let cookie = harness.agent_cookie().await;
    let challenge_path = "/inbox/v1/session/proof/challenge";
    let none = harness.post(challenge_path, &Value::Null).cookie(&cookie).same_origin().await;
    assert_eq!(none.code(), "not_found");
    let mut key = SoftKey::new(-7);
    let (made, _) = add(&harness, &cookie, &key).await;
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    harness.hand.advance_ms(11 * 60_000);
    assert_eq!(harness.delete(&path).cookie(&cookie).same_origin().await.code(), "proof_needed");
    let begun = harness.post(&format!("{PATH}/challenge"), &Value::Null).cookie(&cookie).same_origin().await;
    assert_eq!(begun.code(), "proof_needed", "to add one, too");
    let answer = harness.post(challenge_path, &Value::Null).cookie(&cookie).same_origin().await.json();
    assert_eq!(answer["allowed"][0]["transports"], json!(["internal"]));
    let json = client_data("webauthn.get", answer["challenge"].as_str().unwrap(), ORIGIN);
    let body = json!({ "passkey": key.shown(RP_ID, &json, None) });
    let other = harness.session_of(harness.agent_id).await;
    let prove = |cookie: &str| harness.post("/inbox/v1/session/proof", &body).cookie(cookie).same_origin();
    assert_eq!(prove(&other).await.code(), "passkey_refused", "it was asked of another session");
    assert_eq!(prove(&cookie).await.status, 204);
    assert_eq!(prove(&cookie).await.code(), "passkey_refused");
    assert_eq!(harness.delete(&path).cookie(&cookie).same_origin().await.status, 204);
}

#[tokio::test]
async fn where_a_second_factor_is_demanded_a_passkey_is_one() {
    let harness = start().await;
    let cookie = harness.agent_cookie().await;
    let (workspace_id, by) = (harness.workspace_id, By::command_line(harness.app.clock.now()));
    let required = Required::Yes;
    harness.app.db.write(RequireSecondFactor { workspace_id, required, by }).await.unwrap();
    let bootstrap = async || harness.get("/inbox/v1/bootstrap").cookie(&cookie).await;
    assert_eq!(bootstrap().await.code(), "second_factor_required");
    let mut key = SoftKey::new(-7);
    let (made, handle) = add(&harness, &cookie, &key).await;
    assert_eq!(bootstrap().await.status, 200);
    let sign_in_with = |password: &str| {
        let body = json!({ "email": AGENT_EMAIL, "password": password });
        harness.post("/inbox/v1/session", &body).same_origin()
    };
    assert_eq!(sign_in_with("wrong").await.code(), "wrong_credentials", "that is told after the password");
    assert_eq!(sign_in_with(AGENT_PASSWORD).await.code(), "passkey_needed");
    assert_eq!(sign_in(&harness, &mut key, &handle).await.status, 201);
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(harness.delete(&path).cookie(&cookie).same_origin().await.code(), "forbidden", "the last");
    let (second, _) = add(&harness, &cookie, &SoftKey::new(-8)).await;
    assert_eq!(harness.delete(&path).cookie(&cookie).same_origin().await.status, 204);
    assert!(second["id"].is_string());
    let reset = format!("/admin/v1/agents/{}/second_factor", harness.agent_id);
    assert_eq!(harness.delete(&reset).bearer(&harness.server_key).await.status, 204);
    assert_eq!(harness.get("/inbox/v1/session").cookie(&cookie).await.code(), "unauthenticated");
    assert_eq!(sign_in_with(AGENT_PASSWORD).await.status, 201, "to set another up");
}

#[tokio::test]
async fn a_server_without_a_name_says_what_it_lacks() {
    let harness = Harness::start().await;
    let cookie = harness.agent_cookie().await;
    assert_eq!(harness.get(PATH).cookie(&cookie).await.json()["can_add"], false);
    let begun = harness.post(&format!("{PATH}/challenge"), &Value::Null).cookie(&cookie).same_origin().await;
    assert_eq!((begun.status, begun.code().as_str()), (422, "passkeys_unavailable"));
    let asked = harness.post("/inbox/v1/session/passkey/challenge", &Value::Null).same_origin().await;
    assert_eq!(asked.code(), "passkeys_unavailable");
    let foreign = harness.post("/inbox/v1/session/passkey/challenge", &Value::Null).await;
    assert_eq!(foreign.code(), "forbidden", "a page of somebody else asks");
}
