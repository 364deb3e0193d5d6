//! `PUT /app/v1/conversations/{id}/receipt`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::app::MoveReceipt;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::id::{ConversationId, JobId};
use tidings_store::receipts::MoveUserReceipt;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Says how far this device has stored and this person has read. Receipts only move forward.
#[utoipa::path(
    put, path = "/app/v1/conversations/{id}/receipt", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path)), request_body = MoveReceipt,
    responses((status = 200, body = Conversation), Problems)
)]
pub(crate) async fn move_receipt(
    State(app): State<App>,
    user: User,
    Path(conversation_id): Path<ConversationId>,
    Body(receipt): Body<MoveReceipt>,
) -> Result<Json<Conversation>, Problem> {
    let command = MoveUserReceipt {
        user_id: user.session.user_id,
        conversation_id,
        delivered_seq: receipt.delivered_seq,
        read_seq: receipt.read_seq,
        from: Some((user.session.device_id, JobId::from_parts(app.clock.unix_ms(), app.clock.random()))),
        now: app.clock.now(),
    };
    Ok(Json(app.db.write(command).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn receipts_only_move_forward_and_never_past_the_last_message() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.reply(&conversation, 1, "one").await;
        harness.reply(&conversation, 2, "two").await;
        let path = format!("/app/v1/conversations/{conversation}/receipt");
        for (body, read, unread) in [
            (json!({ "delivered_seq": 2 }), 0, 2),
            (json!({ "read_seq": 1 }), 1, 1),
            (json!({ "read_seq": 0 }), 1, 1),
            (json!({ "read_seq": -5 }), 1, 1),
            (json!({ "read_seq": i64::MAX }), 2, 0),
        ] {
            let header = harness.put(&path, &body).bearer(&token).await.json();
            assert_eq!(header["receipts"]["user_read_seq"], read, "{body}");
            assert_eq!(header["unread"], unread, "{body}");
        }
    }
}
