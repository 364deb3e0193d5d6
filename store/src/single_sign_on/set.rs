//! The provider is set, changed and taken away, without locking anybody out who could undo it.

use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_protocol::id::{AgentId, TeamId, WorkspaceId};
use tidings_protocol::text::Name;

use super::{StoredProvider, stored};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::users::token_hash;
use crate::words::word;
use crate::{Command, EndedSession, TokenHash, Tx};

/// Sets the provider of a workspace, in the place of the one before. Sessions that were begun at another one end; where it
/// becomes the only way in, those of everybody end but of whoever asks and of the owner who keeps another way.
#[derive(Debug, Clone)]
pub struct SetProvider {
    /// The provider. What cannot be is [`Error::RefusedAt`] its field: the only way in before whoever asks has come in by it,
    /// another issuer or client while it is the only way in, an owner for the day when it fails who has no way in, a team
    /// that is not of the workspace.
    pub provider: StoredProvider,
    /// The host to which passkeys are bound that sign in here; none: none does.
    pub rp_id: Option<String>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetProvider {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const BEFORE: &str = "SELECT * FROM identity_providers WHERE workspace_id = $1";
        let workspace = self.provider.workspace_id;
        let before = one!(&mut tx.conn, stored, BEFORE, workspace.uuid())?;
        self.check(tx, before.as_ref()).await?;
        self.store(tx).await?;
        let provider = &self.provider.provider;
        let was = before.as_ref().map(|before| &before.provider);
        if was.is_some_and(|was| was.issuer != provider.issuer) {
            end_sessions(tx, workspace, Whose::OfProvider).await?;
        }
        if provider.only && was.is_none_or(|was| !was.only) {
            let asker = match self.by.who {
                AuditActor::Agent { id } => Some(id),
                _ => None,
            };
            end_sessions(tx, workspace, Whose::AllBut([asker, provider.emergency_agent_id])).await?;
        }
        tx.audit(self.line());
        Ok(())
    }
}

