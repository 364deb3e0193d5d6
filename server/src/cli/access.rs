//! `tidings user block …` and its kin: who may come in. A server that runs finds what was changed here within five
//! seconds, and closes the sockets of whoever is out.

use std::fmt;

use clap::{Args, Subcommand};
use serde::Serialize;
use tidings_protocol::id::{AgentId, AppId, IdentityKeyId, InvitationId, ServerKeyId, UserId, WorkspaceId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use tidings_store::access::{
    Access, EndAgentSessions, EndUserSessions, SetAgentAccess, SetAppAccess, SetUserAccess,
};
use tidings_store::audit::By;
use tidings_store::invitations::LinkPassword;
use tidings_store::keys::{RevokeIdentityKey, RevokeServerKey, Sessions};
use tidings_store::second_factors::RemoveSecondFactor;
use tidings_store::single_sign_on::{NameEmergency, UnbindIdentity};
use tidings_store::staff::HandBack;
use tidings_store::{Db, Error};

use super::output::{Output, Refused};
use crate::auth::webauthn::Party;
use crate::auth::{new_token, token_hash};
use crate::clock::Clock;
use crate::config::Config;

/// What to do with a user.
#[derive(Subcommand)]
pub(super) enum OfUser {
    /// Shut them out: their sessions end, they get no push and cannot sign in
    Block(User),
    /// Let them in again
    Unblock(User),
    /// Sign them out of all their devices; they may sign in again
    SignOut(User),
}

#[derive(Args)]
pub(super) struct User {
    /// Their id (`usr_…`), or the one that your own system gave them
    user: String,
}

/// What to do with an agent.
#[derive(Subcommand)]
pub(super) enum OfAgent {
    /// Shut them out: their sessions end, they cannot sign in, their open conversations go back to the team
    Disable(Agent),
    /// Let them in again
    Enable(Agent),
    /// Sign them out everywhere; they may sign in again
    SignOut(Agent),
    /// Take their second factor and passkeys away, for who has lost them; they are signed out
    ResetSecondFactor(Agent),
    /// Make them the owner who may sign in by password although the company's provider is the only way in: for who is
    /// locked out because it fails
    LetInByPassword(Agent),
    /// Make a link with which they set a password, once and for a day: for who has forgotten theirs, or never had one
    PasswordLink(Agent),
    /// Forget who they are at the company's identity provider, and end the sessions begun there: for who got another
    /// account
    Disconnect(Agent),
}

#[derive(Args)]
pub(super) struct Agent {
    /// Their e-mail address or id
    agent: String,
}

/// What to do with an app.
#[derive(Subcommand)]
pub(super) enum OfApp {
    /// Shut it: its users' phones are refused, and nobody can sign in
    Disable(App),
    /// Open it again; its users' sessions go on
    Enable(App),
}

#[derive(Args)]
pub(super) struct App {
    /// Its id
    app: AppId,
}

/// Which key to revoke.
#[derive(Subcommand)]
pub(super) enum Key {
    /// A key with which an app's backend signs identity tokens
    Identity {
        /// Its id
        id: IdentityKeyId,
        /// The app
        #[arg(long)]
        app: AppId,
        /// Let sessions go on that were begun with it: another key has taken its place
        #[arg(long)]
        keep_sessions: bool,
    },
    /// A key with which a backend calls the admin API
    Server {
        /// Its id
        id: ServerKeyId,
    },
}

#[derive(Serialize)]
struct Done {
    id: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions_ended: Option<usize>,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sessions_ended {
            Some(count) => writeln!(f, "{} is {} ({count} sessions).", self.id, self.state),
            None => writeln!(f, "{} is {}.", self.id, self.state),
        }
    }
}

#[derive(Serialize)]
struct PasswordLink {
    id: String,
    #[serde(rename = "link")]
    address: String,
    expires_at: Timestamp,
}

impl fmt::Display for PasswordLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Send this to them yourself. It opens once, for {} hours:", limits::PASSWORD_LINK_HOURS)?;
        writeln!(f, "  {}", self.address)
    }
}

