//! `tidings push`.

use std::fmt;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use tidings_protocol::admin::DeadPush;
use tidings_protocol::devices::PushDiagnosis;
use tidings_protocol::id::{DeviceId, JobId, UserId};
use tidings_protocol::limits;
use tidings_protocol::push::PushProvider;
use tidings_store::browsers::ResealAgentPushKey;
use tidings_store::card_sources::ResealCardSource;
use tidings_store::dead_jobs::ReviveJob;
use tidings_store::push_credentials::ResealPushCredential;
use tidings_store::single_sign_on::{ResealProvider, StoredProvider};
use tidings_store::webhooks::{ResealWebhook, WebhookSecrets};
use tidings_store::{Db, Error};

use super::output::{Output, Refused};
use crate::auth::oidc;
use crate::cards::sealed_for;
use crate::clock::Clock;
use crate::config::Config;
use crate::push::doctor::{Doctor, State};
use crate::push::seal::{Seal, Seals};

/// What to do about pushes.
#[derive(Subcommand)]
pub(super) enum Asked {
    /// Find out why no push arrives: looks at each hop, then sends a real push and waits for the phone's answer
    Doctor(Examined),
    /// Print the pushes that were given up, the newest first, with why
    Dead(Dead),
    /// Try a push again that was given up
    Retry(Retry),
    /// Run push services and a mail server on this machine, to try an app without any account
    Sandbox(super::sandbox::Arguments),
    /// Seal the private keys with the secret of now, after it was changed
    Reseal,
}

#[derive(Args)]
#[group(required = true, multiple = false, id = "whom")]
pub(super) struct Whom {
    /// All devices of this user
    #[arg(long, value_name = "ID")]
    user: Option<UserId>,
    /// This device
    #[arg(long, value_name = "ID")]
    device: Option<DeviceId>,
}

#[derive(Args)]
pub(super) struct Examined {
    #[command(flatten)]
    whom: Whom,
    /// How many seconds to wait for the phone's answer
    #[arg(long, default_value_t = 20)]
    wait: u64,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Diagnoses(PushDiagnosis);

impl fmt::Display for Diagnoses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for device in &self.0.devices {
            writeln!(f, "{}", device.device_id)?;
            for finding in &device.findings {
                let mark = match finding.state {
                    State::Good => "ok     ",
                    State::Doubtful => "perhaps",
                    State::Broken => "BROKEN ",
                };
                writeln!(f, "  {mark} {:?}: {}", finding.hop, finding.what)?;
                if let Some(fix) = &finding.fix {
                    writeln!(f, "          {fix}")?;
                }
            }
        }
        Ok(())
    }
}

async fn examine(
    db: &Db,
    clock: &Clock,
    config: &Config,
    asked: Examined,
    output: Output,
) -> anyhow::Result<()> {
    let devices: Vec<_> = match (asked.whom.user, asked.whom.device) {
        (Some(user), _) => {
            let person = db.person(user).await?;
            let person = person.ok_or_else(|| Refused(format!("there is no user {user}")))?;
            person.devices.into_iter().map(|device| device.id).collect()
        }
        (None, Some(device)) => vec![device],
        (None, None) => Vec::new(),
    };
    let doctor = Doctor::new(&config.push, Seals::of(config)?, db.clone(), clock.clone())?;
    let found = doctor.examine_all(&devices, Duration::from_secs(asked.wait)).await?;
    if let Some(device) = asked.whom.device.filter(|_| found.is_empty()) {
        return Err(Refused(format!("there is no device {device}")).into());
    }
    if found.is_empty() {
        return Err(Refused("this user has never signed in on a device".to_owned()).into());
    }
    let broken = found.iter().filter(|device| device.broken().is_some()).count();
    output.print(&Diagnoses(PushDiagnosis { devices: found }))?;
    anyhow::ensure!(broken == 0, "no push gets through to {broken} of these devices");
    Ok(())
}

#[derive(Args)]
pub(super) struct Dead {
    /// How many
    #[arg(long, default_value_t = limits::PAGE_DEFAULT, value_parser = clap::value_parser!(i64).range(1..=limits::PAGE))]
    limit: i64,
}

#[derive(Args)]
pub(super) struct Retry {
    /// As `tidings push dead` printed it
    id: JobId,
}

#[derive(Serialize)]
struct Listed {
    pushes: Vec<DeadPush>,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pushes.is_empty() {
            return writeln!(f, "No push was given up.");
        }
        for push in &self.pushes {
            let DeadPush { id, died_at, message_id, user_id, attempts, error, .. } = push;
            writeln!(f, "{id}  {died_at}  {message_id} for {user_id}, {attempts} attempts: {error}")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Revived {
    id: JobId,
}

impl fmt::Display for Revived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is tried again.", self.id)
    }
}

#[derive(Serialize)]
struct Resealed {
    sealed: usize,
    already: usize,
}

impl fmt::Display for Resealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} keys were sealed, {} were already.", self.sealed, self.already)
    }
}

