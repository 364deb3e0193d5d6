//! `GET /admin/v1/apps/{id}/users/{external_id}/export`, `GET /admin/v1/users/{id}/export`.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AppId, UserId};
use tidings_protocol::text::ExternalId;
use tidings_store::audit::{Line, Record};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::export;
use crate::problem::Problem;
use crate::request::Path;

/// Everything about a user: who they are, their devices, their conversations with all messages and notes, their files.
#[utoipa::path(
    get, path = "/admin/v1/apps/{id}/users/{external_id}/export", tag = "admin", security(("server_key" = [])),
    params(("id" = AppId, Path), ("external_id" = ExternalId, Path)),
    responses((status = 200, description = "A JSON document, as a stream", content_type = "application/json"), Problems)
)]
pub(crate) async fn export_user(
    State(app): State<App>,
    backend: Backend,
    Path((app_id, external_id)): Path<(AppId, ExternalId)>,
) -> Result<Response, Problem> {
    backend.app(&app, app_id).await?;
    let id = app.db.user_by_external_id(app_id, &external_id).await?.ok_or_else(Problem::not_found)?;
    document(&app, &backend, id).await
}

/// The same of a user by our own id: of somebody whom nobody has vouched for, too.
#[utoipa::path(
    get, path = "/admin/v1/users/{id}/export", tag = "admin", security(("server_key" = [])),
    params(("id" = UserId, Path)),
    responses((status = 200, description = "A JSON document, as a stream", content_type = "application/json"), Problems)
)]
pub(crate) async fn export_user_by_id(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<UserId>,
) -> Result<Response, Problem> {
    document(&app, &backend, id).await
}

async fn document(app: &App, backend: &Backend, id: UserId) -> Result<Response, Problem> {
    let person = app.db.person(id).await?.filter(|found| found.workspace_id == backend.workspace_id);
    let person = person.ok_or_else(Problem::not_found)?;
    let line = Line::new(backend.workspace_id, backend.by(app), AuditAct::UserExported).target(id);
    app.db.write(Record(line)).await?;
    let pieces = export::start(app.db.clone(), app.files.clone(), person, app.clock.now());
    let pieces = futures_util::stream::unfold(pieces, |mut pieces| async {
        pieces.recv().await.map(|piece| (piece, pieces))
    });
    // Whoever compresses it asks once more after its end.
    let body = Body::from_stream(pieces.fuse());
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_protocol::id::NoteId;

    use crate::testing::Harness;

    #[tokio::test]
    async fn everything_about_a_user_is_in_it_and_nothing_of_others() {
        let harness = Harness::start().await;
        let (token, other) = (harness.user("ana/1").await, harness.user("ben").await);
        let conversation = harness.conversation(&token, 1).await;
        for n in 1..=120 {
            harness.send(&token, &conversation, n, "about my order").await;
        }
        let file = harness
            .uploaded(crate::testing_uploads::Sender::User(&token), 9, b"four bytes and more", "a")
            .await;
        harness.send_parts(&token, &conversation, 121, &json!([file])).await;
        let elsewhere = harness.conversation(&other, 2).await;
        harness.send(&other, &elsewhere, 200, "somebody else's").await;
        let cookie = harness.agent_cookie().await;
        let note = json!({ "id": NoteId::from_parts(1, [1; 10]), "text": "a regular" });
        let path = format!("/inbox/v1/conversations/{conversation}/notes");
        harness.post(&path, &note).cookie(&cookie).same_origin().await;
        let path = format!("/admin/v1/apps/{}/users/ana%2F1/export", harness.app_id);
        let document = harness.get(&path).bearer(&harness.server_key).await.json();
        assert_eq!((&document["format"], &document["version"]), (&json!("tidings.user_export"), &json!(1)));
        assert_eq!(document["user"]["external_id"], "ana/1");
        assert_eq!(document["devices"].as_array().unwrap().len(), 1);
        let threads = document["conversations"].as_array().unwrap();
        assert_eq!(threads.len(), 1);
        let seqs: Vec<_> = threads[0]["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["seq"].as_i64().unwrap())
            .collect();
        assert_eq!(seqs, (1..=121).collect::<Vec<_>>());
        assert_eq!(threads[0]["notes"][0]["text"], "a regular");
        let file = &document["files"][0];
        assert_eq!(file["content"], "Zm91ciBieXRlcyBhbmQgbW9yZQ==");
        assert_eq!(file["attachment"]["media_type"], "text/plain");
        assert!(!document.to_string().contains("somebody else"));
        let path = format!("/admin/v1/apps/{}/users/nobody/export", harness.app_id);
        assert_eq!(harness.get(&path).bearer(&harness.server_key).await.code(), "not_found");
    }
}
