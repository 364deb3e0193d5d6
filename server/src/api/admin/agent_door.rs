//! `DELETE /admin/v1/agents/{id}/identity` and `POST /admin/v1/agents/{id}/password_link`: whoever administers helps an agent who
//! cannot come in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::{AgentId, InvitationId};
use tidings_protocol::limits;
use tidings_protocol::staff::NewInvitation;
use tidings_store::invitations::LinkPassword;
use tidings_store::single_sign_on::UnbindIdentity;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::auth::{new_token, token_hash};
use crate::problem::Problem;
use crate::request::Path;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Forgets who an agent is at the company's identity provider, and ends the sessions that were begun there: for who got another
/// account. Only owners do it to owners, and not with a server key.
#[utoipa::path(
    delete, path = "/admin/v1/agents/{id}/identity", tag = "admin", security(("server_key" = [])),
    params(("id" = AgentId, Path)), responses((status = 204, description = "Forgotten"), Problems)
)]
pub(crate) async fn unbind_identity(
    State(app): State<App>,
    backend: Backend,
    Path(agent_id): Path<AgentId>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    backend.over(&app, agent_id).await?;
    app.db.write(UnbindIdentity { workspace_id, agent_id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link with which an agent sets a password, once and for a day: they have forgotten theirs, or never had one. Only owners
/// do it for owners, and not with a server key.
#[utoipa::path(
    post, path = "/admin/v1/agents/{id}/password_link", tag = "admin", security(("server_key" = [])),
    params(("id" = AgentId, Path)), responses((status = 201, body = NewInvitation), Problems)
)]
pub(crate) async fn password_link(
    State(app): State<App>,
    backend: Backend,
    Path(agent_id): Path<AgentId>,
) -> Result<(StatusCode, Json<NewInvitation>), Problem> {
    backend.over(&app, agent_id).await?;
    let (token, by) = (new_token(&app.clock, ""), backend.by(&app));
    let command = LinkPassword {
        workspace_id: backend.workspace_id,
        agent_id,
        id: InvitationId::from_parts(app.clock.unix_ms(), app.clock.random()),
        token_hash: token_hash(&token),
        expires_at: by.at.plus_ms(limits::PASSWORD_LINK_HOURS * HOUR_MS),
        by,
    };
    let invitation = app.db.write(command).await?;
    Ok((StatusCode::CREATED, Json(NewInvitation { invitation, token })))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::id::AgentId;
    use tidings_protocol::inbox::AgentRole;

    use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Harness};

    async fn link(harness: &Harness) -> String {
        let path = format!("/admin/v1/agents/{}/password_link", harness.agent_id);
        let made = harness.post(&path, &Value::Null).bearer(&harness.server_key).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.json()["invitation"]["agent_id"], harness.agent_id.to_string());
        made.json()["token"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_link_sets_a_password_once_within_a_day_and_ends_the_sessions() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let (old, token) = (link(&harness).await, link(&harness).await);
        let show =
            |token: &str| harness.post("/inbox/v1/invitation", &json!({ "token": token })).same_origin();
        assert_eq!(show(&old).await.code(), "not_found", "another link takes its place");
        assert_eq!(show(&token).await.json()["sets_password"], true);
        let listed = harness.get("/admin/v1/invitations").bearer(&harness.server_key).await.json();
        assert_eq!(listed["invitations"].as_array().unwrap().len(), 1);
        let accept = json!({ "token": token, "name": "Eve", "password": "correct horse" });
        let joined = harness.post("/inbox/v1/invitation/accepted", &accept).same_origin().await;
        assert_eq!(joined.code(), "not_found", "it makes nobody");
        let set = |token: &str, password: &str| {
            let body = json!({ "token": token, "password": password });
            harness.post("/inbox/v1/invitation/password", &body).same_origin()
        };
        assert_eq!(set(&token, "short").await.json()["pointer"], "/password");
        assert_eq!(set(&token, "a new long one").await.status, 204);
        assert_eq!(set(&token, "another long one").await.code(), "not_found", "it was used");
        assert_eq!(harness.get("/inbox/v1/session").cookie(&cookie).await.code(), "unauthenticated");
        let sign_in = |password: &str| {
            let body = json!({ "email": AGENT_EMAIL, "password": password });
            harness.post("/inbox/v1/session", &body).same_origin()
        };
        assert_eq!(sign_in(AGENT_PASSWORD).await.code(), "wrong_credentials");
        assert_eq!(sign_in("a new long one").await.status, 201);
        let late = link(&harness).await;
        harness.hand.advance_ms(24 * 60 * 60 * 1_000);
        assert_eq!(set(&late, "a new long one").await.code(), "not_found");
        let log = harness.get("/admin/v1/audit_log?limit=5").bearer(&harness.server_key).await.json();
        let acts: Vec<_> = log["entries"].as_array().unwrap().iter().map(|it| it["act"].clone()).collect();
        assert!(
            acts.contains(&json!("password_link_made")) && acts.contains(&json!("agent_password_changed"))
        );
    }

    #[tokio::test]
    async fn nobody_but_an_owner_opens_an_owners_account() {
        let harness = Harness::start().await;
        let [owner, admin] = [7, 8].map(|number| AgentId::from_parts(number, [8; 10]));
        for (id, email, role) in
            [(owner, "own@example.org", AgentRole::Owner), (admin, "adm@example.org", AgentRole::Admin)]
        {
            harness.new_agent(id, harness.workspace_id, email, None).await;
            harness.set_role(id, role).await;
        }
        let ask = async |by: AgentId, whom: AgentId| {
            let cookie = harness.session_of(by).await;
            let path = format!("/inbox/v1/settings/agents/{whom}/password_link");
            let answer = harness.post(&path, &Value::Null).cookie(&cookie).same_origin().await;
            let path = format!("/inbox/v1/settings/agents/{whom}/identity");
            let unbound = harness.delete(&path).cookie(&cookie).same_origin().await;
            assert_eq!(answer.status == 201, unbound.status == 204);
            answer
        };
        assert_eq!(ask(admin, owner).await.code(), "forbidden");
        assert_eq!(ask(owner, owner).await.status, 201);
        let path = format!("/admin/v1/agents/{owner}/password_link");
        let by_key = harness.post(&path, &Value::Null).bearer(&harness.server_key).await;
        assert_eq!(by_key.code(), "forbidden", "any administrator makes a key");
        let made = ask(admin, harness.agent_id).await.json();
        harness.set_role(harness.agent_id, AgentRole::Owner).await;
        let body = json!({ "token": made["token"], "password": "a new long one" });
        let set = harness.post("/inbox/v1/invitation/password", &body).same_origin().await;
        assert_eq!(set.code(), "not_found", "a link for an agent does not open an owner's account");
    }
}
