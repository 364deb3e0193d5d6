//! `GET /inbox/v1/saved_replies`, `PUT` and `DELETE /inbox/v1/saved_replies/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tidings_protocol::id::{ConversationId, SavedReplyId};
use tidings_protocol::saved_replies::{PutSavedReply, SavedReply, SavedReplyList};
use tidings_store::saved_replies;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path, Query};

/// `?conversation=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Whose user's language to tell.
    conversation: Option<ConversationId>,
}

/// The saved replies of the agent and of their teams; and the language of a conversation's user, so that the right words are
/// used.
#[utoipa::path(
    get, path = "/inbox/v1/saved_replies", tag = "inbox", security(("cookie" = [])), params(Asked),
    responses((status = 200, body = SavedReplyList), Problems)
)]
pub(crate) async fn list_saved_replies(
    State(app): State<App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Json<SavedReplyList>, Problem> {
    let me = agent.session.agent.id;
    let replies = app.db.saved_replies(me).await?;
    let language = match asked.conversation {
        Some(conversation) => app.db.language_of_user(me, conversation).await?,
        None => None,
    };
    Ok(Json(SavedReplyList { replies, language }))
}

/// Makes a saved reply, or changes it; the same again is fine.
#[utoipa::path(
    put, path = "/inbox/v1/saved_replies/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = SavedReplyId, Path)), request_body = PutSavedReply,
    responses((status = 200, body = SavedReply), Problems)
)]
pub(crate) async fn put_saved_reply(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<SavedReplyId>,
    Body(asked): Body<PutSavedReply>,
) -> Result<Json<SavedReply>, Problem> {
    let PutSavedReply { team_id, name, texts } = asked;
    let (agent_id, now) = (agent.session.agent.id, app.clock.now());
    let command = saved_replies::PutSavedReply { agent_id, id, team_id, name, texts, now };
    Ok(Json(app.db.write(command).await?))
}

/// Deletes a saved reply; one that is not there is deleted already.
#[utoipa::path(
    delete, path = "/inbox/v1/saved_replies/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = SavedReplyId, Path)),
    responses((status = 204, description = "Deleted"), Problems)
)]
pub(crate) async fn delete_saved_reply(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<SavedReplyId>,
) -> Result<StatusCode, Problem> {
    app.db.write(saved_replies::DeleteSavedReply { agent_id: agent.session.agent.id, id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::SavedReplyId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_saved_reply_is_the_agents_own_or_their_teams() {
        let harness = Harness::start().await;
        let (cookie, stranger) = (harness.agent_cookie().await, harness.agent_of_another_team().await);
        let put = |number: u8, team: serde_json::Value, cookie: &str| {
            let id = SavedReplyId::from_parts(7, [number; 10]);
            let texts = json!([{ "language": "en", "text": "Thank you, {{user.name}}." }]);
            let mut body = json!({ "name": "Thanks", "texts": texts });
            if !team.is_null() {
                body["team_id"] = team;
            }
            harness.put(&format!("/inbox/v1/saved_replies/{id}"), &body).cookie(cookie).same_origin()
        };
        assert_eq!(put(1, json!(null), &cookie).await.status, 200);
        assert_eq!(put(2, json!(harness.team_id), &cookie).await.status, 200);
        assert_eq!(put(2, json!(null), &cookie).await.json()["team_id"], json!(harness.team_id));
        assert_eq!(put(2, json!(null), &stranger).await.status, 404);
        assert_eq!(put(3, json!(harness.team_id), &stranger).await.status, 404);
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let path = format!("/inbox/v1/saved_replies?conversation={conversation}");
        let list = harness.get(&path).cookie(&cookie).await.json();
        assert_eq!(list["replies"].as_array().unwrap().len(), 2);
        let theirs = harness.get(&path).cookie(&stranger).await.json();
        assert_eq!(theirs, json!({ "replies": [] }), "neither words nor the language of a user");
        let gone = format!("/inbox/v1/saved_replies/{}", SavedReplyId::from_parts(7, [2; 10]));
        for _ in 0..2 {
            assert_eq!(harness.delete(&gone).cookie(&cookie).same_origin().await.status, 204);
        }
        let list = harness.get(&path).cookie(&cookie).await.json();
        assert_eq!(list["replies"].as_array().unwrap().len(), 1);
    }
}
