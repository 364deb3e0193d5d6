//! A company's backend: `Authorization: Bearer tdk_…`. Or, by way of the inbox's settings, an agent who administers.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use tidings_protocol::audit::AuditActor;
use tidings_protocol::id::{AgentId, AppId, WorkspaceId};
use tidings_protocol::inbox::AgentRole;
use tidings_protocol::problem::ProblemCode;
use tidings_store::apps::AppRow;
use tidings_store::audit::By;

use super::agent::SignedIn;
use super::role::{Act, is_dangerous, may};
use super::{SERVER_KEY_PREFIX, bearer};
use crate::api::settings::FromInbox;
use crate::app::App;
use crate::problem::Problem;

/// Somebody who administers a workspace.
pub struct Backend {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    who: AuditActor,
    /// Of an agent; a key may do everything that does not ask for an owner.
    role: Option<AgentRole>,
}

impl Backend {
    /// Who does an administrative act now.
    pub fn by(&self, app: &App) -> By {
        By { who: self.who, at: app.clock.now() }
    }

    /// Refuses everybody but an owner who asks in the inbox. A key is not enough: any administrator makes one, and would be an
    /// owner by it.
    ///
    /// # Errors
    /// [`ProblemCode::Forbidden`].
    pub fn as_owner(&self) -> Result<(), Problem> {
        let detail = match self.role {
            Some(role) if may(role, Act::Own) => return Ok(()),
            Some(_) => "only owners may do this",
            None => "a server key may not do this: an owner does it in the inbox, or somebody with a shell",
        };
        Err(Problem::new(ProblemCode::Forbidden).detail(detail))
    }

    /// The same for what is done to an owner; to others whoever administers may do it, and a key.
    ///
    /// # Errors
    /// [`ProblemCode::Forbidden`]; not found when there is no such agent in the workspace.
    pub async fn over(&self, app: &App, whom: AgentId) -> Result<(), Problem> {
        match app.db.role_of(self.workspace_id, whom).await? {
            None => Err(Problem::not_found()),
            Some(AgentRole::Owner) => self.as_owner(),
            Some(_) => Ok(()),
        }
    }

    /// An app of the workspace; another workspace's is not there.
    pub async fn app(&self, app: &App, id: AppId) -> Result<AppRow, Problem> {
        let row = app.db.app(id).await?.filter(|row| row.workspace_id == self.workspace_id);
        row.ok_or_else(Problem::not_found)
    }
}

impl FromRequestParts<App> for Backend {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if parts.extensions.get::<FromInbox>().is_some() {
            return from_inbox(parts, app).await;
        }
        let secret_hash = bearer(&parts.headers, SERVER_KEY_PREFIX)?;
        let key = app.db.server_key(secret_hash).await?.ok_or_else(Problem::unauthenticated)?;
        app.rates.backend(secret_hash)?;
        Ok(Self { workspace_id: key.workspace_id, who: AuditActor::ServerKey { id: key.id }, role: None })
    }
}

/// An agent who administers, and who has just proved who they are if it is dangerous.
async fn from_inbox(parts: &mut Parts, app: &App) -> Result<Backend, Problem> {
    let me = SignedIn::from_request_parts(parts, app).await?;
    if me.session.lacks_second_factor {
        return Err(Problem::new(ProblemCode::SecondFactorRequired));
    }
    let agent = &me.session.agent;
    if !may(agent.role, Act::Administer) {
        return Err(Problem::new(ProblemCode::Forbidden).detail("only who administers may do this"));
    }
    let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if is_dangerous(parts.method.as_str(), template) {
        me.proved(app)?;
    }
    let who = AuditActor::Agent { id: agent.id };
    Ok(Backend { workspace_id: me.session.workspace_id, who, role: Some(agent.role) })
}
