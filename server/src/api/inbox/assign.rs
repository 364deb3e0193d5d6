//! `PUT /inbox/v1/conversations/{id}/assignee`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::Assign;
use tidings_store::conversations;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Hands the conversation to an agent of its team, or to nobody. If somebody else has it than `seen` says, the answer is
/// `assignee_changed` with who that is, and nothing is done; a `note` is stored with it, or not at all.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/assignee", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = Assign,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn assign(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<Assign>,
) -> Result<Json<InboxConversation>, Problem> {
    let assign = conversations::Assign {
        actor: agent.actor(),
        conversation_id,
        assignee: asked.agent_id,
        now: app.clock.now(),
    };
    let command = conversations::HandTo { assign, seen: asked.seen, note: asked.note };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::{AgentId, NoteId};

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_conversation_goes_to_an_agent_of_its_team_or_to_nobody() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let path = format!("/inbox/v1/conversations/{}/assignee", harness.conversation(&token, 1).await);
        let cookie = harness.agent_cookie().await;
        let assign = |agent: serde_json::Value| {
            harness.put(&path, &json!({ "agent_id": agent })).cookie(&cookie).same_origin()
        };
        let assigned = assign(json!(harness.agent_id)).await.json();
        assert_eq!(assigned["assignee_id"], json!(harness.agent_id));
        assert!(assign(json!(null)).await.json()["assignee_id"].is_null());
        assert_eq!(assign(json!(AgentId::from_parts(9, [9; 10]))).await.code(), "invalid_body");
    }

    #[tokio::test]
    async fn whoever_takes_it_meanwhile_is_named_and_keeps_it() {
        let harness = Harness::start().await;
        let ben = AgentId::from_parts(7, [7; 10]);
        harness.new_agent(ben, harness.workspace_id, "ben@example.org", None).await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let path = format!("/inbox/v1/conversations/{conversation}/assignee");
        let (mine, his) = (harness.agent_cookie().await, harness.session_of(ben).await);
        let take = |whom: AgentId, seen: Option<AgentId>, cookie: &str| {
            let note = json!({ "id": NoteId::from_parts(7, [7; 10]), "text": "I know this one." });
            let body = json!({ "agent_id": whom, "seen": { "agent_id": seen }, "note": note });
            harness.put(&path, &body).cookie(cookie).same_origin()
        };
        assert_eq!(take(ben, None, &his).await.json()["assignee_id"], json!(ben));
        let refused = take(harness.agent_id, None, &mine).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "assignee_changed"));
        let holder = &refused.json()["holder"];
        assert_eq!((&holder["agent_id"], &holder["by_agent_id"]), (&json!(ben), &json!(ben)));
        assert!(holder["since"].is_string());
        let header =
            harness.get(&format!("/inbox/v1/conversations/{conversation}")).cookie(&mine).await.json();
        assert_eq!(header["assignee_id"], json!(ben), "{header}");
    }
}