pub(super) async fn push(
    db: &Db,
    clock: &Clock,
    config: &Config,
    asked: Asked,
    output: Output,
) -> anyhow::Result<()> {
    match asked {
        Asked::Doctor(asked) => examine(db, clock, config, asked, output).await,
        Asked::Dead(Dead { limit }) => output.print(&Listed { pushes: db.dead_pushes(None, limit).await? }),
        Asked::Retry(Retry { id }) => {
            match db.write(ReviveJob { id, workspace_id: None, now: clock.now() }).await {
                Err(Error::NotFound) => Err(Refused(format!("there is no dead push {id}")).into()),
                Err(error) => Err(error.into()),
                Ok(()) => output.print(&Revived { id }),
            }
        }
        // It needs no database: the command line runs it before one is opened.
        Asked::Sandbox(_) => Ok(()),
        Asked::Reseal => output.print(&reseal(db, clock, config).await?),
    }
}

/// A secret and the one before it, sealed.
type Pair<'a> = (&'a String, Option<&'a String>);

/// Seals both anew; none when they are sealed with the secret of now.
fn sealed_anew(
    seal: &Seal,
    clock: &Clock,
    owner: &str,
    (secret, old): Pair<'_>,
) -> anyhow::Result<Option<(String, Option<String>)>> {
    let is_current = |sealed: &String| seal.is_current(sealed);
    if is_current(secret) && old.is_none_or(is_current) {
        return Ok(None);
    }
    let anew = |sealed: &String| {
        let text = seal.open(owner, PushProvider::Webhook, sealed);
        let text = text.map_err(|error| anyhow::anyhow!("the secret of {owner}: {error}"))?;
        anyhow::Ok(seal.seal(owner, PushProvider::Webhook, &text, clock))
    };
    Ok(Some((anew(secret)?, old.map(anew).transpose()?)))
}

async fn reseal_provider(
    db: &Db,
    clock: &Clock,
    seal: &Seal,
    before: StoredProvider,
    done: &mut Resealed,
) -> anyhow::Result<()> {
    if seal.is_current(&before.client_secret) {
        done.already += 1;
        return Ok(());
    }
    let owner = oidc::sealed_for(before.workspace_id);
    let text = seal.open(&owner, PushProvider::Webhook, &before.client_secret);
    let text = text.map_err(|error| anyhow::anyhow!("the secret of {owner}: {error}"))?;
    let client_secret = seal.seal(&owner, PushProvider::Webhook, &text, clock);
    db.write(ResealProvider { before, client_secret }).await?;
    done.sealed += 1;
    Ok(())
}

async fn reseal(db: &Db, clock: &Clock, config: &Config) -> anyhow::Result<Resealed> {
    let seal = Seals::of(config)?.to_seal(clock)?;
    if !seal.is_there() {
        return Err(
            Refused("there is no secret to seal with: set `secret` (TIDINGS_SECRET)".to_owned()).into()
        );
    }
    let mut done = Resealed { sealed: 0, already: 0 };
    for found in db.push_credentials().await? {
        if seal.is_current(&found.config) {
            done.already += 1;
            continue;
        }
        let text = seal.open(found.app_id, found.provider, &found.config).map_err(|error| {
            anyhow::anyhow!("{} of {}: {error}", crate::push::provider_word(found.provider), found.app_id)
        })?;
        let config = seal.seal(found.app_id, found.provider, &text, clock);
        let (app_id, provider, before) = (found.app_id, found.provider, found.config);
        // A key that was replaced meanwhile is sealed already.
        db.write(ResealPushCredential { app_id, provider, before, config }).await?;
        done.sealed += 1;
    }
    for (workspace_id, before) in db.agent_push_keys().await? {
        if seal.is_current(&before) {
            done.already += 1;
            continue;
        }
        let text = seal.open(workspace_id, PushProvider::WebPush, &before);
        let text = text.map_err(|error| anyhow::anyhow!("the agents' key of {workspace_id}: {error}"))?;
        let config = seal.seal(workspace_id, PushProvider::WebPush, &text, clock);
        db.write(ResealAgentPushKey { workspace_id, config }).await?;
        done.sealed += 1;
    }
    for before in db.webhook_secrets().await? {
        let pair = (&before.secret, before.old_secret.as_ref());
        let Some((secret, old_secret)) = sealed_anew(&seal, clock, &before.id.to_string(), pair)? else {
            done.already += 1;
            continue;
        };
        let after = WebhookSecrets { id: before.id, secret, old_secret };
        // Those that were changed meanwhile are sealed already, here and below.
        db.write(ResealWebhook { before, after }).await?;
        done.sealed += 1;
    }
    for before in db.card_sources().await? {
        let pair = (&before.secret, before.old_secret.as_ref());
        let Some((secret, old_secret)) = sealed_anew(&seal, clock, &sealed_for(before.app_id), pair)? else {
            done.already += 1;
            continue;
        };
        db.write(ResealCardSource { before, secret, old_secret }).await?;
        done.sealed += 1;
    }
    for before in db.identity_providers().await? {
        reseal_provider(db, clock, &seal, before, &mut done).await?;
    }
    Ok(done)
}
