//! Browsers of agents that can be woken, and whom a message of a user wakes.

use sha2::{Digest as _, Sha256};
use tidings_protocol::alerts::PushSubscription;
use tidings_protocol::id::{AgentId, ConversationId, DeviceId, JobId, MessageId, WorkspaceId};
use tidings_protocol::push::{PushEnvironment, PushProvider, PushTarget};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::alerts::{OF_AGENT, agent_wishes};
use crate::columns::Columns;
use crate::db::Conn;
use crate::devices::{STRIKES, STRIKES_MS};
use crate::error::{Error, Result};
use crate::headers::time;
use crate::ledger::PushDevice;
use crate::open::in_time;
use crate::same::same_id;
use crate::{Command, Db, TokenHash, Tx};

/// Browsers of one agent; with one more the oldest is forgotten.
const OF_ONE_AGENT: i64 = 16;

/// Notes how the browser of a session is woken, in the place of what was known. A subscription belongs to one session:
/// whoever signs in next on the same browser takes it over.
#[derive(Debug, Clone)]
pub struct SubscribeBrowser {
    /// Used if the session has none.
    pub id: DeviceId,
    /// The session, which must be there.
    pub session: TokenHash,
    /// Whose.
    pub agent_id: AgentId,
    /// What the browser said.
    pub subscription: PushSubscription,
    /// Now.
    pub now: Timestamp,
}

impl Command for SubscribeBrowser {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const OTHERS: &str = "DELETE FROM agent_browsers WHERE endpoint_hash = $1 AND session_hash <> $2";
        const SQL: &str = "
            INSERT INTO agent_browsers (id, session_hash, agent_id, endpoint, endpoint_hash, keys, locale,
                registered_at, wants_assigned, wants_unassigned)
            SELECT $1, token_hash, agent_id, $4, $5, $6, $7, $8, $9, $10 FROM agent_sessions
            WHERE token_hash = $2 AND agent_id = $3
            ON CONFLICT (session_hash) DO UPDATE SET
                endpoint = excluded.endpoint, endpoint_hash = excluded.endpoint_hash, keys = excluded.keys,
                locale = excluded.locale, registered_at = excluded.registered_at, strikes = 0, struck_at = NULL,
                wants_assigned = excluded.wants_assigned, wants_unassigned = excluded.wants_unassigned";
        const OLDEST: &str = "
            DELETE FROM agent_browsers WHERE agent_id = $1 AND id NOT IN
                (SELECT id FROM agent_browsers WHERE agent_id = $1 ORDER BY registered_at DESC, id DESC LIMIT $2)";
        let conn = &mut tx.conn;
        let wishes = one!(conn, agent_wishes, OF_AGENT, self.agent_id.uuid())?.ok_or(Error::NotFound)?;
        let PushSubscription { endpoint, keys, locale } = &self.subscription;
        let hash = Sha256::digest(endpoint.as_bytes()).to_vec();
        let keys = serde_json::to_string(keys).map_err(|error| Error::stored("keys", error))?;
        execute!(conn, OTHERS, hash.as_slice(), self.session.as_slice())?;
        let set = execute!(
            conn,
            SQL,
            self.id.uuid(),
            self.session.as_slice(),
            self.agent_id.uuid(),
            endpoint.as_str(),
            hash.as_slice(),
            keys.as_str(),
            locale.as_deref(),
            self.now.unix_ms(),
            wishes.assigned.push,
            wishes.unassigned.push,
        )?;
        if set == 0 {
            return Err(Error::NotFound);
        }
        execute!(conn, OLDEST, self.agent_id.uuid(), OF_ONE_AGENT)?;
        watch(conn, self.agent_id).await
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.agent_id.uuid())
    }
}

/// The browser of a session is not to be woken any more. One that never was is fine.
#[derive(Debug, Clone, Copy)]
pub struct UnsubscribeBrowser {
    /// The session.
    pub session: TokenHash,
}

