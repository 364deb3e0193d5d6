//! Passkeys of agents. Whether a signature is right is judged by whoever asks; here stands what makes each counter go forward.

use tidings_protocol::audit::{AuditAct, AuditActor};
use tidings_protocol::id::{AgentId, PasskeyId, WorkspaceId};
use tidings_protocol::inbox::Agent;
use tidings_protocol::limits;
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;

use crate::agents::{agent, audit_agent};
use crate::audit::{By, Line};
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::{time, time_option};
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// What passkeys call an agent: random, the same for all of theirs.
pub type PasskeyHandle = [u8; 32];

/// What passkeys call an agent; the first who asks gives it.
#[derive(Debug, Clone, Copy)]
pub struct EnsurePasskeyHandle {
    /// Whose.
    pub agent_id: AgentId,
    /// What it becomes if there is none: random.
    pub fresh: PasskeyHandle,
}

impl Command for EnsurePasskeyHandle {
    type Output = PasskeyHandle;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<PasskeyHandle> {
        const SQL: &str = "UPDATE agents SET passkey_handle = $2 WHERE id = $1 AND passkey_handle IS NULL";
        const READ: &str = "SELECT passkey_handle FROM agents WHERE id = $1";
        execute!(&mut tx.conn, SQL, self.agent_id.uuid(), self.fresh.as_slice())?;
        one!(&mut tx.conn, handle, READ, self.agent_id.uuid())?.ok_or(Error::NotFound)
    }
}

/// Gives an agent a passkey.
#[derive(Debug, Clone)]
pub struct AddPasskey {
    /// Whose.
    pub agent_id: AgentId,
    /// The passkey; an id of a credential that is known is [`Error::AlreadyExists`], one too many [`Error::Limit`].
    pub passkey: StoredPasskey,
}

impl Command for AddPasskey {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const LOCK: &str = "UPDATE agents SET passkey_handle = passkey_handle WHERE id = $1";
        const COUNT: &str = "SELECT COUNT(*) AS found FROM passkeys WHERE agent_id = $1";
        const SQL: &str = "
            INSERT INTO passkeys (id, agent_id, name, credential_id, rp_id, public_key, sign_count,
                backup_eligible, backed_up, transports, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT DO NOTHING";
        let (passkey, agent_id) = (&self.passkey, self.agent_id.uuid());
        // Two that come at once count each other.
        execute!(&mut tx.conn, LOCK, agent_id)?;
        let found: Option<i64> = one!(&mut tx.conn, |row| Columns::get(row, "found"), COUNT, agent_id)?;
        if found.unwrap_or_default() >= limits::PASSKEYS {
            return Err(Error::Limit("passkeys of one agent"));
        }
        let transports = serde_json::to_string(&passkey.transports).unwrap_or_default();
        let added = execute!(
            &mut tx.conn,
            SQL,
            passkey.id.uuid(),
            agent_id,
            passkey.name.as_str(),
            passkey.credential_id.as_slice(),
            passkey.rp_id.as_str(),
            passkey.public_key.as_slice(),
            passkey.sign_count,
            passkey.backup_eligible,
            passkey.backed_up,
            transports.as_str(),
            passkey.created_at.unix_ms()
        )?;
        if added == 0 {
            return Err(Error::AlreadyExists("passkey"));
        }
        audit_agent(tx, self.agent_id, passkey.created_at, AuditAct::PasskeyAdded).await
    }
}

/// Gives a passkey of an agent another name.
#[derive(Debug, Clone)]
pub struct NamePasskey {
    /// Whose; another's passkey is [`Error::NotFound`].
    pub agent_id: AgentId,
    /// Which.
    pub id: PasskeyId,
    /// The name.
    pub name: Name,
}

impl Command for NamePasskey {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE passkeys SET name = $3 WHERE id = $1 AND agent_id = $2";
        if execute!(&mut tx.conn, SQL, self.id.uuid(), self.agent_id.uuid(), self.name.as_str())? == 0 {
            return Err(Error::NotFound);
        }
        Ok(())
    }
}

/// Takes a passkey away from an agent, by themselves.
#[derive(Debug, Clone, Copy)]
pub struct RemovePasskey {
    /// Whose; another's passkey is [`Error::NotFound`].
    pub agent_id: AgentId,
    /// Which.
    pub id: PasskeyId,
    /// Now.
    pub now: Timestamp,
}

impl Command for RemovePasskey {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM passkeys WHERE id = $1 AND agent_id = $2";
        if execute!(&mut tx.conn, SQL, self.id.uuid(), self.agent_id.uuid())? == 0 {
            return Err(Error::NotFound);
        }
        audit_agent(tx, self.agent_id, self.now, AuditAct::PasskeyRemoved).await
    }
}

/// Takes all passkeys of an agent away: somebody helps who has lost them.
pub(crate) async fn forget_passkeys(
    tx: &mut Tx<'_>,
    workspace_id: WorkspaceId,
    agent_id: AgentId,
    by: By,
) -> Result<()> {
    const SQL: &str = "DELETE FROM passkeys WHERE agent_id = $1";
    let count = execute!(&mut tx.conn, SQL, agent_id.uuid())?;
    if count > 0 {
        let line = Line::new(workspace_id, by, AuditAct::PasskeyRemoved).target(agent_id);
        tx.audit(line.detail("count", count));
    }
    Ok(())
}