fn done(id: &impl ToString, state: &'static str) -> Done {
    Done { id: id.to_string(), state, sessions_ended: None }
}

/// Not there, in the words of a command line.
fn found<T>(result: Result<T, Error>, what: &str) -> anyhow::Result<T> {
    result.map_err(|error| match error {
        Error::NotFound => Refused(format!("there is no {what}")).into(),
        other => other.into(),
    })
}

pub(super) async fn of_user(db: &Db, clock: &Clock, asked: OfUser, output: Output) -> anyhow::Result<()> {
    let (workspace_id, by) = (super::workspace(db).await?.id, By::command_line(clock.now()));
    let (OfUser::Block(User { user }) | OfUser::Unblock(User { user }) | OfUser::SignOut(User { user })) =
        &asked;
    let user_id = find_user(db, workspace_id, user).await?;
    let set = async |access| {
        found(db.write(SetUserAccess { workspace_id, user_id, access, by }).await, &format!("user {user}"))
    };
    output.print(&match asked {
        OfUser::Block(_) => {
            set(Access::Shut).await?;
            done(&user_id, "blocked")
        }
        OfUser::Unblock(_) => {
            set(Access::Open).await?;
            done(&user_id, "let in again")
        }
        OfUser::SignOut(_) => {
            let ended = db.write(EndUserSessions { workspace_id, user_id, by }).await;
            let ended = found(ended, &format!("user {user}"))?;
            Done { sessions_ended: Some(ended), ..done(&user_id, "signed out") }
        }
    })
}

async fn find_user(db: &Db, workspace: WorkspaceId, wanted: &str) -> anyhow::Result<UserId> {
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    match db.users_of_external_id(workspace, wanted).await?.as_slice() {
        [] => Err(Refused(format!("there is no user {wanted}")).into()),
        [one] => Ok(*one),
        many => {
            let ids: Vec<_> = many.iter().map(ToString::to_string).collect();
            Err(Refused(format!("several apps have a user {wanted}; say which: {}", ids.join(", "))).into())
        }
    }
}

pub(super) async fn of_agent(
    db: &Db,
    clock: &Clock,
    config: &Config,
    asked: OfAgent,
    output: Output,
) -> anyhow::Result<()> {
    let (workspace_id, by) = (super::workspace(db).await?.id, By::command_line(clock.now()));
    let (OfAgent::Disable(Agent { agent })
    | OfAgent::Enable(Agent { agent })
    | OfAgent::SignOut(Agent { agent })
    | OfAgent::ResetSecondFactor(Agent { agent })
    | OfAgent::LetInByPassword(Agent { agent })
    | OfAgent::PasswordLink(Agent { agent })
    | OfAgent::Disconnect(Agent { agent })) = &asked;
    let agent_id = find_agent(db, workspace_id, agent).await?;
    let set = async |access| db.write(SetAgentAccess { workspace_id, agent_id, access, by }).await;
    output.print(&match asked {
        OfAgent::Disable(_) => {
            set(Access::Shut).await?;
            let now = clock.now();
            while db.write(HandBack { workspace_id, agent_id, of: None, now }).await? {}
            done(&agent_id, "disabled")
        }
        OfAgent::Enable(_) => {
            set(Access::Open).await?;
            done(&agent_id, "let in again")
        }
        OfAgent::SignOut(_) => {
            let ended = db.write(EndAgentSessions { workspace_id, agent_id, by }).await?;
            Done { sessions_ended: Some(ended), ..done(&agent_id, "signed out") }
        }
        OfAgent::ResetSecondFactor(_) => {
            db.write(RemoveSecondFactor { workspace_id, agent_id, by }).await?;
            done(&agent_id, "without a second factor, and signed out")
        }
        OfAgent::LetInByPassword(_) => {
            let rp_id = Party::of(config.public_url.as_ref(), None).map(|party| party.rp_id);
            let named = db.write(NameEmergency { workspace_id, agent_id, rp_id, by }).await;
            named.map_err(|error| match error {
                Error::NotFound => anyhow::Error::from(Refused(
                    "there is no identity provider: everybody may sign in by password".to_owned(),
                )),
                Error::RefusedAt(_, why) => {
                    Refused(format!("{why}: see `tidings agent password-link {agent}`")).into()
                }
                other => other.into(),
            })?;
            done(&agent_id, "let in by password")
        }
        OfAgent::PasswordLink(_) => {
            let link = password_link(db, clock, config, (workspace_id, agent_id)).await?;
            return output.print(&link);
        }
        OfAgent::Disconnect(_) => {
            db.write(UnbindIdentity { workspace_id, agent_id, by }).await?;
            done(&agent_id, "unknown at the identity provider")
        }
    })
}