impl Command for UnsubscribeBrowser {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "DELETE FROM agent_browsers WHERE session_hash = $1 RETURNING agent_id";
        let conn = &mut tx.conn;
        let gone = one!(conn, |row| Columns::id(row, "agent_id"), SQL, self.session.as_slice())?;
        after_one_went(conn, gone).await?;
        Ok(())
    }
}

/// A browser of this agent was forgotten; answers whether there was one.
async fn after_one_went(conn: &mut Conn<'_>, agent: Option<AgentId>) -> Result<bool> {
    if let Some(agent) = agent {
        watch(conn, agent).await?;
    }
    Ok(agent.is_some())
}

/// Forgets a browser whose push service no longer knows it, if it has not subscribed again since.
#[derive(Debug, Clone)]
pub struct DropBrowser {
    /// Which.
    pub id: DeviceId,
    /// The endpoint that was sent to.
    pub endpoint: String,
    /// When it was sent.
    pub registered_before: Timestamp,
}

impl Command for DropBrowser {
    /// Whether it was forgotten.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "
            DELETE FROM agent_browsers WHERE id = $1 AND endpoint = $2 AND registered_at < $3 RETURNING agent_id";
        let (id, endpoint, before) =
            (self.id.uuid(), self.endpoint.as_str(), self.registered_before.unix_ms());
        let conn = &mut tx.conn;
        let gone = one!(conn, |row| Columns::id(row, "agent_id"), SQL, id, endpoint, before)?;
        after_one_went(conn, gone).await
    }
}

/// The push service said that a subscription does not fit the key. It goes after three such answers in a row over at
/// least a day, as a device's token does.
#[derive(Debug, Clone)]
pub struct StrikeBrowser {
    /// Which.
    pub id: DeviceId,
    /// The endpoint that was sent to.
    pub endpoint: String,
    /// Now.
    pub now: Timestamp,
}

impl Command for StrikeBrowser {
    /// Whether it is gone now.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const STRIKE: &str = "
            UPDATE agent_browsers SET strikes = strikes + 1, struck_at = COALESCE(struck_at, $3)
            WHERE id = $1 AND endpoint = $2";
        const OUT: &str = "
            DELETE FROM agent_browsers WHERE id = $1 AND endpoint = $2 AND strikes >= $3 AND struck_at <= $4
            RETURNING agent_id";
        let (id, endpoint, now) = (self.id.uuid(), self.endpoint.as_str(), self.now.unix_ms());
        execute!(&mut tx.conn, STRIKE, id, endpoint, now)?;
        let (conn, old) = (&mut tx.conn, now - STRIKES_MS);
        let gone = one!(conn, |row| Columns::id(row, "agent_id"), OUT, id, endpoint, STRIKES, old)?;
        after_one_went(conn, gone).await
    }
}

/// The push service took a push for a browser: strikes are forgotten.
#[derive(Debug, Clone, Copy)]
pub struct ProveBrowser {
    /// Which.
    pub id: DeviceId,
}

impl Command for ProveBrowser {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE agent_browsers SET strikes = 0, struck_at = NULL WHERE id = $1";
        execute!(&mut tx.conn, SQL, self.id.uuid())?;
        Ok(())
    }
}

/// Whether a message of the user wakes anybody, as a column of a row of `conversations c`. With nobody who wants pushes
/// or e-mails it is a look into an empty index. Not EXISTS: PostgreSQL would make a hash table of all of them.
macro_rules! wakes_agents {
    () => {
        "CASE WHEN c.assignee_id IS NULL
            THEN (SELECT w.agent_id FROM team_watchers w WHERE w.team_id = c.team_id LIMIT 1)
            ELSE (SELECT w.agent_id FROM assignee_watchers w WHERE w.agent_id = c.assignee_id)
            END IS NOT NULL AS wakes_agents"
    };
}

pub(crate) use wakes_agents;

