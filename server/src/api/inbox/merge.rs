//! `PUT /inbox/v1/conversations/{id}/merge`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::ConversationId;
use tidings_protocol::merging::Merge;
use tidings_store::merging::MergeConversation;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Merges a conversation into another of the same user and team, or has it back as it was. Its messages stay where they are; it
/// is closed, and agents do nothing more in it. The user can still write in it: then it opens, and stands by itself again.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/merge", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = Merge,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn merge(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<Merge>,
) -> Result<Json<InboxConversation>, Problem> {
    let command =
        MergeConversation { actor: agent.actor(), conversation_id, into: asked.into, now: app.clock.now() };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::Harness;

    #[tokio::test]
    async fn what_is_merged_is_closed_until_its_user_writes() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let (one, other) = (harness.conversation(&token, 1).await, harness.conversation(&token, 2).await);
        assert_eq!(harness.send(&token, &one, 1, "Where is it?").await.status, 201);
        let cookie = harness.agent_cookie().await;
        let merge = |id: &str, into: Value| {
            let path = format!("/inbox/v1/conversations/{id}/merge");
            harness.put(&path, &json!({ "into": into })).cookie(&cookie).same_origin()
        };
        let of_agents = |id: &str| harness.get(&format!("/inbox/v1/conversations/{id}")).cookie(&cookie);
        let of_user = |id: &str| harness.get(&format!("/app/v1/conversations/{id}")).bearer(&token);

        let merged = merge(&one, json!(other)).await.json();
        assert_eq!(merged["state"], "closed");
        assert_eq!(merged["merged_into"]["conversation_id"], json!(other));
        let target = of_agents(&other).await.json();
        assert_eq!(target["merged"][0]["conversation_id"], json!(one));
        assert_eq!(target["merged"][0]["messages"], 1);
        assert!(target["waiting_since"].is_string(), "the user still waits: {target}");
        assert_eq!(of_user(&one).await.json()["merged_into"], json!(other));

        let reply = json!({
            "id": "msg_01h2xcejqtf2nbrexx3vqjhp41", "parts": [{ "type": "text", "text": "On its way" }],
        });
        let path = format!("/inbox/v1/conversations/{one}/replies");
        let refused = harness.post(&path, &reply).cookie(&cookie).same_origin().await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "conversation_merged"));
        let path = format!("/inbox/v1/conversations/{one}/state");
        let opened = harness.put(&path, &json!({ "state": "open" })).cookie(&cookie).same_origin().await;
        assert_eq!(opened.code(), "conversation_merged");
        assert_eq!(merge(&other, json!(one)).await.code(), "conversation_merged", "no ring");

        assert_eq!(harness.send(&token, &one, 2, "Still nothing").await.status, 201);
        let parted = of_agents(&one).await.json();
        assert_eq!(
            (&parted["state"], &parted["merged_into"]["parted"]["after_seq"]),
            (&json!("open"), &json!(1))
        );
        assert!(of_agents(&other).await.json()["merged"][0]["parted"].is_object());
        assert!(of_user(&one).await.json().get("merged_into").is_none());
    }

    #[tokio::test]
    async fn only_conversations_of_one_user_are_merged_and_it_is_had_back() {
        let harness = Harness::start().await;
        let (mine, theirs) = (harness.anonymous(1).await, harness.anonymous(2).await);
        let (one, other) = (harness.conversation(&mine, 1).await, harness.conversation(&mine, 2).await);
        let strange = harness.conversation(&theirs, 3).await;
        let cookie = harness.agent_cookie().await;
        let merge = |into: Value| {
            let path = format!("/inbox/v1/conversations/{one}/merge");
            harness.put(&path, &json!({ "into": into })).cookie(&cookie).same_origin()
        };
        for into in [&strange, &one] {
            let refused = merge(json!(into)).await;
            assert_eq!((refused.status, refused.code().as_str()), (422, "cannot_merge"), "{into}");
        }
        assert_eq!(merge(json!("cnv_01h2xcejqtf2nbrexx3vqjhp41")).await.code(), "not_found");
        assert_eq!(merge(json!(other)).await.json()["state"], "closed");
        let back = merge(Value::Null).await.json();
        assert_eq!((&back["state"], back.get("merged_into")), (&json!("open"), None));
        assert_eq!(merge(Value::Null).await.status, 200, "the same again is fine");
    }
}
