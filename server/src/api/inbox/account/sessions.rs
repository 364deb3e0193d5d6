//! `GET` and `DELETE /inbox/v1/account/sessions`, `DELETE /inbox/v1/account/sessions/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::account::SessionList;
use tidings_protocol::id::AgentSessionId;
use tidings_store::agent_sessions::{EndOwnSessions, Which};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::SignedIn;
use crate::problem::Problem;
use crate::request::Path;

/// Where the agent is signed in.
#[utoipa::path(
    get, path = "/inbox/v1/account/sessions", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = SessionList), Problems)
)]
pub(crate) async fn list_sessions(
    State(app): State<App>,
    me: SignedIn,
) -> Result<Json<SessionList>, Problem> {
    let (id, own) = (me.session.agent.id, me.session.token_hash);
    Ok(Json(SessionList { sessions: app.db.agent_sessions(id, own, app.clock.now()).await? }))
}

/// Signs the agent out everywhere else.
#[utoipa::path(
    delete, path = "/inbox/v1/account/sessions", tag = "inbox", security(("cookie" = [])),
    responses((status = 204, description = "Ended"), Problems)
)]
pub(crate) async fn end_other_sessions(State(app): State<App>, me: SignedIn) -> Result<StatusCode, Problem> {
    end(&app, &me, Which::Others).await
}

/// Ends one session of the agent; it may be the one that asks.
#[utoipa::path(
    delete, path = "/inbox/v1/account/sessions/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = AgentSessionId, Path)), responses((status = 204, description = "Ended"), Problems)
)]
pub(crate) async fn end_one_session(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<AgentSessionId>,
) -> Result<StatusCode, Problem> {
    end(&app, &me, Which::One(id)).await
}

async fn end(app: &App, me: &SignedIn, which: Which) -> Result<StatusCode, Problem> {
    let (agent_id, own, now) = (me.session.agent.id, me.session.token_hash, app.clock.now());
    app.db.write(EndOwnSessions { agent_id, own, which, now }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{AGENT_EMAIL, AGENT_PASSWORD, Harness};

    #[tokio::test]
    async fn sessions_are_told_apart_and_ended_one_by_one() {
        let harness = Harness::start().await;
        let body = json!({ "email": AGENT_EMAIL, "password": AGENT_PASSWORD });
        let answer =
            harness.post("/inbox/v1/session", &body).same_origin().header("user-agent", "Firefox").await;
        let cookie = answer.header("set-cookie");
        let first = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
        let second = harness.agent_cookie().await;
        let list = async || -> Vec<Value> {
            let answer = harness.get("/inbox/v1/account/sessions").cookie(&second).await.json();
            answer["sessions"].as_array().unwrap().clone()
        };
        let sessions = list().await;
        assert_eq!(sessions.len(), 2);
        let other = sessions.iter().find(|one| one["is_this"] == false).unwrap();
        assert_eq!((&other["browser"], &other["address"]), (&json!("Firefox"), &json!("127.0.0.1")));
        let path = format!("/inbox/v1/account/sessions/{}", other["id"].as_str().unwrap());
        assert_eq!(harness.delete(&path).cookie(&second).same_origin().await.status, 204);
        assert_eq!(harness.delete(&path).cookie(&second).same_origin().await.code(), "not_found");
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&first).await.code(), "unauthenticated");
        let third = harness.agent_cookie().await;
        let all = harness.delete("/inbox/v1/account/sessions").cookie(&second).same_origin().await;
        assert_eq!(all.status, 204);
        assert_eq!(harness.get("/inbox/v1/bootstrap").cookie(&third).await.code(), "unauthenticated");
        assert_eq!(list().await.len(), 1);
    }

    #[tokio::test]
    async fn a_session_is_said_to_be_in_use_every_few_minutes() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let seen = async || {
            let answer = harness.get("/inbox/v1/account/sessions").cookie(&cookie).await.json();
            answer["sessions"][0]["seen_at"].as_str().unwrap().to_owned()
        };
        let before = seen().await;
        harness.hand.advance_ms(4 * 60_000);
        assert_eq!(seen().await, before);
        harness.hand.advance_ms(60_000);
        seen().await;
        for _ in 0..500 {
            if seen().await != before {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("five minutes later nothing was written down");
    }
}
