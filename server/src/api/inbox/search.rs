//! `GET /inbox/v1/search`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::id::AgentId;
use tidings_protocol::search::{InboxSearch, SearchAmong, SearchIn};
use tidings_protocol::text::Tag;
use tidings_protocol::time::Timestamp;
use tidings_store::search::{Among, SearchPlace};

use crate::api::app::search::{position, query, words};
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::{Limit, Query};

/// `?q=&in=&is=&tag=&from=&assignee_id=&since=&until=&before=&limit=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Words, all of which must be there; in quotes as a phrase. The last may be a beginning.
    #[param(max_length = 256)]
    q: String,
    /// What to look through; `messages` when not said.
    #[serde(default, rename = "in")]
    #[param(value_type = Option<SearchIn>)]
    within: SearchIn,
    /// Only conversations of this kind.
    #[serde(default, rename = "is")]
    #[param(value_type = Option<SearchAmong>)]
    kind: Option<SearchAmong>,
    /// Only conversations with a tag that begins so, whatever accents and capitals.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    tag: Option<Tag>,
    /// Only conversations whose user is found by these words: their name, their address or their id in the company's systems.
    #[param(min_length = 1, max_length = 256)]
    from: Option<String>,
    /// Only conversations that this agent has.
    assignee_id: Option<AgentId>,
    /// Only messages and notes written then or later.
    #[param(value_type = Option<Timestamp>)]
    since: Option<Timestamp>,
    /// Only messages and notes written earlier.
    #[param(value_type = Option<Timestamp>)]
    until: Option<Timestamp>,
    /// `next` of the page before.
    before: Option<String>,
    /// How many.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 100, default = 50)]
    limit: Limit,
}

/// Looks through the conversations of the agent's teams, the newest first. A page that is narrowed down may have fewer hits than
/// asked for, or none, and a `next`: what matches is looked at by the thousand.
#[utoipa::path(
    get, path = "/inbox/v1/search", tag = "inbox", security(("cookie" = [])), params(Asked),
    responses((status = 200, body = InboxSearch), Problems)
)]
pub(crate) async fn inbox_search(
    State(app): State<App>,
    agent: Agent,
    Query(asked): Query<Asked>,
) -> Result<Json<InboxSearch>, Problem> {
    let (query, before) = (query(&asked.q)?, position(asked.before.as_deref())?);
    let (id, now) = (agent.session.agent.id, app.clock.now());
    let from = asked.from.as_deref().map(|from| words("from", from)).transpose()?;
    let Asked { kind, tag, assignee_id: assignee, since, until, .. } = asked;
    let among = Among { kind, tag, from, assignee, since, until };
    let place = SearchPlace { within: asked.within, among, before, limit: asked.limit.0 };
    Ok(Json(app.db.search_among(id, &query, &place, now).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::NoteId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn messages_notes_and_people_are_found_apart() {
        let harness = Harness::start().await;
        let token = harness.user("parcel-lover").await;
        let conversation = harness.conversation(&token, 1).await;
        harness.send(&token, &conversation, 1, "where is my parcel").await;
        let cookie = harness.agent_cookie().await;
        let note = json!({ "id": NoteId::from_parts(1, [1; 10]), "text": "lost a parcel before" });
        let path = format!("/inbox/v1/conversations/{conversation}/notes");
        harness.post(&path, &note).cookie(&cookie).same_origin().await;
        crate::upkeep::search::index_all(&harness.app).await.unwrap();
        for (within, kind, text) in [
            ("messages", "message", "where is my "),
            ("notes", "note", "lost a "),
            ("people", "user", "parcel"),
        ] {
            let path = format!("/inbox/v1/search?q=parcel&in={within}");
            let found = harness.get(&path).cookie(&cookie).await.json();
            assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{within}");
            assert_eq!(found["hits"][0]["kind"], kind);
            assert_eq!(found["hits"][0]["snippet"][0]["text"], text);
            assert_eq!(found["conversations"][0]["id"], json!(conversation));
        }
        for (narrowed, hits) in [
            ("is=open", 1),
            ("is=closed", 0),
            ("is=mine", 0),
            ("is=unassigned", 1),
            ("tag=vip", 0),
            ("from=Nobody", 0),
            (&format!("assignee_id={}", harness.agent_id), 0),
            ("since=2026-11-21T00:00:00Z", 1),
            ("until=2026-11-21T00:00:00Z", 0),
        ] {
            let path = format!("/inbox/v1/search?q=parcel&{narrowed}");
            let found = harness.get(&path).cookie(&cookie).await.json();
            assert_eq!(found["hits"].as_array().unwrap().len(), hits, "{narrowed}");
        }
        for (bad, parameter) in [("from=!", "from"), ("is=secret", "is"), ("since=yesterday", "since")] {
            let answer = harness.get(&format!("/inbox/v1/search?q=parcel&{bad}")).cookie(&cookie).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_parameter"), "{parameter}");
        }
        let outsider = harness.agent_of_another_team().await;
        for within in ["messages", "notes", "people"] {
            let path = format!("/inbox/v1/search?q=parcel&in={within}");
            assert_eq!(harness.get(&path).cookie(&outsider).await.json()["hits"], json!([]));
        }
    }
}
