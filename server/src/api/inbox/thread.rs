//! `GET /inbox/v1/conversations/{id}/thread`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::Thread;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{MessageRange, Path, Query};

/// Messages before or after a number, and the notes among them; neither: the newest. Always oldest first.
#[utoipa::path(
    get, path = "/inbox/v1/conversations/{id}/thread", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path), MessageRange), responses((status = 200, body = Thread), Problems)
)]
pub(crate) async fn thread(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<ConversationId>,
    Query(asked): Query<MessageRange>,
) -> Result<Json<Thread>, Problem> {
    let thread = app.db.thread(agent.session.agent.id, id, asked.range()?, asked.limit.0).await?;
    thread.map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::NoteId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_thread_has_messages_and_the_notes_among_them() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "hello").await;
        let cookie = harness.agent_cookie().await;
        let note = json!({ "id": NoteId::from_parts(1, [1; 10]), "text": "knows us well" });
        let path = format!("/inbox/v1/conversations/{conversation}");
        harness.post(&format!("{path}/notes"), &note).cookie(&cookie).same_origin().await;
        harness.send(&token, &conversation, 2, "anybody?").await;
        let thread = harness.get(&format!("{path}/thread")).cookie(&cookie).await.json();
        assert_eq!(thread["conversation"]["last_seq"], 2);
        assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
        assert_eq!(thread["notes"][0]["after_seq"], 1);
        assert_eq!(thread["notes"][0]["text"], "knows us well");
        assert_eq!(thread["more"], false);
    }
}
