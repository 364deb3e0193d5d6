//! `tidings key rotate`: makes the new key first, so that nothing stands still; the old one goes when the new one is
//! in use, by the same command or a later one.

use std::fmt;

use clap::{Args, Subcommand};
use serde::Serialize;
use tidings_protocol::id::{AppId, IdentityKeyId, ServerKeyId};
use tidings_protocol::text::Name;
use tidings_store::audit::By;
use tidings_store::keys::{RevokeIdentityKey, RevokeServerKey, Sessions};
use tidings_store::{Db, Error};

use super::init::name;
use super::new::{self, Algorithm, IdentityKey, ServerKey};
use super::output::{Output, Refused};
use crate::clock::Clock;

/// Which kind of key.
#[derive(Subcommand)]
pub(super) enum What {
    /// The key with which an app's backend signs identity tokens
    Identity(Identity),
    /// The key with which a backend calls the admin API
    Server(Server),
}

#[derive(Args)]
pub(super) struct Identity {
    /// The app; may be left out when there is one only
    #[arg(long)]
    app: Option<AppId>,
    /// How tokens are signed from now on
    #[arg(long = "identity", value_enum, default_value = "hs256")]
    algorithm: Algorithm,
    /// Revoke all earlier keys of the app at once: tokens that they signed are refused from now on, and sessions
    /// that were begun with them end
    #[arg(long)]
    revoke_old: bool,
}

#[derive(Args)]
pub(super) struct Server {
    /// What to call the new key
    #[arg(long, default_value = "rotated", value_parser = name)]
    label: Name,
    /// Revoke this key at once; its id was printed when it was made
    #[arg(long, value_name = "ID")]
    revoke: Option<ServerKeyId>,
}

#[derive(Serialize)]
struct RotatedIdentity {
    app_id: AppId,
    #[serde(flatten)]
    key: IdentityKey,
    revoked: Vec<IdentityKeyId>,
    still_valid: Vec<IdentityKeyId>,
}

impl fmt::Display for RotatedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Into the secrets of the backend of {}, shown this once:\n{}", self.app_id, self.key)?;
        for id in &self.revoked {
            writeln!(f, "  revoked            {id}")?;
        }
        for id in &self.still_valid {
            writeln!(
                f,
                "  still valid        {id}   (when the new key is in use: DELETE /admin/v1/apps/{}/identity_keys/{id})",
                self.app_id
            )?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct RotatedServer {
    #[serde(flatten)]
    key: ServerKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<ServerKeyId>,
}

impl fmt::Display for RotatedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Into the secrets of your backend, shown this once:")?;
        writeln!(f, "  server key         {}   (its id is {})", self.key.key, self.key.id)?;
        self.revoked.map_or(Ok(()), |id| writeln!(f, "  revoked            {id}"))
    }
}

pub(super) async fn rotate(db: &Db, clock: &Clock, what: What, output: Output) -> anyhow::Result<()> {
    match what {
        What::Identity(asked) => rotate_identity(db, clock, asked, output).await,
        What::Server(asked) => rotate_server(db, clock, asked, output).await,
    }
}

async fn rotate_identity(db: &Db, clock: &Clock, asked: Identity, output: Output) -> anyhow::Result<()> {
    let app_id = the_app(db, asked.app).await?;
    let old: Vec<_> = db.identity_keys(app_id).await?.into_iter().map(|key| key.id).collect();
    let key = new::identity_key(db, clock, app_id, asked.algorithm).await?;
    let (revoked, still_valid) = if asked.revoke_old { (old, Vec::new()) } else { (Vec::new(), old) };
    for &id in &revoked {
        db.write(RevokeIdentityKey {
            app_id,
            id,
            sessions: Sessions::End,
            by: By::command_line(clock.now()),
        })
        .await?;
    }
    output.print(&RotatedIdentity { app_id, key, revoked, still_valid })
}

async fn the_app(db: &Db, wanted: Option<AppId>) -> anyhow::Result<AppId> {
    let apps = db.apps(super::workspace(db).await?.id).await?;
    match (wanted, apps.as_slice()) {
        (Some(id), apps) if apps.iter().any(|app| app.id == id) => Ok(id),
        (Some(id), _) => Err(Refused(format!("there is no app {id}")).into()),
        (None, [app]) => Ok(app.id),
        (None, apps) => {
            let names: Vec<_> =
                apps.iter().map(|app| format!("{} ({})", app.id, app.name.as_str())).collect();
            Err(Refused(format!("say which app with --app: {}", names.join(", "))).into())
        }
    }
}

async fn rotate_server(db: &Db, clock: &Clock, asked: Server, output: Output) -> anyhow::Result<()> {
    let workspace = super::workspace(db).await?;
    let key = new::server_key(db, clock, workspace.id, asked.label).await?;
    if let Some(id) = asked.revoke {
        db.write(RevokeServerKey { workspace_id: workspace.id, id, by: By::command_line(clock.now()) })
            .await
            .map_err(|error| match error {
                Error::NotFound => anyhow::Error::from(Refused(format!("there is no server key {id}"))),
                other => other.into(),
            })?;
    }
    output.print(&RotatedServer { key, revoked: asked.revoke })
}
