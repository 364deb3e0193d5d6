//! The second factor of agents: the secret of an authenticator, the codes that were used, codes for recovery. Codes are
//! computed by whoever asks; here stands what makes each of them open once.

use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_protocol::id::{AgentId, WorkspaceId};
use tidings_protocol::time::Timestamp;

use crate::access::check_agent;
use crate::agents::audit_agent;
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::passkeys::{PasskeyUse, forget_passkeys, has_passkey, use_passkey};
use crate::single_sign_on::{is_known, told_time};
use crate::{Command, Db, TokenHash, Tx};

/// What an authenticator shares with the server: 20 bytes (RFC 4226, section 4).
pub type TotpSecret = [u8; 20];

/// What an agent has shown besides their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// Nothing: enough only for who has no second factor. A passkey is one where the workspace demands one.
    None,
    /// A code of their authenticator, of this time step.
    Code {
        /// The time in steps of thirty seconds since 1970.
        step: i64,
    },
    /// A recovery code, by its SHA-256.
    Recovery(TokenHash),
    /// A passkey, whose signature was right: it is both factors by itself.
    Passkey(PasskeyUse),
    /// The company's provider vouches for them: how many factors it asks for is its matter.
    Provider {
        /// When it looked who they are, not later than now; none: it did not say, which is no fresh proof.
        looked_at: Option<Timestamp>,
    },
}

/// The second factor of an agent.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// From which codes are computed.
    pub secret: TotpSecret,
    /// The step of the last code that was taken.
    pub last_step: i64,
    /// Since when it is asked for; none: the authenticator has not shown a code yet.
    pub confirmed_at: Option<Timestamp>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

/// A secret never reaches a log.
impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor").field("confirmed_at", &self.confirmed_at).finish_non_exhaustive()
    }
}

/// Uses up what was shown, in the transaction of what it opens. False: it was used before, or is not enough.
pub(crate) async fn spend(tx: &mut Tx<'_>, agent: AgentId, factor: Factor, now: Timestamp) -> Result<bool> {
    const STEP: &str = "
        UPDATE second_factors SET last_step = $2
        WHERE agent_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL";
    const CODE: &str = "DELETE FROM recovery_codes WHERE agent_id = $1 AND code_hash = $2";
    let id = agent.uuid();
    match factor {
        Factor::None => {
            let asked = has_authenticator(&mut tx.conn, agent).await?
                || (is_required(&mut tx.conn, agent).await? && has_passkey(&mut tx.conn, agent).await?);
            Ok(!asked)
        }
        Factor::Code { step } => Ok(execute!(&mut tx.conn, STEP, id, step)? > 0),
        Factor::Recovery(hash) => {
            let used = execute!(&mut tx.conn, CODE, id, hash.as_slice())? > 0;
            if used {
                audit_agent(tx, agent, now, AuditAct::RecoveryCodeUsed).await?;
            }
            Ok(used)
        }
        Factor::Passkey(used) => use_passkey(tx, agent, used, now).await,
        Factor::Provider { looked_at } => {
            if looked_at.is_some() {
                told_time(&mut tx.conn, agent).await?;
            }
            // The provider may have been changed, or the agent disconnected, since it vouched.
            is_known(&mut tx.conn, agent).await
        }
    }
}

/// Whether an agent is asked for a code.
async fn has_authenticator(conn: &mut Conn<'_>, agent: AgentId) -> Result<bool> {
    const SQL: &str = "SELECT agent_id FROM second_factors WHERE agent_id = $1 AND confirmed_at IS NOT NULL";
    let found: Option<AgentId> = one!(conn, |row| Columns::id(row, "agent_id"), SQL, agent.uuid())?;
    Ok(found.is_some())
}

/// Whether the workspace of an agent demands a second factor.
async fn is_required(conn: &mut Conn<'_>, agent: AgentId) -> Result<bool> {
    const SQL: &str = "
        SELECT w.second_factor_required FROM agents a JOIN workspaces w ON w.id = a.workspace_id WHERE a.id = $1";
    let found = one!(conn, |row| Columns::get(row, "second_factor_required"), SQL, agent.uuid())?;
    Ok(found.unwrap_or_default())
}

/// Gives an agent a secret for their authenticator. Nothing is asked for until [`ConfirmSecondFactor`]; another one that
/// was not confirmed is replaced.
#[derive(Clone, Copy)]
pub struct BeginSecondFactor {
    /// Whose.
    pub agent_id: AgentId,
    /// Random.
    pub secret: TotpSecret,
    /// Now.
    pub now: Timestamp,
}

impl Command for BeginSecondFactor {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            INSERT INTO second_factors (agent_id, secret, last_step, begun_at) VALUES ($1, $2, 0, $3)
            ON CONFLICT (agent_id) DO UPDATE SET secret = excluded.secret, begun_at = excluded.begun_at
            WHERE second_factors.confirmed_at IS NULL";
        let (id, secret, now) = (self.agent_id.uuid(), self.secret.as_slice(), self.now.unix_ms());
        if execute!(&mut tx.conn, SQL, id, secret, now)? == 0 {
            return Err(Error::AlreadyExists("second factor"));
        }
        Ok(())
    }
}

/// The authenticator has shown a code: from now on it is asked for.
#[derive(Debug, Clone)]
pub struct ConfirmSecondFactor {
    /// Whose.
    pub agent_id: AgentId,
    /// The step of the code, which is thereby used.
    pub step: i64,
    /// The SHA-256 of the recovery codes.
    pub recovery: Vec<TokenHash>,
    /// Now.
    pub now: Timestamp,
}

