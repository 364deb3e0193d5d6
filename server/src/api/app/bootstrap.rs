//! `GET /app/v1/bootstrap`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::VERSION;
use tidings_protocol::app::Bootstrap;

use super::me;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::UserNow;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// How many conversations.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// Everything for the first screen, read at one moment, and the cursor from which changes go on.
#[utoipa::path(
    get, path = "/app/v1/bootstrap", tag = "app", security(("session" = [])), params(Asked),
    responses((status = 200, body = Bootstrap), Problems)
)]
pub(crate) async fn bootstrap(
    State(app): State<App>,
    UserNow(user): UserNow,
    Query(asked): Query<Asked>,
) -> Result<Json<Bootstrap>, Problem> {
    let snapshot = app.db.user_bootstrap(user.session.user_id, asked.limit.0).await?;
    Ok(Json(Bootstrap {
        version: VERSION,
        user: me(&user.session),
        conversations: snapshot.conversations,
        next: snapshot.next.map(|next| next.to_string()),
        unread: snapshot.unread,
        cursor: snapshot.cursor,
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn the_first_screen_has_conversations_unread_and_a_cursor() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        harness.reply(&conversation, 1, "hello").await;
        let screen = harness.get("/app/v1/bootstrap?limit=1").bearer(&token).await.json();
        assert_eq!(screen["version"], 1);
        assert_eq!(screen["unread"], 1);
        assert_eq!(screen["conversations"][0]["id"], conversation);
        assert_eq!(screen["conversations"][0]["last_message"]["parts"][0]["text"], "hello");
        assert!(screen["next"].is_null());
    }

    #[tokio::test]
    async fn a_limit_outside_its_range_is_refused() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        for query in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limt=5"] {
            let answer = harness.get(&format!("/app/v1/bootstrap?{query}")).bearer(&token).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_parameter"), "{query}");
        }
    }
}
