//! `GET /inbox/v1/attachments/{id}`.

use axum::Json;
use axum::extract::State;
use tidings_protocol::id::AttachmentId;
use tidings_protocol::upload::AttachmentAddresses;

use crate::api::fetch_file::addresses;
use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::agent::Agent;
use crate::problem::Problem;
use crate::request::Path;

/// Where a file can be fetched for a few minutes, by whoever may read the conversation that it is in.
#[utoipa::path(
    get, path = "/inbox/v1/attachments/{id}", tag = "inbox", security(("cookie" = [])),
    params(("id" = AttachmentId, Path)), responses((status = 200, body = AttachmentAddresses), Problems)
)]
pub(crate) async fn inbox_attachment_addresses(
    State(app): State<App>,
    agent: Agent,
    Path(id): Path<AttachmentId>,
) -> Result<Json<AttachmentAddresses>, Problem> {
    addresses(&app, agent.actor(), id).await.map(Json)
}
