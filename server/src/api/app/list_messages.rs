//! `GET /app/v1/conversations/{id}/messages`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::app::MessageList;
use tidings_protocol::id::ConversationId;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{MessageRange, Path, Query};

/// Messages before or after a number; neither: the newest. Always oldest first.
#[utoipa::path(
    get, path = "/app/v1/conversations/{id}/messages", tag = "app", security(("session" = [])),
    params(("id" = ConversationId, Path), MessageRange), responses((status = 200, body = MessageList), Problems)
)]
pub(crate) async fn list_messages(
    State(app): State<App>,
    user: User,
    Path(id): Path<ConversationId>,
    Query(asked): Query<MessageRange>,
) -> Result<Json<MessageList>, Problem> {
    let list = app.db.user_messages(user.session.user_id, id, asked.range()?, asked.limit.0).await?;
    list.map(Json).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn pages_go_both_ways_and_are_always_oldest_first() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let conversation = harness.conversation(&token, 1).await;
        for number in 1..=5 {
            harness.send(&token, &conversation, number, "hello").await;
        }
        let path = format!("/app/v1/conversations/{conversation}/messages");
        for (query, expected, more) in [
            ("?limit=2", &[4, 5][..], true),
            ("?before=4&limit=2", &[2, 3], true),
            ("?before=3", &[1, 2], false),
            ("?after=3", &[4, 5], false),
            ("?after=1&limit=2", &[2, 3], true),
            ("?after=5", &[], false),
        ] {
            let page = harness.get(&format!("{path}{query}")).bearer(&token).await.json();
            let seqs: Vec<_> =
                page["messages"].as_array().unwrap().iter().map(|one| one["seq"].clone()).collect();
            assert_eq!(seqs, expected, "{query}");
            assert_eq!(page["more"], more, "{query}");
        }
        for query in ["?before=1&after=1", "?before=-1", "?after=x", "?before=99999999999"] {
            let answer = harness.get(&format!("{path}{query}")).bearer(&token).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
    }
}
