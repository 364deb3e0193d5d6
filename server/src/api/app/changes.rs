//! `GET /app/v1/changes`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::change::Catchup;
use tidings_protocol::conversation::Conversation;
use tidings_protocol::cursor::Cursor;
use tidings_protocol::limits;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::planted;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?after=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The cursor up to which everything is known.
    #[param(value_type = Cursor)]
    pub(crate) after: Cursor,
    /// How many changes at most; the answer ends earlier where it would become too large.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 1000, default = 50)]
    pub(crate) limit: Limit<{ limits::CHANGES }>,
}

/// Everything after a cursor, in order; or `reset` when the cursor is of another history or too old.
#[utoipa::path(
    get, path = "/app/v1/changes", tag = "app", security(("session" = [])), params(Asked),
    responses((status = 200, body = Catchup<Conversation>), Problems)
)]
pub(crate) async fn changes(
    State(app): State<App>,
    user: User,
    Query(asked): Query<Asked>,
) -> Result<Json<Catchup<Conversation>>, Problem> {
    let caught_up = app.db.user_changes(user.session.user_id, asked.after, asked.limit.0).await?;
    Ok(Json(planted::page(caught_up)))
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn changes_come_in_order_and_page_by_page() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let screen = harness.get("/app/v1/bootstrap").bearer(&token).await.json();
        let mut cursor = screen["cursor"].as_str().unwrap().to_owned();
        let conversation = harness.conversation(&token, 1).await;
        for number in 1..=3 {
            harness.send(&token, &conversation, number, "hello").await;
        }
        let mut seqs = Vec::new();
        loop {
            let page =
                harness.get(&format!("/app/v1/changes?after={cursor}&limit=2")).bearer(&token).await.json();
            assert_eq!(page["status"], "changes");
            seqs.extend(
                page["changes"].as_array().unwrap().iter().map(|change| change["seq"].as_i64().unwrap()),
            );
            page["cursor"].as_str().unwrap().clone_into(&mut cursor);
            if page["more"] == false {
                break;
            }
        }
        assert_eq!(seqs, [1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn a_cursor_of_another_history_is_answered_with_reset() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let answer = harness.get("/app/v1/changes?after=00000000deadbeef.7").bearer(&token).await;
        assert_eq!(answer.json(), serde_json::json!({ "status": "reset" }));
    }

    #[tokio::test]
    async fn a_cursor_is_needed() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        for query in ["", "?after=", "?after=7", "?after=00000000deadbeef.-7"] {
            let answer = harness.get(&format!("/app/v1/changes{query}")).bearer(&token).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
    }
}
