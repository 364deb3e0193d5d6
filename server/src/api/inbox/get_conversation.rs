//! `GET /inbox/v1/conversations/{id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Path;

/// The header of one conversation.
#[utoipa::path(
    get, path = "/inbox/v1/conversations/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn get_inbox_conversation(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<ConversationId>,
) -> Result<Json<InboxConversation>, Problem> {
    let conversation = app.db.team_conversation(agent.session.agent.id, id).await?;
    conversation.map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn only_agents_of_its_team_see_a_conversation() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let path = format!("/inbox/v1/conversations/{}", harness.conversation(&token, 1).await);
        let (ours, outside) = (harness.agent_cookie().await, harness.agent_of_another_team().await);
        let header = harness.get(&path).cookie(&ours).await;
        assert_eq!(header.json()["user"]["verified"], false);
        assert_eq!(harness.get(&path).cookie(&outside).await.code(), "not_found");
    }
}
