//! `GET /inbox/v1/conversations`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::conversation::Priority;
use tidings_protocol::id::{AgentId, AppId};
use tidings_protocol::inbox::{InboxConversationList, View};
use tidings_protocol::saved_views::{Filter, Order};
use tidings_protocol::text::Tag;

use crate::api::app::list_conversations::position;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?view=&tag=&agent_id=&app_id=&priority=&order=&before=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Which conversations; `all` when not said.
    #[serde(default)]
    #[param(value_type = Option<View>)]
    view: View,
    /// Only those with this tag; of `mine`, `unassigned`, `all`, `snoozed` and `closed`.
    #[param(value_type = Option<Tag>)]
    tag: Option<Tag>,
    /// Only those that this agent has taken on; of `all`, `snoozed` and `closed`.
    agent_id: Option<AgentId>,
    /// Only those of this app; of the same views as a tag.
    app_id: Option<AppId>,
    /// Only those of this priority; of the same views as a tag.
    #[param(value_type = Option<Priority>)]
    priority: Option<Priority>,
    /// In which order; `newest` when not said. `waiting` lists only those in which somebody waits; of `mine`, `unassigned` and
    /// `all`.
    #[serde(default)]
    #[param(value_type = Option<Order>)]
    order: Order,
    /// `next` of the page before.
    before: Option<String>,
    /// How many conversations.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// A page of a view of the agent's conversations, the most recently active first, or who waits longest.
#[utoipa::path(
    get, path = "/inbox/v1/conversations", tag = "inbox", security(("cookie" = [])), params(Asked),
    responses((status = 200, body = InboxConversationList), Problems)
)]
pub(crate) async fn list_inbox_conversations(
    State(app): State<App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Json<InboxConversationList>, Problem> {
    let id = agent.session.agent.id;
    let before = position(asked.before.as_deref())?;
    let Asked { view, tag, agent_id, app_id, priority, order, .. } = asked;
    let filter = Filter { view, tag, agent_id, app_id, priority, order };
    let (conversations, next) = app.db.filtered_conversations(id, &filter, before, asked.limit.0).await?;
    let counts = app.db.view_counts(id).await?;
    Ok(Json(InboxConversationList { conversations, next: next.map(|next| next.to_string()), counts }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Harness;

    #[tokio::test]
    async fn each_view_has_its_conversations() {
        let harness = Harness::start().await;
        let token = harness.anonymous(1).await;
        let cookie = harness.agent_cookie().await;
        let (mine, closed, open) = (
            harness.conversation(&token, 1).await,
            harness.conversation(&token, 2).await,
            harness.conversation(&token, 3).await,
        );
        let put = |id: &str, what: &str, body: serde_json::Value| {
            harness.put(&format!("/inbox/v1/conversations/{id}/{what}"), &body).cookie(&cookie).same_origin()
        };
        put(&mine, "assignee", json!({ "agent_id": harness.agent_id })).await;
        put(&closed, "state", json!({ "state": "closed" })).await;
        for (view, expected) in [
            ("mine", vec![&mine]),
            ("closed", vec![&closed]),
            ("unassigned", vec![&open]),
            ("all", vec![&open, &mine]),
        ] {
            let page =
                harness.get(&format!("/inbox/v1/conversations?view={view}")).cookie(&cookie).await.json();
            let mut ids: Vec<_> = page["conversations"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap())
                .collect();
            let mut expected = expected;
            ids.sort_unstable();
            expected.sort_unstable();
            assert_eq!(ids, expected, "{view}");
            assert_eq!(
                page["counts"],
                json!({ "mine": 1, "unassigned": 1, "all": 2, "snoozed": 0, "closed": 1, "approvals": 0, "mentions": 0, "waiting": 0 })
            );
        }
        let tags = format!("/inbox/v1/conversations/{closed}/tags");
        harness.post(&tags, &json!({ "add": ["Réclamation"] })).cookie(&cookie).same_origin().await;
        for (query, expected) in [
            ("view=closed&tag=reclamation", 1),
            ("tag=reclamation", 0),
            ("view=closed&tag=other", 0),
            (&format!("agent_id={}", harness.agent_id), 1),
            (&format!("view=closed&agent_id={}", harness.agent_id), 0),
        ] {
            let path = format!("/inbox/v1/conversations?{query}");
            let page = harness.get(&path).cookie(&cookie).await.json();
            assert_eq!(page["conversations"].as_array().unwrap().len(), expected, "{query}");
        }
        harness.send(&token, &open, 9, "Is anybody there?").await;
        for (query, expected) in [
            ("order=waiting", vec![&open]),
            ("view=mine&order=waiting", vec![]),
            ("view=unassigned&order=waiting&priority=normal", vec![&open]),
            ("priority=urgent", vec![]),
            (&format!("order=waiting&app_id={}", harness.app_id), vec![&open]),
        ] {
            let page = harness.get(&format!("/inbox/v1/conversations?{query}")).cookie(&cookie).await.json();
            let ids: Vec<_> =
                page["conversations"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
            assert_eq!(json!(ids), json!(expected), "{query}");
        }
        let answer = harness.get("/inbox/v1/conversations?view=closed&order=waiting").cookie(&cookie).await;
        assert_eq!(answer.code(), "invalid_body");
        let answer = harness.get("/inbox/v1/conversations?view=mentions&tag=x").cookie(&cookie).await;
        assert_eq!(answer.code(), "invalid_body");
        let answer = harness.get("/inbox/v1/conversations?view=secret").cookie(&cookie).await;
        assert_eq!(answer.code(), "invalid_parameter");
    }
}
