//! Sessions of agents, as their agent looks through them: begun by whoever proved who they are, used, ended.

use tidings_protocol::account::SessionInfo;
use tidings_protocol::audit::AuditAct;
use tidings_protocol::id::{AgentId, AgentSessionId};
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::agents::{StartAgentSession, audit_agent};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::invitations::forget_password_link;
use crate::open::in_time;
use crate::second_factors::{Factor, spend};
use crate::single_sign_on::other_way_in;
use crate::users::token_hash;
use crate::{Command, Db, EndedSession, TokenHash, Tx};

/// How a session is told apart from the others of its agent: by the first half of its token's hash, which tells
/// nothing about the token.
pub fn session_id(token: &TokenHash) -> AgentSessionId {
    let half = token.first_chunk().copied().unwrap_or_default();
    Uuid::from_bytes(half).into()
}

/// From where somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// The address of the network, as text.
    pub address: String,
    /// What the browser says that it is.
    pub browser: Option<String>,
}

/// Signs in an agent whose password was right, or whose passkey, or for whom the company's provider vouches: uses up what they
/// showed besides, and starts the session. Where the provider is the only way in, the others are [`Error::OnlyProvider`].
#[derive(Debug, Clone)]
pub struct SignInAgent {
    /// The session.
    pub start: StartAgentSession,
    /// What they showed besides the password.
    pub factor: Factor,
    /// From where.
    pub place: Whereabouts,
}

impl Command for SignInAgent {
    /// False: the second factor was used before, or is not enough, the counter of a passkey went back, or the provider is not
    /// the company's any more.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const PLACE: &str = "
            UPDATE agent_sessions SET address = $2, browser = $3, by_provider = $4, proved_at = $5
            WHERE token_hash = $1";
        let start = &self.start;
        let by_provider = matches!(self.factor, Factor::Provider { .. });
        if !by_provider {
            other_way_in(&mut tx.conn, start.agent_id).await?;
        }
        if !spend(tx, start.agent_id, self.factor, start.now).await? {
            return Ok(false);
        }
        let way = match self.factor {
            Factor::Passkey(_) => Some("passkey"),
            Factor::Provider { .. } => Some("provider"),
            _ => None,
        };
        start.start(tx, way).await?;
        let (address, browser) = (self.place.address.as_str(), self.place.browser.as_deref());
        // Whoever is signed in at the provider since the morning has proved this morning who they are.
        let proved_at = match self.factor {
            Factor::Provider { looked_at } => looked_at.map_or(0, |at| at.unix_ms().min(start.now.unix_ms())),
            _ => start.now.unix_ms(),
        };
        let hash = start.token_hash.as_slice();
        execute!(&mut tx.conn, PLACE, hash, address, browser, by_provider, proved_at)?;
        Ok(true)
    }
}

/// Writes down that an agent has just proved again who they are.
#[derive(Debug, Clone, Copy)]
pub struct ProveAgentSession {
    /// Who.
    pub agent_id: AgentId,
    /// The SHA-256 of the session's token.
    pub token_hash: TokenHash,
    /// What they showed; none: their password, which was right. Of the provider: a sign-in that was begun for this.
    pub factor: Option<Factor>,
    /// Now.
    pub now: Timestamp,
}

impl Command for ProveAgentSession {
    /// False: the second factor was used before.
    type Output = bool;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        const SQL: &str = "UPDATE agent_sessions SET proved_at = $3 WHERE token_hash = $1 AND agent_id = $2";
        if let Some(factor) = self.factor
            && !spend(tx, self.agent_id, factor, self.now).await?
        {
            return Ok(false);
        }
        let (hash, now) = (self.token_hash.as_slice(), self.now.unix_ms());
        execute!(&mut tx.conn, SQL, hash, self.agent_id.uuid(), now)?;
        Ok(true)
    }
}

/// Writes down that a session is in use, and from where.
#[derive(Debug, Clone)]
pub struct TouchAgentSession {
    /// The SHA-256 of its token.
    pub token_hash: TokenHash,
    /// From where.
    pub place: Whereabouts,
    /// Now.
    pub now: Timestamp,
}

impl Command for TouchAgentSession {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "
            UPDATE agent_sessions SET seen_at = $2, address = $3, browser = $4
            WHERE token_hash = $1 AND seen_at < $2";
        let (address, browser) = (self.place.address.as_str(), self.place.browser.as_deref());
        execute!(&mut tx.conn, SQL, self.token_hash.as_slice(), self.now.unix_ms(), address, browser)?;
        Ok(())
    }
}

