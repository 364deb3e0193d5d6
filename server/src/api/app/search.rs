//! `GET /app/v1/search`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::problem::ProblemCode;
use tidings_protocol::search::AppSearch;
use tidings_store::search::{SearchPosition, SearchQuery};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::user::User;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?q=&before=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Words, all of which must be there; in quotes as a phrase. The last may be a beginning.
    #[param(max_length = 256)]
    q: String,
    /// `next` of the page before.
    before: Option<String>,
    /// How many.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// Looks through the messages of the user's own conversations, the newest first.
#[utoipa::path(
    get, path = "/app/v1/search", tag = "app", security(("session" = [])), params(Asked),
    responses((status = 200, body = AppSearch), Problems)
)]
pub(crate) async fn search(
    State(app): State<App>,
    user: User,
    Query(asked): Query<Asked>,
) -> Result<Json<AppSearch>, Problem> {
    let (query, before) = (query(&asked.q)?, position(asked.before.as_deref())?);
    let (id, now) = (user.session.user_id, app.clock.now());
    Ok(Json(app.db.search_as_user(id, &query, before, asked.limit.0, now).await?))
}

/// What is looked for.
pub(crate) fn query(text: &str) -> Result<SearchQuery, Problem> {
    words("q", text)
}

/// The words of a parameter.
pub(crate) fn words(parameter: &str, text: &str) -> Result<SearchQuery, Problem> {
    let query = text.parse::<SearchQuery>();
    query.map_err(|error| {
        Problem::new(ProblemCode::InvalidParameter).detail(format!("`{parameter}`: {error}"))
    })
}

/// `before` as it was given out in `next`.
pub(crate) fn position(text: Option<&str>) -> Result<Option<SearchPosition>, Problem> {
    text.map(str::parse).transpose().map_err(|_| {
        Problem::new(ProblemCode::InvalidParameter).detail("`before` is not a `next` of an answer")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn a_user_finds_their_own_messages_and_nobody_elses() {
        let harness = Harness::start().await;
        let (mine, other) = (harness.user("ana").await, harness.user("ben").await);
        let conversation = harness.conversation(&mine, 1).await;
        harness.send(&mine, &conversation, 1, "Où est ma commande ?").await;
        let late = harness.get("/app/v1/search?q=commandes").bearer(&mine).await.json();
        assert_eq!(late["hits"], json!([]));
        assert!(late["indexed_until"].as_str() < Some(&harness.app.clock.now().plus_ms(1).to_string()));
        crate::upkeep::search::index_all(&harness.app).await.unwrap();
        let found = harness.get("/app/v1/search?q=commandes").bearer(&mine).await.json();
        assert_eq!(found["hits"][0]["seq"], 1);
        assert_eq!(found["conversations"][0]["id"], json!(conversation));
        assert_eq!(
            found["hits"][0]["snippet"],
            json!([{ "text": "Où est ma " }, { "text": "commande", "hit": true }, { "text": " ?" }])
        );
        let theirs = harness.get("/app/v1/search?q=commandes").bearer(&other).await.json();
        assert_eq!((&theirs["hits"], &theirs["conversations"]), (&json!([]), &json!([])));
    }

    #[tokio::test]
    async fn a_query_without_a_word_is_refused() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        for query in ["q=", "q=%21%22", "", "q=a&before=x", &format!("q={}", "a".repeat(300))] {
            let answer = harness.get(&format!("/app/v1/search?{query}")).bearer(&token).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
    }
}
