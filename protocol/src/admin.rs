//! Bodies of the admin API (`/admin/v1`), which a company's backend calls with a server key.

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::context::Fields;
use crate::id::{AppId, ConversationId, IdentityKeyId, JobId, MessageId, TeamId, UserId};
use crate::inbox::{AgentRole, Ledger};
use crate::push::{PushEnvironment, PushPrivacy, PushProvider};
use crate::text::{Email, ExternalId, Label, Name, WebAddress};
use crate::time::Timestamp;

/// `POST /admin/v1/apps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateApp {
    /// What to call it.
    pub name: Name,
    /// The team that answers; absent: the workspace's first.
    #[serde(default)]
    pub team_id: Option<TeamId>,
    /// How much a push may say.
    #[serde(default)]
    pub push_privacy: PushPrivacy,
}

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct App {
    /// Which; the SDK is configured with it. It is no secret.
    pub id: AppId,
    /// What it is called.
    pub name: Name,
    /// The team that answers.
    pub team_id: TeamId,
    /// How much a push may say.
    pub push_privacy: PushPrivacy,
    /// Since when it is shut: its users cannot sign in, and what their phones ask is refused. Absent: it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
}

/// `PUT /admin/v1/apps/{id}/name`: what an app is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NameApp {
    /// The name. Users see it where nothing else is said of [how the app looks](crate::appearance).
    pub name: Name,
}

/// `POST /admin/v1/apps/{id}/identity_keys`: how identity tokens of this app are signed. The algorithm is the
/// key's, never the token's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "algorithm", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AddIdentityKey {
    /// ECDSA on P-256.
    ES256 {
        /// The public key in PEM (SPKI).
        public_key_pem: String,
        /// The `kid` of its tokens, if they carry one.
        #[serde(default)]
        kid: Option<Label>,
    },
    /// Ed25519.
    EdDSA {
        /// The public key in PEM (SPKI).
        public_key_pem: String,
        /// The `kid` of its tokens, if they carry one.
        #[serde(default)]
        kid: Option<Label>,
    },
    /// Simple mode: HMAC with a secret that the server makes and answers once.
    HS256 {
        /// The `kid` of its tokens, if they carry one.
        #[serde(default)]
        kid: Option<Label>,
    },
    /// A set of public keys (RFC 7517); those for ES256 and `EdDSA` are taken.
    #[serde(rename = "JWKS")]
    Jwks {
        /// The set.
        jwks: serde_json::Value,
    },
}

/// A key may be a secret: it never reaches a log.
impl std::fmt::Debug for AddIdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddIdentityKey")
    }
}

/// The answer to [`AddIdentityKey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentityKeys {
    /// The keys that were added.
    pub keys: Vec<IdentityKey>,
}

/// A key with which identity tokens are signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentityKey {
    /// Which.
    pub id: IdentityKeyId,
    /// `ES256`, `EdDSA` or `HS256`.
    pub algorithm: String,
    /// The `kid` of its tokens, if they carry one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Only for `HS256`, and only in the answer that made it: 32 bytes in base 64 (URL alphabet, unpadded); sign
    /// with the decoded bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A secret never reaches a log.
impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// `PUT /admin/v1/apps/{id}/users/{external_id}`: tells us of a user before they write, or changes what we know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpsertUser {
    /// Their name.
    #[serde(default)]
    pub name: Option<Name>,
    /// Their address.
    #[serde(default)]
    pub email: Option<Email>,
    /// Their custom fields, for which the backend vouches: all of them. Absent keeps what is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
}

/// A user, for the company's backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminUser {
    /// Which.
    pub id: UserId,
    /// The user's id in the company's own system; absent for an anonymous user.
    pub external_id: Option<ExternalId>,
    /// Their name.
    pub name: Option<Name>,
    /// Their address.
    pub email: Option<Email>,
}

/// The answer to `DELETE /admin/v1/apps/{id}/users/{external_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Erasure {
    /// What stays of the user: a hash that says nothing about them. The audit log names the erasure by it.
    pub fingerprint: String,
}

