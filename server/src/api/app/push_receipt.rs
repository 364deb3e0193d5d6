//! `PUT /app/v1/push_receipts/{message_id}`.

use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::app::PushReceipt;
use tidings_protocol::id::MessageId;
use tidings_store::ledger::NotePushReceipt;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Body, Path};

/// Says that the push for a message reached this device, and whether its notification was shown. Agents see it in the
/// message's ledger.
#[utoipa::path(
    put, path = "/app/v1/push_receipts/{message_id}", tag = "app", security(("session" = [])),
    params(("message_id" = MessageId, Path)), request_body = PushReceipt,
    responses((status = 204, description = "Noted"), Problems)
)]
pub(crate) async fn note_push_receipt(
    State(app): State<App>,
    user: User,
    Path(message_id): Path<MessageId>,
    Body(receipt): Body<PushReceipt>,
) -> Result<StatusCode, Problem> {
    let note = NotePushReceipt {
        user_id: user.session.user_id,
        device_id: user.session.device_id,
        message_id,
        shown: receipt.shown,
        now: app.clock.now(),
    };
    let news = app.db.write(note).await?;
    for (step, is_news) in [("arrived", news.arrived), ("shown", news.shown)] {
        if is_news {
            metrics::counter!("tidings_push_receipts_total", "step" => step).increment(1);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn what_a_device_says_of_a_push_stands_in_the_ledger() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        let message = harness.reply(&conversation, 1, "hello").await.json();
        let message = message["id"].as_str().unwrap();
        let path = format!("/app/v1/push_receipts/{message}");
        let tell = |shown: bool, token: String| {
            let (harness, path) = (&harness, path.clone());
            async move { harness.put(&path, &json!({ "shown": shown })).bearer(&token).await.status }
        };
        assert_eq!(tell(false, token.clone()).await, 204);
        let ledger = format!("/inbox/v1/conversations/{conversation}/messages/{message}/ledger");
        let cookie = harness.agent_cookie().await;
        let before = harness.get(&ledger).cookie(&cookie).await.json()["devices"][0].clone();
        assert!(before["delivered_at"].is_string() && before["shown_at"].is_null(), "{before}");
        assert_eq!(tell(true, token).await, 204);
        let after = harness.get(&ledger).cookie(&cookie).await.json()["devices"][0].clone();
        assert!(after["shown_at"].is_string() && after["delivered_at"] == before["delivered_at"], "{after}");
        // Somebody else's message is not there.
        assert_eq!(tell(true, harness.anonymous(2).await).await, 404);
    }
}
