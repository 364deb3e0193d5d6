//! `GET /inbox/v1/conversations/{id}/user`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::UserCard;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Path;

/// Who writes in a conversation: what is known of them, on what they use the app, and their other conversations.
#[utoipa::path(
    get, path = "/inbox/v1/conversations/{id}/user", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), responses((status = 200, body = UserCard), Problems)
)]
pub(crate) async fn user_card(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<ConversationId>,
) -> Result<Json<UserCard>, Problem> {
    let card = app.db.user_card(agent.session.agent.id, id, app.clock.now()).await?;
    card.map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn an_agent_sees_who_writes_and_what_else_they_wrote_to_the_same_team() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let (first, second) = (harness.conversation(&token, 1).await, harness.conversation(&token, 2).await);
        let other = harness.anonymous(3).await;
        harness.conversation(&other, 3).await;
        let (cookie, stranger) = (harness.agent_cookie().await, harness.agent_of_another_team().await);
        let path = format!("/inbox/v1/conversations/{first}/user");
        let card = harness.get(&path).cookie(&cookie).await.json();
        assert_eq!(card["user"]["external_id"], "ana");
        assert_eq!(
            (&card["user"]["verified"], &card["devices"][0]["signed_in"]),
            (&json!(true), &json!(true))
        );
        let ids: Vec<_> =
            card["conversations"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.contains(&json!(first)) && ids.contains(&json!(second)));
        assert_eq!(harness.get(&path).cookie(&stranger).await.code(), "not_found");
        assert_eq!(card["blocked_at"], json!(null));
        let block = format!("/admin/v1/users/{}/blocked", card["user"]["id"].as_str().unwrap());
        assert_eq!(harness.put(&block, &json!(null)).bearer(&harness.server_key).await.status, 204);
        let card = harness.get(&path).cookie(&cookie).await.json();
        assert!(card["blocked_at"].is_string(), "whoever answers sees why nothing comes any more");
        let by_agent = block.replace("/admin/v1/", "/inbox/v1/settings/");
        let lifted = harness.delete(&by_agent).cookie(&cookie).same_origin().await;
        assert_eq!(lifted.code(), "forbidden", "whom to shut out, who administers decides");
    }
}