/// Which sessions of their own an agent ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// This one; one that is not there is [`Error::NotFound`].
    One(AgentSessionId),
    /// All but the one that asks.
    Others,
}

/// Ends sessions of the agent who asks.
#[derive(Debug, Clone, Copy)]
pub struct EndOwnSessions {
    /// Who.
    pub agent_id: AgentId,
    /// The SHA-256 of the token of the session that asks.
    pub own: TokenHash,
    /// Which.
    pub which: Which,
    /// Now.
    pub now: Timestamp,
}

impl Command for EndOwnSessions {
    /// How many ended.
    type Output = usize;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<usize> {
        const ALL: &str = "SELECT token_hash FROM agent_sessions WHERE agent_id = $1";
        const END: &str = "DELETE FROM agent_sessions WHERE token_hash = $1";
        let all: Vec<TokenHash> = all!(&mut tx.conn, token_hash, ALL, self.agent_id.uuid())?;
        let wanted: Vec<_> = match self.which {
            Which::One(id) => all.into_iter().filter(|hash| session_id(hash) == id).collect(),
            Which::Others => all.into_iter().filter(|hash| *hash != self.own).collect(),
        };
        if wanted.is_empty() && matches!(self.which, Which::One(_)) {
            return Err(Error::NotFound);
        }
        for hash in &wanted {
            execute!(&mut tx.conn, END, hash.as_slice())?;
            tx.end_session(EndedSession::Agent(*hash));
        }
        if !wanted.is_empty() {
            crate::browsers::watch(&mut tx.conn, self.agent_id).await?;
            audit_agent(tx, self.agent_id, self.now, AuditAct::AgentSessionEnded).await?;
        }
        Ok(wanted.len())
    }
}

/// Gives an agent another password, and ends their other sessions: whoever knew the old one is out.
#[derive(Clone)]
pub struct ChangePassword {
    /// Who.
    pub agent_id: AgentId,
    /// The SHA-256 of the token of the session that asks.
    pub own: TokenHash,
    /// Of the new one, in the PHC form.
    pub password_hash: String,
    /// Now.
    pub now: Timestamp,
}

/// A password's hash never reaches a log.
impl std::fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangePassword").field("agent_id", &self.agent_id).finish_non_exhaustive()
    }
}

impl Command for ChangePassword {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE agents SET password_hash = $2, has_password = TRUE WHERE id = $1";
        const PROVED: &str = "UPDATE agent_sessions SET proved_at = $2 WHERE token_hash = $1";
        let (agent_id, own, now) = (self.agent_id, self.own, self.now);
        if execute!(&mut tx.conn, SQL, agent_id.uuid(), self.password_hash.as_str())? == 0 {
            return Err(Error::NotFound);
        }
        execute!(&mut tx.conn, PROVED, own.as_slice(), now.unix_ms())?;
        // Whoever changes it may do so because somebody reads their mail.
        forget_password_link(&mut tx.conn, agent_id).await?;
        audit_agent(tx, agent_id, now, AuditAct::AgentPasswordChanged).await?;
        EndOwnSessions { agent_id, own, which: Which::Others, now }.apply(tx).await.map(|_| ())
    }
}

fn listed(row: &impl Columns) -> Result<(TokenHash, SessionInfo)> {
    let hash = token_hash(row)?;
    let info = SessionInfo {
        id: session_id(&hash),
        is_this: false,
        address: row.get("address")?,
        browser: row.get("browser")?,
        started_at: time(row, "created_at")?,
        seen_at: time(row, "seen_at")?,
    };
    Ok((hash, info))
}

impl Db {
    /// The live sessions of an agent, the one used last first; `own` is the one that asks.
    pub async fn agent_sessions(
        &self,
        id: AgentId,
        own: TokenHash,
        now: Timestamp,
    ) -> Result<Vec<SessionInfo>> {
        const SQL: &str = "
            SELECT token_hash, address, browser, created_at,
                CASE WHEN seen_at < created_at THEN created_at ELSE seen_at END AS seen_at
            FROM agent_sessions WHERE agent_id = $1 AND expires_at > $2
            ORDER BY seen_at DESC, token_hash";
        in_time(async {
            let found = all!(self.single().await?.conn(), listed, SQL, id.uuid(), now.unix_ms())?;
            Ok(found.into_iter().map(|(hash, info)| SessionInfo { is_this: hash == own, ..info }).collect())
        })
        .await
    }
}
