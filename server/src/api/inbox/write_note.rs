//! `POST /inbox/v1/conversations/{id}/notes`.

use axum::extract::State;
use axum::response::Response;
use tidings_protocol::change::Note;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::WriteNote;
use tidings_store::notes::AppendNote;

use crate::api::created;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Writes an internal note: colleagues read it, users never do.
#[utoipa::path(
    post, path = "/inbox/v1/conversations/{id}/notes", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = WriteNote,
    responses(
        (status = 201, body = Note),
        (status = 200, description = "The first result of a repeated request", body = Note),
        Problems,
    )
)]
pub(crate) async fn write_note(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(draft): Body<WriteNote>,
) -> Result<Response, Problem> {
    let agent_id = agent.session.agent.id;
    let WriteNote { id, text, mentions } = draft;
    let command = AppendNote { id, conversation_id, agent_id, text, mentions, now: app.clock.now() };
    Ok(created(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::NoteId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_user_never_sees_a_note() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let screen = harness.get("/app/v1/bootstrap").bearer(&token).await.json();
        let conversation = harness.conversation(&token, 1).await;
        let cookie = harness.agent_cookie().await;
        let path = format!("/inbox/v1/conversations/{conversation}/notes");
        let body = json!({ "id": NoteId::from_parts(1, [1; 10]), "text": "XYZZY" });
        assert_eq!(harness.post(&path, &body).cookie(&cookie).same_origin().await.status, 201);
        assert_eq!(harness.post(&path, &body).cookie(&cookie).same_origin().await.status, 200);
        let cursor = screen["cursor"].as_str().unwrap();
        for path in [
            "/app/v1/bootstrap".to_owned(),
            format!("/app/v1/changes?after={cursor}"),
            format!("/app/v1/conversations/{conversation}"),
            format!("/app/v1/conversations/{conversation}/messages"),
        ] {
            let answer = harness.get(&path).bearer(&token).await;
            assert_eq!(answer.status, 200);
            assert!(!answer.text().contains("XYZZY"), "{path}");
        }
    }
}