impl SetProvider {
    async fn store(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO identity_providers (workspace_id, label, issuer, client_id, client_secret, domains,
                trusts_addresses, new_role, new_team_ids, is_only, emergency_agent_id, set_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (workspace_id) DO UPDATE SET label = excluded.label, issuer = excluded.issuer,
                client_id = excluded.client_id, client_secret = excluded.client_secret, domains = excluded.domains,
                trusts_addresses = excluded.trusts_addresses, new_role = excluded.new_role,
                new_team_ids = excluded.new_team_ids, is_only = excluded.is_only,
                emergency_agent_id = excluded.emergency_agent_id, set_at = excluded.set_at";
        let (stored, provider) = (&self.provider, &self.provider.provider);
        let domains = serde_json::to_string(&provider.domains).unwrap_or_default();
        let role = provider.new_agents.as_ref().map(|new| word(&new.role));
        let teams = provider.new_agents.as_ref().and_then(|new| new.team_ids.as_ref());
        let teams = teams.map(|teams| serde_json::to_string(teams).unwrap_or_default());
        execute!(
            &mut tx.conn,
            SQL,
            stored.workspace_id.uuid(),
            provider.label.as_str(),
            provider.issuer.as_str(),
            provider.client_id.as_str(),
            stored.client_secret.as_str(),
            domains.as_str(),
            provider.trusts_addresses,
            role.as_deref(),
            teams.as_deref(),
            provider.only,
            provider.emergency_agent_id.map(AgentId::uuid),
            provider.set_at.unix_ms()
        )?;
        Ok(())
    }

    async fn check(&self, tx: &mut Tx<'_>, before: Option<&StoredProvider>) -> Result<()> {
        const TEAM: &str = "SELECT id FROM teams WHERE id = $1 AND workspace_id = $2";
        let (workspace, provider) = (self.provider.workspace_id, &self.provider.provider);
        let teams = provider.new_agents.iter().flat_map(|new| new.team_ids.iter().flatten());
        for team in teams {
            let found: Option<TeamId> =
                one!(&mut tx.conn, |row| Columns::id(row, "id"), TEAM, team.uuid(), workspace.uuid())?;
            found.ok_or(Error::RefusedAt("/new_agents/team_ids", "there is no such team"))?;
        }
        if let Some(id) = provider.emergency_agent_id {
            check_emergency(tx, workspace, id, self.rp_id.as_deref()).await?;
        }
        if !provider.only {
            return Ok(());
        }
        let changes = |before: &StoredProvider| {
            let was = &before.provider;
            was.only && (was.issuer != provider.issuer || was.client_id != provider.client_id)
        };
        if before.is_some_and(changes) {
            let why = "it is the only way in: allow the others before you change issuer or client";
            return Err(Error::RefusedAt("/issuer", why));
        }
        if !self.asker_came_in(tx).await? {
            let why = "sign in by the provider once, or connect your account, before it is the only way in";
            return Err(Error::RefusedAt("/only", why));
        }
        Ok(())
    }

    /// Whether whoever asks is known at the provider; with a shell, whether some owner is.
    async fn asker_came_in(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const ONE: &str = "
            SELECT agent_id FROM agent_identities WHERE workspace_id = $1 AND issuer = $2 AND agent_id = $3";
        const SOME: &str = "
            SELECT i.agent_id FROM agent_identities i JOIN agents a ON a.id = i.agent_id
            WHERE i.workspace_id = $1 AND i.issuer = $2 AND a.role = 'owner' AND a.disabled_at IS NULL LIMIT 1";
        let workspace = self.provider.workspace_id.uuid();
        let issuer = self.provider.provider.issuer.as_str();
        let conn = &mut tx.conn;
        let found: Option<AgentId> = match self.by.who {
            AuditActor::Agent { id } => {
                one!(conn, |row| Columns::id(row, "agent_id"), ONE, workspace, issuer, id.uuid())?
            }
            _ => one!(conn, |row| Columns::id(row, "agent_id"), SOME, workspace, issuer)?,
        };
        Ok(found.is_some())
    }

    fn line(&self) -> Line {
        let provider = &self.provider.provider;
        let domains: Vec<_> = provider.domains.iter().map(Name::as_str).collect();
        let line = Line::new(self.provider.workspace_id, self.by, AuditAct::SingleSignOnSet)
            .detail("issuer", provider.issuer.as_str())
            .detail("client_id", provider.client_id.as_str())
            .detail("domains", domains.join(" "))
            .detail("trusts_addresses", provider.trusts_addresses)
            .detail("only", provider.only);
        let line = match &provider.new_agents {
            Some(new) => line.detail("new_role", word(&new.role)),
            None => line,
        };
        match provider.emergency_agent_id {
            Some(id) => line.detail("emergency_agent", id),
            None => line,
        }
    }
}

/// Refuses somebody for the day when the provider fails who is no owner, is shut out, or has no way in of their own.
async fn check_emergency(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
    id: AgentId,
    rp_id: Option<&str>,
) -> Result<()> {
    const OWNER: &str = "
        SELECT a.has_password OR EXISTS (SELECT 1 FROM passkeys p WHERE p.agent_id = a.id AND p.rp_id = $3) AS has_way
        FROM agents a
        WHERE a.id = $1 AND a.workspace_id = $2 AND a.role = 'owner' AND a.disabled_at IS NULL";
    let (id, workspace, rp_id) = (id.uuid(), workspace.uuid(), rp_id.unwrap_or_default());
    let found: Option<bool> =
        one!(&mut tx.conn, |row| Columns::get(row, "has_way"), OWNER, id, workspace, rp_id)?;
    let at = "/emergency_agent_id";
    match found {
        Some(true) => Ok(()),
        Some(false) => {
            Err(Error::RefusedAt(at, "this owner has neither a password nor a passkey that works here"))
        }
        None => Err(Error::RefusedAt(at, "expected an owner who is not shut out")),
    }
}

/// Names the owner who may come in when the provider, the only way in, fails: by somebody with a shell.
#[derive(Debug, Clone)]
pub struct NameEmergency {
    /// Of which workspace; without a provider it is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Who; [`Error::RefusedAt`] for who is no owner, is shut out, or has no way in.
    pub agent_id: AgentId,
    /// The host to which passkeys are bound that sign in here, as far as the configuration says it.
    pub rp_id: Option<String>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for NameEmergency {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE identity_providers SET emergency_agent_id = $2 WHERE workspace_id = $1 RETURNING issuer";
        check_emergency(tx, self.workspace_id, self.agent_id, self.rp_id.as_deref()).await?;
        let (workspace, agent) = (self.workspace_id.uuid(), self.agent_id.uuid());
        let issuer: Option<String> =
            one!(&mut tx.conn, |row| Columns::get(row, "issuer"), SQL, workspace, agent)?;
        let issuer = issuer.ok_or(Error::NotFound)?;
        let line = Line::new(self.workspace_id, self.by, AuditAct::SingleSignOnSet);
        tx.audit(line.detail("issuer", issuer).detail("emergency_agent", self.agent_id));
        Ok(())
    }
}

/// Takes the provider of a workspace away, and ends the sessions that were begun at it. Who its agents were there is
/// remembered, for the day when it is set again.
#[derive(Debug, Clone, Copy)]
pub struct RemoveProvider {
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RemoveProvider {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM identity_providers WHERE workspace_id = $1";
        if execute!(&mut tx.conn, SQL, self.workspace_id.uuid())? > 0 {
            end_sessions(tx, self.workspace_id, Whose::OfProvider).await?;
            tx.audit(Line::new(self.workspace_id, self.by, AuditAct::SingleSignOnRemoved));
        }
        Ok(())
    }
}

/// Which sessions end.
enum Whose {
    /// Those that were begun at the provider.
    OfProvider,
    /// All but these agents'.
    AllBut([Option<AgentId>; 2]),
}

async fn end_sessions(tx: &mut Tx<'_>, workspace: WorkspaceId, whose: Whose) -> Result<()> {
    const OF_PROVIDER: &str = "
        DELETE FROM agent_sessions
        WHERE by_provider AND agent_id IN (SELECT id FROM agents WHERE workspace_id = $1)
        RETURNING token_hash";
    const ALL_BUT: &str = "
        DELETE FROM agent_sessions
        WHERE agent_id IN (SELECT id FROM agents WHERE workspace_id = $1 AND id <> $2 AND id <> $3)
        RETURNING token_hash";
    let workspace = workspace.uuid();
    let ended: Vec<TokenHash> = match whose {
        Whose::OfProvider => all!(&mut tx.conn, token_hash, OF_PROVIDER, workspace)?,
        Whose::AllBut(kept) => {
            // Nobody's id stands for nobody.
            let [one, other] = kept.map(|id| id.map_or(uuid::Uuid::nil(), AgentId::uuid));
            all!(&mut tx.conn, token_hash, ALL_BUT, workspace, one, other)?
        }
    };
    for hash in ended {
        tx.end_session(EndedSession::Agent(hash));
    }
    Ok(())
}
