//! `GET /admin/v1/messages/{id}/ledger`, `GET /admin/v1/users/{id}/ledger`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::admin::{MessageLedger, UserLedger};
use tidings_protocol::id::{MessageId, UserId};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Limit, Path, Query};

/// `?limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// How many.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// What became of a message: stored, pushed, delivered, shown, read, or told of in another way.
#[utoipa::path(
    get, path = "/admin/v1/messages/{id}/ledger", tag = "admin", security(("server_key" = [])),
    params(("id" = MessageId, Path)), responses((status = 200, body = MessageLedger), Problems)
)]
pub(crate) async fn message_ledger(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<MessageId>,
) -> Result<Json<MessageLedger>, Problem> {
    let ledger = app.db.message_ledger(backend.workspace_id, id).await?;
    ledger.map(Json).ok_or_else(Problem::not_found)
}

/// What became of the newest messages that agents wrote to a user, the newest first.
#[utoipa::path(
    get, path = "/admin/v1/users/{id}/ledger", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path), Asked), responses((status = 200, body = UserLedger), Problems)
)]
pub(crate) async fn user_ledger(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<UserId>,
    Query(asked): Query<Asked>,
) -> Result<Json<UserLedger>, Problem> {
    let messages = app.db.user_ledger(backend.workspace_id, id, asked.limit.0).await?;
    Ok(Json(UserLedger { messages: messages.ok_or_else(Problem::not_found)? }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_backend_follows_what_agents_wrote() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "hello").await;
        let first = harness.reply(&conversation, 1, "one").await.json();
        harness.hand.advance_ms(1000);
        let second = harness.reply(&conversation, 2, "two").await.json();
        let receipt = format!("/app/v1/conversations/{conversation}/receipt");
        harness.put(&receipt, &json!({ "read_seq": 2 })).bearer(&token).await;

        let path = format!("/admin/v1/messages/{}/ledger", first["id"].as_str().unwrap());
        let one = harness.get(&path).bearer(&harness.server_key).await.json();
        assert_eq!(
            (&one["read"], &one["seq"], &one["conversation_id"]),
            (&json!(true), &json!(2), &json!(conversation))
        );
        let user = harness.get("/app/v1/bootstrap").bearer(&token).await.json()["user"]["id"].clone();
        let path = format!("/admin/v1/users/{}/ledger", user.as_str().unwrap());
        let all = harness.get(&path).bearer(&harness.server_key).await.json();
        let told: Vec<_> =
            all["messages"].as_array().unwrap().iter().map(|m| (&m["message_id"], &m["read"])).collect();
        assert_eq!(told, [(&second["id"], &json!(false)), (&first["id"], &json!(true))]);
        let newest = harness.get(&format!("{path}?limit=1")).bearer(&harness.server_key).await.json();
        assert_eq!(newest["messages"].as_array().unwrap().len(), 1);
    }
}
