//! What agents say often: of a team, which its agents change together, or of one agent, which nobody else sees.

use std::collections::BTreeSet;

use tidings_protocol::id::{AgentId, ConversationId, SavedReplyId, TeamId};
use tidings_protocol::limits;
use tidings_protocol::saved_replies::{SavedReply, SavedText};
use tidings_protocol::text::Title;
use tidings_protocol::time::Timestamp;
use uuid::Uuid;

use crate::agents::teams_of;
use crate::columns::Columns;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Makes a saved reply, or changes it. The same again is fine.
///
/// [`Error::NotFound`] for somebody else's, or a team that the agent is not of; [`Error::Limit`] when there are too many.
#[derive(Debug, Clone)]
pub struct PutSavedReply {
    /// Who does it.
    pub agent_id: AgentId,
    /// Which; made by the inbox.
    pub id: SavedReplyId,
    /// For whom; none: for the agent alone. It stays as it was made.
    pub team_id: Option<TeamId>,
    /// What it is found by.
    pub name: Title,
    /// The words, each language once.
    pub texts: Vec<SavedText>,
    /// Now.
    pub now: Timestamp,
}

impl Command for PutSavedReply {
    type Output = SavedReply;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<SavedReply> {
        const PUT: &str = "
            INSERT INTO saved_replies (id, team_id, agent_id, name, texts, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, texts = excluded.texts, updated_at = excluded.updated_at";
        self.check()?;
        let team_id = if let Some(owner) = owner(&mut tx.conn, self.id).await? {
            owner.check(&mut tx.conn, self.agent_id).await?
        } else {
            self.count(&mut tx.conn).await?;
            self.team_id
        };
        let agent_id = team_id.is_none().then_some(self.agent_id.uuid());
        let texts = serde_json::to_string(&self.texts).map_err(|error| Error::stored("texts", error))?;
        let (id, team, now) = (self.id.uuid(), team_id.map(TeamId::uuid), self.now.unix_ms());
        execute!(&mut tx.conn, PUT, id, team, agent_id, self.name.as_str(), texts.as_str(), now)?;
        let (name, texts) = (self.name.clone(), self.texts.clone());
        Ok(SavedReply { id: self.id, team_id, name, texts, updated_at: self.now })
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

impl PutSavedReply {
    fn check(&self) -> Result<()> {
        let languages: BTreeSet<_> =
            self.texts.iter().map(|text| text.language.to_ascii_lowercase()).collect();
        if self.texts.is_empty() || self.texts.len() > limits::SAVED_LANGUAGES {
            return Err(Error::Refused("expected words in 1 to 12 languages"));
        }
        if languages.len() < self.texts.len() {
            return Err(Error::Refused("a language is there twice"));
        }
        Ok(())
    }

    /// Whether there is room for one more, where the agent may make one.
    async fn count(&self, conn: &mut Conn<'_>) -> Result<()> {
        const OF_TEAM: &str = "SELECT COUNT(*) AS count FROM saved_replies WHERE team_id = $1";
        const OF_AGENT: &str = "SELECT COUNT(*) AS count FROM saved_replies WHERE agent_id = $1";
        let count: Option<i64> = match self.team_id {
            Some(team) => {
                Owner { team_id: Some(team), agent_id: None }.check(conn, self.agent_id).await?;
                one!(conn, |row| Columns::get(row, "count"), OF_TEAM, team.uuid())?
            }
            None => one!(conn, |row| Columns::get(row, "count"), OF_AGENT, self.agent_id.uuid())?,
        };
        if count.unwrap_or_default() < limits::SAVED_REPLIES {
            Ok(())
        } else {
            Err(Error::Limit("saved replies"))
        }
    }
}

/// Deletes a saved reply; one that is not there is deleted already.
#[derive(Debug, Clone, Copy)]
pub struct DeleteSavedReply {
    /// Who does it.
    pub agent_id: AgentId,
    /// Which.
    pub id: SavedReplyId,
}

impl Command for DeleteSavedReply {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const DELETE: &str = "DELETE FROM saved_replies WHERE id = $1";
        if let Some(owner) = owner(&mut tx.conn, self.id).await? {
            owner.check(&mut tx.conn, self.agent_id).await?;
            execute!(&mut tx.conn, DELETE, self.id.uuid())?;
        }
        Ok(())
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.id.uuid())
    }
}

struct Owner {
    team_id: Option<TeamId>,
    agent_id: Option<AgentId>,
}

impl Owner {
    /// Whether an agent may change what is theirs; answers the team.
    async fn check(&self, conn: &mut Conn<'_>, agent: AgentId) -> Result<Option<TeamId>> {
        let may = match self.team_id {
            Some(team) => teams_of(conn, agent).await?.contains(&team),
            None => self.agent_id == Some(agent),
        };
        if may { Ok(self.team_id) } else { Err(Error::NotFound) }
    }
}

async fn owner(conn: &mut Conn<'_>, id: SavedReplyId) -> Result<Option<Owner>> {
    const SQL: &str = "SELECT team_id, agent_id FROM saved_replies WHERE id = $1";
    one!(conn, owner_of, SQL, id.uuid())
}

fn owner_of(row: &impl Columns) -> Result<Owner> {
    Ok(Owner { team_id: row.id_option("team_id")?, agent_id: row.id_option("agent_id")? })
}

fn saved_reply(row: &impl Columns) -> Result<SavedReply> {
    let texts = serde_json::from_str(row.str("texts")?).map_err(|error| Error::stored("texts", error))?;
    Ok(SavedReply {
        id: row.id("id")?,
        team_id: row.id_option("team_id")?,
        name: row.text("name")?,
        texts,
        updated_at: time(row, "updated_at")?,
    })
}

impl Db {
    /// The saved replies of an agent and of their teams, ordered by name.
    pub async fn saved_replies(&self, agent: AgentId) -> Result<Vec<SavedReply>> {
        const OWN: &str = "
            SELECT id, team_id, name, texts, updated_at FROM saved_replies WHERE agent_id = $1";
        const OF_TEAM: &str = "
            SELECT id, team_id, name, texts, updated_at FROM saved_replies WHERE team_id = $1";
        in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            let mut replies: Vec<SavedReply> = all!(conn, saved_reply, OWN, agent.uuid())?;
            for team in teams_of(&mut conn, agent).await? {
                replies.extend(all!(conn, saved_reply, OF_TEAM, team.uuid())?);
            }
            replies.sort_by(|a, b| (&*a.name, a.id).cmp(&(&*b.name, b.id)));
            Ok(replies)
        })
        .await
    }

    /// The language of a conversation's user, as the device that was seen last says it; none when it is not known, or not
    /// for this agent.
    pub async fn language_of_user(&self, agent: AgentId, id: ConversationId) -> Result<Option<String>> {
        const SQL: &str = "
            SELECT d.locale FROM conversations c
            JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = $2
            JOIN devices d ON d.user_id = c.user_id
            WHERE c.id = $1 AND d.locale IS NOT NULL ORDER BY d.seen_at DESC LIMIT 1";
        in_time(async {
            let mut reading = self.single().await?;
            one!(reading.conn(), |row| Columns::get(row, "locale"), SQL, id.uuid(), agent.uuid())
        })
        .await
    }
}
