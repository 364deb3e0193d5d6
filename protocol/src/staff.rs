//! Bodies about those who work here: agents, teams, invitations, and what a company demands of them. The admin API has
//! them under `/admin/v1`, for a server key, and the inbox under `/inbox/v1/settings`, for who administers.

use serde::{Deserialize, Serialize};

use crate::admin::App;
use crate::assigning::Talents;
use crate::hours::TeamHours;
use crate::id::{AgentId, InvitationId, ServerKeyId, TeamId};
use crate::inbox::AgentRole;
use crate::text::{Email, Name};
use crate::time::Timestamp;

/// An agent, as who administers sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffMember {
    /// Who.
    pub id: AgentId,
    /// The name that users see.
    pub name: Name,
    /// With which they sign in.
    pub email: Email,
    /// What they may do.
    pub role: AgentRole,
    /// Their teams.
    pub team_ids: Vec<TeamId>,
    /// Whether they have a second factor: an authenticator, or a passkey.
    pub has_second_factor: bool,
    /// Whether the company's identity provider knows them: they came in by it, or connected their account.
    #[serde(default)]
    pub has_identity: bool,
    /// What they can, and how much they take.
    #[serde(default)]
    pub talents: Talents,
    /// Since when they are shut out; absent: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
}

/// `GET /admin/v1/agents`: everybody, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Staff {
    /// Everybody, disabled or not.
    pub agents: Vec<StaffMember>,
    /// The teams of the workspace, the oldest first.
    pub teams: Vec<StaffTeam>,
}

/// A team of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffTeam {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: Name,
    /// When it answers; absent: at all times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<TeamHours>,
}

/// `POST /admin/v1/teams` and `PUT /admin/v1/teams/{id}/name`: what a team is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NameTeam {
    /// The name; no two teams share one.
    pub name: Name,
}

/// `PUT /admin/v1/teams/{id}/members`: who is of a team, in the place of who was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetTeamMembers {
    /// Everybody, in any order.
    pub agent_ids: Vec<AgentId>,
}

/// `PUT /admin/v1/agents/{id}/role`: what an agent may do from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetRole {
    /// The role.
    pub role: AgentRole,
}

/// `POST /admin/v1/invitations`: invites somebody to answer. An earlier invitation of the same address opens nothing any
/// more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invite {
    /// With which they will sign in.
    pub email: Email,
    /// What they may do.
    pub role: AgentRole,
    /// Their teams; absent: all of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_ids: Option<Vec<TeamId>>,
}

/// An invitation that nobody has followed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// Who.
    pub email: Email,
    /// What they may do.
    pub role: AgentRole,
    /// Who sets a password with it; absent: it makes an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Until when it opens the door.
    pub expires_at: Timestamp,
}

/// Answer to [`Invite`], and to `POST /admin/v1/agents/{id}/password_link`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// What opens the door, told this once: the address of the inbox, then `/join#` and this.
    pub token: String,
}

/// A token never reaches a log.
impl std::fmt::Debug for NewInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewInvitation").field("invitation", &self.invitation.id).finish_non_exhaustive()
    }
}

/// `GET /admin/v1/invitations`: those that nobody has followed yet, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitations {
    /// All of them.
    pub invitations: Vec<Invitation>,
}

/// `POST /inbox/v1/invitation`: who follows an invitation asks what it is to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShowInvitation {
    /// What opens the door.
    pub token: String,
}

/// A token never reaches a log.
impl std::fmt::Debug for ShowInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShowInvitation").finish_non_exhaustive()
    }
}

/// Answer to [`ShowInvitation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationCard {
    /// Who invites.
    pub company: Name,
    /// Who is invited.
    pub email: Email,
    /// Whether it is of somebody who is an agent already, and sets a password with it: `POST /inbox/v1/invitation/password`.
    #[serde(default)]
    pub sets_password: bool,
}

/// `POST /inbox/v1/invitation/accepted`: becomes an agent; the answer sets the cookie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptInvitation {
    /// What opens the door.
    pub token: String,
    /// The name that users will see.
    pub name: Name,
    /// 8 characters to 1 KiB.
    pub password: String,
}

/// A password never reaches a log.
impl std::fmt::Debug for AcceptInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AcceptInvitation").finish_non_exhaustive()
    }
}

/// `POST /inbox/v1/invitation/password`: an agent sets a password with the link that somebody who administers made for them. All
/// their sessions end, and they sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPassword {
    /// What opens.
    pub token: String,
    /// 8 characters to 1 KiB.
    pub password: String,
}

/// A password never reaches a log.
impl std::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetPassword").finish_non_exhaustive()
    }
}

/// `GET` and `PUT /admin/v1/sign_in_rules`: what a company demands of whoever signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInRules {
    /// Whether nobody works without a second factor.
    pub second_factor_required: bool,
}

/// `GET /admin/v1/apps`: the apps of the workspace, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppList {
    /// All of them.
    pub apps: Vec<App>,
}

/// A server key, without what opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerKeyInfo {
    /// Which.
    pub id: ServerKeyId,
    /// What people call it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// `GET /admin/v1/server_keys`: those that were not revoked, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerKeys {
    /// All of them.
    pub keys: Vec<ServerKeyInfo>,
}

/// `POST /admin/v1/server_keys`: makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateServerKey {
    /// What people call it.
    pub label: Name,
}

/// Answer to [`CreateServerKey`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewServerKey {
    /// Which.
    pub id: ServerKeyId,
    /// What opens, told this once: `tdk_…`.
    pub secret: String,
}

/// A secret never reaches a log.
impl std::fmt::Debug for NewServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewServerKey").field("id", &self.id).finish_non_exhaustive()
    }
}
