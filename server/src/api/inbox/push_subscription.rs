//! `GET /inbox/v1/push/key`, `PUT` and `DELETE /inbox/v1/push/subscription`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::alerts::{AgentPushKey, PushSubscription};
use tidings_protocol::id::{DeviceId, WorkspaceId};
use tidings_protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_store::browsers::{KeepAgentPushKey, SubscribeBrowser, UnsubscribeBrowser};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::push::seal::Seals;
use crate::push::web::{InvalidSubscription, StoredVapid, check};
use crate::request::Body;

/// The key with which browsers of this workspace's agents subscribe to Web Push; made when it is asked for first.
#[utoipa::path(
    get, path = "/inbox/v1/push/key", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = AgentPushKey), Problems)
)]
pub(crate) async fn agent_push_key(
    State(app): State<App>,
    agent: Agent,
) -> Result<Json<AgentPushKey>, Problem> {
    let broken =
        |error: &dyn std::fmt::Display| Problem::internal("the agents' key for Web Push is broken", error);
    let workspace_id = agent.session.workspace_id;
    let stored = match app.db.agent_push_key(workspace_id).await? {
        Some(stored) => stored,
        None => make_key(&app, workspace_id, agent.session.agent.email.as_str()).await?,
    };
    let seals = Seals::of(&app.config).map_err(|error| broken(&error))?;
    let text = seals.to_open().open(workspace_id, PushProvider::WebPush, &stored);
    let text = text.map_err(|error| broken(&error))?;
    let key: StoredVapid = serde_json::from_str(&text).map_err(|error| broken(&error))?;
    Ok(Json(AgentPushKey { public_key: key.public_key().map_err(|error| broken(&error))? }))
}

/// Makes the key of a workspace; of two who ask at once both get the same.
async fn make_key(app: &App, workspace_id: WorkspaceId, asker: &str) -> Result<String, Problem> {
    let broken = |error: &dyn std::fmt::Display| {
        Problem::internal("the agents' key for Web Push could not be made", error)
    };
    // Whom a push service may write to when something is wrong (RFC 8292, section 2.1).
    let contact = match app.config.public_url.as_ref().map(crate::config::PublicUrl::origin) {
        Some(origin) if origin.starts_with("https://") => origin.to_owned(),
        _ => {
            let admin = app.db.first_admin(workspace_id).await?;
            format!("mailto:{}", admin.as_deref().unwrap_or(asker))
        }
    };
    let key = StoredVapid::generate(&contact).map_err(|error| broken(&error))?;
    let text = serde_json::to_string(&key).map_err(|error| broken(&error))?;
    let seal = Seals::of(&app.config).and_then(|seals| seals.to_seal(&app.clock));
    let seal = seal.map_err(|error| broken(&error))?;
    let config = seal.seal(workspace_id, PushProvider::WebPush, &text, &app.clock);
    Ok(app.db.write(KeepAgentPushKey { workspace_id, config, now: app.clock.now() }).await?)
}