impl Command for ConfirmSecondFactor {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE second_factors SET confirmed_at = $2, last_step = $3
            WHERE agent_id = $1 AND confirmed_at IS NULL";
        let id = self.agent_id.uuid();
        if execute!(&mut tx.conn, SQL, id, self.now.unix_ms(), self.step)? == 0 {
            return Err(Error::NotFound);
        }
        replace_codes(&mut tx.conn, self.agent_id, &self.recovery).await?;
        audit_agent(tx, self.agent_id, self.now, AuditAct::SecondFactorSet).await
    }
}

/// Replaces the recovery codes of an agent who has a second factor.
#[derive(Debug, Clone)]
pub struct ReplaceRecoveryCodes {
    /// Whose.
    pub agent_id: AgentId,
    /// The SHA-256 of the new ones.
    pub recovery: Vec<TokenHash>,
    /// Now.
    pub now: Timestamp,
}

impl Command for ReplaceRecoveryCodes {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        if !has_authenticator(&mut tx.conn, self.agent_id).await? {
            return Err(Error::NotFound);
        }
        replace_codes(&mut tx.conn, self.agent_id, &self.recovery).await?;
        audit_agent(tx, self.agent_id, self.now, AuditAct::RecoveryCodesMade).await
    }
}

async fn replace_codes(conn: &mut Conn<'_>, agent: AgentId, codes: &[TokenHash]) -> Result<()> {
    const INSERT: &str = "INSERT INTO recovery_codes (agent_id, code_hash) VALUES ($1, $2)";
    forget_codes(conn, agent).await?;
    for code in codes {
        execute!(conn, INSERT, agent.uuid(), code.as_slice())?;
    }
    Ok(())
}

async fn forget_codes(conn: &mut Conn<'_>, agent: AgentId) -> Result<()> {
    const SQL: &str = "DELETE FROM recovery_codes WHERE agent_id = $1";
    execute!(conn, SQL, agent.uuid())?;
    Ok(())
}

/// Takes an agent's authenticator away: by themselves, or by somebody who helps who has lost their telephone. In that
/// case their passkeys go too, and their sessions end. There is none: that is fine.
#[derive(Debug, Clone, Copy)]
pub struct RemoveSecondFactor {
    /// Of which workspace; another workspace's agent is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Whose.
    pub agent_id: AgentId,
    /// Who does it, and when.
    pub by: By,
}

impl Command for RemoveSecondFactor {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM second_factors WHERE agent_id = $1";
        check_agent(&mut tx.conn, self.workspace_id, self.agent_id).await?;
        forget_codes(&mut tx.conn, self.agent_id).await?;
        if execute!(&mut tx.conn, SQL, self.agent_id.uuid())? > 0 {
            let line = Line::new(self.workspace_id, self.by, AuditAct::SecondFactorRemoved);
            tx.audit(line.target(self.agent_id));
        }
        if self.by.who != (AuditActor::Agent { id: self.agent_id }) {
            forget_passkeys(tx, self.workspace_id, self.agent_id, self.by).await?;
            crate::access::end_agent_sessions(tx, self.agent_id).await?;
        }
        Ok(())
    }
}

/// Says whether every agent of a workspace must have a second factor. Who has none can do nothing but set one up.
#[derive(Debug, Clone, Copy)]
pub struct RequireSecondFactor {
    /// Which workspace.
    pub workspace_id: WorkspaceId,
    /// What holds from now on.
    pub required: Required,
    /// Who does it, and when.
    pub by: By,
}

/// Whether something must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Each agent chooses.
    No,
    /// Nobody works without.
    Yes,
}

impl Command for RequireSecondFactor {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE workspaces SET second_factor_required = $2
            WHERE id = $1 AND second_factor_required <> $2";
        let required = self.required == Required::Yes;
        if execute!(&mut tx.conn, SQL, self.workspace_id.uuid(), required)? > 0 {
            let line = Line::new(self.workspace_id, self.by, AuditAct::SecondFactorRequired);
            tx.audit(line.detail("required", required));
            // Sockets of who has none must close: whoever holds them asks.
            tx.end_session(crate::EndedSession::Many);
        }
        Ok(())
    }
}

fn second_factor(row: &impl Columns) -> Result<SecondFactor> {
    let secret: Vec<u8> = row.get("secret")?;
    let confirmed: Option<i64> = row.get("confirmed_at")?;
    Ok(SecondFactor {
        secret: secret.try_into().map_err(|_| Error::stored("secret", "not 20 bytes"))?,
        last_step: row.get("last_step")?,
        confirmed_at: confirmed.map(|_| time(row, "confirmed_at")).transpose()?,
        recovery_codes: row.get("recovery_codes")?,
    })
}

impl Db {
    /// The second factor of an agent, confirmed or not.
    pub async fn second_factor(&self, id: AgentId) -> Result<Option<SecondFactor>> {
        const SQL: &str = "
            SELECT f.secret, f.last_step, f.confirmed_at,
                (SELECT COUNT(*) FROM recovery_codes c WHERE c.agent_id = f.agent_id) AS recovery_codes
            FROM second_factors f WHERE f.agent_id = $1";
        in_time(async { one!(self.single().await?.conn(), second_factor, SQL, id.uuid()) }).await
    }

    /// Whether every agent of a workspace must have a second factor.
    pub async fn second_factor_required(&self, id: WorkspaceId) -> Result<bool> {
        const SQL: &str = "SELECT second_factor_required FROM workspaces WHERE id = $1";
        in_time(async {
            let found: Option<bool> = one!(
                self.single().await?.conn(),
                |row| Columns::get(row, "second_factor_required"),
                SQL,
                id.uuid()
            )?;
            Ok(found.unwrap_or_default())
        })
        .await
    }
}