/// A passkey whose signature was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasskeyUse {
    /// Which.
    pub id: PasskeyId,
    /// What its authenticator has counted.
    pub sign_count: i64,
    /// Whether its keeper has copied it.
    pub backed_up: bool,
}

/// Writes down that a passkey was used, unless its counter went back (Web Authentication, 7.2, step 22): then there may be a
/// copy of it, nothing opens, and that stands in the log.
pub(crate) async fn use_passkey(
    tx: &mut Tx<'_>,
    agent_id: AgentId,
    used: PasskeyUse,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "
        UPDATE passkeys SET sign_count = $3, backed_up = $4, last_used_at = $5
        WHERE id = $1 AND agent_id = $2 AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0))";
    const IS_THERE: &str = "
        SELECT a.workspace_id FROM passkeys p JOIN agents a ON a.id = p.agent_id WHERE p.id = $1 AND a.id = $2";
    let (id, agent) = (used.id.uuid(), agent_id.uuid());
    if execute!(&mut tx.conn, SQL, id, agent, used.sign_count, used.backed_up, now.unix_ms())? > 0 {
        return Ok(true);
    }
    let workspace: Option<WorkspaceId> =
        one!(&mut tx.conn, |row| Columns::id(row, "workspace_id"), IS_THERE, id, agent)?;
    if let Some(workspace_id) = workspace {
        let by = By { who: AuditActor::Agent { id: agent_id }, at: now };
        let line = Line::new(workspace_id, by, AuditAct::PasskeyCounterWentBack).target(agent_id);
        tx.audit(line.detail("passkey", used.id));
    }
    Ok(false)
}

/// Whether an agent has a passkey.
pub(crate) async fn has_passkey(conn: &mut Conn<'_>, agent_id: AgentId) -> Result<bool> {
    const SQL: &str = "SELECT id FROM passkeys WHERE agent_id = $1 LIMIT 1";
    let found: Option<PasskeyId> = one!(conn, |row| Columns::id(row, "id"), SQL, agent_id.uuid())?;
    Ok(found.is_some())
}

/// A passkey, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Which.
    pub id: PasskeyId,
    /// What its agent calls it.
    pub name: Name,
    /// What its authenticator calls it.
    pub credential_id: Vec<u8>,
    /// The host to which it is bound.
    pub rp_id: String,
    /// As the authenticator wrote it: a `COSE_Key`.
    pub public_key: Vec<u8>,
    /// What the authenticator counted last; 0: it does not count.
    pub sign_count: i64,
    /// Whether its keeper may copy it.
    pub backup_eligible: bool,
    /// Whether its keeper has copied it.
    pub backed_up: bool,
    /// How a browser reaches it.
    pub transports: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last opened something.
    pub last_used_at: Option<Timestamp>,
}

/// A passkey and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedPasskey {
    /// The passkey.
    pub passkey: StoredPasskey,
    /// Whose.
    pub agent: Agent,
    /// What passkeys call them.
    pub handle: PasskeyHandle,
}

fn handle(row: &impl Columns) -> Result<PasskeyHandle> {
    let bytes: Vec<u8> = row.get("passkey_handle")?;
    bytes.try_into().map_err(|_| Error::stored("passkey_handle", "not 32 bytes"))
}

fn passkey(row: &impl Columns) -> Result<StoredPasskey> {
    let transports: String = row.get("transports")?;
    Ok(StoredPasskey {
        id: row.id("passkey_id")?,
        name: row.text("passkey_name")?,
        credential_id: row.get("credential_id")?,
        rp_id: row.get("rp_id")?,
        public_key: row.get("public_key")?,
        sign_count: row.get("sign_count")?,
        backup_eligible: row.get("backup_eligible")?,
        backed_up: row.get("backed_up")?,
        transports: serde_json::from_str(&transports)
            .map_err(|_| Error::stored("transports", "not a list of words"))?,
        created_at: time(row, "created_at")?,
        last_used_at: time_option(row, "last_used_at")?,
    })
}

fn owned(row: &impl Columns) -> Result<OwnedPasskey> {
    Ok(OwnedPasskey { passkey: passkey(row)?, agent: agent(row)?, handle: handle(row)? })
}

impl Db {
    /// The passkeys of an agent, the oldest first.
    pub async fn passkeys(&self, agent: AgentId) -> Result<Vec<StoredPasskey>> {
        const SQL: &str = "
            SELECT id AS passkey_id, name AS passkey_name, credential_id, rp_id, public_key, sign_count,
                backup_eligible, backed_up, transports, created_at, last_used_at
            FROM passkeys WHERE agent_id = $1 ORDER BY created_at, id";
        in_time(async { all!(self.single().await?.conn(), passkey, SQL, agent.uuid()) }).await
    }

    /// The passkey that an authenticator calls so, unless its agent is disabled.
    pub async fn passkey(&self, credential_id: &[u8]) -> Result<Option<OwnedPasskey>> {
        const SQL: &str = "
            SELECT p.id AS passkey_id, p.name AS passkey_name, p.credential_id, p.rp_id, p.public_key, p.sign_count,
                p.backup_eligible, p.backed_up, p.transports, p.created_at, p.last_used_at,
                a.id, a.name, a.email, a.role, a.passkey_handle
            FROM passkeys p JOIN agents a ON a.id = p.agent_id
            WHERE p.credential_id = $1 AND a.disabled_at IS NULL";
        in_time(async { one!(self.single().await?.conn(), owned, SQL, credential_id) }).await
    }
}
