//! The provider as the only way in.

use serde_json::{Value, json};
use tidings_protocol::inbox::AgentRole;
use tidings_standins::Person;
use tidings_store::audit::By;
use tidings_store::single_sign_on::NameEmergency;

use super::{OWNER_EMAIL, PATH, Scene, session};
use crate::testing::AGENT_EMAIL;

#[tokio::test]
async fn where_the_provider_is_the_only_way_there_is_one_other_for_one_owner() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    let before = harness.agent_cookie().await;
    assert_eq!(scene.make_only().await.status, 200);
    assert_eq!(harness.get("/inbox/v1/session/ways").await.json()["only_provider"], true);
    assert_eq!(
        harness.get("/inbox/v1/session").cookie(&before).await.code(),
        "unauthenticated",
        "all go out"
    );
    assert_eq!(scene.by_password(AGENT_EMAIL).await.code(), "only_provider");
    let wrong = json!({ "email": AGENT_EMAIL, "password": "wrong" });
    let wrong = harness.post("/inbox/v1/session", &wrong).same_origin().await;
    assert_eq!(wrong.code(), "wrong_credentials");
    assert_eq!(scene.by_password(OWNER_EMAIL).await.status, 201);
    let invite = json!({ "email": "zoe@example.org", "role": "viewer" });
    let invited = harness.post("/admin/v1/invitations", &invite).bearer(&harness.server_key).await.json();
    let accept = json!({ "token": invited["token"], "name": "Zoé", "password": "correct horse" });
    let accepted = harness.post("/inbox/v1/invitation/accepted", &accept).same_origin().await;
    assert_eq!(accepted.code(), "only_provider");
    assert_eq!(scene.sign_in(Person::of("zoe@example.org")).await.json()["role"], "viewer");
    let cookie = harness.session_of(scene.owner).await;
    for (method, path) in [("role", json!({ "role": "admin" })), ("disabled", Value::Null)] {
        let path_of = format!("/inbox/v1/settings/agents/{}/{method}", scene.owner);
        let refused = harness.put(&path_of, &path).cookie(&cookie).same_origin().await;
        assert_eq!(refused.code(), "invalid_body", "{method}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("name another"), "{}", refused.text());
    }
    let vouched = session(&scene.sign_in(Person::of(AGENT_EMAIL)).await);
    assert_eq!(harness.delete(PATH).cookie(&cookie).same_origin().await.status, 204);
    assert_eq!(harness.get("/inbox/v1/session").cookie(&vouched).await.code(), "unauthenticated");
    assert_eq!(scene.by_password(AGENT_EMAIL).await.status, 201);
}

#[tokio::test]
async fn nobody_is_locked_out_by_making_it_the_only_way() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    scene.set(|_| {}).await;
    let only = |emergency: Value| {
        move |body: &mut Value| {
            body["only"] = json!(true);
            body["emergency_agent_id"] = emergency;
        }
    };
    assert_eq!(scene.set(only(Value::Null)).await.json()["pointer"], "/emergency_agent_id");
    let early = scene.set(only(json!(scene.owner))).await;
    assert_eq!(early.json()["pointer"], "/only", "whoever sets it has come in by it: {}", early.text());
    let cookie = harness.session_of(scene.owner).await;
    assert_eq!(scene.connect(&cookie, Person::of(OWNER_EMAIL)).await.status, 204);
    let agent = scene.set(only(json!(harness.agent_id))).await;
    assert_eq!(agent.json()["pointer"], "/emergency_agent_id", "no owner");
    let invite = json!({ "email": "zoe@example.org", "role": "owner" });
    let by_key = harness.post("/admin/v1/invitations", &invite).bearer(&harness.server_key).await;
    assert_eq!(by_key.code(), "forbidden", "any administrator makes a key");
    let invited = harness.post("/inbox/v1/settings/invitations", &invite).cookie(&cookie).same_origin().await;
    assert_eq!(invited.status, 201, "{}", invited.text());
    let zoe = scene.sign_in(Person::of("zoe@example.org")).await.json();
    let without = scene.set(only(zoe["id"].clone())).await;
    assert!(without.json()["detail"].as_str().unwrap().contains("password"), "{}", without.text());
    assert_eq!(scene.set(only(json!(scene.owner))).await.status, 200);
    let other_client = scene.set(|body| {
        only(json!(scene.owner))(body);
        body["client_id"] = json!("another");
    });
    assert_eq!(other_client.await.json()["pointer"], "/issuer", "first the others are let in");
    assert_eq!(scene.set(|body| body["client_id"] = json!("another")).await.status, 200);
}

#[tokio::test]
async fn somebody_with_a_shell_names_the_owner_and_changes_nothing_else() {
    let scene = Scene::start().await;
    let harness = &scene.harness;
    assert_eq!(scene.make_only().await.status, 200);
    harness.set_role(harness.agent_id, AgentRole::Owner).await;
    let name = |agent_id| NameEmergency {
        workspace_id: harness.workspace_id,
        agent_id,
        rp_id: None,
        by: By::command_line(harness.app.clock.now()),
    };
    harness.app.db.write(name(harness.agent_id)).await.unwrap();
    assert_eq!(scene.by_password(OWNER_EMAIL).await.code(), "only_provider");
    assert_eq!(scene.by_password(AGENT_EMAIL).await.status, 201);
    let cookie = harness.session_of(scene.owner).await;
    let said = harness.get(PATH).cookie(&cookie).await.json();
    assert_eq!(said["provider"]["domains"], json!(["example.org"]));
    assert_eq!(scene.sign_in(Person::of(OWNER_EMAIL)).await.status, 201, "the secret is still there");
    harness.set_role(scene.owner, AgentRole::Agent).await;
    assert!(harness.app.db.write(name(scene.owner)).await.is_err());
}

#[tokio::test]
async fn a_passkey_opens_nothing_where_the_provider_is_the_only_way() {
    use tidings_store::agent_sessions::{SignInAgent, Whereabouts};
    use tidings_store::agents::StartAgentSession;
    use tidings_store::passkeys::AddPasskey;
    use tidings_store::passkeys::{PasskeyUse, StoredPasskey};
    use tidings_store::second_factors::Factor;
    let scene = Scene::start().await;
    let harness = &scene.harness;
    let now = harness.app.clock.now();
    let id = tidings_protocol::id::PasskeyId::from_parts(1, [1; 10]);
    let passkey = StoredPasskey {
        id,
        name: crate::testing::name("Laptop"),
        credential_id: vec![1],
        rp_id: "support.example.com".to_owned(),
        public_key: vec![1],
        sign_count: 0,
        backup_eligible: false,
        backed_up: false,
        transports: Vec::new(),
        created_at: now,
        last_used_at: None,
    };
    harness.app.db.write(AddPasskey { agent_id: harness.agent_id, passkey }).await.unwrap();
    let come = || {
        let start = StartAgentSession {
            agent_id: harness.agent_id,
            token_hash: harness.app.clock.random(),
            expires_at: now.plus_ms(60_000),
            now,
        };
        let factor = Factor::Passkey(PasskeyUse { id, sign_count: 0, backed_up: false });
        SignInAgent { start, factor, place: Whereabouts { address: "192.0.2.1".to_owned(), browser: None } }
    };
    assert!(harness.app.db.write(come()).await.unwrap());
    assert_eq!(scene.make_only().await.status, 200);
    let refused = harness.app.db.write(come()).await.unwrap_err();
    assert!(matches!(refused, tidings_store::Error::OnlyProvider), "{refused}");
}