/// `POST /admin/v1/agents`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateAgent {
    /// The name that users see.
    pub name: Name,
    /// With which they sign in.
    pub email: Email,
    /// 8 characters to 1 KiB.
    pub password: String,
    /// What they may do.
    pub role: AgentRole,
    /// Their teams; absent: all of the workspace.
    #[serde(default)]
    pub team_ids: Option<Vec<TeamId>>,
}

/// A password never reaches a log.
impl std::fmt::Debug for CreateAgent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateAgent").field("role", &self.role).finish_non_exhaustive()
    }
}

/// `PUT /admin/v1/apps/{id}/push/apns`: the key with which pushes to this app are signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApnsCredential {
    /// Ten characters, from the developer account.
    pub key_id: Label,
    /// Ten characters, from the developer account.
    pub team_id: Label,
    /// The app's bundle id.
    pub topic: Label,
    /// The `.p8` file: a private key in PEM (PKCS #8).
    pub private_key_pem: String,
    /// The service that the app's tokens belong to unless a device says otherwise.
    #[serde(default)]
    pub environment: PushEnvironment,
}

/// A key never reaches a log.
impl std::fmt::Debug for ApnsCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApnsCredential").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// `GET /admin/v1/apps/{id}/push`: what pushes of an app are sent with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushKeys {
    /// One for each provider that is set up.
    pub keys: Vec<PushKeyInfo>,
}

/// What pushes through one provider are sent with, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushKeyInfo {
    /// Through whom.
    pub provider: PushProvider,
    /// What it is known by: key and topic, project, contact, or address.
    pub label: String,
    /// When it was set.
    pub set_at: Timestamp,
}

/// `PUT /admin/v1/apps/{id}/push/fcm`: the service account that sends pushes to this app.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FcmCredential {
    /// The JSON file of the service account, as it was downloaded.
    pub service_account: serde_json::Value,
}

/// A key never reaches a log.
impl std::fmt::Debug for FcmCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FcmCredential")
    }
}

/// `GET /admin/v1/push/dead`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadPushes {
    /// The newest first.
    pub pushes: Vec<DeadPush>,
}

/// A push that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadPush {
    /// Which.
    pub id: JobId,
    /// Of which app; absent for what a program of an earlier version wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AppId>,
    /// Who was to be woken.
    pub user_id: UserId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// For which message.
    pub message_id: MessageId,
    /// How often it was tried.
    pub attempts: i64,
    /// What the provider said last.
    pub error: String,
    /// When the message was stored.
    pub created_at: Timestamp,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// `GET /admin/v1/messages/{id}/ledger`: what became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageLedger {
    /// Which.
    pub message_id: MessageId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// Its number there.
    pub seq: Seq,
    /// What became of it.
    #[serde(flatten)]
    pub ledger: Ledger,
}

/// `GET /admin/v1/users/{id}/ledger`: what became of what agents wrote to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserLedger {
    /// The newest first.
    pub messages: Vec<MessageLedger>,
}

/// `PUT /admin/v1/apps/{id}/push/web`: whom push services of browsers write to when something is wrong. The key is made
/// by the server; it stays when this is said again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetWebPush {
    /// `mailto:` and an address, or an `https:` page (RFC 8292).
    pub contact: Label,
    /// Make another key: subscriptions made with the one before are worth nothing.
    #[serde(default)]
    pub new_key: bool,
}

/// The answer to [`SetWebPush`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebPushKey {
    /// What subscriptions are made with: `applicationServerKey`.
    pub public_key: String,
}

/// `PUT /admin/v1/apps/{id}/push/webhook`: the company's own service that takes pushes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPushWebhook {
    /// `https`, at a public address.
    pub url: WebAddress,
}

/// The answer to [`SetPushWebhook`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushWebhook {
    /// With which requests are signed from now on (Standard Webhooks); it is answered once.
    pub secret: String,
}

/// A secret never reaches a log.
impl std::fmt::Debug for PushWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushWebhook")
    }
}
