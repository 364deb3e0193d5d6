//! `GET /app/v1/conversations`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::app::ConversationList;
use tidings_protocol::problem::ProblemCode;
use tidings_store::conversations::Position;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?before=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `next` of the page before.
    before: Option<String>,
    /// How many conversations.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// Older conversations, the most recently active first.
#[utoipa::path(
    get, path = "/app/v1/conversations", tag = "app", security(("session" = [])), params(Asked),
    responses((status = 200, body = ConversationList), Problems)
)]
pub(crate) async fn list_conversations(
    State(app): State<App>,
    user: User,
    Query(asked): Query<Asked>,
) -> Result<Json<ConversationList>, Problem> {
    let before = position(asked.before.as_deref())?;
    let (conversations, next) =
        app.db.user_conversations(user.session.user_id, before, asked.limit.0).await?;
    Ok(Json(ConversationList { conversations, next: next.map(|next| next.to_string()) }))
}

/// `before` as it was given out in `next`.
pub(crate) fn position(text: Option<&str>) -> Result<Option<Position>, Problem> {
    let position = text.map(str::parse).transpose();
    position.map_err(|_| {
        Problem::new(ProblemCode::InvalidParameter).detail("`before` is not a `next` of an answer")
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::Harness;

    #[tokio::test]
    async fn pages_have_every_conversation_once() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        for number in 1..=5 {
            harness.conversation(&token, number).await;
            harness.hand.advance_ms(1);
        }
        let (mut ids, mut query) = (Vec::new(), String::new());
        loop {
            let page =
                harness.get(&format!("/app/v1/conversations?limit=2{query}")).bearer(&token).await.json();
            ids.extend(page["conversations"].as_array().unwrap().iter().map(|one| one["id"].to_string()));
            let Some(next) = page["next"].as_str() else { break };
            query = format!("&before={next}");
        }
        assert_eq!(ids.len(), 5);
        ids.dedup();
        assert_eq!(ids.len(), 5);
    }

    #[tokio::test]
    async fn a_made_up_position_is_refused() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let answer = harness.get("/app/v1/conversations?before=yesterday").bearer(&token).await;
        assert_eq!(answer.code(), "invalid_parameter");
    }
}
