//! The audit log: who administered what, and when. `GET /admin/v1/audit_log`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::id::{AgentId, ServerKeyId};
use crate::time::Timestamp;

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AuditActor {
    /// A company's backend.
    ServerKey {
        /// The key that it showed.
        id: ServerKeyId,
    },
    /// An agent, or whoever tried to sign in as one.
    Agent {
        /// Who.
        id: AgentId,
    },
    /// Somebody with a shell on a server: `tidings …`.
    CommandLine,
    /// The server by itself, because it was told so before.
    Server,
}

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum AuditAct {
            $($(#[$doc])* $name,)*
        }

        impl AuditAct {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

acts! {
    /// A workspace was made.
    WorkspaceCreated,
    /// A team was made.
    TeamCreated,
    /// An app was made.
    AppCreated,
    /// An app got another name.
    AppRenamed,
    /// An app was shut: its users cannot sign in.
    AppDisabled,
    /// An app was opened again.
    AppEnabled,
    /// A key for identity tokens was added.
    IdentityKeyAdded,
    /// A key for identity tokens was revoked.
    IdentityKeyRevoked,
    /// A server key was added.
    ServerKeyAdded,
    /// A server key was revoked.
    ServerKeyRevoked,
    /// What pushes are signed with was set.
    PushCredentialSet,
    /// How users are told of messages that do not arrive was set, or switched off.
    FallbackSet,
    /// Whether and how users are asked what they think was set.
    SatisfactionSet,
    /// How an app looks to its users was set.
    AppearanceSet,
    /// The logo of an app was set, or taken away.
    LogoSet,
    /// What pushes of an app, or of one conversation, look like and say was set.
    PushOptionsSet,
    /// A test push was sent to a user's devices.
    PushTested,
    /// E-mails to a user were stopped, or allowed again.
    UserMailSet,
    /// The push address of a device was taken away.
    DeviceRevoked,
    /// An agent was made.
    AgentCreated,
    /// An agent was shut out.
    AgentDisabled,
    /// An agent was let in again.
    AgentEnabled,
    /// An agent signed in.
    AgentSignedIn,
    /// Somebody gave a wrong password for an agent.
    AgentSignInFailed,
    /// An agent signed out.
    AgentSignedOut,
    /// A session of an agent was ended, by themselves from another one or by somebody else.
    AgentSessionEnded,
    /// An agent may do more, or less, than before.
    AgentRoleSet,
    /// A team got another name.
    TeamRenamed,
    /// Somebody joined a team, or left it.
    TeamMembersSet,
    /// When a team answers was changed.
    TeamHoursSet,
    /// The rules by which conversations are assigned were changed.
    AssignmentRulesSet,
    /// What an agent can, and how much they take, was changed.
    AgentTalentsSet,
    /// A tag got another name, in every team.
    TagRenamed,
    /// A tag became another one, in every team.
    TagMerged,
    /// A tag was deleted, in every team.
    TagDeleted,
    /// Somebody was invited.
    AgentInvited,
    /// An invitation was taken back.
    InvitationRevoked,
    /// An agent chose another password.
    AgentPasswordChanged,
    /// An agent set up a second factor.
    SecondFactorSet,
    /// The second factor of an agent was taken away.
    SecondFactorRemoved,
    /// An agent had new recovery codes made.
    RecoveryCodesMade,
    /// An agent came in with a recovery code.
    RecoveryCodeUsed,
    /// An agent made a passkey.
    PasskeyAdded,
    /// A passkey of an agent was taken away.
    PasskeyRemoved,
    /// A passkey was refused: its counter went back, so there may be a copy of it.
    PasskeyCounterWentBack,
    /// Where agents sign in at their company was set.
    SingleSignOnSet,
    /// Agents do not sign in at their company any more.
    SingleSignOnRemoved,
    /// An agent signed in at their company for the first time, and is known by its own id of them from now on.
    AgentIdentityBound,
    /// What is known of an agent at their company's provider was forgotten.
    AgentIdentityUnbound,
    /// Somebody came from their company's provider and was refused; `code` says with what.
    ProviderSignInRefused,
    /// A link was made with which an agent sets a password.
    PasswordLinkMade,
    /// It was said whether every agent must have a second factor.
    SecondFactorRequired,
    /// A user was shut out.
    UserBlocked,
    /// A user was let in again.
    UserUnblocked,
    /// Sessions of a user were ended by somebody else.
    UserSessionsEnded,
    /// Everything about a user was handed out.
    UserExported,
    /// A user was erased. The target is a fingerprint, which says nothing about the person.
    UserErased,
    /// A conversation was merged into another.
    ConversationMerged,
    /// A conversation that was merged stands by itself again.
    ConversationUnmerged,
    /// A backup was made.
    BackupMade,
    /// The database was replaced by a backup.
    BackupRestored,
    /// The installation was copied to another database.
    InstallationCopied,
    /// How long things are kept was changed.
    RetentionChanged,
    /// Where the cards of an app's users come from was set, or taken away.
    CardSourceSet,
    /// A webhook was added.
    WebhookAdded,
    /// A webhook was changed, switched off or switched on.
    WebhookChanged,
    /// A webhook was removed.
    WebhookRemoved,
    /// A webhook got a new secret.
    WebhookSecretChanged,
    /// A webhook was switched off because nothing got through.
    WebhookGivenUp,
    /// The search index was thrown away, to be made again.
    SearchRebuilt,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its number in the log of its workspace: 1, 2, 3 … without a hole.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: AuditActor,
    /// What.
    pub act: AuditAct,
    /// To what: an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// More, never a secret, nothing about a user.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

/// `GET /admin/v1/audit_log`: a page of the log, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLog {
    /// The page.
    pub entries: Vec<AuditEntry>,
    /// For the next page: `before`; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Seq>,
}