/// Keeps whether the agent is to be looked for when something comes that is theirs, or that nobody has taken.
pub(crate) async fn watch(conn: &mut Conn<'_>, agent: AgentId) -> Result<()> {
    const FORGET_TEAMS: &str = "DELETE FROM team_watchers WHERE agent_id = $1";
    const FORGET: &str = "DELETE FROM assignee_watchers WHERE agent_id = $1";
    const TEAMS: &str = "
        INSERT INTO team_watchers (team_id, agent_id) SELECT m.team_id, m.agent_id FROM team_members m
        JOIN agents a ON a.id = m.agent_id
        WHERE m.agent_id = $1 AND (a.mails_unassigned
            OR EXISTS (SELECT 1 FROM agent_browsers b WHERE b.agent_id = $1 AND b.wants_unassigned))";
    const OWN: &str = "
        INSERT INTO assignee_watchers (agent_id) SELECT a.id FROM agents a
        WHERE a.id = $1 AND (a.mails_assigned
            OR EXISTS (SELECT 1 FROM agent_browsers b WHERE b.agent_id = $1 AND b.wants_assigned))";
    for sql in [FORGET_TEAMS, FORGET, TEAMS, OWN] {
        execute!(conn, sql, agent.uuid())?;
    }
    Ok(())
}

/// An agent whom a message concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Concerned {
    /// Who.
    pub(crate) agent_id: AgentId,
    /// Whether they have a browser to be woken for it.
    pub(crate) is_pushed: bool,
    /// Whether they want an e-mail if it waits.
    pub(crate) is_mailed: bool,
}

fn concerned_row(row: &impl Columns) -> Result<Concerned> {
    Ok(Concerned {
        agent_id: row.id("id")?,
        is_pushed: row.get("is_pushed")?,
        is_mailed: row.get("is_mailed")?,
    })
}

/// The agents whom a message of the user in a conversation concerns, and who want to be told.
pub(crate) async fn concerned(conn: &mut Conn<'_>, conversation: ConversationId) -> Result<Vec<Concerned>> {
    const SQL: &str = "
        SELECT g.id, CASE WHEN c.assignee_id IS NULL THEN g.mails_unassigned ELSE g.mails_assigned END AS is_mailed,
            EXISTS (SELECT 1 FROM agent_browsers b WHERE b.agent_id = g.id
                AND CASE WHEN c.assignee_id IS NULL THEN b.wants_unassigned ELSE b.wants_assigned END) AS is_pushed
        FROM conversations c
        JOIN team_members m ON m.team_id = c.team_id AND (c.assignee_id IS NULL OR c.assignee_id = m.agent_id)
        JOIN agents g ON g.id = m.agent_id
        WHERE c.id = $1 ORDER BY g.id";
    let mut all = all!(conn, concerned_row, SQL, conversation.uuid())?;
    all.retain(|agent| agent.is_pushed || agent.is_mailed);
    Ok(all)
}

/// The id of the job that tells one of the agents of a message: the same whenever it is asked for.
pub(crate) fn job_id(what: &[u8], message: MessageId, agent: AgentId, now: Timestamp) -> JobId {
    same_id(now, &[what, message.uuid().as_bytes(), agent.uuid().as_bytes()])
}

/// Keeps the key of a workspace's agents, unless there is one already; answers the one that holds.
#[derive(Clone)]
pub struct KeepAgentPushKey {
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// JSON, sealed; it holds a private key.
    pub config: String,
    /// Now.
    pub now: Timestamp,
}

/// A key never reaches a log.
impl std::fmt::Debug for KeepAgentPushKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeepAgentPushKey").field("workspace_id", &self.workspace_id).finish_non_exhaustive()
    }
}

const KEY: &str = "SELECT config FROM agent_push_keys WHERE workspace_id = $1";

