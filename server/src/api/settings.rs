//! `/inbox/v1/settings/…`: the admin API for who administers from the inbox, with their cookie in place of a server key.
//! It is the same handlers: a request is led to `/admin/v1/…`, and [`Backend`](crate::auth::key::Backend) sees by the
//! mark on it that an agent asks.

use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use tower::Service;

/// What stands before the path in the inbox.
pub const INBOX: &str = "/inbox/v1/settings/";
/// What stands there in the admin API.
pub const ADMIN: &str = "/admin/v1/";

/// Marks a request that came by way of the inbox.
#[derive(Debug, Clone, Copy)]
pub struct FromInbox;

/// Leads requests to the settings to the admin API; others pass.
#[derive(Clone)]
pub struct Lead<S>(pub S);

impl<S: Service<Request>> Service<Request> for Lead<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        if let Some(uri) = led(request.uri()) {
            *request.uri_mut() = uri;
            request.extensions_mut().insert(FromInbox);
        }
        self.0.call(request)
    }
}

fn led(uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(INBOX)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{ADMIN}{rest}")).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::inbox::AgentRole;

    use super::*;
    use crate::testing::Harness;

    #[test]
    fn only_the_settings_are_led_elsewhere() {
        let path = |path: &str| led(&path.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(path("/inbox/v1/settings/apps?x=1").as_deref(), Some("/admin/v1/apps?x=1"));
        for other in ["/inbox/v1/settings", "/inbox/v1/bootstrap", "/admin/v1/apps", "/"] {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn who_administers_does_it_from_the_inbox_and_stands_in_the_log() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let make = |cookie: &str| {
            harness.post("/inbox/v1/settings/apps", &json!({ "name": "Second" })).cookie(cookie).same_origin()
        };
        let refused = make(&cookie).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
        harness.set_role(harness.agent_id, AgentRole::Admin).await;
        let foreign = harness.post("/inbox/v1/settings/apps", &json!({ "name": "Second" })).cookie(&cookie);
        assert_eq!(foreign.await.code(), "forbidden", "another site caused it");
        assert_eq!(make(&cookie).await.status, 201);
        let log = harness.get("/inbox/v1/settings/audit_log?limit=1").cookie(&cookie).await.json();
        assert_eq!(log["entries"][0]["actor"]["id"], harness.agent_id.to_string());
        assert_eq!(log["entries"][0]["act"], "app_created");
        let with_a_key = harness.get("/inbox/v1/settings/apps").bearer(&harness.server_key).await;
        assert_eq!(with_a_key.code(), "unauthenticated");
        assert_eq!(harness.get("/admin/v1/apps").cookie(&cookie).await.code(), "unauthenticated");
    }

    #[tokio::test]
    async fn what_is_dangerous_wants_a_fresh_proof_from_an_agent_and_none_from_a_backend() {
        let harness = Harness::start().await;
        harness.set_role(harness.agent_id, AgentRole::Owner).await;
        let cookie = harness.agent_cookie().await;
        harness.hand.advance_ms(11 * 60_000);
        let body = json!({ "label": "warehouse" });
        let ask = || harness.post("/inbox/v1/settings/server_keys", &body).cookie(&cookie).same_origin();
        assert_eq!(ask().await.code(), "proof_needed");
        let proof = json!({ "password": crate::testing::AGENT_PASSWORD });
        harness.post("/inbox/v1/session/proof", &proof).cookie(&cookie).same_origin().await;
        let made = ask().await;
        assert_eq!(made.status, 201, "{}", made.text());
        let secret = made.json()["secret"].as_str().unwrap().to_owned();
        let keys = harness.get("/admin/v1/server_keys").bearer(&secret).await.json();
        assert_eq!(keys["keys"][0]["label"], "warehouse");
        let again = harness.post("/admin/v1/server_keys", &body).bearer(&secret).await;
        assert_eq!(again.status, 201);
    }
}
