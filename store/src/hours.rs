//! When a team answers, and how soon it has answered.

use tidings_protocol::audit::AuditAct;
use tidings_protocol::hours::TeamHours;
use tidings_protocol::id::{AgentId, AppId, ConversationId, TeamId, WorkspaceId};
use tidings_protocol::text::Name;
use tidings_protocol::time::Timestamp;

use crate::audit::{By, Line};
use crate::columns::{Columns, Ids};
use crate::error::{Error, Result};
use crate::headers::time;
use crate::open::in_time;
use crate::{Command, Db, Tx};

/// Conversations that are looked at for how soon a team answers: of those that are open, and of those that are closed.
const LOOKED_AT: i64 = 100;
/// Messages of each, from the end.
const OF_EACH: i64 = 40;

/// Says when a team answers.
#[derive(Debug, Clone)]
pub struct SetTeamHours {
    /// Of which workspace; another workspace's team is [`Error::NotFound`].
    pub workspace_id: WorkspaceId,
    /// Which team.
    pub team_id: TeamId,
    /// When; none: at all times.
    pub hours: Option<TeamHours>,
    /// Who does it, and when.
    pub by: By,
}

impl Command for SetTeamHours {
    type Output = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        const SQL: &str = "UPDATE teams SET hours = $3 WHERE id = $1 AND workspace_id = $2";
        let hours = self.hours.as_ref().map(serde_json::to_string).transpose();
        let hours = hours.map_err(|error| Error::stored("hours", error))?;
        let (team, workspace) = (self.team_id.uuid(), self.workspace_id.uuid());
        if execute!(&mut tx.conn, SQL, team, workspace, hours.as_deref())? == 0 {
            return Err(Error::NotFound);
        }
        tx.audit(Line::new(self.workspace_id, self.by, AuditAct::TeamHoursSet).target(self.team_id));
        Ok(())
    }
}

/// The column `hours` of a row of `teams`.
pub(crate) fn team_hours(row: &impl Columns) -> Result<Option<TeamHours>> {
    let text: Option<String> = row.get("hours")?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| Error::stored("hours", error))).transpose()
}

/// Who answers the users of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweringTeam {
    /// Which team.
    pub id: TeamId,
    /// When it answers; none: at all times.
    pub hours: Option<TeamHours>,
}

/// A message, as far as it says how soon somebody answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Where.
    pub conversation_id: ConversationId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Speaker,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// The user.
    User,
    /// An agent, with the name that users see; none when the agent is not there any more.
    Agent(Option<Name>),
    /// Nobody who waits or answers.
    Other,
}

fn answering_team(row: &impl Columns) -> Result<AnsweringTeam> {
    Ok(AnsweringTeam { id: row.id("id")?, hours: team_hours(row)? })
}

fn spoken(row: &impl Columns) -> Result<Spoken> {
    let kind: String = row.get("author_kind")?;
    let by = match kind.as_str() {
        "user" => Speaker::User,
        "agent" => Speaker::Agent(row.text_option("agent_name")?),
        _ => Speaker::Other,
    };
    Ok(Spoken { conversation_id: row.id("conversation_id")?, at: time(row, "sent_at")?, by })
}

fn waiting(row: &impl Columns) -> Result<(ConversationId, AppId, Timestamp)> {
    Ok((row.id("id")?, row.id("app_id")?, time(row, "waiting_since")?))
}

impl Db {
    /// Who answers the users of an app.
    pub async fn answering_team(&self, app: AppId) -> Result<Option<AnsweringTeam>> {
        const SQL: &str = "SELECT t.id, t.hours FROM apps a JOIN teams t ON t.id = a.team_id WHERE a.id = $1";
        in_time(async { one!(self.single().await?.conn(), answering_team, SQL, app.uuid()) }).await
    }

    /// Of these conversations those of the agent's teams that are open and in which somebody waits: of which app, and since when.
    pub async fn waiting_of(
        &self,
        agent: AgentId,
        ids: &[ConversationId],
    ) -> Result<Vec<(ConversationId, AppId, Timestamp)>> {
        const SQLITE: &str = "
            SELECT c.id, c.app_id, c.waiting_since FROM json_each($1) asked
            CROSS JOIN conversations c ON c.id = unhex(asked.value)
            JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = $2
            WHERE c.state = 'open' AND c.waiting_since IS NOT NULL ORDER BY c.id";
        const POSTGRES: &str = "
            SELECT c.id, c.app_id, c.waiting_since FROM UNNEST($1) asked (id)
            JOIN conversations c ON c.id = asked.id
            JOIN team_members t ON t.team_id = c.team_id AND t.agent_id = $2
            WHERE c.state = 'open' AND c.waiting_since IS NOT NULL ORDER BY c.id";
        let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        in_time(async {
            let mut reading = self.single().await?;
            let mut conn = reading.conn();
            let sql = conn.picks(SQLITE, POSTGRES);
            all!(conn, waiting, sql, Ids(&ids), agent.uuid())
        })
        .await
    }

    /// What was said since a time in the conversations of a team that were active last, of each in its order.
    pub async fn spoken_in_team(&self, team: TeamId, since: Timestamp) -> Result<Vec<Spoken>> {
        const SQL: &str = "
            SELECT m.conversation_id, m.sent_at, m.author_kind, a.name AS agent_name
            FROM (
                SELECT * FROM (
                    SELECT id, last_seq FROM conversations WHERE team_id = $1 AND state = 'open'
                    ORDER BY listed_at DESC, id DESC LIMIT $3) opened
                UNION ALL
                SELECT * FROM (
                    SELECT id, last_seq FROM conversations WHERE team_id = $1 AND state = 'closed'
                    ORDER BY listed_at DESC, id DESC LIMIT $3) closed
            ) c
            JOIN messages m ON m.conversation_id = c.id AND m.seq > c.last_seq - $4
            LEFT JOIN agents a ON a.id = m.author_id AND a.disabled_at IS NULL
            WHERE m.sent_at >= $2 AND NOT EXISTS
                (SELECT 1 FROM ratings r WHERE r.conversation_id = m.conversation_id AND r.answer_seq = m.seq)
            ORDER BY m.conversation_id, m.seq";
        let (team, since) = (team.uuid(), since.unix_ms());
        in_time(async { all!(self.single().await?.conn(), spoken, SQL, team, since, LOOKED_AT, OF_EACH) })
            .await
    }
}
