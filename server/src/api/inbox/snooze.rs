//! `PUT /inbox/v1/conversations/{id}/snooze`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::conversation::InboxConversation;
use tidings_protocol::id::{ConversationId, JobId};
use tidings_protocol::inbox::Snooze;
use tidings_store::snooze;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Puts an open conversation aside until a time, or brings it back. It comes back by itself when the time has come, and at
/// once when the user writes. The user does not learn of it.
#[utoipa::path(
    put, path = "/inbox/v1/conversations/{id}/snooze", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), request_body = Snooze,
    responses((status = 200, body = InboxConversation), Problems)
)]
pub(crate) async fn snooze(
    State(app): State<App>,
    agent: Agent,
    Path(conversation_id): Path<ConversationId>,
    Body(asked): Body<Snooze>,
) -> Result<Json<InboxConversation>, Problem> {
    let command = snooze::Snooze {
        actor: agent.actor(),
        conversation_id,
        until: asked.until,
        now: app.clock.now(),
        job_id: JobId::from_parts(app.clock.unix_ms(), app.clock.random()),
    };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn what_is_put_aside_is_open_to_its_user_and_comes_back_when_they_write() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let path = format!("/inbox/v1/conversations/{conversation}/snooze");
        let cookie = harness.agent_cookie().await;
        let until = harness.app.clock.now().plus_ms(3_600_000);
        let snooze = |until: serde_json::Value| {
            harness.put(&path, &json!({ "until": until })).cookie(&cookie).same_origin()
        };
        let snoozed = snooze(json!(until)).await.json();
        assert_eq!((&snoozed["state"], &snoozed["snoozed_until"]), (&json!("open"), &json!(until)));
        let list = harness.get("/inbox/v1/conversations?view=snoozed").cookie(&cookie).await.json();
        assert_eq!(list["conversations"][0]["id"], json!(conversation));
        assert_eq!((&list["counts"]["snoozed"], &list["counts"]["all"]), (&json!(1), &json!(0)));
        let header =
            harness.get(&format!("/app/v1/conversations/{conversation}")).bearer(&token).await.json();
        assert_eq!(header["state"], "open");
        assert!(header.get("snoozed_until").is_none(), "{header}");
        assert_eq!(harness.send(&token, &conversation, 1, "one more thing").await.status, 201);
        let list = harness.get("/inbox/v1/conversations?view=all").cookie(&cookie).await.json();
        assert_eq!(list["conversations"][0]["id"], json!(conversation));
        assert!(list["conversations"][0].get("snoozed_until").is_none(), "{list}");
    }

    #[tokio::test]
    async fn only_a_time_to_come_will_do() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let path = format!("/inbox/v1/conversations/{}/snooze", harness.conversation(&token, 1).await);
        let cookie = harness.agent_cookie().await;
        let now = harness.app.clock.now();
        for until in [now, now.plus_ms(367 * 24 * 3_600_000)] {
            let refused = harness.put(&path, &json!({ "until": until })).cookie(&cookie).same_origin().await;
            assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_body"));
        }
    }
}
