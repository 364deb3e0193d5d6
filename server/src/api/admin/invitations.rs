//! `POST`, `GET /admin/v1/invitations`, `DELETE /admin/v1/invitations/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tidings_protocol::id::InvitationId;
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::limits;
use tidings_protocol::staff::{Invitation, Invitations, Invite, NewInvitation};
use tidings_store::invitations::{InviteAgent, RevokeInvitation};

use crate::api::openapi::Problems;
use crate::app::App;
use crate::auth::key::Backend;
use crate::auth::{new_token, token_hash};
use crate::problem::Problem;
use crate::request::{Body, Path};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Invites somebody to answer: the answer holds what opens the door, once and for a week.
#[utoipa::path(
    post, path = "/admin/v1/invitations", tag = "admin", security(("server_key" = [])), request_body = Invite,
    responses((status = 201, body = NewInvitation), Problems)
)]
pub(crate) async fn invite(
    State(app): State<App>,
    backend: Backend,
    Body(asked): Body<Invite>,
) -> Result<(StatusCode, Json<NewInvitation>), Problem> {
    if asked.role == AgentRole::Owner {
        backend.as_owner()?;
    }
    if let Some(wanted) = &asked.team_ids {
        let teams = app.db.teams(backend.workspace_id).await?;
        if let Some(place) = wanted.iter().position(|id| !teams.iter().any(|team| team.id == *id)) {
            return Err(Problem::invalid(&format!("/team_ids/{place}"), "there is no such team"));
        }
    }
    let (token, by) = (new_token(&app.clock, ""), backend.by(&app));
    let invitation = Invitation {
        id: InvitationId::from_parts(app.clock.unix_ms(), app.clock.random()),
        email: asked.email,
        role: asked.role,
        agent_id: None,
        expires_at: by.at.plus_ms(limits::INVITATION_DAYS * DAY_MS),
    };
    let command = InviteAgent {
        invitation: invitation.clone(),
        workspace_id: backend.workspace_id,
        team_ids: asked.team_ids,
        token_hash: token_hash(&token),
        by,
    };
    app.db.write(command).await?;
    Ok((StatusCode::CREATED, Json(NewInvitation { invitation, token })))
}

/// The invitations that nobody has followed yet.
#[utoipa::path(
    get, path = "/admin/v1/invitations", tag = "admin", security(("server_key" = [])),
    responses((status = 200, body = Invitations), Problems)
)]
pub(crate) async fn list_invitations(
    State(app): State<App>,
    backend: Backend,
) -> Result<Json<Invitations>, Problem> {
    let invitations = app.db.invitations(backend.workspace_id, app.clock.now()).await?;
    Ok(Json(Invitations { invitations }))
}

/// Takes an invitation back.
#[utoipa::path(
    delete, path = "/admin/v1/invitations/{id}", tag = "admin", security(("server_key" = [])),
    params(("id" = InvitationId, Path)), responses((status = 204, description = "It opens nothing any more"), Problems)
)]
pub(crate) async fn revoke_invitation(
    State(app): State<App>,
    backend: Backend,
    Path(id): Path<InvitationId>,
) -> Result<StatusCode, Problem> {
    let (workspace_id, by) = (backend.workspace_id, backend.by(&app));
    app.db.write(RevokeInvitation { workspace_id, id, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}