async fn password_link(
    db: &Db,
    clock: &Clock,
    config: &Config,
    (workspace_id, agent_id): (WorkspaceId, AgentId),
) -> anyhow::Result<PasswordLink> {
    let (token, by) = (new_token(clock, ""), By::command_line(clock.now()));
    let command = LinkPassword {
        workspace_id,
        agent_id,
        id: InvitationId::from_parts(clock.unix_ms(), clock.random()),
        token_hash: token_hash(&token),
        expires_at: by.at.plus_ms(limits::PASSWORD_LINK_HOURS * 60 * 60 * 1_000),
        by,
    };
    let made = db.write(command).await.map_err(|error| match error {
        Error::Refused(why) => anyhow::Error::from(Refused(why.to_owned())),
        other => other.into(),
    })?;
    let listens = || format!("http://{}", config.listen);
    let origin = config.public_url.as_ref().map_or_else(listens, |url| url.origin().to_owned());
    Ok(PasswordLink {
        id: agent_id.to_string(),
        address: format!("{origin}/join#{token}"),
        expires_at: made.expires_at,
    })
}

async fn find_agent(db: &Db, workspace: WorkspaceId, wanted: &str) -> anyhow::Result<AgentId> {
    let agents = db.agents(workspace).await?;
    let is_wanted = |agent: &&tidings_protocol::inbox::Agent| {
        agent.email.as_str().eq_ignore_ascii_case(wanted) || agent.id.to_string() == wanted
    };
    match agents.iter().find(is_wanted) {
        Some(agent) => Ok(agent.id),
        None => Err(Refused(format!("there is no agent {wanted}")).into()),
    }
}

pub(super) async fn of_app(db: &Db, clock: &Clock, asked: OfApp, output: Output) -> anyhow::Result<()> {
    let (workspace_id, by) = (super::workspace(db).await?.id, By::command_line(clock.now()));
    let (app_id, access, word) = match asked {
        OfApp::Disable(App { app }) => (app, Access::Shut, "disabled"),
        OfApp::Enable(App { app }) => (app, Access::Open, "open again"),
    };
    let set = db.write(SetAppAccess { workspace_id, app_id, access, by }).await;
    found(set, &format!("app {app_id}"))?;
    output.print(&done(&app_id, word))
}

pub(super) async fn of_key(db: &Db, clock: &Clock, asked: Key, output: Output) -> anyhow::Result<()> {
    let (workspace_id, by) = (super::workspace(db).await?.id, By::command_line(clock.now()));
    match asked {
        Key::Identity { id, app: app_id, keep_sessions } => {
            let sessions = if keep_sessions { Sessions::GoOn } else { Sessions::End };
            let revoked = db.write(RevokeIdentityKey { app_id, id, sessions, by }).await;
            found(revoked, &format!("identity key {id} of {app_id}"))?;
            output.print(&done(&id, "revoked"))
        }
        Key::Server { id } => {
            let revoked = db.write(RevokeServerKey { workspace_id, id, by }).await;
            found(revoked, &format!("server key {id}"))?;
            output.print(&done(&id, "revoked"))
        }
    }
}