impl Command for KeepAgentPushKey {
    type Output = String;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<String> {
        const SQL: &str = "
            INSERT INTO agent_push_keys (workspace_id, config, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (workspace_id) DO NOTHING";
        let id = self.workspace_id.uuid();
        execute!(&mut tx.conn, SQL, id, self.config.as_str(), self.now.unix_ms())?;
        one!(&mut tx.conn, |row| Columns::get(row, "config"), KEY, id)?.ok_or(Error::NotFound)
    }
}

/// Puts the same key in its place, sealed anew.
#[derive(Clone)]
pub struct ResealAgentPushKey {
    /// Of which workspace.
    pub workspace_id: WorkspaceId,
    /// As it is to be.
    pub config: String,
}

/// A key never reaches a log.
impl std::fmt::Debug for ResealAgentPushKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResealAgentPushKey").field("workspace_id", &self.workspace_id).finish_non_exhaustive()
    }
}

impl Command for ResealAgentPushKey {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE agent_push_keys SET config = $2 WHERE workspace_id = $1";
        execute!(&mut tx.conn, SQL, self.workspace_id.uuid(), self.config.as_str())?;
        Ok(())
    }
}

/// A browser as pushes see it.
pub(crate) fn browser(row: &impl Columns) -> Result<PushDevice> {
    let keys: String = row.get("keys")?;
    Ok(PushDevice {
        id: row.id("id")?,
        target: PushTarget {
            provider: PushProvider::WebPush,
            token: row.text("endpoint")?,
            environment: PushEnvironment::default(),
            keys: Some(serde_json::from_str(&keys).map_err(|error| Error::stored("keys", error))?),
        },
        locale: row.get("locale")?,
        registered_at: time(row, "registered_at")?,
        proven: None,
        strikes: row.get("strikes")?,
    })
}

/// The browsers of an agent whose sessions last.
pub(crate) async fn browsers(conn: &mut Conn<'_>, agent: AgentId, now: Timestamp) -> Result<Vec<PushDevice>> {
    const SQL: &str = "
        SELECT b.id, b.endpoint, b.keys, b.locale, b.registered_at, b.strikes
        FROM agent_browsers b WHERE b.agent_id = $1
            AND (SELECT s.expires_at FROM agent_sessions s WHERE s.token_hash = b.session_hash) > $2
        ORDER BY b.id";
    all!(conn, browser, SQL, agent.uuid(), now.unix_ms())
}

fn push_key(row: &impl Columns) -> Result<(WorkspaceId, String)> {
    Ok((row.id("workspace_id")?, row.get("config")?))
}

impl Db {
    /// The key of a workspace's agents, as it is stored; none until somebody asked for it.
    pub async fn agent_push_key(&self, id: WorkspaceId) -> Result<Option<String>> {
        in_time(async {
            one!(self.single().await?.conn(), |row| Columns::get(row, "config"), KEY, id.uuid())
        })
        .await
    }

    /// The keys of all workspaces' agents.
    pub async fn agent_push_keys(&self) -> Result<Vec<(WorkspaceId, String)>> {
        const SQL: &str = "SELECT workspace_id, config FROM agent_push_keys ORDER BY workspace_id";
        in_time(async { all!(self.single().await?.conn(), push_key, SQL) }).await
    }

    /// The browsers of an agent that can be woken now.
    pub async fn agent_browsers(&self, agent: AgentId, now: Timestamp) -> Result<Vec<PushDevice>> {
        in_time(async { browsers(&mut self.single().await?.conn(), agent, now).await }).await
    }

    /// The e-mail address of the workspace's first administrator.
    pub async fn first_admin(&self, id: WorkspaceId) -> Result<Option<String>> {
        const SQL: &str = "
            SELECT email FROM agents WHERE workspace_id = $1 AND role IN ('owner', 'admin') AND disabled_at IS NULL
            ORDER BY created_at, id LIMIT 1";
        in_time(async { one!(self.single().await?.conn(), |row| Columns::get(row, "email"), SQL, id.uuid()) })
            .await
    }
}
