//! What several commands make: keys, apps, agents' passwords.

use std::fmt;
use std::io::BufRead as _;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::ValueEnum;
use serde::Serialize;
use tidings_protocol::id::{AgentId, AppId, IdentityKeyId, ServerKeyId, TeamId, WorkspaceId};
use tidings_protocol::inbox::{Agent, AgentRole};
use tidings_protocol::push::PushPrivacy;
use tidings_protocol::text::{Email, Name};
use tidings_store::agents::CreateAgent;
use tidings_store::apps::CreateApp;
use tidings_store::audit::By;
use tidings_store::keys::{AddIdentityKeys, AddServerKey, IdentityAlgorithm, NewIdentityKey};
use tidings_store::{Db, Error};

use super::output::Refused;
use crate::auth::identity::name_of;
use crate::auth::material::KeyPair;
use crate::auth::{SERVER_KEY_PREFIX, new_token, password, token_hash};
use crate::clock::Clock;

/// How an app's backend signs identity tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Algorithm {
    /// A shared secret: the simple mode
    Hs256,
    /// A key pair (ECDSA on P-256): the server knows the public half only
    Es256,
    /// A key pair (Ed25519): the server knows the public half only
    Eddsa,
}

/// A new identity key, with what the backend needs, once.
#[derive(Debug, Serialize)]
pub(super) struct IdentityKey {
    #[serde(rename = "identity_key_id")]
    pub(super) id: IdentityKeyId,
    #[serde(rename = "identity_algorithm")]
    pub(super) algorithm: &'static str,
    /// For HS256: 32 bytes in base 64 (URL alphabet, unpadded); sign with the decoded bytes.
    #[serde(rename = "identity_secret", skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<String>,
    /// For the others: PEM (PKCS #8).
    #[serde(rename = "identity_private_key", skip_serializing_if = "Option::is_none")]
    pub(super) private_key: Option<String>,
}

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.algorithm;
        match (&self.secret, &self.private_key) {
            (Some(secret), _) => {
                writeln!(f, "  identity secret    {secret}")?;
                writeln!(
                    f,
                    "                     into your backend: it signs {algorithm} tokens with the decoded bytes"
                )
            }
            (_, Some(pem)) => {
                writeln!(
                    f,
                    "  identity key       into your backend: it signs {algorithm} tokens with it\n\n{pem}"
                )
            }
            _ => Ok(()),
        }
    }
}

/// Makes an identity key: what is registered, and what its owner is shown.
pub(super) fn new_identity_key(
    clock: &Clock,
    with: Algorithm,
) -> anyhow::Result<(NewIdentityKey, IdentityKey)> {
    let (algorithm, material, secret, private) = match with {
        Algorithm::Hs256 => {
            let secret = clock.random::<32>().to_vec();
            let text = URL_SAFE_NO_PAD.encode(&secret);
            (IdentityAlgorithm::Hs256, secret, Some(text), None)
        }
        Algorithm::Es256 => {
            let pair = KeyPair::generate_es256()?;
            (IdentityAlgorithm::Es256, pair.public, None, Some(pair.private_pem))
        }
        Algorithm::Eddsa => {
            let pair = KeyPair::generate_eddsa()?;
            (IdentityAlgorithm::EdDsa, pair.public, None, Some(pair.private_pem))
        }
    };
    let id = IdentityKeyId::from_parts(clock.unix_ms(), clock.random());
    let shown = IdentityKey { id, algorithm: name_of(algorithm), secret, private_key: private };
    Ok((NewIdentityKey { id, algorithm, kid: None, material }, shown))
}

/// Makes and registers an identity key.
pub(super) async fn identity_key(
    db: &Db,
    clock: &Clock,
    app_id: AppId,
    with: Algorithm,
) -> anyhow::Result<IdentityKey> {
    let (key, shown) = new_identity_key(clock, with)?;
    db.write(AddIdentityKeys { app_id, keys: vec![key], by: By::command_line(clock.now()) }).await?;
    Ok(shown)
}

/// A new server key, once.
#[derive(Debug, Serialize)]
pub(super) struct ServerKey {
    #[serde(rename = "server_key_id")]
    pub(super) id: ServerKeyId,
    #[serde(rename = "server_key")]
    pub(super) key: String,
}

/// Makes a server key: what is registered, and what its owner is shown.
pub(super) fn new_server_key(
    clock: &Clock,
    workspace_id: WorkspaceId,
    label: Name,
) -> (AddServerKey, ServerKey) {
    let (id, key) =
        (ServerKeyId::from_parts(clock.unix_ms(), clock.random()), new_token(clock, SERVER_KEY_PREFIX));
    let (label, secret_hash, by) = (label.into_string(), token_hash(&key), By::command_line(clock.now()));
    (AddServerKey { id, workspace_id, label, secret_hash, by }, ServerKey { id, key })
}

/// Makes and registers a server key.
pub(super) async fn server_key(
    db: &Db,
    clock: &Clock,
    workspace_id: WorkspaceId,
    label: Name,
) -> anyhow::Result<ServerKey> {
    let (add, shown) = new_server_key(clock, workspace_id, label);
    db.write(add).await?;
    Ok(shown)
}

/// A new app, answered by a team or by the first one.
pub(super) fn new_app(
    clock: &Clock,
    workspace_id: WorkspaceId,
    name: Name,
    team_id: Option<TeamId>,
) -> CreateApp {
    let id = AppId::from_parts(clock.unix_ms(), clock.random());
    let (push_privacy, by) = (PushPrivacy::default(), By::command_line(clock.now()));
    CreateApp { id, workspace_id, name, team_id, push_privacy, by }
}

/// An agent to make.
pub(super) struct NewAgent {
    pub(super) name: Name,
    pub(super) email: Email,
    pub(super) role: AgentRole,
    pub(super) password: String,
    pub(super) team_ids: Option<Vec<TeamId>>,
}

/// A new agent, whose password is hashed now.
pub(super) fn new_agent(
    clock: &Clock,
    workspace_id: WorkspaceId,
    new: NewAgent,
) -> anyhow::Result<CreateAgent> {
    password::check(&new.password)?;
    Ok(CreateAgent {
        id: AgentId::from_parts(clock.unix_ms(), clock.random()),
        workspace_id,
        name: new.name,
        email: new.email,
        role: new.role,
        password_hash: password::hash_now(&new.password, clock.random())?,
        team_ids: new.team_ids,
        by: By::command_line(clock.now()),
    })
}

/// Makes an agent.
pub(super) async fn agent(
    db: &Db,
    clock: &Clock,
    workspace_id: WorkspaceId,
    new: NewAgent,
) -> anyhow::Result<Agent> {
    let command = new_agent(clock, workspace_id, new)?;
    let email = command.email.clone();
    db.write(command).await.map_err(|error| match error {
        Error::AlreadyExists(_) => {
            Refused(format!("there is an agent with the address {}", email.as_str())).into()
        }
        other => other.into(),
    })
}

/// A password: the first line of standard input, or a new one.
pub(super) fn password(from_stdin: bool, clock: &Clock) -> anyhow::Result<String> {
    if !from_stdin {
        return Ok(URL_SAFE_NO_PAD.encode(clock.random::<15>()));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    password::check(&password)?;
    Ok(password)
}
