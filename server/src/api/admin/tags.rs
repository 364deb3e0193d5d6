//! `GET` and `DELETE /admin/v1/tags`, `POST /admin/v1/tags/rename`, `POST /admin/v1/tags/merge`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tidings_protocol::tags::{MergeTag, RenameTag, TagChanged, TagUses};
use tidings_protocol::text::Tag;
use tidings_store::tag_changes::{AlterTag, TagFate};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::problem::Problem;
use crate::request::{Body, Query};
use crate::upkeep::tags::go_through;

/// Steps that a request waits for: about 2,000 conversations. The rest is done behind it.
const STEPS: usize = 20;

/// The tags of all teams, with how often they are used and by what else they are named.
#[utoipa::path(
    get, path = "/admin/v1/tags", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = TagUses), Problems)
)]
pub(crate) async fn list_tag_uses(
    State(app): State<App>,
    backend: Backend,
) -> Result<Json<TagUses>, Problem> {
    Ok(Json(app.db.tag_uses(backend.workspace_id).await?))
}

/// Gives a tag another name in every team that has it: its conversations, saved views and rules follow.
#[utoipa::path(
    post, path = "/admin/v1/tags/rename", tag = "admin", security(("server_key" = [])), request_body = RenameTag,
    responses((status = 200, body = TagChanged), Problems)
)]
pub(crate) async fn rename_tag(
    State(app): State<App>,
    backend: Backend,
    Body(RenameTag { tag, to }): Body<RenameTag>,
) -> Result<Json<TagChanged>, Problem> {
    alter(&app, &backend, tag, TagFate::Named(to)).await
}

/// Merges a tag into another one, in every team that has it: its conversations, saved views and rules follow. Nothing tells
/// afterwards which of the two a conversation had.
#[utoipa::path(
    post, path = "/admin/v1/tags/merge", tag = "admin", security(("server_key" = [])), request_body = MergeTag,
    responses((status = 200, body = TagChanged), Problems)
)]
pub(crate) async fn merge_tag(
    State(app): State<App>,
    backend: Backend,
    Body(MergeTag { tag, into }): Body<MergeTag>,
) -> Result<Json<TagChanged>, Problem> {
    alter(&app, &backend, tag, TagFate::Becomes(into)).await
}

/// `?tag=`.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Which, whatever its case and accents.
    #[param(value_type = String)]
    tag: Tag,
}

/// Deletes a tag in every team that has it: its conversations lose it for good. Saved views that ask for it stay, and show nothing
/// until a tag of that name is made again. One that a rule of assigning asks for is refused.
#[utoipa::path(
    delete, path = "/admin/v1/tags", tag = "admin", security(("server_key" = [])), params(Asked),
    responses((status = 200, body = TagChanged), Problems)
)]
pub(crate) async fn delete_tag(
    State(app): State<App>,
    backend: Backend,
    Query(Asked { tag }): Query<Asked>,
) -> Result<Json<TagChanged>, Problem> {
    alter(&app, &backend, tag, TagFate::Gone).await
}

