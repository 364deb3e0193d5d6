//! `GET /inbox/v1/conversations/{id}/expected`, `GET /inbox/v1/due`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::hours::{DueAnswer, DueAnswers, Expected};
use tidings_protocol::id::ConversationId;
use tidings_protocol::problem::ProblemCode;

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Path, Query};

/// When an answer is due in a conversation, and what its user is told of how soon one comes.
#[utoipa::path(
    get, path = "/inbox/v1/conversations/{id}/expected", tag = "inbox", security(("cookie" = [])),
    params(("id" = ConversationId, Path)), responses((status = 200, body = Expected), Problems)
)]
pub(crate) async fn expected(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<ConversationId>,
) -> Result<Json<Expected>, Problem> {
    let found = app.db.team_conversation(agent.session.agent.id, id).await?;
    let it = found.ok_or_else(Problem::not_found)?;
    let waiting_since = it.waiting_since.filter(|_| it.state == ConversationState::Open);
    Ok(Json(app.expectations.expected(&app.db, it.app_id, waiting_since, app.clock.now()).await?))
}

/// `?ids=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Which conversations: 1 to 50 ids with commas between them.
    ids: String,
}

/// Conversations that are asked for at once.
const AT_ONCE: usize = 50;

/// When answers are due in some conversations: what a list shows of each. Those that are not the agent's are left out.
#[utoipa::path(
    get, path = "/inbox/v1/due", tag = "inbox", security(("cookie" = [])), params(Asked),
    responses((status = 200, body = DueAnswers), Problems)
)]
pub(crate) async fn due_answers(
    State(app): State<App>,
    agent: Agent,
    Query(Asked { ids }): Query<Asked>,
) -> Result<Json<DueAnswers>, Problem> {
    let ids = ids.split(',').take(AT_ONCE + 1).map(str::parse).collect::<Result<Vec<ConversationId>, _>>();
    let ids = ids.ok().filter(|ids| ids.len() <= AT_ONCE);
    let ids = ids.ok_or_else(|| {
        Problem::new(ProblemCode::InvalidParameter)
            .detail("`ids`: expected 1 to 50 ids with commas between them")
    })?;
    let now = app.clock.now();
    let mut conversations = Vec::new();
    for (conversation_id, app_id, since) in app.db.waiting_of(agent.session.agent.id, &ids).await? {
        let expected = app.expectations.expected(&app.db, app_id, Some(since), now).await?;
        conversations.extend(expected.due_at.map(|due_at| DueAnswer { conversation_id, due_at }));
    }
    Ok(Json(DueAnswers { conversations }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::time::Timestamp;

    use crate::testing::Harness;

    #[tokio::test]
    async fn an_answer_is_due_when_half_of_the_last_ones_had_come() {
        const WAIT_MS: i64 = 20 * 60_000;
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let (cookie, stranger) = (harness.agent_cookie().await, harness.agent_of_another_team().await);
        let expected = async |conversation: &str| {
            let path = format!("/inbox/v1/conversations/{conversation}/expected");
            harness.get(&path).cookie(&cookie).await.json()
        };
        let first = harness.conversation(&token, 1).await;
        harness.send(&token, &first, 1, "Hello?").await;
        assert_eq!(expected(&first).await, json!({ "told": {} }), "nobody has ever answered");
        for number in 10..15 {
            let id = harness.conversation(&token, number).await;
            harness.send(&token, &id, number, "Hello?").await;
            harness.hand.advance_ms(WAIT_MS);
            harness.reply(&id, number, "Yes.").await;
        }
        let second = harness.conversation(&token, 2).await;
        let asked_at = harness.app.clock.now();
        harness.send(&token, &second, 2, "And this?").await;
        harness.hand.advance_ms(60_000);
        let said = expected(&second).await;
        let due: Timestamp = serde_json::from_value(said["due_at"].clone()).unwrap();
        assert_eq!(due, asked_at.plus_ms(WAIT_MS), "counted from when they began to wait");
        assert_eq!(said["told"]["usually_within_s"], 20 * 60);
        let due_of =
            async |ids: &str, who: &str| harness.get(&format!("/inbox/v1/due?ids={ids}")).cookie(who).await;
        let both = format!("{second},{first}");
        let many = due_of(&both, &cookie).await.json()["conversations"].clone();
        assert_eq!(many.as_array().unwrap().len(), 2, "{many}");
        assert!(many.as_array().unwrap().contains(&json!({ "conversation_id": second, "due_at": due })));
        assert_eq!(due_of(&both, &stranger).await.json(), json!({ "conversations": [] }));
        for ids in ["", "x", vec![second.as_str(); 51].join(",").as_str()] {
            assert_eq!(due_of(ids, &cookie).await.code(), "invalid_parameter", "{ids}");
        }
        harness.reply(&second, 20, "That too.").await;
        let said = expected(&second).await;
        assert_eq!((&said["due_at"], &said["told"]["usually_within_s"]), (&Value::Null, &json!(20 * 60)));
        let path = format!("/inbox/v1/conversations/{second}/expected");
        assert_eq!(harness.get(&path).cookie(&stranger).await.code(), "not_found");
    }
}