/// Says how the browser of this session is woken, in the place of what it said before.
#[utoipa::path(
    put, path = "/inbox/v1/push/subscription", tag = "inbox", security(("cookie" = [])),
    request_body = PushSubscription,
    responses((status = 204, description = "Kept until the session ends"), Problems)
)]
pub(crate) async fn subscribe_browser(
    State(app): State<App>,
    agent: Agent,
    Body(subscription): Body<PushSubscription>,
) -> Result<StatusCode, Problem> {
    let target = PushTarget {
        provider: PushProvider::WebPush,
        token: subscription.endpoint.clone(),
        environment: PushEnvironment::default(),
        keys: Some(subscription.keys.clone()),
    };
    check(&target, app.config.push.reach()).map_err(|error| {
        let at = if error == InvalidSubscription::Keys { "/keys" } else { "/endpoint" };
        Problem::invalid(at, error.to_string())
    })?;
    let now = app.clock.now();
    let id = DeviceId::from_parts(now.unix_ms().unsigned_abs(), app.clock.random());
    let (session, agent_id) = (agent.session.token_hash, agent.session.agent.id);
    app.db.write(SubscribeBrowser { id, session, agent_id, subscription, now }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The browser of this session is not to be woken any more.
#[utoipa::path(
    delete, path = "/inbox/v1/push/subscription", tag = "inbox", security(("cookie" = [])),
    responses((status = 204, description = "Forgotten"), Problems)
)]
pub(crate) async fn unsubscribe_browser(State(app): State<App>, agent: Agent) -> Result<StatusCode, Problem> {
    app.db.write(UnsubscribeBrowser { session: agent.session.token_hash }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::Harness;

    /// Keys as a browser gives them: a point begins with 4.
    fn keys() -> Value {
        let point = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, [4; 65]);
        let auth = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, [7; 16]);
        json!({ "p256dh": point, "auth": auth })
    }

    async fn browsers(harness: &Harness) -> usize {
        let (db, agent) = (&harness.app.db, harness.agent_id);
        db.agent_browsers(agent, harness.app.clock.now()).await.unwrap().len()
    }

    #[tokio::test]
    async fn the_key_is_made_once_and_is_a_point() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let key = || harness.get("/inbox/v1/push/key").cookie(&cookie);
        let first = key().await.json();
        assert_eq!(first, key().await.json());
        assert_eq!(first["public_key"].as_str().unwrap().len(), 87);
    }

    #[tokio::test]
    async fn a_browser_is_woken_until_its_session_ends() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let path = "/inbox/v1/push/subscription";
        let put = |cookie: &str, endpoint: &str| {
            let body = json!({ "endpoint": endpoint, "keys": keys(), "locale": "fr" });
            harness.put(path, &body).cookie(cookie).same_origin()
        };
        for endpoint in ["https://push.example.org/1", "https://push.example.org/2"] {
            assert_eq!(put(&cookie, endpoint).await.status, 204);
        }
        assert_eq!(browsers(&harness).await, 1, "a session is one browser");
        let other = harness.agent_cookie().await;
        put(&other, "https://push.example.org/3").await;
        assert_eq!(browsers(&harness).await, 2);
        // The same browser, signed in anew, takes its subscription along.
        put(&other, "https://push.example.org/2").await;
        assert_eq!(browsers(&harness).await, 1);
        put(&cookie, "https://push.example.org/4").await;
        assert_eq!(harness.delete(path).cookie(&cookie).same_origin().await.status, 204);
        assert_eq!(browsers(&harness).await, 1);
        harness.delete("/inbox/v1/session").cookie(&other).same_origin().await;
        assert_eq!(browsers(&harness).await, 0, "signed out");
    }

    #[tokio::test]
    async fn an_address_inside_and_keys_that_are_none_are_refused() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let put = async |endpoint: &str, keys: Value| {
            let body = json!({ "endpoint": endpoint, "keys": keys });
            let answer =
                harness.put("/inbox/v1/push/subscription", &body).cookie(&cookie).same_origin().await;
            answer.json()["pointer"].clone()
        };
        assert_eq!(put("https://127.0.0.1/1", keys()).await, "/endpoint");
        assert_eq!(put("http://push.example.org/1", keys()).await, "/endpoint");
        assert_eq!(put("https://push.example.org/1", json!({ "p256dh": "BA", "auth": "AA" })).await, "/keys");
    }

    #[tokio::test]
    async fn an_agent_has_at_most_sixteen_browsers() {
        let harness = Harness::start().await;
        for number in 0..18 {
            let cookie = harness.agent_cookie().await;
            let body = json!({ "endpoint": format!("https://push.example.org/{number}"), "keys": keys() });
            harness.put("/inbox/v1/push/subscription", &body).cookie(&cookie).same_origin().await;
        }
        assert_eq!(browsers(&harness).await, 16);
    }
}
