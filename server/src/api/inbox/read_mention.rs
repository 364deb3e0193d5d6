//! `PUT /inbox/v1/conversations/{id}/mention`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::ReadMention;
use tidings_store::mentions;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Says that the agent has seen the note that mentions them.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/mention", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = ReadMention,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn read_mention(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(ReadMention { note_id }): Body<ReadMention>,
) -> Result<Json<InboxConversation>, Problem> {
    let agent_id = agent.session.agent.id;
    let command = mentions::ReadMention { agent_id, conversation_id, note_id, now: app.clock.now() };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::{AgentId, NoteId};

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_note_mentions_colleagues_of_the_team_and_nobody_else() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let cookie = harness.agent_cookie().await;
        let me = harness.get("/inbox/v1/bootstrap").cookie(&cookie).await.json()["agent"]["id"].clone();
        let path = format!("/inbox/v1/conversations/{conversation}/notes");
        let note = |number: u8, mentions: serde_json::Value| {
            let id = NoteId::from_parts(1, [number; 10]);
            let body = json!({ "id": id, "text": "@Ana and @Ben", "mentions": mentions });
            harness.post(&path, &body).cookie(&cookie).same_origin()
        };
        let nobody = AgentId::from_parts(1, [9; 10]);
        assert_eq!(note(1, json!([nobody])).await.code(), "invalid_body");
        let written = note(2, json!([me, me])).await;
        assert_eq!(written.status, 201);
        let written = written.json();
        assert_eq!(written["mentions"].as_array().unwrap().len(), 1);
        assert_eq!(written["mentions"][0]["agent_id"], me);
        // Who mentions themselves is not told of it.
        let header =
            harness.get(&format!("/inbox/v1/conversations/{conversation}")).cookie(&cookie).await.json();
        assert!(header.get("mentioned").is_none());
        let seen = format!("/inbox/v1/conversations/{conversation}/mention");
        let body = json!({ "note_id": written["id"] });
        assert_eq!(harness.put(&seen, &body).cookie(&cookie).same_origin().await.status, 200);
    }
}
