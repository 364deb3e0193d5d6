//! `POST /inbox/v1/conversations/{id}/tags` and `GET /inbox/v1/tags`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::{ChangeTags, TagList};
use tidings_store::tags;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Gives a conversation tags and takes tags away; a tag that the team does not have yet is made. The user does not learn
/// of it.
#[utoipa::path(
    post, path = "/inbox/v1/conversations/{id}/tags", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = ChangeTags,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn change_tags(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<ChangeTags>,
) -> Result<Json<InboxConversation>, Problem> {
    let ChangeTags { add, remove } = asked;
    let command =
        tags::ChangeTags { actor: agent.actor(), conversation_id, add, remove, now: app.clock.now() };
    Ok(Json(app.db.write(command).await?))
}

/// The tags of the agent's teams.
#[utoipa::path(
    get, path = "/inbox/v1/tags", tag = "inbox", security(("cookie" = [])),
    responses((status = 200, body = TagList), Problems)
)]
pub(crate) async fn list_tags(State(app): State<App>, agent: Agent) -> Result<Json<TagList>, Problem> {
    Ok(Json(TagList { tags: app.db.tags(agent.session.agent.id).await? }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_tag_is_made_by_using_it_and_is_one_however_it_is_written() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let path = format!("/inbox/v1/conversations/{}/tags", harness.conversation(&token, 1).await);
        let other = format!("/inbox/v1/conversations/{}/tags", harness.conversation(&token, 2).await);
        let cookie = harness.agent_cookie().await;
        let ask =
            |path: &str, body: serde_json::Value| harness.post(path, &body).cookie(&cookie).same_origin();
        let tagged = ask(&path, json!({ "add": ["Réclamation", " VIP "] })).await.json();
        assert_eq!(tagged["tags"], json!(["Réclamation", "VIP"]));
        let again = ask(&other, json!({ "add": ["reclamation"] })).await.json();
        assert_eq!(again["tags"], json!(["Réclamation"]));
        let list = harness.get("/inbox/v1/tags").cookie(&cookie).await.json();
        let names: Vec<_> = list["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone()).collect();
        assert_eq!(names, [json!("Réclamation"), json!("VIP")]);
        let left = ask(&path, json!({ "remove": ["vip"] })).await.json();
        assert_eq!(left["tags"], json!(["Réclamation"]));
        let many: Vec<_> = (0..13).map(|n| format!("tag {n}")).collect();
        assert_eq!(ask(&path, json!({ "add": many })).await.code(), "limit_reached");
        assert_eq!(ask(&path, json!({ "add": ["-"] })).await.status, 200, "a sign is a word too");
    }
}
