//! `GET /inbox/v1/drafts`, `PUT /inbox/v1/conversations/{id}/drafts/{kind}`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::drafts::{Draft, DraftKind, DraftList, PutDraft};
use tidings_protocol::id::ConversationId;
use tidings_store::drafts;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Limit, Path, Query};

/// `?after=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The `revision` after which to begin; 0: with the first.
    #[serde(default)]
    after: i64,
    /// How many drafts.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// What the agent has begun to write, in every conversation; nobody else sees it.
#[utoipa::path(
    get, path = "/inbox/v1/drafts", tag = "inbox", security(("cookie" = [])), params(Asked),
    responses((status = 200, body = DraftList), Problems)
)]
pub(crate) async fn list_drafts(
    State(app): State<App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Json<DraftList>, Problem> {
    Ok(Json(app.db.drafts(agent.session.agent.id, asked.after, asked.limit.0).await?))
}

/// Keeps what the agent has begun to write, unless something newer is there.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/drafts/{kind}", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path), ("kind" = DraftKind, Path)), request_body = PutDraft,
    responses((status = 200, body = Draft), Problems)
)]
pub(crate) async fn put_draft(
    State(app): State<App>,
    agent: Agent,
    Path((conversation_id, kind)): Path<(ConversationId, DraftKind)>,
    Body(asked): Body<PutDraft>,
) -> Result<Json<Draft>, Problem> {
    let now = app.clock.now();
    let command = drafts::PutDraft {
        agent_id: agent.session.agent.id,
        conversation_id,
        kind,
        text: asked.text,
        written_at: now.plus_ms(-i64::from(asked.written_ms_ago)),
        now,
    };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_draft_is_found_again_and_the_newest_words_stay() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let cookie = harness.agent_cookie().await;
        let put = |text: &str, ago: u32| {
            let path = format!("/inbox/v1/conversations/{conversation}/drafts/reply");
            let body = json!({ "text": text, "written_ms_ago": ago });
            harness.put(&path, &body).cookie(&cookie).same_origin()
        };
        assert_eq!(put("Dear Mia", 0).await.json()["text"], "Dear Mia");
        assert_eq!(put("Older, from a train", 60_000).await.json()["text"], "Dear Mia");
        let list = harness.get("/inbox/v1/drafts").cookie(&cookie).await.json();
        assert_eq!(list["drafts"][0]["text"], "Dear Mia");
        let after = format!("/inbox/v1/drafts?after={}", list["drafts"][0]["revision"]);
        assert_eq!(harness.get(&after).cookie(&cookie).await.json()["drafts"], json!([]));
        let path = format!("/inbox/v1/conversations/{conversation}/drafts/letter");
        let unknown = harness.put(&path, &json!({ "text": "x" })).cookie(&cookie).same_origin().await;
        assert_eq!((unknown.status, unknown.code().as_str()), (400, "invalid_parameter"));
    }
}