async fn alter(app: &App, backend: &Backend, tag: Tag, fate: TagFate) -> Result<Json<TagChanged>, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(app));
    let altered = app.db.write(AlterTag { workspace_id, tag, fate, by }).await?;
    let done = go_through(app, altered.going, STEPS).await?;
    Ok(Json(TagChanged { conversations: altered.conversations, done }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Answer, Harness};

    async fn tag(harness: &Harness, cookie: &str, conversation: &str, tags: &[&str]) {
        let path = format!("/inbox/v1/conversations/{conversation}/tags");
        let answer = harness.post(&path, &json!({ "add": tags })).cookie(cookie).same_origin().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn tags(harness: &Harness, cookie: &str, conversation: &str) -> Value {
        let path = format!("/inbox/v1/conversations/{conversation}");
        harness.get(&path).cookie(cookie).await.json()["tags"].clone()
    }

    async fn list(harness: &Harness) -> Value {
        harness.get("/admin/v1/tags").bearer(&harness.server_key).await.json()["tags"].clone()
    }

    async fn post(harness: &Harness, what: &str, body: Value) -> Answer {
        harness.post(&format!("/admin/v1/tags/{what}"), &body).bearer(&harness.server_key).await
    }

    #[tokio::test]
    async fn a_typo_is_put_right_wherever_it_stands() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let (one, other) = (harness.conversation(&token, 1).await, harness.conversation(&token, 2).await);
        let cookie = harness.agent_cookie().await;
        tag(&harness, &cookie, &one, &["Refunf", "vip"]).await;
        tag(&harness, &cookie, &other, &["refunf", "Refund"]).await;
        assert_eq!(
            list(&harness).await,
            json!([
                { "name": "Refund", "team_ids": [harness.team_id], "conversations": 1, "views": 0 },
                { "name": "Refunf", "team_ids": [harness.team_id], "conversations": 2, "views": 0 },
                { "name": "vip", "team_ids": [harness.team_id], "conversations": 1, "views": 0 },
            ])
        );
        let again = post(&harness, "rename", json!({ "tag": "refunf", "to": "REFUND" })).await;
        assert_eq!(again.code(), "already_exists");
        let merged = post(&harness, "merge", json!({ "tag": "refunf", "into": "refund" })).await;
        assert_eq!(merged.json(), json!({ "conversations": 2, "done": true }));
        assert_eq!(tags(&harness, &cookie, &one).await, json!(["Refund", "vip"]));
        assert_eq!(tags(&harness, &cookie, &other).await, json!(["Refund"]));
        let renamed = post(&harness, "rename", json!({ "tag": "VIP", "to": "V.I.P." })).await;
        assert_eq!(renamed.json(), json!({ "conversations": 1, "done": true }));
        assert_eq!(tags(&harness, &cookie, &one).await, json!(["Refund", "V.I.P."]));
        let gone = harness.delete("/admin/v1/tags?tag=refund").bearer(&harness.server_key).await;
        assert_eq!(gone.json(), json!({ "conversations": 2, "done": true }));
        assert_eq!(tags(&harness, &cookie, &other).await, Value::Null);
        assert_eq!(list(&harness).await.as_array().unwrap().len(), 1);
        for (what, body, code) in [
            ("rename", json!({ "tag": "refund", "to": "money" }), "not_found"),
            ("merge", json!({ "tag": "v.i.p.", "into": "money" }), "invalid_body"),
            ("merge", json!({ "tag": "v.i.p.", "into": "V.I.P." }), "invalid_body"),
            ("rename", json!({ "tag": "v.i.p.", "to": "x".repeat(49) }), "invalid_body"),
        ] {
            assert_eq!(post(&harness, what, body.clone()).await.code(), code, "{what} {body}");
        }
        let log = harness.get("/admin/v1/audit_log?act=tag_merged").bearer(&harness.server_key).await.json();
        let line = &log["entries"][0];
        assert_eq!((&line["target"], &line["details"]["to"]), (&json!("Refunf"), &json!("Refund")));
    }

    #[tokio::test]
    async fn views_and_rules_follow_and_what_a_rule_asks_for_is_not_deleted() {
        let harness = Harness::start().await;
        let token = harness.user("ana").await;
        let conversation = harness.conversation(&token, 1).await;
        let cookie = harness.agent_cookie().await;
        tag(&harness, &cookie, &conversation, &["Refund"]).await;
        let rules = json!({ "rules": [{ "name": "Money", "tags": ["refund", "money"], "to": { "kind": "nobody" } }] });
        let set = harness.put("/admin/v1/assignment_rules", &rules).bearer(&harness.server_key).await;
        assert_eq!(set.status, 204, "{}", set.text());
        let refused = harness.delete("/admin/v1/tags?tag=Refund").bearer(&harness.server_key).await;
        assert_eq!(refused.code(), "invalid_body");
        assert_eq!(list(&harness).await[0]["rules"], json!(["Money"]));
        assert_eq!(post(&harness, "rename", json!({ "tag": "Refund", "to": "Money" })).await.status, 200);
        let rules = harness.get("/admin/v1/assignment_rules").bearer(&harness.server_key).await.json();
        assert_eq!(rules["rules"][0]["tags"], json!(["Money"]), "each once");
    }

    #[tokio::test]
    async fn only_who_administers_looks_after_tags() {
        let harness = Harness::start().await;
        let cookie = harness.agent_cookie().await;
        let body = json!({ "tag": "a", "to": "b" });
        let asked = harness.post("/inbox/v1/settings/tags/rename", &body).cookie(&cookie).same_origin().await;
        assert_eq!((asked.status, asked.code().as_str()), (403, "forbidden"));
    }
}
