//! `GET /inbox/v1/conversations/{id}/cards`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::cards::{CardQuestion, CompanyCards};
use tidings_protocol::id::ConversationId;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Path;

/// What the company's own systems say of who writes in a conversation, now or within the last minute.
#[utoipa::path(
    get, path = "/inbox/v1/conversations/{id}/cards", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), responses((status = 200, body = CompanyCards), Problems)
)]
pub(crate) async fn company_cards(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<ConversationId>,
) -> Result<Json<CompanyCards>, Problem> {
    let found = app.db.team_conversation(agent.session.agent.id, id).await?;
    let conversation = found.ok_or_else(Problem::not_found)?;
    let Some(source) = app.db.card_source(conversation.app_id).await? else {
        return Ok(Json(CompanyCards::None));
    };
    let question = CardQuestion { user: conversation.user, conversation_id: id };
    Ok(Json(app.cards.of(&app.clock, &source, question).await))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn agents_of_the_team_see_cards_and_why_there_are_none() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let conversation = harness.conversation(&token, 1).await;
        let (cookie, stranger) = (harness.agent_cookie().await, harness.agent_of_another_team().await);
        let path = format!("/inbox/v1/conversations/{conversation}/cards");
        assert_eq!(harness.get(&path).cookie(&cookie).await.json(), json!({ "state": "none" }));
        let source = format!("/admin/v1/apps/{}/cards", harness.app_id);
        // A name that leads inside: the address is taken, and not followed.
        let url = json!({ "url": "https://localhost/cards" });
        assert_eq!(harness.put(&source, &url).bearer(&harness.server_key).await.status, 200);
        let failed = harness.get(&path).cookie(&cookie).await.json();
        assert_eq!((&failed["state"], &failed["why"]), (&json!("failed"), &json!("unreachable")), "{failed}");
        assert_eq!(harness.get(&path).cookie(&stranger).await.code(), "not_found");
    }
}
